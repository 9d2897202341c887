"""What wired cells learn, from a picture: words and figures of a gap, a curve, a string and a series."""

import math
from typing import Any

import numpy as np

from app.background import training as courses
from app.figure import Frame, Words
from app.language import _, power_of_ten
from app.live import player
from app.settings import Picture, place
from app.views.wiring import numbers as wire_numbers
from app.views.wiring.figures import learned as figures
from app.views.wiring.numbers import History
from cells.experiment import Experiment
from cells.inputs import InputError
from cells.network import autoencoder, forecast, gap, reversal


def gap_words(picture: Picture) -> Words:
    """What each reader can know, and what it knows."""
    plan = wire_numbers.gap_plan(picture)
    so_far = wire_numbers.history(plan, picture.gap_updates)
    trouble = _trouble(so_far)
    if trouble is not None:
        return trouble
    measured = so_far.measured[-1]
    sentence = wire_numbers.sentence(plan)
    named = zip(_readers(), measured.right, strict=True)
    rights = ", ".join(_("{reader} {share}").format(reader=reader, share=_percent(share)) for reader, share in named)
    said = _("“{sentence}”. Right words: {rights}. Before the gap stands how many, after it which animal.")
    limits = _(
        "By guessing what they cannot see, the one-sided readers end at ln 4 = {forward:.2f} and ln 2 = "
        "{backward:.2f} nats; now they are at {losses}."
    ).format(
        forward=gap.possible("forward"),
        backward=gap.possible("backward"),
        losses=", ".join(f"{float(loss):.2f}" for loss in measured.loss),
    )
    right = gap.ANSWERS[int(sentence.answer)]
    return Words(
        _headline(so_far), "carried", said.format(sentence=" ".join(gap.spelled(sentence)), rights=rights), limits,
        [_("The right word is “{word}”.").format(word=right)], "", True,
    )  # fmt: skip


def gap_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The three readers."""
    plan = wire_numbers.gap_plan(picture)
    so_far = wire_numbers.history(plan, picture.gap_updates)
    if not so_far.measured:
        return _nothing()
    found = wire_numbers.filled(plan, so_far)
    words = gap.spelled(found.sentence)
    view = figures.Gap(
        so_far.updates,
        so_far.series("loss"),
        [gap.possible(reader) for reader in gap.READERS],
        _readers(),
        list(gap.ANSWERS),
        found.chances,
        int(found.sentence.answer),
        words,
        _log10(found.size[:, : len(words)]),
        place(picture.experiment),
    )
    return figures.gap(view, mode)


def code_words(picture: Picture) -> Words:
    """The loss against the mean curve's and the best linear code's, and what becomes of this curve."""
    plan = wire_numbers.code_plan(picture)
    so_far = wire_numbers.history(plan, picture.code_updates)
    trouble = _trouble(so_far)
    if trouble is not None:
        return trouble
    measured = so_far.measured[-1]
    linear = autoencoder.best_linear(picture.bottleneck)
    loss, mean = float(measured.loss), float(measured.mean)
    text = _("held-out loss {loss:.3g} through {count} of {all} numbers; the mean curve has {mean:.3g}, {what}.")
    what = _("the best linear code of this size {linear:.3g}").format(linear=linear)
    said = text.format(loss=loss, count=picture.bottleneck, all=autoencoder.WIDEST, mean=mean, what=what)
    try:
        found = wire_numbers.rebuilt(plan, so_far, wire_numbers.curve(picture))
        own = _("This curve: {loss:.3g}, where the mean curve has {mean:.3g}.")
        aside = own.format(loss=float(found.loss), mean=float(found.mean))
    except InputError as error:
        aside = str(error)
    return Words(_headline(so_far), "carried", said, aside, [], "", True)


def code_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Loss, curve, code."""
    plan = wire_numbers.code_plan(picture)
    so_far = wire_numbers.history(plan, picture.code_updates)
    if not so_far.measured:
        return _nothing()
    try:
        curve = wire_numbers.curve(picture)
    except InputError:
        curve = np.zeros(autoencoder.POINTS)
    found = wire_numbers.rebuilt(plan, so_far, curve)
    view = figures.Code(
        so_far.updates,
        so_far.series("loss"),
        float(so_far.measured[0].mean),
        autoencoder.best_linear(picture.bottleneck),
        found.curve,
        found.rebuilt,
        found.code[: picture.bottleneck],
        found.log10_gradient,
        place(picture.experiment),
    )
    return figures.code(view, mode)


def reverse_words(picture: Picture) -> Words:
    """How much is right with attention and without, and what becomes of this string."""
    histories = _both(picture)
    for so_far in histories:
        trouble = _trouble(so_far)
        if trouble is not None:
            return trouble
    attended, alone = histories
    plans = wire_numbers.reverse_plans(picture)
    shares = [_percent(float(so_far.measured[-1].letters)) for so_far in histories]
    whole = [_percent(float(so_far.measured[-1].strings)) for so_far in histories]
    text = _(
        "of {length} letters {with_it} are right with attention and {without} without; whole strings {whole_with} and "
        "{whole_without}."
    )
    said = text.format(
        length=picture.word_length, with_it=shares[0], without=shares[1], whole_with=whole[0], whole_without=whole[1]
    )
    answers = [
        _answer(wire_numbers.written(*pair, picture.word), picture) for pair in zip(plans, histories, strict=True)
    ]
    own = _("“{word}” backwards: “{with_it}” with attention, “{without}” without.")
    aside = own.format(word=picture.word, with_it=answers[0], without=answers[1])
    notes = []
    if len(picture.word) > picture.word_length:
        notes.append(_("The string is longer than any that it learns from."))
    return Words(
        _headline(min(attended, alone, key=lambda one: len(one.measured))), "carried", said, aside, notes, "", True
    )


def reverse_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Right letters, and the attention map."""
    histories = _both(picture)
    if not all(so_far.measured for so_far in histories):
        return _nothing()
    found = wire_numbers.written(wire_numbers.reverse_plans(picture)[0], histories[0], picture.word)
    count = len(picture.word)
    shortest = min(len(so_far.measured) for so_far in histories)
    view = figures.Reversal(
        histories[0].updates[:shortest],
        np.stack([so_far.series("letters")[:shortest] for so_far in histories], axis=1),
        1 / len(reversal.LETTERS),
        found.attention[:count, :count],
        picture.word,
        _answer(found, picture),
        _chosen(picture),
        place(picture.experiment),
    )
    return figures.reversal(view, mode)


def ways_words(picture: Picture) -> Words:
    """The short cut against the long way round, for the letter that matters."""
    histories = _both(picture)
    for so_far in histories:
        trouble = _trouble(so_far)
        if trouble is not None:
            return trouble
    chosen, count = _chosen(picture), len(picture.word)
    right = count - chosen
    short, long, _total, without = (curve[right] for curve in _ways(picture, histories))
    headline = _("Letter {chosen} written, letter {read} read").format(chosen=chosen, read=right + 1)
    if not math.isfinite(short) or not math.isfinite(long):
        return Words(headline, "zero", _("one of the ways carries exactly 0."), "", [], "", True)
    ratio = short - long
    text = (
        _("the short cut is 1 layer long and carries {ratio} times what the {steps} steps round carry.")
        if ratio > 0
        else _("the short cut is 1 layer long, and carries {ratio} of what the {steps} steps round carry.")
    )
    said = text.format(ratio=power_of_ten(ratio), steps=count - right - 1 + chosen)
    aside = _("In the network without attention the same letter gets {size}.")
    size = power_of_ten(without) if math.isfinite(without) else "0"
    return Words(headline, "carried", said, aside.format(size=size), [], "", True)


def ways_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The two ways."""
    histories = _both(picture)
    if not all(so_far.measured for so_far in histories):
        return _nothing()
    curves = _ways(picture, histories)
    return figures.ways(figures.Ways(picture.word, *curves, place(picture.experiment)), mode)


def forecast_words(picture: Picture) -> Words:
    """The loss against saying that nothing changes, and how far back the last forecast looks."""
    plan = wire_numbers.forecast_plan(picture)
    so_far = wire_numbers.history(plan, picture.forecast_updates)
    trouble = _trouble(so_far)
    if trouble is not None:
        return trouble
    measured, found = so_far.measured[-1], wire_numbers.seen(plan, so_far)
    text = _("held-out squared error {loss:.3g}; saying “as last year” has {same:.3g}.")
    said = text.format(loss=float(measured.loss), same=float(measured.same))
    values = found.log10_gradient[:-1]
    aside = ""
    if np.isfinite(values[-1]) and np.isfinite(values[-12]):
        text = _("The year 11 years before the last weighs {ratio} of the last one.")
        aside = text.format(ratio=power_of_ten(float(values[-12] - values[-1])))
    return Words(_headline(so_far), "carried", said, aside, [], "", True)


def forecast_figure(picture: Picture, mode: str) -> dict[str, Any]:
    """The series, what is seen, what is kept."""
    plan = wire_numbers.forecast_plan(picture)
    so_far = wire_numbers.history(plan, picture.forecast_updates)
    if not so_far.measured:
        return _nothing()
    found = wire_numbers.seen(plan, so_far)
    years = forecast.FIRST_YEAR + np.arange(len(found.series))
    view = figures.Forecast(
        so_far.updates,
        so_far.series("loss"),
        float(so_far.measured[0].same),
        years,
        float(forecast.FIRST_YEAR + forecast.TRAINED),
        found.series,
        found.forecast,
        found.features,
        found.kept,
        found.kernel,
        found.log10_gradient,
        found.log10_at_features,
        place(picture.experiment),
    )
    return figures.forecast(view, mode)


def sliders_of_curve(picture: Picture) -> tuple[str, ...]:
    """What shapes the curve as it stands."""
    return ("curve_slow", "curve_middle", "curve_fast") if picture.curve == "drawn" else ()


def texts_of_curve(picture: Picture) -> tuple[str, ...]:
    """What is typed."""
    return ("curve_numbers",) if picture.curve == "numbers" else ()


def _both(picture: Picture) -> tuple[History, History]:
    attended, alone = wire_numbers.reverse_plans(picture)
    updates = picture.reverse_updates
    return wire_numbers.history(attended, updates), wire_numbers.history(alone, updates)


def _ways(picture: Picture, histories: tuple[History, History]) -> list[np.ndarray]:
    """log10 of the short cut, the long way, every way, and every way without attention, (letters read,) each."""
    plans = wire_numbers.reverse_plans(picture)
    row, count = _chosen(picture) - 1, len(picture.word)
    attended, alone = (wire_numbers.written(*pair, picture.word) for pair in zip(plans, histories, strict=True))
    return [_log10(way[row, :count]) for way in (attended.short, attended.long, attended.total, alone.total)]


def _answer(found: reversal.Written, picture: Picture) -> str:
    return "".join(reversal.LETTERS[letter] for letter in found.places[: len(picture.word)])


def _chosen(picture: Picture) -> int:
    return min(picture.written_letter, len(picture.word))


def _readers() -> list[str]:
    return [_("forward"), _("backward"), _("both")]


def _headline(so_far: History) -> str:
    if so_far.broken:
        return _("Broken at update {update}").format(update=so_far.broken)
    return _("After {updates:.0f} updates").format(updates=so_far.updates[-1])


def _trouble(so_far: History) -> Words | None:
    """What is said where there is nothing to show."""
    if so_far.measured:
        return None
    return Words(_("Nothing to show"), "overflow", so_far.failure or _("it has not begun yet."), "", [], "", True)


def _nothing() -> dict[str, Any]:
    return {"data": [], "layout": {}}


def _percent(share: float) -> str:
    return f"{100 * float(share):.0f} %"


def _log10(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log10(np.asarray(values, float))


def _alone(picture: Picture) -> list[Experiment]:
    return [wire_numbers.base(picture)]


def _frame(plans: Any, field: str, said: Any, drawn: Any, *, plays: bool = True) -> Frame:
    def followed(picture: Picture) -> list[courses.Course]:
        return [courses.course(plan) for plan in plans(picture)]

    def progress(picture: Picture) -> float | None:
        return courses.begun(followed(picture), getattr(picture, field), whole=picture.plain)

    def more(picture: Picture, mode: str) -> dict[str, Any]:
        return player.state(followed(picture), getattr(picture, field)) if plays else {}

    return Frame(_alone, progress, said, drawn, more)


FRAMES = {
    "gap": _frame(lambda p: [wire_numbers.gap_plan(p)], "gap_updates", gap_words, gap_figure),
    "code": _frame(lambda p: [wire_numbers.code_plan(p)], "code_updates", code_words, code_figure),
    "reverse": _frame(wire_numbers.reverse_plans, "reverse_updates", reverse_words, reverse_figure),
    "ways": _frame(wire_numbers.reverse_plans, "reverse_updates", ways_words, ways_figure, plays=False),
    "forecast": _frame(lambda p: [wire_numbers.forecast_plan(p)], "forecast_updates", forecast_words, forecast_figure),
}
"""The figures of what is trained, by the names of their routes."""
