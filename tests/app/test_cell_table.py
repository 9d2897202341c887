"""The table of cells: every cell, its counts, and the page it stands on."""

import pytest
from streamlit.testing.v1 import AppTest

from app import numbers as compute
from app import theme
from app.settings import Picture, default_overlay
from app.views.gates import table as cell_table
from cells import all_cells
from cells.experiment import Experiment
from tests.contrast import contrast


def test_every_cell_has_a_row():
    rows = cell_table.rows(10, 32)
    assert [row.cell for row in rows] == [cell.label for cell in all_cells().values()]
    lstm = rows[list(all_cells()).index("lstm")]
    assert lstm.parameters == ("4H(D + H) + 4H", 5504)
    assert lstm.two_biases == ("4H(D + H) + 8H", 5632)
    assert (lstm.states, lstm.gates, lstm.direct) == (("h", "c"), tuple("ifgo"), {"c": "f"})


def test_every_column_is_as_long_as_the_zoo_and_says_something():
    for heading, column in cell_table.columns(4, 16).items():
        assert len(column) == len(all_cells()), heading
        assert all(column), heading


def test_the_page_of_gates_shows_it():
    def show():
        from app.picture import Picture

        from app import gate_room

        gate_room.table(Picture())

    page = AppTest.from_function(show, default_timeout=60).run()
    assert not page.exception
    assert list(page.table[0].value.columns) == list(cell_table.columns(4, 16))
    assert len(page.table[0].value) == len(all_cells())


@pytest.mark.parametrize(("mode", "background"), [("light", "#ffffff"), ("dark", "#0e1117")])
def test_every_cell_has_a_hue_of_its_own_and_so_have_those_to_come(mode, background):
    hues = [theme.hue(place, mode) for place in range(len(all_cells()) + 20)]
    assert len(set(hues)) == len(hues)
    assert all(contrast(hue, background) >= 4.0 for hue in hues)


def test_a_start_compiles_what_the_first_page_shows_and_no_more(monkeypatch):
    asked = []
    monkeypatch.setattr(compute, "flow", lambda experiment: asked.append(experiment))
    compute.warm_up()
    assert [experiment.cell for experiment in asked] == list(default_overlay()) == ["rnn", "gru", "lstm"]
    assert asked == [run.replace(length=asked[0].length) for run in Picture(experiment=Experiment()).runs]
