"""Bring the pictures of a stored lesson to life in a page that has no Python behind it.

A lesson is stored with a still of each picture and, in the output's metadata, the values that the
picture started with (helpers/stored.py). `living` writes both into HTML, `page_code` gives the
pictures' own page code as one ordinary script, and site/living.js joins the two in the page. The
script is no module, so a page opened from a folder or a USB stick comes to life too.
"""

import copy
import json
import re
from html import escape

from helpers.channels import Channels
from helpers.exercises import Prediction
from helpers.explorer import Explorer
from helpers.learning import Learning
from helpers.one_page import sheet
from helpers.pixels import Pixels
from helpers.receptive import ReceptiveField

WIDGETS = (Explorer, Pixels, Channels, ReceptiveField, Learning, Prediction)
EXPORT = re.compile(r"export default (.*?);\s*\Z", re.DOTALL)
OWN_FUNCTION = (
    "Here the map is what the lesson's function returned. Change something, and the course's own "
    "arithmetic fills it; your function does so in {elsewhere}."
)
NEEDS_PYTHON = "A still: this picture needs Python, and moves in {elsewhere}."


def living(notebook, elsewhere):
    """Return a copy of a stored lesson, its pictures as HTML that living.js brings to life.

    `elsewhere` says, in HTML, where the pictures and exercises are that need Python.
    """
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}) or "picture" in output.get("metadata", {}):
                output.data = {"text/html": picture(output, elsewhere)}
    return notebook


def picture(output, elsewhere):
    """Return the HTML of one picture: its still, and what it needs to live, if it can."""
    told = output.metadata.get("picture", {})
    if told.get("kind") == "OnePage":  # nothing in it moves
        return sheet()
    if "state" not in told:
        note = f"<p>{NEEDS_PYTHON.format(elsewhere=elsewhere)}</p>" if told else ""
        return f'<div class="still">{still(output)}{note}</div>'
    state = json.loads(told["state"])
    own = bool(state.get("mine") and state["controls"])
    note = f"<p>{OWN_FUNCTION.format(elsewhere=elsewhere)}</p>" if own else ""
    start = told["state"].replace("<", "\\u003c")  # so that no text can end the script
    return (
        f'<div class="living" data-kind="{told["kind"]}">'
        f'<script type="application/json">{start}</script>'
        f'<div class="still">{still(output)}</div>{note}</div>'
    )


def still(output):
    """Return the HTML of what is stored: an image with its words, or a question."""
    if "image/png" not in output.data:
        return output.data["text/html"]
    return image(output.data["image/png"], words_of(output))


def words_of(output):
    """Return the words of a stored image: its alternative text."""
    return output.metadata.get("image/png", {}).get("alt") or output.data["text/plain"]


def image(png, words, attributes=""):
    """Return the HTML of an image in base64, with its words."""
    source = "".join(png.split())
    return f'<img{attributes} alt="{escape(words)}" src="data:image/png;base64,{source}">'


def page_code():
    """Return one script with the page code and the style of every picture that needs no Python.

    Each picture's module becomes a function of its own, so that none sees another's names.
    """
    shared = str(Explorer._css)  # most pictures build on it: it stands once, before theirs
    styles = [shared, *(str(one._css).removeprefix(shared) for one in WIDGETS[1:])]
    lines = ["var oneWindow = { kinds: {} };", f"oneWindow.css = {json.dumps(''.join(styles))};"]
    for one in WIDGETS:
        code, exports = EXPORT.subn(r"return \1;", str(one._esm))
        if exports != 1:
            raise ValueError(f"The page code of {one.__name__} must end with its only export.")
        lines.append(f"oneWindow.kinds.{one.__name__} = (() => {{\n{code}\n}})();")
    return "\n".join(lines)
