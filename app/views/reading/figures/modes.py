"""Five ways to feed a recurrent network and to listen to it: small networks, the gradient on their arrows."""

from typing import Any, NamedTuple

import numpy as np

from app import theme
from app.figures import style
from app.language import _

DECADES = 2.0
"""Decades on either side of 1 over which the colour of a gradient changes."""
NARROWEST = 3.4
"""Least width of a network, in columns, so that its words have room."""
LEVELS = {"input": 0.0, "hidden": 1.0, "output": 2.0}


class Net(NamedTuple):
    """One network on one example; steps count from 1, index 0 of an array is step 1.

    Attributes:
        name: a key.
        title: what kind it is; task: what it does, lines separated by <br>.
        steps: T.
        reads: {step: symbol that comes in}.
        writes: {step: (symbol that it says, its probability, whether it is right)}.
        output: the step whose output is looked at.
        log10_input: (T,) gradient of that output with respect to each input; -inf for an exact zero.
        log10_state: (T,) the same with respect to the state after each step.
        losses: (n,) nats.
        right: share of all answers that are right.
    """

    name: str
    title: str
    task: str
    steps: int
    reads: dict[int, str]
    writes: dict[int, tuple[str, float, bool]]
    output: int
    log10_input: np.ndarray
    log10_state: np.ndarray
    losses: np.ndarray
    right: float


def modes(nets: list[Net], updates: np.ndarray, mode: str) -> dict[str, Any]:
    """The five networks side by side, and their losses below.

    Args:
        nets: the networks.
        updates: (n,) numbers of updates of the losses.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    heads: dict[str, list[Any]] = {"x": [], "y": [], "size": [], "colour": [], "symbol": []}
    start = 0.0
    for place, net in enumerate(nets):
        width = max(net.steps, NARROWEST)
        left = start + (width - net.steps) / 2 + 0.5
        traces += _boxes(net, left, colours, mode)
        _arrows(net, left, heads)
        middle = start + width / 2
        notes += [
            _note(f"<b>{net.title}</b>", middle, 3.55, colours, size=14),
            _note(net.task, middle, 3.38, colours, size=12, yanchor="top"),
            _note(
                _("loss {loss}<br>{right:.0f} % right").format(loss=_short(net.losses[-1]), right=100 * net.right),
                middle,
                -0.98,
                colours,
                size=12.5,
            ),
        ]
        traces.append(
            {
                "type": "scatter",
                "uid": f"loss.{net.name}",
                "name": net.title,
                "mode": "lines",
                "x": updates.astype(np.float32),
                "y": np.log10(np.maximum(net.losses, 1e-12)).astype(np.float32),
                "line": {"color": theme.hue(place, mode), "width": 2.2, "dash": ("solid", "dash", "dot")[place % 3]},
                "hovertemplate": "10<sup>%{y:.2f}</sup>",
                "xaxis": "x2",
                "yaxis": "y2",
            }
        )
        start += width + 0.35
    traces[:0] = _flows(heads, colours, mode)
    plain = style.axis(colours)
    bare = {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showticklabels": False,
        "showline": False,
        "ticks": "",
    }
    names = {"input": _("input"), "hidden": _("hidden"), "output": _("output")}
    layout = style.canvas(colours) | {
        "margin": {"l": 62, "r": 62, "t": 4, "b": 40},
        "hovermode": "closest",
        "xaxis": bare | {"domain": [0, 1], "range": [-0.1, start - 0.25]},
        "yaxis": bare
        | {
            "domain": [0.32, 1],
            "range": [-1.35, 3.9],
            "showticklabels": True,
            "tickvals": list(LEVELS.values()),
            "ticktext": [names[level] for level in LEVELS],
        },
        "xaxis2": plain
        | {
            "domain": [0, 1],
            "anchor": "y2",
            "range": [0, max(100.0, 1.02 * float(updates[-1]))],
            "title": style.title(_("update")),
        },
        "yaxis2": plain
        | {
            "domain": [0, 0.25],
            "anchor": "x2",
            "range": [-4.2, 0.7],
            "title": style.title(_("log₁₀ loss")),
            "nticks": 5,
        },
        "annotations": notes,
    }
    return {"data": traces, "layout": layout}


def _boxes(net: Net, left: float, colours: dict[str, str], mode: str) -> list[dict[str, Any]]:
    steps = np.arange(1, net.steps + 1)
    levels = {
        "input": [(step, net.reads[step], "") for step in steps if step in net.reads],
        "hidden": [(step, "", "") for step in steps],
        "output": [(step, net.writes[step][0], _said(net.writes[step])) for step in steps if step in net.writes],
    }
    edge = {"input": theme.symbol("x", mode), "hidden": theme.symbol("h", mode), "output": theme.hue(2, mode)}
    traces = []
    for level, boxes in levels.items():
        looked = [3.4 if level == "output" and step == net.output else 1.5 for step, _symbol, _more in boxes]
        traces.append(
            {
                "type": "scatter",
                "uid": f"{net.name}.{level}",
                "name": f"{net.title}: {level}",
                "mode": "markers+text",
                "x": np.array([left + step - 1 for step, _symbol, _more in boxes], np.float32),
                "y": np.full(len(boxes), LEVELS[level], np.float32),
                "text": [symbol for _step, symbol, _more in boxes],
                "textfont": {"size": 12, "color": colours["text"]},
                "customdata": [more for _step, _symbol, more in boxes],
                "marker": {
                    "symbol": "square",
                    "size": 23,
                    "color": colours["label"],
                    "line": {"color": edge[level], "width": looked},
                },
                "showlegend": False,
                "hovertemplate": "%{text} %{customdata}<extra></extra>",
            }
        )
    marks = [(step, 0.42, "✓" if right else "✗") for step, (_symbol, _p, right) in net.writes.items()]
    sizes = [(step, -2.4, _decades(float(net.log10_input[step - 1]))) for step in net.reads]
    traces += [
        {
            "type": "scatter",
            "uid": f"{net.name}.{uid}",
            "name": f"{net.title}: {name}",
            "mode": "text",
            "x": np.array([left + step - 1 for step, _shift, _text in words], np.float32),
            "y": np.array([LEVELS["output"] + shift for _step, shift, _text in words], np.float32),
            "text": [text for _step, _shift, text in words],
            "textfont": {"size": 11.5, "color": colours["text"]},
            "showlegend": False,
            "hoverinfo": "skip",
        }
        for uid, name, words in (
            ("marks", _("right or wrong"), marks),
            ("sizes", _("log₁₀ gradient with respect to the input"), sizes),
        )
    ]
    return traces


def _arrows(net: Net, left: float, heads: dict[str, list[Any]]) -> None:
    """Every arrow on the way from an input to the output that is looked at, and those that are not on it."""

    def add(x: float, y: float, size: float, symbol: str) -> None:
        for name, value in zip(heads, (x, y, _weight(size), size, symbol), strict=True):
            heads[name].append(value)

    for step in range(1, net.steps + 1):
        x = left + step - 1
        if step in net.reads:
            size = float(net.log10_input[step - 1])
            add(x, 0.5, size, "triangle-up")
        if step < net.steps:
            size = float(net.log10_state[step - 1]) if step < net.output else -np.inf
            add(x + 0.5, 1.0, size, "triangle-right")
        if step in net.writes:
            add(x, 1.5, float(net.log10_state[step - 1]) if step == net.output else -np.inf, "triangle-up")


def _flows(heads: dict[str, list[Any]], colours: dict[str, str], mode: str) -> list[dict[str, Any]]:
    """The arrows' heads: those on the way coloured by their gradient, the others grey."""
    sizes = np.array(heads["colour"], float)
    on = np.isfinite(sizes)
    shared = {"type": "scatter", "mode": "markers", "showlegend": False}
    picked = {
        which: {
            "x": np.array(heads["x"], np.float32)[mask],
            "y": np.array(heads["y"], np.float32)[mask],
            "symbol": [symbol for symbol, here in zip(heads["symbol"], mask, strict=True) if here],
            "size": np.array(heads["size"], np.float32)[mask],
        }
        for which, mask in (("on", on), ("off", ~on))
    }
    return [
        shared
        | {
            "uid": "arrows",
            "name": _("arrow: gradient of the framed output"),
            "x": picked["on"]["x"],
            "y": picked["on"]["y"],
            "marker": {
                "symbol": picked["on"]["symbol"],
                "size": picked["on"]["size"],
                "color": sizes[on].astype(np.float32),
                "cmin": -DECADES,
                "cmax": DECADES,
                "colorscale": theme.gradient_size(mode),
                "showscale": True,
                "colorbar": {
                    "title": {"text": "log₁₀", "side": "top"},
                    "x": 1.005,
                    "xanchor": "left",
                    "y": 0.36,
                    "yanchor": "bottom",
                    "len": 0.6,
                    "thickness": 9,
                    "nticks": 5,
                    "outlinewidth": 0,
                },
            },
            "hovertemplate": _("gradient of the framed output") + ": 10<sup>%{marker.color:.2f}</sup><extra></extra>",
        },
        shared
        | {
            "uid": "idle",
            "name": _("arrow: not on the way to the framed output"),
            "x": picked["off"]["x"],
            "y": picked["off"]["y"],
            "marker": {
                "symbol": picked["off"]["symbol"],
                "size": picked["off"]["size"],
                "color": colours["zero"],
                "opacity": 0.6,
            },
            "hovertemplate": _("not on the way to the framed output, or exactly 0") + "<extra></extra>",
        },
    ]


def _weight(log10: float) -> float:
    """Size of an arrow's head in pixels."""
    return 5.0 if not np.isfinite(log10) else float(np.clip(11 + 3 * log10, 6, 15))


def _decades(log10: float) -> str:
    return "0" if np.isneginf(log10) else f"{log10:.1f}".replace("-", "−")


def _said(answer: tuple[str, float, bool]) -> str:
    return f"{100 * answer[1]:.0f} %"


def _short(loss: float) -> str:
    return f"{loss:.2g}" if np.isfinite(loss) else "–"


def _note(text: str, x: float, y: float, colours: dict[str, str], *, size: float, **more: Any) -> dict[str, Any]:
    font = {"size": size, "color": colours["text"]}
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": font} | more
