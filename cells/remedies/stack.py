"""All remedies at once, as data: switching one on or off compiles nothing."""

from collections import namedtuple
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import jax
from jax import Array

from cells.base import AbstractCell
from cells.remedies import all_remedies, nested
from cells.remedies.declaring import Number, Rule
from cells.remedies.dropout import DRAWN_BELOW
from cells.remedies.normalisation import calibrated


def rules() -> tuple[type[Rule], ...]:
    """The remedies of training, in the order of their switches."""
    return tuple(remedy for remedy in all_remedies().values() if remedy.acts == "training")


def _amounts(name: str, says: str, remedies: Iterable[Any], **more: Any) -> Any:
    """A NamedTuple with a field for every number of some remedies; its defaults are none of any."""
    numbers = [number for remedy in remedies for number in remedy.numbers]
    fields = {number.name: number.off for number in numbers} | more
    made = namedtuple(name, fields, defaults=fields.values(), module=__name__)
    made.__doc__ = f"{says} The defaults do nothing. Every field may be traced."
    return made


Doses = _amounts(
    "Doses", "How much of each remedy around a step, and `mask`, the seed of what is drawn.", nested(), mask=0
)
Rules = _amounts("Rules", "What is done to a gradient on its way to an update.", rules())


class Treatment(NamedTuple):
    """What remedies make of an experiment.

    Attributes:
        experiment: the experiment with those that change it.
        doses: of those around the step.
        rules: of those of training.
    """

    experiment: Any
    doses: Doses
    rules: Rules


def treatment(experiment: Any, names: Iterable[str], values: Mapping[str, Any] | None = None) -> Treatment:
    """An experiment with some remedies.

    Args:
        experiment: the experiment.
        names: the remedies that are on, by name; those that change the experiment act in this order.
        values: their numbers, by field; the defaults where nothing is said.
    """
    doses, ruled = Doses(), Rules()
    for name in names:
        remedy = all_remedies()[name]
        numbers = {number.name: _value(number, values or {}) for number in remedy.numbers}
        if remedy.acts == "experiment":
            experiment = remedy.change(experiment, **numbers)
        elif remedy.acts == "step":
            doses = doses._replace(**numbers, mask=experiment.seed if remedy.draws else doses.mask)
        else:
            ruled = ruled._replace(**numbers)
    return Treatment(experiment, doses, ruled)


def _value(number: Number, values: Mapping[str, Any]) -> Any:
    return values.get(number.field, number.default) if number.field else number.default


def treated(cell: AbstractCell, doses: Doses | None, xs: Array, length: int | Array) -> AbstractCell:
    """A cell with every remedy around it, the batch normalisation calibrated on a sequence.

    Args:
        cell: the cell.
        doses: how much of each; None for the cell itself, a smaller program that says the same as no dose of any.
        xs: (T, D) inputs.
        length: steps really taken, at most T; may be traced.
    """
    if doses is None:
        return cell
    for wrapper in nested():
        numbers = {number.name: getattr(doses, number.name) for number in wrapper.numbers}
        if wrapper.draws:
            # The seed is data here, so this one draw is JAX's; `cells.keys` draws the same.
            numbers["draw"] = jax.random.randint(jax.random.key(doses.mask), (cell.hidden_size,), 0, DRAWN_BELOW)
        cell = wrapper.wrap(cell, **numbers)
    return calibrated(cell, xs, length)
