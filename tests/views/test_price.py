"""Is carrying the gradient enough? Without a browser: what is simulated, what cells pay, what is claimed."""

import numpy as np
import plotly.graph_objects as go
import pytest

from app.settings import Settings
from app.views.price import numbers, verdict
from app.views.price.claims import claims
from cells.analyses.sensitivity import sensitivity
from cells.running import drawn, padded, run_seeds
from tests.app.pages import draw, numbers_of, open_page, say

SLOPES = {"rnn.W_hh": (0.7, 1.1), "lstm.b": (0, 0.2), "gru.b": (0, 0.2), "mingru.b": (0, 0.2), "lru.nu": (-0.1, 0.1)}
"""{dial: least and largest slope of the logarithm of its norm over that of the half-life}."""


@pytest.fixture(scope="module")
def paid():
    return numbers.paid.now()


@pytest.mark.parametrize("r", [0.0, 0.9])
def test_what_is_measured_over_64_seeds_is_within_two_per_cent_of_the_formulas(r):
    marks, lam = numbers.simulated.now(r), numbers.eigenvalue(numbers.MARKED)
    assert lam[-1] == pytest.approx(0.9999)
    exact = numbers.compared(lam, r) if r else numbers.formulas(lam)
    for name, expected in exact.items():
        np.testing.assert_allclose(marks[name], expected, rtol=0.02, err_msg=name)
    found = numbers_of("price_correlated" if r else "price", Settings(price_correlation=r))
    assert found.farthest == max(np.max(np.abs(marks[name] / expected - 1)) for name, expected in exact.items())


def test_gates_and_nu_do_not_pay_for_memory_and_the_rest_does(paid):
    for key, (least, most) in SLOPES.items():
        slope = np.polyfit(np.log(paid[key].half_lives), np.log(paid[key].norms), 1)[0]
        assert least < slope < most, key
    assert np.polyfit(np.log(paid["lru.theta"].half_lives), np.log(paid["lru.theta"].norms), 1)[0] > 0.9


def test_what_cells_pay_is_near_what_one_unit_pays(paid):
    lam = numbers.eigenvalue(np.array(numbers.REAL_MEMORIES))
    np.testing.assert_allclose(paid["lru.nu"].half_lives, np.log(0.5) / np.log(lam), rtol=1e-6)
    np.testing.assert_allclose(paid["mingru.b"].half_lives, np.log(0.5) / np.log(lam), rtol=0.01)
    # By nu the price is (lambda ln lambda)² / (1 - lambda²)²; its root is the norm.
    np.testing.assert_allclose(paid["lru.nu"].norms, -lam * np.log(lam) / (1 - lam**2), rtol=0.15)
    # A forget bias moves lambda by lambda (1 - lambda), and the input not at all: lambda² (1 + lambda²) / (1 + lambda)²
    # of the state's power. The bias of a minGRU moves its input too.
    gate = lam * np.sqrt(1 + lam**2) / (1 + lam)
    np.testing.assert_allclose(paid["lstm.b"].norms, gate, rtol=0.2)


def test_gradient_of_the_lru_is_that_of_a_loop():
    experiment = numbers.experiment("lru", numbers.DIALS[-1].turned(10.0))
    run = run_seeds(experiment, sensitivity, numbers.REAL_SEEDS)
    cell, xs = drawn(experiment), padded(experiment)[: experiment.length]
    size, angle = np.exp(-np.exp(cell.nu)), np.exp(cell.theta)
    lam, gamma = size * np.exp(1j * angle), np.sqrt(1 - size**2)
    by_nu, by_theta = -np.exp(cell.nu) * lam, 1j * angle * lam
    scale_by_nu = np.exp(cell.nu) * size**2 / gamma
    B = np.asarray(cell.W_ih[0] + 1j * cell.W_ih[1])
    s, S = np.zeros(numbers.UNITS, complex), np.zeros((2, numbers.UNITS), complex)
    powers = []
    for x in xs:
        S = lam * S + np.stack([by_nu * s + scale_by_nu * (B @ x), by_theta * s])
        s = lam * s + gamma * (B @ x)
        powers.append(np.mean(s.real**2))
    for name, moved in zip(("nu", "theta"), S.real, strict=True):
        np.testing.assert_allclose(run.gradients[name][0], moved / np.sqrt(numbers.UNITS), rtol=1e-9)
    assert run.factor[0] == pytest.approx(0.9)
    assert run.power[0] == pytest.approx(np.mean(powers[experiment.length // 2 :]))


def test_every_dial_names_a_gate_of_its_cell_or_none():
    assert [numbers.row_of(dial) for dial in numbers.DIALS if dial.gate] == [1, 1, 0]
    assert [verdict.name_of(dial) for dial in numbers.DIALS] == [
        "RNN W_hh",
        "LSTM b_f",
        "GRU b_z",
        "minGRU b_z",
        "LRU ν",
        "LRU θ",
    ]


def test_the_gradient_falls_while_the_sensitivity_grows():
    found = numbers_of("price", Settings(price_memory=1000.0))
    np.testing.assert_allclose(found.backward, numbers.BESIDE * np.log10(0.999))
    assert np.all(np.diff(found.forward[1:]) >= 0)
    assert found.forward[-1] == pytest.approx(0.5 * np.log10(found.here["raw"]))


def test_without_memory_nothing_is_said_of_half_lives():
    said = say("price", Settings(price_memory=1.0))
    assert said.headline == "λ = 0"
    assert "half" not in said.sentence
    assert said.check.passed


def test_a_press_on_the_figure_finds_a_memory():
    drawn = go.Figure(draw("price", Settings()))
    assert drawn.layout.xaxis.type == "log"
    assert any(trace.meta == "pick" and trace.xaxis == "x" for trace in drawn.data)
    assert np.nanmin(drawn.data[0].x) == 1
    assert np.nanmax(drawn.data[0].x) == 10_000


def test_plain_widgets_set_the_memory():
    page = open_page("price", Settings(plain=True))
    next(field for field in page.number_input if field.key == "price_memory").set_value(1000.0).run()
    assert not page.exception
    assert page.session_state.settings.price_memory == 1000.0


CLAIMS = {
    "enough": lambda found: (
        found.backward.max() < 0 and found.here["raw"] / found.here["h_h"] == pytest.approx(5e5, rel=1e-3)
    ),
    "cured": lambda found: set(found.lines["tanh"]) == {1.0} and found.marks["tanh"] == pytest.approx(1, rel=0.02),
    "alike": lambda found: 18.9 < found.here["tanh"] < 19 and 18.6 < found.marks["tanh"][-1] < 19.4,
    "alternating": lambda found: found.times["h_h"] < 0.06 and found.times["raw"] < 0.06 and found.here["tanh"] < 0.06,
}


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.name)
def test_claim_is_true_and_decided_by_what_is_said_to_decide(claim):
    found = numbers_of(claim.figure or "price", claim.settings)
    assert CLAIMS[claim.name](found)
    assert found.farthest < 0.02
