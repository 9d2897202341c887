"""What a scene of the adding page claims is true, over several seeds."""

import numpy as np
import pytest

from app import compute
from app.bptt import far_share
from app.bptt_scenes import scenes


def kept(picture, parts):
    """(cosine, length over the full length) of the truncated gradient."""
    name, place = picture.weights, picture.window - 1
    ratio = parts.log10_truncated[name][place] - parts.log10_total[name]
    return parts.cosine[name][place], 10**ratio


def arrives(picture, parts):
    """Without clipping the loss ends far from 0; clipped it ends near."""
    plain, clipped = compute.walks(picture.experiment, picture.learning_rate, picture.clip)
    return plain.loss[-1] > 0.3 and clipped.loss[-1] < 1e-3


CLAIMS = {
    "healthy": lambda picture, parts: parts.log10_total["W_hh"] > -1 and far_share(parts, "W_hh") < 1e-4,
    "drowned": lambda picture, parts: parts.log10_total["W_hh"] > 2 and far_share(parts, "W_hh") > 0.9,
    # Scalar, linear, constant: the sum of .9^k is geometric, and ten terms of it are 1 - .9^10 = .651.
    "bias": lambda picture, parts: kept(picture, parts) == (pytest.approx(1), pytest.approx(1 - 0.9**10, abs=1e-6)),
    "credit": lambda picture, parts: (
        parts.log10_truncated["W_ih"][9] == -np.inf and parts.log10_total["W_ih"] > -np.inf
    ),
    "cheap": lambda picture, parts: kept(picture, parts)[0] > 0.999,
    "jumps": arrives,
}


def test_every_scene_has_a_claim_that_is_tested():
    assert [scene.name for scene in scenes()] == list(CLAIMS)


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
@pytest.mark.parametrize("seed", range(4))
def test_the_claim_holds(scene, seed):
    picture = scene.picture.replace(experiment=scene.picture.experiment.replace(seed=seed))
    assert CLAIMS[scene.name](picture, compute.parts(picture.experiment))
