"""The price of memory over λ, what correlation changes, and what our own cells pay."""

from typing import Any

import numpy as np

from app.language import _
from app.plot import style, theme
from app.plot.traces import POWER, Panel, dots, level, line, panels, upright
from app.settings import Settings
from app.views.price import numbers
from app.views.price.verdict import name_of
from cells.zoo import all_cells

NINES = {1: "0", 10: "0.9", 100: "0.99", 1000: "0.999", 10_000: "0.9999"}
"""λ at memories, for ticks."""
FLOOR = -6.0
"""Where what is left of a gradient leaves its axis."""


def _layout(colours: dict[str, str], right: int = 56) -> dict[str, Any]:
    return style.layout(colours) | {"margin": {"l": 56, "r": right, "t": 8, "b": 46}, "hovermode": "closest"}


def _over_memory(colours: dict[str, str], every: int = 1) -> dict[str, Any]:
    ticks = {"tickvals": list(NINES)[::every], "ticktext": list(NINES.values())[::every]}
    return style.axis(colours, type="log", range=(0, 4.05), title="λ", zeroline=False, **ticks)


def labels() -> dict[str, str]:
    """{"h_h" or name of a parameter: what its curve is called}."""
    return {
        "h_h": _("E h²"),
        "raw": _("by λ"),
        "scaled": _("by λ, input × √(1 − λ²)"),
        "exp": _("by ν, λ = exp(−e^ν)"),
        "tanh": _("by ω, λ = tanh ω"),
        "leaky": _("by z, leaky, λ = σ(z)"),
    }


def hues(mode: str) -> dict[str, str]:
    """{the same: colour}."""
    places = {"raw": 0, "scaled": 3, "exp": 1, "tanh": 2, "leaky": 4}
    return {"h_h": theme.colours(mode)["muted"]} | {name: theme.hue(place, mode) for name, place in places.items()}


def _log10(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log10(values)


def draw_price(settings: Settings, found: numbers.Price, mode: str) -> dict[str, Any]:
    """Every price over λ, with simulated marks; beside it what is left of a gradient, and how the sensitivity grows."""
    colours, colour, named = theme.colours(mode), hues(mode), labels()
    left, right = Panel(1, (0, 0.62)), Panel(2, (0.7, 1))
    traces = []
    for name, values in found.lines.items():
        dash = "dash" if name == "h_h" else "solid"
        traces.append(
            line(name, named[name], numbers.LINE, _log10(values), colour[name], left.axes, dash=dash, hover=POWER)
            | {"meta": "pick"}
        )
    for name, values in found.marks.items():
        traces.append(
            dots(
                f"{name}.marks",
                _("{name}, simulated").format(name=named[name]),
                numbers.MARKED,
                _log10(values),
                colour[name],
                left.axes,
                size=8,
                symbol="circle-open",
                edge=1.8,
                hover=POWER,
                showlegend=False,
            )
        )
    here = np.full(len(found.here), settings.price_memory)
    at = _log10(np.array(list(found.here.values())))
    traces += [
        dots("here", _("this λ"), here, at, colours["text"], left.axes, symbol="diamond", size=8, showlegend=False),
        line(
            "backward",
            _("gradient, so many steps back"),
            numbers.BESIDE,
            np.where(found.backward < FLOOR - 1, np.nan, found.backward),
            colours["text"],
            right.axes,
            width=2.6,
            hover=POWER,
        ),
        line(
            "forward",
            _("dh/dλ, so many steps on"),
            numbers.BESIDE,
            found.forward,
            colour["raw"],
            right.axes,
            width=2.6,
            dash="dot",
            hover=POWER,
        ),
    ]
    layout = _layout(colours)
    layout |= left.layout(
        _over_memory(colours), style.axis(colours, title=_("log₁₀ mean square"), range=(-2.4, 12.6), dtick=2)
    )
    steps = style.axis(
        colours,
        type="log",
        range=(0, 5),
        title=_("steps"),
        zeroline=False,
        tickvals=[1, 1000, 100_000],
        ticktext=["1", "10³", "10⁵"],
    )
    layout |= right.layout(steps, style.axis(colours, title=_("log₁₀ size"), side="right", range=(FLOOR, 6.6), dtick=2))
    layout["shapes"] = [
        upright(settings.price_memory, left.axes, colours["text"]),
        level(0.0, right.axes, colours["zero"]),
    ]
    return {"data": traces, "layout": layout}


def draw_correlated(settings: Settings, found: numbers.Correlated, mode: str) -> dict[str, Any]:
    """Power and prices over λ beside those of white input; and how many times those of white input, over r."""
    colours, colour = theme.colours(mode), hues(mode)
    named = labels()
    left, right = panels(2, 2, gaps=(0.11, 0))
    traces = []
    for name in numbers.COMPARED:
        traces += [
            line(f"{name}.white", _("{name}, white input").format(name=named[name]), numbers.LINE,
                 _log10(found.white[name]), colour[name], left.axes, width=1.4, dash="dash", hover=POWER,
                 showlegend=False),
            line(name, named[name], numbers.LINE, _log10(found.lines[name]), colour[name], left.axes, hover=POWER),
            dots(f"{name}.marks", _("{name}, simulated").format(name=named[name]), numbers.MARKED,
                 _log10(found.marks[name]), colour[name], left.axes, size=8, symbol="circle-open", edge=1.8,
                 hover=POWER, showlegend=False),
            line(f"{name}.over", _("{name}, over r").format(name=named[name]), numbers.CORRELATIONS,
                 _log10(found.over[name]), colour[name], right.axes, hover=POWER, showlegend=False),
        ]  # fmt: skip
    r = numbers.CORRELATIONS
    limit = _log10((1 + r) / (1 - r))
    traces.append(
        line("limit", "(1 + r) / (1 − r)", r, limit, colours["theory"], right.axes, width=3, dash="dot", hover=POWER)
    )
    layout = _layout(colours)
    layout |= left.layout(
        _over_memory(colours, every=2), style.axis(colours, title=_("log₁₀ mean square"), range=(-2.4, 14), dtick=2)
    )
    layout |= right.layout(
        style.axis(colours, title=_("correlation r"), range=(-1, 1)),
        style.axis(colours, title=_("log₁₀ times white"), side="right", range=(-1.8, 1.8)),
    )
    layout["shapes"] = [
        upright(settings.price_memory, left.axes, colours["text"]),
        upright(settings.price_correlation, right.axes, colours["text"]),
    ]
    return {"data": traces, "layout": layout}


def draw_real(settings: Settings, found: dict[str, numbers.Paid], mode: str) -> dict[str, Any]:
    """The norm of a gradient over the half-life, a curve for each parameter, beside that of the linear unit."""
    colours = theme.colours(mode)
    menu = list(all_cells())
    traces, seen = [], set()
    for dial in numbers.DIALS:
        paid = found[dial.key]
        hue = theme.hue(menu.index(dial.cell), mode)
        traces.append(
            line(
                dial.key,
                name_of(dial),
                paid.half_lives,
                _log10(paid.norms),
                hue,
                mode="lines+markers",
                dash="dash" if dial.cell in seen else "solid",
                marker={"size": 7, "color": hue},
                hover=_("half-life %{x:.1f}") + "<br>" + POWER,
            )
        )
        seen.add(dial.cell)
    lived = np.geomspace(0.8, 200, 60)
    lam = 0.5 ** (1 / lived)
    alone = _log10(np.sqrt(1 + lam**2) / (1 - lam**2))
    traces.append(
        line("unit", _("one linear unit, by λ"), lived, alone, colours["theory"], width=1.6, dash="dot", hover=POWER)
    )
    layout = _layout(colours, right=14)
    layout["xaxis"] = style.axis(
        colours,
        type="log",
        range=(-0.1, 2.3),
        title=_("half-life of the gradient (steps)"),
        zeroline=False,
        tickvals=[1, 3, 10, 30, 100],
    )
    layout["yaxis"] = style.axis(colours, title=_("log₁₀ ‖dL/dθ‖, state = 1"), range=(-0.8, 3.1), dtick=1)
    return {"data": traces, "layout": layout}
