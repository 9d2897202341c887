"""Where does the gradient go?"""

from app import sidebar
from app import widgets as page
from app.views.gradient import PAGE, widgets

settings = sidebar.current()

widgets.title(PAGE, settings)
page.figure("gradient", settings, more={"labels": widgets.labels()})
widgets.weights(settings)
page.claims(PAGE)
page.legend(PAGE, settings)
