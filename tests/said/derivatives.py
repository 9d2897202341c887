"""Derivatives of NumPy functions by the complex step, and one step of RNN, GRU and LSTM that it can go through.

f(x + ih).imag / h has no difference in it, so that it is exact to rounding however small it is (Squire and Trapp 1998,
Using complex variables to estimate derivatives of real functions).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.said.by_numpy import sigmoid

SMALL = 1e-30
State = tuple[np.ndarray, ...]


def slopes(function: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    """d function / d at, (*shape of at, *shape of what it returns)."""
    at = np.asarray(at, float)
    found = []
    for place in np.ndindex(at.shape):
        moved = at.astype(complex)
        moved[place] += 1j * SMALL
        found.append(np.imag(function(moved)) / SMALL)
    return np.array(found).reshape(*at.shape, *np.shape(found[0]))


def part(value: np.ndarray, share: float) -> np.ndarray:
    """The same value; of its derivative a share passes."""
    return np.real(value) + 1j * share * np.imag(value)


def start(kind: str, size: int) -> State:
    """The state before the first step: h, and c of an LSTM."""
    return (np.zeros(size),) * (2 if kind == "lstm" else 1)


def step(kind: str, cell: Any, state: State, x: np.ndarray, phi: Callable = np.tanh) -> State:
    """One step of an "rnn", "gru" or "lstm" with these weights."""
    W_ih, W_hh, b = (np.asarray(getattr(cell, name), float) for name in ("W_ih", "W_hh", "b"))
    size, h = b.shape[-1], state[0]
    from_x = W_ih.reshape(-1, size, W_ih.shape[-1]) @ x + b.reshape(-1, size)
    from_h = W_hh.reshape(-1, size, size) @ h
    if kind == "rnn":
        return (phi(from_x[0] + from_h[0]),)
    if kind == "gru":
        r, z = sigmoid(from_x[:2] + from_h[:2])
        n = phi(from_x[2] + r * (from_h[2] + np.asarray(cell.b_hn, float)))
        return (z * h + (1 - z) * n,)
    i, f, o = sigmoid((from_x + from_h)[[0, 1, 3]])
    c = f * state[1] + i * phi(from_x[2] + from_h[2])
    return (o * phi(c), c)
