"""The panels below the drawn cell: what stands over each, and the figure of those that have one."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from app.language import _
from app.plot.traces import gaps
from app.settings import AXES, Settings
from app.views.gates import figure
from app.views.gates.numbers import BINS, Gates
from app.views.gates.settings import held
from app.views.gates.symbols import factor, limits, role, saturates

MAP_CELLS = 16_384
"""Numbers a map holds at the most; a longer sequence shows every k-th step."""


class Panel(NamedTuple):
    """A panel.

    Attributes:
        name: its key in the script.
        heading: the question it answers.
        look: what to look for.
        draw: (settings, numbers, mode) its figure; None where the script makes it of what it has.
    """

    name: str
    heading: str
    look: str
    draw: Callable[[Settings, Gates, str], dict[str, Any]] | None = None


def panels(settings: Settings) -> list[Panel]:
    """Those that a cell has, from top to bottom."""
    cell_class = settings.experiment.cell_class
    found = [
        Panel(
            "surgery",
            _("What if a gate is held, or a path is cut?"),
            _(
                "Hold a value between two steps; let the gradient through some names only. Dotted curves above are how "
                "things were before."
            ),
        ),
        Panel(
            "arithmetic",
            _("What is computed at this step?"),
            _(
                "One unit, with the numbers of the cursor's step. W and U are matrices of weights, w a vector of them, "
                "b a bias; a nonlinearity's bracket holds the number that they add up to."
            ),
        ),
        Panel(
            "maps",
            _("What does every unit do?"),
            _(
                "Units by steps on fixed scales: gates from 0 to 1, signed values from −1 to 1. Look for rows that "
                "never change: those units are stuck."
            ),
            maps,
        ),
    ]
    if saturates(cell_class):
        found.append(
            Panel(
                "saturation",
                _("Is it saturated?"),
                _(
                    "The histogram of pre-activations on the curve they pass. Where the dotted slope is near 0, "
                    "neither the gate nor its gradient can move."
                ),
                saturation,
            )
        )
    if cell_class.direct:
        found.append(
            Panel(
                "highway",
                _("Is the gradient the product of the gates?"),
                _(
                    "The direct path against everything else, from the last step back to t. The thick line is both "
                    "together: see which one it follows."
                ),
                highway,
            )
        )
    return found


def maps(settings: Settings, numbers: Gates, mode: str) -> dict[str, Any]:
    """Every name over units and steps."""
    experiment, cell_class, inside = settings.experiment, settings.experiment.cell_class, numbers.now
    stride = -(-experiment.length * experiment.hidden_size // MAP_CELLS)
    thinned = inside.values[::stride]
    order = np.arange(experiment.hidden_size)
    if settings.ordered:
        order = alike(thinned[:, inside.diagram.named("h").wire])
    found = [
        figure.Map(
            name,
            role(cell_class, name),
            gaps(thinned[:, inside.diagram.named(name).wire][:, order]),
            *limits(cell_class, name),
        )
        for name in cell_class.intermediates()
    ]
    return figure.maps(found, stride, experiment.length, held(settings), mode)


def alike(values: np.ndarray) -> np.ndarray:
    """Places of the units so that neighbours resemble each other: from one end, always the nearest that is left.

    Args:
        values: (steps, H).
    """
    rows = np.nan_to_num(values.T.astype(np.float64), posinf=0.0, neginf=0.0)
    distance = np.linalg.norm(rows[:, None] - rows[None], axis=-1)
    order = [int(distance.sum(axis=1).argmax())]
    while len(order) < len(rows):
        left = np.setdiff1d(np.arange(len(rows)), order)
        order.append(int(left[distance[order[-1], left].argmin()]))
    return np.array(order)


def saturation(settings: Settings, numbers: Gates, mode: str) -> dict[str, Any]:
    """The pre-activations of every gate on the nonlinearity they pass; of the state where there are no gates."""
    cell_class, inside = settings.experiment.cell_class, numbers.now
    names = [gate.symbol for gate in cell_class.gates] or cell_class.State._fields[:1]
    found = [saturated(settings, numbers, name) for name in names if name in inside.nonlinearities]
    return figure.saturation(found, mode)


def saturated(settings: Settings, numbers: Gates, name: str) -> figure.Saturation:
    """How the pre-activations of one gate lie."""
    cell_class, inside = settings.experiment.cell_class, numbers.now
    passed = inside.nonlinearities[name]
    values, before = inside.values[:, inside.diagram.named(name).wire], inside.values[:, passed.pre]
    before = np.nan_to_num(before, nan=0.0, posinf=99.0, neginf=-99.0)
    counts = np.histogram(np.clip(before, BINS[0], BINS[-1] - 1e-6), BINS)[0].astype(np.float32)
    share = counts / max(1.0, float(counts.sum()))
    low, high = limits(cell_class, name)
    ends = low + 0.1 * (high - low), high - 0.1 * (high - low)
    return figure.Saturation(
        name,
        role(cell_class, name),
        BINS.astype(np.float32),
        share,
        passed.value,
        passed.slope,
        float((values < ends[0]).mean()),
        float((values > ends[1]).mean()),
        ends,
        float((share * passed.slope).sum()),
        low,
        high,
    )


def highway(settings: Settings, numbers: Gates, mode: str) -> dict[str, Any]:
    """The direct path of the first field that has one, against everything else; bare axes where there is none."""
    cell_class, length = settings.experiment.cell_class, settings.experiment.length
    field, way = next(iter(numbers.now.highways.items()), ("h", None))
    times = cell_class.direct.get(field, "")
    hue = next((gate.symbol for gate in cell_class.gates if gate.symbol in times), field)
    curves = {name: gaps(curve) for name, curve in way._asdict().items()} if way else {}
    return figure.highway(field, factor(times), hue, curves, length, AXES[settings.axis], mode)


def highway_alone(settings: Settings, numbers: Gates, mode: str) -> dict[str, Any]:
    """The same as a figure of its own, which is as high as there is room."""
    drawn = highway(settings, numbers, mode)
    return {name: drawn[name] for name in ("data", "layout")}
