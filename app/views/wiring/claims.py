"""What the page of wirings claims."""

from app.language import _
from app.page import Claim
from app.settings import Settings
from cells.experiment import Experiment


def claims() -> list[Claim]:
    """In the order of a lecture."""
    lstm, gru = Experiment(cell="lstm"), Experiment(cell="gru")
    return [
        Claim(
            "down",
            _("Six layers of LSTM: what is left of the far past lies in the lower layers"),
            Settings(experiment=lstm, wired_layers=6, wired_step=128),
            {"wired_layers": 1},
        ),
        Claim(
            "residual",
            _("A residual between the layers stops the leak through depth, and none of the leak through time"),
            Settings(experiment=lstm, wiring="residual", wired_layers=6, wired_step=128),
            {"wiring": "stacked"},
        ),
        Claim(
            "both",
            _("In both directions step 64 rests on what comes after it, too"),
            Settings(experiment=lstm, wiring="both", wired_layers=2, wired_step=64),
            {"wiring": "stacked"},
        ),
        Claim(
            "gap",
            _("A missing word: one side knows how many, the other which animal"),
            Settings(experiment=gru, gap_updates=200),
            {"gap_updates": 0},
            figure="gap",
        ),
        Claim(
            "reverse",
            _("Twelve letters backwards: with attention yes, without no"),
            Settings(experiment=gru.replace(hidden_size=32), reverse_updates=800),
            {"reverse_updates": 0},
            figure="reverse",
        ),
        Claim(
            "code",
            _("Four numbers are enough to draw most of a curve"),
            Settings(experiment=gru, bottleneck=4, code_updates=1000),
            {"bottleneck": 1},
            figure="code",
        ),
    ]
