"""Remedies are cells: every wrapper keeps every promise around every cell of the zoo."""

import pytest

from cells import all_cells
from cells.remedies import WRAPPERS
from cells.remedies.shortcuts import Skip
from cells.remedies.wrapper import around
from tests.cells.promises import PROMISES, is_drawn_as_it_computes

CELLS = all_cells()
# How far a skip reaches back is data: a drawing shows every past state it may read, a derivative the one it does.
KEPT = [(wrapper, promise) for wrapper in WRAPPERS for promise in PROMISES]
KEPT.remove((Skip, is_drawn_as_it_computes))


@pytest.mark.parametrize(("wrapper", "promise"), KEPT, ids=lambda part: part.__name__)
@pytest.mark.parametrize("name", CELLS)
def test_every_remedy_around_every_cell_keeps_promise(wrapper, name, promise):
    promise(around(wrapper, CELLS[name]))
