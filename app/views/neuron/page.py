"""Why does one neuron vanish or explode?"""

from app import sidebar, widgets
from app.language import _
from app.views.neuron import PAGE

settings = sidebar.current()

widgets.title(PAGE, "axis")
widgets.figure(
    "neuron",
    settings,
    experiment=False,
    sliders=("neuron_w", "neuron_b", "neuron_start", "neuron_steps", "pulse", "pulse_step"),
    picks={"x": "neuron_start"},
)
widgets.section(
    _("Which states are there to go to?"),
    _(
        "Look where one stable branch becomes two, and where the factor touches 1. "
        "Press on the plane to choose w and b."
    ),
)
widgets.figure("bifurcation", settings, top=False, picks={"x": "neuron_w", "y": "neuron_b"})
widgets.section(
    _("What happens exactly at the edge?"),
    _("Look for the straight line: on the left it is a power law, on the right it would be an exponential."),
)
widgets.figure("critical", settings, top=False)
widgets.section(
    _("Can a neuron hold a bit and still learn?"),
    _("Follow the last curve: the more disturbance the bit withstands, the less of a gradient is left."),
)
widgets.figure("latch", settings, top=False)
widgets.section(
    _("What does it change that the weight is the same at every step?"),
    _("Compare the two fans: one weight spreads them as t, a new weight at every step only as the root of t."),
)
widgets.figure("draws", settings, top=False, sliders=("draws_spread",))
widgets.section(
    _("What does each activation cost?"),
    _("Look at the slope away from 0, then at the bars: a largest slope of 1 does not carry a gradient."),
)
widgets.figure("zoo", settings, top=False)
widgets.section(
    _("Why does training jump off a cliff?"),
    _("Press on the map to choose a start. Look where a walk meets the dashed line, and where it is thrown."),
)
widgets.figure(
    "surface",
    settings,
    top=False,
    sliders=("descent_w", "descent_b", "descent_rate", "descent_clip"),
    picks={"x": "descent_w", "y": "descent_b"},
)
widgets.claims(PAGE)
widgets.legend(PAGE, settings)
