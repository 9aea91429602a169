"""Everything on one page: the course's rules, each with a small number, as a sheet to print.

    one_page()                    shows the sheet
    one_page("one_page.html")     writes it to a file: open that in a browser, and print it

What stands on it is a list of blocks, in summary.py. Three forms are made of them: HTML with a
style of its own, HTML without any (where a notebook is stored: GitHub takes styles away), and text.
"""

import re
from html import escape, unescape
from pathlib import Path

import numpy as np

from .figures import number
from .images import X
from .kernels import HORIZONTAL_BAR
from .stored import storing
from .summary import blocks, in_rows

STYLE = Path(__file__).with_suffix(".css")
HEAD = '<div class="one-head" role="heading" aria-level="3">'
TITLE = "Convolution, One Window at a Time: everything on one page"
STEPS = ("take the window", "multiply", "add", "write", "move")


def one_page(file=None):
    """Show everything on one page, or write it to `file`, a page of HTML for printing.

    `file` is a name that ends in ".html", anything else a `ValueError`.
    """
    if file is None:
        return OnePage()
    if not isinstance(file, str | Path) or Path(file).suffix.lower() != ".html":
        example = 'for example "one_page.html"'
        raise ValueError(f'file must be a name that ends in ".html", {example}; got {file!r}.')
    Path(file).write_text(document(), encoding="utf-8")
    print(f"Written: {file}. Open it in a browser and print it: one sheet of A4.")
    return None


class OnePage:
    """What `one_page()` shows: in a notebook the sheet, elsewhere its words."""

    def __repr__(self):
        return words()

    def _repr_mimebundle_(self, **kwargs):
        if storing():
            return {"text/html": plain(), "text/plain": words()}, {"picture": {"kind": "OnePage"}}
        return {"text/html": sheet(), "text/plain": words()}


# ------------------------------------------------------------------ its three forms


def sheet():
    """The sheet as HTML with its style, to be shown inside another page."""
    parts = [f"<style>{STYLE.read_text('utf-8')}</style>", '<article class="one-page">']
    parts += [f'<p class="one-title">{TITLE}</p>', drawing()]
    parts += [_html(block, styled=True) for block in blocks()]
    return "\n".join([*parts, "</article>"])


def plain():
    """The same without style, classes and drawing."""
    return "\n".join([f"<p>{five_steps()}</p>", *(_html(block) for block in blocks())])


def document():
    """The sheet as a page of HTML of its own."""
    content = re.sub(f"{HEAD}(.*?)</div>", r"<h2>\1</h2>", sheet())
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f'</head><body class="one-sheet"><main>\n<h1 class="one-hidden">{TITLE}</h1>\n'
        f"{content}\n</main></body></html>\n"
    )


def words():
    """The sheet as plain text."""
    return "\n\n".join([TITLE, five_steps(), *map(_text, blocks())])


def _html(block, styled=False):
    # JupyterLab 4.4's table of contents stumbles over an <h3> in an output.
    if styled:
        heading = f"{HEAD}{block.title} <small>{block.lessons}</small></div>"
    else:
        heading = f"<div><b>{block.title}</b> ({block.lessons})</div>"
    parts = [f'<section class="one-{block.kind}">' if styled else "", heading]
    if block.rows:
        head = "".join(f'<th scope="col">{name}</th>' for name in block.head)
        parts.append(f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>")
        for name, *cells in block.rows:
            rest = "".join(f"<td>{cell}</td>" for cell in cells)
            parts.append(f'<tr><th scope="row">{name}</th>{rest}</tr>')
        parts.append("</tbody></table>")
    if block.items:
        parts.append(f"<ul>{''.join(f'<li>{item}</li>' for item in block.items)}</ul>")
    parts += [f"<p>{note}</p>" for note in block.notes]
    return "\n".join(filter(None, [*parts, "</section>" if styled else ""]))


def _text(block):
    lines = [f"{block.title} ({block.lessons})"]
    lines += [" | ".join(row) for row in ([block.head] if block.head else []) + list(block.rows)]
    lines += [f"- {item}" for item in block.items] + list(block.notes)
    return "\n".join(unescape(re.sub(r"<[^>]*>", "", line)) for line in lines)


# ------------------------------------------------------------------ the five steps, drawn

CELL = 20  # the side of a cell; a digit is 12 high, as high as the letters round the drawing


def five_steps():
    """The drawing in words."""
    window, products = X[:3, :3], X[:3, :3] * HORIZONTAL_BAR
    grids = {"window": window, "kernel": HORIZONTAL_BAR, "products": products}
    said = "; ".join(f"{name} {in_rows(values)}" for name, values in grids.items())
    return f"The five steps: {', '.join(STEPS)}. {said}; sum {number(products.sum())}."


def drawing():
    """The five steps on the first window of x: a list of small drawings, which may wrap."""
    products = X[:3, :3] * HORIZONTAL_BAR
    agree, differ, total = (products > 0).sum(), (products < 0).sum(), number(products.sum())
    shown = (
        _image(),
        _products(products),
        f"<span>{agree} agree: +1 each<br>{differ} disagree: −1 each<br>"
        f"<b>{agree} − {differ} = {total}</b></span>",
        _map(products.sum()),
        "<span>one stride on;<br>after a row,<br>the next row</span>",
    )
    steps = enumerate(zip(STEPS, shown, strict=True), 1)
    items = (f"<li><b>{i} {step}</b>{part}</li>" for i, (step, part) in steps)
    return f'<ol class="one-steps">{"".join(items)}</ol>'


def _image():
    windows = _frame(0, 0, 3, "one-window") + _frame(CELL, 0, 3, "one-next")
    return _svg(f"image {in_rows(X)}", (0, 5 * CELL), _grid(0, 0, X, "grey") + windows)


def _products(products):
    side, kernel = 3 * CELL, HORIZONTAL_BAR
    label = f"kernel {in_rows(kernel)}, products {in_rows(products)}"
    inside = _sign(-16, "×") + _grid(0, CELL, kernel, "signed") + _sign(side + 14, "=")
    inside += _grid(side + 28, CELL, products, "signed")
    return _svg(label, (-30, 2 * side + 28), inside)


def _map(total):
    cells = np.full((3, 3), np.nan)
    cells[0, 0] = total
    inside = _sign(-18, "→") + _grid(0, CELL, cells, "signed") + _frame(0, CELL, 1, "one-target")
    return _svg(f"{number(total)} in the map's first cell", (-32, 3 * CELL), inside)


def _svg(label, ends, inside):
    """A drawing from left to right `ends`, as large as the letters round it ask for."""
    left, width, height = ends[0], ends[1] - ends[0], 5 * CELL + 4
    size = f'style="width: {(width + 4) / 12:.2f}em; height: {height / 12:.2f}em"'
    box = f'viewBox="{left - 2} -2 {width + 4} {height}"'
    return f'<svg role="img" aria-label="{escape(label)}" {size} {box}>{inside}</svg>'


def _sign(x, text):
    return f'<text class="one-sign" x="{x}" y="{2.5 * CELL + 6:g}">{text}</text>'


def _frame(x, y, cells, name):
    side = cells * CELL
    return f'<rect class="{name}" x="{x}" y="{y}" width="{side}" height="{side}"/>'


def _grid(x, y, values, colours):
    """The cells of a small array: dark or light; those of signed values purple or green."""
    parts = []
    for (row, column), value in np.ndenumerate(values):
        left, top = x + column * CELL, y + row * CELL
        kind = "empty" if np.isnan(value) else f"{colours}-{'low' if value < 0 else 'high'}"
        parts.append(_frame(left, top, 1, f"one-cell one-{kind}"))
        if not np.isnan(value):
            parts.append(
                f'<text class="one-value one-on-{kind}" x="{left + CELL / 2:g}" '
                f'y="{top + CELL / 2 + 4:g}">{number(value)}</text>'
            )
    return "".join(parts)
