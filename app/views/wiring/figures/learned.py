"""What wired cells learn: a gap filled, a curve rebuilt, a string reversed, a series forecast."""

from collections.abc import Mapping
from typing import Any, NamedTuple

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


class Gap(NamedTuple):
    """Numbers of the gap's figure.

    Attributes:
        updates: (n,).
        loss: (n, 3) of each reader.
        possible: (3,) least loss of each.
        readers: their names.
        answers: the words that may stand in the gap.
        chances: (3, 8).
        right: place of the right one.
        words: the sentence.
        log10_size: (3, words) log10 of each word's gradient; -inf for an exact zero.
        place: place of the cell in the menu.
    """

    updates: np.ndarray
    loss: np.ndarray
    possible: list[float]
    readers: list[str]
    answers: list[str]
    chances: np.ndarray
    right: int
    words: list[str]
    log10_size: np.ndarray
    place: int


def gap(view: Gap, mode: str) -> dict[str, Any]:
    """The three readers: loss over updates, what they put into the gap, which words they look at."""
    colours = theme.colours(mode)
    left, upper, lower = Panel(1, (0, 0.36)), Panel(2, (0.45, 1), (0.62, 1)), Panel(3, (0.45, 1), (0, 0.44))
    readers = [(reader, name, theme.hue(view.place + reader, mode)) for reader, name in enumerate(view.readers)]
    traces = [_loss(f"loss{r}", name, view.updates, view.loss[:, r], hue) for r, name, hue in readers]
    for r, name, hue in readers:
        least = _("least possible, {reader}").format(reader=name)
        traces.append(_known(f"least{r}", least, view.updates, view.possible[r], hue))
    for r, name, hue in readers:
        chance, look = _("probability, {reader}").format(reader=name), {"hover": "%{x}: %{y:.3f}" + ALONE}
        traces.append(
            bars(f"chances{r}", chance, view.answers, view.chances[r], hue, upper.axes, showlegend=False, **look)
        )
    count = len(view.words)
    traces.append(
        heat(
            "words",
            _("log₁₀ of the gradient of the right word"),
            view.log10_size,
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
    words = {"tickvals": list(range(count)), "ticktext": view.words, "tickangle": -35 if count > 9 else 0}
    loss, probability = style.title(_("loss (nats)"), 6), style.title(_("probability"), 6)
    layout = style.layout(colours) | {"hovermode": "closest", "bargap": 0.25}
    layout |= left.layout(_updates_axis(colours, view.updates), style.axis(colours, range=(-0.05, 2.6), title=loss))
    layout |= upper.layout(style.axis(colours, showgrid=False), style.axis(colours, range=(0, 1.02), title=probability))
    layout |= lower.layout(
        style.axis(colours, **words, **plain),
        style.axis(colours, tickvals=[0, 1, 2], ticktext=view.readers, **plain),
    )
    layout["shapes"] = [
        frame((view.right - 0.46, view.right + 0.46), None, upper.axes, colours["text"], dash="dot"),
    ]
    layout["annotations"] = [_note(_("right"), view.right, "x2", "y2 domain", colours)]
    layout["margin"] |= {"t": 22, "b": 56}
    return {"data": traces, "layout": layout}


class Code(NamedTuple):
    """Numbers of the autoencoder's figure.

    Attributes:
        updates: (n,).
        loss: (n,) held-out.
        mean: loss of the mean curve.
        linear: loss of the best linear code of this size.
        curve: (P,).
        rebuilt: (P,).
        code: (numbers,) those that pass.
        log10_gradient: (P,) of the code with respect to each point.
        place: place of the cell in the menu.
    """

    updates: np.ndarray
    loss: np.ndarray
    mean: float
    linear: float
    curve: np.ndarray
    rebuilt: np.ndarray
    code: np.ndarray
    log10_gradient: np.ndarray
    place: int


def code(view: Code, mode: str) -> dict[str, Any]:
    """Loss over updates, the curve and what comes out, the code, and what the code looked at."""
    colours, hue = theme.colours(mode), theme.hue(view.place, mode)
    left, middle, right = Panel(1, (0, 0.3)), Panel(2, (0.37, 0.78), (0.34, 1)), Panel(3, (0.85, 1))
    linear = theme.hue(view.place + 2, mode)
    steps, said = step_numbers(len(view.curve)), {"hover": "%{y:.3g}"}
    looked = _("log₁₀ ‖d code / d point‖")
    names = [f"z{number}" for number in range(1, len(view.code) + 1)]
    traces = [
        _loss("loss", _("held-out loss"), view.updates, view.loss, hue),
        _known("mean", _("the mean curve"), view.updates, view.mean, colours["theory"]),
        _known("linear", _("best linear code of this size"), view.updates, view.linear, linear),
        line("curve", _("curve in"), steps, view.curve, colours["input"], middle.axes, width=2.4, **said),
        line("rebuilt", _("curve out"), steps, view.rebuilt, hue, middle.axes, width=2.6, dash="dash", **said),
        line("looked", looked, steps, view.log10_gradient, hue, "x2y4", width=1.8, dash="dot", **said),
        bars("code", _("the code"), names, view.code, hue, right.axes, hover="%{x} = %{y:.3g}" + ALONE),
    ]
    reach = max(3.0, float(np.max(np.abs(view.code), initial=0.0)) * 1.05)
    points = {"range": (0.5, len(view.curve) + 0.5), "title": _("step t"), "showgrid": False, "zeroline": False}
    error, numbers = style.title(_("squared error of a point"), 6), style.title(_("code"))
    layout = style.layout(colours)
    layout |= left.layout(_updates_axis(colours, view.updates), style.axis(colours, range=(0, 1.3), title=error))
    layout |= middle.layout(style.axis(colours, anchor="y4", **points), style.axis(colours, range=(-3.4, 3.4)))
    layout |= right.layout(
        style.axis(colours, showgrid=False), style.axis(colours, range=(-reach, reach), title=numbers)
    )
    layout["yaxis4"] = style.axis(colours, domain=(0, 0.26), anchor="x2", range=SIZES, nticks=4)
    return {"data": traces, "layout": layout}


class Reversal(NamedTuple):
    """Numbers of the reversal's figure.

    Attributes:
        updates: (n,).
        letters: (n, 2) share of right letters with attention and without.
        guessing: that of guessing.
        attention: (t, s) weights.
        word: the letters read.
        answers: the letters written, with attention.
        chosen: the step written that is looked at, counted from 1.
        place: place of the cell in the menu.
    """

    updates: np.ndarray
    letters: np.ndarray
    guessing: float
    attention: np.ndarray
    word: str
    answers: str
    chosen: int
    place: int


def reversal(view: Reversal, mode: str) -> dict[str, Any]:
    """Right letters over the updates on the left, the attention map on the right."""
    colours = theme.colours(mode)
    left, right = Panel(1, (0, 0.44)), Panel(2, (0.54, 1))
    attended, alone = theme.hue(view.place, mode), theme.hue(view.place + 2, mode)
    count = len(view.word)
    letters = np.arange(count)
    traces = [
        _loss("with", _("with attention"), view.updates, view.letters[:, 0], attended),
        _loss("without", _("without"), view.updates, view.letters[:, 1], alone, "dash"),
        _known("guess", _("guessing"), view.updates, view.guessing, colours["theory"]),
        heat(
            "map",
            _("attention"),
            view.attention,
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
    share, written = style.title(_("share of right letters"), 6), style.title(_("letter written, t"), 8)
    square = {"tickvals": list(range(count)), "showgrid": False, "zeroline": False}
    read = {"ticktext": list(view.word), "title": _("letter read, s"), "range": (-0.5, count - 0.5)}
    layout = style.layout(colours) | {"hovermode": "closest"}
    layout |= left.layout(_updates_axis(colours, view.updates), style.axis(colours, range=(0, 1.03), title=share))
    layout |= right.layout(
        style.axis(colours, **square, **read),
        style.axis(colours, **square, ticktext=list(view.answers), title=written, range=(count - 0.5, -0.5)),
    )
    row = (view.chosen - 1.5, view.chosen - 0.5)
    layout["shapes"] = [frame((-0.5, count - 0.5), row, right.axes, colours["text"], dash="dot")]
    return {"data": traces, "layout": layout}


class Ways(NamedTuple):
    """Numbers of the two ways back from one letter written; each (s,), log10, -inf for an exact zero.

    Attributes:
        word: the letters read.
        short: straight through the attention.
        long: all the way round.
        total: by every way.
        without: in the network without attention.
        place: place of the cell in the menu.
    """

    word: str
    short: np.ndarray
    long: np.ndarray
    total: np.ndarray
    without: np.ndarray
    place: int


def ways(view: Ways, mode: str) -> dict[str, Any]:
    """The gradient's short cut and the long way round, for every letter read."""
    colours = theme.colours(mode)
    letters = np.arange(len(view.word))
    traces = [
        line(uid, name, letters, log10, theme.hue(hue, mode), width=2.4, dash=dash, mode="lines+markers", hover=POWER)
        for uid, name, log10, hue, dash in (
            ("short", _("short cut through the attention"), view.short, view.place, "solid"),
            ("long", _("the long way round"), view.long, view.place, "dash"),
            ("total", _("by every way"), view.total, view.place + 1, "dot"),
            ("alone", _("in the network without attention"), view.without, view.place + 2, "dash"),
        )
    ]
    read = {"tickvals": list(range(len(view.word))), "ticktext": list(view.word), "range": (-0.5, len(view.word) - 0.5)}
    size = style.title(_("log₁₀ ‖d letter written / d hₛ‖"), 6)
    layout = style.layout(colours) | {
        "xaxis": style.axis(colours, **read, title=_("letter read, s"), showgrid=False, zeroline=False),
        "yaxis": style.axis(colours, range=SIZES, title=size),
    }
    return {"data": traces, "layout": layout}


class Forecast(NamedTuple):
    """Numbers of the forecast's figure; index 0 of a series is the first year.

    Attributes:
        updates: (n,).
        loss: (n,) held-out.
        same: loss of saying that nothing changes.
        years: (N,).
        held_out: the first year held out.
        series: (N,).
        forecast: (N,).
        features: (N, F).
        kept: (N, H).
        kernel: (F, width), the oldest year first.
        log10_gradient: (N,).
        log10_at_features: (N,).
        place: place of the cell in the menu.
    """

    updates: np.ndarray
    loss: np.ndarray
    same: float
    years: np.ndarray
    held_out: float
    series: np.ndarray
    forecast: np.ndarray
    features: np.ndarray
    kept: np.ndarray
    kernel: np.ndarray
    log10_gradient: np.ndarray
    log10_at_features: np.ndarray
    place: int


def forecast(view: Forecast, mode: str) -> dict[str, Any]:
    """Loss and filters on the left; on one axis of years the series, what is seen, what is kept, and the gradient."""
    colours, hue = theme.colours(mode), theme.hue(view.place, mode)
    loss = Panel(1, (0, 0.25), (0.5, 1))
    other, said = theme.hue(view.place + 2, mode), {"hover": "%{y:.3g}"}
    series, ahead, gradient = view.series, view.forecast, view.log10_gradient
    at_last = _("gradient of the last forecast to each year")
    before = np.arange(1 - view.kernel.shape[1], 1)
    traces = [
        _loss("loss", _("held-out loss"), view.updates, view.loss, hue),
        _known("same", _("saying: as last year"), view.updates, view.same, colours["theory"]),
        line("series", _("sunspots"), view.years, series, colours["input"], "x2y2", width=1.6, **said),
        line("forecast", _("forecast from the years before"), view.years, ahead, hue, "x2y2", **said),
        line("gradient", at_last, view.years, gradient, hue, "x2y5", dash="dot", **said),
        line(
            "atFeatures",
            _("the same to the responses"),
            view.years,
            view.log10_at_features,
            other,
            "x2y5",
            width=1.6,
            dash="dash",
            **said,
        ),
        _map("features", _("responses of the convolution"), view.years, view.features.T, "x2y3", mode),
        _map("kept", _("what the cell keeps, h"), view.years, view.kept.T, "x2y4", mode),
        _map("kernel", _("filters"), before, view.kernel, "x3y6", mode),
    ]
    plain = {"showgrid": False, "zeroline": False}
    error, width = style.title(_("squared error"), 6), style.title(_("filter"), 6)
    layout = style.layout(colours)
    layout |= loss.layout(_updates_axis(colours, view.updates), style.axis(colours, range=(0, 1.6), title=error))
    ago = {"domain": (0, 0.25), "anchor": "y6", "title": _("years before"), "dtick": 1}
    layout["xaxis3"] = style.axis(colours, **ago, **plain)
    layout["yaxis6"] = style.axis(colours, domain=(0, 0.3), anchor="x3", title=width, dtick=1, **plain)
    shown = (float(view.years[0]), float(view.years[-1]))
    layout["xaxis2"] = style.axis(colours, domain=(0.35, 1), anchor="y5", range=shown, title=_("year"), **plain)
    for number, domain, title in (
        (2, (0.72, 1), _("sunspots")),
        (3, (0.54, 0.69), _("seen")),
        (4, (0.28, 0.51), _("kept")),
    ):
        row = {"domain": domain, "anchor": "x2", "title": style.title(title, 8), "showticklabels": False}
        layout[f"yaxis{number}"] = style.axis(colours, **row, **plain)
    layout["yaxis5"] = style.axis(colours, domain=(0, 0.24), anchor="x2", range=SIZES, nticks=4, title=_("log₁₀"))
    layout["shapes"] = [upright(view.held_out, "x2", colours["text"], layer="above")]
    held_out = _note(_("held out from here"), view.held_out, "x2", "paper", colours, xanchor="left")
    layout["annotations"] = [held_out]
    layout["margin"] |= {"t": 22}
    return {"data": traces, "layout": layout}


def _map(uid: str, name: str, x: np.ndarray, values: np.ndarray, axes: str, mode: str) -> dict[str, Any]:
    """Values from -1 to 1, a row a feature or unit."""
    y, scale = np.arange(1, len(values) + 1), theme.diverging(mode)
    return heat(uid, name, values, scale, (-1.0, 1.0), axes, x=x, y=y, hover="%{z:.3f}" + ALONE)


def _note(text: str, x: float, xref: str, yref: str, colours: Mapping[str, str], **more: Any) -> dict[str, Any]:
    return note(text, x, 1.0, colour=colours["muted"], xref=xref, yref=yref, yanchor="bottom", **more)


NOTHING: dict[str, Any] = {"data": [], "layout": {}}
"""What is drawn while a training has not begun."""


def draw_gap(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """The three readers."""
    if not found.looks:
        return NOTHING
    history, filled = found.histories[0], found.looks[0]
    words = gaps.spelled(filled.sentence)
    with np.errstate(divide="ignore"):
        log10_size = np.log10(np.asarray(filled.size[:, : len(words)], float))
    view = Gap(
        history.updates,
        history.series("loss"),
        [gaps.possible(reader) for reader in gaps.READERS],
        readers(),
        list(gaps.ANSWERS),
        filled.chances,
        int(filled.sentence.answer),
        words,
        log10_size,
        menu_place(settings.experiment),
    )
    return gap(view, mode)


def draw_code(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """Loss, curve, code."""
    if not found.looks:
        return NOTHING
    history, rebuilt = found.histories[0], found.looks[0]
    view = Code(
        history.updates,
        history.series("loss"),
        float(history.measured[0].mean),
        best_linear(settings.bottleneck),
        rebuilt.curve,
        rebuilt.rebuilt,
        rebuilt.code[: settings.bottleneck],
        rebuilt.log10_gradient,
        menu_place(settings.experiment),
    )
    return code(view, mode)


def draw_reverse(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """Right letters, and the attention map."""
    if not found.looks:
        return NOTHING
    written, count = found.looks[0], len(settings.word)
    shortest = min(len(history.measured) for history in found.histories)
    view = Reversal(
        found.histories[0].updates[:shortest],
        np.stack([history.series("letters")[:shortest] for history in found.histories], axis=1),
        1 / len(LETTERS),
        written.attention[:count, :count],
        settings.word,
        answer(settings, written),
        chosen_letter(settings),
        menu_place(settings.experiment),
    )
    return reversal(view, mode)


def draw_ways(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """The two ways."""
    if not found.looks:
        return NOTHING
    return ways(Ways(settings.word, *ways_back(settings, found), menu_place(settings.experiment)), mode)


def draw_forecast(settings: Settings, found: Learned, mode: str) -> dict[str, Any]:
    """The series, what is seen, what is kept."""
    if not found.looks:
        return NOTHING
    history, seen = found.histories[0], found.looks[0]
    view = Forecast(
        history.updates,
        history.series("loss"),
        float(history.measured[0].same),
        sunspots.FIRST_YEAR + np.arange(len(seen.series)),
        float(sunspots.FIRST_YEAR + sunspots.TRAINED),
        seen.series,
        seen.forecast,
        seen.features,
        seen.kept,
        seen.kernel,
        seen.log10_gradient,
        seen.log10_at_features,
        menu_place(settings.experiment),
    )
    return forecast(view, mode)
