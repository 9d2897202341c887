"""The hero: log10 norm of the gradient over time, the unrolled chain and the input, on one time axis."""

from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from app import theme
from app.figures import style
from app.language import _, subscript

CHAIN_NODES = 12
"""Links of the chain that are drawn at the most; a longer sequence shows every k-th step."""
COLOUR_RANGE = 16.0
"""Decades on either side of 1 over which an arrow's colour changes."""
DASHES = ("solid", "dash", "dot", "dashdot")
"""A state's line style by its place in the state: h solid, c dashed."""
PIN_DASHES = ("dash", "dot", "dashdot", "longdash")
BOUND_DASHES = ("dot", "longdashdot")


LABEL_ROOM = 0.045
"""Share of the axis that the label of a band needs."""
CROWD = 5
"""Runs whose every curve has an entry in the legend."""


class Run(NamedTuple):
    """One cell's curves.

    Attributes:
        uid: prefix of its trace names.
        label: name in the legend.
        place: place of its cell in the menu, which gives its hue.
        log10_norm: {state: (T,)}.
        log10_state_norm: (T,).
        bounds: [(label, factor per step)] of theory.
        pin: its number if it is a ghost, else 0.
        chosen: whether the verdict speaks of it.
    """

    uid: str
    label: str
    place: int
    log10_norm: dict[str, np.ndarray]
    log10_state_norm: np.ndarray
    bounds: list[tuple[str, float]]
    pin: int
    chosen: bool


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
    across = {"xref": "paper", "x0": 0, "x1": 1, "yref": "y"}
    shaded = {"type": "rect", "fillcolor": colours["band"], "line": {"width": 0}, "layer": "below"}
    dotted = {"type": "line", "line": {"color": colours["band_edge"], "width": 1, "dash": "dot"}, "layer": "between"}
    shapes = [across | shaded | {"y0": band.low, "y1": band.high} for band in bands()]
    for edge, label, side in _named_edges(axis):
        shapes.append(across | dotted | {"y0": edge, "y1": edge, "label": _label(label, "end", side, colours)})
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


def arrays(runs: list[Run], xs: np.ndarray, length: int) -> dict[str, dict[str, Any]]:
    """What is drawn: {trace uid: {attribute path: array}}; float32 arrays, or lists of text.

    Args:
        runs: the curves; exactly one is chosen.
        xs: (T, channels) the input.
        length: T.
    """
    found: dict[str, dict[str, Any]] = {}
    for run in runs:
        for state, curve in run.log10_norm.items():
            found[f"{run.uid}.{state}"] = {"x": style.steps(len(curve)), "y": curve, "mode": style.mode(len(curve))}
        for place, (_label, factor) in enumerate(run.bounds):
            steps = style.steps(len(run.log10_state_norm))
            slope = np.float32(np.log10(factor) if factor > 0 else np.nan)
            found[f"{run.uid}.bound{place}"] = {
                "x": steps,
                "y": run.log10_state_norm[-1] + (len(steps) - steps) * slope,
            }
    chosen = next(run for run in runs if run.chosen)
    found["chain.nodes"], found["chain.arrows"] = chain(chosen.log10_state_norm, length)
    found["input"] = {
        "x": style.steps(length),
        "y": np.ascontiguousarray(signal(xs), np.float32),
        "mode": style.mode(length),
    }
    return found


def figure(
    runs: list[Run],
    xs: np.ndarray,
    length: int,
    *,
    axis: tuple[float, float],
    input_label: str,
    mode: str,
) -> dict[str, Any]:
    """The whole figure, as a plain dict: building a validated one costs five times as much, and the tests validate it.

    Args:
        runs: the curves; exactly one is chosen.
        xs: (T, channels) the input.
        length: T.
        axis: range of the log10 axis.
        input_label: name of the input, for the legend.
        mode: theme, "light" or "dark".

    Returns:
        {"data": traces that carry the uids of `arrays`, "layout": layout}.
    """
    colours = theme.colours(mode)
    data = arrays(runs, xs, length)
    traces = [trace for run in runs for trace in _curves(run, data, mode)]
    if len(runs) > CROWD:
        # One entry a cell is enough; what else it has is dashed.
        named = {f"{run.uid}.{next(iter(run.log10_norm))}" for run in runs}
        for trace in traces:
            trace["showlegend"] = trace["uid"] in named or ".bound" in trace["uid"]
    traces += chain_traces(data, next(run.label for run in runs if run.chosen), mode)
    traces.append(
        {
            "type": "scatter",
            "uid": "input",
            "name": _("input"),
            "line": {"color": colours["input"], "width": 1.2, "shape": "hvh"},
            "xaxis": "x",
            "yaxis": "y3",
            "hovertemplate": "%{y:.3g}",
            **data["input"],
        }
    )
    return {"data": traces, "layout": _layout(axis, xs, length, input_label, colours)}


def signal(xs: np.ndarray) -> np.ndarray:
    """One curve for the input: its only channel, the first of the noise, or the place of a one-hot character."""
    one_hot = xs.shape[1] > 4 and np.all(xs.sum(axis=1) == 1) and np.all((xs == 0) | (xs == 1))
    return xs.argmax(axis=1) / xs.shape[1] if one_hot else xs[:, 0]


def chain(log10_norm: np.ndarray, length: int) -> tuple[dict[str, Any], dict[str, Any]]:
    stride = -(-length // (CHAIN_NODES - 1))
    nodes = np.arange(1, length + 1, stride)
    if nodes[-1] != length:
        keep = len(nodes) if 4 * (length - nodes[-1]) >= 3 * stride else -1  # boxes need room
        nodes = np.append(nodes[:keep], length)
    padded = np.full(length, np.nan, np.float32)
    padded[: len(log10_norm)] = log10_norm
    arriving = padded[nodes[:-1] - 1]
    level = np.nan_to_num(arriving, nan=-COLOUR_RANGE)
    strength = np.clip(1 + level / COLOUR_RANGE, 0.0, 1.4)
    return (
        {
            "x": nodes.astype(np.float32),
            "y": np.zeros(len(nodes), np.float32),
            "text": [f"h{subscript(n)}" for n in nodes],
        },
        {
            "x": ((nodes[:-1] + nodes[1:]) / 2).astype(np.float32),
            "y": np.zeros(len(nodes) - 1, np.float32),
            "marker.size": np.where(np.isfinite(arriving), 3 + 13 * strength, 0).astype(np.float32),
            "marker.color": np.clip(level, -COLOUR_RANGE, COLOUR_RANGE).astype(np.float32),
        },
    )


def _curves(run: Run, data: dict[str, dict[str, Any]], mode: str) -> list[dict[str, Any]]:
    colour = theme.hue(run.place, mode)
    width = 3.2 if run.chosen else 2.0
    traces = [
        {
            "type": "scatter",
            "uid": f"{run.uid}.{state}",
            "name": f"{run.label} · {state}",
            "line": _pin_line(run, place, colour)
            if run.pin
            else {"color": colour, "width": width, "dash": DASHES[place % len(DASHES)]},
            "opacity": 0.65 if run.pin else 1.0,
            "hovertemplate": "10<sup>%{y:.2f}</sup>",
            **data[f"{run.uid}.{state}"],
        }
        for place, state in enumerate(run.log10_norm)
    ]
    traces += [
        {
            "type": "scatter",
            "uid": f"{run.uid}.bound{place}",
            "name": _("{cell} theory {line}").format(cell=run.label, line=label if factor else f"{label} = 0"),
            "mode": "lines",
            "line": {"color": theme.colours(mode)["theory"], "width": 1.3, "dash": BOUND_DASHES[place % 2]},
            "hovertemplate": "10<sup>%{y:.2f}</sup>",
            **data[f"{run.uid}.bound{place}"],
        }
        for place, (label, factor) in enumerate(run.bounds)
    ]
    return traces


def _pin_line(run: Run, place: int, colour: str) -> dict[str, Any]:
    """Pins differ by their dashes, the states of one pin by their width."""
    return {"color": colour, "width": (2.4, 1.4)[min(place, 1)], "dash": PIN_DASHES[(run.pin - 1) % len(PIN_DASHES)]}


def chain_traces(data: dict[str, dict[str, Any]], label: str, mode: str) -> list[dict[str, Any]]:
    arrows, colours = data["chain.arrows"], theme.colours(mode)
    return [
        {
            "type": "scatter",
            "uid": "chain.nodes",
            "name": _("unrolled chain"),
            "mode": "markers+text",
            "marker": {
                "symbol": "square",
                "size": 22,
                "color": "rgba(0,0,0,0)",
                "line": {"color": colours["muted"], "width": 1},
            },
            "textfont": {"size": 11, "color": colours["text"]},
            "cliponaxis": False,
            "showlegend": False,
            "hoverinfo": "skip",
            "xaxis": "x",
            "yaxis": "y2",
            **data["chain.nodes"],
        },
        {
            "type": "scatter",
            "uid": "chain.arrows",
            "name": _("{cell} on its way back").format(cell=label),
            "mode": "markers",
            "marker": {
                "symbol": "triangle-left",
                "size": arrows["marker.size"],
                "color": arrows["marker.color"],
                "cmin": -COLOUR_RANGE,
                "cmax": COLOUR_RANGE,
                "colorscale": theme.gradient_size(mode),
                "line": {"width": 0},
            },
            "hoverinfo": "skip",
            "xaxis": "x",
            "yaxis": "y2",
            **{name: values for name, values in arrows.items() if not name.startswith("marker.")},
        },
    ]


def _layout(
    axis: tuple[float, float], xs: np.ndarray, length: int, input_label: str, colours: dict[str, str]
) -> dict[str, Any]:
    shapes = band_shapes(axis, colours)
    shapes.append(
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": 1,
            "y1": 1,
            "yref": "y3 domain",
            "line": {"width": 0},
            "label": _label(input_label, "start", "bottom", colours),
        }
    )
    plain = {"gridcolor": colours["grid"], "zeroline": False, "linecolor": colours["grid"], "fixedrange": True}
    plain |= {"ticklabeloverflow": "allow"}  # or every label is measured in every frame
    hidden = {**plain, "showgrid": False, "showline": False, "showticklabels": False}
    return style.canvas(colours, size=14) | {
        "margin": {"l": 58, "r": 16, "t": 4, "b": 44},
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "uirevision": "hero",
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "bottom",
            "font": {"size": 12.5},
            "bgcolor": "rgba(0,0,0,0)",
            "itemwidth": 34,
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "xaxis": {
            **plain,
            "range": [0.5, length + 0.5],
            "anchor": "y3",
            "showgrid": False,
            "ticks": "outside",
            "tickcolor": colours["muted"],
            "title": {"text": _("step t"), "standoff": 8},
            "tick0": 0,
            "dtick": style.spacing(length),
            "tickformat": "d",
            "showspikes": True,
            "spikemode": "across",
            "spikethickness": 1,
            "spikedash": "solid",
            "spikecolor": colours["muted"],
        },
        "yaxis": {
            **plain,
            "range": list(axis),
            "domain": [0.3, 1.0],
            "title": {"text": _("log₁₀ ‖gradient‖"), "standoff": 6},
            "zeroline": True,
            "zerolinecolor": colours["zero"],
            "zerolinewidth": 1.2,
            "nticks": 9,
        },
        "yaxis2": {**hidden, "range": [-1, 1], "domain": [0.19, 0.29]},
        "yaxis3": {
            **hidden,
            **style.around_zero(signal(xs)),
            "domain": [0.0, 0.14],
            "title": {"text": _("input"), "standoff": 6},
            "zeroline": True,
            "zerolinecolor": colours["grid"],
        },
        "shapes": shapes,
    }


def _label(text: str, end: str, side: str, colours: dict[str, str]) -> dict[str, Any]:
    """A line's own label; an annotation would be drawn twice a frame."""
    font = {"size": 12, "color": colours["muted"]}
    return {"text": text, "textposition": end, "yanchor": side, "padding": 2, "font": font}
