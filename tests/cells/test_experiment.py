"""An experiment: plain values that are cache key, URL and test input in one."""

import math
import random
import re
from urllib.parse import parse_qs, urlencode

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cells import Experiment, ExperimentError, activations, all_cells, initializers, inputs, keys, running
from cells.analyses.gradient_flow import gradient_flow
from cells.experiment import (
    BUCKETS,
    EDITABLE_SIZE,
    LOSSES,
    choices_of,
    hyperparameter_specs,
    hyperparameter_specs_as_fields,
    idle_settings,
    specs,
)
from cells.remedies.stacked import MAX_LAYERS, MAX_UNITS
from cells.running import build, run
from tests.asked import some

CELLS = all_cells()
TEXT = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1, max_size=30)
NUMBERS = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=8).map(lambda values: ", ".join(map(repr, values)))


def value_of(name, spec):
    """Every value that one field accepts."""
    if spec.kind == "choice":
        return st.sampled_from(list(choices_of(name)))
    if spec.kind == "whole":
        return st.integers(spec.low, spec.high)
    if spec.kind == "number":
        return st.floats(spec.low, spec.high)
    if spec.kind == "switch":
        return st.booleans()
    return {"text": TEXT, "numbers": NUMBERS}[name]


@st.composite
def experiments(draw):
    """Any experiment, with weights by hand where they are allowed."""
    fields = {name: draw(value_of(name, spec)) for name, spec in specs().items() if spec.kind != "numbers"}
    fields["hyperparameters"] = {
        name: draw(value_of(name, spec)) for name, spec in hyperparameter_specs_as_fields().items()
    }
    if draw(st.booleans()):
        fields["hidden_size"] = draw(st.integers(1, EDITABLE_SIZE))
        for name, shape in CELLS[fields["cell"]].editable(fields["hidden_size"]).items():
            if draw(st.booleans()):
                size = math.prod(shape)
                fields[name] = tuple(draw(st.lists(st.floats(-1e6, 1e6), min_size=size, max_size=size)))
    fields["layers"] = draw(st.integers(1, min(MAX_LAYERS, MAX_UNITS // fields["hidden_size"])))
    return Experiment(**fields)


# --- validation ---


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden_size": 0}, "hidden_size: expected a whole number from 1 to 128; got 0."),
        ({"hidden_size": 8.5}, "hidden_size: expected a whole number from 1 to 128; got 8.5."),
        ({"hidden_size": True}, "hidden_size: expected a whole number from 1 to 128; got True."),
        ({"hidden_size": None}, "hidden_size: expected a whole number from 1 to 128; got None."),
        ({"hidden_size": 10**400}, "hidden_size: expected a whole number from 1 to 128; got 1000"),
        ({"length": "many"}, "length: expected a whole number from 1 to 2048; got 'many'."),
        ({"gain": math.nan}, "gain: expected a number from 0.05 to 20; got nan."),
        ({"gain": -math.inf}, "gain: expected a number from 0.05 to 20; got -inf."),
        ({"gain": "1e400"}, "gain: expected a number from 0.05 to 20; got '1e400'."),
        ({"gain": [1]}, "gain: expected a number from 0.05 to 20; got [1]."),
        ({"seed": -1}, "seed: expected a whole number from 0 to 2147483647; got -1."),
        ({"cell": "LSTM"}, f"cell: expected one of {', '.join(CELLS)}; got 'LSTM'."),
        ({"activation": 3}, "activation: expected one of tanh, sigmoid,"),
        ({"loss": ""}, "loss: expected one of last, every, step; got ''."),
        ({"text": "x" * 1001}, "text: expected at most 1000 characters; got 1001."),
        ({"text": 7}, "text: expected text; got 7."),
        ({"text": "", "input": "text"}, "text: expected at least one character"),
        ({"numbers": "1, two", "input": "numbers"}, "numbers: expected numbers separated by commas"),
        ({"W_hh": (1, 2, 3), "hidden_size": 2}, "W_hh: expected 2×2 = 4 numbers for rnn with hidden_size 2; got 3."),
        ({"b": (1,), "hidden_size": 2}, "b: expected 2 numbers for rnn with hidden_size 2; got 1."),
        ({"W_hh": (0.0,) * 25, "hidden_size": 5}, "W_hh: expected weights by hand only up to hidden_size 4; got 25"),
        ({"W_hh": (1, math.nan, 0, 1), "hidden_size": 2}, "W_hh: expected finite numbers from -1e+06 to 1e+06"),
        ({"W_hh": "1;2", "hidden_size": 1}, "W_hh: expected finite numbers"),
        ({"hyperparameters": {"forget_bias": 11}}, "forget_bias: expected a number from -10 to 10; got 11."),
        ({"hyperparameters": {"reset_before": "maybe"}}, "reset_before: expected true or false; got 'maybe'."),
        ({"hyperparameters": {"depth": 2}}, "hyperparameters: expected names among "),
    ],
)
def test_bad_field_is_refused_with_what_was_expected_and_what_came(changes, message):
    with pytest.raises(ExperimentError) as caught:
        Experiment(**changes)
    assert str(caught.value).startswith(message)
    assert len(str(caught.value)) < 250


def test_text_is_read_only_where_it_is_the_input():
    assert Experiment(input="noise", text="").text == ""


@pytest.mark.parametrize("name", [name for name, spec in specs().items() if spec.kind in ("whole", "number")])
def test_ends_of_a_range_are_inside_it(name):
    spec = specs()[name]
    for end, outward in ((spec.low, -math.inf), (spec.high, math.inf)):
        assert getattr(Experiment(**{name: end}), name) == end
        with pytest.raises(ExperimentError):
            Experiment(**{name: math.nextafter(end, outward)})


def test_values_become_their_plain_types():
    one = Experiment(hidden_size=np.int64(2), gain="2", W_hh=np.eye(2), seed=3.0)
    assert (one.hidden_size, one.gain, one.W_hh, one.seed) == (2, 2.0, (1.0, 0.0, 0.0, 1.0), 3)
    assert [type(value) for value in (one.hidden_size, one.gain, one.W_hh, one.seed)] == [int, float, tuple, int]


def test_defaults_are_accepted_by_their_own_specs():
    assert Experiment() == Experiment(**{name: getattr(Experiment(), name) for name in specs()})


def test_choices_are_the_tables():
    assert list(choices_of("cell")) == list(CELLS)
    assert list(choices_of("activation")) == list(activations.ACTIVATIONS)
    assert list(choices_of("initializer")) == list(initializers.INITIALIZERS)
    assert list(choices_of("input")) == list(inputs.INPUTS)
    assert choices_of("loss") == LOSSES


# --- equality, hashing, copies ---


@given(experiments())
def test_equal_experiments_have_equal_hashes(one):
    again = Experiment(**{name: getattr(one, name) for name in specs()}, hyperparameters=dict(one.hyperparameters))
    assert one == again
    assert hash(one) == hash(again)
    assert len({one, again}) == 1


def test_default_hyperparameters_are_not_told_apart_from_none():
    defaults = {name: spec.default for name, spec in hyperparameter_specs().items()}
    assert Experiment(hyperparameters=defaults) == Experiment()
    assert Experiment(hyperparameters={"forget_bias": 2}).hyperparameter("forget_bias") == 2.0
    assert Experiment().hyperparameter("forget_bias") == 1.0


def test_recurrent_weights_by_hand_need_a_cell_that_has_them():
    with pytest.raises(ExperimentError, match=r"^W_hh: expected none, mingru has no such matrix; got 1 numbers\.$"):
        Experiment(cell="mingru", hidden_size=1, W_hh=(1.0,))
    assert Experiment.repaired("cell=mingru&hidden_size=1&W_hh=1&b=1,2")[0].b == (1.0, 2.0)


@pytest.mark.parametrize("name", CELLS)
def test_idle_settings_change_nothing(name):
    # Compiled alike, so equal to the last digit; of a cell like the LSTM none is idle.
    changes = {"activation": "relu", "initializer": "gaussian", "gain": 3.0, "spectral_radius": 0.5}
    idle = idle_settings(CELLS[name])
    assert set(idle) <= set(changes)
    assert (set(idle) == set(changes)) == (CELLS[name].recurrence != "W_hh")
    if idle:
        one = Experiment(cell=name, hidden_size=3, length=20)
        before, after = (run(found, gradient_flow) for found in (one, one.replace(**changes)))
        np.testing.assert_array_equal(before.log10_state_norm, after.log10_state_norm)


def test_only_some_fields_stay_and_the_hyperparameters_of_the_cell_that_is_left():
    one = Experiment(cell="lstm", gain=2.0, length=50, hyperparameters={"forget_bias": 2.0, "update_bias": 3.0})
    assert one.only("cell", "gain") == Experiment(cell="lstm", gain=2.0, hyperparameters={"forget_bias": 2.0})
    assert one.only("length") == Experiment(length=50)
    assert one.only() == Experiment()


def test_validation_draws_no_input(monkeypatch):
    def drawn(request):
        raise AssertionError

    table = {name: row._replace(sequence=drawn) for name, row in inputs.INPUTS.items()}
    monkeypatch.setattr(inputs, "INPUTS", table)
    for name in table:
        assert Experiment(input=name, channels=3).input == name


def test_experiment_cannot_be_changed():
    with pytest.raises(AttributeError):
        Experiment().gain = 2.0
    assert Experiment().replace(gain=2.0).gain == 2.0


@pytest.mark.parametrize("name", CELLS)
def test_another_cell_leaves_weights_by_hand_behind(name):
    one = Experiment(hidden_size=1, W_hh=(2.0,), b=(1.0,), gain=3.0)
    other = one.for_cell(name)
    assert (other.cell, other.gain) == (name, 3.0)
    assert (other.W_hh, other.b) == ((one.W_hh, one.b) if name == one.cell else ((), ()))


# --- the link ---


@settings(max_examples=200)
@given(experiments())
def test_link_gives_back_the_same_experiment(one):
    assert Experiment.from_query(one.to_query()) == one
    assert Experiment.from_query({name: values[-1] for name, values in parse_qs(one.to_query(), True).items()}) == one


def test_link_leaves_defaults_out():
    assert Experiment().to_query() == ""
    assert Experiment(gain=2, hyperparameters={"chrono": 100}).to_query() == "gain=2&chrono=100"


def test_unknown_names_in_a_link_are_left_alone():
    assert Experiment.repaired("utm_source=mail&page=3&gain=2") == (Experiment(gain=2), [])


def test_last_of_repeated_names_counts():
    assert Experiment.from_query("gain=3&gain=2") == Experiment(gain=2)


def test_bad_link_is_refused_with_its_sentences():
    with pytest.raises(ExperimentError, match=r"gain: expected .* got '99'\. .*loss: expected .* got 'x'\."):
        Experiment.from_query("loss=x&gain=99&length=100")


@pytest.mark.parametrize(
    ("query", "nearest", "problems"),
    [
        ("gain=99&length=100", Experiment(length=100), ["gain"]),
        ("input=text&text=", Experiment(input="text"), ["text"]),
        ("input=numbers&numbers=x", Experiment(input="numbers"), ["numbers"]),
        ("hidden_size=2&W_hh=1,2&b=1,2", Experiment(hidden_size=2, b=(1, 2)), ["W_hh"]),
        ("hidden_size=9&W_hh=1&b=2", Experiment(hidden_size=9), ["W_hh", "b"]),
        ("hidden_size=1&W_hh=2&input=text&text=", Experiment(hidden_size=1, W_hh=(2,), input="text"), ["text"]),
        ("hidden_size=1&W_hh=2,3&input=text&text=", Experiment(hidden_size=1, input="text"), ["W_hh", "text"]),
        ("cell=lstm&forget_bias=999&gain=2", Experiment(cell="lstm", gain=2), ["forget_bias"]),
        ("cell=&hidden_size=", Experiment(), ["cell", "hidden_size"]),
    ],
)
def test_repair_drops_only_what_is_wrong_and_says_so_once(query, nearest, problems):
    repaired, sentences = Experiment.repaired(query)
    assert repaired == nearest
    assert [sentence.partition(":")[0] for sentence in sentences] == problems


def hostile_queries(count):
    """Links that nobody sent in good faith."""
    source = random.Random(0)
    names = [*specs(), *hyperparameter_specs(), "hyperparameters", "W_ih", "__class__", "", "ключ", "a\x00b"]
    values = [
        *[
            "",
            " ",
            "0",
            "-0",
            "-1",
            "1",
            "1.5",
            "2048",
            "99999999999999999999",
            "9" * 5000,
            "1e400",
            "-1e400",
            "1e-400",
        ],
        *["nan", "NaN", "inf", "-Infinity", "true", "False", "None", "null", "[]", "{}", "()", "0x1F", "1_000"],
        *["1,2", "1,,2", ",", "1 2 3 4", "0,0,0,0", "1," * 5000, "1e6," * 16, "x" * 100_000, "<script>", "'; DROP"],
        *[
            "١٢٣",
            "１２",
            "½",
            "é",
            "\u202e",
            "\ufffd",
            "😀" * 50,
            "\x00",
            "\n",
            "a\nb",
            "%",
            "%00",
            "%zz",
            "&",
            "=",
            "+",
        ],
        *["lstm", "gru", "rnn", "RNN", "tanh", "text", "numbers", "noise", "step", "every", "../../etc/passwd"],
    ]
    for number in range(count):
        pairs = [(source.choice(names), source.choice(values)) for _ in range(source.randint(0, 12))]
        if number % 3 == 0:  # unescaped
            yield "&".join(f"{name}={value}" for name, value in pairs)
        elif number % 3 == 1:
            yield urlencode(pairs)
        else:
            yield dict(pairs)


@pytest.mark.parametrize("part", range(3))
def test_repair_never_raises_and_answers_in_sentences(part):
    for query in list(hostile_queries(300))[part::3]:
        repaired, problems = Experiment.repaired(query)
        assert isinstance(repaired, Experiment)
        assert len(problems) == len(set(problems))
        for sentence in problems:
            assert re.fullmatch(r"\w+: expected .+\.", sentence, re.DOTALL), sentence
            assert len(sentence) < 300
        assert Experiment.repaired(repaired.to_query()) == (repaired, [])


@given(st.text(max_size=60))
def test_repair_survives_any_text(query):
    assert isinstance(Experiment.repaired(query)[0], Experiment)


# --- made real ---

SMALL = Experiment(cell="lstm", hidden_size=2, length=100)


def test_same_experiment_gives_the_same_arrays():
    for seed in range(3):
        one, again = build(SMALL.replace(seed=seed)), build(SMALL.replace(seed=seed))
        for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(again), strict=True):
            np.testing.assert_array_equal(left, right)


def test_seed_draws_other_weights_and_other_noise():
    one, other = build(SMALL), build(SMALL.replace(seed=1))
    assert (one.cell.W_hh != other.cell.W_hh).any()
    assert (one.xs != other.xs).any()


def test_input_is_padded_with_zeros_to_its_bucket():
    setup = build(SMALL)
    assert setup.xs.shape == (BUCKETS[0], inputs.INPUT_SIZE)
    assert setup.length == 100
    np.testing.assert_array_equal(setup.xs[100:], 0.0)
    np.testing.assert_array_equal(setup.xs[:100, :4], SMALL.sequence())
    assert SMALL.sequence().shape == (100, SMALL.channels)


@pytest.mark.parametrize(
    ("loss", "loss_step", "steps"),
    [("last", 64, [100]), ("step", 64, [64]), ("step", 2000, [100]), ("every", 64, list(range(1, 101)))],
)
def test_loss_lies_on_the_steps_it_says(loss, loss_step, steps):
    setup = build(SMALL.replace(loss=loss, loss_step=loss_step))
    np.testing.assert_array_equal(np.flatnonzero(setup.loss.weight) + 1, steps)
    np.testing.assert_allclose(setup.loss.direction.h, 2**-0.5, rtol=1e-15)  # 1·h / sqrt(H)
    np.testing.assert_array_equal(setup.loss.direction.c, 0.0)
    assert SMALL.replace(loss=loss, loss_step=loss_step).last_loss_step == steps[-1]


def test_input_weights_are_glorot_for_the_channels_in_use():
    # U(-a, a) with a = sqrt(6 / (channels + H)), whatever the width of the array.
    for channels in (1, 4, 32):
        W_ih = np.concatenate(
            [build(SMALL.replace(channels=channels, seed=seed)).cell.W_ih.ravel() for seed in range(3)]
        )
        bound = (6 / (channels + 2)) ** 0.5
        assert 0.98 * bound < np.abs(W_ih).max() <= bound


def test_gain_multiplies_the_recurrent_weights_alone():
    one, three = build(SMALL).cell, build(SMALL.replace(gain=3.0)).cell
    np.testing.assert_allclose(three.W_hh, 3 * one.W_hh, rtol=1e-15)
    np.testing.assert_array_equal(three.W_ih, one.W_ih)
    np.testing.assert_array_equal(three.b, one.b)


def test_hyperparameters_reach_the_cell():
    np.testing.assert_allclose(build(SMALL).cell.b, [[0, 0], [1, 1], [0, 0], [0, 0]])
    biased = build(SMALL.replace(hyperparameters={"forget_bias": 3.0})).cell
    np.testing.assert_allclose(biased.b, [[0, 0], [3, 3], [0, 0], [0, 0]])


def test_weights_by_hand_are_used_as_given_and_gain_applies():
    W = tuple(float(value) for value in range(16))
    b = tuple(float(value) for value in range(8))
    cell = build(SMALL.replace(W_hh=W, b=b, gain=2.0)).cell
    np.testing.assert_array_equal(cell.W_hh, 2 * np.reshape(W, (4, 2, 2)))
    np.testing.assert_array_equal(cell.b, np.reshape(b, (4, 2)))


def test_weights_by_hand_are_rescaled_block_by_block_where_a_radius_is_asked():
    W = np.arange(16.0).reshape(4, 2, 2)
    cell = build(SMALL.replace(W_hh=tuple(W.ravel()), spectral_radius=0.5, gain=2.0)).cell
    np.testing.assert_allclose(np.abs(np.linalg.eigvals(np.asarray(cell.W_hh))).max(axis=1), 1.0, rtol=1e-12)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", all_cells())
def test_gain_grows_what_was_drawn_exactly_as_if_it_had_been_drawn_so(cell, layers):
    one = Experiment(cell=cell, hidden_size=3, layers=layers, gain=2.7, seed=4, spectral_radius=0.9, bias_scale=0.3)
    settings = running._settings(one, None, one.cell_class)
    whole = one.cell_class.init(inputs.INPUT_SIZE, 3, key=keys.key(4), **settings)
    assert whole.W_hh is None or not np.array_equal(whole.W_hh, running.drawn(one.replace(gain=1.0)).W_hh)
    for found, expected in zip(jax.tree.leaves(running.drawn(one)), jax.tree.leaves(whole), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_weights_drawn_and_given_back_by_hand_are_the_same_experiment():
    drawn = build(SMALL).cell
    given_back = build(SMALL.replace(W_hh=np.ravel(drawn.W_hh), b=np.ravel(drawn.b))).cell
    np.testing.assert_array_equal(given_back.W_hh, drawn.W_hh)
    np.testing.assert_array_equal(given_back.b, drawn.b)


def test_weights_are_the_same_on_every_machine():
    # Uniform bits of the counter-based generator: a link must mean the same picture everywhere.
    W_hh = build(SMALL.replace(initializer="pytorch")).cell.W_hh
    np.testing.assert_allclose(W_hh[0], [[-0.02649337, -0.61401903], [0.40331964, -0.4499095]], rtol=0, atol=1e-7)


# --- nothing is compiled twice ---


def walk(cell, bucket, steps):
    """A random walk over every field but the cell, the hidden size and the bucket of the length."""
    source = random.Random(0)
    low = max([1, *(size + 1 for size in BUCKETS if size < bucket)])
    shapes = CELLS[cell].editable(3)
    experiment = Experiment(cell=cell, hidden_size=3, length=bucket)
    options = {
        name: lambda spec=spec, name=name: {
            "choice": lambda: source.choice(list(choices_of(name))),
            "whole": lambda: source.randint(spec.low, spec.high),
            "number": lambda: source.uniform(spec.low, spec.high),
            "text": lambda: source.choice(["1", "2 3 4", "5,6"]),
            "numbers": lambda: tuple(source.uniform(-2, 2) for _ in range(math.prod(shapes.get(name, (0,))))),
        }[spec.kind]()
        for name, spec in specs().items()
        if name not in ("cell", "hidden_size", "layers")
    }
    options["length"] = lambda: source.randint(low, bucket)
    options["hyperparameters"] = lambda: {
        name: source.random() < 0.5 if spec.kind == "switch" else source.uniform(spec.low, spec.high)
        for name, spec in hyperparameter_specs_as_fields().items()
    }
    for step in range(steps):
        name = list(options)[step] if step < len(options) else source.choice(list(options))
        experiment = experiment.replace(**{name: options[name]()})
        yield experiment


OTHERS = [("rnn", BUCKETS[1], 100), *((name, BUCKETS[0], 200) for name in ("rnn", "gru", "lru"))]


@pytest.mark.parametrize(
    ("cell", "bucket", "steps"),
    [("lstm", BUCKETS[0], 200), *some(OTHERS, 0)],
)
def test_walk_through_the_settings_compiles_nothing(cell, bucket, steps, compilations):
    for activation in activations.ACTIVATIONS:  # it is part of the program
        run(Experiment(cell=cell, hidden_size=3, length=bucket, activation=activation), gradient_flow)
    before = len(compilations)
    visited = [run(experiment, gradient_flow) for experiment in walk(cell, bucket, steps)]
    assert len(compilations) == before
    assert len(visited) == steps


def test_compilations_are_counted(compilations):
    jax.jit(lambda x: x + 1)(np.float64(1.0))
    assert compilations
