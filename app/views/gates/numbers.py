"""What every wire of a cell carries, forward and back, and how much of the gradient takes the direct path."""

import math
from typing import NamedTuple

import jax
import numpy as np

from app.background.answer import Answer, together, work
from app.numbers import Flow, flow, input_sequence, shape
from app.settings import Settings
from app.views.gates.settings import Operations, operations
from app.views.gates.symbols import is_signed, size
from cells import Surgery
from cells.analyses.anatomy import anatomy
from cells.analyses.highway import Highway
from cells.diagram import Diagram, diagram
from cells.experiment import Experiment
from cells.inputs import INPUT_SIZE
from cells.nonlinearity import nonlinearities, pre_activation
from cells.program import skeleton
from cells.running import run

NOTHING = Operations()
DRAWABLE = np.float32(1e30)
"""Values as large as this are on their way out of the finite numbers: there is a gap where they would be drawn."""
QUICK = 4_000_000
"""Largest T H² that is computed while the reader waits, a few tenths of a second; more of it shows its progress."""
ROUNDING = 12.0
"""Decades below the direct path at which what blocked names leave of every other path is rounding."""
SPLIT = ("direct", "rest", "total")
"""What a size of a highway is of, as lessons call it."""
BINS = np.linspace(-8.0, 8.0, 65)
"""Edges of the histogram of pre-activations."""


class Inside(NamedTuple):
    """A cell's inside, as the screen needs it; index 0 is step 1.

    Attributes:
        diagram: the cell as drawn; its wires and feeds are the second axes below.
        values: (T, wires, H) float32, NaN where they are not finite.
        log10_norm: (T, wires) float32, log10 norm of the gradient of what passed; -inf where it is exactly 0.
        log10_feeds: (T, feeds) float32, the part of it that goes back along each feed.
        log10_after: (T, fields) float32, what enters each field of the state from the end of the step.
        overflow: first step up to the loss that left the finite numbers; 0 if there is none.
        highways: {field: log10 sizes of the direct part, the remainder and the total, each (T,)}; a size is the root
            mean square singular value, 1 where everything is carried.
        last: the last step with a loss.
        nonlinearities: {name: what it is of its pre-activation}; not of what has none.
    """

    diagram: Diagram
    values: np.ndarray
    log10_norm: np.ndarray
    log10_feeds: np.ndarray
    log10_after: np.ndarray
    overflow: int
    highways: dict[str, Highway]
    last: int
    nonlinearities: dict[str, "Nonlinearity"]


class Nonlinearity(NamedTuple):
    """A nonlinearity and its slope at the middle of each of the BINS.

    Attributes:
        pre: the wire of the pre-activation.
        value: (bins,) the nonlinearity.
        slope: (bins,) its slope.
    """

    pre: int
    value: np.ndarray
    slope: np.ndarray


class Gates(NamedTuple):
    """What the figure shows.

    Attributes:
        now: the cell with what is held and blocked.
        before: the cell as it is; the same where nothing is held or blocked.
        flow: its gradient, for the check.
        xs: (T, channels in use) the input.
    """

    now: Inside
    before: Inside
    flow: Flow
    xs: np.ndarray


def untouched(settings: Settings) -> Experiment | None:
    """The experiment where nothing is held or blocked, else None."""
    return settings.experiment if operations(settings) == NOTHING else None


def gates(settings: Settings) -> Answer[Gates]:
    """The cell as it is, and with what is held and blocked."""
    experiment = settings.experiment

    def as_held(found: list) -> Answer[Gates]:
        flow, before = found
        return inside(experiment, operations(settings)).then(
            lambda now: Gates(now, before, flow, input_sequence(experiment))
        )

    return together([flow(experiment), inside(experiment)]).then(as_held)


def measures(settings: Settings, found: Gates) -> dict[str, float]:
    """What lessons ask for.

    Returns:
        Of the direct path of the first field that has one, from the last step back to step 1: log10_direct, log10_rest
        and log10_total, the sizes of the split; kept, its factor a step; memory, 1 / (1 - kept) steps; half, the steps
        in which it halves. Of every gate, by its symbol: mean, its opening over units and steps. Of every field, by its
        symbol: size, of its values at the last step; log10_gradient and log10_last, of the loss's gradient at the
        cursor's step and at the last.
    """
    inside, told = found.now, {}
    cell_class, at, last = settings.experiment.cell_class, settings.step("at") - 1, inside.last - 1
    for way in list(inside.highways.values())[:1]:
        told |= {f"log10_{name}": float(curve[0]) for name, curve in zip(SPLIT, way, strict=True)}
        nats = math.log(10) * told["log10_direct"] / max(last, 1)
        told |= {
            "kept": math.exp(nats),
            "memory": -1 / math.expm1(nats) if nats < 0 else math.inf,
            "half": -math.log(2) / nats if nats < 0 else math.inf,
        }
    for name in cell_class.intermediates():
        wire = inside.diagram.named(name).wire
        if name in cell_class.State._fields:
            told[f"{name}.size"] = float(size(inside.values[last, wire]))
            told[f"{name}.log10_gradient"] = float(inside.log10_norm[at, wire])
            told[f"{name}.log10_last"] = float(inside.log10_norm[last, wire])
        elif not is_signed(cell_class, name):
            told[f"{name}.mean"] = float(inside.values[:, wire].mean())
    return told


@work(
    compiles=shape,
    cost=lambda experiment, operations: experiment.length * experiment.hidden_size**2,
    quick=QUICK,
)
def inside(experiment: Experiment, operations: Operations = NOTHING) -> Inside:
    """Values and gradients of every wire of an experiment's cell, with what is held and blocked."""
    cell_class = experiment.cell_class
    surgery = Surgery.none(cell_class.intermediates()).block(*operations.blocked)
    for hold in operations.holds:
        surgery = surgery.hold(*hold)
    found = jax.device_get(run(experiment, anatomy, surgery))
    length = experiment.length
    skeletal = skeleton(cell_class, INPUT_SIZE, experiment.hidden_size, found.switches)
    fields = [field for field in cell_class.State._fields if field in cell_class.direct]
    return Inside(
        diagram(skeletal),
        np.where(np.abs(found.values[:length]) < DRAWABLE, found.values[:length], np.float32(np.nan)),
        *(array[:length].astype(np.float32) for array in (found.log10_norm, found.log10_feeds, found.log10_after)),
        int(found.overflow),
        {
            field: _sizes(way, length, experiment.hidden_size, bool(operations.blocked))
            for field, way in zip(fields, found.highways, strict=True)
        },
        experiment.last_loss_step,
        {
            name: Nonlinearity(pre_activation(cell_class, name), *curves)
            for name, curves in nonlinearities(cell_class, found.switches, (BINS[1:] + BINS[:-1]) / 2).items()
        },
    )


def _sizes(way: Highway, length: int, units: int, blocked: bool) -> Highway:
    direct, rest, total = (curve[:length] - 0.5 * np.log10(units) for curve in way)
    if blocked:
        rest = np.where(rest < direct - ROUNDING, -np.inf, rest)
    return Highway(*(curve.astype(np.float32) for curve in (direct, rest, total)))
