"""What the page of remedies says: of the treated cell, of every remedy by itself, and of what training changes."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from app import phrases
from app.figure import Verdict
from app.language import _, number, power_of_ten, written
from app.numbers import SEEDS, Flow
from app.settings import Settings
from app.views.fixes.numbers import FACTORS, Fixes, Row, Training, base, gain
from app.views.fixes.settings import labels
from cells.experiment import Experiment
from cells.remedies import all_remedies
from cells.remedies.changes import memory
from cells.remedies.stack import Rules


def fixes(settings: Settings, found: Fixes) -> Verdict:
    """The verdict on the treated cell, what it was before, and what the switches did."""
    after = found.after
    before = _("Before: {what}").format(what=phrases.aside(base(settings), found.before))
    return Verdict(
        f"{treated_name(settings, found.treated.experiment)} · {phrases.headline(after)}",
        phrases.sentence(after),
        after.growth.kind,
        before + _difference(found.before, after),
        [
            *([phrases.over_seeds(found.seeds)] if found.seeds else []),
            *_notes(settings, found.treated.experiment),
            phrases.off_axis(after.log10_state_norm, settings.axis),
        ],
        phrases.checked(after),
    )


def scoreboard(settings: Settings, rows: list[Row]) -> Verdict:
    """How many remedies help against what."""
    named = {
        _("vanishing"): [row for row in rows if row.helps_vanishing],
        _("exploding"): [row for row in rows if row.helps_exploding],
    }
    parts = [
        _("{count} of {all} help against {what}").format(count=len(found), all=len(rows), what=what)
        for what, found in named.items()
    ]
    tried = ", ".join(number(each, 3) for each in gains(settings))
    headline = _("Over {seeds} seeds and the gains {gains}").format(seeds=SEEDS, gains=tried)
    return Verdict(headline, "; ".join(parts) + ".")


def training(settings: Settings, found: Training) -> Verdict:
    """What the rules do to one update, to the weights, and to the gradient's factor a step."""
    before, after, cosine = found.descent.updates["together"]
    headline = _("The update")
    if found.treated.rules == Rules():
        headline = _("No remedy of training is on")
        sentence = _("the update is the gradient itself; switch on Ω or L2.")
    elif not math.isfinite(before) or not math.isfinite(after):
        sentence = _("it or the gradient is exactly 0 or not finite: there is no direction to compare.")
    else:
        sentence = _("{before} long before, {after} after; it points along the gradient with cosine {cosine}.")
        sentence = sentence.format(before=power_of_ten(before), after=power_of_ten(after), cosine=signed(cosine))
    factors = _("The gradient's factor a step: {start} before, {plain} after {steps} plain updates, {ruled} with them.")
    factors = factors.format(
        start=factor(found.start),
        plain=factor(found.descent.decades["plain"]),
        ruled=factor(found.descent.decades["ruled"]),
        steps=settings.sgd_steps,
    )
    return Verdict(headline, sentence, asides="\n".join([factors, _sizes(settings, found)]))


def legend(settings: Settings) -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**Before and after** are log₁₀ norms of the gradient of the loss with respect to the whole state, on an "
            "absolute scale, for the same input and seed. Without any remedy the two curves are the same numbers."
        ),
        _(
            "**Residual and leaky** act on every field of the state; **skip** on h; **dropout** on the columns of "
            "W_hh, the same mask at every step; **batch norm** on W_hh h, with constants measured over 16 shifted "
            "copies of the sequence; **φ(Wh + x + h)** adds h to the candidate’s sum; **layer norm** takes the sum "
            "W_ih x + W_hh h of each gate as the others leave it."
        ),
        _(
            "**The scoreboard** tries each remedy alone on five seeds (dropout with one mask for all), at a tenth of "
            "the gain, at the gain, and at ten times the gain, as far as gains go: from 0.05 to 20. It helps against "
            "vanishing if at each gain where four of five seeds vanish it leaves at most half of the decades per step, "
            "to either side, in four of five; against exploding likewise. Triangles lie beyond the axis."
        ),
        _(
            "**Clipping and truncation** leave the factor per step as it is. They count as a help against exploding "
            "where the update they leave is ten times shorter."
        ),
        _(
            "**L1, L2 and Ω** are tried by gradient descent on W_hh alone (on W_ih, for a cell without it), from this "
            "one sequence towards a readout of 1, clipped by norm; before is the same descent without the penalty."
        ),
        _(
            "**The gradient’s decades (powers of ten) a step** under the weights’ size are those of the same "
            "sequence: before any update, and with the weights that the last update left, after plain descent and "
            "with the remedies switched on."
        ),
        _(
            "**Forget bias and chrono** need a gate that keeps: for a cell without one, the row shows the gated cell. "
            "None of this says that a network learns; it says what its gradient does."
        ),
    ]


def treated_name(settings: Settings, experiment: Experiment) -> str:
    """The treated cell: its own name, and the remedies that it does not say."""
    acting = [labels()[name] for name in settings.remedies if _is_named(all_remedies()[name])]
    shown = acting if len(acting) <= 2 else [_("{count} remedies").format(count=len(acting))]
    return " + ".join([experiment.cell_class.label, *shown])


def gains(settings: Settings) -> list[float]:
    """The gains of the scoreboard."""
    return [gain(settings.experiment, each) for each in FACTORS]


def change(row: Row) -> str:
    """A row's factor a step without and with its remedy; of what acts on the update, its length at the largest gain."""
    if row.after.finals.size:
        ends = [float(end) for end in np.median(row.after.finals, axis=2)[-1]]
        if not np.isfinite(ends).any():
            return _("unchanged")
        before, after = (power_of_ten(end) if end < math.inf else _("overflow") for end in ends)
        return _("‖g‖ {before} → {after} at the right").format(before=before, after=after)
    before, after = (float(np.median(tried.log10_factors[1])) for tried in (row.before, row.after))
    return f"{factor(before)} → {factor(after)}"


def helps(row: Row) -> str:
    """What a remedy helps against."""
    if row.helps_vanishing is None and row.helps_exploding is None:
        return _("nothing ill here")
    if row.helps_vanishing and row.helps_exploding:
        return _("both")
    if row.helps_vanishing:
        return _("vanishing")
    if row.helps_exploding:
        return _("exploding update") if row.after.finals.size else _("exploding")
    return _("neither")


def factor(decades: float) -> str:
    """A factor a step."""
    if decades == -math.inf:
        return "0"
    if decades == math.inf:
        return _("overflow")
    return f"×{number(10.0**decades, 3)}" if abs(decades) < 3 else f"×{power_of_ten(decades)}"


def signed(cosine: float) -> str:
    """A cosine, with a minus and not a hyphen."""
    return written(f"{cosine:.3f}")


def _difference(before: Flow, after: Flow) -> str:
    ratio = after.growth.log10_ratio - before.growth.log10_ratio
    if not math.isfinite(ratio):
        return "."
    if abs(ratio) < 0.02:
        return _(". After: step 1 receives the same share.")
    word = _("more") if ratio > 0 else _("less")
    text = _(". After: relative to the last step, step 1 receives {factor} times {word}.")
    return text.format(factor=power_of_ten(abs(ratio)), word=word)


def _is_named(remedy: Any) -> bool:
    return remedy.acts == "step" or (remedy.acts == "experiment" and not remedy.gives_memory)


def _notes(settings: Settings, treated: Experiment) -> list[str]:
    def those(which: Callable[[Any], bool]) -> str:
        return ", ".join(labels()[name] for name in settings.remedies if which(all_remedies()[name]))

    cell, said = treated.cell_class, []
    if names := those(lambda remedy: remedy.acts == "training"):
        said.append(_("{names}: acts on the update, not on this curve; see the last figure.").format(names=names))
    names = those(lambda remedy: remedy.acts == "experiment" and remedy.needs_memory)
    if names and not memory(treated):
        text = _("{names}: {cell} has no gate that keeps; it takes a gated cell that has one.")
        said.append(text.format(names=names, cell=cell.label))
    if settings.experiment.layers > 1:
        said.append(_("This page treats a single layer; the others are left out."))
    if (names := those(lambda remedy: remedy.recurrent)) and "W_hh" not in cell.weights():
        text = _("{names}: {cell} has no W_hh to act on, and stays as it is.")
        said.append(text.format(names=names, cell=cell.label))
    if settings.experiment.loss == "every":
        said.append(_("This page puts the loss on the last step: a sum over steps would hide what travels."))
    return said


def _sizes(settings: Settings, found: Training) -> str:
    descent, cell = found.descent, found.treated.experiment.cell_class
    text = _("After {steps} updates: σ₁ {plain} plain, {ruled} with them; ρ {plain_radius} plain, {ruled_radius} with.")
    if "W_hh" not in cell.weights():
        text = _("{cell} has no W_hh, so W_ih is trained. After {steps} updates: σ₁ {plain} plain, {ruled} with them.")
    return text.format(
        cell=cell.label,
        steps=settings.sgd_steps,
        plain=_ends(descent.norms["plain"]),
        ruled=_ends(descent.norms["ruled"]),
        plain_radius=_ends(descent.radii["plain"]),
        ruled_radius=_ends(descent.radii["ruled"]),
    )


def _ends(values: np.ndarray) -> str:
    """The first and the last of some sizes; as a power of ten where it is far from 1."""
    if not np.isfinite(values[-1]):
        return _("overflow")
    return " → ".join(
        number(value, 3) if value == 0 or 1e-3 <= value < 1e4 else power_of_ten(math.log10(value))
        for value in (float(values[0]), float(values[-1]))
    )
