"""Every page has a sheet for teachers, and every answer of a sheet is true: its numbers are found here another way."""

import math
import re

import numpy as np
import pytest
from safetensors.numpy import load_file
from scipy.linalg import solve_discrete_lyapunov
from scipy.special import expit

import cells
from app import sheet
from app.numbers import flow
from app.page import pages
from app.settings import Settings
from app.views.mine.make_example import EXAMPLE
from app.views.words.numbers import opened
from cells import keys
from cells.experiment import Experiment
from cells.remedies import all_remedies
from cells.running import drawn
from cells.training.learners import autoencoder, gap
from cells.training.tasks import TASKS
from tests.app.pages import numbers_of, reseeded

CHECKS = {}
"""{(page, question): (test, what of the answer it checks)}."""


def answers(page, question, *told):
    """Mark of a check of one answer: what it finds out for itself of what is told there."""

    def kept(check):
        CHECKS[page, question] = check, told
        return check

    return kept


def sheets():
    return {name: page.sheet() for name, page in pages().items() if page.sheet is not None}


def shown(page, question, place=0):
    """The settings of one of an answer's links."""
    asked = next(asked for asked in pages()[page].sheet().questions if asked.name == question)
    return opened(asked.examples[place].link)[1]


def flows(settings, seeds=3):
    return [flow(reseeded(settings, seed).experiment).value() for seed in range(seeds)]


QUESTIONS = [(page, asked.name) for page, found in sheets().items() for asked in found.questions]


@pytest.mark.parametrize("name", pages())
def test_every_page_has_a_sheet_with_three_questions(name):
    found = sheets()[name]
    assert found.goal.endswith(".")
    assert len({asked.name for asked in found.questions}) == 3
    assert found.simplifies
    for asked in found.questions:
        assert "?" in asked.question
        assert asked.examples, asked.name


def test_every_link_of_a_sheet_opens_without_a_complaint():
    for page, found in sheets().items():
        for example in (example for asked in found.questions for example in asked.examples):
            name, _mark, query = example.link.partition("?")
            assert name in pages(), example
            settings, problems = Settings.repaired(query)
            assert problems == [], example
            assert Settings.repaired(settings.to_query()) == (settings, []), example
        assert any(example.link.partition("?")[0] == page for asked in found.questions for example in asked.examples), (
            page
        )


@pytest.mark.parametrize(("page", "question"), QUESTIONS)
def test_answer_is_true(page, question):
    check, told = CHECKS[page, question]
    answer = next(asked for asked in sheets()[page].questions if asked.name == question).answer
    for phrase in told:
        assert phrase in answer, phrase
        answer = answer.replace(phrase, "", 1)
    assert not re.search(r"\d", answer), f"nothing checks the numbers left in: {answer}"
    check()


def test_every_check_is_of_an_answer():
    assert CHECKS.keys() == set(QUESTIONS)


def near(value, told, digits):
    """Whether a number rounds to the one that is told."""
    return round(value, digits) == told


@answers("gradient", "straight", "0.5", "at most 1", "float16", "0.5²⁴ = 6·10⁻⁸", "24 steps back")
def _():
    smallest = float(np.finfo(np.float16).smallest_subnormal)
    assert near(smallest * 1e8, 6, 0)
    assert smallest == 0.5**24
    for found in flows(shown("gradient", "straight"), 5):
        back = found.log10_state_norm[::-1]
        assert (np.diff(back) <= math.log10(0.5) + 1e-6).all()
        assert back[0] == 0
        assert back[24] < math.log10(smallest)
        line = np.polyval(np.polyfit(np.arange(40), back, 1), np.arange(40))
        assert np.abs(back - line).max() < 0.05 * np.ptp(back)  # nearly a straight line


@answers("gradient", "saturated", "weight 2", "±0.958", "0.17", "weight 1", "close to 0", "close to 1")
def _():
    rest = rest_of_tanh(2.0)
    assert near(rest, 0.958, 3)
    assert near(2 * (1 - rest**2), 0.17, 2)
    for seed in range(4):
        double, single = (flows_at(shown("gradient", "saturated", place), seed) for place in (0, 1))
        assert near(10 ** -np.diff(double.log10_state_norm)[-1], 0.17, 2)
        assert 0.95 < 10 ** -np.diff(single.log10_state_norm)[-1] < 1
        assert double.growth.log10_ratio < single.growth.log10_ratio


def flows_at(settings, seed):
    return flow(reseeded(settings, seed).experiment).value()


def rest_of_tanh(w):
    """The positive state h = tanh(w h)."""
    state = 1.0
    for _step in range(500):
        state = math.tanh(w * state)
    return state


@answers(
    *("gradient", "forget", "σ(1) = 0.731", "2.5·10⁻¹⁴", "σ(4) = 0.982", "0.16", "b = 1", "thousand times 2.5·10⁻¹⁴"),
    *("step 1", "b = 4", "ten thousand times", "b = 1"),
)
def _():
    assert near(expit(1), 0.731, 3)
    assert near(expit(1) ** 100 * 1e14, 2.5, 1)
    assert near(expit(4), 0.982, 3)
    assert near(expit(4) ** 100, 0.16, 2)
    one, four = (flows(shown("gradient", "forget", place), 4) for place in (0, 1))
    for low, high in zip(one, four, strict=True):
        assert low.growth.log10_ratio > math.log10(1000 * 2.5e-14)
        assert high.growth.log10_ratio - low.growth.log10_ratio > 4


@answers("gates", "bit", "step 5", "step 100", "30", "σ(30)", "1 by 10⁻¹³", "step 100", "step 5")
def _():
    settings = shown("gates", "bit")
    assert settings.hold == "i_1_5_5~o_1_100_100"
    assert near(math.log10(expit(-30.0)), -13, 0)
    for seed in range(3):
        experiment = reseeded(settings, seed).experiment
        assert experiment.b == (-30, 30, 0, -30)
        cell, states = drawn(experiment), []
        state = cell.initial_state()
        for step, x in enumerate(padded(experiment), start=1):
            held = {(5, "i"): 1.0, (100, "o"): 1.0}
            state = cell.step(state, x, lambda name, value, step=step, held=held: held.get((step, name), value))
            states.append((float(state.h[0]), float(state.c[0])))
        (_h, written), (read, kept) = states[4], states[99]
        assert abs(written) > 0.1
        assert kept == pytest.approx(written, rel=1e-11)
        assert read == pytest.approx(math.tanh(written), rel=1e-11)
        assert all(abs(h) < 1e-9 for h, _c in states[:99])


@answers("gates", "keeps", "(1 − z)", "1 keeps", "4", "σ(4) = 0.982", "2 %")
def _():
    assert near(expit(4), 0.982, 3)
    assert near(100 * expit(-4), 2, 0)
    settings = shown("gates", "keeps")
    cell = drawn(settings.experiment)
    state = cell.initial_state()._replace(h=np.full(cell.hidden_size, 0.5))
    seen = {}
    after = cell.step(state, np.zeros(cell.input_size), lambda name, value: seen.setdefault(name, value))
    np.testing.assert_allclose(after.h, seen["z"] * 0.5 + (1 - seen["z"]) * seen["n"], rtol=1e-12)
    assert settings.experiment.hyperparameter("update_bias") == 4
    np.testing.assert_allclose(np.mean(seen["z"]), expit(4), atol=0.01)


@answers("gates", "product", "bias 1", "step 51 to step 100", "dc₁₀₀/dc₅₀", "300 steps")
def _():
    for place, least, most in ((0, 0.0, 1e-3), (1, 0.9, 1.1)):
        for seed in range(3):
            experiment = reseeded(shown("gates", "product", place), seed).experiment
            cell, xs = drawn(experiment), padded(experiment)
            whole = np.asarray(cells.jacobian(cell, xs, 100, 50))[16:, 16:]
            product = np.prod(np.asarray(cells.unroll(cell, xs).gates["f"])[50:100], axis=0)
            assert least < np.linalg.norm(product) / np.linalg.norm(whole) < most


@answers("past", "transient", "10 · 0.9ᵗ⁻¹", "9 and 10 steps", "38.7-fold", "0.9 a step")
def _():
    experiment = shown("past", "transient").experiment
    W = np.reshape(experiment.W_hh, (2, 2))
    powers = [np.linalg.matrix_power(W, t) for t in range(1, 64)]
    np.testing.assert_allclose([power[0, 1] for power in powers], [t * 10 * 0.9 ** (t - 1) for t in range(1, 64)])
    corner = [power[0, 1] for power in powers]
    assert corner[8] == pytest.approx(corner[9])
    assert max(corner) == pytest.approx(corner[8])
    assert near(max(np.linalg.norm(power, 2) for power in powers), 38.7, 1)
    late = [np.linalg.norm(np.linalg.matrix_power(W, t), 2) for t in (2000, 2001)]
    assert late[1] / late[0] == pytest.approx(0.9, rel=1e-3)


@answers("past", "orthogonal", "All 1", "at most 1", "above 1", "below 1")
def _():
    for seed in range(4):
        linear, bent = (reseeded(shown("past", "orthogonal", place), seed).experiment for place in (0, 1))
        W, xs = np.asarray(drawn(linear).W_hh), linear.sequence()
        np.testing.assert_allclose(np.linalg.svd(np.linalg.matrix_power(W, 99))[1], 1, rtol=1e-10)
        cell, h, product = drawn(bent), np.zeros(16), np.eye(16)
        for x in xs[1:]:
            h = np.tanh(np.asarray(cell.W_ih)[:, : len(x)] @ x + W @ h)
            product = (1 - h**2)[:, None] * W @ product
        assert np.linalg.svd(product)[1].max() < 1


@answers("past", "states", "40 steps")
def _():
    for seed in range(4):
        found = reseeded(shown("past", "states"), seed).experiment.replace(length=100)
        J = np.asarray(cells.jacobian(drawn(found), padded(found), 50, 10))
        assert np.linalg.norm(J[16:, 16:]) > np.linalg.norm(J[:16, :16])


def padded(experiment):
    xs = experiment.sequence()
    return np.pad(xs, ((0, 0), (0, drawn(experiment).input_size - xs.shape[1])))


def stationary(lam, r):
    """(3, 3) E of the products of (x, h, dh/dlambda) in the long run, by SciPy: what a step leaves as it is."""
    step = np.array([[r, 0, 0], [r, lam, 0], [0, 1, lam]])
    return solve_discrete_lyapunov(step, (1 - r**2) * np.outer([1, 1, 0], [1, 1, 0]), method="direct")


@answers("neuron", "edge", "√(3 / 2t)", "−3/2", "0.4 %", "50 steps", "w = 0.9")
def _():
    h, product = tanh_orbit(1.0, 50)
    assert near(100 * product, 0.4, 1)
    assert tanh_orbit(0.9, 50)[1] < product
    later = {steps: tanh_orbit(1.0, steps) for steps in (10_000, 40_000)}
    assert later[40_000][0] == pytest.approx(math.sqrt(3 / 80_000), rel=0.01)
    assert later[40_000][1] / later[10_000][1] == pytest.approx(4**-1.5, rel=0.01)
    assert [shown("neuron", "edge", place).neuron_w for place in (0, 1)] == [1, 0.9]


def tanh_orbit(w, steps):
    """The state, and the product of the factors, of h = tanh(w h) begun at 1."""
    h, product = 1.0, 1.0
    for _step in range(steps):
        h = math.tanh(w * h)
        product *= w * (1 - h * h)
    return h, product


@answers("neuron", "sigmoid", "1/4, at 0", "above 1", "up to 4", "w = 4", "b = −2", "exactly 1", "h = 1/2")
def _():
    at = np.linspace(-30, 30, 60_001)
    slopes = expit(at) * expit(-at)
    assert slopes.max() == 0.25
    assert abs(at[slopes.argmax()]) < 1e-9
    settings = shown("neuron", "sigmoid")
    assert (settings.neuron_w, settings.neuron_b) == (4, -2)
    assert expit(settings.neuron_w * 0.5 + settings.neuron_b) == 0.5
    larger = shown("neuron", "sigmoid", 1)
    assert larger.neuron_w * expit(larger.neuron_w * larger.neuron_start + larger.neuron_b) / 2 > 1


@answers("neuron", "bit", "At 0", "factor is 2", "±0.958", "0.17", "0.17 a step", "10⁻³⁹", "50 steps")
def _():
    h = np.linspace(-2, 2, 4000)
    assert np.count_nonzero(np.diff(np.sign(np.tanh(2 * h) - h))) == 3
    factor = 2 * (1 - rest_of_tanh(2.0) ** 2)
    assert near(rest_of_tanh(2.0), 0.958, 3)
    assert near(factor, 0.17, 2)
    assert near(50 * math.log10(factor), -39, 0)
    assert shown("neuron", "bit").neuron_w == 2


LONG_RUN = {lam: stationary(lam, 0.0) for lam in (0.99, 0.999)}
"""{lambda: E of the products of (x, h, dh/dlambda), for white input}."""


@answers(
    "price", "enough", "0.99", "(1 + λ²)/(1 − λ²)³ = 2.513·10⁵", "5000 times E h² = 50.25", "0.99 to 0.999", "995-fold"
)
def _():
    assert [shown("price", "enough", place).price_memory for place in (0, 1)] == [100, 1000]
    slow, slower = LONG_RUN[0.99], LONG_RUN[0.999]
    assert slow[2, 2] == pytest.approx((1 + 0.99**2) / (1 - 0.99**2) ** 3)
    assert near(slow[2, 2] / 1e5, 2.513, 3)
    assert near(slow[1, 1], 50.25, 2)
    assert near(slow[2, 2] / slow[1, 1] / 1000, 5, 2)
    assert near(slower[2, 2] / slow[2, 2], 995, 0)


@answers(
    *("price", "parameter", "E h² to 1", "(1 + λ²)/(1 − λ²)³ to 1/(1 − λ²)²", "λ near 1", "to 1/4", "λ = 0.999"),
    *("2.501·10⁸", "2.503·10⁵", "0.25"),
)
def _():
    lam, found = 0.999, LONG_RUN[0.999]
    scale, steeper = math.sqrt(1 - lam**2), -lam / math.sqrt(1 - lam**2)
    scaled = np.array([steeper, scale]) @ found[1:, 1:] @ np.array([steeper, scale])
    assert scale**2 * found[1, 1] == pytest.approx(1)
    assert scaled == pytest.approx(1 / (1 - lam**2) ** 2)
    assert near(found[2, 2] / 1e8, 2.501, 3)
    assert near(scaled / 1e5, 2.503, 3)
    nu, push = math.log(-math.log(lam)), 1e-6
    by_nu = (math.exp(-math.exp(nu + push)) - math.exp(-math.exp(nu - push))) / (2 * push)
    assert near(by_nu**2 * scaled, 0.25, 4)
    assert shown("price", "parameter").price_memory == 1000


@answers("price", "correlated", "λ = 1", "(1 + r)/(1 − r) = 19", "18.98")
def _():
    settings = shown("price", "correlated")
    lam, r = 1 - 1 / settings.price_memory, settings.price_correlation
    assert (lam, r) == (0.9999, 0.9)
    white, found = stationary(lam, 0.0), stationary(lam, r)
    assert near((1 + r) / (1 - r), 19, 9)
    assert found[1, 1] / white[1, 1] == pytest.approx(19, rel=2e-3)
    assert found[2, 2] / white[2, 2] == pytest.approx(19, rel=2e-3)
    assert near((1 - lam**2) * found[1, 1], 18.98, 2)
    # By omega, lambda moves by 1 - lambda²: d(sqrt(1 - lambda²) h)/domega.
    weights = (1 - lam**2) * np.array([-lam / math.sqrt(1 - lam**2), math.sqrt(1 - lam**2)])
    assert weights @ found[1:, 1:] @ weights == pytest.approx((1 - lam**2) * found[1, 1], rel=1e-5)


@answers("bptt", "window", "65 %", "1, 0.9, 0.81", "1 − 0.9¹⁰ = 0.65")
def _():
    assert near(1 - 0.9**10, 0.65, 2)
    assert near(0.9**2, 0.81, 9)
    found = numbers_of("parts", shown("bptt", "window"))
    share = 10 ** (found.log10_truncated["b"][9] - found.log10_total["b"])
    assert near(share, 0.65, 2)


@answers("bptt", "sum")
def _():
    for seed in range(4):
        found = numbers_of("parts", reseeded(shown("bptt", "sum"), seed))
        for name, bars in found.log10_norm.items():
            assert found.log10_total[name] < math.log10(np.sum(10.0 ** bars[: found.last])) - 1e-3, name


@answers("bptt", "credit", "exactly 0", "step 1 uses", "other than 0", "step 1 lies", "window of 30")
def _():
    for seed in range(3):
        found = numbers_of("parts", reseeded(shown("bptt", "credit"), seed))
        assert found.log10_truncated["W_ih"][9] == -math.inf
        assert found.log10_truncated["W_ih"][29] == pytest.approx(found.log10_total["W_ih"])
        assert math.isfinite(found.log10_total["W_ih"])


@answers("fixes", "clip", "(0.6, 0.8)", "(1, 0.1)", "3.8°")
def _():
    rules = {name: all_remedies()[name].limit for name in ("clip_norm", "clip_value")}
    np.testing.assert_allclose(rules["clip_norm"](np.array([3.0, 4.0]), clip_norm=1.0), [0.6, 0.8])
    np.testing.assert_allclose(rules["clip_value"](np.array([3.0, 0.1]), clip_value=1.0), [1.0, 0.1])
    assert near(math.degrees(math.atan2(0.1, 1.0) - math.atan2(0.1, 3.0)), 3.8, 1)
    assert shown("fixes", "clip").remedies == ("clip_norm",)


@answers("fixes", "residual", "0.9 and 1.1", "by more than 0.1")
def _():
    for seed in range(5):
        J = np.random.default_rng(seed).normal(size=(16, 16))
        values = np.linalg.svd(np.eye(16) + 0.1 * J / np.linalg.norm(J, 2))[1]
        assert values.min() >= 0.9 - 1e-12
        assert values.max() <= 1.1 + 1e-12
    assert shown("fixes", "residual").residual_scale == 0.1


@answers("fixes", "inside", "400 steps", "seeds 0 to 5")
def _():
    experiments = [reseeded(shown("fixes", "inside"), seed).experiment for seed in range(6)]
    assert all(experiment.length == 400 for experiment in experiments)
    assert sum(lost(experiment, None) < -5 for experiment in experiments) == 5
    assert all(lost(experiment, 0.1) > 0 for experiment in experiments)


def lost(experiment, scale):
    """log10 of the gradient of h at step 1 over that at the end: h inside the activation, or beside it."""
    cell, h = drawn(experiment), np.zeros(16)
    W, W_ih = np.asarray(cell.W_hh), np.asarray(cell.W_ih)
    factors = []
    for x in experiment.sequence():
        a = W_ih[:, : len(x)] @ x + W @ h + (h if scale is None else 0)
        slope = (1 - np.tanh(a) ** 2)[:, None]
        factors.append(slope * (W + np.eye(16)) if scale is None else np.eye(16) + scale * slope * W)
        h = np.tanh(a) if scale is None else h + scale * np.tanh(a)
    g = np.ones(16) / 4
    for J in factors[:0:-1]:
        g = J.T @ g
    return math.log10(np.linalg.norm(g))


@answers("learning", "baseline", "2 · 1/12 = 1/6 = 0.167", "25 times", "1/12", "0.163")
def _():
    sums = np.random.default_rng(0).uniform(size=(2, 400_000)).sum(axis=0)
    assert np.mean((sums - 1) ** 2) == pytest.approx(1 / 6, rel=0.01)
    assert near(2 / 12, 0.167, 3)
    assert near((24 * 2 / 12 + 1 / 12) / 25, 0.163, 3)
    assert TASKS["adding"].baseline(50, 1) == pytest.approx((24 * 2 / 12 + 1 / 12) / 25)


@answers("learning", "bias", "1 / (1 − f)", "1 + eᵇ", "100 steps", "ln 99 = 4.6", "default of 1", "3.7 steps")
def _():
    for b in (1.0, 4.6):
        assert 1 / (1 - expit(b)) == pytest.approx(1 + math.exp(b))
    assert near(math.log(99), 4.6, 1)
    assert near(1 + math.e, 3.7, 1)
    assert cells.LSTM.hyperparameters[0].default == 1


@answers("learning", "guess", "ln 4 = 1.386", "25 %", "1.386")
def _():
    assert near(math.log(4), 1.386, 3)
    assert TASKS["temporal_order"].baseline(50, 1) == math.log(4)
    assert TASKS["temporal_order"].outputs == 4


@answers("reading", "memory", "ln 2", "elsewhere", "0 ", "(ln 2)/2 = 0.3466")
def _():
    read, said = "hell", "ello"
    after = {letter: [said[place] for place in range(4) if read[place] == letter] for letter in read}
    losses = [-math.log(after[letter].count(answer) / len(after[letter])) for letter, answer in zip(read, said)]  # noqa: B905
    assert near(np.mean(losses), 0.3466, 4)
    assert sorted(losses) == [0, 0, math.log(2), math.log(2)]


@answers("reading", "temperature", "1/T", "sum to 1", "0.94 and 0.06 at 0.5", "0.67 and 0.33 at 2")
def _():
    for T, told in ((0.5, (0.94, 0.06)), (2.0, (0.67, 0.33))):
        raised = np.array([0.8, 0.2]) ** (1 / T)
        assert tuple(np.round(raised / raised.sum(), 2)) == told
    assert shown("reading", "temperature").temperature == 0.5


@answers("reading", "cut", "not 0")
def _():
    for name in ("rnn", "lstm"):
        experiment = Experiment(cell=name, hidden_size=3)
        cell = drawn(experiment)
        cell = cell.with_weights(W_hh=np.zeros_like(cell.W_hh))
        x, start, gates = np.ones(cell.input_size), cell.initial_state(), {}
        moved = type(start)(*(np.full(3, 0.5) for _field in start))
        before = cell.step(start, x, lambda key, value: value)
        after = cell.step(moved, x, lambda key, value, gates=gates: gates.setdefault(key, value))
        if "c" in start._fields:
            np.testing.assert_allclose((after.c - before.c) / 0.5, gates["f"], rtol=1e-9)
            assert (np.asarray(gates["f"]) > 0).all()
        else:
            np.testing.assert_array_equal(after.h, before.h)


@answers("wiring", "sides", "1 to 64", "exactly 0", "128")
def _():
    for place, reached in ((0, 64), (1, 128)):
        settings = shown("wiring", "sides", place)
        inputs = numbers_of(
            "wired", settings.replace(experiment=settings.experiment.replace(hidden_size=4))
        ).flow.inputs
        assert np.isfinite(inputs).sum() == reached
        assert np.isfinite(inputs[:reached]).all()
        assert len(inputs) == 128


@answers("wiring", "clues", "ln 4 = 1.386", "ln 2 = 0.693", "it is 0", "ln 8 = 2.079")
def _():
    assert (len(gap.NOUNS), len(gap.NUMBERS), len(gap.ANSWERS)) == (4, 2, 8)
    assert near(math.log(4), 1.386, 3)
    assert near(math.log(2), 0.693, 3)
    assert near(math.log(8), 2.079, 3)


@answers("wiring", "code", "8 dimensions", "of 4")
def _():
    t = 2 * np.pi * np.arange(autoencoder.POINTS) / autoencoder.POINTS
    waves = [wave(k * t) for k in range(1, autoencoder.WAVES + 1) for wave in (np.sin, np.cos)]
    assert np.linalg.matrix_rank(waves) == 8
    assert autoencoder.WIDEST == 8
    assert shown("wiring", "code").bottleneck == 4


@answers("notes", "activation", "0.9", "0.9 a step")
def _():
    for found in flows(shown("notes", "activation"), 4):
        np.testing.assert_allclose(np.diff(found.log10_state_norm), -math.log10(0.9), rtol=1e-3)
        assert found.growth.kind == "vanishing"


@answers("notes", "radius", "(3 −3; 3 −3)", "of 0", "(−1, −4)", "1.4 a step")
def _():
    experiment = shown("notes", "radius").experiment
    W, b = np.reshape(experiment.W_hh, (2, 2)), np.asarray(experiment.b)
    assert np.abs(np.linalg.eigvals(W)).max() < 1e-6
    assert list(b) == [-1, -4]
    for seed in range(5):  # the orbit is chaotic, so that its rounding decides which one it is
        h, factors = np.random.default_rng(seed).normal(size=2) * 1e-9, []
        for _step in range(100):
            h = np.tanh(W @ h + b)
            factors.append((1 - h**2)[:, None] * W)
        g = np.ones(2)
        for J in factors[:0:-1]:
            g = J.T @ g
        assert (np.linalg.norm(g) / np.sqrt(2)) ** (1 / 99) > 1.4
    assert flow(experiment).value().growth.factor > 1.4


@answers("notes", "count")
def _():
    for size in (4, 16):
        rnn, lstm, gru = (count(cell, size) for cell in (cells.RNN, cells.LSTM, cells.GRU))
        assert lstm == 4 * rnn
        assert gru == 3 * rnn + size


def count(cell, size):
    made = cell.init(5, size, key=keys.key(0))
    weights = [getattr(made, name) for name in ("W_ih", "W_hh", "b")]
    return sum(np.size(each) for each in [*weights, getattr(made, "b_hn", [])])


@answers("model", "count", "1344", "16 · 4", "16 · 16", "16 biases", "4 · 16 · (4 + 16 + 1)")
def _():
    assert 4 * (16 * 4 + 16 * 16 + 16) == 4 * 16 * (4 + 16 + 1) == 1344
    for seed in range(2):
        weights = numbers_of("model", reseeded(shown("model", "count"), seed)).weights
        assert sum(values.size for values in weights.values()) == 1344


@answers("model", "gaussian", "exactly 1", "about 2", "about 1")
def _():
    for seed in range(2):
        turned, stretched = (
            np.asarray(drawn(reseeded(shown("model", "gaussian", place), seed).experiment).W_hh) for place in (0, 1)
        )
        assert turned.shape == stretched.shape == (128, 128)
        np.testing.assert_allclose(np.linalg.svd(turned)[1], 1, rtol=1e-10)
        assert np.linalg.norm(stretched, 2) == pytest.approx(2, rel=0.1)
        assert np.abs(np.linalg.eigvals(stretched)).max() == pytest.approx(1, rel=0.15)
        assert stretched.std() * math.sqrt(128) == pytest.approx(1, rel=0.02)


@answers("model", "exponent", "0.05", "factor 20", "256 steps", "10⁻³³¹", "exactly 0", "float32", "10⁻⁴⁵")
def _():
    assert float(np.finfo(float).smallest_subnormal) == 5e-324
    assert near(math.log10(np.finfo(np.float32).smallest_subnormal), -45, 0)
    for found in flows(shown("model", "exponent")):
        assert (np.diff(found.log10_state_norm) > math.log10(20)).all()
        assert found.growth.log10_ratio < -331


@answers("lessons", "half", "step, over 127 steps", "0.5¹²⁷ = 6·10⁻³⁹", "10⁻⁴⁸")
def _():
    assert near(0.5**127 * 1e39, 6, 0)
    assert shown("lessons", "half").lesson_step == 2
    for found in flows(shown("lessons", "half", 1), 5):
        assert found.last == 128
        assert found.growth.log10_ratio < -48


@answers(
    *("lessons", "flat", "1.5 and 2", "gain of 1.5", "step 1", "step 128", "gain of 2", "gain of 1 "),
)
def _():
    less, more = (flows(shown("lessons", "flat", place), 5) for place in (0, 1))
    assert all(found.growth.log10_ratio < 0 for found in less)
    assert all(found.growth.log10_ratio > 0 for found in more)
    plain = shown("lessons", "flat")
    plain = plain.replace(experiment=plain.experiment.replace(gain=1.0))
    assert all(found.growth.log10_ratio < -1 for found in flows(plain))


@answers("lessons", "decades", "30 decades", "10³⁰", "2.5")
def _():
    assert -20 - -50 == 30
    assert -50 / -20 == 2.5


@answers("mine", "trained", "9 to 20 steps", "4 to 5")
def _():
    for seed in range(12):
        found = numbers_of("mine", shown("mine", "trained").replace(model_seed=seed))
        assert 9 <= round(found.as_is.growth.halving) <= 20
        assert 4 <= round(found.usual.growth.halving) <= 5


@answers("mine", "float", "65 and 80 steps", "0.8 a step", "0.8⁷⁵ = 5·10⁻⁸")
def _():
    assert near(0.8**75 * 1e8, 5, 0)
    assert near(float(np.finfo(np.float16).smallest_subnormal) * 1e8, 6, 0)
    for seed in range(12):
        found = numbers_of("mine", shown("mine", "float").replace(model_seed=seed))
        assert near(found.changed.growth.factor, 0.8, 1)
        assert 65 < next(each.lost_after for each in found.floats if each.dtype == "float16") < 80


@answers("mine", "origin", "1.07", "at most 0.16")
def _():
    means = np.split(load_file(EXAMPLE)["lstm.bias_ih_l0"].astype(float), 4)
    means = [bias.mean() for bias in means]
    assert near(means[1], 1.07, 2)
    assert near(max(abs(mean) for place, mean in enumerate(means) if place != 1), 0.16, 2)


@answers("words", "half_life", "ln 2", "0.9 = 6.6 steps", "3 / −log₁₀ 0.9 = 66 steps", "1024")
def _():
    assert near(-math.log(2) / math.log(0.9), 6.6, 1)
    assert near(-3 / math.log10(0.9), 66, 0)
    assert 2**10 == 1024


@answers("words", "norms", "0.9", "10.08")
def _():
    W = np.array([[0.9, 10.0], [0.0, 0.9]])
    assert near(np.abs(np.linalg.eigvals(W)).max(), 0.9, 6)
    assert near(np.linalg.norm(W, 2), 10.08, 2)


@answers("words", "nats", "−0.5 = 0.607", "−0.5 / ln 10 = −0.217", "13.8 steps")
def _():
    assert near(math.exp(-0.5), 0.607, 3)
    assert near(-0.5 / math.log(10), -0.217, 3)
    assert near(math.log(1000) / 0.5, 13.8, 1)


def parameters():
    mine = [(name, each) for name, page in pages().items() for each in sheet.of_page(page.settings)]
    return mine + [("gradient", each) for each in sheet.of_every_page()]


def test_every_name_of_the_address_has_an_example_that_opens_and_says_something_else():
    assert len(parameters()) > 100
    for page, each in parameters():
        settings, problems = Settings.repaired(each.query)
        assert problems == [], (page, each)
        assert f"{each.name}=" in each.query or f"{each.name}%" in each.query
        usual = Settings()
        spoken = getattr(settings, each.name, None)
        if spoken is None:
            experiment = settings.experiment
            spoken = getattr(experiment, each.name, None)
            spoken = experiment.hyperparameter(each.name) if spoken is None else spoken
            default = getattr(usual.experiment, each.name, None)
            default = usual.experiment.hyperparameter(each.name) if default is None else default
        else:
            default = getattr(usual, each.name)
        assert spoken != default, each
        assert each.means
        assert each.accepts


def test_the_range_of_a_name_is_what_it_accepts():
    found = {each.name: each for _page, each in parameters()}
    assert found["gain"].accepts == "0.05 to 20"
    assert found["length"].accepts == "whole, 1 to 2048"
    assert found["plain"].accepts == "true, false"
    assert found["activation"].accepts.startswith("tanh, sigmoid, relu")
    assert found["remedies"].accepts.startswith("several, with commas: ")
    assert found["word"].accepts == "text, up to 12 characters"
    assert found["gain"].default == "1"
