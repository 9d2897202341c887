// On paper a figure is as wide as the page, and afterwards as wide as the window again.

const PAPER = 680; // CSS pixels between the margins of A4 and of Letter
const LOWEST = 420; // pixels of height that a figure gets

let before = [];

addEventListener("beforeprint", () => {
  before = [...document.querySelectorAll(".live-figure[data-frames]")].map((box) => {
    const { width, height } = box.getBoundingClientRect();
    box.style.width = `${PAPER}px`;
    box.style.flex = "none";
    box.style.height = `${Math.max(LOWEST, Math.min(height, PAPER))}px`;
    Plotly.relayout(box, { autosize: false, width: PAPER, height: Math.max(LOWEST, Math.min(height, PAPER)) });
    return { box, width, height };
  });
});

addEventListener("afterprint", () => {
  for (const { box } of before) {
    for (const name of ["width", "height", "flex"]) box.style[name] = "";
    Plotly.relayout(box, { autosize: true, width: undefined, height: undefined });
    Plotly.Plots.resize(box);
  }
  before = [];
});
