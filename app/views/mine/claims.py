"""What the page claims of the network that comes with it."""

from app.language import _
from app.page import Claim
from app.settings import Settings


def claims() -> list[Claim]:
    """Links with a sentence each."""
    return [
        Claim(
            "forget",
            _("Two less on the forget gate’s bias, and a trained LSTM loses its gradient five times as fast"),
            Settings(model_bias=-2.0),
            {"model_bias": 0.0},
        ),
        Claim(
            "gain",
            _("Recurrent weights of 0.3 of their size, and the same LSTM loses its gradient twice as fast"),
            Settings(model_gain=0.3),
            {"model_gain": 1.0},
        ),
    ]
