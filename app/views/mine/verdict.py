"""What the page says of the gradient of a network out of a file."""

from app import phrases
from app.figure import Verdict
from app.language import _, power_of_ten
from app.numbers import Flow
from app.settings import Settings
from app.views.mine.numbers import Mine
from cells.diagnosis import InFloat

FLOATS = ("float16", "bfloat16", "float32")
"""Types that networks are trained in."""


def mine(settings: Settings, found: Mine) -> Verdict:
    """Whether the gradient vanishes, is carried or explodes, which number would lose it, and what is beside it."""
    changed = changes(settings, found)
    asides = [" ".join(filter(None, map(lost, found.floats))), shortened(found)]
    comparisons = [beside(_("As it is in the file"), found.as_is)] if changed else []
    comparisons.append(
        beside(
            _("A new {cell} of {units} units with the usual initialisation").format(
                cell=found.label, units=found.units
            ),
            found.usual,
        )
    )
    what = _("your model") if settings.model else _("the example")
    return Verdict(
        f"{found.label}, {what} · {phrases.headline(found.changed)}",
        phrases.sentence(found.changed),
        found.changed.growth.kind,
        "\n".join(filter(None, [changed, *asides])),
        comparisons,
        phrases.checked(found.changed),
    )


def changes(settings: Settings, found: Mine) -> str:
    """What the sliders have changed of the file; "" where they have changed nothing."""
    told = []
    if settings.model_gain != 1:
        told.append(_("W_hh × {gain:.3g}").format(gain=settings.model_gain))
    if settings.model_bias and found.keeps:
        told.append(_("{bias} {amount:+.3g}").format(bias=_(found.keeps), amount=settings.model_bias))
    return _("Changed: {changes}.").format(changes=", ".join(told)) if told else ""


def lost(each: InFloat) -> str:
    """Where a type of number loses the gradient; "" where it does not."""
    if each.dtype not in FLOATS:
        return ""
    if each.overflows_after is not None:
        return _("In {dtype} it overflows {steps} steps back.").format(dtype=each.dtype, steps=each.overflows_after)
    if each.lost_after is not None:
        return _("In {dtype} it is 0 from {steps} steps back on.").format(dtype=each.dtype, steps=each.lost_after)
    return ""


def shortened(found: Mine) -> str:
    """That fewer steps are looked at than were asked for; "" where all are."""
    return (
        _("It is looked at on {steps} steps: there are no more, or it is too large for more.").format(steps=found.least)
        if found.least
        else ""
    )


def beside(what: str, flow: Flow) -> str:
    """Another gradient, in a few words."""
    kind, growth = phrases.headline(flow).lower(), flow.growth
    if growth.kind in ("overflow", "single", "zero"):
        return _("{what}: {kind}.").format(what=what, kind=kind)
    return _("{what}: {kind}, ×{factor} a step, {ratio} at step 1.").format(
        what=what,
        kind=kind,
        factor=phrases.factor(growth.log10_factor),
        ratio=power_of_ten(growth.log10_ratio),
    )


def legend(settings: Settings) -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**A curve** is log₁₀ of the length of dL/ds at every step, for each state s of the layer; solid and "
            "dashed tell its states apart. The loss is 1·h / √H at the last step, not the one that your network was "
            "trained with."
        ),
        _("**The thin line** is the network as it is in the file, where a slider has changed it."),
        _(
            "**Dotted** is a new cell of the same kind and size, drawn as this laboratory draws them: W_hh orthogonal, "
            "a forget bias of 1 where there is one. It reads the same sequence."
        ),
        _(
            "**Gain** multiplies all recurrent weights. **The bias** is added to that of the gate which keeps the "
            "state: forget or update gate."
        ),
        _("**Bands** are where a number format has nothing left, for a gradient that begins at 1."),
        _(
            "**One sequence, one layer.** Another sequence may give another picture. Dropout, attention and whatever "
            "else stands around the layer is left out."
        ),
        _(
            "**Your file** stays in the memory of this server, for an hour at most without being looked at, and is "
            "never written to a disk. The link carries its fingerprint, not its weights: whoever has the link sees "
            "the picture for as long as the file is there."
        ),
    ]
