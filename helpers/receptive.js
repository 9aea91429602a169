// How far a cell sees. One row of cells a layer, the image at the top: choose a cell, and all cells
// that it depends on light up, back to the image. explorer_parts.js stands before this.

const [EDGE, BAND, HEAD] = [2, 46, 24]; // pixels: round the picture, between rows, above the image
const strong = (words) => {
  const span = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
  put(span, "class", "cw-strong");
  say(span, words);
  return span;
};
const columns = (number) => `${number} column${number > 1 ? "s" : ""}`;

class FieldPicture {
  constructor(model, root) {
    Object.assign(this, { model, root, probe: null });
    this.build();
    this.listeners = ["layers", "n", "depth"].map((name) => [`change:${name}`, () => this.quiet || this.draw()]);
    this.listeners.push(["change:chosen", () => this.quiet || this.paint()]);
    for (const [event, listener] of this.listeners) model.on(event, listener);
    this.watchers = [new ResizeObserver(() => this.resized()), new MutationObserver(() => this.readTheme())];
    this.watchers[0].observe(root);
    this.watchers[1].observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
    this.readTheme();
    this.draw();
  }

  destroy() {
    this.watchers.forEach((watcher) => watcher.disconnect());
    for (const [event, listener] of this.listeners) this.model.off(event, listener);
  }

  build() {
    const keys = "Left and right choose a cell, up and down a layer, Home and End the first and last cell.";
    this.svg = make("svg", { "aria-hidden": "true" });
    this.box = make(
      "div",
      { class: "cw-grid cw-field", role: "application", tabindex: 0, "aria-label": `Layers. ${keys}`, onkeydown: (e) => this.keys(e), ...OWN_KEYS },
      this.svg,
    );
    const show = ({ target }, keep) => target.level === undefined || this.show([target.level, target.cell], keep);
    // A pointer at rest under a picture that grows does not point: it has not moved.
    this.svg.addEventListener("pointermove", (event) => (event.movementX || event.movementY) && show(event, false));
    this.svg.addEventListener("pointerleave", () => this.show(null, false));
    this.svg.addEventListener("click", (event) => show(event, true));
    this.less = button("\u2212 Remove layer", "Remove layer", () => this.grow(this.depth - 1));
    this.more = button("+ Add layer", "Add layer", () => this.grow(this.depth + 1));
    const oninput = (event) => this.grow(Number(event.target.value));
    this.slider = make("input", { type: "range", min: 1, step: 1, "aria-label": "number of layers", ...OWN_KEYS, oninput });
    this.where = make("span", { class: "cw-where", "aria-hidden": "true" });
    this.sentence = make("p", { class: "cw-field-says", role: "status", "aria-live": "polite" });
    put(this.root, "role", "group");
    put(this.root, "aria-label", "Receptive field");
    const player = make("div", { class: "cw-player" }, this.less, this.more, this.slider, this.where);
    this.root.append(player, this.sentence, this.box);
  }

  // ------------------------------------------------ arithmetic (as in receptive.py)

  chain() {
    const levels = [{ name: "image", field: 1, jump: 1, cells: this.model.get("n"), sum: "sees itself: " }];
    for (const [kind, size, stride] of this.model.get("layers").slice(0, this.depth)) {
      const { field, jump, cells } = levels.at(-1);
      levels.push({
        name: `${kind} ${size}${stride === (kind === "conv" ? 1 : size) ? "" : `, by ${stride}`}`,
        size,
        stride,
        field: field + (size - 1) * jump,
        jump: jump * stride,
        cells: Math.floor((cells - size) / stride) + 1,
        sum: `${field} + (${size} ${MINUS} 1) \u00d7 ${jump} = `,
      });
    }
    return levels;
  }

  // First and last cell that the chosen one depends on, from the image to its own layer.
  seen([layer, cell]) {
    const ends = [[cell, cell]];
    for (const { size, stride } of this.levels.slice(1, layer + 1).reverse()) {
      ends.unshift([ends[0][0] * stride, ends[0][1] * stride + size - 1]);
    }
    return ends;
  }

  // In columns of the image: cell 0 sees the first `field` columns, cell j those j jumps further on.
  middle(level, cell) {
    return level.field / 2 + cell * level.jump;
  }

  // ------------------------------------------------ what the reader does

  get depth() {
    return this.model.get("depth");
  }

  set(changes) {
    this.quiet = true; // several changes are drawn as one
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    this.quiet = false;
    this.model.save_changes();
    this.probe = null;
    if ("depth" in changes) this.draw();
    else this.paint();
  }

  grow(depth) {
    const most = this.model.get("layers").length;
    if (depth < 1 || depth > most) return;
    this.quiet = true;
    this.model.set("depth", depth);
    const { cells } = this.chain().at(-1);
    this.set({ depth, chosen: [depth, Math.floor((cells - 1) / 2)] });
  }

  show(place, keep) {
    if (keep) return this.set({ chosen: place });
    if (same(place, this.probe)) return;
    this.probe = place;
    this.paint();
  }

  keys(event) {
    const [layer, cell] = this.model.get("chosen");
    const last = this.levels[layer].cells - 1;
    const along = { ArrowLeft: cell - 1, ArrowRight: cell + 1, Home: 0, End: last }[event.key];
    const across = { ArrowUp: layer - 1, ArrowDown: layer + 1 }[event.key];
    if ((along === undefined && across === undefined) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (along !== undefined) return this.set({ chosen: [layer, clamp(along, 0, last)] });
    if (!this.levels[across]) return;
    const there = (this.middle(this.levels[layer], cell) - this.levels[across].field / 2) / this.levels[across].jump;
    this.set({ chosen: [across, clamp(Math.round(there), 0, this.levels[across].cells - 1)] });
  }

  // ------------------------------------------------ what it shows

  draw() {
    this.probe = null;
    this.levels = this.chain();
    const most = this.model.get("layers").length;
    Object.assign(this.slider, { max: most, value: this.depth });
    say(this.where, `${this.depth} of ${most} layers`);
    // Not "disabled": the button would lose the keyboard's focus at the press that ends the row.
    put(this.less, "aria-disabled", this.depth === 1);
    put(this.more, "aria-disabled", this.depth === most);
    this.layout();
    this.paint();
  }

  resized() {
    if (Math.abs(this.root.clientWidth - this.width) > 1) this.draw();
  }

  readTheme() {
    const ground = getComputedStyle(this.root).backgroundColor.match(/[\d.]+/g) ?? WHITE;
    this.root.classList.toggle("cw-night", ink(ground.slice(0, 3).map(Number)) === "#fff");
  }

  // Names stand left of the rows and sums right of them, or both above the rows where there is no room.
  layout() {
    const { n, wide } = this.measureRoom();
    const rows = this.model.get("layers").length + 1; // room for all layers: the frame keeps its size
    const step = this.high + BAND;
    this.right = this.left + n * this.cell;
    this.top = wide ? HEAD : 2 * HEAD;
    this.end = wide ? this.right + 264 : Math.max(this.right, Math.min(400, this.width - 28)) + EDGE;
    put(this.svg, "width", this.end);
    put(this.svg, "height", this.top + rows * step - BAND + EDGE);
    this.fans = make("g", { class: "cw-fans" });
    this.cells = make("g");
    this.texts = make("g", { class: "cw-field-texts" });
    this.boxes = this.levels.map((level, l) => {
      const y = this.top + l * step;
      this.label(level, l, y, wide);
      return Array.from({ length: level.cells }, (_, j) => this.square(level, l, j, y));
    });
    this.svg.replaceChildren(this.fans, this.cells, this.texts);
  }

  measureRoom() {
    const n = this.model.get("n");
    this.width = this.root.clientWidth;
    const room = this.width - 24 - 2 * EDGE; // the frame's own border
    const wide = (room - 394) / n >= 34;
    this.cell = clamp(Math.floor((room - (wide ? 394 : 0)) / n), 18, 46);
    this.high = clamp(this.cell, 30, 42);
    this.left = wide ? 128 : EDGE;
    return { n, wide };
  }

  write(x, y, kind, ...words) {
    const text = make("text", { x, y, class: kind }, ...words);
    this.texts.append(text);
    return text;
  }

  // What is written beside a row, or above it.
  label(level, l, y, wide) {
    const middle = y + this.high / 2;
    const above = l ? y - 8 : y - 28; // the image has the numbers of its columns there
    const result = strong(String(level.field));
    const name = strong(level.name);
    if (wide) {
      this.write(EDGE, middle - 3, "", name);
      level.count = this.write(EDGE, middle + 16, "cw-quiet");
      this.write(this.right + 26, middle - 3, "", level.sum, result);
      this.write(this.right + 26, middle + 16, "cw-quiet", `neighbours ${columns(level.jump)} apart`);
    } else {
      this.write(EDGE, above, "", name, `  ${level.sum}`, result);
      level.count = this.write(this.end - EDGE, above, "cw-quiet cw-end");
    }
  }

  square(level, l, j, y) {
    const x = this.left + (this.middle(level, j) - 0.5) * this.cell;
    const rect = make("rect", { x: x + 2, y, width: this.cell - 4, height: this.high, rx: 3 });
    const text = make("text", { x: x + this.cell / 2, y: y + this.high / 2, class: "cw-order", "font-size": Math.min(20, this.cell * 0.52) });
    Object.assign(rect, { level: l, cell: j });
    this.cells.append(rect, text);
    if (!l && j % (this.cell < 22 ? 2 : 1) === 0) this.write(x + this.cell / 2, y - 8, "cw-index", String(j));
    return { rect, text, x, y };
  }

  paint() {
    const [layer, cell] = this.probe ?? this.model.get("chosen");
    if (layer > this.depth) return; // Python has taken a layer away and will name another cell
    const ends = this.seen([layer, cell]);
    this.fans.replaceChildren();
    this.levels.forEach((level, l) => {
      const [first, last] = ends[l] ?? [0, -1];
      this.boxes[l].forEach(({ rect, text }, j) => {
        const lit = j >= first && j <= last;
        put(rect, "class", `cw-field-cell ${lit ? (l === layer ? "cw-field-own" : "cw-field-lit") : ""}`);
        say(text, lit ? String(j - first + 1) : "");
        if (lit && l) this.fan(l, j);
      });
      const words = l < layer ? `${last - first + 1} of ${level.cells} seen` : `${level.cells} cell${level.cells > 1 ? "s" : ""}`;
      say(level.count, words);
      level.count.classList.toggle("cw-seen", l < layer);
    });
    this.tell(layer, cell, ends[0]);
  }

  // From a cell to the window that it looks at.
  fan(l, j) {
    const { size, stride } = this.levels[l];
    const below = this.boxes[l][j];
    const [a, b] = [this.boxes[l - 1][j * stride], this.boxes[l - 1][j * stride + size - 1]];
    const [top, right] = [a.y + this.high, this.cell - 2];
    const d = `M${a.x + 2},${top} L${below.x + 2},${below.y} H${below.x + right} L${b.x + right},${top} Z`;
    this.fans.append(make("path", { d }));
  }

  tell(layer, cell, [first, last]) {
    const level = this.levels[layer];
    const which = layer ? `Cell ${cell} of layer ${layer} (${level.name})` : `Column ${cell} of the image`;
    const what = layer ? `sees ${columns(level.field)} of the image, ${first} to ${last}.` : "sees itself.";
    say(this.sentence, `${which} ${what}`);
  }
}

function render({ model, el }) {
  const root = make("div", { class: "cw" });
  el.append(root);
  const picture = new FieldPicture(model, root);
  return () => picture.destroy();
}

export default { render };
