"""PyTorch: a zip of a pickle and its storages, or the older pickles one behind the other. PyTorch itself is not needed.

The pickle may hold a state_dict, a checkpoint with one, a whole module, or TorchScript.
"""

import io
from collections.abc import Callable
from typing import Any

import numpy as np

from cells.weights import pickles
from cells.weights.contents import Contents, File, WeightsError, shown, typed, viewed
from cells.weights.pickles import Name, Storage
from cells.weights.zips import Archive, listing

LABEL = "PyTorch (.pt, .pth)"
ORDER = 10
MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
"""How an older file begins: a pickle of one number."""
STORAGES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
    "ByteStorage": "uint8", "BoolStorage": "bool", "UntypedStorage": "uint8",
    "QInt8Storage": "int8", "QUInt8Storage": "uint8", "QInt32Storage": "int32",
}  # fmt: skip


def recognises(file: File) -> bool:
    """By a pickle in a zip, or by the number that older files begin with."""
    return file.data.startswith(MAGIC) or any(name.split("/")[-1] == "data.pkl" for name in listing(file.data))


def contents(file: File) -> Contents:
    """Of a file of either kind."""
    if file.data.startswith(MAGIC):
        return _found("PyTorch, in the older form", _legacy(file.data), False)
    archive = Archive(file.data)
    pickle = next(name for name in archive.names if name.split("/")[-1] == "data.pkl")
    folder = pickle.removesuffix("data.pkl")
    script = f"{folder}constants.pkl" in archive.names
    big = f"{folder}byteorder" in archive.names and archive.read(f"{folder}byteorder") == b"big"

    def numbers(key: str, dtype: str) -> np.ndarray:
        return _row(archive.read(f"{folder}data/{key}"), dtype, big)

    tree = pickles.load(io.BytesIO(archive.read(pickle)), _storages(numbers))
    return _found("TorchScript" if script else "PyTorch", tree, script)


def _found(label: str, tree: Any, script: bool) -> Contents:
    arrays, beside = pickles.arrays(tree)
    nested = isinstance(tree, dict) and isinstance(tree.get("state_dict"), dict)
    found = Contents(label, arrays, {"modules": _modules(beside)})
    if nested:
        found.remarks.append("It is a checkpoint; its weights stand under state_dict.")
    quantised = next((name for name, array in arrays.items() if array.dtype == "quantised"), None)
    if quantised:
        found.refused.append(f"{shown(quantised)} is quantised: a network that the zoo does not have.")
    if script:
        found.remarks.append("The code of the TorchScript was neither read nor run.")
    return found


def _modules(beside: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a whole module says of itself, by the names of its layers."""
    known = {}
    for path, values in beside.items():
        for layer in range(int(values.get("num_layers", 1)) if str(values.get("num_layers", 1)).isdigit() else 1):
            for reverse in ("", "_reverse"):
                known[f"{path}_l{layer}{reverse}".lstrip("_" if not path else "")] = values
        known[path] = values
    return known


def _row(data: bytes, dtype: str, big: bool = False) -> np.ndarray:
    numbers = typed(dtype)
    row = viewed(data, numbers, (len(data) // numbers.itemsize,), "storage")
    return row.byteswap() if big else row


def _storages(numbers: Callable[[str, str], np.ndarray]) -> Callable[[Any], Storage]:
    """Makes a storage of what a pickle says of it; its numbers are read when a tensor asks, and once."""
    kept: dict[str, Storage] = {}

    def persistent(given: Any) -> Storage:
        kind, storage, key, _location, size, *_view = given
        name = storage.name if isinstance(storage, Name) else str(storage)
        if kind != "storage" or name not in STORAGES:
            raise WeightsError(f"file: expected a storage of numbers; got {shown(name)}.")
        dtype, key = STORAGES[name], str(key)
        if key not in kept:
            rows: list[np.ndarray] = []

            def load() -> np.ndarray:
                if not rows:
                    row = numbers(key, dtype)
                    if len(row) < size:
                        raise WeightsError(
                            f"file: expected {size} numbers in storage {shown(key)}; got {len(row)}: it was cut short."
                        )
                    rows.append(row)
                return rows[0]

            kept[key] = Storage(dtype, int(size), load)
        return kept[key]

    return persistent


def _legacy(data: bytes) -> Any:
    """What the pickles say: a number, a version, the machine, the tree, the storages' keys; then the storages."""
    stream = io.BytesIO(data)
    stream.seek(len(MAGIC))
    for _ in range(2):
        pickles.load(stream)
    places: dict[str, tuple[int, int]] = {}

    def numbers(key: str, dtype: str) -> np.ndarray:
        if key not in places:
            raise WeightsError(f"file: expected the storage {shown(key)}; it is not there: the file was cut short.")
        begin, size = places[key]
        kind = typed(dtype)
        return viewed(data, kind, (size,), f"storage {key}", begin)

    sizes: dict[str, int] = {}
    persistent = _storages(numbers)

    def measured(given: Any) -> Storage:
        storage = persistent(given)
        sizes[str(given[2])] = typed(storage.dtype).itemsize
        return storage

    tree = pickles.load(stream, measured)
    keys = pickles.load(stream)
    place = stream.tell()
    for key in keys if isinstance(keys, list) else []:
        size = int.from_bytes(data[place : place + 8], "little")
        places[str(key)] = place + 8, size
        place += 8 + size * sizes.get(str(key), 1)
    return tree
