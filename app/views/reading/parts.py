"""The parts of the page on reading."""

import streamlit as st

from app import layout, sidebar
from app import widgets as stage
from app.language import _
from app.live import player
from app.settings import Picture, view_specs
from app.views.reading import numbers, pastes
from app.views.reading import verdict as reading
from cells import all_cells
from cells.experiment import ExperimentError
from cells.reading.texts import MAX_LENGTH, PARAGRAPH, SIZES, TextError, read

HEIGHTS = {"reading": 730, "units": 420, "modes": 620}
"""Pixels of the lower figures."""


def title(text: str) -> None:
    """The question, and the switch that takes the memory away."""
    row = stage.title(text)
    spec = view_specs()["hello_cut"]
    row.toggle(_(spec.label), key="hello_cut", help=_(spec.help))
    layout.heights(HEIGHTS)


def greeting(picture: Picture) -> None:
    """Karpathy's network."""
    stage.figure(
        "greeting",
        picture,
        experiment=False,
        sliders=("hello_rate",),
        more=player.controls(picture, stop=reading.STOP["hello"], field="hello_updates"),
    )


def text(picture: Picture) -> None:
    """Any text: what is read, by which cells, and what they make of it."""
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    labels = {name: cell.label for name, cell in all_cells().items()}
    row.pills(
        _("cells drawn"),
        list(labels),
        selection_mode="multi",
        key="overlay",
        format_func=labels.get,
        label_visibility="collapsed",
    )
    stage.choices(row, "read_layers", "read_axis")
    with row.popover(_("Another text …"), width="content"):
        _box(picture)
    stage.figure(
        "reading",
        picture,
        controls=False,
        sliders=("read_at", "temperature", "read_from", "read_rate"),
        picks={"x": "read_at"},
        ends={"read_from": len(numbers.text(picture).content)},
        more=player.controls(picture, stop=reading.STOP["text"], field="read_updates"),
    )


def units(picture: Picture) -> None:
    """One unit over the text; it follows the player above."""
    stage.figure(
        "units",
        picture,
        controls=False,
        sliders=("unit",),
        ends={"unit": min(picture.experiment.hidden_size, numbers.MAX_SIZE)},
        more=player.follows("read_updates"),
    )


def modes(picture: Picture) -> None:
    """The five ways of feeding and listening."""
    stage.figure(
        "modes",
        picture,
        controls=False,
        sliders=("mode_example", "mode_output", "mode_rate"),
        more=player.controls(picture, stop=reading.STOP["modes"], field="mode_updates"),
    )


def _box(picture: Picture) -> None:
    st.session_state.setdefault("reading_box", numbers.text(picture).content)
    st.text_area(_("text"), key="reading_box", height=220, max_chars=MAX_LENGTH)
    left, right = st.columns(2)
    left.button(_("Read this"), on_click=_read_box, type="primary", width="stretch")
    right.button(_("The app's own"), on_click=_own, width="stretch")
    if st.session_state.get("reading_problem"):
        st.error(st.session_state.reading_problem)
    st.caption(
        _(
            "2 to {most} characters, at most {kinds} different ones. The link carries about 2,000 to 6,000 characters; "
            "of a longer text only a fingerprint, which this server understands until it is restarted."
        ).format(most=MAX_LENGTH, kinds=SIZES[-1])
    )


def _read_box() -> None:
    try:
        content = read(st.session_state.reading_box).content
        found = pastes.fields(content)
        view_specs()["read_text"].read("text", found["read_text"])
    except (TextError, ExperimentError) as error:
        st.session_state.reading_problem = _("text: {problem}").format(problem=error)
        return
    st.session_state.reading_problem = ""
    sidebar.take((found if content != PARAGRAPH else {"read_text": "", "read_paste": ""}) | {"read_from": 1})


def _own() -> None:
    st.session_state.reading_problem, st.session_state.reading_box = "", PARAGRAPH
    sidebar.take({"read_text": "", "read_paste": "", "read_from": 1})
