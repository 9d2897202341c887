"""What was a layer initialised with? Traces that training leaves."""

from typing import NamedTuple

import numpy as np

from cells.weights.found import Layer

CONSTANT = 1e-3
"""Spread of a difference of two biases below which it is one number."""
EXACT = 1e-3
"""How far singular values may lie from 1."""
ENOUGH = 32
"""Fewer numbers may spread like draws by chance."""
CLOSE = 0.06
"""Relative distance within which a standard deviation is one that an initialiser has."""


class Trace(NamedTuple):
    """Something a layer was initialised with.

    Attributes:
        what: in a few words.
        certain: whether it could hardly be otherwise; if not, training may have brought it about.
        evidence: a whole sentence.
    """

    what: str
    certain: bool
    evidence: str


def traces(layer: Layer) -> tuple[Trace, ...]:
    """What the biases and the recurrent matrix of a layer tell, the surest first."""
    found = [*_of_two_biases(layer), *_of_one_bias(layer), *_of_the_matrix(layer)]
    return tuple(sorted(found, key=lambda trace: not trace.certain))


def _of_two_biases(layer: Layer) -> list[Trace]:
    """Two biases that only act together get the same gradient: how far apart they are never changes in training."""
    if layer.b_ih is None or layer.b_hh is None or not layer.cell_class.gates:
        return []
    apart = layer.b_hh.astype(np.float64) - layer.b_ih.astype(np.float64)
    # The second bias of a GRU's candidate stands inside the reset, and has a gradient of its own.
    alone = [gate.candidate and "reset" in layer.facts for gate in layer.cell_class.gates]
    together = [place for place, own in enumerate(alone) if not own]
    names = [layer.cell_class.gates[place].symbol for place in together]
    means, spreads = apart[together].mean(axis=1), apart[together].std(axis=1)
    numbers = ", ".join(f"{mean:.4g}" for mean in means)
    if (spreads < CONSTANT).all() and (np.abs(means) < CONSTANT).all():
        exactly = "to the last bit" if not apart[together].any() else f"to {np.abs(apart[together]).max():.1g}"
        return [
            Trace(
                "both biases alike",
                True,
                f"The two biases of {', '.join(names)} are equal {exactly}: they began equal.",
            )
        ]
    if (spreads < CONSTANT).all():
        raised = [
            f"{layer.cell_class.gates[place].role} {'+' if mean > 0 else ''}{mean:.3g}"
            for place, mean in zip(together, means, strict=True)
            if abs(mean) >= CONSTANT
        ]
        return [
            Trace(
                f"bias of the {', '.join(raised)}",
                True,
                f"The two biases of {', '.join(names)} differ by {numbers} in every unit, and that never changes in "
                "training.",
            )
        ]
    bound, deviation = 2 / np.sqrt(layer.hidden_size), np.sqrt(2 / 3 / layer.hidden_size)
    if np.abs(apart[together]).max() <= bound and abs(apart[together].std() / deviation - 1) < 0.15:
        return [
            Trace(
                "biases from PyTorch's U(±1/√H)",
                apart[together].size >= ENOUGH,
                f"The two biases of {', '.join(names)} are at most {np.abs(apart[together]).max():.3g} apart, within "
                f"2/√H = {bound:.3g}, and spread as two draws would; that never changes in training.",
            )
        ]
    return []


def _of_one_bias(layer: Layer) -> list[Trace]:
    """A gate whose bias stands out may have begun there."""
    biases = [bias.astype(np.float64) for bias in (layer.b_ih, layer.b_hh) if bias is not None]
    if len(biases) != 1:
        return []
    means, spreads = biases[0].mean(axis=1), biases[0].std(axis=1)
    found = []
    for place, gate in enumerate(layer.cell_class.gates):
        others = np.abs(np.delete(means, place))
        if 0.7 < means[place] < 1.3 and others.max() < 0.3:
            exactly = not spreads.any() and not others.any()
            found.append(
                Trace(
                    f"bias of the {gate.role} +1",
                    exactly,
                    f"The bias of {gate.symbol} is {means[place]:.3g} on average, that of every other gate "
                    f"{others.max():.2g} at most.",
                )
            )
    return found


def _of_the_matrix(layer: Layer) -> list[Trace]:
    """The size of the recurrent weights, and whether they are orthogonal."""
    W = layer.W_hh.astype(np.float64)
    count, H = W.shape[:2]
    if not np.isfinite(W).all() or not W.any():
        return []
    blocks, stack = np.linalg.svd(W, compute_uv=False), np.linalg.svd(W.reshape(-1, H), compute_uv=False)
    if np.abs(blocks - 1).max() < EXACT:
        return [Trace("orthogonal, each gate by itself", True, "Every singular value of every block of W_hh is 1.")]
    if count > 1 and np.abs(stack - 1).max() < EXACT:
        return [Trace("orthogonal over all gates together", True, "Every singular value of the stacked W_hh is 1.")]
    size, largest = W.std() * np.sqrt(H), np.abs(W).max() * np.sqrt(H)
    uniform = 3**-0.5
    if H >= 8 and largest <= 1 and abs(size / uniform - 1) < CLOSE:
        evidence = f"No entry of W_hh is above 1/√H, and they spread as evenly: std √H = {size:.3f}."
        return [Trace("W_hh from PyTorch's U(±1/√H)", True, evidence)]
    sizes = {
        "orthogonal or Glorot, each gate by itself": 1.0,
        "Glorot over all gates together": np.sqrt(2 / (1 + count)),
        "PyTorch's U(±1/√H)": uniform,
        "orthogonal over all gates together": count**-0.5,
    }
    near = min(sizes.values(), key=lambda each: abs(size / each - 1))
    if abs(size / near - 1) > CLOSE:
        return []
    names = " or ".join(name for name, each in sizes.items() if np.isclose(each, near))
    evidence = f"std √H of W_hh is {size:.3f}, where that begins at {near:.3f}; training may have moved it."
    return [Trace(f"W_hh perhaps {names}", False, evidence)]
