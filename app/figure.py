"""A figure: a named answer to settings. Its numbers are computed once; what it says and what it draws are of them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from app.background.answer import Answer
from cells.experiment import Experiment

if TYPE_CHECKING:
    from app.settings import Settings


class Unanswerable(ValueError):
    """What was asked for cannot be answered; the message is for the reader: what was expected, and what came."""


class Check(NamedTuple):
    """A number of the figure against the same number found another way: what came out, and whether they agree."""

    text: str
    passed: bool


class Verdict(NamedTuple):
    """What a figure says.

    Attributes:
        headline: the verdict in a word or two.
        sentence: the verdict.
        kind: its colour, a name in `live/live.css`.
        asides: one line on what stands beside it, or several.
        comparisons: a sentence for each thing it is compared with.
        check: of its numbers.
    """

    headline: str
    sentence: str
    kind: str = "carried"
    asides: str = ""
    comparisons: Sequence[str] = ()
    check: Check | None = None


def as_customised(settings: "Settings", verdict: Verdict) -> Verdict:
    """A verdict without what the link hides: words that a class is to find itself, or the check."""
    if settings.hides("verdict"):
        verdict = Verdict("", "", "single", check=verdict.check)
    return verdict._replace(check=None) if settings.hides("check") else verdict


class Companion(NamedTuple):
    """What a figure shows above Plotly's, on its own page and in lessons.

    Attributes:
        script: a script of the page's folder, whose class is made of its texts and Plotly's box, has an `element`, and
            draws an answer.
        texts: {name: what the script says}.
    """

    script: str
    texts: Callable[[], dict[str, str]]


class Figure(NamedTuple):
    """What a route answers and a page shows.

    Attributes:
        compute: (settings) the answer that holds its numbers; what must be computed or compiled first, it says.
        say: (settings, numbers) what they mean.
        draw: (settings, numbers, mode) the figure for the theme "light" or "dark", as a Plotly dict.
        extra: (settings, numbers, mode) what else the page's own script reads; nothing where None.
        runs: (settings) the experiments whose sliders stand beside it.
        script: a script of the page's folder that extends the live component; none where empty.
        measures: (settings, numbers) what a lesson may ask for, by name; a name that begins with log10, behind its last
            dot, is of a logarithm.
        companion: what stands above it; nothing where None.
        in_code: (settings) the experiment whose script goes with it, where it is of one as it is; None elsewhere.
    """

    compute: Callable[["Settings"], Answer[Any]]
    say: Callable[["Settings", Any], Verdict]
    draw: Callable[["Settings", Any, str], dict[str, Any]]
    extra: Callable[["Settings", Any, str], dict[str, Any]] | None = None
    runs: Callable[["Settings"], list[Experiment]] = lambda settings: [settings.experiment]
    script: str = ""
    measures: Callable[["Settings", Any], dict[str, float]] = lambda settings, numbers: {}
    companion: Companion | None = None
    in_code: Callable[["Settings"], Experiment | None] = lambda settings: None


def alone(settings: "Settings") -> Experiment:
    """The experiment, for figures that show nothing that was done to it."""
    return settings.experiment
