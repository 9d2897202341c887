"""What do the words mean? A glossary of every symbol and term on the screen, each with a live example."""

from app.figure import Figure
from app.language import _
from app.page import Page
from app.views.words import figure, numbers, sheet, verdict
from app.views.words.settings import Fields

PAGE = Page(
    title=lambda: _("What do the words mean?"),
    group="Understand",
    order=70,
    icon="dictionary",
    figures={"word": Figure(numbers.example, verdict.word, figure.draw, runs=lambda settings: [])},
    settings=Fields,
    legend=verdict.legend,
    needs_experiment=False,
    sheet=sheet.sheet,
)
