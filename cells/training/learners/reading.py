"""What the loop of `cells.training` trains here: a network on a text, and networks on lists of examples."""

from typing import NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cells import keys
from cells.experiment import Experiment
from cells.keys import Key
from cells.reading.modes import Lessons, lessons
from cells.reading.network import Network, one_hot
from cells.reading.texts import Text
from cells.training.learners.recipe import Recipe

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


class TextLearner(eqx.Module):
    """A network that predicts the next character of a text.

    Every update reads new stretches of it, begun anywhere, in the initial state; after the last character of the text
    comes the first.

    Attributes:
        recipe: of the cell of every layer.
        size: V, characters that the network is made for.
        layers: layers of cells.
        ids: (MAX_LENGTH,) the text.
        length: its characters.
        used: its different characters.
        chunk: updates a chunk.
    """

    recipe: Recipe
    size: int = eqx.field(static=True)
    layers: int = eqx.field(static=True)
    ids: Array
    length: Array
    used: Array
    chunk: int = eqx.field(static=True, default=10)

    @classmethod
    def of(cls, experiment: Experiment, text: Text, layers: int = 1) -> Self:
        """The experiment's cell and hidden size on a text."""
        return cls(
            Recipe.of(experiment),
            text.size,
            layers,
            text.ids,
            np.asarray(len(text.content)),
            np.asarray(len(text.characters)),
        )

    def init(self, key: Key) -> Network:
        """The network before the first update."""
        sizes = (self.size, self.recipe.hidden_size, self.size)
        used = {"used_inputs": self.used, "used": self.used}
        return Network.init(self.recipe.cell_class, *sizes, self.layers, key=key, **used, **self.recipe.settings)

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
        recipe: of the cell of all.
        outputs: V, the most that one of them has.
        lessons: the examples.
        remembers: whether W_hh is in use.
        chunk: updates a chunk.
    """

    recipe: Recipe
    outputs: int = eqx.field(static=True)
    lessons: Lessons
    remembers: Array
    chunk: int = eqx.field(static=True, default=1)

    @classmethod
    def hello(cls, experiment: Experiment, hidden_size: int, *, remembers: bool = True) -> Self:
        """Karpathy's network: fed "hell", to say "ello"."""
        return cls(Recipe.of(experiment, hidden_size), len(LETTERS), greeting(), np.asarray(remembers))

    @classmethod
    def modes(cls, experiment: Experiment, hidden_size: int, outputs: int, chunk: int) -> Self:
        """The five modes of `cells.reading.modes`."""
        return cls(Recipe.of(experiment, hidden_size), outputs, lessons(), np.asarray(True), chunk)

    def init(self, key: Key) -> Network:
        """The networks before the first update, with an axis of M in front."""
        count, inputs = len(self.lessons.used), self.lessons.xs.shape[-1]

        def one(key: Key, used_inputs: int, used: int) -> Network:
            sizes = (inputs, self.recipe.hidden_size, self.outputs)
            given = {"used_inputs": used_inputs, "used": used, "remembers": self.remembers}
            return Network.init(self.recipe.cell_class, *sizes, key=key, **given, **self.recipe.settings)

        networks = map(one, keys.split(key, count), self.lessons.used_inputs, self.lessons.used)
        return jax.tree.map(lambda *leaves: np.stack(leaves), *networks)

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
