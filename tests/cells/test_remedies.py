"""Remedies are cells: every wrapper keeps every promise around every cell of the zoo."""

import pytest

from cells import all_cells
from cells.remedies import WRAPPERS
from cells.remedies.wrapper import around
from tests.cells.promises import PROMISES

CELLS = all_cells()


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("wrapper", WRAPPERS, ids=lambda wrapper: wrapper.__name__)
def test_every_remedy_around_every_cell_keeps_promise(wrapper, name, promise):
    promise(around(wrapper, CELLS[name]))
