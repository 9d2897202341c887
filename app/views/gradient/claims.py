"""What the first page claims."""

from app.language import _
from app.page import Claim
from app.settings import Settings
from cells.experiment import Experiment


def claims() -> list[Claim]:
    """In the order of a lecture."""
    # W_ih from U(±1/√H) too, and the sum of two such biases, by its standard deviation √(2/3H).
    pytorch = {"initializer": "pytorch", "input_scale": 0.4564, "bias_scale": 0.2041}
    rnn, gru, lstm = (Experiment(cell=name) for name in ("rnn", "gru", "lstm"))
    return [
        Claim(
            "gone",
            _("tanh, gain 0.5: gone for float16 in twenty steps"),
            Settings(experiment=rnn.replace(gain=0.5, length=40), overlay=("rnn",)),
            {"gain": 1.0},
        ),
        Claim(
            "explodes",
            _("Gain 3, no input: the tanh RNN explodes"),
            Settings(
                experiment=rnn.replace(gain=3.0, initializer="gaussian", hidden_size=64, bias_scale=0.1, input="zero"),
                overlay=("rnn",),
                axis="floats",
            ),
            {"gain": 1.0},
        ),
        Claim(
            "saturates",
            _("More gain, smaller gradient: a saturated unit"),
            Settings(
                experiment=rnn.replace(hidden_size=1, W_hh=(1.0,), gain=2.0, input="impulse", length=60),
                overlay=("rnn",),
                pins=(rnn.replace(hidden_size=1, W_hh=(1.0,), gain=1.0, input="impulse", length=60),),
            ),
            {"gain": 1.0},
        ),
        Claim(
            "nilpotent",
            _("Spectral radius 0, and exploding"),
            Settings(
                experiment=rnn.replace(hidden_size=2, W_hh=(3, -3, 3, -3), b=(-1, -4), input="zero", length=100),
                overlay=("rnn",),
                axis="floats",
            ),
            {"W_hh": ()},
        ),
        Claim(
            "forget",
            _("Forget bias 1 is not long memory"),
            Settings(
                experiment=lstm.replace(length=200),
                overlay=("lstm",),
                pins=(lstm.replace(length=200, hyperparameters={"forget_bias": 4.0}),),
            ),
            {"forget_bias": 4.0},
        ),
        Claim(
            "chrono",
            _("Chrono initialisation: a tenth survives 100 steps"),
            Settings(
                experiment=lstm.replace(length=100, hyperparameters={"chrono": 100.0}),
                overlay=("gru", "lstm"),
                pins=(lstm.replace(length=100),),
            ),
            {"chrono": 0.0},
        ),
        Claim(
            "default",
            _("PyTorch's default LSTM vanishes faster than an orthogonal RNN"),
            Settings(
                experiment=lstm.replace(length=100, hyperparameters={"forget_bias": 0.0}, **pytorch),
                overlay=("lstm",),
                pins=(rnn.replace(length=100),),
            ),
            {"initializer": "orthogonal"},
        ),
        Claim(
            "lstm",
            _("LSTMs can explode"),
            Settings(
                experiment=lstm.replace(hidden_size=1, W_hh=(0, 0, 4, 0), b=(10, 10, 0, 10), input="zero", length=50),
                overlay=("lstm",),
                axis="floats",
            ),
            {"W_hh": ()},
        ),
        Claim(
            "update",
            _("GRU: more update bias, longer memory"),
            Settings(
                experiment=gru.replace(hyperparameters={"update_bias": 4.0}),
                overlay=("gru",),
                pins=(gru,),
            ),
            {"update_bias": 0.0},
        ),
        Claim(
            "irnn",
            _("Identity and ReLU, never switched off: carried exactly"),
            Settings(
                experiment=rnn.replace(
                    activation="relu", initializer="identity", hidden_size=4, b=(1, 1, 1, 1), input="zero", length=1000
                ),
                overlay=("rnn",),
            ),
            {"initializer": "orthogonal"},
        ),
    ]
