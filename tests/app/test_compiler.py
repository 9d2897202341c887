"""Where the compiler fails its own test, every figure says so beside its check."""

import pytest

from app.background import compiler
from app.figure import Check
from cells.compiler import SelfTest


@pytest.fixture
def failed(monkeypatch):
    monkeypatch.setattr(compiler, "self_test", lambda: SelfTest(False, 0.3, "jaxlib computes something wrong."))
    monkeypatch.setattr(compiler, "found", None)
    monkeypatch.setattr(compiler, "failed", False)
    compiler.test()


def test_a_compiler_that_is_right_says_nothing(monkeypatch):
    monkeypatch.setattr(compiler, "found", None)
    assert compiler.test().passed
    assert not compiler.failed


@pytest.mark.parametrize("check", [None, Check("fine", True), Check("not fine", False)])
def test_a_failure_stands_beside_the_check_of_a_figure(failed, check):
    beside = compiler.beside(check)
    assert "its own test is off by 0.3" in beside.text
    assert beside.text.startswith(check.text if check else "✗")
    assert not beside.passed


def test_a_failure_is_logged(caplog, monkeypatch):
    monkeypatch.setattr(compiler, "found", None)
    monkeypatch.setattr(compiler, "failed", False)
    monkeypatch.setattr(compiler, "self_test", lambda: SelfTest(False, 0.3, "jaxlib computes something wrong."))
    compiler.test()
    assert "jaxlib computes something wrong." in caplog.text
