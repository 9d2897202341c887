"""Every cell of the zoo keeps every promise of `cells.base`."""

import inspect

import pytest

from cells import all_cells
from cells.base import AbstractCell
from tests.cells.examples import drawn
from tests.cells.promises import PROMISES

CELLS = all_cells()


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", CELLS)
def test_cell_keeps_promise(name, promise):
    promise(CELLS[name])


def test_all_cells_are_named_by_their_file_and_ordered_for_menus():
    assert {"rnn", "gru", "lstm"} <= set(CELLS)
    assert list(CELLS) == sorted(CELLS, key=lambda name: (CELLS[name].order, name))
    for name, cell_class in CELLS.items():
        assert issubclass(cell_class, AbstractCell)
        assert cell_class.__module__ == f"cells.zoo.{name}"


def test_cells_that_share_a_hyperparameter_declare_it_alike():
    declared = {}
    for cell_class in CELLS.values():
        for spec in cell_class.hyperparameters:
            assert declared.setdefault(spec.name, spec) == spec


@pytest.mark.parametrize("name", CELLS)
def test_weights_of_a_wrong_shape_are_refused_with_both_shapes(name):
    cell = drawn(CELLS[name])
    taken = inspect.signature(CELLS[name]).parameters
    weights = {field: getattr(cell, field) for field in taken} | {"b": cell.b[..., :3]}
    with pytest.raises(ValueError, match=r"b: expected shape \(.*8\), got \(.*3,?\)\."):
        CELLS[name](**weights)
