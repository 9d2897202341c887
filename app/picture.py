"""A picture: an experiment, what is drawn beside it, and how. URL and live frames share its query string."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlencode

from app.remedy_table import labels
from app.words import _
from cells import all_cells
from cells.analyses.updates import MAX_STEPS
from cells.experiment import (
    BUCKETS,
    Experiment,
    ExperimentError,
    Spec,
    choices_of,
    declarations,
    declared,
    departures,
    specs,
)
from cells.remedies.shortcuts import MAX_SPAN

MAX_PINS = 4
AXES = {"vanish": (-49.5, 12.0), "near": (-12.5, 6.5), "floats": (-52.0, 46.0), "far": (-1000.0, 500.0)}
"""Ranges of the log10 axis, by name: fixed, so that nothing is ever normalised to itself."""


def default_overlay() -> tuple[str, ...]:
    """The cells drawn together where nothing is said: the first three of the menu."""
    return tuple(all_cells())[:3]


def _axes() -> dict[str, str]:
    return {
        name: _("axis {low:.0f} … {high:+.0f}").format(low=low, high=high).replace("-", "−")
        for name, (low, high) in AXES.items()
    }


def _blocks() -> dict[str, str]:
    fields = dict.fromkeys(field for cell in all_cells().values() for field in cell.State._fields)
    return {"all": _("whole state")} | {field: _("{field} to {field}").format(field=field) for field in fields}


def _gated() -> dict[str, str]:
    return {name: cell.label for name, cell in all_cells().items() if cell.gates}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What the pages show: one experiment, which follows the reader from page to page, and what each adds to it.

    Attributes:
        experiment: the experiment the verdict speaks of.
        overlay: cells drawn on the same input and seed, in menu order; the experiment's own is always drawn.
        pins: experiments kept as ghosts.
        axis: name of the log10 range.
        plain: show plain widgets and charts instead of the live ones.
        block: field of the state whose Jacobian is drawn, or "all"; a cell that has no such field shows all.
        earlier: step k of ds_t/ds_k.
        later: step t of the same; beyond the sequence's end it is the last step.
        remedies: names of the remedies that are switched on.
        fix_activation to sgd_steps: the remedies' numbers; each matters only while its remedy is on.
    """

    experiment: Experiment = Experiment()
    overlay: tuple[str, ...] = dataclasses.field(default_factory=default_overlay)
    pins: tuple[Experiment, ...] = ()
    axis: str = declared("vanish", "choice", "log₁₀ axis", choices=_axes)
    plain: bool = declared(
        False,
        "switch",
        "plain widgets and charts",
        help="Streamlit's own chart instead of the live one; its numbers are under Exact numbers.",
    )
    block: str = declared("all", "choice", "state", choices=_blocks)
    earlier: int = declared(1, "whole", "from step k", 1, BUCKETS[-1])
    later: int = declared(BUCKETS[-1], "whole", "to step t", 1, BUCKETS[-1])
    remedies: tuple[str, ...] = declared(("residual",), "choices", "remedies", choices=labels)
    fix_activation: str = declared("relu", "choice", "activation as a remedy", choices=lambda: choices_of("activation"))
    fix_initializer: str = declared(
        "identity", "choice", "initialisation as a remedy", choices=lambda: choices_of("initializer")
    )
    fix_cell: str = declared("lstm", "choice", "gated cell", choices=_gated)
    gate_bias: float = declared(4.0, "number", "gate bias", -10.0, 10.0)
    norm_gain: float = declared(1.0, "number", "layer norm γ", 0.05, 5.0, log=True)
    batch_gain: float = declared(0.1, "number", "batch norm γ", 0.01, 5.0, log=True)
    residual_scale: float = declared(0.1, "number", "residual a", 0.001, 2.0, log=True)
    leak_rate: float = declared(0.1, "number", "leak α", 0.001, 1.0, log=True)
    skip_weight: float = declared(0.5, "number", "skip weight a", -1.0, 1.0)
    skip_span: int = declared(10, "whole", "skip span (steps)", 1, MAX_SPAN)
    dropout_rate: float = declared(0.2, "number", "dropout p", 0.0, 0.9)
    norm_limit: float = declared(1.0, "number", "clip norm at", 0.001, 1000.0, log=True)
    value_limit: float = declared(0.01, "number", "clip values at", 0.0001, 100.0, log=True)
    window: int = declared(20, "whole", "cut after (steps)", 1, BUCKETS[-1], log=True)
    l1_weight: float = declared(0.1, "number", "L1 weight", 0.0001, 10.0, log=True)
    l2_weight: float = declared(0.1, "number", "L2 weight", 0.0001, 10.0, log=True)
    omega_weight: float = declared(1.0, "number", "Ω weight", 0.001, 100.0, log=True)
    learning_rate: float = declared(0.1, "number", "learning rate", 0.001, 1.0, log=True)
    sgd_steps: int = declared(30, "whole", "updates", 1, MAX_STEPS)

    def __post_init__(self):
        """Validate, and bring every declared value to its plain type."""
        for name, spec in view_specs().items():
            object.__setattr__(self, name, spec.read(name, getattr(self, name)))

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
        pairs += departures(self) + [("pin", pin.to_query() or "default") for pin in self.pins]
        return "&".join(part for part in (self.experiment.to_query(), urlencode(pairs, quote_via=quote)) if part)

    @classmethod
    def repaired(cls, query: str) -> tuple[Self, list[str]]:
        """The nearest picture to a query string, and a sentence for everything that had to be dropped."""
        experiment, problems = Experiment.repaired(query)
        values = parse_qs(query, keep_blank_values=True)
        fields: dict[str, Any] = {"experiment": experiment}
        if "overlay" in values:
            named = [name for name in values["overlay"][-1].split(",") if name]
            strange = sorted(set(named) - set(all_cells()))
            if strange:
                problems.append(
                    f"overlay: expected cells among {', '.join(all_cells())}; got {', '.join(strange)[:40]}."
                )
            fields["overlay"] = tuple(name for name in all_cells() if name in named)
        for name, spec in view_specs().items():
            if name in values:
                try:
                    fields[name] = spec.read(name, values[name][-1])
                except ExperimentError as error:
                    problems.append(str(error))
        pins = []
        for pin in values.get("pin", ()):
            try:
                pins.append(_pinned(pin))
            except ExperimentError as error:
                problems.append(f"pin: {error}")
        if len(pins) > MAX_PINS:
            problems.append(f"pin: expected at most {MAX_PINS} pins; got {len(pins)}.")
        return cls(pins=tuple(pins[:MAX_PINS]), **fields), problems


def view_specs() -> dict[str, Spec]:
    """What each field that a page adds to the experiment accepts, by name."""
    return declarations(Picture)


def _pinned(query: str) -> Experiment:
    experiment = Experiment.from_query(query)
    if experiment == Experiment() and query != "default" and not set(parse_qs(query)) & set(specs()):
        raise ExperimentError(f"expected an experiment as a query string; got {query[:40]!r}.")
    return experiment
