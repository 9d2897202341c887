"""What the page on one neuron says, figure by figure."""

import math

import numpy as np

from app.figure import Check, Verdict
from app.language import _, number, power_of_ten
from app.phrases import factor
from app.settings import Settings, leaves_axis
from app.views.neuron import numbers
from cells.activations import ACTIVATIONS
from cells.analyses.growth import CARRIED, CARRIED_IN_ALL
from cells.analyses.theory import products
from cells.analyses.theory.error_surface import STEPS, UPDATES
from cells.analyses.theory.one_neuron import MARGINAL, Attractor, Critical, FixedPoints

AGREES = 1e-6
"""Largest relative difference between the product of the slopes and autodiff that counts as agreement."""
SPOILS = 1.0
"""Decades by which the smallest factor must fall short of the typical one to be named."""
CREEPING = 0.01
"""A slope at the attractor this close to ±1 dies by a power law as long as anyone looks."""
ARRIVED = 1e-9
"""Distance from the attractor below which an orbit stands on it."""
TINY = 1e-12
"""Slopes below this are told as 0."""


def neuron(settings: Settings, found: numbers.Neuron) -> Verdict:
    """The factor a step, where it goes and the slope there, the fixed points, and the one bad factor."""
    label, steps = ACTIVATIONS[settings.experiment.activation].label, settings.neuron_steps
    total = float(found.log10_products[-1])
    kind, headline = _kind(total, steps)
    agrees = found.relative_error <= AGREES
    error = power_of_ten(math.log10(max(found.relative_error, 1e-16)))
    leaves = leaves_axis(found.log10_products, settings.axis)
    off_axis = _("The product leaves this axis: choose a wider one above.") if leaves else ""
    return Verdict(
        f"{label} · {headline}",
        f"{_product(total, steps)} {_destination(found.attractor)}",
        kind,
        _fixed_points(found.points),
        [text for text in (_bad_factor(found.log10_factors), off_axis) if text],
        Check(
            _("slopes {mark} autodiff: relative difference {error}").format(mark="✓" if agrees else "✗", error=error),
            agrees,
        ),
    )


def bifurcation(settings: Settings, found: numbers.Bifurcation) -> Verdict:
    """How many states can be rested in here, and where that changes."""
    here = _("w = {w:.3g}, b = {b:.3g}").format(w=settings.neuron_w, b=settings.neuron_b)
    width, slope = 2 * found.held.withstood, found.held.slope
    wide = number(width)
    if not math.isfinite(width):
        wedge = _("At this w no bias has two stable states on either side of φ’s steepest point.")
    elif slope < 0:
        wedge = _("At this w two folds lie {width} apart in b; between them states may flip.").format(width=wide)
    else:
        wedge = _("At this w two states are stable over a range of biases {width} wide.").format(width=wide)
    steepest = abs(settings.neuron_w) * ACTIVATIONS[settings.experiment.activation].max_slope
    return Verdict(here, _where_it_rests(found.neuron, steepest), asides=wedge)


def _where_it_rests(found: numbers.Neuron, steepest: float) -> str:
    """The states that it can rest in; `steepest` is the largest slope that h -> phi(w h + b) has anywhere."""
    attractor, stable = found.attractor, int(np.sum(found.points.stable))
    if found.points.continuum:
        return _("a whole interval of states stays where it is: a memory that neither fades nor grows.")
    if attractor.kind == "two":
        text = _("no state rests; two take turns, and a gradient is multiplied by {factor} a step.")
        return text.format(factor=number(attractor.factor))
    if attractor.kind in ("wanders", "diverges"):
        return _destination(attractor)
    if abs(abs(attractor.slope) - 1) <= MARGINAL and not _has_a_kink(found, attractor.states[0]):
        if abs(found.states[-1] - attractor.states[0]) <= ARRIVED:
            return _("it stands on a marginal state: nearby, orbits move by a power law at most.")
        return _("one marginal state draws it in: by a power law, slower than any exponential.")
    if stable >= 2:
        return _("{count} stable states: the neuron remembers which side it is on.").format(count=stable)
    if stable or abs(attractor.slope) <= 1 + MARGINAL:
        # A map that shrinks all distances draws everything in; so does one that rises and has no other fixed point.
        rises = bool(np.all(np.diff(found.map) >= 0))
        if steepest < 1 or (rises and len(found.points.states) == 1):
            return _("one stable state: wherever it starts, it forgets.")
        return _("one stable state: from nearby, it forgets where it started.")
    return _("it stands on an unstable state: the smallest push sends it away.")


def _has_a_kink(found: numbers.Neuron, state: float) -> bool:
    """Whether the map is flatter on one side of a marginal state, so that orbits come to it exponentially."""
    reach = 2 * (found.x[1] - found.x[0])
    left, right = (abs(np.interp(state + push, found.x, found.map) - state) / reach for push in (-reach, reach))
    return bool(left * right < 0.9)


def critical(settings: Settings, found: Critical) -> Verdict:
    """The power law at the edge."""
    label = ACTIVATIONS[settings.experiment.activation].label
    if math.isnan(found.w):
        return Verdict(label, _("φ is steepest at infinity, so there is no edge to stand on."))
    b = found.b if abs(found.b) > TINY else 0.0
    headline = _("{label} at w = {w:.4g}, b = {b:.4g}").format(label=label, w=found.w, b=b)
    if abs(found.exponent) < 0.005:
        sentence = _("φ is straight there: the product stays as it is, and nothing is lost at all.")
    else:
        sentence = _(
            "after 10,000 steps {left} of the gradient is left, and it falls as t^({exponent:.3f}): no exponential."
        ).format(left=power_of_ten(float(found.log10_product[-1])), exponent=found.exponent)
    beside = _("1 % beside the edge the same neuron, after as many steps, keeps {below} and {above}.").format(
        below=power_of_ten(float(found.below[-1])), above=power_of_ten(float(found.above[-1]))
    )
    return Verdict(headline, sentence, asides=beside)


def latch(settings: Settings, found: numbers.Latch) -> Verdict:
    """What the latched bit withstands, and what its gradient pays."""
    label, here = ACTIVATIONS[settings.experiment.activation].label, found.here
    headline = _("{label}, w = {w:.3g}").format(label=label, w=settings.neuron_w)
    if not math.isfinite(here.withstood):
        sentence = _("there is no bit to hold: no two stable states stand on either side of φ’s steepest point.")
        return Verdict(headline, sentence)
    if here.slope < 0:
        sentence = _(
            "φ falls where the bit would be held, with slope {slope} there: u* = {withstood} does not say what it "
            "withstands."
        )
        return Verdict(headline, sentence.format(slope=number(here.slope), withstood=number(here.withstood)))
    sentence = _(
        "the bit survives every disturbance below u* = {withstood}; its state has slope {slope}, so that "
        "{left} of a gradient is left after {steps} steps."
    ).format(
        withstood=number(here.withstood),
        slope=number(here.slope),
        left=power_of_ten(found.log10_left_here),
        steps=numbers.LATCH_STEPS,
    )
    return Verdict(headline, sentence)


def draws(settings: Settings, found: numbers.Draws) -> Verdict:
    """How far apart the draws are, with one weight and with a weight a step."""
    last, count, log10 = products.STEPS, products.DRAWS, found.products
    alive = np.isfinite(log10.tied[:, -1])
    label = ACTIVATIONS[settings.experiment.activation].label
    headline = _("{label}, {draws} draws, {steps} steps").format(label=label, draws=count, steps=last)
    dead = int(np.sum(~alive))
    zeros = _("{dead} of {draws} products are exactly 0: some slope on the way was.").format(dead=dead, draws=count)
    if np.sum(alive) < 2:
        return Verdict(headline, zeros, "zero")
    tied, untied = (float(np.std(values[alive, -1])) for values in (log10.tied, log10.untied))
    drift = float(np.mean(log10.untied[alive, -1])) / last
    sentence = _(
        "with one weight the products lie {tied:.3g} decades around their mean, with a new weight at every step "
        "{untied:.3g}: {ratio:.3g} times less."
    ).format(tied=tied, untied=untied, ratio=tied / untied)
    aside = _("Both drift by about {drift:+.3f} decades a step.").format(drift=drift)
    return Verdict(headline, sentence, asides=f"{aside} {zeros}" if dead else aside)


def zoo(settings: Settings, found: numbers.Zoo) -> Verdict:
    """The chosen activation: its slope at best, at ±5, and what it costs a step."""
    activation = settings.experiment.activation
    row = ACTIVATIONS[activation]
    sentence = _(
        "its slope is {slope:.4g} at most, and {left} and {right} at −5 and +5; in a wide net a gradient is "
        "multiplied by {factor:.3g} a step."
    )
    left, right = (number(slope, 2) for slope in found.tails[activation])
    sentence = sentence.format(slope=row.max_slope, left=left, right=right, factor=10.0 ** found.measured[activation])
    loser = min(found.measured, key=found.measured.get)
    aside = _("Largest loss here: {label}, ×{factor:.3g} a step. Without a loss: only the identity.")
    return Verdict(
        row.label, sentence, asides=aside.format(label=ACTIVATIONS[loser].label, factor=10.0 ** found.measured[loser])
    )


def note_on(activation: str, found: numbers.Zoo) -> str:
    """What stands above an activation in the zoo: its largest slope, and its slope at ±5."""
    left, right = map(_small, found.tails[activation])
    beyond = _("at ±5 {left}") if left == right else _("at ∓5 {left}, {right}")
    most = _("max {most:.3g}; ").format(most=ACTIVATIONS[activation].max_slope)
    return most + beyond.format(left=left, right=right)


def surface(settings: Settings, found: numbers.Surface) -> Verdict:
    """Where the two walks end, and the cliff in numbers."""
    walk, (cliff, differentiated) = found.walk, found.on_the_cliff
    headline = _("From w = {w:.3g}, b = {b:.3g}").format(w=settings.descent_w, b=settings.descent_b)
    ends = [power_of_ten(math.log10(max(float(errors[-1]), 1e-12))) for errors in walk.errors]
    sentence = _(
        "after {updates} updates E = {free} without clipping and {clipped} with it; the steepest gradients met were "
        "{steepest} and {kept}."
    ).format(
        updates=UPDATES,
        free=ends[0],
        clipped=ends[1],
        steepest=number(float(np.max(walk.norms[0]))),
        kept=number(float(np.max(walk.norms[1]))),
    )
    on_it = _(
        "On the dashed line at w = {w:.3g}, where b = {b:.4f}, the gradient over {steps} steps has length {norm:.3f} "
        "in closed form, {differentiated:.3f} by automatic differentiation."
    ).format(w=settings.descent_w, b=cliff.b, steps=STEPS, norm=cliff.norm, differentiated=differentiated)
    return Verdict(headline, sentence, asides=on_it)


def legend(settings: Settings) -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**The neuron** is hₜ = φ(w hₜ₋₁ + b), with the activation φ of the sidebar; its other controls belong to "
            "the other pages. Press on the cobweb, or drag over it, to choose h₀."
        ),
        _(
            "**The cobweb** goes up or down to φ, then across to the diagonal, and so on. Where φ crosses the "
            "diagonal, the state stays; it is stable where φ is flatter there than the diagonal is steep."
        ),
        _(
            "**A factor** is w φ′ at that step, what a gradient is multiplied by on its way back through it. A bar "
            "down to the floor is less than 10⁻⁴, or exactly 0. The running product is their product from step 1 on, "
            "which is dhₜ/dh₀: one small factor lowers everything after it for good."
        ),
        _(
            "**Branches** are exact: a fixed point with pre-activation a has h = φ(a), and lies at w = (a − b)/φ(a) or "
            "at b = a − w φ(a). Dots are where orbits from −1 and from 1 end if no state rests."
        ),
        _(
            "**Latching** asks how large an input may be, at every step, without the bit being lost: u* = √(w(w − 1)) "
            "− arccosh √w for tanh. The gradient is that of the undisturbed state, in the middle of the range."
        ),
        _(
            "**Many draws:** every weight is Gaussian with mean 0; the slopes φ′(a), a ~ N(0, 1), are the same for "
            "both. The spread is taken over the products that are not 0. A decade is a factor of ten."
        ),
        _(
            "**The wide net** is hₜ = φ(Q hₜ₋₁ + xₜ): 64 units, Q orthogonal, every input N(0, 1), 300 steps, mean of "
            "three seeds. Other weights or inputs cost more or less."
        ),
        _(
            "**The error surface** is that of Pascanu, Mikolov and Bengio (2013), figure 6: xₜ = w σ(xₜ₋₁) + b, x₀ = "
            "0.5, 50 steps, E = (σ(x₅₀) − 0.7)². On the dashed line the start is a fixed point, unstable for w > "
            "4.255: there it is a cliff, and a walk that comes near it is decided by the last digits."
        ),
    ]


def _kind(total: float, steps: int) -> tuple[str, str]:
    if total == -math.inf:
        return "zero", _("Cut off")
    if abs(total) <= min(CARRIED * steps, CARRIED_IN_ALL):
        return "carried", _("Carried")
    return ("exploding", _("Exploding")) if total > 0 else ("vanishing", _("Vanishing"))


def _product(total: float, steps: int) -> str:
    if total == -math.inf:
        return _("a factor is exactly 0, and so is every product that contains it.")
    text = _("×{factor} a step, {product} after {steps} steps.")
    return text.format(factor=factor(total / steps), product=power_of_ten(total), steps=steps)


def _small(value: float) -> str:
    """One digit, as short as can be."""
    if abs(value) < TINY:
        return "0"
    return ("−" if value < 0 else "") + power_of_ten(math.log10(abs(value)))


def _destination(attractor: Attractor) -> str:
    """Where it goes, and the slope there."""
    if attractor.kind == "fixed":
        text = _("It goes to h = {state}; the slope there is {slope}.")
        text = text.format(state=number(attractor.states[0]), slope=number(attractor.slope))
        beside = abs(abs(attractor.slope) - 1)
        if beside < CREEPING:
            text += " " + (_("That is the edge.") if beside <= MARGINAL else _("That is close to the edge."))
        return text
    if attractor.kind == "two":
        text = _("It flips between {low} and {high}; the slope there is {factor} a step.")
        low, high = map(number, attractor.states)
        return text.format(low=low, high=high, factor=number(attractor.factor))
    if attractor.kind == "diverges":
        return _("It runs away.")
    text = _("It never comes to rest; on the way a gradient is multiplied by {factor} a step.")
    return text.format(factor=number(attractor.factor))


def _fixed_points(points: FixedPoints) -> str:
    if points.continuum:
        return _("Every state of a whole interval is a fixed point.")
    if not len(points.states):
        return _("No fixed point.")
    listed = [
        _("{state} ({what}, slope {slope})").format(
            state=number(float(state)),
            what=_("stable") if stable else _("marginal") if marginal else _("unstable"),
            slope=number(float(slope)),
        )
        for state, slope, stable, marginal in zip(*points[:2], points.stable, points.marginal, strict=True)
    ]
    return _("Fixed points: {listed}.").format(listed=", ".join(listed))


def _bad_factor(log10_factors: np.ndarray) -> str:
    """The one factor that spoils the pot: below 1, and far below the typical one."""
    worst = int(np.argmin(log10_factors))
    least = float(log10_factors[worst])
    if least >= 0 or least > np.median(log10_factors) - SPOILS:
        return ""
    if least == -math.inf:
        return _("Step {step} has the factor 0: nothing before it is heard.").format(step=worst + 1)
    others = np.delete(log10_factors, worst)
    text = _("One bad factor: {factor} at step {step}. Without it the product would be {rest}.")
    if np.min(others) < np.median(log10_factors) - SPOILS:
        text = _("The worst factor: {factor} at step {step}. Without it the product would be {rest}.")
    return text.format(factor=power_of_ten(least), step=worst + 1, rest=power_of_ten(float(np.sum(others))))
