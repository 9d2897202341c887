"""Training as it goes: loss, the gradient at every step, its norm, the gates. NumPy in, figure out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from app.language import _
from app.plot import style, theme
from app.plot.traces import ALONE, POWER, Panel, colour_bar, dots, heading, heat, level, line, line_mode, note, panels
from app.settings import Settings, menu_place
from app.views.learning import verdict
from app.views.learning.numbers import Curves, Learned, Tried
from app.views.learning.search import Searched
from cells import all_cells
from cells.training import search
from cells.training.tasks import TASKS

DASHES = ("solid", "dash", "dot", "dashdot")
"""Line styles of the runs of one cell, which share its hue."""
DECADES = 10.0
"""Of the gradient's colour scale, on either side of 1."""
GONE = -99.0
"""Where a gradient of exactly 0 is drawn: colder than anything."""
NORMS = (-4.2, 4.2)
"""log10 axis of the whole gradient's norm."""
FIRST_COLUMN = np.array([-12.5, 12.5])
"""Where a map's column begins and ends that is still alone; more of them say themselves how wide they are."""
HIGHWAY = (-12.5, 0.8)
"""log10 axis of a product of gates."""
LEAST = 1e-5
"""Smallest loss on the axis."""
RATIOS = (-30.0, 4.0)
"""log10 axis of a ratio of gradients."""


@dataclass(frozen=True, kw_only=True)
class RunView(Curves):
    """One run.

    Attributes:
        uid: prefix of its trace names.
        label: name in the legend.
        place: place of its cell in the menu, which gives its hue.
        dash: its line style.
    """

    uid: str
    label: str
    place: int
    dash: str


class View(NamedTuple):
    """What the figures draw.

    Attributes:
        runs: at most four.
        baseline: the loss without memory.
        solved_below: the held-out loss below which the task is solved.
        target: updates asked for: the end of the axis.
        steps: T.
        judged: whether there is an accuracy.
        unit: what the loss is.
    """

    runs: list[RunView]
    baseline: float
    solved_below: float
    target: int
    steps: int
    judged: bool
    unit: str


def losses_and_maps(view: View, mode: str) -> dict[str, Any]:
    """Loss against updates, accuracy below it; at the right each run's gradient at every step, as it trains.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    low = np.log10(max(min(view.solved_below / 20, view.baseline / 50), LEAST))
    highest = max((float(np.nanmax(run.held_out, initial=0.0)) for run in view.runs), default=0.0)
    usual = max(view.baseline, LEAST)  # some tasks need no memory
    high = np.log10(max(usual * 5, min(1.5 * highest, usual * 1e3)))
    traces: list[dict[str, Any]] = []
    for run in view.runs:
        hue, thick = theme.hue(run.place, mode), {"width": 2.6, "dash": run.dash}
        pale = {"width": 1, "opacity": 0.35, "showlegend": False}
        traces.append(_over_updates(f"{run.uid}.seen", run.label, run.update, run.loss, hue, **pale))
        thick["hover"] = _("update %{x}: %{y:.4f}")
        traces.append(_over_updates(f"{run.uid}.held_out", run.label, run.at, run.held_out, hue, **thick))
        if view.judged:
            thick |= {"hover": _("update %{x}: %{y:.0%} right"), "showlegend": False}
            traces.append(_over_updates(f"{run.uid}.accuracy", run.label, run.at, run.accuracy, hue, "xy2", **thick))
    solved = [(run.solved, run.at, run.held_out) for run in view.runs if run.solved]
    broken = [(run.broken, run.update, run.loss) for run in view.runs if run.broken]
    for uid, name, happened, symbol, edge in (
        ("solved", _("solved"), solved, "diamond", 0),
        ("broken", _("left the finite numbers"), broken, "x-thin", 2.5),
    ):
        x = np.array([update for update, _updates, _losses in happened])
        y = np.array([_height(*event, view.baseline, 0.7 * 10**high) for event in happened])
        look = {"size": 14, "symbol": symbol, "edge": edge, "showlegend": bool(happened)}
        traces.append(dots(uid, name, x, y, colours["text"], hover=f"{name}: " + _("update %{x}") + ALONE, **look))
    bottom = "y2" if view.judged else "y"
    ticks = {"dtick": 1, "minor": {"ticks": "outside", "ticklen": 3}}
    layout = _canvas(colours, 64) | _known(view.baseline, view.solved_below, colours)
    layout |= {
        "xaxis": _update_axis(view, colours, domain=(0, 0.47), title=_("update"), anchor=bottom, **ticks),
        "yaxis": _loss_axis(colours, (low, high), title=view.unit, domain=(0.3 if view.judged else 0, 1)),
    }
    if view.judged:
        right = {"range": (0, 1.08), "domain": (0, 0.22), "title": _("right")}
        layout["yaxis2"] = style.axis(colours, **right, tickformat=".0%", dtick=0.5)
    maps = panels(len(view.runs), across=(0.59, 0.975), gaps=(0, 0.1), first=3)
    for panel, run in zip(maps, view.runs, strict=True):
        traces.append(_gradient_map(run, view.steps, panel, mode))
        layout |= _map_axes(view, panel, colours, last=panel is maps[-1])
        layout["annotations"].append(_name(run.label, panel, theme.hue(run.place, mode)))
    return {"data": traces, "layout": layout}


def norms(view: View, mode: str) -> dict[str, Any]:
    """Norm of the whole gradient at every update, before clipping (pale) and after; runs side by side.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    traces: list[dict[str, Any]] = []
    layout = _canvas(colours)
    for panel, run in zip(_columns(len(view.runs)), view.runs, strict=True):
        hue, look = theme.hue(run.place, mode), {"hover": POWER, "showlegend": panel.number == 1}
        for uid, name, values, colour, width in (
            ("before", _("before clipping"), run.log10_norm, colours["zero"], 1.5),
            ("after", _("after"), run.log10_clipped, hue, 2),
        ):
            traces.append(
                _over_updates(f"{run.uid}.{uid}", name, run.update, values, colour, panel.axes, width=width, **look)
            )
        layout |= _column_axes(view, panel, NORMS, _("log₁₀ ‖gradient‖"), colours)
        layout["annotations"].append(_name(run.label, panel, colours["text"]))
    return {"data": traces, "layout": layout}


def gates(view: View, mode: str) -> dict[str, Any]:
    """Mean of every gate, and the product of the one on the direct path, as they are learned.

    Args:
        view: the numbers; runs without gates are left out.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    traces: list[dict[str, Any]] = []
    layout = _canvas(colours)
    gated = [run for run in view.runs if run.gates]
    upper, lower = _columns(len(gated), (0.56, 1)), _columns(len(gated), (0, 0.44), first=len(gated) + 1)
    named: set[str] = set()
    for above, below, run in zip(upper, lower, gated, strict=True):
        for symbol, values in zip(run.gates, run.gate_mean, strict=True):
            name, colour = _("{gate}, mean").format(gate=symbol), theme.symbol(symbol, mode)
            look = {"hover": "%{y:.3f}", "showlegend": symbol not in named}
            traces.append(_over_updates(f"{run.uid}.{symbol}", name, run.at, values, colour, above.axes, **look))
        named |= set(run.gates)
        for uid, name, values, axes, width, dash in (
            ("best", _("gate on the direct path, best unit"), run.best_mean, above.axes, 2, "dot"),
            ("product", _("its product over all steps, best unit"), run.best_product, below.axes, 2.6, "solid"),
            ("middle", _("median unit"), run.middle_product, below.axes, 1.5, "dash"),
        ):
            if run.direct:
                look = {"width": width, "dash": dash, "hover": "%{y:.2f}", "showlegend": above.number == 1}
                colour = theme.symbol(run.direct, mode)
                traces.append(_over_updates(f"{run.uid}.{uid}", name, run.at, values, colour, axes, **look))
        layout |= _column_axes(view, above, (-0.05, 1.05), _("gate"), colours)
        layout |= _column_axes(view, below, HIGHWAY, _("log₁₀ ∏ gate"), colours)
        layout["annotations"].append(_name(run.label, above, colours["text"]))
    return {"data": traces or [_nothing(colours)], "layout": layout}


def draw_tried(settings: Settings, found: Tried, mode: str) -> dict[str, Any]:
    """Gradient ratio before training against the best loss reached."""
    colours = theme.colours(mode)
    hover = "%{text}<br>" + _("ratio 10<sup>%{x:.1f}</sup>") + ALONE
    traces = []
    for (place, cell), solved in product(enumerate(all_cells()), (True, False)):
        runs = [run for run in found.trials if run.lesson.terms.experiment.cell == cell and bool(run.solved) == solved]
        if not runs:
            continue
        name = _("{cell}, solved") if solved else _("{cell}, not")
        ends = [
            _("solved at {n}").format(n=run.solved) if solved else _("{n} updates").format(n=run.updates)
            for run in runs
        ]
        traces.append(
            dots(
                f"{place}.{solved}",
                name.format(cell=all_cells()[cell].label),
                np.array([np.clip(run.log10_ratio, *RATIOS) for run in runs]),
                np.array([np.clip(run.best, 1e-3, 2.0) for run in runs]),
                theme.hue(place, mode),
                size=[15 if run.here else 10 for run in runs],
                symbol="circle" if solved else "x-thin",
                edge=2.2,
                text=[f"{verdict.name(run.lesson.terms)} · {end}" for run, end in zip(runs, ends, strict=True)],
                hover=hover,
            )
        )
    before = _("before training: log₁₀ ‖dL/ds₁‖ / ‖dL/ds<sub>T</sub>‖")
    layout = _canvas(colours) | {
        "hovermode": "closest",
        "xaxis": style.axis(colours, range=(RATIOS[0] - 0.5, RATIOS[1] + 0.5), title=before),
        "yaxis": _loss_axis(colours, (-3.2, 0.5), title=_("best loss / loss without memory")),
        "shapes": [level(1.0, "xy", colours["theory"], width=1.4, dash="dash", layer="above")],
    }
    return {"data": traces or [_nothing(colours)], "layout": layout}


def draw_search(settings: Settings, found: Searched, mode: str) -> dict[str, Any]:
    """Every individual's fitness, generation by generation, and the best one's line."""
    generations, genes = found.generations, [genes for born in found.generations for genes in born.genes]
    colours, hue = theme.colours(mode), theme.hue(menu_place(settings.experiment), mode)
    top = found.baseline * 6
    # Side by side within a generation, so that equal ones can be told apart.
    x = _joined(number + np.linspace(-0.28, 0.28, len(born.fitness)) for number, born in enumerate(generations, 1))
    fitness = _joined(born.fitness for born in generations)
    sizes = np.array([search.SIZES[each.size] for each in genes], float)
    traces = [
        dots(
            "individuals",
            _("one individual; larger dots have more units"),
            x,
            np.where(np.isfinite(fitness), np.clip(fitness, LEAST, top), top),
            hue,
            size=(4 + 3 * np.log2(sizes / 4)).astype(np.float32),
            text=[verdict.in_words(settings.experiment, each) for each in genes],
            marker={"opacity": 0.55},
            hover="%{text}<br>%{y:.4f}" + ALONE,
        ),
        _over_updates(
            "best",
            _("the best one so far"),
            np.arange(1, len(generations) + 1),
            np.minimum.accumulate(np.array([born.fitness[0] for born in generations])),
            colours["text"],
            hover="%{y:.4f}",
        ),
    ]
    shown = (np.log10(max(found.solved_below / 20, LEAST)), np.log10(top * 1.1))
    layout = _canvas(colours) | _known(found.baseline, found.solved_below, colours)
    layout |= {
        "hovermode": "closest",
        "xaxis": style.axis(colours, range=(0.5, max(len(generations), 8) + 0.5), dtick=1, title=_("generation")),
        "yaxis": _loss_axis(colours, shown, title=_("loss after {updates} updates").format(updates=search.UPDATES)),
    }
    return {"data": traces, "layout": layout}


def _over_updates(
    uid: str, name: str, updates: np.ndarray, values: np.ndarray, colour: str, axes: str = "xy", **more: Any
) -> dict[str, Any]:
    """A line over updates; on their log axis the beginning stands at the first."""
    return line(uid, name, np.maximum(updates, 1), values, colour, axes, mode=line_mode(len(updates)), **more)


def _nothing(colours: Mapping[str, str]) -> dict[str, Any]:
    """Plotly wants a trace, even where there is nothing to draw."""
    return line("nothing", _("nothing to draw"), np.zeros(0), np.zeros(0), colours["text"], showlegend=False)


def _joined(parts: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0), *parts])


def _height(update: int, updates: np.ndarray, losses: np.ndarray, baseline: float, top: float) -> float:
    """Where a mark stands: at the last finite loss up to its update."""
    before = losses[: np.searchsorted(updates, update, side="right")]
    finite = before[np.isfinite(before)]
    return float(np.clip(finite[-1] if finite.size else baseline, LEAST, top))


def _gradient_map(run: RunView, steps: int, panel: Panel, mode: str) -> dict[str, Any]:
    """The gradient of a run at every step, as it trains; one scale serves all runs."""
    scale = colour_bar("", 1, x=0.99, tickvals=[-10, -5, 0, 5, 10])
    scale["title"] = {"text": "log₁₀ ‖dL/dsₜ‖", "side": "right"}
    return heat(
        f"{run.uid}map",
        run.label,
        np.where(np.isneginf(run.log10_gradient), GONE, run.log10_gradient),
        theme.gradient_size(mode),
        (-DECADES, DECADES),
        panel.axes,
        x=run.at if len(run.at) > 1 else FIRST_COLUMN,
        y=np.linspace(1, steps, len(run.log10_gradient)),
        bar=scale if panel.number == 3 else None,
        hover=_("update %{x}, step %{y:.0f}: 10<sup>%{z:.2f}</sup>") + ALONE,
    )


def _map_axes(view: View, panel: Panel, colours: Mapping[str, str], *, last: bool) -> dict[str, Any]:
    """Axes of a map; only the lowest of them names its updates."""
    bare = {"showgrid": False, "zeroline": False}
    x = {"range": (-view.target / 80, view.target * 1.005 + 1), "nticks": 6}
    y = {"range": (0.5, view.steps + 0.5), "tickvals": [1, view.steps // 2, view.steps]}
    return panel.layout(
        style.axis(colours, title=_("update") if last else "", showticklabels=last, **x, **bare),
        style.axis(colours, title=_("step t"), **y, **bare),
    )


def _columns(count: int, up: tuple[float, float] = (0, 1), first: int = 1) -> list[Panel]:
    """Panels side by side on one axis of numbers, which the first has room for."""
    ends = [(column / count + (0.045 if column else 0), (column + 1) / count - 0.01) for column in range(count)]
    return [Panel(first + column, across, up) for column, across in enumerate(ends)]


def _column_axes(
    view: View, panel: Panel, shown: tuple[float, float], title: str, colours: Mapping[str, str]
) -> dict[str, Any]:
    """Axes of one of several panels side by side: updates are named below, numbers at the left."""
    below = panel.up[0] == 0
    return panel.layout(
        _update_axis(view, colours, dtick=1, title=_("update") if below else "", showticklabels=below),
        style.axis(colours, range=shown, title=title if panel.across[0] == 0 else ""),
    )


def _update_axis(view: View, colours: Mapping[str, str], **more: Any) -> dict[str, Any]:
    end = float(np.log10(max(view.target, 10) * 1.02))
    return style.axis(colours, type="log", range=(0, end), zeroline=False, **more)


def _loss_axis(colours: Mapping[str, str], shown: tuple[float, float], **more: Any) -> dict[str, Any]:
    powers = {"type": "log", "dtick": 1, "exponentformat": "power", "zeroline": False}
    return style.axis(colours, range=shown, **powers, **more)


def _known(baseline: float, solved: float, colours: Mapping[str, str]) -> dict[str, Any]:
    """Levels of a loss that are known, each with its name."""
    stands = {"xref": "x domain", "yref": "y", "xanchor": "left", "size": 11.5, "colour": colours["muted"]}
    names = (_("without memory: {loss:.3g}").format(loss=baseline), _("solved below {loss:.3g}").format(loss=solved))
    return {
        "shapes": [
            level(baseline, "xy", colours["theory"], width=1.4, dash="dash", layer="above"),
            level(solved, "xy", colours["zero"], width=1.4, dash="dot", layer="above"),
        ],
        "annotations": [
            note(names[0], 0.01, float(np.log10(baseline)), yanchor="bottom", **stands),
            note(names[1], 0.01, float(np.log10(solved)), yanchor="top", **stands),
        ],
    }


def _name(label: str, panel: Panel, colour: str) -> dict[str, Any]:
    return heading(f"<b>{label}</b>", panel.axes, anchor="left", size=12, colour=colour)


def _canvas(colours: Mapping[str, str], right: int = 12) -> dict[str, Any]:
    margin = {"l": 60, "r": right, "t": 24, "b": 44}
    return style.canvas(colours, 12) | {"margin": margin, "hovermode": "x unified", "annotations": []}


def draw_learning(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """Losses and the gradient's maps."""
    return losses_and_maps(_view(found), mode)


def draw_gradient_norms(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """The gradient's norm, before and after clipping."""
    return norms(_view(found), mode)


def draw_learned_gates(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """Gates as they are learned."""
    return gates(_view(found), mode)


def _view(found: Learned) -> View:
    row, length = TASKS[found.lessons[0].task], found.lessons[0].length
    experiments = [lesson.terms.experiment for lesson in found.lessons]
    drawn = [experiment.cell for experiment in experiments]
    runs = [
        RunView(
            uid=f"run{number}",
            label=label,
            place=menu_place(experiments[number]),
            dash=DASHES[drawn[:number].count(drawn[number])],
            **vars(curves),
        )
        for number, (label, curves) in enumerate(zip(verdict.labels(found.lessons), found.curves, strict=True))
        if curves is not None
    ]
    return View(
        runs,
        found.baseline,
        found.solved_below,
        found.target,
        row.steps(length),
        bool(row.judges),
        _("loss (squared error)") if row.outputs == 1 else _("loss (nats)"),
    )
