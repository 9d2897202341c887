"""Recurrent networks out of weight files: what is in them, what it means, and what they do not say.

    import cells

    found = cells.weights.read("model.safetensors")
    found[0].asked  # {} where the file says everything
    cell = found[0].cell()

Nothing in a file is run and nothing is written. A file is at most 64 MB. The libraries of the formats are imported when
a file asks for them.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

from cells.weights import formats, namings
from cells.weights.contents import (
    MAX_ARRAYS,
    MAX_BYTES,
    Budget,
    Contents,
    File,
    WeightsError,
    among,
    in_folder,
    megabytes,
    of_an_optimiser,
    shown,
)
from cells.weights.found import GATES, RESETS, Fact, Found, Layer, Other

__all__ = ["GATES", "MAX_BYTES", "RESETS", "Fact", "Found", "Layer", "Other", "WeightsError", "read"]

MISTAKEN = {
    b"version https://git-lfs": "a pointer of Git LFS and not the file itself: `git lfs pull` brings it",
    b"\x89PNG\r\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF": "a PDF document",
    b"<!DOCTYPE": "a web page: the download failed",
    b"<!doctype": "a web page: the download failed",
    b"<html": "a web page: the download failed",
    b"#dynet#": "a model of DyNet, which is not read",
    b"#Parameter#": "a model of DyNet, which is not read",
    b"#LookupParameter#": "a model of DyNet, which is not read",
    b"GGUF": "a GGUF file, which is not read",
    b"\x1f\x8b": "a gzip archive: unpack it first",
    b"Rar!": "a RAR archive: unpack it first",
    b"7z\xbc\xaf": "a 7z archive: unpack it first",
}
"""How files begin that are often taken for weights."""
INITIAL = ("init_hidden", "initial_state", "initial_h", "init_state", "h_0", "c_0", "h0", "c0")
"""How names end of what is a state to begin with."""


def read(
    data: bytes | bytearray | memoryview | str | Path,
    name: str = "",
    beside: Mapping[str, bytes] | None = None,
) -> Found:
    """Every recurrent layer and direction of a weight file, and everything else in it by name.

    Args:
        data: the file's bytes, or its path.
        name: of the file, where bytes are given.
        beside: files that came with it, by name, for a model in several; with a path, those of its folder.

    Returns:
        Found; without any layer where the file has none.

    Raises:
        WeightsError: the file is broken, hostile, too large, of no known format, or needs a library that is missing.
            The message says what was expected and what came.
    """
    file = _opened(data, name, beside)
    try:
        return _found(file)
    except WeightsError:
        raise
    except ModuleNotFoundError as error:
        raise WeightsError(
            f"file: expected the library {error.name}, which reads this format; it is missing: "
            f"`pip install {error.name}`, or `pip install unrolled[weights]` for all formats."
        ) from None
    except (MemoryError, RecursionError):
        raise WeightsError("file: expected a file of weights; it asks for more memory than a file may.") from None
    except Exception as error:  # libraries fail in many ways on a broken file
        raise WeightsError(f"file: expected a whole file of weights; it is broken: {shown(error)}.") from error


def _found(file: File) -> Found:
    contents = _contents(file)
    if len(contents.arrays) > MAX_ARRAYS:
        raise WeightsError(f"file: expected at most {MAX_ARRAYS} arrays; it has {len(contents.arrays)}.")
    contents.room = contents.room or Budget(len(file.data))
    layers, used, refused = list(contents.layers), set(contents.used), list(contents.refused)
    for naming in _modules(namings):
        more = naming.layers(contents, used)
        layers += more.layers
        used |= more.used
        refused += more.refused
    others = tuple(
        Other(name, array.shape, array.dtype, _role(name))
        for name, array in contents.arrays.items()
        if name not in used
    )
    remarks = (*contents.remarks, *_twice(layers))
    return Found(file.name, contents.format, tuple(layers), others, tuple(refused), remarks)


def _opened(data: bytes | bytearray | memoryview | str | Path, name: str, beside: Mapping[str, bytes] | None) -> File:
    if isinstance(data, str | Path):
        path = Path(data)
        if not path.is_file():
            raise WeightsError(f"file: expected a file; there is none at {shown(path)}.")
        size = path.stat().st_size
        if size <= MAX_BYTES:
            nearby = in_folder(path.parent) if beside is None else among(beside)
            return File(name or path.name, path.read_bytes(), nearby)
    else:
        size = len(data)
        if size <= MAX_BYTES:
            return File(name, bytes(data), among(beside or {}))
    raise WeightsError(f"file: expected at most {megabytes(MAX_BYTES)}; got {megabytes(size)}.")


def _contents(file: File) -> Contents:
    if not file.data:
        raise WeightsError("file: expected a file of weights; got an empty one.")
    for beginning, came in MISTAKEN.items():
        if file.data.startswith(beginning):
            raise WeightsError(f"file: expected a file of weights; got {came}.")
    known = _modules(formats)
    for module in known:
        if module.recognises(file):
            return module.contents(file)
    labels = ", ".join(module.LABEL for module in known)
    raise WeightsError(f"file: expected one of these: {labels}. This one begins with {file.data[:8]!r}.")


@cache
def _modules(package: ModuleType) -> tuple[ModuleType, ...]:
    found = [
        importlib.import_module(f"{package.__name__}.{info.name}") for info in pkgutil.iter_modules(package.__path__)
    ]
    return tuple(sorted(found, key=lambda module: (module.ORDER, module.__name__)))


def _twice(layers: list[Layer]) -> list[str]:
    """Sentences on layers that have the weights of one before them."""
    first: dict[bytes, str] = {}
    pairs = [(layer.name, first.setdefault(layer.fingerprint(), layer.name)) for layer in layers]
    return [f"{shown(name)} has the weights of {shown(other)}." for name, other in pairs if name != other]


def _role(name: str) -> str:
    if of_an_optimiser(name):
        return "optimiser"
    return "initial state" if name.endswith(INITIAL) else "other"
