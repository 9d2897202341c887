"""The first page's figure and words, from a picture."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from app import numbers as compute
from app import phrases as verdict
from app.figure import Frame, Words
from app.language import _
from app.settings import AXES, Picture, place
from app.views.gradient import figure as figures
from cells.base import Bound
from cells.experiment import Experiment
from cells.inputs import INPUT_SIZE, INPUTS

MANY = 3
"""Cells beside the chosen one whose curves are told and drawn in full."""


def words(picture: Picture) -> Words:
    """The verdict, the other cells, the pins and the check, in words."""
    experiment = picture.experiment
    flow = compute.flow(experiment)
    others = [run for run in picture.runs if run.cell != experiment.cell]
    badge, badge_ok = verdict.badge(flow)
    curves = [curve for drawn in _experiments(picture) for curve in compute.flow(drawn).log10_norm.values()]
    told = [(verdict.aside if len(others) <= MANY else verdict.brief)(run, compute.flow(run)) for run in others]
    return Words(
        f"{experiment.cell_class.label} · {verdict.headline(flow)}",
        "summed" if flow.summed else flow.growth.kind,
        verdict.sentence(flow),
        "\n".join(filter(None, [verdict.off_axis(np.concatenate(curves), picture.axis), "\u00a0· ".join(told)])),
        [
            verdict.comparison(number, pin, compute.flow(pin), experiment, flow)
            for number, pin in enumerate(picture.pins, start=1)
        ],
        badge,
        badge_ok,
    )


def figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The whole figure of a picture, as a Plotly dict.

    Args:
        picture: what to draw.
        mode: theme, "light" or "dark".
    """
    experiment = picture.experiment
    xs = compute.input_sequence(experiment)
    return figures.figure(
        _runs(picture),
        xs,
        experiment.length,
        axis=AXES[picture.axis],
        input_label=_input_label(experiment, xs.shape[1]),
        mode=mode,
    )


def theory(picture: Picture, experiment: Experiment) -> Sequence[Bound]:
    """Theory's lines beside a cell: none where every step adds to the loss; among many cells only the chosen one's."""
    beside = len(picture.runs) > MANY and experiment.cell != picture.experiment.cell
    return () if experiment.loss == "every" or beside else experiment.cell_class.bounds


def _runs(picture: Picture) -> list[figures.Run]:
    drawn = [(experiment.cell, experiment, 0) for experiment in picture.runs]
    drawn += [(f"pin{number}", pin, number) for number, pin in enumerate(picture.pins, start=1)]
    found = []
    for uid, experiment, pin in drawn:
        cell, flow = experiment.cell_class, compute.flow(experiment)
        lines = () if pin else theory(picture, experiment)
        bounds = [(line.label, growth) for line, growth in zip(lines, flow.bound_growths, strict=bool(lines))]
        found.append(
            figures.Run(
                uid,
                _pin_label(pin, experiment, picture.experiment) if pin else cell.label,
                place(experiment),
                flow.log10_norm,
                flow.log10_state_norm,
                bounds,
                pin,
                not pin and experiment.cell == picture.experiment.cell,
            )
        )
    return found


def _pin_label(number: int, pin: Experiment, now: Experiment) -> str:
    what = verdict.difference(pin, now)
    return _("pin {number}: {what}").format(number=number, what=what or pin.cell_class.label)


def _input_label(experiment: Experiment, channels: int) -> str:
    label = INPUTS[experiment.input].label
    if channels == INPUT_SIZE and not INPUTS[experiment.input].uses == ("channels",):
        return label + _(", place in the alphabet")
    return label + _(", channel 1 of {count}").format(count=channels) if channels > 1 else label


def _experiments(picture: Picture) -> list[Experiment]:
    return [*picture.runs, *picture.pins]


FRAME = Frame(lambda picture: picture.runs, lambda picture: compute.flow_progress(_experiments(picture)), words, figure)
