"""What the page of gates claims."""

from app.language import _
from app.page import Claim
from app.settings import Settings
from cells.experiment import Experiment


def claims() -> list[Claim]:
    """In the order of a lecture."""
    gru, lstm = (Experiment(cell=name, length=100) for name in ("gru", "lstm"))
    keeper = lstm.replace(hidden_size=1, W_hh=(0, 0, 0, 0), b=(-30, 30, 0, -30), input="impulse", onset=5)
    keeper = keeper.replace(input_scale=5.0)
    return [
        Claim(
            "wormhole",
            _("A bit is written at step 5, kept, and read at step 100"),
            Settings(experiment=keeper, hold="i_1_5_5~o_1_100_100", at=5, axis="near"),
            {"hold": ""},
        ),
        Claim(
            "closed",
            _("The same with the output gate shut: no gradient comes back"),
            Settings(experiment=keeper, hold="i_1_5_5~o_0_1_100", at=100, axis="vanish"),
            {"hold": "i_1_5_5~o_1_100_100"},
        ),
        Claim(
            "textbook",
            _("Forget bias 1: the gradient is not the product of the forget gates"),
            Settings(experiment=lstm, axis="near"),
            {"chrono": 300.0},
        ),
        Claim(
            "highway",
            _("Chrono initialisation: the direct path counts"),
            Settings(experiment=lstm.replace(hyperparameters={"chrono": 300.0}), axis="near"),
            {"chrono": 0.0},
        ),
        Claim(
            "shut",
            _("Shut the forget gate for one step: the gradient takes another way"),
            Settings(experiment=lstm, hold="f_0_50_50", at=50, axis="near"),
            {"hold": ""},
        ),
        Claim(
            "alone",
            _("GRU with every gate blocked: what is left is the product of z"),
            Settings(experiment=gru, blocked="r~z~n", at=100),
            {"blocked": ""},
        ),
        Claim(
            "saturated",
            _("Gain 10: the gates are stuck open or shut"),
            Settings(experiment=lstm.replace(gain=10.0), axis="floats"),
            {"gain": 1.0},
        ),
    ]
