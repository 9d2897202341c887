"""What the page says of all sentences, and of each."""

import math
from typing import Any

from app.figure import Verdict
from app.language import _
from app.numbers import SEEDS
from app.settings import Settings
from app.views.notes.card import TOPICS, VERDICTS, Case, Trial, verdict_colours, verdict_of
from app.views.notes.numbers import Notes, at
from app.views.notes.topics import cards

KINDS = {"holds": "carried", "only_if": "summed", "false": "exploding", "untested": "zero"}
"""The colour of the headline: of the verdict that most sentences get."""


def units(measure: str) -> str:
    """What a number is, with a place for it."""
    said = {
        "growth": _("{value} decades a step"),
        "halving": _("{value} steps"),
        "sum_error": _("relative difference {value}"),
        "last_ten": _("{value} of it"),
        "cut_error": _("{value} of it is left out"),
        "norm_by_length": _("{value} times as large"),
        "largest_pre_activation": _("{value} at most"),
        "tanh_over_sigmoid": _("{value} decades a step more"),
        "over_untreated": _("{value} decades a step more"),
        "over_8_units": _("{value} decades a step more"),
        "over_orthogonal_rnn": _("{value} decades a step more"),
        "decades": _("{value} decades in all"),
        "over_rnn": _("{value} decades a step more"),
        "over_bias_0": _("{value} decades a step more"),
        "decades_over_bias_0": _("{value} decades more in all"),
        "direct_over_whole": _("{value} decades more than the whole"),
        "weights_over_rnn": _("{value} times as many"),
        "weights_over_lstm": _("{value} times as many"),
    }
    return said[measure]


def notes(settings: Settings, found: Notes) -> Verdict:
    """The tally."""
    verdicts = list(found.verdicts().values())
    counts = {key: verdicts.count(key) for key in VERDICTS}
    headline = _("{count} sentences, {holds} hold as they stand").format(count=len(verdicts), holds=counts["holds"])
    text = _(
        "{only_if} hold under a condition that they leave out, {false} are false, {untested} cannot be tested here."
    )
    asides = _(
        "Each is tried at {seeds} seeds from {first} on, with {size} units and {length} steps; verdicts are computed."
    )
    return Verdict(
        headline,
        text.format(**counts),
        KINDS[max(KINDS, key=lambda key: counts[key])],
        asides.format(
            seeds=SEEDS, first=settings.notes_seed, size=int(settings.notes_size), length=settings.notes_length
        ),
    )


def number(value: float) -> str:
    """A number of a card, to three digits."""
    if math.isnan(value):
        return _("no number")
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return _("{value:.3g}").format(value=value + 0.0)


def measured(trial: Trial) -> str:
    """The middle of a case's numbers, and their spread."""
    values = sorted(trial.values)
    middle, low, high = (number(value) for value in (values[len(values) // 2], values[0], values[-1]))
    text = units(trial.case.measure).format(value=middle)
    return text if low == high else _("{measured}, from {low} to {high}").format(measured=text, low=low, high=high)


def expected(case: Case) -> str:
    """Where a number must lie for a prediction to hold."""
    least, most = number(case.least), number(case.most)
    if math.isinf(case.least):
        return _("right up to {most}").format(most=most)
    if math.isinf(case.most):
        return _("right from {least} on").format(least=least)
    return _("right from {least} to {most}").format(least=least, most=most)


def seeds_right(trial: Trial) -> str:
    """At how many seeds it holds."""
    return _("{right} of {seeds} seeds").format(right=trial.right, seeds=len(trial.values))


def extra(settings: Settings, found: Notes, mode: str) -> dict[str, Any]:
    """The cards, in words, for the page's script."""
    return {
        "cards": [card(settings, name, found) for name in found.trials],
        "topics": {key: label() for key, label in TOPICS.items()},
        "verdicts": {key: label() for key, label in VERDICTS.items()},
        "colours": verdict_colours(mode),
    }


def card(settings: Settings, name: str, found: Notes) -> dict[str, Any]:
    """One card in words."""
    told, trials = cards()[name], found.trials[name]
    return {
        "name": name,
        "topic": told.topic,
        "verdict": verdict_of(trials),
        "claim": told.claim,
        "why": told.why,
        "better": told.better,
        "cases": [
            {
                "says": trial.case.says,
                "measured": measured(trial),
                "expected": expected(trial.case),
                "seeds": seeds_right(trial),
                "right": trial.right == len(trial.values),
                "wrong": trial.right == 0,
                "page": "fixes" if trial.case.remedies else "gradient",
                "query": query(settings, trial.case),
            }
            for trial in trials
        ],
    }


def query(settings: Settings, case: Case) -> str:
    """What shows a case's experiment at the first seed, with its remedies."""
    experiment = at(case, settings.notes_seed, int(settings.notes_size), settings.notes_length)
    shown = Settings(experiment=experiment, overlay=(experiment.cell,))
    return (shown.replace(remedies=case.remedies) if case.remedies else shown).to_query()


def legend(settings: Settings) -> list[str]:
    """What every mark means, and what the page does not say."""
    return [
        _(
            "**A sentence** is told in our own words, as lecture notes and interview guides have it. What it predicts "
            "is turned into numbers, a case each, with a bound up to which the prediction is right."
        ),
        _(
            "**Holds**: right in every case at every seed. **False**: in none. **Holds only if**: in some; the cases "
            "say in which."
        ),
        _(
            "**A decade** is a factor of 10. A gradient counts as carried within 0.01 decades a step: a tenth is left, "
            "or ten times as much, after a hundred steps."
        ),
        _("**Try to break it**: other seeds, another size, another length. Verdicts are computed, never written."),
        _(
            "Untrained networks on one sequence of noise, unless a case says otherwise: nothing here has learned. Each "
            "case has a cell of its own; the sidebar has no say in it."
        ),
    ]
