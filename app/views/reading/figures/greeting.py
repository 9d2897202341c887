"""Karpathy's network: fed "hell", to say "ello", drawn as in the well-known picture with its live values."""

from typing import Any, NamedTuple

import numpy as np

from app import theme
from app.figures import style
from app.language import _

HALF = 0.3
"""Half the width of a box, in columns."""
REACH = 3.0
"""Weights at which their colour ends."""


class View(NamedTuple):
    """Numbers of the figure; T columns, index 0 is step 1.

    Attributes:
        fed: what is fed, a letter a column; asked: what is to be said.
        letters: the vocabulary.
        h: (T, H).
        logits: (T, V) confidences; p: (T, V) their softmax.
        weights: {"W_xh", "W_hh", "W_hy": matrix}; a cell may have no W_hh.
        cut: whether W_hh is 0.
        updates: (n,) numbers of updates; losses: (n,) nats.
        memoryless: the loss that no predictor without memory can beat; uniform: of one that says all alike.
        place: place of the cell in the menu.
    """

    fed: str
    asked: str
    letters: str
    h: np.ndarray
    logits: np.ndarray
    p: np.ndarray
    weights: dict[str, np.ndarray]
    cut: bool
    updates: np.ndarray
    losses: np.ndarray
    memoryless: float
    uniform: float
    place: int


def greeting(view: View, mode: str) -> dict[str, Any]:
    """The unrolled network, a column a step; to its right the loss and the weights.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    steps, units = view.h.shape
    values = len(view.letters)
    bottom = {"input": 0, "hidden": values + 2, "output": values + units + 4}
    top = bottom["output"] + values
    right = [view.letters.index(letter) for letter in view.asked]
    fed = np.eye(values)[[view.letters.index(letter) for letter in view.fed]]
    traces = [
        _boxes(
            "input",
            _("input, 0 or 1"),
            fed,
            [[f"{value:.0f}" for value in row] for row in fed],
            bottom["input"],
            (0.0, 1.0, theme.opening(mode)),
        ),
        _boxes(
            "hidden",
            _("hidden h, −1 to 1"),
            view.h,
            [[_signed(value) for value in row] for row in view.h],
            bottom["hidden"],
            (-1.0, 1.0, theme.diverging(mode)),
        ),
        _boxes(
            "output",
            _("confidence and probability"),
            view.p,
            [
                [f"{_signed(logit, 1)} · {100 * p:.0f} %" for logit, p in zip(*rows, strict=True)]
                for rows in zip(view.logits, view.p, strict=True)
            ],
            bottom["output"],
            (0.0, 1.0, theme.opening(mode)),
        ),
        {
            "type": "scatter",
            "uid": "right",
            "name": _("the right one"),
            "mode": "lines",
            **_frames(right, bottom["output"], values),
            "line": {"color": theme.symbol("h", mode), "width": 3},
            "hoverinfo": "skip",
        },
    ]
    columns = range(1, steps + 1)
    middle = bottom["hidden"] + units / 2
    arrows = {
        "W_xh": [((c, values + 0.15), (c, bottom["hidden"] - 0.15)) for c in columns],
        "W_hh": [((c + HALF + 0.03, middle), (c + 1 - HALF - 0.03, middle)) for c in columns[:-1]],
        "W_hy": [((c, bottom["hidden"] + units + 0.15), (c, bottom["output"] - 0.15)) for c in columns],
    }
    for name, lines in arrows.items():
        is_cut = view.cut and name == "W_hh"
        colour = colours["zero"] if is_cut else colours["text"]
        traces.append(
            {
                "type": "scatter",
                "uid": f"arrow.{name}",
                "name": name,
                "mode": "lines" if is_cut else "lines+markers",
                "x": np.array([x for (x0, _y0), (x1, _y1) in lines for x in (x0, x1, np.nan)], np.float32),
                "y": np.array([y for (_x0, y0), (_x1, y1) in lines for y in (y0, y1, np.nan)], np.float32),
                "line": {"color": colour, "width": 1.8, "dash": "dot" if is_cut else "solid"},
                "marker": {
                    "symbol": "arrow",
                    "angleref": "previous",
                    "size": [0.0, 11.0, 0.0] * len(lines),
                    "color": colour,
                },
                "showlegend": False,
                "hoverinfo": "skip",
            }
        )
    traces += _losses(view, mode)
    plain = style.axis(colours)
    bare = {"fixedrange": True, "showgrid": False, "zeroline": False, "showline": False, "ticks": ""}
    rows = [(bottom["input"], view.letters), (bottom["hidden"], ""), (bottom["output"], view.letters)]
    layout = style.canvas(colours) | {
        "margin": {"l": 44, "r": 10, "t": 4, "b": 38},
        "hovermode": "closest",
        "showlegend": False,
        "xaxis": bare | {"domain": [0, 0.6], "range": [0.62, steps + 0.4], "showticklabels": False},
        "yaxis": bare
        | {
            "range": [-1.9, top + 1.9],
            "tickvals": [start + place + 0.5 for start, names in rows for place in range(len(names))],
            "ticktext": [letter for _start, names in rows for letter in reversed(names)],
            "tickfont": {"size": 13},
        },
        "xaxis2": plain
        | {
            "domain": [0.69, 1],
            "anchor": "y2",
            "range": [0, max(50.0, 1.02 * float(view.updates[-1]))],
            "title": style.title(_("update")),
        },
        "yaxis2": plain
        | {
            "domain": [0.56, 1],
            "range": [0, 1.65],
            "anchor": "x2",
            "title": style.title(_("loss (nats)")),
            "nticks": 5,
        },
        "annotations": _annotations(view, bottom, top, colours),
    }
    _matrices(view, traces, layout, colours, mode)
    return {"data": traces, "layout": layout}


def _boxes(
    uid: str, name: str, values: np.ndarray, text: list[list[str]], bottom: float, scale: tuple[float, float, Any]
) -> dict[str, Any]:
    """Boxes in columns, first row on top; between two columns is nothing."""
    steps, rows = values.shape
    grid = np.full((rows, 2 * steps - 1), np.nan, np.float32)
    grid[:, ::2] = values.T[::-1]
    words = [["" for _column in range(2 * steps - 1)] for _row in range(rows)]
    for step in range(steps):
        for row in range(rows):
            words[rows - 1 - row][2 * step] = text[step][row]
    return {
        "type": "heatmap",
        "uid": uid,
        "name": name,
        "x": np.array([edge for c in range(1, steps + 1) for edge in (c - HALF, c + HALF)], np.float32),
        "y": np.arange(bottom, bottom + rows + 1, dtype=np.float32),
        "z": grid,
        "text": words,
        "texttemplate": "%{text}",
        "textfont": {"size": 12.5},
        "zmin": scale[0],
        "zmax": scale[1],
        "colorscale": scale[2],
        "ygap": 2,
        "hovertemplate": f"{name}: %{{z:.3f}}<extra></extra>",
        "showscale": False,
        "showlegend": False,
    }


def _frames(right: list[int], bottom: float, values: int) -> dict[str, np.ndarray]:
    """Rectangles around the right box of every column."""
    xs, ys = [], []
    for column, place in enumerate(right, start=1):
        low = bottom + values - 1 - place
        xs += [column - HALF, column + HALF, column + HALF, column - HALF, column - HALF, np.nan]
        ys += [low, low, low + 1, low + 1, low, np.nan]
    return {"x": np.array(xs, np.float32), "y": np.array(ys, np.float32)}


def _losses(view: View, mode: str) -> list[dict[str, Any]]:
    colours = theme.colours(mode)
    last = max(50.0, 1.02 * float(view.updates[-1]))
    lines = [
        ("loss", _("loss"), view.updates, view.losses, {"color": theme.hue(view.place, mode), "width": 2.6}),
        (
            "memoryless",
            _("(ln 2)/2 = 0.3466: no predictor without memory gets below"),
            np.array([0, last]),
            np.full(2, view.memoryless),
            {"color": colours["theory"], "width": 1.6, "dash": "dash"},
        ),
        (
            "uniform",
            _("ln 4: all alike"),
            np.array([0, last]),
            np.full(2, view.uniform),
            {"color": colours["theory"], "width": 1.3, "dash": "dot"},
        ),
    ]
    return [
        {
            "type": "scatter",
            "uid": uid,
            "name": name,
            "mode": "lines",
            "x": x.astype(np.float32),
            "y": np.where(np.isfinite(y), y, np.nan).astype(np.float32),
            "line": line,
            "hovertemplate": "%{y:.4f}<extra></extra>",
            "xaxis": "x2",
            "yaxis": "y2",
        }
        for uid, name, x, y, line in lines
    ]


def _annotations(view: View, bottom: dict[str, int], top: float, colours: dict[str, str]) -> list[dict[str, Any]]:
    units, values = view.h.shape[1], len(view.letters)
    found = []

    def note(text: str, x: float, y: float, **more: Any) -> None:
        found.append({"text": text, "x": x, "y": y, "showarrow": False, "font": {"color": colours["text"]}} | more)

    for column, (fed, asked, p) in enumerate(zip(view.fed, view.asked, view.p, strict=True), start=1):
        said = view.letters[int(p.argmax())]
        note(f"“<b>{fed}</b>”", column, -0.85)
        mark = "✓" if said == asked else "✗"
        note(_("says “<b>{said}</b>” {mark}").format(said=said, mark=mark), column, top + 0.85)
    for name, y in (
        ("W_xh", (values + bottom["hidden"]) / 2),
        ("W_hy", (bottom["hidden"] + units + bottom["output"]) / 2),
    ):
        note(_subscripted(name), 1.04, y, xanchor="left", font={"size": 13, "color": colours["text"]})
    recurrent = _subscripted("W_hh") + (" = 0" if view.cut else "")
    recurrent = recurrent if "W_hh" in view.weights else _("no {name}").format(name=_subscripted("W_hh"))
    note(recurrent, 1.5, bottom["hidden"] + units / 2 + 0.75, font={"size": 13, "color": colours["text"]})
    for text, y in (
        (_("input"), values / 2),
        (_("hidden"), bottom["hidden"] + units / 2),
        (_("output"), bottom["output"] + values / 2),
    ):
        note(text, 0, y, xref="paper", xanchor="right", xshift=-22, textangle=-90)
    return found


def _matrices(
    view: View, traces: list[dict[str, Any]], layout: dict[str, Any], colours: dict[str, str], mode: str
) -> None:
    """The three weight matrices, as they stand."""
    domains = {"W_xh": [0.66, 0.77], "W_hh": [0.79, 0.88], "W_hy": [0.9, 1.0]}
    for place, (name, matrix) in enumerate(view.weights.items()):
        number = place + 3
        few = len(matrix) <= 4
        traces.append(
            {
                "type": "heatmap",
                "uid": name,
                "name": name,
                "z": matrix.astype(np.float32),
                "zmin": -REACH,
                "zmax": REACH,
                "colorscale": theme.diverging(mode),
                "text": [[_signed(value, 1) for value in row] for row in matrix],
                "texttemplate": "%{text}" if few else "",
                "textfont": {"size": 10.5},
                "xgap": 1,
                "ygap": 1,
                "showscale": False,
                "showlegend": False,
                "hovertemplate": f"{name}: %{{z:.3f}}<extra></extra>",
                "xaxis": f"x{number}",
                "yaxis": f"y{number}",
            }
        )
        bare = {"fixedrange": True, "showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
        layout[f"xaxis{number}"] = bare | {"domain": domains[name], "anchor": f"y{number}"}
        layout[f"yaxis{number}"] = bare | {"domain": [0.0, 0.33], "anchor": f"x{number}", "autorange": "reversed"}
        layout["annotations"].append(
            {
                "text": _subscripted(name) + (" = 0" if view.cut and name == "W_hh" else ""),
                "x": sum(domains[name]) / 2,
                "y": 0.335,
                "xref": "paper",
                "yref": "paper",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 13, "color": colours["text"]},
            }
        )


def _subscripted(name: str) -> str:
    letter, index = name.split("_")
    return f"<i>{letter}<sub>{index}</sub></i>"


def _signed(value: float, digits: int = 2) -> str:
    if not np.isfinite(value):
        return "·"
    return f"{value:z.{digits}f}".replace("-", "−")
