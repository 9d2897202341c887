"""How far back can it see?"""

from app import layout, sidebar
from app import widgets as stage
from app.language import _
from app.views.past import claims as past_scenes
from app.views.past import verdict as past

picture = sidebar.current()

layout.tighten()
stage.choices(stage.title(_("How far back can it see?")), "block", "axis")
stage.problems()
stage.figure("survival", picture, sliders=("earlier", "later"), picks={"x": "earlier", "y": "later"})
layout.section(
    _("What survives between the two steps?"),
    _("Look at how few directions are left: a memory is not one number but one for every direction."),
)
stage.figure("pair", picture, controls=False)
layout.section(
    _("What do the weights promise, and what does the orbit keep?"),
    _("Compare the eigenvalues with the circle, then λ₁ with theory: the weights alone do not decide."),
)
stage.figure("spectra", picture, controls=False)
stage.scenes(past_scenes.scenes())
stage.how_to_read(past.marks())
