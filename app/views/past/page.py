"""How far back can it see?"""

from app import sidebar, widgets
from app.language import _
from app.views.past import PAGE

settings = sidebar.current()

widgets.title(PAGE, "block", "axis")
widgets.figure("survival", settings, sliders=("earlier", "later"), picks={"x": "earlier", "y": "later"})
widgets.section(
    _("What survives between the two steps?"),
    _("Look at how few directions are left: a memory is not one number but one for every direction."),
)
widgets.figure("pair", settings, top=False)
widgets.section(
    _("What do the weights promise, and what does the orbit keep?"),
    _("Compare the eigenvalues with the circle, then the exponents with theory: the weights alone do not decide."),
)
widgets.figure("spectra", settings, top=False)
widgets.claims(PAGE)
widgets.legend(PAGE, settings)
