"""Numbers that carry their own exponent: right over thousands of decades, where float64 ends at 1e-324 and 1e308.

Dividing by a power of two is exact, so a number keeps all its digits while the power goes into an integer beside it.
"""

from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
from jax import Array

LOG10_2 = 0.30102999566398119521


class Scaled(NamedTuple):
    """A value times a power of two.

    Attributes:
        value: an array or a tree of arrays. Normalised, its largest component lies between 1/2 and 1, or is 0.
        exponent: whole numbers. Its axes are the leading ones of every array of the value; without axes, one exponent
            holds for the whole tree.
    """

    value: Any
    exponent: Array

    @classmethod
    def of(cls, value: Any, *axes: int) -> Self:
        """Plain numbers, an exponent for each element of some leading axes, normalised."""
        return cls(value, jnp.zeros(axes, jnp.int32)).normalised()

    @classmethod
    def nothing(cls, like: Any) -> Self:
        """Zeros in the shape of a value, with one exponent."""
        return cls(jax.tree.map(jnp.zeros_like, like), jnp.asarray(0, jnp.int32))

    def normalised(self) -> Self:
        """The same with its largest component between 1/2 and 1, the power of two moved into the exponent."""
        size = self._largest()
        limit = jnp.finfo(size.dtype).maxexp - 2
        shift = jnp.clip(jnp.frexp(size)[1], -limit, limit)
        return type(self)(self._times(power_of_two(-shift, size.dtype)), self.exponent + shift)

    def plus(self, weight: Array, direction: Any) -> Self:
        """Sum with weight * direction, a plain vector; a weight of 0 has no say in the exponent. Not normalised."""
        joint = jnp.where(weight == 0, self.exponent, jnp.maximum(self.exponent, 0))
        keep, share = (
            power_of_two(self.exponent - joint, weight.dtype),
            weight * power_of_two(jnp.minimum(-joint, 0), weight.dtype),
        )
        return type(self)(
            jax.tree.map(lambda carried, fresh: carried * keep + fresh * share, self.value, direction), joint
        )

    def __add__(self, other: "Scaled") -> Self:
        """Sum, not normalised; 0 has no say in the exponent."""
        nothing, nothing_else = self._largest() == 0, other._largest() == 0
        joint = jnp.where(
            nothing, other.exponent, jnp.where(nothing_else, self.exponent, jnp.maximum(self.exponent, other.exponent))
        )
        dtype = jax.tree.leaves(self.value)[0].dtype
        left, right = (one._times(power_of_two(jnp.minimum(one.exponent - joint, 0), dtype)) for one in (self, other))
        return type(self)(jax.tree.map(jnp.add, left, right), joint)

    def __neg__(self) -> Self:
        """The other sign."""
        return type(self)(jax.tree.map(jnp.negative, self.value), self.exponent)

    def __sub__(self, other: "Scaled") -> Self:
        """Difference, not normalised."""
        return self + -other

    def at(self, place: Any) -> Self:
        """Some of them, along the first axis of the exponent."""
        return jax.tree.map(lambda array: array[place], self)

    def log10_norm(self) -> Array:
        """log10 of the Euclidean norm of an array, over all axes that the exponent has not; -inf for 0."""
        return log10_norm(self.value.reshape(*self.exponent.shape, -1), self.exponent)

    def _largest(self) -> Array:
        """Largest absolute component for each exponent."""
        leaves = jax.tree.leaves(self.value)
        first = self.exponent.ndim
        return jnp.max(
            jnp.stack([jnp.max(jnp.abs(leaf), axis=tuple(range(first, leaf.ndim))) for leaf in leaves]), axis=0
        )

    def _times(self, factor: Array) -> Any:
        """The value times a factor for each exponent."""
        return jax.tree.map(lambda leaf: leaf * factor.reshape(factor.shape + (1,) * _inner(leaf, factor)), self.value)


def _inner(leaf: Array, factor: Array) -> int:
    """Axes that an array has beyond those of its exponent; none where one exponent holds for all: a scalar is cheap."""
    return leaf.ndim - factor.ndim if factor.ndim else 0


def power_of_two(exponent: Array, dtype: Any) -> Array:
    """2^exponent, exactly; 0 below the smallest normal number of the type. A scalar: a vector then pays one product."""
    info = jnp.finfo(dtype)
    return jnp.where(exponent < info.minexp, 0, jnp.ldexp(jnp.ones((), dtype), jnp.maximum(exponent, info.minexp)))


def log10_norm(vectors: Array, exponents: int | Array = 0) -> Array:
    """log10 of the Euclidean norm of vectors * 2^exponents along the last axis; -inf for a zero vector."""
    largest = jnp.max(jnp.abs(vectors), axis=-1)
    safe = jnp.where(largest == 0, 1, largest)
    norm = jnp.sqrt(jnp.sum((vectors / safe[..., None]) ** 2, axis=-1))
    return jnp.where(largest == 0, -jnp.inf, jnp.log10(norm) + jnp.log10(safe) + exponents * LOG10_2)


def unit(vectors: Array) -> Array:
    """Vectors at unit length along the last axis; a zero vector stays zero."""
    largest = jnp.max(jnp.abs(vectors), axis=-1, keepdims=True)
    scaled = vectors / jnp.where(largest == 0, 1, largest)
    norm = jnp.sqrt(jnp.sum(scaled**2, axis=-1, keepdims=True))
    return scaled / jnp.where(norm == 0, 1, norm)
