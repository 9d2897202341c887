"""Why gradients vanish and explode."""

from app.language import _
from app.views.notes.card import Card, Case
from app.views.notes.examples import ALL_ON, STEADY, WILD
from cells.experiment import Experiment


def cards() -> list[Card]:
    """In the order of a lecture."""
    rnn, lstm = Experiment(), Experiment(cell="lstm")
    linear = Experiment(activation="identity")
    return [
        Card(
            "activations",
            "vanishing",
            _("Gradients vanish because of sigmoid and tanh."),
            (
                Case(_("tanh: the gradient vanishes."), rnn, most=-STEADY),
                Case(_("No activation, gain 0.9: the gradient does not vanish."), linear.replace(gain=0.9), -STEADY),
                Case(_("tanh, gain 3, no input, 64 units: the gradient vanishes."), WILD, most=-STEADY),
            ),
            _(
                "Every factor is a slope times a matrix. Small weights vanish without any activation, and large ones"
                " make up for the slope of tanh."
            ),
            _("Gradients vanish where slopes times weights are below 1 on the whole."),
        ),
        Card(
            "large",
            "vanishing",
            _("Gradients explode because of large weights."),
            (
                Case(
                    _("tanh, gaussian, gain 5, 64 units: the gradient explodes."),
                    rnn.replace(gain=5.0, initializer="gaussian", hidden_size=64),
                    STEADY,
                ),
                Case(
                    _("tanh, orthogonal, gain 20: the gradient explodes."),
                    rnn.replace(gain=20.0),
                    STEADY,
                ),
            ),
            _("Large weights push units to where tanh is flat, and a flat unit passes hardly anything back."),
            _("Large weights explode while enough units stay where their activation has a slope."),
        ),
        Card(
            "five",
            "vanishing",
            _("Vanishing comes from values of 5 and more, where sigmoid and tanh are flat."),
            (
                Case(_("tanh, usual weights: some unit gets 5 or more."), rnn, 5.0, measure="largest_pre_activation"),
                Case(_("tanh, usual weights, no unit near 5: nothing vanishes."), rnn, -STEADY),
            ),
            _(
                "tanh has a slope below 1 everywhere but at 0. At ordinary values it costs a little at every step, and"
                " a hundred steps are a hundred little losses."
            ),
            _("Ordinary values are enough: slopes a little below 1, multiplied, vanish."),
        ),
        Card(
            "short",
            "vanishing",
            _("An RNN has only a short memory."),
            (
                Case(_("tanh: half of the gradient is gone in ten steps or fewer."), rnn, most=10, measure="halving"),
                Case(
                    _("Identity and ReLU, every unit on: half of the gradient is gone in ten steps or fewer."),
                    ALL_ON,
                    most=10,
                    measure="halving",
                ),
            ),
            _(
                "At usual weights, half is gone within a few steps. It is the weights, not the cell, that forget:"
                " an identity matrix under ReLU units that stay on forgets nothing."
            ),
            _("An RNN at its usual initialisation forgets within a few steps; carried weights exist."),
        ),
        Card(
            "later",
            "vanishing",
            _("The later an input comes, the more it weighs."),
            (
                Case(_("RNN: the gradient is smaller at step 1 than at the end."), rnn, most=-STEADY),
                Case(
                    _("tanh, gain 3, no input, 64 units: the gradient is smaller at step 1 than at the end."),
                    WILD,
                    most=-STEADY,
                ),
                Case(_("LSTM, forget bias 1: the gradient is smaller at step 1 than at the end."), lstm, most=-STEADY),
            ),
            _("So it is wherever gradients vanish. Where they grow on the way back, the first steps weigh most."),
            _("The later input weighs more where the gradient vanishes, the earlier one where it explodes."),
        ),
        Card(
            "orthogonal",
            "vanishing",
            _("Orthogonal weights keep the gradient's size."),
            (
                Case(_("No activation: what step 1 gets is what the end has."), linear, -STEADY, STEADY),
                Case(_("tanh: what step 1 gets is what the end has."), rnn, -STEADY, STEADY),
            ),
            _(
                "An orthogonal matrix keeps every length, but each factor is that matrix times the slopes, and those of"
                " tanh are below 1."
            ),
            _("Orthogonal weights keep the gradient where the activation has slope 1."),
        ),
        Card(
            "long_only",
            "vanishing",
            _("Gradients vanish only in long sequences."),
            (
                Case(
                    _("RNN, 20 steps: the gradient does not vanish."),
                    rnn.replace(length=20),
                    -STEADY,
                ),
                Case(_("RNN, 5 steps: the gradient does not vanish."), rnn.replace(length=5), -STEADY),
            ),
            _("The factor a step is the same from the first step on. A long sequence only has more of them."),
            _("Length decides how much is lost in all, not whether something is lost at every step."),
        ),
        Card(
            "units",
            "vanishing",
            _("More hidden units give a longer memory."),
            (
                Case(
                    _("RNN: 64 units keep more a step than 8, by 0.01 decades or more."),
                    rnn.replace(hidden_size=64),
                    STEADY,
                    measure="over_8_units",
                ),
                Case(
                    _("LSTM: 64 units keep more a step than 8, by 0.01 decades or more."),
                    lstm.replace(hidden_size=64),
                    STEADY,
                    measure="over_8_units",
                ),
            ),
            _(
                "The loop itself does not depend on their number. But the usual input weights are smaller the more "
                "units there are, so each unit is driven less and its slope stays nearer to 1."
            ),
            _("More units keep more a step here because each gets less of the input."),
        ),
        Card(
            "explode_all",
            "vanishing",
            _("When gradients explode, the share of every step does."),
            (
                Case(
                    _("tanh, gain 3, no input, 64 units: the last step's own share is a tenth of the sum or more."),
                    WILD,
                    0.1,
                    measure="last_own",
                    page="bptt",
                ),
            ),
            _("The near steps have gone through few factors and are as they were. It is the far ones that are large."),
            _("The sum explodes because the far past does; the near past is drowned in it."),
        ),
        Card(
            "start",
            "vanishing",
            _("A bad initialisation makes gradients vanish or explode."),
            (
                Case(_("tanh, gain 0.3: the gradient vanishes."), rnn.replace(gain=0.3), most=-STEADY),
                Case(_("tanh, gain 3, no input, 64 units: the gradient explodes."), WILD, STEADY),
            ),
            _("Each factor begins with the weights, and the weights begin with the initialisation."),
            _("The scale of the recurrent weights decides at the start which of the two happens."),
        ),
        Card(
            "slopes",
            "vanishing",
            _("Vanishing is a product of the slopes of the activation, which are below 1."),
            (
                Case(
                    _("tanh, gain 1: the slopes alone give the gradient's growth, to 0.1 decades a step."),
                    rnn,
                    -0.1,
                    0.1,
                    measure="beyond_slopes",
                ),
                Case(
                    _("tanh, gain 0.5: the slopes alone give the gradient's growth, to 0.1 decades a step."),
                    rnn.replace(gain=0.5),
                    -0.1,
                    0.1,
                    measure="beyond_slopes",
                ),
            ),
            _("An orthogonal matrix adds nothing to the slopes; half of it adds a factor of a half at every step."),
            _("Vanishing is a product of slopes and weights."),
        ),
        Card(
            "latch",
            "vanishing",
            _("A network that can hold a memory for long can also be trained to."),
            (
                Case(
                    _("One tanh unit with a weight of 2, which holds one of two states: the gradient does not vanish."),
                    Experiment(hidden_size=1, W_hh=(2.0,), input="impulse"),
                    -STEADY,
                ),
            ),
            _("Both states lie where tanh is flat. That is why they last, and why no gradient comes through."),
            _("What makes a state last, a slope below 1 around it, makes its gradient vanish."),
        ),
    ]
