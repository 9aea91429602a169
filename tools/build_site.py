"""Build a site of the lessons and the recap that needs no kernel: `make site` writes it to _site/.

    python tools/build_site.py            builds it in _site/
    python tools/build_site.py FOLDER     builds it in another folder

Sphinx turns the stored lessons into pages; none is run. Before that, each lesson is made ready for
a page: its pictures come to life (living.py), its badges become plain links, what only Jupyter
needs is folded. Nothing in the pages comes from elsewhere: they work offline and from a USB stick.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools.living import living, page_code, picture  # noqa: E402 - found from any folder
from tools.setup_cell import REPOSITORY, ROOT  # noqa: E402

PARTS = ROOT / "site"
BADGE = re.compile(r"\[!\[Open in (\w+)\]\([^)]*\)\]\(([^)]*)\)")
# What a lesson says at its head about running cells, up to its short path.
RUNNING = re.compile(r"(\*\*Welcome\.\*\*|Run the cells) .*?(?=\*\*Short path)", re.DOTALL)
HERE = """\
<aside class="here"><p>On this page the pictures move, and nothing runs. Where the lesson says
“run the cell”, go on in {elsewhere}.</p></aside>"""
EXERCISES = """\
<aside class="here"><p>The exercises need Python: write and check your answers in
{elsewhere}.</p></aside>"""
QUESTIONS = re.compile(r"(?m)^## (Exercises|Ten questions)$")
FRONT = ("02_kernel", "explore-bars")  # the picture on the title page: lesson and cell


def lesson_page(path):
    """Return a stored lesson as the site shows it."""
    notebook = nbformat.read(path, as_version=4)
    title = notebook.cells[0]
    elsewhere = places(dict(BADGE.findall(title.source)))
    title.source = BADGE.sub(r'<a class="open-in" href="\2">Open in \1</a>', title.source)
    for cell in notebook.cells[:2]:
        cell.source = RUNNING.sub("", cell.source)
    for cell in notebook.cells:
        cell.metadata.tags = [fold] if (fold := folded(cell)) else []
    notebook = living(notebook, elsewhere)
    notebook.cells[1:1] = [new_markdown_cell(HERE.format(elsewhere=elsewhere))]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            told = rf"\g<0>\n\n{EXERCISES.format(elsewhere=elsewhere)}"
            cell.source = QUESTIONS.sub(told, cell.source)
    return notebook


def places(addresses):
    """Return the HTML that names where a lesson runs; `addresses` has Colab's and Binder's."""
    links = [f'<a href="{address}">{name}</a>' for name, address in addresses.items()]
    return ", ".join(links) + ' or <a href="index.html#start">JupyterLab</a>'


def folded(cell):
    """Return the tag that folds what a reader of the page does not need, or None."""
    if "setup" in cell.metadata.get("tags", []):
        return "hide-cell"
    return "hide-input" if cell.cell_type == "code" and cell.source.startswith("predict(") else None


def front_page():
    """Return the title page in Markdown: its words come from README.md, its picture is alive."""
    readme = (ROOT / "README.md").read_text("utf-8")
    about = re.search(r"(?s)^# .*?\n\n(.*?)\n\n!\[", readme)[1]
    lessons = "\n".join(re.findall(r"(?m)^\| .*", readme)).replace("(notebooks/", "(")
    lesson, cell_id = FRONT
    notebook = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.get("id") == cell_id]
    alive = picture(cell.outputs[0], "JupyterLab")
    text = (PARTS / "index.md").read_text("utf-8")
    parts = {"about": about, "picture": alive, "lessons": lessons, "repository": REPOSITORY}
    parts["name"] = REPOSITORY.partition("/")[2]
    return re.sub(r"\{\{ (\w+) \}\}", lambda found: parts[found[1]], text)


def write_sources(folder):
    """Write everything that Sphinx reads into `folder`."""
    for name in ("conf.py", "living.js", "site.css"):
        target = folder / name if name == "conf.py" else folder / "static" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PARTS / name, target)
    (folder / "static" / "pictures.js").write_text(page_code(), encoding="utf-8")
    (folder / "index.md").write_text(front_page(), encoding="utf-8")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        nbformat.write(lesson_page(path), folder / path.name)


def build(site):
    """Build the site in the folder `site`; an older site there goes, other files do not."""
    if site.exists() and any(site.iterdir()) and not (site / "_static" / "pictures.js").exists():
        raise SystemExit(f"{site} holds other files: name an empty folder, or a new one.")
    shutil.rmtree(site, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "source", Path(folder) / "made"
        write_sources(source)
        command = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W", "--keep-going"]
        if subprocess.run([*command, "-d", f"{folder}/read", str(source), str(made)]).returncode:
            raise SystemExit("The site could not be built: Sphinx says why above.")
        (made / ".buildinfo").unlink(missing_ok=True)
        shutil.move(made, site)
    print(f"The site is built: open {site / 'index.html'}")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) == 2 else ROOT / "_site")
