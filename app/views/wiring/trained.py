"""What wired cells learn: a gap filled, a curve rebuilt, a string reversed, a series forecast; and a look inside."""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import jax
import numpy as np

from app.background import training
from app.background.answer import Answer, known, together, work
from app.background.training import Seen, Training, Watched
from app.settings import Settings
from app.views.wiring.settings import chosen_letter
from cells.experiment import Experiment
from cells.inputs import InputError, parse_numbers
from cells.programs import compiled
from cells.training.learners import autoencoder, reversal
from cells.training.learners import gap as gaps
from cells.training.learners.autoencoder import AutoencoderLearner
from cells.training.learners.forecast import ForecastLearner
from cells.training.learners.gap import Filled, GapLearner
from cells.training.learners.recipe import MOST_UNITS
from cells.training.learners.reversal import ReversalLearner
from cells.training.loop import Optimiser

RATE = 1e-2
"""Learning rate of everything that is trained here, with Adam and a gradient of norm 1 at most."""
WAYS = ("short", "long", "total")
"""Of a gradient, through the attention, round, and both: names in `reversal.Written`."""
LEARNERS: dict[str, Callable[..., Any]] = {
    "gap": GapLearner.of,
    "code": AutoencoderLearner.of,
    "reverse": ReversalLearner.of,
    "forecast": ForecastLearner.of,
}


class Lesson(NamedTuple):
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

    @classmethod
    def of(cls, seen: Seen) -> Self:
        """The history of what was seen of a run."""
        measured = [getattr(record, "measured", record) for record in seen.records]
        broken = next((record.broken for record in seen.records if getattr(record, "broken", 0)), 0)
        return cls(measured, np.arange(len(measured), dtype=float) * seen.plan.chunk, broken, seen.failure)

    def series(self, name: str) -> np.ndarray:
        """One measured number over the updates, (n, ...), NaN from where it broke."""
        values = np.array([np.asarray(getattr(row, name), float) for row in self.measured])
        return np.where(np.isfinite(values), values, np.nan)


class Learned(NamedTuple):
    """What a figure shows of its trainings.

    Attributes:
        watched: the runs, all at the same moment.
        histories: what each has come to.
        looks: what is inside each network at that moment; empty while one of them has not begun.
        problem: what of the reader's own cannot be used, as a sentence.
    """

    watched: Watched
    histories: list[History]
    looks: list[Any]
    problem: str = ""


def gap(settings: Settings) -> Answer[Learned]:
    """Filling a gap: what three readers put into one sentence, which the seed decides."""
    return _learned(settings, "gap_updates", [gap_plan(settings)], filled)


def code(settings: Settings) -> Answer[Learned]:
    """Rebuilding curves, the chosen one among them."""
    plan, problem = _plan(settings, "code", bottleneck=settings.bottleneck), ""
    try:
        given = curve(settings)
    except InputError as error:
        given, problem = known(np.zeros(autoencoder.POINTS)), str(error)

    def rebuilt(plan: Training, place: int) -> Answer[autoencoder.Rebuilt]:
        return given.then(lambda points: looked(plan, place, "show", (tuple(points.astype(np.float32).tolist()),)))

    found = _learned(settings, "code_updates", [plan], rebuilt)
    return found.then(lambda learned: learned._replace(problem=problem))


def reverse(settings: Settings) -> Answer[Learned]:
    """Reversing strings, with attention and without; the reader's own among them."""
    plans = [
        _plan(settings, "reverse", length=settings.word_length, attention=attention) for attention in (True, False)
    ]
    places = [reversal.LETTERS.index(letter) for letter in settings.word]
    given = (tuple(places + [0] * (reversal.LONGEST - len(places))), len(places))
    return _learned(settings, "reverse_updates", plans, lambda plan, place: looked(plan, place, "write", given))


def forecast(settings: Settings) -> Answer[Learned]:
    """Forecasting sunspots."""
    plan = _plan(settings, "forecast")
    return _learned(settings, "forecast_updates", [plan], lambda plan, place: looked(plan, place, "look", ()))


def measures_of_gap(settings: Settings, found: Learned) -> dict[str, float]:
    """What lessons ask for of each reader, "forward", "backward" or "both".

    Returns:
        right: words, in per cent.
    """
    measured = found.histories[0].measured[-1]
    return {f"{name}.right": 100 * float(right) for name, right in zip(gaps.READERS, measured.right, strict=True)}


def measures_of_reverse(settings: Settings, found: Learned) -> dict[str, float]:
    """What lessons ask for of the network "attention", and of the one without, "alone".

    Returns:
        right: letters, in per cent. log10_short, log10_long, log10_total: gradient of
        the letter looked at with respect to the state at the letter it should be, by the short cut, round, by all ways.
        steps: on the way round.
    """
    written, count = chosen_letter(settings), len(settings.word)
    told = {"steps": float(2 * written - 1)}
    for name, history, look in zip(("attention", "alone"), found.histories, found.looks, strict=True):
        last, place = history.measured[-1], (written - 1, count - written)
        told[f"{name}.right"] = 100 * float(last.letters)
        with np.errstate(divide="ignore"):
            told |= {f"{name}.log10_{way}": float(np.log10(getattr(look, way)[place])) for way in WAYS}
    return told


def gap_plan(settings: Settings) -> Training:
    """Filling a gap."""
    return _plan(settings, "gap", distance=settings.gap_distance)


def _plan(settings: Settings, kind: str, **numbers: Any) -> Training:
    """How a network is trained: in one layer, of a size whose weights can be kept for every moment."""
    kept = settings.experiment.only(
        "cell", "activation", "initializer", "gain", "seed", "spectral_radius", "input_scale", "bias_scale"
    )
    plain = kept.replace(hidden_size=min(settings.experiment.hidden_size, MOST_UNITS))
    return Training(Lesson(plain, kind, tuple(sorted(numbers.items()))))


def _learned(
    settings: Settings, field: str, plans: list[Training], look: Callable[[Training, int], Answer[Any]]
) -> Answer[Learned]:
    def inside(watched: Watched) -> Answer[Learned]:
        histories = [History.of(seen) for seen in watched.runs]
        if not all(history.measured for history in histories):
            return known(Learned(watched, histories, []))
        looks = [look(plan, len(history.measured) - 1) for plan, history in zip(plans, histories, strict=True)]
        return together(looks).then(lambda found: Learned(watched, histories, found))

    return training.watch(plans, getattr(settings, field), whole=settings.plain).then(inside)


def network(plan: Training, *_rest: Any) -> tuple[str, type, int]:
    """What decides the programs that a look into a trained network needs."""
    return plan.settings.kind, plan.settings.experiment.cell_class, plan.settings.experiment.hidden_size


@work(compiles=network)
def looked(plan: Training, place: int, method: str, given: tuple[Any, ...]) -> Any:
    """What a method of the learner finds in its network after so many chunks."""
    arrays = tuple(_single(np.asarray(item)) for item in given)
    return jax.device_get(_applied(plan.settings.learner(), _weights(plan, place), arrays, method))


@work(compiles=network)
def filled(plan: Training, place: int) -> Filled:
    """What the readers put into the gap of one sentence after so many chunks."""
    return jax.device_get(_filled(plan.settings.learner(), _weights(plan, place), np.uint32(plan.settings.seed)))


def _weights(plan: Training, place: int) -> Any:
    """The weights after so many chunks; whoever asks has just seen them.

    Raises:
        LookupError: the run has been let go since.
    """
    record = training.run(plan).history()[place]
    return getattr(record, "measured", record).params


@compiled(static=("method",))
def _applied(learner: Any, params: Any, given: tuple[Any, ...], method: str) -> Any:
    return getattr(learner, method)(params, *given)


@compiled
def _filled(learner: GapLearner, params: Any, seed: Any) -> Filled:
    return learner.fill(params, learner.sentence(jax.random.fold_in(jax.random.key(seed), 7)))


def _single(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32) if np.issubdtype(values.dtype, np.floating) else values


def curve(settings: Settings) -> Answer[np.ndarray]:
    """The curve that is to be rebuilt, (POINTS,), of variance 1 and mean 0 unless it is flat or drawn.

    Raises:
        InputError: the numbers cannot be read.
    """
    if settings.curve == "learned":
        return drawn_curve(settings.experiment.seed)
    if settings.curve == "drawn":
        waves = autoencoder.waves()
        return known(settings.curve_slow * waves[0] + settings.curve_middle * waves[3] + settings.curve_fast * waves[6])
    if settings.curve == "numbers":
        return known(_standard(_resampled(parse_numbers(settings.curve_numbers))))
    place = np.arange(autoencoder.POINTS) / autoencoder.POINTS
    shapes = {
        "sine": np.sin(4 * np.pi * place),
        "step": np.where(place < 0.5, -1.0, 1.0),
        "saw": (2 * place) % 1,
        "bump": np.exp(-(((place - 0.5) / 0.12) ** 2)),
    }
    return known(_standard(shapes[settings.curve]))


@work(compiles=lambda seed: None)
def drawn_curve(seed: int) -> np.ndarray:
    """A new curve of the kind that is learned from."""
    return np.asarray(_drawn_curve(np.uint32(seed)))


@compiled
def _drawn_curve(seed: Any) -> Any:
    return autoencoder.draw(jax.random.fold_in(jax.random.key(seed), 7), 1)[0]


def _resampled(values: np.ndarray) -> np.ndarray:
    if len(values) < 2:
        raise InputError(f"numbers of the curve: expected at least 2 numbers; got {len(values)}.")
    return np.interp(np.linspace(0, len(values) - 1, autoencoder.POINTS), np.arange(len(values)), values)


def _standard(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean()
    spread = centred.std()
    return centred / spread if spread > 1e-12 * (1 + np.abs(values).max()) else np.zeros_like(centred)
