"""Networks on one stretch of text: what they learned, what they predict and look at, what a unit does."""

from html import escape
from typing import Any, NamedTuple

import numpy as np

from app import theme
from app.figures import style
from app.language import _

DECADES = 8.0
"""Decades on either side of 1 over which the colour of a gradient changes."""
FLOOR = -330.0
"""log10 drawn for an exact zero: beyond everything, so that it takes the coldest colour."""
BEST = 3
"""Next characters that are named."""


class Row(NamedTuple):
    """One network; index 0 of a series over the text is the first character shown.

    Attributes:
        label: name of its cell.
        place: place of the cell in the menu.
        updates: (n,) numbers of updates; losses: (n,) nats a character.
        p: (T, V) probability of every next character.
        log10_influence: (T,) -inf for an exact zero and after the chosen character.
        unit: (T,) the chosen unit.
    """

    label: str
    place: int
    updates: np.ndarray
    losses: np.ndarray
    p: np.ndarray
    log10_influence: np.ndarray
    unit: np.ndarray


class View(NamedTuple):
    """Numbers of both figures.

    Attributes:
        rows: the networks.
        characters: the vocabulary, as shown.
        ids: (T + 1,) the stretch, and the character after it.
        start: place of its first character in the text, counted from 1.
        at: the chosen character, counted from 1 in the stretch.
        unit: the chosen unit, counted from 1.
        memoryless: least loss of a reader without memory; blind: of one that sees nothing.
        axis: range of the log10 axis.
        most: updates at which the loss axis ends.
    """

    rows: list[Row]
    characters: list[str]
    ids: np.ndarray
    start: int
    at: int
    unit: int
    memoryless: float
    blind: float
    axis: tuple[float, float]
    most: float


def reading(view: View, mode: str) -> dict[str, Any]:
    """The loss, the likeliest next characters, and what the chosen prediction looks at.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    length = len(view.ids) - 1
    band = 0.09 * len(view.rows)
    traces = [*_learning(view, mode), *_next(view, mode)]
    for row in view.rows:
        curve = np.where(np.isfinite(row.log10_influence), row.log10_influence, np.nan)
        traces.append(
            {
                "type": "scatter",
                "uid": f"curve.{row.label}",
                "name": _("{cell}: weight of each character").format(cell=row.label),
                "meta": "pick",
                "mode": "lines+markers",
                "x": style.steps(length),
                "y": curve.astype(np.float32),
                "line": {"color": theme.hue(row.place, mode), "width": 2},
                "marker": {"size": 4},
                "showlegend": False,
                "hovertemplate": "10<sup>%{y:.2f}</sup>",
                "xaxis": "x3",
                "yaxis": "y3",
            }
        )
    weights = [np.where(np.isneginf(row.log10_influence), FLOOR, row.log10_influence) for row in view.rows]
    for row in weights:
        row[view.at :] = np.nan
    traces.append(
        _letters(
            view, "map", _("weight of each character"), weights, (-DECADES, DECADES), theme.gradient_size(mode), mode
        )
        | {"xaxis": "x3", "yaxis": "y4", "colorbar": _bar(_("log₁₀"), 0.0, 0.3)}
    )
    plain = style.axis(colours)
    layout = style.canvas(colours) | {
        "margin": {"l": 58, "r": 62, "t": 8, "b": 40},
        "hovermode": "closest",
        "barmode": "overlay",
        "bargap": 0.12,
        "xaxis": plain | {"domain": [0, 0.5], "range": [0, view.most], "title": style.title(_("update"))},
        "yaxis": plain
        | {"domain": [0.72, 1], "range": [0, 1.05 * np.log(len(view.characters))], "title": style.title(_("nats"))},
        "xaxis2": plain
        | {
            "domain": [0.6, 1],
            "anchor": "y2",
            "range": [0, 1.3],
            "tickvals": [0, 0.5, 1],
            "ticktext": ["0", "50 %", "100 %"],
            "title": style.title(_("likeliest next characters, after the chosen one")),
        },
        "yaxis2": plain
        | {
            "domain": [0.72, 1],
            "anchor": "x2",
            "range": [-(BEST + 1) * len(view.rows) + 0.4, 0.6],
            "tickvals": [-(BEST + 1) * place - 1 for place in range(len(view.rows))],
            "ticktext": [row.label for row in view.rows],
            "showgrid": False,
            "zeroline": False,
        },
        "xaxis3": _text_axis(view, colours) | {"anchor": "y4"},
        "yaxis3": plain
        | {"domain": [band + 0.04, 0.6], "range": list(view.axis), "title": style.title(_("log₁₀ ‖∇‖")), "nticks": 6},
        "yaxis4": _row_axis(view, colours) | {"domain": [0, band]},
        "shapes": [_cursor(view, "y3 domain", colours), _cursor(view, "y4 domain", colours)],
        "annotations": [_what(view, colours)],
    }
    return {"data": traces, "layout": layout}


def units(view: View, mode: str) -> dict[str, Any]:
    """The chosen unit, and the probability that each character was given, as colour over the text.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours = theme.colours(mode)
    values = [row.unit for row in view.rows]
    given = [np.concatenate([[np.nan], row.p[np.arange(len(row.p) - 1), view.ids[1:-1]]]) for row in view.rows]
    traces = [
        _letters(view, "units", _("value of the unit"), values, (-1.0, 1.0), theme.diverging(mode), mode)
        | {"xaxis": "x", "yaxis": "y", "colorbar": _bar(_("h"), 0.54, 0.42)},
        _letters(view, "given", _("probability it was given"), given, (0.0, 1.0), theme.opening(mode), mode)
        | {"xaxis": "x", "yaxis": "y2", "colorbar": _bar(_("p"), 0.0, 0.42)},
    ]
    notes = [
        (_("unit {unit} of the topmost layer").format(unit=view.unit), 0.97),
        (_("probability that each character was given before it came"), 0.43),
    ]
    layout = style.canvas(colours) | {
        "margin": {"l": 58, "r": 62, "t": 8, "b": 40},
        "hovermode": "closest",
        "xaxis": _text_axis(view, colours) | {"anchor": "y2"},
        "yaxis": _row_axis(view, colours) | {"domain": [0.54, 0.96]},
        "yaxis2": _row_axis(view, colours) | {"domain": [0, 0.42]},
        "shapes": [_cursor(view, "y domain", colours), _cursor(view, "y2 domain", colours)],
        "annotations": [
            {
                "text": text,
                "x": 0,
                "xref": "paper",
                "xanchor": "left",
                "y": y,
                "yref": "paper",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 12.5, "color": colours["text"]},
            }
            for text, y in notes
        ],
    }
    return {"data": traces, "layout": layout}


def _learning(view: View, mode: str) -> list[dict[str, Any]]:
    colours = theme.colours(mode)
    traces = [
        {
            "type": "scatter",
            "uid": f"loss.{row.label}",
            "name": row.label,
            "mode": "lines",
            "x": row.updates.astype(np.float32),
            "y": np.where(np.isfinite(row.losses), row.losses, np.nan).astype(np.float32),
            "line": {"color": theme.hue(row.place, mode), "width": 2.5},
            "hovertemplate": _("update %{x}: %{y:.3f} nats"),
        }
        for row in view.rows
    ]
    for uid, name, value, dash in (
        ("memoryless", _("least without memory"), view.memoryless, "dash"),
        ("blind", _("least without looking"), view.blind, "dot"),
    ):
        traces.append(
            {
                "type": "scatter",
                "uid": uid,
                "name": f"{name}: {value:.2f}",
                "mode": "lines",
                "x": np.array([0, view.most], np.float32),
                "y": np.full(2, value, np.float32),
                "line": {"color": colours["theory"], "width": 1.5, "dash": dash},
                "hovertemplate": "%{y:.4f}",
            }
        )
    return traces


def _next(view: View, mode: str) -> list[dict[str, Any]]:
    """The likeliest characters after the chosen one, a group of bars a network."""
    traces = []
    for place, row in enumerate(view.rows):
        p = row.p[view.at - 1]
        best = np.argsort(-p, kind="stable")[: min(BEST, len(view.characters))]
        right = view.ids[view.at]
        traces.append(
            {
                "type": "bar",
                "uid": f"next.{row.label}",
                "name": _("{cell}: what comes next").format(cell=row.label),
                "orientation": "h",
                "x": p[best].astype(np.float32),
                "y": np.array([-(BEST + 1) * place - rank for rank in range(len(best))], np.float32),
                "width": 0.86,
                "text": [
                    f"<b>{_shown(view, number)}</b> {100 * p[number]:.0f} %{' ✓' if number == right else ''}"
                    for number in best
                ],
                "textposition": "outside",
                "constraintext": "none",
                "textfont": {"size": 11.5},
                "cliponaxis": False,
                "marker": {"color": theme.hue(row.place, mode), "line": {"width": 0}},
                "showlegend": False,
                "hoverinfo": "skip",
                "xaxis": "x2",
                "yaxis": "y2",
            }
        )
    return traces


def _letters(
    view: View, uid: str, name: str, values: list[np.ndarray], limits: tuple[float, float], scale: Any, mode: str
) -> dict[str, Any]:
    """The text once a network, coloured; under the pointer the likeliest next characters."""
    length = len(view.ids) - 1
    letters = [view.characters[number] for number in view.ids[:-1]]
    return {
        "type": "heatmap",
        "uid": uid,
        "name": name,
        "x": style.steps(length),
        "y": np.arange(len(view.rows), dtype=np.float32),
        "z": np.stack(values).astype(np.float32),
        "zmin": limits[0],
        "zmax": limits[1],
        "colorscale": scale,
        "ygap": 3,
        "text": [letters for _row in view.rows],
        "texttemplate": "%{text}",
        "textfont": {"size": 13, "family": "monospace", "color": theme.colours(mode)["text"]},
        "opacity": 0.65,
        "hovertext": [_hover(view, row, value) for row, value in zip(view.rows, values, strict=True)],
        "hoverinfo": "text",
        "showlegend": False,
    }


def _hover(view: View, row: Row, values: np.ndarray) -> list[str]:
    best = np.argsort(-row.p, axis=1, kind="stable")[:, : min(BEST, len(view.characters))]
    found = []
    for place, numbers in enumerate(best):
        said = " · ".join(f"<b>{_shown(view, number)}</b> {100 * row.p[place, number]:.0f} %" for number in numbers)
        value = values[place]
        size = "" if not np.isfinite(value) else _("exactly 0") if value == FLOOR else f"{value:.2f}".replace("-", "−")
        letter = _shown(view, view.ids[place])
        found.append(f"{row.label}, “{letter}”: {size}<br>{_('next')}: {said}")
    return found


def _shown(view: View, number: int) -> str:
    letter = view.characters[number]
    return escape("␣" if letter == " " else letter, quote=False)


def _text_axis(view: View, colours: dict[str, str]) -> dict[str, Any]:
    length = len(view.ids) - 1
    ticks = np.arange(0, length, 10) + 1
    return style.axis(colours) | {
        "domain": [0, 1],
        "range": [0.5, length + 0.5],
        "showgrid": False,
        "zeroline": False,
        "tickvals": ticks,
        "ticktext": [str(view.start - 1 + tick) for tick in ticks],
        "title": style.title(_("character of the text")),
    }


def _row_axis(view: View, colours: dict[str, str]) -> dict[str, Any]:
    return style.axis(colours) | {
        "range": [len(view.rows) - 0.5, -0.5],
        "tickvals": list(range(len(view.rows))),
        "ticktext": [row.label for row in view.rows],
        "ticks": "",
        "showgrid": False,
        "zeroline": False,
    }


def _cursor(view: View, yref: str, colours: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "x" if yref in ("y domain", "y2 domain") else "x3",
        "x0": view.at - 0.5,
        "x1": view.at + 0.5,
        "yref": yref,
        "y0": 0,
        "y1": 1,
        "line": {"color": colours["text"], "width": 1.8},
    }


def _what(view: View, colours: dict[str, str]) -> dict[str, Any]:
    text = _("weight of each character in predicting “{letter}” after the framed one").format(
        letter=_shown(view, view.ids[view.at])
    )
    return {
        "text": text,
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": 0.605,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12.5, "color": colours["text"]},
    }


def _bar(title: str, y: float, height: float) -> dict[str, Any]:
    return {
        "title": {"text": title, "side": "top"},
        "x": 1.005,
        "xanchor": "left",
        "y": y,
        "yanchor": "bottom",
        "len": height,
        "thickness": 9,
        "nticks": 5,
        "outlinewidth": 0,
    }
