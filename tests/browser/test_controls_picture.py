"""The pictures over a photograph in JupyterLab and in Notebook 7, by pointer and by keyboard."""

import base64
import io

import numpy as np
import pytest
from conftest import NOTEBOOK, eventually
from PIL import Image
from playwright.sync_api import expect

from helpers.controls import filtered
from helpers.kernels import GALLERY
from helpers.panels import brightness
from helpers.photograph import photograph, to_grey

PHOTO = photograph()
# The sources of the images that the page has decoded and can show.
SOURCES = "async (images) => Promise.all([...images].map((i) => i.decode().then(() => i.src)))"


class Pictured:
    """A picture with controls in the page, called `picture` in the kernel."""

    def __init__(self, host, number=0):
        self.host, self.page = host, host.page
        self.box = host.page.locator(".course-controls").nth(number)
        self.words = self.box.locator(".course-words")
        self.message = self.box.locator(".course-message")
        self.weights = self.box.get_by_label("weights", exact=True)

    def chosen(self, name):
        return self.box.get_by_label(name, exact=True)

    def images(self):
        sources = self.box.locator(".course-screen img").evaluate_all(SOURCES)
        files = [io.BytesIO(base64.b64decode(source.partition(",")[2])) for source in sources]
        return [np.array(Image.open(file).convert("RGB")) for file in files]

    def should_show(self, *wanted):
        def check():
            seen = self.images()
            assert [s.shape[:2] for s in seen] == [w.shape[:2] for w in wanted]
            for one, other in zip(seen, wanted, strict=True):
                np.testing.assert_array_equal(one, np.broadcast_to(np.atleast_3d(other), one.shape))

        eventually(check)

    def upload(self, content, name="mine.png"):
        with self.page.expect_file_chooser() as chooser:
            self.box.get_by_role("button", name="your own photograph").click()
        file = {"name": name, "mimeType": "image/png", "buffer": content}
        chooser.value.set_files([file])


@pytest.fixture
def open_picture(host):
    """Run a cell that shows a picture; no key and no error may reach the notebook."""
    host.page.set_viewport_size({"width": 1280, "height": 900})
    host.errors.clear()

    def run(source):
        host.run("import numpy as np\nfrom helpers import *\n" + source)
        picture = Pictured(host)
        expect(picture.words).to_be_visible()
        host.page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
        run.notebook = host.page.evaluate(NOTEBOOK)
        return picture

    yield run
    # JupyterLab's own complaint when a page's first widget comes while it still restores others.
    assert [error for error in host.errors if "widget model not found" not in error] == []
    assert host.page.evaluate(NOTEBOOK)[:1] == run.notebook[:1]


def as_png(array):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


def under(name, photo=PHOTO):
    return brightness(filtered(photo, GALLERY[name].weights))


def test_a_kernel_is_chosen_by_pointer(open_picture):
    picture = open_picture("picture = explore_photograph()\npicture")
    picture.should_show(PHOTO, PHOTO)
    for name in ("edge enhance", "Sobel x", "box blur"):
        picture.chosen("kernel").select_option(name)
        picture.should_show(PHOTO, under(name))
        expect(picture.words).to_contain_text(GALLERY[name].asks)
    expect(picture.weights).to_have_value("1/9 1/9 1/9\n" * 2 + "1/9 1/9 1/9")
    picture.chosen("show").select_option("grey")
    picture.should_show(to_grey(PHOTO), under("box blur", to_grey(PHOTO)))


def test_all_by_keyboard(open_picture):
    picture = open_picture("picture = explore_photograph()\npicture")
    keyboard = picture.page.keyboard
    picture.chosen("kernel").focus()
    keyboard.press("ArrowDown")
    picture.should_show(PHOTO, under("box blur"))
    keyboard.press("Tab")
    expect(picture.chosen("show")).to_be_focused()
    keyboard.press("ArrowDown")
    picture.should_show(to_grey(PHOTO), under("box blur", to_grey(PHOTO)))
    keyboard.press("Tab")
    expect(picture.weights).to_be_focused()
    keyboard.press("Control+a")
    keyboard.type("0 0 0\n0 2 0\n0 0 0")
    picture.should_show(to_grey(PHOTO), brightness(2.0 * to_grey(PHOTO)))
    expect(picture.chosen("kernel")).to_have_value("your own weights")
    keyboard.press("Tab")
    expect(picture.box.get_by_role("button", name="your own photograph")).to_be_focused()


def test_nonsense_is_said_in_place_and_the_last_picture_stays(open_picture):
    picture = open_picture('picture = explore_photograph(kernel="sharpen")\npicture')
    picture.should_show(PHOTO, under("sharpen"))
    height = picture.box.bounding_box()["height"]
    picture.weights.fill("1 2 three")
    alert = picture.box.locator(".course-wrong")
    expect(alert).to_contain_text("“three” is no weight")
    picture.should_show(PHOTO, under("sharpen"))
    assert picture.box.bounding_box()["height"] == height  # nothing jumps
    picture.weights.fill("1 2\n3")
    expect(alert).to_contain_text("row 1 has 2, row 2 has 1")
    picture.weights.fill("1")
    picture.should_show(PHOTO, PHOTO)
    expect(alert).to_have_count(0)


def test_an_upload_takes_the_photographs_place(open_picture):
    picture = open_picture('picture = explore_photograph(kernel="Sobel y")\npicture')
    mine = np.random.default_rng(3).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    picture.upload(as_png(mine))
    picture.should_show(mine, under("Sobel y", mine))
    np.testing.assert_array_equal(np.array(picture.host.value("picture.photo")), mine)
    picture.upload(b"no image at all", "notes.png")
    expect(picture.box.locator(".course-wrong")).to_contain_text("is not an image")
    picture.should_show(mine, under("Sobel y", mine))
    picture.upload(as_png(np.full((20, 1200), 80, np.uint8)))
    expect(picture.message).to_contain_text("It was scaled down to 600 wide and 10 high.")
    picture.should_show(*[np.full((10, 600), 80)], under("Sobel y", np.full((10, 600), 80)))


def test_the_zoom_goes_down_to_numbers(open_picture):
    picture = open_picture("picture = explore_zoom(row=83, column=123)\npicture")
    field, keyboard = picture.chosen("zoom"), picture.page.keyboard
    field.focus()
    for height in (128, 64, 32, 16, 8):
        keyboard.press("ArrowUp")
        width = height * 3 // 2
        top, left = max(83 - height // 2, 0), max(123 - width // 2, 0)
        picture.should_show(PHOTO, PHOTO[top : top + height, left : left + width])
    keyboard.press("ArrowUp")
    picture.should_show(PHOTO)
    numbers = picture.box.locator("td span")
    expect(numbers).to_have_count(4 * 6 * 3)
    assert [int(n) for n in numbers.all_text_contents()] == PHOTO[81:85, 120:126].ravel().tolist()
    expect(picture.words).to_contain_text("photo[81:85, 120:126] has the shape (4, 6, 3)")
    picture.chosen("row").fill("0")
    picture.chosen("row").press("Enter")
    expect(picture.words).to_contain_text("photo[0:4, 120:126]")
    picture.chosen("channels").select_option("grey")
    expect(numbers).to_have_count(0)
    cells = picture.box.locator("td").all_text_contents()
    assert [int(n) for n in cells] == to_grey(PHOTO)[:4, 120:126].ravel().tolist()


def test_the_frame_stands_where_the_part_is(open_picture):
    picture = open_picture("picture = explore_zoom(zoom=2, row=100, column=200)\npicture")
    image = picture.box.locator("img").first.bounding_box()
    frame = picture.box.locator(".course-frame").bounding_box()
    pixel = image["width"] / 300
    inner = [frame["x"] + 4 - image["x"], frame["y"] + 4 - image["y"], frame["width"] - 8]
    np.testing.assert_allclose(inner, [152 * pixel, 68 * pixel, 96 * pixel], atol=1.5)


def test_a_slider_is_dragged_and_nothing_lags_behind(open_picture):
    picture = open_picture("picture = explore_zoom(zoom=2)\npicture")
    picture.host.execute(
        "drawn = []; draw = picture._draw\n"
        "picture._draw = lambda **values: (drawn.append(values['column']), draw(**values))[1]"
    )
    slider = picture.box.locator(".noUi-base, .ui-slider").nth(2)
    box, mouse = slider.bounding_box(), picture.page.mouse
    y = box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] / 2, y)
    mouse.down()
    for share in np.linspace(0.5, 1, 60):
        mouse.move(box["x"] + box["width"] * share, y)
    mouse.up()
    picture.should_show(PHOTO, PHOTO[68:132, 204:300])

    def check():  # the last columns give the same part, so the picture alone does not tell
        drawn = picture.host.value("drawn")
        assert drawn[-1] == 299 and drawn == sorted(drawn), "the last is drawn, and drawn last"
        assert 2 <= len(drawn) <= 60

    eventually(check)


def test_two_pictures_do_not_disturb_each_other(open_picture):
    first = open_picture(
        "display(explore_photograph())\ndisplay(explore_photograph(kernel='emboss'))"
    )
    second = Pictured(first.host, 1)
    first.chosen("kernel").select_option("Laplacian")
    first.should_show(PHOTO, under("Laplacian"))
    second.should_show(PHOTO, under("emboss"))


@pytest.mark.parametrize("width", [640, 853, 1280, 1920])
@pytest.mark.parametrize("source", ["explore_photograph()", "explore_zoom(zoom=6)"])
def test_it_fits_the_page(open_picture, width, source):
    picture = open_picture(f"picture = {source}\npicture")
    picture.page.set_viewport_size({"width": width, "height": 900})
    picture.page.wait_for_timeout(400)  # the page takes its new width

    def check():
        room = picture.box.bounding_box()
        for part in picture.box.locator("figure, img, select, textarea, button, input").all():
            place = part.bounding_box()
            if place:
                assert place["x"] >= room["x"] - 1
                assert place["x"] + place["width"] <= room["x"] + room["width"] + 1

    eventually(check)
    if width >= 1280:
        tops = [f.bounding_box()["y"] for f in picture.box.locator(".course-picture").all()]
        assert max(tops) - min(tops) < 2, "before and after stand side by side"


def test_every_field_has_a_name(open_picture):
    picture = open_picture("picture = explore_zoom()\npicture")
    for name in ("zoom", "row", "column", "channels"):
        expect(picture.chosen(name)).to_be_visible()
    picture = open_picture("picture = explore_photograph()\npicture")
    for name in ("kernel", "weights", "show"):
        expect(picture.chosen(name)).to_be_visible()
    for image in picture.box.locator("img").all():
        assert image.get_attribute("alt")
