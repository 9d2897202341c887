"""What cards predict, measured: a file for each kind of network."""

from app.views.notes.measures import steps, trained, untrained, wired
from app.views.notes.measures.measure import Measure

MEASURES: dict[str, Measure] = untrained.MEASURES | steps.MEASURES | wired.MEASURES | trained.MEASURES
"""Every measure by its name; each is said by `verdict.units`."""
COUNTED = frozenset(
    ["weights_over_rnn", "weights_over_lstm", "gates", "states", "kurtosis_over_pytorch", "inside_four"]
)
"""Those for which nothing is compiled: they come first."""
