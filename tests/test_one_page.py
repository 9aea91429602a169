"""Everything on one page: its numbers are right, it reads well, it prints on one sheet."""

import inspect
import json
import re

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

from helpers import one_page
from helpers.one_page import TITLE, document, five_steps, plain, sheet, words
from helpers.receptive import receptive_field
from helpers.reference import agree, quiet_tensorflow, tf_conv2d, tf_pool2d
from helpers.summary import blocks
from tools.lesson_rules import NAMES
from tools.living import living
from tools.paper import for_paper, plain_html, print_page, with_sheet
from tools.setup_cell import ROOT

RECAP = ROOT / "notebooks" / "recap.ipynb"


def rows(title):
    """The rows of the block whose title begins so, without the marks of HTML."""
    (block,) = [one for one in blocks() if one.title.startswith(title)]
    return [[re.sub("<[^>]*>", "", cell) for cell in row] for row in block.rows]


def numbers(text):
    """The whole numbers of a text; true minus signs count."""
    return [int(one.replace("−", "-").replace(",", "")) for one in re.findall(r"−?\d[\d,]*", text)]


# ------------------------------------------------------------------ what stands on it is true


def test_sizes_and_same_are_tensorflows():
    (_, _, valid), (_, _, same), (_, _, own) = rows("How large")
    for text, padding in ((valid, "valid"), (same, "same"), (own, 1)):
        n, k, s, *_, found = numbers(text)
        pads = ((0, 0), (1, 1)) if padding == 1 else padding
        assert tf_conv2d(np.ones((1, n)), np.ones((1, k)), (1, s), pads).size == found
    for sizes, *told in rows("SAME"):
        (n, k, s), (places, needed, missing, before, after) = numbers(sizes), map(int, told)
        row, kernel = np.arange(1, n + 1)[np.newaxis], np.arange(1, k + 1)[np.newaxis]
        theirs = tf_conv2d(row, kernel, (1, s), "same")
        padded = np.pad(row, ((0, 0), (before, after)))
        assert theirs.size == places and agree(tf_conv2d(padded, kernel, (1, s)), theirs)
        assert (needed, missing) == ((places - 1) * s + k, max(needed - n, 0))
    assert after == missing == 0, "the last example needs nothing"


def test_padding_and_pooling_are_tensorflows():
    convolution, largest, average = (row[-1] for row in rows("What stands"))
    ones = tf_conv2d(np.ones((4, 4)), np.ones((3, 3)), padding="same")
    assert numbers(convolution) == [ones[1, 1], ones[0, 1], ones[0, 0]] == [9, 6, 4]
    for text, mode in ((largest, "max"), (average, "average")):
        image, found = np.array(numbers(text)).reshape(2, 2, 2)
        assert agree(found, tf_pool2d(image, 2, 1, "same", mode))
    (_, _, largest), (_, _, average), (_, _, sizes) = rows("Pooling")
    window = np.array(numbers(largest)[:4]).reshape(2, 2)
    assert numbers(largest)[4] == tf_pool2d(window)[0, 0]
    assert float(average.split()[-1]) == tf_pool2d(window, mode="average")[0, 0]
    n, valid, same = numbers(sizes)
    found = [tf_pool2d(np.ones((1, n)), (1, 2), padding=p).size for p in ("valid", "same")]
    assert found == [valid, same]


def test_shapes_and_counts_are_tensorflows():
    image, kernel, one, layer, batch = (
        [tuple(numbers(part)) for part in row[-1].split("→")] for row in rows("Kernel, filter")
    )
    image, (many, result) = image[0], layer
    assert batch[0] == (1, *image) and kernel[0] == many[:2] and one[0] == many[:3]
    assert tf_conv2d(np.zeros(image), np.zeros(many)).shape == result
    assert tf_conv2d(np.zeros(image), np.zeros(many[:3])).shape == one[1]
    layers = quiet_tensorflow().keras.layers
    conv, dense, nothing = (numbers(row[-1])[-1] for row in rows("How many numbers"))
    for _, _, told in rows("How many numbers")[:2]:
        written, _, total = told.replace("×", "*").replace(",", "").partition("=")
        assert eval(written) == int(total)
    for made, size, told in (
        (layers.Conv2D(6, 5), (1, *image), conv),
        (layers.Dense(10), (1, 1152), dense),
        (layers.MaxPool2D(), (1, *image), nothing),
    ):
        made.build(size)
        assert made.count_params() == told


def test_the_arguments_and_names_are_those_of_tensorflow():
    tf = quiet_tensorflow()
    layers = tf.keras.layers
    known = inspect.signature(layers.Conv2D.__init__).parameters
    told = {name: (what, example) for name, what, example in rows("Conv2D: what")}
    assert told.keys() <= known.keys()
    assert known["use_bias"].default is True and known["padding"].default == "valid"
    image = np.zeros((1, 28, 28, 1))
    before, after = numbers(told["strides"][1])[1:]
    made = layers.Conv2D(6, 3, strides=2, padding="same", data_format="channels_last")
    assert (before, made(image).shape[1], made(image).shape[-1]) == (28, after, 6)
    k, n, smaller, same = numbers(told["padding"][1])
    for padding, size in (("valid", smaller), ("same", same)):
        assert layers.Conv2D(1, k, padding=padding)(np.zeros((1, n, n, 1))).shape[1] == size
    assert numbers(told["dilation_rate"][1]) == [2, 3, 5]
    assert layers.Conv2D(1, 3, dilation_rate=2)(image).shape[1] == 28 - 5 + 1
    assert float(tf.keras.activations.relu(np.array(-3.0))) == 0

    _, image, weights, _, _, dilation, largest, mean = rows("Three names")
    theirs = inspect.signature(tf.nn.conv2d).parameters
    assert {"filters", "strides", "padding", dilation[2].split("=")[0]} <= theirs.keys()
    assert dilation[3].split("=")[0] in known
    shapes = [tuple(numbers(row[2])) for row in (image, weights)]
    assert tf.nn.conv2d(*map(np.zeros, shapes), 1, "VALID").shape == (1, 3, 3, 1)
    for _, _, function, layer in (largest, mean):
        assert callable(getattr(tf.nn, function)) and getattr(layers, layer)


def test_the_receptive_field_and_the_gradient_step_are_right():
    found = rows("How far")
    layers = [tuple(name.split()) for name, *_ in found[1:]]
    fields = receptive_field([(kind, int(size)) for kind, size in layers])
    assert [numbers(told)[-1] for _, told, _ in found[1:]] == fields == [3, 4, 8]
    for _, told, _ in found[1:]:
        field, k, one, distance, total = numbers(told.replace("− 1", "−1"))
        assert field + (k + one) * distance == total
    tf = quiet_tensorflow()
    plus = np.ones((5, 5)) - 2 * (np.eye(5)[[2]] + np.eye(5)[:, [2]] > 0)
    target = tf_conv2d(plus, plus[1:4, 1:4])
    weights = tf.Variable(np.zeros((3, 3, 1, 1)))
    with tf.GradientTape() as tape:
        ours = tf.nn.conv2d(plus[np.newaxis, :, :, np.newaxis], weights, 1, "VALID")
        loss = tf.reduce_mean((ours[0, :, :, 0] - target) ** 2)
    slope = float(tape.gradient(loss, weights)[0, 1, 0, 0])
    told = [row[-1].replace("−", "-") for row in rows("A gradient")]
    assert told[0] == f"0 - {target.max():g} = -9"
    assert told[1] == f"{(target**2).sum():g} / 9 = {loss:.2f}" == "121 / 9 = 13.44"
    assert told[2] == f"2 × 9 / 9 = {slope:g}" and told[3] == f"0 - 0.2 × 2 = {-0.2 * slope:g}"
    shares = tf.nn.softmax([2.0, 1.0, 0.0]).numpy()
    assert told[4] == f"2, 1, 0 → {', '.join(f'{share:.3f}' for share in shares)}"
    assert told[5] == f"p = {shares[0]:.3f}: {-np.log(shares[0]):.3f}"


def lesson(number):
    """All that a lesson says and prints, without the marks of Markdown."""
    cells = json.loads((ROOT / "notebooks" / f"{NAMES[number - 1]}.ipynb").read_text("utf-8"))
    found = []
    for cell in cells["cells"]:
        found += cell["source"]
        for output in cell.get("outputs", []):
            found += output.get("text", []) + output.get("data", {}).get("text/plain", [])
    return re.sub(r"[*`\[\]]", "", "".join(found))


def test_every_myth_is_its_lessons_and_so_is_every_number_against_it():
    (block,) = [one for one in blocks() if one.kind == "myths"]
    told = dict.fromkeys(range(1, 8), 0)
    for item in block.items:
        number, myth, found = re.fullmatch(r"<b>(\d)</b> <i>“(.+)”</i> (.+)", item).groups()
        text = lesson(int(number))
        told[int(number)] += 1
        key = max(re.findall(r"[A-Za-z]+", myth), key=len)
        assert key.lower() in text.lower(), (myth, key)
        flat = text.replace(",", "").replace("×", "by")
        unknown = [n for n in numbers(found) if str(abs(n)) not in flat]
        assert not unknown, (myth, unknown)
    assert min(told.values()) >= 3 and sum(told.values()) == len(block.items) == 29


def test_the_drawing_is_the_first_window_of_lesson_2():
    assert five_steps().endswith("products −1 1 1 / −1 1 −1 / 1 1 −1; sum 1.")
    for step in ("take the window", "multiply", "add", "write", "move"):
        assert f" {step}</b>" in sheet()


# ------------------------------------------------------------------ its forms


def test_the_three_forms_say_the_same():
    styled, stored = (BeautifulSoup(html, "html.parser") for html in (sheet(), plain()))
    for one in styled.select("style, ol, .one-title"):
        one.decompose()
    told = [
        [cell.get_text() for cell in page(["td", "th", "li", "p"])] for page in (styled, stored)
    ]
    assert told[0] == told[1][1:] and told[1][0] == five_steps()
    for cell in told[0]:
        assert cell in words(), cell
    assert words().startswith(TITLE) and "<" not in words() and "&" not in words()


def test_a_stored_notebook_has_no_style_and_a_running_one_has(monkeypatch):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    data, metadata = one_page()._repr_mimebundle_()
    assert metadata == {"picture": {"kind": "OnePage"}}
    assert not re.search(r"class=|style|<svg", data["text/html"])
    monkeypatch.delenv("CONVOLUTION_STILLS")
    shown = one_page()._repr_mimebundle_()
    assert shown["text/html"].startswith("<style>") and "<svg" in shown["text/html"]
    assert shown["text/plain"] == data["text/plain"] == repr(one_page())


def test_on_the_site_and_on_paper_it_has_its_style_again():
    recap = nbformat.read(RECAP, as_version=4)
    outputs = [one for cell in living(recap, "Colab").cells for one in cell.get("outputs", [])]
    assert sum('<article class="one-page">' in str(one.get("data")) for one in outputs) == 1
    assert '<article class="one-page">' not in plain_html(recap)
    assert plain_html(with_sheet(recap)).count('<article class="one-page">') == 1


def test_it_is_written_to_a_file_and_other_names_are_refused(tmp_path, capsys):
    file = tmp_path / "one_page.html"
    assert one_page(str(file)) is None
    assert file.read_text("utf-8") == document() and document().startswith("<!DOCTYPE html>")
    assert str(file) in capsys.readouterr().out
    for wrong in ("one_page.pdf", "", 3, True, ["a.html"]):
        with pytest.raises(ValueError, match=r'file must be a name that ends in "\.html".*got'):
            one_page(wrong)


# ------------------------------------------------------------------ in a browser, on paper

# Of a page as it is shown: the smallest letters, in points, and what sticks out at the right.
LETTERS = """() => {
  const page = document.querySelector(".one-page");
  const walker = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let text; (text = walker.nextNode()); ) {
    const parent = text.parentElement;
    if (!text.data.trim() || parent.closest("style")) continue;
    const scale = parent.ownerSVGElement?.getScreenCTM().a ?? 1;
    found.push([parseFloat(getComputedStyle(parent).fontSize) * scale * 0.75, text.data]);
  }
  return found.sort((a, b) => a[0] - b[0])[0];
}"""
STICKS_OUT = """() => {
  const right = document.querySelector(".one-page").getBoundingClientRect().right;
  return [...document.querySelectorAll(".one-page *")]
    .filter((e) => e.tagName !== "STYLE" && e.getBoundingClientRect().right > right + 1)
    .map((e) => e.outerHTML.slice(0, 80));
}"""
# What stands too close to the column beside it: less than a letter's width between them.
TOO_CLOSE = """() => [...document.querySelectorAll(".one-page tr")].flatMap((row) => {
  const written = [...row.children].map((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return range.getBoundingClientRect();
  });
  const close = written.slice(1).some((one, i) => one.width && one.left < written[i].right + 5);
  return close ? [row.textContent] : [];
})"""
# The least contrast between letters and what lies below them, and where: a canvas knows colours.
CONTRAST = """() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (colour) => rgb(colour).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const page = document.querySelector(".one-page");
  const ground = getComputedStyle(page).backgroundColor;
  const found = [...page.querySelectorAll("*")].filter((e) => e.tagName !== "STYLE")
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => {
      const own = getComputedStyle(e), cell = e.matches(".one-value") && e.previousElementSibling;
      const below = cell ? getComputedStyle(cell).fill : ground;
      return [ratio(e.matches("text") ? own.fill : own.color, below), e.outerHTML.slice(0, 80)];
    });
  return found.sort((a, b) => a[0] - b[0])[0];
}"""
THEMES = {  # JupyterLab's own colours
    "light": "--jp-layout-color0: white; --jp-content-font-color0: rgba(0, 0, 0, 1)",
    "dark": "--jp-layout-color0: #111111; --jp-content-font-color0: rgba(255, 255, 255, 1)",
    "none": "",
}


def sheets(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_it_prints_on_one_sheet_of_a4_and_can_be_read(browser):
    printed = print_page(browser, document())
    assert sheets(printed) == 1
    (box,) = set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", printed))
    assert [round(float(side)) for side in box.split()] == pytest.approx([0, 0, 595, 842], abs=1)
    page = browser.new_page(viewport={"width": 733, "height": 1073})  # A4 within its margins
    page.emulate_media(media="print")
    page.set_content(document())
    size, text = page.evaluate(LETTERS)
    assert size >= 8.49, text
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(TOO_CLOSE) == []
    page.close()


def test_in_the_printed_recap_it_is_a_page_of_its_own(browser):
    def printed(*cells):
        notebook = nbformat.v4.new_notebook(cells=list(cells))
        return sheets(print_page(browser, for_paper(plain_html(with_sheet(notebook)))))

    cells = nbformat.read(RECAP, as_version=4).cells
    place = next(i for i, cell in enumerate(cells) if cell.id == "page")
    before, page, line = cells[place - 1], cells[place], nbformat.v4.new_markdown_cell("A line.")
    assert [printed(before), printed(before, line)] == [1, 1]
    assert [printed(before, page), printed(before, page, line)] == [2, 3]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1250, 560, 330])
def test_on_a_screen_it_wraps_and_has_contrast(browser, theme, width):
    scheme = "dark" if theme == "dark" else "light"
    page = browser.new_page(viewport={"width": width, "height": 720}, color_scheme=scheme)
    page.set_content(document())
    page.add_style_tag(content=f":root {{ {THEMES[theme]} }}")
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(TOO_CLOSE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    contrast, where = page.evaluate(CONTRAST)
    assert contrast >= 4.5, where
    assert page.evaluate(LETTERS)[0] >= 9
    page.close()


def test_headings_tables_and_drawings_have_their_names(browser):
    page = browser.new_page()
    page.set_content(document())
    assert Axe().run(page).response["violations"] == []
    levels = page.eval_on_selector_all("h1, h2, h3", "all => all.map((one) => one.tagName)")
    assert levels == ["H1", *["H2"] * len(blocks())]
    for drawing in page.locator("svg").all():
        assert len(drawing.get_attribute("aria-label")) > 5
    page.close()
    inside = BeautifulSoup(sheet(), "html.parser")
    assert len(inside.find_all(role="heading", attrs={"aria-level": "3"})) == len(blocks())
    assert not inside(re.compile("^h[1-6]$"))
    for table in inside("table"):
        assert all(row.th["scope"] == "row" for row in table.tbody("tr"))
