"""All rules of the course, each with a small number: what stands on `one_page()`.

The numbers are computed with the course's own functions; the tests ask TensorFlow.
"""

from dataclasses import dataclass

import numpy as np

from .convolution import conv2d, output_size, pool2d, same_padding
from .figures import number
from .images import PLUS, X
from .kernels import HORIZONTAL_BAR
from .learning import gradient_step
from .receptive import levels


@dataclass(frozen=True)
class Block:
    """One block of the sheet. All its texts are HTML of the smallest kind: b, i, code."""

    title: str
    lessons: str  # "lesson 4"
    rows: tuple = ()  # of a table; the first cell of each names it
    head: tuple = ()  # what stands above the columns
    notes: tuple = ()  # paragraphs below
    items: tuple = ()  # of a list
    kind: str = ""  # how the style calls it


def blocks():
    """All blocks of the sheet, in the order in which they are read."""
    return (
        places(),
        same(),
        in_the_padding(),
        shapes(),
        count(),
        vocabulary(),
        arguments(),
        names(),
        pooling(),
        sees(),
        learning(),
        myths(),
    )


def places():
    """How many places a window finds: the size of the feature map."""
    return Block(
        "How large is the feature map?",
        "lessons 3, 4",
        head=("padding", "places along one side", "example"),
        rows=(
            (
                "VALID",
                "<b>⌊(n − span) / s⌋ + 1</b>",
                f"n 26, k 5, s 2: <b>{output_size(26, 5, 2)}</b>",
            ),
            ("SAME", "<b>⌈n / s⌉</b>", f"n 28, k 3, s 2: <b>{output_size(28, 3, 2, 'same')}</b>"),
            (
                "your own",
                "<b>⌊(n + before + after − span) / s⌋ + 1</b>",
                f"n 4, k 3, s 1, 1 + 1: <b>{output_size(4, 3, 1, 1)}</b>",
            ),
        ),
        notes=(
            f"n pixels, k weights, stride s. <b>span = (k − 1) × dilation + 1</b>: 3 weights with "
            f"dilation 2 span {(3 - 1) * 2 + 1}. ⌊ ⌋ rounds down, ⌈ ⌉ up.",
        ),
    )


def same():
    """The SAME rule, and on which side the odd cell goes."""
    rows = []
    for n, k, s in ((7, 4, 2), (28, 3, 2), (4, 3, 1), (3, 2, 1), (10, 1, 2)):
        found = output_size(n, k, s, "same")
        needed, (before, after) = (found - 1) * s + k, same_padding(n, k, s)
        rows.append(
            (f"{n}, {k}, {s}", *map(str, (found, needed, max(needed - n, 0), before, after)))
        )
    return Block(
        "SAME: how many cells, on which side?",
        "lesson 4",
        head=("n, k, s", "places", "needed", "missing", "before", "after"),
        rows=tuple(rows),
        notes=(
            "<b>places = ⌈n / s⌉; needed = (places − 1) × s + span; missing = needed − n</b>, at "
            "least 0. Half of it, rounded down, goes before, the rest after: <b>an odd cell goes "
            "to the bottom and to the right.</b>",
        ),
        kind="numbers",
    )


def in_the_padding():
    """What the padding counts as, in each of the three."""
    ones = conv2d(np.ones((4, 4)), np.ones((3, 3)), padding="same")
    inside, edge, corner = (number(ones[place]) for place in ((1, 1), (0, 1), (0, 0)))
    cold = pool2d([[-4, -3], [-2, -1]], 2, 1, "same")
    eights = pool2d(np.full((2, 2), 8), 2, 1, "same", "average")
    return Block(
        "What stands in the padding?",
        "lessons 4, 6",
        rows=(
            (
                "convolution",
                "zeros",
                f"all ones: {inside}, edge {edge}, corner {corner}",
            ),
            ("max pooling", "−∞, never wins", f"−4 −3 / −2 −1 gives {in_rows(cold)}"),
            ("average pooling", "not counted", f"8 8 / 8 8 stays {in_rows(eights)}"),
        ),
        notes=("Convolution: kernel of 3 × 3 ones. Poolings: 2 × 2. All: stride 1, SAME.",),
    )


def in_rows(values):
    """A small array in one line, its rows parted by strokes."""
    return " / ".join(" ".join(map(number, row)) for row in values)


def shapes():
    """Image, kernel, filter, layer, batch: which axes, and what comes out."""
    image, bank = np.zeros((32, 32, 3)), np.zeros((5, 5, 3, 6))
    one, many = conv2d(image, bank[..., 0]).shape, conv2d(image, bank).shape
    return Block(
        "Kernel, filter, channel: which shape?",
        "lessons 1, 5",
        rows=(
            ("image", "rows, columns, channels", str(image.shape)),
            ("kernel", "one grid of weights", str(bank.shape[:2])),
            ("filter", "one kernel a channel: <b>one map</b>", f"{bank.shape[:3]} → {one}"),
            ("layer", "many filters: <b>as many maps</b>", f"{bank.shape} → {many}"),
            ("batch", "images, rows, columns, channels", str((1, *image.shape))),
        ),
    )


def count():
    """How many numbers a layer holds."""
    return Block(
        "How many numbers in a layer?",
        "lessons 5, 7",
        rows=(
            (
                "Conv2D",
                "<b>filters × (rows × columns × channels + 1)</b>",
                f"6 × (5 × 5 × 3 + 1) = <b>{6 * (5 * 5 * 3 + 1)}</b>",
            ),
            (
                "Dense",
                "<b>outputs × (inputs + 1)</b>",
                f"10 × (1,152 + 1) = <b>{10 * (1152 + 1):,}</b>",
            ),
            ("pooling", "nothing to learn", "<b>0</b>"),
        ),
        notes=("The 1 is the bias: <code>use_bias=False</code> leaves it out.",),
    )


def arguments():
    """What each argument of Conv2D changes."""
    half, smaller = output_size(28, 3, 2, "same"), output_size(32, 5)
    rows = (
        ("filters", "how many maps", "6: 6 maps"),
        ("kernel_size", "rows and columns of a filter", "5: 5 × 5"),
        ("strides", "how far the window moves", f"2: 28 → {half} (SAME)"),
        ("padding", "“valid”: none; “same”: ⌈n / s⌉ places", f"k 5: 32 → {smaller}, 32"),
        ("dilation_rate", "how far apart the weights lie", "2: 3 span 5"),
        ("use_bias", "whether each sum gets a bias", "True, False"),
        ("activation", "done to each number at the end", "“relu”: −3 → 0"),
        ("data_format", "where the channels stand", "“channels_last”"),
    )
    return Block(
        "Conv2D: what its arguments change",
        "lesson 5",
        rows=tuple((f"<code>{name}</code>", *rest) for name, *rest in rows),
        notes=("How many slices a filter has is not said: Keras takes it from the image.",),
    )


def names():
    """The same settings under three names."""
    rows = (
        ("function", "conv2d", "conv2d", "Conv2D"),
        ("image", "(5, 5)", "(1, 5, 5, 1)", "(1, 5, 5, 1)"),
        ("weights", "kernel (3, 3)", "filters (3, 3, 1, 1)", "makes its own"),
        ("stride", "stride=2", "strides=2", "strides=2"),
        ("padding", '"same"', '"SAME"', '"same"'),
        ("dilation", "dilation=2", "dilations=2", "dilation_<wbr>rate=2"),
        ("largest", 'pool2d, "max"', "max_pool2d", "MaxPool2D"),
        ("mean", 'pool2d, "average"', "avg_pool2d", "Average<wbr>Pooling2D"),
    )
    return Block(
        "Three names for the same",
        "lessons 2 to 6",
        head=("setting", "this course", "tf.nn", "Keras"),
        rows=tuple((name, *(f"<code>{cell}</code>" for cell in rest)) for name, *rest in rows),
    )


def pooling():
    """What pooling writes, and for how many windows."""
    window = np.array([[2, 0], [0, 3]])
    largest, mean = pool2d(window)[0, 0], pool2d(window, mode="average")[0, 0]
    return Block(
        "Pooling",
        "lesson 6",
        rows=(
            ("max", "the largest of each window", f"2 0 / 0 3 gives <b>{number(largest)}</b>"),
            ("average", "sum / number of real cells", f"2 0 / 0 3 gives <b>{number(mean)}</b>"),
            (
                "stride",
                "its own size, unless given",
                f"7 → {output_size(7, 2, 2)}, SAME {output_size(7, 2, 2, 'same')}",
            ),
        ),
        notes=("Window 2 × 2. Each channel by itself, without weights.",),
    )


def sees():
    """The receptive field."""
    found = levels([("conv", 3), ("pool", 2), ("conv", 3)])
    sums = ["1"] + [
        f"{a['field']} + ({name[-1]} − 1) × {a['jump']} = <b>{b['field']}</b>"
        for a, b, name in zip(found, found[1:], ("conv 3", "pool 2", "conv 3"), strict=False)
    ]
    return Block(
        "How far does a cell see?",
        "lesson 6",
        head=("layer", "columns that a cell sees", "distance"),
        rows=tuple(
            (one["name"], total, str(one["jump"])) for one, total in zip(found, sums, strict=True)
        ),
        notes=("<b>field + (k − 1) × distance; then distance × stride.</b>",),
    )


def learning():
    """A gradient step, softmax, loss."""
    target = conv2d(PLUS, PLUS[1:4, 1:4])
    kernel, loss = gradient_step(PLUS, np.zeros((3, 3)), target, 0.2)
    squares, slope, weight = (target**2).sum(), -kernel[0, 1] / 0.2, f"{-kernel[0, 1]:.1f}"
    shares = np.exp([2.0, 1.0, 0.0]) / np.exp([2.0, 1.0, 0.0]).sum()
    said = ", ".join(f"{share:.3f}" for share in shares)
    rows = (
        ("error", "<b>map − target</b>", f"0 − {number(target.max())} = −9"),
        ("loss", "<b>mean of error × error</b>", f"{number(squares)} / 9 = {loss:.2f}"),
        ("slope", "<b>mean of 2 × error × pixel</b>", f"2 × 9 / 9 = {number(slope)}"),
        ("new weight", "<b>weight − rate × slope</b>", f"0 − 0.2 × {number(slope)} = −{weight}"),
        ("softmax", "powers of 2.718 / their sum", f"2, 1, 0 → {said}"),
        (
            "its loss",
            "<b>−log p</b> of the right digit",
            f"p = {shares[0]:.3f}: {-np.log(shares[0]):.3f}",
        ),
    )
    return Block(
        "A gradient step",
        "lesson 7",
        rows,
        notes=("Lesson 7's + and nine zeros; weight [0, 1]: its products add up to 9.",),
    )


MYTHS = (  # lesson, what people say, what an experiment says to it (numbers: see `experiments`)
    (1, "Width comes first.", "300 wide, 200 high is (200, 300)."),
    (1, "The picture shows the values.", "1 to 9 and 10 to 90 look the same."),
    (1, "uint8 arithmetic is safe.", "200 × 2 gave {byte}."),
    (1, "A JPEG is always RGB.", "It can be grey."),
    (1, "Grey means 0 to 255.", "16 bits: to {most:,}."),
    (2, "conv2d is the mathematician's convolution.", "Over a single 1: {ours}, not {copied}."),
    (2, "Convolution is matrix multiplication.", "First window of x: {total}, with @ {matrix}."),
    (2, "A kernel is square and odd.", "Any rectangle that fits."),
    (
        3,
        "A size that does not divide evenly is an error.",
        "Rounded down: 26, k 5, s 2 give {places}.",
    ),
    (3, "Dilation 0 is none.", "1 is none."),
    (3, "TensorFlow tells me if the kernel is too large.", "Not always: TensorFlow 2.21 did not."),
    (4, "SAME means the same size.", "With stride 1 only. Stride 2: 28 → {half}."),
    (4, "SAME is symmetric, (k − 1) / 2.", "n 28, k 3, s 2: {sides}."),
    (4, "SAME means zeros.", "It says how many, not what."),
    (4, "Padding adds information.", "Zeros: all ones gave {edge}."),
    (5, "Two layers beat one.", "Not without ReLU between: two of 3 × 3 are one of 5 × 5."),
    (5, "32 maps in, 64 filters: 32 × 64 maps.", "64: a filter adds up its partial maps."),
    (5, "One kernel over each channel turns a photo grey.", "Nothing is added across them."),
    (5, "Kernel, filter, channel are one word.", "See the shapes."),
    (5, "Conv2D on RGB is 3-D.", "It slides along two axes."),
    (5, "Canny is a kernel.", "It is several steps."),
    (
        6,
        "Pooling makes it shift-invariant.",
        "At most within a window: moved by 1, {changed} of 4 changed.",
    ),
    (6, "Pooling pads with zeros, or counts them.", "Neither."),
    (6, "It halves the image.", "Each side: 784 → {quarter} numbers."),
    (6, "Pooling has weights.", "None."),
    (6, "Pooling is unlike convolution.", "Max is. Averaging 2 × 2, unpadded, is one: 1/4."),
    (7, "A filter of the second layer is 5 by 5.", "5 × 5 × 32."),
    (7, "Dropout 0.9 keeps 0.9.", "It drops 0.9."),
    (7, "99%: it will read my digits.", "99 of 100 digits prepared like these."),
)


def experiments():
    """The numbers that refute the myths."""
    window, one = X[:3, :3], [0, 0, 1, 0, 0]
    line = conv2d(np.eye(4), np.eye(3), padding="same")
    moved = np.pad(line, ((0, 0), (1, 0)))[:, :4]  # one pixel to the right
    return {
        "byte": (np.array([200], "uint8") * 2)[0],
        "most": np.iinfo("uint16").max,
        "ours": in_line(conv2d([one], [[1, 2, 3]])[0]),
        "copied": in_line(np.convolve(one, [1, 2, 3], "valid")),
        "total": (window * HORIZONTAL_BAR).sum(),
        "matrix": (window @ HORIZONTAL_BAR).sum(),
        "places": output_size(26, 5, 2),
        "half": output_size(28, 3, 2, "same"),
        "sides": same_padding(28, 3, 2),
        "edge": in_line(conv2d(np.ones((4, 4)), np.ones((3, 3)), padding="same")[0]),
        "changed": (pool2d(moved) != pool2d(line)).sum(),
        "quarter": pool2d(np.zeros((28, 28))).size,
    }


def myths():
    """What people say, and what an experiment of the course says to it."""
    known = experiments()
    return Block(
        "What people say, and what the experiments said",
        "the number is the lesson",
        items=tuple(
            f"<b>{lesson}</b> <i>“{myth}”</i> {found.format(**known)}"
            for lesson, myth, found in MYTHS
        ),
        kind="myths",
    )


def in_line(values):
    """A row of numbers in one line."""
    return " ".join(map(number, values))


def vocabulary():
    """The small vocabulary."""
    known = {
        "pixel": "one place of an image",
        "coding": "which number means which shade",
        "channel": "one grid of an image: R, G, B",
        "feature map": "the sums of all places",
        "bias": "a number added to each sum",
        "ReLU": "0 for every number below 0",
        "receptive field": "the pixels on which a cell depends",
        "loss": "how far from what is wanted",
        "slope": "how fast the loss grows with a weight",
        "batch": "the images of one step",
        "epoch": "all images once",
        "dropout": "in training some numbers become 0",
    }
    said = "; ".join(f"<b>{word}</b> {meaning}" for word, meaning in known.items())
    return Block("Words", "all lessons", notes=(f"{said}.",), kind="words")
