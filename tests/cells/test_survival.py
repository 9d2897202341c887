"""The survival map: against plain products where float64 reaches, against closed forms where it does not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cells import Experiment, backprop, unroll
from cells.analyses.adjoint import named_loss
from cells.analyses.jacobians import fields_of, jacobian, orbit
from cells.analyses.survival import (
    SEGMENTS,
    between,
    from_step,
    input_influence,
    last_gain,
    sent_on,
    step_singular_values,
    stretch,
    survival,
)
from cells.experiment import BUCKETS
from cells.running import build
from tests.cells.examples import CLASSIC

CELLS = CLASSIC
H, BUCKET, LONG = 8, BUCKETS[0], 2000
LENGTHS = [1, 20, 64, 97, BUCKET]  # a segment is one step up to 64 and two beyond; at 97 the last is cut short
each_cell = pytest.mark.parametrize("name", CELLS)
every_jacobian = jax.jit(lambda path: jax.vmap(lambda step: jacobian(path, step))(1 + jnp.arange(path.xs.shape[0])))


def built(name, **settings):
    """An experiment made real: (cell, xs, length). All of one bucket share their compiled programs."""
    experiment = Experiment(cell=name, **{"hidden_size": H, "bias_scale": 0.2} | settings)
    return build(experiment)


def ran(setup, **weights):
    """Its orbit, with some weights replaced."""
    weights = {name: np.broadcast_to(value, getattr(setup.cell, name).shape) for name, value in weights.items()}
    return orbit(setup.cell.with_weights(**weights), setup.xs, length=setup.length)


def linear(W, length=64, **inputs):
    """The orbit of h_t = W h_{t-1} from 0: W in the corner of an (H, H) matrix of zeros."""
    setup = built("rnn", activation="identity", input_scale=0.0, bias_scale=0.0, length=length, **inputs)
    return ran(setup, W_hh=np.pad(W, (0, H - len(W))))


def plain_products(path, earlier):
    """{t: ds_t/ds_earlier} for every later step, in plain float64."""
    J = np.asarray(every_jacobian(path))
    products = {earlier: np.eye(J.shape[-1])}
    for step in range(earlier + 1, int(path.length) + 1):
        products[step] = J[step - 1] @ products[step - 1]
    return products


def log10_rms(matrix):
    return np.log10(np.linalg.norm(matrix) / np.sqrt(matrix.shape[-1]))


# --- the map ---


@each_cell
@pytest.mark.parametrize("length", LENGTHS)
def test_map_is_that_of_plain_products(name, length):
    for seed, gain in enumerate((0.5, 2.0)):
        path = ran(built(name, length=length, seed=seed, gain=gain))
        found, m = survival(path), stretch(length)
        np.testing.assert_array_equal(found.steps, sorted({*range(0, length, m), length}))
        blocks = {"all": (0, path.before.shape[-1]), **fields_of(path.cell)}
        assert set(found.log10_gain) == set(blocks)
        for k in found.steps[[0, len(found.steps) // 3, -2]]:
            products, column = plain_products(path, k), np.searchsorted(found.steps, k)
            for block, ends in blocks.items():
                part = slice(*ends)
                expected = [log10_rms(products[t][part, part]) if t >= k else np.nan for t in found.steps]
                # 128 products of rounding 1e-16; a block may cancel to a small part of the whole.
                np.testing.assert_allclose(found.log10_gain[block][:, column], expected, rtol=0, atol=1e-10)


@each_cell
@pytest.mark.parametrize("length", LENGTHS)
def test_map_has_ones_on_the_diagonal_and_nothing_above(name, length):
    found = survival(ran(built(name, length=length)))
    assert len(found.steps) <= SEGMENTS + 1
    for gain in found.log10_gain.values():
        np.testing.assert_array_equal(np.diagonal(gain), 0.0)
        np.testing.assert_array_equal(np.isnan(gain), np.triu(np.ones_like(gain), 1) == 1)


@each_cell
@pytest.mark.parametrize("length", [20, 97])
def test_last_row_carries_back_what_backpropagation_carries_back(name, length):
    setup = built(name, length=length, gain=1.5)
    found, loss = survival(ran(setup)), named_loss(setup.cell, BUCKET, "last", length=length)
    log10_state_norm = backprop(setup.cell, setup.xs, loss, length=setup.length).log10_state_norm
    ours = [last_gain(found, place, loss.direction) for place in range(1, len(found.steps) - 1)]
    np.testing.assert_allclose(ours, log10_state_norm[found.steps[1:-1] - 1], rtol=0, atol=1e-11)


@pytest.mark.parametrize("gain", [0.3, 3.0])
def test_orthogonal_linear_network_scales_by_its_gain_far_beyond_float64(gain):
    # W = gQ and phi(x) = x: |ds_t/ds_k| = g^(t-k), here to 10^-1046 and 10^+954.
    quiet = {"activation": "identity", "input_scale": 0.0, "bias_scale": 0.0}
    path = ran(built("rnn", length=LONG, gain=gain, **quiet))
    found, log10_g = survival(path), np.log10(gain)
    lags = found.steps[:, None] - found.steps[None]
    np.testing.assert_array_equal(found.steps, [*range(0, LONG, 32), LONG])
    for block in ("all", "h"):
        reached = np.tril(found.log10_gain[block])
        np.testing.assert_allclose(reached, np.tril(lags * log10_g), rtol=1e-12, atol=1e-12)
    whole = between(path, sent_on(path, found.segments, 32, 0), 32, 0, LONG)
    np.testing.assert_allclose(whole.log10_singular_values, LONG * log10_g, rtol=1e-12)
    np.testing.assert_allclose(whole.log10_factors[:LONG], log10_g, rtol=1e-12)
    # 100 stands inside the segment from 96 to 128.
    curve = from_step(path, sent_on(path, found.segments, 32, 100), 32, 100)
    np.testing.assert_allclose(curve[3:62], (np.arange(128, LONG, 32) - 100) * log10_g, rtol=1e-12)
    np.testing.assert_allclose(curve[62], (LONG - 100) * log10_g, rtol=1e-12)
    W = np.asarray(path.cell.W_hh)
    np.testing.assert_allclose(W.T @ W, gain**2 * np.eye(H), atol=1e-14 * gain**2)


def test_orthogonal_weights_keep_everything():
    gain = survival(linear(np.linalg.qr(np.random.default_rng(0).normal(size=(H, H)))[0])).log10_gain["all"]
    np.testing.assert_allclose(np.tril(gain), 0.0, atol=1e-13)  # 64 products of rounding 1e-16


def test_identity_weights_with_open_relus_keep_everything_exactly():
    # IRNN (Le et al. 2015): W = I and inputs >= 0 keep every unit open, so ds_t/ds_k = I.
    setup = built("rnn", initializer="identity", activation="relu", bias_scale=0.0, length=97)
    path = ran(setup._replace(xs=np.abs(setup.xs)), W_ih=np.abs(setup.cell.W_ih))
    np.testing.assert_array_equal(np.tril(survival(path).log10_gain["all"]), 0.0)


@each_cell
def test_exact_zero_gives_minus_infinity_not_nan(name):
    # A dead ReLU network: every pre-activation is far below 0, every slope 0.
    setup = built(name, activation="relu", input_scale=0.0, gain=0.05, length=64)
    path = ran(setup, b=-1000.0)
    found = survival(path)
    for gain in found.log10_gain.values():
        np.testing.assert_array_equal(gain[np.tril_indices_from(gain, -1)], -np.inf)
    products = sent_on(path, found.segments, 1, 3)
    np.testing.assert_array_equal(between(path, products, 1, 3, 50).log10_singular_values, -np.inf)
    np.testing.assert_array_equal(from_step(path, products, 1, 3)[3:], -np.inf)
    np.testing.assert_array_equal(input_influence(path, found.last, 1, 4), -np.inf)
    assert last_gain(found, 3, named_loss(setup.cell, BUCKET, "last").direction) == -np.inf


# --- theory ---


def test_gradient_may_grow_before_the_spectral_radius_wins():
    # W = [[.9, 10], [0, .9]]: W^k = [[.9^k, 10 k .9^(k-1)], [0, .9^k]], spectral radius .9 (Pascanu et al. 2013, 2.1).
    path = linear([[0.9, 10.0], [0.0, 0.9]])
    curve = 10 ** np.asarray(from_step(path, sent_on(path, survival(path).segments, 1, 0), 1, 0))
    k = 1 + np.arange(64)
    np.testing.assert_allclose(curve[8], 38.746, atol=5e-4)
    assert k[np.argmax(curve)] == 9
    assert k[curve < 1][0] == 63
    np.testing.assert_allclose(curve[49], 2.863, atol=5e-4)
    powers = [np.linalg.matrix_power(np.array([[0.9, 10.0], [0.0, 0.9]]), power) for power in k]
    np.testing.assert_allclose(curve, np.linalg.norm(powers, 2, axis=(1, 2)), rtol=1e-12)


def test_delay_line_keeps_all_and_then_nothing():
    # Ones above the diagonal: spectral radius 0, |S^(H-1)| = 1 and S^H = 0.
    path = linear(np.eye(H, k=1))
    curve = from_step(path, sent_on(path, survival(path).segments, 1, 0), 1, 0)
    np.testing.assert_allclose(curve, [0.0] * (H - 1) + [-np.inf] * (SEGMENTS - H + 1), atol=1e-15)


@pytest.mark.parametrize(("a", "expected"), [(3.9, 0.281988), (4.0, 1.0), (4.1, 3.437109)])
def test_sigmoid_network_at_its_steepest_reaches_the_bound(a, expected):
    # W = aQ and every pre-activation 0: J = (a/4) Q at every step, so 50 steps give (a/4)^50.
    # From h_0 = 0 every later h is 1/2; from step 2 on an input of 1 takes W h away again.
    setup = built("rnn", activation="sigmoid", gain=a, bias_scale=0.0, length=50)
    first = np.eye(1, setup.xs.shape[1])
    W_ih = -0.5 * np.sum(setup.cell.W_hh, axis=1, keepdims=True) * first
    path = ran(setup._replace(xs=(np.arange(BUCKET) > 0)[:, None] * first), W_ih=W_ih)
    np.testing.assert_allclose(10 ** survival(path).log10_gain["h"][-1, 0], expected, rtol=1e-6)  # six figures
    np.testing.assert_allclose(survival(path).log10_gain["h"][-1, 0], 50 * np.log10(a / 4), rtol=0, atol=1e-9)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**31 - 1),
    slack=st.floats(0.05, 1.5),
    activation=st.sampled_from([("tanh", 1.0), ("sigmoid", 0.25)]),
)
def test_spectral_norm_times_the_largest_slope_bounds_every_product(seed, slack, activation):
    # |ds_t/ds_k| <= (gamma sigma_1)^(t-k): Pascanu et al. (2013), equations 6 and 7.
    name, gamma = activation
    path = ran(built("rnn", seed=seed, activation=name, gain=slack / gamma, length=64))
    curve = np.asarray(from_step(path, sent_on(path, survival(path).segments, 1, 10), 1, 10))[10:]
    assert (curve <= np.arange(1, 55) * np.log10(slack) + 1e-9).all()


@pytest.mark.parametrize(("w", "expected"), [(1.0, 5.6105e14), (4.0, 1.769e34)])
def test_lstm_explodes_through_its_candidate(w, expected):
    # Every unit by itself: U_g = w I, no other recurrence, biases 10, c = h = 0. A step does dc' = f dc + i w dh and
    # dh' = o dc', and h_0 is not moved with c_0: dc_T/dc_0 = f (f + i w o)^(T-1).
    setup = built("lstm", input_scale=0.0, length=50)
    only_g = np.array([0.0, 0.0, 1.0, 0.0])[:, None]
    path = ran(setup, W_hh=only_g[..., None] * w * np.eye(H), b=10 * (1 - only_g))
    gain = survival(path).log10_gain["c"][-1, 0]
    np.testing.assert_allclose(10**gain, expected, rtol=2e-4)  # as many figures as are written
    f = i = o = 1 / (1 + np.exp(-10))
    np.testing.assert_allclose(gain, np.log10(f) + 49 * np.log10(f + i * w * o), rtol=1e-12)


def test_cell_state_survives_by_the_forget_gates_and_by_the_way_through_h():
    # dc_T/dc_0 = diag(prod f) + R_T with R_t = diag(f_t) R_{t-1} + (dc_t/dh_{t-1}) (dh_{t-1}/dc_0), R_0 = 0.
    for forget_bias in (0.0, 1.0, 5.0):
        setup = built("lstm", length=64, hyperparameters={"forget_bias": forget_bias})
        path = ran(setup)
        f = np.asarray(unroll(setup.cell, setup.xs, length=setup.length).gates["f"])
        J, products = np.asarray(every_jacobian(path)), plain_products(path, 0)
        direct, rest = np.ones(H), np.zeros((H, H))
        for t in range(1, 65):
            direct = f[t - 1] * direct
            rest = np.diag(f[t - 1]) @ rest + J[t - 1, H:, :H] @ products[t - 1][:H, H:]
        gain = survival(path).log10_gain["c"][-1, 0]
        np.testing.assert_allclose(gain, log10_rms(np.diag(direct) + rest), rtol=0, atol=1e-12)


# --- one pair of steps, one step ---


def pair(path, earlier, later):
    """`between` on the segments of the orbit's own map."""
    m = stretch(int(path.length))
    return between(path, sent_on(path, survival(path).segments, m, earlier), m, earlier, later)


@each_cell
def test_singular_values_and_directions_are_those_of_numpy(name):
    for seed, gain, earlier, later in [(0, 1.0, 0, 12), (1, 2.0, 3, 40), (2, 0.5, 31, 33), (0, 1.0, 60, 97)]:
        path = ran(built(name, length=97, seed=seed, gain=gain))
        M, found = plain_products(path, earlier)[later], pair(path, earlier, later)
        values = np.linalg.svd(M, compute_uv=False)
        # Each singular value is right to the rounding of the largest.
        ours = 10 ** np.asarray(found.log10_singular_values) / values[0]
        np.testing.assert_allclose(ours, values / values[0], rtol=0, atol=2e-13)
        np.testing.assert_allclose([np.linalg.norm(found.survivor), np.linalg.norm(found.arrival)], 1, rtol=1e-13)
        np.testing.assert_allclose(M @ found.survivor, values[0] * found.arrival, rtol=0, atol=1e-12 * values[0])
        np.testing.assert_allclose(found.arrival @ M, values[0] * found.survivor, rtol=0, atol=1e-12 * values[0])
        assert found.survivor[np.argmax(np.abs(found.survivor))] > 0


@each_cell
def test_factors_of_the_steps_multiply_to_the_largest_singular_value(name):
    path = ran(built(name, length=97, gain=1.5))
    for earlier, later in [(0, 97), (0, 1), (3, 40), (96, 97)]:
        found = pair(path, earlier, later)
        inside = (np.arange(1, BUCKET + 1) > earlier) & (np.arange(1, BUCKET + 1) <= later)
        np.testing.assert_array_equal(np.isnan(found.log10_factors), ~inside)
        total = np.nansum(found.log10_factors)
        np.testing.assert_allclose(total, found.log10_singular_values[0], rtol=0, atol=1e-10)


@each_cell
def test_no_step_at_all_changes_nothing(name):
    found = pair(ran(built(name, length=97)), 40, 40)
    np.testing.assert_array_equal(found.log10_singular_values, 0.0)
    np.testing.assert_array_equal(found.survivor, found.arrival)
    assert np.isnan(found.log10_factors).all()


@each_cell
@pytest.mark.parametrize("length", LENGTHS)
def test_curve_from_any_step_is_the_spectral_norm_of_plain_products(name, length):
    path = ran(built(name, length=length, gain=1.5))
    found, m = survival(path), stretch(length)
    for k in {0, length // 3, length // 2 - 1, length - 1} - {-1}:  # some of them inside a segment
        curve = np.asarray(from_step(path, sent_on(path, found.segments, m, k), m, k))
        products = plain_products(path, k)
        for place, t in enumerate(found.steps[1:]):
            expected = np.log10(np.linalg.norm(products[t], 2)) if t > k else np.nan
            np.testing.assert_allclose(curve[place], expected, rtol=0, atol=1e-10)


def test_singular_values_of_a_step_are_those_of_its_jacobian():
    path, steps = ran(built("lstm", length=97, gain=1.5)), np.array([1, 2, 50, 97])
    expected = np.linalg.svd(np.asarray(every_jacobian(path))[steps - 1], compute_uv=False)
    ours = 10 ** np.asarray(step_singular_values(path, steps))
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-13 * expected.max())


# --- the inputs ---


@jax.jit
def plain_influence(cell, xs, length):
    """Frobenius norm of ds_T/dx_t over four channels by jax.jacrev through the unrolled network, (BUCKET,)."""

    def last(xs):
        return jnp.concatenate([field[-1] for field in unroll(cell, xs, length=length).states])

    return jnp.linalg.norm(jax.jacrev(last)(xs)[:, :, :4], axis=(0, 2))


@each_cell
@pytest.mark.parametrize("length", LENGTHS)
def test_influence_of_an_input_is_the_derivative_of_the_last_state_by_it(name, length):
    setup = built(name, length=length, gain=1.5)
    path = ran(setup)
    influence = np.asarray(input_influence(path, survival(path).last, stretch(length), 4))
    expected = np.asarray(plain_influence(setup.cell, setup.xs, setup.length))
    np.testing.assert_allclose(influence[:length], np.log10(expected[:length]), rtol=0, atol=1e-10)
    np.testing.assert_array_equal(influence[length:], -np.inf)


@each_cell
def test_channels_that_are_not_in_use_do_not_count(name):
    setup = built(name, length=97, channels=2)
    unused = np.arange(setup.xs.shape[1]) >= 2
    curves = []
    for size in (0.0, 1e6):
        path = ran(setup, W_ih=np.where(unused, size, setup.cell.W_ih))
        curves.append(np.asarray(input_influence(path, survival(path).last, 2, 2)))
    np.testing.assert_allclose(curves[0], curves[1], rtol=0, atol=1e-13)
    assert np.isfinite(curves[0][:97]).all()


def test_linear_network_hears_an_impulse_as_loud_as_silence():
    # ds_T/dx_t = (gQ)^(T-t) W_ih whatever the input: log10 of it falls by log10 g a step, from |W_ih| at step T.
    flat = {"activation": "identity", "bias_scale": 0.0, "gain": 0.9, "length": 97}
    for played in ("impulse", "numbers"):
        path = ran(built("rnn", input=played, **flat))
        influence = input_influence(path, survival(path).last, 2, 1)
        expected = np.arange(96, -1, -1) * np.log10(0.9) + np.log10(np.linalg.norm(path.cell.W_ih[:, 0]))
        np.testing.assert_allclose(influence[:97], expected, rtol=0, atol=1e-12)


# --- what a reader waits for ---


@pytest.mark.parametrize("length", [1, 64, 97])
def test_progress_never_goes_back_and_ends_at_one(length):
    shares = []
    survival(ran(built("rnn", length=length)), shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 4
    assert shares[0] > 0
    assert shares[-1] == 1.0


@each_cell
def test_another_experiment_of_the_same_bucket_compiles_nothing(name, compilations):
    def everything(**settings):
        setup = built(name, **settings)
        path, m = ran(setup), stretch(settings["length"])
        found = survival(path)
        between(path, sent_on(path, found.segments, m, 0), m, 0, settings["length"])
        third = settings["length"] // 3
        from_step(path, sent_on(path, found.segments, m, third), m, third)
        input_influence(path, found.last, m, settings["channels"])

    for activation in ("tanh", "relu", "sin"):  # it is part of the program
        everything(length=BUCKET, channels=4, activation=activation)
    before = len(compilations)
    for length, gain, seed, activation in [(1, 0.5, 1, "tanh"), (50, 2.0, 2, "relu"), (100, 20.0, 3, "sin")]:
        everything(length=length, gain=gain, seed=seed, activation=activation, channels=7, input_scale=0.5)
    assert len(compilations) == before
