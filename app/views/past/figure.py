"""How far back a state can see: the survival map and what stands beside it, one pair of steps, and the spectra."""

from typing import Any

import numpy as np

from app.language import _, subscript
from app.plot import style, theme
from app.plot.traces import (
    ALONE,
    COLOUR_RANGE,
    POWER,
    Panel,
    bars,
    colour_bar,
    curve,
    dots,
    gaps,
    graded,
    heat,
    input_curve,
    line,
    line_mode,
    signal,
    spread,
    step_numbers,
    upright,
)
from app.settings import AXES, Settings, menu_place
from app.views.past.numbers import LookBack, Past, Theory, WeightsAndOrbit
from app.views.past.settings import chosen_block
from app.views.past.verdict import blocks_of_weights
from cells import all_cells

REACHES = (0.3, 1.0, 3.0, 10.0, 30.0)
"""Ranges of the factors' axis in decades; the first that holds them all."""
FLOOR = -330.0
"""log10 drawn for an exact zero in the map: beyond everything, so that it takes the coldest colour."""


def draw_survival(settings: Settings, found: LookBack, mode: str) -> dict[str, Any]:
    """The map on the left; on one time axis to its right what step k sends on, the factors, and each input's weight."""
    past, earlier, later = found.past, found.earlier, found.later
    steps, length, axis = past.survival.steps, settings.experiment.length, AXES[settings.axis]
    factors, shown = np.asarray(found.between.log10_factors)[:length], signal(found.xs)
    gain = past.survival.log10_gain[chosen_block(settings)]
    gain = np.full_like(gain, np.nan) if past.overflow else np.where(np.isneginf(gain), FLOOR, gain)
    colours, hue = theme.colours(mode), theme.hue(menu_place(settings.experiment), mode)
    largest = float(np.max(np.abs(factors[np.isfinite(factors)]), initial=0.0))
    reach = next((reach for reach in REACHES if largest <= reach), largest)
    traces = [
        heat(
            "map",
            _("size of dsₜ/dsₖ"),
            gain,
            theme.gradient_size(mode),
            (-COLOUR_RANGE, COLOUR_RANGE),
            x=steps,
            y=steps,
            hover=_("from step %{x} to step %{y}: 10<sup>%{z:.2f}</sup>") + ALONE,
            bar=colour_bar("log₁₀", 0.9, x=0.395, y=1, yanchor="top", tickvals=[-10, 0, 10]),
        ),
        dots(
            "chosen",
            _("steps k and t"),
            np.array([earlier]),
            np.array([later]),
            colours["text"],
            symbol="circle-open",
            size=13,
            edge=2.5,
            cliponaxis=False,
        ),
        line(
            "norms",
            _("σ₁ of dsₜ/dsₖ from step k"),
            steps[1:],
            found.norms,
            hue,
            "x2y2",
            width=3,
            mode=line_mode(length),
            hover=POWER,
        ),
    ]
    if found.seeds:
        norms = [norms for _past, norms in found.seeds]
        traces.insert(0, spread("seeds", _("σ₁ from step k, five seeds"), steps[1:], norms, hue, "x2y2"))
    after = np.arange(earlier, length + 1)
    bounds = zip(settings.experiment.cell_class.bounds, past.bound_growths, strict=True)
    for place, (line_of_theory, factor) in enumerate(bounds):
        bound = (after - earlier) * (np.log10(factor) if factor > 0 else np.nan)
        look = {"width": 1.3, "dash": ("dot", "longdashdot")[place % 2], "hover": POWER}
        name = _("theory {line}").format(line=line_of_theory.label)
        traces.append(line(f"bound{place}", name, after, bound, colours["theory"], "x2y2", **look))
    weight = _("weight of input xₜ in the last state")
    sized = graded(np.nan_to_num(factors, nan=0.0, neginf=-reach), 0.5, mode)
    factor = {"hover": "10<sup>%{y:.3f}</sup>"}
    traces += [
        bars("factors", _("its factor at each step"), step_numbers(length), factors, sized, "x2y3", **factor),
        curve("influence", weight, past.influence, hue, "x2y4", dash="dash"),
        input_curve(shown, colours, "x2y5"),
    ]
    step = style.spacing(length)
    square = {"range": (-0.5, length + 0.5), "dtick": 2 * step, "showgrid": False}
    layout = style.layout(colours) | {
        "bargap": 0,
        "xaxis": style.axis(colours, domain=(0, 0.385), title=_("from step k"), **square),
        "yaxis": style.axis(colours, title=_("to step t"), **square),
        "xaxis2": style.step_axis(colours, length, domain=(0.515, 1), anchor="y5"),
        "yaxis2": style.axis(
            colours, anchor="x2", domain=(0.62, 1), range=axis, nticks=6, title=style.title("log₁₀ σ₁", 6)
        ),
        "yaxis3": style.axis(
            colours,
            anchor="x2",
            domain=(0.44, 0.57),
            range=(-1.05 * reach, 1.05 * reach),
            title=style.title(_("factor"), 6),
            tickvals=(-reach, 0, reach),
            tickformat=".3~g",
        ),
        "yaxis4": style.axis(
            colours, anchor="x2", domain=(0.17, 0.4), range=axis, title=style.title(_("weight"), 6), nticks=4
        ),
        "yaxis5": style.axis(colours, anchor="x2", domain=(0, 0.13), showgrid=False, title=style.title(_("input"), 6))
        | style.around_zero(shown),
        "shapes": [upright(at, "x2", colours["text"]) for at in (earlier, later)],
    }
    return {"data": traces, "layout": layout}


def draw_pair(settings: Settings, found: LookBack, mode: str) -> dict[str, Any]:
    """Singular values on the left, the best surviving direction on the right."""
    experiment, between = settings.experiment, found.between
    fields, count = experiment.cell_class.State._fields, len(between.survivor)
    units = [f"{field}{subscript(unit)}" for field in fields for unit in range(1, experiment.hidden_size + 1)]
    colours, hue = theme.colours(mode), theme.hue(menu_place(experiment), mode)
    over_largest = gaps(between.log10_singular_values) - between.log10_singular_values[0]
    ratio = f"σ<sub>%{{x}}</sub>/σ<sub>1</sub> = {POWER}{ALONE}"
    part = "%{x}: %{y:.3f}" + ALONE
    values = _("singular values of dsₜ/dsₖ over the largest")
    survives, becomes = _("at step k: the direction that survives best"), _("at step t: what it becomes")
    traces = [
        dots("values", values, step_numbers(count), over_largest, hue, size=7, hover=ratio),
        bars("survivor", survives, units, between.survivor, hue, "x2y2", hover=part),
        bars("arrival", becomes, units, between.arrival, colours["input"], "x2y2", hover=part),
    ]
    layout = style.layout(colours) | {
        "hovermode": "closest",
        "xaxis": style.axis(
            colours,
            domain=(0, 0.36),
            range=(0, count + 1),
            title=_("number, largest first"),
            dtick=-(-count // 8),
        ),
        "yaxis": style.axis(colours, range=(-14.5, 0.7), title="log₁₀ σ/σ₁"),
        "xaxis2": style.axis(colours, domain=(0.45, 1), anchor="y2", title=_("unit of the state"), nticks=17),
        "yaxis2": style.axis(colours, anchor="x2", range=(-1.05, 1.05), title=style.title(_("component"), 6)),
    }
    return {"data": traces, "layout": layout}


def draw_spectra(settings: Settings, found: WeightsAndOrbit, mode: str) -> dict[str, Any]:
    """Eigenvalues on the unit circle, singular values, Lyapunov exponents beside theory, and each step's Jacobian."""
    experiment, past, expected = settings.experiment, found.past, found.theory
    cell, lyapunov, place = all_cells()[experiment.cell], past.lyapunov.astype(np.float32), menu_place(experiment)
    steps, values = past.survival.steps[1:], past.step_singular_values
    colours, hue = theme.colours(mode), theme.hue(place, mode)
    turn = np.linspace(0, 2 * np.pi, 121)
    joined = {"width": 1.5, "mode": "lines+markers"}
    traces = [line("circle", _("unit circle"), np.cos(turn), np.sin(turn), colours["zero"], width=1.2)]
    for number, gate in enumerate(blocks_of_weights(past.spectrum, cell, lambda gate: gate.role)):
        eigenvalues, sizes = past.spectrum.eigenvalues[number], past.spectrum.singular_values[number]
        name = _("{matrix} of {gate}").format(matrix=cell.recurrence, gate=gate) if gate else cell.recurrence
        colour, extra = theme.hue(place + number, mode), f"<extra>{gate}</extra>"
        traces += [
            dots(
                f"eigenvalues{number}",
                name,
                eigenvalues.real,
                eigenvalues.imag,
                colour,
                size=6,
                marker={"opacity": 0.85},
                hover="%{x:.3f} %{y:+.3f} i" + extra,
            ),
            line(
                f"singular{number}",
                gate,
                step_numbers(len(sizes)),
                sizes,
                colour,
                "x2y2",
                marker={"size": 5},
                showlegend=False,
                hover="σ<sub>%{x}</sub> = %{y:.4g}" + extra,
                **joined,
            ),
        ]
    traces.append(
        line(
            "lyapunov",
            _("Lyapunov exponents"),
            step_numbers(len(lyapunov)),
            lyapunov,
            hue,
            "x3y3",
            dash="dot",
            marker={"size": 5, "symbol": "diamond"},
            hover=_("exponent %{x} = %{y:.4f}") + ALONE,
            **joined,
        )
    )
    if expected is not None:
        label = _("mean field, {activation}").format(activation=experiment.activation)
        traces += _theory(expected, label, found.gain, lyapunov[:1], hue, colours)
    for uid, name, over_time, dash in (
        ("largest", _("one step's Jacobian: largest singular value"), values[:, 0], "solid"),
        ("median", _("its median"), values[:, values.shape[-1] // 2], "dash"),
        ("smallest", _("its smallest"), values[:, -1], "dot"),
    ):
        look = {"width": 1.8, "dash": dash, "mode": line_mode(len(steps)), "hover": "10<sup>%{y:.3f}</sup>"}
        traces.append(line(uid, name, steps, over_time, hue, "x5y5", **look))
    return {"data": traces, "layout": _spectra_layout(past, cell.recurrence, expected is not None, colours)}


def _theory(
    expected: Theory, label: str, gain: float, measured: np.ndarray, hue: str, colours: dict[str, str]
) -> list[dict[str, Any]]:
    """The largest exponent over the gain in mean-field theory, and where this cell stands."""
    said = _("gain %{x:.2f}: %{y:.3f} nats a step") + ALONE
    edge, here = _("critical gain %{x:.3f}") + ALONE, _("gain %{x:.2f}: largest exponent %{y:.3f}") + ALONE
    at, own = np.array([expected.critical]), np.array([gain])
    cross = {"symbol": "x-thin", "size": 11, "edge": 2.5}
    return [
        line(
            "theory",
            label,
            expected.gains,
            expected.growths,
            colours["theory"],
            "x4y4",
            width=1.6,
            dash="dash",
            hover=said,
        ),
        dots("critical", _("critical gain"), at, np.zeros(1), colours["theory"], "x4y4", hover=edge, **cross),
        dots(
            "measured",
            _("this cell's largest exponent"),
            own,
            measured,
            hue,
            "x4y4",
            symbol="diamond",
            size=11,
            hover=here,
        ),
    ]


def _spectra_layout(past: Past, matrix: str, theory: bool, colours: dict[str, str]) -> dict[str, Any]:
    eigenvalues = past.spectrum.eigenvalues if past.spectrum else np.zeros((0, 0))
    reach = max(1.25, 1.08 * float(np.max(np.abs(eigenvalues), initial=0.0)))
    finite = past.lyapunov[np.isfinite(past.lyapunov)].astype(np.float32)
    low, high = -1.15 * abs(float(np.min(finite, initial=-1.0))), max(0.3, 1.2 * float(np.max(finite, initial=0.0)))
    size, count, up = eigenvalues.shape[-1], len(past.lyapunov), (0.48, 1)
    plane = f"Re λ({matrix})" if matrix else _("no recurrent matrix")
    third = (0.55, 0.75) if theory else (0.6, 1.0)
    values = f"σ({matrix})" if matrix else ""
    layout = style.layout(colours) | {
        "hovermode": "closest",
        "xaxis": style.axis(colours, domain=(0, 0.22), range=(-reach, reach), title=plane, nticks=5),
        "yaxis": style.axis(
            colours, domain=up, range=(-reach, reach), scaleanchor="x", constrain="domain", title="Im", nticks=5
        ),
    }
    for panel, x, y in (
        (
            Panel(2, (0.3, 0.49), up),
            style.axis(colours, title=_("number"), nticks=5, range=(0, size + 1)),
            style.axis(colours, rangemode="tozero", title=values),
        ),
        (
            Panel(3, third, up),
            style.axis(colours, title=_("number"), nticks=5, range=(0, count + 1)),
            style.axis(colours, range=(low, high), title=_("nats a step")),
        ),
        (
            Panel(5, (0, 1), (0, 0.3)),
            style.axis(colours, title=_("step t"), range=(0.5, float(past.survival.steps[-1]) + 0.5), showgrid=False),
            style.axis(colours, range=(-4.2, 1.2), title="log₁₀ σ(Jₜ)"),
        ),
    ):
        layout |= panel.layout(x, y)
    if theory:
        ticks = (0.1, 0.3, 1, 3, 10)
        layout |= Panel(4, (0.81, 1), up).layout(
            style.axis(colours, type="log", range=(-1, 1), tickvals=ticks, title=_("gain")),
            style.axis(colours, range=(-2.6, 1.6), title=_("largest exponent")),
        )
    return layout
