"""The ten questions of the recap, across all seven lessons.

Each wrong answer has its sentence, and each sentence ends with the place to go back to.
"""

import numpy as np

from ..convolution import conv2d, output_size, pool2d, same_padding
from ..judge import Exercise, FunctionExercise

PREDICTIONS = {}

IMAGE = np.array([[2, 0, 1, 3], [1, 4, 0, 2], [3, 1, 5, 6], [0, 2, 7, 1]])
KERNEL = np.array([[1, -1], [0, 2]])
COLD = np.array([[-5, -2, -8], [-7, -4, -1], [-3, -9, -6]])  # every number below zero

# Question -> its lesson and section: where to look again.
PLACES = {
    "r.1": (1, 3),
    "r.2": (2, 2),
    "r.3": (3, 2),
    "r.4": (4, 3),
    "r.5": (5, 3),
    "r.6": (5, 3),
    "r.7": (6, 2),
    "r.8": (6, 4),
    "r.9": (7, 1),
}  # r.10 is about all lessons: each of its mistakes has a place of its own


def again(where, sentence):
    """A sentence, and where to look again: a pair (lesson, section).

    >>> again((3, 2), "Round down.")
    'Round down. Look again at lesson 3, section 2.'
    """
    lesson, section = where
    return f"{sentence} Look again at lesson {lesson}, section {section}."


def named(name, *mistakes):
    """The mistakes of a question, each sentence with its place.

    A mistake is (value or test, sentence), or (value or test, sentence, (lesson, section)) where
    another place than the question's own explains it.
    """
    return tuple(
        (wrong, again(where[0] if where else PLACES[name], sentence))
        for wrong, sentence, *where in mistakes
    )


def _map(kernel):
    return conv2d(IMAGE, kernel, stride=2)


def _sized(*sides):
    """A test: an answer of this shape."""
    return lambda answer: answer.shape == sides


def _first(number):
    """A test: three numbers, of which this is the first."""
    return lambda answer: answer.shape == (3,) and answer[0] == number


def _places(valid, same):
    """A mistake in r.3: `valid(n, k, stride)` and `same(n, k, stride)` in place of the formulas."""
    return lambda n, k, stride, padding: (valid if padding == "valid" else same)(n, k, stride)


def _valid(n, k, stride):
    return (n - k) // stride + 1


def _same(n, k, stride):
    return -(-n // stride)


_CASES = tuple(  # from small to large
    (n, k, stride, padding)
    for n, k, stride in (
        (3, 3, 1),
        (4, 2, 3),
        (5, 2, 2),
        (7, 3, 2),
        (9, 4, 1),
        (10, 5, 3),
        (13, 5, 4),
    )
    for padding in ("valid", "same")
)

EXERCISES = {
    "r.1": Exercise(
        asks="write two rows of two numbers, like [[1, 2], [3, 4]].",
        right=IMAGE[1:3, 2:4],
        why="The row comes first. Both are counted from 0, and the number after the colon is left "
        "out: rows 1 and 2, columns 2 and 3.",
        noun="the window",
        mistakes=named(
            "r.1",
            (IMAGE[2:4, 1:3], "The column came first. The row comes first: 1 and 2.", (1, 1)),
            (IMAGE[0:2, 1:3], "You counted from 1. Rows and columns are counted from 0.", (1, 1)),
            (IMAGE[0:3, 1:4], "You counted from 1, and took the last one too. 1:3 means 1 and 2."),
            (IMAGE[1:4, 2:], "1:3 means rows 1 and 2: the 3 is left out."),
            (IMAGE[1:3, 2:4].T, "The numbers are right. Write them row by row, as they stand."),
            (
                lambda a: list(a) == [0, 2, 5, 6],
                "The numbers are right. Write two rows in brackets.",
            ),
            (IMAGE[1, 2], "That is the first number of the window. It holds two rows of two."),
        ),
        otherwise=again((1, 3), "Lay one finger on rows 1 and 2, another on columns 2 and 3."),
        hints=(
            "The rows are counted from 0: row 1 is 1 4 0 2.",
            "1:3 means 1 and 2. 2:4 means 2 and 3.",
            "Of row 1 take the numbers in columns 2 and 3. Then the same of row 2.",
        ),
    ),
    "r.2": Exercise(
        asks="write the feature map as two rows of two numbers.",
        right=_map(KERNEL),
        why="2 − 0 + 8 = 10, 1 − 3 + 4 = 2, 3 − 1 + 4 = 6, 5 − 6 + 2 = 1. With stride 2 the four "
        "windows stand side by side.",
        noun="the feature map",
        mistakes=named(
            "r.2",
            (
                _map(KERNEL[::-1, ::-1]),
                "You gave the kernel half a turn first. That is the mathematician's convolution. "
                "Deep learning lays the kernel on the window as it stands.",
                (2, 4),
            ),
            (
                _map(KERNEL.T),
                "Rows and columns of your kernel are exchanged: its upper row is 1 −1.",
            ),
            (
                _map(KERNEL).T,
                "The four sums are right. The second stands to the right of the first.",
            ),
            (_map(abs(KERNEL)), "A minus sign got lost: the second weight is −1.", (2, 1)),
            (_map(np.ones((2, 2))), "Those are the sums of the pixels. Multiply first.", (2, 1)),
            (pool2d(IMAGE), "Those are the largest pixels. That is max pooling.", (6, 1)),
            (
                _sized(3, 3),
                "Your map has nine places: that is stride 1. With stride 2 the window starts at "
                "rows and columns 0 and 2 only.",
                (3, 1),
            ),
            (_sized(4, 4), "Your map is as large as the image. The window stays inside.", (4, 2)),
            (10, "That is the first sum. The window has four places, two rows of two.", (3, 1)),
        ),
        otherwise=again((2, 2), "Take one window at a time: multiply four pairs, add, write."),
        hints=(
            "The four windows begin at [0, 0], [0, 2], [2, 0] and [2, 2].",
            "The first window holds 2 0 and 1 4. Its products are 2, 0, 0 and 8.",
            "The window at [2, 2] holds 5 6 and 7 1. Its products are 5, −6, 0 and 2.",
        ),
    ),
    "r.3": FunctionExercise(
        asks="write the function, then give its name, without brackets.",
        reference=output_size,
        arguments=("n", "k", "stride", "padding"),
        cases=_CASES,
        lesson_case=(7, 3, 2, "valid"),
        why="Both rules are right for sizes that the function has never seen.",
        mistakes=named(
            "r.3",
            (
                _places(_valid, _valid),
                "Without padding it is right. SAME has a rule of its own.",
                (4, 3),
            ),
            (
                _places(_same, _same),
                'With "same" it is right. "valid", written small, has another rule.',
            ),
            (
                _places(_same, _valid),
                "You exchanged the two rules: n / stride belongs to SAME.",
                (4, 3),
            ),
            (_places(lambda n, k, s: (n - k) // s, _same), 'With "valid" one is missing. Add 1.'),
            (_places(lambda n, k, s: -(-(n - k) // s) + 1, _same), 'With "valid" round down.'),
            (
                _places(lambda n, k, s: (n - k) / s + 1, _same),
                'With "valid" your numbers have decimals. Half a step is no step: round down.',
            ),
            (_places(_valid, lambda n, k, s: n), "SAME does not mean the same size.", (4, 3)),
            (
                _places(_valid, lambda n, k, s: n // s),
                'With "same" the last pixels count too: n / stride is rounded up, not down.',
                (4, 3),
            ),
            (
                _places(_valid, lambda n, k, s: n / s),
                'With "same" your numbers have decimals. A map has no half cells: round up.',
                (4, 3),
            ),
            (
                _places(_valid, lambda n, k, s: -(-n // s) + 1),
                'With "same" n / stride, rounded up, is the number of places already: add nothing.',
                (4, 3),
            ),
        ),
        only_where=(
            (lambda n, k, s, p: p == "same", again((4, 3), 'Right for "valid", wrong for "same".')),
            (
                lambda n, k, s, p: p == "valid",
                again((3, 2), 'Right for "same", wrong for "valid".'),
            ),
            (lambda n, k, s, p: s > 1, again((3, 2), "Right for stride 1, wrong for others.")),
        ),
        hints=(
            'Begin with: if padding == "same":',
            "VALID: how many steps fit between the first place and the last? And one more.",
            "SAME: n / stride, rounded up. np.ceil rounds up.",
        ),
    ),
    "r.4": Exercise(
        asks="write the number of places, and the zeros before and after the row.",
        right=(output_size(10, 5, 2, "same"), *same_padding(10, 5, 2)),
        noun="what is wanted",
        why="10 / 2 = 5 places are 4 steps of 2. The windows need 8 + 5 = 13 cells. Three are "
        "missing: one goes before, two go after.",
        mistakes=named(
            "r.4",
            ((5, 2, 1), "Three are missing, that is right. The odd one goes after the row."),
            (
                (5, 2, 2),
                "Only three cells are missing: 4 steps of 2, and 5 more, are 13. (k − 1) / 2 on "
                "both sides is a rule for stride 1 and an odd kernel.",
            ),
            ((5, 1.5, 1.5), "There is no half zero. Round down before, the rest goes after."),
            ((5, 0, 3), "Three are missing, that is right. Half of them go before, rounded down."),
            (
                (5, 3, 0),
                "Three are missing, that is right. Half of them go before, rounded down; "
                "the rest goes after.",
            ),
            ((5, 0, 0), "5 places need 4 × 2 + 5 = 13 cells, and there are 10."),
            ((3, 0, 0), "That is VALID, without padding. SAME asks for 10 / 2 places.", (4, 2)),
            ((10, 2, 2), "That is stride 1. Stride 2: one place for every two pixels."),
            (_first(10), "With stride 2 there is one place for every two pixels: 10 / 2."),
            (_first(4), "4 is the number of steps. There is one place more."),
            (_first(6), "10 / 2 = 5 is the number of places already: add nothing."),
        ),
        otherwise=again((4, 3), "Take the four steps: places, cells needed, cells missing, half."),
        hints=(
            "10 / 2 places. From the first to the last there are 4 steps of 2.",
            "The last window starts 8 cells after the first and takes 5: 13 cells are needed.",
            "Three are missing. Half of three, rounded down, goes before.",
        ),
    ),
    "r.5": Exercise(
        asks="write rows, columns and maps as three numbers, like (1, 2, 3).",
        right=(output_size(21, 5, 2), output_size(16, 5, 2), 12),
        why="(21 − 5) / 2 = 8, and one more. (16 − 5) / 2 = 5.5, rounded down, and one more. Each "
        "filter writes one map.",
        noun="the shape",
        mistakes=named(
            "r.5",
            ((9, 6, 36), "Partial maps are added: 12 filters, 12 maps, not 3 × 12.", (5, 2)),
            ((9, 6, 3), "3 is the number of channels that come in. Each filter writes one map."),
            ((6, 9, 12), "Rows come first: from 21 rows come 9, from 16 columns 6.", (1, 1)),
            ((9, 7, 12), "(16 − 5) / 2 is 5.5. Half a step is no step: round down.", (3, 2)),
            ((9, 6.5, 12), "A map has no half columns. Round down before you add 1.", (3, 2)),
            ((8, 5, 12), "A row and a column are missing: where the window begins.", (3, 2)),
            ((11, 8, 12), 'That is padding="same". With "valid" the window stays inside.', (4, 2)),
            ((17, 12, 12), "That is stride 1. strides=2 moves the window by two pixels.", (3, 2)),
            ((12, 9, 6), "The three numbers are right. Keras writes the maps last."),
            (_sized(2), "Rows and columns alone: add how many maps there are."),
            (_sized(4), "Leave out the number of images: rows, columns, maps."),
        ),
        otherwise=again((5, 3), "Rows and columns by lesson 3's formula; one map for each filter."),
        hints=(
            "The first argument is the number of filters, the second their rows and columns.",
            "Rows: (21 − 5) / 2, and one more. Columns: the same with 16, rounded down.",
            "How many maps does one filter write, and how many filters are there?",
        ),
    ),
    "r.6": Exercise(
        asks="write how many numbers, weights and biases, the layer holds.",
        right=12 * (5 * 5 * 3 + 1),
        why="One filter: 5 × 5 × 3 = 75 weights and a bias. There are 12.",
        mistakes=named(
            "r.6",
            (900, "Those are the weights. Each filter has a bias too."),
            (312, "A filter has a slice for each of the three channels: 5 × 5 × 3.", (5, 2)),
            (300, "Three slices in each filter, and a bias: 5 × 5 × 3 + 1."),
            (936, "A filter has one bias, not one for each slice.", (5, 2)),
            (901, "There are 12 biases, one for each filter."),
            (903, "There are 12 biases, one for each filter, not for each channel."),
            (76, "That is one filter. There are 12."),
            (75, "Those are the weights of one filter. There are 12, and each has a bias."),
            (912 * 9 * 6, "The same weights are used at every place.", (2, 3)),
            (12 * (21 * 16 * 3 + 1), "That is a weight for every pixel.", (2, 3)),
        ),
        otherwise=again((5, 3), "Count one filter: rows × columns × channels, and a bias."),
        hints=(
            "Begin with one filter. How many slices has it?",
            "5 × 5 × 3 weights and one bias.",
            "12 times as many.",
        ),
    ),
    "r.7": Exercise(
        asks="write the map as two rows of two numbers.",
        right=pool2d(COLD, 2, padding="same"),
        why="Windows at the edge hold fewer real cells. The padding counts as minus infinity, so "
        "no 0 can win.",
        noun="the map",
        mistakes=named(
            "r.7",
            ([[-2, 0], [0, 0]], "The image holds no 0. In max pooling the padding never wins."),
            (-2, "That is VALID. SAME keeps the last row and column: ⌈3 / 2⌉ = 2 places each way."),
            (-pool2d(-COLD, padding="same"), "Those are the smallest.", (6, 1)),
            (
                pool2d(COLD, 2, padding="same", mode="average"),
                "Those are the averages. Take the largest of each window.",
                (6, 1),
            ),
            (
                pool2d(COLD, 2, padding=((1, 0), (1, 0))),
                "Your padding stands above and on the left. The odd row goes below, the odd "
                "column to the right.",
                (4, 2),
            ),
            (pool2d(COLD, 2, 1), "Side by side means: the window moves by its size, 2.", (6, 1)),
            (abs(pool2d(COLD, 2, padding="same")), "The minus signs got lost."),
            (
                pool2d(COLD, 2, padding="same").T,
                "Rows and columns are exchanged: the second number of the first row belongs to "
                "the window on the right.",
            ),
            (_sized(3, 3), "Your map is as large as the image. The window moves by 2.", (6, 1)),
        ),
        otherwise=again((6, 2), "Four windows: 4 real cells, then 2, then 2, then 1."),
        hints=(
            "⌈3 / 2⌉ = 2 places each way. The windows begin at [0, 0], [0, 2], [2, 0] and [2, 2].",
            "The first window holds −5 −2 and −7 −4. The largest of them lies nearest to 0.",
            "The second window holds −8 and −1, and padding that never wins.",
        ),
    ),
    "r.8": Exercise(
        asks="write how many columns one cell of the last layer sees.",
        right=12,
        noun="what is wanted",
        why="3, then 3 + 1 × 1 = 4. Now neighbours lie 2 columns apart, so the last kernel adds "
        "4 × 2.",
        mistakes=named(
            "r.8",
            (8, "After the pooling neighbours lie 2 columns apart: the last kernel adds 4 × 2."),
            (
                10,
                "Do not add up the sizes. A window of k cells adds k − 1 cells, each "
                "as many columns further as neighbours lie apart.",
            ),
            (30, "Do not multiply the sizes: neighbouring windows share most of their columns."),
            (
                13,
                "The stride of the pooling counts from the next layer on. The two cells under its "
                "own window lie 1 apart.",
            ),
            (14, "A window of 5 cells reaches 4 further than one cell does: 4 × 2."),
            (4, "That is after the pooling. One layer is left: it takes five of those cells."),
            (5, "That is the window of the last layer. How many columns of the image is that?"),
            (7, "The pooling is missing: it adds one column, and then it doubles the distance."),
        ),
        otherwise=again((6, 4), "One layer at a time: field + (k − 1) × distance of neighbours."),
        hints=(
            "At the image: field 1, distance 1. The first kernel adds (3 − 1) × 1.",
            "The pooling adds (2 − 1) × 1. After it neighbours lie 2 columns apart.",
            "The last kernel adds (5 − 1) × 2.",
        ),
    ),
    "r.9": Exercise(
        asks="write the new weight.",
        right=2.8,
        why="The map is 3 6, the errors are −2 and 2. Times pixel: −2 and 4. Twice their mean is "
        "the slope, 2, and 3 − 0.1 × 2 = 2.8.",
        mistakes=named(
            "r.9",
            (3.2, "That goes uphill: the loss grows. The weight goes against its slope."),
            (2, "That is the slope. The weight goes against it, by learning rate × slope."),
            (0.2, "That is how far the weight goes. From 3 it goes down by so much."),
            (1, "That is a step of the whole slope. Multiply it by the learning rate first."),
            (2.6, "The loss is a mean over two places: the slope is a mean too, not a sum."),
            (2.9, "The slope has a factor 2: the mean of 2 × error × pixel."),
            (3, "The errors −2 and 2 cancel only if the pixels are forgotten. Error times pixel!"),
            (4, "That is the loss: the mean of 4 and 4. Which way should the weight go?"),
        ),
        otherwise=again((7, 1), "Four steps: map, error, slope, new weight."),
        hints=(
            "The map is 3 × 1 and 3 × 2. Each minus its target is the error: −2 and 2.",
            "Slope: the mean of 2 × error × pixel, so of 2 × −2 × 1 and 2 × 2 × 2.",
            "New weight: old weight − learning rate × slope.",
        ),
    ),
    "r.10": Exercise(
        asks="write the number of the sentence that is true.",
        right=4,
        why="In lesson 5 two kernels of 3 by 3 and one of 5 by 5 agreed in all 58,016 numbers. "
        "With ReLU between them, an image with its signs changed no longer gave the map "
        "with its signs changed: no single kernel behaves like that.",
        mistakes=named(
            "r.10",
            (
                1,
                "1 to 9 and ten times as much have the same shades: each picture goes from its own "
                "lowest number to its own highest.",
                (1, 2),
            ),
            (
                2,
                "Over a single 1, NumPy's convolve turns the kernel round and copies 1 2 3. "
                "TensorFlow writes it backwards, 3 2 1: it does not turn it.",
                (2, 4),
            ),
            (3, "With stride 2, 28 pixels give 14 places. SAME is a rule about sizes.", (4, 3)),
            (
                5,
                "That holds only within a window. The diagonal moved by one pixel, and 2 of the 4 "
                "numbers of its map changed.",
                (6, 3),
            ),
            (
                6,
                "In the stored run 99.1% of the test digits were read right. Moved by 4 pixels "
                "down and right, 44.1%.",
                (7, 5),
            ),
        ),
        otherwise="There are six sentences: write a number from 1 to 6.",
        hints=(
            "For each sentence ask: which experiment of the course showed it, or refuted it?",
            "Sentences 1, 3 and 5 are true of some images, strides or moves, not of all.",
            "In lesson 5 ReLU made a difference. What was it like without?",
        ),
    ),
}
