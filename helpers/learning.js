// A kernel that learns: image * kernel = feature map, feature map - target = error, and one gradient
// step a press. Every step is computed here, in the page. explorer_parts.js stands before this.

const MOST = 200; // steps
const GROWN = 1e6; // the loss has grown so many times: no step follows
const MATCHED = 0.05; // errors below this are no longer seen in one decimal
const PACE = 350; // milliseconds a step
const SIGN = 32; // pixels for a sign between two grids
const TRAITS = ["image", "kernel", "target", "rate", "step", "chosen"];

// Three digits, so that a number keeps its size where a loss grows without end.
const brief = (v) => print(v, Math.abs(v) < 9.995 ? 2 : Math.abs(v) < 99.95 ? 1 : 0, 1e4);
// A loss, too, when it is small.
const lossWords = (v) => (v >= 0.1 || v === 0 ? print(v, 2, 1e4) : v >= 0.00005 ? v.toFixed(4) : "below 0.0001");
const signed = (v) => (brief(v).startsWith(MINUS) ? `(${brief(v)})` : brief(v));
// What is printed, as a number again; and the sign that says whether it is all there is.
const printed = (v) => Number(brief(v).replace(MINUS, "-"));
const equals = (...values) => (values.every((v) => near(v, printed(v))) ? "=" : "\u2248");

// A grid without row and column numbers; one that takes no keys is a picture with its numbers as name.
class Sheet extends Grid {
  constructor(name, keys) {
    super(name, keys ?? (() => {}));
    this.name = name;
    this.still = !keys;
    if (!this.still) return;
    put(this.box, "role", "img");
    this.box.removeAttribute("tabindex");
  }

  layout(cell, size, kind) {
    super.layout(cell, size, [0, 0, 0, 0], [0, 0], 3, 3); // half of an outline
    filled(...size, (r, c) => this.add(r, c, kind));
  }

  fit(texts) {
    super.fit(texts, isLarge(this.svg) ? 8 : 4.5, 1);
  }

  write(values, colour, kind = "number") {
    this.fit(values.flat().map(brief));
    values.forEach((row, r) =>
      row.forEach((v, c) => {
        this.paint(r, c, colour(v, r, c), brief(v), kind);
        put(this.cells.get(`${r},${c}`).text, "data-value", v);
      }),
    );
    const rows = values.map((row) => row.map(brief).join(" ")).join("; ");
    if (this.still) put(this.box, "aria-label", `${this.name}: ${rows}`);
  }
}

// The loss as a sum, and over the steps taken so far, with a point for now.
class LossCurve {
  constructor() {
    this.svg = make("svg", { class: "cw-curve", "aria-hidden": "true" });
    this.words = make("span");
    this.box = make("div", { class: "cw-loss" }, this.words, this.svg);
  }

  layout(width, height) {
    Object.assign(this, { width, height });
    put(this.svg, "width", width);
    put(this.svg, "height", height);
  }

  draw(losses, now, places) {
    const large = isLarge(this.svg);
    const [left, top, end] = [large ? 72 : 52, 8, Math.max(10, Math.ceil((losses.length - 1) / 10) * 10)];
    const [across, down] = [this.width - left - 14, this.height - top - (large ? 28 : 22)];
    const highest = Math.max(...losses) || 1;
    const at = (loss, step) => [left + (step / end) * across, top + (1 - loss / highest) * down].map((v) => v.toFixed(1));
    const line = (kind, upto) => make("path", { class: kind, d: `M${losses.slice(0, upto + 1).map(at).join(" L")}` });
    const label = (x, y, text, anchor) => make("text", { x, y, "text-anchor": anchor, class: "cw-axis" }, text);
    const ticks = [0, end / 2, end].map((step) => label(at(0, step)[0], this.height - 4, step ? String(step) : "step 0", "middle"));
    const [x, y] = at(losses[now], now);
    this.svg.replaceChildren(
      make("path", { class: "cw-axes", d: `M${left},${top} V${top + down} H${left + across}` }),
      label(left - 6, top + 6, lossWords(highest), "end"),
      label(left - 6, top + down + 4, "0", "end"),
      ...ticks,
      line("cw-curve-taken", losses.length - 1),
      line("cw-curve-now", now),
      make("circle", { class: "cw-curve-dot", cx: x, cy: y, r: 6 }),
    );
    this.write(losses[now], places);
  }

  write(loss, places) {
    const squares = lossWords(loss * places);
    const sign = loss < 0.00005 && loss ? ":" : ` \u00f7 ${places} ${equals(loss * places, loss)}`;
    const result = make("b", { "data-value": loss }, lossWords(loss));
    const why = make("span", { class: "cw-quiet" }, ` (${squares}: each error times itself, added up)`);
    this.words.replaceChildren(make("b", {}, "loss"), ` ${squares}${sign} `, result, why);
  }
}

class LearningPicture extends Moving {
  constructor(model, root) {
    super();
    Object.assign(this, { model, root, probe: null, timer: null, taken: 0 });
    this.build();
    this.detach = attend(this, TRAITS);
    this.update();
  }

  // ------------------------------------------------ arithmetic (as in learning.py)

  // What a kernel writes, how far that is from the target, and the sums of error x pixel for each weight.
  look(kernel) {
    const under = (weights) => {
      const state = { image: this.state.image, kernel: weights, stride: 1, padding: "valid", dilation: 1 };
      return featureMap(state, measure(state));
    };
    const map = under(kernel);
    const error = map.map((row, r) => row.map((v, c) => v - this.state.target[r][c]));
    const errors = error.flat();
    const loss = errors.reduce((sum, e) => sum + e * e, 0) / errors.length;
    const matched = errors.every((e) => Math.abs(e) < MATCHED);
    return { kernel, map, error, loss, matched, sums: under(error) };
  }

  // The steps up to `count`, or up to where the loss has grown too much.
  walk(count) {
    const { path } = this;
    while (path.length <= Math.min(count, MOST) && !this.ended) {
      const { kernel, sums } = path.at(-1);
      path.push(this.look(kernel.map((row, i) => row.map((w, j) => w - this.state.rate * this.slope(sums[i][j])))));
    }
  }

  slope = (sum) => (2 / this.places) * sum;

  get ended() {
    return this.path.at(-1).loss > GROWN * this.path[0].loss;
  }

  get now() {
    return this.path[this.step];
  }

  // ------------------------------------------------ state

  update() {
    const before = this.state;
    this.state = Object.fromEntries(TRAITS.map((name) => [name, this.model.get(name)]));
    const { target, kernel, step } = this.state;
    this.places = target.length * target[0].length;
    if (!before || ["image", "kernel", "target", "rate"].some((name) => !same(before[name], this.state[name]))) {
      this.path = [this.look(kernel)];
      this.taken = 0;
    }
    this.walk(step);
    this.step = Math.min(step, this.path.length - 1);
    this.taken = Math.max(this.taken, this.step);
    if (this.width === undefined) this.layout();
    this.draw();
  }

  go(step) {
    this.set({ step: clamp(step, 0, MOST) });
    if (this.step < step) this.set({ step: this.step }); // the loss has grown too much before that
  }

  again() {
    this.taken = 0;
    this.go(0);
  }

  get over() {
    return (this.ended && this.step === this.path.length - 1) || this.step >= MOST;
  }

  play(on = !this.timer) {
    clearInterval(this.timer);
    this.timer = null;
    const done = () => this.now.matched || this.over;
    if (on && done()) this.again();
    const next = () => {
      this.go(this.step + 1);
      if (done()) this.play(false);
    };
    if (on) this.timer = setInterval(next, PACE);
    say(this.playing, on ? "Pause" : "Play");
    put(this.playing, "aria-label", on ? "Pause" : "Play");
    if (!on) this.tell();
  }

  // ------------------------------------------------ building, once

  build() {
    const ways = "Arrow keys choose a weight, Home and End the first and last one, Space plays.";
    const names = ["Image", "Feature map", "Target", "Error", "Pixels that the framed weight meets", "Products"];
    [this.image, this.map, this.target, this.error, this.pixels, this.products] = names.map((name) => new Sheet(name));
    this.kernel = new Sheet(`Kernel. ${ways}`, (event) => this.keys(event));
    this.curve = new LossCurve();
    this.sums = make("div", { class: "cw-learn-sums" });
    this.live = make("div", { class: "cw-hidden", role: "status", "aria-live": "polite" });
    this.message = make("p", { class: "cw-message cw-room" });
    put(this.root, "role", "group");
    put(this.root, "aria-label", "A kernel that learns");
    const chain = [["\u2217", "kernel"], ["=", "map"], [MINUS, "target"]].map((unit) => this.unit(...unit));
    const top = [this.unit("", "image"), make("div", { class: "cw-learn-chain" }, ...chain), this.curve.box];
    const why = [["=", "error"], ["\u00d7", "pixels"], ["=", "products"]].map((unit) => this.unit(...unit));
    this.root.append(
      this.buildPickers(),
      this.buildPlayer(),
      this.message,
      make("div", { class: "cw-learn" }, ...top),
      make("div", { class: "cw-learn-why" }, ...why, this.sums),
      this.live,
    );
    this.listen();
  }

  // A grid under its title, after its sign.
  unit(sign, name) {
    this.titles ??= {};
    this.titles[name] = make("div", { class: "cw-learn-title" });
    const before = sign && make("div", { class: "cw-sign", "aria-hidden": "true" }, sign);
    return make("div", { class: `cw-unit cw-unit-${name}` }, before, make("div", {}, this.titles[name], this[name].box));
  }

  buildPickers() {
    const { model } = this;
    const row = (name, choices, read) => {
      const options = choices.map(([word, value]) => {
        const act = () => {
          this.play(false);
          this.taken = 0;
          this.set({ [read]: value, step: 0 });
        };
        return Object.assign(button(word, `${name} ${word}`, act), { isNow: () => same(value, this.state[read]) });
      });
      return make("div", { class: "cw-choices", role: "group", "aria-label": `Choose the ${name}` }, make("span", {}, name), ...options);
    };
    const targets = Object.entries(model.get("targets"));
    const rates = model.get("rates").map((rate) => [String(rate), rate]);
    const rows = [row("learning rate", rates, "rate")];
    if (targets.length > 1) rows.unshift(row("target", targets, "target"));
    const box = make("div", { class: "cw-pickers" }, ...rows);
    this.choices = [...box.querySelectorAll("button")];
    return box;
  }

  buildPlayer() {
    const stop = (action) => (event) => {
      this.play(false);
      action(event);
    };
    this.back = button("\u2190 Back", "Back one step", stop(() => this.go(this.step - 1)));
    this.playing = button("Play", "Play", () => this.play());
    this.forward = button("Step \u2192", "Step", stop(() => this.go(this.step + 1)));
    this.ten = button("10 steps", "10 steps", stop(() => this.go(this.step + 10)));
    const oninput = stop((event) => this.go(Number(event.target.value)));
    this.slider = make("input", { type: "range", min: 0, step: 1, "aria-label": "steps taken", ...OWN_KEYS, oninput });
    this.where = make("span", { class: "cw-where", "aria-hidden": "true" });
    const again = button("Start again", "Start again", stop(() => this.again()));
    const parts = [this.back, this.forward, this.ten, this.playing, this.slider, this.where, again];
    return make("div", { class: "cw-player", role: "group", "aria-label": "Take steps" }, ...parts);
  }

  // ------------------------------------------------ pointer and keys

  listen() {
    const { svg } = this.kernel;
    follow(svg, (at) => {
      if (same(at, this.probe)) return;
      this.probe = at;
      this.draw();
    });
    svg.addEventListener("pointerdown", (event) => {
      const at = event.button ? null : cellOf(event);
      if (at) this.choose(at);
    });
  }

  choose(at) {
    this.probe = null;
    this.set({ chosen: at });
  }

  keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
    const { kernel, chosen } = this.state;
    const last = [kernel.length - 1, kernel[0].length - 1];
    const arrow = ARROW_KEYS[event.key];
    if (arrow) this.choose(chosen.map((at, axis) => clamp(at + arrow[axis], 0, last[axis])));
    else if (event.key === "Home") this.choose([0, 0]);
    else if (event.key === "End") this.choose(last);
    else if (event.key === " ") this.play();
    else if (event.key === "Escape") event.currentTarget.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // ------------------------------------------------ drawing

  resized() {
    if (Math.abs(this.root.clientWidth - this.width) < 2) return;
    this.layout();
    this.draw();
  }

  themed() {
    this.draw();
  }

  // Image, kernel, map and target in one row, the loss below the last three, if a cell then still holds
  // "-1.11" in letters of 18 pixels; else each goes where there is room.
  layout() {
    const { image, kernel, target } = this.state;
    const [n, k, out] = [image, kernel, target].map((rows) => [rows.length, rows[0].length]);
    this.width = this.root.clientWidth;
    const room = (this.width || 900) - 24;
    const fits = (units, columns) => Math.floor((room - 6 * units - SIGN * (units - 1)) / columns);
    const [least, most] = isLarge(this.root) ? [60, 60] : [48, 50]; // "-1.11" in 20 pixels, or in 18
    let cell = fits(4, n[1] + k[1] + 2 * out[1]);
    const narrow = cell < least;
    if (narrow) cell = fits(3, n[1] + k[1] + out[1]);
    if (cell < 44) cell = fits(2, n[1] + k[1]);
    if (cell < 38) cell = fits(2, Math.max(n[1], out[1], k[1]));
    cell = clamp(cell, isLarge(this.root) ? least : 30, most);
    this.root.classList.toggle("cw-narrow", narrow);
    const pixel = isLarge(this.root) ? Math.min(cell, 50) : cell; // the why below is to be seen too
    this.image.layout(pixel, n, "pixel");
    this.kernel.layout(cell, k, "known");
    for (const sheet of [this.map, this.target, this.error, this.pixels, this.products]) sheet.layout(cell, out, "number");
    this.window = this.image.outline("window");
    this.meets = this.pixels.outline("window");
    this.weight = this.kernel.outline("target");
    const beside = room - (narrow ? out[1] * cell : n[1] * pixel) - 6 - SIGN; // what the image leaves, or the target
    this.curve.layout(Math.min(narrow && beside < 380 ? room : beside - 4, isLarge(this.root) ? 580 : 620), Math.max(isLarge(this.root) ? 62 : 78, (k[0] - 1) * cell - 26 - n[0] * (cell - pixel)));
    this.out = out;
    this.writeTitles({ image: n, kernel: k, map: out, target: out, error: out });
  }

  draw() {
    const ground = groundOf(this.root);
    const { image, kernel, map, error } = { ...this.now, image: this.state.image };
    const { target } = this.state;
    const [i, j] = this.probe ?? this.state.chosen;
    const pixels = filled(...this.out, (r, c) => image[i + r][j + c]);
    const products = filled(...this.out, (r, c) => error[r][c] * pixels[r][c]);
    const size = (rows) => Math.max(...rows.flat().map(Math.abs));
    const scale = size(target) || 1;
    const [low, high] = [Math.min(...image.flat()), Math.max(...image.flat())];
    const inside = (r, c) => r >= i && c >= j && r < i + this.out[0] && c < j + this.out[1];
    this.image.write(image, (v, r, c) => (inside(r, c) ? shade(v, low, high) : mix(shade(v, low, high), ground, 0.3)));
    this.pixels.write(pixels, (v) => shade(v, low, high));
    this.kernel.write(kernel, (v) => tint(v, Math.max(1, size(this.state.kernel))), "known");
    for (const [sheet, values] of [[this.map, map], [this.target, target], [this.error, error]]) sheet.write(values, (v) => tint(v, scale));
    this.products.write(products, (v) => tint(v, scale * (size(image) || 1)));
    this.window(i, j, ...this.out);
    this.meets(0, 0, ...this.out);
    const out = 1.5 / this.kernel.cell; // the frame stands round the weight, not on its digits
    this.weight(i - out, j - out, 1 + 2 * out, 1 + 2 * out);
    const losses = this.path.slice(0, this.taken + 1).map(({ loss }) => loss);
    this.curve.draw(losses, this.step, this.places);
    this.drawControls();
    this.drawSums(i, j, products);
    if (!this.timer) this.tell();
  }

  writeTitles(sizes) {
    const words = { map: "feature map", pixels: "pixels it meets" };
    for (const [name, title] of Object.entries(this.titles)) {
      say(title, `${words[name] ?? name}${sizes[name] ? ` ${shape(sizes[name])}` : ""}`);
    }
  }

  drawControls() {
    for (const choice of this.choices) put(choice, "aria-pressed", choice.isNow());
    Object.assign(this.slider, { max: Math.max(this.taken, 1), value: this.step });
    put(this.slider, "aria-valuetext", `step ${this.step} of ${this.taken} taken`);
    say(this.where, `step ${this.step}`);
    // Not "disabled": the button would lose the keyboard's focus at the press that ends the row.
    put(this.back, "aria-disabled", this.step === 0);
    for (const one of [this.forward, this.ten]) put(one, "aria-disabled", this.over);
    say(this.message, this.words());
    this.message.classList.toggle("cw-wrong", this.grows());
  }

  grows() {
    const before = this.path[this.step - 1];
    return Boolean(before) && !this.now.matched && this.now.loss > before.loss * (1 + 1e-9);
  }

  words() {
    const remedy = "Choose a smaller learning rate.";
    if (this.ended && this.step === this.path.length - 1) return `Stopped: the loss has grown a million times. ${remedy}`;
    if (this.grows()) return `The loss grows: the steps are too long. ${remedy}`;
    if (this.now.matched) return `The map matches the target: no error is larger than ${MATCHED}.`;
    return this.step >= MOST ? `${MOST} steps are the most that this picture takes.` : "";
  }

  // Why the framed weight changes: the sum of its products, the slope, and the weight after the next step.
  drawSums(i, j, products) {
    const { kernel, sums } = this.now;
    const [weight, sum, { rate }] = [kernel[i][j], sums[i][j], this.state];
    const slope = this.slope(sum);
    const next = weight - rate * slope;
    const added = products.flat().reduce((total, v) => total + printed(v), 0);
    const differs = brief(added) !== brief(sum) && Math.abs(added) < 1e4;
    const line = (name, ...words) => make("div", {}, make("span", { class: "cw-quiet" }, name), make("span", {}, ...words));
    const result = make("b", { class: "cw-result", "data-value": next }, brief(next));
    this.sums.replaceChildren(
      stepName("Why does this weight change?"),
      line("sum", brief(sum), differs ? " with all decimals" : ""),
      line("slope", `2 \u00f7 ${this.places} \u00d7 ${signed(sum)} ${equals(sum, slope)} ${brief(slope)}`),
      line("next", `${brief(weight)} ${MINUS} ${rate} \u00d7 ${signed(slope)} ${equals(weight, slope, next)} `, result),
      make("p", {}, this.direction(slope)),
    );
    this.nextWords = `weight row ${i}, column ${j}: ${brief(weight)}, slope ${brief(slope)}, next ${brief(next)}`;
  }

  direction(slope) {
    if (brief(slope) === "0") return "The slope is 0, or nearly: the weight stays.";
    if (slope < 0) return "Below 0: more weight, less loss. So the weight goes up.";
    return "Above 0: more weight, more loss. So the weight goes down.";
  }

  tell() {
    say(this.live, `step ${this.step}: loss ${lossWords(this.now.loss)}; ${this.nextWords}. ${this.words()}`.trim());
  }
}

export default widget(LearningPicture, "cw cw-learning");
