"""The way back through a sequence, which all backward passes share."""

from collections.abc import Callable
from typing import Any

from jax import Array

from cells.scaled import Scaled
from cells.steps import over_steps


def walk_back(
    arrive: Callable[[Scaled, Any], Scaled],
    visit: Callable[[Scaled, Any, Any], tuple[Any, Any, Any]],
    inputs: Any,
    begin: Scaled,
    gathered: Any = (),
    *,
    length: int | Array | None = None,
    beyond: float = 0.0,
) -> tuple[Any, Any]:
    """Carry an adjoint from the last step to the first, with its own exponent.

    Args:
        arrive: (what comes from later steps, inputs of the step) -> that and what the step itself adds, not normalised.
        visit: (what has arrived, gathered, inputs of the step) -> (the value it has one step earlier, at the same
            exponent; gathered; what is kept of the step).
        inputs: a tree of arrays with an axis of T steps in front.
        begin: what comes from beyond the last step.
        gathered: what is summed up on the way.
        length: steps really taken, may be traced; all where None.
        beyond: what is kept of later ones: of logarithms, -inf.

    Returns:
        (gathered, kept): what was summed up, and what was kept with an axis of T steps in front.
    """

    def retreat(carry: tuple[Scaled, Any], inputs: Any) -> tuple[tuple[Scaled, Any], Any]:
        later, gathered = carry
        arrived = arrive(later, inputs)
        earlier, gathered, kept = visit(arrived, gathered, inputs)
        return (Scaled(earlier, arrived.exponent).normalised(), gathered), kept

    (_, gathered), kept = over_steps(retreat, (begin, gathered), inputs, length, reverse=True, beyond=beyond)
    return gathered, kept
