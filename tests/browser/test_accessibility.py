"""Every picture of the course in one page, for those who see, point or move otherwise.

That each control works by keyboard is tested beside each picture; here, that none is left out: axe
in both themes, the keyboard's way through everything, high contrast, 200% zoom, reduced motion.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import IMPORTS
from playwright.sync_api import expect
from test_inside_picture import SETUP as NETWORK
from test_large_pictures import assert_readable, large
from test_picture_look import CONTRAST, without_sidebar  # noqa: F401

import helpers
from tools.jupyter_page import ROOT

# The other tests show each picture in Notebook 7, too.
in_lab = pytest.mark.parametrize("host", ["lab"], indirect=True)

SETUP = f"""import sys
sys.path.insert(0, {str(ROOT)!r})
from IPython.display import display
from tests.test_training import KEPT, fit, small_model
{NETWORK}
colours = np.stack([X, PLUS, EQUALS], axis=2)
one_filter = np.stack([HORIZONTAL_BAR] * 3, axis=2)
layers = [("conv", 3), ("pool", 2), ("conv", 3)]
wrong = model.predict(as_batch(images), verbose=0)

def first_window(image, kernel):
    return np.full((image.shape[0] - 1, image.shape[1] - 1), 7.0)

def train():
    watch, small = watch_training(*KEPT), small_model()
    return fit(small, watch, epochs=1)
"""
# Every name of `helpers` that shows something. `train` shows watch_training's picture.
PICTURES = {
    "explore": 'explore({"x": X, "+": PLUS}, HORIZONTAL_BAR, padding="same", step=4)',
    "wrong cells": "explore(X, HORIZONTAL_BAR, stride=2, footprints=True, controls=['stride'],"
    " mine=lambda a, k, stride: conv2d(a, k, stride) + np.eye(2), step=3)",
    "pooling": "explore_pooling(COUNTING, 2, beside=True, controls=['shift', 'stride'], step=3)",
    "pixels": 'explore_pixels({"x": X, "+": PLUS}, size=2, step=5)',
    "channels": "explore_channels(colours, one_filter)",
    "receptive field": "explore_receptive_field(layers, n=8, depth=2)",
    "zoom": "explore_zoom(zoom=6)",
    "photograph": "explore_photograph(kernel='Sobel x', show='grey, with signs')",
    "gallery": "show_gallery()",
    "learning": "explore_learning(PLUS, {'a +': conv2d(PLUS, HORIZONTAL_BAR)})",
    "training": "train()",
    "network": "explore_network(model, images, labels, checkpoints)",
    "shift": "explore_shift(model, images, labels)",
    "confusion": "show_confusion(labels, wrong.argmax(axis=1))",
    "mistakes": "show_mistakes(images, labels, wrong)",
    "learned": "show_learned(*checkpoints.values())",
    "run": "show_run(stored_deep_mnist())",
    "log_images": "show_log_images(model, images[0])",
    "drawing": "draw_digit(model, saved_drawing())",
    "prediction": 'predict("2.bars")',
    "check": 'check("2.loop", first_window)',
    "hint": 'hint("2.loop")',
    "grids": 'show("=", image=X, feature_map=-X)',
    "images": "show_images(images, titles=list('01234567'))",
    "maps": "show_maps(np.linspace(-1, 1, 300).reshape(10, 10, 3))",
}
STILLS = [
    "gallery",
    "confusion",
    "mistakes",
    "learned",
    "run",
    "log_images",
    "grids",
    "images",
    "maps",
]
WIDGETS = ".cw, .course-controls, .course-prediction"
OUTPUTS = ".jp-Cell:first-of-type .jp-OutputArea-output"
SHOW = "\n".join(
    f"display({source})" if name not in ("training", "check", "hint") else source
    for name, source in PICTURES.items()
)


@pytest.fixture
def course(host):
    """A page with all pictures, one below the other; shown once, and again after another test."""
    host.page.set_viewport_size({"width": 1280, "height": 720})
    if "seen_by_all" not in vars(host):
        host.page.set_default_timeout(60_000)  # TensorFlow loads
        host.execute(IMPORTS + SETUP)
        host.run(IMPORTS + SHOW)
        expect(host.page.locator(".course-training")).to_contain_text("Done after")
        expect(host.page.get_by_text("Hint 1 of")).to_be_visible()
        # all but the stills and the hint, which is a printed sentence
        expect(host.page.locator(WIDGETS)).to_have_count(len(PICTURES) - len(STILLS) - 1)
        expect(host.page.locator(f"{OUTPUTS} > img")).to_have_count(len(STILLS))
        host.page.set_default_timeout(10_000)
        host.seen_by_all = True
    yield host
    host.page.emulate_media(
        forced_colors="none", reduced_motion="no-preference", color_scheme="light"
    )


def test_no_picture_is_left_out():
    shows = [
        name for name in helpers.__all__ if re.match("explore|show|draw|predict$|watch|hint", name)
    ]
    assert len(shows) >= 20
    for name in shows:
        assert f"{name}(" in SHOW + SETUP, f"{name} is not in PICTURES"


def complaints(host):
    found = Axe().run(host.page, context=".jp-OutputArea-output").response["violations"]
    return [(one["id"], [node["html"][:300] for node in one["nodes"]]) for one in found]


@in_lab
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_picture(course, theme):
    course.theme(theme)
    try:
        assert complaints(course) == []
        headings = course.page.locator(".jp-OutputArea-output :is(h1, h2, h3, h4, h5, h6)")
        assert headings.count() == 0, "headings are the lesson's own"
        images = course.page.locator(".jp-OutputArea-output img")
        alts = images.evaluate_all("all => all.map((image) => image.alt)")
        # Where a page of HTML gives no words, JupyterLab writes "Image".
        assert len(alts) > len(STILLS) and not {"", "Image"} & set(alts)
    finally:
        course.theme("light")


# ------------------------------------------------------------------ keyboard

# Gives every control in the pictures a number, in the order of the page; returns how many.
NUMBERED = """(widgets) => {
  const controls = "button, input, select, textarea, summary, a[href], [tabindex]";
  const all = [...document.querySelectorAll(widgets)].flatMap((box) => [...box.querySelectorAll(controls)]);
  const reached = all.filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({ visibilityProperty: true }));
  reached.forEach((e, number) => (e.dataset.number = number));
  reached[0].focus();
  return reached.length;
}"""
# The number of what has the focus, and whether that can be seen: [number, seen, what it is].
FOCUSED = """() => {
  const e = document.activeElement;
  const rings = [e, ...e.querySelectorAll("*"), e.parentElement].map((part) => getComputedStyle(part));
  const seen = rings.some((s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2)
    || [...e.querySelectorAll("[class*=pen]")].some((pen) => getComputedStyle(pen).visibility === "visible");
  return [Number(e.dataset.number ?? -1), seen, e.outerHTML.slice(0, 120)];
}"""


@in_lab
def test_tab_leads_to_every_control_in_the_order_of_the_page_and_shows_where_it_is(course):
    count = course.page.evaluate(NUMBERED, WIDGETS)
    assert count > 150
    order, unseen = [], []
    for _ in range(2 * count):
        number, seen, what = course.page.evaluate(FOCUSED)
        order.append(number)
        if number >= 0 and not seen:
            unseen.append(what)
        if number == count - 1:
            break
        course.page.keyboard.press("Tab")
    assert unseen == []
    assert [number for number in order if number >= 0] == list(range(count))


# ------------------------------------------------------------------ size, motion

STICKS_OUT = """([widgets, outputs]) => {
  const found = [];
  for (const box of document.querySelectorAll(widgets)) {
    const right = box.getBoundingClientRect().right + 1;
    if (box.scrollWidth > box.clientWidth + 1) found.push(`wider than the page: ${box.className}`);
    for (const e of box.querySelectorAll("*")) {
      if (!e.checkVisibility({ visibilityProperty: true }) || e.closest("svg svg, .cw-bill, option, pre, .cw-hidden, .course-aloud, .cw-field")) continue;
      if (e.getBoundingClientRect().right > right) found.push(`${box.className}: ${e.outerHTML.slice(0, 100)}`);
    }
  }
  for (const image of document.querySelectorAll(`${outputs} img`)) {
    const room = image.closest(".jp-OutputArea-output").getBoundingClientRect().right;
    if (image.getBoundingClientRect().right > room + 1) found.push(`image: ${image.alt.slice(0, 60)}`);
  }
  return found;
}"""


@in_lab
def test_at_200_percent_nothing_sticks_out(course):
    course.page.set_viewport_size({"width": 640, "height": 360})
    course.command("application:toggle-left-area")  # as a reader who zooms in does
    try:
        course.page.wait_for_timeout(400)  # the page takes its new width
        assert course.page.evaluate(STICKS_OUT, [WIDGETS, OUTPUTS]) == []
    finally:
        course.command("application:toggle-left-area")


# What would move by itself: parts of pictures with a transition or an animation.
MOVING = """(widgets) => [...document.querySelectorAll(widgets)]
  .flatMap((box) => [...box.querySelectorAll("*")])
  .filter((e) => {
    const s = getComputedStyle(e);
    return s.animationName !== "none" || s.transitionDuration.split(",").some((d) => parseFloat(d) > 0);
  })
  .map((e) => e.getAttribute("class"))"""


@in_lab
def test_nothing_glides_for_who_asked_for_less_motion(course):
    course.page.evaluate("document.activeElement.blur()")
    press = "(buttons) => buttons.forEach((button) => button.click())"
    course.page.get_by_role("button", name="Play", exact=True).evaluate_all(press)
    assert "cw-outline cw-window-line" in course.page.evaluate(MOVING, WIDGETS)
    course.page.emulate_media(reduced_motion="reduce")
    assert course.page.evaluate(MOVING, WIDGETS) == []
    course.page.get_by_role("button", name="Pause", exact=True).evaluate_all(press)


# ------------------------------------------------------------------ high contrast

# How many different colours the cells, squares and bars have, whose colours mean something.
COLOURS = """(box) => new Set([...box.querySelectorAll(".cw-cell, .cw-field-cell, .cw-weights input, td, .course-bar i, .px-cut span")]
  .map((e) => { const s = getComputedStyle(e); return e.matches("rect") ? s.fill : s.backgroundColor; })).size"""
# Words and lines in drawings, beside cells: what stands on the page's own ground, and its contrast.
DRAWN = """(box) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
      .map((v) => (v <= 10 ? v / 3294 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const ground = light("Canvas");
  return [...box.querySelectorAll(".course-charts :is(text, polyline), .cw-index, .cw-side, .cw-axis, .cw-curve-now, .cw-field-texts text, .course-read .course-bar i")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }))
    .map((e) => [e.textContent || e.tagName, getComputedStyle(e), e.matches("text") ? "fill" : e.matches("i") ? "backgroundColor" : "stroke"])
    .map(([words, style, colour]) => [words, light(style[colour])])
    .map(([words, own]) => [words, Math.max(own, ground) / Math.min(own, ground)]);
}"""
# Where a reader presses or types: an edge must show where that is.
EDGES = """(box) => [...box.querySelectorAll("button, select, input:not([type]), input[type=number], input[type=text], textarea, .noUi-target")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }))
  .filter((e) => getComputedStyle(e).borderTopStyle === "none" || parseFloat(getComputedStyle(e).borderTopWidth) < 1)
  .map((e) => e.outerHTML.slice(0, 120))"""


@in_lab
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_high_contrast_keeps_what_colours_mean_and_all_can_be_read(course, scheme):
    course.page.emulate_media(forced_colors="active", color_scheme=scheme)
    course.page.wait_for_timeout(300)  # the pictures look at the new ground
    coloured = 0
    for box in course.page.locator(WIDGETS).all():
        seen = box.evaluate(CONTRAST) + box.evaluate(DRAWN)
        assert len(seen) > 5
        assert [(text, round(ratio, 2)) for text, ratio in seen if ratio < 4.5] == []
        assert box.evaluate(EDGES) == []
        coloured += box.evaluate(COLOURS) >= 3
    assert coloured == 10, "all but the question, the charts and what is made of images and bars"


@in_lab
def test_in_the_large_form_the_back_row_reads_every_picture(course, without_sidebar):  # noqa: F811
    large(course)
    try:
        assert_readable(course.page.locator(WIDGETS).all())
    finally:
        large(course, False)
