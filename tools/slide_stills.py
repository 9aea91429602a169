"""Still pictures that only slides show: `beside` and `draw` in slides/*.toml may call them."""

import json

import numpy as np

from helpers import figures
from helpers.mnist import SAMPLE
from tools.setup_cell import ROOT

TRAINING = ROOT / "slides" / "training.json"


def padded(image, padding, window=None, kernel=None):
    """Return an image in its ring of zeros, drawn dashed; the cells of `window` are framed.

    `padding` is ((top, bottom), (left, right)), `window` (row, column, rows, columns), counted from
    the image's first pixel. The kernel, if there is one, stands beside the image.
    """
    (top, bottom), (left, right) = padding

    def draw():
        row = figures.Row(image.shape[0] + top + bottom)
        at = row.panel("image", image.shape, (top, left), (bottom, right))
        row.cells(at, image, figures.greys(image), padding, fill="0")
        if window:
            row.frame(at, *window, figures.WINDOW)
        if kernel is not None:
            row.sign("∗")
            row.cells(row.panel("kernel", kernel.shape), kernel, figures.tints(kernel))
        return row.finish()

    ends = f"top {top}, bottom {bottom}, left {left}, right {right}"
    return figures.Still(draw, f"image, padded with zeros, {ends}:\n{figures.table(image)}")


def grids(signs="", rows="", columns="", hidden=(), **values):
    """Return grids like `show`, for the back row: large numbers, titles without the shape.

    `rows` and `columns` have a letter for each row and column of the first grid, written beside and
    below it. The grids named in `hidden` keep their numbers to themselves.
    """
    named = {name.replace("_", " "): np.asarray(array) for name, array in values.items()}

    def draw():
        row = figures.Row(max(len(array) for array in named.values()) + bool(columns))
        for place, (name, array, colours) in enumerate(figures.coloured(named)):
            at = row.panel(name, array.shape)
            row.axes.texts[-1].set_text(name)
            before = len(row.axes.texts)
            row.cells(at, array, colours, upto=-1 if name in hidden else None)
            longest = max(len(figures.number(value)) for value in array.flat)
            for text in row.axes.texts[before:]:
                text.set_size(min(29, 98 / longest) * row.inch)
            if place == 0:
                _label(row, at, rows, columns, array.shape[0])
            if place < len(named) - 1:
                row.sign(signs[place] if place < len(signs) else "")
        return row.finish()

    told = [
        f"{name}:\n{figures.table(array)}" for name, array in named.items() if name not in hidden
    ]
    return figures.Still(draw, "\n".join(told))


def _label(row, at, rows, columns, below):
    look = {"size": 13, "weight": "bold", "ha": "center", "va": "center"}
    for r, letter in enumerate(rows):
        row.axes.text(at[0] - 0.35, at[1] + r + 0.5, letter, **look)
    for c, letter in enumerate(columns):
        row.axes.text(at[0] + c + 0.5, at[1] + below + 0.4, letter, **look)


def pictures(*images, titles=None):
    """Return images of greys from 0, black, to 255, white, side by side under their titles."""
    titles = titles or [""] * len(images)

    def draw():
        figure = figures.draw_rows(np.stack(images), titles, "gray", 0, 255, scale=False)
        for axes in figure.axes:
            axes.title.set_size(16)
        return figure

    height, width = images[0].shape
    named = ": " + ", ".join(titles) if any(titles) else ""
    return figures.Still(draw, f"{len(images)} in greys, {height}×{width}{named}.")


def digits(count):
    """Return the first digits of the course's own sample of MNIST, (count, 28, 28), uint8."""
    with np.load(SAMPLE) as sample:
        return sample["x_train"][:count]


def training_curve(upto):
    """Return how the digits kept back were read, up to a batch, as lesson 7 was trained once.

    TRAINING holds pairs (batches seen, share read right) of a run of lesson 7's cells on the
    complete MNIST. Its last number is the one that the stored lesson says.

    >>> training_curve(10)
    After 10 of 461 batches: 10.2% of the digits kept back are read right.
    """
    run = json.loads(TRAINING.read_text("utf-8"))
    seen = [(batch, right) for batch, right in run["kept back"] if batch <= upto]
    words = f"After {upto} of {run['batches']} batches: {seen[-1][1]:.1%} of the digits kept back"
    return figures.Still(lambda: _draw_curve(seen, run["batches"]), f"{words} are read right.")


def _draw_curve(seen, batches):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.7), layout="constrained")
    axes = figure.subplots()
    axes.plot(*zip(*seen, strict=True), "o--", color=figures.TARGET, lw=2.5, ms=8)
    axes.set(xlim=(-6, batches + 8), ylim=(0, 1.06), xlabel="batch")
    axes.set_title(f"digits kept back, read right: {seen[-1][1]:.0%}", loc="left", fontsize=16)
    axes.set_yticks(np.linspace(0, 1, 6), [f"{share:.0%}" for share in np.linspace(0, 1, 6)])
    axes.tick_params(labelsize=15)
    axes.xaxis.label.set_size(15)
    axes.grid(axis="y", color="0.88")
    return figure
