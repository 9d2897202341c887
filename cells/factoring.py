"""Eigenvalues and singular values inside compiled programs, one matrix after another.

Of several matrices at once, jaxlib's LAPACK kernels wait inside XLA's own threads for more of these threads. Two such
calls at the same time, on a machine with two cores, wait for one another for ever.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax


def _one_by_one(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """A function of a matrix (N, M), for any number of leading axes."""
    alone = jax.custom_batching.sequential_vmap(function)

    def of_all(matrices: Array) -> Array:
        *axes, rows, columns = matrices.shape
        if not axes:
            return alone(matrices)
        found = lax.map(alone, matrices.reshape(-1, rows, columns))
        return found.reshape(*axes, *found.shape[1:])

    return of_all


eigenvalues = _one_by_one(lambda matrix: jnp.linalg.eigvals(matrix))
"""Of square matrices (..., N, N): (..., N), complex."""
symmetric_eigenvalues = _one_by_one(lambda matrix: jnp.linalg.eigvalsh(matrix))
"""Of symmetric matrices (..., N, N): (..., N), smallest first."""
singular_values = _one_by_one(lambda matrix: jnp.linalg.svd(matrix, compute_uv=False))
"""Of matrices (..., N, M): (..., min(N, M)), largest first."""


def rounding(spectral_norm: Array | np.ndarray) -> Array | np.ndarray:
    """What of an eigenvalue is 0: those of a nilpotent matrix come out at about sqrt(eps) of its norm."""
    return spectral_norm * np.sqrt(np.finfo(spectral_norm.dtype).eps)
