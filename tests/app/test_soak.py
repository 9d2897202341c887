"""A short day: what has been compiled once is not compiled again, nor is anything else left behind."""

from itertools import islice

import pytest

from app.background import answer, training
from app.live.admission import waiting
from app.settings import Settings
from cells.experiment import Experiment
from cells.programs import census
from tests.app.pages import ask, connect

CELLS, SIZES = ("rnn", "lstm"), (8,)
FIGURES = ("gradient", "gates")


def day(gain, seed):
    """A reader who looks at every figure for every cell and size, with weights of their own."""
    client = connect()
    for figure in FIGURES:
        for cell in CELLS:
            for size in SIZES:
                experiment = Experiment(cell=cell, hidden_size=size, length=40, gain=gain, seed=seed)
                settings = Settings(experiment=experiment, overlay=())
                assert ask(client, f"/live/{figure}?{settings.to_query()}").status_code == 200


def test_a_second_day_leaves_no_programs_and_no_maps_behind():
    day(1.0, 1)
    day(1.1, 2)
    held, runs = census(), len(training.all_runs())
    for turn in range(4):
        day(0.5 + 0.3 * turn, 3 + turn)
    assert census().programs <= held.programs
    assert census().maps <= 1.02 * held.maps + 50
    assert waiting() == 0
    assert answer.kept().bytes <= answer.MOST
    assert len(training.all_runs()) <= runs


@pytest.mark.parametrize("seed", range(3))
def test_a_reader_of_the_soak_asks_for_what_there_is(seed):
    from tests.soak import brief, readers

    for figure, settings in islice(readers(seed), 200):
        assert Settings.repaired(brief(settings).to_query()) == (brief(settings), []), figure
