"""The stateless routes that feed the live component. Any replica can answer; a test or a notebook can ask."""

import base64
import gzip
import json
import logging
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import language, teachers
from app.background import answer, compiler
from app.figure import Figure, Unanswerable, Verdict, as_customised
from app.language import _
from app.live import admission, board, sheets, tables
from app.live.component import FOLDER, home, scripts, server_of, static_home
from app.live.health import health
from app.page import figures, page_of
from app.settings import Settings
from cells import code

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
    def drawn(figure: Figure, settings: Settings, numbers: Any) -> Response:
        mode = "dark" if request.query_params.get("mode") == "dark" else "light"
        content = to_json(figure, settings, numbers, mode)
        return Response(content, media_type="application/json", headers=FRAME_HEADERS)

    return _answered(request, drawn)


async def table(request: Request) -> Response:
    """The numbers of a figure to take along, as CSV or JSON; 202 and the share done where they are not there yet."""
    return await admission.in_turn(request, _table)


def _table(request: Request) -> Response:
    name, kind = request.path_params["name"], request.path_params["kind"]
    if kind not in tables.KINDS:
        return _problem(f"table: expected one of {', '.join(tables.KINDS)}.", 404)

    def taken(figure: Figure, settings: Settings, numbers: Any) -> Response:
        link = f"{server_of(request)}{teachers.address(f'{page_of(name)}?{settings.to_query()}')}"
        verdict = as_customised(settings, figure.say(settings, numbers))
        said = f"{verdict.headline}: {verdict.sentence}" if verdict.headline else ""
        found = tables.table(figure.draw(settings, numbers, "light"), link, said)
        text = tables.to_csv(found) if kind == "csv" else tables.to_json(found)
        file = f"unrolled-{name}-{settings.experiment.cell}.{kind}"
        return Response(text, media_type=tables.KINDS[kind], headers=taken_as(file))

    return _answered(request, taken, whole=True)


async def script_of(request: Request) -> Response:
    """The experiment of a query as a script for a framework; a zip where the numbers lie in a file beside it."""
    return await admission.in_turn(request, _script_of)


def _script_of(request: Request) -> Response:
    settings = asked(request)
    if isinstance(settings, Response):
        return settings
    framework = request.path_params["framework"]
    if framework not in code.all_frameworks():
        return _problem(f"framework: expected one of {', '.join(code.all_frameworks())}.", 404)
    try:
        found = code.script(framework, settings.experiment)
    except code.CodeError as error:
        return _problem(str(error), 422)
    if found.numbers:
        return Response(found.zipped(), media_type="application/zip", headers=taken_as(f"{found.stem}.zip"))
    return Response(found.text, media_type="text/x-python", headers=taken_as(f"{found.stem}.py"))


def taken_as(file: str) -> dict[str, str]:
    """Headers of what a browser keeps as a file of this name."""
    return {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{file}"'}


def asked(request: Request) -> Settings | Response:
    """The settings that a request's query says, or why it is not answered."""
    refusal = admission.refusal(request)
    if refusal:
        return _problem(refusal, 403)
    query = request.scope["query_string"].decode("latin-1")  # `request.url` trusts the Host header to be one
    if len(query) > MAX_QUERY:
        return _problem(f"query: expected at most {MAX_QUERY} characters.", 414)
    answer.note_request()
    language.speak(request.headers.get("accept-language", "").split(",")[0])
    settings, problems = Settings.repaired(query)
    return _problem(" ".join(problems), 422) if problems else settings


def _answered(request: Request, make: Callable[[Figure, Settings, Any], Response], *, whole: bool = False) -> Response:
    """What is made of a figure's numbers; those of training are waited for to the last update where they are whole."""
    figure = figures().get(request.path_params["name"])
    if figure is None:
        return _problem(f"figure: expected one of {', '.join(figures())}.", 404)
    settings = asked(request)
    if isinstance(settings, Response):
        return settings
    try:
        computed = figure.compute(settings.replace(plain=True) if whole else settings)
        share = computed.ask()
        if share is not None:
            content = {"progress": share, "preparing": _preparing(figure, settings)}
            return JSONResponse(content, 202 if whole else 200, headers=FRAME_HEADERS)
        return make(figure, settings, computed.value())
    except Unanswerable as error:
        return _problem(str(error), 422)
    except Exception as error:
        logger.exception("A frame broke off.")
        return _problem(f"The computation broke off: {type(error).__name__}. Asking again tries again.", 500)


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
    with np.errstate(over="ignore"):
        single = np.asarray(values, np.float32)
    packed = {"dtype": "f4", "bdata": base64.b64encode(single.tobytes()).decode()}
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
    Route(f"{home()}/script/{{framework}}", script_of),
    *board.ROUTES,
    Route(f"{home()}/{{name}}.{{kind}}", table),
    Route(f"{home()}/{{name}}", frame),
]
