"""Questions of lesson 7: MNIST CNN."""

import numpy as np

from ..convolution import output_size
from ..judge import Exercise

PREDICTIONS = {
    "7.learn": {
        "question": "The kernel begins as nine zeros. The target wants the largest sum, 9, where "
        "the window lies in the middle of +. Which weights are below zero after the first step?",
        "options": [
            "the five that form a +",
            "the four in the corners",
            "all nine",
            "none of them",
        ],
        "right": "the five that form a +",
        "answer": "The five that form a +. In the middle they meet the dark pixels, −1. There the "
        "error is by far the largest: the sum is to grow, and a weight that meets −1 makes "
        "it larger by going down. The corner weights meet 1 there: they go up.",
        "next": "Press Step once in the picture below, then press Show the answer.",
    },
    "7.moved": {
        "question": "The network reads nearly all test digits right. Now each of them moves 4 "
        "pixels down and 4 to the right. What happens?",
        "options": [
            "Nearly all are still read right",
            "A few more are read wrong",
            "A large part is read wrong",
            "None is read right any more",
        ],
        "right": "A large part is read wrong",
        "answer": "A large part is read wrong: more than half in our runs, though nearly "
        "all the ink is still in the image. The first maps move "
        "along with the digit, but the last layer has a weight of its own for each place in the "
        "maps, and it learned from digits that stand in the middle.",
        "next": "Run the next cell, then press Show the answer.",
    },
    "7.dense": {
        "question": "The network of 2017 has four layers with weights. Which of them holds most?",
        "options": [
            "the first convolution: 32 filters of 5×5",
            "the second convolution: 64 filters of 5×5×32",
            "the first dense layer: from 7×7×64 numbers to 1,024",
            "the last dense layer: from 1,024 numbers to ten scores",
        ],
        "right": "the first dense layer: from 7×7×64 numbers to 1,024",
        "answer": "The first dense layer. Each of its 1,024 numbers has a weight for each of the "
        "7 × 7 × 64 = 3,136 numbers that come in, and a bias: 1,024 × (3,136 + 1) = 3,212,288. "
        "That is 98 of every 100 numbers in the network. A convolution uses its few weights again "
        "at every place.",
        "next": "Build the network below, then press Show the answer.",
    },
}


def _shapes(stride=2, first="same", pooling="valid", second="same", filters=(8, 8, 16, 16)):
    """Return the four shapes that 7.shapes asks for, or those that a mistake would give."""
    size, shapes = 50, []
    layers = (5, stride, first), (2, 2, pooling), (3, 1, second), (2, 2, pooling)
    for layer, maps in zip(layers, filters, strict=True):
        size = output_size(size, *layer)
        shapes.append([size, size, maps])
    return np.array(shapes)


EXERCISES = {
    "7.shapes": Exercise(
        asks="write four rows of three numbers: height, width and maps after each layer.",
        right=_shapes(),
        why="SAME with stride 2 halves 50 to 25, pooling halves and rounds down, "
        "and there are as many maps as filters.",
        noun="the list of four shapes",
        mistakes=(
            (
                _shapes(first="valid", second="valid"),
                'That is without padding. Both Conv2D have padding="same".',
            ),
            (
                _shapes(second="valid"),
                'The second Conv2D has padding="same" too: stride 1 keeps height and width.',
            ),
            (_shapes(stride=1), "The first Conv2D has strides=2: it halves height and width."),
            (
                _shapes(pooling="same"),
                "MaxPooling2D() adds no padding: a last odd row finds no partner, so 25 gives 12.",
            ),
            (
                _shapes(filters=(8, 8, 8 * 16, 8 * 16)),
                "A filter adds up over all maps that come in: 16 filters make 16 maps, not 8 × 16.",
            ),
            (
                _shapes(filters=(8, 4, 16, 8)),
                "Pooling halves height and width, not the number of maps: it works on each map.",
            ),
            (np.roll(_shapes(), 1, axis=1), "The number of maps stands last, as in TensorFlow."),
            (
                lambda answer: answer.shape == (5, 3),
                "That is one row too many: write what comes out, not the image that goes in.",
            ),
            (
                lambda answer: answer.shape == (4, 4),
                "Leave out the batch axis: three numbers a row.",
            ),
            (
                lambda answer: answer.shape == (4, 2),
                "Each shape has a third number: how many maps there are.",
            ),
        ),
        otherwise="Take one layer at a time: first height and width, then the number of maps.",
        hints=(
            'padding="same" with stride 2: half of the rows, rounded up.',
            "MaxPooling2D(): windows of 2×2, stride 2, no padding: half of the rows, rounded down.",
            "Height and width go 50, 25, 12, 12, 6. Only Conv2D changes the number of maps.",
        ),
    ),
    "7.keep": Exercise(
        asks="write the rate for today's Dropout that does what keep_prob=0.9 did.",
        right=0.1,
        why="Of ten numbers it keeps nine, so it drops one: 1 − 0.9 = 0.1.",
        noun="the rate",
        mistakes=(
            (0.9, "That would drop nine of ten. Today's Dropout wants the share that is dropped."),
            (10, "That is a percentage. The rate is a share between 0 and 1."),
            (90, "That is the percentage kept. The rate is the share that is dropped: 0 to 1."),
            (0.5, "With keep 0.5 it would be 0.5. Here nine of ten numbers are kept."),
            (1 / 0.9, "The kept numbers are multiplied by that. Which share is dropped?"),
            (lambda answer: -0.11 < answer < 0, "A share is not negative."),
        ),
        otherwise="keep_prob is the share that is kept, the rate the share that is dropped.",
        hints=(
            "Take ten numbers. keep_prob=0.9 keeps nine of them.",
            "What is kept and what is dropped add up to 1.",
        ),
    ),
    "7.confused": Exercise(
        asks="write the two digits, as a list such as [1, 4].",
        right=lambda answer: answer.shape == (2,) and set(answer) == {4, 9},
        why="5 fours were read as 9, and 6 nines as 4: 11 together.",
        mistakes=(
            (
                lambda answer: answer.shape == (2,) and set(answer) == {1, 3},
                "Those are rows of the matrix. Which digits stand in these rows?",
            ),
            (
                lambda answer: answer.shape == (2,) and set(answer) == {1, 7},
                "The 8 is the largest single number off the diagonal. But no 1 was read as 7, "
                "and another pair has more when both directions are added.",
            ),
            (
                lambda answer: answer.shape == (2,) and answer[0] == answer[1],
                "The diagonal counts what was read right. Look beside it.",
            ),
            (
                lambda answer: answer.shape == (2,) and set(answer) == {7, 9},
                "7 and 9 were confused 1 + 2 = 3 times. Another pair has more.",
            ),
            (
                lambda answer: answer.size == 1 and answer.item() == 11,
                "That many mistakes are right. Write which two digits they belong to.",
            ),
            (
                lambda answer: answer.shape == (2,) and not set(answer) <= {1, 4, 7, 9},
                "The matrix is about the digits 1, 4, 7 and 9 only.",
            ),
        ),
        otherwise="Add the two numbers that lie opposite each other across the diagonal, "
        "for each pair of digits.",
        hints=(
            "Row by row: what was written. Column by column: what was read.",
            "1 and 7: 0 ones were read as 7, and 8 sevens as 1. That is 8 together.",
            "Do the same for 4 and 9.",
        ),
    ),
}
