"""Make docs/sliding_window.gif, the README's moving picture, from the real one in a browser."""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from jupyter_page import NotebookPage, open_browser, serve, write_notebook  # noqa: E402

SOURCE = """import helpers
helpers.explore(helpers.MINUS, helpers.HORIZONTAL_BAR, controls=["paint", "weights"])"""
MILLISECONDS = 1100


def frames(picture):
    """The picture at its first place, after each step, and after one pixel was painted."""
    step = picture.get_by_role("button", name="Step to the next place")
    yield shot(picture)
    for _ in range(8):
        step.click()
        yield shot(picture)
    picture.locator(".cw-pixel").nth(12).click()
    picture.get_by_role("button", name="Step to the next place").hover()
    yield shot(picture)


def shot(picture):
    picture.page.wait_for_timeout(150)
    return Image.open(io.BytesIO(picture.screenshot()))


def main():
    with tempfile.TemporaryDirectory() as folder, serve(folder) as url, open_browser() as browser:
        write_notebook(Path(folder, "picture.ipynb"), SOURCE)
        viewport = {"width": 1130, "height": 900}
        notebook = NotebookPage(browser, url, "notebook", "picture.ipynb", viewport=viewport)
        notebook.run_all()
        picture = notebook.page.locator(".cw")
        picture.wait_for()
        frame, bill = picture.bounding_box(), picture.locator(".cw-bill").bounding_box()
        shots = list(frames(picture))
    # Only what moves: from the titles down to the written sum.
    bottom = int(bill["y"] + bill["height"] - frame["y"]) + 8
    shots = [image.convert("RGB").crop((0, 0, 760, bottom)) for image in shots]
    # One palette for all, so that a colour does not change from one picture to the next.
    together = Image.new("RGB", (760, bottom * len(shots)))
    for place, image in enumerate(shots):
        together.paste(image, (0, bottom * place))
    palette = together.quantize(128)
    plain = Image.Dither.NONE
    first, *rest = (image.quantize(palette=palette, dither=plain) for image in shots)
    times = [MILLISECONDS] * len(rest) + [2 * MILLISECONDS]
    file = ROOT / "docs" / "sliding_window.gif"
    first.save(file, save_all=True, append_images=rest, duration=times, loop=0, optimize=True)
    print(f"{file.relative_to(ROOT)}: {len(shots)} pictures, {file.stat().st_size // 1000} KB")


if __name__ == "__main__":
    main()
