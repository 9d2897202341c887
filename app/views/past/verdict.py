"""What the page on the past says: how fast a state is forgotten, what survives, and what the weights promise."""

import math
from collections.abc import Callable

import numpy as np

from app.figure import Check, Verdict
from app.language import _, number, power_of_ten, steps_in_words
from app.phrases import HEADLINES, factor, pace, seeds_in_words
from app.settings import Settings
from app.views.past.numbers import LookBack, Past, WeightsAndOrbit
from app.views.past.settings import WHOLE, chosen_block
from cells import all_cells
from cells.analyses.forgetting import Forgetting
from cells.analyses.growth import CARRIED, CARRIED_IN_ALL
from cells.analyses.spectrum import Spectrum
from cells.base import AbstractCell, Gate

AGREES = 1e-6
"""Largest relative difference between the map and backpropagation that counts as agreement."""
EVEN = 0.3
"""Decades within which the first and the last third of the inputs weigh the same."""
TRANSIENT = 0.3
"""Decades above both ends by which a peak between them is told."""
ROUNDING = 1e-9
"""Decades by which a tenth may come out smaller."""
PLAIN_DIGITS = 4
"""Decades up to which it is written out."""


def survival(settings: Settings, found: LookBack) -> Verdict:
    """How fast the state is forgotten, what the inputs weigh, and the check."""
    experiment, past = settings.experiment, found.past
    label = experiment.cell_class.label
    if past.overflow:
        sentence = _("the forward pass leaves the finite numbers at step {step}; no Jacobian is drawn.")
        return Verdict(
            f"{label} · {_('Overflow')}",
            sentence.format(step=past.overflow),
            "overflow",
            check=Check(_("nothing to check here"), False),
        )
    left = past.forgetting[chosen_block(settings)]
    kind, headline = _kind(left.log10_factor, experiment.length)
    agrees = past.disagreement <= AGREES
    error = power_of_ten(math.log10(max(past.disagreement, 1e-16)))
    checked = _("Jacobians {mark} backpropagation: relative difference {error}")
    return Verdict(
        f"{label} · {headline}",
        _what_is_left(left, kind, experiment.length, chosen_block(settings)),
        kind,
        "\n".join(filter(None, [_over_seeds(settings, found), _what_inputs_weigh(past.influence)])),
        [_survivor(found)],
        Check(checked.format(mark="✓" if agrees else "✗", error=error), agrees),
    )


def pair(settings: Settings, found: LookBack) -> Verdict:
    """What happens between the two chosen steps."""
    values = np.asarray(found.between.log10_singular_values)
    headline = _("From step {earlier} to step {later}").format(earlier=found.earlier, later=found.later)
    if found.past.overflow:
        return Verdict(headline, _("the forward pass leaves the finite numbers."), "overflow")
    if not np.isfinite(values[0]):
        return Verdict(headline, _("nothing at all survives: the Jacobian is 0."), "zero")
    alive = int(np.sum(values >= values[0] - 1 - ROUNDING))
    sentence = _(
        "the direction that survives best is multiplied by {best}; directions that keep at least a tenth of that: "
        "{alive} of {size}."
    )
    return Verdict(headline, sentence.format(best=power_of_ten(float(values[0])), alive=alive, size=len(values)))


def spectra(settings: Settings, found: WeightsAndOrbit) -> Verdict:
    """The weights' two numbers, what they promise, and what the orbit does."""
    experiment, past = settings.experiment, found.past
    numbers = _radius_and_norm(past.spectrum, all_cells()[experiment.cell])
    if past.overflow:
        return Verdict(_("Weights"), numbers + ".", "overflow")
    promises = _promises(past, experiment.cell_class)
    if experiment.layers > 1:
        promises.append(_("The weights are those of the first layer; the exponents are of all layers together."))
    if found.theory is not None and math.isfinite(found.theory.critical):
        sentence = _(
            "Mean-field theory, for many units and Gaussian weights: with this input the edge lies at gain "
            "{critical:.3g}; the weights' gain here is {gain:.3g}."
        )
        promises.append(sentence.format(critical=found.theory.critical, gain=found.gain))
    first = _first_exponent(float(past.lyapunov[0]), experiment.length)
    return Verdict(_("Weights and orbit"), first, asides=numbers, comparisons=promises)


def legend(settings: Settings) -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**The map** is log₁₀ of the root mean square singular value of dsₜ/dsₖ: what happens to a random "
            "direction of the state between step k and step t. It is 0 where everything is carried unchanged, on an "
            "absolute scale; nothing is normalised to itself. Click a point, or move the two sliders."
        ),
        _(
            "**At most 65 checkpoints** are drawn; a longer sequence shows every m-th step. Step 0 is the state before "
            "the first input."
        ),
        _(
            "**A small change** to the state is what all of this follows. A network may hold a bit for good and let "
            "every small change fade, see the page on one neuron; and where small changes grow, what was fed in can be "
            "read out no better."
        ),
        _(
            "**The curve from step k** is the largest singular value, which no direction can beat. Theory's (σ₁ "
            "max|φ′|)ⁿ can never be crossed, and is often far too high; ρⁿ holds only for a linear network, and only "
            "in the long run: a matrix may first stretch what it then shrinks."
        ),
        _(
            "**The factors** are what each step does to the one direction that survives best from k to t; their sum is "
            "its whole way."
        ),
        _(
            "**The weight of an input** is the size of the last state's derivative with respect to xₜ: how far a small "
            "change of that input moves it."
        ),
        _(
            "**Lyapunov exponents** are means over these steps, not limits, in nats a step: 1 is a factor of "
            "e = 2.718 a step, 0 keeps what there is. Theory's curve is for infinitely many units with independent "
            "Gaussian weights."
        ),
    ]


def blocks_of_weights(spectrum: Spectrum | None, cell: type[AbstractCell], name: Callable[[Gate], str]) -> list[str]:
    """Names of the blocks of the recurrent weights: their gates, where there is one for each."""
    count = 0 if spectrum is None else len(spectrum.eigenvalues)
    return [name(gate) for gate in cell.gates] if count == len(cell.gates) else [""] * count


def _radius_and_norm(spectrum: Spectrum | None, cell: type[AbstractCell]) -> str:
    if spectrum is None:
        return _("{cell} has no recurrent matrix, and so no eigenvalues: every unit looks only at itself").format(
            cell=cell.label
        )
    text = _("{gate}spectral radius ρ = {radius}, spectral norm σ₁ = {norm}")
    names = blocks_of_weights(spectrum, cell, lambda gate: gate.symbol)
    return "; ".join(
        text.format(gate=f"{name}: " if name else "", radius=number(float(radius), 3), norm=number(float(norm), 3))
        for name, radius, norm in zip(names, spectrum.spectral_radius, spectrum.spectral_norm, strict=True)
    )


def _first_exponent(exponent: float, length: int) -> str:
    if not math.isfinite(exponent):
        return _("the largest Lyapunov exponent is −∞: every direction is lost on the way.")
    what = {
        "exploding": lambda: _("nearby orbits part, and gradients explode along this one"),
        "vanishing": lambda: _("nearby orbits meet, and gradients vanish along this one"),
        "carried": lambda: _("nearby orbits stay about as far apart as they are"),
    }[_kind(exponent / math.log(10), length)[0]]()
    over = _("over these {length} steps").format(length=length) if length > 1 else _("over the only step")
    text = _("the largest Lyapunov exponent is {first:+.3f} nats a step {over}: {what}.")
    return text.format(first=exponent, over=over, what=what)


def _kind(log10_factor: float, length: int) -> tuple[str, str]:
    if abs(log10_factor) <= CARRIED and abs(log10_factor) * length <= CARRIED_IN_ALL:
        return "carried", _("A small change stays")
    return ("exploding", _("A small change grows")) if log10_factor > 0 else ("vanishing", _("A small change fades"))


def _over_seeds(settings: Settings, found: LookBack) -> str:
    """How the verdict comes out over five seeds; "" where none are asked for."""
    left = [past.forgetting[chosen_block(settings)].log10_factor for past, _norms in found.seeds if not past.overflow]
    kinds = [_kind(each, settings.experiment.length)[0] for each in left]
    kinds += ["overflow"] * (len(found.seeds) - len(left))
    told = [HEADLINES[kind]().lower() for kind in kinds]
    return seeds_in_words(told, [each for each in left if math.isfinite(each)]) if told else ""


def _what_is_left(left: Forgetting, kind: str, length: int, block: str) -> str:
    if left.log10_factor == -math.inf:
        if block != WHOLE:
            text = _("nothing of the first {field} is left in {field} at step {length}: that block is exactly 0.")
            return text.format(field=block, length=length)
        text = _("nothing of the first state is left at step {length}: the Jacobian is exactly 0.")
        return text.format(length=length)
    parts = [_("×{factor} a step for a random change").format(factor=factor(left.log10_factor))]
    parts += pace(kind, left.halving)
    if math.isfinite(left.memory):
        memory = _("1 % of it is left after {steps}.").format(steps=steps_in_words(left.memory))
    elif length > 1:
        memory = _("more than 1 % of it is left after all {length} steps.").format(length=length)
    else:
        memory = _("more than 1 % of it is left after the only step.")
    return ", ".join(parts) + "; " + memory


def _what_inputs_weigh(influence: np.ndarray) -> str:
    third = len(influence) // 3
    if third == 0:
        return ""
    first, last = float(np.max(influence[:third])), float(np.max(influence[-third:]))
    if np.max(influence) == -math.inf:
        return _("No input moves the last state.")
    ratio = last - first
    if last == -math.inf:
        said = _("false here, the last third of the inputs has no weight at all.")
    elif first == -math.inf:
        said = _("true here, the first third of the inputs has no weight at all.")
    elif ratio > EVEN:
        said = _("true here, the last third weighs {ratio} times the first.").format(ratio=power_of_ten(ratio))
    elif ratio < -EVEN:
        said = _("false here, the first third weighs {ratio} times the last.").format(ratio=power_of_ten(-ratio))
    else:
        said = _("false here, first and last third weigh about the same.")
    return _("Lecture notes say that “later inputs weigh more”: {verdict}").format(verdict=said)


def _survivor(found: LookBack) -> str:
    earlier, later = found.earlier, found.later
    best = float(np.asarray(found.between.log10_singular_values)[0])
    text = _("From step {earlier} to step {later} the best surviving direction is multiplied by {best}")
    said = text.format(earlier=earlier, later=later, best=power_of_ten(best))
    steps = found.past.survival.steps[1:]
    on_the_way = np.where((earlier < steps) & (steps < later), found.norms, -np.inf)
    peak = float(np.max(on_the_way))
    if peak < max(0.0, best) + TRANSIENT:
        return f"{said}."
    count, apart = int(steps[np.argmax(on_the_way)]) - earlier, _("{count} steps")
    text = _("{said}; on the way, {apart} after step {earlier}, σ₁ peaked at {peak}.")
    if len(steps) < steps[-1]:
        text = _("{said}; on the way, {apart} after step {earlier}, σ₁ was {peak}, its largest at a checkpoint.")
    return text.format(
        said=said,
        apart=apart.format(count=count) if count > 1 else _("one step"),
        earlier=earlier,
        peak=number(10**peak, 5) if peak < PLAIN_DIGITS else power_of_ten(peak),
    )


def _promises(past: Past, cell: type) -> list[str]:
    measured = past.forgetting["all"].log10_factor
    text = _("{label} = {factor} a step, measured {measured}.")
    return [
        text.format(label=bound.label, factor=number(promised, 3), measured=factor(measured)) + f" {_(bound.claim)}"
        for bound, promised in zip(cell.bounds, past.bound_growths, strict=True)
    ]
