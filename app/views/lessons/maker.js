// Make your own: a lesson written around pictures that were collected. It stays in this browser, kept as one types, until
// it leaves as a link or as a file.

import { answered } from "../../live/ask.js";
import { draft, keep, onChange } from "../../live/collected.js";
import { button, element } from "../../live/elements.js";
import { Form } from "./form.js";
import { finished, packed, toml, unpacked } from "./packing.js";
import { fill } from "./predictions.js";

const REST = 600; // ms without a key after which what was written is checked
const NEAR = "600px"; // nothing is computed before the reader comes so near
const EMPTY = { title: "–", question: "–" }; // a step with nothing amiss

const makers = new WeakMap();

export function mount(component) {
  const root = component.parentElement.querySelector(".script");
  if (!makers.has(root)) makers.set(root, new Maker(root));
  const maker = makers.get(root);
  const turn = ++maker.turns;
  maker.update(component);
  return () => {
    if (turn !== maker.turns) return; // a rerun has it now
    maker.destroy();
    makers.delete(root);
  };
}

export class Maker {
  constructor(root) {
    this.root = root;
    this.turns = 0; // reruns that have mounted it
    this.mine = { steps: [] };
    this.forms = new Map(); // of a step, by its data
    this.jobs = []; // what is asked of the server, one after the other
    this.stop = onChange(() => this.reread());
    this.near = new IntersectionObserver(([entry]) => this.work(entry.isIntersecting), { rootMargin: NEAR });
    root.classList.add("maker");
  }

  destroy() {
    this.gone = true;
    this.stop();
    this.near.disconnect();
    clearTimeout(this.timer);
  }

  update({ data, setTriggerValue }) {
    this.data = data;
    this.hand = (values) => setTriggerValue("wanted", values);
    if (!this.list) this.build();
    this.copy.textContent = fill(data.labels.copy, { title: data.lesson.title });
    this.print.hidden = !data.lesson.live;
  }

  // --- its parts ---

  build() {
    const { labels } = this.data;
    this.copy = button("maker-button", "", () => this.begin(() => unpacked(this.data.lesson.packed)));
    this.print = button(
      "maker-button",
      labels.print,
      () => dispatchEvent(new CustomEvent("unrolled:present", { detail: "print" })),
    );
    this.anew = button("maker-button", labels.anew, () => this.begin(() => ({ steps: [] })));
    const start = element("p", "maker-row");
    start.append(this.print, this.copy, this.anew);
    this.back = button("live-link", labels.undo, () => this.undo());
    this.notice = element("p", "maker-notice", { role: "status" });
    this.none = element("p", "maker-none", { textContent: labels.none });
    this.title = this.field(labels.lesson_title, "input", () => this.mine, "title");
    this.about = this.field(labels.about, "input", () => this.mine, "about");
    this.head = element("div", "maker-head");
    this.head.append(this.title.label, this.about.label);
    this.list = element("ol", "maker-steps");
    this.out = element("section", "maker-out", { ariaLabel: labels.out });
    this.root.append(start, this.notice, this.none, this.head, this.list, this.out);
    this.reread();
    this.near.observe(this.root);
  }

  /**
   * A labelled place to write in, that writes into a table of the lesson.
   * @param {string} text
   * @param {"input" | "textarea"} tag
   * @param {() => object} table
   * @param {string} name
   * @param {() => void} onInput
   */
  field(text, tag, table, name, onInput = () => this.edited()) {
    const label = element("label", `maker-field maker-${name}`);
    const input = element(tag, "", { value: table()[name] ?? "", maxLength: 1200 });
    input.addEventListener("input", () => {
      table()[name] = input.value;
      onInput();
    });
    label.append(element("span", "", { textContent: text }), input);
    return { label, input };
  }

  // --- the draft ---

  /** What this browser keeps, in place of what is shown. */
  reread() {
    const found = draft();
    this.show({ ...found, steps: found.steps.map((step) => this.without(step)) });
  }

  // The address that a picture was collected at says more: the lesson that was open last, the presenter's view.
  without(step) {
    for (const name of ["shown", "revealed"]) {
      if (typeof step[name] !== "string" || /[?/]/.test(step[name])) continue;
      const parameters = new URLSearchParams(step[name]);
      for (const other of this.data.apart) parameters.delete(other);
      step[name] = parameters.toString();
    }
    return step;
  }

  /** Steps that say what others said before keep their forms. */
  show(mine) {
    const before = this.forms;
    const known = [...before.keys()].map((step) => [step, JSON.stringify(step)]);
    mine.steps = mine.steps.map((step) => {
      const said = JSON.stringify(step);
      const place = known.findIndex(([, other]) => other === said);
      return place < 0 ? step : known.splice(place, 1)[0][0];
    });
    this.mine = mine;
    this.forms = new Map(mine.steps.map((step) => [step, before.get(step) ?? new Form(this, step)]));
    const forms = [...this.forms.values()];
    this.list.replaceChildren(...forms.map((form) => form.element));
    forms.forEach((form, place) => form.stand(place, forms.length));
    for (const { input, name } of [{ ...this.title, name: "title" }, { ...this.about, name: "about" }]) {
      input.value = mine[name] ?? "";
    }
    this.none.hidden = forms.length > 0;
    this.head.hidden = this.out.hidden = forms.length === 0;
    this.anew.hidden = forms.length === 0;
    for (const form of forms) this.look(form);
    this.settle();
  }

  /** Another draft in place of this one, which can be brought back. */
  async begin(make) {
    const { labels } = this.data;
    const made = await make();
    this.change(labels.replaced, () => made);
    this.forms.get(made.steps[0])?.open(true);
  }

  /**
   * Change the steps, so that it can be undone.
   * @param {string} sentence what has been done; nothing is said, and nothing can be undone, where it is empty
   * @param {(mine: object) => object} act gives the draft as it is then
   */
  change(sentence, act) {
    const before = structuredClone(this.mine);
    const hadSteps = before.steps.length > 0;
    const made = act(this.mine);
    this.save(made);
    this.show(made);
    this.before = sentence && hadSteps ? before : null;
    this.notice.replaceChildren(...(this.before ? [`${sentence} `, this.back] : []));
    if (this.before) this.back.focus({ preventScroll: true });
  }

  undo() {
    const { before } = this;
    if (before) this.change("", () => before);
  }

  move(step, by) {
    this.change("", (mine) => {
      const place = mine.steps.indexOf(step);
      mine.steps.splice(place, 1);
      mine.steps.splice(place + by, 0, step);
      return mine;
    });
  }

  delete(step) {
    this.change(this.data.labels.deleted, (mine) => ({ ...mine, steps: mine.steps.filter((each) => each !== step) }));
  }

  save(mine = this.mine) {
    if (!keep(mine)) this.notice.replaceChildren(this.data.labels.unkept);
  }

  /** Something was written. */
  edited(form = null) {
    this.save();
    if (form) this.look(form);
    this.settle();
  }

  // --- what the server says of it ---

  /** Look at a step once nothing has been written for a moment. */
  look(form) {
    clearTimeout(form.timer);
    form.timer = setTimeout(() => this.queue(form, () => form.look()), REST);
  }

  settle() {
    clearTimeout(this.timer);
    this.checked = null;
    this.write();
    this.timer = setTimeout(() => this.queue(this, () => this.check()), REST + 1);
  }

  queue(owner, act) {
    this.jobs = [...this.jobs.filter((job) => job.owner !== owner), { owner, act }];
    this.work();
  }

  // The whole is checked when every step has been.
  async work(isNear = this.isNear) {
    this.isNear = isNear;
    if (this.busy) return;
    this.busy = true;
    while (this.isNear && this.jobs.length && !this.gone) {
      const isOpen = ({ owner }) => owner.element?.querySelector("details").open;
      const isStep = ({ owner }) => owner !== this;
      const job = this.jobs.find(isOpen) ?? this.jobs.find(isStep) ?? this.jobs[0];
      this.jobs.splice(this.jobs.indexOf(job), 1);
      await job.act();
    }
    this.busy = false;
  }

  /**
   * The truth of a step of a lesson.
   * @param {object} lesson
   * @param {number} place
   * @param {() => boolean} isOver
   * @returns {Promise<object | null>} null where it is over
   */
  async truth(lesson, place, isOver) {
    const text = await packed(finished(lesson));
    const parameters = new URLSearchParams({ lesson: "own", lesson_data: text, lesson_step: place + 1 });
    parameters.set("mode", this.mode);
    try {
      return await answered("step", parameters, () => this.gone || isOver());
    } catch (error) {
      throw Object.assign(error, { sentence: error.sentence?.replace(/^lesson_data: /, "") ?? String(error) });
    }
  }

  /** A lesson in which one step stands alone at its place. */
  alone(step, place) {
    return { title: "–", steps: [...Array(place).fill(EMPTY), step] };
  }

  get mode() {
    return document.querySelector(".live")?.dataset.mode ?? "light";
  }

  async check() {
    const said = JSON.stringify(this.mine);
    const isOld = () => said !== JSON.stringify(this.mine);
    if (!this.mine.steps.length) return;
    let problem = "";
    if (!this.wrong.length) {
      await this.truth(this.mine, 0, isOld).catch((error) => (problem = error.sentence));
    }
    if (isOld() || this.gone) return;
    const data = finished(this.mine);
    this.checked = { problem, data, text: await packed(data) };
    this.write();
  }

  /** Forms of steps that something is amiss with. */
  get wrong() {
    return [...this.forms.values()].filter(({ problem }) => problem);
  }

  // --- what comes out ---

  write() {
    const { labels } = this.data;
    const { checked, wrong } = this;
    const isReady = Boolean(checked) && !wrong.length && !checked.problem;
    for (const form of this.forms.values()) form.allow(isReady);
    if (!checked) {
      this.out.replaceChildren(element("p", "maker-status", { textContent: labels.checking, role: "status" }));
      return;
    }
    if (!isReady) {
      const { problem } = checked;
      const list = element("ul", "maker-problems");
      const items = wrong.map((form) => [button("live-link", form.problem, () => form.open(true))]);
      if (problem) items.push([problem]);
      for (const parts of items) {
        const item = element("li", "");
        item.append(...parts);
        list.append(item);
      }
      this.out.replaceChildren(element("p", "maker-status", { textContent: labels.missing, role: "status" }), list);
      return;
    }
    const link = this.link();
    const copy = button("maker-button", labels.link, () => this.share(copy, link));
    const open = element("a", "maker-link", { textContent: labels.window, href: link, target: "_blank" });
    const row = element("p", "maker-row");
    row.append(
      button("maker-button is-first", labels.preview, () => this.preview(0)),
      copy,
      button("maker-button", labels.file, () => this.download()),
      open,
    );
    const ready = fill(labels.ready, { count: this.mine.steps.length });
    this.out.replaceChildren(element("p", "maker-status", { textContent: ready, role: "status" }), row);
  }

  link(place = 0) {
    const link = new URL(location.pathname, location.href);
    link.search = new URLSearchParams({ lesson: "own", lesson_data: this.checked.text });
    if (place) link.searchParams.set("lesson_step", place + 1);
    return link.href;
  }

  // Pages served without TLS may not touch the clipboard, so they show the link instead.
  async share(made, link) {
    const { labels } = this.data;
    try {
      await navigator.clipboard.writeText(link);
      made.textContent = labels.copied;
    } catch {
      window.prompt(labels.link, link);
    }
  }

  download() {
    const file = new Blob([toml(this.checked.data)], { type: "application/toml" });
    const href = URL.createObjectURL(file);
    element("a", "", { href, download: "lesson.toml" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  }

  /** Show it in the lesson's place on this page. */
  preview(place) {
    this.hand({ lesson: "own", lesson_data: this.checked.text, lesson_step: place + 1 });
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  }
}
