"""Are the notes right?"""

from app import sidebar, widgets
from app.language import _
from app.live import component
from app.views.notes import PAGE, plain
from app.views.notes.settings import LAST_SEED, LONGEST, SIZES

# Pages that show what a case rests on.
LEADS_TO = ("gradient", "neuron", "fixes", "gates", "past", "bptt", "wiring", "learning", "reading")

settings = sidebar.current()

widgets.title(PAGE, "notes_size")
widgets.figure(
    "notes",
    settings,
    sliders=("notes_seed", "notes_length"),
    experiment=False,
    more={
        "addresses": {name: component.address_of(name) for name in LEADS_TO},
        "ranges": {"seed": LAST_SEED, "length": LONGEST, "sizes": SIZES},
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
            "try": _("Try to break it"),
            "seed": _("first seed"),
            "size": _("units"),
            "length": _("steps"),
            "fixed": _("This card has its own."),
            "reset": _("as the page"),
            "whole": _("With the numbers of the page"),
        },
    },
)
if widgets.is_plain(settings):
    plain.cards(settings)
widgets.legend(PAGE, settings)
