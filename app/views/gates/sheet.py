"""For teachers: what each gate does."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_("Say what each gate lets through, forward and backward, and follow one number through a cell by hand."),
        questions=(
            Question(
                "bit",
                _(
                    "How must the gates of an LSTM stand so that a bit that is written at step 5 can be read at "
                    "step 100?"
                ),
                _(
                    "The input gate open at step 5 and shut at all other steps, the forget gate open, the output "
                    "gate open at step 100. In the link the forget bias is 30: σ(30) differs from 1 by 10⁻¹³, so "
                    "c is at step 100 what it was at step 5, to eleven digits."
                ),
                (
                    Example(
                        _("the bit"),
                        "gates?cell=lstm&hidden_size=1&length=100&W_hh=0,0,0,0&b=-30,30,0,-30&input=impulse&onset=5&input_scale=5&hold=i_1_5_5~o_1_100_100&at=5&axis=near",
                    ),
                ),
            ),
            Question(
                "keeps",
                _(
                    "Papers write the GRU's update gate in two ways. Which one is it here, and what does an "
                    "update bias of 4 do?"
                ),
                _(
                    "hₜ = z ⊙ hₜ₋₁ + (1 − z) ⊙ n: z near 1 keeps the old state, as in PyTorch and Keras. A bias "
                    "of 4 alone makes z = σ(4) = 0.982, so that a unit takes 2 % of the candidate at every step."
                ),
                (Example(_("update bias 4"), "gates?cell=gru&length=60&update_bias=4&overlay=gru"),),
            ),
            Question(
                "product",
                _("“The gradient of c is the product of the forget gates.” Is it?"),
                _(
                    "Only on the direct path. At forget bias 1 the product of f from step 51 to step 100 is less "
                    "than a thousandth of the whole of dc₁₀₀/dc₅₀: paths through h and the other gates carry "
                    "more. With chrono biases for 300 steps it is more than nine tenths of it."
                ),
                (
                    Example(_("forget bias 1"), "gates?cell=lstm&length=100&axis=near"),
                    Example(_("chrono 300"), "gates?cell=lstm&length=100&chrono=300&axis=near"),
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
            _("Gates are shown as drawn, before any training: a trained gate need not look like this."),
            _(
                "The whole gradient and its parts are compared by size, the root of the mean of the squared "
                "singular values."
            ),
        ),
    )
