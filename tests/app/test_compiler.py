"""Where the compiler fails its own test, every figure says so beside its check."""

import pytest

from app.background import compiler
from app.figure import Check, Verdict
from cells.compiler import SelfTest


@pytest.fixture
def failed(monkeypatch):
    monkeypatch.setattr(compiler, "self_test", lambda: SelfTest(False, 0.3, "jaxlib computes something wrong."))
    monkeypatch.setattr(compiler, "_found", None)
    compiler.test()


def test_a_compiler_that_is_right_says_nothing(monkeypatch):
    monkeypatch.setattr(compiler, "_found", None)
    assert compiler.failure() == ""
    assert compiler.test().passed
    assert compiler.failure() == ""
    assert Verdict("a", "b", check=Check("fine", True)).checks() == Check("fine", True)


@pytest.mark.parametrize("check", [None, Check("fine", True), Check("not fine", False)])
def test_a_failure_stands_beside_the_check_of_a_figure(failed, check):
    words = Verdict("a", "b", check=check).as_words()
    assert "its own test is off by 0.3" in words["badge"]
    assert words["badge"].startswith(check.text if check else "✗")
    assert words["badge_ok"] is False


def test_a_failure_is_logged(caplog, monkeypatch):
    monkeypatch.setattr(compiler, "_found", None)
    monkeypatch.setattr(compiler, "self_test", lambda: SelfTest(False, 0.3, "jaxlib computes something wrong."))
    compiler.test()
    assert "jaxlib computes something wrong." in caplog.text
