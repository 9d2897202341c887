"""What if cells are wired together?"""

from app import sidebar, widgets
from app.language import _
from app.live import player
from app.views.wiring import PAGE
from app.views.wiring.settings import curve_inputs, curve_sliders

settings = sidebar.current()

widgets.title(PAGE, "wiring", "axis")
widgets.figure("wired", settings, sliders=("wired_layers", "wired_step"))
widgets.section(
    _("How far is it from an input to the output?"),
    _("Look below at the layers on the way, then above at what is left of the gradient at their end."),
)
widgets.figure("reach", settings, top=False, more=widgets.LAZY)
widgets.section(
    _("What does a reader of one direction miss?"),
    _(
        "Press play. How many stands before the gap, which animal after it: look at where the one-sided losses stop, "
        "and at the words that their gradient never reaches."
    ),
)
widgets.figure(
    "gap",
    settings,
    top=False,
    sliders=("gap_distance",),
    more=player.controls(settings, stop=300, field="gap_updates") | widgets.LAZY,
)
widgets.section(
    _("How much of a curve fits through a bottleneck?"),
    _("Press play, then narrow the bottleneck: every size is a network of its own. Below the curve: what it looks at."),
)
widgets.inputs(*curve_inputs(settings))
widgets.figure(
    "code",
    settings,
    top=False,
    sliders=("bottleneck", *curve_sliders(settings)),
    more=player.controls(settings, stop=1000, field="code_updates") | widgets.LAZY,
)
widgets.section(
    _("Can it write a string backwards?"),
    _("Press play: the same two cells learn with attention and without. A good map is a diagonal from top right."),
)
widgets.inputs("word")
widgets.figure(
    "reverse",
    settings,
    top=False,
    sliders=("word_length", "written_letter"),
    more=player.controls(settings, stop=800, field="reverse_updates") | widgets.LAZY,
)
widgets.section(
    _("Which way does its gradient take?"),
    _("For one letter written: compare the short cut, one layer long, with the long way through both cells."),
)
widgets.figure("ways", settings, top=False, more=player.follows("reverse_updates") | widgets.LAZY)
widgets.section(
    _("What does a convolution see, and what does the cell behind it keep?"),
    _("Press play: it learns to say next year's sunspots. Look at which filter answers to a rise, and how far back."),
)
widgets.figure(
    "forecast",
    settings,
    top=False,
    more=player.controls(settings, stop=300, field="forecast_updates") | widgets.LAZY,
)
widgets.section(
    _("What if every layer had weights of its own?"),
    _("A deep feed-forward network is a recurrent one with new weights at every step: compare how the seeds spread."),
)
widgets.figure("depth", settings, top=False, more=widgets.LAZY)
widgets.claims(PAGE)
widgets.legend(PAGE, settings)
