"""Pages are tested without the compilations that a server does behind the scenes."""

import pytest

from app import compute


@pytest.fixture(autouse=True)
def no_warm_up(monkeypatch):
    monkeypatch.setattr(compute, "warm_up_in_background", lambda runs, work=None: None)
