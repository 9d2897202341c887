"""A deep plain feed-forward network beside the recurrent one: new weights in every layer, of the same variance."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells import keys
from cells.activations import Known, apply, known
from cells.analyses.walk_back import walk_back
from cells.initializers import DEFAULT_INITIALIZATION, Initialization
from cells.keys import Key
from cells.scaled import Scaled

DEPTH = 100
"""Layers, or steps."""
SEEDS = 12
"""Networks of each kind."""


class Weights(NamedTuple):
    """Weights of both kinds.

    Attributes:
        tied: (SEEDS, H, H) one matrix for all layers.
        untied: (SEEDS, DEPTH, H, H) one for each.
        start: (SEEDS, H) what goes in, the same for both.
        activation: which.
    """

    tied: Array
    untied: Array
    start: Array
    activation: Known


@dataclass(frozen=True)
class Both:
    """What is drawn: hashable, with an `init` like that of a cell."""

    def init(self, input_size: int, hidden_size: int, *, key: Key, activation=0, **settings: Any) -> Weights:
        """Every entry of every matrix Gaussian with standard deviation gain / sqrt(H)."""
        gain = settings.get("initialization", DEFAULT_INITIALIZATION).gain
        initialization = Initialization("gaussian", gain)
        key_tied, key_untied, key_start = np.moveaxis(keys.split(key, (SEEDS, 3)), 1, 0)
        square = (hidden_size, hidden_size)
        return Weights(
            np.stack([initialization.W_hh(key, (1, *square))[0] for key in key_tied]),
            np.stack([initialization.W_hh(key, (DEPTH, *square)) for key in key_untied]),
            keys.normal(key_start, (hidden_size,)),
            known(activation),
        )


class Depths(NamedTuple):
    """log10 norm of the gradient of the last layer's mean-square-one sum; index 0 is the first layer; -inf for 0.

    Attributes:
        tied: (SEEDS, DEPTH).
        untied: (SEEDS, DEPTH).
    """

    tied: Array
    untied: Array


def depths(weights: Weights, xs: Array, length: Array) -> Depths:
    """Backpropagate through all of them; the input sequence does not matter."""
    tied = jnp.broadcast_to(weights.tied[:, None], weights.untied.shape)
    every = jax.vmap(lambda matrices, start: _back(matrices, start, weights.activation))
    return Depths(every(tied, weights.start), every(weights.untied, weights.start))


def _back(matrices: Array, start: Array, activation: Known) -> Array:
    def forward(h, W):
        def layer(a):
            return apply(activation, a)

        a = W @ h
        h, slope = jax.jvp(layer, (a,), (jnp.ones_like(a),))
        return h, slope

    _, slopes = lax.scan(forward, start, matrices)

    def visit(arrived, gathered, inputs):
        W, slope = inputs
        return W.T @ (slope * arrived.value), gathered, arrived

    size = start.shape[0]
    begin = Scaled.of(jnp.full(size, size**-0.5))
    _, arrived = walk_back(lambda later, inputs: later, visit, (matrices, slopes), begin)
    return arrived.log10_norm()
