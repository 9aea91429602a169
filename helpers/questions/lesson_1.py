"""Questions of lesson 1: image as a grid."""

from ..images import NINE
from ..judge import Exercise

PREDICTIONS = {
    "1.zoom": {
        "question": "This photograph is 300 pixels wide and 200 pixels high. You come closer and "
        "closer to one spot. What do you see in the end?",
        "options": [
            "finer and finer details",
            "shades that flow smoothly",
            "squares of one shade each",
        ],
        "right": "squares of one shade each",
        "answer": "Squares of one shade each. A pixel is one number, and one number is one shade. "
        "There is nothing inside a pixel that could come into sight.",
    },
    "1.windows": {
        "question": "A window of 2 by 2 pixels fits at 16 places in x. At how many of them, the "
        "first one included, does it hold the same four numbers in the same order as at the "
        "first?",
        "options": ["1", "2", "4", "8", "16"],
        "right": "4",
        "answer": "4, all on the main diagonal, from the top left to the bottom right. "
        "Along it the black line runs through every window in the same way. "
        "On the other diagonal the window holds the mirror image: the numbers are the same, "
        "the order is not.",
    },
}

PHOTO = (200, 300, 3)

EXERCISES = {
    "1.shape": Exercise(
        asks="write the shape as three numbers in brackets, like (1, 2, 3).",
        right=PHOTO,
        why="Rows first, so the height comes first; then the columns, then the three channels.",
        noun="the shape",
        mistakes=(
            (
                (300, 200, 3),
                "That is width first, as people say it. An array counts its rows first, "
                "and the number of rows is the height.",
            ),
            (
                (3, 200, 300),
                "That puts the channels first. Here they are the last axis: row, column, channel.",
            ),
            (
                (3, 300, 200),
                "Row, column, channel: the height is the number of rows and comes first, "
                "the channels come last.",
            ),
            ((200, 300), "That is a grey photograph. In colour each pixel holds three numbers."),
            (
                (300, 200),
                "The rows come first, and their number is the height. And in colour each pixel "
                "holds three numbers: a third axis.",
            ),
            (
                (200, 300, 1),
                "That is one channel, a grey photograph. Red, green and blue are three.",
            ),
            (
                (1, 200, 300, 3),
                "That is a batch of one photograph, as TensorFlow wants it. "
                "The array of the photograph itself has three axes.",
            ),
            (
                lambda answer: answer.size == 1,
                "That is one number. A shape has a number for each axis: row, column, channel.",
            ),
            (
                lambda answer: sorted(answer) == sorted(PHOTO) and tuple(answer) != PHOTO,
                "The three numbers are right, their order is not: row, column, channel.",
            ),
        ),
        otherwise="How many rows are there, how many columns, how many channels?",
        hints=(
            "A shape has one number for each axis. A colour image has three axes.",
            "The axes are row, column, channel, in this order.",
            "200 high means 200 rows. 300 wide means 300 columns.",
        ),
    ),
    "1.pixel": Exercise(
        asks="write the number that stands at image[1, 2].",
        right=NINE[1, 2],
        why="Row 1 is the middle row, 4 5 6, because rows are counted from 0. "
        "Column 2 is the last one.",
        noun="the pixel",
        mistakes=(
            (
                2,
                "You counted from 1. Python counts from 0: row 0 is the top row, "
                "column 0 the left column.",
            ),
            (8, "That is image[2, 1]. The row comes first: row 1, column 2."),
            (
                4,
                "You counted from 1, and took the column first. "
                "Count from 0, and take the row first.",
            ),
            (5, "The row is right. The columns are counted from 0 too: 0, 1, 2."),
            (3, "The column is right. The rows are counted from 0 too: row 1 is not the top row."),
            ((4, 5, 6), "That is the whole row 1. Which of its numbers stands in column 2?"),
            ((3, 6, 9), "That is the whole column 2. Which of its numbers stands in row 1?"),
            ((1, 2), "That is the place. Which number stands there?"),
            (NINE, "That is the whole image. Which of its numbers stands in row 1, column 2?"),
        ),
        otherwise="The image holds 1 2 3 in row 0, 4 5 6 in row 1 and 7 8 9 in row 2.",
        hints=(
            "The first number in the brackets is the row, the second the column.",
            "Python counts from 0: the rows are 0, 1 and 2.",
            "Row 1 holds 4, 5 and 6. Their columns are 0, 1 and 2.",
        ),
    ),
    "1.count": Exercise(
        asks="write how many numbers the array of the colour photograph holds.",
        right=180_000,
        why="200 rows of 300 pixels are 60,000 pixels, and each holds three numbers.",
        noun="the count",
        mistakes=(
            (
                60_000,
                "That is the number of pixels. In colour each pixel holds three numbers.",
            ),
            (
                (180, 0),
                "You mean the right thing, but in Python a comma makes two numbers: "
                "write 180000, or 180_000.",
            ),
            (
                180,
                "That is one hundred and eighty. In Python a point begins the decimals: "
                "write 180000, or 180_000.",
            ),
            ((60, 0), "In Python a comma makes two numbers. And 60,000 is the number of pixels."),
            (500, "You added height and width. 200 rows of 300 pixels: multiply."),
            (503, "You added. 200 rows of 300 pixels, three numbers in each: multiply."),
            (
                1500,
                "The three numbers per pixel are there, but height and width were added. "
                "200 rows of 300 pixels: multiply.",
            ),
            (
                240_000,
                "That is four numbers per pixel. A colour photograph has three: red, green, blue.",
            ),
            (
                1_440_000,
                "That counts eight bits for each number. Count the numbers themselves.",
            ),
            ((200, 300, 3), "That is the shape. Multiply its three numbers."),
        ),
        otherwise="Count the pixels first: rows times columns. Then the numbers in each.",
        hints=(
            "How many pixels does one row have? How many rows are there?",
            "200 rows of 300 pixels are 60,000 pixels.",
            "Each pixel holds a red, a green and a blue number.",
        ),
    ),
}
