"""Sequence to sequence: a string in, the same string backwards out, with and without attention."""

from typing import Any, NamedTuple, Self

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

LETTERS = "abcdefghijklmnopqrstuvwxyz"
START = len(LETTERS)
"""What the decoder reads before its first letter."""
WIDTH = len(LETTERS) + 1
LONGEST = 12
"""Letters of the longest string."""
BATCH = 64
"""Strings an update learns from."""
HELD_OUT = 256
"""Strings on which it is measured; no update sees them."""


class Parameters(NamedTuple):
    """What is trained.

    Attributes:
        encoder: reads the string.
        decoder: begins where the encoder ends, and reads the letter it wrote last.
        W_out: (26, 2 H) readout of the decoder's h and the context.
        b_out: (26,) its bias.
    """

    encoder: AbstractCell
    decoder: AbstractCell
    W_out: Array
    b_out: Array


class Measured(NamedTuple):
    """What is known of the weights at one moment.

    Attributes:
        loss: () held-out loss in nats a letter, the decoder told the right letter before.
        letters: () share of right letters, the decoder reading what it wrote itself.
        strings: () share of strings without an error.
        params: the weights themselves.
    """

    loss: Array
    letters: Array
    strings: Array
    params: Parameters


class Written(NamedTuple):
    """A string backwards, as a network writes it; steps beyond its end are not to be read.

    Attributes:
        places: (LONGEST,) what is written, places in `LETTERS`.
        chances: (LONGEST, 26) probability of every letter at every step.
        attention: (LONGEST, LONGEST) weight that output t gives to letter s; 0 without attention.
        short: (LONGEST, LONGEST) norm of the gradient of the written letter's logit at t with respect to the encoder's
            h at s, straight through the attention to it: from h_s into the context of step t and no other way.
        long: (LONGEST, LONGEST) the same all the way round: on through the encoder, and back through the decoder.
        total: (LONGEST, LONGEST) by every way, mixed ones included.
    """

    places: Array
    chances: Array
    attention: Array
    short: Array
    long: Array
    total: Array


class ReversalLearner(eqx.Module):
    """An encoder and a decoder that learn to write strings backwards.

    Letters are independent and uniform, so that nothing can be guessed: ln 26 nats a letter without reading.
    Attention is the dot product of the decoder's h with every h of the encoder. Without it the context is 0, and all
    else is the same, the number of weights included. The strings of a batch are of all lengths from 1 to `length`.

    Reference:
        Sutskever, Vinyals and Le (2014), Sequence to sequence learning with neural networks. The attention: Luong, Pham
        and Manning (2015), Effective approaches to attention-based neural machine translation, section 3.1, "dot".

    Attributes:
        recipe: of both cells.
        length: letters of the longest strings, at most `LONGEST`.
        attention: whether there is attention.
        chunk: updates a chunk.
    """

    recipe: Recipe
    length: Array
    attention: Array
    chunk: int = eqx.field(static=True, default=25)

    @classmethod
    def of(cls, experiment: Experiment, *, length: int, attention: bool) -> Self:
        """The experiment's cell as encoder and decoder."""
        return cls(Recipe.small(experiment), np.asarray(length), np.asarray(attention))

    def init(self, key: Key) -> Parameters:
        """Both cells as the experiment says, a Glorot readout, and no bias on it."""
        key_encoder, key_decoder, key_out = keys.split(key, 3)
        return Parameters(
            self.recipe.cell(key_encoder, WIDTH),
            self.recipe.cell(key_decoder, WIDTH),
            glorot(key_out, START, 2 * self.recipe.hidden_size),
            np.zeros(START),
        )

    def loss(self, params: Parameters, key: Array) -> Array:
        """Mean cross-entropy of a letter, in nats, over new strings."""
        return jnp.mean(jax.vmap(lambda one: self._error(params, *one))(self.draw(key, BATCH)))

    def measure(self, params: Parameters, key: Array) -> Measured:
        """Held-out loss, and how much of the longest strings is right when the decoder is left alone."""
        letters, lengths = self.draw(key, HELD_OUT)
        longest = jnp.full_like(lengths, self.length)
        losses = jax.vmap(lambda one: self._error(params, *one))((letters, longest))
        written = jax.vmap(lambda one: self._alone(params, *one)[0])((letters, longest))
        right = written == jax.vmap(backwards)(letters, longest)
        asked = (jnp.arange(LONGEST) < self.length)[None]
        return Measured(
            jnp.mean(losses),
            jnp.sum(right & asked) / (HELD_OUT * self.length),
            jnp.mean(jnp.all(right | ~asked, axis=1)),
            params,
        )

    def draw(self, key: Array, count: int) -> tuple[Array, Array]:
        """That many strings: places in `LETTERS` (count, LONGEST), and their lengths (count,)."""
        key_letters, key_lengths = jax.random.split(key)
        letters = jax.random.randint(key_letters, (count, LONGEST), 0, START)
        return letters, jax.random.randint(key_lengths, (count,), 1, self.length + 1)

    def write(self, params: Parameters, letters: Array, length: Array) -> Written:
        """A string backwards, and which way the gradient of each letter takes.

        Args:
            params: the weights.
            letters: (LONGEST,) places in `LETTERS`.
            length: how many of them are the string.
        """
        places, chances, attention = self._alone(params, letters, length)
        read = _shifted(places)
        nothing = jnp.zeros((LONGEST, self.recipe.hidden_size), params.b_out.dtype)

        def logits(of_state, of_memory, through=(True, True)):
            memory, last = self._encoded(params, letters, length, of_state, through)
            found, _ = self._decoded(params, memory + of_memory, last, read, length)
            return jnp.take_along_axis(found, places[:, None], axis=1)[:, 0]

        short = jax.jacrev(lambda probe: logits(nothing, probe, (False, False)))(nothing)
        long = jax.jacrev(lambda probe: logits(probe, nothing, (False, True)))(nothing)
        total = jax.jacrev(lambda probe: logits(probe, nothing))(nothing)
        return Written(places, chances, attention, *(jnp.linalg.norm(way, axis=-1) for way in (short, long, total)))

    def _encoded(
        self, params: Parameters, letters: Array, length: Array, probe: Array, through: tuple[bool, bool]
    ) -> tuple[Array, Any]:
        """The encoder's h at every step, and its last state; `through` lets their gradients pass."""

        def advance(state, inputs):
            step, letter, moved = inputs
            x = jax.nn.one_hot(letter, WIDTH, dtype=moved.dtype)
            following = params.encoder.step(state, x, identity)
            following = following._replace(h=following.h + moved)
            following = jax.tree.map(lambda new, old: jnp.where(step < length, new, old), following, state)
            return following, following.h

        start = params.encoder.initial_state()
        last, memory = lax.scan(advance, start, (jnp.arange(LONGEST), letters, probe))
        memory = memory if through[0] else lax.stop_gradient(memory)
        return memory, last if through[1] else jax.tree.map(lax.stop_gradient, last)

    def _decoded(self, params: Parameters, memory: Array, last: Any, read: Array, length: Array) -> tuple[Array, Array]:
        """Logits (LONGEST, 26) and attention (LONGEST, LONGEST), the decoder reading given letters."""

        def advance(state, letter):
            return self._next(params, memory, state, letter, length)

        return lax.scan(advance, last, read)[1]

    def _next(
        self, params: Parameters, memory: Array, state: Any, letter: Array, length: Array
    ) -> tuple[Any, tuple[Array, Array]]:
        state = params.decoder.step(state, jax.nn.one_hot(letter, WIDTH, dtype=memory.dtype), identity)
        scores = jnp.where(jnp.arange(LONGEST) < length, memory @ state.h, -jnp.inf)
        weights = jnp.where(self.attention, jax.nn.softmax(scores), 0)
        logits = params.W_out @ jnp.concatenate([state.h, weights @ memory]) + params.b_out
        return state, (logits, weights)

    def _alone(self, params: Parameters, letters: Array, length: Array) -> tuple[Array, Array, Array]:
        """What the decoder writes when it reads what it wrote: letters, probabilities, attention."""
        nothing = jnp.zeros((LONGEST, self.recipe.hidden_size), params.b_out.dtype)
        memory, last = self._encoded(params, letters, length, nothing, (True, True))

        def advance(carry, _):
            state, letter = carry
            state, (logits, weights) = self._next(params, memory, state, letter, length)
            letter = jnp.argmax(logits)
            return (state, letter), (letter, jax.nn.softmax(logits), weights)

        return lax.scan(advance, (last, jnp.asarray(START)), None, length=LONGEST)[1]

    def _error(self, params: Parameters, letters: Array, length: Array) -> Array:
        target = backwards(letters, length)
        nothing = jnp.zeros((LONGEST, self.recipe.hidden_size), params.b_out.dtype)
        memory, last = self._encoded(params, letters, length, nothing, (True, True))
        logits, _ = self._decoded(params, memory, last, _shifted(target), length)
        errors = optax.softmax_cross_entropy_with_integer_labels(logits, target)
        return jnp.sum(jnp.where(jnp.arange(LONGEST) < length, errors, 0)) / length.astype(errors.dtype)


def backwards(letters: Array, length: Array) -> Array:
    """The first `length` letters in reverse order; what follows is not to be read."""
    return letters[jnp.clip(length - 1 - jnp.arange(LONGEST), 0, LONGEST - 1)]


def _shifted(letters: Array) -> Array:
    """What the decoder reads: the start sign, then each letter but the last."""
    return jnp.concatenate([jnp.full(1, START, letters.dtype), letters[:-1]])
