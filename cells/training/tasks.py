"""Tasks that need a memory, each with the loss that a learner without one cannot beat.

A task draws one example from a key: inputs (steps, D), targets and weights (steps,). `length` and `lag` are data, so
changing them compiles nothing; what lies beyond the last step of a shorter example is 0 and weighs nothing.
"""

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

MAX_LENGTH = 200
"""Longest task, in steps."""
MAX_LAG = 100
"""Longest lag, in steps."""
PERIOD = 25.0
"""Steps of one period of the sine; odd, so that half a period later there is always something to remember."""


class Example(NamedTuple):
    """One sequence of a task.

    Attributes:
        xs: (steps, D) inputs, float32.
        target: (steps,) a number, or the place of a class as a whole number.
        weight: (steps,) share of each step in the loss; they sum to 1.
        judged: (steps,) bool, whether the step counts for the accuracy.
    """

    xs: Array
    target: Array
    weight: Array
    judged: Array


class Task(NamedTuple):
    """One row of the table.

    Attributes:
        label: name on the screen.
        says: what has to be done, in a sentence.
        inputs: D, the width of an input.
        outputs: numbers read out at a step; 1 is a regression with the squared error, more are classes with the
            cross-entropy in nats.
        draw: (key, steps, length, lag) -> Example.
        baseline: (length, lag) -> the least expected loss of a learner without memory of what matters.
        without: what that learner does.
        solved: (length, lag) -> held-out loss below which the task counts as solved.
        last: whether only the last step has a loss.
        uses_lag: whether `lag` matters.
        looks_back: whether it leads to an earlier step, of which the first has none.
        extra: steps beyond `length` that an example takes.
        judges: how right and wrong are told apart: "class", "sign", or "" where they are not.
    """

    label: str
    says: str
    inputs: int
    outputs: int
    draw: Callable[[Array, int, Array, Array], Example]
    baseline: Callable[[int, int], float]
    without: str
    solved: Callable[[int, int], float]
    last: bool = True
    uses_lag: bool = False
    looks_back: bool = False
    extra: int = 0
    judges: str = ""

    def steps(self, length: int) -> int:
        """Steps of an example."""
        return length + self.extra

    def lag_of(self, length: int, lag: int) -> int:
        """The lag that an example really has; 1 where none matters."""
        if not self.uses_lag:
            return 1
        return min(lag, length - 1) if self.looks_back else lag


# One call of the generator an example: the compiler spends as long on each as on a cell.


def _uniform(key: Array, *counts: int) -> list[Array]:
    """Uniform numbers from 0 to 1, (count,) for each of the counts."""
    drawn = jax.random.uniform(key, (sum(counts),), jnp.float32)
    return jnp.split(drawn, list(itertools.accumulate(counts))[:-1])


def _between(uniform: Array, low: int | Array, high: int | Array) -> Array:
    """Whole numbers from uniform ones, low included and high not; low where there is none."""
    width = jnp.maximum(jnp.asarray(high - low), 1)
    return low + jnp.floor(uniform * width.astype(jnp.float32)).astype(int)


def _at_end(steps: int, length: Array) -> Array:
    return jnp.arange(steps) == length - 1


def _one_hot(places: Array, width: int, until: Array) -> Array:
    rows = jax.nn.one_hot(places, width, dtype=jnp.float32)
    return jnp.where((jnp.arange(len(places)) < until)[:, None], rows, 0)


def _adding(key: Array, steps: int, length: Array, lag: Array) -> Example:
    values, (first, second) = _uniform(key, steps, 2)
    place = jnp.arange(steps)
    values = jnp.where(place < length, values, 0)
    half = length // 2
    marked = (place == _between(first, 0, half)) | (place == _between(second, half, length))
    end = _at_end(steps, length)
    xs = jnp.stack([values, marked.astype(jnp.float32)], axis=1)
    return Example(xs, jnp.where(end, jnp.sum(values * marked), 0), end.astype(jnp.float32), end)


def _copy(key: Array, steps: int, length: Array, lag: Array, *, items: int, symbols: int) -> Example:
    blank, delimiter = symbols, symbols + 1
    place = jnp.arange(steps)
    whole = length + 2 * items
    drawn = _between(_uniform(key, items)[0], 0, symbols)
    held = jnp.where(place < items, drawn[jnp.minimum(place, items - 1)], blank)
    held = jnp.where(place == items + length - 1, delimiter, held)
    answering = (place >= whole - items) & (place < whole)
    target = jnp.where(answering, drawn[jnp.clip(place - (whole - items), 0, items - 1)], blank)
    weight = jnp.where(place < whole, 1 / whole.astype(jnp.float32), 0)
    return Example(_one_hot(held, symbols + 2, whole), target, weight, answering)


def _temporal_order(key: Array, steps: int, length: Array, lag: Array) -> Example:
    distractors, symbols, (first, second) = _uniform(key, steps, 2, 2)
    place = jnp.arange(steps)
    symbol, held = _between(symbols, 0, 2), _between(distractors, 2, 6)
    first = _between(first, length // 10, 2 * length // 10)
    second = _between(second, length // 2, 6 * length // 10)
    held = jnp.where(place == first, symbol[0], jnp.where(place == second, symbol[1], held))
    end = _at_end(steps, length)
    return Example(
        _one_hot(held, 6, length), jnp.where(end, 2 * symbol[0] + symbol[1], 0), end.astype(jnp.float32), end
    )


def _recall_first(key: Array, steps: int, length: Array, lag: Array) -> Example:
    (drawn,) = _uniform(key, steps)
    symbol = _between(drawn[0], 0, 4)
    held = jnp.where(jnp.arange(steps) == 0, symbol, _between(drawn, 4, 8))
    end = _at_end(steps, length)
    return Example(_one_hot(held, 8, length), jnp.where(end, symbol, 0), end.astype(jnp.float32), end)


def _echo(key: Array, steps: int, length: Array, lag: Array) -> Example:
    place = jnp.arange(steps)
    x = jnp.where(place < length, 2 * jax.random.bernoulli(key, 0.5, (steps,)) - 1, 0).astype(jnp.float32)
    lag = jnp.minimum(lag, length - 1)
    judged = (place >= lag) & (place < length)
    target = jnp.where(judged, x[jnp.maximum(place - lag, 0)], 0)
    return Example(x[:, None], target, judged / (length - lag).astype(jnp.float32), judged)


def _sine(key: Array, steps: int, length: Array, lag: Array) -> Example:
    place = jnp.arange(steps)
    angle = 2 * jnp.pi * (place / PERIOD + jax.random.uniform(key, (), jnp.float32))
    x = jnp.where(place < length, jnp.sin(angle), 0).astype(jnp.float32)
    judged = (place >= 1) & (place < length)  # at the first step nobody can know which way it goes
    target = jnp.where(judged, jnp.sin(angle + 2 * jnp.pi * lag / PERIOD), 0).astype(jnp.float32)
    return Example(x[:, None], target, judged / jnp.maximum(length - 1, 1).astype(jnp.float32), judged)


def _sine_without_memory(length: int, lag: int) -> float:
    """x_{t+k} = x_t cos(wk) + sqrt(1 - x_t²) (±sin(wk)): the sign is what one value does not tell."""
    return math.sin(2 * math.pi * lag / PERIOD) ** 2 / 2


def _adding_without_memory(length: int, lag: int) -> float:
    """Whoever sees the last step knows its value where it is marked, by chance 1 / (steps of the second half)."""
    marked = 1 / (length - length // 2)
    return marked / 12 + (1 - marked) / 6


def _copy_task(items: int, symbols: int) -> Task:
    def baseline(length: int, lag: int) -> float:
        return items * math.log(symbols) / (length + 2 * items)

    return Task(
        f"copy {items} of {symbols}",
        f"{items} symbols out of {symbols}, a wait, then all of them again in the same order.",
        symbols + 2,
        symbols + 1,
        partial(_copy, items=items, symbols=symbols),
        baseline,
        "knows when to answer, and guesses",
        lambda length, lag: 0.1 * baseline(length, lag),
        last=False,
        extra=2 * items,
        judges="class",
    )


TASKS: dict[str, Task] = {
    "adding": Task(
        "adding",
        "Random numbers; two of them are marked, one in each half. Their sum, at the end.",
        2,
        1,
        _adding,
        _adding_without_memory,
        "sees only the last step",
        lambda length, lag: 0.01,
    ),
    "temporal_order": Task(
        "temporal order",
        "Two symbols A or B among distractors, one early and one halfway. Which came in which order, at the end.",
        6,
        4,
        _temporal_order,
        lambda length, lag: math.log(4),
        "guesses one of four",
        lambda length, lag: 0.05,
        judges="class",
    ),
    "recall_first": Task(
        "recall first",
        "One symbol out of four, then distractors. Which symbol it was, at the end.",
        8,
        4,
        _recall_first,
        lambda length, lag: math.log(4),
        "guesses one of four",
        lambda length, lag: 0.05,
        judges="class",
    ),
    "copy": _copy_task(3, 4),
    "copy_long": _copy_task(10, 8),
    "echo": Task(
        "echo",
        "A random +1 or −1 at every step. The one that stood a lag before, at every step.",
        1,
        1,
        _echo,
        lambda length, lag: 1.0,
        "always says 0",
        lambda length, lag: 0.1,
        last=False,
        uses_lag=True,
        looks_back=True,
        judges="sign",
    ),
    "sine": Task(
        "sine prediction",
        f"A sine of {PERIOD:.0f} steps a period, begun anywhere. Its value a lag later, at every step.",
        1,
        1,
        _sine,
        _sine_without_memory,
        "sees only the present value",
        lambda length, lag: 0.1 * _sine_without_memory(length, lag),
        last=False,
        uses_lag=True,
    ),
}
"""Every task by name, in menu order.

Reference:
    Adding and temporal order: Hochreiter and Schmidhuber (1997), sections 5.4 and 5.6, in the variants of Pascanu,
    Mikolov and Bengio (2013) and later: values from 0 to 1 and their plain sum. Copy: Arjovsky, Shah and Bengio (2016),
    Unitary evolution recurrent neural networks, section 4.1.
"""
