"""The stateless routes that feed the live component. Any replica can answer; a test or a notebook can ask."""

import base64
import gzip
import json
import logging
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import language
from app.background import answer, compiler
from app.figure import Figure, Unanswerable, Verdict, as_customised
from app.language import _
from app.live import admission, board, sheets
from app.live.component import FOLDER, home, scripts, static_home
from app.live.health import health
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
    return await admission.in_turn(request, _frame)


def _frame(request: Request) -> Response:
    figure = figures().get(request.path_params["name"])
    if figure is None:
        return _problem(f"figure: expected one of {', '.join(figures())}.", 404)
    refusal = admission.refusal(request)
    if refusal:
        return _problem(refusal, 403)
    query = request.scope["query_string"].decode("latin-1")  # `request.url` trusts the Host header to be one
    if len(query) > MAX_QUERY:
        return _problem(f"query: expected at most {MAX_QUERY} characters.", 414)
    answer.note_request()
    language.speak(request.headers.get("accept-language", "").split(",")[0])
    settings, problems = Settings.repaired(query)
    if problems:
        return _problem(" ".join(problems), 422)
    mode = "dark" if request.query_params.get("mode") == "dark" else "light"
    try:
        computed = figure.compute(settings)
        share = computed.ask()
        if share is not None:
            return JSONResponse({"progress": share, "preparing": _preparing(figure, settings)}, headers=FRAME_HEADERS)
        content = to_json(figure, settings, computed.value(), mode)
    except Unanswerable as error:
        return _problem(str(error), 422)
    except Exception as error:
        logger.exception("A frame broke off.")
        return _problem(f"The computation broke off: {type(error).__name__}. Asking again tries again.", 500)
    return Response(content, media_type="application/json", headers=FRAME_HEADERS)


def to_json(figure: Figure, settings: Settings, numbers: Any, mode: str) -> bytes:
    """{"query", "words", "figure"} and what the figure has beside them, arrays as float32 in Plotly's base64 form."""
    parts = {
        "query": settings.to_query(),
        "words": _words(settings, figure.say(settings, numbers)),
        "figure": figure.draw(settings, numbers, mode),
    } | (figure.extra(settings, numbers, mode) if figure.extra else {})
    return json.dumps(parts, ensure_ascii=False, allow_nan=False, default=_packed).encode()


def _words(settings: Settings, verdict: Verdict) -> dict[str, Any]:
    verdict = as_customised(settings, verdict) if settings.hide else verdict
    words = {**verdict._asdict(), "comparisons": list(verdict.comparisons)}
    check = words.pop("check")
    if compiler.failed:
        check = compiler.beside(check)
    return words | {"badge": check.text if check else "", "badge_ok": check is None or check.passed}


def _packed(values: np.ndarray) -> dict[str, str]:
    packed = {"dtype": "f4", "bdata": base64.b64encode(np.asarray(values, np.float32).tobytes()).decode()}
    return packed | {"shape": ",".join(map(str, values.shape))} if values.ndim > 1 else packed


def _preparing(figure: Figure, settings: Settings) -> str:
    """What a reader waits for."""
    named = ", ".join(run.cell_class.label for run in figure.runs(settings))
    return _("Preparing {cells}: what is new is compiled once …").format(cells=named) if named else _("Computing …")


def _problem(sentence: str, status: int) -> Response:
    return JSONResponse({"problem": sentence}, status, headers=FRAME_HEADERS)


def static_routes() -> list[Route]:
    """Plotly, the speaker's window, and every script of the component and pages, at addresses with their version."""
    return [
        Route(f"{static_home()}plotly.min.js", plotly),
        Route(f"{static_home()}live/speaker.html", speaker),
        *(Route(f"{static_home()}{address}", script) for address in scripts()),
    ]


def script(request: Request) -> Response:
    """One of the scripts."""
    path = scripts()[request.scope["path"].removeprefix(static_home())]
    return Response(path.read_bytes(), media_type="text/javascript", headers=FOREVER)


def speaker(request: Request) -> Response:
    """The speaker's window, which runs its one script."""
    policy = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    headers = FOREVER | {"Content-Security-Policy": policy}
    return Response((FOLDER / "speaker.html").read_bytes(), media_type="text/html; charset=utf-8", headers=headers)


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


ROUTES = [
    *static_routes(),
    Route(f"{home()}/health", health),
    Route(f"{home()}/sheets/{{page}}", sheets.printed),
    *board.ROUTES,
    Route(f"{home()}/{{name}}", frame),
]
