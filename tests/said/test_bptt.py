"""What the page that adds up the gradient says, against contributions of every step that NumPy works out."""

import numpy as np
import pytest

from app.language import power_of_ten
from app.page import figures
from app.views.bptt.numbers import GAINS
from cells.experiment import Experiment
from cells.running import drawn
from tests.said.by_numpy import PHI, sequence, sigmoid
from tests.said.plain import Gradients, backward, forward, weights_of
from tests.said.register import Said, says

LINEAR = "hidden_size=2&activation=identity"
"""Orthogonal weights without a nonlinearity: every Jacobian multiplies lengths by exactly the gain."""
FAR = 20


def gradients(experiment: Experiment) -> Gradients:
    """Of the loss 1·h / sqrt(H) at the last step or at every step, for an RNN with one layer."""
    weights, xs = weights_of(drawn(experiment)), sequence(experiment)
    phi, slope = PHI[experiment.activation]
    states, sums = forward(weights, xs, phi)
    arrives = np.zeros_like(sums)
    arrives[slice(None) if experiment.loss == "every" else -1] = experiment.hidden_size**-0.5
    return backward(weights, xs, states, slope(sums), arrives)


def size(shares: np.ndarray) -> float:
    """Length of the sum of some steps' shares."""
    return float(np.linalg.norm(shares.sum(axis=0)))


def near_and_far(shares: np.ndarray) -> tuple[float, float]:
    """Lengths of the sum of the last 20 steps, and of all before them."""
    return size(shares[-FAR:]), size(shares[:-FAR])


def cosine_and_length(part: np.ndarray, whole: np.ndarray) -> tuple[float, float]:
    length = np.linalg.norm(part)
    return np.sum(part * whole) / length / np.linalg.norm(whole), length / np.linalg.norm(whole)


def in_words(value: float) -> str:
    return power_of_ten(np.log10(value))


def drawing(said: Said, figure: str) -> dict:
    return figures()[figure].draw(said.settings, said.numbers, "light")


def traces(said: Said, figure: str) -> dict[str, dict]:
    return {trace["uid"]: trace for trace in drawing(said, figure)["data"]}


@says(
    f"parts?{LINEAR}&length=60&W_hh=1000000,0,0,1000000",
    "Overflow",
    "the forward pass leaves the finite numbers at step {step}; there is nothing to add up.",
    "nothing to check here",
)
def test_a_millionfold_at_every_step(said):
    with np.errstate(over="ignore", invalid="ignore"):
        states, _ = forward(weights_of(drawn(said.experiment)), sequence(said.experiment), lambda a: a)
    lost = int(np.argmin(np.isfinite(states).all(axis=1)))
    assert lost > 50
    text = "the forward pass leaves the finite numbers at step {step}; there is nothing to add up."
    assert said.values(text) == {"step": lost}


@says(
    "parts?hidden_size=2&length=40&input=zero",
    "Nothing to add",
    "every contribution is exactly 0.",
    ": exactly 0, nothing of it is left.",
)
def test_states_that_stay_zero(said):
    found = gradients(said.experiment)
    assert not found.shares["W_hh"].any()
    assert found.shares["b"].any()
    assert said.verdict.check.passed


@says("parts?hidden_size=2&length=40&b=400,400", "Nothing to add", "nothing to check here")
def test_units_that_are_saturated_to_the_last_digit(said):
    _, sums = forward(weights_of(drawn(said.experiment)), sequence(said.experiment), np.tanh)
    assert not np.exp(-2 * np.abs(sums)).any()  # tanh' is 4 e^(-2|a|) / (1 + e^(-2|a|))²


@says(
    f"parts?{LINEAR}&length=8",
    "Near",
    "the whole gradient has length {size}; ",
    "there are only {last} steps to add up.",
    ": it is the whole gradient.",
)
def test_eight_steps(said):
    found = gradients(said.experiment)
    assert said.values("the whole gradient has length {size}; ") == {"size": in_words(size(found.shares["W_hh"]))}
    assert said.values("there are only {last} steps to add up.") == {"last": len(found.adjoints)}
    assert len(found.adjoints) <= FAR
    # A window of 10 reaches back to before step 1.
    assert said.settings.window > 8
    assert said.values("Truncated to {window} of {last} steps back") == {"window": 8, "last": 8}


def only_the_first_input_matters(said: Said, text: str) -> None:
    shares = gradients(said.experiment).shares["W_ih"]
    assert shares[0].any()
    assert not shares[1:].any()
    assert said.values(text) == {"lag": FAR}
    # Through 39 Jacobians of the gain's length each.
    expected = said.experiment.gain**39 * np.linalg.norm(sequence(said.experiment)[0])
    assert said.values("the whole gradient has length {size}; ") == {"size": in_words(expected)}


@says(
    f"parts?{LINEAR}&length=40&input=impulse&weights=W_ih",
    "Only the far past",
    "all of it comes from {lag} steps back or more: nothing nearer adds to it.",
    ": exactly 0, nothing of it is left.",
)
def test_one_input_at_the_beginning(said):
    only_the_first_input_matters(said, "all of it comes from {lag} steps back or more: nothing nearer adds to it.")


@says(
    f"parts?{LINEAR}&length=40&input=impulse&weights=W_ih&gain=0.5",
    "Only the far past",
    "all of it comes from {lag} steps back or more, and vanished on the way.",
)
def test_one_input_that_halves_at_every_step(said):
    only_the_first_input_matters(said, "all of it comes from {lag} steps back or more, and vanished on the way.")


@says(
    f"parts?{LINEAR}&length=40&input=impulse&weights=W_ih&gain=2",
    "Only the far past",
    "all of it comes from {lag} steps back or more, and exploded on the way.",
)
def test_one_input_that_doubles_at_every_step(said):
    only_the_first_input_matters(said, "all of it comes from {lag} steps back or more, and exploded on the way.")


def comes_from_far(said: Said) -> tuple[float, float]:
    """Lengths of the near and of the far sum over the largest number, which the sentence gives the share of."""
    shares = gradients(said.experiment).shares[said.settings.weights]
    near, far = near_and_far(shares / np.abs(shares).max())
    share = far / (near + far)
    text = f"{100 * share:.0f} %" if share >= 0.01 else in_words(share)
    assert said.values("{share} of it comes from {lag} steps back or more") == {"share": text, "lag": FAR}
    return near, far


@says(
    f"parts?{LINEAR}&length=80&input=impulse&gain=0.9",
    "Mostly the far past",
    "{share} of it comes from {lag} steps back or more",
    ", although it vanishes on the way: the nearer steps add less.",
    "Truncated to {window} of {last} steps back",
    ": cosine {cosine}, {length} of the length.",
)
def test_equal_shares_along_a_way_that_vanishes(said):
    found = gradients(said.experiment)
    near, far = comes_from_far(said)
    assert near < far
    assert np.linalg.norm(found.adjoints[0]) == pytest.approx(0.9**79)
    shares = found.shares["W_hh"]
    cosine, length = cosine_and_length(shares[-10:].sum(axis=0), shares.sum(axis=0))
    assert said.values("Truncated to {window} of {last} steps back") == {"window": 10, "last": 80}
    assert said.values(": cosine {cosine}, {length} of the length.") == {
        "cosine": f"{cosine:.3f}",
        "length": in_words(length),
    }


@says(
    f"parts?{LINEAR}&length=130&gain=20",
    "Mostly the far past",
    ", which drowns the rest.",
    "beyond float64: plain autodiff has no number to compare with",
)
def test_twenty_times_as_much_at_every_step(said):
    near, far = comes_from_far(said)
    assert far > 4 * near
    found = gradients(said.experiment)
    assert np.hypot(*found.adjoints[0]) == pytest.approx(20.0**129)
    assert 2 * np.log10(np.abs(found.shares["W_hh"].sum(axis=0)).max()) > np.log10(np.finfo(float).max)


@says(f"parts?{LINEAR}&length=45&gain=1.06&input=step", "Mostly the far past", ", and exploded on the way.")
def test_what_explodes_need_not_drown_the_rest(said):
    near, far = comes_from_far(said)
    assert near < far < 4 * near
    assert np.linalg.norm(gradients(said.experiment).adjoints[0]) == pytest.approx(1.06**44)


@says(
    f"parts?{LINEAR}&length=80&input=impulse",
    "Mostly the far past",
    ": nothing explodes on the way, most of the steps are that far.",
)
def test_equal_shares_along_a_way_that_carries(said):
    comes_from_far(said)
    found = gradients(said.experiment)
    np.testing.assert_allclose(np.linalg.norm(found.adjoints, axis=1), 1.0)
    assert len(found.adjoints) - FAR > FAR


@says(
    f"parts?{LINEAR}&length=30&weights=W_ih&input=numbers&numbers=" + "5," * 10 + ",".join(["0.1"] * 20),
    "Mostly the far past",
    ", although nothing explodes on the way.",
)
def test_large_inputs_at_the_beginning(said):
    near, far = comes_from_far(said)
    found = gradients(said.experiment)
    np.testing.assert_allclose(np.linalg.norm(found.adjoints, axis=1), 1.0)
    assert far > 50 * near
    assert len(found.adjoints) - FAR < FAR


@says(
    f"parts?{LINEAR}&length=50&input=impulse&weights=W_ih&onset=45",
    "Only the near past",
    "none of it comes from {lag} steps back or more: nothing is added there.",
)
def test_one_input_near_the_end(said):
    assert near_and_far(gradients(said.experiment).shares["W_ih"])[1] == 0
    text = "none of it comes from {lag} steps back or more: nothing is added there."
    assert said.values(text) == {"lag": FAR}


@says(
    "parts?hidden_size=2&length=40",
    "Only the near past",
    ": it looks healthy, and the far past is gone.",
    ": the whole gradient but for {rest} of its length.",
    "sum of all steps {mark} tied gradient: relative difference {error}",
    "**A bar** is the length of dL/dW⁽ᵗ⁾: the gradient of the copy of the weights that step t uses. All steps share "
    "the weights, so their gradient is the sum of the bars' matrices, not of the bars: terms may cancel.",
    "**Two factors** make a bar: what arrives from the loss, dL/dsₜ, and what the step itself does with the weights, "
    "∂⁺sₜ/∂W with the state before it held fixed.",
    "**Truncation** drops what lies before the dotted line. The curves show where each window would end: the cosine "
    "of the truncated gradient with the full one, and its length. What is dropped is always dropped: it is bias, not "
    "noise.",
    "One input, one seed: other seeds may give other numbers.",
)
def test_vanishing(said):
    near, far = comes_from_far(said)
    assert far < 0.01 * near
    found = gradients(said.experiment)
    shares, drawn_as = found.shares["W_hh"], traces(said, "parts")
    whole = shares.sum(axis=0)
    assert 0.1 < np.linalg.norm(whole) < 10
    rest = size(shares[:-10]) / np.linalg.norm(whole)
    assert said.values(": the whole gradient but for {rest} of its length.") == {"rest": in_words(rest)}

    # The bars, and the two factors that make them.
    lengths = np.linalg.norm(shares, axis=(1, 2))
    bars = np.where(np.isfinite(drawn_as["inside"]["y"]), drawn_as["inside"]["y"], drawn_as["outside"]["y"])
    top = bars + drawn_as["inside"]["base"]
    np.testing.assert_allclose(top[1:], np.log10(lengths[1:]), atol=1e-4)
    assert lengths.sum() > np.linalg.norm(whole) + 0.01
    np.testing.assert_allclose(drawn_as["arrives"]["y"], np.log10(np.linalg.norm(found.adjoints, axis=1)), atol=1e-4)
    own = np.log10(lengths[1:] / np.linalg.norm(found.adjoints[1:], axis=1))
    np.testing.assert_allclose(drawn_as["local"]["y"][1:], own, atol=1e-4)

    # Truncation: where the line stands, and what the curves are.
    dotted = drawing(said, "parts")["layout"]["shapes"][0]
    assert (dotted["x0"], dotted["x1"], dotted["line"]["dash"]) == (30.5, 30.5, "dot")
    assert np.isfinite(drawn_as["inside"]["y"]).nonzero()[0].tolist() == [*range(30, 40)]
    for window in (1, 3, 10):
        kept, at = shares[-window:].sum(axis=0), drawn_as["cosine"]["x"] == 41 - window
        cosine = np.sum(kept * whole) / np.linalg.norm(kept) / np.linalg.norm(whole)
        np.testing.assert_allclose(drawn_as["cosine"]["y"][at], [cosine], atol=1e-6)
        np.testing.assert_allclose(
            drawn_as["ratio"]["y"][at], [np.linalg.norm(kept) / np.linalg.norm(whole)], rtol=1e-5
        )

    # The sum over the steps is the slope of the loss along the shared weights.
    assert said.values("sum of all steps {mark} tied gradient: relative difference {error}")["mark"] == "✓"
    weights, xs = weights_of(drawn(said.experiment)), sequence(said.experiment)
    along = np.random.default_rng(0).normal(size=(2, 2))
    ends = [
        forward(weights | {"W_hh": weights["W_hh"] + step * along}, xs, np.tanh)[0][-1].sum() / np.sqrt(2)
        for step in (1e-5, -1e-5)
    ]
    assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(np.sum(whole * along), rel=1e-6)

    other = gradients(said.experiment.replace(seed=1)).shares["W_hh"]
    assert size(other) != pytest.approx(np.linalg.norm(whole), rel=0.01)


@says(
    f"parts?{LINEAR}&length=40&input=numbers&numbers=0.000001&gain=0.5",
    "Only the near past",
    ": the far past is gone.",
)
def test_a_vanished_past_in_a_gradient_that_is_small_itself(said):
    near, far = comes_from_far(said)
    assert far < 0.01 * near
    assert size(gradients(said.experiment).shares["W_hh"]) < 1e-2


@says(f"parts?{LINEAR}&length=30", "Near and far", "{share} of it comes from {lag} steps back or more")
def test_a_way_that_carries_noise(said):
    near, far = comes_from_far(said)
    assert 0.01 < far / (near + far) < 0.5


@says(
    "parts?hidden_size=2&length=40&loss=every&window=4",
    "Every step has a loss here, so the curves below show what the last steps alone add, not truncation.",
    "The last {window} of {last} steps alone",
    ": cosine {cosine}, {length} of the length.",
)
def test_a_loss_at_every_step(said):
    shares = gradients(said.experiment).shares["W_hh"]
    whole = shares.sum(axis=0)
    assert said.values("The last {window} of {last} steps alone") == {"window": 4, "last": 40}
    cosine, length = cosine_and_length(shares[-4:].sum(axis=0), whole)
    assert said.values(": cosine {cosine}, {length} of the length.") == {
        "cosine": f"{cosine:.3f}",
        "length": in_words(length),
    }
    # Truncation would keep of every loss the four steps before it.
    alone = [said.experiment.replace(loss="last", length=length) for length in range(1, 41)]
    truncated = sum(gradients(each).shares["W_hh"][-4:].sum(axis=0) for each in alone)
    assert cosine_and_length(truncated, whole)[0] > 0.95 > cosine + 0.2


@says("parts?hidden_size=2&layers=2&length=12", "The weights are those of the first layer.")
def test_two_layers(said):
    lower, upper = (weights_of(layer) for layer in drawn(said.experiment).layers)
    xs = sequence(said.experiment)

    def loss(W_hh):
        below, _ = forward(lower | {"W_hh": W_hh}, xs, np.tanh)
        return forward(upper, below[1:], np.tanh)[0][-1].sum() / np.sqrt(2)

    steps = 1e-5 * np.eye(4).reshape(4, 2, 2)
    slopes = [(loss(lower["W_hh"] + step) - loss(lower["W_hh"] - step)) / 2e-5 for step in steps]
    size = said.values("the whole gradient has length {size}; ")["size"]
    assert size == in_words(np.linalg.norm(slopes))


def mingru_shares(experiment: Experiment) -> np.ndarray:
    """(T, 2, H, D) shares of the input's weights of a minGRU with the loss on the last step, gates z n."""
    cell, xs = drawn(experiment), sequence(experiment)
    W, b = np.asarray(cell.W_ih, float), np.asarray(cell.b, float)
    z, n = sigmoid(xs @ W[0].T + b[0]), xs @ W[1].T + b[1]
    h, shares = np.zeros(len(b[0])), []
    for t in range(len(xs)):
        arrives = np.prod(1 - z[t + 1 :], axis=0) / np.sqrt(len(h))
        deltas = arrives * np.stack([z[t] * (1 - z[t]) * (n[t] - h), z[t]])
        shares.append(deltas[:, :, None] * xs[t])
        h = (1 - z[t]) * h + z[t] * n[t]
    return np.array(shares)


@says(
    "parts?hidden_size=2&length=40&cell=mingru",
    "{cell} has no {missing}: its {shown} is shown instead.",
    "**The matrices** are contributions at unit length, warm above 0 and blue below; gates stand below one another. "
    "Their sizes are the bars. The sum of all steps and the gradient of the tied weights are the same.",
)
def test_a_cell_without_recurrent_weights(said):
    assert said.experiment.cell_class.label == "minGRU"
    assert drawn(said.experiment).W_hh is None
    assert said.values("{cell} has no {missing}: its {shown} is shown instead.") == {
        "cell": "minGRU",
        "missing": "W_hh",
        "shown": "W_ih",
    }
    shares = mingru_shares(said.experiment)
    assert said.values("the whole gradient has length {size}; ")["size"] == in_words(size(shares))
    maps = {trace["name"]: trace for uid, trace in traces(said, "parts").items() if uid.startswith("matrix")}
    whole, last = shares.sum(axis=0), shares[-1]
    for name, share in (("t = 40", last), ("sum", whole), ("tied", whole)):
        gates = np.concatenate(share[..., :4])  # z above n, four channels of noise
        np.testing.assert_allclose(maps[name]["z"], gates / np.linalg.norm(gates), atol=1e-6)
    below, above = (scale[1] for scale in (maps["sum"]["colorscale"][0], maps["sum"]["colorscale"][-1]))
    red, blue = ([int(colour[at : at + 2], 16) for at in (1, 5)] for colour in (above, below))
    assert red[0] > red[1]
    assert blue[0] < blue[1]
    bars = traces(said, "parts")["inside"]
    np.testing.assert_allclose(bars["y"][-1] + bars["base"], np.log10(np.linalg.norm(last)), atol=1e-4)


@says(
    "shares?hidden_size=2&length=40",
    "Near and far",
    "a vanished term leaves the rest of the sum as it is, so the whole gradient looks healthy; an exploded one drowns "
    "it. A norm of the whole gradient cannot show vanishing, and no learning rate changes the ratio.",
)
def test_from_vanishing_to_exploding(said):
    shares = [gradients(said.experiment.replace(gain=gain)).shares["W_hh"] for gain in GAINS]
    near, far = np.array([near_and_far(share) for share in shares]).T
    drawn_as = traces(said, "shares")
    np.testing.assert_allclose(drawn_as["far"]["y"], far / (near + far), atol=1e-6)
    sizes = np.array([size(share) for share in shares])
    np.testing.assert_allclose(drawn_as["total"]["y"], np.log10(sizes), atol=1e-5)
    vanished = far < 1e-6 * near
    assert vanished.any()
    np.testing.assert_allclose(sizes[vanished], near[vanished], rtol=1e-5)
    assert (sizes[vanished] > 0.1).all()


@says(
    "shares?hidden_size=2&length=40&activation=identity&input_scale=0.1",
    "a vanished term leaves the rest of the sum as it is, so the whole gradient looks healthy; an exploded one drowns "
    "it. A norm of the whole gradient cannot show vanishing, and no learning rate changes the ratio.",
)
def test_an_explosion_without_a_nonlinearity(said):
    shares = gradients(said.experiment.replace(gain=GAINS[-1])).shares["W_ih"]
    near, far = near_and_far(shares)
    assert far > 100 * near
    assert size(shares) == pytest.approx(far, rel=0.01)


@says(
    "shares?hidden_size=2&length=40&cell=mingru",
    "the gain multiplies W_hh, which this cell does not have: the curves are level.",
)
def test_a_gain_that_multiplies_nothing(said):
    far, total = (traces(said, "shares")[name]["y"] for name in ("far", "total"))
    near_part, far_part = near_and_far(mingru_shares(said.experiment))
    np.testing.assert_allclose(far, far_part / (near_part + far_part), atol=1e-6)
    np.testing.assert_allclose(total, np.log10(size(mingru_shares(said.experiment))), atol=1e-5)


def walk(experiment: Experiment, rate: float, clip: float, updates: int) -> tuple[np.ndarray, np.ndarray]:
    """(losses, norms of the gradient) of H (m - 0.5)² / 2 under gradient descent, m the mean of h at the last step."""
    weights, xs = weights_of(drawn(experiment)), sequence(experiment)
    phi, slope = PHI[experiment.activation]
    losses, norms = [], []
    for _ in range(updates + 1):
        states, sums = forward(weights, xs, phi)
        distance = states[-1].mean() - 0.5
        arrives = np.zeros_like(sums)
        arrives[-1] = distance
        found = backward(weights, xs, states, slope(sums), arrives).shares
        gradient = {name: share.sum(axis=0) for name, share in found.items()}
        norm = np.sqrt(sum(np.sum(part**2) for part in gradient.values()))
        losses.append(0.5 * states.shape[1] * distance**2)
        norms.append(norm)
        scale = rate * (clip / norm if norm > clip else 1.0)
        weights = {name: weights[name] - scale * part for name, part in gradient.items()}
    return np.array(losses), np.array(norms)


@says(
    "walks?hidden_size=2&length=10&learning_rate=0.02&clip=0.2",
    "After {count} updates",
    "without clipping {first}, clipped {second}. The largest gradient on the way without clipping has norm {norm}.",
    "the loss goes from {first} to {last}",
    "**The walks** bring the mean of h at the last step towards 0.5 by plain gradient descent on this one sequence, "
    "60 updates, all weights.",
)
def test_descent_that_arrives(said):
    assert said.values("After {count} updates") == {"count": 60}
    walks = [walk(said.experiment, 0.02, clip, 60) for clip in (np.inf, 0.2)]
    text = "the loss goes from {first} to {last}"
    assert said.spoken[text] == [
        {"first": in_words(losses[0]), "last": in_words(losses[-1])} for losses, _norms in walks
    ]
    assert said.spoken[text][0] != said.spoken[text][1]
    text = (
        "without clipping {first}, clipped {second}. The largest gradient on the way without clipping has norm {norm}."
    )
    assert said.values(text)["norm"] == in_words(walks[0][1].max())
    for name, (losses, norms) in zip(("plain", "clipped"), walks, strict=True):
        np.testing.assert_allclose(getattr(said.numbers, name).loss, losses, rtol=1e-6)
        np.testing.assert_allclose(getattr(said.numbers, name).log10_norm, np.log10(norms), atol=1e-6)


@says(
    "walks?hidden_size=2&length=10&activation=identity&learning_rate=30",
    "the loss leaves the finite numbers at update {update}",
)
def test_descent_that_is_thrown_away(said):
    with np.errstate(over="ignore", invalid="ignore"):
        losses, _ = walk(said.experiment, 30.0, np.inf, 5)
    lost = int(np.argmin(np.isfinite(losses)))
    assert said.values("the loss leaves the finite numbers at update {update}") == {"update": lost}
    assert lost > 0
