"""What is the matter with a network on a sequence, and what would help? Every answer is measured on that network."""

from typing import Any, NamedTuple

import jax
import numpy as np

from cells import activations, keys
from cells.activations import ACTIVATIONS, Known
from cells.analyses.adjoint import named_loss
from cells.analyses.contributions import contributions
from cells.analyses.growth import Growth, growth
from cells.analyses.spectrum import spectrum
from cells.base import AbstractCell, Hyperparameter
from cells.notebook import backprop, checked
from cells.programs import compiled
from cells.weights.contents import typed
from cells.weights.found import Layer
from cells.weights.origin import Trace, traces

END = 0.1
"""Share of a gate's range at either end that counts as saturated, as in Karpathy, Johnson and Fei-Fei (2015)."""
FLOATS = ("float16", "bfloat16", "float32", "float64")
RAISED = (1.0, 2.0, 3.0)
"""What is added to the bias of a gate that keeps."""
LIKE = 0.99
"""Cosine above which two gradients point the same way."""
MULTIPLICATIONS = 50_000_000
"""Of weights by what passes them, over all steps, for which the gradient of the weights is taken apart."""
CLIPPING, TRUNCATION = "clipping", "truncation"
WINDOWS = 8
"""Pieces of the sequence whose gradients are compared for clipping."""

_contributions = compiled(contributions)


class GateState(NamedTuple):
    """How a gate, or the state of a cell without gates, stands on the sequence.

    Attributes:
        symbol: its letter.
        role: its name.
        mean: over units and steps.
        low: share of units and steps in the lowest tenth of its range; None where it has no ends.
        high: the same of the highest tenth.
        stuck_low: units that are there at every step; None where it has no ends.
        stuck_high: the same of the highest tenth.
    """

    symbol: str
    role: str
    mean: float
    low: float | None
    high: float | None
    stuck_low: int | None
    stuck_high: int | None


class Block(NamedTuple):
    """Recurrent weights of one gate.

    Attributes:
        symbol: the gate's letter, or "W_hh".
        spectral_radius: largest absolute eigenvalue.
        spectral_norm: largest singular value.
    """

    symbol: str
    spectral_radius: float
    spectral_norm: float


class WayBack(NamedTuple):
    """The gradient of the last step's loss on its way back to step 1.

    Attributes:
        kind: "carried", "vanishing", "exploding", "zero", "single" or "overflow", as `cells.analyses.growth` has them.
        factor: mean factor a step; None where nothing arrives or the state is not finite.
        log10_ratio: decades from the last step to the first; None likewise.
        half_life: steps in which half is lost, as the mean over all; None where none is.
        one_percent: steps back from which on less than a hundredth arrives; None where more does all the way.
        overflow: the first step whose state is not finite; 0 if there is none.
    """

    kind: str
    factor: float | None
    log10_ratio: float | None
    half_life: float | None
    one_percent: int | None
    overflow: int


class InFloat(NamedTuple):
    """What becomes of that gradient's norm, 1 at the last step, in one type of number.

    Attributes:
        dtype: the type.
        lost_after: steps back from which on it is below the smallest number above 0; None if it never is.
        overflows_after: steps back at which it is first above the largest number; None if it never is.
    """

    dtype: str
    lost_after: int | None
    overflows_after: int | None


class Help(NamedTuple):
    """A change, and what it does to this very network on this very sequence.

    Attributes:
        change: "forget bias" or another bias by its label, CLIPPING or TRUNCATION.
        amount: added to the bias; the norm clipped at; the steps kept.
        measure: what is measured.
        before: of the network as it is; None where it is beyond the sequence.
        after: of the changed one.
        helps: whether it makes better what is the matter.
        steps: of the sequence, from its end, that this was measured on; a large network is given fewer.
    """

    change: str
    amount: float
    measure: str
    before: float | None
    after: float | None
    helps: bool
    steps: int


class Diagnosis(NamedTuple):
    """Everything, as plain values.

    Attributes:
        layer: its name; "" where a cell was given.
        cell: what it is.
        input_size: channels of the input.
        hidden_size: units.
        steps: of the sequence.
        origin: what it was initialised with, the surest first; empty where a cell was given.
        gates: how they stand.
        spectra: of every block of the recurrent weights; empty where there are none.
        way_back: of the gradient.
        floats: the same in several types.
        help: what was tried.
    """

    layer: str
    cell: str
    input_size: int
    hidden_size: int
    steps: int
    origin: tuple[Trace, ...]
    gates: tuple[GateState, ...]
    spectra: tuple[Block, ...]
    way_back: WayBack
    floats: tuple[InFloat, ...]
    help: tuple[Help, ...]

    def plain(self) -> dict[str, Any]:
        """The same as dicts, lists, numbers and None, for JSON."""
        return _plain(self)


def diagnose(layer: Layer | AbstractCell, xs: Any, **answers: str) -> Diagnosis:
    """Look at a layer of a weight file, or at a cell, on one sequence.

    It says nothing of other sequences, nor of the loss that the network was trained with: the loss here is the mean
    square one sum of h at the last step.

    Args:
        layer: of a file, or a cell.
        xs: (T, D) what it reads, in the order in which it reads; see `Found.inputs`.
        answers: what the file leaves open, as `Layer.cell` takes them.

    Returns:
        Diagnosis.

    Raises:
        ValueError: something is not what it should be; the message says what was expected and what came.
    """
    cell = layer.cell(**answers) if isinstance(layer, Layer) else layer
    xs = checked(cell, xs)
    adjoint = jax.device_get(backprop(cell, xs))
    curve, overflow = adjoint.log10_state_norm, int(adjoint.trajectory.overflow)
    way = way_back(curve, overflow)
    return Diagnosis(
        layer.name if isinstance(layer, Layer) else "",
        cell.label,
        cell.input_size,
        cell.hidden_size,
        len(xs),
        traces(layer) if isinstance(layer, Layer) else (),
        gate_states(cell, adjoint.trajectory),
        spectra(cell),
        way,
        in_floats(curve) if not overflow else (),
        () if overflow else (*raised_biases(cell, xs, way), *shortened(cell, xs, way)),
    )


def gate_states(cell: AbstractCell, trajectory: Any) -> tuple[GateState, ...]:
    """How the gates stand; of a cell without any, how its state stands. Steps after an overflow do not count."""
    overflow = int(trajectory.overflow)
    taken = slice(overflow - 1 if overflow else None)
    if overflow == 1:
        return ()
    rows = [(gate.symbol, gate.role, gate.low, gate.high, trajectory.gates[gate.symbol]) for gate in cell.gates]
    rows = rows or [("h", "hidden state", -1.0, 1.0, trajectory.states.h)]
    found = []
    for symbol, role, low, high, values in rows:
        values = np.asarray(values, float)[taken]
        if not np.isfinite([low, high]).all() or (low < 0 and not _bounded(cell)):
            found.append(GateState(symbol, role, float(values.mean()), None, None, None, None))
            continue
        below, above = values < low + END * (high - low), values > high - END * (high - low)
        stuck = (int(end.all(axis=0).sum()) for end in (below, above))
        found.append(GateState(symbol, role, float(values.mean()), float(below.mean()), float(above.mean()), *stuck))
    return tuple(found)


def _bounded(cell: AbstractCell) -> bool:
    """Whether the state's nonlinearity has two ends at -1 and 1."""
    if not isinstance(cell.activation, Known):
        return False
    known = ACTIVATIONS[activations.name(cell.activation.position)]
    return None not in known.saturation and abs(float(known.function(-1e9)) + 1) < 1e-6


def spectra(cell: AbstractCell) -> tuple[Block, ...]:
    """Spectral radius and norm of every block of the recurrent weights."""
    W = cell.recurrent_matrix()
    if W is None:
        return ()
    found = spectrum(W)
    names = [gate.symbol for gate in cell.gates] if len(found.spectral_radius) == len(cell.gates) else []
    names = names or [cell.recurrence] * len(found.spectral_radius)
    return tuple(
        Block(name, float(radius), float(norm))
        for name, radius, norm in zip(names, found.spectral_radius, found.spectral_norm, strict=True)
    )


def way_back(curve: np.ndarray, overflow: int = 0) -> WayBack:
    """A curve of log10 norms, index 0 is step 1, in numbers."""
    found: Growth = growth(curve, last=len(curve), overflow=overflow)
    finite = np.isfinite(found.log10_ratio)
    return WayBack(
        found.kind,
        float(found.factor) if finite else None,
        float(found.log10_ratio) if finite else None,
        float(found.halving) if finite and found.log10_ratio < 0 else None,
        None if overflow else reach(curve, 0.01),
        overflow,
    )


def reach(curve: np.ndarray, share: float) -> int | None:
    """Steps back from the last one, from which on less than a share of its norm arrives; None if that is none."""
    left = np.asarray(curve)[::-1] - curve[-1]
    lag = int(np.flatnonzero(left >= np.log10(share))[-1]) + 1 if np.isfinite(curve[-1]) else 0
    return lag if lag < len(curve) else None


def in_floats(curve: np.ndarray) -> tuple[InFloat, ...]:
    """When a norm that is 1 at the last step leaves the range of each type of number."""
    import ml_dtypes

    left = np.asarray(curve)[::-1] - curve[-1]
    found = []
    for name in FLOATS:
        limits = ml_dtypes.finfo(typed(name))
        smallest, largest = (np.log10(float(limit)) for limit in (limits.smallest_subnormal, limits.max))
        alive, above = np.flatnonzero(left >= smallest), np.flatnonzero(left > largest)
        lost = int(alive[-1]) + 1 if alive.size else 0
        found.append(InFloat(name, lost if lost < len(left) else None, int(above[0]) if above.size else None))
    return tuple(found)


def keeping(cell: AbstractCell) -> tuple[Hyperparameter, np.ndarray] | None:
    """The hyperparameter that opens the gates which keep the state, and what 1 of it adds to b; None without one."""
    spec = next((each for each in cell.hyperparameters if each.leading and each.replaced_by), None)
    if spec is None:
        return None
    one, none = (type(cell).init(1, 1, key=keys.key(0), **{spec.name: value}).b for value in (1.0, 0.0))
    return spec, np.asarray(one) - np.asarray(none)


def raised_biases(cell: AbstractCell, xs: Any, way: WayBack) -> tuple[Help, ...]:
    """What more bias of the gates that keep does to the half-life."""
    found = keeping(cell)
    if found is None:
        return ()
    spec, added = found
    tried = []
    for amount in RAISED:
        changed = cell.with_weights(b=np.asarray(cell.b) + amount * added)
        after = way_back(np.asarray(backprop(changed, xs).log10_state_norm))
        longer = after.half_life is None or after.half_life > (way.half_life or 0.0)
        fades = way.kind in ("vanishing", "zero")
        helps = fades and longer and after.kind not in ("exploding", "zero")
        tried.append(Help(spec.label, amount, "half-life in steps", way.half_life, after.half_life, helps, len(xs)))
    return tuple(tried)


def shortened(cell: AbstractCell, xs: Any, way: WayBack) -> tuple[Help, ...]:
    """What truncation and clipping do to the gradient of the weights; the steps begin from zeros."""
    each = sum(getattr(cell, name).size for name in cell.weights())
    xs = xs[-max(2 * WINDOWS, MULTIPLICATIONS // each) :]
    if len(xs) < 2:
        return ()
    parts = jax.device_get(_contributions(cell, xs, named_loss(cell, len(xs), "last"), len(xs)))
    name = cell.weights()[0]
    cosine, size = np.asarray(parts.cosine[name]), np.asarray(parts.log10_truncated[name])
    total = float(parts.log10_total[name])
    if not np.isfinite(total):
        return ()
    found = []
    like = np.flatnonzero(~(cosine >= LIKE))
    kept = int(like[-1]) + 2 if like.size else 1
    if kept < len(xs):
        helps = way.kind in ("vanishing", "zero")
        found.append(
            Help(TRUNCATION, kept, "cosine to the whole gradient", 1.0, float(cosine[kept - 1]), helps, len(xs))
        )
    if way.kind == "exploding":
        bounded = np.flatnonzero(size > size[0] + 1)
        kept = int(bounded[0]) if bounded.size else len(xs)
        if 0 < kept < len(xs):
            found.append(
                Help(TRUNCATION, kept, "log10 norm of the gradient", total, float(size[kept - 1]), True, len(xs))
            )
    return (*found, *clipped(cell, xs))


def clipped(cell: AbstractCell, xs: Any) -> tuple[Help, ...]:
    """What clipping at the usual norm does to the largest: the norms are of pieces of the sequence, each from zeros."""
    length = len(xs) // WINDOWS
    if length < 2:
        return ()
    sizes, loss = [], named_loss(cell, len(xs), "last", length=length)
    for place in range(WINDOWS):
        # The piece comes first, and what follows it is not run: one program for the whole and for every piece.
        found = _contributions(cell, np.roll(xs, -place * length, axis=0), loss, length)
        logs = np.array([float(value) for value in found.log10_total.values()])
        largest = logs.max()
        sizes.append(largest + 0.5 * np.log10(np.sum(10 ** (2 * (logs - largest)))) if largest > -np.inf else -np.inf)
    usual, largest = float(np.median(sizes)), float(np.max(sizes))
    if not np.isfinite([usual, largest]).all():
        return ()
    limit = float(f"{10**usual:.2g}") if abs(usual) < 300 else None
    if not limit:
        return ()
    above = largest - np.log10(limit)
    factor, helps = float(10 ** min(above, 300)), bool(above > 1)
    return (Help(CLIPPING, limit, "largest over usual norm", factor, 1.0, helps, len(xs)),)


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {name: _plain(field) for name, field in value._asdict().items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
