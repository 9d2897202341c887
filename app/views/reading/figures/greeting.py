"""Karpathy's network: fed "hell", to say "ello", drawn as in the well-known picture with its live values."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from app.language import _, written
from app.plot import style, theme
from app.plot.traces import ALONE, Panel, heat, line, note, pieces
from app.settings import Settings, menu_place
from app.views.reading.numbers import Greeting
from app.views.reading.verdict import MEMORYLESS, UNIFORM
from cells.training.learners.reading import ANSWER, GREETING, LETTERS

HALF = 0.3
"""Half the width of a box, in columns."""
REACH = 3.0
"""Weights at which their colour ends."""


class Rows(NamedTuple):
    """Where the boxes of a column stand, in rows from below; there is room between the three layers.

    Attributes:
        input: the lowest of the input.
        hidden: the lowest of the hidden units.
        output: the lowest of the output.
        top: above the output.
    """

    input: int
    hidden: int
    output: int
    top: int


def draw(settings: Settings, found: Greeting, mode: str) -> dict[str, Any]:
    """The unrolled network, a column a step; to its right the loss and the weights."""
    colours = theme.colours(mode)
    steps, units = found.h.shape
    letters = len(LETTERS)
    rows = Rows(0, letters + 2, letters + units + 4, 2 * letters + units + 4)
    fed = np.eye(letters)[[LETTERS.index(letter) for letter in GREETING]]
    said = [[f"{value:.0f}" for value in column] for column in fed]
    states = [[_signed(value) for value in column] for column in found.h]
    answers = [
        [f"{_signed(logit, 1)} · {100 * p:.0f} %" for logit, p in zip(*column, strict=True)]
        for column in zip(found.logits, found.p, strict=True)
    ]
    opening, diverging = theme.opening(mode), theme.diverging(mode)
    traces = [
        _boxes("input", _("input, 0 or 1"), fed, said, rows.input, opening, (0.0, 1.0)),
        _boxes("hidden", _("hidden h, −1 to 1"), found.h, states, rows.hidden, diverging, (-1.0, 1.0)),
        _boxes("output", _("confidence and probability"), found.p, answers, rows.output, opening, (0.0, 1.0)),
        _right(rows, mode),
        *_arrows(found, rows, settings.hello_cut, colours),
        *_losses(found, menu_place(settings.experiment), mode),
    ]
    ticks = [start + row + 0.5 for start in (rows.input, rows.output) for row in range(letters)]
    named = {"tickvals": ticks, "ticktext": [*reversed(LETTERS)] * 2, "tickfont": {"size": 13}}
    layout = style.canvas(colours) | {
        "margin": {"l": 44, "r": 10, "t": 4, "b": 38},
        "hovermode": "closest",
        "showlegend": False,
        "xaxis": style.bare(domain=(0, 0.6), range=(0.62, steps + 0.4)),
        "yaxis": style.bare(range=(-1.9, rows.top + 1.9), showticklabels=True, **named),
        "annotations": _words(found, rows, settings.hello_cut, colours),
    }
    layout |= Panel(2, (0.69, 1), (0.56, 1)).layout(
        style.axis(colours, range=(0, _last(found)), title=_("update")),
        style.axis(colours, range=(0, 1.65), title=_("loss (nats)"), nticks=5),
    )
    columns = {"W_xh": (0.66, 0.77), "W_hh": (0.79, 0.88), "W_hy": (0.9, 1.0)}
    for number, (name, matrix) in enumerate(found.weights.items(), start=3):
        panel = Panel(number, columns[name], (0.0, 0.33))
        traces.append(_matrix(name, matrix, panel, mode))
        layout |= panel.layout(style.bare(), style.bare(autorange="reversed"))
        text = _subscripted(name) + (" = 0" if settings.hello_cut and name == "W_hh" else "")
        above = {"yanchor": "bottom", "size": 13, "colour": colours["text"]}
        layout["annotations"].append(note(text, sum(panel.across) / 2, 0.335, **above))
    return {"data": traces, "layout": layout}


def _boxes(
    uid: str,
    name: str,
    values: np.ndarray,
    text: list[list[str]],
    bottom: float,
    scale: list[list[object]],
    limits: tuple[float, float],
) -> dict[str, Any]:
    """Boxes in columns, first row on top; between two columns is nothing."""
    steps, rows = values.shape
    grid = np.full((rows, 2 * steps - 1), np.nan)
    grid[:, ::2] = values.T[::-1]
    written = np.full(grid.shape, "", object)
    written[:, ::2] = np.array(text, object).T[::-1]
    columns = np.arange(1, steps + 1)
    return heat(
        uid,
        name,
        grid,
        scale,
        limits,
        x=np.stack([columns - HALF, columns + HALF], axis=1).ravel(),
        y=np.arange(bottom, bottom + rows + 1),
        text=written.tolist(),
        texttemplate="%{text}",
        textfont={"size": 12.5},
        ygap=2,
        hover=f"{name}: %{{z:.3f}}{ALONE}",
    )


def _right(rows: Rows, mode: str) -> dict[str, Any]:
    """Rectangles around the right box of every column."""
    columns = np.arange(1, len(ANSWER) + 1)
    left, right = columns - HALF, columns + HALF
    low = rows.top - 1 - np.array([LETTERS.index(letter) for letter in ANSWER])
    xs, ys = pieces(left, right, right, left, left), pieces(low, low, low + 1, low + 1, low)
    return line("right", _("the right one"), xs, ys, theme.symbol("h", mode), width=3)


def _arrows(found: Greeting, rows: Rows, cut: bool, colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """From the input up, from step to step, and up to the output; dotted where the weights are cut."""
    steps, units = found.h.shape
    columns, middle = np.arange(1, steps + 1), rows.hidden + units / 2
    ends = {
        "W_xh": (columns, columns, len(LETTERS) + 0.15, rows.hidden - 0.15),
        "W_hh": (columns[:-1] + HALF + 0.03, columns[1:] - HALF - 0.03, middle, middle),
        "W_hy": (columns, columns, rows.hidden + units + 0.15, rows.output - 0.15),
    }
    traces = []
    for name, (left, right, low, high) in ends.items():
        is_cut = cut and name == "W_hh"
        colour = colours["zero" if is_cut else "text"]
        x, y = pieces(left, right), np.tile([low, high, np.nan], len(left))
        tips = {"symbol": "arrow", "angleref": "previous", "size": [0.0, 11.0, 0.0] * len(left), "color": colour}
        look = {"mode": "lines", "dash": "dot"} if is_cut else {"mode": "lines+markers"}
        traces.append(line(f"arrow.{name}", name, x, y, colour, width=1.8, marker=tips, showlegend=False, **look))
    return traces


def _losses(found: Greeting, place: int, mode: str) -> list[dict[str, Any]]:
    """The loss over updates, and the two that are known."""
    hue, theory = theme.hue(place, mode), theme.colours(mode)["theory"]
    ends, hover = np.array([0, _last(found)]), "%{y:.4f}" + ALONE
    traces = [
        line("loss", _("loss"), found.trained.updates, found.trained.losses[:, 0], hue, "x2y2", width=2.6, hover=hover)
    ]
    for uid, name, loss, width, dash in (
        ("memoryless", _("(ln 2)/2 = 0.3466: no predictor without memory gets below"), MEMORYLESS, 1.6, "dash"),
        ("uniform", _("ln 4: all alike"), UNIFORM, 1.3, "dot"),
    ):
        look = {"width": width, "dash": dash, "hover": hover}
        traces.append(line(uid, name, ends, np.full(2, loss), theory, "x2y2", **look))
    return traces


def _last(found: Greeting) -> float:
    return max(50.0, 1.02 * float(found.trained.updates[-1]))


def _words(found: Greeting, rows: Rows, cut: bool, colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """What is fed and said, the weights on their arrows, and the layers' names."""
    units, letters = found.h.shape[1], len(LETTERS)
    placed = {"size": 13, "colour": colours["text"], "xref": "x", "yref": "y"}
    notes = []
    for column, (fed, asked, p) in enumerate(zip(GREETING, ANSWER, found.p, strict=True), start=1):
        said = LETTERS[int(p.argmax())]
        answer = _("says “<b>{said}</b>” {mark}").format(said=said, mark="✓" if said == asked else "✗")
        notes.append(note(f"“<b>{fed}</b>”", column, -0.85, **placed))
        notes.append(note(answer, column, rows.top + 0.85, **placed))
    recurrent = _subscripted("W_hh") + (" = 0" if cut else "")
    if "W_hh" not in found.weights:
        recurrent = _("no {name}").format(name=_subscripted("W_hh"))
    up, out = (letters + rows.hidden) / 2, (rows.hidden + units + rows.output) / 2
    notes.append(note(_subscripted("W_xh"), 1.04, up, xanchor="left", **placed))
    notes.append(note(_subscripted("W_hy"), 1.04, out, xanchor="left", **placed))
    notes.append(note(recurrent, 1.5, rows.hidden + units / 2 + 0.75, **placed))
    for name, y in (
        (_("input"), letters / 2),
        (_("hidden"), rows.hidden + units / 2),
        (_("output"), rows.output + letters / 2),
    ):
        beside = {"xref": "paper", "xanchor": "right", "xshift": -22, "textangle": -90}
        notes.append(note(name, 0, y, **placed | beside))
    return notes


def _matrix(name: str, matrix: np.ndarray, panel: Panel, mode: str) -> dict[str, Any]:
    """A weight matrix as it stands, with its numbers where there are few."""
    return heat(
        name,
        name,
        matrix,
        theme.diverging(mode),
        (-REACH, REACH),
        panel.axes,
        text=[[_signed(weight, 1) for weight in row] for row in matrix],
        texttemplate="%{text}" if len(matrix) <= 4 else "",
        textfont={"size": 10.5},
        xgap=1,
        ygap=1,
        hover=f"{name}: %{{z:.3f}}{ALONE}",
    )


def _subscripted(name: str) -> str:
    letter, index = name.split("_")
    return f"<i>{letter}<sub>{index}</sub></i>"


def _signed(value: float, digits: int = 2) -> str:
    if not np.isfinite(value):
        return "·"
    return written(f"{value:z.{digits}f}")
