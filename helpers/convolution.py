"""The arithmetic of the course: windows, padding, convolution and pooling, with NumPy alone.

An image is `(height, width)` or `(height, width, channels)`. A kernel is `(height, width)`,
`(height, width, channels)` (then it is called a filter) or `(height, width, channels, filters)`.
Everything is computed in float64: whole numbers stay exact up to 2**53, small integer types such
as uint8 do not wrap round, what is too large becomes `inf`, and NaN spreads to every result that
it touches. An argument that makes no sense is refused: `TypeError` if it is of the wrong type,
`ValueError` if only its value is wrong.

"Convolution" is used as deep learning uses it: the kernel is not flipped (mathematicians call this
cross-correlation). The formula for sizes is that of V. Dumoulin and F. Visin, "A guide to
convolution arithmetic for deep learning" (arXiv 1603.07285, 2016). The rules for "same" padding
are TensorFlow's, from "Notes on padding" in the documentation of `tf.nn`.
"""

import numpy as np

MOST_ADDED = 50_000_000  # numbers that padding may add: 400 MB, which a free cloud machine holds


def output_size(n, k, stride=1, padding="valid", dilation=1):
    """How many places a kernel of `k` cells finds along one axis of `n` cells.

    The formula is `floor((n + before + after - span) / stride) + 1`, where the kernel spans
    `(k - 1) * dilation + 1` cells. `padding` is "valid" (none), "same" (see `same_padding`), a
    whole number for both ends, or `(before, after)`. The other numbers are whole, 1 or more.
    `ValueError` if the kernel does not fit.

    >>> output_size(25, 5, stride=2), output_size(26, 5, stride=2)
    (11, 11)
    >>> output_size(28, 3, stride=2, padding="same")
    14
    """
    n, k, stride, dilation = _four_whole_numbers(n, k, stride, dilation)
    rule = 'padding must be "valid", "same", a whole number of 0 or more, or (before, after)'
    message = f"{rule}; got {shown(padding)}."
    before, after = _ends(_plain(padding), (n, k, stride, dilation), message)
    must_fit("kernel", (k,), (n + before + after,), (dilation,))
    span = (k - 1) * dilation + 1
    return (n + before + after - span) // stride + 1


def same_padding(n, k, stride=1, dilation=1):
    """How many cells "same" padding adds `(before, after)` an axis of `n` cells.

    "same" asks for `ceil(n / stride)` places and adds what they need. If that number is odd, the
    odd cell goes after: to the bottom, to the right. All four numbers are whole, 1 or more.

    >>> same_padding(28, 3, stride=2)
    (0, 1)
    >>> same_padding(5, 3)
    (1, 1)
    """
    n, k, stride, dilation = _four_whole_numbers(n, k, stride, dilation)
    places = -(-n // stride)  # rounds up, and stays exact where n / stride would not
    total = max((places - 1) * stride + (k - 1) * dilation + 1 - n, 0)
    return total // 2, total - total // 2


def windows(image, height, width, stride=1, dilation=1):
    """Every window of `height` by `width` cells, by the place where it stands.

    The result is `(rows, columns, height, width)`, and for a colour image
    `(rows, columns, height, width, channels)`: `windows(image, 2, 2)[0, 1]` is the window one step
    to the right. It is a read-only view: no cell of the image is copied. `ValueError` if a window
    is larger than the image.

    >>> image = np.arange(1, 10).reshape(3, 3)
    >>> windows(image, 2, 2).shape
    (2, 2, 2, 2)
    >>> windows(image, 2, 2)[0, 1].tolist()
    [[2, 3], [5, 6]]
    """
    image = _image(image)
    height, width = pair((height, width), "height and width")
    (down, right), (dy, dx) = pair(stride, "stride"), pair(dilation, "dilation")
    must_fit("window", (height, width), image.shape[:2], (dy, dx))
    spans = (height - 1) * dy + 1, (width - 1) * dx + 1
    view = np.lib.stride_tricks.sliding_window_view(image, spans, axis=(0, 1))
    view = view[::down, ::right, ..., ::dy, ::dx]
    return np.moveaxis(view, 2, -1) if image.ndim == 3 else view


def conv2d(image, kernel, stride=1, padding="valid", dilation=1):
    """The feature map of `image` under `kernel`; for a bank of filters, one map each.

    At each place the window's cells are multiplied by the kernel's and added up. The result is
    `(H', W')`, and `(H', W', F)` for a bank of F filters; `output_size` gives H' and W'. `stride`
    and `dilation` are whole numbers of 1 or more, or pairs `(down, right)`. `padding` adds zeros:
    "valid" (none), "same", a whole number for all sides, or `((top, bottom), (left, right))`.
    `ValueError` if the kernel does not fit, or has another number of channels than the image.

    >>> image = np.arange(1, 10).reshape(3, 3)
    >>> conv2d(image, [[1, 1], [1, 1]])
    array([[12., 16.],
           [24., 28.]])
    """
    image, bank, stride, padding, dilation = check_conv2d(image, kernel, stride, padding, dilation)
    kh, kw, channels, filters = bank.shape
    view = windows(_padded(image, padding, 0), kh, kw, stride, dilation)
    maps = np.zeros((filters, *view.shape[:2]))
    with np.errstate(all="ignore"):  # inf and NaN are seen in the result, a warning adds nothing
        for i, j, c in np.ndindex(kh, kw, channels):
            # The cell (i, j, c) of all windows at once, times its weight in each filter.
            maps += view[:, :, i, j, c] * bank[i, j, c, :, np.newaxis, np.newaxis]
    return np.moveaxis(maps, 0, -1) if np.ndim(kernel) == 4 else maps[0]


def pool2d(image, size=2, stride=None, padding="valid", mode="max"):
    """The largest ("max") or the mean ("average") cell of each window, for each channel.

    The result is `(H', W')` or `(H', W', C)`, like `image`. `size` is a whole number or a pair
    `(height, width)`; `stride=None` means the size, so that windows stand side by side. `padding`
    is written as for `conv2d`, but is smaller than the window, so that each window holds a cell
    of the image; a padded cell never wins and is never counted.

    >>> pool2d([[4, 3], [2, 1]], 2)
    array([[4.]])
    >>> pool2d([[4, 3], [2, 1]], 2, stride=1, padding="same", mode="average")
    array([[2.5, 2. ],
           [1.5, 1. ]])
    """
    image, size, stride, padding = check_pool2d(image, size, stride, padding, mode)
    if mode == "max":
        return windows(_padded(image, padding, -np.inf), *size, stride).max(axis=(2, 3))
    with np.errstate(all="ignore"):
        sums = windows(_padded(image, padding, 0), *size, stride).sum(axis=(2, 3))
    real = _padded(np.ones_like(image), padding, 0)
    return sums / windows(real, *size, stride).sum(axis=(2, 3))


def check_conv2d(image, kernel, stride=1, padding="valid", dilation=1):
    """The arguments of `conv2d` in one form, once they are known to make sense.

    Returns the image `(H, W, C)`, the kernel `(kh, kw, C, F)`, both float64, the stride as a pair,
    the padding as `((top, bottom), (left, right))` and the dilation as a pair.

    >>> image, bank, *rest = check_conv2d([[1, 2], [3, 4]], [[1, 1]], padding="same")
    >>> image.shape, bank.shape, rest
    ((2, 2, 1), (1, 2, 1, 1), [(1, 1), ((0, 0), (0, 1)), (1, 1)])
    """
    image, bank = _image(image).astype(float), number_grid(kernel, "kernel").astype(float)
    if bank.ndim not in (2, 3, 4):
        shapes = "(height, width), with channels a third and filters a fourth number"
        raise ValueError(f"kernel must have the shape {shapes}; got {bank.shape}.")
    image = image.reshape(*image.shape[:2], -1)
    shape = (*bank.shape, 1, 1)[:4]
    if shape[2] != image.shape[2]:
        raise ValueError(
            f"kernel {bank.shape} has {_count(shape[2])} but the image has "
            f"{_count(image.shape[2])}: a filter needs one slice for each channel of the image."
        )
    stride, dilation = pair(stride, "stride"), pair(dilation, "dilation")
    padding = padding_amounts(padding, image.shape[:2], shape[:2], stride, dilation)
    must_fit("kernel", shape[:2], _padded_size(image, padding), dilation)
    return image, bank.reshape(shape), stride, padding, dilation


def check_pool2d(image, size=2, stride=None, padding="valid", mode="max"):
    """The arguments of `pool2d` in one form, once they are known to make sense.

    Returns the image as float64, the size and the stride as pairs, and the padding as
    `((top, bottom), (left, right))`.

    >>> check_pool2d([[4, 3], [2, 1]], 2, stride=1, padding="same")[1:]
    ((2, 2), (1, 1), ((0, 1), (0, 1)))
    """
    image = _image(image).astype(float)
    message = f'mode must be "max" or "average"; got {shown(mode)}.'
    if not isinstance(mode, str):
        raise TypeError(message)
    if mode not in ("max", "average"):
        raise ValueError(message)
    size = pair(size, "size")
    stride = size if stride is None else pair(stride, "stride")
    padding = padding_amounts(padding, image.shape[:2], size, stride)
    if any(max(ends) >= cells for ends, cells in zip(padding, size, strict=True)):
        raise ValueError(
            f"padding must be smaller than the window {size} in pooling, because each window "
            f"needs a cell of the image; got {padding}."
        )
    must_fit("window", size, _padded_size(image, padding))
    return image, size, stride, padding


def pair(value, name):
    """`value` as a pair `(down, right)` of whole numbers of 1 or more; `name` is for the error.

    >>> pair(2, "stride"), pair([1, 3], "stride")
    ((2, 2), (1, 3))
    """
    message = f"{name} must be a whole number of 1 or more, or a pair of them; got {shown(value)}."
    value = _plain(value)
    both = value if isinstance(value, (tuple, list)) else (value, value)
    if len(both) != 2:
        raise ValueError(message)
    return tuple(_whole(one, 1, message) for one in both)


def padding_amounts(padding, size, window, stride=1, dilation=1):
    """How many cells `padding` adds, as `((top, bottom), (left, right))`.

    `size` and `window` are the pairs `(height, width)` of the image and of the kernel or pooling
    window; `padding`, `stride` and `dilation` are written as for `conv2d`.

    >>> padding_amounts("same", (3, 28), (2, 3), stride=(1, 2))
    ((0, 1), (0, 1))
    >>> padding_amounts(2, (5, 5), (3, 3))
    ((2, 2), (2, 2))
    """
    rule = '"valid", "same", a whole number of 0 or more, or ((top, bottom), (left, right))'
    message = f"padding must be {rule}; got {shown(padding)}."
    padding = _plain(padding)
    if isinstance(padding, (tuple, list)):
        if len(padding) != 2 or not all(isinstance(ends, (tuple, list)) for ends in padding):
            raise ValueError(message)
    else:
        padding = (padding, padding)
    numbers = pair(size, "size"), pair(window, "window")
    numbers += pair(stride, "stride"), pair(dilation, "dilation")
    axes = zip(*numbers, strict=True)
    return tuple(_ends(ends, axis, message) for ends, axis in zip(padding, axes, strict=True))


def must_fit(name, window, size, dilation=(1, 1)):
    """`ValueError` if a `window` of cells, spread by `dilation`, is larger than `size` on an axis.

    `name` says in the error what the window is. All are tuples, one number for each axis.

    >>> must_fit("kernel", (5, 5), (4, 4))
    Traceback (most recent call last):
    ValueError: kernel (5, 5) is larger than the padded image (4, 4): every window must fit. \
Use a smaller kernel or more padding.
    """
    spans = tuple((k - 1) * d + 1 for k, d in zip(window, dilation, strict=True))
    if all(span <= n for span, n in zip(spans, size, strict=True)):
        return
    window, size, covered = (v if len(v) > 1 else v[0] for v in (window, size, spans))
    spread = "" if covered == window else f", spread by dilation over {covered},"
    remedy = f"a smaller {name}, less dilation" if spread else f"a smaller {name}"
    raise ValueError(
        f"{name} {window}{spread} is larger than the padded image {size}: every window must fit. "
        f"Use {remedy} or more padding."
    )


def _ends(padding, axis, message):
    """The padding `(before, after)` of one axis; `axis` is n, k, stride and dilation."""
    if isinstance(padding, str):
        if padding.lower() not in ("valid", "same"):
            raise ValueError(message)
        return same_padding(*axis) if padding.lower() == "same" else (0, 0)
    ends = padding if isinstance(padding, (tuple, list)) else (padding, padding)
    if len(ends) != 2:
        raise ValueError(message)
    return tuple(_whole(cells, 0, message) for cells in ends)


def _padded(image, padding, fill):
    """`image` with `padding` cells of the value `fill` around it, and none between channels."""
    return np.pad(image, (*padding, (0, 0))[: image.ndim], constant_values=fill)


def _padded_size(image, padding):
    """The height and width that `padding` gives `image`; `ValueError` if no memory holds it."""
    height, width = (n + sum(ends) for n, ends in zip(image.shape, padding, strict=False))
    numbers = height * width * (image.size // (image.shape[0] * image.shape[1]))
    if numbers - image.size > MOST_ADDED:
        raise ValueError(
            f"padding must add at most {MOST_ADDED:,} numbers to the image; got {shown(padding)}."
        )
    return height, width


def _image(values):
    """`values` as an array of one or more channels, its own type of number kept."""
    image = number_grid(values, "image")
    if image.ndim not in (2, 3):
        hint = " For one image of a batch write image[0]." if image.ndim == 4 else ""
        shapes = "(height, width) or (height, width, channels)"
        raise ValueError(f"image must have the shape {shapes}; got {image.shape}.{hint}")
    return image


def number_grid(values, name):
    """`values` as an array, if they are real numbers in a grid without holes.

    Integers, floats and true/false of any size and number of axes are allowed; `name` is for the
    error. `TypeError` for other types and masked arrays, `ValueError` for ragged or empty ones.

    >>> number_grid([[1, 2], [3, 4]], "image").shape
    (2, 2)
    """
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{name} must not be masked: fill its holes first, {name}.filled(0).")
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must have rows of equal length; got {shown(values)}.") from None
    if array.dtype.kind not in "biuf":  # true/false, integers with and without sign, floats
        raise TypeError(
            f"{name} must be a grid of real numbers; got {shown(values)} of type {array.dtype}."
        )
    if array.size == 0:
        raise ValueError(f"{name} must hold at least one number; got the shape {array.shape}.")
    return array


def _four_whole_numbers(n, k, stride, dilation):
    names = {"n": n, "k": k, "stride": stride, "dilation": dilation}
    rule = "must be a whole number of 1 or more"
    return tuple(_whole(v, 1, f"{name} {rule}; got {shown(v)}.") for name, v in names.items())


def _whole(value, least, message):
    """`value` as an int; `message` as the error if it is no whole number, or below `least`."""
    value = _plain(value)
    if not isinstance(value, int) or isinstance(value, bool):  # Python counts True as 1
        raise TypeError(message)
    if value < least:
        raise ValueError(message)
    return value


def _plain(value):
    """NumPy's numbers and arrays as Python's own numbers and lists, all else as it is."""
    return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value


def _count(channels):
    return f"{channels} channel" + "s" * (channels != 1)


def shown(value):
    """`value` as an error shows it: on one line, and not too long.

    >>> shown(np.float64(2.5)), shown(list(range(99)))
    ('2.5', '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16...')
    """
    text = " ".join(repr(value.item() if isinstance(value, np.generic) else value).split())
    return text if len(text) <= 60 else text[:57] + "..."
