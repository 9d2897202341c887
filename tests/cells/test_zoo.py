"""A cell is one file: dropped into the zoo, it is found everywhere and held to every promise."""

import sys

import numpy as np
import pytest

import cells.zoo
from cells import Experiment, all_cells
from cells.analyses.gradient_flow import gradient_flow
from cells.experiment import choices_of, every_spec, hyperparameter_specs, hyperparameter_specs_as_fields, specs
from cells.running import run
from tests.cells.promises import PROMISES

CELL = '''
"""A cell with nothing but a forget gate."""

from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.nn import sigmoid

from cells.activations import known
from cells.base import AbstractCell, Gate, Hyperparameter, weight
from cells.initializers import DEFAULT_INITIALIZATION


class DroppedState(NamedTuple):
    """Its state."""

    h: Array


class Dropped(AbstractCell):
    """One gate f that keeps."""

    W_ih: Array
    W_hh: Array
    b: Array
    activation: Array

    label: ClassVar[str] = "Dropped in"
    State: ClassVar[type] = DroppedState
    gates: ClassVar[tuple[Gate, ...]] = (Gate("f", "forget gate"), Gate("g", "candidate", low=-1))
    equations: ClassVar[tuple[str, ...]] = (r"h_t = f_t h_{t-1} + (1 - f_t) g_t",)
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (
        Hyperparameter("open_bias", "open bias", 1.0, -10.0, 10.0, "Added to the bias of f."),
    )

    def __init__(self, *, W_ih, W_hh, b, activation="tanh"):
        self.W_ih, self.W_hh = weight("W_ih", W_ih, 2, None, None), weight("W_hh", W_hh, 2, None, None)
        self.b = weight("b", b, 2, None)
        self.activation = known(activation)

    @classmethod
    def init(
        cls,
        input_size,
        hidden_size,
        *,
        key,
        activation="tanh",
        initialization=DEFAULT_INITIALIZATION,
        open_bias=1.0,
    ):
        shift = np.stack([np.full(hidden_size, open_bias), np.zeros(hidden_size)])
        return cls(
            W_ih=initialization.W_ih(key, (2, hidden_size, input_size)),
            W_hh=initialization.W_hh(key, (2, hidden_size, hidden_size)),
            b=initialization.b(key, (2, hidden_size)) + shift,
            activation=activation,
        )

    def initial_state(self):
        return DroppedState(h=jnp.zeros_like(self.b[0]))

    def step(self, state, x, tap):
        a_f, a_g = self.W_ih @ x + self.W_hh @ state.h + self.b
        f, g = tap("f", sigmoid(a_f)), tap("g", self.phi(a_g))
        return DroppedState(h=tap("h", f * state.h + (1 - f) * g))
'''


@pytest.fixture(scope="module")
def dropped(tmp_path_factory):
    """A cell's file dropped into a folder of the zoo, and taken away again."""
    folder = tmp_path_factory.mktemp("zoo")
    (folder / "dropped.py").write_text(CELL)
    cells.zoo.__path__.append(str(folder))
    look_again()
    yield all_cells()["dropped"]
    cells.zoo.__path__.remove(str(folder))
    sys.modules.pop("cells.zoo.dropped")
    look_again()


def look_again():
    """Forget which files the zoo has, and what their cells declare."""
    for kept in (all_cells, hyperparameter_specs, hyperparameter_specs_as_fields, every_spec):
        kept.cache_clear()


def test_file_dropped_into_the_zoo_is_found_everywhere(dropped):
    names = list(all_cells())
    assert names.index("dropped") > names.index("lru")  # its order is 100, the default
    assert choices_of("cell")["dropped"] == "Dropped in"
    one = Experiment(cell="dropped", hidden_size=2, hyperparameters={"open_bias": 2.5})
    assert Experiment.from_query(one.to_query()) == one
    flow = run(one, gradient_flow)
    assert np.isfinite(flow.log10_norm["h"][: one.length]).all()
    assert flow.check.relative_error < 1e-5
    assert "dropped" in specs()["cell"].read("cell", "dropped")


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_file_dropped_into_the_zoo_keeps_the_promises(dropped, promise):
    promise(dropped)


def test_file_that_does_not_import_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text("import a_module_that_is_not_there\n")
    monkeypatch.setattr(cells.zoo, "__path__", [*cells.zoo.__path__, str(tmp_path)])
    all_cells.cache_clear()
    with pytest.raises(ImportError, match="a_module_that_is_not_there"):
        all_cells()
    all_cells.cache_clear()
