"""Draw a digit by hand and watch a network read it.

The page (drawing.js) draws the strokes and sends them; everything else happens here: the ink, the
preparation that MNIST's digits went through, the network's maps and its ten probabilities.
"""

import json
import math
from pathlib import Path
from typing import NamedTuple

import anywidget
import numpy as np
import traitlets

from . import figures
from .convolution import shown
from .digits import LayerMaps, maps_image, percent, probability_bars, scale_end, shape_in_words
from .explorer import BadSetting, refusing
from .panels import address, small_png
from .stored import StoredForm, joined, storing

PAPER = 280  # the paper's side, in the units of strokes
BRUSH = 24  # how wide a stroke is: MNIST's are about 2.5 pixels where a digit is 20 pixels high
BOX, SIDE = 20, 28  # pixels: the box that a digit is scaled into, the side of the image round it
MOST_STROKES, MOST_POINTS = 60, 1000  # MOST_POINTS: of one stroke
FINE = 2  # the ink is drawn so many times larger than the paper
FAILURES = 12  # so many are shown, the last ones
HERE = Path(__file__).parent


class Collected(NamedTuple):
    """A drawing that a reader has told the truth about.

    image: the prepared digit, uint8 (28, 28); was: what it was meant to be; read_as: what the
    network read; confidence: the probability that it gave to that, 0 to 1.
    """

    image: np.ndarray
    was: int
    read_as: int
    confidence: float


def prepare_digit(ink):
    """Prepare a drawn digit as those of MNIST were: uint8 (28, 28), white ink on black.

    ink: an image (H, W) of any size, 0 where there is no ink, larger numbers where there is some,
    such as 0 to 255. Where there is no ink at all, the answer is black.

    What is not ink is cut away, the larger side is scaled to 20 pixels, each the average of what it
    covers, and the brightest becomes 255. Then the digit is moved by whole pixels, until its centre
    of mass lies in the pixel [14, 14] or, if it would not fit into the image there, as near as it
    fits. Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits": "size
    normalized to fit in a 20x20 pixel box while preserving their aspect ratio", "centered in a
    28x28 image by computing the center of mass". In which pixel the centre is, and that the
    brightest is 255, was measured on the 70,000 digits.

    >>> digit = prepare_digit(np.ones((40, 20)))
    >>> np.argwhere(digit).min(axis=0), np.argwhere(digit).max(axis=0)
    (array([4, 9]), array([23, 18]))
    """
    ink = _known_ink(ink)
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    digit = np.zeros((SIDE, SIDE), np.uint8)
    if not len(rows):
        return digit
    small = _scaled(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    small = np.rint(small * (255 / small.max()))
    top, left = (_place(small.sum(axis=axis)) for axis in (1, 0))
    digit[top : top + small.shape[0], left : left + small.shape[1]] = small
    return digit


def _known_ink(ink):
    try:
        image = np.asarray(ink, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"ink must be an image (height, width); got {shown(ink)}.") from None
    if image.ndim != 2:
        raise ValueError(f"ink must be (height, width), one channel; got the shape {image.shape}.")
    if not np.isfinite(image).all() or (image < 0).any():
        raise ValueError("ink must hold finite numbers of 0, where there is no ink, or more.")
    return image


def _scaled(cut):
    """The image with its larger side 20 pixels, each the average of the area that it covers.

    (Pillow's nearest relative, BOX, takes whole pixels only: for small images that is far off.)
    """
    height, width = (max(1, round(BOX * side / max(cut.shape))) for side in cut.shape)
    return _averaged(_averaged(cut / cut.max(), height).T, width).T


def _averaged(values, few):
    """The rows of `values` as `few` rows, each the average of what it covers.

    >>> _averaged(np.array([[0], [3], [6]]), 2)
    array([[1.],
           [5.]])
    """
    many = len(values)
    ends = np.arange(few + 1) * many / few  # of the new rows, counted in old ones
    row = np.minimum(ends.astype(int), many - 1)  # in which old row each end lies
    above = np.cumsum(values, axis=0) - values
    sums = above[row] + (ends - row)[:, np.newaxis] * values[row]
    return np.diff(sums, axis=0) * few / many


def _place(amounts):
    """Where the first of these rows goes, so that the centre of mass is in the middle pixel."""
    centre = (amounts * np.arange(len(amounts))).sum() / amounts.sum()
    return min(max(math.ceil(SIDE / 2 - 0.5 - centre), 0), SIDE - len(amounts))


def ink_of(strokes):
    """The ink of strokes, as an image: uint8 (560, 560), 255 where there is ink.

    strokes: a list of strokes, each a list of points [x, y] on a paper of 280 by 280, from its left
    upper corner; what lies outside is cut off. The brush is round and 24 wide.

    >>> ink = ink_of([[[140, 140]]])
    >>> int(ink[280, 280]), int(ink[280, 300]), int(ink[280, 310])
    (255, 255, 0)
    """
    from PIL import Image, ImageDraw

    paper = Image.new("L", (PAPER * FINE, PAPER * FINE))
    pen, half = ImageDraw.Draw(paper), BRUSH * FINE / 2
    for stroke in strokes:
        points = [(x * FINE, y * FINE) for x, y in stroke]
        pen.line(points, fill=255, width=BRUSH * FINE)
        for x, y in points:
            pen.ellipse((x - half, y - half, x + half, y + half), fill=255)
    return np.asarray(paper)


def saved_drawings():
    """All drawings that come with the course: a dictionary of name -> strokes."""
    return json.loads((HERE / "data" / "drawings.json").read_text("utf-8"))


def saved_drawing(name="3"):
    """The strokes of a drawing that comes with the course, for `draw_digit`.

    >>> stroke, = saved_drawing("3")
    >>> stroke[0], len(stroke)
    ([96, 70], 26)
    """
    drawings = saved_drawings()
    if name not in drawings:
        raise ValueError(f"name is one of {', '.join(map(repr, drawings))}; got {shown(name)}.")
    return drawings[name]


class Drawing(StoredForm, anywidget.AnyWidget):
    """The picture that `draw_digit` returns.

    `strokes` and `layer` can be read, set, observed and linked; a value that makes no sense is
    refused and changes nothing. `prepared` and `probabilities` are what belongs to the strokes of
    now, `collected` what readers have told with "It was a ...".
    """

    _esm = joined("projector.js", "explorer_parts.js", "silence.js", "drawing.js")
    _css = joined("explorer.css", "controls.css", "drawing.css")

    strokes = traitlets.List().tag(sync=True)
    told = traitlets.List().tag(sync=True)  # [what it was, its strokes]
    layer = traitlets.Unicode().tag(sync=True)
    room = traitlets.List([880, 130]).tag(sync=True)  # pixels for the maps: width, height
    asked = traitlets.Int().tag(sync=True)  # the page counts its questions
    answer = traitlets.Dict().tag(sync=True)  # to the question of this number
    layers = traitlets.Dict().tag(sync=True)  # name -> what its numbers are, in words
    saved = traitlets.Dict().tag(sync=True)
    classes = traitlets.Int().tag(sync=True)

    def __init__(self, maps_of, **settings):
        self._maps_of, self._known = maps_of, ([], [])
        layers = {name: shape_in_words(shape) for name, shape in maps_of.shapes.items()}
        classes = list(maps_of.shapes.values())[-1][0]
        super().__init__(layers=layers, classes=classes, saved=saved_drawings(), **settings)
        self._answer()

    @property
    def prepared(self):
        """The drawing as the network gets it: uint8 (28, 28)."""
        return prepare_digit(ink_of(self.strokes))

    @property
    def probabilities(self):
        """The network's probabilities (classes,) for the drawing; zeros where there is no ink."""
        prepared = self.prepared
        return self._maps_of(prepared)[1] if prepared.any() else np.zeros(self.classes)

    @property
    def collected(self):
        """A list of `Collected`: all drawings of which a reader has told what they were."""
        told, (told_before, collected) = self.told, self._known
        same = [a == b for a, b in zip(told_before, told, strict=False)]
        known = [*same, False].index(False)
        collected = collected[:known] + [self._reading(*one) for one in told[known:]]
        self._known = list(told), collected
        return list(collected)

    def _reading(self, was, strokes):
        image = prepare_digit(ink_of(strokes))
        probabilities = self._maps_of(image)[1]
        read_as = int(probabilities.argmax())
        return Collected(image, was, read_as, float(probabilities[read_as]))

    @traitlets.observe("asked")
    def _answer(self, _change=None):
        try:
            parts = self._parts()
        except Exception as error:  # whatever a network may raise is said in the page
            parts = {"problem": f"The network stopped: {type(error).__name__}: {error}"}
        self.answer = {"asked": self.asked, **parts}

    def _parts(self):
        """What the page shows beside the drawing, as words and HTML."""
        prepared, tally = self.prepared, _tally(self.collected)
        if not prepared.any():
            bars = probability_bars(np.zeros(self.classes))
            return {"blank": True, "words": "Draw a digit first.", "bars": bars, "tally": tally}
        maps, probabilities = self._maps_of(prepared)
        sheet = maps_image(maps[self.layer], *self.room, scale_end([maps[self.layer]]))
        words = f"The prepared digit, {SIDE} by {SIDE} pixels"
        height, width = _size(prepared)
        size = f"{BOX} pixels {'high' if height >= width else 'wide'}"
        return {
            "words": _read(probabilities),
            "prepared": _image(prepared, words),
            "note": f"as in MNIST: cut out, {size}, centred by its mass",
            "maps": _image(sheet, f"{self.layer}: {self.layers[self.layer]}"),
            "bars": probability_bars(probabilities),
            "tally": tally,
        }

    @traitlets.validate("strokes")
    def _check_strokes(self, proposal):
        return refusing(_known_strokes, proposal["value"])

    @traitlets.validate("layer")
    def _check_layer(self, proposal):
        name = proposal["value"]
        if name not in self._maps_of.shapes:
            known = ", ".join(map(repr, self._maps_of.shapes))
            raise BadSetting(f"layer is the name of one of {known}; got {name!r}.")
        return name

    def __repr__(self):
        prepared, count = self.prepared, len(self.strokes)
        lines = [f"Drawing of {count} stroke{'s' * (count != 1)}."]
        if prepared.any():
            (height, width), probabilities = _size(prepared), self.probabilities
            shares = ", ".join(f"{n}: {percent(p)}" for n, p in enumerate(probabilities))
            lines += [
                f"Prepared as MNIST's digits were: {height} pixels high, {width} wide, in 28×28.",
                f"{_read(probabilities)}. Probabilities: {shares}.",
            ]
        return "\n".join([*lines, *_counted(self.collected)])

    def still(self):
        figure = draw(self.strokes, self.prepared, self.probabilities)
        return {"image/png": small_png(figure, [])}


def draw_digit(model, drawing=None, layer=None):
    """A paper to draw on, with pointer, pen, finger or keys, and what a network makes of the digit.

    model: a Keras model for images (28, 28, 1) of 0 to 255, white ink on black, as MNIST has them.
    While the reader draws, the page shows the drawing prepared by `prepare_digit`, the maps of one
    layer and the probabilities. `drawing` are the strokes on the paper at first, such as
    `saved_drawing()`; without them it is empty. `layer` is the name of the layer shown at first, by
    default the first one with several maps.

    The reader says by a button what the digit was; `collected` of the picture lists that.
    """
    maps_of = LayerMaps(model)
    if tuple(maps_of.input_shape) != (SIDE, SIDE, 1):
        raise ValueError(f"The model must take images of (28, 28, 1); got {maps_of.input_shape}.")
    if drawing is None:
        drawing = saved_drawing() if storing() else []  # a stored lesson shows more than a blank
    with_maps = [name for name, s in maps_of.shapes.items() if len(s) == 3 and s[2] > 1]
    first = layer or next(iter([*with_maps, *maps_of.shapes]))
    return Drawing(maps_of, strokes=drawing, layer=first)


def _known_strokes(strokes):
    """`strokes` as lists, once they are known to be strokes."""
    example = "a list of strokes, each a list of points, such as [[[10, 20], [10, 90]]]"
    try:
        found = [[[float(x), float(y)] for x, y in stroke] for stroke in strokes]
    except (TypeError, ValueError):
        raise ValueError(f"A drawing is {example}; got {shown(strokes)}.") from None
    if len(found) > MOST_STROKES or any(len(stroke) > MOST_POINTS for stroke in found):
        raise ValueError(
            f"A drawing has at most {MOST_STROKES} strokes of at most {MOST_POINTS} points; got "
            f"{len(found)} strokes of up to {max(map(len, found))} points."
        )
    numbers = [number for stroke in found for point in stroke for number in point]
    if not all(math.isfinite(n) and abs(n) <= 10 * PAPER for n in numbers):
        raise ValueError(
            f"The paper is {PAPER} by {PAPER}; got points that are farther off than {10 * PAPER}."
        )
    return [stroke for stroke in found if stroke]


def _size(prepared):
    """Height and width of what has ink, in pixels."""
    return tuple(np.ptp(np.flatnonzero(prepared.any(axis=axis))) + 1 for axis in (1, 0))


def _read(probabilities):
    read = int(probabilities.argmax())
    return f"Read as {read}, {percent(probabilities[read])}"


def _image(image, words):
    return f'<img alt="{words}" src="{address(image)}">'


def _counted(collected):
    """How many drawings there are and how many were read right, and the others, in words."""
    if not collected:
        return []
    right = sum(one.was == one.read_as for one in collected)
    return [f"{len(collected)} drawn, {right} read right.", *map(_failure, _failed(collected))]


def _failed(collected):
    return [one for one in collected if one.was != one.read_as][-FAILURES:]


def _failure(one):
    return f"{one.was}, read {one.read_as}, {percent(one.confidence)}"


def _tally(collected):
    """The same in HTML, with a picture of each that was read wrong."""
    if not collected:
        return "<p></p>"
    count, *words = _counted(collected)
    pictures = "".join(
        f"<figure>{_image(one.image, '')}<figcaption>{text}</figcaption></figure>"
        for one, text in zip(_failed(collected), words, strict=True)
    )
    return f"<p>{count}</p><div>{pictures}</div>"


def draw(strokes, prepared, probabilities):
    """A still of the picture: the drawing, the prepared digit, the probabilities."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.3))
    pictures = {"drawing": ink_of(strokes), f"prepared, {SIDE}×{SIDE}": prepared}
    for place, (title, image) in enumerate(pictures.items()):
        axes = figure.add_axes((0.02 + 0.31 * place, 0.06, 0.29, 0.79))
        axes.imshow(image, cmap="gray", vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[])
        axes.set_title(title, loc="left", fontsize=12)
    axes, read = figure.add_axes((0.69, 0.06, 0.2, 0.79)), probabilities.argmax()
    axes.set(xlim=(0, 1), ylim=(len(probabilities) - 0.5, -0.5), xticks=[])
    axes.set_yticks(range(len(probabilities)), range(len(probabilities)), fontsize=12)
    axes.set_title("probabilities", loc="left", fontsize=12)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    for place, share in enumerate(probabilities if prepared.any() else []):
        colour, weight = (figures.TARGET, "bold") if place == read else ("0.6", "normal")
        axes.barh(place, share, 0.6, color=colour)
        axes.text(1.05, place, percent(share), va="center", fontsize=12, weight=weight)
    return figure
