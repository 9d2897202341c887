// The page of notes: below the tally a card for each sentence, to be searched, filtered, and tried elsewhere by itself.
// Verdicts come one after the other: a frame shows those that stand, and while some are missing it is asked for again.

import { element, labelled } from "../../live/elements.js";
import { Live } from "../../live/live.js";

/** @typedef {{says: string, measured: string, expected: string, seeds: string, right: boolean, wrong: boolean,
 *   page: string, query: string}} Case one prediction of a sentence, in words */
/** @typedef {{name: string, topic: string, verdict: string, claim: string, why: string, better: string,
 *   takes: {size: boolean, length: boolean}, cases: Case[]}} Card */
/** @typedef {{name: string, where: string, verdict: string, seed: number, size: string, length: number,
 *   cases: Case[]}} Alone a card under numbers of its own */

const AGAIN = { first: 250, longest: 2000 }; // ms before asking again: the first time, and where nothing new comes
const OWN = ["seed", "size", "length"];
const AS_THE_PAGE = { seed: -1, size: "", length: 0 };

export default class Notes extends Live {
  constructor(root) {
    super(root);
    this.items = new Map(); // name: what is drawn of a card
    this.alone = new Map(); // name: what came of a card by itself, as long as the reader has not taken it back
    this.pause = AGAIN.first;
  }

  destroy() {
    clearTimeout(this.again);
    super.destroy();
  }

  async draw(answer) {
    if (!this.cards) this.build();
    const isFirst = this.items.size === 0;
    const isUnfinished = answer.done < answer.count;
    const isWaiting = isUnfinished || answer.alone?.verdict === "pending";
    if (isUnfinished) this.wait({ progress: answer.done / answer.count, preparing: answer.progress_text });
    this.page = answer.at;
    this.keep(answer);
    this.menu(this.topics, answer.topics);
    this.menu(this.verdicts, answer.verdicts);
    for (const card of answer.cards) this.drawCard(card, answer);
    this.filter();
    if (isFirst) this.go(new URLSearchParams(answer.query).get("notes_card"));
    const seen = JSON.stringify([this.mode, answer.query, answer.words, answer.alone?.verdict]);
    if (seen !== this.seen) {
      this.pause = AGAIN.first;
      if (!isWaiting && this.seen) this.aloud = true;
      this.seen = seen;
      await super.draw(answer);
    } else this.pause = Math.min(1.5 * this.pause, AGAIN.longest);
    clearTimeout(this.again);
    if (isWaiting) this.again = setTimeout(() => this.askOnce(), this.pause);
  }

  askOnce() {
    this.dirty ||= this.root.isConnected && !this.gone;
    this.follow();
  }

  build() {
    const { labels } = this.data;
    this.search = element("input", "", { type: "search", placeholder: labels.search, ariaLabel: labels.search });
    this.topics = element("select", "", { ariaLabel: labels.topic });
    this.verdicts = element("select", "", { ariaLabel: labels.verdict });
    for (const input of [this.search, this.topics, this.verdicts]) {
      input.addEventListener("input", () => this.filter());
    }
    const bar = element("div", "notes-bar");
    bar.append(this.search, this.topics, this.verdicts);
    this.cards = element("ul", "notes-cards");
    this.none = element("p", "notes-none", { textContent: labels.none, hidden: true });
    this.root.classList.add("notes");
    this.part("figure").after(bar, this.cards, this.none);
  }

  /** Fill a menu, and keep what is chosen in it. */
  menu(select, entries) {
    const chosen = select.value;
    const options = [["", this.data.labels.all], ...Object.entries(entries)];
    if (select.options.length === options.length) return;
    select.replaceChildren(...options.map(([value, text]) => new Option(text, value, false, value === chosen)));
  }

  filter() {
    const wanted = this.search.value.trim().toLowerCase();
    let shown = 0;
    for (const item of this.cards.children) {
      const { topic, verdict } = item.dataset;
      item.hidden = !(
        (!this.topics.value || topic === this.topics.value) &&
        (!this.verdicts.value || verdict === this.verdicts.value) &&
        item.textContent.toLowerCase().includes(wanted)
      );
      shown += !item.hidden;
    }
    this.none.hidden = shown > 0;
  }

  /** Bring a card into view. */
  go(name) {
    const item = this.items.get(name)?.item;
    if (!item) return;
    item.scrollIntoView({ block: "center" });
    item.focus({ preventScroll: true });
  }

  /** Remember what came of one card by itself; the others keep theirs. */
  keep({ alone, query }) {
    if (alone) this.alone.set(alone.name, alone);
    else this.alone.delete(new URLSearchParams(query).get("notes_card"));
  }

  /**
   * Draw what has changed of a card, so that what is open stays open and what has the focus keeps it.
   * @param {Card} card
   */
  drawCard(card, { verdicts, colours }) {
    if (!this.items.has(card.name)) this.items.set(card.name, this.card(card));
    const drawn = this.items.get(card.name);
    const alone = this.alone.get(card.name);
    const seen = JSON.stringify([card, alone, colours, this.page]);
    if (seen === drawn.seen) return;
    drawn.seen = seen;
    const painted = (made, verdict) => {
      made.style.setProperty("--verdict", colours[verdict]);
      return made;
    };
    painted(drawn.item, card.verdict).dataset.verdict = card.verdict;
    drawn.chip.textContent = verdicts[card.verdict];
    this.fill(drawn.cases, card.cases);
    if (!drawn.own) return;
    drawn.own.reset.disabled = !alone;
    drawn.own.result.hidden = !alone;
    for (const name of OWN) {
      const input = drawn.own[name];
      if (input !== document.activeElement) input.value = (alone ?? this.page)[name];
    }
    if (!alone) return;
    drawn.own.details.open ||= !drawn.own.touched; // it came with a link
    drawn.own.touched = true;
    drawn.own.where.textContent = `${alone.where}: `;
    painted(drawn.own.chip, alone.verdict).textContent = verdicts[alone.verdict];
    painted(drawn.own.beside, card.verdict).textContent = verdicts[card.verdict];
    this.fill(drawn.own.cases, alone.cases);
  }

  /** @param {Card} card */
  card({ name, topic, claim, why, better, cases: { length: count }, takes }) {
    const { labels } = this.data;
    const item = element("li", "notes-card", { tabIndex: -1 });
    Object.assign(item.dataset, { name, topic });
    const head = element("p", "notes-head");
    const chip = element("span", "notes-chip");
    const share = labelled(
      element("button", "live-link notes-link", { type: "button", textContent: "#" }),
      labels.link,
    );
    share.addEventListener("click", () => this.copy(name));
    head.append(chip, share);
    const cases = element("ul", "notes-cases");
    const reasons = element("details", "");
    reasons.append(
      element("summary", "", { textContent: labels.why }),
      element("p", "", { textContent: why }),
    );
    const correct = element("p", "notes-better");
    correct.append(element("strong", "", { textContent: labels.better }), ` ${better}`);
    const own = count ? this.own(name, takes) : null; // what cannot be tested cannot be broken
    item.append(head, element("p", "notes-claim", { textContent: claim }), cases, reasons, correct);
    if (own) item.append(own.details);
    this.cards.append(item);
    return { item, chip, cases, own };
  }

  /** The numbers at which one card is tried by itself, and what comes of it. */
  own(name, takes) {
    const { labels, ranges } = this.data;
    const details = element("details", "notes-own");
    const row = element("div", "notes-numbers");
    const inputs = {
      seed: element("input", "", { type: "number", min: 0, max: ranges.seed, step: 1 }),
      size: element("select", "", { disabled: !takes.size }),
      length: element("input", "", { type: "number", min: 1, max: ranges.length, step: 1, disabled: !takes.length }),
    };
    inputs.size.append(...ranges.sizes.map((size) => new Option(size, size)));
    for (const each of OWN) {
      const label = element("label", "", { textContent: labels[each] });
      label.append(inputs[each]);
      row.append(label);
      if (inputs[each].disabled) label.title = labels.fixed;
      inputs[each].addEventListener("change", () => this.try(name));
    }
    const reset = element("button", "", { type: "button", textContent: labels.reset, disabled: true });
    reset.addEventListener("click", () => this.set(name, AS_THE_PAGE));
    row.append(reset);
    const result = element("div", "notes-result", { hidden: true });
    const [where, chip, beside] = ["span", "strong", "strong"].map((tag) => element(tag, "notes-said"));
    const line = element("p", "", { role: "status" });
    line.append(where, chip);
    const whole = element("p", "");
    whole.append(`${labels.whole}: `, beside);
    const cases = element("ul", "notes-cases");
    result.append(line, whole, cases);
    details.append(element("summary", "", { textContent: labels.try }), row, result);
    return { details, ...inputs, reset, result, where, chip, beside, cases };
  }

  /** Try one card at the numbers that stand in it. */
  try(name) {
    const { own } = this.items.get(name);
    own.touched = true;
    if (!OWN.every((each) => own[each].disabled || own[each].reportValidity())) return;
    const chosen = { seed: Number(own.seed.value), size: own.size.value, length: Number(own.length.value) };
    const isThePage = OWN.every((each) => String(chosen[each]) === String(this.page[each]));
    this.set(name, isThePage ? AS_THE_PAGE : chosen);
  }

  set(name, chosen) {
    this.values = { ...this.values, ...addressed(name, chosen) };
    this.pause = AGAIN.first;
    this.dirty = true;
    this.follow();
    this.settle(250);
  }

  /** @param {Case[]} cases */
  fill(list, cases) {
    const focused = [...list.querySelectorAll("a")].indexOf(document.activeElement);
    list.replaceChildren(...cases.map((each) => this.case(each)));
    if (focused >= 0) list.querySelectorAll("a")[focused]?.focus();
  }

  /** @param {Case} told */
  case({ says, measured, expected, seeds, right, wrong, page, query }) {
    const sign = seeds ? right ? "is-right" : wrong ? "is-wrong" : "is-mixed" : "is-pending";
    const item = element("li", sign);
    const found = element("span", "notes-measured", {
      textContent: `${[`${measured} (${expected})`, seeds].filter(Boolean).join(" · ")} `,
    });
    const link = element("a", "", {
      textContent: this.data.labels.open,
      href: `${this.data.addresses[page]}?${query}`,
      target: "_self",
    });
    found.append(link);
    item.append(says, element("br", ""), found);
    return item;
  }

  async copy(name) {
    this.named = name;
    await this.share();
    this.named = undefined;
  }

  /** The link of a card names it, and the numbers it is tried at by itself. */
  address() {
    const address = super.address();
    if (this.named === undefined) return address;
    for (const [field, value] of Object.entries(addressed(this.named, this.alone.get(this.named) ?? AS_THE_PAGE))) {
      address.searchParams.set(field, value);
    }
    return address;
  }
}

/** One card's own numbers, as the address has them. */
function addressed(name, own) {
  return { notes_card: name, ...Object.fromEntries(OWN.map((each) => [`notes_card_${each}`, own[each]])) };
}
