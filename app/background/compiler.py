"""The compiler's own test, made once beside the server, and what the screen says where it has failed."""

import logging

from app.background import warm_up
from app.language import _
from cells.compiler import SelfTest, self_test

logger = logging.getLogger(__name__)


def begin() -> None:
    """Test it once nobody waits."""
    warm_up.when_idle(test)


def test() -> SelfTest:
    """Test it now."""
    global _found
    _found = self_test()
    if not _found.passed:
        logger.error("Numbers on the screen may be wrong: %s", _found.sentence)
    return _found


def found() -> SelfTest | None:
    """What came out; None before it is there."""
    return _found


def failure() -> str:
    """A few words to stand beside the check of a figure; none where all is well or nothing is known yet."""
    if _found is None or _found.passed:
        return ""
    return _("✗ this version of JAX computes wrong numbers on this machine: its own test is off by {error:.1g}").format(
        error=_found.error
    )


_found: SelfTest | None = None
