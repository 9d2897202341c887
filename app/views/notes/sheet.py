"""For teachers: are the notes right."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_(
            "Turn a sentence from notes into a number that can come out wrong, and find the condition "
            "that it leaves out."
        ),
        questions=(
            Question(
                "activation",
                _("“Gradients vanish because of sigmoid and tanh.” Which experiment decides?"),
                _(
                    "Leave the activation out. Orthogonal weights with gain 0.9 multiply by exactly 0.9 a step at "
                    "every seed, and the gradient vanishes without any activation."
                ),
                (
                    Example(_("no activation"), "gradient?activation=identity&gain=0.9&length=100&overlay=rnn"),
                    Example(_("the card"), "notes?notes_card=activations"),
                ),
            ),
            Question(
                "radius",
                _("“Gradients vanish if the largest eigenvalue is below 1.” Can you refute it with two units?"),
                _(
                    "Yes: W = (3 −3; 3 −3) has only eigenvalues of 0, and with b = (−1, −4) and no input the "
                    "gradient of tanh grows by more than 1.4 a step. The matrix is far from normal, and the "
                    "slopes between its factors keep it from cancelling."
                ),
                (
                    Example(
                        _("W by hand"),
                        "gradient?hidden_size=2&W_hh=3,-3,3,-3&b=-1,-4&input=zero&length=100&overlay=rnn&axis=floats",
                    ),
                ),
            ),
            Question(
                "count",
                _("“An LSTM has four times the weights of an RNN, a GRU three times.” Is that exact?"),
                _(
                    "For the LSTM yes: four gates with a W_ih, a W_hh and a b each. The GRU has H more numbers "
                    "than three times the RNN's, for its reset gate needs the candidate's second bias apart."
                ),
                (Example(_("all cells"), "gates?cell=gru&overlay=gru"),),
            ),
        ),
        simplifies=(
            _("A sentence is tried at a handful of seeds, with one size and one length."),
            _("A verdict holds for the cases of its card; another reading of the sentence may come out differently."),
        ),
    )
