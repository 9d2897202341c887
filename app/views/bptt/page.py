"""What does backpropagation through time add up?"""

from app import sidebar
from app import widgets as page
from app.language import _
from app.views.bptt import PAGE, verdict

settings = sidebar.current()

page.title(PAGE, "weights", "axis")
page.figure("parts", settings, sliders=("window",))
page.formula(
    verdict.FORMULA,
    _("Red: the loss. Blue: the way back, the only part that vanishes or explodes. Violet: the step's own share."),
)
page.section(
    _("Who carries the sum?"),
    _("Look at the left for who carries it, at the right for what a meter of the whole gradient would show."),
)
page.figure("shares", settings, top=False)
page.section(
    _("Why does the loss jump?"),
    _("Raise the learning rate until the walk without clipping jumps, then look at the gradient just before."),
)
page.figure("walks", settings, top=False, sliders=("learning_rate", "clip"))
page.claims(PAGE)
page.legend(PAGE, settings)
