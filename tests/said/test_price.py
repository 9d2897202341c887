"""What the page on the price of memory says, against sums over the weights of every earlier input."""

import math

import numpy as np
import pytest

from app.language import number, power_of_ten
from tests.said.register import Said, says


def weights(lam: float) -> tuple[np.ndarray, np.ndarray]:
    """What every earlier input, the newest first, is multiplied by in h and in dh/dlambda."""
    k = np.arange(int(60 / (1 - lam)) + 2)
    return lam**k, k * np.where(k > 0, lam ** np.maximum(k - 1, 0), 0.0)


def power(seen: np.ndarray, r: float = 0.0) -> float:
    """E of the square of a weighted sum of inputs, neighbours with the correlation r."""
    alike = 0.0  # the sum over all earlier inputs of r^distance times their weight
    total = 0.0
    for weight in seen:
        total += weight * (weight + 2 * r * alike)
        alike = r * alike + weight
    return float(total)


def derivative(eigenvalue, scale, value: float) -> float:
    """E (dy/dvalue)² on white input for y = scale · h, each weight by a central difference."""
    push = 1e-6 * max(abs(value), 1.0)
    k = np.arange(4000)
    high, low = (scale(value + step) * eigenvalue(value + step) ** k for step in (push, -push))
    return float(np.sum(((high - low) / (2 * push)) ** 2))


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def check_is_told(said: Said) -> None:
    told = said.values("formulas {mark} autodiff through {steps} steps: relative difference {error}")
    assert (told["mark"], told["steps"]) == ("✓", 256)
    assert told["error"] in [power_of_ten(log10) for log10 in np.linspace(-16, -13, 400)]


def simulation_is_told(said: Said, exact: dict[str, float], place: int) -> None:
    """The mark at one memory is near a sum, and nothing is farther than is told."""
    told = said.values("Simulated over {seeds} seeds: the farthest mark lies {percent:.2g} % from its formula.")
    assert told["seeds"] == 64
    assert told["percent"] < 2
    for name, expected in exact.items():
        mark = 10 ** float(said.traces[f"{name}.marks"]["y"][place])
        assert abs(mark / expected - 1) <= told["percent"] / 100 + 1e-4


@says(
    "price?price_memory=100",
    "λ = {value:.6g}",
    "a gradient is multiplied by {value:.6g} a step on its way back; half is left after {steps}.",
    "Yet dh/dλ has a mean square of {raw}, {times} times E h² = {power}.",
    "With the input times √(1 − λ²) it is {scaled} by λ, {exp} by ν and {tanh} by ω; by the z of a leaky unit it is "
    "{leaky} of the state’s own power.",
    "Simulated over {seeds} seeds: the farthest mark lies {percent:.2g} % from its formula.",
    "formulas {mark} autodiff through {steps} steps: relative difference {error}",
    "**The unit** is hₜ = λ hₜ₋₁ + xₜ. Its only factor a step is λ, below 1: on the way back nothing can explode, and "
    "for λ near 1 nothing vanishes soon. dh/dλ adds up λ dh/dλ + h from step to step, and grows.",
    "**Lines** are formulas, for a unit that has run for ever. E is the mean over inputs of mean 0 and variance 1; "
    "white input has no memory of its own. The axis of λ is even in the logarithm of 1 − λ.",
    "**Marks** are simulated: {seeds} seeds of {sequences} sequences and {steps} steps, dh/dλ by automatic "
    "differentiation. h and dh/dλ start where a process without a beginning would have them.",
    "**By another parameter** the derivative changes by a factor: λ = exp(−e^ν), λ = tanh ω or λ = σ(z), the sigmoid. "
    "The scale √(1 − λ²) brings E h² to 1 and is differentiated too; held fixed it would cost 1 + λ² times as much.",
    "**The leaky unit** has the input (1 − λ) x, as a gate has. Its price is in units of its own E h².",
    "**On the right** of the first figure: what is left of a gradient so many steps back, and the root mean square of "
    "dh/dλ so many steps after a start at 0.",
)
def test_every_price(said):
    lam = 0.99
    h, S = map(power, weights(lam))
    assert said.values("λ = {value:.6g}")["value"] == pytest.approx(lam)
    told = said.values("a gradient is multiplied by {value:.6g} a step on its way back; half is left after {steps}.")
    assert told["value"] == pytest.approx(lam)
    assert lam ** float(told["steps"].split()[0]) == pytest.approx(0.5, rel=1e-3)
    assert said.values("Yet dh/dλ has a mean square of {raw}, {times} times E h² = {power}.") == {
        "raw": number(S),
        "times": number(S / h),
        "power": number(h),
    }

    def root(lam):
        return math.sqrt(1 - lam**2)

    def slow(nu):
        return math.exp(-math.exp(nu))

    z = math.log(lam / (1 - lam))
    priced = {
        "scaled": derivative(float, root, lam),
        "exp": derivative(slow, lambda nu: root(slow(nu)), math.log(-math.log(lam))),
        "tanh": derivative(math.tanh, lambda omega: root(math.tanh(omega)), math.atanh(lam)),
        "leaky": derivative(sigmoid, lambda z: sigmoid(-z), z) / ((1 - lam) ** 2 * h),
    }  # fmt: skip
    told = said.values(
        "With the input times √(1 − λ²) it is {scaled} by λ, {exp} by ν and {tanh} by ω; by the z of a leaky unit it "
        "is {leaky} of the state’s own power."
    )
    assert {name: float(text) for name, text in told.items()} == pytest.approx(priced, rel=2e-4)
    simulation_is_told(said, {"h_h": h, "raw": S} | priced, 4)
    check_is_told(said)

    held = np.sum((root(lam) * weights(lam)[1]) ** 2)
    assert held / priced["scaled"] == pytest.approx(1 + lam**2, rel=1e-4)
    backward, forward = (np.asarray(said.traces[name]["y"], float) for name in ("backward", "forward"))
    steps = np.asarray(said.traces["forward"]["x"])
    ten = int(np.flatnonzero(steps == 10)[0])
    assert backward[ten] == pytest.approx(10 * math.log10(lam), abs=1e-5)
    assert forward[ten] == pytest.approx(0.5 * math.log10(np.sum(weights(lam)[1][:10] ** 2)), abs=1e-5)
    assert forward[-1] == pytest.approx(0.5 * math.log10(S), abs=1e-4)


@says(
    "price?price_memory=1",
    "nothing is kept: the state is the input alone, and dh/dλ is the input before it.",
)
def test_no_memory(said):
    h, S = weights(0.0)
    np.testing.assert_array_equal(h[:3], [1, 0, 0])
    np.testing.assert_array_equal(S[:3], [0, 1, 0])
    check_is_told(said)


@says(
    "price_correlated?price_memory=100&price_correlation=0.9",
    "λ = {value:.6g}, r = {r:.3g}",
    "E h² is {power}, {more} times that of white input; dh/dλ has a mean square of {raw}, {further} times that of "
    "white input.",
    "For λ near 1 both come to (1 + r) / (1 − r) = {limit} times. The scaled state √(1 − λ²) h has the power "
    "{tanh}, for white input 1; the price by ω is exactly that power, whatever the input.",
    "**Correlated input** is xₜ = r xₜ₋₁ + √(1 − r²) times something new, with variance 1. Dashed lines are for white "
    "input.",
)
def test_correlated_input(said):
    lam, r = 0.99, 0.9
    (h, S), (white_h, white_S) = ([power(seen, each) for seen in weights(lam)] for each in (r, 0.0))
    assert said.values("λ = {value:.6g}, r = {r:.3g}") == pytest.approx({"value": lam, "r": r})
    told = said.values(
        "E h² is {power}, {more} times that of white input; dh/dλ has a mean square of {raw}, {further} times that of "
        "white input."
    )
    assert told == {
        "power": number(h),
        "more": number(h / white_h, 3),
        "raw": number(S),
        "further": number(S / white_S, 3),
    }
    told = said.values(
        "For λ near 1 both come to (1 + r) / (1 − r) = {limit} times. The scaled state √(1 − λ²) h has the power "
        "{tanh}, for white input 1; the price by ω is exactly that power, whatever the input."
    )
    assert told == {"limit": "19", "tanh": number((1 - lam**2) * h)}
    # dy/domega for y = sqrt(1 - lambda²) h, weight by weight.
    k, push = np.arange(6000), 1e-6
    high, low = (
        math.sqrt(1 - math.tanh(omega) ** 2) * math.tanh(omega) ** k
        for omega in (math.atanh(lam) + push, math.atanh(lam) - push)
    )
    assert power((high - low) / (2 * push), r) == pytest.approx((1 - lam**2) * h, rel=1e-4)
    simulation_is_told(said, {"h_h": h, "raw": S, "tanh": (1 - lam**2) * h}, 4)
    check_is_told(said)


@says(
    "price_cells?",
    "{count} cells",
    "from the shortest memory to the longest, dL/dθ becomes {times} times as large for {most}, the most, and {fewer} "
    "times for {least}, the least.",
    "In units of the state, at half-lives of {short} and {long}: {each}.",
    "{name} {first} and {last}",
    "**Our own cells** have {units} units and {steps} steps of noise, so small that no unit saturates; dL/dθ is of the "
    "loss at the last step, for the parameter θ that a curve names. Its norm is divided by the root mean square of h, "
    "and taken over {seeds} seeds. The half-life is measured on the gradient of the state.",
    "**What is turned:** the gain of the RNN’s W_hh, the bias b of the gate that keeps, the size of the LRU’s "
    "eigenvalues. Gated cells have a W_hh of spectral radius {radius:g}, so that the gate alone decides.",
)
def test_real_cells(said):
    assert said.values("{count} cells") == {"count": 5}
    curves = [trace for trace in said.drawn["data"] if trace["uid"] != "unit"]
    grown = {trace["name"]: 10 ** float(trace["y"][-1] - trace["y"][0]) for trace in curves}
    told = said.values(
        "from the shortest memory to the longest, dL/dθ becomes {times} times as large for {most}, the most, and "
        "{fewer} times for {least}, the least."
    )
    assert grown[told["most"]] == max(grown.values()) == pytest.approx(float(told["times"]), rel=0.01)
    assert grown[told["least"]] == min(grown.values()) == pytest.approx(float(told["fewer"]), rel=0.01)
    each = said.spoken["{name} {first} and {last}"]
    assert [values["name"] for values in each] == [trace["name"] for trace in curves]
    for values, trace in zip(each, curves, strict=True):
        assert float(values["first"]) == pytest.approx(10 ** float(trace["y"][0]), rel=0.01)
        assert float(values["last"]) == pytest.approx(10 ** float(trace["y"][-1]), rel=0.01)
    # The shortest of the memories is 2 steps, a factor of 1/2 a step, and the longest 200.
    told = said.values("In units of the state, at half-lives of {short} and {long}: {each}.")
    assert told["short"] == "1.0 steps"
    assert told["long"] == f"{math.log(0.5) / math.log(1 - 1 / 200):.0f} steps"
