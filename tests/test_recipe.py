"""The networks of tools/recipes.py and helpers/deep_mnist.py are those of lesson 7's cells."""

import nbformat
import numpy as np
import pytest

from helpers.deep_mnist import deep_mnist
from helpers.mnist import load_mnist
from helpers.network import training_set
from helpers.reference import quiet_tensorflow
from tools.recipes import build_classroom, compile_classroom
from tools.setup_cell import ROOT


def layers_of(model):
    """Kind and settings of every layer, without names that Keras makes up."""
    made_up = ("Rescaling",)
    settings = [(type(layer).__name__, layer.get_config()) for layer in model.layers]
    return [
        (k, {n: v for n, v in s.items() if n != "name" or k not in made_up}) for k, s in settings
    ]


@pytest.fixture(scope="module")
def lesson():
    """What the lesson's two cells leave, its `fit` noted instead of done."""
    notebook = nbformat.read(ROOT / "notebooks" / "07_mnist_cnn.ipynb", as_version=4)
    cells = {cell.id: cell.source for cell in notebook.cells}
    names = {"tf": quiet_tensorflow(), "np": np, "digits": load_mnist("sample"), "fitted": []}
    names["cells"] = cells
    names |= {"training_set": training_set, "watch_training": lambda *kept_back: kept_back}
    exec(cells["build"], names)
    names["before"] = names["model"].get_weights()
    names["model"].fit = lambda *given, **named: names["fitted"].append((given, named))
    training, _ = cells["train"].split("stopped = ")  # what follows looks at the result
    exec(training, names)
    return names


def test_the_lesson_builds_the_same_network(lesson):
    ours = build_classroom(seed=7)
    assert layers_of(ours) == layers_of(lesson["model"])
    for weights, others in zip(ours.get_weights(), lesson["before"], strict=True):
        np.testing.assert_array_equal(weights, others)


def test_the_lesson_trains_it_in_the_same_way(lesson):
    ours, theirs = build_classroom(), lesson["model"]
    (images, labels, batch_size, epochs), named = lesson["fitted"][0]
    compile_classroom(ours, epochs * -(-len(images) // batch_size))
    settings = [{**m.optimizer.get_config(), "name": "adam"} for m in (ours, theirs)]
    assert settings[0] == settings[1]
    assert ours.loss == theirs.loss and (batch_size, epochs) == (128, 2)
    assert (len(images), len(labels)) == (32_400, 32_400)
    ((kept, kept_labels),) = named["callbacks"]
    assert (len(kept), len(kept_labels)) == (400, 400)


def test_the_lesson_builds_the_network_of_2017(lesson):
    exec(lesson["cells"]["deep"], lesson)
    ours, theirs = deep_mnist(), lesson["deep"]
    kinds = [(type(one).__name__, one.count_params()) for one in ours.layers]
    assert kinds == [(type(one).__name__, one.count_params()) for one in theirs.layers]
    for weights, others in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, others)
