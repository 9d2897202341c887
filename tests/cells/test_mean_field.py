"""Mean-field theory: against published numbers, against a slower way to solve it, against networks that are run."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cells import activations, all_cells, backprop
from cells.analyses.theory.mean_field import HIGHEST, critical_gain, drive_std, mean_field_growth
from tests.cells.examples import drawn, noise

CELLS = [name for name, cell_class in all_cells().items() if cell_class.mean_field]
WIDE, STEPS, SEEDS = (128, 128), 512, range(3)
TANH = activations.index("tanh")
phi, slope = jax.jit(activations.apply), jax.jit(activations.slope)


def growth(gain, drive, activation=TANH):
    return float(mean_field_growth(activation, jnp.asarray([float(gain)]), float(drive))[0])


# --- the equations ---


@pytest.mark.parametrize(
    ("gain", "expected"),
    [(0.5, -0.6931), (0.9, -0.1054), (1, 0), (1.2, 0.0165), (1.5, 0.0652), (2, 0.1547), (3, 0.3102), (5, 0.5324)],
)
def test_tanh_network_by_itself_has_its_edge_at_gain_one(gain, expected):
    # Molgedey et al. (1992). Below 1 it falls silent, q = 0 and the growth is ln g; above it is chaotic.
    np.testing.assert_allclose(growth(gain, 0.0), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("gain", "drive", "expected"),
    [(1, 0.5, -0.272), (1, 1, -0.460), (1.5, 0.5, -0.017), (1.5, 1, -0.142), (2, 1, 0.046), (2, 2, -0.115)],
)
def test_noise_saturates_a_tanh_network_and_makes_gradients_vanish(gain, drive, expected):
    np.testing.assert_allclose(growth(gain, drive), expected, rtol=0, atol=6e-4)  # three figures


@pytest.mark.parametrize(("drive", "expected"), [(0.1, 1.193), (0.5, 1.550), (1.0, 1.856)])
def test_noise_moves_the_edge_beyond_gain_one(drive, expected):
    np.testing.assert_allclose(critical_gain(TANH, drive), expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("drive", [0.0, 0.5, 2.0])
def test_relu_has_half_its_slopes_open_and_its_edge_at_root_two(drive):
    # E phi'^2 = 1/2 whatever q: growth ln(g / sqrt 2), critical gain sqrt 2 (He et al. 2015).
    relu = activations.index("relu")
    for gain in (0.5, 1.0, 2.0):
        np.testing.assert_allclose(growth(gain, drive, relu), np.log(gain / np.sqrt(2)), rtol=0, atol=1e-12)
    np.testing.assert_allclose(critical_gain(relu, drive), np.sqrt(2), rtol=1e-9)


@pytest.mark.parametrize("drive", [0.0, 0.5, 2.0])
def test_linear_network_grows_by_its_gain_whatever_it_is_fed(drive):
    linear = activations.index("identity")
    for gain in (0.5, 1.0, 2.0):
        np.testing.assert_allclose(growth(gain, drive, linear), np.log(gain), rtol=0, atol=1e-12)
    np.testing.assert_allclose(critical_gain(linear, drive), 1.0, rtol=1e-9)


@pytest.mark.parametrize("activation", activations.ACTIVATIONS)
def test_every_activation_agrees_with_repeating_the_map_of_the_variance(activation):
    # q <- g^2 E phi(sqrt(q) z)^2 + s^2 until it rests, with ten times as many points.
    position = activations.index(activation)
    z = np.linspace(-10, 10, 20_000)
    density = np.exp(-0.5 * z**2) / np.exp(-0.5 * z**2).sum()
    for gain, drive in [(0.5, 0.5), (1.0, 1.0)]:
        q = 2.0
        for _ in range(40):
            q = gain**2 * np.sum(density * np.square(phi(position, np.sqrt(q) * z))) + drive**2
        expected = 0.5 * np.log(gain**2 * np.sum(density * np.square(slope(position, np.sqrt(q) * z))))
        # A slope that jumps is right to one point of the coarser grid, 0.003 nats; a smooth one to much more.
        tolerance = 4e-3 if activation == "hard_tanh" else 2e-4
        np.testing.assert_allclose(growth(gain, drive, position), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("activation", activations.ACTIVATIONS)
def test_gradients_neither_grow_nor_shrink_at_the_critical_gain(activation):
    position = activations.index(activation)
    for drive in (0.5, 1.0):
        edge = float(critical_gain(position, drive))
        # Where the slope jumps, so does the growth: the edge is where the sign turns.
        assert growth(0.99 * edge, drive, position) < 0 < growth(1.01 * edge, drive, position)


def test_edge_out_of_range_is_not_a_number():
    # Noise this loud saturates every unit: even the largest gain does not make up for it.
    assert growth(HIGHEST, 1000.0) < 0
    assert np.isnan(critical_gain(TANH, 1000.0))


def test_all_gains_at_once_are_the_gains_one_by_one():
    gains = [0.5, 1.0, 1.5, 2.0, 5.0]
    together = mean_field_growth(TANH, jnp.asarray(gains), 0.5)
    np.testing.assert_allclose(together, [growth(gain, 0.5) for gain in gains], rtol=0, atol=1e-13)


def test_other_settings_compile_nothing(compilations):
    growth(1.0, 1.0), critical_gain(TANH, 1.0)
    before = len(compilations)
    for position in range(len(activations.ACTIVATIONS)):
        growth(1.7, 0.3, position), critical_gain(position, 0.3)
    assert len(compilations) == before


# --- the networks ---


@pytest.mark.parametrize("name", CELLS)
def test_drive_is_the_size_of_what_input_and_bias_add(name):
    cell, xs = drawn(all_cells()[name], size=WIDE), np.zeros((STEPS, WIDE[0]))
    xs[:, 0] = 3.0
    xs[300:] = 1e6  # beyond the length, so it does not count
    W_ih = np.tile(np.eye(1, WIDE[0]), (WIDE[1], 1))
    cell = cell.with_weights(W_ih=W_ih, b=np.tile([1.0, -1.0], WIDE[1] // 2))
    # Half the units are driven by 3 + 1, half by 3 - 1.
    np.testing.assert_allclose(drive_std(cell, xs, 300), np.sqrt((16 + 4) / 2), rtol=1e-13)


def measured(name, gain, drive, xs_of):
    """Mean growth backwards over seeds of networks that are run, in nats per step, and the mean drive."""
    rates, drives = [], []
    for seed in SEEDS:
        cell, xs = (
            drawn(all_cells()[name], seed, size=WIDE, initializer="gaussian", gain=gain, input_scale=drive),
            xs_of(seed),
        )
        curve = np.asarray(backprop(cell, xs).log10_norm["h"])
        rates.append((curve[99] - curve[-1]) * np.log(10) / (STEPS - 100))  # what precedes step 100 is still settling
        drives.append(float(drive_std(cell, xs, STEPS)))
    return np.mean(rates), np.mean(drives)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize(("gain", "drive"), [(1.0, 0.5), (1.0, 1.0), (1.5, 1.0), (2.0, 1.0), (2.0, 0.5)])
def test_cell_that_declares_mean_field_obeys_it(name, gain, drive):
    rate, seen = measured(name, gain, drive, lambda seed: noise(seed, STEPS, WIDE[0]))
    # 128 units and 128 channels of weight 1/sqrt(128): the drive has the standard deviation `input_scale`.
    np.testing.assert_allclose(seen, drive, rtol=0.02)
    np.testing.assert_allclose(rate, growth(gain, seen), rtol=0, atol=0.03)  # 128 units and 3 draws: up to 0.017


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("gain", [2.0, 3.0])
def test_chaos_of_a_network_left_alone_has_the_growth_of_the_theory(name, gain):
    kick = np.eye(STEPS, 1)
    rate, _ = measured(name, gain, 1.0, lambda seed: kick * np.asarray(noise(seed, STEPS, WIDE[0])))
    np.testing.assert_allclose(rate, growth(gain, 0.0), rtol=0, atol=0.04)


def test_some_cell_declares_mean_field():
    assert CELLS
