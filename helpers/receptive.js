// How far a cell sees. One row of cells a layer, the image at the top: choose a cell, and all cells
// that it depends on light up, back to the image. explorer_parts.js stands before this.

// Pixels: round the picture, from row to row, for the image's column numbers, for two lines of words.
// The smallest cell that one can still hit is 24 wide.
const [EDGE, BAND, HEAD, LINES, LEAST] = [2, 46, 24, 48, 24];
const SIZES = { small: { words: 18, notes: 15, line: 21 }, large: { words: 20, notes: 20, line: 26 } };
const span = (kind, words) => {
  const part = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
  put(part, "class", kind);
  say(part, words);
  return part;
};
const count = (number, thing) => `${number} ${thing}${number === 1 ? "" : "s"}`;
const seenOf = (number, cells) => `${number} of ${cells} seen`;
const apart = (number, short) => `neighbours ${short ? number : count(number, "column")} apart`;

class FieldPicture {
  constructor(model, root) {
    Object.assign(this, { model, root, probe: null });
    this.build();
    this.detach = attend(this, ["layers", "n", "depth", "chosen"]);
    this.draw();
  }

  destroy() {
    this.detach();
  }

  hear(name) {
    if (name === "chosen") this.paint();
    else this.draw();
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

  // The image and all layers, those still to come too.
  chain() {
    const levels = [{ name: "image", field: 1, jump: 1, cells: this.model.get("n"), sum: "sees itself: " }];
    for (const [kind, size, stride] of this.model.get("layers")) {
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
    const { cells } = this.every[depth];
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
    this.themed(); // before the picture stands in the page it cannot be known
    this.probe = null;
    this.every = this.chain();
    this.levels = this.every.slice(0, this.depth + 1);
    const most = this.every.length - 1;
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

  themed() {
    groundOf(this.root);
  }

  // What is written stands left of the rows, or above each where there is no room. The frame has
  // room for all layers, so that it keeps its size.
  layout() {
    this.measureRoom();
    const band = this.lane ? this.lane + 26 : BAND;
    const step = this.high + band;
    const top = HEAD + this.lane + (this.large ? 6 : 0);
    put(this.svg, "width", Math.max(this.left + this.every[0].cells * this.cell, this.words) + EDGE);
    put(this.svg, "height", top + this.every.length * step - band + (this.lane ? EDGE : this.size.line + 12 - this.high / 2)); // three lines reach below the last row
    this.fans = make("g", { class: "cw-fans" });
    this.cells = make("g");
    this.texts = make("g", { class: "cw-field-texts" });
    this.svg.replaceChildren(this.fans, this.cells, this.texts);
    this.boxes = this.every.map((level, l) => {
      const y = top + l * step;
      this.label(level, l, y);
      return Array.from({ length: level.cells }, (_, j) => this.square(level, l, j, y));
    });
  }

  // The words as long as they may become; shorter ones if only these leave room for cells.
  measureRoom() {
    const n = this.every[0].cells;
    this.large = isLarge(this.root);
    this.size = this.large ? SIZES.large : SIZES.small;
    const [words, notes] = [`${this.size.words}px`, `${this.size.notes}px`];
    const { fontFamily } = getComputedStyle(this.root);
    const width = (font, words) => {
      ruler.font = `${font} ${fontFamily}`;
      return ruler.measureText(words).width;
    };
    const widest = (of) => Math.ceil(Math.max(...this.every.map(of)));
    const names = widest(({ name }) => width(`700 ${words}`, `${name}  `));
    const counts = widest(({ cells }) => width(`600 ${notes}`, seenOf(cells, cells)));
    const sums = widest((level) => width(words, level.sum) + width(`700 ${words}`, level.field));
    const distances = (short) => widest(({ jump }) => width(notes, `   ${apart(jump, short)}`));
    this.width = this.root.clientWidth;
    const room = this.width - 24 - 2 * EDGE; // the frame's own border
    for (this.short of [false, true]) {
      this.words = Math.max(names + counts, sums, distances(this.short)) + EDGE;
      this.left = this.words + 10;
      this.cell = Math.floor((room - this.left) / n);
      this.lane = this.cell < (this.large ? 36 : LEAST) ? LINES + (this.large ? 10 : 0) : 0; // room for the words above a row
      if (!this.lane) break;
    }
    if (this.lane) {
      this.short = counts + distances(false) > room;
      this.words = Math.max(names + sums, counts + distances(this.short)) + EDGE;
      Object.assign(this, { left: EDGE, cell: Math.floor(room / n) });
    }
    const share = n > 9 ? (this.large ? 0.61 : 0.58) : 0.74; // counts of two digits, or of one
    this.cell = clamp(this.cell, this.large ? Math.ceil(READABLE / share) : 18, 52);
    this.high = clamp(this.cell, 34, 44);
    this.digits = Math.min(this.large ? 22 : 20, this.cell * share);
  }

  // What is written beside a row, or above it.
  label(level, l, y) {
    const later = l > this.depth;
    const name = [span(`cw-strong ${later ? "cw-quiet" : ""}`, level.name), "  "];
    level.count = later ? span("cw-quiet", "not yet") : span("cw-quiet cw-seen", seenOf(level.cells, level.cells)); // the longest
    const sum = [level.sum, span("cw-strong", level.field)];
    const distance = span("cw-quiet", apart(level.jump, this.short));
    let lines = [[...name, level.count], sum, [distance]];
    if (this.lane) lines = [[...name, ...sum], [level.count, "   ", distance]];
    if (later) lines = [[...name, level.count]];
    const more = lines.length - 1;
    const { line: pitch } = this.size;
    const first = this.lane ? y - 11 - 20 * !l - pitch * more : y + this.high / 2 + 5 - (pitch / 2) * more;
    const texts = lines.map((line, i) => make("text", { x: EDGE, y: first + pitch * i }, ...line));
    this.texts.append(...texts);
    if (this.lane && l && !later) this.plate(texts, y);
  }

  // The ground behind words that would stand on the fans.
  plate(texts, y) {
    const width = Math.max(...texts.map((text) => text.getComputedTextLength())) + 10;
    texts[0].before(make("rect", { class: "cw-plate", x: 0, y: y - this.lane - 1, width, height: this.lane - 3, rx: 4 }));
  }

  // A layer still to come is drawn, but cannot be pointed at.
  square(level, l, j, y) {
    const x = this.left + (this.middle(level, j) - 0.5) * this.cell;
    const rect = make("rect", { x: x + 2, y, width: this.cell - 4, height: this.high, rx: 3, class: "cw-field-later" });
    this.cells.append(rect);
    if (l > this.depth) return null;
    const text = make("text", { x: x + this.cell / 2, y: y + this.high / 2, class: "cw-order", "font-size": this.digits });
    Object.assign(rect, { level: l, cell: j });
    rect.after(text);
    if (!l && j % (this.cell < (this.large ? 32 : 22) ? 2 : 1) === 0) this.texts.append(make("text", { x: x + this.cell / 2, y: y - 8, class: "cw-index" }, String(j)));
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
      const words = l < layer ? seenOf(last - first + 1, level.cells) : count(level.cells, "cell");
      say(level.count, words);
      level.count.classList.toggle("cw-seen", l < layer);
    });
    this.tell(layer, cell, ends[0]);
  }

  // From a cell to the window that it looks at; straight down where words stand above the row.
  fan(l, j) {
    const { size, stride } = this.levels[l];
    const below = this.boxes[l][j];
    const [a, b] = [this.boxes[l - 1][j * stride], this.boxes[l - 1][j * stride + size - 1]];
    const [top, right] = [a.y + this.high, this.cell - 2];
    const sides = [below.x + 2, below.x + right].map((x) => [`${x},${below.y - this.lane}`, `${x},${below.y}`]);
    const d = `M${a.x + 2},${top} L${sides[0].join(" ")} L${sides[1].reverse().join(" ")} L${b.x + right},${top} Z`;
    this.fans.append(make("path", { d }));
  }

  tell(layer, cell, [first, last]) {
    const level = this.levels[layer];
    const which = layer ? `Cell ${cell} of layer ${layer} (${level.name})` : `Column ${cell} of the image`;
    const what = layer ? `sees ${count(level.field, "column")} of the image, ${first} to ${last}.` : "sees itself.";
    say(this.sentence, `${which} ${what}`);
  }
}

export default widget(FieldPicture);
