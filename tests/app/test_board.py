"""The class board, asked by plain HTTP clients: a lecturer, participants, and those who are neither."""

import asyncio
import json

import pytest
import streamlit.config
from starlette.testclient import TestClient

from app.live import board
from app.live.board import HOUR, LARGEST, PARTICIPANTS, ROOMS, STEPS, Allowance, Rooms
from tests.app.pages import connect

KEY, OTHER_KEY = "lecturer" * 4, "stranger" * 4
CODE = "BCDFG"
PATH = f"/live/room/{CODE}"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(board, "rooms", Rooms(clock))
    return clock


@pytest.fixture
def client(clock) -> TestClient:
    return connect()


def by(token):
    return {"Unrolled-Token": token}


def participant(number):
    return by(f"participant-{number:020d}")


def show(client, *, lesson="gates", step=0, held=True, key=KEY, path=PATH):
    return client.put(path, headers=by(key), json={"lesson": lesson, "step": step, "held": held})


def predict(client, number, value, *, kind="choice", step=0):
    body = {"step": step, "kind": kind, "value": value}
    return client.put(f"{PATH}/predictions", headers=participant(number), json=body)


def predicted(client, step=0):
    return client.get(f"{PATH}/predictions?step={step}", headers=by(KEY)).json()["predictions"]


def state(client, headers):
    return client.get(PATH, headers=headers).json()


def test_a_room_is_opened_followed_answered_and_read(client):
    assert show(client).status_code == 201
    followed = state(client, participant(1))
    assert followed == {"room": followed["room"], "lesson": "gates", "step": 0, "held": True, "again": 1}
    assert [predict(client, number, value).status_code for number, value in enumerate((2, 0, 2))] == [204] * 3
    assert predicted(client) == {"choice": [0, 2, 2]}
    whole = state(client, by(KEY))
    assert (whole["present"], whole["answered"]) == (3, 3)
    assert show(client, step=1, held=False).status_code == 200
    assert state(client, participant(1)) | {"room": ""} == {
        "room": "", "lesson": "gates", "step": 1, "held": False, "again": 1,
    }  # fmt: skip
    assert state(client, by(KEY))["answered"] == 0
    assert predicted(client) == {"choice": [0, 2, 2]}  # of a step that was left


def test_a_later_prediction_replaces_an_earlier_one(client):
    show(client)
    predict(client, 1, 0)
    predict(client, 1, 3)
    assert predicted(client) == {"choice": [3]}


def test_predictions_come_in_an_order_that_tells_nobody_who_is_who(client):
    show(client)
    values = [3.0, -400.5, 0.25]
    for number, value in enumerate(values):
        predict(client, number, value, kind="number")
    assert predicted(client) == {"number": sorted(values)}


def test_curves_come_back_as_they_were_drawn(client):
    show(client)
    curve = [[step, -0.5 * step] for step in range(64)]
    assert predict(client, 1, curve, kind="curve").status_code == 204
    assert predicted(client) == {"curve": [curve]}  # halves are exact in single precision


def test_what_is_as_it_was_is_not_sent_again(client):
    show(client)
    first = client.get(PATH, headers=participant(1))
    again = client.get(PATH, headers=participant(1) | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    show(client, held=False)
    moved = client.get(PATH, headers=participant(1) | {"If-None-Match": first.headers["etag"]})
    assert (moved.status_code, moved.json()["held"]) == (200, False)


def test_only_who_has_opened_the_room_moves_it_reads_it_and_closes_it(client):
    show(client)
    predict(client, 1, 0)
    for headers in (participant(1), by(OTHER_KEY)):
        assert show(client, step=3, key=headers["Unrolled-Token"]).status_code == 403
        assert client.get(f"{PATH}/predictions?step=0", headers=headers).status_code == 403
        assert client.delete(PATH, headers=headers).status_code == 403
    assert predict(client, 1, 0).status_code == 204
    assert state(client, by(KEY))["step"] == 0
    own = client.put(f"{PATH}/predictions", headers=by(KEY), json={"step": 0, "kind": "choice", "value": 1})
    assert own.status_code == 403


def test_a_closed_room_is_forgotten_and_its_code_is_not_used_again(client):
    show(client)
    predict(client, 1, 0)
    assert client.delete(PATH, headers=by(KEY)).status_code == 204
    assert len(board.rooms) == 0
    answer = client.get(PATH, headers=participant(1))
    assert (answer.status_code, answer.json()["problem"]) == (410, "The room has been closed.")
    assert show(client).status_code == 410


def test_a_room_is_forgotten_after_an_hour_however_busy_it_is(client, clock):
    show(client)
    clock.now += HOUR - 1
    assert predict(client, 1, 0).status_code == 204
    assert show(client).status_code == 200
    clock.now += 1
    assert client.get(PATH, headers=participant(1)).status_code == 410
    assert len(board.rooms) == 0
    clock.now += HOUR
    assert client.get(PATH, headers=participant(1)).status_code == 404


def test_a_room_that_nobody_asks_for_any_more_is_forgotten_too(monkeypatch):
    monkeypatch.setattr(board, "rooms", Rooms())
    monkeypatch.setattr(board, "HOUR", 0.2)
    with connect() as client:
        assert show(client).status_code == 201
        client.portal.call(asyncio.sleep, 0.3)
    assert not board.rooms._rooms


def test_a_room_lost_with_its_process_is_opened_again_by_its_lecturer(client, clock, monkeypatch):
    show(client, step=2)
    before = state(client, participant(1))["room"]
    monkeypatch.setattr(board, "rooms", Rooms(clock))
    assert client.get(PATH, headers=participant(1)).status_code == 404
    assert show(client, step=2).status_code == 201
    assert state(client, participant(1))["room"] != before  # so that answers are sent again
    assert predict(client, 1, 0, step=2).status_code == 204


def test_another_lesson_begins_with_no_predictions(client):
    show(client)
    predict(client, 1, 0)
    show(client, lesson="neuron")
    assert predicted(client) == {}


def test_who_has_neither_answered_nor_asked_for_half_a_minute_is_not_present(client, clock):
    show(client)
    predict(client, 1, 0)
    clock.now += 31
    predict(client, 2, 0)
    whole = state(client, by(KEY))
    assert (whole["present"], whole["answered"]) == (2, 2)
    show(client, step=1)
    whole = state(client, by(KEY))
    assert (whole["present"], whole["answered"]) == (1, 0)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("choice", 8, "value: expected a whole number from 0 to 7; got 8."),
        ("choice", -1, "value: expected a whole number from 0 to 7; got -1."),
        ("choice", 1.0, "value: expected a whole number from 0 to 7; got 1.0."),
        ("choice", True, "value: expected a whole number from 0 to 7; got True."),
        ("number", "3", "value: expected a number from −10⁹ to 10⁹; got '3'."),
        ("number", float("nan"), "value: expected a number from −10⁹ to 10⁹; got nan."),
        ("number", float("inf"), "value: expected a number from −10⁹ to 10⁹; got inf."),
        ("number", 10**400, "value: expected a number from −10⁹ to 10⁹; got 1000000"),
        ("number", None, "value: expected a number from −10⁹ to 10⁹; got None."),
        ("curve", [[0, 1]], "value: expected a list of 2 to 64 points [x, y]; got [[0, 1]]."),
        ("curve", [[0, 1]] * 65, "value: expected a list of 2 to 64 points [x, y]; got ["),
        ("curve", [[0, 1], [1]], "value: expected a list of 2 to 64 points [x, y]; got [[0, 1], [1]]."),
        ("curve", [[0, 1], [1, 2 * LARGEST]], "value: expected a number from −10⁹ to 10⁹; got 2000000000.0."),
        ("curve", "drawn", "value: expected a list of 2 to 64 points [x, y]; got 'drawn'."),
        ("essay", 1, "kind: expected choice | number | curve; got 'essay'."),
        (["choice"], 1, "kind: expected choice | number | curve; got ['choice']."),
    ],
)
def test_what_cannot_be_a_prediction_gets_a_sentence(client, kind, value, expected):
    show(client)
    answer = client.put(
        f"{PATH}/predictions",
        headers=participant(1),
        content=json.dumps({"step": 0, "kind": kind, "value": value}),
    )
    assert answer.status_code == 422
    assert answer.json()["problem"].startswith(expected)
    assert predicted(client) == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"\xff\xfe", 422),
        (b"[]", 422),
        (b"[" * 4000, 422),
        (b'{"step":0,"kind":"number","value":' + b"[" * 900 + b"]" * 900 + b"}", 422),
        (b'{"step":0,"kind":"choice","value":0,"name":"Ada"}', 422),
        (b'{"step":0,"kind":"choice"}', 422),
        (b'{"step":%d,"kind":"choice","value":0}' % STEPS, 422),
        (b'{"step":"0","kind":"choice","value":0}', 422),
        (b" " * 20_001, 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(client, body, status):
    show(client)
    answer = client.put(f"{PATH}/predictions", headers=participant(1), content=body)
    assert answer.status_code == status
    assert "expected" in answer.json()["problem"]


@pytest.mark.parametrize(
    "change",
    [
        {"lesson": "../gates"},
        {"lesson": 3},
        {"lesson": "a" * 16_101},
        {"step": -1},
        {"held": 1},
        {"held": None},
        {"step": 10**9},
    ],
)
def test_a_state_that_cannot_be_is_refused(client, change):
    answer = show(client, **change)
    assert answer.status_code == 422
    assert answer.json()["problem"].startswith(f"{next(iter(change))}: expected ")
    assert len(board.rooms) == 0


@pytest.mark.parametrize("step", ["", "x", "-1", "41", "1e3", "٣", "9" * 5000])
def test_a_step_that_is_none_is_refused(client, step):
    show(client)
    answer = client.get(f"{PATH}/predictions", params={"step": step}, headers=by(KEY))
    assert answer.status_code == 422
    assert answer.json()["problem"].startswith("step: expected a whole number from 0 to 40; got ")


@pytest.mark.parametrize("code", ["AAAAA", "BCDF", "BCDFGH", "BCDF1", "BCDFſ", "bcdfg"])
def test_what_is_no_code_is_told_what_codes_are_like_and_is_no_guess(client, code):
    for _ in range(2):
        answer = client.get(f"/live/room/{code}", headers=participant(1))
        assert answer.status_code == 422
        assert answer.json()["problem"].startswith("code: expected 5 of the letters BCDFGHJKMNPRSTWXZ; got ")


@pytest.mark.parametrize("token", ["", "short", "a" * 65, "a" * 21 + "é", "a" * 30 + " "])
def test_who_asks_must_have_a_token(client, token):
    headers = {"Unrolled-Token": token.encode("latin-1")} if token else {}
    answer = client.get(PATH, headers=headers)
    assert answer.status_code in (401, 404)  # a space at its end is not part of a header
    assert answer.json()["problem"].startswith(("Unrolled-Token: expected 22 to 64", "There is no room"))


def test_the_link_into_a_room_is_a_picture_for_a_camera(client):
    show(client)
    link = f"http://127.0.0.1/lessons?room={CODE}"
    answer = client.get(f"{PATH}/qr", params={"link": link}, headers=by(KEY))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    # ISO 18004 has room for these 35 bytes in version 3, of 29 modules a side; 4 are white around them, 8 pixels each.
    assert 'width="296"' in answer.text
    assert client.get(f"{PATH}/qr", params={"link": link}, headers=participant(1)).status_code == 403
    for other in ("", "http://elsewhere.example/", "javascript:alert(1)", link + "a" * 300):
        answer = client.get(f"{PATH}/qr", params={"link": other}, headers=by(KEY))
        assert (answer.status_code, answer.json()["problem"][:14]) == (422, "link: expected")


def test_other_sites_pages_and_other_hosts_are_refused(client):
    show(client)
    for headers in ({"origin": "http://elsewhere.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.get(PATH, headers=participant(1) | headers).status_code == 403
        assert client.delete(PATH, headers=by(KEY) | headers).status_code == 403
    streamlit.config._set_option("server.allowedHosts", ["lab.example.org"], "a test")
    try:
        assert client.get(PATH, headers=participant(1) | {"host": "rebound.example.com"}).status_code == 403
    finally:
        streamlit.config._set_option("server.allowedHosts", [], "a test")
    assert client.get(PATH, headers=participant(1)).status_code == 200


def test_no_cookie_is_set_and_nothing_is_kept_on_the_way(client):
    answers = [show(client), client.get(PATH, headers=participant(1)), predict(client, 1, 0)]
    answers.append(client.get(f"{PATH}/predictions?step=0", headers=by(KEY)))
    answers.append(client.delete(PATH, headers=by(KEY)))
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers


def test_a_method_that_there_is_not_is_refused(client):
    assert client.post(PATH, headers=by(KEY)).status_code == 405
    assert client.delete(f"{PATH}/predictions", headers=by(KEY)).status_code == 405


def test_wrong_codes_are_counted_and_who_is_inside_stays_inside(client, clock):
    show(client)
    inside, outside = participant(1), participant(2)
    client.get(PATH, headers=inside)
    for _ in range(PARTICIPANTS):
        assert client.get("/live/room/ZZZZZ", headers=outside).status_code == 404
    refused = client.get("/live/room/ZZZZZ", headers=outside)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert client.get(PATH, headers=outside).status_code == 429  # nobody learns by guessing that it is the right one
    assert client.get(f"{PATH}/predictions?step=0", headers=outside).status_code == 429
    assert client.get(PATH, headers=inside).status_code == 200
    assert client.get(PATH, headers=by(KEY)).status_code == 200
    clock.now += 60
    assert client.get(PATH, headers=outside).status_code == 200


def test_guesses_are_too_few_for_the_codes_there_are():
    """All rooms open, and one address that guesses for their whole hour: it finds any of them in 1 of 80 hours."""
    guesses = PARTICIPANTS + HOUR * 0.1
    assert guesses * ROOMS / len(board.LETTERS) ** board.LENGTH < 1 / 80


def test_rooms_participants_and_requests_are_bounded(client, clock, monkeypatch):
    monkeypatch.setattr(board, "ROOMS", 3)
    monkeypatch.setattr(board, "PARTICIPANTS", 5)
    codes = ["BBBBB", "CCCCC", "DDDDD", "FFFFF"]
    opened = [show(client, path=f"/live/room/{code}").status_code for code in codes]
    assert opened == [201, 201, 201, 429]
    joined = [client.get("/live/room/BBBBB", headers=participant(number)).status_code for number in range(6)]
    assert joined == [200] * 5 + [429]
    client.delete("/live/room/CCCCC", headers=by(KEY))
    assert show(client, path="/live/room/FFFFF").status_code == 201
    monkeypatch.setattr(board, "PREDICTIONS", 2)
    predicted = [
        client.put(
            "/live/room/BBBBB/predictions",
            headers=participant(number),
            json={"step": step, "kind": "choice", "value": 1},
        ).status_code
        for number, step in [(0, 0), (0, 1), (1, 0), (0, 1)]
    ]
    assert predicted == [204, 204, 429, 204]
    board.rooms._requests = Allowance(4, 1)
    asked = [client.get("/live/room/BBBBB", headers=participant(1)).status_code for _ in range(6)]
    assert asked == [200] * 4 + [429] * 2
    clock.now += 1
    assert client.get("/live/room/BBBBB", headers=participant(1)).status_code == 200


def test_one_address_opens_a_dozen_rooms_and_then_one_a_minute(client, clock):
    codes = [f"BBBB{letter}" for letter in board.LETTERS[:14]]
    opened = [show(client, path=f"/live/room/{code}").status_code for code in codes]
    assert opened == [201] * 12 + [429] * 2
    clock.now += 60
    assert show(client, path=f"/live/room/{codes[-1]}").status_code == 201


def test_a_full_lecture_hall_asks_for_no_more_than_the_server_bears(client):
    show(client)
    for number in range(PARTICIPANTS):
        board.rooms.enter(board.Visit(CODE, "school", f"{number:030d}"))
    again = state(client, by(KEY))["again"]
    assert PARTICIPANTS / again <= 60


def test_what_is_known_of_clients_is_bounded():
    allowance = Allowance(2, 1)
    for number in range(Allowance.CLIENTS + 10):
        assert allowance.take(str(number), 0.0)
    assert len(allowance._left) == Allowance.CLIENTS
    last = str(Allowance.CLIENTS + 9)
    assert [allowance.take(last, 0.0), allowance.take(last, 0.0), allowance.take(last, 1.0)] == [True, False, True]
