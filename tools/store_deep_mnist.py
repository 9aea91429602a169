"""Make helpers/data/deep_mnist_2017.json: the long run of lesson 7, its curves and its result.

    MNIST_PATH=mnist.npz python -m tools.store_deep_mnist

It needs the complete MNIST, and about four minutes on two quiet cores. The weights are left out, up
to the 32 kernels of the first layer at the start and at the end, in thousandths.
"""

import json
import os
import platform

import numpy as np

from helpers.deep_mnist import STORED, deep_mnist, train_deep_mnist
from helpers.mnist import load_mnist


def as_text(run, where):
    """A run as JSON, one measurement a line."""
    rows = ",\n".join(json.dumps([round(number, 5) for number in row]) for row in run.measured)
    before, after = (
        json.dumps(np.rint(1000 * kernels).astype(int).ravel().tolist(), separators=(",", ":"))
        for kernels in (run.before, run.after)
    )
    where = json.dumps(where)
    return (
        f'{{"where": {where},\n"before": {before},\n"after": {after},\n"measured": [\n{rows}\n]}}\n'
    )


def main():
    digits = load_mnist()
    if len(digits.x_train) != 60_000:
        raise SystemExit("The stored run needs the complete MNIST: name it in MNIST_PATH.")
    run = train_deep_mnist(deep_mnist(), digits)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    words = {1: "one core", 2: "two cores", 4: "four cores"}.get(cores, f"{cores} cores")
    STORED.write_text(as_text(run, f"on {words} ({platform.machine()})"))
    print(run)


if __name__ == "__main__":
    main()
