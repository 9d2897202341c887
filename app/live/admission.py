"""Who may ask, and whose turn it is: frames are computed as many at once as there are cores, and clients take turns.

A client is an address. Behind one address there may be a class, so what is bounded is what waits, not what is asked:
thirty readers who open a page of six figures at once have 180 requests waiting. Clients take turns, so that one who
asks for hundreds of frames waits for those alone. Who has gone before its turn comes costs nothing.

A balancer on this machine says for whom it asks in X-Forwarded-For, which uvicorn believes if it comes from an address
in FORWARDED_ALLOW_IPS (127.0.0.1 where that is not set).
"""

import os
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from urllib.parse import urlsplit

import anyio
import streamlit as st
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import language
from app.language import _

AT_ONCE = os.cpu_count() or 2
"""Frames computed at the same time: more would only wait for one another, and all of them longer."""
PER_CLIENT = 256
"""Requests of one client that may wait: a class of forty that opens a page at once, behind one address."""
ALTOGETHER = 2048
"""Requests of all clients that may wait."""
LATER = {"Retry-After": "1", "Cache-Control": "no-store", "Content-Encoding": "identity"}
GONE = 499
"""What nginx calls a client that has closed the connection; nobody reads it."""


def refusal(request: Request) -> str:
    """Why a request is not answered, as a sentence: it is meant for another host, or another site's page sent it.

    Streamlit checks its own routes, and leaves ours to us.
    """
    host = request.headers.get("host", "")
    if not is_allowed(host, st.config.get_option("server.allowedHosts")):
        return "host: expected one of the setting server.allowedHosts."
    origin = request.headers.get("origin")
    if origin and _host_of(origin) != host:
        return f"origin: expected this server's own pages, got {origin[:80]!r}."
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "origin: expected this server's own pages, got another site."
    return ""


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
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


async def in_turn(request: Request, work: Callable[[Request], Response]) -> Response:
    """What some work answers, done in a thread when the client's turn has come; a refusal where too many wait."""
    client = request.client.host if request.client else ""
    if _waiting[client] >= PER_CLIENT or _waiting.total() >= ALTOGETHER:
        language.speak(request.headers.get("accept-language", "").split(",")[0])
        sentence = _("Too many figures are waiting at this server: expected at most {most} from one address.")
        return JSONResponse({"problem": sentence.format(most=PER_CLIENT)}, 429, headers=LATER)
    _waiting[client] += 1
    try:
        await _queue.enter(client)
        try:
            if await request.is_disconnected():
                return Response(status_code=GONE)
            return await to_thread.run_sync(work, request, limiter=_queue.threads)
        finally:
            _queue.leave()
    finally:
        _waiting[client] -= 1
        if not _waiting[client]:
            del _waiting[client]


def waiting() -> int:
    """Requests that have not been answered."""
    return _waiting.total()


class Queue:
    """Places for so many at once; clients that wait for one take turns, each with the first it has asked for."""

    def __init__(self, places: int):
        """Nobody is in yet."""
        self._free = places
        self._waiting: OrderedDict[str, deque[anyio.Event]] = OrderedDict()
        self._places = places
        self._threads: CapacityLimiter | None = None

    @property
    def threads(self) -> CapacityLimiter:
        """As many threads as there are places, so that who has one never waits for a thread."""
        self._threads = self._threads or CapacityLimiter(self._places)
        return self._threads

    async def enter(self, client: str) -> None:
        """Wait for a place."""
        if self._free:
            self._free -= 1
            return
        called = anyio.Event()
        self._waiting.setdefault(client, deque()).append(called)
        try:
            await called.wait()
        except BaseException:
            self._give_up(client, called)
            raise

    def leave(self) -> None:
        """Give the place to the client that has waited for its turn the longest."""
        if not self._waiting:
            self._free += 1
            return
        client, events = self._waiting.popitem(last=False)
        events.popleft().set()
        if events:
            self._waiting[client] = events

    def _give_up(self, client: str, called: anyio.Event) -> None:
        if called.is_set():  # it was called at the same moment
            self.leave()
            return
        self._waiting[client].remove(called)
        if not self._waiting[client]:
            del self._waiting[client]


_waiting: Counter[str] = Counter()
_queue = Queue(AT_ONCE)
