"""The table of cells on the page of gates: every cell and its counts."""

from app.settings import Settings
from app.views.gates import table
from cells import all_cells
from tests.app.pages import open_page


def test_every_cell_has_a_row():
    rows = table.rows(10, 32)
    assert [row.cell for row in rows] == [cell.label for cell in all_cells().values()]
    lstm = rows[list(all_cells()).index("lstm")]
    assert lstm.parameters == ("4H(D + H) + 4H", 5504)
    assert lstm.two_biases == ("4H(D + H) + 8H", 5632)
    assert (lstm.states, lstm.gates, lstm.direct) == (("h", "c"), tuple("ifgo"), {"c": "f"})


def test_every_column_is_as_long_as_the_zoo_and_says_something():
    for heading, column in table.columns(4, 16).items():
        assert len(column) == len(all_cells()), heading
        assert all(column), heading


def test_the_page_shows_it_of_the_size_that_is_shown():
    page = open_page("gates", Settings())
    assert not page.exception
    shown = page.table[0].value
    assert {heading: list(shown[heading]) for heading in shown} == table.columns(4, 16)
