"""The browser components: sliders with a Plotly figure that follow the finger, and links.

The browser asks the stateless route in `routes` for what it shows: when the page is run, and while a slider moves. On
release it hands the values back to Streamlit. Its script and Plotly come from this server, never from elsewhere.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

FOLDER = Path(__file__).parent
AHEAD = """<script>
if (!window.Plotly && !document.getElementById("plotly-ahead")) {
  const script = Object.assign(document.createElement("script"), { id: "plotly-ahead", src: "%s" });
  script.onerror = () => script.remove();
  document.head.append(script);
}
</script>"""


@cache
def home() -> str:
    """The path of the component's routes on this server, which may itself live under a path."""
    base = st.config.get_option("server.baseUrlPath").strip("/")
    return f"/{base}/live" if base else "/live"


@cache
def version() -> str:
    """A short hash of the scripts, so that a browser never runs yesterday's."""
    scripts = b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.js")))
    return hashlib.sha256(scripts).hexdigest()[:12]


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "unrolled.live",
        html=(FOLDER / "live.html").read_text(),
        css="".join((FOLDER / f"{name}.css").read_text() for name in ("live", "cell", "player")),
        js=(FOLDER / "loader.js").read_text(),
        isolate_styles=False,  # Plotly's own style sheet lives in the page's head
    )


@cache
def _links() -> Callable[..., Any]:
    return st.components.v2.component(
        "unrolled.links",
        html='<ul class="links"></ul>',
        css=(FOLDER / "links.css").read_text(),
        js=(FOLDER / "links.js").read_text(),
    )


def load_ahead() -> None:
    """Have the browser load Plotly, which takes it a second, while the server works on the page."""
    st.html(AHEAD % f"{home()}/plotly.min.js", unsafe_allow_javascript=True)


def links(key: str, queries: dict[str, str], *, on_opened: Callable[[], None]) -> None:
    """A list of links to pictures: one element, where a `st.page_link` each would slow every rerun of the page.

    Args:
        key: its key; `st.session_state[key].opened` holds the query string that was clicked.
        queries: {label: query string}.
        on_opened: called when a link has been clicked.
    """
    _links()(
        key=key,
        data={"links": [{"label": label, "query": query} for label, query in queries.items()]},
        on_opened_change=on_opened,
    )


def mount(key: str, data: dict[str, Any], *, on_moved: Callable[[], None]) -> bool:
    """Show the component.

    Args:
        key: its key; `st.session_state[key].moved` holds the values committed on release.
        data: what the script reads: controls, query, endpoint, arrival, texts.
        on_moved: called when values have been committed.

    Returns:
        Whether the browser reported that the script could not be loaded.
    """
    result = _component()(
        key=key,
        data=data | {"home": home(), "version": version()},
        default={"unavailable": False},
        on_moved_change=on_moved,
        on_unavailable_change=lambda: None,
    )
    return bool(result.unavailable)
