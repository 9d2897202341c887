"""The numbers on the cards of the remedies are those of the laboratory, at the settings that the cards name."""

import numpy as np
import pytest

from app.settings import Settings
from app.views.fixes.claims import cards
from cells.experiment import Experiment
from tests.app.pages import numbers_of

SEEDS = range(6)


def decades(*remedies, numbers=None, **experiment):
    """Decades that a step takes from the gradient, the mean over seeds; 16 orthogonal tanh units on noise."""
    lost = []
    for seed in SEEDS:
        settings = Settings(experiment=Experiment(seed=seed, **experiment), remedies=remedies, **numbers or {})
        growth = numbers_of("fixes", settings).after.growth
        lost.append(-growth.log10_ratio / (growth.last - 1))
    return np.mean(lost)


def nats(*remedies, **settings):
    return np.log(10) * decades(*remedies, **settings)


def said(beginning):
    return next(text for title, text in cards() if title.startswith(beginning))


def test_the_units_of_the_cards_are_those_one_finds():
    usual = Experiment()
    assert (usual.cell, usual.hidden_size, usual.initializer, usual.input) == ("rnn", 16, "orthogonal", "noise")


def test_layer_norm():
    assert "2.1 nats a step at gain 0.1 and 0.25 at gain 1, and next to none at gain 10" in said("Layer norm")
    assert nats("layer_norm", gain=0.1) == pytest.approx(2.1, abs=0.05)
    assert nats("layer_norm") == pytest.approx(0.25, abs=0.02)
    assert nats("layer_norm", gain=10.0) == pytest.approx(0, abs=0.02)


def test_a_residual_and_what_is_none():
    assert "lose 0.33 nats a step, with it some 0.05, and with h + 0.1F none" in said("h + βF")
    assert nats(length=400) == pytest.approx(0.33, abs=0.01)
    assert nats("false_residual", length=400) == pytest.approx(0.05, abs=0.01)
    assert nats("residual", numbers={"residual_scale": 0.1}, length=400) < 0


def test_clipping():
    assert "(3, 4) becomes (0.6, 0.8)" in said("Clipping")
    assert np.array([3, 4]) / np.linalg.norm([3, 4]) == pytest.approx([0.6, 0.8])
    assert "(3, 0.1) becomes (1, 0.1), turned by 3.8°" in said("Clipping")
    assert np.degrees(np.arctan2(0.1, 1) - np.arctan2(0.1, 3)) == pytest.approx(3.8, abs=0.05)


def test_what_omega_costs():
    assert "60 · 0.1² = 0.6" in said("Ω")
    for factor in (0.9, 1.1):
        d = np.ones(8)
        costs = [(np.linalg.norm(factor * d) / np.linalg.norm(d) - 1) ** 2 for _step in range(60)]
        assert sum(costs) == pytest.approx(0.6)


def test_batch_norm():
    assert "some 0.6 decades a step, with γ = 1 some 0.02" in said("Batch norm")
    assert "three times as large, it costs 1.1 decades at γ = 0.1, a third as large 0.2" in said("Batch norm")
    paper, one = {"batch_gain": 0.1}, {"batch_gain": 1.0}
    assert decades("batch_norm", numbers=paper) == pytest.approx(0.6, abs=0.05)
    assert decades("batch_norm", numbers=one) == pytest.approx(0.02, abs=0.005)
    assert decades("batch_norm", numbers=paper, input_scale=3.0) == pytest.approx(1.1, abs=0.05)
    assert decades("batch_norm", numbers=paper, input_scale=1 / 3) == pytest.approx(0.2, abs=0.05)
    assert decades("batch_norm", numbers=paper, gain=5.0) == pytest.approx(0.6, abs=0.05)
