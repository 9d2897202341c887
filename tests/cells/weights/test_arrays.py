"""Arrays by name: safetensors, NumPy and pickles; what the names say, and what they do not."""

import json
import pickle

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import save

from cells import GRU
from cells.weights import read
from tests.cells.weights.loops import logistic, states, torch_arrays


def npz(arrays, path, *, packed=False):
    (np.savez_compressed if packed else np.savez)(path, **arrays)
    return path.read_bytes()


@pytest.fixture
def arrays():
    return torch_arrays("encoder.lstm.", 4, 3, 2) | torch_arrays("encoder.lstm.", 4, 3, 3, suffix="_l1")


def test_the_same_network_in_four_files_has_the_same_numbers(arrays, tmp_path):
    files = [
        save(arrays),
        npz(arrays, tmp_path / "a.npz"),
        npz(arrays, tmp_path / "b.npz", packed=True),
        pickle.dumps({"encoder": {"lstm": {name.split(".")[-1]: array for name, array in arrays.items()}}}),
        pickle.dumps(arrays, protocol=2),
    ]
    first, *others = (read(file, "model") for file in files)
    assert list(first) == ["encoder.lstm_l0", "encoder.lstm_l1"]
    for other in others:
        assert list(other) == list(first)
        assert all(first[name].fingerprint() == other[name].fingerprint() for name in first)


def test_layers_above_one_another_are_a_stack(arrays):
    found, xs = read(save(arrays), "m.safetensors"), np.random.default_rng(0).normal(size=(6, 2))
    assert found["encoder.lstm_l1"].below == ("encoder.lstm_l0",)
    cell, state = found.stack(1), None
    for x, h in zip(xs, states(found[1].cell(), states(found[0].cell(), xs)), strict=True):
        state = cell.step(state or cell.initial_state(), x, lambda name, value: value)
        np.testing.assert_allclose(state.h, h, rtol=0, atol=1e-14)
    both = read(save(arrays | torch_arrays("encoder.lstm.", 4, 3, 2, suffix="_l0_reverse")), "m.safetensors")
    with pytest.raises(ValueError, match="stack: expected one layer below 'encoder.lstm_l1'; it reads both directions"):
        both.stack("encoder.lstm_l1")


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16", "float8_e4m3fn"])
def test_every_number_of_a_small_float_is_one_of_float64(dtype):
    kind = np.dtype(getattr(ml_dtypes, dtype, dtype))
    arrays = {name: array.astype(kind) for name, array in torch_arrays("", 4, 3, 2).items()}
    cell = read(save(arrays), "m.safetensors")[0].cell()
    np.testing.assert_array_equal(np.asarray(cell.W_hh).reshape(12, 3), arrays["weight_hh_l0"].astype(float))
    assert cell.W_hh.dtype == np.float64


def test_a_model_in_several_files_is_read_by_its_index(arrays, tmp_path):
    names = sorted(arrays)
    shards = {"a.safetensors": names[:3], "b.safetensors": names[3:]}
    for shard, inside in shards.items():
        (tmp_path / shard).write_bytes(save({name: arrays[name] for name in inside}))
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {name: shard for shard in shards for name in shards[shard]}}))
    assert list(read(index)) == list(read(save(arrays), "m.safetensors"))
    beside = {shard: (tmp_path / shard).read_bytes() for shard in shards}
    assert list(read(index.read_bytes(), index.name, beside)) == list(read(index))
    with pytest.raises(ValueError, match="expected 'a.safetensors' beside the index, which names it; it is not there"):
        read(index.read_bytes(), index.name)
    index.write_text(json.dumps({"weight_map": {"x": "../a.safetensors"}}))
    with pytest.raises(ValueError, match="an index of files in its own folder; it names one elsewhere"):
        read(index)


def test_names_like_pytorchs_without_a_program_are_inferred_and_may_be_answered(tmp_path):
    arrays = {f"enc_{name}": array for name, array in _short(torch_arrays("", 3, 4, 2, suffix="")).items()}
    found = read(npz(arrays | {"emb": np.ones((5, 2))}, tmp_path / "g.npz"))
    layer = found["enc"]
    assert (layer.cell_class, layer.facts["order"].value, layer.facts["reset"].how) == (GRU, "r z n", "inferred")
    assert not layer.cell().reset_before
    assert layer.cell(reset="before").reset_before
    assert [other.name for other in found.others] == ["emb"]


def _short(arrays):
    return {name.replace("weight", "w").replace("bias", "b"): array for name, array in arrays.items()}


def test_matrices_of_one_shape_go_by_their_names():
    arrays = torch_arrays("cell.", 4, 3, 3, suffix="")
    layer = read(save(arrays), "m.safetensors")["cell"]
    np.testing.assert_array_equal(layer.W_ih.reshape(12, 3), arrays["cell.weight_ih"])
    np.testing.assert_array_equal(layer.W_hh.reshape(12, 3), arrays["cell.weight_hh"])


def test_matrices_side_by_side_are_turned():
    arrays = _short(torch_arrays("", 4, 3, 2, suffix=""))
    turned = {name: array.T for name, array in arrays.items()}
    one, other = (read(save({k: v.copy() for k, v in each.items()}), "m.safetensors")[0] for each in (arrays, turned))
    assert one.fingerprint() == other.fingerprint()


def test_weight_drop_keeps_the_weight_under_another_name():
    arrays = torch_arrays("rnns.0.module.", 4, 3, 2)
    raw = {"rnns.0.module.weight_hh_l0_raw": arrays["rnns.0.module.weight_hh_l0"] + 1}
    found = read(save(arrays | raw), "m.safetensors")
    assert list(found) == ["rnns.0_l0"]
    np.testing.assert_array_equal(found[0].W_hh.reshape(12, 3), raw["rnns.0.module.weight_hh_l0_raw"])
    assert [other.name for other in found.others] == ["rnns.0.module.weight_hh_l0"]


def test_what_looks_like_weights_is_listed_by_its_role():
    arrays = torch_arrays("", 4, 3, 2) | {"rnn_init_hidden": np.ones((1, 3), "f4"), "fc.weight": np.ones((2, 3), "f4")}
    arrays |= {f"optimizer.exp_avg.{name}": array for name, array in torch_arrays("", 4, 3, 2).items()}
    found = read(save(arrays), "m.safetensors")
    assert list(found) == ["l0"]
    roles = {other.name: other.role for other in found.others}
    assert (roles.pop("rnn_init_hidden"), roles.pop("fc.weight")) == ("initial state", "other")
    assert set(roles.values()) == {"optimiser"}
    assert len(roles) == 4


def test_layer_norm_beside_the_weights_is_another_cell():
    arrays = torch_arrays("cell.", 4, 3, 2, suffix="") | {"cell.ln_ih.weight": np.ones(12, "f4")}
    found = read(save(arrays), "m.safetensors")
    assert len(found) == 0
    assert "a cell with layer norm (cell.ln_ih.weight stands beside its weights)" in found.refused[0]
    assert len(found.others) == 5


def test_whole_numbers_are_a_quantised_network():
    arrays = {name: array.astype(np.int8) for name, array in torch_arrays("", 4, 3, 2).items()}
    assert "got int8: a quantised network?" in read(save(arrays), "q.safetensors").refused[0]


def test_a_file_without_recurrent_layers_says_what_it_has():
    found = read(save({"fc.weight": np.ones((2, 3), "f4")}), "m.safetensors")
    assert len(found) == 0
    assert found.others[0][:3] == ("fc.weight", (2, 3), "float32")
    with pytest.raises(KeyError, match="layer: expected one of none; got 'lstm'"):
        found["lstm"]


def test_wrong_shapes_are_refused_with_what_came():
    arrays = torch_arrays("", 4, 3, 2)
    arrays["bias_hh_l0"] = np.ones(7, "f4")
    assert "expected b_hh of shape (12,); got (7,)" in read(save(arrays), "m.safetensors").refused[0]
    arrays["weight_hh_l0"] = np.ones((12, 5), "f4")
    assert "got (12, 2) and (12, 5)" in read(save(arrays), "m.safetensors").refused[0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_none_is_named_by_its_place(value):
    arrays = torch_arrays("", 4, 3, 2)
    arrays["weight_hh_l0"][7, 1] = value
    with pytest.raises(ValueError, match=rf"W_hh: expected finite numbers in 'l0'; got {value} at \[2, 1, 1\]"):
        read(save(arrays), "m.safetensors")[0].cell()


# --- which number is which ---


def test_merging_or_dropping_the_bias_inside_the_reset_is_another_gru():
    # All zero but b_hn = 1, an input of 0: r = z = 1/2, h_1 = tanh(1/2)/2, h_2 = h_1/2 + tanh(1/2)/2.
    arrays = {name: np.zeros_like(array) for name, array in torch_arrays("", 3, 1, 1).items()}
    arrays["bias_hh_l0"][2] = 1
    h = states(read(save(arrays), "m.safetensors")[0].cell(), np.zeros((2, 1)))[:, 0]
    np.testing.assert_allclose(h, [0.231059, 0.346588], rtol=0, atol=1e-6)
    merged = arrays | {"bias_ih_l0": arrays["bias_hh_l0"], "bias_hh_l0": arrays["bias_ih_l0"]}
    h = states(read(save(merged), "m.safetensors")[0].cell(), np.zeros((1, 1)))
    np.testing.assert_allclose(h, [[0.380797]], rtol=0, atol=1e-6)


def test_where_the_reset_acts_shows_with_two_units_only(tmp_path):
    # W_hh of n is ((0, 2), (1, 0)), b_r = (3, -3), b_n = (1/2, 1/2), no input, four steps: h_2 worked out by hand.
    W = np.zeros((6, 2))
    W[4:] = [[0, 2], [1, 0]]
    arrays = {"w_ih": np.zeros((6, 1)), "w_hh": W, "b_ih": np.array([3, -3, 0, 0, 0.5, 0.5]), "b_hh": np.zeros(6)}
    layer = read(npz(arrays, tmp_path / "g.npz"))[0]
    h = {reset: states(layer.cell(reset=reset), np.zeros((2, 1)))[1] for reset in ("after", "before")}
    np.testing.assert_allclose(h["after"], [0.483187, 0.350875], rtol=0, atol=1e-6)
    np.testing.assert_allclose(h["before"], [0.355118, 0.424015], rtol=0, atol=1e-6)


def test_tensorflow_adds_a_forget_bias_that_is_not_in_the_file(tmp_path):
    # tf.nn.rnn_cell.BasicLSTMCell: i, j, f, o = split([x, h] @ kernel + bias, 4), then sigmoid(f + forget_bias).
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(5, 12)), rng.normal(size=12)
    path = "rnn/multi_rnn_cell/cell_0/basic_lstm_cell"
    layer = read(npz({f"{path}/kernel": kernel, f"{path}/bias": bias}, tmp_path / "t.npz"))[path]
    assert (layer.order, layer.inferred["forget_bias"].value) == ("i j f o", "1")
    xs = rng.normal(size=(6, 2))
    for answers, added in (({}, 1), ({"forget_bias": "0"}, 0)):
        h, c, expected = np.zeros(3), np.zeros(3), []
        for x in xs:
            i, j, f, o = np.split(np.concatenate([x, h]) @ kernel + bias, 4)
            c = c * logistic(f + added) + logistic(i) * np.tanh(j)
            h = np.tanh(c) * logistic(o)
            expected.append(h)
        np.testing.assert_allclose(states(layer.cell(**answers), xs), expected, rtol=0, atol=1e-14)


# --- invariants ---


def permuted(arrays, order):
    rows = np.concatenate([block * len(order) + np.asarray(order) for block in range(4)])
    return {
        name: array[rows][:, order].copy() if "_hh" in name and array.ndim == 2 else array[rows].copy()
        for name, array in arrays.items()
    }


def test_permuting_units_permutes_the_states_and_leaves_spectra():
    arrays, order, xs = (
        torch_arrays("", 4, 3, 2, dtype="float64"),
        [2, 0, 1],
        np.random.default_rng(0).normal(size=(6, 2)),
    )
    one, other = (read(save(each), "m.safetensors")[0].cell() for each in (arrays, permuted(arrays, order)))
    np.testing.assert_allclose(states(other, xs), states(one, xs)[:, order], rtol=0, atol=1e-14)
    sizes = [np.sort(np.abs(np.linalg.eigvals(cell.W_hh)), axis=-1) for cell in (one, other)]
    np.testing.assert_allclose(*sizes, rtol=1e-12)


@pytest.mark.parametrize(("count", "block", "same"), [(4, 1, True), (3, 0, True), (3, 2, False)])
def test_moving_a_bias_across_changes_only_n(count, block, same):
    arrays, xs = torch_arrays("", count, 3, 2, dtype="float64"), np.random.default_rng(0).normal(size=(6, 2))
    moved = {name: array.copy() for name, array in arrays.items()}
    moved["bias_ih_l0"][3 * block : 3 * block + 3] += 0.5
    moved["bias_hh_l0"][3 * block : 3 * block + 3] -= 0.5
    one, other = (states(read(save(each), "m.safetensors")[0].cell(), xs) for each in (arrays, moved))
    assert (np.abs(one - other).max() < 1e-14) == same
