"""What was uploaded: in this process's memory alone, bounded in bytes, and for no longer than it is asked for.

It is found by its fingerprint, which only who has the very same file can know, or who was given the link. The name of
the file is not kept: somebody else with the same file would read it.
"""

import base64
import dataclasses
import hashlib
import threading
import time
from functools import cache
from typing import Generic, NamedTuple, TypeVar

from app.background.answer import Store, size_of
from app.views.mine.make_example import EXAMPLE
from cells.inputs import MISSING, InputError, Table, table
from cells.weights import Found, WeightsError, read

Value = TypeVar("Value")

DIGITS = 22
"""Characters of a fingerprint: 132 bits."""
HOUR = 3600.0
"""Seconds after which what nobody has asked for is forgotten."""
MOST = 256 * 2**20
"""Bytes of all networks together, each counted with its file."""
MOST_SERIES = 32 * 2**20
"""Bytes of all sequences together."""
MOST_STEPS = 4096
"""Longest sequence; of a longer one the end is kept."""


class _Entry(NamedTuple):
    value: object
    bytes: int
    asked: list[float]  # one number: when somebody last asked for it


class Uploads(Generic[Value]):
    """Values by fingerprint, bounded in bytes and in time."""

    def __init__(self, most: int):
        """Nothing is kept yet."""
        self._store: Store[str, _Entry] = Store(most, lambda entry: entry.bytes)
        self._guard = threading.Lock()
        self._timer: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._store)

    def keep(self, data: bytes, value: Value) -> str:
        """Remember what was read of some bytes; returns their fingerprint."""
        fingerprint = fingerprint_of(data)
        self._store.put(fingerprint, _Entry(value, len(data) + size_of(value), [time.monotonic()]))
        self._look_again(HOUR)
        return fingerprint

    def get(self, fingerprint: str) -> Value | None:
        """What it stands for; None where it is not here, or no longer."""
        entry = self._store.get(fingerprint)
        if entry is None or time.monotonic() - entry.asked[0] > HOUR:
            self._store.drop(fingerprint)
            return None
        entry.asked[0] = time.monotonic()
        return entry.value

    def forget_old(self) -> None:
        """Drop what nobody has asked for within the hour, and look again when the next is due."""
        with self._guard:
            self._timer = None
        now, due = time.monotonic(), []
        for fingerprint, entry in self._store.items():
            left = HOUR - (now - entry.asked[0])
            if left <= 0:
                self._store.drop(fingerprint)
            else:
                due.append(left)
        if due:
            self._look_again(min(due))

    def forget(self) -> None:
        """Drop everything."""
        self._store.forget()

    def _look_again(self, seconds: float) -> None:
        with self._guard:
            if self._timer is None:
                self._timer = threading.Timer(seconds + 1, self.forget_old)
                self._timer.daemon = True
                self._timer.start()


def fingerprint_of(data: bytes) -> str:
    """The beginning of their SHA-256, in letters that an address carries as they are."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()[:DIGITS]


def keep_model(data: bytes, name: str) -> str:
    """Read a weight file and remember it; returns its fingerprint.

    Raises:
        WeightsError: it cannot be read, or has no recurrent layer; the message says what was expected and what came.
    """
    with _reading:  # one file at a time: each may take several times its size while it is read
        found = read(data, name)
    if not found.layers:
        told = " ".join([*found.refused, *found.remarks])
        raise WeightsError(f"file: expected a recurrent layer; there is none. {told}".strip())
    return models.keep(data, dataclasses.replace(found, name=""))


def model(fingerprint: str) -> Found | None:
    """The file of a fingerprint, the example where it is empty; None where it is not here, or no longer."""
    return models.get(fingerprint) if fingerprint else example()


@cache
def example() -> Found:
    """The network that comes with the page."""
    return read(EXAMPLE.read_bytes(), EXAMPLE.name)


def keep_series(data: bytes) -> str:
    """Read a table and remember it; returns its fingerprint.

    Raises:
        InputError: it cannot be read, whatever is done with missing values.
    """
    return series.keep(data, read_series(data))


def read_series(data: bytes) -> dict[str, Table]:
    """{what becomes of missing values: the table}; "" alone where none is missing."""
    try:
        return {"": _ending(table(data))}
    except InputError:
        return {missing: _ending(table(data, missing)) for missing in MISSING}


def _ending(found: Table) -> Table:
    return found._replace(values=found.values[-MOST_STEPS:].copy())


models: Uploads[Found] = Uploads(MOST)
series: Uploads[dict[str, Table]] = Uploads(MOST_SERIES)
_reading = threading.Lock()
