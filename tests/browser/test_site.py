"""The site of the lessons, from a web server and from a folder: its pictures live, and nothing is
asked of Python, of a widget manager or of another machine."""

import functools
import http.server
import json
import re
import threading
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from conftest import Picture, eventually, should_show
from playwright.sync_api import expect

from helpers import COUNTING, COUNTING_KERNEL, HORIZONTAL_BAR, X
from helpers.explorer import from_page
from tools.build_site import build
from tools.setup_cell import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
with_pictures = pytest.mark.parametrize("path", LESSONS[:-1], ids=lambda path: path.stem)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "_site"
    build(folder)
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def served(site):
    handler = functools.partial(Quiet, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(params=["served", "from a folder"])
def address(request, site):
    return request.getfixturevalue("served") if request.param == "served" else site.as_uri()


@pytest.fixture
def open_page(browser, address):
    """Open a page of the site, every request to elsewhere refused; in the end there was none, and
    the browser has not complained."""
    contexts, wrong = [], []

    def allow(route):
        own = route.request.url.startswith((address, "data:"))
        if not own:
            wrong.append(route.request.url)
        route.continue_() if own else route.abort()

    def run(name, **options):
        context = browser.new_context(viewport={"width": 1280, "height": 720}, **options)
        contexts.append(context)
        context.route("**/*", allow)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(m.text))
        page.on("pageerror", lambda error: wrong.append(error.stack or str(error)))
        page.goto(f"{address}/{name}.html")
        return page

    yield run
    for context in contexts:
        context.close()
    assert wrong == []


def pictures(page, kind="Explorer"):
    """The pictures of one kind that a page shows, from the top."""
    places = page.locator(f'.living[data-kind="{kind}"]')
    return [OnPage(page, places.nth(i)) for i in range(places.count())]


class OnPage(Picture):
    """A sliding-window picture in a page without a kernel."""

    def __init__(self, page, place):
        super().__init__(SimpleNamespace(page=page))
        self.place, self.box = place, place.locator(".cw")
        self.image = self.box.get_by_role("application", name="Image.")
        self.map = self.box.get_by_role("application", name="Feature map.")

    def shows(self, **settings):
        """Wait until all that the picture shows is what NumPy computes from the settings."""
        eventually(lambda: self._shows(settings))

    def _shows(self, settings):
        start = json.loads(self.place.locator("script").text_content())
        traits = {**start, "image": from_page(start["image"]), "kernel": from_page(start["kernel"])}
        wanted, seen = should_show(SimpleNamespace(**{**traits, **settings})), self.look()
        shown = np.array([[float(v or "nan") for v in row] for row in seen.map])
        expected = wanted.map.astype(float).copy()
        expected.flat[wanted.step + 1 :] = np.nan  # not computed yet
        np.testing.assert_array_equal(shown, expected)
        for name in ("image", "window", "target", "result", "where", "formula", "refusal"):
            assert getattr(seen, name) == getattr(wanted, name), name


def test_the_window_steps_pixels_are_painted_weights_are_typed(open_page):
    page = open_page("02_kernel")
    bars, counting, *_ = pictures(page)
    bars.shows(image=X, kernel=HORIZONTAL_BAR, step=0)
    bars.button("Step to the next place").click()
    bars.map.press("ArrowDown")
    bars.shows(image=X, kernel=HORIZONTAL_BAR, step=4)

    painted = X.copy()
    painted[1, 2] = -X[1, 2]
    bars.cell(bars.image, 1, 2).click()
    bars.shows(image=painted, kernel=HORIZONTAL_BAR, step=4)

    kernel = HORIZONTAL_BAR.copy()
    kernel[0, 2] = 7
    bars.weight(0, 2).fill("7")
    bars.weight(0, 2).press("Enter")
    bars.shows(image=painted, kernel=kernel, step=4)
    counting.shows(image=COUNTING, kernel=COUNTING_KERNEL, step=0)  # it was not disturbed

    counting.map.press("End")
    counting.shows(step=8)
    bars.shows(image=painted, kernel=kernel, step=4)
    bars.button("Reset to the start of the lesson").click()
    bars.shows(image=X, kernel=HORIZONTAL_BAR, step=0)


def test_the_stride_changes(open_page):
    first, *_ = pictures(open_page("03_stride"))
    first.map.press("End")
    for stride, places in ((2, 4), (3, 1), (2, 4), (1, 9)):
        slider = first.slider("stride")
        slider.press("ArrowRight" if int(slider.input_value()) < stride else "ArrowLeft")
        first.map.press("End")
        first.shows(image=COUNTING, kernel=COUNTING_KERNEL, stride=stride, step=places - 1)


@pytest.mark.parametrize("address", ["served"], indirect=True)
@with_pictures
def test_every_picture_of_a_lesson_lives_or_says_where_it_does(open_page, path):
    page = open_page(path.stem)
    outputs = [o for c in nbformat.read(path, as_version=4).cells for o in c.get("outputs", [])]
    told = [o.metadata["picture"] for o in outputs if "picture" in o.get("metadata", {})]
    alive = sum("state" in one for one in told)
    expect(page.locator(".living.alive")).to_have_count(alive)
    assert page.locator(".living .still:visible").count() == 0
    assert page.get_by_text("this picture needs Python").count() == len(told) - alive
    words = [image.get_attribute("alt") for image in page.locator("article img").all()]
    assert len(words) >= 5 and all(words)


def test_a_prediction_is_made_and_answered(open_page):
    page = open_page("02_kernel")
    question = page.locator('.living[data-kind="Prediction"]').first
    question.get_by_role("button", name=re.compile("− and =")).click()
    question.get_by_role("button", name="Show the answer").click()
    expect(question.get_by_role("status")).to_contain_text("You predicted: − and = (a tie).")
    expect(question.get_by_role("status")).to_contain_text("Nine products of +1 add up to 9")


def test_where_the_readers_function_filled_the_map_the_course_takes_over(open_page):
    page = open_page("02_kernel")
    mine = pictures(page)[2]
    assert mine.look().message.startswith("The map is what your function returned: all 9")
    expect(mine.place).to_contain_text("the course's own arithmetic fills it")
    mine.weight(0, 0).fill("5")
    mine.weight(0, 0).press("Enter")
    kernel = COUNTING_KERNEL.copy()
    kernel[0, 0] = 5
    mine.shows(image=COUNTING, kernel=kernel, step=8)
    assert mine.look().message == ""


def test_a_wrong_function_keeps_its_marked_cells(open_page):
    wrong = pictures(open_page("02_kernel"))[-1]
    wrong.map.press("End")
    assert all(word.startswith("✗") for row in wrong.look().words for word in row)
    assert "4 of its 4 cells are wrong" in wrong.look().message


@pytest.mark.parametrize("address", ["served"], indirect=True)
def test_the_pictures_follow_the_theme_of_the_page_and_the_page_that_of_the_system(open_page):
    page = open_page("02_kernel", color_scheme="dark")
    picture, question = pictures(page)[0].box, page.locator(".course-prediction").first
    grounds = "(one) => [one, document.body].map((e) => getComputedStyle(e).backgroundColor)"
    for theme, dark in (("auto", True), ("light", False), ("dark", True)):
        page.evaluate("(theme) => { document.body.dataset.theme = theme; }", theme)
        expect(picture).to_have_class(re.compile("cw-night") if dark else re.compile("^cw$"))
        for one in (picture, question):
            its_own, the_page = one.evaluate(grounds)
            assert its_own == the_page, theme


@pytest.mark.parametrize("address", ["served"], indirect=True)
def test_without_scripts_a_still_and_its_words_stand_there(open_page):
    page = open_page("02_kernel", java_script_enabled=False)
    still = page.locator('.living[data-kind="Explorer"] img').first
    expect(still).to_be_visible()
    assert still.get_attribute("alt").startswith("Sliding window: image 5×5, kernel 3×3")


@pytest.mark.parametrize("address", ["served"], indirect=True)
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_its_window(open_page, site, width):
    page = open_page("index")
    page.set_viewport_size({"width": width, "height": 720})
    for file in [site / f"{path.stem}.html" for path in LESSONS] + [site / "index.html"]:
        page.goto(page.url.rpartition("/")[0] + f"/{file.name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, file.name


@pytest.mark.parametrize("address", ["served"], indirect=True)
def test_a_page_that_was_narrow_for_a_while_is_as_before(open_page):
    page = open_page("06_pooling")
    heights = "() => [...document.querySelectorAll('.living')].map((one) => one.offsetHeight)"
    before = page.evaluate(heights)
    page.set_viewport_size({"width": 390, "height": 720})
    page.wait_for_function(f"JSON.stringify(({heights})()) !== '{json.dumps(before)}'")
    page.set_viewport_size({"width": 1280, "height": 720})
    page.wait_for_function(f"JSON.stringify(({heights})()) === JSON.stringify({before})")


def test_every_link_of_the_site_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site):
    files = {
        file.name: BeautifulSoup(file.read_text("utf-8"), "html.parser")
        for file in site.glob("*.html")
    }
    assert {"index.html", *(f"{path.stem}.html" for path in LESSONS)} <= files.keys()
    for name, page in files.items():
        loaded = [one["src"] for one in page.select("[src]")] + [
            one["href"] for one in page.select("link[href]")
        ]
        for source in loaded:
            assert (
                source.startswith("data:")
                or (site / source.partition("?")[0]).is_file()
                or source.startswith("#")
            ), source
        for link in page.select("a[href]"):
            target, _, part = link["href"].partition("#")
            if "://" in target:
                continue
            there = files[target or name] if part else None
            assert (site / (target or name)).exists(), (name, target)
            assert not part or there.find(id=part), (name, link["href"])
    for style in site.rglob("*.css"):
        for source in re.findall(r"url\(([^)]*)\)|@import ([^;]*)", style.read_text("utf-8")):
            assert "//" not in "".join(source).partition("data:")[0], (style.name, source)


@pytest.mark.parametrize("address", ["served"], indirect=True)
@lessons
def test_a_lesson_has_its_buttons_and_its_neighbours(open_page, path):
    page = open_page(path.stem)
    for place in ("Colab", "Binder"):
        button = page.get_by_role("link", name=f"Open in {place}")
        expect(button).to_have_attribute("href", re.compile(rf"/{path.name}$"))
    stems = ["index", *(one.stem for one in LESSONS), None]
    before, after = (stems[stems.index(path.stem) + shift] for shift in (-1, 1))
    foot = page.locator("footer a.prev-page, footer a.next-page, .related-pages a")
    hrefs = {one.get_attribute("href") for one in foot.all()}
    assert {f"{one}.html" for one in (before, after) if one} <= hrefs
