"""The one shape of a page: a heading that asks, a figure, and what to look for."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

Item = TypeVar("Item")

# Less air above the first line, so that hero, sliders and verdict fit a projector.
STYLE = """
<style>
.stMainBlockContainer { padding: 2.6rem 2rem 3rem; max-width: 100rem; }
.stSidebar [data-testid="stSidebarUserContent"] { padding-top: 0.5rem; }
.stSidebar [data-testid="stSidebarHeader"] { height: 2.75rem; margin-bottom: 0; }
.stMain h1 { font-size: 1.6rem; padding: 0; }
.stMain [data-testid="stVerticalBlock"] { gap: 0.6rem; }
.stMain [data-testid="stPageLink"] a:focus-visible { outline: 2px solid var(--st-primary-color, currentColor); }
.stMain [data-testid="stPageLink"] a p { white-space: normal; }
.stSidebar [data-testid="stSidebarNavLink"]:focus-visible { outline: 2px solid var(--st-primary-color, currentColor); }
.stSidebar [data-testid="stVerticalBlock"] { gap: 0.5rem; }
</style>
"""


def tighten() -> None:
    """Set the page's spacing."""
    st.html(STYLE)


def formula(latex: str, caption: str) -> None:
    """A formula, and a sentence that says what its colours mean."""
    st.latex(latex)
    st.caption(caption)


def section(heading: str, look_for: str) -> None:
    """A heading that asks, and a sentence that says what to look for in the figure below it."""
    st.subheader(heading, anchor=False)
    st.markdown(look_for)


def leave_room(pixels: int) -> None:
    """Make the figure at the top smaller, for what stands above it besides the title."""
    height = f"clamp(400px, calc(100vh - {150 + pixels}px), 860px)"
    st.html(
        f"<style>.live:not(.live-lower) {{ height: {height}; }}"
        ".stMain [data-testid='stButtonGroup'] button { min-height: 1.7rem; padding: 0 0.6rem; font-size: 0.8125rem; }"
        "</style>"
    )


def heights(pixels: dict[str, int]) -> None:
    """Give lower figures a height of their own, by name."""
    rules = (f".st-key-{name} .live.live-lower {{ height: {height}px; }}" for name, height in pixels.items())
    st.html(f"<style>{''.join(rules)}</style>")


def cards(texts: list[tuple[str, str]]) -> None:
    """Claims with their reasons, three in a row."""
    for column, (claim, reason) in in_rows(texts, 3):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{claim}**  \n{reason}")


def in_rows(items: Sequence[Item], across: int) -> Iterator[tuple[DeltaGenerator, Item]]:
    """Each item with the column it goes to, so many beside one another."""
    for start in range(0, len(items), across):
        yield from zip(st.columns(across), items[start : start + across], strict=False)
