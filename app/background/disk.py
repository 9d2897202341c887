"""The folder in which compiled programs outlive the process, so that only the first start ever compiles.

There is one for each release of jaxlib and each kind of CPU, since a program of one may be refused by another
(jax 38445) or end the process. It is bounded in bytes. Where it cannot be written the laboratory runs without, and says
so once.
"""

import hashlib
import logging
import os
import platform
import shutil
import tempfile
import time
import warnings
from pathlib import Path

import jax
import jaxlib
from jax.experimental.compilation_cache import compilation_cache

MOST = 512 * 2**20
"""Bytes of all programs in the folder; what has not been read for the longest goes first."""
SPARE = 64 * 2**20
"""Bytes that are left free on the disk."""
FORGOTTEN = 30 * 86_400.0
"""Seconds after which the folder of another release or CPU goes, if nothing in it has been read or written."""
OFTEN = 100
"""Programs written between two looks at the size of the folder."""
logger = logging.getLogger(__name__)


def folder() -> Path:
    """Where this process keeps its programs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "unrolled" / f"jax-{jaxlib.__version__}-{cpu()}"


def cpu() -> str:
    """A short hash of what this CPU can do."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n")[0].splitlines()
    except OSError:
        lines = []
    asked = ("flags", "Features", "cpu family", "model", "CPU part")
    known = [line for line in lines if line.partition(":")[0].strip() in asked]
    return hashlib.sha256("\n".join([platform.machine(), platform.processor(), *known]).encode()).hexdigest()[:8]


def begin() -> None:
    """Keep from here on what XLA compiles; JAX_COMPILATION_CACHE_DIR names another folder, which is left alone."""
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    if os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        return
    found = problem()
    if found:
        stop(found)
        return
    jax.config.update("jax_compilation_cache_dir", str(folder()))
    warnings.filterwarnings("ignore", message="Error writing persistent compilation cache")  # it is said here, once
    jax.monitoring.register_event_listener(_note)


def problem() -> str:
    """Why the folder cannot be written; empty where it can."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder()) as probe:
            probe.write(b"0")
            probe.flush()
        free = shutil.disk_usage(folder()).free
    except OSError as error:
        return f"{type(error).__name__}: {error.strerror}"
    return "" if free >= SPARE else f"expected at least {SPARE >> 20} MB free on the disk, got {free >> 20}"


def stop(reason: str) -> None:
    """Go on without the folder."""
    if jax.config.jax_enable_compilation_cache:
        logger.warning("Compiled programs are not kept in %s, so every start compiles anew. %s.", folder(), reason)
    jax.config.update("jax_enable_compilation_cache", False)
    compilation_cache.reset_cache()


def tidy() -> None:
    """Let go what has not been used for the longest, here and in the folders of other releases and CPUs."""
    for other in folder().parent.glob("jax*"):
        if other != folder() and time.time() - _last_use(other) > FORGOTTEN:
            shutil.rmtree(other, ignore_errors=True)
    programs = sorted(_programs(folder()))
    spare = MOST - sum(size for _used, size, _path in programs)
    for _used, size, path in programs:
        if spare >= 0:
            break
        path.unlink(missing_ok=True)  # another server may have been faster
        spare += size


def _last_use(place: Path) -> float:
    """When anything in a folder was read or written last; a clock that was ahead then makes it look younger."""
    return max([place.stat().st_mtime, *(used for used, _size, _path in _programs(place))])


def _programs(place: Path) -> list[tuple[float, int, Path]]:
    """Last use, bytes and path of every program in a folder."""
    found = []
    for path in place.glob("*"):
        try:
            known = path.stat()
        except OSError:  # another server has let it go
            continue
        found.append((max(known.st_atime, known.st_mtime), known.st_size, path))
    return found


def _note(event: str, **_: object) -> None:
    """A program is about to be written."""
    global _written
    if event != "/jax/compilation_cache/cache_misses" or not jax.config.jax_enable_compilation_cache:
        return
    found = problem()
    if found:
        stop(found)
        return
    _written += 1
    if _written % OFTEN == 0:
        tidy()


_written = 0
