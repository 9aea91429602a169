// What the sliding-window picture writes out: the sum of one window, and the lines of Python that
// belong to the present state.

// "5 + 74 - 3", from the numbers 5, 74 and -3.
const added = (values, words) =>
  values.map((v, i) => (i === 0 ? words(v) : v < 0 ? ` ${MINUS}\u00a0${words(-v)}` : ` +\u00a0${words(v)}`)).join("");

class Bill {
  constructor(picture) {
    this.picture = picture;
    this.box = make("div", { class: "cw-bill" });
  }

  // Multiply on the left, add on the right, one line for each row of the kernel. Pooling has one step
  // in place of these two. The same lines serve until the window or the page has another size.
  build(width) {
    const { size, state, most } = this.picture;
    const made = [size.k, width, most.bill];
    if (same(made, this.made)) return;
    const conv = Boolean(state.kernel);
    this.tiles = filled(...size.k, (i, j) => this.tile(i, j, conv));
    this.rowSums = this.tiles.map(() => make("span", { class: "cw-rowsum" }));
    this.total = make("div", { class: "cw-total" });
    const lines = (cells) => this.tiles.map((row, i) => make("div", { class: "cw-line" }, ...cells(row, i)));
    const left = lines((row) => row.map((tile) => tile.box));
    const right = conv ? lines((row, i) => [...row.map((tile) => tile.product), this.rowSums[i]]) : [];
    const pool = this.picture.beside ? "take the largest; add and divide" : state.mode === "average" ? "add and divide" : "take the largest";
    const take = make("div", { class: "cw-multiply" }, stepName(conv ? "2 multiply" : "the window's pixels"), ...left);
    this.box.replaceChildren(take, make("div", { class: "cw-add" }, stepName(conv ? "3 add" : `2 ${pool}`), ...right, this.total));
    this.box.style.setProperty("--rows", size.k[0]);
    this.keepHeight(most);
    this.made = [size.k, width, most.bill];
  }

  // What stands below it stays where it is when the kernel becomes smaller again.
  keepHeight(most) {
    this.box.style.minHeight = "";
    most.bill = Math.max(most.bill, this.box.offsetHeight);
    this.box.style.minHeight = `${most.bill}px`;
  }

  tile(i, j, conv) {
    const chip = (name) => make("span", { class: `cw-chip cw-chip-${name}` });
    const [pixel, weight, product] = ["pixel", "weight", "product"].map(chip);
    const onpointerenter = () => this.picture.point([i, j]);
    const onpointerleave = () => this.picture.point(null);
    const box = make("span", { class: "cw-tile", onpointerenter, onpointerleave }, pixel);
    if (conv) box.append("\u00d7", weight);
    return { box, pixel, weight, product };
  }

  // All products have the width of the longest there can be, so that nothing shifts from step to step.
  fit() {
    const { state, kernel } = this.picture;
    const most = (numbers) => Math.max(0, ...numbers.filter(Number.isFinite).map(Math.abs));
    const weights = state.kernel ? most(state.kernel.flat()) * kernel.divisor : 1;
    const values = [...state.image.flat(), state.fill];
    const longest = printExact(most(values) * weights).length;
    const pixel = Math.max(...values.map((v) => printExact(v).length));
    this.box.style.setProperty("--product", `${Math.min(longest, 9) + 2}ch`);
    this.box.style.setProperty("--pixel", `${Math.min(pixel, 7)}ch`);
    this.weightLimit = weights;
  }

  write(cells, r, c) {
    const { state, map, mine, drawn, kernel } = this.picture;
    const weight = (cell) => (state.kernel ? state.kernel[cell.i][cell.j] * kernel.divisor : 1);
    const exact = cells.flat().every((cell) => exactTo(cell.value, 3) && exactTo(weight(cell), 3));
    const words = exact ? printExact : (value) => print(value, 2, 1e12);
    // What is added is what is printed, so that the sum can be checked by hand in every case.
    const printed = (value) => (exact ? value : Number(value.toFixed(2)));
    const products = cells.map((row) => row.map((cell) => printed(cell.value * weight(cell))));
    const sums = products.map((row) => row.reduce((a, b) => a + b, 0));
    for (const cell of cells.flat()) this.writeTile(cell, weight(cell), products[cell.i][cell.j], words);
    sums.forEach((sum, i) => say(this.rowSums[i], `= ${words(sum)}`));
    const [before, after] = state.kernel ? this.sumWords(sums, map[r][c], words) : this.poolWords(cells.flat(), map[r][c], words);
    this.total.replaceChildren(before, make("b", { class: "cw-result" }, print(map[r][c])), after);
    this.writeBeside(cells.flat(), r, c, words);
    if (!mine.wrong?.has(`${r},${c}`)) return;
    this.total.append(make("span", { class: "cw-wrong" }, ` \u2717 yours: ${print(drawn[r][c])}`));
  }

  writeTile(cell, weight, product, words) {
    const tile = this.tiles[cell.i][cell.j];
    const { state, low, high } = this.picture;
    const look = (chip, colour, text) => {
      put(chip, "style", colour ? `background: ${css(colour)}; color: ${ink(colour)}` : "");
      say(chip, text);
    };
    look(tile.pixel, cell.inside ? shade(cell.value, low, high) : null, cell.inside || state.kernel ? words(cell.value) : "\u2013");
    tile.pixel.classList.toggle("cw-chip-padding", !cell.inside);
    if (!state.kernel) return;
    look(tile.weight, tint(weight, this.weightLimit), words(weight));
    say(tile.product, cell.j === 0 ? words(product) : added([0, product], words).slice(words(0).length + 1));
  }

  // "5 + 74 + 233 = 312"; with a factor 1/9 also "312 / 9"; a rounded end is said to be rounded.
  sumWords(sums, result, words) {
    const { divisor } = this.picture.kernel;
    const total = sums.reduce((a, b) => a + b, 0);
    const rows = sums.length > 1 ? added(sums, words) : "";
    const end = Number(print(result).replace(MINUS, "-"));
    const agree = print(total / divisor) === print(result) || Math.abs(total / divisor - end) < 0.00501;
    if (!agree) return [`${rows} = ${words(total)}, with all decimals `, ""];
    const exact = !Number.isFinite(total) || near(total / divisor, end);
    if (divisor !== 1) return [`${rows} = ${words(total)}, and ${words(total)} \u00f7 ${divisor} ${exact ? "=" : "\u2248"} `, ""];
    return [exact ? `${rows} = ` : `${rows} = ${words(total)} \u2248 `, ""];
  }

  // The other pooling of the same window, in a line of its own.
  writeBeside(cells, r, c, words) {
    const { beside } = this.picture;
    if (!beside) return;
    const result = beside.map[r][c];
    const [before, after] = this.poolWords(cells, result, words, beside.mode);
    this.total.append(make("div", {}, before, make("b", { class: "cw-result" }, print(result)), after));
  }

  poolWords(cells, result, words, mode = this.picture.state.mode) {
    const real = cells.filter((cell) => cell.inside).map((cell) => cell.value);
    const padded = cells.length - real.length;
    const note = padded ? ` (${padded} padding ${padded === 1 ? "cell does" : "cells do"} not count)` : "";
    if (mode === "max") return [`largest of ${real.map(words).join(", ")}: `, note];
    return [`(${added(real, words)}) \u00f7 ${real.length} ${exactTo(result, 2) ? "=" : "\u2248"} `, note];
  }
}

// Python's way to write a value: a pair in brackets, a word in quotes.
const python = (value) =>
  Array.isArray(value) ? `(${value.map(python).join(", ")})` : typeof value === "string" ? `"${value}"` : String(value);
const pythonNumber = (v) => (Number.isFinite(v) ? String(v) : Number.isNaN(v) ? "np.nan" : v < 0 ? "-np.inf" : "np.inf");
const pythonArray = (rows) => `np.array([${rows.map((row) => `[${row.map(pythonNumber).join(", ")}]`).join(", ")}])`;

// The lines that compute the present map, ours and TensorFlow's. They need np, tf and the helpers.
function codeFor(state, size) {
  const [k, stride, dilation] = [size.k, size.stride, size.dilation].map(([a, b]) => python(a === b ? a : [a, b]));
  const image = [`image = ${pythonArray(state.image)}`];
  const around = size.pad.map(([before, after]) => `(${before}, ${after})`).join(", ");
  // conv2d and TensorFlow pad with zeros; any other number is laid round the image first.
  const other = state.kernel && state.fill !== 0;
  if (other) image.push(`image = np.pad(image.astype(float), (${around}), constant_values=${pythonNumber(state.fill)})`);
  const padding = other ? "valid" : state.padding;
  const explicit = typeof padding !== "string";
  const pads = explicit ? `[[0, 0], [${size.pad[0].join(", ")}], [${size.pad[1].join(", ")}], [0, 0]]` : `"${padding.toUpperCase()}"`;
  const batch = 'batch = image[np.newaxis, :, :, np.newaxis].astype("float32")';
  if (state.kernel) {
    return [
      ...image,
      `kernel = ${pythonArray(state.kernel)}`,
      `conv2d(image, kernel, stride=${stride}, padding=${python(padding)}, dilation=${dilation})`,
      batch,
      'filters = kernel[:, :, np.newaxis, np.newaxis].astype("float32")',
      `tf.nn.conv2d(batch, filters, strides=${stride}, padding=${pads}, dilations=${dilation})[0, :, :, 0]`,
    ].join("\n");
  }
  const ours = `pool2d(image, size=${k}, stride=${stride}, padding=${python(state.padding)}, mode="${state.mode}")`;
  if (explicit && state.mode === "average") {
    return [...image, ours, "# TensorFlow has no average pooling with numbers for the padding."].join("\n");
  }
  const operation = state.mode === "max" ? "max_pool2d" : "avg_pool2d";
  return [...image, ours, batch, `tf.nn.${operation}(batch, ksize=${k}, strides=${stride}, padding=${pads})[0, :, :, 0]`].join("\n");
}
