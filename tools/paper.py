"""The lessons as plain pages: no script, no kernel, every picture a still. Also as PDF, for paper.

    python tools/paper.py                  all lessons, as PDF in the folder paper/
    python tools/paper.py 02_kernel.ipynb

On paper nothing can be unfolded, so what is folded is printed open: fine print, more myths, what is
for teachers. Solutions and answers stay folded, and their line says that they are there. The
recap's "everything on one page" fills a sheet of its own.
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from helpers.one_page import sheet  # noqa: E402 - found from any folder
from tools.jupyter_page import open_browser  # noqa: E402
from tools.setup_cell import ROOT  # noqa: E402

STAY_FOLDED = "Solutions|Show the answer"
# nbconvert's page of today does not read an image's alternative text; its page of before did.
WITH_WORDS = """{% extends "lab/index.html.j2" %}
{% block data_png scoped %}<div class="jp-RenderedImage jp-OutputArea-output">
<img alt="{{ output | get_metadata('alt', 'image/png') | escape_html }}"
 src="data:image/png;base64,{{ output.data['image/png'] }}"></div>{% endblock %}"""
STYLE = """
@page { size: A4; margin: 16mm 14mm 18mm; }
@media print {
  body { font-size: 10.5pt; }
  main { padding: 0 !important; }
  .jp-Cell, .jp-Cell div { display: block !important; overflow: visible !important; }
  .jp-Cell { padding: 0 !important; margin: 0 0 2.5mm !important; }
  .jp-Cell :is(.jp-InputPrompt, .jp-OutputPrompt, .jp-Collapser) { display: none !important; }
  h1, h2, h3, summary, .jp-CodeCell .jp-Cell-inputWrapper { break-after: avoid; }
  p, li, pre, tr, img, ol { break-inside: avoid !important; }
  img { max-width: 100% !important; max-height: 105mm; }
  pre { white-space: pre-wrap !important; overflow-wrap: anywhere; }
  .jp-OutputArea-output pre { font-size: 8.5pt; }
  summary { font-weight: 600; }
}
"""


def plain_html(notebook, template="lab"):
    """A notebook as a page of HTML without any script, as nbconvert and a cautious host show it."""
    from jinja2 import DictLoader
    from nbconvert import HTMLExporter

    words = {} if template != "lab" else {"template_file": "with_words.html.j2"}
    loader = DictLoader({"with_words.html.j2": WITH_WORDS})
    exporter = HTMLExporter(template_name=template, extra_loaders=[loader], **words)
    html, _ = exporter.from_notebook_node(notebook)
    return re.sub(r"(?is)<script\b.*?</script>", "", html)


def for_paper(html):
    """A plain page as it is printed: with a style of its own, and little that is folded."""
    html = re.sub(rf"<details>(?=\s*<summary>(?!{STAY_FOLDED}))", "<details open>", html)
    return html.replace("</head>", f"<style>{STYLE}</style></head>")


def with_sheet(notebook):
    """The notebook; where one_page() stands in it, with the sheet that has a style."""
    for output in [one for cell in notebook.cells for one in cell.get("outputs", [])]:
        if output.get("metadata", {}).get("picture", {}).get("kind") == "OnePage":
            output.data["text/html"] = sheet()
    return notebook


def print_page(browser, html, file=None):
    """Print a page of HTML to PDF with no JavaScript at all; return its bytes."""
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.set_content(html)
        return page.pdf(path=file, prefer_css_page_size=True, print_background=True)
    finally:
        context.close()


def main(arguments=None):
    """Print the lessons into paper/; return 0."""
    parser = argparse.ArgumentParser(prog="paper", description="Print lessons to PDF.")
    parser.add_argument("names", nargs="*", help="notebooks; without one, all in notebooks/")
    names = parser.parse_args(arguments).names
    paths = [ROOT / "notebooks" / name for name in names]
    folder = ROOT / "paper"
    folder.mkdir(exist_ok=True)
    with open_browser() as browser:
        for path in paths or sorted((ROOT / "notebooks").glob("*.ipynb")):
            html = for_paper(plain_html(with_sheet(nbformat.read(path, as_version=4))))
            file = folder / f"{path.stem}.pdf"
            print_page(browser, html, file)
            print(f"printed {file.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
