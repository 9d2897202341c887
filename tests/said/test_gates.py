"""What the page of gates says, against a split of the Jacobian that NumPy multiplies out."""

import numpy as np
import pytest

from app.language import power_of_ten
from app.page import figures
from cells.running import drawn as weights_of
from tests.said.by_numpy import log10_gradient, orbit, sequence, sigmoid
from tests.said.register import says

GRU = "gates?cell=gru&hidden_size=4&length=20"
LSTM = "gates?cell=lstm&hidden_size=4&length=20"
SPLIT = (
    "d{field}{last}/d{field}₁ has size {total}: {direct} along the direct path ∏ {gate}, {rest} along every other path."
)
HELD, HELD_ONCE = "{name} held at {value:g}, steps {first} to {last}", "{name} held at {value:g} at step {first}"
WAS, NOW_AS_BEFORE = "dL/d{field}₁ was {before} (dotted) and is {now}", "dL/d{field}₁ is {before}, as before."
NOTHING = "Nothing comes back to {field}₁"
NOT_ALONE = "The gradient is not ∏ {gate}, whatever textbooks say of the highway."
HOLDS = "Here the textbooks' picture holds."
BOTH = "Neither alone is the gradient."
LETS_THROUGH = "That is what the blocked names let through."
DECIDES = 0.5
"""Decades between two parts from which on one of them dominates."""


def size(matrix):
    """log10 of the root mean square singular value."""
    with np.errstate(divide="ignore"):
        return float(np.log10(np.linalg.norm(matrix) / np.sqrt(len(matrix))))


def split(steps, factors):
    """log10 sizes of the product of the factors, of the rest, and of the whole block that leads from a field to itself.

    Args:
        steps: (T - 1, n, n) Jacobians of the steps after the first; the field is the last of the state's.
        factors: (T - 1, H) the direct path's.
    """
    whole, units = np.eye(steps.shape[1]), factors.shape[1]
    for step in steps:
        whole = step @ whole
    block, direct = whole[-units:, -units:], np.diag(factors.prod(axis=0))
    return size(direct), size(block - direct), size(block)


def in_words(log10):
    return power_of_ten(log10) if np.isfinite(log10) else "exactly 0"


def lstm(experiment, holds=(), blocked=()):
    """(T, 2H, 2H) Jacobians, (T, H) forget gates and (T, 2H, 2H) of what a state means within its step.

    Args:
        experiment: of an LSTM with tanh.
        holds: (name, value, first step, last step) of gates.
        blocked: names that let no gradient through.
    """
    cell, units = weights_of(experiment), experiment.hidden_size
    W_ih, W_hh, b = (np.asarray(getattr(cell, name)) for name in ("W_ih", "W_hh", "b"))
    h, c = np.zeros(units), np.zeros(units)
    steps, forget, within = [], [], []
    for t, x in enumerate(sequence(experiment), start=1):
        a = W_ih @ x + W_hh @ h + b
        gates = {"i": sigmoid(a[0]), "f": sigmoid(a[1]), "g": np.tanh(a[2]), "o": sigmoid(a[3])}
        slopes = {name: gates[name] * (1 - gates[name]) for name in "ifo"} | {"g": 1 - gates["g"] ** 2}
        for name, value, first, last in holds:
            if first <= t <= last:
                gates[name], slopes[name] = np.full(units, value), np.zeros(units)
        for name in blocked:
            slopes[name] = np.zeros(units)
        d = {name: slopes[name][:, None] * matrix for name, matrix in zip("ifgo", W_hh, strict=True)}
        new_c = gates["f"] * c + gates["i"] * gates["g"]
        dc_dh = c[:, None] * d["f"] + gates["g"][:, None] * d["i"] + gates["i"][:, None] * d["g"]
        reads = np.diag(gates["o"] * (1 - np.tanh(new_c) ** 2))
        dh_dh = np.tanh(new_c)[:, None] * d["o"] + reads @ dc_dh
        keeps = np.diag(gates["f"])
        steps.append(np.block([[dh_dh, reads @ keeps], [dc_dh, keeps]]))
        within.append(np.block([[np.eye(units), reads], [np.zeros((units, units)), np.eye(units)]]))
        forget.append(gates["f"])
        h, c = gates["o"] * np.tanh(new_c), new_c
    return np.array(steps), np.array(forget), np.array(within)


def gradients_at_1(experiment, **operations):
    """log10 of |dL/dh_1| and |dL/dc_1| of an LSTM for the loss 1·h_T / √H."""
    steps, _, within = lstm(experiment, **operations)
    units = experiment.hidden_size
    arriving = np.concatenate([np.ones(units), np.zeros(units)]) / np.sqrt(units)
    for step in steps[:0:-1]:
        arriving = arriving @ step
    arriving = arriving @ within[0]
    with np.errstate(divide="ignore"):
        return tuple(float(np.log10(np.linalg.norm(part))) for part in (arriving[:units], arriving[units:]))


def check_split(said, direct, rest, total, **symbols):
    assert said.values(SPLIT) == symbols | {
        "last": "₂₀",
        "direct": in_words(direct),
        "rest": in_words(rest),
        "total": in_words(total),
    }


@says(
    "gates?hidden_size=4&length=20", "No direct path", "every way from one step to the next leads through the weights."
)
def test_a_cell_without_a_direct_path(said):
    found = orbit(said.experiment)
    slopes = 1 - found.states["h"][1:] ** 2
    assert found.steps == pytest.approx(slopes[:, :, None] * np.asarray(weights_of(said.experiment).W_hh))


@says(f"{GRU}&length=1", "One step", "the loss is on step 1, so there is no way back to split.")
def test_the_only_step(said):
    assert said.experiment.last_loss_step == 1


@says(
    "gates?cell=gru&hidden_size=1&activation=relu&W_hh=0,0,1000000&b=100,-100,1&input=zero&gain=20&length=100",
    "Overflow",
    "the forward pass leaves the finite numbers at step {step}; there is no gradient to draw.",
    "no gradient to check here",
)
def test_overflow(said):
    # r = 1 and z = 0 but for e^-100: h_t = 2e7 h_{t-1} + 1.
    h, step = 0.0, 0
    with np.errstate(over="ignore"):
        while np.isfinite(h):
            h, step = np.float64(2e7) * h + 1, step + 1
    text = "the forward pass leaves the finite numbers at step {step}; there is no gradient to draw."
    assert said.values(text) == {"step": step}


@says(
    "gates?cell=gru&hidden_size=1&activation=relu&W_hh=0,0,1000000&b=100,-100,1&input=zero&gain=20&length=100&loss=step"
    "&loss_step=5",
    SPLIT,
)
def test_an_overflow_after_the_loss_takes_no_gradient_away(said):
    assert said.values(SPLIT)["total"] == power_of_ten(4 * np.log10(2e7))


# --- the split ---


@says(
    GRU,
    SPLIT,
    "the other paths dominate",
    NOT_ALONE,
    "**The split** is exact: direct path + every other path = the whole Jacobian, of what is let through, each with "
    "its own exponent. A size is the root mean square singular value: 1 where everything is carried.",
)
def test_other_paths_dominate_in_a_gru(said):
    found = orbit(said.experiment)
    direct, rest, total = split(found.steps[1:], found.gates["z"][1:])
    check_split(said, direct, rest, total, field="h", gate="z")
    assert rest > direct + DECIDES
    assert said.values(NOT_ALONE)["gate"] == "z"


@says(f"{GRU}&seed=1", SPLIT, "One input, one seed: other seeds may give other numbers.")
def test_another_seed_gives_other_numbers(said):
    splits = []
    for seed in (0, 1):
        found = orbit(said.experiment.replace(seed=seed))
        splits.append(split(found.steps[1:], found.gates["z"][1:]))
    check_split(said, *splits[1], field="h", gate="z")
    assert all(abs(one - other) > 0.01 for one, other in zip(*splits, strict=True))


@says(f"{LSTM}&chrono=300", SPLIT, "the direct path dominates", HOLDS)
def test_the_direct_path_dominates_in_a_slow_lstm(said):
    found = orbit(said.experiment)
    direct, rest, total = split(found.steps[1:], found.gates["f"][1:])
    check_split(said, direct, rest, total, field="c", gate="f")
    assert direct > rest + DECIDES


@says(f"{LSTM}&forget_bias=3", SPLIT, "both count", BOTH)
def test_both_count(said):
    found = orbit(said.experiment)
    direct, rest, total = split(found.steps[1:], found.gates["f"][1:])
    check_split(said, direct, rest, total, field="c", gate="f")
    assert abs(direct - rest) < DECIDES


ESTIMATED = "Beyond 32 units it is estimated from 32 random directions."


@says("gates?cell=mgu&hidden_size=32&length=20", SPLIT, "The gradient is not ∏ {gate} alone.", ESTIMATED)
def test_a_factor_that_is_no_gate_and_32_units(said):
    exact = direct, rest, total = mgu_split(said.experiment)
    check_split(said, direct, rest, total, field="h", gate="(1 − f)")
    assert rest > direct + DECIDES
    assert said.values("The gradient is not ∏ {gate} alone.")["gate"] == "(1 − f)"
    assert [float(curve[0]) for curve in said.numbers.now.highways["h"]] == pytest.approx(exact, abs=1e-5)


@says("gates?cell=mgu&hidden_size=33&length=20", ESTIMATED, SPLIT)
def test_33_units_are_estimated(said):
    exact = mgu_split(said.experiment)
    estimated = [float(curve[0]) for curve in said.numbers.now.highways["h"]]
    assert estimated == pytest.approx(exact, abs=0.15)
    assert abs(estimated[1] - exact[1]) > 1e-4


def mgu_split(experiment):
    """The split of h = (1 - f) h + f tanh(W_n x + U_n (f h))."""
    cell, h = weights_of(experiment), np.zeros(experiment.hidden_size)
    W_ih, (U_f, U_n), b = (np.asarray(getattr(cell, name)) for name in ("W_ih", "W_hh", "b"))
    steps, factors = [], []
    for x in sequence(experiment):
        f = sigmoid(W_ih[0] @ x + U_f @ h + b[0])
        n = np.tanh(W_ih[1] @ x + U_n @ (f * h) + b[1])
        d_f = (f * (1 - f))[:, None] * U_f
        d_n = (1 - n**2)[:, None] * (U_n @ (np.diag(f) + h[:, None] * d_f))
        steps.append(np.diag(1 - f) + (n - h)[:, None] * d_f + f[:, None] * d_n)
        factors.append(1 - f)
        h = (1 - f) * h + f * n
    return split(np.array(steps[1:]), np.array(factors[1:]))


# --- what is held and blocked ---


@says(
    f"{GRU}&blocked=r~z~n",
    "d{field}{last}/d{field}₁ has size {total}: nothing is left of it but the direct path ∏ {gate}.",
    "the direct path alone",
    "no gradient through {names}",
    WAS,
    "{factor} times less",
    "**Blocked** names, with a dashed border, keep their values and let no gradient through. Block all gates and what "
    "is left is the direct path, as far as it leads around them.",
)
def test_every_gate_blocked(said):
    kept = orbit(said.experiment).gates["z"][1:].prod(axis=0)
    text = "d{field}{last}/d{field}₁ has size {total}: nothing is left of it but the direct path ∏ {gate}."
    assert said.values(text)["total"] == power_of_ten(size(np.diag(kept)))
    assert said.values("no gradient through {names}") == {"names": "r, z, n"}
    before, now = log10_gradient(said.experiment)[0][0], np.log10(np.linalg.norm(kept) / 2)
    assert said.values(WAS) == {"field": "h", "before": power_of_ten(before), "now": power_of_ten(now)}
    assert said.values("{factor} times less") == {"factor": power_of_ten(before - now)}


@says(f"{LSTM}&blocked=f", SPLIT, LETS_THROUGH, "no gradient through {names}", WAS, "{factor} times less")
def test_one_gate_blocked(said):
    steps, forget, _ = lstm(said.experiment, blocked="f")
    check_split(said, *split(steps[1:], forget[1:]), field="c", gate="f")
    before, now = gradients_at_1(said.experiment)[1], gradients_at_1(said.experiment, blocked="f")[1]
    assert said.values(WAS) == {"field": "c", "before": power_of_ten(before), "now": power_of_ten(now)}
    assert said.values("{factor} times less") == {"factor": power_of_ten(before - now)}


@says(f"{LSTM}&hold=f_1_5_15", SPLIT, HELD, WAS, "{factor} times more")
def test_a_gate_held_open(said):
    holds = [("f", 1.0, 5, 15)]
    steps, forget, _ = lstm(said.experiment, holds)
    check_split(said, *split(steps[1:], forget[1:]), field="c", gate="f")
    assert said.values(HELD) == {"name": "f", "value": 1, "first": 5, "last": 15}
    before, now = gradients_at_1(said.experiment)[1], gradients_at_1(said.experiment, holds=holds)[1]
    assert said.values(WAS) == {"field": "c", "before": power_of_ten(before), "now": power_of_ten(now)}
    assert said.values("{factor} times more") == {"factor": power_of_ten(now - before)}


@says(
    f"{LSTM}&hold=f_0_10_10",
    SPLIT,
    HELD_ONCE,
    "exactly 0",
    "**Held** values, with a thick border, are constants: no gradient passes through them to what they replace.",
)
def test_the_forget_gate_shut_for_one_step(said):
    steps, forget, _ = lstm(said.experiment, [("f", 0.0, 10, 10)])
    direct, rest, total = split(steps[1:], forget[1:])
    check_split(said, direct, rest, total, field="c", gate="f")
    assert said.values(SPLIT)["direct"] == "exactly 0"
    assert said.values(HELD_ONCE) == {"name": "f", "value": 0, "first": 10, "last": 10}
    inside = said.numbers.now
    into_f = inside.log10_norm[:, inside.diagram.named("f").wire]
    assert np.isfinite(into_f[9])  # of the loss with respect to the value itself
    drawn = {trace["uid"]: trace for trace in figures()["gates"].draw(said.settings, said.numbers, "light")["data"]}
    assert drawn["f"]["y"][9] == 0
    assert drawn["f"]["line"]["dash"] == "solid"
    assert drawn["ghost.f"]["line"]["dash"] == "dot"


@says(f"{LSTM}&hold=f_0_9_2~o_1_15_90~i_1_30_40", HELD)
def test_only_what_is_held_within_the_sequence_is_told(said):
    assert said.spoken[HELD] == [{"name": "o", "value": 1, "first": 15, "last": 20}]
    assert HELD_ONCE not in said.spoken
    held = [("o", 1.0, 15, 20)]
    now = said.numbers.now
    arriving = now.log10_norm[0, now.diagram.named("c").wire]
    assert arriving == pytest.approx(gradients_at_1(said.experiment, holds=held)[1], abs=1e-5)


@says(
    f"{LSTM}&hold=f_0_2_2~o_0_1_1",
    NOTHING,
    "d{field}{last}/d{field}₁ is exactly 0: no path leads from {field}{last} back to {field}₁.",
    WAS,
    "exactly 0",
)
def test_nothing_comes_back_to_c_and_something_to_h(said):
    holds = [("f", 0.0, 2, 2), ("o", 0.0, 1, 1)]
    steps, forget, _ = lstm(said.experiment, holds)
    assert split(steps[1:], forget[1:])[2] == -np.inf
    to_h, to_c = gradients_at_1(said.experiment, holds=holds)
    assert to_c == -np.inf
    now = said.numbers.now
    assert now.log10_norm[0, now.diagram.named("h").wire] == pytest.approx(to_h, abs=1e-5)
    assert said.values(WAS)["now"] == "exactly 0"
    assert "times" not in said.verdict.comparisons[0]


@says(
    f"{LSTM}&hold=o_0_1_20",
    NOTHING,
    "dL/d{field}₁ is exactly 0: no path leads from the loss back to {field}₁.",
    HELD,
)
def test_the_output_gate_shut(said):
    holds = [("o", 0.0, 1, 20)]
    steps, forget, _ = lstm(said.experiment, holds)
    assert np.isfinite(split(steps[1:], forget[1:])[2])
    assert gradients_at_1(said.experiment, holds=holds)[1] == -np.inf


@says(f"{LSTM}&hold=i_0_1_1&b={','.join(['0'] * 16)}&input=zero", NOW_AS_BEFORE, HELD_ONCE)
def test_a_held_value_that_changes_nothing(said):
    # Without input and biases the candidate is 0: what the input gate lets in is 0 whatever it is.
    before = gradients_at_1(said.experiment)
    assert gradients_at_1(said.experiment, holds=[("i", 0.0, 1, 1)]) == before
    assert said.values(NOW_AS_BEFORE) == {"field": "c", "before": power_of_ten(before[1])}


# --- the legend ---


@says(
    f"{LSTM}&loss=every",
    "**The diagram** is read from the cell's own step: learned layers in boxes, point-wise operations in circles. "
    "Forward, a wire is as thick as its values are large (root mean square over the units), and a box is filled as far "
    "as its gate is open on average.",
    "**Backward**, a wire is as thick as its share of the largest gradient of that step, and as warm or cold as the "
    "gradient is large: the number is log₁₀ of its norm. The gradient of a value is the sum over the wires that leave "
    "it, as vectors: norms need not add up.",
    "**Play back** walks from the loss to step 1. A gradient at c or h counts every path from there to the loss, also "
    "the one inside its own step.",
)
def test_what_the_diagram_is_made_of(said):
    cell = figures()["gates"].extra(said.settings, said.numbers, "light")["cell"]
    kinds = {node["id"]: node["kind"] for node in cell["nodes"]}
    assert set(kinds.values()) >= {"layer", "op"}, set(kinds.values())
    found, (_, parts) = orbit(said.experiment), log10_gradient(said.experiment)
    wires = cell["shape"]["wires"]
    named = {name: said.numbers.now.diagram.named(name).wire for name in ("i", "f", "g", "o", "h", "c")}
    mean, sizes, gradient = (np.reshape(cell[name], (20, wires)) for name in ("mean", "size", "gradient"))
    for gate in "ifo":
        assert mean[:, named[gate]] == pytest.approx(found.gates[gate].mean(axis=1), abs=1e-5)
    for field in "hc":
        rms = np.sqrt((found.states[field][1:] ** 2).mean(axis=1))
        assert sizes[:, named[field]] == pytest.approx(rms, abs=1e-5)
        assert gradient[:, named[field]] == pytest.approx(parts[field], abs=1e-4)
