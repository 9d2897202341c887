"""What several sentences are tried on."""

from cells.experiment import Experiment

STEADY = 0.01
"""Decades a step below which a gradient counts as carried: a tenth is left, or ten times as much, after a hundred."""

WILD = Experiment(gain=3.0, initializer="gaussian", hidden_size=64, bias_scale=0.1, input="zero")
"""A tanh network in chaos."""
ALL_ON = Experiment(activation="relu", initializer="identity", hidden_size=4, b=(1.0, 1.0, 1.0, 1.0), input="zero")
"""ReLU units that are never off, each of which hands its own state on."""
EXPLOSIVE = Experiment(
    cell="lstm", hidden_size=1, W_hh=(0.0, 0.0, 4.0, 0.0), b=(10.0, 10.0, 0.0, 10.0), input="zero", length=50
)
"""One LSTM unit with all gates at 1, whose candidate takes its state four times."""
