"""Print a handout for each lesson, to be worked with a pencil, and its solutions.

    python tools/handouts.py                      all lessons, as PDF in the folder handouts/
    python tools/handouts.py 02_kernel            one lesson
    python tools/handouts.py --paper letter       for US Letter instead of A4

A handout is written in docs/worksheets/, where README.md says how to change one. It is Markdown: a
first block of Python computes its numbers, {{ ... }} puts them in, and --- begins a new page.
"""

import argparse
import math
import re
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools.handouts_parts import Sheet, lesson_cells  # noqa: E402 - found from any folder
from tools.jupyter_page import open_browser  # noqa: E402
from tools.setup_cell import ROOT  # noqa: E402

COURSE = "Convolution, One Window at a Time"
FOLDER = ROOT / "handouts"
WORKSHEETS = ROOT / "docs" / "worksheets"
NAMES = [path.stem for path in sorted(WORKSHEETS.glob("[0-9]*.md"))]
# For CSS: the name of the paper, its height and its margins above and below, in mm. At the sides
# there is room for holes; below stands the foot, where no copier cuts it off.
PAPERS = {"a4": ("A4", 297, 16, 19), "letter": ("letter", 279.4, 14, 17)}
SIDE = 18
MM = 25.4 / 96  # of a pixel in CSS
TOO_FULL = """() => [...document.querySelectorAll(".page")].map(page => {
    const frame = page.getBoundingClientRect();
    const parts = [...page.querySelectorAll("*")].filter(e => !e.closest(".line, svg *"));
    const boxes = parts.map(e => e.getBoundingClientRect());
    const cut = [...page.querySelectorAll("svg text")].filter(e => {
        const [word, all] = [e, e.closest("svg")].map(one => one.getBoundingClientRect());
        return Math.max(all.left - word.left, all.top - word.top,
                        word.right - all.right, word.bottom - all.bottom) > 0.5;
    });
    return [Math.max(...boxes.map(b => b.bottom)) - frame.bottom,
            Math.max(...boxes.map(b => b.right)) - frame.right,
            cut.map(e => e.textContent)];
})"""


def title_of(name):
    """A lesson's title: the first line of its first cell."""
    return lesson_cells(name)["title"].splitlines()[0].removeprefix("# ")


@cache
def question_of(lesson):
    """The question of a lesson, from the table of docs/TEACHING.md."""
    book = (ROOT / "docs" / "TEACHING.md").read_text("utf-8")
    return re.search(rf"(?m)^\| {lesson} [^|]+\| ([^|]+) \|", book).group(1)


def markdown_of(sheet):
    """The worksheet of a lesson with its numbers put in."""
    from jinja2 import Environment, StrictUndefined

    source = (WORKSHEETS / f"{sheet.name}.md").read_text("utf-8")
    _, numbers, text = re.split(r"(?s)\A```python\n(.*?)```\n", source)
    names = {}
    exec(numbers, names)  # the worksheet's own first block
    tools = names | sheet.tools()
    return Environment(undefined=StrictUndefined).from_string(text).render(tools)


def page_of(sheet, paper="a4"):
    """A handout as a page of HTML without any script."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    pages = [reader.render(part) for part in markdown_of(sheet).split("\n---\n")]
    pages[0] = head(sheet) + pages[0]
    body = "".join(f'<section class="page">{page}</section>' for page in pages)
    if sheet.solved:
        body += f'<section class="notes">{"".join(sheet.notes)}</section>'
    kind = "Solutions" if sheet.solved else "Handout"
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        f"<title>{kind} of lesson {sheet.lesson} · {title_of(sheet.name)}</title>"
        f"<style>{style(sheet, paper)}</style></head><body>{body}</body></html>"
    )


def head(sheet):
    """The head of the first page: course, lesson, its question, a line for name and date."""
    who = "<b>Solutions</b>" if sheet.solved else "<span>Name</span><i></i><span>Date</span><i></i>"
    return (
        f'<header><div class="top"><span>{COURSE} · Lesson {sheet.lesson} of {len(NAMES)}</span>'
        f"{who}</div><h1>{title_of(sheet.name)}</h1>"
        f'<p class="question">{question_of(sheet.lesson)}</p></header>'
    )


def style(sheet, paper):
    """The style sheet, with the size of the paper and the foot of every page."""
    name, height, top, bottom = PAPERS[paper]
    kind = " · Solutions" if sheet.solved else ""
    foot = f"{COURSE} · Lesson {sheet.lesson}{kind} · page "
    return (WORKSHEETS / "sheet.css").read_text("utf-8") + (
        f"@page {{ size: {name}; margin: {top}mm {SIDE}mm {bottom}mm;"
        f'@bottom-left {{ content: "{foot}" counter(page) " of " counter(pages); }}'
        '@bottom-right { content: "CC BY 4.0"; } }'
        f".page {{ height: {height - top - bottom - 1:g}mm; }}"
    )


@contextmanager
def opened(browser, html):
    """A handout in a browser, in which no script runs, as wide as what is printed of a page."""
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.emulate_media(media="print")
        page.set_viewport_size({"width": round((210 - 2 * SIDE) / MM), "height": 1000})
        page.set_content(html)
        yield page
    finally:
        context.close()


def print_sheet(browser, html, file=None):
    """Print a handout to PDF; raise `ValueError` if something does not fit on its page."""
    with opened(browser, html) as page:
        if complaints := list(too_full(page.evaluate(TOO_FULL))):
            raise ValueError(" ".join(complaints))
        return page.pdf(path=file, prefer_css_page_size=True, print_background=True, tagged=True)


def too_full(excesses):
    """Say of each page by how much its parts reach over its edges, and what its pictures cut off.

    The excess is in CSS pixels.
    """
    for number, (below, beside, cut) in enumerate(excesses, start=1):
        over = {"long": below, "wide": beside}
        over = [f"{math.ceil(by * MM)} mm too {way}" for way, by in over.items() if by > 1]
        if over:
            yield (
                f"Page {number} is too full, {' and '.join(over)}: ask for less room, or move a "
                "part to another page (a line of --- begins one)."
            )
        if cut:
            yield f"Page {number} has a picture too small for what it says: {', '.join(cut)}."


def main(arguments=None):
    """Print the handouts into handouts/; return 0, or 1 if one does not fit its pages."""
    parser = argparse.ArgumentParser(prog="handouts", description="Print handouts to PDF.")
    parser.add_argument("names", nargs="*", help="such as 02_kernel; without one, all lessons")
    parser.add_argument("--paper", choices=PAPERS, default="a4")
    chosen = parser.parse_args(arguments)
    FOLDER.mkdir(exist_ok=True)
    with open_browser() as browser:
        for name in chosen.names or NAMES:
            for solved, ending in (False, ""), (True, "_solutions"):
                file = FOLDER / f"{name}{ending}.pdf"
                try:
                    print_sheet(browser, page_of(Sheet(name, solved), chosen.paper), file)
                except ValueError as error:
                    print(f"{file.name}: {error}", file=sys.stderr)
                    return 1
                print(f"printed {FOLDER.name}/{file.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
