"""Arrays of flax and equinox, against what these compute with them."""

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import serialization

from cells.weights import read
from tests.cells.weights.loops import states

H, D, T = 2, 3, 5
CELLS = [nn.OptimizedLSTMCell, nn.GRUCell, nn.SimpleCell]


def drawn(shape, seed):
    return np.random.default_rng(seed).normal(size=shape)


def written(cell, seed=0):
    """A module's own weights by its own names, drawn anew, and the file that flax makes of them."""
    shapes = jax.eval_shape(cell.init, jax.random.key(0), cell_state(cell), jnp.zeros(D))["params"]
    leaves, tree = jax.tree.flatten(shapes)
    params = jax.tree.unflatten(tree, [drawn(leaf.shape, seed + k) for k, leaf in enumerate(leaves)])
    return params, serialization.to_bytes({"params": {"encoder": params}, "opt_state": {"0": {"mu": params}}})


def cell_state(cell):
    zeros = jnp.zeros(H)
    return (zeros, zeros) if isinstance(cell, nn.OptimizedLSTMCell) else zeros


@pytest.mark.parametrize("kind", CELLS, ids=lambda kind: kind.__name__)
def test_weights_compute_what_flax_computes(kind):
    cell = kind(H, param_dtype=float)
    params, file = written(cell)
    found = read(file, "m.msgpack")
    xs, state, expected = drawn((T, D), 9), cell_state(cell), []
    step = jax.jit(cell.apply)
    for x in xs:
        state, h = step({"params": params}, state, x)
        expected.append(h)
    assert list(found) == ["params/encoder"]
    np.testing.assert_allclose(states(found[0].cell(), xs), expected, rtol=0, atol=1e-14)
    assert {other.role for other in found.others} == {"optimiser"}


def test_the_second_bias_of_a_gru_is_that_of_n_alone():
    params, file = written(nn.GRUCell(H, param_dtype=float))
    cell = read(file)[0].cell()
    np.testing.assert_array_equal(cell.b_hn, params["hn"]["bias"])
    np.testing.assert_array_equal(cell.b, [params[gate]["bias"] for gate in ("ir", "iz", "in")])


def test_all_gates_in_one_kernel_are_read_in_their_order():
    rng = np.random.default_rng(0)
    tree = {
        "cell": {"dense_i": {"kernel": rng.normal(size=(D, 4 * H))}, "dense_h": {"kernel": rng.normal(size=(H, 4 * H))}}
    }
    layer = read(serialization.to_bytes(tree))[0]
    assert layer.order == "i f g o"
    np.testing.assert_array_equal(layer.W_hh[1], tree["cell"]["dense_h"]["kernel"][:, H : 2 * H].T)


def test_gates_of_no_cell_of_the_zoo_are_refused_by_name():
    tree = {"cell": {f"{side}{gate}": {"kernel": np.ones((H, H))} for side in "ih" for gate in "fn"}}
    found = read(serialization.to_bytes(tree))
    assert found.refused == ("'cell' has gates f n: no cell of the zoo's.",)
    assert len(found.others) == 4


def test_small_floats_are_numbers_of_float64():
    tree = {
        "cell": {"i": {"kernel": jnp.ones((D, H), jnp.bfloat16) / 3}, "h": {"kernel": jnp.ones((H, H), jnp.float16)}}
    }
    layer = read(serialization.to_bytes(tree))[0]
    assert (layer.W_ih.dtype.name, layer.W_hh.dtype.name) == ("bfloat16", "float16")
    np.testing.assert_array_equal(layer.cell().W_ih, np.float64(layer.W_ih[0]))
    assert layer.cell().W_ih[0, 0] == 0.333984375


@pytest.mark.parametrize("kind", [eqx.nn.LSTMCell, eqx.nn.GRUCell])
def test_equinox_has_one_bias_and_one_of_n(kind, tmp_path):
    cell = kind(D, H, key=jax.random.key(0))
    arrays = {f"cell.{name}": np.asarray(value) for name, value in vars(cell).items() if hasattr(value, "shape")}
    np.savez(tmp_path / "m.npz", **arrays)
    found = read(tmp_path / "m.npz")
    assert (list(found), found.others) == (["cell"], ())
    zeros, xs, expected, step = jnp.zeros(H), drawn((T, D), 9), [], eqx.filter_jit(cell)
    state = (zeros, zeros) if kind is eqx.nn.LSTMCell else zeros
    for x in xs:
        state = step(x, state)
        expected.append(state[0] if kind is eqx.nn.LSTMCell else state)
    np.testing.assert_allclose(states(found[0].cell(), xs), expected, rtol=0, atol=1e-12)
