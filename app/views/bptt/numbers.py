"""Every step's contribution to the gradient of the weights, the same for several gains, and walks of descent."""

import math
from typing import NamedTuple

import jax
import numpy as np

from app.background.answer import Answer, together, work
from app.numbers import shape
from app.settings import Settings
from app.views.bptt.settings import weights_shown
from cells.analyses.contributions import contributions
from cells.analyses.descent import Descent, descent
from cells.analyses.growth import Growth, growth
from cells.experiment import Experiment
from cells.running import build, run

GAINS = (0.5, 0.7, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0)
"""For which the shares of near and far are shown."""
FAR = 20
"""Steps back from which a term counts as far."""


class Parts(NamedTuple):
    """What backpropagation adds up, as the screen needs it; index 0 is step 1. See `Contributions`.

    Attributes:
        growth: of what arrives at a step, on its way back from the loss.
        last: the last step with a loss.
        overflow: first step that left the finite numbers; 0 if there is none.
        channels: input channels in use.
    """

    log10_norm: dict[str, np.ndarray]
    log10_adjoint: np.ndarray
    log10_total: dict[str, float]
    log10_truncated: dict[str, np.ndarray]
    log10_rest: dict[str, np.ndarray]
    cosine: dict[str, np.ndarray]
    sampled: np.ndarray
    samples: dict[str, np.ndarray]
    total: dict[str, np.ndarray]
    tied: dict[str, np.ndarray]
    relative_error: float
    growth: Growth
    last: int
    overflow: int
    channels: int

    def near_and_far(self, name: str) -> tuple[float, float]:
        """log10 sizes of the sum of the last FAR terms, and of all before them; -inf where it is exactly 0."""
        if self.last <= FAR:
            return self.log10_total[name], -math.inf
        return float(self.log10_truncated[name][FAR - 1]), float(self.log10_rest[name][FAR - 1])

    def far_share(self, name: str) -> float:
        """Share of the terms at least FAR steps back: |far| / (|far| + |near|); 0 where there are none."""
        near, far = self.near_and_far(name)
        return float(1 / (1 + 10.0 ** np.clip(near - far, -300, 300))) if math.isfinite(far) else 0.0


class Walks(NamedTuple):
    """Gradient descent from an experiment's weights, without clipping and with it."""

    plain: Descent
    clipped: Descent


def added(settings: Settings) -> Answer[Parts]:
    """What backpropagation adds up."""
    return parts(settings.experiment)


def measures(settings: Settings, parts: Parts) -> dict[str, float]:
    """What lessons ask for, of the weights shown.

    Returns:
        log10_total: length of the whole gradient. log10_far: of its part that comes from `FAR` steps back or more.
        lag: these steps. log10_ratio: what arrives at step 1 over what arrives at the last step.
    """
    name = weights_shown(settings)
    return {
        "log10_total": parts.log10_total[name],
        "log10_far": parts.near_and_far(name)[1],
        "lag": FAR,
        "log10_ratio": parts.growth.log10_ratio,
    }


def by_gain(settings: Settings) -> Answer[list[Parts]]:
    """The same for each of the GAINS."""
    return together(parts(settings.experiment.replace(gain=gain)) for gain in GAINS)


def descents(settings: Settings) -> Answer[Walks]:
    """Where gradient descent goes with and without clipping."""
    return walks(settings.experiment, settings.learning_rate, settings.clip)


@work(compiles=shape)
def parts(experiment: Experiment) -> Parts:
    """Every step's contribution to the gradient of the weights."""
    found = jax.device_get(run(experiment, contributions))
    cut, last = slice(0, experiment.length), experiment.last_loss_step
    return Parts(
        {name: curve[cut] for name, curve in found.log10_norm.items()},
        found.log10_adjoint[cut],
        {name: float(size) for name, size in found.log10_total.items()},
        {name: curve[cut] for name, curve in found.log10_truncated.items()},
        {name: curve[cut] for name, curve in found.log10_rest.items()},
        {name: curve[cut] for name, curve in found.cosine.items()},
        found.sampled,
        found.samples,
        found.total,
        found.tied,
        float(found.relative_error),
        growth(found.log10_adjoint, last=last, overflow=int(found.overflow)),
        last,
        int(found.overflow),
        experiment.channels_in_use,
    )


@work(compiles=shape)
def walks(experiment: Experiment, learning_rate: float = 0.1, clip: float = 1.0) -> Walks:
    """Gradient descent from an experiment's weights."""
    setup = build(experiment)
    limits = (np.inf, clip)
    return Walks(
        *(jax.device_get(descent(setup.cell, setup.xs, setup.length, learning_rate, limit)) for limit in limits)
    )
