"""A picture: an experiment, what is drawn beside it, and how. URL and live frames share its query string."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, quote, urlencode

import numpy as np

from app.language import _
from app.views.fixes.table import labels
from app.views.learning.terms import again, read_kept
from cells import all_cells
from cells.analyses.updates import MAX_STEPS
from cells.base import WEIGHTS
from cells.experiment import (
    BUCKETS,
    Experiment,
    ExperimentError,
    Spec,
    choices_of,
    declarations,
    declared,
    default_experiment,
    departures,
    specs,
)
from cells.network.autoencoder import WIDEST
from cells.network.gap import FARTHEST
from cells.network.reversal import LONGEST
from cells.network.stacked import MAX_LAYERS
from cells.reading import texts
from cells.reading.modes import EXAMPLES
from cells.remedies.shortcuts import MAX_SPAN
from cells.training.tasks import MAX_LAG, MAX_LENGTH, TASKS

MAX_PINS = 4
SHOWN = 96
"""Characters of a text that are shown at once."""
LINKED = 6000
"""Longest text that a link carries, in characters as a link writes them; many servers refuse links above 8,000."""
FINGERPRINT = r"([0-9a-f]{16})?"
AXES = {"vanish": (-49.5, 12.0), "near": (-12.5, 6.5), "floats": (-52.0, 46.0), "far": (-1000.0, 500.0)}
"""Ranges of the log10 axis, by name: fixed, so that nothing is ever normalised to itself."""


def place(experiment: Experiment) -> int:
    """Place of an experiment's cell in the menu, which gives its hue."""
    return list(all_cells()).index(experiment.cell)


def leaves_axis(values: np.ndarray, axis: str) -> bool:
    """Whether something that would be drawn lies outside an axis."""
    low, high = AXES[axis]
    drawn = values[np.isfinite(values)]
    return bool(drawn.size and (drawn.min() < low or drawn.max() > high))


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


def _weights() -> dict[str, str]:
    labels = {"W_hh": _("recurrent W_hh"), "W_ih": _("input W_ih"), "b": _("bias b")}
    return {name: labels.get(name, name) for name in WEIGHTS}


def _layers() -> dict[str, str]:
    return {"1": _("one layer"), "2": _("two layers")}


def _wirings() -> dict[str, str]:
    return {
        "stacked": _("stacked"),
        "residual": _("stacked, residual"),
        "both": _("both directions"),
        "convolution": _("behind a convolution"),
    }


def _curves() -> dict[str, str]:
    return {
        "learned": _("a new one of its kind"),
        "drawn": _("three waves (sliders)"),
        "sine": _("a sine"),
        "step": _("a step"),
        "saw": _("a saw"),
        "bump": _("a bump"),
        "numbers": _("my own numbers"),
    }


_HOLDS = r"([a-zA-Z][a-zA-Z0-9]{0,7}_-?\d{1,2}(\.\d{1,4})?_\d{1,4}_\d{1,4}(~(?=.)|$))*"
_NAMES = r"([a-zA-Z][a-zA-Z0-9]{0,7}(~(?=.)|$))*"
_RUNS = r"[\w.=&,%+~-]*"


class Hold(NamedTuple):
    """A named intermediate held at a value from step `first` to step `last`, both included, counted from 1."""

    name: str
    value: float
    first: int
    last: int


class Operations(NamedTuple):
    """What is done to a cell: held values, and names that let no gradient through."""

    holds: tuple[Hold, ...] = ()
    blocked: tuple[str, ...] = ()


def _gated() -> dict[str, str]:
    return {name: cell.label for name, cell in all_cells().items() if any(not g.candidate for g in cell.gates)}


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
        weights: the weights whose gradient is added up.
        window: steps that truncated backpropagation goes back.
        learning_rate: of the walks of gradient descent.
        clip: norm that one of these walks is clipped at.
        earlier: step k of ds_t/ds_k.
        later: step t of the same; beyond the sequence's end it is the last step.
        hold: gates that are held, as `holds` reads them; names that the cell does not have do nothing.
        blocked: named intermediates that let no gradient through.
        at: step where the cursor stands when the page opens; beyond the sequence's end it is the last step.
        unit: the unit whose numbers are shown; beyond the hidden size it is the last one.
        ordered: whether the rows of the maps are ordered so that neighbours resemble each other.
        neuron_w: weight of the one neuron h_t = phi(w h_{t-1} + b).
        neuron_b: its bias.
        neuron_start: its h_0.
        neuron_steps: the steps it takes.
        pulse: what one step's input adds to its pre-activation.
        pulse_step: that step.
        draws_spread: standard deviation of the weights in products of many draws.
        descent_w: weight at which gradient descent starts on the error surface.
        descent_b: bias at which it starts.
        descent_rate: its learning rate.
        descent_clip: norm at which its gradient is clipped.
        remedies: names of the remedies that are switched on.
        fix_activation to sgd_steps: the remedies' numbers; each matters only while its remedy is on.
        updates: updates of training that are shown, in whole chunks; see `app.player`.
        wiring: how the layers are wired.
        wired_layers: how many there are.
        wired_step: step whose output is looked at; beyond the sequence's end it is the last step.
        gap_distance: words between a gap and what it can be known from.
        bottleneck: numbers that an autoencoder's code has.
        curve: what it is given.
        curve_slow to curve_fast: sizes of the waves of a curve that is drawn.
        curve_numbers: a curve as a list of numbers.
        word: the string that is reversed.
        word_length: letters of the longest strings that reversing is learned from.
        written_letter: the letter of the answer whose gradient is shown; beyond its end it is the last.
        gap_updates to forecast_updates: updates shown of each network that is trained on the page of wirings.
        hello_updates to mode_updates: what the page on reading adds; see `app.reading_numbers`.
        task, task_length, lag: what is learned; the lag matters to some tasks only.
        train_rate, train_clip, optimiser, truncate: how, for the runs that are not kept; see `app.terms`.
        kept: runs with settings of their own, drawn beside them; see `app.terms.read_kept`.
        generations: generations of the search that are shown.
    """

    experiment: Experiment = dataclasses.field(default_factory=default_experiment)
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
    weights: str = declared("W_hh", "choice", "weights", choices=_weights)
    window: int = declared(10, "whole", "window k (steps back)", 1, BUCKETS[-1])
    learning_rate: float = declared(0.1, "number", "learning rate", 0.001, 100.0, log=True)
    clip: float = declared(1.0, "number", "clip the norm at", 0.001, 1000.0, log=True)
    later: int = declared(BUCKETS[-1], "whole", "to step t", 1, BUCKETS[-1])
    hold: str = declared("", "text", "held", 0, 400, help="gate_value_first_last, joined by ~", pattern=_HOLDS)
    blocked: str = declared("", "text", "blocked", 0, 100, help="names, joined by ~", pattern=_NAMES)
    at: int = declared(BUCKETS[-1], "whole", "step t", 1, BUCKETS[-1])
    unit: int = declared(1, "whole", "unit", 1, 128)
    ordered: bool = declared(False, "switch", "neighbours alike")
    neuron_w: float = declared(1.5, "number", "weight w", -6.0, 6.0)
    neuron_b: float = declared(0.0, "number", "bias b", -4.0, 4.0)
    neuron_start: float = declared(0.1, "number", "start h₀", -1.5, 1.5)
    neuron_steps: int = declared(50, "whole", "length (steps)", 2, 200)
    pulse: float = declared(0.0, "number", "input pulse", -6.0, 6.0, help="Added to one step's input.")
    pulse_step: int = declared(20, "whole", "pulse at step", 1, 200, help="Beyond the last step nothing is added.")
    draws_spread: float = declared(1.0, "number", "std of a weight", 0.1, 10.0, log=True)
    descent_w: float = declared(5.0, "number", "start w", 4.0, 7.0)
    descent_b: float = declared(-2.55, "number", "start b", -4.0, -1.0)
    descent_rate: float = declared(0.05, "number", "learning rate", 0.001, 1.0, log=True)
    descent_clip: float = declared(1.0, "number", "clip norm at", 0.01, 100.0, log=True)
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
    l1_weight: float = declared(0.1, "number", "L1 weight", 0.0001, 10.0, log=True)
    l2_weight: float = declared(0.1, "number", "L2 weight", 0.0001, 10.0, log=True)
    omega_weight: float = declared(1.0, "number", "Ω weight", 0.001, 100.0, log=True)
    sgd_steps: int = declared(30, "whole", "updates", 1, MAX_STEPS)
    updates: int = declared(500, "whole", "updates shown", 0, 10_000)
    wiring: str = declared("stacked", "choice", "wiring", choices=_wirings)
    wired_layers: int = declared(3, "whole", "layers", 1, MAX_LAYERS)
    wired_step: int = declared(96, "whole", "output at step", 1, BUCKETS[-1])
    gap_distance: int = declared(3, "whole", "words to each clue", 0, FARTHEST)
    bottleneck: int = declared(4, "whole", "bottleneck (numbers)", 1, WIDEST)
    curve: str = declared("learned", "choice", "curve", choices=_curves)
    curve_slow: float = declared(1.0, "number", "slow wave", -2.0, 2.0)
    curve_middle: float = declared(-0.5, "number", "middle wave", -2.0, 2.0)
    curve_fast: float = declared(0.3, "number", "fast wave", -2.0, 2.0)
    curve_numbers: str = declared("0 1 2 3 2 1 0 -1 -2 -3 -2 -1 0", "text", "numbers of the curve", 0, 4000)
    word: str = declared("laboratories", "text", "string", 1, LONGEST, help="letters a to z", pattern="[a-z]+")
    word_length: int = declared(LONGEST, "whole", "longest string (letters)", 1, LONGEST)
    written_letter: int = declared(LONGEST, "whole", "letter written", 1, LONGEST)
    gap_updates: int = declared(0, "whole", "updates shown", 0, 2_000)
    code_updates: int = declared(0, "whole", "updates shown", 0, 10_000)
    reverse_updates: int = declared(0, "whole", "updates shown", 0, 10_000)
    forecast_updates: int = declared(0, "whole", "updates shown", 0, 2_000)
    hello_updates: int = declared(40, "whole", "updates shown", 0, 2000)
    hello_rate: float = declared(0.1, "number", "learning rate", 0.001, 1.0, log=True)
    hello_cut: bool = declared(False, "switch", "W_hh = 0", help="No recurrent weights: not drawn, not learned.")
    read_text: str = declared("", "passage", "text", 0, LINKED, help="The app's own paragraph where empty.")
    read_paste: str = declared("", "text", "fingerprint of a long text", 0, 16, help="16 digits", pattern=FINGERPRINT)
    read_layers: str = declared("1", "choice", "layers", choices=_layers)
    read_axis: str = declared("near", "choice", "log₁₀ axis", choices=_axes)
    read_updates: int = declared(200, "whole", "updates shown", 0, 5000)
    read_rate: float = declared(0.01, "number", "learning rate", 0.0001, 0.3, log=True)
    temperature: float = declared(0.7, "number", "temperature", 0.05, 5.0, log=True)
    read_from: int = declared(1, "whole", "first character shown", 1, texts.MAX_LENGTH)
    read_at: int = declared(76, "whole", "predicts after character", 1, SHOWN)
    mode_updates: int = declared(400, "whole", "updates shown", 0, 2000)
    mode_rate: float = declared(0.02, "number", "learning rate", 0.001, 0.3, log=True)
    mode_example: int = declared(7, "whole", "example", 1, EXAMPLES)
    mode_output: int = declared(5, "whole", "output looked at", 1, 5)
    task: str = declared("adding", "choice", "task", choices=lambda: {name: row.label for name, row in TASKS.items()})
    task_length: int = declared(50, "whole", "length T (steps)", 10, MAX_LENGTH)
    lag: int = declared(20, "whole", "lag k (steps)", 1, MAX_LAG)
    train_rate: float = again("train_rate")
    train_clip: float = again("train_clip")
    optimiser: str = again("optimiser")
    truncate: int = again("truncate")
    kept: str = declared("", "text", "runs kept", 0, 2000, help="runs joined by ~", pattern=_RUNS)
    generations: int = declared(0, "whole", "generations shown", 0, 40)

    def __post_init__(self):
        """Validate, and bring every declared value to its plain type."""
        for name, spec in view_specs().items():
            object.__setattr__(self, name, spec.read(name, getattr(self, name)))
        read_kept(self.kept)

    def replace(self, **changes) -> Self:
        """The same picture with some fields changed."""
        return dataclasses.replace(self, **changes)

    @cached_property
    def runs(self) -> list[Experiment]:
        """The experiments drawn, one a cell, in menu order."""
        drawn = {*self.overlay, self.experiment.cell}
        return [self.experiment.for_cell(name) for name in all_cells() if name in drawn]

    @cached_property
    def operations(self) -> "Operations":
        """What is held and blocked, of what the cell has."""
        names = self.experiment.cell_class.intermediates()
        parts = (part.split("_") for part in self.hold.split("~") if part)
        holds = {name: Hold(name, float(value), int(first), int(last)) for name, value, first, last in parts}
        return Operations(
            tuple(hold for name, hold in holds.items() if name in names),
            tuple(name for name in names if name in self.blocked.split("~")),
        )

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
                    read_kept(fields.get("kept", ""))
                except ExperimentError as error:
                    fields.pop(name, None)
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
    if experiment == default_experiment() and query != "default" and not set(parse_qs(query)) & set(specs()):
        raise ExperimentError(f"expected an experiment as a query string; got {query[:40]!r}.")
    return experiment
