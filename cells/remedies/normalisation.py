"""Remedies that normalise what a step adds up: layer normalisation and recurrent batch normalisation.

Both reach inside any cell by its weights: scaling the rows of W_ih and W_hh and moving b scales and moves every
pre-activation a = W_ih x + W_hh h + b, whatever the cell does with it.
"""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells.base import AbstractCell, number
from cells.keys import Key
from cells.remedies.declaring import Number
from cells.remedies.wrapper import Wrapper
from cells.taps import Tap, identity

EPSILON = 1e-5
"""Added to every variance, as the libraries do."""
COPIES = 16
"""Shifted copies of the sequence that make a batch."""


class LayerNorm(Wrapper):
    r"""Layer normalisation of the pre-activations: a = gamma (v - mean v) / std v + b with v = W_ih x + W_hh h.

    Mean and standard deviation are over the units of one gate, at every step anew, and the gradient goes through them.
    v is the sum that is formed: what remedies inside this one make of it is in it, a mask, an added h, a normalised
    W_hh h. The bias comes after, so a forget bias keeps its meaning. Where a cell's pre-activation is not that plain
    sum (a GRU's candidate, whose reset gate sits inside it), the sum is normalised as if that gate were open, and a
    bias that sits beside it there stays as it is. `layer_norm` False is no remedy.

    Reference:
        Ba, Kiros and Hinton (2016), Layer normalization, equation 4.
    """

    layer_norm: Array = eqx.field(converter=lambda on: number(on, bool))
    layer_gain: Array = eqx.field(converter=number)  # () gamma

    name: ClassVar[str] = "layer_norm"
    switch: ClassVar[str] = "layer norm"
    place: ClassVar[int] = 10
    depth: ClassVar[int] = 40
    numbers: ClassVar[tuple[Number, ...]] = (
        Number("layer_norm", "layer norm", True, 0, 1, off=False, help="Whether it is on."),
        Number(
            "layer_gain",
            "layer norm γ",
            1.0,
            0.05,
            5.0,
            off=1.0,
            field="norm_gain",
            log=True,
            help="Standard deviation after normalising.",
        ),
    )
    extra: ClassVar[tuple[str, ...]] = (r"a \leftarrow \gamma (a - \bar a) / \mathrm{std}(a)",)

    def step(self, state: Any, x: Array, tap: Tap) -> Any:
        """One time step."""
        cell = self.inner
        while isinstance(cell, Wrapper) and type(cell).inside is not Wrapper.inside:
            cell = cell.inside()
        W_ih, W_hh, added = cell.W_ih, cell.W_hh, cell.b - self.inner.b
        v = W_ih @ x + added if W_hh is None else W_ih @ x + W_hh @ state.h + added
        mean = v.mean(axis=-1, keepdims=True)
        factor = self.layer_gain / jnp.sqrt(v.var(axis=-1, keepdims=True) + EPSILON)
        scale, shift = jnp.where(self.layer_norm, factor, 1), jnp.where(self.layer_norm, factor * mean, 0)
        rows = scale[..., None]
        recurrent = {} if W_hh is None else {"W_hh": rows * W_hh}
        cell = cell.with_weights(W_ih=rows * W_ih, **recurrent, b=self.inner.b + scale * added - shift)
        return cell.step(state, x, tap)


class BatchNorm(Wrapper):
    r"""Recurrent batch normalisation, as it is used after training: gamma (W_hh h - mean) / std in the place of W_hh h.

    Mean and standard deviation belong to each unit of each gate and are constants, the averages over a batch that
    `calibrated` measures; so the recurrent Jacobian is gamma / std times W_hh, row by row. The input's term is not
    normalised. `batch_norm` False is no remedy.

    Reference:
        Cooijmans, Ballas, Laurent, Gülçehre and Courville (2016), Recurrent batch normalization, section 3, which
        starts from gamma = 0.1 so that tanh is not saturated.
    """

    batch_norm: Array = eqx.field(converter=lambda on: number(on, bool))
    batch_gain: Array = eqx.field(converter=number)  # () gamma
    mean: Array  # as b
    std: Array  # as b

    name: ClassVar[str] = "batch_norm"
    switch: ClassVar[str] = "batch norm"
    recurrent: ClassVar[bool] = True
    place: ClassVar[int] = 20
    depth: ClassVar[int] = 20
    numbers: ClassVar[tuple[Number, ...]] = (
        Number("batch_norm", "batch norm", True, 0, 1, off=False, help="Whether it is on."),
        Number(
            "batch_gain",
            "batch norm γ",
            0.1,
            0.01,
            5.0,
            off=1.0,
            field="batch_gain",
            log=True,
            help="Standard deviation after normalising.",
        ),
    )
    extra: ClassVar[tuple[str, ...]] = (r"W_{hh} h \leftarrow \gamma (W_{hh} h - \mu) / \sigma",)

    @classmethod
    def drawn(cls, inner: AbstractCell, key: Key | None, **numbers: Any) -> dict[str, Any]:
        """Mean 0 and standard deviation 1 until it is calibrated."""
        return numbers | {"mean": np.zeros(inner.b.shape, inner.b.dtype), "std": np.ones(inner.b.shape, inner.b.dtype)}

    def inside(self) -> AbstractCell:
        """The inner cell with the rows of W_hh scaled and b moved."""
        if self.inner.W_hh is None:
            return self.inner
        factor = self.batch_gain / self.std
        scale, shift = jnp.where(self.batch_norm, factor, 1), jnp.where(self.batch_norm, factor * self.mean, 0)
        return self.inner.with_weights(W_hh=scale[..., None] * self.inner.W_hh, b=self.inner.b - shift)


def calibrated(cell: AbstractCell, xs: Array, length: int | Array) -> AbstractCell:
    """A stack of wrappers whose batch normalisation has the statistics of a batch.

    The batch is `COPIES` copies of the sequence, each shifted in time around its end by another share of it. They run
    together, normalised at every step by the batch's own mean and variance; what is kept are the averages of both over
    the second half of the steps. A batch that does not vary has variance 0, and is divided by the root of `EPSILON`.

    Args:
        cell: wrappers around a cell; without a `BatchNorm` that is on, or without a W_hh, it is returned as it is.
        xs: (T, D) inputs.
        length: steps really taken, at most T; may be traced.
    """
    layer = _layer(cell)
    if layer is None or layer.inner.W_hh is None:
        return cell

    W_hh = _layer(cell, as_seen=True).inner.W_hh

    def measure():
        shifts = jnp.arange(COPIES) * length // COPIES
        states = jax.vmap(lambda _: cell.initial_state())(shifts)

        def advance(carry, step):
            states, mean, var, count = carry
            terms = jax.vmap(lambda h: W_hh @ h)(states.h)
            batch_mean, batch_var = terms.mean(axis=0), terms.var(axis=0)
            now = _with_statistics(cell, batch_mean, jnp.sqrt(batch_var + EPSILON))
            inputs = xs[(step + shifts) % length]
            following = jax.vmap(lambda state, x: now.step(state, x, identity))(states, inputs)
            taken = (step >= length // 2) & (step < length)
            add = taken.astype(mean.dtype)
            return (following, mean + add * batch_mean, var + add * batch_var, count + add), None

        nothing = jnp.zeros_like(layer.mean)
        start = (states, nothing, nothing, jnp.zeros((), nothing.dtype))
        (_, mean, var, count), _ = lax.scan(advance, start, jnp.arange(xs.shape[0]))
        return mean / count, jnp.sqrt(var / count + EPSILON)

    return _with_statistics(cell, *lax.cond(layer.batch_norm, measure, lambda: (layer.mean, layer.std)))


def _layer(cell: AbstractCell, *, as_seen: bool = False) -> BatchNorm | None:
    """The batch normalisation among wrappers; on demand with the weights that those around it hand to it."""
    while isinstance(cell, Wrapper):
        if isinstance(cell, BatchNorm):
            return cell
        cell = cell.inside() if as_seen else cell.inner
    return None


def _with_statistics(cell: AbstractCell, mean: Array, std: Array) -> AbstractCell:
    return eqx.tree_at(lambda cell: [_layer(cell).mean, _layer(cell).std], cell, [mean, std])
