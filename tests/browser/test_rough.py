"""Rough hands: random actions on every control of every picture, nonsense in every field.

Whatever a reader does, no picture breaks: nothing fails in the kernel or in the browser's console, no
key reaches the notebook, and what the page shows is what NumPy computes from Python's settings.

By default 50 actions on each picture, in JupyterLab; `make rough` takes 500, in Notebook 7 too. The
environment's ROUGH_ACTIONS and ROUGH_SEED set other numbers. What fails names both and what was done.
"""

import hashlib
import os
import re
from html import unescape

import numpy as np
import pytest
import test_channels_picture
import test_learning_picture
import test_pixels_picture
from conftest import IMPORTS, NOTEBOOK, Picture, eventually
from playwright.sync_api import expect
from test_controls_picture import Pictured
from test_drawing_picture import MODEL, Drawn
from test_inside_picture import NETWORK, SETUP, SHIFT
from test_receptive_picture import NETWORK as LAYERS
from test_receptive_picture import SHOW, Field

from helpers.digits import percent

ACTIONS = int(os.environ.get("ROUGH_ACTIONS", "50"))
SEED = int(os.environ.get("ROUGH_SEED", "1"))
EVERY = 10  # actions between two looks
pytestmark = pytest.mark.parametrize(
    "host", ["lab", "notebook"] if ACTIONS > 50 else ["lab"], indirect=True, scope="session"
)

KINDS = {
    "button": "button, summary, [type=checkbox]",
    "choice": "select",
    "slider": "[type=range], .noUi-handle, .ui-slider-handle",
    "field": "[type=text], [type=number], textarea",
    "grid": "[role=application]",
}
NUMBERS = ["0", "1", "2", "-1", "\u22121", "0.5", "1,5", "1/9", "10/2", ".5", "7.", "+3", "1000000"]
NONSENSE = ["", " ", "  ", "abc", "-", "1e999", "1/0", "0/0", "\u0663", "9" * 5000, "0x10", "NaN"]
NONSENSE += ["Infinity", "None", "1 2\n3", "1 2\n3 4", "[[1, 2], [3, 4]]", "<b>1</b>", "\U0001f600"]
NONSENSE += [
    "1/1e-9",
    "1e6",
    "-0",
    "1--1",
    "99999999999",
    "-5",
    "3.7",
    "\\",
    "'; import os",
    "&amp;",
]
KEYS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "Space", "Enter"]
RARE = ["Escape", "PageUp", "PageDown", "Delete", "a", "b", "d", "x", "y", "0", "Control+z"]
SLIDER_KEYS = ["Home", "End", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"]

# One of the controls of a kind that can be used now. To choose a file opens a window of the browser's.
REACH = """(box, [kind, share]) => {
  const usable = (e) => !e.disabled && e.getClientRects().length && getComputedStyle(e).visibility !== "hidden";
  const own = (e) => !e.textContent.includes("your own photograph");
  const all = [...box.querySelectorAll(kind)].filter((e) => usable(e) && own(e));
  const one = all[Math.floor(share * all.length)];
  one?.scrollIntoView({ block: "nearest", inline: "nearest" });
  return one ?? null;
}"""
NAME = """(one) => one.getAttribute("aria-label")?.split(".")[0]
  ?? one.closest(".course-knob, .widget-inline-hbox")?.querySelector("label")?.textContent
  ?? one.textContent.trim()"""
# A place in a control, if nothing lies over it there: what lies there may be the notebook's own.
PLACE = """(one, [across, down]) => {
  const { left, top, width, height } = one.getBoundingClientRect();
  const [x, y] = [left + across * width, top + down * height];
  return one.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
}"""
FOCUS = "(one) => (one.focus(), document.activeElement === one)"
CHOOSE = """(list, share) => {
  list.selectedIndex = Math.floor(share * list.options.length);
  for (const name of ["input", "change"]) list.dispatchEvent(new Event(name, { bubbles: true }));
  return list.value;
}"""
# Cells that wait while one runs, as after "Run All Cells".
QUEUE = """(codes) => codes.forEach((code) => jupyterapp.shell.currentWidget.sessionContext
  .session.kernel.requestExecute({ code, store_history: false }))"""
REST = """(box) => {
  box.querySelector("button[aria-label=Pause]")?.click();
  document.activeElement?.blur();
}"""
# The kernel notes what goes wrong outside of cells, where nobody sees it, and its warnings.
WATCH = """if "troubles" not in globals():
    import logging, traceback, warnings
    troubles, shell = [], get_ipython()
    def _showtraceback(*args, _usual=shell.showtraceback, **kwargs):
        if not args and not kwargs:
            troubles.append(traceback.format_exc())
        _usual(*args, **kwargs)
    shell.showtraceback = _showtraceback
    class Noting(logging.Handler):
        def emit(self, record):
            troubles.append(self.format(record))
    shell.kernel.log.addHandler(Noting(logging.WARNING))
    warnings.showwarning = lambda message, *rest: troubles.append(repr(message))
"""


class Hands:
    """Random actions on what is in a picture's box; `done` says which."""

    def __init__(self, picture, name):
        self.page, self.box, self.done = picture.page, picture.box, []
        self.random = np.random.default_rng([SEED, *name.encode()])
        self.kinds = [kind for kind, names in KINDS.items() if self.box.locator(names).count()]

    def any(self, several):
        return several[self.random.integers(len(several))]

    def act(self):
        chance = self.random.random()
        if chance < 0.03:
            self.done.append(self.resize())
        elif chance < 0.06:
            self.done.append(self.keep_kernel_busy())
        else:
            kind = self.any(self.kinds)
            reach = [KINDS[kind], self.random.random()]
            one = self.box.evaluate_handle(REACH, reach).as_element()
            if one:
                name = one.evaluate(NAME)
                self.done.append(f"{name}: {getattr(self, kind)(one)}")

    def resize(self):
        width = int(self.any([700, 853, 1280]))
        self.page.set_viewport_size({"width": width, "height": 720})
        return f"{width} wide"

    def keep_kernel_busy(self):
        self.page.evaluate(QUEUE, ["import time; time.sleep(0.2)", "1 + 1", "2 + 2"])
        return "three cells"

    def button(self, one):
        return (
            self.click(one) if self.random.random() < 0.6 else self.press(one, ["Enter", "Space"])
        )

    def click(self, one, shares=(0.5, 0.5)):
        place = one.evaluate(PLACE, list(shares))
        if place is None:
            return "covered"
        count = int(self.any([1, 1, 1, 2]))
        self.page.mouse.click(*place, click_count=count)
        return "clicked" if count == 1 else "clicked twice"

    def press(self, one, keys):
        keys = [str(self.any(keys)) for _ in range(self.random.integers(1, 4))]
        for key in keys:
            if one.evaluate(FOCUS):  # what follows Escape is the notebook's own
                self.page.keyboard.press(key)
        return " ".join(keys)

    def choice(self, one):
        return one.evaluate(CHOOSE, self.random.random())

    def slider(self, one):
        if self.random.random() < 0.3:
            return self.click(one, (self.random.random(), 0.5))
        return self.press(one, SLIDER_KEYS)

    def field(self, one):
        text = str(self.any(NUMBERS if self.random.random() < 0.4 else NONSENSE))
        one.focus()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text) if text else self.page.keyboard.press("Delete")
        after = self.any(["", "", "", "Enter", "Escape", "Tab", "ArrowUp", "ArrowDown"])
        if after:
            self.page.keyboard.press(after)
        return f"{text[:20]!r} {after}"

    def grid(self, one):
        chance, shares = self.random.random(), self.random.random((2, 2)).tolist()
        if chance < 0.4:
            return self.press(one, KEYS if self.random.random() < 0.8 else RARE)
        if chance < 0.7:
            return self.click(one, shares[0])
        start, end = [one.evaluate(PLACE, share) for share in shares]
        if start is None or end is None:
            return "covered"
        self.page.mouse.move(*start)
        if chance < 0.9:
            self.page.mouse.down()
        self.page.mouse.move(*end, steps=4)
        self.page.mouse.up()
        return f"{start} to {end}"

    def rest(self):
        """Nothing plays, nothing is pointed at, nothing is being typed."""
        self.page.mouse.move(0, 0)
        self.box.evaluate(REST)


def look_while_walking(host, hands, check, actions=ACTIONS):
    """Take so many actions, and look again and again whether all is well."""
    cells = host.page.evaluate(NOTEBOOK)[0]
    try:
        for number in range(1, actions + 1):
            hands.act()
            if number % EVERY and number < actions:
                continue
            hands.rest()
            check()
            assert host.value("troubles") == []
            assert host.errors == []
            assert host.page.evaluate(NOTEBOOK)[0] == cells
    except Exception as problem:
        what = f"ROUGH_SEED={SEED} ROUGH_ACTIONS={ACTIONS}, after {len(hands.done)} actions:"
        raise AssertionError("\n".join([what, *hands.done])) from problem


@pytest.fixture
def open_source(host):
    """Run a cell with a picture called `picture`."""
    host.page.set_viewport_size({"width": 1280, "height": 720})
    host.page.mouse.move(0, 0)
    host.errors.clear()
    host.execute(WATCH)
    # What a click makes that misses the picture, because the page has just moved under the pointer.
    beside = host.page.add_style_tag(
        content=".jp-Notebook-footer, .jp-cell-toolbar { display: none }"
    )

    def run(source):
        host.execute("troubles.clear()")
        host.run(IMPORTS + source)
        host.page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 0")

    yield run
    beside.evaluate("(style) => style.remove()")
    host.page.set_viewport_size({"width": 1280, "height": 720})


# The pictures that compute in the page.

MORE = """controls=["paint", "weights", "stride", "dilation", "size", "n", "sides", "fill"], footprints=True"""
PAGE = {
    "convolution": "explore({'x': X, 'large': COUNTING, 'small': NINE, 'tall': np.eye(8)[:, :3]}, "
    "{'bar': HORIZONTAL_BAR, 'ninths': np.full((3, 3), 1 / 9), 'wide': [[1, -2, 1]]})",
    "padding": f"explore(COUNTING, COUNTING_KERNEL, 1, 'same', {MORE})",
    "own function": "explore(X, HORIZONTAL_BAR, mine=lambda image, kernel, **rest: "
    "conv2d(image, kernel, **{k: v for k, v in rest.items() if k != 'fill'}))",
    "largest": "explore_pooling({'large': COUNTING, 'small': NINE})",
    "both poolings": "explore_pooling(np.eye(8), 2, mode='average', beside=True, "
    "controls=['paint', 'stride', 'padding', 'size', 'shift', 'n'])",
}


@pytest.mark.parametrize("name", PAGE)
def test_sliding_windows(host, open_source, name):
    open_source(f"picture = {PAGE[name]}\npicture")
    picture = Picture(host)
    expect(picture.where).to_be_visible()
    look_while_walking(host, Hands(picture, name), picture.check)
    picture.button("Reset to the start of the lesson").click()
    assert not picture.look().refusal
    picture.check()


@pytest.mark.parametrize("own", [test_pixels_picture, test_channels_picture, test_learning_picture])
def test_other_pictures_that_compute_in_the_page(host, open_source, own):
    open_source(own.ALL if own is test_pixels_picture else own.ONE)
    picture = Picture(host)
    expect(picture.where).to_be_visible()
    hands = Hands(picture, own.__name__)
    look_while_walking(host, hands, lambda: own.check(picture))


def test_receptive_field(host, open_source):
    open_source(SHOW.format(layers=LAYERS, n=16, depth=4, before=""))
    field = Field(host)
    expect(field.rows.first).to_be_visible()

    def check():
        eventually(lambda: field._check(*host.value("[picture.depth, list(picture.chosen)]")))

    look_while_walking(host, Hands(field, "receptive field"), check)


class Asked:
    """A prediction in the page."""

    def __init__(self, host):
        self.host, self.page = host, host.page
        self.box = host.page.locator(".course-prediction")

    def check(self):
        choice, revealed, answer = self.host.value(
            "[picture.choice, picture.revealed, picture.answer]"
        )
        pressed = self.box.locator("[aria-pressed=true] > :nth-child(2)").all_text_contents()
        assert pressed == [choice] * bool(choice)
        says = self.box.get_by_role("status").text_content()
        assert (f"You predicted: {choice}." in says) == bool(choice)
        assert (f"Answer: {answer}" in says) == revealed


def test_prediction(host, open_source):
    open_source("picture = predict('2.bars')\npicture")
    asked = Asked(host)
    expect(asked.box).to_be_visible()
    look_while_walking(host, Hands(asked, "prediction"), lambda: eventually(asked.check))


# The pictures that ask Python.

# What a picture must show, drawn afresh from the controls' values in Python.
SHOULD_SHOW = """
import hashlib
from helpers.panels import address
def should_show(picture):
    held = {name: control.value for name, control in picture._controls.items()}
    try:
        (seen, words, *bars), wrong = picture._draw(**held), ""
    except ValueError as problem:
        seen, words, bars, wrong = picture._seen, picture._words, [], str(problem)
    images = [hashlib.md5(address(p.image).encode()).hexdigest() for p in seen if not p.cells]
    words = "".join(words.replace("`", "").splitlines())
    return {"words": words, "wrong": wrong, "images": images,
            "bars": bars[0] if bars else [], "held": held}
"""
SHOWN = """(box) => ({
  words: box.querySelector(".course-words").textContent,
  wrong: box.querySelector(".course-wrong")?.textContent ?? "",
  images: [...box.querySelectorAll(".course-screen img")].map((image) => image.getAttribute("src")),
  bars: [...box.querySelectorAll(".course-bars tr")].map((row) => row.cells[2].textContent),
})"""


def check_controlled(picture):
    wanted, seen = picture.host.value("should_show(picture)"), picture.box.evaluate(SHOWN)
    for name, value in wanted.pop("held").items():
        field = picture.chosen(name)
        if (
            field.is_visible()
        ):  # ipywidgets leaves "3.7", "00" or "1e6" where it has taken 3, 0 or 1
            shown = field.input_value()
            whole = re.match("-?[0-9]*", shown)[0]
            assert shown == value if isinstance(value, str) else int(whole) == value, name
    wanted["bars"] = [percent(share) for share in wanted["bars"]]
    seen["bars"] = [unescape(words) for words in seen["bars"]]
    seen["images"] = [hashlib.md5(one.encode()).hexdigest() for one in seen["images"]]
    assert seen == wanted


CONTROLLED = {
    "photograph": "picture = explore_photograph()\npicture",
    "zoom": "picture = explore_zoom()\npicture",
    "network": NETWORK,
    "shift": SHIFT,
}


@pytest.mark.parametrize("name", CONTROLLED)
def test_pictures_with_controls(host, open_source, name):
    host.execute(SHOULD_SHOW)
    if name in ("network", "shift"):
        host.page.set_default_timeout(60_000)  # TensorFlow loads
        host.execute("from helpers import *" + SETUP)
        host.page.set_default_timeout(10_000)
    open_source(CONTROLLED[name])
    picture = Pictured(host)
    expect(picture.words).to_be_visible()
    look_while_walking(
        host, Hands(picture, name), lambda: eventually(lambda: check_controlled(picture))
    )


def test_drawing(host, open_source):
    open_source(MODEL + "picture = draw_digit(model)\npicture")
    drawn = Drawn(host)
    expect(drawn.paper).to_be_visible(timeout=60_000)
    look_while_walking(host, Hands(drawn, "drawing"), drawn.check)
