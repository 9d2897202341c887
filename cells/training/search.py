"""Which settings learn fastest? A genetic algorithm over how a cell is trained.

A generation is trained as one program: every individual is padded to the largest size, and what is padding is masked,
so that a small network learns as it would alone. Fitness is the held-out loss after `UPDATES` updates. The next
generation keeps the best, and fills up with children: two parents, each the best of three drawn, every gene from one of
them, then mutations. All of it follows from the seed.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cells import initializers
from cells.experiment import Experiment
from cells.programs import compiled
from cells.training import loop
from cells.training.learners.sequence import SequenceLearner
from cells.training.loop import Optimiser, Weights
from cells.zoo import all_cells

SIZES = (8, 16, 32)
"""Hidden sizes."""
POPULATION = 12
"""Individuals of a generation."""
UPDATES = 150
"""Updates each of them gets."""
ELITE = 2
"""How many live on unchanged."""
TOURNAMENT = 3
"""Individuals drawn for each parent."""
JUDGED_ON = 128
"""Held-out sequences."""
RATES, CLIPS, BIASES = (-4.0, 0.0), (-2.0, 3.0), (-2.0, 6.0)
"""Ranges of log10 of the learning rate, log10 of the clipping norm, and of the bias."""


class Genes(NamedTuple):
    """One individual.

    Attributes:
        rate: log10 of the learning rate.
        clip: log10 of the norm that gradients are clipped at.
        bias: the bias that sets a gated cell's memory, as its hyperparameter; without effect in other cells.
        size: place in `SIZES`.
        initializer: place in the table of initialisers.
    """

    rate: float
    clip: float
    bias: float
    size: int
    initializer: int


class Masked(eqx.Module):
    """A learner whose masked parameters are 0 and stay so.

    Attributes:
        inner: the learner.
        mask: 1 where a parameter is used, 0 where it is padding.
        chunk: updates a chunk.
    """

    inner: SequenceLearner
    mask: Any
    chunk: int = eqx.field(static=True, default=UPDATES)

    def loss(self, params: Any, key: Array) -> Array:
        """The inner learner's, of what is used."""
        used = jax.tree.map(lambda leaf, mask: leaf * mask if eqx.is_inexact_array(leaf) else leaf, params, self.mask)
        return self.inner.loss(used, key)


def first(seed: int) -> list[Genes]:
    """The first generation, spread over all settings."""
    rng = np.random.default_rng([seed, 0])
    return [_drawn(rng) for _place in range(POPULATION)]


def following(genes: list[Genes], fitness: np.ndarray, seed: int, generation: int) -> list[Genes]:
    """The next generation.

    Args:
        genes: this one.
        fitness: (N,) held-out losses; the smaller, the fitter.
        seed: of the search.
        generation: its number, counted from 1.
    """
    rng = np.random.default_rng([seed, generation])
    order = np.argsort(fitness, kind="stable")
    children = [genes[place] for place in order[:ELITE]]
    while len(children) < POPULATION:
        parents = [
            genes[min(rng.choice(len(genes), TOURNAMENT, replace=False), key=fitness.__getitem__)] for _k in "ab"
        ]
        child = Genes(*(pair[rng.integers(2)] for pair in zip(*parents, strict=True)))
        children.append(_mutated(child, rng))
    return children


def fitness(
    experiment: Experiment, task: str, genes: list[Genes], seed: int, *, length: int, lag: int = 1
) -> np.ndarray:
    """Held-out loss of every individual after its updates; inf for those that left the finite numbers.

    Args:
        experiment: cell, activation and everything else that is no gene.
        task: name in `cells.training.tasks.TASKS`.
        genes: the generation.
        seed: of weights and data.
        length: of the task.
        lag: of the task.
    """
    learners = [SequenceLearner.of(bred(experiment, one), task, length=length, lag=lag) for one in genes]
    largest = SequenceLearner.of(experiment.replace(hidden_size=SIZES[-1]), task, length=length, lag=lag)
    weights = [padded(loop.start_weights(learner, seed), largest) for learner in learners]
    optimisers = [Optimiser(np.asarray(10.0**one.rate), np.asarray(10.0**one.clip), np.asarray(True)) for one in genes]
    stacked, masks = (jax.tree.map(lambda *leaves: np.stack(leaves), *parts) for parts in zip(*weights, strict=True))
    optimiser = Optimiser(*(np.stack(parts) for parts in zip(*optimisers, strict=True)))
    losses, broken = _trained(largest, masks, optimiser, stacked, np.uint32(seed))
    return np.where((np.asarray(broken) == 0) & np.isfinite(losses), losses, np.inf)


def bred(experiment: Experiment, genes: Genes) -> Experiment:
    """The experiment with an individual's size, initialisation and bias."""
    cell = all_cells()[experiment.cell]
    memory = [spec.name for spec in cell.hyperparameters if spec.replaced_by]
    own = dict(experiment.hyperparameters) | dict.fromkeys(memory, round(float(genes.bias), 2))
    own |= {spec.replaced_by: 0.0 for spec in cell.hyperparameters if spec.replaced_by}
    return experiment.replace(
        hidden_size=SIZES[genes.size],
        initializer=list(initializers.INITIALIZERS)[genes.initializer],
        hyperparameters=own,
        W_hh=(),
        b=(),
    )


def padded(weights: Weights, largest: SequenceLearner) -> tuple[Weights, Any]:
    """Weights filled up with zeros to the shapes of another learner, and a mask of its parameters."""
    shapes = loop.start_weights(largest, 0)

    def fill(leaf: Array, shape: Any, value: Any) -> np.ndarray:
        leaf = np.broadcast_to(value, np.shape(leaf)) if value is not None else np.asarray(leaf)
        if not leaf.ndim:
            return leaf
        return np.pad(leaf, [(0, whole - part) for whole, part in zip(shape.shape, leaf.shape, strict=True)])

    mask = jax.tree.map(lambda leaf, shape: fill(leaf, shape, np.float32(1)), weights.params, shapes.params)
    return jax.tree.map(lambda leaf, shape: fill(leaf, shape, None), weights, shapes), mask


@compiled
def _trained(learner: SequenceLearner, masks: Any, optimiser: Optimiser, weights: Weights, seed: Array) -> tuple:
    def one(mask: Any, optimiser: Optimiser, weights: Weights) -> tuple[Array, Array]:
        after, _rows = loop.updates(Masked(learner, mask), optimiser, seed, weights, jnp.zeros((), jnp.uint32))
        loss = learner.error(after.params, loop.held_out_key(seed), JUDGED_ON)
        return loss, after.broken

    return jax.vmap(one)(masks, optimiser, weights)


def _drawn(rng: np.random.Generator) -> Genes:
    return Genes(
        rng.uniform(*RATES),
        rng.uniform(*CLIPS),
        rng.uniform(*BIASES),
        int(rng.integers(len(SIZES))),
        int(rng.integers(len(initializers.INITIALIZERS))),
    )


def _mutated(genes: Genes, rng: np.random.Generator) -> Genes:
    """Numbers move a little; size and initialisation are now and then drawn anew."""
    fresh, chance = _drawn(rng), rng.random(2) < 0.15
    return Genes(
        float(np.clip(genes.rate + rng.normal(0, 0.3), *RATES)),
        float(np.clip(genes.clip + rng.normal(0, 0.5), *CLIPS)),
        float(np.clip(genes.bias + rng.normal(0, 0.8), *BIASES)),
        fresh.size if chance[0] else genes.size,
        fresh.initializer if chance[1] else genes.initializer,
    )
