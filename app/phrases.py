"""Sentences that several pages share."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from app.figure import Check
from app.language import _, number, power_of_ten, steps_in_words
from app.numbers import Flow
from app.settings import AXES, leaves_axis
from cells.analyses.growth import Growth
from cells.experiment import Experiment, choices_of, every_spec, specs

HEADLINES = {
    "vanishing": lambda: _("Vanishing"),
    "exploding": lambda: _("Exploding"),
    "carried": lambda: _("Carried"),
    "zero": lambda: _("Cut off"),
    "single": lambda: _("One step"),
    "overflow": lambda: _("Overflow"),
}
ROUNDING = 1e-6
"""Steps by which a half-life of one step may come out longer."""


def headline(flow: Flow) -> str:
    """The verdict in a word."""
    if flow.summed and flow.growth.kind not in ("overflow", "single"):
        return _("Summed over all steps")
    return HEADLINES[flow.growth.kind]()


def sentence(flow: Flow) -> str:
    """The verdict in a sentence: factor per step, half-life, what reaches step 1."""
    growth = flow.growth
    if growth.kind == "overflow":
        return _("the forward pass leaves the finite numbers at step {step}; there is no gradient to draw.").format(
            step=growth.peak_step
        )
    if growth.kind == "single":
        return _("the loss is on step 1, so there is no way back to measure.")
    if growth.kind == "zero":
        return _("steps 1 to {dead} receive exactly 0: somewhere every path back has slope 0.").format(
            dead=growth.dead_until
        )
    if flow.summed:
        text = _(
            "{reaches}, but every step adds a loss of its own: to see what travels, put the loss on the last step."
        )
        return text.format(reaches=_reaches(flow))
    parts = [_("×{factor} a step").format(factor=_factor(growth)), *pace(growth.kind, growth.halving)]
    text = ", ".join(parts) + "; " + _reaches(flow) + "."
    if growth.peak > max(1.0, growth.log10_ratio + 1.0):
        text += " " + _("On the way it swells to {peak} times, at step {step}.").format(
            peak=power_of_ten(growth.peak), step=growth.peak_step
        )
    return text


def pace(kind: str, halving: float) -> list[str]:
    """How soon half is gone, or it has doubled, on average; nothing where it is carried."""
    at_once = halving < 1 + ROUNDING
    if kind == "vanishing":
        every = _("half gone every {steps}").format(steps=steps_in_words(halving))
        return [_("half gone or more at an average step") if at_once else every]
    if kind == "exploding":
        every = _("doubled every {steps}").format(steps=steps_in_words(halving))
        return [_("doubled or more at an average step") if at_once else every]
    return []


def factor(log10: float) -> str:
    """A factor per step; as a power of ten where it is far from 1, even where it is too small for a float."""
    return number(10.0**log10, 3) if -3 <= log10 < 4 else power_of_ten(log10)


def _factor(growth: Growth) -> str:
    return factor(growth.log10_factor)


def _has_factor(flow: Flow) -> bool:
    return not flow.summed and flow.growth.kind not in ("overflow", "single", "zero")


def _reaches(flow: Flow) -> str:
    ratio = flow.growth.log10_ratio
    if abs(ratio) < 0.005:
        return _("step 1 receives as much as step {last}").format(last=flow.last)
    if ratio > 0:
        text = _("step 1 receives {ratio} times what step {last} receives")
    else:
        text = _("step 1 receives {ratio} of what step {last} receives")
    return text.format(ratio=power_of_ten(ratio), last=flow.last)


def drawn_anew(experiment: Experiment) -> str:
    """What is said where a network is trained and the experiment's weights were set by hand; "" where they were not."""
    names = [name for name in ("W_hh", "b") if getattr(experiment, name)]
    text = _("Set by hand, but not trained: {names}. Weights are drawn anew.")
    return text.format(names=_(" and ").join(names)) if names else ""


def off_axis(log10_norm: np.ndarray, axis: str) -> str:
    """A sentence if any of the curves leaves the axis; else empty."""
    if not leaves_axis(log10_norm, axis):
        return ""
    if axis == max(AXES, key=lambda name: np.ptp(AXES[name])):
        return _("A curve leaves even the widest axis.")
    return _("A curve leaves this axis: choose a wider one above.")


def aside(experiment: Experiment, flow: Flow) -> str:
    """The verdict on an overlaid cell, in a few words."""
    label, growth = experiment.cell_class.label, flow.growth
    if not _has_factor(flow):
        return f"{label}: {headline(flow).lower()}"
    return _("{label}: {kind}, ×{factor} a step, {ratio} at step 1").format(
        label=label, kind=headline(flow).lower(), factor=_factor(growth), ratio=power_of_ten(growth.log10_ratio)
    )


def brief(experiment: Experiment, flow: Flow) -> str:
    """The same where many cells are overlaid: the factor alone."""
    label, growth = experiment.cell_class.label, flow.growth
    if not _has_factor(flow):
        return f"{label}: {headline(flow).lower()}"
    return _("{label} ×{factor}").format(label=label, factor=_factor(growth))


def over_seeds(flows: Sequence[Flow]) -> str:
    """How the verdict comes out over several seeds, and how far their factors lie apart; "" without any."""
    if not flows:
        return ""
    told = [headline(flow).lower() for flow in flows]
    return seeds_in_words(told, [flow.growth.log10_factor for flow in flows if _has_factor(flow)])


def seeds_in_words(told: Sequence[str], log10_factors: Sequence[float]) -> str:
    """Verdicts of several seeds, counted, and the least and largest of their factors a step."""
    kinds = Counter(told).most_common()
    counted = ", ".join(_("{count} {kind}").format(count=count, kind=kind) for kind, count in kinds)
    if len(log10_factors) < 2:
        return _("Of {seeds} seeds: {counted}.").format(seeds=len(told), counted=counted)
    return _("Of {seeds} seeds: {counted}; ×{low} to ×{high} a step.").format(
        seeds=len(told), counted=counted, low=factor(min(log10_factors)), high=factor(max(log10_factors))
    )


def comparison(number: int, pin: Experiment, pinned: Flow, now: Experiment, flow: Flow) -> str:
    """What changed since a pin, and by what factor."""
    changed = changes(pin, now)
    ratio = flow.growth.log10_ratio - pinned.growth.log10_ratio
    what = changed or _("nothing of the {cell} changed").format(cell=now.cell_class.label)
    if ratio != ratio or abs(ratio) == float("inf"):
        return _("Against pin {number} ({what}): the two cannot be compared by a factor.").format(
            number=number, what=what
        )
    if abs(ratio) < 0.02:
        return _("Against pin {number} ({what}): step 1 receives the same share.").format(number=number, what=what)
    word = _("more") if ratio > 0 else _("less")
    return _("Against pin {number} ({what}): step 1 receives {factor} times {word}.").format(
        number=number, what=what, factor=power_of_ten(abs(ratio)), word=word
    )


def short_label(name: str) -> str:
    """What a field of the experiment is called, without the unit or remark in brackets behind it."""
    return _(every_spec()[name].label).partition(" (")[0]


def changes(before: Experiment, after: Experiment) -> str:
    """The fields that differ, as "gain 1 → 0.5"; weights given by hand are only named."""
    return ", ".join(text for text, _name in _changes(before, after))


def difference(pin: Experiment, now: Experiment) -> str:
    """What sets a pin apart from the present experiment, as "gain 1.5"; its first two fields."""
    return ", ".join(text for _both, text in _changes(pin, now)[:2])


def checked(flow: Flow) -> Check:
    """The finite-difference check in a few words."""
    error = flow.check.relative_error
    if not error == error or flow.growth.kind == "overflow":
        return Check(_("no gradient to check here"), False)
    passed = error < 1e-3
    text = _("autodiff {mark} finite difference: relative difference {error} at step\u00a0{step}").format(
        mark="✓" if passed else "✗", error=power_of_ten(math.log10(max(error, 1e-16))), step=flow.check.step
    )
    return Check(text, passed)


def _changes(before: Experiment, after: Experiment) -> list[tuple[str, str]]:
    """Every field that differs and that one of the two cells has: with both values, and with the first alone."""
    found = []
    for name, spec in specs().items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new and isinstance(old, tuple):
            found.append((_("{name} by hand").format(name=name),) * 2)
        elif old != new and spec.kind == "choice":
            found.append(_arrow(short_label(name), choices_of(name)[old], choices_of(name)[new]))
        elif old != new:
            found.append(_arrow(short_label(name), old, new))
    for name in before.settings_of(before.cell_class) | after.settings_of(after.cell_class):
        old, new = before.hyperparameter(name), after.hyperparameter(name)
        if old != new:
            found.append(_arrow(short_label(name), old, new))
    return found


def _arrow(label: str, old: object, new: object) -> tuple[str, str]:
    before = f"{label} {_plain(old)}"
    return f"{before} → {_plain(new)}", before


def _plain(value: object) -> str:
    text = number(value, 6) if isinstance(value, float) else str(value)
    return text if len(text) <= 24 else text[:23] + "…"
