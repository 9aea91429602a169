"""The helpers round lesson 7's network: enough images, a network that learns, right maps."""

import subprocess
import sys

import nbformat
import numpy as np
import pytest

import helpers
from helpers import network
from helpers.convolution import conv2d, pool2d
from helpers.digits import feature_maps
from helpers.mnist import load_mnist
from helpers.network import shifted, training_set
from helpers.training import watch_training
from tools.recipes import share_right, train_classroom
from tools.setup_cell import ROOT

LESSON = ROOT / "notebooks" / "07_mnist_cnn.ipynb"


@pytest.fixture(scope="module")
def digits():
    return load_mnist("sample")


@pytest.fixture(scope="module")
def trained(digits):
    """The classroom network, trained on the sample as the lesson does it."""
    model, _ = train_classroom(digits)
    return model


def test_the_lesson_goes_on_after_a_training_that_was_stopped(digits):
    """Its cells from the network to the kernels before and after, trained with three batches."""

    def watch_and_stop(*kept):
        watch = watch_training(*kept)
        begin = watch.on_train_batch_begin

        def stop(batch, logs=None):
            begin(batch, logs)
            if batch == 2:
                watch.stop()

        watch.on_train_batch_begin = stop
        return watch

    names = {**vars(helpers), "np": np, "tf": helpers.quiet_tensorflow(), "digits": digits}
    names["watch_training"] = watch_and_stop
    cells = {cell.id: cell.source for cell in nbformat.read(LESSON, as_version=4).cells}
    for name in ("build", "train", "test", "inside", "kernels", "own"):
        exec(cells[name], names)
    assert list(names["watch"].checkpoints) == ["before training", "when stopped"]
    assert not (names["before"] == names["after"]).all()


def test_a_small_set_comes_with_moved_copies(digits):
    images, labels, kept, kept_labels = training_set(digits)
    assert images.shape == (32_400, 28, 28, 1) and images.dtype == np.uint8
    assert (kept[..., 0] == digits.x_train[3600:]).all()
    assert (kept_labels == digits.y_train[3600:]).all()
    copies = images.reshape(9, 3600, 28, 28)
    assert (labels.reshape(9, 3600) == digits.y_train[:3600]).all()
    assert len({copy.tobytes() for copy in copies[:, 0]}) == 9
    moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    for move, copy in zip(moves, copies, strict=True):
        assert (copy == shifted(digits.x_train[:3600], *move)).all()


def test_a_large_set_comes_as_it_is(digits, monkeypatch):
    monkeypatch.setattr(network, "ENOUGH", 3000)
    images, labels, kept, kept_labels = training_set(digits)
    assert (np.concatenate([images, kept])[..., 0] == digits.x_train).all()
    assert (np.concatenate([labels, kept_labels]) == digits.y_train).all()
    monkeypatch.setattr(network, "KEPT_BACK", 100)
    assert [len(part) for part in training_set(digits)] == [3900, 3900, 100, 100]


def test_no_room_for_the_copies_is_said_in_a_sentence(digits, monkeypatch):
    def no_room(arrays):
        raise MemoryError("Unable to allocate 24.2 MiB")

    monkeypatch.setattr(np, "concatenate", no_room)
    with pytest.raises(MemoryError, match="Shut down the kernels of the other lessons"):
        training_set(digits)


@pytest.mark.parametrize("down", [-5, -2, 0, 1, 4])
@pytest.mark.parametrize("right", [-3, -1, 0, 2, 9])
def test_shifted_moves_every_pixel(down, right):
    images = np.arange(1, 25).reshape(2, 3, 4)
    moved = shifted(images, down, right)
    for i, r, c in np.ndindex(images.shape):
        inside = 0 <= r - down < 3 and 0 <= c - right < 4
        assert moved[i, r, c] == (images[i, r - down, c - right] if inside else 0)
    assert (shifted(images[0], down, right) == moved[0]).all()


def test_the_classroom_network_has_the_parameters_that_are_counted(trained):
    # Kernels without bias; four numbers a channel for each normalisation; ten scores.
    kernels = 5 * 5 * 16 + 3 * 3 * 16 * 32 + 3 * 3 * 32 * 128
    assert trained.count_params() == kernels + 4 * (16 + 32 + 128) + (3 * 3 * 128 + 1) * 10
    names = [layer.name for layer in trained.layers]
    assert [n for n in names if n in ("first", "second", "third", "probabilities")] == [
        "first",
        "second",
        "third",
        "probabilities",
    ]


def test_the_sample_teaches_to_read_digits(trained, digits):
    assert share_right(trained, digits) >= 0.975


def test_what_there_is_teaches_to_read_digits(trained):
    """One epoch and three over all of MNIST, where it can be had; elsewhere it is the sample."""
    digits = load_mnist()
    if len(digits.x_train) < 60_000:
        assert share_right(trained, digits) >= 0.975
        return
    for epochs, batch_size, least in ((1, 128, 0.985), (3, 256, 0.991)):
        model, _ = train_classroom(digits, epochs, batch_size)
        assert share_right(model, digits) >= least


@pytest.mark.parametrize("channel", [False, True])
def test_feature_maps_are_those_of_our_own_convolution(channel, trained, digits):
    image = digits.x_test[0]
    maps = feature_maps(trained, image[..., np.newaxis] if channel else image)
    assert list(maps) == [layer.name for layer in trained.layers]
    first, second = (trained.get_layer(name).get_weights()[0] for name in ("first", "second"))
    ours = conv2d(image[..., np.newaxis] / 255, first, stride=2, padding="same")
    assert np.abs(ours).max() > 0.1 and np.abs(maps["first"] - ours).max() < 1e-4
    ours = conv2d(maps["first_relu"], second, padding="same")
    assert ours.shape == (14, 14, 32) and np.abs(maps["second"] - ours).max() < 1e-4
    ours = pool2d(ours, 2)
    assert ours.shape == (7, 7, 32) and np.abs(maps["second_pool"] - ours).max() < 1e-4
    assert np.allclose(list(maps.values())[-1].sum(), 1)


@pytest.mark.parametrize("shape", [(28,), (27, 28), (1, 28, 28, 1), (28, 28, 3)])
def test_feature_maps_want_one_image_of_the_right_shape(shape, trained):
    with pytest.raises(ValueError, match=r"takes images of shape \(28, 28\); got \("):
        feature_maps(trained, np.zeros(shape))


SILENT = """
import numpy as np
from helpers.digits import feature_maps
from helpers.reference import quiet_tensorflow

keras = quiet_tensorflow().keras
model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
model.add(keras.layers.GlobalMaxPooling2D())
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
images = np.zeros((64, 8, 8, 1))
model.fit(images, np.zeros(64), verbose=0)
model.predict(images, verbose=0)
print(*(maps.shape for maps in feature_maps(model, images[0]).values()))
"""


def test_training_says_nothing_of_its_own():
    run = subprocess.run([sys.executable, "-c", SILENT], cwd=ROOT, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("(6, 6, 2) (2,)\n", "")
