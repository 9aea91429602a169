"""Every control of the picture, by pointer and by keyboard."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from helpers import COUNTING_KERNEL, MINUS, X

ways = pytest.mark.parametrize("way", ["pointer", "keyboard"])
COUNT = "picture = explore(COUNTING, COUNTING_KERNEL, step=3)\npicture"


def press(control, way):
    if way == "pointer":
        control.click()
    else:
        control.focus()
        control.page.keyboard.press("Enter")


def slide(slider, way, share, keys):
    """Move a slider to a share of its length, or by keys."""
    slider.scroll_into_view_if_needed()
    if way == "pointer":
        box = slider.bounding_box()
        slider.click(position={"x": 1 + share * (box["width"] - 2), "y": box["height"] / 2})
    else:
        slider.focus()
        for key in keys.split():
            slider.page.keyboard.press(key)


@ways
def test_buttons_move_the_window(show, way):
    picture = show(COUNT)
    for name, step in [
        ("Step to the next place", 4),
        ("Back one place", 3),
        ("Last place", 8),
        ("Step to the next place", 8),
        ("Reset to the start of the lesson", 3),
        ("First place", 0),
        ("Back one place", 0),
    ]:
        press(picture.button(name), way)
        assert picture.check().step == step, name


@ways
def test_the_place_slider_scrubs_the_window(show, way):
    picture = show(COUNT)
    place = picture.slider("place of the window")
    for share, keys, step in [(1, "End", 8), (0, "Home", 0), (0.5, "ArrowRight " * 4, 4)]:
        slide(place, way, share, keys)
        picture.check(step=step)
    assert place.get_attribute("aria-valuetext") == "place 5 of 9, row 1, column 1"


def test_the_place_slider_is_dragged(show):
    picture = show(COUNT)
    place = picture.slider("place of the window")
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    y, mouse = box["y"] + box["height"] / 2, picture.page.mouse
    mouse.move(box["x"] + box["width"] * 0.4, y)
    mouse.down()
    seen = []
    for share in np.linspace(0.4, 1, 13):
        mouse.move(box["x"] + box["width"] * share, y)
        seen.append(picture.look().where)
    mouse.up()
    assert len(set(seen)) >= 5, "the window follows the hand, not only its end"
    picture.check(step=8)


@ways
def test_play_and_pause(show, way):
    picture = show("picture = explore(np.ones((12, 12)), np.ones((3, 3)))\npicture")
    speed = picture.box.get_by_label("speed")
    if way == "pointer":
        speed.select_option("fast")
    else:
        speed.focus()
        picture.page.keyboard.press("f")
    expect(speed).to_have_value("fast")
    press(picture.button("Play"), way)
    expect(picture.where).to_have_text(re.compile("place [3-9] of 100"))
    press(picture.button("Pause"), way)
    paused = picture.check().step
    assert f"row {paused // 10}, column {paused % 10}:" in picture.look().live
    picture.page.wait_for_timeout(700)
    picture.check(step=paused)
    press(picture.button("Play"), way)
    press(picture.button("Step to the next place"), way)
    expect(picture.button("Play")).to_be_visible()
    press(picture.button("Last place"), way)
    press(picture.button("Back one place"), way)
    press(picture.button("Play"), way)
    expect(picture.where).to_have_text("place 100 of 100")
    expect(picture.button("Play")).to_be_visible()  # it ends by itself
    press(picture.button("Play"), way)  # and begins again from the end
    expect(picture.where).to_have_text(re.compile("place [1-9] of 100"))
    press(picture.button("Pause"), way)
    picture.check()


def test_speeds_differ(show):
    picture = show(COUNT)
    picture.page.evaluate("""() => {
      const start = setInterval;
      window.pauses = [];
      window.setInterval = (act, pause) => (pauses.push(pause), start(act, pause));
    }""")
    for speed in ("slow", "medium", "fast"):
        picture.box.get_by_label("speed").select_option(speed)
        press(picture.button("Play"), "pointer")
        press(picture.button("Pause"), "pointer")
    slow, medium, fast = picture.page.evaluate("pauses")
    assert slow > medium > fast >= 200  # milliseconds


@ways
def test_stride_and_padding(show, way):
    picture = show(COUNT)
    stride, padding = picture.slider("stride"), picture.slider("padding")
    slide(stride, way, 0.25, "ArrowRight")
    picture.check(stride=2)
    slide(padding, way, 1, "ArrowRight")
    picture.check(padding=1)
    press(picture.button("padding same"), way)
    picture.check(padding="same")
    assert picture.look().formula == ["3", "3"]
    press(picture.button("padding same"), way)
    picture.check(padding="valid")
    slide(padding, way, 1, "End")
    slide(padding, way, 0, "Home")
    picture.check(padding="valid")
    slide(stride, way, 1, "End")
    picture.check(stride=5)
    slide(stride, way, 0, "Home")
    picture.check(stride=1)


@ways
def test_dilation_and_kernel_size(show, way):
    picture = show(COUNT)
    slide(picture.slider("dilation"), way, 1, "ArrowRight")
    picture.check(dilation=2)
    slide(picture.slider("dilation"), way, 0, "Home")
    slide(picture.slider("kernel size"), way, 0, "Home")
    assert picture.check().kernel.tolist() == [[0]]
    slide(picture.slider("kernel size"), way, 0.5, "ArrowRight ArrowRight")
    assert picture.check().kernel.tolist() == COUNTING_KERNEL.tolist()  # its weights come back
    slide(picture.slider("kernel size"), way, 1, "End")
    assert picture.check().kernel.shape == (5, 5)


@ways
@pytest.mark.parametrize("mode", ["max", "average"])
def test_window_size_in_pooling(show, way, mode):
    picture = show(f"picture = explore_pooling(COUNTING, mode={mode!r})\npicture")
    slide(picture.slider("window size"), way, 1, "End")
    picture.check(size=4)
    slide(picture.slider("stride"), way, 0, "Home")
    picture.check(stride=1)
    slide(picture.slider("padding"), way, 1, "End")
    picture.check(padding=3)


@ways
def test_choices_of_image_and_kernel(show, way):
    picture = show(
        'picture = explore({"x": X, "-": MINUS}, {"bar": HORIZONTAL_BAR, "ones": np.ones((2, 2))})\n'
        "picture"
    )
    press(picture.button("image -"), way)
    assert picture.check().image.tolist() == MINUS.tolist()
    press(picture.button("kernel ones"), way)
    assert picture.check().kernel.tolist() == [[1, 1], [1, 1]]
    expect(picture.button("kernel ones")).to_have_attribute("aria-pressed", "true")
    expect(picture.button("kernel bar")).to_have_attribute("aria-pressed", "false")
    press(picture.button("image x"), way)
    assert picture.check().image.tolist() == X.tolist()


def test_a_larger_kernel_does_not_get_the_weights_of_another(show):
    picture = show(
        'picture = explore(COUNTING, {"a": 7 + COUNTING[:3, :3], "b": np.eye(2)})\npicture'
    )
    slide(picture.slider("kernel size"), "keyboard", 1, "ArrowLeft")
    press(picture.button("kernel b"), "pointer")
    slide(picture.slider("kernel size"), "keyboard", 1, "ArrowRight")
    assert picture.check().kernel.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


@ways
def test_reset_brings_everything_back(show, way):
    start = "stride=2, padding='same', step=3"
    picture = show(f"picture = explore(COUNTING, COUNTING_KERNEL, {start})\npicture")
    before = picture.check()
    press(picture.button("padding same"), way)
    slide(picture.slider("stride"), way, 0, "Home")
    slide(picture.slider("dilation"), way, 1, "End")
    picture.cell(picture.image, 2, 2).click()
    picture.weight(1, 1).fill("9")
    slide(picture.slider("kernel size"), way, 0, "Home")
    press(picture.button("Last place"), way)
    picture.check()
    press(picture.button("Reset to the start of the lesson"), way)
    assert str(picture.check()) == str(before)
    assert picture.look().live == "reset to the start"


def test_a_chosen_image_begins_at_the_first_place(show):
    picture = show(
        'picture = explore({"small": NINE, "large": COUNTING}, np.eye(2), step=3)\npicture'
    )
    press(picture.button("image large"), "pointer")
    picture.check(step=0)


@ways
def test_code_unfolds_and_is_copied(show, way):
    picture = show(COUNT)
    press(picture.box.locator("summary"), way)
    press(picture.button("Copy the code"), way)
    expect(picture.button("Copy the code")).to_have_text("Copied")
    copied = picture.page.evaluate("navigator.clipboard.readText()")
    assert copied == picture.box.locator("pre").text_content()
    assert "conv2d(image, kernel, stride=1" in copied


def test_code_is_selected_where_there_is_no_clipboard(show):
    picture = show(COUNT)
    picture.page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })"
    )
    picture.box.locator("summary").click()
    picture.button("Copy the code").click()
    expect(picture.button("Copy the code")).to_have_text("Selected: press Ctrl+C")
    selected = picture.page.evaluate("getSelection().toString()")
    picture.page.evaluate("delete navigator.clipboard")
    assert selected.strip() == picture.box.locator("pre").text_content().strip()


# ------------------------------------------------------------------ keys on the grids


@pytest.mark.parametrize("grid", ["image", "map"])
def test_keys_on_a_grid_move_the_window(show, grid):
    picture = show(COUNT)
    getattr(picture, grid).focus()
    for key, step in [
        ("ArrowRight", 4),
        ("ArrowDown", 7),
        ("ArrowDown", 7),
        ("ArrowLeft", 6),
        ("ArrowUp", 3),
        ("ArrowLeft", 3),
        ("End", 8),
        ("ArrowRight", 8),
        ("Home", 0),
    ]:
        picture.page.keyboard.press(key)
        seen = picture.look()
        assert seen.where == f"place {step + 1} of 9", key  # at once, without Python
        assert seen.live == f"row {step // 3}, column {step % 3}: sum {seen.result}"
        picture.check(step=step)
    picture.page.keyboard.press("Space")
    expect(picture.button("Pause")).to_be_visible()
    picture.page.keyboard.press("Space")
    expect(picture.button("Play")).to_be_visible()
    picture.page.keyboard.press("Escape")
    expect(getattr(picture, grid)).not_to_be_focused()


def test_no_shortcut_of_the_notebook_fires(show):
    # What is to stay unchanged is compared by `show`.
    picture = show(COUNT)
    picture.box.locator("summary").click()
    focusable = picture.box.locator("button, input, select, summary, [tabindex='0']")
    assert focusable.count() >= 25
    for i in range(focusable.count() - 1, -1, -1):
        focusable.nth(i).focus()
        for key in ("a", "b", "d", "d", "x", "m", "y", "j", "ArrowUp", "Shift+Enter"):
            picture.page.keyboard.press(key)


# ------------------------------------------------------------------ hover, tap


def test_hover_shows_a_window_and_leaving_takes_it_back(show):
    picture = show(COUNT)
    picture.cell(picture.map, 2, 1).hover()
    seen = picture.look()
    assert seen.window == [2, 1, 3, 3] and seen.target == [2, 1, 1, 1]
    assert seen.result == "708" and seen.live == "row 2, column 1: sum 708"
    assert seen.where == "place 4 of 9"  # where the window goes back to
    valuetext = picture.slider("place of the window").get_attribute("aria-valuetext")
    assert valuetext == "place 4 of 9, row 1, column 0"
    picture.button("First place").hover()
    picture.check(step=3)
    assert picture.look().window == [1, 0, 3, 3]


@pytest.mark.parametrize("touch", [False, True])
def test_a_click_or_tap_moves_the_window_there(show, touch):
    picture = show(COUNT)
    cell = picture.cell(picture.map, 2, 1)
    cell.tap() if touch else cell.click()
    picture.check(step=7)


def test_weight_pixel_and_product_are_framed_together(show):
    picture = show(COUNT)
    picture.weight(2, 1).hover()
    assert picture.look().pointed == [3, 1, 1, 1]
    framed = picture.box.locator(".cw-pointed")
    assert framed.count() == 3
    assert picture.box.locator(".cw-chip-product.cw-pointed").text_content() == "+\u00a0112"
    picture.cell(picture.image, 1, 2).hover()
    assert picture.look().pointed == [1, 2, 1, 1]
    assert picture.box.locator(".cw-weights .cw-pointed").input_value() == "2"
    picture.cell(picture.image, 0, 0).hover()  # not under the window
    assert picture.look().pointed is None and framed.count() == 0
    picture.weight(0, 0).focus()
    assert picture.look().pointed == [1, 0, 1, 1]


def test_values_of_a_large_image_appear_on_hover_and_focus(show):
    picture = show("picture = explore(np.arange(400).reshape(20, 20), np.eye(3))\npicture")
    note = picture.box.locator(".cw-panel-image .cw-note")
    picture.cell(picture.image, 7, 3).hover()
    expect(note).to_have_text("row 7, column 3: 143")
    picture.cell(picture.map, 2, 0).hover()
    expect(picture.box.locator(".cw-panel-output .cw-note")).to_contain_text("183")
    expect(note).to_have_text("1 take the window")
    picture.image.focus()
    for key in ("Enter", "ArrowDown", "ArrowRight"):
        picture.page.keyboard.press(key)
    expect(note).to_have_text("row 1, column 1: 21")
    picture.page.keyboard.press("Escape")
    expect(note).to_have_text("1 take the window")
