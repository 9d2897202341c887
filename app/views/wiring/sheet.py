"""For teachers: cells wired together."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_("Follow a gradient over time and depth, and say what a wiring makes possible that another does not."),
        questions=(
            Question(
                "sides",
                _(
                    "128 steps, the output at step 64. Which inputs can move it in a stack of forward layers, and "
                    "which in layers of both directions?"
                ),
                _(
                    "In the stack those of steps 1 to 64; the weight of all later ones is exactly 0. In both "
                    "directions all 128: the layers that read from the end bring what comes after."
                ),
                (
                    Example(_("forward"), "wiring?wired_layers=2&wired_step=64"),
                    Example(_("both"), "wiring?wiring=both&wired_layers=2&wired_step=64"),
                ),
            ),
            Question(
                "clues",
                _(
                    "A missing word is one of eight: four animals, one or many. Which loss is the best for a "
                    "reader that sees only how many, or only which animal?"
                ),
                _(
                    "Who knows how many has four animals left: ln 4 = 1.386 nats. Who knows the animal has two "
                    "left: ln 2 = 0.693. With both clues it is 0, with none ln 8 = 2.079."
                ),
                (Example(_("the gap"), "wiring?gap_updates=200"),),
            ),
            Question(
                "code",
                _(
                    "A curve is a sum of four sines and four cosines, shown at 32 points. How many numbers does a "
                    "code need at least to rebuild every such curve exactly, by a linear map?"
                ),
                _(
                    "Eight: the curves fill a space of 8 dimensions, whatever the number of points. With a "
                    "bottleneck of 4 some of the curve must be lost, unless the network bends its code."
                ),
                (
                    Example(_("bottleneck 4"), "wiring?bottleneck=4"),
                    Example(_("bottleneck 8"), "wiring?bottleneck=8"),
                ),
            ),
        ),
        simplifies=(
            _("Layers are of one size and one kind of cell."),
            _("What is trained has at most 32 units, so that it learns while you watch."),
            _("Attention is tried at its smallest: one head, on strings of at most twelve letters."),
        ),
    )
