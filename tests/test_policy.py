"""The rules for lessons and code hold, and each rule can fail."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import code_rules, lesson_rules
from tools.notebooks import is_normal, normalised
from tools.setup_cell import REPOSITORY, ROOT, SETUP_CELL

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LESSONS, RECAP = NOTEBOOKS[:-1], NOTEBOOKS[-1]
HELPERS = sorted(p for p in (ROOT / "helpers").rglob("*") if p.suffix in (".py", ".js", ".css"))
TOOLS = sorted((ROOT / "tools").glob("*.py"))


def test_there_are_lessons():
    assert [path.stem for path in LESSONS] == list(lesson_rules.NAMES)
    assert RECAP.stem == lesson_rules.RECAP


@pytest.mark.parametrize("rule", lesson_rules.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lessons_keep_the_rules(path, rule):
    assert list(rule(lesson_rules.load(path))) == []


def test_the_recap_keeps_the_rules_that_are_not_about_a_lessons_parts():
    recap = lesson_rules.load(RECAP)
    assert lesson_rules.complaints(recap) == []
    recap.text[-1].source += " Obviously."
    assert "“Obviously”" in "".join(lesson_rules.complaints(recap))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_lessons_are_stored_in_normal_form(path):
    assert is_normal(path)


@pytest.mark.parametrize("path", HELPERS + TOOLS, ids=lambda path: path.name)
def test_code_keeps_the_rules(path):
    text = path.read_text(encoding="utf-8")
    assert code_rules.complaints(path, text, in_helpers=path in HELPERS) == []


def test_every_module_has_its_level():
    modules = {code_rules.module(path) for path in HELPERS if path.suffix == ".py"}
    assert modules <= set().union(*code_rules.LEVELS)


def test_import_helpers_loads_nothing_slow():
    code = "import sys, helpers; print(*(set(sys.argv[1:]) & set(sys.modules)))"
    slow = ["tensorflow", "keras", "matplotlib", "scipy", "PIL", "pandas"]
    loaded = subprocess.check_output([sys.executable, "-c", code, *slow], cwd=ROOT, text=True)
    assert loaded.split() == []


# That the rules can fail: one good lesson, and one change a time that makes it bad.

BADGES = " ".join(
    f"[![Open](https://example.org/b.svg)](https://{place}{REPOSITORY}/02_kernel.ipynb)"
    for place in ("colab.research.google.com/github/", "mybinder.org/v2/gh/")
)
NEAR = "Lesson 2 of 7 · previous: [Image](01_image_as_grid.ipynb) · next: [Stride](03_stride.ipynb)"
TITLE = f"# Kernel\n\n{BADGES}\n\n{NEAR}\n\n35 minutes. **You will** slide. **You need** nothing."
SOLUTIONS = """<details><summary>Solutions</summary>

1. `conv2d(PLUS, HORIZONTAL_BAR.T)`
2. `my_kernel = COUNTING_KERNEL[::-1, ::-1]`

</details>"""
PICTURE = {"text/plain": "a map: 1 2 3", "text/html": '<img alt="a map">'}


def text_cell(cell_id, source):
    return new_markdown_cell(source, id=cell_id)


def code_cell(cell_id, source, data=None, printed="", tags=()):
    outputs = [new_output("display_data", data=data)] if data else []
    outputs += [new_output("stream", name="stdout", text=printed)] if printed else []
    metadata = {"tags": list(tags)} if tags else {}
    return new_code_cell(source, id=cell_id, metadata=metadata, outputs=outputs, execution_count=1)


def good(folder):
    """A lesson 2 that keeps every rule, and the file it would stand in."""
    rows = [f"row-2.{i}" for i in range(1, 8)]
    cells = [
        text_cell("title", TITLE),
        code_cell("setup", SETUP_CELL, tags=["setup"]),
        text_cell("one", "## One\n\n### Deeper\n\nA [link](02_kernel.ipynb#one), a `color`."),
        code_cell("predict", 'predict("2.bars")', PICTURE),
        code_cell("explore", "explore(X, HORIZONTAL_BAR)", PICTURE, tags=rows),
        code_cell("time", "t = 1\nassert t > 0", tags=["nbval-ignore-output"]),
        text_cell("two", "## Two\n\n![a cat](cat.png)\n\n```\n# no heading, TODO\n```"),
    ]
    for name in ("2.plus", "2.loop", "2.flip"):
        source = f'check("{name}", None)\n# hint("{name}")'
        cells.append(code_cell(name.replace(".", "-"), source, printed="… Not answered yet"))
    cells += [text_cell(f"more-{i}", "They call it the “activation map”.") for i in range(16)]
    cells += [
        text_cell(
            "end", f"## In this lesson you\n\n- read.\n\n{SOLUTIONS}\n\n[Next](03_stride.ipynb)"
        )
    ]
    for cell in cells:
        cell.metadata["slideshow"] = {"slide_type": "-"}
    (folder / "cat.png").touch()
    for name in lesson_rules.NAMES:
        (folder / f"{name}.ipynb").touch()
    return normalised(new_notebook(cells=cells))


def cell_of(notebook, cell_id):
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def source(cell_id, text):
    return lambda notebook: cell_of(notebook, cell_id).update(source=text)


def add(cell_id, text):
    return lambda notebook: cell_of(notebook, cell_id).update(
        source=cell_of(notebook, cell_id).source + text
    )


def output(**changes):
    return lambda notebook: cell_of(notebook, "explore").outputs[0].update(**changes)


def data(**kinds):
    kinds = {kind.replace("_", "/"): content for kind, content in kinds.items()}
    return output(data={"text/plain": "a map", **kinds})


def drop(*cell_ids):
    return lambda notebook: notebook.update(
        cells=[cell for cell in notebook.cells if cell.id not in cell_ids]
    )


def tagged(cell_id, *tags):
    return lambda notebook: cell_of(notebook, cell_id).metadata.update(tags=list(tags))


def failed(notebook):
    wrong = nbformat.v4.new_output("error", ename="ValueError", evalue="", traceback=[])
    cell_of(notebook, "explore").outputs.append(wrong)


def said_on_stderr(notebook):
    chatter = new_output("stream", name="stderr", text="oneDNN is on")
    cell_of(notebook, "explore").outputs.append(chatter)


BAD = [
    ("headings", source("title", TITLE[2:]), "does not begin with the title"),
    ("headings", source("one", "# One"), "one heading of level 1"),
    ("headings", source("two", "## Two\n\n#### Deep"), "level 4 follows one of level 2"),
    ("setup_cell", source("setup", SETUP_CELL + " "), "differs"),
    ("setup_cell", tagged("setup"), "must have the tag setup"),
    ("setup_cell", tagged("time", "setup"), "and no other"),
    ("sizes", drop(*(f"more-{i}" for i in range(10))), "cells: 25 to 50"),
    ("sizes", source("one", "word " * 121), "121 words"),
    ("sizes", add("end", f"<details>{'word ' * 121}</details>"), "121 words"),
    ("sizes", source("explore", "x = 1\n" * 13), "13 lines"),
    ("sizes", data(image_png="A" * 400_000), "KB"),
    ("metadata", lambda n: cell_of(n, "one").update(id="two"), "id of its own"),
    ("metadata", lambda n: cell_of(n, "one").metadata.clear(), "cell one: no slide type"),
    ("metadata", tagged("one", "rwo-2.1"), "unknown tag rwo-2.1"),
    ("metadata", tagged("one", "row-2.8"), "unknown tag row-2.8"),
    ("metadata", lambda n: n.metadata.kernelspec.update(name="env"), "must be python3"),
    ("metadata", lambda n: n.metadata.kernelspec.update(display_name="env"), "must be python3"),
    ("metadata", lambda n: n.metadata.update(widgets={}), "metadata.widgets"),
    ("execution", lambda n: cell_of(n, "explore").update(execution_count=7), "in order"),
    ("execution", lambda n: cell_of(n, "explore").update(execution_count=None), "in order"),
    ("execution", lambda n: cell_of(n, "explore").update(outputs=[]), "has left no output"),
    ("execution", failed, "an error is stored: ValueError"),
    ("execution", said_on_stderr, "stderr"),
    ("execution", data(image_png="", text_plain=" "), "without words"),
    ("execution", data(image_png="", text_plain="<Figure size 640x480>"), "without words"),
    ("execution", data(text_plain="<A object at 0x7f18d2c1a0>"), "an address"),
    ("execution", data(**{"application/vnd.jupyter.widget-view+json": ""}), "widget view"),
    ("execution", data(text_html="<img src='a'>"), "without alt text"),
    ("wording", source("one", "This is simply a sum."), "“simply”"),
    ("wording", source("one", "Obviously it is."), "“Obviously”"),
    ("wording", source("one", "It is just trivial."), "“trivial”"),
    ("wording", source("one", "The activation map."), "feature map"),
    ("wording", source("one", "TODO"), "“TODO”"),
    ("wording", source("one", "Choose a color."), "British"),
    ("code", add("explore", "\nimport matplotlib.pyplot as plt"), "pictures come from"),
    ("code", add("explore", "\ndef plot(x):\n    pass"), "pictures come from"),
    ("code", add("explore", "\n!pip install x"), "shell commands"),
    ("code", add("explore", "\n%matplotlib inline"), "magics"),
    ("code", add("explore", "\ninteract(f)"), "flicker"),
    ("code", source("time", "t = 1"), "asserts nothing"),
    ("links", source("one", "[next](99_none.ipynb)"), "no 99_none.ipynb"),
    ("links", source("one", "<a href='none.md'>x</a>"), "no none.md"),
    ("links", source("one", "![](cat.png)"), "without alt text"),
    ("links", source("one", "<img src='cat.png'>"), "without alt text"),
    ("repository", source("title", TITLE.replace(REPOSITORY, "a/b")), "no badge"),
    ("repository", source("title", TITLE.replace("02_k", "03_k")), "another notebook"),
    ("exercises", source("predict", 'predict("2.none")'), "predict('2.none') is not registered"),
    ("exercises", drop("2-plus"), "check('2.plus') stands in no cell"),
    ("exercises", source("2-plus", 'check("2.plus")'), "hint('2.plus') stands in no cell"),
    ("solutions", source("end", SOLUTIONS.replace("details", "b")), "not folded"),
    ("solutions", source("end", SOLUTIONS.replace("PLUS", "X")), "right answer to 2.plus"),
    ("solutions", source("end", SOLUTIONS.replace("::-1", "::1")), "right answer to 2.flip"),
    ("exercises", add("end", "<details open>x</details>"), "is open"),
    ("prediction_first", drop("predict"), "nothing is predicted"),
    ("prediction_first", source("setup", "explore(X)"), "before the first prediction"),
    ("skeleton", source("title", TITLE.replace("minutes", "m")), "how many minutes"),
    ("skeleton", source("title", TITLE.replace("You need", "x")), "“You need”"),
    ("neighbours", source("title", TITLE.replace("2 of 7", "3 of 7")), "which lesson"),
    ("neighbours", source("title", TITLE.replace("01_image", "02_image")), "01_image_as_grid"),
    ("neighbours", source("title", TITLE.replace("next: ", "later: ")), "as the next lesson"),
    ("neighbours", source("end", SOLUTIONS), "the end does not lead to 03_stride"),
    ("skeleton", source("end", "bye"), "In this lesson you"),
    ("worked_examples", tagged("explore", "row-2.1"), "row-2.7"),
]


def view(notebook, folder):
    return lesson_rules.view(notebook, folder / "02_kernel.ipynb")


def test_a_good_lesson_keeps_every_rule(tmp_path):
    assert lesson_rules.complaints(view(good(tmp_path), tmp_path)) == []


@pytest.mark.parametrize(("rule", "spoil", "part"), BAD, ids=lambda v: v if type(v) is str else "")
def test_each_rule_can_fail(rule, spoil, part, tmp_path):
    notebook = good(tmp_path)
    spoil(notebook)
    found = list(getattr(lesson_rules, rule)(view(notebook, tmp_path)))
    assert part in "\n".join(found)


def test_each_rule_is_spoilt_at_least_once():
    assert {rule for rule, _, _ in BAD} == {rule.__name__ for rule in lesson_rules.RULES}


LONG = "def long():\n" + "    x = 1\n" * 25
BAD_CODE = [
    ("convolution.py", "import scipy", "convolution imports scipy: NumPy alone is allowed"),
    ("convolution.py", "from .figures import still", "figures, which is not below it"),
    ("figures.py", "from .explorer import Explorer", "explorer, which is not below it"),
    ("figures.py", "from . import explorer", "explorer, which is not below it"),
    ("figures.py", "import helpers.explorer", "explorer, which is not below it"),
    ("figures.py", "import matplotlib.pyplot", "matplotlib outside the functions"),
    ("figures.py", "def f():\n    import tensorflow", "figures imports tensorflow"),
    ("figures.py", "def f():\n    from keras import Model", "figures imports keras"),
    ("reference.py", "import tensorflow as tf", "tensorflow outside the functions"),
    ("mnist.py", "def f():\n    import mlxtend", "mnist imports mlxtend"),
    ("judge.py", "import anywidget", "judge imports anywidget"),
    ("questions/lesson_2.py", "from ..exercises import check", "exercises, which is not below"),
    ("newcomer.py", "x = 1", "newcomer has no place"),
    ("images.py", LONG, "long has 26 lines"),
    ("images.py", "x = 1\n" * 401, "401 lines of code"),
    ("explorer.js", "let x;\n" * 601, "601 lines of code: 600"),
    ("exercises.js", "let x;\n" * 401, "401 lines of code: 400"),
]
GOOD_CODE = [
    ("convolution.py", "import numpy as np"),
    ("figures.py", "from .convolution import conv2d\ndef f():\n    import matplotlib.pyplot"),
    ("reference.py", "def f():\n    import tensorflow"),
    ("questions/lesson_2.py", "from ..convolution import conv2d"),
    ("questions/lesson_3.py", "from .lesson_2 import CONV2D_MISTAKES"),
    ("images.py", 'def f():\n    """Doc\n' + "\n" * 40 + '    """\n    # why\n\n    return 1'),
    ("explorer.js", "// why\n\n" * 600),
]


@pytest.mark.parametrize(("name", "text", "part"), BAD_CODE)
def test_each_rule_for_code_can_fail(name, text, part):
    assert part in "\n".join(code_rules.complaints(Path("helpers", name), text, in_helpers=True))


@pytest.mark.parametrize(("name", "text"), GOOD_CODE)
def test_the_rules_for_code_let_good_code_pass(name, text):
    assert code_rules.complaints(Path("helpers", name), text, in_helpers=True) == []
