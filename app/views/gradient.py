"""Where does the gradient go?"""

from app import front_room, layout, scenes, sidebar, stage
from app.words import _

picture = sidebar.current()

layout.tighten()
front_room.title(picture, _("Where does the gradient go?"))
stage.problems()
stage.figure("gradient", picture)
front_room.weights(picture)
stage.scenes(scenes.scenes())
stage.how_to_read(front_room.marks(picture))
