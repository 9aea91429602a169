"""The slides, opened from a folder with no internet and given with a clicker: nothing is cut off,
nothing is too small, and the pictures live."""

import json
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect
from test_site import OnPage

from helpers import HORIZONTAL_BAR, MINUS, X
from helpers.explorer import from_page
from tools.build_slides import build
from tools.setup_cell import ROOT

LESSONS = [path.stem for path in sorted((ROOT / "notebooks").glob("0?_*.ipynb"))]
SMALL, WIDE = {"width": 1280, "height": 720}, {"width": 1920, "height": 1080}
OLD = {"width": 1024, "height": 768}

# Where the talk is: slide, and how many steps of it have been shown.
PLACE = """() => {
  const slide = document.querySelector("section.present");
  return [[...slide.parentElement.children].indexOf(slide), slide.querySelectorAll(".fragment.visible").length];
}"""

# What a room could not read on the present slide. 1 rem is 16 pixels on a screen 1280 pixels wide.
FAULTS = """() => {
  const slide = document.querySelector("section.present");
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const faults = [];
  const inside = (one, box, slack = 1.5) =>
    one.left >= box.left - slack && one.top >= box.top - slack && one.right <= box.right + slack && one.bottom <= box.bottom + slack;
  const seen = (e) => {
    const { width, height } = e.getBoundingClientRect();
    return width > 1.5 && height > 1.5 && getComputedStyle(e).visibility === "visible" && !e.closest("aside, script, .unseen, .cw-hidden");
  };
  const fault = (what, e) => faults.push(`${what}: ${e.nodeName}.${e.getAttribute("class")} ${e.textContent.trim().slice(0, 40)}`);
  const walk = function* (root) {
    for (const e of root.querySelectorAll("*")) {
      yield e;
      if (e.shadowRoot) yield* walk(e.shadowRoot);
    }
  };
  const page = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  if (slide.scrollHeight > slide.clientHeight || slide.scrollWidth > slide.clientWidth) fault("the slide runs over", slide);
  const parts = [...slide.children].filter(seen).map((e) => [e, e.getBoundingClientRect()]);
  parts.slice(1).forEach(([e, box], i) => box.top < parts[i][1].bottom - 1 && fault("lies over the part before", e));
  for (const e of walk(slide)) {
    if (!seen(e)) continue;
    const host = e.getRootNode().host;
    const scale = host ? host.getBoundingClientRect().width / host.offsetWidth : 1;
    const frame = host ? host.closest(".picture").getBoundingClientRect() : page;
    if (!inside(e.getBoundingClientRect(), frame)) fault("cut off", e);
    if (/^(PRE|INPUT)$/.test(e.nodeName) && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)) fault("clipped", e);
    if (e.nodeName === "IMG" && e.getBoundingClientRect().height < 18 * rem) fault("small image", e);
    const own = [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || /^(text|number)$/.test(e.type ?? "");
    const least = host ? 1.25 : e.closest("pre, code") ? 1.375 : 1.5;
    const letters = parseFloat(getComputedStyle(e).fontSize) * scale; // 0: a kernel too small for its weights shows none
    if (own && letters && letters < least * rem - 0.1) fault(`letters of ${letters}`, e);
  }
  return faults;
}"""


@pytest.fixture(scope="session")
def slides(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slides") / "_slides"
    build(folder)
    return folder


@pytest.fixture
def open_deck(browser, slides):
    """Open a deck from its folder; in the end nothing was asked of a network, nor complained of."""
    contexts, wrong = [], []

    def run(name, size=SMALL, **options):
        context = browser.new_context(viewport=size, **options)
        contexts.append(context)
        context.set_offline(True)
        context.on("request", lambda r: r.url.startswith(("file:", "data:")) or wrong.append(r.url))
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(m.text))
        page.on("pageerror", lambda error: wrong.append(error.stack or str(error)))
        page.goto((slides / f"{name}.html").as_uri())
        ready(page)
        return page

    yield run
    for context in contexts:
        context.close()
    assert wrong == []


def ready(page):
    expect(page.locator("body[data-ready]")).to_be_visible(timeout=30_000)


def go_to(page, cell, kind="Explorer"):
    """Go on to the slide with the first picture of a kind; give the picture."""
    slide = page.locator(f'section.present .living[data-kind="{kind}"]')
    while not slide.count():
        page.keyboard.press("Shift+ArrowRight")
    return OnPage(page, slide) if kind == "Explorer" else slide


def settings(page):
    """What the picture of the present slide is set to after each press, as the lessons' arrays."""
    moves = page.locator("section.present [data-moves]")
    read = {"image": from_page, "kernel": from_page}
    return [
        {name: read.get(name, lambda v: v)(value) for name, value in one.items()}
        for one in json.loads(moves.get_attribute("data-moves"))
    ]


@pytest.mark.parametrize(
    "name, size",
    [*((name, SMALL) for name in LESSONS), (LESSONS[1], OLD), (LESSONS[4], WIDE)],
    ids=lambda value: value if isinstance(value, str) else "{width}x{height}".format(**value),
)
def test_a_clicker_gives_the_whole_lesson_and_nothing_is_cut_off(open_deck, name, size):
    page = open_deck(name, size)
    places, maps = [], set()
    while not places or places[-1] != page.evaluate(PLACE):
        places.append(page.evaluate(PLACE))
        assert not page.evaluate(FAULTS), places[-1]
        picture = page.locator('section.present .living[data-kind="Explorer"]')
        if picture.count():
            explorer = OnPage(page, picture)
            explorer.shows(**settings(page)[places[-1][1]])
            maps.add(json.dumps([places[-1][0], explorer.look().map]))
        page.keyboard.press("PageDown")
    assert len(places) > 20 and places[0] == [0, 0]
    slides = [slide for slide, _ in places]
    assert slides == sorted(slides) and set(slides) == set(range(slides[-1] + 1))
    assert not maps or len(maps) > 3
    for before in reversed(places[:-1]):
        page.keyboard.press("PageUp")
        assert page.evaluate(PLACE) == before


def test_the_room_predicts_by_number_and_sees_its_choice_beside_the_answer(open_deck):
    page = open_deck("02_kernel")
    asked = page.locator("section.present .asked")
    while not asked.count():
        page.keyboard.press("PageDown")
    chosen = page.locator("section.present [aria-pressed=true] span")
    answer = page.locator("section.present .answer")
    page.keyboard.press("9")  # there are five options
    expect(chosen).to_have_count(0)
    page.keyboard.press("2")
    expect(chosen).to_have_text("+")
    page.locator("section.present .options button").nth(0).click()
    expect(chosen).to_have_text("x")
    expect(answer).to_be_hidden()
    for key, shown in (("r", True), ("Enter", False), ("R", True), ("r", False)):
        page.keyboard.press(key)
        expect(answer).to_be_visible(visible=shown)
    page.keyboard.press(" ")  # the button that was clicked does not take it
    go_to(page, "explore-bars")
    page.keyboard.press("Shift+ArrowRight")
    expect(answer).to_be_visible()
    expect(answer).to_contain_text("a tie: both maps reach 9")
    expect(chosen).to_have_text("x")
    expect(page.locator("section.present [data-right] span")).to_have_text("− and = (a tie)")


@pytest.mark.parametrize("size", [OLD, WIDE], ids=["1024x768", "1920x1080"])
def test_the_pointer_paints_the_cell_that_it_hits_at_any_size(open_deck, size):
    page = open_deck("02_kernel", size)
    picture = go_to(page, "explore-bars")
    picture.shows(image=X, kernel=HORIZONTAL_BAR, step=0)
    painted = X.copy()
    for row, column in ((1, 2), (4, 3), (0, 1)):
        painted[row, column] = -painted[row, column]
        picture.cell(picture.image, row, column).click()
        picture.shows(image=painted, kernel=HORIZONTAL_BAR, step=0)
    picture.map.locator(".cw-cell").nth(5).click()
    picture.shows(image=painted, kernel=HORIZONTAL_BAR, step=5)
    page.wait_for_timeout(100)  # a picture takes no step from outside just after one of its own
    page.keyboard.press("PageDown")  # the focus is in the picture: a clicker goes on even so
    picture.shows(image=painted, kernel=HORIZONTAL_BAR, step=1)
    page.keyboard.press("PageUp")
    picture.shows(image=painted, kernel=HORIZONTAL_BAR, step=0)
    page.mouse.click(3, 3)
    page.keyboard.press("0")
    picture.shows(image=X, kernel=HORIZONTAL_BAR, step=0)
    assert not page.evaluate(FAULTS)


def test_keys_belong_to_a_picture_while_one_works_in_it(open_deck):
    page = open_deck("02_kernel")
    picture = go_to(page, "explore-bars")
    here = page.evaluate(PLACE)
    kernel = HORIZONTAL_BAR.copy()
    kernel[0, 2] = 2
    picture.weight(0, 2).fill("")
    picture.weight(0, 2).press_sequentially("2.")  # the full stop would make the screen black
    picture.weight(0, 2).press("Enter")
    picture.shows(image=X, kernel=kernel, step=0)
    picture.map.press("ArrowRight")
    picture.map.press("ArrowDown")
    picture.shows(image=X, kernel=kernel, step=4)
    assert page.evaluate(PLACE) == here
    expect(page.locator(".reveal.paused")).to_have_count(0)
    page.keyboard.press("PageDown")
    assert page.evaluate(PLACE) == [here[0], 1]
    picture.weight(1, 1).focus()
    page.keyboard.press("PageDown")
    assert page.evaluate(PLACE) == [here[0], 2]


def test_a_keyboard_moves_the_window_and_skips_the_steps_of_a_slide(open_deck):
    page = open_deck("02_kernel")
    picture = go_to(page, "explore-bars")
    here = page.evaluate(PLACE)
    for key, step in (("n", 1), ("N", 2), ("p", 1), ("End", 8), ("n", 8), ("Home", 0), ("p", 0)):
        page.keyboard.press(key)
        picture.shows(image=X, kernel=HORIZONTAL_BAR, step=step)
    for key in ("PageDown", " ", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert page.evaluate(PLACE) == [here[0], 4]
    for key in ("PageUp", "Shift+ ", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.evaluate(PLACE) == here
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate(PLACE) == [here[0] + 1, 0]
    page.keyboard.press("PageUp")  # back from there: the last of its steps
    assert page.evaluate(PLACE) == [here[0], len(settings(page)) - 1]
    one_white = MINUS.copy()
    one_white[2, 2] = 1
    picture.shows(image=one_white, kernel=HORIZONTAL_BAR, step=5)
    page.keyboard.press("Shift+ArrowLeft")
    assert page.evaluate(PLACE)[0] == here[0] - 1


def test_a_step_shows_its_place_wherever_the_teacher_has_been(open_deck):
    page = open_deck("02_kernel")
    picture = go_to(page, "explore-bars")
    steps = settings(page)
    for place, one in enumerate(steps):
        picture.shows(**one)
        page.keyboard.press("End" if place % 2 else "Home")  # and without a pause
        page.keyboard.press("PageDown")


def test_escape_gives_the_keys_back_that_a_picture_took(open_deck):
    page = open_deck("03_stride")
    picture = go_to(page, "explore-stride")
    here = page.evaluate(PLACE)
    picture.slider("stride").focus()
    page.keyboard.press("n")  # the slider has no use for it, and it does not reach the slide
    picture.shows(step=0)
    page.keyboard.press("Escape")
    page.wait_for_timeout(50)
    page.keyboard.press("n")
    picture.shows(step=1)
    assert page.evaluate(PLACE) == here


def test_a_list_of_all_slides_leads_to_any_of_them_and_to_those_for_questions(open_deck):
    page = open_deck("02_kernel")
    rows = page.locator(".list button")
    page.keyboard.press("PageDown")
    page.keyboard.press("o")
    expect(rows).to_have_count(page.locator(".slides > section").count())
    expect(rows.nth(1)).to_be_focused()
    for key, place in (("ArrowDown", 2), ("PageDown", 3), ("ArrowUp", 2)):
        page.keyboard.press(key)
        expect(rows.nth(place)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".list")).to_be_hidden()
    assert page.evaluate(PLACE) == [2, 0]
    page.keyboard.press("o")
    page.keyboard.press("Escape")
    expect(page.locator(".list")).to_be_hidden()
    page.keyboard.press("o")
    rows.last.click()
    expect(page.locator("section.present.spare")).to_have_count(1)


def test_what_the_room_chose_outlives_a_reload(open_deck):
    page = open_deck("02_kernel")
    while not page.locator("section.present .asked").count():
        page.keyboard.press("PageDown")
    page.keyboard.press("3")
    slide, _ = page.evaluate(PLACE)  # reveal.js waits before it writes where it is
    page.wait_for_function("(slide) => location.hash.split('/')[1] === String(slide)", arg=slide)
    page.reload()
    ready(page)
    expect(page.locator("section.present [aria-pressed=true] span")).to_have_text("−")


def test_a_slider_of_a_picture_moves_it_and_nothing_else(open_deck):
    page = open_deck("03_stride")
    picture = go_to(page, "explore-stride")
    here = page.evaluate(PLACE)
    picture.slider("stride").press("ArrowRight")
    picture.shows(stride=2, step=0)
    assert page.evaluate(PLACE) == here


@pytest.mark.parametrize(
    "name, kind, shown",
    [
        ("01_image_as_grid", "Pixels", ".px-row"),
        ("05_filters", "Channels", ".cw-channels"),
        ("06_pooling", "ReceptiveField", ".cw-field-says"),
        ("07_mnist_cnn", "Learning", ".cw-loss > span"),
    ],
)
def test_each_kind_of_picture_moves_with_the_clicker_and_back(open_deck, name, kind, shown):
    page = open_deck(name)
    picture = go_to(page, None, kind)
    shown = picture.locator(shown).first
    seen = [shown.text_content()]
    here = page.evaluate(PLACE)[0]
    while True:
        page.keyboard.press("PageDown")
        if page.evaluate(PLACE)[0] != here:
            break
        seen.append(shown.text_content())
    assert len(seen) > 3 and all(one != two for one, two in pairwise(seen))
    for words in reversed(seen):
        page.keyboard.press("PageUp")
        assert shown.text_content() == words


def test_a_kernel_learns_on_the_slide_as_in_the_lesson(open_deck):
    page = open_deck("07_mnist_cnn")
    picture = go_to(page, "learn", "Learning")
    losses = []
    for _ in range(7):
        losses.append(float(picture.locator(".cw-loss b[data-value]").get_attribute("data-value")))
        page.keyboard.press("PageDown")
    np.testing.assert_allclose(losses, [13.44, 1.6, 0.46, 0.0013, 13.44, 43.08, 146.32], atol=0.005)


def test_the_keys_are_told_the_screen_turns_black_and_the_end_leads_on(open_deck):
    page = open_deck("01_image_as_grid")
    help = page.locator(".help")
    page.keyboard.press("?")
    expect(help).to_be_visible()
    page.keyboard.press("PageDown")  # only closes it
    expect(help).to_be_hidden()
    assert page.evaluate(PLACE) == [0, 0]
    for key in ("b", "."):
        page.keyboard.press(key)
        expect(page.locator(".reveal.paused")).to_have_count(1)
        page.keyboard.press("PageDown")  # only brings the slide back
        expect(page.locator(".reveal.paused")).to_have_count(0)
        assert page.evaluate(PLACE) == [0, 0]
    while page.locator("section.present.last").count() == 0:
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Kernel")
    ready(page)


def test_the_speaker_reads_the_plan_and_the_lesson_without_internet(open_deck):
    page = open_deck("02_kernel")
    go_to(page, "explore-bars")
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    notes = opened.value.locator(".speaker-controls-notes")
    expect(notes).to_contain_text("“Which sum comes next?” Wait.", timeout=15_000)
    expect(notes).to_contain_text("The sign ∗ stands for all five steps")


def test_a_smaller_window_gets_smaller_pictures(open_deck):
    page = open_deck("06_pooling")
    go_to(page, "explore-blocks")
    for size in (OLD, {"width": 800, "height": 450}, SMALL):
        page.set_viewport_size(size)
        page.wait_for_function("!document.body.dataset.ready")
        ready(page)
        assert not page.evaluate(FAULTS), size


def test_it_prints_with_a_page_for_each_slide(open_deck):
    page = open_deck("06_pooling")
    pages = page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
    assert pages == page.locator(".slides > section").count()


def test_without_motion_nothing_slides(open_deck):
    page = open_deck("02_kernel")
    times = page.evaluate(
        """() => [...document.querySelectorAll("section, .fragment, .progress span")]
        .map((e) => getComputedStyle(e).transitionDuration)"""
    )
    assert set(times) == {"0s"}
