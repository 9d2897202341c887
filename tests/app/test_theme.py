"""The colours of the cells."""

import pytest

from app.plot import theme
from cells import all_cells
from tests.contrast import contrast


@pytest.mark.parametrize(("mode", "background"), [("light", "#ffffff"), ("dark", "#0e1117")])
def test_every_cell_has_a_hue_of_its_own_and_so_have_those_to_come(mode, background):
    hues = [theme.hue(place, mode) for place in range(len(all_cells()) + 20)]
    assert len(set(hues)) == len(hues)
    assert all(contrast(hue, background) >= 4.0 for hue in hues)
