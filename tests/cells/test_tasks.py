"""Tasks: what they ask, and the loss that no learner without memory gets below."""

import math
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from app.settings import Settings
from cells.training.tasks import PERIOD, TASKS

LENGTH, LAG, PADDED, COUNT = 20, 5, 45, 4000


@cache
def drawn(name):
    """Many examples of a task, as NumPy arrays."""
    keys = jax.random.split(jax.random.key(3), COUNT)
    draw = jax.jit(jax.vmap(lambda key: TASKS[name].draw(key, PADDED, jnp.asarray(LENGTH), jnp.asarray(LAG))))
    return jax.tree.map(np.asarray, draw(keys))


def mean_error(found, said):
    """The task's squared error where `said` (COUNT, steps) is the answer."""
    return float(np.mean(np.sum(found.weight * (said - found.target) ** 2, axis=1)))


@pytest.mark.parametrize("name", TASKS)
def test_an_example_ends_with_its_length_and_its_weights_sum_to_one(name):
    found, whole = drawn(name), TASKS[name].steps(LENGTH)
    assert found.xs.shape == (COUNT, PADDED, TASKS[name].inputs)
    assert not found.xs[:, whole:].any()
    assert not found.weight[:, whole:].any()
    np.testing.assert_allclose(found.weight.sum(axis=1), 1, rtol=1e-6)
    assert TASKS[name].last == ((found.weight > 0).sum(axis=1) == 1).all()


def test_adding_marks_one_value_in_each_half_and_asks_for_their_sum():
    found = drawn("adding")
    values, marks = found.xs[..., 0], found.xs[..., 1]
    assert (marks[:, : LENGTH // 2].sum(axis=1) == 1).all()
    assert (marks[:, LENGTH // 2 :].sum(axis=1) == 1).all()
    np.testing.assert_allclose(found.target[:, LENGTH - 1], (values * marks).sum(axis=1), rtol=1e-6)
    assert set(np.argmax(marks, axis=1)) == set(range(LENGTH // 2))


def test_adding_without_memory_costs_a_sixth_and_with_half_of_it_a_twelfth():
    # The sum of two uniform numbers has variance 2/12; knowing one of them leaves 1/12. Standard error 0.2/sqrt(4000).
    found = drawn("adding")
    # Who sees the last step knows its value where it is marked.
    last = np.where(found.xs[:, LENGTH - 1 :, 1] > 0, found.xs[:, LENGTH - 1 :, 0] + 0.5, 1.0)
    guess = np.zeros_like(found.target)
    guess[:, LENGTH - 1 :] = last
    assert mean_error(found, guess) == pytest.approx(TASKS["adding"].baseline(LENGTH, LAG), abs=0.006)
    assert TASKS["adding"].baseline(50, LAG) == pytest.approx(0.163, abs=0.0005)
    assert TASKS["adding"].baseline(10, LAG) == pytest.approx(0.150, abs=0.0005)
    assert mean_error(found, np.ones_like(found.target)) == pytest.approx(1 / 6, abs=0.01)
    half = np.arange(PADDED) >= LENGTH // 2
    second = (found.xs[..., 0] * found.xs[..., 1] * half).sum(axis=1, keepdims=True)
    assert mean_error(found, second + 0.5) == pytest.approx(1 / 12, abs=0.006)


@pytest.mark.parametrize(("name", "items", "symbols"), [("copy", 3, 4), ("copy_long", 10, 8)])
def test_copy_asks_for_the_first_symbols_after_the_delimiter(name, items, symbols):
    found, whole = drawn(name), LENGTH + 2 * items
    shown = found.xs.argmax(axis=-1)
    assert (found.xs[:, :whole].sum(axis=-1) == 1).all()
    np.testing.assert_array_equal(found.target[:, whole - items : whole], shown[:, :items])
    assert (shown[:, items + LENGTH - 1] == symbols + 1).all()  # the delimiter
    assert ((shown == symbols).sum(axis=1) == LENGTH - 1 + items).all() if whole == PADDED else True
    assert (found.target[:, : whole - items] == symbols).all()
    np.testing.assert_array_equal(found.judged.sum(axis=1), items)


def test_copy_baseline_is_that_of_the_paper():
    # Arjovsky et al. (2016): 10 ln 8 / (T + 20).
    assert TASKS["copy_long"].baseline(100, 1) == pytest.approx(0.17329, abs=1e-5)
    assert TASKS["copy_long"].baseline(500, 1) == pytest.approx(0.03999, abs=1e-5)
    assert TASKS["copy"].baseline(30, 1) == pytest.approx(0.1155, abs=1e-4)


@pytest.mark.parametrize("name", ["temporal_order", "recall_first"])
def test_four_classes_come_equally_often_and_guessing_costs_ln_4(name):
    found = drawn(name)
    counts = np.bincount(found.target[:, LENGTH - 1], minlength=4)
    assert abs(counts / COUNT - 0.25).max() < 0.03
    assert TASKS[name].baseline(LENGTH, LAG) == pytest.approx(1.38629, abs=1e-5)


def test_temporal_order_has_its_symbols_where_pascanu_has_them():
    found = drawn("temporal_order")
    shown = found.xs[:, :LENGTH].argmax(axis=-1)
    first, second = shown[:, LENGTH // 10 : 2 * LENGTH // 10], shown[:, LENGTH // 2 : 6 * LENGTH // 10]
    telling = (shown < 2).sum(axis=1)
    assert (telling == 2).all()
    np.testing.assert_array_equal((first < 2).sum(axis=1), 1)
    early, late = first.min(axis=1), second.min(axis=1)
    np.testing.assert_array_equal(found.target[:, LENGTH - 1], 2 * early + late)


def test_recall_first_shows_its_symbol_once():
    found = drawn("recall_first")
    shown = found.xs[:, :LENGTH].argmax(axis=-1)
    np.testing.assert_array_equal(shown[:, 0], found.target[:, LENGTH - 1])
    assert (shown[:, 1:] >= 4).all()


def test_echo_asks_for_what_came_before_and_zero_costs_one():
    found = drawn("echo")
    x = found.xs[..., 0]
    np.testing.assert_array_equal(found.target[:, LAG:LENGTH], x[:, : LENGTH - LAG])
    assert mean_error(found, np.zeros_like(found.target)) == pytest.approx(1, abs=1e-6)
    assert set(np.unique(x[:, :LENGTH])) == {-1, 1}


def test_every_task_has_something_to_remember_where_the_menu_lands():
    settings = Settings()
    for name, task in TASKS.items():
        assert task.baseline(settings.task_length, settings.lag) > 0.05, name


@pytest.mark.parametrize("lag", [1, 5, 7])
def test_sine_is_predicted_from_one_value_as_well_as_its_baseline_says(lag):
    # The best guess from x_t alone is x_t cos(wk); what is missing is ±sqrt(1 - x_t²) sin(wk), whose mean square is
    # sin²(wk) / 2. Two values in a row tell all: x_{t+1} = 2 cos(w) x_t - x_{t-1}.
    row, w = TASKS["sine"], 2 * math.pi / PERIOD
    keys = jax.random.split(jax.random.key(0), 2000)
    found = jax.vmap(lambda key: row.draw(key, LENGTH, jnp.asarray(LENGTH), jnp.asarray(lag)))(keys)
    found = jax.tree.map(np.asarray, found)
    x = found.xs[..., 0]
    assert mean_error(found, x * math.cos(w * lag)) == pytest.approx(row.baseline(LENGTH, lag), rel=0.05)
    before = np.concatenate([x[:, :1], x[:, :-1]], axis=1)
    slope = (x * math.cos(w) - before) / math.sin(w)  # cos of the angle
    assert mean_error(found, x * math.cos(w * lag) + slope * math.sin(w * lag)) < 1e-9
