"""The diagram is the cell: its edges against derivatives, its signs against the equations."""

from collections import Counter

import jax
import numpy as np
import pytest

from cells import GRU, LSTM, RNN, all_cells
from cells.diagram import diagram
from cells.program import program, skeleton, switches_of
from cells.taps import identity
from tests.cells.examples import D, H, drawn, noise
from tests.cells.promises import depends_directly

VARIANTS = [(cell_class, {}) for cell_class in all_cells().values()] + [(GRU, {"reset_before": True})]
IDS = [f"{cell_class.__name__}{' before' * bool(settings)}" for cell_class, settings in VARIANTS]


def shown(picture) -> Counter:
    """What is written in the boxes and in the circles."""
    return Counter((node.kind, node.label) for node in picture.nodes if node.kind in ("layer", "op"))


@pytest.mark.parametrize(("cell_class", "settings"), VARIANTS, ids=IDS)
def test_edges_are_the_derivatives_that_are_not_zero(cell_class, settings):
    cell = drawn(cell_class, bias_scale=0.5, **settings)
    assert diagram(cell).dependencies() == depends_directly(cell)


@pytest.mark.parametrize(("cell_class", "settings"), VARIANTS, ids=IDS)
def test_program_computes_the_step(cell_class, settings):
    cell, xs = drawn(cell_class, bias_scale=0.5, **settings), noise()
    state = one = cell.initial_state()
    for x in xs[:4]:
        state, one = program(cell_class, D, H).run(cell, state, x), cell.step(one, x, identity)
        for field, other in zip(state, one, strict=True):
            np.testing.assert_allclose(field, other, rtol=0, atol=1e-15)


@pytest.mark.parametrize(("cell_class", "settings"), VARIANTS, ids=IDS)
def test_no_two_nodes_share_a_place_and_every_wire_runs_to_the_right(cell_class, settings):
    picture = diagram(drawn(cell_class, **settings))
    places = [(node.column, node.row) for node in picture.nodes]
    assert len(set(places)) == len(places)
    column = {node.id: node.column for node in picture.nodes}
    assert all(column[edge.source] < column[edge.target] for edge in picture.edges)


@pytest.mark.parametrize(("cell_class", "settings"), VARIANTS, ids=IDS)
def test_every_edge_into_a_node_stands_for_one_feed_of_the_program(cell_class, settings):
    picture = diagram(drawn(cell_class, **settings))
    kinds = {node.id: node.kind for node in picture.nodes}
    for edge in picture.edges:
        assert len(edge.feeds) == (kinds[edge.target] != "output"), edge


@pytest.mark.parametrize(("cell_class", "settings"), VARIANTS, ids=IDS)
def test_weights_are_not_needed_to_draw(cell_class, settings):
    cell = drawn(cell_class, **settings)
    assert diagram(skeleton(cell_class, D, H, switches_of(cell))) == diagram(cell)


def test_lstm_is_drawn_as_in_its_equations():
    picture = diagram(drawn(LSTM))
    assert shown(picture) == {("layer", "σ"): 3, ("layer", "φ"): 1, ("op", "×"): 3, ("op", "+"): 1, ("op", "φ"): 1}
    lane = [node.label for node in sorted(picture.nodes, key=lambda node: node.column) if node.row == 0]
    assert lane == ["c", "×", "+", "c"], "the highway of c runs straight along the top"


def test_gru_after_multiplies_the_product_and_gru_before_multiplies_the_state():
    after, before = (diagram(drawn(GRU, reset_before=reset)) for reset in (False, True))
    # r ⊙ (U h + b): two linear boxes, a product, a sum. U (r ⊙ h): one box behind the product.
    assert shown(after) == {
        **{("layer", "σ"): 2, ("layer", ""): 2, ("op", "×"): 3, ("op", "+"): 2, ("op", "φ"): 1, ("op", "1−"): 1}
    }
    assert shown(before) == {**{("layer", "σ"): 2, ("layer", "φ"): 1, ("op", "×"): 3, ("op", "+"): 1, ("op", "1−"): 1}}


def test_rnn_is_one_box():
    assert shown(diagram(drawn(RNN))) == {("layer", "φ"): 1}


@pytest.mark.parametrize(("cell_class", "settings"), VARIANTS)
def test_no_straight_wire_runs_through_a_node(cell_class, settings):
    picture = diagram(drawn(cell_class, **settings))
    at = {node.id: (node.column, node.row) for node in picture.nodes}
    assert len(set(at.values())) == len(at)
    for edge in picture.edges:
        (begin, row), (end, other) = at[edge.source], at[edge.target]
        assert not any(row == other == place and begin < column < end for column, place in at.values())


def test_vectors_of_weights_are_told_from_matrices():
    peephole = diagram(drawn(all_cells()["peephole"]))
    gates = {peephole.named(name).id: name for name in "ifgo"}
    seen = {(edge.source, gates[edge.target]) for edge in peephole.edges if edge.unitwise}
    assert seen == {("c", "i"), ("c", "f"), (peephole.named("c").id, "o")}
    assert not any(edge.unitwise for edge in diagram(drawn(LSTM)).edges)


def test_drawing_compiles_nothing(compilations):
    cell = drawn(LSTM, activation="gelu")
    picture = diagram(cell)
    before = len(compilations)
    for activation in range(3):
        skeletal = skeleton(LSTM, D, H, [np.asarray(activation)])
        assert diagram(skeletal) == picture
    assert len(compilations) == before


def test_residual_and_peephole_wires_are_seen():
    class Peephole(LSTM):
        def step(self, state, x, tap):
            i, f, g, o = self.W_ih @ x + self.W_hh @ state.h + self.b
            f = tap("f", jax.nn.sigmoid(f + self.b[0] * state.c))
            i, o, g = tap("i", jax.nn.sigmoid(i)), tap("o", jax.nn.sigmoid(o)), tap("g", self.phi(g))
            c = tap("c", f * state.c + i * g)
            return LSTM.State(h=tap("h", o * self.phi(c) + state.h), c=c)

    lstm = drawn(LSTM, bias_scale=0.5)
    cell = Peephole(W_ih=lstm.W_ih, W_hh=lstm.W_hh, b=lstm.b)
    found = diagram(cell).dependencies()
    assert found == depends_directly(cell)
    assert {("c before", "f"), ("h before", "h")} <= found
