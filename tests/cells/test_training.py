"""Training: the loop, what it measures, and demonstrations that must come out."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import cells
from cells.experiment import Experiment
from cells.training import loop
from cells.training.learners.sequence import WATCHED, SequenceLearner
from cells.training.loop import NO_CLIP, Optimiser, advance, start


def learner(cell="rnn", task="adding", length=50, window=0, **settings):
    """A learner of 16 units; all of one cell and task share their programs."""
    return SequenceLearner.of(Experiment(cell=cell, hidden_size=16, **settings), task, length=length, window=window)


def trained(subject, optimiser, updates, seed=0):
    """The run after that many updates, and its chunks."""
    run, chunks = start(subject, optimiser, seed), []
    while run.updates < updates and not run.broken:
        run, chunk = advance(run)
        chunks.append(chunk)
    return run, chunks


def same(one, other):
    """Bit for bit."""
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(*map(jax.tree.leaves, (one, other)), strict=True))


def test_pause_resume_and_rewind_give_the_same_run_bit_for_bit():
    run, chunks = trained(learner(), Optimiser(), 75)
    halfway, _ = trained(learner(), Optimiser(), 50)
    resumed, last = advance(jax.tree.map(np.asarray, halfway))  # as if it had been put away in between
    assert same(resumed.weights, run.weights)
    assert same(last, chunks[-1])
    again, replayed = trained(learner(), Optimiser(), 75)  # from the same initial weights
    assert same(again.weights, run.weights)
    assert same(replayed, chunks)
    assert not same(trained(learner(), Optimiser(), 75, seed=1)[0].weights, run.weights)


def test_an_update_is_optax_on_the_data_of_its_key():
    subject, seed = learner(), 4
    run = start(subject, Optimiser(), seed)
    optimiser = optax.chain(optax.clip_by_global_norm(0.1), optax.adam(3e-3))
    cell_params = run.weights.params
    params = {"W_ih": cell_params.cell.W_ih, "W_hh": cell_params.cell.W_hh, "b": cell_params.cell.b}
    params |= {"W_out": cell_params.W_out, "b_out": cell_params.b_out}

    def loss(params, key):
        found = subject.draw(key, 32)

        def step(h, x):
            return jnp.tanh(x @ params["W_ih"].T + h @ params["W_hh"].T + params["b"][None]), None

        h, _ = jax.lax.scan(step, jnp.zeros((32, 16), jnp.float32), found.xs.swapaxes(0, 1))
        said = h @ params["W_out"].T + params["b_out"][None]
        return jnp.mean((said[:, 0] - found.target[:, 49]) ** 2)

    @jax.jit
    def update(params, memory, number):
        value, gradient = jax.value_and_grad(loss)(params, jax.random.fold_in(jax.random.key(seed), number))
        steps, memory = optimiser.update(gradient, memory)
        return optax.apply_updates(params, steps), memory, value, optax.tree.norm(gradient)

    memory, losses, sizes = optimiser.init(params), [], []
    for number in range(1, 26):
        params, memory, value, size = update(params, memory, number)
        losses.append(value), sizes.append(size)
    after, chunk = advance(run._replace(optimiser=Optimiser(3e-3, 0.1)))
    # float32, 25 updates of a recurrent net: rounding grows a little.
    np.testing.assert_allclose(chunk.loss, losses, rtol=2e-4)
    np.testing.assert_allclose(chunk.log10_norm, np.log10(sizes), atol=2e-3)
    np.testing.assert_allclose(chunk.log10_clipped, np.minimum(np.log10(sizes), -1), atol=2e-3)
    np.testing.assert_allclose(after.weights.params.cell.W_hh, params["W_hh"], atol=2e-4)


def test_clipping_is_optax_and_no_clipping_leaves_huge_gradients_alone():
    gradient = {"a": jnp.asarray([3.0, 4.0], jnp.float32)}
    np.testing.assert_allclose(loop.clip(gradient, 1.0)["a"], [0.6, 0.8], rtol=1e-6)
    huge = {"a": jnp.asarray([3e25, 4e25], jnp.float32)}  # its square overflows
    np.testing.assert_array_equal(loop.clip(huge, NO_CLIP)["a"], huge["a"])


def test_plain_descent_is_the_clipped_gradient_times_the_rate():
    run = start(learner(), Optimiser(rate=0.01, clip=0.05, adam=False), 0)
    after, chunk = advance(run)
    moved = after.weights.params.cell.W_hh - run.weights.params.cell.W_hh
    assert 0 < np.linalg.norm(moved) <= 25 * 0.01 * 0.05 * 1.001
    np.testing.assert_allclose(chunk.log10_clipped, np.minimum(chunk.log10_norm, np.log10(0.05)), atol=1e-5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_without_clipping_plain_descent_leaves_the_finite_numbers_and_keeps_the_last_weights(seed):
    # Twelve seeds at three levels of XLA's optimisation: from update 52 to 60.
    subject = learner(length=30, gain=3.0)
    broken, chunks = trained(subject, Optimiser(0.1, NO_CLIP, False), 500, seed)
    assert 0 < broken.broken <= 100
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(broken.weights.params))
    place = (broken.broken - 1) % subject.chunk
    assert np.isfinite(chunks[-1].loss[:place]).all()
    assert np.isnan(chunks[-1].loss[place:]).all()
    after, chunk = advance(broken)
    assert same(after.weights, broken.weights)
    clipped, _ = trained(subject, Optimiser(0.1, 1.0, False), 200, seed)
    assert not clipped.broken
    assert clipped.measured.loss > 0.12  # clipping cures the explosion, not the memory


def test_the_gru_adds_and_the_rnn_does_not():
    # Sixteen units, fifty steps, 400 updates: GRU < .01, RNN > .14 on every seed tried.
    optimiser = Optimiser(1e-2, 1.0)
    assert trained(learner("gru"), optimiser, 400)[0].measured.loss < 0.01
    assert trained(learner("rnn"), optimiser, 400)[0].measured.loss > 0.14


def test_temporal_order_needs_the_forget_bias():
    # Six seeds: solved after 100 to 300 updates with a bias of 1; at ln 4 after 400 without.
    optimiser = Optimiser(1e-2, 1.0)
    with_bias = trained(learner("lstm", "temporal_order", length=50), optimiser, 250, seed=1)[0].measured
    without = learner("lstm", "temporal_order", initializer="pytorch", hyperparameters={"forget_bias": 0.0})
    stuck = trained(without, optimiser, 250, seed=1)[0].measured
    assert with_bias.loss < 0.6 * np.log(4)
    assert stuck.loss > 0.9 * np.log(4)
    assert with_bias.log10_direct.max() > stuck.log10_direct.max()  # the highway


@pytest.mark.parametrize("name", ["rnn", "lstm"])
def test_the_measured_gradient_is_that_of_backpropagation_in_the_whole_state(name):
    subject, seed = learner(name, length=40), 3
    run = start(subject, Optimiser(), seed)
    examples = jax.tree.map(np.asarray, subject.draw(loop.held_out_key(np.uint32(seed)), 256))
    params = jax.tree.map(lambda leaf: leaf.astype(float) if leaf.dtype.kind == "f" else leaf, run.weights.params)
    squares = np.zeros(40)
    for k in range(WATCHED):
        xs = jnp.asarray(examples.xs[k], float)
        last = cells.unroll(params.cell, xs, length=40).states.h[-1]
        slope = 2 * (params.W_out[0] @ last + params.b_out[0] - examples.target[k, 39]) * params.W_out[0]
        nothing = jax.tree.map(jnp.zeros_like, params.cell.initial_state())
        at_end = (jnp.arange(50) == 39).astype(float)
        found = cells.backprop(params.cell, xs, cells.Loss(at_end, nothing._replace(h=slope)), length=40)
        squares += 10 ** (2 * np.asarray(found.log10_state_norm)[:40])
    measured = np.asarray(run.measured.log10_gradient)
    np.testing.assert_allclose(measured[:40], 0.5 * np.log10(squares / WATCHED), atol=1e-5)
    assert np.isneginf(measured[40:]).all()


def test_truncation_credits_only_the_last_steps():
    # The value marked in the first half cannot be credited within 10 steps of the end.
    subject = learner(window=10)
    params = start(subject, Optimiser(), 0).weights.params

    def slope(subject, xs):
        example = jax.tree.map(lambda leaf: leaf[0], subject.draw(jax.random.key(1), 1))
        return subject._error(params, subject._states(params.cell, xs), example)

    xs = jax.random.uniform(jax.random.key(0), (50, 2), jnp.float32)
    cut, whole = (np.abs(jax.grad(slope, argnums=1)(s, xs)).sum(axis=1) for s in (subject, learner()))
    assert not cut[:40].any()
    assert cut[40:].all()
    assert whole.all()
    np.testing.assert_allclose(cut[40:], whole[40:], rtol=1e-4)


def test_other_numbers_compile_nothing(compilations):
    trained(learner(), Optimiser(), 25)
    before = len(compilations)
    for change in ({"length": 33}, {"gain": 1.5}, {"bias_scale": 0.1}, {"initializer": "identity"}, {"window": 7}):
        trained(learner(**change), Optimiser(rate=0.003, clip=0.5, adam=False), 25, seed=9)
    assert len(compilations) == before


@pytest.mark.parametrize("name", cells.all_cells())
def test_every_cell_can_be_trained(name):
    # Shapes alone: nothing is compiled.
    subject, seed = learner(name, length=10), np.uint32(0)
    weights = jax.eval_shape(lambda: loop.start_weights(subject, 0))
    optimiser = Optimiser(*(np.asarray(value) for value in Optimiser()))
    after, rows = eqx.filter_eval_shape(loop.updates, subject, optimiser, seed, weights, seed)
    assert jax.tree.map(np.shape, after) == jax.tree.map(np.shape, weights)
    assert [row.shape for row in rows] == [(25,)] * 3
    measured = eqx.filter_eval_shape(loop.measure, subject, seed, weights.params)
    assert measured.gate_mean.shape == (len(cells.all_cells()[name].gates),)
