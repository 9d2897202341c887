"""A remedy around a cell is a cell: what all wrappers share."""

import inspect
from functools import cache
from typing import Any, ClassVar, Self

from jax import Array

from cells import keys
from cells.base import AbstractCell, Gate
from cells.keys import Key
from cells.remedies.declaring import Number
from cells.taps import Tap


class Wrapper(AbstractCell):
    """A cell that holds another and changes what its step does.

    Weights, gates and equations are the inner cell's. A wrapper either changes the weights that the inner step sees
    (normalisation, dropout, the false residual), or what becomes of the state that it returns (leaky, residual, skip);
    then the state passes through the tap once, after the change. Everything a wrapper adds is an array: changing a
    number, or switching the remedy off by its neutral number, compiles nothing.

    A subclass declares what any remedy does, see `cells.remedies.declaring`, and `extra`, and implements `inside` or
    `step`;
    `around` makes the class for an inner cell.
    """

    inner: AbstractCell

    name: ClassVar[str]
    """Its name in a link; after that of the cell, without underscores."""
    switch: ClassVar[str]
    """Its name on the screen."""
    acts: ClassVar[str] = "step"
    numbers: ClassVar[tuple[Number, ...]] = ()
    """What it adds, by the names of its fields."""
    recurrent: ClassVar[bool] = False
    """Whether it acts on W_hh alone, and leaves a cell that has none as it is."""
    place: ClassVar[int] = 100
    """Place among the switches; equal places are sorted by name."""
    depth: ClassVar[int] = 100
    """Where it stands of several around one cell, the smallest inside; equal depths are sorted by name."""
    draws: ClassVar[bool] = False
    """Whether it draws something, so that a seed matters to it."""
    extra: ClassVar[tuple[str, ...]] = ()
    """LaTeX of what it adds."""

    @property
    def W_ih(self) -> Array:
        """The inner cell's."""
        return self.inner.W_ih

    @property
    def W_hh(self) -> Array | None:
        """The inner cell's."""
        return self.inner.W_hh

    @property
    def b(self) -> Array:
        """The inner cell's."""
        return self.inner.b

    @property
    def activation(self) -> Array:
        """The inner cell's."""
        return self.inner.activation

    def recurrent_matrix(self) -> Array | None:
        """The inner cell's."""
        return self.inner.recurrent_matrix()

    def initial_state(self) -> Any:
        """The inner cell's."""
        return self.inner.initial_state()

    @classmethod
    def state_of(cls, inner: type[AbstractCell]) -> type:
        """The state of this remedy around an inner cell."""
        return inner.State

    def inside(self) -> AbstractCell:
        """The inner cell with the weights that this remedy makes of its own, where they are the same at every step."""
        return self.inner

    def step(self, state: Any, x: Array, tap: Tap) -> Any:
        """One time step of what is inside."""
        return self.inside().step(state, x, tap)

    @classmethod
    def wrap(cls, inner: AbstractCell, *, key: Key | None = None, **numbers: Any) -> Self:
        """This remedy around a cell; its own numbers by name, the defaults where nothing is said.

        Args:
            inner: the cell.
            key: PRNG key, for a remedy that draws something.
            numbers: what `numbers` declares.
        """
        values = {number.name: number.default for number in cls.numbers} | numbers
        return around(cls, type(inner))(inner=inner, **cls.drawn(inner, key, **values))

    @classmethod
    def drawn(cls, inner: AbstractCell, key: Key | None, **numbers: Any) -> dict[str, Any]:
        """The fields besides `inner`, from the numbers declared."""
        return numbers


@cache
def around(wrapper: type[Wrapper], inner: type[AbstractCell]) -> type[Wrapper]:
    """The class of a remedy around a class of cells; the same pair gives the same class."""

    def init(cls, input_size: int, hidden_size: int, *, key: Key, **settings: Any):
        """Draw the inner cell's weights, the same as without the remedy."""
        numbers = {number.name: settings.pop(number.name, number.default) for number in cls.numbers}
        cell = inner.init(input_size, hidden_size, key=key, **settings)
        return cls(inner=cell, **cls.drawn(cell, keys.fold_in(key, len(wrapper.__name__)), **numbers))

    declared = inspect.signature(inner.init.__func__).parameters
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = tuple(number.hyperparameter for number in wrapper.numbers)
    added = [inspect.Parameter(spec.name, keyword, default=spec.default) for spec in own]
    init.__signature__ = inspect.Signature([*declared.values(), *added])
    gates: tuple[Gate, ...] = inner.gates
    return type(wrapper)(
        f"{wrapper.__name__}{inner.__name__}",
        (wrapper,),
        {
            "__module__": __name__,
            "__doc__": wrapper.__doc__,
            "__annotations__": {},
            "init": classmethod(init),
            "label": f"{inner.label} + {wrapper.name.replace('_', ' ')}",
            "State": wrapper.state_of(inner),
            "gates": gates,
            "recurrence": inner.recurrence,
            "nonlinear": inner.nonlinear,
            "equations": (*inner.equations, *wrapper.extra),
            "hyperparameters": (*inner.hyperparameters, *own),
        },
    )


def without(fields: tuple[str, ...], tap: Tap) -> Tap:
    """The tap without these names: what carries them is tapped later, when the remedy has had its say."""
    return lambda name, value: value if name in fields else tap(name, value)
