"""Files that Keras wrote, against what Keras computed with them; and older ones, made by hand."""

import io
import json

import h5py
import numpy as np
import pytest

from cells.weights import read
from tests.cells.weights.loops import FILES, both_ways, hard, states

OUTPUTS = np.load(FILES / "keras_outputs.npz")
SINGLE = {"rtol": 0, "atol": 1e-6}
"""Six steps of float32."""


def test_a_whole_model_computes_what_keras_computed():
    found = read(FILES / "model.keras")
    forward, backward, gru, before, rnn, lstm = (layer.cell() for layer in found.layers)
    h = both_ways(forward, backward, OUTPUTS["x"], sigma=hard(1 / 6))
    np.testing.assert_allclose(h, OUTPUTS["bidirectional"], **SINGLE)
    for cell, name, phi in (
        (gru, "gru", "tanh"),
        (before, "gru_1", "tanh"),
        (rnn, "simple_rnn", "relu"),
        (lstm, "rnn", "tanh"),
    ):
        h = states(cell, h, phi=phi)
        np.testing.assert_allclose(h, OUTPUTS[name], **SINGLE)
    assert [layer.backward for layer in found.layers[:2]] == [False, True]
    assert [found[place].facts["reset"].value for place in (2, 3)] == ["after", "before"]
    assert found[0].known["gates"].value == "hard 1/6"
    forward, backward, *others = found
    assert [layer.below for layer in found.layers] == [(), (), (forward, backward), *((name,) for name in others[:-1])]
    assert found[4].known["activation"].value == "relu"


def test_hdf5_lists_the_backward_layer_first_and_names_decide():
    outputs = np.load(FILES / "keras_bidirectional.npz")
    found = read(FILES / "model.h5")
    with h5py.File(FILES / "model.h5") as file:
        order = []
        file["model_weights"].visit(order.append)
    first = next(name for name in order if "forward" in name or "backward" in name)
    assert "backward" in first
    assert ["backward" in name for name in found] == [False, True]
    h = both_ways(*(layer.cell() for layer in found.layers), outputs["x"])
    np.testing.assert_allclose(h, outputs["h"], **SINGLE)


def hdf5(arrays, **attributes):
    """A file of Keras 2: weights alone where no configuration is given."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for name, value in attributes.items():
            file.attrs[name] = value
        for name, array in arrays.items():
            file[name] = array
    return stream.getvalue()


def arrays(count, H, D, biases, seed=0, layer="rnn_1"):
    rng = np.random.default_rng(seed)
    shapes = {"kernel": (D, count * H), "recurrent_kernel": (H, count * H)} | ({"bias": biases} if biases else {})
    return {f"{layer}/{layer}/{name}:0": rng.normal(size=shape).astype("f4") for name, shape in shapes.items()}


def config(kind, name="rnn_1", **settings):
    layer = {"class_name": kind, "config": {"name": name, "units": 2, **settings}}
    return json.dumps({"class_name": "Sequential", "config": {"layers": [layer]}})


@pytest.mark.parametrize(("gates", "slope"), [("logistic", None), ("hard 1/5", 0.2), ("hard 1/6", 1 / 6)])
def test_weights_alone_do_not_say_which_gates_and_the_answer_decides(gates, slope):
    made = arrays(4, 2, 3, (8,))
    layer = read(hdf5(made))[0]
    assert list(layer.asked) == ["gates"]
    assert list(layer.inferred) == ["activation"]
    with pytest.raises(ValueError, match="gates: expected an answer, one of logistic, hard 1/5, hard 1/6, for 'rnn_1'"):
        layer.cell()
    cell, xs = layer.cell(gates=gates), np.random.default_rng(1).normal(size=(5, 3))
    # Keras: z = x @ kernel + h @ recurrent_kernel + bias; i, f, c, o = split(z, 4).
    sigma = hard(slope) if slope else lambda a: 1 / (1 + np.exp(-a))
    K, R, b = (np.asarray(array, float) for array in made.values())
    h, c, expected = np.zeros(2), np.zeros(2), []
    for x in xs:
        i, f, g, o = np.split(x @ K + h @ R + b, 4)
        c = sigma(f) * c + sigma(i) * np.tanh(g)
        h = sigma(o) * np.tanh(c)
        expected.append(h)
    np.testing.assert_allclose(states(cell, xs, sigma=sigma), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize(("version", "gates"), [("2.3.1", "hard 1/5"), ("3.0.0", "hard 1/6"), ("", None)])
def test_a_whole_model_says_hard_sigmoid_and_its_version_which_one(version, gates):
    whole = config("LSTM", recurrent_activation="hard_sigmoid", activation="tanh")
    also = {"keras_version": version} if version else {}
    layer = read(hdf5(arrays(4, 2, 3, (8,)), model_config=whole, **also))[0]
    assert layer.facts["gates"].value == gates
    assert layer.facts["gates"].choices == (() if gates else ("hard 1/5", "hard 1/6"))


def test_layers_of_cudnn_keep_their_matrices_in_another_way():
    # Keras's own conversion: kernels per gate k.T.reshape(k.shape, order="F"), recurrent ones k.T, halves of b added.
    made = arrays(4, 2, 3, (16,))
    layer = read(hdf5(made))[0]
    K, R, b = made.values()
    for place in range(4):
        k, r = np.hsplit(K, 4)[place], np.hsplit(R, 4)[place]
        np.testing.assert_array_equal(layer.W_ih[place], k.T.reshape(k.shape, order="F").T)
        np.testing.assert_array_equal(layer.W_hh[place], r)
    np.testing.assert_array_equal(layer.cell().b.ravel(), b[:8].astype(float) + b[8:])
    assert layer.known["gates"].value == "logistic"
    assert layer.inferred["layout"].value == "cuDNN"
    plain = read(hdf5(arrays(4, 2, 3, (8,))))[0]
    assert np.abs(plain.W_hh - layer.W_hh).max() > 0.5, "read as a plain layer it is another network"


@pytest.mark.parametrize(("biases", "reset"), [((2, 6), "after"), ((6,), "before"), ((12,), "after"), (None, None)])
def test_shape_of_the_bias_says_where_a_gru_resets(biases, reset):
    layer = read(hdf5(arrays(3, 2, 3, biases)))[0]
    assert layer.facts["reset"].value == reset
    assert layer.order == "z r h"
    answers = {"reset": "before"} if reset is None else {}
    answers |= {} if biases == (12,) else {"gates": "logistic"}
    assert layer.cell(**answers).reset_before == (reset != "after")


def test_blocks_of_a_gru_come_as_z_r_h():
    made = arrays(3, 2, 3, (2, 6))
    layer = read(hdf5(made))[0]
    z, r, h = np.hsplit(made["rnn_1/rnn_1/recurrent_kernel:0"], 3)
    np.testing.assert_array_equal(layer.W_hh, [r.T, z.T, h.T])
    np.testing.assert_array_equal(layer.b_hh, made["rnn_1/rnn_1/bias:0"][1].reshape(3, 2)[[1, 0, 2]])


def test_another_class_is_refused_by_name():
    found = read(hdf5(arrays(4, 2, 3, (8,)), model_config=config("LayerNormLSTM"), keras_version="2.3.1"))
    assert len(found) == 0
    assert found.refused == ("'rnn_1' is of the class 'LayerNormLSTM': a cell that the zoo does not have.",)
    assert len(found.others) == 3
    convolutional = {"a/a/kernel:0": np.zeros((3, 3, 1, 8)), "a/a/recurrent_kernel:0": np.zeros((3, 3, 2, 8))}
    assert "convolutional" in read(hdf5(convolutional)).refused[0]


def test_code_in_a_model_is_told_of_and_not_run():
    layers = [
        {"class_name": "Lambda", "config": {"name": "mine", "function": ["4wEAAAA=", None, None]}},
        {"class_name": "LSTM", "config": {"name": "rnn_1", "units": 2, "recurrent_activation": "sigmoid"}},
    ]
    whole = json.dumps({"class_name": "Sequential", "config": {"layers": layers}})
    found = read(hdf5(arrays(4, 2, 3, (8,)), model_config=whole, keras_version="2.3.1"))
    assert found.remarks == ("The model has a Lambda layer ('mine'), whose code was neither read nor run.",)
    assert found[0].known["gates"].value == "logistic"


def test_links_out_of_the_file_are_told_of_and_not_followed(tmp_path):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["kernel"] = np.ones((3, 8))
    (tmp_path / "numbers.raw").write_bytes(bytes(96))
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["a/kernel"] = h5py.ExternalLink(str(secret), "kernel")
        file["a/recurrent_kernel"] = h5py.SoftLink("/elsewhere")
        file.create_dataset("b/kernel", (3, 8), "f4", external=[(str(tmp_path / "numbers.raw"), 0, 96)])
    found = read(stream.getvalue())
    assert (len(found), found.others) == (0, ())
    assert "'a/kernel' is a link to another file, which was not followed." in found.remarks
    assert "'a/recurrent_kernel' is a link to another place, which was not followed." in found.remarks
    assert "'b/kernel' lies in another file, which was not opened." in found.remarks
