"""A real JupyterLab and a real Notebook 7, and the sliding-window picture in them."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from playwright.sync_api import expect

from helpers.convolution import conv2d, padding_amounts, pool2d
from helpers.figures import number, window_cells
from tools.jupyter_page import NotebookPage, serve, write_notebook

SETTINGS = ("image", "kernel", "size", "stride", "padding", "dilation", "fill", "mode", "step")
IMPORTS = """import numpy as np
from helpers import *
from helpers.images import *
from helpers.kernels import *
"""


# What a stray shortcut of JupyterLab would change.
NOTEBOOK = """() => {
  const { content } = jupyterapp.shell.currentWidget;
  const cells = [...content.model.cells].map((c) => [c.type, c.sharedModel.source, c.executionCount]);
  return [cells, content.activeCellIndex, content.mode];
}"""


@pytest.fixture(scope="session")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    write_notebook(folder / "test.ipynb", "", "'second'", "'third'")
    with serve(folder) as address:
        yield address


@pytest.fixture(scope="session", params=["lab", "notebook"])
def host(request, browser, url):
    """An open notebook. All tests of a kind use the same one, one after the other."""
    options = {"permissions": ["clipboard-read", "clipboard-write"], "has_touch": True}
    page = NotebookPage(browser, url, request.param, "test.ipynb", **options)
    page.page.set_default_timeout(10_000)
    page.execute(IMPORTS)
    # A page's first widget may come while JupyterLab still looks for older ones, and complains.
    page.run("import ipywidgets\nipywidgets.Label('the page is ready')")
    expect(page.page.locator(".jp-OutputArea").get_by_text("the page is ready")).to_be_visible()
    yield page
    # The kernel goes too: the next page would restore all its widgets, hundreds of them, at once.
    page.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown().then(() => null)")
    page.close()


@pytest.fixture
def show(host):
    """Run a cell that shows one picture or several; give the one on top.

    The test fails if the browser complains, or if a key meant for the picture reaches the notebook.
    """
    host.page.set_viewport_size({"width": 1280, "height": 720})
    host.errors.clear()

    def run(source):
        host.page.mouse.move(0, 0)  # where it was, the new picture may be
        host.run(IMPORTS + source)
        picture = Picture(host)
        expect(picture.where).to_be_visible()
        host.page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
        run.notebook = host.page.evaluate(NOTEBOOK)
        return picture

    yield run
    assert host.errors == []
    assert host.page.evaluate(NOTEBOOK) == run.notebook


# What a picture shows, read from the page in one go. Places and sizes are in cells.
LOOK = """(box) => {
  const text = (name) => box.querySelector(name)?.textContent ?? null;
  const shows = (element) => getComputedStyle(element).visibility === "visible";
  const number = (element, name) => Number(element.getAttribute(name));
  const panel = (name) => box.querySelector(`.cw-panel-${name}`);
  const outline = (name, kind) => {
    const [line, cell] = [`.cw-${kind}-line`, ".cw-cell"].map((c) => panel(name).querySelector(c));
    const [first] = [...panel(name).querySelectorAll(".cw-cell")].filter((c) => !c.row && !c.column);
    if (!line || !cell || !shows(line)) return null;
    const side = number(cell, "width") + 1;
    const [x, y] = ["x", "y"].map((at) => (number(line, at) - number(first, at) + 0.5) / side);
    return [y, x, number(line, "height") / side, number(line, "width") / side];
  };
  const grid = (name, wanted, read) => {
    const rows = [];
    const texts = panel(name).querySelectorAll(".cw-values text");
    panel(name).querySelectorAll(".cw-cell").forEach((cell, i) => {
      if (wanted(cell)) (rows[cell.row] ??= [])[cell.column] = read(texts[i], cell);
    });
    return rows;
  };
  return {
    image: grid("image", (cell) => cell.classList.contains("cw-pixel"), (text) => text.textContent),
    map: grid("output", () => true, (text) => text.dataset.value ?? ""),
    words: grid("output", () => true, (text) => text.textContent),
    dashed: grid("output", () => true, (_, cell) => getComputedStyle(cell).strokeDasharray !== "none"),
    kernel: [...box.querySelectorAll(".cw-weights input")].map((weight) => weight.value),
    window: outline("image", "window"),
    target: outline("output", "target"),
    cursor: outline("image", "cursor"),
    pointed: outline("image", "point"),
    result: text(".cw-result"),
    total: text(".cw-total"),
    where: text(".cw-where"),
    live: text("[aria-live=polite]"),
    message: text(".cw-message"),
    refusal: box.classList.contains("cw-impossible") ? text(".cw-refusal") : null,
    formula: [...box.querySelectorAll(".cw-formula b")].map((size) => size.textContent),
  };
}"""


class Picture:
    """One sliding-window picture in a page, and the variable `picture` of the kernel behind it."""

    def __init__(self, host, number=0, name="picture"):
        self.host, self.page, self.name = host, host.page, name
        self.box = self.page.locator(".cw").nth(number)
        self.image = self.box.get_by_role("application", name="Image.")
        self.map = self.box.get_by_role("application", name="Feature map.")
        self.where = self.box.locator(".cw-where")

    def button(self, name):
        return self.box.get_by_role("button", name=name, exact=True)

    def slider(self, name):
        return self.box.get_by_role("slider", name=name, exact=True)

    def weight(self, row, column):
        return self.box.get_by_label(f"weight row {row}, column {column}", exact=True)

    def cell(self, grid, row, column):
        """The square of one cell of `picture.image` or `picture.map`."""
        kind = ".cw-pixel" if grid is self.image else ".cw-cell"
        seen = self.look()
        columns = len((seen.image if grid is self.image else seen.map)[0])
        return grid.locator(kind).nth(row * columns + column)

    def look(self):
        return SimpleNamespace(**self.box.evaluate(LOOK))

    def traits(self):
        """The settings that Python holds: arrays as arrays, pairs as lists."""
        every = ", ".join(f"{name}={self.name}.{name}" for name in SETTINGS)
        traits = SimpleNamespace(**self.host.value(f"dict({every})"))
        traits.image = np.array(traits.image)
        traits.kernel = None if traits.kernel is None else np.array(traits.kernel)
        return traits

    def check(self, **known):
        """Wait until the page shows what NumPy computes from Python's settings; give those.

        `known` settings must have arrived in Python: two paddings may give the same map.
        """
        return eventually(lambda: self._check(known))

    def _check(self, known):
        traits, seen = self.traits(), self.look()
        assert known == {name: getattr(traits, name) for name in known}
        wanted = should_show(traits)
        if wanted is None:
            assert seen.refusal, f"nothing says that {traits} is impossible"
            return traits
        shown = np.array([[float(v or "nan") for v in row] for row in seen.map])
        filled = np.array([[v != "" for v in row] for row in seen.map])
        assert shown.shape == wanted.map.shape
        assert filled.sum() == wanted.step + 1, f"{seen.where} in the page, {traits} in Python"
        assert filled.ravel()[: wanted.step + 1].all()
        np.testing.assert_allclose(shown[filled], wanted.map[filled], rtol=1e-12, atol=1e-12)
        for name, value in vars(wanted).items():
            if name not in ("map", "step"):
                assert getattr(seen, name) == value, f"{name} with {traits}"
        return traits


def should_show(traits):
    """What a picture with these settings must show, or None if there is no such picture."""
    kernel, stride, mode = traits.kernel, traits.stride, traits.mode
    try:
        if kernel is None:
            feature_map = pool2d(traits.image, traits.size, stride, traits.padding, mode)
        else:
            image, padding = filled(traits)
            feature_map = conv2d(image, kernel, stride, padding, traits.dilation)
    except ValueError:
        return None
    step = min(traits.step, feature_map.size - 1)
    row, column = divmod(step, feature_map.shape[1])
    settings = kernel, traits.size, stride, traits.padding, traits.dilation
    rows, columns, _ = window_cells(traits.image, (row, column), *settings)
    small = max(*traits.image.shape, *feature_map.shape) <= 12
    return SimpleNamespace(
        step=step,
        map=feature_map,
        image=[[number(v) if small else "" for v in line] for line in traits.image],
        window=[rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1],
        target=[row, column, 1, 1],
        result=number(feature_map[row, column]),
        where=f"place {step + 1} of {feature_map.size}",
        formula=[str(size) for size in feature_map.shape],
        refusal=None,
    )


def filled(traits):
    """The image with its padding laid round it, and the padding that is left to add."""
    window = traits.kernel.shape, traits.stride, traits.dilation
    amounts = padding_amounts(traits.padding, traits.image.shape, *window)
    return np.pad(traits.image.astype(float), amounts, constant_values=traits.fill), "valid"


def eventually(check, seconds=10):
    """What `check()` returns as soon as it passes: messages between page and kernel take time.

    A look that began in time counts, however long it took itself.
    """
    end = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        try:
            return check()
        except AssertionError:
            if began > end:
                raise
            time.sleep(0.02)
