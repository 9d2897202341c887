"""What the page of training says: who has solved it, what clipping did, whether a highway was built."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from app.figure import Verdict
from app.language import _, number, power_of_ten
from app.phrases import drawn_anew, short_label
from app.settings import Settings
from app.views.learning.numbers import Curves, Learned, Tried
from app.views.learning.search import Searched
from app.views.learning.terms import OPTIMISERS, UNCLIPPED, Lesson, Terms
from cells.experiment import Experiment, choices_of
from cells.training import search as genetic
from cells.training.search import Genes
from cells.training.tasks import TASKS

STUCK = 0.8
"""A run whose best held-out loss is above this share of the baseline is still at the baseline."""
ABOVE = 1.5
"""It is above it where it has never been below, and its loss is now more than this times the baseline."""
NOTHING = 1e-12
"""A loss without memory below this is rounding: there is nothing to remember."""
RELAPSED = 5.0
"""A solved run has relapsed where its loss is now this many times what counts as solved."""


def learning(settings: Settings, found: Learned) -> Verdict:
    """Who has solved it, who has not, and what that is worth."""
    lesson = found.lessons[0]
    row = TASKS[lesson.task]
    task = _("{task} T={length}").format(task=row.label, length=lesson.length)
    if row.uses_lag:
        task = _("{task} lag={lag}, T={length}").format(task=row.label, lag=lesson.lag, length=lesson.length)
    runs = begun(found)
    solved = sorted((run for run in runs if run[1].solved), key=lambda run: run[1].solved)
    said = [_solved(*run, task, found, first=run is solved[0]) for run in solved]
    said += [_unsolved(*run, found) for run in runs if not run[1].solved]
    updates = int(max((curves.at[-1] for _label, curves in runs), default=0))
    if updates:
        headline = _("{solved} of {runs} solved it").format(solved=len(solved), runs=len(runs))
        if found.baseline < NOTHING:
            headline = _("Nothing to remember")
    else:
        waiting = _("each cell's training is compiled once, then the curves begin.")
        headline = _("Before the first update")
        said = [waiting if settings.updates else _("nothing has been learned yet: play.")]
    asides = [row.says, drawn_anew(settings.experiment)]
    if found.baseline < NOTHING:
        asides.append(_("At this lag the present value is the answer, so no memory is put to the test."))
    if found.left_out:
        names = ", ".join(name(lesson.terms) for lesson in found.left_out)
        asides.append(_("Four runs fit; not drawn: {names}.").format(names=names))
    if row.judges and updates:
        shares = ", ".join(f"{label} {curves.accuracy[-1]:.0%}" for label, curves in runs)
        asides.append(_("Right answers: {shares}.").format(shares=shares))
    broken = [
        _(
            "{run}: the loss or a weight left the finite numbers at update {update}; the weights before it are kept."
        ).format(run=label, update=curves.broken)
        for label, curves in runs
        if curves.broken
    ]
    return Verdict(
        headline,
        "; ".join(said).removesuffix(".") + ".",
        "carried" if solved else "stuck",
        " ".join(filter(None, asides)),
        broken + [run.failure for run in found.watched.runs if run.failure],
    )


def gradient_norms(settings: Settings, found: Learned) -> Verdict:
    """How often clipping had something to do."""
    said = []
    for label, curves in begun(found):
        if not np.isfinite(curves.log10_largest):
            continue
        said.append(
            _("{run}: up to {largest}, clipped in {share:.0%} of the updates").format(
                run=label, largest=power_of_ten(curves.log10_largest), share=curves.clipped
            )
        )
    sentence = "; ".join(said) + "." if said else _("no update has been done yet.")
    return Verdict(_("Norm of the whole gradient"), sentence)


def learned_gates(settings: Settings, found: Learned) -> Verdict:
    """Whether a highway was built."""
    said = [
        _("{run}: the best unit's ∏ {gate} went from {first} to {last}").format(
            run=label,
            gate=curves.direct,
            first=power_of_ten(float(curves.best_product[0])),
            last=power_of_ten(float(curves.best_product[-1])),
        )
        for label, curves in begun(found)
        if curves.direct
    ]
    if not said:
        return Verdict(_("No gates"), _("none of these runs has a gated direct path."))
    return Verdict(_("The highway"), "; ".join(said) + ".")


def tried(settings: Settings, found: Tried) -> Verdict:
    """How well the ratio before training tells what can be learned."""
    headline = _("Runs so far: {count}").format(count=len(found.trials))
    if not found.trials:
        return Verdict(headline, _("no run of this task has come far enough yet; every run that does is drawn here."))
    solved = sorted(trial.log10_ratio for trial in found.trials if trial.solved)
    failed = sorted(trial.log10_ratio for trial in found.trials if not trial.solved)
    parts = [
        _("{count} solved, at {ratios}").format(count=len(solved), ratios=_span(solved))
        if solved
        else _("none solved"),
        _("{count} not, at {ratios}").format(count=len(failed), ratios=_span(failed)) if failed else _("none failed"),
    ]
    aside = _("Runs of this task and length by anyone since this server started; the larger marks are those above.")
    return Verdict(headline, "; ".join(parts) + ".", asides=aside)


def search(settings: Settings, found: Searched) -> Verdict:
    """The best individual so far."""
    cell, row, generations = settings.experiment.cell_class, TASKS[settings.task], found.generations
    failures = [run.failure for run in found.watched.runs if run.failure]
    what = _("{count} individuals a generation, {updates} updates each, on {task} with T={length}.").format(
        count=genetic.POPULATION, updates=genetic.UPDATES, task=row.label, length=settings.task_length
    )
    if not generations:
        headline = _("Search for a good {cell}").format(cell=cell.label)
        return Verdict(headline, _("nothing has been tried yet: play."), asides=what, comparisons=failures)
    best = min(generations, key=lambda generation: generation.fitness[0])
    one = _("after 1 generation the best has loss {loss:.3g} ({baseline:.3g} without memory): {genes}.")
    many = _("after {count} generations the best has loss {loss:.3g} ({baseline:.3g} without memory): {genes}.")
    said = (one if len(generations) == 1 else many).format(
        count=len(generations),
        loss=best.fitness[0],
        baseline=found.baseline,
        genes=in_words(settings.experiment, best.genes[0]),
    )
    return Verdict(_("Best {cell} so far").format(cell=cell.label), said, asides=what, comparisons=failures)


def begun(found: Learned) -> list[tuple[str, Curves]]:
    """The runs that have a beginning, each with its label."""
    named = zip(labels(found.lessons), found.curves, strict=True)
    return [(label, curves) for label, curves in named if curves is not None]


def labels(lessons: Sequence[Lesson]) -> list[str]:
    """The cell of each run, and what sets it apart from most others."""
    described = [_described(lesson.terms) for lesson in lessons]
    found = []
    for lesson, mine in zip(lessons, described, strict=True):
        cell = lesson.terms.experiment.cell_class
        peers = [
            other for each, other in zip(lessons, described, strict=True) if each.terms.experiment.cell_class is cell
        ]
        parts = [cell.label]
        for setting, text in mine.items():
            counts = Counter(other[setting] for other in described if setting in other)
            usual, often = counts.most_common(1)[0]
            alone = any(setting not in other for other in peers)
            if alone or len(counts) > 1 and (text != usual or list(counts.values()).count(often) > 1):
                parts.append(text)
        found.append(", ".join(parts))
    return found


def name(terms: Terms) -> str:
    """The cell of a run, and what departs from the defaults."""
    default = _described(Terms(experiment=Experiment(cell=terms.experiment.cell)))
    departing = [text for setting, text in _described(terms).items() if default.get(setting) != text]
    return ", ".join([terms.experiment.cell_class.label, *departing])


def in_words(experiment: Experiment, genes: Genes) -> str:
    """The settings that genes stand for."""
    parts = [
        _("rate {rate:.2g}").format(rate=10.0**genes.rate),
        _("{size} units").format(size=genetic.SIZES[genes.size]),
        _("clip {clip}").format(clip=power_of_ten(genes.clip)),
        list(choices_of("initializer").values())[genes.initializer],
    ]
    memory = [spec.label for spec in experiment.cell_class.hyperparameters if spec.replaced_by]
    return ", ".join(parts + [f"{_(label)} {genes.bias:.1f}" for label in memory])


def legend(settings: Settings) -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**The thick line** is the loss on 256 sequences that no update sees, after every 25 updates; the pale one "
            "is what the updates themselves saw, 32 new sequences each. All runs see the same data, and start from the "
            "same seed."
        ),
        _(
            "**The dashed line** is the best possible loss without a memory of what matters, in closed form; the "
            "dotted one is where the task counts as solved. A diamond marks where a run first got below it."
        ),
        _(
            "**A map** is log₁₀ of the length of dL/dsₜ, s the whole state, the root mean square over 32 held-out "
            "sequences: steps from the bottom up, updates to the right, on an absolute scale. It is measured in "
            "float64, without truncation; training itself is in float32."
        ),
        _(
            "**Clipping** scales the whole gradient down to a norm, keeping its direction. Adam divides by the "
            "gradient's own size afterwards, so clipping hardly changes its steps unless the norm jumps."
        ),
        _(
            "**Truncation** cuts the gradient through the state every so many steps, counted back from the last. Where "
            "only the last step has a loss, nothing further back is credited; the forward pass is whole."
        ),
        _(
            "**A run ends** where its loss, gradient or weights leave the finite numbers. Its last finite weights are "
            "kept and the others go on."
        ),
        _(
            "**A gate's product** over all steps is what the direct path alone carries from the first step to the "
            "last, the mean of the logarithm over 32 sequences; every other path adds to it."
        ),
        _("One seed at a time: the counts on the cards are over several."),
    ]


def _span(log10_ratios: list[float]) -> str:
    low, high = power_of_ten(log10_ratios[0]), power_of_ten(log10_ratios[-1])
    return low if low == high else _("{low} to {high}").format(low=low, high=high)


def _solved(label: str, curves: Curves, task: str, found: Learned, *, first: bool) -> str:
    text = _("{run} solved {task} after {updates} updates") if first else _("{run} after {updates}")
    said = text.format(run=label, task=task, updates=curves.solved)
    if curves.held_out[-1] > RELAPSED * found.solved_below or curves.broken:
        said += _(" (now {loss:.3g})").format(loss=curves.held_out[-1])
    return said


def _unsolved(label: str, curves: Curves, found: Learned) -> str:
    if curves.broken:
        return _("{run} left the finite numbers at update {update}").format(run=label, update=curves.broken)
    best, last = float(np.nanmin(curves.held_out)), float(curves.held_out[-1])
    if found.baseline < NOTHING:
        return _("{run} at {last:.3g}").format(run=label, last=last)
    if best > STUCK * found.baseline and last > ABOVE * found.baseline:
        return _("{run} at {last:.3g}, above the baseline {baseline:.3g}").format(
            run=label, last=last, baseline=found.baseline
        )
    if best > STUCK * found.baseline:
        return _("{run} still at the baseline {baseline:.3g}").format(run=label, baseline=found.baseline)
    return _("{run} at {last:.3g}, best {best:.3g}").format(run=label, last=last, best=best)


def _described(terms: Terms) -> dict[str, str]:
    """Every setting of a run in words, by name."""
    experiment = terms.experiment
    own = [spec.name for spec in experiment.cell_class.hyperparameters]
    found = {
        setting: f"{short_label(setting)} {number(experiment.hyperparameter(setting), 6)}"
        for setting in own
        if not _replaced(experiment, setting)
    }
    found["initializer"] = choices_of("initializer")[experiment.initializer]
    found["activation"] = choices_of("activation")[experiment.activation]
    for setting in ("hidden_size", "gain", "spectral_radius", "input_scale", "bias_scale"):
        found[setting] = f"{short_label(setting)} {number(getattr(experiment, setting), 6)}"
    found["train_rate"] = _("rate {rate:g}").format(rate=terms.train_rate)
    found["train_clip"] = (
        _("clip {clip:g}").format(clip=terms.train_clip) if terms.train_clip < UNCLIPPED else _("no clipping")
    )
    found["optimiser"] = OPTIMISERS[terms.optimiser]
    found["truncate"] = _("cut every {k}").format(k=terms.truncate) if terms.truncate else _("not cut")
    return found


def _replaced(experiment: Experiment, hyperparameter: str) -> bool:
    """Whether another hyperparameter takes this one's place, or it is itself switched off."""
    for spec in experiment.cell_class.hyperparameters:
        if spec.replaced_by and hyperparameter == spec.name:
            return experiment.hyperparameter(spec.replaced_by) > 0
        if spec.replaced_by == hyperparameter:
            return experiment.hyperparameter(hyperparameter) == 0
    return False
