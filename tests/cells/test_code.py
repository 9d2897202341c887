"""Every script that is exported runs, and prints what `cells` computes: h to 1e-9 and the gradient's logarithm too."""

import importlib.util
import io
import runpy
from functools import cache
from zipfile import ZipFile

import jax
import numpy as np
import pytest

import cells
from cells import Experiment, code

STEPS = 50
SMALL = {"hidden_size": 5, "channels": 3, "length": STEPS, "gain": 1.3, "bias_scale": 0.5}
NEEDS = {"ours": "cells", "flax": "flax", "equinox": "equinox", "torch": "torch", "keras": "keras"}
"""What runs a script; those of torch and keras are left out where that is not installed."""
OTHERS = [
    ("torch", {"cell": "rnn", "activation": "relu"}),
    ("flax", {"cell": "lstm", "activation": "gelu", "loss": "every"}),
    ("equinox", {"cell": "rnn", "activation": "leaky_relu", "loss": "step", "loss_step": 31}),
    ("keras", {"cell": "gru", "activation": "leaky_relu"}),
    ("keras", {"cell": "gru", "hyperparameters": {"reset_before": True}}),
    ("keras", {"cell": "lstm", "activation": "gelu", "hyperparameters": {"forget_bias": 2.0}}),
]


def cases():
    usual = [(name, {"cell": cell}) for name in code.all_frameworks() for cell in ("rnn", "gru", "lstm")]
    for name, changes in usual + OTHERS:
        missing = importlib.util.find_spec(NEEDS[name]) is None
        marks = pytest.mark.skipif(missing, reason=f"{NEEDS[name]} is not installed")
        label = "-".join(map(str, (name, *changes.values())))
        yield pytest.param(name, Experiment(**SMALL | changes), marks=marks, id=label)


@cache
def expected(experiment):
    """(T, 2): norm of h and log10 norm of dL/dh."""
    cell, xs, loss, length = cells.build(experiment)
    adjoint = cells.backprop(cell, xs, loss, length=length)
    norms = np.linalg.norm(adjoint.trajectory.states.h, axis=-1)
    return np.stack([norms, adjoint.log10_norm["h"]], axis=1)[: experiment.length]


def printed(script, folder, capsys):
    """What a script prints, run in a folder of its own."""
    path = folder / f"{script.stem}.py"
    path.write_text(script.text, encoding="utf-8")
    if script.numbers:
        path.with_suffix(".safetensors").write_bytes(script.numbers)
    with jax.numpy_rank_promotion("allow"):  # Keras has it
        runpy.run_path(str(path))
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split("\t") == ["step", "norm of h", "log10 norm of dL/dh"]
    rows = np.array([line.split("\t") for line in lines], float)
    assert rows[:, 0].tolist() == list(range(1, len(rows) + 1))
    return rows[:, 1:]


@pytest.mark.parametrize(("name", "experiment"), list(cases()))
def test_a_script_prints_what_cells_computes(name, experiment, tmp_path, capsys):
    found = printed(code.script(name, experiment), tmp_path, capsys)
    assert np.isfinite(found[:31]).all()
    np.testing.assert_allclose(found, expected(experiment), rtol=0, atol=1e-9)  # both in float64


def test_many_numbers_lie_in_a_file_beside_the_script(tmp_path, capsys, monkeypatch):
    assert not code.script("equinox", Experiment(cell="lstm")).numbers
    assert len(code.script("equinox", Experiment(cell="lstm", hidden_size=22)).numbers) > 8 * 2_000
    monkeypatch.setattr("cells.code.writing.MOST_WRITTEN", 100)
    experiment = Experiment(**SMALL | {"cell": "lstm"})
    script = code.script("equinox", experiment)
    assert len(script.text) < 4_000
    with ZipFile(io.BytesIO(script.zipped())) as archive:
        assert archive.namelist() == ["unrolled-lstm-equinox.py", "unrolled-lstm-equinox.safetensors"]
        assert archive.read("unrolled-lstm-equinox.safetensors") == script.numbers
    found = printed(script, tmp_path, capsys)
    np.testing.assert_allclose(found, expected(experiment), rtol=0, atol=1e-9)


def test_a_script_has_its_numbers_to_the_last_digit():
    experiment = Experiment(**SMALL | {"cell": "gru"})
    text = code.script("torch", experiment).text
    given = {}
    numbers = text[text.index("xs = np.array") : text.index("weights = {")]
    exec(numbers, {"np": np}, given)
    cell = cells.build(experiment).cell
    np.testing.assert_array_equal(given["W_ih"], np.asarray(cell.W_ih)[..., :3])
    np.testing.assert_array_equal(given["b_hn"], cell.b_hn)
    np.testing.assert_array_equal(given["xs"], experiment.sequence())


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("torch", {"cell": "mgu"}, "PyTorch: expected one of RNN, GRU, LSTM; got MGU."),
        ("flax", {"cell": "lstm", "layers": 2}, "Flax (nnx): expected one layer; got 2."),
        ("torch", {"cell": "rnn", "activation": "sin"}, "PyTorch: expected an activation among tanh, relu; got sin."),
        ("equinox", {"cell": "lstm", "activation": "relu"}, "Equinox: expected an activation among tanh; got relu."),
        (
            "torch",
            {"cell": "gru", "hyperparameters": {"reset_before": True}},
            "PyTorch: expected its own GRU; got one with: reset before the product.",
        ),
        ("caffe", {}, "framework: expected one of ours, torch, keras, flax, equinox; got 'caffe'."),
    ],
)
def test_what_a_framework_does_not_have_gets_a_sentence(name, changes, sentence):
    with pytest.raises(code.CodeError, match="expected") as refused:
        code.script(name, Experiment(**changes))
    assert str(refused.value).startswith(sentence)


def test_every_experiment_has_a_script_of_its_own_package():
    for cell in cells.all_cells():
        assert code.refusal("ours", Experiment(cell=cell, layers=2, activation="sin")) == ""


def test_a_strangers_text_is_never_code():
    text = "'''\"\"\"; import os\\"
    experiment = Experiment(input="text", text=text, hidden_size=2)
    for name in code.all_frameworks():
        script = code.script(name, experiment).text
        compile(script, name, "exec")
        assert "import os\\" not in script
        assert all(character.isprintable() or character in "\n\t" for character in script)


def test_every_script_compiles_for_every_activation():
    for name in code.all_frameworks():
        for activation in cells.experiment.choices_of("activation"):
            for cell in ("rnn", "gru", "lstm"):
                experiment = Experiment(cell=cell, activation=activation, hidden_size=2, length=3)
                if not code.refusal(name, experiment):
                    compile(code.script(name, experiment).text, name, "exec")
