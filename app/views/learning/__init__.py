"""Can it learn to remember? Training as it goes, run beside run."""

from app.figure import Figure
from app.language import _
from app.live import player
from app.page import Page
from app.views.learning import claims, figure, numbers, search, sheet, verdict
from app.views.learning.settings import Fields

PAGE = Page(
    title=lambda: _("Can it learn to remember?"),
    group="Train",
    order=70,
    icon="model_training",
    figures={
        "learning": Figure(
            numbers.learned,
            verdict.learning,
            figure.draw_learning,
            extra=player.extra,
            runs=lambda settings: settings.runs,
            measures=numbers.measures,
        ),
        "gradient_norms": Figure(
            numbers.learned, verdict.gradient_norms, figure.draw_gradient_norms, measures=numbers.measures
        ),
        "learned_gates": Figure(
            numbers.learned, verdict.learned_gates, figure.draw_learned_gates, measures=numbers.measures
        ),
        "tried": Figure(numbers.tried, verdict.tried, figure.draw_tried),
        "search": Figure(search.searched, verdict.search, figure.draw_search, extra=player.extra),
    },
    settings=Fields,
    claims=claims.claims,
    legend=verdict.legend,
    sheet=sheet.sheet,
)
