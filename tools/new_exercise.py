"""Put a new exercise in its places: docs/CONTRIBUTING.md says what to write into its file.

    python tools/new_exercise.py exercise.toml

The exercise goes to the end of its lesson's questions, of the lesson itself (before its summary)
and of its solutions, of the lesson's tests with their tables of right and wrong answers, of the
solutions in docs/TEACHING.md and of the handout. Its answer is a number, or a list of numbers.
"""

import ast
import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_markdown_cell

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools.lesson_rules import CELLS  # noqa: E402 - found from any folder
from tools.setup_cell import ROOT  # noqa: E402

WANTED = {"name", "text", "right", "why", "hints", "test", "mistake"}
USUAL = {
    "variable": "my_answer",
    "asks": "write your answer in place of None.",
    "otherwise": "Ask for a hint.",
}
ARITHMETIC = ("conv2d", "output_size", "pool2d", "same_padding")  # what tests compute with
ENTRY = """    "{name}": Exercise(
        asks={asks},
        right={right},
        why={why},
        mistakes=({mistakes}),
        otherwise={otherwise},
        hints=({hints}),
    ),
}}
"""
ON_PAPER = """
{{{{ exercise("{name}") }}}} {text}

{{% call room(20) %}}
{{{{ answer("{name}", {right}, {wrong}) }}}}
{{% endcall %}}
"""


def read(file):
    """Return the exercise of a file; what is wrong with it is said in a sentence."""
    try:
        exercise = USUAL | tomllib.loads(Path(file).read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SystemExit(f"{file} cannot be read: {error}.") from None
    if missing := WANTED - exercise.keys():
        raise SystemExit(f"{file} lacks {', '.join(sorted(missing))}.")
    if any(one.keys() != {"answer", "sentence"} for one in exercise["mistake"]):
        raise SystemExit(f"{file}: each mistake needs an answer and a sentence, and nothing else.")
    if not re.fullmatch(r"[1-7]\.[a-z_]+", exercise["name"]):
        wanted = 'name must be like "4.sides", a lesson from 1 to 7 and a word'
        raise SystemExit(f"{wanted}; got {exercise['name']!r}.")
    check_answers(exercise)
    exercise["text"] = " ".join(exercise["text"].split())
    exercise["lesson"], exercise["word"] = exercise["name"].split(".")
    return exercise


def check_answers(exercise):
    """Refuse answers that are no numbers, and a mistake that is right."""
    mistakes = [one["answer"] for one in exercise["mistake"]]
    for answer in (exercise["right"], *mistakes):
        try:
            numbers = np.array(answer).dtype.kind in "iuf"
        except ValueError:  # rows of different lengths
            numbers = False
        if not numbers:
            raise SystemExit(f"Answers are numbers, or lists of them; got {answer!r}.")
    if any(np.array_equal(np.squeeze(one), np.squeeze(exercise["right"])) for one in mistakes):
        raise SystemExit(f"{exercise['right']!r} cannot be right and a mistake.")


def changed(file, old, new):
    """Write a file anew, the one place `old` as `new`."""
    text = file.read_text("utf-8")
    if text.count(old) != 1:
        raise SystemExit(f"{file} has {text.count(old)} places {old!r}, and should have one.")
    file.write_text(text.replace(old, new), "utf-8")


def literal(text):
    """Return a text as Python code, in parts that fit a line."""
    if len(repr(text)) <= 80:
        return repr(text)
    parts = textwrap.wrap(text, 72, drop_whitespace=False, break_on_hyphens=False)
    return f"({' '.join(map(repr, parts))})"


def add_question(file, exercise):
    pairs = [f"({one['answer']!r}, {literal(one['sentence'])})," for one in exercise["mistake"]]
    hints = [f"{literal(hint)}," for hint in exercise["hints"]]
    words = {key: literal(exercise[key]) for key in ("asks", "why", "otherwise")}
    entry = exercise | words | {"mistakes": "".join(pairs), "hints": "".join(hints)}
    text = file.read_text("utf-8")
    file.write_text(text.removesuffix("}\n") + ENTRY.format(**entry), "utf-8")


def add_tests(file, exercise):
    """Add what the check is to call right, in two forms, and wrong, and the exercise's own test."""
    name, right, test = exercise["name"], exercise["right"], exercise["test"].strip()
    wrong = [
        f"({one['answer']!r}, {literal(first_sentence(one['sentence']))}),"
        for one in exercise["mistake"]
    ]
    changed(
        file, "\nRIGHT = {\n", f'\nRIGHT = {{\n"{name}": [{right!r}, np.array({right!r}, float)],\n'
    )
    changed(file, "\nWRONG = {\n", f'\nWRONG = {{\n"{name}": [{"".join(wrong)}],\n')
    numpy = "import numpy as np\n"
    changed(file, numpy, numpy + imports(file.read_text("utf-8"), test, exercise["lesson"]))
    file.write_text(f"{file.read_text('utf-8')}\n\n{test}\n", "utf-8")


def imports(text, test, lesson):
    """Return the lines that import what a test uses and the file's `text` does not import yet."""
    froms = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    known = {name.name for node in froms for name in node.names}
    module = dict.fromkeys(ARITHMETIC, "helpers.convolution")
    module["EXERCISES"] = f"helpers.questions.lesson_{lesson}"
    used = [one for one in module if re.search(rf"\b{one}\b", test) and one not in known]
    return "".join(f"from {module[one]} import {one}\n" for one in used)


def first_sentence(text):
    return re.split(r"(?<=[.?!:]) ", text)[0].rstrip(".:")


def add_cells(file, exercise):
    """Add two cells before the summary, and the solution to those that are folded."""
    lesson = nbformat.read(file, as_version=4)
    cell = {cell.id: cell for cell in lesson.cells}
    texts = "\n".join(one.source for one in lesson.cells if one.cell_type == "markdown")
    number = 1 + max(map(int, re.findall(r"\*\*Exercise (\d+)", texts)))
    name, word, variable = exercise["name"], exercise["word"], exercise["variable"]
    place = lesson.cells.index(cell["summary"])
    lesson.cells[place:place] = [
        new_markdown_cell(
            f"**Exercise {number}.** {exercise['text']}",
            id=f"exercise-{word}-text",
            metadata={"slideshow": {"slide_type": "subslide"}},
        ),
        new_code_cell(
            f'{variable} = None\ncheck("{name}", {variable})\n# hint("{name}")',
            id=f"exercise-{word}",
            metadata={"slideshow": {"slide_type": "fragment"}},
        ),
    ]
    add_solution(cell["folded"], number, exercise)
    nbformat.write(lesson, file)


def add_solution(cell, number, exercise):
    """Add a solution to the folded ones; a number that is not the exercise's is explained."""
    head, end, rest = cell.source.partition("\n\n</details>")
    solved = 1 + max(map(int, re.findall(r"(?m)^(\d+)\. ", head)))
    which = "" if solved == number else f"(Exercise {number}.) "
    solution = f"\n{solved}. {which}`{exercise['right']!r}`. {exercise['why']}"
    cell.source = head + solution + end + rest


def add_for_teachers(file, exercise):
    """Add a line after the lesson's solutions, before the code of those that are functions."""
    name, text = exercise["name"], file.read_text("utf-8")
    chapter = re.search(rf"(?ms)^### Solutions of lesson {name[0]}\n.*?(?=^##|\Z)", text)[0]
    items = re.findall(r"(?ms)^- `check\(.*?\n(?=^-|^\n)", chapter)
    expected = ", ".join(
        f"`{one['answer']!r}` ({first_sentence(one['sentence'])})" for one in exercise["mistake"]
    )
    line = f'`check("{name}", {exercise["right"]!r})`. {exercise["why"]} Expect {expected}.'
    looks = {"initial_indent": "- ", "subsequent_indent": "  ", "break_on_hyphens": False}
    line = textwrap.fill(line, 120, break_long_words=False, **looks) + "\n"
    changed(file, items[-1], items[-1] + line)


def add_on_paper(file, exercise):
    text = textwrap.fill(exercise["text"], 100)
    wrong = [one["answer"] for one in exercise["mistake"]]
    page = ON_PAPER.format(**exercise | {"text": text, "wrong": wrong})
    file.write_text(file.read_text("utf-8").rstrip("\n") + "\n" + page, "utf-8")


def refuse(exercise, questions, lesson):
    """Refuse an exercise that is there already, or a lesson that has no room for it."""
    if f'"{exercise["name"]}"' in questions.read_text("utf-8"):
        raise SystemExit(f"{exercise['name']} is there already. To change it: git restore . first.")
    if len(nbformat.read(lesson, as_version=4).cells) + 2 not in CELLS:
        raise SystemExit(f"{lesson.name} is full: {CELLS.stop - 1} cells are the most.")


def add(exercise, root=ROOT):
    """Add an exercise to the course in the folder `root`."""
    number = exercise["lesson"]
    (lesson,) = (root / "notebooks").glob(f"0{number}_*.ipynb")
    questions = root / "helpers" / "questions" / f"lesson_{number}.py"
    tests = root / "tests" / f"test_questions_{number}.py"
    refuse(exercise, questions, lesson)
    add_question(questions, exercise)
    add_cells(lesson, exercise)
    add_tests(tests, exercise)
    add_for_teachers(root / "docs" / "TEACHING.md", exercise)
    add_on_paper(root / "docs" / "worksheets" / f"{lesson.stem}.md", exercise)
    for command in (["check", "-q", "--fix", "--select", "I"], ["format", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, questions, tests], cwd=root)
    print(f"{exercise['name']} is added. Now store {lesson.name}, and run the tests.")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("Which exercise? python tools/new_exercise.py exercise.toml")
    add(read(sys.argv[1]))
