"""How far back a state can see: the Jacobians between its steps, the exponents of its orbit, its weights' spectrum."""

from typing import Any, NamedTuple

import jax
import numpy as np

from app.background.answer import Answer, known, report, together, work
from app.numbers import input_sequence, seeds_of, shape
from app.settings import Settings
from app.views.past.settings import chosen_steps
from cells import activations, backprop
from cells.analyses.forgetting import Forgetting, forgetting
from cells.analyses.jacobians import Orbit, orbit
from cells.analyses.lyapunov import lyapunov_spectrum
from cells.analyses.spectrum import Spectrum, spectrum
from cells.analyses.survival import (
    SEGMENTS,
    Between,
    Survival,
    between,
    from_step,
    input_influence,
    last_gain,
    sent_on,
    step_singular_values,
    stretch,
    survival,
)
from cells.analyses.theory.mean_field import critical_gain, drive_std, mean_field_growth
from cells.experiment import Experiment
from cells.running import build

GAINS = np.geomspace(0.1, 10.0, 81)
"""Gains at which mean-field theory is drawn."""


class Past(NamedTuple):
    """How far back an experiment's state can see.

    Attributes:
        orbit: the forward pass.
        survival: the survival map.
        forgetting: {"all" or field of the state: the map in numbers}.
        overflow: first step that left the finite numbers, counted from 1; 0 if there is none.
        influence: (T,) log10 Frobenius norm of ds_T/dx_t.
        lyapunov: (S,) finite-time Lyapunov exponents, nats per step, largest first.
        step_singular_values: (n, S) log10 singular values of ds_t/ds_{t-1} at the map's checkpoints but the first.
        spectrum: of the recurrent weights; None where the cell has no such matrix.
        bound_growths: theory's factors per step, in the order of the cell's `bounds`.
        disagreement: relative difference between the map's product and backpropagation, for the loss on the last step.
    """

    orbit: Orbit
    survival: Survival
    forgetting: dict[str, Forgetting]
    overflow: int
    influence: np.ndarray
    lyapunov: np.ndarray
    step_singular_values: np.ndarray
    spectrum: Spectrum | None
    bound_growths: tuple[float, ...]
    disagreement: float


def matrix_product(experiment: Experiment, *_rest: Any) -> int:
    """Multiplications in the product of two of an experiment's Jacobians."""
    return (experiment.hidden_size * len(experiment.cell_class.State._fields)) ** 3


@work(compiles=shape, cost=lambda experiment: experiment.length * matrix_product(experiment), quick=3e8)
def past(experiment: Experiment) -> Past:
    """The past of an experiment, for a loss on its last step; half a second is quick."""
    setup = build(experiment)
    channels = experiment.sequence().shape[1]
    way = orbit(setup.cell, setup.xs, length=setup.length)
    lyapunov = lyapunov_spectrum(way, lambda share: report(0.3 * share))
    survived = survival(way, lambda share: report(0.3 + 0.5 * share))
    m = stretch(experiment.length)
    influence = input_influence(way, survived.last, m, channels)
    report(0.9)
    ends = np.minimum(np.arange(1, len(survived.segments.exponent) + 1) * m, experiment.length)
    values = np.asarray(step_singular_values(way, ends))[: len(survived.steps) - 1]
    adjoint = backprop(setup.cell, setup.xs, setup.loss, length=setup.length)
    matrix = setup.cell.recurrent_matrix()
    checked = min(m, experiment.length)  # the map's first checkpoint after step 0
    gained = last_gain(survived, 1, setup.loss.direction) if len(survived.steps) > 2 else 0.0
    expected = float(adjoint.log10_state_norm[checked - 1]) if len(survived.steps) > 2 else 0.0
    return Past(
        way,
        survived,
        {name: forgetting(survived.steps, gain) for name, gain in survived.log10_gain.items()},
        int(way.overflow),
        np.asarray(influence, np.float32)[: experiment.length],
        lyapunov,
        values,
        None if matrix is None else spectrum(matrix),
        tuple(float(factor) for factor in setup.cell.bound_growths()),
        float(np.expm1(np.log(10) * abs(gained - expected))) if np.isfinite(expected) else float(gained != expected),
    )


@work(compiles=shape, cost=lambda experiment, *steps: SEGMENTS * matrix_product(experiment), quick=3e7)
def between_steps(experiment: Experiment, earlier: int, later: int) -> tuple[Between, np.ndarray]:
    """What ds_t/ds_k does, and log10 of the spectral norm of ds/ds_k at all later checkpoints of the survival map."""
    found = past.now(experiment)
    m = stretch(experiment.length)
    products = sent_on(found.orbit, found.survival.segments, m, earlier)
    pair = jax.device_get(between(found.orbit, products, m, earlier, later))
    norms = from_step(found.orbit, products, m, earlier)
    return pair, np.asarray(norms)[: len(found.survival.steps) - 1]


class LookBack(NamedTuple):
    """What happens between two steps, and between all.

    Attributes:
        past: of the whole sequence.
        earlier: step k.
        later: step t.
        between: what ds_t/ds_k does.
        norms: (n,) log10 spectral norm of ds/ds_k at the map's checkpoints but the first.
        xs: (T, channels in use) the input.
        seeds: past and norms with every seed, where a spread is asked for.
    """

    past: Past
    earlier: int
    later: int
    between: Between
    norms: np.ndarray
    xs: np.ndarray
    seeds: list[tuple[Past, np.ndarray]]


def look_back(settings: Settings) -> Answer[LookBack]:
    """From the chosen step t to the chosen step k."""
    experiment, steps = settings.experiment.replace(loss="last"), chosen_steps(settings)
    others = seeds_of(experiment) if settings.spread else []

    def between_them(pasts: list[Past]) -> Answer[LookBack]:
        found, *seeds = pasts
        pairs = together(between_steps(each, *steps) for each in (experiment, *others))
        return pairs.then(
            lambda pairs: LookBack(
                found,
                *steps,
                *pairs[0],
                input_sequence(experiment),
                [(seed, norms) for seed, (_between, norms) in zip(seeds, pairs[1:], strict=True)],
            )
        )

    return together(past(each) for each in (experiment, *others)).then(between_them)


class Theory(NamedTuple):
    """What mean-field theory says of a cell like this one, were it wide and its weights independent and Gaussian.

    Attributes:
        gains: (N,) gains, standard deviation of a weight times sqrt(H).
        growths: (N,) nats per step.
        critical: the gain at which gradients are carried; NaN if there is none.
        drive: standard deviation of what input and bias add to a pre-activation.
    """

    gains: np.ndarray
    growths: np.ndarray
    critical: float
    drive: float


@work(compiles=shape)
def theory(experiment: Experiment) -> Theory:
    """Mean-field theory of an experiment's activation, under its input and biases."""
    setup = build(experiment)
    drive = float(drive_std(setup.cell, setup.xs, setup.length))
    activation = activations.known(experiment.activation)
    growths = np.asarray(mean_field_growth(activation, GAINS, drive))
    return Theory(GAINS, growths, float(critical_gain(activation, drive)), drive)


class WeightsAndOrbit(NamedTuple):
    """What the weights promise and what the orbit keeps.

    Attributes:
        past: of the whole sequence.
        theory: mean-field theory; None where there is none for the cell.
        gain: of the weights, standard deviation of a weight times sqrt(H); NaN where there is no theory.
    """

    past: Past
    theory: Theory | None
    gain: float


def weights_and_orbit(settings: Settings) -> Answer[WeightsAndOrbit]:
    """The past of the experiment, and theory beside it."""
    return past(settings.experiment.replace(loss="last")).then(lambda found: _with_theory(settings.experiment, found))


def _with_theory(experiment: Experiment, found: Past) -> Answer[WeightsAndOrbit]:
    if not experiment.cell_class.mean_field:
        return known(WeightsAndOrbit(found, None, np.nan))
    gain = float(np.sqrt(np.sum(np.asarray(found.orbit.cell.W_hh) ** 2) / experiment.hidden_size))
    # Neither the gain nor the radius changes what the input adds.
    curve = theory(experiment.replace(gain=1.0, spectral_radius=0.0, loss="last"))
    return curve.then(lambda expected: WeightsAndOrbit(found, expected, gain))


@work(compiles=shape)
def everything(experiment: Experiment) -> None:
    """All that the page computes of an experiment, once, so that it is compiled."""
    between_steps.now(experiment, 1, experiment.length)
    if experiment.cell_class.mean_field:
        theory.now(experiment)
