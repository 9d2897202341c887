"""Traces, panels, shapes and notes of a figure, as plain Plotly dicts: to validate them costs five times as much.

Numbers are made into traces, panels are laid out, and levels and notes are put on them:

    left, right = panels(2, columns=2, gaps=(0.1, 0))
    traces = [
        line("map", "φ(w h + b)", x, y, hue, left.axes, width=2.6),
        dots("start", _("start h₀"), x[:1], y[:1], hue, left.axes, symbol="diamond"),
        bars("factors", _("its factor"), steps, log10, graded(log10, 0.5, mode), right.axes, hover=POWER),
    ]
    layout = style.layout(colours)
    layout |= left.layout(style.axis(colours, title="hₜ₋₁"), style.axis(colours, title="hₜ"))
    layout |= right.layout(style.step_axis(colours, length), style.axis(colours, range=(-4, 1)))
    layout |= {"shapes": [level(0.0, right.axes, colours["zero"])], "annotations": [heading("tanh", left.axes)]}

`axes` is Plotly's name of a subplot: "xy", or "x2y4" for the second x axis and the fourth y axis. A trace with no
`hover` text says nothing under the pointer. Whatever else is given by keyword is an attribute of the trace, shape or
note itself.
"""

from typing import Any, NamedTuple

import numpy as np

from app.language import _, subscript
from app.plot import theme

POWER = "10<sup>%{y:.2f}</sup>"
"""Hover text of a value drawn as its log10."""
ALONE = "<extra></extra>"
"""At the end of a hover text: without the trace's name beside it."""

COLOUR_RANGE = 16.0
"""Decades on either side of 1 over which the colour of a gradient changes."""
CHAIN_NODES = 12
"""Links of the chain that are drawn at the most; a longer sequence shows every k-th step."""


def line(
    uid: str,
    name: str,
    x: Any,
    y: Any,
    colour: str,
    axes: str = "xy",
    *,
    width: float = 2,
    dash: str = "solid",
    hover: str = "",
    **more: Any,
) -> dict[str, Any]:
    """A line, with a gap wherever there is no finite number.

    Args:
        uid: the trace's key, unique in its figure.
        name: its entry in the legend.
        x: abscissae.
        y: ordinates.
        colour: of the line.
        axes: the panel it stands in.
        width: in pixels.
        dash: "solid", "dash", "dot", ...
        hover: what is said under the pointer.
        **more: attributes of the trace; those of its `line` are added.
    """
    drawn = {"color": colour, "width": width, "dash": dash} | more.pop("line", {})
    return (
        _trace("scatter", uid, name, axes, hover) | {"x": gaps(x), "y": gaps(y), "mode": "lines", "line": drawn} | more
    )


def curve(
    uid: str, name: str, y: np.ndarray, colour: str, axes: str = "xy", *, hover: str = POWER, **more: Any
) -> dict[str, Any]:
    """A series over the steps 1 to T, log10 unless `hover` says otherwise; a few steps are shown as points too.

    Args:
        uid: the trace's key.
        name: its entry in the legend.
        y: (T,) one number a step.
        colour: of the line.
        axes: the panel it stands in.
        hover: what is said under the pointer.
        **more: as for `line`.
    """
    return line(uid, name, step_numbers(len(y)), y, colour, axes, hover=hover, **{"mode": line_mode(len(y))} | more)


def spread(
    uid: str, name: str, x: np.ndarray, series: list[np.ndarray], colour: str, axes: str = "xy"
) -> dict[str, Any]:
    """The band between the least and the largest of several series; where one of them has no number it has a gap.

    Args:
        uid: the trace's key.
        name: what it is, for the legend of marks.
        x: (n,) abscissae, rising.
        series: (n,) each.
        colour: of the band, which is pale.
        axes: the panel it stands in.
    """
    rows = np.asarray(series, np.float32)
    known = np.isfinite(rows).all(axis=0)
    x, low, high = np.asarray(x)[known], rows[:, known].min(axis=0), rows[:, known].max(axis=0)
    look = {"width": 0, "fill": "toself", "fillcolor": colour, "opacity": 0.2, "showlegend": False, "hoverinfo": "skip"}
    return line(uid, name, np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]]), colour, axes, **look)


def step_numbers(count: int) -> np.ndarray:
    """1 to T."""
    return np.arange(1, count + 1, dtype=np.float32)


def line_mode(count: int) -> str:
    """A line needs two points; a few are easier to see as points too."""
    return "lines" if count > 3 else "lines+markers"


def input_curve(signal: np.ndarray, colours: dict[str, str], axes: str = "xy", **more: Any) -> dict[str, Any]:
    """The input x_t over the steps, as `signal` gives it: a thin staircase of the input's own colour."""
    given = {"hover": "%{y:.3g}", "width": 1.2, "line": {"shape": "hvh"}}
    return curve("input", more.pop("name", _("input")), signal, colours["input"], axes, **given | more)


def dots(
    uid: str,
    name: str,
    x: Any,
    y: Any,
    colour: Any,
    axes: str = "xy",
    *,
    size: Any = 9,
    symbol: Any = "circle",
    edge: float = 0,
    hover: str = "",
    **more: Any,
) -> dict[str, Any]:
    """Markers without a line.

    Args:
        uid: the trace's key.
        name: its entry in the legend.
        x: abscissae.
        y: ordinates; names on an axis of names.
        colour: one for all, one a marker, or what `graded` gives.
        axes: the panel they stand in.
        size: in pixels, one for all or one a marker.
        symbol: Plotly's name; "x-thin" and "circle-open" are seen by their edge alone.
        edge: width of the markers' edge in pixels.
        hover: what is said under the pointer.
        **more: attributes of the trace; those of its `marker` are added.
    """
    rim = {"width": edge} | ({"color": colour} if edge else {})
    marker = _coloured(colour) | {"size": size, "symbol": symbol, "line": rim} | more.pop("marker", {})
    return (
        _trace("scatter", uid, name, axes, hover)
        | {"x": gaps(x), "y": gaps(y), "mode": "markers", "marker": marker}
        | more
    )


def bars(
    uid: str, name: str, x: Any, y: Any, colour: Any, axes: str = "xy", *, hover: str = "", **more: Any
) -> dict[str, Any]:
    """Bars without an edge.

    Args:
        uid: the trace's key.
        name: its entry in the legend.
        x: where they stand; names on an axis of names.
        y: how high they are.
        colour: one for all, one a bar, or what `graded` gives.
        axes: the panel they stand in.
        hover: what is said under the pointer.
        **more: attributes of the trace, as `base` or `orientation`; those of its `marker` are added.
    """
    marker = _coloured(colour) | {"line": {"width": 0}} | more.pop("marker", {})
    return _trace("bar", uid, name, axes, hover) | {"x": gaps(x), "y": gaps(y), "marker": marker} | more


def heat(
    uid: str,
    name: str,
    z: np.ndarray,
    scale: list[list[object]],
    limits: tuple[float, float],
    axes: str = "xy",
    *,
    bar: dict[str, Any] | None = None,
    hover: str = "",
    **more: Any,
) -> dict[str, Any]:
    """A heat map on a fixed colour scale, with a gap wherever there is no finite number.

    Args:
        uid: the trace's key; one named "map" can be clicked.
        name: what it is, for the legend of marks.
        z: (rows, columns) the values.
        scale: a colour scale of `theme`.
        limits: values at its two ends.
        axes: the panel it stands in.
        bar: its `colour_bar`; None shows none.
        hover: what is said under the pointer.
        **more: attributes of the trace: `x` and `y` where columns and rows are not simply counted from 0.
    """
    shown = {"showscale": False} if bar is None else {"colorbar": bar}
    return (
        _trace("heatmap", uid, name, axes, hover)
        | {"z": gaps(z), "zmin": limits[0], "zmax": limits[1], "colorscale": scale, "showlegend": False}
        | shown
        | {key: gaps(value) if key in ("x", "y") else value for key, value in more.items()}
    )


def colour_bar(title: str, length: float, **more: Any) -> dict[str, Any]:
    """The scale beside a heat map: its title on top, its length as a share of the figure, its place by `x` and `y`."""
    usual = {"title": {"text": title, "side": "top"}, "xanchor": "left", "thickness": 10, "outlinewidth": 0}
    return usual | {"len": length} | more


def graded(log10: np.ndarray, decades: float, mode: str) -> dict[str, Any]:
    """Colour of markers or bars by the size of a gradient: cold below 1, hot above, full at some decades from it."""
    return {"color": gaps(log10), "cmin": -decades, "cmax": decades, "colorscale": theme.gradient_size(mode)}


def level(at: float, axes: str, colour: str, *, width: float = 1.2, **more: Any) -> dict[str, Any]:
    """A level line across a panel; across the whole figure where `axes` names the y axis alone, as "y2"."""
    return _stroke(axes, None, (at, at), colour, width, more)


def upright(at: float, axes: str, colour: str, *, width: float = 1.2, dash: str = "dot", **more: Any) -> dict[str, Any]:
    """An upright line through a panel; through the whole figure where `axes` names the x axis alone, as "x2"."""
    return _stroke(axes, (at, at), None, colour, width, more | {"dash": dash})


def frame(
    x: tuple[float, float] | None,
    y: tuple[float, float] | None,
    axes: str,
    colour: str,
    *,
    width: float = 1.2,
    **more: Any,
) -> dict[str, Any]:
    """A rectangle around part of a panel; None is the whole width or height."""
    return _stroke(axes, x, y, colour, width, {"layer": "above"} | more) | {"type": "rect"}


def shade(x: tuple[float, float] | None, y: tuple[float, float] | None, axes: str, colour: str, **more: Any) -> dict:
    """A filled rectangle over part of a panel; None is the whole width or height."""
    return _placed("rect", axes, x, y) | {"fillcolor": colour, "line": {"width": 0}} | more


def edge_label(text: str, end: str, side: str, colours: dict[str, str]) -> dict[str, Any]:
    """A level line's own label, at its "start" or "end"; a note would be drawn twice a frame."""
    font = {"size": 12, "color": colours["muted"]}
    return {"text": text, "textposition": end, "yanchor": side, "padding": 2, "font": font}


def note(text: str, x: float, y: float, *, size: float = 12, colour: str = "", **more: Any) -> dict[str, Any]:
    """Words at a place of the figure, or of axes: `xref="x2"`, or `yref="y3 domain"` for a share of one."""
    font = {"size": size} | ({"color": colour} if colour else {})
    return {"text": text, "x": x, "y": y, "xref": "paper", "yref": "paper", "showarrow": False, "font": font} | more


def heading(text: str, axes: str, *, anchor: str = "center", size: float = 13, **more: Any) -> dict[str, Any]:
    """Words above a panel, at its middle or its "left"."""
    across, up = _split(axes)
    place = {"xref": f"{across} domain", "yref": f"{up} domain", "xanchor": anchor, "yanchor": "bottom"}
    return note(text, 0.5 if anchor == "center" else 0.0, 1.0, size=size, **place | more)


class Panel(NamedTuple):
    """One subplot.

    Attributes:
        number: of its two axes.
        across: its left and right end, as shares of the figure.
        up: its lower and upper end.
    """

    number: int
    across: tuple[float, float] = (0, 1)
    up: tuple[float, float] = (0, 1)

    @property
    def x(self) -> str:
        """Name of its x axis."""
        return f"x{self.number}" if self.number > 1 else "x"

    @property
    def y(self) -> str:
        """Name of its y axis."""
        return f"y{self.number}" if self.number > 1 else "y"

    @property
    def xaxis(self) -> str:
        """Where the layout has its x axis."""
        return f"xaxis{self.x[1:]}"

    @property
    def yaxis(self) -> str:
        """Where the layout has its y axis."""
        return f"yaxis{self.y[1:]}"

    @property
    def axes(self) -> str:
        """What the traces that stand in it are given."""
        return self.x + self.y

    def layout(self, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
        """Its two axes in place, for the figure's layout."""
        return {
            self.xaxis: {"domain": self.across, "anchor": self.y} | x,
            self.yaxis: {"domain": self.up, "anchor": self.x} | y,
        }


def panels(
    count: int,
    columns: int = 1,
    *,
    across: tuple[float, float] = (0, 1),
    up: tuple[float, float] = (0, 1),
    gaps: tuple[float, float] = (0.05, 0.05),
    first: int = 1,
) -> list[Panel]:
    """Panels of one size in a grid, row by row from the upper left.

    Args:
        count: how many; the last row may be short.
        columns: panels a row.
        across: left and right end of the grid, as shares of the figure.
        up: its lower and upper end.
        gaps: between two columns, and between two rows.
        first: number of the first panel's axes.
    """
    rows = max(1, -(-count // columns))
    width = (across[1] - across[0] + gaps[0]) / columns
    height = (up[1] - up[0] + gaps[1]) / rows
    made = []
    for place in range(count):
        row, column = divmod(place, columns)
        left, top = across[0] + column * width, up[1] - row * height
        bottom = max(up[0], top - height + gaps[1])  # never below the figure by a rounding
        made.append(Panel(first + place, (left, min(left + width - gaps[0], across[1])), (bottom, top)))
    return made


def gaps(values: Any, limit: float = np.inf) -> Any:
    """The numbers with a gap where there is no finite one, or none within a limit of 0; names stay as they are."""
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu":
        return values
    with np.errstate(invalid="ignore"):
        inside = np.isfinite(values) & (np.abs(values) <= limit)
    return values if inside.all() else np.where(inside, values, np.nan)


def pieces(*points: np.ndarray) -> np.ndarray:
    """Many strokes as one line: the first of all points, a gap, the second of all, a gap, and so on.

    Args:
        *points: (N,) one coordinate of every stroke's first point, second point, ...

    Returns:
        (N (P + 1),) for P points a stroke.
    """
    return np.stack([*points, np.full(len(points[0]), np.nan)], axis=1).ravel()


def signal(xs: np.ndarray) -> np.ndarray:
    """One curve for the input: its only channel, the first of the noise, or the place of a one-hot character.

    Args:
        xs: (T, channels) the input.

    Returns:
        (T,).
    """
    one_hot = xs.shape[1] > 4 and np.all(xs.sum(axis=1) == 1) and np.all((xs == 0) | (xs == 1))
    return xs.argmax(axis=1) / xs.shape[1] if one_hot else xs[:, 0]


def chain(log10_norm: np.ndarray, length: int, cell: str, mode: str, axes: str = "xy2") -> list[dict[str, Any]]:
    """The boxes h_1 to h_T, and an arrow back from each, of the size and colour of the gradient that arrives.

    Args:
        log10_norm: (steps,) of the gradient at each step, up to the last step with a loss; -inf for an exact zero.
        length: T.
        cell: its name, for the legend.
        mode: theme, "light" or "dark".
        axes: the panel they stand in, whose y axis is from -1 to 1.

    Returns:
        The traces "chain.nodes" and "chain.arrows"; an exact zero has no arrow.
    """
    colours = theme.colours(mode)
    nodes = _nodes(length)
    padded = np.full(length, np.nan, np.float32)
    padded[: len(log10_norm)] = log10_norm
    arriving = padded[nodes[:-1] - 1]
    level = np.nan_to_num(arriving, nan=-COLOUR_RANGE)
    strength = np.clip(1 + level / COLOUR_RANGE, 0.0, 1.4)
    boxes = dots(
        "chain.nodes",
        _("unrolled chain"),
        nodes,
        np.zeros(len(nodes)),
        "rgba(0,0,0,0)",
        axes,
        symbol="square",
        size=22,
        marker={"line": {"color": colours["muted"], "width": 1}},
        mode="markers+text",
        text=[f"h{subscript(n)}" for n in nodes],
        textfont={"size": 11, "color": colours["text"]},
        cliponaxis=False,
        showlegend=False,
    )
    arrows = dots(
        "chain.arrows",
        _("{cell} on its way back").format(cell=cell),
        (nodes[:-1] + nodes[1:]) / 2,
        np.zeros(len(nodes) - 1),
        graded(np.clip(level, -COLOUR_RANGE, COLOUR_RANGE), COLOUR_RANGE, mode),
        axes,
        symbol="triangle-left",
        size=np.where(np.isfinite(arriving), 3 + 13 * strength, 0).astype(np.float32),
    )
    return [boxes, arrows]


def _nodes(length: int) -> np.ndarray:
    """The steps drawn: 1, every k-th after it, and T."""
    stride = -(-length // (CHAIN_NODES - 1))
    nodes = np.arange(1, length + 1, stride)
    if nodes[-1] != length:
        keep = len(nodes) if 4 * (length - nodes[-1]) >= 3 * stride else -1  # boxes need room
        nodes = np.append(nodes[:keep], length)
    return nodes


def _split(axes: str) -> tuple[str, str]:
    """("x2", "y4") of "x2y4"; an axis that is not named is empty."""
    across, named, up = axes.partition("y")
    return across, named + up


def _trace(kind: str, uid: str, name: str, axes: str, hover: str) -> dict[str, Any]:
    across, up = _split(axes)
    said = {"hovertemplate": hover} if hover else {"hoverinfo": "skip"}
    return {"type": kind, "uid": uid, "name": name, "xaxis": across, "yaxis": up} | said


def _coloured(colour: Any) -> dict[str, Any]:
    return colour if isinstance(colour, dict) else {"color": colour}


def _placed(kind: str, axes: str, x: tuple[float, float] | None, y: tuple[float, float] | None) -> dict[str, Any]:
    """A shape between two places of each axis; None is its whole length, and no axis the whole figure's."""
    across, up = _split(axes)
    refs = [(axis if ends else f"{axis} domain") if axis else "paper" for axis, ends in ((across, x), (up, y))]
    (x0, x1), (y0, y1) = x or (0, 1), y or (0, 1)
    return {"type": kind, "xref": refs[0], "yref": refs[1], "x0": x0, "x1": x1, "y0": y0, "y1": y1}


def _stroke(axes: str, x: Any, y: Any, colour: str, width: float, more: dict[str, Any]) -> dict[str, Any]:
    """A shape drawn as a line; `dash` among its attributes is the line's."""
    drawn = {"color": colour, "width": width} | {key: more.pop(key) for key in ("dash",) if key in more}
    return _placed("line", axes, x, y) | {"layer": "below", "line": drawn} | more
