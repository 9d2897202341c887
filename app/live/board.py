"""The class board: for an hour a room gathers what everybody predicts, without a name, and its lecturer sees it.

A room is in the memory of this process alone, and is forgotten when it is closed or its hour is over. Its code stands
in the path of its routes, so that a balancer that goes by the path leads everybody in a room to the same process. It is
drawn by the lecturer's browser, which therefore can open the same room again where the process was started anew.

    PUT    /live/room/CODE               the lecturer: {"lesson", "step", "held"}; opens the room where there is none
    GET    /live/room/CODE               everybody, again and again: the state; 304 where it is as it was
    DELETE /live/room/CODE               the lecturer: closes the room
    PUT    /live/room/CODE/predictions   a participant: {"step", "kind", "value"}; a later one replaces an earlier one
    GET    /live/room/CODE/predictions   the lecturer: all of `?step=`, in an order that does not tell who is who
    GET    /live/room/CODE/qr            the lecturer: `?link=`, which leads into the room, for a telephone's camera

The header Unrolled-Token says who asks: the lecturer's key, or what a participant's browser has drawn for this hour.
Nothing here waits between reading and writing, and all of it runs in the server's one event loop: there are no locks.
"""

import asyncio
import hashlib
import io
import json
import re
import reprlib
import secrets
import time
from array import array
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import segno
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import language
from app.language import _
from app.live import admission
from app.live.component import home

HOUR = 3600.0
"""Seconds that a room lives."""
LETTERS, LENGTH = "BCDFGHJKMNPRSTWXZ", 5
"""Of a code: no two look alike, and without vowels they make no words. board.js draws from the same."""
ROOMS, PARTICIPANTS, PREDICTIONS = 24, 300, 5000
"""The most there may be at once: rooms, and in each of them participants, and predictions; 90 MB if all are curves."""
STEPS, CHOICES, POINTS = 41, 8, 64
"""The most of a lesson, of a question, of a curve."""
LARGEST = 1e9
"""Of the numbers and coordinates that are predicted."""
LESSON, LINK, BODY = 16_100, 300, 20_000
"""Characters of a lesson, which may be one that its link carries whole, of a link into a room; bytes of a request."""
PRESENT = 30.0
"""Seconds since a participant asked last, within which it counts as present."""
CROWD = 60
"""Participants for whom all others wait a second longer before they ask again: some 60 requests a second of a room."""
TOKEN = "Unrolled-Token"
HEADERS = {"Cache-Control": "no-store", "Content-Encoding": "identity"}


class Refused(Exception):
    """A request that is not done, with the reason as a sentence."""

    def __init__(self, sentence: str, status: int):
        """The sentence, and the status of the answer."""
        super().__init__(sentence)
        self.sentence, self.status = sentence, status


class Allowance:
    """So many at once of each client, and so many a second after that; what is known of a client fades in memory."""

    CLIENTS = 4096

    def __init__(self, at_once: float, a_second: float):
        """Every client has all of it."""
        self._at_once, self._a_second = at_once, a_second
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def left(self, client: str, now: float) -> float:
        """How much a client has."""
        left, since = self._left.get(client, (self._at_once, now))
        return min(self._at_once, left + self._a_second * (now - since))

    def take(self, client: str, now: float) -> bool:
        """Take one, where there is one."""
        left = self.left(client, now)
        if left < 1:
            return False
        self._left[client] = (left - 1, now)
        self._left.move_to_end(client)
        if len(self._left) > self.CLIENTS:
            self._left.popitem(last=False)
        return True


class Visit(NamedTuple):
    """A request's code, the address that it comes from, and what says who asks."""

    code: str
    client: str
    token: str


@dataclass
class Room:
    """A lecturer's key, where the lesson is, and what has been predicted."""

    key: str
    begun: float
    lesson: str
    step: int = 0
    held: bool = True
    name: str = field(default_factory=lambda: secrets.token_hex(4))  # another one where the room was opened anew
    seen: dict[str, float] = field(default_factory=dict)  # when each participant asked last
    predictions: dict[int, dict[str, tuple[str, Any]]] = field(default_factory=dict)  # by step and participant

    def is_of(self, key: str) -> bool:
        """Whether somebody is the lecturer."""
        return secrets.compare_digest(self.key.encode(), key.encode())

    def state(self, now: float, *, whole: bool) -> dict[str, Any]:
        """What participants follow; the whole of it has what only the lecturer sees."""
        state = {
            "room": self.name,
            "lesson": self.lesson,
            "step": self.step,
            "held": self.held,
            "again": 1 + len(self.seen) // CROWD,  # seconds
        }
        if whole:
            answered = self.predictions.get(self.step, {})  # a telephone that sleeps since is still in its owner's hand
            state["present"] = sum(now - seen < PRESENT or token in answered for token, seen in self.seen.items())
            state["answered"] = len(answered)
        return state

    def take(self, step: int, token: str, kind: str, value: Any) -> None:
        """A prediction, in place of an earlier one.

        Raises:
            Refused: there are too many.
        """
        mine = self.predictions.setdefault(step, {})
        if token not in mine and sum(map(len, self.predictions.values())) >= PREDICTIONS:
            raise Refused(_("The room is full: it takes {most} predictions.").format(most=PREDICTIONS), 429)
        mine[token] = (kind, value)

    def of_step(self, step: int) -> dict[str, list[Any]]:
        """{kind: predictions}, in the order of their values: nothing says whose they are, nor which came first."""
        found: dict[str, list[Any]] = {}
        for kind, value in self.predictions.get(step, {}).values():
            points = list(zip(value[::2], value[1::2], strict=True)) if kind == "curve" else value
            found.setdefault(kind, []).append(points)
        return {kind: sorted(values) for kind, values in sorted(found.items())}


class Rooms:
    """All rooms of this process."""

    def __init__(self, now: Callable[[], float] = time.monotonic):
        """There is none yet; `now` are seconds of a clock that never goes back."""
        self._now = now
        self._rooms: dict[str, Room] = {}
        self._over: OrderedDict[str, float] = OrderedDict()  # codes of rooms that were here, and when they were closed
        self._guesses = Allowance(
            PARTICIPANTS, 0.1
        )  # after a new start a whole class asks for a room that is not there
        self._opened = Allowance(12, 1 / 60)
        self._requests = Allowance(900, 300)  # a lecture hall behind one address

    def __len__(self) -> int:
        """Rooms that are open."""
        self.forget()
        return len(self._rooms)

    def forget(self) -> None:
        """Let go of the rooms whose hour is over, and an hour later of their codes."""
        now = self._now()
        for code in [code for code, room in self._rooms.items() if now - room.begun >= HOUR]:
            self._let_go(code)
        while self._over and (now - next(iter(self._over.values())) >= HOUR or len(self._over) > 1000):
            self._over.popitem(last=False)

    def _let_go(self, code: str) -> None:
        del self._rooms[code]
        self._over[code] = self._now()

    def note(self, client: str) -> None:
        """A request has come.

        Raises:
            Refused: there are too many from that address.
        """
        if not self._requests.take(client, self._now()):
            raise Refused(_("Too many requests came from your address. Wait a second."), 429)

    def find(self, visit: Visit) -> Room:
        """The room of a code.

        Wrong codes are counted, and after some the right one is refused as well, but not to those who are inside.

        Raises:
            Refused: there is none, or none any more, or too many wrong codes came from that address.
        """
        self._check(visit.code)
        room, now = self._rooms.get(visit.code), self._now()
        if room is not None and (visit.token in room.seen or room.is_of(visit.token)):
            return room
        if self._guesses.left(visit.client, now) < 1:
            raise Refused(_("Too many wrong codes came from your address. Wait a minute."), 429)
        if room is None:
            self._guesses.take(visit.client, now)
            raise Refused(_("There is no room with this code."), 404)
        return room

    def _check(self, code: str) -> None:
        self.forget()
        if code in self._over:
            raise Refused(_("The room has been closed."), 410)

    def enter(self, visit: Visit) -> Room:
        """The room of a code, for a participant, who is in it from now on, or its lecturer.

        Raises:
            Refused: as for `find`, or the room is full.
        """
        room = self.find(visit)
        if not room.is_of(visit.token):
            if visit.token not in room.seen and len(room.seen) >= PARTICIPANTS:
                raise Refused(_("The room is full: it takes {most} participants.").format(most=PARTICIPANTS), 429)
            room.seen[visit.token] = self._now()
        return room

    def lead(self, visit: Visit) -> Room:
        """The room of a code, for its lecturer.

        Raises:
            Refused: as for `find`, or the key is another.
        """
        room = self.find(visit)
        if not room.is_of(visit.token):
            self._guesses.take(visit.client, self._now())
            raise Refused(_("Only who has opened the room may do that."), 403)
        return room

    def show(self, visit: Visit, lesson: str, step: int, held: bool) -> bool:
        """Lead a room to a step of a lesson; another lesson begins with no predictions.

        Returns:
            Whether the room has been opened by this.

        Raises:
            Refused: the code is another lecturer's or of a room that was closed, or there are too many rooms.
        """
        self._check(visit.code)
        is_new = visit.code not in self._rooms
        if is_new:
            if len(self._rooms) >= ROOMS:
                raise Refused(_("Too many rooms are open at this server: it has {most}.").format(most=ROOMS), 429)
            if not self._opened.take(visit.client, self._now()):
                raise Refused(_("Too many rooms were opened from your address. Wait a minute."), 429)
            self._rooms[visit.code] = Room(visit.token, self._now(), lesson)
        room = self.lead(visit)
        if room.lesson != lesson:
            room.predictions.clear()
        room.lesson, room.step, room.held = lesson, step, held
        return is_new

    def close(self, visit: Visit) -> None:
        """Forget a room."""
        self.lead(visit)
        self._let_go(visit.code)

    def state(self, visit: Visit) -> dict[str, Any]:
        """What the owner of a token sees of a room."""
        room = self.enter(visit)
        return room.state(self._now(), whole=room.is_of(visit.token))


rooms = Rooms()


def guarded(handle: Callable[[Request, Visit], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Check who asks before anything is done, and answer a refusal with its sentence."""

    async def answer(request: Request) -> Response:
        language.speak(request.headers.get("accept-language", "").split(",")[0])
        client = request.client.host if request.client else ""
        try:
            refusal = admission.refusal(request)
            if refusal:
                raise Refused(refusal, 403)
            rooms.note(client)
            visit = Visit(_code(request.path_params["code"]), client, _token(request.headers.get(TOKEN, "")))
            return await handle(request, visit)
        except Refused as refused:
            later = {"Retry-After": "1"} if refused.status == 429 else {}
            return JSONResponse({"problem": refused.sentence}, refused.status, headers=HEADERS | later)

    return answer


@guarded
async def state(request: Request, visit: Visit) -> Response:
    """Where the lesson is, for everybody in the room."""
    content = json.dumps(rooms.state(visit)).encode()
    tag = {"ETag": f'"{hashlib.sha256(content).hexdigest()[:16]}"'}
    if request.headers.get("if-none-match") == tag["ETag"]:
        return Response(status_code=304, headers=HEADERS | tag)
    return Response(content, media_type="application/json", headers=HEADERS | tag)


@guarded
async def show(request: Request, visit: Visit) -> Response:
    """Where the lesson is, from the lecturer."""
    wanted = await _body(request, "lesson", "step", "held")
    lesson, step, held = _lesson(wanted["lesson"]), _whole("step", wanted["step"], STEPS), wanted["held"]
    if not isinstance(held, bool):
        raise _expected("held", _("true or false"), held)
    is_new = rooms.show(visit, lesson, step, held)
    if is_new:  # nobody may ask again, and what is over is forgotten all the same
        asyncio.get_running_loop().call_later(HOUR, rooms.forget)
    return JSONResponse(rooms.state(visit), 201 if is_new else 200, headers=HEADERS)


@guarded
async def close(request: Request, visit: Visit) -> Response:
    """The end, from the lecturer."""
    rooms.close(visit)
    return Response(status_code=204, headers=HEADERS)


@guarded
async def predictions(request: Request, visit: Visit) -> Response:
    """What has been predicted, for the lecturer."""
    asked = request.query_params.get("step", "")
    step = _whole("step", int(asked) if re.fullmatch("[0-9]{1,3}", asked) else asked, STEPS)
    return JSONResponse({"step": step, "predictions": rooms.lead(visit).of_step(step)}, headers=HEADERS)


@guarded
async def predict(request: Request, visit: Visit) -> Response:
    """What is predicted, from a participant."""
    sent = await _body(request, "step", "kind", "value")
    step, kind = _whole("step", sent["step"], STEPS), sent["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise _expected("kind", " | ".join(KINDS), kind)
    value = KINDS[kind](sent["value"])
    room = rooms.enter(visit)
    if room.is_of(visit.token):
        raise Refused(_("Who has opened the room predicts nothing in it."), 403)
    room.take(step, visit.token, kind, value)
    return Response(status_code=204, headers=HEADERS)


@guarded
async def qr(request: Request, visit: Visit) -> Response:
    """A link as a picture, black on white in every theme, for the lecturer."""
    rooms.lead(visit)
    link, host = request.query_params.get("link", ""), request.headers.get("host", "")
    if len(link) > LINK or not link.startswith((f"http://{host}/", f"https://{host}/")):
        raise _expected("link", _("a link of at most {most} characters to this server").format(most=LINK), link)
    drawn = io.BytesIO()
    segno.make_qr(link).save(drawn, kind="svg", xmldecl=False, scale=8, light="white")
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers=HEADERS)


def _expected(name: str, expected: str, came: Any) -> Refused:
    sentence = _("{name}: expected {expected}; got {came}.")
    return Refused(sentence.format(name=name, expected=expected, came=reprlib.repr(came)[:80]), 422)


def _code(code: str) -> str:
    if not re.fullmatch(f"[{LETTERS}]{{{LENGTH}}}", code):
        raise _expected("code", _("{count} of the letters {letters}").format(count=LENGTH, letters=LETTERS), code)
    return code


def _token(sent: str) -> str:
    if not re.fullmatch("[A-Za-z0-9_-]{22,64}", sent):
        raise Refused(_("{name}: expected 22 to 64 letters, digits, - or _.").format(name=TOKEN), 401)
    return sent


def _lesson(sent: Any) -> str:
    if not isinstance(sent, str) or not re.fullmatch(f"[A-Za-z0-9_=&-]{{1,{LESSON}}}", sent):
        raise _expected("lesson", _("a lesson as an address has it"), sent)
    return sent


def _whole(name: str, sent: Any, count: int) -> int:
    if not isinstance(sent, int) or isinstance(sent, bool) or not 0 <= sent < count:
        raise _expected(name, _("a whole number from 0 to {last}").format(last=count - 1), sent)
    return sent


def _number(sent: Any) -> float:
    if not isinstance(sent, int | float) or isinstance(sent, bool) or not abs(sent) <= LARGEST:  # NaN is not either
        raise _expected("value", _("a number from {low:g} to {high:g}").format(low=-LARGEST, high=LARGEST), sent)
    return float(sent)


def _curve(sent: Any) -> array:
    """A curve's points one after another, x before y, as single floats."""
    is_curve = isinstance(sent, list) and 2 <= len(sent) <= POINTS
    if not is_curve or not all(isinstance(point, list) and len(point) == 2 for point in sent):
        raise _expected("value", _("a list of 2 to {most} points [x, y]").format(most=POINTS), sent)
    return array("f", [_number(coordinate) for point in sent for coordinate in point])


KINDS: dict[str, Callable[[Any], Any]] = {
    "choice": lambda sent: _whole("value", sent, CHOICES),
    "number": _number,
    "curve": _curve,
}
"""What may be predicted, and how it is read."""


async def _body(request: Request, *names: str) -> dict[str, Any]:
    """A request's JSON, an object of just these names."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > BODY:
            raise Refused(_("body: expected at most {most} bytes.").format(most=BODY), 413)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.keys() != set(names):
        raise Refused(_("body: expected a JSON object of {names}.").format(names=", ".join(names)), 422)
    return found


ROOM = f"{home()}/room/{{code}}"
ROUTES = [
    Route(ROOM, state, methods=["GET"]),
    Route(ROOM, show, methods=["PUT"]),
    Route(ROOM, close, methods=["DELETE"]),
    Route(f"{ROOM}/predictions", predictions, methods=["GET"]),
    Route(f"{ROOM}/predictions", predict, methods=["PUT"]),
    Route(f"{ROOM}/qr", qr, methods=["GET"]),
]
