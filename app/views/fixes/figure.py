"""What remedies do: the gradient before and after, the scoreboard, and what becomes of updates and of W_hh."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from app.language import _, written
from app.plot import style, theme
from app.plot.bands import band_shapes
from app.plot.traces import ALONE, Panel, curve, dots, line, line_mode, note, panels, pieces, spread, step_numbers
from app.settings import AXES, Settings, menu_place
from app.views.fixes.numbers import Fixes, Row, Training, base
from app.views.fixes.settings import labels
from app.views.fixes.verdict import change, gains, helps, treated_name

REACH = (-1.3, 1.0)
"""Decades per step that the scoreboard shows; what lies beyond stands at the edge as a triangle."""
GROWTHS = (-0.6, 0.6)
"""Decades per step that the figure of training shows; the same of what lies beyond."""
SIZES = (1.2, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0)
"""Ranges of the axis of W_hh's size; the first that holds everything."""
NORMS = (-12.0, 24.0)
"""log10 of an update's norm that is shown."""
DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot")


class Curve(NamedTuple):
    """One run of the figure at the top.

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


def curves_of(settings: Settings, found: Fixes) -> list[Curve]:
    """The ghost first, each remedy alone where there are several, and the treated cell."""
    start, treated = base(settings), found.treated.experiment
    label = _("{cell} before").format(cell=start.cell_class.label)
    curves = [Curve("before", label, menu_place(start), found.before.log10_state_norm, "before")]
    for remedy, (experiment, flow) in found.alone.items():
        label = _("{remedy} alone").format(remedy=labels()[remedy])
        curves.append(Curve(remedy, label, menu_place(experiment), flow.log10_state_norm, "alone"))
    label = treated_name(settings, treated)
    if label == start.cell_class.label:
        label = _("{cell}, unchanged").format(cell=label)
    curves.append(Curve("after", label, menu_place(treated), found.after.log10_state_norm, "after"))
    return curves


def draw_fixes(settings: Settings, found: Fixes, mode: str) -> dict[str, Any]:
    """The gradient on its way back, without and with the remedies."""
    axis, length = AXES[settings.axis], base(settings).length
    colours, traces, alone = theme.colours(mode), [], 0
    if found.seeds:
        series = [flow.log10_state_norm for flow in found.seeds]
        hue = theme.hue(menu_place(found.treated.experiment), mode)
        traces.append(spread("seeds", _("after, five seeds"), step_numbers(len(series[0])), series, hue))
    for run in curves_of(settings, found):
        hue, look = theme.hue(run.place, mode), {"width": 3.4}
        if run.role == "before":
            hue, look = colours["muted"], {"width": 2.6, "dash": "dash"}
        if run.role == "alone":
            hue, look = theme.hue(run.place + 3 + alone, mode), {"width": 1.6, "dash": DASHES[1 + alone % 4]}
            alone += 1
        traces.append(curve(run.uid, run.label, run.log10_norm, hue, **look))
    steps = {"range": (0.5, length + 0.5), "title": _("step t"), "tickformat": "d", "showgrid": False}
    size = style.title(_("log₁₀ ‖∂L/∂sₜ‖"), 6)
    layout = _layout(colours) | {
        "hovermode": "x unified",
        "uirevision": "fixes",
        "xaxis": style.axis(colours, zeroline=False, **steps),
        "yaxis": style.axis(colours, range=axis, title=size, nticks=8),
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
    traces, notes = [], []
    layout = _layout(colours) | {"margin": {"l": 118, "r": 8, "t": 26, "b": 40}, "hovermode": "closest"}
    names = [f"<b>{remedy.label}</b>" if remedy.chosen else remedy.label for remedy in lines]
    layout["yaxis"] = _row_axis(names, colours, tickfont={"size": 12.5}, showgrid=True)
    decades = _decades_axis(REACH) | {"tickfont": {"size": 11}, "title": style.title(_("decades a step"), 2, size=12)}
    for gain, panel in enumerate(panels(len(heads), len(heads), across=(0, 0.61), gaps=(0.02, 0))):
        traces += _at_gain(lines, gain, panel, hue, colours)
        layout[f"xaxis{panel.x[1:]}"] = style.axis(colours, domain=panel.across, anchor="y", **decades)
        notes.append(_head(sum(panel.across) / 2, heads[gain], colours, xanchor="center"))
    notes.append(_head(0.635, _("factor a step here"), colours))
    notes.append(_head(0.845, _("helps against"), colours))
    for row, remedy in enumerate(lines):
        verdict, colour = (f"<b>{remedy.verdict}</b>", "text") if remedy.helps else (remedy.verdict, "muted")
        notes.append(_cell(0.635, row, remedy.numbers, colours["text"]))
        notes.append(_cell(0.845, row, verdict, colours[colour]))
    return {"data": traces, "layout": layout | {"annotations": notes}}


def _at_gain(lines: list[Line], gain: int, panel: Panel, hue: str, colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """Marks of every remedy at one gain; what lies beyond the axis stands at its edge as a triangle."""
    before, after, low, high = (
        np.array([getattr(remedy, name)[gain] for remedy in lines], np.float32)
        for name in ("before", "after", "low", "high")
    )
    rows, axes, first = np.arange(len(lines)), panel.x + "y", {"showlegend": gain == 0}
    change, spread = (np.clip(ends, *REACH) for ends in ((before, after), (low, high)))
    traces = [
        _between(f"change{gain}", _("from before to after"), *change, colours["zero"], axes, **first),
        _between(f"spread{gain}", _("after, all seeds"), *spread, hue, axes, width=5, opacity=0.4, **first),
    ]
    series = (
        ("before", _("before"), before, colours["muted"], 8, "circle", _("before: 10<sup>%{x:.3f}</sup> a step")),
        ("after", _("after, median"), after, hue, 10, "diamond", _("after: 10<sup>%{x:.3f}</sup> a step")),
    )
    for uid, name, values, colour, size, symbol, hover in series:
        inside = np.where(np.clip(values, *REACH) == values, values, np.nan)
        look = {"size": size, "symbol": symbol, "hover": hover + ALONE}
        traces.append(dots(f"{uid}{gain}", name, inside, rows, colour, axes, **look, **first))
    for uid, _name, values, colour, *_look in series:
        beyond = (values < REACH[0]) | (values > REACH[1])
        edge = np.where(beyond, np.clip(values, *REACH), np.nan)
        symbols = ["triangle-left" if value < 0 else "triangle-right" for value in values]
        name, look = _("{what}, beyond the axis").format(what=_(uid)), {"size": 13, "symbol": symbols}
        traces.append(dots(f"{uid}.beyond{gain}", name, edge, rows, colour, axes, **look, showlegend=False))
    return traces


def draw_training(settings: Settings, found: Training, mode: str) -> dict[str, Any]:
    """What each rule makes of one update, and what descent makes of the weights and of the gradient's factor a step."""
    experiment, descent = found.treated.experiment, found.descent
    names = labels() | {"together": _("those switched on")}
    rules, updates = [names[rule] for rule in descent.updates], np.asarray(list(descent.updates.values()))
    weights, place = experiment.cell_class.weights()[0], menu_place(experiment)
    colours, hue = theme.colours(mode), theme.hue(place, mode)
    left, right, below = Panel(1, (0, 0.4)), Panel(2, (0.56, 1), (0.5, 1)), Panel(3, (0.56, 1), (0, 0.26))
    rows = np.arange(len(rules))
    norms = np.clip(np.where(np.isnan(updates[:, :2]), NORMS[1], updates[:, :2]), *NORMS)
    hover = "10<sup>%{x:.2f}</sup>" + ALONE
    traces = [
        _between("between", _("from the gradient to the update"), *norms.T, colours["zero"]),
        dots("gradient", _("gradient"), norms[:, 0], rows, colours["muted"], hover=hover),
        dots("update", _("what is made of it"), norms[:, 1], rows, hue, size=11, symbol="diamond", hover=hover),
    ]
    looks = {
        "plain": (_("plain descent"), colours["muted"], 2),
        "ruled": (_("with the remedies switched on"), hue, 3),
    }
    for run in descent.norms:
        named, colour, width = looks[run]
        for kind, name, values, dash in (
            ("norm", _("σ₁ of {weights}, {run}"), descent.norms[run], "solid"),
            ("radius", _("ρ of {weights}, {run}"), descent.radii[run], "dot"),
        ):
            if not np.isnan(values).all():
                name = name.format(weights=weights, run=named)
                look = {"width": width, "dash": dash, "mode": line_mode(len(values)), "hover": "%{y:.4g}"}
                traces.append(line(f"{run}.{kind}", name, np.arange(len(values)), values, colour, right.axes, **look))
    traces += _growths({"start": found.start} | descent.decades, below, hue, colours)
    notes = [_head(0.415, _("cosine"), colours)]
    for row, cosine in enumerate(updates[:, 2]):
        text = written(f"{cosine:.3f}") if np.isfinite(cosine) else "–"
        notes.append(_cell(0.415, row, text, colours["text"]))
    layout = _layout(colours) | {"margin": {"l": 118, "r": 16, "t": 16, "b": 44}, "hovermode": "closest"}
    update = _("log₁₀ norm of an update's gradient of {weights}").format(weights=weights)
    layout |= left.layout(style.axis(colours, range=_around(norms), title=update), _row_axis(rules, colours))
    size = {
        "range": (0, _room([*descent.norms.values(), *descent.radii.values()])),
        "title": style.title(_("size of {weights}").format(weights=weights), 6),
    }
    layout |= right.layout(
        style.axis(colours, title=_("updates"), showgrid=False, tickformat="d", zeroline=False),
        style.axis(colours, zeroline=False, **size),
    )
    moments = [_("before"), _("plain"), _("with them")]
    factors = _decades_axis(GROWTHS) | {"dtick": 0.2, "title": _("the gradient’s decades a step")}
    layout |= below.layout(style.axis(colours, **factors), _row_axis(moments, colours, tickfont={"size": 12}))
    return {"data": traces, "layout": layout | {"annotations": notes}}


def _growths(decades: dict[str, float], panel: Panel, hue: str, colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """The factor a step before and after descent, on one axis; what lies beyond it stands at its edge as a triangle."""
    looks = {
        "start": (_("factor a step before any update"), colours["muted"], "circle-open"),
        "plain": (_("factor a step after plain descent"), colours["muted"], "circle"),
        "ruled": (_("factor a step after descent with the remedies"), hue, "diamond"),
    }
    traces = []
    for row, (run, (name, colour, symbol)) in enumerate(looks.items()):
        at, hover = np.clip(np.array([decades[run]]), *GROWTHS), "10<sup>%{x:.3f}</sup>" + ALONE
        if at[0] != decades[run]:
            symbol, hover = "triangle-left" if decades[run] < 0 else "triangle-right", ""
        look = {"size": 11, "symbol": symbol, "hover": hover, "edge": 2 if symbol == "circle-open" else 0}
        traces.append(dots(f"growth.{run}", name, at, np.array([row]), colour, panel.axes, showlegend=False, **look))
    return traces


def _between(
    uid: str,
    name: str,
    start: np.ndarray,
    end: np.ndarray,
    colour: str,
    axes: str = "xy",
    *,
    width: float = 1.2,
    **more: Any,
) -> dict[str, Any]:
    """A stroke in every row from one value to another."""
    rows = np.repeat(np.arange(len(start)), 3)
    return line(uid, name, pieces(start, end), rows, colour, axes, width=width, **more)


def _around(values: np.ndarray) -> list[float]:
    """A range in steps of four decades, so that it moves seldom."""
    low, high = float(np.floor(values.min() / 4) * 4), float(np.ceil(values.max() / 4) * 4)
    return [low - 0.4, max(high, low + 4) + 0.4]


def _room(sizes: Sequence[np.ndarray]) -> float:
    """Where the axis of sizes ends, so that it moves seldom."""
    drawn = np.concatenate(sizes)
    largest = float(np.max(drawn[np.isfinite(drawn)], initial=1.0))
    return next((size for size in SIZES if largest <= size), 1.05 * largest)


def _row_axis(names: list[str], colours: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """An axis of named rows, the first on top."""
    ticks = {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": names, "zeroline": False}
    return style.axis(colours, range=(len(names) - 0.5, -0.6), **ticks, **more)


def _decades_axis(reach: tuple[float, float]) -> dict[str, Any]:
    """An axis of decades a step, with a strong line where the gradient is carried, and room for marks at its ends."""
    return {"range": (reach[0] - 0.08, reach[1] + 0.08), "dtick": 0.5, "tickformat": "~g", "zerolinewidth": 2}


def _cell(x: float, row: int, text: str, colour: str) -> dict[str, Any]:
    """Words in a row of the table beside the plot."""
    return note(text, x, row, size=12.5, colour=colour, yref="y", xanchor="left", yanchor="middle")


def _head(x: float, text: str, colours: Mapping[str, str], xanchor: str = "left") -> dict[str, Any]:
    """The name of a column, above the plot."""
    return note(text, x, 1.0, size=12.5, colour=colours["text"], xanchor=xanchor, yanchor="bottom")


def _layout(colours: Mapping[str, str]) -> dict[str, Any]:
    legend = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 12.5}}
    return style.canvas(colours, size=14) | {"margin": {"l": 62, "r": 16, "t": 4, "b": 40}, "legend": legend}


def draw_scoreboard(settings: Settings, rows: list[Row], mode: str) -> dict[str, Any]:
    """Every remedy by itself."""
    lines = [
        Line(
            labels()[row.name],
            tuple(np.median(row.before.log10_factors, axis=1).tolist()),
            tuple(np.median(row.after.log10_factors, axis=1).tolist()),
            tuple(row.after.log10_factors.min(axis=1).tolist()),
            tuple(row.after.log10_factors.max(axis=1).tolist()),
            change(row),
            helps(row),
            bool(row.helps_vanishing or row.helps_exploding),
            row.name in settings.remedies,
        )
        for row in rows
    ]
    names = (_("smaller, gain {gain:.3g}"), _("as it is, gain {gain:.3g}"), _("larger, gain {gain:.3g}"))
    heads = [text.format(gain=gain) for text, gain in zip(names, gains(settings), strict=True)]
    return scoreboard(lines, heads, menu_place(settings.experiment), mode)
