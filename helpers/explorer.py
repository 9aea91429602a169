"""The sliding-window picture: a widget that shows how a window moves over an image.

What moves is computed in the page (explorer.js), so that a step needs no answer from Python.
Python holds the same state as traits, which can be read, set, observed and linked: `picture.step`,
`picture.image`, `picture.stride` and so on.
"""

import inspect
import itertools
import traceback

import anywidget
import numpy as np
import traitlets

from . import figures
from .convolution import (
    check_conv2d,
    check_pool2d,
    conv2d,
    number_grid,
    padding_amounts,
    pair,
    pool2d,
    shown,
)
from .stored import StoredForm, joined

LARGEST = 32  # rows or columns: beyond this the cells are too small to follow a window
CONTROLS = ("paint", "weights", "stride", "padding", "dilation", "size")
MORE_CONTROLS = ("n", "sides", "fill", "shift")  # only where a lesson asks for them
SETTINGS = ("image", "kernel", "size", "stride", "padding", "dilation", "fill")


class BadSetting(traitlets.TraitError, ValueError):
    """A setting that makes no sense. As a `TraitError` it leaves the widget as it was."""


def to_page(value, _widget=None):
    """Arrays as nested lists; NaN and infinities, which JSON lacks, by JavaScript's names."""
    if isinstance(value, dict):
        return {name: to_page(one) for name, one in value.items()}
    if not isinstance(value, np.ndarray):
        return value
    names = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return [[v if np.isfinite(v) else names[str(v)] for v in row] for row in value.tolist()]


def from_page(value, _widget=None):
    """The opposite of `to_page`: whole numbers give an array of ints, others of floats."""
    if value is None:
        return None
    array = np.array([[float(v) for v in row] for row in value])
    whole = (np.abs(array) <= 2**53).all() and (array == np.round(array)).all()
    return array.astype(int) if whole else array


def whole_step(value):
    """`value` as the number of a place, counted from 0; a refusal if it cannot be one."""
    if not isinstance(value, (int, np.integer)) or value < 0:
        raise BadSetting(f"step must be a whole number of 0 or more; got {shown(value)}.")
    return int(value)


class Setting(traitlets.Any):
    """A trait whose every value, None too, is looked at by one of the validators below."""

    allow_none = False


def array_trait(default):
    return Setting(default).tag(sync=True, to_json=to_page, from_json=from_page)


class Explorer(StoredForm, anywidget.AnyWidget):
    """The picture that `explore` and `explore_pooling` return.

    Traits that can be read, set, observed and linked: `image`, `kernel` (arrays), `size` (of a
    pooling window), `stride`, `padding`, `dilation` (written as for `conv2d`) and `step`, the
    number of the place where the window stands, counted from 0. A value that makes no sense is
    refused with a `ValueError` and changes nothing.
    """

    lives_in_page = True
    _esm = joined(
        "projector.js",
        "explorer_parts.js",
        "silence.js",
        "explorer_sum.js",
        "explorer_more.js",
        "explorer_controls.js",
        "explorer.js",
    )
    _css = joined("explorer.css")

    image = array_trait(np.zeros((1, 1)))
    kernel = array_trait(None)
    size = Setting(2).tag(sync=True)
    mode = traitlets.Unicode("convolution").tag(sync=True)
    stride = Setting(1).tag(sync=True)
    padding = Setting("valid").tag(sync=True)
    dilation = Setting(1).tag(sync=True)
    fill = Setting(0).tag(sync=True)
    step = Setting(0).tag(sync=True)
    footprints = traitlets.Bool(False).tag(sync=True)
    beside = traitlets.Bool(False).tag(sync=True)
    images = traitlets.Dict().tag(sync=True, to_json=to_page)
    kernels = traitlets.Dict().tag(sync=True, to_json=to_page)
    controls = traitlets.List().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)
    mine = traitlets.Dict().tag(sync=True)

    def __init__(self, function=None, **settings):
        super().__init__(**settings)
        self._function = function
        self.feature_map  # noqa: B018 - raises if the settings do not go together
        self.start = {**self._settings(), "step": self.step}
        if function is not None:
            self.observe(self._ask_function, SETTINGS)
            self._ask_function()

    @property
    def feature_map(self):
        """The map of the present settings, computed by `conv2d` or `pool2d`."""
        if self.kernel is not None:
            window = self.kernel.shape, self.stride, self.dilation
            image, padding = _filled(self.image, self.padding, self.fill, window)
            return conv2d(image, self.kernel, self.stride, padding, self.dilation)
        return pool2d(self.image, self.size, self.stride, self.padding, self.mode)

    @property
    def place(self):
        """`(row, column)` of the feature map's cell that the window writes."""
        return divmod(min(self.step, self.feature_map.size - 1), self.feature_map.shape[1])

    def __repr__(self):
        try:
            maps = self._maps()
            words = figures.window_in_words(self.image, maps, self.place, **self._rest())
        except ValueError as problem:
            return f"Sliding window: {problem}"
        return f"{words}\n{self._function_in_words()}".rstrip()

    def _function_in_words(self):
        if not self.mine:
            return ""
        if self.mine["problem"]:
            return self.mine["problem"]
        same = np.isclose(from_page(self.mine["map"]), self.feature_map, equal_nan=True)
        return f"Your function: {same.sum()} of {same.size} cells are right."

    def still(self):
        settings = {**self._rest(), "footprints": self.footprints}
        figure = figures.draw_window(self.image, self._maps(), self.place, **settings)
        return {"image/png": figures.png(figure)}

    def _maps(self):
        """The feature map by its title, and the map of the other pooling if it stands beside."""
        if not self.beside:
            return {"feature map": self.feature_map}
        other = "average" if self.mode == "max" else "max"
        arguments = self.image, self.size, self.stride, self.padding, other
        names = {"max": "largest", "average": "average"}
        return {names[self.mode]: self.feature_map, names[other]: pool2d(*arguments)}

    def _rest(self):
        names = ("kernel", "size", "stride", "padding", "dilation", "fill", "mode")
        return {name: getattr(self, name) for name in names}

    def _settings(self):
        return {name: to_page(getattr(self, name)) for name in SETTINGS}

    def _ask_function(self, _change=None):
        """The reader's own function answers for the present settings, and the page shows it."""
        settings = self._settings()
        try:
            expected = self.feature_map.shape
            answer = to_page(_answer(self._function, expected, self._rest(), self.image))
            self.mine = {"uses": True, "settings": settings, "map": answer, "problem": ""}
        except ValueError as problem:
            self.mine = {"uses": True, "settings": settings, "map": None, "problem": str(problem)}

    @traitlets.validate("image", "kernel")
    def _check_array(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        if name == "kernel" and self.mode != "convolution" and value is None:
            return None
        return _one_channel(value, name)

    @traitlets.validate("stride", "dilation", "size")
    def _check_pair(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        if name == "stride" and self.mode != "convolution" and value is None:
            return None
        return _simplest(refusing(pair, value, name))

    @traitlets.validate("step")
    def _check_step(self, proposal):
        return whole_step(proposal["value"])

    @traitlets.validate("fill")
    def _check_fill(self, proposal):
        value = proposal["value"]
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not number or not abs(value) <= 1e6:
            raise BadSetting(f"fill must be a number from -1e6 to 1e6; got {shown(value)}.")
        return value.item() if isinstance(value, np.number) else value

    @traitlets.validate("padding")
    def _check_padding(self, proposal):
        value = proposal["value"]
        rows, columns = refusing(padding_amounts, value, (1, 1), (1, 1))
        if isinstance(value, str):
            return value.lower()
        return rows[0] if len({*rows, *columns}) == 1 else (rows, columns)


def explore(
    image,
    kernel,
    stride=1,
    padding="valid",
    dilation=1,
    mine=None,
    controls=CONTROLS,
    step=0,
    fill=0,
    footprints=False,
):
    """Show how a kernel slides over an image and what it writes into the feature map.

    `image` is an array `(height, width)` of at most 32 by 32 numbers and `kernel` an array
    `(kh, kw)`; either may be a dictionary of named arrays, among which the reader then chooses.
    `stride`, `padding` and `dilation` are written as for `conv2d`. `mine` is the reader's own
    function, called as `mine(image, kernel)`, and with `stride`, `padding` and `dilation` by name
    if it has arguments of those names: its answer fills the map, and wrong cells are marked.
    `controls` names what can be changed: "paint" (pixels), "weights", "stride", "padding",
    "dilation", "size" (of the kernel), and if it is asked for "n" (the image becomes n by n pixels,
    counting from 0, or all alike if they were), "sides" (the padding of each side) and "fill".
    `step` is the place to start at, counted from 0. `fill` is the number in the padding cells.
    `footprints=True` draws a bar for each place of the window, below the image and beside it.

    Raises `ValueError` or `TypeError`, in one sentence, for whatever `conv2d` would refuse.

    >>> picture = explore(np.arange(25).reshape(5, 5), np.arange(9).reshape(3, 3))
    >>> picture.feature_map[0, 0], picture.place
    (np.float64(312.0), (0, 0))
    """
    images, kernels = _named(image, "image"), _named(kernel, "kernel")
    given = {"stride": stride, "padding": padding, "dilation": dilation}
    for one, other in itertools.product(images.values(), kernels.values()):
        check_conv2d(one, other, **given)
    more = {"step": step, "fill": fill, "footprints": bool(footprints)}
    return _picture(mine, controls, image=images, kernel=kernels, **given, **more)


def explore_pooling(
    image,
    size=2,
    stride=None,
    padding="valid",
    mode="max",
    mine=None,
    controls=("paint", "stride", "padding", "size"),
    step=0,
    beside=False,
):
    """Show how a pooling window slides over an image; `mode` is "max" or "average".

    The arguments are those of `pool2d`; `mine`, `controls` and `step` are those of `explore`, and
    the reader's own function is called as `mine(image, size)`. `beside=True` shows the map of the
    other mode beside it. The control "shift" moves the image by one pixel; what comes in at the
    edge is the most frequent value of the border.

    >>> explore_pooling([[4, 3], [2, 1]], stride=1, padding="same").feature_map
    array([[4., 3.],
           [2., 1.]])
    """
    images = _named(image, "image")
    given = {"size": size, "stride": stride, "padding": padding, "mode": mode}
    for one in images.values():
        check_pool2d(one, **given)
    return _picture(mine, controls, image=images, **given, step=step, beside=bool(beside))


def _picture(mine, controls, **settings):
    """The widget; named arrays become a choice, of which the first is shown at the start."""
    for name in {"image", "kernel"} & set(settings):
        arrays = settings[name]
        settings |= {name: next(iter(arrays.values())), f"{name}s": arrays}
    return Explorer(function=_callable(mine), controls=_known(controls), **settings)


def refusing(check, *arguments):
    """What `check` returns; its refusal as a `BadSetting`, so that the widget stays as it was."""
    try:
        return check(*arguments)
    except (TypeError, ValueError) as problem:
        raise BadSetting(str(problem)) from None


def _simplest(pair_of_two):
    """2 for (2, 2): a slider can be linked to it."""
    first, second = pair_of_two
    return first if first == second else (first, second)


def _one_channel(values, name):
    """`values` as a new array (height, width); a sentence if this picture cannot show it."""
    array = refusing(number_grid, values, name)
    if array.ndim != 2:
        hint = f" Choose one channel, for example {name}[:, :, 0]." if array.ndim == 3 else ""
        raise BadSetting(f"{name} must be (height, width) here; got the shape {array.shape}.{hint}")
    if max(array.shape) > LARGEST:
        part = f"Show a part of it, for example {name}[:{LARGEST}, :{LARGEST}], or use conv2d."
        raise BadSetting(
            f"{name} must be at most {LARGEST} by {LARGEST} here; got {array.shape}. {part}"
        )
    return from_page(array)


def _named(values, name):
    """A dictionary of named arrays, whether one array came in or several."""
    several = values if isinstance(values, dict) else {name: values}
    if not several:
        raise ValueError(f"{name} must hold at least one array; got an empty dictionary.")
    return {str(key): _one_channel(one, name) for key, one in several.items()}


def _known(controls):
    several = list(controls) if isinstance(controls, (list, tuple, set)) else [controls]
    known = CONTROLS + MORE_CONTROLS
    for name in several:
        if name not in known:
            raise ValueError(f"controls must be among {', '.join(known)}; got {shown(name)}.")
    return several


def _filled(image, padding, fill, window):
    """The image and the padding that is left to add: a `fill` other than 0 is added here."""
    if fill == 0:
        return image, padding
    size, stride, dilation = window
    amounts = padding_amounts(padding, image.shape, size, stride, dilation)
    return np.pad(image.astype(float), amounts, constant_values=fill), "valid"


def _callable(mine):
    if mine is not None and not callable(mine):
        raise TypeError(f"mine must be a function, such as my_conv2d; got {mine!r}.")
    return mine


def _answer(function, expected, settings, image):
    """What the reader's function returns, as an array; a `ValueError` in words if it cannot be."""
    names = ("stride", "padding", "dilation", "fill")
    parameters = inspect.signature(function).parameters
    takes_all = any(p.kind == p.VAR_KEYWORD for p in parameters.values())
    plain = {"stride": (1, None), "padding": ("valid", 0), "dilation": (1,), "fill": (0,)}
    asked = [n for n in names if n in parameters or takes_all and settings[n] not in plain[n]]
    given = {n: settings[n] for n in asked}
    for name in names:
        if name not in given and settings[name] not in plain[name]:
            raise ValueError(f"Your function has no argument {name}: it cannot follow that slider.")
    second = settings["size"] if settings["kernel"] is None else settings["kernel"].copy()
    try:
        answer = function(image.copy(), second, **given)
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        raise ValueError(f"Your function stopped{_line(function, error)}: {words}") from None
    return _map_of(answer, expected)


def _line(function, error):
    """Where the reader's own code was, even if the error arose deep in what it had called."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return f" in its line {lines[-1]}" if lines else ""


def _map_of(answer, expected):
    if answer is None:
        raise ValueError("Your function returned nothing (None). Is its last line return ...?")
    try:
        array = np.array(answer, dtype=float)
    except (TypeError, ValueError):
        raise ValueError("Your function must return a grid of numbers.") from None
    if array.shape != expected:
        raise ValueError(
            f"Your function returned the shape {array.shape}; the feature map is {expected}."
        )
    return array
