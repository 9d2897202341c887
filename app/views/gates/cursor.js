// One step for everything on the page, and the controls that move it: a slider, keys, and playing both ways.

import { element, labelled } from "../../live/elements.js";

/** @import { Frame } from "./moment.js" */

const SPEEDS = [1, 4, 15, 60]; // steps a second

export class Cursor {
  /**
   * @param {Record<string, string>} labels
   * @param {() => void} moved what happens after a move
   */
  constructor(labels, moved) {
    this.labels = labels;
    this.moved = moved;
    this.t = 1;
    this.view = "forward"; // or "backward": what the wires show
    this.playing = 0; // steps to go by, -1 for back
    this.speed = matchMedia("(prefers-reduced-motion: reduce)").matches ? 4 : 15;
    this.bar = element("div", "cell-scrub", { inert: true }); // until there is something to move through
    this.build();
  }

  build() {
    const { labels } = this;
    const button = (name, sign, act) => {
      const made = labelled(
        element("button", `cell-button cell-${name}`, { type: "button", textContent: sign }),
        labels[name],
      );
      made.addEventListener("click", act);
      return made;
    };
    this.back = button("back", "◀◀", () => this.play(-1));
    this.forth = button("play", "▶", () => this.play(1));
    this.slider = element("input", "cell-step", { type: "range", min: 1, max: 1, step: 1, ariaLabel: labels.cursor });
    this.slider.addEventListener("input", () => (this.play(0), this.move(Number(this.slider.value))));
    this.slider.addEventListener("keydown", (event) => event.key === " " && this.key(event));
    this.reading = element("output", "cell-reading");
    this.bar.append(
      this.back,
      button("earlier", "‹", () => this.stepBy(-1)),
      button("later", "›", () => this.stepBy(1)),
      this.forth,
      this.slider,
      this.reading,
      this.speeds(),
      this.views(),
    );
  }

  speeds() {
    const speed = labelled(element("select", "cell-speed"), this.labels.speed);
    for (const value of SPEEDS) speed.append(new Option(`${value}/s`, value, false, value === this.speed));
    speed.addEventListener("change", () => (this.speed = Number(speed.value)));
    return speed;
  }

  views() {
    const views = element("fieldset", "cell-views", { ariaLabel: this.labels.show });
    for (const view of ["forward", "backward"]) {
      const label = element("label", "");
      const input = element("input", "", {
        type: "radio",
        name: "cell-view",
        value: view,
        checked: view === this.view,
      });
      input.addEventListener("change", () => ((this.view = view), this.moved()));
      label.append(input, this.labels[view]);
      views.append(label);
    }
    return views;
  }

  /**
   * @param {Frame} frame
   * @param {number} t where to go
   */
  draw({ length, last }, t) {
    this.length = length;
    this.last = last; // where playing back begins
    this.slider.max = length;
    this.bar.inert = false;
    this.move(t);
  }

  move(t) {
    this.t = Math.max(1, Math.min(this.length, t));
    this.slider.value = this.t;
    const text = `t = ${this.t} / ${this.length}`;
    this.slider.setAttribute("aria-valuetext", text);
    this.reading.textContent = text;
    this.moved();
  }

  stepBy(by) {
    this.play(0);
    this.move(this.t + by);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
    if (event.key in moves) this.stepBy(moves[event.key]);
    else if (event.key === "Home") this.stepBy(-this.length);
    else if (event.key === "End") this.stepBy(this.length);
    else if (event.key === " ") this.play(this.playing ? 0 : this.view === "backward" ? -1 : 1);
    else return;
    event.preventDefault();
  }

  /** Play one way, 1 or -1; that way again, or 0, is a pause. */
  play(direction) {
    const going = this.playing === direction ? 0 : direction;
    const wasStill = !this.playing;
    this.playing = going;
    for (const [button, way, sign, name] of [[this.back, -1, "◀◀", "back"], [this.forth, 1, "▶", "play"]]) {
      button.textContent = going === way ? "❚❚" : sign;
      labelled(button, this.labels[going === way ? "pause" : name]);
    }
    if (!going) return;
    if (going < 0) {
      this.view = "backward";
      this.bar.querySelector("[value=backward]").checked = true;
      this.move(this.t <= 1 || this.t > this.last ? this.last : this.t);
    } else if (this.t >= this.length) this.move(1);
    this.since = performance.now();
    if (wasStill) requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    if (!this.playing) return;
    const due = Math.floor(((now - this.since) * this.speed) / 1000);
    if (due > 0) {
      this.since += (due * 1000) / this.speed;
      this.move(this.t + due * this.playing);
    }
    const isOver = this.playing < 0 ? this.t <= 1 : this.t >= this.length;
    if (isOver) this.play(0);
    else requestAnimationFrame((later) => this.tick(later));
  }

  /** Put the line that marks the step where it belongs on a figure, a Plotly box or one not yet drawn. */
  mark(plot) {
    const layout = plot._fullLayout;
    const line = plot.parentElement.querySelector(".cell-cursor");
    if (!layout?.xaxis || !line) return;
    line.style.transform = `translateX(${layout.xaxis._offset + layout.xaxis.l2p(this.t)}px)`;
    line.style.height = `${layout.height - layout.margin.b}px`;
  }
}
