"""A missing word: what stands before it, and what stands after it, say which one it was."""

from typing import NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax

from cells import keys
from cells.base import AbstractCell
from cells.experiment import Experiment
from cells.keys import Key
from cells.taps import identity
from cells.training.learners.recipe import Recipe, glorot

NUMBERS = ("one", "two")
NOUNS = ("dog", "cat", "cow", "duck")
PLURALS = ("dogs", "cats", "cows", "ducks")
SOUNDS = ("bark", "meow", "moo", "quack")
FILLERS = ("old", "big", "in", "the", "barn", "near", "our", "house")
GAP = "___"
WORDS = (*NUMBERS, *SOUNDS, *FILLERS, GAP)
"""What is read; the answers are `ANSWERS`."""
ANSWERS = (*NOUNS, *PLURALS)
FARTHEST = 12
"""Most words between the gap and each of its two clues."""
STEPS = 2 * FARTHEST + 3
READERS = ("forward", "backward", "both")
BATCH = 32
"""Sentences an update learns from."""
HELD_OUT = 256
"""Sentences on which it is measured; no update sees them."""


class Sentence(NamedTuple):
    """One sentence: number, words, gap, words, sound.

    Attributes:
        words: (STEPS,) places in `WORDS`; beyond the end they are not to be read.
        gap: () place of the gap.
        length: () words of the sentence.
        answer: () place in `ANSWERS`.
    """

    words: Array
    gap: Array
    length: Array
    answer: Array


class Parameters(NamedTuple):
    """What is trained: three readers with weights of their own, an axis of readers in front.

    Attributes:
        ahead: cells that read from the first word to the gap.
        back: cells that read from the last word to the gap.
        W_out: (3, 8, 2 H) readout of both states at the gap.
        b_out: (3, 8) its bias.
    """

    ahead: AbstractCell
    back: AbstractCell
    W_out: Array
    b_out: Array


class Measured(NamedTuple):
    """What is known of the weights at one moment, a number a reader.

    Attributes:
        loss: (3,) held-out cross-entropy, nats.
        right: (3,) share of right words.
        params: the weights themselves.
    """

    loss: Array
    right: Array
    params: Parameters


class Filled(NamedTuple):
    """One sentence, and what each reader puts into the gap.

    Attributes:
        sentence: the sentence.
        chances: (3, 8) probability of every word.
        size: (3, STEPS) norm of the gradient of the right word's logit with respect to every word's one-hot input.
    """

    sentence: Sentence
    chances: Array
    size: Array


class GapLearner(eqx.Module):
    """Three readers of the same sentences: forward only, backward only, and both.

    "two big old ___ near the barn quack": the number comes before the gap and the sound after it. A reader of one side
    can know the number, and is left with four nouns (ln 4); one of the other side can know the noun, and is left with
    singular and plural (ln 2); one of both can know all. All three have the same weights to learn; what a reader does
    not see is multiplied by 0.

    Reference:
        Schuster and Paliwal (1997), Bidirectional recurrent neural networks.

    Attributes:
        recipe: of all cells.
        distance: words between the gap and each clue, 0 to `FARTHEST`.
        chunk: updates a chunk.
    """

    recipe: Recipe
    distance: Array
    chunk: int = eqx.field(static=True, default=25)

    @classmethod
    def of(cls, experiment: Experiment, *, distance: int) -> Self:
        """The experiment's cell in both directions."""
        return cls(Recipe.small(experiment), np.asarray(distance))

    def init(self, key: Key) -> Parameters:
        """All cells as the experiment says, Glorot readouts, and no bias on them; the readers begin alike."""
        key_ahead, key_back, key_out = keys.split(key, 3)
        one = Parameters(
            self.recipe.cell(key_ahead, len(WORDS)),
            self.recipe.cell(key_back, len(WORDS)),
            glorot(key_out, len(ANSWERS), 2 * self.recipe.hidden_size),
            np.zeros(len(ANSWERS)),
        )
        return jax.tree.map(lambda leaf: np.stack([leaf] * len(READERS)), one)

    def loss(self, params: Parameters, key: Array) -> Array:
        """Sum of the readers' cross-entropies in nats, over the same new sentences."""
        sentences = self.draw(key, BATCH)
        errors = jax.vmap(lambda one: self._errors(self.read(params, one), one))(sentences)
        return jnp.sum(jnp.mean(errors, axis=0))

    def measure(self, params: Parameters, key: Array) -> Measured:
        """Held-out loss and share of right words of every reader."""
        sentences = self.draw(key, HELD_OUT)
        logits = jax.vmap(lambda one: self.read(params, one))(sentences)
        right = jnp.argmax(logits, axis=-1) == sentences.answer[:, None]
        return Measured(jnp.mean(jax.vmap(self._errors)(logits, sentences), axis=0), jnp.mean(right, axis=0), params)

    def draw(self, key: Array, count: int) -> Sentence:
        """That many sentences, with an axis in front."""
        return jax.vmap(self.sentence)(jax.random.split(key, count))

    def sentence(self, key: Array) -> Sentence:
        """One sentence; its words are independent and uniform."""
        key_number, key_noun, key_words = jax.random.split(key, 3)
        number = jax.random.randint(key_number, (), 0, len(NUMBERS))
        noun = jax.random.randint(key_noun, (), 0, len(NOUNS))
        fillers = len(NUMBERS) + len(SOUNDS) + jax.random.randint(key_words, (STEPS,), 0, len(FILLERS))
        place, gap = jnp.arange(STEPS), self.distance + 1
        length = 2 * self.distance + 3
        words = jnp.where(place == gap, len(WORDS) - 1, fillers)
        words = jnp.where(place == 0, number, words)
        words = jnp.where(place == length - 1, len(NUMBERS) + noun, words)
        return Sentence(words, gap, length, len(NOUNS) * number + noun)

    def read(self, params: Parameters, sentence: Sentence) -> Array:
        """Logits of the readers (3, 8)."""
        xs = jax.nn.one_hot(sentence.words, len(WORDS), dtype=params.b_out.dtype)
        return self._read(params, xs, sentence.gap, sentence.length)

    def fill(self, params: Parameters, sentence: Sentence) -> Filled:
        """What each reader puts into the gap, and which words it owes that to."""
        xs = jax.nn.one_hot(sentence.words, len(WORDS), dtype=params.b_out.dtype)

        def right(xs: Array) -> Array:
            return self._read(params, xs, sentence.gap, sentence.length)[:, sentence.answer]

        logits = self._read(params, xs, sentence.gap, sentence.length)
        return Filled(sentence, jax.nn.softmax(logits), jnp.linalg.norm(jax.jacrev(right)(xs), axis=-1))

    def _read(self, params: Parameters, xs: Array, gap: Array, length: Array) -> Array:
        sees = jnp.asarray([[1, 0], [0, 1], [1, 1]], xs.dtype)
        turned = xs[jnp.clip(length - 1 - jnp.arange(STEPS), 0, STEPS - 1)]

        def one(params: Parameters, sees: Array) -> Array:
            ahead = _state_at(params.ahead, xs, gap)
            back = _state_at(params.back, turned, length - 1 - gap)
            return params.W_out @ jnp.concatenate([sees[0] * ahead, sees[1] * back]) + params.b_out

        return jax.vmap(one)(params, sees)

    def _errors(self, logits: Array, sentence: Sentence) -> Array:
        return optax.softmax_cross_entropy_with_integer_labels(logits, jnp.full(len(READERS), sentence.answer))


def _state_at(cell: AbstractCell, xs: Array, place: Array) -> Array:
    """H after the inputs up to a place, counted from 0."""

    def advance(state, x):
        following = cell.step(state, x, identity)
        return following, following.h

    return lax.scan(advance, cell.initial_state(), xs)[1][place]


def possible(reader: str) -> float:
    """Least expected loss of a reader, nats: what the side it does not see would tell."""
    return float(np.log({"forward": len(NOUNS), "backward": len(NUMBERS), "both": 1}[reader]))


def spelled(sentence: Sentence) -> list[str]:
    """The words of a sentence."""
    return [WORDS[word] for word in np.asarray(sentence.words)[: int(sentence.length)]]
