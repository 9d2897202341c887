"""What is measured of untrained networks: their gradients, what each step contributes to them, and their weights."""

import jax.numpy as jnp
import numpy as np
from jax import Array

from app.numbers import flow
from app.views.notes.card import Case
from app.views.notes.measures.measure import Measure
from cells import unroll
from cells.analyses.adjoint import Loss
from cells.analyses.contributions import Contributions, contributions
from cells.analyses.growth import growth
from cells.analyses.highway import highway
from cells.analyses.remedied import remedied
from cells.base import AbstractCell
from cells.experiment import Experiment
from cells.remedies.stack import treatment
from cells.running import drawn, run

WINDOW = 10
"""Steps that "the last steps" are."""
SHORT, LONG = 20, 200
"""Lengths between which a norm is compared."""


def growth_of(experiment: Experiment, case: Case) -> float:
    """Decades that the gradient gains a step on its way back, with the case's remedies."""
    if not case.remedies:
        return flow.now(experiment).growth.log10_factor
    treated = treatment(experiment, case.remedies)
    found = run(treated.experiment, remedied, treated.doses)
    curve, last = np.asarray(found.log10_norm), experiment.last_loss_step
    return growth(curve, last=last, overflow=int(found.overflow)).log10_factor


def halving(experiment: Experiment, case: Case) -> float:
    """Steps in which half of the gradient is gone; inf where it is not."""
    found = flow.now(experiment).growth
    return found.halving if found.kind in ("vanishing", "zero") else np.inf


def than(experiment: Experiment, other: Experiment) -> float:
    """Decades a step that one keeps more than another."""
    return flow.now(experiment).growth.log10_factor - flow.now(other).growth.log10_factor


def over_untreated(experiment: Experiment, case: Case) -> float:
    """Decades a step that it keeps more with the case's remedies."""
    return growth_of(experiment, case) - growth_of(experiment, case._replace(remedies=()))


def orthogonal_rnn(experiment: Experiment) -> Experiment:
    """A plain RNN of the same size, with orthogonal weights and the usual input."""
    return Experiment(hidden_size=experiment.hidden_size, length=experiment.length, seed=experiment.seed)


def at_bias_0(experiment: Experiment) -> Experiment:
    """The same with a forget bias of 0."""
    return experiment.replace(hyperparameters={"forget_bias": 0.0})


def weights(experiment: Experiment) -> int:
    """How many numbers the weights of its cell are."""
    cell = drawn(experiment)
    return sum(np.size(getattr(cell, name)) for name in cell.weights())


def over(experiment: Experiment, other: str) -> float:
    """Its weights as a multiple of another cell's."""
    return weights(experiment) / weights(experiment.replace(cell=other, hyperparameters={}))


def parts(experiment: Experiment) -> Contributions:
    """What every step contributes to the gradient of the weights."""
    return run(experiment, contributions)


def last_window(experiment: Experiment) -> tuple[float, float]:
    """log10 of the sum of the last steps' contributions to W_hh, and of the rest, over the whole."""
    found = parts(experiment)
    place, whole = min(WINDOW, experiment.length) - 1, found.log10_total["W_hh"]
    kept, rest = found.log10_truncated["W_hh"][place], found.log10_rest["W_hh"][place]
    return float(kept - whole), float(rest - whole)


def last_own(experiment: Experiment) -> float:
    """What the last step alone contributes to the gradient of W_hh, over the sum of all steps."""
    found = parts(experiment)
    own = found.log10_norm["W_hh"][experiment.last_loss_step - 1]
    return float(10 ** (own - found.log10_total["W_hh"]))


def by_length(experiment: Experiment) -> float:
    """The norm of the gradient of W_hh over a long sequence, over that of a short one."""
    short, long = (parts(experiment.replace(length=length)).log10_total["W_hh"] for length in (SHORT, LONG))
    return float(10 ** (long - short))


def largest_input(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> Array:
    """Largest size of what goes into a plain RNN's activation."""
    h = unroll(cell, xs).states.h
    before = jnp.concatenate([jnp.zeros_like(h[:1]), h[:-1]])
    taken = jnp.arange(xs.shape[0]) < length
    return jnp.max(jnp.where(taken[:, None], jnp.abs(xs @ cell.W_ih.T + before @ cell.W_hh.T + cell.b[None]), 0))


def split(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> Array:
    """log10 of the direct path from c at step 1 to c at the end, over the whole gradient."""
    states = unroll(cell, xs).states
    before = type(states)(*(jnp.concatenate([jnp.zeros_like(each[:1]), each[:-1]]) for each in states))
    found = highway(cell, xs, before, length, "c", length)
    return found.direct[0] - found.total[0]


MEASURES: dict[str, Measure] = {
    "growth": growth_of,
    "halving": halving,
    "sum_error": lambda experiment, case: parts(experiment).relative_error,
    "last_ten": lambda experiment, case: 10 ** last_window(experiment)[0],
    "cut_error": lambda experiment, case: 10 ** last_window(experiment)[1],
    "last_own": lambda experiment, case: last_own(experiment),
    "norm_by_length": lambda experiment, case: by_length(experiment),
    "largest_pre_activation": lambda experiment, case: run(experiment, largest_input),
    "tanh_over_sigmoid": lambda experiment, case: than(experiment, experiment.replace(activation="sigmoid")),
    "over_untreated": over_untreated,
    "over_8_units": lambda experiment, case: than(experiment, experiment.replace(hidden_size=8)),
    "over_orthogonal_rnn": lambda experiment, case: than(experiment, orthogonal_rnn(experiment)),
    "decades": lambda experiment, case: flow.now(experiment).growth.log10_ratio,
    "over_rnn": lambda experiment, case: than(experiment, experiment.replace(cell="rnn", hyperparameters={})),
    "over_bias_0": lambda experiment, case: than(experiment, at_bias_0(experiment)),
    "decades_over_bias_0": lambda experiment, case: (
        than(experiment, at_bias_0(experiment)) * (experiment.last_loss_step - 1)
    ),
    "direct_over_whole": lambda experiment, case: run(experiment, split),
    "weights_over_rnn": lambda experiment, case: over(experiment, "rnn"),
    "weights_over_lstm": lambda experiment, case: over(experiment, "lstm"),
}
