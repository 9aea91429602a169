"""How quickly the course answers, beside the common idiom, measured in one run (`make bench`).

Both are driven in the same JupyterLab and the same browser, on the same image, by the same keys:
the sliding-window picture, and what most courses do (`interact` and `plt.subplots`). Times are
milliseconds from the key's own time stamp. "page" is when the page has changed, "frame" the first
animation frame that shows it, "painted" the next one, when it is surely on the screen (the two
frames alone take up to 33 ms). What counts is the ratio: it holds on other machines.
At the end the training of lesson 7 (bench_training.py).
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from bench_training import training  # noqa: E402
from jupyter_page import NotebookPage, open_browser, serve, write_notebook  # noqa: E402

from helpers import conv2d  # noqa: E402

STEPS, STRIDES, SHOWS = 40, 20, 7

SETUP = "import numpy as np\nimport matplotlib.pyplot as plt\nimport ipywidgets\nimport helpers"
OURS = "helpers.explore(helpers.COUNTING, helpers.COUNTING_KERNEL)"
IDIOM = """
def show(step=0, stride=1):
    feature_map = helpers.conv2d(helpers.COUNTING, helpers.COUNTING_KERNEL, stride)
    row, column = divmod(min(step, feature_map.size - 1), feature_map.shape[1])
    figure, axes = plt.subplots(1, 3, figsize=(9, 3.2))
    for axis, values in zip(axes, [helpers.COUNTING, helpers.COUNTING_KERNEL, feature_map]):
        axis.imshow(values, cmap="gray")
        for (r, c), value in np.ndenumerate(values):
            axis.text(c, r, f"{value:.0f}", ha="center", va="center", color="tab:orange")
    corner = (column * stride - 0.5, row * stride - 0.5)
    axes[0].add_patch(plt.Rectangle(corner, 3, 3, fill=False, edgecolor="tab:orange", lw=3))
    plt.show()

ipywidgets.interact(show, step=(0, 8), stride=(1, 3));
"""

PHOTOGRAPH = "helpers.explore_photograph()"
PHOTOGRAPH_IDIOM = """
photo = helpers.photograph()
def before_and_after(kernel):
    weights = helpers.GALLERY[kernel].weights
    after = [helpers.conv2d(photo[:, :, c], weights, padding="same") for c in range(3)]
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.2))
    axes[0].imshow(photo)
    axes[1].imshow(np.clip(np.stack(after, axis=-1), 0, 255).astype("uint8"))
    plt.show()

ipywidgets.interact(before_and_after, kernel=list(helpers.GALLERY));
"""

NETWORK = """
from tools.recipes import build_classroom
digits, model = helpers.load_mnist("sample"), build_classroom()
helpers.explore_network(model, digits.x_test[:100], digits.y_test[:100])
"""
NETWORK_IDIOM = """
from tools.recipes import build_classroom
digits, model = helpers.load_mnist("sample"), build_classroom()
keras = helpers.quiet_tensorflow().keras
def show(layer):
    part = keras.Model(model.inputs, model.get_layer(layer).output)
    maps = part.predict(digits.x_test[:1, ..., None], verbose=0)[0]
    figure, axes = plt.subplots(4, 4, figsize=(9, 4))
    for one, axis in enumerate(axes.flat):
        axis.imshow(maps[..., one])
    plt.show()

ipywidgets.interact(show, layer=[one.name for one in model.layers[1:9]]);
"""

# Waits in the page for one key, or one choice from a list: when the page changed, and the first
# frame that shows the change.
# `state` is a JavaScript expression for what is to change; null while nothing can be seen.
WATCH = """
(state) => {
  const now = () => eval(state);
  const before = now();
  window.measured = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("the picture did not change within 30 s")), 30_000);
    let pressed, changed;
    const once = { capture: true, once: true };
    for (const kind of ["keydown", "change"])
      addEventListener(kind, (event) => { pressed ??= event.timeStamp; }, once);
    const look = () => {
      const seen = now();
      if (changed === undefined && seen !== null && seen !== before) changed = performance.now();
    };
    const observer = new MutationObserver(look);
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    observer.observe(document.body, all);
    const frame = () => {
      if (pressed !== undefined) look();
      if (changed === undefined) return requestAnimationFrame(frame);
      observer.disconnect();
      const shown = performance.now();
      requestAnimationFrame(() => {
        resolve([changed - pressed, shown - pressed, performance.now() - pressed]);
      });
    };
    requestAnimationFrame(frame);
  });
}
"""
PLACE = "document.querySelector('.cw-where')?.textContent ?? null"
FORMULA = "document.querySelector('.cw-formula')?.textContent ?? null"
PICTURE = """(() => {
  const image = document.querySelector('.jp-OutputArea img');
  return image?.complete && image.naturalWidth ? image.src : null;
})()"""
# The newest picture, once it can be drawn.
AFTER = """(() => {
  const image = [...document.querySelectorAll('.course-image img')].at(-1);
  return image?.complete && image.naturalWidth ? image.src : null;
})()"""
DISPLAY = """
async (state) => {
  const start = performance.now();
  jupyterapp.commands.execute("notebook:run-cell");
  while (eval(state) !== null) await new Promise(requestAnimationFrame);
  while (eval(state) === null) await new Promise(requestAnimationFrame);
  return performance.now() - start;
}
"""


class Side:
    """One of the two pictures, open in a page of its own."""

    def __init__(self, browser, url, folder, name, source, state):
        write_notebook(folder / f"{name}.ipynb", SETUP, source)
        self.notebook = NotebookPage(browser, url, "lab", f"{name}.ipynb")
        self.page, self.state = self.notebook.page, state
        self.notebook.run_all()
        self.page.wait_for_function(f"({state}) !== null", timeout=120_000)
        self.page.wait_for_timeout(1500)

    def press(self, handle, key, state=None):
        """[page, frame, painted] in milliseconds for one press of `key` on `handle`."""
        handle.focus()
        self.page.evaluate(WATCH, state or self.state)
        self.page.keyboard.press(key)
        times = self.page.evaluate("measured")
        self.page.wait_for_timeout(120)
        return times

    def presses(self, handle, keys, state=None):
        self.press(handle, keys[0], state)  # the first is not counted
        return np.array([self.press(handle, key, state) for key in keys[1:]])

    def choices(self, options):
        """The same for choosing `options`, one after the other, from the first list."""
        choose, times = self.page.locator(".jp-OutputArea select").first, []
        for option in options:
            self.page.evaluate(WATCH, self.state)
            choose.select_option(option)
            times.append(self.page.evaluate("measured"))
            self.page.wait_for_timeout(200)
        return np.array(times[1:])

    def displays(self):
        self.notebook.command("notebook:move-cursor-up")
        times = []
        for _ in range(SHOWS):
            self.page.evaluate(
                "() => { const c = jupyterapp.shell.currentWidget.content; c.activeCellIndex = 1; }"
            )
            times.append(self.page.evaluate(DISPLAY, self.state))
            self.page.wait_for_timeout(500)
        return np.array(times[1:])


def back_and_forth(there, back, stretch, count):
    """`count` keys: `stretch` times `there`, as often `back`, and so on, and one to begin with."""
    cycle = [there] * stretch + [back] * stretch
    return [cycle[i % len(cycle)] for i in range(count + 1)]


def pictures():
    with tempfile.TemporaryDirectory() as folder, serve(folder) as url, open_browser() as browser:
        ours = Side(browser, url, Path(folder), "ours", OURS, PLACE)
        idiom = Side(browser, url, Path(folder), "idiom", IDIOM, PICTURE)
        grid = ours.page.locator(".cw-grid").nth(1)
        sliders = idiom.page.locator(".noUi-handle")
        keys = back_and_forth("ArrowRight", "ArrowLeft", 2, STEPS)
        step = ours.presses(grid, keys), idiom.presses(sliders.nth(0), keys)
        keys = back_and_forth("ArrowRight", "ArrowLeft", 2, STRIDES)
        stride = ours.page.get_by_role("slider", name="stride")
        changed = ours.presses(stride, keys, FORMULA), idiom.presses(sliders.nth(1), keys)
        shown = ours.displays(), idiom.displays()
    row("step: page", step[0][:, 0], step[1][:, 0])
    row("step: frame", step[0][:, 1], step[1][:, 1])
    row("stride: page", changed[0][:, 0], changed[1][:, 0])
    row("stride: painted", changed[0][:, 2], changed[1][:, 2])
    row("first display", *shown)


def choices():
    """Choosing from a list, where Python draws."""
    kernels = ["sharpen", "Sobel x", "edge enhance", "box blur"]
    layers = ["second_relu", "first", "second", "first_relu"]
    for name, ours, idiom, options in (
        ("photograph: kernel", PHOTOGRAPH, PHOTOGRAPH_IDIOM, kernels),
        ("network: layer", NETWORK, NETWORK_IDIOM, layers),
    ):
        with tempfile.TemporaryDirectory() as made, serve(made) as url, open_browser() as browser:
            sides = (
                Side(browser, url, Path(made), "ours", ours, AFTER),
                Side(browser, url, Path(made), "idiom", idiom, PICTURE),
            )
            row(name, *(side.choices(options * 5)[:, 2] for side in sides))


def row(name, ours, idiom):
    def cell(times):
        return f"{np.median(times):7.1f} {np.percentile(times, 95):7.1f}"

    print(f"{name:20}{cell(ours)}    {cell(idiom)}    {np.median(idiom) / np.median(ours):6.1f}")


# VmHWM is the largest memory since the process began, in kilobytes (Linux).
FRESH = """
import re, time
start = time.perf_counter()
{code}
seconds = time.perf_counter() - start
print(seconds, int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024)
"""


def imports():
    """Seconds and megabytes of a fresh Python, median of five (the first one is not counted)."""
    for name, code in [
        ("python alone", "pass"),
        ("import numpy", "import numpy"),
        ("import helpers", "import helpers"),
        ("... with TensorFlow", "import helpers; helpers.quiet_tensorflow()"),
    ]:
        runs = [
            subprocess.run(
                [sys.executable, "-c", FRESH.format(code=code)],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split()
            for _ in range(6)
        ]
        seconds, peak = (statistics.median(float(run[i]) for run in runs[1:]) for i in (0, 1))
        print(f"{name:22}{seconds:6.2f} s {peak:6.0f} MB")


def arithmetic():
    """A photograph of 600 by 512 in colour under a 5 by 5 kernel: conv2d beside the plain loop."""
    rng = np.random.default_rng(0)
    photo, kernel = rng.integers(0, 256, (600, 512, 3)), rng.normal(size=(5, 5, 3))

    def loop():
        feature_map = np.zeros((596, 508))
        for r in range(596):
            for c in range(508):
                feature_map[r, c] = (photo[r : r + 5, c : c + 5] * kernel).sum()
        return feature_map

    def seconds(function):
        start = time.perf_counter()
        function()
        return time.perf_counter() - start

    quick = statistics.median(seconds(lambda: conv2d(photo, kernel)) for _ in range(7))
    slow = seconds(loop)
    print(f"conv2d {1000 * quick:.0f} ms, loop {1000 * slow:.0f} ms, ratio {slow / quick:.0f}")


if __name__ == "__main__":
    print("milliseconds             ours        interact + plt.subplots   ratio")
    print("                     median     p95     median     p95")
    pictures()
    choices()
    print("\nfresh Python")
    imports()
    print("\nphotograph 600x512x3 under 5x5")
    arithmetic()
    print("\ntraining                      test right  training   parameters")
    training()
