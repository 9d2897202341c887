"""What all figures have in common: canvas, layout and axes, as plain Plotly dicts."""

from typing import Any

import numpy as np

from app.language import _


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


def axis(colours: dict[str, str], **attributes: Any) -> dict[str, Any]:
    """An axis that cannot be dragged away, with a line at 0.

    Args:
        colours: the theme's.
        **attributes: of the axis, over what is usual: `axis(colours, range=(0, 1), title="h", nticks=4)`; a title
            given as text stands near its axis.
    """
    usual = {
        "gridcolor": colours["grid"],
        "zeroline": True,
        "zerolinecolor": colours["zero"],
        "linecolor": colours["grid"],
        "fixedrange": True,
    }
    return usual | _titled(attributes)


def step_axis(colours: dict[str, str], length: int, **attributes: Any) -> dict[str, Any]:
    """The axis of time, steps 1 to T, with ticks at round numbers and no grid."""
    usual = {"range": (0.5, length + 0.5), "dtick": spacing(length), "showgrid": False, "title": _("step t")}
    return axis(colours, **usual | attributes)


def spike(colours: dict[str, str]) -> dict[str, Any]:
    """What an axis of time has where one label names all values: an upright line under the pointer."""
    line = {"spikethickness": 1, "spikedash": "solid", "spikecolor": colours["muted"]}
    return {"showspikes": True, "spikemode": "across"} | line


def bare(**attributes: Any) -> dict[str, Any]:
    """An axis of which nothing is seen."""
    usual = {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showticklabels": False,
        "ticks": "",
    }
    return usual | _titled(attributes)


def _titled(attributes: dict[str, Any]) -> dict[str, Any]:
    text = attributes.get("title")
    return attributes | {"title": title(text)} if isinstance(text, str) else attributes


def title(text: str, standoff: int = 4, **font: Any) -> dict[str, Any]:
    """An axis title at a distance from its axis in pixels, in the font given by `size` and `color`."""
    return {"text": text, "standoff": standoff} | ({"font": font} if font else {})


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
