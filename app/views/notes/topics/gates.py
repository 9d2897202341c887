"""The LSTM."""

import math

from app.language import _
from app.views.notes.card import Card, Case
from app.views.notes.examples import EXPLOSIVE, STEADY
from cells.experiment import Experiment

QUARTER = math.log10(0.25)
"""Decades a step, at the steepest slope of a sigmoid."""

FIVE_TIMES = math.log10(5.0)


def cards() -> list[Card]:
    """In the order of a lecture."""
    lstm = Experiment(cell="lstm")

    def biased(bias: float) -> Experiment:
        return lstm.replace(hyperparameters={"forget_bias": bias})

    return [
        Card(
            "four",
            "gates",
            _("An RNN's module has one layer, an LSTM's has four."),
            (Case(_("An LSTM has four times the weights of an RNN."), lstm, 3.999, 4.001, "weights_over_rnn"),),
            _("Three gates and a candidate, each with weights for the input, for h, and a bias."),
            _("An LSTM has four times the weights of an RNN of the same size."),
        ),
        Card(
            "direct",
            "gates",
            _("From step to step the cell state's gradient is the forget gate, and no weights are involved."),
            (
                Case(
                    _("Forget bias 1: the product of the forget gates is the gradient, to a tenth of a decade."),
                    biased(1.0),
                    -0.1,
                    0.1,
                    "direct_over_whole",
                ),
                Case(
                    _("Forget bias 5: the product of the forget gates is the gradient, to a tenth of a decade."),
                    biased(5.0),
                    -0.1,
                    0.1,
                    "direct_over_whole",
                ),
            ),
            _(
                "That is the direct path. There is another, through h, the gates and W_hh, and where the forget gates"
                " are low it is all that arrives."
            ),
            _("The forget gate is the direct path's factor; the whole gradient has the weights in it."),
        ),
        Card(
            "overcomes",
            "gates",
            _("The LSTM overcomes vanishing gradients."),
            (
                Case(_("Forget bias 1: the gradient does not vanish."), biased(1.0), -STEADY),
                Case(_("Forget bias 5: the gradient does not vanish."), biased(5.0), -STEADY),
            ),
            _(
                "A forget gate of σ(1) = 0.73 halves the cell state every 2.2 steps. At σ(5) = 0.993 half is left after"
                " a hundred."
            ),
            _("An LSTM keeps a gradient as long as its forget gates are near 1; a bias of 1 is not near enough."),
        ),
        Card(
            "sigmoids",
            "gates",
            _("Gates are sigmoids, whose slope is 1/4 at most, so an LSTM must vanish as well."),
            (Case(_("Forget bias 5: the gradient falls to a quarter or less a step."), biased(5.0), most=QUARTER),),
            _("The direct path multiplies by the gate's value, which may be near 1, not by its slope."),
            _("On the direct path it is the gate's value that counts, not its slope."),
        ),
        Card(
            "adds",
            "gates",
            _("An RNN multiplies and an LSTM adds, so it neither vanishes nor explodes."),
            (
                Case(_("Forget bias 1: the gradient does not vanish."), biased(1.0), -STEADY),
                Case(
                    _("One unit with a weight of 4 on its candidate: the gradient does not explode."),
                    EXPLOSIVE,
                    most=STEADY,
                ),
            ),
            _(
                "What is added is multiplied by the forget gates of all the steps that follow, and what is added"
                " depends on h through the weights."
            ),
            _("An LSTM adds once and multiplies ever after."),
        ),
        Card(
            "explodes",
            "gates",
            _("An LSTM can explode: it has a recurrent matrix too."),
            (
                Case(
                    _("One unit with a weight of 4 on its candidate: the gradient explodes."),
                    EXPLOSIVE,
                    STEADY,
                ),
            ),
            _("With its gates at 1, a small c goes on as c + 4 c: a factor of 5 a step."),
            _("Gates do not bound the path through the recurrent weights."),
        ),
        Card(
            "bias",
            "gates",
            _("The forget gate must be initialised well."),
            (
                Case(
                    _("From forget bias 0 to 5: more is kept, by 0.1 decades a step or more."),
                    biased(5.0),
                    0.1,
                    measure="over_bias_0",
                ),
            ),
            _("At a bias of 0 the gate stands at a half, and half is gone at every step."),
            _("The forget bias decides how long an LSTM remembers before it has learned anything."),
        ),
        Card(
            "alike",
            "gates",
            _("It does not matter which library an LSTM comes from: they start alike."),
            (
                Case(
                    _("Forget bias 1, as in Keras, against 0, as in PyTorch: less than a factor of 10 in all."),
                    biased(1.0),
                    -1.0,
                    1.0,
                    "decades_over_bias_0",
                ),
            ),
            _("Keras begins with a forget bias of 1; PyTorch draws it around 0."),
            _("Libraries differ in the forget bias, and with it in how far an untrained LSTM sees."),
        ),
        Card(
            "chrono",
            "gates",
            _("With chrono initialisation an LSTM sees a hundred steps back before it has learned anything."),
            (
                Case(
                    _("Chrono for 100 steps: a twentieth or more arrives after 100 steps."),
                    lstm.replace(length=100, hyperparameters={"chrono": 100.0}),
                    -1.3,
                    measure="decades",
                ),
            ),
            _("Its units keep for times spread from 1 step to 100, and the slow ones carry."),
            _("Gate biases can be drawn for the time that matters."),
        ),
        Card(
            "default",
            "gates",
            _("An LSTM remembers longer than a plain RNN."),
            (
                Case(_("Forget bias 5: more is kept a step than by an RNN."), biased(5.0), 0.0, measure="over_rnn"),
                Case(
                    _(
                        "Forget bias 0 and uniform weights, as in PyTorch: more is kept a step than by an orthogonal"
                        " RNN."
                    ),
                    biased(0.0).replace(initializer="pytorch", input_scale=0.4564, bias_scale=0.2041),
                    0.0,
                    measure="over_orthogonal_rnn",
                ),
            ),
            _("A forget gate at a half halves c at every step, while an orthogonal matrix under tanh keeps some 0.7."),
            _("An LSTM remembers longer than an RNN if its forget gates stand high from the start."),
        ),
        Card(
            "three_gates",
            "gates",
            _("An LSTM has three gates and two states."),
            (
                Case(_("LSTM: three gates."), lstm, 3, 3, "gates", page="gates"),
                Case(_("LSTM: two states."), lstm, 2, 2, "states", page="gates"),
                Case(_("LSTM of 1997: three gates."), Experiment(cell="lstm1997"), 3, 3, "gates", page="gates"),
            ),
            _("Input, forget and output gate, and h beside c. The first LSTM had no forget gate."),
            _("Three gates since 2000; before that two, and a cell state that never forgot."),
        ),
        Card(
            "dot",
            "gates",
            _("The forget gate forms a dot product with the old cell state."),
            (
                Case(
                    _("With h held, a unit of c depends on another unit of the old c."),
                    lstm,
                    1e-12,
                    measure="between_units",
                    page="gates",
                ),
            ),
            _("A dot product would give one number made of all units. Here each unit is multiplied by its own gate."),
            _("The forget gate multiplies the old cell state unit by unit."),
        ),
        Card(
            "long_short",
            "gates",
            _("The cell state is the long-term memory, the hidden state the short-term one."),
            (
                Case(
                    _("Forget bias 1: of a change of c, five times as much is left at the end as of one of h."),
                    biased(1.0),
                    FIVE_TIMES,
                    measure="c_over_h",
                    page="past",
                ),
                Case(
                    _("Forget bias 5: of a change of c, five times as much is left at the end as of one of h."),
                    biased(5.0),
                    FIVE_TIMES,
                    measure="c_over_h",
                    page="past",
                ),
            ),
            _("At bias 1 both fade at the same rate, c a little behind. Only near-open forget gates set them apart."),
            _("c outlasts h by far where the forget gates stand near 1."),
        ),
        Card(
            "one_zero",
            "gates",
            _("One factor of 0 in the chain, and everything before it is lost."),
            (
                Case(
                    _("LSTM, all forget gates shut at one step: ten decades of the gradient of c are lost, or more."),
                    lstm,
                    10.0,
                    measure="closed_once",
                    page="gates",
                ),
                Case(
                    _("One unit without recurrent weights, shut at one step: ten decades are lost, or more."),
                    Experiment(cell="lstm", hidden_size=1, W_hh=(0.0, 0.0, 0.0, 0.0), b=(0.0, 2.0, 0.0, 0.0)),
                    10.0,
                    measure="closed_once",
                    page="gates",
                ),
            ),
            _("In a layer the gradient has other ways, through h and the weights. Alone there is only the one."),
            _("One bad factor spoils a single chain; in a layer it costs about as much as any other step."),
        ),
        Card(
            "wormhole",
            "gates",
            _("The cell state is a wormhole: written, kept for long, and let out when the output gate opens."),
            (
                Case(
                    _("Input gate shut, forget gate open after step 5: at the end c is what it was."),
                    lstm,
                    most=1e-9,
                    measure="kept_c",
                    page="gates",
                ),
                Case(
                    _("Output gate open at the end: a tenth or more arrives at c of step 5."),
                    lstm,
                    -1.0,
                    measure="let_out",
                    page="gates",
                ),
                Case(
                    _("Output gate shut at the end: next to nothing arrives."),
                    lstm,
                    most=-12.0,
                    measure="shut_in",
                    page="gates",
                ),
            ),
            _("Its gates are held here. What is kept is multiplied by 1 at every step, and so is its gradient."),
            _("With its gates held so, a cell state crosses any number of steps unchanged."),
        ),
    ]
