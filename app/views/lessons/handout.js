// A lesson on paper: questions with room to write, and the answers on pages of their own. It is put together when it is
// asked for, out of sight, and gone when it is printed.

import { answered } from "../../live/ask.js";
import { button, element } from "../../live/elements.js";
import { entriesOf, legendEntry } from "../../live/legend.js";
import { cover, pictureOf } from "./pictures.js";
import { estimate, fill } from "./predictions.js";

const PAPER = { width: 820, height: 240, background: "#ffffff" };
const TO_DRAW_ON = { ...PAPER, height: 370 };
const LINES = { choice: 2, number: 2, curve: 2, "": 2 }; // to write on, by the kind of prediction
const LINK = 140; // characters of an address that somebody would type

let isBusy = false;

/**
 * Print a lesson.
 * @param {import("./lesson.js").default} shown
 */
export async function handout(shown) {
  if (isBusy) return;
  isBusy = true;
  const { lesson } = shown;
  const { labels, query } = shown.data;
  const dialog = element("dialog", "lesson-grid handout-dialog");
  const said = element("p", "", { role: "status" });
  const bar = element("progress", "", { max: lesson.steps.length, value: 0, ariaHidden: true });
  dialog.append(said, bar, button("lesson-button", labels.cancel, () => dialog.close()));
  shown.root.append(dialog);
  dialog.showModal();
  const sheets = element("div", "handout");
  try {
    const asked = [];
    const told = [];
    for (const [place, step] of lesson.steps.entries()) {
      said.textContent = fill(labels.preparing, { number: place + 1, count: lesson.steps.length });
      bar.value = place;
      const found = await stepOf(step, place, query, () => !dialog.open);
      if (!found) return;
      asked.push(await question(step, place, found.shown, labels));
      if (step.kind || step.moves || found.truth.truth) told.push(await answer(step, place, found.truth, labels));
    }
    sheets.append(...head(lesson, labels), ...asked, ...answers(lesson, told, labels));
    document.body.append(sheets);
    await Promise.all([...sheets.querySelectorAll("img")].map((image) => image.decode()));
    dialog.close();
    await printed();
  } catch (error) {
    said.textContent = error.sentence ?? labels.broken;
    bar.remove();
    if (dialog.open) await new Promise((resolve) => dialog.addEventListener("close", resolve));
  } finally {
    sheets.remove();
    dialog.remove();
    isBusy = false;
  }
}

/** The browser's own dialog, until it is over; some browsers go on at once and say later that it is. */
function printed() {
  return new Promise((resolve) => {
    addEventListener("afterprint", resolve, { once: true });
    window.print();
  });
}

// What is trained is trained to its end, as it is before the truth is told.
async function stepOf(step, place, query, isOver) {
  const asked = new URLSearchParams(query);
  asked.set("lesson_step", place + 1);
  asked.set("mode", "light");
  const truth = await answered("step", asked, isOver);
  const before = new URLSearchParams(step.shown);
  before.set("plain", "true");
  before.set("mode", "light");
  const shown = truth && step.moves ? await answered(step.endpoint, before, isOver) : truth;
  return shown && { truth, shown: structuredClone(shown.figure) };
}

function head(lesson, labels) {
  const name = element("p", "handout-name");
  name.append(...[labels.name, labels.date].map((text) => element("span", "", { textContent: text })));
  return [
    name,
    element("h1", "", { textContent: lesson.title }),
    element("p", "handout-about", { textContent: lesson.about }),
  ];
}

async function question(step, place, figure, labels) {
  const isCovered = step.kind === "curve" || (step.kind && !step.moves);
  const legend = legendOf(figure);
  if (isCovered) cover(figure, step.kind);
  const sheet = element("section", "handout-step");
  sheet.append(
    element("h2", "", { textContent: `${place + 1}. ${step.title}` }),
    element("p", "handout-question", { textContent: step.question }),
    ...picture(await pictureOf(figure, step.kind === "curve" ? TO_DRAW_ON : PAPER), legend),
    ...room(step, labels),
  );
  return sheet;
}

function room(step, labels) {
  const parts = [];
  if (step.kind === "choice") {
    const list = element("ul", "handout-options");
    list.append(...step.options.map((text) => element("li", "", { textContent: text })));
    parts.push(list);
  }
  if (step.kind === "number") parts.push(element("p", "", { textContent: labels.mark_number }), scale(step));
  if (step.kind === "curve") parts.push(element("p", "", { textContent: labels.draw_here }));
  if (!step.kind && step.try) parts.push(element("p", "", { textContent: `${labels.try}: ${step.try}` }));
  const lines = Array.from({ length: LINES[step.kind] }, () => element("div", "handout-line"));
  if (step.kind) lines[0].textContent = labels.because;
  return [...parts, ...lines];
}

/** A line of numbers to mark one on. */
function scale({ low, high }) {
  const line = element("p", "handout-scale");
  const at = (share) => estimate(low + (high - low) * share);
  line.append(...[0, 0.25, 0.5, 0.75, 1].map((share) => element("span", "", { textContent: at(share) })));
  return line;
}

async function answer(step, place, truth, labels) {
  const sheet = element("section", "handout-step");
  const right = step.kind === "choice" ? step.options[truth.right] : step.kind === "number" ? truth.written : "";
  const texts = [right && fill(labels.right_is, { answer: right }), truth.truth, truth.why];
  const legend = legendOf(truth.figure);
  sheet.append(
    element("h2", "", { textContent: `${place + 1}. ${step.title}` }),
    ...texts.filter(Boolean).map((textContent) => element("p", "", { textContent })),
    ...picture(await pictureOf(truth.figure, PAPER), legend),
  );
  if (step.kind && step.try) sheet.append(element("p", "", { textContent: `${labels.try}: ${step.try}` }));
  return sheet;
}

function answers(lesson, told, labels) {
  const title = element("h1", "handout-answers", { textContent: fill(labels.answers, { title: lesson.title }) });
  const { href } = location;
  const where = fill(labels.screen, { address: href });
  return [title, ...told, ...(href.length <= LINK ? [element("p", "handout-hint", { textContent: where })] : [])];
}

function legendOf(figure) {
  const entries = entriesOf(figure.data);
  const legend = element("ul", "live-legend");
  legend.append(...entries.map(legendEntry));
  return entries.length > 1 ? [legend] : [];
}

function picture(src, legend) {
  return [...legend, element("img", "handout-picture", { src, alt: "" })];
}
