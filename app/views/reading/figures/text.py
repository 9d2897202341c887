"""Networks on one stretch of text: what they learned, what they predict and look at, what a unit does."""

from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple

import numpy as np

from app.language import _, written
from app.plot import style, theme
from app.plot.traces import Panel, bars, colour_bar, curve, frame, heat, line, note, step_numbers
from app.settings import AXES, Settings, menu_place
from app.views.reading import verdict
from app.views.reading.numbers import Readers

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
    band = 0.09 * len(view.rows)
    left, right = Panel(1, (0, 0.5), (0.77, 1)), Panel(2, (0.6, 1), (0.77, 1))
    traces = [*_losses(view, mode), *_next(view, right, mode)]
    for row in view.rows:
        name, hue = _("{cell}: weight of each character").format(cell=row.label), theme.hue(row.place, mode)
        look = {"mode": "lines+markers", "marker": {"size": 4}, "meta": "pick", "showlegend": False}
        traces.append(curve(f"curve.{row.label}", name, row.log10_influence, hue, "x3y3", **look))
    weights = [np.where(np.isneginf(row.log10_influence), FLOOR, row.log10_influence) for row in view.rows]
    for row in weights:
        row[view.at :] = np.nan
    bar, name = _bar(_("log₁₀"), 0.0, 0.3), _("weight of each character")
    traces.append(
        _letters(view, "map", name, weights, theme.gradient_size(mode), (-DECADES, DECADES), bar, "x3y4", mode)
    )
    layout = _layout(colours) | {"barmode": "overlay", "bargap": 0.12}
    most = float(np.log(len(view.characters)))
    layout |= left.layout(
        style.axis(colours, range=(0, view.most), title=_("update")),
        style.axis(colours, range=(0, 1.05 * most), title=_("nats")),
    )
    share = {"range": (0, 1.3), "tickvals": [0, 0.5, 1], "ticktext": ["0", "50 %", "100 %"]}
    groups = {"range": (-(BEST + 1) * len(view.rows) + 0.4, 0.6), "showgrid": False, "zeroline": False}
    groups |= {"tickvals": [-(BEST + 1) * group - 1 for group in range(len(view.rows))]}
    layout |= right.layout(
        style.axis(colours, **share, title=_("likeliest next characters")),
        style.axis(colours, **groups, ticktext=[row.label for row in view.rows]),
    )
    weight = {"domain": (band + 0.04, 0.6), "range": view.axis, "title": _("log₁₀ ‖∇‖"), "nticks": 6}
    chosen = _("weight of each character in predicting “{letter}” after the framed one")
    layout |= {
        "xaxis3": _text_axis(view, colours, anchor="y4"),
        "yaxis3": style.axis(colours, **weight),
        "yaxis4": _row_axis(view, colours, domain=(0, band)),
        "shapes": [_cursor(view, "x3y3", colours), _cursor(view, "x3y4", colours)],
        "annotations": [_above(chosen.format(letter=_shown(view, view.ids[view.at])), 0.605, colours)],
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
    upper, lower = _bar(_("h"), 0.54, 0.42), _bar(_("p"), 0.0, 0.42)
    unit, chance = _("value of the unit"), _("probability it was given")
    traces = [
        _letters(view, "units", unit, values, theme.diverging(mode), (-1.0, 1.0), upper, "xy", mode),
        _letters(view, "given", chance, given, theme.opening(mode), (0.0, 1.0), lower, "xy2", mode),
    ]
    layout = _layout(colours) | {
        "xaxis": _text_axis(view, colours, anchor="y2"),
        "yaxis": _row_axis(view, colours, domain=(0.54, 0.96)),
        "yaxis2": _row_axis(view, colours, domain=(0, 0.42)),
        "shapes": [_cursor(view, "xy", colours), _cursor(view, "xy2", colours)],
        "annotations": [
            _above(_("unit {unit} of the topmost layer").format(unit=view.unit), 0.97, colours),
            _above(_("probability that each character was given before it came"), 0.43, colours),
        ],
    }
    return {"data": traces, "layout": layout}


def _losses(view: View, mode: str) -> list[dict[str, Any]]:
    """Loss of every network over its updates, and what can be reached without memory."""
    hover, theory = _("update %{x}: %{y:.3f} nats"), theme.colours(mode)["theory"]
    traces = []
    for row in view.rows:
        hue = theme.hue(row.place, mode)
        traces.append(line(f"loss.{row.label}", row.label, row.updates, row.losses, hue, width=2.5, hover=hover))
    for uid, name, least, dash in (
        ("memoryless", _("least without memory"), view.memoryless, "dash"),
        ("blind", _("least without looking"), view.blind, "dot"),
    ):
        ends, said = np.array([0, view.most]), f"{name}: {least:.2f}"
        traces.append(line(uid, said, ends, np.full(2, least), theory, width=1.5, dash=dash, hover="%{y:.4f}"))
    return traces


def _next(view: View, panel: Panel, mode: str) -> list[dict[str, Any]]:
    """The likeliest characters after the chosen one, a group of bars a network."""
    right = view.ids[view.at]
    text = {"textposition": "outside", "constraintext": "none", "textfont": {"size": 11.5}, "cliponaxis": False}
    traces = []
    for group, row in enumerate(view.rows):
        p = row.p[view.at - 1]
        best = np.argsort(-p, kind="stable")[: min(BEST, len(view.characters))]
        said = [
            f"<b>{_shown(view, letter)}</b> {100 * p[letter]:.0f} %{' ✓' if letter == right else ''}" for letter in best
        ]
        traces.append(
            bars(
                f"next.{row.label}",
                _("{cell}: what comes next").format(cell=row.label),
                p[best],
                -(BEST + 1) * group - np.arange(len(best)),
                theme.hue(row.place, mode),
                panel.axes,
                orientation="h",
                width=0.86,
                text=said,
                showlegend=False,
                **text,
            )
        )
    return traces


def _letters(
    view: View,
    uid: str,
    name: str,
    values: list[np.ndarray],
    scale: list[list[object]],
    limits: tuple[float, float],
    bar: dict[str, Any],
    axes: str,
    mode: str,
) -> dict[str, Any]:
    """The text once a network, coloured; under the pointer the likeliest next characters."""
    letters = [view.characters[number] for number in view.ids[:-1]]
    written = {"text": [letters for _row in view.rows], "texttemplate": "%{text}"}
    written["textfont"] = {"size": 13, "family": "monospace", "color": theme.colours(mode)["text"]}
    said = [_hover(view, row, coloured) for row, coloured in zip(view.rows, values, strict=True)]
    places = {"x": step_numbers(len(letters)), "y": np.arange(len(view.rows)), "ygap": 3}
    look = {"hoverinfo": "text", "hovertext": said, "opacity": 0.65}
    return heat(uid, name, np.stack(values), scale, limits, axes, bar=bar, **places, **written, **look)


def _hover(view: View, row: Row, values: np.ndarray) -> list[str]:
    best = np.argsort(-row.p, axis=1, kind="stable")[:, : min(BEST, len(view.characters))]
    found = []
    for place, numbers in enumerate(best):
        said = " · ".join(f"<b>{_shown(view, number)}</b> {100 * row.p[place, number]:.0f} %" for number in numbers)
        value = values[place]
        size = "" if not np.isfinite(value) else _("exactly 0") if value == FLOOR else written(f"{value:.2f}")
        letter = _shown(view, view.ids[place])
        found.append(f"{row.label}, “{letter}”: {size}<br>{_('next')}: {said}")
    return found


def _shown(view: View, number: int) -> str:
    letter = view.characters[number]
    return escape("␣" if letter == " " else letter, quote=False)


def _text_axis(view: View, colours: Mapping[str, str], **more: Any) -> dict[str, Any]:
    length = len(view.ids) - 1
    ticks = np.arange(1, length + 1, 10)
    named = {"tickvals": ticks, "ticktext": [str(view.start - 1 + tick) for tick in ticks]}
    shown = {"range": (0.5, length + 0.5), "showgrid": False, "zeroline": False}
    return style.axis(colours, title=_("character of the text"), **named, **shown, **more)


def _row_axis(view: View, colours: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """An axis of networks, the first on top."""
    count = len(view.rows)
    named = {"tickvals": list(range(count)), "ticktext": [row.label for row in view.rows], "ticks": ""}
    return style.axis(colours, range=(count - 0.5, -0.5), showgrid=False, zeroline=False, **named, **more)


def _cursor(view: View, axes: str, colours: Mapping[str, str]) -> dict[str, Any]:
    return frame((view.at - 0.5, view.at + 0.5), None, axes, colours["text"], width=1.8)


def _above(text: str, y: float, colours: Mapping[str, str]) -> dict[str, Any]:
    return note(text, 0, y, size=12.5, colour=colours["text"], xanchor="left", yanchor="bottom")


def _bar(title: str, y: float, height: float) -> dict[str, Any]:
    return colour_bar(title, height, x=1.005, y=y, yanchor="bottom", thickness=9, nticks=5)


def _layout(colours: Mapping[str, str]) -> dict[str, Any]:
    return style.canvas(colours) | {"margin": {"l": 58, "r": 62, "t": 8, "b": 40}, "hovermode": "closest"}


def draw_reading(settings: Settings, found: Readers, mode: str) -> dict[str, Any]:
    """The losses, the likeliest next characters, and what the chosen prediction looks at."""
    return reading(_view(settings, found), mode)


def draw_units(settings: Settings, found: Readers, mode: str) -> dict[str, Any]:
    """One unit, and the probability of every character, over the text."""
    return units(_view(settings, found), mode)


def _view(settings: Settings, found: Readers) -> View:
    unit = verdict.shown_unit(settings, found)
    rows = [
        Row(
            verdict.label(reader),
            menu_place(reader.experiment),
            reader.trained.updates,
            reader.trained.losses,
            reader.p,
            reader.log10_influence.copy(),
            verdict.followed(reader, unit),
        )
        for reader in found.readers
    ]
    return View(
        rows,
        ["↵" if letter == "\n" else letter for letter in found.text.characters],
        found.ids,
        (settings.read_from - 1) % len(found.text.content) + 1,
        found.at,
        unit,
        found.memoryless,
        found.blind,
        AXES[settings.read_axis],
        max(100.0, 1.02 * max(reader.trained.reached for reader in found.readers)),
    )
