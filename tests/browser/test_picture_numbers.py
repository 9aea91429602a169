"""The numbers in the page: equal to NumPy's and TensorFlow's, and a sum that adds up as printed."""

import ast
import re
from decimal import Decimal

import numpy as np
import pytest
from conftest import eventually
from playwright.sync_api import expect

import helpers
from helpers import agree, conv2d, pool2d, quiet_tensorflow, tf_conv2d, tf_pool2d
from helpers.figures import number

CASES = 80  # random cases of each kind, in JupyterLab and in Notebook 7


def put(picture, **settings):
    """Give the picture settings from Python, all at once, and its last place as the step."""
    words = repr({n: v.tolist() if isinstance(v, np.ndarray) else v for n, v in settings.items()})
    picture.host.execute(f"""nan, inf = np.nan, np.inf
picture.step = 0
with picture.hold_sync():
    for name, value in {words}.items():
        setattr(picture, name, value)
    picture.step = picture.feature_map.size - 1""")


def shown(picture, wanted):
    """The page's whole map, once it shows the values wanted."""

    def look():
        page = np.array([[float(value or 0) for value in row] for row in picture.look().map])
        assert page.shape == wanted.shape
        np.testing.assert_allclose(page, wanted, rtol=1e-12, atol=1e-12)
        return page

    return eventually(look)


def random_numbers(rng, shape):
    kind = rng.choice(["signs", "whole", "eighths", "holes"])
    if kind == "signs":
        return rng.choice([-1, 1], shape)
    values = rng.integers(-99, 100, shape) / (1 if kind == "whole" else 8)
    if kind == "holes":
        values[rng.random(shape) < 0.1] = rng.choice([np.nan, np.inf, -np.inf])
    return values


def number_or_pair(rng, most):
    """A whole number from 1 to `most`, or a pair of them."""
    pair = tuple(rng.integers(1, most + 1, 2).tolist())
    return pair if rng.random() < 0.4 else pair[0]


def random_settings(rng, pooling):
    """Settings that go together, for an image of up to 32 by 32."""
    window = rng.integers(1, 5, 2)
    dilation = 1 if pooling else number_or_pair(rng, 3)
    most = min(window) if pooling else 4
    four = tuple(tuple(ends) for ends in rng.integers(0, most, (2, 2)).tolist())
    padding = ["valid", "same", int(rng.integers(0, most)), four][rng.integers(4)]
    span = (window - 1) * np.array(dilation) + 1
    size = span + rng.integers(0, rng.choice([4, 8, 20]), 2)
    settings = {
        "image": random_numbers(rng, size),
        "stride": number_or_pair(rng, 3),
        "padding": padding,
    }
    if pooling:
        return {**settings, "size": tuple(window.tolist())}
    kernel = rng.integers(-9, 10, window) / rng.choice([1, 4, 9])
    return {**settings, "kernel": kernel, "dilation": dilation}


def test_convolution_equals_numpy_and_tensorflow(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    rng = np.random.default_rng(7)
    for _ in range(CASES):
        settings = random_settings(rng, pooling=False)
        put(picture, **settings)
        page = shown(picture, conv2d(**settings))
        image = np.nan_to_num(settings["image"], posinf=0, neginf=0)
        sizes = {**settings, "image": np.abs(image), "kernel": np.abs(settings["kernel"])}
        assert agree(page, tf_conv2d(**settings), scale=conv2d(**sizes)), settings
    picture.check()


@pytest.mark.parametrize("mode", ["max", "average"])
def test_pooling_equals_numpy_and_tensorflow(show, mode):
    picture = show(f"picture = explore_pooling(COUNTING, mode={mode!r})\npicture")
    rng = np.random.default_rng(8)
    for _ in range(CASES // 2):
        settings = random_settings(rng, pooling=True)
        put(picture, **settings)
        page = shown(picture, pool2d(**settings, mode=mode))
        # TensorFlow's max pooling drops NaN, and its average pooling knows no numbers for padding.
        if mode == "max" and np.isnan(page).any():
            continue
        if mode == "max" or isinstance(settings["padding"], str):
            assert agree(page, tf_pool2d(**settings, mode=mode), scale=100), settings


# ------------------------------------------------------------------ the written sum

# Goes to every place by the slider, as a reader would, and reads the written sum there.
BILLS = """(box) => {
  const place = box.querySelector(".cw-player input[type=range]");
  const texts = (from, name) => [...from.querySelectorAll(name)].map((one) => one.textContent);
  return Array.from({ length: Number(place.max) + 1 }, (_, step) => {
    place.value = step;
    place.dispatchEvent(new Event("input"));
    return {
      tiles: [...box.querySelectorAll(".cw-tile")].map((tile) => texts(tile, ".cw-chip")),
      products: [...box.querySelectorAll(".cw-add .cw-line")].map((l) => texts(l, ".cw-chip")),
      rows: texts(box, ".cw-rowsum"),
      total: box.querySelector(".cw-total").textContent,
      result: box.querySelector(".cw-result").textContent,
    };
  });
}"""
KERNELS = {
    "counting": "COUNTING_KERNEL",
    "bar": "HORIZONTAL_BAR",
    "ninths": "np.full((3, 3), 1 / 9)",
    "gauss": "np.outer([1, 2, 1], [1, 2, 1]) / 16",
    "halves": "np.array([[0.5, -1.5], [2.25, -0.75]])",
    "tenths": "np.array([[0.1, -0.2, 0.3], [-0.7, 1.1, 0.7]])",
    "thirds and more": "np.array([[1 / 3, -2], [0.123456, 1]])",
    "irrational": "np.array([[np.pi, -np.e], [np.sqrt(2), 0]])",
    "one row": "np.array([[1, -2, 1]])",
    "one cell": "np.array([[0.25]])",
    "thousands": "np.array([[1000, -2000], [3000, 1]])",
    "ones of 5x5": "np.ones((5, 5))",
}
IMAGES = {
    "counting": "COUNTING",
    "signs": "X",
    "decimals": "np.round(np.random.default_rng(1).normal(size=(5, 5)), 2)",
    "fractions": "np.random.default_rng(2).random((5, 5))",
    "millions": "10**6 * COUNTING - 7",
    "photograph": "np.random.default_rng(3).integers(0, 256, (5, 5))",
}


def read(text):
    """The number that a text such as "= 1.50" or "− 3" says."""
    return Decimal(re.sub(r"[^\d.−e]", "", text).replace("−", "-"))


def terms(text):
    """The numbers that are added up in "5 − 74 + 0.50"."""
    return [read(term) for term in re.findall(r"−?\s?[\d.]+", text)]


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_written_sum_adds_up_at_every_place(show, kernel):
    picture = show(f"picture = explore(COUNTING, {KERNELS[kernel]}, padding=1)\npicture")
    for image in IMAGES.values():
        picture.host.execute(f"picture.image = {image}")
        picture.check()
        values = picture.host.value("picture.feature_map")
        for bill, value in zip(picture.box.evaluate(BILLS), np.ravel(values), strict=True):
            assert_adds_up(bill, value)


def assert_adds_up(bill, value):
    sums = [sum(map(read, row)) for row in bill["products"]]
    assert sums == [read(row) for row in bill["rows"]]
    *chain, result = re.split(
        r" = |, and | ÷ \d+ = ?| ÷ \d+ ≈ | ≈ |, with all decimals ", bill["total"]
    )
    assert result == number(value), "the same as in the cell"
    assert terms(chain[0]) == (sums if len(sums) > 1 else [])
    total = sum(sums)
    assert all(read(step) == total for step in chain[1:])
    factor = int(next(iter(re.findall(r"÷ (\d+)", bill["total"])), 1))
    if "with all decimals" in bill["total"]:
        assert abs(total / factor - read(result)) > Decimal("0.005")
    elif "≈" in bill["total"]:
        assert "e" in result or abs(total / factor - read(result)) <= Decimal("0.005")
    else:
        assert total == read(result) * factor


@pytest.mark.parametrize("kernel", ["counting", "bar", "ninths", "halves", "tenths"])
def test_each_product_is_that_of_its_pixel_and_weight(show, kernel):
    picture = show(f"picture = explore(COUNTING, {KERNELS[kernel]}, padding=1)\npicture")
    for bill in picture.box.evaluate(BILLS):
        for (pixel, weight), product in zip(bill["tiles"], sum(bill["products"], []), strict=True):
            assert read(pixel) * read(weight) == read(product), bill


@pytest.mark.parametrize("mode", ["max", "average"])
def test_what_pooling_writes(show, mode):
    picture = show(
        f"picture = explore_pooling(COUNTING / 8, 3, 1, padding='same', mode={mode!r})\npicture"
    )
    values = np.ravel(picture.host.value("picture.feature_map"))
    for bill, value in zip(picture.box.evaluate(BILLS), values, strict=True):
        if mode == "max":
            cells = re.fullmatch(r"largest of (.*): .*", bill["total"]).group(1).split(", ")
            assert max(map(read, cells)) == Decimal(value)
        else:
            words, count = re.match(r"\((.*)\) ÷ (\d+) ", bill["total"]).groups()
            assert len(terms(words)) == int(count)
            assert sum(terms(words)) / int(count) == Decimal(value) or "≈" in bill["total"]
            cells = terms(words)
        padded = 9 - len(cells)
        assert (f"({padded} padding cell" in bill["total"]) == (padded > 0)


# ------------------------------------------------------------------ the code


@pytest.mark.parametrize(
    "source, lines",
    [
        ("explore(COUNTING, COUNTING_KERNEL)", 2),
        ("explore(COUNTING / 3, np.full((2, 3), 1 / 9), stride=(1, 2), padding='same')", 2),
        ("explore(X, HORIZONTAL_BAR, padding=((0, 1), (2, 3)), dilation=2)", 2),
        ("explore(X, HORIZONTAL_BAR, stride=2, padding=1, dilation=(1, 2))", 2),
        ("explore([[np.nan, 1, 2e-7], [1e7, -3, 4]], [[1, -2.5]])", 2),
        ("explore_pooling(COUNTING, 2)", 2),
        ("explore_pooling(-COUNTING, (2, 3), 1, padding='same')", 2),
        ("explore_pooling(-COUNTING, 3, 2, padding=((0, 1), (2, 0)))", 2),
        ("explore_pooling(COUNTING, 2, 1, padding='same', mode='average')", 2),
        ("explore_pooling(COUNTING, 2, 1, padding=1, mode='average')", 1),
    ],
)
def test_the_code_computes_the_map_in_the_picture(show, source, lines):
    picture = show(f"picture = {source}\npicture.step = picture.feature_map.size - 1\npicture")
    picture.box.locator("summary").click()
    expect(picture.box.locator("pre")).to_contain_text("image = ")
    code = ast.parse(picture.box.locator("pre").text_content()).body
    names = {"np": np, "tf": quiet_tensorflow(), **vars(helpers)}
    maps = []
    for statement in code:
        if isinstance(statement, ast.Expr):
            maps.append(eval(ast.unparse(statement), names))
        else:
            exec(ast.unparse(statement), names)
    assert len(maps) == lines
    for one in maps:
        assert agree(picture.host.value("picture.feature_map"), one)
    picture.check()


def test_the_code_follows_the_picture_and_runs_in_the_notebook(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    picture.box.locator("summary").click()
    expect(picture.box.locator("pre")).to_contain_text("image = ")
    picture.slider("stride").press("ArrowRight")
    picture.weight(0, 0).fill("7")
    picture.cell(picture.image, 0, 0).click()
    code = picture.box.locator("pre").text_content()
    ours = [line for line in code.splitlines() if line.startswith("conv2d")]
    assert ours == ['conv2d(image, kernel, stride=2, padding="valid", dilation=1)']
    picture.check()
    picture.host.execute(code.split("\nconv2d")[0])
    assert picture.host.value(ours[0]) == picture.host.value("picture.feature_map")
