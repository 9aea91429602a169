"""Predictions, checks and hints: what is right passes in any form, what is wrong is named."""

import importlib
import pkgutil
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from helpers import exercises
from helpers import questions as folder
from helpers.convolution import conv2d, windows
from helpers.exercises import Prediction, check, hint, predict, verdict
from helpers.images import COUNTING, PLUS, X
from helpers.judge import Exercise, FunctionExercise
from helpers.kernels import COUNTING_KERNEL, HORIZONTAL_BAR, VERTICAL_BAR

LESSONS = [
    importlib.import_module(f"helpers.questions.{found.name}")
    for found in pkgutil.iter_modules(folder.__path__)
]
EXERCISES = {name: e for lesson in LESSONS for name, e in lesson.EXERCISES.items()}
PREDICTIONS = {name: p for lesson in LESSONS for name, p in lesson.PREDICTIONS.items()}
VALUES = [name for name, e in EXERCISES.items() if isinstance(e, Exercise)]
FUNCTIONS = [name for name, e in EXERCISES.items() if isinstance(e, FunctionExercise)]
WITH_A_VALUE = [name for name in VALUES if not callable(EXERCISES[name].right)]

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
        (only_three, "right for 3x3 kernels"),
        (square_kernels, "right for square kernels"),
        (square_images, "right for square images"),
        (nine_places, "a 5x5 image with a 3x3 kernel only"),
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


def test_every_exercise_has_its_examples():
    assert RIGHT.keys() == WRONG.keys()
    for name in EXERCISES.keys() - RIGHT.keys():  # these have a file of their own
        lesson = "recap" if name[0] == "r" else name[0]
        file = Path(__file__).parent / f"test_questions_{lesson}.py"
        assert f'"{name}"' in file.read_text("utf-8")
    assert min(len(answers) for answers in RIGHT.values()) >= 2
    assert min(len(answers) for answers in WRONG.values()) >= 3


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for name, answers in RIGHT.items() for answer in answers]
)
def test_right_answers_pass_in_any_form(name, answer):
    assert verdict(name, answer) == (True, f"Right. {EXERCISES[name].why}")


@pytest.mark.parametrize(
    ("name", "answer", "part"),
    [(name, answer, part) for name, answers in WRONG.items() for answer, part in answers],
)
def test_wrong_answers_get_their_sentence(name, answer, part):
    right, sentence = verdict(name, answer)
    assert not right
    assert sentence.startswith("Not yet. ")
    assert part in sentence


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_smallest_failing_case_is_shown_as_a_picture(name):
    exercise = EXERCISES[name]
    assert exercise.failing_case(exercise.reference) is None
    assert exercises.case_picture(name, exercise.reference) is None
    assert exercises.case_picture(name, None) is exercises.case_picture(name, "text") is None
    last = exercise.cases[-1]

    def wrong_in_the_last_case(*given):
        right = np.asarray(exercise.reference(*given))
        return right + all(np.array_equal(a, b) for a, b in zip(given, last, strict=True))

    assert exercise.failing_case(wrong_in_the_last_case) is last
    picture = exercises.case_picture(name, wrong_in_the_last_case)
    assert picture.image.shape[0] == (last[0] if np.ndim(last[0]) == 0 else last[0].shape[0])
    if picture.mine:
        assert "Your function: 0 of" in repr(picture)


def test_a_notebook_shows_the_picture_below_the_verdict(monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(exercises, "get_ipython", lambda: object())
    monkeypatch.setattr(exercises, "display", seen.append)
    check("2.loop", conv2d)
    check("2.plus", 7)
    check("2.loop")
    assert seen == []
    check("2.loop", lambda image, kernel: conv2d(image, kernel) + 1)
    assert capsys.readouterr().out.splitlines()[-1].endswith("]]") and len(seen) == 1


@pytest.mark.parametrize("name", EXERCISES)
def test_each_named_mistake_has_a_sentence_of_its_own(name):
    exercise = EXERCISES[name]
    sentences = [sentence for _, sentence in exercise.mistakes]
    sentences += [sentence for _, sentence in getattr(exercise, "only_where", ())]
    assert len(set(sentences)) == len(sentences) >= 3
    for mistake, sentence in exercise.mistakes:
        if callable(mistake) and name in VALUES:
            continue  # a test of the answer, tried by the examples above
        assert exercise.verdict(mistake) == (False, f"Not yet. {sentence}")


@pytest.mark.parametrize("name", WITH_A_VALUE)
def test_no_named_mistake_is_right(name):
    right = np.asarray(EXERCISES[name].right, float)
    for mistake, _ in EXERCISES[name].mistakes:
        fits = mistake(right) if callable(mistake) else np.array_equal(mistake, right)
        assert not fits


@pytest.mark.parametrize("name", WITH_A_VALUE)
@pytest.mark.parametrize("shape", [lambda a: a[None, ..., None], np.ndarray.tolist, np.float32])
def test_the_right_value_passes_as_a_batch_a_list_and_float32(name, shape):
    assert verdict(name, shape(np.asarray(EXERCISES[name].right)))[0]


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("answer", [None, ..., [[1, ...], [2, 3]], [None]])
def test_unanswered_is_no_mistake(name, answer, capsys):
    if name in FUNCTIONS and isinstance(answer, list):
        answer = None
    assert check(name, answer) is None
    assert capsys.readouterr().out.startswith("… Not answered yet: ")


def test_check_prints_sign_and_sentence_and_returns_nothing(capsys):
    assert check("2.plus", MAP) is None
    assert check("2.plus", 5) is None
    right, wrong = capsys.readouterr().out.splitlines()
    assert right.startswith("✓ Right. ")
    assert wrong.startswith("✗ Not yet. That is one number")


def test_what_a_tried_function_prints_is_not_shown(capsys):
    check("2.loop", prints_instead)
    assert len(capsys.readouterr().out.splitlines()) == 1


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
    from helpers.questions.lesson_2 import conv2d_cases

    check("2.loop", writes_into_image)
    for (image, kernel), (again, kernel_again) in zip(
        conv2d_cases(), EXERCISES["2.loop"].cases, strict=True
    ):
        assert np.array_equal(image, again)
        assert np.array_equal(kernel, kernel_again)


class Hostile:
    def __array__(self, *args, **kwargs):
        raise RuntimeError("no array")


looped = []
looped.append(looped)
garbage = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    st.binary(),
    st.dates(),
    st.sampled_from([Hostile(), Hostile, looped, len, print, object(), np.ma.masked, 10**400]),
    st.recursive(st.one_of(st.floats(), st.text(), st.none()), st.lists, max_leaves=9),
    st.dictionaries(st.text(), st.integers()),
    hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=4, max_side=3)),
    st.functions(like=lambda image, kernel: None, returns=st.one_of(st.none(), st.text())),
)


@pytest.mark.parametrize("name", EXERCISES)
@settings(max_examples=150, deadline=None)
@given(answer=garbage)
def test_no_answer_raises(name, answer):
    right, sentence = verdict(name, answer)
    # A single small number may be right by chance.
    assert not right or isinstance(EXERCISES[name], Exercise) and np.size(answer) <= 2
    assert sentence.startswith("Right. " if right else ("Not yet. ", "Not answered yet: "))


@pytest.mark.parametrize("name", EXERCISES)
def test_hints_come_one_after_the_other(name, capsys, monkeypatch):
    monkeypatch.setattr(exercises, "_hints_given", type(exercises._hints_given)())
    hints = EXERCISES[name].hints
    assert len(hints) >= 2
    for _ in range(len(hints) + 1):
        assert hint(name) is None
    said = capsys.readouterr().out.splitlines()
    numbered = [f"Hint {i} of {len(hints)}: {text}" for i, text in enumerate(hints, 1)]
    assert said == [*numbered, numbered[-1]]


def test_a_right_answer_may_be_a_test():
    exercise = Exercise(
        asks="two numbers.",
        right=lambda answer: answer.shape == (2,) and answer.sum() == 5,
        why="they add up to 5.",
        otherwise="They must add up to 5.",
    )
    assert exercise.verdict((2, 3))[0]
    assert exercise.verdict([9, -4])[0]
    assert exercise.verdict([1, 1]) == (False, "Not yet. They must add up to 5.")
    assert exercise.verdict(5)[0] is False


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"There is no '2\.none' .*2\.plus, 2\.loop, 2\.flip"):
        check("2.none", 1)
    with pytest.raises(ValueError, match="none in this lesson"):
        predict("99.bars")


@pytest.mark.parametrize("name", PREDICTIONS)
def test_predictions_are_complete(name):
    question = predict(name)
    assert 2 <= len(question.options) <= 5
    assert len(set(question.options)) == len(question.options)
    assert question.right in question.options
    assert question.answer
    assert question.question.endswith("?")


def test_bars_prediction_says_what_the_arithmetic_says():
    from helpers.images import EQUALS, MINUS

    maps = {
        sign: conv2d(image, HORIZONTAL_BAR)
        for sign, image in (("x", X), ("+", PLUS), ("−", MINUS), ("=", EQUALS))
    }
    assert {sign: m.max() for sign, m in maps.items()} == {"x": 5, "+": 5, "−": 9, "=": 9}
    assert np.argwhere(maps["−"] == 9)[:, 0].tolist() == [1, 1, 1]
    assert np.argwhere(maps["="] == 9)[:, 0].tolist() == [0, 0, 0, 2, 2, 2]
    assert (maps["="][1] == -9).all()
    assert conv2d(COUNTING, np.array(FLIPPED))[0, 0] == 120


def test_the_choice_arrives_and_nobody_has_to_choose():
    question = predict("2.bars")
    assert (question.choice, question.revealed) == ("", False)
    question.set_state({"choice": "+", "revealed": True})  # what the page sends
    assert (question.choice, question.revealed) == ("+", True)


def test_live_a_prediction_is_a_widget_and_stored_it_is_text(monkeypatch):
    monkeypatch.delenv("CONVOLUTION_STILLS", raising=False)
    live = predict("2.bars")._repr_mimebundle_()[0]
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    stored = predict("2.bars")._repr_mimebundle_()[0]
    assert live.keys() == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    assert stored.keys() == {"text/plain", "text/html"}
    assert live["text/plain"] == stored["text/plain"] == repr(predict("2.bars"))
    assert "x | + | − | =" in stored["text/plain"]
    before, after = stored["text/html"].split("<details>")
    assert "<li>x</li>" in before
    assert "reach 9" in after and "reach 9" not in before


def test_stored_questions_are_escaped(monkeypatch):
    question = Prediction(question="a < b?", options=["<b>", "&"], answer="a & b")
    assert "<li>&lt;b&gt;</li><li>&amp;</li>" in question.still()["text/html"]
    assert "a &lt; b?" in question.still()["text/html"]
    assert "<p>a &amp; b</p>" in question.still()["text/html"]


def test_ipywidgets_7_stores_no_view_either(monkeypatch):
    """ipywidgets 7 (Colab's) shows widgets by `_ipython_display_`, which IPython asks first."""
    monkeypatch.setattr(Prediction, "_ipython_display_", lambda self: None, raising=False)
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    assert predict("2.bars")._ipython_display_ is None
    monkeypatch.delenv("CONVOLUTION_STILLS")
    assert callable(predict("2.bars")._ipython_display_)
