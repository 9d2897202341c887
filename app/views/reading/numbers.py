"""The numbers of the page on reading: courses of training whose weights are kept, and what these weights say."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from app.background import training as courses
from app.background.answer import Job
from app.settings import SHOWN, Picture
from app.views.reading import pastes
from cells.analyses.prediction import Prediction, listen, prediction
from cells.experiment import Experiment
from cells.reading import modes as five
from cells.reading import texts
from cells.reading.learners import ListLearner, TextLearner
from cells.reading.network import Network
from cells.reading.texts import PARAGRAPH, Text
from cells.training import loop
from cells.zoo import all_cells

HELLO_SIZE = 3
"""Hidden units of Karpathy's network."""
MODE_SIZE = 8
"""Hidden units of each of the five small networks."""
MODE_CHUNK = 10
"""Updates a chunk of theirs."""
MAX_SIZE = 64
"""Most hidden units that read a text: so much that it stays fast enough to be watched."""
MOST = 4
"""Networks that read a text side by side."""
WRITTEN = 90
"""Characters that are written on from the chosen one."""
KEPT = 128 * 2**20
"""Bytes of weights that are kept, over all courses; what is dropped is trained again when somebody asks for it."""


class Settings(NamedTuple):
    """What decides a course, as plain values.

    Attributes:
        kind: "hello", "text" or "modes".
        experiment: cell, hidden size, how the weights are drawn, and the seed; everything else at its default.
        rate: learning rate.
        cut: whether every W_hh is 0.
        text: what is read.
        layers: layers of cells.
    """

    kind: str
    experiment: Experiment
    rate: float
    cut: bool = False
    text: str = ""
    layers: int = 1

    @property
    def seed(self) -> int:
        """Of weights and data."""
        return self.experiment.seed

    def learner(self) -> Any:
        """What learns."""
        if self.kind == "text":
            return TextLearner.of(self.experiment, texts.read(self.text), self.layers)
        if self.kind == "modes":
            return ListLearner.modes(self.experiment, MODE_SIZE, five.OUTPUTS, MODE_CHUNK)
        return ListLearner.hello(self.experiment, HELLO_SIZE, remembers=not self.cut)

    def optimiser(self) -> loop.Optimiser:
        """Adam; clipped where the text may explode, not where five networks share one norm."""
        return loop.Optimiser(self.rate, 1.0 if self.kind == "text" else loop.NO_CLIP)


class Reading(NamedTuple):
    """The plan of a course that keeps its weights; see `app.courses`."""

    settings: Settings
    chunk: int

    def begin(self) -> tuple[loop.Run, Any]:
        """The weights as drawn."""
        run = loop.start(self.settings.learner(), self.settings.optimiser(), self.settings.seed)
        _keep(self, run)
        return run, jax.device_get(run.measured)

    def advance(self, state: loop.Run) -> tuple[loop.Run | None, Any]:
        """The next chunk; a run that broke ends with it."""
        run, chunk = loop.advance(state)
        _keep(self, run)
        return None if chunk.broken else run, jax.device_get(chunk)


class Trained(NamedTuple):
    """A course as far as it is shown.

    Attributes:
        updates: (n,) numbers of updates at which the loss was measured, the first 0.
        losses: (n,) or (n, M) what it was, in nats; float64.
        broken: the update that left the finite numbers; 0 if none did.
        network: the weights at the last of them, float64; networks side by side have an axis in front.
    """

    updates: np.ndarray
    losses: np.ndarray
    broken: int
    network: Network


def _kind_of_experiment(experiment: Experiment, hidden_size: int) -> Experiment:
    """An experiment with everything at its default that does not matter here, so that equal courses are one."""
    own = {spec.name for spec in all_cells()[experiment.cell].hyperparameters}
    kept = ("cell", "activation", "initializer", "gain", "spectral_radius", "input_scale", "bias_scale", "seed")
    hyperparameters = {name: value for name, value in experiment.hyperparameters if name in own}
    fields = {name: getattr(experiment, name) for name in kept}
    return Experiment(**fields, hidden_size=hidden_size, hyperparameters=hyperparameters)


def hello_plan(picture: Picture) -> Reading:
    """Karpathy's network with the experiment's cell."""
    experiment = _kind_of_experiment(picture.experiment, HELLO_SIZE)
    return Reading(Settings("hello", experiment, picture.hello_rate, picture.hello_cut), 1)


def text_plans(picture: Picture) -> list[Reading]:
    """One network for each cell drawn, all on the same text."""
    content = text(picture).content
    others = [run for run in picture.runs if run != picture.experiment][: MOST - 1]
    return [
        Reading(
            Settings(
                "text",
                _kind_of_experiment(run, min(run.hidden_size, MAX_SIZE)),
                picture.read_rate,
                text=content,
                layers=int(picture.read_layers),
            ),
            10,
        )
        for run in picture.runs
        if run == picture.experiment or run in others
    ]


def modes_plan(picture: Picture) -> Reading:
    """The five small networks with the experiment's cell."""
    return Reading(Settings("modes", _kind_of_experiment(picture.experiment, MODE_SIZE), picture.mode_rate), MODE_CHUNK)


def text(picture: Picture) -> Text:
    """The text that is read: the reader's own, or the app's."""
    return texts.read(picture.read_text or pastes.found(picture) or PARAGRAPH)


def followed(plans: Iterable[Reading]) -> list[courses.Course]:
    """The courses of some plans."""
    return [courses.course(plan) for plan in plans]


def failure(plans: list[Reading]) -> str:
    """Why there is nothing to draw, as a sentence; empty where there is something."""
    return next((one.failure for one in followed(plans) if one.failure and not one.history()), "")


def progress(plans: list[Reading], updates: int, picture: Picture) -> float | None:
    """None once what the courses have come to can be drawn at once; before, the share done.

    Args:
        plans: of the courses.
        updates: updates asked for.
        picture: its `plain` says whether all of them must be there.
    """
    there = followed(plans)
    begun = courses.begun(there, updates, whole=picture.plain)
    if begun is not None:
        return 0.7 * begun
    reached = tuple(shown(one, updates) for one in there)
    ready = all(_program(plan) in _compiled and _params(plan, at) for plan, at in zip(plans, reached, strict=True))
    if ready or any(one.failure for one in there):
        return None
    waiting = _warming(tuple(plans), reached).progress()
    return None if waiting is None else 0.7 + 0.3 * waiting


@lru_cache(maxsize=64)
def _warming(plans: tuple[Reading, ...], reached: tuple[int, ...]) -> Job[None]:
    def work(report: Callable[[float], None]) -> None:
        for place, (plan, updates) in enumerate(zip(plans, reached, strict=True), start=1):
            network = network_at(plan, updates)
            if plan.settings.kind == "text":
                _predicted(plan, network, np.zeros(SHOWN + 1, np.int32), 1, 1.0)
            else:
                _listened(plan, network, 1)
            report(place / len(plans))

    return Job(work)


def _program(plan: Reading) -> tuple[Any, ...]:
    """What its analysis is compiled for."""
    kind, experiment, *_rest = plan.settings
    size = texts.read(plan.settings.text).size if kind == "text" else 0
    return kind, experiment.cell, experiment.hidden_size, plan.settings.layers, size


def shown(course: courses.Course, updates: int) -> int:
    """Updates of a course that are drawn, where so many are asked for."""
    return min(updates // course.plan.chunk * course.plan.chunk, course.reached)


def trained(plan: Reading, updates: int) -> Trained:
    """What a course has come to."""
    course = courses.course(plan)
    at = shown(course, updates)
    records = (course.records(updates) or course.history())[: at // plan.chunk + 1]
    losses = [records[0].loss, *(chunk.measured.loss for chunk in records[1:])]
    broken = int(records[-1].broken) if len(records) > 1 else 0
    return Trained(np.arange(len(records)) * plan.chunk, np.asarray(losses, float), broken, network_at(plan, at))


def network_at(plan: Reading, updates: int) -> Network:
    """The weights after so many updates, in float64: kept, or trained again from the same start."""
    params = _params(plan, updates)
    if params is None:
        run = loop.start(plan.settings.learner(), plan.settings.optimiser(), plan.settings.seed)
        while run.updates < updates and not run.broken:
            run, _chunk = loop.advance(run)
        _keep(plan, run._replace(updates=updates))
        params = run.weights.params
    return jax.tree.map(lambda leaf: np.asarray(leaf, float) if eqx.is_inexact_array(leaf) else leaf, params)


def _keep(plan: Reading, run: loop.Run) -> None:
    params = jax.device_get(run.weights.params)
    with _lock:
        _weights[plan, run.updates] = params
        _weights.move_to_end((plan, run.updates))
        size = sum(leaf.nbytes for leaf in jax.tree.leaves(params))
        while len(_weights) > 1 and len(_weights) * size > KEPT:  # all as large as this one: enough to go by
            _weights.popitem(last=False)


def _params(plan: Reading, updates: int) -> Network | None:
    with _lock:
        if (plan, updates) in _weights:
            _weights.move_to_end((plan, updates))
        return _weights.get((plan, updates))


class Greeting(NamedTuple):
    """Karpathy's network as it stands.

    Attributes:
        trained: its course.
        h: (4, H).
        logits: (4, 4); p: (4, 4) their softmax.
        weights: {name: matrix}, gates below one another; without W_hh for a cell that has none.
        disagreement: between autodiff and a finite difference, relative.
    """

    trained: Trained
    h: np.ndarray
    logits: np.ndarray
    p: np.ndarray
    weights: dict[str, np.ndarray]
    disagreement: float


class Reader(NamedTuple):
    """One network on the stretch of text that is shown; index 0 of a series is its first character.

    Attributes:
        experiment: its cell and how it was drawn.
        trained: its course.
        p: (T, V) probability of every next character.
        units: (T, H) the topmost h.
        log10_influence: (T,) log10 of the gradient of the chosen prediction with respect to each character.
        written: what it writes on from the chosen one.
        disagreement: between autodiff and a finite difference, relative.
        finite: whether every state is.
    """

    experiment: Experiment
    trained: Trained
    p: np.ndarray
    units: np.ndarray
    log10_influence: np.ndarray
    written: str
    disagreement: float
    finite: bool


class Listener(NamedTuple):
    """One of the five small networks on the example that is shown.

    Attributes:
        mode: what it is fed and asked.
        example: (inputs at each step of `reads`, answers at each step of `writes`), as numbers of symbols.
        p: (T, V) probabilities.
        log10_input: (T, T) at [j, i], gradient of output j with respect to input i.
        log10_state: (T, T) the same with respect to the state after step i.
        losses: (n,) mean loss over all examples, at every chunk.
        right: share of all answers that are the likeliest.
        disagreement: (T,) between autodiff and a finite difference, relative.
    """

    mode: five.Mode
    example: tuple[Any, ...]
    p: np.ndarray
    log10_input: np.ndarray
    log10_state: np.ndarray
    losses: np.ndarray
    right: float
    disagreement: np.ndarray


def greeting(picture: Picture) -> Greeting:
    """Karpathy's network at the update shown."""
    plan = hello_plan(picture)
    found = trained(plan, picture.hello_updates)
    one = jax.tree.map(lambda leaf: leaf[0], found.network)
    listened = _listened(plan, found.network, 1)
    layer = one.layers[0]
    recurrent = None if layer.W_hh is None else np.where(one.remembers, layer.W_hh, 0.0)
    weights = {"W_xh": layer.W_ih, "W_hh": recurrent, "W_hy": one.W_hy}
    logits = listened.logits[0]
    return Greeting(
        found,
        listened.h[0],
        logits,
        _softmax(logits),
        {name: matrix.reshape(-1, matrix.shape[-1]) for name, matrix in weights.items() if matrix is not None},
        float(listened.disagreement[0, -1]),
    )


def stretch(picture: Picture) -> tuple[Text, np.ndarray, int]:
    """The text, the numbers of the characters shown and of the one that follows, and the chosen place among them."""
    read = text(picture)
    return read, read.cyclic(picture.read_from - 1, SHOWN + 1), min(picture.read_at, SHOWN)


def readers(picture: Picture) -> list[Reader]:
    """Every network on the stretch shown, at the update shown."""
    read, _ids, at = stretch(picture)
    found = []
    for plan in text_plans(picture):
        course = trained(plan, picture.read_updates)
        updates = int(course.updates[-1])
        predicted = _predicted_at(plan, updates, picture.read_from, at, picture.temperature)
        found.append(
            Reader(
                plan.settings.experiment,
                course,
                np.exp(predicted.log_p),
                predicted.units,
                predicted.influence.log10_input,
                "".join(read.characters[number] for number in predicted.sample),
                float(predicted.disagreement),
                bool(predicted.finite),
            )
        )
    return found


def listeners(picture: Picture) -> list[Listener]:
    """The five small networks at the update shown."""
    plan, lessons = modes_plan(picture), five.lessons()
    course = trained(plan, picture.mode_updates)
    listened = _listened(plan, course.network, picture.mode_example)
    right = np.asarray(_right(course.network, lessons.xs, lessons.targets, lessons.weights))
    return [
        Listener(
            mode,
            mode.examples[(picture.mode_example - 1) % len(mode.examples)],
            _softmax(listened.logits[place]),
            listened.log10_input[place],
            listened.log10_state[place],
            course.losses[:, place],
            float(right[place]),
            listened.disagreement[place],
        )
        for place, mode in enumerate(five.modes())
    ]


@jax.jit
def _right(networks: Network, xs: Any, targets: Any, weights: Any) -> Any:
    def one(network: Network, xs: Any, targets: Any, weights: Any) -> Any:
        logits = jax.vmap(lambda row: jax.vmap(network.logits)(network.top(network.unroll(row))))(xs)
        return jnp.sum(weights * (jnp.argmax(logits, axis=-1) == targets))

    return jax.vmap(one)(networks, xs, targets, weights)


def _listened(plan: Reading, network: Network, example: int) -> Any:
    lessons = plan.settings.learner().lessons
    counts = np.count_nonzero(lessons.weights.sum(axis=2), axis=1)
    chosen = [(place, (example - 1) % count) for place, count in enumerate(counts)]
    xs, targets = (np.stack([rows[pair] for pair in chosen]) for rows in (lessons.xs, lessons.targets))
    found = jax.device_get(listen(network, xs, targets, lessons.used_inputs))
    if plan.settings.kind == "modes":
        _right(network, lessons.xs, lessons.targets, lessons.weights)
    _compiled.add(_program(plan))
    return found


@lru_cache(maxsize=64)
def _predicted_at(plan: Reading, updates: int, start: int, at: int, temperature: float) -> Prediction:
    """What the network of a course makes of a stretch of its text, at an update."""
    ids = texts.read(plan.settings.text).cyclic(start - 1, SHOWN + 1)
    return _predicted(plan, network_at(plan, updates), ids, at, temperature)


def _predicted(plan: Reading, network: Network, ids: np.ndarray, at: int, temperature: float) -> Prediction:
    """What a network makes of a stretch; the last of the numbers is only predicted."""
    key = jax.random.key(np.uint32(plan.settings.seed))
    numbers = (ids[:SHOWN], np.int32(at), np.int32(ids[at]), np.float64(temperature))
    found = jax.device_get(prediction(network, *numbers, key, count=WRITTEN))
    _compiled.add(_program(plan))
    return found


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


_weights: OrderedDict[tuple[Reading, int], Network] = OrderedDict()
_lock = threading.Lock()
_compiled: set[tuple[Any, ...]] = set()
