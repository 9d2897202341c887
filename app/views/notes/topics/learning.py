"""What networks learn: small trainings, one for each seed."""

import math
from typing import Any

from app.language import _
from app.views.notes.card import Card, Case
from cells.experiment import Experiment

UNITS = 32
"""Hidden units of most networks that are trained here."""


def cards() -> list[Card]:
    """In the order of a lecture."""
    rnn, lstm, gru = (Experiment(cell=name, hidden_size=UNITS) for name in ("rnn", "lstm", "gru"))
    irnn = rnn.replace(activation="relu", initializer="identity")

    def solved(says: str, experiment: Experiment, *, most: float, least: float = -math.inf, **fields: Any) -> Case:
        return on_task(says, experiment, "solved_after", least, most, **fields)

    def unsolved(says: str, experiment: Experiment, *, least: float = 0.0, **fields: Any) -> Case:
        return solved(says, experiment, least=least or fields["updates"] + 1, most=math.inf, **fields)

    def on_task(says: str, experiment: Experiment, measure: str, least: float, most: float, **fields: Any) -> Case:
        return Case(
            says, experiment, least, most, measure, page="learning", fields=tuple(sorted(fields.items())), fixed=True
        )

    def biased(bias: float) -> Experiment:
        return lstm.replace(hyperparameters={"forget_bias": bias})

    recall = {"task": "recall_first", "task_length": 100, "train_rate": 0.003, "updates": 250}
    return [
        Card(
            "long_lags",
            "learning",
            _("A plain RNN cannot learn what lies many steps back."),
            (
                unsolved(
                    _("tanh: what stood 10 steps back is not learned in 300 updates."),
                    rnn,
                    task="recall_first",
                    task_length=10,
                    updates=300,
                ),
                unsolved(
                    _("tanh: a sum over 50 steps is not learned in 300 updates."), rnn, task_length=50, updates=300
                ),
                unsolved(
                    _("Orthogonal: what came 20 steps ago, at every step, is not learned in 300 updates."),
                    rnn,
                    task="echo",
                    lag=20,
                    updates=300,
                ),
            ),
            _(
                "Ten steps back enough of the gradient is left. Over fifty it is not. And where the target at every "
                "step is what was put in, the orthogonal matrix that it starts with is half of the answer."
            ),
            _("How far back an RNN learns depends on its weights at the start, and on the task."),
        ),
        Card(
            "gates_learn",
            "learning",
            _("Where an RNN fails, gated cells learn."),
            (
                unsolved(
                    _("RNN: a sum over 50 steps is not learned in 300 updates."), rnn, task_length=50, updates=300
                ),
                solved(_("GRU: it is, in 400."), gru, most=400, task_length=50, updates=400),
                solved(_("LSTM: it is, in 700."), lstm, most=700, task_length=50, updates=700),
            ),
            _("At the start their gates let enough of the gradient through to find out what matters."),
            _("GRU and LSTM learn sums over 50 steps, which a plain RNN does not."),
        ),
        Card(
            "solves",
            "learning",
            _("An LSTM solves the problem of long dependencies."),
            (
                solved(
                    _("Forget bias 1: what stood 100 steps back is learned in 250 updates."),
                    biased(1.0),
                    most=250,
                    **recall,
                ),
                solved(
                    _("Chrono for 100 steps: it is, in 400."),
                    lstm.replace(hyperparameters={"chrono": 100.0}),
                    most=400,
                    **recall | {"updates": 400},
                ),
            ),
            _("A forget gate of σ(1) = 0.73 leaves 10⁻¹⁴ of a state after 100 steps, and nothing to learn from."),
            _("An LSTM learns long dependencies if its gates are set for their length from the start."),
        ),
        Card(
            "forget_one",
            "learning",
            _("A forget bias of 1 helps an LSTM to learn."),
            (
                solved(
                    _("Bias 1: which of two symbols came first is learned in 300 updates."),
                    biased(1.0),
                    most=300,
                    task="temporal_order",
                    task_length=50,
                    updates=300,
                ),
                unsolved(
                    _("Bias 0: it is not."),
                    biased(0.0),
                    task="temporal_order",
                    task_length=50,
                    updates=300,
                ),
            ),
            _("At bias 0 half is forgotten at every step, and the symbols stand 25 and more steps from the end."),
            _("A forget bias of 1 makes the difference over some tens of steps; over a hundred it is not enough."),
        ),
        Card(
            "as_well",
            "learning",
            _("A GRU has fewer weights than an LSTM, and learns as well."),
            (
                solved(
                    _("GRU: a sum over 50 steps is learned in 400 updates."), gru, most=400, task_length=50, updates=400
                ),
                solved(
                    _("GRU: which of two symbols came first is learned in 400."),
                    gru,
                    most=400,
                    task="temporal_order",
                    task_length=50,
                    updates=400,
                ),
                unsolved(
                    _("LSTM: the sum takes it more than 300."),
                    lstm,
                    least=301,
                    task_length=50,
                    updates=700,
                ),
            ),
            _("It has one gate fewer to set right. On these tasks it is no worse, and on the sum it is faster."),
            _("On these tasks a GRU learns as well as an LSTM, with three quarters of its weights."),
        ),
        Card(
            "rescues",
            "learning",
            _("Gradient clipping rescues training."),
            (
                solved(
                    _("ReLU with the identity, clipped at 1: a sum over 100 steps is learned in 750 updates."),
                    irnn,
                    most=750,
                    task_length=100,
                    train_rate=0.003,
                    updates=750,
                ),
                solved(
                    _("tanh, clipped at 1: a sum over 50 steps is learned in 300 updates."),
                    rnn,
                    most=300,
                    task_length=50,
                    updates=300,
                ),
            ),
            _("Clipping takes the large gradients away. It does not bring back the small ones."),
            _("Clipping rescues a training that explodes, not one that vanishes."),
        ),
        Card(
            "unclipped",
            "learning",
            _("Without clipping, training ends in numbers that are none."),
            (
                on_task(
                    _("Plain descent, gain 3, rate 0.1: it ends within 50 updates."),
                    rnn.replace(gain=3.0),
                    "broken_after",
                    -math.inf,
                    50,
                    task_length=30,
                    train_rate=0.1,
                    train_clip=1000.0,
                    optimiser="sgd",
                    updates=50,
                ),
                on_task(
                    _("Adam, gain 1, rate 0.01: it ends within 50 updates."),
                    rnn,
                    "broken_after",
                    -math.inf,
                    50,
                    task_length=30,
                    train_clip=1000.0,
                    updates=50,
                ),
            ),
            _("A step as long as an exploding gradient leaves the finite numbers. Adam's steps are never that long."),
            _("Where gradients explode, plain descent needs clipping; Adam is harder to break."),
        ),
        Card(
            "clip_prevents",
            "learning",
            _("Gradient clipping keeps training finite."),
            (
                on_task(
                    _("Plain descent, gain 3, rate 0.1, clipped at 1: it goes on beyond 50 updates."),
                    rnn.replace(gain=3.0),
                    "broken_after",
                    51,
                    math.inf,
                    task_length=30,
                    train_rate=0.1,
                    optimiser="sgd",
                    updates=50,
                ),
            ),
            _("No step is longer than the rate times the threshold. What is learned is another matter."),
            _("Clipping bounds the update, and with it what one bad gradient can break."),
        ),
        Card(
            "swings",
            "learning",
            _("The gradient of an RNN is now large, now small."),
            (
                on_task(
                    _("200 updates on a sum over 30 steps: the largest is 5 times the middle one or more."),
                    rnn,
                    "swing",
                    5.0,
                    math.inf,
                    task_length=30,
                    updates=200,
                ),
            ),
            _("Its size depends on the weights and on the sequences of the batch, through a product over the steps."),
            _("The size of an RNN's gradient changes by a factor of 5 and more while it is trained."),
        ),
        Card(
            "orthogonal_learns",
            "learning",
            _("Orthogonal weights at the start let an RNN learn longer lags."),
            (
                solved(
                    _("Orthogonal: what came 20 steps ago is learned in 300 updates."),
                    rnn,
                    most=300,
                    task="echo",
                    lag=20,
                    updates=300,
                ),
                unsolved(
                    _("Uniform, as in PyTorch: it is not."),
                    rnn.replace(initializer="pytorch"),
                    task="echo",
                    lag=20,
                    updates=300,
                ),
            ),
            _("An orthogonal matrix hands the input on as it is; one of PyTorch's size shrinks it to 0.6 a step."),
            _("Orthogonal weights carry what is to be learned while the units stay where tanh is steep."),
        ),
        Card(
            "tanh_learns",
            "learning",
            _("With tanh an RNN learns faster than with the sigmoid."),
            (
                solved(
                    _("tanh: what stood 10 steps back is learned in 200 updates."),
                    rnn,
                    most=200,
                    task="recall_first",
                    task_length=10,
                    updates=300,
                ),
                unsolved(
                    _("Sigmoid: it is not."),
                    rnn.replace(activation="sigmoid"),
                    task="recall_first",
                    task_length=10,
                    updates=200,
                ),
            ),
            _("Ten steps with slopes of 1/4 at most leave a millionth."),
            _("Over ten steps tanh learns soon and the sigmoid does not."),
        ),
        Card(
            "rate",
            "learning",
            _("A larger learning rate, or Adam, makes up for gradients that vanish."),
            tuple(
                solved(
                    _("RNN, Adam, rate {rate}: a sum over 50 steps is learned in 300 updates.").format(rate=rate),
                    rnn,
                    most=300,
                    task_length=50,
                    train_rate=rate,
                    updates=300,
                )
                for rate in (0.001, 0.01, 0.1)
            ),
            _(
                "The far past is a share of the gradient that is next to nothing. A larger step makes the rest larger, "
                "too, and the share stays what it is."
            ),
            _("No step size changes what share of the gradient comes from far back."),
        ),
        Card(
            "cut_learns",
            "learning",
            _("Cutting the gradient after some steps saves time and costs nothing."),
            (
                solved(
                    _("GRU, cut after 10 steps: what stood 50 steps back is learned in 200 updates."),
                    gru.replace(hyperparameters={"update_bias": 2.0}),
                    most=200,
                    task="recall_first",
                    task_length=50,
                    truncate=10,
                    updates=200,
                ),
                solved(
                    _("GRU, not cut: it is."),
                    gru.replace(hyperparameters={"update_bias": 2.0}),
                    most=200,
                    task="recall_first",
                    task_length=50,
                    updates=200,
                ),
            ),
            _("What came before the cut gets no credit at all, however well the cell would carry it."),
            _("Truncation, or detaching the state, takes away whatever lies before the cut."),
        ),
        Card(
            "others_do",
            "learning",
            _("An LSTM needs tanh; no other activation will do."),
            (
                unsolved(
                    _("ReLU: a sum over 50 steps is not learned in 400 updates."),
                    lstm.replace(activation="relu"),
                    task_length=50,
                    updates=400,
                ),
                unsolved(
                    _("Sigmoid: it is not learned in 600."),
                    lstm.replace(activation="sigmoid"),
                    task_length=50,
                    updates=600,
                ),
            ),
            _("What is needed is a slope that is not small, and a state that can move both ways or that grows freely."),
            _("ReLU does as well as tanh in an LSTM on this task; the sigmoid does not."),
        ),
        Card(
            "any_length",
            "learning",
            _("A recurrent network works at any length, since every step is the same."),
            (
                on_task(
                    _("GRU, trained to add over 50 steps: over 100 steps the sum counts as solved, too."),
                    gru,
                    "elsewhere",
                    -math.inf,
                    1.0,
                    task_length=50,
                    updates=400,
                ),
            ),
            _("It runs at any length. That what it learned still holds there, nobody has asked of it in training."),
            _("A recurrent network runs at any length, and is as good as it was trained to be at that length."),
        ),
        Card(
            "batch_norm_learns",
            "learning",
            _("Batch normalisation speeds training up, allows larger learning rates and replaces regularisation."),
            (),
            _("Nothing in this laboratory is trained with batch normalisation, and nothing measures overfitting."),
            _("What batch normalisation does to the gradient of an untrained network is on the page of remedies."),
        ),
        Card(
            "expensive",
            "learning",
            _("Training an RNN is enormously expensive."),
            (),
            _(
                "How long it takes is a property of the machine and of who else uses it, and a verdict here must come "
                "out the same everywhere."
            ),
            _("An RNN needs few multiplications a step, but its steps must wait for one another."),
        ),
        Card(
            "genetic",
            "learning",
            _("A genetic algorithm finds better settings for training an LSTM."),
            (),
            _(
                "Better than what? It would have to be compared with as many random settings, over many searches: "
                "hours of training. One search can be watched on the page of training."
            ),
            _("Any search that keeps its best improves. Whether it beats chance is a question of budgets."),
        ),
    ]
