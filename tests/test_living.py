"""What living pages are made from: the stored lessons hold it, and one script has the page code."""

import json

import nbformat
import numpy as np
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_notebook, new_output

import helpers
from helpers.explorer import explore, from_page
from helpers.figures import table
from helpers.stored import StoredForm
from tools import living
from tools.build_site import build, folded, lesson_page
from tools.setup_cell import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
RECAP = ROOT / "notebooks" / "recap.ipynb"
pages = pytest.mark.parametrize("path", [*LESSONS, RECAP], ids=lambda path: path.stem)


def stored(path):
    """(cell id, what is told of the picture, its words) of every picture in a stored lesson."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if "picture" in output.get("metadata", {}):
                yield cell.id, output.metadata["picture"], output.data["text/plain"]


@lessons
def test_a_stored_picture_begins_with_what_its_words_say(path):
    begun = [
        (told["kind"], json.loads(told["state"]), words)
        for _, told, words in stored(path)
        if "state" in told
    ]
    assert len(begun) >= 4
    for kind, state, words in begun:
        if kind == "Prediction":
            assert state["question"] in words and " | ".join(state["options"]) in words
        for name in {"image", "kernel"} & state.keys():
            values = from_page(state[name]) if np.ndim(state[name] or [[]]) == 2 else None
            if values is not None and max(values.shape) <= 12:
                assert table(values) in words, (kind, name)


@lessons
def test_every_picture_of_a_lesson_can_live_or_says_that_it_needs_python(path):
    kinds = {widget.__name__ for widget in living.WIDGETS}
    every = {told["kind"]: "state" in told for _, told, _ in stored(path)}
    assert {kind for kind, lives in every.items() if lives} <= kinds
    assert not {kind for kind, lives in every.items() if not lives} & kinds
    calls = ("explore(", "explore_", "predict(", "draw_digit(")
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    shown = {c.id for c in cells if c.source.splitlines()[-1].startswith(calls)}
    assert shown <= {cell_id for cell_id, _, _ in stored(path)}


def test_the_script_holds_every_picture_that_needs_no_python():
    def below(kind):
        return {kind, *(other for one in kind.__subclasses__() for other in below(one))}

    assert helpers.draw_digit and helpers.watch_training  # every picture's class is known now
    # By name: other tests import the helpers once more, and their classes are then others.
    alone = {kind.__name__ for kind in below(StoredForm) if kind.lives_in_page}
    assert alone == {kind.__name__ for kind in living.WIDGETS}
    code = living.page_code()
    assert "export default" not in code and "\nimport " not in code
    assert code.count(".cw-row {") == 1


def test_page_code_that_cannot_be_joined_is_refused(monkeypatch):
    monkeypatch.setattr(living.Learning, "_esm", "export default 1;\nexport default 2;\nmore()")
    with pytest.raises(ValueError, match="Learning must end with its only export"):
        living.page_code()


def test_words_cannot_end_the_script_that_holds_them():
    told = {"kind": "Prediction", "state": json.dumps({"question": "</script><b>"})}
    data = {"text/html": "<p>?</p>", "text/plain": "?"}
    cell = new_code_cell("", outputs=[new_output("display_data", data, metadata={"picture": told})])
    (output,) = living.living(new_notebook(cells=[cell]), "JupyterLab").cells[0].outputs
    start = output.data["text/html"].split('"application/json">')[1].split("</script>")[0]
    assert json.loads(start) == {"question": "</script><b>"}
    assert "</script><b>" not in output.data["text/html"]


def test_storing_says_which_picture_it_was(monkeypatch):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    image = np.array([[0.5, np.nan], [np.inf, -1]])
    _, metadata = explore(image, [[1]])._repr_mimebundle_()
    state = json.loads(metadata["picture"]["state"])
    assert metadata["picture"]["kind"] == "Explorer"
    assert state["image"] == [[0.5, "NaN"], ["Infinity", -1]]
    assert (state["stride"], state["step"], state["controls"][0]) == (1, 0, "paint")
    assert not [name for name in state if name.startswith("_") or name == "layout"]


@pages
def test_a_page_does_not_ask_its_reader_to_run_what_cannot_run(path):
    notebook = lesson_page(path)
    head = "\n".join(cell.source for cell in notebook.cells[:4])
    assert "Shift+Enter" not in head and "badge" not in head
    assert "Short path" in head and 'class="open-in"' in head and "JupyterLab" in head
    assert sum("answers in" in cell.source for cell in notebook.cells) == 1
    setup = next(
        c for c in nbformat.read(path, as_version=4).cells if "setup" in c.metadata.get("tags", [])
    )
    assert folded(setup) == "hide-cell"


def test_a_folder_with_other_files_is_never_emptied(tmp_path):
    (tmp_path / "thesis.txt").write_text("all my work")
    with pytest.raises(SystemExit, match="holds other files"):
        build(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "all my work"


def test_the_site_is_published_by_the_actions_made_for_it():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "site.yml").read_text())
    build, publish = workflow["jobs"]["build"], workflow["jobs"]["publish"]
    used = [step.get("uses", "").partition("@")[0] for step in build["steps"] + publish["steps"]]
    assert {
        "actions/configure-pages",
        "actions/upload-pages-artifact",
        "actions/deploy-pages",
    } <= set(used)
    assert "make site" in [step.get("run") for step in build["steps"]]
    assert workflow["permissions"] == {"contents": "read"}
    assert publish["permissions"] == {"pages": "write", "id-token": "write"}
    assert publish["needs"] == "build"
