"""What if cells are wired together?"""

from app import layout, sidebar
from app import widgets as stage
from app.language import _
from app.live import player
from app.views.wiring import claims as wiring_scenes
from app.views.wiring import learned
from app.views.wiring import verdict as wiring

picture = sidebar.current()

layout.tighten()
stage.choices(stage.title(_("What if cells are wired together?")), "wiring", "axis")
stage.problems()
stage.figure("wired", picture, sliders=("wired_layers", "wired_step"))
layout.section(
    _("How far is it from an input to the output?"),
    _("Look below at the layers on the way, then above at what is left of the gradient at their end."),
)
stage.figure("reach", picture, controls=False, more=stage.LAZY)
layout.section(
    _("What does a reader of one direction miss?"),
    _(
        "Press play. How many stands before the gap, which animal after it: look at where the one-sided losses stop, "
        "and at the words that their gradient never reaches."
    ),
)
stage.figure(
    "gap",
    picture,
    controls=False,
    sliders=("gap_distance",),
    more=player.controls(picture, stop=300, field="gap_updates") | stage.LAZY,
)
layout.section(
    _("How much of a curve fits through a bottleneck?"),
    _("Press play, then narrow the bottleneck: every size is a network of its own. Below the curve: what it looks at."),
)
stage.inputs("curve", *learned.texts_of_curve(picture))
stage.figure(
    "code",
    picture,
    controls=False,
    sliders=("bottleneck", *learned.sliders_of_curve(picture)),
    more=player.controls(picture, stop=1000, field="code_updates") | stage.LAZY,
)
layout.section(
    _("Can it write a string backwards?"),
    _("Press play: the same two cells learn with attention and without. A good map is a diagonal from top right."),
)
stage.inputs("word")
stage.figure(
    "reverse",
    picture,
    controls=False,
    sliders=("word_length", "written_letter"),
    more=player.controls(picture, stop=800, field="reverse_updates") | stage.LAZY,
)
layout.section(
    _("Which way does its gradient take?"),
    _("For one letter written: compare the short cut, one layer long, with the long way through both cells."),
)
stage.figure("ways", picture, controls=False, more=player.follows("reverse_updates") | stage.LAZY)
layout.section(
    _("What does a convolution see, and what does the cell behind it keep?"),
    _("Press play: it learns to say next year's sunspots. Look at which filter answers to a rise, and how far back."),
)
stage.figure(
    "forecast",
    picture,
    controls=False,
    more=player.controls(picture, stop=300, field="forecast_updates") | stage.LAZY,
)
layout.section(
    _("What if every layer had weights of its own?"),
    _("A deep feed-forward network is a recurrent one with new weights at every step: compare how the seeds spread."),
)
stage.figure("depth", picture, controls=False, more=stage.LAZY)
stage.scenes(wiring_scenes.scenes())
stage.how_to_read(wiring.marks())
