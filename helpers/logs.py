"""What TensorBoard shows of a network that learns: numbers, images, histograms and the graph.

TensorBoard is a page of its own, made by the authors of TensorFlow. It draws what a program wrote
into a folder while it ran. TensorFlow writes with `tf.summary`, which needs the Python package
`tensorboard`; newer versions of TensorFlow come without it.
"""

import functools
import importlib.util
import os
import re
import textwrap
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from .digits import as_batch, maps_image
from .figures import Still, small_png
from .reference import quiet_tensorflow
from .stored import large, storing

MISSING = "TensorBoard is not installed here: python -m pip install tensorboard"
SIDE = 320  # pixels, the height of a picture of maps


class Logs:
    """Writes what a model of images (28, 28, 1) is and does into a new folder below `folder`.

    That folder is called run-1, or run-2 if there is one, and so on: TensorBoard shows several
    runs side by side. In it `train` holds nearly everything, `test` the same two curves for the
    digits of the test. The first 50 of `images` (N, 28, 28) are what the model is shown for its
    activations, and the very first for its maps.
    """

    def __init__(self, folder, model, images):
        tf = quiet_tensorflow()
        self.model, self.images = model, images[:50]
        numbers = (n for n in range(1, 10**6) if not Path(folder, f"run-{n}").exists())
        self.folder = Path(folder, f"run-{next(numbers)}")
        for part in ("train", "test"):  # here a folder that cannot be written is noticed
            (self.folder / part).mkdir(parents=True)
        self._train, self._test = (
            tf.summary.create_file_writer(str(self.folder / part)) for part in ("train", "test")
        )
        with self._train.as_default(step=0):
            tf.summary.image("input", self.images[:10, ..., np.newaxis] / 255, max_outputs=10)
            _write_graph(model)

    def write(self, step, train, test):
        """What the model is after `step` steps; train and test: (accuracy, cross entropy)."""
        tf = quiet_tensorflow()
        for writer, measured in ((self._train, train), (self._test, test)):
            with writer.as_default(step=step):
                for name, value in zip(("accuracy", "cross entropy"), measured, strict=True):
                    tf.summary.scalar(name, value)
        made = activations(self.model, self.images, step)
        with self._train.as_default(step=step):
            _write_numbers(self.model, made)
            for name, image in layer_pictures(self.model, made).items():
                tf.summary.image(name, image[np.newaxis])
        self._train.flush()
        self._test.flush()


def open_logs(folder, model, images):
    """`Logs`, or None with a printed reason: a long run is not to fail for want of its logs."""
    if importlib.util.find_spec("tensorboard") is None:
        print(f"{MISSING}. The run goes on without logs.")
        return None
    try:
        return Logs(folder, model, images)
    except OSError as error:
        print(f"Nothing can be written into {folder} ({error.strerror}). The run goes on without.")
        return None


def _write_graph(model):
    """How numbers flow from layer to layer, and through the operations inside each."""
    tf = quiet_tensorflow()

    @tf.function(input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), name="images")])
    def flow(numbers):
        for layer in model.layers:  # one by one: the model as a whole would be drawn as one box
            numbers = layer(numbers, training=True)  # with dropout
        return numbers

    tf.summary.graph(flow.get_concrete_function().graph)


def _write_numbers(model, made):
    """Histogram, mean, standard deviation, largest and smallest of weights and activations."""
    tf = quiet_tensorflow()
    values = {
        f"{layer.name}/{weights.name}": weights.numpy()
        for layer in model.layers
        for weights in layer.trainable_weights
    }
    values |= {
        f"{layer.name}/activations": made[layer.name]
        for layer in model.layers
        if type(layer).__name__ not in ("Rescaling", "Flatten")  # they make no new numbers
    }
    for name, numbers in values.items():
        tf.summary.histogram(name, numbers)
        tf.summary.scalar(f"{name}/mean", numbers.mean())
        tf.summary.scalar(f"{name}/standard deviation", numbers.std())
        tf.summary.scalar(f"{name}/largest", numbers.max())
        tf.summary.scalar(f"{name}/smallest", numbers.min())
    for name, rate, before in _dropouts(model, made):
        tf.summary.scalar(f"{name}/rate", rate)
        tf.summary.scalar(f"{name}/share kept", _share(made[name] != 0, before != 0))


def _share(some, of):
    return some.sum() / max(of.sum(), 1)


def activations(model, images, step=0):
    """What each layer makes of images (N, 28, 28): layer name -> (N, ...), dropout as in training.

    Dropout is done here with chance numbers of its own, the same for the same `step`: those of the
    training that is being watched stay as they are.
    """
    keras = quiet_tensorflow().keras
    every_layer = keras.Model(model.inputs[0], [layer.output for layer in model.layers])
    outputs = every_layer(as_batch(images, model.input_shape[1:]), training=False)
    made = dict(zip([layer.name for layer in model.layers], map(np.asarray, outputs), strict=True))
    for name, rate, before in _dropouts(model, made):
        made[name] = np.asarray(keras.random.dropout(before, rate, seed=step))
    return made


def _dropouts(model, made):
    """(name, rate, what comes in) of each dropout layer."""
    for before, layer in zip(model.layers, model.layers[1:], strict=False):
        if type(layer).__name__ == "Dropout":
            yield layer.name, layer.rate, made[before.name]


def layer_pictures(model, made):
    """Pictures of a model's kernels, and of what it makes of the first image in `made`.

    A dictionary of name -> uint8 (H, W, 3), purple below zero, white at zero, green above. A layer
    behind others has a kernel for each map that comes in: there the picture shows all kernels of
    its first filter.
    """
    shown = {}
    for layer in model.layers:
        numbers = made[layer.name][0]
        if type(layer).__name__ == "Conv2D":
            kernels = layer.kernel.numpy()
            first = kernels.shape[2] == 1  # one channel comes in: each filter is one kernel
            kernels = kernels[:, :, 0] if first else kernels[..., 0]
            of = "" if first else "filter 0, "
            shown[_named(layer, f"{of}{kernels.shape[2]} kernels", kernels)] = kernels
        if type(layer).__name__ == "Dropout":
            shown[f"{layer.name}/{numbers.size:,} numbers"] = numbers.reshape(-1)
        elif type(layer).__name__ in ("Conv2D", "MaxPooling2D"):
            shown[_named(layer, f"{numbers.shape[2]} maps", numbers)] = numbers
    return {name: _sheet(numbers) for name, numbers in shown.items()}


def _named(layer, what, numbers):
    return f"{layer.name}/{what} {numbers.shape[0]}x{numbers.shape[1]}"


def _sheet(numbers):
    """Maps (H, W, N) in four rows, or numbers (N,) in a square, `SIDE` pixels high."""
    rows = 4 if numbers.ndim == 3 and numbers.shape[2] >= 16 else 1
    columns = -(-numbers.shape[2] // rows) if numbers.ndim == 3 else 1
    return maps_image(numbers, SIDE * columns // rows, SIDE, gap=4)


def show_log_images(model, image):
    """The images of the logs for one image (28, 28), drawn here: TensorBoard is not needed.

    The input, then for each layer of maps its kernels and maps, and what dropout leaves.
    """
    pictures = layer_pictures(model, activations(model, image[np.newaxis]))
    pictures = {_title(name): picture for name, picture in pictures.items()}
    in_few_colours = functools.partial(small_png, colours=48, shades=True)
    words = "; ".join(["input", *pictures]) + "."
    return Still(lambda: _draw(image, pictures), words, in_few_colours)


def _title(name):
    return re.sub(r"(?<=\d)x(?=\d)", "×", name.replace("/", ": "))


def _draw(image, pictures):
    """The pictures in rows, all equally high, each under its name."""
    from matplotlib.figure import Figure

    ink = np.repeat(image[..., np.newaxis], 3, axis=2)
    rows, wide = [[]], 0
    for name, picture in {
        "input": np.kron(ink, np.ones((10, 10, 1), np.uint8)),
        **pictures,
    }.items():
        wide += picture.shape[1]
        if wide > 5 * SIDE and rows[-1]:
            rows, wide = [*rows, []], picture.shape[1]
        rows[-1].append((name, picture))
    wide, high, share = (10.8, 2.9, 0.7) if large() else (9, 2, 0.85)
    figure = Figure(figsize=(wide, high * len(rows)))
    for place, row in enumerate(rows):
        left = 0.05
        for name, picture in row:
            width = share * high * picture.shape[1] / picture.shape[0]
            bottom = 1 - (place + 0.96) / len(rows)
            axes = figure.add_axes((left / wide, bottom, width / wide, share / len(rows)))
            axes.imshow(picture)
            axes.set_title(_in_lines(name, width), loc="left", fontsize=11, pad=3)
            axes.set_axis_off()
            left += width + 0.1
    return figure


def _in_lines(title, inches):
    """A title as it is, or for the large letters of a large picture in lines that are so wide."""
    return textwrap.fill(title, int(8 * inches)) if large() else title


def open_tensorboard(folder="logs"):
    """Open TensorBoard on a folder of logs, here in the notebook; a sentence where it is missing.

    It runs inside the notebook's kernel and ends with it. Your browser must reach the computer that
    the kernel runs on, as it does at home and on Colab. On Binder and on most hubs it does not; a
    hub with jupyter-server-proxy may set TENSORBOARD_PROXY_URL to its ".../proxy/%PORT%/".
    """
    if importlib.util.find_spec("tensorboard") is None:
        print(f"{MISSING}. The same images stand below.")
    elif not list(Path(folder).glob("run-*")):
        print(f"There are no logs in {folder} yet: a run with logs={str(folder)!r} writes them.")
    elif storing():
        print("TensorBoard opens here.")
    elif "JUPYTERHUB_SERVICE_PREFIX" in os.environ and "TENSORBOARD_PROXY_URL" not in os.environ:
        print("Your browser cannot reach TensorBoard on this hub. The same images stand below.")
    else:
        from tensorboard import notebook

        notebook.display(_start(str(Path(folder).resolve())))


@functools.cache
def _start(folder):
    """The port of a TensorBoard inside this program: it ends when this ends, and leaves nothing."""
    from tensorboard import program

    board = program.TensorBoard()
    board.configure(logdir=folder, port=0, load_fast="false")
    return urlsplit(board.launch()).port
