"""The questions of lesson 5: right answers in any form pass, likely mistakes are named."""

import numpy as np
import pytest

from helpers.convolution import conv2d
from helpers.exercises import predict, verdict
from helpers.images import PLUS, X
from helpers.kernels import GALLERY, HORIZONTAL_BAR, VERTICAL_BAR
from helpers.questions.lesson_5 import EXERCISES, PREDICTIONS, SLASH
from helpers.reference import quiet_tensorflow

FLAT = np.full((5, 5), 100)
MIDDLE = [[1, 1, -1], [1, -1, 1], [-1, 1, 1]]

RIGHT = [
    ("5.parameters", 51264),
    ("5.parameters", 51264.0),
    ("5.parameters", [51264]),
    ("5.parameters", np.int64(64) * 801),
    ("5.flat", [100, 0]),
    ("5.flat", (100.0, 0.0)),
    ("5.flat", np.array([[100], [0]])),
    (
        "5.flat",
        [conv2d(FLAT, GALLERY[k].weights)[1, 1] for k in ("Gaussian blur", "Laplacian")],
    ),
    ("5.flat", [conv2d(FLAT, np.ones((3, 3), np.float32) / np.float32(9))[0, 0], 1e-5]),
    ("5.design", MIDDLE),
    ("5.design", np.array(MIDDLE, dtype=float)),
    ("5.design", SLASH[1:4, 1:4]),
    ("5.design", np.array(MIDDLE)[:, :, np.newaxis, np.newaxis]),
    ("5.design", [[-1, 1, 1], [1, 1, 1], [1, 1, 1]]),  # another that does what is asked
]
WRONG = [
    ("5.parameters", 51200, "biases are missing"),
    ("5.parameters", 51201, "bias of its own"),
    ("5.parameters", 1664, "for each of the 32 maps that come in, not one in all"),
    ("5.parameters", 1600, "and a bias"),
    ("5.parameters", 801, "That is one filter."),
    ("5.parameters", 800, "without its bias"),
    ("5.parameters", 53248, "added once"),
    ("5.parameters", 51232, "There are 64 biases"),
    ("5.parameters", 64 * 161, "25 weights"),
    ("5.parameters", 64 * 76, "RGB"),
    ("5.parameters", 7, "Count one filter first"),
    ("5.parameters", "51264", "text"),
    ("5.flat", [0, 100], "order"),
    ("5.flat", [1, 0], "sums of the weights"),
    ("5.flat", [900, 0], "not 9"),
    ("5.flat", [100, 100], "does not keep"),
    ("5.flat", [0, 0], "black"),
    ("5.flat", [11.1, 0], "Add all nine"),
    ("5.flat", [100, -800], "takes away"),
    ("5.flat", 100, "Two numbers"),
    ("5.flat", [[100, 100], [0, 0]], "one number for each kernel"),
    ("5.flat", [7, 8], "Take the 100 out"),
    ("5.design", VERTICAL_BAR, "upright"),
    ("5.design", HORIZONTAL_BAR, "flat bar"),
    ("5.design", X[1:4, 1:4], "at most 1"),
    ("5.design", np.array(MIDDLE)[::-1], "leans the other way"),
    ("5.design", -np.array(MIDDLE), "All signs are turned"),
    ("5.design", np.ones((3, 3)), "light all over"),
    ("5.design", [[1, -1, 1], [-1, 1, 1], [1, 1, 1]], "scores 9 on /, but 3 on +"),
    ("5.design", SLASH, "The kernel has 3 rows"),
    ("5.design", np.array(MIDDLE) / 9, "must be −1 or +1"),
    ("5.design", [[0, 0, -1], [0, -1, 0], [-1, 0, 0]], "must be −1 or +1"),
    ("5.design", [1, 1, -1, 1, -1, 1, -1, 1, 1], "three rows"),
    ("5.design", [[1, -1], [-1, 1]], "Three rows of three"),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_right_answers_pass_in_any_form(name, answer):
    assert verdict(name, answer) == (True, f"Right. {EXERCISES[name].why}")


@pytest.mark.parametrize(("name", "answer", "part"), WRONG)
def test_wrong_answers_are_named(name, answer, part):
    right, sentence = verdict(name, answer)
    assert not right
    assert part in sentence


@pytest.mark.parametrize("name", EXERCISES)
def test_not_answered_is_no_mistake(name):
    assert verdict(name)[1].startswith("Not answered yet")


def test_the_scores_in_the_sentences_are_true():
    def scores(kernel):
        return conv2d(SLASH, kernel).max(), conv2d(PLUS, kernel).max()

    assert scores(MIDDLE) == (9, 1)
    assert scores(VERTICAL_BAR) == scores(HORIZONTAL_BAR) == (3, 5)
    assert scores(np.array(MIDDLE)[::-1])[0] == 5
    assert scores(np.ones((3, 3)))[0] == 7
    assert scores([[1, -1, 1], [-1, 1, 1], [1, 1, 1]]) == (9, 3)


def test_keras_counts_the_same_parameters():
    layer = quiet_tensorflow().keras.layers.Conv2D(64, 5)
    layer.build((None, 14, 14, 32))
    assert layer.count_params() == EXERCISES["5.parameters"].right


def test_the_numbers_of_the_prediction_are_true():
    layer = quiet_tensorflow().keras.layers.Conv2D(6, 5)
    layer.build((None, 32, 32, 3))
    assert layer.count_params() == int(PREDICTIONS["5.numbers"]["right"])
    maps = conv2d(np.ones((32, 32, 3)), np.ones((5, 5, 3, 6)))
    assert f" {maps.size:,} is how many numbers" in PREDICTIONS["5.numbers"]["answer"]


@pytest.mark.parametrize("name", PREDICTIONS)
def test_a_prediction_has_its_answer_among_the_options(name):
    question = predict(name)
    assert question.right in question.options
    assert question.answer.startswith(question.right)
