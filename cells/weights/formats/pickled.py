"""A pickle of arrays of NumPy, in any nesting of dicts and lists."""

import io

from cells.weights import pickles
from cells.weights.contents import Contents, File

LABEL = "a pickle of arrays (.pkl)"
ORDER = 90


def recognises(file: File) -> bool:
    """By its first byte, or by the name for pickles too old to have one."""
    binary = file.data[:1] == b"\x80" and 2 <= file.data[1] <= 5 if len(file.data) > 1 else False
    return binary or file.named(".pkl", ".pickle", ".pt", ".pth", ".bin", ".ckpt")


def contents(file: File) -> Contents:
    """Of one pickle."""
    arrays, _beside = pickles.arrays(pickles.load(io.BytesIO(file.data)))
    return Contents("a pickle of arrays", arrays)
