"""Predictions, checks and hints, as the lessons call them.

    predict("2.bars")            asks a question before the picture answers it
    check("2.plus", answer)      prints whether the answer is right, or what may have gone wrong
    hint("2.plus")               prints the first hint; called again, the next
    recap_score()                prints how many of the recap's ten questions are right so far

The questions themselves stand in `helpers/questions/`, one file a lesson.
"""

import contextlib
import importlib
import io
import re
from collections import Counter
from html import escape
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from IPython import get_ipython
from IPython.display import display

from .explorer import explore, explore_pooling
from .judge import NOT_ANSWERED, FunctionExercise
from .stored import StoredForm


class Prediction(StoredForm, anywidget.AnyWidget):
    """A multiple-choice question with buttons; the answer is shown when the reader asks for it."""

    lives_in_page = True
    _esm = Path(__file__).with_suffix(".js")
    _css = Path(__file__).with_suffix(".css")
    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    right = traitlets.Unicode().tag(sync=True)  # one of the options
    answer = traitlets.Unicode().tag(sync=True)  # the right option and the reason
    next = traitlets.Unicode().tag(sync=True)  # what to do after a choice
    choice = traitlets.Unicode("").tag(sync=True)  # the reader's option; "" before the choice
    revealed = traitlets.Bool(False).tag(sync=True)

    @traitlets.default("next")
    def _next(self):
        return "Try it in the picture below, then press Show the answer."

    def __repr__(self):
        options = " | ".join(self.options)
        return f"Predict: {self.question}\nOptions: {options}"

    def still(self):
        """Return the question as text, the answer folded."""
        items = "".join(f"<li>{escape(option)}</li>" for option in self.options)
        question = escape(self.question).replace("\n", "<br>")
        return {
            # Not numbered: many pages take no letters, and "2. 3" would be misread.
            "text/html": f"<p><strong>Predict</strong><br>{question}</p><ul>{items}</ul>"
            f"<details><summary>Show the answer</summary><p>{escape(self.answer)}</p></details>"
        }


_hints_given = Counter()  # exercise -> how many hints the reader has seen
_last_check = {}  # exercise -> what its last check found: (right or None, what was said)


def predict(name):
    """Ask the prediction called `name`, for example "2.bars", and return it as a widget.

    Its `choice` is the option that the reader took, "" before that. Nobody has to choose.
    """
    return Prediction(**_find("PREDICTIONS", name))


def check(name, answer=None):
    """Print whether `answer` is right for the exercise `name`, or what may have gone wrong.

    Where a function fails, a notebook also shows the smallest case in which it does, as a picture.
    """
    right, sentence = verdict(name, answer)
    unanswered = sentence.startswith(NOT_ANSWERED)
    _last_check[name] = (None if unanswered else right), sentence
    print("✓" if right else "…" if unanswered else "✗", sentence)
    in_notebook = get_ipython() is not None
    picture = case_picture(name, answer) if in_notebook and not right else None
    if picture is not None:
        display(picture)


# The case in which a function fails, by the names of its arguments: its own map with the wrong
# cells marked, or what the numbers that it should have found look like.
CASE_PICTURES = {
    ("image", "kernel"): lambda f, *case: explore(*case, mine=f, controls=[], step=99),
    ("image", "size"): lambda f, *case: explore_pooling(*case, mine=f, controls=[], step=99),
    ("n", "k", "stride", "dilation"): lambda f, n, k, stride, dilation: explore(
        _counting(n), np.ones((k, k)), stride, dilation=dilation, controls=[], footprints=True
    ),
    ("n", "k", "stride"): lambda f, n, k, stride: explore(
        _counting(n), np.ones((k, k)), stride, "same", controls=["sides"]
    ),
    ("n", "k", "stride", "padding"): lambda f, n, k, stride, padding: explore(
        _counting(n), np.ones((k, k)), stride, padding, controls=["sides"]
    ),
}


def _counting(n):
    return np.arange(n * n).reshape(n, n)


def case_picture(name, function):
    """Return the picture of the smallest case in which a function fails, or None."""
    exercise = _find("EXERCISES", name)
    if not isinstance(exercise, FunctionExercise):
        return None
    case, draw = exercise.failing_case(function), CASE_PICTURES.get(exercise.arguments)
    if case is None or draw is None:
        return None
    with contextlib.redirect_stdout(io.StringIO()):  # what the function prints is not wanted again
        return draw(function, *case)


def verdict(name, answer=None):
    """Return (True, why the answer is right) or (False, what may have gone wrong)."""
    return _find("EXERCISES", name).verdict(answer)


def hint(name):
    """Print the next hint for the exercise `name`; after the last one, the last one again."""
    hints = _find("EXERCISES", name).hints
    _hints_given[name] = min(_hints_given[name] + 1, len(hints))
    number = _hints_given[name]
    print(f"Hint {number} of {len(hints)}: {hints[number - 1]}")


def recap_score():
    """Print how many of the recap's questions are right so far, and where to look again.

    What counts is the last check of each question since the kernel started.
    """
    names = questions("r").EXERCISES
    found = {name.removeprefix("r."): _last_check.get(name, (None, "")) for name in names}
    right = sum(result is True for result, _ in found.values())
    left = [number for number, (result, _) in found.items() if result is None]
    answered = len(found) - len(left)
    print(
        f"{answered} of {len(found)} answered"
        + (f", {right} right so far." if answered else " yet.")
    )
    for number, (result, sentence) in found.items():
        if result is False:
            place = re.search(r"Look (again at lesson \d, section \d\.)", sentence)
            print(f"✗ Question {number}: " + (f"look {place[1]}" if place else "not yet."))
    if left and answered:
        print(f"… Not answered yet: {', '.join(left)}.")
    if right == len(found):
        print("✓ All right, from the first pixel to the last weight.")


def questions(lesson):
    """Return the module with a lesson's questions: PREDICTIONS and EXERCISES by name.

    Those of the recap, such as "r.1", have the letter r in place of a lesson's number.
    """
    name = "recap" if lesson == "r" else f"lesson_{lesson}"
    return importlib.import_module(f".questions.{name}", __package__)


def _find(kind, name):
    lesson = str(name).partition(".")[0]
    try:
        known = getattr(questions(lesson), kind)
    except ModuleNotFoundError as error:
        if not error.name.endswith(f"lesson_{lesson}"):
            raise
        known = {}
    if name not in known:
        names = ", ".join(known) or "none in this lesson"
        raise ValueError(f"There is no {name!r} among {kind.lower()}; known: {names}.")
    return known[name]
