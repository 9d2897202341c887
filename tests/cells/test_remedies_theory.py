"""What remedies do, against closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax import lax

import cells
from cells import keys
from cells.analyses.remedied import remedied
from cells.analyses.updates import MAX_STEPS, error, omega, trained, update
from cells.experiment import Experiment
from cells.remedies.dropout import DRAWN_BELOW, VariationalDropout
from cells.remedies.normalisation import EPSILON, BatchNorm, LayerNorm, calibrated
from cells.remedies.shortcuts import MAX_SPAN, FalseResidual, Leaky, Residual, Skip
from cells.remedies.stack import Doses, Rules, treated
from cells.running import build, run, run_seeds
from cells.taps import identity
from tests.asked import some
from tests.cells.examples import CLASSIC, KINDS, drawn, noise, silence


def rnn(W, *, activation="tanh", W_ih=None, b=None):
    H = len(W)
    return cells.RNN(
        W_ih=np.eye(H) if W_ih is None else W_ih, W_hh=W, b=np.zeros(H) if b is None else b, activation=activation
    )


def orthogonal(seed, size):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))[0]


def gaussian(seed, size, gain=1.0):
    return gain * np.random.default_rng(seed).normal(size=(size, size)) / np.sqrt(size)


@jax.jit
def jacobian(cell, state, x):
    """ds'/ds of the h of a cell with no other state."""
    return jax.jacobian(lambda h: cell.step(state._replace(h=h), x, identity).h)(state.h)


def growth(cell, xs):
    """Nats per step of the adjoint, from the last step to the first."""
    norms = cells.backprop(cell, xs).log10_norm["h"]
    return float((norms[0] - norms[-1]) / (len(norms) - 1) * np.log(10))


def long(W, xs, wrap=lambda cell: cell, W_ih=None):
    return growth(wrap(rnn(W, W_ih=W_ih)), xs)


@pytest.mark.parametrize("name", [*CLASSIC, "mingru"])
def test_without_any_dose_the_stack_is_the_cell(name):
    for seed in range(2):
        experiment = Experiment(cell=name, seed=seed, gain=1.3, bias_scale=0.4, hidden_size=7, length=61)
        setup = build(experiment)
        expected = cells.backprop(setup.cell, setup.xs, setup.loss, length=setup.length)
        found = run(experiment, remedied, Doses())
        # The same numbers by another order of sums.
        np.testing.assert_allclose(found.log10_norm[:61], expected.log10_state_norm[:61], rtol=0, atol=1e-9)


@pytest.mark.parametrize("wrapper", [Leaky, Residual, Skip, FalseResidual, VariationalDropout, LayerNorm, BatchNorm])
def test_every_wrapper_has_a_neutral_number(wrapper):
    neutral = {
        Leaky: {"leak": 1.0},
        Residual: {"shortcut": 0.0, "scale": 1.0},
        Skip: {"skip": 0.0},
        FalseResidual: {"inner_shortcut": 0.0},
        VariationalDropout: {"dropout": 0.0},
        LayerNorm: {"layer_norm": False},
        BatchNorm: {"batch_norm": False},
    }[wrapper]
    for name in ("lstm", "mingru", "lru"):  # the others are around in the stack
        cell = drawn(KINDS[name], 3, bias_scale=0.3)
        plain, wrapped = (cells.unroll(one, noise()).states.h for one in (cell, wrapper.wrap(cell, **neutral)))
        np.testing.assert_allclose(plain, wrapped, rtol=0, atol=1e-13, err_msg=name)


def test_residual_has_the_jacobian_of_an_euler_step():
    # J = I + a D W with D = diag(1 - tanh^2); for the linear net (I + W/T)^T tends to expm W.
    W, h, x = gaussian(1, 6), np.linspace(-1, 1, 6), np.full(6, 0.3)
    cell = Residual.wrap(rnn(W), scale=0.25)
    slope = 1 - np.tanh(W @ h + x) ** 2
    found = jacobian(cell, cell.State(h=jnp.asarray(h)), jnp.asarray(x))
    np.testing.assert_allclose(found, np.eye(6) + 0.25 * slope[:, None] * W, atol=1e-12)
    steps = 400
    linear = Residual.wrap(rnn(W, activation="identity"), scale=1 / steps)
    state = linear.State(h=jnp.asarray(h))
    whole = np.linalg.matrix_power(np.asarray(jacobian(linear, state, jnp.zeros(6))), steps)
    np.testing.assert_allclose(whole, jax.scipy.linalg.expm(W), rtol=0, atol=0.02)


def test_residual_stays_below_its_bound():
    # |J| <= 1 + a L with L = spectral norm of W: He et al. (2016) as an Euler step.
    for seed in range(5):
        W = gaussian(seed, 9, 1.5)
        limit = np.log(1 + 0.2 * np.linalg.norm(W, 2))
        assert growth(Residual.wrap(rnn(W), scale=0.2), noise(seed, 80, 9)) <= limit + 1e-12


def test_leaky_has_the_jacobian_of_a_mixture():
    W, h, x = gaussian(2, 5), np.linspace(-1, 1, 5), np.full(5, -0.2)
    cell = Leaky.wrap(rnn(W), leak=0.3)
    slope = 1 - np.tanh(W @ h + x) ** 2
    expected = 0.7 * np.eye(5) + 0.3 * slope[:, None] * W
    np.testing.assert_allclose(jacobian(cell, cell.State(h=jnp.asarray(h)), jnp.asarray(x)), expected, atol=1e-12)


def test_false_residual_is_the_state_inside_the_nonlinearity():
    W, h, x = gaussian(3, 5), np.linspace(-1, 1, 5), np.full(5, 0.1)
    cell = FalseResidual.wrap(rnn(W))
    found = cell.step(cell.State(h=jnp.asarray(h)), jnp.asarray(x), identity).h
    np.testing.assert_allclose(found, np.tanh(W @ h + x + h), atol=1e-14)
    lstm = drawn(cells.LSTM, 1)
    state = lstm.initial_state()._replace(h=jnp.linspace(-1.0, 1.0, 8))
    a = lstm.W_ih @ noise()[0] + lstm.W_hh @ state.h + lstm.b
    seen = {}
    FalseResidual.wrap(lstm).step(state, noise()[0], lambda name, value: seen.setdefault(name, value))
    np.testing.assert_allclose(seen["g"], np.tanh(a[2] + state.h), atol=1e-13)  # the candidate only
    np.testing.assert_allclose(seen["f"], jax.nn.sigmoid(a[1]), atol=1e-13)


@pytest.mark.parametrize(
    ("w", "a", "s"), [(0.5, 0.5, 10), (0.5, 0.4, 10), (0.5, 0.0, 10), (0.3, 0.6, 4), (0.8, 0.1, 16), (0.2, 0.7, 1)]
)
def test_skip_grows_by_the_largest_root(w, a, s):
    # h_t = w h_{t-1} + a h_{t-s}: z^s = w z^(s-1) + a. (.5, .5, 10) gives 1, (.5, .4, 10) gives .979956.
    polynomial = np.zeros(s + 1)
    polynomial[0], polynomial[1], polynomial[-1] = 1, -w, polynomial[-1] - a
    if s == 1:
        polynomial = np.array([1.0, -w - a])
    root = max(abs(np.roots(polynomial)))
    if (w, a, s) in {(0.5, 0.5, 10): 1, (0.5, 0.4, 10): 1}:
        assert root == pytest.approx({0.5: 1.0, 0.4: 0.979956}[a], abs=1e-6)
    cell = Skip.wrap(rnn([[w]], activation="identity"), skip=a, span=s)
    norms = cells.backprop(cell, silence(1500, 1)).log10_norm["h"]
    assert 10 ** float((norms[0] - norms[300]) / 300) == pytest.approx(root, abs=1e-6)


def test_skip_reads_the_h_of_s_steps_ago():
    # w = 0 and an impulse at step 1: h is a^k at step 1 + k s and 0 between.
    for span in (1, 2, 7, MAX_SPAN):
        cell = Skip.wrap(rnn([[0.0]], activation="identity"), skip=0.5, span=span)
        h = np.asarray(cells.unroll(cell, silence(40, 1).at[0].set(1)).states.h)[:, 0]
        expected = np.zeros(40)
        expected[::span] = 0.5 ** np.arange(len(expected[::span]))
        np.testing.assert_allclose(h, expected, atol=1e-15)


def test_layer_norm_is_the_formula_and_has_its_jacobian():
    # (gamma / s)(I - 11'/N - x x'/N) with x the normalised sum: rank N - 2 and norm gamma / s where epsilon is small.
    N, gamma = 9, 1.7
    v = np.random.default_rng(4).normal(size=N) * 50
    cell = LayerNorm.wrap(rnn(np.eye(N), activation="identity", b=np.full(N, 0.4)), layer_gain=gamma)
    spread = np.sqrt(v.var() + EPSILON)
    unit = (v - v.mean()) / spread
    state = cell.State(h=jnp.asarray(v))
    np.testing.assert_allclose(cell.step(state, jnp.zeros(N), identity).h, gamma * unit + 0.4, atol=1e-12)
    found = np.asarray(jacobian(cell, state, jnp.zeros(N)))
    expected = gamma / spread * (np.eye(N) - 1 / N - np.outer(unit, unit) / N)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    values = np.linalg.svd(found, compute_uv=False)
    assert values[0] == pytest.approx(gamma / spread, abs=1e-8)
    assert (values > 1e-6 * values[0]).sum() == N - 2


def test_layer_norm_does_not_know_the_gain_without_input():
    start = cells.RNN.State(h=jnp.asarray(np.random.default_rng(0).normal(size=24)))
    found = []
    for gain in (1.0, 10.0, 40.0):
        cell = LayerNorm.wrap(rnn(gaussian(5, 24, gain)))
        norms = cells.backprop(cell, silence(60, 24), initial_state=start).log10_norm["h"]
        found.append(float(norms[0]))
    np.testing.assert_allclose(found, found[0], atol=0.02)  # but for epsilon, 1e-5 beside a variance of about 0.4


def test_layer_norm_stops_exploding_and_not_vanishing():
    # tanh(LN(Wh + x)) with unit noise, nats a step: -2.71, -.579, -.006 at gains .1, 1, 10; plain at 1: -.488.
    xs = noise(0, 300, 64)
    for gain, expected in ((0.1, -2.71), (1.0, -0.579), (10.0, -0.006)):
        found = np.mean([long(gaussian(seed, 64, gain), xs, LayerNorm.wrap) for seed in range(3)])
        assert found == pytest.approx(expected, abs=0.06)
    assert long(gaussian(0, 64, 10.0), xs) > 0.3
    assert np.mean([long(gaussian(seed, 64), xs) for seed in range(3)]) == pytest.approx(-0.488, abs=0.05)


def test_a_residual_carries_and_a_false_one_does_not():
    # Nats a step for orthogonal W, N = 32, unit noise: plain -.46, tanh(Wh + x + h) -.098, leaky .9/.1 -.050,
    # leaky .99/.01 -.0062, h + .1 F +.0057.
    xs = noise(0, 1000, 32)

    def mean(wrap):
        return np.mean([long(gaussian(seed, 32), xs, wrap) for seed in range(3)])

    assert mean(FalseResidual.wrap) == pytest.approx(-0.098, abs=0.03)
    assert mean(lambda cell: Leaky.wrap(cell, leak=0.1)) == pytest.approx(-0.050, abs=0.02)
    assert mean(lambda cell: Leaky.wrap(cell, leak=0.01)) == pytest.approx(-0.0062, abs=0.004)
    assert mean(lambda cell: Residual.wrap(cell, scale=0.1)) == pytest.approx(0.0057, abs=0.006)


def test_batch_norm_divides_each_row_by_its_spread():
    W = gaussian(6, 7)
    xs = noise(3, 64, 7)
    cell = calibrated(BatchNorm.wrap(rnn(W), batch_gain=0.3), xs, 64)
    state = cell.State(h=jnp.linspace(-1.0, 1.0, 7))
    a = 0.3 * (W @ state.h - cell.mean) / cell.std + xs[0]
    np.testing.assert_allclose(cell.step(state, xs[0], identity).h, np.tanh(a), atol=1e-12)
    slope = 1 - np.tanh(a) ** 2
    expected = slope[:, None] * 0.3 / np.asarray(cell.std)[:, None] * W
    np.testing.assert_allclose(jacobian(cell, state, xs[0]), expected, atol=1e-12)


def test_batch_norm_has_the_statistics_of_its_batch():
    # A linear cell without memory: W h_{t-1} = W x_{t-1} gamma / std ..., so with W = I the mean is that of the copies.
    xs = noise(8, 96, 5)
    whole = calibrated(BatchNorm.wrap(rnn(np.eye(5) * 3), batch_gain=1e-9), xs, 96)
    # gamma ~ 0 leaves h = tanh(x); the batch is 16 shifts of it, pooled over the second half of the steps.
    h = 3 * np.tanh(np.asarray(xs))
    shifts = np.arange(16) * 96 // 16
    terms = np.stack([h[(np.arange(48, 96) - 1 + shift) % 96] for shift in shifts])
    np.testing.assert_allclose(whole.mean, terms.mean(axis=(0, 1)), atol=1e-6)
    np.testing.assert_allclose(whole.std, np.sqrt(terms.var(axis=0).mean(axis=0) + EPSILON), atol=1e-6)


def test_batch_norm_does_not_know_the_gain_only_its_gamma():
    # The page says: 0.6 decades a step are lost with gamma 0.1, and 0.03 with gamma 1, at any gain.
    def lost(gamma, gain):
        doses = Doses(batch_norm=True, batch_gain=gamma)
        norms = run_seeds(Experiment(gain=gain, length=100), remedied, range(5), doses).log10_norm
        return (norms[:, 99] - norms[:, 0]) / 99

    for gamma, expected, tolerance in ((0.1, 0.6, 0.05), (1.0, 0.03, 0.012)):
        for gain in (0.1, 1.0, 10.0):
            np.testing.assert_allclose(lost(gamma, gain), expected, atol=tolerance)
        np.testing.assert_allclose(lost(gamma, 10.0), lost(gamma, 20.0), atol=1e-3)


def test_dropout_scales_what_remains_and_keeps_its_mask():
    cell = VariationalDropout.wrap(rnn(gaussian(7, 200), activation="identity"), key=jax.random.key(3), dropout=0.25)
    J = np.asarray(jacobian(cell, cell.initial_state(), jnp.zeros(200)))
    missing = (J == 0).all(axis=0)
    assert 0.15 < missing.mean() < 0.35
    np.testing.assert_allclose(J[:, ~missing], gaussian(7, 200)[:, ~missing] / 0.75, atol=1e-14)


def test_remedies_stack_in_any_order():
    cell, xs = drawn(cells.GRU, 2), noise()
    stacked = Skip.wrap(Residual.wrap(Leaky.wrap(LayerNorm.wrap(cell), leak=0.5), scale=0.2), skip=0.1, span=3)
    assert cells.unroll(stacked, xs).overflow == 0
    assert stacked.label == "GRU + layer norm + leaky + residual + skip"
    assert treated(cell, Doses(), xs, 32).hidden_size == 8


def test_a_treated_gradient_is_autodiff_of_the_treated_cell():
    for name in ("lstm", "lru"):
        experiment = Experiment(cell=name, length=20, seed=4)
        doses = Doses(layer_norm=True, shortcut=1.0, scale=0.3, skip=0.2, span=4, dropout=0.3, mask=4)
        setup = build(experiment)
        whole = treated(setup.cell, doses, setup.xs, setup.length)

        def from_first(state, whole=whole, setup=setup):
            last, _ = lax.scan(lambda state, x: (whole.step(state, x, identity), None), state, setup.xs[1:20])
            return last.h.sum() / np.sqrt(16)

        first = whole.step(whole.initial_state(), setup.xs[0], identity)
        slope = jax.jit(jax.grad(from_first))(first)
        norm = np.sqrt(sum(float(jnp.sum(getattr(slope, field) ** 2)) for field in setup.cell.State._fields))
        assert 10 ** float(run(experiment, remedied, doses).log10_norm[0]) == pytest.approx(norm, rel=1e-9)


STACKS = [
    {"layer_norm": True, "layer_gain": 1.3, "dropout": 0.2, "mask": 5},
    {"layer_norm": True, "dropout": 0.5, "mask": 1},
    {"layer_norm": True, "inner_shortcut": 1.0},
    {"layer_norm": True, "layer_gain": 0.7, "inner_shortcut": 1.0, "dropout": 0.5, "mask": 2},
    {"batch_norm": True, "batch_gain": 0.3, "dropout": 0.4, "mask": 3},
    {"batch_norm": True, "batch_gain": 0.5, "inner_shortcut": 1.0},
    {"batch_norm": True, "batch_gain": 0.4, "layer_norm": True},
    {"batch_norm": True, "layer_norm": True, "inner_shortcut": 1.0, "dropout": 0.2, "mask": 4},
    {"layer_norm": True, "dropout": 0.3, "mask": 6, "leak": 0.5, "shortcut": 1.0, "scale": 0.2},
    {"batch_norm": True, "inner_shortcut": 0.5, "dropout": 0.3, "mask": 7, "skip": 0.4, "span": 3},
]
"""What stands on one another, by the names of the doses."""


def equations(doses, cell, xp):
    """a = LN(W_ih x + BN(W_hh (m h)/(1 - p)) + k h) + b, then leaky, residual and skip: (W_hh of the mask, a step)."""
    W_ih, W, b = (np.asarray(weights) for weights in (cell.W_ih, cell.W_hh, cell.b))
    drawn = keys.randint(keys.key(doses.mask), (len(b),), 0, DRAWN_BELOW)
    W = W * np.where(drawn >= doses.dropout * DRAWN_BELOW, 1 / (1 - doses.dropout), 0)

    def step(h, past, x, mean, std):
        recurrent = h @ W.T
        if doses.batch_norm:
            recurrent = doses.batch_gain * (recurrent - mean) / std
        a = x @ W_ih.T + recurrent + doses.inner_shortcut * h
        if doses.layer_norm:
            spread = xp.sqrt(a.var(axis=-1, keepdims=True) + EPSILON)
            a = doses.layer_gain * (a - a.mean(axis=-1, keepdims=True)) / spread
        new = (1 - doses.leak) * h + doses.leak * xp.tanh(a + b)
        new = doses.shortcut * h + doses.scale * new
        return new + doses.skip * past[doses.span - 1], [new + doses.skip * past[doses.span - 1], *past[:-1]]

    return W, step


def statistics_of_a_batch(doses, cell, xs):
    """Mean and spread of W_hh h over 16 shifted copies, averaged over the second half of the steps."""
    W, step = equations(doses, cell, np)
    T, H = len(xs), len(W)
    h, past, means, variances = np.zeros((16, H)), [np.zeros((16, H))] * MAX_SPAN, [], []
    for t in range(T):
        terms = h @ W.T
        means.append(terms.mean(axis=0))
        variances.append(terms.var(axis=0))
        h, past = step(h, past, xs[(t + np.arange(16) * T // 16) % T], means[-1], np.sqrt(variances[-1] + EPSILON))
    return np.mean(means[T // 2 :], axis=0), np.sqrt(np.mean(variances[T // 2 :], axis=0) + EPSILON)


@pytest.mark.parametrize(
    ("seed", "on"), some(enumerate(STACKS), 3), ids=lambda on: "+".join(on) if isinstance(on, dict) else ""
)
def test_stacked_remedies_are_the_equations_one_after_another(seed, on):
    doses = Doses(**on)
    experiment = Experiment(seed=seed, gain=1.4, bias_scale=0.3, hidden_size=9, length=24)
    setup = build(experiment)
    xs = np.asarray(setup.xs)[:24]
    statistics = statistics_of_a_batch(doses, setup.cell, xs)
    nothing = np.zeros(9)
    _W, step = equations(doses, setup.cell, np)
    h, past = nothing, [nothing] * MAX_SPAN
    for x in xs:
        h, past = step(h, past, x, *statistics)
    trajectory = cells.unroll(treated(setup.cell, doses, setup.xs, setup.length), setup.xs[:24])
    np.testing.assert_allclose(trajectory.states.h[-1], h, rtol=0, atol=1e-10)
    # And the gradient at step 1: autodiff of the same lines.
    _W, step = equations(doses, setup.cell, jnp)

    @jax.jit
    def last(h):
        past = [h, *[jnp.zeros(9)] * (MAX_SPAN - 1)]
        for x in xs[1:]:
            h, past = step(h, past, x, *statistics)
        return jnp.sum(h) / 3.0

    norm = float(jnp.linalg.norm(jax.grad(last)(trajectory.states.h[0])))
    assert 10 ** float(run(experiment, remedied, doses).log10_norm[0]) == pytest.approx(norm, rel=1e-8)


def test_clipping_by_norm_keeps_the_direction_and_by_value_turns_it():
    for rules, expected, cosine in (
        ((optax.clip_by_global_norm(1.0), [3.0, 4.0]), [0.6, 0.8], 1.0),
        ((optax.clip(1.0), [3.0, 0.1]), [1.0, 0.1], np.cos(np.radians(3.80))),
    ):
        clip, g = rules[0], jnp.asarray(rules[1])
        found, _ = clip.update(g, clip.init(g))
        np.testing.assert_allclose(found, expected, atol=1e-12)
        assert g @ found / jnp.linalg.norm(g) / jnp.linalg.norm(found) == pytest.approx(cosine, abs=2e-5)


def test_clipping_cannot_rescue_what_overflowed():
    # Components above 1.84e19 square to infinity in float32: the clipped update is 0.
    g = jnp.asarray([3e19, 4e19], jnp.float32)
    clip = optax.clip_by_global_norm(1.0)
    assert (clip.update(g, clip.init(g))[0] == 0).all()


@pytest.mark.parametrize("limit", [0.01, 1.0, 1e6])
def test_an_update_is_as_long_as_its_clip_allows(limit):
    experiment = Experiment(gain=10.0, length=60)
    found = run(experiment, update, Doses(), Rules(clip_norm=limit))
    assert float(found.log10_after) == pytest.approx(min(float(found.log10_before), np.log10(limit)), abs=1e-9)
    assert float(found.cosine) == pytest.approx(1, abs=1e-12)
    turned = run(experiment, update, Doses(), Rules(clip_value=1e-3))
    assert float(turned.cosine) < 0.999
    # The smaller program of the cell itself.
    np.testing.assert_allclose(run(experiment, update, None, Rules(clip_norm=limit)), found, rtol=1e-9, atol=1e-12)


@jax.jit
def slopes(cell, xs, window):
    """The gradient of the error of the last step in every weight."""
    loss = cells.analyses.adjoint.named_loss(cell, len(xs), "last")
    return jax.grad(error, allow_int=True)(cell, xs, loss, len(xs), window)


def test_truncation_of_a_linear_unit_keeps_one_minus_w_to_the_k():
    # Stationary linear unit, constant input: the truncated gradient is 1 - w^k of the whole: .40951, .651322, .901523.
    for w, k in ((0.9, 5), (0.9, 10), (0.9, 22), (0.8, 7)):
        cell = rnn([[w]], activation="identity")
        truncated, whole = (float(slopes(cell, jnp.ones((600, 1)), window).W_hh[0, 0]) for window in (k, 10**6))
        assert truncated / whole == pytest.approx(1 - w**k, abs=1e-9)


def test_truncation_never_sees_what_entered_before_its_window():
    # The input is there at step 1 only: with k < T the gradient of W_ih is exactly 0.
    cell = drawn(cells.LSTM, 1)
    xs = silence(30, 4).at[0].set(1.0)
    for window, zero in ((10, True), (29, True), (30, False)):
        assert bool((slopes(cell, xs, window).W_ih == 0).all()) == zero


def test_omega_of_a_scaled_rotation_is_its_closed_form():
    # Linear W = aQ: every step hands back a times what it got, so Omega = T (a - 1)^2.
    @jax.jit
    def found(cell, length):
        loss = cells.analyses.adjoint.named_loss(cell, 60, "last", length=length)
        return jax.value_and_grad(omega(cell, silence(60, 6), loss, length))(cell.W_hh)

    for a, T in ((0.9, 60), (1.1, 60), (0.5, 25)):
        value, slope = found(rnn(a * orthogonal(1, 6), activation="identity"), T)
        assert float(value) == pytest.approx(T * (a - 1) ** 2, abs=1e-10)
        # d/da of T (a - 1)^2 along Q; the other directions keep the singular values.
        assert float(jnp.sum(slope * orthogonal(1, 6))) == pytest.approx(2 * T * (a - 1), rel=1e-9)


def test_l2_alone_shrinks_the_weights_by_its_rate():
    # No input and no bias: the error has no gradient in W, so n updates multiply W by (1 - eta lambda)^n.
    experiment = Experiment(input="zero", length=20, gain=1.2)
    for rate, weight, steps in ((0.1, 0.5, 13), (0.05, 2.0, 40)):
        found = run(experiment, trained, None, Rules(l2=weight), rate, steps)
        expected = 1.2 * (1 - rate * weight) ** np.minimum(np.arange(MAX_STEPS + 1), steps)
        np.testing.assert_allclose(found.spectral_norm, expected, rtol=1e-12)
        np.testing.assert_allclose(found.spectral_radius, expected, rtol=1e-9)


def test_l1_alone_moves_every_weight_by_its_rate():
    experiment = Experiment(input="zero", length=20, initializer="identity", gain=2.0)
    found = run(experiment, trained, None, Rules(l1=0.5), 0.1, 10)
    np.testing.assert_allclose(found.spectral_norm[:11], 2.0 - 0.05 * np.arange(11), atol=1e-12)


def test_descent_on_omega_brings_a_rotation_to_factor_one():
    for gain in (0.8, 1.2):
        experiment = Experiment(input="zero", activation="identity", gain=gain, length=30)
        found = run(experiment, trained, None, Rules(omega=1.0, clip_norm=0.5), 0.1, 40)
        # Omega sees only the direction that the gradient takes: its decades over 29 steps, not every singular value.
        decades = float(found.after.log10_norm[0] - found.after.log10_norm[29])
        assert abs(decades) < 0.3 * abs(29 * np.log10(gain))
