"""A layer of the file on a sequence: its gradient as it is, as changed, and of a new cell of the same kind and size."""

from typing import Any, NamedTuple

import numpy as np

from app.background.answer import Answer, Work, report, together, work
from app.figure import Unanswerable
from app.language import _
from app.numbers import Compared, Flow, drawable, of_flow
from app.settings import Settings
from app.views.mine import kept
from cells import all_cells, keys
from cells.analyses.adjoint import named_loss
from cells.analyses.gradient_flow import gradient_flow
from cells.analyses.growth import growth
from cells.base import AbstractCell
from cells.diagnosis import Diagnosis, InFloat, diagnose, in_floats, keeping
from cells.programs import compiled
from cells.weights import Found, Layer, WeightsError

MOST_UNITS, MOST_CHANNELS = 512, 2048
"""Largest layer that is looked at."""
MOST_MULTIPLICATIONS = 10_000_000_000
"""Of weights by what passes them, over all steps; a longer sequence is cut."""
MOST_DIAGNOSED = 2_000_000_000
"""The same for the diagnosis, which tries several changes; of a longer sequence it takes the end."""
QUICK, LARGE = 20_000_000, 500_000_000
"""The same, of what is done while one asks, and of what nothing short waits behind."""
BUCKETS = (64, 256, 1024, kept.MOST_STEPS)
"""Sequences are padded to the next of these, so that another length compiles nothing."""


class Asked(NamedTuple):
    """What decides the network and its sequence.

    Attributes:
        model: fingerprint of the file.
        place: of the layer in it, from 0.
        answers: (subject, value) of what the file leaves open and the reader answered.
        series: fingerprint of the sequence; empty for noise.
        missing: what becomes of missing values.
        standardise: whether every column gets mean 0 and deviation 1.
        seed: of the noise.
        length: steps.
    """

    model: str
    place: int
    answers: tuple[tuple[str, str], ...]
    series: str
    missing: str
    standardise: bool
    seed: int
    length: int


class Mine(NamedTuple):
    """What the figure shows.

    Attributes:
        cell: name of the cell in the menu.
        label: what it is called.
        units: its number of units.
        changed: gradient with the sliders' gain and bias.
        as_is: gradient of the network as it is in the file.
        usual: gradient of a cell of the same kind and size as the laboratory draws it.
        floats: what becomes of the first one in several types of number.
        keeps: what the bias is called that the slider adds to; empty where there is none.
        least: steps of the sequence where they are fewer than was asked for; else 0.
    """

    cell: str
    label: str
    units: int
    changed: Flow
    as_is: Flow
    usual: Flow
    floats: tuple[InFloat, ...]
    keeps: str
    least: int


def absent(settings: Settings) -> str:
    """Why there is nothing to show, as a sentence; "" where there is."""
    try:
        asked_of(settings)
    except Unanswerable as error:
        return str(error)
    return ""


def file_of(fingerprint: str) -> Found:
    """The file of a fingerprint.

    Raises:
        Unanswerable: it is not here.
    """
    found = kept.model(fingerprint)
    if found is None:
        raise Unanswerable(
            _(
                "model: expected a weight file that this server has in its memory; it has none with this fingerprint. "
                "Drop the same file again, and the picture is back."
            )
        )
    return found


def layer_of(settings: Settings) -> Layer:
    """The layer that is chosen.

    Raises:
        Unanswerable: the file is not here.
    """
    return file_of(settings.model).layers[place_of(settings)]


def place_of(settings: Settings) -> int:
    """Its place in the file, from 0.

    Raises:
        Unanswerable: the file is not here.
    """
    return min(settings.model_layer, len(file_of(settings.model).layers)) - 1


def open_to(layer: Layer, settings: Settings) -> dict[str, str]:
    """{subject: answer} of what may be answered for a layer and has been."""
    given = {name: getattr(settings, f"model_{name}") for name in ("gates", "activation", "reset")}
    return {name: value for name, value in given.items() if name in layer.facts and value in layer.facts[name].choices}


def has_keeper(layer: Layer) -> bool:
    """Whether a gate keeps the state, whose bias can be raised."""
    return any(spec.leading and spec.replaced_by for spec in layer.cell_class.hyperparameters)


def rows(settings: Settings) -> int:
    """Steps of the sequence that was given; 0 for noise, or where it is not here."""
    variants = kept.series.get(settings.model_series) if settings.model_series else None
    return max(len(table.values) for table in variants.values()) if variants else 0


def asked_of(settings: Settings) -> Asked:
    """What is asked for.

    Raises:
        Unanswerable: it cannot be looked at; the message says what was expected and what came.
    """
    found, place = file_of(settings.model), place_of(settings)
    layer = found.layers[place]
    if layer.hidden_size > MOST_UNITS or layer.input_size > MOST_CHANNELS:
        raise Unanswerable(
            _(
                "layer: expected at most {units} units and {channels} channels of input; it has {own} and "
                "{own_channels}."
            ).format(units=MOST_UNITS, channels=MOST_CHANNELS, own=layer.hidden_size, own_channels=layer.input_size)
        )
    answers = open_to(layer, settings)
    try:
        layer.cell(**answers)
    except WeightsError as error:
        raise Unanswerable(str(error)) from None
    length = min(settings.model_length, MOST_MULTIPLICATIONS // size_of(layer))
    if settings.model_series:
        length = min(
            length, len(_series(settings.model_series, settings.model_missing, first(found, layer).input_size))
        )
    noise = not settings.model_series
    return Asked(
        settings.model,
        place,
        tuple(sorted(answers.items())),
        settings.model_series,
        "" if noise else settings.model_missing,
        settings.model_standardise and not noise,
        settings.model_seed,
        length,
    )


def first(found: Found, layer: Layer) -> Layer:
    """The layer that reads the input, from which this one reads."""
    while layer.below:
        layer = found[layer.below[0]]
    return layer


def size_of(layer: Layer) -> int:
    """Weights of its matrices."""
    return layer.W_ih.size + layer.W_hh.size


def _series(fingerprint: str, missing: str, channels: int) -> np.ndarray:
    """(T, channels) the rows that were given.

    Raises:
        Unanswerable: they are not here, or are not what the network reads.
    """
    variants = kept.series.get(fingerprint)
    if variants is None:
        raise Unanswerable(
            _(
                "sequence: expected one that this server has in its memory; it has none with this fingerprint. Give "
                "the same rows again, and the picture is back."
            )
        )
    table = variants.get("") or variants.get(missing)
    if table is None:
        raise Unanswerable(_("sequence: expected a choice for missing values; some are missing, and none was made."))
    if table.values.shape[1] != channels:
        raise Unanswerable(
            _("sequence: expected {channels} columns of numbers, one a channel; got {count}.").format(
                channels=channels, count=table.values.shape[1]
            )
        )
    if len(table.values) < 2:
        raise Unanswerable(_("sequence: expected at least two rows; got one."))
    return table.values


def setup(asked: Asked) -> tuple[AbstractCell, np.ndarray]:
    """The layer as a cell, and what it reads: (bucket, D), of which `asked.length` steps count.

    Raises:
        Unanswerable: the file or the sequence has been forgotten.
    """
    found = file_of(asked.model)
    layer = found.layers[asked.place]
    channels = first(found, layer).input_size
    bucket = next(size for size in BUCKETS if size >= asked.length)
    if asked.series:
        xs = _series(asked.series, asked.missing, channels)[-asked.length :]
        if asked.standardise:
            spread = xs.std(axis=0)
            xs = (xs - xs.mean(axis=0)) / np.where(spread > 0, spread, 1)
    else:
        xs = keys.normal(keys.fold_in(keys.key(asked.seed), 1), (bucket, channels))[: asked.length]
    answers = dict(asked.answers)
    if layer.below:  # what stands below runs over the sequence itself: a layer that reads backward begins at its end
        shared = {
            name: value
            for name, value in answers.items()
            if all(each.facts[name].choices for each in found.layers if name in each.facts)
        }
        read = found.inputs(layer.name, xs, **shared)
    else:
        read = xs[:: -1 if layer.backward else 1]
    padded = np.zeros((bucket, layer.input_size))
    padded[: asked.length] = read
    return layer.cell(**answers), padded


@compiled
def _gradient(cell: AbstractCell, xs: Any, length: Any) -> Any:
    return gradient_flow(cell, xs, named_loss(cell, xs.shape[0], "last", length=length), length)


def _flow(cell: AbstractCell, xs: np.ndarray, length: int) -> tuple[Flow, np.ndarray]:
    found = _gradient(cell, xs, np.asarray(length))
    curve, overflow = np.asarray(found.log10_state_norm), int(found.overflow)
    return (
        Flow(
            {name: drawable(np.asarray(found.log10_norm[name]), length, overflow) for name in cell.State._fields},
            drawable(curve, length, overflow),
            length,
            growth(curve, last=length, overflow=overflow),
            (),
            Compared(int(found.check.step), float(found.check.relative_error)),
        ),
        curve[:length],
    )


def _flows(asked: Asked, gain: float, bias: float) -> tuple[Flow, tuple[InFloat, ...], str]:
    """The gradient with the recurrent weights times the gain, and so much more bias on the gate that keeps."""
    cell, xs = setup(asked)
    keeps = keeping(cell)
    changes = {"W_hh": gain * np.asarray(cell.W_hh)}
    if keeps:
        changes["b"] = np.asarray(cell.b) + bias * keeps[1]
    flow, curve = _flow(cell.with_weights(**changes), xs, asked.length)
    return flow, in_floats(curve) if flow.growth.kind != "overflow" else (), keeps[0].label if keeps else ""


def _usual(asked: Asked) -> Flow:
    """The gradient of a new cell of the same kind and size, on the same sequence."""
    cell, xs = setup(asked)
    new = type(cell).init(cell.input_size, cell.hidden_size, key=keys.key(asked.seed))
    weights = {name: getattr(new, name) for name in cell.weights()}
    return _flow(cell.with_weights(**weights), xs, asked.length)[0]


def cost(asked: Asked, *_rest: float) -> float:
    """Multiplications; none where the file is not there."""
    found = kept.model(asked.model)
    return asked.length * size_of(found.layers[asked.place]) if found else 0.0


def shape(asked: Asked, *_rest: float) -> tuple:
    """What decides the programs it needs."""
    return asked.model, asked.place, asked.answers, next(size for size in BUCKETS if size >= asked.length)


flows, large_flows = (work(lane=lane, compiles=shape, cost=cost, quick=QUICK)(_flows) for lane in ("short", "long"))
usual, large_usual = (work(lane=lane, compiles=shape, cost=cost, quick=QUICK)(_usual) for lane in ("short", "long"))


@work(lane="long")
def diagnosed(asked: Asked) -> Diagnosis:
    """Everything that is the matter with the network as it is in the file."""
    _cell, xs = setup(asked)
    report(0.1)
    layer = file_of(asked.model).layers[asked.place]
    begin = max(0, asked.length - MOST_DIAGNOSED // size_of(layer))
    return diagnose(layer, xs[begin : asked.length], **dict(asked.answers))


def mine(settings: Settings) -> Answer[Mine]:
    """The network as changed by the sliders, as it is, and a new one."""
    asked = asked_of(settings)
    layer = layer_of(settings)
    large = cost(asked) > LARGE
    of_file: Work = large_flows if large else flows
    of_new: Work = large_usual if large else usual
    answers = [of_file(asked, settings.model_gain, settings.model_bias), of_file(asked, 1.0, 0.0), of_new(asked)]

    def put_together(values: list[Any]) -> Mine:
        (changed, floats, keeps), (as_is, _floats, _keeps), new = values
        names = {cell_class: name for name, cell_class in all_cells().items()}
        least = asked.length if asked.length < settings.model_length else 0
        label = layer.cell_class.label
        return Mine(names[layer.cell_class], label, layer.hidden_size, changed, as_is, new, floats, keeps, least)

    return together(answers).then(put_together)


def measures(settings: Settings, found: Mine) -> dict[str, float]:
    """What lessons ask for: of the network as changed, as it is in the file, and of the new one."""
    named = {"as_is": found.as_is, "usual": found.usual}
    told = {f"{name}.{key}": value for name, flow in named.items() for key, value in of_flow(flow).items()}
    return of_flow(found.changed) | told
