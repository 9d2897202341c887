"""Cells wired together: the gradient over depth and time, the way from every input, and depth without a recurrence."""

from typing import Any, NamedTuple

import numpy as np

from app.language import _
from app.plot import style, theme
from app.plot.traces import (
    ALONE,
    COLOUR_RANGE,
    POWER,
    colour_bar,
    curve,
    heat,
    input_curve,
    note,
    panels,
    signal,
    step_numbers,
    upright,
)
from app.settings import AXES, Settings, menu_place
from app.views.wiring.numbers import Wired, base
from cells.analyses.paths import PLAIN_LAYERS, WINDOW, Paths
from cells.analyses.untied import Depths

DASHES = ("solid", "dot", "dash", "dashdot", "longdash")


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
    traces = [
        heat(
            "map",
            _("log₁₀ of the gradient of the output read"),
            np.array([row.log10_norm for row in view.rows]),
            theme.gradient_size(mode),
            (-COLOUR_RANGE, COLOUR_RANGE),
            x=step_numbers(length),
            y=np.arange(len(view.rows)),
            ygap=2,
            bar=colour_bar("log₁₀", 0.98, x=1.005, y=1, yanchor="top", tickvals=[-10, 0, 10]),
            hover=_("step %{x}: 10<sup>%{z:.2f}</sup>") + ALONE,
        )
    ]
    for row in view.rows:
        if row.curve:
            hue = colours["input"] if row.colour is None else theme.hue(row.colour, mode)
            look = {"width": 2.4 if row.dash == "solid" else 1.8, "dash": row.dash}
            traces.append(curve(row.uid, row.curve, row.log10_norm, hue, "xy2", **look))
    traces.append(input_curve(view.signal, colours, "xy3", name=_("input x"), showlegend=False))
    plain, count = {"showgrid": False, "zeroline": False}, len(view.rows)
    rows = {"range": (-0.5, count - 0.5), "tickvals": list(range(count)), "ticktext": [row.label for row in view.rows]}
    norm = {"range": view.axis, "nticks": 7, "title": style.title(_("log₁₀ ‖gradient‖"), 6)}
    below = {"title": style.title(_("input"), 6), "showgrid": False} | style.around_zero(view.signal)
    read = {"xref": "x", "yanchor": "bottom", "colour": colours["muted"]}
    layout = style.layout(colours) | {
        "xaxis": style.step_axis(colours, length, anchor="y3", zeroline=False),
        "yaxis": style.axis(colours, domain=(0.52, 1), **rows, **plain),
        "yaxis2": style.axis(colours, anchor="x", domain=(0.14, 0.48), **norm),
        "yaxis3": style.axis(colours, anchor="x", domain=(0, 0.1), **below),
        "shapes": [upright(view.read, "x", colours["text"], layer="above")],
        "annotations": [note(_("output read here"), view.read, 1, **read)],
    }
    layout["margin"] |= {"r": 62, "t": 24, "l": 84}
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


def reach(view: Reach, mode: str) -> dict[str, Any]:
    """What of the last output each input decides, above; how many layers lie between, below."""
    colours = theme.colours(mode)
    length = view.log10_gain.shape[1]
    traces = []
    for number, name in enumerate(view.names):
        hue, look = theme.hue(view.place + number, mode), {"width": 2.6, "dash": DASHES[number], "mode": "lines"}
        traces.append(curve(f"gain{number}", name, view.log10_gain[number], hue, **look))
        look |= {"showlegend": False, "hover": _("%{y:.0f} layers")}
        traces.append(curve(f"layers{number}", name, view.layers[number], hue, "xy2", **look))
    step = _("input at step k; the output is that of step {last}").format(last=length)
    gain = {"range": view.axis, "title": style.title(_("log₁₀ ‖dyₜ/dxₖ‖"), 6)}
    way = {"range": (0, length + 3), "title": style.title(_("layers on the way"), 6)}
    layout = style.layout(colours) | {
        "xaxis": style.step_axis(colours, length, anchor="y2", title=step, dtick=4),
        "yaxis": style.axis(colours, domain=(0.5, 1), **gain),
        "yaxis2": style.axis(colours, anchor="x", domain=(0, 0.43), **way),
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
    recurrent, forward = panels(2, 2, gaps=(0.04, 0))
    traces = []
    for uid, name, curves, panel, place in (
        ("tied", _("same weights in every layer: recurrent"), view.tied, recurrent, view.place),
        ("untied", _("new weights in every layer: feed-forward"), view.untied, forward, view.place + 2),
    ):
        said = {"mode": "lines", "hover": POWER + ALONE}
        seeds, hue = _("{name}, one seed").format(name=name), theme.hue(place, mode)
        for seed, log10 in enumerate(curves):
            look = {"width": 1, "opacity": 0.75, "showlegend": seed == 0}
            traces.append(curve(f"{uid}{seed}", seeds, log10, hue, panel.axes, **look, **said))
        mean, look = _("mean of the logarithms"), {"width": 2.4, "dash": "dash", "showlegend": uid == "tied"}
        traces.append(curve(uid, mean, curves.mean(axis=0), colours["text"], panel.axes, **look, **said))
    layers = style.axis(colours, range=(0.5, count + 0.5), title=_("layer (or step)"), showgrid=False)
    norm = style.title(_("log₁₀ ‖gradient‖"), 6)
    layout = style.layout(colours) | {"hovermode": "closest"}
    layout |= recurrent.layout(layers, style.axis(colours, range=view.axis, title=norm))
    layout |= forward.layout(layers, style.axis(colours, range=view.axis, showticklabels=False))
    return {"data": traces, "layout": layout}


def draw_wired(settings: Settings, found: Wired, mode: str) -> dict[str, Any]:
    """The map over depth and time of a wiring; nothing of it where the forward pass leaves the finite numbers."""
    flow, hue, layers = found.flow, menu_place(settings.experiment), settings.wired_layers
    if flow.overflow and flow.overflow <= settings.experiment.length:
        blank = {name: np.full_like(getattr(flow, name), np.nan) for name in ("ahead", "back", "features", "inputs")}
        flow = flow._replace(**blank)
    rows = [Row("inputs", _("input x"), flow.inputs, _("inputs x"), "dot", None)]
    if settings.wiring == "convolution":
        rows.append(Row("features", _("convolution"), flow.features))
    for layer in range(1, layers + 1):
        outermost = layer in (1, layers)
        dash = "solid" if layer == layers else "dash"
        ahead, back = _("layer {layer} →"), _("layer {layer} ←")
        if settings.wiring != "both":
            ahead = _("layer {layer}")
        label = ahead.format(layer=layer)
        rows.append(Row(f"ahead{layer}", label, flow.ahead[layer - 1], label * outermost, dash, hue))
        if settings.wiring == "both":
            label = back.format(layer=layer)
            rows.append(Row(f"back{layer}", label, flow.back[layer - 1], label * outermost, dash, hue + 2))
    return depth_by_time(View(rows, settings.step("wired_step"), signal(found.xs), AXES[settings.axis]), mode)


def draw_reach(settings: Settings, found: Paths, mode: str) -> dict[str, Any]:
    """Five networks."""
    names = [
        base(settings).cell_class.label,
        _("feed-forward, {window} inputs").format(window=WINDOW),
        _("plain convolution, {layers} layers").format(layers=PLAIN_LAYERS),
        _("dilated convolution, {layers} layers").format(layers=PLAIN_LAYERS),
        _("attention, 1 layer"),
    ]
    place = menu_place(settings.experiment)
    return reach(Reach(names, found.log10_gain, found.layers, place, (-12.5, 2.5)), mode)


def draw_depth(settings: Settings, found: Depths, mode: str) -> dict[str, Any]:
    """Tied and untied."""
    tied, untied = (np.where(found.overflow, np.nan, curves) for curves in (found.tied, found.untied))
    return depth(Depth(tied, untied, menu_place(settings.experiment), AXES[settings.axis]), mode)
