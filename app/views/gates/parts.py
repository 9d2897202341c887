"""The parts of the page of gates."""

import streamlit as st

from app import layout
from app import numbers as compute
from app import widgets as stage
from app.language import _
from app.settings import Picture
from app.views.gates import table as cell_table
from app.views.gates import verdict as gates
from cells.experiment import choices_of


def cell(picture: Picture) -> None:
    """The drawn cell with its cursor, and below it everything that follows the same cursor."""
    compute.warm_up_in_background([picture.experiment], compute.inside)
    stage.figure("gates", picture, more={"script": "cell.js", "panels": _panels(picture), "labels": _labels()})
    if picture.plain or st.session_state.get("live_failed"):
        _plain(picture)


def equations(picture: Picture) -> None:
    """The cell's equations as its paper has them."""
    cell_class = picture.experiment.cell_class
    layout.section(
        _("Which equations are drawn?"),
        (
            _("{cell} with φ = {activation}; the diagram above is read from the program that computes them.")
            if cell_class.nonlinear
            else _("{cell}; the diagram above is read from the program that computes them.")
        ).format(cell=cell_class.label, activation=choices_of("activation")[picture.experiment.activation]),
    )
    st.latex(
        r"\begin{aligned}" + r"\\".join(line.replace("=", "&=", 1) for line in cell_class.equations) + r"\end{aligned}"
    )


def table(picture: Picture) -> None:
    """Every cell side by side."""
    channels = compute.input_sequence(picture.experiment).shape[1]
    layout.section(
        _("How do the cells compare?"),
        _(
            "Counted from each cell’s own code, with D = {channels} inputs and H = {units} units. The direct path is "
            "what multiplies a state on its way to the next step through no matrix."
        ).format(channels=channels, units=picture.experiment.hidden_size),
    )
    st.table(cell_table.columns(channels, picture.experiment.hidden_size))


def marks() -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**The diagram** is read from the cell's own step: learned layers in boxes, point-wise operations in "
            "circles. Forward, a wire is as thick as its values are large (root mean square over the units), and a "
            "box is filled as far as its gate is open on average."
        ),
        _(
            "**Backward**, a wire is as thick as its share of the largest gradient of that step, and as warm or cold "
            "as the gradient is large: the number is log₁₀ of its norm. The gradient of a value is the sum over the "
            "wires that leave it, as vectors: norms need not add up."
        ),
        _(
            "**Play back** walks from the loss to step 1. A gradient at c or h counts every path from there to the "
            "loss, also the one inside its own step."
        ),
        _("**Held** values, with a thick border, are constants: no gradient passes through them to what they replace."),
        _(
            "**Blocked** names, with a dashed border, keep their values and let no gradient through. Block all gates "
            "and what is left is the direct path, as far as it leads around them."
        ),
        _("**The split** is exact: direct path + every other path = the whole Jacobian, each with its own exponent."),
        _("Beyond 32 units its norms are estimated from 32 random directions."),
    ]


def _plain(picture: Picture) -> None:
    """The other figures as Streamlit's own charts; the diagram and its cursor need the live component."""
    drawn = gates.more(picture, st.context.theme.type or "light")["figures"]
    for panel in _panels(picture):
        figure = drawn.get(panel["name"])
        if figure:
            layout.section(panel["heading"], panel["look"])
            st.plotly_chart(
                {"data": figure["data"], "layout": figure["layout"]},
                key=f"gates_plain_{panel['name']}",
                theme=None,
                height=figure["height"],
                config={"displayModeBar": False},
            )


def _panels(picture: Picture) -> list[dict[str, str]]:
    found = [
        (
            "surgery",
            _("What if a gate is held, or a path is cut?"),
            _(
                "Hold a value between two steps; let the gradient through some names only. Dotted curves above are how "
                "things were before."
            ),
        ),
        (
            "arithmetic",
            _("What is computed at this step?"),
            _(
                "One unit, with the numbers of the cursor's step. W and U are matrices of weights, w a vector of them, "
                "b a bias; a nonlinearity's bracket holds the number that they add up to."
            ),
        ),
        (
            "maps",
            _("What does every unit do?"),
            _(
                "Units by steps on fixed scales: gates from 0 to 1, signed values from −1 to 1. Look for rows that "
                "never change: those units are stuck."
            ),
        ),
    ]
    cell_class = picture.experiment.cell_class
    if gates.saturates(cell_class):
        found.append(
            (
                "saturation",
                _("Is it saturated?"),
                _(
                    "The histogram of pre-activations on the curve they pass. Where the dotted slope is near 0, "
                    "neither the gate nor its gradient can move."
                ),
            )
        )
    if cell_class.direct:
        found.append(
            (
                "highway",
                _("Is the gradient the product of the gates?"),
                _(
                    "The direct path against everything else, from the last step back to t. The thick line is both "
                    "together: see which one it follows."
                ),
            )
        )
    return [{"name": name, "heading": heading, "look": look} for name, heading, look in found]


def _labels() -> dict[str, str]:
    """Texts of the component's own controls."""
    return {
        "diagram": _("The cell at step {t}"),
        "cursor": _("step t"),
        "play": _("Play forward"),
        "back": _("Play back from the loss"),
        "pause": _("Pause"),
        "earlier": _("One step earlier"),
        "later": _("One step later"),
        "speed": _("steps a second"),
        "forward": _("values"),
        "backward": _("gradient"),
        "show": _("on the wires"),
        "hold": _("hold"),
        "held": _("held"),
        "value": _("at"),
        "first": _("from step"),
        "last": _("to step"),
        "through": _("gradient through"),
        "all": _("All paths"),
        "only": _("Direct path only"),
        "none": _("Hold nothing"),
        "unit": _("unit"),
        "ordered": _("order rows so that neighbours are alike"),
        "mean": _("mean"),
        "size": _("size"),
        "gradientSize": _("log₁₀ |∇|"),
        "oneUnit": _("unit {unit}"),
        "nothing": _("exactly 0"),
        "captionForward": _("wires: root mean square over the units · boxes of gates: mean opening"),
        "captionBackward": _("numbers: log₁₀ of the gradient · width: share of this step's largest"),
    }
