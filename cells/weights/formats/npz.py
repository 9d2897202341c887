"""NumPy: one array (.npy), or a zip of them (.npz)."""

import io

import numpy as np

from cells.weights.contents import Contents, File, Stored, WeightsError, shown, viewed
from cells.weights.zips import Archive, listing

LABEL = "NumPy (.npz, .npy)"
ORDER = 30
MAGIC = b"\x93NUMPY"
HEADER = 2**14
"""Bytes in which the header of an array must end."""


def recognises(file: File) -> bool:
    """By the first bytes of an array, or by arrays in a zip."""
    return file.data.startswith(MAGIC) or any(name.endswith(".npy") for name in listing(file.data))


def contents(file: File) -> Contents:
    """Of one array, or of all of a zip."""
    if file.data.startswith(MAGIC):
        return Contents("NumPy, one array", {"array": _stored("array", file.data[:HEADER], lambda: file.data)})
    archive = Archive(file.data)
    found = Contents("NumPy, arrays by name")
    for member in archive.names:
        name = member.removesuffix(".npy")
        if member == name:
            found.remarks.append(f"{shown(member)} in the archive is no array.")
            continue
        found.arrays[name] = _stored(name, archive.read(member, HEADER), lambda member=member: archive.read(member))
    return found


def _stored(name, head, read) -> Stored:
    stream = io.BytesIO(head)
    try:
        version = np.lib.format.read_magic(stream)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = header(stream)
    except (ValueError, EOFError, TypeError, SyntaxError):
        raise WeightsError(f"file: expected an array of NumPy in {shown(name)}; its header is broken.") from None
    if dtype.hasobject or dtype.names:
        raise WeightsError(
            f"file: expected arrays of numbers; {shown(name)} holds pickled objects, which were not unpickled."
        )
    begin = stream.tell()

    def load() -> np.ndarray:
        flat = viewed(read(), dtype, shape[::-1] if fortran else shape, name, begin)
        return flat.T if fortran else flat

    return Stored(tuple(shape), dtype.newbyteorder("=").name, load)
