"""What cards predict, measured: a file for each kind of network."""

from app.views.notes.measures import steps, trained, untrained, wired
from app.views.notes.measures.measure import Measure

MEASURES: dict[str, Measure] = untrained.MEASURES | steps.MEASURES | wired.MEASURES | trained.MEASURES
"""Every measure by its name; each is said by `verdict.units`."""
