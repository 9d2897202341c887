"""What XLA compiles computes what was written, with the flag that importing `cells` sets."""

import os
import subprocess
import sys

import jaxlib
import numpy as np
import pytest

from cells import compiler
from cells.compiler import FLAG, KNOWN_BY, SelfTest, leave_out_what_is_wrong, self_test


def in_a_process_of_its_own(program, **environment):
    """What a program prints, with its XLA_FLAGS and none of these tests'."""
    given = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"} | environment
    done = subprocess.run([sys.executable, "-c", program], env=given, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_compiled_programs_agree_with_numpy():
    found = self_test()
    assert found.passed, found.sentence
    assert found.error < 1e-6


def test_compiled_programs_agree_with_numpy_with_all_optimisations():
    assert in_a_process_of_its_own("import cells; print(cells.self_test().passed)") == "True"


@pytest.mark.skipif(not jaxlib.__version__.startswith("0.10."), reason="later releases may be right without the flag")
def test_a_compiler_that_is_wrong_is_found_out():
    # https://github.com/jax-ml/jax/issues/39103; the user has decided for it.
    program = "import cells; found = cells.self_test(); print(found.passed, found.error > 1e-3, found.sentence)"
    printed = in_a_process_of_its_own(program, XLA_FLAGS=f"{FLAG}=-dot")
    assert printed.startswith(f"False True jaxlib {jaxlib.__version__} computes ")
    assert "float32" in printed


def test_a_wrong_program_is_named_with_its_error(monkeypatch):
    monkeypatch.setattr(compiler, "_compiled", lambda M, reduction: lambda xs: 1.5 * reduction(xs @ M.T, np))
    found = self_test()
    assert not found.passed
    assert found.error == pytest.approx(0.5, rel=1e-5)
    assert "12 of 12" in found.sentence
    assert "maximum of 20000 rows of float64" in found.sentence


@pytest.mark.parametrize(
    ("given", "release", "expected"),
    [
        (None, "0.10.2", f"{FLAG}="),
        ("--xla_dump_to=x", "0.11.0", f"--xla_dump_to=x {FLAG}="),
        (f"{FLAG}=reduce", "0.10.2", f"{FLAG}=reduce"),
        ("", "0.99.0", ""),
        ("", "0.1.0", ""),
    ],
)
def test_the_flag_is_added_where_it_is_known_and_the_user_has_not_decided(monkeypatch, given, release, expected):
    monkeypatch.setattr(jaxlib, "__version__", release)
    monkeypatch.delenv("XLA_FLAGS") if given is None else monkeypatch.setenv("XLA_FLAGS", given)
    leave_out_what_is_wrong()
    assert os.environ["XLA_FLAGS"] == expected


def test_importing_the_package_has_set_the_flag():
    release = ".".join(jaxlib.__version__.split(".")[:2])
    assert (FLAG in os.environ["XLA_FLAGS"]) == (release in KNOWN_BY)


def test_a_result_that_is_no_number_is_wrong(monkeypatch):
    monkeypatch.setattr(compiler, "_compiled", lambda M, reduction: lambda xs: np.full(len(xs), np.nan))
    assert isinstance(self_test(), SelfTest)
    assert not self_test().passed
