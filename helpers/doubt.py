"""What a network confuses and what it learned: still pictures for the end of a training."""

import functools

import numpy as np

from .convolution import shown
from .digits import maps_image, percent
from .figures import Still, draw_rows, number, png_in_greys, small_png
from .panels import Panel, draw_panel
from .stored import large

RED = np.array([176, 0, 32]) / 255  # mistakes, as in controls.css


def show_confusion(labels, read_as):
    """How often each digit was read as each: rows are the labels, columns what was read.

    labels, read_as: (N,), whole numbers from 0 to 9. The diagonal holds what was read right and
    stays pale; the most frequent mistake is framed.

    >>> show_confusion([4, 4, 4, 9], [4, 9, 9, 9])
    4 digits, 2 of them read right. Most frequent mistake: 4 read as 9, 2 times.
    label 4: 1 as 4, 2 as 9.
    label 9: 1 as 9.
    """
    labels, read_as = _classes("labels", labels), _classes("read_as", read_as)
    if labels.shape != read_as.shape:
        raise ValueError(
            "labels and read_as must hold one number for each digit; "
            f"got {len(labels)} and {len(read_as)}."
        )
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (labels, read_as), 1)
    mistakes = counts - np.diag(np.diag(counts))
    worst = np.unravel_index(mistakes.argmax(), counts.shape) if mistakes.any() else None
    return Still(
        lambda: _draw_confusion(counts, mistakes, worst),
        _confusion_in_words(counts, worst),
        small_png,
    )


def _classes(name, values):
    values = np.asarray(values)
    if values.ndim != 1 or not values.size or values.dtype.kind not in "iu":
        raise ValueError(f"{name} must be a list of whole numbers, one for each digit.")
    if values.min() < 0 or values.max() > 9:
        raise ValueError(
            f"{name} must be numbers from 0 to 9; got {values.min()} to {values.max()}."
        )
    return values


def _confusion_in_words(counts, worst):
    right, words = np.trace(counts), "No mistake."
    if worst is not None:
        times = f"{counts[worst]:,} time{'s' if counts[worst] > 1 else ''}"
        words = f"Most frequent mistake: {worst[0]} read as {worst[1]}, {times}."
    lines = [f"{counts.sum():,} digits, {right:,} of them read right. {words}"]
    for label, row in enumerate(counts):
        found = ", ".join(f"{n:,} as {read}" for read, n in enumerate(row) if n)
        lines += [f"label {label}: {found}."] if found else []
    return "\n".join(lines)


def _draw_confusion(counts, mistakes, worst):
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    figure = Figure(figsize=(9, 5.7) if large() else (6.8, 4.9))
    axes = figure.add_axes((0.1, 0.02, 0.88, 0.86))
    shades = 1 - 0.75 * mistakes[..., np.newaxis] / max(mistakes.max(), 1) * (1 - RED)
    axes.imshow(np.where(np.eye(10, dtype=bool)[..., np.newaxis], 0.93, shades), aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        look = {"color": "0.25"} if row == column else {"weight": "bold", "size": 14}
        axes.text(column, row, count or "", ha="center", va="center", **{"size": 12, **look})
    if worst is not None:
        corner = (worst[1] - 0.5, worst[0] - 0.5)
        axes.add_patch(Rectangle(corner, 1, 1, fill=False, lw=3, clip_on=False))
    axes.set(xticks=range(10), yticks=range(10), ylabel="label")
    axes.set_xlabel("read as", fontsize=13, labelpad=8)
    axes.yaxis.label.set_size(13)
    axes.xaxis.set_label_position("top")
    axes.tick_params(
        top=True, labeltop=True, bottom=False, labelbottom=False, labelsize=13, length=0
    )
    axes.set_xticks(np.arange(9) + 0.5, minor=True)
    axes.set_yticks(np.arange(9) + 0.5, minor=True)
    axes.grid(which="minor", color="0.8", lw=0.8)
    axes.tick_params(which="minor", length=0)
    return figure


def show_mistakes(images, labels, probabilities, count=8):
    """The digits that were read wrong, those first of which the network was surest.

    images: (N, H, W); labels: (N,); probabilities: (N, classes); count: how many at most. Above
    each stand its label, what it was read as and the probability of that.

    >>> show_mistakes(np.zeros((2, 28, 28)), [1, 0], np.array([[0.75, 0.25], [0.5, 0.5]]))
    1 of 2 digits read wrong, the surest first.
    number 0: 1 read as 0, 75.0%.
    """
    images, labels, probabilities = _known_readings(images, labels, probabilities)
    if not hasattr(count, "__index__") or count < 1:
        raise ValueError(f"count must be a whole number of 1 or more; got {shown(count)}.")
    read_as, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(read_as != labels)
    if not wrong.size:
        return Still(
            lambda: None, f"None of {len(labels):,} digits was read wrong.", lambda _: None
        )
    worst = wrong[np.argsort(-sure[wrong], kind="stable")][:count]
    lines = [f"{len(wrong):,} of {len(labels):,} digits read wrong, the surest first."]
    lines += [f"number {i}: {labels[i]} read as {read_as[i]}, {percent(sure[i])}." for i in worst]
    titles = [f"{labels[i]} read as {read_as[i]}\n{percent(sure[i])}" for i in worst]
    end = 255 if images.max() > 1 else 1
    words = "\n".join(lines)
    return Still(
        lambda: draw_rows(images[worst], titles, "gray", 0, end, columns=4, scale=False),
        words,
        png_in_greys,
    )


def _known_readings(*arrays):
    images, labels, probabilities = (np.asarray(one) for one in arrays)
    axes = [one.ndim for one in (images, labels, probabilities)]
    if axes != [3, 1, 2] or len({len(images), len(labels), len(probabilities)}) > 1:
        raise ValueError(
            "There must be images (N, H, W), N labels and N rows of probabilities; got the shapes "
            f"{images.shape}, {labels.shape} and {probabilities.shape}."
        )
    return images, labels, probabilities


def show_learned(before, after):
    """The kernels of a network's first layer before training, and below them after it.

    before, after: weights as `model.get_weights()` gives them, of which the first with four axes is
    taken, or such an array (height, width, 1, filters). Both are drawn in one scale.

    >>> show_learned(np.full((3, 3, 1, 2), -0.5), np.ones((3, 3, 1, 2)))
    2 kernels of 3×3. Before: −0.50 to −0.50. After: 1 to 1.
    """
    kernels = [_first_kernels(name, one) for name, one in (("before", before), ("after", after))]
    if kernels[0].shape != kernels[1].shape:
        raise ValueError(
            "before and after must be of the same model; "
            f"got the shapes {kernels[0].shape} and {kernels[1].shape}."
        )
    ranges = [f"{number(one.min())} to {number(one.max())}" for one in kernels]
    height, width, count = kernels[0].shape
    words = f"{count} kernels of {height}×{width}. Before: {ranges[0]}. After: {ranges[1]}."
    many_shades = functools.partial(small_png, shades=True)
    return Still(lambda: _draw_learned(kernels, ranges), words, many_shades)


def _first_kernels(name, weights):
    found = [np.asarray(one) for one in (weights if isinstance(weights, list) else [weights])]
    found = [one for one in found if one.ndim == 4]
    if not found or found[0].shape[2] != 1:
        raise ValueError(
            f"{name} must be model.get_weights() of a network that begins with a convolution over "
            "one channel, or the kernels (height, width, 1, filters)."
        )
    return found[0][:, :, 0].astype(float)


def _draw_learned(kernels, ranges, gap=3):
    from matplotlib.figure import Figure

    width = 900 if large() else 640
    height, columns, count = kernels[0].shape
    across = min(count, 8)
    room = -(-count // across) * round(width / across * height / columns)
    limit = max(np.abs(one).max() for one in kernels)
    images = [maps_image(one, width, room, limit, gap) for one in kernels]
    figure = Figure(figsize=(width / 100 + 0.3, (2 * room + 140) / 100))
    for place, (image, when, ends) in enumerate(
        zip(images, ("before", "after"), ranges, strict=True)
    ):
        panel = Panel(f"{when} training: weights from {ends}", image)
        draw_panel(figure, panel, 0.15, 0.35 + place * (room / 100 + 0.5), image.shape[1] / 100)
    end = number(limit)
    scale = f"−{end} purple, 0 white, {end} green"
    figure.text(0.016, 0.09 / figure.get_figheight(), scale, size=11, va="bottom")
    return figure
