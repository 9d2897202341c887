"""A network that reads: one or two layers of any cell, and a readout that says what comes next."""

from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells import keys
from cells.base import AbstractCell
from cells.initializers import DEFAULT_INITIALIZATION, Initialization
from cells.keys import Key
from cells.taps import identity


class Network(eqx.Module):
    r"""Cells in layers with a readout: p_t = softmax(W_hy h_t + b_y) of the topmost h.

    Each layer above the first reads the h below it at the same step. Outputs beyond `used` do not exist: the network
    is made for a few sizes only, so that another text compiles nothing.

    Reference:
        Karpathy (2015), The unreasonable effectiveness of recurrent neural networks.
    """

    layers: tuple[AbstractCell, ...]
    W_hy: Array  # (V, H)
    b_y: Array  # (V,)
    used: Array  # () int, outputs in use
    remembers: Array  # () bool; where False every W_hh is 0

    @classmethod
    def init(
        cls,
        cell_class: type[AbstractCell],
        inputs: int,
        hidden_size: int,
        outputs: int,
        layers: int = 1,
        *,
        key: Key,
        used_inputs: int | None = None,
        used: int | None = None,
        remembers: bool = True,
        activation: str | int = "tanh",
        initialization: Initialization = DEFAULT_INITIALIZATION,
        **hyperparameters: Any,
    ) -> Self:
        """Draw the weights, in NumPy.

        Args:
            cell_class: class of every layer.
            inputs: D.
            hidden_size: H of every layer.
            outputs: V.
            layers: how many.
            key: PRNG key.
            used_inputs: inputs that are ever other than 0; Glorot's variance counts those. All where None.
            used: outputs that exist. All where None.
            remembers: False sets every W_hh to 0, and keeps it there.
            activation: of the cells.
            initialization: how the cells' weights are drawn.
            hyperparameters: of the cell, by name.
        """
        used_inputs, used = inputs if used_inputs is None else used_inputs, outputs if used is None else used
        *each, key_y = keys.split(key, layers + 1)
        fan = np.sqrt((inputs + hidden_size) / (used_inputs + hidden_size))
        first = initialization._replace(input_scale=initialization.input_scale * fan)
        cells = tuple(
            cell_class.init(
                inputs if place == 0 else hidden_size,
                hidden_size,
                key=key,
                activation=activation,
                initialization=first if place == 0 else initialization,
                **hyperparameters,
            )
            for place, key in enumerate(each)
        )
        bound = np.sqrt(6 / (used + hidden_size))
        return cls(
            layers=cells,
            W_hy=bound * keys.uniform(key_y, (outputs, hidden_size), -1.0, 1.0),
            b_y=np.zeros(outputs),
            used=np.asarray(used, np.int32),
            remembers=np.asarray(remembers, bool),
        )

    @property
    def recurrent(self) -> tuple[Array | None, ...]:
        """W_hh of every layer as it acts; None for a cell without one."""
        return tuple(None if layer.W_hh is None else jnp.where(self.remembers, layer.W_hh, 0) for layer in self.layers)

    def initial_state(self) -> tuple[Any, ...]:
        """The state of every layer before step 1."""
        return tuple(layer.initial_state() for layer in self.layers)

    def step(self, states: tuple[Any, ...], x: Array) -> tuple[Any, ...]:
        """One time step of all layers; x (D,)."""
        following = []
        for layer, W_hh, state in zip(self.layers, self.recurrent, states, strict=True):
            acting = layer if W_hh is None else layer.with_weights(W_hh=W_hh)
            state = acting.step(state, x, identity)
            x = state.h
            following.append(state)
        return tuple(following)

    def top(self, states: tuple[Any, ...]) -> Array:
        """The topmost h, (..., H)."""
        return states[-1].h

    def logits(self, h: Array) -> Array:
        """(V,) from h (H,); -inf for what does not exist."""
        return jnp.where(jnp.arange(len(self.b_y)) < self.used, self.W_hy @ h + self.b_y, -jnp.inf)

    def unroll(self, xs: Array, initial_state: tuple[Any, ...] | None = None) -> tuple[Any, ...]:
        """The states of all layers over xs (T, D), every field with an axis of T in front."""

        def advance(states, x):
            states = self.step(states, x)
            return states, states

        return lax.scan(advance, self.initial_state() if initial_state is None else initial_state, xs)[1]

    def losses(self, xs: Array, targets: Array) -> Array:
        """-log p of the target at every step, in nats: (T,) from xs (T, D) and targets (T,)."""
        logits = jax.vmap(self.logits)(self.top(self.unroll(xs)))
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), targets[:, None], axis=1)[:, 0]


def one_hot(ids: Array, size: int, dtype: Any = float) -> Array:
    """Characters (...,) as inputs (..., size)."""
    return jax.nn.one_hot(ids, size, dtype=dtype)
