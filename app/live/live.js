// The live component: sliders, verdict and a Plotly figure. Everything shown comes from a stateless route, asked with
// the page's own query string; at most one request is under way and it carries the newest value, so nothing queues.

import { ask, later } from "./ask.js";
import { collect } from "./collected.js";
import { entriesOf, legendEntry } from "./legend.js";
import { enlarged, isPresenting } from "./present.js";
import { Take } from "./take.js";

const SLOW = 300; // ms without an answer after which a figure that shows nothing yet says that it is computed
const PATIENCE = 500; // ms that values wait for the last frame before they are handed over
const SAID = 5000; // ms for which it is said that a picture was collected
const ANSWER = 2000; // ms that values which were handed over wait for the rerun that says them
const RETRY = { first: 500, longest: 4000 }; // ms before a server that did not answer is asked again, twice as long each time
const QUICK = 32; // ms: where drawing is shorter, a frame asked for ahead is less than 60 ms old when it is seen

const instances = new WeakMap();
let plotly = null;

export async function mount(component) {
  loadPlotly();
  const root = component.parentElement.querySelector(".live");
  const Kind = await kindOf(component.data);
  if (!root.isConnected) return; // the page was left while its script was loading
  if (!instances.has(root)) instances.set(root, new Kind(root));
  const live = instances.get(root);
  const turn = ++live.turns;
  live.update(component);
  await plotly;
  return () => {
    if (turn !== live.turns) return; // a rerun that came while Plotly was loading has the figure now
    live.destroy();
    instances.delete(root);
  };
}

// The page itself has begun to load it; if that failed, it is tried again.
export function loadPlotly() {
  plotly ??= new Promise((resolve, reject) => {
    const ready = () => {
      if (Plotly.PlotSchema?.findArrayAttributes) rememberArrays(Plotly.PlotSchema);
      resolve();
    };
    if (window.Plotly) return ready();
    const begun = document.getElementById("plotly-ahead");
    const script = begun ??
      Object.assign(document.createElement("script"), { src: new URL("../plotly.min.js", import.meta.url).href });
    script.onload = ready;
    script.onerror = () => {
      script.remove();
      plotly = null;
      reject(new Error(`could not load ${script.src}`));
    };
    if (!begun) document.head.append(script);
  });
  return plotly;
}

// Which attributes of a trace are arrays, Plotly finds out in every frame by walking through its whole schema. That is a
// quarter of a redraw, because Streamlit loads Apache Arrow, whose use of Symbol.isConcatSpreadable costs Array.concat
// its fast path in V8. Traces that come with the same arrays have the same answer.
function rememberArrays(schema) {
  const find = schema.findArrayAttributes;
  const found = new Map();
  schema.findArrayAttributes = (trace) => {
    const key = `${trace.type} ${arraysIn(trace._input)}`;
    if (!found.has(key)) found.set(key, find(trace));
    return found.get(key);
  };
}

function arraysIn(part, path = "") {
  return Object.entries(part)
    .filter(([, value]) => value && typeof value === "object")
    .map(([name, value]) =>
      `${path}${name} ${Array.isArray(value) || ArrayBuffer.isView(value) ? "" : arraysIn(value, `${path}${name}.`)}`
    )
    .join("");
}

// A figure that does more has a script of its own, which extends this one: "player.js" beside it, or a page's.
async function kindOf({ script }) {
  if (!script) return Live;
  return (await import(script.includes("/") ? `../views/${script}` : `./${script}`)).default;
}

/**
 * What a rerun of the page says.
 * @typedef {object} Data
 * @property {string} query what to show, as the address has it
 * @property {string} endpoint name of the figure's route
 * @property {string} script what extends the component; "" for nothing
 * @property {Control[]} controls the sliders
 * @property {Record<string, Control>} picks what a press on the figure sets, by axis
 * @property {boolean} lower whether it stands below the page's first figure
 * @property {boolean} [lazy] whether nothing is asked for before it comes near
 * @property {string} [follows] field of the player that it shows the same moment as
 * @property {number} arrival how many links have been opened
 * @property {import("./take.js").Offer} take
 * @property {Record<string, string>} texts
 */

/**
 * A slider.
 * @typedef {object} Control
 * @property {string} name of the field it sets
 * @property {string} label
 * @property {number} value
 * @property {number} low
 * @property {number} high
 * @property {boolean} log whether its places are by ratio
 * @property {boolean} whole whether it has whole numbers only
 * @property {number} positions places beyond the first
 * @property {boolean} disabled
 * @property {string} help
 */

/**
 * Said in place of a frame: the share done of what is computed first, null where nobody knows, and what it is.
 * @typedef {{progress: number | null, preparing?: string}} Progress
 */

/**
 * A frame; scripts of pages find more in it.
 * @typedef {object} Answer
 * @property {string} query what it shows
 * @property {Words} words
 * @property {{data: object[], layout: object}} figure Plotly's
 */

/**
 * A verdict.
 * @typedef {object} Words
 * @property {string} headline
 * @property {string} kind
 * @property {string} sentence
 * @property {string} asides
 * @property {string[]} comparisons
 * @property {string} badge
 * @property {boolean} badge_ok
 */

export class Live {
  constructor(root) {
    this.root = root;
    this.pathname = location.pathname;
    this.part = (name) => root.querySelector(`.live-${name}`);
    this.controls = new Map();
    this.badge = Object.assign(document.createElement("p"), { className: "live-badge" });
    this.turns = 0; // reruns that have mounted it
    this.query = null; // what is drawn or asked for, but for the values below
    this.values = {}; // what the finger moved and has not handed over
    this.dirty = false; // something else is wanted since the last request left
    this.busy = false; // a request or a drawing is under way
    this.drawing = Infinity; // ms that the last drawing kept the page
    this.held = false; // the finger is down
    this.settled = null; // timer that hands the values to Streamlit
    this.awaited = null; // { values, until }: handed over, and no rerun has answered yet
    this.reachedThere = null; // what the player that this figure follows shows
    this.late = null; // timer that gives up waiting for that answer
    this.frames = 0;
    this.heard = null; // what to show once it is near enough to be seen
    this.part("share").addEventListener("click", () => this.share());
    this.part("collect").addEventListener("click", () => this.collect());
    this.take = new Take(this.part("take"), this);
    this.resize = new ResizeObserver(() => this.frames && Plotly.Plots.resize(this.part("figure")));
    this.resize.observe(this.part("figure"));
    this.part("figure").addEventListener("pointerdown", (event) => this.grasp(event), true);
    this.location = () => this.foresee();
    window.navigation?.addEventListener("currententrychange", this.location);
    this.told = (event) => this.hear(event.detail);
    window.addEventListener("unrolled:course", this.told);
    this.instructed = ({ detail }) => this.data && !this.data.lower && this.deliver(detail);
    window.addEventListener("unrolled:set", this.instructed);
    this.near = new IntersectionObserver(([entry]) => this.hear({ isNear: entry.isIntersecting }), {
      rootMargin: "200px",
    });
    this.near.observe(root);
  }

  destroy() {
    this.gone = true;
    this.resize.disconnect();
    this.near.disconnect();
    window.removeEventListener("unrolled:course", this.told);
    window.removeEventListener("unrolled:set", this.instructed);
    window.navigation?.removeEventListener("currententrychange", this.location);
    clearTimeout(this.settled);
    clearTimeout(this.late);
    if (this.frames) Plotly.purge(this.part("figure"));
  }

  // A rerun of the page: its query is what to show, unless the finger is ahead of it.
  update(component) {
    this.component = component;
    this.data = component.data;
    this.paint();
    if (this.isAhead() || this.isOld()) return;
    const arrives = this.arrival !== undefined && this.arrival !== this.data.arrival;
    if (arrives && !this.data.lower) this.front().scrollIntoView({ block: "center" });
    this.arrival = this.data.arrival;
    this.aloud = true;
    this.drawControls();
    this.root.classList.toggle("live-lower", this.data.lower);
    this.part("share").textContent = this.data.texts.share;
    this.part("collect").textContent ||= this.data.texts.collect;
    this.part("collect").title = this.data.texts.collected;
    this.take.offer(this.data.take);
    if (arrives) this.reachedThere = null; // a link to another picture says itself how far
    this.wantSoon(this.data.query);
    if (!this.busy) this.announce(); // it was drawn under the finger
  }

  // The page writes its address before it has drawn itself: what the address says can be asked for at once.
  foresee() {
    if (!this.data || this.isAhead() || location.pathname !== this.pathname) return;
    this.wantSoon(location.search.slice(1));
  }

  // At once, or when it is near enough to be seen; the player that it follows is ahead of the address while it plays.
  wantSoon(query) {
    const parameters = new URLSearchParams(query);
    if (this.reachedThere !== null) parameters.set(this.data.follows, this.reachedThere);
    const shown = this.reachedThere === null ? query : parameters.toString();
    if (this.data.lazy && !this.isNear) this.heard = shown;
    else this.want(shown);
  }

  // A figure that follows the player shows what the player shows, once it is near enough to be seen.
  hear({ field, query, isNear = this.isNear }) {
    this.isNear = isNear;
    if (field !== undefined && field === this.data?.follows) {
      this.heard = query;
      this.reachedThere = new URLSearchParams(query).get(field);
    }
    if (!this.isNear || this.heard === null) return;
    const shown = this.heard;
    this.heard = null;
    this.want(shown);
  }

  // What a link to another picture brings into view.
  front() {
    return this.root;
  }

  isAhead() {
    return this.held || Object.keys(this.values).length > 0;
  }

  want(query) {
    if (this.query !== null && normal(query) === normal(this.query)) return;
    this.query = query;
    this.dirty = true;
    this.follow();
  }

  // Whether this rerun began before the last values were handed over: then its answer would move the slider back.
  isOld() {
    clearTimeout(this.late);
    const left = this.awaited ? this.awaited.until - performance.now() : 0;
    if (left > 0 && !this.isAnswered(this.awaited.values)) {
      this.late = setTimeout(() => this.update(this.component), left + 1);
      return true;
    }
    this.awaited = null;
    return false;
  }

  // Whether a rerun says what was handed over.
  isAnswered(values) {
    const isPresented = new URLSearchParams(this.data.query).get("present") === "true";
    return (values.present ?? isPresented) === isPresented &&
      this.data.controls.every(({ name, value }) => (values[name] ?? value) === value);
  }

  // Streamlit's background, the theme that goes with it, and the size of type; another asks for the same picture anew.
  paint() {
    const probe = document.createElement("span");
    probe.style.color = "var(--st-background-color)";
    this.root.append(probe);
    const background = getComputedStyle(probe).color;
    probe.remove();
    if (background === this.background && this.isLarge === isPresenting()) return;
    this.background = background;
    this.isLarge = isPresenting();
    this.mode = isDark(background) ? "dark" : "light";
    this.query = null;
    this.root.dataset.mode = this.mode;
  }

  drawControls() {
    const box = this.part("controls");
    const names = this.data.controls.map((control) => control.name).join();
    if (box.dataset.names !== names) {
      box.dataset.names = names;
      box.replaceChildren();
      this.controls.clear();
      for (const { name } of this.data.controls) this.addControl(box, name);
      box.append(this.badge);
    }
    for (const control of this.data.controls) {
      const found = Object.assign(this.controls.get(control.name), { control });
      found.title.textContent = control.label;
      found.input.setAttribute("aria-label", control.label);
      found.input.disabled = Boolean(control.disabled);
      found.input.title = control.help;
      found.input.max = control.positions;
      found.input.value = positionOf(control, control.value);
      this.show(control, control.value);
    }
  }

  addControl(box, name) {
    const label = document.createElement("label");
    label.className = "live-control";
    const [title, output] = ["span", "output"].map((kind) => document.createElement(kind));
    const input = Object.assign(document.createElement("input"), { type: "range", min: 0, step: 1, name });
    label.append(title, output, input);
    box.append(label);
    const found = { title, input, output, control: null }; // what a rerun says of it
    this.controls.set(name, found);
    input.addEventListener("pointerdown", () => (this.held = true));
    input.addEventListener("input", () => {
      const { control } = found;
      const value = valueAt(control, Number(input.value));
      this.values[name] = value;
      this.show(control, value);
      this.dirty = true;
      clearTimeout(this.settled);
      this.follow();
    });
    input.addEventListener("change", () => this.settle(this.held ? 0 : 250));
    for (const end of ["pointerup", "pointercancel"]) {
      input.addEventListener(end, () => {
        this.held = false;
        if (Object.keys(this.values).length) this.settle(0); // no change is told of where it came back
      });
    }
  }

  show(control, value) {
    const { input, output } = this.controls.get(control.name);
    output.textContent = written(value);
    input.setAttribute("aria-valuetext", written(value));
  }

  // Ask, draw, ask again while something else is wanted. Under a moving finger the server works on the next frame while
  // this one is drawn; where drawing is slow it waits for a newer value instead.
  async follow() {
    if (this.busy) return;
    this.busy = true;
    let ahead = null;
    let failures = 0;
    while (this.dirty || ahead) {
      const asked = ahead ?? this.next();
      ahead = null;
      try {
        const answer = await asked;
        failures = 0;
        this.note("");
        this.wait(answer);
        if (answer.progress !== undefined) {
          await this.askAgain(150);
          continue;
        }
        if (!this.dirty) this.query = answer.query;
        const begun = performance.now();
        if (this.dirty && this.isAhead() && this.drawing < QUICK) ahead = this.next();
        ahead?.catch(() => {}); // it is awaited when this one is drawn
        await this.draw(answer);
        await later(1); // input that came while drawing goes first
        this.drawing = performance.now() - begun;
      } catch (error) {
        this.wait({});
        this.note(error.sentence ?? this.data.texts.offline);
        if (error.isPassing) await this.askAgain(Math.min(RETRY.first * 2 ** failures++, RETRY.longest));
        else this.refuse(error);
      }
    }
    this.busy = false;
  }

  async askAgain(delay) {
    await later(delay);
    this.dirty = this.root.isConnected && !this.gone;
  }

  // What was asked for cannot be had; the next rerun asks anew.
  refuse(error) {
    if (!error.sentence) console.warn("unrolled.live:", error);
    this.query = null;
  }

  async next() {
    this.dirty = false;
    const slow = this.frames ? null : setTimeout(() => this.wait({ progress: null }), SLOW);
    try {
      return await this.ask();
    } finally {
      clearTimeout(slow);
    }
  }

  parameters() {
    const parameters = new URLSearchParams(this.query ?? this.data.query);
    for (const [name, value] of Object.entries(this.values)) parameters.set(name, value);
    parameters.set("mode", this.mode);
    return parameters;
  }

  /**
   * An answer of the route.
   * @returns {Promise<Answer | Progress>}
   */
  ask() {
    return ask(this.endpoint, this.parameters());
  }

  get endpoint() {
    return this.data.endpoint;
  }

  /**
   * A bar while the server computes, and what it is about; the last picture stays.
   * @param {Answer | Progress} answer
   */
  wait({ progress, preparing }) {
    const bar = this.part("progress");
    const text = preparing ?? this.data.texts.computing;
    const [sentence, share] = bar.children;
    bar.hidden = progress === undefined;
    if (Number.isFinite(progress)) share.value = progress;
    else share.removeAttribute("value"); // nobody knows how long
    sentence.textContent = text;
    share.setAttribute("aria-label", text);
  }

  async draw({ query, words, figure }) {
    this.say(words);
    await plotly;
    const box = this.part("figure");
    this.drawLegend(figure.data);
    const { background } = this;
    if (this.isLarge) enlarged(figure);
    Object.assign(figure.layout, {
      autosize: true,
      showlegend: false,
      paper_bgcolor: background,
      plot_bgcolor: background,
    });
    const settings = { displayModeBar: false, responsive: false };
    await Plotly.react(box, figure.data, figure.layout, this.frames ? undefined : settings); // they stay
    this.frames += 1;
    box.dataset.frames = this.frames;
    box.dataset.query = query;
    this.take.ready();
  }

  // A press on the map, and a drag over it, sets what its axes count, as a slider would.
  grasp(event) {
    const box = this.part("figure");
    if (event.button !== 0 || !Object.keys(this.data.picks).length) return;
    const maps = box._fullData?.filter((trace) => trace.uid === "map" || trace.meta === "pick") ?? [];
    for (const map of maps) if (this.pickFrom(map, event)) return;
  }

  pickFrom(map, event) {
    const box = this.part("figure");
    const axes = { x: box._fullLayout[axisName(map.xaxis)], y: box._fullLayout[axisName(map.yaxis)] };
    const place = (moved) => {
      const corner = box.getBoundingClientRect();
      return { x: moved.clientX - corner.left - axes.x._offset, y: moved.clientY - corner.top - axes.y._offset };
    };
    const inside = Object.entries(place(event)).every(([axis, at]) => at >= 0 && at <= axes[axis]._length);
    if (!inside) return false;
    const move = (moved) => {
      const at = place(moved);
      this.pick({ x: axes.x.p2c(at.x), y: axes.y.p2c(at.y) });
    };
    const end = () => {
      for (const name of ["pointerup", "pointercancel"]) window.removeEventListener(name, end);
      window.removeEventListener("pointermove", move);
      this.settle(0);
    };
    this.held = true;
    clearTimeout(this.settled);
    window.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, end);
    move(event);
    return true;
  }

  pick(point) {
    for (const [axis, control] of Object.entries(this.data.picks)) {
      const position = Math.min(Math.max(positionOf(control, point[axis]), 0), control.positions);
      const value = valueAt(control, position);
      this.values[control.name] = value;
      if (!this.controls.has(control.name)) continue;
      this.controls.get(control.name).input.value = position;
      this.show(control, value);
    }
    this.dirty = true;
    this.follow();
  }

  // Plotly lays its legend out anew with every frame; this one changes when its entries do.
  drawLegend(traces) {
    const entries = entriesOf(traces);
    const drawn = JSON.stringify(entries);
    if (drawn === this.legend) return;
    this.legend = drawn;
    this.part("legend").replaceChildren(...entries.map(legendEntry));
  }

  say(words) {
    const headline = this.part("headline");
    headline.textContent = words.headline && `${words.headline}:`;
    headline.dataset.kind = words.kind;
    this.part("sentence").textContent = words.sentence;
    this.part("asides").textContent = words.asides;
    this.part("comparisons").textContent = words.comparisons.join("\n");
    this.badge.textContent = words.badge;
    this.badge.dataset.ok = words.badge_ok;
    this.verdict = words.headline && `${words.headline}: ${words.sentence}`; // a link may hide it
    this.part("figure").setAttribute("aria-label", this.verdict || document.title);
    this.announce();
  }

  // A screen reader hears what a rerun settles on, not what passes under the finger.
  announce() {
    if (this.aloud && this.verdict) this.part("announcer").textContent = this.verdict;
    this.aloud &&= !this.verdict;
  }

  // A link to what is shown: what has been moved may not be in the address yet.
  address() {
    const address = new URL(location.href);
    for (const [name, value] of Object.entries(this.unanswered())) address.searchParams.set(name, value);
    return address;
  }

  // Pages served without TLS may not touch the clipboard, so they show the link instead.
  async share() {
    const { href } = this.address();
    try {
      await navigator.clipboard.writeText(href);
      this.part("share").textContent = this.data.texts.copied;
    } catch {
      window.prompt(this.data.texts.share, href);
    }
  }

  /** What is drawn, as its route is asked for it. */
  drawnQuery() {
    return new URLSearchParams(this.part("figure").dataset.query);
  }

  /** What is shown, as a step of a lesson has it. */
  collected() {
    return { figure: this.endpoint, shown: this.address().searchParams.toString() };
  }

  collect() {
    const { full, added, unkept } = this.data.texts;
    const { count, isKept } = collect(this.collected());
    const button = this.part("collect");
    button.textContent = !isKept ? unkept : count ? added.replace("{count}", count) : full;
    this.part("announcer").textContent = button.textContent;
    clearTimeout(this.said);
    this.said = setTimeout(() => (button.textContent = this.data.texts.collect), SAID);
  }

  note(sentence) {
    const notice = this.part("notice");
    notice.hidden = !sentence;
    notice.textContent = sentence;
  }

  // The finger is up: once the last frame is drawn, hand the values to Streamlit.
  settle(delay) {
    this.held = false;
    clearTimeout(this.settled);
    this.settled = setTimeout(() => this.handOver(PATIENCE), delay);
  }

  // Where frames are slow, or follow one another without end, the values do not wait for the last of them.
  handOver(patience) {
    if (this.busy && patience > 0) {
      this.settled = setTimeout(() => this.handOver(patience - 20), 20);
      return;
    }
    if (this.busy) this.query = this.parameters().toString(); // the frame with these values has not come
    const values = this.unanswered(); // Streamlit may take two messages for one
    this.values = {};
    this.deliver(values);
  }

  // Streamlit drops what it is handed while it has no connection, and before a session's first run, such as the one after
  // a restart of the server: then it is handed over again.
  deliver(values, more = 3) {
    const awaited = { values, until: performance.now() + ANSWER };
    this.awaited = awaited;
    this.component.setTriggerValue("moved", values);
    const watch = () => {
      if (this.gone || this.awaited !== awaited || this.isAnswered(values)) return;
      const now = performance.now();
      if (!isConnected() || isRunning()) awaited.until = now + ANSWER;
      else if (now > awaited.until - ANSWER / 4) return more > 0 && this.deliver(values, more - 1);
      setTimeout(watch, 100);
    };
    watch();
  }

  // Values that were moved, and that no rerun has answered.
  unanswered() {
    const isWaiting = this.awaited && performance.now() < this.awaited.until;
    return { ...(isWaiting ? this.awaited.values : {}), ...this.values };
  }
}

// "x2" as the layout calls it: "xaxis2".
function axisName(short) {
  return `${short[0]}axis${short.slice(1)}`;
}

function isDark(colour) {
  const [red, green, blue] = colour.match(/[\d.]+/g).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

function positionOf(control, value) {
  const { low, high, log, positions } = control;
  const share = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.round(share * positions);
}

function valueAt(control, position) {
  const { low, high, log, whole, positions } = control;
  const share = position / positions;
  const value = log ? low * (high / low) ** share : low + (high - low) * share;
  return whole ? Math.round(value) : Number(value.toPrecision(3));
}

function written(value) {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

function isConnected() {
  return !document.querySelector("[data-test-connection-state]:not([data-test-connection-state=CONNECTED])");
}

function isRunning() {
  return document.querySelector("[data-test-script-state=running]") !== null;
}

// A query string as the browser would write it.
function normal(query) {
  return new URLSearchParams(query).toString();
}
