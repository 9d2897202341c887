"""What can you predict? Lessons that ask before they show."""

from app.figure import Figure
from app.language import _
from app.page import Page
from app.views.lessons import figure, numbers, sheet, verdict
from app.views.lessons.settings import Fields

PAGE = Page(
    title=lambda: _("What can you predict?"),
    menu=lambda: _("Lessons"),
    group="Learn",
    order=35,
    icon="school",
    figures={
        "step": Figure(
            numbers.told,
            verdict.lesson,
            figure.draw,
            extra=verdict.extra,
            runs=lambda settings: [],
            script="lesson.js",
        )
    },
    settings=Fields,
    legend=verdict.legend,
    needs_experiment=False,
    sheet=sheet.sheet,
)
