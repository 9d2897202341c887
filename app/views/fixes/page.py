"""What fixes it?"""

from app import sidebar, widgets
from app.language import _
from app.views.fixes import PAGE
from app.views.fixes.claims import cards
from app.views.fixes.settings import menus, sliders

settings = sidebar.current()

widgets.title(PAGE, *menus(settings), "axis")
widgets.leave_room(65)
widgets.switches("remedies")
widgets.figure("fixes", settings, sliders=sliders(settings))
widgets.section(
    _("Which remedy helps against what?"),
    _("Look for the bold words: few remedies help against both, and each row is one remedy alone."),
)
widgets.figure("scoreboard", settings, top=False)
widgets.section(
    _("What do the remedies of training change?"),
    _(
        "Look at the cosine: clipping by norm keeps the direction of the update, clipping by value turns it. Then, on "
        "the right below, at what the updates make of the gradient's factor a step."
    ),
)
widgets.figure("training", settings, top=False)
widgets.section(_("What surprises?"), _("Each card can be checked with the switches above."))
widgets.cards(cards())
widgets.claims(PAGE)
widgets.legend(PAGE, settings)
