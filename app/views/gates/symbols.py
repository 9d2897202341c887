"""What a named intermediate of a cell is: its gate, its name in prose, the scale of its values, its factor."""

import math

import numpy as np

from app.language import _
from cells.base import AbstractCell, Gate


def gate_of(cell_class: type[AbstractCell], name: str) -> Gate | None:
    """The gate of this symbol; None for a field of the state."""
    return next((gate for gate in cell_class.gates if gate.symbol == name), None)


def role(cell_class: type[AbstractCell], name: str) -> str:
    """Its name in prose."""
    gate = gate_of(cell_class, name)
    return _(gate.role) if gate else _("state {name}").format(name=name)


def limits(cell_class: type[AbstractCell], name: str) -> tuple[float, float]:
    """What the scale of its values shows: its range, or −1 to 1 where it has none."""
    gate = gate_of(cell_class, name)
    return (gate.low, gate.high) if gate and math.isfinite(gate.high) else (-1.0, 1.0)


def is_signed(cell_class: type[AbstractCell], name: str) -> bool:
    """Whether its values may be negative: their size is shown, not their mean."""
    return limits(cell_class, name)[0] < 0


def factor(text: str) -> str:
    """A factor as it stands behind a product sign."""
    return f"({text})" if " " in text and not text.startswith("Re ") else text


def saturates(cell_class: type[AbstractCell]) -> bool:
    """Whether any value of the cell passes a nonlinearity."""
    return cell_class.nonlinear or any(math.isfinite(gate.high) for gate in cell_class.gates)


def size(values: np.ndarray) -> np.ndarray:
    """Root mean square over the units, the last axis."""
    return np.sqrt(np.mean(np.square(values, dtype=np.float64), axis=-1)).astype(np.float32)
