"""What if cells are wired together? Words and figures of what is drawn at once."""

import math
from typing import Any

import numpy as np

from app import numbers as compute
from app.figure import Frame, Words
from app.language import _, power_of_ten
from app.settings import AXES, Picture, leaves_axis, place, view_specs
from app.views.gradient.figure import signal
from app.views.wiring import numbers as wire_numbers
from app.views.wiring.figures import wired as figures
from cells.analyses.growth import CARRIED, CARRIED_IN_ALL
from cells.experiment import Experiment
from cells.network.paths import PLAIN_LAYERS, STEPS, WINDOW
from cells.network.untied import DEPTH, SEEDS
from cells.network.wired import WIDTH, Flow

AGREES = 1e-4
"""Largest relative difference between autodiff and finite difference that counts as agreement."""
EVEN = 0.3
"""Decades within which two gradients count as the same."""


def words(picture: Picture) -> Words:
    """How fast the gradient changes through time and through depth, and which way it leaks."""
    found, read = wire_numbers.flow_of(picture), wire_numbers.read_at(picture)
    name = _name(picture)
    if found.overflow and found.overflow <= picture.experiment.length:
        sentence = _("the forward pass leaves the finite numbers at step {step}; there is no gradient to draw.")
        badge = _("nothing to check here")
        said = sentence.format(step=int(found.overflow))
        return Words(f"{name} · {_('Overflow')}", "overflow", said, "", [], badge, False)
    per_step = _slope(found.inputs, read)
    kind, headline = _kind(per_step, read)
    error = float(found.relative_error)
    checked = math.isfinite(error)
    agrees = checked and error < AGREES
    badge = _("no gradient to check here")
    if checked:
        text = _("autodiff {mark} finite difference: relative difference {error} at input {step}")
        size = power_of_ten(math.log10(max(error, 1e-16)))
        badge = text.format(mark="✓" if agrees else "✗", error=size, step=int(found.step))
    parts = [_both_sides(found, read) if picture.wiring == "both" else _leaks(picture, found, read, per_step)]
    if picture.wiring == "convolution":
        text = _("The convolution hands every input on to {width} steps at once, by {width} ways of one layer.")
        parts.append(text.format(width=WIDTH))
    rows = np.concatenate([*found.ahead, *found.back, found.inputs])
    off = _("A curve leaves this axis: choose a wider one above.") if leaves_axis(rows, picture.axis) else ""
    return Words(f"{name} · {headline}", kind, " ".join(parts), off, [_far(picture, found, read)], badge, agrees)


def figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The map over depth and time."""
    found, experiment = wire_numbers.flow_of(picture), picture.experiment
    if found.overflow and found.overflow <= experiment.length:
        nothing = np.full_like(found.inputs, np.nan)
        found = found._replace(
            ahead=np.full_like(found.ahead, np.nan), back=np.full_like(found.back, np.nan), inputs=nothing
        )
    hue, layers = place(experiment), picture.wired_layers
    rows = [figures.Row("inputs", _("input x"), found.inputs, _("inputs x"), "dot", None)]
    if picture.wiring == "convolution":
        rows.append(figures.Row("features", _("convolution"), found.features))
    for layer in range(1, layers + 1):
        outermost = layer in (1, layers)
        dash = "solid" if layer == layers else "dash"
        ahead, back = _("layer {layer} →"), _("layer {layer} ←")
        if picture.wiring != "both":
            ahead = _("layer {layer}")
        label = ahead.format(layer=layer)
        rows.append(figures.Row(f"ahead{layer}", label, found.ahead[layer - 1], label * outermost, dash, hue))
        if picture.wiring == "both":
            label = back.format(layer=layer)
            rows.append(figures.Row(f"back{layer}", label, found.back[layer - 1], label * outermost, dash, hue + 2))
    series = signal(compute.input_sequence(experiment))
    view = figures.View(rows, wire_numbers.read_at(picture), series, AXES[picture.axis])
    return figures.depth_by_time(view, mode)


def reach_words(picture: Picture) -> Words:
    """How far each network sees, and through how many layers."""
    found = wire_numbers.paths_of(picture)
    reached = np.isfinite(found.log10_gain).sum(axis=1)
    first = [_layers(value) for value in found.layers[:, 0]]
    sentence = _(
        "from input 1 to output {last} it is {recurrent} layers through the {cell}, {dilated} through the dilated "
        "convolution, {attention} through attention. The feed-forward network sees the last {window} inputs and the "
        "plain convolution of {layers} layers the last {plain}: beyond, their gradient is exactly 0."
    )
    said = sentence.format(
        last=STEPS,
        cell=wire_numbers.base(picture).cell_class.label,
        recurrent=first[0],
        dilated=first[3],
        attention=first[4],
        window=int(reached[1]),
        layers=PLAIN_LAYERS,
        plain=int(reached[2]),
    )
    far = [power_of_ten(float(value)) if np.isfinite(value) else "0" for value in found.log10_gain[:, 0]]
    aside = _("What reaches input 1: {cell} {recurrent}, dilated {dilated}, attention {attention}.")
    return Words(
        _("Reach and distance"),
        "carried",
        said,
        aside.format(
            cell=wire_numbers.base(picture).cell_class.label, recurrent=far[0], dilated=far[3], attention=far[4]
        ),
        [],
        "",
        True,
    )


def reach_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Five networks."""
    found = wire_numbers.paths_of(picture)
    names = [
        wire_numbers.base(picture).cell_class.label,
        _("feed-forward, {window} inputs").format(window=WINDOW),
        _("plain convolution, {layers} layers").format(layers=PLAIN_LAYERS),
        _("dilated convolution, {layers} layers").format(layers=PLAIN_LAYERS),
        _("attention, 1 layer"),
    ]
    view = figures.Reach(names, found.log10_gain, found.layers, place(picture.experiment), (-12.5, 2.5))
    return figures.reach(view, mode)


def depth_words(picture: Picture) -> Words:
    """How far the seeds lie apart with tied and with untied weights."""
    found = wire_numbers.depths_of(picture)
    headline = _("{depth} layers, gain {gain:.3g}").format(depth=DEPTH, gain=picture.experiment.gain)
    if found.overflow:
        sentence = _("the forward pass of some network leaves the finite numbers; there is nothing to compare.")
        return Words(headline, "overflow", sentence, "", [], "", True)
    tied, untied = (np.asarray(curves)[:, 0] for curves in (found.tied, found.untied))
    if not (np.isfinite(tied).all() and np.isfinite(untied).all()):
        sentence = _("in some network layer 1 receives exactly 0.")
        return Words(headline, "zero", sentence, "", [], "", True)
    sentence = _(
        "over {seeds} seeds what layer 1 receives spreads by {tied:.1f} decades around {tied_mean} with one matrix, by "
        "{untied:.1f} around {untied_mean} with a new one in each layer, of the same variance. One matrix repeats its "
        "own chance at every step; new ones average it out."
    )
    said = sentence.format(
        seeds=SEEDS,
        tied=float(tied.std()),
        tied_mean=power_of_ten(float(tied.mean())),
        untied=float(untied.std()),
        untied_mean=power_of_ten(float(untied.mean())),
    )
    if tied.std() <= untied.std():
        said = said.partition(" One matrix")[0]
    return Words(headline, "carried", said, "", [], "", True)


def depth_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Tied and untied."""
    found = wire_numbers.depths_of(picture)
    tied, untied = (np.where(found.overflow, np.nan, curves) for curves in (found.tied, found.untied))
    view = figures.Depth(tied, untied, place(picture.experiment), AXES[picture.axis])
    return figures.depth(view, mode)


def marks() -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**The map** is log₁₀ of the length of the gradient of one output, 1·y / √H at the step of the dotted "
            "line, with respect to h of every layer at every step and to every input, on an absolute scale. Blank is "
            "exactly 0: what comes later cannot matter to a layer that reads forward."
        ),
        _(
            "**Layers** read what the one below says at the same step. With a residual every layer above the first "
            "passes on the sum of what it got and its own h, and the output is the sum of all h. In both directions "
            "every layer has a twin that reads from the end, and the next layer reads both."
        ),
        _(
            "**Layers on the way** are measured: every layer lets only a share s of the gradient through, and the "
            "power with which the gradient falls as s goes to 0 is their number on the shortest way."
        ),
        _(
            "**What is trained** here learns with Adam, learning rate 0.01, its gradient clipped at norm 1, in one "
            "layer of at most 32 units. The same address gives the same numbers again."
        ),
        _(
            "**Layers elsewhere**: under Exact numbers the sidebar stacks the cell on every other page, too; the page "
            "on remedies and what is trained keep to a single one. Weights set by hand are left aside here."
        ),
    ]


def _name(picture: Picture) -> str:
    label = wire_numbers.base(picture).cell_class.label
    wiring = view_specs()["wiring"].choices()[picture.wiring]
    return f"{label} × {picture.wired_layers}, {wiring}"


def _kind(per_step: float, read: int) -> tuple[str, str]:
    if not math.isfinite(per_step):
        return "zero", _("Cut off")
    if abs(per_step) <= CARRIED and abs(per_step) * (read - 1) <= CARRIED_IN_ALL:
        return "carried", _("Carried")
    return ("exploding", _("Exploding")) if per_step > 0 else ("vanishing", _("Vanishing"))


def _slope(log10_norm: np.ndarray, read: int) -> float:
    """Decades per step from the step read back to step 1; 0 where there is no way back."""
    if read == 1:
        return 0.0
    return float(log10_norm[0] - log10_norm[read - 1]) / (read - 1)


def _leaks(picture: Picture, found: Flow, read: int, per_step: float) -> str:
    layers = picture.wired_layers
    if not math.isfinite(per_step):
        return _("nothing of the output at step {read} reaches the first input.").format(read=read)
    back = _("×{factor:.3g} a step back").format(factor=10.0**per_step)
    if layers == 1:
        return _("{back}; one layer has no depth to leak through.").format(back=back)
    at_read = float(found.ahead[0, read - 1] - found.ahead[layers - 1, read - 1])
    if not math.isfinite(at_read):
        return _("{back}; nothing goes down the layers.").format(back=back)
    per_layer = at_read / (layers - 1)
    down = _("×{factor:.3g} a layer down").format(factor=10.0**per_layer)
    if abs(per_layer - per_step) < 0.01:
        way = _("it leaks alike through time and depth")
    elif per_layer < per_step:
        way = _("one layer costs more than one step")
    else:
        way = _("one step costs more than one layer")
    return f"{back}, {down}: {way}."


def _far(picture: Picture, found: Flow, read: int) -> str:
    """Where the gradient is once it has come to step 1."""
    layers = picture.wired_layers
    if picture.wiring == "both" or layers == 1 or read == 1:
        return ""
    ratio = float(found.ahead[0, 0] - found.ahead[layers - 1, 0])
    if not math.isfinite(ratio):
        return ""
    if abs(ratio) <= EVEN:
        return _("Which way: at step 1 layer 1 has about as much as layer {layers}.").format(layers=layers)
    text = (
        _("Which way: down. At step 1 layer 1 has {ratio} times what layer {layers} has.")
        if ratio > 0
        else _("Which way: back. At step 1 layer 1 has {ratio} of what layer {layers} has.")
    )
    return text.format(ratio=power_of_ten(ratio), layers=layers)


def _both_sides(found: Flow, read: int) -> str:
    length = len(found.inputs)
    first, last = (float(found.inputs[at]) for at in (0, -1))
    if read == length:
        return _("the output of the last step has nothing after it: the way back from the end is one step long.")
    text = _(
        "the output at step {read} rests on inputs before it (the first weighs {first}) and after it (the last weighs "
        "{last}); without the backward layers every input after step {read} would weigh exactly 0."
    )
    sizes = ["0" if value == -math.inf else power_of_ten(value) for value in (first, last)]
    return text.format(read=read, first=sizes[0], last=sizes[1])


def _layers(value: float) -> str:
    return f"{round(float(value))}" if math.isfinite(value) else "∞"


def _alone(picture: Picture) -> list[Experiment]:
    return [wire_numbers.base(picture)]


FRAMES = {
    "wired": Frame(_alone, wire_numbers.flow_progress, words, figure),
    "reach": Frame(_alone, wire_numbers.paths_progress, reach_words, reach_figure),
    "depth": Frame(_alone, wire_numbers.depths_progress, depth_words, depth_figure),
}
"""The figures that are drawn at once, by the names of their routes."""
