"""Training as it goes: loss, the gradient at every step, its norm, the gates. NumPy in, figure out."""

from typing import Any, NamedTuple

import numpy as np

from app import theme
from app.figures import style
from app.language import _

DASHES = ("solid", "dash", "dot", "dashdot")
"""Line styles of the runs of one cell, which share its hue."""
DECADES = 10.0
"""Of the gradient's colour scale, on either side of 1."""
GONE = -99.0
"""Where a gradient of exactly 0 is drawn: colder than anything."""
NORMS = (-4.2, 4.2)
"""log10 axis of the whole gradient's norm."""
HIGHWAY = (-12.5, 0.8)
"""log10 axis of a product of gates."""
LEAST = 1e-5
"""Smallest loss on the axis."""


class RunView(NamedTuple):
    """One run.

    Attributes:
        uid: prefix of its trace names.
        label: name in the legend.
        place: place of its cell in the menu, which gives its hue.
        dash: its line style.
        update: (N,) updates, thinned; where several fall together, their mean.
        loss: (N,) the loss that those updates saw.
        log10_norm: (N,) log10 norm of the gradient.
        log10_clipped: (N,) the same after clipping.
        at: (M,) updates after which something was measured; the first is 0.
        held_out: (M,) held-out loss.
        accuracy: (M,) share of right answers; NaN where the task has none.
        log10_gradient: (steps, M) log10 of dL/dh_t.
        gate_mean: (G, M) mean of each gate.
        best_mean: (M,) of the gate on the direct path, the mean of the unit where it is largest; empty without one.
        best_product: (M,) log10 of that gate's product over all steps, of the unit where it is largest.
        middle_product: (M,) the same, median over the units.
        gates: symbols of the gates.
        direct: symbol of the gate on the direct path; "" without one.
        solved: the update at which it solved the task, 0 if it has not.
        broken: the update that left the finite numbers, 0 if none did.
    """

    uid: str
    label: str
    place: int
    dash: str
    update: np.ndarray
    loss: np.ndarray
    log10_norm: np.ndarray
    log10_clipped: np.ndarray
    at: np.ndarray
    held_out: np.ndarray
    accuracy: np.ndarray
    log10_gradient: np.ndarray
    gate_mean: np.ndarray
    best_mean: np.ndarray
    best_product: np.ndarray
    middle_product: np.ndarray
    gates: tuple[str, ...]
    direct: str
    solved: int
    broken: int


class View(NamedTuple):
    """What the figures draw.

    Attributes:
        runs: at most four.
        baseline: the loss without memory.
        without: what has that loss.
        solved_below: the held-out loss below which the task is solved.
        target: updates asked for: the end of the axis.
        steps: T.
        judged: whether there is an accuracy.
        unit: what the loss is.
    """

    runs: list[RunView]
    baseline: float
    without: str
    solved_below: float
    target: int
    steps: int
    judged: bool
    unit: str


def hero(view: View, mode: str) -> dict[str, Any]:
    """Loss against updates, accuracy below it; at the right each run's gradient at every step, as it trains.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    traces: list[dict[str, Any]] = []
    for run in view.runs:
        hue = theme.hue(run.place, mode)
        traces.append(
            _curve(f"{run.uid}.seen", run.label, run.update, run.loss, {"color": hue, "width": 1}, "x", "y")
            | {"showlegend": False, "opacity": 0.35, "hoverinfo": "skip"}
        )
        line = {"color": hue, "width": 2.6, "dash": run.dash}
        held_out = _curve(f"{run.uid}.held_out", run.label, run.at, run.held_out, line, "x", "y")
        traces.append(held_out | {"hovertemplate": _("update %{x}: %{y:.4f}")})
        if view.judged:
            traces.append(
                _curve(f"{run.uid}.accuracy", run.label, run.at, run.accuracy, line, "x", "y2")
                | {"showlegend": False, "hovertemplate": _("update %{x}: %{y:.0%} right")}
            )
    low = np.log10(max(min(view.solved_below / 20, view.baseline / 50), LEAST))
    highest = max((float(np.nanmax(run.held_out, initial=0.0)) for run in view.runs), default=0.0)
    high = np.log10(max(view.baseline * 5, min(1.5 * highest, view.baseline * 1e3)))
    traces += [
        _marks(
            "solved",
            _("solved"),
            [(r.solved, r.held_out, r) for r in view.runs if r.solved],
            "diamond",
            10**high,
            view,
            mode,
        ),
        _marks(
            "broken",
            _("left the finite numbers"),
            [(r.broken, r.loss, r) for r in view.runs if r.broken],
            "x-thin",
            10**high,
            view,
            mode,
        ),
    ]
    plain = style.axis(colours)
    x = plain | {"type": "log", "range": [0, np.log10(max(view.target, 10) * 1.02)], "domain": [0, 0.47]}
    x |= {"title": style.title(_("update")), "anchor": "y2" if view.judged else "y", "zeroline": False}
    x |= {"dtick": 1, "minor": {"ticks": "outside", "ticklen": 3}}
    layout = _canvas(colours, 64) | {
        "xaxis": x,
        "yaxis": plain
        | {
            "type": "log",
            "range": [low, high],
            "domain": [0.3 if view.judged else 0, 1],
            "title": style.title(view.unit),
            "zeroline": False,
            "dtick": 1,
            "exponentformat": "power",
        },
        "shapes": [
            _level(view.baseline, colours["theory"], "dash", "y"),
            _level(view.solved_below, colours["zero"], "dot", "y"),
        ],
        "annotations": [
            _note(
                _("without memory: {loss:.3g}").format(loss=view.baseline), np.log10(view.baseline), "bottom", colours
            ),
            _note(
                _("solved below {loss:.3g}").format(loss=view.solved_below), np.log10(view.solved_below), "top", colours
            ),
        ],
    }
    if view.judged:
        layout["yaxis2"] = plain | {
            "range": [0, 1.08],
            "domain": [0, 0.22],
            "title": style.title(_("right")),
            "tickformat": ".0%",
            "dtick": 0.5,
        }
    _maps(view, traces, layout, colours, mode)
    return {"data": traces, "layout": layout}


def norms(view: View, mode: str) -> dict[str, Any]:
    """Norm of the whole gradient at every update, before clipping (pale) and after; runs side by side.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    traces: list[dict[str, Any]] = []
    layout = _canvas(colours) | {"annotations": []}
    for place, run in enumerate(view.runs):
        axis, hue = _number(place), theme.hue(run.place, mode)
        for uid, label, values, line in (
            ("before", _("before clipping"), run.log10_norm, {"color": colours["zero"], "width": 1.5}),
            ("after", _("after"), run.log10_clipped, {"color": hue, "width": 2}),
        ):
            trace = _curve(f"{run.uid}.{uid}", label, run.update, values, line, f"x{axis}", f"y{axis}")
            traces.append(trace | {"showlegend": place == 0, "hovertemplate": "10<sup>%{y:.2f}</sup>"})
        _column(layout, place, len(view.runs), view, run.label, NORMS, _("log₁₀ ‖gradient‖"), colours)
    return {"data": traces, "layout": layout}


def gates(view: View, mode: str) -> dict[str, Any]:
    """Mean of every gate, and the product of the one on the direct path, as they are learned.

    Args:
        view: the numbers; runs without gates are left out.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    traces: list[dict[str, Any]] = []
    layout = _canvas(colours) | {"annotations": []}
    gated = [run for run in view.runs if run.gates]
    for place, run in enumerate(gated):
        axis, below = _number(place), _number(place + len(gated))
        for symbol, values in zip(run.gates, run.gate_mean, strict=True):
            line = {"color": theme.symbol(symbol, mode), "width": 2}
            trace = _curve(
                f"{run.uid}.{symbol}",
                _("{gate}, mean").format(gate=symbol),
                run.at,
                values,
                line,
                f"x{axis}",
                f"y{axis}",
            )
            shown = all(symbol not in other.gates for other in gated[:place])
            traces.append(trace | {"showlegend": shown, "hovertemplate": "%{y:.3f}"})
        hue = theme.symbol(run.direct, mode)
        for uid, label, values, line, where in (
            (
                "best",
                _("gate on the direct path, best unit"),
                run.best_mean,
                {"color": hue, "width": 2, "dash": "dot"},
                axis,
            ),
            (
                "product",
                _("its product over all steps, best unit"),
                run.best_product,
                {"color": hue, "width": 2.6},
                below,
            ),
            ("middle", _("median unit"), run.middle_product, {"color": hue, "width": 1.5, "dash": "dash"}, below),
        ):
            if not run.direct:
                continue
            trace = _curve(f"{run.uid}.{uid}", label, run.at, values, line, f"x{where}", f"y{where}")
            traces.append(trace | {"showlegend": place == 0, "hovertemplate": "%{y:.2f}"})
        _column(layout, place, len(gated), view, run.label, (-0.05, 1.05), _("gate"), colours, (0.56, 1))
        _column(layout, place + len(gated), len(gated), view, "", HIGHWAY, _("log₁₀ ∏ gate"), colours, (0, 0.44))
    return {"data": traces or [_nothing()], "layout": layout}


class Ratio(NamedTuple):
    """One run of the scatter.

    Attributes:
        label: its settings.
        place: place of its cell in the menu.
        log10_ratio: of the gradient at step 1 to that at the last step, before training.
        best: the best held-out loss it reached over the baseline.
        updates: updates done.
        solved: the update at which it was solved; 0 if it was not.
        here: whether it is one of the runs above.
    """

    label: str
    place: int
    log10_ratio: float
    best: float
    updates: int
    solved: int
    here: bool


def ratios(found: list[Ratio], cells: dict[int, str], axis: tuple[float, float], mode: str) -> dict[str, Any]:
    """Gradient ratio before training against the best loss reached.

    Args:
        found: the runs.
        cells: {place in the menu: label} of their cells.
        axis: range of the log10 axis of the ratio.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    traces = []
    for place, label in cells.items():
        for solved, symbol in ((True, "circle"), (False, "x-thin")):
            mine = [one for one in found if one.place == place and bool(one.solved) == solved]
            if not mine:
                continue
            hue = theme.hue(place, mode)
            traces.append(
                {
                    "type": "scatter",
                    "uid": f"{place}.{solved}",
                    "name": _("{cell}, solved").format(cell=label) if solved else _("{cell}, not").format(cell=label),
                    "mode": "markers",
                    "x": np.array([np.clip(one.log10_ratio, *axis) for one in mine], np.float32),
                    "y": np.array([np.clip(one.best, 1e-3, 2.0) for one in mine], np.float32),
                    "text": [
                        one.label
                        + " · "
                        + (
                            _("solved at {n}").format(n=one.solved)
                            if one.solved
                            else _("{n} updates").format(n=one.updates)
                        )
                        for one in mine
                    ],
                    "marker": {
                        "color": hue,
                        "symbol": symbol,
                        "size": [15 if one.here else 10 for one in mine],
                        "line": {"color": hue, "width": 2.2},
                    },
                    "hovertemplate": "%{text}<br>" + _("ratio 10<sup>%{x:.1f}</sup>") + "<extra></extra>",
                }
            )
    plain = style.axis(colours)
    layout = _canvas(colours) | {
        "hovermode": "closest",
        "xaxis": plain
        | {
            "range": [axis[0] - 0.5, axis[1] + 0.5],
            "title": style.title(_("before training: log₁₀ ‖dL/dh₁‖ / ‖dL/dh<sub>T</sub>‖")),
        },
        "yaxis": plain
        | {
            "type": "log",
            "range": [-3.2, 0.5],
            "dtick": 1,
            "exponentformat": "power",
            "zeroline": False,
            "title": style.title(_("best loss / loss without memory")),
        },
        "shapes": [_level(1.0, colours["theory"], "dash", "y")],
    }
    return {"data": traces or [_nothing()], "layout": layout}


class Generation(NamedTuple):
    """One generation of the search, best first.

    Attributes:
        fitness: (N,) held-out loss, smallest first; inf for what broke.
        labels: (N,) the settings in words.
        size: (N,) hidden sizes.
    """

    fitness: np.ndarray
    labels: list[str]
    size: np.ndarray


def generations(
    found: list[Generation], baseline: float, solved: float, place: int, unit: str, mode: str
) -> dict[str, Any]:
    """Every individual's fitness, generation by generation, and the best one's line.

    Args:
        found: the generations.
        baseline: the loss without memory.
        solved: the loss below which the task is solved.
        place: place of the cell in the menu.
        unit: what the loss is.
        mode: theme, "light" or "dark".
    """
    colours, hue = theme.colours(mode), theme.hue(place, mode)
    numbers = np.concatenate([np.zeros(0), *(np.full(len(one.fitness), k + 1) for k, one in enumerate(found))])
    fitness = np.concatenate([np.zeros(0), *(one.fitness for one in found)])
    top = baseline * 6
    shown = np.where(np.isfinite(fitness), np.clip(fitness, LEAST, top), top)
    # Side by side within a generation, so that equal ones can be told apart.
    beside = np.concatenate([np.zeros(0), *(np.linspace(-0.28, 0.28, len(one.fitness)) for one in found)])
    sizes = np.concatenate([np.zeros(0), *(one.size for one in found)])
    best = np.array([one.fitness[0] for one in found])
    traces = [
        {
            "type": "scatter",
            "uid": "individuals",
            "name": _("one individual; larger dots have more units"),
            "mode": "markers",
            "x": (numbers + beside).astype(np.float32),
            "y": shown.astype(np.float32),
            "text": [text for one in found for text in one.labels],
            "marker": {
                "color": hue,
                "opacity": 0.55,
                "size": (4 + 3 * np.log2(sizes / 4)).astype(np.float32),
                "symbol": "circle",
            },
            "hovertemplate": "%{text}<br>%{y:.4f}<extra></extra>",
        },
        _curve(
            "best",
            _("the best one so far"),
            np.arange(1, len(found) + 1),
            np.minimum.accumulate(best),
            {"color": colours["text"], "width": 2},
            "x",
            "y",
        )
        | {"hovertemplate": "%{y:.4f}"},
    ]
    plain = style.axis(colours)
    layout = _canvas(colours) | {
        "hovermode": "closest",
        "xaxis": plain | {"range": [0.5, max(len(found), 8) + 0.5], "dtick": 1, "title": style.title(_("generation"))},
        "yaxis": plain
        | {
            "type": "log",
            "range": [np.log10(max(solved / 20, LEAST)), np.log10(top * 1.1)],
            "dtick": 1,
            "exponentformat": "power",
            "zeroline": False,
            "title": style.title(unit),
        },
        "shapes": [_level(baseline, colours["theory"], "dash", "y"), _level(solved, colours["zero"], "dot", "y")],
        "annotations": [
            _note(_("without memory: {loss:.3g}").format(loss=baseline), np.log10(baseline), "bottom", colours),
            _note(_("solved below {loss:.3g}").format(loss=solved), np.log10(solved), "top", colours),
        ],
    }
    return {"data": traces, "layout": layout}


def _maps(view: View, traces: list, layout: dict[str, Any], colours: Any, mode: str) -> None:
    """The gradient of every run, one map above the other on one axis of updates."""
    count = max(len(view.runs), 1)
    gap = 0.1
    height = (1 - gap * (count - 1)) / count
    for place, run in enumerate(view.runs):
        axis = place + 3
        top = 1 - place * (height + gap)
        last = place == count - 1
        traces.append(
            {
                "type": "heatmap",
                "uid": f"{run.uid}map",
                "name": run.label,
                "showlegend": False,
                "x": run.at.astype(np.float32),
                "y": np.linspace(1, view.steps, len(run.log10_gradient)).astype(np.float32),
                "z": _drawable(run.log10_gradient),
                "zmin": -DECADES,
                "zmax": DECADES,
                "colorscale": theme.gradient_size(mode),
                "showscale": place == 0,
                "colorbar": {
                    "title": {"text": "log₁₀ ‖dL/dhₜ‖", "side": "right"},
                    "x": 0.99,
                    "xanchor": "left",
                    "len": 1,
                    "thickness": 10,
                    "tickvals": [-10, -5, 0, 5, 10],
                    "outlinewidth": 0,
                },
                "hovertemplate": _("update %{x}, step %{y:.0f}: 10<sup>%{z:.2f}</sup>") + "<extra></extra>",
                "xaxis": f"x{axis}",
                "yaxis": f"y{axis}",
            }
        )
        plain = style.axis(colours) | {"showgrid": False, "zeroline": False}
        layout[f"xaxis{axis}"] = plain | {
            "domain": [0.56, 0.975],
            "range": [-view.target / 80, view.target * 1.005 + 1],
            "anchor": f"y{axis}",
            "showticklabels": last,
            "title": style.title(_("update") if last else ""),
            "nticks": 6,
        }
        layout[f"yaxis{axis}"] = plain | {
            "domain": [max(top - height, 0), top],
            "range": [0.5, view.steps + 0.5],
            "anchor": f"x{axis}",
            "title": style.title(_("step t")),
            "tickvals": [1, view.steps // 2, view.steps],
        }
        layout["annotations"].append(
            {
                "text": f"<b>{run.label}</b>",
                "x": 0.56,
                "y": top,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 12, "color": theme.hue(run.place, mode)},
            }
        )


def _drawable(log10: np.ndarray) -> np.ndarray:
    """Exactly 0 is colder than anything; what is not a number is a gap."""
    return np.where(np.isneginf(log10), GONE, log10).astype(np.float32)


def _curve(uid: str, name: str, x: np.ndarray, y: np.ndarray, line: dict, xaxis: str, yaxis: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "uid": uid,
        "name": name,
        # On a log axis of updates the beginning stands at the first.
        "x": np.maximum(x, 1).astype(np.float32),
        "y": np.where(np.isfinite(y), y, np.nan).astype(np.float32),
        "mode": style.mode(len(x)),
        "line": line,
        "xaxis": xaxis,
        "yaxis": yaxis,
    }


def _marks(uid: str, name: str, found: list, symbol: str, top: float, view: View, mode: str) -> dict[str, Any]:
    """Where runs were solved, or broke."""
    heights = []
    for update, values, run in found:
        x = run.at if uid == "solved" else run.update
        before = values[: np.searchsorted(x, update, side="right")]
        finite = before[np.isfinite(before)]
        heights.append(float(np.clip(finite[-1] if finite.size else view.baseline, LEAST, 0.7 * top)))
    return {
        "type": "scatter",
        "uid": uid,
        "name": name,
        "showlegend": bool(found),
        "x": np.array([update for update, _values, _run in found], np.float32),
        "y": np.array(heights, np.float32),
        "mode": "markers",
        "marker": {
            "symbol": symbol,
            "size": 14,
            "color": theme.colours(mode)["text"],
            "line": {"color": theme.colours(mode)["text"], "width": 2.5 if symbol == "x-thin" else 0},
        },
        "hovertemplate": f"{name}: " + _("update %{x}") + "<extra></extra>",
        "xaxis": "x",
        "yaxis": "y",
    }


def _nothing() -> dict[str, Any]:
    """Plotly wants a trace, even where there is nothing to draw."""
    empty = np.zeros(0)
    return _curve("nothing", _("nothing to draw"), empty, empty, {}, "x", "y") | {"showlegend": False}


def _number(place: int) -> str:
    return "" if place == 0 else str(place + 1)


def _column(
    layout: dict[str, Any],
    place: int,
    columns: int,
    view: View,
    label: str,
    axis: tuple[float, float],
    title: str,
    colours: Any,
    rows: tuple[float, float] = (0, 1),
) -> None:
    """Axes of one of several pictures side by side, its name above it."""
    number, column = _number(place), place % columns
    width = 1 / columns
    domain = [column * width + (0.045 if column else 0), (column + 1) * width - 0.01]
    plain = style.axis(colours)
    bottom = rows[0] == 0
    layout[f"xaxis{number}"] = plain | {
        "type": "log",
        "range": [0, float(np.log10(max(view.target, 10) * 1.02))],
        "domain": domain,
        "anchor": f"y{number}",
        "zeroline": False,
        "dtick": 1,
        "title": style.title(_("update") if bottom else ""),
        "showticklabels": bottom,
    }
    layout[f"yaxis{number}"] = plain | {
        "range": list(axis),
        "domain": list(rows),
        "anchor": f"x{number}",
        "title": style.title(title if column == 0 else ""),
    }
    if label:
        layout["annotations"].append(
            {
                "text": f"<b>{label}</b>",
                "x": domain[0],
                "y": rows[1],
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 12, "color": colours["text"]},
            }
        )


def _level(value: float, colour: str, dash: str, axis: str) -> dict[str, Any]:
    line = {"color": colour, "width": 1.4, "dash": dash}
    return {
        "type": "line",
        "xref": "x domain",
        "x0": 0,
        "x1": 1,
        "yref": axis,
        "y0": value,
        "y1": value,
        "line": line,
    }


def _note(text: str, y: float, anchor: str, colours: Any) -> dict[str, Any]:
    return {
        "text": text,
        "x": 0.01,
        "xref": "x domain",
        "xanchor": "left",
        "y": float(y),
        "yref": "y",
        "yanchor": anchor,
        "showarrow": False,
        "font": {"size": 11.5, "color": colours["muted"]},
    }


def _canvas(colours: Any, right: int = 12) -> dict[str, Any]:
    return style.canvas(colours, 12) | {
        "margin": {"l": 60, "r": right, "t": 24, "b": 44},
        "hovermode": "x unified",
        "annotations": [],
    }
