"""MessagePack as flax writes it: nested dicts of arrays."""

from typing import Any

import numpy as np

from cells.weights.contents import Contents, File, Stored, WeightsError, shown, typed, viewed

LABEL = "flax (.msgpack)"
ORDER = 85
ARRAY, COMPLEX, SCALAR = 1, 2, 3
"""Flax's own kinds of values."""
MAX_DEPTH = 60
MAX_VALUES, MAX_LENGTH = 200_000, 4096
"""Most values of a file, and of one dict or list: a value of one byte becomes an object of sixty."""


def recognises(file: File) -> bool:
    """By the name, or by a dict of names as the first value."""
    first, second = (*file.data[:2], 0, 0)[:2]
    return file.named(".msgpack") or ((0x81 <= first <= 0x8F or first in (0xDE, 0xDF)) and 0xA1 <= second <= 0xBF)


def contents(file: File) -> Contents:
    """Arrays by their path, with / between its steps."""
    import msgpack

    def read(kind: int, data: bytes) -> Any:
        if kind not in (ARRAY, SCALAR):
            return None
        shape, dtype, buffer = msgpack.unpackb(data, raw=False, strict_map_key=False)
        return viewed(buffer, typed(dtype), tuple(shape), "array")

    left = [MAX_VALUES]

    def counted(values: Any) -> Any:
        left[0] -= 1 + len(values)
        if left[0] < 0:
            raise WeightsError(f"file: expected a msgpack file of at most {MAX_VALUES} values; it has more.")
        return values

    limits = {"max_array_len": MAX_LENGTH, "max_map_len": MAX_LENGTH, "object_hook": counted, "list_hook": counted}
    try:
        tree = msgpack.unpackb(file.data, ext_hook=read, raw=False, strict_map_key=False, **limits)
    except WeightsError:
        raise
    except (ValueError, TypeError, msgpack.UnpackException, msgpack.exceptions.ExtraData) as error:
        raise WeightsError(f"file: expected a whole msgpack file; it is broken: {shown(error)}.") from None
    found = Contents("flax")
    waiting: list[tuple[str, Any, int]] = [("", tree, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if isinstance(value, np.ndarray):
            found.arrays[path or "array"] = Stored.of(value)
        elif isinstance(value, dict) and "__msgpack_chunked_array__" in value:
            found.arrays[path or "array"] = _chunked(path, value)
        elif isinstance(value, dict) and depth < MAX_DEPTH:
            steps = [(f"{path}/{key}" if path else str(key), item, depth + 1) for key, item in value.items()]
            waiting += reversed(steps)
    return found


def _chunked(path: str, value: dict) -> Stored:
    """An array too large for one value, in pieces."""
    parts, shape = list(value.get("chunks", {}).values()), value.get("shape", {})
    shape = tuple(shape.values() if isinstance(shape, dict) else shape)
    if not parts or not all(isinstance(part, np.ndarray) for part in parts):
        raise WeightsError(f"{shown(path)}: expected an array in pieces; got something else.")
    return Stored(shape, str(parts[0].dtype), lambda: np.concatenate([part.ravel() for part in parts]).reshape(shape))
