"""The cells, one file each. A file dropped here is found, with no list to edit."""

import importlib
import inspect
import pkgutil
from functools import cache

from cells.base import AbstractCell


@cache
def all_cells() -> dict[str, type[AbstractCell]]:
    """Every cell of the zoo by the name of its file, in menu order.

    Raises:
        ImportError: a file of the zoo does not import; nothing is hidden.
    """
    found = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if issubclass(member, AbstractCell) and member.__module__ == module.__name__:
                found[module_info.name] = member
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))
