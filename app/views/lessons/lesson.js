// A lesson: a step asks, the reader predicts, and the picture moves to the truth. What was predicted stays in this browser.

import { answered, later } from "../../live/ask.js";
import { button, element } from "../../live/elements.js";
import { Live } from "../../live/live.js";
import { isPresenting } from "../../live/present.js";
import { handout } from "./handout.js";
import { cover } from "./pictures.js";
import { PREDICTIONS } from "./predictions.js";
import { Room } from "./room.js";

const KEPT = "unrolled.lesson."; // predictions of a lesson, by its name
const OWN = "own"; // name of the lesson that the link itself carries
const AGAIN = 150; // ms before a run that is still being trained is looked at again
const SWEEP = 900; // ms in which a curve is uncovered, from the loss back to step 1

/**
 * A step as the page says it.
 * @typedef {object} Step
 * @property {string} title
 * @property {string} question
 * @property {string} try what to try when the truth is told
 * @property {string} notes what the speaker alone reads
 * @property {string} endpoint name of the figure's route
 * @property {string} shown its query while the question stands
 * @property {string[]} between queries on the way
 * @property {string} revealed its query then
 * @property {boolean} moves whether the two differ
 * @property {boolean} quiet whether the figure's own words wait for the truth
 * @property {"choice" | "number" | "curve" | ""} kind of the prediction
 * @property {import("../../live/live.js").Control[]} controls
 * @property {{script: string, texts: Record<string, string>} | null} companion what stands above the figure
 * @property {string} address of the page that the figure belongs to
 * @property {string} page its title
 */

export default class Lesson extends Live {
  constructor(root) {
    super(root);
    this.place = null; // of the step shown, from 0
    this.isTold = false;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.act = ({ detail }) => this.acts[detail]?.();
    this.acts = {
      next: () => this.onward(),
      back: () => this.go(this.place - 1),
      grid: () => this.tiles(!this.grid.open),
      print: () => handout(this),
    };
    addEventListener("unrolled:present", this.act);
  }

  destroy() {
    removeEventListener("unrolled:present", this.act);
    this.prediction?.end();
    this.room?.destroy();
    this.companion?.destroy();
    super.destroy();
    this.panel?.remove(); // the root may be mounted once more
    this.grid?.remove();
    this.box?.replaceWith(this.part("figure"));
  }

  // --- the page says which step ---

  get lesson() {
    return this.data.lesson;
  }

  /** @returns {Step} */
  get step() {
    return this.lesson.steps[this.place];
  }

  isAhead() {
    return this.held;
  }

  isAnswered(values) {
    const said = new URLSearchParams(this.data.query);
    const isThere = values.lesson_step === undefined || values.lesson_step === stepIn(this.data.query);
    const isRoom = (values.room ?? said.get("room") ?? "") === (said.get("room") ?? "");
    return isThere && isRoom && super.isAnswered(values);
  }

  update(component) {
    const isOther = this.data?.lesson.memory !== component.data.lesson.memory;
    if (isOther) this.place = null;
    this.data = component.data;
    if (!this.panel) this.build();
    super.update(component);
  }

  drawControls() {
    const page = this.data;
    this.data = { ...page, controls: this.isTold || !this.step?.kind ? (this.step?.controls ?? []) : [] };
    super.drawControls();
    this.data = page;
  }

  // The query of the page names a step; the picture's own follows from it.
  want(query) {
    const asked = new URLSearchParams(query);
    if ((asked.get("lesson") ?? this.data.lesson.first) !== this.lesson.key) return; // the next rerun brings it
    const place = Math.min(stepIn(query), this.lesson.steps.length) - 1;
    if (place !== this.place) return this.begin(place);
    if (this.query !== null) return;
    this.picture(this.shownNow ?? this.step.shown); // another theme, or larger
    this.write();
  }

  picture(query) {
    this.shownNow = query;
    return super.want(query);
  }

  // --- a step from its question to its truth ---

  begin(place) {
    this.room.moves();
    this.prediction?.end();
    this.place = place;
    this.values = {};
    this.isTold = false;
    this.truth = null;
    const { step } = this;
    this.query = null;
    this.root.classList.add("is-stale");
    this.drawControls();
    this.picture(step.shown);
    this.write();
    this.tell();
    this.room.moved();
  }

  /** What has been predicted at this step, and is kept. */
  get kept() {
    return recalled(this.lesson.memory)[this.place];
  }

  keep(guess) {
    remember(this.lesson.memory, this.place, guess);
  }

  async look(guess) {
    if (this.isTold || this.room.holdsBack) return;
    this.isTold = true;
    this.room.looked();
    const { place, step } = this;
    if (guess !== undefined) this.keep(guess);
    this.prediction?.close();
    this.write();
    const truth = await this.askTruth();
    if (place !== this.place || !truth) return;
    for (const query of this.calm ? [] : step.between) {
      this.picture(query);
      await this.drawn();
      if (place !== this.place) return;
    }
    this.query = null;
    this.sweeps = !step.moves && !this.calm;
    this.picture(step.revealed);
    await this.drawn();
    if (place !== this.place) return;
    this.drawControls();
    this.truth = truth;
    this.write();
    this.tell();
    this.room.write();
  }

  /** Until the picture that was asked for last is drawn. */
  async drawn() {
    do await later(15); while (this.busy && !this.gone);
  }

  async askTruth() {
    const asked = new URLSearchParams(this.data.query);
    asked.set("lesson_step", this.place + 1);
    const { place } = this;
    const isOver = () => place !== this.place || this.gone;
    const refused = ({ sentence }) => this.note(sentence ?? this.data.texts.offline);
    try {
      return await answered("step", asked, isOver, { waits: (answer) => this.wait(answer), passing: refused });
    } catch (error) {
      refused(error);
      return null;
    }
  }

  go(place) {
    if (place < 0 || place >= this.lesson.steps.length || !this.room.allows(place)) return;
    this.begin(place);
    this.deliver({ lesson_step: place + 1 });
  }

  /** The lesson as an address has it. */
  get name() {
    const asked = new URLSearchParams(this.data.query);
    const data = asked.get("lesson_data");
    return `lesson=${this.lesson.key}${data && this.lesson.key === OWN ? `&lesson_data=${data}` : ""}`;
  }

  /** Another lesson, by its name. */
  change(name, place) {
    this.deliver({ ...Object.fromEntries(new URLSearchParams(name)), lesson_step: place + 1 });
  }

  /** What a clicker's button does: look, and then the next step. */
  onward() {
    if (this.room.onward()) return;
    if (this.step.kind && !this.isTold) this.look(this.prediction?.guess);
    else this.go(this.place + 1);
  }

  // --- the picture ---

  get endpoint() {
    return this.step.endpoint;
  }

  async draw(answer) {
    const { course } = answer;
    const isCovered = this.isCovered;
    this.isSilent = isCovered || (this.step.quiet && !(this.isTold && this.step.kind));
    this.root.classList.toggle("is-silent", this.isSilent);
    if (isCovered) cover(answer.figure, this.step.kind);
    this.root.classList.toggle("is-covered", isCovered);
    await this.accompany();
    this.companion?.begin(answer);
    await super.draw(answer);
    if (this.frames === 1) this.part("figure").on("plotly_afterplot", () => this.prediction?.placed());
    this.companion?.settle(this.place !== this.drawnPlace);
    this.drawnPlace = this.place;
    const isOwn = this.isTold || Object.keys(this.values).length || answer.query === this.step.shown;
    if (isOwn) this.root.classList.remove("is-stale"); // else it is the last one of the step before
    if (this.sweeps) this.sweep();
    this.sweeps = false;
    this.prediction?.placed();
    this.aim?.();
    this.room.drawCurves();
    if (course && course.reached < course.target && !course.over && !this.dirty) {
      await later(AGAIN);
      this.dirty ||= this.root.isConnected && !this.gone;
    }
  }

  /** What stands above the figure of this step, such as a drawn cell. */
  async accompany() {
    const { companion } = this.step;
    if (companion?.script !== this.companionScript) {
      this.companionScript = companion?.script;
      this.companion?.destroy();
      this.companion = null;
      if (companion) {
        const Companion = (await import(`../${companion.script}`)).default;
        this.companion = new Companion(companion.texts, this.part("figure"));
        this.box.before(this.companion.element);
      }
    }
  }

  // What is not to be read is not to be heard either.
  say(words) {
    const nothing = { headline: this.step.title, sentence: "", asides: "", comparisons: [], badge: "" };
    super.say(this.isSilent ? { ...words, ...nothing } : words);
  }

  /** Whether what is asked would be seen: then the marks wait until the reader looks. */
  get isCovered() {
    return Boolean(this.step.kind) && !this.isTold && (!this.step.moves || this.step.kind === "curve");
  }

  sweep() {
    for (const plot of this.part("figure").querySelectorAll(".cartesianlayer .plot")) {
      plot.animate([{ clipPath: "inset(-10% -10% -10% 100%)" }, { clipPath: "inset(-10%)" }], {
        duration: SWEEP,
        easing: "linear",
      });
    }
  }

  // What is moved here is tried out; it is handed to nobody.
  settle() {
    this.held = false;
  }

  collected() {
    return { figure: this.endpoint, shown: this.inTheLaboratory().toString() };
  }

  address() {
    const address = new URL(location.href);
    address.searchParams.set("lesson", this.lesson.key);
    address.searchParams.set("lesson_step", this.place + 1);
    return address;
  }

  // --- the panel ---

  build() {
    this.root.classList.add("lesson");
    this.panel = element("section", "lesson-panel");
    this.root.append(this.panel);
    this.grid = element("dialog", "lesson-grid");
    this.root.append(this.grid);
    const box = element("div", "lesson-box");
    const figure = this.part("figure");
    figure.before(box);
    box.append(figure);
    this.box = box;
    this.room = new Room(this);
  }

  write() {
    const { labels } = this.data;
    const { step, truth } = this;
    const count = this.lesson.steps.length;
    const head = element("p", "lesson-place", {
      textContent: labels.step.replace("{number}", this.place + 1).replace("{count}", count),
    });
    const all = button("live-link", labels.steps, () => this.tiles(true));
    const present = button("live-link", labels.present, () => this.deliver({ present: true }));
    if (isPresenting()) head.append(all);
    else head.append(all, present);
    const progress = element("progress", "lesson-progress", { max: count, value: this.place + 1, ariaHidden: true });
    const parts = [
      head,
      progress,
      element("h2", "lesson-title", { textContent: step.title, tabIndex: -1 }),
      element("p", "lesson-question", { textContent: step.question }),
    ];
    parts.push(this.room.summary);
    if (step.kind && !this.prediction?.isOf(this.place)) {
      this.prediction?.end();
      this.prediction = new PREDICTIONS[step.kind](this, step, this.place, this.kept);
    }
    if (!step.kind) this.prediction = null;
    if (this.prediction && !this.isTold) parts.push(...this.asking());
    if (truth) parts.push(...this.answer(truth));
    if (!step.kind) parts.push(...this.trying());
    parts.push(this.room.element, this.moving());
    const hadFocus = this.panel.contains(document.activeElement);
    this.panel.replaceChildren(...parts);
    if (hadFocus) this.panel.querySelector(truth ? ".lesson-truth" : ".lesson-title").focus({ preventScroll: true });
  }

  asking() {
    const { labels } = this.data;
    const look = button("lesson-look", labels.look, () => this.look(this.prediction.guess));
    const skip = button("live-link lesson-skip", labels.skip, () => this.look());
    const enable = () => {
      const { holdsBack, isLeading } = this.room;
      look.disabled = holdsBack || (this.prediction.guess === undefined && !isLeading);
      look.textContent = holdsBack ? this.data.room.held : labels.look;
      look.classList.toggle("is-held", holdsBack);
      skip.hidden = !look.disabled || holdsBack;
    };
    this.prediction.onGuess = () => {
      enable();
      this.room.guessed();
    };
    enable();
    const row = element("p", "lesson-row");
    row.append(this.room.ask, look, skip);
    return [this.prediction.element, row];
  }

  answer(truth) {
    const parts = [];
    const score = this.prediction?.score(truth);
    if (score) parts.push(element("p", `lesson-score ${score.isRight ? "is-right" : ""}`, { textContent: score.text }));
    parts.push(element("p", "lesson-truth", { textContent: truth.truth, role: "status", tabIndex: -1 }));
    if (truth.why) parts.push(element("p", "lesson-why", { textContent: truth.why }));
    return [...parts, ...this.trying()];
  }

  trying() {
    const { labels } = this.data;
    const { step } = this;
    const parts = [];
    if (step.try) {
      const trying = element("p", "lesson-try");
      trying.append(element("strong", "", { textContent: `${labels.try}: ` }), step.try);
      parts.push(trying);
    }
    const links = element("p", "lesson-row");
    if (step.controls.length) {
      links.append(button("live-link", labels.reset, () => {
        this.values = {};
        this.query = null;
        this.drawControls();
        this.picture(this.isTold ? step.revealed : step.shown);
      }));
    }
    const open = element("a", "live-link", {
      textContent: labels.open.replace("{page}", step.page),
      href: step.address,
      target: "_self",
    });
    this.aim = () => (open.href = `${step.address}?${this.inTheLaboratory()}`);
    this.aim();
    links.append(open);
    return [...parts, links];
  }

  /** The picture as it stands, as a query of its own page. */
  inTheLaboratory() {
    const parameters = new URLSearchParams(this.isTold ? this.step.revealed : this.step.shown);
    for (const [name, value] of Object.entries(this.values)) parameters.set(name, value);
    return parameters;
  }

  moving() {
    const { labels } = this.data;
    const row = element("nav", "lesson-moving");
    const back = button("lesson-button", `← ${labels.back}`, () => this.go(this.place - 1));
    const next = button("lesson-button lesson-next", `${labels.next} →`, () => this.go(this.place + 1));
    const isLast = this.place === this.lesson.steps.length - 1;
    back.disabled = !this.room.allows(this.place - 1) || this.place === 0;
    next.disabled = !this.room.allows(this.place + 1) || isLast;
    row.append(back, this.room.head, next);
    if (isLast && (this.truth || !this.step.kind)) {
      const end = element("p", "lesson-end", { textContent: `${labels.end} ` });
      for (const { title, address } of this.lesson.others) {
        end.append(element("a", "", { textContent: title, href: address, target: "_self" }), " ");
      }
      row.append(end);
    }
    return row;
  }

  /** All steps as tiles. */
  tiles(isOpen) {
    if (!isOpen) return this.grid.close();
    const kept = recalled(this.lesson.memory);
    const list = element("ol", "");
    list.append(...this.lesson.steps.map(({ title }, place) => {
      const tile = button(kept[place] === undefined ? "" : "is-done", title, () => {
        this.grid.close();
        this.go(place);
      });
      if (place === this.place) tile.setAttribute("aria-current", "step");
      const item = element("li", "");
      item.append(tile);
      return item;
    }));
    const close = button("lesson-button", this.data.labels.close, () => this.grid.close());
    this.grid.replaceChildren(element("h2", "", { textContent: this.lesson.title }), list, close);
    this.grid.showModal();
    list.querySelector("[aria-current]").focus();
  }

  /** A second window with the speaker's notes, and a class that follows, hear where the lesson stands. */
  tell() {
    const { step, truth, place, isTold } = this;
    const following = this.lesson.steps[place + 1]?.title ?? "";
    const detail = {
      labels: this.data.labels,
      place,
      count: this.lesson.steps.length,
      title: step.title,
      question: step.question,
      notes: step.notes,
      truth: truth?.truth ?? "",
      following,
      isTold,
    };
    dispatchEvent(new CustomEvent("unrolled:lesson", { detail }));
  }
}

function stepIn(query) {
  return Number(new URLSearchParams(query).get("lesson_step") ?? 1);
}

/** Predictions of a lesson; a browser that keeps nothing throws when it is asked to. */
function recalled(key) {
  try {
    return JSON.parse(localStorage.getItem(KEPT + key)) ?? {};
  } catch {
    return {};
  }
}

function remember(key, place, guess) {
  try {
    localStorage.setItem(KEPT + key, JSON.stringify({ ...recalled(key), [place]: guess }));
  } catch {
    // forgotten with the page
  }
}
