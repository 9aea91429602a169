"""Questions of lesson 2: kernel."""

import numpy as np

from ..convolution import conv2d, windows
from ..images import COUNTING, EQUALS, MINUS, PLUS, X
from ..judge import Exercise, FunctionExercise, partly
from ..kernels import COUNTING_KERNEL, HORIZONTAL_BAR, VERTICAL_BAR

PREDICTIONS = {
    "2.bars": {
        "question": "+ has a black middle row and a black middle column. − has a black middle row. "
        "= has two black rows, 1 and 3. The kernel that asks for a dark bar slides over x, +, − "
        "and =. "
        "Which feature map holds the highest number?",
        "options": ["x", "+", "−", "=", "− and = (a tie)"],
        "right": "− and = (a tie)",
        "answer": "− and =, a tie: both maps reach 9. Nine products of +1 add up to 9, and more is "
        "not possible. The windows of − do it in the middle row of its map, those of = in the top "
        "row and in the bottom row. Between them = has −9: there all nine products are −1. "
        "The highest number of x and of + is 5.",
    },
}


def _matrix_products(image, kernel):
    return (windows(image, *kernel.shape) @ kernel).sum(axis=(2, 3))


def _one_window(image, kernel):
    full = conv2d(image, kernel)
    return np.full(full.shape, full[0, 0])


FIRST, EVERY, BUT_LAST = slice(1), slice(None), slice(-1)

CONV2D_MISTAKES = (
    (
        lambda image, kernel: conv2d(image, kernel[::-1, ::-1]),
        "Your kernel is flipped both ways. Deep learning does not flip: "
        "multiply window and kernel as they stand.",
    ),
    (
        lambda image, kernel: conv2d(image, kernel).T,
        "Your map is transposed: its rows and columns are exchanged. Write to [row, column].",
    ),
    (
        lambda image, kernel: conv2d(image, kernel.T),
        "Your kernel is transposed: its rows and columns are exchanged.",
    ),
    (
        lambda image, kernel: conv2d(image, kernel)[:-1, :-1],
        "Your map lacks its last row and its last column. "
        "range(n) stops at n - 1: there are image height - kernel height + 1 rows.",
    ),
    (
        partly(conv2d, BUT_LAST, BUT_LAST),
        "The last row and the last column of your map stay 0. "
        "The window has one more place each way: add 1 inside range.",
    ),
    (
        partly(conv2d, FIRST, FIRST),
        "Only the first cell of your map is filled. Does return stand inside the inner loop? "
        "Move it to the left.",
    ),
    (
        partly(conv2d, FIRST, EVERY),
        "Only the first row of your map is filled. Does return stand inside the outer loop? "
        "Move it to the left.",
    ),
    (
        lambda image, kernel: np.cumsum(conv2d(image, kernel)).reshape(conv2d(image, kernel).shape),
        "Each cell holds the sums of all cells before it too. "
        "Set the total back to 0 for every window.",
    ),
    (
        lambda image, kernel: np.cumsum(conv2d(image, kernel), axis=1),
        "Each cell holds the sums of the cells to its left too. "
        "Set the total back to 0 inside the inner loop, not once a row.",
    ),
    (
        _matrix_products,
        "You multiply window and kernel as matrices. Multiply cell by cell: use *, not @.",
    ),
    (
        lambda image, kernel: conv2d(image, np.ones(kernel.shape)),
        "Your map adds up the pixels without their weights. Multiply by the kernel first.",
    ),
    (
        lambda image, kernel: conv2d(image, kernel) / kernel.size,
        "Your map holds averages. A feature map holds sums: do not divide.",
    ),
    (
        _one_window,
        "Every cell of your map holds the first window's sum. "
        "The window must move: use row and column where you cut it out.",
    ),
    (
        lambda image, kernel: conv2d(image, kernel, padding="same"),
        "Your map has the size of the image. Here no zeros are added: the window stays inside.",
    ),
)

CONV2D_ONLY_WHERE = (
    (
        lambda image, kernel: image.shape[0] != image.shape[1],
        "It is right for square images and wrong for others. "
        "The height is shape[0], the width is shape[1]: use each in its own loop.",
    ),
    (
        lambda image, kernel: kernel.shape[0] != kernel.shape[1],
        "It is right for square kernels and wrong for others. "
        "Count rows with kernel.shape[0] and columns with kernel.shape[1].",
    ),
    (
        lambda image, kernel: kernel.shape != (3, 3),
        "It is right for 3×3 kernels and wrong for others. "
        "Take the window's height and width from kernel.shape, not from a written 3.",
    ),
    (
        lambda image, kernel: image.shape != (5, 5),
        "It is right for 5×5 images and wrong for others. "
        "Take the image's height and width from image.shape, not from a written number.",
    ),
    (
        lambda image, kernel: image.shape != (5, 5) or kernel.shape != (3, 3),
        "It is right for a 5×5 image with a 3×3 kernel only. "
        "Is the number of places written as 3? Compute it from the two shapes.",
    ),
)

_SIZES = (  # image, kernel: from small to large
    ((3, 3), (2, 2)),
    ((3, 3), (3, 3)),
    ((4, 4), (2, 2)),
    ((4, 4), (3, 3)),
    ((5, 5), (3, 3)),
    ((5, 5), (3, 3)),
    ((5, 5), (2, 3)),
    ((5, 5), (3, 2)),
    ((4, 6), (3, 3)),
    ((6, 4), (3, 3)),
    ((6, 6), (1, 1)),
    ((6, 5), (2, 4)),
    ((7, 7), (5, 5)),
)


def conv2d_cases():
    """Return the hidden cases: the same random images and kernels every time, smallest first."""
    rng = np.random.default_rng(2)
    return tuple((rng.integers(-5, 10, i), rng.integers(-3, 6, k)) for i, k in _SIZES)


EXERCISES = {
    "2.plus": Exercise(
        asks="write the feature map as three rows of three numbers.",
        right=conv2d(PLUS, VERTICAL_BAR),
        why="The upright bar of + gives 5 in the middle column, not 9, because the flat bar "
        "disagrees with two weights, left and right of it.",
        noun="the feature map",
        mistakes=(
            (
                conv2d(PLUS, HORIZONTAL_BAR),
                "That is the map of + under the flat bar, or your rows and columns are exchanged. "
                "This kernel asks for an upright bar.",
            ),
            (conv2d(X, VERTICAL_BAR), "That is the map of x. Take the image of +."),
            (conv2d(MINUS, VERTICAL_BAR), "That is the map of −. Take the image of +."),
            (conv2d(EQUALS, VERTICAL_BAR), "That is the map of =. Take the image of +."),
            (
                conv2d(MINUS, HORIZONTAL_BAR).T,
                "9 would be right for an upright bar alone. The + has a flat bar too: "
                "count the black pixels left and right of the upright one.",
            ),
            (
                -conv2d(PLUS, VERTICAL_BAR),
                "All signs are reversed. Black is −1, white is +1, "
                "and the middle column of the kernel is −1: −1 times −1 is +1.",
            ),
            (
                _matrix_products(PLUS, VERTICAL_BAR),
                "That comes from a matrix product (@). Multiply cell by cell (*), then add.",
            ),
            (
                conv2d(PLUS, VERTICAL_BAR)[0],
                "That is one row of the map. Write all three rows.",
            ),
            (
                lambda answer: answer.shape == (5, 5),
                "Your map is as large as the image. The window stays inside the image: "
                "a 3×3 kernel fits at 3 places along 5 pixels.",
            ),
            (
                lambda answer: answer.size == 1,
                "That is one number, the sum of one window. The window has 9 places.",
            ),
        ),
        otherwise="Take one window at a time: multiply nine pairs, add the products.",
        hints=(
            "Three windows of one column of the map look at the same three columns of the image.",
            "The first window of + has the rows 1 1 −1, 1 1 −1 and −1 −1 −1.",
            "Its nine products are 1, −1, −1, 1, −1, −1, −1, 1, −1. Their sum is −3.",
        ),
    ),
    "2.loop": FunctionExercise(
        asks="give the name of your function, without brackets.",
        reference=conv2d,
        arguments=("image", "kernel"),
        cases=conv2d_cases(),
        lesson_case=(X, HORIZONTAL_BAR),
        why="Your function gives the same maps as conv2d for images and kernels that it "
        "has never seen, because it looks at nothing but its arguments.",
        mistakes=CONV2D_MISTAKES,
        only_where=CONV2D_ONLY_WHERE,
        hints=(
            "Call the function with another image, for example PLUS. Does the map change?",
            "Look at every name in the function, apart from np and range. Which is neither an "
            "argument nor made inside?",
            "Inside the loop the window must be cut out of image, the argument.",
        ),
    ),
    "2.flip": Exercise(
        asks="turn COUNTING_KERNEL so that its map begins with 120.",
        right=COUNTING_KERNEL[::-1, ::-1],
        why="Both the order of the rows and the order inside each row are turned round. "
        "conv2d with this kernel is the mathematician's convolution.",
        noun="the kernel",
        mistakes=(
            (COUNTING_KERNEL, "That is the kernel as it was. Turn it by half a turn."),
            (
                COUNTING_KERNEL[::-1],
                "Only top and bottom are exchanged. Each row must be turned round too.",
            ),
            (
                COUNTING_KERNEL[:, ::-1],
                "Only left and right are exchanged. The order of the rows must change too.",
            ),
            (
                COUNTING_KERNEL.T,
                "That is the transposed kernel: mirrored at its diagonal. "
                "The 0 must go to the opposite corner.",
            ),
            (np.rot90(COUNTING_KERNEL), "That is a quarter turn to the left. Turn it once more."),
            (np.rot90(COUNTING_KERNEL, -1), "That is a quarter turn to the right. Turn once more."),
            (-COUNTING_KERNEL, "The signs are reversed, the places are not. Move the weights."),
            (
                conv2d(COUNTING, COUNTING_KERNEL[::-1, ::-1]),
                "That is the map. Give the kernel that makes it.",
            ),
        ),
        otherwise="Turn COUNTING_KERNEL: its 8 goes to the top left corner, "
        "its 0 to the bottom right.",
        hints=(
            "The weight in row 0 goes to row 2, the weight in column 0 goes to column 2.",
            "np.rot90(COUNTING_KERNEL) is a quarter turn. Two of them make half a turn.",
            "np.rot90 takes what np.rot90 returns: write the one inside the brackets of the other.",
        ),
    ),
}
