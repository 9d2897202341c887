"""Does it vanish, explode or carry? One curve of log10 norms put into numbers."""

from typing import Literal, NamedTuple

import numpy as np

CARRIED = 0.02
"""Decades per step within which a gradient counts as carried: a factor of 0.955 to 1.047, at least 15 steps a half."""
CARRIED_IN_ALL = 2.0
"""Decades from end to end within which it does: between a hundredth and a hundredfold arrives."""


class Growth(NamedTuple):
    """How the gradient changes on its way back from the loss to step 1.

    Attributes:
        kind: "carried" within 10^±CARRIED a step and 10^±CARRIED_IN_ALL in all; "vanishing" below; "exploding" above;
            "zero" where step 1 gets exactly nothing; "single" where there is no way back to measure; "overflow" where
            the forward pass left the finite numbers.
        factor: mean factor per step, dimensionless: the geometric mean over all steps back.
        halving: steps in which a factor of 2 is lost (vanishing) or won (exploding); inf where it is carried exactly.
        log10_ratio: log10 of what step 1 receives over what the last step with a loss receives.
        last: the step it is counted from.
        dead_until: steps before the first that receives anything; 0 if step 1 does.
        peak: log10 of the largest norm on the way, relative to the last step.
        peak_step: where that is.
    """

    kind: Literal["carried", "vanishing", "exploding", "zero", "single", "overflow"]
    factor: float
    halving: float
    log10_ratio: float
    last: int
    dead_until: int
    peak: float
    peak_step: int

    @property
    def log10_factor(self) -> float:
        """Decades per step, also beyond what `factor` can hold: -inf for an exact zero, +inf for an overflow."""
        return np.inf if self.kind == "overflow" else self.log10_ratio / max(self.last - 1, 1)


def growth(log10_norm: np.ndarray, *, last: int, overflow: int = 0) -> Growth:
    """Summarise a curve of log10 gradient norms.

    Args:
        log10_norm: (T,) log10 norms, -inf for an exact zero; index 0 is step 1.
        last: the last step with a loss, counted from 1: the way back starts here.
        overflow: first step of the forward pass that is not finite; 0 if there is none.

    Returns:
        Growth.
    """
    curve = np.asarray(log10_norm[:last], float)
    if overflow or np.isnan(curve).any():
        return Growth("overflow", np.nan, np.nan, np.nan, last, 0, np.nan, overflow)
    peak_step = int(np.argmax(curve)) + 1
    peak = float(curve[peak_step - 1] - curve[-1]) if np.isfinite(curve[-1]) else np.nan
    alive = ~np.isneginf(curve)
    dead_until = int(np.argmax(alive)) if alive.any() else last
    if dead_until:
        return Growth("zero", 0.0, np.nan, -np.inf, last, dead_until, peak, peak_step)
    if last == 1:
        return Growth("single", 1.0, np.inf, 0.0, last, 0, peak, peak_step)
    ratio = float(curve[0] - curve[-1])
    slope = ratio / (last - 1)
    halving = np.log10(2) / abs(slope) if slope else np.inf
    carried = abs(slope) <= CARRIED and abs(ratio) <= CARRIED_IN_ALL
    kind = "carried" if carried else "vanishing" if ratio < 0 else "exploding"
    return Growth(kind, float(10.0**slope), float(halving), ratio, last, 0, peak, peak_step)
