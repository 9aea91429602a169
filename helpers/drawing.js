// A paper to draw a digit on. The page draws the strokes and sends them to Python; what Python makes
// of them (prepared image, maps, probabilities) comes back and is shown. explorer_parts.js and
// silence.js stand before this.

// In the paper's units: its side, the width of a stroke, the shortest way that makes a new point, a
// step of the keyboard's pen. MNIST's 28 pixels are ten units each.
const [PAPER, BRUSH, NEAREST, STEP] = [280, 24, 2, 10];
const [MOST_STROKES, MOST_POINTS, MOST_PAST] = [60, 400, 200];
const REST = 600; // milliseconds before a reading is said aloud
const KEYS = "Drawing area. Arrow keys move the pen, Space puts it down and lifts it, Control Z takes back.";

const part = (name, ...children) => make("div", { class: `cw-${name}` }, ...children);
const head = (words) => make("div", { class: "cw-head" }, words);

class DrawingPicture {
  constructor(model, root) {
    Object.assign(this, { model, root, past: [], pointer: null, pen: null, down: false });
    Object.assign(this, { waiting: false, due: false, asked: model.get("asked") });
    this.build();
    this.detach = attend(this, ["strokes", "told", "layer", "answer"]);
    this.read();
    this.draw();
    this.show();
    this.ask();
  }

  destroy() {
    clearTimeout(this.late);
    clearTimeout(this.rest);
    this.detach();
  }

  // ------------------------------------------------ its parts

  build() {
    put(this.root, "role", "group");
    put(this.root, "aria-label", "Draw a digit");
    this.root.addEventListener("keydown", (event) => this.shortcut(event));
    this.live = make("div", { class: "cw-hidden", role: "status", "aria-live": "polite" });
    this.words = make("p", { class: "cw-reads" });
    this.bars = part("answer");
    this.digit = part("digit");
    this.note = make("p", { class: "cw-done" });
    this.maps = part("maps");
    this.tally = part("tally");
    this.root.append(
      part(
        "drawing",
        part("draws", head("Draw a digit"), this.paper(), this.tools()),
        part("prepares", head("Prepared"), this.digit, this.note),
        part("answers", this.words, this.bars),
        part("looks", this.layers(), this.maps),
        part("tells", this.truths(), this.tally),
      ),
      this.live,
    );
  }

  paper() {
    this.ink = make("g");
    this.marker = ["casing", "line"].map((tone) => make("circle", { class: `cw-pen-${tone}`, r: BRUSH / 2 }));
    this.svg = make("svg", { viewBox: `0 0 ${PAPER} ${PAPER}`, "aria-hidden": "true" }, this.ink, ...this.marker);
    this.svg.addEventListener("pointerdown", (event) => this.start(event));
    this.svg.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.svg.addEventListener(name, (event) => this.end(event));
    this.svg.addEventListener("contextmenu", (event) => event.preventDefault()); // a finger held long
    this.box = make(
      "div",
      { class: "cw-paper", role: "application", tabindex: 0, "aria-label": KEYS, onkeydown: (e) => this.keys(e), onblur: () => this.lay(), ...OWN_KEYS },
      this.svg,
    );
    return this.box;
  }

  tools() {
    this.undoes = button("Undo", "Undo", () => this.undo());
    this.clears = button("Clear", "Clear", () => this.strokes.length && this.change({ strokes: [] }));
    const onchange = () => this.chosen.value && this.change({ strokes: this.model.get("saved")[this.chosen.value] }, this.chosen.value);
    const names = Object.keys(this.model.get("saved"));
    this.chosen = make(
      "select",
      { "aria-label": "saved drawing", onchange, ...OWN_KEYS },
      make("option", { value: "" }, "saved drawing"),
      ...names.map((name) => make("option", { value: name }, name)),
    );
    return part("player", this.undoes, this.clears, this.chosen);
  }

  layers() {
    const several = Object.entries(this.model.get("layers"));
    const onchange = () => {
      this.layer = this.layerList.value;
      this.ask();
    };
    const options = several.map(([name, words]) => make("option", { value: name }, `${name}: ${words}`));
    this.layerList = make("select", { "aria-label": "layer", onchange, ...OWN_KEYS }, ...options);
    const legend = make("span", { class: "cw-colours" }, "purple below 0, white 0, green above 0");
    return part("choices", part("knob", "layer", this.layerList), legend);
  }

  truths() {
    this.digits = Array.from({ length: this.model.get("classes") }, (_, digit) =>
      button(String(digit), `It was a ${digit}`, () => this.tell(digit)),
    );
    return part("truths", make("span", {}, "It was a"), ...this.digits);
  }

  // ------------------------------------------------ what changes

  // From Python, or at the start.
  read() {
    for (const name of ["strokes", "told", "layer"]) this[name] = this.model.get(name);
    this.layerList.value = this.layer;
  }

  hear(name) {
    if (name === "answer") return this.answered();
    if (same(this[name], this.model.get(name))) return;
    this.read();
    this.past = [];
    this.draw();
    if (this.model.get("asked") <= this.asked) this.ask(); // else another page of this notebook has asked
  }

  themed() {
    groundOf(this.root);
  }

  resized() {
    this.themed();
    const { clientWidth, clientHeight } = this.maps;
    if (clientWidth && !same(this.room, [clientWidth, clientHeight])) {
      this.room = [clientWidth, clientHeight];
      this.ask();
    }
  }

  // Another drawing, which can be taken back.
  change(what, saved = "") {
    this.past.push({ strokes: this.strokes, told: this.told });
    this.past.splice(0, this.past.length - MOST_PAST);
    Object.assign(this, what);
    this.chosen.value = saved;
    this.draw();
    this.ask();
  }

  undo() {
    if (!this.past.length) return;
    Object.assign(this, this.past.pop());
    this.chosen.value = "";
    this.lift();
    this.draw();
    this.ask();
  }

  tell(digit) {
    if (!this.strokes.length) return this.aloud("Draw a digit first.");
    this.lift();
    this.change({ strokes: [], told: [...this.told, [digit, this.strokes]] });
  }

  // ------------------------------------------------ the pen

  begin(point) {
    if (this.strokes.length < MOST_STROKES) this.change({ strokes: [...this.strokes, [point]] });
  }

  // A long stroke loses every second point: it keeps its form, and the state stays small.
  extend(points) {
    let stroke = this.strokes.at(-1);
    for (const point of points) {
      const [x, y] = stroke.at(-1);
      if (Math.hypot(point[0] - x, point[1] - y) >= NEAREST) stroke = [...stroke, point];
    }
    if (stroke.length > MOST_POINTS) stroke = stroke.filter((_, i) => i % 2 === 0 || i === stroke.length - 1);
    if (stroke === this.strokes.at(-1)) return;
    this.strokes = [...this.strokes.slice(0, -1), stroke];
    this.draw();
    this.ask();
  }

  // Where an event is on the paper; a little outside is kept, so that a line ends there.
  at({ clientX, clientY }) {
    const { left, top, width } = this.svg.getBoundingClientRect();
    return [clientX - left, clientY - top].map((way) => clamp(Math.round((way * PAPER) / width), -PAPER, 2 * PAPER));
  }

  start(event) {
    if (this.pointer !== null || event.button !== 0) return; // a second finger, another button
    event.preventDefault();
    this.lay();
    this.box.classList.add("cw-by-hand"); // the ring round it is for keys
    this.box.focus({ preventScroll: true });
    this.svg.setPointerCapture(event.pointerId);
    this.pointer = this.strokes.length < MOST_STROKES ? event.pointerId : null;
    this.begin(this.at(event));
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const every = event.getCoalescedEvents?.() ?? [];
    this.extend((every.length ? every : [event]).map((one) => this.at(one)));
  }

  end(event) {
    if (event.pointerId === this.pointer) this.pointer = null;
  }

  keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way && event.key !== " " && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.box.classList.remove("cw-by-hand");
    this.pen ??= [PAPER / 2, PAPER / 2];
    if (way) this.step(way);
    else if (event.key === "Escape") this.lift();
    else if (event.repeat) return;
    else if (this.down) this.lift("Pen up.");
    else this.press();
    this.draw();
  }

  step(way) {
    this.pen = this.pen.map((place, axis) => clamp(place + STEP * way[axis], 0, PAPER));
    if (this.down) this.extend([this.pen]);
    else this.aloud(this.where(), REST);
  }

  press() {
    this.down = this.strokes.length < MOST_STROKES;
    this.begin(this.pen);
    this.aloud(`Pen down, ${this.where()}`);
  }

  lift(words) {
    this.down = false;
    if (words) this.aloud(words);
  }

  // The keyboard's pen is laid away.
  lay() {
    this.box.classList.remove("cw-by-hand");
    this.lift();
    this.pen = null;
    this.draw();
  }

  where() {
    return `${this.pen[0] / STEP} across, ${this.pen[1] / STEP} down, of ${PAPER / STEP}.`;
  }

  shortcut(event) {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.pointer === null) this.undo();
  }

  // ------------------------------------------------ asking Python

  // Never more than one question is on its way; what has changed meanwhile is asked afterwards.
  ask() {
    this.due = true;
    if (this.waiting || !this.room) return;
    this.due = false;
    this.waiting = true;
    this.asked = this.model.get("asked") + 1;
    this.quiet = true;
    for (const name of ["strokes", "told", "layer", "room", "asked"]) this.model.set(name, this[name]);
    this.quiet = false;
    this.model.save_changes();
    clearTimeout(this.late);
    this.late = setTimeout(() => this.overdue(), PATIENCE);
  }

  // A question may get lost, for example when the kernel is interrupted: it is asked again.
  overdue() {
    this.waiting = false;
    say(this.words, SILENT);
    this.aloud(SILENT);
    this.ask();
  }

  answered() {
    if (this.model.get("answer").asked < this.asked) return; // another question has followed it
    clearTimeout(this.late);
    this.waiting = false;
    this.show();
    if (this.due) this.ask();
  }

  // ------------------------------------------------ what is seen

  draw() {
    const paths = [...this.ink.children];
    this.strokes.forEach((stroke, i) => {
      const path = paths[i] ?? make("path", { "stroke-width": BRUSH });
      if (!paths[i]) this.ink.append(path);
      put(path, "d", `M${stroke.map((point) => point.join(" ")).join("L")}l0 0`);
    });
    paths.slice(this.strokes.length).forEach((path) => path.remove());
    for (const circle of this.marker) {
      put(circle, "cx", this.pen?.[0] ?? 0);
      put(circle, "cy", this.pen?.[1] ?? 0);
      put(circle, "visibility", this.pen ? "visible" : "hidden");
    }
    this.box.classList.toggle("cw-pen-down", this.down);
    put(this.undoes, "aria-disabled", !this.past.length);
    for (const one of [this.clears, ...this.digits]) put(one, "aria-disabled", !this.strokes.length);
  }

  // All parts of an answer are shown in one frame, when its images are ready.
  async show() {
    const answer = this.model.get("answer");
    if (answer.problem) {
      say(this.words, answer.problem);
      return this.aloud(answer.problem);
    }
    const parts = ["digit", "maps", "bars", "tally"].map((name) => {
      const fresh = make("template");
      fresh.innerHTML = answer[name === "digit" ? "prepared" : name] ?? "";
      return [this[name], fresh.content];
    });
    const images = parts.flatMap(([, content]) => [...content.querySelectorAll("img")]);
    await Promise.allSettled(images.map((image) => image.decode()));
    if (answer !== this.model.get("answer")) return; // a newer one has come meanwhile
    for (const [place, content] of parts) place.replaceChildren(content);
    this.root.classList.toggle("cw-blank", Boolean(answer.blank));
    say(this.words, answer.words);
    say(this.note, answer.note ?? "");
    this.aloud([answer.words, this.tally.querySelector("p")?.textContent].join(" "), REST);
  }

  // Said at once; with a pause, once nothing newer follows for so long.
  aloud(words, pause = 0) {
    clearTimeout(this.rest);
    if (pause) this.rest = setTimeout(() => say(this.live, words), pause);
    else say(this.live, words);
  }
}

export default widget(DrawingPicture);
