"""The contract of a cell: what it declares, what it computes, what a caller may rely on."""

from abc import abstractmethod
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cells import activations
from cells.activations import Place
from cells.keys import Key
from cells.taps import Tap

WEIGHTS = ("W_hh", "W_ih", "b")
"""Weights that cells share; a cell whose state meets no such matrix lacks the first."""
Nonlinearity = Callable[[Array], Array]
"""Elementwise: what comes out has the shape of what goes in."""


class Gate(NamedTuple):
    """A named intermediate of a step, of shape (H,).

    Attributes:
        symbol: its letter in the equations and the name of its tap.
        role: its name in prose.
        low: lower end of its range under a state nonlinearity with range [-1, 1]; below 0 it is a candidate.
        high: upper end of the same; both are infinite where no nonlinearity stands before it.
    """

    symbol: str
    role: str
    low: float = 0.0
    high: float = 1.0

    @property
    def candidate(self) -> bool:
        """Whether it is something that may be written into the state, and no valve."""
        return self.low < 0


class Hyperparameter(NamedTuple):
    """A number or switch that a cell's `init` takes by name, beyond what all cells share.

    Two cells that declare the same name share one control, so they must declare it alike.

    Attributes:
        name: keyword of `init`, name in the URL.
        label: name on the screen, with its unit.
        default: value where nothing is said; a bool makes it a switch.
        low: smallest value accepted.
        high: largest value accepted.
        help: one sentence for the reader.
        leading: whether it deserves a slider beside the figure.
        replaced_by: name of a hyperparameter that takes this one's place once it is above its default; "" if none.
    """

    name: str
    label: str
    default: float | bool
    low: float
    high: float
    help: str
    leading: bool = False
    replaced_by: str = ""


class Bound(NamedTuple):
    """A line that theory draws beside the measured gradient: a constant factor per step.

    Attributes:
        label: what it is, as the legend shows it.
        claim: what the line promises, and when.
    """

    label: str
    claim: str


class AbstractCell(eqx.Module):
    """One recurrent cell: an immutable pytree of weights with a `step`.

    Weights have the gate axis first: `W_ih (G, H, D)`, `W_hh (G, H, H)`, `b (G, H)`, in the order of `gates`. A cell
    without gates leaves that axis out; one whose state meets no matrix has None for `W_hh` and says so in `recurrence`.
    Nothing is batched and one step is one time step: `jax.vmap` and `cells.unroll` add the axes.

    A subclass is final. It declares the class attributes below, and implements `init`, `initial_state` and `step`.
    """

    W_ih: eqx.AbstractVar[Array]
    W_hh: eqx.AbstractVar[Array | None]
    b: eqx.AbstractVar[Array]
    activation: eqx.AbstractVar[Place]

    label: ClassVar[str]
    """Name on the screen."""
    State: ClassVar[type]
    """NamedTuple of the state's arrays, each (H,); one of them is `h`, which the losses read."""
    gates: ClassVar[tuple[Gate, ...]] = ()
    equations: ClassVar[tuple[str, ...]] = ()
    """LaTeX, one line an equation, in the order they are computed."""
    direct: ClassVar[dict[str, str]] = {}
    """Direct paths: {field of the state: the factor that multiplies it on its way from one step to the next}, for the
    reader; often it is a gate. The way itself is read from the step: all that goes from a field to the same field of
    the next step through no matrix and no other field. It is a diagonal Jacobian. Empty where there is no such way."""
    recurrence: ClassVar[str] = "W_hh"
    """Name of the matrix that takes the old state to the new one: "W_hh", or that of `recurrent_matrix`, or "" where
    every unit looks only at itself."""
    nonlinear: ClassVar[bool] = True
    """Whether phi stands anywhere in the step; if not, the activation changes nothing."""
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = ()
    bounds: ClassVar[tuple[Bound, ...]] = ()
    """What theory says of the gradient's factor per step; empty where no closed form is known."""
    sigma: ClassVar[Nonlinearity | None] = None
    """What the gates are of their pre-activations, in a cell that lets `cells.hard_gates` put another in its place."""
    mean_field: ClassVar[bool] = False
    """Whether the step is h = phi(W h + drive), for which mean-field theory knows a wide network's growth."""
    order: ClassVar[int] = 100
    """Place in menus; equal places are sorted by name."""

    @classmethod
    @abstractmethod
    def init(cls, input_size: int, hidden_size: int, *, key: Key, **settings: Any) -> Self:
        """Draw the weights, in NumPy: nothing is compiled, and nothing may be traced."""

    @abstractmethod
    def initial_state(self) -> Any:
        """The state before step 1: zeros, unless the cell learns it."""

    @abstractmethod
    def step(self, state: Any, x: Array, tap: Tap) -> Any:
        """One time step. x (D,); every named intermediate passes through `tap(name, value)`."""

    @classmethod
    def intermediates(cls) -> tuple[str, ...]:
        """Names that pass through the tap: the gates, then the fields of the state."""
        return (*(gate.symbol for gate in cls.gates), *cls.State._fields)

    @classmethod
    def weights(cls) -> tuple[str, ...]:
        """Names of the weights that this cell has of those that cells share."""
        return WEIGHTS if cls.recurrence == WEIGHTS[0] else WEIGHTS[1:]

    @classmethod
    @cache
    def editable(cls, hidden_size: int) -> dict[str, tuple[int, ...]]:
        """Shapes of the weights that can be given by hand, by name."""
        gates = (len(cls.gates),) if cls.gates else ()
        shapes = {"W_hh": (*gates, hidden_size, hidden_size), "b": (*gates, hidden_size)}
        return {name: shape for name, shape in shapes.items() if name in cls.weights()}

    def with_weights(self, **weights: Array) -> Self:
        """The same cell with some weights replaced, by name."""
        names = tuple(weights)
        return eqx.tree_at(lambda cell: [getattr(cell, name) for name in names], self, [weights[n] for n in names])

    @property
    def hidden_size(self) -> int:
        """H, the number of units."""
        return self.W_ih.shape[-2]

    @property
    def input_size(self) -> int:
        """D, the width of one input."""
        return self.W_ih.shape[-1]

    def phi(self, a: Array) -> Array:
        """The state nonlinearity; same shape as a."""
        return activations.apply(self.activation, a)

    def readout_direction(self) -> Any:
        """The State that the sum of all units read is differentiated to: ones in h, for h is what is read."""
        zeros = jax.tree.map(jnp.zeros_like, self.initial_state())
        return zeros._replace(h=jnp.ones_like(zeros.h))

    def recurrent_matrix(self) -> Array | None:
        """What `recurrence` names, (blocks, N, N): a block for each gate, or one of the whole state; else None."""
        return None if self.W_hh is None else self.W_hh.reshape(-1, *self.W_hh.shape[-2:])

    def bound_growths(self) -> Array:
        """Factor per step of each of `bounds`, (len(bounds),), dimensionless."""
        return jnp.zeros(0)


def weight(name: str, value: Any, *shape: int | None) -> Array | np.ndarray:
    """A weight as a floating-point array of the expected shape; None accepts any length on that axis.

    What is no array of JAX becomes one of NumPy, a copy that cannot be written to.

    Raises:
        ValueError: it is no array of real numbers, or the shape differs; the message gives what was expected and what
            came.
    """
    array = value if isinstance(value, Array) else np.array(value)
    if array.dtype.kind not in "fiubV":  # V: the small floats that NumPy does not know by name
        raise ValueError(f"{name}: expected real numbers, got {array.dtype}.")
    if not jnp.issubdtype(array.dtype, jnp.floating):
        array = array.astype(jnp.result_type(float))
    fits = len(shape) == array.ndim and all(want in (None, got) for want, got in zip(shape, array.shape, strict=True))
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name}: expected shape ({wanted}), got {array.shape}.")
    if isinstance(array, np.ndarray):
        array.setflags(write=False)
    return array


def number(value: Any, dtype: Any = None) -> Array | np.ndarray:
    """A number or switch that a cell carries beside its weights: an array of NumPy, unless it is one of JAX."""
    return jnp.asarray(value, dtype) if isinstance(value, Array) else np.asarray(value, dtype)
