"""Remedies are cells: each keeps every promise around a cell with W_hh and one without, and all around any kind."""

from functools import reduce

import pytest

from cells import all_cells
from cells.remedies import WRAPPERS
from cells.remedies.shortcuts import Skip
from cells.remedies.wrapper import around
from tests.cells.examples import KINDS
from tests.cells.promises import (
    PROMISES,
    gives_the_same_under_jit_scan_and_vmap,
    has_a_gradient_in_every_weight,
    is_drawn_as_it_computes,
    runs_with_every_activation,
)

# How far a skip reaches back is data: a drawing shows every past state it may read, a derivative the one it does.
KEPT = [(wrapper, promise) for wrapper in WRAPPERS for promise in PROMISES]
KEPT.remove((Skip, is_drawn_as_it_computes))
# Slow to compile with seven remedies at once, and had from each remedy and from each cell by itself.
SLOW = (is_drawn_as_it_computes, has_a_gradient_in_every_weight, gives_the_same_under_jit_scan_and_vmap)
KEPT_BY_ALL = [promise for promise in PROMISES if promise not in SLOW]


def treated(cell_class):
    """A cell with all remedies around it."""
    return reduce(lambda inner, wrapper: around(wrapper, inner), WRAPPERS, cell_class)


@pytest.mark.parametrize(("wrapper", "promise"), KEPT, ids=lambda part: part.__name__)
@pytest.mark.parametrize("name", ["lstm", "mingru"])
def test_remedy_around_a_cell_keeps_promise(wrapper, name, promise):
    promise(around(wrapper, KINDS[name]))


@pytest.mark.parametrize("promise", KEPT_BY_ALL, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", KINDS)
def test_all_remedies_around_a_cell_keep_promise(name, promise):
    promise(treated(KINDS[name]))


@pytest.mark.parametrize("name", all_cells())
def test_all_remedies_go_around_any_cell(name):
    runs_with_every_activation(treated(all_cells()[name]))
