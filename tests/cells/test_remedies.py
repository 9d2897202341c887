"""Remedies are cells: each keeps every promise around a cell with W_hh and one without, and all around any kind."""

import os
import shutil
import subprocess
import sys
from dataclasses import make_dataclass
from functools import reduce
from pathlib import Path

import jax
import numpy as np
import pytest

import cells
from cells import Experiment, all_cells, keys
from cells.fields import FieldError, declarations, departures
from cells.remedies import ACTS, all_remedies, fields, nested, remedies, stack
from cells.remedies.dropout import VariationalDropout
from cells.remedies.shortcuts import Skip
from cells.remedies.stack import Doses, Rules, treatment
from cells.remedies.wrapper import around
from tests.asked import some
from tests.cells.examples import KINDS, T, drawn, noise
from tests.cells.promises import (
    PROMISES,
    gives_the_same_under_jit_scan_and_vmap,
    has_a_gradient_in_every_weight,
    is_drawn_as_it_computes,
    runs_with_every_activation,
)

# How far a skip reaches back is data: a drawing shows every past state it may read, a derivative the one it does.
KEPT = [(wrapper, promise) for wrapper in nested() for promise in PROMISES]
KEPT.remove((Skip, is_drawn_as_it_computes))
# Slow to compile with seven remedies at once, and had from each remedy and from each cell by itself.
SLOW = (is_drawn_as_it_computes, has_a_gradient_in_every_weight, gives_the_same_under_jit_scan_and_vmap)
KEPT_BY_ALL = [promise for promise in PROMISES if promise not in SLOW]


def treated(cell_class):
    """A cell with all remedies around it."""
    return reduce(lambda inner, wrapper: around(wrapper, inner), nested(), cell_class)


@pytest.mark.parametrize(("wrapper", "promise"), KEPT, ids=lambda part: part.__name__)
@pytest.mark.parametrize("name", some(["lstm", "mingru"], 1))
def test_remedy_around_a_cell_keeps_promise(wrapper, name, promise):
    promise(around(wrapper, KINDS[name]))


@pytest.mark.parametrize("promise", KEPT_BY_ALL, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", KINDS)
def test_all_remedies_around_a_cell_keep_promise(name, promise):
    promise(treated(KINDS[name]))


@pytest.mark.parametrize("name", all_cells())
def test_all_remedies_go_around_any_cell(name):
    runs_with_every_activation(treated(all_cells()[name]))


# --- declared once, found without a list ---


def test_every_remedy_is_declared_in_the_order_of_what_it_acts_on():
    acts = [ACTS.index(remedy.acts) for remedy in all_remedies().values()]
    assert acts == sorted(acts)
    assert [remedy for remedy in all_remedies().values() if remedy.acts == "step"] == list(remedies().values())
    assert set(nested()) == set(remedies().values())


@pytest.mark.parametrize("name", all_remedies())
def test_numbers_of_a_remedy_lie_in_their_range_and_none_of_it_is_no_default(name):
    for number in all_remedies()[name].numbers:
        assert number.spec.read(number.name, number.default) == number.default
        assert number.off != number.default or number.name == "layer_gain"
        assert not number.log or number.low > 0


def test_no_two_numbers_share_a_field_or_a_keyword():
    numbers = [number for remedy in all_remedies().values() for number in remedy.numbers]
    carried = [number.field for number in numbers if number.field]
    assert len(set(carried)) == len(carried)
    assert list(fields()) == [number.field for number in numbers if number.field and not number.shared]
    assert set(Doses._fields) == {number.name for remedy in nested() for number in remedy.numbers} | {"mask"}


def test_fields_make_a_dataclass_that_reads_and_writes_its_numbers():
    Settings = make_dataclass("Settings", [(name, object, field) for name, field in fields().items()], frozen=True)
    assert declarations(Settings)["leak_rate"].read("leak_rate", "0.5") == 0.5
    assert departures(Settings(leak_rate=0.5, fix_cell="gru")) == [("fix_cell", "gru"), ("leak_rate", "0.5")]
    with pytest.raises(FieldError, match=r"^skip_span: expected a whole number from 1 to 16; got '17'\.$"):
        declarations(Settings)["skip_span"].read("skip_span", "17")


def test_treatment_takes_given_numbers_and_defaults_for_the_rest():
    names = ("gates", "gate_bias", "residual", "clip_norm")
    found = treatment(Experiment(seed=4), names, {"residual_scale": 0.5, "fix_cell": "gru"})
    assert found.experiment == Experiment(seed=4, cell="gru", hyperparameters={"update_bias": 4.0})
    assert found.doses == Doses(shortcut=1.0, scale=0.5)
    assert found.rules == Rules(clip_norm=1.0)
    assert treatment(Experiment(seed=4), ("dropout",)).doses == Doses(dropout=0.2, mask=4)
    assert treatment(Experiment(), ()) == (Experiment(), Doses(), Rules())


def test_the_mask_of_a_seed_is_drawn_alike_inside_and_outside_of_a_program():
    cell = drawn(all_cells()["rnn"])
    within = jax.jit(lambda mask: stack.treated(cell, Doses(dropout=0.5, mask=mask), noise(), T))(4)
    while not isinstance(within, VariationalDropout):
        within = within.inner
    np.testing.assert_array_equal(within.draw, VariationalDropout.wrap(cell, key=keys.key(4)).draw)


def test_chrono_asks_for_the_length_of_the_sequence():
    found = treatment(Experiment(cell="lstm", length=77), ("chrono",)).experiment
    assert found.hyperparameter("chrono") == 77
    assert treatment(Experiment(), ("chrono", "gate_bias")).experiment == Experiment()


DROPPED = """
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from cells.remedies.declaring import Number, Rule
from cells.remedies.wrapper import Wrapper, without


class Halved(Wrapper):
    \"\"\"The state, times a number.\"\"\"

    share: Array = eqx.field(converter=jnp.asarray)

    name: ClassVar[str] = "halved"
    switch: ClassVar[str] = "half the state"
    numbers: ClassVar[tuple[Number, ...]] = (Number("share", "share", 0.5, 0.0, 1.0, off=1.0, field="halved_share"),)
    extra: ClassVar[tuple[str, ...]] = ()

    def step(self, state, x, tap):
        following = self.inner.step(state, x, without(self.State._fields, tap))
        return self.State(*(tap(n, self.share * v) for n, v in zip(state._fields, following, strict=True)))


class Decay(Rule):
    \"\"\"A penalty.\"\"\"

    name: ClassVar[str] = "decay"
    switch: ClassVar[str] = "decay"
    numbers: ClassVar[tuple[Number, ...]] = (Number("decay", "decay", 0.5, 0.0, 1.0, off=0.0, field="decay_weight"),)

    @staticmethod
    def penalty(W, *, decay):
        return decay * W
"""

FOUND = """
import numpy as np

import cells
from cells.analyses.remedied import remedied
from cells.analyses.updates import update
from cells.remedies import all_remedies, fields
from cells.remedies.stack import Rules, treatment

assert all_remedies()["halved"].switch == "half the state"
assert list(cells.remedies())[-1] == "halved"
assert fields()["halved_share"].default == 0.5
experiment = cells.Experiment(length=9, hidden_size=2, gain=0.5, activation="identity")
plain = cells.run(experiment, remedied, None).log10_norm[:9]
halved = cells.run(experiment, remedied, treatment(experiment, ["halved"]).doses).log10_norm[:9]
np.testing.assert_allclose(halved - plain, np.log10(0.5) * np.arange(8, -1, -1), atol=1e-12)
rules = treatment(experiment, ["decay"]).rules
ruled = cells.run(experiment, update, None, rules)
same = cells.run(experiment, update, None, Rules(l2=0.5))
np.testing.assert_allclose(ruled.log10_after, same.log10_after, atol=1e-12)
"""


def test_remedies_in_a_file_dropped_into_the_folder_are_found(tmp_path):
    package = Path(cells.__file__).parent
    shutil.copytree(package, tmp_path / "cells", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "cells" / "remedies" / "dropped.py").write_text(DROPPED, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-c", FOUND], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, check=True
    )


def test_file_of_a_remedy_that_does_not_import_hides_nothing(tmp_path):
    package = Path(cells.__file__).parent
    shutil.copytree(package, tmp_path / "cells", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "cells" / "remedies" / "dropped.py").write_text("import no_such_module\n", encoding="utf-8")
    program = "import cells; cells.remedies()"
    found = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode != 0
    assert "no_such_module" in found.stderr
