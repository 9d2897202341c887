"""Can it learn to remember?"""

from app import layout, sidebar
from app import widgets as stage
from app.language import _
from app.views.learning import claims as learning_scenes
from app.views.learning import parts as learning_room

picture = sidebar.current()

layout.tighten()
learning_room.title(picture, _("Can it learn to remember?"))
stage.problems()
learning_room.hero(picture)
layout.section(_("Which runs are known to work?"), _("One click each; a card counts the seeds it names."))
stage.cards(learning_scenes.cards(), "demos")
layout.section(
    _("How large is the gradient, and what does clipping make of it?"),
    _("Look where the pale line leaves the other: there clipping had something to do."),
)
learning_room.lower("gradient_norms", picture)
layout.section(
    _("Does it build a highway?"),
    _("Look at the product: training brings one unit's gate near 1, though the mean over units may fall."),
)
learning_room.lower("learned_gates", picture)
layout.section(
    _("Does the gradient before training tell who will succeed?"),
    _("Each mark is a run. On recall first, what is far to the left is not learned; on adding, gates open in time."),
)
learning_room.lower("tried", picture)
layout.section(
    _("Which settings learn fastest?"),
    _("A genetic search over learning rate, size, gate bias, clipping and initialisation of the sidebar's cell."),
)
learning_room.search(picture)
stage.how_to_read(learning_room.marks())
