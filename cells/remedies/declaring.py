"""What a remedy declares: its name, its switch, its numbers. A reader's program finds all of it, with no list to edit.

There are three kinds, by what they act on: a `Change` of the experiment, a `cells.remedies.wrapper.Wrapper` around the
step, and a `Rule` of training.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

from jax import Array

from cells.base import Hyperparameter
from cells.fields import Spec

ACTS = ("experiment", "step", "training")
"""What remedies act on, in the order in which they are switched."""


class Number(NamedTuple):
    """A number of a remedy, or a choice.

    Attributes:
        name: keyword by which the remedy takes it. No two remedies that act on the same share one.
        label: name on the screen, with its unit.
        default: value while the remedy is on. Its type says what it is: a whole number, a choice where it is a text.
        low: smallest value.
        high: largest value.
        off: value that is no remedy.
        field: its name in a link; "" for what is set by the switch alone.
        log: whether its effect is multiplicative.
        help: one sentence on what it does.
        choices: of a choice, gives {value: label} in menu order.
        shared: whether the field is declared elsewhere, and means the same there.
    """

    name: str
    label: str
    default: bool | int | float | str
    low: float = 0
    high: float = 0
    off: bool | int | float | None = None
    field: str = ""
    log: bool = False
    help: str = ""
    choices: Callable[[], Mapping[str, str]] = dict
    shared: bool = False

    @property
    def spec(self) -> Spec:
        """What its field accepts."""
        kind = {bool: "switch", int: "whole", float: "number", str: "choice"}[type(self.default)]
        return Spec(kind, self.label, self.low, self.high, self.log, choices=self.choices)

    @property
    def hyperparameter(self) -> Hyperparameter:
        """The same, for the `init` of a cell with the remedy around it."""
        default = self.default if isinstance(self.default, bool) else float(self.default)
        return Hyperparameter(self.name, self.label, default, float(self.low), float(self.high), self.help)


class Remedy:
    """What all remedies declare.

    A remedy around the step declares the same, but is a cell: see `cells.remedies.wrapper.Wrapper`.
    """

    name: ClassVar[str]
    """Its name in a link."""
    switch: ClassVar[str]
    """Its name on the screen."""
    acts: ClassVar[str]
    """What it acts on: one of `ACTS`."""
    numbers: ClassVar[tuple[Number, ...]] = ()
    recurrent: ClassVar[bool] = False
    """Whether it acts on W_hh alone, and leaves a cell that has none as it is."""
    place: ClassVar[int] = 100
    """Place among the switches of those that act on the same; equal places are sorted by name."""


class Change(Remedy):
    """A remedy that is another experiment: other weights, another nonlinearity, another cell."""

    acts: ClassVar[str] = "experiment"
    needs_memory: ClassVar[bool] = False
    """Whether it says nothing of a cell without a gate whose bias sets its memory."""
    gives_memory: ClassVar[bool] = False
    """Whether it is a cell with such a gate, whose own name says so."""

    @classmethod
    def change(cls, experiment: Any, **numbers: Any) -> Any:
        """The experiment with the remedy."""
        raise NotImplementedError


class Rule(Remedy):
    """A remedy of training: what is done to a gradient on its way to an update, or a penalty that joins it.

    A rule that says neither is one that needs more than the weights; `cells.analyses.updates` knows it by its number.
    """

    acts: ClassVar[str] = "training"
    penalty: ClassVar[Callable[..., Array] | None] = None
    """(weights, **numbers) -> what it adds to their gradient."""
    limit: ClassVar[Callable[..., Array] | None] = None
    """(gradient, **numbers) -> the gradient that is kept of it."""
    penalises: ClassVar[bool] = False
    """Whether it joins the error, so that it shows only after some updates."""
    turn: ClassVar[int] = 100
    """When its limit comes, of several; the smallest first."""
