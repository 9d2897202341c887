"""What does the model say? Every equation of the laboratory, what is drawn and how, and what is left out."""

from app.figure import Figure, alone
from app.language import _
from app.numbers import flow
from app.page import Page
from app.views.model import figure, numbers, sheet, verdict

PAGE = Page(
    title=lambda: _("What does the model say?"),
    group="Understand",
    order=80,
    icon="function",
    figures={"model": Figure(numbers.model, verdict.model, figure.model, in_code=alone)},
    legend=verdict.legend,
    ahead=(flow,),
    sheet=sheet.sheet,
)
