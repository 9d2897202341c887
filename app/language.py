"""Words: every text on the screen goes through gettext, with English as the source.

A second language is a file: `app/locale/<language>/LC_MESSAGES/unrolled.mo`.
"""

import gettext
import math
import string
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from functools import cache, wraps
from numbers import Number
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")

LOCALE = Path(__file__).parent / "locale"
_language: ContextVar[str] = ContextVar("language", default="en")


@cache
def spoken() -> tuple[str, ...]:
    """The languages there are: English, and the folders of `locale`."""
    return ("en", *sorted(path.name for path in LOCALE.glob("*") if path.is_dir()))


@cache
def _translations(language: str) -> gettext.NullTranslations:
    return gettext.translation("unrolled", LOCALE, languages=[language], fallback=True)


def speak(language: str | None) -> None:
    """Choose the language of this session or request: a tag such as "en" or "pt-BR", the nearest one there is."""
    wanted = (language or "en").replace("-", "_")
    near = (tag for tag in (wanted, wanted.partition("_")[0]) if tag in spoken())
    _language.set(next(near, "en"))


def language() -> str:
    """The language chosen."""
    return _language.get()


def in_each_language(function: Callable[..., Value]) -> Callable[..., Value]:
    """Keep what a function makes of hashable arguments, once for each language that it is asked in."""
    kept = cache(lambda _language, *args: function(*args))

    @wraps(function)
    def spoken_of(*args: Hashable) -> Value:
        return kept(language(), *args)

    spoken_of.cache_clear, spoken_of.cache_info = kept.cache_clear, kept.cache_info
    return spoken_of


def _(text: str) -> "Text":
    """The text in the chosen language, or as it is."""
    return Text(_translations(_language.get()).gettext(text))


class Text(str):
    """A text whose `format` writes numbers as people do: −0.5 and 3.2×10⁻¹⁸, not -0.5 and 3.2e-18."""

    __slots__ = ()

    def format(self, *args: object, **values: object) -> str:
        """`str.format`, with `written` for every number."""
        return _WRITER.vformat(self, args, values)


class _Writer(string.Formatter):
    def format_field(self, value: object, spec: str) -> str:
        text = format(value, spec)
        return written(text) if isinstance(value, Number) else text


def written(text: str) -> str:
    """A number that Python has formatted, as people write it."""
    mantissa, e, exponent = text.partition("e")
    if e:
        power = f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
        sign = mantissa.removesuffix("1") if mantissa in ("1", "-1", "+1") else f"{mantissa}×"
        mantissa = sign + power
    return mantissa.replace("-", "−")


_WRITER = _Writer()


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def subscript(number: int) -> str:
    """12 as ₁₂."""
    return str(number).translate(_SUBSCRIPTS)


def number(value: float, digits: int = 4) -> str:
    """A value to so many digits: 0.8586, −0.3943, 7.1×10⁻⁶."""
    return written(f"{value or 0.0:.{digits}g}")


def steps_in_words(count: float) -> str:
    """4.3 steps, 120 steps."""
    return _("{count:.1f} steps").format(count=count) if count < 100 else _("{count:.0f} steps").format(count=count)


def power_of_ten(log10: float) -> str:
    """10^log10 in words a lecturer can read out: 0.25, 3 000, 7×10⁻¹⁹; 0 for -inf."""
    if log10 == -math.inf:
        return "0"
    if -3 <= log10 <= 4:
        value = 10.0**log10
        return f"{value:.0f}" if value >= 99.5 else f"{value:.2g}" if value >= 0.1 else f"{value:.1g}"
    exponent = int(log10 // 1)
    digit = round(10 ** (log10 - exponent))
    if digit == 10:
        digit, exponent = 1, exponent + 1
    mantissa = "" if digit == 1 else f"{digit}×"
    return f"{mantissa}10{str(exponent).translate(_SUPERSCRIPTS)}"
