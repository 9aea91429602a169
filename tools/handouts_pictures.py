"""The pictures of the handouts: grids, rows with windows, layers. Vector drawings, in millimetres.

What the reader has to find is left empty, unless `fill` says that it is written in. A copier knows
no colours, so each thing has a line of its own: a window is thick and solid, a second one thick and
dashed, padding thin and dashed, and what no window reaches is hatched.
"""

import base64
import io
from html import escape

import numpy as np

from helpers.figures import WINDOW, number

INK, LINE, HATCH = "#000", "#444", "#666"
DIGITS, SMALLEST = 4.6, 4.23  # the letters in a grid, in mm: 13 points, and no less than 12
PENCIL = 9  # mm: a cell that somebody writes into is no smaller
DARKEST = 186  # of 255: a black pixel stays light enough to be written on, and to be copied


def svg(width, height, parts, words):
    """A drawing of this size; `words` say what it shows."""
    return (
        f'<svg role="img" aria-label="{escape(words)}" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}">{"".join(parts)}</svg>'
    )


def text(x, y, words, size=DIGITS, kind="", anchor="middle"):
    """Words whose middle stands at this height."""
    name = f' class="{kind}"' if kind else ""
    place = f'x="{x:g}" y="{y + 0.36 * size:g}" font-size="{size:g}" text-anchor="{anchor}"'
    return f"<text{name} {place}>{escape(str(words))}</text>"


def box(x, y, width, height, fill="none", stroke=LINE, thick=0.25, dash=""):
    """A rectangle."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="{thick:g}"{dashed}/>'
    )


def hatching(x, y, size):
    """Slanted lines in a square."""
    path = ""
    for along in np.arange(1, 2 * size, 2):
        inside, beyond = min(along, size), max(0, along - size)
        path += f"M{x + beyond:g} {y + inside:g}L{x + inside:g} {y + beyond:g}"
    return f'<path d="{path}" stroke="{HATCH}" stroke-width="0.3"/>'


def outline(x, y, width, height, dashed=False):
    """The frame of a window: orange between two black lines, which a copier keeps; or dashed."""
    if dashed:
        return box(x, y, width, height, "none", WINDOW, 0.8, "2.2 1.2")
    black = box(x, y, width, height, "none", INK, 1.3)
    return black + box(x, y, width, height, "none", WINDOW, 0.8)


def short(value):
    """A number without zeros that say nothing.

    >>> short(2.5), short(1.25), short(-0.4), short(10)
    ('2.5', '1.25', '−0.4', '10')
    """
    words = number(value)
    return words.rstrip("0").rstrip(".") if "." in words else words


def word(value):
    """A value as it stands in a cell."""
    return value if isinstance(value, str) else short(value)


def grey(values, value):
    """The shade of a pixel among `values`: the lowest dark, the highest white."""
    low, high = np.min(values), np.max(values)
    level = 1 if high == low else (value - low) / (high - low)
    return "rgb({0},{0},{0})".format(round(DARKEST + (255 - DARKEST) * level))


def cells(shape, chosen):
    """`chosen` as an array of True and False: True for all, None for none, else [row, column]s."""
    found = np.zeros(shape, dtype=bool)
    if chosen is True:
        found[:] = True
    elif chosen is not None and chosen is not False:
        for row, column in chosen:
            found[row, column] = True
    return found


def ring(shape, padding):
    """Which cells are padding; `padding` is how many there are (top, bottom, left, right)."""
    top, bottom, left, right = padding
    found = np.ones(shape, dtype=bool)
    found[top : shape[0] - bottom, left : shape[1] - right] = False
    return found


class Grid:
    """A grid of numbers, some of them for the reader to find.

    `empty` names the cells to fill: True for all, or pairs [row, column]; `fill` writes them in.
    `window` and `second` are (row, column, rows, columns). `padding` is how many of the outer cells
    are padding, (top, bottom, left, right). `hatched` names cells like `empty`, and `shades` gives
    pixels their greys: True from the lowest to the highest of them, or that pair of numbers.
    A value "" is a cell that stays unused, for a map smaller than its grid. `numbered` writes the
    numbers of rows and columns round the grid; it may be a pair, the numbers to begin with, or a
    list of labels. `cell` is the size of a cell in mm.
    """

    def __init__(self, values, fill=False, empty=None, shades=False, cell=10, **marks):
        self.values = np.asarray(values)
        self.rows, self.columns = self.values.shape
        self.fill, self.shades, self.cell, self.marks = fill, shades, cell, marks
        self.empty = cells(self.values.shape, empty)
        self.padding = ring(self.values.shape, marks.get("padding", (0, 0, 0, 0)))
        if self.empty.any() and cell < PENCIL:
            raise ValueError(f"A pencil needs cells of {PENCIL} mm or more; got cell={cell}.")
        self.down, self.across = self._labels()
        longest = max((len(str(name)) for name in self.down), default=0)
        self.top = 6 if longest else 0.8  # room for the labels, or for a frame
        self.left = max(6, 1.9 * longest + 1.8) if longest else 0.8  # a digit is 1.9 mm wide

    def drawing(self, name=""):
        """The grid as SVG."""
        size = (self.columns * self.cell + self.left + 0.8, self.rows * self.cell + self.top + 0.8)
        parts = [self._cell(r, c) for r in range(self.rows) for c in range(self.columns)]
        return svg(*size, [*parts, *self._numbers(), *self._frames()], self.words(name))

    def words(self, name):
        """What the grid shows, for whoever listens to the sheet."""
        lines = ", ".join(
            " ".join(self._spoken(r, c) for c in range(self.columns)) for r in range(self.rows)
        )
        return f"{name} {self.rows}×{self.columns}: {lines}".strip()

    def _word(self, row, column):
        hidden = self.empty[row, column] and not self.fill
        return "" if hidden else word(self.values[row, column])

    def _spoken(self, row, column):
        if self.empty[row, column] and not self.fill:
            return "empty"
        return self._word(row, column) or ("padding" if self.padding[row, column] else "unused")

    def _cell(self, row, column):
        x, y = self.left + column * self.cell, self.top + row * self.cell
        shade, dash = "#fff", ""
        if self.padding[row, column]:
            dash = "1.2 1"
        elif self.shades:
            among = self.values[~self.padding] if self.shades is True else self.shades
            shade = grey(among, self.values[row, column])
        parts = [box(x, y, self.cell, self.cell, shade, dash=dash)]
        if cells(self.values.shape, self.marks.get("hatched"))[row, column]:
            parts.append(hatching(x, y, self.cell))
        if words := self._word(row, column):
            kind = "found" if self.empty[row, column] else ""
            size = min(DIGITS, 1.75 * self.cell / max(len(words), 2))
            if size < SMALLEST:
                raise ValueError(f"{words} is too long for a cell of {self.cell} mm: use more.")
            parts.append(text(x + self.cell / 2, y + self.cell / 2, words, size, kind))
        return "".join(parts)

    def _labels(self):
        if not (begin := self.marks.get("numbered")):
            return [], []
        if isinstance(begin, list):
            return begin, begin
        top, left = begin if isinstance(begin, tuple) else (0, 0)
        return range(top, top + self.rows), range(left, left + self.columns)

    def _numbers(self):
        for row, name in enumerate(self.down):
            yield text(self.left - 1, self.top + (row + 0.5) * self.cell, name, 3.4, "", "end")
        for column, name in enumerate(self.across):
            yield text(self.left + (column + 0.5) * self.cell, self.top - 2.2, name, 3.4)

    def _frames(self):
        for which in ("window", "second"):
            if place := self.marks.get(which):
                row, column, rows, columns = (self.cell * number for number in place)
                x, y = self.left + column, self.top + row
                inside = 0.95 if which == "second" else 0  # both are seen where they overlap
                sides = (columns - 2 * inside, rows - 2 * inside)
                yield outline(x + inside, y + inside, *sides, which == "second")


def photograph_drawing(image, name, wide, frame):
    """A grey or colour image (H, W[, 3]) of uint8, `wide` mm, with a thick frame round a part."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", optimize=True)
    source = base64.b64encode(file.getvalue()).decode()
    pixel = wide / image.shape[1]
    size = f'width="{wide:g}" height="{image.shape[0] * pixel:g}"'
    row, column, rows, columns = (pixel * number for number in frame)
    x, y, w, h = column - 1, row - 1, columns + 2, rows + 2
    parts = [
        f'<image {size} href="data:image/png;base64,{source}" preserveAspectRatio="none"/>',
        box(x, y, w, h, stroke="#fff", thick=1.6),
        outline(x, y, w, h),
    ]
    words = f"{name}, {image.shape[0]} rows and {image.shape[1]} columns"
    return svg(wide, image.shape[0] * pixel, parts, words)


def footprints(n, k, stride, dilation=1, fill=True, cell=9):
    """A row of n pixels, and under it a bar for each place of the window: which pixels it takes.

    With `fill` False the bars are left for the reader to draw, and nothing is hatched.
    """
    span = (k - 1) * dilation + 1
    starts = range(0, n - span + 1, stride) if fill else []
    parts = [box(0.8 + i * cell, 0.8, cell, cell) for i in range(n)]
    if fill:
        parts += [hatching(0.8 + i * cell, 0.8, cell) for i in range(starts[-1] + span, n)]
    parts += [text(0.8 + (i + 0.5) * cell, 0.8 + cell / 2, i) for i in range(n)]
    for place, start in enumerate(starts):
        x, y = 0.8 + start * cell + 0.6, cell + 2.6 + 4.8 * place
        parts.append(box(x, y + 1.2, span * cell - 1.2, 0.4, WINDOW, "none"))
        taken = [(x, span * cell)] if dilation == 1 else []
        taken += [(x + i * dilation * cell, cell) for i in range(k) if dilation > 1]
        parts += [box(left, y, wide - 1.2, 2.8, "#ddd", WINDOW, 0.6) for left, wide in taken]
    told = f", the window starts at {', '.join(map(str, starts))}" if fill else ""
    words = f"a row of {n} pixels, numbered from 0{told}"
    return svg(n * cell + 1.6, cell + 4.8 * 3 + 2, parts, words)


def layers_seen(found, fill=True, cell=9):
    """A row of squares for each layer; one cell of the last layer, and all that it depends on.

    `found` is what helpers.receptive.levels gives for an image of a known size. With `fill` False
    only the chosen cell is marked, and what it sees is left for the reader to shade.
    """
    wide, gap, left = found[0]["cells"], 7, 22
    chosen = (found[-1]["cells"] - 1) // 2
    first, last = chosen * found[-1]["jump"], chosen * found[-1]["jump"] + found[-1]["field"]
    parts = []
    for depth, level in enumerate(found):
        y = 0.8 + depth * (cell + gap)
        parts.append(text(0, y + cell / 2, level["name"], 4.4, "", "start"))
        for j in range(level["cells"]):
            begin = j * level["jump"]
            x = left + (begin + (level["field"] - 1) / 2) * cell
            mine = level is found[-1] and j == chosen
            seen = first <= begin and begin + level["field"] <= last
            parts.append(box(x, y, cell, cell, "#bbb" if mine or seen and fill else "#fff"))
            parts.append(outline(x, y, cell, cell) if mine else "")
            if seen and fill and not depth:  # count the columns of the image
                parts.append(text(x + cell / 2, y + cell / 2, begin - first + 1, kind="found"))
    height = len(found) * (cell + gap) - gap + 1.6
    names = ", ".join(f"{level['name']} {level['cells']} cells" for level in found)
    return svg(left + wide * cell + 1, height, parts, f"layers, from the image on: {names}")
