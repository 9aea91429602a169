"""The rules that every lesson keeps. Each rule gets a notebook and yields its complaints.

The recap, notebooks/recap.ipynb, is no lesson: it keeps those that are not about a lesson's parts.

    python -m tools.lesson_rules               the complaints about all lessons
    python -m tools.lesson_rules 02_kernel.ipynb

nbval compares what a lesson prints; it never looks at prose, pictures, tags or metadata.
"""

import ast
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import nbformat
import numpy as np

import helpers
from helpers.exercises import questions
from helpers.judge import Exercise
from tools.notebooks import as_text
from tools.setup_cell import REPOSITORY, ROOT, SETUP_CELL

CELLS = range(25, 51)
CODE_LINES, PROSE_WORDS, KILOBYTES = 12, 120, 400
ROWS = {1: 7, 2: 7, 3: 5, 4: 8, 5: 14, 6: 8, 7: 7}  # worked examples: 2.1 to 2.7 in lesson 2
NAMES = (
    "01_image_as_grid",
    "02_kernel",
    "03_stride",
    "04_padding",
    "05_filters",
    "06_pooling",
    "07_mnist_cnn",
)
RECAP = "recap"
SLIDES = ("slide", "subslide", "fragment", "skip", "notes", "-")
TAGS = re.compile(r"setup|nbval-ignore-output|row-(\d)\.(\d+)")
UNWANTED = {  # in prose: what to look for -> why it is not wanted
    r"simply|obviously|just|trivial(ly)?": "it tells a reader who is stuck to feel slow",
    r"TODO|FIXME|XXX|TBD|lorem ipsum|coming soon|OWNER/\w+": "it holds a place for something else",
    r"activation maps?|output maps?|featuremaps?|feature-maps?": "the course says feature map",
    r"convolution kernels?|filter kernels?": "the course says kernel",
    r"colors?|gray(scale)?|center(ed)?|normalize[ds]?|behaviors?": "the course spells British",
}
BANNED_CODE = {
    r"\bimport matplotlib|\bfrom matplotlib|\bplt\.|\bdef plot": "pictures come from helpers/",
    r"^\s*[%!]": "magics and shell commands do not run everywhere",
    r"\bpip install\b": "a lesson installs nothing",
    r"\binteract\(|\bOutput\(\)": "interact and Output flicker and fail nbval",
}


def load(path):
    """Read a notebook and add what the rules look at: its path, lesson number and kinds of cell."""
    notebook = nbformat.read(path, as_version=4)
    return view(notebook, Path(path))


def view(notebook, path):
    """Return a notebook as the rules see it."""
    return SimpleNamespace(
        notebook=notebook,
        path=path,
        lesson="r" if path.stem == RECAP else int(path.name[:2]),
        cells=notebook.cells,
        code=[cell for cell in notebook.cells if cell.cell_type == "code"],
        text=[cell for cell in notebook.cells if cell.cell_type == "markdown"],
    )


def tags(cell):
    return cell.metadata.get("tags", [])


def prose(source):
    """Return Markdown without its code, addresses and HTML tags."""
    source = re.sub(r"(?s)```.*?```|`[^`\n]*`", " ", source)
    return re.sub(r"\]\([^)]*\)|<[^>]*>|https?://\S+", " ", source)


def calls(lesson, *names):
    """Yield (place, name, exercise) for each call such as check("2.plus", ...) in a lesson."""
    for place, cell in enumerate(lesson.cells):
        if cell.cell_type == "code":
            pattern = rf"\b({'|'.join(names)})\(\s*[\"']([^\"']+)[\"']"
            for found in re.finditer(pattern, cell.source):
                yield place, found[1], found[2]


def headings(lesson):
    first = lesson.cells[0]
    if first.cell_type != "markdown" or not first.source.startswith("# "):
        yield "the first cell does not begin with the title"
    levels = []
    for cell in lesson.text:
        source = re.sub(r"(?s)```.*?```", "", cell.source)
        levels += [(len(found), cell.id) for found in re.findall(r"(?m)^(#+) ", source)]
    if [level for level, _ in levels].count(1) != 1:
        yield "there must be one heading of level 1, the title"
    for (before, _), (level, cell_id) in zip(levels, levels[1:], strict=False):
        if level > before + 1:
            yield f"cell {cell_id}: a heading of level {level} follows one of level {before}"


def setup_cell(lesson):
    found = [cell for cell in lesson.cells if "setup" in tags(cell)]
    if len(found) != 1 or found[0] is not lesson.code[0]:
        yield "the first code cell, and no other, must have the tag setup"
    elif found[0].source != SETUP_CELL:
        yield "the setup cell differs from tools/setup_cell.py"


def sizes(lesson):
    if len(lesson.cells) not in CELLS:
        yield f"there are {len(lesson.cells)} cells: {CELLS.start} to {CELLS.stop - 1} are allowed"
    kilobytes = len(as_text(lesson.notebook).encode()) / 1000
    if kilobytes >= KILOBYTES:
        yield f"the file has {kilobytes:.0f} KB: fewer than {KILOBYTES} are allowed"
    for cell in lesson.code:
        lines = len([line for line in cell.source.splitlines() if line.strip()])
        if lines > CODE_LINES:
            yield f"cell {cell.id}: {lines} lines of code, {CODE_LINES} are allowed"
    for cell in lesson.text:
        # What is folded counts for itself: nobody has to read it with the rest.
        folded = re.findall(r"(?s)<details.*?</details>", cell.source)
        open_part = re.sub(r"(?s)<details.*?</details>", "", cell.source)
        words = max(
            len(re.findall(r"[^\W\d_][\w'’-]*", prose(part))) for part in [open_part, *folded]
        )
        if words > PROSE_WORDS:
            yield f"cell {cell.id}: {words} words, {PROSE_WORDS} are allowed"


def metadata(lesson):
    ids = [cell.get("id", "") for cell in lesson.cells]
    if not all(ids) or len(set(ids)) != len(ids):
        yield "every cell needs an id of its own"
    for cell in lesson.cells:
        if cell.metadata.get("slideshow", {}).get("slide_type") not in SLIDES:
            yield f"cell {cell.id}: no slide type"
        for tag in tags(cell):
            row = TAGS.fullmatch(tag)
            if not row or (row[1] and not 1 <= int(row[2]) <= ROWS.get(int(row[1]), 0)):
                yield f"cell {cell.id}: unknown tag {tag}"
    kernel = lesson.notebook.metadata.get("kernelspec", {})
    if (kernel.get("name"), kernel.get("display_name")) != ("python3", "Python 3"):
        yield f"the kernel must be python3, Python 3; it is {dict(kernel)}"
    if "widgets" in lesson.notebook.metadata:
        yield "metadata.widgets is stored"


def execution(lesson):
    counts = [cell.execution_count for cell in lesson.code if cell.source]
    if counts != list(range(1, len(counts) + 1)):
        yield "the cells were not run once, in order, in a fresh kernel"
    for cell in lesson.code:
        shows = re.search(r"(?m)^(explore\w*|predict|check)\(", cell.source)
        if shows and not cell.outputs:
            yield f"cell {cell.id}: {shows[1]}(...) has left no output"
        for output in cell.outputs:
            yield from (f"cell {cell.id}: {complaint}" for complaint in output_faults(output))


def output_faults(output):
    if output.output_type == "error":
        yield f"an error is stored: {output.ename}"
    if output.get("name") == "stderr":
        yield "something was written to stderr"
    data = output.get("data", {})
    words = str(data.get("text/plain", "")) + output.get("text", "")
    if re.search(r" at 0x[0-9a-f]{6,}", words):
        yield "the text holds an address, which changes from run to run"
    if any("widget" in kind for kind in data):
        yield "a widget view is stored"
    if any(kind.startswith("image/") for kind in data) and (
        not words.strip() or words.startswith("<Figure")
    ):
        yield "a picture without words beside it"
    for image in re.findall(r"<img[^>]*>", str(data.get("text/html", ""))):
        if not re.search(r'alt="[^"]+"', image):
            yield "an <img> without alt text"


def wording(lesson):
    for cell in lesson.text:
        for pattern, why in UNWANTED.items():
            # What stands in quotation marks are the words of others.
            own = re.sub(r"“[^”]*”", " ", prose(cell.source))
            for found in re.finditer(rf"(?i)\b({pattern})\b", own):
                yield f"cell {cell.id}: “{found[0]}”: {why}"


def code(lesson):
    for cell in lesson.code:
        for pattern, why in BANNED_CODE.items():
            found = re.search(rf"(?m){pattern}", cell.source)
            if found and "setup" not in tags(cell):
                yield f"cell {cell.id}: “{found[0].strip()}”: {why}"
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue
        # nbval-ignore-output: the output may differ, so the cell itself must say what holds.
        asserts = any(isinstance(node, ast.Assert) for node in ast.walk(tree))
        if "nbval-ignore-output" in tags(cell) and not asserts:
            yield f"cell {cell.id}: its output is not compared, and it asserts nothing"


def links(lesson):
    for cell in lesson.text:
        source = re.sub(r"(?s)```.*?```|`[^`\n]*`", " ", cell.source)
        targets = re.findall(r"\]\(\s*<?([^)\s>]+)", source)
        targets += re.findall(r"(?:href|src)=[\"']([^\"']+)", source)
        for target in targets:
            if re.match(r"[a-z]+:|#|attachment:", target):
                continue
            if not (lesson.path.parent / unquote(target).partition("#")[0]).exists():
                yield f"cell {cell.id}: there is no {target}"
        for found in re.findall(r"!\[\s*\]\(|<img(?![^>]*alt=[\"'][^\"'])[^>]*>", source):
            yield f"cell {cell.id}: an image without alt text: {found}"


def repository(lesson):
    title = lesson.cells[0].source
    for place in ("colab.research.google.com/github/", "mybinder.org/v2/gh/"):
        if f"{place}{REPOSITORY}/" not in title:
            yield f"the title cell has no badge for {place}{REPOSITORY}"
    if title.count(lesson.path.name) < 2:
        yield "a badge of the title cell opens another notebook"


def exercises(lesson):
    known = questions(lesson.lesson)
    for kind, names in (("PREDICTIONS", ["predict"]), ("EXERCISES", ["check", "hint"])):
        registered = set(getattr(known, kind))
        for name in names:
            used = {exercise for _, _, exercise in calls(lesson, name)}
            for exercise in sorted(registered ^ used):
                says = "is not registered" if exercise in used else "stands in no cell"
                yield f"{name}({exercise!r}) {says}"
    if any("<details open" in cell.source for cell in lesson.text):
        yield "something folded is open"


def solutions(lesson):
    """A folded solution is a right answer: `9`, or `answer = conv2d(X, kernel)`."""
    folded = [
        text
        for cell in lesson.text
        for text in re.findall(r"(?s)<details>\s*<summary>Solution.*?</details>", cell.source)
    ]
    answers = [_value(span) for text in folded for span in re.findall(r"`([^`]+)`", text)]
    for name, exercise in questions(lesson.lesson).EXERCISES.items():
        if isinstance(exercise, Exercise) and not any(exercise.verdict(a)[0] for a in answers):
            yield f"no folded solution is a right answer to {name}"
    if not folded:
        yield "the solutions are not folded into <details><summary>Solutions"


def _value(span):
    try:
        return eval(span.rpartition(" = ")[2], {"np": np, **vars(helpers)})
    except Exception:  # a piece of code that is no answer
        return None


def prediction_first(lesson):
    predicted = [place for place, _, _ in calls(lesson, "predict")]
    pictures = [i for i, cell in enumerate(lesson.cells) if _explores(cell)]
    if not predicted:
        yield "nothing is predicted"
    elif pictures and min(pictures) < min(predicted):
        yield "the first picture comes before the first prediction"


def _explores(cell):
    return cell.cell_type == "code" and re.search(r"(?m)^explore\w*\(", cell.source)


def skeleton(lesson):
    if not re.search(r"\d+ minutes", lesson.cells[0].source):
        yield "the title cell does not say how many minutes the lesson takes"
    for phrase in ("You will", "You need"):
        if not re.search(phrase, lesson.cells[0].source, re.IGNORECASE):
            yield f"the title cell does not say “{phrase}”"
    if not any("In this lesson you" in cell.source for cell in lesson.text):
        yield "no cell sums up with “In this lesson you”"


def neighbours(lesson):
    """The title leads to the lesson before and to the next, and the end to the next."""
    title, end = lesson.cells[0].source, "\n".join(cell.source for cell in lesson.text[-3:])
    if f"Lesson {lesson.lesson} of {len(NAMES)}" not in title:
        yield "the title cell does not say which lesson of the seven it is"
    for word, number in (("previous", lesson.lesson - 1), ("next", lesson.lesson + 1)):
        if not 1 <= number <= len(NAMES):
            continue
        file = f"{NAMES[number - 1]}.ipynb"
        if not re.search(rf"{word}: \[[^]]+\]\({file}\)", title):
            yield f"the title cell does not lead to {file} as the {word} lesson"
        if word == "next" and f"({file})" not in end:
            yield f"the end does not lead to {file}"
    if lesson.lesson == len(NAMES) and f"({RECAP}.ipynb)" not in end:
        yield f"the end does not lead to {RECAP}.ipynb"


def worked_examples(lesson):
    found = {tag for cell in lesson.cells for tag in tags(cell) if tag.startswith("row-")}
    wanted = {f"row-{lesson.lesson}.{i}" for i in range(1, ROWS[lesson.lesson] + 1)}
    for tag in sorted(wanted - found):
        yield f"no cell has the tag {tag}: the worked example is missing"


RULES = (
    headings,
    setup_cell,
    sizes,
    metadata,
    execution,
    wording,
    code,
    links,
    repository,
    exercises,
    solutions,
    prediction_first,
    skeleton,
    neighbours,
    worked_examples,
)
OF_LESSONS = (prediction_first, skeleton, neighbours, worked_examples)  # not of the recap


def complaints(lesson):
    """Return what all rules say about a lesson, or about the recap."""
    rules = [rule for rule in RULES if lesson.lesson != "r" or rule not in OF_LESSONS]
    return [complaint for rule in rules for complaint in rule(lesson)]


def main(names):
    paths = [ROOT / "notebooks" / name for name in names]
    found = [
        f"{path.name}: {complaint}"
        for path in paths or sorted((ROOT / "notebooks").glob("*.ipynb"))
        for complaint in complaints(load(path))
    ]
    print("\n".join(found) or "no complaints")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
