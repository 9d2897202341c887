"""What the page of gates has of its own: the drawn cell with its panels, the cell's equations, the table of cells."""

import streamlit as st

from app import widgets
from app.language import _
from app.numbers import input_sequence
from app.page import figures
from app.settings import Settings
from app.views.gates import diagram, table
from app.views.gates.panels import panels
from cells.experiment import choices_of


def cell(settings: Settings) -> None:
    """The drawn cell with its cursor, and below it everything that follows the same cursor."""
    told = [{"name": panel.name, "heading": panel.heading, "look": panel.look} for panel in panels(settings)]
    widgets.figure("gates", settings, more={"panels": told, "labels": labels()})
    if widgets.is_plain(settings):
        plain(settings)


def plain(settings: Settings) -> None:
    """The panels' figures as Streamlit's own charts; the diagram and its cursor need the live component."""
    numbers, mode = figures()["gates"].compute(settings).value(), st.context.theme.type or "light"
    for panel in panels(settings):
        if panel.draw:
            drawn = panel.draw(settings, numbers, mode)
            widgets.section(panel.heading, panel.look)
            st.plotly_chart(
                {"data": drawn["data"], "layout": drawn["layout"]},
                key=f"gates_plain_{panel.name}",
                theme=None,
                height=drawn["height"],
                config={"displayModeBar": False},
            )


def equations(settings: Settings) -> None:
    """The cell's equations as its paper has them."""
    cell_class = settings.experiment.cell_class
    widgets.section(
        _("Which equations are drawn?"),
        (
            _("{cell} with φ = {activation}; the diagram above is read from the program that computes them.")
            if cell_class.nonlinear
            else _("{cell}; the diagram above is read from the program that computes them.")
        ).format(cell=cell_class.label, activation=choices_of("activation")[settings.experiment.activation]),
    )
    lines = (line.replace("=", "&=", 1) for line in cell_class.equations)
    st.latex(r"\begin{aligned}" + r"\\".join(lines) + r"\end{aligned}")


def cells(settings: Settings) -> None:
    """Every cell side by side."""
    channels, units = input_sequence(settings.experiment).shape[1], settings.experiment.hidden_size
    widgets.section(
        _("How do the cells compare?"),
        _(
            "Counted from each cell’s own code, with D = {channels} inputs and H = {units} units. The direct path is "
            "what multiplies a state on its way to the next step through no matrix."
        ).format(channels=channels, units=units),
    )
    st.table(table.columns(channels, units))


def labels() -> dict[str, str]:
    """Texts of the script's own controls."""
    return diagram.texts() | {
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
    }
