"""What wired cells learn: a gap filled, a curve rebuilt, a string reversed, a series forecast."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.language import _
from app.plot import style, theme
from app.plot.traces import (
    ALONE,
    POWER,
    Panel,
    bars,
    colour_bar,
    frame,
    heat,
    line,
    line_mode,
    note,
    step_numbers,
    upright,
)
from app.settings import Settings, menu_place
from app.views.wiring.settings import chosen_letter
from app.views.wiring.trained import Learned
from app.views.wiring.verdict import answer, readers, ways_back
from cells.training.learners import forecast as sunspots
from cells.training.learners import gap as gaps
from cells.training.learners.autoencoder import best_linear
from cells.training.learners.reversal import LETTERS

SIZES = (-10.0, 4.0)
"""Range of log10 of a gradient in these figures."""

FIRST_UPDATES = 25.0
"""What the axis of updates holds at least."""

NOTHING: dict[str, Any] = {"data": [], "layout": {}}
"""What is drawn while a training has not begun."""


def _loss(
    uid: str, name: str, updates: np.ndarray, values: np.ndarray, colour: str, dash: str = "solid"
) -> dict[str, Any]:
    """A number over the updates, at the left."""
    look = {"width": 2.4, "dash": dash, "hover": "%{y:.3g}", "mode": line_mode(len(updates))}
    return line(uid, name, updates, values, colour, **look)


def _known(uid: str, name: str, updates: np.ndarray, value: float, colour: str) -> dict[str, Any]:
    """A level beside it that stands for something that is known."""
    ends = np.array([0, _end(updates)])
    return line(uid, name, ends, np.array([value, value]), colour, width=1.4, dash="dot", hover="%{y:.3g}")


def _end(updates: np.ndarray) -> float:
    return max(float(updates[-1]) if len(updates) else 0.0, FIRST_UPDATES)


def _updates_axis(colours: Mapping[str, str], updates: np.ndarray) -> dict[str, Any]:
    shown = (0, 1.02 * _end(updates))
    return style.axis(colours, range=shown, title=_("updates"), showgrid=False, zeroline=False, nticks=6)


def draw_gap(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """The three readers: loss over updates, what they put into the gap, which words they look at."""
    if not found.looks:
        return NOTHING
    history, filled, place = found.histories[0], found.looks[0], menu_place(settings.experiment)
    words, right = gaps.spelled(filled.sentence), int(filled.sentence.answer)
    updates, loss = history.updates, history.series("loss")
    with np.errstate(divide="ignore"):
        log10_size = np.log10(np.asarray(filled.size[:, : len(words)], float))
    colours = theme.colours(mode)
    left, upper, lower = Panel(1, (0, 0.36)), Panel(2, (0.45, 1), (0.62, 1)), Panel(3, (0.45, 1), (0, 0.44))
    hues = [(reader, name, theme.hue(place + reader, mode)) for reader, name in enumerate(readers())]
    traces = [_loss(f"loss{r}", name, updates, loss[:, r], hue) for r, name, hue in hues]
    for r, name, hue in hues:
        least = _("least possible, {reader}").format(reader=name)
        traces.append(_known(f"least{r}", least, updates, gaps.possible(gaps.READERS[r]), hue))
    for r, name, hue in hues:
        chance, look = _("probability, {reader}").format(reader=name), {"hover": "%{x}: %{y:.3f}" + ALONE}
        traces.append(
            bars(
                f"chances{r}", chance, list(gaps.ANSWERS), filled.chances[r], hue, upper.axes, showlegend=False, **look
            )
        )
    count = len(words)
    traces.append(
        heat(
            "words",
            _("log₁₀ of the gradient of the right word"),
            log10_size,
            theme.gradient_size(mode),
            (-8.0, 8.0),
            lower.axes,
            x=np.arange(count),
            y=np.arange(3),
            xgap=2,
            ygap=2,
            bar=colour_bar("log₁₀", 0.46, y=0, yanchor="bottom", tickvals=[-8, 0, 8]),
            hover="10<sup>%{z:.2f}</sup>" + ALONE,
        )
    )
    plain = {"showgrid": False, "zeroline": False}
    named = {"tickvals": list(range(count)), "ticktext": words, "tickangle": -35 if count > 9 else 0}
    nats, probability = style.title(_("loss (nats)"), 6), style.title(_("probability"), 6)
    layout = style.layout(colours) | {"hovermode": "closest", "bargap": 0.25}
    layout |= left.layout(_updates_axis(colours, updates), style.axis(colours, range=(-0.05, 2.6), title=nats))
    layout |= upper.layout(style.axis(colours, showgrid=False), style.axis(colours, range=(0, 1.02), title=probability))
    layout |= lower.layout(
        style.axis(colours, **named, **plain),
        style.axis(colours, tickvals=[0, 1, 2], ticktext=readers(), **plain),
    )
    layout["shapes"] = [
        frame((right - 0.46, right + 0.46), None, upper.axes, colours["text"], dash="dot"),
    ]
    layout["annotations"] = [_note(_("right"), right, "x2", "y2 domain", colours)]
    layout["margin"] |= {"t": 22, "b": 56}
    return {"data": traces, "layout": layout}


def draw_code(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """Loss over updates, the curve and what comes out, the code, and what the code looked at."""
    if not found.looks:
        return NOTHING
    history, seen, place = found.histories[0], found.looks[0], menu_place(settings.experiment)
    updates, code = history.updates, seen.code[: settings.bottleneck]
    colours, hue = theme.colours(mode), theme.hue(place, mode)
    left, middle, right = Panel(1, (0, 0.3)), Panel(2, (0.37, 0.78), (0.34, 1)), Panel(3, (0.85, 1))
    linear = theme.hue(place + 2, mode)
    steps, said = step_numbers(len(seen.curve)), {"hover": "%{y:.3g}"}
    looked = _("log₁₀ ‖d code / d point‖")
    names = [f"z{number}" for number in range(1, len(code) + 1)]
    traces = [
        _loss("loss", _("held-out loss"), updates, history.series("loss"), hue),
        _known("mean", _("the mean curve"), updates, float(history.measured[0].mean), colours["theory"]),
        _known("linear", _("best linear code of this size"), updates, best_linear(settings.bottleneck), linear),
        line("curve", _("curve in"), steps, seen.curve, colours["input"], middle.axes, width=2.4, **said),
        line("rebuilt", _("curve out"), steps, seen.rebuilt, hue, middle.axes, width=2.6, dash="dash", **said),
        line("looked", looked, steps, seen.log10_gradient, hue, "x2y4", width=1.8, dash="dot", **said),
        bars("code", _("the code"), names, code, hue, right.axes, hover="%{x} = %{y:.3g}" + ALONE),
    ]
    reach = max(3.0, float(np.max(np.abs(code), initial=0.0)) * 1.05)
    points = {"range": (0.5, len(seen.curve) + 0.5), "title": _("step t"), "showgrid": False, "zeroline": False}
    error, numbers = style.title(_("squared error of a point"), 6), style.title(_("code"))
    layout = style.layout(colours)
    layout |= left.layout(_updates_axis(colours, updates), style.axis(colours, range=(0, 1.3), title=error))
    layout |= middle.layout(style.axis(colours, anchor="y4", **points), style.axis(colours, range=(-3.4, 3.4)))
    layout |= right.layout(
        style.axis(colours, showgrid=False), style.axis(colours, range=(-reach, reach), title=numbers)
    )
    layout["yaxis4"] = style.axis(colours, domain=(0, 0.26), anchor="x2", range=SIZES, nticks=4)
    return {"data": traces, "layout": layout}


def draw_reverse(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """Right letters over the updates on the left, the attention map on the right."""
    if not found.looks:
        return NOTHING
    written, word, count = found.looks[0], settings.word, len(settings.word)
    place, chosen = menu_place(settings.experiment), chosen_letter(settings)
    shortest = min(len(history.measured) for history in found.histories)
    updates = found.histories[0].updates[:shortest]
    shares = [history.series("letters")[:shortest] for history in found.histories]
    colours = theme.colours(mode)
    left, right = Panel(1, (0, 0.44)), Panel(2, (0.54, 1))
    attended, alone = theme.hue(place, mode), theme.hue(place + 2, mode)
    letters = np.arange(count)
    traces = [
        _loss("with", _("with attention"), updates, shares[0], attended),
        _loss("without", _("without"), updates, shares[1], alone, "dash"),
        _known("guess", _("guessing"), updates, 1 / len(LETTERS), colours["theory"]),
        heat(
            "map",
            _("attention"),
            written.attention[:count, :count],
            theme.opening(mode),
            (0.0, 1.0),
            right.axes,
            x=letters,
            y=letters,
            xgap=1,
            ygap=1,
            bar=colour_bar(_("weight"), 1, tickvals=[0, 0.5, 1]),
            hover="%{z:.3f}" + ALONE,
        ),
    ]
    share, letter = style.title(_("share of right letters"), 6), style.title(_("letter written, t"), 8)
    square = {"tickvals": list(range(count)), "showgrid": False, "zeroline": False}
    read = {"ticktext": list(word), "title": _("letter read, s"), "range": (-0.5, count - 0.5)}
    layout = style.layout(colours) | {"hovermode": "closest"}
    layout |= left.layout(_updates_axis(colours, updates), style.axis(colours, range=(0, 1.03), title=share))
    layout |= right.layout(
        style.axis(colours, **square, **read),
        style.axis(
            colours, **square, ticktext=list(answer(settings, written)), title=letter, range=(count - 0.5, -0.5)
        ),
    )
    row = (chosen - 1.5, chosen - 0.5)
    layout["shapes"] = [frame((-0.5, count - 0.5), row, right.axes, colours["text"], dash="dot")]
    return {"data": traces, "layout": layout}


def draw_ways(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """The gradient's short cut and the long way round, for every letter read."""
    if not found.looks:
        return NOTHING
    short, long, total, without = ways_back(settings, found)
    word, place = settings.word, menu_place(settings.experiment)
    colours = theme.colours(mode)
    letters = np.arange(len(word))
    traces = [
        line(uid, name, letters, log10, theme.hue(hue, mode), width=2.4, dash=dash, mode="lines+markers", hover=POWER)
        for uid, name, log10, hue, dash in (
            ("short", _("short cut through the attention"), short, place, "solid"),
            ("long", _("the long way round"), long, place, "dash"),
            ("total", _("by every way"), total, place + 1, "dot"),
            ("alone", _("in the network without attention"), without, place + 2, "dash"),
        )
    ]
    read = {"tickvals": list(range(len(word))), "ticktext": list(word), "range": (-0.5, len(word) - 0.5)}
    size = style.title(_("log₁₀ ‖d letter written / d hₛ‖"), 6)
    layout = style.layout(colours) | {
        "xaxis": style.axis(colours, **read, title=_("letter read, s"), showgrid=False, zeroline=False),
        "yaxis": style.axis(colours, range=SIZES, title=size),
    }
    return {"data": traces, "layout": layout}


def draw_forecast(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """Loss and filters on the left; on one axis of years the series, what is seen, what is kept, and the gradient."""
    if not found.looks:
        return NOTHING
    history, seen, place = found.histories[0], found.looks[0], menu_place(settings.experiment)
    updates, years = history.updates, sunspots.FIRST_YEAR + np.arange(len(seen.series))
    colours, hue = theme.colours(mode), theme.hue(place, mode)
    loss = Panel(1, (0, 0.25), (0.5, 1))
    other, said = theme.hue(place + 2, mode), {"hover": "%{y:.3g}"}
    series, ahead, gradient = seen.series, seen.forecast, seen.log10_gradient
    at_last = _("gradient of the last forecast to each year")
    before = np.arange(1 - seen.kernel.shape[1], 1)
    traces = [
        _loss("loss", _("held-out loss"), updates, history.series("loss"), hue),
        _known("same", _("saying: as last year"), updates, float(history.measured[0].same), colours["theory"]),
        line("series", _("sunspots"), years, series, colours["input"], "x2y2", width=1.6, **said),
        line("forecast", _("forecast from the years before"), years, ahead, hue, "x2y2", **said),
        line("gradient", at_last, years, gradient, hue, "x2y5", dash="dot", **said),
        line(
            "atFeatures",
            _("the same to the responses"),
            years,
            seen.log10_at_features,
            other,
            "x2y5",
            width=1.6,
            dash="dash",
            **said,
        ),
        _map("features", _("responses of the convolution"), years, seen.features.T, "x2y3", mode),
        _map("kept", _("what the cell keeps, h"), years, seen.kept.T, "x2y4", mode),
        _map("kernel", _("filters"), before, seen.kernel, "x3y6", mode),
    ]
    plain = {"showgrid": False, "zeroline": False}
    error, width = style.title(_("squared error"), 6), style.title(_("filter"), 6)
    layout = style.layout(colours)
    layout |= loss.layout(_updates_axis(colours, updates), style.axis(colours, range=(0, 1.6), title=error))
    ago = {"domain": (0, 0.25), "anchor": "y6", "title": _("years before"), "dtick": 1}
    layout["xaxis3"] = style.axis(colours, **ago, **plain)
    layout["yaxis6"] = style.axis(colours, domain=(0, 0.3), anchor="x3", title=width, dtick=1, **plain)
    shown = (float(years[0]), float(years[-1]))
    layout["xaxis2"] = style.axis(colours, domain=(0.35, 1), anchor="y5", range=shown, title=_("year"), **plain)
    for number, domain, title in (
        (2, (0.72, 1), _("sunspots")),
        (3, (0.54, 0.69), _("seen")),
        (4, (0.28, 0.51), _("kept")),
    ):
        row = {"domain": domain, "anchor": "x2", "title": style.title(title, 8), "showticklabels": False}
        layout[f"yaxis{number}"] = style.axis(colours, **row, **plain)
    layout["yaxis5"] = style.axis(colours, domain=(0, 0.24), anchor="x2", range=SIZES, nticks=4, title=_("log₁₀"))
    opens = float(sunspots.FIRST_YEAR + sunspots.TRAINED)
    layout["shapes"] = [upright(opens, "x2", colours["text"], layer="above")]
    held_out = _note(_("held out from here"), opens, "x2", "paper", colours, xanchor="left")
    layout["annotations"] = [held_out]
    layout["margin"] |= {"t": 22}
    return {"data": traces, "layout": layout}


def _map(uid: str, name: str, x: np.ndarray, values: np.ndarray, axes: str, mode: str) -> dict[str, Any]:
    """Values from -1 to 1, a row a feature or unit."""
    y, scale = np.arange(1, len(values) + 1), theme.diverging(mode)
    return heat(uid, name, values, scale, (-1.0, 1.0), axes, x=x, y=y, hover="%{z:.3f}" + ALONE)


def _note(text: str, x: float, xref: str, yref: str, colours: Mapping[str, str], **more: Any) -> dict[str, Any]:
    return note(text, x, 1.0, colour=colours["muted"], xref=xref, yref=yref, yanchor="bottom", **more)
