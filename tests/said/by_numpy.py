"""RNN, GRU and LSTM written out in NumPy, forward and backward, from the equations of their papers.

Weights and inputs are the experiment's; nothing else is the laboratory's. The adjoint is scaled at every step, so that
it neither vanishes nor overflows.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cells import inputs
from cells.experiment import Experiment
from cells.running import drawn

PHI: dict[str, tuple[Callable, Callable]] = {
    "tanh": (np.tanh, lambda a: 1 / np.cosh(a) ** 2),
    "relu": (lambda a: np.maximum(a, 0.0), lambda a: (a > 0).astype(float)),
    "identity": (lambda a: a, np.ones_like),
}
"""{activation: itself, its derivative}."""


class Orbit(NamedTuple):
    """A run of a cell.

    Attributes:
        states: {field: (T + 1, H)}, index 0 before the first input.
        gates: {name: (T, H)}.
        steps: (T, n, n) ds_t/ds_{t-1} of the state's fields one after the other, without what is read within a step.
        within: (T, n, n) what a change of each field of s_t means for the whole s_t: of c for the h of the same step.
    """

    states: dict[str, np.ndarray]
    gates: dict[str, np.ndarray]
    steps: np.ndarray
    within: np.ndarray


def sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def sequence(experiment: Experiment) -> np.ndarray:
    """(T, INPUT_SIZE), zeros in the channels that are not used."""
    xs = np.asarray(experiment.sequence(), float)
    return np.pad(xs, ((0, 0), (0, inputs.INPUT_SIZE - xs.shape[1])))


def orbit(experiment: Experiment) -> Orbit:
    """A run of an "rnn", "gru" or "lstm" with one layer.

    Raises:
        KeyError: another cell, or an activation that is not written out here.
    """
    cell, phi = drawn(experiment), PHI[experiment.activation]
    run = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}[experiment.cell]
    weights = {name: np.asarray(getattr(cell, name), float) for name in ("W_ih", "W_hh", "b")}
    if experiment.cell == "gru":
        weights |= {"b_hn": np.asarray(cell.b_hn, float)}
        assert not bool(cell.reset_before)
    return run(sequence(experiment), *phi, **weights)


def log10_gradient(experiment: Experiment) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """log10 of |dL/ds_t| for t = 1 to the loss's step, -inf where it is 0: (of the whole state, {field: of a field}).

    The whole state is what the next step reads. A field's own also counts the paths inside its step: from c to h.
    """
    found, last = orbit(experiment), experiment.last_loss_step
    fields, size = list(found.states), experiment.hidden_size
    arrives = np.zeros(len(fields) * size)
    exponent, whole, parts = 0.0, np.empty(last), {name: np.empty(last) for name in fields}
    for t in range(last, 0, -1):
        if t == last or experiment.loss == "every":
            arrives[:size] += 10.0**-exponent / np.sqrt(size)
        adjoint = arrives @ found.within[t - 1]
        with np.errstate(divide="ignore"):
            whole[t - 1] = np.log10(np.linalg.norm(arrives)) + exponent
            for at, name in enumerate(fields):
                parts[name][t - 1] = np.log10(np.linalg.norm(adjoint[at * size : (at + 1) * size])) + exponent
        arrives = arrives @ found.steps[t - 1]
        norm = np.linalg.norm(arrives)
        if 0 < norm < 1e-100 or norm > 1e100:
            arrives, exponent = arrives / norm, exponent + np.log10(norm)
    return whole, parts


def jacobian(experiment: Experiment, earlier: int, later: int) -> np.ndarray:
    """ds_later/ds_earlier (n, n), of the state's fields one after the other."""
    found = orbit(experiment)
    product = np.eye(found.steps.shape[1])
    for t in range(earlier + 1, later + 1):
        product = found.steps[t - 1] @ product
    return product


def _rnn(xs, phi, slope, *, W_ih, W_hh, b) -> Orbit:
    h = [np.zeros(b.size)]
    steps = []
    for x in xs:
        a = W_ih.reshape(b.size, -1) @ x + W_hh.reshape(b.size, -1) @ h[-1] + b.reshape(-1)
        steps.append(slope(a)[:, None] * W_hh.reshape(b.size, -1))
        h.append(phi(a))
    return Orbit({"h": np.array(h)}, {}, np.array(steps), np.array([np.eye(b.size)] * len(xs)))


def _gru(xs, phi, slope, *, W_ih, W_hh, b, b_hn) -> Orbit:
    size = b.shape[1]
    h, steps, gates = [np.zeros(size)], [], {"r": [], "z": [], "n": []}
    for x in xs:
        x_r, x_z, x_n = W_ih @ x + b
        u_r, u_z, u_n = W_hh @ h[-1]
        r, z = sigmoid(x_r + u_r), sigmoid(x_z + u_z)
        a = x_n + r * (u_n + b_hn)
        n = phi(a)
        d_r, d_z = (r * (1 - r))[:, None] * W_hh[0], (z * (1 - z))[:, None] * W_hh[1]
        d_n = slope(a)[:, None] * (d_r * (u_n + b_hn)[:, None] + r[:, None] * W_hh[2])
        steps.append(np.diag(z) + (h[-1] - n)[:, None] * d_z + (1 - z)[:, None] * d_n)
        h.append(z * h[-1] + (1 - z) * n)
        for name, value in zip("rzn", (r, z, n), strict=True):
            gates[name].append(value)
    return Orbit(
        {"h": np.array(h)},
        {name: np.array(values) for name, values in gates.items()},
        np.array(steps),
        np.array([np.eye(size)] * len(xs)),
    )


def _lstm(xs, phi, slope, *, W_ih, W_hh, b) -> Orbit:
    size = b.shape[1]
    h, c, steps, within = [np.zeros(size)], [np.zeros(size)], [], []
    gates = {name: [] for name in "ifgo"}
    for x in xs:
        a_i, a_f, a_g, a_o = W_ih @ x + W_hh @ h[-1] + b
        i, f, g, o = sigmoid(a_i), sigmoid(a_f), phi(a_g), sigmoid(a_o)
        slopes = (i * (1 - i), f * (1 - f), slope(a_g), o * (1 - o))
        d_i, d_f, d_g, d_o = (each[:, None] * matrix for each, matrix in zip(slopes, W_hh, strict=True))
        dc_dh = c[-1][:, None] * d_f + g[:, None] * d_i + i[:, None] * d_g
        new_c = f * c[-1] + i * g
        reads = np.diag(o * slope(new_c))  # dh_t/dc_t
        dh_dh = phi(new_c)[:, None] * d_o + reads @ dc_dh
        steps.append(np.block([[dh_dh, reads @ np.diag(f)], [dc_dh, np.diag(f)]]))
        within.append(np.block([[np.eye(size), reads], [np.zeros((size, size)), np.eye(size)]]))
        h.append(o * phi(new_c))
        c.append(new_c)
        for name, value in zip("ifgo", (i, f, g, o), strict=True):
            gates[name].append(value)
    return Orbit(
        {"h": np.array(h), "c": np.array(c)},
        {name: np.array(values) for name, values in gates.items()},
        np.array(steps),
        np.array(within),
    )
