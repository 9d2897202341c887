// What a reader takes along of a figure: the picture as it stands, and what routes answer of it as files.

import { HOME, later } from "./ask.js";
import { button, element } from "./elements.js";
import { entriesOf } from "./legend.js";

const TITLE = 16; // px of the verdict above a picture
const LINE = 1.35; // of a line of it, in heights of its type
const GLYPH = 0.52; // width of a letter of it, the same
const LINK = 11; // px of the link below a picture
const ENTRY = 12; // px of the type of a legend
const MARK = 45; // px of a mark in it, and around it
const ROW = 20; // px of a row of it
const AGAIN = 150; // ms before a file that is being computed is asked for again

/**
 * @typedef {object} Offer
 * @property {string} label of the menu
 * @property {string} file how names of files begin
 * @property {string} cell of a picture that names none
 * @property {string} picture said where no picture comes about
 * @property {{kind: string, label: string, route?: string}[]} choices kinds of files;
 *   the route is the figure's own where none is named
 */

/** The menu beside a figure. */
export class Take {
  /**
   * @param {HTMLDetailsElement} box
   * @param {import("./live.js").Live} live
   */
  constructor(box, live) {
    this.live = live;
    this.box = box;
    this.problem = element("li", "live-refused", { role: "alert", hidden: true });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !box.open) return;
      event.stopPropagation();
      this.close();
      box.firstElementChild.focus();
    });
    box.addEventListener("focusout", ({ relatedTarget }) => box.contains(relatedTarget) || this.close());
    box.addEventListener("toggle", () => (this.problem.hidden = true));
  }

  close() {
    this.box.open = false;
  }

  /** @param {Offer} offer */
  offer(offer) {
    this.texts = offer;
    const [summary, list] = this.box.children;
    summary.textContent = offer.label;
    const drawn = JSON.stringify(offer.choices);
    if (drawn === this.offered) return;
    this.offered = drawn;
    const items = offer.choices.map((choice) => {
      const item = element("li", "");
      item.append(button("live-link", choice.label, () => this.take(choice)));
      return item;
    });
    list.replaceChildren(...items, this.problem);
  }

  /** There is something to take. */
  ready() {
    this.box.dataset.ready = true;
  }

  async take(choice) {
    this.problem.hidden = true;
    try {
      if (choice.kind === "png" || choice.kind === "svg") await this.picture(choice.kind);
      else await this.file(choice);
      this.close();
    } catch (error) {
      this.problem.textContent = error.sentence ?? this.texts.picture;
      this.problem.hidden = false;
    }
  }

  async picture(format) {
    const { live, texts } = this;
    const figure = live.part("figure");
    const cell = live.drawnQuery().get("cell") ?? texts.cell;
    const framed = withWords(figure, live.verdict, live.address().href);
    const href = await Plotly.toImage({ ...framed, config: {} }, {
      ...framed.size,
      format,
      scale: format === "png" ? 2 : 1,
    });
    save(href, `${texts.file}-${cell}.${format}`);
  }

  async file({ kind, route }) {
    const { live } = this;
    const parameters = live.drawnQuery();
    const asked = new URL(`${route ?? `${live.endpoint}.${kind}`}?${parameters}`, HOME);
    let response;
    do {
      if (response) await later(AGAIN);
      response = await fetch(asked).catch(() => null);
      if (!response) throw Object.assign(new Error(), { sentence: live.data.texts.offline });
    } while (response.status === 202 && !live.gone);
    if (live.gone) return;
    if (!response.ok) throw Object.assign(new Error(), { sentence: (await response.json()).problem });
    const name = response.headers.get("content-disposition").match(/filename="(.+)"/)[1];
    const href = URL.createObjectURL(await response.blob());
    save(href, name);
    URL.revokeObjectURL(href);
  }
}

function save(href, download) {
  element("a", "", { href, download }).click();
}

/** A figure with its verdict above it, its legend as Plotly draws it, and its link in the margin below. */
function withWords(figure, verdict, link) {
  const { width, height, _size: margin, font } = figure._fullLayout;
  const lines = wrapped(verdict ?? "", (width - 24) / (TITLE * GLYPH));
  const links = wrapped(link, (width - 24) / (LINK * GLYPH), "");
  const legend = ROW * legendRows(figure.data, margin.w);
  const above = lines.length * TITLE * LINE + (lines.length ? 12 : 0);
  const below = links.length * LINK * LINE + 6;
  const size = { width, height: Math.ceil(height + above + legend + below) };
  const note = (text, size, place) => ({
    text,
    x: 0,
    xref: "paper",
    yref: "paper",
    xanchor: "left",
    align: "left",
    showarrow: false,
    xshift: 12 - margin.l,
    font: { size, color: font.color },
    ...place,
  });
  const notes = [
    note(lines.join("<br>"), TITLE, { y: 1, yanchor: "top", yshift: margin.t + legend + above - 6 }),
    note(links.join("<br>"), LINK, { y: 0, yanchor: "bottom", yshift: -margin.b - below + 4 }),
  ];
  const layout = {
    ...figure.layout,
    ...size,
    autosize: false,
    showlegend: legend > 0,
    legend: { orientation: "h", x: 0, y: 1, xanchor: "left", yanchor: "bottom", font: { size: ENTRY } },
    margin: { l: margin.l, r: margin.r, t: margin.t + above + legend, b: margin.b + below, autoexpand: false },
    annotations: [...(figure.layout.annotations ?? []), ...notes.filter(({ text }) => text)],
  };
  return { data: figure.data, layout, size };
}

/** Rows of Plotly's legend: one, or columns as wide as the widest entry. */
function legendRows(traces, width) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = `${ENTRY}px "Open Sans", verdana, arial, sans-serif`;
  const widths = entriesOf(traces).map(({ name }) => context.measureText(name).width + MARK);
  if (widths.reduce((sum, each) => sum + each, 0) <= width) return Math.min(widths.length, 1);
  return Math.ceil(widths.length / Math.max(1, Math.floor(width / Math.max(...widths))));
}

/** Text in lines of so many characters at the most, safe from Plotly's marks. */
function wrapped(text, most, between = " ") {
  const lines = [];
  for (const word of between ? text.split(/\s+/) : (text.match(new RegExp(`.{1,${Math.floor(most)}}`, "gu")) ?? [])) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length + 1 <= most) {
      lines[lines.length - 1] = `${line}${between}${word}`;
    } else if (word) lines.push(word);
  }
  return lines.map((line) => line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"));
}
