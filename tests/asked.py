"""How often a question is asked: `make test` asks it of a few, `make test-all` of every cell, seed, query and size."""

import os
from collections.abc import Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")
ALL = bool(os.environ.get("UNROLLED_TEST_ALL"))
CELLS = ("rnn", "lstm", "mingru")
"""The cells of which `make test` asks what is asked of every cell: one without gates, one with two states, one without
a recurrent matrix. What a cell itself promises, and its oracle, is asked of all."""
OF_ALL_CELLS = ("tests/cells/test_conformance.py", "tests/cells/test_zoo", "tests/cells/test_golden.py")

one_of_many = pytest.mark.skipif(not ALL, reason="one of many of its kind; `make test-all` asks it too")


def some(values: Iterable[T], count: int) -> list[T]:
    """A few of many, spread over them in their order; all of them with `make test-all`."""
    values = list(values)
    return values if ALL else values[:: max(1, len(values) // max(1, count))][:count]


def is_left_out(nodeid: str, params: dict, cells: Iterable[str]) -> bool:
    """Whether a test is asked of another cell than the few."""
    if ALL or nodeid.startswith(OF_ALL_CELLS):
        return False
    asked = {value for value in params.values() if isinstance(value, str)} & set(cells)
    return bool(asked) and asked.isdisjoint(CELLS)
