"""What a widget leaves in a stored notebook, where no widget can run.

GitHub, print and an untrusted notebook show no widget, and a stored widget view without its state
says "model not found". So `make notebooks` sets the environment variable CONVOLUTION_STILLS to 1,
and the course's widgets then store text and pictures instead of a view.
"""

import os


def storing():
    """Return True while the notebooks are being stored (CONVOLUTION_STILLS is 1)."""
    return os.environ.get("CONVOLUTION_STILLS") == "1"


class StoredForm:
    """Mixin for anywidget widgets. It comes first: `class Picture(StoredForm, AnyWidget)`.

    A widget that uses it defines two methods:

    - `__repr__` gives the picture in words and numbers. It holds no address: nbval compares it.
    - `still` gives what is stored beside those words, as a dictionary of MIME type -> content.
      It is asked only while notebooks are stored, so it may take its time.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if storing():
            # ipywidgets 7 shows widgets by this method, and IPython asks it first.
            self._ipython_display_ = None

    def still(self):
        """Return the stored form, for example `{"image/png": bytes, "text/html": text}`."""
        return {}

    def _repr_mimebundle_(self, **kwargs):
        if storing():
            return {**self.still(), "text/plain": repr(self)}, {}
        return super()._repr_mimebundle_(**kwargs)
