"""Layers above one another and in both directions, and other networks on the same sequence."""

from app.language import _
from app.views.notes.card import Card, Case
from cells.experiment import Experiment

STEPS = 64
"""Steps of the sequences here."""
NEXT_TO_NOTHING = -20.0
"""log10 of a gradient below which nothing arrives."""


def cards() -> list[Card]:
    """In the order of a lecture."""
    lstm, rnn = Experiment(cell="lstm", length=STEPS), Experiment(length=STEPS)

    def wired(wiring: str, layers: int, step: int) -> dict[str, object]:
        return {
            "page": "wiring",
            "fields": (("wiring", wiring), ("wired_layers", layers), ("wired_step", step)),
        }

    def from_last(says: str, wiring: str) -> Case:
        return Case(says, lstm, NEXT_TO_NOTHING, measure="from_last", **wired(wiring, 2, 32))

    def compared(says: str, least: float, most: float, measure: str) -> Case:
        return Case(says, lstm, least, most, measure, page="wiring")

    return [
        Card(
            "deep",
            "wiring",
            _("An unrolled RNN is a very deep network."),
            (compared(_("From the first of 64 inputs to the last output it is 64 layers."), 63.5, 64.5, "way"),),
            _("One step is one layer, and there is no way around a step. The way is measured, not counted."),
            _("Unrolled over T steps, an RNN is T layers deep."),
        ),
        Card(
            "every_deep",
            "wiring",
            _("Every network that reads a sequence has as many layers on the way as there are steps."),
            (
                compared(_("LSTM: 60 layers or more from the first input."), 60.0, 70.0, "way"),
                compared(_("Dilated convolution: 60 layers or more from the first input."), 60.0, 70.0, "way_dilated"),
                compared(_("Attention: 60 layers or more from the first input."), 60.0, 70.0, "way_attention"),
            ),
            _("A dilated convolution doubles its reach with every layer: 6 for 64 steps. Attention needs one."),
            _("The way is T layers in a recurrent network, log₂ T in a dilated convolution, and 1 with attention."),
        ),
        Card(
            "attention",
            "wiring",
            _("Attention shortens the way, so more of the gradient arrives."),
            (
                compared(_("Attention: one layer from the first input."), 0.5, 1.5, "way_attention"),
                compared(
                    _("More arrives at the first of 64 inputs than through an LSTM, by a factor of 10 or more."),
                    1.0,
                    float("inf"),
                    "attention_over_cell",
                ),
            ),
            _("The last step looks at every step itself. Nothing is multiplied on the way but the weight of the look."),
            _("Attention puts every input one layer away from every output."),
        ),
        Card(
            "cnn",
            "wiring",
            _("A convolutional network has no memory; only a recurrent one sees the past."),
            (
                compared(
                    _("Plain convolution of 6 layers: of 64 inputs it sees 25 or fewer."), 0, 25, "seen_by_convolution"
                ),
                compared(
                    _("Dilated convolution of 6 layers: of 64 inputs it sees 25 or fewer."), 0, 25, "seen_by_dilated"
                ),
                compared(
                    _("Dilated convolution: less arrives at the first input than through an LSTM."),
                    -float("inf"),
                    0.0,
                    "dilated_over_cell",
                ),
            ),
            _("A convolution sees what its layers reach. With dilation that is the whole sequence, by a short way."),
            _("A convolution sees as far as it is built to, and not a step beyond."),
        ),
        Card(
            "window_only",
            "wiring",
            _("An ordinary network takes an input of fixed size: what lies before its window it cannot see."),
            (compared(_("A window of 16 steps: of 64 inputs it sees 16."), 16, 16, "seen_by_window"),),
            _("Beyond the window the gradient is exactly 0. A recurrent network takes any number of steps."),
            _("A feed-forward network sees its window, a recurrent one all that came."),
        ),
        Card(
            "both_sides",
            "wiring",
            _("Two RNNs one above the other see what comes before and what comes after."),
            (
                from_last(
                    _("Two layers stacked, read at step 32: something arrives at the input of step 64."), "stacked"
                ),
                from_last(_("One in each direction, read at step 32: something arrives at input 64."), "both"),
            ),
            _("Stacked layers all run from left to right, so the future has no way in: its gradient is exactly 0."),
            _("To see both sides, two networks run side by side in opposite directions."),
        ),
        Card(
            "stacked",
            "wiring",
            _("Gradients pass down through stacked layers without loss."),
            (
                Case(
                    _("Six layers of LSTM: a tenth or more arrives at the lowest layer of the same step."),
                    lstm,
                    -1.0,
                    measure="down",
                    **wired("stacked", 6, STEPS),
                ),
                Case(
                    _("Six layers with residuals: a tenth or more arrives at the lowest layer of the same step."),
                    lstm,
                    -1.0,
                    measure="down",
                    **wired("residual", 6, STEPS),
                ),
            ),
            _("Every layer multiplies by its gates and weights, as every step does. A residual goes around them."),
            _("Depth leaks like time; residuals between the layers stop that leak."),
        ),
        Card(
            "shorter",
            "wiring",
            _("Stacking layers makes the memory shorter."),
            (
                Case(
                    _("Six layers of LSTM: less arrives at the first input than through one layer."),
                    lstm,
                    most=0.0,
                    measure="over_one_layer",
                    **wired("stacked", 6, STEPS),
                ),
                Case(
                    _("Six layers of RNN: less arrives at the first input than through one layer."),
                    rnn,
                    most=0.0,
                    measure="over_one_layer",
                    **wired("stacked", 6, STEPS),
                ),
            ),
            _(
                "There are as many ways through depth and time as there are places to step down, and the upper layers "
                "are driven less, so that their slopes are nearer to 1."
            ),
            _("More layers cost something straight down, and carry more from far back."),
        ),
        Card(
            "one_matrix",
            "wiring",
            _("The same matrix at every step is worse than a new one in every layer: the product is more extreme."),
            (
                Case(
                    _("Over a hundred layers, the gradients of twelve networks spread wider with one matrix each."),
                    Experiment(hidden_size=32, input="zero"),
                    1.0,
                    measure="spread_ratio",
                    page="wiring",
                ),
            ),
            _("Fresh factors average out, and their spread grows as √t. The same factor again and again grows as t."),
            _("One matrix met at every step makes vanishing and exploding more extreme than new ones."),
        ),
        Card(
            "depends",
            "wiring",
            _("Each output of an RNN depends on all inputs before it, not only on the present one."),
            (compared(_("LSTM: the last output depends on 64 of 64 inputs."), 64, 64, "seen_by_cell"),),
            _("However little arrives from far back, it is not exactly 0: every step hands on a part."),
            _("The last output depends on every input; how much, is another question."),
        ),
    ]
