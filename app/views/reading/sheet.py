"""For teachers: what a network reads."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_("Say what a loss in nats means, and tell from it whether a network uses what came before."),
        questions=(
            Question(
                "memory",
                _("The network reads h, e, l, l and says e, l, l, o. Which loss has the best reader without memory?"),
                _(
                    "Half of what is read is an l, after which l and o come equally often: ln 2 there and 0 "
                    "elsewhere, on average (ln 2)/2 = 0.3466 nats. A loss below that proves a memory of one step."
                ),
                (Example(_("40 updates"), "reading"),),
            ),
            Question(
                "temperature",
                _(
                    "Two letters have the probabilities 0.8 and 0.2. What does temperature 0.5 make of them, and "
                    "what temperature 2?"
                ),
                _(
                    "A temperature T raises them to the power 1/T and makes them sum to 1 again: 0.94 and 0.06 at "
                    "0.5, 0.67 and 0.33 at 2. Low is bold, high is wild."
                ),
                (
                    Example(_("temperature 0.5"), "reading?temperature=0.5&read_updates=200"),
                    Example(_("temperature 2"), "reading?temperature=2&read_updates=200"),
                ),
            ),
            Question(
                "cut",
                _("W_hh = 0. Why can an LSTM still tell the two l apart, and an RNN not?"),
                _(
                    "The RNN's new state is φ(W x + b): nothing of the old one is in it. The LSTM's c is f ⊙ c + "
                    "i ⊙ g, and f ⊙ c needs no weights: dc/dc of a step is f, not 0."
                ),
                (
                    Example(_("RNN"), "reading?hello_cut=true&hello_updates=150"),
                    Example(_("LSTM"), "reading?cell=lstm&hello_cut=true&hello_updates=150"),
                ),
            ),
        ),
        simplifies=(
            _("Four letters or one paragraph: this shows reading, not language."),
            _("A short text can be learned by heart; nothing is held out."),
            _("Training is in float32, as in practice; gradients that are drawn are computed in float64."),
        ),
    )
