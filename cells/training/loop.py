"""The loop: a learner and an optimiser in, a run that goes on chunk by chunk out.

    run = start(learner, Optimiser(rate=1e-2, clip=1.0), seed=0)
    run, chunk = advance(run)  # learner.chunk updates, compiled into one program
    chunk.loss  # (25,)

The key of update u is `fold_in(key(seed), u)`, so a run is a pure function of its settings: stopped and taken up again,
or begun anew, it gives the same numbers bit for bit. What is numbers in the learner and the optimiser is traced: a new
learning rate or forget bias compiles nothing; a new cell, size or task does.

Weights are float32, as in practice and for speed, although the rest of the laboratory works in float64.
"""

from typing import Any, NamedTuple, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax
from jax.flatten_util import ravel_pytree

from cells import keys
from cells.keys import Key
from cells.programs import compiled
from cells.scaled import log10_norm

NO_CLIP = np.inf
"""A clipping norm that clips nothing."""
_INIT, _HELD_OUT = 0, 2**32 - 1


class Learner(Protocol):
    """Something that can be trained: an `equinox.Module` whose sizes are static fields and whose numbers are arrays.

    Attributes:
        chunk: updates compiled into one program; a static field.
    """

    chunk: int

    def init(self, key: Key) -> Any:
        """The parameters before the first update: a pytree of NumPy arrays; every floating-point one is trained."""

    def loss(self, params: Any, key: Array) -> Array:
        """The loss of one update, a scalar; its data are drawn from the key."""

    def measure(self, params: Any, key: Array) -> Any:
        """A NamedTuple of arrays, taken before the first update and after every chunk; the key is always the same."""


class Optimiser(NamedTuple):
    """How gradients become updates; every field may be traced.

    Attributes:
        rate: learning rate.
        clip: largest norm of the whole gradient; `NO_CLIP` for none.
        adam: Adam with optax's defaults; False is plain gradient descent.
    """

    rate: float | Array = 1e-2
    clip: float | Array = 1.0
    adam: bool | Array = True


class Weights(NamedTuple):
    """What changes from update to update.

    Attributes:
        params: the learner's parameters; the last finite ones.
        memory: Adam's, of all trained parameters as one array.
        broken: () the update that left the finite numbers, counted from 1; 0 while there is none.
    """

    params: Any
    memory: Any
    broken: Array


class Run(NamedTuple):
    """A run, so far.

    Attributes:
        learner: what learns.
        optimiser: how.
        seed: of weights and data.
        weights: where it stands.
        updates: updates done.
        measured: what `learner.measure` says now.
    """

    learner: Any
    optimiser: Optimiser
    seed: int
    weights: Weights
    updates: int
    measured: Any

    @property
    def broken(self) -> int:
        """The update that ended the run, counted from 1; 0 if none did."""
        return int(self.weights.broken)


class Chunk(NamedTuple):
    """Some updates of a run, K of them; NaN from the one that broke it on.

    Attributes:
        loss: (K,) the loss that each update saw.
        log10_norm: (K,) log10 norm of its whole gradient.
        log10_clipped: (K,) the same after clipping.
        measured: what `learner.measure` says after the last.
        broken: the update that left the finite numbers, counted from 1 at the start of the run; 0 if none did.
    """

    loss: Array
    log10_norm: Array
    log10_clipped: Array
    measured: Any
    broken: int


def start(learner: Learner, optimiser: Optimiser, seed: int) -> Run:
    """A run before its first update."""
    weights = start_weights(learner, seed)
    return Run(learner, optimiser, seed, weights, 0, _measured(learner, seed, weights.params))


def start_weights(learner: Learner, seed: int) -> Weights:
    """The weights that a run starts from, float32; they are drawn in NumPy."""
    params = learner.init(keys.fold_in(keys.key(seed), _INIT))
    params = jax.tree.map(lambda leaf: leaf.astype(np.float32) if eqx.is_inexact_array(leaf) else leaf, params)
    count = sum(leaf.size for leaf in jax.tree.leaves(_trained(params)[0]))
    shapes = jax.eval_shape(optax.scale_by_adam().init, jax.ShapeDtypeStruct((count,), np.float32))
    nothing = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)
    return Weights(params, nothing, np.zeros((), int))


def advance(run: Run) -> tuple[Run, Chunk]:
    """The next chunk of a run. A run that broke stays as it was."""
    optimiser = Optimiser(*(np.asarray(value) for value in run.optimiser))
    weights, rows = updates(run.learner, optimiser, np.uint32(run.seed), run.weights, np.uint32(run.updates))
    measured = _measured(run.learner, run.seed, weights.params)
    following = run._replace(weights=weights, updates=run.updates + run.learner.chunk, measured=measured)
    return following, Chunk(*rows, measured, int(weights.broken))


def _measured(learner: Learner, seed: int, params: Any) -> Any:
    return measure(learner, np.uint32(seed), params)


@compiled(level=3)
def updates(learner: Learner, optimiser: Optimiser, seed: Array, weights: Weights, done: Array) -> tuple[Weights, Any]:
    """A chunk of updates after the first `done`; with every row of `Chunk` that is one number an update."""
    key = jax.random.key(seed)
    trained, rest = _trained(weights.params)
    flat, shaped = ravel_pytree(trained)  # one array: half the kernels to compile and to call

    def update(carried: tuple, number: Array) -> tuple[tuple, tuple]:
        flat, memory, broken = carried

        def loss_of(flat: Array) -> Array:
            return learner.loss(eqx.combine(shaped(flat), rest), jax.random.fold_in(key, number))

        loss, gradient = jax.value_and_grad(loss_of)(flat)
        clipped = clip(gradient, optimiser.clip)
        steps, following = optax.scale_by_adam().update(clipped, memory)
        moved = flat - jnp.asarray(optimiser.rate, jnp.float32) * jnp.where(optimiser.adam, steps, clipped)
        finite = jnp.isfinite(loss) & jnp.isfinite(gradient).all() & jnp.isfinite(moved).all()
        broken = jnp.where((broken == 0) & ~finite, number.astype(broken.dtype), broken)
        going = broken == 0
        kept = jax.tree.map(lambda new, old: jnp.where(going, new, old), (moved, following), (flat, memory))
        rows = (loss, _log10_size(gradient), _log10_size(clipped))
        return (*kept, broken), tuple(jnp.where(going, row, jnp.nan).astype(jnp.float32) for row in rows)

    numbers = done + jnp.arange(1, learner.chunk + 1, dtype=jnp.uint32)
    (flat, memory, broken), rows = lax.scan(update, (flat, weights.memory, weights.broken), numbers)
    return Weights(eqx.combine(shaped(flat), rest), memory, broken), rows


def clip(gradient: Any, norm: float | Array) -> Any:
    """The gradient, scaled down to a norm if it is longer: optax's. `NO_CLIP` returns it as it is, however long."""
    norm = jnp.asarray(norm, jnp.float32)
    clipped, _ = optax.clip_by_global_norm(norm).update(gradient, optax.EmptyState())
    return jax.tree.map(lambda short, whole: jnp.where(norm == NO_CLIP, whole, short), clipped, gradient)


@compiled
def measure(learner: Learner, seed: Array, params: Any) -> Any:
    """What the learner says of its parameters, on data that no update sees."""
    return learner.measure(params, held_out_key(seed))


def held_out_key(seed: Array) -> Array:
    """The key of data that no update sees."""
    return jax.random.fold_in(jax.random.key(seed), _HELD_OUT)


def _trained(params: Any) -> tuple[Any, Any]:
    return eqx.partition(params, eqx.is_inexact_array)


def _log10_size(flat: Array) -> Array:
    return log10_norm(flat)
