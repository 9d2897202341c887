"""For teachers: lessons."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_("Predict before looking, and say by how many powers of ten a prediction was off."),
        questions=(
            Question(
                "half",
                _(
                    "The first lesson halves every recurrent weight. How much can be left at step 1 of what "
                    "reaches step 128, and how much is?"
                ),
                _(
                    "At most half a step, over 127 steps back: 0.5¹²⁷ = 6·10⁻³⁹. The slopes of tanh take their "
                    "part too: less than 10⁻⁴⁸ is left at every seed tried."
                ),
                (
                    Example(_("the lesson"), "lessons?lesson=tour&lesson_step=2"),
                    Example(_("gain 0.5"), "gradient?gain=0.5&overlay=rnn&axis=far"),
                ),
            ),
            Question(
                "flat",
                _("“Find the gain at which the curve lies flat.” Where is it, for the RNN on noise?"),
                _(
                    "Between 1.5 and 2: at a gain of 1.5 less arrives at step 1 than at step 128, at a gain of 2 "
                    "more, at every seed tried. At a gain of 1 the slopes of tanh take so much that the curve "
                    "falls, though orthogonal weights alone would carry everything."
                ),
                (
                    Example(_("gain 1.5"), "gradient?gain=1.5&overlay=rnn"),
                    Example(_("gain 2"), "gradient?gain=2&overlay=rnn"),
                ),
            ),
            Question(
                "decades",
                _("Somebody predicts 10⁻²⁰, and it is 10⁻⁵⁰. Are they off by a factor of 2.5, or by what?"),
                _(
                    "By 30 decades, a factor of 10³⁰: on a log axis it is the difference of exponents that "
                    "counts, not their ratio of 2.5."
                ),
                (Example(_("the lesson"), "lessons?lesson=tour&lesson_step=2"),),
            ),
        ),
        simplifies=(
            _(
                "A lesson asks one thing at a time; its truth is of one seed, and another seed may come out "
                "somewhat differently."
            ),
            _("Predictions stay in the reader's browser, or are counted without a name in a room: nobody is marked."),
        ),
    )
