"""For teachers: a trained network out of a file."""

from app.language import _
from app.sheet import Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_("Diagnose a recurrent network by its weights alone: what it is, how far back it sees, what would help."),
        questions=(),
        simplifies=(_("x."),),
    )
