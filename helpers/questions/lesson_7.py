"""Questions of lesson 7: MNIST CNN."""

import numpy as np

from ..convolution import output_size
from ..judge import Exercise

PREDICTIONS = {
    "7.layers": {
        "question": "Which of these four layers has the most weights?",
        "options": [
            "the first Conv2D, 16 filters of 5x5",
            "the second Conv2D, 32 filters of 3x3",
            "the third Conv2D, 64 filters of 3x3",
            "the last layer, Dense, 10 scores",
        ],
        "right": "the third Conv2D, 64 filters of 3x3",
        "answer": "The third Conv2D. 32 maps come in, so each of its 64 filters holds 32 kernels "
        "of 3x3 and one bias: 64 × (3 × 3 × 32 + 1) = 18,496. The dense layer has 5,770, because "
        "pooling has left only 3x3 numbers of each map.",
        "next": "Build the network below, then press Show the answer.",
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
        "answer": "A large part is read wrong: more than half in our runs. The feature maps move "
        "along with the digit, but the last layer has a weight of its own for each place in the "
        "maps, and it learned from digits that stand in the middle.",
        "next": "Run the next cell, then press Show the answer.",
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


def _weights(filters=20, height=5, width=5, maps=16, bias=1):
    return filters * (height * width * maps + bias)


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
            "MaxPooling2D(): windows of 2x2, stride 2, no padding: half of the rows, rounded down.",
            "Height and width go 50, 25, 12, 12, 6. Only Conv2D changes the number of maps.",
        ),
    ),
    "7.weights": Exercise(
        asks="write how many weights and biases Conv2D(20, 5) has for 16 maps.",
        right=_weights(),
        why="Each of the 20 filters has a 5x5 kernel for each of the 16 maps, and one bias: "
        "20 × (5 × 5 × 16 + 1).",
        noun="the number of weights and biases",
        mistakes=(
            (_weights(bias=0), "The biases are missing: one for each of the 20 filters."),
            (_weights(maps=1), "A filter has one kernel for each of the 16 maps that come in."),
            (
                _weights(maps=1, bias=0),
                "Each filter has a kernel for each of the 16 maps, and a bias.",
            ),
            (_weights(filters=1), "That is one filter. There are 20."),
            (_weights(bias=16), "A filter has one bias, not one for each of its kernels."),
            (_weights(bias=0) + 1, "Each of the 20 filters has a bias of its own, not all one."),
            (_weights(width=1), "5 stands for 5 rows and 5 columns: a kernel has 25 weights."),
            (_weights(filters=16, maps=20), "16 maps come in, and 20 filters make 20 maps."),
            (_weights(height=3, width=3), "The kernels are 5x5 here, not 3x3."),
        ),
        otherwise="Count one filter first, then take it 20 times.",
        hints=(
            "filters × (rows × columns × maps that come in + 1 bias)",
            "One filter has 5 × 5 × 16 weights and one bias: 401 numbers.",
        ),
    ),
}
