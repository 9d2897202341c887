"""What the page of wirings says: of what is drawn at once, and of what is trained."""

import math

import numpy as np

from app.figure import Check, Verdict
from app.language import _, power_of_ten
from app.phrases import off_axis
from app.settings import Settings, fields
from app.views.wiring.numbers import Wired, base
from app.views.wiring.settings import chosen_letter
from app.views.wiring.trained import History, Learned
from cells.analyses.growth import CARRIED, CARRIED_IN_ALL
from cells.analyses.paths import PLAIN_LAYERS, STEPS, Paths
from cells.analyses.untied import DEPTH, SEEDS, Depths
from cells.analyses.wired import WIDTH, Flow
from cells.training.learners import gap as gaps
from cells.training.learners import reversal
from cells.training.learners.autoencoder import WIDEST, best_linear

AGREES = 1e-4
"""Largest relative difference between autodiff and finite difference that counts as agreement."""
EVEN = 0.3
"""Decades within which two gradients count as the same."""


def wired(settings: Settings, found: Wired) -> Verdict:
    """How fast the gradient changes through time and through depth, and which way it leaks."""
    flow, read = found.flow, settings.step("wired_step")
    wiring = fields()["wiring"].choices()[settings.wiring]
    name = f"{base(settings).cell_class.label} × {settings.wired_layers}, {wiring}"
    if flow.overflow and flow.overflow <= settings.experiment.length:
        sentence = _("the forward pass leaves the finite numbers at step {step}; there is no gradient to draw.")
        said = sentence.format(step=int(flow.overflow))
        check = Check(_("nothing to check here"), False)
        return Verdict(f"{name} · {_('Overflow')}", said, "overflow", check=check)
    # To the top layer's own past leads no way but time; every other slope has some depth in it.
    way_back = flow.inputs if settings.wiring == "both" else flow.ahead[settings.wired_layers - 1]
    per_step = _slope(way_back, read)
    kind, headline = _kind(per_step, read)
    parts = [_both_sides(flow, read) if settings.wiring == "both" else _leaks(settings, flow, read, per_step)]
    if settings.wiring == "convolution":
        text = _("The convolution hands every input on to {width} steps at once, by {width} ways of one layer.")
        parts.append(text.format(width=WIDTH))
    outermost = [0, settings.wired_layers - 1]
    curves = np.concatenate([*flow.ahead[outermost], *flow.back[outermost], flow.inputs])
    return Verdict(
        f"{name} · {headline}",
        " ".join(parts),
        kind,
        off_axis(curves, settings.axis),
        [_which_way(settings, flow, read)],
        _checked(flow),
    )


def reach(settings: Settings, found: Paths) -> Verdict:
    """How far each network sees, and through how many layers."""
    cell = base(settings).cell_class.label
    reached = [STEPS - np.flatnonzero(np.isfinite(row))[0] if np.isfinite(row).any() else 0 for row in found.log10_gain]
    first = [_layers(value) for value in found.layers[:, 0]]
    sentence = _(
        "from input 1 to output {last} it is {recurrent} layers through the {cell}, {dilated} through the dilated "
        "convolution, {attention} through attention. The feed-forward network sees the last {window} inputs and the "
        "plain convolution of {layers} layers the last {plain}: beyond, their gradient is exactly 0."
    )
    said = sentence.format(
        last=STEPS,
        cell=cell,
        recurrent=first[0],
        dilated=first[3],
        attention=first[4],
        window=int(reached[1]),
        layers=PLAIN_LAYERS,
        plain=int(reached[2]),
    )
    far = [power_of_ten(float(value)) for value in found.log10_gain[:, 0]]
    aside = _("What reaches input 1: {cell} {recurrent}, dilated {dilated}, attention {attention}.")
    aside = aside.format(cell=cell, recurrent=far[0], dilated=far[3], attention=far[4])
    return Verdict(_("Reach and distance"), said, asides=aside)


def depth(settings: Settings, found: Depths) -> Verdict:
    """How far the seeds lie apart with tied and with untied weights."""
    headline = _("{depth} layers, gain {gain:.3g}").format(depth=DEPTH, gain=settings.experiment.gain)
    tied, untied = (np.asarray(curves)[:, 0] for curves in (found.tied, found.untied))
    if not (np.isfinite(tied).all() and np.isfinite(untied).all()):
        return Verdict(headline, _("in some network layer 1 receives exactly 0."), "zero")
    sentence = _(
        "over {seeds} seeds what layer 1 receives spreads by {tied:.1f} decades around {tied_mean} with one matrix, by "
        "{untied:.1f} around {untied_mean} with a new one in each layer, of the same variance."
    )
    parts = [
        sentence.format(
            seeds=SEEDS,
            tied=float(tied.std()),
            tied_mean=power_of_ten(float(tied.mean())),
            untied=float(untied.std()),
            untied_mean=power_of_ten(float(untied.mean())),
        )
    ]
    if tied.std() > untied.std():
        parts.append(_("One matrix repeats its own chance at every step; new ones average it out."))
    return Verdict(headline, " ".join(parts))


def gap(settings: Settings, found: Learned) -> Verdict:
    """What each reader can know, and what it knows."""
    if not found.looks:
        return _nothing(found)
    history, sentence = found.histories[0], found.looks[0].sentence
    measured = history.measured[-1]
    named = zip(readers(), measured.right, strict=True)
    rights = ", ".join(_("{reader} {share}").format(reader=reader, share=_percent(share)) for reader, share in named)
    said = _("“{sentence}”. Right words: {rights}. Before the gap stands how many, after it which animal.")
    limits = _(
        "By guessing what they cannot see, the one-sided readers end at ln 4 = {forward:.2f} and ln 2 = "
        "{backward:.2f} nats; now the three are at {losses}."
    ).format(
        forward=gaps.possible("forward"),
        backward=gaps.possible("backward"),
        losses=", ".join(f"{float(loss):.2f}" for loss in measured.loss),
    )
    right = _("The right word is “{word}”.").format(word=gaps.ANSWERS[int(sentence.answer)])
    said = said.format(sentence=" ".join(gaps.spelled(sentence)), rights=rights)
    return Verdict(_headline(history), said, asides=limits, comparisons=[right])


def code(settings: Settings, found: Learned) -> Verdict:
    """The loss against the mean curve's and the best linear code's, and what becomes of this curve."""
    if not found.looks:
        return _nothing(found)
    history, rebuilt = found.histories[0], found.looks[0]
    measured = history.measured[-1]
    text = _(
        "held-out loss {loss:.3g} through {count} of {all} numbers; the mean curve has {mean:.3g}, the best linear "
        "code of this size {linear:.3g}."
    )
    said = text.format(
        loss=float(measured.loss),
        count=settings.bottleneck,
        all=WIDEST,
        mean=float(measured.mean),
        linear=best_linear(settings.bottleneck),
    )
    own = _("This curve: {loss:.3g}, where the mean curve has {mean:.3g}.")
    own = own.format(loss=float(rebuilt.loss), mean=float(rebuilt.mean))
    return Verdict(_headline(history), said, asides=found.problem or own)


def reverse(settings: Settings, found: Learned) -> Verdict:
    """How much is right with attention and without, and what becomes of this string."""
    if not found.looks:
        return _nothing(found)
    last = [history.measured[-1] for history in found.histories]
    text = _(
        "of {length} letters {with_it} are right with attention and {without} without; whole strings {whole_with} and "
        "{whole_without}."
    )
    said = text.format(
        length=settings.word_length,
        with_it=_percent(last[0].letters),
        without=_percent(last[1].letters),
        whole_with=_percent(last[0].strings),
        whole_without=_percent(last[1].strings),
    )
    answers = [answer(settings, written) for written in found.looks]
    own = _("“{word}” backwards: “{with_it}” with attention, “{without}” without.")
    aside = own.format(word=settings.word, with_it=answers[0], without=answers[1])
    notes = []
    if len(settings.word) > settings.word_length:
        notes.append(_("The string is longer than any that it learns from."))
    behind = min(found.histories, key=lambda history: len(history.measured))
    return Verdict(_headline(behind), said, asides=aside, comparisons=notes)


def ways(settings: Settings, found: Learned) -> Verdict:
    """The short cut against the long way round, for the letter that matters."""
    if not found.looks:
        return _nothing(found)
    chosen, count = chosen_letter(settings), len(settings.word)
    right = count - chosen
    short, long, _total, without = (curve[right] for curve in ways_back(settings, found))
    headline = _("Letter {chosen} written, letter {read} read").format(chosen=chosen, read=right + 1)
    if not math.isfinite(short) or not math.isfinite(long):
        return Verdict(headline, _("one of the ways carries exactly 0."), "zero")
    ratio = short - long
    text = (
        _("the short cut is 1 layer long and carries {ratio} times what the {steps} steps round carry.")
        if ratio > 0
        else _("the short cut is 1 layer long, and carries {ratio} of what the {steps} steps round carry.")
    )
    said = text.format(ratio=power_of_ten(ratio), steps=count - right - 1 + chosen)
    aside = _("In the network without attention the same letter gets {size}.")
    return Verdict(headline, said, asides=aside.format(size=power_of_ten(without)))


def forecast(settings: Settings, found: Learned) -> Verdict:
    """The loss against saying that nothing changes, and how far back the last forecast looks."""
    if not found.looks:
        return _nothing(found)
    history = found.histories[0]
    measured = history.measured[-1]
    text = _("held-out squared error {loss:.3g}; saying “as last year” has {same:.3g}.")
    said = text.format(loss=float(measured.loss), same=float(measured.same))
    values = found.looks[0].log10_gradient[:-1]
    aside = ""
    if np.isfinite(values[-1]) and np.isfinite(values[-12]):
        text = _("The year 11 years before the last weighs {ratio} times as much as the last one.")
        aside = text.format(ratio=power_of_ten(float(values[-12] - values[-1])))
    return Verdict(_headline(history), said, asides=aside)


def legend(settings: Settings) -> list[str]:
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
            "**Layers on the way** are measured: every layer lets only a small share of the gradient through, and the "
            "power of that share by which the gradient falls is their number on the shortest way."
        ),
        _(
            "**What is trained** here learns with Adam, learning rate 0.01, its gradient clipped at norm 1, in one "
            "layer of at most 32 units. The same address gives the same numbers again."
        ),
        _(
            "**Layers elsewhere**: under Exact numbers the sidebar stacks the cell on every other page, too; the page "
            "on remedies and what is trained keep to a single one. Weights set by hand are left aside here."
        ),
        _(
            "**A decade** is a factor of ten; **a nat** of loss is a factor of e in the probability of what is right, "
            "so that whoever guesses one of n words has ln n."
        ),
        _("One input, one seed: other seeds may give other numbers."),
    ]


def readers() -> list[str]:
    """Names of the readers of a gap."""
    return [_("forward"), _("backward"), _("both")]


def answer(settings: Settings, written: reversal.Written) -> str:
    """What is written of the reader's string."""
    return "".join(reversal.LETTERS[letter] for letter in written.places[: len(settings.word)])


def ways_back(settings: Settings, found: Learned) -> list[np.ndarray]:
    """log10 of the short cut, the long way, every way, and every way without attention, (letters read,) each."""
    attended, alone = found.looks
    row, count = chosen_letter(settings) - 1, len(settings.word)
    with np.errstate(divide="ignore"):
        sizes = (attended.short, attended.long, attended.total, alone.total)
        return [np.log10(np.asarray(size[row, :count], float)) for size in sizes]


def _kind(per_step: float, read: int) -> tuple[str, str]:
    if not math.isfinite(per_step):
        return "zero", _("Cut off")
    if read == 1:
        return "single", _("One step")
    if abs(per_step) <= CARRIED and abs(per_step) * (read - 1) <= CARRIED_IN_ALL:
        return "carried", _("Carried")
    return ("exploding", _("Exploding")) if per_step > 0 else ("vanishing", _("Vanishing"))


def _slope(log10_norm: np.ndarray, read: int) -> float:
    """Decades per step from the step read back to step 1; 0 where there is no way back."""
    if read == 1:
        return 0.0
    return (float(log10_norm[0]) - float(log10_norm[read - 1])) / (read - 1)


def _leaks(settings: Settings, flow: Flow, read: int, per_step: float) -> str:
    layers = settings.wired_layers
    if not math.isfinite(flow.inputs[0]):
        return _("nothing of the output at step {read} reaches the first input.").format(read=read)
    if layers == 1:
        if read == 1:
            return _("the output is that of step 1, so there is no way back to measure.")
        text = _("×{factor:.3g} a step back; one layer has no depth to leak through.")
        return text.format(factor=10.0**per_step)
    at_read = float(flow.ahead[0, read - 1]) - float(flow.ahead[layers - 1, read - 1])
    per_layer = at_read / (layers - 1)
    down = _("×{factor:.3g} a layer down").format(factor=10.0**per_layer)
    if read == 1:
        return _("{down}; the output is that of step 1, so there is no way back to measure.").format(down=down)
    back = _("×{factor:.3g} a step back in the top layer").format(factor=10.0**per_step)
    if not math.isfinite(at_read):
        return _("{back}; at step {read} itself nothing goes down the layers.").format(back=back, read=read)
    if abs(per_layer - per_step) < 0.01:
        way = _("one step and one layer let as much through")
    elif per_layer < per_step:
        way = _("one layer lets less through than one step")
    else:
        way = _("one step lets less through than one layer")
    return f"{back}, {down}: {way}."


def _which_way(settings: Settings, flow: Flow, read: int) -> str:
    """Where the gradient is once it has come to step 1."""
    layers = settings.wired_layers
    if settings.wiring == "both" or layers == 1 or read == 1:
        return ""
    ratio = float(flow.ahead[0, 0]) - float(flow.ahead[layers - 1, 0])
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


def _both_sides(flow: Flow, read: int) -> str:
    length = len(flow.inputs)
    first, last = (float(flow.inputs[at]) for at in (0, -1))
    if read == length:
        return _("the output of the last step has nothing after it: the way back from the end is one step long.")
    if read == 1:
        text = _(
            "the output of step 1 has nothing before it, and rests on what comes after it (the last input weighs "
            "{last}); without the backward layers every input after step 1 would weigh exactly 0."
        )
        return text.format(last=power_of_ten(last))
    text = _(
        "the output at step {read} rests on inputs before it (the first weighs {first}) and after it (the last weighs "
        "{last}); without the backward layers every input after step {read} would weigh exactly 0."
    )
    return text.format(read=read, first=power_of_ten(first), last=power_of_ten(last))


def _layers(value: float) -> str:
    return f"{round(float(value))}" if math.isfinite(value) else "∞"


def _checked(flow: Flow) -> Check:
    error = float(flow.relative_error)
    if not math.isfinite(error):
        return Check(_("no gradient to check here"), False)
    agrees = error < AGREES
    text = _("autodiff {mark} finite difference: relative difference {error} at input {step}")
    size = power_of_ten(math.log10(max(error, 1e-16)))
    return Check(text.format(mark="✓" if agrees else "✗", error=size, step=int(flow.step)), agrees)


def _headline(history: History) -> str:
    if history.broken:
        return _("Broken at update {update}").format(update=history.broken)
    return _("After {updates:.0f} updates").format(updates=history.updates[-1])


def _nothing(found: Learned) -> Verdict:
    """What is said where there is nothing to show."""
    failure = next((history.failure for history in found.histories if not history.measured), "")
    return Verdict(_("Nothing to show"), failure or _("it has not begun yet."), "overflow")


def _percent(share: float) -> str:
    return f"{100 * float(share):.0f} %"
