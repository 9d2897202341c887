// The drawn cell: boxes, circles and the wires between them, with the numbers of one step on them.

import { element } from "../../live/elements.js";
import { isPresenting } from "../../live/present.js";
import { letter } from "./formulas.js";
import { signed } from "./moment.js";

/** @import { Edge, Frame, Moment, Node } from "./moment.js" */

/** @typedef {[number, number]} Point in pixels, from the top left */
/** @typedef {[Point, Point, Point, Point]} Curve a cubic Bézier curve */

const SVG = "http://www.w3.org/2000/svg";
const BOX = { width: 104, height: 34 };
const RADIUS = 14;
const LARGER = 1.4; // in the presenter's view, where there is room
const SMALLER = 0.8; // where there is little; with less, it is scrolled
const ROOM = { width: 600, height: 200 }; // that boxes and circles need not to lie over one another
const DECADES = 16; // of the gradient's colour scale, on either side of 1

export class Diagram {
  /** @param {Record<string, string>} labels */
  constructor(labels) {
    this.labels = labels;
    this.box = element("div", "cell-stage", { tabIndex: 0, role: "group", inert: true }); // until there is a cell
    this.svg = this.box.appendChild(svg("svg", { class: "cell-diagram", role: "img" }));
    this.caption = this.box.appendChild(element("p", "cell-caption"));
    this.tip = this.box.appendChild(element("p", "cell-tip", { hidden: true }));
    this.box.addEventListener("pointerleave", () => this.hint(null));
  }

  /**
   * @param {Frame} frame
   * @param {boolean} anew whether to draw what is there already, in a box of another size
   */
  draw(frame, anew = false) {
    this.frame = frame;
    if (frame.structure === this.drawn && !anew) return;
    this.drawn = frame.structure;
    this.box.inert = false;
    const box = this.box.getBoundingClientRect();
    const room = Math.min(box.width / ROOM.width, box.height / ROOM.height);
    const scale = this.scale = Math.max(SMALLER, Math.min(isPresenting() ? LARGER : 1, room));
    const [width, height] = [box.width / scale, box.height / scale];
    const columns = Math.max(...frame.nodes.map(({ column }) => column));
    const rows = Math.max(1, ...frame.nodes.map(({ row }) => row));
    const gap = Math.min(62, (height - 70) / rows);
    const top = (height - gap * rows) / 2 - 4; // the caption stands below
    this.place = ({ column, row }) => [40 + (column * (width - 80)) / columns, top + row * gap];
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.replaceChildren(arrowHeads());
    const wires = this.svg.appendChild(svg("g", { class: "cell-wires" }));
    const flows = this.svg.appendChild(svg("g", { class: "cell-flows" })); // over all wires
    this.edges = frame.edges.map((edge) => this.drawEdge(wires, flows, edge));
    this.marks = new Map(frame.nodes.map((node) => [node.id, this.drawNode(node)]));
    for (const node of frame.nodes) this.clearNumber(node, this.marks.get(node.id));
  }

  // --- wires ---

  drawEdge(parent, flows, { source, target }) {
    const { byId, edges } = this.frame;
    const from = byId.get(source);
    const to = byId.get(target);
    const [x1, y1] = this.place(from);
    const [x2, y2] = this.place(to);
    const left = x1 + reach(from);
    const right = x2 - reach(to) - 3;
    const incoming = edges.filter((edge) => edge.target === target);
    incoming.sort((one, other) => byId.get(one.source).row - byId.get(other.source).row);
    const order = incoming.findIndex((edge) => edge.source === source);
    const spread = to.kind === "layer" && incoming.length > 1 ? (order - (incoming.length - 1) / 2) * 14 : 0;
    const end = y2 + spread;
    const curves = this.route(from, to, [left, y1], [right, end]);
    const d = `M${left} ${y1}${curves.map(([, ...rest]) => `C${rest.flat().join(" ")}`).join("")}`;
    const halo = parent.appendChild(svg("path", { d, class: "cell-hit" }));
    const path = parent.appendChild(svg("path", { d, class: "cell-wire", "data-from": source, "data-to": target }));
    // Before a box the numbers stand in a column, each on its own wire.
    const along = path.getPointAtLength(path.getTotalLength() * (to.kind === "op" ? 0.62 : 0.5));
    const [x, y] = to.kind === "layer" ? [right - 15, end + 4] : [along.x, along.y - 4];
    const label = flows.appendChild(svg("text", { x, y, class: "cell-number cell-flow" }));
    halo.addEventListener("pointerenter", () => this.hint({ source, target }));
    halo.addEventListener("pointerleave", () => this.hint(null));
    return { path, label, source, target, points: curves.flatMap(sampled) };
  }

  /**
   * The first way that runs through no other node, or through the fewest: into a circle from above or below, past what
   * stands in the row it leaves, aslant, from the left between the boxes.
   * @returns {Curve[]}
   */
  route(from, to, start, end) {
    const ways = [...(to.kind === "op" ? this.intoCircle(from, to, start, end) : [])];
    ways.push(levels([start, ...this.past(from, to, start, end), end]));
    const tried = ways.map((curves) => ({ curves, met: this.met(curves, from, to).length }));
    return tried.reduce((best, way) => (way.met < best.met ? way : best)).curves;
  }

  /** @returns {Generator<Curve[]>} */
  *intoCircle(from, to, start, end) {
    const [x, y] = this.place(to);
    if (Math.abs(y - start[1]) <= 30) return;
    const bend = Math.max(18, Math.min(90, (end[0] - start[0]) / 2));
    const upright = ([left, level]) => [
      [left, level],
      [Math.max(left, x - bend), level],
      [x, level],
      [x, y + Math.sign(level - y) * (RADIUS + 3)],
    ];
    const straight = [upright(start)];
    yield straight;
    const before = this.met(straight, from, to).filter(({ column }) => column < to.column);
    const columns = before.map(({ column }) => this.place({ column, row: 0 })[0]);
    for (const by of columns.length ? [-0.5, 0.5] : []) {
      const lane = this.place({ column: 0, row: from.row + by })[1];
      const last = [Math.max(...columns) + RADIUS + 4, lane];
      const passing = levels([start, [Math.min(...columns) - RADIUS - 4, lane], last]);
      yield [...passing, ...(Math.abs(y - lane) > 40 ? [upright(last)] : levels([last, end]))];
    }
    const side = Math.sign(start[1] - y);
    const near = (RADIUS + 3) * Math.SQRT1_2;
    const far = near + Math.min(28, Math.abs(y - start[1]) / 3);
    const turn = [start[0] + (x - far - start[0]) * 0.6, start[1]];
    yield [[start, turn, [x - far, y + side * far], [x - near, y + side * near]]];
  }

  /** The nodes that a way runs through, besides its ends. */
  met(curves, from, to) {
    const points = curves.flatMap(sampled);
    const inside = (node) => {
      const [x, y] = this.place(node);
      const [width, height] = node.kind === "layer" ? [BOX.width / 2, BOX.height / 2] : [RADIUS, RADIUS];
      return points.some((point) => Math.abs(point[0] - x) < width && Math.abs(point[1] - y) < height);
    };
    return this.frame.nodes.filter((node) => node.id !== from.id && node.id !== to.id && inside(node));
  }

  /** Points between the rows, where a way would run under a box. */
  past(from, to, start, end) {
    const points = [];
    for (let column = from.column + 1; column < to.column; column += 1) {
      const [x] = this.place({ column, row: 0 });
      const share = (x - start[0]) / (end[0] - start[0]);
      const y = start[1] + (end[1] - start[1]) * share ** 2 * (3 - 2 * share);
      const isNear = (node) => Math.abs(this.place(node)[1] - y) < BOX.height / 2 + 4;
      const box = this.frame.nodes.find((node) => node.kind === "layer" && node.column === column && isNear(node));
      if (!box) continue;
      const lane = this.place({ column, row: box.row + (end[1] > start[1] || box.row === 0 ? 0.5 : -0.5) })[1];
      points.push([x - BOX.width / 2 - 4, lane], [x + BOX.width / 2 + 4, lane]);
    }
    return points;
  }

  // --- boxes and circles ---

  drawNode(node) {
    const [x, y] = this.place(node);
    const transform = `translate(${x} ${y})`;
    const group = svg("g", { class: `cell-node cell-${node.kind}`, transform, "data-node": node.id });
    this.svg.append(group);
    if (node.colour) group.style.setProperty("--hue", node.colour);
    group.addEventListener("pointerenter", () => this.hint({ node: node.id }));
    group.addEventListener("pointerleave", () => this.hint(null));
    if (node.kind === "layer") return { group, ...this.drawBox(group, node) };
    return { group, number: node.kind === "op" ? drawCircle(group, node) : drawTerminal(group, node) };
  }

  drawBox(group, node) {
    const { width, height } = BOX;
    group.append(svg("rect", { x: -width / 2, y: -height / 2, width, height, rx: 5 }));
    const bar = svg("rect", { x: -width / 2, y: height / 2 - 6, width: 0, height: 6, class: "cell-bar" });
    group.append(bar);
    text(group, node.name || this.letters(node), -width / 2 + 9, 3, "cell-name");
    text(group, node.label, -2, 2, "cell-label");
    return { bar, number: text(group, "", width / 2 - 7, 2, "cell-number cell-end") };
  }

  // A learned layer without a nonlinearity has no name; its matrices have.
  letters({ id }) {
    const edges = this.frame.edges.filter(({ target }) => target === id);
    return [...new Set(edges.map(letter))].join(" ");
  }

  // A circle's number stands above its way out, or below it where a wire rises from there.
  clearNumber(node, { number }) {
    if (node.kind !== "op" || node.name) return;
    const [x, y] = this.place(node);
    const points = this.edges.flatMap(({ points }) => points);
    const near = points.filter((point) => point[0] > x + RADIUS + 2 && point[0] < x + RADIUS + 32);
    const met = (low, high) => near.filter((point) => point[1] > y + low && point[1] < y + high).length;
    if (met(-20, -4) > met(4, 20)) number.setAttribute("y", RADIUS + 4);
  }

  // --- a moment ---

  /**
   * @param {Moment} moment
   * @param {"forward" | "backward"} view what the wires show
   * @param {boolean} isQuiet whether to say nothing: it plays
   */
  show(moment, view, isQuiet) {
    this.moment = moment;
    this.isBack = view === "backward";
    this.svg.classList.toggle("is-backward", this.isBack);
    this.caption.textContent = this.labels[this.isBack ? "captionBackward" : "captionForward"];
    if (this.isBack) this.showGradient();
    else this.showValues();
    for (const [id, mark] of this.marks) this.showNode(this.frame.byId.get(id), mark);
    if (this.hinted) this.hint(this.hinted);
    if (!isQuiet) this.svg.setAttribute("aria-label", this.spoken());
    this.box.setAttribute("aria-label", this.heading());
  }

  showGradient() {
    const flows = this.frame.edges.map((edge) => this.moment.flow(edge));
    const largest = Math.max(-Infinity, ...flows.filter(Number.isFinite));
    this.edges.forEach(({ path, label }, place) => {
      const flow = flows[place];
      const share = Number.isFinite(flow) ? 10 ** (flow - largest) : 0;
      path.style.stroke = Number.isFinite(flow) ? shade(this.frame.scale, flow / DECADES) : this.frame.colours.grid;
      path.style.strokeWidth = share ? 1.2 + 6.8 * share : 0.8;
      path.setAttribute("marker-start", "url(#cell-tail)");
      path.removeAttribute("marker-end");
      label.textContent = Number.isFinite(flow) ? signed(flow, 1) : "";
    });
  }

  showValues() {
    for (const { path, label, source } of this.edges) {
      const node = this.frame.byId.get(source);
      path.style.stroke = node.colour || this.frame.colours.muted;
      path.style.strokeWidth = 0.8 + 4.2 * Math.min(1, this.moment.strength(node) || 0);
      path.setAttribute("marker-end", "url(#cell-head)");
      path.removeAttribute("marker-start");
      label.textContent = "";
    }
  }

  showNode(node, { group, bar, number }) {
    if (node.kind === "output") return;
    group.classList.toggle("is-held", this.moment.isHeld(node));
    group.classList.toggle("is-blocked", this.frame.blocked.includes(node.name));
    const strength = this.moment.strength(node);
    bar?.setAttribute("width", (BOX.width * Math.min(1, Math.max(0, strength || 0))).toFixed(1));
    if (!this.isBack) number.textContent = signed(strength, 2);
    else if (node.wire !== null) number.textContent = signed(this.moment.wire("gradient", node.wire), 1);
    else number.textContent = node.kind === "layer" ? signed(strength, 2) : "";
  }

  heading() {
    return this.labels.diagram.replace("{t}", this.moment.t);
  }

  spoken() {
    const named = this.frame.nodes.filter(({ name, kind }) => name && kind !== "output");
    const parts = named.map((node) => {
      const gradient = signed(this.moment.wire("gradient", node.wire), 1);
      return `${node.name} ${signed(this.moment.strength(node), 2)}, ${this.labels.gradientSize} ${gradient}`;
    });
    return `${this.heading()}: ${parts.join("; ")}`;
  }

  /**
   * Numbers of what is under the pointer.
   * @param {{node: string} | {source: string, target: string} | null} what a node or the ends of a wire, by their ids
   */
  hint(what) {
    this.hinted = what;
    this.tip.hidden = !what;
    if (!what) return;
    const { byId, edges } = this.frame;
    const edge = edges.find(({ source, target }) => source === what.source && target === what.target);
    const node = byId.get(what.node ?? what.source);
    const target = edge && byId.get(edge.target);
    const title = edge ? `${titleOf(node)} → ${target.name || target.label || "W"}` : titleOf(node);
    this.tip.textContent = [title, ...this.numbersOf(node, edge)].join("\n");
    const [x, y] = this.place(target ?? node).map((at) => at * this.scale);
    this.tip.style.left = `${Math.max(4, Math.min(this.box.clientWidth - 190, x - (edge ? 200 : -20)))}px`;
    this.tip.style.top = `${y + 18}px`;
  }

  numbersOf(node, edge) {
    const { labels, moment } = this;
    const isWire = node.wire !== null;
    const lines = [];
    if (node.kind !== "output") {
      if (isWire) lines.push(`${labels.mean} ${signed(moment.wire("mean", node.wire), 3)}`);
      lines.push(`${labels.size} ${signed(isWire ? moment.wire("size", node.wire) : moment.strength(node), 3)}`);
      const unit = labels.oneUnit.replace("{unit}", this.frame.unit);
      if (node.id !== "x") lines.push(`${unit} ${signed(moment.unitOf(node), 3)}`);
    }
    const back = edge ? moment.flow(edge) : isWire ? moment.wire("gradient", node.wire) : NaN;
    const size = Number.isFinite(back) ? signed(back, 2) : labels.nothing;
    return Number.isNaN(back) ? lines : [...lines, `${labels.gradientSize} ${size}`];
  }
}

function titleOf({ kind, id, name, role, label }) {
  if (role) return `${name} · ${role}`;
  if (name) return name;
  return kind === "input" ? `${id}${id === "x" ? "" : " (t−1)"}` : label || "W";
}

function arrowHeads() {
  const defs = svg("defs");
  for (const [id, d, refX] of [["cell-head", "M0 0L7 3.5L0 7Z", 6], ["cell-tail", "M7 0L0 3.5L7 7Z", 1]]) {
    const size = { viewBox: "0 0 7 7", refX, refY: 3.5, markerWidth: 7, markerHeight: 7 };
    const marker = svg("marker", { id, ...size, markerUnits: "userSpaceOnUse", orient: "auto" });
    marker.append(svg("path", { d, fill: "context-stroke" }));
    defs.append(marker);
  }
  return defs;
}

function drawCircle(group, { label, name }) {
  group.append(svg("circle", { r: RADIUS }));
  const size = label.length > 2 ? "cell-sign cell-small" : "cell-sign";
  text(group, label, 0, label.length > 1 ? 4 : 5.5, size);
  if (name) text(group, name, RADIUS + 3, -RADIUS + 1, "cell-name");
  return text(group, "", RADIUS + (name ? 15 : 3), -RADIUS + (name ? 1 : 6), "cell-number cell-start");
}

function drawTerminal(group, { kind, id, name }) {
  const label = text(group, kind === "input" ? id : name, 0, 5, "cell-name cell-terminal");
  const index = label.appendChild(svg("tspan", { class: "cell-index", dy: 4 }));
  index.textContent = kind === "input" && id !== "x" ? "t−1" : "t";
  return kind === "input" ? text(group, "", 0, 22, "cell-number") : null;
}

function reach({ kind }) {
  return { layer: BOX.width / 2, op: RADIUS, input: 18, output: 12 }[kind];
}

// Curves through points, level at each.
function levels(points) {
  return points.slice(1).map(([x, y], place) => {
    const [before, level] = points[place];
    const bend = Math.min(90, (x - before) / 2);
    return [[before, level], [before + bend, level], [x - bend, y], [x, y]];
  });
}

// Points along a curve.
function sampled(curve) {
  const weigh = (t) => [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
  return Array.from({ length: 33 }, (_, place) => {
    const weights = weigh(place / 32);
    return [0, 1].map((axis) => curve.reduce((sum, point, at) => sum + weights[at] * point[axis], 0));
  });
}

// Colour of a share from −1 to 1 on a scale of stops from 0 to 1.
function shade(stops, share) {
  const place = Math.max(0, Math.min(1, 0.5 + share / 2));
  const next = Math.max(1, stops.findIndex(([stop]) => stop >= place));
  const [[low, one], [high, other]] = [stops[next - 1], stops[next]];
  const mix = (place - low) / (high - low);
  const channel = (colour, at) => parseInt(colour.slice(at, at + 2), 16);
  return `rgb(${[1, 3, 5].map((at) => Math.round(channel(one, at) * (1 - mix) + channel(other, at) * mix)).join()})`;
}

function svg(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function text(parent, content, x, y, className) {
  const made = parent.appendChild(svg("text", { x, y, class: className }));
  made.textContent = content;
  return made;
}
