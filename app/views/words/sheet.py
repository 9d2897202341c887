"""For teachers: what the words mean."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_("Use the words of the field for what they mean, and turn one unit into another."),
        questions=(
            Question(
                "half_life",
                _(
                    "A gradient shrinks by 0.9 a step. What is its half-life, and how many steps does it take to "
                    "lose a factor of 1000?"
                ),
                _("ln 2 / −ln 0.9 = 6.6 steps, and 3 / −log₁₀ 0.9 = 66 steps: ten half-lives are a factor of 1024."),
                (Example(_("half-life"), "words?term=half_life"),),
            ),
            Question(
                "norms",
                _(
                    "The matrix (0.9 10; 0 0.9): what are its spectral radius and its largest singular value, and "
                    "which of them bounds a single step?"
                ),
                _(
                    "The spectral radius is 0.9, the largest singular value 10.08. The singular value bounds a "
                    "single step; the spectral radius tells of many steps of a linear network."
                ),
                (
                    Example(_("spectral radius"), "words?term=radius"),
                    Example(_("singular value"), "words?term=singular"),
                ),
            ),
            Question(
                "nats",
                _("A Lyapunov exponent of −0.5 nats a step: which factor a step is that, and how many decades?"),
                _(
                    "e to the −0.5 = 0.607 a step, and −0.5 / ln 10 = −0.217 decades a step: a factor of a "
                    "thousand in 13.8 steps."
                ),
                (
                    Example(_("nat"), "words?term=nat"),
                    Example(_("Lyapunov exponent"), "words?term=lyapunov"),
                ),
            ),
        ),
        simplifies=(
            _("A term is explained in one sentence, as it is used here; papers may use it a little differently."),
            _("Each example is one setting at one seed."),
        ),
    )
