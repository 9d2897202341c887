"""What goes into a run and what comes out: the weights as drawn, the input, the gradient."""

from functools import lru_cache
from typing import NamedTuple

import jax
import numpy as np

from app.background.answer import Answer
from app.numbers import Flow, flow, input_sequence
from app.settings import Settings
from cells.experiment import Experiment
from cells.inputs import INPUT_SIZE
from cells.running import drawn


class Model(NamedTuple):
    """A run from its draws to its gradient.

    Attributes:
        weights: {name: (N,) all numbers of that name, smallest first}, those for unused channels left out.
        xs: (T, channels in use) the input.
        flow: the gradient.
    """

    weights: dict[str, np.ndarray]
    xs: np.ndarray
    flow: Flow


def model(settings: Settings) -> Answer[Model]:
    """The sidebar's run."""
    experiment = settings.experiment
    return flow(experiment).then(lambda found: Model(weights(experiment), input_sequence(experiment), found))


@lru_cache(maxsize=64)
def weights(experiment: Experiment) -> dict[str, np.ndarray]:
    """Every number that the experiment's cell has, by the name of its array."""
    found: dict[str, list[np.ndarray]] = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(drawn(experiment)):
        values = np.asarray(leaf)
        if values.ndim and values.dtype.kind == "f":
            used = values[..., : experiment.channels_in_use] if values.shape[-1] == INPUT_SIZE else values
            name = path[-1].name
            found.setdefault(name, []).append((used if name == "W_ih" else values).ravel())
    return {name: np.sort(np.concatenate(parts)) for name, parts in found.items()}
