// The first page: what its marks are, said on the marks themselves, and the picture explained in its own numbers.

import { element } from "../../live/elements.js";
import { Live } from "../../live/live.js";

const SEEN = "unrolled.start";
const ANCHOR = "#start";
const NARROW = 640; // pixels of a figure beside whose marks there is no room for words

// A browser that keeps nothing throws when it is asked to.
function wasSeen() {
  try {
    return localStorage.getItem(SEEN) !== null;
  } catch {
    return false;
  }
}

function noteSeen() {
  try {
    localStorage.setItem(SEEN, "1");
  } catch {
    // shown again at the next visit
  }
}

export default class Start extends Live {
  async draw(answer) {
    if (!this.notes) this.build();
    this.explained.replaceChildren(...answer.explained.map((text) => element("p", "", { textContent: text })));
    this.explained.parentElement.hidden = !answer.explained.length;
    await super.draw(answer);
    if (this.frames === 1) this.part("figure").on("plotly_afterplot", () => this.place());
    this.place();
  }

  build() {
    const { labels } = this.data;
    const details = element("details", "start-explained");
    this.explained = element("div", "");
    details.append(element("summary", "", { textContent: labels.explain }), this.explained);
    this.again = element("button", "live-link", { type: "button", textContent: labels.start });
    this.again.addEventListener("click", () => this.tell(this.notes.hidden));
    this.part("share").after(this.again);
    this.part("words").append(details);

    this.notes = element("div", "start-notes", { hidden: true });
    this.notes.append(...labels.callouts.map((callout, place) => this.callout(callout, place + 1)));
    const doors = element("div", "start-doors");
    const link = ({ text, address }) => element("a", "", { textContent: text, href: address, target: "_self" });
    const all = element("details", "start-all");
    const pages = element("div", "start-pages");
    pages.append(...labels.pages.map(link));
    all.append(element("summary", "", { textContent: labels.all }), pages);
    const close = element("button", "", { type: "button", textContent: labels.close });
    close.addEventListener("click", () => this.tell(false));
    doors.append(...labels.doors.map(link), all, close);
    this.doors = doors;
    doors.hidden = true;
    this.part("legend").before(doors);
    const box = element("div", "start-box");
    const figure = this.part("figure");
    figure.before(box);
    box.append(figure, this.notes);
    this.asked = () => location.hash === ANCHOR && this.tell(true);
    addEventListener("hashchange", this.asked);
    this.tell(location.hash === ANCHOR || !wasSeen());
  }

  callout({ points, text }, number) {
    const note = element("p", "start-note");
    const arrow = element("span", "start-arrow", { textContent: ` ${points}`, ariaHidden: true });
    note.append(element("b", "", { textContent: number }), arrow, ` ${text}`);
    return note;
  }

  destroy() {
    removeEventListener("hashchange", this.asked);
    super.destroy();
  }

  tell(isShown) {
    this.notes.hidden = this.doors.hidden = !isShown;
    this.doors.querySelector("details").open = false;
    this.again.setAttribute("aria-pressed", isShown);
    if (!isShown) noteSeen();
    if (!isShown && location.hash === ANCHOR) {
      history.replaceState(history.state, "", location.pathname + location.search);
    }
    this.place();
  }

  /** Put every callout beside its mark. */
  place() {
    const layout = this.part("figure")._fullLayout;
    if (this.notes.hidden || !layout) return;
    this.notes.classList.toggle("is-list", layout.width < NARROW);
    const { xaxis: across, yaxis: gradient, yaxis2: chain, yaxis3: input } = layout;
    const right = across._offset + across._length;
    const curve = this.part("figure")._fullData.find(({ yaxis, y }) => (yaxis ?? "y") === "y" && y?.length);
    const height = (share) => {
      const at = curve.y[Math.round(share * (curve.y.length - 1))];
      const pixel = gradient._offset + gradient.c2p(at);
      return Math.min(Math.max(pixel, gradient._offset + 20), gradient._offset + gradient._length - 20);
    };
    const places = [
      { left: across._offset + 0.3 * across._length, top: input._offset - 4 },
      { right: layout.width - right + 8, top: height(1) + 42 },
      {
        left: across._offset + 0.42 * across._length,
        top: Math.min(height(0.45) + 62, gradient._offset + gradient._length - 80),
      },
      { left: across._offset + 8, top: gradient._offset + 0.72 * gradient._length },
      { left: across._offset + 0.4 * across._length, top: chain._offset - 22 },
    ];
    for (const [number, note] of [...this.notes.children].entries()) {
      const { left, right: fromRight, top } = places[number];
      Object.assign(note.style, {
        left: left === undefined ? "" : `${left}px`,
        right: fromRight === undefined ? "" : `${fromRight}px`,
        top: `${top}px`,
      });
    }
  }
}
