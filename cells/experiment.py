"""An experiment: everything a picture depends on, as plain values.

It is frozen and hashable, so that it is cache key, URL and test input in one.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self
from urllib.parse import quote, urlencode

import numpy as np

from cells import activations, initializers, inputs
from cells.base import AbstractCell, Hyperparameter
from cells.fields import FieldError, Spec, declarations, declared, departures, labels, last_values, readable, written
from cells.initializers import Initialization
from cells.remedies.stacked import LAYER_RESIDUAL, MAX_LAYERS, MAX_UNITS, stacked
from cells.zoo import all_cells

BUCKETS = (256, 2048)
"""Sequences are padded to the next of these, so that changing the length compiles nothing."""
EDITABLE_SIZE = 4
"""Largest hidden size whose weights can be given one by one."""
LOSSES = {
    "last": "the last step",
    "every": "every step",
    "step": "one chosen step",
}
"""Where the loss 1·h_t / sqrt(H) applies."""


class ExperimentError(FieldError):
    """An experiment that cannot be; the message begins with its field, and says what was expected and what came."""


def choices_of(name: str) -> Mapping[str, str]:
    """The choices of a field of kind "choice": {value: label}, in menu order."""
    return specs()[name].choices()


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Everything a picture depends on. Validated on construction.

    Numbers beyond a cell's shared ones (forget bias, update bias ...) are `hyperparameters`, by the names their cells
    declare; they are given as a mapping and kept as a sorted tuple of pairs without the defaults.

    Raises:
        ExperimentError: a field is out of range; the message gives what was expected and what came.
    """

    cell: str = declared("rnn", "choice", "cell", choices=labels(all_cells))
    hidden_size: int = declared(16, "whole", "hidden size", 1, MAX_UNITS)
    layers: int = declared(
        1, "whole", "layers", 1, MAX_LAYERS, help="Cells above one another, each of the hidden size."
    )
    length: int = declared(128, "whole", "length (steps)", 1, BUCKETS[-1], log=True)
    activation: str = declared("tanh", "choice", "activation", choices=labels(lambda: activations.ACTIVATIONS))
    initializer: str = declared(
        "orthogonal", "choice", "initialisation of W_hh", choices=labels(lambda: initializers.INITIALIZERS)
    )
    gain: float = declared(
        1.0, "number", "gain (× W_hh)", 0.05, 20.0, log=True, help="Multiplies the recurrent weights."
    )
    spectral_radius: float = declared(
        0.0,
        "number",
        "spectral radius (0: as drawn)",
        0.0,
        5.0,
        help="Rescales W_hh, each gate's block by itself, to this largest |eigenvalue|; the gain comes after.",
    )
    input_scale: float = declared(1.0, "number", "input scale (× W_ih)", 0.0, 10.0)
    bias_scale: float = declared(0.0, "number", "bias spread (std of b)", 0.0, 10.0)
    input: str = declared("noise", "choice", "input", choices=labels(lambda: inputs.INPUTS))
    channels: int = declared(4, "whole", "channels of noise", 1, inputs.INPUT_SIZE)
    onset: int = declared(1, "whole", "onset (step)", 1, BUCKETS[-1], example="input=impulse&onset=20")
    period: float = declared(20.0, "number", "period (steps)", 2.0, 1000.0, example="input=sine&period=50")
    text: str = declared(
        "hello world ", "text", "text", 0, inputs.MAX_ITEMS, example="input=text&text=to%20be%20or%20not"
    )
    numbers: str = declared(
        "1, 0, -1, 0", "text", "numbers", 0, 14 * inputs.MAX_ITEMS, example="input=numbers&numbers=3,1,2"
    )
    loss: str = declared("last", "choice", "loss on", choices=lambda: LOSSES)
    loss_step: int = declared(
        64,
        "whole",
        "loss step",
        1,
        BUCKETS[-1],
        help="Beyond the sequence's end it is the last step.",
        example="loss=step&loss_step=32",
    )
    seed: int = declared(0, "whole", "seed", 0, 2**31 - 1)
    W_hh: tuple[float, ...] = declared(
        (),
        "numbers",
        "W_hh, row by row",
        high=1e6,
        help="Recurrent weights of the first layer before the gain, gate after gate, for at most 4 units.",
        example="hidden_size=1&W_hh=0.9",
    )
    b: tuple[float, ...] = declared(
        (),
        "numbers",
        "b, gate after gate",
        high=1e6,
        help="Biases of the first layer.",
        example="hidden_size=1&b=2",
    )
    hyperparameters: tuple[tuple[str, float | bool], ...] = ()

    def __post_init__(self):
        """Validate, and bring every value to its plain type."""
        try:
            for name, spec in specs().items():
                object.__setattr__(self, name, spec.read(name, getattr(self, name)))
            object.__setattr__(self, "hyperparameters", _read_hyperparameters(dict(self.hyperparameters)))
        except FieldError as error:
            raise ExperimentError(str(error)) from None
        if self.layers * self.hidden_size > MAX_UNITS:
            raise ExperimentError(
                f"layers: expected at most {MAX_UNITS} units in all layers together; "
                f"got {self.layers} × {self.hidden_size}."
            )
        shapes = all_cells()[self.cell].editable(self.hidden_size)
        if self.W_hh and "W_hh" not in shapes:
            raise ExperimentError(f"W_hh: expected none, {self.cell} has no such matrix; got {len(self.W_hh)} numbers.")
        for name, shape in shapes.items():
            given, size = len(getattr(self, name)), math.prod(shape)
            if given and self.hidden_size > EDITABLE_SIZE:
                raise ExperimentError(
                    f"{name}: expected weights by hand only up to hidden_size {EDITABLE_SIZE}; "
                    f"got {given} for hidden_size {self.hidden_size}."
                )
            if given not in (0, size):
                times = "×".join(map(str, shape)) + " = " if len(shape) > 1 else ""
                raise ExperimentError(
                    f"{name}: expected {times}{size} numbers for {self.cell} with hidden_size {self.hidden_size}; "
                    f"got {given}."
                )
        try:
            inputs.check(self.input, self._request)
        except inputs.InputError as error:
            raise ExperimentError(str(error)) from None

    @property
    def cell_class(self) -> type[AbstractCell]:
        """The class of the cell, or of its stack where there is more than one layer."""
        cell = all_cells()[self.cell]
        return cell if self.layers == 1 else stacked(cell, self.layers)

    def hyperparameter(self, name: str) -> float | bool:
        """Value of a hyperparameter declared by any cell or by a stack."""
        return dict(self.hyperparameters).get(name, hyperparameter_specs()[name].default)

    def replace(self, **changes: Any) -> Self:
        """The same experiment with some fields changed."""
        return dataclasses.replace(self, **changes)

    def only(self, *names: str) -> Self:
        """The same in these fields alone, so that experiments are equal which differ only in what does not matter.

        All other fields have their defaults. Hyperparameters stay as far as the cell that is left declares them.
        """
        kept = type(self)(**{name: getattr(self, name) for name in names})
        own = {spec.name for spec in all_cells()[kept.cell].hyperparameters}
        return kept.replace(hyperparameters={name: value for name, value in self.hyperparameters if name in own})

    def for_cell(self, cell: str) -> Self:
        """The same experiment on another cell; weights given by hand belong to their own cell and are left behind."""
        return self if cell == self.cell else self.replace(cell=cell, W_hh=(), b=())

    def to_query(self) -> str:
        """URL query string that `from_query` turns into an equal experiment; what has its default is left out."""
        pairs = departures(self) + [(name, written(value)) for name, value in self.hyperparameters]
        return urlencode(pairs, quote_via=quote)

    @classmethod
    def from_query(cls, query: str | Mapping[str, str]) -> Self:
        """The experiment a query string describes; names it does not know are left alone.

        Raises:
            ExperimentError: a value is out of range.
        """
        experiment, problems = cls.repaired(query)
        if problems:
            raise ExperimentError(" ".join(problems))
        return experiment

    @classmethod
    def repaired(cls, query: str | Mapping[str, str]) -> tuple[Self, list[str]]:
        """The nearest experiment to a query string, and a sentence for everything that had to be dropped."""
        fields, problems = readable(every_spec(), last_values(query))
        chosen = {name: fields.pop(name) for name in hyperparameter_specs() if name in fields}
        fields["hyperparameters"] = chosen
        # What is left can only fail together: hand-set weights that do not fit, or text that is no sequence.
        while True:
            try:
                return cls(**fields), problems
            except ExperimentError as error:
                problems.append(str(error))
                del fields[error.field]

    def initialization(self) -> Initialization:
        """How the weights are drawn; those given by hand, and the input's channels in use, are left aside."""
        position = initializers.index(self.initializer)
        return Initialization(position, self.gain, self.spectral_radius, self.input_scale, self.bias_scale)

    def settings_of(self, cell_class: type[AbstractCell]) -> dict[str, float | bool]:
        """Value of every hyperparameter that a cell declares, by name."""
        return {spec.name: self.hyperparameter(spec.name) for spec in cell_class.hyperparameters}

    def sequence(self) -> np.ndarray:
        """The input alone, (T, channels in use)."""
        xs, channels = inputs.sequence(self.input, self._request)
        return xs[:, :channels]

    @property
    def channels_in_use(self) -> int:
        """Channels of the input that are ever other than 0."""
        return inputs.sequence(self.input, self._request)[1]

    @property
    def bucket(self) -> int:
        """Steps that the sequence is padded to."""
        return next(size for size in BUCKETS if size >= self.length)

    @property
    def last_loss_step(self) -> int:
        """The last step with a loss, counted from 1."""
        return min(self.loss_step, self.length) if self.loss == "step" else self.length

    @property
    def _request(self) -> inputs.Request:
        return inputs.Request(self.length, self.channels, self.onset, self.period, self.seed, self.text, self.numbers)


@cache
def default_experiment() -> Experiment:
    """The experiment where nothing is said, made once."""
    return Experiment()


def idle_settings(cell_class: type[AbstractCell]) -> tuple[str, ...]:
    """Fields of the experiment that change nothing of a cell, whatever they are set to."""
    names = () if cell_class.nonlinear else ("activation",)
    return names if "W_hh" in cell_class.weights() else (*names, "initializer", "gain", "spectral_radius")


def specs() -> dict[str, Spec]:
    """What each field of an Experiment accepts, by name."""
    return declarations(Experiment)


@cache
def hyperparameter_specs() -> dict[str, Hyperparameter]:
    """Every hyperparameter that some cell or a stack of cells declares, by name."""
    declared_by_cells = {spec.name: spec for cell in all_cells().values() for spec in cell.hyperparameters}
    return declared_by_cells | {LAYER_RESIDUAL.name: LAYER_RESIDUAL}


@cache
def hyperparameter_specs_as_fields() -> dict[str, Spec]:
    """The same, as fields of the experiment."""
    return {
        spec.name: Spec(
            "switch" if isinstance(spec.default, bool) else "number", spec.label, spec.low, spec.high, help=spec.help
        )
        for spec in hyperparameter_specs().values()
    }


@cache
def every_spec() -> dict[str, Spec]:
    """What can be set of an experiment, by name: its fields, and the hyperparameters of all cells."""
    return {**specs(), **hyperparameter_specs_as_fields()}


def _read_hyperparameters(values: dict[str, Any]) -> tuple[tuple[str, float | bool], ...]:
    fields = hyperparameter_specs_as_fields()
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise ExperimentError(f"hyperparameters: expected names among {', '.join(fields)}; got {', '.join(unknown)}.")
    read = {name: fields[name].read(name, value) for name, value in values.items()}
    return tuple(sorted((n, v) for n, v in read.items() if v != hyperparameter_specs()[n].default))
