"""Every cell side by side, counted from its class."""

from typing import NamedTuple

from app.language import _
from cells import all_cells
from cells.analyses.size import Count, multiplications_per_step, parameters, parameters_with_two_biases


class Row(NamedTuple):
    """A cell.

    Attributes:
        cell: its name on the screen.
        states: fields of its state.
        gates: symbols of its gates and candidates.
        recurrence: name of the matrix that takes the old state to the new one; "" if there is none.
        direct: {field of the state: what multiplies it on its direct path}.
        parameters: with one bias a gate.
        two_biases: as PyTorch counts them.
        multiplications: of one step.
    """

    cell: str
    states: tuple[str, ...]
    gates: tuple[str, ...]
    recurrence: str
    direct: dict[str, str]
    parameters: Count
    two_biases: Count
    multiplications: Count


def rows(input_size: int, hidden_size: int) -> tuple[Row, ...]:
    """Every cell of the zoo in menu order, at this size."""
    return tuple(
        Row(
            cell.label,
            cell.State._fields,
            tuple(gate.symbol for gate in cell.gates),
            cell.recurrence,
            cell.direct,
            *(count(cell, input_size, hidden_size) for count in COUNTS),
        )
        for cell in all_cells().values()
    )


COUNTS = (parameters, parameters_with_two_biases, multiplications_per_step)


def columns(input_size: int, hidden_size: int) -> dict[str, list[str]]:
    """The rows as columns of a table, by their headings."""
    found = rows(input_size, hidden_size)
    none = "–"
    return {
        _("cell"): [row.cell for row in found],
        _("state"): [", ".join(row.states) for row in found],
        _("gates"): [" ".join(row.gates) or none for row in found],
        _("recurrent"): [row.recurrence or none for row in found],
        _("direct path"): [_direct(row.direct) or none for row in found],
        _("parameters"): [_said(row.parameters) for row in found],
        _("two biases, as PyTorch"): [_said(row.two_biases) for row in found],
        _("multiplications a step"): [_said(row.multiplications) for row in found],
    }


def _said(count: Count) -> str:
    return f"{count.formula} = {count.number:,}".replace(",", "\u202f")


def _direct(direct: dict[str, str]) -> str:
    return ", ".join(f"{field}: {factor}" for field, factor in direct.items())
