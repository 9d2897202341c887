"""An experiment: everything a picture depends on, as plain values.

It is frozen and hashable, so that it is cache key, URL and test input in one.
"""

import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, quote, urlencode

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cells import activations, initializers, inputs
from cells.analyses.adjoint import Loss, named_loss
from cells.base import AbstractCell, Hyperparameter
from cells.initializers import Initialization
from cells.network.stacked import LAYER_RESIDUAL, MAX_LAYERS, MAX_UNITS, stacked
from cells.reading import texts
from cells.zoo import all_cells

BUCKETS = (128, 512, 2048)
"""Sequences are padded to the next of these, so that changing the length compiles nothing."""
EDITABLE_SIZE = 4
"""Largest hidden size whose weights can be given one by one."""
LOSSES = {
    "last": "the last step",
    "every": "every step",
    "step": "one chosen step",
}
"""Where the loss 1·h_t / sqrt(H) applies."""


class ExperimentError(ValueError):
    """An experiment that cannot be; the message begins with its field, and says what was expected and what came."""

    @property
    def field(self) -> str:
        """Name of the field that cannot be."""
        return str(self).partition(":")[0]


class Setup(NamedTuple):
    """An experiment made real, padded to its bucket.

    Attributes:
        cell: the cell with its weights.
        xs: (bucket, INPUT_SIZE) inputs, zero beyond `length`.
        loss: the loss, as data.
        length: T, the steps really taken.
    """

    cell: AbstractCell
    xs: Array
    loss: Loss
    length: Array


class Spec(NamedTuple):
    """What one field of the experiment accepts; the interface reads it.

    Attributes:
        kind: "whole", "number", "switch", "choice", "choices", "text", "passage" or "numbers".
        label: name on the screen, with its unit.
        low: smallest value.
        high: largest value; for a text its longest length.
        log: whether its effect is multiplicative.
        help: one sentence for the reader.
        choices: of a "choice" or "choices", gives {value: label} in menu order.
        pattern: of a "text", the regular expression it must match; its help says so in words.
    """

    kind: str
    label: str
    low: float = 0
    high: float = 0
    log: bool = False
    help: str = ""
    choices: Callable[[], Mapping[str, str]] = dict
    pattern: str = ""

    def read(self, name: str, value: Any) -> Any:
        """The value as this field's type.

        Args:
            name: the field, for the message.
            value: a plain value, or its text.

        Raises:
            ExperimentError: it is of another type, not finite, or out of range.
        """
        return _READERS[self.kind](self, name, value)


def _expected(name: str, what: str, value: Any) -> ExperimentError:
    shown = repr(value)
    return ExperimentError(f"{name}: expected {what}; got {shown if len(shown) <= 40 else shown[:40] + '…'}.")


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _read_number(spec: Spec, name: str, value: Any) -> float:
    number = None if isinstance(value, bool) else _number(value)
    if number is None or not spec.low <= number <= spec.high:
        raise _expected(name, f"a number from {spec.low:g} to {spec.high:g}", value)
    return number


def _read_whole(spec: Spec, name: str, value: Any) -> int:
    number = None if isinstance(value, bool) else _number(value)
    if number is None or number != int(number) or not spec.low <= number <= spec.high:
        raise _expected(name, f"a whole number from {spec.low:d} to {spec.high:d}", value)
    return int(number)


def _read_switch(spec: Spec, name: str, value: Any) -> bool:
    known = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
    if str(value).lower() not in known:
        raise _expected(name, "true or false", value)
    return known[str(value).lower()]


def _read_choice(spec: Spec, name: str, value: Any) -> str:
    choices = spec.choices()
    if not isinstance(value, str) or value not in choices:
        raise _expected(name, f"one of {', '.join(choices)}", value)
    return value


def _read_choices(spec: Spec, name: str, value: Any) -> tuple[str, ...]:
    choices = spec.choices()
    named = [item for item in value.split(",") if item] if isinstance(value, str) else list(value)
    strange = [item for item in named if item not in choices]
    if strange:
        raise _expected(name, f"names among {', '.join(choices)}", ", ".join(map(str, strange)))
    return tuple(choice for choice in choices if choice in named)


def _read_text(spec: Spec, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _expected(name, "text", value)
    if len(value) > spec.high:
        raise ExperimentError(f"{name}: expected at most {spec.high:d} characters; got {len(value)}.")
    if any(0xD800 <= ord(character) < 0xE000 for character in value):
        raise ExperimentError(f"{name}: expected text that a link can carry; got half of a surrogate pair.")
    if spec.pattern and not re.fullmatch(spec.pattern, value, re.ASCII):
        raise _expected(name, spec.help, value)
    return value


def _read_passage(spec: Spec, name: str, value: Any) -> str:
    passage = _read_text(spec, name, value)
    try:
        return passage and texts.read(passage).content
    except texts.TextError as error:
        raise ExperimentError(f"{name}: {error}") from None


def _read_numbers(spec: Spec, name: str, value: Any) -> tuple[float, ...]:
    items = value.replace(",", " ").split() if isinstance(value, str) else np.ravel(value).tolist()
    numbers = tuple(_number(item) for item in items)
    if any(number is None or not abs(number) <= spec.high for number in numbers):
        raise _expected(name, f"finite numbers from {-spec.high:g} to {spec.high:g}, separated by commas", value)
    return numbers


_READERS = {
    "number": _read_number,
    "whole": _read_whole,
    "switch": _read_switch,
    "choice": _read_choice,
    "choices": _read_choices,
    "text": _read_text,
    "passage": _read_passage,
    "numbers": _read_numbers,
}


def choices_of(name: str) -> Mapping[str, str]:
    """The choices of a field of kind "choice": {value: label}, in menu order."""
    return specs()[name].choices()


def declared(default: Any, *spec: Any, **more: Any) -> Any:
    """A dataclass field that carries its `Spec`."""
    return field(default=default, metadata={"spec": Spec(*spec, **more)})


@cache
def declarations(declaring: type) -> dict[str, Spec]:
    """What each declared field of a dataclass accepts, by name, in the order they are declared."""
    return {item.name: item.metadata["spec"] for item in dataclasses.fields(declaring) if "spec" in item.metadata}


def departures(declaring: Any) -> list[tuple[str, str]]:
    """(name, text) of every declared field that does not have its default."""
    defaults = {item.name: item.default for item in dataclasses.fields(declaring)}
    named = [(name, getattr(declaring, name)) for name in declarations(type(declaring))]
    return [(name, written(value)) for name, value in named if value != defaults[name]]


def _labels(table: Callable[[], Mapping[str, Any]]) -> Callable[[], dict[str, str]]:
    return lambda: {key: row.label for key, row in table().items()}


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Everything a picture depends on. Validated on construction.

    Numbers beyond a cell's shared ones (forget bias, update bias ...) are `hyperparameters`, by the names their cells
    declare; they are given as a mapping and kept as a sorted tuple of pairs without the defaults.

    Raises:
        ExperimentError: a field is out of range; the message gives what was expected and what came.
    """

    cell: str = declared("rnn", "choice", "cell", choices=_labels(all_cells))
    hidden_size: int = declared(16, "whole", "hidden size", 1, MAX_UNITS)
    layers: int = declared(
        1, "whole", "layers", 1, MAX_LAYERS, help="Cells above one another, each of the hidden size."
    )
    length: int = declared(128, "whole", "length (steps)", 1, BUCKETS[-1], log=True)
    activation: str = declared("tanh", "choice", "activation", choices=_labels(lambda: activations.ACTIVATIONS))
    initializer: str = declared(
        "orthogonal", "choice", "initialisation of W_hh", choices=_labels(lambda: initializers.INITIALIZERS)
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
    input: str = declared("noise", "choice", "input", choices=_labels(lambda: inputs.INPUTS))
    channels: int = declared(4, "whole", "channels of noise", 1, inputs.INPUT_SIZE)
    onset: int = declared(1, "whole", "onset (step)", 1, BUCKETS[-1])
    period: float = declared(20.0, "number", "period (steps)", 2.0, 1000.0)
    text: str = declared("hello world ", "text", "text", 0, inputs.MAX_ITEMS)
    numbers: str = declared("1, 0, -1, 0", "text", "numbers", 0, 14 * inputs.MAX_ITEMS)
    loss: str = declared("last", "choice", "loss on", choices=lambda: LOSSES)
    loss_step: int = declared(
        64, "whole", "loss step", 1, BUCKETS[-1], help="Beyond the sequence's end it is the last step."
    )
    seed: int = declared(0, "whole", "seed", 0, 2**31 - 1)
    W_hh: tuple[float, ...] = declared(
        (),
        "numbers",
        "W_hh, row by row",
        high=1e6,
        help="Recurrent weights of the first layer before the gain, gate after gate, for at most 4 units.",
    )
    b: tuple[float, ...] = declared((), "numbers", "b, gate after gate", high=1e6, help="Biases of the first layer.")
    hyperparameters: tuple[tuple[str, float | bool], ...] = ()

    def __post_init__(self):
        """Validate, and bring every value to its plain type."""
        for name, spec in specs().items():
            object.__setattr__(self, name, spec.read(name, getattr(self, name)))
        object.__setattr__(self, "hyperparameters", _read_hyperparameters(dict(self.hyperparameters)))
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
        self._sequence(1)

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
        values = _last_values(query)
        fields, problems = {}, []
        for name, spec in every_spec().items():
            if name in values:
                try:
                    fields[name] = spec.read(name, values[name])
                except ExperimentError as error:
                    problems.append(str(error))
        chosen = {name: fields.pop(name) for name in hyperparameter_specs() if name in fields}
        fields["hyperparameters"] = chosen
        # What is left can only fail together: hand-set weights that do not fit, or text that is no sequence.
        while True:
            try:
                return cls(**fields), problems
            except ExperimentError as error:
                problems.append(str(error))
                del fields[error.field]

    def build(self) -> Setup:
        """Draw the weights and the input. The same experiment gives the same arrays on every machine."""
        return Setup(*self.run(_nothing_more))

    def run(self, analysis: Callable[..., Any], *given: Any) -> Any:
        """`analysis(cell, xs, loss, length, *given)` of a cell whose weights are drawn by a program of their own.

        Args:
            analysis: a module-level function of a Setup's four fields; it is compiled once for each cell, hidden size
                and bucket.
            given: what else it takes: arrays, or tuples of them.

        Returns:
            What the analysis returns, as arrays.
        """
        cell_class = self.cell_class
        seed, xs = self._drawn_from()
        *numbers, given_b, length, loss_step = self._shared(cell_class)
        cell = _drawn(cell_class, self.hidden_size, seed, *numbers)
        return _run(analysis, cell, xs, given_b, length, loss_step, given)

    def run_network(self, network: Any, analysis: Callable[..., Any], *given: Any) -> Any:
        """`analysis(network, xs, length, *given)` of a network whose weights are drawn by a program of their own.

        Args:
            network: something hashable with an `init` that takes what that of a cell takes.
            analysis: a module-level function; it is compiled once for each network, hidden size and bucket.
            given: what else it takes: arrays, or tuples of them.
        """
        seed, xs = self._drawn_from()
        *numbers, _, length, _ = self._shared(all_cells()[self.cell])
        return _run_network(analysis, _drawn(network, self.hidden_size, seed, *numbers), xs, length, given)

    def run_seeds(self, analysis: Callable[..., Any], seeds: Sequence[int], *given: Any) -> Any:
        """The same for several seeds at once: what the analysis returns, with an axis of seeds in front."""
        drawn = [self.replace(seed=seed)._drawn_from() for seed in seeds]
        cell_class = self.cell_class
        seeds_first = [np.stack(parts) for parts in zip(*drawn, strict=True)]
        return _run_seeds(analysis, cell_class, self.hidden_size, *seeds_first, *self._shared(cell_class), given)

    def initialization(self) -> Initialization:
        """How the weights are drawn; those given by hand, and the input's channels in use, are left aside."""
        position = initializers.index(self.initializer)
        return Initialization(position, self.gain, self.spectral_radius, self.input_scale, self.bias_scale)

    def settings_of(self, cell_class: type[AbstractCell]) -> dict[str, float | bool]:
        """Value of every hyperparameter that a cell declares, by name."""
        return {spec.name: self.hyperparameter(spec.name) for spec in cell_class.hyperparameters}

    def _drawn_from(self) -> tuple[np.uint32, np.ndarray]:
        """What the seed decides: the key of the weights, and the padded input."""
        xs = np.zeros((self.bucket, inputs.INPUT_SIZE))
        xs[: self.length] = self._sequence(self.length)[0]
        return np.uint32(self.seed), xs

    def _shared(self, cell_class: type[AbstractCell]) -> tuple[Any, ...]:
        """What it does not."""
        channels = self._sequence(1)[1]
        # W_ih is drawn for INPUT_SIZE channels; Glorot's variance counts those in use.
        fan = math.sqrt((inputs.INPUT_SIZE + self.hidden_size) / (channels + self.hidden_size))
        given = {
            name: (bool(getattr(self, name)), np.reshape(getattr(self, name) or np.zeros(shape), shape).astype(float))
            for name, shape in cell_class.editable(self.hidden_size).items()
        }
        return (
            activations.index(self.activation),
            self.initialization()._replace(given=given.get("W_hh"), fan=fan),
            self.settings_of(cell_class),
            given["b"],
            self.length,
            0 if self.loss == "every" else self.last_loss_step,
        )

    def sequence(self) -> np.ndarray:
        """The input alone, (T, channels in use)."""
        xs, channels = self._sequence(self.length)
        return xs[:, :channels]

    @property
    def bucket(self) -> int:
        """Steps that the sequence is padded to."""
        return next(size for size in BUCKETS if size >= self.length)

    @property
    def last_loss_step(self) -> int:
        """The last step with a loss, counted from 1."""
        return min(self.loss_step, self.length) if self.loss == "step" else self.length

    def _sequence(self, length: int) -> tuple[np.ndarray, int]:
        request = inputs.Request(length, self.channels, self.onset, self.period, self.seed, self.text, self.numbers)
        try:
            return inputs.sequence(self.input, request)
        except inputs.InputError as error:
            raise ExperimentError(str(error)) from None


@partial(jax.jit, static_argnames=("drawable", "hidden_size"))
def _drawn(
    drawable: Any,
    hidden_size: int,
    seed: Array,
    activation: Array,
    initialization: Initialization,
    hyperparameters: dict[str, Array],
) -> Any:
    """A cell, or a network that is drawn as one. Called by itself it is a program that all analyses share."""
    key = jax.random.key(seed)
    numbers = {"activation": activation, "initialization": initialization, **hyperparameters}
    return drawable.init(inputs.INPUT_SIZE, hidden_size, key=key, **numbers)


def _analysed(
    analysis: Callable[..., Any],
    cell: AbstractCell,
    xs: Array,
    given_b: tuple[Array, Array],
    length: Array,
    loss_step: Array,
    given: tuple[Any, ...],
) -> Any:
    cell = cell.with_weights(b=jnp.where(given_b[0], given_b[1], cell.b))
    loss = named_loss(cell, xs.shape[0], "every", length=length)
    weight = jnp.where(loss_step == 0, loss.weight, jnp.arange(1, xs.shape[0] + 1) == loss_step)
    return analysis(cell, xs, loss._replace(weight=weight), length, *given)


_run = partial(jax.jit, static_argnames="analysis")(_analysed)


@partial(jax.jit, static_argnames="analysis")
def _run_network(analysis: Callable[..., Any], network: Any, xs: Array, length: Array, given: tuple[Any, ...]) -> Any:
    return analysis(network, xs, length, *given)


@partial(jax.jit, static_argnames=("analysis", "cell_class", "hidden_size"))
def _run_seeds(
    analysis: Callable[..., Any],
    cell_class: type[AbstractCell],
    hidden_size: int,
    seeds: Array,
    xs: Array,
    activation: Array,
    initialization: Initialization,
    hyperparameters: dict[str, Array],
    *shared: Any,
) -> Any:
    def one(seed, xs):
        cell = _drawn(cell_class, hidden_size, seed, activation, initialization, hyperparameters)
        return _analysed(analysis, cell, xs, *shared)

    return jax.vmap(one)(seeds, xs)


@cache
def default_experiment() -> Experiment:
    """The experiment where nothing is said: made once, and not before it is asked for, since its input is compiled."""
    return Experiment()


def idle_settings(cell_class: type[AbstractCell]) -> tuple[str, ...]:
    """Fields of the experiment that change nothing of a cell, whatever they are set to."""
    names = () if cell_class.nonlinear else ("activation",)
    return names if "W_hh" in cell_class.weights() else (*names, "initializer", "gain", "spectral_radius")


def _nothing_more(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> tuple:
    return cell, xs, loss, length


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


def _last_values(query: str | Mapping[str, str]) -> dict[str, str]:
    if isinstance(query, str):
        return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    return dict(query)


def written(value: Any) -> str:
    """A plain value as text that reads back to the same value."""
    if isinstance(value, tuple):
        return ",".join(written(item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)
