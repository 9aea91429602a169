// What the reader changes in the sliding-window picture, apart from the cells themselves: buttons,
// sliders, and the kernel's fields. Native elements, because they have names and keys of their own.

const SPEEDS = { slow: 1600, medium: 800, fast: 300 }; // milliseconds a place
const MOST = { dilation: 4, kernel: 5, window: 4, side: 5, image: 32 };

const slider = (name, act) => {
  const oninput = (event) => act(Number(event.target.value));
  return make("input", { type: "range", min: 0, step: 1, "aria-label": name, ...OWN_KEYS, oninput });
};
const field = (name, attributes) =>
  make("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": name, ...OWN_KEYS, ...attributes });
const group = (kind, name, ...children) => make("div", { class: kind, role: "group", "aria-label": name }, ...children);

class Controls {
  constructor(picture) {
    this.picture = picture;
    this.knobs = {};
    this.choices = [];
    this.pads = ["padding", "sides"].some((name) => picture.can.has(name)); // then the formula shows it
    this.above = this.buildPickers();
    this.below = [this.buildPlayer(), this.buildSettings(), (this.formula = make("div", { class: "cw-formula" })), this.buildCode()];
  }

  // A row of buttons for each trait of which there are several named arrays.
  buildPickers() {
    const box = make("div", { class: "cw-pickers" });
    for (const name of ["image", "kernel"]) {
      const arrays = Object.entries(this.picture.model.get(`${name}s`) ?? {});
      if (arrays.length < 2) continue;
      const options = arrays.map(([word, array]) => {
        const option = button(word, `${name} ${word}`, () => this.picture.choose(name, array));
        return Object.assign(option, { isNow: () => same(array, this.picture.model.get(name)) });
      });
      box.append(group("cw-choices", `Choose the ${name}`, make("span", {}, name), ...options));
      this.choices.push(...options);
    }
    return box;
  }

  buildPlayer() {
    const { picture } = this;
    const stop = (action) => (value) => {
      picture.play(false);
      action(value);
    };
    const go = (label, name, action) => button(label, name, stop(action));
    const speeds = Object.keys(SPEEDS).map((name) => make("option", { selected: name === "medium" }, name));
    this.place = slider("place of the window", stop((value) => picture.go(value)));
    this.where = make("span", { class: "cw-where", "aria-hidden": "true" });
    this.playing = button("Play", "Play", () => picture.play());
    this.speed = make("select", { "aria-label": "speed", title: "speed", ...OWN_KEYS, onchange: () => picture.timer && picture.play(true) }, ...speeds);
    return group(
      "cw-player",
      "Move the window",
      stepName(picture.model.get("kernel") ? "5 move" : "4 move"),
      go("\u21e4", "First place", () => picture.go(0)),
      go("\u2190 Back", "Back one place", () => picture.go(picture.step - 1)),
      this.playing,
      this.speed,
      go("Step \u2192", "Step to the next place", () => picture.go(picture.step + 1)),
      go("\u21e5", "Last place", () => picture.go(picture.places - 1)),
      this.place,
      this.where,
      go("Reset", "Reset to the start of the lesson", () => picture.reset()),
    );
  }

  buildSettings() {
    const { picture } = this;
    const conv = Boolean(picture.model.get("kernel"));
    const toggle = () => picture.set({ padding: picture.state.padding === "same" ? "valid" : "same" });
    this.same = button("same", "padding same", toggle);
    const resize = (k) => picture.set(conv ? { kernel: encode(picture.kernel.ofSize(k)) } : { size: k });
    const box = group("cw-settings", "Settings");
    this.addKnob(box, "n", "image size", (n) => picture.set({ image: encode(ofSide(picture.state.image, n)) }));
    this.addKnob(box, "stride", "stride", (stride) => picture.set({ stride }));
    this.addKnob(box, "padding", "padding", (p) => picture.set({ padding: p || "valid" }), this.same);
    if (conv) this.addKnob(box, "dilation", "dilation", (dilation) => picture.set({ dilation }));
    this.addKnob(box, "size", conv ? "kernel size" : "window size", resize);
    if (picture.can.has("sides")) box.append(this.buildSides());
    this.brush = field("paint pixels with", { size: 4, oninput: () => this.readBrush() });
    if (picture.can.has("paint")) box.append(make("label", { class: "cw-knob" }, "paint pixels with ", this.brush));
    this.fill = field("fill the padding with", { size: 4, oninput: () => this.readFill() });
    if (picture.can.has("fill")) box.append(make("label", { class: "cw-knob" }, "fill the padding with ", this.fill));
    if (picture.can.has("shift")) {
      const arrows = Object.keys(WAYS).map((way) => button(ARROWS[way], `Move the image ${way}`, () => shiftImage(picture, way)));
      box.append(group("cw-knob", "Move the image by one pixel", make("span", {}, "move the image"), ...arrows));
    }
    return box;
  }

  // Padding by rule, or in numbers: one field for each side.
  buildSides() {
    const { picture } = this;
    const rules = ["valid", "same"].map((rule) =>
      Object.assign(button(rule, `padding ${rule}`, () => picture.set({ padding: rule })), { isNow: () => picture.state.padding === rule }),
    );
    this.choices.push(...rules);
    this.sides = ["top", "bottom", "left", "right"].map((side) =>
      make("input", { type: "number", min: 0, max: MOST.side, "aria-label": `padding ${side}`, ...OWN_KEYS, oninput: () => this.readSides() }),
    );
    const named = this.sides.map((input) => make("label", {}, `${input.getAttribute("aria-label").slice(8)} `, input));
    return group("cw-knob cw-sides", "Padding", make("span", {}, "padding"), ...rules, ...named);
  }

  // An emptied field waits for its number, and the padding waits with it.
  readSides() {
    const sides = this.sides.map((input) => (input.value === "" ? NaN : Number(input.value)));
    const good = (count) => Number.isInteger(count) && count >= 0 && count <= MOST.side;
    this.sides.forEach((input, i) => put(input, "aria-invalid", input.value !== "" && !good(sides[i])));
    const bad = sides.find((count) => !Number.isNaN(count) && !good(count));
    this.picture.tell(bad === undefined ? "" : `Each side has 0 to ${MOST.side} padding rows or columns; got ${print(bad)}.`);
    if (!sides.every(good)) return;
    const [top, bottom, left, right] = sides;
    this.picture.set({ padding: [[top, bottom], [left, right]] });
  }

  // The number in the padding cells; nonsense leaves the one that is there, and a sentence says so.
  readFill() {
    const { value } = this.fill;
    const fill = parse(value);
    const bad = value.trim() !== "" && fill === null;
    put(this.fill, "aria-invalid", bad);
    this.picture.tell(bad ? `"${value}" is not a number. The padding is filled with a number such as 0, 1 or 0.5.` : "");
    if (fill !== null) this.picture.set({ fill });
  }

  addKnob(box, control, name, act, ...more) {
    if (!this.picture.can.has(control)) return;
    const input = slider(name, act);
    const value = make("span", { class: "cw-value", "aria-hidden": "true" }); // the slider says it itself
    this.knobs[control] = { input, value };
    box.append(make("div", { class: "cw-knob" }, make("span", { "aria-hidden": "true" }, name), input, value, ...more));
  }

  buildCode() {
    this.code = make("code");
    const copy = button("Copy", "Copy the code", async () => {
      this.drawCode(); // the fold may have told us nothing yet
      const text = this.code.textContent;
      const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
      if (!done) getSelection().selectAllChildren(this.code);
      say(copy, done ? "Copied" : "Selected: press Ctrl+C");
      setTimeout(() => say(copy, "Copy"), 2000);
    });
    const summary = make("summary", OWN_KEYS, "Code for this picture");
    this.details = make("details", { class: "cw-code", ontoggle: () => this.drawCode() }, summary, make("pre", {}, this.code), copy);
    return this.details;
  }

  // The brush's value; nonsense leaves the image's smallest value, and a sentence says so.
  readBrush() {
    const { value } = this.brush;
    const bad = value.trim() !== "" && parse(value) === null;
    put(this.brush, "aria-invalid", bad);
    this.picture.tell(bad ? `"${value}" is not a number. A pixel's value is a number such as 1, \u22121 or 0.5.` : "");
  }

  draw() {
    const { state, size } = this.picture;
    const ends = this.limits(state, size);
    const common = ([a, b]) => (a === b ? String(a) : `${a}\u00d7${b}`);
    const pads = size.pad.flat();
    const widest = Math.max(...pads);
    const amount = widest === Math.min(...pads) ? String(widest) : `${Math.min(...pads)} or ${widest}`;
    const padding = typeof state.padding === "string" ? state.padding : amount;
    this.turn("n", ends.leastImage, MOST.image, size.n[0], common(size.n));
    this.turn("stride", 1, ends.stride, size.stride[0], common(size.stride));
    this.turn("padding", ends.leastPadding, ends.padding, widest, padding, state.padding === "same" ? amount : padding);
    this.turn("dilation", 1, ends.dilation, size.dilation[0], common(size.dilation));
    this.turn("size", ends.leastSize, ends.size, size.k[0], common(size.k));
    put(this.same, "aria-pressed", state.padding === "same");
    const now = (input) => input === input.getRootNode().activeElement; // keeps what is being typed
    this.sides?.forEach((input, i) => now(input) || (input.value = pads[i]));
    if (!now(this.fill)) this.fill.value = print(state.fill);
    for (const choice of this.choices) put(choice, "aria-pressed", choice.isNow());
    this.drawFormula();
    this.drawCode();
  }

  // The ends of the sliders: the settings with which the window still fits, all else as it is.
  limits(state, size) {
    const same = state.padding === "same";
    const room = size.n.map((n, a) => n + size.pad[a][0] + size.pad[a][1]);
    const both = (along) => Math.max(1, Math.min(along(0), along(1)));
    const spread = (a) => (size.k[a] === 1 ? 1 : same ? MOST.dilation : Math.floor((room[a] - 1) / (size.k[a] - 1)));
    const lacking = Math.max(...size.span.map((span, a) => span - size.n[a]), 0);
    const fits = (a) => (same ? size.n[a] : Math.floor((room[a] - 1) / size.dilation[a]) + 1);
    const alone = Math.max(...size.span.map((span, a) => span - size.pad[a][0] - size.pad[a][1]));
    return {
      leastImage: same ? 1 : Math.max(1, alone),
      stride: Math.max(...size.n),
      leastPadding: state.kernel ? Math.ceil(lacking / 2) : 0,
      leastSize: state.kernel || same ? 1 : Math.max(...size.pad.flat()) + 1,
      padding: state.kernel ? Math.max(1, Math.floor(Math.max(...size.span) / 2)) : Math.min(...size.k) - 1,
      dilation: Math.min(MOST.dilation, both(spread)),
      size: Math.min(state.kernel ? MOST.kernel : MOST.window, both(fits)),
    };
  }

  turn(name, low, high, value, text, shown = text) {
    if (!this.knobs[name]) return;
    const { input, value: output } = this.knobs[name];
    const [least, most] = [Math.min(low, value), Math.max(high, value)];
    put(input, "min", least);
    put(input, "max", most);
    input.value = value;
    input.disabled = most <= least;
    put(input, "aria-valuetext", text);
    say(output, shown);
  }

  // The size of the map with the numbers put in; without stride and padding in its short form.
  drawFormula() {
    const { size, state } = this.picture;
    const plain = size.stride.every((s) => s === 1) && size.pad.flat().every((p) => p === 0);
    const bars = (a, count) => {
      const words = this.picture.footprints ? ` (bars ${a ? "below" : "beside"} the image: ${count})` : "";
      return make("span", { class: "cw-formula-bars" }, words);
    };
    const line = (name, a) => {
      const [before, after] = size.pad[a];
      const [n, span, stride] = [size.n[a], size.span[a], size.stride[a]];
      const padded = this.pads || before + after ? `${n} + ${before} + ${after}` : n;
      const sum = plain ? `${n} ${MINUS} ${span} + 1` : `\u230a(${padded} ${MINUS} ${span}) / ${stride}\u230b + 1`;
      const spread = ` (a ${state.kernel ? "kernel" : "window"} of ${size.k[a]} with dilation ${size.dilation[a]} spans ${span})`;
      const places = size.out[a] || "none";
      const words = make("span", { class: "cw-formula-name" }, `${name} of the map: `);
      return make("div", {}, words, `${sum} = `, make("b", {}, String(places)), bars(a, places), span === size.k[a] ? "" : spread);
    };
    this.formula.replaceChildren(...["rows", "columns"].map(line));
  }

  drawCode() {
    if (this.details.open) say(this.code, codeFor(this.picture.state, this.picture.size));
  }

  drawPlace(step, places) {
    const width = this.picture.size.out[1];
    const [r, c] = [Math.floor(step / width), step % width];
    put(this.place, "max", Math.max(places - 1, 0));
    this.place.value = step;
    this.place.disabled = places < 2;
    const where = places ? `place ${step + 1} of ${places}` : "no place";
    put(this.place, "aria-valuetext", places ? `${where}, row ${r}, column ${c}` : where);
    say(this.where, where);
  }
}

// The kernel: one real text field for each weight.
class KernelFields {
  constructor(picture) {
    this.picture = picture;
    this.fields = this.words = [];
    this.divisor = 1;
    this.factor = make("span", { class: "cw-factor" });
    this.weights = group("cw-weights", "Kernel weights");
    this.box = make("div", { class: "cw-kernel" }, this.factor, this.weights);
  }

  draw() {
    const { kernel } = this.picture.state;
    if (!kernel) return;
    if (!this.typing && !same(kernel, this.drawn)) this.divisor = divisorOf(kernel);
    this.drawn = kernel;
    say(this.factor, this.divisor === 1 ? "" : `1/${this.divisor} \u00d7`);
    if (!same([this.fields.length, this.fields[0]?.length], this.picture.size.k)) this.build();
    const words = (this.words = kernel.map((row) => row.map((w) => print(w * this.divisor))));
    const longest = Math.max(2, ...words.flat().map((w) => w.length));
    put(this.weights, "style", `--columns: ${kernel[0].length}; --longest: ${longest}`);
    const limit = Math.max(...kernel.flat().map(Math.abs));
    kernel.forEach((row, i) => row.forEach((w, j) => this.drawField(this.fields[i][j], w, words[i][j], limit)));
  }

  drawField(input, w, words, limit) {
    const rgb = tint(w, limit);
    put(input, "style", `background: ${css(rgb)}; color: ${ink(rgb)}`);
    // The field that the reader is in keeps its text, "1/2" or "-" say, until others change its weight.
    const within = input === input.getRootNode().activeElement;
    const known = input.meaning;
    input.meaning = w * this.divisor;
    if (within && (same(known, input.meaning) || near(parse(input.value) ?? NaN, input.meaning))) return;
    input.value = words;
    put(input, "aria-invalid", false);
  }

  build() {
    this.fields = filled(...this.picture.size.k, (i, j) => {
      const here = () => this.picture.point([i, j]);
      const away = () => this.picture.point(null);
      const input = field(`weight row ${i}, column ${j}`, { onfocus: here, onpointerenter: here, onpointerleave: away });
      input.readOnly = !this.picture.can.has("weights");
      input.addEventListener("input", () => this.type(input, i, j));
      input.addEventListener("blur", () => this.leave());
      input.addEventListener("keydown", (event) => this.keys(event, i, j));
      return input;
    });
    this.weights.replaceChildren(...this.fields.flat());
  }

  type(input, i, j) {
    const value = parse(input.value);
    const bad = value === null && input.value.trim() !== "";
    put(input, "aria-invalid", bad);
    const rule = "A weight is a number such as 2, \u22121, 0.5 or 1/9; the old one stays.";
    this.picture.tell(bad ? `"${input.value}" is not a number. ${rule}` : "");
    if (value === null) return;
    const kernel = this.drawn.map((row) => [...row]);
    kernel[i][j] = value / this.divisor;
    this.typing = true; // the factor 1/9 stays while its weights are edited
    this.picture.set({ kernel: encode(kernel) });
    this.typing = false;
  }

  leave() {
    this.picture.point(null);
    this.picture.tell("");
    this.draw();
  }

  keys(event, i, j) {
    const down = { ArrowUp: -1, ArrowDown: 1, Enter: 1 }[event.key];
    if (down) event.preventDefault();
    if (down) this.fields[i + down]?.[j].focus();
    if (event.key === "Escape") event.target.blur();
    event.stopPropagation();
  }

  // A larger kernel gets the weights back that it had before, else its one repeated weight, else 0.
  ofSize(k) {
    const now = this.drawn;
    now.forEach((row, i) => row.forEach((w, j) => Object.assign((this.spare ??= {}), { [[i, j]]: w })));
    const fresh = now.flat().every((w) => w === now[0][0]) ? now[0][0] : 0;
    return filled(k, k, (i, j) => this.spare[[i, j]] ?? fresh);
  }
}
