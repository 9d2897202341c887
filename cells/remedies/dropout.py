"""Variational dropout: the same units are missing at every step."""

from typing import Any, ClassVar

import equinox as eqx
from jax import Array

from cells import keys
from cells.base import AbstractCell, number
from cells.keys import Key
from cells.remedies.declaring import Number
from cells.remedies.wrapper import Wrapper

DRAWN_BELOW = 2**30


class VariationalDropout(Wrapper):
    r"""One mask for the whole sequence: W_hh (m * h) / (1 - p) in the place of W_hh h.

    m is 0 for about a share p of the units and 1 for the others, drawn once; what remains is scaled up, so that the sum
    is the same on average. It is done on the columns of W_hh: a path that carries h outside W_hh (the GRU's z h) is
    left whole, as in the paper. p = 0 is no remedy.

    Reference:
        Gal and Ghahramani (2016), A theoretically grounded application of dropout in recurrent neural networks.
    """

    dropout: Array = eqx.field(converter=number)  # () p
    draw: Array  # (H,) whole numbers, uniform below 2^30; a unit is missing where its number is below p 2^30

    name: ClassVar[str] = "dropout"
    switch: ClassVar[str] = "dropout"
    recurrent: ClassVar[bool] = True
    place: ClassVar[int] = 70
    draws: ClassVar[bool] = True
    depth: ClassVar[int] = 30
    numbers: ClassVar[tuple[Number, ...]] = (
        Number(
            "dropout",
            "dropout p",
            0.2,
            0.0,
            0.9,
            off=0.0,
            field="dropout_rate",
            help="Share of the units that are missing.",
        ),
    )
    extra: ClassVar[tuple[str, ...]] = (r"W_{hh} h \leftarrow W_{hh} (m \odot h) / (1 - p)",)

    @classmethod
    def drawn(
        cls, inner: AbstractCell, key: Key | None, *, draw: Array | None = None, **numbers: Any
    ) -> dict[str, Any]:
        """The mask's numbers, unless they are given."""
        if draw is None:
            draw = keys.randint(keys.key(0) if key is None else key, (inner.hidden_size,), 0, DRAWN_BELOW)
        return numbers | {"draw": draw}

    def inside(self) -> AbstractCell:
        """The inner cell without the columns of the units that are missing."""
        W = self.inner.W_hh
        if W is None:
            return self.inner
        present = self.draw.astype(W.dtype) >= self.dropout * float(DRAWN_BELOW)
        columns = present.astype(W.dtype) / (1 - self.dropout)
        return self.inner.with_weights(W_hh=W * columns.reshape((1,) * (W.ndim - 1) + (-1,)))
