"""What does backpropagation through time add up? Each step's own gradient of the weights, their sum, a few updates."""

from app.figure import Figure, alone
from app.language import _
from app.page import Page
from app.views.bptt import claims, figure, numbers, settings, sheet, verdict

PAGE = Page(
    title=lambda: _("What does backpropagation through time add up?"),
    menu=lambda: _("What does BPTT add up?"),
    group="Understand",
    order=50,
    icon="functions",
    figures={
        "parts": Figure(numbers.added, verdict.added, figure.added, measures=numbers.measures, in_code=alone),
        "shares": Figure(numbers.by_gain, verdict.by_gain, figure.by_gain),
        "walks": Figure(numbers.descents, verdict.descents, figure.descents),
    },
    settings=settings.Fields,
    claims=claims.claims,
    legend=verdict.legend,
    ahead=(numbers.parts, numbers.walks),
    sheet=sheet.sheet,
)
