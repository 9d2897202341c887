"""Why does one neuron vanish or explode?"""

from app import layout, sidebar
from app import widgets as stage
from app.language import _
from app.views.neuron import claims as neuron_scenes
from app.views.neuron import verdict as neuron

picture = sidebar.current()

layout.tighten()
stage.choices(stage.title(_("Why does one neuron vanish or explode?")), "axis")
stage.problems()
stage.figure(
    "neuron",
    picture,
    experiment=False,
    sliders=("neuron_w", "neuron_b", "neuron_start", "neuron_steps", "pulse", "pulse_step"),
    picks={"x": "neuron_start"},
)
layout.section(
    _("Which states are there to go to?"),
    _(
        "Look where one stable branch becomes two, and where the factor touches 1. "
        "Press on the plane to choose w and b."
    ),
)
stage.figure("bifurcation", picture, controls=False, picks={"x": "neuron_w", "y": "neuron_b"})
layout.section(
    _("What happens exactly at the edge?"),
    _("Look for the straight line: on the left it is a power law, on the right it would be an exponential."),
)
stage.figure("critical", picture, controls=False)
layout.section(
    _("Can a neuron hold a bit and still learn?"),
    _("Follow the last curve: the more disturbance the bit withstands, the less of a gradient is left."),
)
stage.figure("latch", picture, controls=False)
layout.section(
    _("What does it change that the weight is the same at every step?"),
    _("Compare the two fans: one weight spreads them as t, a new weight at every step only as the root of t."),
)
stage.figure("draws", picture, controls=False, sliders=("draws_spread",))
layout.section(
    _("What does each activation cost?"),
    _("Look at the slope away from 0, then at the bars: a largest slope of 1 does not carry a gradient."),
)
stage.figure("zoo", picture, controls=False)
layout.section(
    _("Why does training jump off a cliff?"),
    _("Press on the map to choose a start. Look where a walk meets the dashed line, and where it is thrown."),
)
stage.figure(
    "surface",
    picture,
    controls=False,
    sliders=("descent_w", "descent_b", "descent_rate", "descent_clip"),
    picks={"x": "descent_w", "y": "descent_b"},
)
stage.scenes(neuron_scenes.scenes())
stage.how_to_read(neuron.marks())
