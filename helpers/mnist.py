"""MNIST's handwritten digits: the complete set where it can be had, else the bundled sample.

Looked for in this order: a file that the reader names; the copy that Keras keeps; a download, kept
where Keras keeps it; the sample in helpers/data, 5,000 of MNIST's 60,000 training digits. So what
was trained on the complete set must never be scored on the sample's test digits: it knows them.

Fashion-MNIST has pictures of clothes in the same shapes, by Zalando (MIT licence,
https://github.com/zalandoresearch/fashion-mnist). No sample of it comes with the course.
"""

import gzip
import hashlib
import io
import math
import os
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np

from .download import NotToBeHad, deadline, download, keep

SAMPLE = Path(__file__).parent / "data" / "mnist_sample.npz"
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
# Keras deletes a file in its cache that has another hash: nothing else may ever be written there.
KERAS_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
KERAS_BYTES = 11_490_434
DIGITS = tuple("0123456789")

# Keras knows no hashes of these four files, so each is looked through before it is kept.
FASHION_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
FASHION_BYTES = 30_878_645
FASHION_FILES = {
    "x_train": "train-images-idx3-ubyte.gz",
    "y_train": "train-labels-idx1-ubyte.gz",
    "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
}
FASHION_EACH = {"train": 6000, "test": 1000}  # pictures of each of the ten kinds
CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class Mnist(NamedTuple):
    """Images as uint8 arrays (N, 28, 28) of 0 (background) to 255 (ink), labels (N,) of 0 to 9.

    `names` are the ten names of the labels, "0" to "9" or kinds of clothes.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    source: str
    names: tuple = DIGITS

    def __repr__(self):
        train, test = len(self.x_train), len(self.x_test)
        kind = "MNIST: {} digits" if self.names == DIGITS else "Fashion-MNIST: {} pictures"
        return f"{kind.format(f'{train:,}')} to learn from, {test:,} to test; {self.source}."


def load_mnist(path=None, fashion=False):
    """Load MNIST, print in one line where it came from, and return an `Mnist`.

    path: an .npz file with Keras' four arrays x_train, y_train, x_test, y_test, or "sample" for
    the bundled sample. Without it, the environment variable MNIST_PATH names one. Without that:
    Keras' copy, else a download, else the sample. A download that is silent for 10 seconds, or
    takes more than 60, is given up. A named file that is no MNIST is a `ValueError`.

    load_mnist("fashion") loads Fashion-MNIST: from what FASHION_MNIST_PATH names, else Keras' copy,
    else a download, else `ValueError`. load_mnist(path, fashion=True) takes it from an .npz file
    with the same four arrays, or from a folder with the four .gz files that its authors publish.

    >>> digits = load_mnist("sample")
    MNIST: 4,000 digits to learn from, 1,000 to test; the course's own sample.
    >>> digits.x_train.shape, digits.x_train.dtype, int(digits.y_train[0])
    ((4000, 28, 28), dtype('uint8'), 5)
    """
    fashion = fashion or path == "fashion"
    variable = "FASHION_MNIST_PATH" if fashion else "MNIST_PATH"
    named = (os.environ.get(variable) or None) if path in (None, "fashion") else path
    if fashion:
        digits = _fashion() if named is None else _named_fashion(named)
    elif named == "sample":
        digits = _sample()
    elif named is not None:
        digits = _named(named)
    else:
        try:
            digits = _complete()
        except NotToBeHad as reason:
            digits = _sample(f", because {reason}")
    print(digits, flush=True)
    return digits


def _sample(reason=""):
    return _read(SAMPLE, f"the course's own sample{reason}", "Fetch the course's files again.")


def _named(path):
    path = _as_path(path)
    way_on = 'Name another file, or "sample" for the digits that come with the course.'
    return _read(path, f"from the file {path.name}", way_on)


def _as_path(path):
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must name a file, as text; got {path!r}.")
    return Path(os.path.expanduser(path))


def _read(path, source, way_on):
    try:
        with path.open("rb") as file:
            return Mnist(*_arrays(file), source)
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        raise ValueError(f"{path} cannot be used as MNIST: {problem}. {way_on}") from None


def _arrays(file):
    """Return the four arrays in an open .npz file; `ValueError` says what is wrong with them."""
    keys = ("x_train", "y_train", "x_test", "y_test")
    if not zipfile.is_zipfile(file):
        raise ValueError("it is damaged, or no .npz file")
    file.seek(0)
    try:
        with np.load(file, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in keys if key in stored}
    except Exception as error:  # NumPy, zipfile and zlib stumble over damage in a dozen ways
        words = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise ValueError(f"it is damaged, or holds something else ({words})") from None
    if missing := [key for key in keys if key not in arrays]:
        raise ValueError(f"it must hold the arrays {', '.join(keys)}, but has no {missing[0]}")
    for part in ("train", "test"):
        _check(arrays[f"x_{part}"], arrays[f"y_{part}"], part)
    return tuple(arrays.values())


def _check(images, labels, part):
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28) or len(images) == 0:
        raise ValueError(
            f"x_{part} must hold images as uint8 of shape (N, 28, 28), "
            f"not {images.dtype} of shape {images.shape}"
        )
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
        raise ValueError(
            f"y_{part} must hold one whole number for each of the {len(images):,} images, "
            f"not {labels.dtype} of shape {labels.shape}"
        )
    if labels.min() < 0 or labels.max() > 9:
        raise ValueError(
            f"the labels y_{part} must be 0 to 9, not {labels.min()} to {labels.max()}"
        )


def _complete():
    """Return the complete set from Keras' cache or from the net; `NotToBeHad` says why not."""
    cached = _keras_datasets() / "mnist.npz"
    try:
        here = cached.exists()
        content = cached.read_bytes() if here else _download_mnist()
    except OSError as error:
        raise NotToBeHad(f"{cached} cannot be read: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() == KERAS_SHA256:
        kept = here or keep(content, cached)
        new = "downloaded" if kept else f"downloaded, but {cached.parent} cannot be written"
        return Mnist(*_arrays(io.BytesIO(content)), "from Keras' cache" if here else new)
    if here:
        raise NotToBeHad(f"{cached} is damaged; delete it, and the next call downloads it")
    raise NotToBeHad(f"{urlsplit(ORIGIN).hostname} sent {len(content):,} bytes that are not MNIST")


def _keras_datasets():
    home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    return Path(os.path.expanduser(home), "datasets")


def _download_mnist():
    _announce("MNIST", KERAS_BYTES, ORIGIN)
    return download(ORIGIN, KERAS_BYTES, deadline())


def _announce(what, size, url):
    host = urlsplit(url).hostname
    print(f"Downloading {what} ({size / 1e6:.0f} MB) from {host} ...", flush=True)


def _named_fashion(path):
    """Return Fashion-MNIST from an .npz file, or from a folder with the four files."""
    path = _as_path(path)
    way_on = "Name another file, or a folder with its four .gz files."
    if not path.is_dir():
        return _read(path, f"from the file {path.name}", way_on)._replace(names=CLOTHES)
    try:
        arrays = _unpacked({key: (path / name).read_bytes() for key, name in FASHION_FILES.items()})
    except OSError as error:
        raise ValueError(f"{error.filename} cannot be read: {error.strerror}. {way_on}") from None
    except ValueError as error:
        raise ValueError(f"{path} cannot be used as Fashion-MNIST: {error}. {way_on}") from None
    return Mnist(*arrays, f"from the folder {path.name}", CLOTHES)


def _fashion():
    """Return Fashion-MNIST from Keras' cache or from the net; `ValueError` says why not."""
    folder = _keras_datasets() / "fashion-mnist"
    try:
        here = {key: name for key, name in FASHION_FILES.items() if (folder / name).exists()}
        contents = {key: (folder / name).read_bytes() for key, name in here.items()}
        fetched = _download_fashion([key for key in FASHION_FILES if key not in here])
        arrays = _checked_fashion(contents | fetched, here and folder)
    except (OSError, NotToBeHad) as error:
        reason = error if isinstance(error, NotToBeHad) else f"{folder}: {error.strerror}"
        raise ValueError(
            f"Fashion-MNIST cannot be had: {reason}. Name a file or a folder that holds it: "
            'load_mnist("fashion-mnist.npz", fashion=True).'
        ) from None
    kept = [keep(content, folder / FASHION_FILES[key]) for key, content in fetched.items()]
    new = "downloaded" if all(kept) else f"downloaded, but {folder} cannot be written"
    return Mnist(*arrays, new if fetched else "from Keras' cache", CLOTHES)


def _download_fashion(keys):
    """Return {key: the file's bytes} of these files."""
    if keys:
        _announce("Fashion-MNIST", FASHION_BYTES, FASHION_ORIGIN)
    end = deadline()
    return {key: download(FASHION_ORIGIN + FASHION_FILES[key], FASHION_BYTES, end) for key in keys}


def _checked_fashion(contents, folder):
    """Return the arrays in the four files, if they are all that Fashion-MNIST is."""
    try:
        arrays = _unpacked(contents)
        for labels, (part, each) in zip(arrays[1::2], FASHION_EACH.items(), strict=True):
            if np.bincount(labels, minlength=10).tolist() != [each] * 10:
                raise ValueError(f"y_{part} does not name {each:,} of each kind")
    except ValueError as error:
        where = f"{folder} is damaged; delete it, and the next call downloads it"
        reason = where if folder else f"{urlsplit(FASHION_ORIGIN).hostname} sent something else"
        raise NotToBeHad(f"{reason} ({error})") from None
    return arrays


def _unpacked(contents):
    """Return the four arrays in the four .gz files; `ValueError` says what is wrong with them."""
    arrays = {key: _idx(contents[key], name) for key, name in FASHION_FILES.items()}
    for part in ("train", "test"):
        _check(arrays[f"x_{part}"], arrays[f"y_{part}"], part)
    return tuple(arrays.values())


def _idx(content, name):
    """Return the array in an .gz file of the form IDX: 0, 0, type, number of axes, their lengths.

    The lengths are whole numbers of four bytes, the largest first.
    """
    try:
        plain = gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        raise ValueError(f"{name} is damaged, or no .gz file") from None
    axes = plain[3] if plain[:3] == b"\0\0\x08" and len(plain) > 3 else 0
    shape = [int.from_bytes(plain[4 + 4 * i : 8 + 4 * i], "big") for i in range(axes)]
    if not 1 <= axes <= 3 or len(plain) - 4 - 4 * axes != math.prod(shape):
        raise ValueError(f"{name} does not hold what its first bytes say")
    return np.frombuffer(plain, np.uint8, offset=4 + 4 * axes).reshape(shape)
