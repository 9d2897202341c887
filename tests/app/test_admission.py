"""Clients take admission, none may fill the queue, and who has gone costs nothing."""

import asyncio
import threading
import time

import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.live import admission
from app.live.admission import Queue, in_turn, waiting


@pytest.fixture(autouse=True)
def an_empty_queue(monkeypatch):
    monkeypatch.setattr(admission, "_queue", Queue(1))
    yield
    assert waiting() == 0


def request_of(client, *, gone=False):
    async def receive():
        if not gone:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "client": (client, 1), "headers": [], "query_string": b"", "path": "/"}, receive)


class Work:
    """Notes for whom it is done, and goes on when it is told to."""

    def __init__(self):
        self.done, self.on = [], threading.Event()

    def __call__(self, request):
        self.on.wait(10)
        self.done.append(request.client.host)
        return Response("done")


async def begin(work, *clients, gone=()):
    tasks = [asyncio.create_task(in_turn(request_of(client, gone=client in gone), work)) for client in clients]
    await asyncio.sleep(0.05)
    return tasks


def test_clients_take_turns():
    async def ask():
        work = Work()
        tasks = await begin(work, "class", "class", "class", "class", "reader", "other", "reader")
        assert waiting() == 7
        work.on.set()
        assert [answer.status_code for answer in await asyncio.gather(*tasks)] == [200] * 7
        return work.done

    assert asyncio.run(ask()) == ["class", "class", "reader", "other", "class", "reader", "class"]


def test_a_client_that_has_too_many_waiting_is_told_to_come_later_and_others_are_answered(monkeypatch):
    monkeypatch.setattr(admission, "PER_CLIENT", 3)

    async def ask():
        work = Work()
        tasks = await begin(work, *["greedy"] * 5, "reader")
        work.on.set()
        answers = await asyncio.gather(*tasks)
        again = await in_turn(request_of("greedy"), work)
        return answers, again

    answers, again = asyncio.run(ask())
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429, 200]
    assert again.status_code == 200
    assert answers[3].headers["retry-after"] == "1"
    assert b"expected at most 3 from one address" in answers[3].body


def test_all_clients_together_are_bounded_too(monkeypatch):
    monkeypatch.setattr(admission, "ALTOGETHER", 2)

    async def ask():
        work = Work()
        tasks = await begin(work, "a", "b", "c")
        work.on.set()
        return [answer.status_code for answer in await asyncio.gather(*tasks)]

    assert asyncio.run(ask()) == [200, 200, 429]


def test_nothing_is_computed_for_who_has_gone():
    async def ask():
        work = Work()
        tasks = await begin(work, "reader", "gone", "other", gone=("gone",))
        work.on.set()
        return work.done, [answer.status_code for answer in await asyncio.gather(*tasks)]

    assert asyncio.run(ask()) == (["reader", "other"], [200, 499, 200])


def test_a_request_that_is_cancelled_while_it_waits_leaves_its_place_to_the_next():
    async def ask():
        work = Work()
        tasks = await begin(work, "reader", "cancelled", "other")
        tasks[1].cancel()
        await asyncio.sleep(0.05)
        assert waiting() == 2
        work.on.set()
        await asyncio.gather(tasks[0], tasks[2])
        return work.done

    assert asyncio.run(ask()) == ["reader", "other"]


def test_work_that_breaks_off_leaves_its_place():
    async def ask():
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await in_turn(request_of("reader"), lambda request: 1 / 0)

    asyncio.run(ask())


def test_a_class_behind_one_address_is_answered(monkeypatch):
    """Thirty readers open a page of six figures at once; each figure asks for its next frame when it has the last."""
    monkeypatch.setattr(admission, "_queue", Queue(2))
    statuses = []

    def work(request):
        time.sleep(0.001)
        return Response("done")

    async def figure():
        for _ in range(3):
            statuses.append((await in_turn(request_of("school"), work)).status_code)

    async def ask():
        await asyncio.gather(*(figure() for _ in range(30 * 6)))

    asyncio.run(ask())
    assert statuses == [200] * 540
