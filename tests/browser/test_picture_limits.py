"""No setting breaks the picture, and no frame is blank or mixed."""

import functools
import itertools

import numpy as np
import pytest
from conftest import LOOK, should_show
from playwright.sync_api import expect

# What the page computes does not depend on the program around it: these heavy tests run in one of the
# two. `make rough` drives the same pictures in both.
pytestmark = pytest.mark.parametrize("host", ["lab"], indirect=True, scope="session")
WALK = 30  # random actions on each picture; test_rough.py takes more, and looks less often
PICTURES = {
    "convolution": "explore({'large': COUNTING, 'small': NINE, 'tall': np.eye(8)[:, :3]}, "
    "{'counting': COUNTING_KERNEL, 'ninths': np.full((3, 3), 1 / 9), 'wide': [[1, -2, 1]]})",
    "largest": "explore_pooling({'large': COUNTING, 'small': NINE})",
    "average": "explore_pooling({'large': COUNTING, 'one': [[7]]}, 3, 1, 'same', 'average')",
}


def ends(picture):
    """Where each slider can be driven to, as actions."""
    sliders = [name for name in ("stride", "padding", "dilation", "kernel size", "window size")
               if picture.slider(name).count()]  # fmt: skip
    return {f"{name} {key}": functools.partial(turn, picture.slider(name), key)
            for name, key in itertools.product(sliders, ("Home", "End"))}  # fmt: skip


def turn(slider, key):
    if slider.is_enabled():
        slider.press(key)


def all_actions(picture):
    keys = picture.page.keyboard
    actions = ends(picture)
    for name in ("stride", "padding", "dilation", "kernel size", "window size"):
        if picture.slider(name).count():
            slider = picture.slider(name)
            for key in ("ArrowRight", "ArrowLeft"):
                actions[f"{name} {key}"] = lambda s=slider, k=key: turn(s, k)
    for button in picture.box.get_by_role("button").all():
        name = button.get_attribute("aria-label")
        if name not in ("Play", "Copy the code"):
            actions[name] = button.click
    for key in ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"):
        actions[f"map {key}"] = lambda k=key: picture.map.is_visible() and picture.map.press(k)
    actions["paint"] = lambda: picture.image.locator(".cw-pixel").last.click()
    actions["paint by keys"] = lambda: (
        picture.image.focus(),
        keys.press("Enter"),
        keys.press("Space"),
    )
    actions["weight"] = lambda: picture.weight(0, 0).count() and picture.weight(0, 0).fill("-0.5")
    return actions


@pytest.mark.parametrize("kind", PICTURES)
def test_a_random_walk_over_all_controls(show, kind):
    picture = show(f"picture = {PICTURES[kind]}\npicture")
    actions = all_actions(picture)
    assert len(actions) >= 20
    walked = []
    for name in np.random.default_rng(len(kind)).choice(list(actions), WALK):
        actions[name]()
        picture.page.mouse.move(0, 0)  # else it may come to hover over the map
        walked.append(str(name))
        try:
            picture.check()
        except AssertionError as error:
            raise AssertionError(f"after {walked[-6:]}") from error
    picture.button("Reset to the start of the lesson").click()
    assert not picture.look().refusal
    picture.check()


@pytest.mark.parametrize("kind", ["convolution", "largest"])
def test_every_pair_of_slider_ends(show, kind):
    picture = show(f"picture = {PICTURES[kind]}\npicture")
    actions = ends(picture)
    for first, second in itertools.permutations(actions, 2):
        picture.button("Reset to the start of the lesson").click()
        actions[first]()
        actions[second]()
        picture.check()


def test_sliders_end_where_the_window_still_fits(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    for name, most in [("stride", 5), ("padding", 1), ("dilation", 2), ("kernel size", 5)]:
        assert picture.slider(name).get_attribute("max") == str(most)
        picture.slider(name).press("End")
        assert not picture.look().refusal
        picture.button("Reset to the start of the lesson").click()


def test_the_smallest_and_the_largest_picture(show):
    for source in ("explore([[5]], [[2]])", "explore(np.arange(1024).reshape(32, 32), np.ones((5, 5)))",
                   "explore(np.ones((1, 32)), [[1]])", "explore_pooling(np.ones((32, 1)), 1)"):  # fmt: skip
        picture = show(f"picture = {source}\npicture")
        picture.map.press("End")
        picture.check()


# ------------------------------------------------------------------ every single frame

SAMPLE = f"""(box) => {{
  const look = {LOOK};
  window.frames_seen = [];
  const frame = () => {{
    if (!window.frames_seen) return;
    window.frames_seen.push(look(box));
    requestAnimationFrame(frame);
  }};
  requestAnimationFrame(frame);
}}"""
COLLECT = "() => { const seen = window.frames_seen; window.frames_seen = null; return seen; }"


def seen_in(frame):
    """What must belong together, as one value."""
    names = ("where", "window", "target", "result", "formula", "image")
    filled = sum(value != "" for row in frame["map"] for value in row)
    return str([frame[name] for name in names] + [filled])


def allowed(traits, **changes):
    """What a frame may show: every step under each value of the settings named."""
    frames = set()
    for values in itertools.product(*changes.values()):
        for name, value in zip(changes, values, strict=True):
            setattr(traits, name, value)
        traits.step = 999
        for step in range(should_show(traits).map.size):
            traits.step = step
            whole = vars(should_show(traits))
            filled = np.where(np.arange(whole["map"].size) <= step, "x", "")
            whole["window"] = [int(v) for v in whole["window"]]
            frames.add(seen_in({**whole, "map": [filled]}))
    return frames


def test_each_frame_while_stepping_belongs_to_one_place(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    right = allowed(picture.check())
    picture.box.evaluate(SAMPLE)
    picture.map.focus()
    for key in ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowDown", "Home", "End"] * 8:
        picture.page.keyboard.press(key)
        picture.page.wait_for_timeout(25)  # as a held key; Python's echoes come in between
    frames = picture.page.evaluate(COLLECT)
    assert len({frame["where"] for frame in frames}) >= 5 and len(frames) >= 30
    for frame in frames:
        assert seen_in(frame) in right, frame
    picture.check()


def test_each_frame_while_a_setting_changes_is_whole(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL, step=4)\npicture")
    right = allowed(picture.check(), stride=[1, 2, 3, 4, 5], padding=["valid", 1, "same"])
    picture.box.evaluate(SAMPLE)
    for slider, keys in [
        ("stride", "End Home ArrowRight"),
        ("padding", "ArrowRight ArrowLeft"),
    ] * 4:
        for key in keys.split():
            picture.slider(slider).press(key)
            picture.page.wait_for_timeout(60)
    frames = picture.page.evaluate(COLLECT)
    assert len({str(frame["formula"]) for frame in frames}) >= 3 and len(frames) >= 30
    for frame in frames:
        assert seen_in(frame) in right, frame


def test_the_window_never_goes_back_while_it_is_stepped_quickly(show):
    picture = show("picture = explore(np.eye(12), np.ones((2, 2)))\npicture")
    picture.box.evaluate(SAMPLE)
    place = picture.slider("place of the window")
    place.focus()
    for pause in [10, 20, 35, 45, 60, 80] * 10:
        picture.page.keyboard.press("ArrowRight")
        picture.page.wait_for_timeout(pause)
    steps = [int(frame["where"].split()[1]) for frame in picture.page.evaluate(COLLECT)]
    assert steps == sorted(steps) and steps[-1] == 61
    picture.check(step=60)


def test_the_window_is_in_every_frame_while_playing(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    picture.box.get_by_label("speed").select_option("fast")
    picture.box.evaluate(SAMPLE)
    picture.button("Play").click()
    expect(picture.where).to_have_text("place 9 of 9")  # the only one that stays
    frames = picture.page.evaluate(COLLECT)
    assert len({frame["where"] for frame in frames}) >= 5
    for frame in frames:
        row, column = divmod(int(frame["where"].split()[1]) - 1, 3)
        assert frame["target"][:2] == [row, column]
        assert frame["window"][2:] == [3, 3]
        assert frame["words"][row][column] == frame["result"]
