"""A cell is one file: dropped into the zoo, it is found everywhere and held to every promise."""

import sys

import numpy as np
import pytest

import cells.zoo
from cells import Experiment, all_cells
from cells.analyses.gradient_flow import gradient_flow
from cells.experiment import choices_of, specs
from tests.cells.promises import PROMISES

UGRNN = '''
"""Update gate recurrent network."""

from typing import ClassVar, NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.nn import sigmoid

from cells.base import AbstractCell, Gate, Hyperparameter, activation_index, weight
from cells.initializers import DEFAULT_INITIALIZATION


class UGRNNState(NamedTuple):
    """State of the UGRNN."""

    h: Array


class UGRNN(AbstractCell):
    """Update gate RNN: one gate g that keeps. Collins, Sohl-Dickstein and Sussillo (2017)."""

    W_ih: Array
    W_hh: Array
    b: Array
    activation: Array

    label: ClassVar[str] = "UGRNN"
    State: ClassVar[type] = UGRNNState
    gates: ClassVar[tuple[Gate, ...]] = (Gate("g", "update gate"), Gate("n", "candidate", low=-1))
    equations: ClassVar[tuple[str, ...]] = (r"h_t = g_t h_{t-1} + (1 - g_t) n_t",)
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (
        Hyperparameter("keep_bias", "keep bias", 1.0, -10.0, 10.0, "Added to the bias of g."),
    )

    def __init__(self, *, W_ih, W_hh, b, activation="tanh"):
        self.W_ih, self.W_hh = weight("W_ih", W_ih, 2, None, None), weight("W_hh", W_hh, 2, None, None)
        self.b = weight("b", b, 2, None)
        self.activation = activation_index(activation)

    @classmethod
    def init(
        cls,
        input_size,
        hidden_size,
        *,
        key,
        activation="tanh",
        initialization=DEFAULT_INITIALIZATION,
        keep_bias=1.0,
    ):
        shift = jnp.stack([jnp.full(hidden_size, keep_bias), jnp.zeros(hidden_size)])
        return cls(
            W_ih=initialization.W_ih(key, (2, hidden_size, input_size)),
            W_hh=initialization.W_hh(key, (2, hidden_size, hidden_size)),
            b=initialization.b(key, (2, hidden_size)) + shift,
            activation=activation,
        )

    def initial_state(self):
        return UGRNNState(h=jnp.zeros_like(self.b[0]))

    def step(self, state, x, tap):
        a_g, a_n = self.W_ih @ x + self.W_hh @ state.h + self.b
        g, n = tap("g", sigmoid(a_g)), tap("n", self.phi(a_n))
        return UGRNNState(h=tap("h", g * state.h + (1 - g) * n))
'''


@pytest.fixture(scope="module")
def ugrnn(tmp_path_factory):
    """A cell's file dropped into a folder of the zoo, and taken away again."""
    folder = tmp_path_factory.mktemp("zoo")
    (folder / "ugrnn.py").write_text(UGRNN)
    cells.zoo.__path__.append(str(folder))
    all_cells.cache_clear()
    yield all_cells()["ugrnn"]
    cells.zoo.__path__.remove(str(folder))
    sys.modules.pop("cells.zoo.ugrnn")
    all_cells.cache_clear()


def test_file_dropped_into_the_zoo_is_found_everywhere(ugrnn):
    names = list(all_cells())
    assert names.index("ugrnn") > names.index("lstm")  # its order is 100, the default
    assert choices_of("cell")["ugrnn"] == "UGRNN"
    one = Experiment(cell="ugrnn", hidden_size=2, hyperparameters={"keep_bias": 2.5})
    assert Experiment.from_query(one.to_query()) == one
    flow = one.run(gradient_flow)
    assert np.isfinite(flow.log10_norm["h"]).all()
    assert flow.check.relative_error < 1e-5
    assert "ugrnn" in specs()["cell"].read("cell", "ugrnn")


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_file_dropped_into_the_zoo_keeps_the_promises(ugrnn, promise):
    promise(ugrnn)


def test_file_that_does_not_import_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text("import a_module_that_is_not_there\n")
    monkeypatch.setattr(cells.zoo, "__path__", [*cells.zoo.__path__, str(tmp_path)])
    all_cells.cache_clear()
    with pytest.raises(ImportError, match="a_module_that_is_not_there"):
        all_cells()
    all_cells.cache_clear()
