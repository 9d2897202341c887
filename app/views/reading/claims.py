"""What the page on reading claims."""

from app.language import _
from app.page import Claim
from app.settings import Settings
from cells.experiment import Experiment


def claims() -> list[Claim]:
    """In the order of the page. What decides each of them is seen from the first updates on."""
    rnn, lstm = Experiment(), Experiment(cell="lstm")
    return [
        Claim(
            "hello",
            _("40 updates, and it says “ello”: below 0.3466, so it remembers"),
            Settings(experiment=rnn),
            {"hello_cut": True},
        ),
        Claim(
            "stuck",
            _("W_hh = 0: an RNN stays at 0.3466 however long it learns"),
            Settings(experiment=rnn, hello_cut=True, hello_updates=150),
            {"hello_cut": False},
        ),
        Claim(
            "beside",
            _("W_hh = 0, and an LSTM still says “ello”: its c goes on without weights"),
            Settings(experiment=lstm, hello_cut=True, hello_updates=150),
            {"cell": "rnn"},
        ),
        Claim(
            "beyond",
            _("150 updates on a paragraph, and an RNN reads better than anything without memory could"),
            Settings(experiment=rnn, overlay=("rnn",), read_updates=150),
            {"read_rate": 0.0001},
            figure="reading",
        ),
    ]
