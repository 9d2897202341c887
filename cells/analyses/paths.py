"""How far is it from an input to an output? Five networks on one sequence: what reaches, and through how many layers.

The number of layers on the shortest way is measured, not counted: every layer lets only a share s of the gradient
through, and as s goes to 0 the gradient falls as s to the power of that number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells import keys
from cells.analyses.wired import WIDTH, Convolution
from cells.base import AbstractCell
from cells.initializers import DEFAULT_INITIALIZATION, glorot_uniform
from cells.keys import Key
from cells.scaled import log10_norm
from cells.taps import identity

STEPS = 64
"""Steps of the sequence; the output of the last one is looked at."""
CHANNELS = 4
WINDOW = 16
"""Steps that the feed-forward network sees."""
PLAIN_LAYERS = 6
"""Layers of the plain convolution, as many as the dilated one needs to see all steps."""
TOLLS = (1e-1, 5e-2)
"""Shares of the gradient that a layer lets through while the layers are being told."""
NETWORKS = ("recurrent", "feed_forward", "convolution", "dilated", "attention")


class Attention(NamedTuple):
    """One layer of dot-product self-attention: the last step asks, every step answers.

    Attributes:
        query: (H, D).
        key: (H, D).
        value: (H, D).
    """

    query: Array
    key: Array
    value: Array


class Networks(NamedTuple):
    """Five networks from (STEPS, CHANNELS) to H numbers.

    Attributes:
        recurrent: a cell.
        feed_forward: (H, WINDOW D) one hidden layer over the last steps.
        convolution: plain causal convolutions above one another.
        dilated: causal convolutions of two inputs, each with twice the dilation of the one below.
        attention: one layer of self-attention.
    """

    recurrent: AbstractCell
    feed_forward: Array
    convolution: tuple[Convolution, ...]
    dilated: tuple[Convolution, ...]
    attention: Attention


@dataclass(frozen=True)
class Compared:
    """What is drawn: hashable, with an `init` like that of a cell."""

    cell_class: type[AbstractCell]

    def init(self, input_size: int, hidden_size: int, *, key: Key, **settings: Any) -> Networks:
        """The cell as the experiment says; all other weights Glorot uniform."""
        initialization = settings.get("initialization", DEFAULT_INITIALIZATION)._replace(fan=1.0, given=None)
        settings = settings | {"initialization": initialization}
        each = iter(keys.split(key, 2 * PLAIN_LAYERS + 4))
        activation = settings.get("activation", "tanh")

        def stack(width: int, dilations: list[int]) -> tuple[Convolution, ...]:
            widths = [CHANNELS, *[hidden_size] * (len(dilations) - 1)]
            return tuple(
                Convolution.init(w, hidden_size, key=next(each), width=width, dilation=d, activation=activation)
                for w, d in zip(widths, dilations, strict=True)
            )

        def dense(inputs: int) -> np.ndarray:
            return glorot_uniform(next(each), (hidden_size, inputs))

        return Networks(
            self.cell_class.init(CHANNELS, hidden_size, key=key, **settings),
            dense(WINDOW * CHANNELS),
            stack(WIDTH, [1] * PLAIN_LAYERS),
            stack(2, [2**place for place in range(PLAIN_LAYERS)]),
            Attention(*(dense(CHANNELS) for _ in range(3))),
        )


class Paths(NamedTuple):
    """Of every network in the order of `NETWORKS`, for every input; index 0 is step 1.

    Attributes:
        log10_gain: (5, STEPS) log10 norm of the gradient of 1·y / sqrt(H), y the last output; -inf where exactly 0.
        layers: (5, STEPS) layers on the shortest way from x_k to the output; NaN where there is none.
    """

    log10_gain: Array
    layers: Array


def paths(networks: Networks, xs: Array, length: Array) -> Paths:
    """Gradient and path length from every input to the last output.

    Args:
        networks: the five.
        xs: (T, D) inputs, of which STEPS rows and CHANNELS channels are used.
        length: not used.
    """
    xs = xs[:STEPS, :CHANNELS]

    def gains(share: Array) -> Array:
        return jnp.stack([_log10_gain(lambda xs, f=f: f(networks, xs, share), xs) for f in _FUNCTIONS])

    open_ways, narrow, narrower = jax.vmap(gains)(jnp.asarray([1.0, *TOLLS]))
    reached = jnp.isfinite(narrow) & jnp.isfinite(narrower)
    slope = (narrow - narrower) / (jnp.log10(TOLLS[0]) - jnp.log10(TOLLS[1]))
    return Paths(open_ways, jnp.where(reached, slope, jnp.nan))


def _log10_gain(function: Callable[[Array], Array], xs: Array) -> Array:
    def read(xs: Array) -> Array:
        output = function(xs)
        return jnp.sum(output) * len(output) ** -0.5

    return log10_norm(jax.grad(read)(xs))


def _toll(tree: Any, share: Array) -> Any:
    """The same values; of their gradient a share passes."""
    return jax.tree.map(lambda leaf: share * leaf + (1 - share) * lax.stop_gradient(leaf), tree)


def _recurrent(networks: Networks, xs: Array, share: Array) -> Array:
    def advance(state, x):
        return _toll(networks.recurrent.step(state, x, identity), share), None

    return lax.scan(advance, networks.recurrent.initial_state(), xs)[0].h


def _feed_forward(networks: Networks, xs: Array, share: Array) -> Array:
    return _toll(jnp.tanh(networks.feed_forward @ xs[-WINDOW:].ravel()), share)


def _convolution(networks: Networks, xs: Array, share: Array) -> Array:
    return _convolved(networks.convolution, xs, share)


def _dilated(networks: Networks, xs: Array, share: Array) -> Array:
    return _convolved(networks.dilated, xs, share)


def _convolved(layers: tuple[Convolution, ...], xs: Array, share: Array) -> Array:
    for layer in layers:
        xs = _toll(layer(xs), share)
    return xs[-1]


def _attention(networks: Networks, xs: Array, share: Array) -> Array:
    query, key, value = networks.attention
    weights = jax.nn.softmax((key @ xs.T).T @ (query @ xs[-1]) / query.shape[0] ** 0.5)
    return _toll(weights @ (xs @ value.T), share)


_FUNCTIONS = (_recurrent, _feed_forward, _convolution, _dilated, _attention)
