"""Remedies against vanishing and exploding gradients. A file dropped here is found, with no list to edit.

Those around the step are cells around cells, see `cells.remedies.wrapper`; others change the experiment or the
training, see `cells.remedies.declaring`. Cells above one another stand here too, in `stacked`: no remedy, but made
alike.
"""

import importlib
import inspect
import pkgutil
from dataclasses import Field
from functools import cache
from typing import Any

from cells.fields import declared
from cells.remedies.declaring import ACTS, Remedy
from cells.remedies.wrapper import Wrapper


@cache
def all_remedies() -> dict[str, Any]:
    """Every remedy by its name in a link, in the order of the switches: what changes the experiment comes first.

    Raises:
        ImportError: a file of the folder does not import; nothing is hidden.
    """
    found = []
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if issubclass(member, Wrapper | Remedy) and member.__module__ == module.__name__ and "name" in vars(member):
                found.append(member)
    found.sort(key=lambda remedy: (ACTS.index(remedy.acts), remedy.place, remedy.name))
    return {remedy.name: remedy for remedy in found}


def remedies() -> dict[str, type[Wrapper]]:
    """The remedies that are put around a cell, by name: `remedies()["leaky"].wrap(cell, leak=0.1)` is a cell."""
    return {name: remedy for name, remedy in all_remedies().items() if remedy.acts == "step"}


def nested() -> tuple[type[Wrapper], ...]:
    """The same, the innermost first, as they stand where several are put around one cell."""
    return tuple(sorted(remedies().values(), key=lambda remedy: (remedy.depth, remedy.name)))


def labels() -> dict[str, str]:
    """{name: its name on the screen} of all remedies."""
    return {name: remedy.switch for name, remedy in all_remedies().items()}


def fields() -> dict[str, Field]:
    """The numbers that a link carries, as fields of a dataclass, by name; those declared elsewhere are left out."""
    numbers = [number for remedy in all_remedies().values() for number in remedy.numbers]
    return {
        number.field: declared(number.default, *number.spec) for number in numbers if number.field and not number.shared
    }
