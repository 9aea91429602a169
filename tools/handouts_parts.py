"""What a worksheet can say between {{ and }}: grids, gaps, predictions, exercises, room, answers.

A `Sheet` is one lesson, either for the student, with gaps, or solved, for the teacher. Its methods
return HTML. Questions, right answers and the names of wrong ones come from helpers/questions, code
comes from the stored lesson: none of it is written twice.
"""

import ast
from functools import cache
from html import escape

import nbformat
import numpy as np

from helpers import images
from helpers.exercises import questions, verdict
from tools.handouts_pictures import Grid, footprints, layers_seen, photograph_drawing, short
from tools.setup_cell import ROOT

LETTERS = "abcdefgh"
LINES = 30  # as many ruled lines as no page has room for; what is too much is not shown


@cache
def lesson_cells(name):
    """The cells of a stored lesson: {id: source}."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    return {cell.id: cell.source for cell in notebook.cells}


def said(value):
    """A number, a row or a grid of them, in words.

    >>> said(51264), said(-0.5), said((4, 4)), said((10,)), said([[1, -2], [3, 4]])
    ('51,264', '−0.5', '(4, 4)', '(10,)', '1 −2 / 3 4')
    >>> said([True, False])
    'yes, no'
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if np.ndim(value) == 2:
        return " / ".join(" ".join(said(one) for one in row) for row in value)
    if np.ndim(value) == 1:
        words = ", ".join(said(one) for one in value)
        comma = "," * (len(value) == 1)  # as Python writes a shape with one number
        return f"({words}{comma})" if isinstance(value, tuple) else words
    if abs(value) >= 1000 and value == round(value):
        return f"{round(value):,}".replace("-", "−")
    return short(value)


class Sheet:
    """One handout: the lesson's file `name`, such as "02_kernel", and whether it is `solved`."""

    def __init__(self, name, solved=False):
        self.name, self.solved = name, solved
        self.lesson = int(name.partition("_")[0])
        self.asked = []  # the names of predictions and exercises, in their order
        self.predictions = self.exercises = 0  # how many there are so far
        self.called = {}  # the name of each check of an exercise, and its number such as "2 a)"
        self.notes = ["<h2>Predictions, and wrong answers to expect</h2>"]  # the solved sheet's end

    def tools(self):
        """The names that a worksheet may use."""
        names = "answer blank code exercise field footprint grid mended photo_of predict room row"
        names = [*names.split(), "said"]
        return {name: getattr(self, name) for name in names} | {"solved": self.solved}

    said = staticmethod(said)

    def blank(self, value, wide=14):
        """A gap in a line, `wide` millimetres; solved, the value stands in it."""
        words = escape(said(value)) if self.solved else ""
        return f'<span class="blank" style="min-width:{wide}mm">{words}</span>'

    def grid(self, values, name="", **options):
        """A grid under its name; the options are those of handouts_pictures.Grid."""
        drawing = Grid(values, self.solved, **options).drawing(name)
        return f'<div class="figure"><div class="name">{name}</div>{drawing}</div>'

    def row(self, *parts, wide=False):
        """Pictures side by side, and between them signs or words; `wide` spreads them."""
        shown = [part if part.startswith("<div") else words_between(part) for part in parts]
        return f'<div class="row{" wide" * wide}">{"".join(shown)}</div>'

    def footprint(self, n, k, stride, dilation=1, name="", given=False):
        """A row of pixels and the bars of its windows: `given`, or for the reader to draw."""
        drawing = footprints(n, k, stride, dilation, given or self.solved)
        return f'<div class="figure left"><div class="name">{name}</div>{drawing}</div>'

    def field(self, levels, **options):
        """Layers, and what one cell of the last one sees: for the reader to shade."""
        return f'<div class="figure left">{layers_seen(levels, self.solved, **options)}</div>'

    def photo_of(self, image, name, wide, frame):
        """A photograph, so many millimetres wide; `frame` is (row, column, rows, columns)."""
        drawing = photograph_drawing(image, name, wide, frame)
        return f'<div class="figure"><div class="name">{name}</div>{drawing}</div>'

    def predict(self, name):
        """A prediction of the lesson, its options to be ringed; solved, with its answer."""
        asked = questions(self.lesson).PREDICTIONS[name]
        self.asked.append(name)
        self.predictions += 1
        head = f"<b>Prediction {self.predictions}</b>"
        self.notes.append(f"<p>{head} ({name}). {escape(asked['answer'])}</p>")
        options = ""
        for letter, option in zip(LETTERS, asked["options"], strict=False):
            right = ' class="right"' if self.solved and option == asked["right"] else ""
            options += f"<li{right}><b>{letter}</b> {escape(option)}</li>"
        return (
            f'<div class="predict"><p>{head}: ring one letter. {escape(asked["question"])}</p>'
            f"<ul>{options}</ul></div>"
        )

    def exercise(self, *names):
        """The head of the next exercise; `names` are those of its checks in helpers/questions."""
        self.asked.extend(names)
        self.exercises += 1
        for letter, name in zip(LETTERS, names, strict=False):
            self.called[name] = f"{self.exercises}" + f" {letter})" * (len(names) > 1)
        return f"<b>Exercise {self.exercises}.</b>"

    def room(self, least=18, caller=None):
        """Ruled room to write, at least so many millimetres; it grows to the foot of the page.

        {% call room() %} ... {% endcall %} puts what stands between on the solved sheet.
        """
        inside = caller() if caller and self.solved else '<div class="line"></div>' * LINES
        kind = "room solved" if caller and self.solved else "room"
        return f'<div class="{kind}" style="min-height:{least}mm">\n\n{inside}\n\n</div>'

    def answer(self, name, right, expect=(), words=None, why=None):
        """What the check of the lesson says to the right answer.

        What it says to the wrong ones to `expect` stands at the end of the solved sheet. Where the
        answer is a function, `words` is what to write, and `why` the reason. Raises `ValueError` if
        the check does not call it right, or has no sentence of its own for a wrong one.
        """
        good, reason = verdict(name, right)
        if not good:
            raise ValueError(f"The check of {name} does not call this right: {right}. {reason}")
        why = why or reason.removeprefix("Right. ")
        wrongs = "".join(
            f"<li><b>{escape(said(wrong))}</b> · {escape(named(name, wrong))}</li>"
            for wrong in expect
        )
        if wrongs:
            head = f"<b>Exercise {self.called[name]}</b> ({name})"
            self.notes.append(f"<div><p>{head}. Who writes</p><ul>{wrongs}</ul></div>")
        return f"<b>{escape(words or said(right))}</b> · {escape(why)}"

    def code(self, cell, steps=None, mend=None):
        """The function in a cell of the lesson.

        `steps` True leaves a gap for each comment, above its line. `mend` is (old, new): solved,
        the new words stand in place of the old ones.
        """
        source = function_in(lesson_cells(self.name)[cell])
        if steps:
            source = "\n".join(self._line(line) for line in source.splitlines())
        else:
            source = escape(source)
        if mend and self.solved:
            old, new = map(escape, mend)
            source = source.replace(old, f'<span class="found">{new}</span>')
        return '<div class="code"><pre>{}</pre></div>'.format(source.replace("\n", "&#10;"))

    def _line(self, line):
        code, mark, comment = line.partition("  # ")
        indent = " " * (len(code) - len(code.lstrip()))
        return (f"{indent}# {self.blank(comment, 40)}\n" if mark else "") + escape(code)

    def mended(self, cell, mend):
        """The function in a cell of the lesson with its code mended, as for `code`."""
        source, (old, new) = function_in(lesson_cells(self.name)[cell]), mend
        if old not in source:
            raise ValueError(f"The cell {cell} of {self.name} does not hold: {old}")
        names = vars(images) | {"np": np}
        exec(source.replace(old, new), names)
        return names[ast.parse(source).body[0].name]


def words_between(part):
    """A sign between two pictures, large, or some words."""
    return f'<div class="{"sign" if len(part) == 1 else "words"}">{part}</div>'


def function_in(source):
    """The code of the function that a cell begins with, without what follows it."""
    function = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[: function.end_lineno])


def named(name, wrong):
    """What the check of an exercise says to a wrong answer that it knows."""
    good, sentence = verdict(name, wrong)
    exercise = questions(name.partition(".")[0]).EXERCISES[name]
    sentence = sentence.removeprefix("Not yet. ")
    if good or sentence not in [known for _, known in exercise.mistakes]:
        raise ValueError(f"The check of {name} has no sentence for {said(wrong)}: {sentence}")
    return sentence
