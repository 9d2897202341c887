"""What is drawn at random, what is read, and the gradient that comes out."""

from typing import Any

import numpy as np

from app.language import _
from app.plot import style, theme
from app.plot.traces import Panel, curve, heading, input_curve, line, signal
from app.settings import AXES, Settings, menu_place
from app.views.model.numbers import Model

DRAWN, INPUT, GRADIENT = (
    Panel(1, (0.0, 0.33), (0.0, 0.93)),
    Panel(2, (0.48, 1.0), (0.72, 0.93)),
    Panel(3, (0.48, 1.0), (0.0, 0.6)),
)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
MOST = 400
"""Points of a curve of weights."""


def model(settings: Settings, found: Model, mode: str) -> dict[str, Any]:
    """Weights on the left; input and gradient on the right."""
    colours, hue = theme.colours(mode), theme.hue(menu_place(settings.experiment), mode)
    length = settings.experiment.length
    own = {"W_ih": colours["input"], "b": colours["theory"]}
    traces = [
        _sorted(name, values, own.get(name, hue), DASHES[place % len(DASHES)])
        for place, (name, values) in enumerate(found.weights.items())
    ]
    traces.append(input_curve(signal(found.xs), colours, INPUT.axes))
    traces += [
        curve(name, _("gradient of {state}").format(state=name), norm, hue, GRADIENT.axes, dash=DASHES[place % 5])
        for place, (name, norm) in enumerate(found.flow.log10_norm.items())
    ]
    layout = (
        style.layout(colours)
        | DRAWN.layout(
            style.axis(colours, title=_("share of the numbers"), range=(0, 1)), style.axis(colours, title=_("value"))
        )
        | INPUT.layout(
            style.step_axis(colours, length, title="", showticklabels=False), style.axis(colours, title="xₜ", nticks=3)
        )
        | GRADIENT.layout(
            style.step_axis(colours, length), style.axis(colours, title=_("log₁₀ ‖dL/ds‖"), range=AXES[settings.axis])
        )
        | {
            "annotations": [
                heading(_("drawn: the weights"), DRAWN.axes, anchor="left"),
                heading(_("read: the input"), INPUT.axes, anchor="left"),
                heading(_("computed: the gradient"), GRADIENT.axes, anchor="left"),
            ]
        }
    )
    return {"data": traces, "layout": layout}


def _sorted(name: str, values: np.ndarray, colour: str, dash: str) -> dict[str, Any]:
    """All numbers of a name, smallest first, against the share of them that is smaller."""
    places = np.unique(np.linspace(0, len(values) - 1, MOST).round().astype(int))
    share = (places + 0.5) / len(values)
    mode = "lines" if len(values) > 3 else "lines+markers"
    look = {"dash": dash, "mode": mode, "hover": "%{y:.3g}", "line": {"shape": "hvh"}}
    return line(f"weights.{name}", name, share, values[places], colour, DRAWN.axes, **look)
