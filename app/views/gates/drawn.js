// The drawn cell above its figure, with one cursor through both: on the page of gates, and wherever else the figure is shown.

import { element } from "../../live/elements.js";
import { Cursor } from "./cursor.js";
import { Diagram } from "./diagram.js";
import { Moment, unpacked } from "./moment.js";

export default class DrawnCell {
  /**
   * @param {Record<string, string>} texts
   * @param {HTMLElement} figure Plotly's box, in an element of its size
   * @param {(moment: Moment) => void} moved what else follows the cursor
   */
  constructor(texts, figure, moved = () => {}) {
    this.figure = figure;
    this.moved = moved;
    this.frame = null; // what is drawn
    this.diagram = new Diagram(texts);
    this.cursor = new Cursor(texts, () => this.showStep());
    this.element = element("div", "cell");
    this.element.append(this.diagram.box, this.cursor.bar);
    this.line = element("div", "cell-cursor");
    figure.after(this.line);
    this.diagram.box.addEventListener("keydown", (event) => this.cursor.key(event));
    this.fit = new ResizeObserver(() => this.frame && (this.diagram.draw(this.frame, true), this.showStep()));
    this.fit.observe(this.diagram.box);
  }

  destroy() {
    if (this.mark) this.figure.removeListener("plotly_afterplot", this.mark);
    this.cursor.play(0);
    this.fit.disconnect();
    this.element.remove();
    this.line.remove();
  }

  /** Read a frame and draw its cell; its numbers come with the step. */
  begin({ cell }) {
    if (!cell) return; // an answer of another figure, which came late
    this.frame = unpacked(cell);
    this.diagram.draw(this.frame);
  }

  /**
   * The figure is drawn too.
   * @param {boolean} isArrival whether it is another picture, so that the cursor goes to the step of the address
   */
  settle(isArrival) {
    if (!this.frame) return;
    if (!this.mark) this.figure.on("plotly_afterplot", this.mark = () => this.cursor.mark(this.figure));
    this.cursor.draw(this.frame, isArrival ? this.frame.at : this.cursor.t);
  }

  /** Everything at the cursor's step. */
  showStep() {
    const moment = new Moment(this.frame, this.cursor.t);
    this.cursor.mark(this.figure);
    this.diagram.show(moment, this.cursor.view, Boolean(this.cursor.playing));
    this.moved(moment);
  }
}
