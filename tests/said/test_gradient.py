"""What the first page says, against gradients that NumPy adds up and products known on paper."""

import numpy as np
import pytest

from app.language import number, power_of_ten
from app.settings import AXES
from cells.running import drawn as weights_of
from tests.said.by_numpy import jacobian, log10_gradient, orbit, sequence
from tests.said.register import says

LINEAR = "gradient?hidden_size=1&W_hh=1&activation=identity&input=zero&overlay=rnn"
"""h_t = w h_{t-1}, where w is the gain: dL/dh_t is w^(T - t)."""
TANH = "gradient?hidden_size=4&length=40"
LSTM = "gradient?cell=lstm&hidden_size=4&length=40&overlay=lstm"


def slope_of(curve):
    """Decades a step from the last step back to the first."""
    return (curve[0] - curve[-1]) / (len(curve) - 1)


@says("gradient?length=1&hidden_size=4", "One step", "the loss is on step 1, so there is no way back to measure.")
def test_the_only_step(said):
    assert said.experiment.length == 1
    assert said.verdict.kind == "single"


@says(
    f"{TANH}&gain=0.5",
    "Vanishing",
    "×{factor} a step",
    "half gone or more at an average step",
    "step 1 receives {ratio} of what step {last} receives",
    "{label}: {kind}, ×{factor} a step, {ratio} at step 1",
)
def test_vanishing_at_once_beside_other_cells(said):
    curve, _ = log10_gradient(said.experiment)
    assert slope_of(curve) < np.log10(0.5)
    assert said.values("×{factor} a step")["factor"] == f"{10 ** slope_of(curve):.3g}"
    assert said.values("step 1 receives {ratio} of what step {last} receives") == {
        "ratio": power_of_ten(curve[0] - curve[-1]),
        "last": 40,
    }
    beside = said.spoken["{label}: {kind}, ×{factor} a step, {ratio} at step 1"]
    for told, cell in zip(beside, ("gru", "lstm"), strict=True):
        curve, _ = log10_gradient(said.experiment.for_cell(cell))
        assert slope_of(curve) < -0.02
        assert told == {
            "label": cell.upper(),
            "kind": "vanishing",
            "factor": f"{10 ** slope_of(curve):.3g}",
            "ratio": power_of_ten(curve[0] - curve[-1]),
        }


@says(f"{TANH}&input_scale=10&overlay=rnn", "half gone or more at an average step")
def test_half_is_gone_on_average_and_not_at_every_step(said):
    curve, _ = log10_gradient(said.experiment)
    assert slope_of(curve) < np.log10(0.5)
    assert (np.diff(curve) < np.log10(2)).any()


@says(
    f"{TANH}&overlay=rnn",
    "half gone every {steps}",
    "{count:.1f} steps",
    "autodiff {mark} finite difference: relative difference {error} at step\u00a0{step}",
)
def test_vanishing_slowly_and_the_check(said):
    curve, parts = log10_gradient(said.experiment)
    assert said.values("{count:.1f} steps")["count"] == pytest.approx(np.log10(2) / -slope_of(curve))
    check = said.values("autodiff {mark} finite difference: relative difference {error} at step\u00a0{step}")
    in_reach = (parts["h"] >= -2) & (parts["h"] <= 1)
    step = check["step"]
    assert in_reach[step - 1 :].all()
    assert not in_reach[step - 2]
    towards = jacobian(said.experiment, step, 40).sum(axis=0) / 2  # dL/dh with L = 1·h / √4
    size = np.linalg.norm(towards)
    ahead, behind = (loss_after(said.experiment, step, sign * 1e-6 * towards / size) for sign in (1, -1))
    assert size == pytest.approx(10 ** parts["h"][step - 1])
    assert (ahead - behind) / 2e-6 == pytest.approx(size, rel=1e-6)
    assert check["mark"] == "✓"
    assert said.verdict.check.passed


def loss_after(experiment, step, moved):
    """1·h_T / √H of a tanh RNN whose state is moved at a step."""
    cell, h = weights_of(experiment), orbit(experiment).states["h"][step] + moved
    for x in sequence(experiment)[step:]:
        h = np.tanh(cell.W_ih @ x + cell.W_hh @ h)
    return h.sum() / np.sqrt(h.size)


@says(
    "gradient?hidden_size=1&W_hh=1&activation=leaky_relu&input=zero&length=2&overlay=rnn",
    "**The check** moves one state by a hair, runs the cell again, and compares with autodiff. Where an activation has "
    "a kink and stands exactly on it, there is no slope for the two to agree on.",
    "autodiff {mark} finite difference: relative difference {error} at step\u00a0{step}",
)
def test_on_a_kink_the_check_fails(said):
    # h_1 = 0 moved by ±e gives h_2 = e or -0.01 e: a slope of 0.505, where that of the right side is 1.
    check = said.values("autodiff {mark} finite difference: relative difference {error} at step\u00a0{step}")
    assert (check["mark"], check["step"]) == ("✗", 1)
    assert float(check["error"]) == pytest.approx(0.495, abs=0.006)


@says(
    f"{LINEAR}&length=11&gain=1.2",
    "Exploding",
    "doubled every {steps}",
    "step 1 receives {ratio} times what step {last} receives",
)
def test_exploding_slowly(said):
    assert said.values("doubled every {steps}")["steps"] == f"{np.log(2) / np.log(1.2):.1f} steps"
    assert said.values("step 1 receives {ratio} times what step {last} receives") == {"ratio": "6.2", "last": 11}
    assert 1.2**10 == pytest.approx(6.2, abs=0.05)


@says(f"{LINEAR}&length=11&gain=3", "doubled or more at an average step")
def test_exploding_at_once(said):
    assert said.values("×{factor} a step")["factor"] == "3"


@says(f"{LINEAR}&length=11&gain=0.5", "half gone or more at an average step")
def test_a_half_life_of_one_step(said):
    assert said.values("×{factor} a step")["factor"] == "0.5"


@says(f"{LINEAR}&length=11&gain=0.502", "half gone every {steps}")
def test_a_half_life_of_a_little_more_than_a_step(said):
    assert said.values("half gone every {steps}")["steps"] == "1.0 steps"
    assert np.log(2) / -np.log(0.502) > 1


@says(f"{LINEAR}&length=11", "Carried", "step 1 receives as much as step {last}", "×{factor} a step")
def test_carried_exactly(said):
    assert said.values("step 1 receives as much as step {last}") == {"last": 11}
    assert said.values("×{factor} a step") == {"factor": "1"}
    assert "half" not in said.verdict.sentence


VERDICT = (
    "**The verdict** follows the whole state from the loss back to step 1. It is *carried* while the factor per step "
    "stays between {least:.3f} and {most:.3f} and {share:g} to {times:g} times as much arrives."
)


@says(f"{LINEAR}&length=11&gain=0.956", VERDICT, "Carried")
def test_inside_the_limits_of_carried(said):
    limits = said.values(VERDICT)
    assert limits["least"] < 0.956 < limits["most"]
    assert limits["share"] < 0.956**10 < limits["times"]


@says(f"{LINEAR}&length=11&gain=0.954", VERDICT, "Vanishing")
def test_below_the_least_factor(said):
    assert said.values(VERDICT)["least"] > 0.954


@says(f"{LINEAR}&length=11&gain=1.048", VERDICT, "Exploding")
def test_above_the_largest_factor(said):
    assert said.values(VERDICT)["most"] < 1.048


@says(f"{LINEAR}&length=200&gain=0.97", VERDICT, "Vanishing")
def test_too_little_arrives_though_the_factor_is_near_1(said):
    limits = said.values(VERDICT)
    assert limits["least"] < 0.97
    assert limits["share"] > 0.97**199


@says(f"{LINEAR}&length=200&gain=1.03", VERDICT, "Exploding")
def test_too_much_arrives_though_the_factor_is_near_1(said):
    limits = said.values(VERDICT)
    assert limits["most"] > 1.03
    assert limits["times"] < 1.03**199


@says(LSTM, VERDICT, "step 1 receives {ratio} of what step {last} receives")
def test_the_verdict_is_on_the_whole_state(said):
    whole, parts = log10_gradient(said.experiment)
    ratio = said.values("step 1 receives {ratio} of what step {last} receives")["ratio"]
    assert ratio == power_of_ten(whole[0] - whole[-1])
    assert abs(parts["c"][0] - parts["c"][-1] - (whole[0] - whole[-1])) > 0.05


@says(
    "gradient?hidden_size=1&W_hh=0&activation=identity&input=zero&overlay=rnn&length=11",
    "Cut off",
    "steps 1 to {dead} receive exactly 0: somewhere every path back has slope 0.",
)
def test_without_recurrent_weights_nothing_comes_back(said):
    said_of = said.values("steps 1 to {dead} receive exactly 0: somewhere every path back has slope 0.")
    assert said_of == {"dead": 10}
    assert said.experiment.W_hh == (0.0,)


OVERFLOW = "the forward pass leaves the finite numbers at step {step}; there is no gradient to draw."


@says(f"{LINEAR.replace('zero', 'impulse')}&length=250&gain=20", "Overflow", OVERFLOW, "no gradient to check here")
def test_overflow(said):
    first = float(np.abs(weights_of(said.experiment).W_ih[0, 0]))  # |h_1|, which grows by 20 a step
    with np.errstate(over="ignore"):
        states = first * np.array([20.0]) ** np.arange(250)
    assert said.values(OVERFLOW)["step"] == 1 + np.argmax(np.isinf(states))
    assert np.isnan(said.traces["rnn.h"]["y"]).all()
    assert not said.verdict.check.passed


@says(f"{LINEAR.replace('zero', 'impulse')}&length=250&gain=20&loss=step&loss_step=5", "Exploding")
def test_an_overflow_after_the_loss_takes_no_gradient_away(said):
    assert said.traces["rnn.h"]["y"] == pytest.approx(np.log10(20.0) * np.arange(4, -1, -1), abs=1e-5)


SUMMED = "{reaches}, but every step adds a loss of its own: to see what travels, put the loss on the last step."


@says(f"{LINEAR}&length=11&gain=0.5&loss=every", "Summed over all steps", SUMMED)
def test_every_step_adds_a_loss(said):
    assert 0.5 ** np.arange(11) @ np.ones(11) == pytest.approx(2, abs=0.001)
    assert said.values(SUMMED)["reaches"] == "step 1 receives 2 times what step 11 receives"


SWELLS = "On the way it swells to {peak} times, at step {step}."


@says(
    "gradient?hidden_size=2&W_hh=0.8,10,0,0.8&activation=identity&input=zero&length=60&overlay=rnn",
    SWELLS,
    "Vanishing",
)
def test_a_curve_that_swells_before_it_vanishes(said):
    # (1, 1) W^n / √2 = (0.8^n, 0.8^n + n 10 0.8^(n - 1)) / √2
    n = np.arange(60)
    sizes = np.hypot(0.8**n, 0.8**n + 10 * n * 0.8 ** (n - 1.0)) / np.sqrt(2)
    assert said.values(SWELLS) == {"peak": power_of_ten(np.log10(sizes.max())), "step": 60 - sizes.argmax()}


@says(f"{LINEAR}&length=60&gain=0.5&axis=near", "A curve leaves this axis: choose a wider one above.")
def test_a_curve_leaves_the_axis(said):
    assert 59 * np.log10(0.5) < AXES["near"][0]
    assert 59 * np.log10(0.5) > AXES["vanish"][0]


@says(f"{LINEAR.replace('W_hh=1', 'W_hh=0.000001')}&length=250&axis=far", "A curve leaves even the widest axis.")
def test_a_curve_leaves_the_widest_axis(said):
    assert 249 * -6 < min(low for low, _high in AXES.values())


# --- other cells and seeds ---


@says(f"{TANH}&overlay=gru,lstm,mingru,lru", "{label} ×{factor}")
def test_many_cells_beside(said):
    told = {each["label"]: each["factor"] for each in said.spoken["{label} ×{factor}"]}
    one = said.experiment
    slopes = {"GRU": slope_of(log10_gradient(one.for_cell("gru"))[0])}
    slopes["LSTM"] = slope_of(log10_gradient(one.for_cell("lstm"))[0])
    mingru = weights_of(one.for_cell("mingru"))
    kept = 1 / (1 + np.exp(sequence(one)[1:] @ mingru.W_ih[0].T))  # 1 - z, without biases
    slopes["minGRU"] = np.log10(np.linalg.norm(kept.prod(axis=0)) / 2) / 39
    lru = weights_of(one.for_cell("lru"))
    # A complex unit turns dL/ds and shrinks it by |λ|.
    slopes["LRU"] = np.log10(np.linalg.norm(np.exp(-np.exp(lru.nu)) ** 39) / 2) / 39
    assert told == {label: f"{10**slope:.3g}" for label, slope in slopes.items()}


SEEDS = "Of {seeds} seeds: {counted}; ×{low} to ×{high} a step."


@says(
    "gradient?hidden_size=1&activation=identity&initializer=gaussian&input=zero&length=30&overlay=rnn&spread=true",
    SEEDS,
    "{count} {kind}",
    "The loss is 1·h / √H, on {where}: no training; a line is of one seed, a pale band of five.",
)
def test_over_seeds(said):
    factors = [abs(float(weights_of(said.experiment.replace(seed=seed)).W_hh[0, 0])) for seed in range(5)]
    counted = {each["kind"]: each["count"] for each in said.spoken["{count} {kind}"]}
    assert all(abs(np.log10(factor)) > 0.02 for factor in factors)
    expected = {"exploding": sum(factor > 1 for factor in factors), "vanishing": sum(factor < 1 for factor in factors)}
    assert counted == {kind: count for kind, count in expected.items() if count}
    assert (said.values(SEEDS)["low"], said.values(SEEDS)["high"]) == (number(min(factors), 3), number(max(factors), 3))
    assert said.values(SEEDS)["seeds"] == 5
    found = said.traces
    back = np.arange(29, -1, -1)
    assert found["rnn.h"]["y"] == pytest.approx(back * np.log10(factors[0]), abs=1e-5)
    highest, lowest = np.split(found["rnn.h.seeds"]["y"], 2)
    assert highest == pytest.approx(back * np.log10(max(factors)), abs=1e-5)
    assert lowest[::-1] == pytest.approx(back * np.log10(min(factors)), abs=1e-5)


@says(f"{LINEAR}&length=1&spread=true", "Of {seeds} seeds: {counted}.", "{count} {kind}")
def test_over_seeds_without_a_factor(said):
    assert said.values("Of {seeds} seeds: {counted}.") == {"seeds": 5, "counted": "5 one step"}


# --- pins ---

PIN = "hidden_size%3D1%26activation%3Didentity%26input%3Dzero%26length%3D11%26"
TIMES = "Against pin {number} ({what}): step 1 receives {factor} times {word}."
SAME = "Against pin {number} ({what}): step 1 receives the same share."
NEVER = "Against pin {number} ({what}): the two cannot be compared by a factor."


@says(
    f"{LINEAR}&length=11&gain=0.5&pin={PIN}W_hh%3D1%26gain%3D0.25&pin={PIN}W_hh%3D1&pin={PIN}gain%3D0.5%26W_hh%3D0"
    f"&pin={PIN}W_hh%3D1%26gain%3D0.5%26seed%3D3",
    TIMES,
    "more",
    "less",
    SAME,
    NEVER,
    "{name} by hand",
)
def test_pins(said):
    # The gradient at step 1 is gain^10, exactly 0 where W_hh is 0; nothing is fed in, so no seed matters.
    assert said.spoken[TIMES] == [
        {"number": 1, "what": "gain 0.25 → 0.5", "factor": f"{0.5**10 / 0.25**10:.0f}", "word": "more"},
        {"number": 2, "what": "gain 1 → 0.5", "factor": f"{1 / 0.5**10:.0f}", "word": "less"},
    ]
    assert said.spoken[NEVER] == [{"number": 3, "what": "W_hh by hand"}]
    assert said.spoken[SAME] == [{"number": 4, "what": "seed 3 → 0"}]
    assert said.values("{name} by hand") == {"name": "W_hh"}


@says(f"{LINEAR}&length=11&pin={PIN}W_hh%3D1", "nothing of the {cell} changed", SAME)
def test_a_pin_of_the_same_experiment(said):
    assert said.settings.pins == (said.experiment,)
    assert said.values("nothing of the {cell} changed") == {"cell": "RNN"}


@says(f"{LINEAR}&length=11&gain=0.9975&pin={PIN}W_hh%3D1", SAME)
def test_a_pin_that_differs_by_less_than_two_digits_tell(said):
    assert said.values(SAME)["what"] == "gain 1 → 0.9975"
    assert f"{1 / 0.9975**10:.2g}" == "1"


@says(
    "learning?hidden_size=2&W_hh=1,0,0,1&b=1,1&updates=0",
    "Set by hand, but not trained: {names}. Weights are drawn anew.",
    " and ",
)
def test_what_is_set_by_hand_is_not_trained(said):
    named = said.values("Set by hand, but not trained: {names}. Weights are drawn anew.")["names"]
    assert named == "W_hh and b"


# --- the legend ---


@says(
    f"{TANH}&overlay=rnn&axis=near",
    "**A curve** is log₁₀ of the length of dL/dh at every step, by automatic differentiation of the very cell you see. "
    "A straight line means the same factor at every step. The axis is the one you chose: nothing is normalised.",
    "The loss is 1·h / √H, on {where}: no training, one sequence, one seed.",
)
def test_a_curve_is_the_gradient_of_the_loss_on_the_last_step(said):
    _, parts = log10_gradient(said.experiment)
    assert said.traces["rnn.h"]["y"] == pytest.approx(parts["h"], abs=1e-4)
    assert tuple(said.drawn["layout"]["yaxis"]["range"]) == AXES["near"]
    assert parts["h"][-1] == pytest.approx(0)  # |(1, 1, 1, 1)| / √4
    where = said.values("The loss is 1·h / √H, on {where}: no training, one sequence, one seed.")["where"]
    assert where == "the last step"


@says(
    f"{TANH}&overlay=rnn&loss=step&loss_step=20",
    "The loss is 1·h / √H, on {where}: no training, one sequence, one seed.",
)
def test_a_loss_on_a_chosen_step(said):
    _, parts = log10_gradient(said.experiment)
    assert said.traces["rnn.h"]["y"] == pytest.approx(parts["h"], abs=1e-4)
    assert len(parts["h"]) == 20
    where = said.values("The loss is 1·h / √H, on {where}: no training, one sequence, one seed.")["where"]
    assert where == "one chosen step"


@says(
    f"{TANH}&overlay=rnn&loss=every", "The loss is 1·h / √H, on {where}: no training, one sequence, one seed.", SUMMED
)
def test_a_loss_on_every_step(said):
    whole, parts = log10_gradient(said.experiment)
    assert said.traces["rnn.h"]["y"] == pytest.approx(parts["h"], abs=1e-4)
    assert power_of_ten(whole[0] - whole[-1]) in said.values(SUMMED)["reaches"]
    where = said.values("The loss is 1·h / √H, on {where}: no training, one sequence, one seed.")["where"]
    assert where == "every step"


@says(
    f"{LSTM}&pin=cell%3Dlstm%26hidden_size%3D4%26length%3D40%26seed%3D1",
    "**Solid, dashed and dotted** tell the states of one cell apart; a pin has dashes of its own, and its second state "
    "a thinner line. dL/dc counts every path from the cell state c to the loss, also the one through h of the same "
    "step.",
)
def test_dashes_and_the_gradient_of_c(said):
    lines = {uid: trace["line"] for uid, trace in said.traces.items() if "line" in trace}
    assert (lines["lstm.h"]["dash"], lines["lstm.c"]["dash"]) == ("solid", "dash")
    assert lines["pin1.h"]["dash"] == lines["pin1.c"]["dash"]
    assert lines["pin1.h"]["width"] > lines["pin1.c"]["width"]
    _, parts = log10_gradient(said.experiment)
    assert said.traces["lstm.c"]["y"] == pytest.approx(parts["c"], abs=1e-4)
    assert np.isfinite(parts["c"][-1])  # the loss reads h alone


@says(
    "gradient?hidden_size=1&layers=3&length=20&overlay=rnn",
    "**Solid, dashed and dotted** tell the states of one cell apart; a pin has dashes of its own, and its second state "
    "a thinner line. dL/dc counts every path from the cell state c to the loss, also the one through h of the same "
    "step.",
)
def test_the_third_state_is_dotted(said):
    found = said.traces
    states = [f"rnn.{state}" for state in said.experiment.cell_class.State._fields]
    assert [found[state]["line"]["dash"] for state in states] == ["solid", "dash", "dot"]


@says(
    f"{LINEAR}&length=11&gain=0.05",
    "**Theory’s lines** are drawn by a switch in the menu of the cells drawn.",
    "**Arrows** between the unrolled cells are as large and as warm as the gradient that gets there.",
    "**Bands** are where a number format has nothing left. The gradient is still drawn right there, because the "
    "backward pass carries its own exponent.",
)
def test_arrows_and_bands(said):
    found = said.drawn
    curve = 10 * np.log10(0.05) * np.linspace(1, 0, 11)
    arrows = said.traces["chain.arrows"]["marker"]
    assert (np.diff(arrows["size"]) > 0).all()
    assert (np.diff(arrows["color"]) > 0).all()
    edges = {shape["y1"] for shape in found["layout"]["shapes"] if shape["type"] == "rect" and shape["y0"] < -1e3}
    half = np.log10(float(np.finfo(np.float16).smallest_subnormal))
    assert any(edge == pytest.approx(half) for edge in edges)
    assert curve[0] < half
    assert said.traces["rnn.h"]["y"] == pytest.approx(curve, abs=1e-5)


@says(
    f"{LINEAR}&length=250&gain=0.05&axis=far",
    "**Bands** are where a number format has nothing left. The gradient is still drawn right there, because the "
    "backward pass carries its own exponent.",
)
def test_the_gradient_is_right_below_the_smallest_number(said):
    curve = np.log10(0.05) * np.arange(249, -1, -1)
    assert curve[0] < np.log10(np.finfo(np.float64).tiny)
    assert said.traces["rnn.h"]["y"] == pytest.approx(curve, rel=1e-6)


@says(f"{TANH}&overlay=rnn&initializer=gaussian&theory=true", "**{cell} theory {line}** starts at the loss. {claim}")
def test_what_theory_says(said):
    bounds = said.spoken["**{cell} theory {line}** starts at the loss. {claim}"]
    assert [(bound["cell"], bound["line"]) for bound in bounds] == [("RNN", "σ₁·max|φ′|"), ("RNN", "ρ(W)")]
    W = np.asarray(weights_of(said.experiment).W_hh)
    factors = np.linalg.norm(W, 2), np.abs(np.linalg.eigvals(W)).max()  # max|tanh′| = 1
    found = said.traces
    for place, factor in enumerate(factors):
        expected = np.log10(factor) * np.arange(39, -1, -1)
        assert found[f"rnn.bound{place}"]["y"] == pytest.approx(expected, abs=1e-4)
    curve, _ = log10_gradient(said.experiment)
    assert (np.diff(curve[::-1]) <= np.log10(factors[0])).all()
    assert "upper bound at every step" in bounds[0]["claim"]


@says(
    f"{TANH}&gain=0.5&overlay=rnn",
    "A small change of the {cell}'s state at step 1 moves the loss {ratio} times as much as one at step {last}.",
    "On average each of the {steps} steps between takes {share:.0f} % of what is left.",
    "Up to step {step} a change counts less than a thousandth of one at the end.",
)
def test_a_vanishing_picture_explained(said):
    curve, _ = log10_gradient(said.experiment)
    takes = said.values("On average each of the {steps} steps between takes {share:.0f} % of what is left.")
    assert takes["steps"] == 39
    assert abs(takes["share"] - 100 * (1 - 10 ** slope_of(curve))) < 0.01
    step = said.values("Up to step {step} a change counts less than a thousandth of one at the end.")["step"]
    assert curve[step - 1] < curve[-1] - 3 <= curve[step]
    ratio = said.values(
        "A small change of the {cell}'s state at step 1 moves the loss {ratio} times as much as one at step {last}."
    )
    assert ratio == {"cell": "RNN", "ratio": power_of_ten(curve[0] - curve[-1]), "last": 40}  # before it is filled in


@says(
    f"{LINEAR}&gain=1.1&length=50",
    "On average each of the {steps} steps between adds {share:.0f} % to it.",
    "So an early change counts for more than the same change late.",
)
def test_an_exploding_picture_explained(said):
    added = said.values("On average each of the {steps} steps between adds {share:.0f} % to it.")
    assert added["steps"] == 49
    assert abs(added["share"] - 10) < 1e-3  # a factor of 1.1 a step


@says(f"{LINEAR}&gain=1&length=50", "So an early change counts about as much as the same change late.")
def test_a_carried_picture_explained(said):
    assert said.verdict.kind == "carried"


@says("gradient?length=1&hidden_size=4", "{cell}: {sentence}")
def test_a_picture_that_cannot_be_drawn_is_explained_by_its_verdict(said):
    assert said.values("{cell}: {sentence}")["sentence"] == said.verdict.sentence
