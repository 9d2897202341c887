"""For teachers: one neuron."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_("Explain vanishing and exploding with one weight: fixed points, slopes, and the product of factors."),
        questions=(
            Question(
                "edge",
                _("tanh with exactly w = 1, b = 0, started at 1: does the gradient vanish?"),
                _(
                    "Yes, but by a power law. The state shrinks as √(3 / 2t), the gradient as t to the power "
                    "−3/2: of it 0.4 % are left after 50 steps. At w = 0.9 it falls by a factor a step, and less "
                    "is left."
                ),
                (
                    Example(_("w = 1"), "neuron?neuron_w=1&neuron_start=1&axis=near"),
                    Example(_("w = 0.9"), "neuron?neuron_w=0.9&neuron_start=1&axis=near"),
                ),
            ),
            Question(
                "sigmoid",
                _("Why can a sigmoid neuron not explode while w is below 4 in size?"),
                _(
                    "Its slope is at most 1/4, at 0. So no factor w σ′ is above 1 for a w up to 4. At w = 4 and b "
                    "= −2 the factor is exactly 1 at the fixed point h = 1/2."
                ),
                (
                    Example(_("w = 4"), "neuron?activation=sigmoid&neuron_w=4&neuron_b=-2&neuron_start=1.5"),
                    Example(_("w = 4.5"), "neuron?activation=sigmoid&neuron_w=4.5&neuron_b=-2.25&neuron_start=0.5"),
                ),
            ),
            Question(
                "bit",
                _(
                    "w = 2, b = 0: how many states does the neuron rest at, which of them hold, and what do they "
                    "do to a gradient?"
                ),
                _(
                    "Three. At 0 the factor is 2, so it does not hold. At ±0.958 the factor is 0.17, so both "
                    "hold: the neuron can store a bit. But what holds a state lets a gradient vanish: 0.17 a step "
                    "is 10⁻³⁹ after 50 steps."
                ),
                (Example(_("w = 2"), "neuron?neuron_w=2&neuron_start=0.5"),),
            ),
        ),
        simplifies=(
            _("One unit: with many units the slopes are multiplied with matrices, whose directions matter too."),
            _("No input but one pulse: a stream of inputs would keep the state from its fixed points."),
            _(
                "The error surface has one weight and one bias; what is steep there may be less so among "
                "thousands of weights."
            ),
        ),
    )
