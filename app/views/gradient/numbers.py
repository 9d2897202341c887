"""The gradients of everything that is drawn: the cells, and the pins beside them."""

from typing import NamedTuple

import numpy as np

from app.background.answer import Answer, together
from app.numbers import Flow, flow, input_sequence, seeds_of
from app.settings import Settings
from cells.experiment import Experiment


class Gradients(NamedTuple):
    """What the figure shows.

    Attributes:
        flows: {experiment: its gradient}, cells and pins, and the cells with other seeds where a spread is asked for.
        xs: (T, channels in use) the input of the chosen experiment.
    """

    flows: dict[Experiment, Flow]
    xs: np.ndarray


def gradients(settings: Settings) -> Answer[Gradients]:
    """The gradient of every cell drawn and of every pin."""
    drawn = [*settings.runs, *settings.pins]
    if settings.spread:
        drawn += [other for run in settings.runs for other in seeds_of(run)]
    return together(map(flow, drawn)).then(
        lambda flows: Gradients(dict(zip(drawn, flows, strict=True)), input_sequence(settings.experiment))
    )
