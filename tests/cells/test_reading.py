"""Networks that read: texts, what they predict, what they write, and what a prediction looks at."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cells.analyses.influence import disagreement, influence
from cells.analyses.prediction import sample
from cells.reading.modes import MINUS, NOT, PLUS, WORDS, lessons, modes, verdict
from cells.reading.network import Network, one_hot
from cells.reading.texts import MAX_LENGTH, PARAGRAPH, TextError, blind_loss, memoryless_loss, read
from cells.training.learners.reading import ANSWER, GREETING, LETTERS
from cells.zoo.gru import GRU
from cells.zoo.rnn import RNN

STEPS, SIZE, USED = 160, 8, 5


def hello():
    return tuple(np.array([LETTERS.index(letter) for letter in text]) for text in (GREETING, ANSWER))


def table_loss(table, inputs, targets):
    """Mean loss of a predictor that knows nothing but a table of logits, a row an input."""
    log_p = table - np.log(np.sum(np.exp(table), axis=1, keepdims=True))
    return -np.mean(log_p[inputs, targets])


def test_no_table_of_bigrams_gets_hello_below_half_of_ln_2():
    # Brute force: descend on the 4 x 4 logits of everything that a predictor without memory can say.
    inputs, targets = hello()
    table = np.random.default_rng(0).normal(size=(4, 4))
    for _ in range(20_000):
        p = np.exp(table) / np.sum(np.exp(table), axis=1, keepdims=True)
        gradient = np.zeros_like(table)
        np.add.at(gradient, inputs, (p[inputs] - np.eye(4)[targets]) / len(inputs))
        table -= 2.0 * gradient
    assert table_loss(table, inputs, targets) == pytest.approx(np.log(2) / 2, abs=1e-4)
    assert memoryless_loss(inputs, targets) == pytest.approx(np.log(2) / 2, abs=1e-15)
    assert memoryless_loss(inputs, targets) < table_loss(table, inputs, targets)


@given(hnp.arrays(int, (2, 30), elements=st.integers(0, 3)), st.integers(0, 2**32 - 1))
def test_no_table_beats_the_memoryless_loss(pairs, seed):
    table = np.random.default_rng(seed).normal(size=(4, 4)) * 3
    assert table_loss(table, *pairs) >= memoryless_loss(*pairs) - 1e-12
    assert memoryless_loss(*pairs) <= blind_loss(pairs[1]) + 1e-12


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "expected 2 to 16384 characters; got 0."),
        ("a" * (MAX_LENGTH + 1), "expected 2 to 16384 characters; got 16385."),
        ("aaa", "expected at least 2 different characters; got 'aaa'."),
        ("".join(map(chr, range(0x4E00, 0x4E00 + 97))), "expected at most 96 different characters; got 97."),
        ("ab\0", "expected characters that can be shown, and line breaks; it holds '\\x00'."),
    ],
)
def test_a_text_that_cannot_be_read_says_what_was_expected_and_what_came(content, sentence):
    with pytest.raises(TextError) as raised:
        read(content)
    assert str(raised.value) == sentence


def test_a_text_takes_the_next_size_and_goes_round():
    text = read("ab\r\nc\td")
    assert text.content == "ab\nc d"
    assert (text.size, read(PARAGRAPH).size) == (32, 32)
    assert read("".join(map(chr, range(0x4E00, 0x4E00 + 33)))).size == 64
    written = "".join(text.characters[number] for number in text.cyclic(4, 8))
    assert written == " dab\nc d"


@pytest.fixture(scope="module")
def network():
    """Two layers whose gradient falls by about three decades a step."""
    made = Network.init(GRU, SIZE, 4, SIZE, 2, key=jax.random.key(1), used_inputs=USED, used=USED)
    shrunk = tuple(
        layer.with_weights(W_hh=1e-3 * layer.W_hh, b=jnp.asarray(layer.b).at[1].add(-7.0)) for layer in made.layers
    )
    return Network(shrunk, made.W_hy, made.b_y, made.used, made.remembers)


@pytest.fixture(scope="module")
def xs():
    return one_hot(jax.random.randint(jax.random.key(2), (STEPS,), 0, USED), SIZE)


def test_influence_is_the_gradient_of_plain_autodiff_and_does_not_underflow(network, xs):
    at, target = 150, 3
    found = jax.jit(influence)(network, xs, at, target, USED)

    @jax.jit
    @jax.grad
    def plain(xs):
        return jax.nn.log_softmax(network.logits(network.top(network.unroll(xs))[at - 1]))[target]

    gradient = np.array(plain(xs))
    gradient[:, USED:] = 0  # a character that does not exist has no weight
    largest = np.max(np.abs(gradient), axis=1)  # squares would underflow at 1e-162
    size = largest * np.linalg.norm(gradient / np.maximum(largest, 1e-300)[:, None], axis=1)
    reached = size > 1e-280
    assert 20 < reached.sum() < 140  # float64 ends on the way
    np.testing.assert_allclose(found.log10_input[reached], np.log10(size[reached]), atol=1e-9)
    np.testing.assert_allclose(found.direction[reached], gradient[reached] / size[reached, None], atol=1e-9)
    assert np.isneginf(found.log10_input[at:]).all()
    assert np.isfinite(found.log10_input[:at]).all()
    assert found.log10_input[0] < -330
    assert float(disagreement(network, xs, at, target, found)) < 1e-7


def test_what_does_not_exist_is_never_predicted(network, xs):
    logits = network.logits(network.top(network.unroll(xs[:3]))[-1])
    assert np.isneginf(logits[USED:]).all()
    assert np.isfinite(logits[:USED]).all()


def test_without_memory_no_earlier_state_reaches_an_ungated_layer():
    made = Network.init(RNN, SIZE, 3, SIZE, key=jax.random.key(0), remembers=False)
    one, other = (made.unroll(one_hot(jnp.array([first, 2]), SIZE))[0].h[-1] for first in (0, 1))
    assert np.array_equal(one, other)


def test_samples_are_distributed_as_the_softmax_at_their_temperature(network):
    states = jax.tree.map(jnp.ones_like, network.initial_state())
    keys = jax.random.split(jax.random.key(3), 20_000)
    draw = jax.jit(lambda temperature: jax.vmap(lambda key: sample(network, states, temperature, key, 1)[0])(keys))
    logits = np.array(network.logits(network.top(states)))[:USED]
    for temperature in (0.2, 1.0, 3.0):
        p = np.exp(logits / temperature) / np.sum(np.exp(logits / temperature))
        share = np.bincount(np.array(draw(temperature)), minlength=SIZE) / len(keys)
        assert np.all(np.abs(share[:USED] - p) < 4.5 * np.sqrt(p * (1 - p) / len(keys)) + 1e-9)
        assert not share[USED:].any()


def test_the_five_tasks_are_what_they_say():
    one, spell, judge, copy, parity = modes()
    assert [len(mode.examples) for mode in modes()] == [8, 4, 81, 27, 32]
    assert all(sum(map(len, comes)) % 2 == answer[0] for comes, answer in one.examples)
    for ((place,),), letters in spell.examples:
        assert "".join(spell.outputs[letter] for letter in letters) == WORDS[spell.inputs[place]]
    assert (verdict((PLUS, MINUS)), verdict((NOT, PLUS)), verdict((NOT, NOT, PLUS)), verdict((NOT,))) == (1, 0, 2, 1)
    assert all(tuple(symbol for (symbol,) in comes) == answers for comes, answers in copy.examples)
    for comes, answers in parity.examples:
        assert answers[-1] == sum(symbol for (symbol,) in comes) % 2
    found = lessons()
    np.testing.assert_allclose(found.weights.sum(axis=(1, 2)), 1)
    for place, mode in enumerate(modes()):
        assert set(np.flatnonzero(found.xs[place].any(axis=(0, 2))) + 1) <= set(mode.reads)
        assert set(np.flatnonzero(found.weights[place].any(axis=0)) + 1) == set(mode.writes)
        assert found.targets[place].max() < len(mode.outputs)
        assert len(judge.examples) <= found.xs.shape[1]
