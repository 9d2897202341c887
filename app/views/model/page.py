"""What does the model say?"""

from app import sidebar
from app import widgets as page
from app.language import _
from app.views.model import PAGE, statements, widgets
from cells import all_cells

settings = sidebar.current()

page.title(PAGE, "axis")
page.figure("model", settings)
page.section(
    _("Which equations are these?"),
    _("Those of the cell in the sidebar; the program that draws the picture is theirs."),
)
widgets.equations(settings)
page.section(_("What holds for every cell?"), _("In sentences that can be quoted; a heading has a link of its own."))
widgets.statements(statements.general())
page.section(_("What does each cell compute?"), _("In the order of the menu."))
widgets.statements([statements.of_cell(name, cell) for name, cell in all_cells().items()])
page.section(_("What is left out?"), _("Every simplification, so that nobody takes the picture for more than it is."))
widgets.statements(statements.simplifications())
page.legend(PAGE, settings)
