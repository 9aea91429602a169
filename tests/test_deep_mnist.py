"""Deep MNIST of 2017: its network, its recipe, what it logs, the stored run."""

import io
import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing import plugin_event_multiplexer
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.context import RequestContext
from tensorboard.data.provider import RunTagFilter

from helpers import deep_mnist as module
from helpers import logs
from helpers.deep_mnist import (
    STORED,
    batches,
    deep_mnist,
    show_run,
    stored_deep_mnist,
    train_deep_mnist,
)
from helpers.logs import Logs, activations, layer_pictures, open_tensorboard, show_log_images
from helpers.mnist import Mnist, load_mnist
from helpers.reference import quiet_tensorflow
from tools import store_deep_mnist
from tools.setup_cell import ROOT


@pytest.fixture(scope="module")
def few():
    """An `Mnist` of 300 digits to learn from and 100 to test."""
    all_of_them = load_mnist("sample")
    parts = [array[:count] for array, count in zip(all_of_them, (300, 300, 100, 100), strict=False)]
    return Mnist(*parts, "a few")


@pytest.fixture(scope="module")
def trained(few, tmp_path_factory):
    """The network after 20 steps with logs, the `Run`, and the folder of its logs."""
    folder = tmp_path_factory.mktemp("logs")
    model = deep_mnist()
    return model, train_deep_mnist(model, few, steps=20, every=10, logs=folder), folder


# The network and its recipe


def test_shapes_and_parameters():
    model = deep_mnist()
    shapes = [layer.output.shape[1:] for layer in model.layers[1:]]
    assert shapes == [
        (28, 28, 32),
        (14, 14, 32),
        (14, 14, 64),
        (7, 7, 64),
        (3136,),
        (1024,),
        (1024,),
        (10,),
    ]
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [832, 51_264, 3_212_288, 10_250]
    assert counts == [(5 * 5 * 1 + 1) * 32, (5 * 5 * 32 + 1) * 64, 3137 * 1024, 1025 * 10]
    assert model.count_params() == 3_274_634


def test_first_values_are_those_of_2017():
    model = deep_mnist()
    weights, biases = model.get_weights()[::2], model.get_weights()[1::2]
    assert all((bias == np.float32(0.1)).all() for bias in biases)
    for array in weights:
        assert np.abs(array).max() <= 0.2  # cut off at two standard deviations
        assert abs(array.mean()) < 0.01
    starts = {tuple(array.ravel()[:5]) for array in weights}
    assert len(starts) == 4  # an initializer without a SeedGenerator gives every layer the same
    theirs = quiet_tensorflow().random.truncated_normal((3136, 1024), stddev=0.1, seed=1).numpy()
    assert abs(weights[2].std() - theirs.std()) < 0.0005  # 0.088, not 0.1
    assert np.allclose(
        np.quantile(weights[2], [0.1, 0.5, 0.9]), np.quantile(theirs, [0.1, 0.5, 0.9]), atol=0.001
    )


def test_recipe():
    model = deep_mnist()
    layers = {layer.name: layer for layer in model.layers}
    assert layers["dropout"].rate == 0.5
    for name in ("conv1", "conv2", "dense"):
        assert layers[name].activation.__name__ == "relu"
    assert layers["probabilities"].activation.__name__ == "softmax"
    assert type(model.optimizer).__name__ == "Adam"
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-4)
    assert model.loss == "sparse_categorical_crossentropy"
    assert (module.BATCH, train_deep_mnist.__defaults__) == (50, (3000, 100, None))


def test_same_seed_same_network():
    ours, again, other = (deep_mnist(seed).get_weights()[0] for seed in (7, 7, 8))
    assert (ours == again).all() and not (ours == other).any()


def test_batches_use_every_digit_once_before_any_twice():
    np.random.seed(1)
    dealt = np.concatenate(list(batches(120, 12)))
    assert dealt.shape == (600,)
    for turn in dealt.reshape(5, 120):
        assert sorted(turn) == list(range(120))
    assert not (dealt[:120] == dealt[120:240]).all()
    assert len(list(batches(7, 3))) == 3 and all(len(batch) == 50 for batch in batches(7, 3))


# A run


def test_run_learns_and_measures(trained):
    model, run, _ = trained
    assert [m.step for m in run.measured] == [0, 10, 20]
    first, last = run.measured[0], run.measured[-1]
    assert first.seconds == 0 < run.measured[1].seconds < last.seconds
    assert last.test_accuracy > first.test_accuracy + 0.1 and last.test_loss < first.test_loss / 2
    assert last.train_loss < first.train_loss / 2
    assert run.before.shape == run.after.shape == (5, 5, 1, 32)
    assert (run.after == model.get_weights()[0]).all() and not (run.before == run.after).any()
    assert re.fullmatch(
        r"20 steps of 50 digits, \d+ s of training here: \d\d\.\d\d% of the test digits read "
        r"right, cross entropy \d\.\d{3}\.",
        repr(run),
    )


def test_measured_is_what_the_model_reads(trained, few):
    model, run, _ = trained
    read = model.predict(few.x_test[..., np.newaxis], verbose=0)
    right = read.argmax(axis=1) == few.y_test
    assert run.measured[-1].test_accuracy == pytest.approx(right.mean())
    loss = -np.log(read[np.arange(100), few.y_test]).mean()
    assert run.measured[-1].test_loss == pytest.approx(loss, rel=1e-4)


def test_training_accuracy_is_measured_on_the_first_digits(few, monkeypatch):
    asked = []

    class Model:  # only says what it is asked
        def evaluate(self, images, labels, *rest, **options):
            asked.append(labels)
            return {"accuracy": 0, "loss": 0}

    monkeypatch.setattr(module, "SOME", 100)
    module._measure(Model(), few, 0, 0, None)
    assert (asked[0] == few.y_train[:100]).all() and (asked[1] == few.y_test).all()


def test_logs_change_nothing(few, trained):
    """Neither asking for activations nor dropout in them may touch what is learned."""
    model, run, _ = trained
    quiet = deep_mnist()
    unlogged = train_deep_mnist(quiet, few, steps=20, every=10)
    for ours, theirs in zip(model.get_weights(), quiet.get_weights(), strict=True):
        assert (ours == theirs).all()
    assert [m._replace(seconds=0) for m in run.measured] == [
        m._replace(seconds=0) for m in unlogged.measured
    ]


def test_interrupted_run_keeps_what_was_learned(few, capsys, monkeypatch):
    model = deep_mnist()
    before, learn = model.get_weights()[0], model.train_on_batch
    steps = []

    def interrupted(*batch):
        steps.append(batch)
        if len(steps) == 8:
            raise KeyboardInterrupt
        return learn(*batch)

    monkeypatch.setattr(model, "train_on_batch", interrupted)
    run = train_deep_mnist(model, few, steps=20, every=5)
    assert [m.step for m in run.measured] == [0, 5]
    assert "Stopped at step 7. The network keeps" in capsys.readouterr().out
    assert not (model.get_weights()[0] == before).any()
    assert (run.after == model.get_weights()[0]).all()
    assert repr(show_run(run)).startswith("5 steps of 50 digits")


def test_interrupted_before_anything(few, monkeypatch):
    model = deep_mnist()

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(model, "evaluate", interrupted)
    run = train_deep_mnist(model, few, steps=20, every=5)
    assert repr(run) == "Stopped before anything was measured."
    with pytest.raises(ValueError, match="Nothing was measured"):
        show_run(run)


@pytest.mark.parametrize("number", [0, -3, 2.5, True, "100", None])
@pytest.mark.parametrize("name", ["steps", "every"])
def test_steps_must_be_whole_numbers(name, number, few, trained):
    with pytest.raises(ValueError, match=f"{name} must be a whole number of 1 or more; got"):
        train_deep_mnist(trained[0], few, **{name: number})


def test_unusable_models_are_refused(few):
    keras = quiet_tensorflow().keras
    bare = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten()])
    bare.add(keras.layers.Dense(10, activation="softmax"))
    with pytest.raises(ValueError, match="after model.compile"):
        train_deep_mnist(bare, few)
    with pytest.raises(ValueError, match="after model.compile.*got 5"):
        train_deep_mnist(5, few)
    other = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Flatten()])
    other.add(keras.layers.Dense(10, activation="softmax"))
    other.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    with pytest.raises(ValueError, match=r"28 by 28; got \(32, 32\)"):
        train_deep_mnist(other, few)


def test_progress_is_said_every_fifth_time(capsys):
    rows = [module.Measured(step, 0, 0, 0.5, 0, 0) for step in range(0, 3000, 100)]
    for place in range(len(rows)):
        module._say(rows[: place + 1], 3000, 100, rows[place].step / 10)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[0] == "step     0:  50.0% of the test digits read right"
    assert lines[1] == "step   500:  50.0% of the test digits read right, about 4 min left"


# What stands in the logs, read as TensorBoard reads it


@pytest.fixture(scope="module")
def board(trained):
    """TensorBoard's own reader on the logs of `trained`."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        tensor_size_guidance={"scalars": 0, "images": 0, "histograms": 0, "tensors": 0}
    )
    multiplexer.AddRunsFromDirectory(str(trained[2])).Reload()
    return MultiplexerDataProvider(multiplexer, str(trained[2]))


def scalars(board, run, tag):
    found = board.read_scalars(
        RequestContext(),
        experiment_id="",
        plugin_name="scalars",
        downsample=1000,
        run_tag_filter=RunTagFilter([run], [tag]),
    )
    return [(row.step, row.value) for row in found[run][tag]]


def tensors(board, plugin, tag, run="run-1/train"):
    found = board.read_tensors(
        RequestContext(),
        experiment_id="",
        plugin_name=plugin,
        downsample=1000,
        run_tag_filter=RunTagFilter([run], [tag]),
    )
    return [(row.step, row.numpy) for row in found[run][tag]]


def pictures(board, tag):
    """[(step, [picture, ...])] as arrays."""
    found = board.read_blob_sequences(
        RequestContext(),
        experiment_id="",
        plugin_name="images",
        downsample=1000,
        run_tag_filter=RunTagFilter(["run-1/train"], [tag]),
    )
    result = []
    for row in found["run-1/train"][tag]:
        blobs = [board.read_blob(RequestContext(), blob_key=v.blob_key) for v in row.values]
        shown = [np.asarray(Image.open(io.BytesIO(blob))) for blob in blobs[2:]]  # width, height
        result.append((row.step, shown))
    return result


@pytest.mark.parametrize("part", ["train", "test"])
def test_accuracy_and_cross_entropy_are_logged(part, trained, board):
    for tag, name in (("accuracy", "accuracy"), ("cross entropy", "loss")):
        measured = [(m.step, getattr(m, f"{part}_{name}")) for m in trained[1].measured]
        logged = scalars(board, f"run-1/{part}", tag)
        assert [step for step, _ in logged] == [0, 10, 20]
        assert np.allclose([v for _, v in logged], [v for _, v in measured])


@pytest.mark.parametrize("layer", ["conv1", "conv2", "dense", "probabilities"])
def test_weights_are_logged(layer, trained, board):
    kernel, bias = trained[0].get_layer(layer).get_weights()
    for name, values in (("kernel", kernel), ("bias", bias)):
        statistics(board, f"{layer}/{name}", values)


@pytest.mark.parametrize(
    "layer", ["conv1", "pool1", "conv2", "pool2", "dense", "dropout", "probabilities"]
)
def test_activations_are_logged(layer, trained, board, few):
    made = activations(trained[0], few.x_train[:50], step=20)
    assert made[layer].shape[0] == 50
    statistics(board, f"{layer}/activations", made[layer])


def statistics(board, tag, values):
    """The last histogram and the last four numbers under `tag` are those of `values`."""
    step, histogram = tensors(board, "histograms", tag)[-1]
    assert step == 20
    assert histogram[:, 2].sum() == pytest.approx(values.size)
    assert histogram[0, 0] == pytest.approx(values.min(), abs=1e-6)
    assert histogram[-1, 1] == pytest.approx(values.max(), abs=1e-6)
    expected = {
        "mean": values.mean(),
        "standard deviation": values.std(),
        "largest": values.max(),
        "smallest": values.min(),
    }
    for name, number in expected.items():
        step, logged = scalars(board, "run-1/train", f"{tag}/{name}")[-1]
        assert (step, logged) == (20, pytest.approx(number, rel=1e-5, abs=1e-6))


def test_dropout_is_logged(board, trained, few):
    assert scalars(board, "run-1/train", "dropout/rate") == [(0, 0.5), (10, 0.5), (20, 0.5)]
    kept = [share for _, share in scalars(board, "run-1/train", "dropout/share kept")]
    assert all(0.45 < share < 0.55 for share in kept) and len(set(kept)) == 3
    made = activations(trained[0], few.x_train[:50], step=20)
    dropped, before = made["dropout"], made["dense"]
    stay = dropped != 0
    assert np.allclose(dropped[stay], 2 * before[stay])  # what stays is doubled


def test_input_images_are_logged(board, few):
    ((step, shown),) = pictures(board, "input")
    assert step == 0 and len(shown) == 10
    for picture, digit in zip(shown, few.x_train, strict=False):
        assert np.abs(picture.reshape(28, 28).astype(int) - digit).max() <= 1


NAMES = [
    "conv1/32 kernels 5x5",
    "conv1/32 maps 28x28",
    "pool1/32 maps 14x14",
    "conv2/filter 0, 32 kernels 5x5",
    "conv2/64 maps 14x14",
    "pool2/64 maps 7x7",
    "dropout/1,024 numbers",
]


@pytest.mark.parametrize("name", NAMES)
def test_pictures_of_layers_are_logged(name, board, trained, few):
    logged = pictures(board, name)
    assert [step for step, _ in logged] == [0, 10, 20]
    expected = layer_pictures(trained[0], activations(trained[0], few.x_train[:50], step=20))
    assert list(expected) == NAMES
    (last,) = logged[-1][1]
    assert (last == expected[name]).all()
    assert len({tuple(colour) for colour in last.reshape(-1, 3)}) > 10


def test_pictures_show_the_numbers(trained, few):
    """A cell is as green as its number is large; a layer-2 filter is 5x5x32."""
    shown = layer_pictures(trained[0], made := activations(trained[0], few.x_train[:1]))
    kernels = trained[0].get_layer("conv2").get_weights()[0]
    assert kernels.shape == (5, 5, 32, 64)
    sheet = shown["conv2/filter 0, 32 kernels 5x5"]
    rows, columns = 4, 8
    high, wide = (sheet.shape[0] - 4) // rows - 4, (sheet.shape[1] - 4) // columns - 4
    for place in (0, 9, 31):
        top, left = 4 + place // 8 * (high + 4), 4 + place % 8 * (wide + 4)
        middle = sheet[top + high // 2, left + wide // 2].astype(int)
        weight = kernels[2, 2, place, 0]
        assert (middle[1] > middle[0]) == (weight > 0)
    assert made["conv2"].shape == (1, 14, 14, 64)


def test_graph_is_logged(board):
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    found = board.read_blob_sequences(
        RequestContext(), experiment_id="", plugin_name="graphs", downsample=10
    )
    ((row,),) = found["run-1/train"].values()
    graph = GraphDef.FromString(board.read_blob(RequestContext(), blob_key=row.values[0].blob_key))
    parts = {node.name.partition("/")[0].rstrip("_0123456789") for node in graph.node}
    assert {"images", "conv", "pool", "flatten", "dense", "dropout", "probabilities"} <= parts
    assert {"Conv2D", "MaxPool", "MatMul", "Relu", "Softmax"} <= {node.op for node in graph.node}


def test_each_run_gets_a_folder_of_its_own(trained, few):
    folder = trained[2]
    assert [path.name for path in folder.iterdir()] == ["run-1"]
    again = Logs(folder, trained[0], few.x_train)
    assert again.folder == folder / "run-2"
    assert sorted(path.name for path in again.folder.iterdir()) == ["test", "train"]


# Without the package, without a place to write, without logs


def test_run_goes_on_without_tensorboard(few, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    run = train_deep_mnist(deep_mnist(), few, steps=1, every=1, logs=tmp_path / "logs")
    assert len(run.measured) == 2 and not (tmp_path / "logs").exists()
    first = capsys.readouterr().out.splitlines()[0]
    assert first == (
        "TensorBoard is not installed here: python -m pip install tensorboard. "
        "The run goes on without logs."
    )
    open_tensorboard(tmp_path)
    assert capsys.readouterr().out.startswith("TensorBoard is not installed here: python -m pip")


def test_tf_summary_needs_the_package():
    """Why the sentence is there: TensorFlow brings `tf.summary`, but not what it writes with."""
    code = (
        "import sys; sys.modules['tensorboard'] = None\n"
        "from helpers import quiet_tensorflow\n"
        "tf = quiet_tensorflow()\n"
        "try:\n    tf.summary.scalar('a', 1.0, step=1)\n"
        "except Exception as error:\n    print(error)\n"
    )
    words = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert "TensorBoard is not installed" in words


def test_run_goes_on_where_nothing_can_be_written(few, tmp_path, capsys):
    (tmp_path / "file").write_text("no folder can be made below a file, not even by root")
    run = train_deep_mnist(deep_mnist(), few, steps=1, every=1, logs=tmp_path / "file" / "logs")
    assert len(run.measured) == 2
    assert re.match("Nothing can be written into .*file/logs \\(", capsys.readouterr().out)


def test_no_logs_yet(tmp_path, capsys):
    open_tensorboard(tmp_path / "logs")
    assert capsys.readouterr().out.startswith(f"There are no logs in {tmp_path / 'logs'} yet: ")


def test_a_stored_lesson_starts_no_program(trained, monkeypatch, capsys):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    monkeypatch.setattr(logs, "_start", lambda folder: 1 / 0)
    open_tensorboard(trained[2])
    assert capsys.readouterr().out == "TensorBoard opens here.\n"


def test_a_hub_that_hides_tensorboard(trained, monkeypatch, capsys):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    monkeypatch.setattr(logs, "_start", lambda folder: 1 / 0)
    open_tensorboard(trained[2])
    assert capsys.readouterr().out.startswith("Your browser cannot reach TensorBoard on this hub.")
    monkeypatch.setenv("TENSORBOARD_PROXY_URL", "/user/ada/proxy/%PORT%/")
    with pytest.raises(ZeroDivisionError):
        open_tensorboard(trained[2])


@pytest.mark.filterwarnings("ignore:html5lib's sanitizer is deprecated")  # TensorBoard's own
def test_tensorboard_answers(trained, capsys):
    folder = trained[2]
    open_tensorboard(folder)
    address = re.search(r"http://localhost:\d+", capsys.readouterr().out)[0]
    with urllib.request.urlopen(f"{address}/data/runs", timeout=60) as answer:
        assert "run-1/train" in json.loads(answer.read())
    open_tensorboard(Path(folder, "..", folder.name))  # the same folder: the same TensorBoard
    assert address in capsys.readouterr().out


# The same images without TensorBoard, the stored run, and how it is stored


def test_log_images_are_drawn_here_too(trained, few):
    shown = show_log_images(trained[0], few.x_train[0])
    titles = [name.replace("/", ": ").replace("5x5", "5×5") for name in NAMES]
    words = repr(shown).rstrip(".").split("; ")
    assert words[:2] == ["input", titles[0]] and len(words) == 8
    content = shown._repr_png_()
    assert len(content) < 80_000
    assert Image.open(io.BytesIO(content)).size[0] == 900


def test_log_images_of_the_classroom_network():
    """Nothing in the pictures is made for one network only."""
    keras = quiet_tensorflow().keras
    model = keras.Sequential([keras.Input((28, 28, 1))])
    model.add(keras.layers.Conv2D(6, 3, strides=2, name="first"))
    model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(10, activation="softmax"))
    image = load_mnist("sample").x_train[0]
    before = model.get_weights()
    assert repr(show_log_images(model, image)) == (
        "input; first: 6 kernels 3×3; first: 6 maps 13×13."
    )
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_stored_run():
    run = stored_deep_mnist()
    assert [m.step for m in run.measured] == list(range(0, 3001, 100))
    assert 0.975 < run.measured[-1].test_accuracy < 0.99
    assert run.measured[0].test_accuracy < 0.2
    seconds = [m.seconds for m in run.measured]
    assert seconds == sorted(seconds) and seconds[0] == 0 < seconds[-1]
    assert run.before.shape == run.after.shape == (5, 5, 1, 32)
    assert np.abs(run.before).max() <= 0.2 < np.abs(run.after).max() < 0.5
    assert np.allclose(run.before, deep_mnist().get_weights()[0], atol=0.0006)  # its start
    assert STORED.stat().st_size < 20_000
    assert "3,000 steps of 50 digits" in repr(run) and "core" in repr(run)


def test_show_run_in_words_and_as_a_picture():
    shown = show_run(stored_deep_mnist())
    lines = repr(shown).splitlines()
    assert len(lines) == 8 and lines[1].startswith("step     0: ")
    assert lines[-1].startswith("step 3,000: ")
    assert Image.open(io.BytesIO(shown._repr_png_())).size == (950, 360)


def test_storing_a_run(trained, monkeypatch, tmp_path, capsys):
    text = store_deep_mnist.as_text(trained[1], "on one core")
    (tmp_path / "run.json").write_text(text)
    monkeypatch.setattr(module, "STORED", tmp_path / "run.json")
    again = stored_deep_mnist()
    assert np.allclose(again.measured, trained[1].measured, atol=1e-5)
    assert np.allclose(again.after, trained[1].after, atol=0.0006)
    assert again.where == "on one core"
    monkeypatch.setenv("MNIST_PATH", "sample")
    with pytest.raises(SystemExit, match="complete MNIST"):
        store_deep_mnist.main()
