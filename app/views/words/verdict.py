"""What the page says: what the term means, what to look at, and where to read on."""

from app.figure import Verdict
from app.language import _
from app.page import page_of, pages
from app.settings import Settings
from app.views.words.numbers import Example


def word(settings: Settings, found: Example) -> Verdict:
    """The term in a sentence, with its example."""
    term = found.term
    asides = [
        _("Look at {what}. From the page “{page}”.").format(what=term.look, page=pages()[page_of(found.figure)].title())
    ]
    if term.read:
        asides.append(_("Read on: {reference}.").format(reference=term.read))
    return Verdict(term.name, term.means, "word", "\n".join(asides))


def legend(settings: Settings) -> list[str]:
    """How the page is used."""
    return [
        _("**The picture** is one of the laboratory's own figures, at a setting that shows the term."),
        _("**Terms** with a dotted line under the legend of any page lead here."),
    ]
