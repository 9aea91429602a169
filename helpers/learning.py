"""The picture of a kernel that learns: one gradient step a press, until its map matches a target.

What moves is computed in the page (learning.js). Python holds the same state as traits: `image`,
`kernel` (the one to start from), `target`, `rate`, `step` and `chosen` can be read, set, observed
and linked.
"""

import anywidget
import numpy as np
import traitlets

from . import figures
from .convolution import check_conv2d, conv2d, number_grid, shown
from .explorer import BadSetting, Setting, array_trait, from_page, refusing, to_page, whole_step
from .stored import StoredForm, joined

LARGEST = 8  # rows or columns: with more, the numbers are too small to follow
MOST = 200  # steps
GROWN = 1e6  # the loss has grown so many times: no step follows
MATCHED = 0.05  # errors below this are no longer seen in one decimal
RATES = (0.1, 0.2, 0.4, 0.8)


def gradient_step(image, kernel, target, rate):
    """One step of learning: `(new kernel, loss before the step)`.

    `image` (H, W) and `kernel` (h, w) write a feature map; `target`, of the map's shape, is the map
    that we would like. The error is map - target, and the loss is the mean of error**2. The slope
    of the loss for one weight is 2/N times the sum, over all N places, of the error there and the
    pixel that the weight meets there. These pixels are a window of the image, as large as the map:
    all slopes at once are `2/N * conv2d(image, error)`. The new kernel is kernel - rate * slope.

    `rate`, the learning rate, is a number. Raises `ValueError` or `TypeError` for whatever `conv2d`
    would refuse, and if `target` has not the map's shape.

    The error of this 1 x 2 image is 0 - 2 and 0 - 4; the loss (4 + 16) / 2, and the slope
    2/2 * (-2 * 1 - 4 * 2):

    >>> gradient_step([[1, 2]], [[0]], target=[[2, 4]], rate=0.1)
    (array([[1.]]), np.float64(10.0))
    """
    image, kernel, target = _three_grids(image, kernel, target)
    rate = _rate(rate, "rate", most=np.inf)
    with np.errstate(all="ignore"):  # steps that are too long end in inf, which says enough
        error = conv2d(image, kernel) - target
        slope = 2 / error.size * conv2d(image, error)
        return kernel - rate * slope, np.mean(error**2)


def _three_grids(image, kernel, target):
    """The three as arrays, once the target is known to have the shape of the feature map."""
    arrays = {"image": image, "kernel": kernel, "target": target}
    for name, values in arrays.items():
        arrays[name] = array = number_grid(values, name)
        if array.ndim != 2:
            raise ValueError(f"{name} must be (height, width); got the shape {array.shape}.")
    image, kernel, target = arrays.values()
    check_conv2d(image, kernel)
    n, k, out = image.shape, kernel.shape, target.shape
    places = tuple(pixels - weights + 1 for pixels, weights in zip(n, k, strict=True))
    if out != places:
        raise ValueError(
            f"target must have the shape {places}, that of the feature map of an image {n} under "
            f"a kernel {k}; got the shape {out}."
        )
    return image, kernel, target


class Learning(StoredForm, anywidget.AnyWidget):
    """The picture that `explore_learning` returns.

    Traits: `image`, `kernel` (the one to start from) and `target`, arrays (height, width); `rate`,
    the learning rate; `step`, the number of gradient steps taken; `chosen`, [row, column] of the
    weight whose arithmetic is shown. Page and Python compute the same from these. A value that
    makes no sense is refused with a `ValueError` and changes nothing.
    """

    lives_in_page = True
    _esm = joined("projector.js", "explorer_parts.js", "learning.js")
    _css = joined("explorer.css", "learning.css")

    image = array_trait(np.zeros((1, 1)))
    kernel = array_trait(np.zeros((1, 1)))
    target = array_trait(np.zeros((1, 1)))
    rate = Setting(0.2).tag(sync=True)
    step = Setting(0).tag(sync=True)
    chosen = Setting([0, 0]).tag(sync=True)
    rates = traitlets.List().tag(sync=True)
    targets = traitlets.Dict().tag(sync=True, to_json=to_page)

    def __init__(self, **settings):
        self._shapes = {name: settings[name].shape for name in ("image", "kernel", "target")}
        super().__init__(**settings)

    def path(self, steps=None):
        """The kernels and losses of the steps 0, 1, ... `steps` (`self.step` if not given).

        It ends earlier where the loss has grown a million times.
        """
        kernel, found = self.kernel.astype(float), []
        for _ in range((self.step if steps is None else steps) + 1):
            after, loss = gradient_step(self.image, kernel, self.target, self.rate)
            found.append((kernel, loss))
            if loss > GROWN * found[0][1]:
                break
            kernel = after
        return found

    @property
    def learned(self):
        """The kernel after `step` steps."""
        return self.path()[-1][0]

    @property
    def loss(self):
        """The loss after `step` steps."""
        return self.path()[-1][1]

    @property
    def feature_map(self):
        """The map that the learned kernel writes."""
        return conv2d(self.image, self.learned)

    @property
    def error(self):
        """`feature_map - target`."""
        return self.feature_map - self.target

    @property
    def slope(self):
        """The slope of the loss for each weight, after `step` steps."""
        return 2 / self.target.size * conv2d(self.image, self.error)

    def __repr__(self):
        sizes = " ".join(
            f"{name} {'×'.join(map(str, array.shape))},"
            for name, array in (("image", self.image), ("kernel", self.kernel))
        )
        lines = [f"A kernel that learns: {sizes} learning rate {self.rate:g}."]
        lines += ["Image:", figures.table(self.image), "Target:", figures.table(self.target)]
        first = self.path(0)[0][1]
        for step, kernel, loss in self._two_states():
            made = conv2d(self.image, kernel)
            grows = " The loss grows: the steps are too long." if loss > first else ""
            remark = " The map matches the target." if matched(made, self.target) else grows
            lines += [f"Step {step}: loss {loss_in_words(loss)}.{remark}"]
            lines += ["Kernel:", figures.table(kernel), "Feature map:", figures.table(made)]
        return "\n".join(lines)

    def _two_states(self):
        """(step, kernel, loss) at the start and later: at `step`, or where the map matches."""
        every = self.path(self.step or MOST)
        later = len(every) - 1
        if not self.step:
            kernels = (kernel for kernel, _ in every)
            matches = (matched(conv2d(self.image, kernel), self.target) for kernel in kernels)
            later = next((step for step, good in enumerate(matches) if good), later)
        return [(step, *every[step]) for step in sorted({0, later})]

    def still(self):
        return {"image/png": figures.small_png(draw(self.image, self.target, self._two_states()))}

    @traitlets.validate("image", "kernel", "target")
    def _check_array(self, proposal):
        name = proposal["trait"].name
        array = _grid(proposal["value"], name)
        if array.shape != self._shapes[name]:
            raise BadSetting(
                f"{name} must keep its shape {self._shapes[name]}; got {array.shape}. "
                "Make a new picture for another one."
            )
        return array

    @traitlets.validate("rate")
    def _check_rate(self, proposal):
        return _rate(proposal["value"], "rate")

    @traitlets.validate("step")
    def _check_step(self, proposal):
        step = whole_step(proposal["value"])
        if step > MOST:
            raise BadSetting(f"step must be at most {MOST}; got {step}.")
        return step

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal):
        value, shape = proposal["value"], self._shapes["kernel"]
        two = isinstance(value, list | tuple) and len(value) == 2
        if not two or not all(_counts(*both) for both in zip(value, shape, strict=True)):
            raise BadSetting(
                f"chosen must be [row, column] of a weight of the kernel {shape}; "
                f"got {shown(value)}."
            )
        return [int(at) for at in value]


def _counts(place, size):
    """Is `place` a whole number from 0 to size - 1?"""
    whole = isinstance(place, int | np.integer) and not isinstance(place, bool)
    return whole and 0 <= place < size


def matched(feature_map, target):
    """Is every error below 0.05, so that none is seen in one decimal?

    >>> matched(np.array([[0.96]]), np.array([[1]])), matched(np.array([[0.9]]), np.array([[1]]))
    (True, False)
    """
    return bool((np.abs(feature_map - target) < MATCHED).all())


def loss_in_words(loss):
    """A loss in two decimals, or in four where it is small.

    >>> loss_in_words(121 / 9), loss_in_words(0.00126), loss_in_words(1e-9)
    ('13.44', '0.0013', 'below 0.0001')
    """
    if 0 < loss < 0.00005:
        return "below 0.0001"
    return figures.number(loss) if loss >= 0.1 or not loss else f"{loss:.4f}"


def explore_learning(image, target, kernel=None, rate=0.2, step=0, chosen=(0, 0), rates=RATES):
    """Show how a kernel learns to write a wanted feature map, one gradient step a press.

    `image` is an array `(height, width)` of at most 8 by 8 numbers. `target` is the map that we
    would like, `(height, width)`, or a dictionary of named maps, among which the reader chooses.
    `kernel` is the kernel to start from; if it is not given, zeros, in the size that makes a map
    like the target: 3x3 for an image 5x5 and a target 3x3. Each step is a `gradient_step`, and
    `rate`, the learning rate, says how long it is. `rates` are the rates to choose from. `step` is
    the number of steps taken at the beginning, at most 200, and `chosen` (row, column) of the
    weight whose arithmetic is shown.

    The kernel found is the one that made the target only if no other makes the same map: the map
    needs as many places as the kernel has weights, and windows that differ enough. `PLUS` is such
    an image for a 3x3 kernel; the windows of `EQUALS` are too much alike.

    Raises `ValueError` or `TypeError`, in one sentence, for what cannot be shown.

    >>> image = np.array([[1, 0], [0, 1]])
    >>> picture = explore_learning(image, target=[[3]], rate=0.25, step=1)
    >>> picture.learned, picture.loss
    (array([[1.5, 0. ],
           [0. , 1.5]]), np.float64(0.0))
    """
    image, targets = _grid(image, "image"), _named(target)
    first = next(iter(targets.values()))
    if kernel is None:
        kernel = np.zeros(
            [max(n - m + 1, 1) for n, m in zip(image.shape, first.shape, strict=True)]
        )
    kernel = _grid(kernel, "kernel")
    for one in targets.values():
        refusing(_three_grids, image, kernel, one)
    several = rates if isinstance(rates, list | tuple) else [rates]
    given = {_rate(one, "rates") for one in several} | {_rate(rate, "rate")}
    settings = {"image": image, "kernel": kernel, "target": first, "targets": targets}
    return Learning(**settings, rate=rate, rates=sorted(given), step=step, chosen=chosen)


def _named(target):
    """A dictionary of named targets, whether one came in or several."""
    several = target if isinstance(target, dict) else {"target": target}
    if not several:
        raise ValueError("target must hold at least one array; got an empty dictionary.")
    return {str(name): _grid(one, "target") for name, one in several.items()}


def _grid(values, name):
    """`values` as a new array (height, width); a sentence if this picture cannot show it."""
    array = refusing(number_grid, values, name)
    if array.ndim != 2:
        raise BadSetting(f"{name} must be (height, width) here; got the shape {array.shape}.")
    if max(array.shape) > LARGEST:
        raise BadSetting(
            f"{name} must be at most {LARGEST} by {LARGEST} here; got {array.shape}. "
            "Use gradient_step for a larger one."
        )
    if not (np.abs(array.astype(float)) <= 1000).all():
        raise BadSetting(f"{name} must hold numbers from -1000 to 1000 here.")
    return from_page(array)


def _rate(value, name, most=10):
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not 0 < value <= most:
        upto = f", at most {most}" if most < np.inf else ""
        raise BadSetting(f"{name} must be a number above 0{upto}; got {shown(value)}.")
    return float(value)


def draw(image, target, states):
    """A still: the image, and a line for each of the `states`, which are (step, kernel, loss)."""
    high = max(len(target), len(states[0][1])) + 1
    canvas = figures.Row(max(len(image), len(states) * high - 1))
    canvas.cells(canvas.panel("image", image.shape), image, figures.greys(image))
    start, space = canvas.x, canvas.height / len(states)
    limits = max(1, np.abs(states[0][1]).max()), np.abs(target).max()
    for line, (step, kernel, loss) in enumerate(states):
        made = conv2d(image, kernel)
        names = (
            f"kernel, step {step}",
            "feature map",
            "target",
            f"error: loss {loss_in_words(loss)}",
        )
        grids = zip("∗=−=", names, (kernel, made, target, made - target), strict=True)
        canvas.x, middle = start, (line + 0.5) * space + 0.5 * (line - (len(states) - 1) / 2)
        for place, (sign, name, values) in enumerate(grids):
            _draw_grid(canvas, middle, sign, name, values, limits[place > 0])
    return canvas.finish()


def _draw_grid(canvas, middle, sign, name, values, limit):
    """A sign, and right of it a grid under its name."""
    at = canvas.x + 1, middle - len(values) / 2
    canvas.axes.text(canvas.x + 0.5, middle, sign, size=22, ha="center", va="center")
    canvas.axes.text(at[0], at[1] - 0.15, name, fontsize=12, va="bottom")
    before = len(canvas.axes.texts)
    canvas.cells(at, values, figures.tints(values, limit))
    longest = max(len(figures.number(value)) for value in values.flat)
    for text in canvas.axes.texts[before:]:
        text.set_size(min(14, 50 / longest))  # larger than elsewhere: decimals fill their cells
    canvas.x += 1 + max(values.shape[1], 0.09 * len(name) / canvas.inch)
