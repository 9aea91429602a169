"""Questions of lesson 3: stride."""

import math

from ..convolution import output_size
from ..judge import Exercise, FunctionExercise

PREDICTIONS = {
    "3.five": {
        "question": "The image is 5×5, the kernel 3×3. With stride 1 the map is 3×3. "
        "How large is it with stride 2?",
        "options": ["1×1", "1.5×1.5", "2×2", "3×3, with gaps"],
        "right": "2×2",
        "answer": "2×2. The window starts in columns 0 and 2, and in rows 0 and 2. "
        "A start in column 4 would not fit: the window would need columns 4, 5 and 6.",
    },
    "3.grows": {
        "question": "25×25 pixels, a 5×5 kernel and stride 2 give a map of 11×11. "
        "What do 26×26 pixels give?",
        "options": ["11×11", "11.5×11.5", "12×12", "an error: it does not divide evenly"],
        "right": "11×11",
        "answer": "11×11 again. The window still fits at pixel 26 − 5 = 21, and 21 / 2 = 10.5. "
        "Rounded down that is 10 steps, so there are 11 places. No window reaches the last row "
        "or the last column.",
    },
}


def _all(value):
    """A test: the answer holds this value and nothing else, once or for rows and columns."""
    return lambda answer: answer.size in (1, 2) and bool((abs(answer - value) < 1e-6).all())


def _span(k, dilation):
    return (k - 1) * dilation + 1


_CASES = (  # n, k, stride, dilation: from small to large
    (3, 3, 1, 1),
    (4, 2, 1, 1),
    (5, 3, 2, 1),
    (5, 2, 1, 2),
    (5, 3, 1, 2),
    (6, 3, 2, 1),
    (7, 1, 3, 4),
    (7, 3, 1, 3),
    (9, 4, 2, 2),
    (11, 3, 2, 2),
    (26, 5, 2, 1),
    (28, 3, 2, 3),
    (32, 5, 7, 2),
)

EXERCISES = {
    "3.size": Exercise(
        asks="write the number of columns in place of None.",
        right=_all(13),
        why="The window still fits at pixel 28 − 3 = 25. 25 / 2 is 12.5, rounded down 12, "
        "and the place where the window begins makes 13.",
        mistakes=(
            (_all(12), "These are the steps. The place where the window begins counts too: add 1."),
            (_all(12.5), "Half a step is no step: round down. Then add 1."),
            (_all(13.5), "Round down before you add 1: there are no half places."),
            (
                _all(14),
                "14 is 28 / 2, or 12.5 rounded up to 13 and 1 more. The window stays "
                "inside the image: begin with 28 − 3, and round down.",
            ),
            (_all(26), "That is the map of stride 1. Here the window moves by 2."),
            (
                _all(25),
                "25 is the last pixel at which the window fits. How many steps of 2 fit into that?",
            ),
        ),
        otherwise="Use ⌊(n − k) / stride⌋ + 1 with n = 28, k = 3 and stride 2.",
        hints=(
            "n is 28, k is 3. Which is the last pixel at which the window still fits?",
            "28 − 3 = 25. How many steps of 2 fit into 25?",
            "12 steps fit. The window also stands where it begins.",
        ),
    ),
    "3.largest": Exercise(
        asks="write the largest stride whose map is 2 by 2.",
        right=2,
        why="With stride 2 the window starts in columns 0 and 2. With stride 3 the second start "
        "would be column 3, and the window would need column 5.",
        mistakes=(
            (1, "Stride 1 gives 3 by 3. Take larger steps."),
            (
                3,
                "With stride 3 the second start is column 3. The window would need columns 3, 4 "
                "and 5, and the last column is 4.",
            ),
            (4, "With stride 4 the second start is column 4. Only one column is left for it."),
            (5, "With stride 5 the second window would begin outside the image."),
        ),
        otherwise="Try the strides 1, 2, 3 in the first picture.",
        hints=(
            "Two places in a row: the first starts at 0, the second at the stride.",
            "The window still fits at pixel 5 − 3, and no further.",
        ),
    ),
    "3.seven": Exercise(
        asks="write the number of columns of the map.",
        right=_all(1),
        why="The window's first place needs no step, so there is at least one place at "
        "any stride. The next would begin at column 7.",
        mistakes=(
            (_all(0), "The window's first place needs no step. It stands there at any stride."),
            (_all(2 / 7), "2 / 7 is rounded down to 0 steps. Then add 1 for the first place."),
            (_all(2), "A second window would begin at column 7, and the last column is 4."),
            (_all(3), "That is the map of stride 1."),
            (_all(5), "That is the image. How many windows of 3 start inside it, 7 apart?"),
        ),
        otherwise="Use ⌊(n − k) / stride⌋ + 1 with n = 5, k = 3 and stride 7.",
        hints=(
            "The formula: ⌊(5 − 3) / 7⌋ + 1.",
            "2 / 7 is less than 1. Rounded down it is 0.",
        ),
    ),
    "3.places": FunctionExercise(
        asks="give the name of your function, without brackets.",
        reference=lambda n, k, stride, dilation: output_size(n, k, stride, dilation=dilation),
        arguments=("n", "k", "stride", "dilation"),
        cases=_CASES,
        lesson_case=(5, 3, 2, 1),
        why="The span takes the place of k, and all else stays as it was.",
        mistakes=(
            (
                lambda n, k, stride, dilation: (n - k * dilation) // stride + 1,
                "Your kernel spans k times dilation pixels. It is k − 1 moves from the first "
                "weight to the last, and one pixel more.",
            ),
            (
                lambda n, k, stride, dilation: (n - (k - 1) * dilation) // stride + 1,
                "Your span lacks one pixel: k − 1 moves lead from the first pixel to the last, "
                "and the first counts too.",
            ),
            (
                lambda n, k, stride, dilation: (n - _span(k, dilation)) // stride,
                "These are the steps. The place where the window begins counts too: add 1.",
            ),
            (
                lambda n, k, stride, dilation: (n - _span(k, dilation)) / stride + 1,
                "Round down: divide with //, not with /.",
            ),
            (
                lambda n, k, stride, dilation: math.ceil((n - _span(k, dilation)) / stride) + 1,
                "You round up. The last window would not fit: round down, with //.",
            ),
            (
                lambda n, k, stride, dilation: n - _span(k, dilation) + 1,
                "The stride is missing: these are the places of stride 1.",
            ),
            (
                lambda n, k, stride, dilation: _span(k, dilation),
                "That is the span. Give the number of places.",
            ),
        ),
        only_where=(
            (
                lambda n, k, stride, dilation: dilation != 1,
                "It is right for dilation 1 and wrong for others. "
                "With dilation the kernel spans more than k pixels.",
            ),
            (
                lambda n, k, stride, dilation: (n - _span(k, dilation)) % stride != 0,
                "It is right where the steps divide without remainder, and wrong elsewhere. "
                "Round down, with //.",
            ),
        ),
        hints=(
            "From the first weight to the last it is k − 1 moves, each as long as the dilation.",
            "3 weights with dilation 2 span (3 − 1) × 2 + 1 = 5 pixels.",
            "span = (k - 1) * dilation + 1",
        ),
    ),
}
