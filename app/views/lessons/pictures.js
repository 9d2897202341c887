// Pictures of figures, for paper and as a small view.

import { loadPlotly } from "../../live/live.js";

/** Take the marks from a figure and leave its axes; levels that are known stay where a curve is drawn. */
export function cover(figure, kind) {
  for (const trace of figure.data) trace.opacity = 0;
  figure.layout.hovermode = false; // a hidden mark would still tell its value
  figure.layout.annotations = [];
  if (kind !== "curve") figure.layout.shapes = [];
}

/**
 * A figure as the address of a picture.
 * @param {{data: object[], layout: object}} figure Plotly's, as a route answers it
 * @param {{width: number, height: number, background: string}} paper pixels, and its colour
 * @returns {Promise<string>}
 */
export async function pictureOf(figure, { width, height, background }) {
  await loadPlotly();
  const layout = { ...figure.layout, showlegend: false, paper_bgcolor: background, plot_bgcolor: background };
  return Plotly.toImage({ data: figure.data, layout }, { format: "svg", width, height });
}
