"""Eigenvalues and singular values inside compiled programs: those of NumPy, and never two that wait for each other."""

import subprocess
import sys

import jax
import numpy as np
import pytest

from cells import factoring
from tests.asked import one_of_many

MATRICES = np.random.default_rng(0).normal(size=(2, 3, 5, 5))
SYMMETRIC = MATRICES + MATRICES.swapaxes(-1, -2)
AT_ONCE = """
import threading
import jax, numpy as np
from cells import factoring
many = np.random.default_rng(0).normal(size=(400, 16, 16))
of_all = jax.jit(lambda W: (abs(factoring.eigenvalues(W)).max(), factoring.singular_values(W).max()))
of_all(many)
threads = [threading.Thread(target=lambda: [jax.block_until_ready(of_all(many)) for _ in range(8)]) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("all there")
"""


@pytest.mark.parametrize("matrices", [MATRICES, MATRICES[0], MATRICES[0, 0]], ids=["2x3", "3", "one"])
@pytest.mark.parametrize("through", [lambda f: f, jax.jit], ids=["eager", "jit"])
def test_they_are_those_of_numpy(matrices, through):
    found = np.sort_complex(np.asarray(through(factoring.eigenvalues)(matrices)))
    np.testing.assert_allclose(found, np.sort_complex(np.linalg.eigvals(matrices)), atol=1e-12)
    singular = through(factoring.singular_values)(matrices)
    np.testing.assert_allclose(singular, np.linalg.svd(matrices, compute_uv=False), atol=1e-12)
    symmetric = matrices + matrices.swapaxes(-1, -2)
    np.testing.assert_allclose(
        through(factoring.symmetric_eigenvalues)(symmetric), np.linalg.eigvalsh(symmetric), atol=1e-12
    )


def test_a_map_over_matrices_is_still_one_after_another():
    found = jax.jit(jax.vmap(factoring.symmetric_eigenvalues))(SYMMETRIC)
    np.testing.assert_allclose(found, np.linalg.eigvalsh(SYMMETRIC), atol=1e-12)


@one_of_many
def test_many_threads_at_once_do_not_wait_for_one_another():
    done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, timeout=120)
    assert "all there" in done.stdout, done.stderr
