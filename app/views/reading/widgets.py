"""What the page on reading has of its own: the switch that takes the memory away, and any text."""

import streamlit as st

from app import notice, sidebar, widgets
from app.language import _
from app.page import Page
from app.settings import Settings, fields
from app.views.reading import numbers, pastes
from cells import all_cells
from cells.reading.texts import MAX_LENGTH, PARAGRAPH, SIZES, TextError, read

HEIGHTS = {"reading": 730, "units": 420, "modes": 620}
"""Pixels of the lower figures."""


def title(page: Page) -> None:
    """The question, and the switch that takes the memory away."""
    spec = fields()["hello_cut"]
    widgets.title(page).toggle(_(spec.label), key="hello_cut", help=_(spec.help))
    widgets.heights(HEIGHTS)


def readers(settings: Settings) -> None:
    """Which cells read, how deep they are, and what they read."""
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
    widgets.menus(row, "read_layers", "read_axis")
    with row.popover(_("Another text …"), width="content"):
        _box(settings)


def ends(settings: Settings) -> dict[str, int]:
    """Where sliders end that cannot reach further than what is shown."""
    size = min(settings.experiment.hidden_size, numbers.MAX_SIZE)
    return {"read_from": len(numbers.text(settings).content), "unit": size}


def _box(settings: Settings) -> None:
    st.session_state.setdefault("reading_box", numbers.text(settings).content)
    st.text_area(_("text"), key="reading_box", height=220, max_chars=MAX_LENGTH)
    left, right = st.columns(2)
    left.button(_("Read this"), on_click=_read_box, type="primary", width="stretch")
    right.button(_("The app's own"), on_click=_own, width="stretch")
    if st.session_state.get("reading_problem"):
        notice.problem(st.session_state.reading_problem)
    st.caption(
        _(
            "2 to {most} characters, at most {kinds} different ones. The link carries about 2,000 to 6,000 characters; "
            "of a longer text only a fingerprint, which this server understands until it is restarted."
        ).format(most=MAX_LENGTH, kinds=SIZES[-1])
    )


def _read_box() -> None:
    try:
        content = read(st.session_state.reading_box).content
    except TextError as error:
        st.session_state.reading_problem = _("text: {problem}").format(problem=error)
        return
    st.session_state.reading_problem = ""
    given = {"read_text": "", "read_paste": ""} if content == PARAGRAPH else pastes.fields(content)
    sidebar.take(given | {"read_from": 1})


def _own() -> None:
    st.session_state.reading_problem, st.session_state.reading_box = "", PARAGRAPH
    sidebar.take({"read_text": "", "read_paste": "", "read_from": 1})
