// The presenter's view, and a figure in a frame of a course page. `present=1` in any address: no sidebar, large type, a
// clicker's keys. `embed=true`: the figure and its sliders alone, whose size is told to the page around it.

import { element } from "./elements.js";

const NEXT = ["PageDown", "ArrowRight", "ArrowDown"];
const BACK = ["PageUp", "ArrowLeft", "ArrowUp"];
const ACTS = { b: "blank", ".": "blank", f: "full", g: "grid", n: "notes", Escape: "leave" };
const LEAST_FONT = 16; // px that can be read in the last row
const LARGER = 1.3;

const root = document.documentElement;
const channel = new BroadcastChannel("unrolled.lesson");
const me = crypto.randomUUID?.() ?? String(Math.random()); // which of several open lessons a speaker's window follows
let last = null; // where the lesson stands

const does = {
  next: () => act("next"),
  back: () => act("back"),
  grid: () => act("grid"),
  blank: () => blank(),
  full: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
  notes: () => open(new URL("speaker.html", import.meta.url).href + `#${me}`, `speaker-${me}`, "width=760,height=620"),
  leave: () => dispatchEvent(new CustomEvent("unrolled:set", { detail: { present: false } })),
};

function act(name) {
  dispatchEvent(new CustomEvent("unrolled:present", { detail: name }));
}

function look() {
  const asked = new URLSearchParams(location.search);
  root.toggleAttribute("data-present", ["1", "true"].includes(asked.get("present")));
  root.toggleAttribute("data-embed", asked.get("embed") === "true");
}

function blank() {
  const curtain = document.querySelector(".present-curtain");
  if (curtain) curtain.remove();
  else document.body.append(element("div", "present-curtain", { onclick: blank }));
}

function key(event) {
  if (!root.hasAttribute("data-present") || event.ctrlKey || event.metaKey || event.altKey) return;
  const isPage = event.key.startsWith("Page");
  const inControl = event.target.closest?.("input, select, textarea, [role=application]");
  if (inControl && !isPage && event.key !== "Escape") return;
  const name = NEXT.includes(event.key)
    ? "next"
    : BACK.includes(event.key)
    ? "back"
    : ACTS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  const isOpen = document.querySelector("dialog[open]") !== null; // which has the arrows, and closes with Escape
  if (!name || (isOpen && !["grid", "blank"].includes(name))) return;
  if (name === "leave" && (inControl || document.fullscreenElement)) return;
  event.preventDefault();
  event.stopPropagation();
  const curtain = document.querySelector(".present-curtain");
  if (curtain && name !== "full") return curtain.remove(); // what was asked in the dark only brings the picture back
  does[name]();
}

/**
 * The same figure with type and lines that are read from afar.
 * @param {object} part of a figure of Plotly's
 */
function enlarge(part, isFont = false) {
  for (const [name, value] of Object.entries(part)) {
    if (isFont && name === "size" && typeof value === "number") part[name] = Math.max(LEAST_FONT, value * LARGER);
    else if (name === "line" && typeof value?.width === "number") value.width *= LARGER;
    else if (name === "marker" && typeof value?.size === "number") value.size *= LARGER;
    if (value && typeof value === "object" && !ArrayBuffer.isView(value)) enlarge(value, /font$/i.test(name));
  }
}

export const isPresenting = () => root.hasAttribute("data-present");

export function enlarged(figure) {
  const { margin } = figure.layout;
  enlarge(figure.data);
  enlarge(figure.layout);
  figure.layout.font = { ...figure.layout.font, size: Math.max(LEAST_FONT, figure.layout.font?.size ?? 0) };
  if (margin) { for (const side of ["l", "b"]) margin[side] = (margin[side] ?? 0) * LARGER; }
}

function announce(size) {
  if (parent !== window) parent.postMessage({ type: "unrolled:size", ...size }, "*");
}

look();
navigation?.addEventListener("currententrychange", look);
addEventListener("popstate", look);
addEventListener("keydown", key, true);
addEventListener("unrolled:lesson", ({ detail }) => {
  last = detail;
  channel.postMessage({ from: me, ...detail });
});
channel.addEventListener("message", ({ data }) => {
  if (data.to !== me) return;
  if (data.act) does[data.act]?.();
  else if (last) channel.postMessage({ from: me, ...last });
});
if (root.hasAttribute("data-embed")) {
  const seen = new Set();
  const sizes = new ResizeObserver(([{ target }]) => {
    const { width, height } = target.getBoundingClientRect();
    announce({ width: Math.ceil(width), height: Math.ceil(height) });
  });
  new MutationObserver(() => {
    const live = document.querySelector(".live:not(.live-lower)");
    if (live && !seen.has(live)) sizes.observe(seen.add(live) && live);
  }).observe(document.body, { childList: true, subtree: true });
}
