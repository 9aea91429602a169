"""Lesson 1: its answers are right, its likely mistakes are named, its claims hold."""

import io

import numpy as np
from PIL import Image

from helpers import NINE, X, explore_pixels, photograph, to_grey
from helpers.questions.lesson_1 import PREDICTIONS

RIGHT = {
    "1.shape": [(200, 300, 3), [200, 300, 3], np.array([200, 300, 3]), photograph().shape],
    "1.pixel": [6, 6.0, [6], NINE[1, 2], np.uint8(6)],
    "1.count": [180_000, 180_000.0, 200 * 300 * 3, photograph().size, [180000]],
}

WRONG = {
    "1.shape": [
        ((300, 200, 3), "width first"),
        ((3, 200, 300), "channels first"),
        ((3, 300, 200), "the channels come last"),
        ((200, 3, 300), "their order is not"),
        ((200, 300), "a grey photograph"),
        ((300, 200), "a third axis"),
        ((200, 300, 1), "three"),
        ([1, 200, 300, 3], "batch of one"),
        (180_000, "one number"),
        ((200, 300, 4), "2 of the 3 numbers are right"),
        ((20, 30, 40, 50), "the shape has shape (3,)"),
        ("200, 300, 3", "without quotes"),
        (photograph, "Call it"),
    ],
    "1.pixel": [
        (2, "counted from 1"),
        (8, "image[2, 1]"),
        (4, "took the column first"),
        (5, "columns are counted from 0"),
        (3, "row 1 is not the top row"),
        (NINE[1], "whole row 1"),
        (NINE[:, 2], "whole column 2"),
        ((1, 2), "That is the place"),
        (NINE, "the whole image"),
        (7, "7 8 9 in row 2"),
        ("6", "without quotes"),
    ],
    "1.count": [
        (60_000, "the number of pixels"),
        ((180, 0), "a comma makes two numbers"),
        ((60, 0), "a comma makes two numbers"),
        (180.000, "one hundred and eighty"),
        (500, "You added"),
        (503, "You added"),
        (1500, "height and width were added"),
        (240_000, "four numbers per pixel"),
        (1_440_000, "eight bits"),
        ((200, 300, 3), "the shape"),
        (18_000, "rows times columns"),
    ],
}


def test_the_window_prediction_is_what_the_picture_counts():
    picture = explore_pixels(X)
    assert str(picture.same.sum()) == PREDICTIONS["1.windows"]["right"]
    assert (picture.same == np.eye(4)).all()
    mirrored = [X[r : r + 2, 3 - r : 5 - r] for r in range(4)]
    assert all((window == X[:2, :2][:, ::-1]).all() for window in mirrored)


# What the lesson's try-this lists promise.


def test_a_painted_middle_leaves_two():
    image = X.copy()
    image[2, 2] = 1
    assert explore_pixels(image).same.sum() == 2


def test_a_jpeg_can_be_grey():
    file = io.BytesIO()
    Image.fromarray(to_grey(photograph())).save(file, "JPEG")
    assert Image.open(file).mode == "L"
