"""Run the notebooks and store them in one normal form, so that a change shows what changed.

    python tools/notebooks.py                  runs and stores all notebooks
    python tools/notebooks.py 02_kernel.ipynb  only this one
    python tools/notebooks.py --check          runs nothing: are the stored ones in normal form?

In normal form a notebook has PNG, text and HTML outputs and no widget views, the text beside a PNG
also as its alternative text, execution counts in order, one setup cell, and no data that differ
from run to run or from machine to machine.
"""

import argparse
import base64
import copy
import os
import struct
import sys
import tempfile
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from helpers.stored import alternative  # noqa: E402 - found from any folder
from tools.setup_cell import ROOT, SETUP_CELL  # noqa: E402

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
CELL_METADATA = ("jupyter", "slideshow", "tags")
KINDS = ("image/png", "text/html", "text/markdown", "text/plain")
SECONDS_PER_CELL = 600
SAMPLE = "the course's own sample"  # what load_mnist prints where it has not the complete data


def normalised(notebook):
    """Return a copy of the notebook in normal form."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for cell in notebook.cells:
        cell.metadata = {key: cell.metadata[key] for key in CELL_METADATA if key in cell.metadata}
        cell.source = cell.source.strip("\n")
        if "setup" in cell.metadata.get("tags", []):
            cell.source = SETUP_CELL
        if cell.cell_type == "code":
            cell.outputs = _outputs(cell.outputs)
            has_run = cell.execution_count is not None and cell.source
            count += bool(has_run)
            cell.execution_count = count if has_run else None
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
    return notebook


def _outputs(outputs):
    """Join what was printed, and keep of the rest what a page without a kernel can show."""
    kept = []
    for output in outputs:
        if output.output_type == "stream":
            last = kept[-1] if kept else {}
            if last.get("name") == output.name:
                last.text += output.text
            else:
                kept.append(output)
        elif output.output_type == "error":
            kept.append(output)
        else:
            output.data = {kind: output.data[kind] for kind in KINDS if kind in output.data}
            picture = {key: told for key, told in output.metadata.items() if key == "picture"}
            output.metadata = nbformat.from_dict(picture)  # see helpers/stored.py
            if "image/png" in output.data:
                output.data["image/png"] = plain_png(output.data["image/png"])
                # where nbconvert and others look for an image's alternative text
                alt = alternative(output.data.get("text/plain", ""))
                output.metadata["image/png"] = nbformat.from_dict({"alt": alt})
            if output.data:
                kept.append(output)
    return kept


def plain_png(encoded):
    """Return a base64 PNG without the chunks that name the program, its version or the time."""
    png = base64.b64decode(encoded)
    kept, place = [png[:8]], 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        chunk = png[place : place + length + 12]
        if chunk[4:8] not in (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"):
            kept.append(chunk)
        place += len(chunk)
    return base64.b64encode(b"".join(kept)).decode()


def as_text(notebook):
    """Return the bytes of the file as text: one space of indent, sorted keys, a last newline."""
    return nbformat.writes(notebook, indent=1, sort_keys=True, ensure_ascii=False).rstrip() + "\n"


def is_normal(path):
    """Return True where running nothing and normalising would leave the file as it is."""
    text = path.read_text(encoding="utf-8")
    return text == as_text(normalised(nbformat.reads(text, as_version=4)))


class Stopped(Exception):
    """A notebook could not be run to its end."""


def run(notebook, folder):
    """Run the notebook in a fresh kernel, in its own folder; `Stopped` says where it failed."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    started = []
    client = NotebookClient(
        notebook,
        on_cell_start=lambda cell, cell_index: started.append(cell),
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=40"],  # nothing about a socket that only we use
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise Stopped(f"cell {started[-1].id}: {error.ename}: {error.evalue}") from None
    except Exception as error:  # the kernel died, or a cell took too long
        cell = started[-1].id if started else "none yet"
        raise Stopped(f"cell {cell}: {type(error).__name__}: {error}") from None


def store(path):
    """Run one notebook and write it in normal form; an unfinished run leaves the file as it was."""
    notebook = normalised(nbformat.read(path, as_version=4))
    run(notebook, path.parent)
    handle, new = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(as_text(normalised(notebook)))
    os.chmod(new, path.stat().st_mode)
    os.replace(new, path)


def uses_sample(path):
    """Return True where a cell got the bundled sample of MNIST without having asked for it."""
    cells = nbformat.read(path, as_version=4).cells
    cells = [cell for cell in cells if 'load_mnist("sample")' not in cell.source]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return any(SAMPLE in output.get("text", "") for output in outputs)


def main(arguments=None):
    """Store or check the notebooks; return 0, or 1 with a message."""
    parser = argparse.ArgumentParser(prog="notebooks", description="Run and store the notebooks.")
    parser.add_argument("names", nargs="*", help="notebooks; without one, all in notebooks/")
    parser.add_argument("--check", action="store_true", help="run nothing, look at the form")
    options = parser.parse_args(arguments)
    folder = ROOT / "notebooks"
    paths = [Path(n) if Path(n).exists() else folder / n for n in options.names]
    paths = paths or sorted(folder.glob("*.ipynb"))
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        parser.error(f"there is no {', '.join(missing)}")
    return check(paths) if options.check else store_all(paths)


def check(paths):
    """Return 0 where all are in normal form, else 1 and name those that are not."""
    wrong = [path.name for path in paths if not is_normal(path)]
    if wrong:
        print(f"Not in normal form: {', '.join(wrong)}. Run make notebooks.", file=sys.stderr)
    return int(bool(wrong))


def store_all(paths):
    """Run and store the notebooks one after the other; stop at the first that fails."""
    os.environ["CONVOLUTION_STILLS"] = "1"  # the widgets store text and pictures
    for path in paths:
        try:
            store(path)
        except Stopped as error:
            print(f"{path.name}, {error}", file=sys.stderr)
            return 1
        print(f"stored {path.name}")
        if uses_sample(path):
            print(
                f"{path.name} is stored from the bundled sample, not from all of MNIST: "
                "name the complete file with MNIST_PATH, or connect, and store it again.",
                file=sys.stderr,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
