"""What all figures have in common."""

from typing import Any

import numpy as np


def canvas(colours: dict[str, str], size: int = 13) -> dict[str, Any]:
    """Background, letters of a size in pixels, and hover label; the gaps of a map say nothing."""
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": colours["text"], "size": size},
        "hoverlabel": {"bgcolor": colours["label"], "font": {"color": colours["text"], "size": 13}},
        "dragmode": False,
        "template": {"data": {"heatmap": [{"hoverongaps": False}]}},
    }


def layout(colours: dict[str, str]) -> dict[str, Any]:
    """Layout of a live figure: canvas, margins, and a legend above it."""
    return canvas(colours) | {
        "margin": {"l": 58, "r": 12, "t": 6, "b": 40},
        "hovermode": "x",
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 12}},
    }


def axis(colours: dict[str, str]) -> dict[str, Any]:
    """An axis that cannot be dragged away, with a line at 0."""
    return {
        "gridcolor": colours["grid"],
        "zeroline": True,
        "zerolinecolor": colours["zero"],
        "linecolor": colours["grid"],
        "fixedrange": True,
    }


def title(text: str) -> dict[str, Any]:
    """An axis title near its axis."""
    return {"text": text, "standoff": 4}


def spacing(length: int, most: int = 12) -> int:
    """Steps between two ticks, a round number, so that there are no more than `most` of them."""
    return next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if length / step <= most)


def around_zero(values: np.ndarray) -> dict[str, Any]:
    """A low axis that holds all values and at least those from -1 to 1, 0 in its middle, with three round numbers."""
    largest = max(1.0, float(np.max(np.abs(values), initial=0.0)))
    unit = 10.0 ** np.floor(np.log10(largest))
    round_one = float(unit * np.floor(largest / unit))
    return {
        "range": [-1.15 * largest, 1.15 * largest],
        "tickvals": [-round_one, 0, round_one],
        "showticklabels": True,
        "exponentformat": "power",
        "tickfont": {"size": 11},
    }


def steps(count: int) -> np.ndarray:
    """1 to T."""
    return np.arange(1, count + 1, dtype=np.float32)


def mode(count: int) -> str:
    """A line needs two points; a few are easier to see as points too."""
    return "lines" if count > 3 else "lines+markers"
