"""How far a cell sees: the receptive field, as arithmetic and as a picture that grows by layers.

Everything here is about one direction of an image, its columns; the rows follow the same rule.
"""

import anywidget
import traitlets

from .convolution import shown
from .figures import TARGET, WINDOW, png
from .stored import StoredForm, joined

KINDS = ("conv", "pool")
LARGEST, DEEPEST = 32, 6  # columns and layers: beyond this the cells are too small to be counted


def receptive_field(layers):
    """How many columns of the image one cell sees, after each layer.

    `layers` is a list of `(kind, size)` or `(kind, size, stride)`. The kind is "conv" (stride 1
    unless given) or "pool" (stride = size unless given), size and stride are numbers of cells. A
    stride larger than the size would leave gaps and is a `ValueError`.

    A window of k cells reaches k - 1 cells further than one cell does. Neighbouring cells lie
    `jump` columns of the image apart, 1 at first, and each stride multiplies that:
    field += (k - 1) * jump, then jump *= stride. Source: Araujo, Norris and Sim, "Computing
    Receptive Fields of Convolutional Neural Networks", Distill, 2019.

    >>> receptive_field([("conv", 3), ("conv", 3)])
    [3, 5]
    >>> receptive_field([("conv", 5), ("pool", 2), ("conv", 5), ("pool", 2)])
    [5, 6, 14, 16]
    """
    return [level["field"] for level in levels(layers)[1:]]


def levels(layers, n=None):
    """The image and each layer: name, field, jump, number of cells (of n columns, unpadded).

    Cell 0 sees the columns 0 to field - 1 and cell j those j * jump further on, so the middle of
    cell j lies at field / 2 + j * jump.

    >>> [level["cells"] for level in levels([("conv", 5), ("pool", 2)], 16)]
    [16, 12, 6]
    """
    found = [{"name": "image", "field": 1, "jump": 1, "cells": n}]
    for kind, size, stride in known_layers(layers):
        before = found[-1]
        cells = n and (before["cells"] - size) // stride + 1
        usual = 1 if kind == "conv" else size
        name = f"{kind} {size}" if stride == usual else f"{kind} {size}, by {stride}"
        if n and cells < 1:
            raise ValueError(
                f"{name} needs {size} cells, but the layer before it has {before['cells']}: "
                f"choose a larger n; got {n}."
            )
        field = before["field"] + (size - 1) * before["jump"]
        jump = before["jump"] * stride
        found.append({"name": name, "field": field, "jump": jump, "cells": cells})
    return found


def known_layers(layers):
    """`layers` as a list of `[kind, size, stride]`, once they are known to make sense.

    >>> known_layers([("conv", 3), ("pool", 2)])
    [['conv', 3, 1], ['pool', 2, 2]]
    """
    if not isinstance(layers, (list, tuple)) or not layers:
        example = '[("conv", 5), ("pool", 2)]'
        raise ValueError(f"layers must be a list such as {example}; got {shown(layers)}.")
    return [_known_layer(layer) for layer in layers]


def _known_layer(layer):
    rule = 'a layer must be (kind, size) or (kind, size, stride), for example ("pool", 2)'
    if not isinstance(layer, (list, tuple)) or len(layer) not in (2, 3) or layer[0] not in KINDS:
        raise ValueError(f'{rule}, and its kind "conv" or "pool"; got {shown(layer)}.')
    kind, size, *rest = layer
    stride = rest[0] if rest and rest[0] is not None else 1 if kind == "conv" else size
    if not all(_counts(number) for number in (size, stride)) or stride > size:
        raise ValueError(
            f"{rule}: whole numbers of 1 or more, the stride at most the size; got {shown(layer)}."
        )
    return [kind, int(size), int(stride)]


def _counts(number):
    return hasattr(number, "__index__") and not isinstance(number, bool) and number >= 1


class ReceptiveField(StoredForm, anywidget.AnyWidget):
    """The picture that `explore_receptive_field` returns.

    `depth` (how many layers are shown) and `chosen` (layer, cell; layer 0 is the image) can be
    read, set, observed and linked. What makes no sense is refused and changes nothing.
    """

    lives_in_page = True
    _esm = joined("projector.js", "explorer_parts.js", "receptive.js")
    _css = joined("explorer.css", "receptive.css")

    layers = traitlets.List().tag(sync=True)
    n = traitlets.Int().tag(sync=True)
    depth = traitlets.Int(1).tag(sync=True)
    chosen = traitlets.List(traitlets.Int(), [0, 0]).tag(sync=True)

    @property
    def levels(self):
        """The image and the layers that are shown, as `levels` gives them."""
        return levels(self.layers, self.n)[: self.depth + 1]

    @property
    def seen(self):
        """For the image and each layer up to the chosen one: (first, last) of the cells seen."""
        layer, cell = self.chosen
        ends = [(cell, cell)]
        for _, size, stride in reversed(self.layers[:layer]):
            first, last = ends[0]
            ends.insert(0, (first * stride, last * stride + size - 1))
        return ends

    @traitlets.validate("layers")
    def _check_layers(self, proposal):
        return known_layers(proposal["value"])

    @traitlets.validate("depth")
    def _check_depth(self, proposal):
        if not 1 <= proposal["value"] <= len(self.layers):
            raise traitlets.TraitError(
                f"depth must be 1 to {len(self.layers)}, the number of layers; "
                f"got {proposal['value']}."
            )
        return proposal["value"]

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal):
        value, shown_levels = proposal["value"], self.levels
        good = len(value) == 2 and 0 <= value[0] < len(shown_levels)
        if not good or not 0 <= value[1] < shown_levels[value[0]]["cells"]:
            raise traitlets.TraitError(
                f"chosen must be [layer, cell], a cell that is shown; got {shown(value)}."
            )
        return value

    @traitlets.observe("depth")
    def _leave_hidden_layers(self, _change):
        if self.chosen[0] > self.depth:
            self.chosen = middle(self.levels)

    def __repr__(self):
        lines = [f"Receptive field: image of {self.n} {plural(self.n, 'column')}."]
        for level, before, layer in zip(self.levels[1:], self.levels, self.layers, strict=False):
            cells = f"{level['cells']} {plural(level['cells'], 'cell')}"
            sees = f"{in_words(before, layer[1])} {plural(level['field'], 'column')}"
            lines.append(f"{level['name']}: {cells}, {apart(level)}, each sees {sees}.")
        later = levels(self.layers, self.n)[self.depth + 1 :]
        lines += [f"{level['name']}: not yet." for level in later]
        layer, cell = self.chosen
        first, last = self.seen[0]
        name = self.levels[layer]["name"]
        lines.append(f"Cell {cell} of layer {layer} ({name}) sees columns {first} to {last}.")
        return "\n".join(lines)

    def still(self):
        every = levels(self.layers, self.n)
        return {"image/png": png(draw_field(every, self.layers, self.seen, self.depth))}


def middle(shown_levels):
    """[layer, cell]: the cell in the middle of the last layer."""
    return [len(shown_levels) - 1, (shown_levels[-1]["cells"] - 1) // 2]


def plural(number, thing):
    """`thing`, with an s unless there is one.

    >>> plural(1, "cell"), plural(2, "cell")
    ('cell', 'cells')
    """
    return thing if number == 1 else f"{thing}s"


def apart(level):
    """How far the cells of a layer lie from each other, in columns of the image.

    >>> apart({"jump": 2})
    'neighbours 2 columns apart'
    """
    return f"neighbours {level['jump']} {plural(level['jump'], 'column')} apart"


def in_words(before, size):
    """The sum for a layer with windows of `size`, on top of the layer `before`.

    >>> in_words({"field": 6, "jump": 2}, 5)
    '6 + (5 − 1) × 2 = 14'
    """
    field, jump = before["field"], before["jump"]
    return f"{field} + ({size} − 1) × {jump} = {field + (size - 1) * jump}"


def explore_receptive_field(layers, n=16, depth=None):
    """Show how far the cells of each layer see: choose one, and all that it depends on lights up.

    `layers` is written as for `receptive_field`, at most 6 of them, on an image of `n` columns, at
    most 32. Nothing is padded. `depth` is the number of layers shown at first, all if not given.

    >>> explore_receptive_field([("conv", 3), ("pool", 2)], n=8)
    Receptive field: image of 8 columns.
    conv 3: 6 cells, neighbours 1 column apart, each sees 1 + (3 − 1) × 1 = 3 columns.
    pool 2: 3 cells, neighbours 2 columns apart, each sees 3 + (2 − 1) × 1 = 4 columns.
    Cell 1 of layer 2 (pool 2) sees columns 2 to 5.
    """
    layers = known_layers(layers)
    if len(layers) > DEEPEST:
        raise ValueError(f"layers must be at most {DEEPEST} here; got {len(layers)}.")
    if not _counts(n) or n > LARGEST:
        raise ValueError(f"n must be a whole number from 1 to {LARGEST}; got {shown(n)}.")
    every = levels(layers, n)
    depth = len(layers) if depth is None else depth
    if not _counts(depth) or depth > len(layers):
        raise ValueError(f"depth must be 1 to {len(layers)}, the layers; got {shown(depth)}.")
    chosen = middle(every[: depth + 1])
    return ReceptiveField(layers=layers, n=int(n), depth=int(depth), chosen=chosen)


def draw_field(every, layers, seen, depth):
    """A still of the picture: one row of cells a layer, the image at the top.

    Those of the layers in `every` that come after the first `depth` are empty and dotted.
    """
    from matplotlib.figure import Figure

    n, height = every[0]["cells"], 2 * len(every) - 0.8
    left = 0.6 + 0.24 * max(len(level["name"]) for level in every)  # room for the names
    figure = Figure(figsize=((left + n + 7) * 0.42, (height + 0.3) * 0.42))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-left, n + 7), ylim=(height, -0.3))
    axes.set_axis_off()
    for place, level in enumerate(every):
        before, size = (every[place - 1], layers[place - 1][1]) if place else (None, 0)
        _draw_words(axes, level, 2 * place, before and in_words(before, size), place > depth)
        first, last = seen[place] if place < len(seen) else (0, -1)
        for cell in range(level["cells"]):
            lit = cell - first + 1 if first <= cell <= last else 0
            middle_x = level["field"] / 2 + cell * level["jump"]
            edge = {"ls": ":", "lw": 1.2} if place > depth else {}
            _draw_cell(axes, middle_x, 2 * place, lit, place == len(seen) - 1, **edge)
            if lit and place:
                _draw_fan(axes, middle_x, 2 * place, before, size)
    return figure


def _draw_words(axes, level, y, words, later):
    end = axes.get_xlim()[1] - 6.6
    ink = "0.35" if later else "black"
    axes.text(-0.3, y + 0.45, level["name"], size=12, color=ink, ha="right", va="center")
    if later:
        axes.text(end, y + 0.45, "not yet", size=10, color="0.35", va="center")
        return
    axes.text(end, y + 0.16, words or "sees itself: 1", size=12, va="center")
    axes.text(end, y + 0.8, apart(level), size=10, color="0.35", va="center")


def _draw_cell(axes, x, y, lit, own, **edge):
    from matplotlib.patches import Rectangle

    face, rim = ("#cfe0ff", TARGET) if own else ("#fdd9b5", WINDOW)
    look = {"fc": face, "ec": rim, "lw": 2} if lit else {"fc": "white", "ec": "0.6", "lw": 0.8}
    axes.add_patch(Rectangle((x - 0.46, y), 0.92, 0.9, zorder=2, **look | edge))
    axes.text(x, y + 0.45, lit or "", ha="center", va="center", size=12)


def _draw_fan(axes, x, y, before, size):
    """From a cell to the `size` cells of the layer before that it looks at."""
    from matplotlib.patches import Polygon

    far = (size - 1) / 2 * before["jump"] + 0.46
    corners = [(x - far, y - 1.1), (x + far, y - 1.1), (x + 0.46, y), (x - 0.46, y)]
    axes.add_patch(Polygon(corners, fc=WINDOW, alpha=0.12, lw=0, zorder=1))
