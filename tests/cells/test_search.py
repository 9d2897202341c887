"""The genetic search: small networks among large ones learn as they would alone."""

import numpy as np
import pytest

from cells.experiment import Experiment
from cells.training import search
from cells.training.learners.sequence import SequenceLearner
from cells.training.loop import Optimiser, advance, held_out_key, start
from cells.training.search import Genes


def test_an_individual_learns_as_it_would_alone():
    # Sigmoid is not 0 at 0: a padded unit that was not masked would take part.
    experiment = Experiment(activation="sigmoid")
    genes = [Genes(-2.0, 0.0, 0.0, 0, 0), Genes(-1.0, 1.0, 0.0, 2, 1)]
    found = search.fitness(experiment, "adding", genes, 5, length=10)
    one = genes[0]
    alone = SequenceLearner.of(search.bred(experiment, one), "adding", length=10)
    run = start(alone, Optimiser(10.0**one.rate, 10.0**one.clip), 5)
    for _ in range(search.UPDATES // alone.chunk):
        run, _chunk = advance(run)
    expected = alone.error(run.weights.params, held_out_key(np.uint32(5)), search.JUDGED_ON)
    assert found[0] == pytest.approx(float(expected), rel=1e-3)
    assert found[0] != found[1]


def test_generations_follow_from_the_seed_and_keep_the_best():
    first = search.first(3)
    assert first == search.first(3) != search.first(4)
    assert len(first) == search.POPULATION
    fitness = np.linspace(1, 0, search.POPULATION)
    fitness[-1] = np.inf
    second = search.following(first, fitness, 3, 1)
    assert second[: search.ELITE] == [first[-2], first[-3]]
    assert second == search.following(first, fitness, 3, 1)
    for one in second:
        assert search.RATES[0] <= one.rate <= search.RATES[1]
        assert 0 <= one.size < len(search.SIZES)
