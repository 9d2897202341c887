"""What if cells are wired together? In layers and both directions at once, and what such networks learn."""

from app.figure import Figure
from app.language import _
from app.live import player
from app.page import Page
from app.settings import Settings
from app.views.wiring import claims, numbers, sheet, trained, verdict
from app.views.wiring.figures import learned, wired
from app.views.wiring.settings import Fields
from cells.experiment import Experiment


def runs(settings: Settings) -> list[Experiment]:
    """The experiment whose sliders stand beside the figures."""
    return [numbers.base(settings)]


PAGE = Page(
    title=lambda: _("What if cells are wired together?"),
    menu=lambda: _("What if cells are wired?"),
    group="Build",
    order=90,
    icon="device_hub",
    settings=Fields,
    figures={
        "wired": Figure(numbers.wired, verdict.wired, wired.draw_wired, runs=runs, measures=numbers.measures),
        "reach": Figure(numbers.reach, verdict.reach, wired.draw_reach, runs=runs, measures=numbers.measures_of_reach),
        "depth": Figure(numbers.depth, verdict.depth, wired.draw_depth, runs=runs),
        "gap": Figure(trained.gap, verdict.gap, learned.draw_gap, player.extra, runs, measures=trained.measures_of_gap),
        "code": Figure(trained.code, verdict.code, learned.draw_code, player.extra, runs),
        "reverse": Figure(
            trained.reverse,
            verdict.reverse,
            learned.draw_reverse,
            player.extra,
            runs,
            measures=trained.measures_of_reverse,
        ),
        "ways": Figure(
            trained.reverse, verdict.ways, learned.draw_ways, runs=runs, measures=trained.measures_of_reverse
        ),
        "forecast": Figure(trained.forecast, verdict.forecast, learned.draw_forecast, player.extra, runs),
    },
    claims=claims.claims,
    legend=verdict.legend,
    sheet=sheet.sheet,
)
