"""The picture and Python: settings go both ways, to all views, and to the reader's own function."""

import numpy as np
import pytest
from conftest import Picture, eventually
from playwright.sync_api import expect

from helpers import COUNTING_KERNEL, HORIZONTAL_BAR, X, conv2d

COUNT = "picture = explore(COUNTING, COUNTING_KERNEL)\npicture"


@pytest.mark.parametrize(
    "code",
    [
        "picture.step = 5",
        "picture.stride = 2",
        "picture.stride = (1, 3)",
        "picture.padding = 'SAME'",
        "picture.padding = 2",
        "picture.padding = ((1, 1), (2, 2))",
        "picture.padding = ((0, 1), (2, 0))",
        "picture.dilation = 2",
        "picture.kernel = [[1, -1]]",
        "picture.kernel = np.full((4, 2), 1 / 8)",
        "picture.image = X",
        "picture.image = NINE",
        "picture.image = np.full((7, 9), np.nan)",
        "picture.image = np.eye(20)",
        "picture.image = np.array([[True, False, True]] * 3)",
        "picture.image = (10 * COUNTING).astype('uint8')",
    ],
)
def test_what_python_sets_arrives(show, code):
    picture = show(COUNT)
    before = picture.check()
    picture.host.execute(code)
    assert str(picture.check()) != str(before)


def test_a_refused_setting_changes_nothing(show):
    picture = show(COUNT)
    for code in ("picture.stride = 0", "picture.image = [1, 2]", "picture.kernel = None"):
        with pytest.raises(RuntimeError, match="BadSetting"):
            picture.host.execute(code)
    picture.check(stride=1)


def test_an_impossible_setting_is_explained_and_can_be_left(show):
    picture = show(COUNT)
    picture.map.press("ArrowDown")
    picture.host.execute("picture.kernel = np.ones((7, 7))")
    expect(picture.box.locator(".cw-refusal")).to_be_visible()
    assert picture.look().refusal == (
        "The kernel spans 7 rows, but the image with its padding has only 5. "
        "Choose a smaller kernel, or more padding."
    )
    assert picture.look().formula == ["none", "none"]
    expect(picture.map).to_be_hidden()
    picture.slider("padding").press("ArrowRight")
    picture.check(padding=1)
    picture.host.execute("picture.padding, picture.dilation = 'valid', 3")
    assert "Choose a smaller kernel or dilation" in eventually(
        lambda: assured(picture.look().refusal)
    )
    picture.button("Reset to the start of the lesson").click()
    assert picture.check().kernel.tolist() == COUNTING_KERNEL.tolist()


def assured(value):
    assert value
    return value


def test_changes_are_observed_in_python(show):
    picture = show(
        "picture = explore(X, HORIZONTAL_BAR)\nseen = []\n"
        "picture.observe(lambda change: seen.append(change.name))\npicture"
    )
    picture.map.press("ArrowRight")
    picture.check()
    picture.cell(picture.image, 0, 1).click()
    picture.check()
    picture.slider("stride").press("ArrowRight")
    picture.check()
    seen = picture.host.value("[name for name in seen if name in picture.start]")
    assert seen == ["step", "image", "stride"]


def test_the_place_stays_on_the_image_when_python_changes_the_stride(show):
    picture = show("picture = explore(np.eye(9), np.ones((3, 3)), step=32)\npicture")
    assert picture.look().window == [4, 4, 3, 3]
    picture.host.execute("picture.stride = 2")
    traits = picture.check()
    assert picture.look().window == [4, 4, 3, 3] and traits.step == 10
    picture.host.execute("picture.stride = 4; picture.step = 1")  # but a named step counts
    picture.check(step=1)
    picture.host.execute("with picture.hold_sync():\n    picture.stride = 1\n    picture.step = 7")
    picture.check(step=7)


@pytest.mark.parametrize("order", [["step", "stride"], ["stride", "step"]])
def test_a_step_and_a_setting_may_arrive_together_in_any_order(show, order):
    picture = show("picture = explore(np.eye(9), np.ones((3, 3)), stride=3)\npicture")
    picture.host.execute(f"""from unittest.mock import patch
with patch.object(type(picture), "send_state"):
    picture.stride, picture.step = 1, 20
picture.send_state({order})""")
    picture.check(step=20)


@pytest.mark.parametrize("link", ["jslink", "link"])
def test_a_slider_of_ipywidgets_drives_the_stride(show, link):
    picture = show(
        "import ipywidgets\npicture = explore(COUNTING, COUNTING_KERNEL)\n"
        "slider = ipywidgets.IntSlider(min=1, max=3)\n"
        f"ipywidgets.{link}((slider, 'value'), (picture, 'stride'))\n"
        "ipywidgets.VBox([slider, picture])"
    )
    picture.host.execute("slider.value = 2")
    assert eventually(lambda: stride_of(picture, 2))
    picture.slider("stride").press("ArrowRight")
    assert eventually(lambda: stride_of(picture, 3))
    eventually(lambda: assured(picture.host.value("slider.value") == 3))


def stride_of(picture, stride):
    picture.check(stride=stride)
    return True


# ------------------------------------------------------------------ several of them


def test_two_views_of_one_picture_show_the_same(show):
    first = show("picture = explore(COUNTING, COUNTING_KERNEL, step=8)\ndisplay(picture, picture)")
    second = Picture(first.host, 1)
    for act in (
        lambda: first.map.press("ArrowUp"),
        lambda: second.map.press("ArrowLeft"),
        lambda: first.slider("stride").press("ArrowRight"),
        lambda: second.slider("stride").press("Home"),
        lambda: first.host.execute("picture.padding = 1"),
        lambda: second.cell(second.image, 1, 1).click(),
        lambda: first.weight(0, 0).fill("-5"),
        lambda: first.host.execute("picture.stride = 2"),
        lambda: second.button("Last place").click(),
        lambda: first.host.execute("picture.stride = 1"),
        lambda: first.button("Reset to the start of the lesson").click(),
    ):
        act()
        first.check()
        second.check()
    second.check(step=8)


def test_pictures_in_one_notebook_do_not_disturb_each_other(show):
    one = show(
        "one, two, three = explore(X, HORIZONTAL_BAR), explore(COUNTING, COUNTING_KERNEL, 2),"
        " explore_pooling(COUNTING)\ndisplay(one, two, three)"
    )
    one.name = "one"
    two, three = Picture(one.host, 1, "two"), Picture(one.host, 2, "three")
    before = [str(picture.check()) for picture in (one, two, three)]
    two.slider("stride").press("ArrowRight")
    two.cell(two.image, 2, 2).click()
    two.map.press("End")
    after = [str(picture.check()) for picture in (one, two, three)]
    assert (after[0], after[2]) == (before[0], before[2]) and after[1] != before[1]
    names = one.page.evaluate("[...document.querySelectorAll('.cw [id]')].map((e) => e.id)")
    assert len(names) == len(set(names)) >= 6
    three.map.press("ArrowRight")
    three.check(step=1)
    assert [str(one.check()), str(two.check())] == after[:2]


def test_a_picture_that_is_shown_no_more_is_silent(show):
    picture = show(COUNT)
    picture.button("Play").click()
    gone = picture.box.element_handle()
    picture = show("old = picture\n" + COUNT)
    words = "(box) => box.textContent"
    before = [gone.evaluate(words), picture.box.evaluate(words)]
    picture.host.execute("old.stride, old.step = 2, 0")
    picture.page.wait_for_timeout(900)
    assert picture.host.value("old.step") == 0  # it plays no more
    picture.host.execute("old.image = X; old.kernel = np.ones((9, 9))")
    assert [gone.evaluate(words), picture.box.evaluate(words)] == before
    picture.check()


# ------------------------------------------------------------------ the reader's own function

LOOP = """
def my_conv2d(image, kernel{more}):
    h, w = kernel.shape
    rows, columns = {rows}, {columns}
    feature_map = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            feature_map[r, c] = (image[r:r + h, c:c + w] * kernel).sum()
    {end}
"""
RIGHT = {
    "more": "",
    "rows": "image.shape[0] - h + 1",
    "columns": "image.shape[1] - w + 1",
    "end": "return feature_map",
}


def drive(show, source, call="mine=my_conv2d", image="X", kernel="HORIZONTAL_BAR"):
    picture = show(f"{source}\npicture = explore({image}, {kernel}, {call}, step=8)\npicture")
    told(picture)
    return picture


def told(picture):
    """What the picture says of the function, once it has answered."""
    return eventually(
        lambda: assured("being asked" not in picture.look().message and picture.look().message)
    )


def test_a_right_function_fills_the_map(show):
    picture = drive(show, LOOP.format(**RIGHT))
    assert told(picture) == "The map is what your function returned: all 9 cells are right."
    expect(picture.box.get_by_text("your map")).to_be_visible()
    picture.check()


def test_the_answer_follows_a_painted_pixel_a_typed_weight_and_the_step(show):
    picture = drive(show, LOOP.format(**RIGHT))
    picture.cell(picture.image, 0, 1).click()
    picture.weight(0, 0).fill("5")
    picture.map.press("ArrowUp")
    traits = picture.check()
    assert (traits.image[0, 1], traits.kernel[0, 0], traits.step) == (-1, 5, 5)
    assert "all 9 cells are right" in told(picture)
    picture.check(step=5)


def test_wrong_cells_are_marked_by_text_and_shape(show):
    wrong = LOOP.format(**{**RIGHT, "end": "feature_map[1, 1:] += 1; return feature_map"})
    picture = drive(show, wrong)
    assert told(picture) == (
        "The map is what your function returned. 2 of its 9 cells are wrong, marked with ✗."
    )
    right = conv2d(X, HORIZONTAL_BAR)
    seen = picture.look()
    for place, value in np.ndenumerate(right):
        marked = place[0] == 1 and place[1] >= 1
        assert seen.words[place[0]][place[1]].startswith("✗") == marked
        assert seen.dashed[place[0]][place[1]] == marked
        assert float(seen.map[place[0]][place[1]]) == value + marked
    picture.map.press("ArrowUp")
    seen = picture.look()
    assert seen.total.endswith("✗ yours: 2") and seen.result == "1"
    assert seen.live == "row 1, column 2: sum 2, wrong: it should be 1"


@pytest.mark.parametrize(
    "change, words",
    [
        ({"end": "pass"}, "Your function returned nothing (None). Is its last line return ...?"),
        ({"end": "return feature_mop"}, "in its line 13: NameError: name 'feature_mop' is not defined"),
        ({"end": "return np.stack([])"}, "in its line 13: ValueError: need at least one array to stack"),
        ({"rows": "2"}, "Your function returned the shape (2, 3); the feature map is (3, 3)."),
        ({"end": "return 'a map'"}, "Your function must return a grid of numbers."),
        ({"end": "return feature_map.sum()"}, "Your function returned the shape (); the"),
        ({"more": ", bias"}, "Your function stopped: TypeError: my_conv2d() missing 1 required"),
    ],
)  # fmt: skip
def test_a_function_that_fails_is_told_in_words(show, change, words):
    picture = drive(show, LOOP.format(**{**RIGHT, **change}))
    assert words in told(picture)
    assert picture.look().words == [["·"] * 3] * 3
    assert picture.look().result == "1"  # what is right is still written out
    picture.map.press("Home")
    assert picture.look().live == "row 0, column 0: sum ?"


def test_a_function_without_an_argument_stride(show):
    picture = drive(show, LOOP.format(**RIGHT))
    picture.slider("stride").press("ArrowRight")
    words = "Your function has no argument stride: it cannot follow that slider."
    eventually(lambda: assured(told(picture) == words))
    picture.slider("stride").press("Home")
    eventually(lambda: assured("all 9 cells" in told(picture)))


def test_a_function_with_all_arguments_follows_all_sliders(show):
    picture = drive(
        show, "", "mine=lambda image, kernel, **more: conv2d(image, kernel, **more)", "COUNTING"
    )
    for slider in ("stride", "padding", "dilation"):
        picture.slider(slider).press("ArrowRight")
        eventually(
            lambda: assured("cells are right" in told(picture) or "1 cells" in told(picture))
        )
    traits = picture.check()
    assert (traits.stride, traits.padding, traits.dilation) == (2, 1, 2)


def test_float32_and_infinity_are_not_called_wrong(show):
    picture = drive(
        show, "image = COUNTING / 3\nimage[0, 0] = np.inf",
        "mine=lambda image, kernel: conv2d(image, kernel).astype('float32')",
        "image", "np.full((3, 3), 1 / 9)",
    )  # fmt: skip
    assert "all 9 cells are right" in told(picture)


def test_an_own_pooling_drives_its_picture(show):
    picture = show(
        "picture = explore_pooling(COUNTING, mine=lambda image, size: pool2d(image, size) - 1)\npicture"
    )
    assert "4 of its 4 cells are wrong" in told(picture)


def test_a_slow_function_does_not_stop_the_window(show):
    slow = (
        "import time\ndef slow(image, kernel):\n    time.sleep(1)\n    return conv2d(image, kernel)"
    )
    picture = drive(show, slow, "mine=slow")
    picture.cell(picture.image, 0, 1).click()
    assert "being asked" in picture.look().message
    picture.map.press("Home")
    for step in range(1, 5):
        picture.slider("place of the window").press("ArrowRight")
        assert picture.look().where == f"place {step + 1} of 9"
    assert "all 9 cells are right" in told(picture)
    picture.check(step=4)
