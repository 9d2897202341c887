"""What the page on the past says, against Jacobians that NumPy multiplies and powers of a matrix."""

import numpy as np
import pytest

from app.language import number, power_of_ten
from app.settings import AXES
from cells.running import drawn as weights_of
from tests.said.by_numpy import jacobian, log10_gradient, orbit, sequence
from tests.said.register import says

TANH = "hidden_size=4&length=40"
LINEAR = "hidden_size=2&activation=identity&length=40"
"""Every step multiplies every direction by the gain, or the state by the matrix given."""
FADES, STAYS, GROWS = "A small change fades", "A small change stays", "A small change grows"
FACTOR = "×{factor} a step for a random change"
LEFT = "1 % of it is left after {steps}."
WEIGH = "Lecture notes say that “later inputs weigh more”: {verdict}"
SURVIVOR = "From step {earlier} to step {later} the best surviving direction is multiplied by {best}"
PEAKED = "{said}; on the way, {apart} after step {earlier}, σ₁ peaked at {peak}."
LAMBDA = "the largest Lyapunov exponent is {first:+.3f} nats a step {over}: {what}."
PROMISE = "{label} = {factor} a step, measured {measured}."
RADIUS = "{gate}spectral radius ρ = {radius}, spectral norm σ₁ = {norm}"
FIELD = (
    "Mean-field theory, for many units and Gaussian weights: with this input the edge lies at gain {critical:.3g}; the "
    "weights' gain here is {gain:.3g}."
)


def size(matrix):
    """log10 of the root mean square singular value."""
    return np.log10(np.linalg.norm(matrix) / np.sqrt(matrix.shape[1]))


def survival(experiment):
    """log10 size of ds_t/ds_k at [t, k], NaN where t < k."""
    steps, length = orbit(experiment).steps, experiment.length
    found = np.full((length + 1, length + 1), np.nan)
    for earlier in range(length + 1):
        product = np.eye(steps.shape[1])
        found[earlier, earlier] = 0
        for later in range(earlier + 1, length + 1):
            product = steps[later - 1] @ product
            found[later, earlier] = size(product)
    return found


def weights_of_inputs(experiment):
    """(T,) log10 of |ds_T/dx_t| of a tanh RNN."""
    found, cell = orbit(experiment), weights_of(experiment)
    towards, weight = np.eye(experiment.hidden_size), []
    for h, step in zip(found.states["h"][:0:-1], found.steps[::-1], strict=True):
        reads = (1 - h**2)[:, None] * cell.W_ih[:, : experiment.channels_in_use]
        weight.append(np.log10(np.linalg.norm(towards @ reads)))
        towards = towards @ step
    return np.array(weight[::-1])


def lyapunov(experiment):
    """Mean ln |R_ii| of the QR decompositions along an orbit, largest first."""
    steps = orbit(experiment).steps
    basis, total = np.eye(steps.shape[1]), np.zeros(steps.shape[1])
    for step in steps:
        basis, triangle = np.linalg.qr(step @ basis)
        with np.errstate(divide="ignore"):
            total += np.log(np.abs(np.diag(triangle)))
    return np.sort(total / len(steps))[::-1]


def matrix(said):
    return np.asarray(weights_of(said.experiment).W_hh)


def power(said, exponent):
    return np.linalg.matrix_power(matrix(said), exponent)


# --- how fast, and what the inputs weigh ---


@says(
    f"survival?{TANH}&gain=1.2",
    FADES,
    FACTOR,
    LEFT,
    "half gone every {steps}",
    "{count:.1f} steps",
    WEIGH,
    "true here, the last third weighs {ratio} times the first.",
    SURVIVOR,
    "Jacobians {mark} backpropagation: relative difference {error}",
)
def test_a_small_change_fades(said):
    found = survival(said.experiment)
    factor = found[40, 0] / 40
    assert factor < -0.02
    assert said.values(FACTOR) == {"factor": number(10**factor, 3)}
    left = np.array([np.diagonal(found, -lag).mean() for lag in range(41)])
    below = np.argmax(left <= -2)
    share = (left[below - 1] + 2) / (left[below - 1] - left[below])
    halving, memory = (each["count"] for each in said.spoken["{count:.1f} steps"])
    assert (halving, memory) == (pytest.approx(np.log10(2) / -factor), pytest.approx(below - 1 + share))
    weight = weights_of_inputs(said.experiment)
    ratio = weight[-13:].max() - weight[:13].max()
    assert said.values("true here, the last third weighs {ratio} times the first.")["ratio"] == power_of_ten(ratio)
    best = np.log10(np.linalg.norm(jacobian(said.experiment, 1, 40), 2))
    assert said.values(SURVIVOR) == {"earlier": 1, "later": 40, "best": power_of_ten(best)}
    brought_back = np.linalg.norm(np.ones(4) / 2 @ jacobian(said.experiment, 1, 40))
    assert np.log10(brought_back) == pytest.approx(log10_gradient(said.experiment)[0][0], abs=1e-9)
    assert said.values("Jacobians {mark} backpropagation: relative difference {error}")["mark"] == "✓"


@says(f"survival?{TANH}&input_scale=10", "half gone or more at an average step", FADES)
def test_half_is_gone_on_average_and_not_at_every_step(said):
    steps = [size(step) for step in orbit(said.experiment).steps]
    assert survival(said.experiment)[40, 0] / 40 < np.log10(0.5)
    assert max(steps) > np.log10(0.5)


@says(f"survival?{LINEAR}&length=200&gain=0.97", FADES, LEFT, "{count:.0f} steps")
def test_a_long_memory(said):
    assert said.values("{count:.0f} steps")["count"] == pytest.approx(np.log(0.01) / np.log(0.97))


@says(
    f"survival?{LINEAR}",
    STAYS,
    FACTOR,
    "more than 1 % of it is left after all {length} steps.",
    "false here, first and last third weigh about the same.",
    WEIGH,
)
def test_orthogonal_and_linear(said):
    W = matrix(said)
    assert W @ W.T == pytest.approx(np.eye(2))
    assert said.values(FACTOR) == {"factor": "1"}
    assert said.values("more than 1 % of it is left after all {length} steps.") == {"length": 40}


@says(
    f"survival?{LINEAR}&gain=1.1",
    GROWS,
    "doubled every {steps}",
    "false here, the first third weighs {ratio} times the last.",
    "more than 1 % of it is left after all {length} steps.",
)
def test_a_small_change_grows(said):
    assert said.values("doubled every {steps}")["steps"] == f"{np.log(2) / np.log(1.1):.1f} steps"
    # Of 40 inputs the first weighs 1.1^39, and the first of the last 13 weighs 1.1^12.
    ratio = said.values("false here, the first third weighs {ratio} times the last.")["ratio"]
    assert ratio == power_of_ten(27 * np.log10(1.1))


@says(f"survival?{LINEAR}&gain=2.5", GROWS, "doubled or more at an average step", FACTOR)
def test_a_small_change_grows_at_once(said):
    assert said.values(FACTOR) == {"factor": "2.5"}


@says(
    f"survival?{LINEAR}&length=1",
    STAYS,
    "more than 1 % of it is left after the only step.",
)
def test_the_only_step(said):
    assert said.experiment.length == 1
    assert np.linalg.norm(matrix(said)) / np.sqrt(2) > 0.01


@says(
    f"survival?{LINEAR}&W_hh=0,0,0,0",
    FADES,
    "nothing of the first state is left at step {length}: the Jacobian is exactly 0.",
    "true here, the first third of the inputs has no weight at all.",
    SURVIVOR,
)
def test_without_recurrent_weights(said):
    assert not matrix(said).any()
    text = "nothing of the first state is left at step {length}: the Jacobian is exactly 0."
    assert said.values(text)["length"] == 40
    assert said.values(SURVIVOR)["best"] == "0"


@says(
    f"survival?cell=lstm&hidden_size=4&length=40&gain=0.05&W_hh={','.join(['0'] * 64)}&block=h",
    "nothing of the first {field} is left in {field} at step {length}: that block is exactly 0.",
    SURVIVOR,
)
def test_a_block_that_is_0_while_the_state_is_kept(said):
    whole = jacobian(said.experiment, 0, 40)
    assert not whole[:4, :4].any()
    assert whole.any()
    text = "nothing of the first {field} is left in {field} at step {length}: that block is exactly 0."
    assert said.values(text) == {"length": 40, "field": "h"}


@says("survival?hidden_size=2&activation=relu&length=40&b=-50,-50", "No input moves the last state.")
def test_a_rectifier_that_is_shut(said):
    assert not orbit(said.experiment).states["h"].any()


BIASES = ",".join(",".join([bias] * 4) for bias in ("-800", "50", "0", "50"))
KEEPS = f"cell=lstm&hidden_size=4&length=9&W_hh={','.join(['0'] * 64)}&b={BIASES}&input=numbers&input_scale=10"
"""Where nothing is fed in, i is exactly 0, f and o are exactly 1, and all their slopes exactly 0."""


@says(
    f"survival?{KEEPS}&numbers=0,0,0,0,77.70,0,0,0,0",
    "false here, the last third of the inputs has no weight at all.",
    WEIGH,
)
def test_only_the_middle_third_of_the_inputs_has_weight(said):
    opens(said.experiment, 5)


@says(
    f"survival?{KEEPS}&numbers=77.70,0,0,0,0,0,0,0,0",
    "false here, the last third of the inputs has no weight at all.",
)
def test_only_the_first_input_has_weight(said):
    opens(said.experiment, 1)


def opens(experiment, step):
    """See that the input gate opens at one step alone, in one unit."""
    with np.errstate(over="ignore"):
        gates = orbit(experiment).gates
    assert [t for t, i in enumerate(gates["i"], start=1) if i.any()] == [step]
    assert 0.1 < gates["i"][step - 1].max() < 0.9
    others = np.arange(1, 10) != step
    assert (gates["f"][others] == 1).all()
    assert (gates["o"][others] == 1).all()


OVERFLOW = f"{LINEAR}&length=250&gain=20&input=impulse"


@says(
    f"survival?{OVERFLOW}",
    "Overflow",
    "the forward pass leaves the finite numbers at step {step}; no Jacobian is drawn.",
    "nothing to check here",
)
def test_overflow(said):
    h, step = weights_of(said.experiment).W_ih[:, 0], 1
    with np.errstate(over="ignore", invalid="ignore"):
        while np.isfinite(h).all():
            h, step = matrix(said) @ h, step + 1
    text = "the forward pass leaves the finite numbers at step {step}; no Jacobian is drawn."
    assert said.values(text) == {"step": step}
    assert np.isnan(said.traces["map"]["z"]).all()


SEEDS = "Of {seeds} seeds: {counted}; ×{low} to ×{high} a step."


@says(
    f"survival?{LINEAR}&length=250&gain=16&input=impulse&initializer=gaussian&spread=true",
    SEEDS,
    "{count} {kind}",
    "Exploding",
    "Overflow",
)
def test_over_seeds_one_of_which_overflows(said):
    experiments = [said.experiment.replace(seed=said.experiment.seed + further) for further in range(5)]
    with np.errstate(over="ignore", invalid="ignore"):
        overflows = [not np.isfinite(orbit(each).states["h"]).all() for each in experiments]
    kept = [np.asarray(weights_of(each).W_hh) for each, over in zip(experiments, overflows, strict=True) if not over]
    factors = [16 * 10 ** (size(np.linalg.matrix_power(W / 16, 250)) / 250) for W in kept]
    counted = {each["kind"]: each["count"] for each in said.spoken["{count} {kind}"]}
    assert counted == {"exploding": len(kept), "overflow": sum(overflows)}
    assert said.values(SEEDS)["seeds"] == 5
    assert (said.values(SEEDS)["low"], said.values(SEEDS)["high"]) == (number(min(factors), 3), number(max(factors), 3))


# --- between two steps ---


@says(f"survival?{LINEAR}&W_hh=0.9,10,0,0.9&input=zero", PEAKED, "{count} steps", SURVIVOR)
def test_it_grows_before_it_fades(said):
    norms = [np.linalg.norm(power(said, n), 2) for n in range(40)]
    assert said.values("{count} steps") == {"count": int(np.argmax(norms))}
    assert said.values(PEAKED)["peak"] == number(max(norms), 5)
    assert said.values(SURVIVOR)["best"] == power_of_ten(np.log10(norms[39]))


@says(f"survival?{LINEAR}&W_hh=0.4,10,0,0.4&input=zero", PEAKED, "one step")
def test_it_peaks_after_one_step(said):
    norms = [np.linalg.norm(power(said, n), 2) for n in range(40)]
    assert np.argmax(norms) == 1
    assert said.values(PEAKED)["peak"] == number(norms[1], 5)


AT_CHECKPOINT = "{said}; on the way, {apart} after step {earlier}, σ₁ was {peak}, its largest at a checkpoint."


@says(f"survival?{LINEAR}&length=100&W_hh=0.55,10,0,0.55&input=zero", AT_CHECKPOINT, "one step")
def test_it_peaks_between_two_checkpoints(said):
    norms = np.array([np.linalg.norm(power(said, n), 2) for n in range(100)])
    assert norms.argmax() == 2
    assert norms[1::2].argmax() == 0  # steps 2, 4, 6 ... from step 1 on
    assert said.values(AT_CHECKPOINT)["peak"] == number(norms[1], 5)


PAIR = (
    "the direction that survives best is multiplied by {best}; directions that keep at least a tenth of that: {alive} "
    "of {size}."
)


@says(f"pair?{TANH}&gain=1.2&earlier=5&later=12", "From step {earlier} to step {later}", PAIR)
def test_one_pair_of_steps(said):
    assert said.values("From step {earlier} to step {later}") == {"earlier": 5, "later": 12}
    values = np.linalg.svd(jacobian(said.experiment, 5, 12), compute_uv=False)
    assert said.values(PAIR) == {
        "best": power_of_ten(np.log10(values[0])),
        "alive": int((values >= values[0] / 10).sum()),
        "size": 4,
    }
    assert 1 < said.values(PAIR)["alive"] < 4


@says(f"pair?{LINEAR}&W_hh=10,0,0,1&input=zero&earlier=5&later=6", PAIR)
def test_a_direction_that_keeps_exactly_a_tenth(said):
    assert said.values(PAIR) == {"best": "10", "alive": 2, "size": 2}


@says(f"pair?{LINEAR}&W_hh=0,0,0,0&earlier=5&later=6", "nothing at all survives: the Jacobian is 0.")
def test_nothing_survives(said):
    assert not matrix(said).any()


@says(f"pair?{OVERFLOW}", "the forward pass leaves the finite numbers.")
def test_one_pair_after_an_overflow(said):
    assert said.verdict.kind == "overflow"
    first = np.linalg.norm(weights_of(said.experiment).W_ih[:, 0])
    assert np.log10(first) + 249 * np.log10(20) > 309


# --- weights and orbit ---


@says(
    f"spectra?{TANH}&gain=1.2&initializer=gaussian",
    "Weights and orbit",
    RADIUS,
    LAMBDA,
    "over these {length} steps",
    "nearby orbits meet, and gradients vanish along this one",
    PROMISE,
    FIELD,
)
def test_weights_and_orbit_of_an_rnn(said):
    W = matrix(said)
    radius, norm = np.abs(np.linalg.eigvals(W)).max(), np.linalg.norm(W, 2)
    assert said.values(RADIUS) == {"gate": "", "radius": number(radius, 3), "norm": number(norm, 3)}
    assert said.values(LAMBDA)["first"] == pytest.approx(lyapunov(said.experiment)[0])
    assert said.values(LAMBDA)["first"] < -0.1
    measured = number(10 ** (survival(said.experiment)[40, 0] / 40), 3)
    assert said.spoken[PROMISE] == [
        {"label": "σ₁·max|φ′|", "factor": number(norm, 3), "measured": measured},
        {"label": "ρ(W)", "factor": number(radius, 3), "measured": measured},
    ]
    critical = critical_gain(np.tanh, lambda a: 1 / np.cosh(a) ** 2, drive(said.experiment))
    assert said.values(FIELD)["critical"] == pytest.approx(critical, rel=2e-3)
    assert said.values(FIELD)["gain"] == pytest.approx(np.sqrt((W**2).sum() / 4))


def drive(experiment):
    """Root mean square of what the input adds to a pre-activation."""
    return np.sqrt(np.mean((sequence(experiment) @ weights_of(experiment).W_ih.T) ** 2))


def critical_gain(phi, slope, added):
    """The gain g at which g² E φ′(√q z)² = 1, where q = g² E φ(√q z)² + added²."""
    z, weight = np.polynomial.hermite_e.hermegauss(120)
    weight = weight / weight.sum()

    def growth(gain):
        q = 1.0
        for _ in range(2000):
            q = gain**2 * weight @ phi(np.sqrt(q) * z) ** 2 + added**2
        return gain**2 * weight @ slope(np.sqrt(q) * z) ** 2

    low, high = 0.5, 10.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if growth(middle) > 1 else (middle, high)
    return low


@says("spectra?hidden_size=2&activation=relu&length=40&b=1,1", FIELD)
def test_the_edge_of_rectifiers(said):
    assert said.values(FIELD)["critical"] == pytest.approx(np.sqrt(2), rel=1e-3)  # half of the units are open
    assert said.values(FIELD)["gain"] == pytest.approx(1)  # orthogonal


@says("spectra?cell=lstm&hidden_size=4&length=40&initializer=gaussian", RADIUS, LAMBDA)
def test_weights_of_an_lstm(said):
    blocks = np.asarray(weights_of(said.experiment).W_hh)
    assert said.spoken[RADIUS] == [
        {
            "gate": f"{gate}: ",
            "radius": number(np.abs(np.linalg.eigvals(W)).max(), 3),
            "norm": number(np.linalg.norm(W, 2), 3),
        }
        for gate, W in zip("ifgo", blocks, strict=True)
    ]
    assert said.values(LAMBDA)["first"] == pytest.approx(lyapunov(said.experiment)[0])


@says(
    "spectra?cell=mingru&hidden_size=4&length=40",
    "{cell} has no recurrent matrix, and so no eigenvalues: every unit looks only at itself",
    LAMBDA,
)
def test_a_cell_without_a_recurrent_matrix(said):
    cell = weights_of(said.experiment)
    assert cell.W_hh is None
    kept = 1 / (1 + np.exp(sequence(said.experiment) @ cell.W_ih[0].T))  # 1 - z, without biases
    assert said.values(LAMBDA)["first"] == pytest.approx(np.log(kept).mean(axis=0).max())


@says(f"spectra?{LINEAR}&gain=1.2", LAMBDA, "nearby orbits part, and gradients explode along this one")
def test_orbits_part(said):
    assert said.values(LAMBDA)["first"] == pytest.approx(np.log(1.2))


@says(f"spectra?{LINEAR}&gain=1.01", LAMBDA, "nearby orbits stay about as far apart as they are")
def test_orbits_stay_as_far_apart_as_they_are(said):
    assert said.values(LAMBDA)["first"] == pytest.approx(np.log(1.01))
    assert 1.01**40 < 1.5


@says(f"spectra?{LINEAR}&length=250&gain=0.97", LAMBDA, "nearby orbits meet, and gradients vanish along this one")
def test_orbits_meet_slowly(said):
    assert said.values(LAMBDA)["first"] == pytest.approx(np.log(0.97))
    assert 0.97**250 < 0.001


NILPOTENT = "spectra?hidden_size=2&activation=identity&W_hh=0,1,0,0"


@says(f"{NILPOTENT}&length=2", "the largest Lyapunov exponent is −∞: every direction is lost on the way.", PROMISE)
def test_two_steps_of_a_nilpotent_matrix(said):
    assert power(said, 1).any()
    assert not power(said, 2).any()
    assert [promise["measured"] for promise in said.spoken[PROMISE]] == ["0", "0"]


@says(f"{NILPOTENT}&length=1", LAMBDA, "over the only step")
def test_one_step_of_a_nilpotent_matrix(said):
    assert np.linalg.norm(matrix(said), 2) == 1
    assert said.values(LAMBDA)["first"] == 0


@says("spectra?hidden_size=2&activation=relu&W_hh=0,1,1,0&length=40&input=alternating&input_scale=10", LAMBDA)
def test_one_unit_hands_over_to_the_other(said):
    steps = orbit(said.experiment).steps
    product = jacobian(said.experiment, 0, 40)
    assert [np.linalg.matrix_rank(step) for step in steps] == [1] * 40
    assert np.linalg.norm(product, 2) == 1
    assert said.values(LAMBDA)["first"] == pytest.approx(0)


@says(f"spectra?{OVERFLOW}", "Weights", RADIUS)
def test_weights_alone_after_an_overflow(said):
    assert said.values(RADIUS) == {"gate": "", "radius": "20", "norm": "20"}
    assert np.linalg.svd(matrix(said), compute_uv=False) == pytest.approx([20, 20])


@says(
    f"spectra?{LINEAR}&layers=2&gain=0.9&initializer=gaussian",
    "The weights are those of the first layer; the exponents are of all layers together.",
    RADIUS,
)
def test_two_layers(said):
    first = np.asarray(weights_of(said.experiment).layers[0].W_hh)
    assert said.values(RADIUS)["norm"] == number(np.linalg.norm(first, 2), 3)
    second = np.asarray(weights_of(said.experiment).layers[1].W_hh)
    # Linear layers: the Jacobian is block triangular, and the exponents add up to the logarithm of its determinant.
    determinants = np.log(np.abs(np.linalg.det(first))) + np.log(np.abs(np.linalg.det(second)))
    exponents = said.traces["lyapunov"]["y"]
    assert len(exponents) == 4
    assert exponents.sum() == pytest.approx(determinants, abs=1e-4)


# --- the legend ---


@says(
    f"survival?{TANH}&gain=1.2&earlier=3&later=30&axis=near",
    "**The map** is log₁₀ of the root mean square singular value of dsₜ/dsₖ: what happens to a random direction of the "
    "state between step k and step t. It is 0 where everything is carried unchanged, on an absolute scale; nothing is "
    "normalised to itself. Click a point, or move the two sliders.",
    "**The curve from step k** is the largest singular value, which no direction can beat. Theory's (σ₁ max|φ′|)ⁿ can "
    "never be crossed, and is often far too high; ρⁿ holds only for a linear network, and only in the long run: a "
    "matrix may first stretch what it then shrinks.",
    "**The factors** are what each step does to the one direction that survives best from k to t; their sum is its "
    "whole way.",
    "**The weight of an input** is the size of the last state's derivative with respect to xₜ: how far a small change "
    "of that input moves it.",
)
def test_what_the_figure_of_survival_draws(said):
    found = said.traces
    assert found["map"]["z"] == pytest.approx(survival(said.experiment), abs=1e-4, nan_ok=True)
    assert (found["map"]["zmin"], found["map"]["zmax"]) == (-16, 16)
    assert (found["chosen"]["x"], found["chosen"]["y"]) == (3, 30)
    norms = [np.log10(np.linalg.norm(jacobian(said.experiment, 3, later), 2)) for later in range(4, 41)]
    assert found["norms"]["y"][3:] == pytest.approx(norms, abs=1e-4)
    assert (found["bound0"]["y"][1:] > norms).all()
    assert np.nansum(found["factors"]["y"]) == pytest.approx(norms[30 - 4], abs=1e-3)
    assert np.flatnonzero(np.isfinite(found["factors"]["y"])).tolist() == list(range(3, 30))
    assert found["influence"]["y"] == pytest.approx(weights_of_inputs(said.experiment), abs=1e-4)
    assert tuple(said.drawn["layout"]["yaxis2"]["range"]) == AXES["near"]


@says(
    f"survival?{LINEAR}&W_hh=0.9,10,0,0.9&input=zero",
    "**The curve from step k** is the largest singular value, which no direction can beat. Theory's (σ₁ max|φ′|)ⁿ can "
    "never be crossed, and is often far too high; ρⁿ holds only for a linear network, and only in the long run: a "
    "matrix may first stretch what it then shrinks.",
)
def test_theory_of_a_linear_network(said):
    found = said.traces
    norms, upper, radius = found["norms"]["y"][1:], found["bound0"]["y"][1:], found["bound1"]["y"][1:]
    assert (norms <= upper + 1e-5).all()
    assert (norms > radius + 1).all()
    assert upper[-1] > norms[-1] + 30
    assert np.diff(radius) == pytest.approx(np.full(38, np.log10(0.9)), abs=1e-5)


@says(
    f"survival?{LINEAR}&length=130",
    "**At most 65 checkpoints** are drawn; a longer sequence shows every m-th step. Step 0 is the state before the "
    "first input.",
)
def test_checkpoints(said):
    steps = said.traces["map"]["x"]
    assert steps.tolist() == [*range(0, 130, 3), 130]
    assert len(steps) <= 65


@says(
    f"survival?{TANH}&initializer=identity&gain=2&input=impulse",
    "**A small change** to the state is what all of this follows. A network may hold a bit for good and let every "
    "small change fade, see the page on one neuron; and where small changes grow, what was fed in can be read out no "
    "better.",
    FADES,
)
def test_a_bit_is_held_while_every_small_change_fades(said):
    h = orbit(said.experiment).states["h"]
    assert (np.sign(h[1:]) == np.sign(h[1])).all()
    assert (np.abs(h[-1]) > 0.9).all()
    assert size(jacobian(said.experiment, 0, 40)) < -4


@says(
    "spectra?hidden_size=2&activation=relu&length=40&b=1000,1000&gain=0.9&W_hh=1,0,0,1",
    "**Lyapunov exponents** are means over these steps, not limits, in nats a step: 1 is a factor of e = 2.718 a step, "
    "0 keeps what there is. Theory's curve is for infinitely many units with independent Gaussian weights.",
)
def test_exponents_and_theory_of_rectifiers(said):
    found = said.traces
    assert (orbit(said.experiment).states["h"][1:] > 0).all()
    assert found["lyapunov"]["y"] == pytest.approx(np.full(2, np.log(0.9)), abs=1e-5)
    # Half of the units are open, so a squared length grows by g²/2.
    expected = np.log(found["theory"]["x"] / np.sqrt(2))
    assert found["theory"]["y"] == pytest.approx(expected, abs=3e-3)
