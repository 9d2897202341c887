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


def layers_and_input(settings: Settings, found: Wired) -> list[Row]:
    """The rows of the map, from the input up; no numbers where the forward pass leaves the finite ones."""
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
    return rows


def draw_wired(settings: Settings, found: Wired, mode: str) -> dict[str, Any]:
    """The map above, the curves of its outermost rows below, the input at the bottom, all on one time axis."""
    rows, shown, read = layers_and_input(settings, found), signal(found.xs), settings.step("wired_step")
    colours = theme.colours(mode)
    length = len(shown)
    traces = [
        heat(
            "map",
            _("log₁₀ of the gradient of the output read"),
            np.array([row.log10_norm for row in rows]),
            theme.gradient_size(mode),
            (-COLOUR_RANGE, COLOUR_RANGE),
            x=step_numbers(length),
            y=np.arange(len(rows)),
            ygap=2,
            bar=colour_bar("log₁₀", 0.98, x=1.005, y=1, yanchor="top", tickvals=[-10, 0, 10]),
            hover=_("step %{x}: 10<sup>%{z:.2f}</sup>") + ALONE,
        )
    ]
    for row in rows:
        if row.curve:
            hue = colours["input"] if row.colour is None else theme.hue(row.colour, mode)
            look = {"width": 2.4 if row.dash == "solid" else 1.8, "dash": row.dash}
            traces.append(curve(row.uid, row.curve, row.log10_norm, hue, "xy2", **look))
    traces.append(input_curve(shown, colours, "xy3", name=_("input x"), showlegend=False))
    plain, count = {"showgrid": False, "zeroline": False}, len(rows)
    named = {"range": (-0.5, count - 0.5), "tickvals": list(range(count)), "ticktext": [row.label for row in rows]}
    norm = {"range": AXES[settings.axis], "nticks": 7, "title": style.title(_("log₁₀ ‖gradient‖"), 6)}
    below = {"title": style.title(_("input"), 6), "showgrid": False} | style.around_zero(shown)
    beside = {"xref": "x", "yanchor": "bottom", "colour": colours["muted"]}
    layout = style.layout(colours) | {
        "xaxis": style.step_axis(colours, length, anchor="y3", zeroline=False),
        "yaxis": style.axis(colours, domain=(0.52, 1), **named, **plain),
        "yaxis2": style.axis(colours, anchor="x", domain=(0.14, 0.48), **norm),
        "yaxis3": style.axis(colours, anchor="x", domain=(0, 0.1), **below),
        "shapes": [upright(read, "x", colours["text"], layer="above")],
        "annotations": [note(_("output read here"), read, 1, **beside)],
    }
    layout["margin"] |= {"r": 62, "t": 24, "l": 84}
    return {"data": traces, "layout": layout}


def draw_reach(settings: Settings, found: Paths, mode: str) -> dict[str, Any]:
    """What of the last output each input decides, above; how many layers lie between, below."""
    names = [
        base(settings).cell_class.label,
        _("feed-forward, {window} inputs").format(window=WINDOW),
        _("plain convolution, {layers} layers").format(layers=PLAIN_LAYERS),
        _("dilated convolution, {layers} layers").format(layers=PLAIN_LAYERS),
        _("attention, 1 layer"),
    ]
    colours = theme.colours(mode)
    length = found.log10_gain.shape[1]
    traces = []
    for number, name in enumerate(names):
        hue, look = (
            theme.hue(menu_place(settings.experiment) + number, mode),
            {"width": 2.6, "dash": DASHES[number], "mode": "lines"},
        )
        traces.append(curve(f"gain{number}", name, found.log10_gain[number], hue, **look))
        look |= {"showlegend": False, "hover": _("%{y:.0f} layers")}
        traces.append(curve(f"layers{number}", name, found.layers[number], hue, "xy2", **look))
    step = _("input at step k; the output is that of step {last}").format(last=length)
    gain = {"range": (-12.5, 2.5), "title": style.title(_("log₁₀ ‖dyₜ/dxₖ‖"), 6)}
    way = {"range": (0, length + 3), "title": style.title(_("layers on the way"), 6)}
    layout = style.layout(colours) | {
        "xaxis": style.step_axis(colours, length, anchor="y2", title=step, dtick=4),
        "yaxis": style.axis(colours, domain=(0.5, 1), **gain),
        "yaxis2": style.axis(colours, anchor="x", domain=(0, 0.43), **way),
    }
    return {"data": traces, "layout": layout}


def draw_depth(settings: Settings, found: Depths, mode: str) -> dict[str, Any]:
    """Recurrent on the left, feed-forward on the right, one thin line a seed, their mean thick."""
    place, axis = menu_place(settings.experiment), AXES[settings.axis]
    colours = theme.colours(mode)
    count = found.tied.shape[1]
    recurrent, forward = panels(2, 2, gaps=(0.04, 0))
    traces = []
    for uid, name, log10_norms, panel, hue_place in (
        ("tied", _("same weights in every layer: recurrent"), found.tied, recurrent, place),
        ("untied", _("new weights in every layer: feed-forward"), found.untied, forward, place + 2),
    ):
        said = {"mode": "lines", "hover": POWER + ALONE}
        seeds, hue = _("{name}, one seed").format(name=name), theme.hue(hue_place, mode)
        for seed, log10 in enumerate(log10_norms):
            look = {"width": 1, "opacity": 0.75, "showlegend": seed == 0}
            traces.append(curve(f"{uid}{seed}", seeds, log10, hue, panel.axes, **look, **said))
        mean, look = _("mean of the logarithms"), {"width": 2.4, "dash": "dash", "showlegend": uid == "tied"}
        traces.append(curve(uid, mean, log10_norms.mean(axis=0), colours["text"], panel.axes, **look, **said))
    layers = style.axis(colours, range=(0.5, count + 0.5), title=_("layer (or step)"), showgrid=False)
    norm = style.title(_("log₁₀ ‖gradient‖"), 6)
    layout = style.layout(colours) | {"hovermode": "closest"}
    layout |= recurrent.layout(layers, style.axis(colours, range=axis, title=norm))
    layout |= forward.layout(layers, style.axis(colours, range=axis, showticklabels=False))
    return {"data": traces, "layout": layout}
