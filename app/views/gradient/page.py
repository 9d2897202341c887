"""Where does the gradient go?"""

from app import layout, sidebar
from app import widgets as stage
from app.language import _
from app.views.gradient import claims as scenes
from app.views.gradient import parts as front_room

picture = sidebar.current()

layout.tighten()
front_room.title(picture, _("Where does the gradient go?"))
stage.problems()
stage.figure("gradient", picture)
front_room.weights(picture)
stage.scenes(scenes.scenes())
stage.how_to_read(front_room.marks(picture))
