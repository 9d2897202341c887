"""A convolution before a cell, learning to forecast a real series: the yearly number of sunspots."""

from typing import NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells import keys
from cells.analyses.wired import Convolution
from cells.base import AbstractCell
from cells.experiment import Experiment
from cells.inputs import sunspots
from cells.keys import Key
from cells.taps import identity
from cells.training.learners.recipe import Recipe, glorot

FIRST_YEAR = 1700
TRAINED = 240
"""Years from the first one that updates are drawn from; the rest is held out."""
STRETCH = 64
"""Years of one example."""
BURN_IN = 16
"""Years of it that the cell reads before its forecasts count."""
FEATURES = 4
BATCH = 16


class Parameters(NamedTuple):
    """What is trained.

    Attributes:
        convolution: `FEATURES` filters over a few years.
        cell: reads the features.
        W_out: (1, H) readout.
        b_out: (1,) its bias.
    """

    convolution: Convolution
    cell: AbstractCell
    W_out: Array
    b_out: Array


class Measured(NamedTuple):
    """What is known of the weights at one moment; squared errors of the next year, over the years held out.

    Attributes:
        loss: () of the network.
        same: () of saying that nothing changes.
        params: the weights themselves.
    """

    loss: Array
    same: Array
    params: Parameters


class Seen(NamedTuple):
    """What is inside the network over the whole series; index 0 is the first year.

    Attributes:
        series: (N,) the series, standardised.
        forecast: (N,) what the network says of each year from those before; index 0 is not to be read.
        features: (N, FEATURES) responses of the convolution.
        kept: (N, H) the cell's h.
        kernel: (FEATURES, width) the filters, the oldest year first.
        log10_gradient: (N,) log10 size of d forecast of the last year / d each year's value; -inf where it is 0.
        log10_at_features: (N,) the same with respect to the features.
    """

    series: Array
    forecast: Array
    features: Array
    kept: Array
    kernel: Array
    log10_gradient: Array
    log10_at_features: Array


class ForecastLearner(eqx.Module):
    """Convolution, cell and readout that learn to say next year's sunspots from all years before.

    Attributes:
        recipe: of the cell.
        chunk: updates a chunk.
    """

    recipe: Recipe
    chunk: int = eqx.field(static=True, default=25)

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """The experiment's cell behind a convolution with tanh."""
        return cls(Recipe.small(experiment))

    def init(self, key: Key) -> Parameters:
        """The cell as the experiment says, Glorot filters and readout, no bias on them."""
        key_filters, key_cell, key_out = keys.split(key, 3)
        return Parameters(
            Convolution.init(1, FEATURES, key=key_filters, activation="tanh"),
            self.recipe.cell(key_cell, FEATURES),
            glorot(key_out, 1, self.recipe.hidden_size),
            np.zeros(1),
        )

    def loss(self, params: Parameters, key: Array) -> Array:
        """Mean squared error of the next year, over random stretches of the years that are not held out."""
        starts = jax.random.randint(key, (BATCH,), 0, TRAINED - STRETCH)
        series = _series()

        def one(start: Array) -> Array:
            stretch = lax.dynamic_slice_in_dim(series, start, STRETCH)
            said = self._said(params, stretch)[0]
            return jnp.mean((said[BURN_IN:-1] - stretch[BURN_IN + 1 :]) ** 2)

        return jnp.mean(jax.vmap(one)(starts))

    def measure(self, params: Parameters, key: Array) -> Measured:
        """Held-out error, and that of saying that nothing changes; the key does not matter."""
        series = _series()
        said = self._said(params, series)[0]
        after = series[TRAINED:]
        return Measured(
            jnp.mean((said[TRAINED - 1 : -1] - after) ** 2), jnp.mean((series[TRAINED - 1 : -1] - after) ** 2), params
        )

    def look(self, params: Parameters) -> Seen:
        """What the convolution sees, what the cell keeps, and what the last forecast rests on."""
        series = _series().astype(params.b_out.dtype)
        said, features, kept = self._said(params, series)

        def last_of(series: Array, probe: Array) -> Array:
            return self._said(params, series, probe)[0][-2]

        to_series, to_features = jax.grad(last_of, argnums=(0, 1))(series, jnp.zeros_like(features))
        return Seen(
            series,
            jnp.concatenate([series[:1], said[:-1]]),
            features,
            kept,
            params.convolution.kernel[::-1, :, 0].T,
            jnp.log10(jnp.abs(to_series)),
            jnp.log10(jnp.linalg.norm(to_features, axis=1)),
        )

    def _said(self, params: Parameters, series: Array, probe: Array | None = None) -> tuple[Array, Array, Array]:
        """Forecast of the following year at every year, features, and the cell's h."""
        features = params.convolution(series[:, None])
        if probe is not None:
            features = features + probe

        def advance(state, x):
            following = params.cell.step(state, x, identity)
            return following, following.h

        kept = lax.scan(advance, params.cell.initial_state(), features)[1]
        return kept @ params.W_out[0] + params.b_out[0], features, kept


def _series() -> Array:
    return jnp.asarray(np.asarray(sunspots(), np.float32))
