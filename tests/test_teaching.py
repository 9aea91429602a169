"""docs/TEACHING.md: its plans add up, what it names exists, its sums and solutions are right."""

import doctest
import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import helpers
from helpers.exercises import questions, verdict

ROOT = Path(__file__).parent.parent
BOOK = (ROOT / "docs" / "TEACHING.md").read_text("utf-8")
CHAPTERS = dict(re.findall(r"(?ms)^## (.+?)\n(.*?)(?=^## |\Z)", BOOK))
LESSONS = {
    int(title[7]): text for title, text in CHAPTERS.items() if re.match(r"Lesson \d: ", title)
}
PARTS = (
    "Before the class",
    "25 minutes",
    "45 minutes",
    "What to ask, and what you will hear",
    "Fast and lost students",
    "Myths",
    "On the blackboard",
)
EACH = pytest.mark.parametrize("number", range(1, 8))
# The page code and the keys of each picture that the table of keys names.
KEYS = {
    "explorer.js": ("ArrowUp", "Home", "End", " ", "Enter", "Escape"),
    "channels.js": ("ArrowUp", "Home", "End", " ", "Enter", "Escape"),
    "pixels.js": ("ArrowUp", "Home", "End", " ", "Enter", "Escape"),
    "explorer_controls.js": ("ArrowUp", "ArrowDown", "Enter"),
    "receptive.js": ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"),
    "learning.js": ("ArrowUp", "Home", "End", " "),
    "drawing.js": ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", " ", "z"),
}


def plain(text):
    """Text on one line, without the marks of Markdown."""
    return " ".join(re.sub(r"\*\*|^> |\|", "", text, flags=re.MULTILINE).split())


def sections(number):
    """Section of a lesson -> its code and its text; the parts without a number by their kind."""
    (path,) = (ROOT / "notebooks").glob(f"0{number}_*.ipynb")
    found, here = {}, ""
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            found[here]["code"].append(source)
            continue
        for text in re.split(r"(?m)^(?=## )", source):
            title = text.splitlines()[0][3:] if text.startswith("## ") else ""
            here = kind(title) if title else here
            found.setdefault(here, {"title": title, "code": [], "text": []})
            found[here]["text"].append(plain(text))
    return found


def kind(title):
    if title[0].isdigit():
        return f"section {title[0]}"
    return "the myths" if title.endswith("that people say") else f"the {title.lower()}"


PLACES = {number: sections(number) for number in range(1, 8)}


def everything(number):
    """All that a lesson says: its cells, what they print, its questions."""
    (path,) = (ROOT / "notebooks").glob(f"0{number}_*.ipynb")
    words = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        words.append("".join(cell["source"]))
        for output in cell.get("outputs", []):
            words.append("".join(output.get("text", "")))
            words.append("".join(output.get("data", {}).get("text/plain", "")))
    asked = questions(number).PREDICTIONS
    return plain("\n".join([*words, *map(str, asked.values())]))


def part(number, name):
    """One of the seven parts of a lesson's chapter."""
    title = f"### {number}.{PARTS.index(name) + 1} {name}\n"
    assert title in LESSONS[number]
    return LESSONS[number].split(title)[1].split("\n### ")[0]


def spans(table):
    """The minutes at which the rows of a table begin and end."""
    return [tuple(map(int, row)) for row in re.findall(r"(?m)^\| (\d+)–(\d+) \|", table)]


def no_gap(rows):
    return all(begin < end for begin, end in rows) and all(a[1] == b[0] for a, b in pairwise(rows))


def test_every_link_of_the_contents_leads_somewhere():
    links = re.findall(r"\]\(#([^)]+)\)", BOOK)
    titles = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in CHAPTERS}
    assert len(links) > 12 and set(links) == titles - {"contents"}


def test_lines_are_no_longer_than_120_letters_outside_tables():
    long = [line for line in BOOK.splitlines() if len(line) > 120 and line[0] != "|"]
    assert not long


@EACH
def test_each_lesson_has_the_seven_parts_in_the_same_order(number):
    titles = re.findall(r"(?m)^### (.+)$", LESSONS[number])
    assert titles == [f"{number}.{place} {name}" for place, name in enumerate(PARTS, start=1)]
    assert len(LESSONS[number].split()) < 2000


@EACH
@pytest.mark.parametrize("minutes", [25, 45])
def test_the_plans_add_up(number, minutes):
    rows = spans(part(number, f"{minutes} minutes"))
    assert no_gap(rows) and (rows[0][0], rows[-1][1]) == (0, minutes)


def test_the_lecture_and_the_day_have_no_gaps():
    chapter = CHAPTERS["How to cut the course"]
    rows = spans(chapter)
    assert no_gap(rows) and (rows[0][0], rows[-1][1]) == (0, 50)
    day = re.findall(r"(?m)^\| (\d\d):(\d\d)–(\d\d):(\d\d) \| (.*) \|$", chapter)
    clock = [(60 * int(a) + int(b), 60 * int(c) + int(d)) for a, b, c, d, _ in day]
    assert no_gap(clock)
    lessons = [b - a for (a, b), row in zip(clock, day, strict=True) if row[4].startswith("lesson")]
    assert lessons == [45] * 7
    weeks = re.findall(r"(?m)^\| (\d) \| lesson (\d) \|", chapter)
    assert weeks == [(str(n), str(n)) for n in range(1, 8)]


@EACH
def test_the_sections_are_named_as_the_lesson_names_them(number):
    (named,) = re.findall(r"(?m)^Sections: ((?:.+\n)+?)\n", LESSONS[number])
    titles = [one["title"] for place, one in PLACES[number].items() if "section" in place]
    assert plain(named).strip(".") == plain(" · ".join(titles))


@EACH
def test_every_place_that_is_named_exists(number):
    named = places(LESSONS[number], number)
    named += [one for one in places(CHAPTERS["How to cut the course"]) if one[0] == number]
    assert len(named) > 15
    for lesson, section, code in named:
        found = PLACES[lesson][section]
        whole = found["code"] if code[0] == "`" else found["text"]
        assert any(code[1:-1] in one for one in whole), (lesson, section, code)


def places(text, number=None):
    """All (lesson, section, `code` or “words”) that a text names."""
    where = r"(?:lesson (\d), )?(section \d|the exercises|the myths), "
    found = re.findall(where + r"((?:(?:`[^`]+`|“[^”]+”)(?:, )?)+)", plain(text))
    return [
        (int(lesson or number), section, one)
        for lesson, section, several in found
        for one in re.findall(r"`[^`]+`|“[^”]+”", several)
    ]


@EACH
def test_every_plan_shows_something_of_the_lesson_in_each_row(number):
    whole = everything(number)
    for minutes in (25, 45):
        for row in re.findall(r"(?m)^\| \d+–\d+ .*$", part(number, f"{minutes} minutes")):
            shown = row.split(" | ")[2]
            quoted = re.fullmatch("“(.*)”", shown)
            assert quoted or places(shown, number) or shown == "as above", row
            assert not quoted or quoted[1] in whole, row


@EACH
def test_predictions_stand_word_for_word_with_every_option(number):
    chapter, plan = part(number, PARTS[3]), part(number, "25 minutes") + part(number, "45 minutes")
    asked = questions(number).PREDICTIONS
    assert re.findall(r"(?m)^> \*\*(.+?)\*\*", chapter) == list(asked)
    blocks = re.split(r"(?m)^(?=> \*\*)", chapter)[1:]
    for block, (name, one) in zip(blocks, asked.items(), strict=True):
        assert plain(block).startswith(f"{name} {one['question']} Right: {one['right']}.")
        rows = re.findall(r"(?m)^\| (.+?) \| .+ \| .+ \|$", block)
        wrong = [option for option in one["options"] if option != one["right"]]
        assert rows == ["they say", "---", *wrong]
        assert f'`predict("{name}")`' in plan


@EACH
def test_bold_words_and_myths_are_those_of_the_lesson(number):
    whole = everything(number)
    prose = re.sub(r"(?s)```.*?```", "", LESSONS[number])
    for word in re.findall(r"\*\*(.+?)\*\*", prose):
        known = word in whole or re.fullmatch(r"\d\.\w+|No network\?", word)
        assert known, word
    others = "".join(map(everything, range(1, 8)))
    for myth in re.findall(r"“(.+?)[.”]", part(number, "Myths").replace("\n", " ")):
        assert plain(myth) in others, myth


@EACH
def test_every_number_comes_from_the_lesson_or_from_a_sum(number):
    chapter = re.sub(r"(?m)^\| \d+–\d+ \|", "|", LESSONS[number])
    chapter = re.sub(r"minute \d+|\d+ minutes|###.*|\(\d\.\d\)|\d\.\w+\*\*", "", chapter)
    prose, sums = re.sub(r"(?s)```.*?```", "", chapter), "".join(blocks_of(chapter))
    known = set(numbers(everything(number))) | set(numbers(sums))
    unknown = [one for one in numbers(prose) if one not in known and len(one) > 1]
    assert not unknown


def numbers(text):
    return [one.strip(".").replace(",", "") for one in re.findall(r"\d[\d.,]*\d|\d", text)]


def blocks_of(text):
    return re.findall(r"(?s)```python\n(.*?)```", text)


@EACH
def test_the_blackboard_sums_are_right(number):
    blocks = blocks_of(LESSONS[number])
    assert blocks and all(">>>" in one for one in blocks)
    test = doctest.DocTestParser().get_doctest("".join(blocks), {}, f"lesson {number}", None, 0)
    assert len(test.examples) > 4
    told = []
    doctest.DocTestRunner(verbose=False).run(test, out=told.append)
    assert not told, "".join(told)


def solutions():
    """(exercise, right answer, the wrong answers to expect) of every solution."""
    names = {**vars(helpers), "np": np}
    for block in blocks_of(CHAPTERS["Solutions"]):
        exec(block, names)
    for item in re.findall(
        r"(?ms)^- (`check.*?)(?=^- |^#|^```|^Section|\Z)", CHAPTERS["Solutions"]
    ):
        first, _, expected = " ".join(item.split()).partition("Expect ")
        wrong = [eval(one, names) for one in re.findall("`(.+?)`", expected)]
        for name, answer in re.findall(r'`check\("(.+?)", (.+?)\)`', first):
            yield name, eval(answer, names), wrong


def test_every_exercise_is_solved_and_its_check_says_right():
    solved = {name for name, _, _ in solutions()}
    asked = {name for n in (*range(1, 8), "r") for name in questions(n).EXERCISES}
    assert solved >= asked, f"docs/TEACHING.md, Solutions, has no check( of {asked - solved}"
    assert solved <= asked, f"docs/TEACHING.md solves what nobody asks: {solved - asked}"
    for name, answer, _ in solutions():
        right, sentence = verdict(name, answer)
        assert right, (name, sentence)


def test_the_wrong_answers_to_expect_are_known_to_the_check():
    count = 0
    for name, _, wrong in solutions():
        exercise = questions(name[0]).EXERCISES[name]
        for answer in wrong:
            right, sentence = verdict(name, answer)
            named = [f"Not yet. {text}" for _, text in exercise.mistakes]
            assert not right and sentence in named, (name, answer, sentence)
            count += 1
    assert count > 25


def test_the_keys_are_those_of_the_page_code():
    for file, keys in KEYS.items():
        code = (ROOT / "helpers" / file).read_text("utf-8")
        arrows = "ArrowUp ArrowDown ArrowLeft ArrowRight" if "ARROW_KEYS[" in code else ""
        for key in keys:
            known = f'"{key}"' in code or re.search(rf"\b{key.strip() or 'x x'}\b", code + arrows)
            assert known, (file, key)
