"""The parts of the first page."""

import numpy as np
import streamlit as st

from app import layout, sidebar
from app import widgets as stage
from app.language import _, subscript
from app.settings import MAX_PINS, Picture
from app.views.gradient import verdict as hero
from cells import all_cells
from cells.analyses.growth import CARRIED, CARRIED_IN_ALL
from cells.experiment import EDITABLE_SIZE, LOSSES, Experiment


def title(picture: Picture, text: str) -> None:
    """The question, the cells drawn, and what can be done with the picture."""
    row = stage.title(text)
    stage.cells(row, picture, _("Which cells are drawn, on the same input and seed."))
    stage.choices(row, "axis")
    full = len(picture.pins) >= MAX_PINS
    with row.container(horizontal=True, gap="small", width="content"):
        st.button(
            _("Pin"),
            icon=":material/keep:",
            on_click=sidebar.pin,
            disabled=full,
            help=_("{count} pins are all there is room for: unpin first.").format(count=MAX_PINS)
            if full
            else _("Keep the {cell}'s run as a ghost curve.").format(cell=picture.experiment.cell_class.label),
        )
        st.button(
            _("Unpin"),
            icon=":material/keep_off:",
            on_click=sidebar.unpin,
            disabled=not picture.pins,
            help=_("Drop all pins."),
        )


def weights(picture: Picture) -> None:
    """W_hh and b by hand, for a handful of units."""
    experiment = picture.experiment
    if experiment.hidden_size > EDITABLE_SIZE:
        return
    layout.section(
        _("What if you set the weights by hand?"),
        _("Recurrent weights before the gain, and biases. Every edit is in the URL and in the curve above."),
    )
    setup = experiment.replace(gain=1.0, spectral_radius=0.0).build()
    cell_class = all_cells()[experiment.cell]
    names = [gate.role for gate in cell_class.gates] or [_("hidden state")]
    for name in cell_class.editable(experiment.hidden_size):
        values = np.asarray(getattr(setup.cell, name)).reshape(len(names), -1, experiment.hidden_size)
        across = len(names) if len(names) <= 3 else 2
        for column, gate in layout.in_rows(range(len(names)), across):
            with column:
                _matrix(experiment, name, names, gate, values)


def marks(picture: Picture) -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**A curve** is log₁₀ of the length of dL/dh at every step, by automatic differentiation of the very cell "
            "you see. A straight line means the same factor at every step. The axis is the one you chose: nothing is "
            "normalised."
        ),
        _(
            "**Solid, dashed and dotted** tell the states of one cell apart; a pin has dashes of its own, and its "
            "second state a thinner line. dL/dc counts every path from the cell state c to the loss, also the one "
            "through h of the same step."
        ),
        _(
            "**The verdict** follows the whole state from the loss back to step 1. It is *carried* while the factor "
            "per step stays between {least:.3f} and {most:.3f} and {share:g} to {times:g} times as much arrives."
        ).format(least=10**-CARRIED, most=10**CARRIED, share=10**-CARRIED_IN_ALL, times=10**CARRIED_IN_ALL),
        *(
            _("**{cell} theory {line}** starts at the loss. {claim}").format(
                cell=run.cell_class.label, line=bound.label, claim=_(bound.claim)
            )
            for run in picture.runs
            for bound in hero.theory(picture, run)
        ),
        _("**Arrows** between the unrolled cells are as large and as warm as the gradient that gets there."),
        _(
            "**Bands** are where a number format has nothing left. The gradient is still drawn right there, because "
            "the backward pass carries its own exponent."
        ),
        _(
            "**The check** moves one state by a hair, runs the cell again, and compares with autodiff. Where an "
            "activation has a kink and stands exactly on it, there is no slope for the two to agree on."
        ),
        _("The loss is 1·h / √H, on {where}: no training, one sequence, one seed.").format(
            where=_(LOSSES[picture.experiment.loss])
        ),
    ]


def _matrix(experiment: Experiment, name: str, names: list[str], gate: int, values: np.ndarray) -> None:
    block = values[gate]
    key = f"gradient_{name}_{gate}_{hash((experiment.cell, experiment.seed, values.tobytes()))}"

    units = [f"h{subscript(place + 1)}" for place in range(block.shape[1])]

    def keep() -> None:
        edited = values.copy()
        for row, changed in st.session_state[key]["edited_rows"].items():
            for unit, value in changed.items():
                if value is not None:
                    edited[gate, int(row), units.index(unit)] = value
        sidebar.edit_weights(name, tuple(edited.ravel().tolist()))

    what = "$W_{hh}$" if name == "W_hh" else "$b$"
    st.markdown(
        _("{what}, {gate}; from column to row").format(what=what, gate=names[gate])
        if name == "W_hh"
        else _("{what}, {gate}").format(what=what, gate=names[gate])
    )
    rows = {_("to"): units} if name == "W_hh" else {}
    st.data_editor(
        rows | dict(zip(units, block.T, strict=True)),
        key=key,
        on_change=keep,
        hide_index=True,
        disabled=list(rows),
        column_config={unit: st.column_config.NumberColumn(format="%.4g", required=True) for unit in units},
    )
