"""A look into a network in JupyterLab and in Notebook 7, by pointer and by keyboard."""

import re
from itertools import combinations

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import eventually
from playwright.sync_api import expect
from test_controls_picture import Pictured, open_picture  # noqa: F401
from test_picture_look import CONTRAST, without_sidebar  # noqa: F401

from helpers import load_mnist, shifted
from helpers.digits import percent

DIGITS = load_mnist("sample")
SETUP = """
from helpers.digits import LayerMaps, as_batch, maps_image
keras = quiet_tensorflow().keras
keras.utils.set_random_seed(5)
layers = keras.layers
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Rescaling(1 / 255),
    layers.Conv2D(16, 5, strides=2, padding="same", name="first"),
    layers.ReLU(name="relu"),
    layers.Conv2D(32, 3, padding="same", name="second"),
    layers.MaxPooling2D(name="pool"),
    layers.Flatten(name="flatten"),
    layers.Dense(10, activation="softmax", name="scores"),
])
checkpoints = {"before training": model.get_weights()}
model.set_weights([3 * w + 0.1 for w in model.get_weights()])
checkpoints["after epoch 1"] = model.get_weights()
digits = load_mnist("sample")
images, labels = digits.x_test[:8], digits.y_test[:8]

def reading(image, checkpoint):
    model.set_weights(checkpoints[checkpoint])
    return LayerMaps(model)(image)[1]

def everywhere(image):
    moved = [shifted(image, d, r) for d in range(-8, 9) for r in range(-8, 9)]
    return model.predict(as_batch(moved), verbose=0).reshape(17, 17, 10)
"""
NETWORK = "picture = explore_network(model, images, labels, checkpoints)\npicture"
SHIFT = "picture = explore_shift(model, images, labels)\npicture"
BARS = """(box) => [...box.querySelectorAll(".course-bars tr")].map((row) => {
  const [name, bar, share, marks] = [...row.children];
  const width = bar.firstChild.getBoundingClientRect().width / bar.clientWidth;
  return [name.textContent, width, share.textContent, marks.textContent];
})"""


@pytest.fixture
def show_inside(host, open_picture):  # noqa: F811
    """Run a cell with the digits and a network in it; give the picture it shows."""
    if host.value("'everywhere' not in globals()"):
        host.page.set_default_timeout(60_000)  # TensorFlow loads
        host.execute("from helpers import *" + SETUP)
        host.page.set_default_timeout(10_000)

    def run(source):
        picture = open_picture(source)
        expect(picture.box.locator(".course-bars")).to_be_visible()
        return picture

    return run


def should_read(picture, probabilities, label):
    """Wait until the bars in the page show these probabilities, and the words the reading."""
    read = int(np.argmax(probabilities))

    def check():
        rows = picture.box.evaluate(BARS)
        assert [row[0] for row in rows] == [str(n) for n in range(10)]
        assert [row[2] for row in rows] == [percent(p) for p in probabilities]
        np.testing.assert_allclose([row[1] for row in rows], probabilities, atol=0.02)
        assert "read" in rows[read][3] and "label" in rows[label][3]
        assert sum(bool(row[3]) for row in rows) == len({read, label})

    eventually(check)
    expect(picture.words).to_contain_text(f"reads it as {read}")


def reading(host, image, checkpoint="after epoch 1"):
    return host.value(f"reading(images[{image}], {checkpoint!r})")


def framed(picture):
    """The title of the panel with the orange frame."""
    return picture.box.locator("figure:has(.course-frame) figcaption")


def test_a_digit_is_followed_by_keyboard_alone(host, show_inside):
    picture = show_inside(NETWORK)
    should_read(picture, reading(host, 0), DIGITS.y_test[0])
    keyboard = host.page.keyboard
    picture.chosen("image").focus()
    keyboard.press("ArrowUp")
    should_read(picture, reading(host, 1), DIGITS.y_test[1])
    eventually(lambda: np.testing.assert_array_equal(gray(picture, 0), DIGITS.x_test[1]))
    keyboard.press("Tab")
    expect(picture.box.get_by_role("slider", name="image, slider")).to_be_focused()
    keyboard.press("ArrowRight")
    should_read(picture, reading(host, 2), DIGITS.y_test[2])
    keyboard.press("Tab")
    expect(picture.chosen("layer")).to_be_focused()
    expect(framed(picture)).to_have_text("first")
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    expect(framed(picture)).to_have_text("second")
    expect(picture.box.locator("figcaption").last).to_have_text("second: 32 maps of 14×14")
    keyboard.press("Tab")
    keyboard.press("ArrowRight")
    expect(picture.chosen("layer")).to_have_value("pool")
    expect(picture.box.locator("figcaption").last).to_have_text(
        "pool, after second: 32 maps of 7×7"
    )
    keyboard.press("Tab")
    keyboard.press("Tab")
    expect(picture.box.get_by_role("slider", name="checkpoint, slider")).to_be_focused()
    keyboard.press("ArrowLeft")
    expect(picture.chosen("checkpoint")).to_have_value("before training")
    should_read(picture, reading(host, 2, "before training"), DIGITS.y_test[2])


def gray(picture, number):
    return picture.images()[number][..., 0]


def test_checkpoint_and_layer_are_chosen_by_pointer(host, show_inside):
    picture = show_inside(NETWORK)
    picture.chosen("checkpoint").select_option("before training")
    should_read(picture, reading(host, 0, "before training"), DIGITS.y_test[0])
    expect(picture.words).to_contain_text(", before training: the network reads")
    before = picture.images()[-1]
    slider = picture.box.locator(".noUi-base, .ui-slider").last.bounding_box()
    host.page.mouse.click(slider["x"] + slider["width"] - 1, slider["y"] + slider["height"] / 2)
    expect(picture.chosen("checkpoint")).to_have_value("after epoch 1")
    should_read(picture, reading(host, 0), DIGITS.y_test[0])
    assert not np.array_equal(before, picture.images()[-1])
    picture.chosen("layer").select_option("relu")
    expect(picture.box.locator("figcaption").last).to_have_text(
        "relu, after first: 16 maps of 14×14"
    )
    host.execute("from helpers.digits import scale_end; from helpers.inside import WIDE")
    host.execute("maps = LayerMaps(model)(images[0])[0]['relu']")
    wanted = np.array(host.value("maps_image(maps, *WIDE, scale_end([maps]))"))
    seen = picture.images()[-1][: wanted.shape[0], : wanted.shape[1]]
    assert np.abs(seen.astype(int) - wanted).max() <= 1


def test_what_is_drawn_is_said_aloud(show_inside):
    picture = show_inside(NETWORK)
    picture.chosen("image").fill("3")
    picture.chosen("image").press("Enter")
    aloud = picture.box.locator("[role=status]")
    expect(aloud).to_contain_text(
        re.compile(r"Image 3, label \d, after epoch 1: the network reads")
    )


def test_a_digit_is_moved_and_covered(host, show_inside):
    picture = show_inside(SHIFT)
    everywhere = np.array(host.value("everywhere(images[0])"))
    label = int(DIGITS.y_test[0])
    should_read(picture, everywhere[8, 8], label)
    picture.chosen("down").fill("5")
    picture.chosen("down").press("Tab")
    should_read(picture, everywhere[13, 8], label)
    slider = picture.box.get_by_role("slider", name="right, slider")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowLeft")
    should_read(picture, everywhere[13, 5], label)
    expect(picture.words).to_contain_text(f"label {label}, moved 5 down and 3 left:")
    np.testing.assert_array_equal(gray(picture, 0), shifted(DIGITS.x_test[0], 5, -3))
    places, ring = (
        picture.box.locator(name).bounding_box()
        for name in ("figure:has(.course-point) img", ".course-point")
    )
    side = places["width"] / 17
    inner = [ring["x"] + 3 - places["x"], ring["y"] + 3 - places["y"], ring["width"] - 6]
    np.testing.assert_allclose(inner, [5 * side, 13 * side, side], atol=1)
    picture.chosen("change").select_option("cover a part")
    expect(picture.words).to_contain_text("covered 5 down and 3 left from the middle")
    assert (gray(picture, 0)[15:22, 7:14] == 127).all()


def test_nonsense_in_a_field_leaves_a_picture(host, show_inside):
    picture = show_inside(SHIFT)
    for words, wanted in (("99", "8"), ("-99", "-8"), ("", "-8")):
        picture.chosen("down").fill(words)
        picture.chosen("down").press("Enter")
        expect(picture.chosen("down")).to_have_value(wanted)
    expect(picture.words).to_contain_text("moved 8 up")


def test_two_pictures_do_not_disturb_each_other(host, show_inside):
    first = show_inside(f"display(explore_shift(model, images, labels))\n{NETWORK}")
    second = Pictured(host, 1)
    words = first.words.inner_text()
    second.chosen("image").fill("4")
    second.chosen("image").press("Enter")
    should_read(second, reading(host, 4), DIGITS.y_test[4])
    assert first.words.inner_text() == words


@pytest.mark.parametrize("source", [NETWORK, SHIFT])
def test_one_screen_and_nothing_cut_off(without_sidebar, host, show_inside, source):  # noqa: F811
    picture = show_inside(source)
    for width in (1280, 853, 640):
        host.page.set_viewport_size({"width": width, "height": 720})
        picture.page.wait_for_timeout(400)  # the page takes its new width

        def check(width=width):
            room = picture.box.bounding_box()
            parts = picture.box.locator("figure, img, select, button, input, .course-bars")
            for place in filter(None, (part.bounding_box() for part in parts.all())):
                assert place["x"] >= room["x"] - 1
                assert place["x"] + place["width"] <= room["x"] + room["width"] + 1
            assert width < 853 or room["height"] < 600

        eventually(check)
    sizes = picture.box.locator(".course-bars :is(th, td:nth-child(3))").evaluate_all(
        "(cells) => cells.map((cell) => parseFloat(getComputedStyle(cell).fontSize))"
    )
    assert min(sizes) >= 18


# Where each line of what is written stands: left, top, right, bottom.
LINES = """(box) => {
  const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  const lines = [];
  while (texts.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    if (!texts.currentNode.data.trim() || texts.currentNode.parentElement.closest("option, .course-aloud")) continue;
    for (const { left, top, right, bottom } of range.getClientRects()) lines.push([left, top, right, bottom]);
  }
  return lines;
}"""


THREE = """kernels = [layers.Conv2D(n, 3, strides=2, padding="same") for n in (16, 32, 128)]
deeper = keras.Sequential([keras.Input((28, 28, 1)), *kernels, layers.Flatten(), layers.Dense(10)])
picture = explore_network(deeper, images, labels)
picture"""


@pytest.mark.parametrize("source", [THREE, SHIFT])
def test_no_line_of_text_runs_into_another(without_sidebar, host, show_inside, source):  # noqa: F811
    picture = show_inside(source)
    for width in range(500, 1300, 50):
        host.page.set_viewport_size({"width": width, "height": 720})
        picture.page.wait_for_timeout(200)  # the page takes its new width
        lines = picture.box.evaluate(LINES)
        assert len(lines) > 20
        for one, other in combinations(lines, 2):
            apart = one[2] <= other[0] or other[2] <= one[0]
            assert apart or one[3] <= other[1] + 4 or other[3] <= one[1] + 4, (width, one, other)


@pytest.mark.parametrize("source", [NETWORK, SHIFT])
@pytest.mark.parametrize("width", [1280, 1050])
def test_the_frame_does_not_jump(without_sidebar, host, show_inside, source, width):  # noqa: F811
    host.page.set_viewport_size({"width": width, "height": 720})
    picture = show_inside(source)
    places = set()
    for name in ("layer", "checkpoint") if source == NETWORK else ("change",):
        for option in picture.chosen(name).locator("option").all_inner_texts():
            picture.chosen(name).select_option(option)
            picture.page.wait_for_timeout(150)
            parts = (
                "(box, names) => names.map((n) => box.querySelector(n).getBoundingClientRect().y)"
            )
            places.add(tuple(picture.box.evaluate(parts, [".course-bars", ".course-words"])))
    assert len(places) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_is_readable_and_every_part_has_a_name(host, show_inside, theme):
    host.theme(theme)
    for source in (NETWORK, SHIFT):
        picture = show_inside(source)
        seen = picture.box.evaluate(CONTRAST)
        assert [(text, round(ratio, 2)) for text, ratio in seen if ratio < 4.5] == []
        found = Axe().run(host.page, context=".course-screen").response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    host.theme("light")
