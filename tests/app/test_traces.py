"""What figures are made of: where traces, panels and shapes stand."""

import numpy as np
import plotly.graph_objects as go
import pytest

from app.plot.traces import bars, dots, frame, gaps, heading, heat, level, line, panels, shade, signal, upright


def test_plotly_accepts_every_trace_shape_and_note():
    x = np.arange(3)
    traces = [
        line("a", "a", x, x, "#000", "x2y3", dash="dot", line={"shape": "hvh"}),
        dots("b", "b", x, x, "#000", edge=2, symbol="x-thin", marker={"opacity": 0.5}, hover="%{y}"),
        bars("c", "c", ["one", "two", "three"], x, "#000", base=-1),
        heat("d", "d", np.eye(3), [[0, "#000"], [1, "#fff"]], (0, 1), x=x, y=x),
    ]
    shapes = [level(1, "xy", "#000"), upright(1, "x2", "#000"), frame((0, 1), None, "xy", "#000", dash="dot")]
    shapes.append(shade(None, (0, 1), "y", "#000", opacity=0.5))
    layout = {"shapes": shapes, "annotations": [heading("a", "xy"), heading("b", "x2y3", anchor="left")]}
    drawn = go.Figure({"data": traces, "layout": layout})
    assert [trace.uid for trace in drawn.data] == ["a", "b", "c", "d"]
    assert (drawn.data[0].xaxis, drawn.data[0].yaxis) == ("x2", "y3")


def test_a_level_without_an_x_axis_crosses_the_whole_figure():
    assert (level(1, "y2", "#000")["xref"], level(1, "y2", "#000")["yref"]) == ("paper", "y2")
    assert (level(1, "x2y2", "#000")["xref"], level(1, "x2y2", "#000")["yref"]) == ("x2 domain", "y2")
    assert (upright(1, "x2", "#000")["xref"], upright(1, "x2", "#000")["yref"]) == ("x2", "paper")


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (3, 1), (5, 4), (8, 4)])
def test_panels_are_of_one_size_and_fill_their_grid(count, columns):
    grid = panels(count, columns, across=(0.1, 0.9), up=(0, 0.8), gaps=(0.02, 0.1), first=3)
    assert [panel.axes for panel in grid] == [f"x{number}y{number}" for number in range(3, 3 + count)]
    for ends in ([panel.across for panel in grid], [panel.up for panel in grid]):
        assert np.ptp(ends, axis=1) == pytest.approx(np.ptp(ends[0]))
    assert (grid[0].across[0], grid[0].up[1]) == (0.1, 0.8)
    assert grid[-1].up[0] == pytest.approx(0)
    assert grid[columns - 1].across[1] == pytest.approx(0.9)


def test_gaps_are_left_where_there_is_no_finite_number():
    found = gaps(np.array([1, -np.inf, np.nan, 1e300, 2e3]), 1e3)
    np.testing.assert_array_equal(found, [1, np.nan, np.nan, np.nan, np.nan])
    assert gaps(["a", "b"]) == ["a", "b"]


def test_one_curve_stands_for_the_input():
    assert signal(np.array([[0.5, 9.0], [-1.0, 9.0]])).tolist() == [0.5, -1.0]
    assert signal(np.eye(5)).tolist() == [0.0, 0.2, 0.4, 0.6, 0.8]
