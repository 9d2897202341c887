"""What backpropagation adds up: each step's contribution, the sum by lag, and a few updates of gradient descent."""

from typing import Any, NamedTuple

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
from app.views.bptt import numbers
from app.views.bptt.numbers import FAR, GAINS, Parts
from app.views.bptt.settings import weights_shown, window

MATRIX_COLUMNS = 4


class View(NamedTuple):
    """Numbers of the contributions; index 0 of a series over steps is step 1.

    Attributes:
        log10_norm: (T,) of each step's own contribution, -inf for an exact zero.
        log10_adjoint: (T,) of what arrives at the step.
        log10_truncated: (T,) of the sum of the last k contributions, index 0 is k = 1.
        log10_total: of the sum of all.
        cosine: (T,) between the two.
        last: the last step with a loss.
        window: k.
        matrices: [(title, (rows, columns))] at unit norm.
        label: name of the weights.
        cell: name of the cell.
        place: place of the cell in the menu.
        axis: range of the log10 axis.
    """

    log10_norm: np.ndarray
    log10_adjoint: np.ndarray
    log10_truncated: np.ndarray
    log10_total: float
    cosine: np.ndarray
    last: int
    window: int
    matrices: list[tuple[str, np.ndarray]]
    label: str
    cell: str
    place: int
    axis: tuple[float, float]


def contributions(view: View, mode: str) -> dict[str, Any]:
    """Contributions over time with the unrolled chain and the truncated sum; the matrices to their right.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hue = theme.colours(mode), theme.hue(view.place, mode)
    length = len(view.log10_norm)
    steps = step_numbers(length)
    low, high = view.axis
    heights = np.clip(np.where(np.isfinite(view.log10_norm), view.log10_norm, low), low, high) - low
    inside = (steps > view.last - view.window) & (steps <= view.last)
    said = {"base": low, "customdata": gaps(view.log10_norm), "hover": "10<sup>%{customdata:.2f}</sup>"}
    kept, dropped = np.where(inside, heights, np.nan), np.where(inside, np.nan, heights)
    arrives = gaps(view.log10_adjoint)
    local = view.log10_norm - arrives
    thin = {"width": 1.5}
    traces = [
        bars("inside", _("dL/d{label}⁽ᵗ⁾ inside the window").format(label=view.label), steps, kept, hue, **said),
        bars("outside", _("outside: truncation drops it"), steps, dropped, colours["zero"], **said),
        curve("arrives", _("what arrives, ‖dL/dsₜ‖"), arrives, colours["text"], **thin),
        curve(
            "local",
            _("times the step's own ‖∂⁺sₜ/∂{label}‖").format(label=view.label),
            local,
            colours["text"],
            dash="dot",
            **thin,
        ),
        *chain(view.log10_adjoint[: view.last], length, view.cell, mode),
    ]
    reaches = view.last - np.arange(length)  # the step that a window of k reaches back to
    ratio = 10.0 ** np.clip(view.log10_truncated - gaps(np.array(view.log10_total)), -5, 5)
    for uid, name, values, dash in (
        ("cosine", _("truncated there: cosine with the full gradient"), view.cosine, "solid"),
        ("ratio", _("its length over the full one"), ratio, "dash"),
    ):
        x, y = (np.where((reaches >= 1) & np.isfinite(values), part, np.nan) for part in (reaches, values))
        look = {"dash": dash, "mode": line_mode(length), "hover": "%{y:.4f}"}
        traces.append(line(uid, name, x, y, hue, "xy3", **look))
    begins = max(view.last - view.window + 1, 1) - 0.5
    hidden = {"showgrid": False, "showticklabels": False, "zeroline": False}
    layout = style.layout(colours) | {
        "hovermode": "x unified",  # three values lie close to one another
        "bargap": 0,
        "barmode": "overlay",
        "xaxis": style.step_axis(colours, length, domain=(0, 0.64), anchor="y3", **style.spike(colours)),
        "yaxis": style.axis(colours, domain=(0.5, 1), range=view.axis, title=_("log₁₀ size"), nticks=7),
        "yaxis2": style.axis(colours, domain=(0.37, 0.47), range=(-1, 1), **hidden),
        "yaxis3": style.axis(colours, domain=(0, 0.33), range=(-0.35, 1.35), title=_("truncated"), nticks=4),
        "shapes": [upright(begins, "x", colours["text"], layer="above")],
    }
    maps, beside = _matrices(view.matrices, colours, mode)
    return {"data": traces + maps, "layout": layout | beside}


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


class Shares(NamedTuple):
    """Near and far terms for several gains.

    Attributes:
        gains: (N,).
        far: (N,) share of the terms at least `lag` steps back, 0 to 1.
        log10_total: (N,) log10 norm of the whole sum.
        lag: where far begins, in steps.
        gain: the experiment's own.
        place: place of the cell in the menu.
        axis: range of the log10 axis.
    """

    gains: np.ndarray
    far: np.ndarray
    log10_total: np.ndarray
    lag: int
    gain: float
    place: int
    axis: tuple[float, float]


def shares(view: Shares, mode: str) -> dict[str, Any]:
    """Share of near and far terms for each gain, and the size of the whole sum.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hue = theme.colours(mode), theme.hue(view.place, mode)
    names = [f"{gain:g}" for gain in view.gains]
    far, near = _("far: {lag} steps back or more").format(lag=view.lag), _("near: the last {lag} steps")
    share = _("gain %{x}: %{y:.2g}") + ALONE
    left, right = panels(2, 2, gaps=(0.08, 0))
    traces = [
        bars("far", far, names, view.far, hue, left.axes, hover=share),
        bars("near", near.format(lag=view.lag), names, 1 - view.far, colours["zero"], left.axes, hover=share),
        line(
            "total",
            _("size of the whole sum"),
            names,
            view.log10_total,
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
    layout |= right.layout(gain, style.axis(colours, range=view.axis, title=_("log₁₀ ‖dL/dW‖")))
    return {"data": traces, "layout": layout}


class Walks(NamedTuple):
    """Gradient descent with and without clipping; index 0 is before the first update.

    Attributes:
        loss: {"plain", "clipped": (N,)}.
        log10_norm: the same of the gradient's norm.
        clip: where it is clipped.
        place: place of the cell in the menu.
    """

    loss: dict[str, np.ndarray]
    log10_norm: dict[str, np.ndarray]
    clip: float
    place: int


def walks(view: Walks, mode: str) -> dict[str, Any]:
    """Loss and gradient norm at every update.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hue = theme.colours(mode), theme.hue(view.place, mode)
    left, right = panels(2, 2, gaps=(0.08, 0))
    traces = []
    for name, label, colour, look in (
        ("plain", _("without clipping"), colours["input"], {"width": 2, "dash": "dash"}),
        ("clipped", _("clipped"), hue, {"width": 2.5}),
    ):
        look |= {"hover": POWER, "mode": "lines+markers", "marker": {"size": 4}}
        loss, norm = np.log10(np.maximum(view.loss[name], 1e-12)), view.log10_norm[name]
        updates = np.arange(len(loss))
        traces.append(line(f"{name}.loss", label, updates, loss, colour, left.axes, showlegend=True, **look))
        traces.append(line(f"{name}.norm", label, updates, norm, colour, right.axes, showlegend=False, **look))
    update = style.axis(colours, title=_("update"))
    layout = style.layout(colours)
    layout |= left.layout(update, style.axis(colours, range=(-8.2, 3.2), title=_("log₁₀ loss")))
    layout |= right.layout(update, style.axis(colours, range=(-6.2, 8.2), title=_("log₁₀ ‖gradient‖")))
    clip = level(float(np.log10(view.clip)), right.axes, colours["theory"], width=1.3, dash="dot", layer="above")
    return {"data": traces, "layout": layout | {"shapes": [clip]}}


def added(settings: Settings, parts: Parts, mode: str) -> dict[str, Any]:
    """Each step's contribution, the chain, the truncated sum, and the matrices."""
    experiment, name = settings.experiment, weights_shown(settings)
    matrices = [
        (_("t = {step}").format(step=step), flat(sample, parts.channels, name))
        for step, sample in zip(parts.sampled, parts.samples[name], strict=True)
    ]
    matrices.append((_("sum"), flat(parts.total[name], parts.channels, name)))
    matrices.append((_("tied"), flat(parts.tied[name], parts.channels, name)))
    view = View(
        parts.log10_norm[name],
        parts.log10_adjoint,
        parts.log10_truncated[name],
        parts.log10_total[name],
        parts.cosine[name],
        parts.last,
        window(settings),
        matrices,
        name,
        experiment.cell_class.label,
        menu_place(experiment),
        AXES[settings.axis],
    )
    return contributions(view, mode)


def flat(matrix: np.ndarray, channels: int, name: str) -> np.ndarray:
    """Gates below one another; of the input weights only the channels in use."""
    if name == "W_ih":
        matrix = matrix[..., :channels]
    return matrix.reshape(-1, 1) if name == "b" else matrix.reshape(-1, matrix.shape[-1])


def by_gain(settings: Settings, found: list[Parts], mode: str) -> dict[str, Any]:
    """Share of near and far terms for several gains."""
    experiment, name = settings.experiment, weights_shown(settings)
    view = Shares(
        np.array(GAINS),
        np.array([parts.far_share(name) for parts in found]),
        np.array([parts.log10_total[name] for parts in found]),
        FAR,
        experiment.gain,
        menu_place(experiment),
        AXES["near"],
    )
    return shares(view, mode)


def descents(settings: Settings, found: numbers.Walks, mode: str) -> dict[str, Any]:
    """Loss and gradient norm at every update, with and without clipping."""
    view = Walks(
        {"plain": found.plain.loss, "clipped": found.clipped.loss},
        {"plain": found.plain.log10_norm, "clipped": found.clipped.log10_norm},
        settings.clip,
        menu_place(settings.experiment),
    )
    return walks(view, mode)
