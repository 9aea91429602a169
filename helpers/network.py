"""What lesson 7 needs around its Keras code: enough images to learn from.

The network itself and its training stand in the lesson, in plain Keras.
"""

import numpy as np

ENOUGH = 40_000  # images from which a network learns without copies of them
NO_ROOM = (
    "There is too little free memory for the digits. Shut down the kernels of the other lessons "
    "(in JupyterLab: the square symbol at the left edge), restart this one, and run it again."
)
KEPT_BACK = 1_000  # at most, and at most every tenth


def training_set(digits):
    """What a network learns from, and what is kept back, of the training part of an `Mnist`.

    Returns four arrays: images (N, 28, 28, 1) and labels (N,) to learn from, and images and labels
    kept back, with which to see during the training how well it reads digits that it never learns
    from. These are the last tenth of the digits, at most 1,000. The test part is not touched.

    Fewer than 40,000 digits come nine times: as they are, and moved by one pixel in each of the
    eight directions. A network learns more from 3,600 digits with such copies than without. Those
    kept back have no copies, on neither side. `MemoryError`, in a sentence, if there is no room.
    """
    kept = min(KEPT_BACK, len(digits.x_train) // 10)
    images, labels = digits.x_train[..., np.newaxis], digits.y_train
    split = len(images) - kept
    moves = [(0, 0)]
    if split < ENOUGH:
        moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    try:
        copies = [shifted(digits.x_train[:split], *move) for move in moves]
        learned = np.concatenate(copies)[..., np.newaxis]
    except MemoryError:
        raise MemoryError(NO_ROOM) from None
    return learned, np.tile(labels[:split], len(moves)), images[split:], labels[split:]


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
