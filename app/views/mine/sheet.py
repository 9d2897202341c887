"""For teachers: a trained network out of a file."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_("Diagnose a recurrent network by its weights alone: what it is, how far back it sees, what would help."),
        questions=(
            Question(
                "trained",
                _(
                    "The example has learned to tell the order of two signs. Does its gradient last longer than that "
                    "of a new LSTM of the same size?"
                ),
                _(
                    "Yes, at every seed of the noise tried. Half of it is gone every 9 to 20 steps, of that of the new "
                    "one every 4 to 5."
                ),
                (Example(_("the example"), "mine?axis=near"),),
            ),
            Question(
                "float",
                _(
                    "All recurrent weights are multiplied by 0.3. How far back does the gradient get in float16, whose "
                    "smallest number is 6·10⁻⁸?"
                ),
                _("Between 65 and 80 steps at every seed tried: it shrinks by about 0.8 a step, and 0.8⁷⁵ = 5·10⁻⁸."),
                (Example(_("gain 0.3"), "mine?model_gain=0.3"),),
            ),
            Question(
                "origin",
                _("A weight file keeps no diary. How can one guess that its forget gate began with a bias of 1?"),
                _(
                    "Training moves biases, but seldom far. That of the forget gate is 1.07 on average here, that of "
                    "every other gate at most 0.16. It stays a guess; the difference of two biases that act together "
                    "would be certain, for both get the same gradient."
                ),
                (Example(_("the diagnosis"), "mine"),),
            ),
        ),
        simplifies=(
            _("One layer on one sequence: what is read is white noise unless a sequence is given."),
            _("The loss is on the last step and is not the one that the network was trained with."),
            _("Dropout, normalisation and attention around the layer are left out."),
        ),
    )
