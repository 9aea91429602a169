"""Deep MNIST, the network of a TensorFlow tutorial that was read everywhere until 2017.

The tutorial was called "Deep MNIST for Experts". Its network and its recipe stand here in today's
Keras: the same layers, first values, batches, dropout and optimiser. It differs in two things. The
tutorial set 5,000 digits apart and learned from the other 55,000; here all digits of the training
set are learned from. And it measured the training accuracy on the 50 digits of one batch, which
jumps; here it is measured on the first 10,000 digits of the set.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .convolution import shown
from .digits import image_shape
from .figures import TARGET, WINDOW, Still, small_png
from .logs import open_logs
from .reference import quiet_tensorflow
from .stored import large

STORED = Path(__file__).parent / "data" / "deep_mnist_2017.json"
BATCH = 50
SOME = 10_000  # digits to learn from on which the training accuracy is measured
TOGETHER = 250  # digits measured at once: 500 need a gigabyte more memory


class Measured(NamedTuple):
    """After so many steps: shares of digits read right, and cross entropies, the mean losses.

    `seconds` is the time that the steps took; measuring and logging are not counted.
    """

    step: int
    seconds: float
    train_accuracy: float
    test_accuracy: float
    train_loss: float
    test_loss: float


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """A training: what was measured, step by step, and where it ran.

    `before` and `after` are the first layer's kernels (5, 5, 1, 32) at its start and at its end.
    """

    measured: list
    before: np.ndarray
    after: np.ndarray
    where: str

    def __repr__(self):
        if not self.measured:
            return "Stopped before anything was measured."
        last = self.measured[-1]
        return (
            f"{last.step:,} steps of {BATCH} digits, {last.seconds:,.0f} s of training "
            f"{self.where}: {last.test_accuracy:.2%} of the test digits read right, "
            f"cross entropy {last.test_loss:.3f}."
        )


def deep_mnist(seed=7):
    """The network of 2017, ready to train: a Keras model with 3,274,634 weights and biases.

    >>> model = deep_mnist()
    >>> [layer.count_params() for layer in model.layers if layer.count_params()]
    [832, 51264, 3212288, 10250]
    >>> model.count_params()
    3274634
    """
    keras = quiet_tensorflow().keras
    layers = keras.layers
    keras.utils.set_random_seed(seed)
    dice = keras.random.SeedGenerator(seed)  # without it all layers would get the same numbers
    normal = keras.initializers.TruncatedNormal(stddev=0.1, seed=dice)
    start = {"kernel_initializer": normal, "bias_initializer": keras.initializers.Constant(0.1)}
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
    model.add(layers.Conv2D(32, 5, padding="same", activation="relu", name="conv1", **start))
    model.add(layers.MaxPooling2D(2, padding="same", name="pool1"))
    model.add(layers.Conv2D(64, 5, padding="same", activation="relu", name="conv2", **start))
    model.add(layers.MaxPooling2D(2, padding="same", name="pool2"))
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dense(1024, activation="relu", name="dense", **start))
    model.add(layers.Dropout(0.5, name="dropout"))
    model.add(layers.Dense(10, activation="softmax", name="probabilities", **start))
    adam = keras.optimizers.Adam(1e-4)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train_deep_mnist(model, digits, steps=3000, every=100, logs=None):
    """Train a compiled model as in 2017, with batches of 50, and return what was measured, a `Run`.

    model: takes images (28, 28, 1) of 0 to 255, such as `deep_mnist()`. digits: an `Mnist`. After
    every `every` steps, and at both ends, accuracy and cross entropy are measured on the whole
    test set and on the first 10,000 of the digits to learn from. logs: a folder for TensorBoard,
    or None. Interrupting the kernel ends the run; the model keeps what it has learned so far.

    3,000 steps take three to six minutes on two cores, a third of that for measuring.
    """
    _check(model, steps=steps, every=every)
    logs = logs and open_logs(logs, model, digits.x_train)
    before, measured, seconds, step = _first_kernels(model), [], 0.0, 0
    began = time.perf_counter()
    try:
        for step, chosen in enumerate(batches(len(digits.x_train), steps)):
            if step % every == 0:
                measured.append(_measure(model, digits, step, seconds, logs))
                _say(measured, steps, every, time.perf_counter() - began)
            seconds += _learn(model, digits, chosen)
        measured.append(_measure(model, digits, steps, seconds, logs))
    except KeyboardInterrupt:
        print(f"Stopped at step {step:,}. The network keeps what it has learned so far.")
    return Run(measured, before, _first_kernels(model), "here")


def batches(count, steps):
    """Which digits each step learns from, 50 at a time.

    All digits are shuffled and dealt out like cards; when they are used up they are shuffled anew.
    The chance numbers are NumPy's common ones: `keras.utils.set_random_seed` fixes them as well.

    >>> list(next(batches(1, 1))) == [0] * 50
    True
    """
    waiting = np.array([], dtype=int)
    for _ in range(steps):
        while len(waiting) < BATCH:
            waiting = np.concatenate([waiting, np.random.permutation(count)])
        yield waiting[:BATCH]
        waiting = waiting[BATCH:]


def _check(model, **numbers):
    if not getattr(model, "compiled", False):
        raise ValueError(
            f"model must be a Keras model after model.compile(...); got {shown(model)}."
        )
    if image_shape(model) != (28, 28, 1):
        raise ValueError(f"The model must take images of 28 by 28; got {image_shape(model)[:2]}.")
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"{name} must be a whole number of 1 or more; got {shown(number)}.")


def _learn(model, digits, chosen):
    """One step; the seconds that it took."""
    began = time.perf_counter()
    model.train_on_batch(digits.x_train[chosen, ..., np.newaxis], digits.y_train[chosen])
    return time.perf_counter() - began


def _measure(model, digits, step, seconds, logs):
    # The first ones, and not every sixth: in MNIST two groups of writers take turns, and the digits
    # in even places are harder to read.
    sets = (
        (digits.x_train[:SOME], digits.y_train[:SOME]),
        (digits.x_test, digits.y_test),
    )
    train, test = (
        model.evaluate(x[..., np.newaxis], y, TOGETHER, verbose=0, return_dict=True)
        for x, y in sets
    )
    if logs:
        logs.write(step, *((part["accuracy"], part["loss"]) for part in (train, test)))
    accuracies, losses = ([part[name] for part in (train, test)] for name in ("accuracy", "loss"))
    return Measured(step, seconds, *accuracies, *losses)


def _say(measured, steps, every, seconds):
    """One line for every five measurements: how far, how good, how long still."""
    step, right = measured[-1].step, measured[-1].test_accuracy
    if step // every % 5 == 0:
        left = f", about {seconds / step * (steps - step) / 60:.0f} min left" if step else ""
        print(f"step {step:5,}: {right:6.1%} of the test digits read right{left}", flush=True)


def _first_kernels(model):
    """The weights (rows, columns, 1, N) of the first layer that has kernels."""
    return next(w.numpy() for w in model.trainable_weights if len(w.shape) == 4)


def stored_deep_mnist():
    """The long run as it is kept with the course: 3,000 steps on the complete MNIST, a `Run`.

    tools/store_deep_mnist.py made it. Only the first layer's kernels are kept of its weights.
    """
    kept = json.loads(STORED.read_text(encoding="utf-8"))
    kernels = (np.array(kept[name]).reshape(5, 5, 1, -1) / 1000 for name in ("before", "after"))
    return Run([Measured(*row) for row in kept["measured"]], *kernels, kept["where"])


def show_run(run):
    """The accuracy and the cross entropy of a `Run`, step by step: a picture, and in words."""
    if not run.measured:
        raise ValueError("Nothing was measured in this run: there is nothing to draw.")
    lines = [
        f"step {m.step:5,}: read right {m.train_accuracy:6.1%} of the digits to learn from, "
        f"{m.test_accuracy:6.1%} of the test; cross entropy {m.train_loss:.3f}, {m.test_loss:.3f}"
        for place, m in enumerate(run.measured)
        if place % 5 == 0 or m is run.measured[-1]
    ]
    return Still(lambda: draw_run(run), "\n".join([repr(run), *lines]), small_png)


def draw_run(run):
    """Accuracy on the left, cross entropy on the right; the digits to learn from are dashed."""
    from matplotlib.figure import Figure

    first, last = run.measured[0], run.measured[-1]
    learned = last.test_accuracy > 0.9  # then the start is left out: it would hide the rest
    figure = Figure(figsize=(10.8, 4.4) if large() else (9.5, 3.6), layout="constrained")
    accuracy, loss = figure.subplots(1, 2)
    _curves(accuracy, run, "accuracy", 100)
    accuracy.set(ylim=(80 if learned else 0, 100))
    accuracy.set_title(f"digits read right, in %  (start: {first.test_accuracy:.0%})", loc="left")
    _curves(loss, run, "loss", 1)
    loss.set(ylim=(0, 0.8 if learned else None))
    loss.set_title(f"cross entropy, the mean loss  (start: {first.test_loss:.1f})", loc="left")
    return figure


def _curves(axes, run, what, times):
    steps = [m.step for m in run.measured]
    for part, name, colour, line in (
        ("test", "test digits", TARGET, "-"),
        ("train", "digits to learn from", WINDOW, "--"),
    ):
        values = [times * getattr(m, f"{part}_{what}") for m in run.measured]
        axes.plot(steps, values, line, color=colour, lw=2.4, label=name)
    axes.set_xlabel(f"steps, each with {BATCH} digits")
    axes.locator_params(axis="y", steps=[1, 2, 5, 10])
    axes.grid(color="0.9")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=11)
