"""What the first page has of its own: pins, and weights set by hand."""

import numpy as np
import streamlit as st

from app import sidebar, widgets
from app.language import _, subscript
from app.live import component
from app.page import Page, pages
from app.settings import MAX_PINS, Settings, fields
from cells import all_cells
from cells.experiment import EDITABLE_SIZE, Experiment
from cells.running import build


def title(page: Page, settings: Settings) -> None:
    """The question, the cells drawn, and what can be done with the figure."""
    row = widgets.title(page)
    menu = widgets.cells_drawn(row, settings, _("Which cells are drawn, on the same input and seed."))
    spec = fields()["theory"]
    menu.toggle(_(spec.label), key="theory", help=_(spec.help))
    widgets.menus(row, "axis")
    full = len(settings.pins) >= MAX_PINS
    with row.container(horizontal=True, gap="small", width="content"):
        st.button(
            _("Pin"),
            icon=":material/keep:",
            on_click=sidebar.pin,
            disabled=full,
            help=_("{count} pins are all there is room for: unpin first.").format(count=MAX_PINS)
            if full
            else _("Keep the {cell}'s run as a ghost curve.").format(cell=settings.experiment.cell_class.label),
        )
        st.button(
            _("Unpin"),
            icon=":material/keep_off:",
            on_click=sidebar.unpin,
            disabled=not settings.pins,
            help=_("Drop all pins."),
        )


def labels() -> dict[str, object]:
    """What the page's script says: what the marks are, and where to go from here."""
    return {
        "start": _("Start here"),
        "close": _("Got it"),
        "explain": _("Explain this picture"),
        "callouts": [
            {"points": "↓", "text": _("What goes in: the input at every step.")},
            {"points": "↗", "text": _("The loss looks at the state here, at the end.")},
            {"points": "↑", "text": _("A curve: how strongly a change at this step moves the loss.")},
            {
                "points": "←",
                "text": _("Every 3 on the upright axis are a factor of a thousand: −9 is a billion times weaker."),
            },
            {"points": "↓", "text": _("The same cell at every step; an arrow is the gradient that gets there.")},
        ],
        "doors": [
            {"text": _("Five-minute tour"), "address": f"{component.address_of('lessons')}?lesson=tour"},
            {"text": _("Lessons"), "address": f"{component.address_of('lessons')}?lesson=why"},
        ],
        "all": _("All pages"),
        "pages": [
            {"text": page.title(), "address": component.address_of(name)}
            for name, page in pages().items()
            if name != "gradient"
        ],
    }


def weights(settings: Settings) -> None:
    """W_hh and b by hand, for a handful of units."""
    experiment = settings.experiment
    if experiment.hidden_size > EDITABLE_SIZE:
        return
    widgets.section(
        _("What if you set the weights by hand?"),
        _("Recurrent weights before the gain, and biases. Every edit is in the URL and in the curve above."),
    )
    setup = build(experiment.replace(gain=1.0, spectral_radius=0.0))
    cell_class = all_cells()[experiment.cell]
    names = [gate.role for gate in cell_class.gates] or [_("hidden state")]
    for name in cell_class.editable(experiment.hidden_size):
        values = np.asarray(getattr(setup.cell, name)).reshape(len(names), -1, experiment.hidden_size)
        across = len(names) if len(names) <= 3 else 2
        for column, gate in widgets.in_rows(range(len(names)), across):
            with column:
                _matrix(experiment, name, names, gate, values)


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
