"""Remedies against vanishing and exploding gradients, as cells around cells."""

from cells.remedies.dropout import VariationalDropout
from cells.remedies.normalisation import BatchNorm, LayerNorm
from cells.remedies.shortcuts import FalseResidual, Leaky, Residual, Skip

WRAPPERS = (FalseResidual, VariationalDropout, LayerNorm, BatchNorm, Leaky, Residual, Skip)
"""All remedies that change the forward pass, the innermost first."""

__all__ = ["WRAPPERS", "BatchNorm", "FalseResidual", "LayerNorm", "Leaky", "Residual", "Skip", "VariationalDropout"]
