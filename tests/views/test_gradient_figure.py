"""The hero figure's data, axes and names, from numbers made here."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import plotly.graph_objects as go
import pytest

from app.plot import theme
from app.plot.bands import LABEL_ROOM, band_shapes, bands
from app.plot.traces import CHAIN_NODES, COLOUR_RANGE, chain
from app.settings import AXES
from app.views.gradient.figure import Run, figure


def run(uid: str = "a", *, steps: int = 5, chosen: bool = True, pin: int = 0, factor: float = 0.5) -> Run:
    curve = np.linspace(-4, 0, steps).astype(np.float32)
    return Run(uid, uid.upper(), 1, {"h": curve, "c": curve - 1}, curve, [("theory", factor)], pin, chosen)


def plain(runs: list[Run], xs: np.ndarray, mode: str = "light") -> dict:
    return figure(runs, xs, len(xs), axis=(-50, 10), input_label="input: test", mode=mode)


def draw(runs: list[Run], xs: np.ndarray, mode: str = "light") -> go.Figure:
    return go.Figure(plain(runs, xs, mode))


def traces(runs: list[Run], steps: int = 5) -> dict[str, dict]:
    return {trace["uid"]: trace for trace in plain(runs, np.zeros((steps, 1)))["data"]}


def test_a_curve_is_drawn_as_it_was_computed():
    drawn = {trace.uid: trace for trace in draw([run()], np.zeros((5, 1))).data}
    assert drawn["a.h"].y.tolist() == run().log10_norm["h"].tolist()
    assert drawn["a.h"].x.tolist() == [1, 2, 3, 4, 5]
    assert drawn["a.h"].line.dash == "solid"
    assert drawn["a.c"].line.dash == "dash"
    assert drawn["a.h"].line.color == theme.hue(1, "light")


@pytest.mark.parametrize("axis", AXES.values(), ids=AXES)
def test_every_axis_names_the_bands_it_has_room_for(axis):
    edges = {shape["label"]["text"]: shape for shape in band_shapes(axis, theme.colours("light")) if "label" in shape}
    limits = {band.label: band.high if "below" in band.label else band.low for band in bands()}
    assert {label: shape["y0"] for label, shape in edges.items()} == {label: limits[label] for label in edges}
    room = LABEL_ROOM * (axis[1] - axis[0])
    taken = sorted(
        (shape["y0"] - room, shape["y0"]) if shape["label"]["yanchor"] == "top" else (shape["y0"], shape["y0"] + room)
        for shape in edges.values()
    )
    assert all(above[0] >= below[1] - 1e-9 for below, above in pairwise(taken))
    for outermost in ("NumPy, PyTorch: float32 is zero below", "bfloat16 and float32 overflow above"):
        assert (outermost in edges) == (axis[0] < limits[outermost] < axis[1])


def test_theory_starts_at_the_loss_and_keeps_its_factor():
    line = traces([run(factor=0.1)])["a.bound0"]["y"]
    assert line.tolist() == pytest.approx([-4, -3, -2, -1, 0])


def test_a_factor_of_zero_leaves_a_gap_instead_of_a_number():
    line = traces([run(factor=0.0)])["a.bound0"]["y"]
    assert np.isnan(line).all()
    named = {trace.uid: trace.name for trace in draw([run(factor=0.0)], np.zeros((5, 1))).data}
    assert named["a.bound0"] == "A theory theory = 0"


def test_axis_range_is_what_was_chosen_whatever_the_data():
    layout = draw([run()], np.zeros((5, 1))).layout
    assert layout.yaxis.range == (-50, 10)
    assert layout.yaxis.title.text == "log₁₀ ‖gradient‖"
    assert layout.xaxis.title.text == "step t"
    assert layout.xaxis.range == (0.5, 5.5)


def test_every_trace_stands_on_the_one_time_axis():
    assert {trace.xaxis or "x" for trace in draw([run()], np.zeros((5, 1))).data} == {"x"}


def test_every_mark_has_a_legend_entry_or_its_own_label():
    for trace in draw([run(), run("b", chosen=False, pin=1)], np.zeros((5, 1))).data:
        assert trace.name
        assert trace.showlegend is not False or trace.text is not None


def test_the_input_is_named_beside_its_curve():
    assert "input: test" in [shape.label.text for shape in draw([run()], np.zeros((5, 1))).layout.shapes]


@pytest.mark.parametrize(
    ("largest", "round_one"), [(0.0, 1), (0.4, 1), (3.4, 3), (9.99, 9), (1980.0, 1000), (-2e9, 2e9)]
)
def test_the_input_has_an_axis_of_its_own_size_in_round_numbers(largest, round_one):
    axis = draw([run(steps=2)], np.array([[0.0], [largest]])).layout.yaxis3
    assert axis.tickvals == (-round_one, 0, round_one)
    assert axis.range[0] == -axis.range[1]
    assert axis.range[1] > max(1, abs(largest))


def test_chain_arrows_carry_the_gradient_that_arrives():
    nodes, arrows = chain(run(steps=5).log10_state_norm, 5, "A", "light")
    assert nodes["text"] == ["h₁", "h₂", "h₃", "h₄", "h₅"]
    assert arrows["marker"]["color"].tolist() == [-4, -3, -2, -1]
    assert (np.diff(arrows["marker"]["size"]) > 0).all()


def test_chain_colour_and_size_stay_in_their_range():
    wild = np.array([-900, np.nan, 700, 3, 0], np.float32)
    marker = chain(wild, 5, "A", "light")[1]["marker"]
    assert np.abs(marker["color"]).max() <= COLOUR_RANGE
    assert marker["size"].tolist()[1] == 0  # an exact zero has no arrow
    assert (np.delete(marker["size"], 1) > 0).all()
    assert marker["size"].max() < 30


@pytest.mark.parametrize("length", [1, 2, 13, 14, 15, 128, 2000])
def test_chain_begins_at_step_1_and_ends_at_step_t(length):
    nodes = chain(run(steps=length).log10_state_norm, length, "A", "light")[0]["x"]
    assert nodes[0] == 1
    assert nodes[-1] == length
    assert len(set(nodes.tolist())) == len(nodes) <= CHAIN_NODES <= 14
    gaps = np.diff(nodes)
    assert (gaps >= 0.75 * np.median(gaps)).all() if length > 1 else not gaps.size


def test_what_is_zero_below_is_so_in_jax_and_in_numpy():
    def half(kind, power):
        value = np.asarray(2.0**power, kind)
        return float(value * np.asarray(0.5, kind)), float(jax.jit(lambda x: x * jnp.asarray(0.5, kind))(value))

    in_numpy, in_jax = zip(half(np.float32, -126), half(np.float32, -148), half(np.float32, -149), strict=True)
    assert [value > 0 for value in in_numpy] == [True, True, False]
    assert [value > 0 for value in in_jax] == [False, False, False]
    assert half(np.float32, -125)[1] > 0


def test_bands_are_the_limits_of_the_formats():
    # IEEE 754 binary16 and binary32; bfloat16 has binary32's exponent and 7 fraction bits. XLA flushes on a CPU.
    edges = {band.label: band.high if band.low < -1000 else band.low for band in bands()}
    assert edges["float16 is zero below"] == pytest.approx(np.log10(2.0**-24))
    assert edges["NumPy, PyTorch: float32 is zero below"] == pytest.approx(np.log10(2.0**-149))
    assert edges["JAX on a CPU: float32 is zero below"] == pytest.approx(np.log10(2.0**-126))
    assert edges["NumPy, PyTorch: bfloat16 is zero below"] == pytest.approx(np.log10(2.0**-133))
    assert edges["float16 overflows above"] == pytest.approx(np.log10(65504))
    assert edges["bfloat16 and float32 overflow above"] == pytest.approx(np.log10((2 - 2.0**-7) * 2.0**127))


def test_both_themes_draw_the_same_numbers_in_other_colours():
    light, dark = (draw([run()], np.ones((5, 1)), mode) for mode in ("light", "dark"))
    assert [trace.uid for trace in light.data] == [trace.uid for trace in dark.data]
    assert light.data[0].line.color != dark.data[0].line.color


def test_hues_of_cells_differ():
    assert len(set(theme.HUES_LIGHT)) == len(theme.HUES_LIGHT) == len(theme.HUES_DARK) == len(set(theme.HUES_DARK))
