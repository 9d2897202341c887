"""What the page says of all sentences, and of each."""

import math
from functools import lru_cache
from typing import Any

from app.figure import Verdict
from app.language import _, language
from app.numbers import SEEDS
from app.settings import Settings
from app.views.notes.card import TOPICS, VERDICTS, Case, Trial, verdict_colours, verdict_of
from app.views.notes.numbers import Alone, At, Key, Notes, experiment_of, place_of
from app.views.notes.topics import cards

KINDS = {"holds": "carried", "only_if": "summed", "false": "exploding", "untested": "zero", "pending": "zero"}
"""The colour of the headline: of the verdict that most sentences get."""


def units(measure: str) -> str:
    """What a number is, with a place for it."""
    more_a_step, layers, seen = (
        _("{value} decades a step more"),
        _("layers on the way: {value}"),
        _("{value} of 64 inputs"),
    )
    difference, beside = _("relative difference {value}"), _("{value} beside the diagonal")
    norm, times, in_all = _("norm {value}"), _("{value} times as many"), _("{value} decades more in all")
    right = _("{value} of the words right")
    said = {
        "growth": _("{value} decades a step"),
        "halving": _("{value} steps"),
        "sum_error": difference,
        "last_ten": _("{value} of it"),
        "cut_error": _("{value} of it is left out"),
        "norm_by_length": _("{value} times as large"),
        "last_own": _("{value} of the sum"),
        "largest_pre_activation": _("{value} at most"),
        "tanh_over_sigmoid": more_a_step,
        "over_untreated": more_a_step,
        "over_8_units": more_a_step,
        "over_orthogonal_rnn": more_a_step,
        "decades": _("{value} decades in all"),
        "over_rnn": more_a_step,
        "over_bias_0": more_a_step,
        "decades_over_bias_0": in_all,
        "direct_over_whole": _("{value} decades more than the whole"),
        "weights_over_rnn": times,
        "weights_over_lstm": times,
        "unrolled_error": _("difference {value}"),
        "product_error": difference,
        "transposed_error": difference,
        "off_diagonal": beside,
        "off_diagonal_normalised": beside,
        "candidate_open": norm,
        "candidate_shut": norm,
        "state_shut": norm,
        "keeps_by_z": _("difference {value}"),
        "writes_by_z": _("difference {value}"),
        "between_units": beside,
        "c_over_h": in_all,
        "closed_once": _("{value} decades lost"),
        "kept_c": _("changed by {value} at most"),
        "let_out": _("log₁₀ of what arrives {value}"),
        "shut_in": _("log₁₀ of what arrives {value}"),
        "beyond_slopes": _("{value} decades a step beyond the slopes"),
        "steeper_at_0": _("{value} times as steep"),
        "steeper_at_5": _("{value} times as steep"),
        "padded": _("changed by {value} of its size"),
        "kurtosis_over_pytorch": _("kurtosis {value} more"),
        "inside_four": _("{value} of the numbers"),
        "gates": _("{value} gates"),
        "states": _("{value} states"),
        "from_first": _("log₁₀ of what arrives {value}"),
        "from_last": _("log₁₀ of what arrives {value}"),
        "down": _("log₁₀ of what arrives {value}"),
        "over_one_layer": in_all,
        "way": layers,
        "way_dilated": layers,
        "way_attention": layers,
        "seen_by_cell": seen,
        "seen_by_window": seen,
        "seen_by_convolution": seen,
        "seen_by_dilated": seen,
        "attention_over_cell": in_all,
        "dilated_over_cell": in_all,
        "spread_ratio": _("{value} times as wide"),
        "solved_after": _("solved after {value} updates"),
        "broken_after": _("ends after {value} updates"),
        "swing": _("{value} times the middle one"),
        "elsewhere": _("{value} times the loss that counts as solved"),
        "hello_loss": _("{value} nats"),
        "worst_of_five": _("{value} nats"),
        "gap_forward": right,
        "gap_backward": right,
        "gap_both": right,
        "code_share": _("{value} of the loss without a code"),
        "strings_attending": _("{value} of the strings right"),
        "strings_unattending": _("{value} of the strings right"),
        "forecast_share": _("{value} of the error of saying that nothing changes"),
    }
    return said[measure]


NEVER = {"solved_after": lambda: _("not solved"), "broken_after": lambda: _("goes on")}
"""What is said of a number of updates that never came."""


def notes(settings: Settings, found: Notes) -> Verdict:
    """The tally of what stands."""
    verdicts = list(found.verdicts().values())
    counts = {key: verdicts.count(key) for key in VERDICTS}
    if counts["pending"]:
        headline = _("{done} of {count} sentences tried, right as they stand: {holds}").format(
            done=found.done, count=found.count, holds=counts["holds"]
        )
    else:
        headline = _("{count} sentences, right as they stand: {holds}").format(
            count=len(verdicts), holds=counts["holds"]
        )
    text = _("Under a condition that they leave out: {only_if}. False: {false}. Not to be tested here: {untested}.")
    at = place_of(settings)
    asides = _(
        "Each is tried at {seeds} seeds from {first} on, with {size} units and {length} steps; verdicts are computed."
    )
    return Verdict(
        headline,
        text.format(**counts),
        KINDS[max(KINDS, key=lambda key: counts[key])],
        asides.format(seeds=SEEDS, first=at.seed, size=at.size, length=at.length),
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
    values, measure = sorted(trial.values), trial.case.measure
    middle, low, high = values[len(values) // 2], values[0], values[-1]
    if measure in NEVER and math.isinf(middle):
        text = NEVER[measure]()
        return (
            text if math.isinf(low) else _("{measured}, {low} at the earliest").format(measured=text, low=number(low))
        )
    text = units(measure).format(value=number(middle))
    if number(low) == number(high):
        return text
    return _("{measured}, from {low} to {high}").format(measured=text, low=number(low), high=number(high))


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
        "alone": alone(found.alone) if found.alone else None,
        "at": settings_of(place_of(settings)),
        "done": found.done,
        "count": found.count,
        "progress_text": _("{done} of {count} sentences tried").format(done=found.done, count=found.count),
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
        "cases": tried(name, place_of(settings), trials),
        "takes": {
            "size": any(case.takes_size for case in told.cases),
            "length": any(case.takes_length for case in told.cases),
        },
    }


def alone(found: Alone) -> dict[str, Any]:
    """One card under numbers of its own, in words."""
    at = found.at
    where = _("Seeds {first} to {last}, {size} units, {length} steps")
    return {
        "name": found.name,
        "where": where.format(first=at.seed, last=at.seed + SEEDS - 1, size=at.size, length=at.length),
        "verdict": verdict_of(found.trials),
        "cases": tried(found.name, at, found.trials),
    } | settings_of(at)


def settings_of(at: At) -> dict[str, int | str]:
    """Where a card is tried, as its inputs have it."""
    return {"seed": at.seed, "size": str(at.size), "length": at.length}


def tried(name: str, at: At, trials: list[Trial] | None) -> list[dict[str, Any]]:
    """The cases of a card in words; without numbers while some of them are missing."""
    return told(language(), name, at, None if trials is None else tuple(trial.values for trial in trials))


@lru_cache(maxsize=2048)
def told(tag: str, name: str, at: At, values: tuple[tuple[float, ...], ...] | None) -> list[dict[str, Any]]:
    """The same, kept: who waits for some cards asks for all of them again and again.

    Args:
        tag: the language of this session.
        name: of the card.
        at: where it was tried.
        values: what it came to, a number a seed for each case; None while some are missing.
    """
    card = cards()[name]
    trials = [None] * len(card.cases) if values is None else map(Trial, card.cases, values)
    return [
        {
            "says": case.says,
            "measured": measured(trial) if trial else VERDICTS["pending"](),
            "expected": expected(case),
            "seeds": seeds_right(trial) if trial else "",
            "right": bool(trial) and trial.right == len(trial.values),
            "wrong": bool(trial) and trial.right == 0,
            "page": "fixes" if case.remedies else case.page,
            "query": query(keys[0]),
        }
        for case, keys, trial in zip(card.cases, at.keys(card), trials, strict=True)
    ]


def query(key: Key) -> str:
    """What shows a case's experiment at one of its seeds, with its remedies and what else its page is set to."""
    case, experiment = key.case, experiment_of(key)
    remedies = {"remedies": case.remedies} if case.remedies else {}
    return Settings(experiment=experiment, overlay=(experiment.cell,), **remedies, **dict(case.fields)).to_query()


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
        _(
            "**Being tried**: its numbers are still being computed. They come one sentence after the other, those of "
            "trained networks last."
        ),
        _(
            "**Try to break it**: other seeds, another size, another length, for all cards at the top or for one of "
            "them in itself. Verdicts are computed, never written."
        ),
        _(
            "Untrained networks on one sequence of noise, unless a case says otherwise. Under **Training** and "
            "**Reading** networks are trained for every seed, with the size and length that their case names. Each "
            "case has a cell of its own; the sidebar has no say in it."
        ),
    ]
