"""What does it read?"""

from app import sidebar
from app import widgets as page
from app.language import _
from app.live import player
from app.views.reading import PAGE, widgets

settings = sidebar.current()

widgets.title(PAGE)
page.figure(
    "greeting",
    settings,
    experiment=False,
    sliders=("hello_rate",),
    more=player.controls(settings, stop=100, field="hello_updates"),
)
page.section(
    _("What does it look at in a text?"),
    _("Press play, then click a letter. Look how far to the left its weight reaches, and where cells part."),
)
widgets.readers(settings)
page.figure(
    "reading",
    settings,
    top=False,
    sliders=("read_at", "temperature", "read_from", "read_rate"),
    picks={"x": "read_at"},
    ends=widgets.ends(settings),
    more=player.controls(settings, stop=1000, field="read_updates"),
)
page.section(
    _("What does a unit follow?"),
    _("Move the unit: some follow spaces, some a single letter. Below, faint letters surprised the network."),
)
page.figure(
    "units",
    settings,
    top=False,
    sliders=("unit",),
    ends=widgets.ends(settings),
    more=player.follows("read_updates"),
)
page.section(
    _("Five ways to feed it and to listen"),
    _("The frame marks an output; arrows show how strongly each input moves it, as a gradient."),
)
page.figure(
    "modes",
    settings,
    top=False,
    sliders=("mode_example", "mode_output", "mode_rate"),
    more=player.controls(settings, stop=800, field="mode_updates"),
)
page.claims(PAGE)
page.legend(PAGE, settings)
