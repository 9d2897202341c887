"""What backpropagation adds up: each step's contribution, the sum by lag, and a few updates of gradient descent."""

from typing import Any

import numpy as np

from app.language import _
from app.plot import style, theme
from app.plot.traces import (
    ALONE,
    POWER,
    bars,
    chain,
    curve,
    gaps,
    heading,
    heat,
    level,
    line,
    line_mode,
    panels,
    step_numbers,
    upright,
)
from app.settings import AXES, Settings, menu_place
from app.views.bptt.numbers import FAR, GAINS, Parts, Walks
from app.views.bptt.settings import weights_shown, window

MATRIX_COLUMNS = 4


def added(settings: Settings, parts: Parts, mode: str) -> dict[str, Any]:
    """Contributions over time with the unrolled chain and the truncated sum; the matrices to their right."""
    name, cell = weights_shown(settings), settings.experiment.cell_class.label
    sizes, last = parts.log10_norm[name], parts.last
    before = last - window(settings)  # the last step that truncation drops
    colours, hue = theme.colours(mode), theme.hue(menu_place(settings.experiment), mode)
    length = len(sizes)
    steps = step_numbers(length)
    low, high = AXES[settings.axis]
    heights = np.clip(np.where(np.isfinite(sizes), sizes, low), low, high) - low
    inside = (steps > before) & (steps <= last)
    said = {"base": low, "customdata": gaps(sizes), "hover": "10<sup>%{customdata:.2f}</sup>"}
    kept, dropped = np.where(inside, heights, np.nan), np.where(inside, np.nan, heights)
    arrives = gaps(parts.log10_adjoint)
    local = sizes - arrives
    thin = {"width": 1.5}
    traces = [
        bars("inside", _("dL/d{label}⁽ᵗ⁾ inside the window").format(label=name), steps, kept, hue, **said),
        bars("outside", _("outside: truncation drops it"), steps, dropped, colours["zero"], **said),
        curve("arrives", _("what arrives, ‖dL/dsₜ‖"), arrives, colours["text"], **thin),
        curve(
            "local",
            _("times the step's own ‖∂⁺sₜ/∂{label}‖").format(label=name),
            local,
            colours["text"],
            dash="dot",
            **thin,
        ),
        *chain(parts.log10_adjoint[:last], length, cell, mode),
    ]
    reaches = last - np.arange(length)  # the step that a window of k reaches back to
    ratio = 10.0 ** np.clip(parts.log10_truncated[name] - gaps(np.array(parts.log10_total[name])), -5, 5)
    for uid, title, values, dash in (
        ("cosine", _("truncated there: cosine with the full gradient"), parts.cosine[name], "solid"),
        ("ratio", _("its length over the full one"), ratio, "dash"),
    ):
        x, y = (np.where((reaches >= 1) & np.isfinite(values), part, np.nan) for part in (reaches, values))
        look = {"dash": dash, "mode": line_mode(length), "hover": "%{y:.4f}"}
        traces.append(line(uid, title, x, y, hue, "xy3", **look))
    hidden = {"showgrid": False, "showticklabels": False, "zeroline": False}
    layout = style.layout(colours) | {
        "hovermode": "x unified",  # three values lie close to one another
        "bargap": 0,
        "barmode": "overlay",
        "xaxis": style.step_axis(colours, length, domain=(0, 0.64), anchor="y3", **style.spike(colours)),
        "yaxis": style.axis(colours, domain=(0.5, 1), range=(low, high), title=_("log₁₀ size"), nticks=7),
        "yaxis2": style.axis(colours, domain=(0.37, 0.47), range=(-1, 1), **hidden),
        "yaxis3": style.axis(colours, domain=(0, 0.33), range=(-0.35, 1.35), title=_("truncated"), nticks=4),
        "shapes": [upright(max(before, 0) + 0.5, "x", colours["text"], layer="above")],
    }
    maps, beside = _matrices(_named(parts, name), colours, mode)
    return {"data": traces + maps, "layout": layout | beside}


def _named(parts: Parts, name: str) -> list[tuple[str, np.ndarray]]:
    """(title, (rows, columns)) of some steps' own contributions, of their sum, and of what autodiff finds."""
    titles = [*(_("t = {step}").format(step=step) for step in parts.sampled), _("sum"), _("tied")]
    matrices = [*parts.samples[name], parts.total[name], parts.tied[name]]
    return [(title, flat(matrix, parts.channels, name)) for title, matrix in zip(titles, matrices, strict=True)]


def _matrices(
    matrices: list[tuple[str, np.ndarray]], colours: dict[str, str], mode: str
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Small matrices in rows of four, each with its title: the traces, and the axes and titles for the layout."""
    grid = panels(len(matrices), MATRIX_COLUMNS, across=(0.704, 0.996), up=(0.05, 0.91), gaps=(0.008, 0.14), first=4)
    hover = _("row %{y}, column %{x}: %{z:.3f}") + ALONE
    edge = {"linecolor": colours["zero"], "mirror": True}
    traces, layout = [], {"annotations": []}
    for place, (panel, (name, matrix)) in enumerate(zip(grid, matrices, strict=True)):
        reach = 3.0 / np.sqrt(matrix.size)
        scale = theme.diverging(mode)
        traces.append(heat(f"matrix{place}", name, matrix, scale, (-reach, reach), panel.axes, hover=hover))
        layout |= panel.layout(style.bare(**edge), style.bare(**edge, autorange="reversed"))
        layout["annotations"].append(heading(name, panel.axes, size=11.5))
    return traces, layout


def by_gain(settings: Settings, found: list[Parts], mode: str) -> dict[str, Any]:
    """Share of near and far terms for each gain, and the size of the whole sum."""
    name = weights_shown(settings)
    totals = np.array([parts.log10_total[name] for parts in found])
    shares = np.array([parts.far_share(name) for parts in found])
    colours, hue = theme.colours(mode), theme.hue(menu_place(settings.experiment), mode)
    names = [f"{gain:g}" for gain in GAINS]
    far, near = _("far: {lag} steps back or more").format(lag=FAR), _("near: the last {lag} steps")
    share = _("gain %{x}: %{y:.2g}") + ALONE
    left, right = panels(2, 2, gaps=(0.08, 0))
    traces = [
        bars("far", far, names, shares, hue, left.axes, hover=share),
        bars("near", near.format(lag=FAR), names, 1 - shares, colours["zero"], left.axes, hover=share),
        line(
            "total",
            _("size of the whole sum"),
            names,
            totals,
            hue,
            right.axes,
            width=2.5,
            mode="lines+markers",
            hover=_("gain %{x}") + f": {POWER}{ALONE}",
        ),
    ]
    gain = style.axis(colours, type="category", title=_("gain"))
    layout = style.layout(colours) | {"barmode": "stack", "hovermode": "closest"}
    layout |= left.layout(gain, style.axis(colours, range=(0, 1), title=_("share of the sum")))
    layout |= right.layout(gain, style.axis(colours, range=AXES["near"], title=_("log₁₀ ‖dL/dW‖")))
    return {"data": traces, "layout": layout}


def descents(settings: Settings, found: Walks, mode: str) -> dict[str, Any]:
    """Loss and gradient norm at every update."""
    colours, hue = theme.colours(mode), theme.hue(menu_place(settings.experiment), mode)
    left, right = panels(2, 2, gaps=(0.08, 0))
    traces = []
    for name, label, walk, colour, look in (
        ("plain", _("without clipping"), found.plain, colours["input"], {"width": 2, "dash": "dash"}),
        ("clipped", _("clipped"), found.clipped, hue, {"width": 2.5}),
    ):
        look |= {"hover": POWER, "mode": "lines+markers", "marker": {"size": 4}}
        loss, norm = np.log10(np.maximum(walk.loss, 1e-12)), walk.log10_norm
        updates = np.arange(len(loss))
        traces.append(line(f"{name}.loss", label, updates, loss, colour, left.axes, showlegend=True, **look))
        traces.append(line(f"{name}.norm", label, updates, norm, colour, right.axes, showlegend=False, **look))
    update = style.axis(colours, title=_("update"))
    layout = style.layout(colours)
    layout |= left.layout(update, style.axis(colours, range=(-8.2, 3.2), title=_("log₁₀ loss")))
    layout |= right.layout(update, style.axis(colours, range=(-6.2, 8.2), title=_("log₁₀ ‖gradient‖")))
    clip = level(float(np.log10(settings.clip)), right.axes, colours["theory"], width=1.3, dash="dot", layer="above")
    return {"data": traces, "layout": layout | {"shapes": [clip]}}


def flat(matrix: np.ndarray, channels: int, name: str) -> np.ndarray:
    """Gates below one another; of the input weights only the channels in use."""
    if name == "W_ih":
        matrix = matrix[..., :channels]
    return matrix.reshape(-1, 1) if name == "b" else matrix.reshape(-1, matrix.shape[-1])
