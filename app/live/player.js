// The player: a figure of a course (training, a search ...) that is computed while it is watched. It asks for a number of
// updates, `target`; a frame draws what exists of them and says in `course` how far that is; while less exists than was
// asked for, it asks again. Playing is asking for all updates up to `stop`. When it comes to rest, the number shown goes to
// the address, so that a link reproduces the picture.

import { later } from "./ask.js";
import { element, labelled } from "./elements.js";
import { Live } from "./live.js";

const AGAIN = 90; // milliseconds before asking again when nothing new was there
const CALM = 1000; // between two redraws where motion is not wanted

export default class Player extends Live {
  constructor(root) {
    super(root);
    this.target = null;
    this.playing = false;
    this.pace = []; // (time, reached) of the last frames, for the estimate
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    root.addEventListener("keydown", (event) => this.key(event));
  }

  destroy() {
    this.playing = false;
    super.destroy();
  }

  get field() {
    return this.data.player.field;
  }

  update(component) {
    const arrived = this.arrival !== undefined && this.arrival !== component.data.arrival;
    if (arrived) this.playing = false; // a link to another picture says itself how far
    super.update(component);
    this.showState();
  }

  drawControls() {
    super.drawControls();
    if (this.row) return;
    const { texts, stop } = this.data.player;
    this.row = element("div", "player", { role: "group", ariaLabel: texts.player });
    this.toggle = button("player-toggle", () => this.play(!this.playing));
    this.step = button("player-step", () => this.go(this.reached + (this.state?.chunk ?? 0)), "▶❙", texts.step);
    this.rewind = button("player-rewind", () => this.go(0), "❙◀", texts.rewind);
    this.bar = element("progress", "player-bar", { max: 1, value: 0, ariaLabel: texts.player });
    this.reading = element("output", "player-reading");
    const label = element("label", "player-stop", { textContent: texts.stop });
    this.stop = element("input", "", { type: "number", min: 1, max: this.data.player.most, step: 1, value: stop });
    this.stop.addEventListener("change", () => this.playing && this.play(true));
    label.append(this.stop);
    this.row.append(this.toggle, this.step, this.rewind, this.bar, this.reading, label);
    this.part("controls").before(this.row);
  }

  get reached() {
    return this.state?.reached ?? 0;
  }

  // What the address says counts, unless it plays.
  want(query) {
    if (!this.playing) this.target = this.asked(query);
    super.want(query);
  }

  asked(query) {
    return Number(new URLSearchParams(query).get(this.field) ?? this.data.player.default);
  }

  parameters() {
    const parameters = super.parameters();
    if (this.target !== null) parameters.set(this.field, this.target); // else it was never shown, and the address says
    return parameters;
  }

  async draw(answer) {
    const { course, query } = answer;
    const seen = `${this.mode} ${query} ${course.reached}`;
    const isNew = seen !== this.seen;
    this.seen = seen;
    this.state = course;
    if (isNew) {
      this.pace = [...this.pace.filter(([, reached]) => reached < course.reached), [performance.now(), course.reached]]
        .slice(-12);
      await super.draw(answer);
      this.tell(query, course);
    }
    this.root.dataset.reached = course.reached;
    const waiting = course.reached < course.target && !course.over;
    if (!waiting && this.playing) this.rest();
    this.showState();
    if (!waiting || this.dirty) return;
    await later(this.calm && isNew ? CALM : isNew ? 10 : AGAIN);
    this.dirty ||= this.root.isConnected && !this.gone && this.state === course;
  }

  // Figures further down follow what is shown here.
  tell(query, { reached }) {
    const parameters = new URLSearchParams(query);
    parameters.set(this.field, reached);
    const detail = { field: this.field, query: parameters.toString() };
    window.dispatchEvent(new CustomEvent("unrolled:course", { detail }));
  }

  play(on) {
    if (!on) return this.go(this.reached);
    const stop = Math.min(Math.max(Number(this.stop.value) || 0, 1), this.data.player.most);
    this.stop.value = stop;
    if (stop <= this.reached) this.stop.value = Math.min(this.reached * 2, this.data.player.most);
    this.playing = true;
    this.pace = [];
    this.askFor(Number(this.stop.value));
    this.showState();
  }

  go(target) {
    this.playing = false;
    this.askFor(Math.min(target, this.data.player.most));
    this.commit();
    this.showState();
  }

  askFor(target) {
    this.target = target;
    this.dirty = true;
    this.follow();
  }

  // It has come as far as it was asked to.
  rest() {
    this.playing = false;
    this.target = this.state.over ? Math.max(this.target, 0) : this.reached;
    this.aloud = true;
    this.commit();
  }

  commit() {
    this.values = { ...this.values, [this.field]: this.target };
    this.settle(0);
  }

  isAnswered(values) {
    const handed = values[this.field];
    return (handed === undefined || this.asked(this.data.query) === handed) && super.isAnswered(values);
  }

  refuse(error) {
    this.playing = false;
    super.refuse(error);
    this.showState();
  }

  address() {
    const address = super.address();
    if (this.state) address.searchParams.set(this.field, this.reached);
    return address;
  }

  drawnQuery() {
    const drawn = super.drawnQuery();
    if (this.state) drawn.set(this.field, this.reached);
    return drawn;
  }

  key(event) {
    if (event.key !== " " || event.target.closest("button, select, input:not([type=range])")) return;
    event.preventDefault();
    this.play(!this.playing);
  }

  showState() {
    if (!this.row) return;
    const { texts } = this.data.player;
    const waiting = this.state && this.reached < this.state.target && !this.state.over;
    this.toggle.textContent = this.playing ? `❚❚ ${texts.pause}` : `▶ ${texts.play}`;
    this.toggle.setAttribute("aria-pressed", this.playing);
    this.step.disabled = this.rewind.disabled = !this.state;
    const target = waiting ? this.state.target : Math.max(this.reached, 1);
    this.bar.max = target;
    this.bar.value = waiting ? this.reached : target;
    this.bar.style.visibility = waiting ? "visible" : "hidden";
    const done = texts.done.replace("{updates}", this.reached);
    this.reading.textContent = waiting
      ? `${texts.of.replace("{reached}", this.reached).replace("{target}", target)}${this.left(target)}`
      : done;
  }

  // An estimate from the pace of the last frames.
  left(target) {
    if (this.pace.length < 3) return "";
    const [[begun, from], [now, to]] = [this.pace[0], this.pace.at(-1)];
    if (to <= from) return "";
    const seconds = ((target - to) * (now - begun)) / (to - from) / 1000;
    return ` · ${
      this.data.player.texts.left.replace("{seconds}", seconds < 10 ? Math.ceil(seconds) : Math.ceil(seconds / 5) * 5)
    }`;
  }
}

function button(name, act, sign = "", label = "") {
  const made = element("button", `player-button ${name}`, { type: "button", textContent: sign });
  if (label) labelled(made, label);
  made.addEventListener("click", act);
  return made;
}
