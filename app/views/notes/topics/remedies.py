"""Activations, and what is said to help."""

from app.language import _
from app.views.notes.card import Card, Case
from app.views.notes.examples import ALL_ON, EXPLOSIVE, STEADY, WILD
from cells.experiment import Experiment


def cards() -> list[Card]:
    """In the order of a lecture."""
    rnn, lstm = Experiment(), Experiment(cell="lstm")
    relu = Experiment(activation="relu")
    return [
        Card(
            "tanh",
            "remedies",
            _("tanh is better than the sigmoid: its slope is larger, so gradients vanish more slowly."),
            (Case(_("RNN: tanh keeps more a step than the sigmoid."), rnn, 0.0, measure="tanh_over_sigmoid"),),
            _("The sigmoid's slope is 1/4 at most, that of tanh 1."),
            _("With the same weights, tanh loses less a step than the sigmoid."),
        ),
        Card(
            "relu",
            "remedies",
            _("ReLU has slope 1, so its gradients do not vanish."),
            (
                Case(_("ReLU, orthogonal weights: the gradient does not vanish."), relu, -STEADY),
                Case(
                    _("ReLU, identity weights, every unit on: the gradient does not vanish."),
                    ALL_ON,
                    -STEADY,
                ),
            ),
            _(
                "Half of the units are off at each step, and an orthogonal matrix without half of its rows is"
                " orthogonal no more."
            ),
            _("ReLU passes on what its units get while they are on; about half are off."),
        ),
        Card(
            "xavier",
            "remedies",
            _("Xavier or He initialisation ends vanishing and exploding."),
            (
                Case(
                    _("tanh, Xavier: the gradient is carried."),
                    rnn.replace(initializer="glorot_uniform"),
                    -STEADY,
                    STEADY,
                ),
                Case(_("ReLU, He: the gradient is carried."), relu.replace(initializer="he"), -STEADY, STEADY),
            ),
            _(
                "Both are right on average, for one pass through fresh random layers. Here one matrix is met at every"
                " step, and an input moves the units."
            ),
            _("Good initialisation delays; the same matrix at every step and an input undo it."),
        ),
        Card(
            "layer_norm",
            "remedies",
            _("Layer normalisation cures vanishing and exploding."),
            (
                Case(
                    _("tanh, gain 3, no input, 64 units, with layer norm: the gradient does not explode."),
                    WILD,
                    most=STEADY,
                    remedies=("layer_norm",),
                ),
                Case(
                    _("tanh, usual weights, with layer norm: the gradient does not vanish."),
                    rnn,
                    -STEADY,
                    remedies=("layer_norm",),
                ),
            ),
            _(
                "It divides by the spread of the units, so that most of a gain cancels. It does not bring back what the"
                " slopes have lost."
            ),
            _("Layer normalisation takes most of the exploding away, and little of the vanishing."),
        ),
        Card(
            "residual",
            "remedies",
            _("Residual connections cure vanishing."),
            (
                Case(
                    _("h + F(h, x): a tenth or more arrives after a hundred steps."),
                    rnn,
                    -STEADY,
                    remedies=("residual",),
                ),
                Case(
                    _("h inside of φ, φ(W h + x + h): a tenth or more arrives after a hundred steps."),
                    rnn,
                    -STEADY,
                    remedies=("false_residual",),
                ),
            ),
            _(
                "Only what stands outside of the activation is added to the product of slopes; inside, it is multiplied"
                " by them like the rest."
            ),
            _("A residual cures vanishing if it goes around the activation."),
        ),
        Card(
            "gates_ease",
            "remedies",
            _("Gated cells ease vanishing and exploding."),
            (
                Case(
                    _("LSTM with forget bias 3: more is kept a step than by an RNN."),
                    lstm.replace(hyperparameters={"forget_bias": 3.0}),
                    0.0,
                    measure="over_rnn",
                ),
                Case(
                    _("One LSTM unit with a weight of 4 on its candidate: the gradient does not explode."),
                    EXPLOSIVE,
                    most=STEADY,
                ),
            ),
            _("The direct path holds c, so less is lost. Nothing bounds the other path, through h and the weights."),
            _("Gates ease vanishing where they stand near 1; they do not prevent exploding."),
        ),
        Card(
            "small",
            "remedies",
            _("Small initial weights are the safe choice."),
            (
                Case(_("tanh, gain 0.5: the gradient does not explode."), rnn.replace(gain=0.5), most=STEADY),
                Case(_("tanh, gain 0.5: the gradient does not vanish."), rnn.replace(gain=0.5), -STEADY),
            ),
            _("Small weights cannot explode. They vanish all the faster."),
            _("Small weights are safe against exploding and the surest way to vanishing."),
        ),
        Card(
            "batch_norm",
            "remedies",
            _("Batch normalisation keeps values where slopes are large, and so cures vanishing."),
            (
                Case(
                    _("tanh, usual weights, with batch norm: the gradient does not vanish."),
                    rnn,
                    -STEADY,
                    remedies=("batch_norm",),
                ),
                Case(
                    _("tanh, gain 0.2, with batch norm: more is kept a step than without."),
                    rnn.replace(gain=0.2),
                    0.0,
                    measure="over_untreated",
                    remedies=("batch_norm",),
                ),
            ),
            _(
                "It makes the growth independent of the gain, so small weights lose less. What is left is decided by"
                " its own scale γ, and is not 1."
            ),
            _("Batch normalisation takes the gain out of the growth; it does not make the growth 1."),
        ),
        Card(
            "skips",
            "remedies",
            _("Connections that skip steps shorten the way, so more arrives."),
            (
                Case(
                    _("tanh, with skip connections: more is kept a step than without."),
                    rnn,
                    0.0,
                    measure="over_untreated",
                    remedies=("skip",),
                ),
            ),
            _("Over a skip the gradient meets one factor where it would meet many."),
            _("Skips divide the number of factors on the shortest way by their span."),
        ),
        Card(
            "relu_explodes",
            "remedies",
            _("ReLU makes gradients explode, since its slope never falls below 1."),
            (
                Case(
                    _("ReLU, gaussian, gain 2, 64 units: the gradient explodes."),
                    relu.replace(initializer="gaussian", gain=2.0, hidden_size=64),
                    STEADY,
                ),
                Case(
                    _("ReLU, gaussian, gain 1, 64 units: the gradient explodes."),
                    relu.replace(initializer="gaussian", hidden_size=64),
                    STEADY,
                ),
            ),
            _("Its slope is 0 for half of the units. That halves the variance, so the edge lies at a gain near √2."),
            _("ReLU explodes above a gain of √2 and vanishes below it."),
        ),
        Card(
            "uniform",
            "remedies",
            _("Xavier or He initialisation makes the distribution of the weights more uniform."),
            (
                Case(
                    _("Xavier: its kurtosis is smaller than that of PyTorch's default, by 0.1 or more."),
                    rnn.replace(initializer="glorot_uniform", hidden_size=64),
                    most=-0.1,
                    measure="kurtosis_over_pytorch",
                ),
                Case(
                    _("He: its kurtosis is smaller than that of PyTorch's default, by 0.1 or more."),
                    rnn.replace(initializer="he", hidden_size=64),
                    most=-0.1,
                    measure="kurtosis_over_pytorch",
                ),
            ),
            _("They set how large the weights are. PyTorch's default is uniform already, and vanishes fastest."),
            _("Xavier and He set the variance of the weights, not the shape of their distribution."),
        ),
        Card(
            "standardised",
            "remedies",
            _("Standardised data lie between −4 and 4."),
            (
                Case(_("White noise: 99 % of the numbers, or more."), rnn, 0.99, measure="inside_four"),
                Case(
                    _("Sunspots, standardised: 99 % of the numbers, or more."),
                    rnn.replace(input="sunspots"),
                    0.99,
                    measure="inside_four",
                ),
            ),
            _("Of a Gaussian 0.006 % lie outside, and by Chebyshev's inequality never more than a sixteenth."),
            _("Standardised data lie between −4 and 4 but for a sixteenth at the most, and mostly but for far less."),
        ),
        Card(
            "dropout",
            "remedies",
            _("Dropout eases vanishing and exploding."),
            (
                Case(
                    _("tanh, gain 3, no input, 64 units, with dropout: the gradient does not explode."),
                    WILD,
                    most=STEADY,
                    remedies=("dropout",),
                ),
                Case(
                    _("tanh, usual weights, with dropout: more is kept a step than without."),
                    rnn,
                    0.0,
                    measure="over_untreated",
                    remedies=("dropout",),
                ),
            ),
            _(
                "The same units are missing at every step, and the weights of the others are scaled up by 1.25. That"
                " may outweigh what is missing; exploding it does not stop."
            ),
            _("Dropout changes the scale of the recurrent weights a little, and with it how much is kept."),
        ),
        Card(
            "steeper",
            "remedies",
            _("The slope of tanh is larger than that of the sigmoid."),
            (
                Case(_("At 0: it is larger."), rnn, 1.0, measure="steeper_at_0", page="neuron"),
                Case(_("At 5: it is larger."), rnn, 1.0, measure="steeper_at_5", page="neuron"),
            ),
            _("At 0 it is four times as steep. Beyond 1.66 tanh is the flatter of the two."),
            _("tanh is steeper between −1.66 and 1.66, and flatter beyond."),
        ),
    ]
