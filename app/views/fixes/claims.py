"""What the page of remedies claims: what each one does, and what it does not; and what surprises."""

from app.language import _
from app.page import Claim
from app.settings import Settings
from cells.experiment import Experiment


def claims() -> list[Claim]:
    """In the order of a lecture."""
    rnn, none = Experiment(), {"remedies": ()}
    loud = rnn.replace(gain=5.0, initializer="gaussian", hidden_size=32)
    return [
        Claim(
            "layer_norm_explodes",
            _("Layer norm against exploding: gain 5 no longer explodes"),
            Settings(experiment=loud, remedies=("layer_norm",), axis="floats"),
            none,
        ),
        Claim(
            "layer_norm_vanishes",
            _("Layer norm against vanishing: at gain 0.1 it slows it down and still vanishes"),
            Settings(experiment=rnn.replace(gain=0.1, hidden_size=32), remedies=("layer_norm",), axis="far"),
            none,
        ),
        Claim(
            "residual",
            _("Residual h + βF carries what the plain network loses"),
            Settings(experiment=rnn, remedies=("residual",), residual_scale=0.03),
            none,
        ),
        Claim(
            "false_residual",
            _("φ(Wh + x + h) looks like a residual and still vanishes"),
            Settings(experiment=rnn.replace(length=400), remedies=("false_residual",)),
            {"remedies": ("residual",)},
        ),
        Claim(
            "clip",
            _("Clipping makes the update small and leaves the explosion where it was"),
            Settings(experiment=loud, remedies=("clip_norm",), axis="floats"),
            none,
            figure="training",
        ),
        Claim(
            "penalty",
            _("L2 makes a vanishing network vanish faster"),
            Settings(experiment=rnn, remedies=("l2",)),
            none,
            figure="training",
        ),
        Claim(
            "omega",
            _("Ω teaches a plain network to carry"),
            Settings(experiment=rnn, remedies=("omega",)),
            none,
            figure="training",
        ),
        Claim(
            "stack",
            _("Gates alone win back half of the decades, chrono’s biases most of the other half"),
            Settings(experiment=rnn, remedies=("gates", "chrono")),
            {"remedies": ("gates",)},
        ),
    ]


def cards() -> list[tuple[str, str]]:
    """What surprises: a claim, and why."""
    return [
        (
            _("Layer norm stops exploding, not vanishing"),
            _(
                "tanh(LN(Wh + x)) (Ba et al., 2016) no longer knows the size of its sum. But a small W still makes h a "
                "small part of it: 16 orthogonal units on noise lose 2.1 nats a step at gain 0.1 and 0.25 at gain 1, "
                "and next to none at gain 10."
            ),
        ),
        (
            _("h + βF is a residual, φ(Wh + x + h) is not"),
            _(
                "The first (He et al., 2016) has the Jacobian I + βJ, near 1 for small β. The second still multiplies "
                "by φ′: over 400 steps of noise 16 orthogonal units lose 0.33 nats a step, with it some 0.05, and with "
                "h + 0.1F none."
            ),
        ),
        (
            _("Clipping shortens the update, nothing else"),
            _(
                "By norm, (3, 4) becomes (0.6, 0.8): same direction. By value, (3, 0.1) becomes (1, 0.1), turned by "
                "3.8°. What vanished stays vanished, and what overflowed to infinity cannot be clipped back (Pascanu "
                "et al., 2013)."
            ),
        ),
        (
            _("L1 and L2 cause vanishing, and cure no exploding"),
            _(
                "Both pull W_hh towards 0. L2 alone multiplies it by (1 − rate × strength) at every update: the "
                "network forgets, as Pascanu et al. (2013) warn. Where the gradient explodes, both are clipped "
                "together, and what is left of the penalty changes nothing."
            ),
        ),
        (
            _("Ω asks every step to hand back what it got"),
            _(
                "It adds up (‖dJ‖/‖d‖ − 1)² over the steps, so it pushes both ways. W = 0.9Q over 60 linear steps "
                "costs 60 · 0.1² = 0.6, and so does 1.1Q (Pascanu et al., 2013, equation 9)."
            ),
        ),
        (
            _("Batch norm: γ and the input decide, the gain does not"),
            _(
                "It divides W_hh by the spread of W_hh h, so the gain cancels and γ remains. With the paper’s γ = 0.1 "
                "16 orthogonal tanh units on noise lose some 0.6 decades a step, with γ = 1 some 0.02. The input is "
                "not normalised: three times as large, it costs 1.1 decades at γ = 0.1, a third as large 0.2 "
                "(Cooijmans et al., 2016, use it in an LSTM, whose c is left alone)."
            ),
        ),
    ]
