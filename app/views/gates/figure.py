"""The page of gates: curves over time, maps of every unit, saturation, and the highway."""

from typing import Any, NamedTuple

import numpy as np

from app import theme
from app.figures import style
from app.language import _

MARGINS = {"l": 58, "r": 16, "t": 6, "b": 40}


class Curve(NamedTuple):
    """One line over the steps.

    Attributes:
        uid: name of its trace.
        name: the symbol it belongs to, which gives its hue.
        label: name in the legend.
        y: (T,) its values.
        panel: "opening" or "gradient".
        ghost: whether it is how things were before an operation.
        dashed: whether it is a state's rather than a gate's.
    """

    uid: str
    name: str
    label: str
    y: np.ndarray
    panel: str
    ghost: bool = False
    dashed: bool = False


class Map(NamedTuple):
    """The values of one name over steps and units.

    Attributes:
        name: its symbol.
        label: its name in prose.
        values: (steps, H), each `stride` steps one column.
        low: lower end of the colour scale.
        high: upper end.
    """

    name: str
    label: str
    values: np.ndarray
    low: float
    high: float


class Saturation(NamedTuple):
    """How one gate's pre-activations lie on its nonlinearity.

    Attributes:
        name: its symbol.
        label: its name in prose.
        edges: (bins + 1,) of the histogram.
        share: (bins,) of all units and steps.
        curve: the nonlinearity at the middle of each bin; None where its formula is not known.
        slope: its slope there.
        below: share of units and steps in the lowest tenth of its range.
        above: share in the highest.
        ends: where these tenths begin, for the words.
        mean_slope: mean slope over units and steps.
        low: lower end of its range.
        high: upper end.
    """

    name: str
    label: str
    edges: np.ndarray
    share: np.ndarray
    curve: np.ndarray | None
    slope: np.ndarray | None
    below: float
    above: float
    ends: tuple[float, float]
    mean_slope: float
    low: float
    high: float


def over_time(
    curves: list[Curve],
    xs: np.ndarray,
    spans: list[tuple[str, int, int]],
    *,
    axis: tuple[float, float],
    mode: str,
    opening: tuple[str, float],
) -> dict[str, Any]:
    """Gates, gradients and input over one time axis.

    Args:
        curves: the lines.
        xs: (T,) the input as one curve.
        spans: (name, first, last) of what is held, shaded.
        axis: range of the log10 axis.
        mode: theme, "light" or "dark".
        opening: title and upper end of the upper axis.

    Returns:
        A Plotly figure as a plain dict.
    """
    colours, length = theme.colours(mode), len(xs)
    places = {"opening": "y", "gradient": "y2"}
    traces = [
        {
            "type": "scatter",
            "uid": curve.uid,
            "name": curve.label,
            "mode": style.mode(length),
            "x": style.steps(length),
            "y": curve.y,
            "xaxis": "x",
            "yaxis": places[curve.panel],
            "line": {
                "color": theme.symbol(curve.name, mode),
                "width": 1.4 if curve.ghost else 2.2,
                "dash": "dot" if curve.ghost else "dash" if curve.dashed else "solid",
            },
            "opacity": 0.6 if curve.ghost else 1.0,
            "showlegend": not curve.ghost and (curve.panel == "opening" or curve.dashed),
            "hovertemplate": "%{y:.3f}" if curve.panel == "opening" else "10<sup>%{y:.2f}</sup>",
        }
        for curve in curves
    ]
    traces.append(
        {
            "type": "scatter",
            "uid": "input",
            "name": _("input"),
            "mode": style.mode(length),
            "x": style.steps(length),
            "y": xs,
            "yaxis": "y3",
            "line": {"color": colours["input"], "width": 1.1, "shape": "hvh"},
            "hovertemplate": "%{y:.3g}",
        }
    )
    size = max(1.0, float(np.max(np.abs(xs))))
    plain = {"gridcolor": colours["grid"], "zeroline": False, "linecolor": colours["grid"], "fixedrange": True}
    layout = _layout(colours, length) | {
        "shapes": _spans(spans, "y domain", mode),
        "yaxis": {
            **plain,
            "range": [-0.03, opening[1]],
            "domain": [0.56, 1.0],
            "nticks": 3,
            "title": {"text": opening[0], "standoff": 6, "font": {"size": 12}},
        },
        "yaxis2": {
            **plain,
            "range": list(axis),
            "domain": [0.12, 0.51],
            "nticks": 4,
            "title": {"text": _("log₁₀ |∇|"), "standoff": 6, "font": {"size": 12}},
            "zeroline": True,
            "zerolinecolor": colours["zero"],
        },
        "yaxis3": {
            **plain,
            "range": [-1.1 * size, 1.1 * size],
            "domain": [0.0, 0.08],
            "showticklabels": False,
            "showgrid": False,
        },
    }
    layout["xaxis"]["anchor"] = "y3"
    return {"data": traces, "layout": layout}


def maps(found: list[Map], stride: int, length: int, spans: list[tuple[str, int, int]], mode: str) -> dict[str, Any]:
    """Units times time, one map a name, on fixed colour scales.

    Args:
        found: the maps, from top to bottom.
        stride: steps a column.
        length: T.
        spans: (name, first, last) of what is held.
        mode: theme, "light" or "dark".
    """
    colours, layout = theme.colours(mode), _layout(theme.colours(mode), length)
    height, gap = 1 / len(found), 0.1 / len(found)
    traces, notes = [], []
    for place, each in enumerate(found):
        axis = "" if place == 0 else str(place + 1)
        top = 1 - place * height
        layout[f"yaxis{axis}"] = {
            "domain": [top - height + gap, top - gap / 2],
            "range": [each.values.shape[1] + 0.5, 0.5],
            "tickvals": [1, each.values.shape[1]] if each.values.shape[1] > 1 else [1],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        }
        signed = each.low < 0
        traces.append(
            {
                "type": "heatmap",
                "uid": f"map.{each.name}",
                "name": each.name,
                "z": np.ascontiguousarray(each.values.T),
                "x0": (1 + stride) / 2,
                "dx": stride,
                "y0": 1,
                "dy": 1,
                "yaxis": f"y{axis}",
                "zmin": each.low,
                "zmax": each.high,
                "colorscale": theme.diverging(mode) if signed else theme.opening(mode),
                "showscale": False,
                "hovertemplate": _("{name}: %{{z:.3f}} at unit %{{y}}, step %{{x:.0f}}").format(name=each.name)
                + "<extra></extra>",
            }
        )
        notes.append(
            {
                "text": f"<b>{each.name}</b>",
                "font": {"size": 17, "color": theme.symbol(each.name, mode)},
                "x": -0.012,
                "xref": "paper",
                "xanchor": "right",
                "y": top - height / 2,
                "yref": "paper",
                "showarrow": False,
                "xshift": -22,
            }
        )
    for name, first, last in spans:
        place = next(place for place, each in enumerate(found) if each.name == name)
        layout.setdefault("shapes", []).extend(
            _spans([(name, first, last)], f"y{'' if place == 0 else place + 1} domain", mode)
        )
    layout["xaxis"]["anchor"] = f"y{len(found)}" if len(found) > 1 else "y"
    layout["annotations"] = notes
    layout["hovermode"] = "closest"
    layout["margin"] = MARGINS | {"t": 2}
    return {"data": traces, "layout": layout, "height": 60 + 84 * len(found), "colours": colours["text"]}


def saturation(found: list[Saturation], mode: str) -> dict[str, Any]:
    """Histogram of the pre-activations on the curve they pass, one panel a gate."""
    colours = theme.colours(mode)
    columns = max(1, len(found))
    width, gap = 1 / columns, 0.045
    layout = _layout(colours, 1) | {"bargap": 0, "hovermode": "closest", "margin": MARGINS | {"t": 64, "l": 40}}
    layout.pop("xaxis")
    traces, notes = [], []
    for place, each in enumerate(found):
        n = "" if place == 0 else str(place + 1)
        domain = [place * width + (gap / 2 if place else 0), (place + 1) * width - gap / 2]
        middle = (each.edges[1:] + each.edges[:-1]) / 2
        colour = theme.symbol(each.name, mode)
        plain = {"gridcolor": colours["grid"], "zerolinecolor": colours["zero"], "fixedrange": True}
        layout[f"xaxis{n}"] = {
            **plain,
            "domain": domain,
            "range": [each.edges[0], each.edges[-1]],
            "anchor": f"y{n}",
            "dtick": 4,
            "title": {"text": _("pre-activation a"), "standoff": 2, "font": {"size": 12}},
        }
        layout[f"yaxis{n}"] = {**plain, "range": [each.low - 0.04, each.high + 0.08], "nticks": 3, "anchor": f"x{n}"}
        peak = max(float(each.share.max()), 1e-9)
        shown = {"xaxis": f"x{n}", "yaxis": f"y{n}", "showlegend": place == 0}
        traces.append(
            {
                "type": "bar",
                "uid": f"saturation.{each.name}",
                "name": _("units and steps"),
                "x": middle,
                "y": each.share / peak * (each.high - each.low) * 0.96,
                "base": each.low,
                "customdata": 100 * each.share,
                "marker": {"color": colour, "opacity": 0.38, "line": {"width": 0}},
                "hovertemplate": _("a = %{x:.2f}: %{customdata:.1f} % of units and steps") + "<extra></extra>",
                **shown,
            }
        )
        for uid, label, y, dash, tint in (
            ("curve", _("the nonlinearity"), each.curve, "solid", colour),
            ("slope", _("its slope"), each.slope, "dot", colours["text"]),
        ):
            if y is not None:
                traces.append(
                    {
                        "type": "scatter",
                        "uid": f"{uid}.{each.name}",
                        "name": label,
                        "mode": "lines",
                        "x": middle,
                        "y": y,
                        "line": {"color": tint, "width": 2.4 if uid == "curve" else 1.6, "dash": dash},
                        "hovertemplate": "%{y:.3f}<extra></extra>",
                        **shown,
                    }
                )
        text = _(
            "<b>{name}</b> {label}<br>{below:.0%} below {low:g}, {above:.0%} above {high:g}<br>mean slope {slope:.2f}"
        )
        notes.append(
            {
                "text": text.format(
                    name=each.name,
                    label=each.label,
                    below=each.below,
                    above=each.above,
                    low=each.ends[0],
                    high=each.ends[1],
                    slope=each.mean_slope,
                ).replace("-", "−"),
                "x": domain[0],
                "xref": "paper",
                "xanchor": "left",
                "y": 1.0,
                "yref": "paper",
                "yanchor": "bottom",
                "align": "left",
                "showarrow": False,
                "borderpad": 2,
                "font": {"size": 12.5, "color": colours["text"]},
            }
        )
    return {"data": traces, "layout": layout | {"annotations": notes}, "height": 300}


def highway(
    field: str, factor: str, named_as: str, curves: dict[str, np.ndarray], axis: tuple[float, float], mode: str
) -> dict[str, Any]:
    """The direct path against everything else, on one log axis.

    Args:
        field: the field of the state.
        factor: what multiplies it on its direct path.
        named_as: the gate or field whose colour the direct path takes.
        curves: {"direct", "remainder", "total": (T,)} log10 norms.
        axis: range of the log10 axis.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    length = len(curves["total"])
    styles = {
        "total": (_("both together"), colours["theory"], 5.0, "solid", 0.35),
        "direct": (_("direct path: ∏ {gate}"), theme.symbol(named_as, mode), 2.4, "solid", 1.0),
        "remainder": (_("every other path"), theme.symbol("h" if field != "h" else "n", mode), 2.4, "dash", 1.0),
    }
    traces = [
        {
            "type": "scatter",
            "uid": f"highway.{name}",
            "name": label.format(field=field, gate=factor),
            "mode": style.mode(length),
            "x": style.steps(length),
            "y": curves[name],
            "line": {"color": colour, "width": width, "dash": dash},
            "opacity": opacity,
            "hovertemplate": "10<sup>%{y:.2f}</sup>",
        }
        for name, (label, colour, width, dash, opacity) in styles.items()
    ]
    layout = _layout(colours, length)
    layout["yaxis"] = {
        "gridcolor": colours["grid"],
        "zeroline": True,
        "zerolinecolor": colours["zero"],
        "fixedrange": True,
        "range": list(axis),
        "nticks": 8,
        "title": {"text": f"log₁₀ |∂{field}<sub>T</sub> / ∂{field}<sub>t</sub>|", "standoff": 6},
    }
    return {"data": traces, "layout": layout, "height": 320}


def _spans(spans: list[tuple[str, int, int]], yref: str, mode: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "rect",
            "xref": "x",
            "x0": first - 0.5,
            "x1": last + 0.5,
            "yref": yref,
            "y0": 0,
            "y1": 1,
            "fillcolor": theme.symbol(name, mode),
            "opacity": 0.13,
            "line": {"width": 0},
            "layer": "above",
        }
        for name, first, last in spans
    ]


def _layout(colours: dict[str, str], length: int) -> dict[str, Any]:
    return style.canvas(colours) | {
        "margin": MARGINS,
        "hovermode": "x unified",
        "xaxis": {
            "range": [0.5, length + 0.5],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "ticks": "outside",
            "tickcolor": colours["muted"],
            "title": {"text": _("step t"), "standoff": 0, "font": {"size": 12}},
            "tick0": 0,
            "dtick": style.spacing(length),
            "tickformat": "d",
        },
    }
