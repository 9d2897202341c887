"""Where JAX arrays become NumPy: the numbers that several pages show. A page's own stand in its folder.

A live frame, a page and thirty visitors who ask the same question share an answer.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import jax
import numpy as np

from app.background.answer import work
from cells.analyses.gradient_flow import gradient_flow
from cells.analyses.growth import Growth, growth
from cells.experiment import Experiment, specs
from cells.running import run

SEEDS = 5
"""Seeds that a spread is taken over."""


class Compared(NamedTuple):
    """Autodiff against a finite difference of the same number: the step compared, and the relative error."""

    step: int
    relative_error: float


class Flow(NamedTuple):
    """One experiment's gradient, as the screen needs it; index 0 is step 1.

    Attributes:
        log10_norm: {state: (T,)}, NaN where the gradient is exactly 0.
        log10_state_norm: (T,) the same for the whole state.
        last: the last step with a loss, counted from 1; nothing is drawn beyond it.
        growth: the curve in numbers.
        bound_growths: theory's factors per step, in the order of the cell's `bounds`.
        check: the finite difference.
        summed: whether every step has a loss, so that each receives the sum of all that follow.
    """

    log10_norm: dict[str, np.ndarray]
    log10_state_norm: np.ndarray
    last: int
    growth: Growth
    bound_growths: tuple[float, ...]
    check: Compared
    summed: bool = False


def seeds_of(experiment: Experiment) -> list[Experiment]:
    """An experiment with its own seed and with the next ones."""
    count = int(specs()["seed"].high) + 1
    return [experiment.replace(seed=(experiment.seed + place) % count) for place in range(SEEDS)]


def shape(experiment: Experiment, *_rest: Any) -> tuple[type, int, int, str]:
    """What decides the programs that an analysis of an experiment needs."""
    activation = experiment.activation if experiment.cell_class.nonlinear else ""
    return experiment.cell_class, experiment.hidden_size, experiment.bucket, activation


@work(compiles=shape)
def flow(experiment: Experiment) -> Flow:
    """The gradient of an experiment."""
    found = jax.tree.map(np.asarray, run(experiment, gradient_flow))  # device_get lets go of the lock for each
    last, overflow = experiment.last_loss_step, int(found.overflow)
    return Flow(
        {name: drawable(found.log10_norm[name], last, overflow) for name in experiment.cell_class.State._fields},
        drawable(found.log10_state_norm, last, overflow),
        last,
        growth(found.log10_state_norm, last=last, overflow=overflow),
        tuple(float(factor) for factor in found.bound_growths),
        Compared(int(found.check.step), float(found.check.relative_error)),
        experiment.loss == "every",
    )


def of_flow(flow: Flow) -> dict[str, float]:
    """A gradient in the numbers that lessons ask for.

    Returns:
        factor: per step. log10_factor: decades per step. halving: steps in which it halves or doubles. log10_ratio:
        what step 1 receives over what the last step does. log10_peak: the largest on the way over that. last: steps.
        unseen: the last step at which a change counts less than a thousandth of one at the end; 0 where none does.
        bound0, bound1: theory's factors per step.
    """
    growth, curve = flow.growth, flow.log10_state_norm
    weak = np.flatnonzero(~(curve >= curve[-1] - 3.0)) if len(curve) else ()
    return {
        "factor": growth.factor,
        "log10_factor": growth.log10_factor,
        "halving": growth.halving,
        "log10_ratio": growth.log10_ratio,
        "log10_peak": growth.peak,
        "peak_step": growth.peak_step,
        "last": growth.last,
        "unseen": int(weak[-1]) + 1 if len(weak) else 0,
    } | {f"bound{place}": factor for place, factor in enumerate(flow.bound_growths)}


@lru_cache(maxsize=128)
def input_sequence(experiment: Experiment) -> np.ndarray:
    """The experiment's input (T, channels in use), float32."""
    return experiment.sequence().astype(np.float32)


def drawable(log10_norm: np.ndarray, last: int, overflow: int) -> np.ndarray:
    """The curve cut at the last step with a loss, with a gap where there is no number to draw."""
    curve = np.array(log10_norm[:last])
    curve[~np.isfinite(curve) | (overflow > 0)] = np.nan
    curve.setflags(write=False)
    return curve
