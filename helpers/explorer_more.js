// What some lessons add to the sliding-window picture: where all windows stand, how much padding lies
// on each side, an image of another size or moved by a pixel, and the map of the other pooling.

// ---------------------------------------------------------------- other images

// The most frequent value on the border: what comes in from outside when the image moves.
function background(image) {
  const border = [...image[0], ...image.at(-1), ...image.map((row) => row[0]), ...image.map((row) => row.at(-1))];
  const count = (v) => border.filter((w) => Object.is(v, w)).length;
  return border.reduce((best, v) => (count(v) > count(best) ? v : best));
}

const moved = (image, down, right) => {
  const fresh = background(image);
  return filled(image.length, image[0].length, (r, c) => image[r - down]?.[c - right] ?? fresh);
};

// An image of n by n pixels: all alike if they were alike before, else counting from 0.
const ofSide = (image, n) => {
  const alike = image.flat().every((v) => v === image[0][0]);
  return filled(n, n, (r, c) => (alike ? image[0][0] : r * n + c));
};

// ---------------------------------------------------------------- round the image

// Which rows and columns no window reaches: they are hatched, and counted for the words.
function hatchUnreached(picture) {
  const { size, image, cell } = picture;
  const block = (r, c, height, width) =>
    image.hatched.append(
      make("rect", { ...image.at(r, c), height: height * cell, width: width * cell, fill: `url(#${image.hatch})` }),
    );
  return [0, 1].map((a) => {
    const have = reached(size, a);
    const missed = Array.from({ length: size.n[a] }, (_, i) => i).filter((i) => !have.has(i));
    for (const i of missed) a ? block(0, i, size.n[0], 1) : block(i, 0, 1, size.n[1]);
    return missed.length;
  });
}

// One bar for each place of the window: below the image for its columns, beside it for its rows.
// Bars that overlap lie in different lanes.
class Footprints {
  static room = 46; // pixels right of and below the image

  constructor(picture) {
    this.picture = picture;
    const { image, size } = picture;
    this.box = image.front.appendChild(make("g", { class: "cw-feet" }));
    this.bars = [0, 1].map((a) => Array.from({ length: size.out[a] }, (_, p) => this.bar(a, p)));
    this.now = [];
  }

  bar(a, p) {
    const { size, cell, image } = this.picture;
    const lanes = clamp(Math.ceil(size.span[a] / size.stride[a]), 1, Math.max(size.out[a], 1));
    const pitch = clamp(Math.floor((Footprints.room - 8) / lanes), 3, 13);
    const across = (p % lanes) * pitch + 8;
    const { x, y } = image.at(size.n[0] + size.pad[0][1], size.n[1] + size.pad[1][1]);
    const from = p * size.stride[a] - size.pad[a][0];
    const rect = (start, length, thick) => {
      const along = image.at(start, start)[a ? "x" : "y"] + 1.5;
      const middle = across + (pitch - 2 - thick) / 2;
      const [long, short] = a ? ["width", "height"] : ["height", "width"];
      const at = a ? { x: along, y: y + middle } : { x: x + middle, y: along };
      return make("rect", { ...at, [long]: length * cell - 3, [short]: thick });
    };
    const thick = Math.min(pitch - 1, 9);
    const bar = make("g", { class: "cw-foot" });
    // With dilation a thin line joins the cells that the window takes.
    if (size.dilation[a] > 1) bar.append(rect(from, size.span[a], 1.5));
    const taken = size.dilation[a] > 1 ? size.k[a] : 1;
    for (let i = 0; i < taken; i++) bar.append(rect(from + i * size.dilation[a], taken > 1 ? 1 : size.span[a], thick));
    return this.box.appendChild(bar);
  }

  // The bars of the window's own rows and columns.
  show(place) {
    this.now.forEach((bar) => put(bar, "class", "cw-foot"));
    this.now = this.bars.map((bars, a) => bars[place[a]]).filter(Boolean);
    this.now.forEach((bar) => put(bar, "class", "cw-foot cw-foot-now"));
  }
}

// The number of padding rows or columns on each side, written where they lie.
function countSides(picture) {
  const { size, image, cell } = picture;
  const [[top, bottom], [left, right]] = size.pad;
  const start = image.at(-top, -left);
  const end = image.at(size.n[0] + bottom, size.n[1] + right);
  const [x, y] = [(start.x + end.x) / 2, (start.y + end.y) / 2];
  const label = (name, count, at, turn) => {
    const words = make("text", { ...at, class: `cw-side cw-side-${count ? "some" : "none"}`, "dominant-baseline": "central" });
    if (turn) put(words, "transform", `rotate(${turn} ${at.x} ${at.y})`);
    say(words, `${name} ${count}`);
    image.front.append(words);
  };
  const off = image.gutter + 10;
  label("top", top, { x, y: start.y - off });
  label("bottom", bottom, { x, y: end.y + 16 });
  label("left", left, { x: start.x - off, y }, -90);
  label("right", right, { x: end.x + 16, y }, 90);
}

// ---------------------------------------------------------------- max beside average

const POOLED = { max: "largest", average: "average" };

// The map of the other pooling, under the same windows as the picture's own map.
class Beside {
  constructor(picture) {
    this.picture = picture;
    this.mode = picture.model.get("mode") === "max" ? "average" : "max";
    this.grid = new Grid(`Beside it the ${POOLED[this.mode]} of each window. Arrow keys move by one window.`, (e) => picture.keys(e, false));
    const { svg } = this.grid;
    follow(svg, (at) => picture.look(at));
    svg.addEventListener("pointerdown", (e) => picture.chooseCell(e));
  }

  measure() {
    const { state, size } = this.picture;
    this.map = featureMap({ ...state, mode: this.mode }, size);
  }

  layout() {
    const { cellOut, size } = this.picture;
    this.grid.layout(cellOut, size.out, [0, 0, 0, 0]);
    this.grid.numbers(...size.out);
    for (let r = 0; r < size.out[0]; r++) for (let c = 0; c < size.out[1]; c++) this.grid.add(r, c, "empty");
    this.target = this.grid.outline("target");
  }

  paint(r, c, known) {
    const { picture, map, grid } = this;
    const words = !picture.numbers ? "" : known ? print(map[r][c]) : "\u00b7";
    grid.paint(r, c, known ? shade(map[r][c], picture.low, picture.high) : null, words, known ? "known" : "empty");
    put(grid.cells.get(`${r},${c}`).text, "data-value", known ? map[r][c] : "");
  }

  drawTitle() {
    const { panels, size } = this.picture;
    panels.beside.title.replaceChildren(make("b", {}, POOLED[this.mode]), ` ${shape(size.out)}`);
  }

  write(r, c) {
    this.target(r, c, 1, 1);
    say(this.picture.panels.beside.note, `3 write ${print(this.map[r][c])} at [${r}, ${c}]`);
  }
}

// ---------------------------------------------------------------- the image moved by a pixel

const WAYS = { left: [0, -1], up: [-1, 0], down: [1, 0], right: [0, 1] };
const ARROWS = { left: "\u2190", up: "\u2191", down: "\u2193", right: "\u2192" };

// Moves the image and says how many cells of each map are different now; those are framed.
function shiftImage(picture, way) {
  const before = picture.maps().map(([, map]) => map);
  picture.set({ image: encode(moved(picture.state.image, ...WAYS[way])) });
  const words = picture.maps().map(([name, map, grid], i) => {
    const cells = map.flatMap((row, r) => row.map((v, c) => [r, c, agrees(v, before[i][r][c])]));
    const changed = cells.filter(([, , alike]) => !alike);
    for (const [r, c] of changed) grid.outline("changed")(r, c, 1, 1);
    return `${changed.length} of ${cells.length} ${name}`;
  });
  const sentence = `Moved by one pixel, ${way}. Changed, in dotted frames: ${words.join(" and ")}.`;
  picture.tell(sentence);
  say(picture.live, sentence);
}
