"""Are the notes right?"""

from app import sidebar, widgets
from app.language import _
from app.live import component
from app.views.notes import PAGE, plain

settings = sidebar.current()

widgets.title(PAGE, "notes_size")
widgets.figure(
    "notes",
    settings,
    sliders=("notes_seed", "notes_length"),
    experiment=False,
    more={
        "addresses": {name: component.address_of(name) for name in ("gradient", "fixes")},
        "labels": {
            "search": _("Search"),
            "all": _("all"),
            "topic": _("Topic"),
            "verdict": _("Verdict"),
            "why": _("Why?"),
            "better": _("Better:"),
            "open": _("show it"),
            "link": _("Copy the link of this card"),
            "none": _("No card fits."),
        },
    },
)
if widgets.is_plain(settings):
    plain.cards(settings)
widgets.legend(PAGE, settings)
