"""Gates that are pieces of straight lines: what older programs use in the place of the logistic function."""

from functools import lru_cache

import jax.numpy as jnp
from jax import Array

from cells.base import AbstractCell


@lru_cache(maxsize=64)
def hard_gated(cell_class: type[AbstractCell], slope: float) -> type[AbstractCell]:
    """The same cell with gates clip(slope x + 1/2, 0, 1); the same pair gives the same class.

    A gate is exactly 0 or 1 beyond ±1/(2 slope), and no gradient comes through it there. The logistic function has the
    slope 1/4 at 0; Keras 2 calls 1/5 a hard sigmoid, Keras 3 and PyTorch 1/6. Weights trained with one mean something
    else under another: at a bias of 1 a gate is 0.731, 0.700 or 0.667.

    Args:
        cell_class: the cell.
        slope: at 0, above 0.

    Raises:
        ValueError: the slope is not above 0, or the cell does not let its gates be chosen.
    """
    if not slope > 0:
        raise ValueError(f"slope: expected a number above 0, got {slope}.")
    if cell_class.sigma is None:
        raise ValueError(f"cell: expected one that lets its gates be chosen; got {cell_class.label}.")

    def sigma(x: Array) -> Array:
        return jnp.clip(slope * x + 0.5, 0, 1)

    return type(cell_class)(
        f"HardGated{cell_class.__name__}",
        (cell_class,),
        {
            "__module__": __name__,
            "__doc__": cell_class.__doc__,
            "__annotations__": {},
            "sigma": staticmethod(sigma),
            "label": f"{cell_class.label}, hard gates",
        },
    )
