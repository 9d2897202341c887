"""Where JAX arrays become NumPy: every number the app shows is computed here, once, and kept.

The cache is one for the process: a live frame, a page and thirty visitors who ask the same question share an answer.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from app.background.answer import Job, idle
from app.settings import Operations, default_overlay
from cells import Surgery, activations, backprop
from cells.analyses.anatomy import anatomy
from cells.analyses.contributions import contributions
from cells.analyses.descent import Descent, descent
from cells.analyses.forgetting import Forgetting, forgetting
from cells.analyses.gradient_flow import gradient_flow
from cells.analyses.growth import Growth, growth
from cells.analyses.highway import Highway
from cells.analyses.jacobians import Orbit, orbit
from cells.analyses.lyapunov import lyapunov_spectrum
from cells.analyses.mean_field import critical_gain, drive_std, mean_field_growth
from cells.analyses.spectrum import Spectrum, spectrum
from cells.analyses.survival import (
    Between,
    Survival,
    between,
    from_step,
    input_influence,
    last_gain,
    sent_on,
    step_singular_values,
    stretch,
    survival,
)
from cells.diagram import Diagram, diagram
from cells.experiment import BUCKETS, Experiment
from cells.inputs import INPUT_SIZE
from cells.program import skeleton

NOTHING = Operations()
DRAWABLE = np.float32(1e30)
"""Values as large as this are on their way out of the finite numbers: there is a gap where they would be drawn."""
GRACE = 2.0
"""Seconds a page has to itself before its other sequence lengths are compiled."""


class Check(NamedTuple):
    """Autodiff against a finite difference of the same number: the step compared, and the relative error."""

    step: int
    relative_error: float


class Flow(NamedTuple):
    """One experiment's gradient, as the screen needs it; index 0 is step 1.

    Attributes:
        log10_norm: {state: (T,) float32}, NaN where the gradient is exactly 0.
        log10_state_norm: (T,) float32, the same for the whole state.
        last: the last step with a loss, counted from 1; nothing is drawn beyond it.
        growth: the curve in numbers.
        bound_growths: theory's factors per step, in the order of the cell's `bounds`.
        check: the finite difference.
        summed: whether every step has a loss, so that each receives the sum of all that follow.
    """

    log10_norm: dict[str, np.ndarray]
    log10_state_norm: np.ndarray
    last: int
    growth: Growth
    bound_growths: tuple[float, ...]
    check: Check
    summed: bool = False


@lru_cache(maxsize=512)
def flow(experiment: Experiment) -> Flow:
    """The gradient of an experiment."""
    found = jax.tree.map(np.asarray, experiment.run(gradient_flow))  # device_get lets go of the lock for each
    note_compiled(flow, experiment)
    last, overflow = experiment.last_loss_step, int(found.overflow)
    return Flow(
        {name: drawable(found.log10_norm[name], last, overflow) for name in experiment.cell_class.State._fields},
        drawable(found.log10_state_norm, last, overflow),
        last,
        growth(found.log10_state_norm, last=last, overflow=overflow),
        tuple(float(factor) for factor in found.bound_growths),
        Check(int(found.check.step), float(found.check.relative_error)),
        experiment.loss == "every",
    )


class Inside(NamedTuple):
    """A cell's inside, as the screen needs it; index 0 is step 1.

    Attributes:
        diagram: the cell as drawn; its wires and feeds are the second axes below.
        values: (T, wires, H) float32, NaN where they are not finite.
        log10_norm: (T, wires) float32, log10 norm of the gradient of what passed; -inf where it is exactly 0.
        log10_feeds: (T, feeds) float32, the part of it that goes back along each feed.
        log10_after: (T, fields) float32, what enters each field of the state from the end of the step.
        overflow: first step that left the finite numbers; 0 if there is none.
        highways: {field: log10 norms of the direct part, the remainder and the total, each (T,)}.
        last: the last step with a loss.
    """

    diagram: Diagram
    values: np.ndarray
    log10_norm: np.ndarray
    log10_feeds: np.ndarray
    log10_after: np.ndarray
    overflow: int
    highways: dict[str, Highway]
    last: int


@lru_cache(maxsize=8)
def inside(experiment: Experiment, operations: Operations = NOTHING) -> Inside:
    """Values and gradients of every wire of an experiment's cell, with what is held and blocked."""
    cell_class = experiment.cell_class
    surgery = Surgery.none(cell_class.intermediates()).block(*operations.blocked)
    for hold in operations.holds:
        surgery = surgery.hold(*hold)
    found = jax.device_get(experiment.run(anatomy, surgery))
    note_compiled(inside, experiment)
    length = experiment.length
    skeletal = skeleton(cell_class, INPUT_SIZE, experiment.hidden_size, found.switches)
    return Inside(
        diagram(skeletal),
        np.where(np.abs(found.values[:length]) < DRAWABLE, found.values[:length], np.float32(np.nan)),
        *(array[:length].astype(np.float32) for array in (found.log10_norm, found.log10_feeds, found.log10_after)),
        int(found.overflow),
        {
            field: Highway(*(curve[:length].astype(np.float32) for curve in way))
            for field, way in zip(
                [f for f in cell_class.State._fields if f in cell_class.direct], found.highways, strict=True
            )
        },
        experiment.last_loss_step,
    )


QUICK_INSIDE = 4_000_000
"""Largest T H² that is computed while the reader waits, a few tenths of a second; more of it shows its progress."""


def inside_progress(experiment: Experiment, operations: Operations = NOTHING) -> float | None:
    """The share done of what has to be computed or compiled before `inside` and `flow` answer; None if nothing has."""
    compiled = is_compiled(inside, experiment) and is_compiled(flow, experiment)
    if compiled and experiment.length * experiment.hidden_size**2 <= QUICK_INSIDE:
        return None
    return _insides(experiment, operations).progress()


@lru_cache(maxsize=8)
def _insides(experiment: Experiment, operations: Operations) -> Job[None]:
    def work(report: Callable[[float], None]) -> None:
        flow(experiment)
        report(0.3)
        inside(experiment)
        report(0.7)
        inside(experiment, operations)

    return Job(work)


@cache
def curves(points: tuple[float, ...]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{activation: (phi, phi')} at these points, for every activation."""
    x = jnp.asarray(points)
    functions = {name: row.function for name, row in activations.ACTIVATIONS.items()}
    return {
        name: tuple(np.asarray(part) for part in jax.jvp(function, (x,), (jnp.ones_like(x),)))
        for name, function in functions.items()
    }


@lru_cache(maxsize=128)
def input_sequence(experiment: Experiment) -> np.ndarray:
    """The experiment's input (T, channels in use), float32."""
    return experiment.sequence().astype(np.float32)


def flow_progress(experiments: list[Experiment]) -> float | None:
    """The share done of what has to be compiled before the flows can be answered at once; None if nothing has."""
    if all(is_compiled(flow, experiment) for experiment in experiments):
        return None
    return _flows(tuple(experiments)).progress()


@lru_cache(maxsize=64)
def _flows(experiments: tuple[Experiment, ...]) -> Job[None]:
    def work(report: Callable[[float], None]) -> None:
        for place, experiment in enumerate(experiments, start=1):
            flow(experiment)
            report(place / len(experiments))

    return Job(work)


class Past(NamedTuple):
    """How far back an experiment's state can see.

    Attributes:
        orbit: the forward pass.
        survival: the survival map.
        forgetting: {"all" or field of the state: the map in numbers}.
        overflow: first step that left the finite numbers, counted from 1; 0 if there is none.
        influence: (T,) log10 Frobenius norm of ds_T/dx_t.
        lyapunov: (S,) finite-time Lyapunov exponents, nats per step, largest first.
        step_singular_values: (n, S) log10 singular values of ds_t/ds_{t-1} at the map's checkpoints but the first.
        spectrum: of the recurrent weights; None where the cell has no such matrix.
        bound_growths: theory's factors per step, in the order of the cell's `bounds`.
        disagreement: relative difference between the map's product and backpropagation, for the loss on the last step.
    """

    orbit: Orbit
    survival: Survival
    forgetting: dict[str, Forgetting]
    overflow: int
    influence: np.ndarray
    lyapunov: np.ndarray
    step_singular_values: np.ndarray
    spectrum: Spectrum | None
    bound_growths: tuple[float, ...]
    disagreement: float


QUICK = 3e8
"""Largest T S³ that is computed while the reader waits, about half a second; more of it shows its progress."""


def past(experiment: Experiment) -> Past:
    """The past of an experiment."""
    return _past(experiment.replace(loss="last")).answer()


def past_progress(experiment: Experiment) -> float | None:
    """The share done of an experiment's past; None if it can be answered at once."""
    warm_up_in_background([experiment], _warm_up_past)
    cell = experiment.cell_class
    size = experiment.hidden_size * len(cell.State._fields)
    if is_compiled(past, experiment) and experiment.length * size**3 <= QUICK:
        return None
    return _past(experiment.replace(loss="last")).progress()


@lru_cache(maxsize=6)
def _past(experiment: Experiment) -> Job[Past]:
    return Job(lambda report: _looked_back(experiment, report))


def _looked_back(experiment: Experiment, report: Callable[[float], None]) -> Past:
    setup = experiment.build()
    channels = experiment.sequence().shape[1]
    way = orbit(setup.cell, setup.xs, length=setup.length)
    lyapunov = lyapunov_spectrum(way, lambda share: report(0.3 * share))
    survived = survival(way, lambda share: report(0.3 + 0.5 * share))
    m = stretch(experiment.length)
    influence = input_influence(way, survived.last, m, channels)
    report(0.9)
    ends = np.minimum(np.arange(1, len(survived.segments.exponent) + 1) * m, experiment.length)
    values = np.asarray(step_singular_values(way, ends))[: len(survived.steps) - 1]
    adjoint = backprop(setup.cell, setup.xs, setup.loss, length=setup.length)
    note_compiled(past, experiment)
    matrix = setup.cell.recurrent_matrix()
    checked = min(m, experiment.length)  # the map's first checkpoint after step 0
    gained = last_gain(survived, 1, setup.loss.direction) if len(survived.steps) > 2 else 0.0
    expected = float(adjoint.log10_state_norm[checked - 1]) if len(survived.steps) > 2 else 0.0
    return Past(
        way,
        survived,
        {name: forgetting(survived.steps, gain) for name, gain in survived.log10_gain.items()},
        int(way.overflow),
        np.asarray(influence, np.float32)[: experiment.length],
        lyapunov,
        values,
        None if matrix is None else spectrum(matrix),
        tuple(float(factor) for factor in setup.cell.bound_growths()),
        float(np.expm1(np.log(10) * abs(gained - expected))) if np.isfinite(expected) else float(gained != expected),
    )


@lru_cache(maxsize=128)
def between_steps(experiment: Experiment, earlier: int, later: int) -> tuple[Between, np.ndarray]:
    """What ds_t/ds_k does, and log10 of the spectral norm of ds/ds_k at all later checkpoints of the survival map."""
    found = past(experiment)
    m = stretch(experiment.length)
    products = sent_on(found.orbit, found.survival.segments, m, earlier)
    pair = jax.device_get(between(found.orbit, products, m, earlier, later))
    norms = from_step(found.orbit, products, m, earlier)
    return pair, np.asarray(norms)[: len(found.survival.steps) - 1]


GAINS = np.geomspace(0.1, 10.0, 81)


class Theory(NamedTuple):
    """What mean-field theory says of a cell like this one, were it wide and its weights independent and Gaussian.

    Attributes:
        gains: (N,) gains, standard deviation of a weight times sqrt(H).
        growths: (N,) nats per step.
        critical: the gain at which gradients are carried; NaN if there is none.
        gain: the experiment's own.
        drive: standard deviation of what input and bias add to a pre-activation.
    """

    gains: np.ndarray
    growths: np.ndarray
    critical: float
    gain: float
    drive: float


def theory(experiment: Experiment) -> Theory | None:
    """Mean-field theory beside an experiment; None where there is none for its cell."""
    if not experiment.cell_class.mean_field:
        return None
    W = np.asarray(past(experiment).orbit.cell.W_hh)
    # Neither the gain nor the radius changes what the input adds.
    curve = _theory(experiment.replace(gain=1.0, spectral_radius=0.0))
    return curve._replace(gain=float(np.sqrt(np.sum(W**2) / experiment.hidden_size)))


@lru_cache(maxsize=64)
def _theory(experiment: Experiment) -> Theory:
    setup = experiment.build()
    drive = float(drive_std(setup.cell, setup.xs, setup.length))
    activation = activations.index(experiment.activation)
    growths = np.asarray(mean_field_growth(activation, GAINS, drive))
    return Theory(GAINS, growths, float(critical_gain(activation, drive)), float("nan"), drive)


SHARE_GAINS = (0.5, 0.7, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0)


class Parts(NamedTuple):
    """What backpropagation adds up, as the screen needs it; index 0 is step 1. See `Contributions`.

    Attributes:
        last: the last step with a loss.
        overflow: first step that left the finite numbers; 0 if there is none.
        channels: input channels in use.
    """

    log10_norm: dict[str, np.ndarray]
    log10_adjoint: np.ndarray
    log10_total: dict[str, float]
    log10_truncated: dict[str, np.ndarray]
    log10_rest: dict[str, np.ndarray]
    cosine: dict[str, np.ndarray]
    sampled: np.ndarray
    samples: dict[str, np.ndarray]
    total: dict[str, np.ndarray]
    tied: dict[str, np.ndarray]
    relative_error: float
    last: int
    overflow: int
    channels: int


@lru_cache(maxsize=128)
def parts(experiment: Experiment) -> Parts:
    """Every step's contribution to the gradient of the weights."""
    found = jax.device_get(experiment.run(contributions))
    note_compiled(parts, experiment)
    cut = slice(0, experiment.length)
    return Parts(
        {name: curve[cut] for name, curve in found.log10_norm.items()},
        found.log10_adjoint[cut],
        {name: float(size) for name, size in found.log10_total.items()},
        {name: curve[cut] for name, curve in found.log10_truncated.items()},
        {name: curve[cut] for name, curve in found.log10_rest.items()},
        {name: curve[cut] for name, curve in found.cosine.items()},
        found.sampled,
        found.samples,
        found.total,
        found.tied,
        float(found.relative_error),
        experiment.last_loss_step,
        int(found.overflow),
        experiment.sequence().shape[1],
    )


def parts_progress(experiment: Experiment) -> float | None:
    """None once the contributions can be answered at once; before, the share done of what has to be compiled."""
    return _compiling(parts, experiment)


def _compiling(work: Callable[[Experiment], object], experiment: Experiment) -> float | None:
    warm_up_in_background([experiment], work)
    return None if is_compiled(work, experiment) else _job(work, experiment).progress()


@lru_cache(maxsize=32)
def _job(work: Callable[[Experiment], object], experiment: Experiment) -> Job[object]:
    return Job(lambda report: work(experiment))


@lru_cache(maxsize=64)
def walks(experiment: Experiment, learning_rate: float, clip: float) -> tuple[Descent, Descent]:
    """Gradient descent from an experiment's weights, without clipping and with it."""
    setup = experiment.build()
    found = [
        jax.device_get(descent(setup.cell, setup.xs, setup.length, learning_rate, limit)) for limit in (np.inf, clip)
    ]
    note_compiled(_walk, experiment)
    return found[0], found[1]


def walks_progress(experiment: Experiment) -> float | None:
    """The same for the walks."""
    return _compiling(_walk, experiment)


def _walk(experiment: Experiment) -> None:
    walks(experiment, 0.1, 1.0)


def note_compiled(work: Callable[..., object], experiment: Experiment) -> None:
    """Remember that what some work needs for an experiment's cell, hidden size and bucket has been compiled."""
    _compiled.add((work, experiment.cell_class, experiment.hidden_size, experiment.bucket))


def is_compiled(work: Callable[..., object], experiment: Experiment) -> bool:
    """Whether it has."""
    return (work, experiment.cell_class, experiment.hidden_size, experiment.bucket) in _compiled


def warm_up() -> None:
    """Compile what the first page needs as it opens: the cells drawn where nothing is said."""
    for name in default_overlay():
        flow(Experiment(cell=name))


def _warm_up_past(experiment: Experiment) -> None:
    past(experiment)
    between_steps(experiment, 1, experiment.length)
    theory(experiment)


def warm_up_in_background(runs: list[Experiment], work: Callable[[Experiment], object] = flow) -> None:
    """Compile what the sliders may ask of these cells at their size, while the page is already usable.

    The environment variable UNROLLED_WARM_UP=0 leaves it until somebody asks.
    """
    new = dict.fromkeys((run.cell, run.hidden_size) for run in runs if (run.cell, run.hidden_size, work) not in _asked)
    if new and os.environ.get("UNROLLED_WARM_UP") != "0":
        _asked.update((*cell_and_size, work) for cell_and_size in new)
        _worker.submit(time.sleep, GRACE)
        for shortest in (1, *(bucket + 1 for bucket in BUCKETS[:-1])):
            for cell, hidden_size in new:
                _worker.submit(_when_idle, work, Experiment(cell=cell, hidden_size=hidden_size, length=shortest))


def _when_idle(work: Callable[[Experiment], object], experiment: Experiment) -> None:
    while not idle():
        time.sleep(0.1)
    work(experiment)


def stop_warming_up() -> None:
    """Drop what is not yet being compiled, so that the process can end."""
    _worker.shutdown(wait=False, cancel_futures=True)


_asked: set[tuple[str, int, Callable[[Experiment], object]]] = set()
_compiled: set[tuple[Callable[..., object], type, int, int]] = set()
_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="warm-up")


def drawable(log10_norm: np.ndarray, last: int, overflow: int) -> np.ndarray:
    """float32, cut at the last step with a loss, with a gap where there is no number to draw."""
    curve = log10_norm[:last].astype(np.float32)
    curve[~np.isfinite(curve) | (overflow > 0)] = np.nan
    curve.setflags(write=False)
    return curve
