"""The handouts: what must be asked is asked, gaps are gaps, and what fills them is right."""

import itertools
import re
from contextlib import nullcontext
from functools import cache

import numpy as np
import pytest
from bs4 import BeautifulSoup

from helpers.exercises import questions
from helpers.judge import FunctionExercise
from tools import handouts
from tools.handouts import NAMES, opened, page_of, print_sheet, too_full
from tools.handouts_parts import Sheet, lesson_cells
from tools.handouts_pictures import Grid

lessons = pytest.mark.parametrize("name", NAMES)
# In the order of the sheet, from the stored lessons and their worked examples: what stands in its
# grids once they are filled, and in its gaps.
GRIDS = {
    "01_image_as_grid": {
        "black 0, white 255": "0 255 255 255 0, 255 0 255 0 255, 255 255 0 255 255",
        "x: = or ≠": "= ≠ ≠ ≠, ≠ = ≠ ≠, ≠ ≠ = ≠, ≠ ≠ ≠ =",
        "+: = or ≠": "= ≠ ≠ =, ≠ ≠ ≠ ≠, ≠ ≠ ≠ ≠, = ≠ ≠ =",
    },
    "02_kernel": {
        "map of x": "1 5 1, 1 −3 1, 1 5 1",
        "map of +": "−3 −3 −3, 5 5 5, −3 −3 −3",
        "map of −": "−3 −3 −3, 9 9 9, −3 −3 −3",
        "map of =": "9 9 9, −9 −9 −9, 9 9 9",
        "map": "−3 5 −3, −3 5 −3, −3 5 −3",
        "turned kernel": "8 7 6, 5 4 3, 2 1 0",
    },
    "03_stride": {
        "map with stride 2": "312 384 unused, 672 744 unused, unused unused unused",
        "map with stride 3": "312 unused unused, unused unused unused",
    },
    "04_padding": {
        "image with padding": "0 0 0 0 0 0, 0 1 0 0 0 0, 0 0 1 0 0 0",
        "map": "2 0 0 0, 0 3 0 0, 0 0 3 0, 0 0 0 2",
        "zeros after": "1 2 3 0, 4 5 6 0, 7 8 9 0, 0 0 0 0",
    },
    "05_filters": {
        "partial map R": "1 5 1, 1 −3 1, 1 5 1",
        "partial map G": "−3 5 −3, −3 5 −3, −3 5 −3",
        "partial map B": "1 1 1, −1 −1 −1, 1 1 1",
        "sum": "−1 11 −1, −3 1 −3, −1 11 −1",
        "feature map": "0 9 0, 0 0 0, 0 9 0",
        "map": "90 80 70, 60 50 40, 30 20 10",
        "your kernel": "1 1 −1, 1 −1 1, −1 1 1",
    },
    "06_pooling": {
        "largest": "3 0, 0 3",
        "average": "1.25 0, 0 1.25",
    },
    "07_mnist_cnn": {
        "error": "3 −1 3, −1 −9 −1, 3 −1 3",
        "products": "3 1 3, −1 9 −1, −3 1 −3",
        "kernel after one step": "0.67 −0.4 0.67, −0.4 −1.11 −0.4, 0.67 −0.4 0.67",
    },
}
GAPS = {
    "01_image_as_grid": "200 300 60,000 199 299 115 133 183 40 10 4 4 0,1,2,3 4 16 3 3 9 400 144",
    "02_kernel": "7 2 5 5 4 1 3 movedown moveright takethewindow multiply add write 120",
    "03_stride": "5 2.5 2 3 1 6 3 3 4 0 20 10 10 11 0 21 10.5 10 11 1 22 11 11 12 0 "
    "22 4.4 4 5 2 5 (3−1)×3+1 7 3",
    "04_padding": "2,3,3,2 zerosafter 4 6 2 1 1 yes 3 4 1 0 1 no 5 9 0 0 0 yes 3 7 2 1 1 yes "
    "3 7 1 0 1 no (1,1) (1,1) yes (1,1) (0,1) no",
    "05_filters": "680 160 1 1 0 0 100 100 0 0 photo photo edges edges 5 5 1 11 "
    "3×3×3+1=28 896 3×3×1+1=10 160 3×3×3+1=28 448 upsidedown 100 0",
    "06_pooling": "2 0.5 0 4 3 (2−1)×1 4 2 4 (3−1)×2 8 2 "
    "1 (5−1)×1 5 1 5 (2−1)×1 6 2 6 (5−1)×2 14 2 14 (2−1)×2 16 4",
    "07_mnist_cnn": "121 121 13.44 9 9 2 2 −0.4 −15 −3.33 0.67 25 5.56 −1.11 thefivethatforma+ "
    "0.665 −0.335 up 0.245 0.245 down 0.090 0.090 down 11.11 1 0.11 0.69 0.3 0.47 3 "
    "(14,14,16) 4×16=64 (14,14,32) 32×3×3×16=4,608 (7,7,32) 0 (7,7,32) 4×32=128 (7,7,128) "
    "128×3×3×32=36,864 (3,3,128) 0 (3,3,128) 4×128=512 (10,) 10×(3×3×128+1)=11,530 54,106 "
    "832 51,264 3,212,288 10,250 "
    "25 25 8 12 12 8 12 12 16 6 6 16",
}


@cache
def page(name, solved=False):
    sheet = Sheet(name, solved)
    return BeautifulSoup(page_of(sheet), "html.parser"), sheet.asked


def gaps(seen):
    return [gap.get_text() for gap in seen.select(".blank")]


def grids(seen):
    """The grids of a page as {name: rows}, the first of each name."""
    found = {}
    for drawing in seen.select("svg"):
        label = re.fullmatch(r"(.*?) ?\d+×\d+: (.*)", drawing["aria-label"])
        if label:
            found.setdefault(label[1], label[2])
    return found


def plain(markdown):
    """Words without marks, as they are read."""
    return re.sub(r"[*`>\\]|^[-\d.]+ ", "", " ".join(markdown.split()))


@lessons
def test_each_prediction_and_exercise_of_the_lesson_is_on_its_handout(name):
    asked = questions(int(name[:2]))
    seen, names = page(name)
    assert sorted(names) == sorted([*asked.PREDICTIONS, *asked.EXERCISES])
    exercises = [one for one in names if one in asked.EXERCISES]
    assert names[-len(exercises) :] == exercises  # they stand at the end
    words = seen.get_text()
    for prediction in asked.PREDICTIONS.values():
        assert prediction["question"] in words
        assert all(option in words for option in prediction["options"])
    assert len(seen.select(".room")) >= len(seen.find_all(string=re.compile(r"^Exercise \d")))
    assert 2 <= len(seen.select(".page")) <= 5, "A handout has two to five pages."


@lessons
def test_gaps_are_empty_and_the_solutions_fill_them(name):
    seen, solved = page(name)[0], page(name, solved=True)[0]
    assert gaps(seen) and not any(gaps(seen))
    assert all(gaps(solved)) and len(gaps(solved)) == len(gaps(seen))
    assert [gap.replace(" ", "") for gap in gaps(solved)] == GAPS[name].split()
    empty = sum(one["aria-label"].count("empty") for one in seen.select("svg"))
    unused = sum(one["aria-label"].count("unused") for one in solved.select("svg"))
    written = [one for one in solved.select(".figure:not(.left) text.found") if one.get_text()]
    assert len(written) + unused == empty > 0
    assert not seen.select(".found")


@lessons
def test_grids_are_filled_with_what_the_lesson_computes(name):
    filled = grids(page(name, solved=True)[0])
    for title, rows in GRIDS[name].items():
        assert filled[title].startswith(rows), title
    unfilled = grids(page(name)[0])
    assert all("empty" in unfilled[title] for title in GRIDS[name] if title != "zeros after")


def test_no_grid_tells_how_large_a_map_is():
    """The map of stride 2 is asked for: it is smaller than the grid that it is written into."""
    unfilled = grids(page("03_stride")[0])
    nine = ", ".join(["empty empty empty"] * 3)
    assert unfilled["map with stride 2"] == unfilled["map with stride 3"] == nine


@lessons
def test_no_answer_stands_on_the_handout(name):
    asked, words = questions(int(name[:2])), page(name)[0].get_text()
    solved = page(name, solved=True)[0].get_text()
    for prediction in asked.PREDICTIONS.values():
        assert prediction["answer"] not in words and prediction["answer"] in solved
    for key, exercise in asked.EXERCISES.items():
        assert exercise.why not in words
        there = exercise.why in solved or isinstance(exercise, FunctionExercise)
        assert there, f"docs/worksheets/{name}.md has no answer to {key}"
        assert not any(hint in words for hint in exercise.hints)
    for long in re.findall(r"\d[\d,]{4,}", " ".join(gaps(page(name, solved=True)[0]))):
        assert long not in words


def test_a_wrong_solution_is_refused():
    with pytest.raises(ValueError, match="does not call this right: 12"):
        Sheet("03_stride", solved=True).answer("3.size", 12)
    with pytest.raises(ValueError, match="has no sentence for 99"):
        Sheet("03_stride", solved=True).answer("3.size", 13, [99])
    mended = Sheet("03_stride").mended("exercise-places", ("span = k", "span = k + 1"))
    with pytest.raises(ValueError, match="does not call this right"):
        Sheet("03_stride").answer("3.places", mended)
    with pytest.raises(ValueError, match="does not hold: x = 1"):
        Sheet("03_stride").mended("exercise-places", ("x = 1", "x = 2"))


@lessons
def test_quotations_stand_in_the_lesson(name):
    lesson = " ".join(plain(text) for text in lesson_cells(name).values())
    quotes = page(name)[0].select("blockquote")
    assert quotes or name == "05_filters"
    for quote in page(name, solved=True)[0].select("blockquote p, blockquote li"):
        for sentence in re.split(r"(?<=[.:?]) ", plain(quote.get_text())):
            assert sentence in lesson, sentence


@lessons
def test_sections_bear_the_numbers_of_the_lesson(name):
    lesson = "\n".join(lesson_cells(name).values())
    *sections, last = [head.get_text() for head in page(name)[0].select("h2")]
    numbers = [section.split()[0] for section in sections]
    assert last == "Exercises" and numbers == sorted(set(numbers))
    assert all(re.search(rf"(?m)^## {number} ", lesson) for number in numbers)


@lessons
def test_each_wrong_answer_stands_under_a_name_of_its_own(name):
    """An exercise with two checks is 2 a) and 2 b) there."""
    heads = [one.get_text() for one in page(name, solved=True)[0].select(".notes b")]
    exercises = [one for one in heads if one.startswith("Exercise")]
    assert exercises and len(exercises) == len(set(exercises))


@lessons
def test_it_speaks_to_somebody_with_a_pencil(name):
    words = page(name)[0].get_text()
    assert not re.search(r"(?i)widget|run the cell|click|press|hint\(|check\(|slider", words)


@lessons
@pytest.mark.parametrize("solved", [False, True], ids=["handout", "solutions"])
def test_it_is_read_out_well_and_needs_nothing_from_outside(name, solved):
    seen = page(name, solved)[0]
    lesson = int(name[:2])
    assert seen.html["lang"] == "en-GB" and f"lesson {lesson} ·" in seen.title.string
    assert [head.name for head in seen.select("h1, h2")] == ["h1"] + ["h2"] * len(seen.select("h2"))
    assert all(one["role"] == "img" and one["aria-label"] for one in seen.select("svg"))
    assert not seen.select("script, link, img[src^=http], iframe")
    assert f"Lesson {lesson} of 7" in seen.header.get_text()
    assert ("Name" in seen.header.get_text()) is not solved


def test_nothing_reaches_over_the_edge_of_a_page(browser):
    """On US Letter, which is shorter: what fits there fits on A4."""
    assert handouts.PAPERS.keys() == {"a4", "letter"}
    found = {}
    with opened(browser, "") as shown:
        for name, solved in itertools.product(NAMES, (False, True)):
            shown.set_content(page_of(Sheet(name, solved), "letter"))
            sheet = f"{name}{', the solved sheet' if solved else ''}"
            found[sheet] = " ".join(too_full(shown.evaluate(handouts.TOO_FULL)))
    assert {sheet: words for sheet, words in found.items() if words} == {}


def test_a_picture_that_cuts_off_its_words_is_refused(browser):
    """The labels 113 to 116 need more room at the left than 0 to 4."""
    whole = page_of(Sheet("01_image_as_grid"))
    cut = re.sub(r'(aria-label="the part in the frame[^>]+viewBox=")0', r"\g<1>1.5", whole)
    assert cut != whole
    with pytest.raises(ValueError, match="^Page 1 .* too small .*: 113, 114, 115, 116.$"):
        print_sheet(browser, cut)


def test_a_page_that_is_too_full_is_refused(browser):
    html = page_of(Sheet("03_stride"))
    long = html.replace("<h2>Exercises", "<div style='height: 200mm'>.</div><h2>Exercises")
    with pytest.raises(ValueError, match=r"Page 3 is too full, \d+ mm too long: ask"):
        print_sheet(browser, long)
    wide = html.replace("<h2>Exercises", "<div style='width: 200mm'>.</div><h2>Exercises")
    with pytest.raises(ValueError, match=r"Page 3 is too full, 2\d mm too wide: ask"):
        print_sheet(browser, wide)


def test_make_handouts_prints_two_files_with_as_many_pages(browser, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(handouts, "FOLDER", tmp_path / "handouts")
    monkeypatch.setattr(handouts, "open_browser", lambda: nullcontext(browser))
    assert handouts.main(["03_stride"]) == 0
    for solved, ending in (False, ""), (True, "_solutions"):
        content = (tmp_path / "handouts" / f"03_stride{ending}.pdf").read_bytes()
        assert f"printed handouts/03_stride{ending}.pdf" in capsys.readouterr().out or solved
        assert (
            len(re.findall(rb"/Type /Page\b", content))
            == len(page("03_stride")[0].select(".page")) + solved
        )
        assert b"/MarkInfo" in content and b"/StructTreeRoot" in content
        assert b"/MediaBox [0 0 594" in content or b"/MediaBox [0 0 595" in content
    monkeypatch.setattr(handouts, "page_of", lambda *_: page_of(Sheet("02_kernel")) + "x" * 9)
    monkeypatch.setattr(handouts, "TOO_FULL", "() => [[90, 0, []]]")
    assert handouts.main(["03_stride"]) == 1
    assert "03_stride.pdf: Page 1 is too full" in capsys.readouterr().err


def test_cells_are_large_enough_for_a_pencil_and_digits_for_eyes():
    with pytest.raises(ValueError, match="A pencil needs cells of 9 mm"):
        Grid(np.eye(2), empty=True, cell=8)
    with pytest.raises(ValueError, match="too long for a cell"):
        Grid([[12345.25]], cell=9).drawing()
    drawing = Grid([[1, -2]], empty=[[0, 1]], window=(0, 0, 1, 1), second=(0, 1, 1, 1)).drawing("a")
    assert 'aria-label="a 1×2: 1 empty"' in drawing and "−2" not in drawing
    assert drawing.count("stroke-dasharray") == 1  # the two windows differ by their lines


def test_greys_are_those_of_the_scale_that_is_said():
    """The brightest pixel of a dark part is not white where 255 is."""
    values = [[10, 183]]
    assert 'fill="rgb(255,255,255)"' in Grid(values, shades=True).drawing()
    scaled = Grid(values, shades=(0, 255)).drawing()
    assert 'fill="rgb(189,189,189)"' in scaled and 'fill="rgb(236,236,236)"' in scaled
