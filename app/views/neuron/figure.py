"""One neuron: its hero figure, and the figures below it."""

from typing import Any, NamedTuple

import numpy as np

from app import theme
from app.figures import style
from app.language import _

REACH = 1.6
"""The states' axis ends here, on either side of 0; it is the same for every neuron."""
LOWEST_FACTOR, HIGHEST_FACTOR = -4.2, 0.9
"""Ends of the factors' log10 axis; a factor of exactly 0 is a bar down to its floor."""
FAR = 1e3
"""States beyond this are not drawn; the axis ends long before."""


def _drawn(values: np.ndarray, limit: float = 1e6) -> np.ndarray:
    """float32, with a gap where there is nothing to draw."""
    values = np.asarray(values, float)
    with np.errstate(invalid="ignore"):
        inside = np.isfinite(values) & (np.abs(values) <= limit)
    return np.where(inside, values, np.nan).astype(np.float32)


def _line(uid: str, name: str, x: Any, y: Any, axes: int, colour: str, **more: Any) -> dict[str, Any]:
    """A line on the axes of one panel.

    Args:
        uid: the trace's key.
        name: its entry in the legend.
        x: abscissae.
        y: ordinates.
        axes: the panel's number.
        colour: of the line.
        **more: `width` and `dash` of the line, and attributes of the trace.
    """
    line = {"color": colour, "width": more.pop("width", 2)}
    if "dash" in more:
        line["dash"] = more.pop("dash")
    suffix = str(axes) if axes > 1 else ""
    return {
        "type": "scatter",
        "uid": uid,
        "name": name,
        "x": x,
        "y": y,
        "mode": "lines",
        "line": line,
        "hoverinfo": "skip",
        "xaxis": f"x{suffix}",
        "yaxis": f"y{suffix}",
    } | more


def _dots(uid: str, name: str, x: Any, y: Any, axes: int, colour: str, **more: Any) -> dict[str, Any]:
    marker = {
        "color": colour,
        "size": more.pop("size", 9),
        "symbol": more.pop("symbol", "circle"),
        "line": {"width": 0},
    }
    if marker["symbol"].endswith("open"):
        marker["line"] = {"width": 2.2}
    trace = _line(uid, name, x, y, axes, colour, **more)
    del trace["line"]
    return trace | {"mode": "markers", "marker": marker}


def _panel(colours: dict[str, str], axes: int, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    """The two axes of one panel; a title is given as text."""
    suffix = str(axes) if axes > 1 else ""
    plain = style.axis(colours)
    made = {}
    for letter, other, given in (("x", "y", x), ("y", "x", y)):
        axis = plain | {"anchor": f"{other}{suffix}"} | given
        if isinstance(axis.get("title"), str):
            axis["title"] = {"text": axis["title"], "standoff": 4, "font": {"size": 14}}
        made[f"{letter}axis{suffix}"] = axis
    return made


def _layout(colours: dict[str, str], **more: Any) -> dict[str, Any]:
    made = {"margin": {"l": 56, "r": 14, "t": 8, "b": 42}, "hovermode": "closest", "bargap": 0.15}
    return style.canvas(colours) | made | more


def _upright(colours: dict[str, str], axes: int, at: float) -> dict[str, Any]:
    """A dotted line through a panel, at one place of its x axis."""
    suffix = str(axes) if axes > 1 else ""
    return {
        "type": "line",
        "xref": f"x{suffix}",
        "yref": f"y{suffix} domain",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"color": colours["text"], "width": 1.2, "dash": "dot"},
    }


def _level(colours: dict[str, str], axes: int, at: float) -> dict[str, Any]:
    suffix = str(axes) if axes > 1 else ""
    return {
        "type": "line",
        "xref": f"x{suffix} domain",
        "yref": f"y{suffix}",
        "x0": 0,
        "x1": 1,
        "y0": at,
        "y1": at,
        "layer": "below",
        "line": {"color": colours["zero"], "width": 1.2},
    }


def _heading(axes: int, text: str) -> dict[str, Any]:
    suffix = str(axes) if axes > 1 else ""
    return {
        "text": text,
        "xref": f"x{suffix} domain",
        "yref": f"y{suffix} domain",
        "x": 0.5,
        "y": 1.0,
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 13},
    }


class View(NamedTuple):
    """Numbers of the hero figure.

    Attributes:
        curve: (x, phi(w x + b)) over the states' axis.
        pulsed: the same at the step with the pulse; None if there is none.
        states: (T + 1,) h_0 to h_T.
        factors: (T,) w phi' of every step.
        log10_factors: (T,) log10 of their size.
        log10_products: (T,) their running sum.
        log10_expected: log10 of the size of the slope at the attractor; NaN if there is none.
        points: (states, slopes) of the fixed points.
        pulse_step: the step with the pulse, or 0.
        axis: range of the product's log10 axis.
    """

    curve: tuple[np.ndarray, np.ndarray]
    pulsed: np.ndarray | None
    states: np.ndarray
    factors: np.ndarray
    log10_factors: np.ndarray
    log10_products: np.ndarray
    log10_expected: float
    points: tuple[np.ndarray, np.ndarray]
    pulse_step: int
    axis: tuple[float, float]


def neuron(view: View, mode: str) -> dict[str, Any]:
    """The cobweb on the left; on one time axis to its right the state, every factor, and their running product.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hue, other = theme.colours(mode), theme.hue(0, mode), theme.hue(2, mode)
    length = len(view.factors)
    states = _drawn(view.states, FAR)
    x, y = (part.astype(np.float32) for part in view.curve)
    stairs = np.repeat(states, 2)
    broken = np.isnan(stairs[:-1]) | np.isnan(stairs[1:])
    ends = np.array([-REACH, REACH], np.float32)
    traces = [
        _line("diagonal", _("where h stays"), ends, ends, 1, colours["zero"], width=1.3),
        _line("map", "φ(w h + b)", x, _drawn(y, FAR), 1, other, width=2.6),
    ]
    if view.pulsed is not None:
        name = _("φ with the pulse")
        traces.append(_line("pulsed", name, x, _drawn(view.pulsed, FAR), 1, other, width=1.6, dash="dash"))
    traces.append(
        _line(
            "cobweb",
            _("the orbit"),
            np.nan_to_num(stairs[:-1]),
            np.where(broken, np.nan, stairs[1:]),
            1,
            hue,
            width=1.5,
        )
    )
    points, slopes = view.points
    for uid, name, symbol, chosen in (
        ("stable", _("stable fixed point"), "circle", np.abs(slopes) < 1),
        ("unstable", _("unstable or marginal"), "circle-open", np.abs(slopes) >= 1),
    ):
        at = points[chosen & (np.abs(points) <= FAR)].astype(np.float32)
        traces.append(_dots(uid, name, at, at, 1, other, symbol=symbol, size=10))
    traces.append(_dots("start", _("start h₀"), states[:1], states[:1], 1, hue, symbol="diamond", size=13))
    steps = np.arange(0, length + 1, dtype=np.float32)
    bars = np.clip(np.nan_to_num(view.log10_factors, nan=0.0, neginf=LOWEST_FACTOR), LOWEST_FACTOR, HIGHEST_FACTOR)
    whole = np.concatenate([[0.0], view.log10_products])
    traces += [
        _line(
            "states",
            "h",
            steps,
            states,
            2,
            hue,
            mode="lines+markers",
            marker={"size": 4 if length > 40 else 6, "color": hue},
            hoverinfo="all",
            hovertemplate="h = %{y:.4g}",
            showlegend=False,
        ),
        {
            "type": "bar",
            "uid": "factors",
            "name": _("factor w φ′ of a step"),
            "x": steps[1:],
            "y": bars.astype(np.float32),
            "customdata": _drawn(view.factors),
            "marker": {
                "color": bars.astype(np.float32),
                "cmin": -0.5,
                "cmax": 0.5,
                "colorscale": theme.gradient_size(mode),
                "line": {"width": 0},
            },
            "hovertemplate": _("factor %{customdata:.4g}"),
            "xaxis": "x2",
            "yaxis": "y3",
        },
        _line(
            "product",
            _("running product dhₜ/dh₀"),
            steps,
            _drawn(whole),
            2,
            colours["text"],
            width=3,
            hoverinfo="all",
            hovertemplate="10<sup>%{y:.2f}</sup>",
            yaxis="y4",
        ),
        _line(
            "expected",
            _("the attractor's slope at every step"),
            steps,
            _drawn(steps * view.log10_expected if np.isfinite(view.log10_expected) else np.full_like(steps, np.nan)),
            2,
            colours["theory"],
            width=1.4,
            dash="dot",
            yaxis="y4",
        ),
    ]
    time = {
        "domain": [0.46, 1],
        "range": [-0.5, length + 0.5],
        "dtick": style.spacing(length, most=11),
        "showgrid": False,
    }
    layout = _layout(colours, hovermode="x", bargap=0.1)
    layout |= _panel(
        colours,
        1,
        {"domain": [0, 0.37], "range": [-REACH, REACH], "title": "hₜ₋₁", "nticks": 7},
        {"range": [-REACH, REACH], "title": "hₜ", "nticks": 7},
    )
    layout |= _panel(
        colours,
        2,
        time | {"anchor": "y4", "title": _("step t")},
        {"domain": [0.77, 1], "range": [-REACH, REACH], "title": "hₜ", "nticks": 5},
    )
    for axes, domain, span, title in (
        (3, [0.39, 0.71], [LOWEST_FACTOR, HIGHEST_FACTOR], _("log₁₀ factor")),
        (4, [0, 0.34], list(view.axis), _("log₁₀ product")),
    ):
        made = _panel(colours, axes, {}, {"domain": domain, "range": span, "title": title, "nticks": 5})
        layout[f"yaxis{axes}"] = made[f"yaxis{axes}"] | {"anchor": "x2"}
    if view.pulse_step:
        pulse = _upright(colours, 2, view.pulse_step) | {"yref": "paper"}
        layout["shapes"] = [pulse]
        layout["annotations"] = [
            {
                "text": _("pulse"),
                "xref": "x2",
                "yref": "paper",
                "x": view.pulse_step,
                "y": 1,
                "yanchor": "top",
                "xanchor": "left",
                "showarrow": False,
                "font": {"size": 12},
            }
        ]
    return {"data": traces, "layout": layout}


class Bifurcations(NamedTuple):
    """Numbers of the bifurcation figure.

    Attributes:
        w: the weight marked.
        b: the bias marked.
        reach: (w, b) ends of the two axes.
        branches: over w and over b: (parameter, states, slopes).
        others: over w and over b: (parameter, state) of orbits that end on no fixed point.
        factors: over w and over b: (parameter, (starts, n) factor a step where the orbit ends).
        fold: (w, b) where two fixed points meet.
        flip: (w, b) where two states in turn are born.
        resting: states the marked neuron ends on.
        factor: its factor a step there.
    """

    w: float
    b: float
    reach: tuple[float, float]
    branches: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
    others: list[tuple[np.ndarray, np.ndarray]]
    factors: list[tuple[np.ndarray, np.ndarray]]
    fold: tuple[np.ndarray, np.ndarray]
    flip: tuple[np.ndarray, np.ndarray]
    resting: tuple[float, ...]
    factor: float


def bifurcations(view: Bifurcations, mode: str) -> dict[str, Any]:
    """Fixed points over w and over b, the factor where orbits end below each, and the plane of both.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hue, other, third = theme.colours(mode), *(theme.hue(place, mode) for place in (0, 2, 3))
    traces, layout, shapes = [], _layout(colours), []
    here = (view.w, view.b)
    spans = ([0, 0.28], [0.36, 0.64])
    for side, (letter, reach) in enumerate(zip("wb", view.reach, strict=True)):
        parameter, states, slopes = view.branches[side]
        top, low = 1 + 2 * side, 2 + 2 * side
        for uid, name, dash, chosen in (
            ("stable", _("stable fixed point"), "solid", np.abs(slopes) < 1),
            ("unstable", _("unstable fixed point"), "dot", np.abs(slopes) >= 1),
        ):
            with np.errstate(invalid="ignore"):
                drawn = chosen & (np.abs(parameter) <= reach) & (np.abs(states) <= 2 * REACH)
            x, y = _pieces(parameter, states, drawn)
            width = 2.6 if uid == "stable" else 2
            traces.append(
                _line(f"{uid}_{letter}", name, x, y, top, other, width=width, dash=dash, showlegend=side == 0)
            )
        at, ended = view.others[side]
        name = _("two states in turn, or more")
        traces.append(
            _dots(
                f"others_{letter}",
                name,
                at.astype(np.float32),
                _drawn(ended, 50),
                top,
                third,
                size=3.5,
                showlegend=side == 0,
            )
        )
        resting = np.array(view.resting)
        traces.append(
            _dots(
                f"here_{letter}",
                _("this neuron"),
                np.full(len(resting), here[side], np.float32),
                _drawn(resting, 50),
                top,
                hue,
                symbol="diamond",
                size=11,
                showlegend=side == 0,
            )
        )
        values, factors = view.factors[side]
        for place, row in enumerate(factors):
            traces.append(
                _line(
                    f"factor_{letter}{place}",
                    _("factor a step where it ends"),
                    values.astype(np.float32),
                    _drawn(row, 50),
                    low,
                    hue,
                    hoverinfo="all",
                    hovertemplate="×%{y:.4g}<extra></extra>",
                    showlegend=side == 0 and place == 0,
                )
            )
        span = {"domain": spans[side], "range": [-reach, reach], "nticks": 7}
        layout |= _panel(
            colours,
            top,
            span | {"showticklabels": False},
            {"domain": [0.42, 1], "range": [-REACH, REACH], "title": "h"},
        )
        layout |= _panel(
            colours,
            low,
            span | {"title": (_("weight w"), _("bias b"))[side]},
            {"domain": [0, 0.34], "range": [-0.05, 1.55], "title": _("factor"), "nticks": 4},
        )
        shapes += [_upright(colours, axes, here[side]) for axes in (top, low)] + [_level(colours, low, 1.0)]
    traces += [
        _line(
            "map",
            _("fold: two fixed points meet"),
            *_pieces(*view.fold, np.isfinite(view.fold[0])),
            5,
            other,
            width=2.6,
        ),
        _line(
            "flip",
            _("flip: two states in turn"),
            *_pieces(*view.flip, np.isfinite(view.flip[0])),
            5,
            third,
            dash="dash",
        ),
        _dots("here", _("this neuron"), [view.w], [view.b], 5, hue, symbol="diamond", size=13, showlegend=False),
    ]
    layout |= _panel(
        colours,
        5,
        {"domain": [0.73, 1], "range": [-view.reach[0], view.reach[0]], "title": _("weight w"), "nticks": 7},
        {"domain": [0, 1], "range": [-view.reach[1], view.reach[1]], "title": _("bias b")},
    )
    return {"data": traces, "layout": layout | {"shapes": shapes}}


def _pieces(x: np.ndarray, y: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The chosen points of a curve, with a gap wherever some between them were not."""
    places = np.flatnonzero(chosen)
    breaks = np.flatnonzero(np.diff(places) > 1) + 1
    return tuple(
        np.insert(values[places].astype(np.float32), breaks, gap) for values, gap in ((x, np.float32(0)), (y, np.nan))
    )


def critical(
    steps: np.ndarray, curves: tuple[np.ndarray, np.ndarray, np.ndarray], exponent: float, w: float, mode: str
) -> dict[str, Any]:
    """The product of the slopes over time, at the edge and 1 % beside it: on log-log axes, and on log-linear ones.

    Args:
        steps: (n,) steps.
        curves: log10 of the product at w, at 0.99 w and at 1.01 w.
        exponent: of the power law; NaN if there is none.
        w: the critical weight.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    hues = [theme.hue(place, mode) for place in (0, 2, 3)]
    names = [_("w = {w:.4g}, the edge"), _("1 % less: {w:.4g}"), _("1 % more: {w:.4g}")]
    traces = []
    for place, (uid, curve, times) in enumerate(
        zip(("edge", "below", "above"), curves, (1.0, 0.99, 1.01), strict=True)
    ):
        for axes, x in ((1, np.log10(steps)), (2, steps)):
            traces.append(
                _line(
                    f"{uid}{axes}",
                    names[place].format(w=w * times) if np.isfinite(w) else names[place].partition("{")[0],
                    x.astype(np.float32),
                    _drawn(curve),
                    axes,
                    hues[place],
                    width=3 if place == 0 else 2,
                    dash=("solid", "dash", "dashdot")[place],
                    hoverinfo="all",
                    hovertemplate="10<sup>%{y:.2f}</sup><extra></extra>",
                    showlegend=axes == 1,
                )
            )
    law = _drawn(curves[0][-1] - 1.5 * (np.log10(steps) - np.log10(steps[-1])))
    name = _("slope of t^(−3/2)")
    traces.append(
        _line("law", name, np.log10(steps).astype(np.float32), law, 1, colours["theory"], width=1.5, dash="dot")
    )
    layout = _layout(colours)
    ticks = {"tickvals": [0, 1, 2, 3, 4], "ticktext": ["1", "10", "100", "1000", "10 000"]}
    layout |= _panel(
        colours,
        1,
        {"domain": [0, 0.46], "range": [0, 4.02], "title": _("step t, logarithmic: a power law is straight")} | ticks,
        {"range": [-12.5, 1], "title": _("log₁₀ product")},
    )
    layout |= _panel(
        colours,
        2,
        {"domain": [0.54, 1], "range": [0, 1000], "title": _("step t: an exponential is straight")},
        {"range": [-12.5, 1], "title": _("log₁₀ product")},
    )
    return {"data": traces, "layout": layout}


class Latch(NamedTuple):
    """Numbers of the latch figure.

    Attributes:
        ws: (n,) weights.
        withstood: (n,) u*.
        log10_left: (n,) log10 of the gradient that is left after `steps` steps.
        here: (w, u*, log10 left) of the marked neuron; NaN where it cannot latch.
        steps: over how many steps.
    """

    ws: np.ndarray
    withstood: np.ndarray
    log10_left: np.ndarray
    here: tuple[float, float, float]
    steps: int


def latch(view: Latch, mode: str) -> dict[str, Any]:
    """What a latched bit withstands and what is left of its gradient: over w, and one against the other.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hue, other = theme.colours(mode), theme.hue(0, mode), theme.hue(2, mode)
    x, u, left = view.ws.astype(np.float32), _drawn(view.withstood), _drawn(view.log10_left)
    w, u_here, left_here = (np.array([value], np.float32) for value in view.here)
    hover = {"hoverinfo": "all", "showlegend": True}
    left_name = _("gradient left after {steps} steps").format(steps=view.steps)
    traces = [
        _line("withstood", _("disturbance withstood, u*"), x, u, 1, other, hovertemplate="u* = %{y:.4g}", **hover),
        _line("left", left_name, x, left, 2, hue, hovertemplate="10<sup>%{y:.2f}</sup>", **hover),
        _line(
            "trade",
            _("one against the other"),
            np.nan_to_num(u, nan=0.0),
            np.where(np.isfinite(u), left, np.nan),
            3,
            colours["text"],
            width=3,
            hovertemplate=_("u* = %{x:.3g}: 10<sup>%{y:.2f}</sup>") + "<extra></extra>",
            **hover,
        ),
    ]
    if np.isfinite(view.here[1]):
        name = _("this neuron's w, with b in the middle")
        traces += [
            _dots("here1", name, w, u_here, 1, hue, symbol="diamond", size=12, showlegend=False),
            _dots("here2", name, w, _drawn(left_here), 2, hue, symbol="diamond", size=12, showlegend=False),
            _dots("here3", name, u_here, _drawn(left_here), 3, hue, symbol="diamond", size=13),
        ]
    float32 = _("float32 is zero below")
    layout = _layout(colours, hovermode="closest")
    span = {"domain": [0, 0.4], "range": [1, view.ws[-1]]}
    layout |= _panel(
        colours, 1, span | {"showticklabels": False}, {"domain": [0.55, 1], "range": [-0.1, 5.2], "title": "u*"}
    )
    layout |= _panel(
        colours, 2, span | {"title": _("weight w")}, {"domain": [0, 0.45], "range": [-195, 8], "title": _("log₁₀ left")}
    )
    layout |= _panel(
        colours,
        3,
        {"domain": [0.5, 1], "range": [-0.05, 4.2], "title": _("disturbance withstood, u*")},
        {"range": [-195, 8], "title": left_name and _("log₁₀ left")},
    )
    note = _heading(3, float32) | {"x": 1, "xanchor": "right", "yref": "y3", "y": -44.85, "yanchor": "top"}
    shapes = [_level(colours, axes, -44.85) for axes in (2, 3)] + [
        _upright(colours, axes, view.here[0]) for axes in (1, 2)
    ]
    return {"data": traces, "layout": layout | {"annotations": [note], "shapes": shapes}}


class Draws(NamedTuple):
    """Numbers of the products of many draws.

    Attributes:
        tied: (draws, T) log10 with one weight.
        untied: (draws, T) log10 with a weight a step.
        spreads: (T,) standard deviation over the draws of both, NaN where it cannot be had.
        expected: (T,) theory for both.
        drift: log10 a step, of both.
    """

    tied: np.ndarray
    untied: np.ndarray
    spreads: tuple[np.ndarray, np.ndarray]
    expected: tuple[np.ndarray, np.ndarray]
    drift: float


def draws(view: Draws, mode: str) -> dict[str, Any]:
    """Two fans of products on the same axes, and how wide each is.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hues = theme.colours(mode), [theme.hue(place, mode) for place in (0, 2)]
    length = view.tied.shape[1]
    steps = style.steps(length)
    layout, traces = _layout(colours), []
    sides = (
        ("tied", view.tied, _("one weight, used at every step")),
        ("untied", view.untied, _("a new weight at every step")),
    )
    for place, (uid, values, name) in enumerate(sides):
        gap = np.full((len(values), 1), np.nan)
        lines = np.concatenate([values[:, 1::2], gap], axis=1)
        x = np.tile(np.concatenate([steps[1::2], [length]]), len(values)).astype(np.float32)
        traces.append(_line(uid, name, x, _drawn(lines.ravel()), place + 1, hues[place], width=1, opacity=0.55))
        drift = (steps * view.drift).astype(np.float32)
        traces.append(
            _line(
                f"drift{place}",
                _("mean drift, in theory"),
                steps,
                _drawn(drift),
                place + 1,
                colours["text"],
                dash="dash",
                showlegend=place == 0,
            )
        )
        layout |= _panel(
            colours,
            place + 1,
            {"domain": ([0, 0.29], [0.34, 0.63])[place], "range": [0, length + 0.5], "title": _("step t")},
            {"range": [-210, 130], "title": _("log₁₀ product") if place == 0 else "", "showticklabels": place == 0},
        )
        measured, theory = view.spreads[place], view.expected[place]
        traces += [
            _line(
                f"{uid}_spread",
                (_("spread, one weight"), _("spread, new weights"))[place],
                np.log10(steps),
                _drawn(np.log10(np.maximum(measured, 1e-9))),
                3,
                hues[place],
                width=3,
                hoverinfo="all",
                hovertemplate="10<sup>%{y:.2f}</sup><extra></extra>",
            ),
            _line(
                f"{uid}_theory",
                _("theory"),
                np.log10(steps),
                _drawn(np.log10(theory)),
                3,
                colours["theory"],
                width=1.5,
                dash="dot",
                showlegend=place == 0,
            ),
        ]
    layout |= _panel(
        colours,
        3,
        {
            "domain": [0.72, 1],
            "range": [0, 2.02],
            "tickvals": [0, 1, 2],
            "ticktext": ["1", "10", "100"],
            "title": _("step t"),
        },
        {
            "range": [-0.7, 2.1],
            "title": _("spread in decades"),
            "tickvals": [0, 1, 2],
            "ticktext": ["1", "10", "100"],
        },
    )
    return {"data": traces, "layout": layout}


class Zoo(NamedTuple):
    """Numbers of the activations.

    Attributes:
        x: (n,) pre-activations.
        curves: {activation: (label, phi(x), phi'(x))}.
        notes: {activation: its largest slope, and its slope at ±5, in words}.
        chosen: the activation of the page.
        measured: {activation: log10 factor a step in a wide net}.
        theory: {activation: the same by mean-field theory}.
    """

    x: np.ndarray
    curves: dict[str, tuple[str, np.ndarray, np.ndarray]]
    notes: dict[str, str]
    chosen: str
    measured: dict[str, float]
    theory: dict[str, float]


def zoo(view: Zoo, mode: str) -> dict[str, Any]:
    """Every activation with its slope, and to the right what each costs a step in a wide net.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hue, other = theme.colours(mode), theme.hue(0, mode), theme.hue(2, mode)
    x = view.x.astype(np.float32)
    traces, notes, columns = [], [], 4
    layout = _layout(colours, margin={"l": 30, "r": 14, "t": 34, "b": 42})
    rows = -(-len(view.curves) // columns)
    gap = 0.13
    height = (1 + gap) / rows - gap
    for place, (name, (label, curve, slope)) in enumerate(view.curves.items()):
        row, column = divmod(place, columns)
        axes, left, top = place + 2, 0.62 * column / columns, 1 - row * (height + gap)
        for uid, legend, values, colour in (("phi", "φ(x)", curve, other), ("slope", "φ′(x)", slope, hue)):
            traces.append(_line(f"{uid}_{name}", legend, x, _drawn(values), axes, colour, showlegend=place == 0))
        layout |= _panel(
            colours,
            axes,
            {
                "domain": [left, left + 0.62 / columns - 0.025],
                "range": [-6, 6],
                "tickvals": [-5, 0, 5],
                "showticklabels": row == rows - 1,
            },
            {
                "domain": [max(0.0, top - height), top],
                "range": [-1.3, 1.8],
                "tickvals": [-1, 0, 1],
                "showticklabels": column == 0,
            },
        )
        text = f"<b>{label}</b>" if name == view.chosen else label
        notes.append(_heading(axes, f"{text}<br><span style='font-size:11px'>{view.notes[name]}</span>"))
    names = list(view.measured)[::-1]
    measured = np.array([view.measured[name] for name in names], np.float32)
    numbers = [f"{abs(value):.2f}" if value > -0.005 else f"−{-value:.2f}" for value in measured]
    labels = [f"{view.curves[name][0]}  <b>{number}</b>" for name, number in zip(names, numbers, strict=True)]
    traces += [
        {
            "type": "bar",
            "uid": "measured",
            "name": _("log₁₀ factor a step, measured in a wide net"),
            "orientation": "h",
            "x": measured,
            "y": labels,
            "marker": {
                "color": [hue if name == view.chosen else colours["zero"] for name in names],
                "line": {"width": 0},
            },
            "hovertemplate": "%{y}: 10<sup>%{x:.3f}</sup><extra></extra>",
            "xaxis": "x",
            "yaxis": "y",
        },
        _dots(
            "theory",
            _("mean-field theory"),
            np.array([view.theory[name] for name in names], np.float32),
            labels,
            1,
            colours["text"],
            symbol="x-thin",
            size=9,
        ),
    ]
    traces[-1]["marker"]["line"] = {"width": 2, "color": colours["text"]}
    layout |= _panel(
        colours,
        1,
        {"domain": [0.79, 1], "range": [-0.82, 0.05], "title": _("log₁₀ factor a step"), "nticks": 5},
        {"type": "category"},
    )
    return {"data": traces, "layout": layout | {"annotations": notes}}


class Surface(NamedTuple):
    """Numbers of the error surface.

    Attributes:
        ws: (n,) weights.
        bs: (m,) biases.
        errors: (m, n) E.
        cliff: (w, b) of the line.
        walks: (points (k, 2), errors (k,), gradient norms (k,)) without clipping and with it.
        heights: E along each walk, as on the surface.
        clip: the norm at which the second is clipped.
    """

    ws: np.ndarray
    bs: np.ndarray
    errors: np.ndarray
    cliff: tuple[np.ndarray, np.ndarray]
    walks: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
    clip: float


SHEAR, RISE, TALL = 0.3, 0.24, 1.1
"""How far a slice of the surface stands to the right, and up, for one unit of w; and the height of E = 1."""


def surface(view: Surface, mode: str) -> dict[str, Any]:
    """The error from above and from the side, with two walks; beside it what each walk meets at every update.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hot, cold = theme.colours(mode), theme.hue(3, mode), theme.hue(2, mode)
    low = float(view.ws[0])
    scale = [[0, colours["label"]], [1, theme.hue(0, mode)]]
    traces: list[dict[str, Any]] = [
        {
            "type": "contour",
            "uid": "map",
            "name": "E(w, b)",
            "x": view.ws.astype(np.float32),
            "y": view.bs.astype(np.float32),
            "z": view.errors.astype(np.float32),
            "autocontour": False,
            "contours": {"start": 0.0, "end": 0.5, "size": 0.05},
            "line": {"width": 0.6, "color": colours["zero"]},
            "colorscale": scale,
            "zmin": 0.0,
            "zmax": 0.5,
            "showscale": False,
            "showlegend": False,
            "hovertemplate": "w = %{x:.2f}, b = %{y:.2f}: E = %{z:.4f}<extra></extra>",
            "xaxis": "x",
            "yaxis": "y",
        },
        _line(
            "cliff",
            _("the cliff, b = 0.5 − w σ(0.5)"),
            view.cliff[0].astype(np.float32),
            view.cliff[1].astype(np.float32),
            1,
            colours["text"],
            width=1.6,
            dash="dash",
        ),
    ]
    for place in range(len(view.ws) - 1, -1, -4):
        w = float(view.ws[place])
        across = view.bs + SHEAR * (w - low)
        height = TALL * view.errors[:, place] + RISE * (w - low)
        floor = RISE * (w - low) - 0.02
        traces.append(
            _line(
                f"slice{place}",
                _("slices of the surface, one a weight"),
                np.concatenate([[across[0]], across, [across[-1]]]).astype(np.float32),
                np.concatenate([[floor], height, [floor]]).astype(np.float32),
                2,
                theme.hue(0, mode),
                width=1.1,
                fill="toself",
                fillcolor=colours["label"],
                showlegend=place == len(view.ws) - 1,
            )
        )
    names = (_("descent without clipping"), _("clipped at norm {clip:.3g}").format(clip=view.clip))
    for place, (points, errors, norms) in enumerate(view.walks):
        uid, colour, dash = ("free", "clipped")[place], (hot, cold)[place], ("solid", "dot")[place]
        w, b = points[:, 0], points[:, 1]
        inside = (w >= low) & (w <= view.ws[-1]) & (b >= view.bs[0]) & (b <= view.bs[-1])
        updates = np.arange(len(errors), dtype=np.float32)
        look = {"width": 2.4, "dash": dash}
        traces += [
            _line(uid, names[place], _capped(w), _capped(b), 1, colour, **look),
            _line(
                f"{uid}_above",
                names[place],
                _capped(b + SHEAR * (w - low)),
                _drawn(np.where(inside, TALL * errors + RISE * (w - low) + 0.01, np.nan)),
                2,
                colour,
                showlegend=False,
                **look,
            ),
            _line(
                f"{uid}_error",
                names[place],
                updates,
                _drawn(np.log10(np.maximum(errors, 1e-12))),
                3,
                colour,
                hoverinfo="all",
                hovertemplate="E = 10<sup>%{y:.2f}</sup><extra></extra>",
                showlegend=False,
                **look,
            ),
            _line(
                f"{uid}_norm",
                names[place],
                updates,
                _drawn(np.log10(np.maximum(norms, 1e-12))),
                4,
                colour,
                hoverinfo="all",
                hovertemplate="10<sup>%{y:.2f}</sup><extra></extra>",
                showlegend=False,
                **look,
            ),
        ]
    start = view.walks[0][0][:1].astype(np.float32)
    traces.append(
        _dots(
            "start", _("start: click the map"), start[:, 0], start[:, 1], 1, colours["text"], symbol="diamond", size=12
        )
    )
    last = len(view.walks[0][1]) - 1
    layout = _layout(colours)
    layout |= _panel(
        colours,
        1,
        {"domain": [0, 0.28], "range": [low, float(view.ws[-1])], "title": _("weight w")},
        {"range": [float(view.bs[0]), float(view.bs[-1])], "title": _("bias b")},
    )
    depth = float(view.ws[-1]) - low
    bare = {"showgrid": False, "zeroline": False, "showticklabels": False}
    layout |= _panel(
        colours,
        2,
        bare
        | {
            "domain": [0.33, 0.64],
            "range": [float(view.bs[0]) - 0.1, float(view.bs[-1]) + SHEAR * depth + 0.1],
            "title": _("bias b →, weight w ↗, height: E"),
        },
        bare | {"range": [-0.05, RISE * depth + TALL * 0.5 + 0.1]},
    )
    span = {"domain": [0.74, 1], "range": [0, last]}
    layout |= _panel(
        colours,
        3,
        span | {"showticklabels": False},
        {"domain": [0.54, 1], "range": [-5.5, 0.3], "title": "log₁₀ E", "nticks": 4},
    )
    layout |= _panel(
        colours,
        4,
        span | {"title": _("update")},
        {"domain": [0, 0.46], "range": [-4.5, 4.5], "title": "log₁₀ ‖∇E‖", "nticks": 5},
    )
    return {"data": traces, "layout": layout | {"shapes": [_level(colours, 4, float(np.log10(view.clip)))]}}


def _capped(values: np.ndarray) -> np.ndarray:
    """float32; a walk that is thrown out of the picture leaves it in the right direction."""
    return np.clip(values, -1e4, 1e4).astype(np.float32)
