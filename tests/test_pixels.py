"""The picture of shades and numbers from Python: settings, errors, what a notebook stores."""

import io
import json

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from helpers import conv2d, explore_pixels
from helpers.images import DIAGONAL, EQUALS, MINUS, NINE, PLUS, X
from helpers.pixels import CODINGS, LARGEST, coding_of

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def picture():
    return explore_pixels({"x": X, "+": PLUS, "1 to 9": NINE})


# ------------------------------------------------------------------ windows


@pytest.mark.parametrize(
    ("image", "count", "places"),
    [
        (X, 4, [(0, 0), (1, 1), (2, 2), (3, 3)]),
        (PLUS, 4, [(0, 0), (0, 3), (3, 0), (3, 3)]),
        (MINUS, 8, [(r, c) for r in (0, 3) for c in range(4)]),
        (EQUALS, 8, [(r, c) for r in (0, 2) for c in range(4)]),
        (NINE, 1, [(0, 0)]),
        (DIAGONAL, 3, [(0, 0), (1, 1), (2, 2)]),
    ],
    ids=["x", "+", "-", "=", "1 to 9", "diagonal"],
)
def test_the_places_that_hold_the_first_window_again(image, count, places):
    same = explore_pixels(image).same
    assert same.sum() == count
    assert list(map(tuple, np.argwhere(same))) == places


def test_a_window_is_compared_at_its_place_and_in_its_order():
    """Its own numbers times itself give the sum of squares only where all of them agree."""
    for image in (X, PLUS, MINUS, EQUALS):
        assert ((conv2d(image, image[:2, :2]) == 4) == explore_pixels(image).same).all()


@pytest.mark.parametrize("step", range(12))
def test_the_window_stands_where_the_step_says(step):
    image = np.arange(20).reshape(4, 5)
    picture = explore_pixels(image, step=step)
    row, column = picture.place
    assert row * 4 + column == step
    assert (picture.window == image[row : row + 2, column : column + 2]).all()


def test_a_window_of_any_shape_that_fits():
    picture = explore_pixels(X, size=(1, 3), step=99)
    assert picture.same.shape == (5, 3)
    assert picture.place == (4, 2)
    assert picture.window.tolist() == [[1, 1, -1]]


# ------------------------------------------------------------------ codings


@pytest.mark.parametrize(
    ("image", "coding"),
    [(X, (-1, 1)), (DIAGONAL, (0, 1)), (255 * DIAGONAL, (0, 255)), (NINE, None), ([[1]], (-1, 1))],
)
def test_the_coding_is_found_in_the_image(image, coding):
    assert coding_of(np.asarray(image)) == coding
    assert explore_pixels(image, size=1).coding == coding


@pytest.mark.parametrize("first", CODINGS)
@pytest.mark.parametrize("second", CODINGS)
def test_another_coding_changes_the_numbers_and_no_shade(first, second):
    picture = explore_pixels(np.where(X == 1, first[1], first[0]))
    picture.coding = first
    picture.coding = second
    assert (picture.image == np.where(X == 1, second[1], second[0])).all()
    assert picture.coding == second


def test_the_page_sends_image_and_coding_together(picture):
    recoded = np.where(X == 1, 255, 0)
    picture.set_state({"image": recoded.tolist(), "coding": [0, 255]})
    assert (picture.image == recoded).all() and picture.coding == (0, 255)


def test_another_image_has_its_own_coding(picture):
    picture.image = NINE
    assert picture.coding is None
    picture.image = DIAGONAL
    assert picture.coding == (0, 1)


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("images", "settings", "words"),
    [
        (np.zeros((2, 2, 3)), {}, r"image must be \(height, width\) here; got the shape"),
        (np.zeros((LARGEST + 1, 3)), {}, r"at most 8 by 8 here; got \(9, 3\)"),
        ([[1, np.nan]], {"size": 1}, "NaN or infinity"),
        ([["a"]], {}, "real numbers"),
        ([[1, 2], [3]], {}, "rows of equal length"),
        ({}, {}, "at least one array"),
        (NINE, {"size": 4}, r"at most the image's \(3, 3\)"),
        ({"x": X, "1 to 9": NINE}, {"size": (1, 4)}, "for 1 to 9; got"),
        (NINE, {"size": (4, 1)}, r"at most the image's \(3, 3\)"),
        (X, {"size": 0}, "size"),
        (X, {"step": -1}, "step must be a whole number of 0 or more; got -1"),
        (X, {"step": 1.5}, "step must be"),
        (X, {"controls": ["weights"]}, "paint, coding, window; got 'weights'"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(images, settings, words):
    with pytest.raises((ValueError, TypeError), match=words) as caught:
        explore_pixels(images, **settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("coding", (1, 2), r"one of \(-1, 1\), \(0, 1\), \(0, 255\); got \(1, 2\)"),
        ("coding", "grey", "coding must be one of"),
        ("image", [[1, 0]], r"as large as the window of 2 by 2; got \(1, 2\)"),
        ("image", [[1], [0]], r"as large as the window of 2 by 2; got \(2, 1\)"),
        ("image", "x", "real numbers"),
        ("step", None, "step must be"),
    ],
)
def test_a_refused_setting_changes_nothing(picture, name, value, words):
    before = repr(picture)
    with pytest.raises(ValueError, match=words):
        setattr(picture, name, value)
    assert repr(picture) == before


# ------------------------------------------------------------------ traits and stored form


def test_a_slider_can_be_linked_to_the_step(picture):
    slider = ipywidgets.IntSlider(0, 0, 15)
    ipywidgets.link((slider, "value"), (picture, "step"))
    slider.value = 6
    assert picture.step == 6 and picture.place == (1, 2)


def test_only_plain_numbers_go_to_the_page(picture):
    picture.step = np.int64(3)
    picture.coding = [0, 1]
    state = {name: picture.get_state(name)[name] for name in ("image", "coding", "step", "start")}
    assert json.loads(json.dumps(state))["start"] == {
        "image": X.tolist(),
        "coding": [-1, 1],
        "step": 0,
    }


def test_the_toy_images_stay_as_they_are(picture):
    picture.coding = (0, 255)
    assert picture.image.max() == 255 and X.max() == 1


def test_its_words_hold_the_numbers_the_window_and_the_places():
    words = repr(explore_pixels(X, step=5))
    assert words.startswith("Shades and numbers: image 5×5, coded −1 and 1.\n−1   1   1   1  −1\n")
    assert "place 6 of 16: image[1:3, 1:3]\n−1   1\n 1  −1" in words
    assert words.endswith("4 of 16\n=  ≠  ≠  ≠\n≠  =  ≠  ≠\n≠  ≠  =  ≠\n≠  ≠  ≠  =")
    assert "Window" not in repr(explore_pixels(NINE, controls="paint"))


@pytest.mark.parametrize(
    "image", [X, NINE, np.full((2, 2), 7), np.arange(64).reshape(8, 8) / 7], ids=str
)
@pytest.mark.parametrize("controls", [["window"], []])
def test_a_notebook_stores_a_picture_and_the_words(monkeypatch, image, controls):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    picture = explore_pixels(image, controls=controls)
    data, _ = picture._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain"} and data["text/plain"] == repr(picture)
    width, height = Image.open(io.BytesIO(data["image/png"])).size
    assert 100 < width < 1300 and 80 < height < 500
    monkeypatch.delenv("CONVOLUTION_STILLS")
    assert VIEW in explore_pixels(image)._repr_mimebundle_()[0]


def test_the_still_has_the_shades_and_fills_the_places_up_to_the_step():
    axes = explore_pixels(X, step=5)._draw().axes[0]
    filled = [p.get_facecolor()[:3] for p in axes.patches if p.get_facecolor()[3] > 0]
    assert [colour == (1, 1, 1) for colour in filled[:25]] == [v == 1 for v in X.flat]
    signs = [text.get_text() for text in axes.texts if text.get_text() in ("=", "≠", "·")]
    assert "".join(signs) == "=≠≠≠≠=··········"
