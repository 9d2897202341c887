"""What about my model?"""

from app import notice, sidebar, widgets
from app.views.mine import PAGE, numbers
from app.views.mine import widgets as mine

settings = sidebar.current()

widgets.title(PAGE, "axis")
widgets.leave_room(110)
mine.choose(settings)
absent = numbers.absent(settings)
if absent:
    notice.problem(absent)
else:
    widgets.figure("mine", settings, experiment=False, sliders=mine.sliders(settings), ends=mine.ends(settings))
    mine.diagnosis(settings)
widgets.claims(PAGE)
widgets.legend(PAGE, settings)
