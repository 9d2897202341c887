"""Texts too long for a link: kept by this process, found by their fingerprint."""

import hashlib
import threading
from collections import OrderedDict
from urllib.parse import quote

from app.settings import LINKED, Picture

MAX_KEPT = 64
"""Texts kept; the one not asked for the longest goes first."""


def fields(text: str) -> dict[str, str]:
    """The fields of a picture that stand for a text: itself where a link can carry it, else its fingerprint."""
    if len(quote(text, safe="")) <= LINKED:
        return {"read_text": text, "read_paste": ""}
    return {"read_text": "", "read_paste": keep(text)}


def keep(text: str) -> str:
    """Remember a text; returns its fingerprint."""
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]
    with _lock:
        _texts[fingerprint] = text
        _texts.move_to_end(fingerprint)
        while len(_texts) > MAX_KEPT:
            _texts.popitem(last=False)
    return fingerprint


def found(picture: Picture) -> str | None:
    """The text that a picture names by its fingerprint; None where this process has forgotten it, or none is named."""
    with _lock:
        if picture.read_paste in _texts:
            _texts.move_to_end(picture.read_paste)
        return _texts.get(picture.read_paste)


_texts: OrderedDict[str, str] = OrderedDict()
_lock = threading.Lock()
