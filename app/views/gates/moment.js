// The numbers of a cell at one step. A frame brings all steps at once, so the cursor asks the server for nothing.

/**
 * Something drawn: a box, a circle, or where a wire begins or ends.
 * @typedef {object} Node
 * @property {string} id its name within the diagram; of an input, the state's field or "x"
 * @property {"input" | "layer" | "op" | "output"} kind a layer is a box, an op a circle
 * @property {string} label the nonlinearity of a box, the sign of a circle
 * @property {string} name the named intermediate that leaves it; "" if it has none
 * @property {string} role what the name is called
 * @property {boolean} gate whether the name is a gate's
 * @property {boolean} signed whether its values have a sign
 * @property {string} colour of its symbol; "" for none
 * @property {number | null} wire place of what leaves it; null for an input
 * @property {number | null} pre place of what its nonlinearity is applied to
 * @property {number} column from left to right
 * @property {number} row from top to bottom
 */

/**
 * A wire from one node to another.
 * @typedef {object} Edge
 * @property {string} source id of the node it leaves
 * @property {string} target id of the node it enters
 * @property {number[]} feeds places of the gradients that come back along it
 * @property {boolean} unitwise whether it meets a vector of weights instead of a matrix
 */

/**
 * A value held between two steps.
 * @typedef {{name: string, value: number, first: number, last: number}} Hold
 */

/**
 * What a frame says of the cell at every step, arrays by step first: `mean`, `size`, `one` (the chosen unit) and
 * `gradient` (log10 of its norm) of every wire, `feeds` of every path back, `after` of every field of the new state.
 * @typedef {object} Frame
 * @property {Node[]} nodes in the order in which they are computed
 * @property {Edge[]} edges
 * @property {Map<string, Node>} byId
 * @property {string} structure changes when the drawing must be made anew
 * @property {{name: string, role: string, low: number, high: number, colour: string}[]} names what can be held
 * @property {string[]} fields of the state
 * @property {number[]} stateWires of each field
 * @property {{wires: number, feeds: number, fields: number}} shape how many there are of each at a step
 * @property {Float32Array} input size of the input at each step
 * @property {Float32Array} mean
 * @property {Float32Array} size
 * @property {Float32Array} one
 * @property {Float32Array} gradient
 * @property {Float32Array} feeds
 * @property {Float32Array} after
 * @property {Hold[]} holds
 * @property {string[]} blocked names that let no gradient through
 * @property {number} length steps of the sequence
 * @property {number} last step of the loss
 * @property {number} at step of the address
 * @property {number} unit the chosen one, from 1
 * @property {number} units how many there are
 * @property {boolean} ordered whether rows of the maps stand so that neighbours are alike
 * @property {[number, string][]} scale colours of a gradient's size, by stops from 0 to 1
 * @property {{text: string, muted: string, grid: string}} colours
 */

/**
 * @param {object} sent the cell as it comes, arrays packed
 * @returns {Frame}
 */
export function unpacked(sent) {
  const frame = Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name, value?.bdata === undefined ? value : floats(value.bdata)]),
  );
  const drawn = frame.nodes.map(({ id, label, name, column, row, colour }) => [id, label, name, column, row, colour]);
  frame.structure = JSON.stringify([drawn, frame.colours.text]);
  frame.byId = new Map(frame.nodes.map((node) => [node.id, node]));
  return frame;
}

function floats(packed) {
  return new Float32Array(Uint8Array.from(atob(packed), (character) => character.charCodeAt(0)).buffer);
}

/** A frame at one step. */
export class Moment {
  /**
   * @param {Frame} frame
   * @param {number} t the step, from 1
   */
  constructor(frame, t) {
    this.frame = frame;
    this.t = t;
  }

  /** One of the arrays at a wire; what comes before the first step is 0. */
  wire(array, place, t = this.t) {
    return t < 1 ? 0 : this.frame[array][(t - 1) * this.frame.shape.wires + place];
  }

  /** The value that leaves a node: mean of a gate, size of anything else. */
  strength(node) {
    if (node.wire !== null) return this.wire(node.gate && !node.signed ? "mean" : "size", node.wire);
    if (node.id === "x") return this.frame.input[this.t - 1];
    return this.before("size", node);
  }

  /** The value of the chosen unit that leaves a node. */
  unitOf(node) {
    return node.wire !== null ? this.wire("one", node.wire) : this.before("one", node);
  }

  before(array, { id }) {
    return this.wire(array, this.frame.stateWires[this.frame.fields.indexOf(id)], this.t - 1);
  }

  /** log10 of the gradient that goes back along an edge. */
  flow({ target, feeds }) {
    const { after, byId, feeds: back, fields, shape } = this.frame;
    const { kind, name } = byId.get(target);
    if (kind === "output") return after[(this.t - 1) * shape.fields + fields.indexOf(name)];
    const parts = feeds.map((feed) => back[(this.t - 1) * shape.feeds + feed]);
    if (parts.length === 1) return parts[0];
    const largest = Math.max(...parts);
    if (!Number.isFinite(largest)) return largest;
    return largest + 0.5 * Math.log10(parts.reduce((sum, part) => sum + 100 ** (part - largest), 0));
  }

  isHeld({ name }) {
    return this.frame.holds.some((hold) => hold.name === name && hold.first <= this.t && this.t <= hold.last);
  }
}

/** A number with a minus sign of the width of a digit. */
export function signed(value, digits) {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}
