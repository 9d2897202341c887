"""Zip archives: members are read one by one, and no more of them than there is room for."""

import io
import zipfile
import zlib

from cells.weights.contents import MAX_ARRAYS, Budget, WeightsError, shown

BEGINS = b"PK\x03\x04"
MEMBER = b"PK\x01\x02"
"""How an entry of an archive's table begins: of 46 bytes, where Python makes half a kilobyte of each."""
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError, KeyError)
"""What the standard library raises of a broken archive, one time or another."""


class Archive:
    """A zip archive in memory.

    Raises:
        WeightsError: it is broken.
    """

    def __init__(self, data: bytes):
        if data.count(MEMBER) > MAX_ARRAYS:
            raise WeightsError(f"file: expected an archive of at most {MAX_ARRAYS} members; it has more.")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except BROKEN:
            raise WeightsError("file: expected a whole zip archive; it is broken or was cut short.") from None
        self.names = self._zip.namelist()
        self._budget = Budget(len(data))

    def size(self, name: str) -> int:
        """Bytes that a member says it unpacks to.

        Raises:
            WeightsError: there is no such member.
        """
        if name not in self.names:
            raise WeightsError(f"file: expected the member {shown(name)} in the archive; it is not there.")
        return self._zip.getinfo(name).file_size

    def read(self, name: str, most: int | None = None) -> bytes:
        """A member, or its first bytes.

        Raises:
            WeightsError: it is too large, broken or encrypted.
        """
        size = self.size(name)
        if most is None:
            self._budget.take(size, name)
        size = size if most is None else min(size, most)
        try:
            with self._zip.open(name) as member:
                return member.read(size)
        except BROKEN:
            raise WeightsError(f"file: expected a whole zip archive; its member {shown(name)} is broken.") from None


def listing(data: bytes) -> list[str]:
    """Names of the members of a zip archive; none where it is no such archive."""
    if not data.startswith(BEGINS):
        return []
    try:
        return Archive(data).names
    except WeightsError:
        return []
