"""How `example.safetensors` was made: a small LSTM of this laboratory, trained to tell the order of two signs.

From the project's folder: `python -m app.views.mine.make_example`. The same numbers come out each time.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from cells.experiment import Experiment
from cells.training.learners.sequence import Parameters, SequenceLearner
from cells.training.loop import Optimiser, advance, start

EXAMPLE = Path(__file__).with_name("example.safetensors")
TASK, LENGTH = "temporal_order", 30
UPDATES = 400
UNITS = 24


def trained() -> Parameters:
    """The LSTM with its readout, after training."""
    experiment = Experiment(cell="lstm", hidden_size=UNITS)
    run = start(SequenceLearner.of(experiment, TASK, length=LENGTH), Optimiser(rate=1e-2, clip=1.0), seed=0)
    while run.updates < UPDATES:
        run, _chunk = advance(run)
    return run.weights.params


def arrays(params: Parameters) -> dict[str, np.ndarray]:
    """The weights under the names that PyTorch gives them; of its two biases that act together, only one."""
    cell, rows = params.cell, 4 * UNITS
    return {
        "lstm.weight_ih_l0": np.asarray(cell.W_ih).reshape(rows, -1),
        "lstm.weight_hh_l0": np.asarray(cell.W_hh).reshape(rows, -1),
        "lstm.bias_ih_l0": np.asarray(cell.b).reshape(rows),
        "readout.weight": np.asarray(params.W_out),
        "readout.bias": np.asarray(params.b_out),
    }


if __name__ == "__main__":
    save_file(arrays(trained()), EXAMPLE)
