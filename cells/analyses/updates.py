"""What do clipping, penalties and truncation change? Not the gradient's way back, but the update made from it.

The weights are W_hh, or W_ih of a cell that has no W_hh: the first of `AbstractCell.weights`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array, lax

from cells.analyses.adjoint import Loss, add, log10_norm, normalise
from cells.analyses.remedied import Remedied, remedied, widened
from cells.base import AbstractCell
from cells.remedies.stack import Doses, treated
from cells.taps import identity
from cells.unroll import states_before, unroll

MAX_STEPS = 60
"""The most steps of gradient descent that are taken."""
NEVER = 1e300
"""A threshold that clips nothing."""


class Rules(NamedTuple):
    """What is done to a gradient on its way to an update; the defaults do nothing. Every field may be traced.

    Attributes:
        clip_norm: the largest norm an update's gradient may have.
        clip_value: the largest absolute value that one of its entries may have; this comes first.
        window: steps after which the gradient is cut: truncated backpropagation through time.
        l1: factor of sum |W|.
        l2: factor of sum W^2 / 2.
        omega: factor of Omega.
    """

    clip_norm: float | Array = NEVER
    clip_value: float | Array = NEVER
    window: int | Array = 2**30
    l1: float | Array = 0.0
    l2: float | Array = 0.0
    omega: float | Array = 0.0


class Update(NamedTuple):
    """The gradient of the weights before and after the rules.

    Attributes:
        log10_before: () log10 of the norm of the error's whole gradient.
        log10_after: () log10 of the norm of what is made of it.
        cosine: () between the two, from -1 to 1; NaN where one of them is 0.
    """

    log10_before: Array
    log10_after: Array
    cosine: Array


class Trained(NamedTuple):
    """The weights under gradient descent; index 0 is before the first step, and what follows the last step repeats it.

    Attributes:
        spectral_norm: (MAX_STEPS + 1,) largest singular value over the gates' blocks.
        spectral_radius: (MAX_STEPS + 1,) largest absolute eigenvalue over them; NaN for those of the input.
        after: the gradient's way back with the last weights.
    """

    spectral_norm: Array
    spectral_radius: Array
    after: Remedied


def error(cell: AbstractCell, xs: Array, loss: Loss, length: Array, window: Array) -> Array:
    """(m - 1)^2 / 2 with m the experiment's loss: an error that has something to reach.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        loss: the loss, as data.
        length: steps really taken.
        window: the state's gradient is cut every so many steps, counted back from step `length`.
    """

    def advance(state, inputs):
        step, x = inputs
        following = cell.step(state, x, identity)
        following = jax.tree.map(lambda new, old: jnp.where(step <= length, new, old), following, state)
        cut = (step < length) & ((length - step) % window == 0)
        passed = jax.tree.map(lambda field: jnp.where(cut, lax.stop_gradient(field), field), following)
        return passed, following

    _, states = lax.scan(advance, cell.initial_state(), (jnp.arange(1, xs.shape[0] + 1), xs))
    each = sum(field @ towards for field, towards in zip(states, loss.direction, strict=True))
    return 0.5 * (jnp.where(loss.weight > 0, loss.weight * each, 0).sum() - 1) ** 2


def omega(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> Callable[[Array], Array]:
    """Omega as a function of the weights: sum over steps of (|J_t^T d_t| / |d_t| - 1)^2, d_t the gradient at step t.

    It is 0 where every step hands back exactly as much as it got. As in the paper, only the immediate dependence on
    the weights counts: states and gradients are those of `cell` and held. Steps that get nothing are left out.

    Reference:
        Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks, equation 9.
    """
    start = cell.initial_state()
    before = states_before(start, unroll(cell, xs, length=length).states, length)

    def retreat(carry, inputs):
        state, x, weight = inputs
        adjoint, exponent = add(*carry, weight=weight, direction=loss.direction)
        _, pull = jax.vjp(lambda state: cell.step(state, x, identity), state)
        return normalise(*pull(adjoint), exponent), adjoint

    nothing = (jax.tree.map(jnp.zeros_like, start), jnp.asarray(0, jnp.int32))
    _, adjoints = lax.scan(retreat, nothing, (before, xs, loss.weight), reverse=True)
    before, adjoints = lax.stop_gradient((before, adjoints))

    def summed(W):
        def term(state, x, adjoint):
            _, pull = jax.vjp(lambda state: _with(cell, W).step(state, x, identity), state)
            got, handed = _square(adjoint), _square(pull(adjoint)[0])
            ratio = jnp.sqrt(jnp.where(handed > 0, handed, 1) / jnp.where(got > 0, got, 1))
            return jnp.where(got > 0, (jnp.where(handed > 0, ratio, 0) - 1) ** 2, 0)

        return jax.vmap(term)(before, xs, adjoints).sum()

    return summed


def update(cell: AbstractCell, xs: Array, loss: Loss, length: Array, doses: Doses | None, rules: Rules) -> Update:
    """What the rules make of one gradient of the treated cell's weights."""
    whole = treated(cell, doses, xs, length)
    wide = widened(loss, whole)
    windows = jnp.asarray([Rules().window, rules.window])
    plain, cut = lax.map(lambda window: _slope(whole, xs, wide, length, window), windows)
    ruled = cut + _penalty(whole, xs, wide, length, rules)
    clip = _clip(rules)
    made, _ = clip.update(ruled, clip.init(ruled))
    before, after = (log10_norm(gradient.ravel(), jnp.asarray(0)) for gradient in (plain, made))
    cosine = jnp.sum((plain / 10**before) * (made / 10**after))
    return Update(before, after, jnp.where(jnp.isfinite(before) & jnp.isfinite(after), cosine, jnp.nan))


def trained(
    cell: AbstractCell,
    xs: Array,
    loss: Loss,
    length: Array,
    doses: Doses | None,
    rules: Rules,
    rate: Array,
    steps: Array,
) -> Trained:
    """Plain gradient descent on the weights alone, on one sequence; every other weight stays.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        loss: the loss, as data; the error is that of `error`.
        length: steps of the sequence.
        doses: remedies around the cell; None for none.
        rules: penalties, clipping and truncation.
        rate: learning rate.
        steps: steps of descent, at most `MAX_STEPS`.
    """
    whole = treated(cell, doses, xs, length)
    wide = widened(loss, whole)
    descent = optax.chain(_clip(rules), optax.sgd(rate))

    def advance(step, carry):
        W, memory, path = carry
        here = _with(whole, W)
        gradient = _slope(here, xs, wide, length, rules.window) + _penalty(here, xs, wide, length, rules)
        change, memory = descent.update(gradient, memory)
        W = optax.apply_updates(W, change)
        return W, memory, jnp.where((jnp.arange(MAX_STEPS + 1) > step)[(...,) + (None,) * W.ndim], W, path)

    begun = _weights(whole)
    path = jnp.broadcast_to(begun, (MAX_STEPS + 1, *begun.shape))
    W, _, path = lax.fori_loop(0, steps, advance, (begun, descent.init(begun), path))
    # Of the input's weights only those of channels that say something are seen.
    seen = path if whole.W_hh is not None else path * (xs != 0).any(axis=0).astype(path.dtype)
    blocks = seen.reshape(MAX_STEPS + 1, -1, *W.shape[-2:])
    safe = jnp.where(jnp.isfinite(blocks), blocks, 0)
    finite = jnp.isfinite(blocks).all(axis=(1, 2, 3))
    norms = jnp.linalg.svd(safe, compute_uv=False).max(axis=(1, 2))
    radii = jnp.full_like(norms, jnp.nan)
    if whole.W_hh is not None:
        radii = jnp.abs(jnp.linalg.eigvals(safe)).max(axis=(1, 2))
    after = remedied(_with(cell, W), xs, loss, length, doses)
    return Trained(jnp.where(finite, norms, jnp.nan), jnp.where(finite, radii, jnp.nan), after)


def _slope(cell: AbstractCell, xs: Array, loss: Loss, length: Array, window: Array) -> Array:
    """Gradient of `error` at the cell's weights."""
    return jax.grad(lambda W: error(_with(cell, W), xs, loss, length, jnp.asarray(window)))(_weights(cell))


def _penalty(cell: AbstractCell, xs: Array, loss: Loss, length: Array, rules: Rules) -> Array:
    """Gradient of the penalties at the cell's weights."""
    W = _weights(cell)
    pull = lax.cond(
        jnp.asarray(rules.omega) > 0,
        lambda W: jax.grad(omega(cell, xs, loss, length))(W),
        jnp.zeros_like,
        W,
    )
    return rules.l1 * jnp.sign(W) + rules.l2 * W + rules.omega * pull


def _weights(cell: AbstractCell) -> Array:
    return getattr(cell, cell.weights()[0])


def _with(cell: AbstractCell, W: Array) -> AbstractCell:
    return cell.with_weights(**{cell.weights()[0]: W})


def _clip(rules: Rules) -> optax.GradientTransformation:
    return optax.chain(optax.clip(rules.clip_value), optax.clip_by_global_norm(rules.clip_norm))


def _square(tree: Any) -> Array:
    return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(tree))
