"""A pointer at rest points at nothing new: a page that moves beneath it moves no window.

A teacher drives a picture by the keyboard, the page scrolls, and some grid comes to lie under the
pointer. The browser then tells the grid of a pointer that never moved.
"""

import pytest

IMAGES = "np.stack([X, PLUS, MINUS], axis=-1), np.ones((3, 3, 3), dtype=int)"
PICTURES = {
    "explore": ("explore(X, HORIZONTAL_BAR)", ["output", "image"]),
    "pooling": (
        "explore_pooling(np.arange(36).reshape(6, 6), beside=True)",
        ["output", "image", "beside"],
    ),
    "channels": (f"explore_channels({IMAGES}, bias=1)", ["part"]),
    "pixels": ("explore_pixels(X)", ["found", "numbers", "shades"]),
    "learning": ("explore_learning(X, HORIZONTAL_BAR)", ["kernel"]),
}
EVERY = [(name, grid) for name, (_, grids) in PICTURES.items() for grid in grids]

# Where each outline stands, and all that is written.
SHOWN = """(box) => [
  ...[...box.querySelectorAll("svg rect:not(.cw-cell)")].map((line) =>
    [...["x", "y", "width", "height"].map((name) => line.getAttribute(name)), getComputedStyle(line).visibility].join()),
  box.textContent,
]"""
ASIDE = "(box) => Object.assign(box.style, { position: 'relative', left: '5000px' })"
BACK = "(box) => (box.style.left = '0')"


@pytest.mark.parametrize(("name", "grid"), EVERY)
def test_a_pointer_at_rest(show, name, grid):
    picture = show(f"picture = {PICTURES[name][0]}\npicture")
    grids = [f".{kind}-{grid} .cw-grid" for kind in ("cw-panel", "cw-chain", "cw-unit", "px")]
    inside = picture.box.locator(", ".join(grids)).first
    place = inside.locator(".cw-cell").nth(1)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    picture.box.evaluate(ASIDE)
    picture.page.mouse.move(x, y)
    before = picture.box.evaluate(SHOWN)
    with picture.page.expect_event("console", lambda message: message.text == "over"):
        place.evaluate("(cell) => cell.addEventListener('pointerover', () => console.log('over'))")
        picture.box.evaluate(BACK)
    picture.page.wait_for_timeout(50)
    assert picture.box.evaluate(SHOWN) == before
    picture.page.mouse.move(x + 2, y)
    assert picture.box.evaluate(SHOWN) != before


@pytest.mark.parametrize("name", ["explore", "pooling"])
def test_reset_by_key_while_the_pointer_rests_on_a_pixel(show, name):
    picture = show(f"picture = {PICTURES[name][0]}\npicture")
    picture.button("Step to the next place").press("Enter")
    picture.cell(picture.image, 1, 2).hover()
    picture.button("Reset to the start of the lesson").press("Enter")
    picture.check(step=0)
    picture.button("Step to the next place").press("Enter")
    picture.check(step=1)
