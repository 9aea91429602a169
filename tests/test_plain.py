"""The lessons where nothing moves: as GitHub, nbviewer and a sheet of paper show them; links."""

import ast
import functools
import http.server
import re
import threading
from contextlib import nullcontext

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_notebook, new_output

import helpers
from helpers.stored import alternative
from tools import links, paper
from tools.paper import STAY_FOLDED, for_paper, plain_html, print_page
from tools.setup_cell import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
RECAP = ROOT / "notebooks" / "recap.ipynb"
pages = pytest.mark.parametrize("path", [*LESSONS, RECAP], ids=lambda path: path.stem)
# What a page says where something could not be shown.
MISSING = (
    r"(?i)model not found|error (displaying|rendering|loading)|loading (widget|\.\.\.)|<figure"
)


@functools.cache
def read(path):
    return nbformat.read(path, as_version=4)


@functools.cache
def html(path, template="lab"):
    return plain_html(read(path), template)


def seen(text):
    return BeautifulSoup(text, "html.parser")


@functools.cache
def page_of(path, template="lab"):
    return seen(html(path, template))


def outputs(path):
    return [one for cell in read(path).cells for one in cell.get("outputs", [])]


def shows(cell):
    """The name of what a code cell shows in its last line, such as explore or display, or ""."""
    if cell.cell_type != "code" or not cell.source:
        return ""
    last = ast.parse(cell.source).body[-1] if not re.search(r"(?m)^[%!]", cell.source) else None
    call = getattr(last, "value", None)
    name = getattr(getattr(call, "func", None), "id", "")
    pictures = r"explore\w*|show\w*|draw_digit|display"
    return name if re.fullmatch(rf"{pictures}|predict", name) else ""


# ------------------------------------------------------------------ GitHub, nbviewer


@lessons
def test_every_picture_leaves_a_still_and_every_question_its_text(path):
    found = [(shows(cell), cell) for cell in read(path).cells if shows(cell)]
    assert len(found) >= 5
    for name, cell in found:
        kinds = [set(one.data) for one in cell.outputs if "data" in one]
        kind = "text/html" if name == "predict" else "image/png"
        assert kinds and all(kind in one for one in kinds), cell.id
        if name == "display":
            pictures = ast.parse(cell.source).body[-1].value.args
            assert len(kinds) == len(pictures), cell.id


def images_have_words(path, template):
    alts = [image.get("alt", "") for image in page_of(path, template)("img")]
    assert all(len(alt) > 5 and "No description" not in alt for alt in alts)
    pictures = [one.data for one in outputs(path) if "image/png" in one.get("data", {})]
    stored = [alternative(data["text/plain"]) for data in pictures]
    assert len(stored) >= 5
    assert [alt for alt in alts if alt in stored] == stored, "its own words for each, in order"
    assert max(map(len, stored)) <= 402


@lessons
def test_every_image_has_words(path):
    images_have_words(path, "lab")


def test_every_image_has_words_on_nbviewers_kind_of_page():
    images_have_words(LESSONS[1], "classic")


@pages
def test_nothing_is_said_of_what_is_missing(path):
    text = page_of(path).get_text()
    assert not re.search(MISSING, text)
    for one in outputs(path):
        words = one.get("text", "") + "".join(
            content for kind, content in one.get("data", {}).items() if kind.startswith("text/")
        )
        assert not re.search(r"(?i)widget|\bat 0x[0-9a-f]|<[\w.]+ object", words), words[:200]


@pages
def test_nothing_is_needed_that_github_leaves_out(path):
    for one in outputs(path):
        data = one.get("data", {})
        assert set(data) <= {"image/png", "text/html", "text/markdown", "text/plain"}
        assert not re.search(
            r"<(script|style|iframe)|\bstyle=|\bon\w+=|\bclass=", data.get("text/html", "")
        )
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            prose = re.sub(links.CODE, "", cell.source)
            assert not re.search(r"<(script|style|iframe|video)|\bstyle=", prose), cell.id
    assert "<script" not in html(path)


@pages
def test_what_is_folded_opens_and_holds_markdown(path):
    for cell in read(path).cells:
        if cell.cell_type != "markdown":
            continue
        assert cell.source.count("<details>") == cell.source.count("</details>"), cell.id
        for inside in re.findall(r"(?s)<details>(.*?)</details>", cell.source):
            # Without the empty lines GitHub shows the Markdown inside as it was typed.
            assert re.match(r"\s*<summary>[^\n]+</summary>\n\n.*\n\n\s*$", inside, re.S), cell.id
    for fold in page_of(path)("details"):
        assert [child.name for child in fold if child.name][0] == "summary"
        words = "".join(t for t in fold.find_all(string=True) if not t.find_parent("code"))
        assert "`" not in words and "**" not in words


@pages
def test_headings_stand_in_order_in_what_is_folded_and_in_outputs_too(path):
    levels = [int(heading.name[1]) for heading in page_of(path)(re.compile("^h[1-6]$"))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(level <= before + 1 for before, level in zip(levels, levels[1:], strict=False))


def test_the_checks_see_what_they_look_for():
    output = new_output("display_data", {"image/png": "aa", "text/plain": "a map\n1 2"})
    script = new_output("display_data", {"text/html": "<script>1</script>say"})
    cell = new_code_cell("explore(X)\n", outputs=[output, script])
    page = plain_html(new_notebook(cells=[cell]))
    assert "<script" not in page and "say" in page
    assert len(seen(page)("img")) == 1
    output.metadata = {"image/png": {"alt": 'a "map"'}}
    for template in ("lab", "classic"):
        page = plain_html(new_notebook(cells=[cell]), template)
        assert [image["alt"] for image in seen(page)("img")] == ['a "map"']
    assert [shows(new_code_cell(s)) for s in ("x = 1", "f(x)\nshow(a=x)", "predict('2.bars')")] == [
        "",
        "show",
        "predict",
    ]
    assert re.search(MISSING, "Error displaying widget: model not found")


def test_a_long_text_is_cut_for_an_alternative():
    words = repr(helpers.explore([[1] * 20] * 20, [[1]]))
    assert len(words) > 800
    short = alternative(words)
    assert len(short) <= 402 and short.endswith(" …") and short.startswith("Sliding window: ")
    assert "\n" not in short


def test_where_pictures_move_a_still_one_has_its_words_too(monkeypatch):
    monkeypatch.delenv("CONVOLUTION_STILLS", raising=False)
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    helpers.show(kernel=[[1, -1]])._ipython_display_()
    (image,) = seen(shown[0]["text/html"])("img")
    assert image["alt"] == "kernel 1×2: 1 −1"
    assert image["src"].startswith("data:image/png;base64,iVBOR")
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    assert helpers.show(kernel=[[1, -1]])._ipython_display_ is None


# ------------------------------------------------------------------ paper

# Of a page as it is printed: what sticks out at the right, and what is higher than a sheet.
CUT_OFF = """() => {
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll("main img, main pre, main table, main p, main li")]
    .filter((e) => e.checkVisibility())
    .map((e) => [e, e.getBoundingClientRect()])
    .filter(([e, { right, height }]) => right > width + 1 || (e.matches("img") && height > 980)
      || (e.matches("pre") && e.scrollWidth > e.clientWidth + 1))
    .map(([e]) => e.outerHTML.slice(0, 90));
}"""


@pages
def test_on_paper_only_answers_stay_folded(path):
    page = seen(for_paper(html(path)))
    for fold in page("details"):
        folded = re.match(STAY_FOLDED, fold.summary.get_text())
        assert bool(folded) != fold.has_attr("open"), fold.summary
    titles = [fold.summary.get_text() for fold in page("details") if fold.has_attr("open")]
    assert "Fine print" in titles


def test_the_lessons_are_printed_and_nothing_is_cut_off(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 990})  # A4 within its margins
    for path in LESSONS:
        paper_page = for_paper(html(path))
        page.set_content(paper_page)
        assert page.evaluate(CUT_OFF) == [], path.stem
    context.close()
    printed = print_page(browser, paper_page)  # the last lesson, the longest
    assert 15 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 20
    assert len(printed) > 400_000, "its pictures are in it"


def test_the_command_prints_a_lesson(browser, monkeypatch, tmp_path, capsys):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").write_bytes(LESSONS[1].read_bytes())
    monkeypatch.setattr(paper, "ROOT", tmp_path)
    monkeypatch.setattr(paper, "open_browser", lambda: nullcontext(browser))
    assert paper.main(["a.ipynb"]) == 0
    assert (tmp_path / "paper" / "a.pdf").read_bytes().startswith(b"%PDF")
    assert capsys.readouterr().out == "printed paper/a.pdf\n"


# ------------------------------------------------------------------ links


def test_every_link_is_local_and_there_or_a_well_formed_address():
    assert links.offline_faults() == []


def test_every_address_is_in_the_list(capsys):
    assert links.main(["--list"]) == 0
    listed = capsys.readouterr().out
    assert "https://arxiv.org/abs/1603.07285  03_stride.ipynb, 04_padding.ipynb\n" in listed
    assert "README.md" in listed and "NOTICE" in listed
    assert len(listed.splitlines()) > 25


BAD = """# One, *two*

[x](none.md) ![y](cat.png) [z](#none) [good](#one-two) [too](#One,-two) [other](docs/b.md#here)
<a href="docs/b.md#there">v</a> `[code](not_a_link.md)` <https://nowhere>
https://a.sample.org/ü and
[a]: c.md
https://good.sample.org/page. http://127.0.0.1:8000 https://hub.example.org/x
"""


def test_bad_links_are_found(tmp_path):
    (tmp_path / "README.md").write_text(BAD, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "b.md").write_text('<a id="here"></a> [up](../README.md#one-two)')
    for name in ("LICENSE", "NOTICE"):
        (tmp_path / name).touch()
    assert links.offline_faults(tmp_path) == [
        "README.md: there is no none.md",
        "README.md: there is no cat.png",
        "README.md: nothing is called #none",
        "README.md: there is no c.md",
        "README.md: nothing is called docs/b.md#there",
        "https://a.sample.org/ü: no well-formed address",
        "https://nowhere: no well-formed address",
    ]


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path[1:]))
        self.end_headers()

    def log_message(self, *_):
        pass


def test_an_address_that_does_not_answer_is_named():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}"
        assert [links.online_fault(f"{place}/{code}") for code in (200, 403, 404)] == [
            "",
            "",
            f"{place}/404: 404 Not Found",
        ]
        server.shutdown()
    assert "refused" in links.online_fault(f"{place}/200")
