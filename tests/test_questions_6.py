"""The questions of lesson 6: right answers in any form, likely mistakes each with its sentence."""

import re
from fractions import Fraction

import numpy as np

from helpers.convolution import output_size, pool2d
from helpers.exercises import verdict
from helpers.questions.lesson_6 import DIAGONAL_MAP, EXERCISES, PREDICTIONS, SMALL, pool2d_cases
from helpers.receptive import receptive_field
from helpers.reference import tf_pool2d

# The reader's function, in four styles.


def with_loops(image, size):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    feature_map = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            top, left = row * size, column * size
            feature_map[row, column] = image[top : top + size, left : left + size].max()
    return feature_map


def with_lists(image, size):
    pixels, found = image.tolist(), []
    for top in range(0, len(pixels) - size + 1, size):
        rows = pixels[top : top + size]
        lefts = range(0, len(pixels[0]) - size + 1, size)
        found.append([max(max(row[left : left + size]) for row in rows) for left in lefts])
    return found


def with_reshape(image, size):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    kept = image[: rows * size, : columns * size]
    return kept.reshape(rows, size, columns, size).max(axis=(1, 3))


def from_minus_infinity(image, size):
    feature_map = np.full((image.shape[0] // size, image.shape[1] // size), -np.inf)
    for (row, column), _ in np.ndenumerate(feature_map):
        for i, j in np.ndindex(size, size):
            value = image[row * size + i, column * size + j]
            feature_map[row, column] = max(feature_map[row, column], value)
    return feature_map


# And with mistakes in it.


def mend_me(image, size):  # as it stands in the lesson
    rows, columns = image.shape[0] // size, image.shape[1] // size
    feature_map = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            largest = 0
            for i in range(size):
                for j in range(size):
                    largest = max(largest, image[row * size + i, column * size + j])
            feature_map[row, column] = largest
    return feature_map


def begins_with_the_first_pixel(image, size):
    result = with_loops(image, size)
    return np.maximum(result, image[0, 0])


def never_begins_anew(image, size):
    result, largest = with_loops(image, size), -np.inf
    for place, value in np.ndenumerate(result):
        largest = max(largest, value)
        result[place] = largest
    return result


def moves_by_one(image, size):
    result = np.zeros((image.shape[0] // size, image.shape[1] // size))
    for row, column in np.ndindex(result.shape):
        result[row, column] = image[row : row + size, column : column + size].max()
    return result


def only_two(image, size):
    return with_loops(image, 2)


def square_images(image, size):
    rows = image.shape[0] // size
    result = np.zeros((rows, rows))
    for row, column in np.ndindex(rows, rows):
        result[row, column] = image[row * size :, column * size :][:size, :size].max()
    return result


def reads_the_lesson(image, size):
    return pool2d(DIAGONAL_MAP, size)


def must_divide(image, size):
    rows, columns = (n / size for n in image.shape)
    if rows != int(rows) or columns != int(columns):
        return np.zeros((1, 1))
    return with_loops(image, size)


RIGHT = {
    "6.average": [
        [[2.5, 2], [1.5, 1]],
        ((2.5, 2.0), (1.5, 1.0)),
        np.array([[2.5, 2], [1.5, 1]], np.float32),
        [[Fraction(5, 2), 2], [Fraction(3, 2), 1]],
        tf_pool2d(SMALL, 2, 1, "same", "average"),
    ],
    "6.same": [(4, 4), [4, 4], np.array([4, 4]), [4.0, 4.0], (output_size(7, 2, 2, "same"),) * 2],
    "6.loop": [with_loops, with_lists, with_reshape, from_minus_infinity, pool2d, tf_pool2d],
    "6.fields": [
        [5, 6, 14, 16],
        (5, 6, 14, 16),
        np.array([5.0, 6, 14, 16]),
        receptive_field([("conv", 5), ("pool", 2), ("conv", 5), ("pool", 2)]),
    ],
}

WRONG = {
    "6.average": [
        ([[2.5, 1], [0.75, 0.25]], "the padding counted as zeros"),
        ([[4, 3], [2, 1]], "the largest numbers"),
        ([[10, 4], [3, 1]], "the sums"),
        ([[4, 3.5], [3, 2.5]], "above and on the left"),
        ([[2.5, 1.5], [2, 1]], "exchanged"),
        (2.5, "four windows"),
        ([[2.5]], "four windows"),
        ([[2.5] * 2] * 2, "Only the first window"),
        ([[2.5, 2], [1.5, 0.25]], "3 of the 4 numbers are right; look again at [1, 1]"),
        ([2.5, 2, 1.5, 1], "has shape (4,); the map has shape (2, 2)"),
        ("2.5", "without quotes"),
    ],
    "6.same": [
        ((3, 3), "That is VALID"),
        ((3.5, 3.5), "no half cells"),
        ((7, 7), "does not mean that the size stays"),
        ((8, 8), "before pooling"),
        ((6, 6), "stride 1"),
        ((14, 14), "smaller"),
        (4, "rows and columns, like"),
        (16, "how many numbers"),
        ((4, 3), "1 of the 2 numbers is right"),
        (pool2d, "Call it"),
    ],
    "6.loop": [
        (mend_me, "stands in no window"),
        (lambda image, size: pool2d(image, size, mode="average"), "averages"),
        (lambda image, size: pool2d(image, size, stride=1), "overlap"),
        (lambda image, size: pool2d(image, size, padding="same"), "over the edge"),
        (lambda image, size: pool2d(image, size).T, "transposed"),
        (moves_by_one, "must move by its own size"),
        (never_begins_anew, "the windows before it"),
        (only_two, "right for windows of 2 by 2"),
        (square_images, "right for square images"),
        (must_divide, "is left over"),
        (reads_the_lesson, "the same result for every image"),
        (begins_with_the_first_pixel, "wanted:\n"),
        (lambda image, size: print(pool2d(image, size)), "return"),
        (lambda image: image, "must take 2 arguments: image, size"),
        (lambda image, size: image[99, 99], "IndexError"),
        (DIAGONAL_MAP, "the function itself"),
    ],
    "6.fields": [
        ([5, 6, 10, 11], "each further cell of the second kernel adds 2"),
        ([5, 7, 15, 19], "from the next layer on"),
        ([5, 6, 14, 15], "neighbours still lie 2 columns apart"),
        ([5, 6, 14, 18], "only for a layer after it"),
        ([5, 6, 16, 18], "4 × 2, not 5 × 2"),
        ([5, 10, 50, 100], "Do not multiply"),
        ([5, 7, 12, 14], "Do not add up"),
        ([5, 2, 5, 2], "Those are the windows"),
        ([12, 6, 2, 1], "how many cells each layer has"),
        ([1, 5, 6, 14, 16], "Leave out the image"),
        (16, "Write all four"),
        ([5, 6, 12, 16], "3 of the 4 numbers are right; look again at [2]"),
    ],
}


def test_the_hidden_cases_are_the_same_every_time_and_hold_windows_below_zero():
    sizes = [image.size for image, _ in pool2d_cases()]
    assert sizes[0] == min(sizes)
    for (image, size), (again, _) in zip(pool2d_cases(), EXERCISES["6.loop"].cases, strict=True):
        assert np.array_equal(image, again)
        assert np.array_equal(pool2d(image, size), tf_pool2d(image, size))
    below = [image for image, size in pool2d_cases() if (pool2d(image, size) < 0).any()]
    assert len(below) >= 5


def test_the_smallest_failing_case_is_shown_in_numbers():
    image, size = EXERCISES["6.loop"].cases[0]
    wanted = pool2d(image, size).astype(int)
    sentence = verdict("6.loop", lambda image, size: pool2d(image, size) - 1)[1]
    for name, value in (
        ("image", image),
        ("size", size),
        ("yours", wanted - 1),
        ("wanted", wanted),
    ):
        assert f"{name}:\n{np.array2string(np.asarray(value))}" in sentence


def test_predictions_say_what_is_computed():
    numbers = [int(n) for n in re.findall(r"\d+", PREDICTIONS["6.blocks"]["right"])]
    assert numbers == pool2d(DIAGONAL_MAP, 2).ravel().tolist()
    assert (pool2d(-SMALL, 2, 1, "same") == -1).all()
    assert int(PREDICTIONS["6.sees"]["right"]) == receptive_field([("conv", 3), ("pool", 2)])[-1]
