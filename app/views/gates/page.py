"""What does each gate do?"""

from app import sidebar
from app import widgets as page
from app.views.gates import PAGE, widgets

settings = sidebar.current()

page.title(PAGE, "axis")
widgets.cell(settings)
widgets.equations(settings)
widgets.cells(settings)
page.claims(PAGE)
page.legend(PAGE, settings)
