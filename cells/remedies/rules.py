"""Remedies of training: clipping, truncation, penalties."""

from typing import ClassVar

import jax.numpy as jnp
import optax
from jax import Array

from cells.remedies.declaring import Number, Rule

UNLIMITED = 1e300
"""A threshold that clips nothing."""
UNCUT = 2**30
"""A window that cuts nothing."""


class ClipNorm(Rule):
    """The gradient's direction is kept, its norm no larger than a limit.

    Reference:
        Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks, section 3.2.
    """

    name: ClassVar[str] = "clip_norm"
    switch: ClassVar[str] = "clip norm"
    place: ClassVar[int] = 10
    turn: ClassVar[int] = 20
    numbers: ClassVar[tuple[Number, ...]] = (
        Number("clip_norm", "clip norm at", 1.0, 0.001, 1000.0, off=UNLIMITED, field="norm_limit", log=True),
    )

    @staticmethod
    def limit(gradient: Array, *, clip_norm: Array) -> Array:
        """The gradient, shortened where it is longer."""
        return optax.clip_by_global_norm(clip_norm).update(gradient, optax.EmptyState())[0]


class ClipValue(Rule):
    """No entry of the gradient is larger than a limit, so its direction changes. This comes before its norm is clipped.

    Reference:
        Mikolov (2012), Statistical language models based on neural networks, section 3.2.2.
    """

    name: ClassVar[str] = "clip_value"
    switch: ClassVar[str] = "clip value"
    place: ClassVar[int] = 20
    turn: ClassVar[int] = 10
    numbers: ClassVar[tuple[Number, ...]] = (
        Number("clip_value", "clip values at", 0.01, 0.0001, 100.0, off=UNLIMITED, field="value_limit", log=True),
    )

    @staticmethod
    def limit(gradient: Array, *, clip_value: Array) -> Array:
        """The gradient, every entry clipped."""
        return optax.clip(clip_value).update(gradient, optax.EmptyState())[0]


class Truncation(Rule):
    """Truncated backpropagation through time: the gradient is cut every so many steps, counted back from the last."""

    name: ClassVar[str] = "truncation"
    switch: ClassVar[str] = "truncation"
    place: ClassVar[int] = 30
    numbers: ClassVar[tuple[Number, ...]] = (
        Number("window", "window (steps back)", 10, 1, 2048, off=UNCUT, field="window", shared=True),
    )


class L1(Rule):
    """A penalty: a factor of sum |W|."""

    name: ClassVar[str] = "l1"
    switch: ClassVar[str] = "L1"
    place: ClassVar[int] = 40
    penalises: ClassVar[bool] = True
    numbers: ClassVar[tuple[Number, ...]] = (
        Number("l1", "L1 weight", 0.1, 0.0001, 10.0, off=0.0, field="l1_weight", log=True),
    )

    @staticmethod
    def penalty(W: Array, *, l1: Array) -> Array:
        """Its gradient."""
        return l1 * jnp.sign(W)


class L2(Rule):
    """A penalty: a factor of sum W^2 / 2."""

    name: ClassVar[str] = "l2"
    switch: ClassVar[str] = "L2"
    place: ClassVar[int] = 50
    penalises: ClassVar[bool] = True
    numbers: ClassVar[tuple[Number, ...]] = (
        Number("l2", "L2 weight", 0.1, 0.0001, 10.0, off=0.0, field="l2_weight", log=True),
    )

    @staticmethod
    def penalty(W: Array, *, l2: Array) -> Array:
        """Its gradient."""
        return l2 * W


class Omega(Rule):
    """A penalty on every step that hands back more or less than it got; see `cells.analyses.updates.omega`.

    Reference:
        Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks, section 3.3.
    """

    name: ClassVar[str] = "omega"
    switch: ClassVar[str] = "Ω"
    place: ClassVar[int] = 60
    penalises: ClassVar[bool] = True
    numbers: ClassVar[tuple[Number, ...]] = (
        Number("omega", "Ω weight", 1.0, 0.001, 100.0, off=0.0, field="omega_weight", log=True),
    )
