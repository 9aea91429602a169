"""Drawing a digit: prepared as described and as MNIST was, and the picture's Python side."""

import io
import json

import numpy as np
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from helpers import draw_digit, load_mnist, prepare_digit, quiet_tensorflow, saved_drawing
from helpers.digits import percent
from helpers.drawing import BRUSH, PAPER, Collected, ink_of, saved_drawings

LINE = [[140, 40], [140, 240]]
sides = st.integers(1, 40)
inks = arrays.arrays(
    np.uint8,
    st.tuples(sides, sides),
    elements=st.integers(0, 255),
    fill=st.just(0),
)


def small_network(seed=1):
    keras = quiet_tensorflow().keras
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 5, strides=2, activation="relu", name="first"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(10, activation="softmax", name="scores"),
        ]
    )


@pytest.fixture(scope="module")
def model():
    return small_network()


@pytest.fixture(scope="module")
def sample():
    return load_mnist("sample")


@pytest.fixture(scope="module")
def trained(sample):
    model = small_network()
    adam = quiet_tensorflow().keras.optimizers.Adam(0.005)
    model.compile(adam, "sparse_categorical_crossentropy")
    model.fit(sample.x_train[..., np.newaxis], sample.y_train, 32, 8, verbose=0)
    return model


@pytest.fixture
def picture(model):
    return draw_digit(model, saved_drawing())


# The preparation.


def averaged(values, few):
    """The rows of `values` as `few` rows, each the average of what it covers.

    Each row is cut into `few` equal slices; so many slices together make a new row.
    """
    return np.repeat(values, few, axis=0).reshape(few, len(values), -1).mean(axis=1)


def plainly_prepared(ink):
    """The same from its description, step by step; not yet moved."""
    rows = [r for r in range(ink.shape[0]) if ink[r].any()]
    columns = [c for c in range(ink.shape[1]) if ink[:, c].any()]
    cut = ink[min(rows) : max(rows) + 1, min(columns) : max(columns) + 1].astype(float)
    longer = max(cut.shape)
    height, width = (max(1, round(20 * side / longer)) for side in cut.shape)
    small = averaged(averaged(cut, height).T, width).T
    return small * 255 / small.max()


def centre_of_mass(image):
    rows, columns = np.indices(image.shape)
    return np.array([(rows * image).sum(), (columns * image).sum()]) / image.sum()


def cut_out(image):
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@given(inks)
def test_every_ink_is_prepared_as_described(ink):
    digit = prepare_digit(ink)
    assert digit.shape == (28, 28)
    assert digit.dtype == np.uint8
    if not ink.any():
        assert not digit.any()
        return
    assert digit.max() == 255
    plain = plainly_prepared(ink)
    height, width = plain.shape
    assert max(height, width) == 20
    places = [(r, c) for r in range(29 - height) for c in range(29 - width)]
    fits = [
        (r, c)
        for r, c in places
        if abs(digit[r : r + height, c : c + width] - plain).max() < 1
        and digit[r : r + height, c : c + width].sum() == digit.sum()
    ]
    assert fits, "the image does not hold the scaled digit"
    # No whole-pixel move that keeps all ink in the image brings the centre of mass nearer to 14.
    centre = centre_of_mass(digit)
    for axis, side in enumerate((height, width)):
        free = [place[axis] for place in fits]
        back, on = min(free) > 0, max(free) < 28 - side
        assert centre[axis] <= 14.51 or not back
        assert centre[axis] >= 13.49 or not on


@given(inks, st.integers(1, 9), st.integers(0, 30), st.integers(0, 30))
def test_size_and_place_of_the_paper_do_not_matter(ink, times, down, right):
    enlarged = np.kron(ink, np.ones((times, times), np.uint8))
    wider = np.pad(enlarged, ((down, 3), (right, 5)))
    difference = prepare_digit(wider).astype(int) - prepare_digit(ink)
    assert abs(difference).max() <= 1


@given(inks, st.sampled_from([1 / 255, 1 / 3, 1000.0]))
def test_how_bright_the_ink_is_does_not_matter(ink, factor):
    difference = prepare_digit(ink * factor).astype(int) - prepare_digit(ink)
    assert abs(difference).max() <= 1


def test_mnist_itself_is_centred_so(sample):
    """What is measured here is why the middle is the pixel [14, 14] and the brightest is 255."""
    digits = sample.x_train
    centres = np.array([centre_of_mass(digit) for digit in digits])
    assert centres.min() > 13.4
    assert centres.max() < 14.6
    assert abs(centres.mean(axis=0) - 14).max() < 0.05
    assert digits.max(axis=(1, 2)).min() >= 254
    assert np.mean([max(cut_out(digit).shape) == 20 for digit in digits]) > 0.99


def test_mnist_digits_enlarged_and_moved_come_back(sample, trained):
    digits, labels = sample.x_test, sample.y_test
    rng = np.random.default_rng(1)
    back = []
    for digit in digits:
        enlarged = np.kron(digit, np.ones((10, 10), np.uint8))
        back.append(prepare_digit(np.pad(enlarged, [rng.integers(0, 99, 2) for _ in "rc"])))
    back = np.array(back)
    assert abs(back.astype(int) - digits).max() <= 1
    right, right_back = (
        (trained.predict(images[..., np.newaxis], verbose=0).argmax(axis=1) == labels).mean()
        for images in (digits, back)
    )
    assert right > 0.92
    assert abs(right - right_back) <= 0.003


@pytest.mark.parametrize(
    "ink",
    [
        np.ones((1, 1)),
        np.full((300, 200), 255),
        np.eye(3)[:1],
        np.eye(500),
        np.ones((1000, 1)),
        np.ones((1, 1000), bool),
        np.full((2, 2), 1e-300),
        np.full((2, 2), 1e300),
    ],
)
def test_extreme_inks(ink):
    digit = prepare_digit(ink)
    assert max(cut_out(digit).shape) == 20
    assert digit.max() == 255


def test_ink_far_from_the_rest_is_not_cut_off():
    ink = np.zeros((100, 100))
    ink[:60, :60] = 1
    ink[99, 99] = 1
    digit = prepare_digit(ink)
    assert digit[8:, 8:].sum() == digit.sum()  # its centre of mass would need rows 9 to 28
    assert digit[27, 27] > 0


@pytest.mark.parametrize(
    ("ink", "words"),
    [
        (np.zeros((28, 28, 3)), r"one channel; got the shape \(28, 28, 3\)"),
        (np.zeros(784), "height, width"),
        ([[0, -1]], "0, where there is no ink"),
        ([[0, np.nan]], "finite"),
        ([[np.inf]], "finite"),
    ],
)
def test_what_is_no_ink_is_refused(ink, words):
    with pytest.raises(ValueError, match=words):
        prepare_digit(ink)


@pytest.mark.parametrize("ink", ["seven", [["a"]], None, [[1, 2], [3]]])
def test_what_is_no_image_is_refused(ink):
    with pytest.raises((TypeError, ValueError), match="ink must be"):
        prepare_digit(ink)


# Strokes and their ink.


def test_ink_lies_where_the_brush_was():
    ink, scale = ink_of([LINE, [[30, 30]]]), 2
    assert ink.shape == (PAPER * scale, PAPER * scale)
    rows, columns = (np.indices(ink.shape) + 0.5) / scale
    on_line = np.hypot(columns - 140, rows - np.clip(rows, 40, 240))
    distance = np.minimum(on_line, np.hypot(columns - 30, rows - 30))
    assert (ink[distance < BRUSH / 2 - 1] == 255).all()
    assert (ink[distance > BRUSH / 2 + 1] == 0).all()


def test_ink_outside_the_paper_is_cut_off():
    assert not ink_of([[[-100, 5], [-100, 200]]]).any()
    assert ink_of([[[-100, 5], [100, 5]]]).any()


def test_saved_drawings_are_small_and_named():
    drawings = saved_drawings()
    assert list(drawings) == ["3", "1 with an upstroke", "tilted 7"]
    assert len(json.dumps(drawings)) < 4000
    assert saved_drawing() == drawings["3"]
    with pytest.raises(ValueError, match="'3', '1 with an upstroke', 'tilted 7'; got 'cat'"):
        saved_drawing("cat")


def test_the_saved_drawing_is_read_right(trained):
    picture = draw_digit(trained, saved_drawing())
    assert picture.probabilities.argmax() == 3
    assert picture.probabilities[3] > 0.5
    assert picture.answer["words"].startswith("Read as 3, ")


# The picture's Python side.


def test_what_the_page_gets_is_what_the_network_says(picture, model):
    prepared = prepare_digit(ink_of(saved_drawing()))
    np.testing.assert_array_equal(picture.prepared, prepared)
    (expected,) = model.predict(prepared[np.newaxis, ..., np.newaxis], verbose=0)
    np.testing.assert_allclose(picture.probabilities, expected, atol=1e-6)
    for share in expected:
        assert percent(share).replace("<", "&lt;") in picture.answer["bars"]
    assert picture.answer["note"] == "as in MNIST: cut out, 20 pixels high, centred by its mass"
    picture.strokes = [[[40, 140], [240, 150]]]
    picture.asked += 1
    assert "20 pixels wide" in picture.answer["note"]


def test_the_first_layer_with_maps_is_shown_first(picture, model):
    assert picture.layer == "first"
    assert draw_digit(model, layer="flat").layer == "flat"
    assert picture.layers["first"] == "8 maps of 12×12"
    assert picture.layers["scores"] == "10 numbers"


def test_nothing_drawn_is_said_and_no_error(model):
    for strokes in ([], [[]], [[[-200, -200], [-100, -200]]]):
        picture = draw_digit(model, strokes)
        assert picture.answer["words"] == "Draw a digit first."
        assert picture.answer["blank"]
        assert not picture.probabilities.any()
        assert "Read" not in repr(picture)
        assert picture.still()["image/png"]


@pytest.mark.parametrize(
    "strokes",
    [
        [[[140, 140]]],
        [[[140, 140], [140, 140]]],
        [[[0, 0], [280, 280]]],
        [[[279, 279]]],
        [[[-50, 100], [400, 100]]],
        [[[x, y] for y in range(0, 281, 10) for x in range(0, 281, 10)]],
        [[[140, 140], [143, 146]]],
    ],
)
def test_dots_lines_outside_and_ink_everywhere(model, strokes):
    picture = draw_digit(model, strokes)
    assert picture.prepared.max() == 255
    assert picture.answer["words"].startswith("Read as ")
    assert picture.still()["image/png"]


def test_readers_tell_what_it_was(picture):
    shown = int(picture.probabilities.argmax())
    other = (shown + 1) % 10
    strokes = saved_drawing()
    picture.told = [[shown, strokes]]
    picture.told = [[shown, strokes], [other, strokes]]
    picture.asked += 1
    first, second = picture.collected
    assert isinstance(first, Collected)
    np.testing.assert_array_equal(first.image, picture.prepared)
    assert (first.was, first.read_as) == (shown, shown)
    assert first.confidence == pytest.approx(picture.probabilities.max())
    assert (second.was, second.read_as) == (other, shown)
    assert "2 drawn, 1 read right." in picture.answer["tally"]
    words = f"{other}, read {shown}, {percent(first.confidence)}"
    assert words in picture.answer["tally"]
    assert repr(picture).splitlines()[-2:] == ["2 drawn, 1 read right.", words]
    picture.told = [[other, strokes]]  # taken back, and told otherwise
    assert [(one.was, one.read_as) for one in picture.collected] == [(other, shown)]


def test_what_was_read_stays_when_the_network_learns_on(sample):
    model = small_network(seed=3)
    picture = draw_digit(model)
    picture.told = [[3, saved_drawing()]]
    before = picture.collected
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    assert picture.collected[0].confidence == before[0].confidence
    picture.strokes = saved_drawing()
    np.testing.assert_allclose(picture.probabilities, 0.1)  # what is drawn now is read as it is now


def test_many_failures_show_the_last_ones(picture):
    shown = int(picture.probabilities.argmax())
    picture.told = [[(shown + 1) % 10, saved_drawing()]] * 30
    picture.asked += 1
    assert picture.answer["tally"].count("<figure>") == 12
    assert "30 drawn, 0 read right." in picture.answer["tally"]


@pytest.mark.parametrize(
    ("strokes", "words"),
    [
        (["ab"], "A drawing is a list of strokes"),
        ([[[1, 2, 3]]], "A drawing is"),
        ([[1, 2]], "A drawing is"),
        ([[["a", 1]]], "A drawing is"),
        ([[[np.nan, 1]]], "280 by 280"),
        ([[[1, 1e9]]], "280 by 280"),
        ([[[1, 1]]] * 61, "at most 60 strokes of at most 1000 points; got 61"),
        ([[[1, 1]] * 1001], "got 1 strokes of up to 1001"),
    ],
)
def test_what_is_no_drawing_is_refused_and_the_last_stays(picture, model, strokes, words):
    with pytest.raises(ValueError, match=words):
        picture.strokes = strokes
    assert picture.strokes == saved_drawing()
    with pytest.raises(ValueError, match=words):
        draw_digit(model, strokes)


def test_arrays_are_strokes_too(picture):
    picture.strokes = [np.array(LINE)]
    assert picture.strokes == [LINE]
    assert json.loads(json.dumps(picture.get_state("strokes"))) == {"strokes": [LINE]}


def test_an_unknown_layer_is_refused(picture, model):
    with pytest.raises(traitlets.TraitError, match="'first', 'pool', 'flat', 'scores'; got 'x'"):
        picture.layer = "x"
    assert picture.layer == "first"
    with pytest.raises(ValueError, match="got 'x'"):
        draw_digit(model, layer="x")


def test_a_model_for_other_images_is_refused():
    keras = quiet_tensorflow().keras
    other = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Flatten()])
    with pytest.raises(ValueError, match=r"\(28, 28, 1\); got \(32, 32, 1\)"):
        draw_digit(other)


def test_a_network_that_stops_is_said_in_the_page(picture):
    def broken(image):
        raise RuntimeError("out of memory")

    picture._maps_of = broken
    picture.asked += 1
    assert picture.answer["problem"] == "The network stopped: RuntimeError: out of memory"


def test_scores_are_shown_as_probabilities():
    model = small_network()
    model.layers[-1].activation = quiet_tensorflow().keras.activations.linear
    picture = draw_digit(model, saved_drawing())
    assert picture.probabilities.sum() == pytest.approx(1)


def test_the_stored_form_shows_the_saved_drawing(model, monkeypatch):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    bundle, _ = draw_digit(model)._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Drawing of 1 stroke.\nPrepared as MNIST's digits were:")
    assert "20 pixels high" in bundle["text/plain"]
    assert len(bundle["image/png"]) < 20_000
    assert "application/vnd.jupyter.widget-view+json" not in bundle
    with Image.open(io.BytesIO(bundle["image/png"])) as image:
        assert image.size[0] == 900
    monkeypatch.delenv("CONVOLUTION_STILLS")
    assert draw_digit(model).strokes == []
