"""What does each gate do? A cell drawn from its own step, its values and gradients, and what becomes of them."""

from app.figure import Companion, Figure
from app.language import _
from app.page import Page
from app.views.gates import claims, diagram, figure, numbers, panels, settings, sheet, verdict

PAGE = Page(
    title=lambda: _("What does each gate do?"),
    group="See",
    order=20,
    icon="tune",
    figures={
        "gates": Figure(
            numbers.gates,
            verdict.gates,
            figure.gates,
            extra=diagram.extra,
            script="cell.js",
            measures=numbers.measures,
            companion=Companion("drawn.js", diagram.texts),
            in_code=numbers.untouched,
        ),
        "highway": Figure(
            numbers.gates, verdict.gates, panels.highway_alone, measures=numbers.measures, in_code=numbers.untouched
        ),
    },
    settings=settings.Fields,
    claims=claims.claims,
    legend=verdict.legend,
    ahead=(numbers.inside,),
    sheet=sheet.sheet,
)
