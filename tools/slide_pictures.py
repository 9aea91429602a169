"""The pictures on slides: those that live, the steps that move them, and stills drawn anew."""

import base64
import functools
import json
from html import escape

import nbformat
import numpy as np

import helpers
from helpers import figures
from helpers.explorer import from_page, to_page
from tools import slide_stills
from tools.living import image, picture, still
from tools.slide_lesson import inline


def is_picture(output):
    return "image/png" in output.get("data", {}) or "picture" in output.get("metadata", {})


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
    """Return the HTML of the picture that a call draws."""
    return image(*fine(call), attributes)


@functools.cache  # a question and its answer show the same picture
def fine(call):
    """Return the picture that a call draws, with twice a lesson's pixels, and its words."""
    figures.FINE = True
    try:
        one = eval(call, {"np": np, **vars(helpers), **vars(slide_stills)})
        png = one.still()["image/png"] if hasattr(one, "still") else one._repr_png_()
    finally:
        figures.FINE = False
    return base64.b64encode(png).decode(), repr(one)


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
