"""Inside a network: maps of every layer, probabilities, checkpoints, shifts and mistakes."""

import io
import random
import re
import subprocess
import sys
from base64 import b64decode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from helpers import (
    conv2d,
    explore_network,
    explore_shift,
    load_mnist,
    pool2d,
    quiet_tensorflow,
    shifted,
    show_confusion,
    show_learned,
    show_mistakes,
)
from helpers.digits import (
    LINE,
    LayerMaps,
    as_probabilities,
    digit_image,
    maps_image,
    percent,
    probability_bars,
)
from helpers.inside import SMALL, WIDE
from helpers.panels import signed_colours
from tools.setup_cell import ROOT

keras = quiet_tensorflow().keras
layers = keras.layers
DIGITS = load_mnist("sample")
IMAGES, LABELS = DIGITS.x_test[:6], DIGITS.y_test[:6]


def network():
    """The lesson's kind of network, with numbers in it as if it had learned."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
    for name, filters, size in (("first", 16, 5), ("second", 32, 3), ("third", 64, 3)):
        steps = 2 if name == "first" else 1
        look = {"strides": steps, "padding": "same", "use_bias": False, "name": name}
        model.add(layers.Conv2D(filters, size, **look))
        if name != "first":
            model.add(layers.MaxPooling2D(name=f"{name}_pool"))
        model.add(layers.BatchNormalization(name=f"{name}_norm"))
        model.add(layers.ReLU(name=f"{name}_relu"))
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dropout(0.3, name="dropout"))
    model.add(layers.Dense(10, activation="softmax", name="scores"))
    model.set_weights(weights_of(model, 1))
    return model


def weights_of(model, seed):
    rng = np.random.default_rng(seed)
    return [abs(w + rng.normal(0, 0.1, w.shape)) if w.ndim == 1 else
            w + rng.normal(0, 0.1, w.shape) for w in model.get_weights()]  # fmt: skip


MODEL = network()
CHECKPOINTS = {name: weights_of(MODEL, seed) for seed, name in enumerate(("before", "after"))}


def page_images(picture):
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', picture._screen.value)
    return [np.array(Image.open(io.BytesIO(b64decode(one)))) for one in found]


def page_words(picture):
    return re.sub("<[^>]*>", "", picture._screen.value.partition("course-words")[2])


def bars(html):
    """The rows of a table of probabilities: [name, percent, marks]."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", html)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]
    return [
        [name, share.replace("&gt;", ">").replace("&lt;", "<"), marks]
        for name, _, share, marks in cells
    ]


def choose(picture, **values):
    for name, value in values.items():
        picture._controls[name].value = value


# The maps of every layer.


@pytest.mark.parametrize("number", range(3))
def test_the_maps_are_those_of_our_own_functions(number):
    digit = IMAGES[number]
    maps, probabilities = LayerMaps(MODEL)(digit)
    first, second = (MODEL.get_layer(name).get_weights()[0] for name in ("first", "second"))
    wanted = conv2d(digit[..., np.newaxis] / 255, first, stride=2, padding="same")
    np.testing.assert_allclose(maps["first"], wanted, atol=1e-4)
    wanted = np.maximum(normalised(wanted, "first_norm"), 0)
    np.testing.assert_allclose(maps["first_relu"], wanted, atol=1e-4)
    wanted = pool2d(conv2d(wanted, second, padding="same"), 2)
    np.testing.assert_allclose(maps["second_pool"], wanted, atol=1e-4)
    row = maps["flatten"] @ MODEL.layers[-1].get_weights()[0] + MODEL.layers[-1].get_weights()[1]
    np.testing.assert_allclose(np.exp(row) / np.exp(row).sum(), probabilities, atol=1e-4)


def normalised(maps, name):
    layer = MODEL.get_layer(name)
    scale, move, mean, variance = layer.get_weights()
    return (maps - mean) / np.sqrt(variance + layer.epsilon) * scale + move


def test_shapes_names_and_probabilities_are_the_models():
    every = LayerMaps(MODEL)
    assert list(every.shapes) == [layer.name for layer in MODEL.layers]
    wanted = MODEL.predict(IMAGES[..., np.newaxis], verbose=0)
    for image, row in zip(IMAGES, wanted, strict=True):
        maps, probabilities = every(image)
        assert {name: one.shape for name, one in maps.items()} == every.shapes
        np.testing.assert_allclose(probabilities, row, atol=1e-6)
    np.testing.assert_array_equal(every(IMAGES[0][..., np.newaxis])[1], every(IMAGES[0])[1])


def test_models_one_after_the_other_bring_no_warning():
    """TensorFlow warns when it translates many; a reader who runs a cell again would see that."""
    code = (
        "import numpy as np\n"
        "from helpers import feature_maps\n"
        "from tools.recipes import build_classroom\n"
        "model = build_classroom()\n"
        "for _ in range(7):\n"
        "    feature_maps(model, np.zeros((28, 28)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_scores_become_probabilities_and_probabilities_stay():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
    scores = model.predict(IMAGES[:1, ..., np.newaxis] / 255, verbose=0)[0]
    probabilities = LayerMaps(model)(IMAGES[0] / 255)[1]
    np.testing.assert_allclose(probabilities, np.exp(scores) / np.exp(scores).sum(), atol=1e-6)
    shares = np.array([[0.1, 0.2, 0.7], [1, 0, 0]])
    np.testing.assert_array_equal(as_probabilities(shares), shares)
    assert as_probabilities([[1000.0, 0]]).tolist() == [[1, 0]]


@pytest.mark.parametrize(
    "model, words",
    [
        (keras.Sequential([layers.Flatten(), layers.Dense(10)]), "keras.Input((28, 28, 1)); got"),
        (keras.Sequential([keras.Input((28, 28, 3)), layers.Flatten()]), "got (28, 28, 3)"),
        (keras.Sequential([keras.Input((28, 28, 1)), layers.ReLU()]), "got the shape (28, 28, 1)"),
        ("no model", "keras.Input((28, 28, 1)); got None"),
    ],
)
def test_another_kind_of_model_gets_a_sentence(model, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        LayerMaps(model)


def test_an_image_of_another_size_gets_a_sentence():
    with pytest.raises(ValueError, match=re.escape("shape (28, 28); got (27, 28)")):
        LayerMaps(MODEL)(np.zeros((27, 28)))


# Maps as a picture.


def test_every_number_of_a_map_has_its_colour():
    maps = np.random.default_rng(0).normal(size=(3, 3, 16))
    sheet = maps_image(maps, 130, 130, limit=2, gap=2)
    assert sheet.shape == (130, 130, 3) and (sheet[::32] == LINE).all()
    for place in range(16):
        top, left = (2 + 32 * part for part in divmod(place, 4))
        middles = sheet[top + 5 : top + 30 : 10, left + 5 : left + 30 : 10]
        np.testing.assert_array_equal(middles, signed_colours(maps[..., place], 2))


@given(st.integers(1, 70), st.integers(1, 30), st.integers(1, 30))
def test_maps_fit_their_room(count, rows, columns):
    sheet = maps_image(np.ones((rows, columns, count)), 780, 230)
    assert sheet.shape[0] <= 230 and sheet.shape[1] <= 780
    green = (sheet == signed_colours(np.ones((1, 1)), 1)).all(axis=2).mean()
    assert green > 0.25  # most of a picture is maps


@pytest.mark.parametrize("count", [1, 10, 576, 1024, 3136])
def test_numbers_without_maps_are_one_block(count):
    values = np.random.default_rng(1).normal(size=count)
    sheet = maps_image(values, 600, 230, limit=3)
    colours = {tuple(c) for c in signed_colours(values[:, np.newaxis], 3)[:, 0]}
    seen = {tuple(c) for c in sheet.reshape(-1, 3)} - {(LINE,) * 3}
    assert seen == colours


def test_maps_that_do_not_fit_get_a_sentence():
    with pytest.raises(ValueError, match="400 maps do not fit into 30 by 30 pixels"):
        maps_image(np.ones((5, 5, 400)), 30, 30)


def test_nothing_but_zeros_is_white():
    assert (maps_image(np.zeros((2, 2, 1)), 10, 10)[2:8, 2:8] == 255).all()


def test_digits_from_0_to_255_and_from_0_to_1_look_alike():
    np.testing.assert_array_equal(digit_image(IMAGES[0]), IMAGES[0])
    np.testing.assert_array_equal(digit_image(IMAGES[0] / 255), IMAGES[0])


# Bars.


@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=12), st.integers(0, 11))
def test_bars_say_their_numbers(shares, label):
    shares, label = np.array(shares) / sum(shares), label % len(shares)
    rows = bars(probability_bars(shares, label))
    assert [row[:2] for row in rows] == [[str(n), percent(p)] for n, p in enumerate(shares)]
    marked = {n: row[2] for n, row in enumerate(rows) if row[2]}
    read = int(shares.argmax())
    assert marked == ({read: "read = label"} if read == label else {read: "read", label: "label"})
    widths = re.findall(r"width: ([\d.]+)%", probability_bars(shares))
    np.testing.assert_allclose([float(w) / 100 for w in widths], shares, atol=1e-4)


def test_nothing_is_read_where_there_is_nothing():
    assert {tuple(row[1:]) for row in bars(probability_bars(np.zeros(10)))} == {("0%", "")}


def test_percents_never_round_to_certainty():
    words = [percent(p) for p in (0.99949, 0.9996, 0.0005, 0.0004, 1 / 3)]
    assert words == ["99.9%", ">99.9%", "<0.1%", "<0.1%", "33.3%"]


def test_names_stand_in_the_bars_and_must_be_as_many():
    html = probability_bars([0.2, 0.8], names=["shirt", "<coat>"])
    assert [row[0] for row in bars(html)] == ["shirt", "&lt;coat&gt;"]
    with pytest.raises(ValueError, match=re.escape("got the shape (2,) and 1 names")):
        probability_bars([0.2, 0.8], names=["shirt"])


# A digit on its way through the layers.


@pytest.mark.parametrize("one_scale", [False, True])
def test_the_page_shows_the_digit_the_chain_and_the_chosen_layer(one_scale):
    arguments = {"image": 2, "layer": "second", "one_scale": one_scale}
    picture = explore_network(MODEL, IMAGES, LABELS, CHECKPOINTS, **arguments)
    keras_maps = {}
    for name, weights in CHECKPOINTS.items():
        copy = network()
        copy.set_weights(weights)
        keras_maps[name] = LayerMaps(copy)(IMAGES[2])
    for name, (maps, probabilities) in keras_maps.items():
        choose(picture, checkpoint=name)
        together = list(keras_maps.values()) if one_scale else [(maps, probabilities)]
        limits = {
            layer: np.quantile(np.abs([m[layer] for m, _ in together]), 0.98)
            for layer in ("first_relu", "second", "third_relu")
        }
        digit, *chain, enlarged = page_images(picture)
        np.testing.assert_array_equal(digit, IMAGES[2])
        for layer, seen in zip(limits, chain, strict=True):
            wanted = maps_image(maps[layer], *SMALL, limits[layer])
            np.testing.assert_allclose(seen.astype(int), wanted, atol=1)
        wanted = maps_image(maps["second"], *WIDE, limits["second"])
        height, width = wanted.shape[:2]
        np.testing.assert_allclose(enlarged[:height, :width, :3].astype(int), wanted, atol=1)
        assert enlarged.shape == (WIDE[1], WIDE[0], 4) and (enlarged[height:, :, 3] == 0).all()
        shares = [row[1] for row in bars(picture._screen.value)]
        assert shares == [percent(p) for p in probabilities]
        read = probabilities.argmax()
        words = f"Image 2, label {LABELS[2]}, {name}: the network reads it as {read}, probability "
        assert repr(picture).startswith(words + percent(probabilities[read]))
        assert "second: 32 maps of 14×14" in picture._screen.value


def test_checkpoints_change_everything_but_the_digit():
    picture = explore_network(MODEL, IMAGES, LABELS, CHECKPOINTS)
    after = page_images(picture)
    choose(picture, checkpoint="before")
    before = page_images(picture)
    assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [True] + 4 * [
        False
    ]


def test_every_layer_but_the_last_can_be_chosen_and_is_framed_in_its_part():
    picture = explore_network(MODEL, IMAGES, LABELS)
    options = picture._controls["layer"].options
    assert list(options) == [layer.name for layer in MODEL.layers][:-1]
    parts = ["image 0", "first", "second", "third"]
    for layer in options:
        choose(picture, layer=layer)
        figures = re.findall(r"<figure.*?</figure>", picture._screen.value)
        framed = [f for f in figures if "course-frame" in f]
        part = parts[max(0, *(layer.startswith(p) * parts.index(p) for p in parts))]
        part = "third" if layer in ("flatten", "dropout") else part
        assert len(framed) == 1 and f"<figcaption>{part}</figcaption>" in framed[0], layer
        assert f"<figcaption>{layer}" in figures[-1]


def test_the_reader_s_model_and_random_numbers_stay_as_they_are():
    model, state = network(), random.getstate()
    before = model.get_weights()
    picture = explore_network(model, IMAGES, LABELS, CHECKPOINTS)
    shift = explore_shift(model, IMAGES, LABELS)
    choose(picture, checkpoint="before", image=3)
    choose(shift, down=3)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert random.getstate() == state, "Keras takes its seeds from there"


def test_a_picture_keeps_what_it_was_given():
    model, kept = network(), {name: list(one) for name, one in CHECKPOINTS.items()}
    wanted = repr(explore_network(model, IMAGES, LABELS, CHECKPOINTS, image=1))
    picture = explore_network(model, IMAGES, LABELS, kept)
    kept["after"][0] = kept["after"][0] + 1
    model.set_weights(weights_of(model, 7))
    choose(picture, image=1)
    assert repr(picture) == wanted


def test_what_offers_one_choice_only_is_not_shown():
    one = explore_network(MODEL, IMAGES[:1], LABELS[:1])
    many = explore_network(MODEL, IMAGES, LABELS, CHECKPOINTS)
    assert [len(p.children[0].children) for p in (one, many)] == [1, 3]


@pytest.mark.parametrize(
    "tail, chain",
    [
        ([layers.Flatten(), layers.Dense(10)], 0),
        ([layers.Conv2D(5, 3), layers.GlobalAveragePooling2D(), layers.Dense(10)], 1),
        ([layers.Conv2D(32, 5), layers.Flatten(), layers.Dense(1024), layers.Dense(10)], 2),
        ([layers.Flatten(), layers.Dense(10), layers.Softmax()], 0),
    ],
)
def test_other_networks_are_shown_too(tail, chain):
    model = keras.Sequential([keras.Input((28, 28, 1)), *tail])
    picture = explore_network(model, IMAGES / 255, LABELS)
    for layer in picture._controls["layer"].options:
        choose(picture, layer=layer)
        assert len(page_images(picture)) == 2 + chain
        assert picture.still()["image/png"][:4] == b"\x89PNG"


ANOTHER = {"early": CHECKPOINTS["before"][:-1]}


@pytest.mark.parametrize(
    "change, words",
    [
        ({"images": IMAGES[:, :20]}, "images of shape (28, 28); got (20, 28)"),
        ({"images": IMAGES[:0], "labels": []}, "images of shape (28, 28)"),
        ({"labels": LABELS[:2]}, "There must be 6 labels, one for each image; got (2,)"),
        ({"labels": LABELS + 5}, "whole numbers from 0 to 9"),
        ({"labels": LABELS / 2}, "whole numbers from 0 to 9"),
        ({"checkpoints": {}}, "at least one name"),
        ({"checkpoints": CHECKPOINTS["before"]}, "checkpoints must be a dictionary"),
        ({"checkpoints": ANOTHER}, "The checkpoint 'early' does not hold the weights"),
        ({"image": 6}, "image must be a whole number from 0 to 5; got 6"),
        ({"image": 1.5}, "image must be a whole number from 0 to 5; got 1.5"),
        ({"layer": "fourth"}, "layer must be one of rescaling"),
        ({"model": keras.Sequential([layers.Dense(10)])}, "keras.Input((28, 28, 1))"),
    ],
)
def test_what_cannot_be_shown_gets_a_sentence(change, words):
    arguments = {"model": MODEL, "images": IMAGES, "labels": LABELS} | change
    with pytest.raises(ValueError, match=re.escape(words)):
        explore_network(**arguments)


# A digit moved or covered.


@pytest.mark.parametrize("down, right", [(0, 0), (-8, 8), (3, -5)])
def test_the_moved_digit_is_read_as_the_model_reads_it(down, right):
    picture = explore_shift(MODEL, IMAGES, LABELS, image=1)
    choose(picture, down=down, right=right)
    moved = shifted(IMAGES[1], down, right)
    digit, places = page_images(picture)
    np.testing.assert_array_equal(digit, moved)
    every = [[shifted(IMAGES[1], d, r) for r in range(-8, 9)] for d in range(-8, 9)]
    batch = np.reshape(every, (289, 28, 28, 1))
    wanted = MODEL.predict(batch, verbose=0).reshape(17, 17, 10)
    shares = [row[1] for row in bars(picture._screen.value)]
    assert shares == [percent(p) for p in wanted[down + 8, right + 8]]
    right_ones = (wanted.argmax(axis=2) == LABELS[1]).sum()
    assert f"It reads {LABELS[1]} at {right_ones} of 289 places." in repr(picture)
    blue = 255 + (np.array([31, 95, 208]) - 255) * wanted[..., LABELS[1], np.newaxis]
    np.testing.assert_allclose(places[3::18, 3::18], blue, atol=1)
    crossed = (places[9::18, 9::18] == LINE // 2).all(axis=2)
    np.testing.assert_array_equal(crossed, wanted.argmax(axis=2) != LABELS[1])


def test_a_grey_square_covers_a_part():
    picture = explore_shift(MODEL, IMAGES / 255, LABELS)
    choose(picture, change="cover a part")
    covered = IMAGES[0].copy()
    covered[10:17, 10:17] = 127
    np.testing.assert_array_equal(page_images(picture)[0], covered)
    choose(picture, down=8, right=-8)
    covered = IMAGES[0].copy()
    covered[18:25, 2:9] = 127
    np.testing.assert_array_equal(page_images(picture)[0], covered)
    assert "covered 8 down and 8 left from the middle" in repr(picture)


# What it confuses.

readings = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60)


@given(readings)
def test_the_confusion_matrix_counts(pairs):
    labels, read_as = zip(*pairs, strict=True)
    words = repr(show_confusion(labels, read_as))
    for label in range(10):
        counts = [pairs.count((label, read)) for read in range(10)]
        line = ", ".join(f"{n} as {read}" for read, n in enumerate(counts) if n)
        assert (f"label {label}: {line}." in words) == any(counts)
    right = sum(label == read for label, read in pairs)
    assert words.startswith(f"{len(pairs)} digits, {right} of them read right.")
    mistakes = [pair for pair in pairs if pair[0] != pair[1]]
    most = max(map(mistakes.count, mistakes), default=0)
    named = re.search(r"mistake: (\d) read as (\d), (\d+) time", words)
    assert (named is None) == (not mistakes)
    if named:
        assert pairs.count((int(named[1]), int(named[2]))) == int(named[3]) == most


@pytest.mark.parametrize(
    "labels, read_as, words",
    [
        ([1, 2], [1], "got 2 and 1"),
        ([1, 10], [1, 2], "labels must be numbers from 0 to 9; got 1 to 10"),
        ([1, 2], [-1, 2], "read_as must be numbers from 0 to 9; got -1 to 2"),
        ([1.0], [1], "labels must be a list of whole numbers"),
        ([], [], "labels must be a list of whole numbers"),
        ([1], np.ones((1, 10)), "read_as must be a list of whole numbers"),
    ],
)
def test_a_confusion_of_nonsense_gets_a_sentence(labels, read_as, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        show_confusion(labels, read_as)


def test_mistakes_come_with_the_surest_first():
    probabilities = np.eye(10)[[7, 2, 1, 0, 4, 1]] * [[0.5], [0.9], [0.6], [0.7], [0.8], [0.3]]
    labels = [7, 3, 4, 1, 4, 9]
    assert repr(show_mistakes(IMAGES, labels, probabilities, count=3)).splitlines() == [
        "4 of 6 digits read wrong, the surest first.",
        "number 1: 3 read as 2, 90.0%.",
        "number 3: 1 read as 0, 70.0%.",
        "number 2: 4 read as 1, 60.0%.",
    ]
    right = show_mistakes(IMAGES, probabilities.argmax(axis=1), probabilities)
    assert repr(right) == "None of 6 digits was read wrong." and right._repr_png_() is None


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((IMAGES, LABELS[:2], np.ones((6, 10))), "got the shapes (6, 28, 28), (2,) and (6, 10)"),
        ((IMAGES, LABELS, LABELS), "N rows of probabilities"),
        ((IMAGES, LABELS, np.ones((6, 10)), 0), "count must be a whole number of 1 or more; got 0"),
    ],
)
def test_mistakes_of_nonsense_get_a_sentence(arguments, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        show_mistakes(*arguments)


# What it learned.


def test_the_first_kernels_are_found_in_a_checkpoint():
    first = [one[0] for one in CHECKPOINTS.values()]
    by_kernels, by_weights = show_learned(*first), show_learned(*CHECKPOINTS.values())
    assert repr(by_kernels) == repr(by_weights)
    assert repr(by_weights).startswith("16 kernels of 5×5. Before: −0.")


@pytest.mark.parametrize(
    "before, after, words",
    [
        (np.ones((5, 5, 1, 2)), np.ones((3, 3, 1, 2)), "of the same model"),
        (np.ones((5, 5)), np.ones((5, 5)), "before must be model.get_weights()"),
        (np.ones((5, 5, 1, 2)), [np.ones(3)], "after must be model.get_weights()"),
        (np.ones((5, 5, 3, 2)), np.ones((5, 5, 3, 2)), "before must be"),
    ],
)
def test_other_kernels_get_a_sentence(before, after, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        show_learned(before, after)


# Stored forms.


def test_stills_are_small():
    probabilities = MODEL.predict(DIGITS.x_test[..., np.newaxis], verbose=0)
    pictures = [
        explore_network(MODEL, IMAGES, LABELS, CHECKPOINTS),
        explore_network(MODEL, IMAGES, LABELS, layer="third"),
        explore_shift(MODEL, IMAGES, LABELS),
    ]
    stills = [
        show_confusion(DIGITS.y_test, probabilities.argmax(axis=1)),
        show_mistakes(DIGITS.x_test, DIGITS.y_test, probabilities),
        show_learned(*CHECKPOINTS.values()),
    ]
    files = [p.still()["image/png"] for p in pictures] + [s._repr_png_() for s in stills]
    for file, words in zip(files, map(repr, pictures + stills), strict=True):
        assert Image.open(io.BytesIO(file)).width >= 600
        assert len(file) < 40_000, words
        assert " at 0x" not in words and words.count("\n") <= 12
