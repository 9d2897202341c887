"""What wired cells learn: a gap filled, a curve rebuilt, a string reversed, a series forecast."""

from typing import Any, NamedTuple

import numpy as np

from app import theme
from app.figures import style
from app.language import _

SIZES = (-10.0, 4.0)
"""Range of log10 of a gradient in these figures."""

FIRST_UPDATES = 25.0
"""What the axis of updates holds at least."""


class Line(NamedTuple):
    """A number over the updates.

    Attributes:
        uid: its name.
        label: what it is.
        values: (n,) NaN where there is none.
        hue: place among the hues.
        dash: of the line.
    """

    uid: str
    label: str
    values: np.ndarray
    hue: int
    dash: str = "solid"


class Level(NamedTuple):
    """A line that stands for something that is known."""

    uid: str
    label: str
    value: float
    hue: int | None = None


def _over_updates(
    updates: np.ndarray, lines: list[Line], levels: list[Level], mode: str, axes: tuple[str, str] = ("x", "y")
) -> list[dict[str, Any]]:
    colours = theme.colours(mode)
    shared = {"type": "scatter", "xaxis": axes[0], "yaxis": axes[1]}
    end = max(float(updates[-1]) if len(updates) else 0.0, FIRST_UPDATES)
    traces = [
        shared
        | {
            "uid": line.uid,
            "name": line.label,
            "x": updates.astype(np.float32),
            "y": line.values.astype(np.float32),
            "mode": style.mode(len(updates)),
            "line": {"color": theme.hue(line.hue, mode), "width": 2.4, "dash": line.dash},
            "hovertemplate": "%{y:.3g}",
        }
        for line in lines
    ]
    traces += [
        shared
        | {
            "uid": level.uid,
            "name": level.label,
            "x": np.array([0, end], np.float32),
            "y": np.array([level.value] * 2, np.float32),
            "mode": "lines",
            "line": {
                "color": colours["theory"] if level.hue is None else theme.hue(level.hue, mode),
                "width": 1.4,
                "dash": "dot",
            },
            "hovertemplate": "%{y:.3g}",
        }
        for level in levels
    ]
    return traces


def _updates_axis(plain: dict[str, Any], updates: np.ndarray, domain: tuple[float, float], anchor: str) -> dict:
    end = max(float(updates[-1]) if len(updates) else 0.0, FIRST_UPDATES)
    return plain | {
        "domain": list(domain),
        "range": [0, 1.02 * end],
        "anchor": anchor,
        "title": style.title(_("updates")),
        "showgrid": False,
        "zeroline": False,
        "nticks": 6,
    }


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
    hues = [view.place + offset for offset in range(3)]
    lines = [Line(f"loss{r}", name, view.loss[:, r], hues[r]) for r, name in enumerate(view.readers)]
    levels = [
        Level(f"least{r}", _("least possible, {reader}").format(reader=name), view.possible[r], hues[r])
        for r, name in enumerate(view.readers)
    ]
    traces = _over_updates(view.updates, lines, levels, mode)
    traces += [
        {
            "type": "bar",
            "uid": f"chances{r}",
            "name": _("probability, {reader}").format(reader=name),
            "x": view.answers,
            "y": view.chances[r].astype(np.float32),
            "marker": {"color": theme.hue(hues[r], mode), "line": {"width": 0}},
            "showlegend": False,
            "hovertemplate": "%{x}: %{y:.3f}<extra></extra>",
            "xaxis": "x2",
            "yaxis": "y2",
        }
        for r, name in enumerate(view.readers)
    ]
    count = len(view.words)
    traces.append(
        {
            "type": "heatmap",
            "uid": "words",
            "name": _("log₁₀ of the gradient of the right word"),
            "x": np.arange(count, dtype=np.float32),
            "y": np.arange(3, dtype=np.float32),
            "z": np.where(np.isfinite(view.log10_size), view.log10_size, np.nan).astype(np.float32),
            "zmin": -8.0,
            "zmax": 8.0,
            "colorscale": theme.gradient_size(mode),
            "showlegend": False,
            "xgap": 2,
            "ygap": 2,
            "hovertemplate": "10<sup>%{z:.2f}</sup><extra></extra>",
            "colorbar": {"title": {"text": "log₁₀", "side": "top"}, "len": 0.46, "y": 0, "yanchor": "bottom"}
            | {"thickness": 10, "outlinewidth": 0, "tickvals": [-8, 0, 8]},
            "xaxis": "x3",
            "yaxis": "y3",
        }
    )
    plain = style.axis(colours)
    layout = style.layout(colours) | {
        "hovermode": "closest",
        "bargap": 0.25,
        "xaxis": _updates_axis(plain, view.updates, (0, 0.36), "y"),
        "yaxis": plain | {"range": [-0.05, 2.6], "title": {"text": _("loss (nats)"), "standoff": 6}},
        "xaxis2": plain | {"domain": [0.45, 1], "anchor": "y2", "showgrid": False},
        "yaxis2": plain
        | {"domain": [0.62, 1], "anchor": "x2", "range": [0, 1.02], "title": {"text": _("probability"), "standoff": 6}},
        "xaxis3": plain
        | {
            "domain": [0.45, 1],
            "anchor": "y3",
            "tickvals": list(range(count)),
            "ticktext": view.words,
            "tickangle": -35 if count > 9 else 0,
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis3": plain
        | {
            "domain": [0, 0.44],
            "anchor": "x3",
            "tickvals": [0, 1, 2],
            "ticktext": view.readers,
            "showgrid": False,
            "zeroline": False,
        },
        "shapes": [
            {
                "type": "rect",
                "xref": "x2",
                "yref": "y2 domain",
                "x0": view.right - 0.46,
                "x1": view.right + 0.46,
                "y0": 0,
                "y1": 1,
                "line": {"color": colours["text"], "width": 1.2, "dash": "dot"},
                "fillcolor": "rgba(0,0,0,0)",
            }
        ],
        "annotations": [_note(_("right"), view.right, 1.0, "x2", "y2 domain", colours)],
    }
    layout["margin"] = layout["margin"] | {"t": 22, "b": 56}
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
    traces = _over_updates(
        view.updates,
        [Line("loss", _("held-out loss"), view.loss, view.place)],
        [
            Level("mean", _("the mean curve"), view.mean),
            Level("linear", _("best linear code of this size"), view.linear, view.place + 2),
        ],
        mode,
    )
    steps = style.steps(len(view.curve))
    for uid, name, values, line, axes in (
        ("curve", _("curve in"), view.curve, {"color": colours["input"], "width": 2.4}, ("x2", "y2")),
        ("rebuilt", _("curve out"), view.rebuilt, {"color": hue, "width": 2.6, "dash": "dash"}, ("x2", "y2")),
        (
            "looked",
            _("log₁₀ ‖d code / d point‖"),
            np.where(np.isfinite(view.log10_gradient), view.log10_gradient, np.nan),
            {"color": hue, "width": 1.8, "dash": "dot"},
            ("x2", "y4"),
        ),
    ):
        traces.append(
            {
                "type": "scatter",
                "uid": uid,
                "name": name,
                "x": steps,
                "y": values.astype(np.float32),
                "mode": "lines",
                "line": line,
                "hovertemplate": "%{y:.3g}",
                "xaxis": axes[0],
                "yaxis": axes[1],
            }
        )
    traces.append(
        {
            "type": "bar",
            "uid": "code",
            "name": _("the code"),
            "x": [f"z{number}" for number in range(1, len(view.code) + 1)],
            "y": view.code.astype(np.float32),
            "marker": {"color": hue, "line": {"width": 0}},
            "hovertemplate": "%{x} = %{y:.3g}<extra></extra>",
            "xaxis": "x3",
            "yaxis": "y3",
        }
    )
    plain = style.axis(colours)
    reach = max(3.0, float(np.max(np.abs(view.code), initial=0.0)) * 1.05)
    layout = style.layout(colours) | {
        "xaxis": _updates_axis(plain, view.updates, (0, 0.3), "y"),
        "yaxis": plain
        | {"range": [0, 1.3], "title": {"text": _("squared error of a point"), "standoff": 6}, "domain": [0, 1]},
        "xaxis2": plain
        | {"domain": [0.37, 0.78], "anchor": "y4", "range": [0.5, len(view.curve) + 0.5], "showgrid": False}
        | {"title": style.title(_("step t")), "zeroline": False},
        "yaxis2": plain | {"domain": [0.34, 1], "anchor": "x2", "range": [-3.4, 3.4]},
        "yaxis4": plain | {"domain": [0, 0.26], "anchor": "x2", "range": list(SIZES), "nticks": 4},
        "xaxis3": plain | {"domain": [0.85, 1], "anchor": "y3", "showgrid": False},
        "yaxis3": plain
        | {"domain": [0, 1], "anchor": "x3", "range": [-reach, reach], "title": {"text": _("code"), "standoff": 4}},
    }
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
    lines = [
        Line("with", _("with attention"), view.letters[:, 0], view.place),
        Line("without", _("without"), view.letters[:, 1], view.place + 2, "dash"),
    ]
    traces = _over_updates(view.updates, lines, [Level("guess", _("guessing"), view.guessing)], mode)
    count = len(view.word)
    places = np.arange(count, dtype=np.float32)
    traces.append(
        {
            "type": "heatmap",
            "uid": "map",
            "name": _("attention"),
            "x": places,
            "y": places,
            "z": view.attention.astype(np.float32),
            "zmin": 0.0,
            "zmax": 1.0,
            "colorscale": theme.opening(mode),
            "showlegend": False,
            "xgap": 1,
            "ygap": 1,
            "hovertemplate": "%{z:.3f}<extra></extra>",
            "colorbar": {"title": {"text": _("weight"), "side": "top"}, "thickness": 10, "outlinewidth": 0}
            | {"tickvals": [0, 0.5, 1]},
            "xaxis": "x2",
            "yaxis": "y2",
        }
    )
    plain = style.axis(colours)
    square = plain | {"tickvals": places.tolist(), "showgrid": False, "zeroline": False}
    layout = style.layout(colours) | {
        "hovermode": "closest",
        "xaxis": _updates_axis(plain, view.updates, (0, 0.44), "y"),
        "yaxis": plain | {"range": [0, 1.03], "title": {"text": _("share of right letters"), "standoff": 6}},
        "xaxis2": square
        | {
            "domain": [0.54, 1],
            "anchor": "y2",
            "ticktext": list(view.word),
            "title": style.title(_("letter read, s")),
            "range": [-0.5, count - 0.5],
        },
        "yaxis2": square
        | {
            "anchor": "x2",
            "ticktext": list(view.answers),
            "title": {"text": _("letter written, t"), "standoff": 8},
            "range": [count - 0.5, -0.5],
        },
        "shapes": [
            {
                "type": "rect",
                "xref": "x2",
                "yref": "y2",
                "x0": -0.5,
                "x1": count - 0.5,
                "y0": view.chosen - 1.5,
                "y1": view.chosen - 0.5,
                "line": {"color": colours["text"], "width": 1.2, "dash": "dot"},
                "fillcolor": "rgba(0,0,0,0)",
            }
        ],
    }
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
    places = np.arange(len(view.word), dtype=np.float32)
    rows = (
        ("short", _("short cut through the attention"), view.short, view.place, "solid"),
        ("long", _("the long way round"), view.long, view.place, "dash"),
        ("total", _("by every way"), view.total, view.place + 1, "dot"),
        ("alone", _("in the network without attention"), view.without, view.place + 2, "dash"),
    )
    traces = [
        {
            "type": "scatter",
            "uid": uid,
            "name": name,
            "x": places,
            "y": np.where(np.isfinite(values), values, np.nan).astype(np.float32),
            "mode": "lines+markers",
            "line": {"color": theme.hue(hue, mode), "width": 2.4, "dash": dash},
            "hovertemplate": "10<sup>%{y:.2f}</sup>",
        }
        for uid, name, values, hue, dash in rows
    ]
    plain = style.axis(colours)
    layout = style.layout(colours) | {
        "xaxis": plain
        | {
            "tickvals": places.tolist(),
            "ticktext": list(view.word),
            "range": [-0.5, len(view.word) - 0.5],
            "title": style.title(_("letter read, s")),
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": plain | {"range": list(SIZES), "title": {"text": _("log₁₀ ‖d letter written / d hₛ‖"), "standoff": 6}},
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
    years = view.years.astype(np.float32)
    traces = _over_updates(
        view.updates,
        [Line("loss", _("held-out loss"), view.loss, view.place)],
        [Level("same", _("saying: as last year"), view.same)],
        mode,
    )
    for uid, name, values, line, axis in (
        ("series", _("sunspots"), view.series, {"color": colours["input"], "width": 1.6}, "y2"),
        ("forecast", _("forecast from the years before"), view.forecast, {"color": hue, "width": 2}, "y2"),
        (
            "gradient",
            _("gradient of the last forecast to each year"),
            np.where(np.isfinite(view.log10_gradient), view.log10_gradient, np.nan),
            {"color": hue, "width": 2, "dash": "dot"},
            "y5",
        ),
        (
            "atFeatures",
            _("the same to the responses"),
            np.where(np.isfinite(view.log10_at_features), view.log10_at_features, np.nan),
            {"color": theme.hue(view.place + 2, mode), "width": 1.6, "dash": "dash"},
            "y5",
        ),
    ):
        traces.append(
            {
                "type": "scatter",
                "uid": uid,
                "name": name,
                "x": years,
                "y": values.astype(np.float32),
                "mode": "lines",
                "line": line,
                "hovertemplate": "%{y:.3g}",
                "xaxis": "x2",
                "yaxis": axis,
            }
        )
    for uid, name, values, axis in (
        ("features", _("responses of the convolution"), view.features, "y3"),
        ("kept", _("what the cell keeps, h"), view.kept, "y4"),
    ):
        traces.append(_map(uid, name, years, values.T, ("x2", axis), mode))
    width = view.kernel.shape[1]
    traces.append(
        _map("kernel", _("filters"), np.arange(1 - width, 1, dtype=np.float32), view.kernel, ("x3", "y6"), mode)
    )
    plain = style.axis(colours)
    bare = plain | {"showgrid": False, "zeroline": False}
    rows = bare | {"anchor": "x2", "showticklabels": False}
    layout = style.layout(colours) | {
        "xaxis": _updates_axis(plain, view.updates, (0, 0.25), "y"),
        "yaxis": plain | {"domain": [0.5, 1], "range": [0, 1.6], "title": {"text": _("squared error"), "standoff": 6}},
        "xaxis3": bare | {"domain": [0, 0.25], "anchor": "y6", "title": style.title(_("years before")), "dtick": 1},
        "yaxis6": bare
        | {"domain": [0, 0.3], "anchor": "x3", "dtick": 1, "title": {"text": _("filter"), "standoff": 6}},
        "xaxis2": bare
        | {"domain": [0.35, 1], "anchor": "y5", "range": [years[0], years[-1]], "title": style.title(_("year"))},
        "yaxis2": rows | {"domain": [0.72, 1], "title": {"text": _("sunspots"), "standoff": 8}},
        "yaxis3": rows | {"domain": [0.54, 0.69], "title": {"text": _("seen"), "standoff": 8}},
        "yaxis4": rows | {"domain": [0.28, 0.51], "title": {"text": _("kept"), "standoff": 8}},
        "yaxis5": plain
        | {"anchor": "x2", "domain": [0, 0.24], "range": list(SIZES), "nticks": 4}
        | {"title": {"text": _("log₁₀"), "standoff": 4}},
        "shapes": [
            {
                "type": "line",
                "xref": "x2",
                "yref": "paper",
                "x0": view.held_out,
                "x1": view.held_out,
                "y0": 0,
                "y1": 1,
                "line": {"color": colours["text"], "width": 1.2, "dash": "dot"},
            }
        ],
        "annotations": [
            _note(_("held out from here"), view.held_out, 1.0, "x2", "paper", colours) | {"xanchor": "left"}
        ],
    }
    layout["margin"] = layout["margin"] | {"t": 22}
    return {"data": traces, "layout": layout}


def _map(uid: str, name: str, x: np.ndarray, values: np.ndarray, axes: tuple[str, str], mode: str) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "uid": uid,
        "name": name,
        "x": x,
        "y": np.arange(1, len(values) + 1, dtype=np.float32),
        "z": values.astype(np.float32),
        "zmin": -1.0,
        "zmax": 1.0,
        "colorscale": theme.diverging(mode),
        "showscale": False,
        "showlegend": False,
        "hovertemplate": "%{z:.3f}<extra></extra>",
        "xaxis": axes[0],
        "yaxis": axes[1],
    }


def _note(text: str, x: float, y: float, xref: str, yref: str, colours: Any) -> dict[str, Any]:
    return {
        "text": text,
        "x": x,
        "y": y,
        "xref": xref,
        "yref": yref,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12, "color": colours["muted"]},
    }
