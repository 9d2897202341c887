"""Safetensors: a header of JSON, and the numbers."""

import json
from pathlib import PurePath

from cells.weights.contents import (
    MAX_BYTES,
    Budget,
    Contents,
    File,
    Stored,
    WeightsError,
    megabytes,
    shown,
    typed,
    viewed,
)

LABEL = "safetensors"
ORDER = 20
MAX_HEADER = 4 * 2**20
"""Longest header: room for 10,000 arrays with long names."""
DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2", "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8", "U64": "uint64",
    "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


def recognises(file: File) -> bool:
    """By the name, or by a header of JSON behind eight bytes."""
    return file.named(".safetensors", ".safetensors.index.json") or file.data[8:10] == b'{"'


def contents(file: File) -> Contents:
    """Of one file, or of all that an index names."""
    if not file.named(".index.json"):
        return Contents(LABEL, _tensors(file.name, file.data))
    found = Contents("safetensors in several files")
    total = len(file.data)
    for shard in _shards(file):
        try:
            data = file.beside(shard)
        except FileNotFoundError:
            raise WeightsError(
                f"file: expected {shown(shard)} beside the index, which names it; it is not there."
            ) from None
        total += len(data)
        if total > MAX_BYTES:
            raise WeightsError(f"file: expected at most {megabytes(MAX_BYTES)} in all files; there are more.")
        found.arrays |= _tensors(shard, data)
    found.room = Budget(total)
    return found


def _shards(file: File) -> list[str]:
    try:
        names = json.loads(file.data)["weight_map"].values()
        shards = list(dict.fromkeys(names))
        plain = all(isinstance(name, str) and PurePath(name).name == name and "\\" not in name for name in shards)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise WeightsError("file: expected an index with a weight_map; got something else.") from None
    if not plain:
        raise WeightsError("file: expected an index of files in its own folder; it names one elsewhere.")
    return shards


def _tensors(name: str, data: bytes) -> dict[str, Stored]:
    import safetensors

    size = int.from_bytes(data[:8], "little")
    if size > len(data) - 8:
        raise WeightsError(
            f"file: expected safetensors with a header that is in the file; {shown(name)} says its header has {size} "
            f"bytes, and {max(len(data) - 8, 0)} follow: it was cut short, or is something else."
        )
    if size > MAX_HEADER:
        raise WeightsError(
            f"file: expected safetensors with a header of at most {megabytes(MAX_HEADER)}; it is larger."
        )
    try:
        tensors = safetensors.deserialize(data)
    except safetensors.SafetensorError as error:
        raise WeightsError(f"file: expected whole safetensors; {shown(name)} is broken: {error}.") from None
    return {key: _stored(key, tensor) for key, tensor in tensors}


def _stored(name: str, tensor: dict) -> Stored:
    dtype, shape = DTYPES.get(tensor["dtype"]), tuple(tensor["shape"])

    def load():
        if dtype is None:
            raise WeightsError(f"{shown(name)}: expected numbers of a known type; got {tensor['dtype']}.")
        return viewed(tensor["data"], typed(dtype), shape, name)

    return Stored(shape, dtype or tensor["dtype"], load)
