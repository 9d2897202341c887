"""Remedies that add a way past the step: residual, false residual, leaky, and a skip over several steps."""

from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from cells.base import AbstractCell, number
from cells.remedies.declaring import Number
from cells.remedies.wrapper import Wrapper, without
from cells.taps import Tap

MAX_SPAN = 16
"""The longest skip, in steps: what the delay line has room for."""


class Residual(Wrapper):
    r"""The state is kept, and the step's result is added to it: s_t = kappa s_{t-1} + beta F(s_{t-1}, x_t), kappa = 1.

    All fields of the state take part. The Jacobian is I + beta J_F, whatever the cell. kappa = 0 with beta = 1 is no
    remedy.
    Should not be confused with phi(W h + x + h), which puts the old state inside the nonlinearity (`FalseResidual`).

    Reference:
        He et al. (2016), Deep residual learning for image recognition, section 3.1.
    """

    shortcut: Array = eqx.field(converter=number)  # () kappa
    scale: Array = eqx.field(converter=number)  # () beta

    name: ClassVar[str] = "residual"
    switch: ClassVar[str] = "residual h + βF"
    place: ClassVar[int] = 30
    depth: ClassVar[int] = 60
    numbers: ClassVar[tuple[Number, ...]] = (
        Number("shortcut", "shortcut κ", 1.0, 0.0, 1.0, off=0.0, help="Share of the old state that stays."),
        Number(
            "scale",
            "residual β",
            0.1,
            0.001,
            2.0,
            off=1.0,
            field="residual_scale",
            log=True,
            help="Multiplies the step's result.",
        ),
    )
    extra: ClassVar[tuple[str, ...]] = (r"s_t \leftarrow s_{t-1} + \beta\, s_t",)

    def step(self, state: Any, x: Array, tap: Tap) -> Any:
        """One time step."""
        following = self.inner.step(state, x, without(self.State._fields, tap))
        pairs = zip(state._fields, state, following, strict=True)
        return self.State(**{name: tap(name, self.shortcut * old + self.scale * new) for name, old, new in pairs})


class Leaky(Wrapper):
    r"""Leaky integration of the whole step: s_t = (1 - alpha) s_{t-1} + alpha F(s_{t-1}, x_t).

    All fields of the state take part. alpha = 1 is no remedy.

    Reference:
        Jaeger, Lukoševičius, Popovici and Siewert (2007), Optimization and applications of echo state networks with
        leaky-integrator neurons.
    """

    leak: Array = eqx.field(converter=number)  # () alpha

    name: ClassVar[str] = "leaky"
    switch: ClassVar[str] = "leaky"
    place: ClassVar[int] = 50
    depth: ClassVar[int] = 50
    numbers: ClassVar[tuple[Number, ...]] = (
        Number(
            "leak",
            "leak α",
            0.1,
            0.001,
            1.0,
            off=1.0,
            field="leak_rate",
            log=True,
            help="Share of the state that a step replaces.",
        ),
    )
    extra: ClassVar[tuple[str, ...]] = (r"s_t \leftarrow (1 - \alpha) s_{t-1} + \alpha\, s_t",)

    def step(self, state: Any, x: Array, tap: Tap) -> Any:
        """One time step."""
        following = self.inner.step(state, x, without(self.State._fields, tap))
        pairs = zip(state._fields, state, following, strict=True)
        keep = 1 - self.leak
        return self.State(**{name: tap(name, keep * old + self.leak * new) for name, old, new in pairs})


class FalseResidual(Wrapper):
    r"""The old state added inside the nonlinearity: phi(W_hh h + W_ih x + b + kappa h).

    Nothing is carried unchanged.

    It is done by adding kappa I to the recurrent block of every candidate (a gate whose range reaches below 0), or to
    the only block of a cell without gates; a cell with gates but no candidate gets it in every block. kappa = 0 is no
    remedy.

    Reference:
        `flax.linen.SimpleCell(residual=True)`; compare `Residual`.
    """

    inner_shortcut: Array = eqx.field(converter=number)  # () kappa

    name: ClassVar[str] = "false_residual"
    switch: ClassVar[str] = "φ(Wh + x + h)"
    recurrent: ClassVar[bool] = True
    place: ClassVar[int] = 40
    depth: ClassVar[int] = 10
    numbers: ClassVar[tuple[Number, ...]] = (
        Number("inner_shortcut", "inner shortcut κ", 1.0, 0.0, 1.0, off=0.0, help="Multiplies the h that joins W h."),
    )
    extra: ClassVar[tuple[str, ...]] = (r"W_{hh} \leftarrow W_{hh} + \kappa I",)

    def inside(self) -> AbstractCell:
        """The inner cell with kappa I added to its recurrent weights."""
        W = self.inner.W_hh
        if W is None:
            return self.inner
        added = self.inner_shortcut * jnp.eye(W.shape[-1], dtype=W.dtype)
        if self.gates:
            candidates = [gate.candidate for gate in self.gates]
            blocks = jnp.asarray(candidates if any(candidates) else [True] * len(candidates), W.dtype)
            added = blocks[:, None, None] * added[None]
        return self.inner.with_weights(W_hh=W + added)


class Skip(Wrapper):
    r"""A connection over d steps: h_t = F(s_{t-1}, x_t).h + beta h_{t-d}.

    Only h takes part. The state grows by a delay line of `MAX_SPAN` - 1 earlier h, so the span is data too. Before
    step 1 there is nothing to skip from: the line starts with zeros. beta = 0 is no remedy.

    Reference:
        Lin, Horne, Tiňo and Giles (1996), Learning long-term dependencies in NARX recurrent neural networks.
    """

    skip: Array = eqx.field(converter=number)  # () beta
    span: Array = eqx.field(converter=lambda span: number(span, np.int32))  # () d

    name: ClassVar[str] = "skip"
    switch: ClassVar[str] = "skip"
    place: ClassVar[int] = 60
    depth: ClassVar[int] = 70
    numbers: ClassVar[tuple[Number, ...]] = (
        Number(
            "skip",
            "skip weight β",
            0.5,
            -1.0,
            1.0,
            off=0.0,
            field="skip_weight",
            help="Multiplies the earlier h.",
        ),
        Number(
            "span",
            "skip span (steps)",
            10,
            1,
            MAX_SPAN,
            off=1,
            field="skip_span",
            help="How far back the skip reaches.",
        ),
    )
    extra: ClassVar[tuple[str, ...]] = (r"h_t \leftarrow h_t + \beta\, h_{t-d}",)

    @classmethod
    def state_of(cls, inner: type[AbstractCell]) -> type:
        """The inner state, then past1 = h_{t-1} to past15 = h_{t-15}."""
        fields = [(name, Array) for name in (*inner.State._fields, *(f"past{k}" for k in range(1, MAX_SPAN)))]
        return NamedTuple(f"Delayed{inner.State.__name__}", fields)

    def initial_state(self) -> Any:
        """The inner cell's, and an empty delay line."""
        inner = self.inner.initial_state()
        nothing = jnp.zeros_like(inner.h)
        return self.State(*inner, *(nothing for _ in range(1, MAX_SPAN)))

    def step(self, state: Any, x: Array, tap: Tap) -> Any:
        """One time step."""
        fields = self.inner.State._fields
        inner = self.inner.State(*state[: len(fields)])
        line = (state.h, *state[len(fields) :])
        following = self.inner.step(inner, x, without(fields, tap))
        following = following._replace(h=following.h + self.skip * jnp.stack(line)[self.span - 1])
        return self.State(*(tap(n, v) for n, v in zip(self.State._fields, (*following, *line[:-1]), strict=True)))
