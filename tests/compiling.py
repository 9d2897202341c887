"""What XLA compiles, counted."""

from collections.abc import Iterator
from contextlib import contextmanager

import jax


@contextmanager
def compiled() -> Iterator[list[str]]:
    """A list that grows by one entry for every program XLA compiles."""
    events = []

    def listen(event, duration, **_):
        if "backend_compile" in event:
            events.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        yield events
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
