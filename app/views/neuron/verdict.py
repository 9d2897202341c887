"""Why one neuron vanishes or explodes, from a picture: words and figures."""

import math
from typing import Any

import numpy as np

from app.figure import Frame, Words
from app.language import _, power_of_ten
from app.settings import AXES, Picture, leaves_axis
from app.views.neuron import figure as figures
from app.views.neuron import numbers
from cells.activations import ACTIVATIONS
from cells.analyses import products
from cells.analyses.error_surface import STEPS, UPDATES
from cells.analyses.growth import CARRIED, CARRIED_IN_ALL

AGREES = 1e-6
"""Largest relative difference between the product of the slopes and autodiff that counts as agreement."""
SPOILS = 1.0
"""Decades by which the smallest factor must fall short of the typical one to be named."""
FEW = 5
"""Fixed points that are listed one by one."""
CREEPING = 0.01
"""A slope at the attractor this close to ±1 dies by a power law as long as anyone looks."""


def words(picture: Picture) -> Words:
    """The factor a step, where it goes and the slope there, the fixed points, and the one bad factor."""
    found, label = numbers.neuron(picture), ACTIVATIONS[picture.experiment.activation].label
    steps = picture.neuron_steps
    if found.lost:
        sentence = _("the neuron leaves the finite numbers at step {step}.").format(step=found.lost)
        return Words(f"{label} · {_('Overflow')}", "overflow", sentence, "", [], _("nothing to check here"), False)
    total = float(found.log10_products[-1])
    kind, headline = _kind(total, steps)
    agrees = found.relative_error <= AGREES
    checked = _power(math.log10(max(found.relative_error, 1e-16)))
    return Words(
        f"{label} · {headline}",
        kind,
        f"{_product(total, steps)} {_destination(found.attractor)}",
        _fixed_points(found.points),
        [text for text in (_bad_factor(found, steps), _off_axis(found, picture.axis)) if text],
        _("slopes {mark} autodiff: relative difference {error}").format(mark="✓" if agrees else "✗", error=checked),
        agrees,
    )


def figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The cobweb, the state, every factor, and their running product."""
    found, activation = numbers.neuron(picture), picture.experiment.activation
    x = np.linspace(-figures.REACH, figures.REACH, numbers.CURVE)
    drive = picture.neuron_w * x + picture.neuron_b
    kicked = picture.pulse != 0 and picture.pulse_step <= picture.neuron_steps
    factor = found.attractor.factor
    view = figures.View(
        (x, numbers.phi(activation, drive)[0]),
        numbers.phi(activation, drive + picture.pulse)[0] if kicked else None,
        found.states,
        found.factors,
        found.log10_factors,
        found.log10_products,
        math.log10(factor) if 0 < factor < math.inf else math.nan,
        (found.points.states, found.points.slopes),
        picture.pulse_step if kicked else 0,
        AXES[picture.axis],
    )
    return figures.neuron(view, mode)


def bifurcation_words(picture: Picture) -> Words:
    """How many states can be rested in here, and where that changes."""
    found = numbers.neuron(picture)
    here = _("w = {w:.3g}, b = {b:.3g}").format(w=picture.neuron_w, b=picture.neuron_b).replace("-", "−")
    stable = int(np.sum(np.abs(found.points.slopes) < 1))
    kind = found.attractor.kind
    if found.points.continuum:
        sentence = _("a whole interval of states stays where it is: a memory that neither fades nor grows.")
    elif kind == "two":
        sentence = _("no state rests; two take turns, and a gradient is multiplied by {factor:.4g} a step.").format(
            factor=found.attractor.factor
        )
    elif kind in ("wanders", "diverges"):
        sentence = _destination(found.attractor)
    elif stable >= 2:
        sentence = _("{count} stable states: the neuron remembers which side it is on.").format(count=stable)
    else:
        sentence = _("one stable state: wherever it starts, it forgets.") if stable else _("nothing here is stable.")
    width, _slope = numbers.latch_at(picture.experiment.activation, picture.neuron_w)
    wedge = (
        _("At this w two states are stable over a range of biases {width:.4g} wide.").format(width=2 * width)
        if math.isfinite(width)
        else _("At this w no bias has two stable states on either side of φ’s steepest point.")
    )
    return Words(here, "carried", sentence, wedge, [], "", True)


def bifurcation_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Fixed points over w and over b, and the plane of both."""
    found = numbers.bifurcations(picture.experiment.activation, picture.neuron_w, picture.neuron_b)
    attractor = numbers.neuron(picture).attractor
    view = figures.Bifurcations(
        picture.neuron_w,
        picture.neuron_b,
        (numbers.REACH_W, numbers.REACH_B),
        [tuple(found.over_w), tuple(found.over_b)],
        [_restless(found.ws, found.ends_w), _restless(found.bs, found.ends_b)],
        [(found.ws, found.ends_w.factors), (found.bs, found.ends_b.factors)],
        found.fold,
        found.flip,
        attractor.states,
        attractor.factor,
    )
    return figures.bifurcations(view, mode)


def critical_words(picture: Picture) -> Words:
    """The power law at the edge."""
    activation = picture.experiment.activation
    found, label = numbers.critical(activation), ACTIVATIONS[activation].label
    if math.isnan(found.w):
        sentence = _("φ is steepest at infinity, so there is no edge to stand on.")
        return Words(label, "carried", sentence, "", [], "", True)
    headline = _("{label} at w = {w:.4g}, b = {b:.4g}").format(label=label, w=found.w, b=abs(found.b) and found.b)
    if abs(found.exponent) < 0.005:
        sentence = _("φ is straight there: the product stays as it is, and nothing is lost at all.")
    else:
        sentence = _(
            "after 10,000 steps {left} of the gradient is left, and it falls as t^({exponent:.3f}): no exponential."
        ).format(left=_power(float(found.log10_product[-1])), exponent=found.exponent)
    beside = _("1 % beside the edge the same neuron, after as many steps, keeps {below} and {above}.").format(
        below=_power(float(found.below[-1])), above=_power(float(found.above[-1]))
    )
    return Words(headline.replace("-", "−"), "carried", sentence.replace("-", "−"), beside, [], "", True)


def critical_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The product of the slopes at the edge, and beside it."""
    found = numbers.critical(picture.experiment.activation)
    curves = (found.log10_product, found.below, found.above)
    return figures.critical(found.steps, curves, found.exponent, found.w, mode)


def latch_words(picture: Picture) -> Words:
    """What the latched bit withstands, and what its gradient pays."""
    activation, w = picture.experiment.activation, picture.neuron_w
    withstood, slope = numbers.latch_at(activation, w)
    label = ACTIVATIONS[activation].label
    headline = _("{label}, w = {w:.3g}").format(label=label, w=w).replace("-", "−")
    if not math.isfinite(withstood):
        sentence = _("there is no bit to hold: no two stable states stand on either side of φ’s steepest point.")
        return Words(headline, "carried", sentence, "", [], "", True)
    sentence = _(
        "the bit survives every disturbance below u* = {withstood:.4g}; its state has slope {slope:.4g}, so that "
        "{left} of a gradient is left after {steps} steps."
    ).format(
        withstood=withstood,
        slope=slope,
        left=_power(numbers.LATCH_STEPS * math.log10(abs(slope))) if slope else "0",
        steps=numbers.LATCH_STEPS,
    )
    return Words(headline, "carried", sentence.replace("-", "−", 1), "", [], "", True)


def latch_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Latching against trainability."""
    found = numbers.latch(picture.experiment.activation)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = numbers.LATCH_STEPS * np.log10(np.abs(found.slope))
    withstood, slope = numbers.latch_at(picture.experiment.activation, picture.neuron_w)
    here = numbers.LATCH_STEPS * math.log10(abs(slope)) if slope and math.isfinite(slope) else math.nan
    view = figures.Latch(
        numbers.LATCH_WEIGHTS, found.withstood, left, (picture.neuron_w, withstood, here), numbers.LATCH_STEPS
    )
    return figures.latch(view, mode)


def draws_words(picture: Picture) -> Words:
    """How far apart the draws are, with one weight and with a weight a step."""
    found, _expected = _draws(picture)
    last = products.STEPS
    alive = np.isfinite(found.tied[:, -1])
    label = ACTIVATIONS[picture.experiment.activation].label
    headline = _("{label}, {draws} draws, {steps} steps").format(label=label, draws=products.DRAWS, steps=last)
    dead = int(np.sum(~alive))
    zeros = _("{dead} of {draws} products are exactly 0: some slope on the way was.").format(
        dead=dead, draws=products.DRAWS
    )
    if np.sum(alive) < 2:
        return Words(headline, "zero", zeros, "", [], "", True)
    tied, untied = (float(np.std(values[alive, -1])) for values in (found.tied, found.untied))
    drift = float(np.mean(found.untied[alive, -1])) / last
    sentence = _(
        "with one weight the products lie {tied:.3g} decades around their mean, with a new weight at every step "
        "{untied:.3g}: {ratio:.3g} times less."
    ).format(tied=tied, untied=untied, ratio=tied / untied)
    aside = _("Both drift by about {drift:+.3f} decades a step.").format(drift=drift).replace("-", "−")
    return Words(headline, "carried", sentence, " ".join([aside, zeros] if dead else [aside]), [], "", True)


def draws_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Two fans of products, and how wide each is."""
    found, expected = _draws(picture)
    shown = slice(0, 40)
    view = figures.Draws(
        found.tied[shown],
        found.untied[shown],
        (_spread(found.tied), _spread(found.untied)),
        (expected.tied, expected.untied),
        expected.drift,
    )
    return figures.draws(view, mode)


def zoo_words(picture: Picture) -> Words:
    """The chosen activation: its slope at best, at ±5, and what it costs a step."""
    activation = picture.experiment.activation
    row, cost = ACTIVATIONS[activation], numbers.costs()
    sentence = _(
        "its slope is {slope:.4g} at most, and {left:.2g} and {right:.2g} at −5 and +5; in a wide net a gradient is "
        "multiplied by {factor:.3g} a step."
    )
    _curve, slopes = numbers.phi(activation, np.resize(np.array([-5.0, 5.0]), numbers.CURVE))
    sentence = sentence.format(
        slope=row.max_slope, left=slopes[0], right=slopes[1], factor=10.0 ** cost.measured[activation]
    )
    loser = min(cost.measured, key=cost.measured.get)
    aside = _("Largest loss here: {label}, ×{factor:.3g} a step. Without a loss: only the identity.")
    aside = aside.format(label=ACTIVATIONS[loser].label, factor=10.0 ** cost.measured[loser])
    return Words(row.label, "carried", sentence.replace("-", "−"), aside, [], "", True)


def zoo_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Every activation and its slope, and what each costs."""
    x = np.linspace(-6.0, 6.0, numbers.CURVE)
    cost = numbers.costs()
    curves, notes = {}, {}
    for name, row in ACTIVATIONS.items():
        curve, slope = numbers.phi(name, x)
        curves[name] = (row.label, curve, slope)
        tails = numbers.phi(name, np.resize(np.array([-5.0, 5.0]), numbers.CURVE))[1]
        left, right = map(_small, tails[:2])
        beyond = _("at ±5 {left}") if left == right else _("at ∓5 {left}, {right}")
        notes[name] = _("max {most:.3g}; ").format(most=row.max_slope) + beyond.format(left=left, right=right)
    view = figures.Zoo(x, curves, notes, picture.experiment.activation, cost.measured, cost.theory)
    return figures.zoo(view, mode)


def surface_words(picture: Picture) -> Words:
    """Where the two walks end, and the cliff in numbers."""
    walk = _walks(picture)
    cliff, differentiated = numbers.gradient_on_the_cliff(picture.descent_w)
    headline = _("From w = {w:.3g}, b = {b:.3g}").format(w=picture.descent_w, b=picture.descent_b).replace("-", "−")
    ends = [_power(math.log10(max(float(errors[-1]), 1e-12))) for errors in walk.errors]
    sentence = _(
        "after {updates} updates E = {free} without clipping and {clipped} with it; the steepest gradients met were "
        "{steepest} and {kept}."
    ).format(
        updates=UPDATES,
        free=ends[0],
        clipped=ends[1],
        steepest=_number(float(np.max(walk.norms[0]))),
        kept=_number(float(np.max(walk.norms[1]))),
    )
    on_it = _(
        "On the cliff at w = {w:.3g}, where b = {b:.4f}, the gradient over {steps} steps has length {norm:.3f} in "
        "closed form, {differentiated:.3f} by automatic differentiation."
    ).format(w=picture.descent_w, b=cliff.b, steps=STEPS, norm=cliff.norm, differentiated=differentiated)
    return Words(headline, "carried", sentence, on_it.replace("-", "−"), [], "", True)


def surface_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The error surface with its cliff and two walks."""
    walk = _walks(picture)
    ws, bs, errors = numbers.surface()
    line = np.linspace(ws[0], ws[-1], 31)
    cliff = np.array([numbers.gradient_on_the_cliff(float(w))[0].b for w in line])
    view = figures.Surface(
        ws,
        bs,
        errors,
        (line, cliff),
        [tuple(np.asarray(part[place]) for part in walk) for place in range(2)],
        picture.descent_clip,
    )
    return figures.surface(view, mode)


def marks() -> list[str]:
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
            "**Many draws:** every weight is Gaussian with mean 0; the slopes φ′(z), z ~ N(0, 1), are the same for "
            "both. The spread is taken over the products that are not 0."
        ),
        _(
            "**The wide net** is hₜ = φ(Q hₜ₋₁ + xₜ): 64 units, Q orthogonal, every input N(0, 1), 300 steps, mean of "
            "three seeds. Other weights or inputs cost more or less."
        ),
        _(
            "**The error surface** is that of Pascanu, Mikolov and Bengio (2013), figure 6: xₜ = w σ(xₜ₋₁) + b, x₀ = "
            "0.5, 50 steps, E = (σ(x₅₀) − 0.7)². On the dashed line the start is an unstable fixed point. A walk that "
            "comes near it is decided by the last digits."
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
        return _("one factor is exactly 0, and so is every product that contains it.")
    text = _("×{factor:.3g} a step, {product} after {steps} steps.")
    return text.format(factor=10.0 ** (total / steps), product=_power(total), steps=steps)


def _power(log10: float) -> str:
    return "0" if log10 == -math.inf else power_of_ten(log10)


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−") if value else "0"


def _small(value: float) -> str:
    """One digit, as short as can be."""
    if abs(value) < 1e-12:
        return "0"
    return ("−" if value < 0 else "") + _power(math.log10(abs(value)))


def _destination(attractor: Any) -> str:
    """Where it goes, and the slope there."""
    if attractor.kind == "fixed":
        text = _("It goes to h = {state}; the slope there is {slope}.")
        text = text.format(state=_number(attractor.states[0]), slope=_number(attractor.slope))
        if abs(abs(attractor.slope) - 1) < CREEPING:
            text += " " + _("That is the edge.")
        return text
    if attractor.kind == "two":
        text = _("It flips between {low} and {high}; the slope there is {factor} a step.")
        low, high = map(_number, attractor.states)
        return text.format(low=low, high=high, factor=_number(attractor.factor))
    if attractor.kind == "diverges":
        return _("It runs away.")
    return _("It never comes to rest; on the way a gradient is multiplied by {factor} a step.").format(
        factor=_number(attractor.factor)
    )


def _fixed_points(points: Any) -> str:
    if points.continuum:
        return _("Every state of a whole interval is a fixed point.")
    if not len(points.states):
        return _("No fixed point.")
    if len(points.states) > FEW:
        stable = int(np.sum(np.abs(points.slopes) < 1))
        return _("{count} fixed points, {stable} of them stable.").format(count=len(points.states), stable=stable)
    listed = [
        _("{state} ({what}, slope {slope})").format(
            state=_number(float(state)),
            what=_("stable") if abs(slope) < 1 else _("marginal") if abs(slope) == 1 else _("unstable"),
            slope=_number(float(slope)),
        )
        for state, slope in zip(points.states, points.slopes, strict=True)
    ]
    return _("Fixed points: {listed}.").format(listed=", ".join(listed))


def _bad_factor(found: Any, steps: int) -> str:
    """The one factor that spoils the pot."""
    logs = found.log10_factors
    worst = int(np.argmin(logs))
    if logs[worst] > np.median(logs) - SPOILS:
        return ""
    rest = float(np.sum(np.delete(logs, worst)))
    if logs[worst] == -math.inf:
        return _("Step {step} has the factor 0: nothing before it is heard.").format(step=worst + 1)
    return _("One bad factor: {factor} at step {step}. Without it the product would be {rest}.").format(
        factor=_power(float(logs[worst])), step=worst + 1, rest=_power(rest)
    )


def _off_axis(found: Any, axis: str) -> str:
    leaves = leaves_axis(found.log10_products, axis)
    return _("The product leaves this axis: choose a wider one above.") if leaves else ""


def _restless(parameter: np.ndarray, ends: Any) -> tuple[np.ndarray, np.ndarray]:
    """(parameter, state) of every orbit that does not end on one state; at the edge it may still creep towards one."""
    states = ends.states
    with np.errstate(invalid="ignore", over="ignore"):
        moving = np.isfinite(states).all(axis=-1) & (np.ptp(states, axis=-1) > 1e-2)
    moving &= np.abs(ends.factors - 1) > CREEPING / 2
    where = np.broadcast_to(parameter[:, None], states.shape[1:])
    chosen = [(where[row].ravel(), states[start][row].ravel()) for start, row in enumerate(moving)]
    return np.concatenate([at for at, _ended in chosen]), np.concatenate([ended for _at, ended in chosen])


def _draws(picture: Picture) -> tuple[products.Products, products.Expected]:
    return numbers.draws(picture.experiment.activation, picture.draws_spread, picture.experiment.seed)


def _spread(values: np.ndarray) -> np.ndarray:
    """Standard deviation over the draws that are not 0, at every step; NaN where fewer than ten are left."""
    alive = np.isfinite(values)
    count = alive.sum(axis=0)
    kept = np.where(alive, values, 0.0)
    mean = kept.sum(axis=0) / np.maximum(count, 1)
    square = np.where(alive, (values - mean) ** 2, 0.0).sum(axis=0) / np.maximum(count, 1)
    return np.where(count >= 10, np.sqrt(square), np.nan)


def _walks(picture: Picture) -> Any:
    return numbers.walks(picture.descent_w, picture.descent_b, picture.descent_rate, picture.descent_clip)


def _frame(said: Any, drawn: Any, progress: Any = numbers.progress) -> Frame:
    return Frame(lambda picture: [], progress, said, drawn)


FRAMES = {
    "neuron": _frame(words, figure),
    "bifurcation": _frame(bifurcation_words, bifurcation_figure),
    "critical": _frame(critical_words, critical_figure),
    "latch": _frame(latch_words, latch_figure),
    "draws": _frame(draws_words, draws_figure),
    "zoo": _frame(zoo_words, zoo_figure, numbers.costs_progress),
    "surface": _frame(surface_words, surface_figure),
}
"""The page's live figures, by the name of their route."""
