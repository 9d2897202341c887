"""What does backpropagation through time add up?"""

from app import layout, sidebar
from app import widgets as stage
from app.language import _
from app.views.bptt import claims as bptt_scenes
from app.views.bptt import verdict as bptt

picture = sidebar.current()

layout.tighten()
stage.choices(stage.title(_("What does backpropagation through time add up?")), "weights", "axis")
stage.problems()
stage.figure("parts", picture, sliders=("window",))
layout.formula(
    bptt.FORMULA,
    _("Red: the loss. Blue: the way back, the only part that vanishes or explodes. Violet: the step's own share."),
)
layout.section(
    _("Who carries the sum?"),
    _("Look at the left for who carries it, at the right for what a meter of the whole gradient would show."),
)
stage.figure("shares", picture, controls=False)
layout.section(
    _("Why does the loss jump?"),
    _("Raise the learning rate until the walk without clipping jumps, then look at the gradient just before."),
)
stage.figure("walks", picture, controls=False, sliders=("learning_rate", "clip"))
stage.scenes(bptt_scenes.scenes())
stage.how_to_read(bptt.marks())
