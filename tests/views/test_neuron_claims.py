"""What the page on one neuron claims is true, from several starts."""

import numpy as np
import pytest

from app.views.neuron import numbers
from app.views.neuron.claims import claims


def total(found):
    return found.log10_products[-1]


def without(found, step):
    return np.sum(np.delete(found.log10_factors, step - 1))


def growing(settings):
    """Whether any step makes a gradient larger."""
    return numbers.neuron(settings).value().log10_factors.max() > 0


def descent(settings):
    """Last errors of the two walks, and the longest step of each."""
    walk = numbers.walks.now(settings.descent_w, settings.descent_b, settings.descent_rate, settings.descent_clip)
    steps = np.linalg.norm(np.diff(walk.points, axis=1), axis=2)
    return walk.errors[:, -50:], steps.max(axis=1)


def cliff_holds(settings, found):
    (free, clipped), (thrown, kept) = descent(settings)
    return free.min() > 0.05 and np.median(clipped) < 0.005 and thrown > 1 > kept


CLAIMS = {
    # From h_0 = 1: sqrt(3/(2 t)) and t^(-3/2), so a few thousandths at t = 50.
    "edge": lambda settings, found: (
        10 ** total(found) == pytest.approx(0.0044, abs=3e-4) and found.attractor.slope == pytest.approx(1)
    ),
    "more": lambda settings, found: found.attractor.factor == pytest.approx(0.030513, abs=1e-5),
    "spoils": lambda settings, found: (
        found.log10_factors[settings.pulse_step - 1] < without(found, settings.pulse_step) < 0
    ),
    "dead": lambda settings, found: (
        np.all(found.log10_factors[: settings.pulse_step - 1] == 0)
        and np.all(np.isneginf(found.log10_products[settings.pulse_step - 1 :]))
        and not found.states[settings.pulse_step :].any()
    ),
    "flip": lambda settings, found: (
        found.attractor.kind == "two"
        and found.attractor.factor
        == pytest.approx(numbers.neuron(settings.replace(neuron_w=-settings.neuron_w)).value().attractor.factor)
    ),
    "latch": lambda settings, found: (
        found.states[settings.pulse_step - 1] < -0.9
        and found.states[-1] > 0.9
        and total(found) == pytest.approx(-38, abs=1)
    ),
    "sigmoid": lambda settings, found: (
        found.attractor.slope == pytest.approx(1, abs=1e-6)
        and all(
            not growing(settings.replace(neuron_w=w, neuron_b=b))
            for w in (1.0, 3.0, 3.99)
            for b in (-4.0, -2.0, -0.5, 1.0)
        )
        and growing(settings.replace(neuron_w=4.5, neuron_b=-2.25, neuron_start=0.5))
    ),
    "cliff": cliff_holds,
}
SHIFTS = (-0.01, 0.0, 0.01)
"""Added to the start: a claim is not one of a single orbit."""
FROM_REST = ("spoils",)
"""Claims that speak of a neuron at rest; they stay there."""


def test_every_claim_has_a_test():
    assert [claim.name for claim in claims()] == list(CLAIMS)


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.name)
@pytest.mark.parametrize("shift", SHIFTS)
def test_the_claim_holds(claim, shift):
    settings = claim.settings
    if claim.name not in FROM_REST:
        settings = settings.replace(
            neuron_start=settings.neuron_start + (shift if settings.neuron_start < 1.5 else -abs(shift))
        )
    assert CLAIMS[claim.name](settings, numbers.neuron(settings).value())


@pytest.mark.parametrize("w", [4.95, 5.0, 5.05])
@pytest.mark.parametrize("above", [0.04, 0.06])
def test_the_cliff_throws_from_many_starts(w, above):
    cliff = next(claim.settings for claim in claims() if claim.name == "cliff")
    settings = cliff.replace(descent_w=w, descent_b=0.5 - 0.6224593 * w + above)
    _errors, (thrown, kept) = descent(settings)
    assert thrown > 1 > kept
