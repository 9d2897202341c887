"""What fixes it?"""

from app import layout, sidebar
from app import widgets as stage
from app.language import _
from app.views.fixes import claims as fixes_scenes
from app.views.fixes import verdict as remedies

picture = sidebar.current()

layout.tighten()
layout.leave_room(65)
stage.choices(stage.title(_("What fixes it?")), *remedies.menus(picture), "axis")
stage.switches("remedies")
stage.problems()
stage.figure("fixes", picture, sliders=remedies.sliders(picture))
layout.section(
    _("Which remedy helps against what?"),
    _("Look for the bold words: few remedies help against both, and each row is one remedy alone."),
)
stage.figure("scoreboard", picture, controls=False)
layout.section(
    _("What do the remedies of training change?"),
    _("Look at the cosine: clipping by norm keeps the direction of the update, clipping by value turns it."),
)
stage.figure("training", picture, controls=False)
layout.section(_("What surprises?"), _("Each card can be checked with the switches above."))
layout.cards(remedies.cards())
stage.scenes(fixes_scenes.scenes())
stage.how_to_read(remedies.marks())
