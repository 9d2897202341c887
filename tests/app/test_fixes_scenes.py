"""What a scene of the remedies claims is true, over several seeds."""

import numpy as np
import pytest

from app import trials
from app.fixes_scenes import scenes
from cells.remedies.stack import Doses


def decades(picture, names=None):
    """Decades per step without and with the remedies."""
    treated = trials.treatment(picture, names)
    flows = trials.flow(trials.base(picture), Doses()), trials.flow(treated.experiment, treated.doses)
    return [flow.growth.log10_ratio / (flow.last - 1) for flow in flows]


def clipped(picture):
    """(log10 norm of the gradient, of the update, change of the factor per step)."""
    found = trials.training(picture).updates["together"]
    before, after = decades(picture)
    return found[0], found[1], after - before


def trained(picture):
    """Decades per step before training, after plain training, and after training with the remedies."""
    found = trials.training(picture)
    return decades(picture)[0], np.log10(found.before.factor), np.log10(found.after.factor)


CLAIMS = {
    "layer_norm_explodes": lambda picture: decades(picture)[0] > 0.05 and abs(decades(picture)[1]) < 0.05,
    "layer_norm_vanishes": lambda picture: decades(picture)[1] < 0.7 * decades(picture)[0] < 0,
    "residual": lambda picture: decades(picture)[0] < -0.1 and abs(decades(picture)[1]) < 0.01,
    "false_residual": lambda picture: decades(picture)[1] * 399 < -2,
    "clip": lambda picture: clipped(picture)[0] > 3 and clipped(picture)[1] <= 1e-9 and clipped(picture)[2] == 0,
    "penalty": lambda picture: trained(picture)[2] < trained(picture)[1] - 0.03,
    "omega": lambda picture: abs(trained(picture)[2]) < 0.35 * abs(trained(picture)[0]),
    "stack": lambda picture: (
        decades(picture, ("gates",))[1] * 127 < -4
        and abs(decades(picture)[1]) < 0.4 * abs(decades(picture, ("gates",))[1])
    ),
}


def test_every_scene_has_a_claim_that_is_tested():
    assert [scene.name for scene in scenes()] == list(CLAIMS)


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
@pytest.mark.parametrize("seed", range(3))
def test_the_claim_holds(scene, seed):
    picture = scene.picture.replace(experiment=scene.picture.experiment.replace(seed=seed))
    assert CLAIMS[scene.name](picture)
