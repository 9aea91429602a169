"""A kernel that learns: gradient steps against TensorFlow, and the picture's Python side."""

import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from helpers import conv2d, explore_learning, gradient_step, quiet_tensorflow
from helpers.images import EQUALS, PLUS, X
from helpers.kernels import HORIZONTAL_BAR
from helpers.learning import GROWN, MOST, Learning, draw, matched

SMALL_PLUS = np.array([[1, -1, 1], [-1, -1, -1], [1, -1, 1]])
TARGET = np.array([[-3, 1, -3], [1, 9, 1], [-3, 1, -3]])
GROWS = "The loss grows"


def random_case(seed):
    """An image, a kernel, a target and a rate that go together."""
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 9, 2)
    k = [rng.integers(1, min(size, 4) + 1) for size in n]
    image, kernel = rng.normal(size=n), rng.normal(size=k)
    target = rng.normal(size=[size - weights + 1 for size, weights in zip(n, k, strict=True)])
    return image, kernel, target, float(rng.choice([0.05, 0.1, 0.3]))


@pytest.fixture
def picture():
    return explore_learning(PLUS, TARGET)


def by_tensorflow(image, kernel, target, rate):
    """The same step, its slopes found by TensorFlow itself."""
    tf = quiet_tensorflow()
    batch = tf.constant(image[np.newaxis, :, :, np.newaxis], dtype="float64")
    weights = tf.Variable(kernel[:, :, np.newaxis, np.newaxis], dtype="float64")
    with tf.GradientTape() as tape:
        made = tf.nn.conv2d(batch, weights, strides=1, padding="VALID")[0, :, :, 0]
        loss = tf.reduce_mean((made - target) ** 2)
    slope = tape.gradient(loss, weights).numpy()[:, :, 0, 0]
    return kernel - rate * slope, loss.numpy()


@settings(max_examples=60)
@given(st.integers(0, 10_000))
def test_a_step_is_tensorflows(seed):
    image, kernel, target, rate = random_case(seed)
    after, loss = gradient_step(image, kernel, target, rate)
    wanted, wanted_loss = by_tensorflow(image, kernel, target, rate)
    np.testing.assert_allclose(after, wanted, rtol=1e-9, atol=1e-9)
    assert loss == pytest.approx(wanted_loss, rel=1e-9)


@given(st.integers(0, 10_000))
def test_the_slope_is_how_much_the_loss_changes_with_a_weight(seed):
    image, kernel, target, rate = random_case(seed)
    slope = (kernel - gradient_step(image, kernel, target, rate)[0]) / rate
    for at in np.ndindex(kernel.shape):
        losses = []
        for change in (-1e-4, 1e-4):
            other = kernel.copy()
            other[at] += change
            losses.append(gradient_step(image, other, target, rate)[1])
        assert (losses[1] - losses[0]) / 2e-4 == pytest.approx(slope[at], abs=1e-6)


def test_the_worked_example_by_hand(picture):
    """Target: the map of the small plus. Error -target, loss 121 / 9; the first sums are these."""
    np.testing.assert_array_equal(conv2d(PLUS, SMALL_PLUS), TARGET)
    assert picture.loss == pytest.approx(121 / 9)
    sums = picture.slope * 9 / 2
    np.testing.assert_allclose(sums, [[-15, 9, -15], [9, 25, 9], [-15, 9, -15]])
    picture.step = 1
    corner, side, middle = 2 / 3, -0.4, -10 / 9
    rows = [[corner, side, corner], [side, middle, side], [corner, side, corner]]
    np.testing.assert_allclose(picture.learned, rows)
    assert picture.loss == pytest.approx(1.6, abs=0.001)


def test_it_learns_the_kernel_that_made_the_target(picture):
    losses = [loss for _, loss in picture.path(60)]
    assert all(after < before for before, after in zip(losses, losses[1:], strict=False))
    matches = [matched(conv2d(PLUS, kernel), TARGET) for kernel, _ in picture.path(60)]
    assert matches == [False] * 25 + [True] * 36
    picture.step = 60
    np.testing.assert_allclose(picture.learned, SMALL_PLUS, atol=0.01)
    np.testing.assert_allclose(picture.error, 0, atol=0.01)


@pytest.mark.parametrize(
    ("rate", "steps"), [(0.1, 52), (0.2, 25), (0.4, 12)]
)  # fmt: skip
def test_the_longer_the_steps_the_fewer(rate, steps):
    picture = explore_learning(PLUS, TARGET, rate=rate)
    assert f"Step {steps}: " in repr(picture)
    assert "The map matches the target." in repr(picture)
    assert GROWS not in repr(picture)


def test_steps_that_are_too_long_stop_before_the_numbers_do():
    picture = explore_learning(PLUS, TARGET, rate=0.8, step=MOST)
    losses = [loss for _, loss in picture.path()]
    assert all(after > before for before, after in zip(losses, losses[1:], strict=False))
    assert losses[-2] <= GROWN * losses[0] < losses[-1]
    assert len(losses) == 13
    assert np.isfinite(picture.learned).all()
    assert "Step 12: loss 3.0e7. The loss grows: the steps are too long." in repr(picture)


def test_where_windows_are_alike_another_kernel_makes_the_same_map():
    picture = explore_learning(EQUALS, conv2d(EQUALS, HORIZONTAL_BAR), rate=0.02, step=100)
    assert matched(picture.feature_map, picture.target)
    other = explore_learning(EQUALS, picture.target, kernel=X[:3, :3], rate=0.02, step=100)
    assert matched(other.feature_map, picture.target)
    assert abs(other.learned - picture.learned).max() > 0.5


def test_a_kernel_of_zeros_is_made_to_measure():
    assert explore_learning(PLUS, TARGET).kernel.tolist() == [[0] * 3] * 3
    assert explore_learning(PLUS, np.zeros((4, 2))).kernel.shape == (2, 4)
    started = explore_learning(PLUS, TARGET, kernel=SMALL_PLUS)
    assert started.loss == 0
    np.testing.assert_array_equal(started.slope, 0)


def test_named_targets_are_a_choice():
    bar = conv2d(PLUS, HORIZONTAL_BAR)
    picture = explore_learning(PLUS, {"a +": TARGET, "a dark bar": bar}, rate=0.3)
    assert list(picture.targets) == ["a +", "a dark bar"]
    np.testing.assert_array_equal(picture.target, TARGET)
    assert picture.rates == [0.1, 0.2, 0.3, 0.4, 0.8]
    picture.target = bar
    assert picture.loss == pytest.approx(129 / 9)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"target": np.zeros((6, 6))}, "target must have the shape (5, 5)"),
        ({"kernel": np.zeros((2, 2))}, "target must have the shape (4, 4)"),
        ({"kernel": np.zeros((6, 6))}, "larger than the padded image"),
        ({"target": {}}, "at least one array"),
        ({"target": [1, 2]}, "target must be (height, width)"),
        ({"target": {"one": TARGET, "two": np.zeros((2, 2))}}, "got the shape (2, 2)"),
        ({"image": np.zeros((5, 5, 3))}, "image must be (height, width)"),
        ({"image": np.zeros((9, 9))}, "at most 8 by 8"),
        ({"image": PLUS * np.nan}, "from -1000 to 1000"),
        ({"target": TARGET * 1e9}, "from -1000 to 1000"),
        ({"image": "plus"}, "image must be a grid of real numbers"),
        ({"rate": 0}, "rate must be a number above 0, at most 10; got 0."),
        ({"rate": float("nan")}, "rate must be a number above 0"),
        ({"rate": "fast"}, "rate must be a number above 0"),
        ({"rate": True}, "rate must be a number above 0"),
        ({"rates": [0.1, -1]}, "rates must be a number above 0"),
        ({"step": -1}, "step must be a whole number"),
        ({"step": 201}, "step must be at most 200"),
        ({"chosen": (0, 3)}, "chosen must be [row, column]"),
        ({"chosen": 4}, "chosen must be [row, column]"),
        ({"chosen": (0.5, 0)}, "chosen must be [row, column]"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_sentence(arguments, part):
    with pytest.raises((TypeError, ValueError), match=re.escape(part)) as caught:
        explore_learning(**{"image": PLUS, "target": TARGET} | arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"target": [[1, 2]]}, "target must have the shape (3, 3)"),
        ({"target": [1, 2]}, "target must be (height, width)"),
        ({"kernel": np.zeros((3, 3, 1, 1))}, "kernel must be (height, width)"),
        ({"rate": [0.1]}, "rate must be a number above 0; got"),
        ({"image": [[1, 2], [3]]}, "rows of equal length"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(arguments, part):
    usual = {"image": PLUS, "kernel": SMALL_PLUS, "target": TARGET, "rate": 0.1}
    with pytest.raises((TypeError, ValueError), match=re.escape(part)):
        gradient_step(**usual | arguments)


def test_a_step_changes_none_of_its_arguments():
    kernel = np.zeros((3, 3))
    gradient_step(PLUS, kernel, TARGET, 0.2)
    assert not kernel.any()


@pytest.mark.parametrize(
    ("name", "value"),
    [("step", 201), ("step", 1.5), ("rate", -1), ("rate", None), ("chosen", [3, 0]),
     ("chosen", [0]), ("image", X[:4]), ("kernel", [[1]]), ("target", TARGET * np.inf)],
)  # fmt: skip
def test_a_senseless_setting_changes_nothing(picture, name, value):
    before = repr(picture), picture.chosen
    with pytest.raises(ValueError, match=r"[.]$"):
        setattr(picture, name, value)
    assert (repr(picture), picture.chosen) == before


def test_what_it_says_in_words(picture):
    words = repr(picture)
    assert words.startswith("A kernel that learns: image 5×5, kernel 3×3, learning rate 0.2.")
    assert "Step 0: loss 13.44.\nKernel:\n0  0  0" in words
    assert "Step 25: loss 0.0013. The map matches the target.\nKernel:\n 1.03  −0.96" in words
    picture.step = 4
    assert "Step 4: loss 0.17.\n" in repr(picture)
    assert "Step 25" not in repr(picture)


def test_the_still_draws_the_start_and_a_later_step(picture):
    figure = draw(picture.image, picture.target, picture._two_states())
    words = [text.get_text() for text in figure.axes[0].texts]
    for part in ("kernel, step 0", "kernel, step 25", "error: loss 13.44", "error: loss 0.0013"):
        assert part in words
    assert words.count("−0.96") == 4
    assert words.count("target") == 2
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= figure.bbox.width, text.get_text()


@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (3, 8)])
def test_nothing_in_the_still_is_cut_off(shape):
    image = np.random.default_rng(1).normal(size=shape)
    picture = explore_learning(image, np.ones([max(n - 2, 1) for n in shape]), rate=0.3)
    figure = draw(picture.image, picture.target, picture._two_states())
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= figure.bbox.width, text.get_text()
        assert 0 <= box.y0 < box.y1 <= figure.bbox.height, text.get_text()


def test_the_stored_form_is_a_png_and_the_words(monkeypatch, picture):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    data, _ = picture._repr_mimebundle_()
    with Image.open(io.BytesIO(data["image/png"])) as image:
        assert image.width > 1000
    assert len(data["image/png"]) < 60_000
    assert data["text/plain"] == repr(picture)
    assert "application/vnd.jupyter.widget-view+json" not in data


def test_its_state_is_what_the_page_needs(picture):
    state = picture.get_state()
    assert state["target"] == TARGET.tolist()
    assert state["targets"] == {"target": TARGET.tolist()}
    assert isinstance(picture, Learning)
