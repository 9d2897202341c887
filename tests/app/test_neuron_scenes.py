"""What a scene of the one neuron claims is true, from several starts."""

import numpy as np
import pytest

from app.views.neuron import numbers
from app.views.neuron.claims import scenes


def total(found):
    return found.log10_products[-1]


def without(found, step):
    return np.sum(np.delete(found.log10_factors, step - 1))


def descent(picture):
    """Last errors of the two walks, and the longest step of each."""
    walk = numbers.walks(picture.descent_w, picture.descent_b, picture.descent_rate, picture.descent_clip)
    steps = np.linalg.norm(np.diff(walk.points, axis=1), axis=2)
    return walk.errors[:, -50:], steps.max(axis=1)


def cliff_holds(picture, found):
    (free, clipped), (thrown, kept) = descent(picture)
    return free.min() > 0.05 and np.median(clipped) < 0.005 and thrown > 1 > kept


CLAIMS = {
    # From h_0 = 1: sqrt(3/(2 t)) and t^(-3/2), so a few thousandths at t = 50.
    "edge": lambda picture, found: 0.002 < 10 ** total(found) < 0.008 and found.attractor.slope == pytest.approx(1),
    "more": lambda picture, found: found.attractor.factor == pytest.approx(0.030513, abs=1e-5),
    "spoils": lambda picture, found: (
        found.log10_factors[picture.pulse_step - 1] < without(found, picture.pulse_step) < 0
    ),
    "dead": lambda picture, found: (
        np.all(found.log10_factors[: picture.pulse_step - 1] == 0)
        and np.all(np.isneginf(found.log10_products[picture.pulse_step - 1 :]))
        and not found.states[picture.pulse_step :].any()
    ),
    "flip": lambda picture, found: (
        found.attractor.kind == "two"
        and found.attractor.factor
        == pytest.approx(numbers.neuron(picture.replace(neuron_w=-picture.neuron_w)).attractor.factor)
    ),
    "latch": lambda picture, found: (
        found.states[picture.pulse_step - 1] < -0.9
        and found.states[-1] > 0.9
        and total(found) == pytest.approx(-38, abs=1)
    ),
    "sigmoid": lambda picture, found: (
        found.attractor.slope == pytest.approx(1, abs=1e-6)
        and all(
            numbers.neuron(picture.replace(neuron_w=w, neuron_b=b)).log10_factors.max() < 0
            for w in (1.0, 3.0, 3.99)
            for b in (-4.0, -2.0, -0.5, 1.0)
        )
        and numbers.neuron(picture.replace(neuron_w=4.5, neuron_b=-2.25, neuron_start=0.5)).log10_factors.max() > 0
    ),
    "cliff": cliff_holds,
}
SHIFTS = (-0.01, 0.0, 0.01)
"""Added to the start: a claim is not one of a single orbit."""
FROM_REST = ("spoils",)
"""Scenes that speak of a neuron at rest; they stay there."""


def test_every_scene_has_a_claim_that_is_tested():
    assert [scene.name for scene in scenes()] == list(CLAIMS)


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
@pytest.mark.parametrize("shift", SHIFTS)
def test_the_claim_holds(scene, shift):
    picture = scene.picture
    if scene.name not in FROM_REST:
        picture = picture.replace(
            neuron_start=picture.neuron_start + (shift if picture.neuron_start < 1.5 else -abs(shift))
        )
    assert CLAIMS[scene.name](picture, numbers.neuron(picture))


@pytest.mark.parametrize("w", [4.95, 5.0, 5.05])
@pytest.mark.parametrize("above", [0.04, 0.06])
def test_the_cliff_throws_from_many_starts(w, above):
    cliff = next(scene.picture for scene in scenes() if scene.name == "cliff")
    picture = cliff.replace(descent_w=w, descent_b=0.5 - 0.6224593 * w + above)
    _errors, (thrown, kept) = descent(picture)
    assert thrown > 1 > kept
