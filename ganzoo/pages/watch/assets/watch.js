// The page of `ganzoo watch`: asks how far the trainings are, and shows their newest grids and curves.
"use strict";

const REFRESH = 2000; // milliseconds from an answer to the next question
const PAST = 8; // grids of the strip through time

const state = { steps: [], follows: true, images: new Map(), columns: [], lines: "", updates: [], series: "" };
const named = (step) => `step ${step.toLocaleString("en")}`;
const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

/** The grid of a step; one that is half written is asked for again at the next refreshment. */
async function grid(run, step) {
  const key = `${run}/${step}`;
  if (!state.images.has(key)) {
    const asked = ask("grid", { run, step }, key).then(({ image }) => image);
    asked.catch(() => state.images.delete(key));
    state.images.set(key, asked);
  }
  return state.images.get(key);
}

async function show(image, run, step) {
  image.dataset.step = step;
  try {
    const source = await grid(run, step);
    if (Number(image.dataset.step) === step) image.src = source;
  } catch (error) {
    delete image.dataset.step;
  }
}

function column(name, index, isSingle) {
  const parts = {
    state: element("p", { className: "state" }),
    progress: element("progress", { max: 1 }),
    warnings: element("div"),
    rows: element("ol", { className: "rows" }),
    image: element("img", { hidden: true }),
    shown: element("p", { className: "quiet" }),
    absent: element("p", { className: "absent", textContent: "No sample grid yet." }),
    past: element("div", { className: "past" }),
    grids: [],
  };
  parts.progress.setAttribute("aria-label", `How far ${name} is`);
  parts.rows.setAttribute("aria-label", "Class of each row");
  const figure = element("figure", { className: "rowed" }, parts.rows, element("div", { className: "stage" }, parts.image));
  const holder = element("div", { className: "column" });
  if (!isSingle) holder.append(element("h3", { className: `run run-${index % 6}`, textContent: name }));
  holder.append(parts.state, parts.progress, parts.warnings, parts.absent, figure, parts.shown, parts.past);
  find("#columns").append(holder);
  return parts;
}

/** Evenly spaced, the first and the last among them. */
const thinned = (items, most) =>
  items.length <= most ? items : Array.from({ length: most }, (_, at) => items[Math.round((at * (items.length - 1)) / (most - 1))]);

function fill(parts, run, index) {
  parts.state.textContent = run.words;
  parts.progress.hidden = run.share === null;
  parts.progress.value = run.share ?? 0;
  parts.warnings.replaceChildren(...run.warnings.map((text) => element("p", { className: "warning", textContent: text })));
  parts.rows.replaceChildren(...run.class_names.map((name) => element("li", { textContent: name })));
  parts.rows.hidden = !run.class_names.length || !parts.image.src; // names of rows that are to be seen
  parts.grids = run.grids;
  parts.absent.hidden = run.grids.length > 0;
  const past = thinned(run.grids, PAST);
  const before = [...parts.past.children].map((button) => Number(button.dataset.step));
  if (past.length > 1 && past.join() !== before.join()) {
    parts.past.replaceChildren(...past.map((step) => {
      const image = element("img", { alt: "" });
      show(image, index, step);
      const button = element("button", { type: "button" }, image, step.toLocaleString("en"));
      button.dataset.step = step;
      button.setAttribute("aria-label", `Show ${named(step)}`);
      button.addEventListener("click", () => choose(state.steps.indexOf(step)));
      return button;
    }));
  }
  for (const button of parts.past.children) {
    const image = find("img", button);
    if (!image.dataset.step) show(image, index, Number(button.dataset.step));
  }
}

/** Shows the newest grid up to the chosen step in every run. */
function showStep() {
  const slider = find("#step");
  if (!state.steps.length) return;
  const step = state.steps[slider.value];
  find("#step-shown").textContent = named(step);
  slider.setAttribute("aria-valuetext", `${named(step)} of ${state.steps.at(-1).toLocaleString("en")}`);
  find("#newest").disabled = state.follows;
  for (const [index, parts] of state.columns.entries()) {
    const own = parts.grids.findLast((each) => each <= step) ?? parts.grids[0];
    parts.image.hidden = own === undefined;
    if (own === undefined) continue;
    if (Number(parts.image.dataset.step) !== own) show(parts.image, index, own);
    parts.image.alt = `Generated images at ${named(own)}`;
    parts.shown.textContent = named(own);
    for (const button of parts.past.children) button.classList.toggle("is-shown", Number(button.dataset.step) === own);
  }
}

function choose(place) {
  find("#step").value = place;
  state.follows = place >= state.steps.length - 1;
  showStep();
}

async function showCurves(runs) {
  const lines = runs.map((run) => run.lines).join();
  if (lines === state.lines) return;
  const { charts } = await ask("charts");
  state.lines = lines;
  find("#no-curves").textContent = "No line of losses yet.";
  find("#no-curves").hidden = charts.length > 0;
  const series = JSON.stringify(charts.map((chart) => [chart.title, chart.series.map((each) => each.label)]));
  if (series === state.series) return state.updates.forEach((update, at) => update(charts[at]));
  state.series = series;
  redraws.length = 0;
  const isSingle = runs.length < 2;
  const holders = charts.map((chart) => {
    const plot = element("div", { className: "plot", tabIndex: 0 });
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", chart.title);
    const readout = element("p", { className: "heard readout" });
    readout.setAttribute("aria-live", "polite");
    const caption = element("figcaption", {}, element("h3", { textContent: chart.title }), element("p", { className: "quiet", textContent: chart.meaning }));
    return element("figure", { className: "chart" }, caption, plot, readout);
  });
  find("#charts").replaceChildren(...holders);
  state.updates = charts.map((chart, at) => draw(find(".plot", holders[at]), chart, isSingle));
}

async function refresh() {
  const { runs } = await ask("runs");
  if (!state.columns.length) {
    state.columns = runs.map((run, index) => column(run.name, index, runs.length === 1));
    const names = runs.map((run, index) => element("span", { className: `run run-${index % 6}`, textContent: run.name }));
    find("#names").replaceChildren(...names);
  }
  for (const [index, run] of runs.entries()) fill(state.columns[index], run, index);
  const chosen = state.steps[find("#step").value];
  state.steps = [...new Set(runs.flatMap((run) => run.grids))].sort((a, b) => a - b);
  find("#player").hidden = state.steps.length < 2;
  find("#step").max = Math.max(0, state.steps.length - 1);
  const place = state.steps.findLastIndex((step) => step <= chosen);
  find("#step").value = state.follows || place < 0 ? state.steps.length - 1 : place;
  showStep();
  document.title = `${runs.map((run) => (run.share === null ? run.name : `${Math.floor(100 * run.share)} % ${run.name}`)).join(", ")} – GanZoo watch`;
  await showCurves(runs);
}

find("#step").addEventListener("input", () => choose(Number(find("#step").value)));
find("#newest").addEventListener("click", () => choose(state.steps.length - 1));

(async () => {
  for (;;) {
    await guarded(refresh);
    await new Promise((resolve) => setTimeout(resolve, REFRESH));
  }
})();
