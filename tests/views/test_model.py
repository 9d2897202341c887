"""What the page of the model states, against the program: every sentence that could be wrong is tried."""

import numpy as np
import pytest

from app.numbers import flow
from app.page import pages
from app.views.model import statements
from cells import all_cells, keys
from cells.experiment import Experiment
from cells.initializers import INITIALIZERS
from cells.inputs import INPUTS
from cells.running import drawn, padded


def test_every_statement_has_an_anchor_of_its_own():
    anchors = [statement.anchor for statement in statements.every()]
    assert len(set(anchors)) == len(anchors)
    assert {f"cell-{name}" for name in all_cells()} <= set(anchors)
    assert all(statement.heading and statement.text for statement in statements.every())


@pytest.mark.parametrize("name", all_cells())
def test_a_cells_equations_are_those_that_its_class_declares(name):
    cell = all_cells()[name]
    told = statements.of_cell(name, cell)
    assert told.latex is cell.equations
    assert told.latex
    assert all(f"{gate.symbol} ({gate.role})" in told.text for gate in cell.gates)


def test_the_page_stands_last_in_its_group():
    assert [name for name, page in pages().items() if page.group == "Understand"][-1] == "model"


@pytest.mark.parametrize("name", all_cells())
def test_the_state_before_the_first_step_is_zero(name):
    cell = drawn(Experiment(cell=name, hidden_size=4))
    assert all(not np.asarray(field).any() for field in cell.initial_state())


def test_at_its_own_step_the_gradient_of_the_loss_has_length_1():
    assert 10 ** flow(Experiment()).value().log10_norm["h"][-1] == pytest.approx(1)


def test_input_weights_are_uniform_for_the_channels_in_use():
    for channels in (1, 4):
        experiment = Experiment(hidden_size=64, channels=channels)
        found = np.asarray(drawn(experiment).W_ih)[:, :channels]
        bound = np.sqrt(6 / (channels + 64))
        assert np.abs(found).max() <= bound
        assert np.abs(found).max() > 0.9 * bound
        assert found.std() == pytest.approx(bound / np.sqrt(3), rel=0.15)


@pytest.mark.parametrize("name", [name for name in INITIALIZERS if name != "identity"])
def test_entries_of_an_initialisation_are_as_large_as_its_row_says(name):
    row = INITIALIZERS[name]
    W = row.function(keys.split(keys.key(0), 1), (128, 128))[0]
    assert W.std() * np.sqrt(128) == pytest.approx(row.effective_gain, rel=0.03)


def test_the_gain_multiplies_after_the_radius_and_biases_are_0_unless_chosen():
    W = np.asarray(drawn(Experiment(initializer="gaussian", spectral_radius=0.5, gain=3.0)).W_hh)
    assert np.abs(np.linalg.eigvals(W)).max() == pytest.approx(1.5)
    assert not np.asarray(drawn(Experiment()).b).any()
    assert set(np.asarray(drawn(Experiment(cell="lstm")).b).ravel()) == {0.0, 1.0}


def test_noise_is_standard_normal_and_a_longer_sequence_continues_it():
    short, long = (Experiment(length=length).sequence() for length in (50, 2048))
    np.testing.assert_array_equal(short, long[:50])
    assert abs(long.mean()) < 0.03
    assert long.std() == pytest.approx(1, abs=0.03)
    assert np.abs(np.corrcoef(long.T) - np.eye(4)).max() < 0.1


def test_other_inputs_have_one_channel_but_for_a_text():
    for name in INPUTS:
        channels = Experiment(input=name, length=40).sequence().shape[1]
        assert (channels == 1) == (name not in ("noise", "text")), name


def test_numbers_are_of_double_precision():
    assert padded(Experiment()).dtype == np.asarray(drawn(Experiment()).W_hh).dtype == np.float64
    assert np.finfo(np.float64).nmant + 1 == 53
