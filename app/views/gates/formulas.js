// The arithmetic of one unit at the cursor's step: every named value's equation, in symbols and with its numbers.

import { element } from "../../live/elements.js";
import { signed } from "./moment.js";

/** @import { Edge, Frame, Moment, Node } from "./moment.js" */

const MATH = "http://www.w3.org/1998/Math/MathML";

export class Formulas {
  /**
   * @param {Record<string, string>} labels
   * @param {(unit: number) => void} choose what happens when another unit is chosen
   */
  constructor(labels, choose) {
    this.labels = labels;
    this.unit = element("input", "", { type: "number", min: 1, max: 1, step: 1 });
    this.unit.addEventListener(
      "change",
      () => choose(Math.max(1, Math.min(this.frame.units, Number(this.unit.value) || 1))),
    );
    const label = element("label", "cell-range cell-unit");
    label.append(element("span", "", { textContent: labels.unit }), this.unit);
    this.lines = element("div", "cell-lines");
    this.parts = [label, this.lines];
    this.drawn = "";
    this.slots = []; // numbers that follow the cursor
    this.alternatives = []; // a value that is held is not computed
  }

  /** @param {Frame} frame */
  draw(frame) {
    this.frame = frame;
    this.unit.max = frame.units;
    this.unit.value = frame.unit;
    const drawn = JSON.stringify([frame.structure, frame.unit]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.slots = [];
    this.alternatives = [];
    this.lines.replaceChildren();
    const defined = frame.nodes.filter(({ name, kind }) => name && kind !== "output");
    for (const node of defined.sort((one, other) => one.column - other.column)) this.addLine(node);
  }

  /** @param {Moment} moment */
  show(moment) {
    for (const { number, node, isLater } of this.slots) {
      const text = signed(moment.unitOf(node), 3);
      number.textContent = isLater && text.startsWith("−") ? `(${text})` : text;
    }
    for (const { node, made, held } of this.alternatives) {
      made.style.display = moment.isHeld(node) ? "none" : "";
      held.style.display = moment.isHeld(node) ? "" : "none";
    }
  }

  addLine(node) {
    const symbols = element("div", "cell-formula");
    symbols.append(math([symbol(node), mo("="), ...this.defined(node, false)]));
    const numbers = element("div", "cell-formula cell-plugged");
    const isBare = node.kind === "layer" && !node.label; // its sum is its result
    const way = isBare ? [] : [...this.defined(node, true), mo("=")];
    const made = numbers.appendChild(math([mo("="), ...way, this.slot(node, { isResult: true })]));
    const held = numbers.appendChild(math([mo("="), this.slot(node, { isResult: true })]));
    held.append(mathml("mtext", `\u00a0(${this.labels.held})`));
    this.alternatives.push({ node, made, held });
    this.lines.append(symbols, numbers);
  }

  slot(node, { isResult = false, isLater = false } = {}) {
    const number = mn("0");
    number.style.color = node.colour || "";
    if (isResult) number.style.fontWeight = "600";
    this.slots.push({ number, node, isLater });
    return number;
  }

  /** What a node is computed from, as symbols or with its numbers. */
  defined(node, plugged) {
    const edges = this.frame.edges.filter(({ target }) => target === node.id);
    if (node.kind === "layer") return plugged ? this.pluggedLayer(node) : this.layer(node, edges);
    const sources = edges.map(({ source }) => this.frame.byId.get(source));
    const terms = sources.map((source, place) => this.term(source, plugged, place > 0));
    const sign = { "×": plugged ? "·" : "⊙", "+": "+", "−": "−", "÷": "/" }[node.label];
    if (sign) return joined(terms, sign);
    if (node.label.endsWith("−")) return [mn(node.label.slice(0, -1)), mo("−"), ...terms.flat()];
    return [mi(node.label), mo("("), ...terms.flat(), mo(")")];
  }

  layer(node, edges) {
    const terms = edges.map((edge) => {
      const times = edge.unitwise ? [mo("⊙")] : [];
      const weights = weight(letter(edge), node.name || ordinal(this.frame, edge));
      return [weights, ...times, ...this.term(this.frame.byId.get(edge.source), false)];
    });
    if (!edges.every(({ unitwise }) => unitwise)) terms.push([weight("b", node.name)]);
    const sum = joined(terms, "+");
    return node.label ? [mi(node.label), mo("("), ...sum, mo(")")] : sum;
  }

  pluggedLayer(node) {
    const inner = this.slot(node.pre === null ? node : { ...node, wire: node.pre, colour: "" });
    return node.label ? [mi(node.label), mo("("), inner, mo(")")] : [inner];
  }

  term(node, plugged, isLater = false) {
    if (node.name || node.kind === "input") return [plugged ? this.slot(node, { isLater }) : symbol(node)];
    const inner = this.defined(node, plugged);
    const bare = (node.kind === "layer" && plugged) || node.label === "×" || !/^[+−1]/.test(node.label || "+");
    return bare ? inner : [mo("("), ...inner, mo(")")];
  }
}

/**
 * W for the input's matrix, U for a state's, w for a vector of weights.
 * @param {Edge} edge
 */
export function letter({ source, unitwise }) {
  return unitwise ? "w" : source === "x" ? "W" : "U";
}

// Vectors of weights that no name tells apart are numbered.
function ordinal({ edges, byId }, edge) {
  const unnamed = edges.filter(({ target, unitwise }) => unitwise && !byId.get(target).name);
  return edge.unitwise ? String(unnamed.indexOf(edge) + 1) : "";
}

function symbol(node) {
  const before = mathml("mrow");
  before.append(mi("t"), mo("−"), mn("1"));
  const made = mathml("msub");
  made.append(
    mi(node.kind === "input" ? node.id : node.name, node.colour),
    node.kind === "input" && node.id !== "x" ? before : mi("t"),
  );
  return made;
}

function weight(letter, name) {
  if (!name) return mi(letter);
  const made = mathml("msub");
  made.append(mi(letter), mi(name));
  return made;
}

function joined(terms, sign) {
  return terms.flatMap((term, place) => (place ? [mo(sign), ...term] : term));
}

function math(parts) {
  const made = mathml("math");
  made.append(...parts);
  return made;
}

function mathml(tag, content = "") {
  const made = document.createElementNS(MATH, tag);
  made.textContent = content;
  return made;
}

function mi(name, colour = "") {
  const made = mathml("mi", name);
  made.style.color = colour;
  return made;
}

function mo(sign) {
  return mathml("mo", sign);
}

function mn(number) {
  return mathml("mn", number);
}
