"""Pictures that need Python behind their controls: a photograph under a kernel, and its numbers.

`Controlled` is the one way in which a control changes such a picture: a drawing function gets the
values of the controls and returns panels and words, which are written into the page as one piece
of HTML, so that pictures and numbers change together. All controls exist in ipywidgets 7.7.1 and 8.
"""

from contextlib import contextmanager
from dataclasses import replace
from html import escape

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets

from . import figures
from .convolution import conv2d
from .figures import number
from .kernels import GALLERY, Kernel, denominator, read_weights, written
from .panels import (
    SCALES,
    Panel,
    brightness,
    draw_panel,
    in_figure,
    in_page,
    signed_colours,
    small_png,
)
from .photograph import photograph, read_photograph, to_grey
from .stored import StoredForm, joined, large

OWN = "your own weights"
SMALLEST = 4  # pixels on the shorter side: so few can be shown with their numbers


class Aloud(anywidget.AnyWidget):
    """Gives the controls beside it what ipywidgets leaves out: see controls.js."""

    _esm = joined("silence.js", "projector.js", "controls.js")
    _css = joined("controls.css")

    asked = traitlets.Int().tag(sync=True)  # the page counts its questions
    answered = traitlets.Int().tag(sync=True)  # the last one that has come

    @traitlets.observe("asked")
    def _answer(self, change):
        self.answered = change["new"]


class Boxed(StoredForm, widgets.VBox):
    """A picture made of ipywidgets. Its look, the large one too, stands in controls.css."""

    def __init__(self, parts):
        super().__init__(parts)
        self.add_class("course-controls")
        self._enlarge()

    @traitlets.observe("large")
    def _enlarge(self, _change=None):
        (self.add_class if self.large else self.remove_class)("cw-large")


class Controlled(Boxed):
    """Controls, and below them what `draw` makes of their values.

    `draw` is called with the values of `controls`, a dictionary of ipywidgets, by name. It returns
    what is to be seen, a list of `Panel` or a matplotlib `Figure`, and the same in words. If it
    raises a `ValueError` or `TypeError`, its sentence is shown and the last picture stays.
    `row` is what stands above the picture, in this order, if that is more than the controls.

    While a slider is dragged, ipywidgets itself sends the next value only when the last one has
    been drawn, and leaves out those in between.
    """

    def __init__(self, draw, controls, row=None):
        self._draw, self._controls, self._together = draw, controls, False
        self._message, self._screen = widgets.HTML(), widgets.HTML()
        self._message.add_class("course-message")
        self._screen.add_class("course-screen")
        knobs = widgets.Box(list(controls.values() if row is None else row))
        knobs.add_class("course-knobs")
        super().__init__([knobs, self._message, self._screen, Aloud()])
        self._show()
        for control in controls.values():
            control.observe(self.redraw, "value")

    def redraw(self, _change=None):
        """Draw what the controls say now, or say why that cannot be."""
        if self._together:
            return
        try:
            self._show()
        except (TypeError, ValueError) as problem:
            self.say(problem, wrong=True)
        else:
            self.say("")

    def say(self, sentence, wrong=False):
        """Write a sentence between controls and picture."""
        kind = ' class="course-wrong"' if wrong else ""
        self._message.value = f"<p{kind}>{escape(str(sentence))}</p>" if sentence else ""

    @contextmanager
    def at_once(self):
        """Several controls change in here; the picture is drawn once, afterwards."""
        self._together = True
        try:
            yield
        finally:
            self._together = False
        self.redraw()

    def _show(self):
        values = {name: control.value for name, control in self._controls.items()}
        self._seen, self._words = self._draw(**values)
        self._screen.value = in_page(self._seen, self._words)

    def __repr__(self):
        return self._words.replace("`", "")

    def still(self):
        if isinstance(self._seen, list):
            return {"image/png": small_png(in_figure(self._seen), self._seen)}
        return {"image/png": figures.png(self._seen)}


class Photographed(Controlled):
    """A picture over a photograph, in whose place the reader can put another by the last control.

    `draw` gets the photograph first, then the controls' values by name; `adapt`, called with each
    new photograph, fits the controls to it. `photo` is the photograph that is shown.
    """

    def __init__(self, photo, draw, controls, adapt, row):
        self.photo, note = (photograph(), "") if photo is None else read_photograph(photo)
        self._adapt = adapt
        adapt(self.photo)
        upload = widgets.FileUpload(accept="image/*", description="your own photograph", icon="")
        upload.observe(self._take, "value")
        super().__init__(lambda **values: draw(self.photo, **values), controls, [*row, upload])
        self.say(note)

    def _take(self, change):
        """Show the photograph that has come; if it cannot be read, the last one stays."""
        try:
            photo, note = read_photograph(uploaded(change["new"]))
        except (TypeError, ValueError) as problem:
            self.say(problem, wrong=True)
            return
        with self.at_once():
            self.photo = photo
            self._adapt(photo)
        if note:
            self.say(note)


def uploaded(value):
    """The bytes of the newest file in the value of a `FileUpload`.

    ipywidgets 8 gives a tuple of files, ipywidgets 7 a dictionary of files by name.
    """
    files = list(value.values()) if isinstance(value, dict) else list(value)
    if not files:
        raise ValueError("No photograph was chosen.")
    return bytes(files[-1]["content"])


def _offer(dropdown, options):
    """Give a Dropdown these options; keep its choice if it is among them."""
    chosen = dropdown.value
    dropdown.options = options
    if chosen in options:
        dropdown.value = chosen


# The photograph before and after a kernel.

SHOW = ("RGB", "grey", "grey, with signs")


def explore_photograph(photo=None, kernels=GALLERY, kernel=None, show=None):
    """Show a photograph before and after a kernel that is chosen by its name or typed.

    `photo` is what `photograph` takes, by default the course's own; a button puts the reader's
    in its place. `kernels` is a dictionary of name -> `Kernel` or array (height, width). `kernel`
    names the one to begin with. `show` is "RGB" (each channel by itself), "grey", or "grey, with
    signs".

    The kernel runs over 0 to 255 with "same" padding, as in `conv2d`. Before and after are drawn
    in one scale, 0 black to 255 white, what lies outside as black and white; "with signs" draws
    after from −255 purple over 0 white to 255 green.

    >>> explore_photograph(np.full((20, 30), 100), kernel="box blur")
    box blur, grey, 20 rows and 30 columns.
    It asks: How bright are the nine pixels on average, each counting the same?
    From: The mean of nine numbers. Pillow: ImageFilter.BoxBlur(1).
    The weights add up to 1: a flat grey of 100 becomes 100, away from the border.
    Numbers before: 100 to 100. After: 44.44 to 100.
    """
    kernels = {name: _as_kernel(name, one) for name, one in kernels.items()}
    first = _one_of(kernels, kernel, "kernel")
    name = widgets.Dropdown(options=[*kernels, OWN], value=first, description="kernel")
    weights = widgets.Textarea(written(kernels[first].weights), rows=3, description="weights")
    look = widgets.Dropdown(options=SHOW, value=_one_of(SHOW, show, "show"), description="show")

    def draw(photo, weights, show):
        return _before_and_after(photo, _known(weights, kernels), show)

    def adapt(photo):
        _offer(look, SHOW if photo.ndim == 3 else SHOW[1:])

    def follow(change):
        """The name brings its weights; typed weights bring their name."""
        try:
            known = _known(weights.value, kernels).name
        except ValueError:
            known = OWN
        if change["owner"] is weights:
            name.value = known
        elif name.value not in (known, OWN):
            weights.value = written(kernels[name.value].weights)

    name.observe(follow, "value")
    weights.observe(follow, "value")
    names = widgets.VBox([name, look])
    names.add_class("course-stack")
    controls = {"weights": weights, "show": look}
    return Photographed(photo, draw, controls, adapt, [names, weights])


def _one_of(known, name, argument):
    """`name` if it is known, the first known one for None."""
    if name is not None and name not in known:
        raise ValueError(f"{argument} is one of {', '.join(map(repr, known))}; got {name!r}.")
    return next(iter(known)) if name is None else name


def _as_kernel(name, kernel):
    if isinstance(kernel, Kernel):
        return kernel
    weights = np.asarray(kernel, dtype=float)
    if weights.ndim != 2:
        raise ValueError(f"A kernel is (height, width) here; {name!r} is {weights.shape}.")
    return Kernel(
        name, read_weights("\n".join(" ".join(map(repr, row)) for row in weights.tolist()))
    )


def _known(text, kernels):
    """The kernel that has these weights, or a nameless one."""
    weights = read_weights(text)
    for kernel in kernels.values():
        if kernel.weights.shape == weights.shape and np.allclose(kernel.weights, weights):
            return kernel
    return Kernel(OWN, weights)


def filtered(photo, weights):
    """The photograph under a kernel, each channel by itself, "same" padding, in float64."""
    if photo.ndim == 2:
        return conv2d(photo, weights, padding="same")
    channels = np.moveaxis(photo, -1, 0)
    return np.stack([conv2d(one, weights, padding="same") for one in channels], axis=-1)


def drawn(values, show):
    """Numbers as a picture in the scale that belongs to `show`."""
    return signed_colours(values) if show == SHOW[2] else brightness(values)


def _before_and_after(photo, kernel, show):
    before = photo if show == "RGB" else to_grey(photo)
    after = filtered(before, kernel.weights)
    width = _fit(photo.shape, 430, 330)
    seen, scale = drawn(after, show), _scale(show)
    panels = [
        Panel(f"before: {show.partition(',')[0]}", before, width, least=200, scale="grey"),
        Panel(f"after: {kernel.name}", seen, width, least=200, scale=scale, sign="="),
    ]
    panels.insert(1, _kernel_panel(kernel.weights))
    return panels, _about(kernel, before, after, show)


def _fit(shape, width, height, digits=None):
    """How wide an image can be in so much room."""
    return round(min(width, height * shape[1] / shape[0]), digits)


def _kernel_panel(weights):
    below = denominator(weights)
    share = "" if below == 1 else f": 1/{below} ×"
    cells = [[number(w * below) for w in row] for row in weights]
    title = f"kernel {weights.shape[0]}×{weights.shape[1]}{share}"
    colours = signed_colours(weights, np.abs(weights).max(), strength=0.6)
    width = min(46 * weights.shape[1], 290)
    return Panel(title, colours, width, cells=cells, sign="∗")


def _about(kernel, before, after, show):
    """The kernel, its sum and the numbers before and after, in words."""
    total = kernel.weights.sum()
    height, width = before.shape[:2]
    lines = [f"{kernel.name}, {show}, {height} rows and {width} columns."]
    lines += [f"It asks: {kernel.asks}"] if kernel.asks else []
    lines += [f"From: {kernel.source}"] if kernel.source else []
    lines += [
        f"The weights add up to {number(total)}: a flat grey of 100 becomes {number(100 * total)}, "
        "away from the border.",
        f"Numbers before: {before.min()} to {before.max()}. "
        f"After: {number(after.min())} to {number(after.max())}.{_clipped(after, show)}",
    ]
    return "\n".join(lines)


def _clipped(after, show):
    """What of the numbers the picture does not show, in words."""
    if show == SHOW[2]:
        beyond = (np.abs(after) > 255).sum()
        strong = f" {beyond:,} of {after.size:,} lie beyond and have the full colour."
        words = " Two scales: after is drawn from −255 purple over 0 white to 255 green."
        return words + (strong if beyond else "")
    rounded = np.floor(after + 0.5)
    below, above = (rounded < 0).sum(), (rounded > 255).sum()
    words = [f"{below:,} lie below 0 and are drawn as 0"] if below else []
    words += [f"{above:,} lie above 255 and are drawn as 255"] if above else []
    signs = f" “{SHOW[2]}” shows what lies below 0." if below else ""
    return f" Of {after.size:,} numbers {', '.join(words)}.{signs}" if words else ""


class Sheet(figures.Still):
    """A still picture of many panels; `draw` returns a figure and the panels in it."""

    def _repr_png_(self):
        return small_png(*self._draw())


def show_gallery(photo=None, kernels=GALLERY, show=None):
    """A sheet of all kernels: the weights, the name, and the photograph under the kernel.

    All pictures have one scale, which is written below them; under each stands the range of its
    numbers. The arguments are those of `explore_photograph`.
    """
    photo, show = photograph(photo), _one_of(SHOW, show, "show")
    photo = photo if show == "RGB" else to_grey(photo)
    kernels = [_as_kernel(name, one) for name, one in kernels.items()]
    maps = [filtered(photo, kernel.weights) for kernel in kernels]
    notes = [_note(kernel, values) for kernel, values in zip(kernels, maps, strict=True)]
    words = [f"{k.name}: {n}".replace("\n", " ") for k, n in zip(kernels, notes, strict=True)]
    scale = (
        f"Scale of all pictures: {SCALES[_scale(show)][3]}. "
        "Numbers outside it are drawn like its ends."
    )
    panels = [
        (
            _kernel_panel(kernel.weights),
            Panel(kernel.name, drawn(values, show), scale=_scale(show), note=note),
        )
        for kernel, values, note in zip(kernels, maps, notes, strict=True)
    ]
    return Sheet(lambda: _sheet(panels, scale), "\n".join([*words, scale]))


def _scale(show):
    return "signed" if show == SHOW[2] else "grey"


def _note(kernel, values):
    total = number(kernel.weights.sum())
    return f"weights add up to {total},\nnumbers {number(values.min())} to {number(values.max())}"


def _sheet(panels, scale):
    """A figure of pairs of panels, kernel and photograph, and all these panels."""
    from matplotlib.figure import Figure

    shape = panels[0][1].image.shape
    columns, grown = (2, 1.6) if large() else (3, 1)  # the pairs in a row; how much larger each is
    width = _fit(shape, 2.1 * grown, 2.1 * grown, digits=2)
    step = width * shape[0] / shape[1] + 0.8 * grown**0.5
    figure = Figure(
        figsize=(10.6 if large() else 10, -(-len(panels) // columns) * step + 0.3 * grown)
    )
    for place, (kernel, photo) in enumerate(panels):
        x, y = 0.15 + 3.3 * grown * (place % columns), 0.35 + step * (place // columns)
        share = kernel.title.partition(": ")[2]
        draw_panel(figure, replace(kernel, title=share), x, y + 0.25 * grown, 0.85 * grown)
        draw_panel(figure, photo, x + grown, y, width)
    figure.text(0.015, 0.06 / figure.get_figheight(), scale, size=10, va="bottom")
    return figure, [panel for pair in panels for panel in pair]


# From the photograph down to its numbers.


def explore_zoom(photo=None, zoom=0, row=None, column=None):
    """Show a photograph, and beside it a part of it, down to the numbers of a few pixels.

    `photo` is what `photograph` takes, by default the course's own; a button puts the reader's in
    its place. `zoom` 0 shows the whole; each further step halves the sides of the part. `row` and
    `column`, counted from 0, are the pixel to begin with, by default the middle one.

    >>> explore_zoom(np.arange(200).reshape(20, 10), zoom=1, row=3, column=4)
    photo[0:8, 2:6] has the shape (8, 4): 8 rows, 4 columns, 1 number per pixel.
    photo[3, 4] is 34: the pixel in row 3, column 4, outlined in black.
    """
    dials = {name: dial(name) for name in ("zoom", "row", "column")}
    channels = widgets.Dropdown(options=("RGB", "grey"), description="channels")
    start = {"zoom": zoom, "row": row, "column": column}

    def adapt(photo):
        _offer(channels, ("RGB", "grey") if photo.ndim == 3 else ("grey",))
        channels.layout.display = None if photo.ndim == 3 else "none"  # one choice is none
        ends = len(_parts(photo)) - 1, photo.shape[0] - 1, photo.shape[1] - 1
        for (name, (field, _)), end in zip(dials.items(), ends, strict=True):
            field.max = end
            field.value = _start(name, start.pop(name), end) if name in start else field.value

    controls = {name: field for name, (field, _) in dials.items()}
    row = [*(box for _, box in dials.values()), channels]
    controls["channels"] = channels
    picture = Photographed(photo, _zoomed, controls, adapt, row)
    picture.add_class("course-zoom")
    return picture


def _start(name, value, end):
    if value is None:
        return (end + 1) // 2
    if not 0 <= value <= end:
        raise ValueError(f"{name} goes from 0 to {end} in this photograph; got {value}.")
    return value


def dial(name):
    """A field for a whole number, and a slider that goes with it, in a box.

    The field is the quick way to a known number, and what a screen reader reads best.
    """
    field = widgets.BoundedIntText(0, 0, 0, description=name)
    slider = widgets.IntSlider(0, 0, 0, readout=False)
    traitlets.link((field, "max"), (slider, "max"))
    traitlets.link((field, "value"), (slider, "value"))
    box = widgets.HBox([field, slider])
    box.add_class("course-knob")
    return field, box


def _parts(photo):
    """(height, width) of the part that each zoom shows, all about as steep as the photograph."""
    height, width = photo.shape[:2]
    short, parts = SMALLEST, []
    while short <= 2 / 3 * min(height, width):
        share = short / min(height, width)
        parts.append((round(height * share), round(width * share)))
        short *= 2
    return [(height, width), *reversed(parts)]


def _part(photo, zoom, row, column):
    """(top, left, height, width) of the part round a pixel, all of it inside the photograph."""
    height, width = _parts(photo)[zoom]
    top = min(max(row - height // 2, 0), photo.shape[0] - height)
    left = min(max(column - width // 2, 0), photo.shape[1] - width)
    return top, left, height, width


def _zoomed(photo, zoom, row, column, channels):
    image = photo if channels == "RGB" else to_grey(photo)
    top, left, height, width = _part(image, zoom, row, column)
    part = image[top : top + height, left : left + width]
    small = min(height, width) <= SMALLEST and max(height, width) <= 3 * SMALLEST
    whole = Panel(
        f"photo: {image.shape[0]} rows, {image.shape[1]} columns",
        image,
        _fit(image.shape, 430, 430),
        frame=(top, left, height, width),
    )
    detail = Panel(
        f"rows {top} to {top + height - 1}, columns {left} to {left + width - 1}",
        part,
        _fit(part.shape, 420, 420),
        least=_fit(part.shape, 420, 420),
        cells=[["\n".join(map(str, np.ravel(v))) for v in line] for line in part if small],
        corner=(top, left),
        point=(row - top, column - left, 1, 1),
        height=round(_fit(part.shape, 420, 420) * height / width) + 60,
    )
    return [whole, detail], _part_in_words(photo, image, part, (top, left), (row, column))


def _part_in_words(photo, image, part, corner, pixel):
    (top, left), (row, column), (height, width) = corner, pixel, part.shape[:2]
    name = "photo" if image.shape == photo.shape else "to_grey(photo)"
    count = "3 numbers" if image.ndim == 3 else "1 number"
    here = np.ravel(image[row, column])
    values = f"red {here[0]}, green {here[1]}, blue {here[2]}" if len(here) == 3 else str(here[0])
    return (
        f"`{name}[{top}:{top + height}, {left}:{left + width}]` has the shape `{part.shape}`: "
        f"{height} rows, {width} columns, {count} per pixel.\n"
        f"`{name}[{row}, {column}]` is {values}: the pixel in row {row}, column {column}, "
        "outlined in black."
    )
