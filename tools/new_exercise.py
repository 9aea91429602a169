"""Put a new exercise in its six places: docs/CONTRIBUTING.md says what to write into its file.

    python tools/new_exercise.py exercise.toml

The exercise goes to the end of its lesson's questions, of the tables of right and wrong answers in
the lesson's tests, of the lesson itself (before its summary) and of its solutions, of the solutions
in docs/TEACHING.md and of the handout. It is for answers that are numbers, or lists of numbers.
"""

import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools.setup_cell import ROOT  # noqa: E402 - found from any folder

WANTED = ("name", "text", "variable", "asks", "right", "why", "otherwise", "hints", "mistake")
ENTRY = """    "{name}": Exercise(
        asks={asks!r},
        right={right!r},
        why={why!r},
        mistakes=({mistakes}),
        otherwise={otherwise!r},
        hints={hints!r},
    ),
}}
"""
ON_PAPER = """
{{{{ exercise("{name}") }}}} {text}

{{% call room(20) %}}
{{{{ answer("{name}", {right!r}, {wrong!r}) }}}}
{{% endcall %}}
"""


def read(file):
    """Return the exercise of a file; what it lacks is said."""
    exercise = tomllib.loads(Path(file).read_text("utf-8"))
    if missing := [key for key in WANTED if key not in exercise]:
        raise SystemExit(f"{file} lacks {', '.join(missing)}.")
    if not re.fullmatch(r"[1-7]\.[a-z_]+", exercise["name"]):
        raise SystemExit(
            f'name must be like "4.sides", the lesson and a word; got {exercise["name"]!r}.'
        )
    exercise["text"] = " ".join(exercise["text"].split())
    exercise["hints"] = tuple(exercise["hints"])
    exercise["lesson"], exercise["word"] = exercise["name"].split(".")
    exercise["wrong"] = [one["answer"] for one in exercise["mistake"]]
    return exercise


def changed(file, old, new):
    """Write a file anew, the one place `old` as `new`."""
    text = file.read_text("utf-8")
    if text.count(old) != 1:
        raise SystemExit(f"{file} has {text.count(old)} places {old!r}, and should have one.")
    file.write_text(text.replace(old, new), "utf-8")


def add_question(file, exercise):
    text = file.read_text("utf-8")
    if f'"{exercise["name"]}"' in text:
        raise SystemExit(f"{file} already has {exercise['name']}: choose another word.")
    pairs = "".join(f"({one['answer']!r}, {one['sentence']!r})," for one in exercise["mistake"])
    file.write_text(text.removesuffix("}\n") + ENTRY.format(mistakes=pairs, **exercise), "utf-8")


def add_answers(file, exercise):
    """Add what the check is to call right, in two forms, and wrong: how the sentence begins."""
    name, right = exercise["name"], exercise["right"]
    parts = [(one["answer"], first_sentence(one["sentence"])) for one in exercise["mistake"]]
    changed(
        file, "\nRIGHT = {\n", f'\nRIGHT = {{\n"{name}": [{right!r}, np.array({right!r}, float)],\n'
    )
    changed(file, "\nWRONG = {\n", f'\nWRONG = {{\n"{name}": {parts!r},\n')


def first_sentence(text):
    return re.split(r"(?<=[.?!:]) ", text)[0].rstrip(".:")


def add_cells(file, exercise):
    """Add two cells before the summary, and the solution to those that are folded."""
    lesson = nbformat.read(file, as_version=4)
    cell = {cell.id: cell for cell in lesson.cells}
    texts = [one.source for one in lesson.cells if one.cell_type == "markdown"]
    number = 1 + max(map(int, re.findall(r"\*\*Exercise (\d+)", "\n".join(texts))))
    code = f'{exercise["variable"]} = None\ncheck("{exercise["name"]}", {exercise["variable"]})'
    place = lesson.cells.index(cell["summary"])
    lesson.cells[place:place] = [
        new_markdown_cell(
            f"**Exercise {number}.** {exercise['text']}",
            id=f"exercise-{exercise['word']}-text",
            metadata={"slideshow": {"slide_type": "subslide"}},
        ),
        new_code_cell(
            f'{code}\n# hint("{exercise["name"]}")',
            id=f"exercise-{exercise['word']}",
            metadata={"slideshow": {"slide_type": "fragment"}},
        ),
    ]
    head, end, rest = cell["folded"].source.partition("\n\n</details>")
    solved = 1 + max(map(int, re.findall(r"(?m)^(\d+)\. ", head)))
    which = "" if solved == number else f"(Exercise {number}.) "
    solution = f"\n{solved}. {which}`{exercise['right']!r}`. {exercise['why']}"
    cell["folded"].source = head + solution + end + rest
    nbformat.write(lesson, file)


def add_for_teachers(file, exercise):
    """Add a line after the last one of the lesson's solutions."""
    text = file.read_text("utf-8")
    chapter = re.search(
        rf"(?ms)^### Solutions of lesson {exercise['lesson']}\n.*?(?=^##|\Z)", text
    )[0]
    last = re.findall(r"(?ms)^- `check\(.*?\n(?=^-|^\n)", chapter)[-1]
    expected = ", ".join(
        f"`{one['answer']!r}` ({first_sentence(one['sentence'])})" for one in exercise["mistake"]
    )
    line = f'`check("{exercise["name"]}", {exercise["right"]!r})`. {exercise["why"]} '
    wrapped = textwrap.fill(
        f"{line}Expect {expected}.",
        120,
        initial_indent="- ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    changed(file, last, f"{last}{wrapped}\n")


def add_on_paper(file, exercise):
    text = textwrap.fill(exercise["text"], 100)
    page = ON_PAPER.format(**exercise | {"text": text})
    file.write_text(file.read_text("utf-8").rstrip("\n") + "\n" + page, "utf-8")


def add(exercise, root=ROOT):
    """Add an exercise to the course in the folder `root`."""
    number = exercise["lesson"]
    (lesson,) = (root / "notebooks").glob(f"0{number}_*.ipynb")
    python = (
        root / "helpers" / "questions" / f"lesson_{number}.py",
        root / "tests" / f"test_questions_{number}.py",
    )
    add_question(python[0], exercise)
    add_answers(python[1], exercise)
    add_cells(lesson, exercise)
    add_for_teachers(root / "docs" / "TEACHING.md", exercise)
    add_on_paper(root / "docs" / "worksheets" / f"{lesson.stem}.md", exercise)
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", *python], cwd=root, check=True)
    print(f"{exercise['name']} is added. Now write its test, and store {lesson.name}.")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("Which exercise? python tools/new_exercise.py exercise.toml")
    add(read(sys.argv[1]))
