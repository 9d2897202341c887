"""What an operator may ask a running server: counts and sizes, no names, no paths."""

import os
import time
from pathlib import Path
from typing import Any

from jax.extend import backend
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.background import answer, compiler, training
from app.live import hosts, turns


def health(request: Request) -> Response:
    """The state of this process as JSON; null where it is not known."""
    refusal = hosts.refusal(request)
    if refusal:
        return JSONResponse({"problem": refusal}, 403)
    return JSONResponse(state(), headers={"Cache-Control": "no-store"})


def state() -> dict[str, Any]:
    """What the route answers.

    `programs` are compiled and loaded; `maps` are pieces of this process's memory, of which Linux allows some 65,000;
    `memory` is what stands in RAM; `waiting` are requests for frames that have not been answered.
    """
    tested = compiler.found()
    return {
        "programs": programs(),
        "maps": maps(),
        "memory_bytes": memory(),
        "training_runs": len(training.all_runs()),
        "answers": len(answer.kept()),
        "answers_bytes": answer.kept().bytes,
        "waiting": turns.waiting(),
        "uptime_seconds": round(time.monotonic() - _BEGUN, 1),
        "compiler": tested and tested._asdict(),
    }


def programs() -> int:
    """Compiled programs that this process holds."""
    return len(backend.get_backend().live_executables())


def maps() -> int | None:
    """Memory maps of this process; only Linux tells."""
    try:
        return Path("/proc/self/maps").read_bytes().count(b"\n")
    except OSError:
        return None


def memory() -> int | None:
    """Bytes of this process in RAM; only Linux tells."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


_BEGUN = time.monotonic()
