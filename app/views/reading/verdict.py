"""What is read, from a picture: words and figures."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from app.figure import Frame, Words
from app.language import _, power_of_ten
from app.live import player
from app.phrases import drawn_anew, off_axis
from app.settings import AXES, Picture, place
from app.views.reading import numbers, pastes
from app.views.reading.figures import greeting as greeting_figures
from app.views.reading.figures import modes as mode_figures
from app.views.reading.figures import text as figures
from cells import all_cells
from cells.experiment import Experiment
from cells.reading.learners import ANSWER, GREETING, LETTERS
from cells.reading.modes import Mode
from cells.reading.texts import blind_loss, memoryless_loss

AGREES = 1e-4
"""Largest relative difference between autodiff and a finite difference that counts as agreement."""
HUNDREDTH = 2.0
"""Decades below the largest weight at which a character counts as not looked at."""
OFTEN = 3
"""Times a letter must come before a unit's mean there is named."""
STOP = {"hello": 100, "text": 1000, "modes": 800}
"""Updates at which playing stops."""
UNIFORM = math.log(len(LETTERS))
MEMORYLESS = memoryless_loss(*(np.array([LETTERS.index(letter) for letter in text]) for text in (GREETING, ANSWER)))
"""(ln 2)/2: after e, h and o there is one answer, after l there are two, and l is half of what is read."""


def greeting_words(picture: Picture) -> Words:
    """What it says, and whether it remembers."""
    found = numbers.greeting(picture)
    label = all_cells()[picture.experiment.cell].label
    loss, updates = float(found.trained.losses[-1, 0]), int(found.trained.updates[-1])
    said = "".join(LETTERS[place] for place in found.p.argmax(axis=1))
    headline = _("{cell} says “{said}”").format(cell=label, said=said)
    given = ", ".join(f"{100 * p[LETTERS.index(letter)]:.0f}" for p, letter in zip(found.p, ANSWER, strict=True))
    text = _("after update {updates} the right letters have {given} %, loss {loss}.")
    sentence = text.format(updates=updates, given=given, loss=_loss(loss))
    if loss < MEMORYLESS and picture.hello_cut:
        verdict = _("Below 0.3466 although W_hh = 0: its state goes on beside W_hh, from one step to the next.")
    elif loss < MEMORYLESS:
        verdict = _("Below (ln 2)/2 = 0.3466 it must remember: after l comes l, then o. One step back is enough.")
    elif picture.hello_cut and loss < MEMORYLESS + 0.05:
        verdict = _("Without W_hh it cannot tell the first l from the second: 0.3466 is the end.")
    else:
        verdict = _("Not below (ln 2)/2 = 0.3466 yet: so far a network without memory could do the same.")
    return Words(
        headline,
        "carried",
        f"{sentence} {verdict}",
        drawn_anew(picture.experiment),
        _broken(found.trained),
        *_badge([found.disagreement]),
    )


def greeting_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The unrolled network with its values, the loss and the weights."""
    found = numbers.greeting(picture)
    view = greeting_figures.View(
        GREETING,
        ANSWER,
        LETTERS,
        found.h,
        found.logits,
        found.p,
        found.weights,
        picture.hello_cut,
        found.trained.updates,
        found.trained.losses[:, 0],
        MEMORYLESS,
        UNIFORM,
        place(picture.experiment),
    )
    return greeting_figures.greeting(view, mode)


def words(picture: Picture) -> Words:
    """What was learned, what the chosen prediction looks at, and what each network writes on."""
    found = numbers.readers(picture)
    read, ids, at = numbers.stretch(picture)
    floor = _floor(read.ids[: len(read.content)])[0]
    losses = _each(found, _nats)
    best = min(found, key=lambda one: np.nan_to_num(one.trained.losses[-1], nan=np.inf))
    headline = _("{cell} reads best").format(cell=_label(best)) if len(found) > 1 else _label(best)
    sentence = _(
        "loss {losses} nats a character after {updates} updates; without memory {floor:.2f} is the end."
    ).format(losses=losses, updates=int(found[0].trained.updates[-1]), floor=floor)
    reach = _each(found, lambda one: str(_reach(one.log10_influence, at)))
    looks = _("The framed prediction looks back (down to a hundredth of its largest weight): {reach} characters.")
    written = [_("{cell} writes on: {text}").format(cell=_label(one), text=_line(one.written)) for one in found]
    notes = [note for one in found for note in _broken(one.trained)]
    if not all(one.finite for one in found):
        notes.append(_("A state has left the finite numbers; what cannot be drawn is left out."))
    return Words(
        headline,
        "carried",
        f"{sentence} {looks.format(reach=reach)}",
        _left_out(picture, found),
        written + notes,
        *_badge([one.disagreement for one in found]),
    )


def figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The losses, the likeliest next characters, and what the chosen prediction looks at."""
    return figures.reading(_view(picture), mode)


def unit_words(picture: Picture) -> Words:
    """At which letters the unit is high, and at which low."""
    found = numbers.readers(picture)
    read, ids, _at = numbers.stretch(picture)
    unit = _unit(picture, found)
    ends = _each(found, lambda one: _ends(one, unit, ids[:-1], read.characters), "; ")
    headline = _("Unit {unit}").format(unit=unit)
    sentence = _("mean over the letters shown: {ends}.").format(ends=ends)
    return Words(headline, "carried", sentence, "", [], "", True)


def unit_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """One unit, and the probability of every character, over the text."""
    return figures.units(_view(picture), mode)


def mode_words(picture: Picture) -> Words:
    """How much each network has learned, and what the outputs looked at depend on."""
    found = numbers.listeners(picture)
    label = all_cells()[picture.experiment.cell].label
    right = ", ".join(f"{_titles()[one.mode.name]} {100 * one.right:.0f} %" for one in found)
    plan = numbers.modes_plan(picture)
    updates = int(numbers.trained(plan, picture.mode_updates).updates[-1])
    sentence = _("after {updates} updates of five networks of {size} units, right answers over all examples: {right}.")
    return Words(
        _("{cell}, five ways").format(cell=label),
        "carried",
        sentence.format(updates=updates, size=numbers.MODE_SIZE, right=right),
        _("Look at the arrows into a framed output: the way back to an input is as long as the steps between them."),
        _broken(numbers.trained(plan, picture.mode_updates)),
        *_badge([float(one.disagreement[_looked(one.mode, picture) - 1]) for one in found]),
    )


def mode_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The five networks on the example shown."""
    found = numbers.listeners(picture)
    updates = numbers.trained(numbers.modes_plan(picture), picture.mode_updates).updates
    count = min(len(updates), len(found[0].losses))
    return mode_figures.modes([_net(one, picture) for one in found], updates[:count], mode)


def marks() -> list[str]:
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
    ]


def _view(picture: Picture) -> figures.View:
    found = numbers.readers(picture)
    read, ids, at = numbers.stretch(picture)
    memoryless, blind = _floor(read.ids[: len(read.content)])
    unit = _unit(picture, found)
    rows = [
        figures.Row(
            _label(one),
            place(one.experiment),
            one.trained.updates,
            one.trained.losses,
            one.p,
            one.log10_influence.copy(),
            one.units[:, min(unit, one.units.shape[1]) - 1],
        )
        for one in found
    ]
    most = max(100.0, 1.02 * max(float(row.updates[-1]) for row in rows))
    characters = ["↵" if letter == "\n" else letter for letter in read.characters]
    start = (picture.read_from - 1) % len(read.content) + 1
    return figures.View(rows, characters, ids, start, at, unit, memoryless, blind, AXES[picture.read_axis], most)


def _floor(ids: np.ndarray) -> tuple[float, float]:
    """Least loss without memory, and without looking, of a text read in a circle."""
    return memoryless_loss(ids, np.roll(ids, -1)), blind_loss(ids)


def _reach(log10_influence: np.ndarray, at: int) -> int:
    """Characters back to the first whose weight is at least a hundredth of the largest."""
    weights = log10_influence[:at]
    if not np.isfinite(weights).any():
        return 0
    return at - int(np.argmax(weights >= np.nanmax(weights) - HUNDREDTH)) - 1


def _ends(one: numbers.Reader, unit: int, ids: np.ndarray, characters: str) -> str:
    """The letters at which a unit is highest and lowest, of those that come often enough."""
    values = one.units[:, min(unit, one.units.shape[1]) - 1]
    often = [number for number in np.unique(ids) if np.sum(ids == number) >= OFTEN]
    if not often:
        return _("no letter comes {count} times").format(count=OFTEN)
    means = {number: float(values[ids == number].mean()) for number in often}
    high, low = max(means, key=means.get), min(means, key=means.get)
    text = _("{high} at “{first}”, {low} at “{last}”").format(
        high=f"{means[high]:z.2f}", first=characters[high], low=f"{means[low]:z.2f}", last=characters[low]
    )
    return text.replace("-", "−").replace("\n", "↵").replace("“ ”", "“␣”")


def _unit(picture: Picture, found: list[numbers.Reader]) -> int:
    return min(picture.unit, max(one.units.shape[1] for one in found))


def _label(one: numbers.Reader) -> str:
    return all_cells()[one.experiment.cell].label


def _line(text: str) -> str:
    return "“" + text.replace("\n", "↵") + "”"


def _loss(value: float) -> str:
    if not math.isfinite(value):
        return _("beyond float32")
    return f"{value:.4f}" if value >= 1e-3 else power_of_ten(math.log10(max(value, 1e-300)))


def _each(found: list[numbers.Reader], says: Callable[[numbers.Reader], str], between: str = ", ") -> str:
    """What is said of each network, by the name of its cell; of one alone without its name."""
    if len(found) == 1:
        return says(found[0])
    return between.join(f"{_label(one)} {says(one)}" for one in found)


def _nats(one: numbers.Reader) -> str:
    loss = float(one.trained.losses[-1])
    return f"{loss:.2f}" if math.isfinite(loss) else _loss(loss)


def _badge(errors: list[float]) -> tuple[str, bool]:
    known = [error for error in errors if math.isfinite(error)]
    if not known:
        return _("no gradient to check here"), False
    agrees = max(known) < AGREES
    text = _("autodiff {mark} finite difference: relative difference {error}")
    worst = power_of_ten(math.log10(max(*known, 1e-16)))
    return text.format(mark="✓" if agrees else "✗", error=worst), agrees


def _broken(trained: numbers.Trained) -> list[str]:
    if not trained.broken:
        return []
    text = _("Update {update} left the finite numbers; the weights are those before it. Lower the learning rate.")
    return [text.format(update=trained.broken)]


def _left_out(picture: Picture, found: list[numbers.Reader]) -> str:
    """What of the picture cannot be shown, and why."""
    said = [text for text in {off_axis(one.log10_influence, picture.read_axis) for one in found} if text]
    if len(picture.runs) > numbers.MOST:
        said.append(_("At most {most} cells are drawn here.").format(most=numbers.MOST))
    if picture.experiment.hidden_size > numbers.MAX_SIZE:
        said.append(_("At most {most} units read here.").format(most=numbers.MAX_SIZE))
    if picture.read_paste and pastes.found(picture) is None:
        said.append(_forgotten())
    return " ".join(said)


def _forgotten() -> str:
    return _(
        "text: this link names a long text by its fingerprint, and this server does not have it (any more); paste it "
        "again. Until then the app's own paragraph is read."
    )


def _titles() -> dict[str, str]:
    return {
        "one_to_one": _("one to one"),
        "one_to_many": _("one to many"),
        "many_to_one": _("many to one"),
        "many_to_many": _("many to many"),
        "synced": _("many to many, synced"),
    }


def _tasks() -> dict[str, str]:
    return {
        "one_to_one": _("an odd number<br>of lamps lit?"),
        "one_to_many": _("spell the picture"),
        "many_to_one": _("good or bad?<br>¬ turns the next round"),
        "many_to_many": _("read three letters,<br>then write them large"),
        "synced": _("at every step: an odd<br>number of ones so far?"),
    }


def _looked(mode: Mode, picture: Picture) -> int:
    """The step whose output is looked at."""
    return mode.writes[min(picture.mode_output, len(mode.writes)) - 1]


def _net(one: numbers.Listener, picture: Picture) -> mode_figures.Net:
    mode, (comes, answers) = one.mode, one.example
    output = _looked(mode, picture)
    said = {}
    for step, answer in zip(mode.writes, answers, strict=True):
        best = int(one.p[step - 1].argmax())
        said[step] = (mode.outputs[best], float(one.p[step - 1, best]), best == answer)
    reads = {step: _fed(mode, symbols) for step, symbols in zip(mode.reads, comes, strict=True)}
    return mode_figures.Net(
        mode.name,
        _titles()[mode.name],
        _tasks()[mode.name],
        mode.steps,
        reads,
        said,
        output,
        one.log10_input[output - 1, : mode.steps],
        one.log10_state[output - 1, : mode.steps],
        one.losses,
        one.right,
    )


def _fed(mode: Mode, symbols: tuple[int, ...]) -> str:
    if mode.several:
        return "".join("●" if place in symbols else "○" for place in range(len(mode.inputs)))
    return mode.inputs[symbols[0]]


Plans = Callable[[Picture], list[numbers.Reading]]


def _hello(picture: Picture) -> list[numbers.Reading]:
    return [numbers.hello_plan(picture)]


def _modes(picture: Picture) -> list[numbers.Reading]:
    return [numbers.modes_plan(picture)]


def _runs(picture: Picture) -> list[Experiment]:
    return [picture.experiment]


def _frame(plans: Plans, field: str, says: Callable[[Picture], Words], draws: Callable[..., Any]) -> Frame:
    """A frame of courses whose updates a field of the picture counts; a sentence where there is nothing to draw."""

    def progress(picture: Picture) -> float | None:
        return numbers.progress(plans(picture), getattr(picture, field), picture)

    def words(picture: Picture) -> Words:
        failure = numbers.failure(plans(picture))
        return Words(_("Nothing to show"), "overflow", failure, "", [], "", False) if failure else says(picture)

    def figure(picture: Picture, mode: str) -> dict[str, Any]:
        return {"data": [], "layout": {}} if numbers.failure(plans(picture)) else draws(picture, mode)

    def more(picture: Picture, mode: str) -> dict[str, Any]:
        return player.state(numbers.followed(plans(picture)), getattr(picture, field))

    return Frame(_runs, progress, words, figure, more)


FRAMES = {
    "greeting": _frame(_hello, "hello_updates", greeting_words, greeting_figure),
    "reading": _frame(numbers.text_plans, "read_updates", words, figure),
    "units": _frame(numbers.text_plans, "read_updates", unit_words, unit_figure),
    "modes": _frame(_modes, "mode_updates", mode_words, mode_figure),
}
