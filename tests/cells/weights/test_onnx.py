"""The operations of ONNX by its own equations, and where they hide."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from cells import CIFG, Peephole
from cells.weights import read
from tests.cells.weights.loops import hard, logistic, states

H, D, T = 2, 3, 5
COUNT = {"LSTM": 4, "GRU": 3, "RNN": 1}


def arrays(kind, directions=1, seed=0, *, peepholes=False):
    rng, count = np.random.default_rng(seed), COUNT[kind]
    shapes = {"W": (directions, count * H, D), "R": (directions, count * H, H), "B": (directions, 2 * count * H)}
    shapes |= {"P": (directions, 3 * H)} if peepholes else {}
    return {name: rng.normal(size=shape).astype("f4") for name, shape in shapes.items()}


def model(nodes, initialisers):
    tensors = [numpy_helper.from_array(array, name) for name, array in initialisers.items()]
    x = helper.make_tensor_value_info("X", TensorProto.FLOAT, (T, 1, D))
    y = helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [x], [y], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)]).SerializeToString()


def one(kind, made, **attributes):
    inputs = ["X", "W", "R", "B", *(["", "", "", "P"] if "P" in made else [])]
    return read(model([helper.make_node(kind, inputs, ["Y"], "layer", hidden_size=H, **attributes)], made), "m.onnx")


def xs():
    return np.random.default_rng(1).normal(size=(T, D))


def lstm(made, sigma=logistic, *, coupled=False):
    # https://onnx.ai/onnx/operators/onnx__LSTM.html: blocks i o f c, peepholes i o f.
    W, R = (made[name][0].astype(float).reshape(4, H, -1) for name in "WR")
    b = made["B"][0].astype(float).reshape(2, 4, H).sum(axis=0)
    p = made["P"][0].astype(float).reshape(3, H) if "P" in made else np.zeros((3, H))
    h, c, expected = np.zeros(H), np.zeros(H), []
    for x in xs():
        a_i, a_o, a_f, a_c = W @ x + R @ h + b
        i, f = sigma(a_i + p[0] * c), sigma(a_f + p[2] * c)
        f = 1 - i if coupled else f
        c = f * c + i * np.tanh(a_c)
        h = sigma(a_o + p[1] * c) * np.tanh(c)
        expected.append(h)
    return expected


def test_lstm_has_blocks_i_o_f_c():
    made = arrays("LSTM")
    found = one("LSTM", made)
    np.testing.assert_allclose(states(found[0].cell(), xs()), lstm(made), rtol=0, atol=1e-14)
    assert (found[0].order, list(found), found.others) == ("i o f c", ["layer"], ())


def test_peepholes_come_as_i_o_f():
    made = arrays("LSTM", peepholes=True)
    found = one("LSTM", made)
    assert found[0].cell_class is Peephole
    np.testing.assert_allclose(states(found[0].cell(), xs()), lstm(made), rtol=0, atol=1e-14)


def test_coupled_gates_are_a_cifg_whose_f_is_one_minus_i():
    made = arrays("LSTM")
    found = one("LSTM", made, input_forget=1)
    assert found[0].cell_class is CIFG
    np.testing.assert_allclose(states(found[0].cell(), xs()), lstm(made, coupled=True), rtol=0, atol=1e-14)


@pytest.mark.parametrize(("alpha", "gates"), [(0.2, "hard 1/5"), (1 / 6, "hard 1/6"), (0.25, "hard 0.25")])
def test_hard_gates_have_the_slope_that_is_said(alpha, gates):
    made = arrays("LSTM")
    said = {"activations": ["HardSigmoid", "Tanh", "Tanh"], "activation_alpha": [alpha], "activation_beta": [0.5]}
    layer = one("LSTM", made, **said)[0]
    assert layer.facts["gates"].value == gates
    expected = lstm(made, hard(np.float32(alpha)))
    np.testing.assert_allclose(states(layer.cell(), xs(), sigma=hard(alpha)), expected, rtol=0, atol=1e-7)
    assert layer.cell().sigma(1.0) == pytest.approx(alpha + 0.5, rel=1e-6)


def test_each_direction_has_hard_gates_of_its_own():
    said = {"activations": ["HardSigmoid", "Tanh"] * 2, "activation_alpha": [0.2, 0.3], "activation_beta": [0.5, 0.5]}
    found = one("GRU", arrays("GRU", 2), direction="bidirectional", **said)
    assert [layer.facts["gates"].value[:8] for layer in found.layers] == ["hard 1/5", "hard 0.3"]
    bent = one("GRU", arrays("GRU"), activations=["HardSigmoid", "Tanh"], activation_beta=[0.25])
    assert "expected a HardSigmoid that rises and is 1/2 at 0; got 0.2 x + 0.25" in bent.refused[0]


@pytest.mark.parametrize("after", [0, 1])
def test_gru_resets_where_linear_before_reset_says(after):
    made = arrays("GRU")
    layer = one("GRU", made, linear_before_reset=after)[0]
    # https://onnx.ai/onnx/operators/onnx__GRU.html: blocks z r h.
    W, R = (made[name][0].astype(float).reshape(3, H, -1) for name in "WR")
    (wz, wr, wh), (rz, rr, rh) = made["B"][0].astype(float).reshape(2, 3, H)
    h, expected = np.zeros(H), []
    for x in xs():
        z, r = logistic(W[0] @ x + R[0] @ h + wz + rz), logistic(W[1] @ x + R[1] @ h + wr + rr)
        inner = r * (R[2] @ h + rh) if after else R[2] @ (r * h) + rh
        h = (1 - z) * np.tanh(W[2] @ x + wh + inner) + z * h
        expected.append(h)
    np.testing.assert_allclose(states(layer.cell(), xs()), expected, rtol=0, atol=1e-14)


def test_both_directions_of_a_simple_one():
    made = arrays("RNN", 2)
    found = one("RNN", made, direction="bidirectional", activations=["Relu", "Relu"])
    assert [(layer.name, layer.backward) for layer in found.layers] == [
        ("layer/forward", False),
        ("layer/backward", True),
    ]
    np.testing.assert_array_equal(found[1].W_hh, made["R"][1:])
    assert found[1].known["activation"].value == "relu"


def test_weights_in_another_order_are_put_together_as_the_graph_says():
    # As an exporter of PyTorch writes it: initialisers i f g o, sliced and joined into i o f c, inside of an If.
    made = arrays("LSTM")
    i, o, f, c = np.split(made["W"][0], 4)
    numbers = {"w": np.concatenate([i, f, c, o]), "axes": np.array([0])}
    for place in range(5):
        numbers[f"at{place}"] = np.array([place * H])
    cut = [helper.make_node("Slice", ["w", f"at{k}", f"at{k + 1}", "axes"], [f"w{k}"]) for k in range(4)]
    join = helper.make_node("Concat", ["w0", "w3", "w1", "w2"], ["joined"], axis=0)
    lift = helper.make_node("Unsqueeze", ["joined", "axes"], ["W"])
    layer = helper.make_node("LSTM", ["X", "W", "R", "B"], ["Y"], "rnn", hidden_size=H)
    other = helper.make_node("Identity", ["X"], ["Y"])
    out = helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)
    branches = {
        "then_branch": helper.make_graph([*cut, join, lift, layer], "then", [], [out]),
        "else_branch": helper.make_graph([other], "else", [], [out]),
    }
    whole = model(
        [helper.make_node("If", ["condition"], ["Y"], "choice", **branches)],
        {**numbers, "R": made["R"], "B": made["B"], "condition": np.array(True)},
    )
    found = read(whole, "m.onnx")
    assert list(found) == ["choice/then_branch/rnn"]
    np.testing.assert_array_equal(found[0].W_ih, made["W"].reshape(4, H, D)[[0, 2, 3, 1]])
    assert {"w", "R", "B"} == set(found[0].sources) - {"axes", *(f"at{place}" for place in range(5))}


def test_two_layers_of_the_same_weights_are_told():
    made = arrays("LSTM")
    nodes = [helper.make_node("LSTM", ["X", "W", "R", "B"], [y], y, hidden_size=H) for y in ("Y", "Z")]
    assert read(model(nodes, made), "m.onnx").remarks == ("'Z' has the weights of 'Y'.",)


def test_what_is_no_cell_of_the_zoo_is_refused_by_name():
    made = arrays("LSTM")
    quantised = helper.make_node("DynamicQuantizeLSTM", ["X", "W", "R"], ["Y"], "q", domain="com.microsoft")
    assert read(model([quantised], made), "m.onnx").refused == ("'q' is DynamicQuantizeLSTM: it is quantised.",)
    assert "it clips" in one("LSTM", made, clip=1.0).refused[0]
    assert "got 'Affine'" in one("RNN", arrays("RNN"), activations=["Affine"]).refused[0]
    run_time = helper.make_node("LSTM", ["X", "X", "R"], ["Y"], "l", hidden_size=H)
    assert "computed while it runs" in read(model([run_time], made), "m.onnx").refused[0]
    apart = [helper.make_node(kind, ["X"], [kind]) for kind in ("Sigmoid", "Tanh")]
    assert "taken apart into its products" in read(model(apart, made), "m.onnx").remarks[0]


def test_arrays_in_another_file_are_not_opened():
    tensor = helper.make_tensor("W", TensorProto.FLOAT, (1, 4 * H, D), bytes(16 * H * D), raw=True)
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/hostname"
    node = helper.make_node("LSTM", ["X", "W", "R"], ["Y"], "l", hidden_size=H)
    graph = helper.make_graph([node], "g", [], [], [tensor, numpy_helper.from_array(arrays("LSTM")["R"], "R")])
    found = read(helper.make_model(graph).SerializeToString(), "m.onnx")
    assert found.refused == ("'l': 'W' lies in another file, which was not opened.",)


def test_a_graph_that_doubles_its_weights_again_and_again_is_refused():
    doubled = [helper.make_node("Concat", [f"w{k}", f"w{k}"], [f"w{k + 1}"], axis=0) for k in range(60)]
    node = helper.make_node("LSTM", ["X", "w60", "R"], ["Y"], "l", hidden_size=H)
    found = read(model([*doubled, node], {"w0": np.ones((1, 2, 2), "f4"), **arrays("LSTM")}), "m.onnx")
    assert "more than a file of this size may" in found.refused[0]
