"""Where JAX arrays become NumPy for the page of wirings: what is computed at once, and what is trained."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import numpy as np

from app import numbers as compute
from app.background import training as courses
from app.background.answer import Job
from app.settings import Picture
from cells.experiment import Experiment
from cells.inputs import InputError, parse_numbers
from cells.network import autoencoder, forecast, gap, reversal
from cells.network.paths import Compared, Paths, paths
from cells.network.recipe import MOST_UNITS
from cells.network.untied import Both, Depths, depths
from cells.network.wired import Flow, Wiring, flow
from cells.training.loop import Optimiser

FEATURES = 8
"""Features of the convolution before the layers."""
QUICK = 4e6
"""Largest T H² layers that is computed while the reader waits; more of it shows its progress."""
RATE = 1e-2
"""Learning rate of everything that is trained here, with Adam and a gradient of norm 1 at most."""


# --- at once ---


def wiring(picture: Picture) -> Wiring:
    """The network that the switch in the title's row asks for."""
    cell_class = base(picture).cell_class
    return Wiring(cell_class, picture.wiring == "both", FEATURES if picture.wiring == "convolution" else 0)


def base(picture: Picture) -> Experiment:
    """The experiment whose cell is wired: the page counts its layers itself, and reads one step."""
    return picture.experiment.replace(layers=1, loss="last", W_hh=(), b=())


def read_at(picture: Picture) -> int:
    """The step whose output is looked at."""
    return min(picture.wired_step, picture.experiment.length)


@lru_cache(maxsize=128)
def _flow(experiment: Experiment, wired: Wiring, layers: int, residual: bool, read: int) -> Job[Flow]:
    def work(report: Callable[[float], None]) -> Flow:
        channels = compute.input_sequence(experiment).shape[1]
        found = experiment.run_network(wired, flow, np.asarray(layers), np.asarray(residual), read, channels)
        compute.note_compiled(wired, experiment)
        cut = slice(0, experiment.length)
        found = jax.device_get(found)
        return found._replace(
            ahead=found.ahead[:, cut],
            back=found.back[:, cut],
            features=found.features[cut],
            inputs=found.inputs[cut],
        )

    return Job(work)


def _flow_of(picture: Picture) -> Job[Flow]:
    return _flow(base(picture), wiring(picture), picture.wired_layers, picture.wiring == "residual", read_at(picture))


def flow_of(picture: Picture) -> Flow:
    """The gradient over depth and time."""
    return _flow_of(picture).answer()


def flow_progress(picture: Picture) -> float | None:
    """The share done of what must be computed before it is there; None if nothing must."""
    experiment = base(picture)
    work = experiment.length * experiment.hidden_size**2 * picture.wired_layers
    if compute.is_compiled(wiring(picture), experiment) and work <= QUICK:
        return None
    return _flow_of(picture).progress()


@lru_cache(maxsize=64)
def _paths(experiment: Experiment) -> Job[Paths]:
    return Job(lambda report: jax.device_get(experiment.run_network(Compared(experiment.cell_class), paths)))


def _whole(picture: Picture) -> Experiment:
    """The experiment over as many steps of noise as the comparison takes."""
    return base(picture).replace(length=64, input="noise", channels=4)


def paths_of(picture: Picture) -> Paths:
    """Gradient and path length from every input to the last output, in five networks."""
    return _paths(_whole(picture)).answer()


def paths_progress(picture: Picture) -> float | None:
    """The share done."""
    return _paths(_whole(picture)).progress()


@lru_cache(maxsize=64)
def _depths(experiment: Experiment) -> Job[Depths]:
    return Job(lambda report: jax.device_get(experiment.run_network(Both(), depths)))


def _plain(picture: Picture) -> Experiment:
    """What the plain networks are drawn from: the size, the activation, the gain and the seed."""
    experiment = picture.experiment
    return Experiment(
        hidden_size=min(experiment.hidden_size, 32),
        activation=experiment.activation,
        gain=experiment.gain,
        seed=experiment.seed,
        input="zero",
    )


def depths_of(picture: Picture) -> Depths:
    """Gradients of feed-forward and recurrent networks over their depth."""
    return _depths(_plain(picture)).answer()


def depths_progress(picture: Picture) -> float | None:
    """The share done."""
    return _depths(_plain(picture)).progress()


# --- trained ---


class Settings(NamedTuple):
    """What decides a training: the experiment, what is learned, and its numbers.

    Attributes:
        experiment: its cell, weights and seed.
        kind: name in `LEARNERS`.
        numbers: what the learner takes besides.
    """

    experiment: Experiment
    kind: str
    numbers: tuple[tuple[str, Any], ...] = ()

    @property
    def seed(self) -> int:
        """Of weights and data."""
        return self.experiment.seed

    def learner(self) -> Any:
        """What learns."""
        return LEARNERS[self.kind](self.experiment, **dict(self.numbers))

    def optimiser(self) -> Optimiser:
        """Adam, clipped."""
        return Optimiser(RATE, 1.0)


LEARNERS: dict[str, Callable[..., Any]] = {
    "gap": gap.GapLearner.of,
    "code": autoencoder.AutoencoderLearner.of,
    "reverse": reversal.ReversalLearner.of,
    "forecast": forecast.ForecastLearner.of,
}


def _trained(picture: Picture, kind: str, **numbers: Any) -> courses.Training:
    experiment = picture.experiment
    same = {name: getattr(experiment, name) for name in ("cell", "activation", "initializer", "gain", "seed")}
    same |= {name: getattr(experiment, name) for name in ("spectral_radius", "input_scale", "bias_scale")}
    hyperparameters = experiment.settings_of(base(picture).cell_class)
    small = min(experiment.hidden_size, MOST_UNITS)
    plain = Experiment(hidden_size=small, hyperparameters=hyperparameters, **same)
    return courses.Training(Settings(plain, kind, tuple(sorted(numbers.items()))))


def gap_plan(picture: Picture) -> courses.Training:
    """Filling a gap."""
    return _trained(picture, "gap", distance=picture.gap_distance)


def code_plan(picture: Picture) -> courses.Training:
    """Rebuilding curves."""
    return _trained(picture, "code", bottleneck=picture.bottleneck)


def reverse_plans(picture: Picture) -> tuple[courses.Training, courses.Training]:
    """Reversing strings, with attention and without."""
    length = picture.word_length
    with_it, without = (_trained(picture, "reverse", length=length, attention=given) for given in (True, False))
    return with_it, without


def forecast_plan(picture: Picture) -> courses.Training:
    """Forecasting sunspots."""
    return _trained(picture, "forecast")


class History(NamedTuple):
    """A training so far.

    Attributes:
        measured: what was measured at the beginning and after each chunk.
        updates: (n,) after how many updates each was.
        broken: the update that left the finite numbers; 0 if none did.
        failure: why nothing can be shown; empty if all is well.
    """

    measured: list[Any]
    updates: np.ndarray
    broken: int
    failure: str

    def series(self, name: str) -> np.ndarray:
        """One measured number over the updates, (n, ...), NaN from where it broke."""
        values = np.array([np.asarray(getattr(row, name), float) for row in self.measured])
        return np.where(np.isfinite(values), values, np.nan)


def history(plan: courses.Training, updates: int) -> History:
    """What exists of the first updates of a training."""
    course = courses.course(plan)
    records = course.records(updates) or []
    measured = [row.measured if hasattr(row, "measured") else row for row in records]
    broken = next((row.broken for row in records if getattr(row, "broken", 0)), 0)
    return History(measured, np.arange(len(records), dtype=float) * plan.chunk, broken, course.failure)


@partial(jax.jit, static_argnames="method")
def _applied(learner: Any, params: Any, given: tuple[Any, ...], method: str) -> Any:
    return getattr(learner, method)(params, *given)


@lru_cache(maxsize=256)
def _looked(plan: courses.Training, place: int, method: str, given: tuple[Any, ...]) -> Any:
    measured = history(plan, place * plan.chunk).measured[place]
    arrays = tuple(_single(np.asarray(item)) for item in given)
    return jax.device_get(_applied(plan.settings.learner(), measured.params, arrays, method))


def _single(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32) if np.issubdtype(values.dtype, np.floating) else values


def sentence(plan: courses.Training) -> gap.Sentence:
    """The sentence that is shown; the seed decides which."""
    return jax.device_get(_sentence(plan.settings.learner(), np.uint32(plan.settings.seed)))


@jax.jit
def _sentence(learner: gap.GapLearner, seed: Any) -> gap.Sentence:
    return learner.sentence(jax.random.fold_in(jax.random.key(seed), 7))


def filled(plan: courses.Training, so_far: History) -> gap.Filled:
    """What the readers put into the gap of one sentence, as they are now."""
    return _looked_at_sentence(plan, len(so_far.measured) - 1)


@lru_cache(maxsize=256)
def _looked_at_sentence(plan: courses.Training, place: int) -> gap.Filled:
    measured = history(plan, place * plan.chunk).measured[place]
    return jax.device_get(_filled(plan.settings.learner(), measured.params, sentence(plan)))


_filled = jax.jit(lambda learner, params, sentence: learner.fill(params, sentence))


def written(plan: courses.Training, so_far: History, word: str) -> reversal.Written:
    """A string backwards, as the network writes it now."""
    places = [reversal.LETTERS.index(letter) for letter in word]
    padded = tuple(places + [0] * (reversal.LONGEST - len(places)))
    return _looked(plan, len(so_far.measured) - 1, "write", (padded, len(word)))


def rebuilt(plan: courses.Training, so_far: History, curve: np.ndarray) -> autoencoder.Rebuilt:
    """What becomes of a curve now."""
    given = (tuple(np.asarray(curve, np.float32).tolist()),)
    return _looked(plan, len(so_far.measured) - 1, "show", given)


def seen(plan: courses.Training, so_far: History) -> forecast.Seen:
    """What is inside the forecasting network now."""
    return _looked(plan, len(so_far.measured) - 1, "look", ())


def curve(picture: Picture) -> np.ndarray:
    """The curve that is to be rebuilt, (POINTS,), of variance 1 and mean 0 unless it is flat or drawn.

    Raises:
        InputError: the numbers cannot be read.
    """
    place = np.arange(autoencoder.POINTS) / autoencoder.POINTS
    if picture.curve == "learned":
        return np.asarray(_curve(np.uint32(picture.experiment.seed)))
    if picture.curve == "drawn":
        waves = autoencoder.waves()
        return picture.curve_slow * waves[0] + picture.curve_middle * waves[3] + picture.curve_fast * waves[6]
    if picture.curve == "numbers":
        return _standard(_resampled(parse_numbers(picture.curve_numbers)))
    shapes = {
        "sine": np.sin(4 * np.pi * place),
        "step": np.where(place < 0.5, -1.0, 1.0),
        "saw": (2 * place) % 1,
        "bump": np.exp(-(((place - 0.5) / 0.12) ** 2)),
    }
    return _standard(shapes[picture.curve])


@jax.jit
def _curve(seed: Any) -> Any:
    return autoencoder.draw(jax.random.fold_in(jax.random.key(seed), 7), 1)[0]


def _resampled(values: np.ndarray) -> np.ndarray:
    if len(values) < 2:
        raise InputError(f"numbers of the curve: expected at least 2 numbers; got {len(values)}.")
    return np.interp(np.linspace(0, len(values) - 1, autoencoder.POINTS), np.arange(len(values)), values)


def _standard(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean()
    spread = centred.std()
    return centred / spread if spread > 1e-12 * (1 + np.abs(values).max()) else np.zeros_like(centred)
