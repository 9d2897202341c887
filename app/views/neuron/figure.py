"""One neuron: the cobweb and its product, and the figures below it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from app.language import _
from app.plot import style, theme
from app.plot.traces import (
    ALONE,
    POWER,
    Panel,
    bars,
    dots,
    gaps,
    graded,
    heading,
    level,
    line,
    note,
    panels,
    step_numbers,
    upright,
)
from app.settings import AXES, Settings
from app.views.neuron import numbers
from app.views.neuron.numbers import REACH
from app.views.neuron.settings import DESCENT_B, DESCENT_W, REACH_B, REACH_W, is_pulsed
from app.views.neuron.verdict import CREEPING, note_on
from cells.activations import ACTIVATIONS
from cells.analyses.theory.one_neuron import Branch, Critical, Ends

LOWEST_FACTOR, HIGHEST_FACTOR = -4.2, 0.9
"""Ends of the factors' log10 axis; a factor of exactly 0 is a bar down to its floor."""
FAR = 1e3
"""States beyond this are not drawn; the axis ends long before."""
MOST = 50.0
"""The same for the states and factors over a parameter."""
SHOWN = 40
"""Draws that are drawn."""
FLOAT32_ZERO = -44.85
"""log10 of the smallest number of float32."""


def _axis(colours: dict[str, str], title: str = "", **attributes: Any) -> dict[str, Any]:
    titled = {"title": style.title(title, size=14)} if title else {}
    return style.axis(colours, **titled | attributes)


def _layout(colours: dict[str, str], **more: Any) -> dict[str, Any]:
    usual = {"margin": {"l": 56, "r": 14, "t": 8, "b": 42}, "hovermode": "closest", "bargap": 0.15}
    return style.canvas(colours) | usual | more


def draw_neuron(settings: Settings, found: numbers.Neuron, mode: str) -> dict[str, Any]:
    """The cobweb on the left; on one time axis to its right the state, every factor, and their running product."""
    colours = theme.colours(mode)
    length = len(found.factors)
    cobweb = Panel(1, across=(0, 0.36))
    layout = _layout(colours, hovermode="x", bargap=0.1)
    layout |= cobweb.layout(
        _axis(colours, "hₜ₋₁", range=(-REACH, REACH), nticks=7), _axis(colours, "hₜ", range=(-REACH, REACH), nticks=7)
    )
    layout["xaxis2"] = _axis(
        colours,
        _("step t"),
        domain=(0.47, 1),
        anchor="y4",
        range=(-0.5, length + 0.5),
        dtick=style.spacing(length, most=11),
        showgrid=False,
    )
    for number, title, domain, ends in (
        (2, "hₜ", (0.77, 1), (-REACH, REACH)),
        (3, _("log₁₀ factor"), (0.39, 0.71), (LOWEST_FACTOR, HIGHEST_FACTOR)),
        (4, _("log₁₀ product"), (0, 0.34), AXES[settings.axis]),
    ):
        layout[f"yaxis{number}"] = _axis(colours, title, domain=domain, anchor="x2", range=ends, nticks=5)
    if is_pulsed(settings):
        layout["shapes"] = [upright(settings.pulse_step, "x2", colours["text"])]
        layout["annotations"] = [note(_("pulse"), settings.pulse_step, 1, xref="x2", xanchor="left", yanchor="top")]
    return {"data": _cobweb(found, cobweb.axes, mode) + _over_time(found, mode), "layout": layout}


def _cobweb(found: numbers.Neuron, axes: str, mode: str) -> list[dict[str, Any]]:
    """The map with its fixed points, and the orbit's stairs between it and the diagonal."""
    colours, hue, other = theme.colours(mode), theme.hue(0, mode), theme.hue(2, mode)
    ends = np.array([-REACH, REACH])
    traces = [
        line("diagonal", _("where h stays"), ends, ends, colours["zero"], axes, width=1.3),
        line("map", "φ(w h + b)", found.x, gaps(found.map, FAR), other, axes, width=2.6),
    ]
    if found.pulsed is not None:
        pulsed = gaps(found.pulsed, FAR)
        traces.append(line("pulsed", _("φ with the pulse"), found.x, pulsed, other, axes, width=1.6, dash="dash"))
    stairs = np.repeat(gaps(found.states, FAR), 2)
    broken = np.isnan(stairs[:-1]) | np.isnan(stairs[1:])
    steps_up = np.where(broken, np.nan, stairs[1:])
    traces.append(line("cobweb", _("the orbit"), np.nan_to_num(stairs[:-1]), steps_up, hue, axes, width=1.5))
    points, slopes = found.points.states, found.points.slopes
    for uid, name, look, chosen in (
        ("stable", _("stable fixed point"), {}, np.abs(slopes) < 1),
        ("unstable", _("unstable or marginal"), {"symbol": "circle-open", "edge": 2.2}, np.abs(slopes) >= 1),
    ):
        at = points[chosen & (np.abs(points) <= FAR)]
        traces.append(dots(uid, name, at, at, other, axes, size=10, **look))
    start = gaps(found.states[:1], FAR)
    return [*traces, dots("start", _("start h₀"), start, start, hue, axes, symbol="diamond", size=13)]


def _over_time(found: numbers.Neuron, mode: str) -> list[dict[str, Any]]:
    """The state, the factor of every step, and their product, from step 0 or 1 on."""
    colours, hue = theme.colours(mode), theme.hue(0, mode)
    steps = np.arange(0, len(found.factors) + 1)
    floor, ceiling = LOWEST_FACTOR, HIGHEST_FACTOR
    heights = np.clip(np.nan_to_num(found.log10_factors, nan=0.0, neginf=floor), floor, ceiling)
    product = gaps(np.concatenate([[0.0], found.log10_products]), 1e6)
    marker = {"size": 4 if len(found.factors) > 40 else 6, "color": hue}
    slope = found.attractor.factor
    expected = steps * np.float32(np.log10(slope) if 0 < slope < np.inf else np.nan)
    return [
        line(
            "states",
            "h",
            steps,
            gaps(found.states, FAR),
            hue,
            "x2y2",
            mode="lines+markers",
            marker=marker,
            hover="h = %{y:.4g}",
            showlegend=False,
        ),
        bars(
            "factors",
            _("factor w φ′ of a step"),
            steps[1:],
            heights,
            graded(heights, 0.5, mode),
            "x2y3",
            customdata=gaps(found.factors, 1e6),
            hover=_("factor %{customdata:.4g}"),
        ),
        line("product", _("running product dhₜ/dh₀"), steps, product, colours["text"], "x2y4", width=3, hover=POWER),
        line(
            "expected",
            _("the attractor's slope at every step"),
            steps,
            expected,
            colours["theory"],
            "x2y4",
            width=1.4,
            dash="dot",
        ),
    ]


class Side(NamedTuple):
    """What is drawn over one parameter.

    Attributes:
        letter: of the parameter.
        label: its name.
        here: its value, which is marked.
        reach: end of its axis.
        branch: fixed points along it.
        values: of the parameter, at which orbits were followed.
        ends: where they end.
    """

    letter: str
    label: str
    here: float
    reach: float
    branch: Branch
    values: np.ndarray
    ends: Ends


def draw_bifurcation(settings: Settings, found: numbers.Bifurcation, mode: str) -> dict[str, Any]:
    """Fixed points over w and over b, the factor where orbits end below each, and the plane of both."""
    branches, here = found.branches, (settings.neuron_w, settings.neuron_b)
    sides = (
        Side("w", _("weight w"), here[0], REACH_W, branches.over_w, numbers.WS, branches.ends_w),
        Side("b", _("bias b"), here[1], REACH_B, branches.over_b, numbers.BS, branches.ends_b),
    )
    colours, hue, other, third = theme.colours(mode), *(theme.hue(place, mode) for place in (0, 2, 3))
    layout = _layout(colours, shapes=[])
    traces = []
    for side, number, across in zip(sides, (1, 3), ((0, 0.28), (0.36, 0.64)), strict=True):
        top, low = Panel(number, across, (0.42, 1)), Panel(number + 1, across, (0, 0.34))
        traces += _over_parameter(side, found.neuron.attractor.states, top.axes, low.axes, mode)
        over = {"range": (-side.reach, side.reach), "nticks": 7}
        states = _axis(colours, "h", range=(-REACH, REACH))
        factors = _axis(colours, _("factor"), range=(-0.05, 1.55), nticks=4)
        layout |= top.layout(_axis(colours, showticklabels=False, **over), states)
        layout |= low.layout(_axis(colours, side.label, **over), factors)
        layout["shapes"] += [upright(side.here, panel.axes, colours["text"]) for panel in (top, low)]
        layout["shapes"].append(level(1.0, low.axes, colours["zero"]))
    plane = Panel(5, across=(0.73, 1))
    fold, flip = (_pieces(*border, np.isfinite(border[0])) for border in (branches.fold, branches.flip))
    w, b = (np.array([value]) for value in here)
    diamond = {"symbol": "diamond", "size": 13, "showlegend": False}
    traces += [
        line("map", _("fold: two fixed points meet"), *fold, other, plane.axes, width=2.6),
        line("flip", _("flip: two states in turn"), *flip, third, plane.axes, dash="dash"),
        dots("here", _("this neuron"), w, b, hue, plane.axes, **diamond),
    ]
    weight = _axis(colours, _("weight w"), range=(-REACH_W, REACH_W), nticks=7)
    layout |= plane.layout(weight, _axis(colours, _("bias b"), range=(-REACH_B, REACH_B)))
    return {"data": traces, "layout": layout}


def _over_parameter(side: Side, resting: Sequence[float], top: str, low: str, mode: str) -> list[dict[str, Any]]:
    """Where orbits end over w or b, and the states the neuron rests in, in the upper panel; the factor in the lower."""
    hue, other, third = (theme.hue(place, mode) for place in (0, 2, 3))
    letter, first = side.letter, {"showlegend": side.letter == "w"}
    parameter, states, slopes = side.branch
    with np.errstate(invalid="ignore"):
        seen = (np.abs(parameter) <= side.reach) & (np.abs(states) <= 2 * REACH)
    stable, unstable = (_pieces(parameter, states, seen & held) for held in (np.abs(slopes) < 1, np.abs(slopes) >= 1))
    at, ended = _restless(side.values, side.ends)
    here, resting = np.full(len(resting), side.here), gaps(np.array(resting), MOST)
    in_turn, diamond = _("two states in turn, or more"), {"symbol": "diamond", "size": 11}
    traces = [
        line(f"stable_{letter}", _("stable fixed point"), *stable, other, top, width=2.6, **first),
        line(f"unstable_{letter}", _("unstable fixed point"), *unstable, other, top, dash="dot", **first),
        dots(f"others_{letter}", in_turn, at, gaps(ended, MOST), third, top, size=3.5, **first),
        dots(f"here_{letter}", _("this neuron"), here, resting, hue, top, **diamond, **first),
    ]
    name, said = _("factor a step where it ends"), "×%{y:.4g}" + ALONE
    for place, row in enumerate(side.ends.factors):
        look = {"hover": said, "showlegend": letter == "w" and place == 0}
        traces.append(line(f"factor_{letter}{place}", name, side.values, gaps(row, MOST), hue, low, **look))
    return traces


def _pieces(x: np.ndarray, y: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The chosen points of a curve, with a gap wherever some between them were not."""
    places = np.flatnonzero(chosen)
    breaks = np.flatnonzero(np.diff(places) > 1) + 1
    return tuple(
        np.insert(values[places].astype(np.float32), breaks, gap) for values, gap in ((x, np.float32(0)), (y, np.nan))
    )


def draw_critical(settings: Settings, found: Critical, mode: str) -> dict[str, Any]:
    """The product of the slopes over time, at the edge and 1 % beside it: on log-log axes, and on log-linear ones."""
    steps, w = found.steps, found.w
    colours = theme.colours(mode)
    left, right = panels(2, 2, gaps=(0.08, 0))
    traces = []
    for uid, name, log10, times, hue, look in (
        ("edge", _("w = {w:.4g}, the edge"), found.log10_product, 1.0, 0, {"width": 3}),
        ("below", _("1 % less: {w:.4g}"), found.below, 0.99, 2, {"dash": "dash"}),
        ("above", _("1 % more: {w:.4g}"), found.above, 1.01, 3, {"dash": "dashdot"}),
    ):
        label = name.format(w=w * times) if np.isfinite(w) else name.partition("{")[0]
        colour, look = theme.hue(hue, mode), look | {"hover": POWER + ALONE}
        traces.append(line(f"{uid}1", label, np.log10(steps), log10, colour, left.axes, showlegend=True, **look))
        traces.append(line(f"{uid}2", label, steps, log10, colour, right.axes, showlegend=False, **look))
    law, name = found.log10_product[-1] - 1.5 * (np.log10(steps) - np.log10(steps[-1])), _("slope of t^(−3/2)")
    traces.append(line("law", name, np.log10(steps), law, colours["theory"], left.axes, width=1.5, dash="dot"))
    power_law, exponential = _("step t, logarithmic: a power law is straight"), _("step t: an exponential is straight")
    tens = {"tickvals": [0, 1, 2, 3, 4], "ticktext": ["1", "10", "100", "1000", "10 000"]}
    product = _axis(colours, _("log₁₀ product"), range=(-12.5, 1))
    layout = _layout(colours)
    layout |= left.layout(_axis(colours, power_law, range=(0, 4.02), **tens), product)
    layout |= right.layout(_axis(colours, exponential, range=(0, 1000)), product)
    return {"data": traces, "layout": layout}


def draw_latch(settings: Settings, found: numbers.Latch, mode: str) -> dict[str, Any]:
    """What a latched bit withstands and what is left of its gradient: over w, and one against the other."""
    ws, here = numbers.LATCH_WEIGHTS, found.here.withstood
    colours, hue, other = theme.colours(mode), theme.hue(0, mode), theme.hue(2, mode)
    top, low, right = Panel(1, (0, 0.4), (0.55, 1)), Panel(2, (0, 0.4), (0, 0.45)), Panel(3, (0.5, 1))
    u, left = found.withstood, found.log10_left
    left_name = _("gradient left after {steps} steps").format(steps=numbers.LATCH_STEPS)
    both = {"width": 3, "hover": _("u* = %{x:.3g}: 10<sup>%{y:.2f}</sup>") + ALONE}
    traded = np.nan_to_num(gaps(u)), np.where(np.isfinite(u), left, np.nan)
    traces = [
        line("withstood", _("disturbance withstood, u*"), ws, u, other, top.axes, hover="u* = %{y:.4g}"),
        line("left", left_name, ws, left, hue, low.axes, hover=POWER),
        line("trade", _("one against the other"), *traded, colours["text"], right.axes, **both),
    ]
    for trace in traces:
        trace["showlegend"] = True
    if np.isfinite(here):
        w, u_here, left_here = (np.array([value]) for value in (settings.neuron_w, here, found.log10_left_here))
        name, diamond = _("this neuron's w, with b in the middle"), {"symbol": "diamond"}
        traces += [
            dots("here1", name, w, u_here, hue, top.axes, size=12, showlegend=False, **diamond),
            dots("here2", name, w, left_here, hue, low.axes, size=12, showlegend=False, **diamond),
            dots("here3", name, u_here, left_here, hue, right.axes, size=13, **diamond),
        ]
    over, gradient = {"range": (1, ws[-1])}, _axis(colours, _("log₁₀ left"), range=(-195, 8))
    withstood = _axis(colours, _("disturbance withstood, u*"), range=(-0.05, 4.2))
    layout = _layout(colours)
    layout |= top.layout(_axis(colours, showticklabels=False, **over), _axis(colours, "u*", range=(-0.1, 5.2)))
    layout |= low.layout(_axis(colours, _("weight w"), **over), gradient) | right.layout(withstood, gradient)
    at = {"xref": "x3 domain", "yref": "y3", "xanchor": "right", "yanchor": "top"}
    layout["annotations"] = [note(_("float32 is zero below"), 1, FLOAT32_ZERO, size=13, **at)]
    layout["shapes"] = [level(FLOAT32_ZERO, panel.axes, colours["zero"]) for panel in (low, right)]
    layout["shapes"] += [upright(settings.neuron_w, panel.axes, colours["text"]) for panel in (top, low)]
    return {"data": traces, "layout": layout}


def draw_draws(settings: Settings, found: numbers.Draws, mode: str) -> dict[str, Any]:
    """Two fans of products on the same axes, and how wide each is."""
    expected = found.expected
    colours = theme.colours(mode)
    length = found.products.tied.shape[1]
    steps = step_numbers(length)
    layout, traces = _layout(colours), []
    beside = Panel(3, across=(0.74, 1))
    fans = panels(2, 2, across=(0, 0.61), gaps=(0.05, 0))
    for place, (fan, uid, expected_spread, name, spread) in enumerate(
        (
            (fans[0], "tied", expected.tied, _("one weight, used at every step"), _("spread, one weight")),
            (fans[1], "untied", expected.untied, _("a new weight at every step"), _("spread, new weights")),
        )
    ):
        hue, first = theme.hue((0, 2)[place], mode), {"showlegend": place == 0}
        values = getattr(found.products, uid)[:SHOWN]
        x = np.tile(np.append(steps[1::2], length), len(values))
        fanned = np.concatenate([values[:, 1::2], np.full((len(values), 1), np.nan)], axis=1).ravel()  # one line
        drift = steps * expected.drift
        measured, theory = np.log10(np.maximum(found.spreads[place], 1e-9)), np.log10(expected_spread)
        wide, thin = {"width": 3, "hover": POWER + ALONE}, {"width": 1.5, "dash": "dot"}
        mean, text, known = _("mean drift, in theory"), colours["text"], colours["theory"]
        traces += [
            line(uid, name, x, gaps(fanned, 1e6), hue, fan.axes, width=1, opacity=0.55),
            line(f"drift{place}", mean, steps, drift, text, fan.axes, dash="dash", **first),
            line(f"{uid}_spread", spread, np.log10(steps), measured, hue, beside.axes, **wide),
            line(f"{uid}_theory", _("theory"), np.log10(steps), theory, known, beside.axes, **thin, **first),
        ]
        title = _("log₁₀ product") if place == 0 else ""
        product = _axis(colours, title, range=(-210, 130), showticklabels=place == 0)
        layout |= fan.layout(_axis(colours, _("step t"), range=(0, length + 0.5)), product)
    tens = {"tickvals": [0, 1, 2], "ticktext": ["1", "10", "100"]}
    layout |= beside.layout(
        _axis(colours, _("step t"), range=(0, 2.02), **tens),
        _axis(colours, _("spread in decades"), range=(-0.7, 2.1), **tens),
    )
    return {"data": traces, "layout": layout}


def draw_zoo(settings: Settings, found: numbers.Zoo, mode: str) -> dict[str, Any]:
    """Every activation with its slope, and to the right what each costs a step in a wide net."""
    chosen = settings.experiment.activation
    colours, hue, other = theme.colours(mode), theme.hue(0, mode), theme.hue(2, mode)
    traces, names, columns = [], [], 4
    layout = _layout(colours, margin={"l": 30, "r": 14, "t": 34, "b": 42})
    grid = panels(len(found.curves), columns, across=(0, 0.595), gaps=(0.025, 0.13), first=2)
    for place, (panel, (name, (values, slope))) in enumerate(zip(grid, found.curves.items(), strict=True)):
        first = {"showlegend": place == 0}
        traces.append(line(f"phi_{name}", "φ(x)", found.x, gaps(values, 1e6), other, panel.axes, **first))
        traces.append(line(f"slope_{name}", "φ′(x)", found.x, gaps(slope, 1e6), hue, panel.axes, **first))
        lowest, leftmost = panel.up[0] == grid[-1].up[0], panel.across[0] == 0
        layout |= panel.layout(
            _axis(colours, range=(-6, 6), tickvals=[-5, 0, 5], showticklabels=lowest),
            _axis(colours, range=(-1.3, 1.8), tickvals=[-1, 0, 1], showticklabels=leftmost),
        )
        label = ACTIVATIONS[name].label
        text = f"<b>{label}</b>" if name == chosen else label
        names.append(heading(f"{text}<br><span style='font-size:11px'>{note_on(name, found)}</span>", panel.axes))
    ranked = list(found.measured)[::-1]
    measured, theory = (np.array([of[name] for name in ranked]) for of in (found.measured, found.theory))
    numbers = [f"{abs(value):.2f}" if value > -0.005 else f"−{-value:.2f}" for value in measured]
    labels = [f"{ACTIVATIONS[name].label}  <b>{number}</b>" for name, number in zip(ranked, numbers, strict=True)]
    tints = [hue if name == chosen else colours["zero"] for name in ranked]
    said, costs = "%{y}: 10<sup>%{x:.3f}</sup>" + ALONE, _("log₁₀ factor a step, measured in a wide net")
    cross = {"symbol": "x-thin", "edge": 2}
    traces += [
        bars("measured", costs, measured, labels, tints, orientation="h", hover=said),
        dots("theory", _("mean-field theory"), theory, labels, colours["text"], **cross),
    ]
    cost = _axis(colours, _("log₁₀ factor a step"), range=(-0.82, 0.05), nticks=5)
    layout |= Panel(1, across=(0.79, 1)).layout(cost, _axis(colours, type="category"))
    return {"data": traces, "layout": layout | {"annotations": names}}


SHEAR, RISE, TALL = 0.3, 0.24, 1.1
"""How far a slice of the surface stands to the right, and up, for one unit of w; and the height of E = 1."""


def draw_surface(settings: Settings, found: numbers.Surface, mode: str) -> dict[str, Any]:
    """The error from above and from the side, with two walks; beside it what each walk meets at every update."""
    surface, clip = found.map, settings.descent_clip
    free, held = ([np.asarray(part[place]) for part in found.walk] for place in range(2))
    colours = theme.colours(mode)
    above, aside = Panel(1, across=(0, 0.28)), Panel(2, across=(0.33, 0.64))
    error, norm = Panel(3, (0.74, 1), (0.54, 1)), Panel(4, (0.74, 1), (0, 0.46))
    cliff = _("the cliff, b = 0.5 − w σ(0.5)")
    start = free[0][0]
    traces = [
        _contours(surface, mode),
        line("cliff", cliff, *surface.cliff, colours["text"], above.axes, width=1.6, dash="dash"),
        *_slices(surface, aside.axes, mode),
    ]
    clipped = _("clipped at norm {clip:.3g}").format(clip=clip)
    for uid, name, walk, look in (
        ("free", _("descent without clipping"), free, {"colour": theme.hue(3, mode), "width": 2.4}),
        ("clipped", clipped, held, {"colour": theme.hue(2, mode), "width": 2.4, "dash": "dot"}),
    ):
        (w, b), errors, norms = walk[0].T, *walk[1:]
        updates, said, more = np.arange(len(errors)), "10<sup>%{y:.2f}</sup>" + ALONE, look | {"showlegend": False}
        log_error, log_norm = (np.log10(np.maximum(values, 1e-12)) for values in (errors, norms))
        traces += [
            line(uid, name, _capped(w), _capped(b), axes=above.axes, **look),
            line(f"{uid}_above", name, *_seen_aside(surface, w, b, errors), axes=aside.axes, **more),
            line(f"{uid}_error", name, updates, log_error, axes=error.axes, hover=f"E = {said}", **more),
            line(f"{uid}_norm", name, updates, log_norm, axes=norm.axes, hover=said, **more),
        ]
    look = {"symbol": "diamond", "size": 12}
    traces.append(dots("start", _("start: click the map"), start[:1], start[1:], colours["text"], above.axes, **look))
    (low, high), (left, right) = DESCENT_W, DESCENT_B
    deep = high - low
    bare = {"showgrid": False, "zeroline": False, "showticklabels": False}
    updates = {"range": (0, len(free[1]) - 1)}
    layout = _layout(colours, shapes=[level(float(np.log10(clip)), norm.axes, colours["zero"])])
    layout |= above.layout(
        _axis(colours, _("weight w"), range=(low, high)), _axis(colours, _("bias b"), range=(left, right))
    )
    layout |= aside.layout(
        _axis(
            colours,
            _("bias →  weight ↗  E ↑"),
            range=(left - 0.1, right + SHEAR * deep + 0.1),
            **bare,
        ),
        _axis(colours, range=(-0.05, RISE * deep + TALL * 0.5 + 0.1), **bare),
    )
    layout |= error.layout(
        _axis(colours, showticklabels=False, **updates), _axis(colours, "log₁₀ E", range=(-5.5, 0.3), nticks=4)
    )
    layout |= norm.layout(
        _axis(colours, _("update"), **updates), _axis(colours, "log₁₀ ‖∇E‖", range=(-4.5, 4.5), nticks=5)
    )
    return {"data": traces, "layout": layout}


def _contours(found: numbers.ErrorMap, mode: str) -> dict[str, Any]:
    """The error from above."""
    colours = theme.colours(mode)
    return {
        "type": "contour",
        "uid": "map",
        "name": "E(w, b)",
        "x": gaps(found.ws),
        "y": gaps(found.bs),
        "z": gaps(found.errors),
        "autocontour": False,
        "contours": {"start": 0.0, "end": 0.5, "size": 0.05},
        "line": {"width": 0.6, "color": colours["zero"]},
        "colorscale": [[0, colours["label"]], [1, theme.hue(0, mode)]],
        "zmin": 0.0,
        "zmax": 0.5,
        "showscale": False,
        "showlegend": False,
        "hovertemplate": "w = %{x:.2f}, b = %{y:.2f}: E = %{z:.4f}" + ALONE,
        "xaxis": "x",
        "yaxis": "y",
    }


def _slices(found: numbers.ErrorMap, axes: str, mode: str) -> list[dict[str, Any]]:
    """The error from the side: one filled slice a weight, the farthest first."""
    name, label = _("slices of the surface, one a weight"), theme.colours(mode)["label"]
    traces = []
    for place in range(len(found.ws) - 1, -1, -4):
        behind = float(found.ws[place] - found.ws[0])
        across, floor = found.bs + SHEAR * behind, RISE * behind - 0.02
        x = np.concatenate([across[:1], across, across[-1:]])
        y = np.concatenate([[floor], TALL * found.errors[:, place] + RISE * behind, [floor]])
        look = {"width": 1.1, "fill": "toself", "fillcolor": label, "showlegend": place == len(found.ws) - 1}
        traces.append(line(f"slice{place}", name, x, y, theme.hue(0, mode), axes, **look))
    return traces


def _seen_aside(
    found: numbers.ErrorMap, w: np.ndarray, b: np.ndarray, errors: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A walk on the surface from the side, with a gap where it leaves the map."""
    behind = w - found.ws[0]
    inside = (behind >= 0) & (w <= found.ws[-1]) & (b >= found.bs[0]) & (b <= found.bs[-1])
    return _capped(b + SHEAR * behind), np.where(inside, TALL * errors + RISE * behind + 0.01, np.nan)


def _capped(values: np.ndarray) -> np.ndarray:
    """float32; a walk that is thrown out of the picture leaves it in the right direction."""
    return np.clip(values, -1e4, 1e4).astype(np.float32)


def _restless(parameter: np.ndarray, ends: Ends) -> tuple[np.ndarray, np.ndarray]:
    """(parameter, state) of every orbit that does not end on one state; at the edge it may still creep towards one."""
    states = ends.states
    with np.errstate(invalid="ignore", over="ignore"):
        moving = np.isfinite(states).all(axis=-1) & (np.ptp(states, axis=-1) > 1e-2)
    moving &= np.abs(ends.factors - 1) > CREEPING / 2
    where = np.broadcast_to(parameter[:, None], states.shape[1:])
    chosen = [(where[row].ravel(), states[start][row].ravel()) for start, row in enumerate(moving)]
    return np.concatenate([at for at, _ended in chosen]), np.concatenate([ended for _at, ended in chosen])
