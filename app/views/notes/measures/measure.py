"""What a measure is."""

from collections.abc import Callable

from app.views.notes.card import Case
from cells.experiment import Experiment

Measure = Callable[[Experiment, Case], float]
"""(experiment as it is run, case) to the number that the case has a bound for."""
