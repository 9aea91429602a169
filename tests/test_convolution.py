"""The arithmetic against figures worked out by hand, a plain double loop, and SciPy."""

import tracemalloc

import numpy as np
import pytest
import scipy.signal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.convolution import (
    conv2d,
    output_size,
    padding_amounts,
    pool2d,
    same_padding,
    windows,
)

pytestmark = pytest.mark.filterwarnings("error")
often = settings(
    max_examples=300, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)

X, PLUS, MINUS, EQUALS = np.ones((4, 5, 5), int)
X[range(5), range(5)] = X[range(5), range(4, -1, -1)] = -1
PLUS[2] = PLUS[:, 2] = MINUS[2] = EQUALS[[1, 3]] = -1
BAR = np.array([[1, 1, 1], [-1, -1, -1], [1, 1, 1]])
CENTRE = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
NINE = np.arange(1, 10).reshape(3, 3)
COUNTED, WEIGHTS = np.arange(25).reshape(5, 5), np.arange(9).reshape(3, 3)
TWOS = np.ones((2, 2), int)
NINE_SAME = np.array([[12, 16, 9], [24, 28, 15], [15, 17, 9]])
DIAGONAL = conv2d(np.eye(4), np.eye(3), padding="same")
CORNER = np.array([[4, 3], [2, 1]])
RGB, RGB_FILTER = np.dstack([X, PLUS, MINUS]), np.dstack([BAR, BAR.T, CENTRE])


def rows(*numbers):
    """A map of three columns, each row of one number."""
    return np.repeat(np.array(numbers)[:, np.newaxis], 3, axis=1)


# Each row of the table of worked examples that is arithmetic: name, what is computed, the result.
WORKED = {
    "1.5 patch": ((windows(X, 2, 2) == [[-1, 1], [1, -1]]).all((2, 3)), np.eye(4, dtype=bool)),
    "2.1 products": (windows(X, 3, 3)[0, 0] * BAR, [[-1, 1, 1], [-1, 1, -1], [1, 1, -1]]),
    "2.2 x": (conv2d(X, BAR), [[1, 5, 1], [1, -3, 1], [1, 5, 1]]),
    "2.2 +": (conv2d(PLUS, BAR), rows(-3, 5, -3)),
    "2.2 -": (conv2d(MINUS, BAR), rows(-3, 9, -3)),
    "2.2 =": (conv2d(EQUALS, BAR), rows(9, -9, 9)),
    "2.3": (windows(COUNTED, 3, 3).shape, (3, 3, 3, 3)),
    "2.4": (conv2d(COUNTED, WEIGHTS), [[312, 348, 384], [492, 528, 564], [672, 708, 744]]),
    "2.4 products": (
        (windows(COUNTED, 3, 3)[0, 0] * WEIGHTS).ravel(),
        [0, 1, 4, 15, 24, 35, 60, 77, 96],
    ),
    "2.5 flipped": (
        conv2d(COUNTED, WEIGHTS[::-1, ::-1]),
        [[120, 156, 192], [300, 336, 372], [480, 516, 552]],
    ),
    "2.6": (conv2d(NINE, TWOS), [[12, 16], [24, 28]]),
    "3.1 25": (output_size(25, 5, 2), 11),
    "3.1 26": (output_size(26, 5, stride=2), 11),
    "3.2 stride 1": (conv2d(np.ones((4, 4)), TWOS).shape, (3, 3)),
    "3.2 stride 2": (conv2d(np.ones((4, 4)), TWOS, stride=2).shape, (2, 2)),
    "3.3 stride 2": (conv2d(COUNTED, WEIGHTS, stride=2), [[312, 384], [672, 744]]),
    "3.3 stride 3": (conv2d(COUNTED, WEIGHTS, stride=3), [[312]]),
    "3.3 dilation 2": (conv2d(COUNTED, WEIGHTS, dilation=2), [[624]]),
    "3.5 28": (output_size(28, 3, stride=2), 13),
    "3.5 stride 7": (output_size(5, 3, stride=7), 1),
    "4.1": (DIAGONAL, np.diag([2, 3, 3, 2])),
    "4.2": (conv2d(NINE, TWOS, padding="same"), NINE_SAME),
    "4.2 top-left": (
        conv2d(NINE, TWOS, padding=((1, 0), (1, 0))),
        [[1, 3, 5], [5, 12, 16], [11, 24, 28]],
    ),
    "4.4 size": (output_size(28, 3, 2, "same"), 14),
    "4.4 sides": (same_padding(28, 3, stride=2), (0, 1)),
    "4.5": ([same_padding(9, k) for k in (1, 3, 5, 7)], [(0, 0), (1, 1), (2, 2), (3, 3)]),
    "4.6": (conv2d(np.ones((32, 32, 3)), np.ones((5, 5, 3))), np.full((28, 28), 75)),
    "4.7": (
        conv2d(np.ones((4, 4)), np.ones((3, 3)), padding="same"),
        [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]],
    ),
    "4.8 stride 2": (
        conv2d(COUNTED, WEIGHTS, stride=2, padding="same"),
        [[88, 175, 136], [345, 528, 345], [232, 319, 184]],
    ),
    "4.8 5x5": (
        conv2d(COUNTED, WEIGHTS, stride=2, padding="same"),
        conv2d(COUNTED, WEIGHTS, padding="same")[::2, ::2],
    ),
    "4.8 6x6": (
        [conv2d(np.arange(36).reshape(6, 6), WEIGHTS, s, "same")[0, 0] for s in (2, 1)],
        [366, 103],
    ),
    "5.4": (
        conv2d(NINE, np.stack([TWOS, 10 * TWOS, -TWOS], axis=-1)[:, :, None], padding="same"),
        np.stack([NINE_SAME, 10 * NINE_SAME, -NINE_SAME], axis=-1),
    ),
    "5.5": (conv2d(np.ones((32, 32, 3)), np.ones((5, 5, 3, 6))).shape, (28, 28, 6)),
    "5.10": (conv2d(RGB, RGB_FILTER), [[-1, 11, -1], [-3, 1, -3], [-1, 11, -1]]),
    "6.1 valid": (pool2d(CORNER, 2, stride=1), [[4]]),
    "6.1 same": (pool2d(CORNER, 2, stride=1, padding="same"), CORNER),
    "6.2": (pool2d(-CORNER, 2, stride=1, padding="same"), [[-1, -1], [-1, -1]]),
    "6.3": (pool2d(CORNER, 2, 1, "same", "average"), [[2.5, 2], [1.5, 1]]),
    "6.4 max": (pool2d(DIAGONAL), [[3, 0], [0, 3]]),
    "6.4 average": (pool2d(DIAGONAL, mode="average"), [[1.25, 0], [0, 1.25]]),
    "6.5 valid": ([output_size(28, 2, 2), output_size(14, 2, 2)], [14, 7]),
    "6.5 same": (pool2d(np.ones((7, 7)), 2, padding="same").shape, (4, 4)),
    "6.7": (pool2d(COUNTED, 2, mode="average"), conv2d(COUNTED, TWOS / 4, stride=2)),
}


@pytest.mark.parametrize(("result", "expected"), WORKED.values(), ids=WORKED.keys())
def test_worked_example(result, expected):
    np.testing.assert_array_equal(result, expected, strict=False)


@pytest.mark.parametrize("shape", [(3, 3, 1), (3, 3, 2), (3, 3, 4)])
def test_5_11_a_filter_with_other_channels_is_refused(shape):
    with pytest.raises(ValueError, match=f"{shape[2]} channel.*the image has 3 channels"):
        conv2d(RGB, np.ones(shape))


def padded_by_hand(image, pads, fill):
    (top, bottom), (left, right) = pads
    height, width = image.shape
    canvas = np.full((top + height + bottom, left + width + right), fill, float)
    canvas[top : top + height, left : left + width] = image
    return canvas


def slide_by_hand(image, size, strides, dilations, answer):
    """The double loop of the lessons: `answer` turns each window into one number."""
    spans = [(k - 1) * d + 1 for k, d in zip(size, dilations, strict=True)]
    tops = range(0, image.shape[0] - spans[0] + 1, strides[0])
    lefts = range(0, image.shape[1] - spans[1] + 1, strides[1])
    feature_map = np.zeros((len(tops), len(lefts)))
    for row, top in enumerate(tops):
        for column, left in enumerate(lefts):
            down = slice(top, top + spans[0], dilations[0])
            right = slice(left, left + spans[1], dilations[1])
            feature_map[row, column] = answer(image[down, right])
    return feature_map


def side_by_hand(n, k, s, d):
    """TensorFlow's rule for "same", row 4.3 of the worked examples."""
    places = int(np.ceil(n / s))
    total = max((places - 1) * s + (k - 1) * d + 1 - n, 0)
    return total // 2, total - total // 2


axis_numbers = st.tuples(
    *(st.integers(1, high) for high in (12, 5, 4, 3))
)  # n, k, stride, dilation


@st.composite
def settings_that_fit(draw, dilations=True):
    """Image size, window size, strides, dilations, padding and the same padding in numbers."""
    axes = [draw(axis_numbers) for _ in range(2)]
    if not dilations:
        axes = [(n, k, s, 1) for n, k, s, _ in axes]
    kind = draw(st.sampled_from(["valid", "same", "number", "sides"]))
    if kind == "same":
        padding, pads = "same", tuple(side_by_hand(*axis) for axis in axes)
    elif kind == "valid":
        axes = [(n + (k - 1) * d, k, s, d) for n, k, s, d in axes]
        padding, pads = "valid", ((0, 0), (0, 0))
    else:
        limits = [3, 3] if dilations else [k - 1 for _, k, _, _ in axes]
        if kind == "number":
            padding = draw(st.integers(0, min(limits)))
            pads = ((padding, padding), (padding, padding))
        else:
            ends = [st.tuples(*2 * [st.integers(0, limit)]) for limit in limits]
            padding = pads = draw(st.tuples(*ends))
        axes = [
            (n + max((k - 1) * d + 1 - n - sum(p), 0), k, s, d)
            for (n, k, s, d), p in zip(axes, pads, strict=True)
        ]
    return *zip(*axes, strict=True), padding, pads


def whole_numbers(seed, *shapes):
    generator = np.random.default_rng(seed)
    return [generator.integers(-9, 10, shape) for shape in shapes]


@often
@given(settings_that_fit(), st.integers(0, 2**32))
def test_conv2d_equals_the_double_loop(setting, seed):
    size, window, strides, dilations, padding, pads = setting
    image, kernel = whole_numbers(seed, size, window)
    by_hand = slide_by_hand(
        padded_by_hand(image, pads, 0), window, strides, dilations, lambda w: (w * kernel).sum()
    )
    result = conv2d(image, kernel, strides, padding, dilations)
    np.testing.assert_array_equal(result, by_hand)
    assert padding_amounts(padding, size, window, strides, dilations) == pads
    for axis in (0, 1):
        ends = padding if isinstance(padding, (str, int)) else padding[axis]
        numbers = size[axis], window[axis], strides[axis], ends, dilations[axis]
        assert output_size(*numbers) == by_hand.shape[axis]


@often
@given(settings_that_fit(), st.integers(0, 2**32), st.integers(1, 3), st.integers(1, 3))
def test_channels_are_added_and_filters_kept_apart(setting, seed, channels, filters):
    size, window, *rest, _ = setting
    rest = dict(zip(("stride", "dilation", "padding"), rest, strict=True))
    image, bank = whole_numbers(seed, (*size, channels), (*window, channels, filters))
    maps = conv2d(image, bank, **rest)
    for f in range(filters):
        one = sum(conv2d(image[:, :, c], bank[:, :, c, f], **rest) for c in range(channels))
        np.testing.assert_array_equal(maps[:, :, f], one)
        np.testing.assert_array_equal(conv2d(image, bank[:, :, :, f], **rest), one)


@often
@given(settings_that_fit(dilations=False), st.integers(0, 2**32))
def test_pool2d_equals_the_double_loop(setting, seed):
    size, window, strides, _, padding, pads = setting
    (image,) = whole_numbers(seed, size)
    real_cells_only = padded_by_hand(image, pads, np.nan)
    for mode, answer in (("max", np.nanmax), ("average", np.nanmean)):
        by_hand = slide_by_hand(real_cells_only, window, strides, (1, 1), answer)
        result = pool2d(image, window, strides, padding, mode)
        np.testing.assert_allclose(result, by_hand, rtol=1e-14)
        coloured = pool2d(np.dstack([image, -image]), window, strides, padding, mode)
        np.testing.assert_array_equal(coloured[:, :, 0], result)
        opposite = pool2d(-image, window, strides, padding, mode)
        np.testing.assert_array_equal(coloured[:, :, 1], opposite)


@often
@given(settings_that_fit(), st.integers(0, 2**32))
def test_conv2d_equals_scipy(setting, seed):
    size, window, strides, dilations, padding, pads = setting
    generator = np.random.default_rng(seed)
    image, kernel = generator.normal(size=size), generator.normal(size=window)
    spread = np.zeros([(k - 1) * d + 1 for k, d in zip(window, dilations, strict=True)])
    spread[:: dilations[0], :: dilations[1]] = kernel
    padded = np.pad(image, pads)
    steps = slice(None, None, strides[0]), slice(None, None, strides[1])
    result = conv2d(image, kernel, strides, padding, dilations)
    correlated = scipy.signal.correlate2d(padded, spread, mode="valid")
    np.testing.assert_allclose(result, correlated[steps], atol=1e-12)
    flipped = scipy.signal.convolve2d(padded, spread[::-1, ::-1], mode="valid")
    np.testing.assert_allclose(result, flipped[steps], atol=1e-12)


@often
@given(st.integers(1, 30), st.integers(1, 9), st.integers(1, 9), st.integers(1, 5))
def test_same_padding_gives_the_size_it_promises(n, k, stride, dilation):
    before, after = same_padding(n, k, stride, dilation)
    assert after - before in (0, 1)
    assert output_size(n, k, stride, "same", dilation) == int(np.ceil(n / stride))
    assert output_size(n, k, stride, (before, after), dilation) == int(np.ceil(n / stride))


@often
@given(axis_numbers, axis_numbers)
def test_windows_are_where_they_say(down, right):
    (rows_, kh, sy, dy), (columns, kw, sx, dx) = down, right
    image = np.arange((rows_ + (kh - 1) * dy) * (columns + (kw - 1) * dx) * 2)
    image = image.reshape(rows_ + (kh - 1) * dy, -1, 2)
    view = windows(image, kh, kw, (sy, sx), (dy, dx))
    for y, x, i, j, c in np.ndindex(view.shape):
        assert view[y, x, i, j, c] == image[y * sy + i * dy, x * sx + j * dx, c]
    np.testing.assert_array_equal(windows(image[:, :, 1], kh, kw, (sy, sx), (dy, dx)), view[..., 1])


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_average_pooling_of_whole_windows_is_a_convolution(padding):
    image = np.arange(48.0).reshape(6, 8)
    quarter = np.full((2, 2), 0.25)
    pooled = pool2d(image, 2, padding=padding, mode="average")
    np.testing.assert_array_equal(pooled, conv2d(image, quarter, stride=2, padding=padding))


def test_the_shape_of_the_kernel_decides_the_shape_of_the_result():
    image, kernel = np.ones((4, 5)), np.ones((2, 2))
    assert conv2d(image, kernel).shape == (3, 4)
    assert conv2d(image[:, :, None], kernel).shape == (3, 4)
    assert conv2d(image, kernel[:, :, None]).shape == (3, 4)
    assert conv2d(image, kernel[:, :, None, None]).shape == (3, 4, 1)
    assert pool2d(image).shape == (2, 2)
    assert pool2d(image[:, :, None]).shape == (2, 2, 1)


@pytest.mark.parametrize("kind", ["bool", "uint8", "int8", "uint16", "int64", "float16", "float32"])
def test_small_number_types_do_not_wrap_round(kind):
    limits = np.finfo if "float" in kind else np.iinfo
    largest = 1 if kind == "bool" else min(float(limits(kind).max), 2**31)
    image = np.full((3, 3), largest).astype(kind)
    largest = float(image[0, 0])
    assert (conv2d(image, image[:2, :2]) == 4 * largest**2).all()
    assert (conv2d(image, np.full((2, 2), -1, "int8")) == -4 * largest).all()
    assert (pool2d(image, 2, 1, mode="average") == largest).all()
    assert (pool2d(image, 2, 1, "same") == largest).all()
    assert conv2d(image, TWOS).dtype == pool2d(image).dtype == np.float64


def test_lists_and_numpy_numbers_are_accepted():
    np.testing.assert_array_equal(conv2d(NINE.tolist(), TWOS.tolist()), [[12, 16], [24, 28]])
    two = np.int32(2)
    expected = conv2d(COUNTED, WEIGHTS, 2, 2, 2)
    np.testing.assert_array_equal(conv2d(COUNTED, WEIGHTS, two, two, two), expected)
    pairs = np.array([2, 2]), np.full((2, 2), 2), [2, two]
    np.testing.assert_array_equal(conv2d(COUNTED, WEIGHTS, *pairs), expected)
    np.testing.assert_array_equal(conv2d(NINE, TWOS, padding="SAME"), NINE_SAME)
    assert output_size(np.int64(28), np.uint8(3), padding=[1, 1]) == 28


def test_the_arguments_are_left_as_they_were():
    image, kernel = COUNTED.astype(float), WEIGHTS.astype(float)
    conv2d(image, kernel)[:] = 7
    pool2d(image, 1)[:] = 7
    np.testing.assert_array_equal(image, COUNTED)
    np.testing.assert_array_equal(kernel, WEIGHTS)
    with pytest.raises(ValueError, match="read-only"):
        windows(image, 2, 2)[0, 0, 0, 0] = 7


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_seen_where_the_window_touches_it(bad):
    image = np.zeros((4, 5))
    image[1, 2] = bad
    touched = windows(image != 0, 2, 2).any(axis=(2, 3))
    zeros = conv2d(image, np.zeros((2, 2)))  # 0 * inf and 0 * NaN are NaN
    np.testing.assert_array_equal(np.isnan(zeros), touched)
    ones = conv2d(image, TWOS)
    np.testing.assert_array_equal(ones[touched], bad)
    np.testing.assert_array_equal(ones[~touched], 0)
    mean = pool2d(image, 2, 1, mode="average")
    np.testing.assert_array_equal(mean, np.where(touched, bad, 0))
    largest = pool2d(image, 2, 1)
    np.testing.assert_array_equal(largest, np.where(touched & (bad != -np.inf), bad, 0))


def test_padding_adds_nothing_to_what_is_not_finite():
    image = np.full((2, 2), -np.inf)
    np.testing.assert_array_equal(pool2d(image, 2, 1, "same"), image)
    np.testing.assert_array_equal(pool2d(image, 2, 1, "same", "average"), image)
    np.testing.assert_array_equal(pool2d([[np.nan, 1]], 2, 1, "same"), [[np.nan, 1]])


def test_huge_numbers_end_in_inf_without_a_warning():
    image = np.full((2, 2), 1e308)
    assert conv2d(image, TWOS).tolist() == [[np.inf]]
    assert conv2d(image, -TWOS).tolist() == [[-np.inf]]
    assert np.isnan(conv2d(image, [[10, -10]])).all()
    assert pool2d(image, 2, mode="average").tolist() == [[np.inf]]
    assert conv2d([[2**53 - 1, -(2**53)]], [[1, 1]]).tolist() == [[-1]]


def test_settings_far_beyond_the_image_are_only_numbers():
    far = 10**30
    assert conv2d(NINE, TWOS, stride=far).tolist() == [[12]]
    assert conv2d(NINE, TWOS, stride=far, padding="same").tolist() == [[12]]
    assert conv2d(NINE, [[2]], dilation=far).tolist() == (2 * NINE).tolist()
    assert pool2d(NINE, 2, stride=far).tolist() == [[5]]
    assert output_size(far, 3, far - 3) == 2
    assert same_padding(far, 3, 2) == (0, 1)


def test_windows_are_not_copied():
    image, kernel = np.ones((600, 512, 3)), np.ones((11, 11, 3))
    tracemalloc.start()
    conv2d(image, kernel)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * image.nbytes  # all windows copied would be 363 images


def test_windows_keep_the_type_of_the_image():
    assert windows(NINE.astype("uint8"), 2, 2).dtype == np.uint8
    assert np.shares_memory(windows(RGB, 2, 2), RGB)
