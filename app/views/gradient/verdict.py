"""What the first page says: how fast the gradient vanishes or explodes, of each cell drawn and against each pin."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from app import phrases
from app.figure import Verdict
from app.language import _, power_of_ten
from app.numbers import seeds_of
from app.settings import Settings
from app.views.gradient.numbers import Gradients
from cells.analyses.growth import CARRIED, CARRIED_IN_ALL
from cells.base import Bound
from cells.experiment import LOSSES, Experiment

THOUSANDTH = 3.0
"""Decades."""
MANY = 3
"""Cells beside the chosen one whose curves are told and drawn in full."""


def gradient(settings: Settings, found: Gradients) -> Verdict:
    """The verdict, the other cells, the pins and the check, in words."""
    experiment, flows = settings.experiment, found.flows
    flow = flows[experiment]
    others = [run for run in settings.runs if run.cell != experiment.cell]
    seeds = [flows[other] for other in seeds_of(experiment)] if settings.spread else []
    curves = [curve for drawn in flows.values() for curve in drawn.log10_norm.values()]
    told = [(phrases.aside if len(others) <= MANY else phrases.brief)(run, flows[run]) for run in others]
    asides = [
        phrases.off_axis(np.concatenate(curves), settings.axis),
        phrases.over_seeds(seeds),
        "\u00a0· ".join(told),
    ]
    return Verdict(
        f"{experiment.cell_class.label} · {phrases.headline(flow)}",
        phrases.sentence(flow),
        "summed" if flow.summed else flow.growth.kind,
        "\n".join(filter(None, asides)),
        [
            phrases.comparison(number, pin, flows[pin], experiment, flow)
            for number, pin in enumerate(settings.pins, start=1)
        ],
        phrases.checked(flow),
    )


def extra(settings: Settings, found: Gradients, mode: str) -> dict[str, Any]:
    """What the page's script shows besides: the picture explained."""
    return {"explained": [] if settings.hides("verdict") else explained(settings, found)}


def explained(settings: Settings, found: Gradients) -> list[str]:
    """The chosen cell's curve in three sentences, of the numbers on the screen."""
    flow, label = found.flows[settings.experiment], settings.experiment.cell_class.label
    growth, curve = flow.growth, flow.log10_state_norm
    if growth.kind in ("overflow", "single", "zero") or flow.summed:
        return [_("{cell}: {sentence}").format(cell=label, sentence=phrases.sentence(flow))]
    text = _(
        "A small change of the {cell}'s state at step 1 moves the loss {ratio} times as much as one at step {last}."
    )
    told = [text.format(cell=label, ratio=power_of_ten(growth.log10_ratio), last=flow.last)]
    if growth.kind == "vanishing":
        told.append(
            _("On average each of the {steps} steps between takes {share:.0f} % of what is left.").format(
                steps=flow.last - 1, share=100 * (1 - growth.factor)
            )
        )
        weak = np.flatnonzero(curve[: flow.last] < curve[flow.last - 1] - THOUSANDTH)
        if len(weak):
            told.append(
                _("Up to step {step} a change counts less than a thousandth of one at the end.").format(
                    step=int(weak[-1]) + 1
                )
            )
    elif growth.kind == "exploding":
        told.append(
            _("On average each of the {steps} steps between adds {share:.0f} % to it.").format(
                steps=flow.last - 1, share=100 * (growth.factor - 1)
            )
        )
        told.append(_("So an early change counts for more than the same change late."))
    else:
        told.append(_("So an early change counts about as much as the same change late."))
    return told


def theory(settings: Settings, experiment: Experiment) -> Sequence[Bound]:
    """Theory's lines beside a cell, where they are asked for.

    None where every step adds to the loss; among many cells only the chosen one's.
    """
    if not settings.theory:
        return ()
    beside = len(settings.runs) > MANY and experiment.cell != settings.experiment.cell
    return () if experiment.loss == "every" or beside else experiment.cell_class.bounds


def legend(settings: Settings) -> list[str]:
    """What every mark means, and what the page does not say."""
    loss = _("The loss is 1·h / √H, on {where}: no training, one sequence, one seed.")
    if settings.spread:
        loss = _("The loss is 1·h / √H, on {where}: no training; a line is of one seed, a pale band of five.")
    return [
        _(
            "**A curve** is log₁₀ of the length of dL/dh at every step, by automatic differentiation of the very cell "
            "you see. A straight line means the same factor at every step. The axis is the one you chose: nothing is "
            "normalised."
        ),
        _(
            "**Solid, dashed and dotted** tell the states of one cell apart; a pin has dashes of its own, and its "
            "second state a thinner line. dL/dc counts every path from the cell state c to the loss, also the one "
            "through h of the same step."
        ),
        _(
            "**The verdict** follows the whole state from the loss back to step 1. It is *carried* while the factor "
            "per step stays between {least:.3f} and {most:.3f} and {share:g} to {times:g} times as much arrives."
        ).format(least=10**-CARRIED, most=10**CARRIED, share=10**-CARRIED_IN_ALL, times=10**CARRIED_IN_ALL),
        *(
            _("**{cell} theory {line}** starts at the loss. {claim}").format(
                cell=run.cell_class.label, line=bound.label, claim=_(bound.claim)
            )
            for run in settings.runs
            for bound in theory(settings, run)
        ),
        *([] if settings.theory else [_("**Theory’s lines** are drawn by a switch in the menu of the cells drawn.")]),
        _("**Arrows** between the unrolled cells are as large and as warm as the gradient that gets there."),
        _(
            "**Bands** are where a number format has nothing left. The gradient is still drawn right there, because "
            "the backward pass carries its own exponent."
        ),
        _(
            "**The check** moves one state by a hair, runs the cell again, and compares with autodiff. Where an "
            "activation has a kink and stands exactly on it, there is no slope for the two to agree on."
        ),
        loss.format(where=_(LOSSES[settings.experiment.loss])),
    ]
