"""A sequence autoencoder: a curve in, a few numbers, the same curve out."""

from typing import NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells import keys
from cells.base import AbstractCell
from cells.experiment import Experiment
from cells.keys import Key
from cells.taps import identity
from cells.training.learners.recipe import Recipe, glorot

POINTS = 32
"""Points of a curve."""
WAVES = 4
"""Sines and as many cosines that a curve is the sum of: it has 2 WAVES degrees of freedom."""
WIDEST = 2 * WAVES
"""Numbers of the widest code."""
BATCH = 32
"""Curves an update learns from."""
HELD_OUT = 256
"""Curves on which it is measured; no update sees them."""


class Parameters(NamedTuple):
    """What is trained.

    Attributes:
        encoder: reads the curve.
        decoder: reads the code at every step.
        W_code: (WIDEST, H) from the encoder's last h to the code.
        b_code: (WIDEST,) its bias.
        W_out: (1, H) readout of the decoder.
        b_out: (1,) its bias.
    """

    encoder: AbstractCell
    decoder: AbstractCell
    W_code: Array
    b_code: Array
    W_out: Array
    b_out: Array


class Measured(NamedTuple):
    """What is known of the weights at one moment.

    Attributes:
        loss: () held-out mean squared error of a point.
        mean: () the same for the mean curve, which is what no code at all allows.
        params: the weights themselves.
    """

    loss: Array
    mean: Array
    params: Parameters


class Rebuilt(NamedTuple):
    """One curve, its code, and what the decoder makes of it.

    Attributes:
        curve: (POINTS,) the curve.
        code: (WIDEST,) 0 beyond the bottleneck.
        rebuilt: (POINTS,) what comes out.
        loss: () mean squared error of a point.
        mean: () the same for the mean curve, 0 everywhere.
        log10_gradient: (POINTS,) log10 norm of the gradient of the code with respect to each point.
    """

    curve: Array
    code: Array
    rebuilt: Array
    loss: Array
    mean: Array
    log10_gradient: Array


class AutoencoderLearner(eqx.Module):
    """An encoder, a bottleneck and a decoder that learn to hand back a curve.

    The curves are sums of sines and cosines with Gaussian weights, slow ones larger, of variance 1 on average: there is
    no noise in them, and `WIDEST` numbers say all. The code is a linear map of the encoder's last h, of which the first
    `bottleneck` numbers pass. The decoder starts from its own initial state and reads the code at every step.

    Reference:
        Srivastava, Mansimov and Salakhutdinov (2015), Unsupervised learning of video representations using LSTMs,
        section 2.1; the code as input at every step: Cho et al. (2014), section 2.2.

    Attributes:
        recipe: of both cells.
        bottleneck: numbers of the code, 1 to `WIDEST`.
        chunk: updates a chunk.
    """

    recipe: Recipe
    bottleneck: Array
    chunk: int = eqx.field(static=True, default=25)

    @classmethod
    def of(cls, experiment: Experiment, *, bottleneck: int) -> Self:
        """The experiment's cell as encoder and decoder."""
        return cls(Recipe.small(experiment), np.asarray(bottleneck))

    def init(self, key: Key) -> Parameters:
        """Both cells as the experiment says, Glorot maps, and no bias on them."""
        key_encoder, key_decoder, key_code, key_out = keys.split(key, 4)
        size = self.recipe.hidden_size
        return Parameters(
            self.recipe.cell(key_encoder, 1),
            self.recipe.cell(key_decoder, WIDEST),
            glorot(key_code, WIDEST, size),
            np.zeros(WIDEST),
            glorot(key_out, 1, size),
            np.zeros(1),
        )

    def loss(self, params: Parameters, key: Array) -> Array:
        """Mean squared error of a point, over new curves."""
        curves = draw(key, BATCH)
        return jnp.mean((jax.vmap(lambda curve: self.rebuild(params, curve)[1])(curves) - curves) ** 2)

    def measure(self, params: Parameters, key: Array) -> Measured:
        """Held-out loss, and that of the mean curve of the same curves."""
        curves = draw(key, HELD_OUT)
        rebuilt = jax.vmap(lambda curve: self.rebuild(params, curve)[1])(curves)
        return Measured(
            jnp.mean((rebuilt - curves) ** 2), jnp.mean((curves - jnp.mean(curves, axis=0, keepdims=True)) ** 2), params
        )

    def rebuild(self, params: Parameters, curve: Array) -> tuple[Array, Array]:
        """The code of a curve (WIDEST,), and what the decoder makes of it (POINTS,)."""
        code = self._code(params, curve)

        def write(state, _):
            state = params.decoder.step(state, code, identity)
            return state, (params.W_out @ state.h + params.b_out)[0]

        return code, lax.scan(write, params.decoder.initial_state(), None, length=POINTS)[1]

    def show(self, params: Parameters, curve: Array) -> Rebuilt:
        """What becomes of one curve (POINTS,)."""
        code, rebuilt = self.rebuild(params, curve)
        slopes = jax.jacrev(lambda curve: self._code(params, curve))(curve)
        size = jnp.sqrt(jnp.sum(slopes**2, axis=0))
        return Rebuilt(
            curve,
            code,
            rebuilt,
            jnp.mean((rebuilt - curve) ** 2),
            jnp.mean(curve**2),
            jnp.log10(size),
        )

    def _code(self, params: Parameters, curve: Array) -> Array:
        def read(state, x):
            return params.encoder.step(state, x[None], identity), None

        last, _ = lax.scan(read, params.encoder.initial_state(), curve)
        return jnp.where(jnp.arange(WIDEST) < self.bottleneck, params.W_code @ last.h + params.b_code, 0)


def waves() -> np.ndarray:
    """The curves' parts (WIDEST, POINTS): weights of variance 1 times these add up to variance 1, float32."""
    angle = 2 * np.pi * np.arange(POINTS) / POINTS
    sizes = 1 / np.arange(1, WAVES + 1)
    sizes /= np.sqrt(np.sum(sizes**2))
    rows = [size * wave(k * angle) for k, size in enumerate(sizes, start=1) for wave in (np.sin, np.cos)]
    return np.array(rows, np.float32)


def draw(key: Array, count: int) -> Array:
    """That many curves (count, POINTS)."""
    return jax.random.normal(key, (count, WIDEST), jnp.float32) @ waves()


def best_linear(bottleneck: int) -> float:
    """Mean squared error of the best linear code of a size: the variance outside the largest principal components."""
    variances = np.sort(np.sum(waves().astype(float) ** 2, axis=1))[::-1] / POINTS
    return float(np.sum(variances[bottleneck:]))
