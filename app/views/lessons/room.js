// A lesson in a room: its lecturer sees what everybody predicts, drawn over one another; the others follow the lecturer.

import { button, element, svg } from "../../live/elements.js";
import { Board, codeLed, codeOf, isCode } from "./board.js";
import { estimate, fill } from "./predictions.js";

const HOME = new URL("../../../", import.meta.url).href; // of the routes; what lies below it carries the version
const PAUSE = 300; // ms that a prediction rests before it is sent
const POINTS = 60; // of a curve that is sent

export class Room {
  /** @param {import("./lesson.js").default} lesson */
  constructor(lesson) {
    this.lesson = lesson;
    this.labels = lesson.data.room;
    this.board = new Board({ home: HOME, texts: this.labels, onState: () => this.hear() });
    this.predictions = null; // of this step, where the lecturer shows them
    this.waits = true; // whether nobody looks before the lecturer does
    this.isHeld = true; // what the lecturer wants of this step
    this.role = ""; // what the parts below are for
    this.element = element("section", "room", { ariaLabel: this.labels.room });
    this.head = element("p", "room-head"); // the code, and who has answered: always in sight of the lecturer
    this.ask = button("lesson-button", this.labels.show, () => this.show());
    this.summary = element("div", "room-summary", { ariaLive: "polite" }); // of the predictions
    this.problem = element("p", "room-problem", { role: "alert" });
    this.dialog = element("dialog", "room-door");
    this.lines = svg("svg", { class: "room-lines", "aria-hidden": true });
    lesson.root.append(this.dialog);
    lesson.box.append(this.lines);
  }

  destroy() {
    this.moves();
    this.board.destroy();
    this.dialog.remove();
    this.lines.remove();
  }

  get state() {
    return this.board.state;
  }

  get isLeading() {
    return this.board.isIn && this.state.isLecturer;
  }

  get isFollowing() {
    return this.board.isIn && !this.state.isLecturer;
  }

  /** Whether what comes out is held back from this reader. */
  get holdsBack() {
    return this.isFollowing && (!this.state.isThere || this.state.isHeld);
  }

  /** Whether this reader may go to a step: a participant goes where the lecturer is. */
  allows(place) {
    return !this.isFollowing || !this.state.isThere || place === this.state.step;
  }

  // --- what the lesson says ---

  /** Another step will be shown. */
  moves() {
    if (this.pause) this.send(); // what rests would be of another step
  }

  /** Another step is shown. */
  moved() {
    this.predictions = null;
    this.isHeld = this.waits && Boolean(this.lesson.step.kind);
    if (!this.isBegun) this.begin();
    else if (this.isLeading) this.lead();
    this.guessed();
    this.follow();
    this.write();
  }

  // A link leads into its room, but for the lecturer who tries it where the room is led.
  begin() {
    this.isBegun = true;
    const { name, place } = this.lesson;
    const invited = codeOf(new URLSearchParams(this.lesson.data.query).get("room") ?? "");
    if (invited && invited !== codeLed()) this.board.join(invited);
    else this.board.resume(name, place, this.isHeld);
  }

  /** The address leads into no room any more. */
  clearLink() {
    if (new URLSearchParams(this.lesson.data.query).get("room")) this.lesson.deliver({ room: "" });
  }

  lead() {
    this.board.show(this.lesson.name, this.lesson.place, this.isHeld);
  }

  /** Something is predicted. */
  guessed() {
    this.rest();
    if (this.isFollowing) this.pause = setTimeout(() => this.send(), PAUSE);
  }

  rest() {
    clearTimeout(this.pause);
    this.pause = null;
  }

  /** The reader looks; where the lecturer does, everybody may. */
  looked() {
    this.send();
    this.isHeld = false;
    if (this.isLeading) this.lead();
  }

  /**
   * What a clicker's button does before the truth is told: the lesson begins, then the predictions come.
   * @returns {boolean} whether it has done that
   */
  onward() {
    if (this.dialog.open) {
      this.dialog.close();
      return true;
    }
    const { isTold, step } = this.lesson;
    if (!this.isLeading || this.predictions || isTold || !step.kind) return false;
    this.show();
    return true;
  }

  send() {
    this.rest();
    const { place, step, prediction } = this.lesson;
    if (!this.isFollowing || place === null || prediction?.guess === undefined) return;
    this.lesson.keep(prediction.guess); // it is still there where the page is loaded anew
    this.board.send(place, step.kind, step.kind === "curve" ? thinned(prediction.guess) : prediction.guess);
    this.sent = place;
    this.write();
  }

  // --- what the room says ---

  hear() {
    const { isThere, step, answered } = this.state;
    if (this.lesson.place === null) return; // another lesson is on its way, and says when it is there
    if (this.predictions && this.isLeading && answered !== this.counted) this.show();
    if (!this.isLeading) this.predictions = null;
    this.follow();
    this.write();
    const rights = [this.role, this.holdsBack, isThere, step].join();
    if (rights !== this.rights) this.lesson.write();
    this.rights = rights;
  }

  /** A participant's lesson goes where the lecturer's is. */
  follow() {
    const { isThere, lesson, step } = this.state;
    if (!this.isFollowing || !isThere) return;
    if (lesson !== this.lesson.name) this.lesson.change(lesson, step);
    else if (step !== this.lesson.place) this.lesson.go(step);
  }

  /** Ask for everybody's predictions and show them. */
  async show() {
    const { place, step } = this.lesson;
    this.counted = this.state.answered;
    const found = await this.board.predictions(place).catch(() => null);
    if (!found || place !== this.lesson.place) return;
    this.predictions = found[step.kind] ?? [];
    this.write();
  }

  // --- what stands beside the step ---

  write() {
    const role = this.isLeading ? "leading" : this.isFollowing ? "following" : "outside";
    if (role !== this.role) {
      this.role = role;
      this.element.replaceChildren(this.problem, ...this[role]());
      this.head.hidden = role !== "leading";
      if (this.head.hidden) this.dialog.close();
    }
    this.ask.hidden = role !== "leading" || Boolean(this.predictions);
    this.problem.textContent = this.state.problem;
    this.problem.hidden = !this.state.problem;
    this.update();
    this.summary.replaceChildren(...(this.predictions ? this.summarised(this.predictions) : []));
    this.drawCurves();
  }

  /** Who is in no room opens one or joins one. */
  outside() {
    const { labels } = this;
    const form = element("form", "room-form", { hidden: true });
    const code = element("input", "room-input", { maxLength: 12, autocomplete: "off", spellcheck: false });
    code.setAttribute("aria-label", labels.code);
    code.placeholder = labels.code;
    const enter = element("button", "lesson-button", { type: "submit", textContent: labels.enter });
    form.append(code, enter);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      code.setCustomValidity(isCode(code.value) ? "" : labels.no_code);
      if (form.reportValidity()) this.board.join(code.value);
    });
    code.addEventListener("input", () => code.setCustomValidity(""));
    const row = element("p", "lesson-row");
    const open = button("live-link", labels.open, () => {
      this.clearLink();
      this.board.open(this.lesson.name, this.lesson.place, this.isHeld);
      this.openDoor();
    });
    const join = button("live-link", labels.join, () => {
      form.hidden = !form.hidden;
      if (!form.hidden) code.focus();
    });
    row.append(open, join);
    this.update = () => {};
    return [row, form];
  }

  leading() {
    const { labels } = this;
    const code = button("room-code", "", () => this.openDoor());
    code.title = labels.show_code;
    const count = element("span", "room-count");
    this.head.replaceChildren(code, count);
    const holds = element("label", "room-holds");
    const box = element("input", "", { type: "checkbox", checked: this.waits });
    holds.append(box, labels.holds);
    box.addEventListener("change", () => {
      this.waits = box.checked;
      if (this.lesson.isTold || !this.lesson.step.kind) return;
      this.isHeld = this.waits;
      this.lead();
    });
    const close = button("live-link", labels.close, () => this.board.close());
    const row = element("p", "lesson-row");
    row.append(holds, close);
    this.update = () => {
      const { code: letters, present, answered, isThere } = this.state;
      const { kind } = this.lesson.step;
      code.textContent = letters;
      count.textContent = isThere
        ? fill(kind ? labels.answered : labels.present, { answered, present })
        : labels.opening;
      if (this.dialog.open) this.updateDoor();
    };
    return [row];
  }

  following() {
    const { labels } = this;
    const said = element("p", "room-said", { role: "status" });
    const leave = button("live-link", labels.leave, () => {
      this.board.close();
      this.clearLink();
    });
    const row = element("p", "lesson-row");
    row.append(element("strong", "", { textContent: fill(labels.in_room, { code: this.state.code }) }), leave);
    this.update = () => {
      const { isTold, place, step } = this.lesson;
      said.hidden = isTold || !step.kind;
      said.textContent = this.sent === place ? labels.sent : labels.anonymous;
    };
    return [row, said];
  }

  /** The code for the whole hall to read. */
  openDoor() {
    const { labels } = this;
    const link = new URL(location.pathname, location.href);
    link.searchParams.set("room", this.state.code);
    const code = element("p", "room-letters", { textContent: this.state.code });
    const picture = element("img", "room-picture", { alt: labels.picture, hidden: true });
    const count = element("output", "");
    const copy = button("live-link", labels.copy, async () => {
      await navigator.clipboard?.writeText(link.href);
      copy.textContent = labels.copied;
    });
    const row = element("p", "lesson-row");
    row.append(button("lesson-button lesson-next", labels.begin, () => this.dialog.close()), count, copy);
    const middle = element("div", "room-middle");
    middle.append(code, picture);
    this.dialog.replaceChildren(
      element("h2", "", { textContent: fill(labels.door, { address: `${location.host}${location.pathname}` }) }),
      middle,
      element("p", "", { textContent: labels.forgets }),
      row,
    );
    if (!this.dialog.open) this.dialog.showModal();
    this.door = { link, code, picture, count, isAsked: false };
    this.updateDoor();
  }

  updateDoor() {
    const { code, isThere, present } = this.state;
    const { door } = this;
    if (door.code.textContent !== code) return this.openDoor(); // the first one that was drawn was somebody's
    door.count.textContent = fill(this.labels.present, { present });
    if (!isThere || door.isAsked) return;
    door.isAsked = true;
    this.board.picture(door.link.href).then((drawn) => {
      door.picture.src = URL.createObjectURL(drawn);
      door.picture.onload = () => URL.revokeObjectURL(door.picture.src);
      door.picture.hidden = false;
    }, () => {}); // there are the letters
  }

  // --- everybody's predictions ---

  /** @param {any[]} predictions of this step */
  summarised(predictions) {
    const { labels } = this;
    if (!predictions.length) return [element("p", "", { textContent: labels.none })];
    const { kind } = this.lesson.step;
    if (kind === "choice") return [this.bars(predictions)];
    if (kind === "number") return this.scale(predictions);
    return [element("p", "", { textContent: fill(labels.curves, { count: predictions.length }) })];
  }

  bars(places) {
    const list = element("ol", "room-bars");
    list.append(...this.lesson.step.options.map((text, place) => {
      const count = places.filter((each) => each === place).length;
      const item = element("li", this.lesson.truth?.right === place ? "is-right" : "");
      item.style.setProperty("--share", count / places.length);
      item.append(element("span", "", { textContent: text }), element("b", "", { textContent: count }));
      return item;
    }));
    return list;
  }

  scale(values) {
    const { low, high, isPower } = this.lesson.step;
    const { truth } = this.lesson;
    const left = (value) => `${(100 * (Math.min(Math.max(value, low), high) - low)) / (high - low)}%`;
    const line = element("div", "room-scale", { role: "img" });
    const tick = (className, value) => {
      const mark = element("i", className);
      mark.style.left = left(value);
      line.append(mark);
    };
    for (const value of values) tick("", value);
    const middle = median(values);
    tick("is-median", middle);
    const parts = [fill(this.labels.median, { value: estimate(middle) })];
    if (Number.isFinite(truth?.value)) {
      tick("is-truth", isPower ? truth.value : Math.log10(truth.value));
      parts.push(fill(this.labels.measured, { value: truth.written }));
    }
    line.ariaLabel = parts.join(" ");
    const ends = element("p", "lesson-ends");
    ends.append(
      ...[low, (low + high) / 2, high].map((at) => element("span", "", { textContent: estimate(at) })),
    );
    const said = parts.map((textContent, place) => element("p", place ? "room-truth" : "room-median", { textContent }));
    return [line, ends, ...said];
  }

  // Over the axes of the figure, as thin as lets many be told from few.
  drawCurves() {
    this.lines.replaceChildren();
    this.lines.classList.toggle("is-told", this.lesson.isTold);
    const { xaxis: x, yaxis: y } = this.lesson.part("figure")._fullLayout ?? {};
    if (!this.predictions?.length || this.lesson.step.kind !== "curve" || !x?.c2p || !y?.c2p) return;
    const [low, high] = y.range;
    const path = (points) =>
      points.map(([step, value]) => {
        const height = y._offset + y.c2p(Math.min(Math.max(value, low), high));
        return `${(x._offset + x.c2p(step)).toFixed(1)} ${height.toFixed(1)}`;
      }).join("L");
    for (const points of this.predictions) this.lines.append(svg("path", { d: `M${path(points)}` }));
    this.lines.append(svg("path", { d: `M${path(medianCurve(this.predictions))}`, class: "is-median" }));
  }
}

/** A curve with a value or null at each step as at most so many points [step, value]. */
export function thinned(curve) {
  const points = curve.map((value, place) => [place + 1, value]).filter(([, value]) => value !== null);
  if (points.length <= POINTS) return points;
  return Array.from({ length: POINTS }, (_, place) => points[Math.round((place * (points.length - 1)) / (POINTS - 1))]);
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The median at every step of the curves that reach it, straight between their points. */
export function medianCurve(curves) {
  const steps = [...new Set(curves.flatMap((points) => points.map(([step]) => step)))].sort((a, b) => a - b);
  return steps.map((step) => [step, median(curves.flatMap((points) => valueAt(points, step)))]);
}

function valueAt(points, step) {
  const after = points.findIndex(([at]) => at >= step);
  if (after < 0 || (after === 0 && points[0][0] !== step)) return [];
  if (points[after][0] === step) return [points[after][1]];
  const [[from, before], [to, then]] = points.slice(after - 1, after + 1);
  return [before + ((then - before) * (step - from)) / (to - from)];
}
