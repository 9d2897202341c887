"""A long day, short: `make soak` asks a real server for 2,000 figures, as readers would, and prints what that leaves.

Nothing here is a test and nothing here fails. `ARGS="200 7"` asks for 200, in the order of seed 7.
"""

import random
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import httpx2

from app.page import pages
from app.settings import Settings, fields
from cells.experiment import Experiment, choices_of
from cells.fields import declarations
from tests.app.promises import another_value, counts_updates
from tests.browser.conftest import free_port, serve

INTERACTIONS = 2000
LONGEST = 530.0
"""Seconds after which no new interaction is begun."""
READERS = 4
"""Readers at a time; each waits for a figure before asking for the next."""
SETTLED = 100
"""Interactions after which memory should not grow any more."""
SIZES = (4, 8, 16, 32, 64)
PATIENCE = 60.0
"""Seconds after which a figure counts as lost."""


class Asked(NamedTuple):
    """One interaction: the figure, how long it took in seconds, and what went wrong."""

    figure: str
    seconds: float
    problem: str


def readers(seed: int) -> Iterator[tuple[str, Settings]]:
    """What a reader asks for, one change after the other: (figure, settings), without end."""
    chance = random.Random(seed)
    page, settings = "gradient", Settings(experiment=Experiment(length=64), overlay=())
    moves: list[Callable[[Experiment], dict[str, Any]]] = [
        lambda _: {"cell": chance.choice(list(choices_of("cell")))},
        lambda _: {"activation": chance.choice(list(choices_of("activation")))},
        lambda _: {"initializer": chance.choice(list(choices_of("initializer")))},
        lambda _: {"hidden_size": chance.choice(SIZES)},
        lambda _: {"length": round(2 ** chance.uniform(2, 10))},
        lambda _: {"gain": float(f"{10 ** chance.uniform(-0.7, 0.5):.3g}")},
        lambda _: {"seed": chance.randrange(1000)},
        lambda _: {"input_scale": float(f"{chance.uniform(0, 3):.3g}")},
    ]
    while True:
        kind = chance.random()
        if kind < 0.2:
            page = chance.choice(list(pages()))
        elif kind < 0.4:
            mine = [name for name in declarations(pages()[page].settings) if not counts_updates(name)]
            for name in chance.sample(mine, min(1, len(mine))):
                settings = settings.replace(**{name: another_value(name, chance)})
        else:
            experiment = settings.experiment
            settings = settings.replace(experiment=experiment.replace(**chance.choice(moves)(experiment)))
        yield chance.choice(list(pages()[page].figures)), settings


def brief(settings: Settings) -> Settings:
    """The same settings with few updates of everything that is trained."""
    return settings.replace(**{name: 25 if "updates" in name else 0 for name in fields() if counts_updates(name)})


def ask(client: httpx2.Client, figure: str, settings: Settings) -> Asked:
    """Ask until the figure is there, as a page does."""
    begun, problem = time.monotonic(), ""
    while True:
        try:
            answer = client.get(f"/live/{figure}?{brief(settings).to_query()}")
        except httpx2.TransportError as error:
            return Asked(figure, time.monotonic() - begun, type(error).__name__)
        if answer.status_code != 200:
            problem = f"{answer.status_code} {answer.json()['problem'][:80]}"
        if answer.status_code != 200 or "progress" not in answer.json():
            return Asked(figure, time.monotonic() - begun, problem)
        if time.monotonic() - begun > PATIENCE:
            return Asked(figure, PATIENCE, f"not there after {PATIENCE:.0f} s")
        time.sleep(0.05)


def soak(address: str, interactions: int, seed: int, note: Callable[[int, dict[str, Any]], None]) -> list[Asked]:
    """Ask for so many figures, and tell the server's state after each hundred."""
    asked: list[Asked] = []
    begun, one_at_a_time = time.monotonic(), threading.Lock()
    with httpx2.Client(base_url=address, timeout=PATIENCE) as client, ThreadPoolExecutor(READERS) as pool:
        walks = [readers(seed * READERS + reader) for reader in range(READERS)]

        def read(walk: Iterator[tuple[str, Settings]]) -> None:
            while len(asked) < interactions and time.monotonic() - begun < LONGEST:
                found = ask(client, *next(walk))
                with one_at_a_time:
                    asked.append(found)
                    if len(asked) % SETTLED == 0 and not found.problem:
                        note(len(asked), client.get("/live/health").json())

        for done in [pool.submit(read, walk) for walk in walks]:
            done.result()
    return asked


def main(interactions: int = INTERACTIONS, seed: int = 0) -> None:
    """Print what a long day leaves behind."""
    port, states = free_port(), {}
    server = serve(port)

    def note(count: int, state: dict[str, Any]) -> None:
        states[count] = state
        size = f"{(state['memory_bytes'] or 0) / 2**20:,.0f} MB, {state['maps']} maps, {state['programs']} programs"
        held = f"{state['training_runs']} runs, {state['answers_bytes'] / 2**20:.0f} MB of answers"
        print(f"after {count:5}: {size}, {held}, up {state['uptime_seconds']:.0f} s", flush=True)

    try:
        address = f"http://127.0.0.1:{port}"
        asked = soak(address, interactions, seed, note)
        alive = server.poll() is None
        if alive:
            note(len(asked), httpx2.get(f"{address}/live/health", timeout=PATIENCE).json())
    finally:
        server.kill()
    waits = sorted(one.seconds for one in asked)
    print(f"{len(asked)} of {interactions} interactions, the server {'stands' if alive else 'has fallen'}")
    print(f"waits: median {statistics.median(waits):.2f} s, p95 {waits[int(0.95 * len(waits))]:.2f} s, ", end="")
    print(f"longest {waits[-1]:.1f} s ({max(asked, key=lambda one: one.seconds).figure})")
    if len(states) > 1:
        first, last = (states[count]["memory_bytes"] for count in (min(states), max(states)))
        print(f"memory from the {min(states)}th to the last: {100 * (last / first - 1):+.1f} % (at most 5 %)")
    print(f"errors: {dict(Counter(one.problem for one in asked if one.problem)) or 'none'}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
