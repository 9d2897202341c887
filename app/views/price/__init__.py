"""Is carrying the gradient enough? Nothing explodes backward, and yet a parameter moves the state."""

from app.figure import Figure
from app.language import _
from app.page import Page
from app.views.price import claims, figure, numbers, sheet, verdict
from app.views.price.settings import Fields

PAGE = Page(
    title=lambda: _("Is carrying the gradient enough?"),
    menu=lambda: _("Is carrying it enough?"),
    group="Understand",
    order=55,
    icon="balance",
    figures={
        "price": Figure(numbers.price, verdict.price, figure.draw_price, measures=numbers.measures),
        "price_correlated": Figure(numbers.correlated, verdict.correlated, figure.draw_correlated),
        "price_cells": Figure(numbers.real, verdict.real, figure.draw_real),
    },
    settings=Fields,
    claims=claims.claims,
    legend=verdict.legend,
    needs_experiment=False,
    sheet=sheet.sheet,
)
