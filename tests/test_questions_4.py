"""The questions of lesson 4: right answers in any form, likely mistakes each with its sentence."""

import math

import numpy as np

from helpers.convolution import conv2d, same_padding
from helpers.images import COUNTING, DIAGONAL, NINE
from helpers.kernels import COUNTING_KERNEL
from helpers.questions.lesson_4 import EXERCISES, PREDICTIONS
from helpers.reference import agree, tf_conv2d

ONES = [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]]


# The function of exercise 4, in three styles.


def as_in_the_lesson(n, k, stride):
    places = int(np.ceil(n / stride))
    total = max((places - 1) * stride + k - n, 0)
    return total // 2, total - total // 2


def with_cases(n, k, stride):
    missing = max(k - stride, 0) if n % stride == 0 else max(k - n % stride, 0)
    before = math.floor(missing / 2)
    return [before, missing - before]


def as_array(n, k, stride):
    return np.array(same_padding(n, k, stride), dtype=float)


# And with mistakes in it.


def missing(n, k, stride):
    return sum(same_padding(n, k, stride))


def floor_places(n, k, stride):
    total = max((n // stride - 1) * stride + k - n, 0)
    return total // 2, total - total // 2


def negative(n, k, stride):
    total = (math.ceil(n / stride) - 1) * stride + k - n
    return total // 2, total - total // 2


def too_many_steps(n, k, stride):
    total = max(math.ceil(n / stride) * stride + k - n, 0)
    return total // 2, total - total // 2


RIGHT = {
    "4.pads": [[14, 0, 1], (14.0, 0.0, 1.0), np.array([14, 0, 1])],
    "4.ones": [
        ONES,
        np.array(ONES, dtype="uint8"),
        np.array(ONES, dtype=float)[np.newaxis, :, :, np.newaxis],
    ],
    "4.every": [[True, False], (1, 0), np.array([True, False])],
    "4.mend": [as_in_the_lesson, with_cases, as_array],
}

WRONG = {
    "4.pads": [
        ([14, 1, 0], "puts it after"),
        ([14, 1, 1], "Only one cell is missing"),
        ([14, 0.5, 0.5], "no half zero"),
        ([28, 0, 1], "one place for every two pixels"),
        ([28, 1, 1], "That is stride 1"),
        ([13, 0, 0], "VALID"),
        ([13, 0, 1], "number of steps"),
        ([14, 0, 0], "29 cells"),
        ([15, 0, 1], "add nothing"),
        (14, "the answer has shape (3,)"),
        ([2, 3, 4], "four steps"),
    ],
    "4.ones": [
        (np.full((4, 4), 9), "9 is right inside"),
        ([[9, 9], [9, 9]], "without padding"),
        ([[9, 9, 6, 3], [9, 9, 6, 3], [6, 6, 4, 2], [3, 3, 2, 1]], "after the image"),
        (np.array(ONES) / 9, "divided by 9"),
        (np.where(np.array(ONES) == 9, 9, 6), "two edges"),
        (np.where(np.array(ONES) == 9, 9, 4), "three of the nine"),
        (9 - np.array(ONES), "counted the zeros"),
        (9, "one number"),
        (np.ones((6, 6)), "image with its zeros"),
        ([[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 5]], "look again at [3, 3]"),
    ],
    "4.every": [
        ([True, True], "366 and 103"),
        ([False, False], "pad both"),
        ([False, True], "other way round"),
        (True, "the answer has shape (2,)"),
    ],
    "4.mend": [
        (lambda n, k, stride: ((k - 1) // 2, (k - 1) // 2), "odd kernels and stride 1"),
        (lambda n, k, stride: ((k - 1) // 2, k // 2), "The stride is still missing"),
        (lambda n, k, stride: same_padding(n, k, stride)[::-1], "left over stands before"),
        (floor_places, "Round n / stride up"),
        (negative, "is negative"),
        (too_many_steps, "4 places are 3 steps"),
        (lambda n, k, stride: (missing(n, k, stride) / 2,) * 2, "no half zeros"),
        (lambda n, k, stride: (missing(n, k, stride) // 2,) * 2, "one zero is lost"),
        (missing, "your result is one number"),
        (lambda n, k: (0, 0), "must take 3 arguments"),
        (lambda n, k, stride: len(n), "stops with TypeError"),
        (lambda n, k, stride: (n, k), "smallest case that differs"),
    ],
}


def test_the_hidden_cases_are_those_of_tensorflow():
    rng = np.random.default_rng(4)
    for n, k, stride in EXERCISES["4.mend"].cases:
        image, kernel = rng.integers(1, 9, (n, n)), rng.integers(1, 9, (k, k))
        ends = EXERCISES["4.mend"].reference(n, k, stride)
        longer = np.pad(image, (ends, ends))
        assert agree(tf_conv2d(longer, kernel, stride), tf_conv2d(image, kernel, stride, "same"))


def test_what_the_questions_say_is_true():
    assert conv2d(DIAGONAL, np.eye(3), padding="same")[0, 0] == int(
        PREDICTIONS["4.corner"]["right"]
    )
    assert same_padding(3, 2) == (0, 1) and NINE.shape == (3, 3)
    assert PREDICTIONS["4.where"]["right"] == "at the bottom and on the right"
    for image, alike in [(COUNTING, True), (np.arange(36).reshape(6, 6), False)]:
        strided = tf_conv2d(image, COUNTING_KERNEL, stride=2, padding="same")
        picked = tf_conv2d(image, COUNTING_KERNEL, padding="same")[::2, ::2]
        assert bool(agree(strided, picked)) is alike
    assert (strided[0, 0], picked[0, 0]) == (366, 103)
