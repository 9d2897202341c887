"""Five ways to feed a recurrent network and to listen to it: small networks, the gradient on their arrows."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from app.language import _, written
from app.plot import style, theme
from app.plot.traces import ALONE, POWER, Panel, colour_bar, dots, graded, line, note
from app.settings import Settings
from app.views.reading.numbers import Listener, Listeners
from app.views.reading.verdict import looked_at, tasks, titles
from cells.reading.modes import Mode

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


class Arrow(NamedTuple):
    """The head of an arrow between two boxes.

    Attributes:
        x: its place, in columns.
        y: its place, in levels.
        log10: of the gradient it carries; -inf where it is not on the way to the output that is looked at.
        symbol: Plotly's name of its shape.
    """

    x: float
    y: float
    log10: float
    symbol: str


def modes(nets: list[Net], updates: np.ndarray, mode: str) -> dict[str, Any]:
    """The five networks side by side, and their losses below.

    Args:
        nets: the networks.
        updates: (n,) numbers of updates of the losses.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    above, below = Panel(1, up=(0.32, 1)), Panel(2, up=(0, 0.25))
    arrows: list[Arrow] = []
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    start = 0.0
    for number, net in enumerate(nets):
        width = max(net.steps, NARROWEST)
        left = start + (width - net.steps) / 2 + 0.5
        arrows += _arrows(net, left)
        log10_loss = np.log10(np.maximum(net.losses, 1e-12))
        look = {"width": 2.2, "dash": ("solid", "dash", "dot")[number % 3], "hover": POWER}
        traces += [
            *_boxes(net, left, colours, mode),
            *_words(net, left, colours),
            line(f"loss.{net.name}", net.title, updates, log10_loss, theme.hue(number, mode), below.axes, **look),
        ]
        loss, text = (
            written(f"{net.losses[-1]:.2g}") if np.isfinite(net.losses[-1]) else "–",
            _("loss {loss}<br>{right:.0f} % right"),
        )
        stands = {"xref": "x", "yref": "y", "colour": colours["text"]}
        notes += [
            note(f"<b>{net.title}</b>", start + width / 2, 3.55, size=14, **stands),
            note(net.task, start + width / 2, 3.38, yanchor="top", **stands),
            note(text.format(loss=loss, right=100 * net.right), start + width / 2, -0.98, size=12.5, **stands),
        ]
        start += width + 0.35
    names = {"input": _("input"), "hidden": _("hidden"), "output": _("output")}
    levels = {"tickvals": list(LEVELS.values()), "ticktext": [names[level] for level in LEVELS]}
    layout = style.canvas(colours) | {"margin": {"l": 62, "r": 62, "t": 4, "b": 40}, "hovermode": "closest"}
    layout |= above.layout(
        style.bare(range=(-0.1, start - 0.25)), style.bare(range=(-1.35, 3.9), showticklabels=True, **levels)
    )
    layout |= below.layout(
        style.axis(colours, range=(0, max(100.0, 1.02 * float(updates[-1]))), title=_("update")),
        style.axis(colours, range=(-4.2, 0.7), title=_("log₁₀ loss"), nticks=5),
    )
    return {"data": _flows(arrows, colours, mode) + traces, "layout": layout | {"annotations": notes}}


def _boxes(net: Net, left: float, colours: Mapping[str, str], mode: str) -> list[dict[str, Any]]:
    """A box for every input, state and output; the output that is looked at has a thick edge."""
    steps = range(1, net.steps + 1)
    boxes = {
        "input": [(step, net.reads[step], "") for step in steps if step in net.reads],
        "hidden": [(step, "", "") for step in steps],
        "output": [
            (step, net.writes[step][0], f"{100 * net.writes[step][1]:.0f} %") for step in steps if step in net.writes
        ],
    }
    edges = {"input": theme.symbol("x", mode), "hidden": theme.symbol("h", mode), "output": theme.hue(2, mode)}
    traces = []
    for level, placed in boxes.items():
        columns = np.array([left + step - 1 for step, _symbol, _share in placed])
        framed = [3.4 if level == "output" and step == net.output else 1.5 for step, _symbol, _share in placed]
        traces.append(
            dots(
                f"{net.name}.{level}",
                f"{net.title}: {level}",
                columns,
                np.full(len(placed), LEVELS[level]),
                colours["label"],
                size=23,
                symbol="square",
                marker={"line": {"color": edges[level], "width": framed}},
                mode="markers+text",
                text=[symbol for _step, symbol, _share in placed],
                textfont={"size": 12, "color": colours["text"]},
                customdata=[share for _step, _symbol, share in placed],
                showlegend=False,
                hover="%{text} %{customdata}" + ALONE,
            )
        )
    return traces


def _words(net: Net, left: float, colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """Above each output whether it is right, below each input what of the gradient reaches it."""
    marks = {step: "✓" if right else "✗" for step, (_symbol, _p, right) in net.writes.items()}
    sizes = {step: _decades(float(net.log10_input[step - 1])) for step in net.reads}
    return [
        dots(
            f"{net.name}.{uid}",
            f"{net.title}: {name}",
            np.array([left + step - 1 for step in words]),
            np.full(len(words), y),
            colours["text"],
            mode="text",
            text=list(words.values()),
            textfont={"size": 11.5, "color": colours["text"]},
            showlegend=False,
        )
        for uid, name, words, y in (
            ("marks", _("right or wrong"), marks, LEVELS["output"] + 0.42),
            ("sizes", _("log₁₀ gradient with respect to the input"), sizes, LEVELS["input"] - 0.4),
        )
    ]


def _arrows(net: Net, left: float) -> list[Arrow]:
    """Every arrow on the way from an input to the output that is looked at, and those that are not on it."""
    arrows = []
    for step in range(1, net.steps + 1):
        x = left + step - 1
        into, onward = float(net.log10_input[step - 1]), float(net.log10_state[step - 1])
        if step in net.reads:
            arrows.append(Arrow(x, 0.5, into, "triangle-up"))
        if step < net.steps:
            arrows.append(Arrow(x + 0.5, 1.0, onward if step < net.output else -np.inf, "triangle-right"))
        if step in net.writes:
            arrows.append(Arrow(x, 1.5, onward if step == net.output else -np.inf, "triangle-up"))
    return arrows


def _flows(arrows: list[Arrow], colours: Mapping[str, str], mode: str) -> list[dict[str, Any]]:
    """The arrows' heads: those on the way coloured by their gradient, the others grey."""
    on = [arrow for arrow in arrows if np.isfinite(arrow.log10)]
    off = [arrow for arrow in arrows if not np.isfinite(arrow.log10)]
    bar = colour_bar("log₁₀", 0.6, x=1.005, y=0.36, yanchor="bottom", thickness=9, nticks=5)
    scale = graded(np.array([arrow.log10 for arrow in on]), DECADES, mode) | {"showscale": True, "colorbar": bar}
    grey = {"color": colours["zero"], "opacity": 0.6}
    carried = _("gradient of the framed output") + ": 10<sup>%{marker.color:.2f}</sup>" + ALONE
    idle = _("not on the way to the framed output, or exactly 0") + ALONE
    return [
        dots(
            uid,
            name,
            np.array([arrow.x for arrow in heads]),
            np.array([arrow.y for arrow in heads]),
            colour,
            size=np.array([_size(arrow.log10) for arrow in heads], np.float32),
            symbol=[arrow.symbol for arrow in heads],
            showlegend=False,
            hover=hover,
        )
        for uid, name, heads, colour, hover in (
            ("arrows", _("arrow: gradient of the framed output"), on, scale, carried),
            ("idle", _("arrow: not on the way to the framed output"), off, grey, idle),
        )
    ]


def _size(log10: float) -> float:
    """Of an arrow's head, in pixels."""
    return 5.0 if not np.isfinite(log10) else float(np.clip(11 + 3 * log10, 6, 15))


def _decades(log10: float) -> str:
    return "0" if np.isneginf(log10) else written(f"{log10:.1f}")


def draw(settings: Settings, found: Listeners, mode: str) -> dict[str, Any]:
    """The five networks on the example shown."""
    return modes([_net(settings, listener) for listener in found.listeners], found.trained.updates, mode)


def _net(settings: Settings, listener: Listener) -> Net:
    kind, (comes, answers) = listener.mode, listener.example
    output, said = looked_at(settings, listener), {}
    for step, answer in zip(kind.writes, answers, strict=True):
        best = int(listener.p[step - 1].argmax())
        said[step] = (kind.outputs[best], float(listener.p[step - 1, best]), best == answer)
    return Net(
        kind.name,
        titles()[kind.name],
        tasks()[kind.name],
        kind.steps,
        {step: _fed(kind, symbols) for step, symbols in zip(kind.reads, comes, strict=True)},
        said,
        output,
        listener.log10_input[output - 1, : kind.steps],
        listener.log10_state[output - 1, : kind.steps],
        listener.losses,
        listener.right,
    )


def _fed(kind: Mode, symbols: tuple[int, ...]) -> str:
    if kind.several:
        return "".join("●" if place in symbols else "○" for place in range(len(kind.inputs)))
    return kind.inputs[symbols[0]]
