"""The questions of lesson 2: right answers in any form, likely mistakes each with its sentence."""

import sys

import numpy as np

from helpers.convolution import conv2d, windows
from helpers.exercises import check, verdict
from helpers.images import COUNTING, EQUALS, MINUS, PLUS, X
from helpers.kernels import COUNTING_KERNEL, HORIZONTAL_BAR, VERTICAL_BAR
from helpers.questions.lesson_2 import EXERCISES, conv2d_cases

MAP = [[-3, 5, -3], [-3, 5, -3], [-3, 5, -3]]
FLIPPED = [[8, 7, 6], [5, 4, 3], [2, 1, 0]]

# The reader's function, in four styles.


def with_loops(image, kernel):
    height, width = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    feature_map = np.zeros((rows, columns), dtype=int)
    for row in range(rows):
        for column in range(columns):
            window = image[row : row + height, column : column + width]
            feature_map[row, column] = (window * kernel).sum()
    return feature_map


def with_lists(image, kernel):
    image, kernel = image.tolist(), kernel.tolist()
    height, width = len(kernel), len(kernel[0])
    return [
        [
            sum(image[r + i][c + j] * kernel[i][j] for i in range(height) for j in range(width))
            for c in range(len(image[0]) - width + 1)
        ]
        for r in range(len(image) - height + 1)
    ]


def with_numpy(image, kernel):
    views = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", views, kernel)


class AsCallable:
    def __call__(self, image, kernel):
        return conv2d(image, kernel).astype(np.float32)


# And with mistakes in it.

x = X  # the global name that a lesson's loop reads
total = 0


def reads_x(image, kernel):
    feature_map = np.zeros((3, 3))
    for row in range(3):
        for column in range(3):
            feature_map[row, column] = (x[row : row + 3, column : column + 3] * kernel).sum()
    return feature_map


def reads_a_kernel(image, kernel):
    return conv2d(image, HORIZONTAL_BAR)


def never_resets(image, kernel):
    global total
    total = total + conv2d(image, kernel)[0, 0]
    return conv2d(image, kernel) * 0 + total


def forgets_return(image, kernel):
    conv2d(image, kernel)


def prints_instead(image, kernel):
    print(conv2d(image, kernel))


def off_by_one(image, kernel):
    height, width = kernel.shape
    feature_map = np.zeros((image.shape[0] - height, image.shape[1] - width))
    for row in range(len(feature_map)):
        for column in range(feature_map.shape[1]):
            window = image[row : row + height, column : column + width]
            feature_map[row, column] = (window * kernel).sum()
    return feature_map


def total_never_back_to_zero(image, kernel):
    feature_map, running = with_loops(image, kernel), 0
    for place in np.ndindex(feature_map.shape):
        running += feature_map[place]
        feature_map[place] = running
    return feature_map


def only_three(image, kernel):
    feature_map = np.zeros((image.shape[0] - 2, image.shape[1] - 2))
    for row, column in np.ndindex(feature_map.shape):
        feature_map[row, column] = (image[row : row + 3, column : column + 3] * kernel).sum()
    return feature_map


def square_kernels(image, kernel):
    size = len(kernel)
    feature_map = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for row, column in np.ndindex(feature_map.shape):
        window = image[row : row + size, column : column + size]
        feature_map[row, column] = (window * kernel).sum()
    return feature_map


def square_images(image, kernel):
    places = len(image) - kernel.shape[0] + 1, len(image) - kernel.shape[1] + 1
    return conv2d(np.resize(image, (len(image), len(image))), kernel).reshape(places)


def nine_places(image, kernel):
    height, width = kernel.shape
    feature_map = np.zeros((3, 3))
    for row, column in np.ndindex(3, 3):
        window = image[row : row + height, column : column + width]
        feature_map[row, column] = (window * kernel).sum()
    return feature_map


def writes_into_image(image, kernel):
    result = conv2d(image, kernel)
    image[0, 0] = 99
    return result


def leaves_the_image(image, kernel):
    return image[50, 50]


def misspelt(image, kernel):
    return conv2d(imgae, kernel)  # noqa: F821


def one_less(image, kernel):
    return conv2d(image, kernel) - (np.arange(conv2d(image, kernel).size) == 0).reshape(
        conv2d(image, kernel).shape
    )


RIGHT = {
    "2.plus": [MAP, tuple(map(tuple, MAP)), np.array(MAP, np.int8), conv2d(PLUS, VERTICAL_BAR)],
    "2.flip": [FLIPPED, np.array(FLIPPED, float), COUNTING_KERNEL[::-1, ::-1]],
    "2.loop": [with_loops, with_lists, with_numpy, AsCallable(), conv2d],
}

WRONG = {
    "2.plus": [
        ([[-3] * 3, [5] * 3, [-3] * 3], "under the flat bar"),
        ([[-3, 9, -3]] * 3, "an upright bar alone"),
        ([[3, -5, 3]] * 3, "signs"),
        ((windows(PLUS, 3, 3) @ VERTICAL_BAR).sum(axis=(2, 3)), "matrix product"),
        (conv2d(PLUS, VERTICAL_BAR, padding="same"), "as large as the image"),
        (PLUS, "as large as the image"),
        (conv2d(X, VERTICAL_BAR), "the map of x"),
        (np.ones((3, 3)), "the map of −"),
        (5, "one number"),
        ([-3, 5, -3], "all three rows"),
        ([[-3, 5, -3], [-3, 4, -3], [-3, 5, -3]], "8 of the 9 numbers are right"),
        ([[0, 0]], "has shape (1, 2); the feature map has shape (3, 3)"),
        ("9", "without quotes"),
        ([["1", "2"], ["3", "4"]], "without quotes"),
        ([[1, 2], [3]], "type list"),
        (conv2d, "Call it"),
        ({1: 2}, "type dict"),
        (np.full((3, 3), np.nan), "multiply nine pairs"),
    ],
    "2.flip": [
        (COUNTING_KERNEL, "as it was"),
        (COUNTING_KERNEL[::-1], "Only top and bottom"),
        (COUNTING_KERNEL[:, ::-1], "Only left and right"),
        (COUNTING_KERNEL.T, "transposed"),
        (np.rot90(COUNTING_KERNEL), "quarter turn"),
        (-COUNTING_KERNEL, "signs"),
        ([[120, 156, 192], [300, 336, 372], [480, 516, 552]], "That is the map"),
        (np.flip(COUNTING), "has shape (5, 5); the kernel has shape (3, 3)"),
    ],
    "2.loop": [
        (reads_x, "the same result for every image"),
        (reads_a_kernel, "the same result for every kernel"),
        (never_resets, "two different results"),
        (forgets_return, "return"),
        (prints_instead, "return"),
        (off_by_one, "lacks its last row"),
        (total_never_back_to_zero, "sums of all cells before"),
        (only_three, "right for 3×3 kernels"),
        (square_kernels, "right for square kernels"),
        (square_images, "right for square images"),
        (nine_places, "a 5×5 image with a 3×3 kernel only"),
        (writes_into_image, "writes into its argument image"),
        (leaves_the_image, "IndexError"),
        (misspelt, "line 2 of misspelt: return conv2d(imgae, kernel)"),
        (lambda image, kernel: conv2d(image, kernel[::-1, ::-1]), "flipped"),
        (lambda image, kernel: conv2d(image, kernel).T, "transposed"),
        (lambda image: image, "must take 2 arguments: image, kernel"),
        (lambda image, kernel: image.sum() * kernel.sum(), "your result is one number; (2, 2)"),
        (lambda image, kernel: "map", "return"),
        (lambda image, kernel: sys.exit("stop"), "SystemExit"),
        (one_less, "wanted:\n"),
        (conv2d(X, HORIZONTAL_BAR), "the function itself"),
    ],
}


def test_the_smallest_failing_case_is_shown_in_numbers():
    exercise = EXERCISES["2.loop"]
    image, kernel = exercise.cases[0]
    sentence = verdict("2.loop", one_less)[1]
    for name, array in (
        ("image", image),
        ("kernel", kernel),
        ("yours", one_less(image, kernel).astype(int)),
        ("wanted", conv2d(image, kernel).astype(int)),
    ):
        assert f"{name}:\n{np.array2string(array)}" in sentence
    sizes = [image.size for image, _ in exercise.cases]
    assert sizes[0] == min(sizes)


def test_the_cases_are_the_same_every_time_and_tried_on_copies():
    check("2.loop", writes_into_image)
    for (image, kernel), (again, kernel_again) in zip(
        conv2d_cases(), EXERCISES["2.loop"].cases, strict=True
    ):
        assert np.array_equal(image, again)
        assert np.array_equal(kernel, kernel_again)


def test_bars_prediction_says_what_the_arithmetic_says():
    maps = {
        sign: conv2d(image, HORIZONTAL_BAR)
        for sign, image in (("x", X), ("+", PLUS), ("−", MINUS), ("=", EQUALS))
    }
    assert {sign: m.max() for sign, m in maps.items()} == {"x": 5, "+": 5, "−": 9, "=": 9}
    assert np.argwhere(maps["−"] == 9)[:, 0].tolist() == [1, 1, 1]
    assert np.argwhere(maps["="] == 9)[:, 0].tolist() == [0, 0, 0, 2, 2, 2]
    assert (maps["="][1] == -9).all()
    assert conv2d(COUNTING, np.array(FLIPPED))[0, 0] == 120
