// One image twice, as shades and as numbers, and a small window that stands in both at once. All
// that moves is computed here, in the page. The grids and elements come from explorer_parts.js, the
// slider and the groups of controls from explorer_controls.js.

const CODINGS = [[-1, 1], [0, 1], [0, 255]];
const signed = (value) => (value > 0 ? `+${value}` : print(value));
const codingName = ([low, high]) => `${print(low)} and ${low < 0 ? signed(high) : print(high)}`;

class Pixels {
  constructor(model, root) {
    Object.assign(this, { model, root, probe: null, cursor: null, n: null });
    this.can = new Set(model.get("controls"));
    this.origin = model.get("start").image;
    this.build();
    this.detach = attend(this, ["image", "coding", "step"]);
    this.themed();
    this.draw();
  }

  destroy() {
    clearTimeout(this.saving);
    clearTimeout(this.telling);
    this.detach();
  }

  // ------------------------------------------------ state

  // Changes what is named, here at once and then in Python. Steps may follow each other faster than
  // Python listens: it hears of the last.
  set(changes) {
    this.write(changes);
    this.draw();
    const now = () => {
      this.saving = null;
      this.model.save_changes();
    };
    clearTimeout(this.saving);
    if (same(Object.keys(changes), ["step"])) this.saving = setTimeout(now, 40);
    else now();
  }

  write(changes) {
    this.quiet = true;
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    this.quiet = false;
  }

  // A change made by Python or in another view.
  hear(name) {
    if (name === "step" && awaitsEcho(this)) return this.write({ step: this.step });
    if (name === "image") this.origin = this.model.get("image");
    this.draw();
  }

  read() {
    this.image = this.model.get("image");
    this.coding = this.model.get("coding");
    this.shape = pair(this.model.get("size"));
    const n = [this.image.length, this.image[0].length];
    this.out = n.map((length, axis) => length - this.shape[axis] + 1);
    this.places = this.out[0] * this.out[1];
    this.step = clamp(this.model.get("step"), 0, this.places - 1);
    const values = [...this.image.flat(), ...(this.coding ?? this.origin.flat())];
    this.ends = [Math.min(...values), Math.max(...values)]; // black and white
    return n;
  }

  get place() {
    return this.probe ?? [Math.floor(this.step / this.out[1]), this.step % this.out[1]];
  }

  cut([r, c]) {
    return filled(...this.shape, (i, j) => this.image[r + i][c + j]);
  }

  isSame = (at) => same(this.cut(at), this.cut([0, 0]));

  go(step) {
    this.probe = null;
    this.set({ step: clamp(step, 0, this.places - 1) });
  }

  move(rows, columns) {
    const [r, c] = this.place;
    const [height, width] = this.out;
    this.go(clamp(r + rows, 0, height - 1) * width + clamp(c + columns, 0, width - 1));
  }

  choose(image, coding) {
    this.origin = image;
    this.setCursor(null);
    this.set({ image, coding, step: 0 });
  }

  // The shades stay, the numbers change.
  recode(coding) {
    const [low] = this.coding;
    const recoded = (image) => image.map((row) => row.map((v) => coding[v === low ? 0 : 1]));
    this.set({ image: recoded(this.image), coding });
  }

  reset() {
    const { image, coding, step } = this.model.get("start");
    this.choose(image, coding);
    this.go(step);
    say(this.live, "reset to the start");
  }

  // What a click writes: black, and on a black pixel white, or the number that it had at the start.
  strokeValue([r, c]) {
    const [low, high] = this.ends;
    if (this.image[r][c] !== low) return low;
    const start = this.coding ? low : (this.origin[r]?.[c] ?? low);
    return start === low ? high : start;
  }

  paint(at, value) {
    if (!at || this.image[at[0]][at[1]] === value) return;
    const image = this.image.map((row) => [...row]);
    image[at[0]][at[1]] = value;
    this.set({ image });
    this.point(at);
  }

  // ------------------------------------------------ building, once

  build() {
    const keys = (event) => this.keys(event);
    const moves = this.can.has("window") ? " Arrow keys move the window, Home and End go to the first and last place." : "";
    const more = `${moves} Enter begins to visit single pixels.`;
    this.shades = new Grid(`Image as shades.${more}`, keys);
    this.numbers = new Grid(`Image as numbers.${more}`, keys);
    this.found = new Grid(`Places of the window.${moves}`, keys);
    this.live = make("div", { class: "cw-hidden", role: "status", "aria-live": "polite" });
    this.panels = {};
    const row = make("div", { class: "px-row" }, this.panel("shades"), this.panel("numbers"));
    const places = this.panel("found");
    this.compare = make("div", { class: "px-compare" });
    if (this.can.has("window")) row.append(places, this.compare);
    put(this.root, "role", "group");
    put(this.root, "aria-label", "One image as shades and as numbers");
    this.root.append(this.buildPickers(), row, this.buildPlayer(), this.live);
    this.listen();
  }

  panel(name) {
    const [title, note] = ["title", "note"].map((part) => make("div", { class: `cw-${part}` }));
    const words = make("div", { class: "cw-words" }, note);
    const box = make("div", { class: `cw-panel px-${name}` }, title, this[name].box, words);
    this.panels[name] = { title, note, box };
    return box;
  }

  buildPickers() {
    const box = make("div", { class: "cw-pickers" });
    const images = Object.entries(this.model.get("images"));
    const codings = this.model.get("codings");
    this.images = images.map(([name, image]) => button(name, `image ${name}`, () => this.choose(image, codings[name])));
    this.codings = CODINGS.map((coding) =>
      Object.assign(button(codingName(coding), `coding ${codingName(coding)}`, () => this.recode(coding)), { coding }),
    );
    const title = (words) => make("span", {}, words);
    this.reason = make("span", { class: "px-reason" });
    if (images.length > 1) box.append(group("cw-choices", "Choose the image", title("image"), ...this.images));
    if (this.can.has("coding")) box.append(group("cw-choices", "Choose the coding", title("coding"), ...this.codings, this.reason));
    return box;
  }

  buildPlayer() {
    const go = (label, name, act) => button(label, name, act);
    const reset = go("Reset", "Reset to the start of the lesson", () => this.reset());
    if (!this.can.has("window")) return group("cw-player", "Start again", reset);
    this.slider = slider("place of the window", (value) => this.go(value));
    this.where = make("span", { class: "cw-where", "aria-hidden": "true" });
    return group(
      "cw-player",
      "Move the window",
      go("\u21e4", "First place", () => this.go(0)),
      go("\u2190 Back", "Back one place", () => this.go(this.step - 1)),
      go("Step \u2192", "Step to the next place", () => this.go(this.step + 1)),
      go("\u21e5", "Last place", () => this.go(this.places - 1)),
      this.slider,
      this.where,
      reset,
    );
  }

  // ------------------------------------------------ pointer and keys

  listen() {
    for (const { svg } of [this.shades, this.numbers]) {
      follow(svg, (at, buttons) => {
        if (at && !buttons) this.stroke = undefined;
        if (this.stroke !== undefined) this.paint(at, this.stroke);
        this.point(at ?? this.cursor);
      });
      svg.addEventListener("pointerdown", (e) => {
        const at = cellOf(e);
        if (e.button || !at || !this.can.has("paint")) return;
        e.target.releasePointerCapture(e.pointerId);
        this.stroke = this.strokeValue(at);
        this.paint(at, this.stroke);
        addEventListener("pointerup", () => (this.stroke = undefined), { once: true });
      });
    }
    const { svg: places } = this.found;
    follow(places, (at) => {
      if (same(at, this.probe)) return;
      this.probe = at;
      this.moved();
    });
    places.addEventListener("pointerdown", (e) => {
      const at = e.button ? null : cellOf(e);
      if (at) this.go(at[0] * this.out[1] + at[1]);
    });
    this.root.addEventListener("focusout", (e) => {
      if (this.cursor && [this.shades.box, this.numbers.box].includes(e.target)) this.setCursor(null);
    });
  }

  keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrows = ARROW_KEYS[event.key];
    const onImage = event.currentTarget !== this.found.box;
    const moves = this.can.has("window");
    if (this.cursor && onImage) {
      if (!this.cursorKey(event.key, arrows)) return;
    } else if (arrows && moves) this.move(...arrows);
    else if (event.key === "Home" && moves) this.go(0);
    else if (event.key === "End" && moves) this.go(this.places - 1);
    else if ((event.key === "Enter" || arrows) && onImage) this.setCursor([0, 0]);
    else if (event.key === "Escape") event.currentTarget.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Visiting single pixels: arrows go from one to the next, Enter or Space paints, Escape ends it.
  cursorKey(key, arrows) {
    const [r, c] = this.cursor;
    if (arrows) this.setCursor([clamp(r + arrows[0], 0, this.n[0] - 1), clamp(c + arrows[1], 0, this.n[1] - 1)]);
    else if (key === "Escape") this.setCursor(null);
    else if (key !== "Enter" && key !== " ") return false;
    else if (this.can.has("paint")) {
      this.paint(this.cursor, this.strokeValue(this.cursor));
      this.setCursor(this.cursor);
    }
    return true;
  }

  setCursor(at) {
    if (!at && !this.cursor) return;
    this.cursor = at;
    this.point(at);
    const help = this.can.has("paint") ? "Space paints, " : "";
    say(this.live, at ? `${this.pixelWords(at)}. ${help}Escape ends.` : "back to the window");
  }

  pixelWords = ([r, c]) => `image[${r}, ${c}] is ${print(this.image[r][c])}`;

  // The pixel pointed at, with its row and its column, in both grids.
  point(at) {
    const inside = at && at[0] < this.n[0] && at[1] < this.n[1];
    const [r, c] = inside ? at : [0, 0];
    const [rows, columns] = this.n;
    for (const grid of [this.shades, this.numbers]) {
      grid.bands[0](r, 0, inside ? 1 : 0, columns);
      grid.bands[1](0, c, inside ? rows : 0, 1);
      grid.pointed(r, c, inside ? 1 : 0, 1);
      grid.indices.forEach((label, i) => label.classList.toggle("px-lit", Boolean(inside && (i === r || i === rows + c))));
    }
    const { note } = this.panels.numbers;
    note.classList.toggle("px-quiet", !inside);
    if (!inside) return say(note, "Point at a pixel.");
    note.replaceChildren(make("code", {}, `image[${r}, ${c}]`), ` is ${print(this.image[r][c])}`);
  }

  // ------------------------------------------------ drawing

  themed() {
    groundOf(this.root);
  }

  resized() {
    if (Math.abs(this.root.clientWidth - this.width) < 2) return;
    this.themed(); // before it stood in the page it had no colours
    this.n = null;
    this.draw();
  }

  draw() {
    const n = this.read();
    if (!same(n, this.n)) {
      this.n = n;
      this.probe = this.cursor = null;
      this.layout();
    }
    // A smaller image may lack the place where the window stood: Python hears of the nearest.
    clearTimeout(this.telling);
    if (this.step !== this.model.get("step")) this.telling = setTimeout(() => this.set({ step: this.step }), 40);
    this.paintCells();
    this.drawChoices();
    this.moved();
    this.point(this.cursor);
  }

  // The largest cell with which all grids stand in one row; else two of them; else one. There is room
  // for the largest image of the choice, so that nothing jumps when another one is chosen.
  layout() {
    this.width = this.root.clientWidth;
    const sizes = [this.image, ...Object.values(this.model.get("images"))].map((image) => [image.length, image[0].length]);
    const most = [0, 1].map((axis) => Math.max(...sizes.map((n) => n[axis])));
    const places = most.map((n, axis) => n - this.shape[axis] + 1);
    const fits = (...columns) => {
      const room = this.width - 24 - (this.shades.gutter + 41) * columns.length + 36; // margins, row numbers and gaps
      return Math.floor(room / columns.reduce((a, b) => a + b, 0));
    };
    const wide = this.can.has("window") ? [most[1], most[1], places[1]] : [most[1], most[1]];
    const cell = [fits(...wide), fits(most[1], most[1]), fits(most[1])].find((one) => one >= 44) ?? 44;
    this.cell = Math.min(cell, 52);
    this.layoutGrid("shades", this.n, most, "pixel");
    this.layoutGrid("numbers", this.n, most, "pixel");
    this.layoutGrid("found", this.out, places, "empty");
    for (const grid of [this.shades, this.numbers]) {
      grid.bands = [grid.outline("band"), grid.outline("band")];
      grid.window = grid.outline("window");
      grid.pointed = grid.outline("point");
    }
    this.target = this.found.outline("target");
  }

  layoutGrid(name, [rows, columns], most, kind) {
    const grid = this[name];
    grid.layout(this.cell, [rows, columns], [0, 0, 0, 0]);
    grid.numbers(rows, columns);
    grid.indices = [...grid.svg.querySelectorAll(".cw-index")]; // those of the rows first
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) grid.add(r, c, kind);
    const [height, width] = most.map((cells) => cells * this.cell + grid.gutter + 5);
    this.panels[name].box.style.minWidth = `${width}px`;
    this.panels[name].box.style.minHeight = `${height + (isLarge(grid.svg) ? 64 : 52)}px`; // the words above and below it too
  }

  paintCells() {
    this.image.forEach((row, r) =>
      row.forEach((v, c) => {
        this.shades.paint(r, c, shade(v, ...this.ends), "", "pixel");
        this.numbers.paint(r, c, null, print(v), "pixel");
      }),
    );
    this.numbers.fit(this.image.flat().map((v) => print(v)));
    this.found.fit(["\u2260"]);
    const title = (name, words, size) => this.panels[name].title.replaceChildren(make("b", {}, words), ` ${shape(size)}`);
    title("shades", "shades", this.n);
    title("numbers", "numbers", this.n);
    if (this.can.has("window")) title("found", "places", this.out);
  }

  drawChoices() {
    this.images.forEach((choice, i) => {
      const [name, image] = Object.entries(this.model.get("images"))[i];
      const known = this.model.get("codings")[name];
      const black = (values, coding) => values.map((row) => row.map((v) => (coding ? v === coding[0] : v)));
      put(choice, "aria-pressed", same(black(image, known), black(this.image, this.coding)));
    });
    for (const choice of this.codings) {
      put(choice, "aria-pressed", same(choice.coding, this.coding));
      choice.disabled = !this.coding;
    }
    say(this.reason, this.coding ? "" : "for two shades only");
    const swatch = (name, i) => [
      make("i", { style: `background: ${css(shade(this.ends[i], ...this.ends))}` }),
      make("span", {}, `${name} ${print(this.ends[i])}`),
    ];
    const legend = make("div", { class: "cw-legend" }, ...["black", "white"].flatMap(swatch));
    this.panels.shades.note.replaceChildren(legend);
  }

  // All that follows the window.
  moved() {
    if (!this.can.has("window")) return [this.shades, this.numbers].forEach((grid) => grid.window(0, 0, 0, 0));
    const [r, c] = this.place;
    for (const grid of [this.shades, this.numbers]) grid.window(r, c, ...this.shape);
    this.target(r, c, 1, 1);
    this.fillPlaces();
    const equal = this.isSame([r, c]);
    this.drawCompare([r, c], equal);
    put(this.slider, "max", this.places - 1);
    this.slider.value = this.step;
    this.slider.disabled = this.places < 2;
    const where = `place ${this.step + 1} of ${this.places}`;
    put(this.slider, "aria-valuetext", where);
    say(this.where, where);
    const numbers = this.cut([r, c]).map((row) => row.map((v) => print(v)).join(" ")).join(", ");
    const verdict = r || c ? `: ${equal ? "the same as" : "not the same as"} the first window` : ": the first window";
    if (!this.cursor) say(this.live, `window at row ${r}, column ${c}: ${numbers}${verdict}`);
  }

  // One cell for each place, filled up to the step: = the same as the first window, \u2260 another.
  fillPlaces() {
    let count = 0;
    for (let t = 0; t < this.places; t++) {
      const at = [Math.floor(t / this.out[1]), t % this.out[1]];
      const known = t <= this.step;
      const equal = known && this.isSame(at);
      count += equal;
      this.found.paint(...at, null, known ? (equal ? "=" : "\u2260") : "\u00b7", equal ? "same" : "empty");
    }
    say(this.panels.found.note, `${count} of ${this.step + 1} are the same`);
  }

  drawCompare(at, equal) {
    const verdict = make("div", { class: "px-verdict" }, make("b", {}, equal ? "=" : "\u2260"), equal ? "the same" : "not the same");
    this.compare.replaceChildren(this.windowBox("the first window", [0, 0]), verdict, this.windowBox("this window", at));
    this.compare.classList.toggle("px-equal", equal);
  }

  windowBox(name, [r, c]) {
    const [height, width] = this.shape;
    const cells = this.cut([r, c]).flat().map((v) => {
      const rgb = shade(v, ...this.ends);
      return make("span", { style: `background: ${css(rgb)}; color: ${ink(rgb)}` }, print(v));
    });
    const code = make("code", {}, `image[${r}:${r + height}, ${c}:${c + width}]`);
    const rows = make("div", { class: "px-cut", style: `--columns: ${width}` }, ...cells);
    const lines = (name, from, count) => `${name} ${from}${count > 1 ? ` ${count > 2 ? "to" : "and"} ${from + count - 1}` : ""}`;
    const where = [lines("rows", r, height), lines("columns", c, width)].map((words) => make("span", {}, words));
    const words = make("div", { class: "px-reason px-where" }, ...where);
    return make("div", { class: "px-box" }, rows, make("div", {}, make("div", { class: "px-name" }, name), code, words));
  }
}

export default widget(Pixels, "cw px");
