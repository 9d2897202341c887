"""What the page on the price of memory says, figure by figure."""

import math

import numpy as np

from app.figure import Check, Verdict
from app.language import _, number, power_of_ten, steps_in_words
from app.settings import Settings
from app.views.price import numbers
from cells.analyses.theory.memory import CHECKED, SEQUENCES, STEPS
from cells.zoo import all_cells

AGREES = 1e-9
"""Largest relative difference between closed form and autodiff that counts as agreement."""


def price(settings: Settings, found: numbers.Price) -> Verdict:
    """What is left of a gradient, and how far each parameter moves the state."""
    lam, here = found.eigenvalue, found.here
    headline = _("λ = {value:.6g}").format(value=lam)
    if lam == 0:
        sentence = _("nothing is kept: the state is the input alone, and dh/dλ is the input before it.")
    else:
        backward = _("a gradient is multiplied by {value:.6g} a step on its way back; half is left after {steps}.")
        backward = backward.format(value=lam, steps=steps_in_words(math.log(0.5) / math.log(lam)))
        forward = _("Yet dh/dλ has a mean square of {raw}, {times} times E h² = {power}.").format(
            raw=number(here["raw"]), times=number(here["raw"] / here["h_h"]), power=number(here["h_h"])
        )
        sentence = f"{backward} {forward}"
    others = _(
        "With the input times √(1 − λ²) it is {scaled} by λ, {exp} by ν and {tanh} by ω; by the z of a leaky unit it "
        "is {leaky} of the state’s own power."
    ).format(**{name: number(here[name]) for name in ("scaled", "exp", "tanh", "leaky")})
    return Verdict(headline, sentence, asides=others, comparisons=[_simulated(found.farthest)], check=_check(found))


def _simulated(farthest: float) -> str:
    text = _("Simulated over {seeds} seeds: the farthest mark lies {percent:.2g} % from its formula.")
    return text.format(seeds=numbers.SEEDS, percent=100 * farthest)


def _check(found: numbers.Price | numbers.Correlated) -> Check:
    agrees = found.relative_error <= AGREES
    error = power_of_ten(math.log10(max(found.relative_error, 1e-16)))
    text = _("formulas {mark} autodiff through {steps} steps: relative difference {error}")
    return Check(text.format(mark="✓" if agrees else "✗", steps=CHECKED, error=error), agrees)


def correlated(settings: Settings, found: numbers.Correlated) -> Verdict:
    """How many times that of white input, and where it goes."""
    r = settings.price_correlation
    headline = _("λ = {value:.6g}, r = {r:.3g}").format(value=found.eigenvalue, r=r)
    sentence = _(
        "E h² is {power}, {more} times that of white input; dh/dλ has a mean square of {raw}, {further} times that of "
        "white input."
    ).format(
        power=number(found.here["h_h"]),
        more=number(found.times["h_h"], 3),
        raw=number(found.here["raw"]),
        further=number(found.times["raw"], 3),
    )
    limit = _(
        "For λ near 1 both come to (1 + r) / (1 − r) = {limit} times. The scaled state √(1 − λ²) h has the power "
        "{tanh}, for white input 1; the price by ω is exactly that power, whatever the input."
    ).format(limit=number((1 + r) / (1 - r), 3), tanh=number(found.here["tanh"]))
    return Verdict(headline, sentence, asides=limit, comparisons=[_simulated(found.farthest)], check=_check(found))


def real(settings: Settings, found: dict[str, numbers.Paid]) -> Verdict:
    """Which parameter pays most for a long memory, and which least."""
    names = {dial.key: name_of(dial) for dial in numbers.DIALS}
    grown = {key: float(paid.norms[-1] / paid.norms[0]) for key, paid in found.items()}
    most, least = max(grown, key=grown.get), min(grown, key=grown.get)
    headline = _("{count} cells").format(count=len({dial.cell for dial in numbers.DIALS}))
    sentence = _(
        "from the shortest memory to the longest, dL/dθ becomes {times} times as large for {most}, the most, and "
        "{fewer} times for {least}, the least."
    ).format(most=names[most], times=number(grown[most], 3), least=names[least], fewer=number(grown[least], 3))
    each = "; ".join(
        _("{name} {first} and {last}").format(
            name=names[key], first=number(float(paid.norms[0]), 3), last=number(float(paid.norms[-1]), 3)
        )
        for key, paid in found.items()
    )
    lived = [steps_in_words(float(np.median([paid.half_lives[place] for paid in found.values()]))) for place in (0, -1)]
    aside = _("In units of the state, at half-lives of {short} and {long}: {each}.")
    return Verdict(headline, sentence, asides=aside.format(short=lived[0], long=lived[1], each=each))


def name_of(dial: numbers.Dial) -> str:
    """The cell and its parameter, as a legend names them."""
    symbol = {"nu": "ν", "theta": "θ"}.get(dial.weight, dial.weight)
    return f"{all_cells()[dial.cell].label} {symbol}" + (f"_{dial.gate}" if dial.gate else "")


def legend(settings: Settings) -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**The unit** is hₜ = λ hₜ₋₁ + xₜ. Its only factor a step is λ, below 1: on the way back nothing can "
            "explode, and for λ near 1 nothing vanishes soon. dh/dλ adds up λ dh/dλ + h from step to step, and grows."
        ),
        _(
            "**Lines** are formulas, for a unit that has run for ever. E is the mean over inputs of mean 0 and "
            "variance 1; white input has no memory of its own. The axis of λ is even in the logarithm of 1 − λ."
        ),
        _(
            "**Marks** are simulated: {seeds} seeds of {sequences} sequences and {steps} steps, dh/dλ by automatic "
            "differentiation. h and dh/dλ start where a process without a beginning would have them."
        ).format(seeds=numbers.SEEDS, sequences=SEQUENCES, steps=STEPS),
        _(
            "**By another parameter** the derivative changes by a factor: λ = exp(−e^ν), λ = tanh ω or λ = σ(z), the "
            "sigmoid. The scale √(1 − λ²) brings E h² to 1 and is differentiated too; held fixed it would cost 1 + "
            "λ² times as much."
        ),
        _("**The leaky unit** has the input (1 − λ) x, as a gate has. Its price is in units of its own E h²."),
        _(
            "**On the right** of the first figure: what is left of a gradient so many steps back, and the root mean "
            "square of dh/dλ so many steps after a start at 0."
        ),
        _(
            "**Correlated input** is xₜ = r xₜ₋₁ + √(1 − r²) times something new, with variance 1. Dashed lines are "
            "for white input."
        ),
        _(
            "**Our own cells** have {units} units and {steps} steps of noise, so small that no unit saturates; dL/dθ "
            "is of the loss at the last step, for the parameter θ that a curve names. Its norm is divided by the root "
            "mean square of h, and taken over {seeds} seeds. The half-life is measured on the gradient of the state."
        ).format(units=numbers.UNITS, steps=numbers.REAL_STEPS, seeds=len(numbers.REAL_SEEDS)),
        _(
            "**What is turned:** the gain of the RNN’s W_hh, the bias b of the gate that keeps, the size of the LRU’s "
            "eigenvalues. Gated cells have a W_hh of spectral radius {radius:g}, so that the gate alone decides."
        ).format(radius=numbers.QUIET),
    ]
