"""What the page draws: the gradient of the network, as it is, as changed, and of a new cell beside it."""

from typing import Any

import numpy as np

from app.language import _
from app.numbers import Flow
from app.plot import style, theme
from app.plot.bands import band_shapes
from app.plot.traces import curve
from app.settings import AXES, Settings
from app.views.mine.numbers import Mine
from cells import all_cells

DASHES = ("solid", "dash")
"""A state's line by its place in the state."""


def mine(settings: Settings, found: Mine, mode: str) -> dict[str, Any]:
    """Curves of every state over the steps."""
    colours = theme.colours(mode)
    hue = theme.hue(list(all_cells()).index(found.cell), mode)
    traces = [
        curve(
            f"usual.{state}",
            _("new {cell}: {state}").format(cell=found.label, state=state),
            norm,
            colours["muted"],
            dash="dot",
            width=1.6,
        )
        for state, norm in found.usual.log10_norm.items()
    ]
    if not alike(found.as_is, found.changed):
        traces += [
            curve(
                f"file.{state}",
                _("as in the file: {state}").format(state=state),
                norm,
                hue,
                dash=dash,
                width=1,
                opacity=0.7,
            )
            for dash, (state, norm) in zip(DASHES, found.as_is.log10_norm.items(), strict=False)
        ]
    traces += [
        curve(f"mine.{state}", _("gradient of {state}").format(state=state), norm, hue, dash=dash, width=2.6)
        for dash, (state, norm) in zip(DASHES, found.changed.log10_norm.items(), strict=False)
    ]
    layout = style.layout(colours) | {
        "xaxis": style.step_axis(colours, found.changed.last) | style.spike(colours),
        "yaxis": style.axis(colours, title=_("log₁₀ ‖dL/ds‖"), range=AXES[settings.axis]),
        "shapes": band_shapes(AXES[settings.axis], colours),
    }
    return {"data": traces, "layout": layout}


def alike(one: Flow, other: Flow) -> bool:
    """Whether two gradients are the same."""
    return all(np.array_equal(norm, other.log10_norm[state], equal_nan=True) for state, norm in one.log10_norm.items())
