"""Does an orbit forget its past? Lyapunov exponents: the mean logarithm of what a step does to each direction."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells.analyses.jacobians import Orbit, move
from cells.programs import compiled

STEPS = 32
"""Steps compiled into one program; between two of them progress can be told."""


def lyapunov_spectrum(orbit: Orbit, report: Callable[[float], None] = lambda share: None) -> np.ndarray:
    """Finite-time Lyapunov exponents of an orbit by QR: Q_{t+1} R_{t+1} = J_t Q_t, exponent_i = mean ln |R_ii|.

    Their sum is the mean of ln |det J_t|. Above 0 the largest one is chaos: gradients explode along this very orbit.
    A few hundred steps give a mean over these steps, not the limit.

    Args:
        orbit: the orbit.
        report: called with the share of the work that is done, from 0 to 1, now and then.

    Returns:
        (S,) nats per step, largest first; -inf for a direction that is lost altogether.

    Reference:
        Engelken, Wolf and Abbott (2023), Lyapunov spectra of chaotic recurrent neural networks.
    """
    length, size = int(orbit.length), orbit.before.shape[-1]
    basis, total = jnp.eye(size), jnp.zeros(size)
    for first in range(0, length, STEPS):
        basis, total = _advance(orbit, first, basis, total)
        report(min(1.0, (first + STEPS) / length))
    return np.sort(np.asarray(total) / length)[::-1]


@compiled
def _advance(orbit: Orbit, first: Array, basis: Array, total: Array) -> tuple[Array, Array]:
    def further(carry: tuple[Array, Array], place: Array) -> tuple[tuple[Array, Array], None]:
        basis, total = carry
        at = jnp.minimum(place, orbit.xs.shape[0] - 1)
        _, push = jax.linearize(partial(move, orbit.cell, x=orbit.xs[at]), orbit.before[at])
        pushed = jax.vmap(push, in_axes=1, out_axes=1)(basis)
        # A direction that is lost goes last: before another it would leave that one no room of its own.
        order = jnp.argsort(jnp.all(pushed == 0, axis=0), stable=True)
        rotated, triangle = jnp.linalg.qr(pushed[:, order])
        taken = place < orbit.length
        grown = total[order] + jnp.log(jnp.abs(jnp.diagonal(triangle)))
        return (jnp.where(taken, rotated, basis), jnp.where(taken, grown, total)), None

    (basis, total), _ = lax.scan(further, (basis, total), first + jnp.arange(STEPS))
    return basis, total
