"""Compiled programs outlive the process, in a folder that is bounded, shared, and not needed."""

import os
import shutil
import subprocess
import sys
import time
from collections import namedtuple

import jax
import jaxlib
import pytest

from app.background import disk

DAY = 86_400
START = """
import jax
from collections import Counter
events = Counter()
jax.monitoring.register_event_listener(lambda event, **_: events.update([event.rpartition("/")[2]]))
import app.main
from app.background import compiler
app.main.compile_defaults()
compiler.test()
print(events["compile_requests_use_cache"], events["cache_hits"], events["cache_misses"])
"""


def start(cache, **environment):
    """A start of the laboratory without its server: programs asked for, found on disk, and written to it."""
    command = [sys.executable, "-c", START]
    given = os.environ | {"XDG_CACHE_HOME": str(cache)} | environment
    return subprocess.Popen(command, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def counts(process):
    printed, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return tuple(map(int, printed.split())), said


def test_a_second_start_compiles_nothing_though_two_share_the_folder(tmp_path):
    for process in [start(tmp_path), start(tmp_path)]:
        (asked, found, written), _said = counts(process)
        assert asked > 5
        assert found + written >= asked
    (asked, found, written), said = counts(start(tmp_path))
    assert found == asked > 5
    assert written == 0
    assert "compilation cache" not in said


def test_a_folder_that_cannot_be_written_is_done_without_and_said_once(tmp_path):
    in_the_way = tmp_path / "unrolled"
    in_the_way.write_text("not a folder")
    (asked, found, written), said = counts(start(tmp_path))
    assert asked == found == written == 0
    assert said.count("Compiled programs are not kept in") == 1
    assert "Error writing" not in said


def test_the_folder_is_of_one_release_and_one_kind_of_cpu(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert disk.folder().parent == tmp_path / "unrolled"
    assert disk.folder().name == f"jax-{jaxlib.__version__}-{disk.cpu()}"
    mine = disk.folder()
    monkeypatch.setattr("platform.machine", lambda: "another")
    assert disk.folder() != mine


@pytest.fixture
def place(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    disk.folder().mkdir(parents=True)
    return disk.folder()


def keep(folder, name, *, days, size=1000):
    """A program that was last used some days ago."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-cache"
    path.write_bytes(b"0" * size)
    os.utime(path, (time.time() - days * DAY,) * 2)
    os.utime(folder, (time.time() - days * DAY,) * 2)
    return path


def test_what_has_not_been_used_for_the_longest_goes_first(monkeypatch, place):
    monkeypatch.setattr(disk, "MOST", 2500)
    programs = {days: keep(place, f"jit_{days}", days=days) for days in (3, 1, 4, 2)}
    os.utime(programs[4], (time.time(), time.time() - 4 * DAY))  # written long ago, read just now
    disk.tidy()
    assert [days for days, path in sorted(programs.items()) if path.exists()] == [1, 4]


def test_folders_of_other_releases_go_when_nobody_uses_them(place):
    forgotten, used = place.with_name("jax-0.9.0-abc"), place.with_name("jax-0.10.1-abc")
    keep(forgotten, "jit", days=40), keep(used, "jit", days=20)
    keep(place, "jit", days=400)
    others = place.with_name("something-else")
    keep(others, "jit", days=400)
    disk.tidy()
    assert [path.exists() for path in (forgotten, used, place, others)] == [False, True, True, True]


def test_a_clock_that_goes_backwards_loses_nothing_and_breaks_nothing(monkeypatch, place):
    program, other = keep(place, "jit", days=-400), place.with_name("jax-0.9.0-abc")
    keep(other, "jit", days=-400)
    disk.tidy()
    assert program.exists()
    assert other.exists()
    monkeypatch.setattr(disk, "MOST", 0)
    disk.tidy()
    assert not program.exists()


@pytest.fixture
def warnings_of(caplog):
    yield lambda: [record.message for record in caplog.records if record.name == disk.__name__]
    jax.config.update("jax_enable_compilation_cache", True)


def test_a_disk_that_fills_up_ends_the_keeping_and_is_said_once(monkeypatch, place, warnings_of):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 3 << 20))
    for _ in range(3):
        disk._note("/jax/compilation_cache/cache_misses")
    assert not jax.config.jax_enable_compilation_cache
    (said,) = warnings_of()
    assert "expected at least 64 MB free on the disk, got 3." in said


def test_a_folder_deleted_under_the_server_is_made_again(place, warnings_of):
    shutil.rmtree(place)
    disk._note("/jax/compilation_cache/cache_misses")
    assert place.is_dir()
    assert not warnings_of()


def test_the_folder_is_looked_through_now_and_then_while_the_server_runs(monkeypatch, place):
    looked = []
    monkeypatch.setattr(disk, "tidy", lambda: looked.append(1))
    for _ in range(3 * disk.OFTEN):
        disk._note("/jax/compilation_cache/cache_misses")
        disk._note("/jax/compilation_cache/cache_hits")
    assert len(looked) == 3
