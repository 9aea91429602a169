"""Questions of lesson 5: filters and channels."""

import numpy as np

from ..convolution import conv2d
from ..images import PLUS
from ..judge import Exercise
from ..kernels import HORIZONTAL_BAR, VERTICAL_BAR

PREDICTIONS = {
    "5.ten": {
        "question": "Edge enhance has a 10 in the middle and a −1 in each of the eight places "
        "round it, and the sum is halved. Somebody copies it, forgets the −1s, and runs the 10 "
        "alone, halved, over the photograph. What does the picture look like?",
        "options": [
            "The same, with stronger edges",
            "Only the edges are left",
            "5 times as bright everywhere, edges or not",
            "10 times as bright everywhere, edges or not",
        ],
        "right": "5 times as bright everywhere, edges or not",
        "answer": "5 times as bright everywhere, edges or not. A single weight looks at no "
        "neighbour, so it cannot tell an edge from a flat surface. It multiplies each pixel by "
        "10/2 = 5. "
        "Each number of 51 or more comes out at 255 or more and is drawn as 255: where that "
        "happens in all three channels, the picture is white.",
        "next": "Try it in the picture below (number 2), then press Show the answer.",
    },
    "5.maps": {
        "question": "An image has three channels, R, G and B. One filter, with a slice for each "
        "channel, slides over it. How many feature maps does it write?",
        "options": ["1", "3", "9", "27"],
        "right": "1",
        "answer": "1. Each slice makes a partial map, but the three are added, cell by cell. "
        "At each place one filter writes one number, however many channels the image has.",
    },
    "5.numbers": {
        "question": "Six filters of 5 by 5 run over an image of 32 rows, 32 columns and 3 "
        "channels. How many numbers, weights and biases together, do they hold?",
        "options": ["150", "156", "450", "456", "4,704"],
        "right": "456",
        "answer": "456. A filter has a slice of 5 × 5 for each of the 3 channels, 75 weights, and "
        "one bias. Six times 76 is 456. 450 forgets the biases, 156 forgets that a "
        "filter has three slices, 150 forgets both. "
        "4,704 is how many numbers the six maps hold: the size of the image makes the maps "
        "larger, not the filters.",
        "next": "Run the next cell, then press Show the answer.",
    },
    "5.emboss": {
        "question": "Emboss makes a photograph look like a relief, lit from one side. The same "
        "nine weights run in TensorFlow and in Pillow. How do the two reliefs differ?",
        "options": [
            "Not at all",
            "One is lit from the left, the other from the right",
            "One is lit from the top, the other from the bottom",
            "They lie a pixel apart",
        ],
        "right": "One is lit from the top, the other from the bottom",
        "answer": "One is lit from the top, the other from the bottom. Pillow lays a kernel upside "
        "down, but does not exchange left and right. TensorFlow subtracts the pixel above to the "
        "left, Pillow the one below to the left. See bright things as raised: bright edges "
        "face the light, which comes from the top left in TensorFlow and from the bottom left in "
        "Pillow.",
        "next": "Run the next cell, then press Show the answer.",
    },
}

SLASH = 1 - 2 * np.eye(5, dtype=int)[:, ::-1]
"""The 5x5 image /: -1 on its bar, +1 elsewhere."""


def _scores(weights):
    """The highest number that a 3x3 kernel of -1 and +1 scores on / and on +."""
    weights = weights.squeeze()
    if weights.shape != (3, 3) or not np.isin(weights, (-1, 1)).all():
        raise ValueError("no 3x3 kernel of -1 and +1")
    return conv2d(SLASH, weights).max(), conv2d(PLUS, weights).max()


def _is(kernel):
    return lambda answer: np.array_equal(answer.squeeze(), kernel)


def _finds_slash(weights):
    slash, plus = _scores(weights)
    return slash == 9 and plus <= 1


EXERCISES = {
    "5.parameters": Exercise(
        asks="write how many numbers, weights and biases, the layer holds.",
        right=64 * (5 * 5 * 32 + 1),
        why="Each of the 64 filters has 5 × 5 weights for each of the 32 maps that come in, "
        "and one bias: 64 × (5 × 5 × 32 + 1).",
        noun="the number of weights and biases",
        mistakes=(
            (64 * 5 * 5 * 32, "The biases are missing: one for each of the 64 filters."),
            (
                64 * 5 * 5 * 32 + 1,
                "Each of the 64 filters has a bias of its own: they do not share one.",
            ),
            (
                64 * (5 * 5 + 1),
                "A filter has one 5×5 slice for each of the 32 maps that come in, not one in all.",
            ),
            (
                64 * 5 * 5,
                "A filter has one 5×5 slice for each of the 32 maps that come in, and a bias.",
            ),
            (5 * 5 * 32 + 1, "That is one filter. There are 64."),
            (5 * 5 * 32, "That is one filter without its bias. There are 64 filters."),
            (
                64 * 32 * (5 * 5 + 1),
                "A filter has one bias, not one for each of its 32 slices: "
                "the bias is added once, after the sum.",
            ),
            (
                64 * 5 * 5 * 32 + 32,
                "There are 64 biases, one for each filter: the 32 is the number of maps coming in.",
            ),
            (64 * (5 * 32 + 1), "5×5 means 5 rows and 5 columns: a slice has 25 weights."),
            (
                64 * (5 * 5 * 3 + 1),
                "3 slices would be right for an RGB image. Here 32 maps come in.",
            ),
        ),
        otherwise="Count one filter first: its slices, its weights, its bias. Then take it 64 "
        "times.",
        hints=(
            "filters × (rows × columns × maps that come in + 1 bias)",
            "One filter has 5 × 5 × 32 = 800 weights.",
            "With its bias one filter holds 801 numbers. There are 64 of them.",
        ),
    ),
    "5.flat": Exercise(
        asks="write two numbers in brackets, one for each kernel.",
        right=[100, 0],
        why="Every pixel of the window is 100, so the sum is 100 × (sum of the weights): "
        "100 × 1 and 100 × 0. The second kernel sees differences only, and there are none.",
        noun="the answer",
        tolerance=0.01,
        mistakes=(
            ([0, 100], "The order is turned round: the first kernel is the one that sums to 1."),
            ([1, 0], "1 and 0 are the sums of the weights. Each is multiplied by the 100."),
            (
                [900, 0],
                "900 would be nine weights of 1. The weights of the first kernel sum to 1, not 9.",
            ),
            (
                [100, 100],
                "A kernel whose weights sum to 0 does not keep the brightness: 100 × 0 is 0.",
            ),
            ([0, 0], "The first kernel does not make a flat image black: its weights sum to 1."),
            ([400, 0], "400 is the four ones. The −3 in the middle takes 300 away again."),
            (
                lambda answer: any(np.allclose(answer, [100, one]) for one in (400, -400, 800)),
                "The weights of the second kernel sum to 0: what it adds it also takes away.",
            ),
            (lambda answer: answer.size == 1, "Two numbers are wanted, one for each kernel."),
            (
                lambda answer: answer.ndim > 1,
                "Write one number for each kernel: all cells of a map are the same here.",
            ),
        ),
        otherwise="Every pixel is 100. Take the 100 out: 100 × (sum of the weights).",
        hints=(
            "100 times a, plus 100 times b, is 100 times (a + b).",
            "Another kernel of sum 1, to try: conv2d(np.full((5, 5), 100), np.ones((3, 3)) / 9).",
            "The result is 100 times the sum of the weights.",
        ),
    ),
    "5.design": Exercise(
        asks="write three rows of three weights, each −1 or +1.",
        right=_finds_slash,
        why="Somewhere on / all nine pixels agree with your weights, and no window of + agrees "
        "with more than five of them.",
        mistakes=(
            (
                _is(VERTICAL_BAR),
                "That asks for an upright bar. It scores 3 on / and 5 on +.",
            ),
            (
                _is(HORIZONTAL_BAR),
                "That asks for a flat bar. It scores 3 on / and 5 on +.",
            ),
            (
                _is(SLASH[::-1][1:4, 1:4]),
                "Your bar leans the other way: \\ instead of /. It scores 5 on /. "
                "In row 0 of / the dark pixel is on the right.",
            ),
            (
                _is(-SLASH[1:4, 1:4]),
                "All signs are reversed: you ask for a bright bar on dark. Where the image is "
                "dark, −1, write −1.",
            ),
            (
                _is(np.ones((3, 3))),
                "Nine times +1 asks for a window that is light all over. It scores 7 on /.",
            ),
            (
                lambda answer: _scores(answer)[0] == 9,
                "It scores 9 on /, but 3 on +. Lay the bar through the middle of the window.",
            ),
            (
                lambda answer: _scores(answer)[1] <= 1,
                "It scores at most 1 on +, but less than 9 on /. For 9 all nine pixels of a window "
                "must agree: copy a window of /.",
            ),
            (
                lambda answer: answer.squeeze().shape == (5, 5),
                "That has 5 rows of 5, like the image. The kernel has 3 rows of 3.",
            ),
            (
                lambda answer: answer.squeeze().shape == (3, 3),
                "Every weight must be −1 or +1.",
            ),
            (
                lambda answer: answer.size == 9,
                "Those are nine numbers, but not in three rows: [[a, b, c], [d, e, f], [g, h, i]].",
            ),
            (
                lambda answer: answer.squeeze().shape != (3, 3),
                "Three rows of three weights are wanted.",
            ),
        ),
        otherwise="Lay your kernel on the middle of / and count where they agree.",
        hints=(
            "A sum of nine products of +1 and −1 is 9 only if window and kernel agree everywhere.",
            "So the kernel is a 3×3 piece of the image /.",
            "Take the piece in the middle: rows 1 to 3, columns 1 to 3.",
        ),
    ),
}
