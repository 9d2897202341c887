"""The stateless routes that feed the live component. Any replica can answer; a test or a notebook can ask."""

import base64
import gzip
import json
import logging
import os
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import streamlit as st
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import language
from app.background import answer
from app.figure import Check, Figure, Verdict
from app.language import _
from app.live.component import home, scripts, static_home
from app.page import figures
from app.settings import Settings

MAX_QUERY = 40_000
"""Characters of a query string; longer ones are refused before they are read."""
FRAME_HEADERS = {"Cache-Control": "no-store", "Content-Encoding": "identity"}
"""Headers of a frame; without the second Streamlit compresses every one anew, in a thread of its own."""
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
logger = logging.getLogger(__name__)


async def frame(request: Request) -> Response:
    """One frame of a live figure; the query string is the page's own, with `mode=dark` for the dark theme."""
    return await to_thread.run_sync(_frame, request, limiter=_limiter())


@cache
def _limiter() -> CapacityLimiter:
    """As many frames at once as there are cores: more would only wait for one another, and all of them longer."""
    return CapacityLimiter(os.cpu_count() or 2)


def _frame(request: Request) -> Response:
    figure = figures().get(request.path_params["name"])
    if figure is None:
        return _problem(f"figure: expected one of {', '.join(figures())}.", 404)
    refused = refusal(request)
    if refused:
        return _problem(refused, 403)
    if len(request.url.query) > MAX_QUERY:
        return _problem(f"query: expected at most {MAX_QUERY} characters.", 414)
    answer.note_request()
    language.speak(request.headers.get("accept-language", "").split(",")[0])
    settings, problems = Settings.repaired(request.url.query)
    if problems:
        return _problem(" ".join(problems), 422)
    mode = "dark" if request.query_params.get("mode") == "dark" else "light"
    try:
        computed = figure.compute(settings)
        share = computed.ask()
        if share is not None:
            return JSONResponse({"progress": share, "preparing": _preparing(figure, settings)}, headers=FRAME_HEADERS)
        content = to_json(figure, settings, computed.value(), mode)
    except Exception as error:
        logger.exception("A frame broke off.")
        return _problem(f"The computation broke off: {type(error).__name__}. Asking again tries again.", 500)
    return Response(content, media_type="application/json", headers=FRAME_HEADERS)


def to_json(figure: Figure, settings: Settings, numbers: Any, mode: str) -> bytes:
    """{"query", "words", "figure"} and what the figure has beside them, arrays as float32 in Plotly's base64 form."""
    parts = {
        "query": settings.to_query(),
        "words": _words(figure.say(settings, numbers)),
        "figure": figure.draw(settings, numbers, mode),
    } | (figure.extra(settings, numbers, mode) if figure.extra else {})
    return json.dumps(parts, ensure_ascii=False, allow_nan=False, default=_packed).encode()


def _words(verdict: Verdict) -> dict[str, Any]:
    words = {**verdict._asdict(), "comparisons": list(verdict.comparisons)}
    check = words.pop("check") or Check("", True)
    return words | {"badge": check.text, "badge_ok": check.passed}


def _packed(values: np.ndarray) -> dict[str, str]:
    packed = {"dtype": "f4", "bdata": base64.b64encode(np.asarray(values, np.float32).tobytes()).decode()}
    return packed | {"shape": ",".join(map(str, values.shape))} if values.ndim > 1 else packed


def _preparing(figure: Figure, settings: Settings) -> str:
    """What a reader waits for."""
    named = ", ".join(run.cell_class.label for run in figure.runs(settings))
    return _("Preparing {cells}: what is new is compiled once …").format(cells=named) if named else _("Computing …")


def _problem(sentence: str, status: int) -> Response:
    return JSONResponse({"problem": sentence}, status, headers=FRAME_HEADERS)


def refusal(request: Request) -> str:
    """Why a request is not answered, as a sentence: it is meant for another host, or another site's page sent it.

    Streamlit checks its own routes, and leaves ours to us.
    """
    host = request.headers.get("host", "")
    if not is_allowed(host, st.config.get_option("server.allowedHosts")):
        return "host: expected one of the setting server.allowedHosts."
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != host:
        return f"origin: expected this server's own pages, got {origin[:80]!r}."
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "origin: expected this server's own pages, got another site."
    return ""


def is_allowed(host: str, allowed: list[str]) -> bool:
    """Whether a Host header names one of the hosts that are allowed; without a list every name is.

    Args:
        host: the header, a name with or without a port.
        allowed: names; "*.example.org" stands for every name below example.org, "*" for all.
    """
    if not allowed:
        return True
    try:
        parts = urlsplit(f"//{host}")
        name, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not name or parts.username is not None or parts.path or parts.query or parts.fragment:
        return False
    name = name.rstrip(".")
    patterns = [pattern.strip().lower().rstrip(".") for pattern in allowed]
    return any(
        name.endswith(pattern[1:]) if pattern.startswith("*.") else pattern in ("*", name) for pattern in patterns
    )


def static_routes() -> list[Route]:
    """Plotly, and every script of the component and of the pages, at addresses that carry their version."""
    return [
        Route(f"{static_home()}plotly.min.js", plotly),
        *(Route(f"{static_home()}{address}", script) for address in scripts()),
    ]


def script(request: Request) -> Response:
    """One of the scripts."""
    path = scripts()[request.url.path.removeprefix(static_home())]
    return Response(path.read_bytes(), media_type="text/javascript", headers=FOREVER)


def plotly(request: Request) -> Response:
    """plotly.min.js from the installed package."""
    packed, plain = packed_plotly()
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type="text/javascript", headers=FOREVER | {"Content-Encoding": "gzip"})
    return Response(plain, media_type="text/javascript", headers=FOREVER)


@cache
def packed_plotly() -> tuple[bytes, bytes]:
    """plotly.min.js compressed and as it is; compressed once."""
    plain = (resources.files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    return gzip.compress(plain, 6), plain


ROUTES = [*static_routes(), Route(f"{home()}/{{name}}", frame)]
