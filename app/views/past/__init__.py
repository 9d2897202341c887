"""How far back can it see? What is left at one step of the state at another, and what the weights promise."""

from app.figure import Figure, alone
from app.language import _
from app.page import Page
from app.views.past import claims, figure, numbers, sheet, verdict
from app.views.past.settings import Fields

PAGE = Page(
    title=lambda: _("How far back can it see?"),
    group="See",
    order=30,
    icon="history",
    figures={
        "survival": Figure(numbers.look_back, verdict.survival, figure.draw_survival, in_code=alone),
        "pair": Figure(numbers.look_back, verdict.pair, figure.draw_pair, in_code=alone),
        "spectra": Figure(numbers.weights_and_orbit, verdict.spectra, figure.draw_spectra, in_code=alone),
    },
    settings=Fields,
    claims=claims.claims,
    legend=verdict.legend,
    spreads=True,
    ahead=(numbers.everything,),
    sheet=sheet.sheet,
)
