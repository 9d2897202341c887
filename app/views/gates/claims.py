"""The scenes of the page of gates; each claim is checked over several seeds in the tests."""

from functools import cache

from app import language as words
from app.language import _
from app.settings import Picture
from app.views.gradient.claims import Scene
from cells.experiment import Experiment


def scenes() -> list[Scene]:
    """All scenes of the page in the language of this session."""
    return _scenes(words.language())


@cache
def _scenes(language: str) -> list[Scene]:
    gru, lstm = (Experiment(cell=name) for name in ("gru", "lstm"))
    keeper = lstm.replace(
        hidden_size=1, W_hh=(0, 0, 0, 0), b=(-30, 30, 0, -30), input="impulse", onset=5, length=100, input_scale=5.0
    )
    return [
        Scene(
            "wormhole",
            _("A bit is written at step 5, kept, and read at step 100"),
            Picture(experiment=keeper, hold="i_1_5_5~o_1_100_100", at=5, axis="near"),
        ),
        Scene(
            "closed",
            _("The same with the output gate shut: no gradient comes back"),
            Picture(experiment=keeper, hold="i_1_5_5", at=100, axis="vanish"),
        ),
        Scene(
            "textbook",
            _("Forget bias 1: the gradient is not the product of the forget gates"),
            Picture(experiment=lstm.replace(length=100), axis="near"),
        ),
        Scene(
            "highway",
            _("Chrono initialisation: the direct path counts"),
            Picture(experiment=lstm.replace(length=100, hyperparameters={"chrono": 300.0}), axis="near"),
        ),
        Scene(
            "shut",
            _("Shut the forget gate for one step: the gradient takes another way"),
            Picture(experiment=lstm.replace(length=100), hold="f_0_50_50", at=50, axis="near"),
        ),
        Scene(
            "alone",
            _("GRU with every gate blocked: what is left is the product of z"),
            Picture(experiment=gru.replace(length=100), blocked="r~z~n", at=100),
        ),
        Scene(
            "saturated",
            _("Gain 10: the gates are stuck open or shut"),
            Picture(experiment=lstm.replace(length=100, gain=10.0), axis="floats"),
        ),
    ]
