"""What the page of wirings adds to the address: the wiring, and the numbers of what is trained."""

from dataclasses import dataclass

from app.language import _
from app.settings import Settings
from cells.experiment import BUCKETS
from cells.fields import declared
from cells.remedies.stacked import MAX_LAYERS
from cells.training.learners.autoencoder import WIDEST
from cells.training.learners.gap import FARTHEST
from cells.training.learners.reversal import LONGEST


def wirings() -> dict[str, str]:
    """{name: label} of the ways to wire layers."""
    return {
        "stacked": _("stacked"),
        "residual": _("stacked, residual"),
        "both": _("both directions"),
        "convolution": _("behind a convolution"),
    }


def curves() -> dict[str, str]:
    """{name: label} of the curves that go through the bottleneck."""
    return {
        "learned": _("a new one of its kind"),
        "drawn": _("three waves (sliders)"),
        "sine": _("a sine"),
        "step": _("a step"),
        "saw": _("a saw"),
        "bump": _("a bump"),
        "numbers": _("my own numbers"),
    }


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The page's own fields.

    Attributes:
        wiring: how the layers are wired.
        wired_layers: how many there are.
        wired_step: step whose output is looked at; beyond the sequence's end it is the last step.
        gap_distance: words between a gap and what it can be known from.
        bottleneck: numbers that an autoencoder's code has.
        curve: what it is given.
        curve_slow: size of the slowest wave of a curve that is drawn.
        curve_middle: of the next.
        curve_fast: of the fastest.
        curve_numbers: a curve as a list of numbers.
        word: the string that is reversed.
        word_length: letters of the longest strings that reversing is learned from.
        written_letter: the letter of the answer whose gradient is shown; beyond its end it is the last.
        gap_updates: updates shown of the network that fills a gap.
        code_updates: of the one that rebuilds curves.
        reverse_updates: of the one that writes strings backwards.
        forecast_updates: of the one that forecasts.
    """

    wiring: str = declared("stacked", "choice", "wiring", choices=wirings)
    wired_layers: int = declared(3, "whole", "layers", 1, MAX_LAYERS)
    wired_step: int = declared(96, "whole", "output at step", 1, BUCKETS[-1], unit="step")
    gap_distance: int = declared(3, "whole", "words to each clue", 0, FARTHEST)
    bottleneck: int = declared(4, "whole", "bottleneck (numbers)", 1, WIDEST)
    curve: str = declared("learned", "choice", "curve", choices=curves)
    curve_slow: float = declared(1.0, "number", "slow wave", -2.0, 2.0, example="curve=drawn&curve_slow=2")
    curve_middle: float = declared(-0.5, "number", "middle wave", -2.0, 2.0, example="curve=drawn&curve_middle=2")
    curve_fast: float = declared(0.3, "number", "fast wave", -2.0, 2.0, example="curve=drawn&curve_fast=2")
    curve_numbers: str = declared(
        "0 1 2 3 2 1 0 -1 -2 -3 -2 -1 0",
        "text",
        "numbers of the curve",
        0,
        4000,
        example="curve=numbers&curve_numbers=0%201%200%20-1%200",
    )
    word: str = declared(
        "laboratories", "text", "string", 1, LONGEST, help="letters a to z", pattern="[a-z]+", example="word=unrolled"
    )
    word_length: int = declared(LONGEST, "whole", "longest string (letters)", 1, LONGEST)
    written_letter: int = declared(LONGEST, "whole", "letter written", 1, LONGEST)
    gap_updates: int = declared(0, "whole", "updates shown", 0, 2_000)
    code_updates: int = declared(0, "whole", "updates shown", 0, 10_000)
    reverse_updates: int = declared(0, "whole", "updates shown", 0, 10_000)
    forecast_updates: int = declared(0, "whole", "updates shown", 0, 2_000)


def chosen_letter(settings: Settings) -> int:
    """The letter of the answer whose gradient is shown, counted from 1."""
    return min(settings.written_letter, len(settings.word))


def curve_sliders(settings: Settings) -> tuple[str, ...]:
    """What shapes the curve as it stands."""
    return ("curve_slow", "curve_middle", "curve_fast") if settings.curve == "drawn" else ()


def curve_inputs(settings: Settings) -> tuple[str, ...]:
    """The menu of curves, and what is typed for the one chosen."""
    return ("curve", "curve_numbers") if settings.curve == "numbers" else ("curve",)
