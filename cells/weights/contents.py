"""What a file holds before anyone says what it means: arrays by name, read when they are asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

MAX_BYTES = 64 * 2**20
"""Largest file that is read, and the most that may come out of a compressed one."""
MAX_ARRAYS = 10_000
"""Most arrays of a file."""
LITTLE = 2**20
"""What a file may hold unpacked, however small it is packed."""
OPTIMISER = ("optimizer", "optimiser", "opt_state", "exp_avg", "momentum", "adam", "rmsprop", "slot_variables")
"""What in a name says that an array belongs to an optimiser: such arrays have the very shapes of the weights."""


class WeightsError(ValueError):
    """A file that cannot be used; the message says what was expected and what came."""


class File(NamedTuple):
    """A file as it came.

    Attributes:
        name: its name, for what is said of it and for formats that nothing else tells apart; "" if unknown.
        data: its bytes.
        beside: name of a file in the same folder -> its bytes; for a model in several files.
    """

    name: str
    data: bytes
    beside: Callable[[str], bytes]

    def named(self, *endings: str) -> bool:
        """Whether its name ends so."""
        return self.name.lower().endswith(endings)


class Stored(NamedTuple):
    """An array in a file, not yet read.

    Attributes:
        shape: its shape.
        dtype: the name of its type, as the file has it.
        load: reads it.
    """

    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], np.ndarray]

    @classmethod
    def of(cls, array: np.ndarray) -> "Stored":
        """One that stands in memory already."""
        return cls(tuple(array.shape), str(array.dtype), lambda: array)


class Budget:
    """How many bytes may still come out of a compressed file.

    Raises:
        WeightsError: `take` is asked for more than is left.
    """

    def __init__(self, packed: int):
        self.left = min(max(2 * packed, LITTLE), MAX_BYTES)

    def take(self, size: int, name: str) -> None:
        """Take some of them, for what has this name."""
        if size > self.left:
            raise WeightsError(
                f"file: expected {shown(name)} to take at most {megabytes(self.left)}; it takes {megabytes(size)}: "
                "more than a file of this size may."
            )
        self.left -= size


@dataclass
class Contents:
    """What a format finds in a file.

    Attributes:
        format: what the file is, in prose.
        arrays: by name, in the file's order.
        facts: what else the file says, by a name that its format and the namings agree on.
        remarks: whole sentences on what is in the file besides.
        layers: recurrent layers, where the format itself says which arrays are one.
        used: names of the arrays that these are made of.
        refused: sentences on what is a recurrent layer and cannot be read.
        room: for the layers' arrays; many layers may be made of one array.
    """

    format: str
    arrays: dict[str, Stored] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    layers: list[Any] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    room: Budget | None = None

    def weights(self) -> dict[str, Stored]:
        """The arrays that may be weights: those of an optimiser are not."""
        return {name: array for name, array in self.arrays.items() if not of_an_optimiser(name)}


def of_an_optimiser(name: str) -> bool:
    """Whether a name says that an array belongs to an optimiser."""
    return any(word in name.lower() for word in OPTIMISER)


def megabytes(size: int) -> str:
    """A number of bytes in words."""
    return f"{size / 2**20:.1f} MB" if size < 2**40 else f"{size / 2**40:.3g} TB"


def shown(name: Any) -> str:
    """A name out of a file, short and in quotes."""
    text = str(name)
    return repr(text if len(text) <= 80 else f"{text[:38]}...{text[-39:]}")


def typed(name: str) -> np.dtype:
    """The type of an array by name, the small floats of machine learning among them.

    Raises:
        WeightsError: NumPy and ml_dtypes know no such type.
    """
    import ml_dtypes

    try:
        return np.dtype(getattr(ml_dtypes, name, None) or name)
    except TypeError:
        raise WeightsError(f"file: expected arrays of numbers; got the type {shown(name)}.") from None


def viewed(data: Any, dtype: np.dtype, shape: tuple[int, ...], name: str, offset: int = 0) -> np.ndarray:
    """Bytes as an array, without copying them.

    Raises:
        WeightsError: there are too few of them, or the shape is none.
    """
    if any(size < 0 for size in shape) or len(shape) > 8:
        raise WeightsError(f"file: expected the shape of an array for {shown(name)}; got {shape}.")
    count = 1
    for size in shape:
        count *= size
    if offset < 0 or offset + count * dtype.itemsize > len(data):
        raise WeightsError(
            f"file: expected {count * dtype.itemsize} bytes for {shown(name)}; "
            f"got {max(len(data) - offset, 0)}: the file was cut short."
        )
    return np.frombuffer(data, dtype, count, offset).reshape(shape)


def in_folder(folder: Path) -> Callable[[str], bytes]:
    """Reads a file of a folder, and of no other."""

    def read(name: str) -> bytes:
        path = folder / name
        if Path(name).name != name or not path.is_file() or path.is_symlink():
            raise FileNotFoundError(name)
        if path.stat().st_size > MAX_BYTES:
            raise WeightsError(
                f"file: expected at most {megabytes(MAX_BYTES)}; {name} has {megabytes(path.stat().st_size)}."
            )
        return path.read_bytes()

    return read


def among(files: Mapping[str, bytes]) -> Callable[[str], bytes]:
    """Reads one of some files that came together."""

    def read(name: str) -> bytes:
        if name not in files:
            raise FileNotFoundError(name)
        return files[name]

    return read
