"""The GRU, and cells whose steps can be taken at once."""

from app.language import _
from app.views.notes.card import Card, Case
from app.views.notes.examples import STEADY
from cells.experiment import Experiment


def cards() -> list[Card]:
    """In the order of a lecture."""
    gru, minimal = Experiment(cell="gru"), Experiment(cell="mingru")
    slow = gru.replace(hyperparameters={"update_bias": 5.0})
    return [
        Card(
            "lighter",
            "others",
            _("A GRU is a lighter LSTM: three quarters of the weights."),
            (
                Case(
                    _("A GRU has 3/4 of the weights of an LSTM, to a twentieth."),
                    gru,
                    0.7125,
                    0.7875,
                    "weights_over_lstm",
                ),
            ),
            _("Two gates and a candidate in place of three and one."),
            _("A GRU has three blocks of weights where an LSTM has four."),
        ),
        Card(
            "carries",
            "others",
            _("The hidden state of a GRU does what the cell state of an LSTM does."),
            (Case(_("Update gate near 1 (bias 5): the gradient does not vanish."), slow, -STEADY),),
            _("z holds h as f holds c: with z near 1 the old state goes on as it is."),
            _("Where the update gate holds, a GRU's h is carried like an LSTM's c."),
        ),
        Card(
            "distance",
            "others",
            _("In a GRU earlier words weigh less, by their distance."),
            (
                Case(_("Bias 0: the gradient vanishes."), gru, most=-STEADY),
                Case(_("Update gate near 1 (bias 5): the gradient vanishes."), slow, most=-STEADY),
            ),
            _("With z at a half, half of the old state is replaced at every step. With z near 1 it is not."),
            _("Earlier words weigh less where the update gates stand low."),
        ),
        Card(
            "parallel",
            "others",
            _("Cells such as the minGRU have a long memory because nothing is multiplied by weights."),
            (Case(_("minGRU: the gradient does not vanish."), minimal, -STEADY),),
            _("No matrix is multiplied, but the gates are, one after the other: z at a half is a half at every step."),
            _("A parallel cell remembers as long as its gates hold, like any other."),
        ),
        Card(
            "linear",
            "others",
            _("A linear recurrent unit neither vanishes nor explodes."),
            (
                Case(
                    _("LRU, eigenvalues between 0.9 and 0.999: the gradient does not explode."),
                    Experiment(cell="lru"),
                    most=STEADY,
                ),
                Case(
                    _("LRU, every eigenvalue of size 0.5: the gradient does not vanish."),
                    Experiment(cell="lru", hyperparameters={"r_min": 0.5, "r_max": 0.5}),
                    -STEADY,
                ),
            ),
            _(
                "Its eigenvalues are kept inside of the unit circle, so it cannot explode; how near to the circle they"
                " are is how long it remembers."
            ),
            _("A linear recurrent unit cannot explode; it carries as long as its eigenvalues are near 1."),
        ),
        Card(
            "reset_forgets",
            "others",
            _("The reset gate of a GRU forgets the old state."),
            (
                Case(
                    _("Reset gates at 0: nothing of the old h is in the candidate."),
                    gru,
                    most=1e-12,
                    measure="candidate_shut",
                    page="gates",
                ),
                Case(
                    _("Reset gates at 0: nothing of the old h is in the new one."),
                    gru,
                    most=1e-12,
                    measure="state_shut",
                    page="gates",
                ),
            ),
            _("It stands before the candidate alone. What z keeps goes past it."),
            _("The reset gate forgets for the candidate; z decides what becomes of the state."),
        ),
        Card(
            "reset_one",
            "others",
            _("With a reset gate of 1 the candidate ignores everything before."),
            (
                Case(
                    _("Reset gates at 1: nothing of the old h is in the candidate."),
                    gru,
                    most=1e-12,
                    measure="candidate_open",
                    page="gates",
                ),
            ),
            _("The gate multiplies: 1 lets all of the old state in, and 0 nothing."),
            _("With a reset gate of 0 the candidate ignores everything before."),
        ),
        Card(
            "mixes",
            "others",
            _("The update gate mixes the old state with the candidate: where it is 1, the old one stays."),
            (
                Case(
                    _("h is z times the old h and 1 − z times the candidate."),
                    gru,
                    most=1e-12,
                    measure="keeps_by_z",
                    page="gates",
                ),
            ),
            _("So it is here, as in PyTorch. Papers disagree which way z points."),
            _("h = z h + (1 − z) n, or the other way round: read which one is meant."),
        ),
    ]
