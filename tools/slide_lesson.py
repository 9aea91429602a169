"""A stored lesson, and its chapter in docs/TEACHING.md, as its slides need them."""

import re
from functools import cached_property

import nbformat
from markdown_it import MarkdownIt

from tools.setup_cell import ROOT

BOOK = ROOT / "docs" / "TEACHING.md"
MARKDOWN = MarkdownIt().enable("table")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LESSON = re.compile(r"Lesson (\d) of 7")
ROW = re.compile(r"(?m)^\| (\d+–\d+) \| (.*?) \| (.*?) \| (.*?) \|$")  # of a plan by the minute


class Lesson:
    """A stored lesson, and what its slides need of it."""

    def __init__(self, path):
        self.path = path
        self.cells = nbformat.read(path, as_version=4).cells
        self.number = int(LESSON.search(self.cells[0].source)[1])
        self.title, _, self.subtitle = self.cells[0].source.splitlines()[0][2:].partition(": ")
        self.book = re.search(rf"(?ms)^## Lesson {self.number}: .*?(?=^## )", book())[0]

    def cell(self, name):
        """Return the cell with this id."""
        for cell in self.cells:
            if cell.id == name:
                return cell
        raise SystemExit(f"{self.path.name} has no cell {name}.")

    def places_of(self, text):
        """Return the cells in which the sentences of a text stand, one for each."""
        return [self.place_of(one) for one in re.split(r"(?<=[.?:]) (?=[A-Z*`])", text)]

    def place_of(self, sentence):
        """Return the cell in which a sentence stands, or None if it stands elsewhere."""
        for cell in self.cells:
            if cell.cell_type == "markdown" and plain(sentence) in plain(cell.source):
                return cell
        for number in NUMBER.findall(plain(sentence)):
            if plain(sentence) not in plain(book()) and number not in self.numbers:
                raise SystemExit(f"{self.path.name} has no {number}: “{sentence}”.")
        return None

    @cached_property
    def numbers(self):
        """The numbers of the lesson, of what it prints, and of its chapter for teachers."""
        texts = [self.book, *(cell.source for cell in self.cells)]
        for output in (one for cell in self.cells for one in cell.get("outputs", [])):
            texts.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
        return set(NUMBER.findall("\n".join(texts)))

    def part(self, number):
        """Return one of the seven parts of the lesson's chapter for teachers."""
        return re.search(rf"(?ms)^### \d\.{number} .*?\n(.*?)(?=^### |\Z)", self.book)[1]

    def expected(self, name):
        """Return what the class may say to a prediction, what it reveals, and what to show then."""
        return re.search(rf"(?ms)^> \*\*{re.escape(name)}\*\* .*?(^\|.*?)(?=^$)", self.part(4))[1]

    def row(self, minute):
        """Return what the plan for 25 minutes says about these minutes."""
        for minutes, do, _, room in ROW.findall(self.part(2)):
            if minutes == minute:
                return f"**{minutes}** {do} *The class: {room}.*"
        raise SystemExit(f"{self.path.name}: the plan for 25 minutes has no row {minute}.")

    def before(self, cell):
        """Return the text that stands before a cell."""
        cells = self.cells[: self.cells.index(cell)]
        return next(one for one in reversed(cells) if one.cell_type == "markdown")

    def heading_of(self, cell):
        """Return the heading of the section in which a cell stands, without its number."""
        before = self.cells[: self.cells.index(cell)]
        sources = "\n".join(one.source for one in before if one.cell_type == "markdown")
        return re.findall(r"(?m)^##? (?:\d )?(.*)$", sources)[-1]


def book():
    """Return the teacher's book."""
    return BOOK.read_text("utf-8")


def plain(text):
    """Text on one line, without the marks of Markdown that change only its looks."""
    return " ".join(re.sub(r"[*`]", "", text).split())


def inline(text):
    """Return the HTML of one sentence in Markdown."""
    return MARKDOWN.renderInline(text)
