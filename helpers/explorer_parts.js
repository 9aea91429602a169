// What the sliding-window picture is made of: arithmetic, numbers and colours, elements, and the
// grid of cells. explorer.py joins it with explorer_sum.js and explorer.js.

// ---------------------------------------------------------------- arithmetic (as in convolution.py)

const pair = (value) => (Array.isArray(value) ? value : [value, value]);
const filled = (rows, columns, write) =>
  Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => write(r, c)));

// [before, after] on one axis; n pixels, a window that spans `span` of them.
function paddingAlong(axis, padding, n, span, stride) {
  if (Array.isArray(padding)) return padding[axis];
  if (typeof padding === "number") return [padding, padding];
  if (padding === "valid") return [0, 0];
  const total = Math.max((Math.ceil(n / stride) - 1) * stride + span - n, 0);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

// Everything about sizes, for both axes (rows first), and the problem in words if there is one.
function measure(state) {
  const n = [state.image.length, state.image[0].length];
  const k = state.kernel ? [state.kernel.length, state.kernel[0].length] : pair(state.size);
  const stride = pair(state.stride ?? k);
  const dilation = pair(state.dilation);
  const span = k.map((size, axis) => (size - 1) * dilation[axis] + 1);
  const pad = n.map((size, a) => paddingAlong(a, state.padding, size, span[a], stride[a]));
  const out = n.map((size, a) => {
    const room = size + pad[a][0] + pad[a][1] - span[a];
    return room < 0 ? 0 : Math.floor(room / stride[a]) + 1;
  });
  return { n, k, stride, dilation, span, pad, out, problem: problemIn(n, k, span, pad, state) };
}

function problemIn(n, k, span, pad, state) {
  const name = state.kernel ? "kernel" : "window";
  for (const [a, lines] of [
    [0, "rows"],
    [1, "columns"],
  ]) {
    const padded = n[a] + pad[a][0] + pad[a][1];
    if (span[a] > padded) {
      return (
        `The ${name} spans ${span[a]} ${lines}, but the image with its padding has only ${padded}. ` +
        `Choose a smaller ${name}${span[a] > k[a] ? " or dilation" : ""}, or more padding.`
      );
    }
    if (!state.kernel && Math.max(...pad[a]) >= k[a]) {
      return `In pooling the padding must be smaller than the window of ${k[a]} ${lines}; it is ${Math.max(...pad[a])}.`;
    }
  }
  return null;
}

// The cells under the window that writes feature map cell (r, c): place in the kernel, pixel, value.
// A padding cell has the value `fill`, mostly 0, in a convolution; in pooling it does not take part
// (inside is false).
function windowCells(state, size, r, c) {
  return filled(size.k[0], size.k[1], (i, j) => {
    const y = r * size.stride[0] + i * size.dilation[0] - size.pad[0][0];
    const x = c * size.stride[1] + j * size.dilation[1] - size.pad[1][0];
    const inside = y >= 0 && x >= 0 && y < size.n[0] && x < size.n[1];
    return { i, j, y, x, inside, value: inside ? state.image[y][x] : (state.fill ?? 0) };
  });
}

function windowResult(state, cells) {
  if (state.kernel) {
    return cells.flat().reduce((sum, cell) => sum + cell.value * state.kernel[cell.i][cell.j], 0);
  }
  const values = cells
    .flat()
    .filter((cell) => cell.inside)
    .map((cell) => cell.value);
  if (state.mode === "average") return values.reduce((a, b) => a + b, 0) / values.length;
  return values.some(Number.isNaN) ? NaN : Math.max(...values);
}

const featureMap = (state, size) =>
  filled(size.out[0], size.out[1], (r, c) => windowResult(state, windowCells(state, size, r, c)));

// Which image rows (axis 0) or columns (axis 1) at least one window reaches.
function reached(size, axis) {
  const lines = new Set();
  for (let place = 0; place < size.out[axis]; place++) {
    for (let i = 0; i < size.k[axis]; i++) {
      lines.add(place * size.stride[axis] + i * size.dilation[axis] - size.pad[axis][0]);
    }
  }
  return lines;
}

// ---------------------------------------------------------------- numbers and colours

// Python sends NaN and infinities by name, because JSON has no word for them.
const decode = (rows) => rows && rows.map((row) => row.map((v) => (typeof v === "string" ? Number(v) : v)));
const encode = (rows) => rows.map((row) => row.map((v) => (Number.isFinite(v) ? v : String(v))));
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const shape = (size) => `${size[0]}\u00d7${size[1]}`;

const MINUS = "\u2212";
const near = (a, b) => Math.abs(a - b) < Math.max(1e-9, 1e-12 * Math.abs(a));
// An answer may be rounded as float32 does; NaN is right where NaN belongs, and so is infinity.
const agrees = (a, b) => Object.is(a, b) || Math.abs(a - b) <= (Number.isFinite(b) ? 1e-6 * Math.max(1, Math.abs(b)) : -1);
const exactTo = (value, decimals) => !Number.isFinite(value) || near(value, Number(value.toFixed(decimals)));

// One rule for every number that is printed: whole numbers as they are, else `decimals` places; from
// `big` on in the short form 1.2e6.
function print(value, decimals = 2, big = 1e6) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? MINUS + "\u221e" : "\u221e";
  const text = Math.abs(value) >= big
    ? value.toExponential(1).replace("e+", "e")
    : exactTo(value, 0)
      ? value.toFixed(0)
      : value.toFixed(decimals);
  return text.replace(/^-?0(\.0*)?$/, "0").replace("-", MINUS);
}
// As many decimals as the number really has, up to six: for sums that must add up as printed.
const printExact = (value) => print(value, [1, 2, 3, 4, 5].find((d) => exactTo(value, d)) ?? 6, 1e12);

// Weights such as 1/9 cannot be printed in full; 9 can: the kernel is then drawn as 1/9 times whole numbers.
function divisorOf(kernel) {
  const weights = kernel.flat();
  if (weights.every((w) => exactTo(w, 2))) return 1;
  for (let m = 2; m <= 1024; m++) if (weights.every((w) => exactTo(w * m, 0))) return m;
  return 1;
}

// What a reader may type as a weight or a pixel: 2, -1, 0.5, 0,5, 1/9. Anything else gives null.
function parse(text) {
  const clean = text.trim().replace(MINUS, "-").replace(",", ".");
  const match = clean.match(/^([-+]?\d*\.?\d+|[-+]?\d+\.)(?:\/(\d*\.?\d+))?$/);
  if (!match) return null;
  const value = Number(match[1]) / (match[2] === undefined ? 1 : Number(match[2]));
  return Number.isFinite(value) && Math.abs(value) <= 1e6 ? value : null;
}

const mix = (a, b, share) => a.map((v, i) => v + (b[i] - v) * share);
const css = (rgb) => `rgb(${rgb.map(Math.round).join(" ")})`;
const [PURPLE, WHITE, GREEN, GREY] = [
  [118, 42, 131],
  [255, 255, 255],
  [27, 120, 55],
  [128, 128, 128],
];

// Brightness: the smallest value of the image is black, the largest white.
function shade(value, low, high) {
  if (!Number.isFinite(value)) return GREY;
  return mix([0, 0, 0], WHITE, high > low ? (value - low) / (high - low) : 0.5);
}

// Signed values: purple below zero, white at zero, green above; `limit` is the largest size of a value.
function tint(value, limit) {
  if (!Number.isFinite(value)) return GREY;
  return mix(WHITE, value < 0 ? PURPLE : GREEN, limit > 0 ? 0.6 * Math.min(Math.abs(value) / limit, 1) : 0);
}

// Black or white, whichever stands out more (WCAG 2 relative luminance): always at least 4.5 to 1.
function ink(rgb) {
  const [r, g, b] = rgb.map((v) => (v <= 10 ? v / 3294 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

// ---------------------------------------------------------------- elements

const SVG_TAGS = new Set(["svg", "g", "rect", "text", "circle", "path", "pattern", "defs", "title"]);

function make(tag, attributes = {}, ...children) {
  const element = SVG_TAGS.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

// JupyterLab and Notebook 7 leave the keys to an element that carries this attribute itself.
const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };
// Rows down and columns to the right that an arrow key goes.
const ARROW_KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const button = (label, name, onclick) =>
  make("button", { type: "button", "aria-label": name, title: name, onclick, ...OWN_KEYS }, label);

// What anywidget asks of a picture's page code: to show it, and to say how it is taken away again.
const widget = (Picture, kind = "cw") => ({
  render({ model, el }) {
    const root = make("div", { class: kind });
    el.append(root);
    const enlarge = () => root.classList.toggle("cw-large", Boolean(model.get("large")));
    enlarge();
    showFromTop(root);
    const picture = new Picture(model, root);
    const enlarged = () => {
      enlarge();
      picture.forgetRoom?.();
      picture.width = -Infinity; // everything is laid out anew
      picture.resized();
    };
    model.on("change:large", enlarged);
    return () => {
      model.off("change:large", enlarged);
      picture.destroy();
    };
  },
});

// Tells a picture what changes outside it: a trait (hear), its width (resized), the theme (themed).
// Returns the way to stop.
function attend(picture, traits) {
  const { model, root } = picture;
  const listeners = traits.map((name) => [`change:${name}`, () => picture.quiet || picture.hear(name)]);
  for (const [event, listener] of listeners) model.on(event, listener);
  const themed = () => picture.themed();
  const watchers = [new ResizeObserver(() => picture.resized()), new MutationObserver(themed)];
  watchers[0].observe(root);
  watchers[1].observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  const night = matchMedia("(prefers-color-scheme: dark)");
  night.onchange = themed;
  return () => {
    watchers.forEach((watcher) => watcher.disconnect());
    night.onchange = null;
    for (const [event, listener] of listeners) model.off(event, listener);
  };
}

// The row and column of the cell that an event is on.
const cellOf = ({ target }) => (target.row === undefined ? null : [target.row, target.column]);

// Tells each cell of a grid that a pointer comes to, and null when it leaves. A pointer at rest under
// a page that scrolls or a picture that grows comes to nothing: it has not moved.
function follow(svg, pointAt) {
  let last = null;
  svg.addEventListener("pointermove", (event) => {
    if (event.target === last || !(event.movementX || event.movementY)) return;
    last = event.target;
    pointAt(cellOf(event), event.buttons);
  });
  svg.addEventListener("pointerleave", () => pointAt((last = null)));
}

// While a picture's change is on its way to Python, the echo of an earlier one may come back: it must
// not move anything. A model on a page without Python is `alone`: what comes is no echo.
const awaitsEcho = (picture) => picture.saving && !picture.model.alone;

// A picture whose `state`, made by its `update`, moves here first; its `model` belongs to Python too.
class Moving {
  // Changes the state here at once and tells Python, which hears of the last of many quick changes.
  set(changes) {
    this.quiet = true;
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    this.quiet = false;
    this.update();
    clearTimeout(this.saving);
    this.saving = setTimeout(() => {
      this.saving = null;
      this.model.save_changes();
    }, 40);
  }

  hear(name) {
    if (!awaitsEcho(this)) return this.update();
    this.quiet = true;
    this.model.set(name, this.state[name]);
    this.quiet = false;
  }

  destroy() {
    clearInterval(this.timer); // while it plays
    clearTimeout(this.saving);
    this.detach();
  }
}

// The colour under a picture. A dark one gets the words' lighter colours (cw-night).
function groundOf(root) {
  const ground = getComputedStyle(root).backgroundColor.match(/[\d.]+/g)?.map(Number).slice(0, 3) ?? WHITE;
  root.classList.toggle("cw-night", ink(ground) === "#fff");
  return ground;
}

// Writes only what differs: the browser then repaints only that.
const put = (element, name, value) => element.getAttribute(name) !== String(value) && element.setAttribute(name, value);
const say = (element, text) => element.textContent !== text && (element.textContent = text);

const ruler = document.createElement("canvas").getContext("2d"); // measures texts
const stepName = (text) => make("div", { class: "cw-step-name" }, text);

// ---------------------------------------------------------------- one grid of cells

// Cell (0, 0) is the first cell of the image or map; padding has negative or larger numbers.
class Grid {
  constructor(label, keys) {
    this.hatch = `cw-hatch-${Math.random().toString(36).slice(2)}`; // its own in the whole page
    this.svg = make("svg", { "aria-hidden": "true" });
    this.box = make(
      "div",
      { class: "cw-grid", role: "application", tabindex: 0, "aria-label": label, onkeydown: keys, ...OWN_KEYS },
      this.svg,
    );
  }

  // frame: the cells of room (top, right, bottom, left) round the rows and columns, padding included.
  // margin, beyond: pixels of room above and to the left of that, below and to the right.
  layout(cell, [rows, columns], frame, [top, left] = [0, 0], margin = this.gutter, beyond = 5) {
    Object.assign(this, { cell, top, left, cells: new Map() });
    this.x0 = margin + frame[3] * cell;
    this.y0 = margin + frame[0] * cell;
    this.size = { width: this.x0 + (columns + frame[1]) * cell + beyond, height: this.y0 + (rows + frame[2]) * cell + beyond };
    for (const [name, value] of Object.entries(this.size)) put(this.svg, name, value);
    this.back = make("g");
    this.texts = make("g", { class: "cw-values" });
    this.front = make("g", { class: "cw-front" });
    const lines = ["dark", "light"].map((tone, i) =>
      make("path", { d: "M-3,11 L11,-3 M5,19 L19,5", class: `cw-hatch-${tone}`, transform: `translate(${2 * i} 0)` }),
    );
    const pattern = make(
      "pattern",
      { id: this.hatch, width: 16, height: 16, patternUnits: "userSpaceOnUse" },
      ...lines,
    );
    this.hatched = make("g", { class: "cw-unreached" });
    this.svg.replaceChildren(make("defs", {}, pattern), this.back, this.hatched, this.texts, this.front);
  }

  at(r, c) {
    return { x: this.x0 + c * this.cell, y: this.y0 + r * this.cell };
  }

  add(r, c, kind) {
    const { x, y } = this.at(r, c);
    const rect = make("rect", {
      x: x + 0.5,
      y: y + 0.5,
      width: this.cell - 1,
      height: this.cell - 1,
      class: `cw-cell cw-${kind}`,
    });
    const text = make("text", { x: x + this.cell / 2, y: y + this.cell / 2, "dominant-baseline": "central" });
    Object.assign(rect, { row: r, column: c });
    this.back.append(rect);
    this.texts.append(text);
    this.cells.set(`${r},${c}`, { rect, text });
  }

  paint(r, c, rgb, words, kind) {
    const cell = this.cells.get(`${r},${c}`);
    if (!cell) return;
    put(cell.rect, "class", `cw-cell cw-${kind}`);
    put(cell.rect, "fill", rgb ? css(rgb) : "none");
    put(cell.text, "fill", rgb ? ink(rgb) : "currentColor");
    put(cell.text, "stroke", rgb ? css(rgb) : "none"); // behind the digits: it keeps hatching off them
    say(cell.text, words);
  }

  // Pixels for the row and column numbers.
  get gutter() {
    return isLarge(this.svg) ? 32 : 22;
  }

  // Row and column numbers, counted from 0 as Python does.
  numbers(rows, columns) {
    const [one, two] = isLarge(this.svg) ? [22, 32] : [14, 22]; // the room that a number needs
    const every = (width) => Math.ceil(width / this.cell);
    const label = (x, y, text) =>
      this.back.append(make("text", { x, y, class: "cw-index", "dominant-baseline": "central" }, text));
    for (let r = 0; r < rows; r += every(one))
      label(this.x0 - this.left * this.cell - this.gutter / 2, this.at(r, 0).y + this.cell / 2, String(r));
    for (let c = 0; c < columns; c += every(columns > 10 ? two : one))
      label(this.at(0, c).x + this.cell / 2, this.y0 - this.top * this.cell - this.gutter / 2, String(c));
  }

  // The font that lets the widest text of the grid fit its cell, inside an outline too; the same for
  // the whole grid.
  fit(texts, edge = 8, share = 0.48) {
    const most = isLarge(this.svg) ? 26 : 20;
    const size = Math.min(most, (this.cell - edge) / this.widest(texts), this.cell * share);
    put(this.texts, "font-size", size.toFixed(1));
  }

  // How wide the widest text is, in letters' sizes.
  widest(texts) {
    const large = isLarge(this.svg);
    // Before it stands in the page it has no family.
    if (!this.family || large !== this.measured) Object.assign(this, { measured: large, family: getComputedStyle(this.svg).fontFamily });
    ruler.font = `500 100px ${this.family}`;
    return Math.max(0.1, ...texts.map((text) => ruler.measureText(text).width / 100));
  }

  // The cell in which these texts can be read from the back row.
  needs(texts, edge = 8, share = 0.48) {
    return Math.ceil(Math.max(READABLE * this.widest(texts) + edge, READABLE / share));
  }

  // A two-tone outline: the light casing keeps it visible on black, the colour on white.
  outline(kind) {
    const parts = ["casing", "line"].map((part) => make("rect", { class: `cw-outline cw-${kind}-${part}`, rx: 3 }));
    this.front.append(...parts);
    return (r, c, height, width) => {
      const { x, y } = this.at(r, c);
      for (const part of parts) {
        put(part, "x", x);
        put(part, "y", y);
        put(part, "width", width * this.cell);
        put(part, "height", height * this.cell);
        put(part, "visibility", height ? "visible" : "hidden");
      }
    };
  }
}
