"""The questions of lesson 4: right answers in any form, likely mistakes each with its sentence."""

import math

import numpy as np
import pytest

from helpers.convolution import conv2d, same_padding
from helpers.exercises import verdict
from helpers.images import COUNTING, DIAGONAL, NINE
from helpers.kernels import COUNTING_KERNEL
from helpers.questions.lesson_4 import EXERCISES, PREDICTIONS
from helpers.reference import agree, tf_conv2d

ONES = [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]]


@pytest.mark.parametrize(
    "name, answer",
    [
        ("4.pads", [14, 0, 1]),
        ("4.pads", (14.0, 0.0, 1.0)),
        ("4.pads", np.array([14, 0, 1])),
        ("4.ones", ONES),
        ("4.ones", np.array(ONES, dtype="uint8")),
        ("4.ones", np.array(ONES, dtype=float)[np.newaxis, :, :, np.newaxis]),
        ("4.every", [True, False]),
        ("4.every", (1, 0)),
        ("4.every", np.array([True, False])),
    ],
)
def test_right_in_any_form(name, answer):
    right, sentence = verdict(name, answer)
    assert right, sentence
    assert sentence.startswith("Right. ")


@pytest.mark.parametrize(
    "name, answer, part",
    [
        ("4.pads", [14, 1, 0], "puts it after"),
        ("4.pads", [14, 1, 1], "Only one cell is missing"),
        ("4.pads", [14, 0.5, 0.5], "no half zero"),
        ("4.pads", [28, 0, 1], "one place for two pixels"),
        ("4.pads", [28, 1, 1], "That is stride 1"),
        ("4.pads", [13, 0, 0], "VALID"),
        ("4.pads", [13, 0, 1], "number of steps"),
        ("4.pads", [14, 0, 0], "29 cells"),
        ("4.pads", [15, 0, 1], "add nothing"),
        ("4.pads", 14, "the answer has shape (3,)"),
        ("4.pads", [2, 3, 4], "four steps"),
        ("4.ones", np.full((4, 4), 9), "9 is right inside"),
        ("4.ones", [[9, 9], [9, 9]], "without padding"),
        ("4.ones", [[9, 9, 6, 3], [9, 9, 6, 3], [6, 6, 4, 2], [3, 3, 2, 1]], "after the image"),
        ("4.ones", np.array(ONES) / 9, "divided by 9"),
        ("4.ones", np.where(np.array(ONES) == 9, 9, 6), "two edges"),
        ("4.ones", np.where(np.array(ONES) == 9, 9, 4), "three of the nine"),
        ("4.ones", 9 - np.array(ONES), "counted the zeros"),
        ("4.ones", 9, "one number"),
        ("4.ones", np.ones((6, 6)), "image with its zeros"),
        (
            "4.ones",
            [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 5]],
            "look again at [3, 3]",
        ),
        ("4.every", [True, True], "366 and 103"),
        ("4.every", [False, False], "pad both"),
        ("4.every", [False, True], "other way round"),
        ("4.every", True, "the answer has shape (2,)"),
    ],
)
def test_each_likely_mistake_has_its_sentence(name, answer, part):
    right, sentence = verdict(name, answer)
    assert not right
    assert part in sentence


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("answer", [None, ..., "text", [], {}, float("nan"), [None] * 3, 1j])
def test_nothing_is_right_by_accident_and_nothing_fails(name, answer):
    assert not verdict(name, answer)[0]


# The function of exercise 4, in styles that readers may use.


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


@pytest.mark.parametrize("function", [as_in_the_lesson, with_cases, as_array])
def test_right_functions(function):
    right, sentence = verdict("4.mend", function)
    assert right, sentence


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


WRONG = {
    "odd kernels and stride 1": lambda n, k, stride: ((k - 1) // 2, (k - 1) // 2),
    "The stride is still missing": lambda n, k, stride: ((k - 1) // 2, k // 2),
    "left over stands before": lambda n, k, stride: same_padding(n, k, stride)[::-1],
    "Round n / stride up": floor_places,
    "is negative": negative,
    "n places are n − 1 steps": too_many_steps,
    "no half zeros": lambda n, k, stride: (missing(n, k, stride) / 2,) * 2,
    "one zero is lost": lambda n, k, stride: (missing(n, k, stride) // 2,) * 2,
    "your result is one number": missing,
    "must take 3 arguments": lambda n, k: (0, 0),
    "stops with TypeError": lambda n, k, stride: len(n),
    "smallest case that differs": lambda n, k, stride: (n, k),
}


@pytest.mark.parametrize("part", WRONG)
def test_wrong_functions(part):
    right, sentence = verdict("4.mend", WRONG[part])
    assert not right
    assert part in sentence


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
