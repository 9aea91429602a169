"""The questions of lesson 5: right answers in any form pass, likely mistakes are named."""

import numpy as np

from helpers.convolution import conv2d
from helpers.images import PLUS, X
from helpers.kernels import GALLERY, HORIZONTAL_BAR, VERTICAL_BAR
from helpers.questions.lesson_5 import EXERCISES, PREDICTIONS, SLASH
from helpers.reference import quiet_tensorflow

FLAT = np.full((5, 5), 100)
MIDDLE = [[1, 1, -1], [1, -1, 1], [-1, 1, 1]]

RIGHT = {
    "5.parameters": [51264, 51264.0, [51264], np.int64(64) * 801],
    "5.flat": [
        [100, 0],
        (100.0, 0.0),
        np.array([[100], [0]]),
        [conv2d(FLAT, GALLERY[k].weights)[1, 1] for k in ("Gaussian blur", "Laplacian")],
        [conv2d(FLAT, np.ones((3, 3), np.float32) / np.float32(9))[0, 0], 1e-5],
    ],
    "5.design": [
        MIDDLE,
        np.array(MIDDLE, dtype=float),
        SLASH[1:4, 1:4],
        np.array(MIDDLE)[:, :, np.newaxis, np.newaxis],
        [[-1, 1, 1], [1, 1, 1], [1, 1, 1]],
    ],
}
WRONG = {
    "5.parameters": [
        (51200, "biases are missing"),
        (51201, "bias of its own"),
        (1664, "for each of the 32 maps that come in, not one in all"),
        (1600, "and a bias"),
        (801, "That is one filter."),
        (800, "without its bias"),
        (53248, "added once"),
        (51232, "There are 64 biases"),
        (64 * 161, "25 weights"),
        (64 * 76, "RGB"),
        (7, "Count one filter first"),
        ("51264", "text"),
    ],
    "5.flat": [
        ([0, 100], "order"),
        ([1, 0], "sums of the weights"),
        ([900, 0], "not 9"),
        ([100, 100], "does not keep"),
        ([0, 0], "black"),
        ([400, 0], "takes 300 away"),
        ([100, 400], "takes away"),
        ([100, 800.0], "takes away"),
        (100, "Two numbers"),
        ([[100, 100], [0, 0]], "one number for each kernel"),
        ([7, 8], "Take the 100 out"),
    ],
    "5.design": [
        (VERTICAL_BAR, "upright"),
        (HORIZONTAL_BAR, "flat bar"),
        (X[1:4, 1:4], "at most 1"),
        (np.array(MIDDLE)[::-1], "leans the other way"),
        (-np.array(MIDDLE), "All signs are reversed"),
        (np.ones((3, 3)), "light all over"),
        ([[1, -1, 1], [-1, 1, 1], [1, 1, 1]], "scores 9 on /, but 3 on +"),
        (SLASH, "The kernel has 3 rows"),
        (np.array(MIDDLE) / 9, "must be −1 or +1"),
        ([[0, 0, -1], [0, -1, 0], [-1, 0, 0]], "must be −1 or +1"),
        ([1, 1, -1, 1, -1, 1, -1, 1, 1], "three rows"),
        ([[1, -1], [-1, 1]], "Three rows of three"),
    ],
}


def test_the_scores_in_the_sentences_are_true():
    def scores(kernel):
        return conv2d(SLASH, kernel).max(), conv2d(PLUS, kernel).max()

    assert scores(MIDDLE) == (9, 1)
    assert scores(VERTICAL_BAR) == scores(HORIZONTAL_BAR) == (3, 5)
    assert scores(np.array(MIDDLE)[::-1])[0] == 5
    assert scores(np.ones((3, 3)))[0] == 7
    assert scores([[1, -1, 1], [-1, 1, 1], [1, 1, 1]]) == (9, 3)


def test_keras_counts_the_same_parameters():
    layer = quiet_tensorflow().keras.layers.Conv2D(64, 5)
    layer.build((None, 14, 14, 32))
    assert layer.count_params() == EXERCISES["5.parameters"].right


def test_the_numbers_of_the_prediction_are_true():
    layer = quiet_tensorflow().keras.layers.Conv2D(6, 5)
    layer.build((None, 32, 32, 3))
    assert layer.count_params() == int(PREDICTIONS["5.numbers"]["right"])
    maps = conv2d(np.ones((32, 32, 3)), np.ones((5, 5, 3, 6)))
    assert f" {maps.size:,} is how many numbers" in PREDICTIONS["5.numbers"]["answer"]
