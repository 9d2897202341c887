"""For teachers: where the gradient goes."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_(
            "Read from a curve how strongly a change at each step moves the loss, and tell vanishing, "
            "exploding and carried apart."
        ),
        questions=(
            Question(
                "straight",
                _(
                    "At gain 0.5 the curve of the RNN is nearly a straight line. What does that mean, and after "
                    "how many steps back has float16 nothing left?"
                ),
                _(
                    "A straight line is the same factor at every step. Here no factor is above 0.5: the "
                    "orthogonal matrix keeps lengths, the gain halves them, and tanh has a slope of at most 1. "
                    "The smallest number of float16 is 0.5²⁴ = 6·10⁻⁸; so after 24 steps back nothing is left, at "
                    "any seed."
                ),
                (Example(_("gain 0.5"), "gradient?gain=0.5&length=40&overlay=rnn"),),
            ),
            Question(
                "saturated",
                _("A single tanh unit has the weight 1. You double it. Does its gradient grow?"),
                _(
                    "No, it shrinks. Each factor is the weight times the slope. With weight 2 the state settles "
                    "at ±0.958, where tanh is so flat that the factor is 0.17 a step. With weight 1 the state "
                    "comes close to 0, where the factor comes close to 1."
                ),
                (
                    Example(_("weight 2"), "gradient?hidden_size=1&W_hh=2&input=impulse&length=60&overlay=rnn"),
                    Example(_("weight 1"), "gradient?hidden_size=1&W_hh=1&input=impulse&length=60&overlay=rnn"),
                ),
            ),
            Question(
                "forget",
                _(
                    "An LSTM without input keeps σ(b) of its cell state a step, with b the forget bias. What is "
                    "left after 100 steps at b = 1 and at b = 4, and does the measured gradient follow?"
                ),
                _(
                    "σ(1) = 0.731 leaves 2.5·10⁻¹⁴, σ(4) = 0.982 leaves 0.16. With noise as input the gates move, "
                    "and paths through them add to the gradient: at b = 1 more than a thousand times 2.5·10⁻¹⁴ "
                    "comes to step 1. Yet b = 4 still keeps at least ten thousand times as much as b = 1."
                ),
                (
                    Example(_("b = 1"), "gradient?cell=lstm&length=100&overlay=lstm"),
                    Example(_("b = 4"), "gradient?cell=lstm&length=100&forget_bias=4&overlay=lstm"),
                ),
            ),
        ),
        simplifies=(
            _(
                "One sequence, no batch: what is averaged over a batch in practice is seen here for one input "
                "and one seed."
            ),
            _(
                "The loss is 1·h / √H, the sum of the last state's units over the root of their count: no "
                "readout, no target."
            ),
            _("Weights are as drawn: nothing is trained on this page."),
            _(
                "The gradient is computed in double precision with an exponent of its own, so that it never "
                "underflows as it would in training."
            ),
        ),
    )
