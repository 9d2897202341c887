"""Five ways to feed a recurrent network and to listen to it, each with a task small enough to list all its examples.

All are padded to one shape, so that one program trains and reads them side by side.

Reference:
    Karpathy (2015), The unreasonable effectiveness of recurrent neural networks, first figure.
"""

from collections.abc import Callable, Iterable
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np

STEPS = 6
"""T of every mode, after padding."""
INPUTS = 4
"""D of every mode."""
OUTPUTS = 8
"""V of every mode."""
EXAMPLES = 81
"""N of every mode, after padding."""


class Mode(NamedTuple):
    """One way of feeding and listening, with its task.

    Attributes:
        name: a key.
        steps: steps really taken.
        reads: steps that have an input, counted from 1.
        writes: steps whose output counts, counted from 1.
        inputs: names of the input symbols; an input is a set of them.
        outputs: names of the output symbols.
        examples: [(what comes in at each step of `reads`, as numbers of symbols; the outputs at `writes`)].
        several: whether an input may be none or several of the symbols at once.
    """

    name: str
    steps: int
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    examples: tuple[tuple[tuple[tuple[int, ...], ...], tuple[int, ...]], ...]
    several: bool = False


class Lessons(NamedTuple):
    """Every example of every mode as arrays, modes first.

    Attributes:
        xs: (M, N, T, D) inputs.
        targets: (M, N, T) int, 0 where nothing is asked.
        weights: (M, N, T) share of each answer in its mode's mean loss; 0 where nothing is asked.
        used_inputs: (M,) int.
        used: (M,) int, outputs that exist.
    """

    xs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    used_inputs: np.ndarray
    used: np.ndarray


WORDS = {"☂": "rain", "★": "star", "♣": "tree", "⌂": "nest"}
"""What the one-to-many network learns to spell."""
PLUS, MINUS, NOT = range(3)


def verdict(marks: Iterable[int]) -> int:
    """0 bad, 1 neither, 2 good: pluses less minuses, where ¬ turns the mark after it round."""
    score, sign = 0, 1
    for mark in marks:
        if mark == NOT:
            sign = -sign
        else:
            score, sign = score + sign * (1 if mark == PLUS else -1), 1
    return 1 + (score > 0) - (score < 0)


def _each(symbols: Iterable[int]) -> tuple[tuple[int, ...], ...]:
    return tuple((symbol,) for symbol in symbols)


def _one_to_one() -> Mode:
    lamps = product(range(2), repeat=3)
    examples = [((tuple(np.flatnonzero(lit).tolist()),), (sum(lit) % 2,)) for lit in lamps]
    return Mode("one_to_one", 1, (1,), (1,), ("left", "middle", "right"), ("no", "yes"), tuple(examples), True)


def _one_to_many() -> Mode:
    letters = tuple(sorted(set("".join(WORDS.values()))))
    examples = [(((place,),), tuple(map(letters.index, word))) for place, word in enumerate(WORDS.values())]
    return Mode("one_to_many", 4, (1,), (1, 2, 3, 4), tuple(WORDS), letters, tuple(examples))


def _many_to_one() -> Mode:
    examples = [(_each(marks), (verdict(marks),)) for marks in product(range(3), repeat=4)]
    return Mode("many_to_one", 4, (1, 2, 3, 4), (4,), ("+", "−", "¬"), ("−", "0", "+"), tuple(examples))


def _many_to_many() -> Mode:
    examples = [(_each(letters), letters) for letters in product(range(3), repeat=3)]
    return Mode("many_to_many", 6, (1, 2, 3), (4, 5, 6), ("a", "b", "c"), ("A", "B", "C"), tuple(examples))


def _synced() -> Mode:
    examples = [(_each(bits), tuple((np.cumsum(bits) % 2).tolist())) for bits in product(range(2), repeat=5)]
    steps = tuple(range(1, 6))
    return Mode("synced", 5, steps, steps, ("0", "1"), ("no", "yes"), tuple(examples))


_MAKERS: tuple[Callable[[], Mode], ...] = (_one_to_one, _one_to_many, _many_to_one, _many_to_many, _synced)


@cache
def modes() -> tuple[Mode, ...]:
    """The five modes, in the order of the figure."""
    return tuple(make() for make in _MAKERS)


@cache
def lessons() -> Lessons:
    """Every example of every mode."""
    count = len(modes())
    xs = np.zeros((count, EXAMPLES, STEPS, INPUTS))
    targets, weights = np.zeros((count, EXAMPLES, STEPS), np.int32), np.zeros((count, EXAMPLES, STEPS))
    for m, mode in enumerate(modes()):
        for n, (comes, answers) in enumerate(mode.examples):
            for step, symbols in zip(mode.reads, comes, strict=True):
                xs[m, n, step - 1, list(symbols)] = 1
            for step, answer in zip(mode.writes, answers, strict=True):
                targets[m, n, step - 1], weights[m, n, step - 1] = answer, 1
        weights[m] /= weights[m].sum()
    used_inputs = np.array([len(mode.inputs) for mode in modes()])
    return Lessons(xs, targets, weights, used_inputs, np.array([len(mode.outputs) for mode in modes()]))
