"""How far a cell sees: the rule against what really changes, and the picture's Python side."""

import re

import numpy as np
import pytest
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import Rectangle

from helpers.convolution import conv2d, pool2d
from helpers.receptive import (
    ReceptiveField,
    draw_field,
    explore_receptive_field,
    levels,
    receptive_field,
)
from helpers.reference import tf_conv2d, tf_pool2d

NETWORK = [("conv", 5), ("pool", 2), ("conv", 5), ("pool", 2)]
layer = st.tuples(st.sampled_from(["conv", "pool"]), st.integers(1, 5)).flatmap(
    lambda known: st.integers(1, known[1]).map(lambda stride: (*known, stride))
)
chains = st.lists(layer, min_size=1, max_size=4)


def through(row, layers, seed, conv=conv2d, pool=pool2d):
    """A row of pixels after a chain with random kernels; the same seed gives the same kernels."""
    rng = np.random.default_rng(seed)
    for kind, size, *stride in layers:
        stride = stride[0] if stride else 1 if kind == "conv" else size
        if kind == "conv":
            row = conv(row, rng.uniform(1, 2, (1, size)), (1, stride))
        else:  # the average: of a window's cells the largest alone would pass on a change
            row = pool(row, (1, size), (1, stride), mode="average")
    return row


def columns_seen(layers, n, cell, **operations):
    """The columns of the image that change a cell of the last layer when they change."""
    row = np.random.default_rng(1).uniform(1, 2, (1, n))
    before = through(row, layers, 2, **operations)
    found = []
    for column in range(n):
        other = row.copy()
        other[0, column] += 9
        if abs(through(other, layers, 2, **operations) - before)[0, cell] > 1e-4:
            found.append(column)
    return found


def test_the_worked_example():
    assert receptive_field(NETWORK) == [5, 6, 14, 16]
    assert [level["jump"] for level in levels(NETWORK)] == [1, 1, 2, 2, 4]
    assert [level["cells"] for level in levels(NETWORK, 16)] == [16, 12, 6, 2, 1]
    chain = [("conv", 3, 2), ("pool", 3, 2), ("conv", 3)]
    assert receptive_field(chain) == [3, 7, 15]
    assert [level["name"] for level in levels(chain)[1:]] == [
        "conv 3, by 2",
        "pool 3, by 2",
        "conv 3",
    ]


@settings(max_examples=60)
@given(chains)
def test_a_changed_pixel_changes_the_cells_that_see_it_and_no_other(layers):
    field, jump = (levels(layers)[-1][name] for name in ("field", "jump"))
    n = field + 2 * jump
    for cell in (0, 2):
        first = cell * jump
        assert columns_seen(layers, n, cell) == list(range(first, first + field))


@pytest.mark.parametrize("deep", [1, 2, 3, 4])
def test_the_same_in_tensorflow(deep):
    field = receptive_field(NETWORK)[deep - 1]
    seen = columns_seen(NETWORK[:deep], 16, 0, conv=tf_conv2d, pool=tf_pool2d)
    assert seen == list(range(field))


@given(chains, st.data())
def test_the_picture_names_the_columns_that_the_chosen_cell_sees(layers, data):
    field, jump = (levels(layers)[-1][name] for name in ("field", "jump"))
    n = field + data.draw(st.integers(0, 2)) * jump
    if n > 32:
        return
    picture = explore_receptive_field(layers, n)
    cell = data.draw(st.integers(0, picture.levels[-1]["cells"] - 1))
    picture.chosen = [len(layers), cell]
    first, last = picture.seen[0]
    assert list(range(first, last + 1)) == columns_seen(layers, n, cell)
    assert len(picture.seen) == len(layers) + 1
    assert picture.seen[-1] == (cell, cell)


@pytest.mark.parametrize(
    ("layers", "part"),
    [
        ([], "must be a list such as"),
        ("conv", "must be a list such as"),
        ([("dense", 3)], '"conv" or "pool"'),
        ([("conv",)], "(kind, size)"),
        ([("conv", 0)], "whole numbers of 1 or more"),
        ([("conv", 2.5)], "whole numbers of 1 or more"),
        ([("conv", True)], "whole numbers of 1 or more"),
        ([("pool", 2, 3)], "the stride at most the size"),
        (["conv 5"], "(kind, size)"),
    ],
)
def test_what_is_no_chain_is_refused_in_one_sentence(layers, part):
    for use in (receptive_field, explore_receptive_field):
        with pytest.raises(ValueError, match=r"; got ") as caught:
            use(layers)
        assert part in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"n": 15}, "pool 2 needs 2 cells, but the layer before it has 1"),
        ({"n": 33}, "n must be a whole number from 1 to 32"),
        ({"n": 0}, "n must be a whole number"),
        ({"n": 2.5}, "n must be a whole number"),
        ({"depth": 0}, "depth must be 1 to 4"),
        ({"depth": 5}, "depth must be 1 to 4"),
    ],
)
def test_what_cannot_be_shown_is_refused(arguments, part):
    with pytest.raises(ValueError, match=re.escape(part)):
        explore_receptive_field(NETWORK, **arguments)
    with pytest.raises(ValueError, match="at most 6"):
        explore_receptive_field([("conv", 2)] * 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [("depth", 0), ("depth", 5), ("chosen", [5, 0]), ("chosen", [1, 12]), ("chosen", [1]),
     ("chosen", [-1, 0]), ("layers", [["pool", 2, 3]])],
)  # fmt: skip
def test_a_senseless_setting_changes_nothing(name, value):
    picture = explore_receptive_field(NETWORK, depth=2)
    before = repr(picture)
    with pytest.raises((ValueError, traitlets.TraitError)):
        setattr(picture, name, value)
    assert repr(picture) == before


def test_it_starts_in_the_middle_of_the_last_layer_and_leaves_hidden_ones():
    picture = explore_receptive_field(NETWORK)
    assert (picture.depth, picture.chosen) == (4, [4, 0])
    picture.depth = 2
    assert picture.chosen == [2, 2]
    assert explore_receptive_field(NETWORK, depth=1).chosen == [1, 5]


def test_what_it_says_in_words():
    words = repr(explore_receptive_field(NETWORK))
    for part in ("1 + (5 − 1) × 1 = 5", "5 + (2 − 1) × 1 = 6", "6 + (5 − 1) × 2 = 14"):
        assert part in words
    assert words.endswith("Cell 0 of layer 4 (pool 2) sees columns 0 to 15.")
    assert "pool 2: 1 cell, neighbours 4 columns apart, each sees 14 + " in words
    assert "pool 2: 6 cells, neighbours 2 columns apart, each sees 5 + " in words
    assert "not yet" not in words
    one = repr(explore_receptive_field([("conv", 1)], n=1))
    assert "1 columns" not in one
    assert "1 cells" not in one
    assert "image of 1 column." in one


def test_layers_still_to_come_are_named_without_their_numbers():
    words = repr(explore_receptive_field(NETWORK, depth=2))
    assert words.splitlines()[3:5] == ["conv 5: not yet.", "pool 2: not yet."]
    assert "6 + (5 − 1)" not in words


@pytest.mark.parametrize("depth", [1, 3, 4])
def test_the_still_draws_every_layer_and_those_to_come_dotted(depth):
    picture = explore_receptive_field(NETWORK, depth=depth)
    every = levels(NETWORK, 16)
    figure = draw_field(every, picture.layers, picture.seen, depth)
    axes = figure.axes[0]
    cells = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(cells) == sum(level["cells"] for level in every)
    dotted = [cell.get_y() / 2 for cell in cells if cell.get_linestyle() == ":"]
    assert dotted == [p for p in range(depth + 1, 5) for _ in range(every[p]["cells"])]
    words = [text.get_text() for text in axes.texts]
    assert words.count("not yet") == 4 - depth
    apart = [int(word.split()[1]) for word in words if word.startswith("neighbours")]
    assert apart == [1, 1, 2, 2, 4][: depth + 1]
    assert ("14 + (2 − 1) × 2 = 16" in words) == (depth == 4)


def test_nothing_in_the_still_is_cut_off():
    picture = explore_receptive_field([("conv", 3, 2), ("pool", 3, 2), ("conv", 2)], n=19)
    figure = draw_field(picture.levels, picture.layers, picture.seen, 3)
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= figure.bbox.width, text.get_text()


def test_the_stored_form_is_a_png_and_the_words(monkeypatch):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    picture = ReceptiveField(layers=NETWORK, n=16, depth=4, chosen=[4, 0])
    data, _ = picture._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == repr(picture)
    assert "application/vnd.jupyter.widget-view+json" not in data
