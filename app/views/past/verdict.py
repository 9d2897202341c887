"""How far back a state can see, from a picture: words and figures."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from app import numbers as compute
from app.figure import Frame, Words
from app.language import _, power_of_ten, steps_in_words, subscript
from app.settings import AXES, Picture, place
from app.views.gradient.figure import signal
from app.views.past import figure as figures
from cells import all_cells
from cells.analyses.growth import CARRIED, CARRIED_IN_ALL
from cells.analyses.spectrum import Spectrum
from cells.base import AbstractCell, Gate

AGREES = 1e-6
"""Largest relative difference between the map and backpropagation that counts as agreement."""
EVEN = 0.3
"""Decades within which the first and the last third of the inputs weigh the same."""
TRANSIENT = 0.3
"""Decades above both ends by which a peak between them is told."""
PLAIN_DIGITS = 4
"""Decades up to which it is written out."""


def chosen_steps(picture: Picture) -> tuple[int, int]:
    """Steps k and t of a picture, inside its sequence and in order."""
    length = picture.experiment.length
    earlier, later = min(picture.earlier, length), min(picture.later, length)
    return min(earlier, later), max(earlier, later)


def words(picture: Picture) -> Words:
    """How fast the state is forgotten, what the inputs weigh, and the check."""
    experiment = picture.experiment
    past, label = compute.past(experiment), experiment.cell_class.label
    if past.overflow:
        sentence = _("the forward pass leaves the finite numbers at step {step}; there is no Jacobian to draw.")
        said = Words(f"{label} · {_('Overflow')}", "overflow", sentence.format(step=past.overflow), "", [], "", False)
        return said._replace(badge=_("nothing to check here"))
    block = _block(picture)
    left = past.forgetting[block]
    kind, headline = _kind(left.log10_factor, experiment.length)
    agrees = past.disagreement <= AGREES
    error = power_of_ten(math.log10(max(past.disagreement, 1e-16)))
    return Words(
        f"{label} · {headline}",
        kind,
        _what_is_left(left, experiment.length),
        _what_inputs_weigh(past.influence),
        [_survivor(picture)],
        _("Jacobians {mark} backpropagation: relative difference {error}").format(
            mark="✓" if agrees else "✗", error=error
        ),
        agrees,
    )


def figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The survival map and the three curves beside it."""
    experiment = picture.experiment
    past, (earlier, later) = compute.past(experiment), chosen_steps(picture)
    pair, norms = compute.between_steps(experiment, earlier, later)
    cell = experiment.cell_class
    gain = past.survival.log10_gain[_block(picture)]
    bounds = zip((bound.label for bound in cell.bounds), past.bound_growths, strict=True)
    view = figures.View(
        past.survival.steps,
        np.full_like(gain, np.nan) if past.overflow else gain,
        earlier,
        later,
        norms,
        np.asarray(pair.log10_factors)[: experiment.length],
        past.influence,
        signal(compute.input_sequence(experiment)),
        list(bounds),
        place(experiment),
        AXES[picture.axis],
    )
    return figures.survival(view, mode)


def pair_words(picture: Picture) -> Words:
    """What happens between the two chosen steps."""
    experiment, (earlier, later) = picture.experiment, chosen_steps(picture)
    pair, _norms = compute.between_steps(experiment, earlier, later)
    values = np.asarray(pair.log10_singular_values)
    headline = _("From step {earlier} to step {later}").format(earlier=earlier, later=later)
    if compute.past(experiment).overflow:
        return Words(headline, "overflow", _("the forward pass leaves the finite numbers."), "", [], "", True)
    if not np.isfinite(values[0]):
        return Words(headline, "zero", _("nothing at all survives: the Jacobian is 0."), "", [], "", True)
    alive = int(np.sum(values > values[0] - 1))
    sentence = _(
        "the direction that survives best is multiplied by {best}; directions that keep at least a tenth of that: "
        "{alive} of {size}."
    )
    sentence = sentence.format(best=power_of_ten(float(values[0])), alive=alive, size=len(values))
    return Words(headline, "carried", sentence, "", [], "", True)


def pair_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Singular values and the best surviving direction between the two chosen steps."""
    experiment = picture.experiment
    pair, _norms = compute.between_steps(experiment, *chosen_steps(picture))
    fields = experiment.cell_class.State._fields
    units = [f"{field}{subscript(unit)}" for field in fields for unit in range(1, experiment.hidden_size + 1)]
    view = figures.Pair(
        np.asarray(pair.log10_singular_values),
        np.asarray(pair.survivor),
        np.asarray(pair.arrival),
        units,
        place(experiment),
    )
    return figures.pair(view, mode)


def spectra_words(picture: Picture) -> Words:
    """The weights' two numbers, what they promise, and what the orbit does."""
    experiment = picture.experiment
    past, cell = compute.past(experiment), all_cells()[experiment.cell]
    numbers = _radius_and_norm(past.spectrum, cell)
    if past.overflow:
        return Words(_("Weights"), "overflow", numbers + ".", "", [], "", True)
    first = float(past.lyapunov[0])
    if not math.isfinite(first):
        sentence = _("λ₁ = −∞: some step loses every direction.")
    else:
        even = CARRIED * math.log(10)
        sentence = (
            _("λ₁ = {first:+.3f} nats a step over these {length} steps: {what}.")
            .format(
                first=first,
                length=experiment.length,
                what=_("nearby orbits part, and gradients explode along this one")
                if first > even
                else _("nearby orbits meet, and gradients vanish along this one")
                if first < -even
                else _("nearby orbits stay about as far apart as they are"),
            )
            .replace("-", "−", 1)
        )
    promises = _promises(past, experiment.cell_class)
    if experiment.layers > 1:
        promises.append(_("The weights are those of the first layer; the exponents are of all layers together."))
    theory = compute.theory(experiment)
    if theory is not None and math.isfinite(theory.critical):
        sentence_of_theory = _(
            "Mean-field theory, for many units and Gaussian weights: with this input the edge lies at gain "
            "{critical:.3g}; the weights' gain here is {gain:.3g}."
        )
        promises.append(sentence_of_theory.format(critical=theory.critical, gain=theory.gain))
    return Words(_("Weights and orbit"), "carried", sentence, numbers, promises, "", True)


def spectra_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Eigenvalues, singular values, Lyapunov exponents beside theory, and every step's Jacobian."""
    experiment = picture.experiment
    past, theory, cell = compute.past(experiment), compute.theory(experiment), all_cells()[experiment.cell]
    label = _("mean field, {activation}").format(activation=experiment.activation)
    view = figures.Spectra(
        past.spectrum.eigenvalues if past.spectrum else np.zeros((0, 0)),
        past.spectrum.singular_values if past.spectrum else np.zeros((0, 0)),
        _blocks(past.spectrum, cell, lambda gate: gate.role),
        cell.recurrence,
        past.survival.steps[1:],
        past.step_singular_values,
        past.lyapunov.astype(np.float32),
        None if theory is None else (theory.gains, theory.growths, theory.critical, theory.gain, label),
        place(experiment),
    )
    return figures.spectra(view, mode)


def marks() -> list[str]:
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
            "**Lyapunov exponents** are means over these steps, not limits. Theory's curve is for infinitely many "
            "units with independent Gaussian weights."
        ),
    ]


def _blocks(spectrum: Spectrum | None, cell: type[AbstractCell], name: Callable[[Gate], str]) -> list[str]:
    """Names of the blocks of the recurrent weights: their gates, where there is one for each."""
    count = 0 if spectrum is None else len(spectrum.eigenvalues)
    return [name(gate) for gate in cell.gates] if count == len(cell.gates) else [""] * count


def _radius_and_norm(spectrum: Spectrum | None, cell: type[AbstractCell]) -> str:
    if spectrum is None:
        return _("{cell} has no recurrent matrix, and so no eigenvalues: every unit looks only at itself").format(
            cell=cell.label
        )
    text = _("{gate}spectral radius ρ = {radius:.3g}, spectral norm σ₁ = {norm:.3g}")
    names = _blocks(spectrum, cell, lambda gate: gate.symbol)
    return "; ".join(
        text.format(gate=f"{name}: " if name else "", radius=radius, norm=norm)
        for name, radius, norm in zip(names, spectrum.spectral_radius, spectrum.spectral_norm, strict=True)
    )


def _block(picture: Picture) -> str:
    fields = picture.experiment.cell_class.State._fields
    return picture.block if picture.block in fields else "all"


def _kind(log10_factor: float, length: int) -> tuple[str, str]:
    if abs(log10_factor) <= CARRIED and abs(log10_factor) * length <= CARRIED_IN_ALL:
        return "carried", _("Remembers")
    return ("exploding", _("Explodes")) if log10_factor > 0 else ("vanishing", _("Forgets"))


def _what_is_left(left: Any, length: int) -> str:
    if left.log10_factor == -math.inf:
        return _("nothing of the first state is left at step {length}: the Jacobian is exactly 0.").format(
            length=length
        )
    factor = _("×{factor:.3g} a step for a random change").format(factor=10.0**left.log10_factor)
    every = _("doubled every {steps}") if left.log10_factor > 0 else _("half gone every {steps}")
    parts = [factor, every.format(steps=steps_in_words(left.halving))] if math.isfinite(left.halving) else [factor]
    memory = (
        _("memory: 1 % after {steps}.").format(steps=steps_in_words(left.memory))
        if math.isfinite(left.memory)
        else _("memory: more than 1 % is left after all {length} steps.").format(length=length)
    )
    return ", ".join(parts) + "; " + memory


def _what_inputs_weigh(influence: np.ndarray) -> str:
    third = len(influence) // 3
    if third == 0:
        return ""
    first, last = float(np.max(influence[:third])), float(np.max(influence[-third:]))
    if not np.isfinite(last) and not np.isfinite(first):
        return _("No input moves the last state.")
    ratio = last - first
    if first == -math.inf:
        said = _("true here, the first third of the inputs has no weight at all.")
    elif last == -math.inf:
        said = _("false here, the last third of the inputs has no weight at all.")
    elif ratio > EVEN:
        said = _("true here, the last third weighs {ratio} times the first.").format(ratio=power_of_ten(ratio))
    elif ratio < -EVEN:
        said = _("false here, the first third weighs {ratio} times the last.").format(ratio=power_of_ten(-ratio))
    else:
        said = _("false here, first and last third weigh about the same.")
    return _("Lecture notes say that “later inputs weigh more”: {verdict}").format(verdict=said)


def _survivor(picture: Picture) -> str:
    earlier, later = chosen_steps(picture)
    pair, norms = compute.between_steps(picture.experiment, earlier, later)
    best = float(np.asarray(pair.log10_singular_values)[0])
    text = _("From step {earlier} to step {later} the best surviving direction is multiplied by {best}")
    said = text.format(earlier=earlier, later=later, best="0" if best == -math.inf else power_of_ten(best))
    steps = compute.past(picture.experiment).survival.steps[1:]
    on_the_way = np.where((earlier < steps) & (steps < later), norms, -np.inf)
    peak = float(np.max(on_the_way))
    if peak < max(0.0, best) + TRANSIENT:
        return f"{said}."
    apart = _("{count} steps") if len(steps) == steps[-1] else _("about {count} steps")
    return _("{said}; on the way, {apart} after step {earlier}, σ₁ peaked at {peak}.").format(
        said=said,
        apart=apart.format(count=int(steps[np.argmax(on_the_way)]) - earlier),
        earlier=earlier,
        peak=f"{10**peak:.5g}" if peak < PLAIN_DIGITS else power_of_ten(peak),
    )


def _promises(past: compute.Past, cell: type) -> list[str]:
    measured = past.forgetting["all"].log10_factor
    said = []
    for bound, factor in zip(cell.bounds, past.bound_growths, strict=True):
        text = _("{label} = {factor:.3g} a step, measured {measured:.3g}.")
        said.append(text.format(label=bound.label, factor=factor, measured=10.0**measured) + " " + _(bound.claim))
    return said


def _frame(said: Any, drawn: Any) -> Frame:
    return Frame(lambda picture: [picture.experiment], lambda p: compute.past_progress(p.experiment), said, drawn)


SURVIVAL = _frame(words, figure)
PAIR = _frame(pair_words, pair_figure)
SPECTRA = _frame(spectra_words, spectra_figure)
