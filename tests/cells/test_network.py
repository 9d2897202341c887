"""Cells wired together, against the cell alone, another library, finite differences, and closed forms."""

from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cells import GRU, RNN, all_cells, backprop, keys, unroll
from cells.analyses.wired import Convolution, Wiring, flow, output
from cells.experiment import Experiment, ExperimentError
from cells.initializers import DEFAULT_INITIALIZATION
from cells.remedies.stacked import MAX_LAYERS, stacked
from cells.running import build
from cells.scaled import Scaled
from cells.taps import identity
from cells.training.learners.autoencoder import AutoencoderLearner
from cells.training.learners.forecast import ForecastLearner
from cells.training.learners.gap import GapLearner
from cells.training.learners.reversal import ReversalLearner
from tests.cells import promises
from tests.cells.examples import D, H, T, drawn, noise

CELLS = all_cells()
KEPT = (
    promises.declares_itself,
    promises.takes_its_hyperparameters_by_name,
    promises.taps_every_intermediate_once,
    promises.computes_its_state_through_the_tap,
)
"""Promises that cost next to nothing, tried on a stack of every cell."""
COSTLY = (
    promises.lets_its_editable_weights_be_replaced,
    promises.keeps_its_gates_in_range,
    promises.has_a_gradient_in_every_weight,
    promises.keeps_single_precision,
    promises.is_drawn_as_it_computes,
    promises.has_the_direct_paths_it_declares,
)
"""The others, on one. `has_the_gate_axis_first` is not among them: weights by name are the first layer's alone."""


LEARNERS = {
    "gap": partial(GapLearner.of, distance=1),
    "code": partial(AutoencoderLearner.of, bottleneck=2),
    "reverse": partial(ReversalLearner.of, length=3, attention=True),
    "forecast": ForecastLearner.of,
}


def wired(cell_class, **settings):
    """A network over every number of layers, drawn as `drawn` draws a cell."""
    wiring = Wiring(cell_class, **settings)
    return wiring.init(D, H, key=keys.key(0), initialization=DEFAULT_INITIALIZATION)


def flow_of(network, xs, depth=1, residual=False, read=T):
    return _flow(network, xs, len(xs), depth, residual, read, D)


_flow = jax.jit(flow)


@pytest.mark.parametrize("promise", COSTLY, ids=lambda promise: promise.__name__)
def test_a_stack_keeps_the_promises_of_a_cell(promise):
    promise(stacked(GRU, 2))


@pytest.mark.parametrize("name", CELLS)
def test_a_stack_of_any_cell_keeps_the_promises(name):
    for promise in KEPT:
        promise(stacked(CELLS[name], 2))


@pytest.mark.parametrize("name", CELLS)
def test_one_layer_is_the_cell_itself(name):
    cell = drawn(CELLS[name])
    stack = stacked(CELLS[name], 1)(layers=(cell,), residual=False)
    state, x = cell.initial_state(), noise()[0]
    one, other = cell.step(state, x, identity), stack.step(stack.State(*state), x, identity)
    assert one._fields == other._fields
    for alone, wrapped in zip(one, other, strict=True):
        np.testing.assert_array_equal(wrapped, alone)
    assert stack.gates == cell.gates
    assert stack.direct == cell.direct


def test_one_layer_has_the_gradients_of_the_cell_to_the_last_digit():
    cell = drawn(GRU)
    one = backprop(cell, noise())
    other = backprop(stacked(GRU, 1)(layers=(cell,), residual=False), noise())
    for alone, wrapped in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(wrapped, alone)


@pytest.mark.parametrize("name", CELLS)
def test_any_cell_traces_in_every_wiring(name):
    # Nothing is computed: a cell that does not fit would fail while it is traced. The way back asks for no more.
    network = wired(CELLS[name], both=True, features=3)
    assert jax.eval_shape(output, network, noise(), T, 2, True).shape == (T, 2 * H)


@pytest.mark.parametrize("kind", LEARNERS)
def test_a_cell_without_recurrent_weights_traces_in_everything_that_is_trained(kind):
    made = LEARNERS[kind](Experiment(cell="lru", hidden_size=H))
    assert jax.eval_shape(made.loss, made.init(keys.key(0)), jax.random.key(0)).shape == ()


def test_a_cell_without_recurrent_weights_works_in_every_wiring_at_once():
    found = flow_of(wired(CELLS["lru"], both=True, features=3), noise(), depth=2, residual=True, read=T // 2)
    assert found.overflow == 0
    assert found.relative_error < 1e-5
    assert np.isfinite(found.inputs).all()
    for rows, seen in ((found.ahead, slice(0, T // 2)), (found.back, slice(T // 2 - 1, T))):
        assert np.isfinite(rows[1, seen]).all()
        assert np.isneginf(rows[1]).sum() == T - len(range(T)[seen])
        assert np.isneginf(rows[2:]).all()


def test_layer_by_layer_equals_the_stack_as_one_cell():
    network, xs, depth = wired(RNN), noise(), 3
    for residual in (False, True):
        stack = stacked(RNN, depth).init(D, H, key=keys.key(0), layer_residual=residual)
        adjoint = backprop(stack, xs, T - 4)
        found = flow_of(network, xs, depth, residual, T - 4)
        names = [*(f"h{layer}" for layer in range(1, depth)), "h"]
        for row, name in zip(found.ahead, names, strict=False):
            np.testing.assert_allclose(row, adjoint.log10_norm[name], rtol=0, atol=1e-12)


def flax_rnn(cell):
    return {"i": {"kernel": cell.W_ih.T, "bias": cell.b}, "h": {"kernel": cell.W_hh.T}}


def upper(layers, place):
    return jax.tree.map(lambda leaf: leaf[place], layers.upper)


def test_stacked_and_bidirectional_equal_flax_with_copied_weights():
    network, xs = wired(RNN, both=True), noise()

    class Both(nn.Module):
        @nn.compact
        def __call__(self, xs):
            for layer in range(2):
                ahead = nn.RNN(nn.SimpleCell(H, param_dtype=float), name=f"ahead{layer}")
                back = nn.RNN(nn.SimpleCell(H, param_dtype=float), reverse=True, keep_order=True, name=f"back{layer}")
                xs = jnp.concatenate([ahead(xs), back(xs)], axis=-1)
            return xs

    # flax names the cells in the order in which they are made.
    order = [network.ahead.first, network.back.first, upper(network.ahead, 0), upper(network.back, 0)]
    params = {f"SimpleCell_{place}": flax_rnn(cell) for place, cell in enumerate(order)}

    @jax.jit
    def both(xs):
        def ours(xs):
            out = output(network, xs, T, 2, False)
            return jnp.sum(out[T // 2]) * out.shape[1] ** -0.5, out

        def theirs(xs):
            out = Both().apply({"params": params}, xs)
            return jnp.sum(out[T // 2]) * out.shape[1] ** -0.5, out

        return [jax.grad(function, has_aux=True)(xs) for function in (ours, theirs)]

    (mine, values), (their, their_values) = both(xs)
    np.testing.assert_allclose(values, their_values, rtol=0, atol=1e-13)
    np.testing.assert_allclose(mine, their, rtol=0, atol=1e-12 * np.abs(their).max())
    found = flow_of(network, xs, 2, False, T // 2 + 1)
    np.testing.assert_allclose(found.inputs, np.log10(np.linalg.norm(their, axis=1)), rtol=0, atol=1e-10)


def test_a_linear_stack_multiplies_through_depth_and_time_as_on_paper():
    # h1_t = a h1_{t-1} + x_t, h_t = b h_{t-1} + w h1_t: after k steps back dh_T/dh1_{T-k} sums b^i w a^(k-i).
    a, b, w = 0.9, 0.5, 0.25
    one = RNN(W_ih=[[1.0]], W_hh=[[a]], b=[0.0], activation="identity")
    other = RNN(W_ih=[[w]], W_hh=[[b]], b=[0.0], activation="identity")
    stack = stacked(RNN, 2)(layers=(one, other), residual=False)
    adjoint = backprop(stack, jnp.ones((T, 1)))
    expected = [sum(b**i * w * a ** (k - i) for i in range(k + 1)) for k in range(T)]
    np.testing.assert_allclose(adjoint.log10_norm["h1"][::-1], np.log10(expected), rtol=0, atol=1e-12)
    # With a residual the output is the sum of both, so the lower layer's own a^k joins.
    added = backprop(stacked(RNN, 2)(layers=(one, other), residual=True), jnp.ones((T, 1)))
    expected = [value + a**k for k, value in enumerate(expected)]
    np.testing.assert_allclose(added.log10_norm["h1"][::-1], np.log10(expected), rtol=0, atol=1e-12)


def test_convolution_equals_that_of_numpy_and_its_way_back_that_of_jax():
    xs = noise()
    layer = Convolution.init(D, 3, key=keys.key(1), dilation=2)
    expected = sum(
        np.convolve(np.asarray(xs)[:, channel], np.kron(np.asarray(layer.kernel)[:, 1, channel], [1, 0]))[:T]
        for channel in range(D)
    )
    np.testing.assert_allclose(layer(xs)[:, 1], np.tanh(expected), rtol=0, atol=1e-13)
    arriving = noise(1, channels=3)
    (pulled,) = jax.vjp(layer, xs)[1](arriving)
    found = layer.back(xs, Scaled.of(arriving, len(arriving)))
    np.testing.assert_allclose(found.value * 2.0 ** found.exponent[:, None], pulled, rtol=0, atol=1e-13)


def test_a_gradient_beyond_float64_is_still_right():
    # Two linear layers of one unit: 1e-200 a layer and step would be 0 in float64 after two of them.
    network = wired(RNN)
    tiny = jax.tree.map(lambda leaf: leaf, network.ahead.first)
    first = tiny.with_weights(W_hh=1e-30 * jnp.eye(H), b=jnp.zeros(H))
    network = network._replace(ahead=network.ahead._replace(first=first))
    found = flow_of(network, jnp.zeros((T, D)))
    np.testing.assert_allclose(found.ahead[0], -30.0 * np.arange(T)[::-1], rtol=0, atol=1e-9)


def test_the_first_step_that_is_not_finite_is_said():
    network = wired(RNN)
    first = RNN(W_ih=jnp.ones((H, D)), W_hh=1e100 * jnp.eye(H), b=jnp.zeros(H), activation="identity")
    found = flow_of(network._replace(ahead=network.ahead._replace(first=first)), jnp.ones((T, D)))
    assert found.overflow == 5  # 4, 4e100, 4e200, 4e300, then infinity


def test_overflow_of_the_backward_direction_is_told_in_steps_of_the_sequence():
    # Linear, every step times 1e100, a 1 at the last step alone: forward nothing comes of it. Backward it is read
    # first: 4, 4e100, 4e200, 4e300 at steps T to T - 3, then infinity. What reads that is not where it began.
    network = wired(RNN, both=True)
    first = RNN(W_ih=jnp.ones((H, D)), W_hh=1e100 * jnp.eye(H), b=jnp.zeros(H), activation="identity")
    network = network._replace(ahead=network.ahead._replace(first=first), back=network.back._replace(first=first))
    xs = jnp.zeros((T, D)).at[T - 1].set(1.0)
    for depth in (1, 2):
        assert flow_of(network, xs, depth=depth).overflow == T - 4
        assert flow_of(network, xs[::-1], depth=depth).overflow == 5


def test_layers_of_an_experiment_are_a_stack_and_too_many_units_are_refused():
    experiment = Experiment(layers=2, hidden_size=H)
    setup = build(experiment)
    assert type(setup.cell) is stacked(RNN, 2)
    assert Experiment.from_query(experiment.to_query()) == experiment
    alone = build(Experiment(hidden_size=H)).cell
    np.testing.assert_array_equal(setup.cell.layers[0].W_ih, alone.W_ih)
    bound = (6 / (2 * H)) ** 0.5  # the second layer uses all its inputs: Glorot's bound for H and H
    assert 0.9 * bound < np.abs(setup.cell.layers[1].W_ih).max() <= bound
    with pytest.raises(ExperimentError, match="layers: expected at most 128 units in all layers together; got 6 × 64"):
        Experiment(layers=MAX_LAYERS, hidden_size=64)


def test_states_of_a_stack_are_those_of_layers_run_one_after_the_other():
    stack = stacked(RNN, 2).init(D, H, key=keys.key(3))
    below = noise()
    trajectory = unroll(stack, noise())
    for layer, name in zip(stack.layers, ("h1", "h"), strict=True):
        below = unroll(layer, below).states.h
        np.testing.assert_allclose(getattr(trajectory.states, name), below, rtol=0, atol=1e-13)
