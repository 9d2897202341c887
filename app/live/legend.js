// A figure's legend: an entry for each of its traces, or the scale of its maps.

import { element } from "./elements.js";

const DASHES = { dash: "7 4", dot: "2 3", dashdot: "7 3 2 3", longdash: "11 4", longdashdot: "11 3 2 3" };
const MARKS = {
  square: '<path d="M14 1h10v10h-10Z"/>',
  circle: '<circle cx="19" cy="6" r="4"/>',
  "circle-open": '<circle cx="19" cy="6" r="4" fill="none" stroke-width="2"/>',
  diamond: '<path d="M19 0L25 6L19 12L13 6Z"/>',
  "triangle-left": '<path d="M24 1V11L14 6Z"/>',
  "x-thin": '<path d="M14 1L24 11M24 1L14 11" stroke-width="2.5"/>',
};

/** @typedef {{name: string, mark: string}} Entry what a trace is called, and its mark as markup */

/**
 * @param {object[]} traces Plotly's
 * @returns {Entry[]}
 */
export function entriesOf(traces) {
  return traces.filter(({ showlegend }) => showlegend !== false).map((trace) => ({
    name: trace.name,
    mark: markOf(trace),
  }));
}

/** @param {Entry} entry */
export function legendEntry({ name, mark }) {
  const entry = element("li", "");
  entry.innerHTML = mark;
  entry.append(name);
  return entry;
}

function markOf({ type, mode, line, marker, opacity }) {
  const drawn = type === "bar" || mode === "markers" || !line ? dot(type, marker) : stroke(line);
  return `<svg width="30" height="12" opacity="${opacity ?? 1}" aria-hidden="true">${drawn}</svg>`;
}

function stroke({ color, width, dash }) {
  return `<path d="M0 6H30" stroke="${color}" stroke-width="${width}" stroke-dasharray="${DASHES[dash] ?? ""}"/>`;
}

function dot(type, marker) {
  const colour = typeof marker?.color === "string" ? marker.color : (marker?.line?.color ?? "currentColor");
  const mark = MARKS[type === "bar" ? "square" : (marker?.symbol ?? "circle")] ?? MARKS.circle;
  return `<g fill="${colour}" stroke="${colour}" stroke-width="0" opacity="${marker?.opacity ?? 1}">${mark}</g>`;
}

/** @param {object} map a heatmap of Plotly's */
export function scaleEntry({ zmin, zmax, colorscale }) {
  const stops = colorscale.map(([stop, colour]) => `${colour} ${100 * stop}%`);
  const bar = element("span", "");
  bar.style.background = `linear-gradient(to right, ${stops.join()})`;
  const entry = element("li", "live-scale");
  entry.append(rounded(zmin), bar, rounded(zmax));
  return entry;
}

function rounded(value) {
  return value.toFixed(0).replace("-", "−");
}
