"""What do clipping, penalties and truncation change? Not the gradient's way back, but the update made from it.

The weights are W_hh, or W_ih of a cell that has no W_hh: the first of `AbstractCell.weights`.
"""

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array, lax

from cells import factoring
from cells.analyses.adjoint import Loss
from cells.analyses.remedied import Remedied, remedied, widened
from cells.analyses.walk_back import walk_back
from cells.base import AbstractCell
from cells.remedies.declaring import Rule
from cells.remedies.stack import Doses, Rules, rules, treated
from cells.scaled import Scaled, log10_norm
from cells.steps import over_steps
from cells.taps import identity
from cells.unroll import states_before, unroll

MAX_STEPS = 60
"""The most steps of gradient descent that are taken."""


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
        cut = (step < length) & ((length - step) % window == 0)
        passed = jax.tree.map(lambda field: jnp.where(cut, lax.stop_gradient(field), field), following)
        return passed, following

    _, states = over_steps(advance, cell.initial_state(), (jnp.arange(1, xs.shape[0] + 1), xs), length)
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

    def visit(arrived, gathered, inputs):
        state, x, _ = inputs
        _, pull = jax.vjp(lambda state: cell.step(state, x, identity), state)
        return *pull(arrived.value), gathered, arrived.value

    _, adjoints = walk_back(loss.arrive, visit, (before, xs, loss.weight), Scaled.nothing(start), length=length)
    before, adjoints = lax.stop_gradient((before, adjoints))

    def summed(W):
        def term(state, x, adjoint):
            _, pull = jax.vjp(lambda state: _with(cell, W).step(state, x, identity), state)
            got, handed = _square(adjoint), _square(pull(adjoint)[0])
            ratio = jnp.sqrt(jnp.where(handed > 0, handed, 1) / jnp.where(got > 0, got, 1))
            return jnp.where(got > 0, (jnp.where(handed > 0, ratio, 0) - 1) ** 2, 0)

        return jax.vmap(term)(before, xs, adjoints).sum()

    return summed


def update(cell: AbstractCell, xs: Array, loss: Loss, length: Array, doses: Doses | None, given: Rules) -> Update:
    """What the rules make of one gradient of the treated cell's weights."""
    whole = treated(cell, doses, xs, length)
    wide = widened(loss, whole)
    windows = jnp.asarray([Rules().window, given.window])
    plain, cut = lax.map(lambda window: _slope(whole, xs, wide, length, window), windows)
    ruled = cut + _penalty(whole, xs, wide, length, given)
    made = _limited(ruled, given)
    before, after = (log10_norm(gradient.ravel()) for gradient in (plain, made))
    cosine = jnp.sum((plain / 10**before) * (made / 10**after))
    return Update(before, after, jnp.where(jnp.isfinite(before) & jnp.isfinite(after), cosine, jnp.nan))


def trained(
    cell: AbstractCell,
    xs: Array,
    loss: Loss,
    length: Array,
    doses: Doses | None,
    given: Rules,
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
        given: penalties, clipping and truncation.
        rate: learning rate.
        steps: steps of descent, at most `MAX_STEPS`.
    """
    whole = treated(cell, doses, xs, length)
    wide = widened(loss, whole)
    descent = optax.sgd(rate)

    def advance(step, carry):
        W, memory, path = carry
        here = _with(whole, W)
        gradient = _slope(here, xs, wide, length, given.window) + _penalty(here, xs, wide, length, given)
        change, memory = descent.update(_limited(gradient, given), memory)
        W = optax.apply_updates(W, change)
        return W, memory, jnp.where((jnp.arange(MAX_STEPS + 1) > step)[(...,) + (None,) * W.ndim], W, path)

    begun = _weights(whole)
    path = jnp.broadcast_to(begun, (MAX_STEPS + 1, *begun.shape))
    W, _, path = lax.fori_loop(0, steps, advance, (begun, descent.init(begun), path))
    # Of the input's weights only those of channels that say something are seen.
    speaks = (xs != 0).any(axis=0).astype(path.dtype).reshape((1,) * (path.ndim - 1) + (-1,))
    seen = path if whole.W_hh is not None else path * speaks
    blocks = seen.reshape(MAX_STEPS + 1, -1, *W.shape[-2:])
    safe = jnp.where(jnp.isfinite(blocks), blocks, 0)
    finite = jnp.isfinite(blocks).all(axis=(1, 2, 3))
    norms = factoring.singular_values(safe).max(axis=(1, 2))
    radii = jnp.full_like(norms, jnp.nan)
    if whole.W_hh is not None:
        radii = jnp.abs(factoring.eigenvalues(safe)).max(axis=(1, 2))
    after = remedied(_with(cell, W), xs, loss, length, doses)
    return Trained(jnp.where(finite, norms, jnp.nan), jnp.where(finite, radii, jnp.nan), after)


def _slope(cell: AbstractCell, xs: Array, loss: Loss, length: Array, window: Array) -> Array:
    """Gradient of `error` at the cell's weights."""
    return jax.grad(lambda W: error(_with(cell, W), xs, loss, length, jnp.asarray(window)))(_weights(cell))


def _penalty(cell: AbstractCell, xs: Array, loss: Loss, length: Array, given: Rules) -> Array:
    """Gradient of the penalties at the cell's weights."""
    W = _weights(cell)
    pull = lax.cond(
        jnp.asarray(given.omega) > 0,
        lambda W: jax.grad(omega(cell, xs, loss, length))(W),
        jnp.zeros_like,
        W,
    )
    penalties = [rule.penalty(W, **_numbers(rule, given)) for rule in rules() if rule.penalty is not None]
    return reduce(add, [*penalties, given.omega * pull])


def _limited(gradient: Array, given: Rules) -> Array:
    """What the limits leave of a gradient, one after the other."""
    for rule in sorted(rules(), key=lambda rule: (rule.turn, rule.name)):
        if rule.limit is not None:
            gradient = rule.limit(gradient, **_numbers(rule, given))
    return gradient


def _numbers(rule: type[Rule], given: Rules) -> dict[str, Array]:
    return {number.name: getattr(given, number.name) for number in rule.numbers}


def _weights(cell: AbstractCell) -> Array:
    return getattr(cell, cell.weights()[0])


def _with(cell: AbstractCell, W: Array) -> AbstractCell:
    return cell.with_weights(**{cell.weights()[0]: W})


def _square(tree: Any) -> Array:
    return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(tree))
