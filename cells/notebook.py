"""The analyses as a notebook asks for them: a cell and a sequence of any length, checked before anything is computed.

What is given is looked at where it is known. Inside `jax.jit` or `jax.vmap` only shapes and types are.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cells.analyses import adjoint, jacobians, lyapunov
from cells.analyses import contributions as parts
from cells.analyses import spectrum as spectra
from cells.analyses import survival as maps
from cells.analyses.adjoint import Loss
from cells.analyses.contributions import Contributions
from cells.analyses.spectrum import Spectrum
from cells.analyses.survival import Survival
from cells.base import AbstractCell
from cells.programs import compiled
from cells.scaled import Scaled
from cells.unroll import unroll as run_over

AnyLoss = str | int | Callable[[Any], Array] | Loss
_contributions = compiled(parts.contributions)
_chain = compiled(jacobians.chain)


def checking(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of a cell and its inputs, after a look at both.

    Raises:
        ValueError: something is not what it should be; the message says what was expected and what came.
    """

    @wraps(function)
    def asked(cell: AbstractCell, xs: Array, *args: Any, length=None, initial_state=None, **more: Any) -> Any:
        xs = checked(cell, xs, length, initial_state)
        return function(cell, xs, *args, length=length, initial_state=initial_state, **more)

    return asked


unroll = checking(run_over)
backprop = checking(adjoint.backprop)


def contributions(cell: AbstractCell, xs: Array, loss: AnyLoss = "last") -> Contributions:
    """Every step's own share of the gradient of the weights.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        loss: as `backprop` takes it.

    Returns:
        Contributions of T steps.

    Raises:
        ValueError: something is not what it should be; the message says what was expected and what came.
    """
    xs = checked(cell, xs)
    return _contributions(cell, xs, _loss(cell, xs, loss), len(xs))


def survival(cell: AbstractCell, xs: Array) -> Survival:
    """How much of the state at step k is still in the state at step t: ds_t/ds_k between up to 65 checkpoints.

    Args:
        cell: the cell.
        xs: (T, D) inputs.

    Returns:
        Survival; `log10_gain["all"][t, k]` belongs to the checkpoints `steps[t]` and `steps[k]`.

    Raises:
        ValueError: something is not what it should be; the message says what was expected and what came.
    """
    return maps.survival(jacobians.orbit(cell, checked(cell, xs)))


def lyapunov_spectrum(cell: AbstractCell, xs: Array) -> np.ndarray:
    """Finite-time Lyapunov exponents along the orbit of a cell.

    Args:
        cell: the cell.
        xs: (T, D) inputs.

    Returns:
        (S,) nats per step, largest first; -inf for a direction that is lost altogether.

    Raises:
        ValueError: something is not what it should be; the message says what was expected and what came.
    """
    return lyapunov.lyapunov_spectrum(jacobians.orbit(cell, checked(cell, xs)))


def jacobian(
    cell: AbstractCell, xs: Array, later: int, earlier: int | None = None, *, scaled: bool = False
) -> Array | Scaled:
    """The state Jacobian ds_t/ds_k along the orbit of a cell; the whole state is its fields one after another.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        later: t, a step counted from 1.
        earlier: k, at most t, 0 for the initial state; the step before t where None.
        scaled: whether to keep the exponent apart, for products that leave float64.

    Returns:
        (S, S), S the state's numbers; with `scaled` the same as a value and an exponent.

    Raises:
        ValueError: something is not what it should be; the message says what was expected and what came.
    """
    xs = checked(cell, xs)
    later = _step("later", later, 1, len(xs))
    earlier = later - 1 if earlier is None else _step("earlier", earlier, 0, later)
    orbit = jacobians.orbit(cell, xs)
    product = _chain(orbit, earlier, later, jacobians.start(orbit.before.shape[-1]))
    return product if scaled else jnp.ldexp(product.value, product.exponent)


def spectrum(cell: AbstractCell | np.ndarray) -> Spectrum:
    """Eigenvalues and singular values of a cell's recurrent matrices, or of any square ones.

    Args:
        cell: a cell, or matrices (N, N) or (blocks, N, N).

    Returns:
        Spectrum, with an axis of blocks in front: a gate each.

    Raises:
        ValueError: the cell has no such matrix, or what came is not square or not finite.
    """
    if isinstance(cell, AbstractCell):
        W = cell.recurrent_matrix()
        if W is None:
            raise ValueError(
                f"cell: expected one with a recurrent matrix; got {cell.label}, whose units see only themselves."
            )
    else:
        W = _numbers("matrix", cell)
        if W.ndim not in (2, 3) or W.shape[-1] != W.shape[-2] or not W.size:
            raise ValueError(f"matrix: expected shape (N, N) or (blocks, N, N), got {W.shape}.")
    _finite("matrix", W)
    return spectra.spectrum(W)


def checked(cell: AbstractCell, xs: Any, length: int | Array | None = None, initial_state: Any = None) -> Array:
    """The inputs as an array of the cell's type, once all that is given is what it should be.

    Raises:
        ValueError: it is not; the message says what was expected and what came.
    """
    if not isinstance(cell, AbstractCell):
        came = f"the class {cell.__name__}" if isinstance(cell, type) else repr(cell)[:40]
        raise ValueError(f"cell: expected a cell with weights, as `init` draws it; got {came}.")
    xs = _numbers("xs", xs)
    if xs.ndim != 2 or xs.shape[1] != cell.input_size or not len(xs):
        raise ValueError(f"xs: expected shape (T, {cell.input_size}) with T at least 1, got {xs.shape}.")
    _finite("xs", xs)
    for path, leaf in jax.tree_util.tree_leaves_with_path(cell):
        if eqx.is_inexact_array(leaf):
            _finite(jax.tree_util.keystr(path).lstrip("."), leaf)
    if length is not None and not isinstance(length, jax.core.Tracer):
        _step("length", length, 1, len(xs))
    if initial_state is not None:
        _state(cell, initial_state)
    return jnp.asarray(xs, cell.W_ih.dtype)


def _numbers(name: str, value: Any) -> Any:
    """An array of real numbers with a fraction."""
    if not isinstance(value, Array):
        try:
            value = np.asarray(value)
        except ValueError:
            raise ValueError(f"{name}: expected rows of one length; got rows of several.") from None
    if not jnp.issubdtype(value.dtype, jnp.floating):
        raise ValueError(f"{name}: expected floating-point numbers, got {value.dtype}.")
    return value


def _finite(name: str, value: Any) -> None:
    if isinstance(value, jax.core.Tracer):
        return
    value = np.asarray(value)
    if not np.isfinite(value).all():
        place = tuple(int(index) for index in np.argwhere(~np.isfinite(value))[0])
        raise ValueError(f"{name}: expected finite numbers; got {value[place]} at {list(place)}.")


def _step(name: str, value: Any, low: int, high: int) -> int:
    whole = isinstance(value, int | np.integer) or (
        isinstance(value, Array) and jnp.issubdtype(value.dtype, jnp.integer)
    )
    if isinstance(value, bool) or not whole or not low <= value <= high:
        raise ValueError(f"{name}: expected a step from {low} to {high}; got {value!r}.")
    return int(value)


def _state(cell: AbstractCell, state: Any) -> None:
    wanted = cell.initial_state()
    names, size = cell.State._fields, cell.hidden_size
    if getattr(state, "_fields", None) != names:
        raise ValueError(f"initial_state: expected the fields {', '.join(names)}; got {repr(state)[:40]}.")
    for name, field, own in zip(names, state, wanted, strict=True):
        shape = np.shape(field)
        if shape != own.shape:
            raise ValueError(f"initial_state: expected {name} of shape ({size},), got {shape}.")
        _finite(f"initial_state.{name}", field)


def _loss(cell: AbstractCell, xs: Array, loss: AnyLoss) -> Loss:
    """Any loss as data."""
    if isinstance(loss, Loss):
        return loss
    if isinstance(loss, str | int):
        return adjoint.named_loss(cell, len(xs), loss)
    if not callable(loss):
        raise ValueError(f"loss: expected 'last', 'every', a step, a function or a Loss; got {loss!r}.")
    last = jax.tree.map(lambda field: field[-1], run_over(cell, xs).states)
    return Loss((jnp.arange(1, len(xs) + 1) == len(xs)).astype(last.h.dtype), jax.grad(loss)(last))
