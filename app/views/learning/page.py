"""Can it learn to remember?"""

from app import sidebar
from app import widgets as page
from app.language import _
from app.live import player
from app.page import claims_of
from app.views.learning import PAGE, widgets

settings = sidebar.current()

widgets.title(PAGE, settings)
page.figure(
    "learning",
    settings,
    sliders=widgets.sliders(settings),
    without=("length",),
    more=player.controls(settings, stop=1500),
)
page.counted(
    _("Which runs are known to work?"), _("One click each; a card counts the seeds it names."), claims_of(PAGE)
)
page.section(
    _("How large is the gradient, and what does clipping make of it?"),
    _("Look where the pale line leaves the other: there clipping had something to do."),
)
page.figure("gradient_norms", settings, top=False, more=player.follows())
page.section(
    _("Does it build a highway?"),
    _("Look at the product: training brings one unit's gate near 1, though the mean over units may fall."),
)
page.figure("learned_gates", settings, top=False, more=player.follows())
page.section(
    _("Does the gradient before training tell who will succeed?"),
    _("Each mark is a run. On recall first, what is far to the left is not learned; on adding, gates open in time."),
)
page.figure("tried", settings, top=False, more=player.follows())
page.section(
    _("Which settings learn fastest?"),
    _("A genetic search over learning rate, size, gate bias, clipping and initialisation of the sidebar's cell."),
)
generations = player.controls(settings, stop=8, field="generations", unit=_("generations"))
page.figure("search", settings, top=False, more=generations)
page.legend(PAGE, settings)
