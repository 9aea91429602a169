"""Drawing a digit in JupyterLab and in Notebook 7: mouse, finger, pen and keys, against Python."""

import base64
import io
import re
from html import unescape

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import NOTEBOOK, eventually
from PIL import Image
from PIL.ImageFilter import MaxFilter, MinFilter
from playwright.sync_api import expect

from helpers.digits import percent
from helpers.drawing import ink_of, prepare_digit, saved_drawing, saved_drawings

MODEL = """import numpy as np
from helpers import draw_digit, quiet_tensorflow, saved_drawing
keras = quiet_tensorflow().keras
keras.utils.set_random_seed(4)
layers = keras.layers
if "model" not in globals():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
    model.add(layers.Conv2D(8, 5, strides=2, name="first"))
    model.add(layers.MaxPooling2D(name="pool"))
    model.add(layers.Flatten(name="flat"))
    model.add(layers.Dense(10, activation="softmax", name="scores"))
"""
SEVEN = [[(80, 60), (190, 60), (160, 140), (120, 240)], [(100, 150), (180, 150)]]
# All that a picture shows of Python's answer.
LOOK = """(box) => ({
  words: box.querySelector(".cw-reads").textContent,
  bars: [...box.querySelectorAll(".course-bars tr")].map((row) => row.cells[2].textContent),
  widths: [...box.querySelectorAll(".course-bars i")].map((bar) => parseFloat(bar.style.width)),
  digit: box.querySelector(".cw-digit img")?.src ?? "",
  maps: box.querySelector(".cw-maps img")?.src ?? "",
  note: box.querySelector(".cw-done").textContent,
  tally: box.querySelector(".cw-tally p")?.textContent ?? "",
  failures: [...box.querySelectorAll(".cw-tally figcaption")].map((words) => words.textContent),
  strokes: [...box.querySelectorAll(".cw-paper path")].map((path) =>
    path.getAttribute("d").slice(1, -4).split("L").map((point) => point.split(" ").map(Number))),
})"""
# What is said aloud from now on: the next words may follow before anybody looks.
LISTEN = """(live) => {
  live.said = [];
  new MutationObserver(() => live.said.push(live.textContent)).observe(live, { childList: true });
}"""
# Where the parts of the picture are, from its own corner.
PLACES = """(box) => {
  const { left, top } = box.getBoundingClientRect();
  return [".cw-paper svg", ".cw-digit", ".cw-answer", ".cw-maps", ".cw-truths"].map((name) => {
    const place = box.querySelector(name).getBoundingClientRect();
    return [place.left - left, place.top - top, place.width, place.height].map(Math.round);
  });
}"""


class Drawn:
    def __init__(self, host, number=0, name="picture"):
        self.host, self.page, self.name = host, host.page, name
        self.box = host.page.get_by_role("group", name="Draw a digit").nth(number)
        self.paper = self.box.get_by_role("application")
        self.saved = self.box.get_by_role("combobox", name="saved drawing")
        self.layer = self.box.get_by_role("combobox", name="layer")
        self.live = self.box.get_by_role("status")

    def button(self, name):
        return self.box.get_by_role("button", name=name, exact=True)

    def at(self, x, y):
        """Where a point of the paper is in the window."""
        return self.places([(x, y)])[0]

    def places(self, points):
        self.paper.scroll_into_view_if_needed()
        place = self.paper.locator("svg").bounding_box()
        scale = place["width"] / 280
        return [(place["x"] + x * scale, place["y"] + y * scale) for x, y in points]

    def draw(self, strokes, steps=4):
        mouse = self.page.mouse
        for first, *others in map(self.places, strokes):
            mouse.move(*first)
            mouse.down()
            for point in others:
                mouse.move(*point, steps=steps)
            mouse.up()

    def look(self):
        return self.box.evaluate(LOOK)

    def python(self, expression):
        return self.host.value(f"{self.name}.{expression}")

    def check(self, count=None):
        """Wait until the page shows what the network says to its strokes; give these strokes."""
        return eventually(lambda: self._check(count))

    def _check(self, count):
        strokes, seen = self.python("strokes"), self.look()
        asked = [self.python(one) for one in ("asked", "answer['asked']", "answer.get('problem')")]
        assert seen["strokes"] == strokes, f"asked, answered, problem: {asked}; {seen['words']}"
        assert count in (None, len(strokes))
        if not strokes:
            assert seen["words"] == "Draw a digit first."
            assert seen["digit"] == seen["maps"] == ""
            assert seen["widths"] == [0] * 10
            return strokes
        prepared = prepare_digit(ink_of(strokes))
        np.testing.assert_array_equal(image_in(seen["digit"]), prepared)
        code = f"model.predict(np.array({prepared.tolist()})[None, ..., None], verbose=0)[0]"
        expected = np.array(self.host.value(code))
        assert [unescape(words) for words in seen["bars"]] == [percent(p) for p in expected]
        np.testing.assert_allclose(seen["widths"], expected * 100, atol=0.006)
        read = expected.argmax()
        assert seen["words"] == f"Read as {read}, {percent(expected[read])}"
        assert "as in MNIST: cut out, 20 pixels" in seen["note"]
        return strokes


def until(condition):
    """Wait until `condition()` is true."""

    def check():
        assert condition()

    eventually(check)


def image_in(address):
    assert address.startswith("data:image/png;base64,"), "no image yet"
    with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as image:
        return np.asarray(image)


def near(points, wanted, far=2):
    """Whether a stroke goes through all these points."""
    return all(np.hypot(*(np.array(points) - w).T).min() <= far for w in wanted)


@pytest.fixture
def show(host):
    """Run a cell that shows drawings; the keys pressed afterwards must not reach the notebook."""
    host.page.set_viewport_size({"width": 1280, "height": 720})
    host.errors.clear()

    def run(source="picture = draw_digit(model)\npicture", name="picture"):
        host.page.mouse.move(0, 0)
        host.run(MODEL + source)
        drawn = Drawn(host, name=name)
        expect(drawn.paper).to_be_visible(timeout=60_000)  # TensorFlow loads first
        host.page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
        run.notebook = host.page.evaluate(NOTEBOOK)
        return drawn

    yield run
    assert host.page.evaluate(NOTEBOOK) == run.notebook
    assert host.errors == []


def test_drawn_with_the_mouse(show):
    drawn = show()
    drawn.check(0)
    drawn.draw(SEVEN)
    strokes = drawn.check(2)
    for stroke, wanted in zip(strokes, SEVEN, strict=True):
        assert near(stroke, wanted)
    np.testing.assert_array_equal(drawn.python("prepared"), prepare_digit(ink_of(strokes)))


def test_a_click_makes_a_dot_and_a_line_may_leave_the_paper(show):
    drawn = show()
    drawn.page.mouse.click(*drawn.at(140, 140))
    assert drawn.check(1) == [[[140, 140]]]
    drawn.button("Clear").click()
    drawn.draw([[(260, 100), (330, 100)]])  # released outside
    (stroke,) = drawn.check(1)
    assert near(stroke, [(260, 100), (330, 100)])
    drawn.page.mouse.move(*drawn.at(40, 40))  # no button is held any more
    drawn.page.mouse.move(*drawn.at(90, 90))
    assert drawn.check(1) == [stroke]


def test_the_other_buttons_of_a_mouse_do_not_draw(show):
    drawn = show()
    x, y = drawn.at(140, 140)
    drawn.page.mouse.move(x, y)
    drawn.page.mouse.down(button="middle")
    drawn.page.mouse.move(x + 40, y)
    drawn.page.mouse.up(button="middle")
    drawn.check(0)


def test_drawn_with_a_finger_while_the_page_stays(host, show):
    host.page.set_viewport_size({"width": 1280, "height": 420})
    drawn = show()
    drawn.at(0, 0)
    places = drawn.box.evaluate(PLACES)
    before = drawn.paper.bounding_box()
    touch = host.context.new_cdp_session(host.page)

    def fingers(kind, *points):
        points = [dict(zip("xy", drawn.at(*p), strict=True), id=n) for n, p in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    down = [(140, y) for y in range(40, 241, 10)]
    fingers("Start", down[0])
    for point in down[1:]:
        fingers("Move", point)
    fingers("Start", down[-1], (40, 40))  # a second finger, or the ball of the hand
    fingers("Move", down[-1], (40, 90))
    fingers("End")
    (stroke,) = drawn.check(1)
    assert near(stroke, down)
    assert drawn.paper.bounding_box() == before
    assert drawn.box.evaluate(PLACES) == places
    fingers("Start", (60, 60))
    fingers("Cancel")  # the system takes the finger away
    fingers("Start", (90, 60))
    fingers("Move", (90, 160))
    fingers("End")
    assert near(drawn.check(3)[2], [(90, 60), (90, 160)])


def test_drawn_with_a_pen(host, show):
    drawn = show()
    pen = host.context.new_cdp_session(host.page)
    kinds = [("mousePressed", (60, 60), 1), ("mouseMoved", (200, 90), 1)]
    kinds += [("mouseMoved", (150, 220), 1), ("mouseReleased", (150, 220), 0)]
    for kind, point, buttons in [("mouseMoved", (60, 60), 0), *kinds, ("mouseMoved", (9, 9), 0)]:
        x, y = drawn.at(*point)
        event = {"type": kind, "x": x, "y": y, "buttons": buttons, "pointerType": "pen"}
        button = "left" if buttons or kind == "mouseReleased" else "none"
        pen.send(
            "Input.dispatchMouseEvent", event | {"button": button, "clickCount": 1, "force": 0.4}
        )
    (stroke,) = drawn.check(1)
    assert near(stroke, [(60, 60), (200, 90), (150, 220)])


def test_the_page_draws_the_ink_that_python_computes(show):
    drawn = show()
    drawn.draw([*SEVEN, [(240, 240)], [(0, 200), (-30, 230)]], steps=12)
    strokes = drawn.check(4)
    drawn.page.mouse.move(0, 0)
    with Image.open(io.BytesIO(drawn.paper.locator("svg").screenshot())) as image:
        seen = np.asarray(image.convert("L").resize((280, 280)), dtype=float)
    ink = Image.fromarray(ink_of(strokes)).resize((280, 280))
    # Equal but for a unit: the paper may lie between two pixels of the screen.
    least, most = (np.asarray(ink.filter(kind(5)), float) for kind in (MinFilter, MaxFilter))
    assert least.mean() > 20
    inside = np.s_[4:-4, 4:-4]  # round the paper there is a line
    assert (seen >= least - 30)[inside].all()
    assert (seen <= most + 30)[inside].all()


def test_undo_and_clear(show):
    drawn = show()
    drawn.draw(SEVEN)
    strokes = drawn.check(2)
    drawn.button("Undo").click()
    assert drawn.check(1) == strokes[:1]
    drawn.button("Clear").click()
    drawn.check(0)
    expect(drawn.button("Clear")).to_be_disabled()
    drawn.button("Undo").click()
    assert drawn.check(1) == strokes[:1]
    drawn.page.keyboard.press("Control+z")  # the focus is on the button
    drawn.check(0)
    expect(drawn.button("Undo")).to_be_disabled()
    drawn.draw(SEVEN)
    drawn.page.keyboard.press("Control+z")  # the focus is on the paper
    drawn.check(1)


def test_saved_drawings(show):
    drawn = show()
    for name, strokes in saved_drawings().items():
        drawn.saved.select_option(name)
        until(lambda strokes=strokes: drawn.check(1) == strokes)
        expect(drawn.saved).to_have_value(name)
    drawn.button("Clear").click()
    drawn.check(0)
    expect(drawn.saved).to_have_value("")
    drawn.saved.select_option("3")
    assert drawn.check(1) == saved_drawing()


def test_drawn_by_keys_alone(show):
    drawn = show()
    press = drawn.page.keyboard.press
    drawn.paper.focus()
    for _ in range(4):
        press("ArrowUp")
    drawn.check(0)  # the pen is not down
    press("Space")
    expect(drawn.live).to_have_text("Pen down, 14 across, 10 down, of 28.")
    for _ in range(8):
        press("ArrowDown")
    drawn.live.evaluate(LISTEN)
    press("Space")
    until(lambda: "Pen up." in drawn.live.evaluate("(live) => live.said"))
    press("ArrowRight")
    (stroke,) = drawn.check(1)
    assert stroke == [[140, y] for y in range(100, 181, 10)]
    press("Space")
    press("ArrowRight")
    press("Escape")
    press("ArrowRight")
    assert drawn.check(2)[1] == [[150, 180], [160, 180]]
    expect(drawn.live).to_have_text(re.compile(r"Read as \d, "))
    press("Control+z")
    drawn.check(1)
    press("Tab")
    expect(drawn.button("Undo")).to_be_focused()
    press("Tab")
    press("Enter")
    drawn.check(0)
    press("Tab")
    expect(drawn.saved).to_be_focused()
    press("ArrowDown")
    drawn.check(1)
    press("Tab")
    expect(drawn.layer).to_be_focused()
    press("End")
    until(lambda: drawn.python("layer") == "scores")
    press("Tab")
    press("Tab")
    expect(drawn.button("It was a 1")).to_be_focused()
    press("Enter")
    drawn.check(0)
    assert drawn.host.value("[one.was for one in picture.collected]") == [1]


def test_the_pen_of_the_keys_stays_on_the_paper_and_is_laid_away(show):
    drawn = show()
    drawn.paper.focus()
    marker = drawn.box.locator(".cw-pen-line")
    expect(marker).to_be_hidden()
    drawn.page.keyboard.press("Space")
    expect(marker).to_be_visible()
    for _ in range(20):
        drawn.page.keyboard.press("ArrowLeft")
    assert drawn.check(1)[0][-1] == [0, 140]
    drawn.draw([[(200, 50), (200, 200)]])
    expect(marker).to_be_hidden()
    drawn.page.keyboard.press("ArrowLeft")
    drawn.check(2)


def test_readers_tell_what_it_was(show):
    drawn = show()
    drawn.button("It was a 3").click(force=True)  # nothing is drawn
    expect(drawn.live).to_have_text("Draw a digit first.")
    assert drawn.python("told") == []
    drawn.saved.select_option("3")
    strokes = drawn.check(1)
    read = int(np.argmax(drawn.python("probabilities")))
    drawn.button(f"It was a {read}").click()
    drawn.check(0)
    drawn.saved.select_option("3")
    other = (read + 1) % 10
    drawn.button(f"It was a {other}").click()
    drawn.check(0)
    share = percent(drawn.host.value("picture.collected[0].confidence"))
    until(lambda: drawn.look()["tally"] == "2 drawn, 1 read right.")
    assert drawn.look()["failures"] == [f"{other}, read {read}, {share}"]
    failure = drawn.box.locator(".cw-tally img").get_attribute("src")
    np.testing.assert_array_equal(image_in(failure), prepare_digit(ink_of(strokes)))
    told = drawn.host.value("[(one.was, one.read_as, one.image) for one in picture.collected]")
    assert [one[:2] for one in told] == [[read, read], [other, read]]
    np.testing.assert_array_equal(told[1][2], prepare_digit(ink_of(strokes)))
    drawn.button("Undo").click()  # the wrong button: the drawing is back
    assert drawn.check(1) == strokes
    until(lambda: drawn.look()["tally"] == "1 drawn, 1 read right.")
    assert drawn.host.value("len(picture.collected)") == 1


def test_told_at_once_after_the_last_stroke(show):
    """The last stroke may still be on its way to Python when the reader tells what it was."""
    drawn = show()
    for number in range(4):
        drawn.draw([[(60 + 20 * number, 40), (200, 230)]], steps=30)
        drawn.button(f"It was a {number}").click()
    drawn.check(0)
    told = drawn.python("told")
    assert [was for was, _ in told] == [0, 1, 2, 3]
    for number, (_, (stroke,)) in enumerate(told):
        assert near(stroke, [(60 + 20 * number, 40), (200, 230)])
    assert drawn.host.value("len(picture.collected)") == 4


def test_maps_of_the_chosen_layer(show):
    drawn = show("picture = draw_digit(model, saved_drawing())\npicture")
    drawn.check(1)
    seen = {drawn.look()["maps"]}
    for name in ("pool", "flat", "scores"):
        drawn.layer.select_option(name)
        until(lambda: drawn.look()["maps"] not in seen)
        seen.add(drawn.look()["maps"])
        assert drawn.python("layer") == name
        image = drawn.box.locator(".cw-maps img")
        assert image.get_attribute("alt").startswith(f"{name}: ")
        width, height = drawn.python("room")
        rows, columns, _ = image_in(drawn.look()["maps"]).shape
        assert rows <= height
        assert columns <= width


def test_what_python_sets_is_shown(host, show):
    drawn = show()
    host.execute("picture.strokes = saved_drawing('tilted 7')")
    assert drawn.check(1) == saved_drawing("tilted 7")
    host.execute("picture.layer = 'flat'")
    expect(drawn.layer).to_have_value("flat")
    alt = drawn.box.locator(".cw-maps img")
    expect(alt).to_have_attribute("alt", re.compile("^flat: "))


COUNTED = """import time
asked, times, quick = [], [], picture._maps_of
def slow(image):
    time.sleep(0.1)
    return quick(image)
picture._maps_of = slow
def count(change):
    asked.append(change["new"])
    times.append(time.monotonic())
picture.observe(count, "asked")"""


def test_never_more_than_one_question_is_on_its_way_and_the_last_state_arrives(host, show):
    drawn = show()
    drawn.check(0)
    host.execute(COUNTED)
    before = drawn.python("asked")
    drawn.draw([[(60, 50), (220, 60), (60, 200), (220, 230)]], steps=80)
    strokes = drawn.check(1)
    assert near(strokes[0], [(60, 50), (220, 60), (60, 200), (220, 230)])
    asked = host.value("asked")
    assert asked == list(range(before + 1, before + 1 + len(asked)))
    took = host.value("times[-1] - times[0]")
    assert 2 <= len(asked) <= 2 + took / 0.1  # one every tenth of a second at most
    assert drawn.python("answer['asked']") == asked[-1]


LATE = """import time
quick = picture._maps_of
def late(image):
    picture._maps_of = quick
    time.sleep(4)
    return quick(image)
picture._maps_of = late"""


def test_a_late_answer_is_said_and_nothing_is_lost(host, show):
    drawn = show()
    drawn.check(0)
    host.execute(LATE)
    drawn.draw(SEVEN)
    reads = drawn.box.locator(".cw-reads")
    expect(reads).to_contain_text("Python does not answer yet. If a cell is running, wait for it.")
    expect(reads).to_have_text(re.compile(r"Read as \d"))
    drawn.check(2)


def test_a_network_that_stops_is_said_and_the_last_picture_stays(host, show):
    drawn = show()
    drawn.draw(SEVEN)
    drawn.check(2)
    before = drawn.look()["digit"]
    host.execute("kept = picture._maps_of\npicture._maps_of = lambda image: 1 / 0")
    drawn.draw([[(40, 240), (240, 240)]])
    expect(drawn.box.locator(".cw-reads")).to_have_text(
        re.compile("^The network stopped: ZeroDivis")
    )
    assert drawn.look()["digit"] == before
    host.execute("picture._maps_of = kept")
    drawn.button("Undo").click()
    drawn.check(2)


def test_a_long_stroke_and_many_strokes_stay_small(show):
    drawn = show()
    circles = [(140 + 100 * np.cos(a), 140 + 100 * np.sin(a)) for a in np.linspace(0, 25, 420)]
    drawn.draw([circles], steps=1)
    (stroke,) = drawn.check(1)
    assert len(stroke) <= 400
    assert near(stroke, circles, far=12)
    drawn.button("Clear").click()
    for number in range(62):
        drawn.page.mouse.click(*drawn.at(20 + 4 * number, 140))
    drawn.check(60)


def test_two_drawings_do_not_disturb_each_other(show):
    source = "from IPython.display import display\nfirst, second = draw_digit(model), draw_digit(model)\n"
    first = show(source + "display(first, second)", name="first")
    second = Drawn(first.host, 1, "second")
    first.draw(SEVEN)
    second.saved.select_option("3")
    first.check(2)
    second.check(1)
    first.button("Clear").click()
    first.check(0)
    assert second.check(1) == saved_drawing()


def test_one_drawing_shown_twice_is_the_same_drawing(show):
    source = "from IPython.display import display\npicture = draw_digit(model)\n"
    one = show(source + "display(picture, picture)")
    other = Drawn(one.host, 1)
    one.draw(SEVEN)
    strokes = one.check(2)
    assert other.check(2) == strokes
    other.button("Clear").click()
    other.check(0)
    one.check(0)


@pytest.mark.parametrize("width", [{"lab": 640, "notebook": 400}, 853, 1280])
def test_it_fits_the_page_and_its_frame_does_not_jump(host, show, width):
    width = width[host.kind] if isinstance(width, dict) else width
    host.page.set_viewport_size({"width": width, "height": 720})
    drawn = show()
    host.page.wait_for_timeout(400)  # the page takes its new width
    drawn.check(0)
    assert drawn.box.evaluate("(box) => box.scrollWidth <= box.clientWidth")
    before = drawn.box.evaluate(PLACES)
    paper = before[0]
    assert paper[2] == paper[3] >= (280 if width > 640 else 200)
    drawn.draw(SEVEN)
    drawn.check(2)
    assert drawn.box.evaluate(PLACES) == before
    drawn.layer.select_option("flat")
    drawn.button("It was a 7").click()
    drawn.check(0)
    assert drawn.box.evaluate(PLACES) == before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_everything_has_a_name(host, show, theme):
    host.theme(theme)
    try:
        drawn = show()
        drawn.saved.select_option("3")
        read = drawn.check(1) and int(np.argmax(drawn.python("probabilities")))
        drawn.button(f"It was a {(read + 1) % 10}").click()
        drawn.draw(SEVEN)
        drawn.check(2)
        night = expect(drawn.box)
        (night.to_have_class if theme == "dark" else night.not_to_have_class)(
            re.compile("cw-night")
        )
        drawn.box.evaluate("(box) => box.setAttribute('data-axe', '')")
        found = Axe().run(host.page, context="[data-axe]").response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    finally:
        host.theme("light")
    for name in ("Undo", "Clear", *(f"It was a {digit}" for digit in range(10))):
        expect(drawn.button(name)).to_be_visible()
