"""All numbers of the price of memory: one linear unit in closed form and simulated, and what our own cells pay."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from app.background.answer import Answer, report, together, work
from app.settings import Settings
from app.views.price.settings import LONGEST
from cells.analyses.sensitivity import sensitivity
from cells.analyses.theory import memory
from cells.experiment import Experiment
from cells.running import run_seeds
from cells.zoo import all_cells

SEEDS = 64
"""Seeds that every mark is the mean over."""
LINE = np.geomspace(1.0, LONGEST, 161)
"""Memories, in steps, at which formulas are drawn."""
MARKED = np.array([2.0, 4.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, LONGEST])
"""Memories at which the unit is simulated."""
BESIDE = np.unique(np.geomspace(1.0, 1e5, 141).astype(int))
"""Steps backward and forward that are drawn."""
CORRELATIONS = np.linspace(-0.95, 0.95, 191)
COMPARED = ("h_h", "raw", "tanh")
"""What is drawn for correlated input: the state's power, and the prices by lambda and by omega."""

REAL_SEEDS = range(16)
REAL_STEPS = 1024
"""Steps of a real cell; the longest memory among them fits in five times."""
REAL_MEMORIES = (2.0, 4.0, 10.0, 30.0, 100.0, 200.0)
UNITS = 8
SMALL = 0.001
"""Input scale at which no unit saturates, so that the dial alone decides how long is remembered."""
QUIET = 0.001
"""Spectral radius of W_hh where a gate decides that."""


def once(*args: Any) -> str:
    """One set of programs serves all arguments."""
    return ""


def eigenvalue(memory_steps: float | np.ndarray) -> np.ndarray:
    """The lambda whose memory 1 / (1 - lambda) is so many steps."""
    return 1.0 - 1.0 / np.asarray(memory_steps, float)


class Price(NamedTuple):
    """What memory costs one linear unit on white input.

    Attributes:
        eigenvalue: lambda.
        here: {"h_h" or name of a parameter: its mean square at lambda}.
        lines: {the same: (n,) at every one of `LINE`}.
        marks: {the same: (M,) simulated at every one of `MARKED`}.
        farthest: largest relative difference between a mark and its formula.
        backward: (k,) log10 of what is left of a gradient after each of `BESIDE` steps back.
        forward: (k,) log10 of the root mean square of dh_t/dlambda after so many steps from 0; -inf after one.
        relative_error: the closed forms against autodiff through a scan.
    """

    eigenvalue: float
    here: Mapping[str, float]
    lines: Mapping[str, np.ndarray]
    marks: Mapping[str, np.ndarray]
    farthest: float
    backward: np.ndarray
    forward: np.ndarray
    relative_error: float


def price(settings: Settings) -> Answer[Price]:
    """What memory costs."""
    parts = [checked(settings.price_memory, 0.0), simulated(0.0)]
    return together(parts).then(lambda found: _price(float(eigenvalue(settings.price_memory)), *found))


def _price(lam: float, relative_error: float, marks: Mapping[str, np.ndarray]) -> Price:
    with np.errstate(divide="ignore"):
        backward = BESIDE * np.log10(lam)
        forward = 0.5 * np.log10(memory.growing(lam, BESIDE))
    return Price(
        lam,
        {name: float(value) for name, value in formulas(np.float64(lam)).items()},
        formulas(eigenvalue(LINE)),
        marks,
        _farthest(marks, formulas(eigenvalue(MARKED))),
        backward,
        forward,
        relative_error,
    )


def formulas(lam: np.ndarray) -> dict[str, np.ndarray]:
    """{"h_h" or name of a parameter: mean square for white input in closed form}."""
    priced = {name: parameter.price(lam) for name, parameter in memory.PARAMETERS.items()}
    return {"h_h": memory.moments(lam).h_h} | priced


def _farthest(marks: Mapping[str, np.ndarray], exact: Mapping[str, np.ndarray]) -> float:
    return float(max(np.max(np.abs(marks[name] / exact[name] - 1.0)) for name in exact))


def measures(settings: Settings, found: Price) -> dict[str, float]:
    """What lessons ask for.

    Returns:
        eigenvalue: lambda. log10_power: of E h². log10_raw and so on: of the price by each parameter.
    """
    with np.errstate(divide="ignore"):
        logs = {f"log10_{name}": float(np.log10(value)) for name, value in found.here.items()}
    return {"eigenvalue": found.eigenvalue, "log10_power": logs.pop("log10_h_h"), **logs}


@work(compiles=once)
def checked(memory_steps: float, correlation: float) -> float:
    """Largest relative difference between the closed forms and what autodiff finds some steps later."""
    lam = np.float64(eigenvalue(memory_steps))
    exact = memory.moments(lam, correlation)
    start = memory.root(lam, correlation)
    h_h, S_S = jax.device_get(memory.carried_on(lam, np.float64(correlation), start))
    return float(max(abs(h_h / exact.h_h - 1), abs(S_S / exact.S_S - 1)))


@work(compiles=once, cost=lambda correlation: 1.0)
def simulated(correlation: float) -> dict[str, np.ndarray]:
    """{"h_h" or name of a parameter: (M,) its mean square at every one of `MARKED`}, over all seeds."""
    lam = eigenvalue(MARKED)
    measured = memory.simulate(lam, correlation, range(SEEDS))
    mean = memory.Moments(*(product.mean(axis=0) for product in measured))
    return {"h_h": mean.h_h} | {name: np.asarray(value) for name, value in memory.prices(lam, mean).items()}


class Correlated(NamedTuple):
    """The same for correlated input; all are {each of `COMPARED`: ...}.

    Attributes:
        eigenvalue: lambda.
        here: its mean square.
        times: how many times that of white input.
        lines: (n,) its mean square at every one of `LINE`.
        white: (n,) the same for white input.
        marks: (M,) simulated.
        over: (c,) how many times that of white input, at every one of `CORRELATIONS`.
        farthest: largest relative difference between a mark and its formula.
        relative_error: the closed forms against autodiff through a scan.
    """

    eigenvalue: float
    here: Mapping[str, float]
    times: Mapping[str, float]
    lines: Mapping[str, np.ndarray]
    white: Mapping[str, np.ndarray]
    marks: Mapping[str, np.ndarray]
    over: Mapping[str, np.ndarray]
    farthest: float
    relative_error: float


def correlated(settings: Settings) -> Answer[Correlated]:
    """What correlation between inputs changes."""
    steps, r = settings.price_memory, settings.price_correlation
    parts = [checked(steps, r), simulated(r)]
    return together(parts).then(lambda found: _correlated(float(eigenvalue(steps)), r, *found))


def _correlated(lam: float, r: float, relative_error: float, marks: Mapping[str, np.ndarray]) -> Correlated:
    here, white = compared(np.float64(lam), r), compared(np.float64(lam), 0.0)
    over = compared(np.full(len(CORRELATIONS), lam), CORRELATIONS)
    return Correlated(
        lam,
        {name: float(value) for name, value in here.items()},
        {name: float(value / white[name]) for name, value in here.items()},
        compared(eigenvalue(LINE), r),
        compared(eigenvalue(LINE), 0.0),
        {name: marks[name] for name in COMPARED},
        {name: value / white[name] for name, value in over.items()},
        _farthest(marks, compared(eigenvalue(MARKED), r)),
        relative_error,
    )


def compared(lam: np.ndarray, correlation: float | np.ndarray) -> dict[str, np.ndarray]:
    """{each of `COMPARED`: mean square in closed form}."""
    found = memory.moments(lam, correlation)
    return {"h_h": found.h_h, "raw": found.S_S, "tanh": memory.price_by_tanh(lam, found)}


class Dial(NamedTuple):
    """What makes a cell remember longer, and the parameter that pays for it.

    Attributes:
        cell: its name.
        weight: the parameter's name among the cell's weights.
        gate: the gate whose row of it is meant; the whole of it where empty.
        turned: (memory in steps) what the experiment is given for it.
    """

    cell: str
    weight: str
    gate: str
    turned: Any

    @property
    def key(self) -> str:
        """Of its curve."""
        return f"{self.cell}.{self.weight}"


def _bias(name: str) -> Any:
    """A gate whose bias is b keeps sigma(b) = 1 - 1 / (1 + e^b) a step."""
    return lambda steps: {"spectral_radius": QUIET, "hyperparameters": {name: float(np.log(steps - 1))}}


def _ring(steps: float) -> dict[str, Any]:
    return {"hyperparameters": {"r_min": 1 - 1 / steps, "r_max": 1 - 1 / steps}}


DIALS = (
    Dial("rnn", "W_hh", "", lambda steps: {"gain": 1 - 1 / steps}),
    Dial("lstm", "b", "f", _bias("forget_bias")),
    Dial("gru", "b", "z", _bias("update_bias")),
    Dial("mingru", "b", "z", _bias("keep_bias")),
    Dial("lru", "nu", "", _ring),
    Dial("lru", "theta", "", _ring),
)


class Paid(NamedTuple):
    """What one parameter of a cell pays, at every one of `REAL_MEMORIES`.

    Attributes:
        half_lives: (m,) steps in which half of a gradient is gone, measured.
        norms: (m,) root mean square of the norm of dL/dparameter over the seeds, in units of the state's.
    """

    half_lives: np.ndarray
    norms: np.ndarray


def real(settings: Settings) -> Answer[dict[str, Paid]]:
    """{key of a dial: what it pays}."""
    return paid()


@work(lane="long", compiles=once, cost=lambda: 1.0)
def paid() -> dict[str, Paid]:
    """What the parameters of our own cells pay."""
    found: dict[str, Paid] = {}
    every = list(dict.fromkeys((dial.cell, dial.turned) for dial in DIALS))
    for place, (cell, turned) in enumerate(every):
        dials = [dial for dial in DIALS if dial.cell == cell]
        half_lives, norms = [], {dial.key: [] for dial in dials}
        for count, steps in enumerate(REAL_MEMORIES):
            run = run_seeds(experiment(cell, turned(steps)), sensitivity, REAL_SEEDS)
            half_lives.append(np.log(0.5) / np.mean(np.log(run.factor)))
            for dial in dials:
                gradients = np.asarray(run.gradients[dial.weight])
                if dial.gate:
                    gradients = gradients[:, row_of(dial)]
                squares = np.sum(gradients.reshape(len(REAL_SEEDS), -1) ** 2, axis=1)
                norms[dial.key].append(np.sqrt(np.mean(squares) / np.mean(run.power)))
            report((place + (count + 1) / len(REAL_MEMORIES)) / len(every))
        found |= {key: Paid(np.array(half_lives), np.array(values)) for key, values in norms.items()}
    return {dial.key: found[dial.key] for dial in DIALS}


def experiment(cell: str, turned: dict[str, Any]) -> Experiment:
    """The experiment of a cell whose memory is set so."""
    return Experiment(cell=cell, hidden_size=UNITS, length=REAL_STEPS, input_scale=SMALL).replace(**turned)


def row_of(dial: Dial) -> int:
    """The row of a dial's gate."""
    return [gate.symbol for gate in all_cells()[dial.cell].gates].index(dial.gate)
