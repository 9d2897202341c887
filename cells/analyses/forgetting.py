"""How fast is a state forgotten? A survival map put into numbers."""

from typing import NamedTuple

import numpy as np


class Forgetting(NamedTuple):
    """What is left of a state after a number of steps.

    Attributes:
        log10_factor: mean log10 factor per step from step 0 to step T; -inf where nothing is left.
        halving: steps in which half is lost (or won, where the factor is above 1); inf where it is kept exactly.
        memory: steps after which 1 % is left, as the geometric mean over all steps to start from; inf where more than
            1 % is left to the end.
        lags: (n + 1,) steps between two checkpoints, as the mean over all pairs as far apart: the last segment may be
            short.
        log10_left: (n + 1,) the geometric mean of the gain over that lag, as log10.
    """

    log10_factor: float
    halving: float
    memory: float
    lags: np.ndarray
    log10_left: np.ndarray


def forgetting(steps: np.ndarray, log10_gain: np.ndarray) -> Forgetting:
    """Summarise a survival map.

    Args:
        steps: (n + 1,) its checkpoints.
        log10_gain: (n + 1, n + 1) log10 gain from checkpoint k to checkpoint t at [t, k].
    """
    length = steps[-1]
    lags, left = (
        np.array([np.mean(np.diagonal(pairs, -apart)) for apart in range(len(steps))])
        for pairs in (np.subtract.outer(steps, steps), log10_gain)
    )
    total = float(log10_gain[-1, 0])
    factor = total / length
    halving = np.log10(2) / abs(factor) if factor else np.inf
    return Forgetting(factor, float(halving), _crossing(lags, left, -2.0), lags, left)


def _crossing(lags: np.ndarray, left: np.ndarray, level: float) -> float:
    """First lag at which the curve is at or below a level, between checkpoints by a straight line; inf if never."""
    below = np.flatnonzero(left <= level)
    if not below.size:
        return float("inf")
    place = below[0]
    if not np.isfinite(left[place]):
        return float(lags[place])
    share = (left[place - 1] - level) / (left[place - 1] - left[place])
    return float(lags[place - 1] + share * (lags[place] - lags[place - 1]))
