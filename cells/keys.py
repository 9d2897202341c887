"""The keys and draws of `jax.random`, bit by bit, in NumPy: a draw compiles nothing.

A key is two 32-bit words, an array (..., 2). What is drawn from an array of keys has its axes in front. Keys of
`jax.random`, typed or not, are taken wherever one is asked for.

Reference:
    Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, section 3.3: Threefry-2x32 with
    20 rounds, whose counter is the place in the array, as `jax_threefry_partitionable` has it.
"""

import math
from collections.abc import Sequence

import jax
import numpy as np
from jax import Array, dtypes
from scipy import special

Key = Array | np.ndarray
Shape = int | Sequence[int]

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = np.uint32(0x1BD11BDA)
ONE = np.float64(1).view(np.uint64)
MANTISSA = 52
"""Bits of a float64 that are drawn."""


def key(seed: int) -> np.ndarray:
    """The key of a seed, `jax.random.key`."""
    return np.array([int(seed) >> 32 & 0xFFFFFFFF, int(seed) & 0xFFFFFFFF], np.uint32)


def words(key: Key) -> np.ndarray:
    """The words of a key, (..., 2).

    Raises:
        TypeError: it is traced, so its words are not known; or it is no key of this generator.
    """
    if isinstance(key, jax.core.Tracer):
        raise TypeError(
            "key: expected one whose words are known, got one that is traced: weights are drawn in NumPy, outside of "
            "jax.jit and jax.vmap."
        )
    if isinstance(key, Array) and dtypes.issubdtype(key.dtype, dtypes.prng_key):
        key = jax.random.key_data(key)
    found = np.asarray(key)
    if found.dtype != np.uint32 or found.shape[-1:] != (2,):
        raise TypeError(f"key: expected two words of 32 bits, got {found.dtype} of shape {found.shape}.")
    return found


def split(key: Key, shape: Shape = 2) -> np.ndarray:
    """New keys (*shape, 2)."""
    return np.stack(_bits(words(key), shape), axis=-1)


def fold_in(key: Key, number: int) -> np.ndarray:
    """The key of a number, (2,); the number from 0 to 2^32 - 1."""
    return np.concatenate(_threefry(words(key), np.uint32([0]), np.uint32([number])), axis=-1)


def uniform(key: Key, shape: Shape = (), low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Uniform on [low, high), float64."""
    mantissas = _bits64(key, shape) >> np.uint64(64 - MANTISSA)
    return np.maximum(low, ((mantissas | ONE).view(np.float64) - 1) * (high - low) + low)


def normal(key: Key, shape: Shape = ()) -> np.ndarray:
    """Standard normal, float64. Its last digits are those of SciPy's erfinv, and not of XLA's."""
    return math.sqrt(2) * special.erfinv(uniform(key, shape, np.nextafter(-1.0, 0.0), 1.0))


def truncated_normal(key: Key, shape: Shape = (), bound: float = 2.0) -> np.ndarray:
    """Standard normal between -bound and bound, float64."""
    edge = special.erf(bound / math.sqrt(2))
    drawn = math.sqrt(2) * special.erfinv(uniform(key, shape, -edge, edge))
    inside = np.nextafter(bound, 0.0)
    return np.clip(drawn, -inside, inside)


def randint(key: Key, shape: Shape, low: int, high: int) -> np.ndarray:
    """Whole numbers from low to high - 1, int64; uniform up to about span / 2^128."""
    span = np.uint64(high - low)
    coarse, fine = (_bits64(half, shape) % span for half in np.moveaxis(split(key), -2, 0))
    carried = np.uint64(2**32) % span
    carried = carried * carried % span
    return low + ((coarse * carried + fine) % span).astype(np.int64)


def _bits64(key: Key, shape: Shape) -> np.ndarray:
    high, low = _bits(words(key), shape)
    return high.astype(np.uint64) << np.uint64(32) | low


def _bits(words: np.ndarray, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Two words for every place of an array."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    places = np.arange(math.prod(shape), dtype=np.uint64)
    pair = _threefry(words, (places >> np.uint64(32)).astype(np.uint32), places.astype(np.uint32))
    high, low = (word.reshape((*words.shape[:-1], *shape)) for word in pair)
    return high, low


def _threefry(words: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The hash of counters x, y (N,) under keys (..., 2): two arrays (..., N)."""
    first, second = words[..., :1], words[..., 1:]
    schedule = (first, second, first ^ second ^ PARITY)
    x, y = x + first, y + second
    for block in range(5):
        for rotation in ROTATIONS[block % 2]:
            x += y
            y = (y << rotation | y >> 32 - rotation) ^ x
        x += schedule[(block + 1) % 3]
        y += schedule[(block + 2) % 3] + np.uint32(block + 1)
    return x, y
