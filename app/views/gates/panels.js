// What stands below the figure at the top and follows the same cursor: figures, the operating table, the arithmetic. A figure is drawn
// once it is near enough to be seen.

import { element } from "../../live/elements.js";
import { entriesOf, legendEntry, scaleEntry } from "../../live/legend.js";

/** @typedef {{name: string, heading: string, look: string}} Panel what a panel is called, asks, and says to look for */
/** @typedef {{data: object[], layout: object, height: number}} Figure a Plotly figure and its height in pixels */

const FIGURES = ["maps", "saturation", "highway"];
const MARKED = ["maps", "highway"]; // those with steps along them, and the cursor's line

export class Panels {
  /**
   * @param {Panel[]} panels
   * @param {Record<string, HTMLElement[]>} bodies what stands in a panel that is no figure
   * @param {Record<string, HTMLElement>} above what stands above a panel's figure
   * @param {{seen: () => void, drawn: (plot: HTMLElement) => void, pressed: (step: number) => void}} act what happens
   *   when other panels come into view, when one has been drawn, and when a step of one is pressed
   */
  constructor(panels, bodies, above, act) {
    this.act = act;
    this.box = element("div", "cell-panels");
    this.plots = new Map();
    this.visible = new Set();
    this.stale = new Set(); // what is drawn of an older frame, or not at all
    this.watch = new IntersectionObserver((entries) => this.see(entries), { rootMargin: "100px" });
    for (const { name, heading, look } of panels) {
      const panel = this.box.appendChild(element("section", `cell-panel cell-panel-${name}`));
      panel.dataset.name = name;
      panel.append(element("h3", "", { textContent: heading }), element("p", "cell-look", { textContent: look }));
      if (above[name]) panel.append(above[name]);
      if (FIGURES.includes(name)) panel.append(element("ul", "live-legend"));
      const body = panel.appendChild(element("div", "cell-body"));
      body.append(...(bodies[name] ?? []));
      if (FIGURES.includes(name)) {
        this.plots.set(name, body.appendChild(element("div", "cell-plot", { role: "img", ariaLabel: heading })));
      }
      if (MARKED.includes(name)) body.append(element("div", "cell-cursor"));
      this.watch.observe(panel);
    }
  }

  destroy() {
    this.watch.disconnect();
    for (const plot of this.plots.values()) Plotly.purge(plot);
    this.box.remove();
  }

  see(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.visible.add(target.dataset.name);
      else this.visible.delete(target.dataset.name);
    }
    this.act.seen();
  }

  /** The figures that can be seen, and have steps along them. */
  get marked() {
    return MARKED.filter((name) => this.visible.has(name) && this.plots.has(name)).map((name) => this.plots.get(name));
  }

  /**
   * @param {Record<string, Figure | null>} figures
   * @param {string} background
   */
  renew(figures, background) {
    this.figures = figures;
    this.background = background;
    this.stale = new Set(this.plots.keys());
  }

  async draw() {
    for (const name of [...this.stale].filter((name) => this.visible.has(name) && this.figures[name])) {
      this.stale.delete(name);
      await this.drawPlot(this.plots.get(name), this.figures[name]);
    }
  }

  async drawPlot(plot, { data, layout, height }) {
    plot.style.height = `${height}px`;
    const { background } = this;
    Object.assign(layout, { autosize: true, showlegend: false, paper_bgcolor: background, plot_bgcolor: background });
    const isNew = !plot.data;
    await Plotly.react(plot, data, layout, { displayModeBar: false, responsive: true });
    if (isNew) {
      plot.on("plotly_afterplot", () => this.act.drawn(plot));
      plot.on("plotly_click", ({ points: [point] }) => {
        if (!point.data.uid.startsWith("saturation")) this.act.pressed(Math.round(point.x));
      });
    }
    const scales = new Map(data.filter(({ type }) => type === "heatmap").map((map) => [map.zmin, map]));
    const entries = scales.size ? [...scales.values()].map(scaleEntry) : entriesOf(data).map(legendEntry);
    plot.closest(".cell-panel").querySelector(".live-legend").replaceChildren(...entries);
  }
}
