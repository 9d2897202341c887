"""What do the recurrent weights say by themselves? Eigenvalues and singular values of each of their matrices."""

from typing import NamedTuple

import numpy as np

from cells import factoring


class Spectrum(NamedTuple):
    """Of each square block of the recurrent weights.

    Attributes:
        eigenvalues: (blocks, N) complex, largest absolute value first.
        singular_values: (blocks, N) largest first.
        spectral_radius: (blocks,) largest |eigenvalue|: a linear network's factor per step in the long run.
        spectral_norm: (blocks,) largest singular value: the most that one product can stretch a vector.
    """

    eigenvalues: np.ndarray
    singular_values: np.ndarray
    spectral_radius: np.ndarray
    spectral_norm: np.ndarray


def spectrum(W: np.ndarray) -> Spectrum:
    """Eigenvalues and singular values of square matrices, (blocks, N, N) or (N, N).

    The two numbers are different promises. A spectral norm below 1/max|phi'| suffices for vanishing; a spectral radius
    below 1 does so only for a linear network, and only in the long run.

    Reference:
        Pascanu, Mikolov and Bengio (2013), section 2.1.
    """
    blocks = np.asarray(W).reshape(-1, *np.shape(W)[-2:])
    eigenvalues = np.linalg.eigvals(blocks)
    order = np.argsort(-np.abs(eigenvalues), axis=-1)
    eigenvalues = np.take_along_axis(eigenvalues, order, axis=-1)
    singular_values = np.linalg.svd(blocks, compute_uv=False)
    eigenvalues = np.where(np.abs(eigenvalues) < factoring.rounding(singular_values[:, :1]), 0, eigenvalues)
    return Spectrum(eigenvalues, singular_values, np.abs(eigenvalues[:, 0]), singular_values[:, 0])
