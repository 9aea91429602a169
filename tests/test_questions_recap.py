"""The recap's questions: right answers in any form, likely mistakes named, with their place."""

import re

import numpy as np
import pytest

from helpers import exercises
from helpers.convolution import conv2d, output_size, pool2d, same_padding
from helpers.exercises import check, recap_score, verdict
from helpers.learning import gradient_step
from helpers.questions.recap import COLD, EXERCISES, IMAGE, KERNEL, PLACES
from helpers.receptive import receptive_field
from helpers.reference import agree, quiet_tensorflow, tf_conv2d, tf_pool2d
from tools.lesson_rules import NAMES, load
from tools.setup_cell import ROOT


def with_if(n, k, stride, padding):
    if padding == "same":
        return int(np.ceil(n / stride))
    return (n - k) // stride + 1


def by_walking(n, k, stride, padding):
    """Counts the places one by one."""
    last = n - 1 if padding == "same" else n - k
    return len(range(0, last + 1, stride))


def told(n, k, stride, padding):
    print(n, k)
    return np.array(output_size(n, k, stride, padding))


RIGHT = {
    "r.1": [[[0, 2], [5, 6]], IMAGE[1:3, 2:4], ((0.0, 2.0), (5.0, 6.0))],
    "r.2": [
        [[10, 2], [6, 1]],
        np.array([[10, 2], [6, 1]], np.float32)[np.newaxis, :, :, np.newaxis],
    ],
    "r.3": [with_if, by_walking, told],
    "r.4": [[5, 1, 2], (5.0, 1, np.int64(2))],
    "r.5": [(9, 6, 12), np.array([9, 6, 12])],
    "r.6": [912, [912.0]],
    "r.7": [[[-2, -1], [-3, -6]], pool2d(COLD, padding="same").astype("int8")],
    "r.8": [12, np.float32(12)],
    "r.9": [2.8, [[3 - 0.1 * 2]]],
    "r.10": [4, [4]],
}
WRONG = {
    "r.1": [
        ([[1, 5], [2, 7]], "The column came first"),
        ([[0, 1], [4, 0]], "counted from 0"),
        ([[0, 1, 3], [4, 0, 2], [1, 5, 6]], "took the last one too"),
        ([[0, 2], [5, 6], [7, 1]], "the 3 is left out"),
        ([[0, 5], [2, 6]], "row by row"),
        ([0, 2, 5, 6], "two rows in brackets"),
        (0, "first number of the window"),
        ("[[0, 2], [5, 6]]", "without quotes"),
    ],
    "r.2": [
        ([[7, 4], [8, 4]], "the mathematician's convolution"),
        ([[9, 5], [7, 0]], "upper row is 1 −1"),
        ([[10, 6], [2, 1]], "to the right of the first"),
        ([[10, 8], [8, 13]], "minus sign"),
        ([[7, 6], [6, 19]], "the sums of the pixels"),
        ([[4, 3], [3, 7]], "That is max pooling"),
        (conv2d(IMAGE, KERNEL), "that is stride 1"),
        (conv2d(IMAGE, KERNEL, padding="same"), "as large as the image"),
        (10, "the first sum"),
        ([[10, 2], [6, 2]], "3 of the 4 numbers are right"),
    ],
    "r.3": [
        (lambda n, k, stride, padding: (n - k) // stride + 1, "SAME has a rule of its own"),
        (lambda n, k, stride, padding: -(-n // stride), '"valid", written small'),
        (lambda n, k, s, p: (n - k) // s + 1 if p == "same" else -(-n // s), "You exchanged"),
        (lambda n, k, s, p: with_if(n, k, s, p) - (p == "valid"), "Add 1"),
        (lambda n, k, s, p: -(-(n - k) // s) + 1 if p == "valid" else -(-n // s), "round down"),
        (lambda n, k, s, p: (n - k) / s + 1 if p == "valid" else -(-n // s), "have decimals"),
        (lambda n, k, s, p: (n - k) // s + 1 if p == "valid" else n, "not mean the same size"),
        (lambda n, k, s, p: (n - k) // s + 1 if p == "valid" else n // s, "rounded up, not down"),
        (lambda n, k, s, p: (n - k) // s + 1 if p == "valid" else n / s, "no half cells"),
        (lambda n, k, s, p: with_if(n, k, s, p) + (p == "same"), "add nothing"),
        (lambda n, k, s, p: with_if(n, k, s, p) + 7 * (p == "same"), 'wrong for "same"'),
        (lambda n, k, s, p: with_if(n, k, s, p) + 7 * (p == "valid"), 'wrong for "valid"'),
        (lambda n, k, s, p: with_if(n, k, 1, p), "Right for stride 1"),
        (lambda n, k, s, p: 1, "padding:\nsame\nyours:\n1\nwanted:\n3"),
        (lambda n, k: 1, "must take 4 arguments: n, k, stride, padding"),
        (with_if(7, 3, 2, "same"), "the function itself"),
    ],
    "r.4": [
        ([5, 2, 1], "The odd one goes after"),
        ([5, 2, 2], "Only three cells are missing"),
        ([5, 1.5, 1.5], "no half zero"),
        ([5, 0, 3], "Half of them go before"),
        ([5, 3, 0], "the rest goes after"),
        ([5, 0, 0], "13 cells"),
        ([3, 0, 0], "That is VALID"),
        ([10, 2, 2], "That is stride 1"),
        ([10, 1, 2], "one place for every two pixels: 10 / 2"),
        ([4, 1, 2], "number of steps"),
        ([6, 1, 2], "add nothing"),
        (5, "what is wanted has shape (3,)"),
    ],
    "r.5": [
        ((9, 6, 36), "not 3 × 12"),
        ((9, 6, 3), "channels that come in"),
        ((6, 9, 12), "Rows come first"),
        ((9, 7, 12), "round down"),
        ((9, 6.5, 12), "no half columns"),
        ((8, 5, 12), "where the window begins"),
        ((11, 8, 12), 'That is padding="same"'),
        ((17, 12, 12), "That is stride 1"),
        ((12, 9, 6), "Keras writes the maps last"),
        ((9, 6), "how many maps"),
        ((1, 9, 6, 12), "the number of images"),
    ],
    "r.6": [
        (900, "Each filter has a bias too"),
        (312, "a slice for each of the three channels"),
        (300, "Three slices in each filter"),
        (936, "one bias, not one for each slice"),
        (901, "12 biases"),
        (903, "not for each channel"),
        (76, "That is one filter"),
        (75, "the weights of one filter"),
        (49_248, "used at every place"),
        (12_108, "a weight for every pixel"),
        (5, "Count one filter"),
    ],
    "r.7": [
        ([[-2, 0], [0, 0]], "the padding never wins"),
        (-2, "That is VALID"),
        ([[-7, -8], [-9, -6]], "Those are the smallest"),
        ([[-4.5, -4.5], [-6, -6]], "Those are the averages"),
        ([[-5, -2], [-3, -1]], "above and on the left"),
        ([[-2, -1], [-3, -1]], "the window moves by its size"),
        ([[2, 1], [3, 6]], "minus signs"),
        ([[-2, -3], [-1, -6]], "Rows and columns are exchanged"),
        (COLD, "as large as the image"),
    ],
    "r.8": [
        (8, "2 columns apart"),
        (10, "Do not add up the sizes"),
        (30, "Do not multiply the sizes"),
        (13, "counts from the next layer on"),
        (14, "4 further than one cell"),
        (4, "One layer is left"),
        (5, "the window of the last layer"),
        (7, "The pooling is missing"),
    ],
    "r.9": [
        (3.2, "uphill"),
        (2, "That is the slope"),
        (0.2, "how far the weight goes"),
        (1, "a step of the whole slope"),
        (2.6, "not a sum"),
        (2.9, "factor 2"),
        (3, "Error times pixel"),
        (4, "That is the loss"),
    ],
    "r.10": [
        (1, "have the same shades"),
        (2, "3 2 1"),
        (3, "28 pixels give 14"),
        (5, "2 of the 4 numbers"),
        (6, "44.1%"),
        (7, "from 1 to 6"),
    ],
}


def test_there_are_ten_questions():
    assert list(EXERCISES) == [*PLACES, "r.10"] == [f"r.{number}" for number in range(1, 11)]


def sections():
    """(lesson, section) of every section of the course; those without a number by their title."""
    for lesson, name in enumerate(NAMES, 1):
        for cell in load(ROOT / "notebooks" / f"{name}.ipynb").text:
            for title in re.findall(r"(?m)^## (.+)", cell.source):
                yield lesson, int(title[0]) if title[0].isdigit() else title


def test_every_sentence_names_a_section_that_there_is_and_every_lesson_comes():
    known = set(sections())
    assert {lesson for lesson, _ in PLACES.values()} == set(range(1, 8))
    assert set(PLACES.values()) <= known
    for exercise in EXERCISES.values():
        for _, sentence in (*exercise.mistakes, *getattr(exercise, "only_where", ())):
            found = re.search(r" Look again at lesson (\d), section (\d)\.$", sentence)
            assert found and tuple(map(int, found.groups())) in known, sentence


def test_tensorflow_finds_the_right_answers():
    tf = quiet_tensorflow()
    assert agree(EXERCISES["r.2"].right, tf_conv2d(IMAGE, KERNEL, stride=2))
    row, weights = np.arange(1, 11)[np.newaxis], np.arange(1, 6)[np.newaxis]
    same, sides = tf_conv2d(row, weights, (1, 2), "same"), same_padding(10, 5, 2)
    assert agree(tf_conv2d(np.pad(row, ((0, 0), sides)), weights, (1, 2)), same)
    assert EXERCISES["r.4"].right == (same.size, *sides) == (5, 1, 2)
    layer = tf.keras.layers.Conv2D(12, 5, strides=2, padding="valid")
    assert tuple(layer(np.zeros((1, 21, 16, 3))).shape) == (1, *EXERCISES["r.5"].right)
    assert layer.count_params() == EXERCISES["r.6"].right
    assert agree(EXERCISES["r.7"].right, tf_pool2d(COLD, 2, padding="same"))
    layers = [("conv", 3), ("pool", 2), ("conv", 5)]
    assert receptive_field(layers)[-1] == EXERCISES["r.8"].right
    weight, pixels = tf.Variable(3.0), np.array([1.0, 2.0])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((weight * pixels - [5.0, 4.0]) ** 2)
    ours, before = gradient_step([[1, 2]], [[3]], [[5, 4]], 0.1)
    assert (before, float(loss)) == (4, 4)
    assert agree(ours[0, 0], float(weight - 0.1 * tape.gradient(loss, weight)))
    assert verdict("r.9", ours)[0]


@pytest.fixture
def nothing_checked(monkeypatch):
    monkeypatch.setattr(exercises, "_last_check", {})


def score(capsys, **answers):
    for name, answer in answers.items():
        check(f"r.{name[1:]}", answer)
    capsys.readouterr()
    assert recap_score() is None
    return capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("nothing_checked")
def test_the_score_counts_the_last_check_of_each_question(capsys):
    assert score(capsys) == ["0 of 10 answered yet."]
    assert score(capsys, q1=None, q2=...) == ["0 of 10 answered yet."]
    assert score(capsys, q1=[[0, 2], [5, 6]], q6=900, q10="four") == [
        "3 of 10 answered, 1 right so far.",
        "✗ Question 6: look again at lesson 5, section 3.",
        "✗ Question 10: not yet.",
        "… Not answered yet: 2, 3, 4, 5, 7, 8, 9.",
    ]
    check("5.parameters", 51_264)  # a lesson's exercise does not count
    assert score(capsys, q6=912)[0] == "3 of 10 answered, 2 right so far."
    assert score(capsys, q1=None)[0] == "2 of 10 answered, 1 right so far."


@pytest.mark.usefixtures("nothing_checked")
def test_ten_right_answers_are_said_to_be_all(capsys):
    first = {name.replace("r.", "q"): answers[0] for name, answers in RIGHT.items()}
    assert score(capsys, **first) == [
        "10 of 10 answered, 10 right so far.",
        "✓ All right, from the first pixel to the last weight.",
    ]
