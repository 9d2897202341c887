"""Why does one neuron vanish or explode? All that can be known of h = φ(w h + b), and what it means for a gradient."""

from app.figure import Figure
from app.language import _
from app.page import Page
from app.views.neuron import claims, figure, numbers, sheet, verdict
from app.views.neuron.settings import Fields

PAGE = Page(
    title=lambda: _("Why does one neuron vanish or explode?"),
    menu=lambda: _("Why does a neuron vanish?"),
    group="Understand",
    order=40,
    icon="adjust",
    figures={
        "neuron": Figure(numbers.neuron, verdict.neuron, figure.draw_neuron, measures=numbers.measures),
        "bifurcation": Figure(numbers.bifurcation, verdict.bifurcation, figure.draw_bifurcation),
        "critical": Figure(numbers.critical, verdict.critical, figure.draw_critical),
        "latch": Figure(numbers.latch, verdict.latch, figure.draw_latch),
        "draws": Figure(numbers.draws, verdict.draws, figure.draw_draws, measures=numbers.measures_of_draws),
        "zoo": Figure(numbers.zoo, verdict.zoo, figure.draw_zoo),
        "surface": Figure(numbers.surface, verdict.surface, figure.draw_surface, measures=numbers.measures_of_surface),
    },
    settings=Fields,
    claims=claims.claims,
    legend=verdict.legend,
    sheet=sheet.sheet,
)
