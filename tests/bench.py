"""The budgets, measured: `make bench`. Every row is a ratio or a count taken in one run; machines are shared and noisy.

Nothing here is a test and nothing here fails.
"""

import asyncio
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
import jax
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

import cells
from app.numbers import flow
from app.settings import Settings
from cells.analyses.adjoint import named_loss
from cells.analyses.jacobians import orbit
from cells.analyses.survival import survival
from cells.experiment import Experiment, choices_of
from cells.training import loop
from cells.training.learners.sequence import SequenceLearner
from tests import fresh, nginx
from tests.browser.conftest import CHROMIUM_ARGS, ROOT, chromium, free_port, serve

Result = TypeVar("Result")
TEXT_PAGE = """
import streamlit as st
st.markdown(f"text {st.sidebar.text_input('seed')}")
"""
BARE_PAGE = "import jax, streamlit as st\nst.markdown(f'text {jax.__version__}')\n"
DEMONSTRATION = """
from app.page import claims_of, figures, pages
settings = claims_of(pages()["learning"])[0].settings.replace(plain=True)
found = figures()["learning"].compute(settings).value()
sentence = figures()["learning"].say(settings, found).sentence
assert "solved" in sentence and "RNN still at the baseline" in sentence, sentence
"""


def main() -> None:
    """Measure every row and print the table."""
    rows = [*core_against_pytorch(), growth_with_length(), *survival_map(), compilations()]
    rows += [training_against_pytorch(), demonstration()]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        rows.append(cold_start(browser))
        with app_server() as address:
            rows += drag(browser, address)
            rows.append(release(browser, address))
            rows.append(scrubbing(browser, address))
            rows.append(classroom(address))
        browser.close()
    rows += behind_nginx()
    rows += fresh.rows()
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in [("what", "measured", "budget"), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)), flush=True)


Row = tuple[str, str, str]


def core_against_pytorch() -> Iterator[Row]:
    """Gradient of every gate and state at every step against an eager PyTorch loop with retain_grad, both warm."""
    for hidden_size, length in ((16, 128), (64, 512)):
        ours, theirs = _our_backprop(hidden_size, length), _torch_backprop(hidden_size, length)
        ratio = statistics.median(_paired(theirs, ours, 15))
        yield (
            f"gradient of all gates, LSTM H={hidden_size} T={length}, PyTorch eager / ours",
            f"{ratio:.1f}x ({_median_ms(ours):.2f} ms)",
            "at least 10x",
        )


def growth_with_length() -> Row:
    """Exponent of the cost in T."""
    lengths = (128, 256, 512, 1024, 2048)
    costs = [_median_ms(_our_backprop(16, length)) for length in lengths]
    exponent = np.polyfit(np.log(lengths), np.log(costs), 1)[0]
    return ("cost of the same, exponent in T from 128 to 2048", f"{exponent:.2f}", "at most 1.1")


def survival_map() -> Iterator[Row]:
    """The Jacobian between any two of 65 checkpoints, next to one torch.autograd.functional.jacobian a pair."""
    pairs = 12
    for hidden_size, length, budget in ((16, 128, 20), (32, 256, 80)):
        ours = _median_ms(_our_survival_map(hidden_size, length))
        theirs, every_pair = _torch_survival_map(hidden_size, length, pairs)
        yield (
            f"survival map, LSTM H={hidden_size} T={length}",
            f"{ours:.1f} ms; PyTorch jacobian {1e3 * theirs / ours:.0f}x, estimated from {pairs} pairs of {every_pair}",
            f"under {budget} ms",
        )


def compilations() -> Row:
    """XLA compilations in a random walk over all controls, hidden size fixed, after one visit."""
    for length in (128, 512, 2048):
        for cell in cells.all_cells():
            flow.now(Experiment(cell=cell, length=length))
    count = 0

    def listen(event: str, *_: object, **__: object) -> None:
        nonlocal count
        count += "backend_compile" in event

    jax.monitoring.register_event_duration_secs_listener(listen)
    for settings in walk(200, random.Random(0)):
        for run in settings.runs:
            flow.now(run)
    return ("XLA compilations in a 200-step walk over all controls", str(count), "0")


def walk(steps: int, draw: random.Random) -> Iterator[Settings]:
    """Settings one control apart."""
    experiment = Experiment()
    moves: list[Callable[[], dict[str, object]]] = [
        *(
            lambda name=name: {name: draw.choice(list(choices_of(name)))}
            for name in ("cell", "activation", "initializer", "input", "loss")
        ),
        lambda: {"length": round(2 ** draw.uniform(0, 11))},
        lambda: {"gain": 10 ** draw.uniform(-1, 1)},
        lambda: {"spectral_radius": draw.choice([0.0, draw.uniform(0.1, 3)])},
        lambda: {"input_scale": draw.uniform(0, 3)},
        lambda: {"bias_scale": draw.uniform(0, 3)},
        lambda: {"seed": draw.randrange(1000)},
        lambda: {"channels": draw.randint(1, 32)},
        lambda: {"loss_step": draw.randint(1, 500)},
        lambda: {"hyperparameters": {"forget_bias": draw.uniform(-3, 5), "update_bias": draw.uniform(-3, 5)}},
        lambda: {"hyperparameters": {"chrono": draw.uniform(0, 200), "reset_before": draw.random() < 0.5}},
    ]
    for _ in range(steps):
        experiment = experiment.replace(**draw.choice(moves)())
        yield Settings(experiment=experiment)


def training_against_pytorch() -> Row:
    """Updates of an LSTM that learns to add, data and Adam and clipping included, against an eager PyTorch loop."""
    hidden_size, length, batch = 32, 50, 32
    learner = SequenceLearner.of(Experiment(cell="lstm", hidden_size=hidden_size), "adding", length=length)
    run = loop.start(learner, loop.Optimiser(), 0)

    def ours() -> object:
        return jax.block_until_ready(loop.advance(run)[1].loss)

    theirs = _torch_training(hidden_size, length, batch, learner.chunk)
    ratio = statistics.median(_paired(theirs, ours, 9))
    rate = 1e3 * learner.chunk / _median_ms(ours, 9)
    return (
        f"updates a second, LSTM H={hidden_size} adding T={length} batch {batch}, ours / PyTorch eager",
        f"{ratio:.1f}x ({rate:.0f} updates/s, measuring included)",
        "at least 5x",
    )


def demonstration() -> Row:
    """From a fresh process without a compilation cache to the verdict of the first demonstration."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", DEMONSTRATION], check=True, cwd=ROOT)
    return (
        "first demonstration of training to its verdict, compilation and start of Python included",
        f"{time.perf_counter() - begun:.1f} s",
        "under 15 s",
    )


def cold_start(browser: Browser) -> Row:
    """From starting the server to the first picture, against a bare page that imports JAX."""
    with app_server():
        pass  # the compilation cache is warm from here on
    ours, floor = [], []
    for _ in range(3):
        ours.append(_first_paint(browser, lambda port: serve(port), ".live-figure[data-frames]"))
        floor.append(_first_paint(browser, lambda port: _serve_script(BARE_PAGE, port), "text=/^text/"))
    ratio = statistics.median(ours) / statistics.median(floor)
    return (
        "first page after `make run`, warm cache / bare page that imports JAX",
        f"{ratio:.2f}x ({statistics.median(ours):.1f} s)",
        "at most 2x",
    )


def drag(browser: Browser, address: str) -> Iterator[Row]:
    """Redraws and lag while a hero slider is dragged: LSTM, H=16, T=128, two overlays."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{address}/?cell=lstm&overlay=rnn,gru,lstm")
    page.wait_for_selector(".live-figure[data-frames]")
    page.wait_for_timeout(16_000)  # until the server has compiled what it compiles ahead
    result = page.evaluate(_DRAG)
    page.close()
    lags = sorted(result["lags"])
    yield (
        "redraws a second while a slider is dragged (LSTM, two overlays)",
        f"{result['redraws'] / result['seconds']:.0f}, in order: {result['inOrder']}",
        "at least 25",
    )
    yield (
        "behind the finger, median (p95); caught up after release",
        f"{statistics.median(lags):.0f} ms ({_p95(lags):.0f} ms); {result['caughtUp']:.0f} ms",
        "60 ms; 150 ms",
    )


def release(browser: Browser, address: str) -> Row:
    """From a key press in a sidebar control to the hero redrawn, against key press to text on a text-only page."""
    with _script_server(TEXT_PAGE) as text_address:
        floor_page, page = (browser.new_page(viewport={"width": 1280, "height": 720}) for _ in range(2))
        floor_page.goto(text_address)
        page.goto(f"{address}/?cell=lstm")
        page.wait_for_selector(".live-figure[data-frames]")
        page.wait_for_timeout(4000)
        floor, ours = [], []
        for seed in range(30):
            floor.append(_enter(floor_page, seed, "document.querySelector('.stMain .stMarkdown').innerText"))
            ours.append(_enter(page, seed + 1, "document.querySelector('.live-figure').dataset.frames"))
        floor_page.close(), page.close()
    base = statistics.median(floor)
    return (
        "sidebar control to the hero redrawn / key press to text on a text-only page",
        f"{statistics.median(ours) / base:.1f}x, p95 {_p95(sorted(ours)) / base:.1f}x (floor {base:.0f} ms)",
        "at most 4x, p95 8x",
    )


def scrubbing(browser: Browser, address: str) -> Row:
    """Frames while the cursor runs through a cell, as fast as the browser draws, and requests made for them."""
    page, asked = browser.new_page(viewport={"width": 1280, "height": 720}), []
    page.goto(f"{address}/gates?cell=lstm")
    page.wait_for_selector(".live-figure[data-frames]")
    page.wait_for_timeout(4000)
    page.on("request", lambda request: asked.append(request.url))
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    before, frames = busy(), 250
    seconds = page.evaluate(_SCRUB, frames) / 1e3
    spent = busy() - before
    page.close()
    return (
        "frames a second while the cursor is scrubbed through a cell's inside",
        f"{frames / seconds:.0f}; {1e3 * spent / frames:.1f} ms of the page's thread each; {len(asked)} requests",
        "at least 50, none",
    )


def classroom(address: str, *, clients: int = 30, rate: float = 25.0, seconds: float = 8.0) -> Row:
    """30 sessions dragging at once: each asks for its next frame when its last has come, at most 25 a second."""

    host, port = urlsplit(address).netloc.split(":")

    async def student(number: int, times: list[float], lost: list[int]) -> None:
        # Bytes on a socket: an HTTP client would take from the server more than a frame costs.
        reader, writer = await asyncio.open_connection(host, int(port))
        end, turn = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            begun = time.perf_counter()
            query = f"cell=lstm&seed={number}&gain={0.5 + turn % 400 / 200}"
            writer.write(f"GET /live/gradient?{query} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            await reader.readexactly(int(re.search(r"content-length: (\d+)", head)[1]))
            times.append(1e3 * (time.perf_counter() - begun))
            lost.append(" 200 " not in head.splitlines()[0])
            turn += 1
            await asyncio.sleep(max(0.0, 1 / rate - (time.perf_counter() - begun)))
        writer.close()

    async def class_of() -> tuple[list[float], list[int]]:
        times, lost = [], []
        await asyncio.gather(*(student(number, times, lost) for number in range(clients)))
        return times, lost

    times, lost = _run(class_of())
    return (
        f"{clients} sessions dragging at once, p95 of a frame",
        f"{_p95(sorted(times)):.0f} ms, {len(times) / seconds:.0f} frames/s, {sum(lost)} lost",
        "100 ms, none lost",
    )


def behind_nginx(*, clients: int = 100, rate: float = 1.0, seconds: float = 16.0) -> Iterator[Row]:
    """Sessions that move a slider once a second, two processes behind nginx as the README says; then one is killed."""
    if not nginx.nginx():
        yield (f"{clients} sessions, a move a second, two processes behind nginx", "no nginx here", "100 ms, none lost")
        return
    ports = [free_port() for _ in range(3)]
    servers = [serve(port) for port in ports[:2]]
    try:
        for port in ports[:2]:
            while "progress" in httpx2.get(f"http://127.0.0.1:{port}/live/gradient?cell=lstm").json():
                time.sleep(0.1)
        with tempfile.TemporaryDirectory() as folder, nginx.before(ports[:2], ports[2], Path(folder)) as address:
            for killed in (None, servers[0]):
                times, failed, lost = _run(_move(address, clients, rate, seconds, killed))
                what = "the same, one process killed in the middle" if killed else ""
                yield (
                    what or f"{clients} sessions, a move a second, two processes behind nginx, p95 of a frame",
                    f"{_p95(sorted(times)):.0f} ms, {failed} asked again, {lost} pictures lost of {len(times)}",
                    "no session loses its picture" if killed else "100 ms, none lost",
                )
    finally:
        for server in servers:
            server.kill()
            server.wait(10)


async def _move(
    address: str, clients: int, rate: float, seconds: float, killed: subprocess.Popen | None
) -> tuple[list[float], int, int]:
    """Milliseconds of every frame, how many requests failed and were made again, and how many frames never came."""
    times: list[float] = []
    failed = lost = 0

    async def session(number: int) -> None:
        nonlocal failed, lost
        client = _Connection(address, cookie=f"replica={number}")
        await asyncio.sleep(number / clients / rate)
        end, turn = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            begun, turn = time.perf_counter(), turn + 1
            for delay in (0.5, 1.0, 2.0, 4.0, 4.0, None):  # as the live component asks again
                if '"figure"' in await client.get(f"/live/gradient?cell=lstm&seed={number}&gain={0.5 + turn / 50}"):
                    break
                failed += 1
                if delay is None:
                    lost += 1
                else:
                    await asyncio.sleep(delay)
            times.append(1e3 * (time.perf_counter() - begun))
            await asyncio.sleep(max(0.0, 1 / rate - (time.perf_counter() - begun)))
        client.close()

    async def kill() -> None:
        await asyncio.sleep(seconds / 2)
        if killed:
            killed.kill()

    await asyncio.gather(kill(), *map(session, range(clients)))
    return times, failed, lost


class _Connection:
    """Bytes on a socket that stays open: an HTTP client would take from the server more than a frame costs."""

    def __init__(self, address: str, cookie: str):
        self.host, port = urlsplit(address).netloc.split(":")
        self.port, self.cookie, self.streams = int(port), cookie, None

    async def get(self, path: str) -> str:
        """The body of an answer; empty where none came."""
        try:
            self.streams = self.streams or await asyncio.open_connection(self.host, self.port)
            reader, writer = self.streams
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nCookie: {self.cookie}\r\n\r\n".encode()
            )
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            body = await reader.readexactly(int(re.search(r"content-length: (\d+)", head)[1]))
        except (OSError, asyncio.IncompleteReadError, TypeError):
            self.close()
            return ""
        return body.decode() if " 200 " in head.splitlines()[0] else ""

    def close(self) -> None:
        """Let the connection go; the next question opens another."""
        if self.streams:
            self.streams[1].close()
        self.streams = None


def _our_backprop(hidden_size: int, length: int) -> Callable[[], object]:
    cell = cells.LSTM.init(4, hidden_size, key=jax.random.key(0))
    xs = np.asarray(jax.random.normal(jax.random.key(1), (length, 4)))
    loss = named_loss(cell, length, "last")
    return lambda: jax.block_until_ready(cells.backprop(cell, xs, loss))


def _our_survival_map(hidden_size: int, length: int) -> Callable[[], object]:
    cell = cells.LSTM.init(4, hidden_size, key=jax.random.key(0))
    xs = np.asarray(jax.random.normal(jax.random.key(1), (length, 4)))
    return lambda: jax.block_until_ready(survival(orbit(cell, xs, length=length)))


def _torch_survival_map(hidden_size: int, length: int, pairs: int) -> tuple[float, int]:
    """Seconds for all pairs of checkpoints, from a sample of them, and how many pairs there are."""
    import torch

    xs, step = _torch_lstm(hidden_size, length)
    states = [torch.zeros(2 * hidden_size).double()]
    for x in xs:
        states.append(torch.cat(step(x, *states[-1].chunk(2))[-2:]))
    checkpoints = range(0, length + 1, length // 64)
    every_pair = [(k, t) for k in checkpoints for t in checkpoints if k < t]

    def jacobian(k: int, t: int) -> torch.Tensor:
        def later(state: torch.Tensor) -> torch.Tensor:
            for x in xs[k:t]:
                state = torch.cat(step(x, *state.chunk(2))[-2:])
            return state

        return torch.autograd.functional.jacobian(later, states[k])

    jacobian(*every_pair[0])
    # Evenly spaced in the distance, on which the cost depends.
    ordered = sorted(every_pair, key=lambda pair: pair[1] - pair[0])
    sample = [ordered[(2 * place + 1) * len(ordered) // (2 * pairs)] for place in range(pairs)]
    seconds = statistics.mean(_time(lambda k=k, t=t: jacobian(k, t)) for k, t in sample)
    return seconds * len(every_pair), len(every_pair)


def _torch_lstm(hidden_size: int, length: int) -> tuple[object, Callable[..., tuple]]:
    """Inputs (T, 4), and a step from x, h, c to i, f, g, o, h, c."""
    import torch

    torch.manual_seed(0)
    W_ih, W_hh = torch.randn(4, hidden_size, 4).double(), torch.randn(4, hidden_size, hidden_size).double()
    W_hh = W_hh * hidden_size**-0.5
    b = torch.zeros(4, hidden_size).double()

    def step(x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, ...]:
        a_i, a_f, a_g, a_o = W_ih @ x + W_hh @ h + b
        i, f, g, o = torch.sigmoid(a_i), torch.sigmoid(a_f), torch.tanh(a_g), torch.sigmoid(a_o)
        c = f * c + i * g
        h = o * torch.tanh(c)
        return i, f, g, o, h, c

    return torch.randn(length, 4).double(), step


def _torch_backprop(hidden_size: int, length: int) -> Callable[[], object]:
    import torch

    xs, step = _torch_lstm(hidden_size, length)
    zeros = torch.zeros(hidden_size).double()

    def backprop() -> list[torch.Tensor]:
        h, c = zeros.clone().requires_grad_(), zeros.clone().requires_grad_()
        kept = []
        for x in xs:
            kept += step(x, h, c)
            h, c = kept[-2:]
        for value in kept:
            value.retain_grad()
        (h.sum() / hidden_size**0.5).backward()
        return [value.grad.norm() for value in kept]

    return backprop


def _torch_training(hidden_size: int, length: int, batch: int, updates: int) -> Callable[[], object]:
    import torch

    torch.set_num_threads(1)  # at these sizes more of them only wait for one another, the longer the busier the machine
    torch.manual_seed(0)
    shapes = [(4 * hidden_size, 2), (4 * hidden_size, hidden_size), (4 * hidden_size,), (1, hidden_size), (1,)]
    weights = [(0.1 * torch.randn(shape)).requires_grad_() for shape in shapes]
    optimiser = torch.optim.Adam(weights, lr=1e-2)
    rows = torch.arange(batch)

    def update() -> None:
        W_ih, W_hh, b, W_out, b_out = weights
        values, marks = torch.rand(batch, length), torch.zeros(batch, length)
        marks[rows, torch.randint(0, length // 2, (batch,))] = 1
        marks[rows, torch.randint(length // 2, length, (batch,))] = 1
        xs = torch.stack([values, marks], dim=-1)
        h, c = torch.zeros(batch, hidden_size), torch.zeros(batch, hidden_size)
        for t in range(length):
            a_i, a_f, a_g, a_o = (xs[:, t] @ W_ih.T + h @ W_hh.T + b).chunk(4, dim=1)
            c = torch.sigmoid(a_f) * c + torch.sigmoid(a_i) * torch.tanh(a_g)
            h = torch.sigmoid(a_o) * torch.tanh(c)
        loss = ((h @ W_out.T + b_out).squeeze(1) - (values * marks).sum(dim=1)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()

    return lambda: [update() for _ in range(updates)]


def _paired(first: Callable[[], object], second: Callable[[], object], repeats: int) -> list[float]:
    """Ratios of times taken turn by turn, after one warm-up each."""
    first(), second()
    return [_time(first) / _time(second) for _ in range(repeats)]


def _time(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _median_ms(run: Callable[[], object], repeats: int = 15) -> float:
    run()
    return 1e3 * statistics.median(_time(run) for _ in range(repeats))


def _p95(ordered: list[float]) -> float:
    return ordered[int(0.95 * (len(ordered) - 1))]


def _enter(page: Page, seed: int, seen: str) -> float:
    """Enter a seed in the sidebar; milliseconds from the key press until `seen` has changed, by the page's clock."""
    page.evaluate(
        f"""() => {{
            const seen = () => {seen}, before = seen();
            window.took = null;
            addEventListener('keydown', async () => {{
                const begun = performance.now();
                while (seen() === before) await new Promise(resolve => setTimeout(resolve, 1));
                window.took = performance.now() - begun;
            }}, {{ capture: true, once: true }});
        }}"""
    )
    field = page.locator(".stSidebar").get_by_label("seed").and_(page.locator("input"))
    field.evaluate("field => field.select()")
    field.focus()
    page.keyboard.insert_text(str(seed))
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.took !== null")
    page.wait_for_timeout(150)
    return page.evaluate("window.took")


def _first_paint(browser: Browser, start: Callable[[int], subprocess.Popen], selector: str) -> float:
    port, begun = free_port(), time.perf_counter()
    server = start(port)
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}")
    page.wait_for_selector(selector, timeout=60_000)
    seconds = time.perf_counter() - begun
    page.close()
    _stop(server)
    return seconds


@contextmanager
def app_server() -> Iterator[str]:
    """The app itself, on a port of its own."""
    port = free_port()
    server = serve(port)
    yield f"http://127.0.0.1:{port}"
    _stop(server)


@contextmanager
def _script_server(text: str) -> Iterator[str]:
    port = free_port()
    server = _serve_script(text, port)
    yield f"http://127.0.0.1:{port}"
    _stop(server)


def _serve_script(text: str, port: int) -> subprocess.Popen:
    script = Path(tempfile.mkdtemp()) / "page.py"
    script.write_text(text)
    return serve(port, script=script)


def _stop(server: subprocess.Popen) -> None:
    server.terminate()
    server.wait(10)


def _run(task: Coroutine[Any, Any, Result]) -> Result:
    """What it gives, in a thread of its own: Playwright's loop keeps the main thread's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, task).result()


_SCRUB = """frames => new Promise(done => {
    const slider = document.querySelector('.cell-step'), begun = performance.now();
    const next = left => {
        slider.value = 1 + left % slider.max;
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        left ? requestAnimationFrame(() => next(left - 1)) : done(performance.now() - begun);
    };
    next(frames - 1);
})"""


_DRAG = """async () => {
    const box = document.querySelector('.live-figure');
    const slider = document.querySelector('.live-control input[name=gain]');
    const gainDrawn = () => Number(new URLSearchParams(box.dataset.query).get('gain') ?? 1);
    const shown = () => Number(slider.getAttribute('aria-valuetext'));
    const moved = new Map(), lags = [], order = [];
    const watch = new MutationObserver(() => {
        const now = performance.now(), gain = gainDrawn();
        if (moved.has(gain)) { lags.push(now - moved.get(gain).at(-1)); order.push(moved.get(gain).at(-1)); }
    });
    watch.observe(box, { attributes: true, attributeFilter: ['data-frames'] });
    const begun = performance.now(), seconds = 5;
    let step = 0;
    slider.dispatchEvent(new PointerEvent('pointerdown'));
    while (performance.now() - begun < 1000 * seconds) {
        slider.value = 60 + (step++ % 120);
        slider.dispatchEvent(new Event('input'));
        const times = moved.get(shown()) ?? [];
        moved.set(shown(), [...times, performance.now()]);
        await new Promise(resolve => setTimeout(resolve, 16));
    }
    const redraws = lags.length, released = performance.now();
    slider.dispatchEvent(new PointerEvent('pointerup'));
    while (Math.abs(gainDrawn() - shown()) > 1e-9) await new Promise(resolve => setTimeout(resolve, 1));
    const caughtUp = performance.now() - released;
    watch.disconnect();
    return { lags, redraws, seconds, caughtUp, inOrder: order.every((time, i) => i === 0 || time >= order[i - 1]) };
}"""


if __name__ == "__main__":
    sys.exit(main())
