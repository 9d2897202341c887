"""What the first page adds to the address."""

from dataclasses import dataclass

from cells.fields import declared


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The page's field.

    Attributes:
        theory: whether theory's lines stand beside the curves.
    """

    theory: bool = declared(False, "switch", "theory’s lines", help="What theory says of the factor per step.")
