"""What a scene claims is true, over several seeds."""

import numpy as np
import pytest

from app import compute
from app.picture import AXES
from app.scenes import scenes

SEEDS = range(4)
CLAIMS = {
    # name: (flow of the scene, flows of its pins) -> bool
    "gone": lambda flow, pins: flow.log10_norm["h"][-21] < -7.2,  # float16's smallest number is 6e-8
    "explodes": lambda flow, pins: flow.growth.kind == "exploding" and flow.growth.log10_ratio > 8,
    "saturates": lambda flow, pins: flow.growth.log10_ratio < pins[0].growth.log10_ratio - 20,
    "nilpotent": lambda flow, pins: flow.growth.kind == "exploding" and flow.bound_growths[1] < 1e-12,
    "forget": lambda flow, pins: (
        flow.growth.log10_ratio < -9 and flow.growth.log10_ratio < pins[0].growth.log10_ratio - 5
    ),
    "chrono": lambda flow, pins: -1.5 < flow.growth.log10_ratio and pins[0].growth.log10_ratio < -4,
    "default": lambda flow, pins: flow.growth.log10_ratio < pins[0].growth.log10_ratio - 3,
    "lstm": lambda flow, pins: flow.growth.log10_ratio > 30,
    "update": lambda flow, pins: flow.growth.log10_ratio > pins[0].growth.log10_ratio + 10,
    "irnn": lambda flow, pins: flow.growth.kind == "carried" and flow.growth.log10_ratio == pytest.approx(0, abs=1e-9),
}


def test_every_scene_has_a_claim_that_is_tested():
    assert [scene.name for scene in scenes()] == list(CLAIMS)
    assert len(CLAIMS) >= 8


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_claim_holds(scene, seed):
    flow = compute.flow(scene.picture.experiment.replace(seed=seed))
    pins = [compute.flow(pin.replace(seed=seed)) for pin in scene.picture.pins]
    assert CLAIMS[scene.name](flow, pins)


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
def test_autodiff_agrees_with_the_finite_difference_in_every_scene(scene):
    assert compute.flow(scene.picture.experiment).check.relative_error < 1e-4


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
def test_the_curve_of_a_scene_stays_on_its_axis(scene):
    low, high = AXES[scene.picture.axis]
    for curve in compute.flow(scene.picture.experiment).log10_norm.values():
        assert low <= np.nanmin(curve) <= np.nanmax(curve) <= high
