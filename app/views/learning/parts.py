"""The parts of the page of training."""

import streamlit as st

from app import sidebar
from app import widgets as stage
from app.language import _
from app.live import player
from app.settings import Picture
from app.views.learning import verdict as learning
from app.views.learning.terms import MAX_RUNS, Terms, read_kept, write_kept
from cells.training.tasks import TASKS

STOP, GENERATIONS = 1500, 8
"""Where playing stops unless the reader says otherwise: updates, and generations of the search."""


def title(picture: Picture, text: str) -> None:
    """The question, the task, the cells drawn, and what can be done with the runs."""
    row = stage.title(text)
    stage.choices(row, "task", width=150)
    stage.choices(row, "optimiser", width=112)
    stage.cells(row, picture, _("Which cells are trained, on the same data and seed; four runs at most."))
    kept = read_kept(picture.kept)
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


def hero(picture: Picture) -> None:
    """The figure with its player and sliders."""
    sliders = ["train_rate", "train_clip", "task_length", "truncate"]
    if TASKS[picture.task].uses_lag:
        sliders.insert(3, "lag")
    stage.figure(
        "learning",
        picture,
        sliders=sliders,
        without=("length",),
        more=player.controls(picture, stop=STOP),
    )


def lower(name: str, picture: Picture) -> None:
    """A figure that follows the player."""
    stage.figure(name, picture, controls=False, more=player.follows())


def search(picture: Picture) -> None:
    """The search, with a player of its own."""
    more = player.controls(picture, stop=GENERATIONS, field="generations", unit=_("generations"))
    stage.figure("search", picture, controls=False, more=more)


def _keep() -> None:
    picture = sidebar.current()
    kept = read_kept(picture.kept)
    mine = Terms.of(picture, picture.experiment)
    sidebar.take({"kept": write_kept((*(terms for terms in kept if terms != mine), mine))})


def marks() -> list[str]:
    """What every mark means."""
    return learning.marks()
