"""What does a prediction look at? The gradient of one prediction with respect to every input before it.

Nothing is divided by its own maximum, and every number carries its own exponent, so that a letter that counts 1e-60 is
told from one that does not count at all.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cells.analyses.adjoint import Loss
from cells.analyses.walk_back import walk_back
from cells.reading.network import Network
from cells.scaled import Scaled, log10_norm, unit
from cells.unroll import states_before

HAIR = 1e-5
"""By how much the finite difference moves an input."""


class Influence(NamedTuple):
    """Gradient of log p(target at step t) with respect to steps 1 to T; index 0 is step 1. -inf where exactly 0.

    Attributes:
        log10_input: (T,) log10 of the Euclidean norm of the gradient with respect to the input of each step, over the
            inputs in use.
        log10_state: (T,) the same with respect to the whole state after each step, all layers together.
        direction: (T, D) the gradient with respect to the input, at unit length; 0 where it is exactly 0.
    """

    log10_input: Array
    log10_state: Array
    direction: Array


def influence(network: Network, xs: Array, at: Array, target: Array, used_inputs: int | Array) -> Influence:
    """Backpropagate one prediction.

    Args:
        network: the network.
        xs: (T, D) inputs.
        at: the step that predicts, counted from 1; may be traced.
        target: the output whose log-probability is differentiated.
        used_inputs: inputs in use; the others could never be other than 0.

    Returns:
        Influence of T steps; steps after `at` have none.
    """
    begun = network.initial_state()
    states = network.unroll(xs)
    before = states_before(begun, states)
    h = network.top(states)[at - 1]
    along = jax.grad(lambda h: jax.nn.log_softmax(network.logits(h))[target])(h)
    nothing = jax.tree.map(jnp.zeros_like, begun)
    weight = (jnp.arange(1, len(xs) + 1) == at).astype(along.dtype)
    loss = Loss(weight, (*nothing[:-1], nothing[-1]._replace(h=along)))

    def visit(arrived, gathered, inputs):
        state, x, _ = inputs
        _, pull = jax.vjp(network.step, state, x)
        earlier, cotangent = pull(arrived.value)
        whole = jnp.concatenate([field for layer in arrived.value for field in layer])
        return earlier, gathered, (cotangent, whole, arrived.exponent)

    _, (cotangents, whole, exponents) = walk_back(loss.arrive, visit, (before, xs, weight), Scaled.nothing(begun))
    cotangents = jnp.where(jnp.arange(xs.shape[1])[None] < used_inputs, cotangents, 0)
    return Influence(log10_norm(cotangents, exponents), log10_norm(whole, exponents), unit(cotangents))


def disagreement(network: Network, xs: Array, at: Array, target: Array, found: Influence) -> Array:
    """Relative difference between the largest of the gradients found and a central difference of the same number.

    Args:
        network: the network.
        xs: (T, D) inputs.
        at: the step that predicts, counted from 1.
        target: the output whose log-probability is differentiated.
        found: what `influence` says of them.

    Returns:
        () dimensionless; NaN where every gradient is 0.
    """
    place = jnp.argmax(found.log10_input)

    def value(shift: Array) -> Array:
        moved = xs.at[place].add(shift * found.direction[place])
        h = network.top(network.unroll(moved))[at - 1]
        return jax.nn.log_softmax(network.logits(h))[target]

    size = 10.0 ** found.log10_input[place]
    measured = (value(HAIR) - value(-HAIR)) / (2 * HAIR)
    return jnp.abs(measured - size) / size
