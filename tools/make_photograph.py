"""Make helpers/data/photograph.png: the course's own photograph, 300 wide and 200 high.

    python tools/make_photograph.py

It is cut from grace_hopper.jpg, which comes with matplotlib. The PNG keeps every number as it is;
a JPEG does not: two programs that read the same JPEG may differ by 1, and stored lessons would not
agree with computed ones.
"""

import sys
from pathlib import Path

PHOTOGRAPH = Path(__file__).resolve().parent.parent / "helpers" / "data" / "photograph.png"
BOX = (20, 15, 470, 315)  # left, top, right, bottom: three times two, like the result
SIZE = (300, 200)  # width first, as Pillow counts


def main(target=PHOTOGRAPH):
    """Write the photograph to `target` and say how large it is."""
    from matplotlib.cbook import get_sample_data
    from PIL import Image

    with get_sample_data("grace_hopper.jpg") as file, Image.open(file) as whole:
        photo = whole.convert("RGB").crop(BOX).resize(SIZE, Image.Resampling.LANCZOS)
    photo.save(target, format="PNG", optimize=True)
    size = Path(target).stat().st_size
    print(f"{target}: {photo.width} wide, {photo.height} high, {size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:2])
