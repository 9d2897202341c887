"""What the page of training adds to the address."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from app.views.learning.terms import Terms, read_kept
from cells.fields import declared
from cells.training.tasks import MAX_LAG, MAX_LENGTH, TASKS

RUNS = r"[\w.=&,%+~-]*"
"""What the text of the runs kept is made of."""


def of_terms(name: str) -> Any:
    """A field of the terms, declared once more: what it is for the runs that are not kept."""
    mine = Terms.__dataclass_fields__[name]
    return dataclasses.field(default=mine.default, metadata=mine.metadata)


def known(kept: str) -> str:
    """The text of the runs kept, if it can be read."""
    read_kept(kept)
    return kept


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What is learned and how, and how much of it is shown.

    Attributes:
        updates: updates of training that are shown, in whole chunks; see `app.live.player`.
        task, task_length, lag: what is learned; the lag matters to some tasks only.
        train_rate, train_clip, optimiser, truncate: how, for the runs that are not kept; see `terms`.
        kept: runs with settings of their own, drawn beside them; see `terms.read_kept`.
        generations: generations of the search that are shown.
    """

    updates: int = declared(500, "whole", "updates shown", 0, 10_000)
    task: str = declared("adding", "choice", "task", choices=lambda: {name: row.label for name, row in TASKS.items()})
    task_length: int = declared(50, "whole", "length T (steps)", 10, MAX_LENGTH)
    lag: int = declared(20, "whole", "lag (steps)", 1, MAX_LAG)
    train_rate: float = of_terms("train_rate")
    train_clip: float = of_terms("train_clip")
    optimiser: str = of_terms("optimiser")
    truncate: int = of_terms("truncate")
    kept: str = declared(
        "",
        "text",
        "runs kept",
        0,
        2000,
        help="runs joined by ~",
        pattern=RUNS,
        check=known,
        example="kept=cell%3Dlstm",
    )
    generations: int = declared(0, "whole", "generations shown", 0, 40)
