"""Where does the gradient go? Its size at every step, for several cells on one input."""

from app.figure import Figure, alone
from app.language import _
from app.numbers import flow
from app.page import Page
from app.views.gradient import claims, figure, numbers, sheet, verdict
from app.views.gradient.settings import Fields

PAGE = Page(
    title=lambda: _("Where does the gradient go?"),
    group="See",
    order=10,
    icon="timeline",
    figures={
        "gradient": Figure(
            numbers.gradients,
            verdict.gradient,
            figure.gradient,
            extra=verdict.extra,
            runs=lambda settings: settings.runs,
            in_code=alone,
            script="start.js",
            measures=numbers.measures,
        )
    },
    settings=Fields,
    claims=claims.claims,
    legend=verdict.legend,
    spreads=True,
    ahead=(flow,),
    sheet=sheet.sheet,
)
