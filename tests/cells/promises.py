"""What `cells.base` promises of every cell, each as a function of the cell's class."""

import inspect
from collections import Counter

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from cells import activations, keys, unroll
from cells.base import AbstractCell, Gate, Hyperparameter
from cells.diagram import diagram
from cells.nonlinearity import pre_activation
from cells.program import is_weight, program
from cells.remedies.wrapper import Wrapper
from cells.taps import Instrument, identity
from tests.cells.examples import D, H, T, as_float32, drawn, noise
from tests.compiling import compiled

SHARED = {"key", "activation", "initialization"}


def declares_itself(cell_class: type[AbstractCell]) -> None:
    assert cell_class.label
    assert cell_class.equations
    assert "h" in cell_class.State._fields, "the losses read the state's h"
    assert all(isinstance(gate, Gate) and gate.low < gate.high for gate in cell_class.gates)
    names = cell_class.intermediates()
    assert len(set(names)) == len(names)
    assert cell_class.__doc__
    assert set(cell_class.direct) <= set(cell_class.State._fields)


def takes_its_hyperparameters_by_name(cell_class: type[AbstractCell]) -> None:
    parameters = inspect.signature(cell_class.init).parameters
    keywords = {name for name, parameter in parameters.items() if parameter.kind is parameter.KEYWORD_ONLY}
    declared = {spec.name: spec for spec in cell_class.hyperparameters}
    assert keywords == SHARED | set(declared)
    for spec in declared.values():
        assert isinstance(spec, Hyperparameter)
        assert spec.low <= spec.default <= spec.high
        assert parameters[spec.name].default == spec.default, "init and declaration share their default"
        assert spec.help.endswith(".")


def has_the_gate_axis_first(cell_class: type[AbstractCell]) -> None:
    cell = drawn(cell_class)
    gates = (len(cell_class.gates),) if cell_class.gates else ()
    assert cell.W_ih.shape == (*gates, H, D)
    dense = cell_class.recurrence == "W_hh"
    assert cell.W_hh.shape == (*gates, H, H) if dense else cell.W_hh is None
    matrix = cell.recurrent_matrix()
    assert (matrix is None) == (cell_class.recurrence == "")
    assert matrix is None or (matrix.ndim == 3 and matrix.shape[-1] == matrix.shape[-2])
    assert cell.b.shape == (*gates, H)
    assert (cell.hidden_size, cell.input_size) == (H, D)
    assert cell.bound_growths().shape == (len(cell_class.bounds),)


def lets_its_editable_weights_be_replaced(cell_class: type[AbstractCell]) -> None:
    cell = drawn(cell_class)
    assert set(cell_class.editable(H)) <= set(cell_class.weights())
    for name, shape in cell_class.editable(H).items():
        assert getattr(cell, name).shape == shape
        changed = cell.with_weights(**{name: jnp.full(shape, 0.25)})
        assert (getattr(changed, name) == 0.25).all()
        assert not (getattr(cell, name) == 0.25).all(), "a cell is immutable"


def taps_every_intermediate_once(cell_class: type[AbstractCell]) -> None:
    cell, seen = drawn(cell_class), []

    def tap(name, value):
        assert value.shape == (H,)
        seen.append(name)
        return value

    following = cell.step(cell.initial_state(), noise()[0], tap)
    assert Counter(seen) == Counter(cell_class.intermediates())
    assert isinstance(following, cell_class.State)


def computes_its_state_through_the_tap(cell_class: type[AbstractCell]) -> None:
    cell = drawn(cell_class)
    instrument = Instrument(jnp.asarray(1), probe={name: jnp.full(H, 0.125) for name in cell_class.State._fields})
    following = cell.step(cell.initial_state(), noise()[0], instrument)
    for name in cell_class.State._fields:
        np.testing.assert_array_equal(getattr(following, name), instrument.record[name])


def keeps_its_gates_in_range(cell_class: type[AbstractCell]) -> None:
    for seed in range(3):
        for scale in (0.1, 1.0, 20.0):
            cell = drawn(cell_class, seed, gain=scale, bias_scale=scale)
            gates = unroll(cell, scale * noise(seed)).gates
            assert set(gates) == {gate.symbol for gate in cell_class.gates}
            for gate in cell_class.gates:
                assert (gates[gate.symbol] >= gate.low).all()
                assert (gates[gate.symbol] <= gate.high).all()


def gives_the_same_under_jit_scan_and_vmap(cell_class: type[AbstractCell]) -> None:
    cell, batch = drawn(cell_class), jnp.stack([noise(seed) for seed in range(3)])
    step = jax.jit(lambda state, x: cell.step(state, x, identity))
    scanned = jax.vmap(lambda xs: unroll(cell, xs).states)(batch)
    for xs, states in zip(batch, zip(*scanned, strict=True), strict=True):
        eager = compiled = cell.initial_state()
        for x in xs[:8]:
            eager, compiled = cell.step(eager, x, identity), step(compiled, x)
        # The order of the sums may differ; 8 steps of rounding at magnitude 1 stay far below 1e-13.
        for one, two, three in zip(eager, compiled, states, strict=True):
            np.testing.assert_allclose(two, one, rtol=0, atol=1e-13)
            np.testing.assert_allclose(three[7], one, rtol=0, atol=1e-13)


def has_a_gradient_in_every_weight(cell_class: type[AbstractCell]) -> None:
    cell = drawn(cell_class, bias_scale=0.5)
    gradient = eqx.filter_jit(eqx.filter_grad(lambda cell: unroll(cell, noise()).states.h[-1].sum()))(cell)
    leaves = jax.tree.leaves_with_path(gradient)
    assert len(leaves) >= len(cell_class.weights())
    for path, leaf in leaves:
        if cell.W_hh is None and len(path) <= depth_of(cell):
            continue  # a remedy of W_hh has nothing to act on
        assert np.isfinite(leaf).all(), path
        assert (leaf != 0).any(), path


def depth_of(cell: AbstractCell) -> int:
    """How many remedies a cell wears."""
    return 1 + depth_of(cell.inner) if isinstance(cell, Wrapper) else 0


def draws_the_same_from_the_same_key(cell_class: type[AbstractCell]) -> None:
    one, again, other = drawn(cell_class, 1), drawn(cell_class, 1), drawn(cell_class, 2)
    assert eqx.tree_equal(one, again)
    assert (one.W_ih != other.W_ih).any()
    assert one.W_hh is None or (one.W_hh != other.W_hh).any()


def draws_the_same_from_a_key_of_jax_and_by_default(cell_class: type[AbstractCell]) -> None:
    by_name = cell_class.init(D, H, key=jax.random.key(0))
    for one, two in zip(jax.tree.leaves(by_name), jax.tree.leaves(drawn(cell_class)), strict=True):
        np.testing.assert_array_equal(one, two)


def draws_without_compiling(cell_class: type[AbstractCell]) -> None:
    with compiled() as events:
        for size in (3, 5):
            cell = cell_class.init(2, size, key=keys.key(size))
    assert events == []
    weights = [leaf for leaf in jax.tree.leaves(cell) if is_weight(leaf) and leaf.ndim]
    assert all(isinstance(leaf, np.ndarray) and leaf.dtype == np.float64 for leaf in weights)
    with pytest.raises(TypeError, match=r"outside of jax\.jit"):
        jax.eval_shape(lambda key: cell_class.init(D, H, key=key), jax.random.key(0))


def keeps_single_precision(cell_class: type[AbstractCell]) -> None:
    cell, x = as_float32(drawn(cell_class)), noise()[0].astype(jnp.float32)
    with jax.numpy_dtype_promotion("strict"):
        state = cell.step(cell.initial_state(), x, identity)
    assert {field.dtype for field in state} == {jnp.dtype(jnp.float32)}


def runs_with_every_activation(cell_class: type[AbstractCell]) -> None:
    for name in activations.ACTIVATIONS:
        trajectory = unroll(drawn(cell_class, activation=name), noise())
        assert trajectory.overflow == 0, name
        assert trajectory.states.h.shape == (T, H)


def depends_directly(cell: AbstractCell) -> set[tuple[str, str]]:
    """Pairs (from, to): d(to)/d(from) is not zero while every other named intermediate is held constant."""
    start = jax.tree.map(lambda field: field + jnp.linspace(0.1, 0.9, H), cell.initial_state())
    names = cell.intermediates()

    def values(state, x, probes):
        made = {}

        def tap(name, value):
            made[name] = value
            return lax.stop_gradient(value) + probes[name]

        cell.step(state, x, tap)
        return made

    slopes = jax.jit(jax.jacrev(values, argnums=(0, 1, 2)))(start, noise()[0], {name: jnp.zeros(H) for name in names})
    found = set()
    for to, (by_state, by_x, by_name) in slopes.items():
        sources = {f"{field} before": slope for field, slope in by_state._asdict().items()} | {"x": by_x} | by_name
        found |= {(source, to) for source, slope in sources.items() if (slope != 0).any()}
    return found


def is_drawn_as_it_computes(cell_class: type[AbstractCell]) -> None:
    cell = drawn(cell_class, bias_scale=0.5)
    picture = diagram(cell)
    assert picture.dependencies() == depends_directly(cell)
    for gate in cell_class.gates:
        if np.isfinite([gate.low, gate.high]).all():
            assert pre_activation(cell_class, gate.symbol) is not None, "a gate is a nonlinearity of a vector of H"


def has_the_direct_paths_it_declares(cell_class: type[AbstractCell]) -> None:
    cell, x = drawn(cell_class, bias_scale=0.5), noise()[0]
    state = jax.tree.map(lambda field: field + jnp.linspace(0.1, 0.9, H), cell.initial_state())
    steps = program(cell_class, D, H)
    gates = {gate.symbol for gate in cell_class.gates}
    for field, factor in cell_class.direct.items():

        def alone(value, field=field):
            instrument = Instrument(jnp.asarray(1))
            following = steps.run(cell, state._replace(**{field: value}), x, instrument, products=False)
            return getattr(following, field), instrument.record

        way, record = jax.jit(jax.jacrev(alone, has_aux=True))(getattr(state, field))
        diagonal = jnp.diag(way)
        np.testing.assert_array_equal(way, jnp.diag(diagonal), err_msg="what passes no matrix goes from unit to unit")
        assert (diagonal != 0).all()
        if factor in gates:
            # One product a component: equal to the last digit.
            np.testing.assert_allclose(diagonal, record[factor], rtol=1e-15)


PROMISES = (
    declares_itself,
    takes_its_hyperparameters_by_name,
    has_the_gate_axis_first,
    lets_its_editable_weights_be_replaced,
    taps_every_intermediate_once,
    computes_its_state_through_the_tap,
    keeps_its_gates_in_range,
    gives_the_same_under_jit_scan_and_vmap,
    has_a_gradient_in_every_weight,
    draws_the_same_from_the_same_key,
    draws_the_same_from_a_key_of_jax_and_by_default,
    draws_without_compiling,
    keeps_single_precision,
    runs_with_every_activation,
    is_drawn_as_it_computes,
    has_the_direct_paths_it_declares,
)
