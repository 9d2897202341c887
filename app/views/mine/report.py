"""The diagnosis in the order of what matters, each finding with its evidence: on the page, and as a file to keep.

Names out of a file are a stranger's text: everything is escaped.
"""

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

import numpy as np

from app.figure import Verdict
from app.language import _, number
from app.numbers import Flow
from app.settings import Settings
from app.views.mine.numbers import Mine
from cells.diagnosis import CLIPPING, TRUNCATION, Diagnosis, GateState, Help
from cells.weights import Found, Layer

LISTED = 40
"""Arrays of a file that are listed; more are counted."""
LONGEST = 80
"""Characters of a name that are shown."""
WIDTH, HEIGHT = 640, 260
"""Size of the picture in the report."""


class Section(NamedTuple):
    """A question and what is found."""

    heading: str
    lines: list[str]


def sections(settings: Settings, found: Found, layer: Layer, diagnosis: Diagnosis) -> list[Section]:
    """Every finding."""
    return [
        Section(_("What is it?"), what_it_is(settings, found, layer, diagnosis)),
        Section(_("What was it initialised with?"), origin(diagnosis)),
        Section(_("How do its gates stand?"), [gate(each, diagnosis.hidden_size) for each in diagnosis.gates]),
        Section(_("How far back does it see?"), reach(diagnosis)),
        Section(_("How strong are its recurrent weights?"), spectra(diagnosis)),
        Section(
            _("What would help, and by how much?"),
            [helped(each) for each in diagnosis.help] or [_("Nothing that was tried could be measured.")],
        ),
        Section(_("Where does this knowledge come from?"), list(facts(layer, diagnosis))),
        Section(_("What else is in the file?"), others(found)),
    ]


def what_it_is(settings: Settings, found: Found, layer: Layer, diagnosis: Diagnosis) -> list[str]:
    """The file, the layer, and the sequence."""
    told = [
        _("The file is {format}. Recurrent layers in it, each direction by itself: {count}. This is {name}.").format(
            format=found.format, name=shown(layer.name), count=len(found.layers)
        ),
        _("{cell} with {units} units, which reads {channels} channels.").format(
            cell=diagnosis.cell, units=diagnosis.hidden_size, channels=diagnosis.input_size
        ),
    ]
    if layer.backward:
        told.append(_("It reads the sequence from its end; step 1 is what it reads first."))
    if layer.below:
        told.append(
            _("It reads h of {below}, which ran over the sequence before it.").format(
                below=", ".join(map(shown, layer.below))
            )
        )
    sequence = (
        _("The sequence: {steps} steps of yours.")
        if settings.model_series
        else _("The sequence: {steps} steps of white noise.")
    )
    return [*told, sequence.format(steps=diagnosis.steps)]


def origin(diagnosis: Diagnosis) -> list[str]:
    """Traces of the initialisation."""
    return [
        (_("Surely {what}: {evidence}") if trace.certain else _("Perhaps {what}: {evidence}")).format(
            what=trace.what, evidence=trace.evidence
        )
        for trace in diagnosis.origin
    ] or [_("Nothing in the weights tells.")]


def gate(each: GateState, units: int) -> str:
    """How a gate stands."""
    if each.low is None:
        return _("{symbol} ({role}): {mean:.2f} on average.").format(
            symbol=each.symbol, role=_(each.role), mean=each.mean
        )
    text = _(
        "{symbol} ({role}): {mean:.2f} on average; {low:.0f} % in the lowest tenth of its range and {high:.0f} % in "
        "the highest; {stuck_low} and {stuck_high} of {units} units never leave them."
    )
    return text.format(
        symbol=each.symbol,
        role=_(each.role),
        mean=each.mean,
        low=100 * each.low,
        high=100 * each.high,
        stuck_low=each.stuck_low,
        stuck_high=each.stuck_high,
        units=units,
    )


def reach(diagnosis: Diagnosis) -> list[str]:
    """How the gradient goes back."""
    way = diagnosis.way_back
    if way.overflow:
        return [_("Its state leaves the finite numbers at step {step}.").format(step=way.overflow)]
    told = []
    if way.factor is not None:
        told.append(
            _("The gradient has a factor of {factor:.4g} a step, {decades:+.1f} decades in all.").format(
                factor=way.factor, decades=way.log10_ratio
            )
        )
    if way.half_life is not None:
        told.append(_("Half of it is gone every {steps:.3g} steps.").format(steps=way.half_life))
    if way.one_percent is None:
        told.append(_("More than a hundredth of it arrives at step 1."))
    else:
        told.append(_("Less than a hundredth of it arrives from {steps} steps back on.").format(steps=way.one_percent))
    for each in diagnosis.floats:
        if each.overflows_after is not None:
            told.append(
                _("In {dtype} it overflows {steps} steps back.").format(dtype=each.dtype, steps=each.overflows_after)
            )
        elif each.lost_after is not None:
            told.append(
                _("In {dtype} it is 0 from {steps} steps back on.").format(dtype=each.dtype, steps=each.lost_after)
            )
    return told


def spectra(diagnosis: Diagnosis) -> list[str]:
    """Of every block of the recurrent weights."""
    return [
        _("{symbol}: spectral radius {radius:.3g}, largest singular value {norm:.3g}.").format(
            symbol=block.symbol, radius=block.spectral_radius, norm=block.spectral_norm
        )
        for block in diagnosis.spectra
    ]


def helped(each: Help) -> str:
    """What a change does."""
    before, after = (_("none") if value is None else number(value, 3) for value in (each.before, each.after))
    texts = {
        CLIPPING: _(
            "Clipping at {amount:g}: the largest gradient of a piece is {before} times the usual one, then {after}."
        ),
        TRUNCATION: _("Truncation to {amount:g} steps: {measure} {before}, then {after}."),
    }
    text = texts.get(each.change, _("{change} {amount:+g}: {measure} {before}, then {after}."))
    told = text.format(change=_(each.change), amount=each.amount, measure=_(each.measure), before=before, after=after)
    verdict = _("It helps here.") if each.helps else _("It does not help here.")
    return _("{told} {verdict} Measured on {steps} steps.").format(told=told, verdict=verdict, steps=each.steps)


def facts(layer: Layer, diagnosis: Diagnosis) -> Iterator[str]:
    """What was known, inferred and asked."""
    hows = {"known": _("Known"), "inferred": _("Inferred"), "asked": _("Asked, and answered by you")}
    for subject, fact in layer.facts.items():
        value = shown(fact.value) if fact.value is not None else _("as chosen above")
        yield _("{how}: {subject} = {value}. {why}").format(
            how=hows[fact.how], subject=subject, value=value, why=fact.why
        )
    yield _("Made of the arrays {names}.").format(names=", ".join(map(shown, layer.sources)))


def others(found: Found) -> list[str]:
    """Refused layers, remarks, and all other arrays."""
    told = [*found.refused, *found.remarks]
    told += [
        _("{name}, {shape}, {dtype}: {role}.").format(
            name=shown(each.name), shape=" × ".join(map(str, each.shape)) or "1", dtype=each.dtype, role=each.role
        )
        for each in found.others[:LISTED]
    ]
    if len(found.others) > LISTED:
        told.append(_("And {count} more arrays.").format(count=len(found.others) - LISTED))
    return told or [_("Nothing.")]


def shown(name: str) -> str:
    """A name out of a file, not too long and in one line."""
    plain = "".join(character if character.isprintable() else "�" for character in name)
    return plain if len(plain) <= LONGEST else plain[:LONGEST] + "…"


def body(found: list[Section]) -> str:
    """Sections as HTML."""
    return "".join(
        f"<h3>{escape(section.heading)}</h3><ul>{''.join(f'<li>{escape(line)}</li>' for line in section.lines)}</ul>"
        for section in found
        if section.lines
    )


def document(found: list[Section], verdict: Verdict, numbers: Mine) -> str:
    """A whole page of HTML that needs nothing else."""
    title = _("Diagnosis of a recurrent layer")
    lines = [verdict.sentence, *verdict.asides.split("\n"), *verdict.comparisons]
    said = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    style = (
        "body{font:15px/1.45 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1f2430}"
        "h1{font-size:1.4rem}h2,h3{font-size:1.05rem;margin:1rem 0 .2rem}ul{margin:0;padding-left:1.2rem}"
        "li,p{overflow-wrap:anywhere;margin:.15rem 0}svg{width:100%;height:auto}"
    )
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{style}</style></head><body><h1>{escape(title)}</h1><h2>{escape(verdict.headline)}</h2>{said}"
        f"{picture(numbers)}{body(found)}</body></html>"
    )


def picture(numbers: Mine) -> str:
    """The gradients of the whole state as an SVG: of the network, and dashed of the new cell."""
    flows = {"#0069b4": numbers.changed, "#5b6270": numbers.usual}
    drawn = np.concatenate([flow.log10_state_norm[np.isfinite(flow.log10_state_norm)] for flow in flows.values()])
    if not drawn.size:
        return ""
    low, high = float(np.floor(drawn.min())), float(np.ceil(drawn.max()))
    lines = "".join(polyline(flow, low, max(high, low + 1), colour) for colour, flow in flows.items())
    caption = _("log₁₀ ‖dL/ds‖ from {low:.0f} to {high:.0f}, steps 1 to {last}; grey: a new cell.")
    told = caption.format(low=low, high=max(high, low + 1), last=numbers.changed.last)
    frame = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#9aa1ad"/>'
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{frame}{lines}</svg><p>{escape(told)}</p>'


def polyline(flow: Flow, low: float, high: float, colour: str) -> str:
    """A curve over the steps; steps without a number are left out."""
    norm = flow.log10_state_norm
    places = np.flatnonzero(np.isfinite(norm))
    points = " ".join(
        f"{WIDTH * place / max(len(norm) - 1, 1):.1f},{HEIGHT * (high - norm[place]) / (high - low):.1f}"
        for place in places
    )
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
