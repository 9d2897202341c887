"""How weights are drawn: effective gain, spectral radius, the factors on top."""

import jax
import numpy as np
import pytest

from cells import LSTM, initializers, keys
from cells.initializers import INITIALIZERS, Initialization, rescale
from tests.cells.examples import D, H, drawn

WIDE = 128
each = pytest.mark.parametrize("name", INITIALIZERS)


def wide(position, seed, gain=1.0):
    return Initialization(position, gain).W_hh(keys.key(seed), (WIDE, WIDE))


def narrow(position, seed, gain, spectral_radius):
    return Initialization(position, gain, spectral_radius).W_hh(keys.key(seed), (4, H, H))


def test_initialisers_are_those_of_jax():
    # Twelve digits: erfinv and LAPACK's calls differ in the last ones, and a QR decomposition magnifies that.
    theirs = {
        "orthogonal": jax.nn.initializers.orthogonal(),
        "glorot_uniform": jax.nn.initializers.glorot_uniform(),
        "glorot_normal": jax.nn.initializers.glorot_normal(),
        "he": jax.nn.initializers.he_normal(),
        "lecun": jax.nn.initializers.lecun_normal(),
    }
    for name, function in theirs.items():
        for size in (1, 2, H, 3 * H):
            key = keys.key(size)
            drawn_here = INITIALIZERS[name].function(key[None], (size, size))[0]
            jaxs = function(jax.random.wrap_key_data(key), (size, size))
            np.testing.assert_allclose(drawn_here, jaxs, rtol=0, atol=1e-12, err_msg=name)


def radius_of(W):
    return np.abs(np.linalg.eigvals(np.asarray(W))).max(axis=-1)


@each
def test_effective_gain_is_the_one_declared(name):
    # Root mean square of an entry times sqrt(H); 3 x 128^2 entries leave 0.3 % of sampling error.
    squares = [np.mean(np.square(wide(initializers.index(name), seed))) for seed in range(3)]
    np.testing.assert_allclose(np.sqrt(np.mean(squares) * WIDE), INITIALIZERS[name].effective_gain, rtol=0.02)


def test_pytorch_stays_within_one_over_root_h():
    for seed in range(3):
        W = wide(initializers.index("pytorch"), seed)
        assert np.abs(W).max() <= WIDE**-0.5
        assert np.abs(W).max() > 0.99 * WIDE**-0.5


def test_orthogonal_is_orthogonal_times_its_gain():
    for seed in range(3):
        Q = np.asarray(wide(initializers.index("orthogonal"), seed, 1.5))
        np.testing.assert_allclose(Q.T @ Q, 2.25 * np.eye(WIDE), rtol=0, atol=1e-12)


def test_identity_is_the_identity():
    np.testing.assert_array_equal(wide(initializers.index("identity"), 0), np.eye(WIDE))


def test_gaussian_singular_value_is_twice_its_spectral_radius():
    # Circular law: rho -> 1. Bai and Yin: sigma_1 -> 2. At H = 128 both are within a tenth or so.
    for seed in range(3):
        W = np.asarray(wide(initializers.index("gaussian"), seed))
        np.testing.assert_allclose(np.linalg.norm(W, 2), 2.0, rtol=0.1)
        np.testing.assert_allclose(radius_of(W), 1.0, rtol=0.2)


@each
def test_spectral_radius_is_what_was_asked_in_every_block_and_the_gain_comes_after(name):
    for seed in range(3):
        W = narrow(initializers.index(name), seed, 1.0, 0.9)
        np.testing.assert_allclose(radius_of(W), 0.9, rtol=1e-12)
        np.testing.assert_allclose(narrow(initializers.index(name), seed, 2.0, 0.9), 2 * W, rtol=1e-14)


@each
def test_spectral_radius_of_zero_leaves_the_weights_as_drawn(name):
    drawn_so = narrow(initializers.index(name), 0, 1.0, 0.0)
    scaled = narrow(initializers.index(name), 0, 1.0, 0.9)
    ratio = 0.9 / radius_of(drawn_so)
    np.testing.assert_allclose(scaled, drawn_so * ratio[:, None, None], rtol=1e-12)


def test_every_block_is_drawn_by_itself():
    W = narrow(initializers.index("gaussian"), 0, 1.0, 0.0)
    assert len({float(block[0, 0]) for block in W}) == 4


def test_nilpotent_matrix_is_left_alone_by_rescaling():
    # Its spectral radius is 0 whatever its scale.
    shift = np.eye(H, k=1)
    np.testing.assert_array_equal(rescale(shift, 0.9), shift)
    np.testing.assert_array_equal(rescale(np.zeros((H, H)), 0.9), 0.0)


def test_input_weights_are_glorot_uniform_times_their_scale():
    for seed in range(3):
        one, three = drawn(LSTM, seed).W_ih, drawn(LSTM, seed, input_scale=3.0).W_ih
        bound = (6 / (D + H)) ** 0.5
        assert np.abs(one).max() <= bound
        assert np.abs(one).max() > 0.9 * bound
        np.testing.assert_allclose(three, 3 * one, rtol=1e-15)


def test_biases_are_gaussian_with_their_spread():
    for seed in range(3):
        b = Initialization(bias_scale=0.5).b(keys.key(seed), (100, 100))
        # 10^4 draws: the mean within 4 standard errors, the spread within 4.
        assert abs(b.mean()) < 4 * 0.5 / 100
        np.testing.assert_allclose(b.std(), 0.5, rtol=4 / np.sqrt(2 * 10_000))
    np.testing.assert_array_equal(drawn(LSTM, forget_bias=0.0).b, 0.0)


def test_unknown_name_is_refused_with_those_that_are_known():
    with pytest.raises(ValueError, match=r"expected one of orthogonal, gaussian, .*; got 'kaiming'\.$"):
        initializers.index("kaiming")
