"""The course's photograph, or the reader's own in its place, as an array of brightness 0 to 255."""

import io
import warnings
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "data" / "photograph.png"
LARGEST = 600  # rows or columns: every picture of the course answers at once up to this size


def photograph(file=None):
    """The course's photograph, uint8 (200, 300, 3): row, column, then red, green, blue (0 to 255).

    `file` puts the reader's own in its place: the name of a file, its bytes, or an array (H, W),
    (H, W, 3) or (H, W, 4) of 0 to 255. A grey photograph gives (H, W); what is transparent is laid
    on white. A photograph with a side longer than 600 is scaled down, and a printed line says so.

    `FileNotFoundError` if there is no such file; `ValueError`, or `TypeError` for another type of
    argument, if it cannot be used. Both say what to do.

    >>> photograph().shape
    (200, 300, 3)
    """
    photo, note = read_photograph(FILE if file is None else file)
    if note:
        print(note)
    return photo


def read_photograph(file):
    """What `photograph` returns, and the sentence that it would print (empty if there is none)."""
    from PIL import Image

    image = Image.fromarray(_checked(file)) if isinstance(file, np.ndarray) else _opened(file)
    image = _grey_or_rgb(image)
    width, height = image.size
    share = LARGEST / max(width, height)
    if share >= 1:
        return np.array(image), ""
    size = [max(1, round(side * share)) for side in (width, height)]
    note = (
        f"This photograph is {width} wide and {height} high. "
        f"It was scaled down to {size[0]} wide and {size[1]} high."
    )
    return np.array(image.resize(size, Image.Resampling.LANCZOS)), note


def to_grey(photo):
    """The grey photograph (H, W) of a colour one (H, W, 3), both uint8; a grey one stays as it is.

    A pixel's brightness is 0.299 red + 0.587 green + 0.114 blue, rounded: green looks brightest to
    the eye. (From the television standard ITU-R BT.601, in the whole numbers that Pillow uses.)

    >>> to_grey(np.array([[[100, 100, 100], [0, 255, 0]]], dtype=np.uint8))
    array([[100, 150]], dtype=uint8)
    """
    photo = _checked(photo)
    if photo.ndim == 2:
        return photo
    shares = np.array([19595, 38470, 7471])  # of 65,536
    return ((photo[..., :3] @ shares + 32768) // 65536).astype(np.uint8)


def _checked(array):
    """An array of brightness as uint8 (H, W), (H, W, 3) or (H, W, 4)."""
    array = np.asarray(array)
    array = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,), (4,)) or not array.size:
        raise ValueError(
            "A photograph is an array (height, width), (height, width, 3) or (height, width, 4) "
            f"with at least one pixel; got the shape {array.shape}."
        )
    if not np.issubdtype(array.dtype, np.number) or np.iscomplexobj(array):
        raise TypeError(f"A photograph is an array of numbers; got the type {array.dtype}.")
    if array.dtype == np.uint8:
        return array
    low, high = array.min(), array.max()
    if array.dtype.kind == "f" and low >= 0 and high <= 1:
        raise ValueError(
            "These are decimals from 0 to 1. A photograph has whole numbers from 0 to 255: "
            'give (array * 255).round().astype("uint8").'
        )
    if not (low >= 0 and high <= 255) or (array != np.round(array)).any():
        raise ValueError(
            f"A photograph has whole numbers from 0 to 255; these go from {low} to {high}"
            f"{', with decimals' if low >= 0 and high <= 255 else ''}."
        )
    return array.astype(np.uint8)


def _opened(file):
    """The first picture of a file, upright, all of it read."""
    from PIL import Image, ImageOps

    name, source = _source(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source) as image:
                image.load()
                return ImageOps.exif_transpose(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        most = Image.MAX_IMAGE_PIXELS // 1_000_000
        words = f"has more than {most} million pixels: make it smaller first."
    except Image.UnidentifiedImageError:
        words = "is not an image that can be read here. Save it as JPEG or PNG first."
    except Exception:  # Pillow's readers fail in many ways on a file that is cut off
        words = "is damaged or cut off and cannot be read. Save it as JPEG or PNG once more."
    raise ValueError(f"{name} {words}")


def _source(file):
    """What to call a file, and what Pillow can open."""
    if not isinstance(file, (str, Path, bytes, bytearray, memoryview)):
        raise TypeError(
            f"A photograph is the name of a file, its bytes or an array; got {type(file).__name__}."
        )
    if isinstance(file, (bytes, bytearray, memoryview)):
        return "This file", io.BytesIO(file)
    path = Path(file).expanduser()
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name a photograph inside it.")
    try:
        return path.name, io.BytesIO(path.read_bytes())
    except FileNotFoundError:
        raise FileNotFoundError(
            f"There is no file {path}. Put it into the folder {Path.cwd()}, or give its full path."
        ) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise ValueError(f"{path} cannot be read: {reason}.") from None


def _grey_or_rgb(image):
    """A Pillow image in mode L or RGB: 16 bits become 8, what is transparent lies on white."""
    from PIL import Image

    if image.mode in ("1", "L"):
        return image.convert("L")
    if image.mode[0] in "IF":
        return Image.fromarray(_eight_bits(np.asarray(image)))
    if image.has_transparency_data:
        colours = "LA" if image.mode in ("LA", "La") else "RGBA"
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        ground.alpha_composite(image)
        return ground.convert("L" if colours == "LA" else "RGB")
    return image.convert("RGB")


def _eight_bits(values):
    """16-bit brightness, 0 to 65,535, as 0 to 255."""
    if values.dtype.kind == "f" or values.min() < 0 or values.max() > 65535:
        raise ValueError("This file has an unusual kind of brightness. Save it as JPEG or PNG.")
    return ((values.astype(np.int64) + 128) // 257).astype(np.uint8)
