"""The sliding-window picture from Python's side: settings, errors, and what a notebook stores."""

import io
import json

import ipywidgets
import numpy as np
import pytest
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from helpers import conv2d, explore, explore_pooling, pool2d
from helpers.explorer import CONTROLS, LARGEST, from_page, to_page
from helpers.images import COUNTING, NINE, X
from helpers.kernels import COUNTING_KERNEL, HORIZONTAL_BAR

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def picture():
    return explore(COUNTING, COUNTING_KERNEL)


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    "name, value, kept",
    [
        ("stride", 2, 2),
        ("stride", (2, 2), 2),
        ("stride", [1, 3], (1, 3)),
        ("stride", np.int64(2), 2),
        ("dilation", (1, 2), (1, 2)),
        ("padding", "SAME", "same"),
        ("padding", 0, 0),
        ("padding", ((1, 1), (1, 1)), 1),
        ("padding", ((1, 1), (2, 2)), ((1, 1), (2, 2))),
        ("padding", [[0, 1], [2, 0]], ((0, 1), (2, 0))),
        ("padding", (1, (0, 2)), None),
        ("step", np.int64(3), 3),
        ("step", 99, 99),
    ],
)
def test_settings_are_kept_in_their_simplest_form(picture, name, value, kept):
    if kept is None:
        with pytest.raises(ValueError):
            setattr(picture, name, value)
        return
    setattr(picture, name, value)
    assert getattr(picture, name) == kept
    json.dumps(picture.get_state(name)[name])  # no NumPy number goes to the page
    assert picture.feature_map.size  # and it can be computed


@pytest.mark.parametrize(
    "values, kept",
    [
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        ([[True, False]], [[1, 0]]),
        (np.array([[200, 100]], "uint8"), [[200, 100]]),
        ([[1.0, 2.0]], [[1, 2]]),
        ([[0.5, 2]], [[0.5, 2.0]]),
        ([[np.nan, np.inf, -np.inf]], [["NaN", "Infinity", "-Infinity"]]),
        ([[1e300, 2.0**60]], [[1e300, 2.0**60]]),
    ],
)
def test_arrays_go_to_the_page_and_come_back(picture, values, kept):
    picture.image = values
    sent = to_page(picture.image)
    assert sent == kept
    assert json.loads(json.dumps(sent, allow_nan=False)) == kept
    np.testing.assert_array_equal(from_page(sent), np.array(values, float))
    assert picture.image.dtype.kind == ("i" if isinstance(kept[0][0], int) else "f")


def test_the_picture_has_its_own_copies():
    image, kernel = np.ones((4, 4)), np.ones((2, 2))
    picture = explore({"a": image}, kernel)
    image[:], kernel[:] = 7, 7
    assert picture.feature_map.max() == 4
    assert picture.images["a"].max() == 1


def test_the_feature_map_follows_every_setting(picture):
    for stride in (1, 2, (1, 3)):
        for padding in ("valid", "same", 1, ((0, 2), (1, 0))):
            for dilation in (1, 2, (2, 1)):
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


def test_the_place_of_a_step():
    picture = explore(COUNTING, COUNTING_KERNEL, step=5)
    assert picture.place == (1, 2)
    picture.step = 99
    assert picture.place == (2, 2)


def test_named_arrays_offer_a_choice():
    picture = explore({"x": X, "count": COUNTING}, {"bar": HORIZONTAL_BAR, 1: np.eye(2)})
    assert list(picture.images) == ["x", "count"] and list(picture.kernels) == ["bar", "1"]
    assert (picture.image == X).all() and (picture.kernel == HORIZONTAL_BAR).all()


def test_controls():
    assert explore(X, HORIZONTAL_BAR).controls == list(CONTROLS)
    assert explore(X, HORIZONTAL_BAR, controls=()).controls == []
    assert explore(X, HORIZONTAL_BAR, controls="paint").controls == ["paint"]


def test_every_setting_can_be_observed_and_linked(picture):
    heard = []
    picture.observe(lambda change: heard.append((change.name, change.new)), ["stride", "step"])
    slider = ipywidgets.IntSlider(1, min=1, max=3)
    traitlets.link((slider, "value"), (picture, "stride"))
    slider.value = 2
    picture.step = 1
    assert heard == [("stride", 2), ("step", 1)]
    picture.stride = 3
    assert slider.value == 3


def test_what_the_page_sends_is_understood(picture):
    picture.set_state({"image": [[1, "NaN"], [0.5, 2]], "kernel": [[1]], "padding": 1, "step": 2})
    assert np.isnan(picture.image[0, 1]) and picture.image[1, 0] == 0.5
    assert picture.feature_map.shape == (4, 4)
    picture.set_state(picture.start)
    np.testing.assert_array_equal(picture.image, COUNTING)


# ------------------------------------------------------------------ errors

REFUSED = {
    "stride": [0, -1, (1, 0), (1, 2, 3), 1.5, "fast", None],
    "dilation": [0, 1.5, None],
    "padding": [-1, "full", 0.5, (1, 2), ((1, 2), (3,)), None],
    "step": [-1, 1.5, "first", None],
    "size": [0, "large", None],
    "image": [
        5, [1, 2], [[1], [2, 3]], [["a"]], [[1j]], [[]], None, np.ones((3, 3, 3)), "x",
        np.ones((LARGEST + 1, 3)),
    ],
    "kernel": [
        5, [1, 2], [[1], [2, 3]], [["a"]], [[1j]], np.ones((0, 3)), None, np.ones((3, 3, 3)),
        np.ones((3, LARGEST + 1)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name, value", [(n, v) for n, values in REFUSED.items() for v in values])
def test_a_refused_value_is_named_in_one_sentence_and_changes_nothing(picture, name, value):
    before = repr(picture)
    with pytest.raises(ValueError) as error:
        setattr(picture, name, value)
    one_sentence(error, name)
    assert repr(picture) == before


def one_sentence(error, name):
    words = str(error.value)
    assert words.startswith(f"{name} must") and "got" in words and words.endswith((".", "]."))
    assert "\n" not in words and len(words) < 220


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda: explore([1, 2], [[1]]), "image"),
        (lambda: explore([[1]], [1]), "kernel"),
        (lambda: explore({}, [[1]]), "image"),
        (lambda: explore(np.ones((33, 33)), [[1]]), "image"),
        (lambda: explore(X, HORIZONTAL_BAR, stride=0), "stride"),
        (lambda: explore(X, HORIZONTAL_BAR, padding="full"), "padding"),
        (lambda: explore(X, HORIZONTAL_BAR, dilation=0), "dilation"),
        (lambda: explore(X, HORIZONTAL_BAR, step=-1), "step"),
        (lambda: explore(X, HORIZONTAL_BAR, controls=["colour"]), "controls"),
        (lambda: explore(X, HORIZONTAL_BAR, controls=None), "controls"),
        (lambda: explore_pooling(X, 0), "size"),
        (lambda: explore_pooling(X, mode="median"), "mode"),
        (lambda: explore_pooling(X, 2, padding=2), "padding"),
    ],
)
def test_bad_arguments_are_named_in_one_sentence(call, name):
    with pytest.raises(ValueError) as error:
        call()
    one_sentence(error, name)


def test_what_is_no_function_is_a_type_error():
    with pytest.raises(TypeError, match="mine must be a function, such as my_conv2d; got 3."):
        explore(X, HORIZONTAL_BAR, mine=3)
    with pytest.raises(TypeError, match="stride must be a whole number"):
        explore(X, HORIZONTAL_BAR, stride=1.5)


def test_every_combination_of_named_arrays_must_fit():
    with pytest.raises(ValueError, match="larger than the padded image"):
        explore({"large": COUNTING, "small": NINE}, {"a": np.eye(2), "b": np.eye(4)})


def test_masked_arrays_are_told_to_be_filled(picture):
    with pytest.raises(ValueError, match=r"kernel must not be masked: .* kernel.filled\(0\)."):
        picture.kernel = np.ma.masked_array([[1]])


def test_colour_images_are_told_to_choose_a_channel():
    with pytest.raises(ValueError, match=r"Choose one channel, for example image\[:, :, 0\]"):
        explore(np.ones((5, 5, 3)), HORIZONTAL_BAR)


def test_settings_that_do_not_go_together_are_told_and_can_be_mended(picture):
    picture.kernel = np.ones((7, 7))
    assert repr(picture).startswith("Sliding window: kernel (7, 7) is larger than")
    picture.padding = 1
    assert picture.feature_map.shape == (1, 1)


# ------------------------------------------------------------------ the reader's own function


def test_the_function_is_asked_again_after_each_change():
    asked = []

    def mine(image, kernel, stride=1):
        asked.append((image.shape, kernel.shape, stride))
        image[:] = 0  # does no harm: it is a copy
        return conv2d(COUNTING, kernel, stride)

    picture = explore(COUNTING, COUNTING_KERNEL, mine=mine)
    picture.stride = 2
    picture.step = 1
    assert asked == [((5, 5), (3, 3), 1), ((5, 5), (3, 3), 2)]
    assert picture.mine["map"] == [[312.0, 384.0], [672.0, 744.0]] and not picture.mine["problem"]
    assert picture.mine["settings"]["stride"] == 2
    assert picture.image.max() == 24


def answer_to(mine, **arguments):
    return explore(COUNTING, COUNTING_KERNEL, mine=mine, **arguments).mine["problem"]


def no_stride(image, kernel):
    return conv2d(image, kernel)


def raises_inside_numpy(image, kernel):
    return np.stack([])


def exits(image, kernel):
    raise KeyError("oh")


def test_a_failing_function_is_told_in_words():
    line = raises_inside_numpy.__code__.co_firstlineno + 1
    assert answer_to(raises_inside_numpy).startswith(
        f"Your function stopped in its line {line}: ValueError: need at least one array"
    )
    assert "KeyError: 'oh'" in answer_to(exits)
    assert "returned nothing (None)" in answer_to(lambda image, kernel: None)
    assert "shape (2, 2); the feature map is (3, 3)" in answer_to(lambda i, k: np.ones((2, 2)))
    assert "grid of numbers" in answer_to(lambda i, k: "text")
    assert "grid of numbers" in answer_to(lambda i, k: [[1], [2, 3]])
    assert answer_to(lambda image: image).startswith("Your function stopped: TypeError:")
    assert "no argument stride" in answer_to(no_stride, stride=2)
    assert "no argument padding" in answer_to(no_stride, padding="same")
    assert "no argument dilation" in answer_to(no_stride, dilation=2)
    assert answer_to(no_stride, padding=0) == ""
    assert answer_to(lambda *given, **named: conv2d(*given, **named), stride=2, padding=1) == ""


def test_own_pooling_gets_the_size():
    picture = explore_pooling(COUNTING, 3, mine=lambda image, size: pool2d(image, size))
    assert picture.mine["map"] == pool2d(COUNTING, 3).tolist()


def test_nan_in_an_answer_can_be_sent():
    picture = explore([[np.nan, 1]], [[1]], mine=no_stride)
    assert picture.mine["map"] == [["NaN", 1.0]]


@pytest.mark.parametrize(
    "function, words",
    [
        (conv2d, "Your function: 9 of 9 cells are right."),
        (lambda image, kernel: conv2d(image, kernel).tolist(), "9 of 9"),
        (lambda image, kernel: conv2d(image, kernel).T, "Your function: 3 of 9 cells are right."),
        (lambda image, kernel: None, "returned nothing (None)"),
    ],
)
def test_the_words_say_how_the_function_did(function, words):
    assert words in repr(explore(COUNTING, COUNTING_KERNEL, mine=function))


# ------------------------------------------------------------------ stored form


def still(picture):
    """The PNG that a stored notebook holds."""
    data, _ = picture._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain"}
    return data["image/png"]


@pytest.fixture
def storing(monkeypatch):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")


def test_live_it_is_a_widget_view_with_the_words_beside_it(picture):
    data, _ = picture._repr_mimebundle_()
    assert set(data) == {VIEW, "text/plain"}
    assert data["text/plain"] == repr(picture)


def test_stored_it_is_a_png_and_the_words(storing, picture):
    png = still(picture)
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        assert 400 <= image.width <= 1200 and 150 <= image.height <= 600
        assert len(image.convert("RGB").getcolors(10**6)) > 20
    assert len(png) < 40_000
    assert still(explore(COUNTING, COUNTING_KERNEL)) == png  # the same each time
    assert still(explore(COUNTING, COUNTING_KERNEL, step=1)) != png


def test_the_words_carry_the_numbers(picture):
    picture.step = 4
    assert repr(picture) == (
        "Sliding window: image 5×5, kernel 3×3, stride 1, padding valid, dilation 1.\n"
        "Place 5 of 9: rows 1 to 3, columns 1 to 3 give 528 at [1, 1].\n"
        "Image:\n 0   1   2   3   4\n 5   6   7   8   9\n10  11  12  13  14\n"
        "15  16  17  18  19\n20  21  22  23  24\n"
        "Kernel:\n0  1  2\n3  4  5\n6  7  8\n"
        "Feature map 3×3:\n312  348  384\n492  528  564\n672  708  744"
    )


def test_words_change_with_the_arithmetic(picture):
    picture.kernel = COUNTING_KERNEL[::-1, ::-1]
    assert "120  156  192" in repr(picture)


def test_the_words_of_pooling():
    words = repr(explore_pooling([[-4, -3], [-2, -1]], stride=1, padding="same"))
    assert words.startswith("Sliding window: image 2×2, max pooling 2×2, stride 1, padding same.")
    assert words.endswith("Feature map 2×2:\n−1  −1\n−1  −1")


def test_a_still_of_a_very_wide_image_has_smaller_cells():
    png = explore(np.ones((1, 32)), [[1, 2]], padding=1).still()["image/png"]
    with Image.open(io.BytesIO(png)) as image:
        assert image.width < 2000


@settings(max_examples=25)
@given(data=st.data())
def test_a_still_of_any_settings(data):
    picture = any_picture(data.draw)
    png = picture.still()["image/png"]
    with Image.open(io.BytesIO(png)) as image:
        assert image.width <= 3400 and image.height <= 1200
    assert len(png) < 150_000
    assert len(repr(picture).splitlines()) > 3


def any_picture(draw):
    sizes = st.integers(1, 32) | st.integers(1, 7)
    shape = draw(sizes), draw(sizes)
    kind = draw(st.sampled_from(["whole", "signs", "decimals", "same", "holes", "huge"]))
    generator = np.random.default_rng(draw(st.integers(0, 99)))
    image = generator.normal(scale=100, size=shape)
    image = {
        "whole": np.round(image),
        "signs": np.sign(image),
        "decimals": image,
        "same": np.zeros(shape),
        "holes": np.where(image > 50, np.nan, np.where(image < -80, np.inf, image)),
        "huge": image * 1e9,
    }[kind]
    stride, step = draw(st.integers(1, 4)), draw(st.integers(0, 2000))
    padding = draw(st.sampled_from(["valid", "same", 1, ((0, 1), (2, 0))]))
    if draw(st.booleans()):
        mode = draw(st.sampled_from(["max", "average"]))
        size = min(3, *shape)
        if size < 3:
            padding = "same"
        return explore_pooling(image, size, stride, padding, mode, step=step)
    kernel = generator.normal(size=(min(3, shape[0]), min(2, shape[1])))
    return explore(image, kernel, stride, padding, step=step)
