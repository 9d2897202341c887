"""What an operator may ask a running server: counts and sizes, no names, no paths."""

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.background import answer, compiler, training
from app.live import admission
from cells import programs


def health(request: Request) -> Response:
    """The state of this process as JSON; null where it is not known."""
    refusal = admission.refusal(request)
    if refusal:
        return JSONResponse({"problem": refusal}, 403)
    return JSONResponse(state(), headers={"Cache-Control": "no-store"})


def state() -> dict[str, Any]:
    """What the route answers.

    `programs` are compiled and loaded; `maps` are pieces of this process's memory, of which Linux allows some 65,000;
    `memory` is what stands in RAM; `waiting` are requests for frames that have not been answered.
    """
    tested, held = compiler.found, programs.census()
    return {
        "programs": held.programs,
        "programs_let_go": held.let_go,
        "maps": held.maps or None,
        "memory_bytes": held.bytes or None,
        "training_runs": len(training.all_runs()),
        "answers": len(answer.kept()),
        "answers_bytes": answer.kept().bytes,
        "waiting": admission.waiting(),
        "uptime_seconds": round(time.monotonic() - _BEGUN, 1),
        "compiler": tested and tested._asdict(),
    }


_BEGUN = time.monotonic()
