"""The toy images that run through the whole course.

Each is a NumPy array of shape (height, width), small enough to check by hand. The 5x5 letters are
coded -1 for black and +1 for white.
"""

import numpy as np

X = np.array(
    [
        [-1, 1, 1, 1, -1],
        [1, -1, 1, -1, 1],
        [1, 1, -1, 1, 1],
        [1, -1, 1, -1, 1],
        [-1, 1, 1, 1, -1],
    ]
)

PLUS = np.array(
    [
        [1, 1, -1, 1, 1],
        [1, 1, -1, 1, 1],
        [-1, -1, -1, -1, -1],
        [1, 1, -1, 1, 1],
        [1, 1, -1, 1, 1],
    ]
)

MINUS = np.array(
    [
        [1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1],
        [-1, -1, -1, -1, -1],
        [1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1],
    ]
)

EQUALS = np.array(
    [
        [1, 1, 1, 1, 1],
        [-1, -1, -1, -1, -1],
        [1, 1, 1, 1, 1],
        [-1, -1, -1, -1, -1],
        [1, 1, 1, 1, 1],
    ]
)

DIAGONAL = np.eye(4, dtype=int)  # 4x4: 1 on the main diagonal, else 0
COUNTING = np.arange(25).reshape(5, 5)  # 5x5: 0, 1, 2, ... 24, row by row
NINE = np.arange(1, 10).reshape(3, 3)  # 3x3: 1, 2, 3, ... 9, row by row

# A reader must not be able to change a toy image for the rest of the lesson by accident.
for _image in (X, PLUS, MINUS, EQUALS, DIAGONAL, COUNTING, NINE):
    _image.flags.writeable = False
