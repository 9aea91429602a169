"""`make notebooks`: what it stores, that it stores the same twice, and what it leaves alone."""

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import notebooks, setup_cell
from tools.notebooks import as_text, is_normal, normalised, plain_png, store

WIDGET = "application/vnd.jupyter.widget-view+json"
HELPERS = Path(notebooks.ROOT) / "helpers"


def png(**metadata):
    from matplotlib.figure import Figure

    figure, file = Figure(figsize=(1, 1)), io.BytesIO()
    figure.savefig(file, metadata=metadata)
    return base64.encodebytes(file.getvalue()).decode()


def untidy():
    """A notebook as JupyterLab may leave it."""
    drawn = {"text/plain": "a map", "image/png": png(Software="x"), WIDGET: {"model_id": "1"}}
    cells = [
        new_markdown_cell("# Title\n", id="title", metadata={"scrolled": True}),
        new_code_cell("import this", id="setup", metadata={"tags": ["setup"]}, execution_count=4),
        new_code_cell(
            "print(1)",
            id="prints",
            execution_count=9,
            metadata={"execution": {"iopub.status.busy": "2025"}, "slideshow": {"slide_type": "-"}},
            outputs=[
                new_output("stream", name="stdout", text="1\n"),
                new_output("stream", name="stdout", text="2\n"),
                new_output("stream", name="stderr", text="oh\n"),
                new_output("execute_result", data=drawn, execution_count=9, metadata={"a": 1}),
                new_output("display_data", data={WIDGET: {"model_id": "2"}}),
            ],
        ),
        new_code_cell("", id="empty"),
    ]
    metadata = {
        "kernelspec": {"display_name": "my env", "language": "python", "name": "env7"},
        "language_info": {"name": "python", "version": "3.11.2"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {}},
    }
    return new_notebook(cells=cells, metadata=metadata)


def test_normal_form():
    notebook = normalised(untidy())
    title, setup, prints, empty = notebook.cells
    assert notebook.metadata == notebooks.METADATA
    assert [cell.id for cell in notebook.cells] == ["title", "setup", "prints", "empty"]
    assert [c.execution_count for c in notebook.cells[1:]] == [1, 2, None]
    assert title.metadata == {}
    assert prints.metadata == {"slideshow": {"slide_type": "-"}}
    assert setup.source == setup_cell.SETUP_CELL
    stdout, stderr, drawn = prints.outputs
    assert (stdout.text, stderr.text) == ("1\n2\n", "oh\n")
    assert drawn.data.keys() == {"text/plain", "image/png"}
    assert (drawn.execution_count, drawn.metadata) == (2, {"image/png": {"alt": "a map"}})
    nbformat.validate(notebook)


def test_normalising_changes_its_own_copy_only_and_is_done_once():
    before = untidy()
    once = normalised(before)
    assert before == untidy()
    assert as_text(normalised(nbformat.reads(as_text(once), as_version=4))) == as_text(once)


def test_the_file_has_one_space_of_indent_and_a_last_newline():
    text = as_text(normalised(untidy()))
    assert text.startswith('{\n "cells"')
    assert text.endswith("}\n") and not text.endswith("\n\n")
    assert json.loads(text)["nbformat_minor"] == 5


def test_png_loses_program_and_date_but_no_pixel():
    from PIL import Image

    first, second = png(Software="one"), png(Software="two", Author="someone")
    assert first != second
    assert plain_png(first) == plain_png(second) == plain_png(plain_png(first))
    kept = base64.b64decode(plain_png(first))
    assert b"tEXt" not in kept and b"pHYs" in kept
    pixels = [Image.open(io.BytesIO(p)).tobytes() for p in (kept, base64.b64decode(first))]
    assert pixels[0] == pixels[1]


@pytest.fixture
def course(tmp_path):
    """A folder with the notebooks' place and the helpers beside it."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "helpers").symlink_to(HELPERS)
    return tmp_path / "notebooks"


def write(path, *sources, **metadata):
    cells = [new_code_cell(setup_cell.SETUP_CELL, id="setup", metadata={"tags": ["setup"]})]
    cells += [new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    path.write_text(as_text(new_notebook(cells=cells, metadata=metadata)), encoding="utf-8")
    return path


def test_running_twice_stores_the_same_bytes_and_no_widget(course, monkeypatch):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    source = 'from helpers.exercises import predict\n\npredict("2.bars")'
    path = write(course / "one.ipynb", source, "print(1)\nprint(2)", "1 + 1")
    assert not is_normal(path)
    store(path)
    first = path.read_bytes()
    assert is_normal(path)
    store(path)
    assert path.read_bytes() == first
    question, printed, value = (c.outputs[0] for c in nbformat.read(path, as_version=4).cells[1:])
    assert question.data.keys() == {"text/plain", "text/html"}
    assert printed.text == "1\n2\n"
    assert value.data == {"text/plain": "2"}
    assert os.listdir(course) == ["one.ipynb"]


def test_an_error_stops_with_notebook_and_cell_and_leaves_the_file(course, capsys, monkeypatch):
    bad = write(course / "a.ipynb", "1 / 0")
    other = write(course / "b.ipynb", "1")
    before = bad.read_bytes(), other.read_bytes()
    monkeypatch.setattr(notebooks, "ROOT", course.parent)
    monkeypatch.setenv("CONVOLUTION_STILLS", "0")
    assert notebooks.main([]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == ["a.ipynb, cell cell-0: ZeroDivisionError: division by zero"]
    assert (bad.read_bytes(), other.read_bytes()) == before
    assert sorted(os.listdir(course)) == ["a.ipynb", "b.ipynb"]


def test_storing_from_the_sample_is_said_aloud(course, capsys, monkeypatch):
    monkeypatch.setenv("CONVOLUTION_STILLS", "0")
    load = 'from helpers.mnist import load_mnist\n\nname = "sample"\ndigits = load_mnist(name)'
    path = write(course / "digits.ipynb", load)
    assert notebooks.main([str(path)]) == 0
    assert "digits.ipynb is stored from the bundled sample" in capsys.readouterr().err
    # Who asks for the sample by its name wants it.
    other = write(course / "other.ipynb", load.replace("(name)", '("sample")'))
    assert notebooks.main([str(other)]) == 0
    assert capsys.readouterr().err == ""


def test_a_kernel_that_dies_is_named_too(course, capsys, monkeypatch):
    monkeypatch.setenv("CONVOLUTION_STILLS", "0")
    path = write(course / "dies.ipynb", "import os\n\nos._exit(1)")
    before = path.read_bytes()
    assert notebooks.main([str(path)]) == 1
    assert "dies.ipynb, cell cell-0: DeadKernelError" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_check_names_what_is_not_in_normal_form_and_runs_nothing(course, capsys, monkeypatch):
    monkeypatch.setattr(notebooks, "ROOT", course.parent)
    monkeypatch.setattr(notebooks, "run", lambda *a: pytest.fail("--check ran a notebook"))
    good = course / "good.ipynb"
    good.write_text(as_text(normalised(untidy())), encoding="utf-8")
    assert notebooks.main(["--check"]) == 0
    (course / "bad.ipynb").write_text(as_text(untidy()), encoding="utf-8")
    assert notebooks.main(["--check"]) == 1
    assert "bad.ipynb. Run make notebooks" in capsys.readouterr().err
    assert notebooks.main(["--check", "good.ipynb"]) == 0
    with pytest.raises(SystemExit):
        notebooks.main(["none.ipynb"])
    assert "none.ipynb" in capsys.readouterr().err


# The setup cell


def set_up(folder, before=""):
    """Run the setup cell in a folder; return where it found the course, or its sentence."""
    code = f"{before}\n{setup_cell.SETUP_CELL}\nprint(root)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    return (ran.stdout or ran.stderr).strip()


def test_the_setup_cell_finds_the_course_from_any_folder_inside(course):
    for folder in (course, course.parent):
        assert set_up(folder) == str(course.parent)


def test_the_setup_cell_says_what_is_missing(tmp_path):
    said = set_up(tmp_path)
    assert said.startswith("The folder helpers/ is missing.")
    assert f"https://github.com/{setup_cell.REPOSITORY}" in said


COLAB = """\
import sys, subprocess, pathlib
sys.modules["google.colab"] = sys
def fetched(command, check):
    assert command[:2] == ["git", "clone"] and command[-1] == "course"
    folder = pathlib.Path("course/helpers")
    folder.mkdir(parents=True)
    (folder / "convolution.py").touch()
subprocess.run = fetched"""


def test_on_colab_the_setup_cell_fetches_the_course_once(tmp_path):
    assert set_up(tmp_path, COLAB) == str(tmp_path / "course")
    assert set_up(tmp_path, COLAB) == str(tmp_path / "course")  # run again: nothing is fetched


def test_on_colab_without_network_the_setup_cell_says_so(tmp_path):
    offline = COLAB.split("def fetched")[0] + "subprocess.run = lambda *a, **k: None"
    assert set_up(tmp_path, offline).startswith("The folder helpers/ is missing.")
