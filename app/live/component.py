"""The browser components: sliders with a Plotly figure that follow the finger, and links.

The browser asks the stateless route in `routes` for what it shows: when the page is run, and while a slider moves. On
release it hands the values back to Streamlit. Its script and Plotly come from this server, never from elsewhere.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request

from app.language import _
from app.page import pages

APP = Path(__file__).parents[1]
FOLDER = APP / "live"
AHEAD = '<script type="module" src="{static}live/ahead.js"></script>'


@cache
def root() -> str:
    """The path that this server lives under, with a slash at its end."""
    base = st.config.get_option("server.baseUrlPath").strip("/")
    return f"/{base}/" if base else "/"


def home() -> str:
    """The path of the component's routes on this server."""
    return f"{root()}live"


def address_of(page: str) -> str:
    """The path of a page; that of the first page is the server's own."""
    return root() if page == next(iter(pages())) else root() + page


def server_of(request: Request) -> str:
    """This server as a request names it: "https://name"."""
    return f"{request.scope['scheme']}://{request.headers.get('host', '')}"


@cache
def scripts() -> dict[str, Path]:
    """The scripts of the component and of the pages, by their path in the application's folder."""
    found = [*APP.glob("live/*.js"), *APP.glob("views/*/*.js")]
    return {path.relative_to(APP).as_posix(): path for path in sorted(found)}


@cache
def version() -> str:
    """A short hash of the scripts and Plotly's version, so that a browser never runs yesterday's."""
    found = [metadata.version("plotly").encode(), *(path.read_bytes() for path in scripts().values())]
    return hashlib.sha256(b"\0".join(found)).hexdigest()[:12]


def static_home() -> str:
    """The path of everything that never changes while its address does not: it carries the version."""
    return f"{home()}/{version()}/"


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "unrolled.live",
        html=(FOLDER / "live.html").read_text(),
        css="".join(path.read_text() for path in sorted([*APP.glob("live/*.css"), *APP.glob("views/*/*.css")])),
        js=(FOLDER / "loader.js").read_text(),
        isolate_styles=False,  # Plotly's own style sheet lives in the page's head
    )


@cache
def _script(module: str) -> Callable[..., Any]:
    return st.components.v2.component(
        f"unrolled.{Path(module).stem}",
        html='<div class="script"></div><p role="alert" hidden></p>',
        css=(APP / module).with_suffix(".css").read_text(),
        js=(FOLDER / "loader.js").read_text(),
        isolate_styles=False,
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
    """Have the browser load what a page needs before its figures are there; Plotly takes it a second."""
    st.html(AHEAD.replace("{static}", static_home()), unsafe_allow_javascript=True)


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


def handed_over(key: str, name: str) -> dict[str, Any]:
    """What a component has handed over, by name; nothing where its page was left before it arrived."""
    return getattr(st.session_state.get(key), name, None) or {}


def script(key: str, module: str, data: dict[str, Any], *, on_wanted: Callable[[], None]) -> None:
    """Show what a page's own script makes, below its figures; its style sheet lies beside it.

    Args:
        key: its key; `handed_over(key, "wanted")` is what the script hands over.
        module: path of the script in the application's folder; its `mount` is given the component.
        data: what it reads.
        on_wanted: called when it has handed something over.
    """
    texts = {"unavailable": _("The script of this part could not be loaded.")}
    _script(module)(
        key=key,
        data=data | {"scripts": static_home(), "module": module, "texts": texts},
        on_wanted_change=on_wanted,
        default={"unavailable": False},
        on_unavailable_change=lambda: None,
    )


def mount(key: str, data: dict[str, Any], *, on_moved: Callable[[], None]) -> bool:
    """Show the component.

    Args:
        key: its key; `handed_over(key, "moved")` is the values committed on release.
        data: what the script reads: controls, query, endpoint, arrival, texts.
        on_moved: called when values have been committed.

    Returns:
        Whether the browser reported that the script could not be loaded.
    """
    result = _component()(
        key=key,
        data=data | {"scripts": static_home(), "module": "live/live.js"},
        default={"unavailable": False},
        on_moved_change=on_moved,
        on_unavailable_change=lambda: None,
    )
    return bool(result.unavailable)
