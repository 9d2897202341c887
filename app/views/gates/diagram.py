"""What the page's script reads: the drawn cell, and its numbers at every step, so that scrubbing asks for nothing."""

from typing import Any

from app.language import _
from app.plot import theme
from app.plot.traces import gaps
from app.settings import Settings
from app.views.gates.numbers import Gates
from app.views.gates.panels import panels
from app.views.gates.settings import operations
from app.views.gates.symbols import gate_of, is_signed, limits, role, size
from cells.diagram import Node


def extra(settings: Settings, numbers: Gates, mode: str) -> dict[str, Any]:
    """The figures of the panels by name, and the cell."""
    figures = {panel.name: panel.draw(settings, numbers, mode) for panel in panels(settings) if panel.draw}
    return {"figures": figures, "cell": cell(settings, numbers, mode)}


def cell(settings: Settings, numbers: Gates, mode: str) -> dict[str, Any]:
    """Nodes, wires, names and operations; series are (T, wires), (T, feeds) or (T, fields), laid flat."""
    experiment, cell_class, inside = settings.experiment, settings.experiment.cell_class, numbers.now
    fields, (holds, blocked) = cell_class.State._fields, operations(settings)
    unit = min(settings.unit, experiment.hidden_size)
    means = inside.values.mean(axis=-1)
    return {
        "nodes": [node._asdict() | look(settings, node, mode) for node in inside.diagram.nodes],
        "edges": [edge._asdict() for edge in inside.diagram.edges],
        "fields": list(fields),
        "stateWires": [inside.diagram.named(field).wire for field in fields],
        "names": [
            {
                "name": name,
                "role": role(cell_class, name),
                "low": limits(cell_class, name)[0],
                "high": limits(cell_class, name)[1],
                "colour": theme.symbol(name, mode),
            }
            for name in cell_class.intermediates()
        ],
        "holds": [hold._asdict() for hold in holds],
        "blocked": list(blocked),
        "scale": theme.gradient_size(mode),
        "colours": dict(theme.colours(mode)),
        "length": experiment.length,
        "last": inside.last,
        "at": settings.step("at"),
        "unit": unit,
        "units": experiment.hidden_size,
        "ordered": settings.ordered,
        "shape": {"wires": means.shape[1], "feeds": inside.log10_feeds.shape[1], "fields": len(fields)},
        "size": gaps(size(inside.values)).ravel(),
        "mean": gaps(means).ravel(),
        "one": gaps(inside.values[:, :, unit - 1]).ravel(),
        "gradient": inside.log10_norm.ravel(),
        "feeds": inside.log10_feeds.ravel(),
        "after": inside.log10_after.ravel(),
        "input": size(numbers.xs),
    }


def texts() -> dict[str, str]:
    """What the diagram and its cursor say."""
    return {
        "diagram": _("The cell at step {t}"),
        "cursor": _("step t"),
        "play": _("Play forward"),
        "back": _("Play back from the loss"),
        "pause": _("Pause"),
        "earlier": _("One step earlier"),
        "later": _("One step later"),
        "speed": _("steps a second"),
        "forward": _("values"),
        "backward": _("gradient"),
        "show": _("on the wires"),
        "mean": _("mean"),
        "size": _("size"),
        "gradientSize": _("log₁₀ |∇|"),
        "oneUnit": _("unit {unit}"),
        "nothing": _("exactly 0"),
        "captionForward": _("wires: root mean square over the units · boxes of gates: mean opening"),
        "captionBackward": _("numbers: log₁₀ of the gradient · width: share of this step's largest"),
    }


def look(settings: Settings, node: Node, mode: str) -> dict[str, Any]:
    """How a node is drawn."""
    cell_class = settings.experiment.cell_class
    return {
        "label": settings.experiment.activation if node.label == "φ" else node.label,
        "role": role(cell_class, node.name) if node.name else "",
        "gate": gate_of(cell_class, node.name) is not None,
        "signed": is_signed(cell_class, node.name),
        "colour": theme.symbol(node.name or node.id, mode) if node.name or node.kind == "input" else "",
    }
