"""What the page of training has of its own: runs to keep, and the sliders of its task."""

import streamlit as st

from app import sidebar, widgets
from app.language import _
from app.page import Page
from app.settings import Settings
from app.views.learning.terms import MAX_RUNS, Terms, read_kept, write_kept
from cells.training.tasks import TASKS


def title(page: Page, settings: Settings) -> None:
    """The question, the task, the cells drawn, and what can be done with the runs."""
    row = widgets.title(page, "task", width=150)
    widgets.menus(row, "optimiser", width=112)
    widgets.cells_drawn(row, settings, _("Which cells are trained, on the same data and seed; four runs at most."))
    kept = read_kept(settings.kept)
    with row.container(horizontal=True, gap="small", width="content"):
        st.button(
            _("Keep"),
            on_click=_keep,
            disabled=len(kept) >= MAX_RUNS,
            help=_(
                "Keep the run of the sidebar's cell with these settings, and change them for the next: at most four."
            ),
        )
        st.button(
            _("Drop"),
            on_click=lambda: sidebar.take({"kept": ""}),
            disabled=not kept,
            help=_("Drop the runs kept."),
        )


def sliders(settings: Settings) -> list[str]:
    """The sliders of how and what it learns; the lag's only where the task has one."""
    lag = ["lag"] if TASKS[settings.task].uses_lag else []
    return ["train_rate", "train_clip", "task_length", *lag, "truncate"]


def _keep() -> None:
    settings = sidebar.current()
    mine = Terms.of(settings, settings.experiment)
    others = (terms for terms in read_kept(settings.kept) if terms != mine)
    sidebar.take({"kept": write_kept((*others, mine))})
