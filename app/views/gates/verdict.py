"""What the page of gates says: how much of the gradient takes the direct path, and what an operation changed."""

import numpy as np

from app import phrases
from app.figure import Verdict
from app.language import _, power_of_ten, subscript
from app.settings import Settings
from app.views.gates.numbers import Gates
from app.views.gates.settings import held, operations
from app.views.gates.symbols import factor, gate_of

DOMINATES = 0.5
"""Decades by which one part of the split must exceed the other to be called the larger."""


def gates(settings: Settings, numbers: Gates) -> Verdict:
    """What the direct path carries, what an operation changed, and the check."""
    kind, headline, sentence = split(settings, numbers)
    return Verdict(
        f"{settings.experiment.cell_class.label} · {headline}",
        sentence,
        kind,
        done(settings),
        changed(settings, numbers),
        phrases.checked(numbers.flow),
    )


def split(settings: Settings, numbers: Gates) -> tuple[str, str, str]:
    """How much of the gradient that is let through takes the direct path: (kind, headline, sentence)."""
    cell_class, inside = settings.experiment.cell_class, numbers.now
    if inside.overflow:
        sentence = _("the forward pass leaves the finite numbers at step {step}; there is no gradient to draw.")
        return "overflow", _("Overflow"), sentence.format(step=inside.overflow)
    if not inside.highways:
        return "single", _("No direct path"), _("every way from one step to the next leads through the weights.")
    field, way = next(iter(inside.highways.items()))
    if inside.last == 1:
        return "single", _("One step"), _("the loss is on step 1, so there is no way back to split.")
    direct, rest, total = (float(curve[0]) for curve in way)
    symbols = {"field": field, "last": subscript(inside.last), "gate": factor(cell_class.direct[field])}
    if np.isneginf(total):
        sentence = _("d{field}{last}/d{field}₁ is exactly 0: no path leads from {field}{last} back to {field}₁.")
        return "zero", _("Nothing comes back to {field}₁").format(**symbols), sentence.format(**symbols)
    if np.isneginf(inside.log10_norm[0, inside.diagram.named(field).wire]):
        sentence = _("dL/d{field}₁ is exactly 0: no path leads from the loss back to {field}₁.")
        return "zero", _("Nothing comes back to {field}₁").format(**symbols), sentence.format(**symbols)
    symbols |= {"direct": size(direct), "rest": size(rest), "total": size(total)}
    blocked = operations(settings).blocked
    if blocked and np.isneginf(rest):
        sentence = _("d{field}{last}/d{field}₁ has size {total}: nothing is left of it but the direct path ∏ {gate}.")
        return "carried", _("the direct path alone"), sentence.format(**symbols)
    sentence = _(
        "d{field}{last}/d{field}₁ has size {total}: {direct} along the direct path ∏ {gate}, "
        "{rest} along every other path."
    ).format(**symbols)
    if rest > direct + DOMINATES:
        headline = _("the other paths dominate")
        told = _("The gradient is not ∏ {gate}, whatever textbooks say of the highway.")
        if gate_of(cell_class, cell_class.direct[field]) is None:
            told = _("The gradient is not ∏ {gate} alone.")
    elif direct > rest + DOMINATES:
        headline, told = _("the direct path dominates"), _("Here the textbooks' picture holds.")
    else:
        headline, told = _("both count"), _("Neither alone is the gradient.")
    if blocked:  # it is not the cell's own gradient
        told = _("That is what the blocked names let through.")
    return "carried", headline, f"{sentence} {told.format(**symbols)}"


def done(settings: Settings) -> str:
    """What is held and blocked."""
    said = [
        _("{name} held at {value:g}, steps {first} to {last}").format(**hold._asdict())
        if hold.first < hold.last
        else _("{name} held at {value:g} at step {first}").format(**hold._asdict())
        for hold in held(settings)
    ]
    blocked = operations(settings).blocked
    if blocked:
        said.append(_("no gradient through {names}").format(names=", ".join(blocked)))
    return " · ".join(said)


def changed(settings: Settings, numbers: Gates) -> list[str]:
    """What that did to the gradient at step 1, in a sentence; nothing where nothing is held or blocked."""
    if not any(operations(settings)):
        return []
    field = next(iter(settings.experiment.cell_class.direct), "h")
    wire = numbers.now.diagram.named(field).wire
    before, now = (float(inside.log10_norm[0, wire]) for inside in (numbers.before, numbers.now))
    if np.isnan(before) or np.isnan(now):
        return []
    if now == before or abs(now - before) < 0.005:
        return [_("dL/d{field}₁ is {before}, as before.").format(field=field, before=size(before))]
    text = _("dL/d{field}₁ was {before} (dotted) and is {now}").format(field=field, before=size(before), now=size(now))
    if np.isinf(before) or np.isinf(now):
        return [f"{text}."]
    change = _("{factor} times more") if now > before else _("{factor} times less")
    return [f"{text}: {change.format(factor=size(abs(now - before)))}."]


def size(log10: float) -> str:
    """A size given by its log10."""
    return power_of_ten(log10) if np.isfinite(log10) else _("exactly 0")


def legend(settings: Settings) -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**The diagram** is read from the cell's own step: learned layers in boxes, point-wise operations in "
            "circles. Forward, a wire is as thick as its values are large (root mean square over the units), and a "
            "box is filled as far as its gate is open on average."
        ),
        _(
            "**Backward**, a wire is as thick as its share of the largest gradient of that step, and as warm or cold "
            "as the gradient is large: the number is log₁₀ of its norm. The gradient of a value is the sum over the "
            "wires that leave it, as vectors: norms need not add up."
        ),
        _(
            "**Play back** walks from the loss to step 1. A gradient at c or h counts every path from there to the "
            "loss, also the one inside its own step."
        ),
        _("**Held** values, with a thick border, are constants: no gradient passes through them to what they replace."),
        _(
            "**Blocked** names, with a dashed border, keep their values and let no gradient through. Block all gates "
            "and what is left is the direct path, as far as it leads around them."
        ),
        _(
            "**The split** is exact: direct path + every other path = the whole Jacobian, of what is let through, each "
            "with its own exponent. A size is the root mean square singular value: 1 where everything is carried."
        ),
        _("Beyond 32 units it is estimated from 32 random directions."),
        _("One input, one seed: other seeds may give other numbers."),
    ]
