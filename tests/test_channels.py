"""The picture of one filter over the channels, from Python's side: maps, errors, stored form."""

import io
import json

import numpy as np
import pytest
import traitlets
from PIL import Image

from helpers import conv2d, explore_channels, quiet_tensorflow, tf_conv2d
from helpers.channels import LARGEST, from_page, to_page
from helpers.images import MINUS, NINE, PLUS, X
from helpers.kernels import HORIZONTAL_BAR, VERTICAL_BAR

IMAGE = np.stack([X, PLUS, MINUS], axis=-1)
CENTRE = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
KERNEL = np.stack([HORIZONTAL_BAR, VERTICAL_BAR, CENTRE], axis=-1)
SUM = [[-1, 11, -1], [-3, 1, -3], [-1, 11, -1]]  # worked example 5.10


@pytest.fixture
def picture():
    return explore_channels(IMAGE, KERNEL)


def test_the_worked_example(picture):
    for part, one, weights in zip(
        np.moveaxis(picture.partial_maps, -1, 0),
        (X, PLUS, MINUS),
        (HORIZONTAL_BAR, VERTICAL_BAR, CENTRE),
        strict=True,
    ):
        np.testing.assert_array_equal(part, conv2d(one, weights))
    np.testing.assert_array_equal(picture.partial_maps.sum(axis=-1), SUM)
    np.testing.assert_array_equal(picture.feature_map, np.maximum(SUM, 0))
    picture.relu = False
    np.testing.assert_array_equal(picture.feature_map, SUM)
    picture.bias = -2
    np.testing.assert_array_equal(picture.feature_map, np.array(SUM) - 2)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_chain_equals_tensorflow(channels):
    rng = np.random.default_rng(channels)
    image, kernel = rng.integers(0, 9, (6, 5, channels)), rng.integers(-3, 4, (2, 3, channels))
    picture = explore_channels(image, kernel, bias=-4)
    relu = quiet_tensorflow().nn.relu(tf_conv2d(image, kernel) - 4).numpy()
    np.testing.assert_array_equal(picture.feature_map, relu)


@pytest.mark.parametrize("values", [IMAGE, IMAGE / 2, np.arange(12).reshape(2, 3, 2)])
def test_arrays_go_to_the_page_and_come_back(values):
    sent = json.loads(json.dumps(to_page(values)))
    assert np.shape(sent) == (values.shape[2], *values.shape[:2])  # the page thinks in slices
    back = from_page(sent)
    np.testing.assert_array_equal(back, values)
    assert back.dtype.kind == values.dtype.kind


def test_the_picture_has_its_own_copy():
    image = np.ones((4, 4, 3))
    picture = explore_channels(image, np.ones((2, 2, 3)))
    image[:] = 7
    assert picture.feature_map.max() == 12


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"image": X}, "image must be (height, width, channels); got the shape (5, 5)"),
        ({"kernel": HORIZONTAL_BAR}, "kernel must be (height, width, channels)"),
        ({"image": IMAGE[:, :, :2]}, "3 channels but the image has"),
        ({"image": np.ones((5, 5, 4)), "kernel": np.ones((3, 3, 4))}, "1, 2 or 3 channels"),
        ({"image": np.ones((LARGEST + 1, 5, 3))}, f"at most {LARGEST} by {LARGEST}"),
        ({"kernel": np.ones((6, 6, 3))}, "6"),
        ({"image": IMAGE * np.nan}, "NaN or infinity"),
        ({"bias": [1, 2]}, "bias must be one number; got [1, 2]"),
        ({"bias": "much"}, "bias"),
        ({"bias": np.inf}, "bias must be one number; got inf"),
        ({"step": -1}, "step must be a whole number of 0 or more; got -1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(arguments, part):
    with pytest.raises((ValueError, TypeError)) as problem:
        explore_channels(**{"image": IMAGE, "kernel": KERNEL, **arguments})
    assert part in str(problem.value)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("image", X), ("image", IMAGE[..., :1]), ("kernel", np.ones((6, 6, 3))), ("bias", "x")],
)
def test_a_refused_value_changes_nothing(picture, name, value):
    before = picture.get_state()
    with pytest.raises(traitlets.TraitError):
        setattr(picture, name, value)
    assert picture.get_state() == before


def test_the_number_of_channels_stays(picture):
    with pytest.raises(ValueError, match="keep its channels"), picture.hold_trait_notifications():
        picture.image, picture.kernel = IMAGE[..., :2], KERNEL[..., :2]
    assert picture.feature_map.shape == (3, 3)


@pytest.mark.parametrize(
    ("bias", "kept"), [(2, 2), (2.0, 2), (-0.5, -0.5), (np.float32(0.5), 0.5), (np.int64(3), 3)]
)
def test_a_bias_goes_to_the_page_as_a_plain_number(picture, bias, kept):
    picture.bias = bias
    assert json.dumps(picture.get_state("bias")["bias"]) == json.dumps(kept)


def test_the_place_of_a_step(picture):
    picture.step = 5
    assert picture.place == (1, 2)
    picture.step = 99
    assert picture.place == (2, 2)


def test_words_hold_every_number_of_the_chain():
    words = repr(explore_channels(IMAGE, KERNEL, bias=2, step=1))
    assert "One filter over 3 channels: image 5×5×3, filter 3×3×3." in words
    assert "Place 2 of 9: R 5 + G 5 + B 1 = 11; with bias 2: 13; after ReLU: 13 at [0, 1]." in words
    assert "sum:\n−1  11  −1\n−3   1  −3\n−1  11  −1" in words
    assert "after ReLU:\n 1  13   1\n 0   3   0\n 1  13   1" in words
    assert "0x" not in words
    assert "ReLU is off: 2 at [0, 0]" in repr(
        explore_channels(NINE[..., None], [[[2]]], relu=False)
    )


def test_the_stored_form_is_a_picture_and_words(picture, monkeypatch):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    data, _ = picture._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain"}
    assert data["text/plain"] == repr(picture)
    width, height = Image.open(io.BytesIO(data["image/png"])).size
    assert 400 < width < 900 and 300 < height < 900


def test_the_still_shows_the_place():
    first, last = (explore_channels(IMAGE, KERNEL, step=step).still() for step in (0, 8))
    assert first["image/png"] != last["image/png"]
