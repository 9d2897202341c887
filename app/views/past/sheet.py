"""For teachers: how far back a state can see."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_(
            "Tell what the weights promise from what the orbit keeps: singular values, eigenvalues and "
            "Lyapunov exponents."
        ),
        questions=(
            Question(
                "transient",
                _(
                    "W has 0.9 twice on its diagonal and 10 above it. Both eigenvalues are 0.9. Can a small "
                    "change grow?"
                ),
                _(
                    "Yes, for a while. Its powers have t · 10 · 0.9ᵗ⁻¹ in the corner, which is largest at 9 and "
                    "10 steps: a change grows up to 38.7-fold and only then shrinks by 0.9 a step in the long "
                    "run. Eigenvalues speak of the long run only."
                ),
                (
                    Example(
                        _("W by hand"),
                        "past?hidden_size=2&W_hh=0.9,10,0,0.9&activation=identity&input=zero&length=64&axis=near",
                    ),
                ),
            ),
            Question(
                "orthogonal",
                _(
                    "Weights orthogonal, no activation. What are the singular values of the Jacobian from step 1 "
                    "to step 100? And with tanh?"
                ),
                _(
                    "All 1: a product of orthogonal matrices is orthogonal, however long. With tanh every step "
                    "multiplies by slopes of at most 1, so that no singular value is above 1, and on noise the "
                    "largest is below 1."
                ),
                (
                    Example(_("linear"), "past?activation=identity&length=100"),
                    Example(_("tanh"), "past?length=100"),
                ),
            ),
            Question(
                "states",
                _("An LSTM has two states. Which of them sees further back, c or h?"),
                _(
                    "c. From c to c there is a direct path that meets only the forget gate; from h to h every "
                    "path meets weights and gates. At the default forget bias more is left of c in c after 40 "
                    "steps than of h in h, at every seed tried."
                ),
                (
                    Example(_("c to c"), "past?cell=lstm&block=c"),
                    Example(_("h to h"), "past?cell=lstm&block=h"),
                ),
            ),
        ),
        simplifies=(
            _(
                "One sequence, no batch: what is averaged over a batch in practice is seen here for one input "
                "and one seed."
            ),
            _(
                "A Jacobian is linear: it speaks of small changes, not of what a cell does when something "
                "large is changed."
            ),
            _("Exponents are taken over this finite sequence and not in the limit of endless time."),
        ),
    )
