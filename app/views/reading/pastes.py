"""Texts too long for a link: kept by this process while there is room, found by their fingerprint."""

import hashlib
import sys
from urllib.parse import quote

from app.background.answer import Store
from app.settings import Settings
from app.views.reading.settings import LINKED

MOST = 8 * 2**20
"""Bytes of all texts together: room for more than a hundred of the longest."""


def fields(text: str) -> dict[str, str]:
    """The fields that stand for a text: itself where a link can carry it, else its fingerprint."""
    if len(quote(text, safe="")) <= LINKED:
        return {"read_text": text, "read_paste": ""}
    return {"read_text": "", "read_paste": keep(text)}


def keep(text: str) -> str:
    """Remember a text; returns its fingerprint."""
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]
    _texts.put(fingerprint, text)
    return fingerprint


def found(settings: Settings) -> str | None:
    """The text named by its fingerprint; None where this process has it no more, or none is named."""
    return _texts.get(settings.read_paste)


_texts: Store[str, str] = Store(MOST, sys.getsizeof)
