"""Named kernels: the array, the question it asks of every window, and where it comes from.

Typed ones too: `read_weights` makes an array of them.
"""

import numpy as np

MOST_WEIGHTS = 9  # rows or columns of a typed kernel

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


class Kernel:
    """A kernel of the gallery: its `name`, its `weights` (height, width), the question that it
    `asks` of each window, and its `source`.

    The weights are laid on the window as they are written here: nothing is flipped. They are
    `weights` times `share`, and cannot be changed.
    """

    def __init__(self, name, weights, asks="", source="", share=1):
        self.name, self.asks, self.source = name, asks, source
        self.weights = np.array(weights) * share
        self.weights.flags.writeable = False

    def __repr__(self):
        return f"Kernel({self.name!r}, {self.weights.tolist()})"


_KERNELS = (
    Kernel(
        "identity",
        [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "What is in the middle? It copies every pixel.",
        "The 1 of convolution: it changes nothing.",
    ),
    Kernel(
        "box blur",
        np.ones((3, 3)),
        "How bright are the nine pixels on average, each counting the same?",
        "The mean of nine numbers. Pillow: ImageFilter.BoxBlur(1).",
        share=1 / 9,
    ),
    Kernel(
        "Gaussian blur",
        [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
        "How bright are the nine pixels on average, the near ones counting more?",
        "1 2 1 down times 1 2 1 across: whole numbers near the bell curve named after Gauss.",
        share=1 / 16,
    ),
    Kernel(
        "sharpen",
        [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "By how much is the middle brighter than its four neighbours? It adds the four differences "
        "to the middle.",
        "Identity minus Laplacian: a pixel moves away from its neighbours.",
    ),
    Kernel(
        "Sobel x",
        [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        "How much brighter is the right side than the left? Above 0: the right side is brighter. "
        "Below 0: the left.",
        "I. Sobel and G. Feldman, in a talk at the Stanford Artificial Intelligence Project, 1968.",
    ),
    Kernel(
        "Sobel y",
        [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
        "How much brighter is the bottom than the top? Above 0: the bottom is brighter. "
        "Below 0: the top.",
        "Sobel x turned from across to down (Sobel and Feldman, 1968).",
    ),
    Kernel(
        "Laplacian",
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "How much brighter are the four neighbours than the middle, all four differences together?",
        "1 −2 1 across plus 1 −2 1 down, after P.-S. Laplace.",
    ),
    Kernel(
        "emboss",
        [[-1, 0, 0], [0, 1, 0], [0, 0, 0]],
        "How much brighter is the middle than its upper left neighbour?",
        "The weights of Pillow's ImageFilter.EMBOSS, which adds 128 to each sum.",
    ),
    Kernel(
        "edge enhance",
        [[-1, -1, -1], [-1, 10, -1], [-1, -1, -1]],
        "By how much is the middle brighter than its eight neighbours? It adds half of the eight "
        "differences to the middle.",
        "Pillow's ImageFilter.EDGE_ENHANCE.",
        share=1 / 2,
    ),
)

GALLERY = {kernel.name: kernel for kernel in _KERNELS}
"""Well-known kernels by name: each a `Kernel`. They run over a photograph in lesson 5.

>>> GALLERY["Sobel x"].weights.sum()
np.int64(0)
"""


def read_weights(text):
    """Typed weights as an array: a line for each row, spaces or commas between the numbers.

    At most 9 rows and 9 columns; `ValueError` says what cannot be read.

    >>> read_weights("0 1/2\\n-1 2.5")
    array([[ 0. ,  0.5],
           [-1. ,  2.5]])
    >>> read_weights("[[1, 2], [3, 4]]").shape
    (2, 2)
    """
    for mark, plain in (("−", "-"), (",", " "), ("[", " "), ("]", "\n"), (";", "\n")):
        text = text.replace(mark, plain)
    rows = [[_weight(word) for word in line.split()] for line in text.splitlines() if line.strip()]
    if not rows:
        raise ValueError("Type the weights: one line for each row, spaces between the numbers.")
    for place, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise ValueError(
                "Every row needs equally many weights: "
                f"row 1 has {len(rows[0])}, row {place} has {len(row)}."
            )
    if max(len(rows), len(rows[0])) > MOST_WEIGHTS:
        raise ValueError(
            f"A kernel has at most {MOST_WEIGHTS} rows and {MOST_WEIGHTS} columns here; "
            f"this one has {len(rows)} and {len(rows[0])}."
        )
    return np.array(rows)


def _weight(word):
    """2, -1, 0.5 or 1/9 as a number."""
    above, line, below = word.partition("/")
    try:
        value = float(above) / (float(below) if line else 1)
    except (ValueError, ZeroDivisionError):
        value = np.nan
    if np.isnan(value):
        raise ValueError(f"“{word}” is no weight: write numbers such as 2, -1, 0.5 or 1/9.")
    if abs(value) > 1e6:
        raise ValueError(f"“{word}” is too large: a weight goes from -1,000,000 to 1,000,000.")
    return value


def denominator(weights):
    """The smallest d up to 1,000 with which all weights are whole numbers over d, else 1.

    >>> denominator(np.array([0.5, 0.25, 2]))
    4
    """
    times = np.arange(1, 1001)[:, np.newaxis] * np.ravel(weights)
    whole = _nearly(times, np.round(times)).all(axis=1)
    return int(whole.argmax()) + 1 if whole.any() else 1


def _nearly(value, other):
    """Whether two numbers differ by nothing but rounding; only 0 is nearly 0."""
    return np.isclose(value, other, rtol=1e-9, atol=0)


def written(weights):
    """Weights as they can be typed: whole numbers, fractions such as 1/9, or decimals.

    >>> print(written(np.array([[0.5, -1], [0, 2]])))
    1/2 -2/2
    0/2 4/2
    """
    below = denominator(weights)

    def word(weight):
        above = weight * below
        if not _nearly(above, round(above)):
            return repr(float(weight))
        return f"{round(above)}" if below == 1 else f"{round(above)}/{below}"

    return "\n".join(" ".join(map(word, row)) for row in weights)
