"""For teachers: what the model says."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_("Name everything that goes into a picture of this laboratory, and what would be different in practice."),
        questions=(
            Question(
                "count",
                _("An LSTM has 16 units and reads 4 channels. How many weights and biases are drawn?"),
                _(
                    "1344: four gates, each with 16 · 4 input weights, 16 · 16 recurrent ones and 16 biases, 4 · "
                    "16 · (4 + 16 + 1)."
                ),
                (Example(_("LSTM"), "model?cell=lstm&overlay=lstm"),),
            ),
            Question(
                "gaussian",
                _(
                    "Gain 1, 128 units: what is the largest singular value of an orthogonal W_hh, and what that "
                    "of a Gaussian one with entries of standard deviation 1/√H?"
                ),
                _(
                    "Of an orthogonal one exactly 1, as of all others of its singular values. Of a Gaussian one "
                    "about 2, though its spectral radius is about 1: some directions are stretched to twice their "
                    "length."
                ),
                (
                    Example(_("orthogonal"), "past?hidden_size=128&length=30"),
                    Example(_("Gaussian"), "past?hidden_size=128&length=30&initializer=gaussian"),
                ),
            ),
            Question(
                "exponent",
                _(
                    "The smallest double is 5·10⁻³²⁴. How can the laboratory draw a gradient below it, and would "
                    "training notice it?"
                ),
                _(
                    "The backward pass carries an exponent beside the numbers. At gain 0.05 the gradient of an "
                    "RNN falls by more than a factor 20 a step, so that over 256 steps it comes below 10⁻³³¹. In "
                    "training it would be exactly 0 long before: float32 ends at 10⁻⁴⁵."
                ),
                (Example(_("gain 0.05"), "model?gain=0.05&length=256&axis=far"),),
            ),
        ),
        simplifies=(
            _(
                "The page tells of the laboratory, not of any library: PyTorch and Keras draw and scale some "
                "weights differently."
            ),
            _("Equations are those of one layer; more layers read the h of the one below."),
        ),
    )
