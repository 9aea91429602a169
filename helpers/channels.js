// One filter over an image in colour: each channel's slice of the image meets its own slice of the
// filter, the partial maps are added, then come the bias and ReLU. All that moves is computed here,
// in the page. The grid, the numbers and the weights' fields are those of the sliding-window picture.

const LETTERS = { 1: ["1"], 2: ["1", "2"], 3: ["R", "G", "B"] };
const COLOURS = { R: "red", G: "green", B: "blue" };

// A grid without room for row and column numbers: three of them stand below each other.
class Sheet extends Grid {
  layout(cell, size) {
    super.layout(cell, size, [0, 0, 0, 0], [0, 0], 3, 3); // half of an outline
  }

  // The digits may come closer to the edge than in a large cell: 18 px in cells of 32 px.
  fit(texts) {
    super.fit(texts, 3, isLarge(this.svg) ? 0.67 : 0.6);
  }
}

// A channel's slice of the filter. Its colours share one scale with the other slices.
class SliceFields extends KernelFields {
  constructor(picture, channel, letter) {
    const slice = {
      get state() {
        return { kernel: picture.state.kernel[channel] };
      },
      get size() {
        return { k: picture.size.k };
      },
      can: new Set(["weights"]),
      point: (at) => picture.point(channel, at),
      tell: (sentence) => say(picture.message, sentence),
      set: ({ kernel }) => picture.set({ kernel: picture.state.kernel.map((old, c) => (c === channel ? kernel : old)) }),
    };
    super(slice);
    Object.assign(this, { whole: picture, letter });
    put(this.weights, "aria-label", `Weights of the filter's ${letter} slice`);
  }

  build() {
    super.build();
    for (const input of this.fields.flat()) put(input, "aria-label", `${this.letter} ${input.getAttribute("aria-label")}`);
  }

  drawField(input, weight, words) {
    super.drawField(input, weight, words, Math.max(...this.whole.state.kernel.flat(2).map(Math.abs)));
  }
}

// The buttons and the slider that move the window, without the settings of the larger picture.
class ChainControls extends Controls {
  buildSettings() {
    const { picture } = this;
    this.bias = slider("bias", (bias) => picture.set({ bias }));
    this.biasValue = make("b", { class: "cw-value", "aria-hidden": "true" });
    this.relu = make("input", { type: "checkbox", ...OWN_KEYS, onchange: () => picture.set({ relu: this.relu.checked }) });
    return "";
  }

  buildCode = () => "";

  draw() {
    const { bias, relu } = this.picture.state;
    const most = Math.max(5, Math.abs(bias), Math.ceil(Math.max(...this.picture.sum.flat().map(Math.abs))));
    put(this.bias, "min", -Math.ceil(most));
    put(this.bias, "max", Math.ceil(most));
    put(this.bias, "step", Number.isInteger(bias) ? 1 : "any");
    this.bias.value = bias;
    put(this.bias, "aria-valuetext", print(bias));
    say(this.biasValue, print(bias));
    this.relu.checked = relu;
  }
}

class Chain extends Moving {
  constructor(model, root) {
    super();
    Object.assign(this, { model, root, can: new Set(["paint", "weights"]), probe: null, cursor: null, timer: null });
    this.letters = LETTERS[model.get("image").length];
    this.build();
    this.detach = attend(this, ["image", "kernel", "bias", "relu", "step"]);
    this.update();
  }

  // ------------------------------------------------ state

  update() {
    this.state = Object.fromEntries(["image", "kernel", "bias", "relu", "step"].map((name) => [name, this.model.get(name)]));
    const { image, kernel, bias, relu } = this.state;
    const layers = image.map((slice, c) => ({ image: slice, kernel: kernel[c], stride: 1, padding: "valid", dilation: 1 }));
    const before = this.size;
    this.size = measure(layers[0]);
    this.parts = layers.map((layer) => featureMap(layer, this.size));
    this.sum = filled(...this.size.out, (r, c) => this.parts.reduce((total, part) => total + part[r][c], 0));
    this.biased = this.sum.map((row) => row.map((v) => v + bias));
    this.end = this.biased.map((row) => row.map((v) => (relu ? Math.max(v, 0) : v)));
    this.step = clamp(this.state.step, 0, this.places - 1);
    const factor = kernel.some((slice) => divisorOf(slice) > 1) ? 50 : 0; // room for "1/9 ×"
    const changed = !same(before, this.size) || factor !== this.factor;
    this.factor = factor;
    if (changed) this.layout();
    this.draw();
  }

  get places() {
    return this.size.out[0] * this.size.out[1];
  }

  get place() {
    return this.probe ?? [Math.floor(this.step / this.size.out[1]), this.step % this.size.out[1]];
  }

  go(step) {
    this.probe = null;
    this.set({ step: clamp(step, 0, this.places - 1) });
  }

  move([rows, columns]) {
    const [r, c] = this.place;
    const [height, width] = this.size.out;
    this.go(clamp(r + rows, 0, height - 1) * width + clamp(c + columns, 0, width - 1));
  }

  play(on = !this.timer) {
    clearInterval(this.timer);
    this.timer = null;
    if (on && this.step >= this.places - 1) this.go(0);
    const next = () => (this.step >= this.places - 1 ? this.play(false) : this.go(this.step + 1));
    if (on) this.timer = setInterval(next, SPEEDS[this.controls.speed.value]);
    this.root.classList.toggle("cw-playing", on);
    say(this.controls.playing, on ? "Pause" : "Play");
    put(this.controls.playing, "aria-label", on ? "Pause" : "Play");
    if (!on) this.tellPlace();
  }

  reset() {
    this.probe = null;
    this.set({ ...this.model.get("start") });
    say(this.message, "");
    say(this.live, "reset to the start");
  }

  // ------------------------------------------------ building, once

  build() {
    const ways = "Home and End go to the first and last place, Space plays";
    this.slices = this.letters.map((letter) => new Sheet(`Image, ${letter} slice. Arrow keys move the window, ${ways}, Enter starts painting.`, (e) => this.keys(e)));
    const map = (name) => new Sheet(`${name}. Arrow keys move by one window, ${ways}.`, (e) => this.keys(e));
    this.partSheets = this.letters.map((letter) => map(`${letter} partial map`));
    this.endSheets = ["Sum", "Sum and bias", "Feature map"].map(map);
    this.fields = this.letters.map((letter, c) => new SliceFields(this, c, letter));
    this.controls = new ChainControls(this);
    this.live = make("div", { class: "cw-hidden", role: "status", "aria-live": "polite" });
    this.message = make("p", { class: "cw-message", role: "alert" });
    this.bill = make("div", { class: "cw-chain-sum" });
    const chain = make("div", { class: "cw-chain" }, ...this.titles(), ...this.letters.flatMap((letter, c) => this.row(letter, c)), this.join(), this.ending());
    chain.style.setProperty("--channels", this.letters.length);
    put(this.root, "role", "group");
    put(this.root, "aria-label", "One filter over the channels of an image");
    this.root.append(chain, this.bill, this.message, this.controls.below[0], this.live);
    this.slices.forEach((sheet, c) => this.listenToSlice(sheet, c));
    for (const sheet of [...this.partSheets, ...this.endSheets]) this.listenToMap(sheet);
    this.root.addEventListener("focusout", () => this.setCursor(null));
  }

  titles() {
    this.dims = [];
    const title = (name, column) => {
      const dims = make("span");
      this.dims.push(dims);
      return make("div", { class: `cw-chain-title cw-chain-${column}` }, make("b", {}, name), " ", dims);
    };
    return [title("image", "slice"), title("filter", "weights"), title("partial maps", "part")];
  }

  row(letter, c) {
    const cell = (column, ...children) => make("div", { class: `cw-chain-cell cw-chain-${column}`, style: `--line: ${c}` }, ...children);
    const name = make("span", { class: `cw-letter cw-letter-${letter}`, title: COLOURS[letter] ?? `channel ${letter}` }, letter);
    const plus = c ? [make("span", { class: "cw-plus", "aria-hidden": "true" }, "+")] : [];
    const sign = (text) => make("span", { class: "cw-sign", "aria-hidden": "true" }, text);
    return [
      cell("letter", name),
      cell("slice", this.slices[c].box),
      cell("weights", sign("\u2217"), this.fields[c].box),
      cell("part", ...plus, sign("="), this.partSheets[c].box),
    ];
  }

  // The line along which the partial maps run together.
  join() {
    const lines = this.letters.map((_, c) => make("i", { style: `top: ${((c + 0.5) / this.letters.length) * 100}%` }));
    return make("div", { class: "cw-join", "aria-hidden": "true" }, ...lines);
  }

  ending() {
    const { bias, biasValue, relu } = this.controls;
    const [sum, biased, end] = this.endSheets.map((sheet) => sheet.box);
    const beside = (box, ...words) => make("div", { class: "cw-chain-cell" }, box, make("span", { class: "cw-beside" }, ...words));
    this.endTitle = make("span");
    this.endDims = make("span");
    return make(
      "div",
      { class: "cw-ending" },
      make("div", {}, make("div", { class: "cw-link" }, make("b", {}, "sum")), beside(sum, this.letters.length > 1 ? this.letters.join(" + ") : "")),
      make("div", {}, make("label", { class: "cw-link" }, make("b", {}, "+ bias"), biasValue, bias), biased),
      make("div", {}, make("label", { class: "cw-link" }, relu, make("b", {}, "ReLU"), this.endTitle), beside(end, make("b", {}, "feature map"), " ", this.endDims)),
    );
  }

  // ------------------------------------------------ pointer and keys

  listenToMap({ svg }) {
    follow(svg, (at) => {
      if (this.timer || same(at, this.probe)) return;
      this.probe = at;
      this.draw();
    });
    svg.addEventListener("pointerdown", (e) => {
      const at = e.button ? null : cellOf(e);
      this.play(false);
      if (at) this.go(at[0] * this.size.out[1] + at[1]);
    });
  }

  listenToSlice({ svg }, c) {
    svg.addEventListener("pointerdown", (e) => {
      if (e.button || e.target.row === undefined) return;
      e.target.releasePointerCapture(e.pointerId);
      this.stroke = this.brush(c, [e.target.row, e.target.column]);
      this.paint(c, [e.target.row, e.target.column], this.stroke);
      addEventListener("pointerup", () => (this.stroke = undefined), { once: true });
    });
    svg.addEventListener("pointerover", (e) => {
      if (!e.buttons) this.stroke = undefined;
      if (this.stroke !== undefined && e.target.row !== undefined) this.paint(c, [e.target.row, e.target.column], this.stroke);
    });
  }

  // Painting writes the darkest value of the image; on a dark pixel, the lightest.
  brush = (c, [y, x]) => (this.state.image[c][y][x] === this.low ? this.high : this.low);

  paint(c, [y, x], value) {
    if (this.state.image[c][y][x] === value) return;
    const image = this.state.image.map((slice) => slice.map((row) => [...row]));
    image[c][y][x] = value;
    this.set({ image });
  }

  keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROW_KEYS[event.key];
    const slice = this.slices.findIndex((sheet) => sheet.box === event.currentTarget);
    if (this.cursor && slice >= 0) this.cursorKey(event.key, arrow);
    else if (event.key === " ") this.play();
    else if (event.key === "Enter" && slice >= 0) this.setCursor([slice, 0, 0]);
    else {
      const ends = { Home: 0, End: this.places - 1 };
      if (!arrow && !(event.key in ends) && event.key !== "Escape") return;
      this.play(false);
      if (arrow) this.move(arrow);
      else if (event.key === "Escape") event.currentTarget.blur();
      else this.go(ends[event.key]);
    }
    if (event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The painting cursor: arrows choose a pixel, Enter or Space paints it, Escape ends painting.
  cursorKey(key, arrow) {
    const [c, y, x] = this.cursor;
    const [rows, columns] = this.size.n;
    if (key === "Enter" || key === " ") this.paint(c, [y, x], this.brush(c, [y, x]));
    if (arrow) this.setCursor([c, clamp(y + arrow[0], 0, rows - 1), clamp(x + arrow[1], 0, columns - 1)]);
    else if (key === "Escape") this.setCursor(null);
    else this.setCursor(this.cursor);
  }

  setCursor(at) {
    if (!at && !this.cursor) return;
    this.cursor = at;
    this.slices.forEach((sheet, c) => sheet.cursor(at?.[1] ?? 0, at?.[2] ?? 0, at?.[0] === c ? 1 : 0, 1));
    if (!at) return say(this.live, "painting ended");
    const [c, y, x] = at;
    say(this.live, `${this.letters[c]} pixel row ${y}, column ${x}: ${print(this.state.image[c][y][x])}. Space paints, Escape ends painting.`);
  }

  // The pixel that a weight is multiplied by, framed while the weight is pointed at.
  point(channel, at) {
    const [r, c] = this.place;
    this.slices.forEach((sheet, i) => sheet.point(r + (at?.[0] ?? 0), c + (at?.[1] ?? 0), at && i === channel ? 1 : 0, 1));
  }

  // ------------------------------------------------ drawing

  resized() {
    if (Math.abs(this.root.clientWidth - this.width) < 2) return;
    this.layout();
    this.draw();
  }

  layout() {
    const { n, k, out } = this.size;
    this.width = this.root.clientWidth;
    // The slices stand below each other, so their cells are smaller than those of the maps.
    const room = this.width || 900; // 0 before the page shows it
    const large = isLarge(this.root);
    const least = large ? 30 : 20; // for digits of 20 pixels
    // Slices take 150 pixels, sum, bias and ReLU at the right 235, letters, signs and margins 185.
    let across = Math.floor((room - (large ? 720 : 585) - this.factor) / (k[1] + out[1]));
    const below = across < 34; // then these stand below
    if (below) across = Math.floor((room - 124 - this.factor) / (n[1] + k[1] + out[1]));
    if (across > 30 && below) across = Math.floor((room - 290 - this.factor) / (k[1] + out[1]));
    const tight = below && across < 40; // then one title is enough
    const narrow = across < 24; // then a slice stands above its part of the filter, too
    if (narrow) across = Math.floor((room - 130 - this.factor) / Math.max(k[1] + out[1], n[1]));
    this.root.classList.toggle("cw-below", below);
    this.root.classList.toggle("cw-tight", tight || narrow);
    this.root.classList.toggle("cw-narrow", narrow);
    const cell = clamp(Math.floor(150 / Math.max(k[0], out[0])), least, clamp(across, least, 44));
    const pixel = narrow ? cell : clamp(Math.floor((474 / this.letters.length - 8) / n[0]), least, cell);
    put(this.root, "style", `--cell: ${cell}px; --weight: ${cell}px; --map: ${out[1] * cell + 6}px`);
    const build = (sheet, size, side, kind) => {
      sheet.layout(side, size);
      for (let r = 0; r < size[0]; r++) for (let c = 0; c < size[1]; c++) sheet.add(r, c, kind);
    };
    for (const sheet of this.slices) {
      build(sheet, n, pixel, "pixel");
      for (const frame of ["window", "point", "cursor"]) sheet[frame] = sheet.outline(frame);
      for (const frame of ["point", "cursor"]) sheet[frame](0, 0, 0, 0);
    }
    for (const sheet of [...this.partSheets, ...this.endSheets]) {
      build(sheet, out, cell, "empty");
      sheet.target = sheet.outline("target");
    }
    const deep = (size) => `${shape(size)}\u00d7${this.letters.length}`;
    say(this.dims[0], tight || narrow ? `${deep(n)} \u2217 filter ${deep(k)} = partial maps` : deep(n));
    say(this.dims[1], deep(k));
    say(this.endDims, shape(out));
  }

  themed() {
    this.draw();
  }

  draw() {
    const pixels = this.state.image.flat(2);
    [this.low, this.high] = [Math.min(...pixels), Math.max(...pixels)];
    if (this.low === this.high) [this.low, this.high] = [Math.min(this.low, 0), Math.max(this.high, 1)];
    const ground = groundOf(this.root);
    this.slices.forEach((sheet, c) => this.drawSlice(sheet, this.state.image[c], ground));
    for (const field of this.fields) field.draw();
    this.controls.draw();
    this.controls.drawPlace(this.step, this.places);
    const maps = [...this.parts, this.sum, this.biased, this.end];
    const limit = Math.max(...maps.flat(2).map(Math.abs));
    [...this.partSheets, ...this.endSheets].forEach((sheet, i) => this.drawMap(sheet, maps[i], limit));
    say(this.endTitle, this.state.relu ? "below 0 becomes 0" : "is off");
    this.writeSum();
    if (!this.timer) this.tellPlace();
  }

  drawSlice(sheet, slice, ground) {
    const [r, c] = this.place;
    const inside = (y, x) => y >= r && x >= c && y < r + this.size.k[0] && x < c + this.size.k[1];
    sheet.fit(slice.flat().map((v) => print(v)));
    slice.forEach((row, y) =>
      row.forEach((v, x) => {
        const rgb = shade(v, this.low, this.high);
        sheet.paint(y, x, inside(y, x) ? rgb : mix(rgb, ground, 0.3), print(v), "pixel");
      }),
    );
    sheet.window(r, c, ...this.size.k);
  }

  // A map is filled up to the step, as in the sliding-window picture.
  drawMap(sheet, map, limit) {
    sheet.fit(map.flat().map((v) => print(v)));
    map.forEach((row, r) =>
      row.forEach((v, c) => {
        const known = r * row.length + c <= this.step || same([r, c], this.probe);
        sheet.paint(r, c, known ? tint(v, limit) : null, known ? print(v) : "\u00b7", known ? "known" : "empty");
        put(sheet.cells.get(`${r},${c}`).text, "data-value", known ? v : "");
      }),
    );
    sheet.target(...this.place, 1, 1);
  }

  // What is added is what is printed; where decimals were cut off, the end says so.
  writeSum() {
    const [r, c] = this.place;
    const { bias, relu } = this.state;
    const parts = this.parts.map((part) => part[r][c]);
    const exact = [...parts, bias].every((v) => exactTo(v, 3));
    const words = exact ? printExact : (v) => print(v);
    const equals = exact ? "=" : "\u2248";
    const letter = (name) => make("span", { class: `cw-letter cw-letter-${name}` }, name);
    const signed = (v) => (v < 0 ? `(${words(v)})` : words(v));
    const terms = parts.flatMap((v, i) => [i ? " + " : "", letter(this.letters[i]), `\u00a0${i ? signed(v) : words(v)}`]);
    const [sum, biased, end] = [this.sum, this.biased, this.end].map((map) => words(map[r][c]));
    const then = `${sum} + bias ${signed(bias)} ${equals} ${biased}`;
    const last = !relu ? "ReLU is off" : this.biased[r][c] < 0 ? "ReLU: below 0, so" : "ReLU: not below 0, it stays";
    this.bill.replaceChildren(
      stepName("3 add"),
      make("span", {}, ...terms, ` ${equals} `, make("b", {}, sum)),
      make("span", {}, then),
      make("span", {}, `${last} `, make("b", { class: "cw-result" }, end)),
    );
  }

  tellPlace() {
    const [r, c] = this.place;
    const words = [...this.bill.children].slice(1).map((part) => part.textContent.replace(/([RGB12])\u00a0/g, "$1 "));
    if (!this.cursor) say(this.live, `row ${r}, column ${c}: ${words.join("; ")}`);
  }
}

export default widget(Chain, "cw cw-channels");
