"""Unrolling and backpropagation through time."""

from app.language import _
from app.views.notes.card import Card, Case
from cells.experiment import Experiment

EXACT = 1e-9
"""Relative difference that rounding explains."""


def cards() -> list[Card]:
    """In the order of a lecture."""
    rnn, lstm = Experiment(), Experiment(cell="lstm")
    carried = Experiment(activation="identity", input_scale=0.5)
    return [
        Card(
            "sum",
            "time",
            _("The copies of an unrolled network share their weights, so the weights' gradient is the copies' sum."),
            (
                Case(_("RNN: the sum over the steps is autodiff's gradient."), rnn, most=EXACT, measure="sum_error"),
                Case(_("LSTM: the sum over the steps is autodiff's gradient."), lstm, most=EXACT, measure="sum_error"),
            ),
            _("Each step gets a copy of its own, the copies' gradients are added, and plain autodiff gives the same."),
            _("The gradient of a shared weight is the sum of what each step contributes."),
        ),
        Card(
            "near",
            "time",
            _("When gradients vanish nothing is learned, since the whole gradient is 0."),
            (
                Case(
                    _("RNN: of the gradient of W_hh, the last ten steps bring less than a tenth."),
                    rnn,
                    most=0.1,
                    measure="last_ten",
                ),
                Case(
                    _("RNN, gain 0.5: of the gradient of W_hh, the last ten steps bring less than a tenth."),
                    rnn.replace(gain=0.5),
                    most=0.1,
                    measure="last_ten",
                ),
            ),
            _("A sum does not vanish because its far terms do. The near past arrives undiminished, and fills the sum."),
            _("Where gradients vanish the near past is learned from and the far past is not."),
        ),
        Card(
            "window",
            "time",
            _("Truncated backpropagation loses nothing that matters."),
            (
                Case(
                    _("RNN: the last ten steps give the gradient of W_hh to a fifth."),
                    rnn,
                    most=0.2,
                    measure="cut_error",
                ),
                Case(
                    _("Orthogonal without an activation: the last ten steps give the gradient of W_hh to a fifth."),
                    carried,
                    most=0.2,
                    measure="cut_error",
                ),
            ),
            _(
                "Where the gradient vanishes, what the window cuts off was next to nothing. Where it is carried, the"
                " cut leaves most of it out: truncation makes a bias, and the far past gets exactly 0."
            ),
            _("Truncation is harmless where the gradient vanishes anyway, and a bias where it does not."),
        ),
        Card(
            "norm",
            "time",
            _("The norm of the whole gradient shows whether gradients vanish."),
            (
                Case(
                    _("RNN at 20 and at 200 steps: the norm of the gradient of W_hh falls to less than half."),
                    rnn,
                    most=0.5,
                    measure="norm_by_length",
                ),
            ),
            _("The far terms are missing and nobody sees it: the near ones keep the norm where it was."),
            _("To see vanishing, look at what each step contributes, not at the norm of the sum."),
        ),
        Card(
            "turing",
            "time",
            _("RNNs are Turing complete."),
            (),
            _(
                "The proof needs numbers of unlimited precision and unlimited time. No run of a network in float64 can"
                " show it or refute it."
            ),
            _(
                "With unlimited precision and time an RNN can simulate a Turing machine; a trained one in float32 is a"
                " finite machine."
            ),
        ),
        Card(
            "copies",
            "time",
            _("An RNN is many copies of one network, each of which hands a message to the next."),
            (
                Case(
                    _("RNN: twenty copies in a row give the states of the loop."),
                    rnn,
                    most=EXACT,
                    measure="unrolled_error",
                ),
                Case(
                    _("LSTM: twenty copies in a row give the states of the loop."),
                    lstm,
                    most=EXACT,
                    measure="unrolled_error",
                ),
            ),
            _("The loop is written out, step after step, with the same weights in each."),
            _("Unrolled, a recurrent network is a chain of copies, equal to the loop."),
        ),
        Card(
            "product",
            "time",
            _("What a state does to a later one is a product of the recurrent weights and the slopes between them."),
            (
                Case(
                    _("RNN, 20 steps: the product of diag(φ′) W is autodiff's Jacobian."),
                    rnn,
                    most=EXACT,
                    measure="product_error",
                    page="past",
                ),
            ),
            _("h is φ(W h + ...) of the step before, so each step multiplies from the left by its slopes times W."),
            _("∂h_t/∂h_k is the product of diag(φ′) W over the steps from k + 1 to t."),
        ),
        Card(
            "transposed",
            "time",
            _("What a state does to a later one is a product of the transposed recurrent weights and the slopes."),
            (
                Case(
                    _("RNN, 20 steps: the product of diag(φ′) Wᵀ is autodiff's Jacobian."),
                    rnn,
                    most=EXACT,
                    measure="transposed_error",
                    page="past",
                ),
            ),
            _("The transposed matrices belong to the gradient, which goes the other way and meets them in reverse."),
            _("States go forward through W, gradients back through Wᵀ."),
        ),
        Card(
            "diagonal",
            "time",
            _("The Jacobian of a nonlinearity is diagonal."),
            (
                Case(_("tanh: nothing stands beside the diagonal."), rnn, most=EXACT, measure="off_diagonal"),
                Case(
                    _("tanh behind a layer normalisation: nothing stands beside the diagonal."),
                    rnn,
                    most=EXACT,
                    measure="off_diagonal_normalised",
                ),
            ),
            _("Each unit's tanh depends on that unit alone. A mean over the layer depends on all of them."),
            _("It is diagonal where every unit is mapped by itself: not for layer normalisation or a softmax."),
        ),
    ]
