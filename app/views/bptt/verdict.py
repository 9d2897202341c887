"""What backpropagation through time adds up, from a picture: words and figures."""

import math
from typing import Any

import numpy as np

from app import numbers as compute
from app.figure import Frame, Words
from app.language import _, power_of_ten
from app.settings import AXES, Picture, place
from app.views.bptt import figure as figures
from cells.experiment import Experiment

FAR = 20
"""Steps back from which a term counts as far."""
ADDS_UP = 1e-10
"""Largest relative difference between the sum and the tied gradient that counts as equal."""


def words(picture: Picture) -> Words:
    """The size of the sum, who carries it, and what truncation keeps."""
    experiment = picture.experiment
    found, label = compute.parts(experiment), experiment.cell_class.label
    if found.overflow:
        sentence = _("the forward pass leaves the finite numbers at step {step}; there is nothing to add up.")
        badge = _("nothing to check here")
        headline = f"{label} · {_('Overflow')}"
        return Words(headline, "overflow", sentence.format(step=found.overflow), "", [], badge, False)
    name, error = weights(picture), found.relative_error
    total, far = found.log10_total[name], far_share(found, name)
    if not math.isfinite(total):
        sentence = _("every contribution is exactly 0.")
        kind, headline = "zero", _("Nothing to add")
    else:
        kind, headline, sentence = _who_carries(total, far, found.last)
    checked = not math.isnan(error)
    agrees = checked and error < ADDS_UP
    badge = (
        _("sum of all steps {mark} tied gradient: relative difference {error}").format(
            mark="✓" if agrees else "✗", error=power_of_ten(math.log10(max(error, 1e-16)))
        )
        if checked
        else _("beyond float64: plain autodiff has no number to compare with")
    )
    return Words(f"{label} · {headline}", kind, sentence, _truncation(found, picture), _notes(picture), badge, agrees)


def figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Each step's contribution, the chain, the truncated sum, and the matrices."""
    experiment, name = picture.experiment, weights(picture)
    found = compute.parts(experiment)
    cell = experiment.cell_class
    matrices = [
        (_("t = {step}").format(step=step), _flat(sample, found.channels, name))
        for step, sample in zip(found.sampled, found.samples[name], strict=True)
    ]
    matrices.append((_("sum"), _flat(found.total[name], found.channels, name)))
    matrices.append((_("tied"), _flat(found.tied[name], found.channels, name)))
    view = figures.View(
        found.log10_norm[name],
        found.log10_adjoint,
        found.log10_truncated[name],
        found.log10_total[name],
        found.cosine[name],
        found.last,
        _window(picture),
        matrices,
        name,
        cell.label,
        place(experiment),
        AXES[picture.axis],
    )
    return figures.contributions(view, mode)


def shares_words(picture: Picture) -> Words:
    """Who carries the sum, from vanishing to exploding."""
    label = picture.experiment.cell_class.label
    sentence = _(
        "a vanished term leaves the rest of the sum as it is, so the whole gradient looks healthy; an exploded one "
        "drowns it. A norm of the whole gradient cannot show vanishing, and no learning rate changes the ratio."
    )
    if "W_hh" not in picture.experiment.cell_class.weights():
        sentence = _("the gain multiplies W_hh, which this cell does not have: the curves are level.")
    return Words(f"{label} · {_('Near and far')}", "carried", sentence, "", [], "", True)


def shares_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Share of near and far terms for several gains."""
    experiment = picture.experiment
    found, name = [compute.parts(experiment.replace(gain=gain)) for gain in compute.SHARE_GAINS], weights(picture)
    view = figures.Shares(
        np.array(compute.SHARE_GAINS),
        np.array([far_share(parts, name) for parts in found]),
        np.array([parts.log10_total[name] for parts in found]),
        FAR,
        experiment.gain,
        place(experiment),
        AXES["near"],
    )
    return figures.shares(view, mode)


def walk_words(picture: Picture) -> Words:
    """Where gradient descent goes with and without clipping."""
    plain, clipped = compute.walks(picture.experiment, picture.learning_rate, picture.clip)
    highest = float(np.nanmax(plain.log10_norm))
    sentence = _(
        "without clipping {first}, clipped {second}. The largest gradient on the way without clipping has norm {norm}."
    )
    said = sentence.format(
        first=_ending(plain.loss),
        second=_ending(clipped.loss),
        norm=power_of_ten(highest) if math.isfinite(highest) else "∞",
    )
    return Words(_("After {count} updates").format(count=len(plain.loss) - 1), "carried", said, "", [], "", True)


def walk_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Loss and gradient norm at every update, with and without clipping."""
    plain, clipped = compute.walks(picture.experiment, picture.learning_rate, picture.clip)
    view = figures.Walks(
        {"plain": plain.loss, "clipped": clipped.loss},
        {"plain": plain.log10_norm, "clipped": clipped.log10_norm},
        picture.clip,
        place(picture.experiment),
    )
    return figures.walks(view, mode)


def marks() -> list[str]:
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
    ]


FORMULA = (
    r"\frac{dL}{dW} \;=\; \sum_{t} \;\textcolor{#e0533d}{\frac{\partial L}{\partial s_T}}\;"
    r"\textcolor{#3d8fe0}{\prod_{j=t+1}^{T} \frac{\partial s_j}{\partial s_{j-1}}}\;"
    r"\textcolor{#a47be0}{\frac{\partial^{+} s_t}{\partial W}}"
)
"""The sum, its factors coloured: the loss, the way back, the step's own."""


def far_share(found: compute.Parts, name: str) -> float:
    """Share of the terms at least FAR steps back: |far| / (|far| + |near|); 0 where there are none."""
    if found.last <= FAR:
        return 0.0
    far, near = found.log10_rest[name][FAR - 1], found.log10_truncated[name][FAR - 1]
    if not math.isfinite(far):
        return 0.0
    return float(1 / (1 + 10.0 ** np.clip(near - far, -300, 300)))


def weights(picture: Picture) -> str:
    """The weights whose gradient is added up: those chosen, or the first that the cell has."""
    known = picture.experiment.cell_class.weights()
    return picture.weights if picture.weights in known else known[0]


def _who_carries(total: float, far: float, last: int) -> tuple[str, str, str]:
    size = _("the whole gradient has length {size}; ").format(size=power_of_ten(total))
    if last <= FAR:
        return "carried", _("Near"), size + _("there are only {last} steps to add up.").format(last=last)
    percent = _("{share} of it comes from {lag} steps back or more").format(share=_percent(far), lag=FAR)
    if far < 0.01:
        return "vanishing", _("Only the near past"), size + percent + _(": it looks healthy, and the far past is gone.")
    if far > 0.5:
        return "exploding", _("Mostly the far past"), size + percent + _(", which drowns the rest.")
    return "carried", _("Near and far"), size + percent + "."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{power_of_ten(math.log10(share))}" if share > 0 else "0"


def _truncation(found: compute.Parts, picture: Picture) -> str:
    window, name = _window(picture), weights(picture)
    kept = float(found.log10_truncated[name][window - 1])
    if kept == -math.inf:
        return _("Truncated to {window} of {last} steps: exactly 0, nothing of it is left.").format(
            window=window, last=found.last
        )
    cosine, ratio = float(found.cosine[name][window - 1]), kept - found.log10_total[name]
    return _("Truncated to {window} of {last} steps back: cosine {cosine:.3f}, {ratio} of the length.").format(
        window=window, last=found.last, cosine=cosine, ratio=power_of_ten(ratio)
    )


def _notes(picture: Picture) -> list[str]:
    layered = picture.experiment.layers > 1
    said = [_("The weights are those of the first layer.")] if layered else []
    if weights(picture) != picture.weights:
        text = _("{cell} has no {missing}: its {shown} is shown instead.")
        label = picture.experiment.cell_class.label
        said.append(text.format(cell=label, missing=picture.weights, shown=weights(picture)))
    if picture.experiment.loss == "every":
        said.append(
            _("Every step has a loss here, so the curves below show what the last k steps add, not truncation.")
        )
    return said


def _ending(loss: np.ndarray) -> str:
    broken = np.flatnonzero(~np.isfinite(loss))
    if broken.size:
        return _("the loss leaves the finite numbers at update {update}").format(update=int(broken[0]))
    text = _("the loss goes from {first} to {last}")
    return text.format(first=_loss(loss[0]), last=_loss(loss[-1]))


def _loss(value: float) -> str:
    return power_of_ten(math.log10(max(float(value), 1e-300))) if value > 0 else "0"


def _window(picture: Picture) -> int:
    return min(picture.window, picture.experiment.last_loss_step)


def _flat(matrix: np.ndarray, channels: int, name: str) -> np.ndarray:
    """Gates below one another; of the input weights only the channels in use."""
    if name == "W_ih":
        matrix = matrix[..., :channels]
    return matrix.reshape(-1, 1) if name == "b" else matrix.reshape(-1, matrix.shape[-1])


def _alone(picture: Picture) -> list[Experiment]:
    return [picture.experiment]


PARTS = Frame(_alone, lambda picture: compute.parts_progress(picture.experiment), words, figure)
SHARES = Frame(_alone, lambda picture: compute.parts_progress(picture.experiment), shares_words, shares_figure)
WALKS = Frame(_alone, lambda picture: compute.walks_progress(picture.experiment), walk_words, walk_figure)
