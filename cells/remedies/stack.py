"""All remedies at once, as data: switching one on or off compiles nothing."""

from typing import NamedTuple

import jax
from jax import Array

from cells.base import AbstractCell
from cells.remedies import WRAPPERS
from cells.remedies.normalisation import calibrated


class Doses(NamedTuple):
    """How much of each remedy; the defaults are none of any. Every field may be traced.

    Attributes:
        inner_shortcut: k of `FalseResidual`.
        dropout: p of `VariationalDropout`.
        layer_norm: whether `LayerNorm` is on.
        layer_gain: its gamma.
        batch_norm: whether `BatchNorm` is on.
        batch_gain: its gamma.
        leak: alpha of `Leaky`.
        shortcut: k of `Residual`.
        scale: a of `Residual`.
        skip: a of `Skip`.
        span: s of `Skip`, steps.
        mask: seed of the dropout mask.
    """

    inner_shortcut: float | Array = 0.0
    dropout: float | Array = 0.0
    layer_norm: bool | Array = False
    layer_gain: float | Array = 1.0
    batch_norm: bool | Array = False
    batch_gain: float | Array = 1.0
    leak: float | Array = 1.0
    shortcut: float | Array = 0.0
    scale: float | Array = 1.0
    skip: float | Array = 0.0
    span: int | Array = 1
    mask: int | Array = 0


def treated(cell: AbstractCell, doses: Doses | None, xs: Array, length: int | Array) -> AbstractCell:
    """A cell with every remedy around it, the batch normalisation calibrated on a sequence.

    Args:
        cell: the cell.
        doses: how much of each; None for the cell itself, a smaller program that says the same as no dose of any.
        xs: (T, D) inputs.
        length: steps really taken, at most T; may be traced.
    """
    if doses is None:
        return cell
    key = jax.random.key(doses.mask)
    for wrapper in WRAPPERS:
        cell = wrapper.wrap(cell, key=key, **{spec.name: getattr(doses, spec.name) for spec in wrapper.own})
    return calibrated(cell, xs, length)
