"""What fixes it, from a picture: words and figures."""

import math
from typing import Any

import numpy as np

from app import phrases as verdict
from app.figure import Frame, Words
from app.language import _, power_of_ten
from app.numbers import Flow
from app.settings import AXES, Picture, place
from app.views.fixes import figure as figures
from app.views.fixes import numbers as trials
from app.views.fixes.table import labels, remedies
from cells import all_cells
from cells.analyses.updates import Rules
from cells.experiment import Experiment
from cells.remedies.stack import Doses


def words(picture: Picture) -> Words:
    """The verdict on the treated cell, what it was before, and what the switches did."""
    treated, before, after = _before_and_after(picture)
    badge, badge_ok = verdict.badge(after)
    return Words(
        f"{_name(picture, treated.experiment)} · {verdict.headline(after)}",
        after.growth.kind,
        verdict.sentence(after),
        _("Before: {what}").format(what=verdict.aside(trials.base(picture), before)) + _difference(before, after),
        [*_notes(picture, treated), verdict.off_axis(after.log10_state_norm, picture.axis)],
        badge,
        badge_ok,
    )


def figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The ghost, the treated cell, and each remedy alone where there are several."""
    treated, before, after = _before_and_after(picture)
    base = trials.base(picture)
    curves = [
        figures.Curve(
            "before", _("{cell} before").format(cell=_label(base)), place(base), before.log10_state_norm, "before"
        )
    ]
    for name, (experiment, doses) in _singles(picture).items():
        flow = trials.flow(experiment, doses)
        label = _("{remedy} alone").format(remedy=labels()[name])
        curves.append(figures.Curve(name, label, place(experiment), flow.log10_state_norm, "alone"))
    label = _name(picture, treated.experiment)
    curves.append(
        figures.Curve(
            "after",
            label if label != _label(base) else _("{cell}, unchanged").format(cell=label),
            place(treated.experiment),
            after.log10_state_norm,
            "after",
        )
    )
    return figures.comparison(curves, base.length, AXES[picture.axis], mode)


def scoreboard_words(picture: Picture) -> Words:
    """How many remedies help against what."""
    rows = trials.scoreboard(picture)
    named = {
        _("vanishing"): [row for row in rows if row.helps_vanishing],
        _("exploding"): [row for row in rows if row.helps_exploding],
    }
    parts = [
        _("{count} of {all} help against {what}").format(count=len(found), all=len(rows), what=what)
        for what, found in named.items()
    ]
    gains = ", ".join(f"{gain:.3g}" for gain in _gains(picture))
    return Words(
        _("Over {seeds} seeds and the gains {gains}").format(seeds=trials.SEEDS, gains=gains),
        "carried",
        "; ".join(parts) + ".",
        "",
        [],
        "",
        True,
    )


def scoreboard_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Every remedy by itself."""
    lines = [_line(row, picture) for row in trials.scoreboard(picture)]
    names = (_("gain ÷ 10 = {gain:.3g}"), _("as it is, gain {gain:.3g}"), _("gain × 10 = {gain:.3g}"))
    heads = [name.format(gain=gain) for name, gain in zip(names, _gains(picture), strict=True)]
    return figures.scoreboard(lines, heads, place(picture.experiment), mode)


def training_words(picture: Picture) -> Words:
    """What the rules do to one update, and to the weights."""
    found, treated = trials.training(picture), trials.treatment(picture)
    before, after, cosine = found.updates["together"]
    if treated.rules == Rules():
        headline, sentence = (
            _("No remedy of training is on"),
            _("the update is the gradient itself; switch on Ω or L2."),
        )
    elif not math.isfinite(before) or not math.isfinite(after):
        headline = _("The update")
        sentence = _("is exactly 0 or not finite, and there is no direction to compare.")
    else:
        headline = _("The update")
        sentence = _("{before} long before, {after} after; it points along the gradient with cosine {cosine:.3f}.")
        sentence = sentence.format(before=power_of_ten(before), after=power_of_ten(after), cosine=cosine)
    return Words(headline, "carried", sentence.replace("-", "−"), _sizes(picture, found), [], "", True)


def training_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Every rule by itself and all together; the size of the weights under descent."""
    found = trials.training(picture)
    names = labels() | {"together": _("those switched on")}
    return figures.training(
        [names[name] for name in found.updates],
        np.asarray(list(found.updates.values())),
        {run: (found.norms[run], found.radii[run]) for run in found.norms},
        all_cells()[trials.treatment(picture).experiment.cell].weights()[0],
        place(trials.treatment(picture).experiment),
        mode,
    )


def sliders(picture: Picture) -> list[str]:
    """The numbers of the remedies that are switched on."""
    found = [name for remedy in picture.remedies for name in remedies()[remedy].strengths]
    if any(remedies()[remedy].acts == "training" for remedy in picture.remedies):
        found += ["learning_rate", "sgd_steps"]
    return [name for name in found if name not in MENUS.values()]


def menus(picture: Picture) -> list[str]:
    """The choices of the remedies that are switched on."""
    return [menu for remedy, menu in MENUS.items() if remedy in picture.remedies]


ON_RECURRENT_WEIGHTS = ("initialisation", "batch_norm", "false_residual", "dropout")
"""Remedies that change nothing where there is no W_hh."""
MENUS = {"activation": "fix_activation", "initialisation": "fix_initializer", "gates": "fix_cell"}


def cards() -> list[tuple[str, str]]:
    """What surprises: a claim, and why."""
    return [
        (
            _("Layer norm stops exploding, not vanishing"),
            _(
                "tanh(LN(Wh + x)) no longer knows the size of its sum. But a small W still makes h a small part of it: "
                "at gain 0.1, 1 and 10 a wide net with unit noise loses 2.71, 0.58 and 0.006 nats a step (Ba et al., "
                "2016)."
            ),
        ),
        (
            _("h + aF is a residual, φ(Wh + x + h) is not"),
            _(
                "The first has the Jacobian I + aJ, near 1 for small a. The second still multiplies by φ′: −0.098 nats "
                "a step where h + 0.1F has +0.006 (He et al., 2016)."
            ),
        ),
        (
            _("Clipping shortens the update, nothing else"),
            _(
                "By norm, (3, 4) becomes (0.6, 0.8): same direction. By value, (3, 0.1) becomes (1, 0.1), turned by "
                "3.8°. What vanished stays vanished, and what overflowed to infinity cannot be clipped back (Pascanu "
                "et al., 2013)."
            ),
        ),
        (
            _("L1 and L2 cure exploding by causing vanishing"),
            _(
                "Both pull W_hh towards 0. L2 alone multiplies it by (1 − ηλ) at every update: the network forgets, "
                "as Pascanu et al. (2013) warn."
            ),
        ),
        (
            _("Ω asks every step to hand back what it got"),
            _(
                "It adds up (‖dJ‖/‖d‖ − 1)² over the steps, so it pushes both ways. W = 0.9Q over 60 linear steps "
                "costs 60 · 0.1² = 0.6, and so does 1.1Q (Pascanu et al., 2013, equation 9)."
            ),
        ),
        (
            _("Batch norm’s γ decides alone"),
            _(
                "It divides W_hh by the spread of W_hh h, so the gain cancels and γ remains. At any gain a plain tanh "
                "network loses 0.6 decades a step with the paper’s γ = 0.1, and only 0.03 with γ = 1 (Cooijmans et "
                "al., 2016, use it in an LSTM, whose c is left alone)."
            ),
        ),
    ]


def marks() -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**Before and after** are log₁₀ norms of the gradient of the loss with respect to the whole state, on an "
            "absolute scale, for the same input and seed. Without any remedy the two curves are the same numbers."
        ),
        _(
            "**Residual and leaky** act on every field of the state; **skip** on h; **layer norm** on W_ih x + W_hh h "
            "of each gate; **batch norm** on W_hh h, with constants measured over 16 shifted copies of the sequence; "
            "**dropout** on the columns of W_hh, the same mask at every step; **φ(Wh + x + h)** adds I to the "
            "candidate’s block of W_hh."
        ),
        _(
            "**The scoreboard** tries each remedy alone on five seeds, at a tenth of the gain, at the gain, and at ten "
            "times the gain. It helps against vanishing if at each gain where four of five seeds vanish it leaves at "
            "most half of the decades per step, to either side, in four of five; against exploding likewise. Triangles "
            "lie beyond the axis."
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
            "**Forget bias and chrono** need a gate that keeps: for a cell without one, the row shows the gated cell. "
            "None of this says that a network learns; it says what its gradient does."
        ),
    ]


def _before_and_after(picture: Picture) -> tuple[trials.Treatment, Flow, Flow]:
    treated = trials.treatment(picture)
    after = trials.flow(treated.experiment, _kept(treated.doses))
    return treated, trials.flow(trials.base(picture), Doses()), after


def _kept(doses: Doses) -> Doses:
    """The doses without what changes nothing: the mask's seed matters only to dropout."""
    return doses if doses.dropout else doses._replace(mask=0)


def _singles(picture: Picture) -> dict[str, tuple[Experiment, Doses]]:
    """Each remedy of the forward pass alone, where several are on; those that cannot act alone are left out."""
    acting = [name for name in picture.remedies if remedies()[name].acts != "training"]
    if len(acting) < 2:
        return {}
    alone = {name: trials.treatment(picture, (name,)) for name in acting}
    base = trials.base(picture)
    return {
        name: (treated.experiment, _kept(treated.doses))
        for name, treated in alone.items()
        if (treated.experiment, _kept(treated.doses)) != (base, Doses())
    }


def _wanted(picture: Picture) -> list[tuple[Experiment, Doses]]:
    treated = trials.treatment(picture)
    whole = (treated.experiment, _kept(treated.doses))
    return [(trials.base(picture), Doses()), whole, *_singles(picture).values()]


def _difference(before: Flow, after: Flow) -> str:
    ratio = after.growth.log10_ratio - before.growth.log10_ratio
    if not math.isfinite(ratio):
        return "."
    if abs(ratio) < 0.02:
        return _(". After: step 1 receives the same share.")
    word = _("more") if ratio > 0 else _("less")
    return _(". After: step 1 receives {factor} times {word}.").format(factor=power_of_ten(abs(ratio)), word=word)


def _notes(picture: Picture, treated: trials.Treatment) -> list[str]:
    on = [labels()[name] for name in picture.remedies if remedies()[name].acts == "training"]
    said = []
    if on:
        text = _("{names}: acts on the update, not on this curve; see the last figure.")
        said.append(text.format(names=", ".join(on)))
    biased = [labels()[name] for name in picture.remedies if name in ("gate_bias", "chrono")]
    if biased and not trials.has_memory_bias(treated.experiment):
        text = _("{names}: {cell} has no gate that keeps; switch on the gated cell too.")
        said.append(text.format(names=", ".join(biased), cell=_label(treated.experiment)))
    if picture.experiment.layers > 1:
        said.append(_("This page treats a single layer; the others are left out."))
    useless = [labels()[name] for name in picture.remedies if name in ON_RECURRENT_WEIGHTS]
    if useless and "W_hh" not in all_cells()[treated.experiment.cell].weights():
        text = _("{names}: {cell} has no W_hh to act on, and stays as it is.")
        said.append(text.format(names=", ".join(useless), cell=_label(treated.experiment)))
    if picture.experiment.loss == "every":
        said.append(_("This page puts the loss on the last step: a sum over steps would hide what travels."))
    return said


def _name(picture: Picture, experiment: Experiment) -> str:
    acting = [labels()[name] for name in picture.remedies if remedies()[name].acts != "training" and name != "gates"]
    shown = acting if len(acting) <= 2 else [_("{count} remedies").format(count=len(acting))]
    return " + ".join([_label(experiment), *shown])


def _label(experiment: Experiment) -> str:
    return all_cells()[experiment.cell].label


def _gains(picture: Picture) -> list[float]:
    return [trials.gain(picture.experiment, factor) for factor in trials.FACTORS]


def _line(row: trials.Row, picture: Picture) -> figures.Line:
    def median(tried):
        return tuple(float(value) for value in np.median(tried.log10_factors, axis=1))

    after = row.after.log10_factors
    return figures.Line(
        labels()[row.name],
        median(row.before),
        median(row.after),
        tuple(after.min(axis=1).tolist()),
        tuple(after.max(axis=1).tolist()),
        _numbers(row, median(row.before)[1], median(row.after)[1]),
        _helps(row),
        bool(row.helps_vanishing or row.helps_exploding),
        row.name in picture.remedies,
    )


def _numbers(row: trials.Row, before: float, after: float) -> str:
    if row.after.finals.size:
        ends = np.median(row.after.finals, axis=2)[-1]
        if not np.isfinite(ends).all():
            return _("unchanged")
        text = _("‖g‖ {before} → {after} at × 10")
        return text.format(before=power_of_ten(float(ends[0])), after=power_of_ten(float(ends[1])))
    return f"{_factor(before)} → {_factor(after)}"


def _factor(decades: float) -> str:
    if decades == -math.inf:
        return "0"
    if decades == math.inf:
        return _("overflow")
    return f"×{10.0**decades:.3g}" if abs(decades) < 3 else f"×{power_of_ten(decades)}"


def _helps(row: trials.Row) -> str:
    if row.helps_vanishing is None and row.helps_exploding is None:
        return _("nothing ill here")
    if row.helps_vanishing and row.helps_exploding:
        return _("both")
    if row.helps_vanishing:
        return _("vanishing")
    if row.helps_exploding:
        return _("exploding update") if row.after.finals.size else _("exploding")
    return _("neither")


def _sizes(picture: Picture, found: trials.Training) -> str:
    def ends(values):
        return f"{values[0]:.3g} → {values[-1]:.3g}" if np.isfinite(values[-1]) else _("overflow")

    text = _("After {steps} updates: σ₁ {plain} plain, {ruled} with them; ρ {plain_radius} plain, {ruled_radius} with.")
    cell = all_cells()[trials.treatment(picture).experiment.cell]
    if "W_hh" not in cell.weights():
        text = _("{cell} has no W_hh, so W_ih is trained. After {steps} updates: σ₁ {plain} plain, {ruled} with them.")
    return text.format(
        cell=cell.label,
        steps=picture.sgd_steps,
        plain=ends(found.norms["plain"]),
        ruled=ends(found.norms["ruled"]),
        plain_radius=ends(found.radii["plain"]),
        ruled_radius=ends(found.radii["ruled"]),
    )


def _runs(picture: Picture) -> list[Experiment]:
    """The cells whose sliders belong beside the figure, each once."""
    base, treated = trials.base(picture), trials.treatment(picture).experiment
    return [base] if base.cell == treated.cell else [base, treated]


FIXES = Frame(_runs, lambda picture: trials.flows_progress(_wanted(picture)), words, figure)
SCOREBOARD = Frame(_runs, trials.scoreboard_progress, scoreboard_words, scoreboard_figure)
TRAINING = Frame(_runs, trials.training_progress, training_words, training_figure)
