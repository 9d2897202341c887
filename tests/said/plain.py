"""An RNN and its backpropagation in NumPy for any weights, with every step's own share of their gradient."""

from typing import NamedTuple

import numpy as np


class Gradients(NamedTuple):
    """Of a loss on the states of a run; index 0 is step 1.

    Attributes:
        states: (T + 1, H), index 0 before the first input.
        adjoints: (T, H) what arrives at each state.
        shares: {weight: (T, ...)} of the copy of the weights that each step uses.
    """

    states: np.ndarray
    adjoints: np.ndarray
    shares: dict[str, np.ndarray]


def weights_of(cell) -> dict[str, np.ndarray]:
    return {
        name: np.asarray(getattr(cell, name), float).reshape(cell.hidden_size, -1) for name in ("W_hh", "W_ih", "b")
    }


def forward(weights, xs, phi) -> tuple[np.ndarray, np.ndarray]:
    """(states (T + 1, H), pre-activations (T, H)) of an RNN."""
    states, sums = [np.zeros(len(weights["b"]))], []
    for x in xs:
        sums.append(weights["W_ih"] @ x + weights["W_hh"] @ states[-1] + weights["b"][:, 0])
        states.append(phi(sums[-1]))
    return np.array(states), np.array(sums)


def backward(weights, xs, states, slopes, arrives) -> Gradients:
    """Backpropagation through an RNN; arrives (T, H) is the loss's own gradient at each state."""
    adjoints, deltas, later = np.zeros_like(arrives), np.zeros_like(arrives), np.zeros(arrives.shape[1])
    for t in range(len(xs) - 1, -1, -1):
        adjoints[t] = arrives[t] + later
        deltas[t] = slopes[t] * adjoints[t]
        later = weights["W_hh"].T @ deltas[t]
    shares = {
        "W_hh": deltas[:, :, None] * states[:-1, None, :],
        "W_ih": deltas[:, :, None] * xs[:, None, :],
        "b": deltas[:, :, None],
    }
    return Gradients(states, adjoints, shares)
