"""How far back a state can see: the survival map and what stands beside it, one pair of steps, and the spectra."""

from typing import Any, NamedTuple

import numpy as np

from app import theme
from app.figures import style
from app.language import _

COLOUR_RANGE = 16.0
"""Decades on either side of 1 over which the map's colour changes."""
REACHES = (0.3, 1.0, 3.0, 10.0, 30.0)
"""Ranges of the factors' axis in decades; the first that holds them all."""
FLOOR = -330.0
"""log10 drawn for an exact zero in the map: beyond everything, so that it takes the coldest colour."""


class View(NamedTuple):
    """Numbers of the survival figure; index 0 of a series over steps is step 1.

    Attributes:
        steps: (n + 1,) checkpoints, from 0 to T.
        log10_gain: (n + 1, n + 1) at [t, k], NaN above the diagonal, -inf for an exact zero.
        earlier: k.
        later: t.
        norms: (n,) log10 spectral norm of ds/ds_k at the checkpoints after the first.
        factors: (T,) log10 factor of the surviving direction per step, NaN outside k + 1 to t.
        influence: (T,) log10 norm of ds_T/dx_t.
        signal: (T,) the input.
        bounds: [(label, factor per step)] of theory.
        place: place of the cell in the menu, which gives its hue.
        axis: range of the log10 axes.
    """

    steps: np.ndarray
    log10_gain: np.ndarray
    earlier: int
    later: int
    norms: np.ndarray
    factors: np.ndarray
    influence: np.ndarray
    signal: np.ndarray
    bounds: list[tuple[str, float]]
    place: int
    axis: tuple[float, float]


def survival(view: View, mode: str) -> dict[str, Any]:
    """The map on the left; on one time axis to its right what step k sends on, the factors, and each input's weight.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hue = theme.colours(mode), theme.hue(view.place, mode)
    steps, length = view.steps.astype(np.float32), int(view.steps[-1])
    finite = np.where(np.isneginf(view.log10_gain), FLOOR, view.log10_gain)
    cursor = {"color": colours["text"], "width": 1.2, "dash": "dot"}
    traces = [
        {
            "type": "heatmap",
            "uid": "map",
            "name": _("size of dsₜ/dsₖ"),
            "x": steps,
            "y": steps,
            "z": finite,
            "zmin": -COLOUR_RANGE,
            "zmax": COLOUR_RANGE,
            "colorscale": theme.gradient_size(mode),
            "showlegend": False,
            "hovertemplate": _("from step %{x} to step %{y}: 10<sup>%{z:.2f}</sup>") + "<extra></extra>",
            "colorbar": {
                "title": {"text": "log₁₀", "side": "top"},
                "x": 0.395,
                "xanchor": "left",
                "y": 1,
                "yanchor": "top",
                "len": 0.9,
                "thickness": 10,
                "tickvals": [-10, 0, 10],
                "outlinewidth": 0,
            },
            "xaxis": "x",
            "yaxis": "y",
        },
        {
            "type": "scatter",
            "uid": "chosen",
            "name": _("steps k and t"),
            "x": np.array([view.earlier], np.float32),
            "y": np.array([view.later], np.float32),
            "mode": "markers",
            "marker": {"symbol": "circle-open", "size": 13, "color": colours["text"], "line": {"width": 2.5}},
            "cliponaxis": False,
            "hoverinfo": "skip",
            "xaxis": "x",
            "yaxis": "y",
        },
        {
            "type": "scatter",
            "uid": "norms",
            "name": _("σ₁ of dsₜ/dsₖ from step k"),
            "x": steps[1:],
            "y": np.where(np.isneginf(view.norms), np.nan, view.norms),
            "mode": style.mode(length),
            "line": {"color": hue, "width": 3},
            "hovertemplate": "10<sup>%{y:.2f}</sup>",
            "xaxis": "x2",
            "yaxis": "y2",
        },
    ]
    after = np.arange(view.earlier, length + 1, dtype=np.float32)
    traces += [
        {
            "type": "scatter",
            "uid": f"bound{place}",
            "name": _("theory {line}").format(line=label),
            "x": after,
            "y": (after - view.earlier) * np.float32(np.log10(factor) if factor > 0 else np.nan),
            "mode": "lines",
            "line": {"color": colours["theory"], "width": 1.3, "dash": ("dot", "longdashdot")[place % 2]},
            "hovertemplate": "10<sup>%{y:.2f}</sup>",
            "xaxis": "x2",
            "yaxis": "y2",
        }
        for place, (label, factor) in enumerate(view.bounds)
    ]
    every = style.steps(length)
    largest = float(np.max(np.abs(view.factors[np.isfinite(view.factors)]), initial=0.0))
    reach = next((reach for reach in REACHES if largest <= reach), largest)
    traces += [
        {
            "type": "bar",
            "uid": "factors",
            "name": _("its factor at each step"),
            "x": every,
            "y": np.where(np.isfinite(view.factors), view.factors, np.nan),
            "marker": {
                "color": np.nan_to_num(view.factors, nan=0.0, neginf=-reach),
                "cmin": -0.5,
                "cmax": 0.5,
                "colorscale": theme.gradient_size(mode),
                "line": {"width": 0},
            },
            "hovertemplate": "10<sup>%{y:.3f}</sup>",
            "xaxis": "x2",
            "yaxis": "y3",
        },
        {
            "type": "scatter",
            "uid": "influence",
            "name": _("weight of input xₜ in the last state"),
            "x": every,
            "y": np.where(np.isneginf(view.influence), np.nan, view.influence),
            "mode": style.mode(length),
            "line": {"color": hue, "width": 2, "dash": "dash"},
            "hovertemplate": "10<sup>%{y:.2f}</sup>",
            "xaxis": "x2",
            "yaxis": "y4",
        },
        {
            "type": "scatter",
            "uid": "input",
            "name": _("input"),
            "x": every,
            "y": view.signal.astype(np.float32),
            "mode": style.mode(length),
            "line": {"color": colours["input"], "width": 1.2, "shape": "hvh"},
            "hovertemplate": "%{y:.3g}",
            "xaxis": "x2",
            "yaxis": "y5",
        },
    ]
    plain, step = style.axis(colours), style.spacing(length)
    layout = style.layout(colours) | {
        "bargap": 0,
        "xaxis": plain
        | {
            "domain": [0, 0.385],
            "range": [-0.5, length + 0.5],
            "title": {"text": _("from step k"), "standoff": 4},
            "dtick": 2 * step,
            "showgrid": False,
        },
        "yaxis": plain
        | {
            "range": [-0.5, length + 0.5],
            "title": {"text": _("to step t"), "standoff": 4},
            "dtick": 2 * step,
            "showgrid": False,
        },
        "xaxis2": plain
        | {
            "domain": [0.515, 1],
            "range": [0.5, length + 0.5],
            "anchor": "y5",
            "title": {"text": _("step t"), "standoff": 4},
            "dtick": step,
            "showgrid": False,
        },
        "yaxis2": plain
        | {
            "anchor": "x2",
            "domain": [0.62, 1],
            "range": list(view.axis),
            "nticks": 6,
            "title": {"text": "log₁₀ σ₁", "standoff": 6},
        },
        "yaxis3": plain
        | {
            "anchor": "x2",
            "domain": [0.44, 0.57],
            "range": [-1.05 * reach, 1.05 * reach],
            "title": {"text": _("factor"), "standoff": 6},
            "tickvals": [-reach, 0, reach],
            "tickformat": ".3~g",
        },
        "yaxis4": plain
        | {
            "anchor": "x2",
            "domain": [0.17, 0.4],
            "range": list(view.axis),
            "title": {"text": _("weight"), "standoff": 6},
            "nticks": 4,
        },
        "yaxis5": plain
        | {
            "anchor": "x2",
            "domain": [0, 0.13],
            "showgrid": False,
            "title": {"text": _("input"), "standoff": 6},
        }
        | style.around_zero(view.signal),
        "shapes": [
            {
                "type": "line",
                "xref": "x2",
                "yref": "paper",
                "x0": at,
                "x1": at,
                "y0": 0,
                "y1": 1,
                "line": cursor,
                "layer": "below",
            }
            for at in (view.earlier, view.later)
        ],
    }
    return {"data": traces, "layout": layout}


class Pair(NamedTuple):
    """Numbers of one Jacobian ds_t/ds_k.

    Attributes:
        singular_values: (S,) log10, largest first, -inf where they cannot be resolved.
        survivor: (S,) the direction at step k that survives best.
        arrival: (S,) what it becomes at step t.
        units: (S,) names of the state's entries.
        place: place of the cell in the menu.
    """

    singular_values: np.ndarray
    survivor: np.ndarray
    arrival: np.ndarray
    units: list[str]
    place: int


def pair(view: Pair, mode: str) -> dict[str, Any]:
    """Singular values on the left, the best surviving direction on the right.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hue = theme.colours(mode), theme.hue(view.place, mode)
    count = np.arange(1, len(view.units) + 1, dtype=np.float32)
    traces = [
        {
            "type": "scatter",
            "uid": "values",
            "name": _("singular values of dsₜ/dsₖ over the largest"),
            "x": count,
            "y": np.where(np.isneginf(view.singular_values), np.nan, view.singular_values - view.singular_values[0]),
            "mode": "markers",
            "marker": {"color": hue, "size": 7},
            "hovertemplate": "σ<sub>%{x}</sub>/σ<sub>1</sub> = 10<sup>%{y:.2f}</sup><extra></extra>",
            "xaxis": "x",
            "yaxis": "y",
        },
        *(
            {
                "type": "bar",
                "uid": uid,
                "name": name,
                "x": view.units,
                "y": values.astype(np.float32),
                "marker": {"color": colour, "line": {"width": 0}},
                "hovertemplate": "%{x}: %{y:.3f}<extra></extra>",
                "xaxis": "x2",
                "yaxis": "y2",
            }
            for uid, name, values, colour in (
                ("survivor", _("at step k: the direction that survives best"), view.survivor, hue),
                ("arrival", _("at step t: what it becomes"), view.arrival, colours["input"]),
            )
        ),
    ]
    plain = style.axis(colours)
    layout = style.layout(colours) | {
        "hovermode": "closest",
        "xaxis": plain
        | {
            "domain": [0, 0.36],
            "range": [0, len(count) + 1],
            "title": {"text": _("number, largest first"), "standoff": 4},
            "dtick": -(-len(count) // 8),
        },
        "yaxis": plain | {"range": [-14.5, 0.7], "title": style.title("log₁₀ σ/σ₁")},
        "xaxis2": plain
        | {"domain": [0.45, 1], "anchor": "y2", "title": {"text": _("unit of the state"), "standoff": 4}, "nticks": 17},
        "yaxis2": plain | {"anchor": "x2", "range": [-1.05, 1.05], "title": {"text": _("component"), "standoff": 6}},
    }
    return {"data": traces, "layout": layout}


class Spectra(NamedTuple):
    """Numbers of the spectra.

    Attributes:
        eigenvalues: (G, H) complex.
        singular_values: (G, H) largest first.
        gates: (G,) names of the blocks; empty where there are none.
        matrix: name of the matrix they belong to.
        steps: (n,) checkpoints.
        step_values: (n, S) log10 singular values of one step's Jacobian at each.
        lyapunov: (S,) nats per step.
        theory: (gains (N,), growths (N,), critical gain, own gain, label), or None.
        place: place of the cell in the menu.
    """

    eigenvalues: np.ndarray
    singular_values: np.ndarray
    gates: list[str]
    matrix: str
    steps: np.ndarray
    step_values: np.ndarray
    lyapunov: np.ndarray
    theory: tuple[np.ndarray, np.ndarray, float, float, str] | None
    place: int


def spectra(view: Spectra, mode: str) -> dict[str, Any]:
    """Eigenvalues on the unit circle, singular values, Lyapunov exponents beside theory, and each step's Jacobian.

    Args:
        view: the numbers.
        mode: theme, "light" or "dark".
    """
    colours, hue = theme.colours(mode), theme.hue(view.place, mode)
    turn = np.linspace(0, 2 * np.pi, 121)
    reach = max(1.25, 1.08 * float(np.max(np.abs(view.eigenvalues), initial=0.0)))
    size = view.singular_values.shape[-1]
    rank = np.arange(1, size + 1, dtype=np.float32)
    gates = [theme.hue(view.place + place, mode) for place in range(len(view.gates))]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "uid": "circle",
            "name": _("unit circle"),
            "x": np.cos(turn),
            "y": np.sin(turn),
            "mode": "lines",
            "line": {"color": colours["zero"], "width": 1.2},
            "hoverinfo": "skip",
            "xaxis": "x",
            "yaxis": "y",
        }
    ]
    for place, (gate, colour) in enumerate(zip(view.gates, gates, strict=True)):
        traces += [
            {
                "type": "scatter",
                "uid": f"eigenvalues{place}",
                "name": _("{matrix} of {gate}").format(matrix=view.matrix, gate=gate) if gate else view.matrix,
                "x": view.eigenvalues[place].real,
                "y": view.eigenvalues[place].imag,
                "mode": "markers",
                "marker": {"color": colour, "size": 6, "opacity": 0.85},
                "hovertemplate": "%{x:.3f} %{y:+.3f} i<extra>" + gate + "</extra>",
                "xaxis": "x",
                "yaxis": "y",
            },
            {
                "type": "scatter",
                "uid": f"singular{place}",
                "name": gate,
                "x": rank,
                "y": view.singular_values[place],
                "mode": "lines+markers",
                "line": {"color": colour, "width": 1.5},
                "marker": {"size": 5},
                "showlegend": False,
                "hovertemplate": "σ<sub>%{x}</sub> = %{y:.4g}<extra>" + gate + "</extra>",
                "xaxis": "x2",
                "yaxis": "y2",
            },
        ]
    lowest = float(np.min(view.lyapunov[np.isfinite(view.lyapunov)], initial=-1.0))
    highest = float(np.max(view.lyapunov[np.isfinite(view.lyapunov)], initial=0.0))
    traces.append(
        {
            "type": "scatter",
            "uid": "lyapunov",
            "name": _("Lyapunov exponents"),
            "x": np.arange(1, len(view.lyapunov) + 1, dtype=np.float32),
            "y": np.where(np.isfinite(view.lyapunov), view.lyapunov, np.nan),
            "mode": "lines+markers",
            "line": {"color": hue, "width": 1.5, "dash": "dot"},
            "marker": {"size": 5, "symbol": "diamond"},
            "hovertemplate": "λ<sub>%{x}</sub> = %{y:.4f}<extra></extra>",
            "xaxis": "x3",
            "yaxis": "y3",
        }
    )
    if view.theory is not None:
        gains, growths, critical, gain, label = view.theory
        traces += [
            {
                "type": "scatter",
                "uid": "theory",
                "name": label,
                "x": gains,
                "y": growths,
                "mode": "lines",
                "line": {"color": colours["theory"], "width": 1.6, "dash": "dash"},
                "hovertemplate": _("gain %{x:.2f}: %{y:.3f} nats a step") + "<extra></extra>",
                "xaxis": "x4",
                "yaxis": "y4",
            },
            {
                "type": "scatter",
                "uid": "critical",
                "name": _("critical gain"),
                "x": np.array([critical], np.float32),
                "y": np.zeros(1, np.float32),
                "mode": "markers",
                "marker": {"symbol": "x-thin", "size": 11, "line": {"color": colours["theory"], "width": 2.5}},
                "hovertemplate": _("critical gain %{x:.3f}") + "<extra></extra>",
                "xaxis": "x4",
                "yaxis": "y4",
            },
            {
                "type": "scatter",
                "uid": "measured",
                "name": _("this cell's λ₁"),
                "x": np.array([gain], np.float32),
                "y": view.lyapunov[:1],
                "mode": "markers",
                "marker": {"color": hue, "size": 11, "symbol": "diamond"},
                "hovertemplate": _("gain %{x:.2f}: λ₁ = %{y:.3f}") + "<extra></extra>",
                "xaxis": "x4",
                "yaxis": "y4",
            },
        ]
    middle = view.step_values.shape[-1] // 2
    for uid, name, column, dash in (
        ("largest", _("one step's Jacobian: largest singular value"), 0, "solid"),
        ("median", _("its median"), middle, "dash"),
        ("smallest", _("its smallest"), -1, "dot"),
    ):
        values = view.step_values[:, column]
        traces.append(
            {
                "type": "scatter",
                "uid": uid,
                "name": name,
                "x": view.steps,
                "y": np.where(np.isneginf(values), np.nan, values),
                "mode": style.mode(len(view.steps)),
                "line": {"color": hue, "width": 1.8, "dash": dash},
                "hovertemplate": "10<sup>%{y:.3f}</sup>",
                "xaxis": "x5",
                "yaxis": "y5",
            }
        )
    plain = style.axis(colours)
    third = [0.55, 0.75] if view.theory else [0.6, 1.0]
    low, high = -1.15 * abs(lowest), max(0.3, 1.2 * highest)
    layout = style.layout(colours) | {
        "hovermode": "closest",
        "xaxis": plain
        | {
            "domain": [0, 0.22],
            "range": [-reach, reach],
            "anchor": "y",
            "title": style.title(f"Re λ({view.matrix})" if view.matrix else _("no recurrent matrix")),
            "nticks": 5,
        },
        "yaxis": plain
        | {
            "domain": [0.48, 1],
            "range": [-reach, reach],
            "scaleanchor": "x",
            "constrain": "domain",
            "title": style.title("Im"),
            "nticks": 5,
        },
        "xaxis2": plain
        | {
            "domain": [0.3, 0.49],
            "anchor": "y2",
            "title": style.title(_("number")),
            "nticks": 5,
            "range": [0, size + 1],
        },
        "yaxis2": plain
        | {
            "domain": [0.48, 1],
            "anchor": "x2",
            "rangemode": "tozero",
            "title": style.title(f"σ({view.matrix})" if view.matrix else ""),
        },
        "xaxis3": plain
        | {
            "domain": third,
            "anchor": "y3",
            "title": style.title(_("number")),
            "nticks": 5,
            "range": [0, len(view.lyapunov) + 1],
        },
        "yaxis3": plain
        | {"domain": [0.48, 1], "anchor": "x3", "range": [low, high], "title": style.title(_("nats a step"))},
        "xaxis5": plain
        | {
            "domain": [0, 1],
            "anchor": "y5",
            "title": style.title(_("step t")),
            "range": [0.5, float(view.steps[-1]) + 0.5],
            "showgrid": False,
        },
        "yaxis5": plain
        | {"domain": [0, 0.3], "anchor": "x5", "range": [-4.2, 1.2], "title": style.title("log₁₀ σ(Jₜ)")},
    }
    if view.theory:
        layout["xaxis4"] = plain | {
            "domain": [0.81, 1],
            "anchor": "y4",
            "type": "log",
            "range": [-1, 1],
            "tickvals": [0.1, 0.3, 1, 3, 10],
            "title": style.title(_("gain")),
        }
        layout["yaxis4"] = plain | {
            "domain": [0.48, 1],
            "anchor": "x4",
            "range": [-2.6, 1.6],
            "title": style.title("λ₁"),
        }
    return {"data": traces, "layout": layout}
