"""Named kernels: the array, the question it asks of every window, and where it comes from."""

import numpy as np

HORIZONTAL_BAR = np.array(
    [
        [1, 1, 1],
        [-1, -1, -1],
        [1, 1, 1],
    ]
)
"""Asks: is there a dark bar, one pixel high, with light above and below? Made for this course."""

VERTICAL_BAR = HORIZONTAL_BAR.T.copy()
"""The same question for an upright bar."""

ALL_ONES_2X2 = np.ones((2, 2), dtype=int)
"""Asks: how much is here altogether? It adds the four pixels."""

COUNTING_KERNEL = np.arange(9).reshape(3, 3)
"""0, 1, ... 8, row by row: no question worth asking, but every product can be told apart."""

for _kernel in (HORIZONTAL_BAR, VERTICAL_BAR, ALL_ONES_2X2, COUNTING_KERNEL):
    _kernel.flags.writeable = False
