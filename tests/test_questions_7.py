"""The questions of lesson 7: right answers in any form pass, likely mistakes are named."""

import numpy as np

from helpers.convolution import conv2d
from helpers.exercises import predict, verdict
from helpers.images import PLUS
from helpers.learning import gradient_step

SHAPES = [[25, 25, 8], [12, 12, 8], [12, 12, 16], [6, 6, 16]]

RIGHT = {
    "7.shapes": [SHAPES, [tuple(shape) for shape in SHAPES], np.array(SHAPES, np.uint8)],
    "7.keep": [0.1, 1 - 0.9, [0.1], np.float32(0.1)],
    "7.confused": [[4, 9], (9, 4), np.array([4.0, 9.0])],
}
WRONG = {
    "7.shapes": [
        ([[23, 23, 8], [11, 11, 8], [9, 9, 16], [4, 4, 16]], "without padding"),
        ([[25, 25, 8], [12, 12, 8], [10, 10, 16], [5, 5, 16]], "The second Conv2D"),
        ([[50, 50, 8], [25, 25, 8], [25, 25, 16], [12, 12, 16]], "strides=2"),
        ([[25, 25, 8], [13, 13, 8], [13, 13, 16], [7, 7, 16]], "25 gives 12"),
        ([[25, 25, 8], [12, 12, 8], [12, 12, 128], [6, 6, 128]], "not 8 × 16"),
        ([[25, 25, 8], [12, 12, 4], [12, 12, 16], [6, 6, 8]], "not the number of maps"),
        ([[8, 25, 25], [8, 12, 12], [16, 12, 12], [16, 6, 6]], "stands last"),
        ([[50, 50, 1], *SHAPES], "one row too many"),
        ([[1, *shape] for shape in SHAPES], "batch axis"),
        ([[25, 25], [12, 12], [12, 12], [6, 6]], "third number"),
        ([25, 12, 12, 6], "has shape (4,); the list of four shapes has shape (4, 3)"),
    ],
    "7.keep": [
        (0.9, "would drop nine of ten"),
        (10, "a share between 0 and 1"),
        (90, "the percentage kept"),
        (0.5, "nine of ten numbers are kept"),
        (1 / 0.9, "multiplied"),
        (-0.1, "not negative"),
        (0.2, "the share that is dropped"),
        ("0.1", "without quotes"),
    ],
    "7.confused": [
        ([1, 3], "rows of the matrix"),
        ([7, 1], "both directions are added"),
        ([4, 4], "The diagonal"),
        ([7, 9], "Another pair has more"),
        (11, "which two digits"),
        ([2, 3], "1, 4, 7 and 9 only"),
        ([1, 4], "across the diagonal"),
    ],
}


def test_confused_pair_is_what_a_plain_count_finds():
    digits = [1, 4, 7, 9]
    confusion = np.array([[50, 0, 0, 0], [1, 44, 0, 5], [8, 0, 41, 1], [0, 6, 2, 42]])
    both = {
        (digits[i], digits[j]): confusion[i, j] + confusion[j, i]
        for i in range(4)
        for j in range(i)
    }
    assert sorted(both.values())[-2:] == [8, 11]
    assert verdict("7.confused", max(both, key=both.get))[0]
    off = confusion * (1 - np.eye(4, dtype=int))
    assert np.unravel_index(off.argmax(), off.shape) == (2, 0)  # 7 read as 1: the tempting one


def test_learn_prediction_says_what_the_first_step_does():
    small_plus = np.array([[1, -1, 1], [-1, -1, -1], [1, -1, 1]])
    target = conv2d(PLUS, small_plus)
    assert target.tolist() == [[-3, 1, -3], [1, 9, 1], [-3, 1, -3]]
    kernel, _ = gradient_step(PLUS, np.zeros((3, 3)), target, 0.2)
    assert (np.sign(kernel) == small_plus).all()
    assert predict("7.learn").right == "the five that form a +"


def test_dense_prediction_says_what_the_arithmetic_says():
    weights = [32 * (25 + 1), 64 * (25 * 32 + 1), 1024 * (7 * 7 * 64 + 1), 10 * (1024 + 1)]
    assert weights == [832, 51_264, 3_212_288, 10_250] and sum(weights) == 3_274_634
    question = predict("7.dense")
    assert question.right == question.options[weights.index(max(weights))]
    assert f"{max(weights):,}" in question.answer
    assert round(max(weights) / sum(weights) * 100) == 98 and "98 of every 100" in question.answer
