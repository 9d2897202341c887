"""Eigenvalues and singular values: matrices whose spectrum is known, and what the two promise of each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cells import all_cells
from cells.analyses.spectrum import spectrum
from tests.cells.examples import H

CELLS = all_cells()


def random_matrices(seed, count=4):
    return np.random.default_rng(seed).normal(size=(count, H, H)) / np.sqrt(H)


def test_spectral_radius_and_spectral_norm_are_two_numbers():
    # W = [[.9, 10], [0, .9]]: both eigenvalues .9; sigma_1 sigma_2 = det = .81, sigma_1^2 + sigma_2^2 = 101.62.
    found = spectrum(np.array([[0.9, 10.0], [0.0, 0.9]]))
    np.testing.assert_allclose(found.spectral_radius, [0.9], rtol=1e-12)
    np.testing.assert_allclose(found.spectral_norm, [10.080], rtol=0, atol=5e-4)
    np.testing.assert_allclose(np.prod(found.singular_values), 0.81, rtol=1e-12)
    np.testing.assert_allclose(np.sum(found.singular_values**2), 101.62, rtol=1e-12)


def test_delay_line_has_radius_zero_and_norm_one():
    found = spectrum(np.eye(H, k=1))
    np.testing.assert_array_equal(found.eigenvalues, 0.0)
    np.testing.assert_allclose(found.singular_values, [[1.0] * (H - 1) + [0.0]], rtol=0, atol=1e-15)
    assert (found.spectral_radius, found.spectral_norm) == (0.0, 1.0)


def test_nilpotent_matrix_has_a_radius_of_rounding_only():
    # W^2 = 0; a double eigenvalue moves by the root of what rounding moves the matrix.
    found = spectrum(np.array([[8.0, 8.0], [-8.0, -8.0]]))
    np.testing.assert_allclose(found.spectral_radius, 0.0, atol=16 * np.sqrt(np.finfo(float).eps))
    np.testing.assert_allclose(found.spectral_norm, 16.0, rtol=1e-12)


def test_rotation_turns_by_a_complex_pair_of_its_angle():
    angle = 0.3
    rotation = 0.5 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = spectrum(rotation)
    np.testing.assert_allclose(np.sort(np.angle(found.eigenvalues[0])), [-angle, angle], rtol=1e-12)
    np.testing.assert_allclose([found.spectral_radius, found.spectral_norm], 0.5, rtol=1e-12)


def test_orthogonal_weights_have_every_value_on_the_unit_circle():
    found = spectrum(np.linalg.qr(random_matrices(0))[0])
    np.testing.assert_allclose(np.abs(found.eigenvalues), 1.0, rtol=1e-13)
    np.testing.assert_allclose(found.singular_values, 1.0, rtol=1e-13)


def test_symmetric_weights_have_one_spectrum():
    W = random_matrices(0)
    found = spectrum(W + np.swapaxes(W, -1, -2))
    np.testing.assert_allclose(np.abs(found.eigenvalues), found.singular_values, rtol=1e-12, atol=1e-13)


@given(st.integers(0, 2**31 - 1))
def test_spectral_radius_never_exceeds_the_spectral_norm(seed):
    found = spectrum(random_matrices(seed))
    assert (found.spectral_radius <= found.spectral_norm * (1 + 1e-12)).all()
    assert (np.diff(np.abs(found.eigenvalues)) <= 1e-15).all()
    assert (np.diff(found.singular_values) <= 0).all()
    np.testing.assert_allclose(
        np.prod(np.abs(found.eigenvalues), axis=1), np.prod(found.singular_values, axis=1), rtol=1e-9
    )  # both are |det W|


def test_gaussian_weights_fill_the_unit_disc_and_stretch_by_two():
    # Circular law: radius 1; Bai and Yin: the largest singular value tends to 2. At H = 200 they spread by 3 and 1.5 %.
    W = np.random.default_rng(0).normal(size=(200, 200)) / np.sqrt(200)
    found = spectrum(W)
    np.testing.assert_allclose(found.spectral_radius, 1.0, rtol=0.1)
    np.testing.assert_allclose(found.spectral_norm, 2.0, rtol=0.05)
    np.testing.assert_allclose(np.mean(np.abs(found.eigenvalues) < 0.5), 0.25, atol=0.03)  # uniform on the disc


@pytest.mark.parametrize("name", [name for name in CELLS if "W_hh" in CELLS[name].weights()])
def test_every_gate_has_a_spectrum_of_its_own(name):
    W_hh = np.random.default_rng(0).normal(size=CELLS[name].editable(H)["W_hh"])
    found, blocks = spectrum(W_hh), W_hh.reshape(-1, H, H)
    assert len(found.spectral_norm) == len(blocks) == max(1, len(CELLS[name].gates))
    for place, W in enumerate(blocks):
        alone = spectrum(W)
        np.testing.assert_allclose(found.eigenvalues[place], alone.eigenvalues[0], rtol=1e-12)
        np.testing.assert_allclose(found.singular_values[place], np.linalg.svd(W, compute_uv=False), rtol=1e-12)
        np.testing.assert_allclose(found.spectral_radius[place], np.abs(np.linalg.eigvals(W)).max(), rtol=1e-12)
        assert found.spectral_norm[place] == found.singular_values[place, 0]
