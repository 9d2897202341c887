// The page of notes: below the tally a card for each sentence, to be searched and filtered.

import { element, labelled } from "../../live/elements.js";
import { Live } from "../../live/live.js";

/** @typedef {{says: string, measured: string, expected: string, seeds: string, right: boolean, wrong: boolean,
 *   page: string, query: string}} Case one prediction of a sentence, in words */
/** @typedef {{name: string, topic: string, verdict: string, claim: string, why: string, better: string,
 *   cases: Case[]}} Card */

export default class Notes extends Live {
  async draw(answer) {
    if (!this.cards) this.build();
    await super.draw(answer);
    const isFirst = this.cards.childElementCount === 0;
    this.menu(this.topics, answer.topics);
    this.menu(this.verdicts, answer.verdicts);
    this.cards.replaceChildren(...answer.cards.map((card) => this.card(card, answer)));
    this.filter();
    if (isFirst) this.go(new URLSearchParams(answer.query).get("notes_card"));
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
    const item = [...this.cards.children].find(({ dataset }) => dataset.name === name);
    if (!item) return;
    item.scrollIntoView({ block: "center" });
    item.focus({ preventScroll: true });
  }

  /** @param {Card} card */
  card(card, { verdicts, colours }) {
    const { labels } = this.data;
    const item = element("li", "notes-card", { tabIndex: -1 });
    item.style.setProperty("--verdict", colours[card.verdict]);
    Object.assign(item.dataset, { name: card.name, topic: card.topic, verdict: card.verdict });
    const head = element("p", "notes-head");
    const chip = element("span", "notes-chip", { textContent: verdicts[card.verdict] });
    const share = labelled(
      element("button", "live-link notes-link", { type: "button", textContent: "#" }),
      labels.link,
    );
    share.addEventListener("click", () => this.copy(card.name));
    head.append(chip, share);
    const why = element("details", "");
    why.append(
      element("summary", "", { textContent: labels.why }),
      element("p", "", { textContent: card.why }),
    );
    const better = element("p", "notes-better");
    better.append(element("strong", "", { textContent: labels.better }), ` ${card.better}`);
    const cases = element("ul", "notes-cases");
    cases.append(...card.cases.map((each) => this.case(each)));
    item.append(head, element("p", "notes-claim", { textContent: card.claim }), cases, why, better);
    return item;
  }

  /** @param {Case} told */
  case({ says, measured, expected, seeds, right, wrong, page, query }) {
    const item = element("li", right ? "is-right" : wrong ? "is-wrong" : "is-mixed");
    const found = element("span", "notes-measured", { textContent: `${measured} (${expected}) · ${seeds} ` });
    const link = element("a", "", {
      textContent: this.data.labels.open,
      href: `${this.data.addresses[page]}?${query}`,
      target: "_self",
    });
    found.append(link);
    item.append(says, element("br", ""), found);
    return item;
  }

  copy(name) {
    this.named = name;
    return this.share();
  }

  /** A link to what is shown names the card that was last asked for. */
  address() {
    const address = super.address();
    if (this.named) address.searchParams.set("notes_card", this.named);
    return address;
  }
}
