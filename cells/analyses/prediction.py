"""What comes next, what each unit does, what the network would write: one pass over a stretch of text."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from cells.analyses.influence import Influence, influence
from cells.reading.network import Network, one_hot


class Prediction(NamedTuple):
    """What a network makes of a stretch of text; index 0 is step 1.

    Attributes:
        log_p: (T, V) log-probability, in nats, of every next character; -inf for what does not exist.
        units: (T, H) the topmost h.
        influence: what the prediction of the chosen step looks at.
        sample: (N,) what the network writes on from the chosen step.
        finite: () whether every state is.
    """

    log_p: Array
    units: Array
    influence: Influence
    sample: Array
    finite: Array


@partial(jax.jit, static_argnames="count")
def prediction(
    network: Network, ids: Array, at: Array, target: Array, temperature: Array, key: Array, *, count: int
) -> Prediction:
    """Read a stretch of text from the initial state on.

    Args:
        network: the network; its inputs are characters, one a channel.
        ids: (T,) numbers of the characters.
        at: the chosen step, counted from 1.
        target: the character whose log-probability at that step is differentiated.
        temperature: of the sample; above 0.
        key: PRNG key of the sample.
        count: characters that are written, N.
    """
    inputs = network.layers[0].input_size
    xs = one_hot(ids, inputs, network.b_y.dtype)
    states = network.unroll(xs)
    units = network.top(states)
    log_p = jax.nn.log_softmax(jax.vmap(network.logits)(units))
    chosen = jax.tree.map(lambda field: field[at - 1], states)
    return Prediction(
        log_p,
        units,
        influence(network, xs, at, target, network.used),
        sample(network, chosen, temperature, key, count),
        jnp.stack([jnp.isfinite(field).all() for field in jax.tree.leaves(states)]).all(),
    )


def sample(network: Network, states: tuple, temperature: Array, key: Array, count: int) -> Array:
    """Characters drawn one after the other, each fed back as the next input.

    Args:
        network: the network.
        states: of all layers, after what has been read.
        temperature: divides the logits: below 1 the likely becomes likelier, above 1 all becomes alike.
        key: PRNG key.
        count: characters to draw, N.

    Returns:
        (N,) their numbers.
    """
    inputs = network.layers[0].input_size

    def write(states, key):
        drawn = jax.random.categorical(key, network.logits(network.top(states)) / temperature)
        return network.step(states, one_hot(drawn, inputs, network.b_y.dtype)), drawn

    return lax.scan(write, states, jax.random.split(key, count))[1]
