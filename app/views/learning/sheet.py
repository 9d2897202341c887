"""For teachers: can it learn to remember."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_(
            "Judge a training curve against what can be had without memory, and relate it to the gradient "
            "before training."
        ),
        questions=(
            Question(
                "baseline",
                _(
                    "Two of many random numbers between 0 and 1 are marked, and their sum is asked for. Which "
                    "mean squared error has somebody who always says 1, and which one who sees the last step too, "
                    "with 50 steps?"
                ),
                _(
                    "The sum of two such numbers has the variance 2 · 1/12 = 1/6 = 0.167. The last number is one "
                    "of the marked ones once in 25 times, and then only 1/12 is left: 0.163, the dashed line."
                ),
                (Example(_("the dashed line"), "learning?task=adding&task_length=50&updates=0"),),
            ),
            Question(
                "bias",
                _("Which forget bias suits a task that must be remembered for 100 steps?"),
                _(
                    "A gate that keeps f a step remembers about 1 / (1 − f) steps, which is 1 + eᵇ for f = σ(b). "
                    "For 100 steps b = ln 99 = 4.6. The default of 1 remembers 3.7 steps."
                ),
                (
                    Example(
                        _("forget bias 4.6"),
                        "learning?cell=lstm&forget_bias=4.6&task=recall_first&task_length=100&overlay=lstm&updates=0",
                    ),
                    Example(
                        _("forget bias 1"),
                        "learning?cell=lstm&task=recall_first&task_length=100&overlay=lstm&updates=0",
                    ),
                ),
            ),
            Question(
                "guess",
                _(
                    "In “temporal order” the answer is one of four. From which loss and which share of right "
                    "answers does a network start that knows nothing?"
                ),
                _(
                    "From ln 4 = 1.386 nats and one in four, 25 %. A loss that stays at 1.386 has learned how "
                    "often each answer comes, and no more."
                ),
                (Example(_("temporal order"), "learning?task=temporal_order&updates=0"),),
            ),
        ),
        simplifies=(
            _("The tasks are made up to need memory: no natural data."),
            _("Small networks, 32 sequences an update, one learning rate for all of training."),
            _("Runs of one seed: whether a run succeeds may depend on the seed, so cards count several."),
        ),
    )
