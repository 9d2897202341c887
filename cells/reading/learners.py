"""What the loop of `cells.training` trains here: a network on a text, and networks on lists of examples."""

from typing import Any, NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cells import activations
from cells.base import AbstractCell
from cells.experiment import Experiment
from cells.initializers import Initialization
from cells.reading.modes import Lessons, lessons
from cells.reading.network import Network, one_hot
from cells.reading.texts import Text
from cells.zoo import all_cells

BATCH = 16
"""Stretches of text that an update learns from."""
STRETCH = 64
"""Characters of a stretch; the state before it is the initial one."""
GREETING, ANSWER = "hell", "ello"
"""What Karpathy's network is fed, and what it is to say."""
LETTERS = "helo"
"""Its vocabulary."""


class Progress(NamedTuple):
    """What is known of the weights at one moment.

    Attributes:
        loss: mean loss in nats: () of a text, (M,) of M networks with a list each.
    """

    loss: Array


class Drawn(eqx.Module):
    """How a network is drawn, from an experiment: all arrays, so that another gain compiles nothing.

    Attributes:
        activation: place in the table of activations.
        initialization: how the cells' weights are drawn.
        hyperparameters: what else the cell's `init` takes.
        remembers: whether W_hh is in use.
    """

    activation: Array
    initialization: Initialization
    hyperparameters: dict[str, Array]
    remembers: Array

    @classmethod
    def of(cls, experiment: Experiment, *, remembers: bool = True) -> Self:
        """The experiment's activation, initialisation and hyperparameters; weights given by hand are left out."""
        return cls(
            np.asarray(activations.index(experiment.activation)),
            jax.tree.map(np.asarray, experiment.initialization()),
            jax.tree.map(np.asarray, experiment.settings_of(all_cells()[experiment.cell])),
            np.asarray(remembers),
        )

    def network(
        self, cell_class: type[AbstractCell], sizes: tuple[int, int, int], layers: int = 1, **given: Any
    ) -> Network:
        """The network with (inputs, hidden size, outputs)."""
        return Network.init(
            cell_class,
            *sizes,
            layers,
            remembers=self.remembers,
            activation=self.activation,
            initialization=self.initialization,
            **given,
            **self.hyperparameters,
        )


class TextLearner(eqx.Module):
    """A network that predicts the next character of a text.

    Every update reads new stretches of it, begun anywhere, in the initial state; after the last character of the text
    comes the first.

    Attributes:
        cell_class: the cell of every layer.
        hidden_size: H.
        size: V, characters that the network is made for.
        layers: layers of cells.
        drawn: how the weights are drawn.
        ids: (MAX_LENGTH,) the text.
        length: its characters.
        used: its different characters.
        chunk: updates a chunk.
    """

    cell_class: type[AbstractCell] = eqx.field(static=True)
    hidden_size: int = eqx.field(static=True)
    size: int = eqx.field(static=True)
    layers: int = eqx.field(static=True)
    drawn: Drawn
    ids: Array
    length: Array
    used: Array
    chunk: int = eqx.field(static=True, default=10)

    @classmethod
    def of(cls, experiment: Experiment, text: Text, layers: int = 1) -> Self:
        """The experiment's cell and hidden size on a text."""
        return cls(
            all_cells()[experiment.cell],
            experiment.hidden_size,
            text.size,
            layers,
            Drawn.of(experiment),
            text.ids,
            np.asarray(len(text.content)),
            np.asarray(len(text.characters)),
        )

    def init(self, key: Array) -> Network:
        """The network before the first update."""
        sizes = (self.size, self.hidden_size, self.size)
        return self.drawn.network(self.cell_class, sizes, self.layers, key=key, used_inputs=self.used, used=self.used)

    def loss(self, params: Network, key: Array) -> Array:
        """Mean over stretches drawn from the text, in nats a character."""
        starts = jax.random.randint(key, (BATCH, 1), 0, self.length)
        stretches = self.ids[(starts + jnp.arange(STRETCH + 1)[None]) % self.length]
        xs = one_hot(stretches[:, :-1], self.size, jnp.float32)
        return jnp.mean(jax.vmap(params.losses)(xs, stretches[:, 1:]))

    def measure(self, params: Network, key: Array) -> Progress:
        """The same on stretches that are always the same."""
        return Progress(self.loss(params, key))


class ListLearner(eqx.Module):
    """Some networks side by side, each with a list of examples that every update goes through.

    Each has its own loss and its own gradient; they share a program and a learning rate.

    Attributes:
        cell_class: the cell of all.
        hidden_size: H of all.
        drawn: how the weights are drawn.
        lessons: the examples.
        chunk: updates a chunk.
    """

    cell_class: type[AbstractCell] = eqx.field(static=True)
    hidden_size: int = eqx.field(static=True)
    outputs: int = eqx.field(static=True)
    drawn: Drawn
    lessons: Lessons
    chunk: int = eqx.field(static=True, default=1)

    @classmethod
    def hello(cls, experiment: Experiment, hidden_size: int, *, remembers: bool = True) -> Self:
        """Karpathy's network: fed "hell", to say "ello"."""
        drawn = Drawn.of(experiment, remembers=remembers)
        return cls(all_cells()[experiment.cell], hidden_size, len(LETTERS), drawn, greeting())

    @classmethod
    def modes(cls, experiment: Experiment, hidden_size: int, outputs: int, chunk: int) -> Self:
        """The five modes of `cells.reading.modes`."""
        return cls(all_cells()[experiment.cell], hidden_size, outputs, Drawn.of(experiment), lessons(), chunk)

    def init(self, key: Array) -> Network:
        """The networks before the first update, with an axis of M in front."""
        count, inputs = len(self.lessons.used), self.lessons.xs.shape[-1]

        def one(key: Array, used_inputs: Array, used: Array) -> Network:
            sizes = (inputs, self.hidden_size, self.outputs)
            return self.drawn.network(self.cell_class, sizes, key=key, used_inputs=used_inputs, used=used)

        return jax.vmap(one)(jax.random.split(key, count), self.lessons.used_inputs, self.lessons.used)

    def loss(self, params: Network, key: Array) -> Array:
        """Sum of the networks' mean losses, so that the gradient of each is its own."""
        return jnp.sum(self._losses(params))

    def measure(self, params: Network, key: Array) -> Progress:
        """The mean loss of each network, over all its examples."""
        return Progress(self._losses(params))

    def _losses(self, params: Network) -> Array:
        def one(network: Network, xs: Array, targets: Array, weights: Array) -> Array:
            losses = jax.vmap(network.losses)(xs.astype(network.b_y.dtype), targets)
            return jnp.sum(jnp.where(weights > 0, weights * losses, 0))

        return jax.vmap(one)(params, self.lessons.xs, self.lessons.targets, self.lessons.weights)


def greeting() -> Lessons:
    """The one example of Karpathy's network, with the axes of `Lessons`."""
    ids = np.array([[[LETTERS.index(letter) for letter in text] for text in (GREETING, ANSWER)]])
    shape = (1, 1, len(GREETING))
    size = np.array([len(LETTERS)])
    return Lessons(
        np.eye(len(LETTERS))[ids[:, :1]],
        ids[:, 1:].astype(np.int32),
        np.full(shape, 1 / len(GREETING)),
        size,
        size,
    )
