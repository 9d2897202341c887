"""The cards where the live component cannot draw them."""

import streamlit as st

from app import widgets
from app.settings import Settings
from app.views.notes.card import VERDICTS
from app.views.notes.numbers import Notes, notes
from app.views.notes.verdict import alone, card

AGAIN = 2.0
"""Seconds after which it is looked whether more verdicts stand."""


def cards(settings: Settings) -> None:
    """Every sentence with its verdict and what it rests on; more of them as they come."""
    found = standing(settings)
    told = [card(settings, name, found) for name in found.trials]
    elsewhere = [alone(found.alone)] if found.alone else []
    widgets.cards(
        [
            (
                f"{each['claim']} — {VERDICTS[each['verdict']]()}",
                "  \n".join(
                    [
                        *(f"{case['says']} {case['measured']}" for case in each["cases"]),
                        each["why"],
                        *(
                            f"{own['where']}: {VERDICTS[own['verdict']]()}"
                            for own in elsewhere
                            if own["name"] == each["name"]
                        ),
                    ]
                ),
            )
            for each in told
        ]
    )
    if found.done < found.count:
        look_again(settings, found.done)


@st.fragment(run_every=AGAIN)
def look_again(settings: Settings, done: int) -> None:
    """Run the page anew once more verdicts stand than were shown."""
    if standing(settings).done > done:
        st.rerun()


def standing(settings: Settings) -> Notes:
    """What stands; the rest is asked for."""
    answer = notes(settings)
    answer.ask()
    return answer.value()
