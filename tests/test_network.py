"""The helpers round lesson 7's network: enough images, training that learns, right maps."""

import io
import subprocess
import sys
from contextlib import redirect_stdout

import numpy as np
import pytest

from helpers import network
from helpers.convolution import conv2d, pool2d
from helpers.mnist import load_mnist
from helpers.network import feature_maps, progress, shifted, training_set
from helpers.reference import quiet_tensorflow
from tools.setup_cell import ROOT


@pytest.fixture(scope="module")
def digits():
    return load_mnist("sample")


@pytest.fixture(scope="module")
def trained(digits):
    """A small network after one epoch on a third of the sample, its history, what was printed."""
    keras = quiet_tensorflow().keras
    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255)])
    for filters in (8, 16):
        layer = keras.layers.Conv2D(filters, 5, strides=2, padding="same", activation="relu")
        model.add(layer)
    model.add(keras.layers.MaxPooling2D(padding="same", name="pool"))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(10, activation="softmax"))
    adam = keras.optimizers.Adam(0.003)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = training_set(digits)
    with redirect_stdout(io.StringIO()) as printed:
        past = model.fit(
            images[::3], labels[::3], 64, epochs=2, verbose=0, callbacks=[progress(lines=4)]
        )
    return model, past.history, printed.getvalue()


def test_a_small_set_comes_with_moved_copies(digits):
    images, labels = training_set(digits)
    assert images.shape == (36_000, 28, 28, 1) and images.dtype == np.uint8
    copies = images.reshape(9, 4000, 28, 28)
    assert (labels.reshape(9, 4000) == digits.y_train).all()
    assert len({copy.tobytes() for copy in copies[:, 0]}) == 9
    moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    for move, copy in zip(moves, copies, strict=True):
        assert (copy == shifted(digits.x_train, *move)).all()


def test_a_large_set_comes_as_it_is(digits, monkeypatch):
    monkeypatch.setattr(network, "ENOUGH", 4000)
    images, labels = training_set(digits)
    assert (images[..., 0] == digits.x_train).all() and (labels == digits.y_train).all()


@pytest.mark.parametrize("down", [-5, -2, 0, 1, 4])
@pytest.mark.parametrize("right", [-3, -1, 0, 2, 9])
def test_shifted_moves_every_pixel(down, right):
    images = np.arange(1, 25).reshape(2, 3, 4)
    moved = shifted(images, down, right)
    for i, r, c in np.ndindex(images.shape):
        inside = 0 <= r - down < 3 and 0 <= c - right < 4
        assert moved[i, r, c] == (images[i, r - down, c - right] if inside else 0)
    assert (shifted(images[0], down, right) == moved[0]).all()


def test_training_learns_to_read_digits(trained, digits):
    model, _, _ = trained
    read_as = model.predict(digits.x_test[..., np.newaxis], verbose=0).argmax(axis=1)
    assert (read_as == digits.y_test).mean() > 0.93


def test_progress_prints_keras_own_numbers(trained):
    _, history, printed = trained
    lines = printed.splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        f"epoch {epoch}: {part:3}% done" for epoch in (1, 2) for part in (25, 50, 75, 100)
    ]
    for epoch, line in enumerate(lines[3::4]):
        loss, accuracy = history["loss"][epoch], history["accuracy"][epoch]
        assert line.endswith(f"loss {loss:.3f}, {accuracy:.1%} right")


@pytest.mark.parametrize("channel", [False, True])
def test_feature_maps_are_those_of_our_own_convolution(channel, trained, digits):
    model, _, _ = trained
    image = digits.x_test[0]
    maps = feature_maps(model, image[..., np.newaxis] if channel else image)
    assert list(maps) == [layer.name for layer in model.layers]
    ours = image[..., np.newaxis] / 255
    for layer in model.layers[1:3]:
        weights, biases = layer.get_weights()
        ours = np.maximum(conv2d(ours, weights, stride=2, padding="same") + biases, 0)
        assert ours.max() > 0.1
        assert np.abs(maps[layer.name] - ours).max() < 1e-4
    ours = pool2d(ours, 2, padding="same")
    assert maps["pool"].shape == ours.shape == (4, 4, 16)
    assert np.abs(maps["pool"] - ours).max() < 1e-4
    assert np.allclose(list(maps.values())[-1].sum(), 1)


@pytest.mark.parametrize("shape", [(28,), (27, 28), (1, 28, 28, 1), (28, 28, 3)])
def test_feature_maps_want_one_image_of_the_right_shape(shape, trained):
    with pytest.raises(ValueError, match=r"wants an image of shape \(28, 28, 1\); got \("):
        feature_maps(trained[0], np.zeros(shape))


SILENT = """
import numpy as np
from helpers.network import feature_maps, progress, quiet_tensorflow

keras = quiet_tensorflow().keras
model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
model.add(keras.layers.GlobalMaxPooling2D())
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
images = np.zeros((64, 8, 8, 1))
model.fit(images, np.zeros(64), verbose=0, callbacks=[progress(lines=1)])
model.predict(images, verbose=0)
print(*(maps.shape for maps in feature_maps(model, images[0]).values()))
"""


def test_training_says_nothing_of_its_own():
    run = subprocess.run([sys.executable, "-c", SILENT], cwd=ROOT, capture_output=True, text=True)
    assert run.stderr == ""
    first, second = run.stdout.splitlines()
    assert first.startswith("epoch 1: 100% done, loss ")
    assert second == "(6, 6, 2) (2,)"
