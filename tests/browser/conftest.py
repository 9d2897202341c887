"""A real server and a real Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM_ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync "
    # Else V8 parses Plotly a second time as it loads, for the inspector that drives the browser: half a second.
    "--js-flags=--no-enable-lazy-source-positions"
).split()

PROJECTOR = {"width": 1280, "height": 720}
KEPT = pytest.StashKey[list[Page]]()
PASSED = pytest.StashKey[bool]()


def chromium() -> str | None:
    """Path of an installed Chromium; None leaves the choice to Playwright."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("UNROLLED_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(port: int, script: Path = ROOT / "app" / "main.py", *, base: str = "") -> subprocess.Popen:
    """Start the app as the README says, or another script, under the path `base`, and wait until it answers."""
    settings = ["--server.port", str(port), "--server.baseUrlPath", base]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), *settings],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}{base}/_stcore/health").status_code == 200:
                return process
        except httpx2.TransportError:
            time.sleep(0.2)
    process.kill()
    raise RuntimeError("the app did not start")


expect.set_options(timeout=60_000)  # what is expected may be waiting for a compilation


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    port = free_port()
    process = serve(port)
    yield f"http://127.0.0.1:{port}"
    process.kill()  # it may be compiling, and has nothing to save
    process.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium(), args=[*CHROMIUM_ARGS, "--process-per-site"])


@pytest.fixture(scope="session")
def context(browser: Browser, address: str) -> BrowserContext:
    """One visitor's browser, whose cache spares every page but the first the loading of scripts.

    A page is left open in it, so that its process stays, with the scripts that are compiled.
    """
    context = browser.new_context(viewport=PROJECTOR)
    context.add_init_script("localStorage.setItem('unrolled.start', '1')")  # not a first visit
    context.new_page().goto(f"{address}/_stcore/health")
    return context


@pytest.fixture
def page(context: BrowserContext, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A projector-sized page that fails the test on any console error, exception box or request to elsewhere.

    It stays open for the next test, which is spared loading Streamlit and Plotly; see `actions.open_page`. A test that
    is marked "alone", of how a page loads, has one of its own.
    """
    alone = request.node.get_closest_marker("alone")
    kept = request.session.stash.setdefault(KEPT, [])
    page = kept.pop() if kept and not alone else _opened(context)
    page.is_kept = not alone
    page.bring_to_front()  # a test may have opened another window, and what lies behind one draws nothing
    page.complaints.clear()
    yield page
    try:
        assert not page.complaints
        assert page.get_by_test_id("stException").count() == 0
        if not alone and request.node.stash.get(PASSED, False) and page.url.startswith(address):
            page.unroute_all()
            page.emulate_media(color_scheme="null")
            page.set_viewport_size(PROJECTOR)
            kept.append(page)
    finally:
        if page not in kept:
            page.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call":
        item.stash[PASSED] = report.passed
    return report


def _opened(context: BrowserContext) -> Page:
    page = context.new_page()
    page.set_default_timeout(60_000)  # the first visit of a page compiles
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if _is_ours(message) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if _elsewhere(request.url) else None)
    page.complaints = complaints
    return page


def _is_ours(message: ConsoleMessage) -> bool:
    """An error, but for Streamlit asking a page's path whether the server lives there."""
    return message.type == "error" and "/_stcore/" not in message.location["url"]


def _elsewhere(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
