"""The numbers of the page on reading: runs whose weights are kept, and what these weights say."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from app.background import training
from app.background.answer import Answer, Store, known, report, together, work
from app.background.training import Seen, Watched
from app.settings import Settings
from app.views.reading import pastes
from app.views.reading.settings import SHOWN
from cells.analyses.prediction import Prediction, listen, prediction
from cells.experiment import Experiment
from cells.programs import compiled
from cells.reading import modes as five
from cells.reading import texts
from cells.reading.network import Network
from cells.reading.texts import PARAGRAPH, Text, blind_loss, memoryless_loss
from cells.training import loop
from cells.training.learners.reading import ListLearner, TextLearner

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
"""Bytes of weights that are kept, over all runs; what is let go is trained again when somebody asks for it."""
DRAWN_FROM = ("cell", "activation", "initializer", "gain", "spectral_radius", "input_scale", "bias_scale", "seed")
"""What of an experiment matters to a run, besides its size."""


class Lesson(NamedTuple):
    """Everything a run depends on, as plain values.

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

    def start(self) -> loop.Run:
        """The run before its first update."""
        return loop.start(self.learner(), self.optimiser(), self.seed)


class Reading(NamedTuple):
    """The plan of a run whose weights are kept; see `app.background.training`."""

    settings: Lesson
    chunk: int

    def begin(self) -> tuple[loop.Run, Any]:
        """The weights as drawn."""
        run = self.settings.start()
        self._keep(run)
        return run, jax.device_get(run.measured)

    def advance(self, state: loop.Run) -> tuple[loop.Run | None, Any]:
        """The next chunk; a run that broke ends with it."""
        run, chunk = loop.advance(state)
        self._keep(run)
        return None if chunk.broken else run, jax.device_get(chunk)

    def _keep(self, run: loop.Run) -> None:
        _weights.put((self, run.updates), jax.device_get(run.weights.params))


class Trained(NamedTuple):
    """A run as far as it is shown.

    Attributes:
        updates: (n,) numbers of updates at which the loss was measured, the first 0.
        losses: (n,) or (n, M) what it was, in nats; float64.
        broken: the update that left the finite numbers; 0 if none did.
    """

    updates: np.ndarray
    losses: np.ndarray
    broken: int

    @property
    def reached(self) -> int:
        """Updates done."""
        return int(self.updates[-1])


class Nothing(NamedTuple):
    """Runs of which one broke off before there was anything to show.

    Attributes:
        watched: the runs.
        failure: why, as a sentence.
    """

    watched: Watched
    failure: str


class Greeting(NamedTuple):
    """Karpathy's network as it stands.

    Attributes:
        watched: its run.
        trained: what the run has come to.
        h: (4, H).
        logits: (4, 4); p: (4, 4) their softmax.
        weights: {name: matrix}, gates below one another; without W_hh for a cell that has none.
        disagreement: between autodiff and a finite difference, relative.
    """

    watched: Watched
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
        trained: what its run has come to.
        p: (T, V) probability of every next character.
        units: (T, H) the topmost h.
        log10_influence: (T,) log10 of the gradient of the chosen prediction with respect to each character.
        written: what it writes on from the chosen one.
        disagreement: between autodiff and a finite difference, relative.
    """

    experiment: Experiment
    trained: Trained
    p: np.ndarray
    units: np.ndarray
    log10_influence: np.ndarray
    written: str
    disagreement: float


class Readers(NamedTuple):
    """The networks side by side on a text.

    Attributes:
        watched: their runs.
        text: what they read.
        forgotten: whether the link names another text, which this process does not have.
        ids: (SHOWN + 1,) numbers of the characters shown and of the one that follows.
        at: the chosen place among them, counted from 1.
        memoryless: least loss of a reader of this text without memory; blind: of one that sees nothing.
        readers: what each makes of it.
    """

    watched: Watched
    text: Text
    forgotten: bool
    ids: np.ndarray
    at: int
    memoryless: float
    blind: float
    readers: list[Reader]


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


class Listeners(NamedTuple):
    """The five small networks, at one moment.

    Attributes:
        watched: their run, which is one.
        trained: what it has come to.
        listeners: what each does.
    """

    watched: Watched
    trained: Trained
    listeners: list[Listener]


class Heard(NamedTuple):
    """Networks side by side on one example each.

    Attributes:
        listening: what they make of it, with an axis of M in front.
        right: (M,) share of all answers over all examples that are the likeliest.
    """

    listening: Any
    right: np.ndarray


def text(settings: Settings) -> Text:
    """The text that is read: the reader's own, or the app's."""
    return texts.read(settings.read_text or pastes.found(settings) or PARAGRAPH)


def hello_plan(settings: Settings) -> Reading:
    """Karpathy's network with the experiment's cell."""
    return Reading(Lesson("hello", _bare(settings.experiment, HELLO_SIZE), settings.hello_rate, settings.hello_cut), 1)


def text_plans(settings: Settings, content: str) -> list[Reading]:
    """One network for each cell drawn, all on the same text; the experiment's own is always among them."""
    others = [run for run in settings.runs if run != settings.experiment][: MOST - 1]
    drawn = [run for run in settings.runs if run == settings.experiment or run in others]
    rate, layers = settings.read_rate, int(settings.read_layers)
    sized = [_bare(run, min(run.hidden_size, MAX_SIZE)) for run in drawn]
    return [Reading(Lesson("text", run, rate, text=content, layers=layers), 10) for run in sized]


def modes_plan(settings: Settings) -> Reading:
    """The five small networks with the experiment's cell."""
    return Reading(Lesson("modes", _bare(settings.experiment, MODE_SIZE), settings.mode_rate), MODE_CHUNK)


def greeting(settings: Settings) -> Answer[Greeting | Nothing]:
    """Karpathy's network at the update shown."""
    plan = hello_plan(settings)

    def analysed(watched: Watched) -> Answer[Greeting]:
        run = trained(watched.runs[0])
        return weights(plan, run.reached).then(
            lambda network: heard(plan, run.reached, 1).then(lambda found: _greeting(watched, run, network, found))
        )

    return _watch(settings, [plan], settings.hello_updates, analysed)


def readers(settings: Settings) -> Answer[Readers | Nothing]:
    """Every network on the stretch shown, at the update shown."""
    read, at = text(settings), min(settings.read_at, SHOWN)
    forgotten = bool(settings.read_paste) and not settings.read_text and pastes.found(settings) is None
    plans = text_plans(settings, read.content)

    def predictions(plan: Reading, run: Trained) -> Answer[Prediction]:
        stretch = (settings.read_from, at, settings.temperature)
        return weights(plan, run.reached).then(lambda network: predicted(plan, run.reached, *stretch))

    def analysed(watched: Watched) -> Answer[Readers]:
        runs = [trained(run) for run in watched.runs]
        return together(map(predictions, plans, runs)).then(
            lambda found: Readers(
                watched,
                read,
                forgotten,
                read.cyclic(settings.read_from - 1, SHOWN + 1),
                at,
                *_floors(read),
                [_reader(plan, read, *pair) for plan, *pair in zip(plans, runs, found, strict=True)],
            )
        )

    return _watch(settings, plans, settings.read_updates, analysed)


def measures(settings: Settings, found: Readers | Nothing) -> dict[str, float]:
    """What lessons ask for of a text's readers.

    Returns:
        memoryless: least loss without memory, in nats. Of every reader by its cell, loss: of the whole text, in nats.
        log10_ratio: of the weight of the first character shown to that of the one framed, in the prediction after it.
        back: places between the two.
    """
    if isinstance(found, Nothing):
        return {}
    told = {"memoryless": found.memoryless, "back": float(found.at - 1)}
    for reader in found.readers:
        name, weights = reader.experiment.cell, reader.log10_influence
        told |= {
            f"{name}.loss": float(reader.trained.losses[-1]),
            f"{name}.log10_ratio": float(weights[0] - weights[found.at - 1]),
        }
    return told


def listeners(settings: Settings) -> Answer[Listeners | Nothing]:
    """The five small networks at the update shown."""
    plan = modes_plan(settings)

    def analysed(watched: Watched) -> Answer[Listeners]:
        run = trained(watched.runs[0])
        return (
            weights(plan, run.reached)
            .then(lambda network: heard(plan, run.reached, settings.mode_example))
            .then(lambda found: Listeners(watched, run, _listeners(run, settings.mode_example, found)))
        )

    return _watch(settings, [plan], settings.mode_updates, analysed)


def _watch(
    settings: Settings, plans: Sequence[Reading], updates: int, analysed: Callable[[Watched], Answer]
) -> Answer[Any]:
    """What a figure makes of runs, or why there is nothing to make anything of."""

    def seen(watched: Watched) -> Answer[Any]:
        failure = next((run.failure for run in watched.runs if not run.records), "")
        return known(Nothing(watched, failure)) if failure else analysed(watched)

    return training.watch(plans, updates, whole=settings.plain).then(seen)


def trained(run: Seen) -> Trained:
    """What a run has come to, which has a beginning."""
    losses = [run.records[0].loss, *(chunk.measured.loss for chunk in run.records[1:])]
    broken = int(run.records[-1].broken) if len(run.records) > 1 else 0
    return Trained(np.arange(len(losses)) * run.plan.chunk, np.asarray(losses, float), broken)


def weights(plan: Reading, updates: int) -> Answer[Network]:
    """The weights after so many updates, float32: kept, or trained again from the same start."""
    kept = _weights.get((plan, updates))
    return trained_again(plan, updates) if kept is None else known(kept)


@work(lane="long", quick=-1)
def trained_again(plan: Reading, updates: int) -> Network:
    """The weights after so many updates, which were let go."""
    run = plan.settings.start()
    while run.updates < updates and not run.broken:
        report(run.updates / updates)
        run, _chunk = loop.advance(run)
    return jax.device_get(run.weights.params)


def program(plan: Reading, *_rest: Any) -> tuple[Any, ...]:
    """What decides the programs that the analysis of a run needs."""
    kind, experiment, *_rest = plan.settings
    size = texts.read(plan.settings.text).size if kind == "text" else 0
    return kind, experiment.cell, experiment.hidden_size, plan.settings.layers, size


@work(compiles=program)
def predicted(plan: Reading, updates: int, start: int, at: int, temperature: float) -> Prediction:
    """What the network of a run makes of a stretch of its text; the character after the stretch is only predicted."""
    ids = texts.read(plan.settings.text).cyclic(start - 1, SHOWN + 1)
    key = jax.random.key(np.uint32(plan.settings.seed))
    numbers = (ids[:SHOWN], np.int32(at), np.int32(ids[at]), np.float64(temperature))
    return jax.device_get(prediction(_in_float64(weights(plan, updates).value()), *numbers, key, count=WRITTEN))


@work(compiles=program)
def heard(plan: Reading, updates: int, example: int) -> Heard:
    """What the networks of a run make of an example each; beyond the last comes the first."""
    networks, lessons = _in_float64(weights(plan, updates).value()), plan.settings.learner().lessons
    counts = np.count_nonzero(lessons.weights.sum(axis=2), axis=1)
    chosen = [(place, (example - 1) % count) for place, count in enumerate(counts)]
    xs, targets = (np.stack([rows[pair] for pair in chosen]) for rows in (lessons.xs, lessons.targets))
    right = _right(networks, lessons.xs, lessons.targets, lessons.weights)
    return Heard(*jax.device_get((listen(networks, xs, targets, lessons.used_inputs), right)))


@compiled
def _right(networks: Network, xs: Any, targets: Any, weights: Any) -> Any:
    def one(network: Network, xs: Any, targets: Any, weights: Any) -> Any:
        logits = jax.vmap(lambda row: jax.vmap(network.logits)(network.top(network.unroll(row))))(xs)
        return jnp.sum(weights * (jnp.argmax(logits, axis=-1) == targets))

    return jax.vmap(one)(networks, xs, targets, weights)


def _greeting(watched: Watched, run: Trained, networks: Network, found: Heard) -> Greeting:
    network = jax.tree.map(lambda leaf: leaf[0], _in_float64(networks))
    layer, logits = network.layers[0], found.listening.logits[0]
    recurrent = None if layer.W_hh is None else np.where(network.remembers, layer.W_hh, 0.0)
    matrices = {"W_xh": layer.W_ih, "W_hh": recurrent, "W_hy": network.W_hy}
    return Greeting(
        watched,
        run,
        found.listening.h[0],
        logits,
        _softmax(logits),
        {name: matrix.reshape(-1, matrix.shape[-1]) for name, matrix in matrices.items() if matrix is not None},
        float(found.listening.disagreement[0, -1]),
    )


def _reader(plan: Reading, read: Text, run: Trained, found: Prediction) -> Reader:
    return Reader(
        plan.settings.experiment,
        run,
        np.exp(found.log_p),
        found.units,
        found.influence.log10_input,
        "".join(read.characters[number] for number in found.sample),
        float(found.disagreement),
    )


def _listeners(run: Trained, example: int, found: Heard) -> list[Listener]:
    listening = found.listening
    return [
        Listener(
            mode,
            mode.examples[(example - 1) % len(mode.examples)],
            _softmax(listening.logits[place]),
            listening.log10_input[place],
            listening.log10_state[place],
            run.losses[:, place],
            float(found.right[place]),
            listening.disagreement[place],
        )
        for place, mode in enumerate(five.modes())
    ]


def _floors(read: Text) -> tuple[float, float]:
    """Least loss without memory, and without looking, of a text read in a circle."""
    ids = read.ids[: len(read.content)]
    return memoryless_loss(ids, np.roll(ids, -1)), blind_loss(ids)


def _bare(experiment: Experiment, hidden_size: int) -> Experiment:
    return experiment.only(*DRAWN_FROM).replace(hidden_size=hidden_size)


def _in_float64(network: Network) -> Network:
    return jax.tree.map(lambda leaf: np.asarray(leaf, float) if eqx.is_inexact_array(leaf) else leaf, network)


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


_weights: Store[tuple[Reading, int], Network] = Store(KEPT)
