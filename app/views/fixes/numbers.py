"""Where JAX arrays become NumPy for the page of remedies: what each one does to this experiment, and over seeds."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import jax
import numpy as np

from app import numbers as compute
from app.background.answer import Job
from app.numbers import Check, Flow
from app.settings import Picture
from app.views.fixes.table import remedies
from cells import all_cells
from cells.analyses.growth import Growth, growth
from cells.analyses.remedied import remedied, remedied_and_checked
from cells.analyses.updates import Rules, trained, update
from cells.experiment import Experiment, specs
from cells.remedies.stack import Doses

SEEDS = 5
"""Seeds a remedy is tried on: the experiment's own and the next ones."""
FACTORS = (0.1, 1.0, 10.0)
"""Gains a remedy is tried at, times the experiment's own: one that should vanish, as it is, one that should explode."""
QUICK = 4e6
"""Largest T H² that is computed while the reader waits; more of it shows its progress."""
HALVED = 0.5
"""A remedy helps where no more than this share of the decades per step is left, to either side."""
MOST = 0.8
"""Share of the seeds in which it must."""


class Treatment(NamedTuple):
    """What the switches ask for.

    Attributes:
        experiment: the experiment with other weights or another cell.
        doses: remedies around the cell.
        rules: what is done to updates.
    """

    experiment: Experiment
    doses: Doses
    rules: Rules


def treatment(picture: Picture, names: tuple[str, ...] | None = None) -> Treatment:
    """The base experiment with some remedies; with those switched on where no names are given."""
    names = picture.remedies if names is None else names
    experiment, doses, rules = base(picture), Doses(mask=picture.experiment.seed), Rules()
    for name in names:
        experiment = _EXPERIMENTS.get(name, _same)(experiment, picture)
        doses = doses._replace(**_DOSES.get(name, _nothing)(picture))
        rules = rules._replace(**_RULES.get(name, _nothing)(picture))
    return Treatment(experiment, doses, rules)


def base(picture: Picture) -> Experiment:
    """The sidebar's experiment in one layer, with a loss at one step: a sum over steps would hide what travels."""
    experiment = picture.experiment.replace(layers=1)
    return experiment.replace(loss="last") if experiment.loss == "every" else experiment


def fitting(picture: Picture, name: str) -> Experiment:
    """The experiment a remedy is measured against: a gate's bias needs a cell with such a gate."""
    experiment = base(picture)
    needs_gates = name in ("gate_bias", "chrono")
    return experiment.for_cell(picture.fix_cell) if needs_gates and not has_memory_bias(experiment) else experiment


def has_memory_bias(experiment: Experiment) -> bool:
    """Whether the cell has a gate whose bias sets its memory."""
    return any(spec.replaced_by for spec in all_cells()[experiment.cell].hyperparameters)


def gain(experiment: Experiment, factor: float) -> float:
    """The experiment's gain times a factor, as far as a gain may go."""
    spec = specs()["gain"]
    return min(max(experiment.gain * factor, spec.low), spec.high)


def _same(experiment: Experiment, picture: Picture) -> Experiment:
    return experiment


def _nothing(picture: Picture) -> dict:
    return {}


def _memory(experiment: Experiment, *, bias: float | None) -> Experiment:
    found = {}
    for spec in all_cells()[experiment.cell].hyperparameters:
        if spec.replaced_by and bias is None:
            found[spec.replaced_by] = float(experiment.length)
        elif spec.replaced_by:
            found[spec.name] = bias
    return experiment.replace(hyperparameters=dict(experiment.hyperparameters) | found)


_EXPERIMENTS: dict[str, Callable[[Experiment, Picture], Experiment]] = {
    "activation": lambda experiment, picture: experiment.replace(activation=picture.fix_activation),
    "initialisation": lambda experiment, picture: experiment.replace(initializer=picture.fix_initializer, W_hh=()),
    "gates": lambda experiment, picture: experiment.for_cell(picture.fix_cell),
    "gate_bias": lambda experiment, picture: _memory(experiment, bias=picture.gate_bias),
    "chrono": lambda experiment, picture: _memory(experiment, bias=None),
}
_DOSES: dict[str, Callable[[Picture], dict]] = {
    "layer_norm": lambda picture: {"layer_norm": True, "layer_gain": picture.norm_gain},
    "batch_norm": lambda picture: {"batch_norm": True, "batch_gain": picture.batch_gain},
    "residual": lambda picture: {"shortcut": 1.0, "scale": picture.residual_scale},
    "false_residual": lambda picture: {"inner_shortcut": 1.0},
    "leaky": lambda picture: {"leak": picture.leak_rate},
    "skip": lambda picture: {"skip": picture.skip_weight, "span": picture.skip_span},
    "dropout": lambda picture: {"dropout": picture.dropout_rate},
}
_RULES: dict[str, Callable[[Picture], dict]] = {
    "clip_norm": lambda picture: {"clip_norm": picture.norm_limit},
    "clip_value": lambda picture: {"clip_value": picture.value_limit},
    "truncation": lambda picture: {"window": picture.window},
    "l1": lambda picture: {"l1": picture.l1_weight},
    "l2": lambda picture: {"l2": picture.l2_weight},
    "omega": lambda picture: {"omega": picture.omega_weight},
}
PENALTIES = ("l1", "l2", "omega")


@lru_cache(maxsize=256)
def _flow(experiment: Experiment, doses: Doses) -> Job[Flow]:
    def work(report: Callable[[float], None]) -> Flow:
        found, check = jax.device_get(experiment.run(remedied_and_checked, doses))
        compute.note_compiled(flow, experiment)
        last, overflow = experiment.last_loss_step, int(found.overflow)
        curve = compute.drawable(found.log10_norm, last, overflow)
        numbers = growth(found.log10_norm, last=last, overflow=overflow)
        return Flow({"s": curve}, curve, last, numbers, (), Check(int(check.step), float(check.relative_error)))

    return Job(work)


def flow(experiment: Experiment, doses: Doses) -> Flow:
    """The gradient of a treated experiment."""
    return _flow(experiment, doses).answer()


def flows_progress(wanted: list[tuple[Experiment, Doses]]) -> float | None:
    """The share done of what must be computed before the flows can be answered at once; None if nothing must."""
    compute.warm_up_in_background([experiment for experiment, _doses in wanted], _warm_up)
    for place, (experiment, doses) in enumerate(wanted):
        if compute.is_compiled(flow, experiment) and experiment.length * experiment.hidden_size**2 <= QUICK:
            continue
        share = _flow(experiment, doses).progress()
        if share is not None:
            return (place + share) / len(wanted)
    return None


def _after_the_hero(picture: Picture) -> float | None:
    """A share while the figure at the top of the page is not there yet: it goes first; None once it is."""
    wanted = [(base(picture), Doses()), (treatment(picture).experiment, Doses())]
    return None if flows_progress(wanted) is None else 0.01


def _warm_up(experiment: Experiment) -> None:
    flow(experiment, Doses())


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


def scoreboard(picture: Picture) -> list[Row]:
    """Every remedy by itself on this experiment, over gains and seeds."""
    return _scoreboard(_alone(picture)).answer()


def scoreboard_progress(picture: Picture) -> float | None:
    """The share done of the scoreboard; None once it is there."""
    return _after_the_hero(picture) or _scoreboard(_alone(picture)).progress()


class _Trial(NamedTuple):
    """What must be measured for one row: the two treatments, and how long to train for them."""

    name: str
    before: Treatment
    after: Treatment
    training: tuple[float, int] | None


def _alone(picture: Picture) -> tuple[_Trial, ...]:
    """One trial a remedy; only the numbers that matter to it, so that a slider moves no other row."""
    found = []
    for name, remedy in remedies().items():
        start = fitting(picture, name)
        alone = treatment(picture.replace(experiment=start), (name,))
        none = Treatment(start, Doses(), Rules())
        training = None
        if name in PENALTIES:
            # Both are trained, and both with the clipping that keeps training possible.
            training = (picture.learning_rate, picture.sgd_steps)
            clip = {"clip_norm": picture.norm_limit}
            none = none._replace(rules=none.rules._replace(**clip))
            alone = alone._replace(rules=alone.rules._replace(**clip))
        if remedy.acts == "training":
            alone = alone._replace(doses=Doses())
        if not alone.doses.dropout:
            alone = alone._replace(doses=alone.doses._replace(mask=0))
        found.append(_Trial(name, none, alone, training))
    return tuple(found)


@lru_cache(maxsize=16)
def _scoreboard(trials: tuple[_Trial, ...]) -> Job[list[Row]]:
    def work(report: Callable[[float], None]) -> list[Row]:
        rows = []
        for place, trial in enumerate(trials):
            before, after = (_tried(treated, trial.training) for treated in (trial.before, trial.after))
            rows.append(_judged(trial.name, before, after))
            report((place + 1) / len(trials))
        return rows

    return Job(work)


@lru_cache(maxsize=1024)
def _tried(treated: Treatment, training: tuple[float, int] | None) -> Tried:
    experiment, doses, rules = treated  # what acts in training is tried without doses, on the cell itself
    seeds = [(experiment.seed + k) % (specs()["seed"].high + 1) for k in range(SEEDS)]
    factors, kinds, finals = [], [], []
    for factor in FACTORS:
        here = experiment.replace(gain=gain(experiment, factor))
        found = jax.device_get(
            here.run_seeds(remedied, seeds, doses)
            if training is None
            else here.run_seeds(trained, seeds, None, rules, *training).after
        )
        numbers = [
            growth(found.log10_norm[k], last=here.last_loss_step, overflow=int(found.overflow[k])) for k in range(SEEDS)
        ]
        factors.append([_decades(number) for number in numbers])
        kinds.append([number.kind for number in numbers])
        if rules != Rules() and training is None:
            finals.append(here.run_seeds(update, seeds, None, rules))
    ends = [[np.asarray(item.log10_before), np.asarray(item.log10_after)] for item in jax.device_get(finals)]
    return Tried(np.asarray(factors), np.asarray(kinds), np.asarray(ends))


def _decades(number: Growth) -> float:
    return {"overflow": np.inf, "zero": -np.inf, "single": 0.0}.get(
        number.kind, number.log10_ratio / max(number.last - 1, 1)
    )


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


class Training(NamedTuple):
    """What the remedies of training do to this experiment.

    Attributes:
        updates: {rule: (log10 norm before, after, cosine)}; "together" has all rules that are switched on.
        norms: {"plain" or "ruled": (steps + 1,) spectral norm of W_hh}.
        radii: the same of its spectral radius.
        before: log10 factor per step after plain training.
        after: log10 factor per step after training with the rules.
    """

    updates: dict[str, tuple[float, float, float]]
    norms: dict[str, np.ndarray]
    radii: dict[str, np.ndarray]
    before: Growth
    after: Growth


def training(picture: Picture) -> Training:
    """Updates and some steps of training, plain and with the rules that are switched on."""
    return _training(*_asked(picture)).answer()


def training_progress(picture: Picture) -> float | None:
    """The share done of it; None once it is there."""
    return _after_the_hero(picture) or _training(*_asked(picture)).progress()


def _asked(picture: Picture) -> tuple:
    whole = treatment(picture)
    rules = {name: treatment(picture, (name,)).rules for name in _RULES}
    return whole, tuple(rules.items()), picture.learning_rate, picture.sgd_steps


@lru_cache(maxsize=32)
def _training(whole: Treatment, rules: tuple[tuple[str, Rules], ...], rate: float, steps: int) -> Job[Training]:
    def work(report: Callable[[float], None]) -> Training:
        experiment, doses, together = whole
        updates = {}
        for place, (name, rule) in enumerate((*rules, ("together", together)), start=1):
            found = jax.device_get(experiment.run(update, doses, rule))
            updates[name] = tuple(float(part) for part in found)
            report(place / (len(rules) + 3))
        runs = {}
        for name, rule in (("plain", Rules()), ("ruled", together)):
            runs[name] = jax.device_get(experiment.run(trained, doses, rule, rate, steps))
            report(0.9)
        grown = {
            name: growth(run.after.log10_norm, last=experiment.last_loss_step, overflow=int(run.after.overflow))
            for name, run in runs.items()
        }
        return Training(
            updates,
            {name: run.spectral_norm[: steps + 1] for name, run in runs.items()},
            {name: run.spectral_radius[: steps + 1] for name, run in runs.items()},
            grown["plain"],
            grown["ruled"],
        )

    return Job(work)
