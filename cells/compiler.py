"""Whether what XLA compiles computes what was written: some releases for CPUs do not.

With its reductions in YNNPACK, XLA of jaxlib 0.10 gives rows beyond the 16,384th (float64) or the 32,768th (float32)
the numbers of other rows: `jit(vmap(lambda r: (M @ r).sum()))` is off by as much as the result itself, and some arrays
of seven axes end the process. Importing `cells` turns these reductions off, where jaxlib knows how and the user has not
decided.

Reference:
    https://github.com/jax-ml/jax/issues/39103 (wrong numbers), 39257 and 40412 (the process ends).
"""

import os
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jaxlib
import numpy as np
from jax import Array

FLAG = "--xla_cpu_experimental_ynn_fusion_type"
KNOWN_BY = ("0.10", "0.11", "0.12")
"""Releases of jaxlib that know the flag. An unknown one would end the process, so others are left alone."""
REDUCTIONS: dict[str, Callable] = {
    "sum": lambda y, xp: xp.sum(y, axis=-1),
    "sum of squares": lambda y, xp: xp.sum(y * y, axis=-1),
    "maximum": lambda y, xp: xp.max(y, axis=-1),
}
SHAPES = ((16_385, 3, "float64"), (20_000, 5, "float64"), (32_769, 3, "float64"), (32_769, 3, "float32"))
"""Rows, entries of a row, and their type: each is wrong in jaxlib 0.10.2 without the flag."""
TOLERANCE = {"float64": 1e-12, "float32": 1e-4}
"""Largest error that rounding explains, relative to the largest result."""


class SelfTest(NamedTuple):
    """What the compiler's test came to.

    Attributes:
        passed: whether every error is one of rounding.
        error: the largest error, relative to the largest result of its case.
        sentence: both in words.
    """

    passed: bool
    error: float
    sentence: str


def leave_out_what_is_wrong() -> None:
    """Set the flag, unless the user has. It counts where nothing has been computed with JAX in this process yet."""
    given = os.environ.get("XLA_FLAGS", "")
    release = ".".join(jaxlib.__version__.split(".")[:2])
    if release in KNOWN_BY and FLAG not in given:
        os.environ["XLA_FLAGS"] = f"{given} {FLAG}=".lstrip()


def self_test() -> SelfTest:
    """Compare what is compiled with NumPy, where compilers have been wrong: a dozen small programs, under a second.

    It does not show that every other program is right.
    """
    chance = np.random.default_rng(0)
    errors, wrong = [0.0], []
    for rows, entries, dtype in SHAPES:
        M, xs = (np.abs(chance.normal(size=(size, entries))).astype(dtype) for size in (entries, rows))
        ys = xs.astype(float) @ M.T.astype(float)
        for name, reduction in REDUCTIONS.items():
            found, expected = np.asarray(_compiled(M, reduction)(xs), float), reduction(ys, np)
            errors.append(float(np.abs(found - expected).max() / expected.max()))
            if not errors[-1] <= TOLERANCE[dtype]:
                wrong.append(f"{name} of {rows} rows of {dtype}")
    if wrong:
        where = f"jaxlib {jaxlib.__version__} computes {len(wrong)} of {len(errors) - 1} test programs wrong"
        return SelfTest(False, max(errors), f"{where}, by up to {max(errors):.1g} of the result: {'; '.join(wrong)}.")
    return SelfTest(True, max(errors), f"{len(errors) - 1} compiled programs agree with NumPy to {max(errors):.1g}.")


def _compiled(M: Array, reduction: Callable) -> Callable:
    """A reduction of M @ r for each row r, as one program of its own."""
    return jax.jit(jax.vmap(lambda r: reduction(M @ r, jnp)))
