"""What the page on reading says: what was learned, what a prediction looks at, what a unit follows."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from app.figure import Check, Verdict
from app.language import _, power_of_ten, written
from app.phrases import drawn_anew, off_axis
from app.settings import Settings
from app.views.reading.numbers import (
    MAX_SIZE,
    MODE_SIZE,
    MOST,
    Greeting,
    Listener,
    Listeners,
    Nothing,
    Reader,
    Readers,
    Trained,
)
from cells.reading.texts import memoryless_loss
from cells.training.learners.reading import ANSWER, GREETING, LETTERS

AGREES = 1e-4
"""Largest relative difference between autodiff and a finite difference that counts as agreement."""
HUNDREDTH = 2.0
"""Decades below the largest weight at which a character counts as not looked at."""
OFTEN = 3
"""Times a letter must come before a unit's mean there is named."""
UNIFORM = math.log(len(LETTERS))
MEMORYLESS = memoryless_loss(*(np.array([LETTERS.index(letter) for letter in text]) for text in (GREETING, ANSWER)))
"""(ln 2)/2: after e, h and o there is one answer, after l there are two, and l is half of what is read."""


def nothing(found: Nothing) -> Verdict:
    """Why there is nothing to show."""
    return Verdict(_("Nothing to show"), found.failure, "overflow", check=Check("", False))


def greeting(settings: Settings, found: Greeting) -> Verdict:
    """What it says, and whether it remembers."""
    loss = float(found.trained.losses[-1, 0])
    said = "".join(LETTERS[place] for place in found.p.argmax(axis=1))
    given = ", ".join(f"{100 * p[LETTERS.index(letter)]:.0f}" for p, letter in zip(found.p, ANSWER, strict=True))
    text = _("after update {updates} the right letters have {given} %, loss {loss}.")
    sentence = text.format(updates=found.trained.reached, given=given, loss=_loss(loss))
    # Without W_hh most cells say the same of both l, letter by letter; some carry their state on beside it.
    alike = settings.hello_cut and np.array_equal(found.p[GREETING.index("l")], found.p[GREETING.rindex("l")])
    if alike and loss < MEMORYLESS + 0.05:
        judgement = _("Without W_hh it cannot tell the first l from the second: 0.3466 is the end.")
    elif loss < MEMORYLESS and settings.hello_cut:
        judgement = _("Below 0.3466 although W_hh = 0: its state goes on beside W_hh, from one step to the next.")
    elif loss < MEMORYLESS:
        judgement = _("Below (ln 2)/2 = 0.3466 it must remember: after l comes l, then o. One step back is enough.")
    else:
        judgement = _("Not below (ln 2)/2 = 0.3466 yet: so far a network without memory could do the same.")
    return Verdict(
        _("{cell} says “{said}”").format(cell=settings.experiment.cell_class.label, said=said),
        f"{sentence} {judgement}",
        asides=drawn_anew(settings.experiment),
        comparisons=[*_broken(found.trained), *_interrupted(found)],
        check=_checked([found.disagreement]),
    )


def reading(settings: Settings, found: Readers) -> Verdict:
    """What was learned, what the chosen prediction looks at, and what each network writes on."""
    readers = found.readers
    best = min(readers, key=lambda reader: np.nan_to_num(reader.trained.losses[-1], nan=np.inf))
    headline = _("{cell} reads best").format(cell=label(best)) if len(readers) > 1 else label(best)
    text = _("loss {losses} nats a character after {updates} updates; without memory {floor:.2f} is the end.")
    updates = max(reader.trained.reached for reader in readers)
    sentence = text.format(losses=_each(readers, _nats), updates=updates, floor=found.memoryless)
    reach = _each(readers, lambda reader: str(_reach(reader.log10_influence, found.at)))
    looks = _("The framed prediction looks back (down to a hundredth of its largest weight): {reach} characters.")
    written = [
        _("{cell} writes on: {text}").format(cell=label(reader), text=_line(reader.written)) for reader in readers
    ]
    notes = [note for reader in readers for note in _broken(reader.trained)]
    return Verdict(
        headline,
        f"{sentence} {looks.format(reach=reach)}",
        asides=_left_out(settings, found),
        comparisons=written + notes + _interrupted(found),
        check=_checked([reader.disagreement for reader in readers]),
    )


def units(settings: Settings, found: Readers) -> Verdict:
    """At which letters the unit is high, and at which low."""
    unit = shown_unit(settings, found)
    ends = _each(
        found.readers, lambda reader: _ends(followed(reader, unit), found.ids[:-1], found.text.characters), "; "
    )
    return Verdict(_("Unit {unit}").format(unit=unit), _("mean over the letters shown: {ends}.").format(ends=ends))


def modes(settings: Settings, found: Listeners) -> Verdict:
    """How much each network has learned, and what the outputs looked at depend on."""
    right = ", ".join(f"{titles()[one.mode.name]} {100 * one.right:.0f} %" for one in found.listeners)
    sentence = _("after {updates} updates of five networks of {size} units, right answers over all examples: {right}.")
    return Verdict(
        _("{cell}, five ways").format(cell=settings.experiment.cell_class.label),
        sentence.format(updates=found.trained.reached, size=MODE_SIZE, right=right),
        asides=_(
            "Look at the arrows into a framed output: the way back to an input is as long as the steps between them."
        ),
        comparisons=[*_broken(found.trained), *_interrupted(found)],
        check=_checked([float(one.disagreement[looked_at(settings, one) - 1]) for one in found.listeners]),
    )


def legend(settings: Settings) -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**The hello network** has three hidden units and no more letters than drawn. Confidences are W_hy h + b "
            "before the softmax, beside the probability; the frame marks the right letter. Adam, all four letters in "
            "every update."
        ),
        _(
            "**(ln 2)/2**: half of what is read is an l, after which l and o come equally often. Who sees only the "
            "present letter loses ln 2 there and nothing elsewhere. It proves a memory of one step, not a long one."
        ),
        _(
            "**The weight of a character** is the norm of the gradient of log p(next character) with respect to its "
            "input. Nothing is divided by its own maximum: 10⁻⁶ is a millionth of a unit change, wherever it stands. "
            "Exactly 0 is drawn as a gap in the curve."
        ),
        _(
            "**Without memory** is the entropy of the next character given the present one, of this very text; without "
            "looking, that of the single characters. The text is read in a circle, 16 stretches of 64 characters an "
            "update, each from a state of zero. A short text can be learned by heart: this shows reading, not language."
        ),
        _(
            "**The five ways** are trained on all examples of a small task of their own; the loss is of all of them. "
            "An arrow is the gradient of the framed output's log-odds, log p/(1 − p), for the example shown; grey ones "
            "are not on the way. A number below an input is its log₁₀."
        ),
        _("Weights are trained in float32, as in practice; what is drawn of them is computed in float64."),
        _("One text, one seed: other seeds may give other numbers."),
    ]


def label(reader: Reader) -> str:
    """The name of a reader's cell."""
    return reader.experiment.cell_class.label


def shown_unit(settings: Settings, found: Readers) -> int:
    """The unit that is shown, of the network with the most; counted from 1."""
    return min(settings.unit, max(reader.units.shape[1] for reader in found.readers))


def followed(reader: Reader, unit: int) -> np.ndarray:
    """(T,) that unit of a reader, or its last."""
    return reader.units[:, min(unit, reader.units.shape[1]) - 1]


def looked_at(settings: Settings, listener: Listener) -> int:
    """The step whose output is looked at."""
    steps = listener.mode.writes
    return steps[min(settings.mode_output, len(steps)) - 1]


def titles() -> dict[str, str]:
    """What kind of network each mode is, by name."""
    return {
        "one_to_one": _("one to one"),
        "one_to_many": _("one to many"),
        "many_to_one": _("many to one"),
        "many_to_many": _("many to many"),
        "synced": _("many to many, synced"),
    }


def tasks() -> dict[str, str]:
    """What each of them does, lines separated by <br>."""
    return {
        "one_to_one": _("an odd number<br>of lamps lit?"),
        "one_to_many": _("spell the picture"),
        "many_to_one": _("good or bad?<br>¬ turns the next round"),
        "many_to_many": _("read three letters,<br>then write them large"),
        "synced": _("at every step: an odd<br>number of ones so far?"),
    }


def _reach(log10_influence: np.ndarray, at: int) -> int:
    """Characters back to the first whose weight is at least a hundredth of the largest."""
    weights = log10_influence[:at]
    if not np.isfinite(weights).any():
        return 0
    return at - int(np.argmax(weights >= np.nanmax(weights) - HUNDREDTH)) - 1


def _ends(values: np.ndarray, ids: np.ndarray, characters: str) -> str:
    """The letters at which a unit is highest and lowest, of those that come often enough."""
    often = [number for number in np.unique(ids) if np.sum(ids == number) >= OFTEN]
    if not often:
        return _("no letter comes {count} times").format(count=OFTEN)
    means = {number: float(values[ids == number].mean()) for number in often}
    high, low = max(means, key=means.get), min(means, key=means.get)
    text = _("{high} at “{first}”, {low} at “{last}”").format(
        high=written(f"{means[high]:z.2f}"),
        first=characters[high],
        low=written(f"{means[low]:z.2f}"),
        last=characters[low],
    )
    return text.replace("\n", "↵").replace("“ ”", "“␣”")


def _line(text: str) -> str:
    return "“" + text.replace("\n", "↵") + "”"


def _loss(value: float) -> str:
    if not math.isfinite(value):
        return _("beyond float32")
    return f"{value:.4f}" if value >= 1e-3 else power_of_ten(math.log10(max(value, 1e-300)))


def _each(readers: Sequence[Reader], says: Callable[[Reader], str], between: str = ", ") -> str:
    """What is said of each network, by the name of its cell; of one alone without its name."""
    if len(readers) == 1:
        return says(readers[0])
    return between.join(f"{label(reader)} {says(reader)}" for reader in readers)


def _nats(reader: Reader) -> str:
    loss = float(reader.trained.losses[-1])
    return f"{loss:.2f}" if math.isfinite(loss) else _loss(loss)


def _checked(errors: Sequence[float]) -> Check:
    known = [error for error in errors if math.isfinite(error)]
    if not known:
        return Check(_("no gradient to check here"), False)
    agrees = max(known) < AGREES
    text = _("autodiff {mark} finite difference: relative difference {error}")
    worst = power_of_ten(math.log10(max(*known, 1e-16)))
    return Check(text.format(mark="✓" if agrees else "✗", error=worst), agrees)


def _broken(trained: Trained) -> list[str]:
    if not trained.broken:
        return []
    text = _("Update {update} left the finite numbers; the weights are those before it. Lower the learning rate.")
    return [text.format(update=trained.broken)]


def _interrupted(found: Greeting | Readers | Listeners) -> list[str]:
    return [run.failure for run in found.watched.runs if run.failure]


def _left_out(settings: Settings, found: Readers) -> str:
    """What cannot be shown, and why."""
    said = dict.fromkeys(off_axis(reader.log10_influence, settings.read_axis) for reader in found.readers)
    if len(settings.runs) > MOST:
        said[_("At most {most} cells are drawn here.").format(most=MOST)] = None
    if settings.experiment.hidden_size > MAX_SIZE:
        said[_("At most {most} units read here.").format(most=MAX_SIZE)] = None
    if found.forgotten:
        said[_forgotten()] = None
    return " ".join(filter(None, said))


def _forgotten() -> str:
    return _(
        "text: this link names a long text by its fingerprint, and this server does not have it (any more); paste it "
        "again. Until then the app's own paragraph is read."
    )
