"""The model in words that can be quoted, and in equations that are those of the program."""

from collections.abc import Iterator
from typing import NamedTuple

from app.language import _, number
from cells import all_cells
from cells.activations import ACTIVATIONS
from cells.base import AbstractCell
from cells.experiment import BUCKETS
from cells.initializers import INITIALIZERS
from cells.inputs import INPUTS
from cells.remedies.stacked import MAX_UNITS


class Statement(NamedTuple):
    """Something the model says.

    Attributes:
        anchor: its name in the address, after a #.
        heading: what it is about.
        text: a paragraph, as Markdown.
        latex: equations, one a line; none where empty.
    """

    anchor: str
    heading: str
    text: str
    latex: tuple[str, ...] = ()


def general() -> list[Statement]:
    """What holds for every cell."""
    return [
        Statement(
            "step",
            _("A cell"),
            _(
                "A cell is a function that takes the state before a step and one input to the state after it. The same "
                "function, with the same weights, is applied at every step. The state before step 1 is zero."
            ),
            (r"s_t = F(s_{t-1}, x_t)", r"s_0 = 0"),
        ),
        Statement(
            "loss",
            _("The loss"),
            _(
                "The loss is the sum of the units of h over the root of their number, on the last step unless another "
                "is chosen. There is no readout and no target: at its own step the gradient of the loss with respect "
                "to h has the length 1, whatever the number of units."
            ),
            (r"L = \frac{1}{\sqrt{H}} \sum_{i=1}^{H} h_{T,i}", r"\left\lVert \frac{dL}{dh_T} \right\rVert = 1"),
        ),
        Statement(
            "gradient",
            _("The gradient"),
            _(
                "The gradient of the loss with respect to the state goes back step by step through the transposed "
                "Jacobian of the very step that was computed, by automatic differentiation. It carries an exponent of "
                "its own, so that it neither underflows nor overflows on the way. One step of every picture is checked "
                "against a finite difference."
            ),
            (
                r"\frac{dL}{ds_{t-1}} = \left(\frac{\partial s_t}{\partial s_{t-1}}\right)^{\top} \frac{dL}{ds_t}",
                r"\frac{dL}{dW} = \sum_t \left(\frac{\partial^+ s_t}{\partial W}\right)^{\top} \frac{dL}{ds_t}",
            ),
        ),
        Statement(
            "weights",
            _("How weights are drawn"),
            _(
                "W_ih is uniform, as Glorot and Bengio have it, for the channels of the input that are in use. W_hh is "
                "drawn by the initialisation that is chosen, every gate's block by itself; then it is brought to the "
                "spectral radius, if one is chosen, and multiplied by the gain. Biases are Gaussian with a spread that "
                "is 0 unless it is chosen; gate biases such as the forget bias are added."
            ),
            (
                r"W_{ih} \sim U(-a, a),\quad a = \sqrt{6 / (D + H)}",
                r"W_{hh} = \text{gain} \cdot W",
            ),
        ),
        Statement("initialisation", _("The initialisations of W_hh"), _initialisations()),
        Statement("activation", _("The activations φ"), _activations()),
        Statement("inputs", _("How inputs are drawn"), _inputs()),
        Statement(
            "seed",
            _("The seed"),
            _(
                "One seed decides weights and noise. The same address gives the same numbers on every machine. Another "
                "length continues the same noise."
            ),
        ),
    ]


def simplifications() -> list[Statement]:
    """What is left out or assumed."""
    return [
        Statement(
            "one-sequence",
            _("One sequence, no batch"),
            _(
                "Every picture is of one sequence. What a batch averages away is seen here, and so is the chance of "
                "one seed; “five seeds” shows how large it is."
            ),
        ),
        Statement(
            "untrained",
            _("As drawn, not trained"),
            _(
                "Unless a page says that it trains, weights are as they are drawn. How gradients start out is not how "
                "they end up after training."
            ),
        ),
        Statement(
            "no-readout",
            _("No readout, no target"),
            _(
                "The loss reads h itself. A trained readout would weigh directions differently; the factor a step, in "
                "the long run, would stay."
            ),
        ),
        Statement(
            "double-precision",
            _("Double precision"),
            _(
                "Numbers are computed with 53 binary digits, about 16 decimal ones, and gradients with an exponent of "
                "their own. In float32 or float16 small ones become 0; bands on the log axis show where. What is "
                "trained is trained in float32, as in practice."
            ),
        ),
        Statement(
            "sizes",
            _("Small sizes"),
            _(
                "A network has at most {units} units and a sequence at most {steps} steps. Wide networks come closer "
                "to their averages than small ones."
            ).format(units=MAX_UNITS, steps=BUCKETS[-1]),
        ),
        Statement(
            "small-changes",
            _("Small changes"),
            _(
                "A gradient speaks of changes that are small enough. What a large change does, such as another word in "
                "a text, it does not say."
            ),
        ),
    ]


def of_cell(name: str, cell: type[AbstractCell]) -> Statement:
    """A cell's equations, its states and its gates, as its class declares them."""
    told = []
    if cell.gates:
        listed = ", ".join(f"{gate.symbol} ({_(gate.role)})" for gate in cell.gates)
        told.append(_("Gates and candidates: {listed}.").format(listed=listed))
    told.append(_("State: {listed}.").format(listed=", ".join(cell.State._fields)))
    if cell.direct:
        listed = ", ".join(f"{field} × {factor}" for field, factor in cell.direct.items())
        told.append(_("Direct path: {listed}.").format(listed=listed))
    if cell.hyperparameters:
        listed = ", ".join(f"{_(each.label)} {_unless_said(each.default)}" for each in cell.hyperparameters)
        told.append(_("Numbers of its own, with what they are unless said: {listed}.").format(listed=listed))
    return Statement(f"cell-{name}", cell.label, " ".join(told), cell.equations)


def every() -> Iterator[Statement]:
    """All statements in the order of the page."""
    yield from general()
    yield from (of_cell(name, cell) for name, cell in all_cells().items())
    yield from simplifications()


def _unless_said(default: float | bool) -> str:
    if isinstance(default, bool):
        return _("on") if default else _("off")
    return number(default)


def _initialisations() -> str:
    head = _("| initialisation | standard deviation of an entry × √H, for large H |")
    rows = [f"| {row.label} | {number(row.effective_gain, 3)} |" for row in INITIALIZERS.values()]
    return "\n".join([head, "| --- | --- |", *rows])


def _activations() -> str:
    head = _("| activation | φ(x) | largest slope |")
    rows = [
        f"| {row.label} | ${row.formula.replace('|', chr(92) + 'vert ')}$ | {number(row.max_slope, 4)} |"
        for row in ACTIVATIONS.values()
    ]
    return "\n".join([head, "| --- | --- | --- |", *rows])


def _inputs() -> str:
    text = _(
        "White noise is standard normal, each channel and step by itself. All other inputs have one channel, but for a "
        "text, which has one for each character. Those that are shorter than the sequence start over."
    )
    head = _("| input | names in the address that shape it |")
    rows = [f"| {_(row.label)} | {', '.join(row.uses) or '–'} |" for row in INPUTS.values()]
    return "\n".join([text, "", head, "| --- | --- |", *rows])
