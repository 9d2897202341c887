"""What a number format cannot hold, shaded on a log10 axis."""

from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from app.language import _
from app.plot.traces import edge_label, level, shade

LABEL_ROOM = 0.045
"""Share of the axis that the label of a band needs."""


class Band(NamedTuple):
    """A region of the log10 axis that a number format cannot hold."""

    low: float
    high: float
    label: str


def bands() -> list[Band]:
    """What float16, bfloat16 and float32 cannot hold: below their smallest number, above their largest."""
    limits = {}
    for name, kind in (("float16", np.float16), ("bfloat16", ml_dtypes.bfloat16), ("float32", np.float32)):
        info = ml_dtypes.finfo(kind)
        limits[name] = (np.log10(float(info.smallest_subnormal)), np.log10(float(info.max)))
    far = 1e4
    under = [Band(-far, low, _("{name} is zero below").format(name=name)) for name, (low, high) in limits.items()]
    over = [
        Band(limits["float16"][1], far, _("float16 overflows above")),
        Band(limits["bfloat16"][1], far, _("bfloat16 and float32 overflow above")),
    ]
    return under + over


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
