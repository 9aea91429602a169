"""Is an answer right, a likely mistake, or something else? NumPy only.

An exercise knows its right answer and the mistakes that beginners make, each with its own sentence.
`verdict` returns `(right, sentence)` and raises nothing, whatever the answer is.
"""

import contextlib
import copy
import inspect
import io
import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

NOT_ANSWERED = "Not answered yet"


@dataclass(frozen=True)
class Exercise:
    """An exercise whose answer is a number, a list or an array.

    `right` and the first part of each mistake are a value, or a test: a function that gets the
    answer as a float array and returns True where it fits. A right answer that is a test has no
    shape to compare.
    """

    asks: str  # what is wanted: "Not answered yet: <asks>"
    right: Any
    why: str
    mistakes: tuple = ()  # pairs (value or test, sentence)
    otherwise: str = ""  # the sentence for every other wrong answer
    hints: tuple = ()
    noun: str = "the answer"  # "<noun> has shape (3, 3)"
    tolerance: float = 1e-6

    def verdict(self, answer=None):
        """Return (True, why it is right) or (False, what may have gone wrong)."""
        if _has_gap(answer):
            return False, f"{NOT_ANSWERED}: {self.asks}"
        numbers, complaint = _as_numbers(answer)
        if numbers is None:
            return False, f"Not yet. {complaint}"
        if self._fits(self.right, numbers):
            return True, f"Right. {self.why}"
        for mistake, sentence in self.mistakes:
            if self._fits(mistake, numbers):
                return False, f"Not yet. {sentence}"
        return False, f"Not yet. {self._comparison(numbers)}{self.otherwise}".strip()

    def _fits(self, wanted, numbers):
        if callable(wanted):
            try:
                return bool(wanted(numbers))
            except Exception:  # a test for another shape of answer
                return False
        wanted = np.asarray(wanted, dtype=float)
        # TensorFlow's (1, 3, 3, 1) holds the same map as (3, 3).
        if numbers.squeeze().shape != wanted.squeeze().shape:
            return False
        return np.allclose(numbers.squeeze(), wanted.squeeze(), rtol=0, atol=self.tolerance)

    def _comparison(self, numbers):
        if callable(self.right):
            return ""
        right = np.asarray(self.right, dtype=float)
        if numbers.squeeze().shape != right.squeeze().shape:
            return f"Your answer {_form(numbers)}; {self.noun} {_form(right)}. "
        good = np.isclose(numbers.squeeze(), right.squeeze(), rtol=0, atol=self.tolerance)
        if not good.any():
            return ""
        place = ", ".join(map(str, np.argwhere(~good)[0]))
        are = "is" if good.sum() == 1 else "are"
        return f"{good.sum()} of the {good.size} numbers {are} right; look again at [{place}]. "


def _has_gap(answer, depth=4):
    """Return True for None and ..., and for a list that still holds one of them."""
    if isinstance(answer, list | tuple) and depth:
        return any(_has_gap(part, depth - 1) for part in answer)
    return answer is None or answer is ...


def _form(numbers):
    return f"has shape {numbers.shape}" if numbers.ndim else "is one number"


def _as_numbers(answer):
    """Return (float array, "") or (None, a sentence that says why the answer is none)."""
    if callable(answer):
        return None, "That is a function. Call it, and give what it returns."
    try:
        array = np.asarray(answer)
        if array.dtype.kind not in "USmMcV":  # text, time, complex numbers, records
            return array.astype(float), ""
        words = array.dtype.kind in "US"
    except Exception:
        words = isinstance(answer, str)
    if words:
        return None, "That is text. Write numbers, without quotes."
    return None, (
        f"That is of type {type(answer).__name__}. "
        "A number, or a list of rows of the same length, is wanted."
    )


@dataclass(frozen=True)
class FunctionExercise:
    """An exercise whose answer is a function.

    The function runs on hidden cases, from small to large, beside `reference`. A mistake is a
    function too: one that makes that mistake. Where the answer gives what the mistake gives, the
    mistake's sentence is the verdict. `only_where` holds pairs (test of the arguments, sentence):
    the sentence is the verdict where the answer fails in such cases only.
    """

    asks: str
    reference: Callable
    arguments: tuple  # their names, for the sentences
    cases: tuple  # of tuples of arrays, smallest first
    lesson_case: tuple  # the arguments that the lesson itself uses
    why: str
    mistakes: tuple = ()
    only_where: tuple = ()
    hints: tuple = ()

    def verdict(self, function=None):
        """Return (True, why it is right) or (False, what may have gone wrong)."""
        if function is None or function is ...:
            return False, f"{NOT_ANSWERED}: {self.asks}"
        complaint = self._unusable(function)
        if complaint:
            return False, f"Not yet. {complaint}"
        runs, failed = self._try(function)
        complaint = self._named(runs) or self._kept(function) or self._outside(function)
        if not any(failed) and not complaint:
            return True, f"Right. {self.why}"
        complaint = complaint or self._pattern(failed)
        return False, f"Not yet. {complaint or self._first_failure(runs, failed)}"

    def failing_case(self, function):
        """Return the arguments of the smallest case in which the function fails, or None."""
        if function is None or function is ... or self._unusable(function):
            return None
        _, failed = self._try(function)
        return self.cases[failed.index(True)] if any(failed) else None

    def _try(self, function):
        """Return the runs of all cases, and for each whether it failed."""
        runs = [_run(function, case) for case in self.cases]
        failed = [
            run.changed is not None or not _same(run.value, self.reference(*case))
            for run, case in zip(runs, self.cases, strict=True)
        ]
        return runs, failed

    def _unusable(self, function):
        if not callable(function):
            return "Give the function itself: its name, without brackets after it."
        try:
            inspect.signature(function).bind(*self.lesson_case)
        except TypeError:
            names = ", ".join(self.arguments)
            return f"The function must take {len(self.arguments)} arguments: {names}."
        except ValueError:  # some functions of NumPy do not tell
            pass
        return ""

    def _kept(self, function):
        first, second = (_run(function, self.lesson_case).value for _ in range(2))
        if first is None or second is None or _same(first, second):
            return ""
        return (
            "Called twice with the same arguments it gives two different results. Does it add to "
            "numbers that were there before the call? Make them new inside the function."
        )

    def _outside(self, function):
        usual = _run(function, self.lesson_case).value
        for place in _arrays(self.lesson_case):
            name, other = self.arguments[place], list(self.lesson_case)
            other[place] = -other[place]
            if usual is not None and _same(usual, _run(function, other).value):
                return (
                    f"It gives the same result for every {name}. "
                    "Where does it take its numbers from?"
                )
        return ""

    def _named(self, runs):
        for mistake, sentence in self.mistakes:
            pairs = [(run.value, _run(mistake, run.arguments).value) for run in runs]
            pairs = [(value, wrong) for value, wrong in pairs if wrong is not None]
            if pairs and all(_same(value, wrong) for value, wrong in pairs):
                return sentence
        return ""

    def _pattern(self, failed):
        for test, sentence in self.only_where:
            inside = [test(*case) for case in self.cases]
            if not all(failed) and all(i for i, f in zip(inside, failed, strict=True) if f):
                return sentence
        return ""

    def _first_failure(self, runs, failed):
        run = runs[failed.index(True)]
        sizes = ", ".join(
            f"{name} {_size(value)}"
            for name, value in zip(self.arguments, run.arguments, strict=True)
        )
        right = np.asarray(self.reference(*run.arguments))
        if run.error:
            return f"For {sizes} it stops with {run.error}"
        if run.value is None:
            return "It returns nothing that is a grid of numbers. Is the last line a return?"
        if run.value.shape != right.shape:
            return f"For {sizes} your result {_form(run.value)}; {right.shape} is wanted."
        if run.changed is not None:
            name = self.arguments[run.changed]
            return f"It writes into its argument {name}. Write into a new array instead."
        shown = [*zip(self.arguments, run.arguments, strict=True)]
        shown += [("yours", run.value), ("wanted", right)]
        grids = "\n".join(f"{name}:\n{_grid(value)}" for name, value in shown)
        return f"The smallest case that differs is this one.\n{grids}"


def partly(reference, rows, columns):
    """A mistake: `reference`, with 0 outside these rows and columns (slices) of its map."""

    def mistake(*arguments):
        full = reference(*arguments)
        part = np.zeros(full.shape)
        part[rows, columns] = full[rows, columns]
        return part

    return mistake


@dataclass(frozen=True)
class _Run:
    arguments: tuple
    value: Any  # a float array, or None
    error: str = ""
    changed: int | None = None  # the place of an argument that the function wrote into


def _run(function, arguments):
    """Call the function with copies of the arguments and keep what happened."""
    given = copy.deepcopy(list(arguments))
    try:
        # What a reader prints while looking for a mistake would be printed for every case.
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            result = function(*given)
    except (Exception, SystemExit) as error:
        return _Run(tuple(arguments), None, what_stopped(error, function))
    value = None if result is None else _as_numbers(result)[0]
    changed = (place for place in _arrays(given) if not _same(given[place], arguments[place]))
    return _Run(tuple(arguments), value, changed=next(changed, None))


def _arrays(arguments):
    return [place for place, value in enumerate(arguments) if isinstance(value, np.ndarray)]


def what_stopped(error, function):
    """Name the error, and the line of the reader's own function in which it happened."""
    sentence = f"{type(error).__name__}: {error}"
    code = getattr(function, "__code__", None)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if code and frame.filename == code.co_filename and frame.lineno >= code.co_firstlineno:
            line = linecache.getline(frame.filename, frame.lineno).strip()
            place = frame.lineno - code.co_firstlineno + 1
            return f"{sentence} (line {place} of {function.__name__}: {line})"
    return sentence


def _same(value, right):
    if value is None or np.shape(value) != np.shape(right):
        return False
    return np.allclose(value, right, rtol=1e-9, atol=1e-6)


def _size(value):
    return "x".join(map(str, np.shape(value))) or str(value)


def _grid(array):
    array = np.asarray(array)
    if array.dtype.kind == "U":  # "valid" or "same", among the arguments
        return str(array)
    with np.errstate(all="ignore"):
        whole = array.astype(int) if np.all(array == np.round(array)) else np.round(array, 3)
    return np.array2string(whole)
