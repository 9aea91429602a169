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

import importlib.util
import json
import re
import shutil
import sys
import textwrap
import tomllib
from html import escape
from itertools import pairwise
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools.living import page_code  # noqa: E402 - found from any folder
from tools.setup_cell import ROOT  # noqa: E402
from tools.slide_lesson import MARKDOWN, Lesson, inline  # noqa: E402
from tools.slide_pictures import is_picture, moving, pictured  # noqa: E402

PARTS = ROOT / "slides"
KEYS = {"cell", "show", "picture", "lines", "said", "heading", "words", "list", "then", "myth"}
KEYS |= {"say", "moves", "minute", "draw", "beside"}
ONLY_HERE = re.compile(r"(?m)^\[!\[Open in .*\n|^<details>(?s:.*?)</details>")
# rem: 1/80 of the width of a screen of 16 to 9. Letters, and what may stand beside each other.
LARGEST, SMALLEST, WIDTH, WIDEST, HEIGHT = 2.1, 1.375, 70.0, 76.2, 32.0


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
        body = body.replace("{heading}", "" if "myth" in plan else inline(heading))
        heading = heading if "myth" in plan else ""
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


# ---------------------------------------------------------------- notes


def notes(lesson, cell, plan):
    """Return what the teacher reads: the plan's rows, what to expect, and the lesson's prose."""
    sentences = [*plan.get("words", []), *plan.get("then", []), plan.get("say", "")]
    sentences += [plan.get("myth", ""), *(move.get("say", "") for move in plan.get("moves", []))]
    prose = [place for one in sentences if one for place in lesson.places_of(one) if place]
    asked = []
    if cell is not None:
        prose.insert(0, lesson.before(cell))
        asked = re.findall(r'predict\("(.+?)"', cell.source)
    prose = [one for place, one in enumerate(prose) if one not in prose[:place]]
    minutes = plan.get("minute", [])
    texts = [lesson.row(one) for one in ([minutes] if isinstance(minutes, str) else minutes)]
    texts += [lesson.expected(name) for name in asked]
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
        f"<h1>{inline(lesson.title)} <small>{inline(lesson.subtitle)}</small></h1>"
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
