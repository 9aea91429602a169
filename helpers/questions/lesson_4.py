"""Questions of lesson 4: padding."""

import numpy as np

from ..convolution import conv2d, same_padding
from ..judge import Exercise, FunctionExercise

PREDICTIONS = {
    "4.corner": {
        "question": "The image is the diagonal of ones with a ring of zeros, the kernel the "
        "diagonal of three ones. What does the first window write, the one in the top left corner?",
        "options": ["0", "1", "2", "3"],
        "right": "2",
        "answer": "2. The kernel's three ones lie on the padding cell in the corner and on the "
        "first two ones of the image: 0 + 1 + 1.",
    },
    "4.where": {
        "question": "The image 1 to 9 and the kernel of 2×2 ones, with SAME padding: one row and "
        "one column of zeros are needed. Where does TensorFlow put them?",
        "options": [
            "at the top and on the left",
            "at the bottom and on the right",
            "half on each side",
            "one on all four sides",
        ],
        "right": "at the bottom and on the right",
        "answer": "At the bottom and on the right. SAME halves the missing cells and rounds down "
        "for the side before the image: half of one, rounded down, is none.",
    },
}

_ONES = conv2d(np.ones((4, 4)), np.ones((3, 3)), padding="same")


def _holds(*wanted):
    """A test: three numbers, these in this order."""
    return lambda answer: answer.shape == (3,) and bool((abs(answer - wanted) < 1e-6).all())


def _sides(total):
    return total // 2, total - total // 2


def _missing(n, k, stride):
    return max((-(-n // stride) - 1) * stride + k - n, 0)


_CASES = (  # n, k, stride: from small to large
    (3, 3, 1),
    (3, 2, 1),
    (4, 3, 2),
    (5, 3, 2),
    (5, 1, 3),
    (6, 4, 1),
    (6, 2, 2),
    (7, 4, 2),
    (7, 5, 3),
    (9, 3, 4),
    (10, 5, 1),
    (11, 2, 3),
    (28, 3, 2),
)

EXERCISES = {
    "4.pads": Exercise(
        asks="write the number of columns, and the zeros before and after a row.",
        right=(14, 0, 1),
        why="28 / 2 = 14 places are 13 steps of 2. The windows need 26 + 3 = 29 cells. One is "
        "missing, and it goes after.",
        noun="the answer",
        mistakes=(
            (
                _holds(14, 1, 0),
                "One zero is missing, that is right. TensorFlow puts it after the row.",
            ),
            (
                _holds(14, 1, 1),
                "Only one cell is missing: 13 steps of 2, and 3 more, are 29. "
                "(k − 1) / 2 is no rule where there is a stride.",
            ),
            (_holds(14, 0.5, 0.5), "There is no half zero. It goes after the row."),
            (
                _holds(28, 0, 1),
                "The zeros are right. With stride 2 there is one place for every two pixels.",
            ),
            (
                _holds(28, 1, 1),
                "That is stride 1. With stride 2 the window has one place for every two pixels.",
            ),
            (
                _holds(13, 0, 0),
                "That is VALID, the map without padding. SAME asks for 28 / 2 places.",
            ),
            (
                _holds(13, 0, 1),
                "The zeros are right. 13 is the number of steps; there is one place more.",
            ),
            (_holds(14, 0, 0), "14 places need 13 × 2 + 3 = 29 cells. There are 28."),
            (
                lambda answer: answer.shape == (3,) and answer[0] == 15,
                "28 / 2 is 14, and that is the number of places already: add nothing.",
            ),
        ),
        otherwise="Take the four steps: places, cells needed, cells missing, half before.",
        hints=(
            "28 / 2 places. That is the number of columns.",
            "14 places are 13 steps of 2. Where does the last window start, and where does it end?",
            "26 + 3 = 29 cells are needed, and there are 28. Half of one, rounded down, is 0.",
        ),
    ),
    "4.ones": Exercise(
        asks="write the feature map as four rows of four numbers.",
        right=_ONES,
        why="At the corners five of the nine cells are padding, along the edges three, and inside "
        "none.",
        noun="the feature map",
        mistakes=(
            (
                np.full((4, 4), 9),
                "9 is right inside. Near the edge some of the nine cells are zeros.",
            ),
            (
                np.full((2, 2), 9),
                "That is the map without padding. With SAME it is as large as the image.",
            ),
            (
                conv2d(np.ones((4, 4)), np.ones((3, 3)), padding=((0, 2), (0, 2))),
                "You put both zeros after the image. Two are missing: one goes before, one after.",
            ),
            (
                _ONES / 9,
                "You divided by 9. The kernel is nine ones: only add.",
            ),
            (
                np.where(_ONES == 9, 9, 6),
                "Along the edges 6 is right. At a corner the window hangs over two edges.",
            ),
            (
                np.where(_ONES == 9, 9, 4),
                "At the corners 4 is right. Along an edge only three of the nine cells are zeros.",
            ),
            (
                9 - _ONES,
                "You counted the zeros. Add up the ones: nine cells without the padding.",
            ),
            (
                lambda answer: answer.size == 1,
                "That is one number. Write four rows of four.",
            ),
            (
                lambda answer: answer.shape == (6, 6),
                "That is the size of the image with its zeros. The window finds 4 by 4 places.",
            ),
        ),
        otherwise="Count for each window how many of its nine cells lie inside the image.",
        hints=(
            "The window stands with its middle on each pixel in turn.",
            "With its middle on a corner pixel, 2 by 2 of its cells lie inside the image.",
            "On an edge, 2 by 3 cells lie inside; elsewhere 3 by 3.",
        ),
    ),
    "4.every": Exercise(
        asks="write True or False, first for 5 by 5, then for 6 by 6.",
        right=(1, 0),
        why="For 5 by 5 both strides pad one row and one column on each side. For 6 by 6 stride 1 "
        "pads (1, 1) and stride 2 pads (0, 1), so that every window stands one pixel further on.",
        mistakes=(
            (
                (1, 1),
                "Compute both maps for 6 by 6 and compare their first numbers: 366 and 103.",
            ),
            ((0, 0), "For 5 by 5 the two maps are equal. Did you pad both with same?"),
            (
                (0, 1),
                "It is the other way round. For which of the two sizes do both strides pad alike?",
            ),
        ),
        otherwise="Give two values, True or False: first for COUNTING, then for six.",
        hints=(
            "agree(conv2d(COUNTING, COUNTING_KERNEL, stride=2, padding='same'), "
            "conv2d(COUNTING, COUNTING_KERNEL, padding='same')[::2, ::2])",
            "Look at same_padding(5, 3, 1) and same_padding(5, 3, 2), then at those of 6.",
        ),
    ),
    "4.mend": FunctionExercise(
        asks="give the name of your function, without brackets.",
        reference=same_padding,
        arguments=("n", "k", "stride"),
        cases=_CASES,
        lesson_case=(28, 3, 1),
        why="It counts the missing cells: half of them, rounded down, go before, the rest after.",
        mistakes=(
            (
                lambda n, k, stride: ((k - 1) // 2, k - 1 - (k - 1) // 2),
                "Even kernels are right now. The stride is still missing: with larger steps "
                "often fewer zeros are needed.",
            ),
            (
                lambda n, k, stride: _sides(_missing(n, k, stride))[::-1],
                "A zero that is left over stands before. TensorFlow puts it after.",
            ),
            (
                lambda n, k, stride: _sides(max((n // stride - 1) * stride + k - n, 0)),
                "Round n / stride up, not down, for the number of places.",
            ),
            (
                lambda n, k, stride: _sides((-(-n // stride) - 1) * stride + k - n),
                "For some sizes your padding is negative. Where nothing is missing it is 0: "
                "use max(..., 0).",
            ),
            (
                lambda n, k, stride: _sides(max(-(-n // stride) * stride + k - n, 0)),
                "4 places are 3 steps. Take 1 from the places before you multiply.",
            ),
            (
                lambda n, k, stride: (_missing(n, k, stride) / 2, _missing(n, k, stride) / 2),
                "There are no half zeros: round down for the side before, and give the rest "
                "to the side after.",
            ),
            (
                lambda n, k, stride: (_missing(n, k, stride) // 2, _missing(n, k, stride) // 2),
                "If an odd number is missing, one zero is lost: the side after gets the rest.",
            ),
        ),
        only_where=(
            (
                lambda n, k, stride: stride != 1,
                "It is right for stride 1 and wrong for others. Count the places, ⌈n / stride⌉, "
                "and the cells that they need.",
            ),
            (
                lambda n, k, stride: stride != 1 or k % 2 == 0,
                "It is right for odd kernels and stride 1, and wrong for others. "
                "Follow the four steps of section 3.",
            ),
        ),
        hints=(
            "The four steps: places, cells needed, cells missing, half of them before.",
            "places = int(np.ceil(n / stride)), and needed = (places - 1) * stride + k",
            "total = max(needed - n, 0). Before: total // 2. After: total - total // 2.",
        ),
    ),
}
