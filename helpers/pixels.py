"""One image as shades and as numbers, side by side, and a small window that moves over both.

What moves is computed in the page (pixels.js); Python holds the same state as traits: `image`,
`coding` and `step` can be read, set, observed and linked.
"""

import anywidget
import numpy as np
import traitlets

from . import figures
from .convolution import number_grid, pair, shown, windows
from .explorer import (
    BadSetting,
    Setting,
    array_trait,
    from_page,
    refusing,
    to_page,
    whole_step,
)
from .stored import StoredForm, joined

LARGEST = 8  # rows or columns: beyond this two grids with readable numbers do not fit side by side
CONTROLS = ("paint", "coding", "window")
CODINGS = ((-1, 1), (0, 1), (0, 255))  # the numbers of black and white
FOUND = np.array([188, 207, 241]) / 255  # a place with the same numbers as the first


class Pixels(StoredForm, anywidget.AnyWidget):
    """The picture that `explore_pixels` returns.

    Traits that can be read, set, observed and linked: `image` (the array as it is shown), `coding`
    (the numbers of black and white, one of `CODINGS`, or `None` for an image of other numbers) and
    `step`, the number of the place where the window stands, counted from 0. Another coding changes
    the numbers of the image; another image has the coding that fits it.
    """

    lives_in_page = True
    _esm = joined("projector.js", "explorer_parts.js", "explorer_controls.js", "pixels.js")
    _css = joined("explorer.css", "pixels.css")

    image = array_trait(np.zeros((2, 2)))
    coding = Setting(None, allow_none=True).tag(sync=True)
    size = Setting(1).tag(sync=True)
    step = Setting(0).tag(sync=True)
    images = traitlets.Dict().tag(sync=True, to_json=to_page)
    codings = traitlets.Dict().tag(sync=True)
    controls = traitlets.List().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)

    def __init__(self, images, size, controls, step):
        first = next(iter(images.values()))
        super().__init__(
            image=first,
            coding=coding_of(first),
            images=images,
            codings={name: coding_of(image) for name, image in images.items()},
            size=size,
            controls=controls,
            step=step,
        )
        self.start = {"image": to_page(first), "coding": self.coding, "step": self.step}

    @property
    def place(self):
        """`(row, column)` of the pixel in the window's top left corner."""
        rows, columns = self.same.shape
        return divmod(min(self.step, rows * columns - 1), columns)

    @property
    def window(self):
        """The piece of the image at the place where the window stands."""
        return windows(self.image, *pair(self.size, "size"))[self.place]

    @property
    def same(self):
        """For each place of the window: does it show the same numbers as at the first place?"""
        every = windows(self.image, *pair(self.size, "size"))
        return (every == every[0, 0]).all(axis=(2, 3))

    def __repr__(self):
        rows, columns = self.image.shape
        coded = f", coded {_words(self.coding)}" if self.coding else ""
        lines = [f"Shades and numbers: image {rows}×{columns}{coded}.", figures.table(self.image)]
        if "window" in self.controls:
            (height, width), (r, c) = pair(self.size, "size"), self.place
            lines += [
                f"Window at place {min(self.step, self.same.size - 1) + 1} of {self.same.size}: "
                f"image[{r}:{r + height}, {c}:{c + width}]",
                figures.table(self.window),
                f"The same as the first window (=): {self.same.sum()} of {self.same.size}",
                *("  ".join("=" if one else "≠" for one in row) for row in self.same),
            ]
        return "\n".join(lines)

    def still(self):
        return {"image/png": figures.png(self._draw())}

    def _draw(self):
        """The picture at rest; the places are filled up to the step."""
        row = figures.Row(len(self.image))
        low, high = self.coding or (self.image.min(), self.image.max())
        share = (self.image - low) / (high - low) if high > low else np.full(self.image.shape, 0.5)
        grids = [row.panel("shades", self.image.shape)]
        _cells(row, grids[0], np.stack([share] * 3, axis=2), np.full(share.shape, ""))
        row.x += 1
        grids += [row.panel("numbers", self.image.shape)]
        row.cells(grids[1], self.image, np.ones((*share.shape, 3)))
        if "window" in self.controls:
            for at in grids:
                row.frame(at, *self.place, *pair(self.size, "size"), figures.WINDOW)
            row.x += 1
            at = row.panel("places", self.same.shape)
            signs = np.where(self.same, "=", "≠")
            signs.flat[np.ravel_multi_index(self.place, signs.shape) + 1 :] = "·"
            _cells(row, at, np.where((signs == "=")[..., np.newaxis], FOUND, 1.0), signs)
            row.frame(at, *self.place, 1, 1, figures.TARGET)
        return row.finish()

    @traitlets.validate("image")
    def _check_image(self, proposal):
        image = _small(proposal["value"], "image")
        height, width = pair(self.size, "size")
        if image.shape[0] < height or image.shape[1] < width:
            raise BadSetting(
                f"image must be at least as large as the window of {height} by {width}; "
                f"got {image.shape}."
            )
        return image

    @traitlets.validate("coding")
    def _check_coding(self, proposal):
        value = proposal["value"]
        if value is None:
            return None
        known = tuple(value) if isinstance(value, list | tuple) else value
        if known not in CODINGS:
            rule = ", ".join(map(str, CODINGS))
            raise BadSetting(f"coding must be one of {rule}; got {shown(value)}.")
        return known

    @traitlets.validate("step")
    def _check_step(self, proposal):
        return whole_step(proposal["value"])

    @traitlets.observe("coding")
    def _recode(self, change):
        """Write the image in the new numbers. Where the page has done so, nothing changes."""
        old, new = change["old"], change["new"]
        if old is None or new is None:
            return
        foreign = ~np.isin(self.image, new)
        self.image = np.where(foreign, np.where(self.image == old[0], *new), self.image)

    @traitlets.observe("image")
    def _find_coding(self, _change):
        if self.coding is None or not np.isin(self.image, self.coding).all():
            self.coding = coding_of(self.image)


def explore_pixels(images, size=2, controls=CONTROLS, step=0):
    """Show an image as shades and as numbers at once, and a window that moves over both.

    `images` is an array `(height, width)` of at most 8 by 8 numbers, or a dictionary of such
    arrays, among which the reader then chooses. The window is `size` pixels high and wide (or a
    pair); a third grid marks each place where it shows the same numbers as at the first place.
    `controls` names what the reader can do: "paint" pixels, change the "coding" of an image of two
    shades, move the "window". `step` is the place to start at, counted from 0.

    Raises `ValueError` or `TypeError`, in one sentence, for whatever cannot be shown.

    >>> picture = explore_pixels(np.arange(1, 10).reshape(3, 3), step=1)
    >>> picture.window.tolist(), picture.place
    ([[2, 3], [5, 6]], (0, 1))
    >>> explore_pixels(np.eye(2)).coding
    (0, 1)
    """
    several = images if isinstance(images, dict) else {"image": images}
    if not several:
        raise ValueError("images must hold at least one array; got an empty dictionary.")
    several = {str(name): _small(image, "image") for name, image in several.items()}
    height, width = pair(size, "size")
    for name, image in several.items():
        if image.shape[0] < height or image.shape[1] < width:
            raise ValueError(
                f"size must be at most the image's {image.shape} for {name}; got {shown(size)}."
            )
    return Pixels(several, (height, width), _known(controls), step)


def coding_of(image):
    """The numbers of black and white in an image of two shades, `None` for other images.

    >>> coding_of(np.array([[0, 255]])), coding_of(np.array([[1, 2]]))
    ((0, 255), None)
    """
    return next((coding for coding in CODINGS if np.isin(image, coding).all()), None)


def _small(values, name):
    """`values` as a new array (height, width); a sentence if this picture cannot show it."""
    array = refusing(number_grid, values, name)
    if array.ndim != 2:
        raise BadSetting(f"{name} must be (height, width) here; got the shape {array.shape}.")
    if max(array.shape) > LARGEST:
        part = f"Show a part of it, for example {name}[:{LARGEST}, :{LARGEST}]."
        raise BadSetting(
            f"{name} must be at most {LARGEST} by {LARGEST} here; got {array.shape}. {part}"
        )
    if not np.isfinite(array).all():
        raise BadSetting(f"{name} must hold numbers that have a shade; got NaN or infinity.")
    return from_page(array)


def _known(controls):
    several = list(controls) if isinstance(controls, list | tuple | set) else [controls]
    for name in several:
        if name not in CONTROLS:
            raise ValueError(f"controls must be among {', '.join(CONTROLS)}; got {shown(name)}.")
    return several


def _words(coding):
    return " and ".join(map(figures.number, coding))


def _cells(row, at, colours, signs):
    """A grid of cells in the given colours, with a sign in each."""
    from matplotlib.patches import Rectangle

    for (r, c), sign in np.ndenumerate(signs):
        x, y = at[0] + c, at[1] + r
        row.axes.add_patch(
            Rectangle((x, y), 1, 1, facecolor=colours[r, c], edgecolor="0.55", lw=0.8)
        )
        row.axes.text(x + 0.5, y + 0.5, sign, size=16, ha="center", va="center")
