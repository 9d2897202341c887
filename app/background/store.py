"""A store bounded in bytes: what nobody has asked for the longest goes first."""

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

LEAST = 64
"""Bytes that any value counts at least."""


def size_of(value: Any) -> int:
    """Bytes of the arrays and texts in a value, through tuples, mappings and dataclasses."""
    if hasattr(value, "nbytes"):
        return LEAST + value.nbytes
    if isinstance(value, str | bytes):
        return LEAST + len(value)
    if isinstance(value, Mapping):
        return LEAST + sum(size_of(item) for item in value.values())
    if isinstance(value, tuple | list):
        return LEAST + sum(map(size_of, value))
    if dataclasses.is_dataclass(value):
        return LEAST + sum(size_of(getattr(value, field.name)) for field in dataclasses.fields(value))
    return LEAST


class Store(Generic[Key, Value]):
    """Values by key, for all threads.

    Args of the constructor:
        most: bytes that all values together may have; the last one asked for always stays.
        size: bytes of a value.
    """

    def __init__(self, most: int, size: Callable[[Value], int] = size_of):
        """Nothing is kept yet."""
        self._most, self._size = most, size
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self._bytes = 0
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._values)

    @property
    def bytes(self) -> int:
        """Bytes kept."""
        return self._bytes

    def get(self, key: Key) -> Value | None:
        """The value of a key, None where it is not there; it has been asked for."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of a key: the one there is, or a new one."""
        with self._lock:
            found = self.get(key)
            return self.put(key, make()) if found is None else found

    def put(self, key: Key, value: Value) -> Value:
        """Keep a value."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            self.measure(key)
        return value

    def measure(self, key: Key) -> None:
        """Count a value that has grown once more, and let others go where there is no room for it."""
        with self._lock:
            if key not in self._values:
                return
            self._bytes -= self._sizes.get(key, 0)
            self._sizes[key] = self._size(self._values[key])
            self._bytes += self._sizes[key]
            while self._bytes > self._most and len(self._values) > 1:
                gone, _value = self._values.popitem(last=False)
                self._bytes -= self._sizes.pop(gone)

    def values(self) -> list[Value]:
        """All that is kept, the last one asked for at the end."""
        with self._lock:
            return list(self._values.values())

    def forget(self) -> None:
        """Drop everything."""
        with self._lock:
            self._values.clear()
            self._sizes.clear()
            self._bytes = 0
