"""Are the notes right? Sentences that lecture notes repeat, each tried on networks over several seeds."""

from app.figure import Figure
from app.language import _
from app.page import Page
from app.views.notes import figure, numbers, sheet, verdict
from app.views.notes.settings import Fields

PAGE = Page(
    title=lambda: _("Are the notes right?"),
    group="Understand",
    order=60,
    icon="fact_check",
    figures={
        "notes": Figure(
            numbers.notes,
            verdict.notes,
            figure.draw,
            extra=verdict.extra,
            runs=lambda settings: [],
            script="notes.js",
        )
    },
    settings=Fields,
    legend=verdict.legend,
    needs_experiment=False,
    sheet=sheet.sheet,
)
