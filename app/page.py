"""Pages are found: every folder of `app/views` whose `__init__.py` declares a PAGE is one, in the order it names."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from app import views
from app.background.answer import Work
from app.figure import Figure
from app.language import _, in_each_language
from cells.experiment import hyperparameter_specs, specs

if TYPE_CHECKING:
    from app.settings import Settings
    from app.sheet import Sheet


@dataclass(frozen=True)
class NoFields:
    """What a page adds to the address that adds nothing."""


class Claim(NamedTuple):
    """A link with a sentence that the tests check over seeds.

    Attributes:
        name: a key that stays the same in every language.
        claim: what the figure shows, as a sentence.
        settings: where it shows it.
        decided_by: {name of a setting: another value}; with these instead the figure says or draws something else.
        figure: the page's figure that shows it; its first where empty.
        counts: over how many seeds it came out so, in a sentence; empty where the claim holds for every seed tried.
    """

    name: str
    claim: str
    settings: "Settings"
    decided_by: dict[str, Any]
    figure: str = ""
    counts: str = ""

    def without(self) -> "Settings":
        """The same settings without what decides."""
        experiment, others = self.settings.experiment, {}
        for name, value in self.decided_by.items():
            if name in hyperparameter_specs():
                experiment = experiment.replace(hyperparameters=dict(experiment.hyperparameters) | {name: value})
            elif name in specs():
                experiment = experiment.replace(**{name: value})
            else:
                others[name] = value
        return self.settings.replace(experiment=experiment, **others)


class Page(NamedTuple):
    """A page. Its folder's name is its path in the address.

    Attributes:
        title: the question it answers.
        group: heading of the menu it stands under, a key of `GROUPS`.
        order: its place among all pages; a group stands where its first page does.
        icon: name of a Material icon.
        figures: {name of its route: figure}; the first is the one at the top.
        settings: dataclass of the fields it adds to the address; their names are unique over all pages.
        claims: its claims, in the language of the session.
        legend: (settings) what every mark means, and what the page does not say.
        menu: a shorter title for the menu; the title itself where None.
        spreads: whether its first figure has a band over five seeds.
        ahead: work on one experiment that is compiled for other lengths while nobody waits.
        needs_experiment: whether the sidebar's experiment has a say in it.
        sheet: for teachers: goal, questions with answers, what is simplified; none where None.
    """

    title: Callable[[], str]
    group: str
    order: int
    icon: str
    figures: dict[str, Figure]
    settings: type = NoFields
    claims: Callable[[], list[Claim]] = list
    legend: Callable[["Settings"], list[str]] = lambda settings: []
    menu: Callable[[], str] | None = None
    spreads: bool = False
    ahead: tuple[Work, ...] = ()
    needs_experiment: bool = True
    sheet: Callable[[], "Sheet"] | None = None


GROUPS = {
    "Learn": lambda: _("Learn"),
    "See": lambda: _("See"),
    "Understand": lambda: _("Understand"),
    "Train": lambda: _("Train"),
    "Build": lambda: _("Build"),
}


@cache
def pages() -> dict[str, Page]:
    """Every page by the name of its folder, in the order of the menu."""
    names = [module.name for module in pkgutil.iter_modules(views.__path__) if module.ispkg]
    folders = {name: importlib.import_module(f"{views.__name__}.{name}") for name in names}
    found = {name: folder.PAGE for name, folder in folders.items() if hasattr(folder, "PAGE")}
    first: dict[str, int] = {}
    for page in found.values():
        first[page.group] = min(page.order, first.get(page.group, page.order))
    return dict(sorted(found.items(), key=lambda item: (first[item[1].group], item[1].order, item[0])))


@cache
def figures() -> dict[str, Figure]:
    """Every live figure, by the name of its route.

    Raises:
        ValueError: two pages give a figure the same name.
    """
    found: dict[str, Figure] = {}
    for name, page in pages().items():
        twice = found.keys() & page.figures.keys()
        if twice:
            names = ", ".join(sorted(twice))
            raise ValueError(f"{name}: expected names of figures that no other page has; got {names}.")
        found |= page.figures
    return found


def claims_of(page: Page) -> list[Claim]:
    """A page's claims in the language of this session."""
    return _claims(page.claims)


@in_each_language
def _claims(claims: Callable[[], list[Claim]]) -> list[Claim]:
    return claims()


def page_of(figure: str) -> str:
    """Name of the page that a figure belongs to."""
    return next(name for name, page in pages().items() if figure in page.figures)
