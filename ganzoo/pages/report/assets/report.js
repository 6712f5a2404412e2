// The page of `ganzoo report`: a slider through time, curves, what differs. Nothing is fetched.
"use strict";

// Samples through time: one slider for all runs; each shows its newest grid up to the chosen step.

const slider = find("#step");
if (slider) {
  const steps = slider.dataset.steps.split(" ").map(Number);
  const named = (step) => `step ${step.toLocaleString("en")}`;

  const show = () => {
    const step = steps[slider.value];
    find("#step-shown").textContent = named(step);
    slider.setAttribute("aria-valuetext", `${named(step)} of ${steps.at(-1).toLocaleString("en")}`);
    for (const column of findAll(".samples")) {
      const images = findAll("img", column);
      if (!images.length) continue;
      const shown = images.findLast((image) => Number(image.dataset.step) <= step) ?? images[0];
      for (const image of images) image.hidden = image !== shown;
      find(".shown", column).textContent = named(Number(shown.dataset.step));
    }
  };
  slider.addEventListener("input", show);
  show();

  const play = find("#play");
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ Play";
    play.setAttribute("aria-label", "Play the samples through time");
  };
  play.addEventListener("click", () => {
    if (timer !== null) return stop();
    if (slider.value === slider.max) slider.value = 0;
    play.textContent = "❚❚ Pause";
    play.setAttribute("aria-label", "Pause");
    show();
    timer = setInterval(() => {
      if (slider.value === slider.max) return stop();
      slider.stepUp();
      show();
    }, 500);
  });
  slider.addEventListener("pointerdown", () => timer !== null && stop());
}

// Curves

const charts = JSON.parse(find("#charts").textContent);
const isSingle = new Set(charts.flatMap((chart) => chart.series.map((series) => series.run))).size < 2;
for (const holder of findAll(".plot")) draw(holder, charts[holder.dataset.chart], isSingle);

// Settings: all, or those that differ between the runs

find("#only-differences")?.addEventListener("change", (event) => {
  find("#settings").classList.toggle("only-differences", event.target.checked);
});
