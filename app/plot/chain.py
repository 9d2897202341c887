"""The unrolled chain under a gradient: a box a step, and between two of them what arrives on the way back."""

from typing import Any

import numpy as np

from app.language import _, subscript
from app.plot import theme
from app.plot.traces import COLOUR_RANGE, dots, graded

CHAIN_NODES = 12
"""Links of the chain that are drawn at the most; a longer sequence shows every k-th step."""


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
