"""Strict settings for every test: 64-bit, no silent broadcasting, no clock."""

import gc
import os
import re
import sys
from functools import cache

# Most of the tests' time is XLA compiling; without its optimisations code rounds alike and compiles four times faster.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1",
)

import jax
import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

import cells  # turns on 64-bit mode
from app.background import disk
from cells import programs
from tests import asked, compiling

pytest.register_assert_rewrite("tests.cells.promises", "tests.app.promises")
jax.config.update("jax_numpy_rank_promotion", "raise")
settings.register_profile("unrolled", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("unrolled")
programs.MOST_BYTES = 4 * 2**30  # a file's tests keep their programs, beside what pytest itself holds


def pytest_configure(config):
    """Keep compiled programs in pytest's own cache, for all workers and the servers under test; compile none ahead."""
    os.environ["UNROLLED_WARM_UP"] = "0"
    os.environ["XDG_CACHE_HOME"] = str(config.cache.mkdir("programs"))
    jax.config.update("jax_compilation_cache_dir", str(disk.folder()))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


class OneBrowser(LoadFileScheduling):
    """A file's tests stay in one process, which compiles its programs once; so do all that need a browser.

    Of what is asked of every page, a page's tests do.
    """

    def _split_scope(self, nodeid):
        if needs_a_browser(nodeid):
            return "browser"
        page = re.search(r"tests/app/test_pages\.py.*\[(\w+)", nodeid)
        return page[1] if page else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    return OneBrowser(config, log)


def pytest_collection_modifyitems(config, items):
    """A few cells stand for all, see `tests.asked`; what takes longest is begun first."""
    left_out = {item for item in items if hasattr(item, "callspec") and is_left_out(item)}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: needs_a_browser(item.nodeid), reverse=True)
    for item in items:
        if needs_a_browser(item.nodeid):  # two cores are shared by a server, a browser and two other processes
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish():
    """Tracing makes garbage by the million, and little of it in circles: look for those seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def is_left_out(item):
    return asked.is_left_out(item.nodeid, item.callspec.params, cells.all_cells())


def needs_a_browser(nodeid):
    return nodeid.startswith("tests/browser/")


@pytest.fixture(autouse=True, scope="module")
def let_the_browser_go_first(request):
    """Of three processes on two cores it is the browser's that must answer in time."""
    if not needs_a_browser(request.node.nodeid):
        _step_aside()


@cache
def _step_aside():
    os.nice(10)


@pytest.fixture(autouse=True, scope="module")
def nothing_kept_from_another_file():
    """Forget compiled programs, of which a process can hold only so many, and the answers that hide their absence."""
    yield
    programs.forget()
    if "app.background.answer" in sys.modules:
        sys.modules["app.background.answer"].forget()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("app", "cells"):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


@pytest.fixture
def compilations():
    """A list that grows by one entry for every program XLA compiles."""
    with compiling.compiled() as events:
        yield events
