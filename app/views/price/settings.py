"""What this page adds to the address: how long the unit remembers, and how alike neighbouring inputs are."""

from dataclasses import dataclass

from cells.fields import declared

LONGEST = 10_000.0
"""Longest memory, steps: lambda = 0.9999."""


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The page's fields.

    Attributes:
        price_memory: 1 / (1 - lambda), steps; on a slider it spaces 1 - lambda evenly in its logarithm.
        price_correlation: correlation of an input with the one before.
    """

    price_memory: float = declared(
        100.0,
        "number",
        "memory 1 / (1 − λ) (steps)",
        1.0,
        LONGEST,
        log=True,
        help="10 is λ = 0.9, 100 is 0.99, 1000 is 0.999.",
    )
    price_correlation: float = declared(0.9, "number", "correlation r", -0.95, 0.95)
