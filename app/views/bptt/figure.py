"""What backpropagation adds up: each step's contribution, the sum by lag, and a few updates of gradient descent."""

from typing import Any, NamedTuple

import numpy as np

from app import theme
from app.figures import style
from app.language import _
from app.views.gradient.figure import chain, chain_traces

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
    steps = style.steps(length)
    low, high = view.axis
    heights = np.clip(np.where(np.isfinite(view.log10_norm), view.log10_norm, low), low, high) - low
    inside = (steps > view.last - view.window) & (steps <= view.last)
    arrives = np.where(np.isfinite(view.log10_adjoint), view.log10_adjoint, np.nan)
    local = view.log10_norm - arrives
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "uid": uid,
            "name": name,
            "x": steps,
            "y": np.where(mask, heights, np.nan),
            "base": low,
            "customdata": np.where(np.isfinite(view.log10_norm), view.log10_norm, np.nan),
            "marker": {"color": colour, "line": {"width": 0}},
            "hovertemplate": "10<sup>%{customdata:.2f}</sup>",
            "xaxis": "x",
            "yaxis": "y",
        }
        for uid, name, mask, colour in (
            ("inside", _("dL/d{label}⁽ᵗ⁾ inside the window").format(label=view.label), inside, hue),
            ("outside", _("outside: truncation drops it"), ~inside, colours["zero"]),
        )
    ]
    for uid, name, values, dash in (
        ("arrives", _("what arrives, ‖dL/dsₜ‖"), arrives, "solid"),
        ("local", _("times the step's own ‖∂⁺sₜ/∂{label}‖").format(label=view.label), local, "dot"),
    ):
        traces.append(
            {
                "type": "scatter",
                "uid": uid,
                "name": name,
                "x": steps,
                "y": np.where(np.isfinite(values), values, np.nan),
                "mode": style.mode(length),
                "line": {"color": colours["text"], "width": 1.5, "dash": dash},
                "hovertemplate": "10<sup>%{y:.2f}</sup>",
                "xaxis": "x",
                "yaxis": "y",
            }
        )
    nodes, arrows = chain(view.log10_adjoint[: view.last], length)
    traces += chain_traces({"chain.nodes": nodes, "chain.arrows": arrows}, view.cell, mode)
    reaches = view.last - np.arange(length)  # the step that a window of k reaches back to
    total = view.log10_total if np.isfinite(view.log10_total) else np.nan
    ratio = 10.0 ** np.clip(view.log10_truncated - total, -5, 5)
    for uid, name, values, dash in (
        ("cosine", _("truncated there: cosine with the full gradient"), view.cosine, "solid"),
        ("ratio", _("its length over the full one"), ratio, "dash"),
    ):
        kept = (reaches >= 1) & np.isfinite(values)
        traces.append(
            {
                "type": "scatter",
                "uid": uid,
                "name": name,
                "x": np.where(kept, reaches, np.nan).astype(np.float32),
                "y": np.where(kept, values, np.nan).astype(np.float32),
                "mode": style.mode(length),
                "line": {"color": hue, "width": 2, "dash": dash},
                "hovertemplate": "%{y:.4f}",
                "xaxis": "x",
                "yaxis": "y3",
            }
        )
    plain = style.axis(colours)
    begins = max(view.last - view.window + 1, 1)
    layout = style.layout(colours) | {
        "bargap": 0,
        "barmode": "overlay",
        "xaxis": plain
        | {
            "domain": [0, 0.64],
            "range": [0.5, length + 0.5],
            "anchor": "y3",
            "title": style.title(_("step t")),
            "dtick": style.spacing(length),
            "showgrid": False,
        },
        "yaxis": plain
        | {"domain": [0.5, 1], "range": list(view.axis), "title": style.title(_("log₁₀ size")), "nticks": 7},
        "yaxis2": plain
        | {"domain": [0.37, 0.47], "range": [-1, 1], "showgrid": False, "showticklabels": False, "zeroline": False},
        "yaxis3": plain
        | {"domain": [0, 0.33], "range": [-0.35, 1.35], "title": style.title(_("truncated")), "nticks": 4},
        "shapes": [
            {
                "type": "line",
                "xref": "x",
                "yref": "paper",
                "x0": begins - 0.5,
                "x1": begins - 0.5,
                "y0": 0,
                "y1": 1,
                "line": {"color": colours["text"], "width": 1.2, "dash": "dot"},
            }
        ],
        "annotations": [],
    }
    _matrices(view.matrices, traces, layout, colours, mode)
    return {"data": traces, "layout": layout}


def _matrices(
    matrices: list[tuple[str, np.ndarray]],
    traces: list[dict[str, Any]],
    layout: dict[str, Any],
    colours: dict[str, str],
    mode: str,
) -> None:
    """Small matrices in rows of four, each with its title, on axes of their own."""
    left, width, rows = 0.7, 0.3 / MATRIX_COLUMNS, -(-len(matrices) // MATRIX_COLUMNS)
    for place, (name, matrix) in enumerate(matrices):
        column, row, number = place % MATRIX_COLUMNS, place // MATRIX_COLUMNS, place + 4
        x = [left + column * width + 0.004, left + (column + 1) * width - 0.004]
        top = 1 - row / rows - 0.09
        y = [max(top - 1 / rows + 0.14, 0.0), top]
        reach = 3.0 / np.sqrt(matrix.size)
        traces.append(
            {
                "type": "heatmap",
                "uid": f"matrix{place}",
                "name": name,
                "z": matrix.astype(np.float32),
                "zmin": -reach,
                "zmax": reach,
                "colorscale": theme.diverging(mode),
                "showscale": False,
                "showlegend": False,
                "hovertemplate": _("row %{y}, column %{x}: %{z:.3f}") + "<extra></extra>",
                "xaxis": f"x{number}",
                "yaxis": f"y{number}",
            }
        )
        bare = {
            "fixedrange": True,
            "showticklabels": False,
            "ticks": "",
            "showgrid": False,
            "zeroline": False,
            "linecolor": colours["zero"],
            "mirror": True,
        }
        layout[f"xaxis{number}"] = bare | {"domain": x, "anchor": f"y{number}"}
        layout[f"yaxis{number}"] = bare | {"domain": y, "anchor": f"x{number}", "autorange": "reversed"}
        layout["annotations"].append(
            {
                "text": name,
                "x": sum(x) / 2,
                "y": top,
                "xref": "paper",
                "yref": "paper",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 11.5, "color": colours["text"]},
            }
        )


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
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "uid": uid,
            "name": name,
            "x": names,
            "y": values.astype(np.float32),
            "marker": {"color": colour, "line": {"width": 0}},
            "hovertemplate": _("gain %{x}: %{y:.2g}") + "<extra></extra>",
            "xaxis": "x",
            "yaxis": "y",
        }
        for uid, name, values, colour in (
            ("far", _("far: {lag} steps back or more").format(lag=view.lag), view.far, hue),
            ("near", _("near: the last {lag} steps").format(lag=view.lag), 1 - view.far, colours["zero"]),
        )
    ]
    traces.append(
        {
            "type": "scatter",
            "uid": "total",
            "name": _("size of the whole sum"),
            "x": names,
            "y": np.where(np.isfinite(view.log10_total), view.log10_total, np.nan).astype(np.float32),
            "mode": "lines+markers",
            "line": {"color": hue, "width": 2.5},
            "hovertemplate": _("gain %{x}") + ": 10<sup>%{y:.2f}</sup><extra></extra>",
            "xaxis": "x2",
            "yaxis": "y2",
        }
    )
    plain = style.axis(colours)
    category = {"type": "category", "title": style.title(_("gain"))}
    layout = style.layout(colours) | {
        "barmode": "stack",
        "hovermode": "closest",
        "xaxis": plain | category | {"domain": [0, 0.47]},
        "yaxis": plain | {"range": [0, 1], "title": style.title(_("share of the sum"))},
        "xaxis2": plain | category | {"domain": [0.55, 1], "anchor": "y2"},
        "yaxis2": plain | {"range": list(view.axis), "anchor": "x2", "title": style.title(_("log₁₀ ‖dL/dW‖"))},
    }
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
    styles = {
        "plain": (_("without clipping"), {"color": colours["input"], "width": 2, "dash": "dash"}),
        "clipped": (_("clipped"), {"color": hue, "width": 2.5}),
    }
    traces: list[dict[str, Any]] = []
    for name, (label, line) in styles.items():
        for part, values, axis in (("loss", view.loss[name], ""), ("norm", view.log10_norm[name], "2")):
            drawn = np.log10(np.maximum(values, 1e-12)) if part == "loss" else values
            traces.append(
                {
                    "type": "scatter",
                    "uid": f"{name}.{part}",
                    "name": label,
                    "showlegend": part == "loss",
                    "x": np.arange(len(values), dtype=np.float32),
                    "y": np.where(np.isfinite(drawn), drawn, np.nan).astype(np.float32),
                    "mode": "lines+markers",
                    "marker": {"size": 4},
                    "line": line,
                    "hovertemplate": "10<sup>%{y:.2f}</sup>",
                    "xaxis": f"x{axis}",
                    "yaxis": f"y{axis}",
                }
            )
    plain = style.axis(colours)
    layout = style.layout(colours) | {
        "xaxis": plain | {"domain": [0, 0.46], "title": style.title(_("update"))},
        "yaxis": plain | {"range": [-8.2, 3.2], "title": style.title(_("log₁₀ loss"))},
        "xaxis2": plain | {"domain": [0.54, 1], "anchor": "y2", "title": style.title(_("update"))},
        "yaxis2": plain | {"range": [-6.2, 8.2], "anchor": "x2", "title": style.title(_("log₁₀ ‖gradient‖"))},
        "shapes": [
            {
                "type": "line",
                "xref": "x2 domain",
                "x0": 0,
                "x1": 1,
                "yref": "y2",
                "y0": float(np.log10(view.clip)),
                "y1": float(np.log10(view.clip)),
                "line": {"color": colours["theory"], "width": 1.3, "dash": "dot"},
            }
        ],
    }
    return {"data": traces, "layout": layout}
