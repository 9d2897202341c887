"""Log10 norm of the gradient over time, the unrolled chain and the input, on one time axis."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from app.language import _, language
from app.numbers import seeds_of
from app.phrases import difference
from app.plot import style, theme
from app.plot.bands import band_shapes
from app.plot.traces import chain, curve, edge_label, input_curve, level, signal, spread, step_numbers
from app.settings import AXES, Settings, menu_place
from app.views.gradient.numbers import Gradients
from app.views.gradient.verdict import theory
from cells.experiment import Experiment
from cells.inputs import INPUT_SIZE, INPUTS

DASHES = ("solid", "dash", "dot", "dashdot")
"""A state's line style by its place in the state: h solid, c dashed."""
PIN_DASHES = ("dash", "dot", "dashdot", "longdash")
BOUND_DASHES = ("dot", "longdashdot")
CLOSE = 30.0
"""Decades of an axis on which there is room for more words than one."""
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
        seeds: (state, (T,) of every seed) where a spread is asked for.
    """

    uid: str
    label: str
    place: int
    log10_norm: dict[str, np.ndarray]
    log10_state_norm: np.ndarray
    bounds: list[tuple[str, float]]
    pin: int
    chosen: bool
    seeds: Sequence[tuple[str, list[np.ndarray]]] = ()


def figure(
    runs: list[Run],
    xs: np.ndarray,
    length: int,
    *,
    axis: tuple[float, float],
    input_label: str,
    mode: str,
) -> dict[str, Any]:
    """The whole figure.

    Args:
        runs: the curves; exactly one is chosen.
        xs: (T, channels) the input.
        length: T.
        axis: range of the log10 axis.
        input_label: name of the input, for the legend.
        mode: theme, "light" or "dark".

    Returns:
        A Plotly figure as a plain dict.
    """
    traces = [band for run in runs for band in _bands(run, mode)]
    traces += [trace for run in runs for trace in _curves(run, mode)]
    if len(runs) > CROWD:
        # One entry a cell is enough; what else it has is dashed.
        named = {f"{run.uid}.{next(iter(run.log10_norm))}" for run in runs}
        for trace in traces:
            trace["showlegend"] = trace["uid"] in named or ".bound" in trace["uid"]
    chosen = next(run for run in runs if run.chosen)
    traces += chain(chosen.log10_state_norm, length, chosen.label, mode)
    shown = signal(xs)
    traces.append(input_curve(shown, theme.colours(mode), "xy3"))
    reach = float(np.max(np.abs(shown)))
    return {"data": traces, "layout": _layout(axis, length, input_label, reach, mode, language())}


def _bands(run: Run, mode: str) -> list[dict[str, Any]]:
    """The spread of every state over the seeds."""
    return [
        spread(
            f"{run.uid}.{state}.seeds",
            _("{cell} · {state}, five seeds").format(cell=run.label, state=state),
            step_numbers(len(curves[0])),
            curves,
            theme.hue(run.place, mode),
        )
        for state, curves in run.seeds
    ]


def _curves(run: Run, mode: str) -> list[dict[str, Any]]:
    """The norm of every state, and what theory says of them."""
    colour, width = theme.hue(run.place, mode), 3.2 if run.chosen else 2.0
    traces = []
    for place, (state, norm) in enumerate(run.log10_norm.items()):
        look = {"width": width, "dash": DASHES[place % len(DASHES)], "opacity": 1.0}
        if run.pin:  # pins differ by their dashes, the states of one pin by their width
            dash = PIN_DASHES[(run.pin - 1) % len(PIN_DASHES)]
            look = {"width": (2.4, 1.4)[min(place, 1)], "dash": dash, "opacity": 0.65}
        traces.append(curve(f"{run.uid}.{state}", f"{run.label} · {state}", norm, colour, **look))
    steps = step_numbers(len(run.log10_state_norm))
    for place, (label, factor) in enumerate(run.bounds):
        name = _("{cell} theory {line}").format(cell=run.label, line=label if factor else f"{label} = 0")
        slope = np.log10(factor) if factor > 0 else np.nan
        bound = run.log10_state_norm[-1] + (len(steps) - steps) * np.float32(slope)
        look = {"width": 1.3, "dash": BOUND_DASHES[place % 2], "mode": "lines"}
        traces.append(curve(f"{run.uid}.bound{place}", name, bound, theme.colours(mode)["theory"], **look))
    return traces


@lru_cache(maxsize=64)
def _layout(
    axis: tuple[float, float], length: int, input_label: str, reach: float, mode: str, language: str
) -> dict[str, Any]:
    """What stays while a slider moves the curves: for a largest absolute input, in the language that is spoken."""
    colours = theme.colours(mode)
    plain = {"zeroline": False, "ticklabeloverflow": "allow"}  # or every label is measured in every frame
    hidden = plain | {"showgrid": False, "showline": False, "showticklabels": False}
    named = level(
        1, "y3", colours["muted"], width=0, layer="above", label=edge_label(input_label, "start", "bottom", colours)
    )
    return style.canvas(colours, size=14) | {
        "margin": {"l": 58, "r": 16, "t": 4, "b": 44},
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "uirevision": "gradient",
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
        "xaxis": style.step_axis(
            colours,
            length,
            anchor="y3",
            ticks="outside",
            tickcolor=colours["muted"],
            title=style.title(_("step t"), 8),
            tick0=0,
            tickformat="d",
            **style.spike(colours),
            **plain,
        ),
        "yaxis": style.axis(
            colours,
            range=axis,
            domain=(0.3, 1.0),
            title=style.title(_("log₁₀ ‖gradient‖"), 6),
            zerolinewidth=1.2,
            nticks=9,
            ticklabeloverflow="allow",
        ),
        "yaxis2": style.axis(colours, range=(-1, 1), domain=(0.19, 0.29), **hidden),
        "yaxis3": style.axis(colours, domain=(0.0, 0.14), title=style.title(_("input"), 6))
        | hidden
        | style.around_zero(reach)
        | {"zeroline": True, "zerolinecolor": colours["grid"]},
        "shapes": [*band_shapes(axis, colours), *_in_words(axis, colours), named | {"yref": "y3 domain"}],
    }


def _in_words(axis: tuple[float, float], colours: dict[str, str]) -> list[dict[str, Any]]:
    """What some places of the axis mean, in words, beside them."""
    words = {0: _("as strong as at the loss")}
    low, high = axis
    if high - low < CLOSE:
        words |= {3: _("a thousand times stronger"), -9: _("a billion times weaker")}
    return [
        level(at, "y", colours["muted"], width=0, layer="above", label=edge_label(text, "start", "bottom", colours))
        for at, text in words.items()
    ]


def gradient(settings: Settings, found: Gradients, mode: str) -> dict[str, Any]:
    """The figure of the page."""
    return figure(
        _runs(settings, found),
        found.xs,
        settings.experiment.length,
        axis=AXES[settings.axis],
        input_label=_input_label(settings.experiment, found.xs.shape[1]),
        mode=mode,
    )


def _runs(settings: Settings, found: Gradients) -> list[Run]:
    drawn = [(experiment.cell, experiment, 0) for experiment in settings.runs]
    drawn += [(f"pin{number}", pin, number) for number, pin in enumerate(settings.pins, start=1)]
    runs = []
    for uid, experiment, pin in drawn:
        cell, flow = experiment.cell_class, found.flows[experiment]
        lines = () if pin else theory(settings, experiment)
        seeds = seeds_of(experiment) if settings.spread and not pin else []
        norms = [found.flows[other].log10_norm for other in seeds]
        bounds = [(line.label, growth) for line, growth in zip(lines, flow.bound_growths, strict=bool(lines))]
        runs.append(
            Run(
                uid,
                _pin_label(pin, experiment, settings.experiment) if pin else cell.label,
                menu_place(experiment),
                flow.log10_norm,
                flow.log10_state_norm,
                bounds,
                pin,
                not pin and experiment.cell == settings.experiment.cell,
                [(state, [each[state] for each in norms]) for state in flow.log10_norm if norms],
            )
        )
    return runs


def _pin_label(number: int, pin: Experiment, now: Experiment) -> str:
    what = difference(pin, now)
    return _("pin {number}: {what}").format(number=number, what=what or pin.cell_class.label)


def _input_label(experiment: Experiment, channels: int) -> str:
    label = INPUTS[experiment.input].label
    if channels == INPUT_SIZE and not INPUTS[experiment.input].uses == ("channels",):
        return label + _(", place in the alphabet")
    return label + _(", channel 1 of {count}").format(count=channels) if channels > 1 else label
