"""What the page of gates adds to the address: what is held and blocked, where the cursor stands, the order of units."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from app.settings import Settings
from cells import all_cells
from cells.experiment import BUCKETS
from cells.fields import declared
from cells.remedies.stacked import MAX_LAYERS, stacked

HOLDS = r"([a-zA-Z][a-zA-Z0-9]{0,7}_-?\d{1,2}(\.\d{1,4})?_\d{1,4}_\d{1,4}(~(?=.)|$))*"
NAMES = r"([a-zA-Z][a-zA-Z0-9]{0,7}(~(?=.)|$))*"


class Hold(NamedTuple):
    """A named intermediate held at a value from step `first` to step `last`, both included, counted from 1."""

    name: str
    value: float
    first: int
    last: int


class Operations(NamedTuple):
    """What is done to a cell: held values, and names that let no gradient through."""

    holds: tuple[Hold, ...] = ()
    blocked: tuple[str, ...] = ()


def longest(written: Callable[[str], str]) -> int:
    """Characters that every name of the largest cell needs."""
    largest = [stacked(cell, MAX_LAYERS).intermediates() for cell in all_cells().values()]
    return max(len("~".join(map(written, names))) for names in largest)


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The page's own fields.

    Attributes:
        hold: values that are held, see `operations`; names that the cell does not have do nothing.
        blocked: named intermediates that let no gradient through.
        at: step where the cursor stands when the page opens.
        ordered: whether the rows of the maps are ordered so that neighbours resemble each other.
    """

    hold: str = declared(
        "",
        "text",
        "held",
        0,
        longest(lambda name: f"{name}_-99.9999_9999_9999"),
        help="gate_value_first_last, joined by ~",
        pattern=HOLDS,
        example="cell=lstm&hold=f_0_50_60",
    )
    blocked: str = declared(
        "",
        "text",
        "blocked",
        0,
        longest(str),
        help="names, joined by ~",
        pattern=NAMES,
        example="cell=lstm&blocked=i~g~o",
    )
    at: int = declared(BUCKETS[-1], "whole", "step t", 1, BUCKETS[-1], unit="step")
    ordered: bool = declared(False, "switch", "neighbours alike")


def operations(settings: Settings) -> Operations:
    """What is held and blocked, of what the cell has."""
    names = settings.experiment.cell_class.intermediates()
    parts = (part.split("_") for part in settings.hold.split("~") if part)
    holds = {name: Hold(name, float(value), int(first), int(last)) for name, value, first, last in parts}
    blocked = settings.blocked.split("~")
    return Operations(
        tuple(hold for name, hold in holds.items() if name in names), tuple(name for name in names if name in blocked)
    )


def held(settings: Settings) -> list[Hold]:
    """What is held at some step of the sequence, from the first to the last step at which it is."""
    length = settings.experiment.length
    clipped = (
        hold._replace(first=max(hold.first, 1), last=min(hold.last, length)) for hold in operations(settings).holds
    )
    return [hold for hold in clipped if hold.first <= hold.last]
