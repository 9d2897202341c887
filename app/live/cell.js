// The page of gates: the drawn cell, one cursor through everything, surgery. A frame brings all steps at once, so
// moving the cursor asks the server for nothing.

const SVG = "http://www.w3.org/2000/svg";
const MATH = "http://www.w3.org/1998/Math/MathML";
const BOX = { width: 104, height: 34 };
const RADIUS = 14;
const DECADES = 16; // of the gradient's colour scale, on either side of 1
const SPEEDS = [1, 4, 15, 60];

export function kind(Live) {
  return class Cell extends Live {
    constructor(root, home) {
      super(root, home);
      root.classList.add("cell");
      this.t = 1;
      this.view = "forward";
      this.speed = matchMedia("(prefers-reduced-motion: reduce)").matches ? 4 : 15;
      this.playing = 0;
      this.plots = new Map();
      this.visible = new Set();
      this.watch = new IntersectionObserver((entries) => this.see(entries), { rootMargin: "100px" });
      this.build();
    }

    destroy() {
      this.playing = 0;
      this.watch.disconnect();
      this.fit.disconnect();
      for (const plot of this.plots.values()) Plotly.purge(plot);
      super.destroy();
    }

    // --- what stands where ---

    build() {
      this.stage = element("div", "cell-stage", { tabIndex: 0 });
      this.stage.setAttribute("role", "group");
      this.svg = this.stage.appendChild(svg("svg", { class: "cell-diagram", role: "img" }));
      this.caption = this.stage.appendChild(element("p", "cell-caption"));
      this.tip = this.stage.appendChild(element("p", "cell-tip", { hidden: true }));
      this.scrub = element("div", "cell-scrub");
      const figure = this.part("figure");
      const holder = element("div", "cell-time");
      this.part("legend").before(this.stage, this.scrub);
      figure.before(holder);
      holder.append(figure, (this.cursor = element("div", "cell-cursor")));
      this.panels = element("div", "cell-panels");
      holder.after(this.panels);
      this.fit = new ResizeObserver(() => this.cell && (this.drawDiagram(true), this.move(this.t)));
      this.fit.observe(this.stage);
      this.stage.addEventListener("keydown", (event) => this.key(event));
      this.stage.inert = this.scrub.inert = true; // until there is something to move through
      this.stage.addEventListener("pointerleave", () => this.hint(null));
    }

    drawControls() {
      super.drawControls();
      if (!this.slider) this.buildScrubber();
      const names = this.data.panels.map(({ name }) => name).join();
      if (this.panels.dataset.names !== names) this.buildPanels(names);
    }

    buildScrubber() {
      const { labels } = this.data;
      const button = (name, sign, act) => {
        const made = element("button", `cell-button cell-${name}`, { type: "button", textContent: sign, title: labels[name] });
        made.setAttribute("aria-label", labels[name]);
        made.addEventListener("click", act);
        return made;
      };
      this.back = button("back", "◀◀", () => this.play(-1));
      this.forth = button("play", "▶", () => this.play(1));
      this.slider = element("input", "cell-step", { type: "range", min: 1, max: 1, step: 1 });
      this.slider.setAttribute("aria-label", labels.cursor);
      this.slider.addEventListener("input", () => (this.play(0), this.move(Number(this.slider.value))));
      this.slider.addEventListener("keydown", (event) => event.key === " " && this.key(event));
      this.reading = element("output", "cell-reading");
      const speed = element("select", "cell-speed", { title: labels.speed });
      speed.setAttribute("aria-label", labels.speed);
      for (const value of SPEEDS) speed.append(new Option(`${value}/s`, value, false, value === this.speed));
      speed.addEventListener("change", () => (this.speed = Number(speed.value)));
      const views = element("fieldset", "cell-views");
      views.setAttribute("aria-label", labels.show);
      for (const view of ["forward", "backward"]) {
        const label = element("label", "");
        const input = element("input", "", { type: "radio", name: "cell-view", value: view, checked: view === this.view });
        input.addEventListener("change", () => ((this.view = view), this.move(this.t)));
        label.append(input, labels[view]);
        views.append(label);
      }
      this.scrub.append(
        this.back,
        button("earlier", "‹", () => this.stepBy(-1)),
        button("later", "›", () => this.stepBy(1)),
        this.forth,
        this.slider,
        this.reading,
        speed,
        views,
      );
    }

    buildPanels(names) {
      this.panels.dataset.names = names;
      this.watch.disconnect();
      for (const plot of this.plots.values()) Plotly.purge(plot);
      this.plots.clear();
      this.visible.clear();
      this.panels.replaceChildren();
      for (const { name, heading, look } of this.data.panels) {
        const panel = element("section", `cell-panel cell-panel-${name}`);
        panel.dataset.name = name;
        panel.append(element("h3", "", { textContent: heading }), element("p", "cell-look", { textContent: look }));
        const body = panel.appendChild(element("div", `cell-body`));
        if (["maps", "saturation", "highway"].includes(name)) {
          const plot = body.appendChild(element("div", "cell-plot"));
          plot.setAttribute("role", "img");
          plot.setAttribute("aria-label", heading);
          if (name !== "saturation") body.append(element("div", "cell-cursor"));
          this.plots.set(name, plot);
        }
        if (name === "maps") panel.insertBefore(this.orderBox(), body);
        if (this.plots.has(name)) panel.insertBefore(element("ul", "live-legend"), body);
        if (name === "surgery") this.table = body.appendChild(element("div", "cell-surgery"));
        if (name === "arithmetic") this.buildArithmetic(body);
        this.panels.append(panel);
        this.watch.observe(panel);
      }
      this.rows = "";
      this.formulas = "";
    }

    orderBox() {
      const label = element("label", "cell-check");
      this.order = element("input", "", { type: "checkbox" });
      this.order.addEventListener("change", () => this.change({ ordered: this.order.checked }));
      label.append(this.order, this.data.labels.ordered);
      return label;
    }

    // --- a frame ---

    async draw(answer) {
      const cell = unpacked(answer.cell);
      const first = this.arrivalDrawn !== this.arrival;
      this.cell = cell;
      this.figures = answer.figures;
      this.arrivalDrawn = this.arrival;
      this.slider.max = cell.length;
      this.stage.inert = this.scrub.inert = false;
      this.drawDiagram();
      const isFirst = !this.frames;
      await super.draw(answer);
      if (isFirst) this.part("figure").on("plotly_afterplot", () => this.point(this.part("figure"), this.cursor));
      this.stale = new Set(this.plots.keys());
      await this.drawPlots();
      this.drawSurgery();
      this.drawFormulas();
      if (this.order) this.order.checked = cell.ordered;
      this.move(first ? cell.at : Math.min(this.t, cell.length));
    }

    front() {
      return this.stage;
    }

    // A rerun that began before the last operation was handed over would undo it.
    isOld() {
      const query = new URLSearchParams(this.data.query);
      const own = ["hold", "blocked", "unit", "ordered"].filter((name) => this.awaited?.[name] !== undefined);
      const missing = own.some((name) => (query.get(name) ?? "") !== plain(this.awaited[name], name));
      if (missing && performance.now() < this.awaited.until) {
        clearTimeout(this.late);
        this.late = setTimeout(() => this.update(this.component), this.awaited.until - performance.now() + 1);
        return true;
      }
      return super.isOld();
    }

    change(values, delay = 250) {
      Object.assign(this.values, values);
      this.dirty = true;
      clearTimeout(this.settled);
      this.follow();
      this.settle(delay);
    }

    see(entries) {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.visible.add(target.dataset.name);
        else this.visible.delete(target.dataset.name);
      }
      if (this.cell) this.drawPlots().then(() => this.move(this.t));
    }

    async drawPlots() {
      for (const name of [...(this.stale ?? [])]) {
        const plot = this.plots.get(name);
        const figure = this.figures[name];
        if (!plot || !this.visible.has(name) || !figure) continue;
        this.stale.delete(name);
        plot.style.height = `${figure.height}px`;
        Object.assign(figure.layout, { autosize: true, showlegend: false, paper_bgcolor: this.background, plot_bgcolor: this.background });
        const isNew = !plot.data;
        await Plotly.react(plot, figure.data, figure.layout, { displayModeBar: false, responsive: true });
        if (isNew) {
          const cursor = plot.parentElement.querySelector(".cell-cursor");
          plot.on("plotly_click", ({ points }) => this.pick(points[0]));
          if (cursor) plot.on("plotly_afterplot", () => this.point(plot, cursor));
        }
        const legend = plot.closest(".cell-panel").querySelector(".live-legend");
        const scales = new Map(figure.data.filter(({ type }) => type === "heatmap").map((map) => [map.zmin, map]));
        const entries = scales.size ? [...scales.values()].map(scaleKey) : figure.data.filter(({ showlegend }) => showlegend !== false).map(key);
        if (legend) legend.replaceChildren(...entries);
      }
    }

    pick(point) {
      if (!point.data.uid.startsWith("saturation")) this.move(Math.round(point.x));
    }

    // --- the cursor ---

    stepBy(by) {
      this.play(0);
      this.move(this.t + by);
    }

    key(event) {
      const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
      if (event.key in moves) this.stepBy(moves[event.key]);
      else if (event.key === "Home") this.stepBy(-this.cell.length);
      else if (event.key === "End") this.stepBy(this.cell.length);
      else if (event.key === " ") this.play(this.playing ? 0 : this.view === "backward" ? -1 : 1);
      else return;
      event.preventDefault();
    }

    play(direction) {
      const going = this.playing === direction ? 0 : direction;
      const wasStill = !this.playing;
      this.playing = going;
      const { labels } = this.data;
      for (const [button, way, sign, name] of [[this.back, -1, "◀◀", "back"], [this.forth, 1, "▶", "play"]]) {
        button.textContent = going === way ? "❚❚" : sign;
        button.setAttribute("aria-label", going === way ? labels.pause : labels[name]);
        button.title = going === way ? labels.pause : labels[name];
      }
      if (!going) return;
      if (going < 0) {
        this.view = "backward";
        this.scrub.querySelector("[value=backward]").checked = true;
        this.move(this.t <= 1 || this.t > this.cell.last ? this.cell.last : this.t);
      } else if (this.t >= this.cell.length) this.move(1);
      this.since = performance.now();
      if (wasStill) requestAnimationFrame((now) => this.tick(now));
    }

    tick(now) {
      if (!this.playing) return;
      const due = Math.floor(((now - this.since) * this.speed) / 1000);
      if (due > 0) {
        this.since += (due * 1000) / this.speed;
        this.move(this.t + due * this.playing);
      }
      if (this.t <= 1 && this.playing < 0) this.play(0);
      else if (this.t >= this.cell.length && this.playing > 0) this.play(0);
      else requestAnimationFrame((later) => this.tick(later));
    }

    move(step) {
      const { cell } = this;
      this.t = Math.max(1, Math.min(cell.length, step));
      this.root.dataset.step = this.t;
      this.slider.value = this.t;
      const text = `t = ${this.t} / ${cell.length}`;
      this.slider.setAttribute("aria-valuetext", text);
      this.reading.textContent = text;
      this.point(this.part("figure"), this.cursor);
      for (const [name, plot] of this.plots) {
        const cursor = plot.parentElement.querySelector(".cell-cursor");
        if (cursor && this.visible.has(name)) this.point(plot, cursor);
      }
      this.showDiagram();
      if (this.visible.has("arithmetic")) this.showFormulas();
    }

    point(plot, cursor) {
      const layout = plot._fullLayout;
      if (!layout?.xaxis) return;
      const x = layout.xaxis._offset + layout.xaxis.l2p(this.t);
      cursor.style.transform = `translateX(${x}px)`;
      cursor.style.height = `${layout.height - layout.margin.b}px`;
    }

    // The address with the cursor's step: a link shows the same picture.
    async share() {
      const address = new URL(location.href);
      address.searchParams.set("at", this.t);
      try {
        await navigator.clipboard.writeText(address.href);
        this.part("share").textContent = this.data.texts.copied;
      } catch {
        window.prompt(this.data.texts.share, address.href);
      }
    }

    // --- numbers at the cursor ---

    wire(array, place, t = this.t) {
      return t < 1 ? 0 : this.cell[array][(t - 1) * this.cell.shape.wires + place];
    }

    // The value that leaves a node: mean of a gate, size of anything else.
    strength(node) {
      if (node.wire !== null) return this.wire(node.gate && !node.signed ? "mean" : "size", node.wire);
      if (node.id === "x") return this.cell.input[this.t - 1];
      return this.wire("size", this.cell.stateWires[this.cell.fields.indexOf(node.id)], this.t - 1);
    }

    unitOf(node) {
      if (node.wire !== null) return this.wire("one", node.wire);
      return this.wire("one", this.cell.stateWires[this.cell.fields.indexOf(node.id)], this.t - 1);
    }

    // log10 of the gradient that goes back along an edge.
    flow(edge) {
      const { cell } = this;
      const target = this.nodes.get(edge.target);
      if (target.kind === "output") return cell.after[(this.t - 1) * cell.shape.fields + cell.fields.indexOf(target.name)];
      const parts = edge.feeds.map((feed) => cell.feeds[(this.t - 1) * cell.shape.feeds + feed]);
      if (parts.length === 1) return parts[0];
      const largest = Math.max(...parts);
      return Number.isFinite(largest) ? largest + 0.5 * Math.log10(parts.reduce((sum, part) => sum + 100 ** (part - largest), 0)) : largest;
    }

    // --- the diagram ---

    drawDiagram(anew = false) {
      const { cell } = this;
      const structure = JSON.stringify([cell.nodes.map(({ id, label, name, column, row, colour }) => [id, label, name, column, row, colour]), cell.colours.text]);
      this.nodes = new Map(cell.nodes.map((node) => [node.id, node]));
      if (structure === this.structure && !anew) return;
      this.structure = structure;
      const { width, height } = this.stage.getBoundingClientRect();
      const columns = Math.max(...cell.nodes.map(({ column }) => column));
      const rows = Math.max(1, ...cell.nodes.map(({ row }) => row));
      const gap = Math.min(62, (height - 70) / rows);
      const top = (height - gap * rows) / 2 - 4; // the caption stands below
      this.place = ({ column, row }) => [40 + (column * (width - 80)) / columns, top + row * gap];
      this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      this.svg.replaceChildren();
      const defs = this.svg.appendChild(svg("defs"));
      for (const [id, path] of [["cell-head", "M0 0L7 3.5L0 7Z"], ["cell-tail", "M7 0L0 3.5L7 7Z"]]) {
        const marker = svg("marker", { id, viewBox: "0 0 7 7", refX: id === "cell-head" ? 6 : 1, refY: 3.5, markerWidth: 7, markerHeight: 7, markerUnits: "userSpaceOnUse", orient: "auto" });
        marker.append(svg("path", { d: path, fill: "context-stroke" }));
        defs.append(marker);
      }
      const wires = this.svg.appendChild(svg("g", { class: "cell-wires" }));
      const flows = this.svg.appendChild(svg("g", { class: "cell-flows" })); // over all wires
      this.edges = cell.edges.map((edge) => this.drawEdge(wires, flows, edge));
      this.marks = new Map(cell.nodes.map((node) => [node.id, this.drawNode(node)]));
      for (const node of cell.nodes) this.clearNumber(node, this.marks.get(node.id));
    }

    drawEdge(parent, flows, { source, target }) {
      const from = this.nodes.get(source);
      const to = this.nodes.get(target);
      const [x1, y1] = this.place(from);
      const [x2, y2] = this.place(to);
      const left = x1 + reach(from);
      const right = x2 - reach(to) - 3;
      const bend = Math.max(18, Math.min(90, (right - left) / 2));
      const height = (edge) => this.nodes.get(edge.source).row;
      const incoming = this.cell.edges.filter((edge) => edge.target === target).sort((a, b) => height(a) - height(b));
      const order = incoming.findIndex((edge) => edge.source === source);
      const spread = to.kind === "layer" && incoming.length > 1 ? (order - (incoming.length - 1) / 2) * 14 : 0;
      const end = y2 + spread;
      const { curves } = this.route(from, to, [left, y1], [right, end], bend);
      const d = `M${left} ${y1}${curves.map(([, ...rest]) => `C${rest.flat().join(" ")}`).join("")}`;
      const halo = parent.appendChild(svg("path", { d, class: "cell-hit" }));
      const path = parent.appendChild(svg("path", { d, class: "cell-wire", "data-from": source, "data-to": target }));
      // Before a box the numbers stand in a column, each on its own wire.
      const along = path.getPointAtLength(path.getTotalLength() * (to.kind === "op" ? 0.62 : 0.5));
      const [x, y] = to.kind === "layer" ? [right - 15, end + 4] : [along.x, along.y - 4];
      const label = flows.appendChild(svg("text", { x, y, class: "cell-number cell-flow" }));
      halo.addEventListener("pointerenter", () => this.hint({ edge: this.cell.edges.find((edge) => edge.source === source && edge.target === target) }));
      halo.addEventListener("pointerleave", () => this.hint(null));
      return { path, label, source, target, points: curves.flatMap(sampled) };
    }

    // The first way that runs through no other node: into a circle from above or below, past what stands in the row it
    // leaves, aslant, from the left between the boxes.
    route(from, to, start, end, bend) {
      const [x, y] = this.place(to);
      const tried = (curves) => ({ curves, met: this.met(curves, from, to) });
      const ways = [];
      if (to.kind === "op" && Math.abs(y - start[1]) > 30) {
        const side = Math.sign(start[1] - y);
        const upright = ([left, level]) => [[left, level], [Math.max(left, x - bend), level], [x, level], [x, y + Math.sign(level - y) * (RADIUS + 3)]];
        ways.push(tried([upright(start)]));
        const columns = ways[0].met.filter(({ column }) => column < to.column).map(({ column }) => this.place({ column, row: 0 })[0]);
        for (const by of columns.length ? [-0.5, 0.5] : []) {
          const lane = this.place({ column: 0, row: from.row + by })[1];
          const last = [Math.max(...columns) + RADIUS + 4, lane];
          const passing = levels([start, [Math.min(...columns) - RADIUS - 4, lane], last]);
          ways.push(tried([...passing, ...(Math.abs(y - lane) > 40 ? [upright(last)] : levels([last, end]))]));
        }
        const near = (RADIUS + 3) * Math.SQRT1_2;
        const far = near + Math.min(28, Math.abs(y - start[1]) / 3);
        ways.push(tried([[start, [start[0] + (x - far - start[0]) * 0.6, start[1]], [x - far, y + side * far], [x - near, y + side * near]]]));
      }
      ways.push(tried(levels([start, ...this.past(from, to, start, end), end])));
      return ways.reduce((best, way) => (way.met.length < best.met.length ? way : best));
    }

    // The nodes that a way runs through, besides its ends.
    met(curves, from, to) {
      const points = curves.flatMap(sampled);
      const inside = (node) => {
        const [x, y] = this.place(node);
        const [width, height] = node.kind === "layer" ? [BOX.width / 2, BOX.height / 2] : [RADIUS, RADIUS];
        return points.some((point) => Math.abs(point[0] - x) < width && Math.abs(point[1] - y) < height);
      };
      return this.cell.nodes.filter((node) => node.id !== from.id && node.id !== to.id && inside(node));
    }

    // Points between the rows, where a way would run under a box.
    past(from, to, start, end) {
      const points = [];
      for (let column = from.column + 1; column < to.column; column += 1) {
        const [x] = this.place({ column, row: 0 });
        const share = (x - start[0]) / (end[0] - start[0]);
        const y = start[1] + (end[1] - start[1]) * share ** 2 * (3 - 2 * share);
        const box = this.cell.nodes.find((node) => node.kind === "layer" && node.column === column && Math.abs(this.place(node)[1] - y) < BOX.height / 2 + 4);
        if (!box) continue;
        const lane = this.place({ column, row: box.row + (end[1] > start[1] || box.row === 0 ? 0.5 : -0.5) })[1];
        points.push([x - BOX.width / 2 - 4, lane], [x + BOX.width / 2 + 4, lane]);
      }
      return points;
    }

    // A circle's number stands above its way out, or below it where a wire rises from there.
    clearNumber(node, { number }) {
      if (node.kind !== "op" || node.name) return;
      const [x, y] = this.place(node);
      const met = (low, high) => this.edges.flatMap(({ points }) => points).filter((point) => point[0] > x + RADIUS + 2 && point[0] < x + RADIUS + 32 && point[1] > y + low && point[1] < y + high).length;
      if (met(-20, -4) > met(4, 20)) number.setAttribute("y", RADIUS + 4);
    }

    drawNode(node) {
      const [x, y] = this.place(node);
      const group = this.svg.appendChild(svg("g", { class: `cell-node cell-${node.kind}`, transform: `translate(${x} ${y})`, "data-node": node.id }));
      const mark = { group };
      if (node.colour) group.style.setProperty("--hue", node.colour);
      if (node.kind === "layer") {
        const { width, height } = BOX;
        group.append(svg("rect", { x: -width / 2, y: -height / 2, width, height, rx: 5 }));
        mark.bar = group.appendChild(svg("rect", { x: -width / 2, y: height / 2 - 6, width: 0, height: 6, class: "cell-bar" }));
        text(group, node.name || this.letters(node), -width / 2 + 9, 3, "cell-name");
        text(group, node.label, -2, 2, "cell-label");
        mark.number = text(group, "", width / 2 - 7, 2, "cell-number cell-end");
      } else if (node.kind === "op") {
        group.append(svg("circle", { r: RADIUS }));
        text(group, node.label, 0, node.label.length > 1 ? 4 : 5.5, node.label.length > 2 ? "cell-sign cell-small" : "cell-sign");
        if (node.name) text(group, node.name, RADIUS + 3, -RADIUS + 1, "cell-name");
        mark.number = text(group, "", RADIUS + (node.name ? 15 : 3), -RADIUS + (node.name ? 1 : 6), "cell-number cell-start");
      } else {
        const label = text(group, node.kind === "input" ? node.id : node.name, 0, 5, "cell-name cell-terminal");
        const index = document.createElementNS(SVG, "tspan");
        index.textContent = node.kind === "input" && node.id !== "x" ? "t−1" : "t";
        index.setAttribute("class", "cell-index");
        index.setAttribute("dy", 4);
        label.append(index);
        mark.number = node.kind === "input" ? text(group, "", 0, 22, "cell-number") : null;
      }
      group.addEventListener("pointerenter", () => this.hint({ node: this.nodes.get(node.id) }));
      group.addEventListener("pointerleave", () => this.hint(null));
      return mark;
    }

    // A learned layer without a nonlinearity has no name; its matrices have.
    letters({ id }) {
      const edges = this.cell.edges.filter(({ target }) => target === id);
      return [...new Set(edges.map((edge) => this.letter(edge)))].join(" ");
    }

    // W for the input's matrix, U for a state's, w for a vector of weights.
    letter({ source, unitwise }) {
      return unitwise ? "w" : source === "x" ? "W" : "U";
    }

    // Vectors of weights that no name tells apart are numbered.
    ordinal(edge) {
      const unnamed = this.cell.edges.filter(({ target, unitwise }) => unitwise && !this.nodes.get(target).name);
      return edge.unitwise ? String(unnamed.indexOf(edge) + 1) : "";
    }

    showDiagram() {
      const { cell } = this;
      const isBack = this.view === "backward";
      this.svg.classList.toggle("is-backward", isBack);
      this.caption.textContent = this.data.labels[isBack ? "captionBackward" : "captionForward"];
      const flows = isBack ? cell.edges.map((edge) => this.flow(edge)) : [];
      const largest = Math.max(-Infinity, ...flows.filter(Number.isFinite));
      this.edges.forEach(({ path, label, source }, place) => {
        const node = this.nodes.get(source);
        if (isBack) {
          const flow = flows[place];
          const share = Number.isFinite(flow) ? 10 ** (flow - largest) : 0;
          path.style.stroke = Number.isFinite(flow) ? shade(cell.scale, flow / DECADES) : cell.colours.grid;
          path.style.strokeWidth = share ? 1.2 + 6.8 * share : 0.8;
          path.setAttribute("marker-start", "url(#cell-tail)");
          path.removeAttribute("marker-end");
          label.textContent = Number.isFinite(flow) ? signed(flow, 1) : "";
        } else {
          const strength = this.strength(node);
          path.style.stroke = node.colour || cell.colours.muted;
          path.style.strokeWidth = 0.8 + 4.2 * Math.min(1, strength || 0);
          path.setAttribute("marker-end", "url(#cell-head)");
          path.removeAttribute("marker-start");
          label.textContent = "";
        }
      });
      for (const [id, mark] of this.marks) {
        const node = this.nodes.get(id);
        if (node.kind === "output") continue;
        mark.group.classList.toggle("is-held", this.isHeld(node));
        mark.group.classList.toggle("is-blocked", cell.blocked.includes(node.name));
        const strength = this.strength(node);
        if (mark.bar) mark.bar.setAttribute("width", (BOX.width * Math.min(1, Math.max(0, strength || 0))).toFixed(1));
        mark.number.textContent = isBack && node.kind !== "layer" && node.wire === null ? "" : isBack && node.wire !== null ? power(this.wire("gradient", node.wire)) : signed(strength, 2);
      }
      if (this.hinted) this.hint(this.hinted);
      if (!this.playing) this.svg.setAttribute("aria-label", this.spoken());
      this.stage.setAttribute("aria-label", this.data.labels.diagram.replace("{t}", this.t));
    }

    isHeld({ name }) {
      return this.cell.holds.some((hold) => hold.name === name && hold.first <= this.t && this.t <= hold.last);
    }

    spoken() {
      const named = this.cell.nodes.filter(({ name, kind }) => name && kind !== "output");
      const parts = named.map((node) => `${node.name} ${signed(this.strength(node), 2)}, ${this.data.labels.gradientSize} ${power(this.wire("gradient", node.wire))}`);
      return `${this.data.labels.diagram.replace("{t}", this.t)}: ${parts.join("; ")}`;
    }

    // Numbers of what is under the pointer.
    hint(what) {
      this.hinted = what;
      this.tip.hidden = !what;
      if (!what) return;
      const { labels } = this.data;
      const edge = what.edge;
      const node = what.node && this.nodes.get(what.node.id);
      const lines = [];
      const subject = node ?? this.nodes.get(edge.source);
      const title = subject.role ? `${subject.name} · ${subject.role}` : subject.name || (subject.kind === "input" ? `${subject.id}${subject.id === "x" ? "" : " (t−1)"}` : subject.label || "W");
      lines.push(edge ? `${title} → ${this.nodes.get(edge.target).name || this.nodes.get(edge.target).label || "W"}` : title);
      if (subject.kind !== "output") {
        if (subject.wire !== null) lines.push(`${labels.mean} ${signed(this.wire("mean", subject.wire), 3)}`);
        lines.push(`${labels.size} ${signed(subject.wire !== null ? this.wire("size", subject.wire) : this.strength(subject), 3)}`);
        if (subject.id !== "x") lines.push(`${labels.oneUnit.replace("{unit}", this.cell.unit)} ${signed(this.unitOf(subject), 3)}`);
      }
      const back = edge ? this.flow(edge) : subject.wire !== null ? this.wire("gradient", subject.wire) : NaN;
      if (!Number.isNaN(back)) lines.push(`${labels.gradientSize} ${Number.isFinite(back) ? signed(back, 2) : labels.nothing}`);
      this.tip.textContent = lines.join("\n");
      const [x, y] = this.place(node ?? this.nodes.get(edge.target));
      const width = this.stage.clientWidth;
      this.tip.style.left = `${Math.max(4, Math.min(width - 190, x - (edge ? 200 : -20)))}px`;
      this.tip.style.top = `${y + 18}px`;
    }

    // --- surgery ---

    drawSurgery() {
      if (!this.table) return;
      const { cell } = this;
      const { labels } = this.data;
      const rows = JSON.stringify([cell.names, cell.length]);
      if (rows !== this.rows) {
        this.rows = rows;
        this.table.replaceChildren();
        this.holds = new Map();
        for (const each of cell.names) this.table.append(...this.surgeryRow(each));
        const buttons = this.table.appendChild(element("p", "cell-all"));
        const gates = cell.names.map(({ name }) => name).filter((name) => !cell.fields.includes(name));
        const button = (label, values) => {
          const made = buttons.appendChild(element("button", "cell-button", { type: "button", textContent: label }));
          made.addEventListener("click", () => this.change(values, 0));
        };
        button(labels.none, { hold: "" });
        button(labels.all, { blocked: "" });
        if (gates.length) button(labels.only, { blocked: gates.join("~") });
      }
      if (this.values.hold === undefined && this.values.blocked === undefined) {
        for (const [name, row] of this.holds) {
          const held = cell.holds.find((hold) => hold.name === name);
          row.hold.checked = Boolean(held);
          if (held) {
            row.value.value = held.value;
            row.first.value = held.first;
            row.last.value = held.last;
          }
          row.through.checked = !cell.blocked.includes(name);
          row.tell();
        }
      }
    }

    surgeryRow({ name, role, low, high, colour }) {
      const { labels } = this.data;
      const { length } = this.cell;
      const range = (label, least, most, step, value) => {
        const holder = element("label", "cell-range");
        const input = element("input", "", { type: "range", min: least, max: most, step, value });
        const output = element("output", "");
        input.setAttribute("aria-label", `${name}: ${label}`);
        holder.append(element("span", "", { textContent: label }), input, output);
        return { holder, input, output };
      };
      const check = (label, aria) => {
        const holder = element("label", "cell-check");
        const input = element("input", "", { type: "checkbox" });
        input.setAttribute("aria-label", aria);
        holder.append(input, label);
        return { holder, input };
      };
      const title = element("span", "cell-who");
      title.append(element("b", "", { textContent: name }), ` ${role}`);
      title.style.setProperty("--hue", colour);
      const hold = check(labels.hold, `${labels.hold} ${name}`);
      const value = range(labels.value, low, high, 0.01, high);
      const first = range(labels.first, 1, length, 1, Math.max(1, Math.round(length / 3)));
      const last = range(labels.last, 1, length, 1, Math.max(1, Math.round((2 * length) / 3)));
      const through = check(labels.through, `${labels.through} ${name}`);
      through.input.checked = true;
      const row = { hold: hold.input, value: value.input, first: first.input, last: last.input, through: through.input };
      row.tell = () => {
        value.output.textContent = signed(Number(row.value.value), 2);
        first.output.textContent = row.first.value;
        last.output.textContent = row.last.value;
      };
      for (const part of [row.value, row.first, row.last]) {
        part.addEventListener("input", () => {
          row.hold.checked = true;
          if (part === row.first) row.last.value = Math.max(Number(row.last.value), Number(part.value));
          if (part === row.last) row.first.value = Math.min(Number(row.first.value), Number(part.value));
          row.tell();
          this.change({ hold: this.heldText() }, 600);
        });
      }
      row.hold.addEventListener("change", () => this.change({ hold: this.heldText() }));
      row.through.addEventListener("change", () => this.change({ blocked: this.blockedText() }));
      this.holds.set(name, row);
      row.tell();
      return [title, hold.holder, value.holder, first.holder, last.holder, through.holder];
    }

    heldText() {
      const held = [...this.holds].filter(([, row]) => row.hold.checked);
      return held.map(([name, row]) => [name, Number(row.value.value), row.first.value, row.last.value].join("_")).join("~");
    }

    blockedText() {
      return [...this.holds].filter(([, row]) => !row.through.checked).map(([name]) => name).join("~");
    }

    // --- the arithmetic of one unit ---

    buildArithmetic(body) {
      const label = body.appendChild(element("label", "cell-range cell-unit"));
      this.unitBox = element("input", "", { type: "number", min: 1, max: 1, step: 1 });
      this.unitBox.addEventListener("change", () => this.change({ unit: Math.max(1, Math.min(this.cell.units, Number(this.unitBox.value) || 1)) }, 0));
      label.append(element("span", "", { textContent: this.data.labels.unit }), this.unitBox);
      this.lines = body.appendChild(element("div", "cell-lines"));
    }

    drawFormulas() {
      if (!this.lines) return;
      this.unitBox.max = this.cell.units;
      this.unitBox.value = this.cell.unit;
      const formulas = JSON.stringify([this.structure, this.cell.unit]);
      if (formulas === this.formulas) return;
      this.formulas = formulas;
      this.slots = [];
      this.alternatives = [];
      this.lines.replaceChildren();
      const defined = this.cell.nodes.filter(({ name, kind }) => name && kind !== "output");
      for (const node of defined.sort((one, other) => one.column - other.column)) {
        const symbols = element("div", "cell-formula");
        symbols.append(math([this.symbol(node), mo("="), ...this.defined(node, false)]));
        const numbers = element("div", "cell-formula cell-plugged");
        const isBare = node.kind === "layer" && !node.label; // its sum is its result
        const made = numbers.appendChild(math([mo("="), ...(isBare ? [] : [...this.defined(node, true), mo("=")]), this.slot(node, true)]));
        const held = numbers.appendChild(math([mo("="), this.slot(node, true)]));
        held.append(mathml("mtext", `\u00a0(${this.data.labels.held})`));
        this.alternatives.push({ node, made, held });
        this.lines.append(symbols, numbers);
      }
    }

    symbol(node) {
      const sub = mathml("msub");
      const name = mi(node.kind === "input" ? node.id : node.name, node.colour);
      const before = mathml("mrow");
      before.append(mi("t"), mo("−"), mn("1"));
      sub.append(name, node.kind === "input" && node.id !== "x" ? before : mi("t"));
      return sub;
    }

    slot(node, isResult = false, isLater = false) {
      const number = mn("0");
      number.style.color = node.colour || "";
      if (isResult) number.style.fontWeight = "600";
      this.slots.push({ number, node, isLater });
      return number;
    }

    // What a node is computed from, as symbols or with its numbers.
    defined(node, plugged) {
      const edges = this.cell.edges.filter(({ target }) => target === node.id);
      const sources = edges.map(({ source }) => this.nodes.get(source));
      if (node.kind === "layer") {
        if (plugged) {
          const inner = node.pre === null ? this.slot(node) : this.slot({ ...node, wire: node.pre, colour: "" });
          return node.label ? [mi(node.label), mo("("), inner, mo(")")] : [inner];
        }
        const terms = edges.map((edge) => {
          const times = edge.unitwise ? [mo("⊙")] : [];
          return [weight(this.letter(edge), node.name || this.ordinal(edge)), ...times, this.term(this.nodes.get(edge.source), false)].flat();
        });
        if (!edges.every(({ unitwise }) => unitwise)) terms.push([weight("b", node.name)]);
        const sum = terms.flatMap((term, place) => (place ? [mo("+"), ...term] : term));
        return node.label ? [mi(node.label), mo("("), ...sum, mo(")")] : sum;
      }
      const terms = sources.map((source, place) => this.term(source, plugged, place > 0));
      const sign = { "×": plugged ? "·" : "⊙", "+": "+", "−": "−", "÷": "/" }[node.label];
      if (sign) return terms.flatMap((term, place) => (place ? [mo(sign), ...term] : term));
      if (node.label.endsWith("−")) return [mn(node.label.slice(0, -1)), mo("−"), ...terms.flat()];
      return [mi(node.label), mo("("), ...terms.flat(), mo(")")];
    }

    term(node, plugged, isLater = false) {
      if (node.name || node.kind === "input") {
        if (!plugged) return [this.symbol(node)];
        return [this.slot(node, false, isLater)];
      }
      const inner = this.defined(node, plugged);
      const bare = (node.kind === "layer" && plugged) || node.label === "×" || !/^[+−1]/.test(node.label || "+");
      return bare ? inner : [mo("("), ...inner, mo(")")];
    }

    showFormulas() {
      for (const { number, node, isLater } of this.slots ?? []) {
        const text = signed(this.unitOf(node), 3);
        number.textContent = isLater && text.startsWith("−") ? `(${text})` : text;
      }
      for (const { node, made, held } of this.alternatives ?? []) {
        made.style.display = this.isHeld(node) ? "none" : "";
        held.style.display = this.isHeld(node) ? "" : "none";
      }
    }
  };
}

// What a value is in the address; a default is left out there.
function plain(value, name) {
  if (name === "unit") return value === 1 ? "" : String(value);
  return value === false ? "" : String(value);
}

function unpacked(cell) {
  return Object.fromEntries(Object.entries(cell).map(([name, value]) => [name, value?.bdata === undefined ? value : floats(value.bdata)]));
}

function floats(packed) {
  return new Float32Array(Uint8Array.from(atob(packed), (character) => character.charCodeAt(0)).buffer);
}

// Curves through points, level at each.
function levels(points) {
  return points.slice(1).map(([x, y], place) => {
    const [before, level] = points[place];
    const bend = Math.min(90, (x - before) / 2);
    return [[before, level], [before + bend, level], [x - bend, y], [x, y]];
  });
}

// Points along a cubic Bézier curve.
function sampled(curve) {
  const weigh = (t) => [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
  return Array.from({ length: 33 }, (_, place) => {
    const weights = weigh(place / 32);
    return [0, 1].map((axis) => curve.reduce((sum, point, at) => sum + weights[at] * point[axis], 0));
  });
}

function reach({ kind }) {
  return { layer: BOX.width / 2, op: RADIUS, input: 18, output: 12 }[kind];
}

function signed(value, digits) {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

function power(log10) {
  return Number.isFinite(log10) ? signed(log10, 1) : "–";
}

// Colour of a share from −1 to 1 on a scale of stops from 0 to 1.
function shade(stops, share) {
  const place = Math.max(0, Math.min(1, 0.5 + share / 2));
  const next = Math.max(1, stops.findIndex(([stop]) => stop >= place));
  const [[low, one], [high, other]] = [stops[next - 1], stops[next]];
  const mix = (place - low) / (high - low);
  const channels = [1, 3, 5].map((at) => Math.round(parseInt(one.slice(at, at + 2), 16) * (1 - mix) + parseInt(other.slice(at, at + 2), 16) * mix));
  return `rgb(${channels.join()})`;
}

function key({ name, line, marker }) {
  const entry = document.createElement("li");
  const dashes = { dash: "7 4", dot: "2 3" };
  const mark = line ? `<path d="M0 6H30" stroke="${line.color}" stroke-width="${line.width}" stroke-dasharray="${dashes[line.dash] ?? ""}"/>` : `<rect x="6" y="1" width="18" height="11" fill="${marker.color}" opacity="${marker.opacity}"/>`;
  entry.innerHTML = `<svg width="30" height="12" aria-hidden="true">${mark}</svg>`;
  entry.append(name);
  return entry;
}

function scaleKey({ zmin, zmax, colorscale }) {
  const entry = element("li", "cell-scale");
  const bar = element("span", "");
  bar.style.background = `linear-gradient(to right, ${colorscale.map(([stop, colour]) => `${colour} ${100 * stop}%`).join()})`;
  entry.append(signed(zmin, 0), bar, signed(zmax, 0));
  return entry;
}

function element(tag, className, properties = {}) {
  return Object.assign(document.createElement(tag), { className }, properties);
}

function svg(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function text(parent, content, x, y, className) {
  const made = parent.appendChild(svg("text", { x, y, class: className }));
  made.textContent = content;
  return made;
}

function mathml(tag, content = "") {
  const made = document.createElementNS(MATH, tag);
  made.textContent = content;
  return made;
}

function math(parts) {
  const made = mathml("math");
  made.append(...parts);
  return made;
}

function mi(name, colour = "") {
  const made = mathml("mi", name);
  made.style.color = colour;
  return made;
}

function mo(sign) {
  return mathml("mo", sign);
}

function mn(number) {
  return mathml("mn", number);
}

function weight(letter, name) {
  if (!name) return mi(letter);
  const made = mathml("msub");
  made.append(mi(letter), mi(name));
  return made;
}
