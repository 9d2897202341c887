"""The page of gates: curves over time, maps of every unit, saturation, and the highway."""

from typing import Any, NamedTuple

import numpy as np

from app.language import _
from app.plot import style, theme
from app.plot.traces import (
    ALONE,
    POWER,
    Panel,
    bars,
    curve,
    gaps,
    heading,
    heat,
    input_curve,
    line,
    note,
    panels,
    shade,
    signal,
)
from app.settings import AXES, Settings
from app.views.gates.numbers import Gates, Inside
from app.views.gates.settings import Hold, held, operations
from app.views.gates.symbols import is_signed, role, size
from cells.base import AbstractCell

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
        curve: the nonlinearity at the middle of each bin.
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
    curve: np.ndarray
    slope: np.ndarray
    below: float
    above: float
    ends: tuple[float, float]
    mean_slope: float
    low: float
    high: float


def over_time(
    curves: list[Curve],
    xs: np.ndarray,
    holds: list[Hold],
    *,
    axis: tuple[float, float],
    mode: str,
    opening: tuple[str, float],
) -> dict[str, Any]:
    """Gates, gradients and input over one time axis.

    Args:
        curves: the lines.
        xs: (T,) the input as one curve.
        holds: what is held, shaded.
        axis: range of the log10 axis.
        mode: theme, "light" or "dark".
        opening: title and upper end of the upper axis.

    Returns:
        A Plotly figure as a plain dict.
    """
    colours = theme.colours(mode)
    traces = [
        curve(
            each.uid,
            each.label,
            each.y,
            theme.symbol(each.name, mode),
            "xy" if each.panel == "opening" else "xy2",
            width=1.4 if each.ghost else 2.2,
            dash="dot" if each.ghost else "dash" if each.dashed else "solid",
            opacity=0.6 if each.ghost else 1.0,
            showlegend=not each.ghost and (each.panel == "opening" or each.dashed),
            hover="%{y:.3f}" if each.panel == "opening" else POWER,
        )
        for each in curves
    ]
    traces.append(input_curve(xs, colours, "xy3", width=1.1))
    size = max(1.0, float(np.max(np.abs(xs))))
    small = {"standoff": 6, "size": 12}
    layout = _layout(colours, len(xs), anchor="y3") | {
        "shapes": [_span(hold, "xy", mode) for hold in holds],
        "yaxis": style.axis(
            colours,
            range=(-0.03, opening[1]),
            domain=(0.56, 1.0),
            nticks=3,
            zeroline=False,
            title=style.title(opening[0], **small),
        ),
        "yaxis2": style.axis(
            colours, range=axis, domain=(0.12, 0.51), nticks=4, title=style.title(_("log₁₀ |∇|"), **small)
        ),
        "yaxis3": style.axis(
            colours,
            range=(-1.1 * size, 1.1 * size),
            domain=(0.0, 0.08),
            showticklabels=False,
            showgrid=False,
            zeroline=False,
        ),
    }
    return {"data": traces, "layout": layout}


def maps(found: list[Map], stride: int, length: int, holds: list[Hold], mode: str) -> dict[str, Any]:
    """Units times time, one map a name, on fixed colour scales.

    Args:
        found: the maps, from top to bottom.
        stride: steps a column.
        length: T.
        holds: what is held.
        mode: theme, "light" or "dark".
    """
    colours, share = theme.colours(mode), 1 / len(found)
    rows = panels(len(found), up=(0.1 * share, 1 - 0.05 * share), gaps=(0, 0.15 * share))
    layout = _layout(colours, length, anchor=rows[-1].y) | {"hovermode": "closest", "margin": MARGINS | {"t": 2}}
    traces, names = [], []
    said = _("{name}: %{{z:.3f}} at unit %{{y}}, step %{{x:.0f}}")
    for row, each in zip(rows, found, strict=True):
        units = each.values.shape[1]
        layout[row.yaxis] = style.axis(
            colours,
            domain=row.up,
            range=(units + 0.5, 0.5),
            tickvals=[1, units] if units > 1 else [1],
            showgrid=False,
            zeroline=False,
        )
        scale = theme.diverging(mode) if each.low < 0 else theme.opening(mode)
        grid = {"x0": (1 + stride) / 2, "dx": stride, "y0": 1, "dy": 1}
        hover = said.format(name=each.name) + ALONE
        uid, limits = f"map.{each.name}", (each.low, each.high)
        traces.append(heat(uid, each.name, each.values.T, scale, limits, f"x{row.y}", hover=hover, **grid))
        beside = {"size": 17, "colour": theme.symbol(each.name, mode), "xanchor": "right", "xshift": -22}
        names.append(note(f"<b>{each.name}</b>", -0.012, sum(row.up) / 2, **beside))
    places = {each.name: f"x{row.y}" for each, row in zip(found, rows, strict=True)}
    layout |= {"annotations": names, "shapes": [_span(hold, places[hold.name], mode) for hold in holds]}
    return {"data": traces, "layout": layout, "height": 60 + 84 * len(found), "colours": colours["text"]}


def saturation(found: list[Saturation], mode: str) -> dict[str, Any]:
    """Histogram of the pre-activations on the curve they pass, one panel a gate."""
    colours = theme.colours(mode)
    layout = _layout(colours, 1) | {"bargap": 0, "hovermode": "closest", "margin": MARGINS | {"t": 64, "l": 40}}
    layout.pop("xaxis")
    traces, notes = [], []
    for panel, each in zip(panels(len(found), max(1, len(found)), gaps=(0.045, 0)), found, strict=True):
        layout |= panel.layout(
            style.axis(
                colours,
                range=(each.edges[0], each.edges[-1]),
                dtick=4,
                title=style.title(_("pre-activation a"), 2, size=12),
            ),
            style.axis(colours, range=(each.low - 0.04, each.high + 0.08), nticks=3),
        )
        traces += _on_its_curve(each, panel, colours, mode)
        text = _("<b>{name}</b> {label}<br>{below:.0%} below {low:g}, {above:.0%} above {high:g}").format(
            name=each.name,
            label=each.label,
            below=each.below,
            above=each.above,
            low=each.ends[0],
            high=each.ends[1],
        )
        text += "<br>" + _("mean slope {slope:.2f}").format(slope=each.mean_slope)
        notes.append(heading(text, panel.axes, anchor="left", size=12.5, align="left", borderpad=2))
    return {"data": traces, "layout": layout | {"annotations": notes}, "height": 300}


def _on_its_curve(each: Saturation, panel: Panel, colours: dict[str, str], mode: str) -> list[dict[str, Any]]:
    """The histogram as high as the gate's range, the nonlinearity, and its slope."""
    middle, colour = (each.edges[1:] + each.edges[:-1]) / 2, theme.symbol(each.name, mode)
    shown = {"showlegend": panel.number == 1}
    height = each.share / max(float(each.share.max()), 1e-9) * (each.high - each.low) * 0.96
    traces = [
        bars(
            f"saturation.{each.name}",
            _("units and steps"),
            middle,
            height,
            colour,
            panel.axes,
            base=each.low,
            customdata=100 * each.share,
            marker={"opacity": 0.38},
            hover=_("a = %{x:.2f}: %{customdata:.1f} % of units and steps") + ALONE,
            **shown,
        )
    ]
    for uid, label, y, tint, look in (
        ("curve", _("the nonlinearity"), each.curve, colour, {"width": 2.4}),
        ("slope", _("its slope"), each.slope, colours["text"], {"width": 1.6, "dash": "dot"}),
    ):
        look |= shown | {"hover": "%{y:.3f}" + ALONE}
        traces.append(line(f"{uid}.{each.name}", label, middle, y, tint, panel.axes, **look))
    return traces


def highway(
    field: str,
    factor: str,
    named_as: str,
    curves: dict[str, np.ndarray],
    length: int,
    axis: tuple[float, float],
    mode: str,
) -> dict[str, Any]:
    """The direct path against everything else, on one log axis.

    Args:
        field: the field of the state.
        factor: what multiplies it on its direct path.
        named_as: the gate or field whose colour the direct path takes.
        curves: {"direct", "remainder", "total": (T,)} log10 norms; those that are there are drawn.
        length: T.
        axis: range of the log10 axis.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    direct, other = theme.symbol(named_as, mode), theme.symbol("h" if field != "h" else "n", mode)
    traces = [
        curve(f"highway.{name}", label, curves[name], colour, width=width, dash=dash, opacity=opacity)
        for name, label, colour, width, dash, opacity in (
            ("total", _("both together"), colours["theory"], 5.0, "solid", 0.35),
            ("direct", _("direct path: ∏ {gate}").format(gate=factor), direct, 2.4, "solid", 1.0),
            ("remainder", _("every other path"), other, 2.4, "dash", 1.0),
        )
        if name in curves
    ]
    size = style.title(f"log₁₀ |∂{field}<sub>T</sub> / ∂{field}<sub>t</sub>|", 6)
    layout = _layout(colours, length) | {"yaxis": style.axis(colours, range=axis, nticks=8, title=size)}
    return {"data": traces, "layout": layout, "height": 320}


def _span(hold: Hold, axes: str, mode: str) -> dict[str, Any]:
    """The steps over which something is held, shaded in its colour."""
    return shade(
        (hold.first - 0.5, hold.last + 0.5), None, axes, theme.symbol(hold.name, mode), opacity=0.13, layer="above"
    )


def _layout(colours: dict[str, str], length: int, **x: Any) -> dict[str, Any]:
    time = style.step_axis(
        colours,
        length,
        zeroline=False,
        ticks="outside",
        tickcolor=colours["muted"],
        title=style.title(_("step t"), 0, size=12),
        tick0=0,
        tickformat="d",
    )
    return style.canvas(colours) | {"margin": MARGINS, "hovermode": "x unified", "xaxis": time | x}


def gates(settings: Settings, numbers: Gates, mode: str) -> dict[str, Any]:
    """Gates, gradients and input over time; with an operation, how they were before as ghosts."""
    cell_class = settings.experiment.cell_class
    curves = curves_of(cell_class, numbers.now, ghost=False)
    if any(operations(settings)):
        curves = curves_of(cell_class, numbers.before, ghost=True) + curves
    title = _("opening") if any(not gate.candidate for gate in cell_class.gates) else _("size")
    top = max((float(np.nanmax(curve.y)) for curve in curves if curve.panel == "opening"), default=1.0)
    return over_time(
        curves,
        signal(numbers.xs),
        held(settings),
        axis=AXES[settings.axis],
        mode=mode,
        opening=(title, 1.03 if top <= 1 or not np.isfinite(top) else 1.05 * top),
    )


def curves_of(cell_class: type[AbstractCell], inside: Inside, *, ghost: bool) -> list[Curve]:
    """The opening of every gate, or the size of what has a sign or no gates; and the gradient of every name."""
    prefix, found = "ghost." if ghost else "", []
    for name in [gate.symbol for gate in cell_class.gates] or cell_class.State._fields:
        values, signed = inside.values[:, inside.diagram.named(name).wire], is_signed(cell_class, name)
        label = f"{name} {role(cell_class, name)}" + (_(" (size)") if signed else "")
        y = gaps(size(values) if signed else values.mean(axis=-1))
        found.append(Curve(f"{prefix}{name}", name, label, y, "opening", ghost))
    for name in cell_class.intermediates():
        y = gaps(inside.log10_norm[:, inside.diagram.named(name).wire])
        y[inside.last :] = np.nan
        label, state = _("∇{name}").format(name=name), name in cell_class.State._fields
        found.append(Curve(f"{prefix}gradient.{name}", name, label, y, "gradient", ghost, state))
    return found
