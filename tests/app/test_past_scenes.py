"""What a scene of the second look claims is true, over several seeds."""

import numpy as np
import pytest

from app import compute
from app.past import EVEN
from app.past_scenes import scenes


def earlier_against_later(past):
    """log10 of the weight of the first third of the inputs over that of the last."""
    third = len(past.influence) // 3
    return past.influence[:third].max() - past.influence[-third:].max()


def peak(picture):
    """(largest spectral norm from the scene's step k on, steps it takes)."""
    _pair, norms = compute.between_steps(picture.experiment, picture.earlier, picture.experiment.length)
    steps = compute.past(picture.experiment).survival.steps[1:]
    return 10 ** np.nanmax(norms), steps[np.nanargmax(norms)] - picture.earlier


CLAIMS = {
    # W^k = .9^k [[1, 10 k / .9], [0, 1]]: at k = 9 its largest singular value is 38.746.
    "transient": lambda picture, past: (
        peak(picture) == (pytest.approx(38.746, abs=5e-4), 9) and past.spectrum.spectral_radius[0] == pytest.approx(0.9)
    ),
    "loose": lambda picture, past: (
        past.bound_growths[0] < 1
        and past.survival.log10_gain["all"][-1, 0] < 200 * np.log10(past.bound_growths[0]) - 50
    ),
    "chaos": lambda picture, past: past.lyapunov[0] > 0.1,
    "later": lambda picture, past: earlier_against_later(past) > EVEN,
    "carried": lambda picture, past: np.allclose(np.nan_to_num(past.survival.log10_gain["all"]), 0, atol=1e-12),
    "cell": lambda picture, past: past.forgetting["c"].memory > past.forgetting["h"].memory,
}


def test_every_scene_has_a_claim_that_is_tested():
    assert [scene.name for scene in scenes()] == list(CLAIMS)


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
@pytest.mark.parametrize("seed", range(3))
def test_the_claim_holds(scene, seed):
    picture = scene.picture.replace(experiment=scene.picture.experiment.replace(seed=seed))
    assert CLAIMS[scene.name](picture, compute.past(picture.experiment))
