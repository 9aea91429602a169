"""One switch that enlarges every picture, for the back row of a room.

    projector()         every picture of this kernel becomes large, those on the page at once
    projector(False)    and small again

With the environment variable PROJECTOR=1 all pictures are large from the start of every kernel.
Large means: no text in a picture is smaller than 20 pixels. While notebooks are stored, nothing is
enlarged (stored.py).
"""

import os
import weakref

VARIABLE = "PROJECTOR"
OFF = ("", "0", "no", "off", "false")


def _at_the_start():
    return os.environ.get(VARIABLE, "").strip().lower() not in OFF


_pictures = weakref.WeakSet()  # those that live; what nobody holds any more leaves it by itself
_is_on = _at_the_start()


def is_on():
    """Return True while pictures are to be large."""
    return _is_on


def follow(picture):
    """Let a picture, which has a trait `large`, follow the switch from now on."""
    _pictures.add(picture)


def projector(on=True):
    """Make every picture large, for a projector; `projector(False)` makes them small again.

    Moving pictures change at once, with all that the reader has done to them. A still one, such as
    that of `show`, changes when its cell is run again. `on` is True or False; anything else is a
    `TypeError`.

    >>> projector()
    Large pictures are on. projector(False) turns them off.
    >>> projector(False)
    Large pictures are off. projector() turns them on.
    """
    global _is_on
    if not isinstance(on, bool):
        raise TypeError(f"projector takes True or False; got {on!r}.")
    _is_on = on
    for picture in list(_pictures):
        picture.large = _is_on
    now, other, call = ("on", "off", "False") if _is_on else ("off", "on", "")
    print(f"Large pictures are {now}. projector({call}) turns them {other}.")
