"""What remedies do: the gradient before and after, the scoreboard, and what becomes of updates and of W_hh."""

from typing import Any, NamedTuple

import numpy as np

from app import theme
from app.figures import style
from app.language import _
from app.views.gradient.figure import band_shapes

REACH = (-1.3, 1.0)
"""Decades per step that the scoreboard shows; what lies beyond stands at the edge as a triangle."""
SIZES = (1.2, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0)
"""Ranges of the axis of W_hh's size; the first that holds everything."""
NORMS = (-12.0, 24.0)
"""log10 of an update's norm that is shown."""
DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot")


class Curve(NamedTuple):
    """One run of the hero.

    Attributes:
        uid: name of its trace.
        label: name in the legend.
        place: place of its cell in the menu, which gives its hue.
        log10_norm: (T,) log10 norm of dL/ds_t.
        role: "before", "after", or "alone" for one remedy of several.
    """

    uid: str
    label: str
    place: int
    log10_norm: np.ndarray
    role: str


class Line(NamedTuple):
    """One remedy of the scoreboard; each tuple has one entry a gain.

    Attributes:
        label: the remedy.
        before: median decades per step without it.
        after: the same with it.
        low: smallest over the seeds with it.
        high: largest over the seeds with it.
        numbers: before and after in words.
        verdict: what it helps.
        helps: whether it helps anything.
        chosen: whether it is switched on.
    """

    label: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    numbers: str
    verdict: str
    helps: bool
    chosen: bool


def comparison(curves: list[Curve], length: int, axis: tuple[float, float], mode: str) -> dict[str, Any]:
    """The gradient on its way back, without and with the remedies.

    Args:
        curves: what is drawn, the ghost first.
        length: T.
        axis: range of the log10 axis.
        mode: theme, "light" or "dark".
    """
    colours, traces, alone = theme.colours(mode), [], 0
    for curve in curves:
        line = {"color": theme.hue(curve.place, mode), "width": 3.4}
        if curve.role == "before":
            line = {"color": colours["muted"], "width": 2.6, "dash": "dash"}
        if curve.role == "alone":
            line = {"color": theme.hue(curve.place + 3 + alone, mode), "width": 1.6, "dash": DASHES[1 + alone % 4]}
            alone += 1
        traces.append(
            {
                "type": "scatter",
                "uid": curve.uid,
                "name": curve.label,
                "x": style.steps(len(curve.log10_norm)),
                "y": curve.log10_norm,
                "mode": style.mode(len(curve.log10_norm)),
                "line": line,
                "hovertemplate": "10<sup>%{y:.2f}</sup>",
            }
        )
    plain = _plain(colours)
    layout = _layout(colours) | {
        "hovermode": "x unified",
        "uirevision": "fixes",
        "xaxis": {
            **plain,
            "range": [0.5, length + 0.5],
            "title": {"text": _("step t"), "standoff": 4},
            "tickformat": "d",
            "showgrid": False,
        },
        "yaxis": {
            **plain,
            "range": list(axis),
            "title": {"text": _("log₁₀ ‖∂L/∂sₜ‖"), "standoff": 6},
            "zeroline": True,
            "zerolinecolor": colours["zero"],
            "nticks": 8,
        },
        "shapes": band_shapes(axis, colours),
    }
    return {"data": traces, "layout": layout}


def scoreboard(lines: list[Line], heads: list[str], place: int, mode: str) -> dict[str, Any]:
    """Every remedy a row: decades per step before and after, at three gains, and what it helps.

    Args:
        lines: the remedies, the first on top.
        heads: names of the gains.
        place: place of the cell in the menu, which gives the hue.
        mode: theme, "light" or "dark".
    """
    colours, hue = theme.colours(mode), theme.hue(place, mode)
    rows = np.arange(len(lines), dtype=np.float32)
    traces, layout = [], _layout(colours) | {"margin": {"l": 118, "r": 8, "t": 26, "b": 40}, "hovermode": "closest"}
    width, plain = 0.19, _plain(colours)
    notes = []
    for gain, head in enumerate(heads):
        before, after, low, high = (
            np.asarray([getattr(line, name)[gain] for line in lines], np.float32)
            for name in ("before", "after", "low", "high")
        )
        number = "" if gain == 0 else str(gain + 1)
        axes = {"xaxis": f"x{number}", "yaxis": "y"}
        between = np.full(3 * len(lines), np.nan, np.float32)
        between[0::3], between[1::3] = np.clip(before, *REACH), np.clip(after, *REACH)
        spread = np.full(3 * len(lines), np.nan, np.float32)
        spread[0::3], spread[1::3] = np.clip(low, *REACH), np.clip(high, *REACH)
        shown = {"showlegend": gain == 0, "type": "scatter", **axes}
        levels = np.repeat(rows, 3)
        traces += [
            {
                **shown,
                "uid": f"change{gain}",
                "name": _("from before to after"),
                "x": between,
                "y": levels,
                "mode": "lines",
                "line": {"color": colours["zero"], "width": 1.2},
                "hoverinfo": "skip",
            },
            {
                **shown,
                "uid": f"spread{gain}",
                "name": _("after, all seeds"),
                "x": spread,
                "y": levels,
                "mode": "lines",
                "line": {"color": hue, "width": 5},
                "opacity": 0.4,
                "hoverinfo": "skip",
            },
            {
                **shown,
                "uid": f"before{gain}",
                "name": _("before"),
                "x": np.where(np.clip(before, *REACH) == before, before, np.nan),
                "y": rows,
                "mode": "markers",
                "marker": {"symbol": "circle", "size": 8, "color": colours["muted"]},
                "hovertemplate": _("before: 10<sup>%{x:.3f}</sup> a step") + "<extra></extra>",
            },
            {
                **shown,
                "uid": f"after{gain}",
                "name": _("after, median"),
                "x": np.where(np.clip(after, *REACH) == after, after, np.nan),
                "y": rows,
                "mode": "markers",
                "marker": {"symbol": "diamond", "size": 10, "color": hue},
                "hovertemplate": _("after: 10<sup>%{x:.3f}</sup> a step") + "<extra></extra>",
            },
        ]
        for name, values, colour in (("before", before, colours["muted"]), ("after", after, hue)):
            beyond = (values < REACH[0]) | (values > REACH[1])
            traces.append(
                {
                    **shown,
                    "uid": f"{name}.beyond{gain}",
                    "name": _("{what}, beyond the axis").format(what=_(name)),
                    "showlegend": False,
                    "x": np.where(beyond, np.clip(values, *REACH), np.nan).astype(np.float32),
                    "y": rows,
                    "mode": "markers",
                    "marker": {"symbol": _symbols(values), "size": 13, "color": colour},
                    "hoverinfo": "skip",
                }
            )
        start = gain * (width + 0.02)
        layout[f"xaxis{number}"] = {
            **plain,
            "range": [REACH[0] - 0.08, REACH[1] + 0.08],
            "domain": [start, start + width],
            "anchor": "y",
            "zeroline": True,
            "zerolinecolor": colours["zero"],
            "zerolinewidth": 2,
            "dtick": 0.5,
            "tickformat": "~g",
            "title": {"text": _("decades a step"), "standoff": 2, "font": {"size": 12}},
            "tickfont": {"size": 11},
        }
        notes.append(_head(start + width / 2, head, colours["text"], anchor="center"))
    notes += [
        _head(0.635, _("factor a step here"), colours["text"]),
        _head(0.845, _("helps against"), colours["text"]),
    ]
    for row, line in enumerate(lines):
        notes.append(_note(0.635, row, line.numbers, colours["text"]))
        text = f"<b>{line.verdict}</b>" if line.helps else line.verdict
        notes.append(_note(0.845, row, text, colours["text"] if line.helps else colours["muted"]))
    layout["yaxis"] = {
        **plain,
        "range": [len(lines) - 0.5, -0.6],
        "tickmode": "array",
        "tickvals": rows,
        "ticktext": [f"<b>{line.label}</b>" if line.chosen else line.label for line in lines],
        "tickfont": {"size": 12.5},
        "showgrid": True,
    }
    layout["annotations"] = notes
    return {"data": traces, "layout": layout}


def training(
    labels: list[str],
    updates: np.ndarray,
    sizes: dict[str, tuple[np.ndarray, np.ndarray]],
    weights: str,
    place: int,
    mode: str,
) -> dict[str, Any]:
    """What each rule makes of one update, and what descent makes of the weights.

    Args:
        labels: the rules.
        updates: (rules, 3) log10 norm before and after, and the cosine between the two.
        sizes: {"plain" or "ruled": (spectral norm, spectral radius)}, each (steps + 1,); NaN where there is none.
        weights: name of the weights.
        place: place of the cell in the menu, which gives the hue.
        mode: theme, "light" or "dark".
    """
    colours, hue = theme.colours(mode), theme.hue(place, mode)
    rows, plain = np.arange(len(labels), dtype=np.float32), _plain(colours)
    before, after = (np.clip(_drawn(updates[:, column]), *NORMS).astype(np.float32) for column in (0, 1))
    between = np.full(3 * len(labels), np.nan, np.float32)
    between[0::3], between[1::3] = before, after
    traces = [
        {
            "type": "scatter",
            "uid": "between",
            "name": _("from the gradient to the update"),
            "x": between,
            "y": np.repeat(rows, 3),
            "mode": "lines",
            "line": {"color": colours["zero"], "width": 1.2},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "uid": "gradient",
            "name": _("gradient"),
            "x": before,
            "y": rows,
            "mode": "markers",
            "marker": {"symbol": "circle", "size": 9, "color": colours["muted"]},
            "hovertemplate": "10<sup>%{x:.2f}</sup><extra></extra>",
        },
        {
            "type": "scatter",
            "uid": "update",
            "name": _("what is made of it"),
            "x": after,
            "y": rows,
            "mode": "markers",
            "marker": {"symbol": "diamond", "size": 11, "color": hue},
            "hovertemplate": "10<sup>%{x:.2f}</sup><extra></extra>",
        },
    ]
    names = {"plain": _("plain descent"), "ruled": _("with the remedies switched on")}
    for run, pair in sizes.items():
        for kind, values in zip(("norm", "radius"), pair, strict=True):
            if np.isnan(values).all():
                continue
            traces.append(
                {
                    "type": "scatter",
                    "uid": f"{run}.{kind}",
                    "name": (_("σ₁ of {weights}, {run}") if kind == "norm" else _("ρ of {weights}, {run}")).format(
                        weights=weights, run=names[run]
                    ),
                    "x": np.arange(len(values), dtype=np.float32),
                    "y": values.astype(np.float32),
                    "mode": style.mode(len(values)),
                    "line": {
                        "color": hue if run == "ruled" else colours["muted"],
                        "width": 3 if run == "ruled" else 2,
                        "dash": "solid" if kind == "norm" else "dot",
                    },
                    "hovertemplate": "%{y:.4g}",
                    "xaxis": "x2",
                    "yaxis": "y2",
                }
            )
    drawn = np.concatenate([values for pair in sizes.values() for values in pair])
    largest = float(np.max(drawn[np.isfinite(drawn)], initial=1.0))
    notes = [_head(0.415, _("cosine"), colours["text"])]
    for row, cosine in enumerate(updates[:, 2]):
        text = f"{cosine:.3f}".replace("-", "−") if np.isfinite(cosine) else "–"
        notes.append(_note(0.415, row, text, colours["text"]))
    layout = _layout(colours) | {
        "margin": {"l": 118, "r": 16, "t": 16, "b": 44},
        "hovermode": "closest",
        "xaxis": {
            **plain,
            "domain": [0, 0.4],
            "range": _around(np.concatenate([before, after])),
            "title": {
                "text": _("log₁₀ norm of an update's gradient of {weights}").format(weights=weights),
                "standoff": 4,
            },
            "zeroline": True,
            "zerolinecolor": colours["zero"],
        },
        "yaxis": {
            **plain,
            "range": [len(labels) - 0.5, -0.6],
            "tickmode": "array",
            "tickvals": rows,
            "ticktext": labels,
        },
        "xaxis2": {
            **plain,
            "domain": [0.56, 1],
            "anchor": "y2",
            "title": {"text": _("updates"), "standoff": 4},
            "showgrid": False,
            "tickformat": "d",
        },
        "yaxis2": {
            **plain,
            "anchor": "x2",
            "range": [0, next((size for size in SIZES if largest <= size), 1.05 * largest)],
            "title": {"text": _("size of {weights}").format(weights=weights), "standoff": 6},
        },
        "annotations": notes,
    }
    return {"data": traces, "layout": layout}


def _drawn(values: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(values), NORMS[1], values)


def _around(values: np.ndarray) -> list[float]:
    """A range in steps of four decades, so that it moves seldom."""
    low, high = float(np.floor(values.min() / 4) * 4), float(np.ceil(values.max() / 4) * 4)
    return [low - 0.4, max(high, low + 4) + 0.4]


def _symbols(values: np.ndarray) -> list[str]:
    return ["triangle-left" if value < 0 else "triangle-right" for value in values]


def _note(x: float, y: float, text: str, colour: str, anchor: str = "left") -> dict[str, Any]:
    return {
        "text": text,
        "x": x,
        "xref": "paper",
        "xanchor": anchor,
        "y": y,
        "yref": "y",
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 12.5, "color": colour},
    }


def _head(x: float, text: str, colour: str, anchor: str = "left") -> dict[str, Any]:
    """The name of a column, above the plot."""
    return _note(x, 1.0, text, colour, anchor) | {"yref": "paper", "yanchor": "bottom"}


def _plain(colours: Any) -> dict[str, Any]:
    return style.axis(colours) | {"zeroline": False}


def _layout(colours: Any) -> dict[str, Any]:
    return style.canvas(colours, size=14) | {
        "margin": {"l": 62, "r": 16, "t": 4, "b": 40},
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 12.5}},
    }
