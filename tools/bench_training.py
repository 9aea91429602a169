"""How well and how quickly the classroom network learns, beside the recipe of 2017.

Part of `make bench`. Seconds are those of `model.fit`, what TensorFlow needs to prepare it
included; of the 2017 network those of its 3,000 steps, without the measuring, which would double
them. Three seeds: the median of what they read right, the fastest of their seconds. Watched and
silent training take turns in a real JupyterLab, its page open.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from jupyter_page import NotebookPage, open_browser, serve, write_notebook  # noqa: E402

from helpers import load_mnist  # noqa: E402
from tools.recipes import share_right, train_classroom  # noqa: E402

SEEDS = (1, 2, 3)
TURNS = """
from helpers import load_mnist, watch_training
from tools.recipes import train_classroom

digits, seconds = load_mnist(), {"silent": [], "watched": []}

for turn in range(6):  # the first is not counted
    for name, watch in (("silent", None), ("watched", watch_training)):
        _, past = train_classroom(digits, 1, watch=watch)
        if turn:
            seconds[name].append(past.seconds)
"""


def training():
    """Print the table; about eight minutes on two quiet cores."""
    complete, sample = load_mnist(), load_mnist("sample")
    train_classroom(sample, 1)  # not counted: TensorFlow's own beginning takes about four seconds
    if len(complete.x_train) == 60_000:
        beside_2017("all of MNIST, one epoch", complete)
        classroom("all of MNIST, three epochs", complete, 3, 256)
        # The sample is a part of what one learns from: the real test set is new to it too.
        sample = sample._replace(x_test=complete.x_test, y_test=complete.y_test)
    else:
        print("All of MNIST is not here: what follows is measured on the sample alone.")
        beside_2017("the sample, one epoch", complete)
    classroom("the sample, two epochs", sample, 2, 128)
    watched()


def beside_2017(name, digits):
    """One epoch, and the recipe of 2017, in turns: a third of its steps after each of ours.

    The machine's speed may change from one minute to the next; both then meet the same.
    """
    from helpers.deep_mnist import deep_mnist, train_deep_mnist

    ours, then, seconds = [], deep_mnist(), []
    for seed in SEEDS:
        ours.append(train_classroom(digits, 1, seed=seed))
        run = train_deep_mnist(then, digits, steps=1000, every=1000)
        seconds.append(run.measured[-1].seconds)
    lines(name, digits, ours)
    line("2017: 3,000 steps", run.measured[-1].test_accuracy, 3 * min(seconds), then.count_params())
    turns = [3 * s / past.seconds for s, (_, past) in zip(seconds, ours, strict=True)]
    ratio = 3 * min(seconds) / min(past.seconds for _, past in ours)
    each = ", ".join(f"{turn:.1f}" for turn in turns)
    print(f"  the recipe of 2017 takes {ratio:.1f} times as long as an epoch; by turns: {each}")


def classroom(name, digits, epochs, batch_size):
    lines(name, digits, [train_classroom(digits, epochs, batch_size, seed) for seed in SEEDS])


def lines(name, digits, runs):
    """Print what these trainings of the classroom network took and learned."""
    right = [share_right(model, digits) for model, _ in runs]
    seconds = min(past.seconds for _, past in runs)  # what else a machine does only adds to it
    line(name, statistics.median(right), seconds, runs[0][0].count_params())
    each = zip(right, runs, strict=True)
    print(
        "  each: " + ", ".join(f"{share:.2%} in {past.seconds:.1f} s" for share, (_, past) in each)
    )


def line(name, right, seconds, parameters):
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{name:30}{right:8.2%} {seconds:8.1f} s {parameters:10,}   load {load:.1f}", flush=True)


def watched():
    """How much longer a training takes that is watched, in JupyterLab."""
    with tempfile.TemporaryDirectory() as folder, serve(folder) as url, open_browser() as browser:
        write_notebook(Path(folder, "watched.ipynb"), TURNS)
        page = NotebookPage(browser, url, "lab", "watched.ipynb")
        page.run_all()
        seconds = page.value("seconds")
    for name, choose in (("median", statistics.median), ("fastest", min)):
        silent, seen = choose(seconds["silent"]), choose(seconds["watched"])
        print(f"one epoch, {name}: silent {silent:.1f} s, watched {seen:.1f} s", end="")
        print(f", {seen / silent - 1:+.1%}")
    for name, times in seconds.items():
        print(f"  {name}: " + ", ".join(f"{one:.1f}" for one in times))


if __name__ == "__main__":
    print("                              test right  training   parameters")
    training()
