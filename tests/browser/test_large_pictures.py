"""Large pictures in JupyterLab and Notebook 7: read from the back row, and driven by keys alone."""

import re

import pytest
from conftest import Picture, eventually
from playwright.sync_api import expect
from test_picture_look import MISFITS, without_sidebar  # noqa: F401

READABLE = 20  # pixels
in_lab = pytest.mark.parametrize("host", ["lab"], indirect=True)

# What the lessons show, and what each shows at most in one view (None: all of it), by its lower end.
PICTURES = {
    "explore({'x': X, '+': PLUS}, HORIZONTAL_BAR, controls=['paint', 'weights'], step=4)": "player",
    "explore(COUNTING, COUNTING_KERNEL, padding='same', mine=lambda image, kernel:"
    " conv2d(image, kernel) + 0.5, step=6)": "player",
    "explore(np.arange(49).reshape(7, 7), COUNTING_KERNEL, dilation=2, footprints=True,"
    " controls=['n', 'stride', 'dilation'])": "player",
    "explore(np.arange(625).reshape(25, 25), np.ones((5, 5)), stride=2, footprints=True,"
    " controls=['n', 'size', 'stride'], step=50)": "player",
    "explore(np.ones((4, 4)), np.ones((3, 3)), padding='same',"
    " controls=['sides', 'fill', 'n', 'size'], step=3)": "player",
    "explore_pooling(COUNTING[:4, :4], beside=True, controls=['shift'], step=2)": "player",
    "explore_pixels({'x': X, '1 to 9': NINE}, size=2, step=5)": None,
    "explore_channels(np.stack([X, PLUS, EQUALS], axis=2),"
    " np.stack([HORIZONTAL_BAR] * 3, axis=2), step=4)": None,
    "explore_receptive_field([('conv', 5), ('pool', 2), ('conv', 5), ('pool', 2)], n=16)": None,
    "explore_learning(PLUS, {'a': conv2d(PLUS, HORIZONTAL_BAR), 'b': -np.ones((3, 3))}, step=2)": None,
    "explore_zoom(zoom=6)": None,
    "explore_photograph(kernel='Gaussian blur')": "panel",
    "predict('2.bars')": None,
}
SHOW = "\n".join(f"display({source})" for source in PICTURES)
BOXES = ".cw, .course-controls, .course-prediction"
HEIGHT = 720

# Each text of a picture that is seen, and how many pixels high its letters are on the screen.
LETTERS = """(box) => {
  const found = [];
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) &&
    !e.closest(".cw-hidden, .course-aloud, option, defs, .cw-to-scale .cw-weights");
  const scale = ({ ownerSVGElement: svg }) => (svg ? svg.getScreenCTM().a : 1);
  const add = (e, words) => seen(e) && words.trim() &&
    found.push([words.trim().slice(0, 30), parseFloat(getComputedStyle(e).fontSize) * scale(e)]);
  const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) add(texts.currentNode.parentElement, texts.currentNode.textContent);
  for (const field of box.querySelectorAll("select, textarea, input:not([type=range], [type=checkbox])"))
    add(field, field.value);
  return found;
}"""
# Where a part of a picture ends, from the picture's top.
END = """(box, part) => {
  const whole = box.getBoundingClientRect();
  const parts = part ? [...box.querySelectorAll(`.cw-${part}, .course-${part}`)] : [box];
  return Math.max(...parts.map((one) => one.getBoundingClientRect().bottom)) - whole.top;
}"""
SPILLS = """(box) => [box, ...box.querySelectorAll("*")]
  .filter((e) => e.checkVisibility() && !e.closest(".cw-hidden, .course-aloud, svg, option"))
  .filter((e) => (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible") ||
    e.getBoundingClientRect().right > box.getBoundingClientRect().right + 1)
  .map((e) => `${e.tagName}.${e.className}`)"""


def large(host, on=True):
    assert host.execute(f"projector({on})").startswith("Large pictures are")


@pytest.fixture
def small_again(host):
    yield
    large(host, False)


def assert_readable(boxes):
    for box in boxes:
        expect(box).to_have_class(re.compile("cw-large"))
        seen = box.evaluate(LETTERS)
        assert len(seen) > 3
        assert [(words, round(size, 1)) for words, size in seen if size < READABLE - 0.05] == []
        assert box.evaluate(SPILLS) == []


def test_every_text_is_large_and_all_that_a_class_looks_at_is_in_one_view(
    host,
    show,
    without_sidebar,  # noqa: F811
    small_again,
):
    large(host)  # before the pictures are made
    show(SHOW)
    boxes = host.page.locator(BOXES)
    expect(boxes).to_have_count(len(PICTURES))
    expect(host.page.locator(".course-panels")).to_have_count(2)
    host.page.wait_for_timeout(500)  # the last ones are laid out
    assert_readable(boxes.all())
    if host.kind == "notebook":
        return
    for box, (source, part) in zip(boxes.all(), PICTURES.items(), strict=True):
        assert box.evaluate(END, part) <= HEIGHT, source
        assert 900 < box.bounding_box()["width"] <= 1180
        if source.startswith("explore("):
            assert box.evaluate(MISFITS) == [], source


# ------------------------------------------------------------------ on and off, live

LIVE = """picture = explore(COUNTING, COUNTING_KERNEL, padding='same')
other = explore_pixels({'x': X}, size=2)
last = explore_pooling(COUNTING)
display(picture, other, last)"""


def test_a_living_picture_grows_and_shrinks_with_all_that_the_reader_has_done(
    host, show, small_again
):
    picture = show(LIVE)
    picture.image.press("ArrowDown")
    picture.weight(0, 0).fill("7")
    picture.slider("stride").press("ArrowRight")
    before, known = picture.box.bounding_box(), picture.check(stride=2)
    large(host)
    expect(picture.box).to_have_class(re.compile("cw-large"))
    assert picture.check(stride=2).step == known.step > 0
    assert min(size for _, size in picture.box.evaluate(LETTERS)) >= READABLE - 0.05
    picture.cell(picture.map, 2, 1).click()  # the pointer still meets the cell that it sees
    picture.page.mouse.move(0, 0)
    assert eventually(lambda: at_step(picture, 7)).kernel[0, 0] == 7
    picture.cell(picture.image, 1, 3).click()
    assert picture.check().image[1, 3] == 0
    large(host, False)
    expect(picture.box).not_to_have_class(re.compile("cw-large"))
    assert picture.check().step == 7
    after = picture.box.bounding_box()
    assert [after[side] for side in ("width", "height")] == [before["width"], before["height"]]


def at_step(picture, step):
    traits = picture.check()
    assert traits.step == step
    return traits


# ------------------------------------------------------------------ keys alone


def test_tab_shows_a_picture_from_its_top_and_no_step_moves_it(
    host,
    show,
    without_sidebar,  # noqa: F811
    small_again,
):
    large(host)
    show(LIVE)
    picture = Picture(host, 0)
    pixels = Picture(host, 1)
    picture.box.locator("summary").focus()  # the last part of the picture before
    while not pixels.box.locator(".cw-grid:focus").count():
        host.page.keyboard.press("Tab")
    place = top(pixels)
    assert 0 <= place < 150, "its top is in view"
    for key in ("End", "Home", *["ArrowRight"] * 5, "ArrowDown"):
        host.page.keyboard.press(key)
        assert top(pixels) == place
    assert host.page.evaluate("document.scrollingElement.scrollTop") == 0
    last = Picture(host, 2)
    last.button("Step to the next place").click()  # a pointer scrolls nothing
    place = top(last)
    last.button("Step to the next place").click()
    assert top(last) == place


def top(picture):
    return round(picture.box.bounding_box()["y"])


@in_lab
def test_in_the_large_form_no_step_moves_what_stands_below(host, show, small_again):
    large(host)
    picture = show("picture = explore(COUNTING, np.full((3, 3), 1 / 9), padding='same')\npicture")
    assert len(ends(picture)) == 1
    host.command("application:toggle-left-area")
    assert len(ends(picture)) == 1
    host.command("application:toggle-left-area")


def ends(picture):
    """Where the row of buttons stood, from the picture's top, at each of 25 places."""
    found = set()
    for row in range(5):
        picture.slider("place of the window").fill(str(5 * row))
        for _ in range(5):
            found.add(picture.box.evaluate(END, "player"))
            picture.map.press("ArrowRight")
    return found
