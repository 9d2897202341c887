"""Cells wired together: the gradient over depth and time, the way from every input, and depth without a recurrence."""

from typing import Any, NamedTuple

import numpy as np

from app import theme
from app.figures import style
from app.language import _
from app.views.past.figure import COLOUR_RANGE


class Row(NamedTuple):
    """One row of the map.

    Attributes:
        uid: its name.
        label: what stands beside it.
        log10_norm: (T,) -inf for an exact zero.
        curve: name of the curve below the map; "" where it has none.
        dash: of that curve.
        colour: place among the cell's hues; None is the input's.
    """

    uid: str
    label: str
    log10_norm: np.ndarray
    curve: str = ""
    dash: str = "solid"
    colour: int | None = 0


class View(NamedTuple):
    """Numbers of the map over depth and time.

    Attributes:
        rows: from the input up.
        read: the step whose output is looked at.
        signal: (T,) the input.
        axis: range of the log10 axis.
    """

    rows: list[Row]
    read: int
    signal: np.ndarray
    axis: tuple[float, float]


def depth_by_time(view: View, mode: str) -> dict[str, Any]:
    """The map above, the curves of its outermost rows below, the input at the bottom, all on one time axis.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    length = len(view.signal)
    steps = style.steps(length)
    labels = [row.label for row in view.rows]
    traces: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "uid": "map",
            "name": _("log₁₀ of the gradient of the output read"),
            "x": steps,
            "y": np.arange(len(view.rows), dtype=np.float32),
            "z": np.array([_gaps(row.log10_norm) for row in view.rows]),
            "zmin": -COLOUR_RANGE,
            "zmax": COLOUR_RANGE,
            "colorscale": theme.gradient_size(mode),
            "showlegend": False,
            "ygap": 2,
            "hovertemplate": _("step %{x}: 10<sup>%{z:.2f}</sup>") + "<extra></extra>",
            "colorbar": {
                "title": {"text": "log₁₀", "side": "top"},
                "x": 1.005,
                "xanchor": "left",
                "y": 1,
                "yanchor": "top",
                "len": 0.98,
                "thickness": 10,
                "tickvals": [-10, 0, 10],
                "outlinewidth": 0,
            },
            "xaxis": "x",
            "yaxis": "y",
        }
    ]
    for row in view.rows:
        if not row.curve:
            continue
        colour = colours["input"] if row.colour is None else theme.hue(row.colour, mode)
        traces.append(
            {
                "type": "scatter",
                "uid": row.uid,
                "name": row.curve,
                "x": steps,
                "y": _gaps(row.log10_norm),
                "mode": style.mode(length),
                "line": {"color": colour, "width": 2.4 if row.dash == "solid" else 1.8, "dash": row.dash},
                "hovertemplate": "10<sup>%{y:.2f}</sup>",
                "xaxis": "x",
                "yaxis": "y2",
            }
        )
    traces.append(
        {
            "type": "scatter",
            "uid": "input",
            "name": _("input x"),
            "x": steps,
            "y": view.signal.astype(np.float32),
            "mode": style.mode(length),
            "line": {"color": colours["input"], "width": 1.2, "shape": "hvh"},
            "showlegend": False,
            "hovertemplate": "%{y:.3g}",
            "xaxis": "x",
            "yaxis": "y3",
        }
    )
    plain = style.axis(colours)
    layout = style.layout(colours) | {
        "xaxis": plain
        | {
            "range": [0.5, length + 0.5],
            "anchor": "y3",
            "title": style.title(_("step t")),
            "dtick": style.spacing(length),
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": plain
        | {
            "domain": [0.52, 1],
            "range": [-0.5, len(labels) - 0.5],
            "tickvals": list(range(len(labels))),
            "ticktext": labels,
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis2": plain
        | {
            "anchor": "x",
            "domain": [0.14, 0.48],
            "range": list(view.axis),
            "nticks": 7,
            "title": {"text": _("log₁₀ ‖gradient‖"), "standoff": 6},
        },
        "yaxis3": plain
        | {
            "anchor": "x",
            "domain": [0, 0.1],
            "showgrid": False,
            "title": {"text": _("input"), "standoff": 6},
        }
        | style.around_zero(view.signal),
        "shapes": [_upright(view.read, colours)],
        "annotations": [
            {
                "x": view.read,
                "y": 1,
                "xref": "x",
                "yref": "paper",
                "yanchor": "bottom",
                "text": _("output read here"),
                "showarrow": False,
                "font": {"size": 12, "color": colours["muted"]},
            }
        ],
    }
    layout["margin"] = layout["margin"] | {"r": 62, "t": 24, "l": 84}
    return {"data": traces, "layout": layout}


class Reach(NamedTuple):
    """Numbers of five networks, in the same order; index 0 of a series is step 1.

    Attributes:
        names: their names.
        log10_gain: (5, T) -inf for an exact zero.
        layers: (5, T) NaN where nothing reaches.
        place: place of the cell in the menu.
        axis: range of the log10 axis.
    """

    names: list[str]
    log10_gain: np.ndarray
    layers: np.ndarray
    place: int
    axis: tuple[float, float]


DASHES = ("solid", "dot", "dash", "dashdot", "longdash")


def reach(view: Reach, mode: str) -> dict[str, Any]:
    """What of the last output each input decides, above; how many layers lie between, below."""
    colours = theme.colours(mode)
    length = view.log10_gain.shape[1]
    steps = style.steps(length)
    traces = []
    for place, name in enumerate(view.names):
        line = {"color": theme.hue(view.place + place, mode), "width": 2.6, "dash": DASHES[place]}
        shared = {"type": "scatter", "x": steps, "mode": "lines", "line": line, "xaxis": "x"}
        traces += [
            shared
            | {
                "uid": f"gain{place}",
                "name": name,
                "y": _gaps(view.log10_gain[place]),
                "yaxis": "y",
                "hovertemplate": "10<sup>%{y:.2f}</sup>",
            },
            shared
            | {
                "uid": f"layers{place}",
                "name": name,
                "y": view.layers[place].astype(np.float32),
                "yaxis": "y2",
                "showlegend": False,
                "hovertemplate": _("%{y:.0f} layers"),
            },
        ]
    plain = style.axis(colours)
    layout = style.layout(colours) | {
        "xaxis": plain
        | {
            "range": [0.5, length + 0.5],
            "anchor": "y2",
            "title": style.title(_("input at step k; the output is that of step {last}").format(last=length)),
            "dtick": 4,
            "showgrid": False,
        },
        "yaxis": plain
        | {
            "domain": [0.5, 1],
            "range": list(view.axis),
            "title": {"text": _("log₁₀ ‖dyₜ/dxₖ‖"), "standoff": 6},
        },
        "yaxis2": plain
        | {
            "anchor": "x",
            "domain": [0, 0.43],
            "range": [0, length + 3],
            "title": {"text": _("layers on the way"), "standoff": 6},
        },
    }
    return {"data": traces, "layout": layout}


class Depth(NamedTuple):
    """Numbers of plain networks over their depth.

    Attributes:
        tied: (seeds, depth) log10 norms of networks with the same weights in every layer.
        untied: (seeds, depth) with new ones in each.
        place: place of the cell in the menu.
        axis: range of the log10 axis.
    """

    tied: np.ndarray
    untied: np.ndarray
    place: int
    axis: tuple[float, float]


def depth(view: Depth, mode: str) -> dict[str, Any]:
    """Recurrent on the left, feed-forward on the right, one thin line a seed, their mean thick."""
    colours = theme.colours(mode)
    count = view.tied.shape[1]
    layers = style.steps(count)
    traces = []
    panels = (
        ("tied", _("same weights in every layer: recurrent"), view.tied, "x", "y", view.place),
        ("untied", _("new weights in every layer: feed-forward"), view.untied, "x2", "y2", view.place + 2),
    )
    for uid, name, curves, xaxis, yaxis, place in panels:
        hue = theme.hue(place, mode)
        shared = {"type": "scatter", "x": layers, "mode": "lines", "xaxis": xaxis, "yaxis": yaxis}
        traces += [
            shared
            | {
                "uid": f"{uid}{seed}",
                "name": _("{name}, one seed").format(name=name),
                "y": _gaps(curve),
                "line": {"color": hue, "width": 1},
                "opacity": 0.75,
                "showlegend": seed == 0,
                "hovertemplate": "10<sup>%{y:.2f}</sup><extra></extra>",
            }
            for seed, curve in enumerate(curves)
        ]
        traces.append(
            shared
            | {
                "uid": uid,
                "name": _("mean of the logarithms"),
                "y": _gaps(curves.mean(axis=0)),
                "line": {"color": colours["text"], "width": 2.4, "dash": "dash"},
                "showlegend": uid == "tied",
                "hovertemplate": "10<sup>%{y:.2f}</sup><extra></extra>",
            }
        )
    plain = style.axis(colours)
    below = plain | {"range": [0.5, count + 0.5], "title": style.title(_("layer (or step)")), "showgrid": False}
    beside = plain | {"range": list(view.axis)}
    layout = style.layout(colours) | {
        "xaxis": below | {"domain": [0, 0.48]},
        "xaxis2": below | {"domain": [0.52, 1], "anchor": "y2"},
        "yaxis": beside | {"title": {"text": _("log₁₀ ‖gradient‖"), "standoff": 6}},
        "yaxis2": beside | {"anchor": "x2", "showticklabels": False},
        "hovermode": "closest",
    }
    return {"data": traces, "layout": layout}


def _gaps(values: np.ndarray) -> np.ndarray:
    """float32, with a gap where there is no finite number."""
    return np.where(np.isfinite(values), values, np.nan).astype(np.float32)


def _upright(at: float, colours: Any) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "line": {"color": colours["text"], "width": 1.2, "dash": "dot"},
    }
