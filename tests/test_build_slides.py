"""What the slides are made from: plans that quote the lessons, and nothing for a lone reader."""

import base64
import io
import json
import re
import tomllib
from html import escape

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

import helpers
from helpers import COUNTING, DIAGONAL, PLUS, X, figures
from helpers.exercises import questions
from tools import build_slides as tool
from tools import slide_lesson, slide_pictures, slide_stills
from tools.setup_cell import ROOT

PATHS = sorted((ROOT / "notebooks").glob("0?_*.ipynb"))
LESSONS = {path.stem: tool.Lesson(path) for path in PATHS}
EACH = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
LONE_READER = re.compile(
    r"run (the|this|that|both|all) cells?|shift\+enter|stuck\?|without a mouse|press tab"
    r"|open in (colab|binder)|hint\(|check\(|\bimport |pip install|short path|notebook|<details",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def decks():
    """The page of each lesson's slides, without the drawings made anew: those take their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            slide_pictures, "drawn", lambda call, _="": f"<img alt='{escape(call)}' src='data:'>"
        )
        pages = {path.stem: tool.deck(path, None) for path in PATHS}
    return {name: BeautifulSoup(page, "html.parser") for name, page in pages.items()}


def plan_of(path):
    return tomllib.loads((tool.PARTS / f"{path.stem}.toml").read_text("utf-8"))


def seen(slide):
    """What the room reads on a slide."""
    copy = BeautifulSoup(str(slide), "html.parser")
    for part in copy.select("aside, script, .still"):
        part.decompose()
    return copy


@EACH
def test_a_lesson_is_given_in_the_order_in_which_one_learns(path, decks):
    every = decks[path.stem].select("section")
    slides = decks[path.stem].select("section:not(.spare)")
    kinds = {
        "question": ".prediction:not([data-answer])",
        "moving": "[data-moves]",
        "answer": ".prediction[data-answer]",
        "code": "pre.code",
        "myth": "blockquote",
    }
    first = {
        kind: next(i for i, s in enumerate(every) if s.select(where))
        for kind, where in kinds.items()
    }
    assert "title" in slides[0]["class"] and "last" in slides[-1]["class"]
    assert first["question"] < min(first["moving"], first["answer"], first["myth"])
    assert max(first["moving"], first["answer"], first["code"]) < len(slides)
    if "check(" in LESSONS[path.stem].part(2):
        assert "Exercise" in slides[-2].h2.text and slides[-2].select(".fragment")
    assert 12 <= len(slides) <= 24
    assert every[: len(slides)] == slides and len(every) > len(slides)  # the spare ones come last


@EACH
def test_every_prediction_of_the_short_plan_is_asked_and_answered(path, decks):
    lesson = LESSONS[path.stem]
    short = re.search(r"(?ms)^### \d\.2 .*?(?=^### )", lesson.book)[0]
    known = questions(lesson.number).PREDICTIONS
    named = [known[name]["question"] for name in re.findall(r'predict\("([^"]+)"\)', short)]
    asked = decks[path.stem].select(".prediction")
    for kind in (False, True):
        assert [p["data-question"] for p in asked if p.has_attr("data-answer") is kind] == named
    for prediction in asked:
        one = next(q for q in known.values() if q["question"] == prediction["data-question"])
        assert [b.span.text for b in prediction.select("button")] == one["options"]
        assert [b.span.text for b in prediction.select("[data-right]")] == [one["right"]]
        assert prediction.select_one(".answer").text == one["answer"]


@EACH
def test_the_notes_hold_the_whole_plan_of_25_minutes(path, decks):
    notes = " ".join(" ".join(aside.text.split()) for aside in decks[path.stem].select("aside"))
    rows = [minutes for minutes, *_ in slide_lesson.ROW.findall(LESSONS[path.stem].part(2))]
    assert len(rows) >= 8
    for minutes in rows:
        assert f"{minutes} " in notes, minutes
    told = [one["minute"] for one in plan_of(path)["slide"] if "minute" in one]
    told = [rows.index(one) for two in told for one in ([two] if isinstance(two, str) else two)]
    assert told == sorted(told)


@EACH
def test_a_prediction_has_what_the_class_may_say_in_its_notes(path, decks):
    for prediction in decks[path.stem].select("section:has(.prediction)"):
        wrong = len(prediction.select("button:not([data-right])"))
        assert prediction.select_one("aside th").text == "they say"
        assert len(prediction.select("aside tbody tr")) == wrong


@EACH
def test_nothing_is_said_that_only_a_lone_reader_needs_and_little_at_once(path, decks):
    for slide in decks[path.stem].select("section"):
        text = seen(slide).get_text(" ")
        assert not LONE_READER.search(text), LONE_READER.search(text)
        if "last" not in slide.get("class", []):
            words = sum(
                len(part.text.split()) for part in slide.select(".words :is(p, li):not(.fragment)")
            )
            assert words <= 45, slide.h2


@EACH
def test_the_question_of_a_lesson_is_that_of_the_teachers_book(path):
    row = re.search(rf"(?m)^\| {LESSONS[path.stem].number} .*? \| (.*?) \|", slide_lesson.book())
    assert plan_of(path)["question"] == row[1]


@EACH
def test_a_deck_asks_nothing_of_elsewhere_and_is_no_module(path, decks):
    deck = decks[path.stem]
    sources = [one.get("src") or one.get("href") for one in deck.select("[src], link[href]")]
    assert all(source.startswith(("parts/", "data:")) for source in sources)
    assert not deck.select('[type="module"]')
    assert all(image["alt"] for image in deck.select("img"))
    for picture in deck.select(".living script"):
        assert json.loads(picture.text)["large"] is True


def test_numbers_that_no_lesson_has_and_what_a_slide_cannot_have_are_refused():
    lesson = LESSONS["02_kernel"]
    for plan, problem in (
        ({"words": ["A nut weighs 4,711 grams."]}, "has no 4,711: “A nut weighs 4,711 grams.”"),
        ({"words": ["**Add** the nine products. Rest for 4.75 days."]}, "has no 4.75: “Rest for"),
        ({"myth": "It takes 98 days."}, "has no 98"),
        ({"minute": "3–4"}, "the plan for 25 minutes has no row 3–4"),
        ({"cell": "nowhere"}, "has no cell nowhere"),
        ({"cell": "my-conv2d", "lines": ["def my_conv3d"]}, "no line with “def my_conv3d”"),
        ({"cell": "tensorflow", "show": ["output"], "said": ["all 10"]}, "no line with “all 10”"),
        ({"cell": "explore-bars", "moves": [{"speed": 1}]}, "cannot be given speed"),
        ({"word": []}, "no slide can have word"),
    ):
        with pytest.raises(SystemExit, match=re.escape(problem)):
            tool.slide(lesson, plan)


def test_code_too_long_for_the_back_row_is_refused():
    with pytest.raises(SystemExit, match="Too long or too many lines for the back row: x"):
        tool.typeset([("code", "x" * 93)], False)
    with pytest.raises(SystemExit, match="Too long or too many"):
        tool.typeset([("code", "x\n" * 20)], False)
    (short,), (long,) = (tool.typeset([("code", "x" * n)], False) for n in (10, 92))
    sizes = [float(re.search(r"([\d.]+)rem", one)[1]) for one in (short, long)]
    assert sizes == [tool.LARGEST, tool.SMALLEST]


def test_imports_and_hints_are_not_shown():
    lesson = LESSONS["01_image_as_grid"]
    code = tool.code_of(lesson.cell("first-numbers"), {})
    assert code.splitlines()[0] == "photo = to_grey(photograph())"
    assert "hint" not in tool.code_of(lesson.cell("exercise-pixel"), {})


def state_of(lesson, cell):
    (output,) = LESSONS[lesson].cell(cell).outputs
    return output.metadata.picture.state


def test_a_move_keeps_what_it_does_not_name_and_the_place_is_set_last():
    moves = [{"step": 3}, {"image": "+", "step": 8}, {"paint": [[1, 2, 1]], "say": "not a trait"}]
    found = slide_pictures.positions(state_of("02_kernel", "explore-bars"), moves)
    assert [list(one) for one in found] == [["image", "step"]] * 4
    assert [one["step"] for one in found] == [0, 3, 8, 8]
    painted = PLUS.copy()
    painted[1, 2] = 1
    for one, image in zip(found, (X, X, PLUS, painted), strict=True):
        np.testing.assert_array_equal(one["image"], image)


def test_the_other_changes_of_an_image():
    grown = slide_pictures.positions(state_of("03_stride", "explore-grows"), [{"n": 5}])
    np.testing.assert_array_equal(grown[1]["image"], COUNTING)
    right = [{"right": 1}, {"image": "diagonal"}]
    shifted, diagonal = slide_pictures.positions(state_of("06_pooling", "explore-shift"), right)[1:]
    assert shifted["image"] == [[0, 8, 0, 0], [0, 0, 0, 0], [0, 4, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(np.array(diagonal["image"]) > 0, DIAGONAL > 0)
    coded = slide_pictures.positions(
        state_of("01_image_as_grid", "explore-codings"), [{"coding": [0, 255]}]
    )
    np.testing.assert_array_equal(coded[1]["image"], np.where(X == 1, 255, 0))
    assert coded[1]["coding"] == [0, 255]


def test_stills_on_slides_have_twice_the_pixels_and_all_colours():
    call = "explore_photograph(photograph(), kernel='box blur')"
    small = Image.open(io.BytesIO(eval(call, vars(helpers)).still()["image/png"]))
    page = BeautifulSoup(slide_pictures.drawn(call), "html.parser").img
    fine = Image.open(io.BytesIO(base64.b64decode(page["src"].partition(",")[2])))
    assert fine.size == tuple(2 * side for side in small.size)
    assert len(fine.convert("RGB").getcolors(1 << 24)) > 5000 > len(small.getcolors())
    assert page["alt"].startswith("box blur") and figures.FINE is False


def test_the_training_curve_is_that_of_the_stored_lesson():
    (output,) = LESSONS["07_mnist_cnn"].cell("train").outputs
    batches, seconds, right = re.search(
        r"Done after (\d+) of .* and (\d+) seconds.* Kept back: .*, ([\d.]+)% right",
        output.data["text/plain"],
        re.DOTALL,
    ).groups()
    deck = (tool.PARTS / "07_mnist_cnn.toml").read_text("utf-8")
    assert f"All {batches} batches, in {seconds} seconds." in deck
    for_teachers = (ROOT / "docs" / "TEACHING.md").read_text("utf-8")
    assert f"The training took {seconds} seconds in the stored lesson" in for_teachers
    run = json.loads(slide_stills.TRAINING.read_text("utf-8"))
    assert run["batches"] == int(batches)
    assert run["kept back"][-1] == [int(batches), float(right) / 100]
    seen = [batch for batch, _ in run["kept back"]]
    assert seen == sorted(seen)
    assert repr(slide_stills.training_curve(99)).endswith(
        "96.9% of the digits kept back are read right."
    )


def test_padding_is_drawn_round_an_image():
    plain, ringed = (
        slide_stills.padded(DIAGONAL, ((n, n), (n, n)), (0, 0, 3, 3), np.eye(3)) for n in (0, 1)
    )
    assert "top 1, bottom 1, left 1, right 1" in repr(ringed)
    sizes = [Image.open(io.BytesIO(one._repr_png_())).size for one in (plain, ringed)]
    assert all(two > one for one, two in zip(*sizes, strict=True))


def test_the_decks_lead_from_one_to_the_next_and_their_list_to_all(decks):
    for path, following in zip(PATHS, [*PATHS[1:], None], strict=True):
        learned = plan_of(path)["learned"]
        end = BeautifulSoup(tool.last(LESSONS[path.stem], learned, following), "html.parser")
        assert end.a["href"] == (f"{following.stem}.html" if following else "index.html")
        assert [one.text for one in end.select(".words li")] == [
            slide_lesson.plain(one) for one in learned
        ]
        assert 3 <= len(learned) <= 6
    listed = BeautifulSoup(tool.index(PATHS), "html.parser").select("li a")
    assert [one["href"] for one in listed] == [f"{path.stem}.html" for path in PATHS]


def test_other_files_are_not_overwritten(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(SystemExit, match="holds other files"):
        tool.build(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_reveal_js_has_what_the_slides_take_of_it():
    folder = tool.reveal()
    assert "MIT" in (folder / "dist" / "reveal.js").read_text("utf-8")[:200]
    for name in ("dist/reveal.js", "dist/reveal.css", "plugin/notes/notes.js"):
        text = (folder / name).read_text("utf-8")
        assert not re.search(r"(?:src|href)=\\?[\"']https?:|@import|url\(http", text), name
