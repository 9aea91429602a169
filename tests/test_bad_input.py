"""What makes no sense is refused: one sentence with the argument, the rule and the value."""

import datetime
import decimal
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from helpers.convolution import (
    conv2d,
    output_size,
    padding_amounts,
    pair,
    pool2d,
    same_padding,
    windows,
)
from helpers.reference import agree, tf_conv2d, tf_pool2d

SMALL, LARGE, COLOUR = np.ones((4, 4)), np.ones((9, 9)), np.ones((5, 5, 3))
KERNEL = np.ones((3, 3))

# An image that is none: what came in, the error, the words that it must hold.
IMAGES = {
    "1-D": ([1, 2, 3], ValueError, "image must have the shape (height, width) or"),
    "0-D": (7, ValueError, "image must have the shape (height, width) or"),
    "a batch": (np.ones((1, 4, 4, 1)), ValueError, "got (1, 4, 4, 1). For one image of a batch"),
    "5-D": (np.ones((1, 1, 4, 4, 1)), ValueError, "got (1, 1, 4, 4, 1)."),
    "ragged": ([[1, 2], [3]], ValueError, "rows of equal length; got [[1, 2], [3]]"),
    "no rows": ([], ValueError, "image must hold at least one number; got the shape (0,)"),
    "no columns": (np.ones((3, 0)), ValueError, "got the shape (3, 0)"),
    "no channels": (np.ones((3, 3, 0)), ValueError, "got the shape (3, 3, 0)"),
    "text": ("cat.png", TypeError, "image must be a grid of real numbers; got 'cat.png'"),
    "text inside": ([["1", "2"]], TypeError, "real numbers; got [['1', '2']]"),
    "None": (None, TypeError, "real numbers; got None of type object"),
    "None inside": ([[1, None]], TypeError, "real numbers; got [[1, None]]"),
    "complex": ([[1j]], TypeError, "got [[1j]] of type complex128"),
    "objects": (np.full((4, 4), None), TypeError, "of type object"),
    "dates": (np.zeros((4, 4), "datetime64[D]"), TypeError, "of type datetime64[D]"),
    "a dictionary": ({"a": 1}, TypeError, "real numbers; got {'a': 1}"),
    "masked": (np.ma.masked_equal(SMALL, 0), TypeError, "fill its holes first, image.filled(0)"),
    "long": ("a" * 999, TypeError, "aaa... of type"),
}

# Settings on one axis of a 4x4 image and what the sentence must say.
WHOLE = {
    "zero": (0, ValueError),
    "negative": (-1, ValueError),
    "fractional": (1.5, TypeError),
    "a whole float": (2.0, TypeError),
    "NumPy float": (np.float64(2), TypeError),
    "NaN": (float("nan"), TypeError),
    "true": (True, TypeError),
    "NumPy true": (np.True_, TypeError),
    "text": ("2", TypeError),
    "None": (None, TypeError),
    "complex": (1j, TypeError),
    "a set": ({1, 2}, TypeError),
    "an empty pair": ((), ValueError),
    "one of a pair": ((2,), ValueError),
    "three": ((1, 1, 1), ValueError),
    "a pair with zero": ((1, 0), ValueError),
    "a pair with a fraction": ([1, 1.5], TypeError),
    "a pair of pairs": (((1, 1), (1, 1)), TypeError),
    "an array of three": (np.array([1, 2, 3]), ValueError),
}

PADDINGS = {
    "a word": ("full", ValueError),
    "no word": ("", ValueError),
    "negative": (-1, ValueError),
    "fractional": (0.5, TypeError),
    "true": (True, TypeError),
    "None": (None, TypeError),
    "a flat pair": ((1, 1), ValueError),
    "a pair of words": (("same", "same"), ValueError),
    "four": ((1, 1, 1, 1), ValueError),
    "TensorFlow's four pairs": ([[0, 0], [1, 1], [1, 1], [0, 0]], ValueError),
    "one pair": (((1, 1),), ValueError),
    "three in a pair": (((1, 1, 1), (1, 1)), ValueError),
    "negative in a pair": (((1, 1), (1, -1)), ValueError),
    "fractional in a pair": (((1, 1), (1, 0.5)), TypeError),
    "text in a pair": (((1, 1), (1, "1")), TypeError),
    "empty": ([], ValueError),
    "a dictionary": ({}, TypeError),
}


def refused(call, error, *words):
    with pytest.raises(error) as caught:
        call()
    sentence = str(caught.value)
    assert caught.type is error
    for word in words:
        assert word in sentence
    assert "\n" not in sentence and len(sentence) < 250 and re.search(r"[.)]$", sentence)


@pytest.mark.parametrize(("image", "error", "words"), IMAGES.values(), ids=IMAGES)
def test_an_image_must_be_a_grid_of_numbers(image, error, words):
    for convolve in (conv2d, tf_conv2d):
        refused(lambda call=convolve: call(image, KERNEL), error, words)
    for pool in (pool2d, tf_pool2d):
        refused(lambda call=pool: call(image), error, words)
    refused(lambda: windows(image, 2, 2), error, words)


@pytest.mark.parametrize("convolve", [conv2d, tf_conv2d])
@pytest.mark.parametrize(
    ("kernel", "error", "words"),
    [
        ([1, 2, 3], ValueError, "kernel must have the shape"),
        (7, ValueError, "kernel must have the shape"),
        (np.ones((1, 1, 1, 1, 1)), ValueError, "got (1, 1, 1, 1, 1)."),
        ([[1, 2], [3]], ValueError, "kernel must have rows of equal length"),
        (np.ones((0, 3)), ValueError, "kernel must hold at least one number"),
        ("sobel", TypeError, "kernel must be a grid of real numbers; got 'sobel'"),
        (None, TypeError, "kernel must be a grid of real numbers; got None"),
        ([[1j]], TypeError, "kernel must be a grid of real numbers"),
        (np.ma.masked_equal(KERNEL, 0), TypeError, "kernel.filled(0)"),
    ],
)
def test_a_kernel_must_be_a_grid_of_numbers(convolve, kernel, error, words):
    refused(lambda: convolve(SMALL, kernel), error, words)


@pytest.mark.parametrize("convolve", [conv2d, tf_conv2d])
@pytest.mark.parametrize(
    ("image", "kernel", "words"),
    [
        (COLOUR, np.ones((3, 3)), "kernel (3, 3) has 1 channel but the image has 3 channels"),
        (COLOUR, np.ones((3, 3, 1)), "kernel (3, 3, 1) has 1 channel but the image has 3"),
        (COLOUR, np.ones((3, 3, 4, 2)), "has 4 channels but the image has 3 channels"),
        (SMALL, np.ones((3, 3, 3)), "has 3 channels but the image has 1 channel:"),
        (np.ones((5, 5, 4)), np.ones((3, 3, 2, 2)), "a filter needs one slice for each channel"),
    ],
)
def test_channels_must_match(convolve, image, kernel, words):
    refused(lambda: convolve(image, kernel), ValueError, words)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: conv2d(SMALL, np.ones((5, 5))),
            "kernel (5, 5) is larger than the padded image (4, 4): every window must fit. "
            "Use a smaller kernel or more padding.",
        ),
        (lambda: conv2d(SMALL, np.ones((2, 5))), "kernel (2, 5) is larger"),
        (lambda: conv2d(SMALL, np.ones((7, 1)), 1, 1), "larger than the padded image (6, 6)"),
        (
            lambda: conv2d(SMALL, KERNEL, dilation=2),
            "kernel (3, 3), spread by dilation over (5, 5), is larger than the padded image (4, 4)"
            ": every window must fit. Use a smaller kernel, less dilation or more padding.",
        ),
        (lambda: conv2d(SMALL, KERNEL, dilation=10**30), "less dilation"),
        (lambda: tf_conv2d(SMALL, np.ones((5, 5))), "kernel (5, 5) is larger"),
        (lambda: pool2d(SMALL, (2, 5)), "window (2, 5) is larger than the padded image (4, 4)"),
        (lambda: tf_pool2d(SMALL, 5), "window (5, 5) is larger"),
        (lambda: windows(SMALL, 5, 2), "window (5, 2) is larger"),
        (lambda: output_size(4, 5), "kernel 5 is larger than the padded image 4"),
        (lambda: output_size(4, 3, 1, (0, 0), 2), "kernel 3, spread by dilation over 5, is larger"),
    ],
)
def test_every_window_must_fit(call, words):
    refused(call, ValueError, words)


@pytest.mark.parametrize(("value", "error"), WHOLE.values(), ids=WHOLE)
def test_stride_dilation_and_size_must_be_whole(value, error):
    rule = "must be a whole number of 1 or more, or a pair of them; got "
    for convolve in (conv2d, tf_conv2d):
        refused(lambda call=convolve: call(LARGE, KERNEL, value), error, f"stride {rule}")
        refused(lambda call=convolve: call(LARGE, KERNEL, 1, 0, value), error, f"dilation {rule}")
    for pool in (pool2d, tf_pool2d):
        refused(lambda call=pool: call(LARGE, value), error, f"size {rule}")
        if value is not None:
            refused(lambda call=pool: call(LARGE, 2, value), error, f"stride {rule}")
    refused(lambda: windows(LARGE, 2, 2, value), error, f"stride {rule}")
    refused(lambda: windows(LARGE, 2, 2, 1, value), error, f"dilation {rule}")
    refused(lambda: pair(value, "step"), error, f"step {rule}")
    refused(lambda: padding_amounts("same", value, (1, 1)), error, f"size {rule}")


@pytest.mark.parametrize(("value", "error"), list(WHOLE.values())[:12], ids=list(WHOLE)[:12])
def test_the_numbers_of_one_axis_must_be_whole(value, error):
    for place, name in enumerate(["n", "k", "stride", "dilation"]):
        numbers = [8, 3, 1, 1]
        numbers[place] = value
        rule = f"{name} must be a whole number of 1 or more; got "
        refused(lambda four=numbers: same_padding(*four), error, rule)
        n, k, stride, dilation = numbers
        refused(lambda a=n, b=k, c=stride, d=dilation: output_size(a, b, c, "same", d), error, rule)
    refused(lambda: windows(LARGE, value, 2), error, "height and width must be a whole number")
    refused(lambda: windows(LARGE, 2, value), error, "height and width must be a whole number")


@pytest.mark.parametrize(("value", "error"), PADDINGS.values(), ids=PADDINGS)
def test_padding_must_be_one_of_four_kinds(value, error):
    rule = 'padding must be "valid", "same", a whole number of 0 or more, or '
    for convolve in (conv2d, tf_conv2d):
        refused(lambda call=convolve: call(LARGE, KERNEL, 1, value), error, rule, "((top, bottom)")
    for pool in (pool2d, tf_pool2d):
        refused(lambda call=pool: call(LARGE, 2, 1, value), error, rule, "((top, bottom)")
    refused(lambda: padding_amounts(value, (9, 9), (3, 3)), error, rule)


@pytest.mark.parametrize("pool", [pool2d, tf_pool2d])
def test_pooling_has_its_own_rules(pool):
    words = "padding must be smaller than the window (2, 2) in pooling"
    refused(lambda: pool(SMALL, 2, 1, 2), ValueError, words, "got ((2, 2), (2, 2))")
    refused(lambda: pool(SMALL, (3, 1), 1, ((0, 0), (0, 1))), ValueError, "window (3, 1)")
    for value, error in {
        "avg": ValueError,
        "MAX": ValueError,
        1: TypeError,
        None: TypeError,
    }.items():
        words = f'mode must be "max" or "average"; got {value!r}.'
        refused(lambda mode=value: pool(SMALL, mode=mode), error, words)
    refused(lambda: pool(SMALL, mode=SMALL), TypeError, "mode must be")


@pytest.mark.parametrize(
    "call",
    [
        lambda: conv2d(SMALL, KERNEL, padding=10**9),
        lambda: conv2d(SMALL, KERNEL, padding="same", dilation=10**30),
        lambda: conv2d(SMALL, KERNEL, padding=((10**30, 0), (0, 0))),
        lambda: tf_conv2d(SMALL, KERNEL, padding=10**9),
        lambda: pool2d(SMALL, 10**9, padding="same"),
        lambda: tf_pool2d(SMALL, 10**9, padding="same"),
    ],
)
def test_padding_that_no_memory_holds_is_refused(call):
    refused(call, ValueError, "padding must add at most 50,000,000 numbers to the image; got ((")


@pytest.mark.parametrize(
    ("ours", "theirs", "scale", "error", "words"),
    [
        ("map", [[1]], None, TypeError, "ours must be a grid of real numbers; got 'map'"),
        ([[1]], None, None, TypeError, "theirs must be a grid of real numbers; got None"),
        ([[1], [1, 2]], [[1]], None, ValueError, "ours must have rows of equal length"),
        ([], [], None, ValueError, "ours must hold at least one number"),
        ([[1.5]], [[2]], -1, ValueError, "scale must be a number of 0 or more"),
        ([[1.5]], [[2]], np.nan, ValueError, "scale must be a number of 0 or more"),
        ([[1.5]], [[2]], [1, 2], ValueError, "one for each of (1, 1); got [1, 2]"),
        ([[1.5]], [[2]], "1", TypeError, "scale must be a grid of real numbers; got '1'"),
    ],
)
def test_agree_compares_numbers_only(ours, theirs, scale, error, words):
    refused(lambda: agree(ours, theirs, scale), error, words)


OUR_WORDS = re.compile(
    r" must (be|have|hold|not|add)|: every window must fit|one slice for each channel"
    r"|^TensorFlow does not compute"
)
odd_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.complex_numbers(),
        st.text(max_size=5),
        st.binary(max_size=5),
        st.sampled_from([object(), datetime.date(2017, 1, 1), decimal.Decimal(2), len, int, ...]),
        hnp.arrays(
            hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4)
        ),
        hnp.arrays(object, 2, elements=st.one_of(st.none(), st.integers())),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.sets(st.integers(), max_size=3),
        st.dictionaries(st.text(max_size=2), inner, max_size=2),
    ),
    max_leaves=6,
)
grids = hnp.arrays(
    st.sampled_from(["uint8", "int64", "float32", "float64"]),
    hnp.array_shapes(min_dims=2, max_dims=4, max_side=5),
)
settings_ = st.one_of(st.integers(-1, 4), st.tuples(*2 * [st.integers(0, 4)]), odd_values)
paddings = st.one_of(
    st.sampled_from(["valid", "same", "full"]),
    st.integers(-1, 4),
    st.tuples(*2 * [st.tuples(*2 * [st.integers(-1, 3)])]),
    odd_values,
)


@pytest.mark.filterwarnings("default")  # odd numbers may warn while they become float64
@settings(
    max_examples=600,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    image=st.one_of(grids, odd_values),
    kernel=st.one_of(grids, odd_values),
    stride=st.one_of(st.just(1), settings_),
    padding=paddings,
    dilation=st.one_of(st.just(1), settings_),
    mode=st.one_of(st.sampled_from(["max", "average"]), odd_values),
)
def test_no_input_brings_any_other_error(image, kernel, stride, padding, dilation, mode):
    calls = [
        lambda: conv2d(image, kernel, stride, padding, dilation),
        lambda: tf_conv2d(image, kernel, stride, padding, dilation),
        lambda: pool2d(image, stride, dilation, padding, mode),
        lambda: tf_pool2d(image, stride, dilation, padding, mode),
        lambda: windows(image, stride, dilation, kernel, padding),
        lambda: output_size(image, stride, dilation, padding, kernel),
        lambda: same_padding(stride, dilation, image, kernel),
        lambda: padding_amounts(padding, stride, dilation, kernel, image),
        lambda: agree(image, kernel),
        lambda: agree(image, image, kernel),
    ]
    for call in calls:
        try:
            call()
        except (ValueError, TypeError) as error:
            assert OUR_WORDS.search(str(error)), error
