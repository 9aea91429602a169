"""MNIST's handwritten digits: the complete set where it can be had, else the bundled sample.

Looked for in this order: a file that the reader names; the copy that Keras keeps; a download, kept
where Keras keeps it; the sample in helpers/data, 5,000 of MNIST's 60,000 training digits. So what
was trained on the complete set must never be scored on the sample's test digits: it knows them.
"""

import contextlib
import hashlib
import io
import os
import queue
import threading
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np

SAMPLE = Path(__file__).parent / "data" / "mnist_sample.npz"
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
# Keras deletes a file in its cache that has another hash: nothing else may ever be written there.
KERAS_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
KERAS_BYTES = 11_490_434
SILENCE = 10  # seconds without a byte, after which a download is given up
PATIENCE = 60  # seconds for the whole download


class Mnist(NamedTuple):
    """Images as uint8 arrays (N, 28, 28) of 0 (background) to 255 (ink), labels (N,) of 0 to 9."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    source: str

    def __repr__(self):
        train, test = len(self.x_train), len(self.x_test)
        return f"MNIST: {train:,} digits to learn from, {test:,} to test; {self.source}."


class _NotToBeHad(Exception):
    """The complete set is not here; the text says why."""


def load_mnist(path=None):
    """Load MNIST, print in one line where it came from, and return an `Mnist`.

    path: an .npz file with Keras' four arrays x_train, y_train, x_test, y_test, or "sample" for
    the bundled sample. Without it, the environment variable MNIST_PATH names one. Without that:
    Keras' copy, else a download, else the sample. A download that is silent for 10 seconds, or
    takes more than 60, is given up. A named file that is no MNIST is a `ValueError`.

    >>> digits = load_mnist("sample")
    MNIST: 4,000 digits to learn from, 1,000 to test; the course's own sample.
    >>> digits.x_train.shape, digits.x_train.dtype, int(digits.y_train[0])
    ((4000, 28, 28), dtype('uint8'), 5)
    """
    named = (os.environ.get("MNIST_PATH") or None) if path is None else path
    if named == "sample":
        digits = _sample()
    elif named is not None:
        digits = _named(named)
    else:
        try:
            digits = _complete()
        except _NotToBeHad as reason:
            digits = _sample(f", because {reason}")
    print(digits, flush=True)
    return digits


def _sample(reason=""):
    return _read(SAMPLE, f"the course's own sample{reason}", "Fetch the course's files again.")


def _named(path):
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must name a file, as text; got {path!r}.")
    path = Path(os.path.expanduser(path))
    way_on = 'Name another file, or "sample" for the digits that come with the course.'
    return _read(path, f"from the file {path.name}", way_on)


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
    """Return the complete set from Keras' cache or from the net; `_NotToBeHad` says why not."""
    home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    cached = Path(os.path.expanduser(home), "datasets", "mnist.npz")
    try:
        here = cached.exists()
        content = cached.read_bytes() if here else _download(ORIGIN)
    except OSError as error:
        raise _NotToBeHad(f"{cached} cannot be read: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() == KERAS_SHA256:
        kept = here or _keep(content, cached)
        new = "downloaded" if kept else f"downloaded, but {cached.parent} cannot be written"
        return Mnist(*_arrays(io.BytesIO(content)), "from Keras' cache" if here else new)
    if here:
        raise _NotToBeHad(f"{cached} is damaged; delete it, and the next call downloads it")
    raise _NotToBeHad(f"{urlsplit(ORIGIN).hostname} sent {len(content):,} bytes that are not MNIST")


def _keep(content, path):
    """Write a file that is there completely or not at all; return whether that was possible."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        return False
    return True


def _download(url):
    """Return what `url` holds; `_NotToBeHad` if it stays silent or takes too long.

    A thread of its own, because no timeout of Python's covers the search for a server's address.
    """
    host, content, end = urlsplit(url).hostname, b"", time.monotonic() + PATIENCE
    pieces, given_up = queue.Queue(), threading.Event()
    print(f"Downloading MNIST ({KERAS_BYTES / 1e6:.0f} MB) from {host} ...", flush=True)
    threading.Thread(target=_fetch, args=(url, pieces, given_up), daemon=True).start()
    try:
        while len(content) <= KERAS_BYTES and (piece := pieces.get(timeout=SILENCE)):
            if isinstance(piece, Exception):
                words = str(piece).removeprefix("<urlopen error ").removesuffix(">")
                raise _NotToBeHad(f"{host} cannot be reached: {words}")
            content += piece
            if time.monotonic() > end:
                raise _NotToBeHad(f"{host} sent too slowly: {len(content):,} bytes in {PATIENCE} s")
    except queue.Empty:
        raise _NotToBeHad(f"{host} did not answer within {SILENCE} s") from None
    finally:
        given_up.set()
    return content


def _fetch(url, pieces, given_up):
    """Put the pieces of a download into a queue, at last an empty one, or what went wrong."""
    try:
        # Its own timeout is the longer one: it only ends a thread that nobody waits for any more.
        with urllib.request.urlopen(url, timeout=2 * SILENCE) as answer:
            while not given_up.is_set() and (piece := answer.read1(2**16)):
                pieces.put(piece)
        pieces.put(b"")
    except Exception as error:
        pieces.put(error)
