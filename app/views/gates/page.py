"""What does each gate do?"""

from app import layout, sidebar
from app import widgets as stage
from app.language import _
from app.views.gates import claims as gate_scenes
from app.views.gates import parts as gate_room

picture = sidebar.current()

layout.tighten()
stage.choices(stage.title(_("What does each gate do?")), "axis")
stage.problems()
gate_room.cell(picture)
gate_room.equations(picture)
gate_room.table(picture)
stage.scenes(gate_scenes.scenes())
stage.how_to_read(gate_room.marks())
