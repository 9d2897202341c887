"""What the page on one neuron says, against orbits, roots and descents that NumPy and SciPy work out."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import erf, expit

from app.language import number, power_of_ten
from app.page import figures
from cells import initializers, keys
from tests.said.register import Said, says

PHI = {
    "tanh": (np.tanh, lambda a: np.cosh(a) ** -2),
    "sigmoid": (expit, lambda a: expit(a) * expit(-a)),
    "relu": (lambda a: np.maximum(a, 0), lambda a: (a > 0) * 1.0),
    "leaky_relu": (lambda a: np.where(a >= 0, a, 0.01 * a), lambda a: np.where(a >= 0, 1, 0.01)),
    "elu": (lambda a: np.where(a > 0, a, np.expm1(np.minimum(a, 0))), lambda a: np.exp(np.minimum(a, 0))),
    "gelu": (
        lambda a: a * (1 + erf(a / np.sqrt(2))) / 2,
        lambda a: (1 + erf(a / np.sqrt(2))) / 2 + a * np.exp(-(a**2) / 2) / np.sqrt(2 * np.pi),
    ),
    "silu": (lambda a: a * expit(a), lambda a: expit(a) * (1 + a * expit(-a))),
    "softsign": (lambda a: a / (1 + np.abs(a)), lambda a: (1 + np.abs(a)) ** -2.0),
    "softplus": (lambda a: np.logaddexp(0, a), expit),
    "sin": (np.sin, np.cos),
    "hard_tanh": (lambda a: np.clip(a, -1, 1), lambda a: (np.abs(a) < 1) * 1.0),
    "identity": (lambda a: a, np.ones_like),
}
"""{activation: (itself, its derivative)}, from their formulas."""


def orbit(said: Said, steps: int | None = None, start: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(states from h_0 on, factors w phi') of the neuron of a link."""
    given = said.settings
    phi, slope = PHI[said.experiment.activation]
    h = given.neuron_start if start is None else start
    states, factors = [h], []
    for step in range(1, (given.neuron_steps if steps is None else steps) + 1):
        a = given.neuron_w * states[-1] + given.neuron_b + (given.pulse if step == given.pulse_step else 0.0)
        states.append(float(phi(a)))
        factors.append(float(given.neuron_w * slope(a)))
    return np.array(states), np.array(factors)


def resting(said: Said) -> list[tuple[float, float]]:
    """(h, w phi') of every fixed point: sign changes of a - w phi(a) - b on a fine grid, and the root in each."""
    phi, slope = PHI[said.experiment.activation]
    w, b = said.settings.neuron_w, said.settings.neuron_b

    def excess(a):
        return a - w * phi(a) - b

    grid = np.linspace(-40.0, 40.0, 80_002)  # 0 is not on it
    places = np.flatnonzero(np.sign(excess(grid[:-1])) != np.sign(excess(grid[1:])))
    roots = [brentq(excess, grid[place], grid[place + 1], xtol=1e-14) for place in places]
    return [(float(phi(a)), float(w * slope(a))) for a in roots]


def told(value: float) -> str:
    return number(0.0 if abs(value) < 1e-9 else value)


def product_is_told(said: Said) -> None:
    factors = orbit(said)[1]
    log10, steps = np.sum(np.log10(np.abs(factors))), len(factors)
    assert said.values("×{factor} a step, {product} after {steps} steps.") == {
        "factor": number(10 ** (log10 / steps), 3),
        "product": power_of_ten(log10),
        "steps": steps,
    }


def fixed_points_are_told(said: Said) -> None:
    def what(slope: float) -> str:
        return "marginal" if abs(abs(slope) - 1) < 1e-7 else "stable" if abs(slope) < 1 else "unstable"

    expected = [{"state": told(h), "what": what(slope), "slope": told(slope)} for h, slope in resting(said)]
    assert said.spoken["{state} ({what}, slope {slope})"] == expected


def traces(said: Said, figure: str) -> dict[str, dict]:
    return {trace["uid"]: trace for trace in figures()[figure].draw(said.settings, said.numbers, "light")["data"]}


@says(
    "neuron?neuron_w=1.5",
    "×{factor} a step, {product} after {steps} steps.",
    "It goes to h = {state}; the slope there is {slope}.",
    "Fixed points: {listed}.",
    "{state} ({what}, slope {slope})",
    "stable",
    "unstable",
    "slopes {mark} autodiff: relative difference {error}",
    "**The neuron** is hₜ = φ(w hₜ₋₁ + b), with the activation φ of the sidebar; its other controls belong to the "
    "other pages. Press on the cobweb, or drag over it, to choose h₀.",
    "**The cobweb** goes up or down to φ, then across to the diagonal, and so on. Where φ crosses the diagonal, the "
    "state stays; it is stable where φ is flatter there than the diagonal is steep.",
)
def test_two_states_to_choose_from(said):
    product_is_told(said)
    fixed_points_are_told(said)
    states, factors = orbit(said, 2000)
    assert said.values("It goes to h = {state}; the slope there is {slope}.") == {
        "state": told(states[-1]),
        "slope": told(factors[-1]),
    }
    # The product of the slopes is the derivative of where 20 steps lead.
    ends = [orbit(said, 20, 0.1 + push)[0][-1] for push in (1e-6, -1e-6)]
    assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(np.prod(factors[:20]), rel=1e-4)
    assert said.values("slopes {mark} autodiff: relative difference {error}")["mark"] == "✓"

    drawn = traces(said, "neuron")
    cobweb = np.array([drawn["cobweb"]["x"], drawn["cobweb"]["y"]], float)
    np.testing.assert_allclose(cobweb[1, 0::2], cobweb[0, 0::2])
    np.testing.assert_allclose(cobweb[1, 1::2], np.tanh(1.5 * cobweb[0, 1::2]), atol=1e-6)
    np.testing.assert_allclose(drawn["states"]["y"], states[:51], atol=1e-6)
    for uid, holds in (("stable", True), ("unstable", False)):
        marks = [h for h, slope in resting(said) if (abs(slope) < 1) == holds]
        np.testing.assert_allclose(drawn[uid]["x"], marks, atol=1e-6)
        np.testing.assert_allclose(drawn[uid]["y"], marks, atol=1e-6)


@says(
    "neuron?neuron_w=-2&neuron_start=0.3",
    "It flips between {low} and {high}; the slope there is {factor} a step.",
)
def test_two_states_in_turn(said):
    states, factors = orbit(said, 2000)
    low, high = sorted(states[-2:])
    assert said.values("It flips between {low} and {high}; the slope there is {factor} a step.") == {
        "low": told(low),
        "high": told(high),
        "factor": told(np.sqrt(factors[-1] * factors[-2])),
    }
    product_is_told(said)
    fixed_points_are_told(said)


@says(
    "neuron?activation=identity&neuron_w=2&neuron_start=1",
    "It runs away.",
    "The product leaves this axis: choose a wider one above.",
)
def test_doubling(said):
    states, _ = orbit(said)
    np.testing.assert_array_equal(states, 2.0 ** np.arange(51))
    axis = figures()["neuron"].draw(said.settings, said.numbers, "light")["layout"]["yaxis4"]
    assert np.log10(states[-1]) > axis["range"][1]
    product_is_told(said)


@says(
    "neuron?activation=identity&neuron_w=1&neuron_b=0.5",
    "It never comes to rest; on the way a gradient is multiplied by {factor} a step.",
    "No fixed point.",
)
def test_a_step_of_one_half(said):
    np.testing.assert_allclose(np.diff(orbit(said)[0]), 0.5)  # h = h + 0.5 has no solution
    text = "It never comes to rest; on the way a gradient is multiplied by {factor} a step."
    assert said.values(text) == {"factor": "1"}


@says(
    "neuron?activation=hard_tanh&neuron_w=1", "Every state of a whole interval is a fixed point.", "That is the edge."
)
def test_an_interval_that_stays(said):
    for start in np.linspace(-1, 1, 7):
        np.testing.assert_array_equal(orbit(said, 5, start)[0], start)
    assert said.values("It goes to h = {state}; the slope there is {slope}.") == {"state": "0.1", "slope": "1"}


@says("neuron?neuron_w=1&neuron_start=1", "That is the edge.", "marginal")
def test_a_slope_of_one(said):
    product_is_told(said)
    assert PHI["tanh"][1](0.0) == 1
    states = orbit(said, 10_000)[0]
    assert states[-1] * np.sqrt(10_000) == pytest.approx(np.sqrt(3 / 2), rel=1e-3)  # h' = -h³/3
    assert said.spoken["{state} ({what}, slope {slope})"] == [{"state": "0", "what": "marginal", "slope": "1"}]


@says("neuron?neuron_w=0.995", "That is close to the edge.")
def test_a_slope_of_almost_one(said):
    fixed_points_are_told(said)
    states = orbit(said, 10_000)[0]
    assert states[-1] / states[-2] == pytest.approx(0.995)


@says(
    "neuron?activation=relu&neuron_w=1&neuron_b=-1",
    "Cut off",
    "a factor is exactly 0, and so is every product that contains it.",
    "Step {step} has the factor 0: nothing before it is heard.",
)
def test_a_unit_that_is_shut(said):
    factors = orbit(said)[1]
    assert not np.cumprod(factors).any()
    assert said.values("Step {step} has the factor 0: nothing before it is heard.") == {
        "step": int(np.argmin(np.abs(factors))) + 1
    }


@says(
    "neuron?pulse=6&pulse_step=10",
    "One bad factor: {factor} at step {step}. Without it the product would be {rest}.",
    "**A factor** is w φ′ at that step, what a gradient is multiplied by on its way back through it. A bar down to the "
    "floor is less than 10⁻⁴, or exactly 0. The running product is their product from step 1 on, which is dhₜ/dh₀: one "
    "small factor lowers everything after it for good.",
)
def test_a_pulse(said):
    factors = orbit(said)[1]
    rest = np.delete(factors, 9)
    assert factors[9] < 1e-4 < 1e-2 < rest.min()
    text = "One bad factor: {factor} at step {step}. Without it the product would be {rest}."
    assert said.values(text) == {
        "factor": power_of_ten(np.log10(factors[9])),
        "step": 10,
        "rest": power_of_ten(np.sum(np.log10(rest))),
    }
    drawn = traces(said, "neuron")
    floor = figures()["neuron"].draw(said.settings, said.numbers, "light")["layout"]["yaxis3"]["range"][0]
    assert floor <= -4
    heights = np.log10(factors)
    np.testing.assert_allclose(drawn["factors"]["y"], np.maximum(heights, floor), atol=1e-5)
    np.testing.assert_allclose(drawn["product"]["y"], np.concatenate([[0], np.cumsum(heights)]), atol=1e-4)
    ends = [orbit(said, 12, 0.1 + push)[0][-1] for push in (1e-5, -1e-5)]
    assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(np.prod(factors[:12]), rel=1e-3)


@says(
    "neuron?activation=sin&neuron_w=2&neuron_b=1.25&neuron_start=0.3",
    "The worst factor: {factor} at step {step}. Without it the product would be {rest}.",
)
def test_several_small_factors(said):
    factors = np.abs(orbit(said)[1])
    small = factors < np.median(factors) / 10
    assert small.sum() > 1
    worst = int(np.argmin(factors))
    text = "The worst factor: {factor} at step {step}. Without it the product would be {rest}."
    assert said.values(text) == {
        "factor": power_of_ten(np.log10(factors[worst])),
        "step": worst + 1,
        "rest": power_of_ten(np.sum(np.log10(np.delete(factors, worst)))),
    }


def where_all_end(said: Said) -> np.ndarray:
    """States after 5000 steps, from starts all over the slider's range."""
    return np.array([orbit(said, 5000, start)[0][-1] for start in np.linspace(-1.5, 1.5, 8)])


@says(
    "bifurcation?neuron_w=1.5&neuron_b=0.1",
    "w = {w:.3g}, b = {b:.3g}",
    "{count} stable states: the neuron remembers which side it is on.",
    "At this w two states are stable over a range of biases {width} wide.",
    "**Branches** are exact: a fixed point with pre-activation a has h = φ(a), and lies at w = (a − b)/φ(a) or at b = "
    "a − w φ(a). Dots are where orbits from −1 and from 1 end if no state rests.",
)
def test_a_neuron_that_remembers(said):
    assert said.values("w = {w:.3g}, b = {b:.3g}") == {"w": 1.5, "b": 0.1}
    stable = [h for h, slope in resting(said) if abs(slope) < 1]
    assert said.values("{count} stable states: the neuron remembers which side it is on.") == {"count": len(stable)}
    ends = where_all_end(said)
    np.testing.assert_allclose(np.unique(ends.round(9)), stable, atol=1e-8)
    # Where slope and diagonal are alike: w (1 - h²) = 1, b = artanh h - w h.
    h = np.sqrt(1 - 1 / 1.5)
    text = "At this w two states are stable over a range of biases {width} wide."
    assert said.values(text) == {"width": number(2 * (1.5 * h - np.arctanh(h)))}
    drawn = traces(said, "bifurcation")
    for uid, fold in (("stable_w", True), ("unstable_w", False)):
        w, states = (np.asarray(drawn[uid][axis], float) for axis in "xy")
        seen = np.isfinite(states) & (np.abs(states) < 0.999)
        np.testing.assert_allclose(np.tanh(w[seen] * states[seen] + 0.1), states[seen], atol=1e-4)
        slopes = w[seen] * (1 - states[seen] ** 2)
        assert ((np.abs(slopes) < 1.001) if fold else (np.abs(slopes) > 0.999)).all()
    for uid, given in (("others_w", "w"), ("others_b", "b")):
        at, ended = (np.asarray(drawn[uid][axis], float) for axis in "xy")
        w, b = (at, 0.1) if given == "w" else (1.5, at)
        once = np.tanh(w * ended + b)
        np.testing.assert_allclose(np.tanh(w * once + b), ended, atol=2e-2)
        assert (np.abs(once - ended) > 1e-3).all()


@says(
    "bifurcation?neuron_w=0.5",
    "one stable state: wherever it starts, it forgets.",
    "At this w no bias has two stable states on either side of φ’s steepest point.",
)
def test_a_neuron_that_forgets(said):
    np.testing.assert_allclose(where_all_end(said), 0, atol=1e-12)
    assert 0.5 * PHI["tanh"][1](0.0) < 1  # never as steep as the diagonal, at any bias


@says(
    "bifurcation?activation=relu&neuron_w=2&neuron_b=-1", "one stable state: from nearby, it forgets where it started."
)
def test_a_stable_state_that_does_not_draw_in_everything(said):
    assert orbit(said, 50, 0.9)[0][-1] == 0
    assert orbit(said, 50, 1.5)[0][-1] > 1e10


@says(
    "bifurcation?activation=leaky_relu&neuron_w=-1",
    "one stable state: from nearby, it forgets where it started.",
)
def test_a_kink_at_the_edge(said):
    states = orbit(said, 20)[0]
    np.testing.assert_allclose(states[2::2] / states[:-2:2], 0.01)


@says(
    "bifurcation?neuron_w=-2",
    "no state rests; two take turns, and a gradient is multiplied by {factor} a step.",
    "At this w no bias has two stable states on either side of φ’s steepest point.",
)
def test_a_neuron_that_flips(said):
    states, factors = orbit(said, 2000)
    assert states[-1] == pytest.approx(-states[-2])
    assert [slope for _h, slope in resting(said)] == [-2]
    text = "no state rests; two take turns, and a gradient is multiplied by {factor} a step."
    assert said.values(text) == {"factor": told(abs(factors[-1]))}


@says(
    "bifurcation?activation=identity&neuron_w=1",
    "a whole interval of states stays where it is: a memory that neither fades nor grows.",
)
def test_a_neuron_that_keeps_everything(said):
    np.testing.assert_array_equal(where_all_end(said), np.linspace(-1.5, 1.5, 8))


@says(
    "bifurcation?neuron_w=1",
    "one marginal state draws it in: by a power law, slower than any exponential.",
)
def test_a_neuron_at_the_edge(said):
    states = orbit(said, 40_000)[0]
    assert np.log2(states[20_000] / states[40_000]) == pytest.approx(0.5, abs=1e-2)


@says(
    "bifurcation?neuron_w=1&neuron_start=0",
    "it stands on a marginal state: nearby, orbits move by a power law at most.",
)
def test_a_neuron_that_stands_at_the_edge(said):
    assert not orbit(said)[0].any()
    for start in (0.1, -0.1):
        states = orbit(said, 40_000, start)[0]
        assert np.log2(states[20_000] / states[40_000]) == pytest.approx(0.5, abs=1e-2)


@says(
    "bifurcation?neuron_w=-2&neuron_start=0",
    "it stands on an unstable state: the smallest push sends it away.",
)
def test_a_neuron_that_stands_on_a_summit(said):
    assert not orbit(said)[0].any()
    assert abs(orbit(said, 100, 1e-12)[0][-1]) > 0.9


@says(
    "bifurcation?activation=sin&neuron_w=3.5",
    "At this w two folds lie {width} apart in b; between them states may flip.",
)
def test_a_sine_between_its_folds(said):
    a = np.arccos(1 / 3.5)
    text = "At this w two folds lie {width} apart in b; between them states may flip."
    assert said.values(text) == {"width": number(2 * (3.5 * np.sin(a) - a))}
    assert min(abs(slope) for _h, slope in resting(said)) > 1


@says(
    "critical?activation=sigmoid",
    "{label} at w = {w:.4g}, b = {b:.4g}",
    "after 10,000 steps {left} of the gradient is left, and it falls as t^({exponent:.3f}): no exponential.",
    "1 % beside the edge the same neuron, after as many steps, keeps {below} and {above}.",
)
def test_the_edge_of_the_sigmoid(said):
    # σ' = 1/4 at 0, where σ = 1/2.
    said_here = said.values("{label} at w = {w:.4g}, b = {b:.4g}")
    assert (said_here["w"], said_here["b"]) == (pytest.approx(4), pytest.approx(-2))
    phi, slope = PHI["sigmoid"]
    ws = 4 * np.array([1.0, 0.99, 1.01])
    h, log10 = np.full(3, 1.0), [np.zeros(3)]
    for _ in range(10_000):
        a = ws * (h - 0.5)
        log10.append(log10[-1] + np.log10(ws * slope(a)))
        h = phi(a)
    log10 = np.array(log10)
    text = "after 10,000 steps {left} of the gradient is left, and it falls as t^({exponent:.3f}): no exponential."
    assert said.values(text)["left"] == power_of_ten(log10[-1, 0])
    assert said.values(text)["exponent"] == pytest.approx(log10[10_000, 0] - log10[1000, 0], abs=5e-3)
    assert said.values(text)["exponent"] == pytest.approx(-1.5, abs=0.02)
    assert said.values("1 % beside the edge the same neuron, after as many steps, keeps {below} and {above}.") == {
        "below": power_of_ten(log10[-1, 1]),
        "above": power_of_ten(log10[-1, 2]),
    }


@says(
    "critical?activation=softsign",
    "{label} at w = {w:.4g}, b = {b:.4g}",
)
def test_the_edge_of_the_softsign(said):
    assert said.verdict.headline == "softsign at w = 1, b = 0"  # steepest at 0, with slope 1


@says(
    "critical?activation=identity",
    "φ is straight there: the product stays as it is, and nothing is lost at all.",
)
def test_the_edge_of_a_straight_line(said):
    np.testing.assert_array_equal(said.numbers.log10_product, 0)
    beside = said.values("1 % beside the edge the same neuron, after as many steps, keeps {below} and {above}.")
    assert beside == {"below": power_of_ten(1e4 * np.log10(0.99)), "above": power_of_ten(1e4 * np.log10(1.01))}


@says("critical?activation=softplus", "φ is steepest at infinity, so there is no edge to stand on.")
def test_no_edge(said):
    slopes = PHI["softplus"][1](np.linspace(-30, 30, 200))
    assert (np.diff(slopes) > 0).all()


@says(
    "latch?neuron_w=2",
    "{label}, w = {w:.3g}",
    "the bit survives every disturbance below u* = {withstood}; its state has slope {slope}, so that {left} of a "
    "gradient is left after {steps} steps.",
    "**Latching** asks how large an input may be, at every step, without the bit being lost: u* = √(w(w − 1)) − "
    "arccosh √w for tanh. The gradient is that of the undisturbed state, in the middle of the range.",
)
def test_a_latched_bit(said):
    text = next(text for text in said.spoken if text.startswith("the bit survives"))
    u = np.sqrt(2) - np.arccosh(np.sqrt(2))
    h = brentq(lambda h: h - np.tanh(2 * h), 0.5, 1.0)
    slope = 2 * (1 - h**2)
    assert said.values(text) == {
        "withstood": number(u),
        "slope": number(slope),
        "left": power_of_ten(50 * np.log10(slope)),
        "steps": 50,
    }

    def ends(disturbances: np.ndarray) -> float:
        state = h
        for disturbance in disturbances:
            state = np.tanh(2 * state + disturbance)
        return state

    random = np.random.default_rng(0)
    assert ends(np.full(5000, -u + 1e-3)) > 0 > ends(np.full(5000, -u - 1e-3))
    assert all(ends((u - 1e-3) * random.choice([-1, 1], 500)) > 0 for _ in range(20))
    drawn = traces(said, "latch")["withstood"]
    w = np.asarray(drawn["x"], float)[1:]
    np.testing.assert_allclose(drawn["y"][1:], np.sqrt(w * (w - 1)) - np.arccosh(np.sqrt(w)), atol=1e-5)


@says(
    "latch?neuron_w=0.8",
    "there is no bit to hold: no two stable states stand on either side of φ’s steepest point.",
)
def test_no_bit(said):
    assert 0.8 * PHI["tanh"][1](0.0) < 1  # never as steep as the diagonal, so one state at any bias


@says(
    "latch?activation=sin&neuron_w=2",
    "φ falls where the bit would be held, with slope {slope} there: u* = {withstood} does not say what it withstands.",
)
def test_a_sine_holds_no_bit(said):
    a = brentq(lambda a: a - 2 * np.sin(a), 1, 3)
    u = np.sqrt(3) - np.pi / 3
    text = next(text for text in said.spoken if text.startswith("φ falls where"))
    assert said.values(text) == {"slope": number(2 * np.cos(a)), "withstood": number(u)}
    state = np.sin(a)
    for step in range(2000):  # pushed over the hump, then back
        state = np.sin(2 * state + (-0.99 * u if step else 0.99 * u))
    assert state < 0


@says(
    "draws?draws_spread=2&seed=3",
    "{label}, {draws} draws, {steps} steps",
    "with one weight the products lie {tied:.3g} decades around their mean, with a new weight at every step "
    "{untied:.3g}: {ratio:.3g} times less.",
    "Both drift by about {drift:+.3f} decades a step.",
    "**Many draws:** every weight is Gaussian with mean 0; the slopes φ′(a), a ~ N(0, 1), are the same for both. The "
    "spread is taken over the products that are not 0. A decade is a factor of ten.",
)
def test_many_draws(said):
    given = said.values("{label}, {draws} draws, {steps} steps")
    assert (given["draws"], given["steps"]) == (200, 100)
    shared, own, drive = keys.split(keys.key(3), 3)
    slopes = np.log10(PHI["tanh"][1](keys.normal(drive, (200, 100))))
    one, new = (np.log10(2 * np.abs(keys.normal(key, shape))) for key, shape in ((shared, (200, 1)), (own, (200, 100))))
    tied, untied = ((slopes + weights).sum(axis=1) for weights in (one, new))
    text = next(text for text in said.spoken if text.startswith("with one weight the products"))
    assert said.values(text) == pytest.approx(
        {"tied": tied.std(), "untied": untied.std(), "ratio": tied.std() / untied.std()}
    )
    drift = said.values("Both drift by about {drift:+.3f} decades a step.")["drift"]
    assert drift == pytest.approx(untied.mean() / 100)
    # log |z| has a standard deviation of π/√8 nats: as many steps as the tied mean may be off.
    assert abs(drift - tied.mean() / 100) < 3 * np.pi / np.sqrt(8) / np.log(10) / np.sqrt(200)


@says("draws?activation=relu", "{dead} of {draws} products are exactly 0: some slope on the way was.")
def test_draws_of_a_unit_that_shuts(said):
    drive = keys.split(keys.key(0), 3)[2]
    dead = (keys.normal(drive, (200, 100)) <= 0).any(axis=1)
    text = "{dead} of {draws} products are exactly 0: some slope on the way was."
    assert said.values(text) == {"dead": dead.sum(), "draws": 200}


def wide_net(activation: str) -> float:
    """Mean log10 factor a step of 64 units over 300 steps, of three seeds."""
    phi, slope = PHI[activation]
    found = []
    for seed in range(3):
        weights, inputs, direction = keys.split(keys.key(seed), 3)
        Q = np.asarray(initializers.orthogonal(weights, (64, 64)))
        np.testing.assert_allclose(Q @ Q.T, np.eye(64), atol=1e-12)
        h, push, log10 = np.zeros(64), keys.normal(direction, (64,)), []
        push /= np.linalg.norm(push)
        for x in keys.normal(inputs, (300, 64)):
            a = Q @ h + x
            h, push = phi(a), slope(a) * (Q @ push)
            log10.append(np.log10(np.linalg.norm(push)))
            push /= np.linalg.norm(push)
        found.append(np.mean(log10))
    return float(np.mean(found))


@says(
    "zoo?activation=gelu",
    "its slope is {slope:.4g} at most, and {left} and {right} at −5 and +5; in a wide net a gradient is multiplied by "
    "{factor:.3g} a step.",
    "Largest loss here: {label}, ×{factor:.3g} a step. Without a loss: only the identity.",
    "max {most:.3g}; ",
    "at ±5 {left}",
    "at ∓5 {left}, {right}",
    "**The wide net** is hₜ = φ(Q hₜ₋₁ + xₜ): 64 units, Q orthogonal, every input N(0, 1), 300 steps, mean of three "
    "seeds. Other weights or inputs cost more or less.",
)
def test_every_activation(said):
    text = next(text for text in said.spoken if text.startswith("its slope is"))
    slope = PHI["gelu"][1]
    measured = {name: wide_net(name) for name in PHI}
    assert said.values(text) == {
        "slope": pytest.approx(slope(np.linspace(-6, 6, 100_001)).max(), rel=1e-5),
        "left": number(slope(-5.0), 2),
        "right": number(slope(5.0), 2),
        "factor": pytest.approx(10 ** measured["gelu"]),
    }
    worst = min(measured, key=measured.get)
    assert said.values("Largest loss here: {label}, ×{factor:.3g} a step. Without a loss: only the identity.") == {
        "label": worst,
        "factor": pytest.approx(10 ** measured[worst]),
    }
    assert max(measured, key=measured.get) == "identity"
    assert measured.pop("identity") == pytest.approx(0, abs=1e-12)
    assert max(measured.values()) < -0.005
    names = list(PHI)
    grid = np.linspace(-40, 40, 160_001)
    most = [each["most"] for each in said.spoken["max {most:.3g}; "]]
    assert most == pytest.approx([PHI[name][1](grid).max() for name in names], rel=1e-5)

    def one_digit(value: float) -> str:
        if abs(value) < 1e-12:
            return "0"
        return ("−" if value < 0 else "") + power_of_ten(np.log10(abs(value)))

    tails = [tuple(one_digit(float(PHI[name][1](np.array(a)))) for a in (-5.0, 5.0)) for name in names]
    assert [each["left"] for each in said.spoken["at ±5 {left}"]] == [left for left, right in tails if left == right]
    assert said.spoken["at ∓5 {left}, {right}"] == [
        {"left": left, "right": right} for left, right in tails if left != right
    ]


def error_and_gradient(w: float, b: float, start: float = 0.5) -> tuple[float, np.ndarray]:
    """(σ(x_50) - 0.7)² and its derivatives, which are carried forward with x."""
    x, along = start, np.zeros(2)
    for _ in range(50):
        s = expit(x)
        along = w * s * (1 - s) * along + np.array([s, 1.0])
        x = w * s + b
    s = expit(x)
    return (s - 0.7) ** 2, 2 * (s - 0.7) * s * (1 - s) * along


@says(
    "surface?descent_w=5&descent_b=-3.5&descent_clip=0.02",
    "From w = {w:.3g}, b = {b:.3g}",
    "after {updates} updates E = {free} without clipping and {clipped} with it; the steepest gradients met were "
    "{steepest} and {kept}.",
    "On the dashed line at w = {w:.3g}, where b = {b:.4f}, the gradient over {steps} steps has length {norm:.3f} in "
    "closed form, {differentiated:.3f} by automatic differentiation.",
    "**The error surface** is that of Pascanu, Mikolov and Bengio (2013), figure 6: xₜ = w σ(xₜ₋₁) + b, x₀ = 0.5, 50 "
    "steps, E = (σ(x₅₀) − 0.7)². On the dashed line the start is a fixed point, unstable for w > 4.255: there it is a "
    "cliff, and a walk that comes near it is decided by the last digits.",
)
def test_descent_on_the_error_surface(said):
    assert said.values("From w = {w:.3g}, b = {b:.3g}") == {"w": 5, "b": -3.5}
    errors, steepest = [], []
    for clip in (np.inf, 0.02):
        point, norms = np.array([5.0, -3.5]), []
        for _ in range(400):
            gradient = error_and_gradient(*point)[1]
            norms.append(np.linalg.norm(gradient))
            point = point - 0.05 * gradient * min(1.0, clip / norms[-1])
        error, gradient = error_and_gradient(*point)
        errors.append(power_of_ten(np.log10(error)))
        steepest.append(number(max(*norms, np.linalg.norm(gradient))))
    text = next(text for text in said.spoken if text.startswith("after {updates} updates"))
    assert said.values(text) == {
        "updates": 400,
        "free": errors[0],
        "clipped": errors[1],
        "steepest": steepest[0],
        "kept": steepest[1],
    }
    text = next(text for text in said.spoken if text.startswith("On the dashed line"))
    cliff = 0.5 - 5 * expit(0.5)
    length = np.linalg.norm(error_and_gradient(5.0, cliff)[1])
    on_it = said.values(text)
    assert (on_it["w"], on_it["steps"]) == (5, 50)
    assert [on_it[name] for name in ("b", "norm", "differentiated")] == pytest.approx([cliff, length, length])
    line = traces(said, "surface")["cliff"]
    assert line["line"]["dash"] == "dash"
    np.testing.assert_allclose(line["y"], 0.5 - np.asarray(line["x"], float) * expit(0.5), atol=1e-6)
    assert 1 / (expit(0.5) * expit(-0.5)) == pytest.approx(4.255, abs=5e-4)
    for w, tears in ((6.0, True), (4.1, False)):
        errors = [error_and_gradient(w, 0.5 - w * expit(0.5), start)[0] for start in (0.4999, 0.5001)]
        assert (abs(errors[1] - errors[0]) > 0.3) == tears


@says(
    "surface?descent_w=4.1&descent_b=-1.5",
    "On the dashed line at w = {w:.3g}, where b = {b:.4f}, the gradient over {steps} steps has length {norm:.3f} in "
    "closed form, {differentiated:.3f} by automatic differentiation.",
)
def test_a_dashed_line_without_a_cliff(said):
    text = next(text for text in said.spoken if text.startswith("On the dashed line"))
    b = 0.5 - 4.1 * expit(0.5)
    assert said.values(text)["norm"] == pytest.approx(np.linalg.norm(error_and_gradient(4.1, b)[1]))
    assert 4.1 * expit(0.5) * expit(-0.5) < 1
