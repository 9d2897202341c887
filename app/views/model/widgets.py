"""What the page of the model has of its own: statements with equations, each with a link."""

import streamlit as st

from app.settings import Settings
from app.views.model.statements import Statement

LOOK = "<style>[class*='st-key-statements'] h3 { font-size: 1.125rem; padding: 0.6rem 0 0; }</style>"


def statements(found: list[Statement]) -> None:
    """One below the other; the heading of each shows its link where it is pointed at."""
    st.html(LOOK)
    with st.container(key=f"statements_{found[0].anchor}"):
        for statement in found:
            st.subheader(statement.heading, anchor=statement.anchor)
            st.markdown(statement.text)
            if statement.latex:
                st.latex(aligned(statement.latex))


def equations(settings: Settings) -> None:
    """Those of the cell that is drawn above."""
    st.latex(aligned(settings.experiment.cell_class.equations))


def aligned(equations: tuple[str, ...]) -> str:
    """Equations one below the other, aligned at their first equals sign."""
    lines = (line.replace("=", "&=", 1) for line in equations)
    return r"\begin{aligned}" + r"\\[0.4em]".join(lines) + r"\end{aligned}"
