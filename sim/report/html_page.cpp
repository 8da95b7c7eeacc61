#include "sim/report/html_page.hpp"

namespace kvsim::report {

// Each table scrolls in a box of its own, so the page never scrolls sideways. Colours keep a
// contrast of at least 4.5 : 1 in both schemes (WCAG 2.1, 1.4.3); charts use them as CSS variables,
// so that light, dark and paper need no second drawing.
const std::string_view kPageStyle = R"css(
:root { color-scheme: light dark; --ink: #1a1d21; --dim: #565d66; --page: #fff; --line: #d5d9de;
  --stripe: #f4f6f8; --mark: #0b5cad; --c1: #0b5cad; --c2: #c4500c; --c3: #1a7f4b;
  --c4: #8b3fc0; --c5: #0b7d90; --c6: #8f6d00; --c7: #c01f4a; --c8: #5b6673; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --dim: #a4abb4; --page: #14171a; --line: #3a4048; --stripe: #1d2125;
    --mark: #7db8f5; --c1: #6fb1f5; --c2: #fb9a4b; --c3: #5fd38a; --c4: #d79bf7; --c5: #35cbe0;
    --c6: #e8c547; --c7: #fb8596; --c8: #aab4c0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 72rem; color: var(--ink);
  background: var(--page); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.headline { font-size: 1.15rem; border-left: .25rem solid var(--mark); padding-left: .75rem;
  margin: 0 0 1rem; }
.findings { margin: 0 0 1rem; padding-left: 1.2rem; }
.findings li { margin: .25rem 0; }
pre { margin: 0 0 .5rem; padding: .5rem .75rem; background: var(--stripe); font-size: .85rem;
  line-height: 1.45; }
.badges { display: flex; flex-wrap: wrap; gap: .35rem .5rem; margin: 0 0 1rem; font-size: .85rem;
  color: var(--dim); align-items: baseline; }
.badge { border: 1px solid var(--line); border-left: .3rem solid var(--dim); border-radius: .25rem;
  padding: 0 .4rem; }
.badge.measured { border-left-color: var(--c3); }
.badge.fitted-elsewhere { border-left-color: var(--c1); }
.badge.extrapolated { border-left-color: var(--c6); }
.badge.datasheet { border-left-color: var(--c2); }
nav { font-size: .9rem; margin: 0 0 1rem; }
nav a { color: var(--mark); margin-right: .9rem; white-space: nowrap; }
#variants { border: 1px solid var(--line); border-radius: .25rem; padding: .15rem .75rem .35rem;
  margin: 0 0 1rem; position: sticky; top: 0; background: var(--page); z-index: 1; }
#variants legend { font-size: .85rem; color: var(--dim); }
#variants label { display: inline-block; margin-right: 1rem; }
.swatch { display: inline-block; width: .7rem; height: .7rem; border-radius: 50%; }
.tools { display: flex; gap: .4rem; min-height: 1.6rem; flex-wrap: wrap; }
.tools button, .filter input { font: inherit; font-size: .8rem; color: var(--ink);
  background: var(--stripe); border: 1px solid var(--line); border-radius: .25rem;
  padding: .05rem .45rem; }
.tools button[aria-pressed="true"] { border-color: var(--mark); color: var(--mark); }
.filter { display: block; margin: .35rem 0; font-size: .85rem; color: var(--dim); }
.sort { all: unset; cursor: pointer; }
.sort:focus-visible { outline: 2px solid var(--mark); }
[aria-sort="ascending"] .sort::after { content: " ▲"; font-size: .7em; }
[aria-sort="descending"] .sort::after { content: " ▼"; font-size: .7em; }
.vega-bindings { font-size: .85rem; color: var(--dim); }
.vega-bindings select { font: inherit; max-width: 100%; }
[hidden] { display: none !important; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .25rem; }
.scroll:focus-visible { outline: 2px solid var(--mark); }
table { border-collapse: collapse; width: 100%; font-size: .9rem;
  font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: .3rem .6rem; text-align: right; vertical-align: top; white-space: nowrap; }
thead th { border-bottom: 1px solid var(--line); white-space: normal; vertical-align: bottom; }
.text { text-align: left; white-space: normal; min-width: 7rem; }
tbody th { font-weight: 600; }
tbody th.text { min-width: min(9rem, 30vw); }
tbody tr:nth-child(odd) { background: var(--stripe); }
.charts { display: grid; gap: 1rem 2rem; margin: 0 0 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .9rem; color: var(--dim); margin-bottom: .25rem; }
figcaption b { display: block; color: var(--ink); font-weight: 600; }
.plot { width: 100%; min-height: 6rem; }
.plot svg { max-width: 100%; }
summary { cursor: pointer; color: var(--mark); font-size: .9rem; padding: .25rem 0; }
#vg-tooltip-element.vg-tooltip { color: var(--ink); background: var(--page);
  border-color: var(--line); font: .85rem/1.4 system-ui, sans-serif; }
#vg-tooltip-element.vg-tooltip table tr td.key { color: var(--dim); }
.note, footer { color: var(--dim); font-size: .9rem; }
@media (min-width: 150rem) {
  html { font-size: 125%; }
  body { max-width: 110rem; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --dim: #333; --page: #fff; --line: #999;
    --stripe: #f4f4f4; --mark: #000; --c1: #0b5cad; --c2: #c4500c; --c3: #1a7f4b; --c4: #8b3fc0;
    --c5: #0b7d90; --c6: #8f6d00; --c7: #c01f4a; --c8: #5b6673; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; border: 0; }
  table { font-size: 8pt; }
  figure, tr { break-inside: avoid; }
  nav, .tools, .filter, #variants, .vega-bindings { display: none; }
}
)css";

const std::string_view kPageScript = R"js(
"use strict";
const config = {
  background: "transparent", font: "system-ui, sans-serif", view: {stroke: null},
  axis: {labelColor: "var(--dim)", titleColor: "var(--dim)", gridColor: "var(--line)",
    domainColor: "var(--line)", tickColor: "var(--line)", labelFontSize: 12, titleFontSize: 12,
    titleFontWeight: "normal", labelLimit: 130},
  legend: {labelColor: "var(--ink)", labelFontSize: 12, labelLimit: 110, symbolOpacity: 1,
    symbolFillColor: "var(--dim)", symbolStrokeColor: "var(--dim)", padding: 2},
  range: {category: [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `var(--c${i})`)}
};
// ast: expressions are interpreted, not compiled, so the policy need not allow eval.
const options = {mode: "vega-lite", renderer: "svg", actions: false, ast: true, logLevel: 1,
  config: config};

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- charts ---------------------------------------------------------------------------------

const charts = all("figure").map((figure) => ({
  figure: figure, plot: figure.querySelector(".plot"), view: null,
  spec: JSON.parse(figure.querySelector("script").textContent)
}));

async function draw(chart) {
  try {
    if (chart.view) { chart.view.finalize(); }
    chart.view = (await vegaEmbed(chart.plot, chart.spec, options)).view;
    await hide(chart);
    chart.plot.dataset.drawn = "yes";
  } catch (error) {
    chart.plot.textContent = "This chart could not be drawn: " + error.message;
  }
}

async function hide(chart) {
  if (chart.view && (chart.spec.params || []).some((param) => param.name === "hidden")) {
    await chart.view.signal("hidden", hiddenVariants()).runAsync();
  }
}

// Every encoding of x or y in the chart; none where a length means the value, as in a bar.
function encodings(spec, axis) {
  const parts = [spec, ...(spec.layer || [])];
  const marks = parts.map((part) => part.mark && (part.mark.type || part.mark));
  if (marks.some((mark) => mark === "bar" || mark === "area" || mark === "tick")) { return []; }
  const found = parts.map((part) => part.encoding && part.encoding[axis]).filter(Boolean);
  return found.every((each) => each.type === "quantitative") ? found : [];
}

function rowsOf(spec) {
  return [spec, ...(spec.layer || [])].flatMap((part) => part.data ? part.data.values : []);
}

// A zero has no logarithm; symlog has one that is nearly it.
function addLogButton(chart, axis) {
  const found = encodings(chart.spec, axis);
  const fields = [...new Set(found.map((each) => each.field))];
  const values = rowsOf(chart.spec).flatMap((row) => fields.map((field) => row[field]))
    .filter((value) => typeof value === "number");
  if (!found.length || !values.length || values.some((value) => value < 0)) { return; }
  const kind = values.some((value) => value === 0) ? "symlog" : "log";
  const isLog = () => found.some((each) => each.scale && /log/.test(each.scale.type || ""));
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "log " + axis;
  button.setAttribute("aria-pressed", isLog());
  button.addEventListener("click", () => {
    const type = isLog() ? "linear" : kind;
    for (const each of found) { each.scale = {...each.scale, type: type}; }
    button.setAttribute("aria-pressed", isLog());
    draw(chart);
  });
  chart.figure.querySelector(".tools").append(button);
}

function addResetButton(chart) {
  const views = [chart.spec, ...(chart.spec.layer || [])];
  const zooms = views.some((view) => (view.params || []).some((param) => param.name === "zoom"));
  if (!zooms) { return; }
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "whole";
  button.title = "Shift with wheel or drag zooms and moves; this shows the whole again";
  button.addEventListener("click", () => draw(chart));
  chart.figure.querySelector(".tools").append(button);
}

// --- variants -------------------------------------------------------------------------------

function hiddenVariants() {
  return all("#variants input:not(:checked)").map((box) => box.value);
}

function applyHidden() {
  const hidden = hiddenVariants();
  for (const part of all("[data-variant]")) {
    part.dataset.off = hidden.includes(part.dataset.variant) ? "yes" : "";
    part.hidden = Boolean(part.dataset.off || part.dataset.filtered);
  }
  charts.forEach(hide);
}

// --- tables ---------------------------------------------------------------------------------

function valueOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
}

function compared(a, b) {
  const numbers = typeof a === "number" && typeof b === "number";
  if (numbers) { return a - b; }
  if (typeof a !== typeof b) { return typeof a === "number" ? -1 : 1; }  // without a number: last
  return a.localeCompare(b, "en", {numeric: true});
}

function sortBy(table, column) {
  const head = table.tHead.rows[0].cells[column];
  const up = head.getAttribute("aria-sort") !== "ascending";
  for (const cell of table.tHead.rows[0].cells) { cell.removeAttribute("aria-sort"); }
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => (up ? 1 : -1) * compared(valueOf(a, column), valueOf(b, column)));
  table.tBodies[0].append(...rows);
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.title = "sort";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(table, column));
    head.append(button);
  });
}

function addFilter(table) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  label.className = "filter";
  input.type = "search";
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(" ").filter(Boolean);
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.dataset.filtered = words.every((word) => text.includes(word)) ? "" : "yes";
      row.hidden = Boolean(row.dataset.off || row.dataset.filtered);
    }
  });
  label.append("only rows with ", input);
  table.closest(".scroll").before(label);
}

// --- begin ----------------------------------------------------------------------------------

const kLongTable = 8;
for (const table of all("table:not([data-turned])")) {
  const rows = table.tBodies[0].rows.length;
  if (rows > 1) { makeSortable(table); }
  if (rows >= kLongTable) { addFilter(table); }
}
const boxes = document.getElementById("variants");
if (boxes) {
  boxes.hidden = false;
  boxes.addEventListener("change", applyHidden);
}
// One after the other, so that the first ones are there at once and the page answers meanwhile.
async function drawAll() {
  for (const chart of charts) {
    addLogButton(chart, "x");
    addLogButton(chart, "y");
    addResetButton(chart);
    const folded = chart.figure.closest("details:not([open])");
    if (folded) {  // a closed box has no width to draw in
      folded.addEventListener("toggle", () => { if (!chart.view) { draw(chart); } });
    } else {
      await draw(chart);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}
drawAll();
window.addEventListener("beforeprint", () => all("details").forEach((box) => { box.open = true; }));
)js";

}  // namespace kvsim::report
