"""Painted pixels and typed weights: in the page, and in Python."""

import numpy as np
import pytest
from conftest import eventually
from playwright.sync_api import expect

from helpers import COUNTING, HORIZONTAL_BAR, X

PAINT = "picture = explore(X, HORIZONTAL_BAR)\npicture"


def changed(image, **pixels):
    """The image with some pixels changed: r1c2=0 writes 0 into row 1, column 2."""
    image = image.copy()
    for name, value in pixels.items():
        image[int(name[1]), int(name[3])] = value
    return image.tolist()


# ------------------------------------------------------------------ painting


def test_a_click_paints_and_a_second_one_takes_it_back(show):
    picture = show(PAINT)
    picture.cell(picture.image, 0, 1).click()
    assert picture.check().image.tolist() == changed(X, r0c1=-1)
    picture.cell(picture.image, 0, 1).click()
    assert picture.check().image.tolist() == X.tolist()
    picture.cell(picture.image, 2, 2).tap()  # has the brush's value at the start: the opposite
    assert picture.check().image.tolist() == changed(X, r2c2=1)


def test_another_button_than_the_first_paints_nothing(show):
    picture = show(PAINT)
    picture.cell(picture.image, 0, 1).click(button="middle")
    assert picture.check().image.tolist() == X.tolist()


def test_a_stroke_paints_all_that_it_touches(show):
    picture = show(PAINT)
    mouse = picture.page.mouse
    picture.image.scroll_into_view_if_needed()
    places = [picture.cell(picture.image, 3, c).bounding_box() for c in range(5)]
    for i, box in enumerate(places):
        mouse.move(box["x"] + 20, box["y"] + 20, steps=4)
        if i == 0:
            mouse.down()
    mouse.up()
    assert picture.check().image[3].tolist() == [-1] * 5
    picture.cell(picture.image, 0, 1).hover()  # the stroke has ended
    assert picture.check().image[0].tolist() == X[0].tolist()


def test_a_stroke_that_ends_outside_the_page_ends(show):
    picture = show(PAINT)
    picture.cell(picture.image, 3, 1).hover()
    picture.page.mouse.down()
    picture.cell(picture.image, 3, 2).hover()
    picture.page.evaluate(
        "addEventListener('pointerup', (e) => e.stopImmediatePropagation(), "
        "{ capture: true, once: true })"
    )  # nobody hears of it
    picture.page.mouse.up()
    picture.cell(picture.image, 1, 1).hover()
    picture.cell(picture.image, 0, 1).hover()
    assert picture.check().image[0].tolist() == X[0].tolist()


def test_painting_by_keys(show):
    picture = show(PAINT)
    keys = picture.page.keyboard
    picture.image.focus()
    keys.press("Enter")
    assert picture.look().cursor == [0, 0, 1, 1]
    for key in ("ArrowRight", "ArrowDown", "ArrowRight"):
        keys.press(key)
    assert picture.look().cursor == [1, 2, 1, 1]
    assert "row 1, column 2: 1" in picture.look().live
    keys.press("Space")
    assert "row 1, column 2: \u22121" in picture.look().live
    assert picture.check().image.tolist() == changed(X, r1c2=-1)
    keys.press("ArrowRight")
    keys.press("Enter")
    assert picture.check().image.tolist() == changed(X, r1c2=-1, r1c3=1)
    assert picture.check().step == 0  # the arrows moved the cursor, not the window
    keys.press("Escape")
    assert picture.look().cursor is None
    expect(picture.image).to_be_focused()
    keys.press("ArrowRight")
    picture.check(step=1)
    keys.press("Escape")
    expect(picture.image).not_to_be_focused()


def test_the_image_may_change_while_the_cursor_is_on_it(show):
    picture = show(PAINT)
    picture.image.focus()
    for key in ("Enter", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"):
        picture.page.keyboard.press(key)
    picture.host.execute("picture.image = NINE")
    expect(picture.box.locator(".cw-pixel")).to_have_count(9)
    for key in ("Enter", "Space", "ArrowDown", "Space", "Escape"):
        picture.page.keyboard.press(key)
    picture.check()


def test_the_brush_has_any_value(show):
    picture = show(PAINT)
    brush = picture.box.get_by_label("paint pixels with")
    expect(brush).to_have_value("\u22121")
    for text, value in [("7", 7), ("0,5", 0.5), ("1/4", 0.25), ("-3", -3), ("\u22122", -2)]:
        brush.fill(text)
        picture.cell(picture.image, 0, 1).click()
        assert picture.check().image[0, 1] == value
    brush.fill("blue")
    expect(brush).to_have_attribute("aria-invalid", "true")
    assert '"blue" is not a number' in picture.look().message
    brush.fill("")
    picture.cell(picture.image, 0, 2).click()
    assert picture.check().image[0, 2] == -2  # the smallest value


def test_a_picture_that_may_not_be_painted(show):
    picture = show("picture = explore(X, HORIZONTAL_BAR, controls=[])\npicture")
    picture.cell(picture.image, 0, 1).click()
    picture.image.focus()
    picture.page.keyboard.press("Enter")
    picture.page.keyboard.press("Space")
    expect(picture.weight(0, 0)).not_to_be_editable()
    assert picture.box.get_by_role("slider").count() == 1
    assert picture.check().image.tolist() == X.tolist()


def test_many_quick_strokes_arrive_in_a_busy_kernel(show):
    picture = show(PAINT)
    picture.page.evaluate(
        "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'import time; time.sleep(1)' }).done.then(() => 0) && 0"
    )
    for r in range(5):
        for c in (0, 2, 4):
            picture.cell(picture.image, r, c).click()
        picture.button("Step to the next place").click()
    wanted = X.copy()
    wanted[:, ::2] = np.where(X[:, ::2] == -1, 1, -1)
    assert picture.check().image.tolist() == wanted.tolist()
    picture.check(step=5)


# ------------------------------------------------------------------ weights


@pytest.mark.parametrize(
    "text, value",
    [("7", 7), ("-2", -2), ("\u22122", -2), ("0.5", 0.5), ("0,5", 0.5), (".5", 0.5), ("1/9", 1 / 9),
     ("-1/4", -0.25), (" 3 ", 3), ("+3", 3), ("2.", 2), ("100000", 100000)],
)  # fmt: skip
def test_a_typed_weight_arrives(show, text, value):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    field = picture.weight(1, 1)
    field.click()
    picture.page.keyboard.press("Control+a")
    picture.page.keyboard.type(text)
    assert picture.check().kernel[1, 1] == value
    expect(field).to_have_value(text)  # it stays as it is typed
    picture.page.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize("text", ["x", "1/0", "--1", "1e9", "nan", "1 2", "2/", "9999999"])
def test_nonsense_is_refused_in_words(show, text):
    picture = show("picture = explore(COUNTING, np.full((2, 2), 4))\npicture")
    field = picture.weight(0, 1)
    field.fill(text)
    expect(field).to_have_attribute("aria-invalid", "true")
    assert picture.look().message.startswith(
        f'"{text}" is not a number. A weight is a number such as'
    )
    assert picture.check().kernel.tolist() == [[4, 4], [4, 4]]
    picture.weight(0, 0).focus()
    expect(field).to_have_value("4")
    expect(field).to_have_attribute("aria-invalid", "false")
    assert picture.look().message == ""


def test_a_field_can_be_emptied_and_typed_again(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    field = picture.weight(2, 2)
    field.click()
    for key in ("End", "Backspace"):
        picture.page.keyboard.press(key)
    expect(field).to_have_value("")
    assert picture.check().kernel[2, 2] == 8  # until there is a new one
    picture.page.keyboard.type("-6")
    assert picture.check().kernel[2, 2] == -6
    field.fill("")
    picture.page.keyboard.press("Tab")
    expect(field).to_have_value("\u22126")


def test_arrows_and_enter_go_from_weight_to_weight(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    picture.weight(0, 1).click()
    for key, row in [("ArrowDown", 1), ("Enter", 2), ("ArrowDown", 2), ("ArrowUp", 1)]:
        picture.page.keyboard.press(key)
        expect(picture.weight(row, 1)).to_be_focused()
    assert picture.check().kernel.tolist() == np.arange(9).reshape(3, 3).tolist()


def test_ninths_are_written_as_a_factor(show):
    picture = show("picture = explore(COUNTING, np.full((3, 3), 1 / 9))\npicture")
    expect(picture.box.locator(".cw-factor")).to_have_text("1/9 \u00d7")
    assert picture.look().kernel == ["1"] * 9
    picture.weight(1, 1).fill("2")
    assert picture.check().kernel[1, 1] == 2 / 9
    expect(picture.box.locator(".cw-factor")).to_have_text("1/9 \u00d7")
    assert "\u00f7 9" in picture.look().total


def test_typing_is_not_disturbed_by_an_answer_from_python(show):
    picture = show(
        "picture = explore(COUNTING, COUNTING_KERNEL, mine=lambda a, k: conv2d(a, k))\npicture"
    )
    field = picture.weight(0, 0)
    field.click()
    for text in ("5", "-", "-4", ""):
        field.fill(text)
        picture.page.wait_for_timeout(300)  # for the answer
        expect(field).to_have_value(text)
    field.fill("3")

    def arrived():
        assert picture.check().kernel[0, 0] == 3

    eventually(arrived)


def test_the_whole_kernel_is_typed_quickly(show):
    picture = show("picture = explore(COUNTING, np.zeros((3, 3)))\npicture")
    picture.weight(0, 0).click()
    for word in ["1", "-1", "2", "-2", "3", "-3", "4", "-4", "5"]:
        picture.page.keyboard.press("Control+a")
        picture.page.keyboard.type(word)
        picture.page.keyboard.press("Tab")
    assert picture.check().kernel.tolist() == [[1, -1, 2], [-2, 3, -3], [4, -4, 5]]
    assert (
        COUNTING[0, 0] == 0 and HORIZONTAL_BAR[0, 0] == 1
    )  # the lesson's own arrays are untouched
