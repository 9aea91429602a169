"""What a widget leaves in a stored notebook, where no widget can run.

GitHub, print and an untrusted notebook show no widget, and a stored widget view without its state
says "model not found". So `make notebooks` sets the environment variable CONVOLUTION_STILLS to 1,
and the course's widgets then store text and pictures instead of a view.

Beside them stands, in the output's metadata, which picture it was and the values it started with:
from these `make site` brings it to life in a page that has no Python.
"""

import json
import os
import re
from pathlib import Path

import traitlets

from .projector import follow, is_on

HERE = Path(__file__).parent
# Traits of no stored picture: three that none of ours looks at, and one that a room decides.
LEFT_OUT = ("layout", "tabbable", "tooltip", "large")


def storing():
    """Return True while the notebooks are being stored (CONVOLUTION_STILLS is 1)."""
    return os.environ.get("CONVOLUTION_STILLS") == "1"


def large():
    """Return True while pictures are to be large (projector.py): never what is stored."""
    return is_on() and not storing()


def joined(*names):
    """Return files of this folder as one text: a picture's page code, or its styles."""
    return "\n".join((HERE / name).read_text("utf-8") for name in names)


def alternative(words, most=400):
    """Return the words for a picture as the alternative text of an image.

    It is one line, and ends after `most` characters: nobody wants to hear 625 numbers.

    >>> alternative("image 2×2:\\n1  2\\n3  4")
    'image 2×2: 1 2; 3 4'
    """
    lines = [" ".join(line.split()) for line in words.splitlines()]
    text = re.sub(r"(?<=[.:,;]);", "", "; ".join(line for line in lines if line))
    return text if len(text) <= most else text[:most].rpartition(" ")[0] + " …"


class StoredForm(traitlets.HasTraits):
    """Mixin for anywidget widgets. It comes first: `class Picture(StoredForm, AnyWidget)`.

    A widget that uses it defines two methods:

    - `__repr__` gives the picture in words and numbers. It holds no address: nbval compares it.
    - `still` gives what is stored beside those words, as a dictionary of MIME type -> content.
      It is asked only while notebooks are stored, so it may take its time.

    `lives_in_page` is True for a widget whose page code does everything without Python. `large`
    says whether it is shown in its large form: see projector.py.
    """

    lives_in_page = False
    large = traitlets.Bool().tag(sync=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if storing():
            # ipywidgets 7 shows widgets by this method, and IPython asks it first.
            self._ipython_display_ = None
        else:
            follow(self)

    @traitlets.default("large")
    def _as_the_others(self):
        return large()

    def still(self):
        """Return the stored form, for example `{"image/png": bytes, "text/html": text}`."""
        return {}

    def _repr_mimebundle_(self, **kwargs):
        if storing():
            return {**self.still(), "text/plain": repr(self)}, {"picture": self._start()}
        return super()._repr_mimebundle_(**kwargs)

    def _start(self):
        """Which picture this is, and what its page code needs to begin: JSON in one line."""
        start = {"kind": type(self).__name__}
        if self.lives_in_page:
            names = [n for n in self.traits(sync=True) if n[0] != "_" and n not in LEFT_OUT]
            state = self.get_state(names)
            start["state"] = json.dumps(state, ensure_ascii=False)
        return start
