"""Settings: everything a link says. The experiment, what is drawn beside it, and each page's own fields."""

import dataclasses
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlencode

import numpy as np

from app.language import _
from app.page import pages
from cells import all_cells
from cells.experiment import BUCKETS, Experiment, default_experiment, every_spec, specs
from cells.fields import FieldError, Spec, declarations, declared, written

MAX_PINS = 4
AXES = {"vanish": (-49.5, 12.0), "near": (-12.5, 6.5), "floats": (-52.0, 46.0), "far": (-1000.0, 500.0)}
"""Ranges of the log10 axis, by name: fixed, so that nothing is ever normalised to itself."""


def axis_labels() -> dict[str, str]:
    """{name: label} of the log10 axes, for a field of kind "choice"."""
    return {name: _("axis {low:.0f} … {high:+.0f}").format(low=low, high=high) for name, (low, high) in AXES.items()}


def parts() -> dict[str, str]:
    """{name: label} of what a page can do without: whoever makes a link may hide it."""
    return {
        "sidebar": _("the sidebar and the menu"),
        "verdict": _("the verdict"),
        "check": _("the check of the numbers"),
        "legend": _("how to read the picture"),
        "claims": _("the claims"),
        "below": _("everything below the first figure"),
    }


def hideable() -> dict[str, str]:
    """{name: label} of what a link may hide: parts of a page, and every number that a slider sets."""
    return parts() | _numbers()


def fixable() -> dict[str, str]:
    """{name: label} of what a link may show and not let the reader change."""
    return {"sidebar": _("all that the sidebar sets")} | _numbers()


def _numbers() -> dict[str, str]:
    every = every_spec() | fields()
    return {name: _(spec.label) for name, spec in every.items() if spec.kind in ("number", "whole")}


@dataclass(frozen=True, kw_only=True)
class Shared:
    """The fields that several pages share.

    Attributes:
        axis: name of the log10 range.
        plain: show plain widgets and charts instead of the live ones.
        present: the figure fills the screen, in large type, and a clicker's keys act.
        unit: the unit whose numbers are shown; beyond the hidden size it is the last one.
        spread: draw the band over five seeds.
        window: steps that truncated backpropagation goes back.
        learning_rate: of gradient descent.
        hide: parts of the page and sliders that are not shown.
        fix: sliders that are shown and cannot be moved; "sidebar" for all that the sidebar sets.
    """

    axis: str = declared("vanish", "choice", "log₁₀ axis", choices=axis_labels)
    plain: bool = declared(
        False,
        "switch",
        "plain widgets and charts",
        help="Streamlit's own chart instead of the live one; its numbers are under Exact numbers.",
    )
    present: bool = declared(False, "switch", "presenter’s view")
    unit: int = declared(1, "whole", "unit", 1, 128)
    spread: bool = declared(
        False,
        "switch",
        "five seeds",
        help="A pale band from the least to the largest over this seed and the next four: weights and input anew.",
    )
    window: int = declared(10, "whole", "window (steps back)", 1, BUCKETS[-1], unit="step")
    learning_rate: float = declared(0.1, "number", "learning rate", 0.001, 100.0, log=True)
    hide: tuple[str, ...] = declared((), "choices", "hidden", choices=hideable, example="hide=sidebar,claims,below")
    fix: tuple[str, ...] = declared((), "choices", "fixed", choices=fixable, example="fix=gain,length")


@dataclass(frozen=True, init=False)
class Settings:
    """One experiment, which follows the reader from page to page, and what the pages add to it.

    Every field that `Shared` or a page declares is an attribute too: `settings.axis`, `settings.neuron_w`. It is frozen
    and of plain values: cache key, link and test input in one.

    Attributes:
        experiment: the experiment the verdict speaks of.
        overlay: cells drawn on the same input and seed, in menu order; the experiment's own is always drawn.
        pins: experiments kept as ghosts.
        own: (name, value) of every other field that does not have its default, sorted.

    Raises:
        FieldError: a field is out of range; the message gives what was expected and what came.
        TypeError: no page declares such a field.
    """

    experiment: Experiment
    overlay: tuple[str, ...]
    pins: tuple[Experiment, ...]
    own: tuple[tuple[str, Any], ...]

    def __init__(
        self,
        *,
        experiment: Experiment | None = None,
        overlay: tuple[str, ...] | None = None,
        pins: tuple[Experiment, ...] = (),
        **own: Any,
    ):
        """Validate, and bring every declared value to its plain type."""
        strange = own.keys() - fields().keys()
        if strange:
            raise TypeError(f"Settings: expected fields that a page declares; got {', '.join(sorted(strange))}.")
        read = {name: fields()[name].read(name, value) for name, value in own.items()}
        object.__setattr__(self, "experiment", default_experiment() if experiment is None else experiment)
        object.__setattr__(self, "overlay", default_overlay() if overlay is None else overlay)
        object.__setattr__(self, "pins", pins)
        departing = sorted((name, value) for name, value in read.items() if value != defaults()[name])
        object.__setattr__(self, "own", tuple(departing))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "own" or name not in defaults():
            raise AttributeError(f"Settings has no field {name}.")
        return next((value for known, value in self.own if known == name), defaults()[name])

    def replace(self, **changes: Any) -> Self:
        """The same settings with some fields changed."""
        mine = {"experiment": self.experiment, "overlay": self.overlay, "pins": self.pins, **dict(self.own)}
        return type(self)(**(mine | changes))

    @cached_property
    def runs(self) -> list[Experiment]:
        """The experiments drawn, one a cell, in menu order."""
        drawn = {*self.overlay, self.experiment.cell}
        return [self.experiment.for_cell(name) for name in all_cells() if name in drawn]

    def hides(self, name: str) -> bool:
        """Whether a part of the page, or a slider, is not shown."""
        return name in self.hide

    def fixes(self, name: str) -> bool:
        """Whether the reader may not change a field."""
        return name in self.hide or name in self.fix

    def whole(self) -> Self:
        """The same settings with everything shown and free."""
        return self.replace(hide=(), fix=())

    def step(self, name: str) -> int:
        """A field that names a step of the sequence; beyond its end it is the last step."""
        return min(getattr(self, name), self.experiment.length)

    def to_query(self) -> str:
        """URL query string that `repaired` turns into equal settings; what has its default is left out."""
        pairs = []
        if self.overlay != default_overlay():
            pairs.append(("overlay", ",".join(self.overlay)))
        mine = dict(self.own)
        pairs += [(name, written(mine[name])) for name in fields() if name in mine]
        pairs += [("pin", pin.to_query() or "default") for pin in self.pins]
        return "&".join(part for part in (self.experiment.to_query(), urlencode(pairs, quote_via=quote)) if part)

    @classmethod
    def repaired(cls, query: str) -> tuple[Self, list[str]]:
        """The nearest settings to a query string, and a sentence for everything that had to be dropped."""
        values = parse_qs(query, keep_blank_values=True)
        last = {name: found[-1] for name, found in values.items()}
        experiment, problems = Experiment.repaired(last)
        kept: dict[str, Any] = {"experiment": experiment}
        if "overlay" in last:
            named = [name for name in last["overlay"].split(",") if name]
            strange = sorted(set(named) - set(all_cells()))
            if strange:
                problems.append(
                    f"overlay: expected cells among {', '.join(all_cells())}; got {', '.join(strange)[:40]}."
                )
            kept["overlay"] = tuple(name for name in all_cells() if name in named)
        for name, spec in fields().items():
            if name in last:
                try:
                    kept[name] = spec.read(name, last[name])
                except FieldError as error:
                    problems.append(str(error))
        given, pins = values.get("pin", ()), []
        for pin in given[:MAX_PINS]:
            try:
                pins.append(_pinned(pin))
            except FieldError as error:
                problems.append(f"pin: {error}")
        if len(given) > MAX_PINS:
            problems.append(f"pin: expected at most {MAX_PINS} pins; got {len(given)}.")
        return cls(pins=tuple(pins), **kept), problems


@cache
def fields() -> dict[str, Spec]:
    """What each field besides the experiment's accepts, by name: those that are shared, then page by page.

    Raises:
        ValueError: two places declare the same name.
    """
    found = dict(declarations(Shared))
    taken = {*every_spec(), "experiment", "overlay", "pins", "pin", "own", "runs", "mode"}
    for name, page in pages().items():
        mine = declarations(page.settings)
        twice = sorted(mine.keys() & (found.keys() | taken))
        if twice:
            raise ValueError(f"{name}: expected names of fields that nobody else has; got {', '.join(twice)}.")
        found |= mine
    return found


@cache
def defaults() -> dict[str, Any]:
    """The default of each, by name."""
    declaring = [Shared, *(page.settings for page in pages().values())]
    return {field.name: field.default for each in declaring for field in dataclasses.fields(each)}


def menu_place(experiment: Experiment) -> int:
    """Place of an experiment's cell in the menu, which gives its hue."""
    return list(all_cells()).index(experiment.cell)


def leaves_axis(values: np.ndarray, axis: str) -> bool:
    """Whether something that would be drawn lies outside an axis."""
    low, high = AXES[axis]
    drawn = values[np.isfinite(values)]
    return bool(drawn.size and (drawn.min() < low or drawn.max() > high))


@cache
def default_overlay() -> tuple[str, ...]:
    """The cells drawn together where nothing is said: the first three of the menu."""
    return tuple(all_cells())[:3]


def _pinned(query: str) -> Experiment:
    experiment = Experiment.from_query(query)
    if experiment == default_experiment() and query != "default" and not set(parse_qs(query)) & set(specs()):
        raise FieldError(f"expected an experiment as a query string; got {query[:40]!r}.")
    return experiment
