"""The gallery of kernels, and the pictures over a photograph that Python draws."""

import base64
import io
import re

import ipywidgets as widgets
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.figure import Figure
from PIL import Image, ImageFilter

from helpers import agree, conv2d, tf_conv2d
from helpers.controls import (
    OWN,
    SHOW,
    Controlled,
    explore_photograph,
    explore_zoom,
    filtered,
    show_gallery,
    uploaded,
)
from helpers.kernels import GALLERY, Kernel, denominator, read_weights, written
from helpers.panels import Panel, brightness, in_figure, signed_colours, small_png
from helpers.photograph import photograph, to_grey

PHOTO = photograph()
GREY = to_grey(PHOTO)
FLAT = np.full((20, 30), 100, dtype=np.uint8)
names = pytest.mark.parametrize("name", GALLERY)


def images(picture):
    """The pixels of every <img> in the page."""
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', picture._screen.value)
    return [np.array(Image.open(io.BytesIO(base64.b64decode(one)))) for one in found]


def control(picture, name):
    return picture._controls[name]


def message(picture):
    return re.sub("<[^>]*>", "", picture._message.value)


def all_within(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from all_within(child)


def upload_into(picture, content):
    """What the page sends when a file is chosen, by ipywidgets 8."""
    field = next(w for w in all_within(picture) if isinstance(w, widgets.FileUpload))
    file = {"name": "a.png", "type": "", "size": len(content), "last_modified": 0}
    field.set_state({"value": [{**file, "content": memoryview(content)}]})


def as_png(array):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


# The gallery.


def test_the_gallery_is_complete():
    wanted = "identity, box blur, Gaussian blur, sharpen, Sobel x, Sobel y, Laplacian, emboss, "
    assert ", ".join(GALLERY) == wanted + "edge enhance"
    for name, kernel in GALLERY.items():
        assert kernel.name == name and kernel.weights.shape == (3, 3)
        assert kernel.asks[-1] in "?." and kernel.source.endswith(".")
        with pytest.raises(ValueError):
            kernel.weights[0, 0] = 7


@names
def test_kernels_agree_with_tensorflow(name):
    weights = GALLERY[name].weights
    ours = filtered(PHOTO, weights)
    for channel in range(3):
        theirs = tf_conv2d(PHOTO[..., channel], weights, padding="same")
        assert agree(ours[..., channel], theirs, scale=255 * np.abs(weights).sum())


@names
def test_the_sum_of_the_weights_is_what_happens_to_flat_grey(name):
    total = GALLERY[name].weights.sum()
    assert total == pytest.approx(0 if name in BASED_ON_DIFFERENCES else 1)
    inside = filtered(FLAT, GALLERY[name].weights)[1:-1, 1:-1]
    np.testing.assert_allclose(inside, 100 * total, atol=1e-9)


BASED_ON_DIFFERENCES = ("Sobel x", "Sobel y", "Laplacian", "emboss")


def test_kernels_are_what_their_sources_say():
    values, inside = GREY.astype(float), (slice(1, -1), slice(1, -1))
    theirs = {
        "identity": values,
        "box blur": scipy.ndimage.uniform_filter(values, 3),
        "Sobel x": scipy.ndimage.sobel(values, axis=1),
        "Sobel y": scipy.ndimage.sobel(values, axis=0),
        "Laplacian": scipy.ndimage.laplace(values),
        "sharpen": values - scipy.ndimage.laplace(values),
    }
    for name, wanted in theirs.items():
        ours = filtered(GREY, GALLERY[name].weights)
        np.testing.assert_allclose(ours[inside], wanted[inside], atol=1e-9, err_msg=name)
    row = np.array([[1, 2, 1]])
    np.testing.assert_array_equal(GALLERY["Gaussian blur"].weights, row.T @ row / 16)


@pytest.mark.parametrize(
    "name, theirs, turned, added",
    [
        ("edge enhance", ImageFilter.EDGE_ENHANCE, False, 0),
        ("emboss", ImageFilter.EMBOSS, True, 128),
    ],
)
def test_kernels_of_pillow(name, theirs, turned, added):
    weights = GALLERY[name].weights[::-1] if turned else GALLERY[name].weights
    ours = brightness(filtered(PHOTO, weights) + added)[1:-1, 1:-1]
    wanted = np.array(Image.fromarray(PHOTO).filter(theirs))[1:-1, 1:-1]
    np.testing.assert_array_equal(ours, wanted)


@pytest.mark.parametrize(
    "name, brighter",
    [
        ("Sobel x", (slice(None), slice(2, None))),
        ("Sobel y", (slice(2, None), slice(None))),
        ("sharpen", (1, 1)),
        ("edge enhance", (1, 1)),
        ("emboss", (1, 1)),
    ],
)
def test_above_0_means_what_the_question_says(name, brighter):
    window = np.full((3, 3), 50)
    window[brighter] = 90
    assert conv2d(window, GALLERY[name].weights).item() > (90 if brighter == (1, 1) else 0) * (
        GALLERY[name].weights.sum()
    )
    dark = np.full((3, 3), 50)
    dark[brighter] = 10
    assert conv2d(dark, GALLERY[name].weights).item() < (10 if brighter == (1, 1) else 0) * (
        GALLERY[name].weights.sum()
    ) + (0 if GALLERY[name].weights.sum() else 1e-9)


# Typed weights.


@pytest.mark.parametrize(
    "text",
    [
        "1 2\n3 4",
        " 1,2 \n\n 3 , 4\n",
        "[[1, 2], [3, 4]]",
        "[[1 2]\n [3 4]]",
        "1 2; 3 4",
        "2/2 4/2\n3.0 4e0",
        "1\t2\r\n3\t4",
    ],
)
def test_weights_can_be_typed(text):
    assert read_weights(text).tolist() == [[1, 2], [3, 4]]


def test_a_true_minus_sign_and_a_fraction():
    assert read_weights("−1/4 -.5").tolist() == [[-0.25, -0.5]]


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "Type the weights"),
        (" \n", "Type the weights"),
        ("1 x", "“x” is no weight"),
        ("1 -", "“-” is no weight"),
        ("1/0", "“1/0” is no weight"),
        ("1/2/3", "“1/2/3” is no weight"),
        ("nan", "“nan” is no weight"),
        ("1e999999999", "is too large"),
        ("2000000", "“2000000” is too large"),
        ("1 2 3\n4 5", "row 1 has 3, row 2 has 2"),
        ("1 " * 10, "at most 9 rows and 9 columns here; this one has 1 and 10"),
        ("1\n" * 10, "this one has 10 and 1"),
    ],
)
def test_nonsense_gets_a_sentence(text, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        read_weights(text)


@given(arrays(float, (2, 3), elements=st.floats(-1e6, 1e6)))
def test_written_weights_can_be_read_again(weights):
    np.testing.assert_allclose(read_weights(written(weights)), weights, rtol=1e-9, atol=1e-8)


@given(arrays(int, (3, 2), elements=st.integers(-40, 40)), st.integers(1, 100))
def test_fractions_are_written_as_fractions(above, below):
    weights = above / below
    assert below % denominator(weights) == 0
    np.testing.assert_allclose(read_weights(written(weights)), weights, rtol=1e-12)
    assert "." not in written(weights)


def test_how_weights_are_written():
    assert written(GALLERY["box blur"].weights) == "\n".join(["1/9 1/9 1/9"] * 3)
    assert written(GALLERY["edge enhance"].weights).split()[4] == "10/2"
    assert written(np.array([[np.pi]])) == repr(np.pi)
    assert written(GALLERY["Sobel x"].weights) == "-1 0 1\n-2 0 2\n-1 0 1"


# Controls and what they draw.


def counting(controls=None):
    """A picture that says how often it was drawn, and refuses 13."""
    calls = []

    def draw(n):
        calls.append(n)
        if n == 13:
            raise ValueError("13 is <unlucky> here.")
        return [Panel("p", np.full((2, 2), n, np.uint8))], f"`n` is {n}"

    slider = widgets.IntSlider(3, 0, 20)
    return Controlled(draw, {"n": slider}), slider, calls


def test_each_change_draws_once():
    picture, slider, calls = counting()
    slider.value = 5
    slider.value = 5
    assert calls == [3, 5]
    assert (images(picture)[0] == 5).all()
    assert repr(picture) == "n is 5" and "<code>n</code> is 5" in picture._screen.value


def test_an_error_is_said_in_place_and_the_last_picture_stays():
    picture, slider, _ = counting()
    before = picture._screen.value
    slider.value = 13
    assert message(picture) == "13 is &lt;unlucky&gt; here." and "wrong" in picture._message.value
    assert picture._screen.value == before and repr(picture) == "n is 3"
    slider.value = 14
    assert message(picture) == "" and repr(picture) == "n is 14"


def test_another_kind_of_error_is_not_hidden():
    picture = Controlled(lambda n: ([], str(1 / n)), {"n": widgets.IntSlider(1)})
    with pytest.raises(ZeroDivisionError):
        control(picture, "n").value = 0


def test_changes_at_once_draw_once():
    picture, slider, calls = counting()
    with picture.at_once():
        slider.value = 7
        slider.value = 8
    assert calls == [3, 8]


def test_a_figure_of_matplotlib_can_be_drawn():
    picture = Controlled(lambda n: (Figure((1, 1)), 'a <"figure">'), {"n": widgets.IntSlider()})
    assert 'alt="a &lt;&quot;figure&quot;&gt;"' in picture._screen.value
    assert images(picture)[0].shape[:2] == (100, 100)


def test_the_stored_form_is_a_picture_and_words(monkeypatch):
    monkeypatch.setenv("CONVOLUTION_STILLS", "1")
    for picture in (explore_photograph(), explore_zoom(zoom=6), explore_zoom(FLAT)):
        data, _ = picture._repr_mimebundle_()
        assert data.keys() == {"image/png", "text/plain"} and data["text/plain"] == repr(picture)
        assert Image.open(io.BytesIO(data["image/png"])).width == 900
        assert len(data["image/png"]) <= 90_000
    monkeypatch.delenv("CONVOLUTION_STILLS")
    assert "application/vnd.jupyter.widget-view+json" in picture._repr_mimebundle_()


def test_stored_pictures_keep_the_colours_that_mean_something():
    cells = signed_colours(np.array([[-0.6, 0.1], [0, 1]]), 1)
    steps = np.arange(256, dtype=np.uint8).reshape(16, 16)
    panels = [
        Panel("steps", steps, 300, frame=(1, 1, 3, 3)),
        Panel("cells", cells, 300, cells=[["a", "b"], ["c", "d"]]),
    ]
    data = small_png(in_figure(panels), panels)
    stored = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
    for colour in [(217, 95, 2), (255, 255, 255), *cells.reshape(-1, 3)]:
        assert (stored == colour).all(axis=2).sum() > 300, colour
    inside = stored[200:400, 200:400]  # of the grey steps, into which no colour strays
    assert (inside.max(axis=2) - inside.min(axis=2)).max() < 10
    assert len(np.unique(inside[..., 0])) > 10


# The photograph under a kernel.


@names
@pytest.mark.parametrize("show", SHOW)
def test_before_and_after(name, show):
    picture = explore_photograph(kernel=name, show=show)
    before, after = images(picture)
    wanted = PHOTO if show == "RGB" else GREY
    np.testing.assert_array_equal(before, wanted)
    channels = np.moveaxis(np.atleast_3d(wanted), -1, 0)
    numbers = [conv2d(one, GALLERY[name].weights, padding="same") for one in channels]
    if show == SHOW[2]:
        np.testing.assert_array_equal(after, signed_colours(numbers[0]))
    else:
        seen = np.clip(np.floor(np.stack(numbers, axis=-1) + 0.5), 0, 255).squeeze()
        np.testing.assert_array_equal(after, seen)
    assert GALLERY[name].asks in repr(picture) and GALLERY[name].source in repr(picture)


def test_what_is_clipped_is_counted():
    photo = np.array([[0, 100, 255]], dtype=np.uint8)
    picture = explore_photograph(photo, {"three": [[3]], "less": [[-1]]})
    assert "After: 0 to 765. Of 3 numbers 2 lie above 255 and are drawn as 255." in repr(picture)
    control(picture, "weights").value = "1"
    assert repr(picture).endswith("After: 0 to 255.")
    control(picture, "weights").value = "-1"
    assert "After: −255 to 0. Of 3 numbers 2 lie below 0 and are drawn as 0." in repr(picture)
    assert "“grey, with signs” shows what lies below 0." in repr(picture)
    control(picture, "show").value = "grey, with signs"
    assert "Two scales" in repr(picture) and "beyond" not in repr(picture)
    control(picture, "weights").value = "-2"
    assert "1 of 3 lie beyond and have the full colour." in repr(picture)


def test_signed_colours():
    colours = signed_colours(np.array([[-300, -255, 0, 255, 127.5]]))[0].tolist()
    assert colours == [[118, 42, 131]] * 2 + [[255] * 3, [27, 120, 55], [141, 188, 155]]


def test_name_and_weights_follow_each_other():
    picture = explore_photograph()
    name = next(w for w in all_within(picture) if isinstance(w, widgets.Dropdown))
    weights = control(picture, "weights")
    name.value = "sharpen"
    assert weights.value == "0 -1 0\n-1 5 -1\n0 -1 0" and repr(picture).startswith("sharpen,")
    weights.value = "0 -1 0\n-1 6 -1\n0 -1 0"
    assert name.value == OWN and repr(picture).startswith("your own weights,")
    weights.value = typed = ".5 0 0\n0 2.5 0\n0 0 -.5"
    weights.value = typed = "-.5 -.5 -.5\n-.5 5 -.5\n-.5 -.5 -.5"
    assert name.value == "edge enhance" and weights.value == typed  # as it was typed
    weights.value = "1 2 nonsense"
    assert name.value == OWN and "“nonsense” is no weight" in message(picture)
    assert repr(picture).startswith("edge enhance,")
    name.value = "identity"
    assert message(picture) == "" and repr(picture).startswith("identity,")
    name.value = OWN
    assert weights.value == "0 0 0\n0 1 0\n0 0 0"


def test_kernels_may_be_arrays_of_any_size():
    wide = np.arange(-9, 9).reshape(2, 9) / 7
    picture = explore_photograph(GREY, {"wide": wide, "one": Kernel("one", [[1]])})
    np.testing.assert_array_equal(
        images(picture)[1], brightness(conv2d(GREY, wide, padding="same"))
    )
    assert repr(picture).startswith("wide, grey, 200 rows")
    assert "kernel 2×9: 1/7 ×" in picture._screen.value


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"kernel": "sobel"}, "kernel is one of 'identity', "),
        ({"show": "red"}, "show is one of 'RGB', 'grey', "),
        ({"kernels": {"flat": [[1, np.nan]]}}, "is no weight"),
        ({"kernels": {"flat": [1, 2]}}, "A kernel is (height, width) here; 'flat' is (2,)."),
        ({"photo": FLAT / 255}, "array * 255"),
    ],
)
def test_wrong_arguments_are_refused(arguments, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        explore_photograph(**arguments)


# The zoom.


def test_the_zoom_ends_at_numbers():
    picture = explore_zoom(row=83, column=123)
    shapes = []
    for zoom in range(7):
        control(picture, "zoom").value = zoom
        whole, *part = images(picture)
        np.testing.assert_array_equal(whole, PHOTO)
        shapes.append(re.search(r"shape \((\d+), (\d+), 3\)", repr(picture)).groups())
        assert len(part) == (0 if zoom == 6 else 1)
    assert shapes == [("200", "300"), *((str(n), str(n * 3 // 2)) for n in (128, 64, 32, 16, 8, 4))]
    assert control(picture, "zoom").max == 6
    assert repr(picture).splitlines() == [
        "photo[81:85, 120:126] has the shape (4, 6, 3): 4 rows, 6 columns, 3 numbers per pixel.",
        "photo[83, 123] is red {}, green {}, blue {}: the pixel in row 83, column 123, outlined in "
        "black.".format(*PHOTO[83, 123]),
    ]
    numbers = re.findall(r"<span>(\d+)</span>", picture._screen.value)
    assert [int(n) for n in numbers] == PHOTO[81:85, 120:126].ravel().tolist()
    heads = re.findall(r'scope="(row|col)">(\d+)<', picture._screen.value)
    assert [n for kind, n in heads if kind == "row"] == [str(n) for n in range(81, 85)]
    assert [n for kind, n in heads if kind == "col"] == [str(n) for n in range(120, 126)]


@given(zoom=st.integers(0, 6), row=st.integers(0, 199), column=st.integers(0, 299))
def test_the_part_holds_the_pixel_and_stays_inside(zoom, row, column):
    words = repr(explore_zoom(zoom=zoom, row=row, column=column))
    top, bottom, left, right = map(int, re.findall(r"\d+", words.partition("]")[0]))
    assert 0 <= top <= row < bottom <= 200 and 0 <= left <= column < right <= 300
    part = re.search(r"shape (\([^)]*\))", words).group(1)
    assert part == str(PHOTO[top:bottom, left:right].shape)


def test_grey_has_one_number_a_pixel():
    picture = explore_zoom(zoom=6, row=0, column=0)
    control(picture, "channels").value = "grey"
    cells = re.findall(r"<td[^>]*>(\d+)</td>", picture._screen.value)
    assert [int(n) for n in cells] == GREY[:4, :6].ravel().tolist()
    assert repr(picture).startswith("to_grey(photo)[0:4, 0:6] has the shape (4, 6): 4 rows, ")
    assert f"to_grey(photo)[0, 0] is {GREY[0, 0]}:" in repr(picture)
    assert repr(explore_zoom(GREY, zoom=6)).startswith("photo[98:102, 147:153]")


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (1, 600), (8, 9), (600, 2, 3)])
def test_small_and_narrow_photographs(shape):
    photo = np.arange(np.prod(shape)).reshape(shape).astype(np.uint8)
    picture = explore_zoom(photo)
    assert control(picture, "zoom").max == (0 if min(shape[:2]) < 6 else 1)
    assert f"photo[0:{shape[0]}, 0:{shape[1]}]" in repr(picture)
    assert ("<td" in picture._screen.value) == (shape == (1, 1))
    explore_photograph(photo, kernel="Sobel x")
    assert len(picture.still()["image/png"]) > 0


@pytest.mark.parametrize("where", [{"zoom": 7}, {"row": 200}, {"column": -1}])
def test_places_outside_the_photograph_are_refused(where):
    with pytest.raises(ValueError, match=rf"^{next(iter(where))} goes from 0 to"):
        explore_zoom(**where)


# The reader's own photograph.


def test_both_forms_of_an_upload():
    file = {"name": "a.png", "content": memoryview(b"abc")}
    assert uploaded((file,)) == b"abc"  # ipywidgets 8
    assert uploaded({"a.png": {"metadata": {}, "content": b"abc"}}) == b"abc"  # ipywidgets 7
    with pytest.raises(ValueError, match="No photograph"):
        uploaded(())


def test_an_upload_replaces_the_photograph():
    picture = explore_photograph(kernel="box blur")
    upload_into(picture, as_png(FLAT))
    assert control(picture, "show").options == ("grey", "grey, with signs")
    np.testing.assert_array_equal(picture.photo, FLAT)
    np.testing.assert_array_equal(images(picture)[0], FLAT)
    assert repr(picture).startswith("box blur, grey, 20 rows and 30 columns.")
    upload_into(picture, as_png(PHOTO[:50]))
    assert control(picture, "show").options == SHOW and message(picture) == ""


def test_an_upload_moves_the_zoom_into_the_photograph():
    picture = explore_zoom(zoom=6, row=199, column=299)
    upload_into(picture, as_png(FLAT))
    assert [control(picture, name).max for name in ("zoom", "row", "column")] == [2, 19, 29]
    assert repr(picture).startswith("photo[16:20, 24:30] has the shape (4, 6)")
    assert control(picture, "channels").options == ("grey",)
    assert control(picture, "channels").layout.display == "none"
    upload_into(picture, as_png(PHOTO[:50]))
    assert control(picture, "channels").layout.display is None


def test_an_upload_that_is_too_large_is_scaled_down_and_says_so():
    picture = explore_zoom()
    upload_into(picture, as_png(np.zeros((30, 1200), np.uint8)))
    assert message(picture).endswith("It was scaled down to 600 wide and 15 high.")
    assert picture.photo.shape == (15, 600)


def test_an_upload_that_is_no_image_gets_a_sentence():
    picture = explore_photograph()
    before = picture._screen.value
    upload_into(picture, b"not an image")
    assert "is not an image" in message(picture) and picture._screen.value == before
    control(picture, "show").value = "grey"  # and all goes on with the last photograph
    assert message(picture) == "" and images(picture)[0].shape == (200, 300)


# The sheet.


def test_the_sheet_says_the_range_of_each():
    lines = repr(show_gallery(GREY)).splitlines()
    assert len(lines) == len(GALLERY) + 1 and "0 black, 255 white" in lines[-1]
    for line, kernel in zip(lines, GALLERY.values(), strict=False):
        values = conv2d(GREY, kernel.weights, padding="same")
        total, low, high = map(float, re.findall(r"-?[\d.]+\d|\d", line.replace("−", "-")))
        assert line.startswith(kernel.name + ": weights add up to")
        assert [total, low, high] == pytest.approx(
            [kernel.weights.sum(), values.min(), values.max()], abs=0.006
        )


def test_the_sheet_is_small_enough_to_be_stored():
    for show in SHOW:
        assert len(show_gallery(show=show)._repr_png_()) <= 165_000
    assert "purple" in repr(show_gallery(show="grey, with signs"))
