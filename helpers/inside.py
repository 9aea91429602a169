"""Look into a trained network: a digit on its way through the layers, moved, or partly covered.

A network is looked at in a copy, so the reader's own is never changed.
"""

import random
from dataclasses import replace
from functools import lru_cache

import ipywidgets as widgets
import numpy as np
import traitlets

from .controls import Controlled, dial
from .convolution import shown
from .digits import (
    LINE,
    LayerMaps,
    as_batch,
    as_probabilities,
    digit_image,
    image_shape,
    maps_image,
    percent,
    probability_bars,
    scale_end,
    shape_in_words,
)
from .figures import TARGET, number
from .network import shifted
from .panels import Panel, brightness, draw_panel, in_page, small_png
from .reference import quiet_tensorflow

FARTHEST = 8  # pixels that a digit can be moved
COVER, GREY = 7, 127  # the square that covers a part: its side in pixels, its brightness
CHANGES = ("move the digit", "cover a part")
BLUE = np.array([31, 95, 208]) / 255  # figures.TARGET


class DigitPicture(Controlled):
    """Controls, panels made of a digit, and beside them the probabilities that a network gives.

    `draw` returns panels, words, probabilities and the label.
    """

    def __init__(self, draw, controls, row):
        super().__init__(draw, controls, row)
        self.add_class("course-digits")

    def _show(self):
        values = {name: control.value for name, control in self._controls.items()}
        self._seen, self._words, *self._bars = self._draw(**values)
        bars = f'<div class="course-beside">→ probabilities{probability_bars(*self._bars)}</div>'
        self._screen.value = (
            f'<div class="course-both">{in_page(self._seen, self._words)}{bars}</div>'
        )

    def __repr__(self):
        shares = ", ".join(f"{n}: {percent(p)}" for n, p in enumerate(self._bars[0]))
        return f"{self._words}\nProbabilities: {shares}."

    def still(self):
        return {"image/png": small_png(_beside_bars(self._seen, *self._bars), self._seen)}


def _beside_bars(panels, probabilities, label, width=9):
    """The panels in rows, and the probabilities at their right, as a matplotlib `Figure`."""
    from matplotlib.figure import Figure

    inch, x, y, tallest, places = 0.0072, 0.15, 0.4, 0, []
    for panel in panels:
        if x + panel.width * inch > width - 2.5:
            x, y, tallest = 0.15, y + tallest + 0.85, 0
        x += 0.3 * bool(panel.sign)
        places.append((panel, x, y))
        tallest = max(tallest, panel.width * inch * panel.image.shape[0] / panel.image.shape[1])
        x += panel.width * inch + 0.1
    figure = Figure(figsize=(width, max(y + tallest + 0.4, 3.2)))
    for panel, x, y in places:
        draw_panel(figure, panel, x, y, panel.width * inch)
        height = panel.width * inch * panel.image.shape[0] / panel.image.shape[1]
        middle = 1 - (y + height / 2) / figure.get_figheight()
        figure.text((x - 0.2) / width, middle, panel.sign, size=16, ha="center", va="center")
    axes = figure.add_axes(((width - 2.4) / width, 0.06, 0.6 / width, 0.84))
    _draw_bars(axes, probabilities, label)
    return figure


def _draw_bars(axes, probabilities, label):
    places, read = np.arange(len(probabilities)), int(probabilities.argmax())
    axes.barh(places, probabilities, 0.6, color=[TARGET if n == read else "0.6" for n in places])
    axes.set(xlim=(0, 1), ylim=(len(places) - 0.5, -0.5), xticks=[], yticks=places)
    axes.set_title("probabilities", fontsize=12, loc="left")
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    for place, share in enumerate(probabilities):
        marks = [word for word, at in (("read", read), ("label", label)) if at == place]
        words = f"{percent(share)} {' = '.join(marks)}"
        axes.text(1.05, place, words, va="center", weight="bold" if marks else "normal")


# A digit on its way through the layers.


def explore_network(model, images, labels, checkpoints=None, image=0, layer=None, one_scale=False):
    """Show a digit, the maps that each layer makes of it, and the probabilities at the end.

    model: a Keras model for images (H, W, 1); images: (N, H, W), numbers as in its training;
    labels: (N,), the right class of each. `checkpoints` is a dictionary of name -> the weights at
    that time, as `model.get_weights()` gives them; without it, the weights are those of now.
    `image` and `layer`, a layer's name, are what is shown first.

    Each layer's scale of colours suits what is seen: 2 in 100 numbers lie beyond its end, which is
    written below. With `one_scale` it suits all checkpoints together, so that equal colours mean
    equal numbers; the maps of an untrained network are then often too pale to be seen.
    """
    images, labels = _known_digits(model, images, labels)
    weights, maps_of = _known_checkpoints(model, checkpoints), LayerMaps(_copy(model))
    stages, looked = _stages(maps_of), _looked_into(maps_of, weights, images, one_scale)
    layers = [name for _, names in stages for name in names]

    def draw(image, layer, checkpoint):
        maps, probabilities, limits = looked(image, checkpoint)
        label = int(labels[image])
        digit = _digit_panel(f"image {image}", images[image], label, layer in stages[0][1])
        chain = [_stage_panel(*stage, maps, limits, layer) for stage in stages[1:-1]]
        when = "" if checkpoint == NOW else f", {checkpoint}"
        words = _reading(f"Image {image}, label {label}{when}", probabilities)
        words += "\n" + _layer_in_words(layer, maps[layer], limits[layer])
        title = f"{_origin(layer, stages)}: {shape_in_words(maps[layer].shape)}"
        enlarged = _enlarged(_maps_panel(title, maps[layer], WIDE, limits[layer]))
        return [digit, *chain, enlarged], words, probabilities, label

    offered = layers[:-1] or layers  # the last layer's numbers stand beside the picture
    first = next((name for name, _ in stages if name in offered), offered[0])
    fields = {
        "image": _numbers("image", 0, len(images) - 1, image),
        "layer": _choice("layer", offered, first if layer is None else layer),
        "checkpoint": _choice("checkpoint", list(weights), list(weights)[-1]),
    }
    return DigitPicture(draw, *_controls(fields))


def _looked_into(maps_of, weights, images, one_scale):
    """A function of an image's number and a checkpoint: maps, probabilities, and the end of each
    layer's scale of colours. It keeps what it found last."""

    @lru_cache(32)
    def at(image, checkpoint):
        maps_of.model.set_weights(weights[checkpoint])
        return maps_of(images[image])

    def looked(image, checkpoint):
        together = [at(image, name)[0] for name in (weights if one_scale else [checkpoint])]
        limits = {name: scale_end([maps[name] for maps in together]) for name in maps_of.shapes}
        return *at(image, checkpoint), limits

    return looked


WIDE, SMALL = (780, 200), (126, 126)  # pixels for the chosen layer's maps, for those of each layer


def _stages(maps_of):
    """The layers in groups: (name, names of its layers); each but the first begins with weights.

    A convolution, what normalises its maps, ReLU and pooling make one group.
    """
    stages = [("image", [])]
    for name in maps_of.shapes:
        if hasattr(maps_of.model.get_layer(name), "kernel"):
            stages.append((name, []))
        stages[-1][1].append(name)
    return stages


def _digit_panel(title, digit, label, chosen=False):
    frame = (0, 0, *digit.shape) if chosen else None
    return Panel(title, digit_image(digit), SMALL[0], least=56, frame=frame, note=f"label {label}")


def _stage_panel(name, layers, maps, limits, chosen):
    """A group of layers, small: the chosen one if it is among them, else the last that has maps."""
    last = [one for one in layers if maps[one].ndim == 3] or layers
    layer = chosen if chosen in layers else last[-1]
    words = shape_in_words(maps[layer].shape).replace(" map", "\u00a0map").replace(" of ", " ")
    panel = _maps_panel(name, maps[layer], SMALL, limits[layer], least=56, sign="→", note=words)
    frame = (0, 0, *panel.image.shape[:2]) if chosen in layers else None
    return replace(panel, frame=frame)


def _maps_panel(title, maps, room, limit, **look):
    image = maps_image(maps, *room, limit)
    return Panel(title, image, image.shape[1], **look)


def _enlarged(panel):
    """The panel in all the room there is, the rest of it transparent, so that nothing jumps."""
    height, width = panel.image.shape[:2]
    room = np.zeros((WIDE[1], WIDE[0], 4), np.uint8)
    room[:height, :width] = np.dstack([panel.image, np.full((height, width), 255, np.uint8)])
    return replace(panel, image=room, width=WIDE[0], least=WIDE[0])


def _origin(layer, stages):
    """A layer's name, and after which one with weights it comes."""
    name = next(name for name, layers in stages if layer in layers)
    return layer if name in (layer, "image") else f"{layer}, after {name}"


def _reading(digit, probabilities):
    read = int(probabilities.argmax())
    return f"{digit}: the network reads it as {read}, probability {percent(probabilities[read])}."


def _layer_in_words(name, maps, limit):
    low, high, end = (number(value) for value in (maps.min(), maps.max(), limit))
    purple = f"full purple −{end} or less, " if maps.min() < 0 else ""
    return f"{name}: numbers from {low} to {high}. White is 0, {purple}full green {end} or more."


NOW = "now"


def _known_checkpoints(model, checkpoints):
    """`checkpoints` as a dictionary of their own arrays, once they are known to fit the model."""
    shapes = [one.shape for one in model.get_weights()]
    if checkpoints is None:
        return {NOW: model.get_weights()}
    if not isinstance(checkpoints, dict) or not checkpoints:
        raise ValueError(
            "checkpoints must be a dictionary of at least one name -> model.get_weights(); "
            f"got {shown(checkpoints)}."
        )
    for name, weights in checkpoints.items():
        if [np.shape(one) for one in weights] != shapes:
            raise ValueError(
                f"The checkpoint {name!r} does not hold the weights of this model: "
                f"it needs {len(shapes)} arrays in the shapes of model.get_weights()."
            )
    return {str(name): [np.array(w) for w in one] for name, one in checkpoints.items()}


def _copy(model):
    """A model with the same layers and weights. Python's random numbers, from which Keras takes
    its own, go on as if nothing had been made."""
    state = random.getstate()
    try:
        copy = quiet_tensorflow().keras.models.clone_model(model)
    finally:
        random.setstate(state)
    copy.set_weights(model.get_weights())
    return copy


def _known_digits(model, images, labels):
    """Images (N, H, W) from 0 to 255 or 0 to 1, and labels (N,), once they fit the model."""
    images, labels = as_batch(images, image_shape(model))[..., 0], np.asarray(labels)
    classes = model.output_shape[-1]
    if labels.shape != (len(images),):
        raise ValueError(
            f"There must be {len(images)} labels, one for each image; got {labels.shape}."
        )
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"labels must be whole numbers from 0 to {classes - 1}; got {shown(labels)}."
        )
    return images, labels


def _numbers(name, low, high, value):
    """A field and a slider for a whole number, as (field, box)."""
    if not hasattr(value, "__index__") or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}; got {shown(value)}.")
    field, box = dial(name)
    for part in box.children:
        part.min, part.max = low, high
    field.value = value
    return field, box


def _choice(name, options, value):
    """A list of names and a slider that goes through them, as (list, box)."""
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(options)}; got {shown(value)}.")
    field = widgets.Dropdown(options=options, value=value, description=name)
    slider = widgets.IntSlider(field.index, 0, len(options) - 1, readout=False)
    traitlets.link((field, "index"), (slider, "value"))
    box = widgets.HBox([field, slider])
    box.add_class("course-knob")
    return field, box


def _controls(fields):
    """The fields by name, and their boxes; those that offer one thing only are left out."""
    boxes = [box for field, box in fields.values() if box.children[1].max > box.children[1].min]
    return {name: field for name, (field, _) in fields.items()}, boxes


# A digit moved, or a part of it covered.


def explore_shift(model, images, labels, image=0):
    """Show what a network makes of a digit that is moved, or of which a part is covered.

    model, images and labels as for `explore_network`. The digit moves by up to 8 pixels down and to
    the right, negative numbers up and to the left; or a grey square of 7×7 pixels, at first in the
    middle, moves in the same way over the digit. A map shows for all 17×17 places how probable the
    network finds the right class there.
    """
    images, labels = _known_digits(model, images, labels)
    everywhere = _read_everywhere(_copy(model), images)

    def draw(image, down, right, change):
        versions, probabilities = everywhere(image, change)
        place, label = (down + FARTHEST, right + FARTHEST), int(labels[image])
        panels = [
            Panel(f"image {image}", digit_image(versions[place]), 306, least=150),
            _places_panel(probabilities, label, place),
        ]
        done = _in_words(change, down, right)
        words = _reading(f"Image {image}, label {label}, {done}", probabilities[place])
        count = (probabilities.argmax(axis=-1) == label).sum()
        words += f"\nIt reads {label} at {count} of {probabilities[..., 0].size} places."
        return panels, words, probabilities[place], label

    fields = {
        "image": _numbers("image", 0, len(images) - 1, image),
        "down": _numbers("down", -FARTHEST, FARTHEST, 0),
        "right": _numbers("right", -FARTHEST, FARTHEST, 0),
    }
    controls, boxes = _controls(fields)
    change = widgets.Dropdown(options=CHANGES, description="change")
    return DigitPicture(draw, {**controls, "change": change}, [*boxes, change])


def _read_everywhere(model, images):
    """A function of an image's number and a change: the image at all places and the probabilities
    there, both (17, 17, ...). It keeps what it found for the last few images."""

    @lru_cache(16)
    def everywhere(image, change):
        versions = _moved(images[image]) if change == CHANGES[0] else _covered(images[image])
        rows = [model.predict_on_batch(as_batch(row, image_shape(model))) for row in versions]
        return versions, np.array([as_probabilities(row) for row in rows])

    return everywhere


def _every_place():
    """(17, 17) pairs of how far down and how far right."""
    steps = range(-FARTHEST, FARTHEST + 1)
    return [[(down, right) for right in steps] for down in steps]


def _moved(digit):
    return np.array([[shifted(digit, *move) for move in row] for row in _every_place()])


def _covered(digit):
    """The digit under a grey square, at first in its middle."""
    grey = GREY if digit.max() > 1 else GREY / 255

    def covered(down, right):
        top, left = (
            (n - COVER) // 2 + by for n, by in zip(digit.shape, (down, right), strict=True)
        )
        copy = digit.copy()
        copy[max(top, 0) : max(top + COVER, 0), max(left, 0) : max(left + COVER, 0)] = grey
        return copy

    return np.array([[covered(*move) for move in row] for row in _every_place()])


def _places_panel(probabilities, label, place, side=18):
    """A square for each place: the bluer, the more probable the label; × where it is misread."""
    shares = np.repeat(np.repeat(probabilities[..., label], side, axis=0), side, axis=1)
    colours = brightness(255 * (1 + (BLUE - 1) * shares[..., np.newaxis]))
    colours[::side], colours[:, ::side] = LINE + 80, LINE + 80
    cross = np.pad(np.eye(7, dtype=bool) | np.eye(7, dtype=bool)[::-1], ((6, 5), (6, 5)))
    misread = probabilities.argmax(axis=-1) != label
    colours[np.kron(misread, cross).astype(bool)] = LINE // 2
    return Panel(
        f"probability of {label}",
        colours,
        len(colours),
        least=150,
        point=(place[0] * side, place[1] * side, side, side),
        note="at each place: white 0%, blue 100%, × read as another digit; ringed: this place",
    )


def _in_words(change, down, right):
    """
    >>> _in_words("move the digit", 0, 0), _in_words("cover a part", 0, 0)
    ('not moved', 'covered in the middle')
    >>> _in_words("move the digit", -1, 3), _in_words("cover a part", 2, 0)
    ('moved 1 up and 3 right', 'covered 2 down from the middle')
    """
    ways = [(down, "down", "up"), (right, "right", "left")]
    way = " and ".join(f"{abs(by)} {more if by > 0 else less}" for by, more, less in ways if by)
    if change == CHANGES[0]:
        return f"moved {way}" if way else "not moved"
    return f"covered {way} from the middle" if way else "covered in the middle"
