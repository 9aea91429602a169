"""The switch for the back row of a room: every picture follows it, and nothing stored does."""

import base64
import io
import itertools
import json
import os
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

import helpers
from helpers import COUNTING, COUNTING_KERNEL, HORIZONTAL_BAR, PLUS, X, conv2d, figures, logs
from helpers.controls import Boxed, Controlled
from helpers.drawing import Drawing, saved_drawing
from helpers.inside import DigitPicture
from helpers.panels import Panel
from helpers.projector import projector
from helpers.stored import StoredForm, large
from helpers.training import Record, TrainingPicture
from tools import install
from tools.setup_cell import ROOT

READABLE = 20  # pixels, at 1280 by 720
ROOM = 1090  # pixels that JupyterLab gives a picture there, the list of files hidden
RNG = np.random.default_rng(1)
GREY = np.zeros((28, 28), np.uint8)


@pytest.fixture(autouse=True)
def small_again():
    yield
    projector(False)


class Network:
    """What a picture asks of a network: the shapes of its layers, its maps, its probabilities."""

    shapes = {"maps": (5, 5, 2), "scores": (10,)}

    def __call__(self, image):
        return {"maps": np.ones((5, 5, 2)), "scores": np.eye(10)[3]}, np.eye(10)[3]


WIDGETS = {
    "Explorer": lambda: helpers.explore(COUNTING, COUNTING_KERNEL),
    "Pixels": lambda: helpers.explore_pixels(X),
    "Channels": lambda: helpers.explore_channels(np.ones((3, 3, 3)), np.ones((2, 2, 3))),
    "ReceptiveField": lambda: helpers.explore_receptive_field([("conv", 3)], n=8),
    "Learning": lambda: helpers.explore_learning(PLUS, conv2d(PLUS, HORIZONTAL_BAR)),
    "Prediction": lambda: helpers.predict("2.bars"),
    "Drawing": lambda: Drawing(Network(), strokes=saved_drawing(), layer="maps"),
    "Photographed": lambda: helpers.explore_zoom(np.zeros((20, 30), np.uint8)),
    "Controlled": lambda: Controlled(lambda: ([Panel("one", GREY)], "one"), {}),
    "DigitPicture": lambda: DigitPicture(
        lambda: ([Panel("one", GREY)], "one", np.eye(10)[3], 3), {}, []
    ),
    "TrainingPicture": lambda: TrainingPicture(Record(), lambda button: None),
}


def kinds(base=StoredForm):
    """The names of all widgets of the course."""
    below = {kind for child in base.__subclasses__() for kind in kinds(child)}
    mine = base.__module__.startswith("helpers.") and base not in (StoredForm, Boxed)
    return below | ({base.__name__} if mine else set())


def test_no_widget_is_left_out():
    assert set(WIDGETS) == kinds()


@pytest.mark.parametrize("make", WIDGETS.values(), ids=WIDGETS)
def test_the_switch_reaches_every_widget_made_before_it_and_after_it(make, capsys):
    before = make()
    assert before.large is False
    projector()
    assert capsys.readouterr().out == "Large pictures are on. projector(False) turns them off.\n"
    after = make()
    pictures = before, after
    assert [one.large for one in pictures] == [True, True]
    assert all("large" in one.keys for one in pictures), "the page must hear of it"
    styled = [one for one in pictures if isinstance(one, Boxed)]
    assert all("cw-large" in one._dom_classes for one in styled)
    projector(False)
    assert capsys.readouterr().out == "Large pictures are off. projector() turns them on.\n"
    assert [one.large for one in (*pictures, make())] == [False] * 3
    assert not any("cw-large" in one._dom_classes for one in styled)


def test_a_picture_can_be_made_large_alone():
    one, other = WIDGETS["Explorer"](), WIDGETS["Explorer"]()
    one.large = True
    assert not other.large


@pytest.mark.parametrize("value", [None, 1, "on", np.array([1, 2])])
def test_anything_but_true_and_false_is_refused_and_changes_nothing(value):
    projector()
    with pytest.raises(TypeError, match=r"^projector takes True or False; got "):
        projector(value)
    assert large()


# ------------------------------------------------------------------ stills

MAPS = RNG.normal(0, 0.2, (5, 5, 1, 16))
LABELS = np.arange(300) % 10
READ = np.where(np.arange(300) % 7, LABELS, RNG.integers(0, 10, 300))
SHARES = 0.9 * np.eye(10)[READ] + 0.01
NAMES = [f"conv1/32 kernels 5x5{n}" for n in ("", ", filter 0, 32 kernels 5x5")]
STILLS = {
    "grids": lambda: helpers.show(
        "×=", window=X[:3, :3], kernel=HORIZONTAL_BAR, products=X[:3, :3] * HORIZONTAL_BAR
    ),
    "maps of lesson 2": lambda: helpers.show(**{f"map of {n}": np.eye(3) for n in "x+−="}),
    "maps of lesson 5": lambda: helpers.show(
        square=np.eye(7), TensorFlow_map=-9 * np.eye(5), upside_down_map=np.eye(5)
    ),
    "decimals": lambda: helpers.show(kernel=np.full((3, 3), -0.125), map=np.full((2, 2), 1234.5)),
    "images": lambda: helpers.show_images(np.zeros((8, 28, 28)), titles=["ankle boot"] * 8),
    "one image": lambda: helpers.show_images([GREY], titles=["a 5"]),
    "maps": lambda: helpers.show_maps(np.linspace(-1, 1, 500).reshape(10, 10, 5)),
    "gallery": lambda: helpers.show_gallery(),
    "confusion": lambda: helpers.show_confusion(LABELS, READ),
    "mistakes": lambda: helpers.show_mistakes(np.zeros((300, 28, 28)), LABELS, SHARES),
    "learned": lambda: helpers.show_learned(MAPS, 2 * MAPS),
    "run": lambda: helpers.show_run(helpers.stored_deep_mnist()),
    "log images": lambda: figures.Still(
        lambda: logs._draw(GREY, {n: np.zeros((160, 320, 3), np.uint8) for n in NAMES}), ""
    ),
}


def drawn(still):
    """A still's figure as it is saved: large or not."""
    figure = still._draw()
    figure = figure[0] if isinstance(figure, tuple) else figure
    return figure, Image.open(io.BytesIO(figures.png(figure))).size


def letters(figure):
    """(words, size in pixels, box) of every text that is seen."""
    renderer, beyond = FigureCanvasAgg(figure).get_renderer(), set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            drawn = [axes.axison and low <= t.get_loc() <= high for t in axis.get_major_ticks()]
            ticks = [t for t, seen in zip(axis.get_major_ticks(), drawn, strict=True) if not seen]
            beyond |= {label for tick in ticks for label in (tick.label1, tick.label2)}
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible() and text not in beyond:
            box = text.get_window_extent(renderer)
            yield text.get_text(), text.get_size() * figure.dpi / 72, box


def overlap(one, other):
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across > 1 and down > 1


@pytest.mark.parametrize("make", STILLS.values(), ids=STILLS)
def test_a_large_still_can_be_read_fits_the_page_and_no_word_lies_on_another(make):
    before = drawn(make())[1]
    projector()
    figure, (width, height) = drawn(make())
    assert width <= ROOM, "JupyterLab would make it smaller, and its letters too"
    seen = list(letters(figure))
    assert seen and min(size for _, size, _ in seen) >= READABLE
    for words, _, box in seen:
        assert box.x0 >= -1 and box.x1 <= width + 1, f"{words} is cut off"
        assert box.y0 >= -2 and box.y1 <= height + 2, f"{words} is cut off"
    for (words, _, one), (others, _, other) in itertools.combinations(seen, 2):
        assert not overlap(one, other), f"{words} lies on {others}"
    projector(False)
    assert drawn(make())[1] == before


def test_every_still_is_looked_at():
    shows = {name for name in helpers.__all__ if name.startswith("show")}
    called = {name for make in STILLS.values() for name in make.__code__.co_names}
    assert shows - {"show_log_images"} <= called


# ------------------------------------------------------------------ what is stored

FIRST = "from helpers import *\npicture = explore(X, HORIZONTAL_BAR)\n"
TOLD = FIRST + (
    "import json\n"
    "data = picture._repr_mimebundle_()\n"
    "print(json.dumps([picture.large, data[1] if isinstance(data, tuple) else {},\n"
    "    show(kernel=X)._repr_png_().hex()]))"
)


def told(**variables):
    """What a fresh Python says of a picture with these environment variables."""
    kept = {n: v for n, v in os.environ.items() if n not in ("PROJECTOR", "CONVOLUTION_STILLS")}
    run = subprocess.run(
        [sys.executable, "-c", TOLD],
        cwd=ROOT,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def test_the_variable_enlarges_from_the_start_but_not_what_is_stored():
    stored = told(CONVOLUTION_STILLS="1")
    assert told(CONVOLUTION_STILLS="1", PROJECTOR="1") == stored
    assert "large" not in json.loads(stored[1]["picture"]["state"])
    is_large, _, still = told(PROJECTOR="1")
    assert is_large and still != stored[2]


@pytest.mark.parametrize("value", ["", "0", "no", "off", "False"])
def test_a_variable_that_says_no_is_off(monkeypatch, value):
    module = sys.modules["helpers.projector"]
    monkeypatch.setenv("PROJECTOR", value)
    assert not module._at_the_start()
    monkeypatch.setenv("PROJECTOR", "1")
    assert module._at_the_start()


def test_while_notebooks_are_stored_nothing_is_enlarged(monkeypatch):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    path = ROOT / "notebooks" / "02_kernel.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    output = next(cell for cell in cells if cell.id == "the-kernel").outputs[0]
    projector()
    assert not large()
    picture = WIDGETS["Explorer"]()
    assert not picture.large
    fresh = Image.open(io.BytesIO(helpers.show(kernel=HORIZONTAL_BAR)._repr_png_()))
    known = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    assert fresh.size == known.size
    assert all("large" not in json.loads(state) for state in states(cells))


def states(cells):
    for cell in cells:
        for output in cell.get("outputs", []):
            if "state" in output.get("metadata", {}).get("picture", {}):
                yield output.metadata["picture"]["state"]


def test_jupyterlab_hands_the_variable_on_to_its_kernels(monkeypatch):
    monkeypatch.setenv("PROJECTOR", "1")
    assert install.clean_environment()["PROJECTOR"] == "1"
