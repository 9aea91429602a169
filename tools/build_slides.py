"""Build slides of the seven lessons for a projector: `make slides` writes them to _slides/.

    python tools/build_slides.py            builds them in _slides/
    python tools/build_slides.py FOLDER     builds them in another folder

Nothing is run and nothing comes from elsewhere: the slides work offline, from a USB stick too.
slides/NN_name.toml says which cells of a lesson are shown, and in which order. A slide may have

    minute    the row, or rows, of the plan for 25 minutes (docs/TEACHING.md) that it belongs to
    cell      the id of the cell whose result is shown; without it the slide has words alone
    show      what of it, of "picture", "question", "answer", "code", "output"; else tools choose
    picture   which of several pictures of the cell, counted from 1
    draw      a call that draws a still picture, sharp at any size, in place of the cell's own
    beside    the same, to the right of a question or of words
    lines     lines of the code to show, each by a part of it; all if it is missing
    said      the same for the lines of the output
    heading   else the heading of the section in which the cell stands
    words     sentences to show at once; `list = true` numbers them, `list = 4` from 4 on
    then      sentences that come one by one
    myth      what people say, before `then`
    say       the line above a moving picture before its first move
    moves     what the picture is set to, one press after the other; each keeps what it does not
              name. A trait's value, or `image` by its name, `paint` ([row, column, value], ...),
              `right` (moved by so many pixels), `n` (so many rows, counting from 0), `coding`,
              or `draw`, a call that draws a picture that needs Python anew. `say` goes above it.

A plan begins with the `question` of the lesson and the sentences of its last slide, `learned`. What
stands under [[spare]] comes after that, for questions from the room.

Sentences are best quoted from the lesson: what it says at greater length then becomes the notes. In
a sentence that stands nowhere else, each number must be one of the lesson or of docs/TEACHING.md,
else nothing is built.
"""

import base64
import importlib.util
import json
import re
import shutil
import sys
import textwrap
import tomllib
from functools import cached_property
from html import escape
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import helpers  # noqa: E402 - found from any folder
from helpers import figures  # noqa: E402
from helpers.explorer import from_page, to_page  # noqa: E402
from tools import slide_stills  # noqa: E402
from tools.living import image, page_code, picture, still  # noqa: E402
from tools.setup_cell import ROOT  # noqa: E402

PARTS = ROOT / "slides"
BOOK = ROOT / "docs" / "TEACHING.md"
MARKDOWN = MarkdownIt().enable("table")
KEYS = {"cell", "show", "picture", "lines", "said", "heading", "words", "list", "then", "myth"}
KEYS |= {"say", "moves", "minute", "draw", "beside"}
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LESSON = re.compile(r"Lesson (\d) of 7")
ONLY_HERE = re.compile(r"(?m)^\[!\[Open in .*\n|^<details>(?s:.*?)</details>")
ROW = re.compile(r"(?m)^\| (\d+–\d+) \| (.*?) \| (.*?) \| (.*?) \|$")  # of a plan by the minute
# rem: 1/80 of the width of a screen of 16 to 9. Letters, and what may stand beside each other.
LARGEST, SMALLEST, WIDTH, WIDEST, HEIGHT = 2.1, 1.375, 70.0, 76.2, 32.0


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


# ---------------------------------------------------------------- one slide


def slide(lesson, plan, kind=""):
    """Return the HTML of the slide that `plan` describes."""
    if unknown := plan.keys() - KEYS:
        raise SystemExit(f"{lesson.path.name}: no slide can have {', '.join(sorted(unknown))}.")
    cell = lesson.cell(plan["cell"]) if "cell" in plan else None
    heading = plan.get("heading") or ("What people say" if "myth" in plan else None)
    heading = heading or (lesson.heading_of(cell) if cell else "")
    body = told(plan) + (shown(cell, plan) if cell or "draw" in plan else "")
    if "beside" in plan:
        body = f'<div class="sides"><div>{body}</div>{pictured(plan["beside"])}</div>'
    if 'class="captions"' in body:
        body = body.replace("{heading}", inline(heading))
        heading = ""
    head = f"<h2>{inline(heading)}</h2>" if heading else ""
    return f"<section{kind}>{head}{body}{notes(lesson, cell, plan)}</section>"


def told(plan):
    """Return the HTML of a slide's own sentences, those that come one by one last."""
    myth = f"<blockquote><p>“{inline(plan['myth'])}”</p></blockquote>" if "myth" in plan else ""
    words, then = plan.get("words", []), plan.get("then", [])
    if "list" not in plan:
        texts = [f"<p>{inline(one)}</p>" for one in words]
        texts += [f'<p class="fragment">{inline(one)}</p>' for one in then]
        return f'{myth}<div class="words">{"".join(texts)}</div>' if myth or texts else ""
    first = "" if plan["list"] is True else f' start="{plan["list"]}"'
    # Where some sentences come one by one, those are the list; what stands before is its heading.
    above = "".join(f"<p>{inline(one)}</p>" for one in words) if then else ""
    items = [f'<li class="fragment">{inline(one)}</li>' for one in then]
    items = items or [f"<li>{inline(one)}</li>" for one in words]
    return f'<div class="words">{above}<ol{first}>{"".join(items)}</ol></div>'


def shown(cell, plan):
    """Return the HTML of what a slide shows of a cell, or of the picture that it draws."""
    if "draw" in plan:
        picture = moving([], plan) if "moves" in plan else pictured(plan["draw"])
        if cell is None or "show" not in plan:
            return f'<div class="body">{picture}</div>'
    pictures = [one for one in cell.get("outputs", []) if is_picture(one)]
    asked = [one for one in pictures if one.metadata.get("picture", {}).get("kind") == "Prediction"]
    pictures = [one for one in pictures if one not in asked]
    parts = plan.get("show") or ["question" if asked else "picture" if pictures else "code"]
    made = []
    for part in parts:
        if part in ("question", "answer"):
            made.append(question(json.loads(asked[0].metadata.picture["state"]), part))
        elif part == "picture" and "draw" in plan:
            made.append(picture)
        elif part == "picture":
            place = plan.get("picture")
            made.append(moving(pictures[place - 1 : place] if place else pictures, plan))
    texts = {"code": code_of(cell, plan), "output": output_of(cell, plan)}
    made[:0] = typeset([(part, texts[part]) for part in parts if part in texts], bool(made))
    kind = "question" if asked else "beside" if len(made) > 1 and "picture" in parts else "body"
    return f'<div class="{kind}">{"".join(made)}</div>'


def is_picture(output):
    return "image/png" in output.get("data", {}) or "picture" in output.get("metadata", {})


def question(asked, part):
    """Return the HTML of a prediction; slides.js lets the room choose and shows the answer."""
    options = "".join(
        f'<li><button type="button"{" data-right" if text == asked["right"] else ""}>'
        f'<b>{"abcdefgh"[place]}</b> <span>{escape(text)}</span> <i aria-hidden="true"></i>'
        "</button></li>"
        for place, text in enumerate(asked["options"])
    )
    words, answer = escape(asked["question"]), " data-answer" if part == "answer" else ""
    lead, _, reason = asked["answer"].partition(". ")
    first = f"<b>{escape(lead)}.</b> {escape(reason)}" if reason else escape(lead)
    return (
        f'<div class="prediction" data-question="{words}"{answer}>'
        f'<p class="asked">{words}</p><ol class="options">{options}</ol>'
        f'<p class="answer" role="status">{first}</p></div>'
    )


# ---------------------------------------------------------------- code and what it prints


def code_of(cell, plan):
    """Return the lines of a cell's code that a slide shows."""
    lines = [line for line in cell.source.splitlines() if line.strip()]
    lines = chosen(lines, plan.get("lines"), cell)
    lines = [line for line in lines if not re.match(r"import |from .* import |# hint", line)]
    return textwrap.dedent("\n".join(lines))


def output_of(cell, plan):
    """Return the lines of a cell's printed output that a slide shows."""
    text = "".join(one.text for one in cell.get("outputs", []) if one.output_type == "stream")
    return "\n".join(chosen(text.rstrip().splitlines(), plan.get("said"), cell))


def chosen(lines, wanted, cell):
    """Return the lines of which a part is wanted, in their own order; every part must be found."""
    for part in wanted or []:
        if not any(part in line for line in lines):
            raise SystemExit(f"Cell {cell.id} has no line with “{part}”.")
    return [line for line in lines if not wanted or any(part in line for part in wanted)]


def typeset(parts, half):
    """Return the HTML of code and output, in letters as large as the longest line allows."""
    if not parts:
        return []
    lines = "\n".join(text for _, text in parts).splitlines()
    widest = 0.602 * max(map(len, lines))  # of letters of 1 rem
    size = min(LARGEST, (0.62 if half else 1) * WIDTH / widest, HEIGHT / (1.4 * len(lines)))
    size = max(size, min(SMALLEST, WIDEST / widest))
    if size < SMALLEST or 1.4 * size * len(lines) > 1.01 * HEIGHT:
        raise SystemExit(f"Too long or too many lines for the back row: {max(lines, key=len)}")
    made = {"code": lambda text: highlight(text, PythonLexer(), HtmlFormatter(nowrap=True))}
    return [
        f'<pre class="{kind}" style="font-size: {size:.3f}rem">{made.get(kind, escape)(text)}</pre>'
        for kind, text in parts
    ]


# ---------------------------------------------------------------- pictures


def moving(outputs, plan):
    """Return the HTML of a picture: the line above it, itself, and a fragment for each move."""
    moves = plan.get("moves", [])
    if not moves:
        return f'<div class="picture">{"".join(map(alive, outputs))}</div>'
    says = {0: plan.get("say", "")} | {i: move.get("say") for i, move in enumerate(moves, start=1)}
    captions = "".join(
        f'<p class="at" data-at="{place}">{inline(words)}</p>'
        for place, words in says.items()
        if words
    )
    hidden = ' class="at" data-at="0"' if not says[0] else ' class="unseen"'
    presses = '<i class="fragment move"></i>' * len(moves)
    if "draw" in plan:
        calls = [plan["draw"], *(move["draw"] for move in moves)]
        body, data = "".join(drawn(call, at(place)) for place, call in enumerate(calls)), ""
    else:
        (output,) = outputs
        body = alive(output)
        values = escape(json.dumps(positions(output.metadata.picture["state"], moves)))
        data = f' data-moves="{values}"'
    return (
        f'<div class="captions"><h2{hidden}>{{heading}}</h2>{captions}</div>'
        f'<div class="picture" data-prevent-swipe{data}>{body}</div>{presses}'
    )


def alive(output):
    """Return the HTML of a picture as living.js wants it, in the large form if it can live."""
    told = output.metadata.get("picture", {})
    if "state" in told:
        output = nbformat.from_dict(output)
        state = {**json.loads(told["state"]), "large": True}
        output.metadata.picture.state = json.dumps(state, ensure_ascii=False)
        return picture(output, "the lesson")
    return still(output)


def at(place):
    """Return what tells one of several images that follow each other from the rest."""
    return f' class="at" data-at="{place}"'


def pictured(calls):
    """Return the HTML of one still picture, or of several below each other."""
    calls = [calls] if isinstance(calls, str) else calls
    return f'<div class="picture stills">{"".join(map(drawn, calls))}</div>'


def drawn(call, attributes=""):
    """Return the HTML of the picture that a call draws, with twice a lesson's pixels."""
    figures.FINE = True
    try:
        one = eval(call, {"np": np, **vars(helpers), **vars(slide_stills)})
        png = one.still()["image/png"] if hasattr(one, "still") else one._repr_png_()
    finally:
        figures.FINE = False
    return image(base64.b64encode(png).decode(), repr(one), attributes)


def positions(state, moves):
    """Return what a picture is set to before the first press and after each, as plain values."""
    start = json.loads(state)
    here, base, found = dict(start), start.get("image"), []
    for move in moves:
        move = {name: value for name, value in move.items() if name != "say"}
        if "image" in move:
            name = move.pop("image")
            here["image"] = base = start["images"][name]
            here |= {"coding": start["codings"][name]} if "codings" in start else {}
        for name, change in CHANGES.items():
            if name in move:
                values = change(from_page(base), move[name], start)
                here["image"] = to_page(values)
        here |= {name: value for name, value in move.items() if name in start}
        if unknown := move.keys() - start.keys() - CHANGES.keys():
            raise SystemExit(f"The picture cannot be given {', '.join(sorted(unknown))}.")
        found.append(dict(here))
    return changed(start, found)


def changed(start, found):
    """Return only the values that some move changes; the place comes last, to fit the rest."""
    names = [n for n in start if any(one[n] != start[n] for one in found)]
    names.sort(key=lambda name: name in ("step", "chosen"))
    return [{name: one[name] for name in names} for one in [start, *found]]


def painted(image, cells, _start):
    for row, column, value in cells:
        image[row, column] = value
    return image


def recoded(image, coding, start):
    return np.where(image == min(start["coding"]), *coding)


CHANGES = {
    "paint": painted,
    "right": lambda image, by, _: np.pad(image, ((0, 0), (by, 0)))[:, : image.shape[1]],
    "n": lambda _image, n, _: np.arange(n * n).reshape(n, n),
    "coding": recoded,
}


# ---------------------------------------------------------------- notes


def notes(lesson, cell, plan):
    """Return what the teacher reads: the plan's rows, what to expect, and the lesson's prose."""
    sentences = [*plan.get("words", []), *plan.get("then", []), plan.get("say", "")]
    sentences += [plan.get("myth", ""), *(move.get("say", "") for move in plan.get("moves", []))]
    prose = [place for one in sentences if one for place in lesson.places_of(one) if place]
    if cell is not None:
        prose.insert(0, lesson.before(cell))
    prose = [one for place, one in enumerate(prose) if one not in prose[:place]]
    minutes = plan.get("minute", [])
    texts = [lesson.row(one) for one in ([minutes] if isinstance(minutes, str) else minutes)]
    texts += (
        [lesson.expected(one) for one in re.findall(r'predict\("(.+?)"', cell.source)]
        if cell
        else []
    )
    texts += [ONLY_HERE.sub("", one.source).strip() for one in prose]
    return spoken(texts)


def spoken(texts):
    """Return the HTML of notes in Markdown."""
    return f'<aside class="notes">{"".join(map(MARKDOWN.render, texts))}</aside>'


# ---------------------------------------------------------------- a deck


def deck(path, following):
    """Return the page of one lesson's slides; `following` is the path of the next lesson."""
    lesson = Lesson(path)
    plan = tomllib.loads((PARTS / f"{path.stem}.toml").read_text("utf-8"))
    lesson.place_of(plan["question"])
    first = (
        f'<section class="title"><p class="lesson">Lesson {lesson.number} of 7</p>'
        f"<h1>{inline(lesson.title)}<small>{inline(lesson.subtitle)}</small></h1>"
        f'<p class="ask">{inline(plan["question"])}</p>{spoken([lesson.part(1)])}</section>'
    )
    slides = [first, *(slide(lesson, one) for one in plan["slide"])]
    slides += [last(lesson, plan["learned"], following)]
    slides += [slide(lesson, one, ' class="spare"') for one in plan.get("spare", [])]
    return page("deck.html", title=f"{lesson.number} {lesson.title}", slides="\n".join(slides))


def last(lesson, learned, following):
    """Return the slide that sums up, with the promise of the next lesson and the way to it."""
    source = lesson.cell("summary").source
    for one in learned:
        lesson.place_of(one)
    items = "".join(f"<li>{inline(one)}</li>" for one in learned)
    promise = source.strip().split("\n\n")[-1]
    title = Lesson(following).title if following else "All lessons"
    address = f"{following.stem}.html" if following else "index.html"
    return (
        f'<section class="last"><h2>In this lesson you</h2><div class="words"><ul>{items}</ul>'
        f'<p class="fragment">{inline(promise)}</p></div>'
        f'<p class="next"><a href="{address}">{inline(title)} →</a></p>'
        f"{spoken([source])}</section>"
    )


def page(name, **parts):
    """Return a template of slides/ with its places filled."""
    text = (PARTS / name).read_text("utf-8")
    return re.sub(r"\{\{ (\w+) \}\}", lambda found: parts[found[1]], text)


def pictures():
    """Return the pictures' page code, with the style that they have on a slide."""
    style = (PARTS / "pictures.css").read_text("utf-8")
    return f"{page_code()}\noneWindow.css += {json.dumps(style)};\n"


def index(paths):
    """Return the page that leads to the seven decks."""
    lessons = [Lesson(path) for path in paths]
    rows = "\n".join(
        f'<li><a href="{one.path.stem}.html">{inline(one.title)}</a>: {inline(one.subtitle)}</li>'
        for one in lessons
    )
    return page("index.html", lessons=rows)


def reveal():
    """Return the folder of reveal.js, which the package sphinx-revealjs brings along."""
    found = importlib.util.find_spec("sphinx_revealjs")
    if found is None:
        raise SystemExit("The slides need the package sphinx-revealjs: run make slides.")
    return Path(found.origin).parent / "_static" / "revealjs"


def build(folder):
    """Build the slides in `folder`; older slides there go, other files do not."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "parts" / "reveal.js").exists():
        raise SystemExit(f"{folder} holds other files: name an empty folder, or a new one.")
    paths = sorted((ROOT / "notebooks").glob("0?_*.ipynb"))
    pages = {path.stem: deck(path, after) for path, after in pairwise([*paths, None])}
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "parts").mkdir(parents=True)
    for source in ("dist/reveal.js", "dist/reveal.css", "plugin/notes/notes.js", "LICENSE"):
        shutil.copy(reveal() / source, folder / "parts")
    for source in (PARTS / "slides.css", PARTS / "slides.js", ROOT / "site" / "living.js"):
        shutil.copy(source, folder / "parts")
    (folder / "parts" / "pictures.js").write_text(pictures(), encoding="utf-8")
    for name, text in {**pages, "index": index(paths)}.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    print(f"The slides are built: open {folder / 'index.html'}")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) == 2 else ROOT / "_slides")
