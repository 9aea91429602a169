"""Training that is watched: the same training, right numbers, and a stop that keeps what it has."""

import queue
import re
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel

from helpers import training, watch_training
from helpers.reference import quiet_tensorflow
from helpers.training import Means, Record, charts, draw_charts, progress_bar, scale
from tools.setup_cell import ROOT

RNG = np.random.default_rng(5)
IMAGES, LABELS = RNG.integers(0, 256, (330, 8, 8, 1), dtype=np.uint8), RNG.integers(0, 3, 330)
LEARNED, KEPT = (IMAGES[:300], LABELS[:300]), (IMAGES[300:], LABELS[300:])


def small_model(metrics=("accuracy",)):
    """A network of three classes with all that behaves otherwise while it learns."""
    keras = quiet_tensorflow().keras
    keras.utils.set_random_seed(3)
    layers = [keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255)]
    layers += [keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization()]
    layers += [keras.layers.Flatten(), keras.layers.Dropout(0.2)]
    model = keras.Sequential([*layers, keras.layers.Dense(3, activation="softmax")])
    adam = keras.optimizers.Adam(0.01)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=list(metrics))
    return model


def fit(model, *callbacks, epochs=2, images=LEARNED[0], labels=LEARNED[1], batch_size=10):
    return model.fit(images, labels, batch_size, epochs, verbose=0, callbacks=list(callbacks))


def at_batch(number, act):
    """A callback that calls `act` after this batch of the training, the first being 1."""
    callback = quiet_tensorflow().keras.callbacks.LambdaCallback()
    count = iter(range(1, 10**6))
    callback.on_train_batch_end = lambda batch, logs: next(count) == number and act()
    return callback


def same(weights, others):
    return all(np.array_equal(one, other) for one, other in zip(weights, others, strict=True))


@pytest.fixture(scope="module")
def one_model():
    return small_model()


@pytest.fixture
def model(one_model):
    """The same for most tests, because TensorFlow prepares each model for a second or two.

    Interrupts are taken as Python takes them, even where these tests run in the background: a
    shell has programs there ignore them.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield one_model
    after = signal.signal(signal.SIGINT, before)
    assert after is signal.default_int_handler


@pytest.fixture
def watch():
    return watch_training(*KEPT)


def test_a_watched_training_gives_the_same_weights_to_the_last_bit(watch):
    silent, watched = small_model(), small_model()
    past = [fit(silent), fit(watched, watch)]
    assert same(silent.get_weights(), watched.get_weights())
    assert past[0].history == past[1].history


def test_the_weights_are_kept_on_the_way(model, watch):
    begin = model.get_weights()
    seen = {}
    look = at_batch(10, lambda: seen.update(ten=model.get_weights()))
    fit(model, look, watch, epochs=4)
    epochs = [f"after epoch {n}" for n in (1, 2, 3, 4)]
    early = ["before training", "after 10 batches"]
    assert list(watch.checkpoints) == [*early, *epochs[:3], "after 100 batches", epochs[3]]
    assert same(watch.checkpoints["before training"], begin)
    assert same(watch.checkpoints["after 10 batches"], seen["ten"])
    assert same(watch.checkpoints["after epoch 4"], model.get_weights())
    assert not same(watch.checkpoints["after epoch 3"], model.get_weights())
    model.set_weights(watch.checkpoints["before training"])
    assert same(model.get_weights(), begin)


def test_the_curve_is_the_mean_of_the_last_batches(model, watch):
    """Every batch the same images: what Keras says of one is what evaluate says before it."""
    means, running = Means(), 0.0
    values = RNG.random(40)
    for count in range(1, 41):
        running += (values[count - 1] - running) / count
        if count % 8 == 0:
            loss = means.since_last(count, {"loss": running})["loss"]
            assert loss == pytest.approx(values[count - 8 : count].mean())
    past = fit(model, watch, epochs=3, batch_size=1)  # 300 batches an epoch, 15 to a point
    batches = [point[0] for point in watch.record.learning]
    assert watch.record.every == 15
    assert batches == [batch for batch in range(15, 901, 15) if batch % 300]
    second = [p[1:] for p in watch.record.learning if 300 < p[0] <= 600]
    assert len(second) == 19
    for column, name in enumerate(("loss", "accuracy")):
        whole = past.history[name][1] * 300
        last_15 = whole - 15 * sum(point[column] for point in second)
        assert 0 <= last_15 <= 15 * 3


def test_the_numbers_of_the_digits_kept_back_are_keras_own(watch):
    model = small_model()
    before = model.evaluate(*KEPT, verbose=0)
    fit(model, watch)
    kept = watch.record.kept
    assert kept[0] == pytest.approx((0, *before), rel=1e-5)
    assert kept[-1] == pytest.approx((60, *model.evaluate(*KEPT, verbose=0)), rel=1e-5)
    assert {30, 60} <= {batch for batch, _, _ in kept}


def test_without_digits_kept_back_there_is_one_curve(model):
    watch = watch_training()
    fit(model, watch)
    assert watch.record.kept == [] and len(watch.record.learning) == 58
    assert "kept back" not in charts(watch.record) + repr(watch.picture)


def test_the_button_stops_and_keeps_what_was_learned(model, watch):

    def press():  # as a kernel does: in another thread than the training
        thread = threading.Thread(target=watch.picture._button.click)
        thread.start()
        thread.join()

    past = fit(model, at_batch(37, press), watch)
    assert watch.record.batch == 37 and len(past.history["loss"]) == 2
    assert list(watch.checkpoints)[-2:] == ["after epoch 1", "when stopped"]
    assert same(watch.checkpoints["when stopped"], model.get_weights())
    assert "Stopped after 37 of 60 batches" in watch.picture._message.value
    assert "What it learned is kept." in watch.picture._message.value
    assert watch.picture._button.layout.display == "none"


def test_a_stop_in_the_last_batch_of_an_epoch_keeps_that_epoch(model, watch):
    fit(model, at_batch(30, lambda: watch.stop()), watch)
    assert list(watch.checkpoints)[-1] == "after epoch 1"
    assert watch.record.outcome().startswith("Stopped after 30 of 60 batches")
    fit(model, at_batch(60, lambda: watch.stop()), watch)
    assert watch.record.outcome().startswith("Done after 60 of 60 batches")


def test_the_same_watch_starts_afresh(model, watch):
    fit(model, at_batch(5, lambda: watch.stop()), watch)
    first, checkpoints = watch.picture, watch.checkpoints
    fit(model, watch, epochs=1)
    assert watch.picture is not first and watch.checkpoints is not checkpoints
    assert list(watch.checkpoints) == ["before training", "after 10 batches", "after epoch 1"]
    assert watch.record.outcome().startswith("Done after 30 of 30 batches")
    assert watch.record.learning[0][0] == 1
    assert "when stopped" in checkpoints and "5 of 60" in first._message.value


def test_an_interrupt_stops_after_the_batch(model, watch):
    handler = signal.getsignal(signal.SIGINT)
    fit(model, at_batch(12, lambda: signal.raise_signal(signal.SIGINT)), watch)
    assert watch.record.outcome().startswith("Stopped after 12 of 60 batches")
    assert model.predict(KEPT[0], verbose=0).shape == (30, 3)
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_second_interrupt_is_an_ordinary_one(model, watch):
    handler = signal.getsignal(signal.SIGINT)

    def twice():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        fit(model, at_batch(12, twice), watch)
    assert signal.getsignal(signal.SIGINT) is handler


def test_an_error_in_the_training_leaves_interrupts_as_they_were(model, watch):
    def fail():
        raise RuntimeError("out of ink")

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(RuntimeError, match="out of ink"):
        fit(model, at_batch(12, fail), watch)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is handler
    fit(model, watch)
    assert watch.record.end == "done" and signal.getsignal(signal.SIGINT) is handler


def test_it_works_in_a_thread_that_takes_no_signals(model, watch):
    thread = threading.Thread(target=fit, args=(model, watch))
    thread.start()
    thread.join()
    assert watch.record.end == "done"


@pytest.mark.parametrize("part", ["TrainingPicture", "charts", "show_in_notebook"])
def test_a_picture_that_fails_ends_no_training(part, model, watch, monkeypatch, capsys):
    def fail(*given):
        raise ZeroDivisionError("no room for the chart")

    monkeypatch.setattr(training, part, fail)
    fit(model, watch)
    assert list(watch.checkpoints)[-1] == "after epoch 2"
    said = "The training goes on, but its picture does not: no room for the chart\n"
    assert capsys.readouterr().out == said


def test_a_batch_count_that_nobody_knows(model, watch):
    """Keras tells no number of batches where the images come from a generator."""
    watch.set_params({"epochs": 1, "steps": None})
    watch.set_model(model)
    watch.on_train_begin()
    watch.on_epoch_begin(0)
    for batch in range(60):
        watch.on_train_batch_end(batch, {"loss": 1.5, "accuracy": 0.5})
    assert watch.record.where() == "epoch 1 of 1 · batch 60"
    watch.on_epoch_end(0)
    watch.on_train_end()
    assert watch.record.outcome().startswith("Done after 60 batches and")
    assert len(watch.record.learning) == 6 and list(watch.checkpoints)[-1] == "after epoch 1"
    assert watch.record.left is None and "value" not in progress_bar(watch.record)
    assert 'aria-label="loss' in charts(watch.record)


def test_a_loss_that_is_no_number_leaves_a_gap():
    record = Record(1, 100)
    record.learning = [(10, 2.0, 0.3), (20, float("nan"), 0.1), (30, float("inf"), 0.1)]
    drawn = charts(record)
    assert "<b>inf</b>" in drawn  # the newest number is told
    places = " ".join(re.findall('points="([^"]*)"', drawn))
    assert places.count(",") == 4 and "nan" not in places and "inf" not in places
    draw_charts(record)


def test_a_model_without_accuracy_is_watched_too(watch):
    fit(small_model(metrics=()), watch, epochs=1)
    assert np.isnan(watch.record.learning[-1][2]) and watch.record.end == "done"
    assert not watch._broken


def test_the_scale_narrows_once_it_reads_well():
    record = Record(1, 100)
    record.learning = [(10, 2.0, 0.3), (20, 0.3, 0.91), (30, 0.2, 0.93)]
    assert scale(record, "accuracy")[0] == 0 and ">20%<" in charts(record)
    record.learning.append((40, 0.2, 0.95))
    assert scale(record, "accuracy")[0] == 0.8 and scale(record, "loss")[1] == 0.5
    assert ">85%<" in charts(record) and ">20%<" not in charts(record)


@pytest.mark.parametrize(
    "given, sentence",
    [
        ((IMAGES,), "images and their labels, or neither"),
        ((IMAGES, LABELS[:7]), "a label for each; got 330 images and 7 labels"),
        ((IMAGES[:0], LABELS[:0]), "at least one image"),
    ],
)
def test_images_and_labels_must_belong_together(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        watch_training(*given)


def test_the_stored_form_is_the_last_state_as_picture_and_words(model, watch, monkeypatch):
    shown = []
    monkeypatch.setattr(training, "show_in_notebook", shown.append)
    fit(model, watch)
    assert shown == [watch.picture]  # at once, and only once
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    early = at_batch(9, lambda: shown.append(len(shown)))
    fit(model, early, watch)
    assert shown[1:] == [1, watch.picture]  # at the end
    data, _ = watch.picture._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain"}
    assert data["image/png"].startswith(b"\x89PNG") and len(data["image/png"]) < 40_000
    loss, accuracy = watch.record.kept[-1][1:]
    assert data["text/plain"].startswith("Training. Done after 60 of 60 batches and ")
    assert data["text/plain"].endswith(f"Kept back: loss {loss:.3f}, {accuracy:.1%} right.")


@pytest.mark.parametrize(
    "info, hears",
    [({}, False), ({"supported_features": ["debugger", "kernel subshells"]}, True)],
)
def test_a_kernel_that_hears_no_button_shows_none(info, hears, monkeypatch):
    shell = SimpleNamespace(kernel=SimpleNamespace(kernel_info=info))
    monkeypatch.setattr(training, "_shell", lambda: shell)
    picture = training.TrainingPicture(Record(), lambda button: None)
    assert (picture._button.layout.display is None) == hears
    assert ("press the button" in training.how_to_stop()) == hears
    assert "press the notebook's ■" in training.how_to_stop()


PLAIN = """
import numpy as np
from helpers import quiet_tensorflow, watch_training

keras = quiet_tensorflow().keras
model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
model.add(keras.layers.GlobalMaxPooling2D())
model.compile("adam", "mse")
images = np.zeros((64, 8, 8, 1))
watch = watch_training(images, np.zeros((64, 2)))
model.fit(images, np.zeros((64, 2)), verbose=0, callbacks=[watch_training()])
print("trained")
"""


def test_plain_python_prints_nothing():
    run = subprocess.run([sys.executable, "-c", PLAIN], cwd=ROOT, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("trained\n", "")


IN_A_KERNEL = """
import sys
sys.path.insert(0, {root!r})
from tests.test_training import *
watch, model = watch_training(*KEPT), small_model()
began = at_batch(20, lambda: print("begun", flush=True))
past = fit(model, began, watch, epochs=5000)
"""


def test_interrupting_a_real_kernel_leaves_a_usable_model():
    manager, client = start_new_kernel(cwd=str(ROOT))
    try:
        asked = client.execute(IN_A_KERNEL.format(root=str(ROOT)))
        while (message := client.get_iopub_msg(timeout=120))["content"].get("text") != "begun\n":
            assert message["msg_type"] != "error", message["content"]
        manager.interrupt_kernel()
        assert reply(client, asked)["status"] == "ok"
        end = "watch.record.end, list(watch.checkpoints)[-1]"
        code = f"model.predict(KEPT[0], verbose=0).shape, {end}"
        answer = reply(client, client.execute("", user_expressions={"answer": code}))
        text = answer["user_expressions"]["answer"]["data"]["text/plain"]
        # The batch in which the interrupt arrives may be the last one of an epoch.
        assert re.fullmatch(r"\(\(30, 3\), 'stopped', '(when stopped|after epoch \d+)'\)", text)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def reply(client, asked, seconds=60):
    """What the kernel answers to this request."""
    while True:
        try:
            message = client.get_shell_msg(timeout=seconds)
        except queue.Empty:
            pytest.fail("the kernel does not answer")
        if message["parent_header"].get("msg_id") == asked:
            return message["content"]
