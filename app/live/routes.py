"""The stateless routes that feed the live component. Any replica can answer; a test or a notebook can ask."""

import gzip
import os
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from app import language as words
from app.background import answer as jobs
from app.live import FOLDER, home
from app.settings import Picture
from app.views.bptt import verdict as bptt
from app.views.fixes import verdict as remedies
from app.views.gates import verdict as gates
from app.views.gradient import verdict as hero
from app.views.learning import search
from app.views.learning import verdict as learning
from app.views.neuron import verdict as neuron
from app.views.past import verdict as past
from app.views.reading import verdict as reading
from app.views.wiring import learned
from app.views.wiring import verdict as wiring

MAX_QUERY = 40_000
"""Characters of a query string; longer ones are refused before they are read."""
FRAME_HEADERS = {"Cache-Control": "no-store", "Content-Encoding": "identity"}
"""Headers of a frame; without the second Streamlit compresses every one anew, in a thread of its own."""
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


FRAMES = {
    "gradient": hero.FRAME,
    "gates": gates.FRAME,
    "survival": past.SURVIVAL,
    "pair": past.PAIR,
    "spectra": past.SPECTRA,
    "parts": bptt.PARTS,
    "shares": bptt.SHARES,
    "walks": bptt.WALKS,
    "fixes": remedies.FIXES,
    "scoreboard": remedies.SCOREBOARD,
    "training": remedies.TRAINING,
    "learning": learning.LEARNING,
    "gradient_norms": learning.NORMS,
    "learned_gates": learning.GATES,
    "tried": learning.RATIOS,
    "search": search.SEARCH,
}
FRAMES |= neuron.FRAMES | reading.FRAMES | wiring.FRAMES | learned.FRAMES
"""The live figures, by the name of their route."""


async def frame(request: Request) -> Response:
    """One frame of a live figure; the query string is the page's own, with `mode=dark` for the dark theme."""
    return await to_thread.run_sync(_frame, request, limiter=_limiter())


@cache
def _limiter() -> CapacityLimiter:
    """As many frames at once as there are cores: more would only wait for one another, and all of them longer."""
    return CapacityLimiter(os.cpu_count() or 2)


def _frame(request: Request) -> Response:
    jobs.note_request()
    live = FRAMES.get(request.path_params["name"])
    if live is None:
        return JSONResponse({"problem": f"figure: expected one of {', '.join(FRAMES)}."}, status_code=404)
    refusal = _refusal(request)
    if refusal:
        return refusal
    words.speak(request.headers.get("accept-language", "").split(",")[0])
    picture, problems = Picture.repaired(request.url.query)
    if problems:
        return JSONResponse({"problem": " ".join(problems)}, status_code=422)
    share = live.progress(picture)
    if share is not None:
        return JSONResponse({"progress": share}, headers=FRAME_HEADERS)
    mode = "dark" if request.query_params.get("mode") == "dark" else "light"
    return Response(live.to_json(picture, mode), media_type="application/json", headers=FRAME_HEADERS)


def script(request: Request) -> Response:
    """One of the component's scripts; its address carries its version."""
    path = FOLDER / request.url.path.rpartition("/")[2]
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


def _refusal(request: Request) -> Response | None:
    """Why a request is not answered: it is meant for another host, another site's page sent it, or it is too long."""
    if not is_host_allowed(request.headers.get("host")):
        return JSONResponse({"problem": "host: expected one of the setting server.allowedHosts."}, 403)
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        return JSONResponse({"problem": f"origin: expected this server's own pages, got {origin[:80]!r}."}, 403)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return JSONResponse({"problem": "origin: expected this server's own pages, got another site."}, 403)
    if len(request.url.query) > MAX_QUERY:
        return JSONResponse({"problem": f"query: expected at most {MAX_QUERY} characters."}, 414)
    return None


ROUTES = [
    *(Route(f"{home()}/{path.name}", script) for path in sorted(FOLDER.glob("*.js"))),
    Route(f"{home()}/plotly.min.js", plotly),
    Route(f"{home()}/{{name}}", frame),
]
