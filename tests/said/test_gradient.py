"""What the first page says, against gradients that NumPy adds up."""

import numpy as np
import pytest

from app.language import power_of_ten
from tests.said.by_numpy import log10_gradient
from tests.said.register import says


@says("gradient?length=1&hidden_size=4", "One step", "the loss is on step 1, so there is no way back to measure.")
def test_the_only_step(said):
    assert said.experiment.length == 1
    assert said.verdict.kind == "single"


@says(
    "gradient?hidden_size=4&length=40&gain=0.5&cells=",
    "×{factor} a step",
    "half gone every {steps}",
    "{count:.1f} steps",
    "step 1 receives {ratio} of what step {last} receives",
)
def test_vanishing(said):
    curve, _ = log10_gradient(said.experiment)
    slope = (curve[0] - curve[-1]) / (len(curve) - 1)
    assert said.values("×{factor} a step")["factor"] == f"{10**slope:.3g}"
    assert said.values("{count:.1f} steps")["count"] == pytest.approx(np.log10(2) / -slope)
    assert said.values("step 1 receives {ratio} of what step {last} receives") == {
        "ratio": power_of_ten(curve[0] - curve[-1]),
        "last": 40,
    }
