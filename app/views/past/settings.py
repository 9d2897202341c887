"""What this page adds to the address: a block of the state and two steps."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.language import _
from cells import all_cells
from cells.experiment import BUCKETS
from cells.fields import declared

if TYPE_CHECKING:
    from app.settings import Settings

WHOLE = "all"
"""Name of the whole state among its blocks."""


def blocks() -> dict[str, str]:
    """{name: label} of the parts of a state that any cell has."""
    fields = dict.fromkeys(field for cell in all_cells().values() for field in cell.State._fields)
    return {WHOLE: _("whole state")} | {field: _("{field} to {field}").format(field=field) for field in fields}


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The page's fields.

    Attributes:
        block: part of the state whose survival is shown; where the cell has no such part, it is the whole state.
        earlier: step k.
        later: step t; which of the two is the earlier one decides itself.
    """

    block: str = declared(WHOLE, "choice", "state", choices=blocks)
    earlier: int = declared(1, "whole", "from step k", 1, BUCKETS[-1], unit="step")
    later: int = declared(BUCKETS[-1], "whole", "to step t", 1, BUCKETS[-1], unit="step")


def chosen_steps(settings: "Settings") -> tuple[int, int]:
    """Steps k and t, inside the sequence and in order."""
    earlier, later = settings.step("earlier"), settings.step("later")
    return min(earlier, later), max(earlier, later)


def chosen_block(settings: "Settings") -> str:
    """The part of the state that is shown, of those that the cell has."""
    return settings.block if settings.block in settings.experiment.cell_class.State._fields else WHOLE
