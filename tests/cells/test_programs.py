"""Compiled programs are one for each kind of arguments, counted, and let go when there are too many."""

import gc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cells
from cells import programs
from cells.analyses.gradient_flow import gradient_flow
from cells.programs import census, compiled
from tests.compiling import compiled as compilations


@pytest.fixture(autouse=True)
def alone():
    programs.forget()
    yield
    programs.forget()


@compiled
def doubled(x, more=0.0):
    return 2 * x + more


@compiled(static=("power", "name"))
def raised(x, power, name="x"):
    return {name: x**power}


def test_a_program_serves_all_arguments_of_its_kind():
    for _round in "ab":
        with compilations() as events:
            for value in (1.0, 2.5, np.float64(3.0)):
                assert float(doubled(value)) == 2 * value
            assert np.asarray(doubled(np.ones(3))).tolist() == [2.0, 2.0, 2.0]
    assert not events, "the second time"
    assert census().programs == 3, "of a number, of one of NumPy's, and of a vector"


def test_what_is_static_decides_the_program_however_it_is_given():
    assert float(raised(3.0, 2)["x"]) == 9.0
    assert float(raised(3.0, power=2)["x"]) == 9.0
    assert float(raised(2.0, 3, name="y")["y"]) == 8.0
    assert census().programs == 3


def test_inside_a_transformation_it_is_part_of_the_whole():
    before = census().programs
    assert jax.grad(lambda x: doubled(x) ** 2)(3.0) == 24.0
    np.testing.assert_array_equal(jax.vmap(doubled)(jnp.arange(3.0)), [0, 2, 4])
    assert jax.jit(lambda x: doubled(x, more=1.0))(1.0) == 3.0
    assert census().programs == before


def test_the_program_that_nobody_calls_goes_first(monkeypatch):
    monkeypatch.setattr(programs, "MOST", 3)
    gone = census().let_go
    for size in (1, 2, 3):
        doubled(np.ones(size))
    doubled(np.ones(1))
    doubled(np.ones(4))
    assert census()[:2] == (3, gone + 1)
    with compilations() as events:
        for size in (1, 3, 4):
            doubled(np.ones(size))
        assert not events
        assert np.asarray(doubled(np.ones(2))).tolist() == [2.0, 2.0]
    assert len(events) == 1


def test_memory_maps_are_given_back():
    experiment = cells.Experiment(cell="gru", hidden_size=5, length=20)
    first = cells.run(experiment, gradient_flow)
    programs.forget()
    base = census().maps
    for size in range(6, 10):
        jax.block_until_ready(cells.run(experiment.replace(hidden_size=size), gradient_flow))
    assert census().programs == 4
    assert census().maps > base + 200
    programs.forget()
    assert census().maps < base + 60
    again = cells.run(experiment, gradient_flow)
    np.testing.assert_array_equal(first.log10_state_norm, again.log10_state_norm)


@pytest.mark.parametrize(("bound", "afterwards"), [("MOST_MAPS", 2), ("MOST_BYTES", 4)])
def test_a_process_that_holds_too_much_lets_all_but_a_few_go(monkeypatch, bound, afterwards):
    monkeypatch.setattr(programs, "FEWEST", 2)
    for size in range(1, 8):
        doubled(np.ones(size))
    monkeypatch.setattr(programs, bound, 1)
    doubled(np.ones(8))
    assert census().programs == 2
    # Memory that is still held then is held by others, and no reason to let what is compiled next go again.
    doubled(np.ones(9))
    doubled(np.ones(10))
    assert census().programs == afterwards


def test_what_was_traced_goes_before_any_program(monkeypatch):
    def traced():
        gc.collect()
        return sum(type(one).__name__ == "JaxprEqn" for one in gc.get_objects())

    jax.clear_caches()
    before = traced()
    experiment = cells.Experiment(length=8, hidden_size=3)
    cells.run(experiment, gradient_flow)
    assert traced() > before
    monkeypatch.setattr(programs, "MOST_MAPS", 1)
    doubled(1.0)
    assert traced() <= before
    assert census().programs == 2
    with compilations() as compiled_again:
        cells.run(experiment, gradient_flow)
    assert not compiled_again


def test_a_small_machine_or_container_holds_less(monkeypatch, tmp_path):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(programs, "CONTAINER", limit)
    for said, room in (("max\n", programs.MOST_BYTES), (f"{2**30}\n", programs.SHARE * 2**30)):
        limit.write_text(said)
        programs._memory.cache_clear()
        assert programs._room() == room
    programs._memory.cache_clear()


def test_many_threads_may_call_while_programs_go(monkeypatch):
    monkeypatch.setattr(programs, "MOST", 4)
    with ThreadPoolExecutor(8) as pool:
        sums = list(pool.map(lambda size: float(doubled(np.ones(1 + size % 9)).sum()), range(90)))
    assert sums == [2.0 * (1 + size % 9) for size in range(90)]
    assert census().programs <= 4


def test_what_is_let_go_is_said(monkeypatch, caplog):
    monkeypatch.setattr(programs, "MOST", 1)
    with caplog.at_level("INFO", programs.logger.name):
        doubled(1.0)
        doubled(np.ones(2))
    assert "Let 1 compiled programs go" in caplog.text


ARENAS = """
import sys, threading
from cells import programs
assert sys.argv[1] == "each its own" or programs.share_memory()
together = threading.Barrier(17)
def work():
    held = bytearray(1000)
    together.wait()
threads = [threading.Thread(target=work) for _each in range(16)]
for thread in threads: thread.start()
together.wait()
print(sum("rw-p" in line and int(line.split("-")[0], 16) % 2**26 == 0 for line in open("/proc/self/maps")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of glibc")
def test_threads_share_their_memory():
    counts = [
        int(subprocess.run([sys.executable, "-c", ARENAS, how], capture_output=True, text=True, check=True).stdout)
        for how in ("shared", "each its own")
    ]
    assert counts[0] <= 2 < counts[1]  # an arena of glibc's begins at a multiple of 64 MB
