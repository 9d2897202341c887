// The speaker's window: it follows the lesson of the window that opened it, and can move it on. No server is asked.

import { element } from "./elements.js";

const channel = new BroadcastChannel("unrolled.lesson");
const follows = location.hash.slice(1);
const begun = Date.now();
const clock = element("time", "", {});

const text = (tag, className, textContent) => element(tag, className, { textContent });
const tell = (message) => channel.postMessage({ to: follows, ...message });

function button(textContent, act) {
  const made = element("button", "", { type: "button", textContent });
  made.addEventListener("click", () => tell({ act }));
  return made;
}

function show({ labels, place, count, title, question, notes, truth, following }) {
  const head = element("header", "");
  head.append(text("span", "", labels.step.replace("{number}", place + 1).replace("{count}", count)), clock);
  const moves = element("nav", "");
  moves.append(button(`← ${labels.back}`, "back"), button(`${labels.next} →`, "next"));
  document.body.replaceChildren(
    head,
    text("h1", "", title),
    text("p", "quiet", question),
    text("p", "notes", notes),
    text("p", "", truth),
    moves,
    text("p", "quiet", following && labels.following.replace("{title}", following)),
  );
}

function tick() {
  const seconds = Math.floor((Date.now() - begun) / 1000);
  clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

channel.addEventListener("message", ({ data }) => data.from === follows && show(data));
addEventListener("keydown", ({ key }) => {
  if (["PageDown", "ArrowRight"].includes(key)) tell({ act: "next" });
  if (["PageUp", "ArrowLeft"].includes(key)) tell({ act: "back" });
});
setInterval(tick, 1000);
tick();
tell({});
