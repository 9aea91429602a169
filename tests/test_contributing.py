"""docs/CONTRIBUTING.md: its first exercise works, what it names exists, its drawing is right."""

import ast
import json
import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tools import code_rules, lesson_rules
from tools.setup_cell import ROOT

BOOK = (ROOT / "docs" / "CONTRIBUTING.md").read_text("utf-8")
CHAPTERS = dict(re.findall(r"(?ms)^## (.+?)\n(.*?)(?=^## |\Z)", BOOK))
FIRST = CHAPTERS["Ten minutes to a first exercise"]
PROSE = re.sub(r"(?ms)^```.*?^```", "", BOOK)
HELPERS = sorted(p for p in (ROOT / "helpers").rglob("*") if p.suffix in (".py", ".js", ".css"))
TESTS = sorted(
    path.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("*.py")
)


def blocks(text, language):
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", text)


# ------------------------------------------------------------------ the first exercise


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the course in which the document's first exercise has been added, as it says."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("helpers", "tests", "tools", "docs", "notebooks", "slides"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (exercise,) = blocks(FIRST, "toml")
    (folder / "exercise.toml").write_text(exercise, "utf-8")
    said = run(folder, "tools/new_exercise.py", "exercise.toml")
    assert said == "4.sides is added. Now store 04_padding.ipynb, and run the tests.\n"
    return folder


def run(folder, *arguments, code=0):
    """What Python prints when it is called so in a folder."""
    called = subprocess.run(
        [sys.executable, *arguments], cwd=folder, text=True, capture_output=True, encoding="utf-8"
    )
    assert called.returncode == code, called.stdout + called.stderr
    return called.stdout


def test_the_first_exercise_takes_right_answers_and_names_wrong_ones(copy):
    (wrong, sentence), *_ = re.findall(
        r'answer = (.+)\nsentence = "(.+)"', blocks(FIRST, "toml")[0]
    )
    asked = f"""
from helpers import check, hint
from tools.handouts import page_of
from tools.handouts_parts import Sheet
check("4.sides"); check("4.sides", 2); check("4.sides", {wrong}); hint("4.sides")
print("Exercise 5" in page_of(Sheet("04_padding", solved=True)))"""
    said = run(copy, "-c", asked).splitlines()
    assert said[0] == "… Not answered yet: write your answer in place of None."
    assert said[1].startswith("✓ Right. 28 places")
    assert said[2] == f"✗ Not yet. {sentence}"
    assert said[3].startswith("Hint 1 of 2: ")
    assert said[4] == "True"


def test_the_first_exercise_passes_its_own_tests_and_those_of_the_solutions(copy):
    which = (
        "sides or right_and_wrong_answers or every_exercise_is_solved or wrong_answers_to_expect"
    )
    chosen = ["tests/test_exercises.py", "tests/test_questions_4.py", "tests/test_teaching.py"]
    assert all(file in blocks(FIRST, "bash")[-1] for file in chosen)
    said = run(copy, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "-k", which, *chosen)
    whole = ("keep_28", "wrong_answers", "is_solved_and_its_check_says_right", "to_the_check")
    for name in (*whole, r"any_form\[4.sides-2\]", r"\[4.sides-1-That is for a kernel of 3\]"):
        assert re.search(rf"(?m)^PASSED .*{name}$", said), name
    changed = ["helpers/questions/lesson_4.py", "tests/test_questions_4.py"]
    run(copy, "-m", "ruff", "format", *changed)
    run(copy, "-m", "ruff", "check", *changed)


def test_only_storing_is_left_to_do_for_the_lesson_of_the_first_exercise(copy):
    """Storing takes half a minute and TensorFlow; that it works is tested with other notebooks."""
    said = run(copy, "-m", "tools.lesson_rules", "04_padding.ipynb", code=1).splitlines()
    assert said == [
        "04_padding.ipynb: the cells were not run once, in order, in a fresh kernel",
        "04_padding.ipynb: cell exercise-sides: check(...) has left no output",
    ]


def test_other_lessons_take_a_new_exercise_and_ask_only_to_be_stored(copy):
    text, names = (
        (copy / "exercise.toml").read_text("utf-8"),
        ("02_kernel", "03_stride", "06_pooling"),
    )
    for name in names:
        (copy / "other.toml").write_text(text.replace("4.sides", f"{name[1]}.sides"), "utf-8")
        run(copy, "tools/new_exercise.py", "other.toml")
    files = [f"{name}.ipynb" for name in names]
    said = run(copy, "-m", "tools.lesson_rules", *files, code=1).splitlines()
    assert len(said) == 2 * len(names)
    assert all("exercise-sides: check(...) has left no output" in line for line in said[1::2])
    which = "is_solved_and_its_check_says_right or to_the_check"
    said = run(
        copy, "-m", "pytest", "-p", "no:cacheprovider", "-k", which, "tests/test_teaching.py"
    )
    assert "2 passed" in said


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("4.sides", "4.sides", "4.sides is there already. To change it: git restore . first."),
        ("4.sides", "sides", "a lesson from 1 to 7 and a word; got 'sides'."),
        ("4.sides", "1.sides", "01_image_as_grid.ipynb is full: 50 cells are the most."),
        ("why =", "whi =", "exercise lacks why."),
        ("sentence =", "sentense =", "needs an answer and a sentence, and nothing else."),
        ("right = 2", 'right = "2"', "Answers are numbers, or lists of them; got '2'."),
        ("right = 2", "right = [4]", "[4] cannot be right and a mistake."),
        ("right = 2", "right = ,", "exercise cannot be read: Invalid value (at line 5, column 9)."),
    ],
)
def test_an_exercise_that_cannot_be_added_is_refused(copy, old, new, problem):
    text = (copy / "exercise.toml").read_text("utf-8")
    (copy / "exercise").write_text(text.replace(old, new), "utf-8")
    called = subprocess.run(
        [sys.executable, "tools/new_exercise.py", "exercise"],
        cwd=copy,
        text=True,
        capture_output=True,
        encoding="utf-8",
    )
    assert called.returncode == 1 and called.stderr.strip().endswith(problem)


# ------------------------------------------------------------------ what the document names


FILE = re.compile(r"[\w./*-]+/|[\w./*-]*\.(py|js|css|md|txt|yml|svg|ipynb)")
COMMAND = re.compile(r"(git|make|exit|\.venv|python3|py) ?")  # tested below, or git's own


def named():
    """What the document's text names: files, and words of the code; NAME stands for one of them."""
    for span in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", PROSE):
        yield span.replace("NamePicture", "FieldPicture").replace("NAME", "receptive")


def words():
    """Every word of the code, and of what is written for tools to read."""
    kinds = (".py", ".js", ".toml", ".txt", ".yml")
    folders = ("helpers", "tools", "tests", "site", "hub", ".github")
    files = [p for folder in folders for p in (ROOT / folder).rglob("*") if p.suffix in kinds]
    files = [p for p in files if p.name != "test_contributing.py"]
    return set(re.findall(r"\w+", "\n".join(path.read_text("utf-8") for path in files)))


def test_every_file_that_is_named_is_there():
    files = [span for span in named() if FILE.fullmatch(span)]
    assert len(files) > 60
    for file in files:
        assert any(list((ROOT / folder).glob(file)) for folder in (".", "helpers", "tests")), file


def test_every_name_of_the_code_is_there():
    known = words()
    others = [span for span in named() if not FILE.fullmatch(span) and not COMMAND.match(span)]
    assert len(others) > 60
    for span in others:
        assert set(re.findall(r"[A-Za-z_]\w*", span)) <= known, span


def targets():
    return re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"))


def test_every_command_can_be_given():
    commands = "\n".join(blocks(BOOK, "bash")) + "\n".join(re.findall("`([^`\n]+)`", PROSE))
    made = set(re.findall(r"(?m)^make (\w+)", commands))
    assert len(made) > 8 and made <= set(targets())
    files = re.findall(r"(?:tests|tools|notebooks)[/\\][\w./\\-]+\.\w+", commands)
    files += [f"notebooks/{name}" for name in re.findall(r"(?<![/\w])\w+\.ipynb", commands)]
    assert len(files) > 10
    for file in files:
        file = file.replace("\\", "/").replace("NAME", "receptive")
        assert (ROOT / file).exists(), file


def test_every_link_of_the_contents_leads_somewhere():
    links = set(re.findall(r"\]\(#([^)]+)\)", BOOK))
    titles = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in CHAPTERS}
    assert links == titles - {"contents"}
    for file in re.findall(r"\]\(([^)#]+)\)", BOOK):
        assert (ROOT / "docs" / file).exists(), file


def test_lines_are_no_longer_than_120_letters_outside_tables_and_code():
    assert not [line for line in PROSE.splitlines() if len(line) > 120 and line.strip()[0] != "|"]


def test_the_limits_and_rules_are_those_of_the_code():
    cells, lesson = lesson_rules.CELLS, CHAPTERS["A lesson"]
    assert f"{cells.start} to {cells.stop - 1} cells" in lesson
    code, words_of_it = lesson_rules.CODE_LINES, lesson_rules.PROSE_WORDS
    assert f"at most {code} lines of code and {words_of_it} words of prose" in lesson
    assert f"under {lesson_rules.KILOBYTES} KB" in lesson
    lines = f"{code_rules.FUNCTION_LINES} lines a function and {code_rules.FILE_LINES} a file"
    assert lines in CHAPTERS["Style"]
    rules = {rule.__name__ for rule in lesson_rules.RULES}
    named = re.findall(r"(?m)^\| .* \| ([^|]+) \|$", lesson)
    assert set(re.findall(r"`(\w+)`", "".join(named[1:]))) <= rules
    assert all(f"`{kind}`" in lesson for kind in lesson_rules.SLIDES)


def test_what_is_said_of_the_cells_of_the_lessons():
    full, differing = set(), {}
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        lesson = int(path.name[:2])
        cells = json.loads(path.read_text("utf-8"))["cells"]
        tagged = [c for c in cells if "nbval-ignore-output" in c["metadata"].get("tags", [])]
        differing |= {lesson: len(tagged)} if tagged else {}
        full |= {lesson} if len(cells) + 2 not in lesson_rules.CELLS else set()
        named = {"summary", "folded", "more-myths" if lesson == 1 else "myths"}
        assert named <= {cell["id"] for cell in cells}
    assert "Nine cells of lesson 7" in BOOK and differing == {7: 9}
    assert "Lessons 1, 5 and 7 are full" in BOOK and full == {1, 5, 7}


def test_every_test_file_says_what_it_protects():
    rows = re.findall(
        r"(?m)^\| `([\w/]+\.py)` \| (.+) \| (\d+) \|$", CHAPTERS["What each test protects"]
    )
    assert sorted(name for name, _, _ in rows) == TESTS
    assert len({broken for _, broken, _ in rows}) == len(rows)


def test_no_two_test_files_share_a_name():
    """Python would take one for the other: pytest then collects neither."""
    names = [name.rpartition("/")[2] for name in TESTS if not name.endswith("conftest.py")]
    assert sorted(names) == sorted(set(names))


# ------------------------------------------------------------------ the drawing

DRAWING = ElementTree.parse(ROOT / "docs" / "architecture.svg").getroot()
SVG = "{http://www.w3.org/2000/svg}"
GROUND = ("arithmetic", "stored", "data")  # every box may import from these
BOXES = {
    box.get("id"): " ".join(
        " ".join(text.itertext()) for text in box.iter(f"{SVG}text") if text.get("class") == "file"
    ).split()
    for box in DRAWING.iter(f"{SVG}g")
    if box.get("id")
}
PARTS = {
    module: box
    for box, modules in BOXES.items()
    if box in ("questions", "asking", "living", "network", "tensorflow", "stills", *GROUND)
    for module in modules
    if not re.search(r"[*.]", module)
}


def box_of(path):
    """The box in which the drawing has a file of helpers/."""
    if path.parent.name == "questions":
        return PARTS["questions/"]
    return "init" if path.stem == "__init__" else PARTS.get(path.stem)


def imported(path):
    """The boxes from which a file of helpers/ imports."""
    tree = ast.parse(path.read_text("utf-8"))
    return {PARTS[name] for name, own, _ in code_rules.imports(tree, path) if own and name in PARTS}


def drawn():
    lines = [line for line in DRAWING.iter(f"{SVG}path") if line.get("data-from")]
    return [(line.get("data-from"), line.get("data-to")) for line in lines]


def test_every_file_of_helpers_and_tools_is_in_the_drawing():
    for path in HELPERS:
        shared = path.stem.startswith("explorer_") and "explorer_*.js" in BOXES["living"]
        assert box_of(path) or shared or path.name in BOXES["living"], path.name
    every = {path.stem for path in (ROOT / "tools").glob("*.py")}
    assert set(BOXES["tools"]) == every
    files = {path.stem for path in HELPERS if path.suffix == ".py"} | {"questions/"}
    assert set(PARTS) <= files, "the drawing has files that are gone"


def test_the_arrows_are_the_imports():
    wanted = set()
    for path in HELPERS:
        if path.suffix == ".py" and path.stem != "__init__":
            wanted |= {(box_of(path), other) for other in imported(path)}
    wanted = {(one, other) for one, other in wanted if one != other}
    assert {one for one, _ in wanted if one in GROUND} == set()
    inside = {pair for pair in drawn() if set(pair) <= set(PARTS.values())}
    assert inside == {(one, other) for one, other in wanted if other not in GROUND}
    above = {one for one, other in drawn() if other == "ground"}
    assert above and all({one: other in GROUND for one, other in wanted}[one] for one in above)


def test_lessons_and_tools_import_helpers_and_never_the_other_way_round():
    assert set(drawn()) >= {("lesson", "helpers"), ("tools", "helpers")}
    tools = "\n".join(path.read_text("utf-8") for path in (ROOT / "tools").glob("*.py"))
    assert re.search(r"(?m)^from helpers", tools)
    for path in HELPERS:
        assert path.suffix != ".py" or not re.search(
            r"(?m)^\s*(from|import) tools", path.read_text("utf-8")
        )


def test_the_drawing_can_be_read():
    title, words_of_it = DRAWING.find(f"{SVG}title"), DRAWING.find(f"{SVG}desc")
    assert title.text and len(words_of_it.text) > 200
    style = DRAWING.find(f"{SVG}style").text
    sizes = [int(size) for size in re.findall(r"(?:font-size: |font: (?:\d+ )?)(\d+)px", style)]
    assert len(sizes) >= 4 and min(sizes) >= 12
    ground = DRAWING.find(f"{SVG}rect")
    assert (ground.get("fill"), ground.get("width")) == ("#ffffff", DRAWING.get("width"))
    alternative = re.search(r"!\[([^\]]+)\]\(architecture\.svg\)", BOOK)[1]
    assert len(alternative) > 200
