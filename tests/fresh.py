"""What a new user meets: a server with empty caches, measured row by row for `make bench`.

Nothing here is a test and nothing here fails.
"""

import os
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from app.page import pages
from app.settings import Settings
from cells.experiment import Experiment, choices_of
from tests.browser.conftest import free_port, serve
from tests.soak import ask

MOVES = 40
SIZES = (8, 16, 32, 64)
"""Hidden sizes of the menu."""
EXPLORED = ("gradient", "gates", "survival", "neuron")
"""Figures that a class explores."""
Row = tuple[str, str, str]


def rows() -> Iterator[Row]:
    """Every row, each on a server of its own."""
    with fresh_server() as (client, server):
        yield from heroes(client, server)
    with fresh_server() as (client, server):
        yield exploring(client, server)
        yield sizes(client, server)


@contextmanager
def fresh_server() -> Iterator[tuple[httpx2.Client, subprocess.Popen]]:
    """A server whose folder of compiled programs is empty."""
    before, port = os.environ.get("XDG_CACHE_HOME"), free_port()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        try:
            server = serve(port)
        finally:
            os.environ.pop("XDG_CACHE_HOME") if before is None else os.environ.update(XDG_CACHE_HOME=before)
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=180) as client:
                yield client, server
        finally:
            server.kill()
            server.wait()


def heroes(client: httpx2.Client, server: subprocess.Popen) -> Iterator[Row]:
    """The first figure of every page, one page after another."""
    begun, waits = cpu(server), {}
    for name, page in pages().items():
        used = cpu(server)
        asked = ask(client, next(iter(page.figures)), Settings())
        waits[name] = f"{name} {asked.seconds:.1f} ({cpu(server) - used:.1f}) {asked.problem}".rstrip()
    yield ("empty caches: hero of every page, one after another, s (of CPU)", ", ".join(waits.values()), "4 s each")
    yield ("empty caches: CPU for the nine heroes", f"{cpu(server) - begun:.0f} s; {held(client)}", "60 s")


def exploring(client: httpx2.Client, server: subprocess.Popen) -> Row:
    """As a class does: another cell, size, length or activation, and one of four figures."""
    chance, experiment, waits = random.Random(7), Experiment(), []
    for figure in EXPLORED:
        ask(client, figure, Settings())
    for _move in range(MOVES):
        change = chance.choice(
            [
                {"cell": chance.choice(list(choices_of("cell")))},
                {"hidden_size": chance.choice(SIZES)},
                {"length": round(2 ** chance.uniform(3, 10))},
                {"activation": chance.choice(list(choices_of("activation")))},
            ]
        )
        experiment = experiment.replace(**change)
        waits.append(ask(client, chance.choice(EXPLORED), Settings(experiment=experiment)).seconds)
    return (
        f"empty caches: {MOVES} changes of cell, size, length or activation, median and longest",
        f"{statistics.median(waits):.2f} s; {max(waits):.1f} s; {held(client)}",
        "1 s; 6 s",
    )


def sizes(client: httpx2.Client, server: subprocess.Popen) -> Row:
    """Every hidden size once, as a loop of curl does."""
    begun, lost = time.monotonic(), 0
    for size in range(1, 129):
        lost += bool(ask(client, "gradient", Settings(experiment=Experiment(hidden_size=size), overlay=())).problem)
    alive = "stands" if server.poll() is None else "has fallen"
    return (
        "the same server, then hidden sizes 1 to 128 one after another",
        f"{alive}, {lost} lost, {time.monotonic() - begun:.0f} s; {held(client)}",
        "stands; 1.2 GB, 25,000 maps",
    )


def cpu(server: subprocess.Popen) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def held(client: httpx2.Client) -> str:
    """What the server holds, in words."""
    state = client.get("/live/health").json()
    memory = (state["memory_bytes"] or 0) / 2**20
    return f"{memory:,.0f} MB, {state['maps']:,} maps, {state['programs']} programs"


if __name__ == "__main__":
    for row in rows():
        print("  ".join(row), flush=True)
