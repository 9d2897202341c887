"""Shapes, cells and sequences that the tests share: every new shape is compiled anew."""

import jax
import jax.numpy as jnp
import numpy as np

from cells import all_cells, initializers, keys
from cells.initializers import Initialization

D, H, T = 4, 8, 32
CLASSIC = {name: all_cells()[name] for name in ("rnn", "gru", "lstm")}
"""The cells that whatever is slow is tried on."""
KINDS = CLASSIC | {name: all_cells()[name] for name in ("mingru", "lru")}
"""The same, one without a W_hh, and one with a matrix of its own: what leans on the contract is tried on these."""


def drawn(
    cell_class,
    seed=0,
    *,
    size=(D, H),
    activation="tanh",
    initializer="orthogonal",
    gain=1.0,
    spectral_radius=0.0,
    input_scale=1.0,
    bias_scale=0.0,
    **hyperparameters,
):
    """A cell of size (D, H) with weights drawn from a seed."""
    defaults = {spec.name: spec.default for spec in cell_class.hyperparameters}
    initialization = Initialization(
        initializers.index(initializer), float(gain), float(spectral_radius), float(input_scale), float(bias_scale)
    )
    settings = {"activation": activation, "initialization": initialization}
    return cell_class.init(*size, key=keys.key(seed), **settings, **defaults | hyperparameters)


def noise(seed=0, steps=T, channels=D):
    """White noise (steps, channels)."""
    return jnp.asarray(np.random.default_rng(seed).normal(size=(steps, channels)))


def silence(steps=T, channels=D):
    """Nothing at all (steps, channels)."""
    return jnp.zeros((steps, channels))


def as_float32(tree):
    """The same arrays in single precision."""
    return jax.tree.map(lambda a: a.astype(jnp.float32) if jnp.issubdtype(a.dtype, jnp.floating) else a, tree)
