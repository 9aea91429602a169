"""A kernel that learns, in JupyterLab and Notebook 7: numbers equal to NumPy's, every control."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import eventually
from playwright.sync_api import expect

from helpers import explore_learning
from helpers.learning import matched

ways = pytest.mark.parametrize("way", ["pointer", "keyboard"])
ONE = """small = np.array([[1, -1, 1], [-1, -1, -1], [1, -1, 1]])
targets = {"a +": conv2d(PLUS, small), "a dark bar": conv2d(PLUS, HORIZONTAL_BAR)}
picture = explore_learning(PLUS, targets)
picture"""
NAMES = ("image", "kernel", "target", "rate", "step", "chosen")

# Every grid by its name: its numbers in full; and what is written beside them.
LOOK = """(box) => {
  const grids = {};
  for (const grid of box.querySelectorAll(".cw-grid")) {
    const cells = [...grid.querySelectorAll(".cw-cell")];
    const values = [];
    grid.querySelectorAll(".cw-values text").forEach((text, i) => {
      (values[cells[i].row] ??= [])[cells[i].column] = Number(text.dataset.value);
    });
    grids[grid.getAttribute("aria-label").split(/[.:]/)[0]] = values;
  }
  const place = (grid, kind) => {
    const number = (element, name) => Number(element.getAttribute(name));
    const [cell, line] = [".cw-cell", `.cw-${kind}-line`].map((name) => box.querySelector(`.cw-unit-${grid} ${name}`));
    const side = number(cell, "width") + 1;
    return ["y", "x"].map((name) => Math.round((number(line, name) - number(cell, name)) / side));
  };
  const text = (name) => box.querySelector(name).textContent.replace(/\\u00a0/g, " ");
  const value = (name) => Number(box.querySelector(name).dataset.value);
  return {
    grids,
    weight: place("kernel", "target"),
    window: place("image", "window"),
    loss: value(".cw-loss b[data-value]"),
    next: value(".cw-result"),
    lossWords: text(".cw-loss span"),
    sums: [...box.querySelectorAll(".cw-learn-sums > *")].map((line) => line.textContent),
    curve: box.querySelector(".cw-curve-taken").getAttribute("d").split("L").length,
    curveNow: box.querySelector(".cw-curve-now").getAttribute("d").split("L").length,
    where: text(".cw-where"),
    live: text("[role=status]"),
    message: text(".cw-message"),
    pressed: [...box.querySelectorAll("[aria-pressed=true]")].map((b) => b.textContent),
  };
}"""


@pytest.fixture(autouse=True)
def pointer_away(host):
    """Where the pointer rests on a weight, that weight is the framed one."""
    host.page.mouse.move(0, 0)


def look(picture):
    return SimpleNamespace(**picture.box.evaluate(LOOK))


def python(picture):
    """The same picture, from the settings that the kernel holds."""
    every = ", ".join(f"{name}={picture.name}.{name}" for name in NAMES)
    held = picture.host.value(f"dict({every})")
    return explore_learning(**{**held, "chosen": tuple(held["chosen"])})


def check(picture, **known):
    """Wait until the page shows, in every grid, what NumPy computes from Python's settings."""
    return eventually(lambda: _check(picture, known))


def _check(picture, known):
    held, seen = python(picture), look(picture)
    for name, value in known.items():
        np.testing.assert_array_equal(getattr(held, name), value)
    (i, j), (rows, columns) = held.chosen, held.target.shape
    pixels = held.image[i : i + rows, j : j + columns]
    wanted = {
        "Image": held.image,
        "Kernel": held.learned,
        "Feature map": held.feature_map,
        "Target": held.target,
        "Error": held.error,
        "Pixels that the framed weight meets": pixels,
        "Products": held.error * pixels,
    }
    assert list(seen.grids) == list(wanted)
    for name, values in wanted.items():
        atol = 1e-9 * max(1, abs(values).max())
        np.testing.assert_allclose(seen.grids[name], values, rtol=1e-9, atol=atol, err_msg=name)
    assert seen.weight == seen.window == [i, j]
    steps = len(held.path()) - 1
    assert seen.where == f"step {steps}"
    assert seen.curveNow == steps + 1
    assert seen.loss == pytest.approx(held.loss, rel=1e-9, abs=1e-12)
    after = held.learned - held.rate * held.slope
    assert seen.next == pytest.approx(after[i, j], rel=1e-9, abs=1e-9)
    assert ("matches the target" in seen.message) == matched(held.feature_map, held.target)
    return held


def press(picture, way, name):
    """Press one of the buttons, by the pointer or by the keyboard."""
    if way == "pointer":
        return picture.button(name).click(force=True)  # a dimmed one, too
    picture.button(name).focus()
    picture.page.keyboard.press("Enter")


def weight(picture, row, column, columns=3):
    return picture.box.locator(".cw-unit-kernel .cw-cell").nth(row * columns + column)


@ways
def test_the_worked_example(show, way):
    picture = show(ONE)
    check(picture, step=0, chosen=[0, 0])
    seen = look(picture)
    assert seen.lossWords == "loss 121 ÷ 9 ≈ 13.44 (121: each error times itself, added up)"
    assert seen.sums == [
        "Why does this weight change?",
        "sum−15",
        "slope2 ÷ 9 × (−15) ≈ −3.33",
        "next0 − 0.2 × (−3.33) ≈ 0.67",
        "Below 0: more weight, less loss. So the weight goes up.",
    ]
    if way == "pointer":
        weight(picture, 0, 1).click()
    else:
        picture.box.get_by_role("application", name="Kernel.").focus()
        picture.page.keyboard.press("ArrowRight")
    check(picture, chosen=[0, 1])
    seen = look(picture)
    assert seen.sums[1:4] == ["sum9", "slope2 ÷ 9 × 9 = 2", "next0 − 0.2 × 2 = −0.40"]
    assert seen.sums[4] == "Above 0: more weight, more loss. So the weight goes down."
    press(picture, way, "Step")
    check(picture, step=1)
    assert look(picture).lossWords.startswith("loss 14.40 ÷ 9 ≈ 1.60 (14.40: ")
    assert look(picture).live == (
        "step 1: loss 1.60; weight row 0, column 1: −0.40, slope 0.80, next −0.56."
    )


def test_random_cases_equal_numpy(show):
    rng = np.random.default_rng(7)
    for n, k in (((5, 5), (3, 3)), ((8, 6), (3, 2)), ((4, 7), (1, 4)), ((2, 2), (2, 2))):
        out = [size - weights + 1 for size, weights in zip(n, k, strict=True)]
        picture = show(f"picture = explore_learning(np.zeros({n}), np.zeros({out}))\npicture")
        for _ in range(6):
            image, kernel, target = (rng.normal(size=shape).round(3) for shape in (n, k, out))
            chosen = [int(rng.integers(weights)) for weights in k]
            rate, step = float(rng.choice([0.02, 0.1, 0.5, 3])), int(rng.integers(0, 40))
            picture.host.execute(f"""with picture.hold_trait_notifications():
    picture.image, picture.kernel = np.array({image.tolist()}), np.array({kernel.tolist()})
    picture.target, picture.chosen = np.array({target.tolist()}), {chosen}
    picture.rate, picture.step = {rate}, {step}""")
            check(picture, image=image, kernel=kernel, target=target, rate=rate, step=step)


@ways
def test_every_button(show, way):
    picture = show(ONE)
    for name, step, taken in (
        ("Back one step", 0, 0),  # there is no step before the start
        ("Step", 1, 1),
        ("10 steps", 11, 11),
        ("10 steps", 21, 21),
        ("Back one step", 20, 21),
        ("Start again", 0, 0),
        ("Step", 1, 1),
    ):
        press(picture, way, name)
        check(picture, step=step)
        assert look(picture).curve == taken + 1
        expect(picture.slider("steps taken")).to_have_value(str(step))
    expect(picture.button("Step")).not_to_be_disabled()
    press(picture, way, "Start again")
    expect(picture.button("Back one step")).to_be_disabled()


def test_the_slider_goes_back_and_forth_through_the_steps_taken(show):
    picture = show(ONE)
    for _ in range(2):
        picture.button("10 steps").click()
    slider = picture.slider("steps taken")
    slider.focus()
    for key, step in (("Home", 0), ("ArrowRight", 1), ("End", 20), ("ArrowLeft", 19)):
        picture.page.keyboard.press(key)
        check(picture, step=step)
        assert look(picture).curve == 21
        expect(slider).to_have_attribute("aria-valuetext", f"step {step} of 20 taken")
    box = slider.bounding_box()
    picture.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    check(picture, step=10)


@ways
def test_another_rate_or_target_begins_again(show, way):
    picture = show(ONE)
    press(picture, way, "10 steps")
    press(picture, way, "learning rate 0.4")
    check(picture, step=0, rate=0.4)
    assert look(picture).pressed == ["a +", "0.4"]
    assert look(picture).curve == 1
    press(picture, way, "10 steps")
    press(picture, way, "target a dark bar")
    held = check(picture, step=0, rate=0.4)
    assert held.target.tolist() == [[-3] * 3, [5] * 3, [-3] * 3]
    assert look(picture).pressed == ["a dark bar", "0.4"]


@ways
def test_play_stops_where_the_map_matches(show, way):
    picture = show(ONE)
    press(picture, way, "learning rate 0.4")
    press(picture, way, "Play")
    expect(picture.button("Pause")).to_be_visible()
    eventually(lambda: check_at_least(picture, 2))
    press(picture, way, "Pause")
    paused = check(picture).step
    picture.page.wait_for_timeout(800)
    check(picture, step=paused)
    press(picture, way, "Play")
    expect(picture.button("Play")).to_be_visible(timeout=15_000)
    check(picture, step=12)
    assert look(picture).message == "The map matches the target: no error is larger than 0.05."
    assert look(picture).live.endswith(look(picture).message)
    press(picture, way, "Play")  # from the start
    expect(picture.button("Pause")).to_be_visible()
    press(picture, way, "Step")
    expect(picture.button("Play")).to_be_visible()
    assert check(picture).step < 12


def check_at_least(picture, step):
    assert python(picture).step >= step


def test_steps_that_are_too_long_are_said_to_be_and_stop(show):
    picture = show(ONE)
    picture.button("learning rate 0.8").click()
    picture.button("Step").click()
    check(picture, step=1)
    words = "The loss grows: the steps are too long. Choose a smaller learning rate."
    assert look(picture).message == words
    for _ in range(3):
        press(picture, "pointer", "10 steps")
    check(picture, step=12)
    stopped = "Stopped: the loss has grown a million times. Choose a smaller learning rate."
    assert look(picture).message == stopped
    for name in ("Step", "10 steps"):
        expect(picture.button(name)).to_be_disabled()
    texts = " ".join(picture.box.locator("text").all_text_contents())
    assert not re.search("NaN|∞|undefined", texts)
    picture.button("learning rate 0.2").click()
    check(picture, step=0)
    assert look(picture).message == ""


def test_no_more_than_two_hundred_steps(show):
    picture = show(ONE)
    for _ in range(21):
        press(picture, "pointer", "10 steps")
    check(picture, step=200)
    expect(picture.button("Step")).to_be_disabled()


def test_the_weights_by_keyboard_and_by_pointer(show):
    picture = show(ONE)
    kernel = picture.box.get_by_role("application", name="Kernel.")
    kernel.focus()
    for key, chosen in (
        ("ArrowLeft", [0, 0]),
        ("ArrowDown", [1, 0]),
        ("End", [2, 2]),
        ("ArrowDown", [2, 2]),
        ("ArrowUp", [1, 2]),
        ("Home", [0, 0]),
    ):
        picture.page.keyboard.press(key)
        check(picture, chosen=chosen)
    picture.page.keyboard.press("Space")
    expect(picture.button("Pause")).to_be_visible()
    picture.page.keyboard.press("Space")
    expect(picture.button("Play")).to_be_visible()
    picture.page.keyboard.press("Escape")
    expect(kernel).not_to_be_focused()
    weight(picture, 1, 1).hover()
    eventually(lambda: pointed(picture, [1, 1]))
    assert python(picture).chosen == [0, 0]  # pointing chooses nothing
    picture.page.mouse.move(0, 0)
    eventually(lambda: pointed(picture, [0, 0]))
    weight(picture, 2, 1).click()
    check(picture, chosen=[2, 1])


def pointed(picture, place):
    seen = look(picture)
    assert seen.weight == seen.window == place
    assert f"weight row {place[0]}, column {place[1]}: " in seen.live


def test_what_python_sets_is_shown_and_what_cannot_be_changes_nothing(host, show):
    picture = show(ONE)
    host.execute("picture.step = 25")
    check(picture, step=25)
    host.execute("picture.kernel = small")
    check(picture, step=25)
    assert look(picture).loss == 0
    assert look(picture).sums[4] == "The slope is 0, or nearly: the weight stays."
    with pytest.raises(RuntimeError, match="step must be at most 200"):
        host.execute("picture.step = 300")
    check(picture, step=25)


def test_two_views_go_together_and_two_pictures_do_not(host, show):
    show("picture = explore_learning(PLUS, HORIZONTAL_BAR)\ndisplay(picture)\n" + ONE)
    boxes = host.page.get_by_role("group", name="A kernel that learns")
    expect(boxes).to_have_count(2)
    boxes.last.get_by_role("button", name="Step", exact=True).click()
    expect(boxes.last.locator(".cw-where")).to_have_text("step 1")
    expect(boxes.first.locator(".cw-where")).to_have_text("step 0")
    show(ONE.removesuffix("picture") + "display(picture)\npicture")
    expect(boxes).to_have_count(2)
    boxes.first.get_by_role("button", name="10 steps").click()
    expect(boxes.last.locator(".cw-where")).to_have_text("step 10")


@pytest.mark.parametrize("width", [640, 853, 1280])
def test_it_fits_the_page_and_its_frame_does_not_jump(host, show, width):
    host.page.set_viewport_size({"width": width, "height": 720})
    picture = show(ONE)
    host.page.wait_for_timeout(400)  # the page takes its new width
    sizes = (
        "(box) => [box.clientHeight, ...[...box.querySelectorAll('svg')].map((s) => s.clientWidth)]"
    )
    before = picture.box.evaluate(sizes)
    for name in ("Step", "10 steps", "10 steps", "10 steps"):
        picture.button(name).click()
        assert picture.box.evaluate("(box) => box.scrollWidth <= box.clientWidth")
        if width == 1280:
            assert picture.box.evaluate(sizes) == before
    check(picture, step=31)


def test_numbers_are_large_enough_for_the_back_row(host, show):
    picture = show(ONE)
    host.page.wait_for_timeout(400)
    for name in ("Step", "10 steps", "10 steps"):
        picture.button(name).click()
        sizes = picture.box.evaluate(
            "(b) => [...b.querySelectorAll('.cw-values')].map((g) => g.getAttribute('font-size'))"
        )
        assert len(sizes) == 7
        assert min(map(float, sizes)) >= 18


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_everything_has_a_name(host, show, theme):
    host.theme(theme)
    try:
        picture = show(ONE + ".step = 3\npicture")
        night = expect(picture.box)
        (night.to_have_class if theme == "dark" else night.not_to_have_class)(
            re.compile("cw-night")
        )
        picture.box.evaluate("(box) => box.setAttribute('data-axe', '')")
        found = Axe().run(host.page, context="[data-axe]").response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    finally:
        host.theme("light")
    error = picture.box.get_by_role("img", name="Error: −0.26 0.35 −0.26; 0.35 −1.26 0.35; ")
    expect(error).to_be_visible()
