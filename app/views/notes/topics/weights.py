"""What eigenvalues, norms and determinants say, and what they do not."""

from app.language import _
from app.views.notes.card import Card, Case
from app.views.notes.examples import STEADY
from cells.experiment import Experiment


def cards() -> list[Card]:
    """In the order of a lecture."""
    linear = Experiment(activation="identity", input_scale=0.1)
    two = Experiment(hidden_size=2, input="zero")
    nilpotent = two.replace(W_hh=(3.0, -3.0, 3.0, -3.0), b=(-1.0, -4.0))
    sheared = two.replace(activation="identity", W_hh=(0.5, 5.0, 0.0, 0.5))
    growing = two.replace(activation="identity", W_hh=(1.1, 0.0, 0.0, 0.2))
    saturated = Experiment(gain=20.0)
    return [
        Card(
            "necessary",
            "weights",
            _("A spectral radius above 1 is necessary for exploding."),
            (
                Case(
                    _("No activation, gain 0.95: the gradient does not explode."),
                    linear.replace(gain=0.95),
                    most=STEADY,
                ),
                Case(
                    _("tanh with biases, spectral radius 0: the gradient does not explode."),
                    nilpotent,
                    most=STEADY,
                ),
            ),
            _(
                "The radius rules the powers of one matrix. With slopes between them, the factors of a tanh network "
                "are different matrices, whose eigenvalues are not those of W, and whose product has others again."
            ),
            _("In a linear network the spectral radius decides in the long run; with an activation it does not."),
        ),
        Card(
            "sufficient",
            "weights",
            _("A spectral radius below 1 is sufficient for vanishing."),
            (
                Case(_("No activation, gain 0.9: the gradient vanishes."), linear.replace(gain=0.9), most=-STEADY),
                Case(
                    _("tanh with biases, spectral radius 0: the gradient vanishes."),
                    nilpotent,
                    most=-STEADY,
                ),
            ),
            _(
                "It is sufficient for the powers of one matrix, and even those may swell first. It says nothing of a"
                " product of different matrices."
            ),
            _("Sufficient in a linear network and in the long run; not with an activation."),
        ),
        Card(
            "eigenvalue",
            "weights",
            _("A largest eigenvalue above 1 makes gradients explode."),
            (
                Case(_("No activation, gain 1.1: the gradient explodes."), linear.replace(gain=1.1), STEADY),
                Case(_("tanh, orthogonal, gain 20: the gradient explodes."), saturated, STEADY),
            ),
            _("Large weights saturate the units, and the slopes win over the weights."),
            _("True without an activation; with one, only while the slopes stay near 1."),
        ),
        Card(
            "norm_above",
            "weights",
            _("A largest singular value above 1 guarantees exploding."),
            (
                Case(
                    _("No activation, orthogonal, gain 1.1: the gradient explodes."), linear.replace(gain=1.1), STEADY
                ),
                Case(
                    _("No activation, σ₁ = 5 and both eigenvalues 0.5: the gradient explodes."),
                    sheared,
                    STEADY,
                ),
                Case(_("tanh, orthogonal, gain 20: the gradient explodes."), saturated, STEADY),
            ),
            _("A singular value above 1 lets one step grow in one direction. The next step may not be in it."),
            _("A largest singular value above 1 is necessary for exploding, and not sufficient."),
        ),
        Card(
            "determinant",
            "weights",
            _("A determinant below 1 keeps gradients from exploding, one above 1 makes them."),
            (
                Case(
                    _("No activation, diagonal 1.1 and 0.2, determinant 0.22: the gradient does not explode."),
                    growing,
                    most=STEADY,
                ),
                Case(
                    _("tanh, orthogonal, gain 20, determinant 20 to the power of the units: the gradient explodes."),
                    saturated,
                    STEADY,
                ),
            ),
            _(
                "A determinant is the product of all directions. One may grow while the others shrink, and one that"
                " grows is enough; slopes are not in it at all."
            ),
            _("A determinant says nothing of vanishing and exploding."),
        ),
    ]
