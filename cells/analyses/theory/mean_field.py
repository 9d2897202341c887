"""What theory says of h_t = phi(W h_{t-1} + drive) with many units and independent Gaussian weights.

In a wide network a pre-activation is Gaussian; its variance q solves q = g² E phi(sqrt(q) z)² + s², and a gradient
grows by 0.5 ln(g² E phi'(sqrt(q) z)²) nats a step, where g is the weights' standard deviation times sqrt(H) and s the
standard deviation of what the input and the bias add.

Reference:
    Molgedey, Schuchhardt and Schuster (1992); Chen, Pennington and Schoenholz (2018), arXiv 1806.05394.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells import activations
from cells.base import AbstractCell
from cells.programs import compiled

LOWEST, HIGHEST = 0.05, 20.0
"""Range in which the critical gain is looked for."""
_Z = np.linspace(-8.0, 8.0, 2000)  # without 0, where some slopes jump; where others jump, so many give 0.003 nats
_DENSITY = np.exp(-0.5 * _Z**2) / np.sum(np.exp(-0.5 * _Z**2))
_MAX_VARIANCE = 1e8


@compiled
def mean_field_growth(activation: Array, gains: Array, drive_std: Array) -> Array:
    """Growth of a gradient for each gain, (N,) nats per step.

    Args:
        activation: place in the table of activations.
        gains: (N,) standard deviation of a weight times sqrt(H).
        drive_std: () standard deviation of W_ih x + b.
    """
    return jax.vmap(lambda gain: _growth(activation, gain, drive_std))(gains)


@compiled
def critical_gain(activation: Array, drive_std: Array) -> Array:
    """The gain at which gradients neither grow nor shrink, () dimensionless; NaN if there is none in range."""

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = jnp.sqrt(low * high)
        grows = _growth(activation, middle, drive_std) > 0
        return jnp.where(grows, low, middle), jnp.where(grows, middle, high)

    low, high = lax.fori_loop(0, 40, halve, (jnp.asarray(LOWEST), jnp.asarray(HIGHEST)))
    crosses = (_growth(activation, LOWEST, drive_std) < 0) & (_growth(activation, HIGHEST, drive_std) > 0)
    return jnp.where(crosses, jnp.sqrt(low * high), jnp.nan)


@compiled
def drive_std(cell: AbstractCell, xs: Array, length: Array) -> Array:
    """Root mean square of W_ih x + b over units and steps: what the theory takes for a Gaussian's standard deviation.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        length: steps that count.
    """
    drive = xs @ jnp.swapaxes(cell.W_ih, -1, -2) + jnp.expand_dims(cell.b, -2)
    taken = jnp.arange(xs.shape[0]) < length
    square = jnp.sum(jnp.where(jnp.expand_dims(taken, -1), drive**2, 0)) / (length * cell.hidden_size)
    return jnp.sqrt(square)


def _growth(activation: Array, gain: Array, drive_std: Array) -> Array:
    def excess(q: Array) -> Array:
        squares = activations.apply(activation, jnp.sqrt(q) * _Z) ** 2
        return gain**2 * jnp.sum(_DENSITY * squares) + drive_std**2 - q

    def newton(_: int, q: Array) -> Array:
        # From the right: for the saturating activations the excess is concave there, and no step can overshoot.
        value, slope = jax.jvp(excess, (q,), (jnp.ones_like(q),))
        following = q - value / jnp.where(slope < 0, slope, -1e-12)
        return jnp.clip(following, 1e-24, _MAX_VARIANCE)

    q = lax.fori_loop(0, 60, newton, jnp.asarray(gain**2 + drive_std**2 + 1.0))
    slopes = activations.slope(activation, jnp.sqrt(q) * _Z)
    return 0.5 * jnp.log(gain**2 * jnp.sum(_DENSITY * slopes**2))
