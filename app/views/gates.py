"""What does each gate do?"""

from app import gate_room, gate_scenes, layout, sidebar, stage
from app.words import _

picture = sidebar.current()

layout.tighten()
stage.choices(stage.title(_("What does each gate do?")), "axis")
stage.problems()
gate_room.cell(picture)
gate_room.equations(picture)
gate_room.table(picture)
stage.scenes(gate_scenes.scenes())
stage.how_to_read(gate_room.marks())
