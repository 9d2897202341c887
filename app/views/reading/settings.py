"""What the page on reading adds to the address."""

from dataclasses import dataclass

from app.language import _
from app.settings import axis_labels
from cells.fields import declared
from cells.reading import texts
from cells.reading.modes import EXAMPLES

SHOWN = 96
"""Characters of a text that are shown at once."""
LINKED = 6000
"""Longest text that a link carries, in characters as a link writes them; many servers refuse links above 8,000."""
FINGERPRINT = r"([0-9a-f]{16})?"


def layer_labels() -> dict[str, str]:
    """{value: label} of the numbers of layers."""
    return {"1": _("one layer"), "2": _("two layers")}


def passage(text: str) -> str:
    """A text as it is read, or none."""
    return text and texts.read(text).content


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Three figures of runs: Karpathy's network, networks that read a text, and five small ones.

    Attributes:
        hello_updates, read_updates, mode_updates: updates that are shown of each.
        hello_rate, read_rate, mode_rate: learning rate of each.
        hello_cut: whether Karpathy's network has no recurrent weights.
        read_text: what is read; the app's own paragraph where empty.
        read_paste: a fingerprint instead of it, see `pastes`.
        read_layers: layers of the networks that read it.
        read_axis: name of the log10 range on which the weight of a character is drawn.
        temperature: of what they write.
        read_from: place of the first character shown, counted from 1.
        read_at: the character after which the prediction is looked at, of those shown.
        mode_example: what the small networks are fed.
        mode_output: which of their outputs is looked at; beyond the last it is the last.
    """

    hello_updates: int = declared(40, "whole", "updates shown", 0, 2000)
    hello_rate: float = declared(0.1, "number", "learning rate", 0.001, 1.0, log=True)
    hello_cut: bool = declared(False, "switch", "W_hh = 0", help="No recurrent weights: not drawn, not learned.")
    read_text: str = declared(
        "",
        "text",
        "text",
        0,
        LINKED,
        help="The app's own paragraph where empty.",
        check=passage,
        example="read_text=one%20two%20three%20one%20two%20three",
    )
    read_paste: str = declared(
        "",
        "text",
        "fingerprint of a long text",
        0,
        16,
        help="16 digits",
        pattern=FINGERPRINT,
        example="read_paste=0123456789abcdef",
    )
    read_layers: str = declared("1", "choice", "layers", choices=layer_labels)
    read_axis: str = declared("near", "choice", "log₁₀ axis", choices=axis_labels)
    read_updates: int = declared(200, "whole", "updates shown", 0, 5000)
    read_rate: float = declared(0.01, "number", "learning rate", 0.0001, 0.3, log=True)
    temperature: float = declared(0.7, "number", "temperature", 0.05, 5.0, log=True)
    read_from: int = declared(1, "whole", "first character shown", 1, texts.MAX_LENGTH)
    read_at: int = declared(76, "whole", "predicts after character", 1, SHOWN)
    mode_updates: int = declared(400, "whole", "updates shown", 0, 2000)
    mode_rate: float = declared(0.02, "number", "learning rate", 0.001, 0.3, log=True)
    mode_example: int = declared(7, "whole", "example", 1, EXAMPLES)
    mode_output: int = declared(5, "whole", "output looked at", 1, 5)
