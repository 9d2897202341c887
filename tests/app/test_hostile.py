"""Whatever a stranger sends gets an answer or a sentence, soon, and leaves nothing behind.

UNROLLED_HOSTILE=10000 asks more of what is computed than the few that are asked otherwise.
"""

import asyncio
import json
import os
import sys
import threading
import time
from collections import Counter
from itertools import islice

import pytest
from starlette.applications import Starlette

from app.background import answer
from app.live.admission import AT_ONCE, waiting
from app.live.routes import ROUTES
from cells.programs import census
from tests.app import hostile
from tests.asked import ALL

COMPUTED = int(os.environ.get("UNROLLED_HOSTILE", 40))
SENT = 10_000 if ALL else 2_000
SOON = 2.0
app = Starlette(routes=ROUTES)


@pytest.fixture(scope="module")
def ask():
    """Send a request: status, headers and body of the answer, and the seconds it took.

    Not through an HTTP client: none would send some of these bytes.
    """
    with asyncio.Runner() as runner:
        yield lambda *request, **more: runner.run(answered(*request, **more))


async def answered(path, query, headers=((b"host", b"127.0.0.1"),), method="GET"):
    sent = []

    async def receive():
        await asyncio.sleep(3600)  # there is no body, and nobody hangs up

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http"}
    scope |= {"path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": list(headers)}
    scope |= {"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8501), "root_path": ""}
    begun = time.perf_counter()
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], dict(sent[0]["headers"]), body, time.perf_counter() - begun


def unbounded():
    """Entries of every cache that has no bound, by name."""
    found = {}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("app", "cells"):
            for attribute, function in vars(module).items():
                if hasattr(function, "cache_info") and function.cache_info().maxsize is None:
                    found[f"{name}.{attribute}"] = function.cache_info().currsize
    return found


def checked(status, headers, body, path, query):
    """An answer is a file, a frame or a sentence, never an error of the server's; it does not say where that lives."""
    assert status < 500, (path, query[:2000])
    assert len(body) < 3_000_000 or "javascript" in headers.get(b"content-type", b"").decode()
    if headers.get(b"content-type") == b"application/json":
        said = json.loads(body)
        assert {"problem"} == said.keys() or status == 200
        assert len(said.get("problem", "")) < 30_000, (path, query[:2000])
        assert "Traceback" not in said.get("problem", "")
        assert os.getcwd() not in said.get("problem", "")
    return said if headers.get(b"content-type") == b"application/json" else {}


def test_thousands_of_queries_are_refused_in_a_sentence_and_leave_nothing_behind(ask, capsys):
    statuses, slow = Counter(), 0
    sent = zip(hostile.paths(0), hostile.queries(1, refused=True), hostile.headers(2), strict=False)
    for path, query, headers in islice(sent, 300):  # what is loaded once
        ask(path, query, headers)
    threads, caches, kept, before = threading.active_count(), unbounded(), answer.kept().bytes, census().bytes
    for path, query, headers in islice(sent, SENT):
        status, answered, body, seconds = ask(path, query, headers)
        checked(status, answered, body, path, query)
        statuses[status] += 1
        slow += seconds > SOON
    grown = census().bytes - before
    with capsys.disabled():
        print(f"\n{SENT:,} hostile queries: {dict(statuses)}, {slow} over {SOON} s, memory {grown / 2**20:+.0f} MB")
    assert statuses[422] > SENT / 2
    assert threading.active_count() <= threads + AT_ONCE
    assert answer.kept().bytes == kept
    assert waiting() == 0
    assert {name: size for name, size in unbounded().items() if size > caches.get(name, 0) + 20} == {}


def test_hostile_queries_that_are_computed_are_answered_too(ask, capsys):
    statuses, slow, finished = Counter(), 0, 0
    threads = threading.active_count()
    for path, query in islice(zip(hostile.paths(3), hostile.queries(4, refused=False), strict=False), COMPUTED):
        status, answered, body, seconds = ask(path, f"length=20&hidden_size=8&overlay=&{query}")
        said = checked(status, answered, body, path, query)
        statuses[status] += 1
        slow += seconds > SOON
        finished += status == 200 and "progress" not in said
    with capsys.disabled():
        print(f"\n{COMPUTED} more: {dict(statuses)}, {finished} finished, {slow} over {SOON} s")
    assert answer.kept().bytes <= answer.MOST
    assert threading.active_count() <= threads + AT_ONCE + sum(answer.LANES.values())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "X" * 100])
def test_other_methods_are_not_allowed(ask, method):
    assert ask("/live/gradient", "", method=method)[0] == 405


def test_a_refusal_is_text_and_quotes_little(ask):
    for markup in hostile.MARKUP:
        status, headers, body, _seconds = ask("/live/gradient", f"cell={hostile.quote(markup * 100)}")
        assert status == 422
        assert headers[b"content-type"] == b"application/json"
        assert len(body) < 1000
