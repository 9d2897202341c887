"""What the page of remedies says, against treated cells and descents that NumPy works out."""

import numpy as np
import pytest

from app.language import number, power_of_ten
from app.page import figures
from cells import keys
from cells.experiment import Experiment
from cells.remedies.shortcuts import Leaky, Residual
from cells.running import drawn
from cells.taps import identity
from tests.said.by_numpy import sequence, sigmoid
from tests.said.plain import backward, forward, weights_of
from tests.said.register import Said, says

SMALL = "hidden_size=3&length=12"
WRAPPERS = ("layer_norm", "batch_norm", "residual", "false_residual", "leaky", "skip", "dropout")
TINY = 1e-40
"""An imaginary push: what comes out of it is a derivative to machine precision."""


def treated(experiment: Experiment, remedy: str = "", given: dict[str, float] | None = None) -> np.ndarray:
    """log10 of |dL/dh_t| of an RNN with a remedy around its step, L = 1·h_T / sqrt(H), by complex steps."""
    weights, xs, size, given = weights_of(drawn(experiment)), sequence(experiment), experiment.hidden_size, given or {}
    W, drive = weights["W_hh"], xs @ weights["W_ih"].T + weights["b"][:, 0]
    if remedy == "false_residual":
        W = W + np.eye(size)
    if remedy == "dropout":
        p = given.get("dropout_rate", 0.2)
        lots = keys.randint(keys.key(int(given.get("mask", experiment.seed))), (size,), 0, 2**30)
        W = W * (lots >= p * 2**30) / (1 - p)
    batch = _batch(W, drive) if remedy == "batch_norm" else (0.0, 1.0)

    def following(past: list[np.ndarray], t: int) -> np.ndarray:
        """h_t from h_0 to h_{t-1}."""
        h = past[-1]
        a = drive[t - 1] + W @ h
        if remedy == "batch_norm":
            a = drive[t - 1] + 0.1 * (W @ h - batch[0]) / batch[1]
        if remedy == "layer_norm":
            b, apart = weights["b"][:, 0], a - weights["b"][:, 0]
            apart = apart - apart.mean()
            a = apart / np.sqrt((apart**2).mean() + 1e-5) + b
        new = np.tanh(a)
        if remedy == "residual":
            return h + 0.1 * new
        if remedy == "leaky":
            return 0.9 * h + 0.1 * new
        if remedy == "skip" and t > 10:
            return new + 0.5 * past[t - 10]
        return new

    states = [np.zeros(size, complex)]
    for t in range(1, len(xs) + 1):
        states.append(following(states, t))
    norms = []
    for t in range(1, len(xs) + 1):
        gradient = []
        for push in TINY * 1j * np.eye(size):
            past = [*states[:t], states[t] + push]
            for later in range(t + 1, len(xs) + 1):
                past.append(following(past, later))
            gradient.append(past[-1].imag.sum() / TINY / np.sqrt(size))
        norms.append(np.linalg.norm(gradient))
    with np.errstate(divide="ignore"):
        return np.log10(norms)


def _batch(W: np.ndarray, drive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(mean, standard deviation) of W h over 16 copies of the sequence, each shifted around its end."""
    length, means, variances = len(drive), [], []
    shifts = np.arange(16) * length // 16
    h = np.zeros((16, len(W)))
    for t in range(length):
        terms = h @ W.T
        means.append(terms.mean(axis=0))
        variances.append(terms.var(axis=0))
        h = np.tanh(drive[(t + shifts) % length] + 0.1 * (terms - means[-1]) / np.sqrt(variances[-1] + 1e-5))
    later = slice(length // 2, None)
    return np.mean(means[later], axis=0), np.sqrt(np.mean(variances[later], axis=0) + 1e-5)


def mingru(experiment: Experiment) -> np.ndarray:
    """The same of a minGRU: h_T = ... + (1 - z_T) ... (1 - z_{t+1}) h_t, unit by unit."""
    cell = drawn(experiment)
    z = sigmoid(sequence(experiment) @ np.asarray(cell.W_ih[0]).T + np.asarray(cell.b[0]))
    kept = np.cumprod(np.concatenate([np.ones((1, len(z[0]))), (1 - z)[:0:-1]]), axis=0)[::-1]
    return np.log10(np.linalg.norm(kept, axis=1) / np.sqrt(len(z[0])))


def decades(curve: np.ndarray) -> float:
    """Decades a step."""
    return (curve[0] - curve[-1]) / (len(curve) - 1)


def written(decades: float) -> str:
    """A factor a step."""
    return f"×{number(10**decades, 3)}" if abs(decades) < 3 else f"×{power_of_ten(decades)}"


def traces(said: Said, figure: str) -> dict[str, dict]:
    return {trace["uid"]: trace for trace in figures()[figure].draw(said.settings, said.numbers, "light")["data"]}


@says(
    f"fixes?{SMALL}&remedies=residual",
    "Before: {what}",
    "more",
    ". After: relative to the last step, step 1 receives {factor} times {word}.",
    "**Before and after** are log₁₀ norms of the gradient of the loss with respect to the whole state, on an absolute "
    "scale, for the same input and seed. Without any remedy the two curves are the same numbers.",
)
def test_a_residual(said):
    before, after = treated(said.experiment), treated(said.experiment, "residual")
    assert said.values("Before: {what}")["what"] == (
        f"RNN: vanishing, {written(decades(before))} a step, {power_of_ten(before[0] - before[-1])} at step 1"
    )
    assert said.values(". After: relative to the last step, step 1 receives {factor} times {word}.") == {
        "factor": power_of_ten(after[0] - after[-1] - before[0] + before[-1]),
        "word": "more",
    }
    for uid, curve in (("before", before), ("after", after)):
        np.testing.assert_allclose(traces(said, "fixes")[uid]["y"], curve, atol=1e-5)


@says(
    f"fixes?{SMALL}&remedies=batch_norm",
    "less",
    ". After: relative to the last step, step 1 receives {factor} times {word}.",
)
def test_a_batch_that_is_normalised_to_little(said):
    before, after = treated(said.experiment), treated(said.experiment, "batch_norm")
    assert said.values(". After: relative to the last step, step 1 receives {factor} times {word}.") == {
        "factor": power_of_ten(before[0] - before[-1] - after[0] + after[-1]),
        "word": "less",
    }


@says(
    f"fixes?{SMALL}&remedies={','.join(WRAPPERS)}&dropout_rate=0.5",
    "{count} remedies",
    "**Residual and leaky** act on every field of the state; **skip** on h; **dropout** on the columns of W_hh, the "
    "same mask at every step; **batch norm** on W_hh h, with constants measured over 16 shifted copies of the "
    "sequence; **φ(Wh + x + h)** adds h to the candidate’s sum; **layer norm** takes the sum W_ih x + W_hh h of each "
    "gate as the others leave it.",
)
def test_seven_remedies_one_by_one(said):
    assert said.values("{count} remedies") == {"count": len(WRAPPERS)}
    lots = keys.randint(keys.key(said.experiment.seed), (3,), 0, 2**30)
    assert (lots < 2**29).any()  # some unit is missing, or dropout would only scale
    drawn_as = traces(said, "fixes")
    plain = treated(said.experiment)
    for remedy in WRAPPERS:
        expected = treated(said.experiment, remedy, {"dropout_rate": 0.5})
        assert np.abs(expected - plain)[:-1].max() > 0.01
        finite = np.isfinite(expected)
        np.testing.assert_allclose(drawn_as[remedy]["y"][finite], expected[finite], atol=1e-4)
        assert np.isnan(drawn_as[remedy]["y"][~finite]).all()

    # Every field of the state, as h and c of an LSTM.
    cell, x = drawn(said.experiment.replace(cell="lstm")), sequence(said.experiment)[0]
    h, c = np.random.default_rng(0).normal(size=(2, 3))
    a_i, a_f, a_g, a_o = np.asarray(cell.W_ih) @ x + np.asarray(cell.W_hh) @ h + np.asarray(cell.b)
    new_c = sigmoid(a_f) * c + sigmoid(a_i) * np.tanh(a_g)
    new_h = sigmoid(a_o) * np.tanh(new_c)
    for wrapper, numbers, kept in ((Residual, {"shortcut": 1.0, "scale": 0.1}, 1.0), (Leaky, {"leak": 0.1}, 0.9)):
        found = wrapper.wrap(cell, **numbers).step(cell.State(h=h, c=c), x, identity)
        np.testing.assert_allclose(found.h, kept * h + 0.1 * new_h)
        np.testing.assert_allclose(found.c, kept * c + 0.1 * new_c)


@says(f"fixes?{SMALL}&remedies=", ". After: step 1 receives the same share.")
def test_no_remedy(said):
    drawn_as = traces(said, "fixes")
    np.testing.assert_array_equal(drawn_as["before"]["y"], drawn_as["after"]["y"])
    np.testing.assert_allclose(drawn_as["after"]["y"], treated(said.experiment), atol=1e-5)


@says(
    f"fixes?{SMALL}&remedies=gate_bias,l2&layers=2&loss=every",
    "{names}: acts on the update, not on this curve; see the last figure.",
    "{names}: {cell} has no gate that keeps; it takes a gated cell that has one.",
    "This page treats a single layer; the others are left out.",
    "This page puts the loss on the last step: a sum over steps would hide what travels.",
    ". After: step 1 receives the same share.",
)
def test_what_does_not_act_on_this_curve(said):
    update = "{names}: acts on the update, not on this curve; see the last figure."
    assert said.values(update) == {"names": "L2"}
    gate = "{names}: {cell} has no gate that keeps; it takes a gated cell that has one."
    assert said.values(gate) == {"names": "forget bias", "cell": "RNN"}
    assert said.experiment.cell_class.gates == ()
    expected = treated(said.experiment.replace(layers=1, loss="last"))  # a loss on the last step, of one layer
    for uid in ("before", "after"):
        np.testing.assert_allclose(traces(said, "fixes")[uid]["y"], expected, atol=1e-5)


@says(
    f"fixes?{SMALL}&cell=mingru&remedies=initialisation",
    "{names}: {cell} has no W_hh to act on, and stays as it is.",
    ". After: step 1 receives the same share.",
)
def test_no_recurrent_weights_to_initialise(said):
    text = "{names}: {cell} has no W_hh to act on, and stays as it is."
    assert said.values(text) == {"names": "initialisation", "cell": "minGRU"}
    assert drawn(said.experiment).W_hh is None
    for uid in ("before", "after"):
        np.testing.assert_allclose(traces(said, "fixes")[uid]["y"], mingru(said.experiment), atol=1e-5)


def penalty(weights, states, xs, adjoints, *, l1: float = 0.0, l2: float = 0.0, omega: float = 0.0) -> np.ndarray:
    """Gradient of L1 |W| + L2 W²/2 + Ω Σ (|J_t' d_t| / |d_t| - 1)² at W_hh, states and d_t held; Ω by differences."""
    W = weights["W_hh"]

    def summed(W: np.ndarray) -> float:
        sums = xs @ weights["W_ih"].T + states[:-1] @ W.T + weights["b"][:, 0]
        got, handed = adjoints, ((1 - np.tanh(sums) ** 2) * adjoints) @ W
        got, handed = np.linalg.norm(got, axis=1), np.linalg.norm(handed, axis=1)
        return float(np.sum((handed[got > 0] / got[got > 0] - 1) ** 2))

    total = l1 * np.sign(W) + l2 * W
    if omega:
        pushes = 1e-6 * np.eye(W.size).reshape(W.size, *W.shape)
        slopes = [(summed(W + push) - summed(W - push)) / 2e-6 for push in pushes]
        total = total + omega * np.reshape(slopes, W.shape)
    return total


def update(weights, xs, clip: float = np.inf, **penalties: float) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of (m - 1)² / 2 at W_hh, m = 1·h_T / sqrt(H), and what penalties and clipping make of it."""
    states, sums = forward(weights, xs, np.tanh)
    towards = np.zeros_like(sums)
    towards[-1] = sums.shape[1] ** -0.5
    found = backward(weights, xs, states, 1 - np.tanh(sums) ** 2, towards)
    gradient = (states[-1] @ towards[-1] - 1) * found.shares["W_hh"].sum(axis=0)
    made = gradient + penalty(weights, states, xs, found.adjoints, **penalties)
    norm = np.linalg.norm(made)
    return gradient, made * (clip / norm if norm > clip else 1.0)


def descended(experiment: Experiment, steps: int, rate: float, **rules: float) -> tuple[list[np.ndarray], float]:
    """(W_hh before every update and after the last, decades a step of the gradient with the last)."""
    weights, xs = weights_of(drawn(experiment)), sequence(experiment)
    path = [weights["W_hh"]]
    for _ in range(steps):
        path.append(path[-1] - rate * update(weights | {"W_hh": path[-1]}, xs, **rules)[1])
    states, sums = forward(weights | {"W_hh": path[-1]}, xs, np.tanh)
    towards = np.zeros_like(sums)
    towards[-1] = sums.shape[1] ** -0.5
    adjoints = backward(weights | {"W_hh": path[-1]}, xs, states, 1 - np.tanh(sums) ** 2, towards).adjoints
    return path, decades(np.log10(np.linalg.norm(adjoints, axis=1)))


def ends(values: list[float]) -> str:
    return f"{number(values[0], 3)} → {number(values[-1], 3)}"


def sizes(path: list[np.ndarray]) -> tuple[str, str]:
    """Spectral norm and spectral radius, before and after."""
    return (
        ends([np.linalg.svd(W)[1].max() for W in path]),
        ends([np.abs(np.linalg.eigvals(W)).max() for W in path]),
    )


@says(
    f"training?{SMALL}&remedies=clip_norm,l1,l2,omega&norm_limit=0.5&omega_weight=0.1",
    "The update",
    "{before} long before, {after} after; it points along the gradient with cosine {cosine}.",
    "The gradient's factor a step: {start} before, {plain} after {steps} plain updates, {ruled} with them.",
    "After {steps} updates: σ₁ {plain} plain, {ruled} with them; ρ {plain_radius} plain, {ruled_radius} with.",
    "**The gradient’s decades (powers of ten) a step** under the weights’ size are those of the same sequence: before "
    "any update, and with the weights that the last update left, after plain descent and with the remedies switched "
    "on.",
)
def test_three_penalties_and_a_limit(said):
    rules = {"clip": 0.5, "l1": 0.1, "l2": 0.1, "omega": 0.1}
    gradient, made = update(weights_of(drawn(said.experiment)), sequence(said.experiment), **rules)
    lengths = np.linalg.norm(gradient), np.linalg.norm(made)
    assert said.values("{before} long before, {after} after; it points along the gradient with cosine {cosine}.") == {
        "before": power_of_ten(np.log10(lengths[0])),
        "after": power_of_ten(np.log10(lengths[1])),
        "cosine": f"{np.sum(gradient * made) / lengths[0] / lengths[1]:.3f}".replace("-", "−"),
    }
    plain, plain_decades = descended(said.experiment, 30, 0.1)
    ruled, ruled_decades = descended(said.experiment, 30, 0.1, **rules)
    text = "The gradient's factor a step: {start} before, {plain} after {steps} plain updates, {ruled} with them."
    assert said.values(text) == {
        "start": written(decades(treated(said.experiment))),
        "plain": written(plain_decades),
        "ruled": written(ruled_decades),
        "steps": 30,
    }
    text = "After {steps} updates: σ₁ {plain} plain, {ruled} with them; ρ {plain_radius} plain, {ruled_radius} with."
    found = said.values(text)
    assert (found["plain"], found["plain_radius"]) == sizes(plain)
    assert (found["ruled"], found["ruled_radius"]) == sizes(ruled)
    drawn_as = traces(said, "training")
    for run, expected in (("plain", plain_decades), ("ruled", ruled_decades)):
        np.testing.assert_allclose(drawn_as[f"growth.{run}"]["x"], [expected], atol=1e-3)


@says(
    f"training?{SMALL}&remedies=",
    "No remedy of training is on",
    "the update is the gradient itself; switch on Ω or L2.",
)
def test_no_rule(said):
    gradient, made = update(weights_of(drawn(said.experiment)), sequence(said.experiment))
    np.testing.assert_array_equal(gradient, made)
    drawn_as = traces(said, "training")
    for uid in ("gradient", "update"):
        assert drawn_as[uid]["x"][-1] == pytest.approx(np.log10(np.linalg.norm(gradient)), abs=1e-5)
    # What it recommends changes the update.
    for recommended in ({"l2": 0.1}, {"omega": 1.0}):
        other = update(weights_of(drawn(said.experiment)), sequence(said.experiment), **recommended)[1]
        assert np.linalg.norm(other - gradient) > 0.01


@says(
    f"training?{SMALL}&remedies=l2&input=zero",
    "The update",
    "it or the gradient is exactly 0 or not finite: there is no direction to compare.",
)
def test_a_gradient_that_is_zero(said):
    gradient, made = update(weights_of(drawn(said.experiment)), sequence(said.experiment), l2=0.1)
    assert not gradient.any()
    assert made.any()


@says("training?hidden_size=3&length=60&W_hh=1000000,0,0,0,1000000,0,0,0,1000000&input=zero&remedies=", "overflow")
def test_descent_beyond_the_floats(said):
    # Every step multiplies by a million: 59 of them by more than a float can hold.
    assert 59 * 6 > np.log10(np.finfo(float).max)
    text = "The gradient's factor a step: {start} before, {plain} after {steps} plain updates, {ruled} with them."
    assert said.values(text) == {"start": "×10⁶", "plain": "overflow", "ruled": "overflow", "steps": 30}


@says(
    f"training?{SMALL}&remedies=l2&cell=mingru&sgd_steps=1&l2_weight=1",
    "{cell} has no W_hh, so W_ih is trained. After {steps} updates: σ₁ {plain} plain, {ruled} with them.",
)
def test_descent_of_input_weights(said):
    cell, xs = drawn(said.experiment), sequence(said.experiment)
    assert cell.W_hh is None
    W, b = np.asarray(cell.W_ih, float), np.asarray(cell.b, float)

    def loss(W: np.ndarray) -> float:
        h = np.zeros(3)
        for x in xs:
            z, n = sigmoid(W[0] @ x + b[0]), W[1] @ x + b[1]
            h = (1 - z) * h + z * n
        return 0.5 * (h.sum() / np.sqrt(3) - 1) ** 2

    pushes = 1e-6 * np.eye(W.size).reshape(-1, *W.shape)
    gradient = np.reshape([(loss(W + push) - loss(W - push)) / 2e-6 for push in pushes], W.shape)

    def size(W: np.ndarray) -> float:
        return max(np.linalg.svd(block[:, :4])[1].max() for block in W)

    text = "{cell} has no W_hh, so W_ih is trained. After {steps} updates: σ₁ {plain} plain, {ruled} with them."
    found = said.values(text)
    assert (found["cell"], found["steps"]) == ("minGRU", 1)
    assert found["plain"] == ends([size(W), size(W - 0.1 * gradient)])
    assert found["ruled"] == ends([size(W), size(W - 0.1 * (gradient + W))])


QUICK = "fix_activation=tanh&fix_cell=mingru&norm_limit=0.001&dropout_rate=0.5"
"""Remedies of cells that are measured elsewhere too; a limit that is below the gradient of small inputs."""


def tried(experiment: Experiment, gains: tuple[float, ...], measure) -> np.ndarray:
    """(gains, seeds) decades a step."""
    return np.array(
        [[measure(experiment.replace(gain=gain, seed=experiment.seed + k)) for k in range(5)] for gain in gains]
    )


def on_the_scoreboard(experiment: Experiment) -> dict[str, tuple]:
    """{remedy: (without it, with it)} as functions of an experiment, where NumPy knows both."""

    one_mask = {"mask": experiment.seed, "dropout_rate": 0.5}

    def plain(each: Experiment) -> float:
        return decades(treated(each))

    def gated(each: Experiment, **biases: float) -> float:
        return decades(mingru(each.replace(cell="mingru", hyperparameters=biases)))

    def ruled(**rules: float):
        return lambda each: descended(each, 30, 0.1, clip=0.001, **rules)[1]

    return {
        **{name: (plain, lambda each, name=name: decades(treated(each, name, one_mask))) for name in WRAPPERS},
        "activation": (plain, plain),
        "initialisation": (plain, lambda each: plain(each.replace(initializer="identity"))),
        "gates": (plain, gated),
        "gate_bias": (gated, lambda each: gated(each, keep_bias=4.0)),
        "chrono": (gated, lambda each: gated(each, chrono=float(experiment.length))),
        "l1": (ruled(), ruled(l1=0.1)),
        "l2": (ruled(), ruled(l2=0.1)),
        "omega": (ruled(), ruled(omega=1.0)),
    }


def helps(before: np.ndarray, after: np.ndarray, ill: np.ndarray) -> bool | None:
    """Whether at each gain where four of five seeds are ill, four of five of them keep at most half of the decades."""
    gains = [gain for gain in range(len(ill)) if ill[gain].sum() >= 4]
    halved = np.abs(after) <= 0.5 * np.abs(before)
    return all(halved[gain][ill[gain]].mean() >= 0.8 for gain in gains) if gains else None


@says(
    f"scoreboard?hidden_size=3&length=8&gain=0.5&input=numbers&numbers=0.000001&{QUICK}",
    "Over {seeds} seeds and the gains {gains}",
    "{count} of {all} help against {what}",
    "vanishing",
    "exploding",
    "neither",
    "exploding update",
    "‖g‖ {before} → {after} at the right",
    "**The scoreboard** tries each remedy alone on five seeds (dropout with one mask for all), at a tenth of the gain, "
    "at the gain, and at ten times the gain, as far as gains go: from 0.05 to 20. It helps against vanishing if at "
    "each gain where four of five seeds vanish it leaves at most half of the decades per step, to either side, in four "
    "of five; against exploding likewise. Triangles lie beyond the axis.",
    "**Clipping and truncation** leave the factor per step as it is. They count as a help against exploding where the "
    "update they leave is ten times shorter.",
    "**L1, L2 and Ω** are tried by gradient descent on W_hh alone (on W_ih, for a cell without it), from this one "
    "sequence towards a readout of 1, clipped by norm; before is the same descent without the penalty.",
    "**Forget bias and chrono** need a gate that keeps: for a cell without one, the row shows the gated cell. None of "
    "this says that a network learns; it says what its gradient does.",
)
def test_the_scoreboard(said):
    gains, rows = (0.05, 0.5, 5.0), {row.name: row for row in said.numbers}
    assert said.values("Over {seeds} seeds and the gains {gains}") == {"seeds": 5, "gains": "0.05, 0.5, 5"}
    helped = {"vanishing": set(), "exploding": set()}
    words = {}
    for name, (without, with_it) in on_the_scoreboard(said.experiment).items():
        before, after = (tried(said.experiment, gains, measure) for measure in (without, with_it))
        np.testing.assert_allclose(rows[name].before.log10_factors, before, atol=1e-6, err_msg=name)
        held = np.isfinite(after)  # by a float, over eight steps
        np.testing.assert_allclose(rows[name].after.log10_factors[held], after[held], atol=1e-6, err_msg=name)
        assert (rows[name].after.log10_factors[~held] < -20).all()
        for what, ill in (("vanishing", before < -0.02), ("exploding", before > 0.02)):
            if helps(before, after, ill):
                helped[what].add(name)
        words[name] = f"{written(np.median(before[1]))} → {written(np.median(after[1]))}"

    # Clipping, by norm and by value, and truncation to ten of eight steps, at a gain of 5.
    lengths = {}
    for seed in range(5):
        each = said.experiment.replace(gain=5.0, seed=seed)
        gradient, clipped = update(weights_of(drawn(each)), sequence(each), clip=0.001)
        made = {"clip_norm": clipped, "clip_value": np.clip(gradient, -0.01, 0.01), "truncation": gradient}
        for name, found in made.items():
            lengths.setdefault(name, []).append((np.linalg.norm(gradient), np.linalg.norm(found)))
    for name, found in lengths.items():
        before, after = np.array(found).T
        if (after <= before / 10).mean() >= 0.8:
            helped["exploding"].add(name)
        np.testing.assert_array_equal(rows[name].after.log10_factors, rows[name].before.log10_factors)
    told = [np.median(np.log10(found), axis=0) for found in lengths.values()]
    assert said.spoken["‖g‖ {before} → {after} at the right"] == [
        {"before": power_of_ten(before), "after": power_of_ten(after)} for before, after in told
    ]

    assert said.spoken["{count} of {all} help against {what}"] == [
        {"count": len(names), "all": 18, "what": what} for what, names in helped.items()
    ]
    drawn_as = figures()["scoreboard"].draw(said.settings, said.numbers, "light")
    table = [note["text"].removeprefix("<b>").removesuffix("</b>") for note in drawn_as["layout"]["annotations"]]
    for name, row in rows.items():
        place = list(rows).index(name)
        numbers, verdict = table[5 + 2 * place : 7 + 2 * place]
        against = {what for what, names in helped.items() if name in names}
        expected = "both" if len(against) == 2 else next(iter(against), "neither")
        assert verdict == (f"{expected} update" if name == "clip_norm" else expected), name
        assert row.after.finals.size or numbers == words[name]
    beyond = {trace["uid"]: trace for trace in drawn_as["data"] if ".beyond" in trace["uid"]}
    assert "triangle-left" in beyond["after.beyond2"]["marker"]["symbol"]


@says(
    f"scoreboard?hidden_size=3&length=1&gain=0.2&{QUICK}",
    "nothing ill here",
    "unchanged",
    "Over {seeds} seeds and the gains {gains}",
)
def test_a_scoreboard_of_one_step(said):
    assert said.experiment.length == 1  # no way back on which anything could vanish or explode
    assert said.values("Over {seeds} seeds and the gains {gains}")["gains"] == "0.05, 0.2, 2"
    gradient, made = update(weights_of(drawn(said.experiment)), sequence(said.experiment), clip=0.001)
    assert not gradient.any()  # W_hh meets h_0 = 0
    assert not made.any()
    assert len(said.spoken["unchanged"]) == 0
    drawn_as = figures()["scoreboard"].draw(said.settings, said.numbers, "light")
    texts = [note["text"] for note in drawn_as["layout"]["annotations"]]
    assert texts.count("nothing ill here") == 18
    assert texts.count("unchanged") == 3
