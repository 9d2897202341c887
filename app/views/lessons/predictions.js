// What a reader predicts: one of some answers, a number, or a curve drawn on the figure's own axes.

import { element, svg } from "../../live/elements.js";

const NUMBER_PLACES = 200;
const ANCHORS = 9; // places of a curve that is drawn with keys
const KEY_STEP = 1; // decades that a key moves an anchor
const LEAST_DRAWN = 0.3; // share of the axis that a drawn curve must cover to count
const SUPERSCRIPTS = {
  "-": "⁻",
  0: "⁰",
  1: "¹",
  2: "²",
  3: "³",
  4: "⁴",
  5: "⁵",
  6: "⁶",
  7: "⁷",
  8: "⁸",
  9: "⁹",
  ".": "·",
};

/**
 * A prediction of a step.
 * @typedef {{text: string, isRight: boolean}} Score
 * @typedef {{truth: string, why: string, value: number | null, written: string, right: number | null, figure: object}} Truth
 */

class Prediction {
  /**
   * @param {import("./lesson.js").default} lesson that asks
   * @param {object} step
   * @param {number} place of the step
   * @param {unknown} kept what was predicted before
   */
  constructor(lesson, step, place, kept) {
    Object.assign(this, { lesson, step, place, guess: kept, onGuess: () => {} });
    this.labels = lesson.data.labels;
    this.element = element("div", "lesson-prediction");
    this.build();
  }

  isOf(place) {
    return this.place === place;
  }

  take(guess) {
    this.guess = guess;
    this.onGuess();
  }

  build() {}
  /** The figure has been drawn anew. */
  placed() {}
  /** Nothing more is predicted. */
  close() {}
  /** Another step comes. */
  end() {}
}

class Choice extends Prediction {
  build() {
    const group = element("fieldset", "lesson-options");
    group.append(element("legend", "", { textContent: this.labels.choose }));
    this.step.options.forEach((text, place) => {
      const label = element("label", "");
      const input = element("input", "", {
        type: "radio",
        name: `lesson-option-${this.place}`,
        value: place,
        checked: this.guess === place,
      });
      input.addEventListener("change", () => this.take(place));
      label.append(input, element("span", "", { textContent: text }));
      group.append(label);
    });
    this.element.append(group);
  }

  /** @param {Truth} truth */
  score({ right }) {
    if (this.guess === undefined) return null;
    const { options } = this.step;
    const isRight = this.guess === right;
    const text = isRight ? this.labels.right : right < 0 ? this.labels.neither : this.labels.wrong;
    return { text: fill(text, { guess: options[this.guess], answer: options[right] }), isRight };
  }
}

class NumberLine extends Prediction {
  build() {
    const { low, high } = this.step;
    const label = element("label", "lesson-number");
    const middle = this.guess ?? (low + high) / 2;
    this.input = element("input", "", {
      type: "range",
      min: 0,
      max: NUMBER_PLACES,
      value: Math.round(((middle - low) / (high - low)) * NUMBER_PLACES),
    });
    this.output = element("output", "");
    label.append(element("span", "", { textContent: this.labels.estimate }), this.output, this.input);
    const ends = element("p", "lesson-ends");
    ends.append(...[low, (low + high) / 2, high].map((at) => element("span", "", { textContent: estimate(at) })));
    this.element.append(label, ends);
    this.input.addEventListener("input", () => this.moved());
    if (this.guess === undefined) this.output.textContent = "?";
    else this.moved();
  }

  moved() {
    const { low, high } = this.step;
    const guess = low + ((high - low) * Number(this.input.value)) / NUMBER_PLACES;
    this.output.textContent = estimate(guess);
    this.input.setAttribute("aria-valuetext", this.output.textContent);
    this.take(guess);
  }

  /** @param {Truth} truth */
  score({ value, written }) {
    if (this.guess === undefined || value === null) return null;
    const { low, high, isPower } = this.step;
    const off = Math.abs(this.guess - Math.min(Math.max(isPower ? value : Math.log10(value), low), high));
    const text = off > 1 ? this.labels.decades : this.labels.factor;
    const told = off > 1 ? off.toFixed(1) : (10 ** off).toPrecision(2);
    return { text: fill(text, { guess: estimate(this.guess), value: written, off: told }), isRight: off < 0.5 };
  }
}

class Drawing extends Prediction {
  build() {
    const again = element("button", "live-link lesson-again", { type: "button", textContent: this.labels.again });
    again.addEventListener("click", () => this.clear());
    const keys = element("button", "live-link lesson-again lesson-keys", {
      type: "button",
      textContent: this.labels.draw_keys,
    });
    keys.addEventListener("click", () => this.paper.focus());
    this.element.append(element("p", "lesson-hint", { textContent: this.labels.draw }), keys, again);
    this.points = this.guess ? Float64Array.from(this.guess, (value) => value ?? NaN) : null;
    this.paper = svg("svg", {
      class: "lesson-paper",
      tabindex: 0,
      role: "application",
      "aria-label": this.labels.draw,
    });
    this.path = svg("path", {});
    this.anchor = svg("circle", { r: 7, visibility: "hidden" });
    this.paper.append(this.path, this.anchor);
    this.lesson.box.append(this.paper);
    this.paper.addEventListener("pointerdown", (event) => this.begin(event));
    this.paper.addEventListener("pointermove", (event) => this.last && this.follow(event));
    for (const end of ["pointerup", "pointercancel"]) this.paper.addEventListener(end, () => this.finish());
    this.paper.addEventListener("keydown", (event) => this.key(event));
    this.paper.addEventListener("blur", () => this.anchor.setAttribute("visibility", "hidden"));
  }

  get axes() {
    const { xaxis: x, yaxis: y } = this.lesson.part("figure")._fullLayout ?? {};
    return x?.p2c && y?.p2c ? { x, y } : null;
  }

  /** Steps of the sequence, one value each. */
  get count() {
    const traces = this.lesson.part("figure")._fullData ?? [];
    return this.curveIn(traces)?.y.length ?? 0;
  }

  curveIn(traces) {
    const { trace } = this.step;
    return traces.find(({ uid, yaxis, y }) => (trace ? uid === trace : (yaxis ?? "y") === "y") && y?.length > 1);
  }

  begin(event) {
    if (this.isClosed || !this.axes) return;
    event.preventDefault();
    this.paper.focus({ preventScroll: true });
    this.paper.setPointerCapture(event.pointerId);
    this.points ??= new Float64Array(this.count).fill(NaN);
    this.last = this.at(event);
    this.set(this.last, this.last);
    this.placed();
  }

  at({ clientX, clientY }) {
    const corner = this.lesson.part("figure").getBoundingClientRect();
    const { x, y } = this.axes;
    const [low, high] = y.range;
    const step = x.p2c(clientX - corner.left - x._offset);
    const value = y.p2c(clientY - corner.top - y._offset);
    return { step, value: Math.min(Math.max(value, low), high) };
  }

  follow(event) {
    for (const each of event.getCoalescedEvents?.() ?? [event]) {
      const now = this.at(each);
      this.set(this.last, now);
      this.last = now;
    }
    this.placed();
  }

  /** Every step between two places of the finger. */
  set(from, to) {
    const [first, last] = from.step <= to.step ? [from, to] : [to, from];
    const count = this.points.length;
    for (let step = Math.max(Math.round(first.step), 1); step <= Math.min(Math.round(last.step), count); step++) {
      const share = last.step === first.step ? 1 : (step - first.step) / (last.step - first.step);
      this.points[step - 1] = first.value + (last.value - first.value) * Math.min(Math.max(share, 0), 1);
    }
  }

  finish() {
    this.last = null;
    this.settle();
  }

  settle() {
    if (!this.points) return;
    const drawn = this.points.filter((value) => !Number.isNaN(value)).length;
    const isEnough = drawn >= LEAST_DRAWN * this.points.length;
    this.take(isEnough ? [...this.points].map((value) => (Number.isNaN(value) ? null : value)) : undefined);
  }

  clear() {
    this.points = null;
    this.take(undefined);
    this.placed();
  }

  // Left and right choose one of some places, up and down set the curve there; between them it is straight.
  key(event) {
    if (this.isClosed || !this.axes) return;
    const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const lift = { ArrowUp: KEY_STEP, ArrowDown: -KEY_STEP }[event.key];
    if (turn === undefined && lift === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const [low, high] = this.axes.y.range;
    this.anchors ??= new Float64Array(ANCHORS).fill(0);
    this.chosen = Math.min(Math.max((this.chosen ?? ANCHORS) + (turn ?? 0), 0), ANCHORS - 1);
    if (lift) this.anchors[this.chosen] = Math.min(Math.max(this.anchors[this.chosen] + lift, low), high);
    this.points = Float64Array.from({ length: this.count }, (_, place) => {
      const along = (place / Math.max(this.count - 1, 1)) * (ANCHORS - 1);
      const left = Math.min(Math.floor(along), ANCHORS - 2);
      return this.anchors[left] + (this.anchors[left + 1] - this.anchors[left]) * (along - left);
    });
    this.placed();
    const at = Math.round((this.chosen / (ANCHORS - 1)) * (this.count - 1));
    const spot = this.pixel(at + 1, this.points[at]);
    for (const [name, value] of Object.entries({ cx: spot.x, cy: spot.y, visibility: "visible" })) {
      this.anchor.setAttribute(name, value);
    }
    this.settle();
  }

  pixel(step, value) {
    const { x, y } = this.axes;
    return { x: x._offset + x.c2p(step), y: y._offset + y.c2p(value) };
  }

  placed() {
    if (!this.axes) return;
    let pen = "M";
    let path = "";
    for (const [place, value] of (this.points ?? []).entries()) {
      if (Number.isNaN(value)) {
        pen = "M";
        continue;
      }
      const { x, y } = this.pixel(place + 1, value);
      path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
    }
    this.path.setAttribute("d", path);
  }

  close() {
    this.isClosed = true;
    this.paper.classList.add("is-closed");
    this.anchor.setAttribute("visibility", "hidden");
  }

  end() {
    this.paper.remove();
  }

  /** How far the drawn curve lies from the one that is drawn now, in decades on average. */
  score() {
    if (this.guess === undefined || !this.axes) return null;
    const curve = this.curveIn(this.lesson.part("figure")._fullData);
    if (!curve) return null;
    const [low, high] = this.axes.y.range;
    const off = [];
    this.guess.forEach((value, place) => {
      if (value === null || place >= curve.y.length) return;
      const truth = Number.isFinite(curve.y[place]) ? curve.y[place] : low;
      off.push(Math.abs(value - Math.min(Math.max(truth, low), high)));
    });
    const mean = off.reduce((sum, each) => sum + each, 0) / Math.max(off.length, 1);
    return { text: fill(this.labels.drawn, { off: mean.toFixed(1) }), isRight: mean < 1, off: mean };
  }
}

/** A number whose log10 is given, as an estimate. */
export function estimate(log10) {
  if (Math.abs(log10) <= 4) return String(Number((10 ** log10).toPrecision(log10 >= 2 ? 3 : 2)));
  return `10${[...String(Math.round(log10))].map((sign) => SUPERSCRIPTS[sign]).join("")}`;
}

export const PREDICTIONS = { choice: Choice, number: NumberLine, curve: Drawing };

/** A text with its names in braces replaced. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
