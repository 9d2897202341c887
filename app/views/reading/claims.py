"""Scenes of the page on reading."""

from app.language import _
from app.settings import Picture
from app.views.gradient.claims import Scene
from cells.experiment import Experiment


def scenes() -> list[Scene]:
    """The gallery, in order."""
    rnn, lstm = Experiment(), Experiment(cell="lstm")
    return [
        Scene("hello", _("40 updates, and it says “ello”: below 0.3466, so it remembers"), Picture(experiment=rnn)),
        Scene(
            "stuck",
            _("W_hh = 0: an RNN stays at 0.3466 however long it learns"),
            Picture(experiment=rnn, hello_cut=True, hello_updates=150),
        ),
        Scene(
            "beside",
            _("W_hh = 0, and an LSTM still says “ello”: its c goes on without weights"),
            Picture(experiment=lstm, hello_cut=True, hello_updates=150),
        ),
        Scene(
            "beyond",
            _("150 updates on a paragraph, and an RNN reads better than anything without memory could"),
            Picture(experiment=rnn, overlay=("rnn",), read_updates=150),
        ),
    ]
