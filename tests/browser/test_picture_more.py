"""What lessons 3, 4 and 6 add to the picture: sizes, bars, sides, fill, the other map, moving."""

import numpy as np
import pytest
from conftest import eventually
from playwright.sync_api import expect

from helpers.convolution import conv2d, pool2d
from helpers.figures import window_cells
from helpers.images import COUNTING, NINE

# The bars below the image (columns) and beside it (rows): from which cell to which they reach.
BARS = """(box) => {
  const grid = box.querySelector(".cw-panel-image");
  const cells = [...grid.querySelectorAll(".cw-cell")];
  const first = cells.find((cell) => !cell.row && !cell.column).getBBox();
  const side = first.width + 1;
  const lines = { rows: [], columns: [], now: [] };
  for (const bar of grid.querySelectorAll(".cw-foot")) {
    const box = bar.getBBox();
    const across = box.x > Math.max(...cells.map((cell) => cell.getBBox().x + side - 1));
    const [from, length] = across ? [box.y - first.y, box.height] : [box.x - first.x, box.width];
    lines[across ? "rows" : "columns"].push([from, from + length].map((v) => Math.round(v / side)));
    if (bar.classList.contains("cw-foot-now")) lines.now.push(lines[across ? "rows" : "columns"].length - 1);
  }
  return lines;
}"""


def spans(traits):
    """First and last cell of each column of windows and of each row, as the bars must show."""
    settings = traits.kernel, traits.size, traits.stride, traits.padding, traits.dilation
    rows, columns = conv2d(
        traits.image, traits.kernel, traits.stride, traits.padding, traits.dilation
    ).shape
    places = [window_cells(traits.image, (i, i), *settings) for i in range(max(rows, columns))]
    return {
        "columns": [[p[1][0], p[1][-1] + 1] for p in places[:columns]],
        "rows": [[p[0][0], p[0][-1] + 1] for p in places[:rows]],
    }


@pytest.mark.parametrize(
    "settings",
    [
        "stride=2",
        "stride=3, padding='same'",
        "dilation=2",
        "stride=(1, 2), padding=((0, 1), (2, 0))",
    ],
)
def test_a_bar_for_each_window(show, settings):
    picture = show(
        "picture = explore(np.arange(56).reshape(7, 8), np.ones((3, 2)), footprints=True, step=3, "
        f"{settings})\npicture"
    )
    traits = picture.check()
    bars = picture.box.evaluate(BARS)
    wanted = spans(traits)
    assert bars["columns"] == wanted["columns"]
    assert bars["rows"] == wanted["rows"]
    assert sorted(bars["now"]) == sorted(divmod(3, len(wanted["columns"])))
    picture.map.press("End")
    last = [len(wanted["rows"]) - 1, len(wanted["columns"]) - 1]
    eventually(lambda: same(sorted(picture.box.evaluate(BARS)["now"]), sorted(last)))


def same(one, other):
    assert one == other


def test_unreached_rows_and_columns_are_counted(show):
    picture = show(
        "picture = explore(np.arange(676).reshape(26, 26), np.ones((5, 5)), stride=2, "
        "footprints=True)\npicture"
    )
    assert picture.look().formula == ["11", "11"]
    words = picture.box.locator(".cw-missed").inner_text()
    assert words == "no window reaches 1 row and 1 column"
    picture.slider("stride").press("Home")
    assert picture.check(stride=1).image.shape == (26, 26)
    assert picture.box.locator(".cw-missed").count() == 0


def test_the_image_gets_another_size(show):
    picture = show(
        "picture = explore(np.ones((4, 4)), np.ones((3, 3)), controls=['n', 'size'])\npicture"
    )
    size = picture.slider("image size")
    size.press("ArrowRight")
    assert picture.check().image.tolist() == np.ones((5, 5)).tolist()
    size.press("Home")
    assert picture.check().image.shape == (3, 3)  # no smaller than the kernel
    assert picture.look().formula == ["1", "1"]
    size.press("End")
    assert picture.check().image.shape == (32, 32)
    picture.button("Reset to the start of the lesson").click()
    assert picture.check().image.shape == (4, 4)


def test_an_image_that_counts_goes_on_counting(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL, controls=['n'])\npicture")
    picture.slider("image size").press("ArrowRight")
    assert picture.check().image.tolist() == np.arange(36).reshape(6, 6).tolist()
    picture.slider("image size").press("ArrowLeft")
    assert picture.check().image.tolist() == COUNTING.tolist()


def sides(picture):
    names = ("top", "bottom", "left", "right")
    return [picture.box.get_by_label(f"padding {name}", exact=True) for name in names]


SIDES = "picture = explore(NINE, np.ones((2, 2)), controls=['sides', 'fill'])\npicture"


def test_padding_of_each_side(show):
    picture = show(SIDES)
    labels = picture.box.locator(".cw-side")
    assert labels.all_text_contents() == ["top 0", "bottom 0", "left 0", "right 0"]
    picture.button("padding same").press("Enter")  # a pointer would rest where the map grows
    picture.check(padding="same")
    assert labels.all_text_contents() == ["top 0", "bottom 1", "left 0", "right 1"]
    assert [field.input_value() for field in sides(picture)] == ["0", "1", "0", "1"]
    top, bottom, left, right = sides(picture)
    top.press("ArrowUp")
    assert picture.check(padding=[[1, 1], [0, 1]]).image.tolist() == NINE.tolist()
    left.fill("3")
    picture.check(padding=[[1, 1], [3, 1]])
    assert labels.all_text_contents() == ["top 1", "bottom 1", "left 3", "right 1"]
    picture.button("padding valid").click()
    picture.check(padding="valid")
    for field in (top, bottom, left, right):
        field.fill("2")
    picture.check(padding=2)  # the same on all sides: one number in Python


@pytest.mark.parametrize("text", ["9", "-1", "1.5"])
def test_a_senseless_side_is_refused_in_words(show, text):
    picture = show(SIDES)
    top = sides(picture)[0]
    top.fill(text)
    assert picture.look().message.startswith("Each side has 0 to 5 padding rows or columns; got ")
    assert top.get_attribute("aria-invalid") == "true"
    picture.check(padding="valid")
    top.fill("")
    assert picture.look().message == ""
    picture.check(padding="valid")
    top.fill("1")
    picture.check(padding=[[1, 0], [0, 0]])


def test_another_number_in_the_padding(show):
    picture = show(SIDES)
    picture.button("padding same").click()
    fill = picture.box.get_by_label("fill the padding with", exact=True)
    fill.fill("−2")
    assert picture.check(fill=-2, padding="same").image.tolist() == NINE.tolist()
    ours = conv2d(np.pad(NINE, ((0, 1), (0, 1)), constant_values=-2), np.ones((2, 2)))
    assert picture.host.value("picture.feature_map.tolist()") == ours.tolist()
    picture.map.press("End")
    picture.check(step=8)
    assert picture.look().total.replace("\u00a0", " ") == "7 − 4 = 3"  # 9 − 2 and −2 − 2
    fill.fill("much")
    assert "is not a number" in picture.look().message
    picture.check(fill=-2)


def test_the_code_lays_the_number_round_the_image(show):
    picture = show(SIDES)
    picture.button("padding same").click()
    picture.box.get_by_label("fill the padding with", exact=True).fill("0.5")
    picture.check(fill=0.5)
    picture.box.get_by_text("Code for this picture").click()
    expect(picture.box.locator("pre code")).to_contain_text("tf.nn.conv2d")
    code = picture.box.locator("pre code").inner_text().splitlines()
    lines = "\n".join(code[:3])
    picture.host.execute(f"{lines}\nours = {code[3]}")
    wanted = picture.host.value("picture.feature_map.tolist()")
    assert picture.host.value("ours.tolist()") == wanted
    picture.host.execute(f"tf = quiet_tensorflow()\n{code[4]}\n{code[5]}\ntheirs = {code[6]}")
    assert picture.host.value("theirs.numpy().tolist()") == wanted


BESIDE = """image = [[2, 0, 0, 0], [0, 3, 0, 0], [0, 0, 3, 0], [0, 0, 0, 2]]
picture = explore_pooling(image, beside=True, controls=["shift", "paint", "padding"], step=3)
picture"""

OTHER = """(box) => [...box.querySelectorAll(".cw-panel-beside .cw-values text")]
  .map((text) => Number(text.dataset.value))"""


def other(picture):
    """The map beside the picture's own is that of the other mode."""
    traits = picture.check()
    mode = "average" if traits.mode == "max" else "max"
    wanted = pool2d(traits.image, traits.size, traits.stride, traits.padding, mode)
    np.testing.assert_allclose(picture.box.evaluate(OTHER), wanted.ravel(), atol=1e-12)


@pytest.mark.parametrize("mode", ["max", "average"])
def test_the_other_pooling_stands_beside(show, mode):
    picture = show(BESIDE.replace("beside=True", f"beside=True, mode='{mode}'"))
    other(picture)
    picture.button("padding same").click()
    other(picture)
    assert picture.box.locator(".cw-result").all_text_contents()[0] == picture.look().result
    picture.box.locator(".cw-panel-beside .cw-cell").nth(1).click()
    assert picture.check(step=1).mode == mode
    picture.box.get_by_role("application", name="Beside it").press("Home")
    picture.check(step=0)


@pytest.mark.parametrize(
    "way, rows, columns", [("right", 0, 1), ("left", 0, -1), ("down", 1, 0), ("up", -1, 0)]
)
def test_the_image_moves_by_a_pixel(show, way, rows, columns):
    picture = show(BESIDE)
    before = picture.traits().image
    picture.button(f"Move the image {way}").click()
    padded = np.pad(before, 1)  # the border is mostly 0
    wanted = padded[1 - rows : 5 - rows, 1 - columns : 5 - columns]
    eventually(lambda: np.testing.assert_array_equal(picture.check().image, wanted))
    other(picture)
    counts = [
        int((pool2d(before, mode=mode) != pool2d(wanted, mode=mode)).sum())
        for mode in ("max", "average")
    ]
    assert picture.look().message == (
        f"Moved by one pixel, {way}. Changed, in dotted frames: {counts[0]} of 4 largest "
        f"values and {counts[1]} of 4 averages."
    )
    frames = picture.box.locator(".cw-changed-line")
    assert frames.count() == sum(counts)
    picture.button("Reset to the start of the lesson").click()
    eventually(lambda: np.testing.assert_array_equal(picture.check().image, before))
    assert frames.count() == 0
