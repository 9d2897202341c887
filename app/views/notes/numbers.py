"""What every sentence predicts, measured: one number for each case and seed, and all of them as far as they stand."""

import itertools
from collections.abc import Iterable
from typing import NamedTuple

from app.background.answer import Answer, work
from app.numbers import SEEDS
from app.settings import Settings
from app.views.notes.card import Card, Case, Trial, verdict_of
from app.views.notes.measures import COUNTED, MEASURES
from app.views.notes.topics import cards
from cells.experiment import Experiment

AHEAD, AHEAD_TRAINED = 60, 2
"""Numbers that one request leaves to be computed; who asks again adds to them, and who moves on leaves no more."""


class Key(NamedTuple):
    """Which number.

    Attributes:
        card: name of the card.
        place: of the case among its cases.
        seed: of weights, input and training.
        size: hidden size; 0 where it is the case's own.
        length: in steps; 0 where it is the case's own.
    """

    card: str
    place: int
    seed: int
    size: int
    length: int

    @property
    def case(self) -> Case:
        """The case."""
        return cards()[self.card].cases[self.place]


class At(NamedTuple):
    """Where cards are tried.

    Attributes:
        seed: the first of `SEEDS`.
        size: hidden size.
        length: steps.
    """

    seed: int
    size: int
    length: int

    def keys(self, card: Card) -> list[list[Key]]:
        """The numbers of a card: for each of its cases, one for each seed."""
        return [
            [
                Key(
                    card.name,
                    place,
                    self.seed + further,
                    self.size if case.takes_size else 0,
                    self.length if case.takes_length else 0,
                )
                for further in range(SEEDS)
            ]
            for place, case in enumerate(card.cases)
        ]


class Alone(NamedTuple):
    """One card, tried elsewhere than the page.

    Attributes:
        name: of the card.
        at: where.
        trials: what it came to there; None while that is not known.
    """

    name: str
    at: At
    trials: list[Trial] | None


class Notes(NamedTuple):
    """All cards at one moment.

    Attributes:
        trials: {name of a card: its cases with their numbers; None while some of them are missing}.
        alone: the card that is tried elsewhere; None if there is none.
    """

    trials: dict[str, list[Trial] | None]
    alone: Alone | None

    def verdicts(self) -> dict[str, str]:
        """{name of a card: key of its verdict}."""
        return {name: verdict_of(found) for name, found in self.trials.items()}

    @property
    def done(self) -> int:
        """Cards that have been tried."""
        return sum(bool(found) for found in self.trials.values())

    @property
    def count(self) -> int:
        """Cards that can be tried."""
        return sum(found is None or bool(found) for found in self.trials.values())


class Standing(Answer[Notes]):
    """What stands of all cards: asking lets the others come, a few at a time, and nobody waits for them."""

    def __init__(self, settings: Settings):
        """Nothing is asked for yet."""
        self._at = place_of(settings)
        self._alone = alone_of(settings)

    def ask(self) -> None:
        """There is always an answer: the cards themselves."""
        every = cards()
        if self._alone is not None:
            card, at = every[self._alone.name], self._alone.at
            for key in itertools.chain.from_iterable(at.keys(card)):
                (trained_number if key.case.fixed else at_once)(*key).ask()
        keys = [key for card in every.values() for key in itertools.chain.from_iterable(self._at.keys(card))]
        keys.sort(key=lambda key: key.case.measure not in COUNTED)
        ask_for((number(*key) for key in keys if not key.case.fixed), AHEAD)
        ask_for((trained_number(*key) for key in keys if key.case.fixed), AHEAD_TRAINED)

    def value(self) -> Notes:
        every = cards()
        alone = self._alone
        return Notes(
            {name: stands(card, self._at) for name, card in every.items()},
            alone and alone._replace(trials=stands(every[alone.name], alone.at)),
        )


def ask_for(answers: Iterable[Answer[float]], most: int) -> None:
    """Ask for what is missing, the first so many of it."""
    missing = 0
    for answer in answers:
        missing += answer.ask() is not None
        if missing == most:
            return


def notes(settings: Settings) -> Answer[Notes]:
    """Every card at the settings' seeds, size and length, as far as it stands; one of them elsewhere, too."""
    return Standing(settings)


def place_of(settings: Settings) -> At:
    """Where all cards are tried."""
    return At(settings.notes_seed, int(settings.notes_size), settings.notes_length)


def alone_of(settings: Settings) -> Alone | None:
    """The card that is tried elsewhere, of which nothing is known yet; None if there is none."""
    page = place_of(settings)
    at = At(
        page.seed if settings.notes_card_seed < 0 else settings.notes_card_seed,
        int(settings.notes_card_size or page.size),
        settings.notes_card_length or page.length,
    )
    return Alone(settings.notes_card, at, None) if settings.notes_card and at != page else None


def stands(card: Card, at: At) -> list[Trial] | None:
    """What a card came to; None while some of its numbers are missing."""
    trials = []
    for case, keys in zip(card.cases, at.keys(card), strict=True):
        values = tuple((trained_number if case.fixed else number).there(*key) for key in keys)
        if None in values:
            return None
        trials.append(Trial(case, values))
    return trials


def measured(card: str, place: int, seed: int, size: int, length: int) -> float:
    """The number of a `Key`."""
    key = Key(card, place, seed, size, length)
    return float(MEASURES[key.case.measure](experiment_of(key), key.case))


number = work(lane="long", cost=lambda *key: 1.0)(measured)
"""The same, computed once; never while a request waits."""
trained_number = work(lane="trained", cost=lambda *key: 1.0)(measured)
"""The same of networks that are trained, which nothing else waits behind."""


@work(cost=lambda *key: 1.0)
def at_once(card: str, place: int, seed: int, size: int, length: int) -> float:
    """The same number for who tries one card: it does not wait behind the others."""
    return number.now(card, place, seed, size, length)


def experiment_of(key: Key) -> Experiment:
    """A case's experiment as it is run."""
    changes = {name: value for name, value in (("hidden_size", key.size), ("length", key.length)) if value}
    return key.case.experiment.replace(seed=key.seed, **changes)
