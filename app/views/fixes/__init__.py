"""What fixes it? Remedies against vanishing and exploding gradients, one by one and together."""

from app.figure import Figure
from app.language import _
from app.page import Page
from app.views.fixes import claims, figure, numbers, sheet, verdict
from app.views.fixes.settings import Fields

PAGE = Page(
    title=lambda: _("What fixes it?"),
    group="Understand",
    order=60,
    icon="healing",
    settings=Fields,
    figures={
        "fixes": Figure(numbers.fixes, verdict.fixes, figure.draw_fixes, runs=numbers.runs),
        "scoreboard": Figure(numbers.scoreboard, verdict.scoreboard, figure.draw_scoreboard, runs=numbers.runs),
        "training": Figure(numbers.training, verdict.training, figure.draw_training, runs=numbers.runs),
    },
    claims=claims.claims,
    legend=verdict.legend,
    spreads=True,
    ahead=(numbers.flow,),
    sheet=sheet.sheet,
)
