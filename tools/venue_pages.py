"""The lessons in a browser, as `tools/venues.py` looks at them: in JupyterLab, or as on Colab.

Colab has a page of its own, which runs nowhere else. The nearest to it is the classic Jupyter
Notebook, which nbclassic adds to a server: its widgets are those of ipywidgets 7, as Colab's are.
"""

import contextlib
import re
import sys
from unittest import mock

from playwright.sync_api import expect

from helpers import COUNTING, COUNTING_KERNEL, conv2d
from tools.jupyter_page import NotebookPage, open_browser, serve, write_notebook
from tools.setup_cell import SETUP_CELL

# What stands where a widget should be, in both kinds of page.
VIEWS = ".jupyter-widgets-view, .jp-OutputArea-output.lm-Panel"
BROKEN = re.compile(r"Error displaying widget|model not found|Loading widget|Traceback", re.I)

READY = "window.Jupyter?.notebook?.kernel?.widget_manager"
RAN = """() => {
  const code = Jupyter.notebook.get_cells().filter((c) => c.cell_type === "code" && c.get_text());
  const failed = (c) => c.output_area.outputs.some((output) => output.output_type === "error");
  return code.some(failed) || code.every((c) => c.input_prompt_number > 0);
}"""
EXECUTE = """(code) => new Promise((done) => {
  let said = "";
  Jupyter.notebook.kernel.execute(code, {
    iopub: { output: ({ content }) => { said += content.text ?? ""; } },
    shell: { reply: ({ content }) => done([said, content.traceback ?? null]) },
  });
})"""


class ClassicPage(NotebookPage):
    """A notebook in the classic Jupyter Notebook, as `NotebookPage` is one in JupyterLab."""

    def __init__(self, browser, url, _kind, path):
        self.context = browser.new_context(viewport={"width": 1280, "height": 720})
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self._complain(error.stack or str(error)))
        self.page.goto(f"{url}/nbclassic/notebooks/{path}")
        self.page.wait_for_function(READY)
        self.execute("")
        # It now looks for the widgets of an earlier visit, and does not say when it has done so.
        self.page.wait_for_timeout(3000)

    def run_all(self):
        notebook = "Jupyter.notebook"
        self.page.evaluate(f"{notebook}.clear_all_output(); {notebook}.execute_all_cells()")
        self.page.wait_for_function(RAN, timeout=600_000)

    def execute(self, code):
        said, traceback = self.page.evaluate(EXECUTE, code)
        if traceback:
            raise RuntimeError("\n".join(traceback))
        return said


def check_pages(kind, python, notebooks, **environment):
    """Every lesson shows its pictures in a browser, and the sliding window follows the reader."""
    source = "from helpers import *\npicture = explore(COUNTING, COUNTING_KERNEL)\npicture"
    write_notebook(notebooks / "window.ipynb", SETUP_CELL, source)
    open_page = ClassicPage if kind == "classic" else NotebookPage
    with contextlib.ExitStack() as opened:
        # serve() starts the server with the Python that runs: here with that of the place.
        with mock.patch.object(sys, "executable", str(python)):
            url = opened.enter_context(serve(notebooks, PYTHONPATH="", **environment))
        browser = opened.enter_context(open_browser())
        for path in sorted(notebooks.glob("*.ipynb")):
            print(f"  {path.name} in the {kind} page", flush=True)
            page = open_page(browser, url, kind, path.name)
            page.run_all()
            check_page(page, ".one-page" if path.stem == "recap" else VIEWS)  # it has no widget
            if path.stem == "window":
                check_window(page)
            if path.stem.startswith("07"):
                expect(page.page.locator(".course-training svg").first).to_be_visible()
            page.close()


def check_page(page, views=VIEWS):
    """Nothing failed on this page, and each of its widgets (or other `views`) can be seen."""
    if isinstance(page, ClassicPage):
        failed = page.page.locator(".output_error").all_inner_texts()
    else:
        # JupyterLab leaves out what is scrolled away.
        content = "jupyterapp.shell.currentWidget.content"
        config = f"{{...{content}.notebookConfig, windowingMode: 'none'}}"
        page.page.evaluate(f"{content}.notebookConfig = {config}")
        errors = '[data-mime-type="application/vnd.jupyter.error"]'
        failed = page.page.locator(errors).all_inner_texts()
    views = page.page.locator(views)
    expect(views.first).to_be_visible(timeout=60_000)
    for view in views.all():
        expect(view).to_be_visible(timeout=30_000)
        expect(view).not_to_have_text(BROKEN)
    # Without the internet the badges in the title cannot be fetched.
    failed += [error for error in page.errors if "net::ERR_" not in error]
    assert not failed, "\n".join(failed)
    print(f"    {views.count()} in sight")


def check_window(page):
    """A step, and a weight typed into the kernel: page, Python and NumPy have the same numbers."""
    picture = page.page.locator(".cw")
    picture.get_by_role("button", name="Step to the next place", exact=True).click()
    expect(picture.locator(".cw-where")).to_have_text("place 2 of 9")
    picture.get_by_label("weight row 0, column 0", exact=True).fill("-4")
    picture.get_by_role("button", name="Last place", exact=True).click()
    kernel = COUNTING_KERNEL.copy()
    kernel[0, 0] = -4
    numbers = picture.locator(".cw-panel-output .cw-values text").evaluate_all(
        "(texts) => texts.map((text) => Number(text.dataset.value))"
    )
    wanted = [conv2d(COUNTING, kernel).ravel().tolist(), [8, kernel.tolist()]]
    for _ in range(50):  # the page tells Python when the reader's hand rests
        state = page.value("[picture.step, picture.kernel]")
        if [numbers, state] == wanted:
            break
        page.page.wait_for_timeout(200)
    else:
        raise AssertionError(f"The page has {numbers}, Python {state}; right is {wanted}")
    print("    stepped, and a weight changed")
