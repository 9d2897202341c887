"""What the page that adds up the gradient says: its size, who carries it, what truncation keeps, where descent goes."""

import math

import numpy as np

from app.figure import Check, Verdict
from app.language import _, power_of_ten, written
from app.settings import Settings
from app.views.bptt.numbers import FAR, Parts, Walks
from app.views.bptt.settings import weights_shown, window

ADDS_UP = 1e-10
"""Largest relative difference between the sum and the tied gradient that counts as equal."""
MOST, HARDLY = 0.5, 0.01
"""Shares of the sum above which the far past carries most of it, and below which it is gone."""
DROWNS = 0.8
"""Share of the sum above which what exploded drowns the rest."""
HEALTHY = 2.0
"""Decades from 1 within which the size of a gradient looks healthy."""
FORMULA = (
    r"\frac{dL}{dW} \;=\; \sum_{t} \;\textcolor{#e0533d}{\frac{\partial L}{\partial s_T}}\;"
    r"\textcolor{#3d8fe0}{\prod_{j=t+1}^{T} \frac{\partial s_j}{\partial s_{j-1}}}\;"
    r"\textcolor{#a47be0}{\frac{\partial^{+} s_t}{\partial W}}"
)
"""The sum, its factors coloured: the loss, the way back, the step's own."""


def added(settings: Settings, parts: Parts) -> Verdict:
    """The size of the sum, who carries it, and what truncation keeps."""
    label, name = settings.experiment.cell_class.label, weights_shown(settings)
    if parts.overflow:
        sentence = _("the forward pass leaves the finite numbers at step {step}; there is nothing to add up.")
        return Verdict(
            f"{label} · {_('Overflow')}",
            sentence.format(step=parts.overflow),
            "overflow",
            check=Check(_("nothing to check here"), False),
        )
    kind, headline, sentence = who_carries(parts, name)
    return Verdict(
        f"{label} · {headline}",
        sentence,
        kind,
        truncated(settings, parts),
        notes(settings),
        checked(parts),
    )


def who_carries(parts: Parts, name: str) -> tuple[str, str, str]:
    """(kind, headline, sentence): where the sum comes from, and whether its terms grow or vanish on their way."""
    if not math.isfinite(parts.log10_total[name]):
        return "zero", _("Nothing to add"), _("every contribution is exactly 0.")
    size = _("the whole gradient has length {size}; ").format(size=power_of_ten(parts.log10_total[name]))
    if parts.last <= FAR:
        return "carried", _("Near"), size + _("there are only {last} steps to add up.").format(last=parts.last)
    far, near_and_far = parts.far_share(name), parts.near_and_far(name)
    from_far = _("{share} of it comes from {lag} steps back or more").format(share=percent(far), lag=FAR)
    way = parts.growth.kind if parts.growth.kind in ("vanishing", "exploding") else "carried"
    if near_and_far[0] == -math.inf:
        told = {
            "vanishing": _("all of it comes from {lag} steps back or more, and vanished on the way."),
            "exploding": _("all of it comes from {lag} steps back or more, and exploded on the way."),
            "carried": _("all of it comes from {lag} steps back or more: nothing nearer adds to it."),
        }
        return way, _("Only the far past"), size + told[way].format(lag=FAR)
    if far > MOST:
        return way, _("Mostly the far past"), size + from_far + _mostly_far(parts, far)
    if near_and_far[1] == -math.inf and parts.growth.kind != "zero":
        none = _("none of it comes from {lag} steps back or more: nothing is added there.")
        return "carried", _("Only the near past"), size + none.format(lag=FAR)
    if far < HARDLY and way != "vanishing" and parts.growth.kind != "zero":
        return "carried", _("Only the near past"), size + from_far + "."
    if far < HARDLY:
        gone = _(": the far past is gone.")
        if abs(parts.log10_total[name]) <= HEALTHY:
            gone = _(": it looks healthy, and the far past is gone.")
        return "vanishing", _("Only the near past"), size + from_far + gone
    return "carried", _("Near and far"), size + from_far + "."


def _mostly_far(parts: Parts, far: float) -> str:
    """How the far past comes to carry most of the sum."""
    if parts.growth.kind == "vanishing":
        return _(", although it vanishes on the way: the nearer steps add less.")
    if parts.growth.kind == "exploding":
        return _(", which drowns the rest.") if far > DROWNS else _(", and exploded on the way.")
    if parts.growth.kind == "carried" and parts.last > 2 * FAR:
        return _(": nothing explodes on the way, most of the steps are that far.")
    return _(", although nothing explodes on the way.") if parts.growth.kind == "carried" else "."


def percent(share: float) -> str:
    """A share in per cent; as a power of ten where it is less than one."""
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{power_of_ten(math.log10(share))}" if share > 0 else "0"


def truncated(settings: Settings, parts: Parts) -> str:
    """What is left of the gradient inside the window."""
    steps, name = window(settings), weights_shown(settings)
    kept, rest = float(parts.log10_truncated[name][steps - 1]), float(parts.log10_rest[name][steps - 1])
    start = _("Truncated to {window} of {last} steps back")
    if settings.experiment.loss == "every":
        start = _("The last {window} of {last} steps alone")
    return start.format(window=steps, last=parts.last) + _what_is_left(
        kept, rest, parts.log10_total[name], parts.cosine[name][steps - 1]
    )


def _what_is_left(kept: float, rest: float, total: float, cosine: float) -> str:
    """How some steps' part of the gradient compares with the whole, from log10 sizes of the part, the rest and all."""
    if kept == -math.inf:
        return _(": exactly 0, nothing of it is left.")
    if rest == -math.inf:
        return _(": it is the whole gradient.")
    turned, length = f"{cosine:.3f}", power_of_ten(kept - total)
    if (turned, length) == ("1.000", "1"):
        return _(": the whole gradient but for {rest} of its length.").format(rest=power_of_ten(rest - total))
    return _(": cosine {cosine}, {length} of the length.").format(cosine=written(turned), length=length)


def notes(settings: Settings) -> list[str]:
    """What is shown instead of what was asked for."""
    experiment, shown = settings.experiment, weights_shown(settings)
    said = [_("The weights are those of the first layer.")] if experiment.layers > 1 else []
    if shown != settings.weights:
        text = _("{cell} has no {missing}: its {shown} is shown instead.")
        said.append(text.format(cell=experiment.cell_class.label, missing=settings.weights, shown=shown))
    if experiment.loss == "every":
        said.append(
            _("Every step has a loss here, so the curves below show what the last steps alone add, not truncation.")
        )
    return said


def checked(parts: Parts) -> Check:
    """The sum of all steps against the gradient of the shared weights."""
    error = parts.relative_error
    if all(size == -math.inf for size in parts.log10_total.values()):
        return Check(_("nothing to check here"), False)
    if math.isnan(error):
        return Check(_("beyond float64: plain autodiff has no number to compare with"), False)
    agrees = error < ADDS_UP
    text = _("sum of all steps {mark} tied gradient: relative difference {error}")
    size = power_of_ten(math.log10(max(error, 1e-16)))
    return Check(text.format(mark="✓" if agrees else "✗", error=size), agrees)


def by_gain(settings: Settings, numbers: list[Parts]) -> Verdict:
    """Who carries the sum, from vanishing to exploding."""
    cell_class = settings.experiment.cell_class
    sentence = _(
        "a vanished term leaves the rest of the sum as it is, so the whole gradient looks healthy; an exploded one "
        "drowns it. A norm of the whole gradient cannot show vanishing, and no learning rate changes the ratio."
    )
    if "W_hh" not in cell_class.weights():
        sentence = _("the gain multiplies W_hh, which this cell does not have: the curves are level.")
    return Verdict(f"{cell_class.label} · {_('Near and far')}", sentence)


def descents(settings: Settings, walks: Walks) -> Verdict:
    """Where gradient descent goes with and without clipping."""
    highest = float(np.nanmax(walks.plain.log10_norm))
    sentence = _(
        "without clipping {first}, clipped {second}. The largest gradient on the way without clipping has norm {norm}."
    ).format(
        first=ending(walks.plain.loss),
        second=ending(walks.clipped.loss),
        norm=power_of_ten(highest) if math.isfinite(highest) else "∞",
    )
    return Verdict(_("After {count} updates").format(count=len(walks.plain.loss) - 1), sentence)


def ending(loss: np.ndarray) -> str:
    """Where a walk goes."""
    broken = np.flatnonzero(~np.isfinite(loss))
    if broken.size:
        return _("the loss leaves the finite numbers at update {update}").format(update=int(broken[0]))
    first, last = (power_of_ten(math.log10(max(value, 1e-300))) if value > 0 else "0" for value in loss[[0, -1]])
    return _("the loss goes from {first} to {last}").format(first=first, last=last)


def legend(settings: Settings) -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**A bar** is the length of dL/dW⁽ᵗ⁾: the gradient of the copy of the weights that step t uses. All steps "
            "share the weights, so their gradient is the sum of the bars' matrices, not of the bars: terms may cancel."
        ),
        _(
            "**Two factors** make a bar: what arrives from the loss, dL/dsₜ, and what the step itself does with the "
            "weights, ∂⁺sₜ/∂W with the state before it held fixed."
        ),
        _(
            "**The matrices** are contributions at unit length, warm above 0 and blue below; gates stand below one "
            "another. Their sizes are the bars. The sum of all steps and the gradient of the tied weights are the same."
        ),
        _(
            "**Truncation** drops what lies before the dotted line. The curves show where each window would end: the "
            "cosine of the truncated gradient with the full one, and its length. What is dropped is always dropped: "
            "it is bias, not noise."
        ),
        _(
            "**The walks** bring the mean of h at the last step towards 0.5 by plain gradient descent on this one "
            "sequence, 60 updates, all weights."
        ),
        _("One input, one seed: other seeds may give other numbers."),
    ]
