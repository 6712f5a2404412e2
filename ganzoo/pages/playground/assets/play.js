// The page of `ganzoo play`: asks the generator for images and shows them.
"use strict";

const find = (selector) => document.querySelector(selector);
const OFF = "3"; // the right end of the slider

const CELL = 56; // pixels of an image in a saved picture, at least
const GAP = 4;

const state = { label: null, step: null, ends: { A: null, B: null }, next: "A", names: [], largest: 0, frames: [] };

const truncation = () => (find("#truncation").value === OFF ? null : find("#truncation").value);
const moved = () => {
  const amounts = [...document.querySelectorAll("#directions input")].map((input) => input.value);
  return amounts.some(Number) ? amounts.join(",") : null;
};
const common = () => ({ step: state.step, label: state.label, truncation: truncation(), moved: moved() });
const labelOf = (index) => (state.names.length ? state.label ?? index % state.names.length : null);
const named = (point) => (point.label === null ? `seed ${point.seed}` : `${state.names[point.label]}, seed ${point.seed}`);

/** Draws the grid; A and B become its first two images where they were none of it. */
const drawImages = () => guarded(async () => {
  const seed = Math.min(Math.max(0, Math.trunc(find("#seed").value) || 0), state.largest);
  const num = Math.min(Number(find("#num").value), state.largest - seed + 1);
  const holder = find("#images");
  holder.classList.add("is-drawing");
  try {
    const { images } = await ask("images", { seed, num, ...common() });
    holder.replaceChildren(...images.map((source, index) => choice(source, { seed: seed + index, label: labelOf(index) })));
    state.ends = { A: { seed, label: labelOf(0) }, B: { seed: seed + Math.min(1, num - 1), label: labelOf(1) } };
    state.next = "A";
    markEnds();
    find("#status").textContent = `${images.length} images drawn from seed ${seed}`;
  } finally {
    holder.classList.remove("is-drawing");
  }
  await drawWay();
});

function choice(source, point) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.seed = point.seed;
  const image = document.createElement("img");
  image.src = source;
  image.alt = "";
  const caption = document.createElement("small");
  caption.textContent = point.label === null || state.label !== null ? `seed ${point.seed}` : state.names[point.label];
  button.title = named(point);
  button.append(image, caption);
  button.addEventListener("click", () => {
    state.ends[state.next] = point;
    state.next = state.next === "A" ? "B" : "A";
    markEnds();
    guarded(drawWay);
  });
  return button;
}

function markEnds() {
  for (const button of find("#images").children) {
    const end = Object.keys(state.ends).find((name) => state.ends[name].seed === Number(button.dataset.seed));
    if (end) button.dataset.end = end;
    else delete button.dataset.end;
    button.setAttribute("aria-label", `${button.title}${end ? `, is ${end}` : ""}; choose as ${state.next}`);
  }
}

async function drawWay() {
  const { A, B } = state.ends;
  const label = state.label ?? A.label;
  const { images } = await ask("interpolation", { start: A.seed, end: B.seed, steps: 17, ...common(), label });
  state.frames = images;
  const every = images.filter((_, index) => index % 2 === 0);
  find("#strip").replaceChildren(...every.map((source) => Object.assign(document.createElement("img"), { src: source, alt: "" })));
  const words = ["ganzoo sample", "RUN", "--num 1", `--seed ${A.seed}`];
  if (label !== null) words.push(`--label ${label}`);
  find("#again").replaceChildren(...againIn(words).flatMap((word) => [Object.assign(document.createElement("span"), { textContent: word }), " "]));
  showFrame();
}

/** The command that draws A again, in pieces that are not to be broken. */
function againIn(words) {
  if (truncation() !== null || moved() !== null) return ["only without truncation and directions"];
  const checkpoint = `RUN/checkpoints/step-${String(state.step).padStart(8, "0")}.safetensors`;
  return state.step === null ? words : words.map((word) => word.replace("RUN", checkpoint));
}

function showFrame() {
  const position = Number(find("#position").value);
  const { A, B } = state.ends;
  const percent = Math.round((100 * position) / 16);
  const what = state.names.length ? `${state.names[state.label ?? A.label]}, ` : "";
  find("#frame").src = state.frames[position];
  find("#frame").alt = `${what}${percent} % of the way from seed ${A.seed} to seed ${B.seed}`;
  find("#frame-caption").textContent = `${what}seed ${A.seed} → ${B.seed}, ${percent} %`;
  find("#position").setAttribute("aria-valuetext", `${percent} %`);
  [...find("#strip").children].forEach((image, index) => image.classList.toggle("is-shown", index === Math.round(position / 2)));
}

let timer;
const soon = () => {
  clearTimeout(timer);
  timer = setTimeout(drawImages, 150);
};

function offerClasses(names) {
  const holder = find("#classes");
  holder.hidden = !names.length;
  for (const [label, name] of [[null, "All"], ...names.entries()]) {
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "class", checked: label === null });
    input.addEventListener("change", () => {
      state.label = label;
      drawImages();
    });
    const box = document.createElement("label");
    box.className = "choice";
    const text = document.createElement("span");
    text.textContent = name;
    box.append(input, text);
    holder.append(box);
  }
}

/** Offers the checkpoints of a run: the same noise at another step. */
function offerSteps(steps, newest) {
  find("#steps").hidden = steps.length < 2;
  const slider = find("#step");
  slider.max = Math.max(0, steps.length - 1);
  slider.value = Math.max(0, steps.indexOf(newest));
  const show = () => {
    const step = steps[slider.value] ?? newest;
    state.step = step === newest ? null : step;
    find("#step-shown").textContent = step.toLocaleString("en");
    slider.setAttribute("aria-valuetext", `step ${step.toLocaleString("en")}`);
  };
  slider.addEventListener("input", () => {
    show();
    soon();
  });
  show();
}

/** Saves all images that are shown as one picture, with the names of their classes. */
function saveImages() {
  const buttons = [...find("#images").children];
  const images = buttons.map((button) => button.querySelector("img"));
  const { naturalWidth: width, naturalHeight: height } = images[0];
  const scale = Math.ceil(CELL / height);
  const [cellWidth, cellHeight] = [scale * width + GAP, scale * height + GAP + 14];
  const columns = Math.min(8, images.length);
  const canvas = Object.assign(document.createElement("canvas"), {
    width: columns * cellWidth + GAP,
    height: Math.ceil(images.length / columns) * cellHeight + GAP,
  });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  pen.font = "11px system-ui, sans-serif";
  for (const [index, image] of images.entries()) {
    const [left, top] = [(index % columns) * cellWidth + GAP, Math.floor(index / columns) * cellHeight + GAP];
    pen.drawImage(image, left, top, scale * width, scale * height);
    pen.fillText(buttons[index].querySelector("small").textContent, left, top + scale * height + 11, scale * width);
  }
  save(canvas.toDataURL("image/png"), fileName(`seed-${buttons[0].dataset.seed}`));
}

const fileName = (what) => {
  const step = state.step ?? state.newest;
  return `${find("#name").textContent}-step-${step}-${what}`.replace(/[^\p{L}\p{N}.-]+/gu, "-") + ".png";
};

function offerDirections(count, [least, most]) {
  const holder = find("#directions");
  holder.hidden = !count;
  for (let number = 1; number <= count; number += 1) {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "range", min: least, max: most, step: 0.1, value: 0 });
    input.autocomplete = "off";
    input.addEventListener("input", soon);
    label.append(`${number} `, input);
    holder.append(label);
  }
}

find("#controls").addEventListener("submit", (event) => event.preventDefault());
find("#seed").addEventListener("input", soon);
find("#num").addEventListener("change", drawImages);
find("#position").addEventListener("input", showFrame);
find("#truncation").addEventListener("input", () => {
  find("#truncation-shown").textContent = truncation() ?? "off";
  soon();
});
find("#save-images").addEventListener("click", saveImages);
find("#save-frame").addEventListener("click", () => {
  const { A, B } = state.ends;
  save(find("#frame").src, fileName(`seed-${A.seed}-to-${B.seed}-${find("#position").value}-of-16`));
});
find("#surprise").addEventListener("click", () => {
  find("#seed").value = crypto.getRandomValues(new Uint32Array(1))[0] % (state.largest - 64);
  const choices = document.querySelectorAll("#classes input");
  if (choices.length) {
    const label = Math.floor(Math.random() * state.names.length);
    choices[label + 1].checked = true;
    state.label = label;
  }
  drawImages();
});

guarded(async () => {
  const generator = await ask("generator");
  state.names = generator.class_names;
  state.newest = generator.step;
  state.largest = generator.limits.seed;
  find("#seed").max = state.largest;
  find("#name").textContent = generator.name;
  document.title = `${generator.name} – GanZoo playground`;
  find("#facts").textContent =
    `step ${generator.step.toLocaleString("en")}, ${generator.width}×${generator.height} pixels, ${generator.latent_dim} latent dimensions`;
  offerClasses(generator.class_names);
  offerSteps(generator.steps, generator.step);
  offerDirections(generator.directions, generator.limits.moved);
  find("#way-help").hidden = !generator.class_names.length;
  await drawImages();
});
