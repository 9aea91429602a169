"""Predictions, checks and hints: what is right passes in any form, what is wrong is named."""

import importlib
import pkgutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from helpers import exercises
from helpers import questions as folder
from helpers.convolution import conv2d
from helpers.exercises import Prediction, check, hint, predict, verdict
from helpers.judge import Exercise, FunctionExercise

LESSONS = [
    importlib.import_module(f"helpers.questions.{found.name}")
    for found in pkgutil.iter_modules(folder.__path__)
]
EXERCISES = {name: e for lesson in LESSONS for name, e in lesson.EXERCISES.items()}
PREDICTIONS = {name: p for lesson in LESSONS for name, p in lesson.PREDICTIONS.items()}
VALUES = [name for name, e in EXERCISES.items() if isinstance(e, Exercise)]
FUNCTIONS = [name for name, e in EXERCISES.items() if isinstance(e, FunctionExercise)]
WITH_A_VALUE = [name for name in VALUES if not callable(EXERCISES[name].right)]

# The tables in each lesson's own file of tests. RIGHT: exercise -> right answers in any form.
# WRONG: exercise -> pairs of a wrong answer and a part of the sentence that it gets.
ANSWERS = {n[0]: importlib.import_module(f"test_questions_{n}") for n in (*"1234567", "recap")}
RIGHT = {name: answers for tests in ANSWERS.values() for name, answers in tests.RIGHT.items()}
WRONG = {name: answers for tests in ANSWERS.values() for name, answers in tests.WRONG.items()}


def test_every_exercise_has_right_and_wrong_answers():
    for name in EXERCISES:
        table = f"of {ANSWERS[name[0]].__name__}.py needs"
        right, wrong = RIGHT.get(name, []), WRONG.get(name, [])
        assert len(right) >= 2, f"RIGHT {table} two right answers of {name}"
        assert len(wrong) >= 3, f"WRONG {table} three wrong answers of {name}"
    assert EXERCISES.keys() == RIGHT.keys() == WRONG.keys()


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


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("answer", ["text", [], {}, float("nan"), 1j])
def test_nonsense_is_never_right(name, answer):
    assert not verdict(name, answer)[0]


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
        if callable(mistake) and name in VALUES:  # a test of the answer: WRONG has what it finds
            assert any(verdict(name, answer)[1].endswith(sentence) for answer, _ in WRONG[name])
        else:
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
    assert check("2.plus", RIGHT["2.plus"][0]) is None
    assert check("2.plus", 5) is None
    right, wrong = capsys.readouterr().out.splitlines()
    assert right.startswith("✓ Right. ")
    assert wrong.startswith("✗ Not yet. That is one number")


def test_what_a_tried_function_prints_is_not_shown(capsys):
    check("2.loop", lambda image, kernel: print(conv2d(image, kernel)))
    assert len(capsys.readouterr().out.splitlines()) == 1


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
    assert len(set(hints)) == len(hints) >= 2
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
