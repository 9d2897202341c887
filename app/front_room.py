"""The parts of the first page."""

import numpy as np
import streamlit as st

from app import compute, layout, live, sidebar
from app import hero as heroes
from app import scenes as gallery
from app.picture import AXES, MAX_PINS, Picture
from app.words import _, subscript
from cells import all_cells
from cells.experiment import (
    EDITABLE_SIZE,
    Experiment,
    Spec,
    hyperparameter_specs,
    hyperparameter_specs_as_fields,
    specs,
)

PLAIN_HEIGHT = 470
"""Pixels of the plain figure; the live one takes what the window leaves."""
POSITIONS = {"gain": 240, "length": 440}
"""Places of a hero slider; chosen so that 1 and the powers of two are among them."""


def title(picture: Picture, text: str) -> None:
    """The question, the cells drawn, and what can be done with the picture."""
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small")
    row.title(text, anchor=False, width="content")
    labels = {name: cell.label for name, cell in all_cells().items()}
    row.pills(
        _("cells drawn"),
        list(labels),
        selection_mode="multi",
        key="overlay",
        format_func=labels.get,
        label_visibility="collapsed",
    )
    row.selectbox(
        _("log₁₀ axis"),
        list(AXES),
        key="axis",
        format_func=_axis_label,
        label_visibility="collapsed",
        width=150,
    )
    full = len(picture.pins) >= MAX_PINS
    with row.container(horizontal=True, gap="small", width="content"):
        st.button(
            _("Pin"),
            icon=":material/keep:",
            on_click=sidebar.pin,
            disabled=full,
            help=_("Four pins are all there is room for: unpin first.")
            if full
            else _("Keep this run as a ghost curve."),
        )
        st.button(
            _("Unpin"),
            icon=":material/keep_off:",
            on_click=sidebar.unpin,
            disabled=not picture.pins,
            help=_("Drop all ghost curves."),
        )


def problems() -> None:
    """What could not be used, in a sentence each."""
    for problem in sidebar.problems():
        st.warning(problem, icon=":material/info:")


def hero(picture: Picture) -> None:
    """The figure with its sliders and verdict: live, or plain where the live one cannot run."""
    if picture.plain or st.session_state.get("live_failed"):
        _plain_hero(picture)
        return
    if not compute.compiled(picture.runs):
        with st.spinner(_("Compiling the cells for this size, once …"), show_time=True):
            heroes.words(picture)
    failed = live.mount(
        "hero",
        {
            "controls": _controls(picture),
            "query": picture.to_query(),
            "endpoint": "gradient",
            "arrival": st.session_state.arrivals,
            "texts": {
                "share": _("Copy link"),
                "copied": _("Link copied"),
                "unavailable": _("The live figure's script could not be loaded; plain widgets take its place."),
                "offline": _("The server does not answer; the picture is the last good one."),
            },
        },
        on_moved=_commit,
    )
    if failed:
        st.session_state.live_failed = True
        st.rerun()


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
        for column, (gate, block) in zip(st.columns(len(names)), enumerate(values), strict=True):
            with column:
                _matrix(experiment, name, names, gate, block, values)


def scenes() -> None:
    """The gallery: links that each state a claim."""
    layout.section(_("What would you like to see?"), _("Each link states a claim; open it and try to break it."))
    live.links(
        "scenes",
        {scene.claim: scene.picture.to_query() for scene in gallery.scenes()},
        on_opened=lambda: sidebar.open_link(st.session_state.scenes.opened),
    )


def how_to_read() -> None:
    """What every mark means, and what the page does not say."""
    layout.section(_("How do you read the picture?"), "\n".join(f"- {line}" for line in _marks()))


def _marks() -> list[str]:
    return [
        _(
            "**A curve** is log₁₀ of the length of dL/dh at every step, by automatic differentiation of the very cell "
            "you see. A straight line means the same factor at every step. The axis is the one you chose: nothing is "
            "normalised."
        ),
        _(
            "**Solid and dashed** are the hidden state h and the cell state c. dL/dc counts every path from c to the "
            "loss, also the one through h of the same step."
        ),
        _(
            "**The verdict** follows the whole state from the loss back to step 1. It is *carried* while the factor "
            "per step stays between 0.955 and 1.047 and between a hundredth and a hundredfold arrives."
        ),
        _(
            "**Theory** starts at the loss: no curve can rise above (σ₁ max|φ′|)ᵏ; ρ is a linear network's factor per "
            "step in the long run, up to a constant, and no bound."
        ),
        _("**Arrows** between the unrolled cells are as large and as warm as the gradient that gets there."),
        _(
            "**Bands** are where a number format has nothing left. The gradient is still drawn right there, because "
            "the backward pass carries its own exponent."
        ),
        _("**The check** moves one state by a hair, runs the cell again, and compares with autodiff."),
        _("The loss is 1·h / √H on the chosen step: no training, one sequence, one seed."),
    ]


def _axis_label(name: str) -> str:
    low, high = AXES[name]
    return _("axis {low:.0f} … {high:+.0f}").format(low=low, high=high).replace("-", "−")


def _plain_hero(picture: Picture) -> None:
    said = heroes.words(picture)
    st.markdown(f"**{said.headline}:** {said.sentence}")
    st.caption("  \n".join(text for text in (said.asides, *said.comparisons, said.badge) if text))
    st.plotly_chart(
        heroes.figure(picture, st.context.theme.type or "light"),
        key="hero_plain",
        theme=None,
        height=PLAIN_HEIGHT,
        config={"displayModeBar": False},
    )


def _commit() -> None:
    """The finger is up: the values go to the widgets, and from there to the URL."""
    values = st.session_state.hero.moved or {}
    known = {**specs(), **hyperparameter_specs_as_fields()}
    sidebar.take({name: known[name].read(name, value) for name, value in values.items() if name in known})


def _controls(picture: Picture) -> list[dict[str, object]]:
    """The hero sliders: gain, length, and the leading hyperparameters of the cells drawn."""
    experiment = picture.experiment
    found = [_control(name, specs()[name], getattr(experiment, name)) for name in POSITIONS]
    for name, spec in hyperparameter_specs().items():
        runs = [run for run in picture.runs if spec in all_cells()[run.cell].hyperparameters]
        if not (spec.leading and runs):
            continue
        control = _control(name, hyperparameter_specs_as_fields()[name], experiment.hyperparameter(name))
        control["label"] += f" ({', '.join(all_cells()[run.cell].label for run in runs)})"
        other = hyperparameter_specs().get(spec.replaced_by)
        if other is not None and experiment.hyperparameter(other.name) > other.default:
            control |= {"disabled": True, "help": _("{name} takes its place.").format(name=other.label.split(" (")[0])}
        elif all(run.b for run in runs):
            control |= {"disabled": True, "help": _("The biases set by hand take its place.")}
        found.append(control)
    return found


def _control(name: str, spec: Spec, value: float) -> dict[str, object]:
    return {
        "name": name,
        "label": _(spec.label),
        "value": value,
        "low": spec.low,
        "high": spec.high,
        "log": spec.log,
        "whole": spec.kind == "whole",
        "positions": POSITIONS.get(name, 200),
        "disabled": False,
        "help": _(spec.help) if spec.help else "",
    }


def _matrix(
    experiment: Experiment, name: str, names: list[str], gate: int, block: np.ndarray, values: np.ndarray
) -> None:
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
    st.data_editor(
        dict(zip(units, block.T, strict=True)),
        key=key,
        on_change=keep,
        hide_index=True,
        column_config={unit: st.column_config.NumberColumn(format="%.4g") for unit in units},
    )
