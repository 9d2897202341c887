"""The equations that the frameworks document, as loops in NumPy over the weights of a cell, and small files."""

from pathlib import Path

import numpy as np

from cells import CIFG, GRU, LSTM, RNN, Peephole

FILES = Path(__file__).parent / "files"
PHI = {"tanh": np.tanh, "relu": lambda a: np.maximum(a, 0)}


def logistic(a):
    return 1 / (1 + np.exp(-a))


def hard(slope):
    return lambda a: np.clip(slope * a + 0.5, 0, 1)


def states(cell, xs, *, sigma=logistic, phi="tanh", h=None):
    """(T, H) what a cell's weights make of a sequence, from zeros."""
    W, U, b, phi = np.asarray(cell.W_ih), np.asarray(cell.W_hh), np.asarray(cell.b), PHI[phi]
    h, c, made = np.zeros(cell.hidden_size) if h is None else h, np.zeros(cell.hidden_size), []
    for x in np.asarray(xs, float):
        a = W @ x + U @ h + b
        if isinstance(cell, Peephole):
            p = np.asarray(cell.p)
            i, f = sigma(a[0] + p[0] * c), sigma(a[1] + p[1] * c)
            c = f * c + i * phi(a[2])
            h = sigma(a[3] + p[2] * c) * phi(c)
        elif isinstance(cell, LSTM):
            c = sigma(a[1]) * c + sigma(a[0]) * phi(a[2])
            h = sigma(a[3]) * phi(c)
        elif isinstance(cell, CIFG):
            f = sigma(a[0])
            c = f * c + (1 - f) * phi(a[1])
            h = sigma(a[2]) * phi(c)
        elif isinstance(cell, GRU):
            r, z = sigma(a[0]), sigma(a[1])
            b_hn = np.asarray(cell.b_hn)
            inner = U[2] @ (r * h) + b_hn if cell.reset_before else r * (U[2] @ h + b_hn)
            h = z * h + (1 - z) * phi(W[2] @ x + b[2] + inner)
        else:
            assert isinstance(cell, RNN)
            h = phi(a)
        made.append(h)
    return np.array(made)


def both_ways(forward, backward, xs, **answers):
    """(T, 2H) what a layer in both directions makes of a sequence."""
    return np.concatenate(
        [states(forward, xs, **answers), states(backward, np.asarray(xs)[::-1], **answers)[::-1]], axis=1
    )


def torch_arrays(prefix, count, H, D, *, suffix="_l0", seed=0, dtype="float32", bias=True):
    """Random arrays by PyTorch's names."""
    rng = np.random.default_rng(seed)
    shapes = {"weight_ih": (count * H, D), "weight_hh": (count * H, H)}
    shapes |= {"bias_ih": (count * H,), "bias_hh": (count * H,)} if bias else {}
    return {f"{prefix}{name}{suffix}": rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
