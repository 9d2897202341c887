"""The one shape of a page: a heading that asks, a figure, and what to look for."""

import streamlit as st

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
