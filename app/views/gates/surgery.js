// The operating table: hold a value between two steps, let the gradient through some names only.

import { element } from "../../live/elements.js";
import { signed } from "./moment.js";

/** @import { Frame } from "./moment.js" */

export class Surgery {
  /**
   * @param {Record<string, string>} labels
   * @param {(values: {hold?: string, blocked?: string}, delay?: number) => void} change what happens to the fields of
   *   the address that an operation sets, handed over after `delay` milliseconds
   */
  constructor(labels, change) {
    this.labels = labels;
    this.change = change;
    this.table = element("div", "cell-surgery");
    this.rows = new Map(); // the controls of each name
    this.drawn = "";
  }

  /**
   * @param {Frame} frame
   * @param {boolean} isAhead whether the finger has operated on, and the frame is of what was before
   */
  draw(frame, isAhead) {
    const drawn = JSON.stringify([frame.names, frame.length]);
    if (drawn !== this.drawn) this.build(frame);
    this.drawn = drawn;
    if (isAhead) return;
    for (const [name, row] of this.rows) {
      const held = frame.holds.find((hold) => hold.name === name);
      row.hold.checked = Boolean(held);
      if (held) { for (const part of ["value", "first", "last"]) row[part].value = held[part]; }
      row.through.checked = !frame.blocked.includes(name);
      row.tell();
    }
  }

  build({ names, fields, length }) {
    const { labels } = this;
    this.rows.clear();
    this.table.replaceChildren(...names.flatMap((each) => this.row(each, length)));
    const buttons = this.table.appendChild(element("p", "cell-all"));
    const button = (label, values) => {
      const made = buttons.appendChild(element("button", "cell-button", { type: "button", textContent: label }));
      made.addEventListener("click", () => this.change(values, 0));
    };
    button(labels.none, { hold: "" });
    button(labels.all, { blocked: "" });
    const gates = names.map(({ name }) => name).filter((name) => !fields.includes(name));
    if (gates.length) button(labels.only, { blocked: gates.join("~") });
  }

  row({ name, role, low, high, colour }, length) {
    const { labels } = this;
    const title = element("span", "cell-who");
    title.append(element("b", "", { textContent: name }), ` ${role}`);
    title.style.setProperty("--hue", colour);
    const hold = check(labels.hold, `${labels.hold} ${name}`);
    const value = range(labels.value, name, [low, high, 0.01], high);
    const first = range(labels.first, name, [1, length, 1], Math.max(1, Math.round(length / 3)));
    const last = range(labels.last, name, [1, length, 1], Math.max(1, Math.round((2 * length) / 3)));
    const through = check(labels.through, `${labels.through} ${name}`);
    through.input.checked = true;
    const row = { hold: hold.input, value: value.input, first: first.input, last: last.input, through: through.input };
    row.tell = () => {
      value.output.textContent = signed(Number(row.value.value), 2);
      first.output.textContent = row.first.value;
      last.output.textContent = row.last.value;
    };
    for (const part of [row.value, row.first, row.last]) {
      part.addEventListener("input", () => {
        row.hold.checked = true;
        if (part === row.first) row.last.value = Math.max(Number(row.last.value), Number(part.value));
        if (part === row.last) row.first.value = Math.min(Number(row.first.value), Number(part.value));
        row.tell();
        this.change({ hold: this.held() }, 600);
      });
    }
    row.hold.addEventListener("change", () => this.change({ hold: this.held() }));
    row.through.addEventListener("change", () => this.change({ blocked: this.blocked() }));
    this.rows.set(name, row);
    row.tell();
    return [title, hold.holder, value.holder, first.holder, last.holder, through.holder];
  }

  held() {
    const held = [...this.rows].filter(([, row]) => row.hold.checked);
    return held.map(([name, row]) => [name, Number(row.value.value), row.first.value, row.last.value].join("_")).join(
      "~",
    );
  }

  blocked() {
    return [...this.rows].filter(([, row]) => !row.through.checked).map(([name]) => name).join("~");
  }
}

function range(label, name, [min, max, step], value) {
  const holder = element("label", "cell-range");
  const input = element("input", "", { type: "range", min, max, step, value });
  const output = element("output", "");
  input.setAttribute("aria-label", `${name}: ${label}`);
  holder.append(element("span", "", { textContent: label }), input, output);
  return { holder, input, output };
}

function check(label, spoken) {
  const holder = element("label", "cell-check");
  const input = element("input", "", { type: "checkbox" });
  input.setAttribute("aria-label", spoken);
  holder.append(input, label);
  return { holder, input };
}
