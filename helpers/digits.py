"""What the pictures of lesson 7 share: what a network makes of a digit, as maps and as bars.

The bars' look stands in controls.css, under `.course-bars`; a picture of its own loads that file.
"""

import math
from html import escape

import numpy as np

from .panels import brightness, signed_colours
from .reference import quiet_tensorflow

LINE = 128  # the grey between maps: seen beside white, and on a black page


class LayerMaps:
    """What every layer of a Keras model makes of one image, and the probabilities at its end.

    model: a built Keras model with one input (H, W, 1) and one output, a number for each class.
    The model is read and never changed. Its weights are those of the moment of the call, so what
    it learns meanwhile is seen. One call takes about 2 ms; only the first takes longer.

    `shapes` is a dictionary of layer name -> shape without the batch axis, in the model's order;
    `model` is the model itself.
    """

    def __init__(self, model):
        keras = quiet_tensorflow().keras
        self.model, self.input_shape = model, image_shape(model)
        layers = [one for one in model.layers if not isinstance(one, keras.layers.InputLayer)]
        self.shapes = {layer.name: tuple(layer.output.shape[1:]) for layer in layers}
        self._every_layer = keras.Model(model.inputs, [layer.output for layer in layers])
        self(np.zeros(self.input_shape))  # in the first call TensorFlow translates the model

    def __call__(self, image):
        """`(maps, probabilities)` of an image (H, W) or (H, W, 1), with numbers as in training.

        maps: a dictionary of layer name -> array without the batch axis; probabilities: (classes,).
        """
        cells = as_batch([image], self.input_shape)
        outputs = self._every_layer.predict_on_batch(cells)
        outputs = outputs if isinstance(outputs, list) else [outputs]  # a model of one layer
        maps = {name: np.asarray(one[0]) for name, one in zip(self.shapes, outputs, strict=True)}
        return maps, as_probabilities(outputs[-1])[0]


def feature_maps(model, image):
    """What each layer of a Keras model makes of one image: layer name -> array.

    The arrays have no batch axis. image: one image of the model's input shape, such as
    (28, 28, 1), or (28, 28) without its channel. `ValueError` for another shape. For one image
    after the other `LayerMaps` is quicker.
    """
    return LayerMaps(model)(image)[0]


def image_shape(model):
    """(H, W, 1), the shape of the images that a Keras model takes."""
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:] or shape[3] != 1:
        raise ValueError(
            "The model must take images of a fixed shape with one channel, such as (28, 28, 1): "
            f"begin it with keras.Input((28, 28, 1)); got {shape and shape[1:]}."
        )
    if len(model.output_shape) != 2:
        raise ValueError(
            "The model must end in one number for each class, such as Dense(10); "
            f"got the shape {model.output_shape[1:]}."
        )
    return shape[1:]


def shape_in_words(shape):
    """What a layer makes, from its shape without the batch axis.

    >>> shape_in_words((14, 14, 16)), shape_in_words((3, 5, 1)), shape_in_words((576,))
    ('16 maps of 14×14', '1 map of 3×5', '576 numbers')
    """
    if len(shape) != 3:
        return f"{math.prod(shape)} numbers"
    return f"{shape[2]} map{'s' if shape[2] > 1 else ''} of {shape[0]}×{shape[1]}"


def as_batch(images, shape=(28, 28, 1)):
    """Images (N, H, W) or (N, H, W, 1) as a batch in float32; `ValueError` for another shape."""
    images = np.asarray(images)
    cells = images[..., np.newaxis] if images.ndim == 3 else images
    if cells.shape[1:] != tuple(shape) or not len(cells):
        raise ValueError(
            f"The model takes images of shape {tuple(shape[:2])}; got {images.shape[1:]}."
        )
    return cells.astype("float32")


def digit_image(digit):
    """A digit (H, W), numbers from 0 to 255 or from 0 to 1, as a picture: uint8, ink white."""
    digit = np.asarray(digit, dtype=float)
    return brightness(digit * (255 if digit.max(initial=0) <= 1 else 1))


def as_probabilities(outputs):
    """A network's outputs (N, classes), if they are scores, as probabilities.

    Outputs from 0 to 1 that add up to 1 are probabilities already. Others are scores, and softmax
    is applied: each is the power of e, divided by the sum of these powers.

    >>> as_probabilities([[0.25, 0.75], [3, 3]])
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    """
    outputs = np.asarray(outputs, dtype=float)
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    known = (outputs >= 0).all(axis=1) & (np.abs(outputs.sum(axis=1) - 1) < 1e-3)
    softmax = powers / powers.sum(axis=1, keepdims=True)
    return np.where(known[:, np.newaxis], outputs, softmax)


def percent(probability):
    """A probability as the pictures of lesson 7 print it; what is nearly 0 or 1 is not called so.

    >>> percent(0.5), percent(0.9984), percent(0.99999), percent(0.0004), percent(0), percent(1)
    ('50.0%', '99.8%', '>99.9%', '<0.1%', '0%', '100%')
    """
    if probability in (0, 1):
        return f"{probability:.0%}"
    tenths = round(float(probability) * 1000)
    return "<0.1%" if tenths < 1 else ">99.9%" if tenths > 999 else f"{tenths / 10:.1f}%"


def probability_bars(probabilities, label=None, names=None):
    """A table in HTML with a bar for each class: its name, the bar, the probability in percent.

    probabilities: (classes,). `label` is the right class, if it is known. `names` are the classes'
    names, by default 0, 1, 2 ... The largest probability is marked by "read" unless all are 0, the
    right class by "label". The look stands in controls.css.
    """
    probabilities = np.asarray(probabilities, dtype=float)
    names = list(range(len(probabilities)) if names is None else names)
    if probabilities.ndim != 1 or len(names) != len(probabilities):
        raise ValueError(
            "There must be one probability for each class, and one name; "
            f"got the shape {probabilities.shape} and {len(names)} names."
        )
    read = int(probabilities.argmax()) if probabilities.any() else None
    rows = "".join(
        _bar(name, share, [word for word, at in (("read", read), ("label", label)) if at == place])
        for place, (name, share) in enumerate(zip(names, probabilities, strict=True))
    )
    return f'<table class="course-bars" aria-label="probabilities"><tbody>{rows}</tbody></table>'


def _bar(name, share, marks):
    kinds = " ".join(f"course-{mark}" for mark in marks)
    return (
        f'<tr class="{kinds}"><th scope="row">{escape(str(name))}</th>'
        f'<td class="course-bar"><i style="width: {share:.2%}"></i></td>'
        f"<td>{escape(percent(share))}</td><td>{' = '.join(marks)}</td></tr>"
    )


def scale_end(numbers):
    """Where a scale of colours for arrays of numbers ends, so that few large ones leave no others
    pale: 98 in 100 lie within, from -end to end.

    >>> scale_end([np.append(np.ones(99), 50)])
    1.0
    """
    sizes = np.abs(np.concatenate([np.ravel(one) for one in numbers]))
    return float(np.quantile(sizes, 0.98) or sizes.max())


def maps_image(maps, width, height, limit=None, gap=2):
    """All maps of a layer side by side, in rows, as large as they can be in `width` x `height`.

    maps: (H, W, N), or (N,) for a layer that makes no maps: its numbers are then cells of one
    block. The result is uint8 (height, width, 3) and at most so many pixels: purple at -`limit`
    and below, white at 0, green from `limit` on. `limit` is by default the largest absolute value.
    Each number becomes a rectangle of its colour; lines of `gap` grey pixels are between maps.

    >>> maps_image(np.array([[[9, -9]]]), 10, 6).shape
    (6, 10, 3)
    """
    maps = _as_block(maps, width / height) if np.ndim(maps) == 1 else np.asarray(maps, dtype=float)
    rows, columns, count = maps.shape
    limit = np.nanmax(np.abs(maps), initial=0) if limit is None else limit
    wide, across = _largest(count, rows / columns, width - gap, height - gap, gap)
    tall, down = max(int(wide * rows / columns), 1), -(-count // across)
    sheet = np.full((down * (tall + gap) + gap, across * (wide + gap) + gap, 3), LINE, np.uint8)
    enlarged = np.ix_(np.arange(tall) * rows // tall, np.arange(wide) * columns // wide)
    for place in range(count):
        one = maps[..., place][enlarged]
        top = gap + place // across * (tall + gap)
        left = gap + place % across * (wide + gap)
        colours = np.where(
            np.isnan(one)[..., np.newaxis], LINE, signed_colours(np.nan_to_num(one), limit)
        )
        sheet[top : top + tall, left : left + wide] = colours
    return sheet


def _largest(count, steepness, width, height, gap):
    """The width of the largest maps that fit, and how many in a row; full rows if possible."""
    fits = [
        (min(width / n, (height / -(-count // n) - gap) / steepness + gap) - gap, n)
        for n in range(1, count + 1)
    ]
    full = max((size, n) for size, n in fits if count % n == 0)
    wide, across = full if full[0] > 0.75 * max(fits)[0] else max(fits)
    if wide < 1:
        raise ValueError(f"{count} maps do not fit into {width + gap} by {height + gap} pixels.")
    return int(wide), across


def _as_block(values, steepness):
    """Numbers (N,) as one map, as wide as it suits the room; NaN fills its last row."""
    values = np.asarray(values, dtype=float)
    columns = min(int(np.ceil(np.sqrt(len(values) * steepness))), len(values))
    rows = -(-len(values) // columns)
    block = np.full(rows * columns, np.nan)
    block[: len(values)] = values
    return block.reshape(rows, columns, 1)
