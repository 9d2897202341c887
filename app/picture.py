"""A picture: an experiment, what is drawn beside it, and how. URL and live frames share its query string."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Self
from urllib.parse import parse_qs, quote, urlencode

from cells import all_cells
from cells.experiment import Experiment, ExperimentError, specs

MAX_PINS = 4
AXES = {"vanish": (-49.5, 12.0), "near": (-12.5, 6.5), "floats": (-52.0, 46.0), "far": (-1000.0, 500.0)}
"""Ranges of the log10 axis, by name: fixed, so that nothing is ever normalised to itself."""


def default_overlay() -> tuple[str, ...]:
    """The cells drawn together where nothing is said: the first three of the menu."""
    return tuple(all_cells())[:3]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What the first page shows.

    Attributes:
        experiment: the experiment the verdict speaks of.
        overlay: cells drawn on the same input and seed, in menu order; the experiment's own is always drawn.
        pins: experiments kept as ghosts.
        axis: name of the log10 range.
        plain: show plain widgets and charts instead of the live ones.
    """

    experiment: Experiment = Experiment()
    overlay: tuple[str, ...] = dataclasses.field(default_factory=default_overlay)
    pins: tuple[Experiment, ...] = ()
    axis: str = "vanish"
    plain: bool = False

    def replace(self, **changes) -> Self:
        """The same picture with some fields changed."""
        return dataclasses.replace(self, **changes)

    @cached_property
    def runs(self) -> list[Experiment]:
        """The experiments drawn, one a cell, in menu order."""
        drawn = {*self.overlay, self.experiment.cell}
        return [self.experiment.for_cell(name) for name in all_cells() if name in drawn]

    def to_query(self) -> str:
        """URL query string that `repaired` turns into an equal picture; what has its default is left out."""
        pairs = []
        if self.overlay != default_overlay():
            pairs.append(("overlay", ",".join(self.overlay)))
        if self.axis != "vanish":
            pairs.append(("axis", self.axis))
        if self.plain:
            pairs.append(("plain", "true"))
        pairs += [("pin", pin.to_query() or "default") for pin in self.pins]
        return "&".join(part for part in (self.experiment.to_query(), urlencode(pairs, quote_via=quote)) if part)

    @classmethod
    def repaired(cls, query: str) -> tuple[Self, list[str]]:
        """The nearest picture to a query string, and a sentence for everything that had to be dropped."""
        experiment, problems = Experiment.repaired(query)
        values = parse_qs(query, keep_blank_values=True)
        overlay, axis = default_overlay(), "vanish"
        if "overlay" in values:
            named = [name for name in values["overlay"][-1].split(",") if name]
            strange = sorted(set(named) - set(all_cells()))
            if strange:
                problems.append(
                    f"overlay: expected cells among {', '.join(all_cells())}; got {', '.join(strange)[:40]}."
                )
            overlay = tuple(name for name in all_cells() if name in named)
        if "axis" in values:
            if values["axis"][-1] in AXES:
                axis = values["axis"][-1]
            else:
                problems.append(f"axis: expected one of {', '.join(AXES)}; got {values['axis'][-1][:40]!r}.")
        pins = []
        for pin in values.get("pin", ()):
            try:
                pins.append(_pinned(pin))
            except ExperimentError as error:
                problems.append(f"pin: {error}")
        if len(pins) > MAX_PINS:
            problems.append(f"pin: expected at most {MAX_PINS} pins; got {len(pins)}.")
        plain = values.get("plain", ["false"])[-1] == "true"
        return cls(
            experiment=experiment, overlay=overlay, pins=tuple(pins[:MAX_PINS]), axis=axis, plain=plain
        ), problems


def _pinned(query: str) -> Experiment:
    experiment = Experiment.from_query(query)
    if experiment == Experiment() and query != "default" and not set(parse_qs(query)) & set(specs()):
        raise ExperimentError(f"expected an experiment as a query string; got {query[:40]!r}.")
    return experiment
