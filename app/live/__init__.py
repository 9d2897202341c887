"""The one browser component: sliders and a Plotly figure that follow the finger.

While a slider moves, the browser asks the stateless route in `routes` for frames; on release it hands the values back
to Streamlit. Its script and Plotly come from this server, never from elsewhere.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

FOLDER = Path(__file__).parent
PREFIX = "/live"


@cache
def version() -> str:
    """A short hash of the script, so that a browser never runs yesterday's."""
    return hashlib.sha256((FOLDER / "live.js").read_bytes()).hexdigest()[:12]


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "unrolled.live",
        html=(FOLDER / "live.html").read_text(),
        css=(FOLDER / "live.css").read_text(),
        js=(FOLDER / "loader.js").read_text(),
        isolate_styles=False,  # Plotly's own style sheet lives in the page's head
    )


def mount(key: str, data: dict[str, Any], *, on_moved: Callable[[], None]) -> bool:
    """Show the component.

    Args:
        key: its key; `st.session_state[key].moved` holds the values committed on release.
        data: what the script reads: figure, controls, words, query, endpoint, repaint.
        on_moved: called when values have been committed.

    Returns:
        Whether the browser reported that the script could not be loaded.
    """
    result = _component()(
        key=key,
        data=data | {"base": st.config.get_option("server.baseUrlPath"), "prefix": PREFIX, "version": version()},
        default={"moved": None, "unavailable": False},
        on_moved_change=on_moved,
        on_unavailable_change=lambda: None,
    )
    return bool(result.unavailable)
