"""Where JAX arrays become NumPy: every number the app shows is computed here, once, and kept.

The cache is one for the process: a live frame, a page and thirty visitors who ask the same question share an answer.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

import jax
import numpy as np

from cells import all_cells
from cells.analyses.gradient_flow import gradient_flow
from cells.analyses.growth import Growth, growth
from cells.experiment import BUCKETS, Experiment

HEAD_START = 2.0
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
    found = jax.device_get(experiment.run(gradient_flow))
    _compiled.add(_program(experiment))
    last, overflow = experiment.last_loss_step, int(found.overflow)
    return Flow(
        {
            name: _drawable(found.log10_norm[name], last, overflow)
            for name in all_cells()[experiment.cell].State._fields
        },
        _drawable(found.log10_state_norm, last, overflow),
        last,
        growth(found.log10_state_norm, last=last, overflow=overflow),
        tuple(float(factor) for factor in found.bound_growths),
        Check(int(found.check.step), float(found.check.relative_error)),
        experiment.loss == "every",
    )


@lru_cache(maxsize=128)
def input_sequence(experiment: Experiment) -> np.ndarray:
    """The experiment's input (T, channels in use), float32."""
    return experiment.sequence().astype(np.float32)


def compiled(experiments: list[Experiment]) -> bool:
    """Whether all of these can be answered without compiling."""
    return all(_program(experiment) in _compiled for experiment in experiments)


def _program(experiment: Experiment) -> tuple[str, int, int]:
    return experiment.cell, experiment.hidden_size, experiment.bucket


def warm_up(hidden_size: int = Experiment().hidden_size, length: int = Experiment().length) -> None:
    """Compile what a page at this size and length needs, for every cell of the zoo."""
    for name in all_cells():
        flow(Experiment(cell=name, hidden_size=hidden_size, length=length))


def warm_up_in_background(hidden_size: int) -> None:
    """Compile what other controls may ask of this hidden size, while the page is already usable."""
    if hidden_size not in _asked:
        _asked.add(hidden_size)
        _worker.submit(time.sleep, HEAD_START)
        for length in BUCKETS:
            _worker.submit(warm_up, hidden_size, length)


def stop_warming_up() -> None:
    """Drop what is not yet being compiled, so that the process can end."""
    _worker.shutdown(wait=False, cancel_futures=True)


_asked: set[int] = set()
_compiled: set[tuple[str, int, int]] = set()
_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="warm-up")


def _drawable(log10_norm: np.ndarray, last: int, overflow: int) -> np.ndarray:
    """float32, cut at the last step with a loss, with a gap where there is no number to draw."""
    curve = log10_norm[:last].astype(np.float32)
    curve[~np.isfinite(curve) | (overflow > 0)] = np.nan
    curve.setflags(write=False)
    return curve
