"""What is measured of wired networks: gradients through layers, both directions and other architectures."""

import jax
import numpy as np

from app.views.notes.card import Case
from app.views.notes.measures.measure import Measure
from cells.analyses import paths as of_paths
from cells.analyses import untied
from cells.analyses.wired import Flow, Wiring
from cells.analyses.wired import flow as wired_flow
from cells.experiment import Experiment
from cells.running import run_network


def flow(experiment: Experiment, case: Case, **others: object) -> Flow:
    """The gradient of the output that the case reads, in every layer and input.

    Args:
        experiment: the cell of every layer.
        case: its fields are those of the page of wirings.
        others: of these, what is to be otherwise.
    """
    fields = dict(case.fields) | others
    wiring = Wiring(experiment.cell_class, fields["wiring"] == "both")
    layers, residual = np.asarray(fields["wired_layers"]), np.asarray(fields["wiring"] == "residual")
    found = run_network(
        experiment, wiring, wired_flow, layers, residual, fields["wired_step"], experiment.channels_in_use
    )
    return jax.device_get(found)


def paths(experiment: Experiment) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{network: (log10 gradient, layers on the shortest way) from every input to its last output}."""
    found = run_network(
        experiment.replace(length=of_paths.STEPS), of_paths.Compared(experiment.cell_class), of_paths.paths
    )
    return dict(zip(of_paths.NETWORKS, zip(*jax.device_get(found), strict=True), strict=True))


def spread_ratio(experiment: Experiment) -> float:
    """How much farther the gradients of networks with one matrix spread, in decades, than those with one a layer."""
    found = run_network(experiment, untied.Both(), untied.depths)
    tied, of_layers = (np.std(np.asarray(each)[:, 0]) for each in found)
    return tied / of_layers


MEASURES: dict[str, Measure] = {
    "from_first": lambda experiment, case: flow(experiment, case).inputs[0],
    "from_last": lambda experiment, case: flow(experiment, case).inputs[experiment.length - 1],
    "down": lambda experiment, case: flow(experiment, case).ahead[0, dict(case.fields)["wired_step"] - 1],
    "over_one_layer": lambda experiment, case: (
        flow(experiment, case).inputs[0] - flow(experiment, case, wired_layers=1).inputs[0]
    ),
    "way": lambda experiment, case: paths(experiment)["recurrent"][1][0],
    "way_dilated": lambda experiment, case: paths(experiment)["dilated"][1][0],
    "way_attention": lambda experiment, case: paths(experiment)["attention"][1][0],
    "seen_by_cell": lambda experiment, case: np.isfinite(paths(experiment)["recurrent"][0]).sum(),
    "seen_by_window": lambda experiment, case: np.isfinite(paths(experiment)["feed_forward"][0]).sum(),
    "seen_by_convolution": lambda experiment, case: np.isfinite(paths(experiment)["convolution"][0]).sum(),
    "seen_by_dilated": lambda experiment, case: np.isfinite(paths(experiment)["dilated"][0]).sum(),
    "attention_over_cell": lambda experiment, case: (
        paths(experiment)["attention"][0][0] - paths(experiment)["recurrent"][0][0]
    ),
    "dilated_over_cell": lambda experiment, case: (
        paths(experiment)["dilated"][0][0] - paths(experiment)["recurrent"][0][0]
    ),
    "spread_ratio": lambda experiment, case: spread_ratio(experiment),
}
