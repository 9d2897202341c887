"""A text as numbers: its characters, what may be read, and how well a reader without memory can do."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

SIZES = (32, 64, 96)
"""Numbers of different characters that networks are made for: a text takes the next of them."""
MAX_LENGTH = 16_384
"""Longest text, in characters; shorter ones are padded to it, so that another text compiles nothing."""
MAX_SHOWN = 24
"""Characters of a text that a message quotes."""

PARAGRAPH = (
    "A reader without memory knows only the letter in front of it. After q it guesses u, and after th it sees nothing "
    "but the h. A reader with a memory carries a state from letter to letter, and what the state forgets it cannot "
    "use. To learn what is worth keeping, the error must travel back along the same letters, one step at a time, and "
    "at every step it is multiplied. If the factors are small, the error vanishes, and the letters of long ago are "
    "never blamed and never praised. If the factors are large, it explodes, and one letter drowns all the others. A "
    "gate is a door in this corridor: when it stands open, the error walks through as it came. So the question is not "
    "how much a network could remember, but how far back it can be taught."
)
"""The text that is read where none is given."""


class TextError(ValueError):
    """A text that cannot be read; the message says what was expected and what came."""


class Text(NamedTuple):
    """A text that can be read.

    Attributes:
        content: the text itself, line breaks as single characters.
        characters: its different characters in order of their code; a character's place is its number.
        ids: (MAX_LENGTH,) int32, the number of every character; 0 beyond the end.
    """

    content: str
    characters: str
    ids: np.ndarray

    @property
    def size(self) -> int:
        """Characters that a network for this text is made for."""
        return next(size for size in SIZES if size >= len(self.characters))

    def cyclic(self, start: int, count: int) -> np.ndarray:
        """(count,) numbers of the characters from a place on; after the last comes the first."""
        return self.ids[(start + np.arange(count)) % len(self.content)]


@lru_cache(maxsize=32)
def read(content: str) -> Text:
    """A text from what was typed or pasted; line breaks of any kind become one character, tabs a blank.

    Raises:
        TextError: it is too short or too long, has too few or too many different characters, or holds some that
            cannot be shown.
    """
    content = content.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if not 2 <= len(content) <= MAX_LENGTH:
        raise TextError(f"expected 2 to {MAX_LENGTH} characters; got {len(content)}.")
    strange = next((character for character in content if not (character.isprintable() or character == "\n")), None)
    if strange is not None:
        raise TextError(f"expected characters that can be shown, and line breaks; it holds {strange!r}.")
    characters = "".join(sorted(set(content)))
    if len(characters) < 2:
        shown = content[:MAX_SHOWN] + ("…" if len(content) > MAX_SHOWN else "")
        raise TextError(f"expected at least 2 different characters; got {shown!r}.")
    if len(characters) > SIZES[-1]:
        raise TextError(f"expected at most {SIZES[-1]} different characters; got {len(characters)}.")
    place = {character: number for number, character in enumerate(characters)}
    ids = np.zeros(MAX_LENGTH, np.int32)
    ids[: len(content)] = [place[character] for character in content]
    ids.setflags(write=False)
    return Text(content, characters, ids)


def memoryless_loss(inputs: np.ndarray, targets: np.ndarray) -> float:
    """The smallest mean loss of a predictor that sees nothing but the present character, in nats.

    It is the entropy of what comes next given what is there, H(target | input): for each input the best distribution
    is the one of the targets that follow it.

    Args:
        inputs: (N,) numbers of the characters read.
        targets: (N,) numbers of those to be predicted.
    """
    pairs = np.stack([inputs, targets])
    return _entropy(np.unique(pairs, axis=1, return_counts=True)[1]) - _entropy(
        np.unique(inputs, return_counts=True)[1]
    )


def blind_loss(targets: np.ndarray) -> float:
    """The same of a predictor that sees nothing at all: the entropy of the targets, in nats."""
    return _entropy(np.unique(targets, return_counts=True)[1])


def _entropy(counts: np.ndarray) -> float:
    shares = counts / counts.sum()
    return float(-np.sum(shares * np.log(shares)))
