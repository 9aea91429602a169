"""What lesson 7 needs around its Keras code: enough images to learn from, and a look inside.

The network itself and its training stand in the lesson, in plain Keras.
"""

import numpy as np

from .reference import quiet_tensorflow

ENOUGH = 40_000  # images from which a network learns without copies of them


def training_set(digits):
    """The images (N, 28, 28, 1) and labels (N,) that a network learns from, of an `Mnist`.

    Fewer than 40,000 digits come nine times: as they are, and moved by one pixel in each of the
    eight directions. A network learns more from 4,000 digits with such copies than without.
    """
    images, labels = digits.x_train, digits.y_train
    moves = [(0, 0)]
    if len(images) < ENOUGH:
        moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    copies = np.concatenate([shifted(images, *move) for move in moves])
    return copies[..., np.newaxis], np.tile(labels, len(moves))


def shifted(images, down, right):
    """The images (..., H, W) moved down and to the right by whole pixels; zeros move in.

    >>> shifted(np.array([[1, 2], [3, 4]]), 0, 1)
    array([[0, 1],
           [0, 3]])
    >>> shifted(np.array([[1, 2], [3, 4]]), -1, 0)
    array([[3, 4],
           [0, 0]])
    """
    height, width = images.shape[-2:]
    sides = [(max(move, 0), max(-move, 0)) for move in (down, right)]
    wider = np.pad(images, [(0, 0)] * (images.ndim - 2) + sides)
    (_, top), (_, left) = sides
    return wider[..., top : top + height, left : left + width]


def progress(lines=5):
    """A Keras callback that prints so many lines an epoch: how far it is, the loss, the accuracy.

    Loss and accuracy are Keras' running means since the epoch began, so they lag behind.
    """
    callback = quiet_tensorflow().keras.callbacks.LambdaCallback()

    def say(batch, logs):
        batches = callback.params["steps"]
        if (batch + 1) * lines // batches > batch * lines // batches:
            done = f"epoch {callback.epoch + 1}: {(batch + 1) / batches:4.0%} done"
            print(f"{done}, loss {logs['loss']:.3f}, {logs['accuracy']:.1%} right", flush=True)

    def begin(epoch, logs):
        callback.epoch = epoch

    callback.on_epoch_begin, callback.on_train_batch_end = begin, say
    return callback


def feature_maps(model, image):
    """What each layer makes of one image: a dictionary of layer name -> array without batch axis.

    model: a Keras model with one input; image: one image of the model's input shape, such as
    (28, 28, 1), or (28, 28) without its channel. `ValueError` for another shape.
    """
    wanted, image = model.input_shape[1:], np.asarray(image)
    cells = image[..., np.newaxis] if image.shape == wanted[:2] else image
    if cells.shape != wanted:
        raise ValueError(f"The model wants an image of shape {wanted}; got {image.shape}.")
    keras = quiet_tensorflow().keras
    every_layer = keras.Model(model.inputs, [layer.output for layer in model.layers])
    outputs = every_layer.predict_on_batch(cells[np.newaxis])
    return {layer.name: maps[0] for layer, maps in zip(model.layers, outputs, strict=True)}
