"""Shades and numbers in JupyterLab and Notebook 7: each control by pointer and by keyboard."""

from types import SimpleNamespace

import numpy as np
import pytest
from conftest import Picture, eventually
from playwright.sync_api import expect
from test_picture_look import MISFITS, assert_accessible, assert_readable, without_sidebar  # noqa: F401

from helpers.explorer import to_page
from helpers.images import DIAGONAL, EQUALS, MINUS, NINE, PLUS, X
from helpers.pixels import Pixels, explore_pixels

IMAGES = '{"x": X, "+": PLUS, "−": MINUS, "=": EQUALS, "diagonal": DIAGONAL, "1 to 9": NINE}'
ALL = f"picture = explore_pixels({IMAGES})\npicture"

# What the page shows. Places and sizes are in cells.
LOOK = """(box) => {
  const number = (element, name) => Number(element.getAttribute(name));
  const grid = (name) => {
    const panel = box.querySelector(`.px-${name}`);
    if (!panel) return null;
    const cells = [...panel.querySelectorAll(".cw-cell")];
    const texts = panel.querySelectorAll(".cw-values text");
    const side = number(cells[0], "width") + 1;
    const outlines = {};
    for (const kind of ["window", "target", "band", "point"]) {
      outlines[kind] = [...panel.querySelectorAll(`.cw-${kind}-line`)]
        .filter((line) => getComputedStyle(line).visibility === "visible")
        .map((line) => [
          (number(line, "y") - number(cells[0], "y") + 0.5) / side,
          (number(line, "x") - number(cells[0], "x") + 0.5) / side,
          number(line, "height") / side,
          number(line, "width") / side,
        ]);
    }
    const rows = (read) => {
      const out = [];
      cells.forEach((cell, i) => ((out[cell.row] ??= [])[cell.column] = read(cell, texts[i])));
      return out;
    };
    const light = (cell) => {
      const [red] = getComputedStyle(cell).fill.match(/[\\d.]+/g) ?? [];
      return red === undefined ? null : Number(red);
    };
    return { words: rows((_, text) => text.textContent), light: rows(light), ...outlines,
             lit: [...panel.querySelectorAll(".px-lit")].map((label) => label.textContent) };
  };
  const all = (name) => [...box.querySelectorAll(name)].map((element) => element.textContent);
  return {
    shades: grid("shades"), numbers: grid("numbers"), places: grid("found"),
    note: all(".px-numbers .cw-note")[0], count: all(".px-found .cw-note")[0],
    legend: all(".px-shades .cw-legend span"), code: all(".px-box code"),
    cuts: all(".px-cut span"), verdict: all(".px-verdict")[0], live: all("[role=status]")[0],
    where: all(".cw-where")[0],
  };
}"""


@pytest.fixture(autouse=True)
def pointer_away(host):
    """A pointer that rests on a grid would show what it points at."""
    host.page.mouse.move(0, 0)


@pytest.fixture
def picture(show):
    return show(ALL)


def look(picture):
    return SimpleNamespace(**picture.box.evaluate(LOOK))


def grid(picture, name):
    return picture.box.locator(f".px-{name} [role=application]")


def cell(picture, name, row, column):
    columns = len(look(picture).__dict__[{"found": "places"}.get(name, name)]["words"][0])
    return picture.box.locator(f".px-{name} .cw-cell").nth(row * columns + column)


def words(value):
    return f"{value:g}".replace("-", "−")


def held(picture):
    """The picture's traits in Python, and what follows from them there."""
    names = ("image", "coding", "step", "place", "window", "same")
    return SimpleNamespace(
        **picture.host.value(f"dict({', '.join(f'{n}={picture.name}.{n}' for n in names)})")
    )


def check(picture, **known):
    """Wait until page and Python show the same; `known` traits must have arrived in Python."""

    def compare():
        traits, seen = held(picture), look(picture)
        assert known == {name: getattr(traits, name) for name in known}
        image, (row, column) = np.array(traits.image), traits.place
        assert seen.numbers["words"] == [[words(v) for v in line] for line in traits.image]
        low, high = traits.coding or (1, 9)
        np.testing.assert_allclose(seen.shades["light"], (image - low) / (high - low) * 255, atol=1)
        assert seen.shades["words"] == [[""] * image.shape[1]] * image.shape[0]
        assert (
            seen.shades["window"]
            == seen.numbers["window"]
            == [[row, column, *np.shape(traits.window)]]
        )
        assert seen.places["target"] == [[row, column, 1, 1]]
        signs = np.where(traits.same, "=", "≠")
        signs.flat[traits.step + 1 :] = "·"
        assert seen.places["words"] == signs.tolist()
        assert seen.count == f"{(signs == '=').sum()} of {traits.step + 1} are the same"
        first, this = image[:2, :2], np.array(traits.window)
        assert seen.cuts == [words(v) for v in [*first.flat, *this.flat]]
        assert seen.code == ["image[0:2, 0:2]", f"image[{row}:{row + 2}, {column}:{column + 2}]"]
        assert seen.verdict == ("=the same" if (first == this).all() else "≠not the same")
        assert seen.legend == [f"black {words(low)}", f"white {words(high)}"]
        assert seen.where == f"place {traits.step + 1} of {np.size(traits.same)}"
        return traits

    return eventually(compare)


# ------------------------------------------------------------------ moving the window


def test_all_places_by_button_and_slider(picture):
    for step in range(16):
        check(picture, step=step)
        picture.button("Step to the next place").click()
    check(picture, step=15)  # there is no next place
    picture.button("Back one place").click()
    check(picture, step=14)
    picture.button("First place").click()
    picture.button("Back one place").click()
    check(picture, step=0)
    picture.button("Last place").click()
    check(picture, step=15)
    slider = picture.slider("place of the window")
    slider.press("Home")
    slider.press("ArrowRight")
    check(picture, step=1)
    assert slider.get_attribute("aria-valuetext") == "place 2 of 16"


@pytest.mark.parametrize("name", ["shades", "numbers", "found"])
def test_keys_on_every_grid(picture, name):
    grid(picture, name).focus()
    keys = picture.page.keyboard
    for key, place in [
        ("ArrowDown", 4),
        ("ArrowRight", 5),
        ("ArrowUp", 1),
        ("ArrowLeft", 0),
        ("ArrowLeft", 0),
        ("End", 15),
        ("ArrowDown", 15),
        ("Home", 0),
    ]:
        keys.press(key)
        check(picture, step=place)
    assert look(picture).live == "window at row 0, column 0: −1 1, 1 −1: the first window"
    keys.press("ArrowRight")
    assert look(picture).live.endswith("1 1, −1 1: not the same as the first window")
    keys.press("Escape")
    expect(grid(picture, name)).not_to_be_focused()


def test_pointing_at_a_place_shows_its_window_and_a_click_goes_there(picture):
    picture.button("Last place").click()
    cell(picture, "found", 2, 1).hover()
    seen = look(picture)
    assert seen.shades["window"] == seen.numbers["window"] == [[2, 1, 2, 2]]
    assert seen.code[1] == "image[2:4, 1:3]" and seen.verdict == "≠not the same"
    picture.page.mouse.move(0, 0)
    check(picture, step=15)
    cell(picture, "found", 1, 1).click()
    picture.page.mouse.move(0, 0)
    check(picture, step=5)


# ------------------------------------------------------------------ image and coding


@pytest.mark.parametrize("way", ["pointer", "keyboard"])
def test_every_image_in_every_coding(picture, way):
    def press(name):
        picture.button(name).click() if way == "pointer" else picture.button(name).press("Enter")

    every = {"x": X, "+": PLUS, "−": MINUS, "=": EQUALS, "diagonal": DIAGONAL}
    for name, image in every.items():
        press(f"image {name}")
        press("Last place")
        for coding, (low, high) in {
            "0 and 255": (0, 255),
            "−1 and +1": (-1, 1),
            "0 and 1": (0, 1),
        }.items():
            press(f"coding {coding}")
            recoded = np.where(image == image.max(), high, low).tolist()
            check(picture, image=recoded, coding=[low, high])
            expect(picture.button(f"coding {coding}")).to_have_attribute("aria-pressed", "true")
            expect(picture.button(f"image {name}")).to_have_attribute("aria-pressed", "true")
    press("image 1 to 9")
    check(picture, image=NINE.tolist(), coding=None, step=0)
    expect(picture.button("coding 0 and 1")).to_be_disabled()
    press("Reset to the start of the lesson")
    check(picture, image=X.tolist(), coding=[-1, 1], step=0)


def test_the_frame_does_not_jump(picture):
    places = set()
    for name in ("+", "1 to 9", "diagonal", "x"):
        picture.button(f"image {name}").click()
        for button in ("First place", "Step to the next place", "Last place"):
            picture.button(button).click()
            boxes = [
                picture.box.locator(f".px-{part}").bounding_box()
                for part in ("found", "cut >> nth=0")
            ]
            player = picture.box.locator(".cw-player").bounding_box()
            places.add(tuple(round(box[at]) for box in (*boxes, player) for at in ("x", "y")))
    assert len(places) == 1


# ------------------------------------------------------------------ pointing and painting


@pytest.mark.parametrize("name", ["shades", "numbers"])
def test_pointing_at_a_pixel_lights_its_row_and_its_column_in_both_grids(picture, name):
    cell(picture, name, 1, 3).hover()
    seen = look(picture)
    for one in (seen.shades, seen.numbers):
        assert one["band"] == [[1, 0, 1, 5], [0, 3, 5, 1]]
        assert one["point"] == [[1, 3, 1, 1]] and one["lit"] == ["1", "3"]
    assert seen.note == "image[1, 3] is −1"
    picture.page.mouse.move(0, 0)
    seen = look(picture)
    assert seen.shades["band"] == seen.numbers["point"] == seen.shades["lit"] == []
    assert seen.note == "Point at a pixel."


def test_a_stroke_ends_where_the_button_is_let_go(picture):
    mouse, outside = picture.page.mouse, picture.button("Step to the next place").bounding_box()
    cell(picture, "shades", 0, 0).hover()
    mouse.down()  # white now, 1
    mouse.move(outside["x"], outside["y"])
    mouse.up()
    picture.button("coding 0 and 255").press("Enter")
    mouse.down()
    cell(picture, "shades", 4, 4).hover()  # black, in the other coding
    mouse.up()
    mouse.move(0, 0)
    wanted = np.where(X > 0, 255, 0)
    wanted[0, 0] = 255
    check(picture, image=wanted.tolist(), coding=[0, 255])


@pytest.mark.parametrize("name", ["shades", "numbers"])
def test_a_click_paints_and_a_second_one_takes_it_back(picture, name):
    wanted = X.copy()
    wanted[2, 2] = 1  # black becomes white
    cell(picture, name, 2, 2).click()
    assert look(picture).note == "image[2, 2] is 1"
    picture.button("Last place").click()
    picture.page.mouse.move(0, 0)
    traits = check(picture, image=wanted.tolist(), step=15)
    assert np.sum(traits.same) == 2
    expect(picture.button("image x")).to_have_attribute("aria-pressed", "false")
    cell(picture, name, 2, 2).tap()
    check(picture, image=X.tolist())


def test_a_stroke_paints_all_that_it_touches(picture):
    cell(picture, "shades", 0, 1).hover()  # waits until the picture rests at its place
    places = [cell(picture, "shades", 0, c).bounding_box() for c in range(1, 4)]
    for i, box in enumerate(places):
        picture.page.mouse.move(box["x"] + 20, box["y"] + 20, steps=4)
        if i == 0:
            picture.page.mouse.down()
    picture.page.mouse.up()
    cell(picture, "shades", 3, 0).hover()  # the stroke has ended
    assert check(picture).image == [[-1] * 5, *X[1:].tolist()]


def test_more_than_two_shades_are_painted_black_and_back(picture):
    picture.button("image 1 to 9").click()
    cell(picture, "numbers", 1, 2).click()
    assert check(picture).image == [[1, 2, 3], [4, 5, 1], [7, 8, 9]]
    cell(picture, "numbers", 1, 2).click()
    check(picture, image=NINE.tolist())
    cell(picture, "numbers", 0, 0).click()  # black at the start: white
    assert check(picture).image == [[9, 2, 3], [4, 5, 6], [7, 8, 9]]


@pytest.mark.parametrize("name", ["shades", "numbers"])
def test_visiting_and_painting_by_keys(picture, name):
    grid(picture, name).focus()
    keys = picture.page.keyboard
    for key in ("Enter", "ArrowDown", "ArrowRight", "ArrowRight"):
        keys.press(key)
    seen = look(picture)
    assert seen.note == "image[1, 2] is 1" and seen.numbers["point"] == [[1, 2, 1, 1]]
    assert seen.live == "image[1, 2] is 1. Space paints, Escape ends."
    keys.press("Space")
    assert look(picture).live.startswith("image[1, 2] is −1")
    wanted = X.copy()
    wanted[1, 2] = -1
    check(picture, image=wanted.tolist(), step=0)  # the arrows moved from pixel to pixel
    keys.press("Escape")
    assert look(picture).note == "Point at a pixel."
    keys.press("ArrowRight")
    check(picture, step=1)
    keys.press("Enter")
    picture.button("Step to the next place").focus()
    assert look(picture).note == "Point at a pixel."


def test_without_a_window_the_arrows_visit_pixels(host):
    host.run("from helpers import *\npicture = explore_pixels(X, controls=['coding'])\npicture")
    box = host.page.locator(".px")
    expect(box).to_be_visible()
    assert box.locator(".px-found, .cw-where, .px-box").count() == 0
    assert box.get_by_role("slider").count() == 0
    box.get_by_role("application").first.press("ArrowDown")
    host.page.keyboard.press("ArrowDown")
    host.page.keyboard.press("Space")  # paints nothing here
    expect(box.locator(".px-numbers .cw-note")).to_have_text("image[1, 0] is 1")
    assert host.value("picture.image") == X.tolist()


# ------------------------------------------------------------------ Python, several pictures


def test_what_python_sets_is_shown(picture):
    picture.host.execute("picture.step = 6")
    check(picture, step=6)
    picture.host.execute("picture.coding = (0, 255)")
    check(picture, image=np.where(X == 1, 255, 0).tolist(), step=6)
    grid(picture, "shades").focus()
    for key in ("Enter", "ArrowDown", "ArrowDown", "ArrowDown"):
        picture.page.keyboard.press(key)
    picture.host.execute("picture.image = NINE")  # row 3 is gone
    check(picture, coding=None)
    picture.page.keyboard.press("Space")
    check(picture, image=NINE.tolist())


def test_two_pictures_do_not_disturb_each_other(show):
    picture = show(
        "other, picture = explore_pixels(PLUS), explore_pixels(X)\ndisplay(picture, other)"
    )
    other = Picture(picture.host, number=1, name="other")
    other.button("Last place").click()
    cell(picture, "shades", 0, 1).click()
    picture.button("Step to the next place").click()
    check(other, image=PLUS.tolist(), step=15)
    assert check(picture, step=1).image[0] == [-1, -1, 1, 1, -1]


def test_quick_steps_in_a_busy_kernel_arrive_as_the_last(picture):
    picture.page.evaluate(
        "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'import time; time.sleep(1)' }).done.then(() => 0) && 0"
    )
    for _ in range(7):
        picture.button("Step to the next place").click()
    cell(picture, "shades", 0, 1).click()
    check(picture, step=7)


# The picture on a model of our own, to which an old step comes back before the new one has gone out.
ECHO = """async ([code, state]) => {
  const listeners = {}, sent = [];
  const set = (name, value) => {
    state[name] = value;
    (listeners[`change:${name}`] ?? []).forEach((listener) => listener());
  };
  const model = {
    get: (name) => state[name],
    set,
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    off: () => {},
    save_changes: () => sent.push(state.step),
  };
  const { default: picture } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const el = document.createElement("div");
  const end = picture.render({ model, el });
  el.querySelector("[aria-label^=Step]").click();
  set("step", 0);
  const where = el.querySelector(".cw-where").textContent;
  await new Promise((resolve) => setTimeout(resolve, 100));
  end();
  return [where, sent];
}"""


def test_the_echo_of_an_old_step_does_not_move_the_window(host):
    names = ("image", "coding", "size", "images", "codings", "controls", "start", "step")
    state = {name: to_page(getattr(explore_pixels(X), name)) for name in names}
    assert host.page.evaluate(ECHO, [Pixels._esm, state]) == ["place 2 of 16", [1]]


# ------------------------------------------------------------------ look


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_is_readable_and_axe_finds_nothing(host, show, theme):
    host.theme(theme)
    picture = show(ALL)
    for name in ("x", "1 to 9"):
        picture.button(f"image {name}").click()
        picture.button("Last place").click()
        assert_readable(picture, name)
        assert_accessible(picture, name)
    host.theme("light")


def test_nothing_is_cut_off_and_numbers_stay_large(without_sidebar, picture):  # noqa: F811
    for width, height in [(1280, 720), (853, 480), (640, 360), (480, 800)]:
        picture.page.set_viewport_size({"width": width, "height": height})
        picture.page.wait_for_timeout(300)
        assert picture.box.evaluate(MISFITS) == [], f"{width}x{height}"
        sides = {
            picture.box.locator(f".px-{name} .cw-cell").first.bounding_box()["width"]
            for name in ("shades", "numbers", "found")
        }
        assert len(sides) == 1 and sides.pop() >= 43
        size = picture.box.locator(".px-numbers .cw-values").get_attribute("font-size")
        assert float(size) >= 18


def test_the_three_grids_stand_in_one_row_on_a_laptop(picture):
    boxes = [
        picture.box.locator(f".px-{n} svg").bounding_box() for n in ("shades", "numbers", "found")
    ]
    assert len({round(box["y"]) for box in boxes}) == 1
    assert boxes[0]["x"] < boxes[1]["x"] < boxes[2]["x"]


NAMES = """
- group "One image as shades and as numbers":
  - group "Choose the image":
    - button "image x" [pressed]
    - button "image +"
    - button "image −"
    - button "image ="
    - button "image diagonal"
    - button "image 1 to 9"
  - group "Choose the coding":
    - button "coding −1 and +1" [pressed]
    - button "coding 0 and 1"
    - button "coding 0 and 255"
  - application /Image as shades. Arrow keys move the window/
  - application /Image as numbers. Arrow keys move the window/
  - application /Places of the window. Arrow keys move the window/
  - group "Move the window":
    - button "First place"
    - button "Back one place"
    - button "Step to the next place"
    - button "Last place"
    - slider "place of the window"
    - button "Reset to the start of the lesson"
  - status: /window at row 0, column 0/
"""


def test_names_for_a_screen_reader(picture):
    expect(picture.box).to_match_aria_snapshot(NAMES)
    assert picture.box.locator("[aria-live]").count() == 1
