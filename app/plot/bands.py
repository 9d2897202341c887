"""What a number format cannot hold, shaded on a log10 axis."""

from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from app.language import _
from app.plot.traces import edge_label, level, shade

FAR = 1e4
"""Decades at which a band ends that has no end."""
LABEL_ROOM = 0.045
"""Share of the axis that the label of a band needs."""


class Band(NamedTuple):
    """A region of the log10 axis that a number format cannot hold."""

    low: float
    high: float
    label: str


def bands() -> list[Band]:
    """What float16, bfloat16 and float32 cannot hold: below their smallest number, above their largest."""
    half, brain, single = (ml_dtypes.finfo(kind) for kind in (np.float16, ml_dtypes.bfloat16, np.float32))
    under = {
        _("float16 is zero below"): half.smallest_subnormal,
        _("JAX on a CPU: float32 is zero below"): single.tiny,  # XLA flushes what is subnormal
        _("NumPy, PyTorch: bfloat16 is zero below"): brain.smallest_subnormal,
        _("NumPy, PyTorch: float32 is zero below"): single.smallest_subnormal,
    }
    over = {_("float16 overflows above"): half.max, _("bfloat16 and float32 overflow above"): brain.max}
    return [
        *(Band(-FAR, np.log10(float(edge)), label) for label, edge in under.items()),
        *(Band(np.log10(float(edge)), FAR, label) for label, edge in over.items()),
    ]


def band_shapes(axis: tuple[float, float], colours: dict[str, str]) -> list[dict[str, Any]]:
    """The bands as shaded rectangles, and the edges that an axis shows as dotted lines with their names."""
    shaded, edge = colours["band"], {"width": 1, "dash": "dot", "layer": "between"}
    shapes = [shade(None, (band.low, band.high), "y", shaded, layer="below") for band in bands()]
    for at, name, side in _named_edges(axis):
        shapes.append(level(at, "y", colours["band_edge"], **edge, label=edge_label(name, "end", side, colours)))
    return shapes


def _named_edges(axis: tuple[float, float]) -> list[tuple[float, str, str]]:
    """(edge, label, side of the label's anchor) of the bands that begin on an axis and have room beside their edge."""
    room = LABEL_ROOM * (axis[1] - axis[0])
    edges = {
        band.label: (band.high, (-1, 1)) if band.low < -1e3 else (band.low, (1, -1))  # first the side it speaks of
        for band in bands()
    }
    drawn = {label: found for label, found in edges.items() if axis[0] < found[0] < axis[1]}
    named = []
    for label, (edge, sides) in drawn.items():
        free = [side for side in sides if not any(0 < (other - edge) * side < room for other, _sides in drawn.values())]
        if free:
            named.append((edge, label, "top" if free[0] < 0 else "bottom"))
    return named
