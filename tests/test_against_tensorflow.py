"""The arithmetic against TensorFlow, on more than a thousand random cases a run."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.convolution import conv2d, output_size, pool2d, windows
from helpers.reference import agree, quiet_tensorflow, tf_conv2d, tf_pool2d

ROOT = Path(__file__).parent.parent
CASES = 40  # random cases for each combination of the parameters below
WHOLE = [("int64", -255, 256), ("uint8", 0, 256), ("int8", -128, 128)]


def many(test):
    loading = [HealthCheck.too_slow]  # the first case waits for TensorFlow
    options = {"deadline": None, "print_blob": True, "suppress_health_check": loading}
    return settings(max_examples=CASES, **options)(test)


def positive(most):
    return st.integers(1, most)


@st.composite
def axis_pair(draw, padding, most_dilation=4, pads_below_window=False):
    """Both axes' image size, window size, stride and dilation, and a padding that fits them."""
    window, strides = [(draw(positive(5)), draw(positive(5))) for _ in range(2)]
    dilations = draw(positive(most_dilation)), draw(positive(most_dilation))
    spans = [(k - 1) * d + 1 for k, d in zip(window, dilations, strict=True)]
    most = [k - 1 if pads_below_window else 4 for k in window]
    if padding == "number":
        padding = draw(st.integers(0, min(most)))
    elif padding == "sides":
        padding = tuple(draw(st.tuples(*2 * [st.integers(0, cells)])) for cells in most)
    sizes = []
    for axis, span in enumerate(spans):
        added = 2 * padding if isinstance(padding, int) else 0
        added = sum(padding[axis]) if isinstance(padding, tuple) else added
        least = 1 if padding == "same" else max(1, span - added)
        sizes.append(draw(st.integers(least, least + 12)))
    return tuple(sizes), window, strides, dilations, padding


def grid(generator, shape, numbers):
    if numbers == "whole":
        kind, low, high = WHOLE[generator.integers(len(WHOLE))]
        return generator.integers(low, high, shape, kind)
    return generator.normal(scale=generator.choice([1e-3, 1, 255]), size=shape)


def expect_sizes(result, size, window, strides, padding, dilations=(1, 1)):
    ends = padding if isinstance(padding, tuple) else (padding, padding)
    axes = zip(size, window, strides, ends, dilations, strict=True)
    assert result.shape[:2] == tuple(output_size(*axis) for axis in axes)


paddings = pytest.mark.parametrize("padding", ["valid", "same", "number", "sides"])
all_numbers = pytest.mark.parametrize("numbers", ["whole", "fractional"])


@paddings
@all_numbers
@pytest.mark.parametrize("kernel_axes", ["one channel", "channels", "one filter", "filters"])
@many
@given(st.data())
def test_conv2d_equals_tensorflow(padding, numbers, kernel_axes, data):
    size, window, strides, dilations, pads = data.draw(axis_pair(padding))
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    channels = () if kernel_axes == "one channel" else (data.draw(positive(4)),)
    filters = {"one filter": (1,), "filters": (data.draw(st.integers(2, 9)),)}.get(kernel_axes, ())
    image = grid(generator, size + channels, numbers)
    kernel = grid(generator, window + channels + filters, numbers)
    ours = conv2d(image, kernel, strides, pads, dilations)
    expect_sizes(ours, size, window, strides, pads, dilations)
    theirs = tf_conv2d(image, kernel, strides, pads, dilations)
    assert theirs.dtype == np.float32
    if numbers == "whole":
        np.testing.assert_array_equal(ours, theirs)
        assert repr(agree(ours, theirs)).startswith("equal: ")
    else:
        products = conv2d(abs(image), abs(kernel), strides, pads, dilations)
        assert ours.shape == theirs.shape
        assert (abs(ours - theirs) <= 1e-5 * products).all()
        assert agree(ours, theirs, scale=products)


@all_numbers
@pytest.mark.parametrize(
    ("mode", "padding"),
    [
        ("max", "valid"),
        ("max", "same"),
        ("max", "number"),
        ("max", "sides"),
        ("average", "valid"),
        ("average", "same"),
    ],
)
@many
@given(st.data())
def test_pool2d_equals_tensorflow(padding, mode, numbers, data):
    setting = data.draw(axis_pair(padding, most_dilation=1, pads_below_window=True))
    size, window, strides, _, pads = setting
    strides = data.draw(st.sampled_from([strides, None]))
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    channels = data.draw(st.sampled_from([(), (1,), (3,)]))
    image = grid(generator, size + channels, numbers)
    ours = pool2d(image, window, strides, pads, mode)
    expect_sizes(ours, size, window, strides or window, pads)
    theirs = tf_pool2d(image, window, strides, pads, mode)
    if mode == "max":
        np.testing.assert_array_equal(ours.astype("float32"), theirs)
    else:
        assert ours.shape == theirs.shape
        sizes = abs(image.astype(float))  # abs(-128) is -128 in int8
        assert (abs(ours - theirs) <= 1e-5 * pool2d(sizes, window, strides, pads, mode)).all()


@pytest.mark.parametrize("layer", ["Conv2D", "MaxPool2D", "AveragePooling2D"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_keras_layers_give_the_same(layer, padding, stride):
    quiet_tensorflow()
    import keras

    generator = np.random.default_rng(stride)
    image = generator.integers(-9, 10, (11, 14, 3))
    batch = image[np.newaxis].astype("float32")
    if layer == "Conv2D":
        keras_layer = keras.layers.Conv2D(4, (3, 2), stride, padding, use_bias=False)
        keras_layer.build(batch.shape)
        bank = generator.integers(-9, 10, (3, 2, 3, 4))
        keras_layer.set_weights([bank])
        ours = conv2d(image, bank, stride, padding)
    else:
        keras_layer = getattr(keras.layers, layer)((3, 2), stride, padding)
        mode = "max" if layer == "MaxPool2D" else "average"
        ours = pool2d(image, (3, 2), stride, padding, mode)
    assert agree(ours, np.asarray(keras_layer(batch))[0])


def test_a_graphics_card_is_told_not_to_round_to_ten_bits():
    config = quiet_tensorflow().config.experimental
    assert not config.tensor_float_32_execution_enabled()


def test_extract_patches_equals_windows():
    image = np.arange(60).reshape(5, 4, 3)
    tf = quiet_tensorflow()
    arguments = {"sizes": [1, 2, 3, 1], "strides": [1, 1, 1, 1], "rates": [1, 1, 1, 1]}
    patches = tf.image.extract_patches(image[np.newaxis], padding="VALID", **arguments)
    np.testing.assert_array_equal(windows(image, 2, 3).reshape(4, 2, -1), patches.numpy()[0])


@pytest.mark.parametrize("padding", ["valid", "same", 1])
def test_nan_and_inf_spread_in_tensorflow_too(padding):
    image = np.arange(36.0).reshape(6, 6)
    image[1, 2], image[4, 4] = np.nan, np.inf
    kernel = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])
    ours, theirs = conv2d(image, kernel, 1, padding), tf_conv2d(image, kernel, 1, padding)
    assert np.isnan(ours).any() and np.isinf(ours).any()
    assert agree(ours, theirs)
    if padding != 1:
        ours = pool2d(image, 2, 1, padding, "average")
        assert agree(ours, tf_pool2d(image, 2, 1, padding, "average"))


def test_max_pooling_drops_nan_in_tensorflow_alone():
    image = [[1, np.nan], [2, 3]]
    assert np.isnan(pool2d(image)).all()
    assert tf_pool2d(image).tolist() == [[3]]
    assert repr(agree(pool2d(image), tf_pool2d(image))).endswith("first at [0, 0]: nan against 3")


def test_average_pooling_with_numbers_is_beyond_tensorflow():
    with pytest.raises(ValueError, match='TensorFlow does not compute average.*"same"'):
        tf_pool2d(np.ones((4, 4)), 2, 1, 1, "average")
    assert agree(tf_pool2d(np.ones((4, 4)), 2, padding=0, mode="average"), np.ones((2, 2)))


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf_conv2d(np.ones((3, 3)), np.ones((4, 4))),
        lambda: tf_conv2d(np.ones((4, 4)), np.ones((3, 3)), dilation=2),
        lambda: tf_conv2d(np.ones((5, 5, 4)), np.ones((3, 3, 2, 2))),
        lambda: tf_conv2d(np.ones((5, 5)), np.ones((3, 3)), stride=2**31),
        lambda: tf_conv2d(np.ones((5, 5)), [[1]], dilation=2**31),
        lambda: tf_pool2d(np.ones((2, 2)), 3),
        lambda: tf_pool2d(np.ones((2, 2)), 2, stride=2**40),
        lambda: tf_pool2d(np.ones((3, 3)), 2, padding=2),
        lambda: tf_conv2d([[1e39]], [[1]]),
        lambda: tf_conv2d([[1]], [[-1e39]]),
        lambda: tf_pool2d([[1e39]], 1),
    ],
)
def test_where_tensorflow_is_no_guard_the_helper_refuses(call):
    with pytest.raises(
        ValueError, match="larger than|channels|smaller|TensorFlow does not compute"
    ):
        call()


@pytest.mark.parametrize(
    ("ours", "theirs", "scale", "words"),
    [
        ([[1, 2]], [[1.0, 2.0]], None, "equal: all 2 numbers"),
        ([[624]], [[624]], None, "equal: 1 number"),
        ([np.nan, np.inf, -np.inf], [np.nan, np.inf, -np.inf], None, "equal: all 3 numbers"),
        ([0.1, 2], np.float32([0.1, 2]), None, "equal up to rounding: all 2 numbers"),
        ([1e-6], [0], None, "equal up to rounding: 1 number"),
        ([1e-6], [0], 1e-3, "not equal: 1 of 1 numbers, first at [0]: 1e-06 against 0"),
        ([0.5, 0], [0.5, 0.01], [1, 2000], "equal up to rounding: all 2 numbers"),
        (
            [0.5, 0],
            [0.5, 0.01],
            [2000, 1],
            "not equal: 1 of 2 numbers, first at [1]: 0 against 0.01",
        ),
        (
            [5e5, 1],
            [5e5 + 1, 1],
            None,
            "not equal: 1 of 2 numbers, first at [0]: 500000 against 500001",
        ),
        ([5e5, np.nan], [5e5 + 1, np.nan], None, "not equal: 1 of 2"),
        ([2.0**24 + 1], [2.0**24], None, "equal up to rounding: 1 number"),
        ([1, 2], [1, np.nan], None, "not equal: 1 of 2 numbers, first at [1]: 2 against nan"),
        (
            [1, np.inf],
            [1, -np.inf],
            None,
            "not equal: 1 of 2 numbers, first at [1]: inf against -inf",
        ),
        ([1.5, np.inf], [1.5, 2.5], [1, np.inf], "not equal: 1 of 2"),
        ([[1, 2, 3]], [[1], [2], [3]], None, "not equal: shape (1, 3) against shape (3, 1)"),
        ([[1]], [[[[1]]]], None, "not equal: shape (1, 1) against shape (1, 1, 1, 1)"),
    ],
)
def test_agree_says_what_it_found(ours, theirs, scale, words):
    result = agree(ours, theirs, scale)
    assert repr(result).startswith(words)
    assert bool(result) == words.startswith("equal")


def in_a_new_python(code):
    run = [sys.executable, "-c", code]
    return subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_tensorflow_loads_and_computes_without_a_message():
    done = in_a_new_python(
        "import os, sys\n"
        "from helpers.reference import agree, quiet_tensorflow, tf_conv2d, tf_pool2d\n"
        "assert 'tensorflow' not in sys.modules and 'TF_ENABLE_ONEDNN_OPTS' not in os.environ\n"
        "print(tf_conv2d([[1, 2]], [[1, 1]]), tf_pool2d([[1, 2]], (1, 2)))\n"
        "import keras\n"
        "keras.layers.Dense(2)(quiet_tensorflow().ones((1, 3)))\n"
        "assert 'TF_ENABLE_ONEDNN_OPTS' not in os.environ\n"
        "os.write(2, b'still open')\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[[3.]] [[2.]]\n", "still open")


def test_tensorflow_loads_where_there_is_no_error_output():
    done = in_a_new_python(
        "import os, sys\n"
        "os.close(2)\n"
        "sys.stderr = None\n"
        "from helpers.reference import tf_conv2d\n"
        "print(tf_conv2d([[1, 2]], [[1, 1]]))\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[[3.]]\n", "")


def test_without_tensorflow_one_sentence_says_what_to_do():
    done = in_a_new_python(
        "import sys\n"
        "sys.modules['tensorflow'] = None\n"
        "from helpers.reference import agree, quiet_tensorflow\n"
        "assert agree([1], [1])\n"
        "for _ in range(2):\n"
        "    try:\n"
        "        quiet_tensorflow()\n"
        "    except ImportError as error:\n"
        "        print(error)\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("TensorFlow cannot be loaded (") == 2
    assert "pip install -r requirements.txt" in done.stdout
