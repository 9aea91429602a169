"""The questions of lesson 3: right answers in any form, likely mistakes each with its sentence."""

import math
from fractions import Fraction

import numpy as np

from helpers.convolution import output_size
from helpers.questions.lesson_3 import EXERCISES, PREDICTIONS
from helpers.reference import tf_conv2d

# The function of exercise 3, in three styles, and the length of a window for those that fail.


def as_in_the_lesson(n, k, stride, dilation):
    span = (k - 1) * dilation + 1
    return (n - span) // stride + 1


def with_floor(n, k, stride, dilation):
    return math.floor((n - (k - 1) * dilation - 1) / stride) + 1


def by_counting(n, k, stride, dilation):
    return len([start for start in range(0, n, stride) if start + (k - 1) * dilation < n])


def span(k, dilation):
    return (k - 1) * dilation + 1


RIGHT = {
    "3.size": [13, 13.0, [13, 13], (13,), np.array(13), Fraction(13)],
    "3.largest": [2, np.float32(2), [2]],
    "3.seven": [1, (1, 1), np.int64(1)],
    "3.places": [as_in_the_lesson, with_floor, by_counting],
}

WRONG = {
    "3.size": [
        (12, "add 1"),
        (12.5, "Half a step"),
        (13.5, "before you add 1"),
        (14, "28 / 2"),
        (26, "stride 1"),
        (25, "last pixel at which"),
        (7, "⌊(n − k) / stride⌋"),
        ([13, 12], "⌊(n − k) / stride⌋"),
    ],
    "3.largest": [
        (1, "3 by 3"),
        (3, "column"),
        (4, "Only one column"),
        (5, "outside"),
        (9, "Try the strides"),
    ],
    "3.seven": [
        (0, "needs no step"),
        (2 / 7, "rounded down"),
        (2, "column 7"),
        (3, "stride 1"),
        (5, "That is the image"),
    ],
    "3.places": [
        (lambda n, k, stride, dilation: (n - k * dilation) // stride + 1, "k − 1 moves from"),
        (lambda n, k, stride, dilation: (n - (k - 1) * dilation) // stride + 1, "lacks one pixel"),
        (lambda n, k, stride, dilation: (n - span(k, dilation)) // stride, "add 1"),
        (lambda n, k, stride, dilation: (n - span(k, dilation)) / stride + 1, "divide with //"),
        (lambda n, k, stride, dilation: -(-(n - span(k, dilation)) // stride) + 1, "You round up"),
        (lambda n, k, stride, dilation: n - span(k, dilation) + 1, "stride is missing"),
        (lambda n, k, stride, dilation: span(k, dilation), "That is the span"),
        (lambda n, k, stride, dilation: (n - k) // stride + 1, "right for dilation 1"),
        (lambda n, k, stride: 1, "must take 4 arguments"),
        (lambda n, k, stride, dilation: n / 0, "stops with ZeroDivisionError"),
        (lambda n, k, stride, dilation: None, "returns nothing"),
        (lambda n, k, stride, dilation: n * k * stride, "smallest case that differs"),
    ],
}


def test_the_hidden_cases_are_those_of_tensorflow():
    for n, k, stride, dilation in EXERCISES["3.places"].cases:
        image, kernel = np.ones((n, n)), np.ones((k, k))
        theirs = tf_conv2d(image, kernel, stride, dilation=dilation).shape[0]
        assert theirs == output_size(n, k, stride, dilation=dilation)
        assert EXERCISES["3.places"].reference(n, k, stride, dilation) == theirs


def test_predictions_are_right():
    assert PREDICTIONS["3.five"]["right"] == "{0}×{0}".format(output_size(5, 3, 2))
    assert PREDICTIONS["3.grows"]["right"] == "{0}×{0}".format(output_size(26, 5, 2))
