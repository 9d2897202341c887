// The page of gates: the drawn cell, one cursor through everything, and below it what follows the same cursor.

import { element } from "../../live/elements.js";
import { Live } from "../../live/live.js";
import DrawnCell from "./drawn.js";
import { Formulas } from "./formulas.js";
import { Panels } from "./panels.js";
import { Surgery } from "./surgery.js";

const OWN = ["hold", "blocked", "unit", "ordered"]; // fields of the address that this page sets besides its sliders

export default class Cell extends Live {
  drawControls() {
    super.drawControls();
    if (!this.drawn) this.build();
    const names = this.data.panels.map(({ name }) => name).join();
    if (names !== this.panelNames) this.buildPanels();
    this.panelNames = names;
  }

  build() {
    this.root.classList.add("cell");
    const figure = this.part("figure");
    this.time = element("div", "cell-time");
    figure.before(this.time);
    this.time.append(figure);
    this.drawn = new DrawnCell(this.data.labels, figure, (moment) => this.showStep(moment));
    this.cursor = this.drawn.cursor;
    this.part("legend").before(this.drawn.element);
  }

  buildPanels() {
    const { labels, panels } = this.data;
    this.panels?.destroy();
    this.surgery = new Surgery(labels, (values, delay) => this.change(values, delay));
    this.formulas = new Formulas(labels, (unit) => this.change({ unit }, 0));
    this.ordered = element("input", "", { type: "checkbox" });
    this.ordered.addEventListener("change", () => this.change({ ordered: this.ordered.checked }));
    const order = element("label", "cell-check");
    order.append(this.ordered, labels.ordered);
    const bodies = { surgery: [this.surgery.table], arithmetic: this.formulas.parts };
    this.panels = new Panels(panels, bodies, { maps: order }, {
      seen: () => this.frame && this.panels.draw().then(() => this.drawn.showStep()),
      drawn: (plot) => this.cursor.mark(plot),
      pressed: (step) => this.cursor.move(step),
    });
    this.time.after(this.panels.box);
  }

  destroy() {
    this.drawn?.destroy();
    this.panels?.destroy();
    super.destroy();
  }

  /** What a link to another picture brings into view. */
  front() {
    return this.drawn.diagram.box;
  }

  get frame() {
    return this.drawn?.frame;
  }

  async draw(answer) {
    const isArrival = this.arrivalDrawn !== this.arrival;
    this.arrivalDrawn = this.arrival;
    this.drawn.begin(answer);
    await super.draw(answer);
    this.panels.renew(answer.figures, this.background);
    await this.panels.draw();
    this.surgery.draw(this.frame, this.values.hold !== undefined || this.values.blocked !== undefined);
    this.formulas.draw(this.frame);
    this.ordered.checked = this.frame.ordered;
    this.drawn.settle(isArrival);
  }

  /** What else follows the cursor. */
  showStep(moment) {
    this.root.dataset.step = moment.t;
    for (const plot of this.panels.marked) this.cursor.mark(plot);
    if (this.panels.visible.has("arithmetic")) this.formulas.show(moment);
  }

  /** Fields of the address that an operation sets, handed over after so many milliseconds. */
  change(values, delay = 250) {
    Object.assign(this.values, values);
    this.dirty = true;
    clearTimeout(this.settled);
    this.follow();
    this.settle(delay);
  }

  isAnswered(values) {
    const query = new URLSearchParams(this.data.query);
    const own = OWN.filter((name) => values[name] !== undefined);
    return own.every((name) => (query.get(name) ?? "") === plain(values[name], name)) && super.isAnswered(values);
  }

  /** With the cursor's step. */
  address() {
    const address = super.address();
    address.searchParams.set("at", this.cursor.t);
    return address;
  }
}

// What a value is in the address; a default is left out there.
function plain(value, name) {
  if (name === "unit") return value === 1 ? "" : String(value);
  return value === false ? "" : String(value);
}
