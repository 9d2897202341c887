"""For teachers: what backpropagation through time adds up."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_(
            "See the gradient of shared weights as a sum over steps, and say what truncation and clipping do to it."
        ),
        questions=(
            Question(
                "window",
                _(
                    "A linear unit multiplies by 0.9 a step, its input is constant 1, and the loss is on the last "
                    "of 200 steps. Which share of the bias's gradient does a window of 10 steps keep?"
                ),
                _(
                    "65 %. The steps' shares are 1, 0.9, 0.81 and so on; the first ten sum to 1 − 0.9¹⁰ = 0.65 of "
                    "the whole. What is dropped is dropped at every update: it is bias, not noise."
                ),
                (
                    Example(
                        _("window 10"),
                        "bptt?hidden_size=1&W_hh=0.9&activation=identity&input=step&length=200&weights=b&window=10&axis=near",
                    ),
                ),
            ),
            Question(
                "sum",
                _("Is the length of the whole gradient the sum of the lengths of the bars?"),
                _(
                    "No. The shares are matrices, and they are added as such: some parts cancel. The whole is "
                    "never longer than the bars together, and at the default settings it is shorter than they "
                    "are, at every seed."
                ),
                (Example(_("the bars"), "bptt?length=60"),),
            ),
            Question(
                "credit",
                _("The only input comes at step 1 of 30. What does a window of 10 steps say of the input weights?"),
                _(
                    "That their gradient is exactly 0: only step 1 uses them with an input other than 0, and step "
                    "1 lies outside the window. A window of 30 finds it."
                ),
                (
                    Example(_("window 10"), "bptt?input=impulse&length=30&weights=W_ih&window=10&axis=near"),
                    Example(_("window 30"), "bptt?input=impulse&length=30&weights=W_ih&window=30&axis=near"),
                ),
            ),
        ),
        simplifies=(
            _(
                "One sequence, no batch: what is averaged over a batch in practice is seen here for one input "
                "and one seed."
            ),
            _("The walks descend on one sequence, with one learning rate, towards one number."),
            _(
                "Truncation looks back from the last step only; in practice windows follow one another "
                "through a long sequence."
            ),
        ),
    )
