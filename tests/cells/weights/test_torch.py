"""Files that PyTorch wrote, against what PyTorch computed with them."""

import numpy as np
import pytest

from cells import GRU, LSTM, RNN
from cells.weights import read
from tests.cells.weights.loops import FILES, both_ways, states

OUTPUTS = np.load(FILES / "torch_outputs.npz")
XS = OUTPUTS["x"]
SINGLE = {"rtol": 0, "atol": 1e-6}
"""Six steps of PyTorch's float32."""


@pytest.mark.parametrize("name", ["state_dict.pt", "older.pt"])
def test_weights_compute_what_pytorch_computed(name):
    found = read(FILES / name)
    lstm = [found[f"lstm_l{layer}{side}"].cell() for layer in (0, 1) for side in ("", "_reverse")]
    h = both_ways(*lstm[2:], both_ways(*lstm[:2], XS))
    np.testing.assert_allclose(h, OUTPUTS["lstm"], **SINGLE)
    np.testing.assert_allclose(states(found["gru_l0"].cell(), XS), OUTPUTS["gru"], **SINGLE)
    rnn = found["rnn_l0"].cell(activation="relu")
    np.testing.assert_allclose(states(rnn, XS, phi="relu"), OUTPUTS["rnn"], **SINGLE)
    assert found["lstm_l1"].below == ("lstm_l0", "lstm_l0_reverse")
    assert [layer.backward for layer in found.layers] == [False, True, False, True, False, False]
    assert found.others == ()


def test_a_layer_reads_both_directions_of_the_one_below():
    found = read(FILES / "state_dict.pt")
    expected = both_ways(found["lstm_l0"].cell(), found["lstm_l0_reverse"].cell(), XS)
    np.testing.assert_allclose(found.inputs("lstm_l1", XS), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.inputs("lstm_l1_reverse", XS), expected[::-1], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found.inputs("lstm_l0_reverse", XS), XS[::-1])


def test_both_kinds_of_file_hold_the_same_numbers():
    one, other = read(FILES / "state_dict.pt"), read(FILES / "older.pt")
    assert list(one) == list(other)
    assert all(one[name].fingerprint() == other[name].fingerprint() for name in one)


def test_a_file_from_a_graphics_card_is_read_without_one():
    data = (FILES / "older.pt").read_bytes()
    moved = data.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
    assert moved != data
    assert read(moved, "m.pt")["gru_l0"].fingerprint() == read(data, "m.pt")["gru_l0"].fingerprint()


def test_cell_has_every_number_of_the_file():
    layer = read(FILES / "state_dict.pt")["gru_l0"]
    cell = layer.cell()
    assert (cell.W_ih.dtype, layer.W_ih.dtype) == (np.float64, np.float32)
    np.testing.assert_array_equal(cell.W_ih, layer.W_ih)
    np.testing.assert_array_equal(cell.W_hh, layer.W_hh)
    b_ih, b_hh = layer.b_ih.astype(float), layer.b_hh.astype(float)
    np.testing.assert_array_equal(cell.b[:2], b_ih[:2] + b_hh[:2])
    np.testing.assert_array_equal(cell.b[2], b_ih[2])
    np.testing.assert_array_equal(cell.b_hn, b_hh[2])


def test_a_file_of_weights_does_not_say_which_nonlinearity_an_rnn_has():
    layer = read(FILES / "state_dict.pt")["rnn_l0"]
    assert list(layer.asked) == ["activation"]
    with pytest.raises(ValueError, match="activation: expected an answer, one of tanh, relu, for 'rnn_l0'"):
        layer.cell()
    with pytest.raises(ValueError, match="activation: expected one of tanh, relu; got 'sigmoid'"):
        layer.cell(activation="sigmoid")
    with pytest.raises(ValueError, match="answers: expected activation for 'rnn_l0'; got 'gates'"):
        layer.cell(activation="tanh", gates="logistic")


def test_what_a_file_says_cannot_be_answered_otherwise():
    layer = read(FILES / "state_dict.pt")["gru_l0"]
    with pytest.raises(ValueError, match="reset: expected after, as the file says; got 'before'"):
        layer.cell(reset="before")


def test_a_whole_module_and_a_script_say_more_and_run_nothing():
    gru, rnn = read(FILES / "module.pt"), read(FILES / "script.pt")
    np.testing.assert_allclose(states(gru[0].cell(), XS), OUTPUTS["gru"], **SINGLE)
    assert gru[0].cell_class is GRU
    assert rnn[0].known["activation"].value == "relu"
    np.testing.assert_allclose(states(rnn[0].cell(), XS, phi="relu"), OUTPUTS["rnn"], **SINGLE)
    assert rnn.remarks == ("The code of the TorchScript was neither read nor run.",)


def test_a_checkpoint_has_its_weights_under_state_dict_and_an_optimiser_beside():
    found = read(FILES / "checkpoint.pt")
    assert list(found) == ["state_dict.module.rnn_l0"]
    assert {other.role for other in found.others} == {"optimiser"}
    assert (2, 2) in {other.shape for other in found.others}, "exp_avg has the very shape of a weight"
    # bfloat16 has the exponents of float32 and 8 bits of the fraction.
    cell, exact = found[0].cell(activation="relu"), read(FILES / "state_dict.pt")["rnn_l0"].cell(activation="relu")
    np.testing.assert_allclose(cell.W_hh, exact.W_hh, rtol=2**-8)
    assert (np.asarray(cell.W_hh).view(np.uint64) << np.uint64(64 - 45) == 0).all()


def test_tensors_of_one_storage_are_told_apart_by_offset_and_stride():
    layer = read(FILES / "shared.pt")[0]
    row = np.arange(100, dtype="float32") / np.float32(100)
    np.testing.assert_array_equal(layer.W_ih, row[40:52].reshape(2, 6).T.reshape(3, 2, 2))
    np.testing.assert_array_equal(layer.W_hh, row[60:72].reshape(3, 2, 2))
    np.testing.assert_array_equal(layer.b_ih, row[10:16].reshape(3, 2))
    np.testing.assert_array_equal(layer.b_hh, row[0:6].reshape(3, 2))


def test_another_cell_is_refused_by_name_and_its_arrays_are_listed():
    found = read(FILES / "projection.pt")
    assert len(found) == 0
    assert "an LSTM with a projection (weight_hr_l0)" in found.refused[0]
    assert "weight_hr_l0" in {other.name for other in found.others}
    found = read(FILES / "quantised.pt")
    assert len(found) == 0
    assert "is quantised" in found.refused[0]


def test_cells_are_those_of_the_zoo():
    kinds = [layer.cell_class for layer in read(FILES / "state_dict.pt").layers]
    assert kinds == [LSTM] * 4 + [GRU, RNN]
