// Curves and colours, for every page that has them. Nothing is fetched.
"use strict";

const find = (selector, within = document) => within.querySelector(selector);
const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];
const redraws = [];

const colour = (name) => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(--${name})`;
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
};
const short = (value) => (value == null ? "–" : Number(value.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4 }));

/** Labels of an axis, with as many digits as tell neighbours apart: 0.045 is not 0.05. */
function ticks(values, step) {
  const largest = Math.max(...values.map((value) => Math.abs(value ?? 0)));
  const digits = step > 0 && largest > 0 ? 1 + Math.ceil(Math.log10(largest / step)) : 3;
  const format = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: Math.min(Math.max(digits, 2), 12) });
  return values.map((value) => (value == null ? "" : format.format(value)));
}

const DASHES = [[], [6, 4], [2, 3]];
const BORDERS = ["solid", "dashed", "dotted"];

/** Columns of numbers as uPlot takes them: the steps, then the values of each series. */
const joined = (chart) => uPlot.join(chart.series.map((series) => [series.steps, series.values]));

/** Draws intervals at every point of a series: as bars from low to high, or as a band. */
function intervals(series, isBand) {
  return (plot, index) => {
    const context = plot.ctx;
    context.save();
    context.strokeStyle = context.fillStyle = plot.series[index]._stroke ?? plot.series[index].stroke(plot, index);
    context.lineWidth = devicePixelRatio;
    if (isBand) {
      const place = (values) => (at) => [plot.valToPos(series.steps[at], "x", true), plot.valToPos(values[at], "y", true)];
      const known = [...series.steps.keys()].filter((at) => series.lows[at] != null && series.highs[at] != null);
      const edge = [...known.map(place(series.lows)), ...known.toReversed().map(place(series.highs))];
      context.globalAlpha = 0.15;
      context.beginPath();
      for (const point of edge) context.lineTo(...point);
      context.fill();
      context.restore();
      return;
    }
    for (const [at, step] of series.steps.entries()) {
      if (series.lows[at] == null || series.highs[at] == null) continue;
      const x = plot.valToPos(step, "x", true);
      context.beginPath();
      context.moveTo(x, plot.valToPos(series.lows[at], "y", true));
      context.lineTo(x, plot.valToPos(series.highs[at], "y", true));
      context.stroke();
    }
    context.restore();
  };
}

/** Draws a chart; gives a function that shows a newer one with the same series in its place. */
function draw(holder, chart, isSingle) {
  let data = joined(chart);
  const bounds = () => chart.series.flatMap((series) => [...(series.lows ?? []), ...(series.highs ?? [])]).filter((v) => v != null);
  const figure = holder.closest("figure");
  const options = {
    width: holder.clientWidth,
    height: 240,
    cursor: { sync: { key: "steps", setSeries: false }, focus: { prox: 24 }, points: { size: 7 } },
    focus: { alpha: 0.5 },
    legend: {
      markers: { dash: (_plot, index) => BORDERS[isSingle || !index ? 0 : chart.series[index - 1].place % BORDERS.length] },
    },
    scales: {
      x: { time: false },
      y: chart.is_logarithmic ? { distr: 3 } : {
        range: (_plot, low, high) => uPlot.rangeNum(Math.min(low, ...bounds()), Math.max(high, ...bounds()), 0.1, true),
      },
    },
    axes: [0, 1].map((axis) => ({
      stroke: () => colour("quiet"),
      grid: {
        stroke: () => colour("line"),
        width: 1,
        ...(axis && chart.is_logarithmic
          ? { filter: (_plot, splits) => splits.map((value) => (Number.isInteger(Math.log10(value)) ? value : null)) }
          : {}),
      },
      ticks: { stroke: () => colour("line"), width: 1 },
      size: axis ? 60 : 36,
      values: (_plot, values, _axis, _space, step) => ticks(values, step),
    })),
    series: [
      { label: chart.axis, value: (_plot, value) => (value == null ? "–" : value.toLocaleString("en")) },
      ...chart.series.map((series) => ({
        label: series.label.replace(/[._:=/](?=[A-Za-z])/g, "$&\u200b"), // a narrow legend may break there
        stroke: () => colour(`run-${(isSingle ? series.place : series.run) % 6}`),
        dash: isSingle ? [] : DASHES[series.place % DASHES.length],
        width: 2,
        spanGaps: true,
        points: { show: series.steps.length < 30, size: 6, fill: () => colour("card") },
        value: (_plot, value) => short(value),
      })),
    ],
    hooks: {
      drawSeries: [(plot, index) => {
        const series = chart.series[index - 1];
        if (series?.lows && series.highs) intervals(series, chart.has_bands)(plot, index);
      }],
    },
  };
  const plot = new uPlot(options, data, holder);

  // Every chart shares one cursor, and the arrow keys move it.
  let at = data[0].length - 1;
  holder.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (!(event.key in moves)) return;
    event.preventDefault();
    at = Math.max(0, Math.min(data[0].length - 1, (plot.cursor.idx ?? at) + moves[event.key]));
    plot.setCursor({ left: plot.valToPos(data[0][at], "x"), top: 10 }, true, true);
    const values = chart.series.map((series, index) => `${series.label} ${short(data[index + 1][at])}`);
    find(".readout", figure).textContent = `${chart.axis} ${data[0][at].toLocaleString("en")}: ${values.join(", ")}`;
  });
  new ResizeObserver(() => {
    if (holder.clientWidth && holder.clientWidth !== plot.width) plot.setSize({ width: holder.clientWidth, height: 240 });
  }).observe(holder);
  redraws.push(() => {
    plot.redraw(false, true);
    for (const [index, marker] of findAll(".u-series .u-marker", holder).entries()) {
      const series = chart.series[index - (findAll(".u-series .u-marker", holder).length - chart.series.length)];
      if (series) marker.style.borderColor = colour(`run-${(isSingle ? series.place : series.run) % 6}`);
    }
  });
  return (newer) => {
    chart = newer;
    data = joined(chart);
    plot.setData(data);
  };
}

// Colours: as the system, light or dark

const THEMES = { system: "light dark", light: "light", dark: "dark" };
const theme = find("#theme");
let chosen = 0;
theme.addEventListener("click", () => {
  chosen = (chosen + 1) % 3;
  const name = Object.keys(THEMES)[chosen];
  document.documentElement.style.colorScheme = THEMES[name];
  theme.textContent = `Colours: ${name}`;
  theme.setAttribute("aria-label", `Colours: ${name === "system" ? "as the system" : name}`);
  for (const redraw of redraws) redraw();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const redraw of redraws) redraw();
});
