// The sliding-window picture. It draws the sentence "image * kernel = feature map" and lets the
// reader step, paint and rewire it. All that moves is computed here, in the page, so a step needs no
// answer from Python. The parts it is made of stand in explorer_parts.js.

const SETTINGS = ["image", "kernel", "size", "stride", "padding", "dilation", "fill"];
const HIGH = 240; // pixels for the grids in the large form: the sum below them is to be seen too
const ASKED = "Your function is being asked ...";

class Picture {
  constructor(model, root) {
    Object.assign(this, {
      model,
      root,
      probe: null,
      pointed: null,
      cursor: null,
      lit: [],
      timer: null,
    });
    this.forgetRoom();
    this.can = new Set(model.get("controls"));
    this.footprints = model.get("footprints");
    this.build();
    this.detach = attend(this, [...SETTINGS, "step", "mine"]);
    this.width = root.clientWidth;
    this.readTheme();
    this.update("all");
  }

  destroy() {
    clearInterval(this.timer);
    clearTimeout(this.saving);
    clearTimeout(this.telling);
    clearTimeout(this.late);
    this.detach();
  }

  // ------------------------------------------------ state

  read() {
    const get = (name) => this.model.get(name);
    return {
      image: decode(get("image")),
      kernel: decode(get("kernel")),
      size: get("size"),
      mode: get("mode"),
      stride: get("stride"),
      padding: get("padding"),
      dilation: get("dilation"),
      fill: get("fill"),
    };
  }

  // Changes settings here at once and tells Python; several changes are drawn as one. Steps may
  // follow each other faster than Python listens: it hears of the last.
  set(changes) {
    this.write(changes);
    this.update(Object.keys(changes).join(" "));
    this.save(same(Object.keys(changes), ["step"]) ? 40 : 0);
  }

  write(changes) {
    this.quiet = true;
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    this.quiet = false;
  }

  save(pause) {
    const now = () => {
      this.saving = null;
      this.model.save_changes();
    };
    clearTimeout(this.saving);
    if (pause) this.saving = setTimeout(now, pause);
    else now();
  }

  // A change made by Python or in another view.
  hear(name) {
    if (name === "step" && awaitsEcho(this)) this.write({ step: this.step });
    else this.update(name);
  }

  get places() {
    return this.size.out[0] * this.size.out[1];
  }

  get place() {
    if (this.probe) return this.probe;
    return [Math.floor(this.step / this.size.out[1]), this.step % this.size.out[1]];
  }

  update(changed) {
    // The step may change together with a setting that this view has not heard of yet.
    const values = SETTINGS.map((name) => this.model.get(name));
    const before = this.size;
    if (changed === "step" && !before.problem && values.every((value, i) => value === this.values[i])) {
      this.keepPlace();
      return this.moved();
    }
    this.values = values;
    const pointed = this.pointed;
    if (pointed) this.point(null);
    this.state = this.read();
    this.size = measure(this.state);
    if (before && !same(before.n, this.size.n)) this.forgetRoom();
    this.probe = this.pointed = null;
    this.root.classList.toggle("cw-impossible", Boolean(this.size.problem));
    this.controls.draw();
    this.kernel.draw();
    this.map = featureMap(this.state, this.size);
    this.beside?.measure();
    if (!this.size.problem) this.keepPlace(changed.includes("step") || before?.problem ? null : before);
    if (!same(before, this.size)) this.layout();
    this.paintAll();
    this.moved();
    if (pointed) this.point(pointed);
    if (this.size.problem) this.refuse();
  }

  // A changed setting leaves the window where it was on the image, or at the nearest place there is;
  // Python hears of it, unless it has named a step itself.
  keepPlace(before) {
    const { stride, out } = this.size;
    const asked = this.model.get("step");
    let step = asked;
    if (before && asked === this.asked) {
      const place = [Math.floor(this.step / before.out[1]), this.step % before.out[1]];
      const [r, c] = place.map((p, a) => clamp(Math.round((p * before.stride[a]) / stride[a]), 0, out[a] - 1));
      step = r * out[1] + c;
    }
    this.asked = asked;
    this.step = clamp(step, 0, this.places - 1);
    clearTimeout(this.telling);
    if (this.step !== asked) this.telling = setTimeout(() => this.set({ step: this.step }), 40);
  }

  go(step) {
    if (this.size.problem) return;
    this.probe = null;
    this.set({ step: clamp(step, 0, this.places - 1) });
  }

  move(rows, columns) {
    const [r, c] = this.place;
    const [height, width] = this.size.out;
    this.go(clamp(r + rows, 0, height - 1) * width + clamp(c + columns, 0, width - 1));
  }

  play(on = !this.timer) {
    const was = this.timer;
    if (this.size.problem) on = false;
    clearInterval(this.timer);
    this.timer = null;
    if (on && this.step >= this.places - 1) this.go(0);
    if (on) {
      this.timer = setInterval(() => {
        if (this.step >= this.places - 1) this.play(false);
        else this.go(this.step + 1);
      }, SPEEDS[this.controls.speed.value]);
    }
    this.root.classList.toggle("cw-playing", on);
    say(this.controls.playing, on ? "Pause" : "Play");
    put(this.controls.playing, "aria-label", on ? "Pause" : "Play");
    if (!on && was) this.moved(); // says where the window has come to
  }

  // ------------------------------------------------ building, once

  build() {
    const conv = Boolean(this.model.get("kernel"));
    const ways = "Home and End go to the first and last place, Space plays";
    this.image = new Grid(`Image. Arrow keys move the window, ${ways}, Enter starts painting.`, (e) => this.keys(e, true));
    this.output = new Grid(`Feature map. Arrow keys move by one window, ${ways}.`, (e) => this.keys(e, false));
    if (this.model.get("beside")) this.beside = new Beside(this);
    this.controls = new Controls(this);
    this.kernel = new KernelFields(this);
    this.bill = new Bill(this);
    this.live = make("div", { class: "cw-hidden", role: "status", "aria-live": "polite" });
    this.message = make("p", { class: `cw-message${this.can.has("shift") ? " cw-room" : ""}`, role: "alert" });
    this.refusal = make("p", { class: "cw-refusal", role: "alert" });
    this.panels = {};
    const sign = (text) => make("div", { class: "cw-sign", "aria-hidden": "true" }, text);
    const middle = make("div", { class: "cw-middle" }, sign(conv ? "\u2217" : "\u2192"), this.panel("kernel", this.kernel.box));
    this.right = make("div", { class: "cw-right" }, sign(conv ? "=" : "\u2192"), this.panel("output", this.output.box, this.refusal));
    if (this.beside) this.right.append(this.panel("beside", this.beside.grid.box));
    const row = make("div", { class: "cw-row" }, make("div", { class: "cw-left" }, this.panel("image", this.image.box), middle), this.right);
    put(this.root, "role", "group");
    put(this.root, "aria-label", conv ? "Sliding window: convolution" : "Sliding window: pooling");
    this.root.append(this.controls.above, row, this.message, this.bill.box, ...this.controls.below, this.live);
    this.listen();
  }

  panel(name, ...body) {
    const [title, note, legend] = ["title", "note", "legend"].map((part) => make("div", { class: `cw-${part}` }));
    this.panels[name] = { title, note, legend };
    const words = make("div", { class: "cw-words" }, note, legend);
    return make("div", { class: `cw-panel cw-panel-${name}` }, title, ...body, words);
  }

  // ------------------------------------------------ pointer and keys

  listen() {
    const { svg: map } = this.output;
    follow(map, (at) => this.look(at));
    map.addEventListener("pointerdown", (e) => this.chooseCell(e));
    const { svg: image } = this.image;
    follow(image, (at, buttons) => {
      if (at && !buttons) this.stroke = undefined;
      this.stroke === undefined ? this.pointAtPixel(at) : this.paintPixel(at, this.stroke);
    });
    image.addEventListener("pointerdown", (e) => {
      const at = cellOf(e);
      if (e.button || !at || !this.can.has("paint") || !this.inImage(at)) return;
      e.target.releasePointerCapture(e.pointerId);
      this.stroke = this.strokeValue(at);
      this.paintPixel(at, this.stroke);
      const end = () => (this.stroke = undefined);
      addEventListener("pointerup", end, { once: true });
    });
    this.root.addEventListener("focusout", (e) => {
      if (this.cursor && e.target === this.image.box) this.setCursor(null);
    });
  }

  chooseCell(event) {
    const at = event.button ? null : cellOf(event);
    if (!at) return;
    this.play(false);
    this.go(at[0] * this.size.out[1] + at[1]);
  }

  look(at) {
    if (this.size.problem || this.timer || same(at, this.probe)) return;
    this.probe = at;
    this.moved();
  }

  keys(event, onImage) {
    if (this.size.problem || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrows = ARROW_KEYS[event.key];
    if (this.cursor && onImage) {
      if (!this.cursorKey(event.key, arrows)) return;
    } else if (arrows) {
      this.play(false);
      this.move(...arrows);
    } else if (event.key === "Home") {
      this.play(false);
      this.go(0);
    } else if (event.key === "End") {
      this.play(false);
      this.go(this.places - 1);
    } else if (event.key === " ") this.play();
    else if (event.key === "Enter" && onImage && this.can.has("paint")) this.setCursor([0, 0]);
    else if (event.key === "Escape") {
      this.play(false);
      event.currentTarget.blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The painting cursor: arrows choose a pixel, Enter or Space paints it, Escape ends painting.
  cursorKey(key, arrows) {
    const [y, x] = this.cursor;
    if (arrows)
      this.setCursor([clamp(y + arrows[0], 0, this.size.n[0] - 1), clamp(x + arrows[1], 0, this.size.n[1] - 1)]);
    else if (key === "Enter" || key === " ") {
      this.paintPixel(this.cursor, this.strokeValue(this.cursor));
      this.setCursor(this.cursor);
    } else if (key === "Escape") this.setCursor(null);
    else return false;
    return true;
  }

  setCursor(at) {
    this.cursor = at;
    this.pixelFrame(...(at ?? [0, 0]), at ? 1 : 0, 1);
    this.notePixel(at);
    say(this.live, at ? `pixel ${this.pixelWords(at)}. Space paints, Escape ends painting.` : "painting ended");
  }

  inImage = ([y, x]) => y >= 0 && x >= 0 && y < this.size.n[0] && x < this.size.n[1];

  // A click writes the brush's value; on a pixel that has it already, the pixel's value at the start.
  strokeValue([y, x]) {
    const brush = parse(this.controls.brush.value) ?? this.low;
    if (this.state.image[y][x] !== brush) return brush;
    const start = decode(this.origin ?? this.model.get("start").image)[y]?.[x];
    return start === undefined || start === brush ? (brush === this.low ? this.high : this.low) : start;
  }

  paintPixel(at, value) {
    if (!at || !this.inImage(at) || this.state.image[at[0]][at[1]] === value) return;
    const image = this.state.image.map((row) => [...row]);
    image[at[0]][at[1]] = value;
    this.set({ image: encode(image) });
  }

  tell(sentence) {
    say(this.message, sentence || this.mine?.words || "");
  }

  choose(name, values) {
    if (name === "image") this.origin = values;
    else this.kernel.spare = null;
    this.tell("");
    this.set({ [name]: values, step: 0 });
  }

  reset() {
    this.origin = null;
    this.kernel.spare = null;
    this.forgetRoom();
    this.size = null;
    this.set({ ...this.model.get("start") });
    this.tell("");
    say(this.live, "reset to the start");
  }

  // ------------------------------------------------ drawing: layout

  // To ask the browser for a colour or a width is slow, so it is done when they change, not at every
  // stride. In the dark theme cells fade towards dark, in the light one towards light.
  readTheme() {
    this.ground = groundOf(this.root);
  }

  fade = (rgb) => mix(rgb, this.ground, 0.3);

  themed() {
    this.readTheme();
    this.paintAll();
    this.moved();
  }

  resized() {
    const width = this.root.clientWidth;
    if (Math.abs(width - this.width) < 2) return;
    this.width = width;
    this.most.bill = 0; // the sum breaks its lines anew: the room for it in another width says nothing
    this.layout();
    this.themed();
  }

  // The room kept free for padding, a larger map, a larger kernel: it only grows until the next Reset,
  // so that nothing jumps about while a slider is moved to and fro.
  forgetRoom() {
    this.frame = [0, 0, 0, 0];
    this.frameOut = [1, 1];
    this.most = { weights: 0, factor: 0, cell: 48, bill: 0 };
  }

  reserve() {
    const { size } = this;
    const spare = this.can.has("padding") && this.state.kernel && !this.large ? 1 : 0;
    const sides = [...size.pad[0], ...size.pad[1]].map((p) => Math.max(p, spare));
    const need = [sides[0], sides[3], sides[1], sides[2]];
    this.frame = this.frame.map((free, side) => Math.max(free, need[side]));
    // The largest map there can be is that of stride 1: as large as the image if it can be padded.
    const grows = ["padding", "sides"].some((control) => this.can.has(control));
    const most = size.n.map((n, a) => (grows ? n : this.can.has("stride") ? n - size.k[a] + 1 : 0));
    this.frameOut = this.frameOut.map((cells, a) => Math.max(cells, size.out[a], most[a]));
  }

  layout() {
    const { size } = this;
    const { gutter } = this.image;
    this.large = isLarge(this.root);
    const sides = this.can.has("sides");
    this.margins = [gutter + (sides ? 24 : 0), this.footprints ? Footprints.room : sides ? 30 : 5]; // round the image
    this.around = this.margins[0] + this.margins[1] - 27;
    this.reserve();
    this.numbers = Math.max(...size.n, ...size.out) <= 12;
    const [pixels, sums] = [this.state.image, this.map].map((grid) => grid.flat().map((v) => print(v)));
    const { most } = this;
    most.cell = clamp(Math.max(...[...pixels, ...sums].map((text) => text.length)) * 11 + 8, most.cell, 64);
    most.weights = Math.max(most.weights, this.state.kernel ? size.k[1] : 0);
    most.factor = Math.max(most.factor, this.kernel.divisor > 1 ? 62 : 0);
    // Too small for numbers, and no weights to type: the kernel is drawn to scale, without its sum.
    this.toScale = !this.numbers && !this.can.has("weights");
    this.root.classList.toggle("cw-to-scale", this.toScale);
    // One row or column more does not make all cells smaller, so that a map is seen to grow.
    const steady = (cells) => (this.toScale ? 4 * Math.ceil(cells / 4) : cells);
    const across = steady(this.frame[3] + size.n[1] + this.frame[1]);
    let [least, leastOut, highest] = [this.numbers ? 30 : this.toScale ? 8 : 11, 0, this.numbers ? most.cell : 28];
    if (this.large) {
      const rows = steady(Math.max(this.frame[0] + size.n[0] + this.frame[2], this.frameOut[0]));
      const mark = this.model.get("mine")?.uses ? "\u2717" : "";
      if (this.numbers) least = this.image.needs([...pixels, ...this.kernel.words.flat()]);
      if (this.numbers) leastOut = this.output.needs(sums.map((text) => mark + text));
      highest = Math.max(least, Math.min(this.numbers ? 64 : 28, Math.floor((this.numbers ? HIGH : 380) / rows)));
    }
    const wider = Math.max(leastOut - least, 0) * this.frameOut[1]; // a map of long numbers
    // All in one row; else the map below image and kernel; else each below the other.
    const maps = this.beside ? 2 : 1;
    const [under, beside] = this.large ? [232, 72] : [175, 60]; // the words under a map; its numbers and sign
    let cell = this.fits(across + maps * this.frameOut[1], 108 + (beside + wider) * maps);
    if (this.frameOut[1] * cell < under) cell = Math.min(cell, this.fits(across, 159 + (under + 9) * maps));
    this.root.classList.toggle("cw-rows", cell < least);
    const tall = Math.max(least, 44);
    if (cell < least) cell = Math.min(this.fits(across, 100), tall);
    if (cell < least) cell = Math.min(this.fits(across, 52, false), tall);
    this.cell = clamp(cell, 8, highest);
    this.cellOut = Math.max(this.cell, leastOut);
    this.root.style.setProperty("--cell", `${this.cell}px`);
    this.root.style.setProperty("--weight", `${this.toScale ? this.cell : clamp(this.cell, 40, Math.max(64, least))}px`);
    this.layoutImage(this.frame);
    this.layoutOutput();
    if (!size.problem) this.bill.build(this.width);
  }

  // The largest cell with which so many columns, the kernel and `rest` pixels fit the page.
  fits(columns, rest, kernel = true) {
    const { weights, factor } = this.most;
    const room = (this.width || 900) - rest - (kernel ? factor : 0) - this.around;
    if (!kernel) return Math.floor(room / columns);
    if (!weights) return Math.floor((room - 130) / columns);
    const cell = Math.floor(room / (columns + weights));
    if (this.toScale) return cell;
    return cell < 40 ? Math.floor((room - 40 * weights) / columns) : cell; // a weight has at least 40
  }

  layoutImage(frame) {
    const { size, image } = this;
    const [rows, columns] = size.n;
    const [margin, beyond] = this.margins;
    image.layout(this.cell, size.n, frame, [size.pad[0][0], size.pad[1][0]], margin, beyond);
    // The words keep close to the grid when room for padding is free round it.
    const free = frame.map(
      (cells, side) => (cells - [size.pad[0][0], size.pad[1][1], size.pad[0][1], size.pad[1][0]][side]) * this.cell,
    );
    const { title, note } = this.panels.image;
    title.style.transform = `translate(${free[3] + margin - image.gutter}px, ${free[0]}px)`;
    note.parentElement.style.transform = `translate(${free[3] + margin - image.gutter}px, ${-free[2]}px)`;
    note.parentElement.style.setProperty("--free", `${free[3]}px`);
    image.numbers(rows, columns);
    for (let r = -size.pad[0][0]; r < rows + size.pad[0][1]; r++) {
      for (let c = -size.pad[1][0]; c < columns + size.pad[1][1]; c++) {
        const inside = this.inImage([r, c]);
        image.add(r, c, inside ? "pixel" : "padding");
      }
    }
    this.missed = size.problem ? [0, 0] : hatchUnreached(this);
    this.lit = [];
    this.cursor = null;
    this.window = image.outline("window");
    this.pixelRing = image.front.appendChild(make("circle", { class: "cw-ring", visibility: "hidden" }));
    this.pixelPoint = image.outline("point");
    this.pixelFrame = image.outline("cursor");
    for (const frame of [this.pixelPoint, this.pixelFrame]) frame(0, 0, 0, 0);
    if (this.can.has("sides")) countSides(this);
    this.feet = this.footprints && !size.problem ? new Footprints(this) : null;
  }

  layoutOutput() {
    const { size, output } = this;
    output.layout(this.cellOut, size.out, [0, 0, 0, 0]);
    this.refusal.style.width = `${Math.max(this.frameOut[1] * this.cellOut, 190)}px`;
    this.right.style.minHeight = `${this.frameOut[0] * this.cellOut + 100}px`;
    output.numbers(...size.out);
    for (let r = 0; r < size.out[0]; r++) for (let c = 0; c < size.out[1]; c++) output.add(r, c, "empty");
    this.target = output.outline("target");
    this.shown = -1;
    this.beside?.layout();
  }

  // ------------------------------------------------ drawing: values

  paintAll() {
    const values = this.state.image.flat().filter(Number.isFinite);
    [this.low, this.high] = [Math.min(...values), Math.max(...values)];
    if (!values.length) [this.low, this.high] = [0, 1];
    const { brush } = this.controls;
    if (brush.value === "" && brush !== brush.getRootNode().activeElement) brush.value = print(this.low);
    this.mine = this.readMine();
    this.awaitMine();
    this.drawn = this.mine.map ?? this.map;
    const sizes = this.drawn.flat().filter(Number.isFinite).map(Math.abs);
    this.limit = Math.max(0, ...sizes);
    this.lit = [];
    const fill = this.state.kernel && this.numbers ? print(this.state.fill) : "";
    for (const { rect } of this.image.cells.values()) {
      const at = [rect.row, rect.column];
      this.inImage(at) ? this.paintPixelCell(...at, false) : this.image.paint(...at, null, fill, "padding");
    }
    this.image.fit([fill, ...this.state.image.flat().map((v) => print(v))]);
    const words = this.drawn.flatMap((row, r) => row.map((_, c) => this.mapWords(r, c)));
    this.output.fit(words);
    this.beside?.grid.fit([...words, ...this.beside.map.flat().map((v) => print(v))]);
    this.shown = -1;
    this.drawn.forEach((row, r) => row.forEach((_, c) => this.paintOutputCell(r, c, false)));
    if (!this.size.problem) this.bill.fit();
    this.drawWords();
  }

  // Pooling keeps the image's kind of value, and so its greys; a convolution's sums have a sign.
  colour = (v) => (this.state.kernel ? tint(v, this.limit) : shade(v, this.low, this.high));

  mapWords = (r, c) => `${this.mine.wrong?.has(`${r},${c}`) ? "\u2717" : ""}${print(this.drawn[r][c])}`;

  paintPixelCell(r, c, lit) {
    const v = this.state.image[r][c];
    const rgb = shade(v, this.low, this.high);
    this.image.paint(r, c, lit ? rgb : this.fade(rgb), this.numbers ? print(v) : "", "pixel");
  }

  // The reader's own function: its map if Python has answered for just these settings, and its slips.
  readMine() {
    const mine = this.model.get("mine");
    if (!mine?.uses || this.size.problem) return {};
    const uses = Object.fromEntries(SETTINGS.map((name) => [name, this.model.get(name)]));
    if (!same(mine.settings, uses)) return { unknown: true, words: ASKED };
    if (mine.problem) return { unknown: true, words: mine.problem };
    const map = decode(mine.map);
    const wrong = new Set();
    map.forEach((row, r) =>
      row.forEach((v, c) => {
        if (!agrees(v, this.map[r][c])) wrong.add(`${r},${c}`);
      }),
    );
    const all = this.places;
    return {
      map,
      wrong,
      words: wrong.size
        ? `The map is what your function returned. ${wrong.size} of its ${all} cells ${wrong.size === 1 ? "is" : "are"} wrong, marked with \u2717.`
        : `The map is what your function returned: all ${all} cells are right.`,
    };
  }

  // Python may answer late, or never again.
  awaitMine() {
    const { mine } = this;
    clearTimeout(this.late);
    if (mine.words !== ASKED) return;
    this.late = setTimeout(() => {
      mine.words = SILENT;
      this.tell("");
    }, PATIENCE);
  }

  drawWords() {
    const { size, state, panels, mine } = this;
    const title = (name, words, dims) => panels[name].title.replaceChildren(make("b", {}, words), ` ${dims}`);
    title("image", "image", shape(size.n));
    title("kernel", state.kernel ? "kernel" : this.beside ? "window of" : `${POOLED[state.mode]} of`, shape(size.k));
    title("output", "feature map", shape(size.out));
    const plain = this.beside ? POOLED[state.mode] : "feature map";
    say(panels.output.title.firstChild, mine.map ? "your map" : plain);
    this.beside?.drawTitle();
    const swatch = (rgb, text) => [make("i", { style: `background: ${css(rgb)}` }), make("span", {}, text)];
    const few = this.high > this.low ? [this.low, this.high] : [this.low];
    panels.image.legend.replaceChildren(...few.flatMap((v) => swatch(shade(v, this.low, this.high), print(v))));
    const scale = !state.kernel ? few : this.limit ? [-this.limit, 0, this.limit] : [0];
    panels.output.legend.replaceChildren(...scale.flatMap((v) => swatch(this.colour(v), print(v))));
    const line = (n, name) => (n ? `${n} ${name}${n > 1 ? "s" : ""}` : "");
    const missed = [line(this.missed[0], "row"), line(this.missed[1], "column")].filter(Boolean).join(" and ");
    panels.image.legend.append(
      missed
        ? make("span", { class: "cw-missed" }, make("i", { class: "cw-hatched" }), `no window reaches ${missed}`)
        : "",
    );
    say(panels.kernel.note, state.kernel ? "" : "no weights");
    this.tell("");
    this.message.classList.toggle("cw-wrong", Boolean(mine.wrong?.size));
  }

  // One step: everything that follows the window, and nothing else, is written again.
  moved() {
    if (this.size.problem) return;
    const [r, c] = this.place;
    const cells = windowCells(this.state, this.size, r, c);
    this.moveWindow(cells);
    this.fillMap();
    this.target(r, c, 1, 1);
    this.beside?.write(r, c);
    this.feet?.show([r, c]);
    this.bill.write(cells, r, c);
    this.writePlace(r, c);
  }

  moveWindow(cells) {
    const first = cells[0][0];
    const { span } = this.size;
    this.window(first.y, first.x, span[0], span[1]);
    const now = cells.flat().filter((cell) => cell.inside);
    const keep = new Set(now.map((cell) => `${cell.y},${cell.x}`));
    for (const [y, x] of this.lit) if (!keep.has(`${y},${x}`)) this.paintPixelCell(y, x, false);
    for (const cell of now) this.paintPixelCell(cell.y, cell.x, true);
    this.lit = now.map((cell) => [cell.y, cell.x]);
    this.ringPicked(now);
  }

  // Max pooling: a ring round the pixel that was picked.
  ringPicked(cells) {
    const picked =
      this.state.mode === "max" &&
      !this.state.kernel &&
      cells.find((cell) => cell.value === Math.max(...cells.map((one) => one.value)));
    put(this.pixelRing, "visibility", picked ? "visible" : "hidden");
    if (!picked) return;
    const { x, y } = this.image.at(picked.y, picked.x);
    for (const [name, value] of [
      ["cx", x + this.cell / 2],
      ["cy", y + this.cell / 2],
      ["r", this.cell * 0.42],
    ])
      put(this.pixelRing, name, value);
  }

  // The map is filled up to the step; only the cells between the old step and the new one change.
  fillMap() {
    const width = this.size.out[1];
    const from = Math.min(this.shown, this.step) + 1;
    const to = Math.max(this.shown, this.step);
    for (let t = from; t <= to; t++) this.paintOutputCell(Math.floor(t / width), t % width, t <= this.step);
    this.shown = this.step;
  }

  paintOutputCell(r, c, filled) {
    const known = filled && !this.mine.unknown;
    const wrong = known && this.mine.wrong?.has(`${r},${c}`);
    const v = this.drawn[r][c];
    const words = !this.numbers ? "" : known ? this.mapWords(r, c) : "\u00b7";
    this.output.paint(r, c, known ? this.colour(v) : null, words, wrong ? "wrong" : known ? "known" : "empty");
    const { text } = this.output.cells.get(`${r},${c}`);
    put(text, "data-value", known ? v : "");
    this.beside?.paint(r, c, filled);
  }

  // The maps, each with what its numbers are called and with its grid.
  maps() {
    const names = { max: "largest values", average: "averages" };
    const own = [this.state.kernel ? "sums" : names[this.state.mode], this.map, this.output];
    return this.beside ? [own, [names[this.beside.mode], this.beside.map, this.beside.grid]] : [own];
  }

  writePlace(r, c) {
    const value = this.mine.unknown ? "?" : print(this.drawn[r][c]);
    const name = this.state.kernel ? "sum" : this.state.mode === "max" ? "maximum" : "average";
    const wrong = this.mine.wrong?.has(`${r},${c}`) ? `, wrong: it should be ${print(this.map[r][c])}` : "";
    this.controls.drawPlace(this.step, this.places);
    if (!this.cursor) this.notePixel(null);
    say(this.panels.output.note, `${this.state.kernel ? 4 : 3} write ${value} at [${r}, ${c}]`);
    if (!this.timer) say(this.live, `row ${r}, column ${c}: ${name} ${value}${wrong}`);
  }

  pointAtPixel(at) {
    this.notePixel(at);
    if (!at || this.size.problem) return this.point(null);
    const cells = windowCells(this.state, this.size, ...this.place).flat();
    const cell = cells.find((one) => one.y === at[0] && one.x === at[1]);
    this.point(cell ? [cell.i, cell.j] : null);
  }

  // A cell too small for its number shows it under the image while it is pointed at.
  notePixel(at) {
    const small = at && !this.numbers && this.inImage(at);
    say(this.panels.image.note, small ? this.pixelWords(at) : "1 take the window");
  }

  pixelWords = ([r, c]) => `row ${r}, column ${c}: ${print(this.state.image[r][c])}`;

  // The weight, the pixel it multiplies and their product belong together: all three are framed at once.
  point(at) {
    if (same(at, this.pointed) || (at && this.size.problem)) return;
    for (const [place, on] of [
      [this.pointed, false],
      [at, true],
    ]) {
      if (!place) continue;
      const tile = this.bill.tiles[place[0]]?.[place[1]];
      for (const part of [tile?.box, tile?.product, this.kernel.fields[place[0]]?.[place[1]]])
        part?.classList.toggle("cw-pointed", on);
    }
    this.pointed = at;
    const cell = at && windowCells(this.state, this.size, ...this.place)[at[0]]?.[at[1]];
    this.pixelPoint(cell?.y ?? 0, cell?.x ?? 0, cell ? 1 : 0, 1);
  }

  // Where the map would be: why there is none. Image, kernel and settings stay, so that it can be mended.
  refuse() {
    this.play(false);
    this.controls.drawPlace(0, 0);
    say(this.refusal, this.size.problem);
    say(this.live, this.size.problem);
  }
}

export default widget(Picture);
