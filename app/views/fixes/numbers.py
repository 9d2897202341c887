"""What the remedies do to this experiment: together, each over gains and seeds, and in training."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from app.background.answer import Answer, report, together, work
from app.numbers import SEEDS, Compared, Flow, drawable, seeds_of, shape
from app.settings import Settings
from cells.analyses.growth import growth
from cells.analyses.remedied import remedied, remedied_and_checked
from cells.analyses.updates import trained, update
from cells.experiment import Experiment, specs
from cells.remedies import all_remedies, stack
from cells.remedies.changes import memory
from cells.remedies.stack import Doses, Rules, Treatment
from cells.running import run, run_seeds

FACTORS = (0.1, 1.0, 10.0)
"""Gains a remedy is tried at, times the experiment's own: one that should vanish, as it is, one that should explode."""
UNTREATED = Doses()
"""No dose of any remedy."""
HALVED = 0.5
"""A remedy helps where no more than this share of the decades per step is left, to either side."""
MOST = 0.8
"""Share of the seeds in which it must."""
KEEPS_TRAINING = ("clip_norm",)
"""Remedies without which a penalty cannot be tried: where the gradient explodes, one update would be the last."""


def base(settings: Settings) -> Experiment:
    """The sidebar's experiment in one layer, with a loss at one step: a sum over steps would hide what travels."""
    experiment = settings.experiment.replace(layers=1)
    return experiment.replace(loss="last") if experiment.loss == "every" else experiment


def treatment(settings: Settings, names: Sequence[str] | None = None, start: Experiment | None = None) -> Treatment:
    """An experiment with some remedies, by the numbers of the settings.

    Args:
        settings: what is shown.
        names: the remedies; those switched on where nothing is said.
        start: the experiment without them; the base where nothing is said.
    """
    numbers = {field: getattr(settings, field) for remedy in all_remedies().values() for field in linked(remedy)}
    names, start = settings.remedies if names is None else names, base(settings) if start is None else start
    treated = stack.treatment(start, names, numbers)
    idle = treated.doses._replace(mask=0) == UNTREATED  # nothing is drawn for no dose
    return treated._replace(doses=UNTREATED) if idle else treated


def linked(remedy: Any) -> list[str]:
    """The fields of a remedy's numbers."""
    return [number.field for number in remedy.numbers if number.field]


def runs(settings: Settings) -> list[Experiment]:
    """The cells whose sliders belong beside the figures, each once."""
    before, after = base(settings), treatment(settings).experiment
    return [before] if before.cell == after.cell else [before, after]


def gain(experiment: Experiment, factor: float) -> float:
    """The experiment's gain times a factor, as far as a gain may go."""
    spec = specs()["gain"]
    return min(max(experiment.gain * factor, spec.low), spec.high)


class Fixes(NamedTuple):
    """What the figure at the top shows.

    Attributes:
        treated: what the switches ask for.
        before: the gradient of the base experiment.
        after: that of the treated one.
        alone: {remedy: (experiment, gradient)} of each remedy by itself, where several change the gradient.
        seeds: the gradient of the treated one with every seed, where a spread is asked for.
    """

    treated: Treatment
    before: Flow
    after: Flow
    alone: dict[str, tuple[Experiment, Flow]]
    seeds: list[Flow]


def fixes(settings: Settings) -> Answer[Fixes]:
    """The gradient without and with the remedies, and with each alone where there are several."""
    treated, start = treatment(settings), base(settings)
    acting = [name for name in settings.remedies if all_remedies()[name].acts != "training"]
    singles = {name: treatment(settings, (name,)) for name in acting} if len(acting) > 1 else {}
    singles = {name: single for name, single in singles.items() if single[:2] != (start, UNTREATED)}
    wanted = [flow(start), flow(*treated[:2]), *(flow(*single[:2]) for single in singles.values())]
    seeds = [treatment(settings, start=other) for other in seeds_of(start)] if settings.spread else []
    wanted += [flow(*other[:2]) for other in seeds]
    return together(wanted).then(
        lambda found: Fixes(
            treated,
            found[0],
            found[1],
            {name: (singles[name].experiment, single) for name, single in zip(singles, found[2:], strict=False)},
            found[len(found) - len(seeds) :],
        )
    )


@work(compiles=shape, cost=lambda experiment, doses=None: experiment.length * experiment.hidden_size**2, quick=4e6)
def flow(experiment: Experiment, doses: Doses = UNTREATED) -> Flow:
    """The gradient of a treated experiment."""
    found, check = jax.device_get(run(experiment, remedied_and_checked, doses))
    last, overflow = experiment.last_loss_step, int(found.overflow)
    curve = drawable(found.log10_norm, last, overflow)
    numbers = growth(found.log10_norm, last=last, overflow=overflow)
    return Flow({"s": curve}, curve, last, numbers, (), Compared(int(check.step), float(check.relative_error)))


class Tried(NamedTuple):
    """One remedy over gains and seeds.

    Attributes:
        log10_factors: (gains, seeds) decades per step; -inf for an exact zero, +inf where the numbers overflow.
        kinds: (gains, seeds) kind of growth.
        finals: (gains, seeds) log10 norm of the update made; NaN for a remedy that is not measured by it.
    """

    log10_factors: np.ndarray
    kinds: np.ndarray
    finals: np.ndarray


class Row(NamedTuple):
    """A remedy on the scoreboard.

    Attributes:
        name: the remedy.
        before: without it.
        after: with it.
        helps_vanishing: whether it halves the decades lost per step wherever this experiment vanishes; None where it
            never does.
        helps_exploding: the same for those won.
    """

    name: str
    before: Tried
    after: Tried
    helps_vanishing: bool | None
    helps_exploding: bool | None


class Trial(NamedTuple):
    """What must be measured for one row.

    Attributes:
        name: the remedy.
        before: without it.
        after: with it.
        training: (learning rate, updates) of gradient descent before measuring; None for a remedy that needs none.
    """

    name: str
    before: Treatment
    after: Treatment
    training: tuple[float, int] | None


def scoreboard(settings: Settings) -> Answer[list[Row]]:
    """Every remedy by itself on this experiment, over gains and seeds; the figure at the top goes first."""
    return fixes(settings).then(lambda top: rows(trials(settings)))


def trials(settings: Settings) -> tuple[Trial, ...]:
    """One trial a remedy; only the numbers that matter to it, so that a slider moves no other row."""
    found = []
    for name, remedy in all_remedies().items():
        start = fitting(settings, name)
        trains = remedy.acts == "training" and remedy.penalises
        # What is trained is, with the penalty and without, clipped so that training stays possible.
        always = KEEPS_TRAINING if trains else ()
        none, alone = (treatment(settings, names, start) for names in (always, (name, *always)))
        training = (settings.learning_rate, settings.sgd_steps) if trains else None
        found.append(Trial(name, none, alone, training))
    return tuple(found)


def fitting(settings: Settings, name: str) -> Experiment:
    """The experiment a remedy is measured against: a gate's bias needs a cell with such a gate."""
    start, remedy = base(settings), all_remedies()[name]
    if remedy.acts != "experiment" or not remedy.needs_memory or memory(start):
        return start
    gated = [key for key, other in all_remedies().items() if other.acts == "experiment" and other.gives_memory]
    return treatment(settings, gated).experiment


@work(lane="long", cost=lambda trials: np.inf)
def rows(trials: tuple[Trial, ...]) -> list[Row]:
    """The rows of some trials."""
    found = []
    for place, trial in enumerate(trials):
        before, after = (tried.now(treated, trial.training) for treated in (trial.before, trial.after))
        found.append(_judged(trial.name, before, after))
        report((place + 1) / len(trials))
    return found


@work(lane="long", cost=lambda *args: np.inf)
def tried(treated: Treatment, training: tuple[float, int] | None) -> Tried:
    """One treatment over gains and seeds."""
    experiment, doses, rules = treated  # what acts in training is tried without doses, on the cell itself
    seeds = [other.seed for other in seeds_of(experiment)]
    factors, kinds, finals = [], [], []
    for factor in FACTORS:
        here = experiment.replace(gain=gain(experiment, factor))
        found = jax.device_get(
            run_seeds(here, remedied, seeds, doses)
            if training is None
            else run_seeds(here, trained, seeds, None, rules, *training).after
        )
        numbers = [
            growth(found.log10_norm[k], last=here.last_loss_step, overflow=int(found.overflow[k])) for k in range(SEEDS)
        ]
        factors.append([number.log10_factor for number in numbers])
        kinds.append([number.kind for number in numbers])
        if rules != Rules() and training is None:
            finals.append(run_seeds(here, update, seeds, None, rules))
    ends = [[np.asarray(item.log10_before), np.asarray(item.log10_after)] for item in jax.device_get(finals)]
    return Tried(np.asarray(factors), np.asarray(kinds), np.asarray(ends))


def _judged(name: str, before: Tried, after: Tried) -> Row:
    if after.finals.size:
        # What is made of an update leaves the way back as it is: it helps where it takes nine tenths of an explosion.
        shorter = after.finals[:, 1] <= after.finals[:, 0] - 1
        exploding = before.kinds == "exploding"
        helped = np.mean(shorter[exploding]) >= MOST if exploding.any() else None
        vanishing = np.isin(before.kinds, ("vanishing", "zero"))
        return Row(name, before, after, False if vanishing.any() else None, helped)
    halved = np.abs(after.log10_factors) <= np.maximum(HALVED * np.abs(before.log10_factors), 1e-9)
    halved &= np.isfinite(after.log10_factors)
    return Row(
        name,
        before,
        after,
        _helped(halved, np.isin(before.kinds, ("vanishing", "zero"))),
        _helped(halved, np.isin(before.kinds, ("exploding", "overflow"))),
    )


def _helped(halved: np.ndarray, ill: np.ndarray) -> bool | None:
    """Whether at every gain where most seeds are ill, most of those are helped."""
    gains = [halved[k][ill[k]].mean() >= MOST for k in range(len(ill)) if ill[k].mean() >= MOST]
    return all(gains) if gains else None


class Descent(NamedTuple):
    """What the remedies of training do to this experiment.

    Attributes:
        updates: {rule: (log10 norm before, after, cosine)}; "together" has all rules that are switched on.
        norms: {"plain" or "ruled": (steps + 1,) spectral norm of the weights}.
        radii: the same of their spectral radius.
        decades: {"plain" or "ruled": log10 factor a step of the gradient after the last step}; -inf for an exact zero,
            +inf where the numbers overflow.
    """

    updates: dict[str, tuple[float, float, float]]
    norms: dict[str, np.ndarray]
    radii: dict[str, np.ndarray]
    decades: dict[str, float]


class Training(NamedTuple):
    """What the figure of training shows.

    Attributes:
        treated: what the switches ask for.
        start: log10 factor a step of the gradient before any update.
        descent: what the updates make of it.
    """

    treated: Treatment
    start: float
    descent: Descent


def training(settings: Settings) -> Answer[Training]:
    """Updates and some steps of descent, plain and with the rules switched on; the figure at the top goes first."""
    treated = treatment(settings)
    names = [name for name, remedy in all_remedies().items() if remedy.acts == "training"]
    rules = tuple((name, treatment(settings, (name,)).rules) for name in names)
    asked = (treated, rules, settings.learning_rate, settings.sgd_steps)
    return fixes(settings).then(
        lambda top: descent(*asked).then(lambda found: Training(treated, top.after.growth.log10_factor, found))
    )


@work(cost=lambda *args: np.inf)
def descent(whole: Treatment, rules: tuple[tuple[str, Rules], ...], rate: float, steps: int) -> Descent:
    """What each rule makes of one update, and what some steps of descent make of the weights and of the gradient."""
    experiment, doses, ruled = whole
    updates = {}
    for place, (name, rule) in enumerate((*rules, ("together", ruled)), start=1):
        found = jax.device_get(run(experiment, update, doses, rule))
        updates[name] = tuple(float(part) for part in found)
        report(place / (len(rules) + 3))
    ends = {}
    for name, rule in (("plain", Rules()), ("ruled", ruled)):
        ends[name] = jax.device_get(run(experiment, trained, doses, rule, rate, steps))
        report(0.9)
    grown = {
        name: growth(end.after.log10_norm, last=experiment.last_loss_step, overflow=int(end.after.overflow))
        for name, end in ends.items()
    }
    return Descent(
        updates,
        {name: end.spectral_norm[: steps + 1] for name, end in ends.items()},
        {name: end.spectral_radius[: steps + 1] for name, end in ends.items()},
        {name: each.log10_factor for name, each in grown.items()},
    )
