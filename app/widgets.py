"""The parts that pages share: title, live figure, scenes, how to read it."""

import time
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import layout, live, sidebar
from app.figure import Frame
from app.language import _
from app.live.routes import FRAMES
from app.settings import Picture, view_specs
from app.views.gradient.claims import Scene
from cells import all_cells
from cells.experiment import Experiment, Spec, every_spec, hyperparameter_specs, idle_settings, specs

PLAIN_HEIGHT = 470
"""Pixels of a plain figure; the live one takes what the window leaves."""
NAMED, LISTED = 2, 3
"""Cells that a slider's label and a button name; more are counted."""
POSITIONS = {"gain": 240, "length": 440}
"""Places of a live slider; chosen so that 1 and the powers of two are among them."""


LAZY = {"lazy": True}
"""For a lower figure: nothing is asked for before the reader comes near it."""


def title(text: str) -> DeltaGenerator:
    """The question, and the row it stands in, for what can be done with the picture."""
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small")
    row.title(text, anchor=False, width="content")
    return row


def problems() -> None:
    """What could not be used, in a sentence each."""
    for problem in sidebar.problems():
        st.warning(problem, icon=":material/info:")


def choices(row: DeltaGenerator, *names: str, width: int = 160) -> None:
    """Menus of view fields, in the title's row, so many pixels wide."""
    group = row.container(horizontal=True, gap="small", width="content")
    for name in names:
        labels = view_specs()[name].choices()
        group.selectbox(
            _(view_specs()[name].label),
            list(labels),
            key=name,
            format_func=labels.get,
            label_visibility="collapsed",
            width=width,
        )


def cells(row: DeltaGenerator, picture: Picture, what: str) -> None:
    """The cells drawn, to choose from, in the title's row; `what` says what happens to them."""
    labels = {name: cell.label for name, cell in all_cells().items()}
    drawn = [labels[run.cell] for run in picture.runs]
    named = ", ".join(drawn) if len(drawn) <= LISTED else _("{count} cells").format(count=len(drawn))
    with row.popover(named, help=what):
        st.pills(_("cells drawn"), list(labels), selection_mode="multi", key="overlay", format_func=labels.get)


def inputs(*names: str) -> None:
    """Menus and text boxes of view fields, in a row above a lower figure."""
    row = st.container(horizontal=True, gap="small", vertical_alignment="bottom")
    for name in names:
        spec = view_specs()[name]
        if spec.kind == "choice":
            labels = spec.choices()
            row.selectbox(_(spec.label), list(labels), key=name, format_func=labels.get, width=240)
        else:
            row.text_input(_(spec.label), key=name, help=_(spec.help) or None, max_chars=int(spec.high), width=360)


def switches(name: str) -> None:
    """A view field of kind "choices", as pills."""
    labels = view_specs()[name].choices()
    st.pills(
        _(view_specs()[name].label),
        list(labels),
        selection_mode="multi",
        key=name,
        format_func=labels.get,
        label_visibility="collapsed",
    )


def figure(
    name: str,
    picture: Picture,
    *,
    controls: bool = True,
    sliders: Sequence[str] = (),
    experiment: bool = True,
    without: Sequence[str] = (),
    picks: dict[str, str] | None = None,
    ends: dict[str, int] | None = None,
    more: dict[str, object] | None = None,
) -> None:
    """A page's figure with its sliders and verdict: live, or plain where the live one cannot run.

    Args:
        name: its name in `FRAMES`.
        picture: what to show.
        controls: whether it stands at the top of the page with the sliders; a lower one follows the address.
        sliders: fields of the picture that get a slider too; one that counts steps of the sequence ends with it.
        experiment: whether the sliders of the experiment are among them.
        without: those of them that are left out.
        picks: {"x": field, "y": field} of the picture that a click on the figure, or a drag over it, sets.
        ends: {field: where its slider ends}, for whole numbers of which the picture has use for fewer than it accepts.
        more: what else the component's script reads.
    """
    frame = FRAMES[name]
    if picture.plain or st.session_state.get("live_failed"):
        _plain(name, frame, picture, [slider for slider in sliders if not _counts_steps(slider)])
        return
    failed = live.mount(
        name,
        {
            "controls": [
                *(
                    control
                    for control in (_controls(picture, frame.runs(picture)) if controls and experiment else [])
                    if control["name"] not in without
                ),
                *(_slider(picture, slider, (ends or {}).get(slider)) for slider in sliders),
            ],
            "lower": not controls,
            "picks": {axis: _slider(picture, field) for axis, field in (picks or {}).items()},
            "query": picture.to_query(),
            "endpoint": name,
            "arrival": st.session_state.arrivals,
            "texts": {
                "share": _("Copy link"),
                "copied": _("Link copied"),
                "computing": _("Computing …"),
                "unavailable": _("The live figure's script could not be loaded; plain widgets take its place."),
                "offline": _("The server does not answer; the picture is the last good one."),
            },
        }
        | (more or {}),
        on_moved=lambda: _commit(name),
    )
    if failed:
        st.session_state.live_failed = True
        st.rerun()


def scenes(gallery: list[Scene]) -> None:
    """Links that each state a claim."""
    layout.section(_("What would you like to see?"), _("Each link states a claim; open it and try to break it."))
    live.links(
        "scenes",
        {scene.claim: scene.picture.to_query() for scene in gallery},
        on_opened=lambda: sidebar.open_link(st.session_state.scenes.opened),
    )


def cards(found: Sequence, key: str) -> None:
    """Pictures with their claims and what was counted over seeds, three in a row, each opened by a click.

    Args:
        found: what has a `scene` and `counts`.
        key: of the first link; every one needs a key of its own.
    """
    for column, place in layout.in_rows(range(len(found)), 3):
        name, card = f"{key}_{place}", found[place]
        with column.container(border=True, height="stretch"):
            live.links(
                name,
                {card.scene.claim: card.scene.picture.to_query()},
                on_opened=lambda name=name: sidebar.open_link(st.session_state[name].opened),
            )
            st.caption(card.counts)


def how_to_read(marks: list[str]) -> None:
    """What every mark means, and what the page does not say."""
    layout.section(_("How do you read the picture?"), "\n".join(f"- {line}" for line in marks))


def _plain(name: str, frame: Frame, picture: Picture, sliders: Sequence[str]) -> None:
    for column, slider in zip(st.columns(len(sliders)) if sliders else (), sliders, strict=True):
        spec = view_specs()[slider]
        column.number_input(_(spec.label), spec.low, spec.high, key=slider, step=None if spec.kind == "number" else 1)
    bar = st.empty()
    while (share := frame.progress(picture)) is not None:
        bar.progress(share, _("Computing …"))
        time.sleep(0.1)
    bar.empty()
    said = frame.words(picture)
    st.markdown(f"**{said.headline}:** {said.sentence}")
    st.caption("  \n".join(text for text in (said.asides, *said.comparisons, said.badge) if text))
    st.plotly_chart(
        frame.figure(picture, st.context.theme.type or "light"),
        key=f"{name}_plain",
        theme=None,
        height=PLAIN_HEIGHT,
        config={"displayModeBar": False},
    )


def _commit(name: str) -> None:
    """The finger is up: the values go to the widgets, and from there to the URL."""
    values = st.session_state[name].moved or {}
    known = every_spec() | view_specs()
    sidebar.take({name: known[name].read(name, value) for name, value in values.items() if name in known})


def _controls(picture: Picture, runs: list[Experiment]) -> list[dict[str, object]]:
    """Sliders of gain, length, and the leading hyperparameters of the cells drawn."""
    experiment = picture.experiment
    found = [_control(name, specs()[name], getattr(experiment, name)) for name in POSITIONS]
    for control in found:
        if all(control["name"] in idle_settings(all_cells()[run.cell]) for run in runs):
            control |= {"disabled": True, "help": _("No cell drawn has a W_hh for it to multiply.")}
    for name, spec in hyperparameter_specs().items():
        having = [run for run in runs if spec in all_cells()[run.cell].hyperparameters]
        if not (spec.leading and having):
            continue
        control = _control(name, every_spec()[name], experiment.hyperparameter(name))
        whose = [all_cells()[run.cell].label for run in having]
        named = ", ".join(whose) if len(whose) <= NAMED else _("{count} cells").format(count=len(whose))
        control["label"] += f" ({named})"
        other = hyperparameter_specs().get(spec.replaced_by)
        if other is not None and experiment.hyperparameter(other.name) > other.default:
            control |= {"disabled": True, "help": _("{name} takes its place.").format(name=other.label.split(" (")[0])}
        elif all(run.b and run.layers == 1 for run in having):  # beyond the first layer they are drawn
            control |= {"disabled": True, "help": _("The biases set by hand take its place.")}
        found.append(control)
    return found


def _counts_steps(name: str) -> bool:
    """Whether a field of the picture is a step of the experiment's sequence."""
    return view_specs()[name].kind == "whole" and view_specs()[name].high == specs()["length"].high


def _slider(picture: Picture, name: str, end: int | None = None) -> dict[str, object]:
    """A slider over a field of the picture."""
    spec, value = view_specs()[name], getattr(picture, name)
    if end is None and not _counts_steps(name):
        return _control(name, spec, value) | {"positions": _positions(spec)}
    last = end or picture.experiment.length
    control = _control(name, spec, min(value, last))
    return control | {"high": max(last, 2), "positions": max(last, 2) - 1, "disabled": last == 1}


def _positions(spec: Spec) -> int:
    """One for each whole number; else so many that the round numbers are among them."""
    if spec.kind == "whole":
        return int(spec.high - spec.low)
    span = spec.high - spec.low
    return 240 if spec.log else round(span / (0.05 if span > 5 else 0.01))


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
