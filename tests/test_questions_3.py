"""The questions of lesson 3: right answers in any form, likely mistakes each with its sentence."""

import math
from fractions import Fraction

import numpy as np
import pytest

from helpers.convolution import output_size
from helpers.exercises import verdict
from helpers.questions.lesson_3 import EXERCISES, PREDICTIONS
from helpers.reference import tf_conv2d


@pytest.mark.parametrize(
    "name, answer",
    [
        ("3.size", 13),
        ("3.size", 13.0),
        ("3.size", [13, 13]),
        ("3.size", (13,)),
        ("3.size", np.array(13)),
        ("3.size", Fraction(13)),
        ("3.largest", 2),
        ("3.largest", np.float32(2)),
        ("3.largest", [2]),
        ("3.seven", 1),
        ("3.seven", (1, 1)),
        ("3.seven", np.int64(1)),
    ],
)
def test_right_in_any_form(name, answer):
    right, sentence = verdict(name, answer)
    assert right and sentence.startswith("Right. ")


@pytest.mark.parametrize(
    "name, answer, part",
    [
        ("3.size", 12, "add 1"),
        ("3.size", 12.5, "Half a step"),
        ("3.size", 13.5, "before you add 1"),
        ("3.size", 14, "28 / 2"),
        ("3.size", 26, "stride 1"),
        ("3.size", 25, "last pixel at which"),
        ("3.size", 7, "⌊(n − k) / stride⌋"),
        ("3.size", [13, 12], "⌊(n − k) / stride⌋"),
        ("3.largest", 1, "3 by 3"),
        ("3.largest", 3, "column"),
        ("3.largest", 4, "Only one column"),
        ("3.largest", 5, "outside"),
        ("3.largest", 9, "Try the strides"),
        ("3.seven", 0, "needs no step"),
        ("3.seven", 2 / 7, "rounded down"),
        ("3.seven", 2, "column 7"),
        ("3.seven", 3, "stride 1"),
        ("3.seven", 5, "That is the image"),
    ],
)
def test_each_likely_mistake_has_its_sentence(name, answer, part):
    right, sentence = verdict(name, answer)
    assert not right
    assert part in sentence


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("answer", [None, ..., "text", [], {}, float("nan"), 1j])
def test_nothing_is_right_by_accident_and_nothing_fails(name, answer):
    assert not verdict(name, answer)[0]


# The function of exercise 3, in styles that readers may use.


def as_in_the_lesson(n, k, stride, dilation):
    span = (k - 1) * dilation + 1
    return (n - span) // stride + 1


def with_floor(n, k, stride, dilation):
    return math.floor((n - (k - 1) * dilation - 1) / stride) + 1


def by_counting(n, k, stride, dilation):
    return len([start for start in range(0, n, stride) if start + (k - 1) * dilation < n])


@pytest.mark.parametrize("function", [as_in_the_lesson, with_floor, by_counting])
def test_right_functions(function):
    right, sentence = verdict("3.places", function)
    assert right, sentence


def span(k, dilation):
    return (k - 1) * dilation + 1


WRONG = {
    "k − 1 moves from": lambda n, k, stride, dilation: (n - k * dilation) // stride + 1,
    "lacks one pixel": lambda n, k, stride, dilation: (n - (k - 1) * dilation) // stride + 1,
    "add 1": lambda n, k, stride, dilation: (n - span(k, dilation)) // stride,
    "divide with //": lambda n, k, stride, dilation: (n - span(k, dilation)) / stride + 1,
    "You round up": lambda n, k, stride, dilation: -(-(n - span(k, dilation)) // stride) + 1,
    "stride is missing": lambda n, k, stride, dilation: n - span(k, dilation) + 1,
    "That is the span": lambda n, k, stride, dilation: span(k, dilation),
    "right for dilation 1": lambda n, k, stride, dilation: (n - k) // stride + 1,
    "must take 4 arguments": lambda n, k, stride: 1,
    "stops with ZeroDivisionError": lambda n, k, stride, dilation: n / 0,
    "returns nothing": lambda n, k, stride, dilation: None,
    "smallest case that differs": lambda n, k, stride, dilation: n * k * stride,
}


@pytest.mark.parametrize("part", WRONG)
def test_wrong_functions(part):
    right, sentence = verdict("3.places", WRONG[part])
    assert not right
    assert part in sentence


def test_the_hidden_cases_are_those_of_tensorflow():
    for n, k, stride, dilation in EXERCISES["3.places"].cases:
        image, kernel = np.ones((n, n)), np.ones((k, k))
        theirs = tf_conv2d(image, kernel, stride, dilation=dilation).shape[0]
        assert theirs == output_size(n, k, stride, dilation=dilation)
        assert EXERCISES["3.places"].reference(n, k, stride, dilation) == theirs


def test_predictions_are_right():
    assert PREDICTIONS["3.five"]["right"] == "{0}×{0}".format(output_size(5, 3, 2))
    assert PREDICTIONS["3.grows"]["right"] == "{0}×{0}".format(output_size(26, 5, 2))
    for prediction in PREDICTIONS.values():
        assert prediction["right"] in prediction["options"]
