"""The receptive field in JupyterLab and in Notebook 7: by keyboard and pointer, against Python."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import NOTEBOOK, eventually
from playwright.sync_api import expect

from helpers.receptive import explore_receptive_field

NETWORK = [("conv", 5), ("pool", 2), ("conv", 5), ("pool", 2)]
SHOW = """from helpers import explore_receptive_field

picture = explore_receptive_field({layers!r}, n={n}, depth={depth})
{before}picture"""
# For each row: the numbers written into its cells, and which of them are the chosen one.
ROWS = """(box) => {
  const rows = [];
  box.querySelectorAll(".cw-field-cell").forEach((cell) => {
    (rows[cell.level] ??= []).push([cell.nextSibling.textContent, cell.classList.contains("cw-field-own")]);
  });
  return rows;
}"""
# Words that lie on a cell, or on the fans with no ground of their own behind them.
COVERED = """(box) => {
  const rects = (name) => [...box.querySelectorAll(name)].map((e) => e.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const behind = (a, b) => a.left >= b.left && a.right <= b.right && a.top >= b.top - 2 && a.bottom <= b.bottom + 2;
  const [plates, fans] = [rects(".cw-plate"), rects(".cw-fans path")];
  const cells = rects(".cw-field-cell, .cw-field-later");
  return [...box.querySelectorAll(".cw-field-texts text")].filter((text) => {
    const place = text.getBoundingClientRect();
    const free = !fans.some((fan) => meet(place, fan)) || plates.some((plate) => behind(place, plate));
    return !free || cells.some((cell) => meet(place, cell));
  }).map((text) => text.textContent);
}"""
CUT_OFF = """(box) => {
  const frame = box.querySelector(".cw-field svg").getBoundingClientRect();
  return [...box.querySelectorAll(".cw-field text")].filter((text) => {
    const { left, right, top, bottom } = text.getBoundingClientRect();
    return left < frame.left || right > frame.right || top < frame.top || bottom > frame.bottom + 1;
  }).map((text) => text.textContent);
}"""
SIZES = """(box) => [...box.querySelectorAll("svg")].map((s) => [s.clientWidth, s.clientHeight])"""


class Field:
    def __init__(self, host):
        self.host, self.page = host, host.page
        self.box = host.page.get_by_role("group", name="Receptive field")
        self.rows = self.box.get_by_role("application")
        self.says = self.box.get_by_role("status")

    def button(self, name):
        return self.box.get_by_role("button", name=name, exact=True)

    def cell(self, layer, cell):
        before = sum(level["cells"] for level in self.python().levels[:layer])
        return self.box.locator(".cw-field-cell").nth(before + cell)

    def python(self):
        """The picture with the settings that the kernel holds."""
        names = ("layers", "n", "depth", "chosen")
        values = self.host.value(f"dict({', '.join(f'{n}=picture.{n}' for n in names)})")
        picture = explore_receptive_field(values["layers"], values["n"], values["depth"])
        picture.chosen = list(values["chosen"])
        return picture

    def check(self, depth, chosen):
        """Wait until the page shows what Python computes, with these settings in both."""
        eventually(lambda: self._check(depth, chosen))

    def _check(self, depth, chosen):
        picture = self.python()
        assert (picture.depth, picture.chosen) == (depth, chosen)
        rows = self.box.evaluate(ROWS)
        assert [len(row) for row in rows] == [level["cells"] for level in picture.levels]
        for place, row in enumerate(rows):
            first, last = picture.seen[place] if place < len(picture.seen) else (0, -1)
            wanted = [str(j - first + 1) if first <= j <= last else "" for j in range(len(row))]
            assert [words for words, _ in row] == wanted
            assert [own for _, own in row] == [chosen == [place, j] for j in range(len(row))]
        layer, cell = chosen
        if layer:
            name, field = picture.levels[layer]["name"], picture.levels[layer]["field"]
            first, last = picture.seen[0]
            assert self.says.text_content() == (
                f"Cell {cell} of layer {layer} ({name}) sees {field} column{'s' * (field > 1)} "
                f"of the image, {first} to {last}."
            )


@pytest.fixture
def show(host):
    """Run a cell that shows a chain; the keys pressed afterwards must not reach the notebook."""
    host.page.set_viewport_size({"width": 1280, "height": 720})
    host.errors.clear()

    def run(depth=4, layers=NETWORK, n=16, before=""):
        host.run(SHOW.format(layers=layers, n=n, depth=depth, before=before))
        field = Field(host)
        expect(field.rows.first).to_be_visible()
        host.page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
        run.notebook = host.page.evaluate(NOTEBOOK)
        return field

    yield run
    assert host.page.evaluate(NOTEBOOK) == run.notebook
    # JupyterLab's own complaint when a page's first widget comes while it still restores others.
    assert [error for error in host.errors if "widget model not found" not in error] == []


def test_the_class_watches_it_grow(show):
    field = show(depth=1)
    field.check(1, [1, 5])
    expect(field.button("Remove layer")).to_be_disabled()
    for depth, chosen, seen in ((2, [2, 2], 6), (3, [3, 0], 14), (4, [4, 0], 16)):
        field.button("Add layer").click()
        field.check(depth, chosen)
        expect(field.says).to_contain_text(f"sees {seen} columns of the image")
        expect(field.box.locator(".cw-where")).to_have_text(f"{depth} of 4 layers")
    expect(field.button("Add layer")).to_be_disabled()
    expect(field.box.locator("svg")).to_contain_text("6 + (5 − 1) × 2 = 14")
    field.button("Remove layer").click()
    field.check(3, [3, 0])


def test_by_keyboard_alone(show):
    field = show(depth=3)
    field.rows.focus()
    for key, chosen in (
        ("ArrowRight", [3, 1]),
        ("ArrowRight", [3, 1]),  # there is no further cell
        ("ArrowUp", [2, 3]),
        ("Home", [2, 0]),
        ("ArrowLeft", [2, 0]),
        ("End", [2, 5]),
        ("ArrowUp", [1, 11]),
        ("ArrowUp", [0, 13]),
        ("ArrowUp", [0, 13]),
        ("ArrowDown", [1, 11]),
    ):
        field.page.keyboard.press(key)
        field.check(3, chosen)
    field.button("Remove layer").focus()
    for key, depth, chosen in (
        ("Enter", 2, [2, 2]),
        ("Tab", 2, [2, 2]),
        ("Space", 3, [3, 0]),
        ("Enter", 4, [4, 0]),
        ("Enter", 4, [4, 0]),  # there is no further layer, and the focus stays
        ("Tab", 4, [4, 0]),
        ("Home", 1, [1, 5]),
        ("ArrowRight", 2, [2, 2]),
        ("Tab", 2, [2, 2]),
        ("ArrowRight", 2, [2, 3]),
    ):
        field.page.keyboard.press(key)
        field.check(depth, chosen)


def test_by_pointer(show):
    field = show()
    field.cell(1, 7).hover()
    expect(field.says).to_have_text(
        "Cell 7 of layer 1 (conv 5) sees 5 columns of the image, 7 to 11."
    )
    assert field.python().chosen == [4, 0]  # pointing chooses nothing
    field.cell(2, 3).click()
    field.check(4, [2, 3])
    field.cell(0, 15).click()
    field.check(4, [0, 15])
    expect(field.says).to_have_text("Column 15 of the image sees itself.")


def test_what_python_sets_is_shown(host, show):
    field = show()
    host.execute("picture.depth = 2")
    field.check(2, [2, 2])
    host.execute("picture.chosen = [1, 11]")
    field.check(2, [1, 11])


def test_windows_that_overlap_and_strides_given(show):
    field = show(depth=3, layers=[("conv", 3, 2), ("pool", 3, 2), ("conv", 2)], n=19)
    field.check(3, [3, 1])
    expect(field.box.locator("svg")).to_contain_text("pool 3, by 2")
    field.cell(1, 2).click()
    field.check(3, [1, 2])
    field.cell(3, 1).click()
    field.rows.focus()
    field.page.keyboard.press("End")
    field.check(3, [3, 2])


@pytest.mark.parametrize("width", [640, 853, 1280])
def test_it_fits_the_page_and_its_frame_does_not_jump(host, show, width):
    host.page.set_viewport_size({"width": width, "height": 720})
    field = show(depth=1)
    host.page.wait_for_timeout(400)  # the page takes its new width
    assert field.box.evaluate("(box) => box.scrollWidth <= box.clientWidth")
    before = field.box.evaluate(SIZES)
    for _ in range(3):
        field.button("Add layer").click()
    field.check(4, [4, 0])
    assert field.box.evaluate(SIZES) == before


@pytest.mark.parametrize("width", [640, 853, 1280])
@pytest.mark.parametrize(
    ("layers", "n"), [([("conv", 3), ("pool", 2), ("conv", 3)], 8), (NETWORK, 16)]
)
def test_every_width_shows_the_distances_and_no_words_are_covered(host, show, width, layers, n):
    host.page.set_viewport_size({"width": width, "height": 720})
    depth = len(layers)
    field = show(depth=depth, layers=layers, n=n)
    host.page.wait_for_timeout(400)  # the page takes its new width
    words = " ".join(field.box.locator(".cw-field-texts text").all_text_contents())
    found = [int(number) for number in re.findall(r"neighbours (\d+)(?: columns?)? apart", words)]
    assert found == [level["jump"] for level in field.python().levels]
    assert re.search(r"\b1 cells|\b1 columns", words) is None
    assert "1 cell" in words
    for place in range(depth, 0, -1):
        field.cell(place, 0).click()
        field.check(depth, [place, 0])
        assert field.box.evaluate(COVERED) == []
        assert field.box.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("width", [853, 1280])
def test_layers_to_come_are_dotted_named_and_not_to_be_chosen(host, show, width):
    host.page.set_viewport_size({"width": width, "height": 720})
    field = show(depth=1)
    later, words = field.box.locator(".cw-field-later"), field.box.locator(".cw-field-texts")
    for depth, cells in ((1, 6 + 2 + 1), (2, 2 + 1), (3, 1), (4, 0)):
        expect(later).to_have_count(cells)
        expect(words.get_by_text("not yet")).to_have_count(4 - depth)
        names = words.locator("text").filter(has_text="not yet").all_text_contents()
        assert (
            names
            == [f"{name}  not yet" for name in ("conv 5", "pool 2", "conv 5", "pool 2")][depth:]
        )
        assert field.box.evaluate(COVERED) == []
        chosen = field.python().chosen
        if cells:
            expect(later.first).to_have_css("pointer-events", "none")
            expect(field.box.locator("svg [tabindex]")).to_have_count(0)
            said = field.says.text_content()
            later.first.hover(force=True)
            later.first.click(force=True)
            field.check(depth, chosen)
            field.rows.focus()
            field.page.keyboard.press("ArrowDown")
            field.check(depth, chosen)
            assert field.says.text_content() == said
            field.page.keyboard.press("End")
            last = field.python().levels[depth]["cells"] - 1
            field.check(depth, [depth, last])
            field.page.keyboard.press("Home")
            field.check(depth, [depth, 0])
            field.button("Add layer").click()
        else:
            assert chosen == [4, 0]
    expect(words).to_contain_text("14 + (2 − 1) × 2 = 16")


def test_two_views_go_together_in_both_themes(host, show):
    show(before="display(picture)\n")
    boxes = host.page.get_by_role("group", name="Receptive field")
    expect(boxes).to_have_count(2)
    boxes.last.get_by_role("button", name="Remove layer").click()
    expect(boxes.first.locator(".cw-where")).to_have_text("3 of 4 layers")
    try:
        host.theme("dark")
        expect(boxes.first).to_have_class(re.compile("cw-night"))
    finally:
        host.theme("light")
    expect(boxes.first).not_to_have_class(re.compile("cw-night"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_everything_has_a_name(host, show, theme):
    host.theme(theme)
    try:
        field = show(depth=3)
        night = expect(field.box)
        (night.to_have_class if theme == "dark" else night.not_to_have_class)(
            re.compile("cw-night")
        )
        field.box.evaluate("(box) => box.setAttribute('data-axe', '')")
        found = Axe().run(host.page, context="[data-axe]").response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    finally:
        host.theme("light")
    for role, name in (("button", "Add layer"), ("slider", "number of layers")):
        expect(field.box.get_by_role(role, name=name)).to_be_visible()
