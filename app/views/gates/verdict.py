"""The page of gates: the cell's inside as figure, words, and everything its script needs to move a cursor by itself."""

import math
from typing import Any

import numpy as np

from app import numbers as compute
from app import phrases as verdict
from app import theme
from app.figure import Frame, Words
from app.language import _, power_of_ten, subscript
from app.settings import AXES, Picture
from app.views.gates import figure as figures
from app.views.gradient.figure import signal
from cells.base import AbstractCell, Gate
from cells.diagram import Node
from cells.experiment import Experiment

MAP_CELLS = 16_384
"""Numbers a map holds at the most; a longer sequence shows every k-th step."""
BINS = np.linspace(-8.0, 8.0, 65)
DOMINATES = 0.5
"""Decades by which one part of the split must exceed the other to be called the larger."""


def words(picture: Picture) -> Words:
    """What the direct path carries, what an operation changed, and the check."""
    experiment = picture.experiment
    inside = compute.inside(experiment, picture.operations)
    cell_class = experiment.cell_class
    badge, badge_ok = verdict.badge(compute.flow(experiment))
    kind, headline, sentence = _verdict(cell_class, inside)
    return Words(
        f"{cell_class.label} · {headline}", kind, sentence, _operations(picture), _effect(picture), badge, badge_ok
    )


def figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Gates, gradients and input over time; with an operation, how they were before as ghosts."""
    experiment, cell_class = picture.experiment, picture.experiment.cell_class
    inside = compute.inside(experiment, picture.operations)
    curves = _curves(cell_class, inside, ghost=False)
    if any(picture.operations):
        curves = _curves(cell_class, compute.inside(experiment), ghost=True) + curves
    title = _("opening") if any(not gate.candidate for gate in cell_class.gates) else _("size")
    top = max((float(np.nanmax(c.y)) for c in curves if c.panel == "opening"), default=1.0)
    return figures.over_time(
        curves,
        np.ascontiguousarray(signal(compute.input_sequence(experiment)), np.float32),
        _spans(picture),
        axis=AXES[picture.axis],
        mode=mode,
        opening=(title, 1.03 if top <= 1 or not np.isfinite(top) else 1.05 * top),
    )


def more(picture: Picture, mode: str) -> dict[str, Any]:
    """The other figures, and all that the diagram needs at every step: scrubbing asks for nothing."""
    experiment, cell_class = picture.experiment, picture.experiment.cell_class
    inside = compute.inside(experiment, picture.operations)
    return {
        "figures": {
            "maps": _maps(picture, inside, mode),
            "saturation": _saturation(experiment, inside, mode) if saturates(cell_class) else None,
            "highway": _highway(picture, inside, mode),
        },
        "cell": _cell(picture, cell_class, inside, mode),
    }


def saturates(cell_class: type[AbstractCell]) -> bool:
    """Whether any value of the cell passes a nonlinearity."""
    return cell_class.nonlinear or any(math.isfinite(gate.high) for gate in cell_class.gates)


def _verdict(cell_class: type[AbstractCell], inside: compute.Inside) -> tuple[str, str, str]:
    if inside.overflow:
        sentence = _("the forward pass leaves the finite numbers at step {step}; there is no gradient to draw.")
        return "overflow", _("Overflow"), sentence.format(step=inside.overflow)
    if not inside.highways:
        return "single", _("No direct path"), _("every way from one step to the next leads through the weights.")
    field, way = next(iter(inside.highways.items()))
    factor = cell_class.direct[field]
    gate = _factor(factor)
    if inside.last == 1:
        return "single", _("One step"), _("the loss is on step 1, so there is no way back to split.")
    direct, rest, total = (float(curve[0]) for curve in way)
    if np.isneginf(total):
        sentence = _("d{field}{last}/d{field}₁ is exactly 0: no path leads back to step 1.")
        return "zero", _("Nothing comes back"), sentence.format(field=field, last=subscript(inside.last))
    numbers = _(
        "d{field}{last}/d{field}₁ has size {total}: {direct} along the direct path ∏ {gate}, "
        "{rest} along every other path."
    ).format(
        field=field,
        last=subscript(inside.last),
        total=_power(total),
        gate=gate,
        direct=_power(direct),
        rest=_power(rest),
    )
    if rest > direct + DOMINATES:
        told = _("The gradient is not ∏ {gate}, whatever textbooks say of the highway.")
        if _gate(cell_class, factor) is None:
            told = _("The gradient is not ∏ {gate} alone.")
        return "carried", _("the other paths dominate"), f"{numbers} {told.format(gate=gate)}"
    if direct > rest + DOMINATES:
        return "carried", _("the direct path dominates"), f"{numbers} " + _("Here the textbooks' picture holds.")
    return "carried", _("both count"), f"{numbers} " + _("Neither alone is the gradient.")


def _factor(text: str) -> str:
    """A factor as it stands behind a product sign."""
    return f"({text})" if " " in text and not text.startswith("Re ") else text


def _power(log10: float) -> str:
    return power_of_ten(log10) if np.isfinite(log10) else _("exactly 0")


def _operations(picture: Picture) -> str:
    holds, blocked = picture.operations
    said = [
        _("{name} held at {value:g}, steps {first} to {last}").format(**hold._asdict())
        if hold.first < hold.last
        else _("{name} held at {value:g} at step {first}").format(**hold._asdict())
        for hold in holds
    ]
    if blocked:
        said.append(_("no gradient through {names}").format(names=", ".join(blocked)))
    return " · ".join(said)


def _effect(picture: Picture) -> list[str]:
    if not any(picture.operations):
        return []
    before, now = compute.inside(picture.experiment), compute.inside(picture.experiment, picture.operations)
    field = next(iter(picture.experiment.cell_class.direct), "h")
    wire = now.diagram.named(field).wire
    one, other = (float(inside.log10_norm[0, wire]) for inside in (before, now))
    if np.isnan(one) or np.isnan(other):
        return []
    if one == other or abs(other - one) < 0.005:
        return [_("dL/d{field}₁ is {before}, as before.").format(field=field, before=_power(one))]
    text = _("dL/d{field}₁ was {before} (dotted) and is {now}").format(
        field=field, before=_power(one), now=_power(other)
    )
    if np.isinf(one) or np.isinf(other):
        return [f"{text}."]
    change = _("{factor} times more") if other > one else _("{factor} times less")
    return [f"{text}: {change.format(factor=_power(abs(other - one)))}."]


def _gate(cell_class: type[AbstractCell], name: str) -> Gate | None:
    return next((gate for gate in cell_class.gates if gate.symbol == name), None)


def _role(cell_class: type[AbstractCell], name: str) -> str:
    gate = _gate(cell_class, name)
    return _(gate.role) if gate else _("state {name}").format(name=name)


def _range(cell_class: type[AbstractCell], name: str) -> tuple[float, float]:
    """What a value's scale shows: its range, or −1 to 1 where it has none."""
    gate = _gate(cell_class, name)
    return (gate.low, gate.high) if gate and math.isfinite(gate.high) else (-1.0, 1.0)


def _size(values: np.ndarray) -> np.ndarray:
    """Root mean square over the units."""
    return np.sqrt(np.mean(np.square(values, dtype=np.float64), axis=-1)).astype(np.float32)


def _opening(cell_class: type[AbstractCell], name: str, values: np.ndarray) -> np.ndarray:
    """Mean over the units of what is 0 to 1, size of what has a sign."""
    return values.mean(axis=-1) if _range(cell_class, name)[0] >= 0 else _size(values)


def _curves(cell_class: type[AbstractCell], inside: compute.Inside, *, ghost: bool) -> list[figures.Curve]:
    prefix = "ghost." if ghost else ""
    shown = [gate.symbol for gate in cell_class.gates] or list(cell_class.State._fields)
    found = []
    for name in shown:
        node = inside.diagram.named(name)
        signed = _range(cell_class, name)[0] < 0
        label = f"{name} {_role(cell_class, name)}" + (_(" (size)") if signed else "")
        y = _opening(cell_class, name, inside.values[:, node.wire])
        found.append(figures.Curve(f"{prefix}{name}", name, label, _finite(y), "opening", ghost))
    for name in cell_class.intermediates():
        y = inside.log10_norm[:, inside.diagram.named(name).wire].copy()
        y[inside.last :] = np.nan
        state = name in cell_class.State._fields
        label = _("∇{name}").format(name=name)
        found.append(figures.Curve(f"{prefix}gradient.{name}", name, label, _finite(y), "gradient", ghost, state))
    return found


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan).astype(np.float32)


def _spans(picture: Picture) -> list[tuple[str, int, int]]:
    last = picture.experiment.length
    return [(hold.name, hold.first, min(hold.last, last)) for hold in picture.operations.holds if hold.first <= last]


def _order(values: np.ndarray) -> np.ndarray:
    """Places of the units so that neighbours resemble each other: from one end, always the nearest that is left."""
    rows = np.nan_to_num(values.T.astype(np.float64), posinf=0.0, neginf=0.0)
    distance = np.linalg.norm(rows[:, None] - rows[None], axis=-1)
    order = [int(distance.sum(axis=1).argmax())]
    while len(order) < len(rows):
        left = np.setdiff1d(np.arange(len(rows)), order)
        order.append(int(left[distance[order[-1], left].argmin()]))
    return np.array(order)


def _maps(picture: Picture, inside: compute.Inside, mode: str) -> dict[str, Any]:
    experiment, cell_class = picture.experiment, picture.experiment.cell_class
    stride = -(-experiment.length * experiment.hidden_size // MAP_CELLS)
    thinned = inside.values[::stride]
    order = np.arange(experiment.hidden_size)
    if picture.ordered:
        order = _order(thinned[:, inside.diagram.named("h").wire])
    found = [
        figures.Map(
            name,
            _role(cell_class, name),
            _finite(thinned[:, inside.diagram.named(name).wire][:, order]),
            *_range(cell_class, name),
        )
        for name in cell_class.intermediates()
    ]
    return figures.maps(found, stride, experiment.length, _spans(picture), mode)


def _saturation(experiment: Experiment, inside: compute.Inside, mode: str) -> dict[str, Any]:
    cell_class = experiment.cell_class
    found = []
    for name in [gate.symbol for gate in cell_class.gates] or cell_class.State._fields[:1]:
        node = inside.diagram.named(name)
        if node.pre is None:
            continue
        low, high = _range(cell_class, name)
        values = inside.values[:, node.wire]
        before = np.nan_to_num(inside.values[:, node.pre], nan=0.0, posinf=99.0, neginf=-99.0)
        inner = np.clip(before, BINS[0], BINS[-1] - 1e-6)
        counts = np.histogram(inner, BINS)[0].astype(np.float32)
        share = counts / max(1.0, float(counts.sum()))
        middle = (BINS[1:] + BINS[:-1]) / 2
        function = _function(node, experiment)
        curve, slope = compute.curves(tuple(middle))[function] if function else (None, None)
        ends = low + 0.1 * (high - low), high - 0.1 * (high - low)
        found.append(
            figures.Saturation(
                name,
                _role(cell_class, name),
                BINS.astype(np.float32),
                share,
                curve,
                slope,
                float((values < ends[0]).mean()),
                float((values > ends[1]).mean()),
                ends,
                float((share * slope).sum()) if slope is not None else float("nan"),
                low,
                high,
            )
        )
    return figures.saturation(found, mode)


def _function(node: Node, experiment: Experiment) -> str:
    """Name of a node's nonlinearity in the table of activations."""
    return {"σ": "sigmoid", "φ": experiment.activation, "tanh": "tanh"}.get(node.label, "")


def _highway(picture: Picture, inside: compute.Inside, mode: str) -> dict[str, Any] | None:
    if not inside.highways:
        return None
    field, way = next(iter(inside.highways.items()))
    curves = {name: _finite(curve) for name, curve in way._asdict().items()}
    cell_class = picture.experiment.cell_class
    factor = cell_class.direct[field]
    hue = next((gate.symbol for gate in cell_class.gates if gate.symbol in factor), field)
    return figures.highway(field, _factor(factor), hue, curves, AXES[picture.axis], mode)


def _cell(picture: Picture, cell_class: type[AbstractCell], inside: compute.Inside, mode: str) -> dict[str, Any]:
    experiment, drawn = picture.experiment, inside.diagram
    unit = min(picture.unit, experiment.hidden_size)
    fields = cell_class.State._fields
    xs = compute.input_sequence(experiment)
    means = inside.values.mean(axis=-1)
    return {
        "nodes": [node._asdict() | _shown(node, cell_class, experiment, mode) for node in drawn.nodes],
        "edges": [edge._asdict() for edge in drawn.edges],
        "fields": list(fields),
        "stateWires": [drawn.named(field).wire for field in fields],
        "names": [
            {
                "name": name,
                "role": _role(cell_class, name),
                "low": _range(cell_class, name)[0],
                "high": _range(cell_class, name)[1],
                "colour": theme.symbol(name, mode),
            }
            for name in cell_class.intermediates()
        ],
        "holds": [hold._asdict() for hold in picture.operations.holds],
        "blocked": list(picture.operations.blocked),
        "scale": theme.gradient_size(mode),
        "colours": dict(theme.colours(mode)),
        "length": experiment.length,
        "last": inside.last,
        "at": min(picture.at, experiment.length),
        "unit": unit,
        "units": experiment.hidden_size,
        "ordered": picture.ordered,
        "shape": {"wires": means.shape[1], "feeds": inside.log10_feeds.shape[1], "fields": len(fields)},
        "size": _finite(_size(inside.values)).ravel(),
        "mean": _finite(means).ravel(),
        "one": _finite(inside.values[:, :, unit - 1]).ravel(),
        "gradient": inside.log10_norm.ravel(),
        "feeds": inside.log10_feeds.ravel(),
        "after": inside.log10_after.ravel(),
        "input": _size(xs),
    }


def _shown(node: Node, cell_class: type[AbstractCell], experiment: Experiment, mode: str) -> dict[str, Any]:
    gate = _gate(cell_class, node.name)
    label = experiment.activation if node.label == "φ" else node.label
    return {
        "label": label,
        "role": _role(cell_class, node.name) if node.name else "",
        "gate": gate is not None,
        "signed": _range(cell_class, node.name)[0] < 0,
        "colour": theme.symbol(node.name or node.id, mode) if node.name or node.kind == "input" else "",
    }


FRAME = Frame(
    lambda picture: [picture.experiment],
    lambda picture: compute.inside_progress(picture.experiment, picture.operations),
    words,
    figure,
    more,
)
