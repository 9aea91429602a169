"""Questions of lesson 6: pooling."""

import numpy as np

from ..convolution import conv2d, pool2d
from ..images import DIAGONAL
from ..judge import Exercise, FunctionExercise, partly

PREDICTIONS = {
    "6.blocks": {
        "question": "The map is cut into four windows of 2 by 2. Of each window the largest number "
        "is kept. Which four numbers are left, row by row?",
        "options": ["2 0 and 0 2", "3 0 and 0 3", "3 3 and 3 3", "5 0 and 0 5"],
        "right": "3 0 and 0 3",
        "answer": "3 0 and 0 3. The window at the top left holds 2, 0, 0, 3: its largest number is "
        "3. The window at the top right holds four zeros, so its largest number is 0. "
        "5 0 and 0 5 would be the sums.",
    },
    "6.negative": {
        "question": "All four numbers of a small image are below zero: −4 −3 in the first row, "
        "−2 −1 in the second. A window of 2 by 2 moves over it one pixel at a time, with SAME "
        "padding, and writes the largest number. How many of the four numbers of the map are 0?",
        "options": ["none", "one", "three", "all four"],
        "right": "none",
        "answer": "None: all four are −1. Three of the four windows reach into the padding. If "
        "it were made of zeros, a 0 would win there, because 0 is larger than −1. "
        "But the padding does not take part.",
    },
    "6.shift": {
        "question": "The image of two dots moves one pixel to the right. How many of the 4 "
        "numbers of its map change?",
        "options": ["0", "1", "2", "4"],
        "right": "0",
        "answer": "0. Each dot stood in the left column of its window and now stands in the right "
        "column of the same window. Its number is still the largest there. "
        "One pixel further both dots enter another window, and all 4 numbers change.",
    },
    "6.sees": {
        "question": "Each cell after a kernel 3 pixels wide sees 3 columns of the image. "
        "A pooling window then takes 2 cells that stand side by side. "
        "How many columns of the image does its cell see?",
        "options": ["2", "3", "4", "5", "6"],
        "right": "4",
        "answer": "4. The first of the two cells sees the columns 0, 1, 2, the second 1, 2, 3. "
        "Together that is 0 to 3: two columns are seen by both, and count once.",
    },
}

SMALL = np.array([[4, 3], [2, 1]])
DIAGONAL_MAP = conv2d(DIAGONAL, np.eye(3), padding="same")


def largest(image, size):
    """What the reader's loop must return: the largest number of each window, side by side."""
    return pool2d(image, size)


def _one_pixel(image, size):
    """Windows that move by one pixel, in a map of the right size."""
    rows, columns = pool2d(image, size).shape
    return pool2d(image, size, stride=1)[:rows, :columns]


FIRST, EVERY = slice(1), slice(None)

POOL_MISTAKES = (
    (
        lambda image, size: np.maximum(pool2d(image, size), 0),
        "Where all numbers of a window are below zero, your function gives 0. That 0 "
        "stands in no window. Where does it come from?",
    ),
    (
        lambda image, size: pool2d(np.abs(image), size),
        "Your function gives the number that is farthest from 0, without its sign. "
        "The largest of −5 and 2 is 2.",
    ),
    (
        lambda image, size: -pool2d(-image, size),
        "Those are the smallest numbers. Turn the comparison round.",
    ),
    (
        lambda image, size: pool2d(image, size, mode="average"),
        "Those are the averages. Here the largest number of each window is wanted.",
    ),
    (
        lambda image, size: pool2d(image, size, mode="average") * size**2,
        "Those are the sums. Pooling here takes the largest number and adds nothing.",
    ),
    (
        lambda image, size: pool2d(image, size, stride=1),
        "Your windows overlap and your map is too large. "
        "They stand side by side: there are height // size of them down the image.",
    ),
    (
        _one_pixel,
        "Your window moves by one pixel. It must move by its own size: "
        "it begins at row * size and column * size.",
    ),
    (
        lambda image, size: pool2d(image, size, padding="same"),
        "Your windows reach over the edge where the image does not divide evenly. "
        "Without padding what is left over is dropped.",
    ),
    (
        lambda image, size: pool2d(image, size).T,
        "Your map is transposed: its rows and columns are exchanged. Write to [row, column].",
    ),
    (
        partly(pool2d, FIRST, FIRST),
        "Only the first cell of your map is filled. Does return stand inside the inner loop? "
        "Move it to the left.",
    ),
    (
        partly(pool2d, FIRST, EVERY),
        "Only the first row of your map is filled. Does return stand inside the outer loop? "
        "Move it to the left.",
    ),
    (
        lambda image, size: np.full(pool2d(image, size).shape, image[:size, :size].max()),
        "Every cell of your map holds the number of the first window. "
        "The window must move: use row and column where you take its numbers.",
    ),
    (
        lambda image, size: np.full(pool2d(image, size).shape, image.max()),
        "Every cell of your map holds the largest number of the whole image. "
        "Begin the search anew for each window.",
    ),
    (
        lambda image, size: np.maximum.accumulate(pool2d(image, size).ravel()).reshape(
            pool2d(image, size).shape
        ),
        "A window keeps the largest number of the windows before it. "
        "Begin the search anew for each window, inside the inner loop.",
    ),
)

POOL_ONLY_WHERE = (
    (
        lambda image, size: image.shape[0] != image.shape[1],
        "It is right for square images and wrong for others. "
        "The height is shape[0], the width is shape[1]: use each in its own loop.",
    ),
    (
        lambda image, size: size != 2,
        "It is right for windows of 2 by 2 and wrong for others. Use size, not a written 2.",
    ),
    (
        lambda image, size: any(n % size for n in image.shape),
        "It is right where the windows fill the image, and wrong where a row or a column is left "
        "over. Count the windows with //, which drops the rest.",
    ),
    (
        lambda image, size: image.shape != (4, 4),
        "It is right for images of 4 by 4 and wrong for others. "
        "Take height and width from image.shape.",
    ),
)

_SIZES = (  # image, size of the window: from small to large
    ((2, 2), 2),
    ((2, 2), 1),
    ((4, 4), 2),
    ((4, 4), 2),
    ((5, 5), 2),
    ((4, 6), 2),
    ((6, 4), 2),
    ((6, 6), 3),
    ((7, 4), 2),
    ((8, 8), 4),
    ((7, 8), 3),
)


def pool2d_cases():
    """Return the hidden cases: the same random images every time, smallest first.

    The first image lies below zero as a whole, and so does a quarter of the others.
    """
    rng = np.random.default_rng(6)
    images = [rng.integers(-9, 10, shape) for shape, _ in _SIZES]
    images[0] = -1 - np.abs(images[0])
    for image in images[2:]:
        image[-(-len(image) // 2) :, : image.shape[1] // 2] -= 10
    return tuple((image, size) for image, (_, size) in zip(images, _SIZES, strict=True))


EXERCISES = {
    "6.average": Exercise(
        asks="write the four averages as two rows of two.",
        right=pool2d(SMALL, 2, stride=1, padding="same", mode="average"),
        why="The window at the bottom right holds a single real cell, the 1: it is divided by 1, "
        "not by 4.",
        noun="the map",
        mistakes=(
            (
                [[2.5, 1], [0.75, 0.25]],
                "Those are the averages with the padding counted as zeros. "
                "Divide each sum by the number of real cells.",
            ),
            (SMALL, "Those are the largest numbers. Here the averages are wanted."),
            ([[10, 4], [3, 1]], "Those are the sums. Divide each by the number of real cells."),
            (
                [[4, 3.5], [3, 2.5]],
                "Your padding stands above and on the left. "
                "SAME puts the odd row below and the odd column on the right.",
            ),
            (
                [[2.5, 1.5], [2, 1]],
                "Rows and columns are exchanged: the second number of the first row belongs to "
                "the window with 3 and 1.",
            ),
            (
                np.full((2, 2), 2.5),
                "2.5 is the average of all four cells. Only the first window holds them all.",
            ),
            (
                2.5,
                "That is the first window. With SAME padding and stride 1 there are four windows, "
                "two rows of two.",
            ),
        ),
        otherwise="For each window: add its real cells, divide by how many there are.",
        hints=(
            "The window begins on each of the four cells in turn. "
            "What lies below or on the right of the image is padding and does not count.",
            "The first window holds 4, 3, 2, 1: their sum is 10, and 10 / 4 = 2.5.",
            "The second window holds 3 and 1 and two cells of padding: (3 + 1) / 2.",
        ),
    ),
    "6.same": Exercise(
        asks="write the shape as two numbers in brackets, like (1, 2).",
        right=(4, 4),
        why="Windows stand on the columns 0, 2, 4 and 6. The last one holds one real column and "
        "one of padding. SAME rounds 7 / 2 = 3.5 up.",
        noun="the shape",
        mistakes=(
            (
                (3, 3),
                "That is VALID: it drops the last row and column. SAME drops nothing: it adds "
                "padding so that they are reached.",
            ),
            (
                (3.5, 3.5),
                "A map has no half cells. SAME rounds up, so that the last row and column are "
                "reached.",
            ),
            (
                (7, 7),
                "SAME does not mean that the size stays. That is so for stride 1 only; this "
                "window moves by 2.",
            ),
            (
                (8, 8),
                "That is the map with its padding, before pooling. How many windows of 2 fit "
                "into 8?",
            ),
            ((6, 6), "That is stride 1 without padding. This window moves by its own size, 2."),
            ((14, 14), "That is twice as large. Pooling makes a map smaller."),
            (16, "That is how many numbers there are. Write rows and columns."),
            (4, "4 rows is right. Write rows and columns, like (1, 2)."),
        ),
        otherwise="Along one side: how many windows of 2 are needed to reach all 7 cells?",
        hints=(
            "Look at one row of 7 cells. Put windows of 2 side by side until all are reached.",
            "The windows begin in columns 0, 2, 4 and 6. The last one reaches over the edge.",
        ),
    ),
    "6.loop": FunctionExercise(
        asks="give the name of your function, without brackets.",
        reference=largest,
        arguments=("image", "size"),
        cases=pool2d_cases(),
        lesson_case=(DIAGONAL_MAP, 2),
        why="Your function gives the same maps as pool2d for images and windows that it has never "
        "seen, below zero too.",
        mistakes=POOL_MISTAKES,
        only_where=POOL_ONLY_WHERE,
        hints=(
            "Choose “below zero” in the picture. Which numbers does the map hold, and does the "
            "image hold them?",
            "In the line largest = 0 the search begins with a number that stands in no window.",
            "Begin with a number that everything beats: largest = -np.inf.",
        ),
    ),
    "6.fields": Exercise(
        asks="write four numbers, one for each layer, like [1, 2, 3, 4].",
        right=[5, 6, 14, 16],
        why="1 + 4 × 1 = 5, 5 + 1 × 1 = 6, 6 + 4 × 2 = 14, 14 + 1 × 2 = 16. The first pooling "
        "doubles the distance between neighbours, so the second kernel reaches twice as far.",
        noun="the list",
        mistakes=(
            (
                [5, 6, 10, 11],
                "After the first pooling neighbours lie 2 columns apart: each further cell of the "
                "second kernel adds 2 columns, not 1.",
            ),
            (
                [5, 7, 15, 19],
                "The stride of a pooling layer counts from the next layer on. "
                "The two cells under its own window still lie as far apart as before.",
            ),
            (
                [5, 6, 14, 15],
                "The first three are right. Before the last layer neighbours still lie 2 columns "
                "apart.",
            ),
            (
                [5, 6, 14, 18],
                "The first three are right. The last pooling's own stride counts only for a layer "
                "after it.",
            ),
            (
                [5, 6, 16, 18],
                "The second kernel looks at 5 cells, so it reaches 4 cells further than one cell "
                "does: 4 × 2, not 5 × 2.",
            ),
            (
                [5, 10, 50, 100],
                "Do not multiply the sizes: neighbouring windows share most of their columns.",
            ),
            (
                [5, 7, 12, 14],
                "Do not add up the sizes. A window of k cells adds k − 1 cells, each "
                "as many columns further as neighbours lie apart.",
            ),
            ([5, 2, 5, 2], "Those are the windows. How many columns of the image does a cell see?"),
            ([12, 6, 2, 1], "That is how many cells each layer has on an image of 16 columns."),
            ([1, 5, 6, 14, 16], "Leave out the image itself: four layers, four numbers."),
            (16, "That is right for the last layer. Write all four."),
        ),
        otherwise="One layer at a time: field + (k − 1) × distance of neighbours.",
        hints=(
            "At the image a column sees itself, 1, and neighbours lie 1 apart. "
            "The first kernel adds (5 − 1) × 1.",
            "The first pooling adds (2 − 1) × 1. After it neighbours lie 2 columns apart.",
            "The second kernel adds (5 − 1) × 2, the second pooling (2 − 1) × 2.",
        ),
    ),
}
