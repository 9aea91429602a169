"""The links of the lessons and of the texts beside them.

    python tools/links.py            is every local target there, every address well formed?
    python tools/links.py --list     the addresses, each with the files that name it
    python tools/links.py --online   asks every address for an answer, too

The tests do the first; the last needs the internet and is for a job that runs now and then.
"""

import argparse
import re
import sys
import urllib.error
import urllib.request
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools.setup_cell import ROOT  # noqa: E402 - found from any folder

CODE = r"(?s)```.*?```|`[^`\n]*`"
# Addresses of the reader's own machine, and those in examples, lead nowhere.
ADDRESS = r"(?<!=)https?://(?!127\.0\.0\.1|localhost|[\w.-]*example\.(?:org|com))[^\s)<>\"'`\\}]+"
SECONDS = 20


def files(root=ROOT):
    """The files whose links a reader may follow."""
    kinds = ("*.md", "docs/*.md", "notebooks/*.ipynb", "helpers/questions/*.py")
    found = sorted(path for kind in kinds for path in root.glob(kind))
    return [*found, root / "LICENSE", root / "NOTICE"]


def prose(path):
    """What a file says in Markdown: all of a notebook's text cells, or the file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = nbformat.reads(text, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def targets(markdown):
    """The targets of all links and images in Markdown, code left out."""
    markdown = re.sub(CODE, " ", markdown)
    found = re.findall(r"\]\(\s*<?([^)\s>]+)", markdown)
    found += re.findall(r"(?m)^\[[^\]]+\]:\s*<?([^\s>]+)", markdown)
    return found + [unescape(t) for t in re.findall(r"(?:href|src)=[\"']([^\"']+)", markdown)]


def addresses(path):
    """Every address of the internet in a file, in its code too, without a sentence's last stop."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
    return {found.rstrip(".,;:") for found in re.findall(ADDRESS, text)}


def anchors(markdown):
    """What a # can lead to: the headings, as GitHub and as Jupyter name them, and ids."""
    markdown = re.sub(r"(?s)```.*?```", "", markdown)
    names = set(re.findall(r"(?:id|name)=[\"']([^\"']+)", markdown))
    for heading in re.findall(r"(?m)^#+ +(.+?) *#*$", markdown):
        words = re.sub(r"\]\([^)]*\)|[\[`*]", "", heading)
        names |= {words.replace(" ", "-"), re.sub(r"[^\w -]", "", words).lower().replace(" ", "-")}
    return names


def local_faults(path):
    """Yield what is wrong with the links of a file that stay in the course."""
    text = prose(path) if path.suffix in (".md", ".ipynb") else ""
    for target in targets(text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = unquote(target).partition("#")
        goal = path.parent / file if file else path
        if not goal.exists():
            yield f"{path.name}: there is no {target}"
        elif anchor and anchor not in anchors(prose(goal)):
            yield f"{path.name}: nothing is called {target}"


def address_fault(address):
    """Return what is wrong with how an address is written, or an empty string."""
    try:
        parts = urlsplit(address)
    except ValueError as problem:
        return f"{address}: {problem}"
    known = re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", parts.netloc)
    return "" if known and address.isascii() else f"{address}: no well-formed address"


def offline_faults(root=ROOT):
    """All that can be found without the internet."""
    found = [fault for path in files(root) for fault in local_faults(path)]
    return found + [fault for one in sorted(collected(root)) if (fault := address_fault(one))]


def collected(root=ROOT):
    """Every address of the internet, with the names of the files that hold it."""
    places = {}
    for path in files(root):
        for one in addresses(path):
            places.setdefault(one, []).append(path.name)
    return places


def online_fault(address):
    """Ask for an address; return what is wrong, or an empty string."""
    request = urllib.request.Request(address, headers={"User-Agent": "Mozilla/5.0 (link check)"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):
            return ""
    except urllib.error.HTTPError as answer:
        # The page is there; it only does not like to be asked by a program, or so often.
        return "" if answer.code in (403, 429) else f"{address}: {answer.code} {answer.reason}"
    except OSError as problem:
        return f"{address}: {problem}"


def main(arguments=None):
    """Print what is wrong, or the list; return 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="links", description="Check the links of the course.")
    parser.add_argument("--list", action="store_true", help="print every address and its files")
    parser.add_argument("--online", action="store_true", help="ask every address, too")
    options = parser.parse_args(arguments)
    places = collected()
    if options.list:
        print("\n".join(f"{one}  {', '.join(places[one])}" for one in sorted(places)))
        return 0
    faults = offline_faults()
    if options.online:
        faults += [fault for one in sorted(places) if (fault := online_fault(one))]
    print("\n".join(faults) or f"{len(places)} addresses and all local links are in order")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
