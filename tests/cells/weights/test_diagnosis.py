"""What is said of a network on a sequence, against what can be worked out on paper; and the command that says it."""

import json

import numpy as np
import pytest
from safetensors.numpy import save

import cells
from cells.__main__ import main
from cells.weights import read
from tests.cells.weights.loops import FILES, logistic, states, torch_arrays

T = 32


def keeping(b_f, *, b_o=40.0):
    """An LSTM that sees nothing and writes nothing: c_t = f c_{t-1}, and the gradient loses a factor f a step."""
    arrays = {name: np.zeros_like(array) for name, array in torch_arrays("", 4, 3, 2, dtype="float64").items()}
    arrays["bias_ih_l0"][3:6], arrays["bias_ih_l0"][9:12] = b_f, b_o
    return read(save(arrays), "m.safetensors")[0]


def xs(width=2, steps=T):
    return np.random.default_rng(0).normal(size=(steps, width))


def test_half_life_and_reach_are_those_of_the_forget_gate():
    # 1 at the last step, o f^lag before: o = 1 to the last digit.
    found = cells.diagnose(keeping(2.0), xs())
    f = logistic(2.0)
    assert found.way_back.kind == "vanishing"
    assert found.way_back.factor == pytest.approx(f, rel=1e-12)
    assert found.way_back.half_life == pytest.approx(np.log(0.5) / np.log(f), rel=1e-12)
    assert f**found.way_back.one_percent < 0.01 if found.way_back.one_percent else f ** (T - 1) >= 0.01
    assert found.gates[1] == ("f", "forget gate", pytest.approx(f), 0.0, 0.0, 0, 0)
    assert found.gates[3] == ("o", "output gate", pytest.approx(1.0), 0.0, 1.0, 0, 3)


def test_more_forget_bias_has_the_half_life_on_paper():
    found = cells.diagnose(keeping(0.0), xs())
    tried = {each.amount: each for each in found.help if each.change == "forget bias"}
    assert set(tried) == {1.0, 2.0, 3.0}
    for amount, each in tried.items():
        assert each.before == pytest.approx(1.0)
        assert each.after == pytest.approx(np.log(0.5) / np.log(logistic(amount)), rel=1e-9)
        assert each.helps


def test_gradient_leaves_each_float_where_its_range_ends():
    # f = 1/2: 2^-lag is below the smallest float16, 2^-24, from lag 25 on; float32 ends at 2^-149.
    found = {each.dtype: each for each in cells.diagnose(keeping(0.0), xs()).floats}
    assert found["float16"][1:] == (25, None)
    assert all(found[name][1:] == (None, None) for name in ("bfloat16", "float32", "float64"))


def test_an_exploding_network_overflows_and_is_clipped_and_cut():
    # h_t = 2 h_{t-1} + x_t: the gradient doubles a step back, and 2^16 is above the largest float16, 65504.
    one = np.eye(2)[None]
    cell = cells.RNN(W_ih=one[0], W_hh=2 * one[0], b=np.zeros(2), activation="identity")
    found = cells.diagnose(cell, xs())
    assert (found.way_back.kind, found.way_back.half_life, found.origin) == ("exploding", None, ())
    assert found.way_back.factor == pytest.approx(2)
    assert {each.dtype: each.overflows_after for each in found.floats}["float16"] == 16
    assert found.spectra == (("W_hh", pytest.approx(2), pytest.approx(2)),)
    assert found.gates[0][3:] == (None,) * 4, "a straight line has no ends"
    cut, *_ = (each for each in found.help if each.helps and each.measure.startswith("log10"))
    # h grows as the gradient does, so every step adds as much: ten of them are ten times the last one's own share.
    assert cut.amount == 10
    assert cut.before - cut.after == pytest.approx(np.log10((T - 1) / 10), abs=0.02)


def test_what_a_network_does_is_what_its_equations_do():
    layer = read(FILES / "state_dict.pt")["lstm_l0"]
    found = cells.diagnose(layer, xs())
    h = states(layer.cell(), xs())
    a = np.einsum("ghd,td->tgh", layer.cell().W_ih, xs()) + layer.cell().b
    a += np.einsum("ghk,tk->tgh", layer.cell().W_hh, np.concatenate([np.zeros((1, 3)), h[:-1]]))
    for place, gate in enumerate(found.gates):
        values = np.tanh(a[:, place]) if gate.symbol == "g" else logistic(a[:, place])
        low = -1 if gate.symbol == "g" else 0
        assert gate.mean == pytest.approx(values.mean(), rel=1e-9)
        assert gate.low == pytest.approx((values < low + 0.1 * (1 - low)).mean())
        assert gate.high == pytest.approx((values > 1 - 0.1 * (1 - low)).mean())
    for block, W in zip(found.spectra, layer.cell().W_hh, strict=True):
        assert block.spectral_radius == pytest.approx(np.abs(np.linalg.eigvals(W)).max())
        assert block.spectral_norm == pytest.approx(np.linalg.norm(W, 2))
    assert json.loads(json.dumps(found.plain(), allow_nan=False))["cell"] == "LSTM"


def test_a_step_that_overflows_is_named_and_nothing_after_it_counts():
    cell = cells.RNN(W_ih=np.eye(2), W_hh=1e60 * np.eye(2), b=np.zeros(2), activation="identity")
    found = cells.diagnose(cell, xs())
    assert (found.way_back.kind, found.way_back.overflow, found.help) == ("overflow", 7, ())
    json.dumps(found.plain(), allow_nan=False)


# --- what it was initialised with ---


def origin(**changes):
    arrays = torch_arrays("", 4, 16, 3, suffix="", dtype="float64")
    bound = 16**-0.5
    rng = np.random.default_rng(0)
    arrays |= {name: rng.uniform(-bound, bound, array.shape) for name, array in arrays.items()}
    layer = read(save(arrays | changes), "m.safetensors")[0]
    return {trace.what: trace.certain for trace in cells.weights.origin.traces(layer)}


def test_two_biases_tell_the_forget_bias_they_began_with():
    b = np.random.default_rng(1).normal(size=64)
    raised = b + np.repeat([0.0, 1.0, 0.0, 0.0], 16)
    assert origin(bias_ih=b, bias_hh=raised)["bias of the forget gate +1"]
    assert origin(bias_ih=b, bias_hh=b)["both biases alike"]
    assert origin()["biases from PyTorch's U(±1/√H)"]
    assert not any("bias" in what for what in origin(bias_ih=b, bias_hh=-b))


def test_one_bias_that_stands_out_may_have_begun_there():
    b, rng = np.repeat([0.0, 1.0, 0.0, 0.0], 16), np.random.default_rng(1)
    arrays = {name: array for name, array in torch_arrays("", 4, 16, 3, suffix="").items() if "bias_hh" not in name}
    for bias, certain in ((b, True), (b + 0.1 * rng.normal(size=64), False)):
        found = read(save(arrays | {"bias_ih": bias.astype("f4")}), "m.safetensors")[0]
        assert ("bias of the forget gate +1", certain) in [trace[:2] for trace in cells.weights.origin.traces(found)]


def test_recurrent_weights_tell_their_initialiser():
    rng = np.random.default_rng(2)

    def orthogonal(rows, columns):
        return np.linalg.qr(rng.normal(size=(rows, columns)))[0]

    assert origin()["W_hh from PyTorch's U(±1/√H)"]
    assert origin(weight_hh=np.concatenate([orthogonal(16, 16) for _ in range(4)]))["orthogonal, each gate by itself"]
    assert origin(weight_hh=orthogonal(64, 16))["orthogonal over all gates together"]
    bound = np.sqrt(6 / (16 + 64))
    assert not origin(weight_hh=rng.uniform(-bound, bound, (64, 16)))["W_hh perhaps Glorot over all gates together"]
    assert origin(weight_hh=np.zeros((64, 16))).keys() == {"biases from PyTorch's U(±1/√H)"}


def test_what_a_size_cannot_tell_apart_is_named_together():
    # Three gates: 3^-1/2 is what PyTorch draws and what an orthogonal stack has.
    arrays = torch_arrays("", 3, 16, 3, suffix="", dtype="float64", bias=False)
    weight = np.random.default_rng(4).normal(size=(48, 16))
    weight *= (3 * 16) ** -0.5 / weight.std()
    (trace,) = cells.weights.origin.traces(read(save(arrays | {"weight_hh": weight}), "m.safetensors")[0])
    assert trace.what == "W_hh perhaps PyTorch's U(±1/√H) or orthogonal over all gates together"
    assert not trace.certain


def test_an_orthogonal_stack_has_blocks_of_mean_square_one_over_its_gates():
    stack = np.linalg.qr(np.random.default_rng(3).normal(size=(256, 64)))[0].reshape(4, 64, 64)
    assert (np.linalg.svd(stack, compute_uv=False) ** 2).mean() == pytest.approx(1 / 4)
    assert np.abs(np.linalg.eigvals(stack)).max(axis=-1).mean() == pytest.approx(0.52, abs=0.04)


# --- the command ---


@pytest.fixture
def series(tmp_path):
    path = tmp_path / "series.csv"
    rows = [f"2024-01-{k % 28 + 1:02};{k % 5},5;{-(k % 3)}" for k in range(T)]
    path.write_text("\ufeffwhen;up;down\n" + "\n".join(rows), encoding="utf-8")
    return path


def asked(capsys, *arguments):
    code = main(["diagnose", *map(str, arguments)])
    output = capsys.readouterr()
    return code, output.out, output.err


def test_command_says_it_in_sentences_and_in_json(capsys, series):
    file = FILES / "state_dict.pt"
    code, text, _ = asked(capsys, file, "--input", series)
    assert code == 0
    assert "Column 'when' was left out" in text
    assert "f (forget gate): 0." in text
    assert "forget bias +1: half-life in steps" in text
    code, answer, _ = asked(capsys, file, "--input", series, "--json")
    record = json.loads(answer)
    assert [layer["name"] for layer in record["file"]["layers"]] == list(read(file))
    assert record["input"]["columns"] == ["up", "down"]
    values = np.array([[k % 5 + 0.5, -(k % 3)] for k in range(T)])
    assert record["diagnosis"] == json.loads(json.dumps(cells.diagnose(read(file)["lstm_l0"], values).plain()))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.pt"], "there is none at 'nowhere.pt'"),
        ([FILES / "projection.pt"], "an LSTM with a projection"),
        ([FILES / "state_dict.pt", "--layer", "lstm_l7"], "layer: expected one of lstm_l0, lstm_l0_reverse"),
        ([FILES / "state_dict.pt", "--layer", "rnn_l0"], "activation: expected an answer, one of tanh, relu"),
        ([FILES / "model.keras", "--answer", "colour=red"], "got 'colour'"),
    ],
)
def test_command_ends_with_a_sentence_where_something_is_wrong(capsys, arguments, says):
    code, text, sentence = asked(capsys, *arguments)
    assert (code, text) == (2, "")
    assert says in sentence


def test_command_says_how_many_columns_are_missing(capsys, series):
    code, _, sentence = asked(capsys, FILES / "state_dict.pt", "--input", series, "--columns", "up")
    assert code == 2
    assert "expected 2 columns of numbers, one for each channel that 'lstm_l0' reads; got 1: up." in sentence
