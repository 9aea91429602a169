"""The picture of one filter over an image in colour: slices, partial maps, their sum, bias, ReLU.

What moves is computed in the page (channels.js). Python holds the same state as traits: `image`,
`kernel`, `bias`, `relu` and `step` can be read, set, observed and linked.
"""

import anywidget
import numpy as np
import traitlets

from . import figures
from .convolution import check_conv2d, conv2d, number_grid, shown
from .explorer import BadSetting, refusing, whole_step
from .stored import StoredForm, joined

LARGEST = 6  # rows or columns: with more, three slices one below the other do not fit a screen
LETTERS = {1: "1", 2: "12", 3: "RGB"}  # what the channels are called


def to_page(value, _widget=None):
    """An array (height, width, channels) as a list of slices, each a list of rows."""
    return np.moveaxis(value, -1, 0).tolist()


def from_page(value, _widget=None):
    """The opposite of `to_page`: whole numbers give an array of ints, others of floats."""
    array = np.moveaxis(np.array(value, dtype=float), 0, -1)
    return array.astype(int) if (array == np.round(array)).all() else array


def array_trait():
    empty = np.zeros((1, 1, 1), dtype=int)
    return traitlets.Any(empty).tag(sync=True, to_json=to_page, from_json=from_page)


class Channels(StoredForm, anywidget.AnyWidget):
    """The picture that `explore_channels` returns.

    Traits: `image` (height, width, channels), `kernel` (height, width, channels), that is one
    filter, `bias`, a number, `relu`, True or False, and `step`, the number of the place where the
    window stands, counted from 0. A value that makes no sense is refused with a `ValueError` and
    changes nothing.
    """

    lives_in_page = True
    _esm = joined("projector.js", "explorer_parts.js", "explorer_controls.js", "channels.js")
    _css = joined("explorer.css", "channels.css")

    image = array_trait()
    kernel = array_trait()
    bias = traitlets.Any(0).tag(sync=True)
    relu = traitlets.Bool(True).tag(sync=True)
    step = traitlets.Any(0).tag(sync=True)
    start = traitlets.Dict().tag(sync=True)

    def __init__(self, **settings):
        super().__init__(**settings)
        arrays = {"image": to_page(self.image), "kernel": to_page(self.kernel)}
        self.start = {**arrays, "bias": self.bias, "relu": self.relu, "step": self.step}

    @property
    def partial_maps(self):
        """One map a channel, `(H', W', C)`: the image's slice under the filter's slice."""
        slices = zip(np.moveaxis(self.image, -1, 0), np.moveaxis(self.kernel, -1, 0), strict=True)
        return np.stack([conv2d(one, weights) for one, weights in slices], axis=-1)

    @property
    def feature_map(self):
        """The partial maps' sum, plus the bias; below zero it becomes 0 where ReLU is on."""
        biased = conv2d(self.image, self.kernel) + self.bias
        return np.maximum(biased, 0) if self.relu else biased

    @property
    def place(self):
        """`(row, column)` of the feature map's cell that the window writes."""
        return divmod(min(self.step, self.feature_map.size - 1), self.feature_map.shape[1])

    def __repr__(self):
        return in_words(self.image, self.kernel, self.bias, self.relu, self.place)

    def still(self):
        figure = draw(self.image, self.kernel, self.bias, self.relu, self.place)
        return {"image/png": figures.png(figure)}

    @traitlets.validate("image", "kernel")
    def _check_array(self, proposal):
        name = proposal["trait"].name
        array = _slices(proposal["value"], name)
        if self.start and array.shape[2] != len(self.start["image"]):
            raise BadSetting(f"{name} must keep its channels; make a new picture for other ones.")
        pair = {"image": self.image, "kernel": self.kernel, name: array}
        refusing(check_conv2d, pair["image"], pair["kernel"])
        return array

    @traitlets.validate("bias")
    def _check_bias(self, proposal):
        value = refusing(number_grid, proposal["value"], "bias")
        if value.size != 1 or not np.isfinite(value).all():
            raise BadSetting(f"bias must be one number; got {shown(proposal['value'])}.")
        return value.item() if value.item() != int(value.item()) else int(value.item())

    @traitlets.validate("step")
    def _check_step(self, proposal):
        return whole_step(proposal["value"])


def explore_channels(image, kernel, bias=0, relu=True, step=0):
    """Show how one filter slides over all channels of an image at once.

    `image` is an array `(height, width, channels)` of at most 6 by 6 pixels and 3 channels.
    `kernel` is one filter, `(height, width, channels)`: a slice for each channel. Each slice writes
    a partial map; the partial maps are added, `bias` is added, and with `relu` what is negative
    becomes 0. `step` is the place to start at, counted from 0.

    Raises `ValueError` or `TypeError`, in one sentence, for whatever `conv2d` would refuse.

    >>> picture = explore_channels(np.ones((3, 3, 3)), np.ones((2, 2, 3)), bias=-10)
    >>> picture.partial_maps[0, 0], picture.feature_map[0, 0]
    (array([4., 4., 4.]), np.float64(2.0))
    """
    image, kernel = _slices(image, "image"), _slices(kernel, "kernel")
    return Channels(image=image, kernel=kernel, bias=bias, relu=relu, step=step)


def _slices(values, name):
    """`values` as a new array (height, width, channels); a sentence if it cannot be shown."""
    array = refusing(number_grid, values, name)
    if array.ndim != 3:
        raise BadSetting(f"{name} must be (height, width, channels); got the shape {array.shape}.")
    if array.shape[2] not in LETTERS:
        raise BadSetting(f"{name} must have 1, 2 or 3 channels here; got {array.shape[2]}.")
    if max(array.shape) > LARGEST or min(array.shape) < 1:
        part = f"Show a part of it, for example {name}[:{LARGEST}, :{LARGEST}], or use conv2d."
        raise BadSetting(
            f"{name} must be at most {LARGEST} by {LARGEST} here; got {array.shape}. {part}"
        )
    if not np.isfinite(array.astype(float)).all():
        raise BadSetting(f"{name} must hold ordinary numbers here; it holds NaN or infinity.")
    return from_page(to_page(array))


def chain(image, kernel, bias, relu):
    """The maps on the way, by name: `(name, map)` for each channel, the sum, the bias, ReLU."""
    letters = LETTERS[image.shape[2]]
    parts = [conv2d(image[..., c], kernel[..., c]) for c in range(len(letters))]
    total = sum(parts)
    end = np.maximum(total + bias, 0) if relu else total + bias
    named = [(f"{letter} partial map", part) for letter, part in zip(letters, parts, strict=True)]
    title = "after ReLU" if relu else "ReLU is off"
    return [*named, ("sum", total), (f"+ bias {figures.number(bias)}", total + bias), (title, end)]


def in_words(image, kernel, bias, relu, place):
    """The picture in words and numbers, for readers of text and for the tests."""
    maps = chain(image, kernel, bias, relu)
    letters = LETTERS[image.shape[2]]
    at = [figures.number(values[place]) for _, values in maps]
    parts = " + ".join(f"{letter} {value}" for letter, value in zip(letters, at, strict=False))
    size, window = ("×".join(map(str, array.shape)) for array in (image, kernel))
    rows, columns = maps[-1][1].shape
    lines = [
        f"One filter over {len(letters)} channels: image {size}, filter {window}.",
        f"Place {place[0] * columns + place[1] + 1} of {rows * columns}: {parts} = {at[-3]}; "
        f"with bias {figures.number(bias)}: {at[-2]}; {maps[-1][0]}: {at[-1]} "
        f"at [{place[0]}, {place[1]}].",
    ]
    for c, letter in enumerate(letters):
        lines += [f"{letter} slice of the image:", figures.table(image[..., c])]
        lines += [f"{letter} slice of the filter:", figures.table(kernel[..., c])]
    return "\n".join([*lines, *(f"{name}:\n{figures.table(values)}" for name, values in maps)])


def draw(image, kernel, bias, relu, place):
    """A still of the picture: a row for each channel, and the sum, bias and ReLU at the right."""
    maps = chain(image, kernel, bias, relu)
    letters, high = LETTERS[image.shape[2]], image.shape[0] + 1
    limit = max(np.abs(values).max() for _, values in maps)
    canvas = figures.Row(max(len(letters) * high, 3 * (maps[-1][1].shape[0] + 1)))
    x = [1.6]
    for width in (image.shape[1], kernel.shape[1], maps[0][1].shape[1]):
        x.append(x[-1] + width + 1)
    for c, letter in enumerate(letters):
        at = (x[0], c * high + 0.5)
        canvas.cells(at, image[..., c], figures.greys(image[..., c], image))
        canvas.frame(at, *place, *kernel.shape[:2], figures.WINDOW)
        _write(canvas, x[0] - 0.8, c * high + high / 2, letter)
        at = (x[1], c * high + (high - kernel.shape[0]) / 2)
        canvas.cells(at, kernel[..., c], figures.tints(kernel[..., c], np.abs(kernel).max()))
        _map(canvas, (x[2], c * high + (high - len(maps[c][1])) / 2), maps[c][1], place, limit)
        for sign, where in zip("∗=", x[1:3], strict=True):
            _write(canvas, where - 0.5, c * high + high / 2, sign)
    _right_column(canvas, x[3] + 0.6, maps[-3:], place, limit)
    return canvas.finish()


def _right_column(canvas, x, maps, place, limit):
    """Sum, bias and ReLU below each other, each under its name."""
    high = canvas.height / 3
    for i, (name, values) in enumerate(maps):
        y = i * high + (high - len(values)) / 2
        _map(canvas, (x, y), values, place, limit)
        canvas.axes.text(x, y - 0.15, name, fontsize=12, va="bottom")
    canvas.x = x + max(maps[0][1].shape[1], 4) + 0.2


def _map(canvas, at, values, place, limit):
    known = place[0] * values.shape[1] + place[1]
    canvas.cells(at, values, figures.tints(values, limit), upto=known)
    canvas.frame(at, *place, 1, 1, figures.TARGET)


def _write(canvas, x, y, text):
    canvas.axes.text(x, y, text, fontsize=18, ha="center", va="center")
