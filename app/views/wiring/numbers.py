"""What is computed at once of wired cells: the gradient over depth and time, reach, and depth without a recurrence."""

from typing import NamedTuple

import jax
import numpy as np

from app.background.answer import Answer, work
from app.numbers import input_sequence, shape
from app.settings import Settings
from cells.analyses import paths as of_paths
from cells.analyses import untied
from cells.analyses.wired import Flow, Wiring
from cells.analyses.wired import flow as wired_flow
from cells.experiment import Experiment
from cells.running import run_network

FEATURES = 8
"""Features of the convolution before the layers."""


class Wired(NamedTuple):
    """What the map shows.

    Attributes:
        flow: the gradient over depth and time, as far as the sequence goes.
        xs: (T, channels in use) the input.
    """

    flow: Flow
    xs: np.ndarray


def base(settings: Settings) -> Experiment:
    """The experiment whose cell is wired: the page counts its layers itself, and reads one step."""
    return settings.experiment.replace(layers=1, loss="last", W_hh=(), b=())


def wired(settings: Settings) -> Answer[Wired]:
    """The gradient over depth and time."""
    experiment = base(settings)
    wiring = Wiring(
        experiment.cell_class, settings.wiring == "both", FEATURES if settings.wiring == "convolution" else 0
    )
    residual = settings.wiring == "residual"
    answer = flow(experiment, wiring, settings.wired_layers, residual, settings.step("wired_step"))
    return answer.then(lambda found: Wired(found, input_sequence(experiment)))


@work(
    compiles=lambda experiment, wiring, *_rest: (wiring, *shape(experiment)),
    cost=lambda experiment, wiring, layers, *_rest: experiment.length * experiment.hidden_size**2 * layers,
    quick=4e6,
)
def flow(experiment: Experiment, wiring: Wiring, layers: int, residual: bool, read: int) -> Flow:
    """The gradient of the output at one step in every layer and input; how many layers there are compiles nothing."""
    channels = input_sequence(experiment).shape[1]
    found = run_network(experiment, wiring, wired_flow, np.asarray(layers), np.asarray(residual), read, channels)
    found, cut = jax.device_get(found), slice(0, experiment.length)
    return found._replace(
        ahead=found.ahead[:, cut], back=found.back[:, cut], features=found.features[cut], inputs=found.inputs[cut]
    )


def measures(settings: Settings, found: Wired) -> dict[str, float]:
    """What lessons ask for of the map, every gradient relative to what the output at the step read gives.

    Returns:
        log10_first, log10_last: at the first input, and at the last. log10_bottom, log10_top: at step 1 in layer 1, and
        in the uppermost layer.
    """
    flow, layers = found.flow, settings.wired_layers
    return {
        "log10_first": float(flow.inputs[0]),
        "log10_last": float(flow.inputs[-1]),
        "log10_bottom": float(flow.ahead[0, 0]),
        "log10_top": float(flow.ahead[layers - 1, 0]),
    }


def reach(settings: Settings) -> Answer[of_paths.Paths]:
    """Gradient and path length from every input to the last output, in five networks, over steps of noise."""
    return paths(base(settings).replace(length=of_paths.STEPS, input="noise", channels=4))


@work(compiles=shape)
def paths(experiment: Experiment) -> of_paths.Paths:
    """The same of an experiment."""
    return jax.device_get(run_network(experiment, of_paths.Compared(experiment.cell_class), of_paths.paths))


def measures_of_reach(settings: Settings, found: of_paths.Paths) -> dict[str, float]:
    """What lessons ask for of each network by its name in `paths.NETWORKS`.

    Returns:
        layers: on the shortest way from the first input to the last output, inf where there is
        none. log10_ratio: of the gradient at the first input to that at the last.
    """
    told: dict[str, float] = {}
    for name, gain, layers in zip(of_paths.NETWORKS, found.log10_gain, found.layers, strict=True):
        far = float(layers[0]) if np.isfinite(layers[0]) else np.inf
        told |= {f"{name}.layers": far, f"{name}.log10_ratio": float(gain[0] - gain[-1])}
    return told


def depth(settings: Settings) -> Answer[untied.Depths]:
    """Gradients of feed-forward and recurrent networks over their depth, of this size, activation, gain and seed."""
    experiment = settings.experiment.only("activation", "gain", "seed")
    return depths(experiment.replace(hidden_size=min(settings.experiment.hidden_size, 32), input="zero"))


@work(compiles=shape)
def depths(experiment: Experiment) -> untied.Depths:
    """The same of an experiment."""
    return jax.device_get(run_network(experiment, untied.Both(), untied.depths))
