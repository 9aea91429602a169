"""The sliding-window picture as Python sees it: settings, refusals, words, stills, `mine`."""

import io

import ipywidgets
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from helpers import (
    COUNTING,
    COUNTING_KERNEL,
    HORIZONTAL_BAR,
    X,
    conv2d,
    explore,
    explore_pooling,
    figures,
    pool2d,
)
from helpers.explorer import SETTINGS, from_page, to_page


def counting(**settings):
    return explore(COUNTING, COUNTING_KERNEL, **settings)


def bundle(picture):
    """MIME type -> data, as IPython would get it."""
    return picture._repr_mimebundle_()[0]


# -------------------------------------------------------------------------------- settings


def test_the_feature_map_follows_every_setting():
    picture = counting()
    for stride in (1, 2, (1, 3)):
        for padding in ("valid", "same", 1, ((0, 2), (1, 0))):
            for dilation in (1, 2):
                picture.stride, picture.padding, picture.dilation = stride, padding, dilation
                expected = conv2d(COUNTING, COUNTING_KERNEL, stride, padding, dilation)
                np.testing.assert_array_equal(picture.feature_map, expected)


@pytest.mark.parametrize("mode", ["max", "average"])
def test_the_pooled_map_follows_every_setting(mode):
    picture = explore_pooling(COUNTING, mode=mode)
    for size in (2, 3, (1, 2)):
        for stride in (None, 1, (2, 1)):
            for padding in ("valid", "same"):
                picture.size, picture.stride, picture.padding = size, stride, padding
                expected = pool2d(COUNTING, size, stride, padding, mode)
                np.testing.assert_array_equal(picture.feature_map, expected)


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [((2, 2), 2), (np.int64(2), 2), ([1, 2], (1, 2)), (np.array([3, 1]), (3, 1))],
)
def test_a_pair_of_equals_becomes_one_number_that_a_slider_can_hold(given_value, kept):
    picture = counting()
    picture.stride = given_value
    assert picture.stride == kept


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [
        ("SAME", "same"),
        (0, 0),
        (((1, 1), (1, 1)), 1),
        (((1, 1), (2, 2)), ((1, 1), (2, 2))),
        ([[0, 1], [2, 0]], ((0, 1), (2, 0))),
    ],
)
def test_padding_is_kept_in_its_simplest_form(given_value, kept):
    picture = counting()
    picture.padding = given_value
    assert picture.padding == kept


REFUSED = [
    ("stride", 0, "stride must be a whole number of 1 or more"),
    ("stride", -1, "stride"),
    ("stride", 1.5, "stride"),
    ("stride", None, "stride"),
    ("dilation", 0, "dilation must be"),
    ("dilation", (1, 2, 3), "dilation"),
    ("padding", "full", "padding must be"),
    ("padding", -1, "padding"),
    ("padding", None, "padding"),
    ("step", -1, "step must be a whole number of 0 or more"),
    ("step", "a", "step"),
    ("size", 0, "size"),
    ("image", "words", "image must be a grid of real numbers"),
    ("image", [[1, 2], [3]], "rows of equal length"),
    ("image", np.zeros((33, 2)), "at most 32 by 32"),
    ("image", np.zeros((4, 4, 3)), r"Choose one channel, for example image\[:, :, 0\]"),
    ("image", [1, 2, 3], r"\(height, width\)"),
    ("kernel", None, "kernel"),
    ("kernel", np.zeros((0, 3)), "at least one number"),
    ("kernel", [[1j]], "kernel must be a grid of real numbers"),
]


@pytest.mark.parametrize(("name", "value", "words"), REFUSED)
def test_a_senseless_setting_is_one_sentence_and_changes_nothing(name, value, words):
    picture = counting()
    before = {trait: to_page(getattr(picture, trait)) for trait in (*SETTINGS, "step")}
    with pytest.raises(ValueError, match=words) as refused:
        setattr(picture, name, value)
    assert "\n" not in str(refused.value)
    assert before == {trait: to_page(getattr(picture, trait)) for trait in before}


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: explore(np.ones((3, 3)), np.ones((5, 5))), ValueError, "larger than the padded"),
        (lambda: explore({}, HORIZONTAL_BAR), ValueError, "empty dictionary"),
        (lambda: explore(X, HORIZONTAL_BAR, mine=3), TypeError, "mine must be a function"),
        (lambda: explore(X, HORIZONTAL_BAR, controls=["speed"]), ValueError, "controls must be"),
        (lambda: explore(X, HORIZONTAL_BAR, controls="paints"), ValueError, "controls must be"),
        (lambda: explore(X, HORIZONTAL_BAR, stride=0), ValueError, "stride must be"),
        (lambda: explore({"a": X, "b": [[1]]}, HORIZONTAL_BAR), ValueError, "larger"),
        (lambda: explore_pooling(X, mode="min"), ValueError, "mode must be"),
        (lambda: explore_pooling(X, 2, padding=2), ValueError, "smaller than the window"),
        (lambda: explore_pooling(np.ones((2, 2)), 3), ValueError, "larger than the padded"),
    ],
)
def test_explore_refuses_in_one_sentence(call, kind, words):
    with pytest.raises(kind, match=words) as refused:
        call()
    assert "\n" not in str(refused.value)


def test_settings_that_do_not_go_together_are_said_in_words_and_can_be_mended():
    picture = counting()
    picture.kernel = np.ones((9, 9))
    assert repr(picture).startswith("Sliding window: kernel (9, 9) is larger")
    picture.kernel = np.ones((2, 2))
    assert picture.feature_map.shape == (4, 4)


def test_the_reader_cannot_change_the_lessons_image_by_accident():
    picture = explore(X, HORIZONTAL_BAR)
    changed = picture.image.copy()
    changed[0, 0] = 7
    picture.image = changed
    assert X[0, 0] == -1


def test_traits_can_be_observed_and_linked_as_with_any_widget():
    picture, seen = counting(), []
    picture.observe(lambda change: seen.append(change["new"]), "step")
    slider = ipywidgets.IntSlider(0, 0, 8)
    link = ipywidgets.link((slider, "value"), (picture, "step"))
    slider.value = 5
    picture.step = 7
    assert seen == [5, 7]
    assert slider.value == 7
    assert picture.place == (2, 1)
    link.unlink()


def test_a_step_beyond_the_last_place_stands_at_the_last():
    picture = counting(step=8)
    picture.stride = 2
    assert picture.place == (1, 1)


# -------------------------------------------------------------------------------- to the page


@given(
    st.lists(
        st.lists(st.floats(width=64) | st.integers(-99, 99), min_size=3, max_size=3),
        min_size=1,
        max_size=4,
    )
)
def test_arrays_come_back_from_the_page_as_they_went(rows):
    array = np.array(rows, dtype=float)
    sent = to_page(array)
    assert all(isinstance(v, str) == (not np.isfinite(float(v))) for row in sent for v in row)
    np.testing.assert_array_equal(from_page(sent), array)


def test_whole_numbers_come_back_as_integers():
    assert from_page([[1.0, "2"]]).dtype.kind == "i"
    assert from_page([[1.5, 2]]).dtype.kind == "f"
    assert from_page([[1e300]]).dtype.kind == "f"


# -------------------------------------------------------------------------------- words, stills


def test_the_words_hold_the_numbers_and_no_address():
    words = repr(counting(step=4))
    assert "Place 5 of 9: rows 1 to 3, columns 1 to 3 give 528 at [1, 1]." in words
    assert "312  348  384" in words
    assert "0x" not in words


def test_words_change_with_the_arithmetic():
    picture = counting()
    before = repr(picture)
    picture.kernel = COUNTING_KERNEL[::-1, ::-1]
    assert "120  156  192" in repr(picture) != before


def test_live_it_is_a_widget_and_while_storing_a_picture_and_words(monkeypatch):
    live = bundle(counting())
    assert set(live) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    picture = counting()
    stored = bundle(picture)
    assert set(stored) == {"image/png", "text/plain"}
    assert stored["text/plain"] == live["text/plain"] == repr(picture)
    width, height = Image.open(io.BytesIO(stored["image/png"])).size
    assert 300 < width < 1300 and 150 < height < 900


@given(st.data())
def test_every_picture_leaves_words_and_a_still(data):
    numbers = st.integers(-9, 300) | st.floats(-2, 2) | st.sampled_from([np.nan, np.inf])
    height, width = data.draw(st.tuples(st.integers(1, 14), st.integers(1, 14)))
    image = np.array(data.draw(st.lists(numbers, min_size=height, max_size=height)))
    image = np.repeat(image[:, np.newaxis], width, axis=1)
    settings = {
        "stride": data.draw(st.integers(1, 3)),
        "padding": data.draw(st.sampled_from(["valid", "same"])),
    }
    if data.draw(st.booleans()):
        kernel = np.full((min(2, height), min(3, width)), data.draw(numbers))
        picture = explore(image, kernel, **settings)
    else:
        picture = explore_pooling(image, (1, min(2, width)), **settings)
    picture.step = data.draw(st.integers(0, 200))
    assert f"{figures.number(picture.feature_map[picture.place])} at" in repr(picture)
    assert picture.still()["image/png"].startswith(b"\x89PNG")


def colours(figure):
    """The fill colours of the figure's rectangles that have one."""
    return [p.get_facecolor()[:3] for p in figure.axes[0].patches if p.get_facecolor()[3] > 0]


def test_the_still_shades_the_image_and_tints_the_map():
    figure = figures.draw_grids({"image": np.array([[0, 10]]), "map": np.array([[-5, 0, 5]])})
    black, white, negative, zero, positive = colours(figure)
    assert black == (0, 0, 0) and white == zero == (1, 1, 1)
    assert negative[1] < negative[0] and negative[1] < negative[2]  # purple
    assert positive[1] > positive[0] and positive[1] > positive[2]  # green


def test_all_maps_of_one_still_share_one_scale():
    together = figures.draw_grids({"map a": np.array([[1]]), "map b": np.array([[10]])})
    faint, strong = colours(together)
    assert sum(faint) > sum(strong)


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (-9, "−9"), (0.5, "0.50"), (-0.125, "−0.13"), (0.125, "0.13"), (-0.001, "0")],
)
def test_numbers_are_printed_as_in_the_page(value, text):
    assert figures.number(value) == text


# -------------------------------------------------------------------------------- mine


def raises(image, kernel):
    return image[9, 9]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (conv2d, "Your function: 9 of 9 cells are right."),
        (lambda image, kernel: conv2d(image, kernel).tolist(), "9 of 9"),
        (lambda image, kernel: conv2d(image, kernel).T, "Your function: 3 of 9 cells are right."),
        (lambda image, kernel: None, "returned nothing (None)"),
        (lambda image, kernel: "map", "must return a grid of numbers"),
        (lambda image, kernel: np.ones((5, 5)), "returned the shape (5, 5); the feature map is"),
        (raises, "IndexError"),
        (lambda image: image, "TypeError"),
    ],
)
def test_the_words_say_how_the_readers_function_did(function, words):
    assert words in repr(counting(mine=function))


def test_the_readers_function_is_asked_again_when_something_changes():
    calls = []

    def mine(image, kernel, stride=1):
        calls.append((image.sum(), stride))
        image[:] = 0  # must not reach the picture
        return np.zeros((2, 2))

    picture = explore(np.ones((4, 4)), np.ones((2, 2)), stride=2, mine=mine)
    picture.stride = 3
    picture.image = 2 * np.ones((4, 4))
    assert calls == [(16, 2), (16, 3), (32, 3)]
    assert picture.image.sum() == 32


def test_a_function_without_stride_is_not_asked_about_strides():
    picture = counting(mine=lambda image, kernel: np.zeros((3, 3)))
    picture.stride = 2
    assert "no argument stride" in repr(picture)
    picture.stride = 1
    assert "0 of 9 cells are right" in repr(picture)
