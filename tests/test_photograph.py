"""The course's photograph, and the reader's own of any kind in its place."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from helpers.photograph import FILE, photograph, read_photograph, to_grey
from tools.make_photograph import main

RANDOM = np.random.default_rng(5)
COLOURS = RANDOM.integers(0, 256, (20, 30, 3), dtype=np.uint8)
GREYS = RANDOM.integers(0, 256, (20, 30), dtype=np.uint8)


def as_file(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def refusal(file, error=ValueError):
    with pytest.raises(error) as caught:
        photograph(file)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


# The course's own.


def test_the_course_has_a_photograph():
    photo = photograph()
    assert photo.shape == (200, 300, 3) and photo.dtype == np.uint8
    assert photo.min() == 0 and photo.max() == 255
    assert FILE.stat().st_size <= 130_000


def test_its_script_makes_it_again(tmp_path):
    main(tmp_path / "again.png")
    again = np.array(Image.open(tmp_path / "again.png")).astype(int)
    assert np.abs(again - photograph()).max() <= 2  # JPEG decoders may differ by 1, before scaling


def test_each_call_gives_a_photograph_of_its_own():
    photograph()[:] = 0
    assert photograph().max() == 255


# The reader's own, from a file.


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "WEBP", "JPEG"])
def test_formats(kind, tmp_path):
    image = Image.fromarray(COLOURS)
    options = {"lossless": True} if kind == "WEBP" else {}
    (tmp_path / "holiday").write_bytes(as_file(image, kind, **options))
    with Image.open(tmp_path / "holiday") as read:
        wanted = np.array(read.convert("RGB"))
    for name in (tmp_path / "holiday", str(tmp_path / "holiday")):
        np.testing.assert_array_equal(photograph(name), wanted)


def test_bytes_of_a_file():
    data = as_file(Image.fromarray(GREYS))
    for one in (data, bytearray(data), memoryview(data)):
        np.testing.assert_array_equal(photograph(one), GREYS)


def test_grey_stays_grey():
    assert photograph(as_file(Image.fromarray(GREYS), "JPEG")).shape == (20, 30)


def test_one_bit():
    image = Image.fromarray(GREYS).convert("1")
    np.testing.assert_array_equal(photograph(as_file(image)), np.array(image) * 255)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_brightness(kind):
    deep = GREYS.astype(np.uint16) * 257  # 0 to 65,535
    np.testing.assert_array_equal(photograph(as_file(Image.fromarray(deep), kind)), GREYS)
    nearly = np.array([[128, 129, 65535 - 129, 65535 - 128]], dtype=np.uint16)
    assert photograph(as_file(Image.fromarray(nearly), kind)).tolist() == [[0, 1, 254, 255]]


@pytest.mark.parametrize("mode, kind", [("CMYK", "JPEG"), ("YCbCr", "JPEG"), ("P", "PNG")])
def test_other_colours(mode, kind):
    data = as_file(Image.fromarray(COLOURS).convert(mode), kind)
    with Image.open(io.BytesIO(data)) as read:
        wanted = np.array(read.convert("RGB"))
    np.testing.assert_array_equal(photograph(data), wanted)


def test_what_is_transparent_lies_on_white():
    clear = np.dstack([COLOURS, np.full((20, 30), 255, np.uint8)])
    clear[0, 0] = 10, 20, 30, 0
    clear[0, 1] = 0, 0, 0, 51  # a fifth of black
    photo = photograph(as_file(Image.fromarray(clear)))
    assert photo[0, :2].tolist() == [[255] * 3, [204] * 3]
    np.testing.assert_array_equal(photo[1:], COLOURS[1:])
    np.testing.assert_array_equal(photograph(clear), photo)


def test_grey_on_white_stays_grey():
    grey = np.dstack([GREYS, np.full((20, 30), 255, np.uint8)])
    grey[0, 0] = 0, 0
    photo = photograph(as_file(Image.fromarray(grey, "LA")))
    assert photo.shape == (20, 30) and photo[0, 0] == 255
    np.testing.assert_array_equal(photo[1:], GREYS[1:])


def test_a_palette_with_a_transparent_colour():
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    image.putpalette([9, 9, 9, 200, 100, 50])
    data = as_file(image, transparency=0)
    assert photograph(data).tolist() == [[[255, 255, 255], [200, 100, 50]]]


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photograph_stands_upright(turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    data = as_file(Image.fromarray(COLOURS), "PNG", exif=exif)
    with Image.open(io.BytesIO(data)) as read:
        wanted = np.array(ImageOps.exif_transpose(read))
    np.testing.assert_array_equal(photograph(data), wanted)
    assert photograph(data).shape == ((20, 30, 3) if turn < 5 else (30, 20, 3))
    if turn == 6:
        np.testing.assert_array_equal(wanted, np.rot90(COLOURS, -1))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_the_first_frame_of_a_moving_picture(kind):
    frames = [Image.new("RGB", (4, 3), colour) for colour in ("red", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = as_file(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert (photograph(data) == [255, 0, 0]).all()


# Too large.


@pytest.mark.parametrize("size, scaled", [((1200, 300), (600, 150)), ((8, 6000), (1, 600))])
def test_too_large_is_scaled_down_and_says_so(size, scaled, capsys):
    photo = photograph(as_file(Image.new("RGB", size, (9, 99, 200))))
    assert photo.shape == (*scaled[::-1], 3) and (photo == [9, 99, 200]).all()
    assert capsys.readouterr().out == (
        f"This photograph is {size[0]} wide and {size[1]} high. "
        f"It was scaled down to {scaled[0]} wide and {scaled[1]} high.\n"
    )


def test_large_enough_is_left_alone(capsys):
    assert photograph(np.zeros((600, 600), np.uint8)).shape == (600, 600)
    assert photograph(np.zeros((601, 600), np.uint8)).shape == (600, 599)
    assert capsys.readouterr().out.count("\n") == 1


# What cannot be used.


def test_no_such_file(tmp_path):
    sentence = refusal(tmp_path / "holidy.jpg", FileNotFoundError)
    assert "holidy.jpg" in sentence and "full path" in sentence


def test_a_folder(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_no_image(tmp_path):
    (tmp_path / "notes.txt").write_text("not an image")
    assert refusal(tmp_path / "notes.txt").startswith("notes.txt is not an image")
    assert refusal(b"").startswith("This file is not an image")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off(kind, share):
    data = as_file(Image.fromarray(RANDOM.integers(0, 256, (90, 90, 3), dtype=np.uint8)), kind)
    sentence = refusal(data[: int(share * len(data))])
    assert "damaged or cut off" in sentence or "not an image" in sentence


def test_a_file_that_is_huge():
    data = bytearray(as_file(Image.new("L", (10, 10))))
    for width, height in [(10_000, 10_000), (60_000, 60_000)]:
        data[16:24] = struct.pack(">II", width, height)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
        assert "more than 89 million pixels" in refusal(bytes(data))


def test_brightness_without_a_known_range():
    assert "unusual" in refusal(as_file(Image.fromarray(np.ones((2, 2), np.float32)), "TIFF"))
    deeper = np.full((2, 2), 70_000, np.int32)
    assert "unusual" in refusal(as_file(Image.fromarray(deeper), "TIFF"))


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_names_that_are_none(name):
    refusal(name)


@pytest.mark.parametrize("other", [7, 2.5, [1, 2], io.BytesIO()])
def test_other_types(other):
    assert type(other).__name__ in refusal(other, TypeError)


# Arrays.


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.uint16, np.float64])
def test_arrays(kind):
    for array in (GREYS, COLOURS):
        photo = photograph(array.astype(kind))
        assert photo.dtype == np.uint8
        np.testing.assert_array_equal(photo, array)
    np.testing.assert_array_equal(photograph(GREYS[..., np.newaxis]), GREYS)


def test_arrays_of_shares_are_refused():
    assert "array * 255" in refusal(GREYS / 255)
    assert "array * 255" in refusal(np.ones((2, 2)))


@pytest.mark.parametrize("low, high", [(-1, 5), (0, 256), (0, 254.5), (0, np.inf)])
def test_arrays_beyond_brightness_are_refused(low, high):
    sentence = refusal(np.array([[low, high]]))
    assert f"from {float(low)} to {float(high)}" in sentence or f"from {low} to {high}" in sentence


def test_arrays_with_nan_are_refused():
    refusal(np.array([[np.nan, 5.0]]))


@pytest.mark.parametrize("shape", [(4,), (2, 2, 2), (1, 2, 2, 3), (0, 4), (4, 0, 3)])
def test_arrays_of_other_shapes_are_refused(shape):
    assert str(shape) in refusal(np.zeros(shape, np.uint8))


def test_arrays_of_words_are_refused():
    refusal(np.array([["a", "b"]]), TypeError)
    refusal(np.ones((2, 2), complex), TypeError)


def test_read_photograph_returns_what_photograph_prints(capsys):
    photo, note = read_photograph(np.zeros((10, 1000), np.uint8))
    assert photo.shape == (6, 600) and "1000 wide" in note
    assert capsys.readouterr().out == ""
    assert read_photograph(GREYS)[1] == ""


# Grey.


def test_grey_as_pillow_makes_it():
    many = RANDOM.integers(0, 256, (300, 300, 3), dtype=np.uint8)
    np.testing.assert_array_equal(to_grey(many), np.array(Image.fromarray(many).convert("L")))
    np.testing.assert_array_equal(to_grey(GREYS), GREYS)
    assert to_grey(many).dtype == np.uint8


def test_an_equal_red_green_and_blue_keep_their_number():
    for value in range(256):
        assert to_grey(np.full((1, 1, 3), value, np.uint8)).item() == value
