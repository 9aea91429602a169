"""The still pictures: their numbers, their colours, and the words beside them."""

import io

import numpy as np
import pytest
from PIL import Image

from helpers import HORIZONTAL_BAR, X, figures, show, show_images, show_maps


def colours(figure):
    """The fill colours of the figure's rectangles that have one."""
    return [p.get_facecolor()[:3] for p in figure.axes[0].patches if p.get_facecolor()[3] > 0]


def test_images_are_shaded_and_maps_are_tinted():
    figure = figures.draw_grids({"image": np.array([[0, 10]]), "map": np.array([[-5, 0, 5]])})
    black, white, negative, zero, positive = colours(figure)
    assert black == (0, 0, 0)
    assert white == zero == (1, 1, 1)
    assert negative[1] < negative[0] and negative[1] < negative[2]  # purple
    assert positive[1] > positive[0] and positive[1] > positive[2]  # green


def test_all_maps_of_one_still_share_one_scale():
    together = figures.draw_grids({"map a": np.array([[1]]), "map b": np.array([[10]])})
    faint, strong = colours(together)
    assert sum(faint) > sum(strong)


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (-9, "−9"), (0.5, "0.50"), (-0.125, "−0.13"), (0.125, "0.13"), (-0.001, "0")],
)
def test_numbers_are_printed_as_in_the_page(value, text):
    assert figures.number(value) == text


def test_the_words_of_a_still_hold_its_numbers():
    window = X[:3, :3]
    words = repr(show("×=", window=window, kernel=HORIZONTAL_BAR, products=window * HORIZONTAL_BAR))
    assert words.endswith("products 3×3:\n−1   1   1\n−1   1  −1\n 1   1  −1")


@pytest.mark.parametrize(
    "still",
    [
        show(image=X),
        show("+", **{"map of a": [[1.5, np.nan]], "map of b": [[-2, 0]]}),
        show_images(np.arange(72).reshape(2, 6, 6), titles=["a", "b"]),
        show_maps(np.linspace(-1, 1, 300).reshape(5, 5, 12)),
    ],
    ids=["one", "two", "images", "maps"],
)
def test_every_still_is_a_picture_of_a_sensible_size(still):
    width, height = Image.open(io.BytesIO(still._repr_png_())).size
    assert 100 < width < 1100 and 80 < height < 500


@pytest.mark.parametrize("values", [[1, 2], np.zeros((2, 2, 3))])
def test_a_grid_has_two_axes(values):
    with pytest.raises(ValueError, match="image must be"):
        show(image=values)


@pytest.mark.parametrize("values", [np.zeros((2, 2)), np.zeros((0, 5, 5))])
def test_rows_of_images_have_three_axes_and_an_image(values):
    with pytest.raises(ValueError, match="at least one image"):
        show_images(values)
