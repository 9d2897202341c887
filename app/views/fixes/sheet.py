"""For teachers: what fixes it."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_("Sort remedies by what they act on: the step, the starting weights, or the update."),
        questions=(
            Question(
                "clip",
                _(
                    "A gradient of (3, 4) is clipped by norm at 1, one of (3, 0.1) by value at 1. What is left, "
                    "and does the direction change?"
                ),
                _(
                    "By norm (0.6, 0.8): same direction. By value (1, 0.1), which is turned by 3.8°. Neither "
                    "changes what the backward pass multiplied by at each step: what has vanished stays vanished."
                ),
                (
                    Example(_("by norm"), "fixes?remedies=clip_norm"),
                    Example(_("by value"), "fixes?remedies=clip_value"),
                ),
            ),
            Question(
                "residual",
                _(
                    "h + βF(h) with β = 0.1, and the Jacobian J of F has no singular value above 1. Between which "
                    "bounds are those of a step?"
                ),
                _(
                    "Between 0.9 and 1.1: the step's Jacobian is I + βJ, and βJ moves no direction by more than "
                    "0.1 of its length."
                ),
                (Example(_("residual, β = 0.1"), "fixes?remedies=residual&residual_scale=0.1"),),
            ),
            Question(
                "inside",
                _(
                    "tanh(Wh + x + h) also adds h. Why does its gradient still vanish where that of h + 0.1 "
                    "tanh(Wh + x) does not?"
                ),
                _(
                    "Because h is added before the activation: every step still multiplies by the slope of tanh. "
                    "Over 400 steps of noise, at the seeds 0 to 5, the first loses more than five decades at all "
                    "but one of them; the second loses nothing at any."
                ),
                (
                    Example(_("inside"), "fixes?length=400&remedies=false_residual"),
                    Example(_("outside"), "fixes?length=400&remedies=residual&residual_scale=0.1"),
                ),
            ),
        ),
        simplifies=(
            _("A better gradient is not yet a network that learns: for that see the page on learning."),
            _("Updates are taken on one sequence."),
            _("Each remedy has the numbers of its own sliders; papers combine them with others that are not here."),
        ),
    )
