"""What the live component shows of a picture, and how it is sent."""

import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from app.settings import Picture
from cells.experiment import Experiment


class Words(NamedTuple):
    """What a page says of a picture.

    Attributes:
        headline: the verdict in a word.
        kind: the same, as a key.
        sentence: the verdict.
        asides: one line on what stands beside it; empty if there is none.
        comparisons: one sentence a pin.
        badge: the check of the numbers.
        badge_ok: whether it passed.
    """

    headline: str
    kind: str
    sentence: str
    asides: str
    comparisons: list[str]
    badge: str
    badge_ok: bool


class Frame(NamedTuple):
    """A live figure.

    Attributes:
        runs: the experiments it computes.
        progress: the share done of what must be computed or compiled first, from 0 to 1; None if nothing must.
        words: what it says.
        figure: what it draws for the theme "light" or "dark", as a Plotly dict.
        more: what else the page's own script reads.
    """

    runs: Callable[[Picture], list[Experiment]]
    progress: Callable[[Picture], float | None]
    words: Callable[[Picture], Words]
    figure: Callable[[Picture, str], dict[str, Any]]
    more: Callable[[Picture, str], dict[str, Any]] = lambda picture, mode: {}

    def to_json(self, picture: Picture, mode: str) -> bytes:
        """{"query", "words", "figure"}, arrays as float32 in Plotly's base64 form."""
        more = self.more(picture, mode)  # first: what is still growing must not be said to be further than it is drawn
        parts = {
            "query": picture.to_query(),
            "words": self.words(picture)._asdict(),
            "figure": self.figure(picture, mode),
        } | more
        return json.dumps(parts, ensure_ascii=False, allow_nan=False, default=_packed).encode()


def _packed(values: np.ndarray) -> dict[str, str]:
    packed = {"dtype": "f4", "bdata": base64.b64encode(np.asarray(values, np.float32).tobytes()).decode()}
    return packed | {"shape": ",".join(map(str, values.shape))} if values.ndim > 1 else packed
