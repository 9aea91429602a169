"""A kernel that dies or is busy, cells in any order, and one notebook in two pages.

By default in JupyterLab; `make rough`, which sets ROUGH_ACTIONS, looks at Notebook 7 too.
"""

import os

import numpy as np
import pytest
from conftest import IMPORTS, Picture, eventually
from playwright.sync_api import expect
from test_controls_picture import PHOTO, Pictured, under
from test_drawing_picture import SEVEN, Drawn

from helpers.drawing import ink_of, prepare_digit
from tools.jupyter_page import KERNEL, NotebookPage, serve, write_notebook

HOSTS = ["lab", "notebook"] if int(os.environ.get("ROUGH_ACTIONS", "50")) > 50 else ["lab"]
SILENT = (
    "Python does not answer yet. If a cell is running, wait for it. "
    "If none is, Python has stopped: run all cells again."
)
# Each cell works alone, in any order.
CELLS = [
    "window = explore(X, HORIZONTAL_BAR)\nwindow",
    """def own(image, kernel, stride):
    return conv2d(image, kernel, stride)
mine = explore(X, HORIZONTAL_BAR, mine=own)
mine""",
    "photo = explore_photograph()\nphoto",
    """from helpers.drawing import Drawing
class Network:
    shapes = {"scores": (10,)}
    def __call__(self, image):
        scores = np.eye(10)[image.sum() % 10]
        return {"scores": scores}, scores
drawn = Drawing(Network(), layer="scores")
drawn""",
    "question = predict('2.bars')\nquestion",
]
END = "import os\nos._exit(1)"
RUN = """(place) => {
  jupyterapp.shell.currentWidget.content.activeCellIndex = place;
  return jupyterapp.commands.execute("notebook:run-cell").then(() => null);
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lost")


@pytest.fixture(scope="module")
def own_url(folder):
    with serve(folder) as address:
        yield address


@pytest.fixture(params=HOSTS)
def open_page(request, browser, folder, own_url):
    """Open a notebook of these cells in a page of its own, as often as it is called."""
    write_notebook(folder / "lost.ipynb", *(IMPORTS + cell for cell in CELLS))
    pages = []

    def run():
        size = {"width": 1280, "height": 3600}  # tall: JupyterLab draws what can be seen
        pages.append(NotebookPage(browser, own_url, request.param, "lost.ipynb", viewport=size))
        pages[-1].page.set_default_timeout(20_000)
        return pages[-1]

    yield run
    pages[0].page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    for page in pages:
        page.close()


class All:
    """The pictures of the notebook in one page."""

    def __init__(self, host):
        self.host, self.page = host, host.page
        self.window, self.mine = Picture(host, 0, "window"), Picture(host, 1, "mine")
        self.photo, self.drawn = Pictured(host), Drawn(host, name="drawn")
        self.question = host.page.locator(".course-prediction")
        self.reads = self.drawn.box.locator(".cw-reads")
        self.messages = [self.mine.box.locator(".cw-message"), self.photo.message, self.reads]
        expect(self.question).to_be_visible()
        expect(self.photo.words).to_be_visible()
        expect(self.reads).to_be_visible()

    def act(self):
        self.window.button("Step to the next place").click()
        self.mine.slider("stride").press("ArrowRight")
        self.photo.chosen("kernel").select_option("box blur")
        self.drawn.draw(SEVEN[:1])
        self.question.get_by_role("button", name="d =", exact=True).click()
        self.page.mouse.move(0, 0)

    def check(self, strokes=1):
        """What all pictures show after `act`, and Python too."""
        self.window.check(step=1)
        self.mine.check(stride=2)
        expect(self.messages[0]).to_contain_text("all 4 cells are right")
        self.photo.should_show(PHOTO, under("box blur"))
        assert self.host.value("photo._controls['weights'].value").startswith("1/9")
        eventually(lambda: self._check_drawing(strokes))
        eventually(lambda: self._check_choice("="))

    def _check_drawing(self, count):
        strokes = self.drawn.python("strokes")
        assert self.drawn.look()["strokes"] == strokes
        assert len(strokes) == count
        read = int(prepare_digit(ink_of(strokes)).sum() % 10)
        assert self.drawn.look()["words"] == f"Read as {read}, 100%"

    def _check_choice(self, choice):
        assert self.host.value("question.choice") == choice
        pressed = self.question.locator("[aria-pressed=true] > :nth-child(2)")
        assert pressed.all_text_contents() == [choice]


def test_a_dead_kernel_is_said_and_the_cells_run_again_in_any_order(open_page):
    host = open_page()
    host.run_all()
    pictures = All(host)
    host.page.evaluate(f"(code) => void {KERNEL}.requestExecute({{ code }})", END)
    dialog = host.page.get_by_role("dialog")
    expect(dialog).to_contain_text("appears to have died")
    dialog.get_by_role("button", name="Ok").click()
    pictures.act()
    for message in pictures.messages:
        expect(message).to_have_text(SILENT)
    # What the page computes goes on: nothing is asked of Python.
    expect(pictures.window.where).to_have_text("place 2 of 9")
    assert pictures.mine.look().formula == ["2", "2"]
    expect(pictures.question.get_by_role("status")).to_contain_text("You predicted: =.")
    for place in reversed(range(len(CELLS))):
        host.page.evaluate(RUN, place)
    again = All(host)
    for message in again.messages:
        expect(message).not_to_have_text(SILENT)
    again.act()
    again.check()


def test_a_kernel_that_is_busy_is_waited_for(open_page):
    host = open_page()
    host.run_all()
    pictures = All(host)
    host.page.evaluate(
        f"(code) => void {KERNEL}.requestExecute({{ code }})", "import time; time.sleep(5)"
    )
    pictures.act()
    pictures.check()
    for message in pictures.messages:
        expect(message).not_to_have_text(SILENT)


def test_two_pages_show_one_notebook(open_page):
    first = open_page()
    first.run_all()
    one = All(first)
    first.command("docmanager:save")
    other = All(open_page())
    one.act()
    one.check()
    other.check()
    other.window.button("Last place").click()
    other.mine.slider("stride").press("ArrowLeft")
    other.drawn.draw(SEVEN[1:])
    other.page.mouse.move(0, 0)
    for pictures in (other, one):
        pictures.window.check(step=8)
        pictures.mine.check(stride=1)
        eventually(lambda pictures=pictures: pictures._check_drawing(2))
    assert np.array(first.value("drawn.prepared")).any()
