"""What does it read?"""

from app import layout, sidebar
from app import widgets as stage
from app.language import _
from app.views.reading import claims as reading_scenes
from app.views.reading import parts as reading_room
from app.views.reading import verdict as reading

picture = sidebar.current()

layout.tighten()
reading_room.title(_("What does it read?"))
stage.problems()
reading_room.greeting(picture)
layout.section(
    _("What does it look at in a text?"),
    _("Press play, then click a letter. Look how far to the left its weight reaches, and where cells part."),
)
reading_room.text(picture)
layout.section(
    _("What does a unit follow?"),
    _("Move the unit: some follow spaces, some a single letter. Below, faint letters surprised the network."),
)
reading_room.units(picture)
layout.section(
    _("Five ways to feed it and to listen"),
    _("The frame marks an output; arrows show how strongly each input moves it, as a gradient."),
)
reading_room.modes(picture)
stage.scenes(reading_scenes.scenes())
stage.how_to_read(reading.marks())
