"""The compiler's own test, made once beside the server, and what the screen says where it has failed."""

import logging

from app.background import warm_up
from app.figure import Check
from app.language import _
from cells.compiler import SelfTest, self_test

logger = logging.getLogger(__name__)


def begin() -> None:
    """Test it once nobody waits."""
    warm_up.when_idle(test)


def test() -> SelfTest:
    """Test it now."""
    global failed, found
    found = self_test()
    failed = not found.passed
    if failed:
        logger.error("Numbers on the screen may be wrong: %s", found.sentence)
    return found


def beside(check: Check | None) -> Check:
    """A figure's own check, and that this test has failed."""
    failure = _("✗ this version of JAX computes wrong numbers on this machine: its own test is off by {error:.1g}")
    return Check(" · ".join(filter(None, (check and check.text, failure.format(error=found.error)))), False)


found: SelfTest | None = None
"""What came out; None before it is there."""
failed = False
"""Whether it is known to have failed."""
