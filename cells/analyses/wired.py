"""Layers run one after the other over a whole sequence: above one another, in both directions, behind a convolution.

How many of the layers are in use is data, so that one compiled program serves every number of them. A layer that is not
in use hands on what it gets, forward and back.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells import keys
from cells.activations import Place, apply, known
from cells.analyses.passes import Pass, back, forward
from cells.base import AbstractCell
from cells.initializers import DEFAULT_INITIALIZATION
from cells.keys import Key
from cells.remedies.stacked import MAX_LAYERS, key_of_layer, settings_of_layer
from cells.scaled import Scaled

WIDTH = 5
"""Scaled that a convolution sees at once: its own and those before it."""


class Convolution(eqx.Module):
    """Causal one-dimensional convolution with a nonlinearity: y_t = phi(b + sum over j of K_j x_{t-j}).

    Attributes:
        kernel: (width, features, D), K_0 first; before step 1 the input is 0.
        b: (features,) bias.
        activation: place in the table of activations.
        dilation: steps between the inputs that it sees.
    """

    kernel: Array
    b: Array
    activation: Place
    dilation: int = eqx.field(static=True, default=1)

    @classmethod
    def init(cls, inputs: int, features: int, *, key, width=WIDTH, dilation=1, activation="tanh", scale=1.0):
        """Glorot uniform for all inputs that one output sees; no bias."""
        bound = (6 / (width * inputs + features)) ** 0.5
        kernel = scale * keys.uniform(key, (width, features, inputs), -bound, bound)
        return cls(kernel, np.zeros(features), known(activation), dilation)

    def before(self, xs: Array) -> Array:
        """What the nonlinearity is applied to, (T, features), of inputs (T, D)."""
        shifted = (_shift(xs, place * self.dilation) for place in range(len(self.kernel)))
        return self.b[None] + sum(moved @ weights.T for weights, moved in zip(self.kernel, shifted, strict=True))

    def __call__(self, xs: Array) -> Array:
        """Features (T, features) of inputs (T, D)."""
        return apply(self.activation, self.before(xs))

    def back(self, xs: Array, arriving: Scaled) -> Scaled:
        """What arrives at the features, pulled back to the inputs."""
        a = self.before(xs)
        _, slopes = jax.jvp(lambda a: apply(self.activation, a), (a,), (jnp.ones_like(a),))
        local = arriving.value * slopes
        found = None
        for place, weights in enumerate(self.kernel):
            later = place * self.dilation
            moved = Scaled(_shift(local @ weights, -later), _shift(arriving.exponent, -later)).normalised()
            found = moved if found is None else (found + moved).normalised()
        return found


def _shift(rows: Array, steps: int) -> Array:
    """Rows moved later by some steps (earlier where negative), 0 where nothing comes from."""
    moved = jnp.roll(rows, steps, axis=0)
    place = jnp.arange(len(rows))
    inside = (place >= steps) & (place < len(rows) + steps)
    return jnp.where(inside.reshape(-1, *[1] * (rows.ndim - 1)), moved, 0)


class Layers(NamedTuple):
    """Cells of `MAX_LAYERS` layers in one direction.

    Attributes:
        first: reads the input.
        upper: the others, with an axis of layers in front.
    """

    first: AbstractCell
    upper: AbstractCell


class Network(NamedTuple):
    """What is wired.

    Attributes:
        convolution: stands before the layers; None where there is none.
        ahead: layers from the first step to the last.
        back: layers from the last step to the first; None where there are none.
    """

    convolution: Convolution | None
    ahead: Layers
    back: Layers | None


@dataclass(frozen=True)
class Wiring:
    """Which network is drawn: hashable, with an `init` like that of a cell.

    Attributes:
        cell_class: the cell of every layer.
        both: whether every layer also runs from the last step to the first; then the next one reads both.
        features: features of a convolution before the first layer; 0 for none.
    """

    cell_class: type[AbstractCell]
    both: bool = False
    features: int = 0

    def init(self, input_size: int, hidden_size: int, *, key: Key, **settings: Any) -> Network:
        """Draw the weights; in one direction and without a convolution they are those of `cells.remedies.stacked`."""
        convolution, width = None, input_size
        if self.features:
            initialization = settings.get("initialization", DEFAULT_INITIALIZATION)
            convolution = Convolution.init(
                input_size,
                self.features,
                key=keys.fold_in(key, 100),
                activation=settings.get("activation", "tanh"),
                scale=initialization.fan,
            )
            width = self.features
            settings = settings | {"initialization": initialization._replace(fan=1.0)}
        ahead = self._layers(width, hidden_size, key, settings)
        backward = self._layers(width, hidden_size, keys.fold_in(key, 200), settings) if self.both else None
        return Network(convolution, ahead, backward)

    def _layers(self, input_size: int, hidden_size: int, key: Key, settings: dict[str, Any]) -> Layers:
        first = self.cell_class.init(input_size, hidden_size, key=key, **settings)
        above = settings_of_layer(settings, 1)
        width = hidden_size * (2 if self.both else 1)
        upper = [
            self.cell_class.init(width, hidden_size, key=key_of_layer(key, place), **above)
            for place in range(1, MAX_LAYERS)
        ]
        return Layers(first, jax.tree.map(lambda *leaves: np.stack(leaves), *upper))


class Flow(NamedTuple):
    """The gradient of what is read at one step, log10 of norms; -inf where it is exactly 0. Index 0 is step 1.

    Attributes:
        ahead: (MAX_LAYERS, T) with respect to h of each forward layer, by every way; layer 1 first.
        back: the same for the backward layers; all -inf where there are none.
        features: (T,) with respect to the convolution's features; -inf where there is none.
        inputs: (T,) with respect to the input.
        overflow: () the step at which a layer leaves the finite numbers though its input there is finite, counted from
            the first step of the sequence in both directions; the smallest of several, 0 if there is none.
        step: () where autodiff was compared with a finite difference, counted from 1.
        relative_error: () their relative difference; NaN where there was no gradient in reach.
    """

    ahead: Array
    back: Array
    features: Array
    inputs: Array
    overflow: Array
    step: Array
    relative_error: Array


class _Ran(NamedTuple):
    """A forward pass of all layers: inputs, passes and outputs with an axis of upper layers, and what is read."""

    features: Array
    first: tuple[Pass, Pass | None]
    below: Array
    upper: tuple[Pass, Pass | None]
    output: Array
    overflow: Array


def flow(
    network: Network, xs: Array, length: Array, depth: Array, residual: Array, read: Array, channels: Array
) -> Flow:
    """Gradient of the sum of the units read at one step over the root of their number, with respect to everything.

    Args:
        network: as a `Wiring` draws it.
        xs: (T, D) inputs.
        length: steps really taken.
        depth: layers in use, 1 to `MAX_LAYERS`.
        residual: whether every layer above the first passes on the sum of what it got and its own output.
        read: the step whose output is read, counted from 1.
        channels: input channels in use; the gradient of the others does not count.
    """
    ran = _run(network, xs, length, depth, residual)
    width = ran.output.shape[1]
    place = jnp.arange(1, len(xs) + 1)
    arriving = Scaled.of(jnp.where(place == read, width**-0.5, 0.0)[:, None] * jnp.ones((1, width)), len(xs))
    used = jnp.arange(2, MAX_LAYERS + 1) <= depth

    def retreat(arriving, inputs):
        layer, below, passes, here = inputs
        own = _back(layer, below, passes, arriving, length)
        past = Scaled(jnp.where(residual, arriving.value, 0), arriving.exponent)
        down = (own.x + past).normalised()
        down = jax.tree.map(lambda new, old: jnp.where(here, new, old), down, arriving)
        return down, tuple(jnp.where(here, norms, -jnp.inf) for norms in own.norms)

    upper = (network.ahead.upper, None if network.back is None else network.back.upper)
    arriving, (ahead, backward) = lax.scan(retreat, arriving, (upper, ran.below, ran.upper, used), reverse=True)
    first = (network.ahead.first, None if network.back is None else network.back.first)
    own = _back(first, ran.features, ran.first, arriving, length)
    to_features = own.x
    features = jnp.full(len(xs), -jnp.inf)
    to_inputs = to_features
    if network.convolution is not None:
        features = to_features.log10_norm()
        to_inputs = network.convolution.back(xs, to_features)
    seen = Scaled(jnp.where(jnp.arange(xs.shape[1]) < channels, to_inputs.value, 0), to_inputs.exponent)
    norms = seen.log10_norm()
    step, error = _checked(network, xs, length, depth, residual, read, seen, norms)
    return Flow(
        jnp.concatenate([own.norms[0][None], ahead]),
        jnp.concatenate([own.norms[1][None], backward]),
        features,
        norms,
        ran.overflow,
        step,
        error,
    )


class _Both(NamedTuple):
    """One layer's way back: gradient with respect to its input, and norms of those of its h in both directions."""

    x: Scaled
    norms: tuple[Array, Array]


def turned(length: Array, count: int) -> Array:
    """(count,) places of a sequence read from its last step to its first; what lies beyond the end stays there."""
    place = jnp.arange(count)
    return jnp.where(place < length, length - 1 - place, place)


def output(network: Network, xs: Array, length: Array, depth: Array, residual: Array) -> Array:
    """What the top layer passes on, (T, H) or in both directions (T, 2 H); forward half first."""
    return _run(network, xs, length, depth, residual).output


def _run(network: Network, xs: Array, length: Array, depth: Array, residual: Array) -> _Ran:
    features = xs if network.convolution is None else network.convolution(xs)
    first = (network.ahead.first, None if network.back is None else network.back.first)
    passes, below = _forward(first, features, length)

    def advance(below, inputs):
        layer, here = inputs
        passes, above = _forward(layer, below, length)
        above = jnp.where(here, jnp.where(residual, above + below, above), below)
        overflow = jnp.where(here, _overflow(passes, below, length), 0)
        return above, (below, passes, overflow)

    used = jnp.arange(2, MAX_LAYERS + 1) <= depth
    upper = (network.ahead.upper, None if network.back is None else network.back.upper)
    above, (inputs, upper_passes, overflows) = lax.scan(advance, below, (upper, used))
    overflow = _smallest(jnp.concatenate([_overflow(passes, features, length)[None], overflows]))
    return _Ran(features, passes, inputs, upper_passes, above, overflow)


def _forward(cells: tuple[Any, Any], xs: Array, length: Array) -> tuple[tuple[Pass, Pass | None], Array]:
    ahead, backward = cells
    one = forward(ahead, xs, length)
    if backward is None:
        return (one, None), one.states.h
    order = turned(length, len(xs))
    other = forward(backward, xs[order], length)
    return (one, other), jnp.concatenate([one.states.h, other.states.h[order]], axis=1)


def _back(cells: tuple[Any, Any], xs: Array, passes: tuple[Pass, Any], arriving: Scaled, length: Array) -> _Both:
    ahead, backward = cells
    nothing = jnp.full(len(xs), -jnp.inf)
    if backward is None:
        own = back(ahead, xs, passes[0], arriving, length)
        return _Both(own.x, (own.h.log10_norm(), nothing))
    size = arriving.value.shape[1] // 2
    halves = [
        Scaled(arriving.value[:, half], arriving.exponent).normalised() for half in (slice(0, size), slice(size, None))
    ]
    order = turned(length, len(xs))
    one = back(ahead, xs, passes[0], halves[0], length)
    other = back(backward, xs[order], passes[1], halves[1].at(order), length)
    return _Both((one.x + other.x.at(order)).normalised(), (one.h.log10_norm(), other.h.at(order).log10_norm()))


def _overflow(passes: tuple[Pass, Pass | None], xs: Array, length: Array) -> Array:
    """Where a layer itself leaves the finite numbers: not where its input has left them already."""
    steps = [passes[0].overflow]
    if passes[1] is not None:
        met = passes[1].overflow
        steps.append(jnp.where(met > 0, length + 1 - met, 0))
    steps = jnp.stack(steps)
    return _smallest(jnp.where(jnp.isfinite(xs[steps - 1]).all(axis=1), steps, 0))


def _smallest(steps: Array) -> Array:
    """The smallest of some steps that is not 0, which says that there is none."""
    return jnp.where((steps > 0).any(), jnp.min(jnp.where(steps > 0, steps, jnp.iinfo(steps.dtype).max)), 0)


def _checked(
    network: Network,
    xs: Array,
    length: Array,
    depth: Array,
    residual: Array,
    read: Array,
    seen: Scaled,
    norms: Array,
) -> tuple[Array, Array]:
    """The gradient at one input against a finite difference: the input whose norm is nearest to 0.1 from above."""
    resolved = (norms >= -2) & (norms <= 1)
    chosen = jnp.argmin(jnp.where(resolved, jnp.abs(norms + 1), jnp.inf))
    vector = seen.value[chosen]
    direction = vector / jnp.sqrt(jnp.sum(vector**2))
    eps = 1e-6

    def read_at(move: Array) -> Array:
        moved = xs + jnp.where(jnp.arange(len(xs)) == chosen, move, 0)[:, None] * direction[None]
        return output(network, moved, length, depth, residual)[read - 1]

    ahead, behind = jax.vmap(read_at)(jnp.asarray([eps, -eps]))
    difference = jnp.sum(ahead - behind) * len(ahead) ** -0.5 / (2 * eps)
    autodiff = 10.0 ** norms[chosen]
    error = jnp.abs(autodiff - difference) / autodiff
    return chosen + 1, jnp.where(resolved.any(), error, jnp.nan)
