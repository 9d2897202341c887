"""Strict settings for every test: 64-bit, no silent broadcasting, no clock."""

import os

# Most of the tests' time is XLA compiling; unoptimised code rounds alike and compiles a third faster.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

import jax
import pytest
from hypothesis import settings

import cells  # noqa: F401 - turns on 64-bit mode

pytest.register_assert_rewrite("tests.cells.promises", "tests.app.pages")
jax.config.update("jax_numpy_rank_promotion", "raise")
settings.register_profile("unrolled", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("unrolled")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of one file of cells or pages on one worker, where they share compiled programs."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduler(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            together = "tests/cells/" in nodeid or "tests/app/" in nodeid
            return nodeid.split("::")[0] if together else nodeid

    return Scheduler(config, log)


@pytest.fixture(autouse=True, scope="module")
def programs_of_one_file():
    """Forget compiled programs after each file: each keeps memory mapped, of which a process may hold only so much."""
    yield
    jax.clear_caches()


@pytest.fixture
def compilations():
    """A list that grows by one entry for every program XLA compiles."""
    events = []

    def listen(event, duration, **_):
        if "backend_compile" in event:
            events.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield events
    jax.monitoring.unregister_event_duration_listener(listen)
