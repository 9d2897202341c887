"""Can it learn to remember, from a picture: its runs, words and figures."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from app.background import training as courses
from app.background.training import Course
from app.figure import Frame, Words
from app.language import _, power_of_ten
from app.live import player
from app.phrases import drawn_anew
from app.settings import Picture, place
from app.views.learning import figure as figures
from app.views.learning.terms import MAX_RUNS, OPTIMISERS, UNCLIPPED, Lesson, Terms, read_kept
from cells import all_cells
from cells.experiment import Experiment, choices_of, every_spec
from cells.training.sequence import gated_paths
from cells.training.tasks import TASKS, Task

STUCK = 0.8
"""A run whose best held-out loss is above this share of the baseline is still at the baseline."""
ABOVE = 1.5
"""It is above it where it has never been below, and its loss is now more than this times the baseline."""
RELAPSED = 5.0
"""A solved run has relapsed where its loss is now this many times what counts as solved."""
LEAST_SHOWN = 100
"""Updates that the axis holds at least."""
COLUMNS, ROWS, POINTS = 100, 64, 160
"""The most columns and rows of a map, and points of a curve."""
RATIO_AXIS = (-30.0, 4.0)
LEAST_UPDATES = 300
"""A run that has not been solved counts as tried after so many updates."""


def lessons(picture: Picture) -> list[Lesson]:
    """The runs side by side: those kept, then the cells drawn under the present settings; at most `MAX_RUNS`."""
    return _wanted(picture)[:MAX_RUNS]


def _wanted(picture: Picture) -> list[Lesson]:
    every = [*read_kept(picture.kept), *(Terms.of(picture, experiment) for experiment in picture.runs)]
    return [
        Lesson(
            terms=terms,
            task=picture.task,
            length=picture.task_length,
            lag=picture.lag if TASKS[picture.task].uses_lag else 1,
            seed=picture.experiment.seed,
        )
        for terms in dict.fromkeys(every)
    ]


def followed(picture: Picture) -> list[Course]:
    """Their courses."""
    return [course_of(lesson) for lesson in lessons(picture)]


def course_of(lesson: Lesson) -> Course:
    """The course of one run."""
    return courses.course(courses.Training(lesson))


def view(picture: Picture) -> figures.View:
    """What exists of the runs, ready to be drawn."""
    lesson, row = lessons(picture)[0], TASKS[picture.task]
    state = courses.state(followed(picture), picture.updates)
    return figures.View(
        _runs(picture, state.reached),
        row.baseline(lesson.length, lesson.lag),
        row.without,
        row.solved(lesson.length, lesson.lag),
        max(state.target, LEAST_SHOWN),
        row.steps(lesson.length),
        bool(row.judges),
        _unit(row),
    )


def words(picture: Picture) -> Words:
    """Who has solved it, who has not, and what that is worth."""
    seen, row = view(picture), TASKS[picture.task]
    lesson = lessons(picture)[0]
    task = _("{task} T={length}").format(task=row.label, length=lesson.length)
    if row.uses_lag:
        task = _("{task} k={lag}, T={length}").format(task=row.label, lag=lesson.lag, length=lesson.length)
    solved = sorted((run for run in seen.runs if run.solved), key=lambda run: run.solved)
    said = [_solved(run, task, seen, first=run is solved[0]) for run in solved]
    said += [_unsolved(run, seen) for run in seen.runs if not run.solved]
    updates = int(max((run.at[-1] for run in seen.runs), default=0))
    if updates:
        headline = _("{solved} of {runs} solved it").format(solved=len(solved), runs=len(seen.runs))
    else:
        waiting = _("each cell's training is compiled once, then the curves begin.")
        headline = _("Before the first update")
        said = [waiting if picture.updates else _("nothing has been learned yet: play.")]
    sentence = "; ".join(said) + ("" if said and said[-1].endswith(".") else ".")
    failures = [course.failure for course in followed(picture) if course.failure]
    dropped = _wanted(picture)[MAX_RUNS:]
    asides = [row.says, *filter(None, [drawn_anew(picture.experiment)])]
    if dropped:
        names = ", ".join(_name(one.terms) for one in dropped)
        asides.append(_("Four runs fit; not drawn: {names}.").format(names=names))
    if row.judges and updates:
        shares = ", ".join(f"{run.label} {run.accuracy[-1]:.0%}" for run in seen.runs)
        asides.append(_("Right answers: {shares}.").format(shares=shares))
    broken = [
        _(
            "{run}: the loss or a weight left the finite numbers at update {update}; the weights before it are kept."
        ).format(run=run.label, update=run.broken)
        for run in seen.runs
        if run.broken
    ]
    return Words(headline, "carried" if solved else "stuck", sentence, " ".join(asides), broken + failures, "", True)


def hero_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Losses and the gradient's maps."""
    return figures.hero(view(picture), mode)


def norm_words(picture: Picture) -> Words:
    """How often clipping had something to do."""
    said = []
    for run in _runs(picture, _reached(picture)):
        finite = np.isfinite(run.log10_norm)
        if not finite.any():
            continue
        clipped = np.mean(run.log10_norm[finite] > run.log10_clipped[finite] + 1e-6)
        largest = float(run.log10_norm[finite].max())
        said.append(
            _("{run}: up to {largest}, clipped in {share:.0%} of the points drawn").format(
                run=run.label, largest=power_of_ten(largest), share=clipped
            )
        )
    sentence = "; ".join(said) + "." if said else _("no update has been done yet.")
    return Words(_("Norm of the whole gradient"), "carried", sentence, "", [], "", True)


def norm_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The gradient's norm, before and after clipping."""
    return figures.norms(view(picture), mode)


def gate_words(picture: Picture) -> Words:
    """Whether a highway was built."""
    said = []
    for run in _runs(picture, _reached(picture)):
        if run.direct:
            said.append(
                _("{run}: the best unit's ∏ {gate} went from {first} to {last}").format(
                    run=run.label,
                    gate=run.direct,
                    first=power_of_ten(float(run.best_product[0])),
                    last=power_of_ten(float(run.best_product[-1])),
                )
            )
    if not said:
        return Words(_("No gates"), "carried", _("none of these runs has a gated direct path."), "", [], "", True)
    return Words(_("The highway"), "carried", "; ".join(said) + ".", "", [], "", True)


def gate_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Gates as they are learned."""
    return figures.gates(view(picture), mode)


def ratio_words(picture: Picture) -> Words:
    """How well the ratio before training tells what can be learned."""
    found = tried(picture)
    if not found:
        sentence = _("no run of this task has come far enough yet; every run that does is drawn here.")
        return Words(_("Runs so far: 0"), "carried", sentence, "", [], "", True)
    solved = sorted(one.log10_ratio for one in found if one.solved)
    failed = sorted(one.log10_ratio for one in found if not one.solved)
    parts = [
        _("{count} solved, at {ratios}").format(count=len(solved), ratios=_span(solved))
        if solved
        else _("none solved"),
        _("{count} not, at {ratios}").format(count=len(failed), ratios=_span(failed)) if failed else _("none failed"),
    ]
    aside = _("Runs of this task and length by anyone since this server started; the larger marks are those above.")
    headline = _("Runs so far: {count}").format(count=len(found))
    return Words(headline, "carried", "; ".join(parts) + ".", aside, [], "", True)


def ratio_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Gradient ratio before training against success."""
    cells = {place(Experiment(cell=name)): cell.label for name, cell in all_cells().items()}
    return figures.ratios(tried(picture), cells, RATIO_AXIS, mode)


def tried(picture: Picture) -> list[figures.Ratio]:
    """Every run of this task, length and lag on this server that was solved, broke, or came far."""
    mine = set(lessons(picture))
    wanted = lessons(picture)[0]
    row, found = TASKS[wanted.task], []
    for course in courses.all_courses():
        lesson = getattr(course.plan, "settings", None)
        records = course.history()
        if not isinstance(lesson, Lesson) or not records:
            continue
        if (lesson.task, lesson.length, lesson.lag) != (wanted.task, wanted.length, wanted.lag):
            continue
        measured = _measured(records)
        losses = np.array([float(one.loss) for one in measured])
        solved = _solved_at(losses, row.solved(lesson.length, lesson.lag))
        updates = (len(records) - 1) * course.plan.chunk
        if not solved and updates < LEAST_UPDATES and not course.over:
            continue
        steps = row.steps(lesson.length)
        gradient = np.maximum(measured[0].log10_gradient[:steps], -400.0)
        best = float(np.nanmin(np.where(np.isfinite(losses), losses, np.inf)))
        found.append(
            figures.Ratio(
                _name(lesson.terms),
                place(lesson.terms.experiment),
                float(gradient[0] - gradient[-1]),
                min(best / row.baseline(lesson.length, lesson.lag), 1e3),
                updates,
                solved,
                lesson in mine,
            )
        )
    return found


def marks() -> list[str]:
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
            "**A map** is log₁₀ of the length of dL/dhₜ, the root mean square over 32 held-out sequences: steps from "
            "the bottom up, updates to the right, on an absolute scale. It is measured in float64, without truncation; "
            "training itself is in float32."
        ),
        _(
            "**Clipping** scales the whole gradient down to a norm, keeping its direction. Adam divides by the "
            "gradient's own size afterwards, so clipping hardly changes its steps unless the norm jumps."
        ),
        _(
            "**Cutting every k steps** stops the gradient through the state, counted back from the last step. Where "
            "only the last step has a loss, nothing further back than k steps is credited; the forward pass is whole."
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


def _runs(picture: Picture, reached: int) -> list[figures.RunView]:
    asked = lessons(picture)
    labels, dashes = _labels(asked), _dashes(asked)
    found = []
    for number, lesson in enumerate(asked):
        records = course_of(lesson).records(reached)
        if records:
            found.append(_run(f"run{number}", lesson, labels[number], dashes[number], records))
    return found


def _run(uid: str, lesson: Lesson, label: str, dash: str, records: list[Any]) -> figures.RunView:
    row, cell = TASKS[lesson.task], all_cells()[lesson.terms.experiment.cell]
    chunks, measured = records[1:], _measured(records)
    broken = chunks[-1].broken if chunks else 0
    steps, chunk = row.steps(lesson.length), lesson.learner().chunk
    at = np.arange(len(records)) * chunk
    if broken:
        at[-1] = broken
    keep = _evenly(len(records), COLUMNS)
    rows = _evenly(steps, ROWS)
    held_out = np.array([float(one.loss) for one in measured])
    update, (loss, before, after) = _thinned([[getattr(one, name) for one in chunks] for name in _ROWS])
    direct = next(iter(gated_paths(cell)), "")
    products = np.array([one.log10_direct[0] if direct else [0.0] for one in measured])
    means = np.array([one.direct_mean[0] if direct else [0.0] for one in measured])
    return figures.RunView(
        uid,
        label,
        place(lesson.terms.experiment),
        dash,
        update,
        loss,
        before,
        after,
        at[keep],
        held_out[keep],
        np.array([float(one.accuracy) for one in measured])[keep],
        np.array([one.log10_gradient[rows] for one in measured]).T[:, keep],
        np.array([one.gate_mean for one in measured]).T[:, keep],
        means.max(axis=1)[keep],
        products.max(axis=1)[keep],
        np.median(products, axis=1)[keep],
        tuple(gate.symbol for gate in cell.gates),
        direct,
        _solved_at(held_out, row.solved(lesson.length, lesson.lag)) * chunk,
        broken,
    )


_ROWS = ("loss", "log10_norm", "log10_clipped")


def _measured(records: Sequence[Any]) -> list[Any]:
    return [records[0], *(chunk.measured for chunk in records[1:])]


def _span(log10_ratios: list[float]) -> str:
    low, high = power_of_ten(log10_ratios[0]), power_of_ten(log10_ratios[-1])
    return low if low == high else _("{low} to {high}").format(low=low, high=high)


def _solved_at(losses: np.ndarray, below: float) -> int:
    """The first place below a loss; 0 where there is none (nothing is solved before the first update)."""
    places = np.flatnonzero(losses < below)
    return int(places[0]) if places.size else 0


def _thinned(rows: list[list[np.ndarray]]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Updates that stand evenly on a log axis, and the mean of each row between one and the next."""
    if not rows[0]:
        return np.zeros(0), [np.zeros(0) for _row in rows]
    values = [np.concatenate(row).astype(float) for row in rows]
    count = len(values[0])
    edges = np.unique(np.floor(np.geomspace(1, count + 1, POINTS)).astype(int))[:-1] - 1
    sizes = np.diff([*edges, count])
    return edges + (sizes + 1) / 2, [np.add.reduceat(row, edges) / sizes for row in values]


def _evenly(count: int, most: int) -> np.ndarray:
    """Places of at most so many of `count`, first and last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def _solved(run: figures.RunView, task: str, seen: figures.View, *, first: bool) -> str:
    text = _("{run} solved {task} after {updates} updates") if first else _("{run} after {updates}")
    said = text.format(run=run.label, task=task, updates=run.solved)
    if run.held_out[-1] > RELAPSED * seen.solved_below or run.broken:
        said += _(" (now {loss:.3g})").format(loss=run.held_out[-1])
    return said


def _unsolved(run: figures.RunView, seen: figures.View) -> str:
    if run.broken:
        return _("{run} left the finite numbers at update {update}").format(run=run.label, update=run.broken)
    best, last = float(np.nanmin(run.held_out)), float(run.held_out[-1])
    if best > STUCK * seen.baseline and last > ABOVE * seen.baseline:
        return _("{run} at {last:.3g}, above the baseline {baseline:.3g}").format(
            run=run.label, last=last, baseline=seen.baseline
        )
    if best > STUCK * seen.baseline:
        return _("{run} still at the baseline {baseline:.3g}").format(run=run.label, baseline=seen.baseline)
    return _("{run} at {last:.3g}, best {best:.3g}").format(run=run.label, last=last, best=best)


def _unit(row: Task) -> str:
    return _("loss (squared error)") if row.outputs == 1 else _("loss (nats)")


def _labels(asked: list[Lesson]) -> list[str]:
    """The cell, and what sets its run apart from most others."""
    described = [_described(lesson.terms) for lesson in asked]
    found = []
    for lesson, mine in zip(asked, described, strict=True):
        parts = [all_cells()[lesson.terms.experiment.cell].label]
        for name, text in mine.items():
            counts = Counter(other[name] for other in described if name in other)
            usual, often = counts.most_common(1)[0]
            if len(counts) > 1 and (text != usual or list(counts.values()).count(often) > 1):
                parts.append(text)
        found.append(", ".join(parts))
    return found


def _name(terms: Terms) -> str:
    """The cell, and what departs from the defaults."""
    default = _described(Terms(experiment=Experiment(cell=terms.experiment.cell)))
    departing = [text for name, text in _described(terms).items() if default.get(name) != text]
    return ", ".join([all_cells()[terms.experiment.cell].label, *departing])


def _described(terms: Terms) -> dict[str, str]:
    """Every setting of a run in words, by name."""
    experiment = terms.experiment
    own = [spec.name for spec in all_cells()[experiment.cell].hyperparameters]
    found = {
        name: f"{_short(name)} {experiment.hyperparameter(name):g}" for name in own if not _replaced(experiment, name)
    }
    found["initializer"] = choices_of("initializer")[experiment.initializer]
    found["activation"] = choices_of("activation")[experiment.activation]
    for name in ("hidden_size", "gain", "spectral_radius", "input_scale", "bias_scale"):
        found[name] = f"{_short(name)} {getattr(experiment, name):g}"
    found["train_rate"] = _("rate {rate:g}").format(rate=terms.train_rate)
    found["train_clip"] = (
        _("clip {clip:g}").format(clip=terms.train_clip) if terms.train_clip < UNCLIPPED else _("no clipping")
    )
    found["optimiser"] = OPTIMISERS[terms.optimiser]
    found["truncate"] = _("cut every {k}").format(k=terms.truncate) if terms.truncate else _("not cut")
    return found


def _replaced(experiment: Experiment, name: str) -> bool:
    """Whether another hyperparameter takes this one's place, or it is itself switched off."""
    for spec in all_cells()[experiment.cell].hyperparameters:
        if spec.replaced_by and name == spec.name:
            return experiment.hyperparameter(spec.replaced_by) > 0
        if spec.replaced_by == name:
            return experiment.hyperparameter(name) == 0
    return False


def _short(name: str) -> str:
    return _(every_spec()[name].label).partition(" (")[0]


def _dashes(asked: list[Lesson]) -> list[str]:
    """Runs of one cell share its hue and differ in their dashes."""
    cells = [lesson.terms.experiment.cell for lesson in asked]
    return [figures.DASHES[cells[:number].count(cell)] for number, cell in enumerate(cells)]


def _reached(picture: Picture) -> int:
    return courses.state(followed(picture), picture.updates).reached


def _progress(picture: Picture) -> float | None:
    return courses.begun(followed(picture), picture.updates, whole=picture.plain)


def _experiments(picture: Picture) -> list[Experiment]:
    return picture.runs


def _frame(
    said: Callable[[Picture], Words],
    drawn: Callable[[Picture, str], dict[str, Any]],
    more: Callable[[Picture, str], dict[str, Any]] = lambda picture, mode: {},
) -> Frame:
    return Frame(_experiments, _progress, said, drawn, more)


LEARNING = _frame(words, hero_figure, lambda picture, mode: player.state(followed(picture), picture.updates))
NORMS = _frame(norm_words, norm_figure)
GATES = _frame(gate_words, gate_figure)
RATIOS = _frame(ratio_words, ratio_figure)
