"""What comes next, what each unit does, what the network would write: one pass over a stretch of text."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from cells.analyses.influence import Influence, disagreement, influence
from cells.programs import compiled
from cells.reading.network import Network, one_hot


class Prediction(NamedTuple):
    """What a network makes of a stretch of text; index 0 is step 1.

    Attributes:
        log_p: (T, V) log-probability, in nats, of every next character; -inf for what does not exist.
        units: (T, H) the topmost h.
        influence: what the prediction of the chosen step looks at.
        sample: (N,) what the network writes on from the chosen step.
        disagreement: () between the largest of these gradients and a finite difference, relative.
    """

    log_p: Array
    units: Array
    influence: Influence
    sample: Array
    disagreement: Array


class Listening(NamedTuple):
    """What a network makes of one example; index 0 of an axis of steps is step 1.

    Attributes:
        h: (T, H).
        logits: (T, V); -inf for what does not exist.
        log10_input: (T, T) at [j, i], log10 norm of the gradient of the target's log-odds at step j, log p / (1 - p),
            with respect to input i; -inf where it is exactly 0. Unlike log p, the log-odds do not level off once an
            answer is certain.
        log10_state: (T, T) the same with respect to the state after step i.
        disagreement: (T,) of step j with a finite difference, relative.
    """

    h: Array
    logits: Array
    log10_input: Array
    log10_state: Array
    disagreement: Array


@compiled(static=("count",))
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
    found = influence(network, xs, at, target, network.used)
    return Prediction(
        log_p,
        units,
        found,
        sample(network, chosen, temperature, key, count),
        disagreement(network, xs, at, target, found),
    )


@compiled
def listen(networks: Network, xs: Array, targets: Array, used_inputs: Array) -> Listening:
    """Let networks side by side read one example each.

    Args:
        networks: with an axis of M in front.
        xs: (M, T, D) inputs.
        targets: (M, T) the outputs whose log-probabilities are differentiated.
        used_inputs: (M,) inputs in use.

    Returns:
        Listening with an axis of M in front.
    """

    def one(network: Network, xs: Array, targets: Array, used_inputs: Array) -> Listening:
        hs = network.top(network.unroll(xs))
        logits = jax.vmap(network.logits)(hs)

        def looked(at: Array, target: Array) -> tuple[Array, Array, Array]:
            found = influence(network, xs, at, target, used_inputs)
            row = logits[at - 1]
            others = jnp.where(jnp.arange(len(row)) == target, -jnp.inf, row)
            log10_doubt = (jax.nn.logsumexp(others) - jax.nn.logsumexp(row)) / jnp.log(10.0)  # log10 (1 - p)
            differs = disagreement(network, xs, at, target, found)
            return found.log10_input - log10_doubt, found.log10_state - log10_doubt, differs

        found = jax.vmap(looked)(jnp.arange(1, len(xs) + 1), targets)
        return Listening(hs, logits, *found)

    return jax.vmap(one)(networks, xs, targets, used_inputs)


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
