"""One filter over the channels: numbers equal to NumPy's, every control by pointer and by keyboard."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import eventually
from playwright.sync_api import expect

from helpers.channels import chain

ways = pytest.mark.parametrize("way", ["pointer", "keyboard"])
SETUP = """image = np.stack([X, PLUS, MINUS], axis=-1)
kernel = np.zeros((3, 3, 3), dtype=int)
kernel[:, :, 0], kernel[:, :, 1], kernel[1, 1, 2] = HORIZONTAL_BAR, HORIZONTAL_BAR.T, 1
"""
ONE = SETUP + "picture = explore_channels(image, kernel)\npicture"
FIVE_TEN = [[-1, 11, -1], [-3, 1, -3], [-1, 11, -1]]

# Every grid by its name: its numbers ("" where none is shown yet) and where its frame stands.
LOOK = """(box) => {
  const number = (element, name) => Number(element.getAttribute(name));
  const grids = {};
  for (const grid of box.querySelectorAll("[role=application]")) {
    const cells = [...grid.querySelectorAll(".cw-cell")];
    const side = number(cells[0], "width") + 1;
    const line = grid.querySelector(".cw-window-line, .cw-target-line");
    const at = (name) => Math.round((number(line, name) - number(cells[0], name) + 0.5) / side);
    const values = [];
    grid.querySelectorAll(".cw-values text").forEach((text, i) => {
      (values[cells[i].row] ??= [])[cells[i].column] = text.dataset.value ?? text.textContent;
    });
    grids[grid.getAttribute("aria-label").split(".")[0]] = [values, [at("y"), at("x")]];
  }
  const text = (name) => box.querySelector(name).textContent;
  const bill = [...box.querySelectorAll(".cw-chain-sum > span")].map((part) => part.textContent);
  return { grids, bill, live: text("[role=status]"), message: text(".cw-message") };
}"""
SLICES = [f"Image, {letter} slice" for letter in "RGB"]
MAPS = [*(f"{letter} partial map" for letter in "RGB"), "Sum", "Sum and bias", "Feature map"]


@pytest.fixture(autouse=True)
def pointer_away(host):
    """Where the pointer rests on a map, its place is the window's."""
    host.page.mouse.move(0, 0)


def look(picture):
    return SimpleNamespace(**picture.box.evaluate(LOOK))


def traits(picture):
    names = ("image", "kernel", "bias", "relu", "step")
    every = ", ".join(f"{name}={picture.name}.{name}" for name in names)
    held = SimpleNamespace(**picture.host.value(f"dict({every})"))
    held.image, held.kernel = np.array(held.image), np.array(held.kernel)
    return held


def check(picture, **known):
    """Wait until the page shows, in every map, what NumPy computes from Python's settings."""
    return eventually(lambda: _check(picture, known))


def _check(picture, known):
    held, seen = traits(picture), look(picture)
    for name, value in known.items():
        np.testing.assert_array_equal(getattr(held, name), value)
    for name, channel in zip(SLICES, np.moveaxis(held.image, -1, 0), strict=False):
        shown = [[float(v.replace("−", "-")) for v in row] for row in seen.grids[name][0]]
        np.testing.assert_allclose(shown, channel, atol=0.0051)
    maps = [values for _, values in chain(held.image, held.kernel, held.bias, held.relu)]
    place = list(divmod(held.step, maps[0].shape[1]))
    names = [name for name in MAPS if name in seen.grids]
    for name, values in zip(names, maps, strict=True):
        shown, frame = seen.grids[name]
        filled = [v for row in shown for v in row if v != ""]
        assert len(filled) == held.step + 1, name
        np.testing.assert_allclose([float(v) for v in filled], values.ravel()[: held.step + 1])
        assert frame == place, name
    for name in SLICES[: held.image.shape[2]]:
        if name in seen.grids:
            assert seen.grids[name][1] == place, name
    return held


def grid(picture, name):
    return picture.box.get_by_role("application", name=f"{name}.", exact=False).first


def cell(picture, name, row, column):
    columns = len(look(picture).grids[name][0][0])
    return grid(picture, name).locator(".cw-cell").nth(row * columns + column)


def weight(picture, letter, row, column):
    return picture.box.get_by_label(f"{letter} weight row {row}, column {column}", exact=True)


def test_the_worked_example(show):
    picture = show(ONE)
    picture.button("Last place").click()
    held = check(picture, step=8)
    np.testing.assert_array_equal(chain(held.image, held.kernel, 0, True)[3][1], FIVE_TEN)
    assert look(picture).bill == [
        "R\u00a01 + G\u00a0(−3) + B\u00a01 = −1",
        "−1 + bias 0 = −1",
        "ReLU: below 0, so 0",
    ]


def test_random_chains_equal_numpy(show):
    picture = show(ONE)
    rng = np.random.default_rng(5)
    for _ in range(25):
        image = rng.integers(-9, 10, (*rng.integers(3, 7, 2), 3)) / rng.choice([1, 4])
        kernel = rng.integers(-5, 6, (*rng.integers(1, 4, 2), 3)) / rng.choice([1, 2, 9])
        bias, relu = int(rng.integers(-9, 10)), bool(rng.integers(2))
        picture.host.execute(f"""with picture.hold_trait_notifications():
    picture.kernel, picture.image = np.array({kernel.tolist()}), np.array({image.tolist()})
    picture.bias, picture.relu = {bias}, {relu}
picture.step = picture.feature_map.size - 1""")
        check(picture, image=image, kernel=kernel, bias=bias, relu=relu)


@pytest.mark.parametrize("channels", [1, 2])
def test_fewer_channels(show, channels):
    picture = show(
        f"picture = explore_channels(np.arange({16 * channels}).reshape(4, 4, {channels}),"
        f" np.ones((2, 2, {channels})), bias=-9, step=4)\npicture"
    )
    seen = look(picture)
    maps = seen.grids["Feature map"][0]
    held = traits(picture)
    wanted = chain(held.image, held.kernel, held.bias, held.relu)[-1][1].ravel()[:5]
    assert [float(v) for row in maps for v in row if v] == wanted.tolist()
    assert sum("slice" in name for name in seen.grids) == channels


@ways
def test_buttons_and_the_slider_move_all_windows(show, way):
    picture = show(ONE)
    for name, step in [
        ("Step to the next place", 1),
        ("Last place", 8),
        ("Back one place", 7),
        ("First place", 0),
    ]:
        button = picture.button(name)
        button.click() if way == "pointer" else button.press("Enter")
        check(picture, step=step)
    place = picture.slider("place of the window")
    if way == "pointer":
        box = place.bounding_box()
        place.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    else:
        place.focus()
        for _ in range(4):
            place.press("ArrowRight")
    check(picture, step=4)


@pytest.mark.parametrize("name", [SLICES[1], MAPS[0], MAPS[5]])
def test_keys_move_the_window_from_any_grid(show, name):
    picture = show(ONE)
    box = grid(picture, name)
    box.focus()
    for key, step in [
        ("ArrowRight", 1),
        ("ArrowDown", 4),
        ("ArrowLeft", 3),
        ("End", 8),
        ("Home", 0),
    ]:
        box.press(key)
        check(picture, step=step)
    seen = look(picture)
    assert (
        seen.live
        == "row 0, column 0: R 1 + G (−3) + B 1 = −1; −1 + bias 0 = −1; ReLU: below 0, so 0"
    )


@pytest.mark.parametrize("name", MAPS)
def test_pointing_at_a_cell_of_any_map_shows_its_windows(show, name):
    picture = show(ONE)
    cell(picture, name, 2, 1).hover()
    seen = look(picture)
    assert [frame for _, frame in seen.grids.values()] == [[2, 1]] * 9
    assert seen.grids["Sum"][0][2][1] == "11"
    assert traits(picture).step == 0
    picture.box.locator(".cw-chain-sum").hover()
    assert look(picture).grids[name][1] == [0, 0]
    cell(picture, name, 2, 1).click()
    check(picture, step=7)


@ways
def test_a_typed_weight(show, way):
    picture = show(ONE)
    field = weight(picture, "B", 0, 0)
    if way == "pointer":
        field.click()
        field.fill("2")
    else:
        field.focus()
        field.press("ControlOrMeta+a")
        field.press("2")
    kernel = traits(picture).kernel
    kernel[0, 0, 2] = 2
    check(picture, kernel=kernel)
    field.fill("two")
    assert "is not a number" in look(picture).message
    check(picture, kernel=kernel)
    field.press("Escape")
    expect(field).to_have_value("2")
    assert look(picture).message == ""


def test_a_weight_frames_the_pixel_that_it_multiplies(show):
    picture = show(ONE)
    weight(picture, "G", 1, 2).hover()
    frames = grid(picture, SLICES[1]).locator(".cw-point-line")
    expect(frames).to_have_attribute("visibility", "visible")
    expect(grid(picture, SLICES[0]).locator(".cw-point-line")).to_have_attribute(
        "visibility", "hidden"
    )


@ways
def test_painting_one_slice_leaves_the_others(show, way):
    picture = show(ONE)
    image = traits(picture).image
    if way == "pointer":
        cell(picture, SLICES[0], 0, 1).click()
    else:
        box = grid(picture, SLICES[0])
        box.focus()
        for key in ("Enter", "ArrowRight", " "):
            box.press(key)
        assert look(picture).live.startswith("R pixel row 0, column 1: −1.")
        box.press("Escape")
    image[0, 1, 0] = -1
    check(picture, image=image)
    cell(picture, SLICES[0], 0, 1).click()  # a dark pixel becomes light again
    image[0, 1, 0] = 1
    check(picture, image=image)


@ways
def test_bias_and_relu(show, way):
    picture = show(ONE)
    bias, relu = picture.slider("bias"), picture.box.get_by_role("checkbox")
    picture.button("Last place").click()
    if way == "pointer":
        box = bias.bounding_box()
        bias.click(position={"x": box["width"] - 1, "y": box["height"] / 2})
        relu.click()
    else:
        bias.focus()
        bias.press("End")
        relu.press(" ")
    check(picture, bias=11, relu=False)
    assert look(picture).bill[1:] == ["−1 + bias 11 = 10", "ReLU is off 10"]
    bias.press("Home")
    check(picture, bias=-11)
    picture.button("Reset to the start of the lesson").click()
    check(picture, bias=0, relu=True, step=0)


def test_play_walks_to_the_end_and_pauses(show):
    picture = show(ONE)
    picture.box.get_by_label("speed", exact=True).select_option("fast")
    picture.button("Play").click()
    expect(picture.button("Pause")).to_be_visible()
    expect(picture.where).to_have_text("place 9 of 9", timeout=15_000)
    expect(picture.button("Play")).to_be_visible()
    check(picture, step=8)


def test_decimals_are_called_rounded(show):
    picture = show(SETUP + "picture = explore_channels(image, np.ones((3, 3, 3)) / 9)\npicture")
    assert look(picture).bill[0] == "R\u00a00.33 + G\u00a0(−0.11) + B\u00a00.33 ≈ 0.56"
    third = "picture.kernel = np.ones((3, 3, 3)) / 4"
    picture.host.execute(third)
    eventually(lambda: _says(picture, "R\u00a00.75 + G\u00a0(−0.25) + B\u00a00.75 = 1.25"))


def _says(picture, words):
    assert look(picture).bill[0] == words


def test_two_pictures_do_not_disturb_each_other(show):
    picture = show(
        SETUP + "from IPython.display import display\n"
        "picture, other = explore_channels(image, kernel), explore_channels(image, -kernel, step=2)\n"
        "display(picture, other)"
    )
    expect(picture.page.locator(".cw-channels")).to_have_count(2)
    grid(picture, "Sum").focus()
    picture.page.keyboard.press("End")
    check(picture, step=8)
    assert picture.host.value("other.step") == 2
    other = picture.page.locator(".cw-channels").nth(1)
    assert other.evaluate(LOOK)["grids"]["Sum"][1] == [0, 2]


@pytest.mark.parametrize("width", [1280, 853, 640])
def test_nothing_is_cut_off(show, width):
    picture = show(ONE)
    picture.page.set_viewport_size({"width": width, "height": 720})
    fits = "(box) => box.scrollWidth <= box.clientWidth && box.clientWidth > 0"
    eventually(lambda: _true(picture.box.evaluate(fits)))
    check(picture, step=0)


def _true(value):
    assert value


def test_it_fits_a_screen_of_1280_by_720(show):
    picture = show(ONE)
    panel = picture.page.locator(".jp-WindowedPanel-outer").first.bounding_box()
    assert picture.box.bounding_box()["height"] <= panel["height"]
    sizes = picture.box.evaluate(
        "(box) => [...box.querySelectorAll('.cw-values')].map((g) => parseFloat(g.getAttribute('font-size')))"
    )
    assert min(sizes) >= 17.9


def test_every_control_has_a_name_and_its_own_keys(show):
    picture = show(ONE)
    for control in picture.box.locator("button, input, select, [tabindex]").all():
        assert control.get_attribute("data-lm-suppress-shortcuts") == "true"
        name = control.evaluate("(e) => e.ariaLabel ?? e.closest('label')?.textContent")
        assert re.search(r"\w", name)


def test_numbers_stand_out_in_both_themes(show):
    picture = show(ONE)
    for theme, night in [("dark", True), ("light", False)]:
        picture.host.theme(theme)
        is_night = f"(box) => box.classList.contains('cw-night') === {str(night).lower()}"
        eventually(lambda wanted=is_night: _true(picture.box.evaluate(wanted)))
        check(picture, step=0)
