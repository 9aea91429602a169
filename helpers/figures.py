"""Still pictures, drawn with matplotlib: the `draw_` functions return a `Figure`.

The sliding-window picture leaves a still of itself here for pages where nothing can move. Its
colours and its way to print numbers are those of the moving picture (explorer.js).
"""

import base64
import io
import re
from decimal import ROUND_HALF_UP, Decimal
from html import escape

import numpy as np

from .convolution import padding_amounts, pair
from .stored import alternative, large, storing

WINDOW, TARGET = "#d95f02", "#1f5fd0"  # orange: the window; blue: the cell that it writes
SMALLEST = 14.5  # points of a large picture's letters: 20 pixels, with 100 pixels to the inch
FINE = False  # on slides stills have twice the pixels and all colours: they may be large files
PURPLE, GREEN = np.array([118, 42, 131]) / 255, np.array([27, 120, 55]) / 255


def number(value, decimals=2):
    """`value` as the pictures print it: whole numbers as they are, else two decimals.

    >>> number(3.0), number(-0.125), number(float("nan"))
    ('3', '−0.13', 'NaN')
    """
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) >= 1e6:
        return f"{value:.1e}".replace("e+0", "e").replace("e+", "e").replace("-", "−")
    whole = abs(value - round(value)) < 1e-9 * max(1, abs(value))
    places = Decimal(1).scaleb(0 if whole else -decimals)
    text = f"{Decimal(float(value)).quantize(places, ROUND_HALF_UP)}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def table(values):
    """The numbers of a 2-D array as text, in columns.

    >>> print(table(np.array([[1, -2], [0.5, 10]])))
       1    −2
    0.50    10
    """
    words = [[number(v) for v in row] for row in np.asarray(values)]
    width = max(len(word) for row in words for word in row)
    return "\n".join("  ".join(word.rjust(width) for word in row) for row in words)


def png(figure):
    """A figure as the bytes of a PNG file."""
    if large():
        _enlarge_letters(figure)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=200 if FINE else 100)
    return file.getvalue()


def _enlarge_letters(figure):
    from matplotlib.text import Text

    for axes in figure.axes:
        axes.tick_params(labelsize=SMALLEST)
    for text in figure.findobj(Text):
        text.set_size(max(text.get_size(), SMALLEST))


def small_png(figure, colours=96, mode="RGB", shades=False):
    """The same in few colours, a third of its size; with the mode "L" in so few greys.

    Areas of one colour keep it, and only the soft edges of letters change. A picture of many
    `shades` has its colours spread evenly instead.
    """
    from PIL import Image

    if FINE:
        return png(figure)
    method = Image.Quantize.MAXCOVERAGE if shades else Image.Quantize.MEDIANCUT
    file = io.BytesIO()
    with Image.open(io.BytesIO(png(figure))) as image:
        few = image.convert(mode).quantize(colours, method, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True)
    return file.getvalue()


def png_in_greys(figure):
    """The same for a figure without colours, so that a photograph stays small."""
    return small_png(figure, 48, mode="L")


class Still:
    """A picture and the same in words: a page shows the picture, the tests compare the words."""

    def __init__(self, draw, words, png=png):
        self._draw, self._words, self._png = draw, words, png
        if storing():
            self._ipython_display_ = None  # what is stored is the PNG

    def __repr__(self):
        return self._words

    def _repr_png_(self):
        return self._png(self._draw())

    def _ipython_display_(self):
        """Show the picture with the words as its alternative text: a mere PNG is shown without."""
        from IPython.display import display

        shown, content = {"text/plain": self._words}, self._repr_png_()
        if content is not None:
            source = base64.b64encode(content).decode()
            alt = escape(alternative(self._words))
            shown["text/html"] = f'<img alt="{alt}" src="data:image/png;base64,{source}">'
        display(shown, raw=True)


def show(signs="", **grids):
    """Small arrays side by side, as shades and numbers; `signs` are written between them.

    Each grid is an array (height, width) under its name. The names `products`, `slopes`,
    `target`, `error` and those that contain "kernel", "slice" or "map" get the colours of signed
    values, all others greys. All maps of one call, target and error too, share one scale, so that
    equal colours mean equal numbers.

    >>> show("×=", window=np.array([[1, 2]]), kernel=np.array([[3, -1]]), products=[[3, -2]])
    window 1×2:
    1  2
    kernel 1×2:
     3  −1
    products 1×2:
     3  −2
    """
    grids = {name.replace("_", " "): np.asarray(values) for name, values in grids.items()}
    for name, values in grids.items():
        if values.ndim != 2:
            raise ValueError(f"{name} must be (height, width); got the shape {values.shape}.")
    words = [f"{name} {v.shape[0]}×{v.shape[1]}:\n{table(v)}" for name, v in grids.items()]
    return Still(lambda: draw_grids(grids, signs), "\n".join(words))


def draw_grids(grids, signs=""):
    """Arrays by name, drawn side by side with `signs` between them."""
    row = Row(max(len(values) for values in grids.values()))
    row.make_room(grids.values())
    for place, (name, values, colours) in enumerate(coloured(grids)):
        row.cells(row.panel(name, values.shape), values, colours)
        if place < len(grids) - 1:
            row.sign(signs[place] if place < len(signs) else "")
    return row.finish()


def coloured(grids):
    """Give (name, values, colours) of each array: what has a sign is signed, all else grey."""
    maps = {name for name in grids if "map" in name or name in ("target", "error")}
    most = max((_largest(grids[name]) for name in maps), default=0)
    for name, values in grids.items():
        limit = most if name in maps else _largest(values)
        signed = name in (*maps, "products", "slopes") or re.search("kernel|slice", name)
        yield name, values, tints(values, limit) if signed else greys(values)


def show_images(images, titles=None):
    """Images (N, H, W) side by side in one grey scale, each under its title, eight in a row.

    >>> show_images(np.zeros((2, 28, 28)), titles=["a", "b"])
    2 images 28×28: a; b. Values from 0 to 0.
    """
    images = np.asarray(images, dtype=float)
    return _still_of_rows(
        "image", images, titles, "gray", images.min(initial=0), images.max(initial=1)
    )


def show_maps(maps):
    """Feature maps, or kernels, (H, W, N) side by side in one scale of colours, white for zero.

    >>> show_maps(np.array([[[0.5, -2]]]))
    2 maps 1×1. Values from −2 to 0.500.
    """
    maps = np.moveaxis(np.asarray(maps, dtype=float), -1, 0)
    end = np.abs(maps).max(initial=0) or 1
    return _still_of_rows("map", maps, None, "PRGn", -end, end)


def _still_of_rows(noun, images, titles, colours, low, high):
    if images.ndim != 3 or images.size == 0:
        raise ValueError(f"There must be at least one {noun}, and three axes; got {images.shape}.")
    count, height, width = images.shape
    named = "" if titles is None else ": " + "; ".join(map(str, titles))
    words = (
        f"{count} {noun}{'s' if count > 1 else ''} {height}×{width}{named}. "
        f"Values from {number(images.min(), 3)} to {number(images.max(), 3)}."
    )
    titles = range(count) if titles is None else titles
    save = png_in_greys if colours == "gray" else png
    return Still(lambda: draw_rows(images, titles, colours, low, high), words, save)


def draw_rows(images, titles, colours, low, high, columns=8, scale=True):
    """Images (N, H, W) in rows of eight, all in the same scale from `low` to `high`."""
    from matplotlib.figure import Figure

    columns = min(len(images), columns, 5 if large() else 8)
    rows = -(-len(images) // columns)
    side = min(3.2 if scale else 2.2, 8.8 / columns)  # inches: the fewer images, the larger
    size = 10 if columns > 4 else 13
    room = 0.3 if columns > 4 else 0.02 + 0.26 * max(str(title).count("\n") + 1 for title in titles)
    height = (side * images.shape[1] / images.shape[2] + room) * rows
    figure = Figure(figsize=(side * columns + scale, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for place in axes.flat[len(images) :]:
        place.set_axis_off()
    for place, image, title in zip(axes.flat, images, titles, strict=False):
        shown = place.imshow(image, cmap=colours, vmin=low, vmax=high)
        place.set_title(title, fontsize=size)
        place.set(xticks=[], yticks=[])
        place.spines[:].set_color("0.7")
    if scale:
        bar = figure.colorbar(shown, ax=axes, fraction=0.05, aspect=12 * rows)
        bar.ax.tick_params(labelsize=12 if FINE else 10)
        figure.get_layout_engine().set(rect=(0, 0, 0.96, 1))  # room for the scale's longest number
    return figure


def window_cells(image, place, kernel, size, stride, padding, dilation):
    """Rows and columns of the image that the window at `place` covers; padding lies outside."""
    window = size_of(kernel, size)
    down, right = window if stride is None else pair(stride, "stride")
    spread = pair(dilation, "dilation")
    pads = padding_amounts(padding, image.shape, window, (down, right), spread)
    rows = place[0] * down - pads[0][0] + np.arange(window[0]) * spread[0]
    columns = place[1] * right - pads[1][0] + np.arange(window[1]) * spread[1]
    return rows, columns, pads


def unreached(image, map_shape, *settings):
    """The rows and the columns of the image that no window covers."""
    places = [window_cells(image, (i, i), *settings) for i in range(max(map_shape))]
    return [
        np.setdiff1d(np.arange(n), [place[axis] for place in places[:count]])
        for axis, (n, count) in enumerate(zip(image.shape, map_shape, strict=True))
    ]


def size_of(kernel, size):
    return pair(size, "size") if kernel is None else kernel.shape


def window_in_words(image, maps, place, kernel, size, stride, padding, dilation, fill, mode):
    """The sliding-window picture in words and numbers, for readers of text and for the tests.

    `maps` are the feature map and what stands beside it, each under its title.
    """
    settings = (kernel, size, stride, padding, dilation)
    rows, columns, _ = window_cells(image, place, *settings)
    feature_map = next(iter(maps.values()))
    h, w = size_of(kernel, size)
    what = f"kernel {h}×{w}" if kernel is not None else f"{mode} pooling {h}×{w}"
    count = place[0] * feature_map.shape[1] + place[1] + 1
    spread = f", dilation {dilation}" if kernel is not None else ""
    filled = f", filled with {number(fill)}" if fill else ""
    missed = unreached(image, feature_map.shape, *settings)
    lines = [
        f"Sliding window: image {image.shape[0]}×{image.shape[1]}, {what}, "
        f"stride {stride or size}, padding {padding}{filled}{spread}.",
        f"Place {count} of {feature_map.size}: rows {rows[0]} to {rows[-1]}, columns {columns[0]} "
        f"to {columns[-1]} give {number(feature_map[place])} at [{place[0]}, {place[1]}].".replace(
            "-", "−"
        ),
        *_missed_in_words(*missed),
        "Image:",
        table(image),
        *(["Kernel:", table(kernel)] if kernel is not None else []),
    ]
    for title, values in maps.items():
        lines += [f"{title.capitalize()} {values.shape[0]}×{values.shape[1]}:", table(values)]
    return "\n".join(lines)


def _missed_in_words(rows, columns):
    parts = [
        f"{name}{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"
        for name, lines in (("row", rows), ("column", columns))
        if len(lines)
    ]
    return [f"No window reaches {' and '.join(parts)}."] if parts else []


def draw_window(
    image, maps, place, kernel, size, stride, padding, dilation, fill, mode, footprints
):
    """A still of the sliding-window picture: image, kernel, and the map filled up to `place`."""
    settings = (kernel, size, stride, padding, dilation)
    feature_map = next(iter(maps.values()))
    (top, bottom), (left, right) = window_cells(image, place, *settings)[2]
    window = size_of(kernel, size)
    feet = 1 if footprints else 0  # cells of room for the bars
    height = max(image.shape[0] + top + bottom + feet, window[0], feature_map.shape[0])
    row = Row(height, image.shape[1] + left + right)
    at = row.panel("image", image.shape, (top, left), (bottom + feet, right + feet))
    _draw_image(row, at, image, feature_map.shape, place, settings, fill, footprints)
    _draw_middle(row, kernel, window, mode)
    for title, values in maps.items():
        at = row.panel(title, values.shape)
        row.x += 0.6 * (len(maps) > 1)  # keeps the second title off the first
        # Pooling keeps the image's kind of value, and so its greys; sums have a sign.
        colours = tints(values) if kernel is not None else greys(values, image)
        row.cells(at, values, colours, upto=place[0] * values.shape[1] + place[1])
        row.frame(at, *place, 1, 1, TARGET)
    return row.finish()


def _draw_middle(row, kernel, window, mode):
    """What stands between image and map: the kernel, or what pooling does."""
    if kernel is not None:
        row.sign("∗")
        row.cells(row.panel("kernel", kernel.shape), kernel, tints(kernel))
        row.sign("=")
    else:
        row.sign("→")
        row.words(f"{'largest' if mode == 'max' else 'average'}\nof {window[0]}×{window[1]}")
        row.sign("→")


def _draw_image(row, at, image, map_shape, place, settings, fill, footprints):
    rows, columns, pads = window_cells(image, place, *settings)
    inside = number(fill) if settings[0] is not None else ""
    row.cells(at, image, greys(image), padding=pads, fill=inside)
    lost = unreached(image, map_shape, *settings)
    for r in lost[0]:
        row.hatch(at, r, 0, 1, image.shape[1])
    for c in lost[1]:
        row.hatch(at, 0, c, image.shape[0], 1)
    row.frame(at, rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1, WINDOW)
    if footprints:
        ends = [n + after for n, (_, after) in zip(image.shape, pads, strict=True)]
        places = [window_cells(image, (i, i), *settings) for i in range(max(map_shape))]
        for axis in (0, 1):
            along = [cells[axis] for cells in places[: map_shape[axis]]]
            row.bars(at, along, ends[1 - axis], across=axis == 0, now=place[axis])


def greys(image, scale=None):
    """Grey for each value: the smallest value of `scale` (else of `image`) is black, the largest
    white."""
    known = image if scale is None else scale
    finite = known[np.isfinite(known)]
    low, high = (finite.min(), finite.max()) if finite.size else (0, 1)
    share = (image - low) / (high - low) if high > low else np.full(image.shape, 0.5)
    return np.repeat(np.where(np.isfinite(image), share, 0.5)[..., np.newaxis], 3, axis=2)


def _largest(values):
    return np.abs(values[np.isfinite(values)]).max(initial=0)


def tints(values, limit=None):
    """Purple below zero, white at zero, green above; full strength at `limit` and beyond."""
    finite = np.where(np.isfinite(values), values, 0.0)
    limit = _largest(values) if limit is None else limit
    share = 0.6 * np.minimum(np.abs(finite) / (limit or 1), 1)
    ends = np.where(finite[..., np.newaxis] < 0, PURPLE, GREEN)
    return 1 + (ends - 1) * share[..., np.newaxis]


def _ink(rgb):
    """Black or white, whichever stands out more (relative luminance of WCAG 2)."""
    linear = np.where(rgb <= 0.04, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "black" if linear @ [0.2126, 0.7152, 0.0722] > 0.179 else "white"


class Row:
    """Grids of equal cells drawn side by side on one axes; one cell is one unit.

    height, width: cells of the highest grid and of the widest; many make the cells smaller.
    """

    def __init__(self, height, width=0):
        from matplotlib.figure import Figure

        self.figure = Figure(layout=None)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.height, self.x = height, 0.6
        self.inch = 0.48 if height <= 12 and width <= 24 else 0.24  # the side of a cell
        # inches that a letter of a title takes, and a title above its grid
        self.title = SMALLEST if large() or FINE else 12
        self.letter, self.head = (0.115, 0.32) if self.title > 12 else (0.09, 0.24)

    def make_room(self, grids):
        """Let the cells of a large picture grow until their longest number fits."""
        longest = max(len(number(v)) for values in grids for v in values.flat)
        if large() and self.inch > 0.3:  # else the cells are too small for numbers
            self.inch = max(0.5, (0.64 * longest * SMALLEST + 6) / 72)

    def panel(self, title, shape, before=(0, 0), after=(0, 0)):
        """Make room for a grid; return where its cell [0, 0] stands."""
        rows, columns = (s + b + a for s, b, a in zip(shape, before, after, strict=True))
        y = (self.height - rows) / 2
        words = f"{title} {shape[0]}×{shape[1]}"
        self.axes.text(self.x, y - 0.1 / self.inch, words, fontsize=self.title, va="bottom")
        start = (self.x + before[1], y + before[0])
        self.x += max(columns, self.letter * len(words) / self.inch)
        return start

    def cells(self, at, values, colours, padding=((0, 0), (0, 0)), fill="", upto=None):
        small = max(values.shape) > 12  # then a cell is too small for its number
        longest = max(len(number(value)) for value in values.flat)
        fontsize = min(29, 71 / longest) * self.inch
        (top, bottom), (left, right) = padding
        for r in range(-top, values.shape[0] + bottom):
            for c in range(-left, values.shape[1] + right):
                inside = 0 <= r < values.shape[0] and 0 <= c < values.shape[1]
                known = inside and (upto is None or r * values.shape[1] + c <= upto)
                colour = colours[r, c] if known else np.ones(3)
                style = "-" if inside else "--"
                self._box(at, r, c, 1, 1, facecolor=colour, edgecolor="0.55", lw=0.8, ls=style)
                text = number(values[r, c]) if known else "·" if inside else fill
                if not small:
                    ink = _ink(colour)
                    middle = (at[0] + c + 0.5, at[1] + r + 0.5)
                    self.axes.text(
                        *middle, text, color=ink, size=fontsize, ha="center", va="center"
                    )

    def frame(self, at, r, c, rows, columns, colour):
        for edge, width in (("white", 6), (colour, 3.5)):
            self._box(at, r, c, rows, columns, facecolor="none", edgecolor=edge, lw=width)

    def hatch(self, at, r, c, rows, columns):
        self._box(at, r, c, rows, columns, facecolor="none", edgecolor="0.4", hatch="//", lw=0)

    def bars(self, at, windows, beyond, across, now):
        """A bar for each window's cells: below the grid, or right of it if they are rows."""
        gap = windows[1][0] - windows[0][0] if len(windows) > 1 else 1
        lanes = min(-(-(windows[0][-1] - windows[0][0] + 1) // gap), len(windows))
        pitch = min(1.1 / lanes, 0.3)
        for place, cells in enumerate(windows):
            lane = beyond + 0.2 + (place % lanes) * pitch
            colour = WINDOW if place == now else "0.6"
            for cell in cells:
                # Neighbours touch, so that they make one bar; with dilation each stands alone.
                box = (lane, cell, 0.7 * pitch, 1)
                r, c, rows, columns = (box[1], box[0], box[3], box[2]) if across else box
                self._box(at, r, c, rows, columns, facecolor=colour, edgecolor="none")

    def sign(self, text):
        self.axes.text(self.x + 0.5, self.height / 2, text, size=22, ha="center", va="center")
        self.x += 1

    def words(self, text):
        self.axes.text(self.x + 0.8, self.height / 2, text, size=12, ha="center", va="center")
        self.x += 1.6

    def finish(self):
        self.axes.set(
            xlim=(0, self.x + 0.6), ylim=(self.height + 0.4, -0.4 - self.head / self.inch)
        )
        self.axes.set_axis_off()
        width, height = self.x + 0.6, self.height + 0.8 + self.head / self.inch
        self.figure.set_size_inches(width * self.inch, height * self.inch)
        return self.figure

    def _box(self, at, r, c, rows, columns, **look):
        from matplotlib.patches import Rectangle

        self.axes.add_patch(Rectangle((at[0] + c, at[1] + r), columns, rows, zorder=1, **look))
