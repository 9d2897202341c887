// The live component: sliders, verdict and a Plotly figure. Frames come from a stateless route; the next request leaves
// only when the last frame is drawn, so the newest value always wins and nothing queues.

const instances = new WeakMap();
let plotly = null;

export async function mount(component, home) {
  await loadPlotly(home);
  const root = component.parentElement.querySelector(".live");
  if (!instances.has(root)) instances.set(root, new Live(root, home));
  const live = instances.get(root);
  live.update(component);
  return () => {
    live.destroy();
    instances.delete(root);
  };
}

function loadPlotly(home) {
  plotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("plotly.min.js", home).href;
    script.onload = resolve;
    script.onerror = () => {
      plotly = null;
      reject(new Error(`could not load ${script.src}`));
    };
    document.head.append(script);
  });
  return plotly;
}

class Live {
  constructor(root, home) {
    this.root = root;
    this.home = home;
    this.part = (name) => root.querySelector(`.live-${name}`);
    this.controls = new Map();
    this.values = {};
    this.dirty = false; // a value moved since the last request left
    this.busy = false; // a request or a drawing is under way
    this.held = false; // the finger is down
    this.settled = null; // timer that hands the values to Streamlit
    this.awaited = null; // values handed over that no rerun has answered yet
    this.late = null; // timer that gives up waiting for that answer
    this.frames = 0;
    this.part("share").addEventListener("click", () => this.share());
    this.resize = new ResizeObserver(() => this.figure && Plotly.Plots.resize(this.part("figure")));
    this.resize.observe(this.part("figure"));
  }

  destroy() {
    this.resize.disconnect();
    clearTimeout(this.settled);
    clearTimeout(this.late);
    Plotly.purge(this.part("figure"));
  }

  // A rerun of the page: everything anew, unless the finger is ahead of it.
  update(component) {
    this.component = component;
    this.data = component.data;
    this.background = this.backgroundColour();
    this.dark = isDark(this.background);
    this.paintWords();
    if (this.dirty || this.busy || this.held || this.settled || this.isOld()) return;
    if (this.arrival !== undefined && this.arrival !== this.data.arrival) this.root.scrollIntoView({ block: "center" });
    this.arrival = this.data.arrival;
    this.values = Object.fromEntries(this.data.controls.map((control) => [control.name, control.value]));
    this.drawControls();
    this.query = this.data.query;
    this.part("share").textContent = this.data.texts.share;
    this.say(this.data.words, true);
    this.figure = repaint(JSON.parse(this.data.figure), this.dark ? this.data.repaint : {});
    Object.assign(this.figure.layout, { paper_bgcolor: this.background, plot_bgcolor: this.background });
    this.draw();
  }

  // Whether this rerun began before the last values were handed over: then its answer would move the slider back.
  isOld() {
    clearTimeout(this.late);
    const answered = this.data.controls.every(({ name, value }) => (this.awaited?.[name] ?? value) === value);
    if (!answered && performance.now() < this.awaited.until) {
      this.late = setTimeout(() => this.update(this.component), this.awaited.until - performance.now() + 1);
      return true;
    }
    this.awaited = null;
    return false;
  }

  backgroundColour() {
    const probe = document.createElement("span");
    probe.style.color = "var(--st-background-color)";
    this.root.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  }

  paintWords() {
    this.root.style.setProperty("--live-cold", this.dark ? "#7cc0ff" : "#0b5cad");
    this.root.style.setProperty("--live-hot", this.dark ? "#ff9a76" : "#b3301a");
  }

  drawControls() {
    const box = this.part("controls");
    const names = this.data.controls.map((control) => control.name).join();
    if (box.dataset.names !== names) {
      box.dataset.names = names;
      box.replaceChildren();
      this.controls.clear();
      for (const control of this.data.controls) this.addControl(box, control);
      this.badge = box.appendChild(Object.assign(document.createElement("p"), { className: "live-badge" }));
    }
    for (const control of this.data.controls) {
      const { input } = this.controls.get(control.name);
      input.disabled = Boolean(control.disabled);
      input.title = control.help;
      input.value = positionOf(control, control.value);
      this.show(control, control.value);
    }
  }

  addControl(box, control) {
    const label = document.createElement("label");
    label.className = "live-control";
    const output = document.createElement("output");
    const input = Object.assign(document.createElement("input"), { type: "range", min: 0, max: control.positions, step: 1 });
    input.name = control.name;
    input.setAttribute("aria-label", control.label);
    label.append(Object.assign(document.createElement("span"), { textContent: control.label }), output, input);
    box.append(label);
    this.controls.set(control.name, { input, output });
    input.addEventListener("pointerdown", () => (this.held = true));
    input.addEventListener("input", () => {
      const value = valueAt(control, Number(input.value));
      this.values[control.name] = value;
      this.show(control, value);
      this.dirty = true;
      clearTimeout(this.settled);
      this.settled = null;
      this.follow();
    });
    input.addEventListener("change", () => this.settle(this.held ? 0 : 250));
    for (const end of ["pointerup", "pointercancel"]) input.addEventListener(end, () => (this.held = false));
  }

  show(control, value) {
    const { input, output } = this.controls.get(control.name);
    output.textContent = written(value);
    input.setAttribute("aria-valuetext", written(value));
  }

  // Ask, draw, ask again while something moved meanwhile.
  async follow() {
    if (this.busy) return;
    this.busy = true;
    while (this.dirty) {
      this.dirty = false;
      try {
        await this.apply(await this.ask());
        this.note("");
      } catch (error) {
        this.note(error.sentence ?? this.data.texts.offline);
      }
    }
    this.busy = false;
  }

  async ask() {
    const parameters = new URLSearchParams(this.data.query);
    for (const [name, value] of Object.entries(this.values)) parameters.set(name, value);
    const response = await fetch(new URL(`${this.data.endpoint}?${parameters}`, this.home));
    if (!response.ok) {
      const problem = await response.json().catch(() => ({}));
      throw Object.assign(new Error("frame refused"), { sentence: problem.problem });
    }
    return unpack(await response.arrayBuffer());
  }

  async apply({ header, numbers }) {
    let start = 0;
    for (const [uid, attributes] of Object.entries(header.traces)) {
      const trace = this.figure.data.find((candidate) => candidate.uid === uid);
      for (const [path, content] of Object.entries(attributes)) {
        const isCount = typeof content === "number";
        const values = isCount ? numbers.slice(start, (start += content)) : content;
        if (trace) setPath(trace, path, values);
      }
    }
    for (const [path, range] of Object.entries(header.layout)) setPath(this.figure.layout, path, range);
    this.query = header.query;
    this.say(header.words, false);
    await this.draw();
  }

  async draw() {
    const box = this.part("figure");
    this.figure.layout.height = undefined;
    this.figure.layout.autosize = true;
    await Plotly.react(box, this.figure.data, this.figure.layout, { displayModeBar: false, responsive: false });
    this.frames += 1;
    box.dataset.frames = this.frames;
    box.dataset.query = this.query;
  }

  say(words, aloud) {
    const headline = this.part("headline");
    headline.textContent = `${words.headline}:`;
    headline.dataset.kind = words.kind;
    this.part("sentence").textContent = words.sentence;
    this.part("asides").textContent = words.asides;
    this.part("comparisons").textContent = words.comparisons.join("\n");
    this.badge.textContent = words.badge;
    this.badge.dataset.ok = words.badge_ok;
    this.part("figure").setAttribute("aria-label", `${words.headline}: ${words.sentence}`);
    if (aloud) this.part("announcer").textContent = `${words.headline}: ${words.sentence}`;
  }

  // The address bar is the link; pages served without TLS may not touch the clipboard, so they show it instead.
  async share() {
    try {
      await navigator.clipboard.writeText(location.href);
      this.part("share").textContent = this.data.texts.copied;
    } catch {
      window.prompt(this.data.texts.share, location.href);
    }
  }

  note(sentence) {
    const notice = this.part("notice");
    notice.hidden = !sentence;
    notice.textContent = sentence;
  }

  // The finger is up: once the last frame is drawn, hand the values to Streamlit.
  settle(delay) {
    this.held = false;
    clearTimeout(this.settled);
    this.settled = setTimeout(() => {
      if (this.busy) return this.settle(20);
      this.settled = null;
      this.awaited = { ...this.values, until: performance.now() + 2000 };
      this.component.setStateValue("moved", { ...this.values });
    }, delay);
  }
}

function isDark(colour) {
  const [red, green, blue] = colour.match(/[\d.]+/g).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

function positionOf(control, value) {
  const { low, high, log, positions } = control;
  const share = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.round(share * positions);
}

function valueAt(control, position) {
  const { low, high, log, whole, positions } = control;
  const share = position / positions;
  const value = log ? low * (high / low) ** share : low + (high - low) * share;
  return whole ? Math.round(value) : Number(value.toPrecision(3));
}

function written(value) {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

function unpack(buffer) {
  const size = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  return { header, numbers: new Float32Array(buffer, 4 + size) };
}

function setPath(target, path, value) {
  const names = path.split(".");
  const last = names.pop();
  for (const name of names) target = target[name] = { ...target[name] };
  target[last] = value;
}

// Every colour of the light theme replaced by its counterpart.
function repaint(node, colours) {
  if (typeof node === "string") return colours[node] ?? node;
  if (Array.isArray(node)) return node.map((item) => repaint(item, colours));
  if (node && typeof node === "object" && !ArrayBuffer.isView(node)) {
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, repaint(value, colours)]));
  }
  return node;
}
