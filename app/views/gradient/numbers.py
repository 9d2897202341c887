"""The gradients of everything that is drawn: the cells, and the pins beside them."""

from typing import NamedTuple

import numpy as np

from app.background.answer import Answer, together
from app.numbers import Flow, flow, input_sequence, of_flow, seeds_of
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


def measures(settings: Settings, found: Gradients) -> dict[str, float]:
    """What lessons ask for: of the chosen experiment, of every cell by its name, of every pin by its number."""
    named = {run.cell: run for run in settings.runs}
    named |= {f"pin{place}": pin for place, pin in enumerate(settings.pins, start=1)}
    told = of_flow(found.flows[settings.experiment])
    for name, run in named.items():
        told |= {f"{name}.{measure}": value for measure, value in of_flow(found.flows[run]).items()}
    return told
