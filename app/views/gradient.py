"""Where does the gradient go?"""

from app import front_room, layout, sidebar
from app.words import _

picture = sidebar.current()

layout.tighten()
front_room.title(picture, _("Where does the gradient go?"))
front_room.problems()
front_room.hero(picture)
front_room.weights(picture)
front_room.scenes()
front_room.how_to_read()
