"""Pictures side by side, such as a photograph before and after, for a page or for a file.

A `Panel` says what is to be seen. `in_page` makes HTML of panels: what is written stays text, which
follows the page's theme and size. `in_figure` draws the same with matplotlib, for places where
nothing can be chosen.
"""

import base64
import io
import re
from dataclasses import dataclass
from html import escape

import numpy as np

from . import figures
from .figures import GREEN, PURPLE

SCALES = {  # lowest, colours as a style of the page, highest, and the same in words
    "grey": ("0", "linear-gradient(90deg, #000, #fff)", "255", "0 black, 255 white"),
    "signed": (
        "−255",
        "linear-gradient(90deg, rgb(118 42 131), #fff, rgb(27 120 55))",
        "255",
        "−255 purple, 0 white, 255 green",
    ),
}
WINDOW_COLOUR = (217, 95, 2)  # figures.WINDOW


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture beside others, under its `title`; `sign` is written before it.

    `image` is uint8 (H, W) or (H, W, 3); `width` and `least` are the most and the least that it
    takes of the page, in CSS pixels, `height` the least height. `note` is written under it.
    `cells`, rows of words, are written into its pixels; three lines in a cell are a colour's red,
    green and blue. `corner`, (row, column), numbers these rows and columns. `frame` and `point`,
    (top, left, height, width) in pixels, are marked. `scale`, of SCALES, says what colours mean.
    """

    title: str
    image: np.ndarray
    width: int = 440
    least: int = 230
    cells: list = ()
    corner: tuple | None = None
    frame: tuple | None = None
    point: tuple | None = None
    scale: str = ""
    sign: str = ""
    note: str = ""
    height: int = 0


def brightness(values):
    """Numbers as a picture: rounded, what lies below 0 black, what lies above 255 white."""
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)


def signed_colours(values, limit=255, strength=1):
    """Numbers (H, W) as a picture: purple at -limit and below, white at 0, green from limit on."""
    share = strength * np.clip(np.abs(values) / (limit or 1), 0, 1)[..., np.newaxis]
    ends = np.where(values[..., np.newaxis] < 0, PURPLE, GREEN)
    return brightness(255 * (1 + (ends - 1) * share))


def in_page(seen, words):
    """Panels or a figure, and the words below them."""
    if isinstance(seen, list):
        panels = "".join(_sign(panel) + _panel(panel) for panel in seen)
    else:
        source = base64.b64encode(figures.png(seen)).decode()
        panels = f'<img alt="{escape(words)}" src="data:image/png;base64,{source}">'
    lines = re.sub("`([^`]*)`", r"<code>\1</code>", escape(words)).splitlines()
    words = "".join(f"<p>{line}</p>" for line in lines)
    return f'<div class="course-panels">{panels}<div class="course-words">{words}</div></div>'


def _sign(panel):
    return f'<span class="course-sign">{escape(panel.sign)}</span>' if panel.sign else ""


def _panel(panel):
    title = f"<figcaption>{escape(panel.title)}</figcaption>"
    style = f"--width: {panel.width}px; --height: {panel.height}px; --least: {panel.least}px"
    if panel.cells:
        place = " course-between" if panel.sign else ""
        return (
            f'<figure class="course-panel{place}" style="{style}">{title}{_table(panel)}</figure>'
        )
    height, width = panel.image.shape[:2]
    squares = " course-squares" if panel.width > 3 * width else ""
    marks = "".join(
        _mark(place, kind, panel.image.shape)
        for place, kind in ((panel.frame, "course-frame"), (panel.point, "course-point"))
        if place is not None
    )
    return (
        f'<figure class="course-panel course-picture{squares}" style="{style}">{title}'
        f'<div class="course-image"><img alt="{escape(panel.title)}" decoding="sync" '
        f'width="{width}" height="{height}" src="{address(panel.image)}">{marks}</div>'
        f'{_scale(panel.scale)}<div class="course-note">{escape(panel.note)}</div></figure>'
    )


def _mark(place, kind, shape):
    """A rectangle over an image; its place in percent, so that it grows and shrinks with it."""
    (top, left, rows, columns), (height, width) = place, shape[:2]
    across = f"left: {left / width:.4%}; width: {columns / width:.4%}"
    down = f"top: {top / height:.4%}; height: {rows / height:.4%}"
    return f'<i class="{kind}" style="{across}; {down}"></i>'


def _scale(name):
    if not name:
        return ""
    low, colours, high, _ = SCALES[name]
    return f'<div class="course-scale">{low} <i style="background: {colours}"></i> {high}</div>'


def address(image):
    """An image as text that a page shows as a picture."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=1)  # large but quick
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _table(panel):
    colours = _three_channels(panel.image)
    cell = max(panel.width // len(panel.cells[0]), 30)
    top, left = panel.corner or (0, 0)
    rows = []
    if panel.corner:
        heads = "".join(f'<th scope="col">{left + c}</th>' for c in range(len(panel.cells[0])))
        rows.append(f'<th><i class="course-aloud">row</i></th>{heads}')
    for r, words in enumerate(panel.cells):
        head = f'<th scope="row">{top + r}</th>' if panel.corner else ""
        boxes = "".join(
            _box(lines, colours[r, c], here=panel.point is not None and (r, c) == panel.point[:2])
            for c, lines in enumerate(words)
        )
        rows.append(head + boxes)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    longest = max(len(line) for row in panel.cells for words in row for line in words.split("\n"))
    style = f"--cell: {cell}px; --digits: {min(22, cell * 0.42):.0f}px; --longest: {longest}"
    return f'<table class="course-cells" style="{style}">{body}</table>'


def _box(words, colour, here):
    lines = words.split("\n")
    inside = words if len(lines) == 1 else "".join(f"<span>{line}</span>" for line in lines)
    mark = ' class="course-here"' if here else ""
    red, green, blue = colour
    ink = figures._ink(colour / 255)
    return f'<td{mark} style="background: rgb({red} {green} {blue}); color: {ink}">{inside}</td>'


def in_figure(panels, width=9, gap=0.35):
    """The same panels in a matplotlib `Figure` of so many inches, for where nothing can move."""
    from matplotlib.figure import Figure

    room = (width - gap * (len(panels) + 1)) / sum(panel.width for panel in panels)
    inch = min(room, 0.01)  # for each CSS pixel: what is very narrow stays so
    heights = [panel.width * inch * _steepness(panel) for panel in panels]
    figure = Figure(figsize=(width, max(heights) + 0.8))
    x = gap
    for panel, height in zip(panels, heights, strict=True):
        y = 0.4 + (max(heights) - height) / 2
        draw_panel(figure, panel, x, y, panel.width * inch)
        middle = 1 - (0.4 + max(heights) / 2) / figure.get_figheight()
        figure.text((x - gap / 2) / width, middle, panel.sign, size=18, ha="center", va="center")
        x += panel.width * inch + gap
    return figure


def draw_panel(figure, panel, x, y, width):
    """Draw a panel into a figure: its image's left upper corner and its width, all in inches."""
    whole_width, whole_height = figure.get_size_inches()
    height = width * _steepness(panel)
    place = x / whole_width, 1 - (y + height) / whole_height
    axes = figure.add_axes((*place, width / whole_width, height / whole_height))
    axes.imshow(panel.image, cmap="gray", vmin=0, vmax=255)
    axes.set(xticks=[], yticks=[])
    axes.set_title(panel.title, fontsize=12, loc="center" if panel.cells else "left", pad=5)
    axes.set_xlabel(panel.note or _scale_in_words(panel.scale), fontsize=11 if figures.FINE else 9)
    cell = 72 * width / panel.image.shape[1]  # in points
    for r, row in enumerate(panel.cells):
        for c, words in enumerate(row):
            _draw_words(axes, r, c, words, panel.image[r, c], cell)
    for mark, colour in ((panel.frame, figures.WINDOW), (panel.point, "black")):
        if mark is not None:
            _draw_mark(axes, mark, colour)


def _scale_in_words(name):
    return SCALES[name][3] if name else ""


def _steepness(panel):
    return panel.image.shape[0] / panel.image.shape[1]


def _draw_words(axes, row, column, words, colour, cell):
    lines = words.count("\n") + 1
    size = cell * min(0.42 / lines**0.6, 1.5 / max(map(len, words.split("\n"))))
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1} if lines > 1 else None
    ink = "black" if ground else figures._ink(np.broadcast_to(colour, 3) / 255)
    axes.text(column, row, words, color=ink, size=size, ha="center", va="center", bbox=ground)


def _draw_mark(axes, mark, colour):
    from matplotlib.patches import Rectangle

    top, left, height, width = mark
    for edge, line in (("white", 5), (colour, 3)):
        look = {"fill": False, "edgecolor": edge, "lw": line, "clip_on": False}
        axes.add_patch(Rectangle((left - 0.5, top - 0.5), width, height, **look))


def small_png(figure, panels, colours=40):
    """A figure of panels as PNG: photographs in all their colours would make a notebook too large.

    What has a meaning, the colours of cells and frames, stays as it is; each other colour becomes
    the nearest of 40.
    """
    from PIL import Image

    if figures.FINE:
        return figures.png(figure)
    with Image.open(io.BytesIO(figures.png(figure))) as image:
        image = image.convert("RGB")
    kept = [_three_channels(p.image).reshape(-1, 3) for p in panels if p.cells]
    kept = np.unique(np.vstack([*kept, WINDOW_COLOUR]), axis=0).astype(int)
    few = np.reshape(image.quantize(colours).getpalette(), (-1, 3))[:colours]
    if any(p.scale == "signed" for p in panels):
        few = np.vstack([few, signed_colours(np.linspace(-1, 1, 21), 1)])
    few = few.astype(int)
    as_one = np.array([65536, 256, 1])  # a colour as one number: quick to sort
    found, places = np.unique(np.asarray(image) @ as_one, return_inverse=True)
    parts = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)
    nearest = ((few**2).sum(axis=1) - 2 * parts @ few.T).argmin(axis=1)
    for place, one in enumerate(kept):
        nearest[found == one @ as_one] = len(few) + place
    small = nearest.astype(np.uint8)[places].reshape(image.size[::-1])
    file, picture = io.BytesIO(), Image.fromarray(small, "P")
    picture.putpalette(np.vstack([few, kept]).ravel().tolist())
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _three_channels(image):
    return image if image.ndim == 3 else np.repeat(image[..., np.newaxis], 3, axis=2)
