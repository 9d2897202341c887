"""What about my model? A recurrent network out of a weight file, and how its gradient behaves."""

from app.figure import Figure
from app.language import _
from app.page import Page
from app.views.mine import claims, figure, numbers, sheet, verdict
from app.views.mine.settings import Fields

PAGE = Page(
    title=lambda: _("What about my model?"),
    group="Build",
    order=95,
    icon="upload_file",
    figures={
        "mine": Figure(numbers.mine, verdict.mine, figure.mine, runs=lambda settings: [], measures=numbers.measures)
    },
    settings=Fields,
    claims=claims.claims,
    legend=verdict.legend,
    needs_experiment=False,
    sheet=sheet.sheet,
)
