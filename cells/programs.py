"""Compiled programs: one for each kind of arguments, counted, and let go when there are too many.

`jax.jit` keeps every program for ever, and each holds megabytes and a hundred memory maps, of which a Linux process may
have 65,530. Here the one that nobody has called for the longest goes first, with its memory and its maps.
"""

import ctypes
import gc
import inspect
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

MOST = 160
"""Programs kept at a time."""
MOST_MAPS = 25_000
"""Memory maps of the process beyond which programs go; the kernel allows 65,530."""
MOST_BYTES = 800 * 2**20
"""Resident memory of the process beyond which programs go; on a small machine, `SHARE` of what it has."""
SHARE = 0.6
ROOMY = 0.96
"""Share of these bounds down to which programs go, so that they do not go again with the next one compiled."""
FEWEST = 24
"""Programs that stay, whatever the process holds besides."""
LEVEL = 1
"""XLA's optimisation, 0 to 3, unless XLA_FLAGS names another. For programs this small the higher levels take half as
long again to compile, and what they make runs no faster."""
_LEVEL_FLAG = "xla_backend_optimization_level"
_QUICK = {"xla_cpu_use_fusion_emitters": False, "xla_cpu_parallel_codegen_split_count": 1}
"""XLA's older code generator takes half as long for programs this small, which then run as fast and hold a third of the
maps."""
PROCESS = Path("/proc/self")
"""Where Linux tells what a process holds."""
CONTAINER = Path("/sys/fs/cgroup/memory.max")
"""Where Linux tells what a container may hold."""
_ARENA_MAX = -8
"""glibc's name for the number of places that threads take their memory from."""
logger = logging.getLogger(__name__)


class Census(NamedTuple):
    """What the process holds.

    Attributes:
        programs: compiled programs kept.
        let_go: programs let go since the start.
        maps: memory maps of the process; 0 where the system does not tell.
        bytes: its resident memory; 0 where the system does not tell.
    """

    programs: int
    let_go: int
    maps: int
    bytes: int


def compiled(function: Callable | None = None, *, static: Sequence[str] = (), level: int | None = None) -> Callable:
    """`jax.jit` for a function that is called from outside of any transformation; inside one it is `jax.jit` itself.

    Args:
        function: what is compiled; without it, a decorator.
        static: names of the arguments that decide the program; hashable.
        level: of XLA's optimisation, 0 to 3, in place of `LEVEL`: 0 for what runs once, 3 for what runs longer than it
            is compiled.
    """
    if function is None:
        return partial(compiled, static=static, level=level)
    static = tuple(static)
    nested = jax.jit(function, static_argnames=static)
    names = tuple(inspect.signature(function).parameters)
    places = tuple(names.index(name) for name in static)

    @wraps(function)
    def called(*args: Any, **named: Any) -> Any:
        chosen, rest = _parted(args, named, places, static)
        leaves, tree = jax.tree.flatten(rest)
        if any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
            return nested(*args, **named)
        key = (called, chosen, tree, tuple(map(_kind, leaves)))
        program = _found(key) or _compile(key, function, static, level, args, named)
        places_left, names_left = rest
        return program(*places_left, **names_left)

    return called


def census() -> Census:
    """What the process holds at this moment."""
    return Census(len(_programs), _gone, _maps(), _resident())


def let_go() -> int:
    """Programs let go since the start."""
    return _gone


def forget() -> None:
    """Let all programs go, and what JAX keeps of every function it has traced, as a new process would begin."""
    global _settled
    with _guard:
        for key in list(_programs):
            _drop(key)
        jax.clear_caches()
        _sweep()
        _settled = 0.0


def share_memory(arenas: int = 2) -> bool:
    """Have all threads of this process take their memory from a few places, so that what one gives back another uses.

    To be called before threads begin. Left alone, glibc keeps eight places for each core, and a compiler that has run
    in many threads leaves each of them half empty.

    Returns:
        Whether the system knows of this.
    """
    mallopt = _of_glibc("mallopt")
    return bool(mallopt and mallopt(_ARENA_MAX, arenas))


def _parted(args: tuple, named: dict[str, Any], places: tuple[int, ...], static: tuple[str, ...]) -> tuple[Any, Any]:
    """What decides the program, and the rest."""
    if not static:
        return (), (args, named)
    chosen = tuple(args[place] for place in places if place < len(args))
    chosen += tuple((name, named[name]) for name in static if name in named)
    rest = [arg for place, arg in enumerate(args) if place not in places]
    return chosen, (rest, {name: arg for name, arg in named.items() if name not in static})


def _found(key: Hashable) -> Callable | None:
    with _guard:
        program = _programs.get(key)
        if program is not None:
            _programs.move_to_end(key)
        return program


def _compile(
    key: Hashable, function: Callable, static: tuple[str, ...], level: int | None, args: tuple, named: dict[str, Any]
) -> Callable:
    # JAX keeps what it traced by the function: of one of its own it keeps nothing once this is over.
    @wraps(function)
    def alone(*args: Any, **named: Any) -> Any:
        return function(*args, **named)

    traced = jax.jit(alone, static_argnames=static, compiler_options=_options(level)).lower(*args, **named)
    program = traced.compile()
    with _guard:
        program = _programs.setdefault(key, program)
        _let_go()
    return program


def _options(level: int | None) -> dict[str, Any]:
    quick = _QUICK if _knows_quick() else {}
    return quick if _chosen_level() else quick | {_LEVEL_FLAG: LEVEL if level is None else level}


def _chosen_level() -> bool:
    return _LEVEL_FLAG in os.environ.get("XLA_FLAGS", "")


def _let_go() -> None:
    """Let go of what was traced, then of programs, until there is room again or until hardly any is left."""
    global _settled
    before = len(_programs)
    while len(_programs) > MOST:
        _drop(next(iter(_programs)))
    if _crowded():
        jax.clear_caches()  # a megabyte for each program there ever was
        _sweep()
        while len(_programs) > FEWEST and _crowded(ROOMY):
            for key in list(_programs)[: max(1, len(_programs) // 8)]:
                _drop(key)
            _sweep()
        if _crowded():  # what is still held is held by others; only what comes on top of it counts from here on
            _settled = 1.1 * _resident()
    if len(_programs) < before:
        logger.info("Let %d compiled programs go: %s.", before - len(_programs), census())


def _crowded(share: float = 1.0) -> bool:
    return _maps() > share * MOST_MAPS or _resident() > share * max(_room(), _settled)


def _drop(key: Hashable) -> None:
    global _gone
    if _programs.pop(key, None) is not None:
        _gone += 1


def _sweep() -> None:
    """Give back to the system what was let go."""
    gc.collect()
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


@cache
def _of_glibc(name: str) -> Callable | None:
    """A function of the C library's; None where it has none of this name."""
    return getattr(ctypes.CDLL(None), name, None) if os.name == "posix" else None


def _kind(leaf: Any) -> Hashable:
    """What of an argument decides the program."""
    if isinstance(leaf, jax.Array | np.ndarray | np.generic):
        return leaf.shape, leaf.dtype
    return type(leaf)


def _maps() -> int:
    try:
        with (PROCESS / "maps").open("rb") as lines:
            return sum(1 for _line in lines)
    except OSError:
        return 0


def _room() -> float:
    return min(MOST_BYTES, SHARE * _memory())


@cache
def _memory() -> float:
    """Bytes that this machine has, or that a container allows."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return float("inf")
    try:
        return min(whole, float(CONTAINER.read_text()))
    except (OSError, ValueError):  # there is none, or it says "max"
        return whole


def _resident() -> int:
    try:
        return int((PROCESS / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


@cache
def _knows_quick() -> bool:
    try:
        jax.jit(jnp.negative, compiler_options=_QUICK).lower(np.float32(0)).compile()
    except jax.errors.JaxRuntimeError:
        return False  # options of XLA come and go
    return True


_programs: OrderedDict[Hashable, Callable] = OrderedDict()
_gone = 0
_settled = 0.0
_guard = threading.RLock()
