"""Training that is watched: how far it is, how wrong the network still is, and a way to stop.

`watch_training` gives a Keras callback: an object that `model.fit` tells after every batch how it
goes. It keeps the numbers in a `Record`, which a `TrainingPicture` draws.
"""

import math
import signal
import threading
import time
from html import escape

import ipywidgets as widgets
import numpy as np

from . import figures
from .controls import Aloud, Boxed
from .reference import quiet_tensorflow
from .stored import joined, storing

POINTS = 60  # of the curve of the digits that are learned from, in a whole training
EVERY_POINTS = 5  # after so many of them comes a point of the digits kept back
SHARE = 0.04  # of the time at most goes into looking at those
PAUSE = 0.5  # seconds between two drawings
EARLY = (10, 100)  # batches after which the weights are kept too
COLOURS = {"learning": "#5b6472", "kept": "#1a4fb4"}  # of stills; training.css has the pages'


class Record:
    """What is known of a training: numbers alone.

    `learning` and `kept` are lists of (batch, loss, accuracy), the batches counted through all
    epochs: means over the `every` batches up to that one, and those of the digits kept back.
    """

    def __init__(self, epochs=1, steps=None):
        self.epochs, self.steps = epochs, steps  # steps: batches of an epoch, None if unknown
        self.total = steps and steps * epochs
        self.every = max(1, round((self.total or 600) / POINTS))
        self.learning, self.kept = [], []
        self.batch = self.epoch = 0
        self.seconds, self.left = 0.0, None
        self.end = None  # "done" or "stopped"

    def curves(self):
        """(key, name, points) of both curves; the second is left out if nothing was kept back."""
        batches = f"last {self.every} batches" if self.every > 1 else "last batch"
        yield "learning", f"learned from, {batches}", self.learning
        if self.kept:
            yield "kept", "kept back", self.kept

    def where(self):
        """How far it is, in words."""
        batches = f"{self.batch:,} of {self.total:,}" if self.total else f"{self.batch:,}"
        words = f"epoch {max(self.epoch, 1)} of {self.epochs} · batch {batches}"
        if self.end is None and self.left is not None:
            words += f" · about {math.ceil(self.left):,} s left"
        return words

    def outcome(self):
        """How it ended, in a sentence, or how far it is."""
        if self.end is None:
            return f"Under way: {self.where()}."
        batches = f" of {self.total:,}" if self.total else ""
        after = f"after {self.batch:,}{batches} batches and {self.seconds:.0f} seconds."
        kept = " What it learned is kept." if self.end == "stopped" else ""
        return f"{self.end.capitalize()} {after}{kept}"

    def numbers(self):
        """The newest numbers of both curves, in words."""
        last = [(name, points[-1]) for _, name, points in self.curves() if points]
        words = [f"{name}: loss {loss:.3f}, {acc:.1%} right." for name, (_, loss, acc) in last]
        return " ".join(word[0].upper() + word[1:] for word in words)


class Means:
    """The means over the last few batches, from Keras' running means since the epoch began.

    >>> means = Means()
    >>> means.since_last(2, {"loss": 3.0})  # two batches, 3 on average
    {'loss': 3.0}
    >>> means.since_last(6, {"loss": 2.0})  # six add up to 12: the last four to 6
    {'loss': 1.5}
    """

    def __init__(self):
        self._count, self._totals = 0, {}

    def since_last(self, count, running):
        """The means since the last call; `running` holds those of all `count` batches so far."""
        totals = {name: mean * count for name, mean in running.items()}
        new, before = count - self._count, self._totals
        self._count, self._totals = count, totals
        return {name: (total - before.get(name, 0)) / new for name, total in totals.items()}


def watch_training(images=None, labels=None):
    """A callback for `model.fit(..., callbacks=[watch])` that shows the training while it runs.

    It draws loss and accuracy of the digits that the network learns from, each point the mean over
    the last few batches. If `images`, in the shape that the model takes, and their `labels` (N,)
    are given, it draws them of these digits too, several times an epoch: digits kept back, from
    which the network never learns. Beside the curves stand the numbers, how far the training is,
    how long it will still take, and a button that stops it after the batch it is at. So does an
    interrupt of the kernel. The model can then be used: what it learned is kept.

    `checkpoints` is a dictionary of name -> weights as `model.get_weights()` gives them, in the
    order of the training: "before training", "after 10 batches", "after 100 batches",
    "after epoch 1" and so on, and "when stopped" if it was. `model.set_weights` takes them.

    Training with it gives the same weights as without. The same callback may be used again and
    then starts afresh. `ValueError` for images and labels that do not belong together.
    """
    if (images is None) != (labels is None):
        raise ValueError("watch_training wants images and their labels, or neither.")
    if images is not None and (len(images) != len(labels) or not len(images)):
        raise ValueError(
            "watch_training wants at least one image, and a label for each; "
            f"got {len(images):,} images and {len(labels):,} labels."
        )
    callback = quiet_tensorflow().keras.callbacks.Callback
    return type("WatchedTraining", (Watching, callback), {})(images, labels)


class Watching:
    """What Keras calls while it trains. `watch_training` makes a Keras callback of it."""

    def __init__(self, images, labels):
        super().__init__()
        self._images, self._labels = images, labels
        self.checkpoints, self.record, self.picture = {}, Record(), None

    def on_train_begin(self, logs=None):
        self.record = Record(self.params.get("epochs") or 1, self.params.get("steps"))
        self.checkpoints, self._asked, self._looking = {}, False, 0.0
        self._began, self._first_batch = time.perf_counter(), None
        self._hear_interrupts()
        self._keep("before training")
        self.picture, self._broken = None, False
        self._safely(self._show)
        self._look_at_kept()
        self._looking = 0.0  # the first look is slow: TensorFlow prepares, as for the first batch
        self._draw()

    def on_epoch_begin(self, epoch, logs=None):
        self.record.epoch, self._earlier, self._means = epoch + 1, self.record.batch, Means()

    def on_train_batch_end(self, batch, logs=None):
        record, now = self.record, time.perf_counter()
        record.batch, record.seconds = self._earlier + batch + 1, now - self._began
        record.left = self._time_left(now)
        if record.batch in EARLY:
            self._keep(f"after {record.batch} batches")
            self._look_at_kept()  # the first batches change most
        # The last batch of an epoch may be a small one, of which Keras' means do not tell.
        if (batch + 1) % record.every == 0 and batch + 1 != record.steps:
            self._note(batch + 1, logs)
        if now - self._drawn > PAUSE:
            self._draw()

    def on_epoch_end(self, epoch, logs=None):
        record = self.record
        whole = not self._asked or record.batch - self._earlier == record.steps
        self._keep(f"after epoch {epoch + 1}" if whole else "when stopped")
        self._look_at_kept()
        self._draw()

    def on_train_end(self, logs=None):
        self._let_interrupts_go()
        record = self.record
        record.seconds = time.perf_counter() - self._began
        done = record.epoch == record.epochs and "when stopped" not in self.checkpoints
        record.end = "done" if done else "stopped"
        self._safely(lambda: self.picture.finish())

    def stop(self, _button=None):
        """Ask Keras to stop after this batch. What was learned stays in the model.

        It may be called in the middle of anything, or from another thread, and so draws nothing.
        """
        self._asked = self.model.stop_training = True

    def _keep(self, name):
        self.checkpoints[name] = self.model.get_weights()

    def _note(self, count, logs):
        record, means = self.record, self._means.since_last(count, logs)
        record.learning.append((record.batch, means["loss"], means.get("accuracy", math.nan)))
        due = len(record.learning) % EVERY_POINTS == 0
        if due and self._looking < SHARE * record.seconds:
            self._look_at_kept()

    def _look_at_kept(self):
        """Loss and accuracy of the digits kept back, unless this batch has them already."""
        kept, batch = self.record.kept, self.record.batch
        if self._images is None or kept and kept[-1][0] == batch:
            return
        begin = time.perf_counter()
        outputs = self.model(self._images, training=False)  # leaves Keras' running means alone
        loss = self.model.compute_loss(None, self._labels, outputs, training=False)
        right = np.asarray(outputs).argmax(axis=-1) == self._labels
        kept.append((batch, float(loss), float(right.mean())))
        self._looking += time.perf_counter() - begin

    def _time_left(self, now):
        """Seconds, at the pace since the first batch, for which TensorFlow prepares; or None."""
        self._first_batch = self._first_batch or (now, self.record.batch)
        began, first = self._first_batch
        if not self.record.total or self.record.batch == first:
            return None
        pace = (now - began) / (self.record.batch - first)
        return pace * (self.record.total - self.record.batch)

    def _show(self):
        self.picture = TrainingPicture(self.record, self.stop)
        self.picture.appear()

    def _draw(self):
        self._drawn = time.perf_counter()
        self._safely(lambda: self.picture.draw())

    def _safely(self, show):
        """No trouble with the picture ends a training: it is said once, and the picture stays."""
        if self._broken:
            return
        try:
            show()
        except Exception as problem:
            self._broken = True
            print(f"The training goes on, but its picture does not: {problem}")

    # An interrupt of the kernel is the signal SIGINT, which only the main thread can take.

    def _hear_interrupts(self):
        self._before = None
        if threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGINT)
        if callable(self._before):
            signal.signal(signal.SIGINT, self._interrupted)

    def _let_interrupts_go(self):
        if callable(self._before) and signal.getsignal(signal.SIGINT) == self._interrupted:
            signal.signal(signal.SIGINT, self._before)

    def _interrupted(self, number, frame):
        """The first interrupt stops as the button does; a second one acts as it always did."""
        if self._asked or not _inside_fit(frame, self.model):
            self._let_interrupts_go()
            self._before(number, frame)
        self.stop()


def _inside_fit(frame, model):
    """Whether `model.fit` still runs: an error may have ended it, and then nobody was told."""
    while frame and (frame.f_code.co_name, frame.f_locals.get("self")) != ("fit", model):
        frame = frame.f_back
    return frame is not None


class Announced(Aloud):
    """Says aloud what the message says, and gives the charts their look."""

    _css = Aloud._css + joined("training.css")


class TrainingPicture(Boxed):
    """A `Record`, drawn: how far it is, a button that stops, and two charts."""

    def __init__(self, record, stop):
        self.record = record
        self._button = widgets.Button(description="Stop and keep what it learned")
        self._button.layout.display = None if hears_buttons() else "none"
        self._button.on_click(stop)
        aloud = Announced()
        for widget in (self._button, aloud):
            heard_at_once(widget)
        names = ("progress", "message", "screen")
        self._progress, self._message, self._screen = parts = [widgets.HTML() for _ in names]
        for part, name in zip(parts, names, strict=True):
            part.add_class(f"course-{name}")
        knobs = widgets.Box([self._progress, self._button])
        knobs.add_class("course-knobs")
        super().__init__([knobs, self._message, self._screen, aloud])
        self.add_class("course-training")

    def appear(self):
        """Show the picture. What is stored is its last state: then it is shown at the end."""
        self._say("TensorFlow prepares the training. That takes a few seconds.")
        self.draw()
        if not storing():
            show_in_notebook(self)

    def draw(self):
        """Draw what the record says now."""
        if self.record.batch and not self.record.end:
            self._say(how_to_stop())
        self._progress.value = progress_bar(self.record)
        self._screen.value = charts(self.record)

    def finish(self):
        """The last state, which stays: nothing is left to stop."""
        self._button.layout.display = "none"
        self._say(self.record.outcome())
        self.draw()
        if storing():
            show_in_notebook(self)

    def _say(self, sentence):
        self._message.value = f"<p>{escape(sentence)}</p>"

    def __repr__(self):
        return f"Training. {self.record.outcome()}\n{self.record.numbers()}".rstrip()

    def still(self):
        return {"image/png": figures.small_png(draw_charts(self.record), 32)}


def hears_buttons():
    """Whether this kernel can take the press of a button while a cell runs: since ipykernel 7."""
    info = getattr(getattr(_shell(), "kernel", None), "kernel_info", {})
    return "kernel subshells" in info.get("supported_features", ())


def heard_at_once(widget):
    """Let the widget's messages be taken while a cell runs, beside it, as the page asks for.

    From ipykernel 7.4 on they go where the widget's last message came from: to the cell's own
    thread, which has no time for them. What notes that is taken away; without it the page decides.
    """
    if hasattr(widget.comm, "_reply_subshell_id"):
        del widget.comm._reply_subshell_id


def how_to_stop():
    button = "press the button, or " if hears_buttons() else ""
    return f"To stop early, {button}press the notebook's ■. What it learned is kept."


def _shell():
    from IPython import get_ipython

    return get_ipython()


def show_in_notebook(picture):
    """Display the picture; outside IPython nothing shows it, and nothing is printed."""
    if _shell() is not None:
        from IPython.display import display

        display(picture)


# The charts. Both start with their whole scale, and narrow it once the network reads well.

WIDTH, HEIGHT = 400, 200
LEFT, RIGHT, TOP, BOTTOM = 62, 22, 10, 32
WHOLE = {"loss": (0, 2.5, 0.5), "accuracy": (0, 1, 0.2)}  # from, to, a line at each
NARROW = {"loss": (0, 0.5, 0.1), "accuracy": (0.8, 1, 0.05)}
PRINTED = {"loss": "{:.3f}", "accuracy": "{:.1%}"}
TICKS = {"loss": "{:.1f}", "accuracy": "{:.0%}"}


def scale(record, name):
    """(from, to, step) of a chart: narrow once three points show nine of ten digits right."""
    reads_well = [accuracy >= 0.9 for _, _, accuracy in record.learning]
    return (NARROW if sum(reads_well) >= 3 else WHOLE)[name]


def batch_ticks(last):
    """Four to ten round numbers of batches, from 0 to the last.

    >>> list(batch_ticks(461))
    [0, 100, 200, 300, 400]
    """
    step = next(s * 10**power for power in range(9) for s in (1, 2, 5) if last <= 5 * s * 10**power)
    return range(0, last + 1, step)


def progress_bar(record):
    """How far the training is, as HTML."""
    place = f' max="{record.total}" value="{record.batch}"' if record.total else ""
    bar = f'<progress aria-label="training"{place}></progress>'
    return f"{bar}<span>{record.where()}</span>"


def charts(record):
    """Both charts as HTML, each with its newest numbers above it."""
    both = "".join(_chart(record, name, column) for column, name in enumerate(WHOLE, start=1))
    return f'<div class="course-charts">{both}</div>'


def _chart(record, name, column):
    low, high, _ = scale(record, name)
    last = max(record.total or 0, record.batch, 1)
    keys, lines = "", ""

    def place(batch, value):
        across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + across * batch / last, TOP + down * (high - value) / (high - low)

    for key, words, points in record.curves():
        places = [place(p[0], p[column]) for p in points if math.isfinite(p[column])]
        newest = PRINTED[name].format(points[-1][column]) if points else "–"
        keys += f'<span class="course-{key}"><i></i><b>{newest}</b> {words}</span>'
        lines += _curve(key, places)
    part = f"0 0 {WIDTH} {HEIGHT - BOTTOM + 6}"  # cuts off what lies below the scale
    return (
        f"<figure><figcaption><strong>{name}</strong><div>{keys}</div></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}, batch by batch">'
        f"{_grid(record, name, place, last)}"
        f'<svg viewBox="{part}" width="{WIDTH}" height="{HEIGHT - BOTTOM + 6}">{lines}</svg>'
        "</svg></figure>"
    )


def _curve(key, places):
    if not places:
        return ""
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = places if key == "kept" else places[-1:]
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>' for x, y in dots)
    return f'<g class="course-{key}"><polyline points="{line}"/>{dots}</g>'


def _grid(record, name, place, last):
    """The lines of the scale, and one where an epoch ends, with their numbers."""
    low, high, step = scale(record, name)
    parts = []
    for value in np.arange(low, high + step / 2, step):
        (left, y), (right, _) = place(0, value), place(last, value)
        parts.append(f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        words = TICKS[name].format(value)
        parts.append(f'<text x="{LEFT - 8}" y="{y + 6:.1f}" text-anchor="end">{words}</text>')
    for batch in batch_ticks(last):
        x, bottom = place(batch, low)
        words = f"{batch:,}" if batch else "batch 0"
        parts.append(f'<text x="{x:.1f}" y="{bottom + 24}" text-anchor="middle">{words}</text>')
    for epoch in range(1, record.epochs if record.steps else 1):
        x, bottom = place(epoch * record.steps, low)
        parts.append(f'<line class="course-epoch" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{bottom}"/>')
    return "".join(parts)


def draw_charts(record):
    """The same charts as a matplotlib `Figure`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.1), layout="constrained")
    for column, (name, axes) in enumerate(zip(WHOLE, figure.subplots(1, 2), strict=True), start=1):
        low, high, step = scale(record, name)
        for key, words, points in record.curves():
            style = {"learning": "-", "kept": "o--"}[key]
            batches, values = [p[0] for p in points], [p[column] for p in points]
            newest = PRINTED[name].format(values[-1]) if values else "–"
            axes.plot(batches, values, style, color=COLOURS[key], ms=4, label=f"{words}: {newest}")
        for epoch in range(1, record.epochs if record.steps else 1):
            axes.axvline(epoch * record.steps, color="0.6", ls=":", lw=1)
        ticks = np.arange(low, high + step / 2, step)
        axes.set_yticks(ticks, [TICKS[name].format(tick) for tick in ticks])
        axes.set(title=name, xlabel="batch", ylim=(low, high), xlim=(0, None))
        axes.grid(axis="y", color="0.88")
        axes.legend(loc="center right", fontsize=9)
    return figure
