"""What the page of the model says: its counts against the shapes of the paper."""

import numpy as np

from tests.said.register import says


@says(
    "model?cell=lstm&hidden_size=4&length=20&channels=3&seed=7&overlay=lstm",
    "{count} numbers drawn with seed {seed}, then {steps} steps of {input}; the loss is 1·h / √H on {where}.",
    "Numbers of each name: {listed}.",
    "{headline}: {sentence}",
    "**On the left** are all numbers of the cell as they are drawn, smallest first: half of those of a name lie below "
    "the middle of its curve. A level piece is a number that many weights share, as a bias does.",
    "**On the right** is the input, its first channel, and below it log₁₀ of the gradient of every state.",
    "Everything below can be quoted: each paragraph has a link of its own, which its heading shows.",
)
def test_a_run(said):
    told = said.values(
        "{count} numbers drawn with seed {seed}, then {steps} steps of {input}; the loss is 1·h / √H on {where}."
    )
    assert told["count"] == 4 * 4 * (3 + 4 + 1)
    assert (told["seed"], told["steps"], told["input"], told["where"]) == (7, 20, "white noise", "the last step")
    assert said.values("Numbers of each name: {listed}.")["listed"] == "W_ih 48, W_hh 64, b 16"
    assert said.verdict.headline == "LSTM"
    said_of_it = said.values("{headline}: {sentence}")
    assert (said_of_it["headline"] == "Vanishing") == (said.numbers.flow.growth.log10_ratio < 0)
    orthogonal = np.asarray(said.traces["weights.W_hh"]["y"])
    assert (np.diff(orthogonal) >= 0).all()
    assert np.abs(orthogonal).max() <= 1
    np.testing.assert_allclose(said.traces["input"]["y"], said.experiment.sequence()[:, 0], rtol=1e-6)
