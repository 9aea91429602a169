"""The same operations computed by TensorFlow, and the comparison of two results.

TensorFlow is imported by the first call that needs it, so that a page shows its pictures before
it loads. It is no guard against senseless arguments: it may answer with numbers from unused
memory or end the whole process. The functions here therefore check first, with the same rules as
`helpers.convolution`.
"""

import contextlib
import functools
import os
import sys
import threading

import numpy as np

from .convolution import check_conv2d, check_pool2d, number_grid, shown

_one_at_a_time = threading.Lock()


@functools.cache
def _load_tensorflow():
    with _error_output_hidden():
        try:
            import tensorflow
        except ImportError as error:
            raise ImportError(
                f"TensorFlow cannot be loaded ({error}). In the course's folder run: "
                "python -m pip install -r requirements.txt"
            ) from error
        tensorflow.constant(0)  # the first operation starts its devices, with messages of its own
        # Some graphics cards would round to ten bits: too few for results that are to agree.
        tensorflow.config.experimental.enable_tensor_float_32_execution(False)
        # It warns of slowness where several small models are asked one after the other.
        tensorflow.get_logger().setLevel("ERROR")
    return tensorflow


def quiet_tensorflow():
    """The module `tensorflow`, imported without its messages about the processor and the GPU.

    TensorFlow writes them from C++ to file descriptor 2, where no setting for logging reaches
    them. So that descriptor leads nowhere while TensorFlow loads, 3 to 12 seconds. `ImportError`
    if it is not installed.

    >>> quiet_tensorflow().nn.relu([-1.0, 2.0]).numpy().tolist()
    [0.0, 2.0]
    """
    with _one_at_a_time:
        return _load_tensorflow()


@contextlib.contextmanager
def _error_output_hidden():
    """Send file descriptor 2 nowhere for a while."""
    try:
        saved = os.dup(2)
    except OSError:  # a program without a terminal may have none, and then nothing is seen
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def tf_conv2d(image, kernel, stride=1, padding="valid", dilation=1):
    """`conv2d` computed by TensorFlow's `tf.nn.conv2d`: the same arguments, shapes and errors.

    TensorFlow computes in float32: whole numbers are exact up to 2**24, others have about seven
    digits. `ValueError` also for what float32 or TensorFlow's 32-bit settings cannot hold.

    >>> tf_conv2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 1], [1, 1]], padding="same")
    array([[12., 16.,  9.],
           [24., 28., 15.],
           [15., 17.,  9.]], dtype=float32)
    """
    image, bank, stride, amounts, dilation = check_conv2d(image, kernel, stride, padding, dilation)
    _within_32_bits(stride, dilation)
    batch, bank = _float32(image, "image")[np.newaxis], _float32(bank, "kernel")
    padding = _tf_padding(padding, amounts)
    tf = quiet_tensorflow()
    with tf.device("CPU"):  # a GPU may round to fewer digits than float32 has
        maps = tf.nn.conv2d(batch, bank, stride, padding, dilations=dilation).numpy()[0]
    return maps if np.ndim(kernel) == 4 else maps[:, :, 0]


def tf_pool2d(image, size=2, stride=None, padding="valid", mode="max"):
    """`pool2d` computed by TensorFlow: the same arguments, shapes and errors, in float32.

    Two things differ. TensorFlow has no average pooling with padding given in numbers, which is
    a `ValueError` here. And where `pool2d` lets NaN through, TensorFlow's max pooling drops it.

    >>> tf_pool2d([[-4, -3], [-2, -1]], 2, stride=1, padding="same")
    array([[-1., -1.],
           [-1., -1.]], dtype=float32)
    """
    cells, size, stride, amounts = check_pool2d(image, size, stride, padding, mode)
    _within_32_bits(stride)
    padding = _tf_padding(padding, amounts)
    if mode == "average" and not isinstance(padding, str):
        raise ValueError(
            "TensorFlow does not compute average pooling with padding given in numbers, only "
            f'with "valid" and "same"; got {amounts}.'
        )
    batch = _float32(cells, "image").reshape(1, *cells.shape[:2], -1)
    tf = quiet_tensorflow()
    pool = tf.nn.max_pool2d if mode == "max" else tf.nn.avg_pool2d
    with tf.device("CPU"):
        pooled = pool(batch, size, stride, padding).numpy()[0]
    return pooled if cells.ndim == 3 else pooled[:, :, 0]


def agree(ours, theirs, scale=None):
    """Whether two results are equal, in one line that also counts as true or false.

    Whole numbers below 2**24 must be equal exactly, since float32 holds them exactly. Others may
    differ by float32's rounding, 0.00001 of `scale`: the sum of the absolute products behind a
    number, one for all or one for each. `None` takes the largest number of `ours`, at least 1,
    which suits an image and a kernel of ordinary numbers. NaN equals NaN. Fractions are called
    equal up to rounding even where they happen not to differ: machines round differently, and a
    stored lesson must say the same on all of them.

    >>> agree([[1, 2], [3, 4]], [[1, 2], [3, 4]])
    equal: all 4 numbers
    >>> agree([[1, 2], [3, 4]], [[1, 2], [5, 6]])
    not equal: 2 of 4 numbers, first at [1, 0]: 3 against 5
    >>> assert agree([0.1 + 0.2], [0.3])
    """
    ours = number_grid(ours, "ours").astype(float)
    theirs = number_grid(theirs, "theirs").astype(float)
    if ours.shape != theirs.shape:
        return Agreement(False, f"not equal: shape {ours.shape} against shape {theirs.shape}")
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    count = f"all {ours.size} numbers" if ours.size > 1 else "1 number"
    exact = _whole_numbers(ours) and _whole_numbers(theirs)
    if same.all() and exact:
        return Agreement(True, f"equal: {count}")
    close = same if exact else same | _close(ours, theirs, scale)
    if close.all():
        return Agreement(True, f"equal up to rounding: {count}")
    place = tuple(int(i) for i in np.argwhere(~close)[0])
    return Agreement(
        False,
        f"not equal: {(~close).sum()} of {ours.size} numbers, first at {list(place)}: "
        f"{ours[place]:.9g} against {theirs[place]:.9g}",
    )


class Agreement:
    """What `agree` found: true or false, and shown as a line of words."""

    def __init__(self, equal, words):
        self.equal = equal
        self.words = words

    def __bool__(self):
        return self.equal

    def __repr__(self):
        return self.words


def _tf_padding(padding, amounts):
    """`padding` as TensorFlow writes it; `amounts` is the same in numbers."""
    if isinstance(padding, str):
        return padding.upper()
    if amounts == ((0, 0), (0, 0)):
        return "VALID"
    return [[0, 0], *(list(ends) for ends in amounts), [0, 0]]


def _float32(values, name):
    with np.errstate(over="ignore"):
        rounded = values.astype("float32")
    too_large = np.isinf(rounded) & np.isfinite(values)
    if too_large.any():
        raise ValueError(
            f"TensorFlow does not compute numbers beyond 3.4e38, the end of float32; "
            f"got {values[too_large][0]:g} in the {name}."
        )
    return rounded


def _within_32_bits(*settings):
    """`ValueError` for a stride or dilation at which TensorFlow would end the process."""
    if max(max(numbers) for numbers in settings) >= 2**31:
        got = " and ".join(str(numbers) for numbers in settings)
        raise ValueError(f"TensorFlow does not compute strides or dilations from 2**31; got {got}.")


def _whole_numbers(values):
    finite = values[np.isfinite(values)]
    return bool(((finite == np.round(finite)) & (np.abs(finite) < 2**24)).all())


def _close(ours, theirs, scale):
    """Where two finite numbers differ by no more than float32 rounds."""
    if scale is None:
        scale = np.abs(ours[np.isfinite(ours)]).max(initial=1.0)
    most = 1e-5 * number_grid(scale, "scale").astype(float)
    if most.shape not in ((), ours.shape) or not (most >= 0).all():
        rule = f"a number of 0 or more, or one for each of {ours.shape}"
        raise ValueError(f"scale must be {rule}; got {shown(scale)}.")
    with np.errstate(invalid="ignore"):  # inf - inf
        return np.isfinite(ours) & np.isfinite(theirs) & (np.abs(ours - theirs) <= most)
