"""The tap: the one hook inside every cell.

Every named intermediate of a step passes through it: `f = tap("f", sigmoid(a_f))`. What the tap then does (clamp the
value, block its gradient, add a probe to it, record it) is given as traced arrays, so nothing recompiles, and a tap
that does nothing leaves nothing in the compiled program.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array, lax

Tap = Callable[[str, Array], Array]


def identity(name: str, value: Array) -> Array:
    """The tap that does nothing."""
    return value


class Surgery(NamedTuple):
    """What is done to each named intermediate, as arrays.

    Attributes:
        value: {name: ()} the value it is held at, while it is held.
        first: {name: ()} first step held, counted from 1.
        last: {name: ()} last step held, included; below `first` it is never held.
        blocked: {name: ()} True stops the gradient that would flow through it to what it was computed from.
    """

    value: dict[str, Array]
    first: dict[str, Array]
    last: dict[str, Array]
    blocked: dict[str, Array]

    @classmethod
    def none(cls, names: Iterable[str]) -> "Surgery":
        """Surgery on these names that changes nothing."""
        names = tuple(names)
        return cls(
            value={name: jnp.asarray(0.0) for name in names},
            first={name: jnp.asarray(1) for name in names},
            last={name: jnp.asarray(0) for name in names},
            blocked={name: jnp.asarray(False) for name in names},
        )

    def hold(self, name: str, value: float, first: int, last: int) -> "Surgery":
        """Also hold an intermediate at a value from step `first` to step `last`, both included."""
        return self._replace(
            value=self.value | {name: jnp.asarray(float(value))},
            first=self.first | {name: jnp.asarray(first)},
            last=self.last | {name: jnp.asarray(last)},
        )

    def block(self, *names: str) -> "Surgery":
        """Also stop the gradient through these intermediates."""
        return self._replace(blocked=self.blocked | {name: jnp.asarray(True) for name in names})


class Instrument:
    """A tap for one step that clamps, blocks, probes and records, in this order.

    Attributes:
        record: {name: value} of what passed, filled while the step runs.
    """

    def __init__(self, step: Array, surgery: Surgery | None = None, probe: dict[str, Array] | None = None):
        """`step` counts from 1; `probe` is {name: (H,)}, added to what passes."""
        self.step, self.surgery, self.probe = step, surgery, probe
        self.record: dict[str, Array] = {}

    def __call__(self, name: str, value: Array) -> Array:
        """Pass one named intermediate; same shape out as in."""
        if self.surgery is not None:
            held = (self.surgery.first[name] <= self.step) & (self.step <= self.surgery.last[name])
            value = jnp.where(held, self.surgery.value[name].astype(value.dtype), value)
            value = jnp.where(self.surgery.blocked[name], lax.stop_gradient(value), value)
        if self.probe is not None and name in self.probe:
            value = value + self.probe[name]
        self.record[name] = value
        return value
